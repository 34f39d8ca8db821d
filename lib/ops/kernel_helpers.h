// What kernels share: strides, gathering, and elementwise application over broadcast operands. Private to lib/ops.
#pragma once

#include <vector>

#include "lib/ops/op.h"

namespace shapelint::ops {

/// Row-major distances between neighbours along each axis, in elements. `shape` must hold at least one element.
std::vector<std::int64_t> strides_of(const Extents& shape);

/// The array of `shape` whose element at (i0, i1, ...) is `source[base + i0*strides[0] + i1*strides[1] + ...]`.
///   errors  kernel.size
Result<Array, ShapeConflict> gather(const Array& source, const Extents& shape, std::int64_t base,
                                    const std::vector<std::int64_t>& strides);

/// Calls `visit(offset)` for every element of `shape` in row-major order, `offset` being the sum of index times stride.
/// `shape` must hold at least one element.
template <class Visit>
void for_each_offset(const Extents& shape, std::int64_t base, const std::vector<std::int64_t>& strides, Visit visit) {
  std::vector<std::int64_t> at(shape.size(), 0);
  std::int64_t offset = base;
  while (true) {
    visit(offset);
    std::size_t axis = shape.size();
    while (axis > 0) {
      --axis;
      offset += strides[axis];
      if (++at[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (shape.empty()) return;
  }
}

/// Operands brought to one shape and to the dtype in which the op computes: the result's, or for ops that answer with
/// bool that of their operands. `skip` operands in front are broadcast but keep their dtype.
///   errors  kernel, kernel.size
Result<std::vector<Array>, ShapeConflict> aligned(const OpArgs<Array>& in, std::size_t skip = 0);

}  // namespace shapelint::ops
