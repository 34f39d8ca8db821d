// The same elements in another arrangement: reshape, transpose, expand_dims, squeeze, broadcast_to.
#include <algorithm>
#include <numeric>

#include <fmt/ranges.h>

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {
namespace {

ShapeConflict two_unknown_sizes() { return {"reshape.C2", "a new shape can hold one -1 only"}; }

/// Shape of reshape.
///   x       (d0, ..., dn)
///   result  `shape`, its one -1 replaced by what is left: exactly where that divides, else by floor division
///   errors  reshape.C1  the numbers of elements differ
///           reshape.C2  two -1
///           reshape.C3  another negative size
///           rank.C1
Result<Shape, ShapeConflict> reshape_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  auto out = limited(in.attrs.dims);
  if (!out) return out;
  const auto differ = [&] {
    return conflict("reshape.C1", "{} does not fit into {}: the numbers of elements differ", show(x, facts),
                    show(in.attrs.dims, facts));
  };

  std::optional<std::size_t> open;
  Dim rest = dims.number(1);
  for (std::size_t axis = 0; axis < out->size(); ++axis) {
    const Dim size = (*out)[axis];
    if (dims.is_number(size, -1)) {
      if (open) return two_unknown_sizes();
      open = axis;
      continue;
    }
    if (facts.at_most(size, dims.number(-1)) == Tri::yes) {
      return conflict("reshape.C3", "the new shape {} has a negative size", show(in.attrs.dims, facts));
    }
    rest = dims.mul(rest, size);
  }

  const Dim total = facts.resolve(element_count(x, dims));
  rest = facts.resolve(rest);
  if (!open) {
    if (!agree(total, rest, facts)) return differ();
    return out;
  }
  if (dims.is_number(rest, 0)) return differ();  // 0 elements over 0: any size would do, so NumPy refuses
  if (const auto exact = dims.divide(total, rest)) {
    (*out)[*open] = *exact;
    return out;
  }
  if (!agree(dims.mod(total, rest), dims.number(0), facts)) return differ();
  (*out)[*open] = dims.floordiv(total, rest);
  return out;
}

Result<Array, ShapeConflict> reshape_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  Extents shape = in.attrs.dims;
  const auto differ = [&] {
    return conflict("reshape.C1", "{} does not fit into {}: the numbers of elements differ", shapelint::show(x.shape),
                    shapelint::show(in.attrs.dims));
  };
  const auto open = std::find(shape.begin(), shape.end(), -1);
  if (open != shape.end()) {
    if (std::find(open + 1, shape.end(), -1) != shape.end()) return two_unknown_sizes();
    *open = 1;
    const auto rest = element_count(shape);
    const auto total = static_cast<std::int64_t>(x.values.size());
    if (!rest || *rest == 0 || total % *rest != 0) return differ();
    *open = total / *rest;
  }
  const auto count = element_count(shape);
  if (!count || static_cast<std::size_t>(*count) != x.values.size()) return differ();
  return Array{x.dtype, std::move(shape), x.values};
}

/// Axes of a transposition, normalised.
///   errors  axis.C1, axis.C2
///           transpose.C1  not every axis is named
Result<std::vector<std::size_t>, ShapeConflict> permutation(const std::optional<std::vector<std::int64_t>>& axes,
                                                            std::size_t rank) {
  std::vector<std::size_t> out(rank);
  if (!axes) {
    std::iota(out.rbegin(), out.rend(), std::size_t{0});
    return out;
  }
  const auto mask = axis_mask(axes, static_cast<int>(rank));
  if (!mask) return mask.error();
  if (axes->size() != rank) {
    return conflict("transpose.C1", "transpose names {} axes of {}", axes->size(), rank);
  }
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t axis = (*axes)[i];
    out[i] = static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
  }
  return out;
}

/// Shape of transpose.
///   x       (d0, ..., dn)
///   result  (d[axes[0]], ..., d[axes[n]]); the reverse without axes
///   errors  axis.C1, axis.C2, transpose.C1
Result<Shape, ShapeConflict> transpose_shape(const OpArgs<Shape>& in, Facts&) {
  const Shape& x = in.operands[0];
  const auto order = permutation(in.attrs.axes, x.size());
  if (!order) return order.error();
  Shape out;
  for (const std::size_t axis : *order) out.push_back(x[axis]);
  return out;
}

Result<Array, ShapeConflict> transpose_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto order = permutation(in.attrs.axes, x.shape.size());
  if (!order) return order.error();
  const std::vector<std::int64_t> from = x.values.empty() ? Extents(x.shape.size(), 0) : strides_of(x.shape);
  Extents shape;
  std::vector<std::int64_t> strides;
  for (const std::size_t axis : *order) {
    shape.push_back(x.shape[axis]);
    strides.push_back(from[axis]);
  }
  return gather(x, shape, 0, strides);
}

/// `shape` with `one` inserted so that it stands at `axes` of the result.
///   errors  axis.C1, axis.C2
///           axis.C3  no axis given
///           rank.C1
template <class N>
Result<std::vector<N>, ShapeConflict> with_ones(const std::vector<N>& shape,
                                                const std::optional<std::vector<std::int64_t>>& axes, N one) {
  if (!axes) return ShapeConflict{"axis.C3", "expand_dims needs an axis"};
  const std::size_t rank = shape.size() + axes->size();
  if (rank > kMaxRank) {
    return conflict("rank.C1", "the result would have {} axes, more than {}", rank, kMaxRank);
  }
  const auto mask = axis_mask(axes, static_cast<int>(rank));
  if (!mask) return mask.error();
  std::vector<N> out;
  auto next = shape.begin();
  for (std::size_t axis = 0; axis < rank; ++axis) out.push_back((*mask)[axis] ? one : *next++);
  return out;
}

/// Shape of expand_dims.
///   x       (d0, ..., dn)
///   result  x with 1 at `axis`, counted in the result
///   errors  axis.C1, axis.C2, axis.C3, rank.C1
Result<Shape, ShapeConflict> expand_dims_shape(const OpArgs<Shape>& in, Facts& facts) {
  return with_ones(in.operands[0], in.attrs.axes, facts.dims().number(1));
}

Result<Array, ShapeConflict> expand_dims_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  auto shape = with_ones(x.shape, in.attrs.axes, std::int64_t{1});
  if (!shape) return shape.error();
  return Array{x.dtype, std::move(*shape), x.values};
}

/// Shape of squeeze.
///   x       (d0, ..., dn)
///   result  without `axis`: x without the axes that are the number 1; a symbolic axis stays, symbols are generic.
///           With it: x without these axes
///   errors  axis.C1, axis.C2
///           squeeze.C1  a named axis is certainly not 1
Result<Shape, ShapeConflict> squeeze_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, static_cast<int>(x.size()));
  if (!mask) return mask.error();
  Shape out;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (!in.attrs.axes) {
      if (number(x[axis], facts) != 1) out.push_back(x[axis]);
    } else if (!(*mask)[axis]) {
      out.push_back(x[axis]);
    } else if (!agree(x[axis], facts.dims().number(1), facts)) {
      return conflict("squeeze.C1", "axis {} of {} cannot be squeezed away: its size is not 1", axis, show(x, facts));
    }
  }
  return out;
}

Result<Array, ShapeConflict> squeeze_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  Extents shape;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    const bool is_one = x.shape[axis] == 1;
    if ((*mask)[axis] && is_one) continue;
    if ((*mask)[axis] && in.attrs.axes) {
      return conflict("squeeze.C1", "axis {} of {} cannot be squeezed away: its size is not 1", axis,
                      shapelint::show(x.shape));
    }
    shape.push_back(x.shape[axis]);
  }
  return Array{x.dtype, std::move(shape), x.values};
}

/// Shape of broadcast_to.
///   x       (d0, ..., dn)
///   result  `shape`
///   errors  broadcast_to.C1  x has more axes than `shape`
///           broadcast_to.C2  a size of x certainly is neither 1 nor that of `shape`
///           size.C1          a negative size
///           rank.C1
Result<Shape, ShapeConflict> broadcast_to_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  auto out = limited(in.attrs.dims);
  if (!out) return out;
  for (const Dim size : *out) {
    if (facts.at_most(size, dims.number(-1)) == Tri::yes) {
      return conflict("size.C1", "the shape {} has a negative size", show(*out, facts));
    }
  }
  if (x.size() > out->size()) {
    return conflict("broadcast_to.C1", "{} has more axes than {}", show(x, facts), show(*out, facts));
  }
  const std::size_t missing = out->size() - x.size();
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (number(x[axis], facts) == 1) continue;
    const Dim target = (*out)[missing + axis];
    // A size that may be 1 would stretch, so `x` is only wrong where it can be neither.
    if (facts.same(x[axis], target) == Tri::no && facts.same(x[axis], dims.number(1)) != Tri::no) {
      facts.assume_same(x[axis], dims.number(1), facts.place());
    } else if (!agree(x[axis], target, facts)) {
      return conflict("broadcast_to.C2", "{} does not broadcast to {}: axis {} is {}, not {} or 1", show(x, facts),
                      show(*out, facts), axis, show(x[axis], facts), show(target, facts));
    } else {
      (*out)[missing + axis] = preferred(target, x[axis], facts);
    }
  }
  return out;
}

Result<Array, ShapeConflict> broadcast_to_eval(const OpArgs<Array>& in) {
  return shapelint::broadcast_to(in.operands[0], in.attrs.dims);
}

constexpr OpParam kReshapeParams[] = {{"x", ParamKind::tensor}, {"shape", ParamKind::dims}};
constexpr OpParam kTransposeParams[] = {{"x", ParamKind::tensor}, {"axes", ParamKind::axes, "None"}};
constexpr OpParam kExpandDimsParams[] = {{"x", ParamKind::tensor}, {"axis", ParamKind::axes}};
constexpr OpParam kSqueezeParams[] = {{"x", ParamKind::tensor}, {"axis", ParamKind::axes, "None"}};

using ShapeRule = Result<Shape, ShapeConflict> (*)(const OpArgs<Shape>&, Facts&);
using Kernel = Result<Array, ShapeConflict> (*)(const OpArgs<Array>&);

constexpr Op movement(std::string_view name, std::span<const OpParam> params, ShapeRule shape, Kernel eval) {
  return Op{
      .name = name, .role = OpRole::movement, .dtype = DTypeRule::same, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op reshape, transpose, expand_dims, squeeze, broadcast_to;

constexpr Op reshape = movement("reshape", kReshapeParams, all_or_nothing<reshape_shape>, reshape_eval);
constexpr Op transpose = movement("transpose", kTransposeParams, transpose_shape, transpose_eval);
constexpr Op expand_dims = movement("expand_dims", kExpandDimsParams, expand_dims_shape, expand_dims_eval);
constexpr Op squeeze = movement("squeeze", kSqueezeParams, all_or_nothing<squeeze_shape>, squeeze_eval);
constexpr Op broadcast_to =
    movement("broadcast_to", kReshapeParams, all_or_nothing<broadcast_to_shape>, broadcast_to_eval);

}  // namespace shapelint::ops
