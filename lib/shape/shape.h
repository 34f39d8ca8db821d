// Shapes: the sizes of a tensor's axes, in order. A scalar has rank 0. Unknown rank is `std::nullopt` beside a shape,
// an unknown size is an anonymous symbol in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/shape/dim.h"
#include "lib/support/result.h"

namespace shapelint {

using Shape = std::vector<Dim>;

/// A contradiction found by a shape rule. `label` names the constraint (`broadcast.C1`, see docs/shape-semantics.md);
/// `message` says it in plain words with the shapes.
struct ShapeConflict {
  std::string label;
  std::string message;
};

/// For people: `(B, N-1)`, `(B,)`, `()`.
std::string show(const Shape& shape, const DimTable& dims);
/// jaxtyping's grammar, as in JSON and options: `"B N-1"`, `"B"`, `""`.
std::string spell(const Shape& shape, const DimTable& dims);
/// `spell`, or "?" when the rank is unknown.
std::string spell(const std::optional<Shape>& shape, const DimTable& dims);

/// Number of elements.
Dim element_count(const Shape& shape, DimTable& dims);
/// Axes whose dim mentions `symbol`, ascending.
std::vector<int> axes_with(const Shape& shape, SymbolId symbol, const DimTable& dims);

}  // namespace shapelint
