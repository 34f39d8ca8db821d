// What the tests of lib/ops share: calling an op by name the way the tracer does, on shapes and on arrays.
#pragma once

#include <string>
#include <vector>

#include "lib/ops/op.h"

namespace shapelint::test {

/// A call with numbers for all sizes; `attrs.dtype` is the attribute as written.
inline Result<Array, ShapeConflict> run_kernel(const Op& op, std::vector<Array> operands,
                                               const BasicAttributes<std::int64_t>& attrs) {
  std::vector<DType> dtypes;
  for (const Array& operand : operands) dtypes.push_back(operand.dtype);
  return op.eval({std::move(operands), attrs, result_dtype(op, dtypes, {}, attrs.dtype)});
}

/// The same attributes with every size passed through `map`.
template <class To, class From, class Map>
BasicAttributes<To> map_attributes(const BasicAttributes<From>& from, Map map) {
  BasicAttributes<To> to;
  to.axes = from.axes;
  to.flags = from.flags;
  to.dtype = from.dtype;
  to.numbers = from.numbers;
  to.texts = from.texts;
  for (const From& size : from.dims) to.dims.push_back(map(size));
  for (const IndexItem<From>& item : from.index) {
    IndexItem<To> copy;
    copy.kind = static_cast<typename IndexItem<To>::Kind>(item.kind);
    if (item.kind == IndexItem<From>::Kind::integer) copy.integer = map(item.integer);
    if (item.start) copy.start = map(*item.start);
    if (item.stop) copy.stop = map(*item.stop);
    if (item.step) copy.step = map(*item.step);
    to.index.push_back(copy);
  }
  return to;
}

inline Shape constant_shape(const Extents& extents, DimTable& dims) {
  Shape shape;
  for (const std::int64_t size : extents) shape.push_back(dims.number(size));
  return shape;
}

/// Counts up from 0 in halves, so that elements can be told apart.
inline Array counting(Extents shape, DType dtype = DType::float32) {
  Array array = Array::filled(std::move(shape), 0, dtype);
  for (std::size_t i = 0; i < array.values.size(); ++i) array.values[i] = static_cast<double>(i) / 2;
  round_values(array);
  return array;
}

}  // namespace shapelint::test
