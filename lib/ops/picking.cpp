// x[...] with tensors of indices, read and written: elements at places that several tensors name together, one for each
// axis, by NumPy's rule; a mask that is written through; and a tensor that is written whole. The other items of such an
// index (slices, None) are `index`'s work, before.
#include <algorithm>

#include "lib/ops/axis_helpers.h"
#include "lib/ops/writing.h"

namespace shapelint::ops {
namespace {

/// The picked axes, ascending, and what surrounds them. The axes of the indices stand where the picked ones stood when
/// these are neighbours, and in front otherwise (NumPy, "Combining advanced and basic indexing").
struct Picked {
  std::vector<std::size_t> axes;
  std::vector<std::size_t> before;  ///< axes that stay and come before those of the indices
  std::vector<std::size_t> behind;
};

///   errors  axis.C1, axis.C2
///           pick.C1  another number of axes than of indices, or axes not in ascending order
Result<Picked, ShapeConflict> picked_axes(const std::optional<std::vector<std::int64_t>>& written, std::size_t rank,
                                          std::size_t indices) {
  const auto mask = axis_mask(written, static_cast<int>(rank));
  if (!mask) return mask.error();
  Picked out;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if ((*mask)[axis]) out.axes.push_back(axis);
  }
  bool ascending = true;
  for (std::size_t i = 0; written && i < written->size(); ++i) {
    const std::int64_t axis = (*written)[i] < 0 ? (*written)[i] + static_cast<std::int64_t>(rank) : (*written)[i];
    ascending = ascending && out.axes[i] == static_cast<std::size_t>(axis);
  }
  if (out.axes.size() != indices || indices == 0 || !ascending) {
    return conflict("pick.C1", "{} indices for {} axes", indices, out.axes.size());
  }
  const bool neighbours = out.axes.back() - out.axes.front() + 1 == out.axes.size();
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if ((*mask)[axis]) continue;
    (neighbours && axis < out.axes.front() ? out.before : out.behind).push_back(axis);
  }
  return out;
}

template <class T>
std::vector<T> at_axes(const std::vector<T>& all, const std::vector<std::size_t>& axes) {
  std::vector<T> out;
  for (const std::size_t axis : axes) out.push_back(all[axis]);
  return out;
}

/// Shape of x[indices] for operands {x, ..., indices}, `first` being the first of the indices.
Result<Shape, ShapeConflict> picked_shape(const OpArgs<Shape>& in, std::size_t first, Facts& facts) {
  const Shape& x = in.operands[0];
  const std::vector<Shape> indices(in.operands.begin() + static_cast<std::ptrdiff_t>(first), in.operands.end());
  const auto picked = picked_axes(in.attrs.axes, x.size(), indices.size());
  if (!picked) return picked.error();
  auto common = broadcast(indices, facts);
  if (!common) return conflict("pick.C2", "indices do not broadcast together: {}", common.error().message);
  Shape out = at_axes(x, picked->before);
  out.insert(out.end(), common->shape.begin(), common->shape.end());
  const Shape behind = at_axes(x, picked->behind);
  out.insert(out.end(), behind.begin(), behind.end());
  return limited(std::move(out));
}

/// Where in x the elements of x[indices] are, in the order of the result.
struct Places {
  Extents shape;
  std::vector<std::size_t> offsets;
};

///   errors  axis.C1, axis.C2, pick.C1, pick.C2, rank.C1, kernel.index, kernel.size
Result<Places, ShapeConflict> places_of(const OpArgs<Array>& in, std::size_t first) {
  const Array& x = in.operands[0];
  const auto picked = picked_axes(in.attrs.axes, x.shape.size(), in.operands.size() - first);
  if (!picked) return picked.error();
  std::vector<Extents> shapes;
  for (std::size_t i = first; i < in.operands.size(); ++i) shapes.push_back(in.operands[i].shape);
  const auto common = broadcast_extents(shapes);
  if (!common) return conflict("pick.C2", "indices do not broadcast together: {}", common.error().message);
  Places out;
  out.shape = at_axes(x.shape, picked->before);
  out.shape.insert(out.shape.end(), common->begin(), common->end());
  const Extents behind = at_axes(x.shape, picked->behind);
  out.shape.insert(out.shape.end(), behind.begin(), behind.end());
  if (out.shape.size() > kMaxRank) return conflict("rank.C1", "the result would have more than {} axes", kMaxRank);
  const auto count = allowed_count(out.shape);
  if (!count) return count.error();
  const auto named = allowed_count(*common);
  if (!named) return named.error();

  // What each row of the indices adds to the offset.
  const bool empty = x.values.empty();
  const std::vector<std::int64_t> strides = empty ? Extents(x.shape.size(), 0) : strides_of(x.shape);
  std::vector<std::int64_t> starts(static_cast<std::size_t>(*named), 0);
  for (std::size_t i = first; i < in.operands.size(); ++i) {
    const auto index = shapelint::broadcast_to(in.operands[i], *common);
    if (!index) return index.error();
    const std::size_t axis = picked->axes[i - first];
    for (std::size_t k = 0; k < starts.size(); ++k) {
      const auto at = position(index->values[k], x.shape[axis]);
      if (!at) return bad_index(index->values[k], x.shape[axis]);
      starts[k] += *at * strides[axis];
    }
  }
  if (*count == 0) return out;
  out.offsets.reserve(static_cast<std::size_t>(*count));
  const Extents before = at_axes(x.shape, picked->before);
  for_each_offset(before, 0, at_axes(strides, picked->before), [&](std::int64_t outer) {
    for (const std::int64_t start : starts) {
      for_each_offset(behind, outer + start, at_axes(strides, picked->behind),
                      [&](std::int64_t at) { out.offsets.push_back(static_cast<std::size_t>(at)); });
    }
  });
  return out;
}

/// Shape of pick, x[indices].
///   x        (d0, ..., dn)
///   indices  one for each of `axes`, which ascend; they broadcast together
///   result   x without `axes`, and the common shape of the indices where they stood if they are neighbours, else in
///            front
///   errors   axis.C1, axis.C2, rank.C1
///            pick.C1  another number of indices than of axes
///            pick.C2  indices do not broadcast together
Result<Shape, ShapeConflict> pick_shape(const OpArgs<Shape>& in, Facts& facts) { return picked_shape(in, 1, facts); }

Result<Array, ShapeConflict> pick_eval(const OpArgs<Array>& in) {
  const auto places = places_of(in, 1);
  if (!places) return places.error();
  Array out{in.dtype, places->shape, {}};
  out.values.reserve(places->offsets.size());
  for (const std::size_t at : places->offsets) out.values.push_back(in.operands[0].values[at]);
  return out;
}

/// Shape of put, x with x[indices] replaced or added to (as often as it is named).
///   x        (d0, ..., dn)
///   value    broadcasts to pick(x, indices); axes of 1 in front of it do not count
///   indices  as in pick
///   result   x
///   errors   axis.C1, axis.C2, mode.C1, pick.C1, pick.C2, rank.C1
///            assign.C1  value does not fit
Result<Shape, ShapeConflict> put_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (const auto mode = write_mode(in.attrs.texts); !mode) return mode.error();
  const auto part = picked_shape(in, 2, facts);
  if (!part) return part.error();
  if (fits_into(without_leading_ones(in.operands[1], part->size(), facts), *part, facts)) return in.operands[0];
  return conflict("assign.C1", "{} does not fit into a part of shape {}", show(in.operands[1], facts),
                  show(*part, facts));
}

Result<Array, ShapeConflict> put_eval(const OpArgs<Array>& in) {
  const auto mode = write_mode(in.attrs.texts);
  if (!mode) return mode.error();
  const auto places = places_of(in, 2);
  if (!places) return places.error();
  const auto value = value_for(in.operands[1], places->shape, in.dtype);
  if (!value) return value.error();
  Array out = convert(in.operands[0], in.dtype);
  for (std::size_t i = 0; i < places->offsets.size(); ++i) {
    double& target = out.values[places->offsets[i]];
    target = written(*mode, target, value->values[i]);
  }
  round_values(out);
  return out;
}

/// Shape of put_mask, x with x[mask] replaced.
///   x       (d0, ..., dn)
///   mask    (d0, ..., dk), k <= n
///   value   broadcasts to (?, dk+1, ..., dn), where ? is how many elements of the mask are true
///   result  x
///   errors  select_mask.C1, select_mask.C2
///           assign.C1  value does not fit
Result<Shape, ShapeConflict> put_mask_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const Shape& mask = in.operands[1];
  if (mask.size() > x.size()) {
    return conflict("select_mask.C1", "the mask {} has more axes than {}", show(mask, facts), show(x, facts));
  }
  for (std::size_t axis = 0; axis < mask.size(); ++axis) {
    if (!agree(mask[axis], x[axis], facts)) {
      return conflict("select_mask.C2", "the mask {} does not fit {}: axis {} differs", show(mask, facts),
                      show(x, facts), axis);
    }
  }
  Shape part{in.fresh ? *in.fresh : fresh_size(mask, facts.dims())};
  part.insert(part.end(), x.begin() + static_cast<std::ptrdiff_t>(mask.size()), x.end());
  if (fits_into(without_leading_ones(in.operands[2], part.size(), facts), part, facts)) return x;
  return conflict("assign.C1", "{} does not fit into a part of shape {}", show(in.operands[2], facts),
                  show(part, facts));
}

Result<Array, ShapeConflict> put_mask_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& mask = in.operands[1];
  if (mask.shape.size() > x.shape.size()) {
    return conflict("select_mask.C1", "the mask {} has more axes than {}", shapelint::show(mask.shape),
                    shapelint::show(x.shape));
  }
  if (!std::equal(mask.shape.begin(), mask.shape.end(), x.shape.begin())) {
    return conflict("select_mask.C2", "the mask {} does not fit {}", shapelint::show(mask.shape),
                    shapelint::show(x.shape));
  }
  Extents part{std::count_if(mask.values.begin(), mask.values.end(), [](double v) { return v != 0; })};
  part.insert(part.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(mask.shape.size()), x.shape.end());
  const auto value = value_for(in.operands[2], part, in.dtype);
  if (!value) return value.error();
  Array out = convert(x, in.dtype);
  if (out.values.empty()) return out;
  const std::size_t inner = out.values.size() / mask.values.size();
  auto next = value->values.begin();
  for (std::size_t row = 0; row < mask.values.size(); ++row) {
    if (mask.values[row] == 0) continue;
    const auto end = next + static_cast<std::ptrdiff_t>(inner);
    std::copy(next, end, out.values.begin() + static_cast<std::ptrdiff_t>(row * inner));
    next = end;
  }
  return out;
}

/// Shape of assign, x with every element replaced.
///   x       (d0, ..., dn)
///   value   broadcasts to x; axes of 1 in front of it do not count
///   result  x
///   errors  assign.C1  value does not fit
Result<Shape, ShapeConflict> assign_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  if (fits_into(without_leading_ones(in.operands[1], x.size(), facts), x, facts)) return x;
  return conflict("assign.C1", "{} does not fit into {}", show(in.operands[1], facts), show(x, facts));
}

Result<Array, ShapeConflict> assign_eval(const OpArgs<Array>& in) {
  auto out = value_for(in.operands[1], in.operands[0].shape, in.dtype);
  if (out) out->dtype = in.dtype;
  return out;
}

constexpr OpParam kPickParams[] = {
    {"x", ParamKind::tensor}, {"indices", ParamKind::tensors}, {"axes", ParamKind::axes}};
constexpr OpParam kPutParams[] = {{"x", ParamKind::tensor},
                                  {"value", ParamKind::tensor},
                                  {"indices", ParamKind::tensors},
                                  {"axes", ParamKind::axes},
                                  {"mode", ParamKind::text, "'set'"}};
constexpr OpParam kPutMaskParams[] = {
    {"x", ParamKind::tensor}, {"mask", ParamKind::tensor}, {"value", ParamKind::tensor}};
constexpr OpParam kAssignParams[] = {{"x", ParamKind::tensor}, {"value", ParamKind::tensor}};

constexpr Op writing(std::string_view name, OpRole role, std::span<const OpParam> params,
                     Result<Shape, ShapeConflict> (*shape)(const OpArgs<Shape>&, Facts&),
                     Result<Array, ShapeConflict> (*eval)(const OpArgs<Array>&), Counted counted = {}) {
  return Op{.name = name,
            .role = role,
            .dtype = DTypeRule::same,
            .params = params,
            .shape = shape,
            .eval = eval,
            .counted = counted};
}

}  // namespace

extern const Op pick, put, put_mask, assign;

constexpr Op pick = writing("pick", OpRole::movement, kPickParams, all_or_nothing<pick_shape>, pick_eval);
constexpr Op put = writing("put", OpRole::movement, kPutParams, all_or_nothing<put_shape>, put_eval);
constexpr Op put_mask =
    writing("put_mask", OpRole::movement, kPutMaskParams, all_or_nothing<put_mask_shape>, put_mask_eval, {"count", 1});
// The value meets x element by element, aligned from the right: what holds of operators holds here.
constexpr Op assign = writing("assign", OpRole::elementwise, kAssignParams, all_or_nothing<assign_shape>, assign_eval);

}  // namespace shapelint::ops
