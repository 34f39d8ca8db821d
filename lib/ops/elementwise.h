// The shape rule of every elementwise op, and makers for their descriptions. Private to lib/ops.
#pragma once

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"

namespace shapelint::ops {

/// Shape of every elementwise op.
///   operands  any shapes
///   result    their common shape by broadcasting
///   errors    broadcast.C1
Result<Shape, ShapeConflict> elementwise_shape(const OpArgs<Shape>& in, Facts& facts);

inline constexpr OpParam kUnaryParams[] = {{"x", ParamKind::tensor}};
inline constexpr OpParam kBinaryParams[] = {{"a", ParamKind::tensor}, {"b", ParamKind::tensor}};

/// Applies `F`, a function of one double, to every element.
template <auto F>
Result<Array, ShapeConflict> unary_eval(const OpArgs<Array>& in) {
  const auto operands = aligned(in);
  if (!operands) return operands.error();
  Array out = (*operands)[0];
  for (double& value : out.values) value = F(value);
  out.dtype = in.dtype;
  round_values(out);
  return out;
}

/// Applies `F`, a function of two doubles, to every pair of elements.
template <auto F>
Result<Array, ShapeConflict> binary_eval(const OpArgs<Array>& in) {
  auto operands = aligned(in);
  if (!operands) return operands.error();
  Array out = std::move((*operands)[0]);
  const std::vector<double>& right = (*operands)[1].values;
  for (std::size_t i = 0; i < right.size(); ++i) out.values[i] = F(out.values[i], right[i]);
  out.dtype = in.dtype;
  round_values(out);
  return out;
}

template <auto F>
constexpr Op unary(std::string_view name, DTypeRule dtype) {
  return Op{.name = name,
            .role = OpRole::elementwise,
            .dtype = dtype,
            .params = kUnaryParams,
            .shape = elementwise_shape,
            .eval = unary_eval<F>};
}

template <auto F>
constexpr Op binary(std::string_view name, DTypeRule dtype) {
  return Op{.name = name,
            .role = OpRole::elementwise,
            .dtype = dtype,
            .params = kBinaryParams,
            .shape = elementwise_shape,
            .eval = binary_eval<F>};
}

}  // namespace shapelint::ops
