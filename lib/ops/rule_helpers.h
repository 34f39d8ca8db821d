// What shape rules share: conflicts in words, sizes that must agree, and the limit on ranks. Private to lib/ops.
#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

#include "lib/ops/op.h"

namespace shapelint::ops {

/// NumPy's limit (before 2.0); also what keeps every rule's work bounded.
inline constexpr std::size_t kMaxRank = 32;

inline std::string show(const Shape& shape, const Facts& facts) { return shapelint::show(shape, facts.dims()); }
inline std::string show(Dim dim, const Facts& facts) { return facts.dims().print(dim); }

template <class... T>
ShapeConflict conflict(std::string label, fmt::format_string<T...> text, T&&... values) {
  return ShapeConflict{std::move(label), fmt::format(text, std::forward<T>(values)...)};
}

/// False when the sizes certainly differ. Where that is not known, equality is assumed and recorded.
inline bool agree(Dim a, Dim b, Facts& facts) {
  const Tri same = facts.same(a, b);
  if (same == Tri::unknown) facts.assume_same(a, b, facts.place());
  return same != Tri::no;
}

/// Of two sizes that agree, the one to go on with: the batch must stay visible.
inline Dim preferred(Dim a, Dim b, const Facts& facts) {
  const auto batch = facts.protected_symbol();
  return batch && !facts.dims().mentions(a, *batch) && facts.dims().mentions(b, *batch) ? b : a;
}

/// `Rule` on a copy of the facts, taken over when it succeeds: a conflict records no assumptions. What was learnt is
/// put into the result.
template <Result<Shape, ShapeConflict> (*Rule)(const OpArgs<Shape>&, Facts&)>
Result<Shape, ShapeConflict> all_or_nothing(const OpArgs<Shape>& in, Facts& facts) {
  Facts trial = facts;
  auto out = Rule(in, trial);
  if (!out || trial.assumptions().size() == facts.assumptions().size()) return out;
  facts = std::move(trial);
  return facts.resolve(*out);
}

/// The number, when what was learnt makes the dim one.
inline std::optional<std::int64_t> number(Dim dim, const Facts& facts) {
  return facts.dims().constant(facts.resolve(dim));
}

/// Does `part` broadcast to `whole` (sizes that are unknown are assumed to)?
inline bool fits_into(const Shape& part, const Shape& whole, Facts& facts) {
  if (part.size() > whole.size()) return false;
  const std::size_t missing = whole.size() - part.size();
  for (std::size_t axis = 0; axis < part.size(); ++axis) {
    if (number(part[axis], facts) == 1) continue;
    if (!agree(part[axis], whole[missing + axis], facts)) return false;
  }
  return true;
}

/// `shape`, when its rank is allowed.
///   errors  rank.C1
inline Result<Shape, ShapeConflict> limited(Shape shape) {
  if (shape.size() <= kMaxRank) return shape;
  return conflict("rank.C1", "the result would have {} axes, more than {}", shape.size(), kMaxRank);
}

}  // namespace shapelint::ops
