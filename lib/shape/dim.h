// Symbolic sizes. A `Dim` is an integer polynomial over symbols, with floor division and modulo, kept in normal form
// and interned, so that equal polynomials are the same handle:
//
//   B          a symbol                        2*L + 1      a polynomial
//   B*T        the batch flattened with time   N//2, N % 3  what does not divide exactly
//
// A symbol is a provenance: an axis counts samples exactly when its dim mentions the batch symbol `B`. Symbols stand
// for any size >= 1 and none is assumed to be 1; asking what happens at 1 is a separate question.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/support/tri.h"

namespace shapelint {

/// Handle into a `DimTable`. `==` is identity of the normal form; ask `DimTable::same` about sizes.
struct Dim {
  std::uint32_t id = 0;
  friend bool operator==(Dim, Dim) = default;
};

struct SymbolId {
  std::uint32_t id = 0;
  friend auto operator<=>(SymbolId, SymbolId) = default;
};

/// Concrete sizes of symbols, for evaluation.
using Sizes = std::map<SymbolId, std::int64_t>;

class DimTable {
 public:
  DimTable();
  ~DimTable();
  DimTable(DimTable&&) noexcept;
  DimTable& operator=(DimTable&&) noexcept;

  Dim number(std::int64_t value);
  /// A fresh symbol; two calls with one name give two different symbols. `parents` are the symbols whose provenance it
  /// carries on (the dim of `x[mask]` carries those of the mask). A name that starts with `?` prints as `?`.
  SymbolId declare(std::string name, std::vector<SymbolId> parents = {});
  /// The same for a whole number that is no size: it may be 0 or negative (`int(x.max())`, the index of a loop).
  SymbolId declare_number(std::string name, std::vector<SymbolId> parents = {});
  /// Symbols declared from now on come at or after this one.
  SymbolId next_symbol() const;
  Dim symbol(SymbolId symbol);
  /// A fresh symbol's dim.
  Dim fresh(std::string name, std::vector<SymbolId> parents = {}) {
    return symbol(declare(std::move(name), std::move(parents)));
  }

  Dim fresh_number(std::string name, std::vector<SymbolId> parents = {}) {
    return symbol(declare_number(std::move(name), std::move(parents)));
  }

  // Arithmetic with normal forms. What leaves the limits (a coefficient of 64 bits, 64 monomials, degree 16, 8
  // divisions inside one another) gives a `?` symbol that carries both provenances, the same one for the same operands.
  Dim add(Dim a, Dim b);
  Dim sub(Dim a, Dim b);
  Dim mul(Dim a, Dim b);
  Dim neg(Dim a);
  /// Floor division as Python's; `N*(X//N)` is `X` where it divides exactly, `(6*B)//3` is `2*B`. Division by the
  /// number 0 gives a `?`; the caller reports it.
  Dim floordiv(Dim a, Dim b);
  /// Python's modulo; 0 where `b` divides `a`.
  Dim mod(Dim a, Dim b);
  /// The exact quotient, when `b` divides `a` for all sizes of the symbols; none for `b` = 0.
  std::optional<Dim> divide(Dim a, Dim b);

  std::optional<std::int64_t> constant(Dim dim) const;
  bool is_number(Dim dim, std::int64_t value) const { return constant(dim) == value; }
  /// The symbol, when the dim is one symbol alone.
  std::optional<SymbolId> as_symbol(Dim dim) const;
  const std::string& name(SymbolId symbol) const;
  /// A symbol made for a size that nobody named (its name starts with `?`).
  bool is_anonymous(SymbolId symbol) const;

  /// Equal for all sizes / for no sizes (symbols >= 1) / cannot tell. `B` and `2*B` are never equal, `N` and `M` may
  /// be.
  Tri same(Dim a, Dim b) const;
  /// a <= b for all sizes / for none / cannot tell.
  Tri at_most(Dim a, Dim b) const;

  /// Does the dim hold `symbol`, directly or through the provenance of one of its symbols?
  bool mentions(Dim dim, SymbolId symbol) const;
  /// Is the dim `k*symbol` with `k` free of it (`B`, `2*B`, `B*T`)? Not through provenance.
  bool is_multiple_of(Dim dim, SymbolId symbol) const;
  /// Every symbol of the dim, without parents, in order of declaration.
  std::vector<SymbolId> symbols(Dim dim) const;

  Dim substitute(Dim dim, SymbolId symbol, Dim replacement);
  /// The size, when every symbol has one; none also on division by zero or overflow.
  std::optional<std::int64_t> evaluate(Dim dim, const Sizes& sizes) const;

  /// As the user would write it: `2*L+1`, `B*T`, `(N+1)//2`. Deterministic; no spaces; `parse_dim` reads it back.
  std::string print(Dim dim) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace shapelint
