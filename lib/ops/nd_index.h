// Tensors of coordinates, as gather_nd and scatter_nd take them. Private to lib/ops.
#pragma once

#include "lib/ops/op.h"

namespace shapelint::ops {

/// How many axes of `x` the coordinates in the last axis of `indices` name. Where that size is not known, it is assumed
/// to be as large as it can be.
///   errors  gather_nd.C1  indices are a scalar
///           gather_nd.C2  more coordinates than axes
Result<std::size_t, ShapeConflict> index_depth(const Shape& x, const Shape& indices, Facts& facts);
Result<std::size_t, ShapeConflict> index_depth(const Extents& x, const Extents& indices);

/// Where the part of `x` that each row of `indices` names begins. There must be a row, and an element in such a part.
///   errors  kernel.index
Result<std::vector<std::size_t>, ShapeConflict> row_starts(const Array& x, const Array& indices, std::size_t depth);

}  // namespace shapelint::ops
