// Functions of the elements along one axis that keep it (softmax, cumsum and kin), and reductions that are more than a
// fold (logsumexp, var, quantile).
#include <limits>
#include <numeric>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {

/// Shape of softmax, cumsum, sort and kin.
///   x       (d0, ..., dn)
///   result  x
///   errors  axis.C1, axis.C4
Result<Shape, ShapeConflict> same_along_axis_shape(const OpArgs<Shape>& in, Facts&) {
  const Shape& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(x.size()));
  if (!axis) return axis.error();
  return x;
}

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Applies `F(line, result)` to every line along the axis.
template <auto F>
Result<Array, ShapeConflict> lines_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  return along_axis(x, at, x.shape[at], in.dtype, F);
}

/// The largest element that is a number, for shifting; 0 where that would be infinite.
double shift_of(std::span<const double> line) {
  double largest = -kInfinity;
  for (const double value : line) largest = std::max(largest, std::isnan(value) ? -kInfinity : value);
  return std::isfinite(largest) ? largest : 0;
}

/// log(sum(exp(line))). inf wins over everything but nan.
double log_sum_exp(std::span<const double> line) {
  const double shift = shift_of(line);
  double sum = 0;
  for (const double value : line) sum += std::exp(value - shift);
  return shift + std::log(sum);
}

/// exp(x - max) / sum, with the largest element itself subtracted, so that inf gives nan, as in every framework.
void softmax_line(const std::vector<double>& line, std::vector<double>& out) {
  double largest = -kInfinity;
  for (const double value : line) largest = std::isnan(value) || value > largest ? value : largest;
  double sum = 0;
  for (std::size_t i = 0; i < line.size(); ++i) sum += out[i] = std::exp(line[i] - largest);
  for (double& value : out) value /= sum;
}

void log_softmax_line(const std::vector<double>& line, std::vector<double>& out) {
  double largest = -kInfinity;
  for (const double value : line) largest = std::isnan(value) || value > largest ? value : largest;
  double sum = 0;
  for (const double value : line) sum += std::exp(value - largest);
  for (std::size_t i = 0; i < line.size(); ++i) out[i] = line[i] - largest - std::log(sum);
}

/// Accumulates `F(so far, element)` from the first element on.
template <auto F>
void scan_line(const std::vector<double>& line, std::vector<double>& out) {
  for (std::size_t i = 0; i < line.size(); ++i) out[i] = i == 0 ? line[0] : F(out[i - 1], line[i]);
}

double plus(double a, double b) { return a + b; }
double times(double a, double b) { return a * b; }
double larger_of(double a, double b) { return std::isnan(a) || a >= b ? a : b; }
double smaller_of(double a, double b) { return std::isnan(a) || a <= b ? a : b; }

Result<Array, ShapeConflict> logsumexp_eval(const OpArgs<Array>& in) { return reduce_groups(in, log_sum_exp); }

/// The mean square distance from the mean; `numbers[0]` is taken off the divisor.
double variance(std::span<const double> group, double ddof) {
  const auto count = static_cast<double>(group.size());
  const double mean = std::accumulate(group.begin(), group.end(), 0.0) / count;
  double squares = 0;
  for (const double value : group) squares += (value - mean) * (value - mean);
  return squares / std::max(count - ddof, 0.0);
}

double ddof_of(const OpArgs<Array>& in) { return in.attrs.numbers.empty() ? 0 : in.attrs.numbers[0]; }

Result<Array, ShapeConflict> var_eval(const OpArgs<Array>& in) {
  return reduce_groups(in, [&](std::span<double> group) { return variance(group, ddof_of(in)); });
}

/// Shape of quantile.
///   x       (d0, ..., dn)
///   result  that of a reduction
///   errors  axis.C1, axis.C2, reduce.C1
///           quantile.C1  q lies outside [0, 1]
Result<Shape, ShapeConflict> quantile_shape(const OpArgs<Shape>& in, Facts& facts) {
  const double q = in.attrs.numbers.empty() ? 0.5 : in.attrs.numbers[0];
  if (!(q >= 0 && q <= 1)) return conflict("quantile.C1", "the quantile {} lies outside [0, 1]", q);
  return extremum_shape(in, facts);
}

/// Linear between the two neighbours, as NumPy's default. nan wins.
Result<Array, ShapeConflict> quantile_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const double q = in.attrs.numbers.empty() ? 0.5 : in.attrs.numbers[0];
  if (!(q >= 0 && q <= 1)) return conflict("quantile.C1", "the quantile {} lies outside [0, 1]", q);
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    if ((*mask)[axis] && x.shape[axis] == 0) {
      return conflict("reduce.C1", "the quantile of no elements: axis {} is empty", axis);
    }
  }
  return reduce_groups(in, [q](std::span<double> group) {
    if (std::any_of(group.begin(), group.end(), [](double v) { return std::isnan(v); })) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    std::sort(group.begin(), group.end());
    const double place = q * static_cast<double>(group.size() - 1);
    const auto low = static_cast<std::size_t>(std::floor(place));
    const double weight = place - std::floor(place);
    if (weight == 0) return group[low];
    return group[low] + weight * (group[low + 1] - group[low]);
  });
}

constexpr OpParam kAxisParams[] = {{"x", ParamKind::tensor}, {"axis", ParamKind::axis, "-1"}};
constexpr OpParam kReduceParams[] = {
    {"x", ParamKind::tensor}, {"axis", ParamKind::axes, "None"}, {"keepdims", ParamKind::flag, "False"}};
constexpr OpParam kVarParams[] = {{"x", ParamKind::tensor},
                                  {"axis", ParamKind::axes, "None"},
                                  {"keepdims", ParamKind::flag, "False"},
                                  {"ddof", ParamKind::number, "0"}};
constexpr OpParam kQuantileParams[] = {{"x", ParamKind::tensor},
                                       {"q", ParamKind::number},
                                       {"axis", ParamKind::axes, "None"},
                                       {"keepdims", ParamKind::flag, "False"}};

constexpr Op line_op(std::string_view name, DTypeRule dtype, Kernel eval) {
  return Op{.name = name,
            .role = OpRole::normalising,
            .dtype = dtype,
            .params = kAxisParams,
            .shape = same_along_axis_shape,
            .eval = eval};
}

constexpr Op group_op(std::string_view name, std::span<const OpParam> params, ShapeRule shape, Kernel eval) {
  return Op{.name = name,
            .role = OpRole::reduction,
            .dtype = DTypeRule::floating,
            .params = params,
            .shape = shape,
            .eval = eval};
}

}  // namespace

extern const Op softmax, log_softmax, cumsum, cumprod, cummax, cummin, logsumexp, var, quantile;

constexpr Op softmax = line_op("softmax", DTypeRule::floating, lines_eval<softmax_line>);
constexpr Op log_softmax = line_op("log_softmax", DTypeRule::floating, lines_eval<log_softmax_line>);
constexpr Op cumsum = line_op("cumsum", DTypeRule::sum, lines_eval<scan_line<plus>>);
constexpr Op cumprod = line_op("cumprod", DTypeRule::sum, lines_eval<scan_line<times>>);
constexpr Op cummax = line_op("cummax", DTypeRule::same, lines_eval<scan_line<larger_of>>);
constexpr Op cummin = line_op("cummin", DTypeRule::same, lines_eval<scan_line<smaller_of>>);
constexpr Op logsumexp = group_op("logsumexp", kReduceParams, reduce_shape, logsumexp_eval);
constexpr Op var = group_op("var", kVarParams, reduce_shape, var_eval);
constexpr Op quantile = group_op("quantile", kQuantileParams, quantile_shape, quantile_eval);

}  // namespace shapelint::ops
