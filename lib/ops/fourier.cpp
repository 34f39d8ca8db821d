// Shapes of Fourier transforms. Their values are complex, which arrays of the evaluator are not: kernel.unsupported.
#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

/// Shape of rfft.
///   x       (d0, ..., dn)
///   result  x with half of `axis`: d//2 + 1
///   errors  axis.C1, axis.C4
///           fft.C1  the axis is certainly empty
Result<Shape, ShapeConflict> rfft_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()));
  if (!axis) return axis.error();
  Dim& size = out[static_cast<std::size_t>(*axis)];
  if (number(size, facts) == 0) return conflict("fft.C1", "the transform of no elements: {}", show(out, facts));
  size = dims.add(dims.floordiv(size, dims.number(2)), dims.number(1));
  return out;
}

/// Shape of irfft.
///   x       (d0, ..., dn)
///   result  x with n on `axis`, 2*(d-1) without n
///   errors  axis.C1, axis.C4
///           fft.C1  the result would certainly be empty
Result<Shape, ShapeConflict> irfft_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()));
  if (!axis) return axis.error();
  Dim& size = out[static_cast<std::size_t>(*axis)];
  size = in.attrs.dims.empty() ? dims.mul(dims.number(2), dims.sub(size, dims.number(1))) : in.attrs.dims[0];
  if (facts.at_most(size, dims.number(0)) == Tri::yes) {
    return conflict("fft.C1", "the inverse transform of {} gives no elements", show(in.operands[0], facts));
  }
  return out;
}

/// Shape of fft and ifft: x.
///   errors  axis.C1, axis.C4
///           fft.C1  the axis is certainly empty
Result<Shape, ShapeConflict> fft_shape(const OpArgs<Shape>& in, Facts& facts) {
  const auto out = rfft_shape(in, facts);
  if (!out) return out;
  return in.operands[0];
}

Result<Array, ShapeConflict> unsupported(const OpArgs<Array>&) {
  return ShapeConflict{"kernel.unsupported", "Fourier transforms are not evaluated: their values are complex"};
}

constexpr OpParam kParams[] = {{"x", ParamKind::tensor}, {"axis", ParamKind::axis, "-1"}};
constexpr OpParam kInverseParams[] = {
    {"x", ParamKind::tensor}, {"n", ParamKind::dim, "None"}, {"axis", ParamKind::axis, "-1"}};

constexpr Op transform(std::string_view name, std::span<const OpParam> params, ShapeRule shape) {
  return Op{.name = name,
            .role = OpRole::normalising,
            .dtype = DTypeRule::floating,
            .params = params,
            .shape = shape,
            .eval = unsupported};
}

}  // namespace

extern const Op fft, ifft, rfft, irfft;

constexpr Op fft = transform("fft", kParams, fft_shape);
constexpr Op ifft = transform("ifft", kParams, fft_shape);
constexpr Op rfft = transform("rfft", kParams, rfft_shape);
constexpr Op irfft = transform("irfft", kInverseParams, irfft_shape);

}  // namespace shapelint::ops
