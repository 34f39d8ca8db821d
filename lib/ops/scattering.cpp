// Elements put where tensors of indices or a mask say, and elements kept by a mask.
#include "lib/ops/axis_helpers.h"
#include "lib/ops/nd_index.h"
#include "lib/ops/writing.h"

namespace shapelint::ops {
namespace {

/// Shape of scatter.
///   x        (d0, ..., dn)
///   indices  (e0, ..., en), ei equal to di or 1 but for `axis`
///   updates  broadcasts to x with the size of `indices` on `axis`
///   result   x
///   errors   axis.C1, axis.C4, mode.C1
///            scatter.C1  ranks of x and indices differ
///            scatter.C2  indices do not fit x off `axis`
///            scatter.C3  updates do not fit
Result<Shape, ShapeConflict> scatter_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const Shape& indices = in.operands[1];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(x.size()));
  if (!axis) return axis.error();
  if (const auto mode = write_mode(in.attrs.texts); !mode) return mode.error();
  if (x.size() != indices.size()) {
    return conflict("scatter.C1", "{} and indices of {} have different numbers of axes", show(x, facts),
                    show(indices, facts));
  }
  Shape full = x;
  full[static_cast<std::size_t>(*axis)] = indices[static_cast<std::size_t>(*axis)];
  if (!fits_into(indices, full, facts)) {
    return conflict("scatter.C2", "indices of {} do not fit {} off axis {}", show(indices, facts), show(x, facts),
                    *axis);
  }
  if (!fits_into(in.operands[2], full, facts)) {
    return conflict("scatter.C3", "updates of {} do not fit {}", show(in.operands[2], facts), show(full, facts));
  }
  return x;
}

Result<Array, ShapeConflict> scatter_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& indices = in.operands[1];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const auto mode = write_mode(in.attrs.texts);
  if (!mode) return mode.error();
  if (x.shape.size() != indices.shape.size()) {
    return conflict("scatter.C1", "{} and indices of {} have different numbers of axes", shapelint::show(x.shape),
                    shapelint::show(indices.shape));
  }
  const auto at = static_cast<std::size_t>(*axis);
  Extents full = x.shape;
  full[at] = indices.shape[at];
  const auto where = shapelint::broadcast_to(indices, full);
  if (!where) return conflict("scatter.C2", "{}", where.error().message);
  const auto updates = shapelint::broadcast_to(in.operands[2], full);
  if (!updates) return conflict("scatter.C3", "{}", updates.error().message);
  Array out = convert(x, in.dtype);
  if (where->values.empty()) return out;
  const Lanes lanes = lanes_of(full, at);
  const std::int64_t size = x.shape[at];
  for (std::size_t i = 0; i < where->values.size(); ++i) {
    const auto found = position(where->values[i], size);
    if (!found) return bad_index(where->values[i], size);
    const auto flat = static_cast<std::int64_t>(i);
    const std::int64_t block = flat / (lanes.length * lanes.inner);
    double& target = out.values[static_cast<std::size_t>((block * size + *found) * lanes.inner + flat % lanes.inner)];
    target = written(*mode, target, updates->values[i]);
  }
  round_values(out);
  return out;
}

/// Shape of scatter_nd.
///   x        (d0, ..., dn)
///   indices  (..., k): coordinates on the first k axes of x
///   updates  broadcasts to (..., dk, ..., dn)
///   result   x
///   errors   gather_nd.C1, gather_nd.C2, mode.C1, rank.C1
///            scatter.C3  updates do not fit
Result<Shape, ShapeConflict> scatter_nd_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  Shape full = in.operands[1];
  if (const auto mode = write_mode(in.attrs.texts); !mode) return mode.error();
  const auto depth = index_depth(x, full, facts);
  if (!depth) return depth.error();
  full.pop_back();
  full.insert(full.end(), x.begin() + static_cast<std::ptrdiff_t>(*depth), x.end());
  if (const auto allowed = limited(full); !allowed) return allowed;
  if (fits_into(in.operands[2], full, facts)) return x;
  return conflict("scatter.C3", "updates of {} do not fit {}", show(in.operands[2], facts), show(full, facts));
}

Result<Array, ShapeConflict> scatter_nd_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& indices = in.operands[1];
  const auto mode = write_mode(in.attrs.texts);
  if (!mode) return mode.error();
  const auto depth = index_depth(x.shape, indices.shape);
  if (!depth) return depth.error();
  Extents full(indices.shape.begin(), indices.shape.end() - 1);
  full.insert(full.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(*depth), x.shape.end());
  if (full.size() > kMaxRank) return conflict("rank.C1", "updates would have more than {} axes", kMaxRank);
  const auto updates = shapelint::broadcast_to(in.operands[2], full);
  if (!updates) return conflict("scatter.C3", "{}", updates.error().message);
  Array out = convert(x, in.dtype);
  if (updates->values.empty()) return out;
  const auto starts = row_starts(x, indices, *depth);
  if (!starts) return starts.error();
  const std::size_t inner = updates->values.size() / starts->size();
  for (std::size_t i = 0; i < updates->values.size(); ++i) {
    double& target = out.values[(*starts)[i / inner] + i % inner];
    target = written(*mode, target, updates->values[i]);
  }
  round_values(out);
  return out;
}

/// Shape of select_mask, x[mask].
///   x       (d0, ..., dn)
///   mask    (d0, ..., dk), k <= n
///   result  (?, dk+1, ..., dn), where ? is how many elements of the mask are true
///   errors  select_mask.C1  mask has more axes than x
///           select_mask.C2  a size of mask certainly differs from that of x
Result<Shape, ShapeConflict> select_mask_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  Shape mask = in.operands[1];
  if (mask.size() > x.size()) {
    return conflict("select_mask.C1", "the mask {} has more axes than {}", show(mask, facts), show(x, facts));
  }
  for (std::size_t axis = 0; axis < mask.size(); ++axis) {
    if (!agree(mask[axis], x[axis], facts)) {
      return conflict("select_mask.C2", "the mask {} does not fit {}: axis {} differs", show(mask, facts),
                      show(x, facts), axis);
    }
    mask[axis] = preferred(mask[axis], x[axis], facts);
  }
  Shape out{in.fresh ? *in.fresh : fresh_size(mask, facts.dims())};
  out.insert(out.end(), x.begin() + static_cast<std::ptrdiff_t>(mask.size()), x.end());
  return limited(std::move(out));
}

Result<Array, ShapeConflict> select_mask_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& mask = in.operands[1];
  if (mask.shape.size() > x.shape.size()) {
    return conflict("select_mask.C1", "the mask {} has more axes than {}", shapelint::show(mask.shape),
                    shapelint::show(x.shape));
  }
  const auto tail = x.shape.begin() + static_cast<std::ptrdiff_t>(mask.shape.size());
  if (!std::equal(mask.shape.begin(), mask.shape.end(), x.shape.begin())) {
    return conflict("select_mask.C2", "the mask {} does not fit {}", shapelint::show(mask.shape),
                    shapelint::show(x.shape));
  }
  const auto kept = std::count_if(mask.values.begin(), mask.values.end(), [](double v) { return v != 0; });
  Array out{in.dtype, {kept}, {}};
  out.shape.insert(out.shape.end(), tail, x.shape.end());
  if (out.shape.size() > kMaxRank) return conflict("rank.C1", "the result would have more than {} axes", kMaxRank);
  if (x.values.empty()) return out;
  const auto inner = static_cast<std::ptrdiff_t>(x.values.size() / mask.values.size());
  auto row = x.values.begin();
  for (const double keep : mask.values) {
    if (keep != 0) out.values.insert(out.values.end(), row, row + inner);
    row += inner;
  }
  return out;
}

/// Shape of nonzero: the coordinates of the elements that are not 0, one in each row.
///   x       (d0, ..., dn)
///   result  (?, n+1)
Result<Shape, ShapeConflict> nonzero_shape(const OpArgs<Shape>& in, Facts& facts) {
  const auto rank = static_cast<std::int64_t>(in.operands[0].size());
  return Shape{counted_size(in, 0, facts), facts.dims().number(rank)};
}

Result<Array, ShapeConflict> nonzero_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto found = std::count_if(x.values.begin(), x.values.end(), [](double v) { return v != 0; });
  Array out{in.dtype, {found, x.rank()}, {}};
  if (const auto count = allowed_count(out.shape); !count) return count.error();
  if (x.values.empty()) return out;
  const auto strides = strides_of(x.shape);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    if (x.values[i] == 0) continue;
    for (std::size_t axis = 0; axis < strides.size(); ++axis) {
      out.values.push_back(static_cast<double>(static_cast<std::int64_t>(i) / strides[axis] % x.shape[axis]));
    }
  }
  return out;
}

constexpr OpParam kScatterParams[] = {{"x", ParamKind::tensor},
                                      {"indices", ParamKind::tensor},
                                      {"updates", ParamKind::tensor},
                                      {"axis", ParamKind::axis, "0"},
                                      {"mode", ParamKind::text, "'set'"}};
constexpr OpParam kScatterNdParams[] = {{"x", ParamKind::tensor},
                                        {"indices", ParamKind::tensor},
                                        {"updates", ParamKind::tensor},
                                        {"mode", ParamKind::text, "'set'"}};
constexpr OpParam kMaskParams[] = {{"x", ParamKind::tensor}, {"mask", ParamKind::tensor}};
constexpr OpParam kNonzeroParams[] = {{"x", ParamKind::tensor}};

}  // namespace

extern const Op scatter, scatter_nd, select_mask, nonzero;

constexpr Op scatter{.name = "scatter",
                     .role = OpRole::movement,
                     .dtype = DTypeRule::same,
                     .params = kScatterParams,
                     .shape = all_or_nothing<scatter_shape>,
                     .eval = scatter_eval};
constexpr Op scatter_nd{.name = "scatter_nd",
                        .role = OpRole::movement,
                        .dtype = DTypeRule::same,
                        .params = kScatterNdParams,
                        .shape = all_or_nothing<scatter_nd_shape>,
                        .eval = scatter_nd_eval};
constexpr Op select_mask{.name = "select_mask",
                         .role = OpRole::movement,
                         .dtype = DTypeRule::same,
                         .params = kMaskParams,
                         .shape = all_or_nothing<select_mask_shape>,
                         .eval = select_mask_eval,
                         .counted = {"count", 1}};
constexpr Op nonzero{.name = "nonzero",
                     .role = OpRole::movement,
                     .dtype = DTypeRule::index,
                     .params = kNonzeroParams,
                     .shape = nonzero_shape,
                     .eval = nonzero_eval,
                     .counted = {"count", 0}};

}  // namespace shapelint::ops
