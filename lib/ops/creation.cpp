// Tensors from sizes: zeros, ones, full, eye, arange. Sizes may be symbolic, so `arange(B)` still counts samples.
#include <cmath>

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {
namespace {

/// Shape of zeros, ones and full.
///   result  `shape`
///   errors  size.C1  a size is certainly negative
///           rank.C1
Result<Shape, ShapeConflict> filled_shape(const OpArgs<Shape>& in, Facts& facts) {
  auto out = limited(in.attrs.dims);
  if (!out) return out;
  for (const Dim size : *out) {
    if (facts.at_most(size, facts.dims().number(-1)) == Tri::yes) {
      return conflict("size.C1", "the shape {} has a negative size", show(*out, facts));
    }
  }
  return out;
}

/// Shape of eye.
///   result  (n, m), (n, n) without m
///   errors  size.C1
Result<Shape, ShapeConflict> eye_shape(const OpArgs<Shape>& in, Facts& facts) {
  OpArgs<Shape> square = in;
  if (square.attrs.dims.size() == 1) square.attrs.dims.push_back(square.attrs.dims[0]);
  return filled_shape(square, facts);
}

/// Shape of arange.
///   result  ((stop - start) / step, rounded up,), at least 0; on symbols `stop` is taken to lie behind `start`
///   errors  arange.C1  the step is 0
Result<Shape, ShapeConflict> arange_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Dim start = in.attrs.dims[0];
  const Dim stop = in.attrs.dims[1];
  Dim step = in.attrs.dims.size() > 2 ? in.attrs.dims[2] : dims.number(1);
  const Dim zero = dims.number(0);
  if (number(step, facts) == 0) return conflict("arange.C1", "the step of arange is 0");
  Dim distance = dims.sub(stop, start);
  if (facts.at_most(step, zero) == Tri::yes) {
    distance = dims.neg(distance);
    step = dims.neg(step);
  }
  if (facts.at_most(distance, zero) == Tri::yes) return Shape{zero};
  if (dims.is_number(step, 1)) return Shape{distance};
  return Shape{dims.floordiv(dims.add(distance, dims.sub(step, dims.number(1))), step)};
}

Result<Array, ShapeConflict> filled_eval(const OpArgs<Array>& in, double value) {
  const auto count = allowed_count(in.attrs.dims);
  if (!count) return count.error();
  return Array::filled(in.attrs.dims, value, in.dtype);
}

Result<Array, ShapeConflict> zeros_eval(const OpArgs<Array>& in) { return filled_eval(in, 0); }
Result<Array, ShapeConflict> ones_eval(const OpArgs<Array>& in) { return filled_eval(in, 1); }
Result<Array, ShapeConflict> full_eval(const OpArgs<Array>& in) { return filled_eval(in, in.attrs.numbers[0]); }

Result<Array, ShapeConflict> eye_eval(const OpArgs<Array>& in) {
  const std::int64_t rows = in.attrs.dims[0];
  const std::int64_t columns = in.attrs.dims.size() > 1 ? in.attrs.dims[1] : rows;
  const auto count = allowed_count({rows, columns});
  if (!count) return count.error();
  Array out = Array::filled({rows, columns}, 0, in.dtype);
  for (std::int64_t i = 0; i < rows && i < columns; ++i) out.values[static_cast<std::size_t>(i * columns + i)] = 1;
  return out;
}

Result<Array, ShapeConflict> arange_eval(const OpArgs<Array>& in) {
  // Bounds beyond what a double counts exactly have no use, and their differences could overflow.
  constexpr std::int64_t kLimit = std::int64_t{1} << 53;
  for (const std::int64_t bound : in.attrs.dims) {
    if (bound > kLimit || bound < -kLimit) {
      return conflict("kernel.size", "arange with {}: beyond what is evaluated exactly", bound);
    }
  }
  const std::int64_t start = in.attrs.dims[0];
  const std::int64_t stop = in.attrs.dims[1];
  const std::int64_t step = in.attrs.dims.size() > 2 ? in.attrs.dims[2] : 1;
  if (step == 0) return conflict("arange.C1", "the step of arange is 0");
  std::int64_t size = 0;
  if (step > 0 && stop > start) size = (stop - start - 1) / step + 1;
  if (step < 0 && stop < start) size = (start - stop - 1) / -step + 1;
  const auto count = allowed_count({size});
  if (!count) return count.error();
  Array out = Array::filled({size}, 0, in.dtype);
  for (std::int64_t i = 0; i < size; ++i)
    out.values[static_cast<std::size_t>(i)] = static_cast<double>(start + i * step);
  round_values(out);
  return out;
}

constexpr OpParam kFilledParams[] = {{"shape", ParamKind::dims}, {"dtype", ParamKind::dtype, "None"}};
constexpr OpParam kFullParams[] = {
    {"shape", ParamKind::dims}, {"value", ParamKind::number}, {"dtype", ParamKind::dtype, "None"}};
constexpr OpParam kEyeParams[] = {
    {"n", ParamKind::dim}, {"m", ParamKind::dim, "None"}, {"dtype", ParamKind::dtype, "None"}};
constexpr OpParam kArangeParams[] = {{"start", ParamKind::dim},
                                     {"stop", ParamKind::dim},
                                     {"step", ParamKind::dim, "1"},
                                     {"dtype", ParamKind::dtype, "None"}};

}  // namespace

extern const Op arange, zeros, ones, full, eye;

constexpr Op arange{.name = "arange",
                    .role = OpRole::creation,
                    .dtype = DTypeRule::attribute_or_int64,
                    .params = kArangeParams,
                    .shape = arange_shape,
                    .eval = arange_eval};
constexpr Op zeros{.name = "zeros",
                   .role = OpRole::creation,
                   .dtype = DTypeRule::attribute,
                   .params = kFilledParams,
                   .shape = filled_shape,
                   .eval = zeros_eval};
constexpr Op ones{.name = "ones",
                  .role = OpRole::creation,
                  .dtype = DTypeRule::attribute,
                  .params = kFilledParams,
                  .shape = filled_shape,
                  .eval = ones_eval};
constexpr Op full{.name = "full",
                  .role = OpRole::creation,
                  .dtype = DTypeRule::attribute,
                  .params = kFullParams,
                  .shape = filled_shape,
                  .eval = full_eval};
constexpr Op eye{.name = "eye",
                 .role = OpRole::creation,
                 .dtype = DTypeRule::attribute,
                 .params = kEyeParams,
                 .shape = eye_shape,
                 .eval = eye_eval};

}  // namespace shapelint::ops
