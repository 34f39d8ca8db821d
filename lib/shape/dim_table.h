// The inside of `DimTable`: the interned polynomials and what they are built over. Private to lib/shape.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/shape/dim.h"
#include "lib/shape/polynomial.h"

namespace shapelint {

/// What is certain about a value for all sizes; an absent end is not known.
struct Bounds {
  std::optional<std::int64_t> low;
  std::optional<std::int64_t> high;
};

struct DimTable::Impl {
  struct Symbol {
    std::string name;
    std::vector<SymbolId> parents;
    bool is_size = true;  ///< at least 1; false for a stand-in of an expression that became too large
  };
  /// `numerator // denominator` or `numerator % denominator`, both in normal form (see dim_divide.cpp).
  struct Compound {
    bool is_mod = false;
    Dim numerator;
    Dim denominator;
    std::optional<AtomId> quotient;  ///< of a modulo: the atom with numerator == denominator*quotient + modulo
    Bounds bounds;
  };
  struct Node {
    Polynomial polynomial;
    std::size_t weight = 0;  ///< atoms and monomials, those inside compounds too: bounds printing and evaluation
    int nesting = 0;         ///< depth of compounds in compounds
  };
  enum class Op : std::uint8_t { add, sub, mul, floordiv, mod };
  struct Division {
    Polynomial quotient;
    Polynomial remainder;
  };

  std::deque<Symbol> symbols;
  std::deque<Compound> compounds;
  std::deque<Node> nodes;
  std::unordered_multimap<std::size_t, std::uint32_t> nodes_by_hash;
  std::unordered_map<std::string, AtomId> compounds_by_key;
  std::unordered_map<std::uint64_t, Dim> done[5];  ///< results by operands, one map per `Op`

  const Polynomial& polynomial(Dim dim) const { return nodes[dim.id].polynomial; }
  const Compound& compound(AtomId atom) const { return compounds[atom - kFirstCompound]; }
  static bool is_compound(AtomId atom) { return atom >= kFirstCompound; }

  /// The handle of a polynomial; none when it is too heavy or too deeply nested.
  std::optional<Dim> intern(const Polynomial& p);
  /// A stand-in for an expression over `operands` that is not represented; keeps their provenance.
  Dim stand_in(const std::vector<Dim>& operands);
  /// Looks `op(a, b)` up, or computes it and interns the result.
  template <class F>
  Dim memoised(Op op, Dim a, Dim b, F&& compute) {
    const std::uint64_t key = (std::uint64_t{a.id} << 32U) | b.id;
    auto& known = done[static_cast<std::size_t>(op)];
    if (const auto it = known.find(key); it != known.end()) return it->second;
    std::optional<Polynomial> value = compute();
    std::optional<Dim> dim;
    if (value) dim = intern(*value);
    // The same operands get the same stand-in: it stands for one value.
    const Dim out = dim ? *dim : stand_in({a, b});
    known.emplace(key, out);
    return out;
  }

  // dim_divide.cpp
  /// Floor division and modulo in normal form; none when `b` is zero or a limit is met.
  std::optional<Division> divmod(const Polynomial& a, const Polynomial& b);
  /// Puts `x` for `k*(x//k) + x%k`.
  Polynomial join_remainders(Polynomial p) const;

  // dim_compare.cpp
  Bounds bounds_of(AtomId atom) const;
  Bounds bounds_of(const Polynomial& p) const;

  void collect_symbols(Dim dim, std::vector<SymbolId>& out) const;

 private:
  std::optional<Division> divmod_by_constant(const Polynomial& a, std::int64_t k);
  std::optional<Division> divmod_reduced(const Polynomial& p, std::int64_t k);
  std::optional<Division> divmod_by_polynomial(const Polynomial& a, const Polynomial& b);
  std::optional<Division> compounds_of(const Polynomial& a, const Polynomial& b, std::optional<Polynomial> quotient);
  std::optional<AtomId> intern_compound(Compound compound);
  std::optional<Polynomial> joined_once(const Polynomial& p) const;
};

}  // namespace shapelint
