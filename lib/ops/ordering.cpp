// What compares the elements along an axis: argmax, sort, topk, searchsorted; and the ops whose result has as many
// elements as there are different values: unique, bincount. nan counts as larger than every number, as in NumPy.
#include <numeric>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

bool before(double a, double b) { return a < b || (std::isnan(b) && !std::isnan(a)); }

/// Positions of the line's elements in ascending order, descending if asked; equal ones stay in their order.
std::vector<std::size_t> order_of(const std::vector<double>& line, bool descending) {
  std::vector<std::size_t> order(line.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return descending ? before(line[b], line[a]) : before(line[a], line[b]);
  });
  return order;
}

template <bool positions>
Result<Array, ShapeConflict> sort_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  return along_axis(x, at, x.shape[at], in.dtype, [&](const std::vector<double>& line, std::vector<double>& out) {
    const auto order = order_of(line, flag(in.attrs, 0));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = positions ? static_cast<double>(order[i]) : line[order[i]];
  });
}

/// Shape of argmax and argmin.
///   x       (d0, ..., dn)
///   result  that of a reduction over `axis`, over all axes without one
///   errors  axis.C1, axis.C4, reduce.C1
Result<Shape, ShapeConflict> argument_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.attrs.axes && in.attrs.axes->size() != 1) {
    return ShapeConflict{"axis.C4", "exactly one axis must be named"};
  }
  return extremum_shape(in, facts);
}

/// The first place of the extremum; the first nan, where there is one.
template <bool largest>
Result<Array, ShapeConflict> argument_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  if (in.attrs.axes && in.attrs.axes->size() != 1) {
    return ShapeConflict{"axis.C4", "exactly one axis must be named"};
  }
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    if ((*mask)[axis] && x.shape[axis] == 0) {
      return conflict("reduce.C1", "the largest or smallest of no elements: axis {} is empty", axis);
    }
  }
  return reduce_groups(in, [](std::span<double> group) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < group.size() && !std::isnan(group[best]); ++i) {
      if (std::isnan(group[i]) || (largest ? group[i] > group[best] : group[i] < group[best])) best = i;
    }
    return static_cast<double>(best);
  });
}

/// Shape of topk_values and topk_indices.
///   x       (d0, ..., dn)
///   result  x with k on `axis`
///   errors  axis.C1, axis.C4
///           size.C1  k is certainly negative
///           topk.C1  k is certainly larger than the axis
Result<Shape, ShapeConflict> topk_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()));
  if (!axis) return axis.error();
  const Dim k = in.attrs.dims[0];
  if (const auto size = natural(k, "k", facts); !size) return size.error();
  Dim& size = out[static_cast<std::size_t>(*axis)];
  if (facts.at_most(k, size) == Tri::no) {
    return conflict("topk.C1", "the {} largest of an axis of {} in {}", show(k, facts), show(size, facts),
                    show(in.operands[0], facts));
  }
  size = k;
  return out;
}

/// Flags: largest.
template <bool positions>
Result<Array, ShapeConflict> topk_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  const std::int64_t k = in.attrs.dims[0];
  if (k < 0) return conflict("size.C1", "k is {}, a negative size", k);
  if (k > x.shape[at]) return conflict("topk.C1", "the {} largest of an axis of {}", k, x.shape[at]);
  return along_axis(x, at, k, in.dtype, [&](const std::vector<double>& line, std::vector<double>& out) {
    const auto order = order_of(line, flag(in.attrs, 0));
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = positions ? static_cast<double>(order[i]) : line[order[i]];
  });
}

/// Shape of searchsorted.
///   sorted  (n,), or as `values` but for the last axis
///   values  (d0, ..., dn)
///   result  values
///   errors  searchsorted.C1  sorted is a scalar, or its axes do not fit those of values
Result<Shape, ShapeConflict> searchsorted_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& sorted = in.operands[0];
  Shape out = in.operands[1];
  bool fits = sorted.size() == 1 || (!sorted.empty() && sorted.size() == out.size());
  for (std::size_t axis = 0; fits && axis + 1 < sorted.size(); ++axis) {
    fits = agree(sorted[axis], out[axis], facts);
    out[axis] = preferred(out[axis], sorted[axis], facts);
  }
  if (fits) return out;
  return conflict("searchsorted.C1", "{} cannot be searched in {}", show(in.operands[1], facts), show(sorted, facts));
}

/// Flags: right. The number of elements before (with `right`: not after) each value.
Result<Array, ShapeConflict> searchsorted_eval(const OpArgs<Array>& in) {
  const Array& sorted = in.operands[0];
  const Array& values = in.operands[1];
  const bool one_line = sorted.rank() == 1;
  if (!one_line && (sorted.rank() == 0 || sorted.rank() != values.rank() ||
                    !std::equal(sorted.shape.begin(), sorted.shape.end() - 1, values.shape.begin()))) {
    return conflict("searchsorted.C1", "{} cannot be searched in {}", shapelint::show(values.shape),
                    shapelint::show(sorted.shape));
  }
  Array out{in.dtype, values.shape, values.values};
  if (out.values.empty()) return out;
  const auto length = static_cast<std::size_t>(sorted.shape.back());
  const std::size_t row = one_line ? out.values.size() : static_cast<std::size_t>(values.shape.back());
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const auto begin = sorted.values.begin() + static_cast<std::ptrdiff_t>(i / row * length);
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    const auto found = flag(in.attrs, 0) ? std::upper_bound(begin, end, out.values[i], before)
                                         : std::lower_bound(begin, end, out.values[i], before);
    out.values[i] = static_cast<double>(found - begin);
  }
  return out;
}

/// Shape of unique.
///   x       any
///   result  (?,), the number of different values
Result<Shape, ShapeConflict> unique_shape(const OpArgs<Shape>& in, Facts& facts) {
  return Shape{counted_size(in, 0, facts)};
}

/// Ascending; nan once, at the end.
Result<Array, ShapeConflict> unique_eval(const OpArgs<Array>& in) {
  Array out{in.dtype, {}, in.operands[0].values};
  std::stable_sort(out.values.begin(), out.values.end(), before);
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  out.values.erase(std::unique(out.values.begin(), out.values.end(), same), out.values.end());
  out.shape = {static_cast<std::int64_t>(out.values.size())};
  return out;
}

/// Shape of bincount.
///   x        (n,)
///   weights  (n,), optional
///   result   (?,): the largest value plus one, but at least `minlength`
///   errors   bincount.C1  x is not of rank 1
///            bincount.C2  weights certainly have another size
///            size.C1      minlength is certainly negative
Result<Shape, ShapeConflict> bincount_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  if (x.size() != 1) return conflict("bincount.C1", "bincount of {}: a vector is needed", show(x, facts));
  if (const auto least = natural(in.attrs.dims[0], "minlength", facts); !least) return least.error();
  if (in.operands.size() > 1) {
    const Shape& weights = in.operands[1];
    if (weights.size() != 1 || !agree(x[0], weights[0], facts)) {
      return conflict("bincount.C2", "bincount of {} with weights {}", show(x, facts), show(weights, facts));
    }
  }
  return Shape{counted_size(in, 0, facts)};
}

Result<Array, ShapeConflict> bincount_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  if (x.rank() != 1) return conflict("bincount.C1", "bincount of {}: a vector is needed", shapelint::show(x.shape));
  std::int64_t size = in.attrs.dims[0];
  if (size < 0) return conflict("size.C1", "minlength is {}, a negative size", size);
  if (in.operands.size() > 1 && in.operands[1].shape != x.shape) {
    return conflict("bincount.C2", "bincount of {} with weights {}", shapelint::show(x.shape),
                    shapelint::show(in.operands[1].shape));
  }
  for (const double value : x.values) {
    if (!(value >= 0 && value < static_cast<double>(kMaxElements))) return bad_index(value, kMaxElements);
    size = std::max(size, static_cast<std::int64_t>(value) + 1);
  }
  const auto count = allowed_count({size});
  if (!count) return count.error();
  Array out = Array::filled({size}, 0, in.dtype);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    out.values[static_cast<std::size_t>(x.values[i])] += in.operands.size() > 1 ? in.operands[1].values[i] : 1;
  }
  round_values(out);
  return out;
}

constexpr OpParam kArgumentParams[] = {
    {"x", ParamKind::tensor}, {"axis", ParamKind::axis, "None"}, {"keepdims", ParamKind::flag, "False"}};
constexpr OpParam kSortParams[] = {
    {"x", ParamKind::tensor}, {"axis", ParamKind::axis, "-1"}, {"descending", ParamKind::flag, "False"}};
constexpr OpParam kTopkParams[] = {{"x", ParamKind::tensor},
                                   {"k", ParamKind::dim},
                                   {"axis", ParamKind::axis, "-1"},
                                   {"largest", ParamKind::flag, "True"}};
constexpr OpParam kSearchParams[] = {
    {"sorted", ParamKind::tensor}, {"values", ParamKind::tensor}, {"right", ParamKind::flag, "False"}};
constexpr OpParam kUniqueParams[] = {{"x", ParamKind::tensor}};
constexpr OpParam kBincountParams[] = {
    {"x", ParamKind::tensor}, {"minlength", ParamKind::dim, "0"}, {"weights", ParamKind::optional_tensor, "None"}};

constexpr Op ordering(std::string_view name, OpRole role, DTypeRule dtype, std::span<const OpParam> params,
                      ShapeRule shape, Kernel eval) {
  return Op{.name = name, .role = role, .dtype = dtype, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op argmax, argmin, sort, argsort, topk_values, topk_indices, searchsorted, unique, bincount;

constexpr Op argmax =
    ordering("argmax", OpRole::reduction, DTypeRule::index, kArgumentParams, argument_shape, argument_eval<true>);
constexpr Op argmin =
    ordering("argmin", OpRole::reduction, DTypeRule::index, kArgumentParams, argument_shape, argument_eval<false>);
constexpr Op sort =
    ordering("sort", OpRole::normalising, DTypeRule::same, kSortParams, same_along_axis_shape, sort_eval<false>);
constexpr Op argsort =
    ordering("argsort", OpRole::normalising, DTypeRule::index, kSortParams, same_along_axis_shape, sort_eval<true>);
constexpr Op topk_values =
    ordering("topk_values", OpRole::normalising, DTypeRule::same, kTopkParams, topk_shape, topk_eval<false>);
constexpr Op topk_indices =
    ordering("topk_indices", OpRole::normalising, DTypeRule::index, kTopkParams, topk_shape, topk_eval<true>);
constexpr Op searchsorted = ordering("searchsorted", OpRole::movement, DTypeRule::index, kSearchParams,
                                     all_or_nothing<searchsorted_shape>, searchsorted_eval);
constexpr Op unique{.name = "unique",
                    .role = OpRole::movement,
                    .dtype = DTypeRule::same,
                    .params = kUniqueParams,
                    .shape = unique_shape,
                    .eval = unique_eval,
                    .counted = {"unique", 0}};
constexpr Op bincount{.name = "bincount",
                      .role = OpRole::movement,
                      .dtype = DTypeRule::second_or_int64,
                      .params = kBincountParams,
                      .shape = all_or_nothing<bincount_shape>,
                      .eval = bounded<bincount_eval>,
                      .counted = {"bincount", 0}};

}  // namespace shapelint::ops
