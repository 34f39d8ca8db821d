// Polynomial arithmetic within limits.
#include "lib/shape/polynomial.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>

namespace shapelint {
namespace {

bool within_limits(const Polynomial& p) {
  // The first monomial has the highest degree.
  return p.size() <= kMaxMonomials && (p.empty() || p.front().atoms.size() <= kMaxDegree);
}

// Division has a step per monomial of the quotient, and a remainder that may grow before it shrinks.
constexpr int kMaxDivisionSteps = 256;

}  // namespace

std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (__builtin_add_overflow(a, b, &out) || out == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return out;
}

std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  if (__builtin_mul_overflow(a, b, &out) || out == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  return out;
}

std::int64_t floor_quotient(std::int64_t a, std::int64_t b) {
  if (b == -1) return -a;  // keeps clear of min / -1; coefficients are never min
  const std::int64_t q = a / b;
  return q * b != a && (a < 0) != (b < 0) ? q - 1 : q;
}

bool comes_before(const std::vector<AtomId>& a, const std::vector<AtomId>& b) {
  return a.size() != b.size() ? a.size() > b.size() : a < b;
}

std::vector<AtomId> merged(const std::vector<AtomId>& a, const std::vector<AtomId>& b) {
  std::vector<AtomId> out;
  out.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

std::optional<std::vector<AtomId>> without(const std::vector<AtomId>& a, const std::vector<AtomId>& b) {
  if (!std::includes(a.begin(), a.end(), b.begin(), b.end())) return std::nullopt;
  std::vector<AtomId> out;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Polynomial constant_polynomial(std::int64_t value) {
  if (value == 0) return {};
  return {Monomial{value, {}}};
}

std::optional<std::int64_t> constant_value(const Polynomial& p) {
  if (p.empty()) return 0;
  if (p.size() == 1 && p.front().atoms.empty()) return p.front().coefficient;
  return std::nullopt;
}

std::int64_t constant_term(const Polynomial& p) {
  return !p.empty() && p.back().atoms.empty() ? p.back().coefficient : 0;
}

std::optional<Polynomial> add_scaled(const Polynomial& a, const Polynomial& b, std::int64_t scale) {
  Polynomial out;
  out.reserve(a.size() + b.size());
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (j == b.size() || (i < a.size() && comes_before(a[i].atoms, b[j].atoms))) {
      out.push_back(a[i++]);
      continue;
    }
    const auto term = checked_mul(b[j].coefficient, scale);
    if (!term) return std::nullopt;
    if (i == a.size() || comes_before(b[j].atoms, a[i].atoms)) {
      if (*term != 0) out.push_back({*term, b[j].atoms});
    } else {
      const auto sum = checked_add(a[i].coefficient, *term);
      if (!sum) return std::nullopt;
      if (*sum != 0) out.push_back({*sum, a[i].atoms});
      ++i;
    }
    ++j;
  }
  if (!within_limits(out)) return std::nullopt;
  return out;
}

std::optional<Polynomial> scaled(const Polynomial& p, std::int64_t scale) { return add_scaled({}, p, scale); }

std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b) {
  if (a.empty() || b.empty()) return Polynomial{};
  if (a.front().atoms.size() + b.front().atoms.size() > kMaxDegree) return std::nullopt;
  Polynomial terms;
  terms.reserve(a.size() * b.size());
  for (const Monomial& x : a) {
    for (const Monomial& y : b) {
      const auto coefficient = checked_mul(x.coefficient, y.coefficient);
      if (!coefficient) return std::nullopt;
      terms.push_back({*coefficient, merged(x.atoms, y.atoms)});
    }
  }
  std::sort(terms.begin(), terms.end(),
            [](const Monomial& x, const Monomial& y) { return comes_before(x.atoms, y.atoms); });
  Polynomial out;
  for (Monomial& term : terms) {
    if (!out.empty() && out.back().atoms == term.atoms) {
      const auto sum = checked_add(out.back().coefficient, term.coefficient);
      if (!sum) return std::nullopt;
      out.back().coefficient = *sum;
    } else {
      if (!out.empty() && out.back().coefficient == 0) out.pop_back();
      out.push_back(std::move(term));
    }
  }
  if (!out.empty() && out.back().coefficient == 0) out.pop_back();
  if (!within_limits(out)) return std::nullopt;
  return out;
}

std::optional<Polynomial> exact_quotient(const Polynomial& a, const Polynomial& b) {
  Polynomial rest = a;
  Polynomial quotient;
  for (int step = 0; !rest.empty(); ++step) {
    const Monomial& lead = rest.front();
    const auto atoms = without(lead.atoms, b.front().atoms);
    if (step == kMaxDivisionSteps || !atoms || lead.coefficient % b.front().coefficient != 0) return std::nullopt;
    quotient.push_back({lead.coefficient / b.front().coefficient, *atoms});
    const auto product = multiply({quotient.back()}, b);
    if (!product) return std::nullopt;
    auto next = add_scaled(rest, *product, -1);
    if (!next) return std::nullopt;
    rest = std::move(*next);
  }
  if (!within_limits(quotient)) return std::nullopt;
  return quotient;
}

std::int64_t content(const Polynomial& p) {
  std::int64_t out = 0;
  for (const Monomial& m : p) out = std::gcd(out, m.coefficient);
  return out;
}

std::vector<AtomId> common_atoms(const Polynomial& p) {
  if (p.empty()) return {};
  std::vector<AtomId> out = p.front().atoms;
  for (const Monomial& m : p) {
    std::vector<AtomId> both;
    std::set_intersection(out.begin(), out.end(), m.atoms.begin(), m.atoms.end(), std::back_inserter(both));
    out = std::move(both);
  }
  return out;
}

}  // namespace shapelint
