// Dims as a person would write them, in a form that `parse_dim` reads back.
#include <algorithm>

#include "lib/shape/dim_table.h"

namespace shapelint {
namespace {

bool has_compound(const Polynomial& p) {
  return std::any_of(p.begin(), p.end(),
                     [](const Monomial& m) { return !m.atoms.empty() && DimTable::Impl::is_compound(m.atoms.back()); });
}

class Printer {
 public:
  explicit Printer(const DimTable::Impl& table) : table_(table) {}

  std::string print(Polynomial p) const {
    if (p.empty()) return "0";
    const Absorbed absorbed = absorb_constant(p);
    // `T-B`, not `-B+T`.
    const auto positive = std::find_if(p.begin(), p.end(), [](const Monomial& m) { return m.coefficient > 0; });
    if (positive != p.end()) std::rotate(p.begin(), positive, positive + 1);
    std::string out;
    for (const Monomial& m : p) {
      const bool leads = out.empty();
      if (m.coefficient < 0) {
        out += '-';
      } else if (!leads) {
        out += '+';
      }
      if (absorbed.atom && m == Monomial{1, {*absorbed.atom}}) {
        out += compound(*absorbed.atom, absorbed.numerator);
      } else {
        out += without_sign(m, leads);
      }
    }
    return out;
  }

 private:
  struct Absorbed {
    std::optional<AtomId> atom;
    Polynomial numerator;
  };

  // Normal form holds `(N-1)//2` as `(N+1)//2 - 1`; nobody would write that.
  Absorbed absorb_constant(Polynomial& p) const {
    const std::int64_t constant = constant_term(p);
    if (constant >= 0) return {};
    for (const Monomial& m : p) {
      if (m.coefficient != 1 || m.atoms.size() != 1 || !DimTable::Impl::is_compound(m.atoms.front())) continue;
      const DimTable::Impl::Compound& c = table_.compound(m.atoms.front());
      const Polynomial& numerator = table_.polynomial(c.numerator);
      const auto k = constant_value(table_.polynomial(c.denominator));
      if (c.is_mod || !k || constant_term(numerator) == 0) continue;
      auto moved = add_scaled(numerator, constant_polynomial(*k), constant);
      if (!moved) continue;
      const AtomId atom = m.atoms.front();
      p.pop_back();
      return {atom, std::move(*moved)};
    }
    return {};
  }

  std::string without_sign(const Monomial& m, bool leads) const {
    const std::int64_t size = m.coefficient < 0 ? -m.coefficient : m.coefficient;
    if (m.atoms.empty()) return std::to_string(size);
    std::string out = size == 1 ? "" : std::to_string(size);
    // In a product a compound needs parentheses, and after a leading minus: -(N//2) is not -N//2.
    const bool bare = size == 1 && m.atoms.size() == 1 && !(leads && m.coefficient < 0);
    for (const AtomId atom : m.atoms) {
      if (!out.empty()) out += '*';
      if (!DimTable::Impl::is_compound(atom)) {
        out += name(atom);
      } else {
        const std::string inner = compound(atom, table_.polynomial(table_.compound(atom).numerator));
        out += bare ? inner : "(" + inner + ")";
      }
    }
    return out;
  }

  std::string_view name(AtomId symbol) const {
    const std::string& out = table_.symbols[symbol].name;
    return out.starts_with('?') ? std::string_view("?") : std::string_view(out);
  }

  std::string compound(AtomId atom, const Polynomial& numerator) const {
    const DimTable::Impl::Compound& c = table_.compound(atom);
    const Polynomial& denominator = table_.polynomial(c.denominator);
    // `2*N//3` groups from the left and needs no parentheses; a compound inside is clearer with them.
    const bool plain_top = numerator.size() == 1 && numerator.front().coefficient > 0 && !has_compound(numerator);
    const Monomial& bottom = denominator.front();
    const bool plain_bottom = denominator.size() == 1 && !has_compound(denominator) &&
                              bottom.atoms.size() + (bottom.coefficient == 1 ? 0 : 1) == 1;
    std::string out = plain_top ? print(numerator) : "(" + print(numerator) + ")";
    out += c.is_mod ? "%" : "//";
    out += plain_bottom ? print(denominator) : "(" + print(denominator) + ")";
    return out;
  }

  const DimTable::Impl& table_;
};

}  // namespace

std::string DimTable::print(Dim dim) const { return Printer(*impl_).print(impl_->polynomial(dim)); }

}  // namespace shapelint
