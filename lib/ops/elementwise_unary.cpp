// Elementwise functions of one operand, and the shape rule of all elementwise ops.
#include <cmath>
#include <limits>
#include <numbers>

#include "lib/ops/elementwise.h"

namespace shapelint::ops {

Result<Shape, ShapeConflict> elementwise_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.operands.size() == 1) return in.operands[0];
  auto common = broadcast(in.operands, facts);
  if (!common) return common.error();
  return std::move(common->shape);
}

namespace {

double sign_of(double x) {
  if (std::isnan(x)) return x;
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

double stable_sigmoid(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  const double e = std::exp(x);
  return e / (1 + e);
}

double stable_softplus(double x) {
  if (std::isnan(x)) return x;
  return (x > 0 ? x : 0) + std::log1p(std::exp(-std::abs(x)));
}

/// std::lgamma writes the global `signgam`; the reentrant form does not.
double log_gamma(double x) {
#if defined(__GLIBC__)
  int sign = 0;
  return ::lgamma_r(x, &sign);
#else
  return std::lgamma(x);
#endif
}

/// Derivative of lgamma: reflection for x < 0, recurrence up to 10, then the asymptotic series (Abramowitz & Stegun
/// 6.3.7, 6.3.5, 6.3.18). At the poles: -inf at +0, +inf at -0, nan at the negative integers, as in SciPy.
double psi(double x) {
  if (std::isnan(x) || x == -std::numeric_limits<double>::infinity()) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return std::copysign(std::numeric_limits<double>::infinity(), -x);
  double result = 0;
  if (x < 0) {
    const double fraction = x - std::floor(x);
    if (fraction == 0) return std::numeric_limits<double>::quiet_NaN();
    result = -std::numbers::pi / std::tan(std::numbers::pi * fraction);
    x = 1 - x;
  }
  for (; x < 10; ++x) result -= 1 / x;
  const double s = 1 / (x * x);
  const double series =
      s * (1. / 12 - s * (1. / 120 - s * (1. / 252 - s * (1. / 240 - s * (1. / 132 - s * (691. / 32760 - s / 12))))));
  return result + std::log(x) - 0.5 / x - series;
}

/// Inverse of erf: Giles' approximation (2010), then two Newton steps, which bring it to double's precision.
double inverse_erf(double y) {
  if (std::isnan(y) || y < -1 || y > 1) return std::numeric_limits<double>::quiet_NaN();
  if (y == 1 || y == -1) return std::copysign(std::numeric_limits<double>::infinity(), y);
  if (y == 0) return y;
  constexpr double kCentre[] = {1.50140941,     0.246640727,   -0.00417768164, -0.00125372503, 0.00021858087,
                                -4.39150654e-6, -3.5233877e-6, 3.43273939e-7,  2.81022636e-8};
  constexpr double kTail[] = {2.83297682,     1.00167406,    0.00943887047,  -0.0076224613,  0.00573950773,
                              -0.00367342844, 0.00134934322, 0.000100950558, -0.000200214257};
  const double w = -std::log1p(-y * y);
  const bool tail = w >= 5;
  const double t = tail ? std::sqrt(w) - 3 : w - 2.5;
  double x = 0;
  for (std::size_t i = 9; i-- > 0;) x = x * t + (tail ? kTail : kCentre)[i];
  x *= y;
  // The complement keeps what erf loses near 1.
  const double sign = y < 0 ? -1 : 1;
  for (int step = 0; step < 2; ++step) {
    const double miss = std::abs(y) < 0.5 ? std::erf(x) - y : sign * ((1 - std::abs(y)) - std::erfc(std::abs(x)));
    x -= miss * std::sqrt(std::numbers::pi) / 2 * std::exp(x * x);
  }
  return x;
}

}  // namespace

extern const Op neg, abs, sign, exp, expm1, log, log1p, log2, sqrt, rsqrt, square, reciprocal, sin, cos, tan, asin,
    acos, atan, sinh, cosh, tanh, sigmoid, erf, lgamma, digamma, floor, ceil, round, trunc, isnan, isinf, isfinite,
    logical_not, softplus, relu, erfinv, identity, stop_gradient, cast;

constexpr Op neg = unary<[](double x) { return -x; }>("neg", DTypeRule::promote);
constexpr Op abs = unary<[](double x) { return std::abs(x); }>("abs", DTypeRule::promote);
/// sign(0) is 0, sign(nan) is nan.
constexpr Op sign = unary<sign_of>("sign", DTypeRule::promote);
constexpr Op exp = unary<[](double x) { return std::exp(x); }>("exp", DTypeRule::floating);
constexpr Op expm1 = unary<[](double x) { return std::expm1(x); }>("expm1", DTypeRule::floating);
constexpr Op log = unary<[](double x) { return std::log(x); }>("log", DTypeRule::floating);
constexpr Op log1p = unary<[](double x) { return std::log1p(x); }>("log1p", DTypeRule::floating);
constexpr Op log2 = unary<[](double x) { return std::log2(x); }>("log2", DTypeRule::floating);
constexpr Op sqrt = unary<[](double x) { return std::sqrt(x); }>("sqrt", DTypeRule::floating);
constexpr Op rsqrt = unary<[](double x) { return 1 / std::sqrt(x); }>("rsqrt", DTypeRule::floating);
constexpr Op square = unary<[](double x) { return x * x; }>("square", DTypeRule::promote);
constexpr Op reciprocal = unary<[](double x) { return 1 / x; }>("reciprocal", DTypeRule::floating);
constexpr Op sin = unary<[](double x) { return std::sin(x); }>("sin", DTypeRule::floating);
constexpr Op cos = unary<[](double x) { return std::cos(x); }>("cos", DTypeRule::floating);
constexpr Op tan = unary<[](double x) { return std::tan(x); }>("tan", DTypeRule::floating);
constexpr Op asin = unary<[](double x) { return std::asin(x); }>("asin", DTypeRule::floating);
constexpr Op acos = unary<[](double x) { return std::acos(x); }>("acos", DTypeRule::floating);
constexpr Op atan = unary<[](double x) { return std::atan(x); }>("atan", DTypeRule::floating);
constexpr Op sinh = unary<[](double x) { return std::sinh(x); }>("sinh", DTypeRule::floating);
constexpr Op cosh = unary<[](double x) { return std::cosh(x); }>("cosh", DTypeRule::floating);
constexpr Op tanh = unary<[](double x) { return std::tanh(x); }>("tanh", DTypeRule::floating);
constexpr Op sigmoid = unary<stable_sigmoid>("sigmoid", DTypeRule::floating);
constexpr Op erf = unary<[](double x) { return std::erf(x); }>("erf", DTypeRule::floating);
constexpr Op lgamma = unary<log_gamma>("lgamma", DTypeRule::floating);
constexpr Op digamma = unary<psi>("digamma", DTypeRule::floating);
constexpr Op floor = unary<[](double x) { return std::floor(x); }>("floor", DTypeRule::promote);
constexpr Op ceil = unary<[](double x) { return std::ceil(x); }>("ceil", DTypeRule::promote);
/// Half to even, as in NumPy, TensorFlow and PyTorch.
constexpr Op round = unary<[](double x) { return std::nearbyint(x); }>("round", DTypeRule::promote);
constexpr Op trunc = unary<[](double x) { return std::trunc(x); }>("trunc", DTypeRule::promote);
constexpr Op isnan = unary<[](double x) { return std::isnan(x) ? 1. : 0.; }>("isnan", DTypeRule::boolean);
constexpr Op isinf = unary<[](double x) { return std::isinf(x) ? 1. : 0.; }>("isinf", DTypeRule::boolean);
constexpr Op isfinite = unary<[](double x) { return std::isfinite(x) ? 1. : 0.; }>("isfinite", DTypeRule::boolean);
constexpr Op logical_not = unary<[](double x) { return x == 0 ? 1. : 0.; }>("logical_not", DTypeRule::boolean);
constexpr Op softplus = unary<stable_softplus>("softplus", DTypeRule::floating);
/// nan stays nan, as in NumPy's maximum(x, 0), TensorFlow and PyTorch.
constexpr Op relu = unary<[](double x) { return x <= 0 ? 0. : x; }>("relu", DTypeRule::promote);
constexpr Op erfinv = unary<inverse_erf>("erfinv", DTypeRule::floating);
constexpr Op identity = unary<[](double x) { return x; }>("identity", DTypeRule::promote);
/// identity, which the rules may tell from it.
constexpr Op stop_gradient = unary<[](double x) { return x; }>("stop_gradient", DTypeRule::promote);

namespace {
constexpr OpParam kCastParams[] = {{"x", ParamKind::tensor}, {"dtype", ParamKind::dtype}};

Result<Array, ShapeConflict> cast_eval(const OpArgs<Array>& in) { return convert(in.operands[0], in.dtype); }
}  // namespace

constexpr Op cast{.name = "cast",
                  .role = OpRole::elementwise,
                  .dtype = DTypeRule::attribute,
                  .params = kCastParams,
                  .shape = elementwise_shape,
                  .eval = cast_eval};

}  // namespace shapelint::ops
