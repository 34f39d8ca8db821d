// Floor division and modulo in normal form. The identities are those of Python's integers, so they hold for negative
// values too:
//
//   (k*q + r) // k = q + r//k              (k*q + r) % k = r % k
//   (-p) // k = -((p + k - 1) // k)        (-p) % k = k - 1 - (p + k - 1) % k            k > 0
//   (g*p + r) // (g*k) = (p + r//g) // k   (g*p + r) % (g*k) = g*((p + r//g) % k) + r%g   g > 0
//   (p//a + c) // k = (p + a*c) // (a*k)                                                  a, k > 0
//   p // -b = -p // b                      p % -b = -(-p % b)
#include <algorithm>
#include <numeric>

#include "lib/shape/dim_table.h"

namespace shapelint {

std::optional<DimTable::Impl::Division> DimTable::Impl::divmod(const Polynomial& a, const Polynomial& b) {
  if (b.empty()) return std::nullopt;
  if (a.empty()) return Division{};
  if (b.front().coefficient < 0) {
    const auto minus_a = scaled(a, -1);
    const auto minus_b = scaled(b, -1);
    if (!minus_a || !minus_b) return std::nullopt;
    auto division = divmod(*minus_a, *minus_b);
    if (!division) return std::nullopt;
    auto remainder = scaled(division->remainder, -1);
    if (!remainder) return std::nullopt;
    return Division{std::move(division->quotient), std::move(*remainder)};
  }
  if (const auto k = constant_value(b)) return divmod_by_constant(a, *k);
  return divmod_by_polynomial(a, b);
}

// Takes out what `k > 0` divides: the rest has a constant in [0, k) and coefficients in (-k, k).
std::optional<DimTable::Impl::Division> DimTable::Impl::divmod_by_constant(const Polynomial& a, std::int64_t k) {
  Polynomial whole;
  Polynomial rest;
  for (const Monomial& m : a) {
    const std::int64_t quotient = m.atoms.empty() ? floor_quotient(m.coefficient, k) : m.coefficient / k;
    const std::int64_t remainder = m.coefficient - quotient * k;
    if (quotient != 0) whole.push_back({quotient, m.atoms});
    if (remainder != 0) rest.push_back({remainder, m.atoms});
  }
  auto division = divmod_reduced(rest, k);
  if (!division) return std::nullopt;
  auto quotient = add_scaled(whole, division->quotient, 1);
  if (!quotient) return std::nullopt;
  return Division{std::move(*quotient), std::move(division->remainder)};
}

std::optional<DimTable::Impl::Division> DimTable::Impl::divmod_reduced(const Polynomial& p, std::int64_t k) {
  const Bounds bounds = bounds_of(p);
  if (bounds.low && *bounds.low >= 0 && bounds.high && *bounds.high < k) return Division{{}, p};

  // Here `p` is no number: one in [0, k) has left by its bounds.
  if (p.front().coefficient < 0) {
    const auto flipped = add_scaled(constant_polynomial(k - 1), p, -1);
    if (!flipped) return std::nullopt;
    auto division = divmod_by_constant(*flipped, k);
    if (!division) return std::nullopt;
    auto quotient = scaled(division->quotient, -1);
    auto remainder = add_scaled(constant_polynomial(k - 1), division->remainder, -1);
    if (!quotient || !remainder) return std::nullopt;
    return Division{std::move(*quotient), std::move(*remainder)};
  }

  const std::int64_t constant = constant_term(p);
  Polynomial varying = p;
  if (constant != 0) varying.pop_back();
  const std::int64_t g = std::gcd(content(varying), k);
  if (g > 1) {
    Polynomial smaller;
    for (const Monomial& m : varying) smaller.push_back({m.coefficient / g, m.atoms});
    if (constant / g != 0) smaller.push_back({constant / g, {}});
    auto division = divmod_by_constant(smaller, k / g);
    if (!division) return std::nullopt;
    auto remainder = add_scaled(constant_polynomial(constant % g), division->remainder, g);
    if (!remainder) return std::nullopt;
    return Division{std::move(division->quotient), std::move(*remainder)};
  }

  if (varying.size() == 1 && varying.front().coefficient == 1 && varying.front().atoms.size() == 1 &&
      is_compound(varying.front().atoms.front())) {
    const Compound& inner = compound(varying.front().atoms.front());
    const auto divisor = constant_value(polynomial(inner.denominator));
    const auto product = divisor ? checked_mul(*divisor, k) : std::nullopt;
    if (!inner.is_mod && product) {
      const auto numerator = add_scaled(polynomial(inner.numerator), constant_polynomial(constant), *divisor);
      auto division = numerator ? divmod_by_constant(*numerator, *product) : std::nullopt;
      if (!division) return std::nullopt;
      return compounds_of(p, constant_polynomial(k), std::move(division->quotient));
    }
  }
  return compounds_of(p, constant_polynomial(k), std::nullopt);
}

std::optional<DimTable::Impl::Division> DimTable::Impl::divmod_by_polynomial(const Polynomial& a, const Polynomial& b) {
  if (auto quotient = exact_quotient(a, b)) return Division{std::move(*quotient), {}};

  Polynomial whole;
  Polynomial rest;
  if (b.size() == 1) {
    for (const Monomial& m : a) {
      const auto atoms = without(m.atoms, b.front().atoms);
      const std::int64_t quotient = atoms ? m.coefficient / b.front().coefficient : 0;
      const std::int64_t remainder = m.coefficient - quotient * b.front().coefficient;
      // Dividing by a common monomial keeps the order.
      if (quotient != 0) whole.push_back({quotient, *atoms});
      if (remainder != 0) rest.push_back({remainder, m.atoms});
    }
  } else {
    rest = a;
  }

  std::optional<Division> division;
  const Bounds bounds = bounds_of(rest);
  const auto room = add_scaled(b, rest, -1);
  const Bounds distance = room ? bounds_of(*room) : Bounds{};
  const bool is_remainder = rest.size() == 1 && rest.front().coefficient == 1 && rest.front().atoms.size() == 1 &&
                            is_compound(rest.front().atoms.front()) && compound(rest.front().atoms.front()).is_mod &&
                            polynomial(compound(rest.front().atoms.front()).denominator) == b;
  if (is_remainder || (bounds.low && *bounds.low >= 0 && distance.low && *distance.low >= 1)) {
    division = Division{{}, rest};
  } else {
    // A common factor cancels in the quotient and comes back in the remainder.
    const std::int64_t g = std::gcd(content(rest), content(b));
    std::vector<AtomId> atoms;
    const std::vector<AtomId> in_rest = common_atoms(rest);
    for (std::vector<AtomId> left = common_atoms(b); const AtomId atom : in_rest) {
      if (auto less = without(left, {atom})) {
        atoms.push_back(atom);
        left = std::move(*less);
      }
    }
    if (g > 1 || !atoms.empty()) {
      const Polynomial factor{{g, atoms}};
      const auto small_rest = exact_quotient(rest, factor);
      const auto small_b = exact_quotient(b, factor);
      auto inner = small_rest && small_b ? divmod(*small_rest, *small_b) : std::nullopt;
      auto remainder = inner ? multiply(inner->remainder, factor) : std::nullopt;
      if (!remainder) return std::nullopt;
      division = Division{std::move(inner->quotient), std::move(*remainder)};
    } else {
      division = compounds_of(rest, b, std::nullopt);
    }
  }
  if (!division) return std::nullopt;
  auto quotient = add_scaled(whole, division->quotient, 1);
  if (!quotient) return std::nullopt;
  return Division{std::move(*quotient), std::move(division->remainder)};
}

// The compounds `a // b` and `a % b`. `quotient` is the first when it has a better form already.
std::optional<DimTable::Impl::Division> DimTable::Impl::compounds_of(const Polynomial& a, const Polynomial& b,
                                                                     std::optional<Polynomial> quotient) {
  const auto numerator = intern(a);
  const auto denominator = intern(b);
  if (!numerator || !denominator) return std::nullopt;
  const Bounds top = bounds_of(a);
  const Bounds bottom = bounds_of(b);
  const bool positive = bottom.low && *bottom.low >= 0;  // where it is defined, 0 is excluded
  const bool natural = positive && top.low && *top.low >= 0;

  if (!quotient) {
    Compound division{false, *numerator, *denominator, std::nullopt, {}};
    if (const auto k = constant_value(b)) {
      if (top.low) division.bounds.low = floor_quotient(*top.low, *k);
      if (top.high) division.bounds.high = floor_quotient(*top.high, *k);
    } else if (natural) {
      division.bounds.low = 0;
      division.bounds.high = top.high;
    }
    const auto atom = intern_compound(division);
    if (!atom) return std::nullopt;
    quotient = Polynomial{{1, {*atom}}};
  }

  Compound modulo{true, *numerator, *denominator, std::nullopt, {}};
  if (quotient->size() == 1 && quotient->front().coefficient == 1 && quotient->front().atoms.size() == 1) {
    modulo.quotient = quotient->front().atoms.front();
  }
  if (positive) {
    modulo.bounds.low = 0;
    if (bottom.high) modulo.bounds.high = *bottom.high - 1;
    if (natural && top.high && (!modulo.bounds.high || *top.high < *modulo.bounds.high)) modulo.bounds.high = top.high;
  }
  const auto atom = intern_compound(modulo);
  if (!atom) return std::nullopt;
  return Division{std::move(*quotient), Polynomial{{1, {*atom}}}};
}

std::optional<AtomId> DimTable::Impl::intern_compound(Compound compound) {
  const std::string key =
      std::to_string(compound.numerator.id) + (compound.is_mod ? '%' : '/') + std::to_string(compound.denominator.id);
  if (const auto it = compounds_by_key.find(key); it != compounds_by_key.end()) return it->second;
  if (compounds.size() >= kFirstCompound - 1) return std::nullopt;
  const auto atom = static_cast<AtomId>(kFirstCompound + compounds.size());
  compounds.push_back(std::move(compound));
  compounds_by_key.emplace(key, atom);
  return atom;
}

Polynomial DimTable::Impl::join_remainders(Polynomial p) const {
  // Each round takes two compounds away and puts in a numerator, which is nested less deeply; the cap is a safeguard.
  for (std::size_t round = 0; round < kMaxMonomials; ++round) {
    auto joined = joined_once(p);
    if (!joined) break;
    p = std::move(*joined);
  }
  return p;
}

std::optional<Polynomial> DimTable::Impl::joined_once(const Polynomial& p) const {
  for (std::size_t i = 0; i < p.size(); ++i) {
    const Monomial& with_mod = p[i];
    // Compounds sort last.
    for (std::size_t j = with_mod.atoms.size(); j-- > 0 && is_compound(with_mod.atoms[j]);) {
      const Compound& mod = compound(with_mod.atoms[j]);
      if (!mod.is_mod || !mod.quotient || polynomial(mod.denominator).size() != 1) continue;
      const Monomial& denominator = polynomial(mod.denominator).front();
      const std::vector<AtomId> others = *without(with_mod.atoms, {with_mod.atoms[j]});
      const auto coefficient = checked_mul(with_mod.coefficient, denominator.coefficient);
      if (!coefficient) continue;
      const Monomial with_quotient{*coefficient, merged(merged(others, denominator.atoms), {*mod.quotient})};
      if (std::find(p.begin(), p.end(), with_quotient) == p.end()) continue;
      Polynomial rest;
      for (const Monomial& m : p) {
        if (m != with_quotient && m != with_mod) rest.push_back(m);
      }
      const auto whole = multiply({{with_mod.coefficient, others}}, polynomial(mod.numerator));
      auto joined = whole ? add_scaled(rest, *whole, 1) : std::nullopt;
      if (joined) return joined;
    }
  }
  return std::nullopt;
}

}  // namespace shapelint
