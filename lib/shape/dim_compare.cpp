// Three-valued comparison. What is certain rests on bounds: symbols are at least 1, remainders lie below their divisor.
#include <numeric>

#include "lib/shape/dim_table.h"

namespace shapelint {
namespace {

Bounds sum(const Bounds& a, const Bounds& b) {
  return {a.low && b.low ? checked_add(*a.low, *b.low) : std::nullopt,
          a.high && b.high ? checked_add(*a.high, *b.high) : std::nullopt};
}

}  // namespace

Bounds DimTable::Impl::bounds_of(AtomId atom) const {
  if (is_compound(atom)) return compound(atom).bounds;
  return symbols[atom].is_size ? Bounds{1, std::nullopt} : Bounds{};
}

Bounds DimTable::Impl::bounds_of(const Polynomial& p) const {
  Bounds out{0, 0};
  for (const Monomial& m : p) {
    // The product of the atoms, followed while all of them are natural numbers.
    Bounds product{1, 1};
    for (const AtomId atom : m.atoms) {
      const Bounds factor = bounds_of(atom);
      if (!factor.low || *factor.low < 0) {
        product = Bounds{};
        break;
      }
      if (product.low) product.low = checked_mul(*product.low, *factor.low);
      product.high = product.high && factor.high ? checked_mul(*product.high, *factor.high) : std::nullopt;
      if (!product.low) product.low = 0;
    }
    // A single atom needs no such care.
    if (m.atoms.size() == 1) product = bounds_of(m.atoms.front());
    Bounds term{product.low ? checked_mul(*product.low, m.coefficient) : std::nullopt,
                product.high ? checked_mul(*product.high, m.coefficient) : std::nullopt};
    if (m.coefficient < 0) std::swap(term.low, term.high);
    out = sum(out, term);
  }
  return out;
}

namespace {

// `p` over its common factor of positive atoms, which changes neither sign nor zeros: `B*T - B` becomes `T - 1`.
template <class IsPositive>
Polynomial without_common_factor(const Polynomial& p, IsPositive&& is_positive) {
  std::vector<AtomId> factor;
  for (const AtomId atom : common_atoms(p)) {
    if (is_positive(atom)) factor.push_back(atom);
  }
  if (factor.empty()) return p;
  auto quotient = exact_quotient(p, {{1, factor}});
  return quotient ? *quotient : p;
}

}  // namespace

Tri DimTable::same(Dim a, Dim b) const {
  if (a == b) return Tri::yes;
  const Impl& impl = *impl_;
  auto difference = add_scaled(impl.polynomial(a), impl.polynomial(b), -1);
  if (!difference) return Tri::unknown;
  difference = impl.join_remainders(std::move(*difference));
  if (difference->empty()) return Tri::yes;
  const Polynomial p = without_common_factor(*difference, [&](AtomId atom) {
    const Bounds bounds = impl.bounds_of(atom);
    return bounds.low && *bounds.low >= 1;
  });
  const Bounds bounds = impl.bounds_of(p);
  if ((bounds.low && *bounds.low > 0) || (bounds.high && *bounds.high < 0)) return Tri::no;
  // `2*L + 1` is odd and never 4: what divides every coefficient must divide the constant.
  if (const std::int64_t constant = constant_term(p); constant != 0) {
    Polynomial varying = p;
    varying.pop_back();
    const std::int64_t g = content(varying);
    if (g == 0 || constant % g != 0) return Tri::no;
  }
  return Tri::unknown;
}

Tri DimTable::at_most(Dim a, Dim b) const {
  if (a == b) return Tri::yes;
  const Impl& impl = *impl_;
  auto difference = add_scaled(impl.polynomial(b), impl.polynomial(a), -1);
  if (!difference) return Tri::unknown;
  difference = impl.join_remainders(std::move(*difference));
  const Bounds bounds = impl.bounds_of(without_common_factor(*difference, [&](AtomId atom) {
    const Bounds inner = impl.bounds_of(atom);
    return inner.low && *inner.low >= 1;
  }));
  if (bounds.low && *bounds.low >= 0) return Tri::yes;
  if (bounds.high && *bounds.high < 0) return Tri::no;
  return Tri::unknown;
}

}  // namespace shapelint
