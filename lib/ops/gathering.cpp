// Elements picked by tensors of indices: take, take_along_axis, gather_nd, one_hot. A negative index counts from the
// end; one outside its axis is refused (kernel.index), but by one_hot, which gives a row of zeros.
#include "lib/ops/axis_helpers.h"
#include "lib/ops/nd_index.h"

namespace shapelint::ops {

Result<std::size_t, ShapeConflict> index_depth(const Shape& x, const Shape& indices, Facts& facts) {
  if (indices.empty()) {
    return conflict("gather_nd.C1", "indices of {}: the last axis would hold the coordinates", show(indices, facts));
  }
  // The rank of the result hangs on it: where it is not known, the most that it can be, for whole coordinates are the
  // common case.
  for (std::size_t depth = x.size() + 1; depth-- > 0;) {
    if (agree(indices.back(), facts.dims().number(static_cast<std::int64_t>(depth)), facts)) return depth;
  }
  return conflict("gather_nd.C2", "{} coordinates for {}", show(indices.back(), facts), show(x, facts));
}

Result<std::size_t, ShapeConflict> index_depth(const Extents& x, const Extents& indices) {
  if (indices.empty()) {
    return conflict("gather_nd.C1", "indices of {}: the last axis would hold the coordinates",
                    shapelint::show(indices));
  }
  const std::int64_t depth = indices.back();
  if (depth <= static_cast<std::int64_t>(x.size())) return static_cast<std::size_t>(depth);
  return conflict("gather_nd.C2", "{} coordinates for {}", depth, shapelint::show(x));
}

Result<std::vector<std::size_t>, ShapeConflict> row_starts(const Array& x, const Array& indices, std::size_t depth) {
  std::int64_t inner = 1;
  for (std::size_t axis = depth; axis < x.shape.size(); ++axis) inner *= x.shape[axis];
  std::size_t rows = 1;
  for (std::size_t axis = 0; axis + 1 < indices.shape.size(); ++axis) {
    rows *= static_cast<std::size_t>(indices.shape[axis]);
  }
  std::vector<std::size_t> starts;
  starts.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    std::int64_t start = 0;
    for (std::size_t axis = 0; axis < depth; ++axis) {
      const double index = indices.values[row * depth + axis];
      const auto at = position(index, x.shape[axis]);
      if (!at) return bad_index(index, x.shape[axis]);
      start = start * x.shape[axis] + *at;
    }
    starts.push_back(static_cast<std::size_t>(start * inner));
  }
  return starts;
}

namespace {

/// Shape of take.
///   x        (d0, ..., dn)
///   indices  any
///   result   x with the axes of `indices` in place of `axis`
///   errors   axis.C1, axis.C4, rank.C1
Result<Shape, ShapeConflict> take_shape(const OpArgs<Shape>& in, Facts&) {
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()));
  if (!axis) return axis.error();
  const Shape& indices = in.operands[1];
  out.insert(out.erase(out.begin() + *axis), indices.begin(), indices.end());
  return limited(std::move(out));
}

Result<Array, ShapeConflict> take_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& indices = in.operands[1];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  if (x.shape.size() + indices.shape.size() > kMaxRank + 1) {
    return conflict("rank.C1", "the result would have more than {} axes", kMaxRank);
  }
  const auto at = static_cast<std::size_t>(*axis);
  const std::int64_t size = x.shape[at];
  std::vector<std::int64_t> picked;
  for (const double index : indices.values) {
    const auto found = position(index, size);
    if (!found) return bad_index(index, size);
    picked.push_back(*found);
  }
  Extents shape = x.shape;
  shape.insert(shape.erase(shape.begin() + *axis), indices.shape.begin(), indices.shape.end());
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  auto out = along_axis(x, at, static_cast<std::int64_t>(picked.size()), in.dtype,
                        [&](const std::vector<double>& line, std::vector<double>& result) {
                          for (std::size_t i = 0; i < picked.size(); ++i) {
                            result[i] = line[static_cast<std::size_t>(picked[i])];
                          }
                        });
  if (out) out->shape = std::move(shape);
  return out;
}

/// Shape of take_along_axis.
///   x, indices  of equal rank, broadcasting but for `axis`
///   result      that shape, with the size of `indices` on `axis`
///   errors      axis.C1, axis.C4, broadcast.C1
///               take_along_axis.C1  ranks differ
Result<Shape, ShapeConflict> take_along_axis_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape x = in.operands[0];
  Shape indices = in.operands[1];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(x.size()));
  if (!axis) return axis.error();
  if (x.size() != indices.size()) {
    return conflict("take_along_axis.C1", "{} and indices of {} have different numbers of axes", show(x, facts),
                    show(indices, facts));
  }
  const auto at = static_cast<std::size_t>(*axis);
  const Dim picked = indices[at];
  x[at] = indices[at] = facts.dims().number(1);
  auto common = broadcast({x, indices}, facts);
  if (!common) return common.error();
  common->shape[at] = picked;
  return std::move(common->shape);
}

Result<Array, ShapeConflict> take_along_axis_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& indices = in.operands[1];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  if (x.shape.size() != indices.shape.size()) {
    return conflict("take_along_axis.C1", "{} and indices of {} have different numbers of axes",
                    shapelint::show(x.shape), shapelint::show(indices.shape));
  }
  const auto at = static_cast<std::size_t>(*axis);
  Extents one = x.shape;
  Extents other = indices.shape;
  one[at] = other[at] = 1;
  const auto common = broadcast_extents({one, other});
  if (!common) return common.error();
  Extents shape = *common;
  Extents source_shape = *common;
  shape[at] = indices.shape[at];
  source_shape[at] = x.shape[at];
  const auto where = shapelint::broadcast_to(indices, shape);
  if (!where) return where.error();
  const auto source = shapelint::broadcast_to(x, source_shape);
  if (!source) return source.error();
  Array out{in.dtype, shape, where->values};
  if (out.values.empty()) return out;
  const Lanes lanes = lanes_of(shape, at);
  const std::int64_t size = x.shape[at];
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const auto found = position(where->values[i], size);
    if (!found) return bad_index(where->values[i], size);
    const auto flat = static_cast<std::int64_t>(i);
    const std::int64_t block = flat / (lanes.length * lanes.inner);
    out.values[i] =
        source->values[static_cast<std::size_t>((block * size + *found) * lanes.inner + flat % lanes.inner)];
  }
  return out;
}

/// Shape of gather_nd.
///   x        (d0, ..., dn)
///   indices  (..., k): the last axis holds coordinates on the first k axes of x
///   result   (..., dk, ..., dn)
///   errors   gather_nd.C1, gather_nd.C2, rank.C1
Result<Shape, ShapeConflict> gather_nd_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  Shape out = in.operands[1];
  const auto depth = index_depth(x, out, facts);
  if (!depth) return depth.error();
  out.pop_back();
  out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(*depth), x.end());
  return limited(std::move(out));
}

Result<Array, ShapeConflict> gather_nd_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& indices = in.operands[1];
  const auto depth = index_depth(x.shape, indices.shape);
  if (!depth) return depth.error();
  Extents shape(indices.shape.begin(), indices.shape.end() - 1);
  const auto tail = x.shape.begin() + static_cast<std::ptrdiff_t>(*depth);
  shape.insert(shape.end(), tail, x.shape.end());
  if (shape.size() > kMaxRank) return conflict("rank.C1", "the result would have more than {} axes", kMaxRank);
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out{in.dtype, shape, {}};
  if (*count == 0) return out;
  const auto starts = row_starts(x, indices, *depth);
  if (!starts) return starts.error();
  const auto inner = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(*count) / starts->size());
  for (const std::size_t start : *starts) {
    const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(start);
    out.values.insert(out.values.end(), begin, begin + inner);
  }
  return out;
}

/// Shape of one_hot.
///   x       (d0, ..., dn)
///   result  x with `depth` inserted at `axis`, counted in the result
///   errors  axis.C1, axis.C4, rank.C1
///           size.C1  depth is certainly negative
Result<Shape, ShapeConflict> one_hot_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()) + 1);
  if (!axis) return axis.error();
  const auto depth = natural(in.attrs.dims[0], "depth", facts);
  if (!depth) return depth.error();
  out.insert(out.begin() + *axis, *depth);
  return limited(std::move(out));
}

Result<Array, ShapeConflict> one_hot_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank() + 1);
  if (!axis) return axis.error();
  const std::int64_t depth = in.attrs.dims[0];
  if (depth < 0) return conflict("size.C1", "depth is {}, a negative size", depth);
  if (x.shape.size() >= kMaxRank) return conflict("rank.C1", "the result would have more than {} axes", kMaxRank);
  Array column = x;
  column.shape.insert(column.shape.begin() + *axis, 1);
  return along_axis(column, static_cast<std::size_t>(*axis), depth, in.dtype,
                    [&](const std::vector<double>& line, std::vector<double>& out) {
                      const bool inside = line[0] >= 0 && line[0] < static_cast<double>(depth);
                      if (inside) out[static_cast<std::size_t>(line[0])] = 1;
                    });
}

constexpr OpParam kTakeParams[] = {
    {"x", ParamKind::tensor}, {"indices", ParamKind::tensor}, {"axis", ParamKind::axis, "0"}};
constexpr OpParam kGatherNdParams[] = {{"x", ParamKind::tensor}, {"indices", ParamKind::tensor}};
constexpr OpParam kOneHotParams[] = {{"x", ParamKind::tensor},
                                     {"depth", ParamKind::dim},
                                     {"axis", ParamKind::axis, "-1"},
                                     {"dtype", ParamKind::dtype, "None"}};

constexpr Op gathering(std::string_view name, DTypeRule dtype, std::span<const OpParam> params, ShapeRule shape,
                       Kernel eval) {
  return Op{.name = name, .role = OpRole::movement, .dtype = dtype, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op take, take_along_axis, gather_nd, one_hot;

constexpr Op take = gathering("take", DTypeRule::same, kTakeParams, take_shape, take_eval);
constexpr Op take_along_axis = gathering("take_along_axis", DTypeRule::same, kTakeParams,
                                         all_or_nothing<take_along_axis_shape>, take_along_axis_eval);
constexpr Op gather_nd =
    gathering("gather_nd", DTypeRule::same, kGatherNdParams, all_or_nothing<gather_nd_shape>, gather_nd_eval);
constexpr Op one_hot = gathering("one_hot", DTypeRule::attribute, kOneHotParams, one_hot_shape, one_hot_eval);

}  // namespace shapelint::ops
