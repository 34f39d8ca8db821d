#include "lib/ops/kernel_helpers.h"

namespace shapelint::ops {

std::vector<std::int64_t> strides_of(const Extents& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

Result<Array, ShapeConflict> gather(const Array& source, const Extents& shape, std::int64_t base,
                                    const std::vector<std::int64_t>& strides) {
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out{source.dtype, shape, {}};
  out.values.reserve(static_cast<std::size_t>(*count));
  if (*count == 0) return out;
  for_each_offset(shape, base, strides,
                  [&](std::int64_t offset) { out.values.push_back(source.values[static_cast<std::size_t>(offset)]); });
  return out;
}

Result<std::vector<Array>, ShapeConflict> aligned(const OpArgs<Array>& in, std::size_t skip) {
  std::vector<Extents> shapes;
  for (const Array& operand : in.operands) shapes.push_back(operand.shape);
  const auto shape = broadcast_extents(shapes);
  if (!shape) return shape.error();

  DType dtype = in.dtype;
  if (dtype == DType::boolean) {
    for (std::size_t i = skip; i < in.operands.size(); ++i) dtype = promote(dtype, in.operands[i].dtype);
  }
  std::vector<Array> out;
  for (std::size_t i = 0; i < in.operands.size(); ++i) {
    auto full = broadcast_to(in.operands[i], *shape);
    if (!full) return full.error();
    const bool convertible = i >= skip && full->dtype != dtype && is_float(dtype);
    out.push_back(convertible ? convert(*full, dtype) : std::move(*full));
  }
  return out;
}

}  // namespace shapelint::ops
