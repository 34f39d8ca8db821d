// The table of dims: interning, symbols and provenance, the arithmetic that needs no division, substitution,
// evaluation.
#include "lib/shape/dim.h"

#include <algorithm>

#include "lib/shape/dim_table.h"
#include "lib/support/check.h"

namespace shapelint {
namespace {

// A dim that weighs more is replaced by a stand-in. Nesting multiplies sizes, so this bounds printing and evaluation.
constexpr std::size_t kMaxWeight = 2000;
constexpr int kMaxNesting = 8;

std::size_t hash_of(const Polynomial& p) {
  std::size_t out = p.size();
  const auto mix = [&](std::uint64_t x) {
    out = (out ^ (x + 0x9E3779B97F4A7C15ULL + (out << 6U) + (out >> 2U))) * 31U;
  };
  for (const Monomial& m : p) {
    mix(static_cast<std::uint64_t>(m.coefficient));
    for (const AtomId atom : m.atoms) mix(atom);
  }
  return out;
}

std::optional<std::int64_t> checked_sub(std::int64_t a, std::int64_t b) { return checked_add(a, -b); }

}  // namespace

DimTable::DimTable() : impl_(std::make_unique<Impl>()) {
  // The default `Dim{}` is the number 0.
  impl_->intern({});
}
DimTable::~DimTable() = default;
DimTable::DimTable(DimTable&&) noexcept = default;
DimTable& DimTable::operator=(DimTable&&) noexcept = default;

std::optional<Dim> DimTable::Impl::intern(const Polynomial& p) {
  const std::size_t hash = hash_of(p);
  const auto [begin, end] = nodes_by_hash.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (nodes[it->second].polynomial == p) return Dim{it->second};
  }
  Node node{p, 0, 0};
  for (const Monomial& m : p) {
    node.weight += 1 + m.atoms.size();
    for (const AtomId atom : m.atoms) {
      if (!is_compound(atom)) continue;
      const Compound& inner = compound(atom);
      const Node& numerator = nodes[inner.numerator.id];
      const Node& denominator = nodes[inner.denominator.id];
      node.weight += numerator.weight + denominator.weight;
      node.nesting = std::max({node.nesting, numerator.nesting + 1, denominator.nesting + 1});
    }
  }
  if (node.weight > kMaxWeight || node.nesting > kMaxNesting) return std::nullopt;
  const auto id = static_cast<std::uint32_t>(nodes.size());
  nodes.push_back(std::move(node));
  nodes_by_hash.emplace(hash, id);
  return Dim{id};
}

Dim DimTable::Impl::stand_in(const std::vector<Dim>& operands) {
  std::vector<SymbolId> parents;
  for (const Dim operand : operands) collect_symbols(operand, parents);
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  const auto id = static_cast<AtomId>(symbols.size());
  symbols.push_back({"?", std::move(parents), false});
  return *intern({Monomial{1, {id}}});
}

void DimTable::Impl::collect_symbols(Dim dim, std::vector<SymbolId>& out) const {
  for (const Monomial& m : polynomial(dim)) {
    for (const AtomId atom : m.atoms) {
      if (!is_compound(atom)) {
        out.push_back(SymbolId{atom});
      } else {
        collect_symbols(compound(atom).numerator, out);
        collect_symbols(compound(atom).denominator, out);
      }
    }
  }
}

Dim DimTable::number(std::int64_t value) {
  // The smallest number has no negative.
  if (!checked_add(value, 0)) return impl_->stand_in({});
  return *impl_->intern(constant_polynomial(value));
}

SymbolId DimTable::declare(std::string name, std::vector<SymbolId> parents) {
  const auto id = static_cast<AtomId>(impl_->symbols.size());
  SHAPELINT_CHECK(id < kFirstCompound, "too many symbols");
  for (const SymbolId parent : parents) SHAPELINT_CHECK(parent.id < id, "a parent is declared before its child");
  impl_->symbols.push_back({std::move(name), std::move(parents), true});
  return SymbolId{id};
}

SymbolId DimTable::declare_number(std::string name, std::vector<SymbolId> parents) {
  const SymbolId id = declare(std::move(name), std::move(parents));
  impl_->symbols.back().is_size = false;
  return id;
}

SymbolId DimTable::next_symbol() const { return SymbolId{static_cast<AtomId>(impl_->symbols.size())}; }

Dim DimTable::symbol(SymbolId symbol) { return *impl_->intern({Monomial{1, {symbol.id}}}); }

Dim DimTable::add(Dim a, Dim b) {
  if (a.id > b.id) std::swap(a, b);
  if (a == Dim{}) return b;
  return impl_->memoised(Impl::Op::add, a, b, [&]() -> std::optional<Polynomial> {
    auto sum = add_scaled(impl_->polynomial(a), impl_->polynomial(b), 1);
    return sum ? std::optional(impl_->join_remainders(std::move(*sum))) : std::nullopt;
  });
}

Dim DimTable::sub(Dim a, Dim b) {
  if (a == b) return Dim{};
  return impl_->memoised(Impl::Op::sub, a, b, [&]() -> std::optional<Polynomial> {
    auto difference = add_scaled(impl_->polynomial(a), impl_->polynomial(b), -1);
    return difference ? std::optional(impl_->join_remainders(std::move(*difference))) : std::nullopt;
  });
}

Dim DimTable::mul(Dim a, Dim b) {
  if (a.id > b.id) std::swap(a, b);
  return impl_->memoised(Impl::Op::mul, a, b, [&]() -> std::optional<Polynomial> {
    auto product = multiply(impl_->polynomial(a), impl_->polynomial(b));
    return product ? std::optional(impl_->join_remainders(std::move(*product))) : std::nullopt;
  });
}

Dim DimTable::neg(Dim a) { return sub(Dim{}, a); }

Dim DimTable::floordiv(Dim a, Dim b) {
  return impl_->memoised(Impl::Op::floordiv, a, b, [&]() -> std::optional<Polynomial> {
    auto division = impl_->divmod(impl_->polynomial(a), impl_->polynomial(b));
    return division ? std::optional(impl_->join_remainders(std::move(division->quotient))) : std::nullopt;
  });
}

Dim DimTable::mod(Dim a, Dim b) {
  return impl_->memoised(Impl::Op::mod, a, b, [&]() -> std::optional<Polynomial> {
    auto division = impl_->divmod(impl_->polynomial(a), impl_->polynomial(b));
    return division ? std::optional(impl_->join_remainders(std::move(division->remainder))) : std::nullopt;
  });
}

std::optional<Dim> DimTable::divide(Dim a, Dim b) {
  if (b == Dim{}) return std::nullopt;
  const auto quotient = exact_quotient(impl_->polynomial(a), impl_->polynomial(b));
  return quotient ? impl_->intern(*quotient) : std::nullopt;
}

std::optional<std::int64_t> DimTable::constant(Dim dim) const { return constant_value(impl_->polynomial(dim)); }

std::optional<SymbolId> DimTable::as_symbol(Dim dim) const {
  const Polynomial& p = impl_->polynomial(dim);
  if (p.size() != 1 || p.front().coefficient != 1 || p.front().atoms.size() != 1) return std::nullopt;
  const AtomId atom = p.front().atoms.front();
  if (Impl::is_compound(atom)) return std::nullopt;
  return SymbolId{atom};
}

const std::string& DimTable::name(SymbolId symbol) const { return impl_->symbols[symbol.id].name; }

bool DimTable::is_anonymous(SymbolId symbol) const { return name(symbol).starts_with('?'); }

bool DimTable::mentions(Dim dim, SymbolId symbol) const {
  std::vector<SymbolId> open;
  impl_->collect_symbols(dim, open);
  // Parents are older than their children, so each symbol needs a visit at most once.
  std::vector<bool> seen;
  while (!open.empty()) {
    const SymbolId next = open.back();
    open.pop_back();
    if (next == symbol) return true;
    if (next < symbol) continue;
    const auto& parents = impl_->symbols[next.id].parents;
    if (parents.empty()) continue;
    if (seen.empty()) seen.resize(impl_->symbols.size());
    if (seen[next.id]) continue;
    seen[next.id] = true;
    open.insert(open.end(), parents.begin(), parents.end());
  }
  return false;
}

bool DimTable::is_multiple_of(Dim dim, SymbolId symbol) const {
  const Polynomial& p = impl_->polynomial(dim);
  if (p.empty()) return false;
  return std::all_of(p.begin(), p.end(), [&](const Monomial& m) {
    if (std::count(m.atoms.begin(), m.atoms.end(), symbol.id) != 1) return false;
    return std::none_of(m.atoms.begin(), m.atoms.end(), [&](AtomId atom) {
      if (!Impl::is_compound(atom)) return false;
      std::vector<SymbolId> inner;
      impl_->collect_symbols(impl_->compound(atom).numerator, inner);
      impl_->collect_symbols(impl_->compound(atom).denominator, inner);
      return std::find(inner.begin(), inner.end(), symbol) != inner.end();
    });
  });
}

std::vector<SymbolId> DimTable::symbols(Dim dim) const {
  std::vector<SymbolId> out;
  impl_->collect_symbols(dim, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Dim DimTable::substitute(Dim dim, SymbolId symbol, Dim replacement) {
  const auto used = symbols(dim);
  if (!std::binary_search(used.begin(), used.end(), symbol)) return dim;
  Dim out{};
  // By index: the deque of nodes grows meanwhile, its elements stay where they are.
  for (const Monomial& m : impl_->polynomial(dim)) {
    Dim product = number(m.coefficient);
    for (const AtomId atom : m.atoms) {
      if (!Impl::is_compound(atom)) {
        product = mul(product, SymbolId{atom} == symbol ? replacement : this->symbol(SymbolId{atom}));
        continue;
      }
      const Impl::Compound inner = impl_->compound(atom);
      const Dim numerator = substitute(inner.numerator, symbol, replacement);
      const Dim denominator = substitute(inner.denominator, symbol, replacement);
      product = mul(product, inner.is_mod ? mod(numerator, denominator) : floordiv(numerator, denominator));
    }
    out = add(out, product);
  }
  return out;
}

std::optional<std::int64_t> DimTable::evaluate(Dim dim, const Sizes& sizes) const {
  std::int64_t sum = 0;
  for (const Monomial& m : impl_->polynomial(dim)) {
    std::int64_t product = m.coefficient;
    for (const AtomId atom : m.atoms) {
      std::optional<std::int64_t> factor;
      if (!Impl::is_compound(atom)) {
        const auto it = sizes.find(SymbolId{atom});
        if (it != sizes.end()) factor = checked_add(it->second, 0);
      } else {
        const Impl::Compound& inner = impl_->compound(atom);
        const auto numerator = evaluate(inner.numerator, sizes);
        const auto denominator = evaluate(inner.denominator, sizes);
        if (!numerator || !denominator || *denominator == 0) return std::nullopt;
        const std::int64_t quotient = floor_quotient(*numerator, *denominator);
        const auto whole = checked_mul(quotient, *denominator);
        factor = !inner.is_mod ? std::optional(quotient) : whole ? checked_sub(*numerator, *whole) : std::nullopt;
      }
      const auto next = factor ? checked_mul(product, *factor) : std::nullopt;
      if (!next) return std::nullopt;
      product = *next;
    }
    const auto next = checked_add(sum, product);
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

}  // namespace shapelint
