// Reductions: one shape rule, two forms of it (a maximum of nothing is not defined), and kernels that fold in row-major
// order in double.
#include <cmath>
#include <limits>

#include "lib/ops/axis_helpers.h"
#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {
namespace {

constexpr OpParam kParams[] = {
    {"x", ParamKind::tensor}, {"axis", ParamKind::axes, "None"}, {"keepdims", ParamKind::flag, "False"}};

bool keeps_dims(const std::vector<bool>& flags) { return !flags.empty() && flags[0]; }

}  // namespace

/// Shape of every reduction.
///   x       (d0, ..., dn)
///   result  x without the reduced axes; with `keepdims` they stay, as 1
///   errors  axis.C1, axis.C2
Result<Shape, ShapeConflict> reduce_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, static_cast<int>(x.size()));
  if (!mask) return mask.error();
  Shape out;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (!(*mask)[axis]) {
      out.push_back(x[axis]);
    } else if (keeps_dims(in.attrs.flags)) {
      out.push_back(facts.dims().number(1));
    }
  }
  return out;
}

/// Shape of `max` and `min`.
///   errors  those of `reduce_shape`
///           reduce.C1  a reduced axis certainly has size 0
Result<Shape, ShapeConflict> extremum_shape(const OpArgs<Shape>& in, Facts& facts) {
  auto out = reduce_shape(in, facts);
  if (!out) return out;
  const Shape& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, static_cast<int>(x.size()));
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if ((*mask)[axis] && number(x[axis], facts) == 0) {
      return conflict("reduce.C1", "the largest or smallest of no elements: axis {} of {} is empty", axis,
                      show(x, facts));
    }
  }
  return out;
}

namespace {

/// Folds the reduced axes with `step(accumulated, element)`, then gives each `finish(accumulated, elements folded)`.
template <class Step, class Finish>
Result<Array, ShapeConflict> fold(const OpArgs<Array>& in, double initial, Step step, Finish finish) {
  const Array& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();

  Extents kept;  // with keepdims
  Extents shape;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    kept.push_back((*mask)[axis] ? 1 : x.shape[axis]);
    if (!(*mask)[axis] || keeps_dims(in.attrs.flags)) shape.push_back(kept.back());
  }
  const auto count = allowed_count(kept);
  if (!count) return count.error();
  Array out{in.dtype, shape, std::vector<double>(static_cast<std::size_t>(*count), initial)};
  if (*count == 0) return out;

  if (!x.values.empty()) {
    // Along a reduced axis the result does not move.
    std::vector<std::int64_t> strides = strides_of(kept);
    for (std::size_t axis = 0; axis < kept.size(); ++axis) {
      if ((*mask)[axis]) strides[axis] = 0;
    }
    auto element = x.values.begin();
    for_each_offset(x.shape, 0, strides, [&](std::int64_t offset) {
      double& accumulated = out.values[static_cast<std::size_t>(offset)];
      accumulated = step(accumulated, *element++);
    });
  }
  const double folded = static_cast<double>(x.values.size()) / static_cast<double>(*count);
  for (double& value : out.values) value = finish(value, folded);
  round_values(out);
  return out;
}

double as_is(double value, double) { return value; }
double plus(double a, double b) { return a + b; }

Result<Array, ShapeConflict> sum_eval(const OpArgs<Array>& in) { return fold(in, 0, plus, as_is); }

Result<Array, ShapeConflict> prod_eval(const OpArgs<Array>& in) {
  return fold(in, 1, [](double a, double b) { return a * b; }, as_is);
}

/// Of no elements: nan.
Result<Array, ShapeConflict> mean_eval(const OpArgs<Array>& in) {
  return fold(in, 0, plus, [](double total, double count) { return total / count; });
}

template <bool largest>
Result<Array, ShapeConflict> extremum_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    if ((*mask)[axis] && x.shape[axis] == 0) {
      return ShapeConflict{"reduce.C1", fmt::format("the largest or smallest of no elements: axis {} of {} is empty",
                                                    axis, shapelint::show(x.shape))};
    }
  }
  const double infinity = std::numeric_limits<double>::infinity();
  const auto step = [](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
    return (largest ? a >= b : a <= b) ? a : b;
  };
  return fold(in, largest ? -infinity : infinity, step, as_is);
}

/// nan counts as true.
Result<Array, ShapeConflict> any_eval(const OpArgs<Array>& in) {
  return fold(in, 0, [](double a, double b) { return a != 0 || b != 0 ? 1. : 0.; }, as_is);
}

Result<Array, ShapeConflict> all_eval(const OpArgs<Array>& in) {
  return fold(in, 1, [](double a, double b) { return a != 0 && b != 0 ? 1. : 0.; }, as_is);
}

constexpr Op reduction(std::string_view name, DTypeRule dtype, ShapeRule shape, Kernel eval) {
  return Op{.name = name, .role = OpRole::reduction, .dtype = dtype, .params = kParams, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op sum, prod, mean, max, min, any, all;

constexpr Op sum = reduction("sum", DTypeRule::sum, reduce_shape, sum_eval);
constexpr Op prod = reduction("prod", DTypeRule::sum, reduce_shape, prod_eval);
constexpr Op mean = reduction("mean", DTypeRule::floating, reduce_shape, mean_eval);
constexpr Op max = reduction("max", DTypeRule::same, extremum_shape, extremum_eval<true>);
constexpr Op min = reduction("min", DTypeRule::same, extremum_shape, extremum_eval<false>);
constexpr Op any = reduction("any", DTypeRule::boolean, reduce_shape, any_eval);
constexpr Op all = reduction("all", DTypeRule::boolean, reduce_shape, all_eval);

}  // namespace shapelint::ops
