// Elementwise functions of two and three operands. Division, modulo and powers are NumPy's, corner cases included.
#include <cmath>
#include <limits>

#include "lib/ops/elementwise.h"

namespace shapelint::ops {
namespace {

/// The larger (or smaller) of two; nan wins over every number.
template <bool larger>
double extremum(double a, double b) {
  if (std::isnan(a)) return a;
  if (std::isnan(b)) return b;
  return (larger ? a >= b : a <= b) ? a : b;
}

/// Remainder with the sign of the divisor (`npy_divmod`, NumPy 1.24).
double python_mod(double a, double b) {
  double remainder = std::fmod(a, b);
  if (b == 0) return remainder;  // nan
  if (remainder == 0) return std::copysign(0.0, b);
  if ((b < 0) != (remainder < 0)) remainder += b;
  return remainder;
}

/// Floor of the quotient (`npy_floor_divide`, NumPy 1.24): from the remainder, so that rounding of a/b cannot carry it
/// over an integer.
double python_floordiv(double a, double b) {
  if (b == 0) return a / b;
  double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1;
  if (quotient == 0) return std::copysign(0.0, a / b);
  const double floored = std::floor(quotient);
  return quotient - floored > 0.5 ? floored + 1 : floored;
}

double truth(bool value) { return value ? 1 : 0; }

/// Integers divided by zero give 0, as in NumPy; so rounding to the dtype, which turns nan and infinity into 0, does.
static_assert(std::numeric_limits<double>::is_iec559);

}  // namespace

extern const Op add, sub, mul, div, floordiv, mod, pow, maximum, minimum, atan2, equal, not_equal, less, less_equal,
    greater, greater_equal, logical_and, logical_or, logical_xor, where, clip;

constexpr Op add = binary<[](double a, double b) { return a + b; }>("add", DTypeRule::promote);
constexpr Op sub = binary<[](double a, double b) { return a - b; }>("sub", DTypeRule::promote);
constexpr Op mul = binary<[](double a, double b) { return a * b; }>("mul", DTypeRule::promote);
constexpr Op div = binary<[](double a, double b) { return a / b; }>("div", DTypeRule::floating);
constexpr Op floordiv = binary<python_floordiv>("floordiv", DTypeRule::promote);
constexpr Op mod = binary<python_mod>("mod", DTypeRule::promote);
/// Integers to a negative power are truncated, as in PyTorch; NumPy refuses them.
constexpr Op pow = binary<[](double a, double b) { return std::pow(a, b); }>("pow", DTypeRule::promote);
constexpr Op maximum = binary<extremum<true>>("maximum", DTypeRule::promote);
constexpr Op minimum = binary<extremum<false>>("minimum", DTypeRule::promote);
constexpr Op atan2 = binary<[](double a, double b) { return std::atan2(a, b); }>("atan2", DTypeRule::floating);
constexpr Op equal = binary<[](double a, double b) { return truth(a == b); }>("equal", DTypeRule::boolean);
constexpr Op not_equal = binary<[](double a, double b) { return truth(a != b); }>("not_equal", DTypeRule::boolean);
constexpr Op less = binary<[](double a, double b) { return truth(a < b); }>("less", DTypeRule::boolean);
constexpr Op less_equal = binary<[](double a, double b) { return truth(a <= b); }>("less_equal", DTypeRule::boolean);
constexpr Op greater = binary<[](double a, double b) { return truth(a > b); }>("greater", DTypeRule::boolean);
constexpr Op greater_equal =
    binary<[](double a, double b) { return truth(a >= b); }>("greater_equal", DTypeRule::boolean);
constexpr Op logical_and =
    binary<[](double a, double b) { return truth(a != 0 && b != 0); }>("logical_and", DTypeRule::boolean);
constexpr Op logical_or =
    binary<[](double a, double b) { return truth(a != 0 || b != 0); }>("logical_or", DTypeRule::boolean);
constexpr Op logical_xor =
    binary<[](double a, double b) { return truth((a != 0) != (b != 0)); }>("logical_xor", DTypeRule::boolean);

namespace {
constexpr OpParam kWhereParams[] = {
    {"condition", ParamKind::tensor}, {"a", ParamKind::tensor}, {"b", ParamKind::tensor}};
constexpr OpParam kClipParams[] = {{"x", ParamKind::tensor}, {"low", ParamKind::tensor}, {"high", ParamKind::tensor}};

Result<Array, ShapeConflict> where_eval(const OpArgs<Array>& in) {
  const auto operands = aligned(in, 1);
  if (!operands) return operands.error();
  const Array& condition = (*operands)[0];
  Array out = (*operands)[1];
  const std::vector<double>& otherwise = (*operands)[2].values;
  for (std::size_t i = 0; i < otherwise.size(); ++i) {
    if (condition.values[i] == 0) out.values[i] = otherwise[i];
  }
  out.dtype = in.dtype;
  round_values(out);
  return out;
}

/// minimum(maximum(x, low), high): where the bounds cross, the upper one wins; nan stays.
Result<Array, ShapeConflict> clip_eval(const OpArgs<Array>& in) {
  const auto operands = aligned(in);
  if (!operands) return operands.error();
  Array out = (*operands)[0];
  const std::vector<double>& low = (*operands)[1].values;
  const std::vector<double>& high = (*operands)[2].values;
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    out.values[i] = extremum<false>(extremum<true>(out.values[i], low[i]), high[i]);
  }
  out.dtype = in.dtype;
  round_values(out);
  return out;
}
}  // namespace

constexpr Op where{.name = "where",
                   .role = OpRole::elementwise,
                   .dtype = DTypeRule::select,
                   .params = kWhereParams,
                   .shape = elementwise_shape,
                   .eval = where_eval};
constexpr Op clip{.name = "clip",
                  .role = OpRole::elementwise,
                  .dtype = DTypeRule::promote,
                  .params = kClipParams,
                  .shape = elementwise_shape,
                  .eval = clip_eval};

}  // namespace shapelint::ops
