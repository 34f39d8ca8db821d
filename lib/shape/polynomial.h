// Arithmetic on integer polynomials, the inside of a `Dim`. Pure functions: nothing is interned here. Every function
// gives nothing when a result would leave the limits, so cost and coefficients stay bounded whatever the input.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace shapelint {

/// What a polynomial is built over: a symbol (its `SymbolId`), or, from `kFirstCompound` on, a floor division or a
/// modulo that does not simplify. So symbols sort, and print, before compounds.
using AtomId = std::uint32_t;
constexpr AtomId kFirstCompound = 0x8000'0000U;

/// `coefficient * product of atoms`; atoms ascend and stand once per power.
struct Monomial {
  std::int64_t coefficient = 0;
  std::vector<AtomId> atoms;
  friend bool operator==(const Monomial&, const Monomial&) = default;
};

/// A sum of monomials in order (`comes_before`), no two with the same atoms, none with coefficient 0. Zero is empty.
using Polynomial = std::vector<Monomial>;

constexpr std::size_t kMaxMonomials = 64;
constexpr std::size_t kMaxDegree = 16;

/// Checked arithmetic; nothing on overflow. The smallest int64 counts as overflow, so every result can be negated.
std::optional<std::int64_t> checked_add(std::int64_t a, std::int64_t b);
std::optional<std::int64_t> checked_mul(std::int64_t a, std::int64_t b);
/// Python's floor division; `b` is not 0.
std::int64_t floor_quotient(std::int64_t a, std::int64_t b);

/// Higher degree first, then by atoms: a monomial order (it survives multiplication), and the order of printing.
bool comes_before(const std::vector<AtomId>& a, const std::vector<AtomId>& b);
std::vector<AtomId> merged(const std::vector<AtomId>& a, const std::vector<AtomId>& b);
/// `a` without `b`, when `b` divides it.
std::optional<std::vector<AtomId>> without(const std::vector<AtomId>& a, const std::vector<AtomId>& b);

Polynomial constant_polynomial(std::int64_t value);
/// The value, when no atom occurs.
std::optional<std::int64_t> constant_value(const Polynomial& p);
/// The monomial without atoms, 0 when there is none.
std::int64_t constant_term(const Polynomial& p);

/// `a + scale * b`.
std::optional<Polynomial> add_scaled(const Polynomial& a, const Polynomial& b, std::int64_t scale);
std::optional<Polynomial> multiply(const Polynomial& a, const Polynomial& b);
/// `scale * p`.
std::optional<Polynomial> scaled(const Polynomial& p, std::int64_t scale);
/// The polynomial `q` with `a == b * q`, when there is one. `b` is not zero.
std::optional<Polynomial> exact_quotient(const Polynomial& a, const Polynomial& b);

/// The positive greatest common divisor of the coefficients; 0 for zero.
std::int64_t content(const Polynomial& p);
/// The atoms that every monomial of `p` has.
std::vector<AtomId> common_atoms(const Polynomial& p);

}  // namespace shapelint
