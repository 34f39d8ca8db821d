// What one path of execution has learnt about sizes: equalities that were assumed so that the code could go on, or that
// an executed condition or assertion states. They hold on that path only.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/shape/dim.h"
#include "lib/shape/shape.h"
#include "lib/support/source.h"

namespace shapelint {

struct Assumption {
  Dim left;
  Dim right;
  Span where;
  bool stated = false;  ///< by the user's condition or assertion, not made up to go on
};

class Facts {
 public:
  /// `protected_symbol` (the batch) is never replaced by another symbol: its axis must stay visible as such.
  explicit Facts(DimTable& dims, std::optional<SymbolId> protected_symbol = std::nullopt);

  DimTable& dims() const { return *dims_; }
  std::optional<SymbolId> protected_symbol() const { return protected_; }
  /// The dim with every learnt equality put in.
  Dim resolve(Dim dim) const;
  Shape resolve(const Shape& shape) const;
  /// `DimTable::same` under what was learnt.
  Tri same(Dim a, Dim b) const;
  Tri at_most(Dim a, Dim b) const;
  /// Records `a == b`; nothing when that is known. Where it makes one symbol a function of the others (a lone side,
  /// `2*L+1 == 5`), that symbol is replaced from now on: an anonymous one first, a younger before an older one, by a
  /// number rather than by a symbol; never the protected one, and never a carrier of it by something that forgets it.
  /// Other equalities are kept beside, and `same` answers by them.
  void assume_same(Dim a, Dim b, Span where, bool stated = false);
  /// Records `a != b`, so that `same` answers no.
  void assume_different(Dim a, Dim b);
  /// Records `a <= b`, so that `at_most` answers by it.
  void assume_at_most(Dim a, Dim b);

  const std::vector<Assumption>& assumptions() const { return assumptions_; }
  /// The place assumptions made from now on are recorded at.
  void set_place(Span where) { place_ = where; }
  Span place() const { return place_; }

 private:
  struct Substitution {
    SymbolId from;
    Dim to;
  };
  std::optional<Substitution> solve(Dim a, Dim b) const;
  bool mentions_protected(Dim dim) const { return protected_ && dims_->mentions(dim, *protected_); }

  DimTable* dims_;
  std::optional<SymbolId> protected_;
  /// In the order they were learnt: no `to` holds an earlier `from`, so one pass in order resolves.
  std::vector<Substitution> substitutions_;
  std::vector<Dim> zero_;        ///< differences known to be 0 that no substitution expresses
  std::vector<Dim> different_;   ///< differences known not to be 0
  std::vector<Dim> at_least_0_;  ///< differences known not to be negative
  std::vector<Assumption> assumptions_;
  Span place_;
};

/// How shapes broadcast (NumPy's rule: aligned from the right, 1 stretches).
struct Broadcast {
  Shape shape;
  /// Pairs of sizes that had to be assumed equal, as they were written.
  std::vector<std::pair<Dim, Dim>> assumed;
};

/// Broadcasts `shapes` together and records what it had to assume in `facts`; a conflict leaves `facts` as they were.
///   errors  broadcast.C1  two sizes on one axis differ and neither is 1
Result<Broadcast, ShapeConflict> broadcast(const std::vector<Shape>& shapes, Facts& facts);

}  // namespace shapelint
