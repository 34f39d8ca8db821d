// math, random and time: numbers that are known are computed; others are numbers of unknown value.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "lib/trace/builtins.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

template <double (*F)(double)>
Value unary(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto x = run.known_float(v)) {
    const double y = F(*x);
    if (std::isnan(y) && !std::isnan(*x)) return run.raise(span, "ValueError: math domain error");
    return y;
  }
  // Every framework refuses to make one number of several.
  if (const auto* tensor = v.as<TensorV>()) {
    const auto& shape = run.tensor(tensor->id).shape;
    const auto is_one = [&](Dim dim) { return run.dims().is_number(dim, 1); };
    if (shape && !std::ranges::all_of(*shape, is_one))
      return run.raise(span, fmt::format("TypeError: {} is no single number", show(*shape, run.dims())));
  }
  return v.is_unknown() ? v : unknown_number(run, span);
}
double m_sqrt(double x) { return std::sqrt(x); }
double m_exp(double x) { return std::exp(x); }
double m_expm1(double x) { return std::expm1(x); }
double m_log2(double x) { return std::log2(x); }
double m_log10(double x) { return std::log10(x); }
double m_log1p(double x) { return std::log1p(x); }
double m_sin(double x) { return std::sin(x); }
double m_cos(double x) { return std::cos(x); }
double m_tan(double x) { return std::tan(x); }
double m_asin(double x) { return std::asin(x); }
double m_acos(double x) { return std::acos(x); }
double m_atan(double x) { return std::atan(x); }
double m_sinh(double x) { return std::sinh(x); }
double m_cosh(double x) { return std::cosh(x); }
double m_tanh(double x) { return std::tanh(x); }
double m_fabs(double x) { return std::fabs(x); }
double m_erf(double x) { return std::erf(x); }
double m_gamma(double x) { return std::tgamma(x); }
double m_lgamma(double x) { return std::lgamma(x); }
double m_radians(double x) { return x * std::numbers::pi / 180; }
double m_degrees(double x) { return x * 180 / std::numbers::pi; }

Value log(Run& run, Args args, const Span& span) {
  const auto x = run.known_float(argument(args, 0));
  const auto base = run.known_float(argument(args, 1));
  if (!x || (args.positional.size() > 1 && !base)) return unknown_number(run, span);
  if (*x <= 0 || (base && *base <= 0)) return run.raise(span, "ValueError: math domain error");
  return base ? std::log(*x) / std::log(*base) : std::log(*x);
}

template <double (*F)(double, double)>
Value pair(Run& run, Args args, const Span& span) {
  const auto x = run.known_float(argument(args, 0));
  const auto y = run.known_float(argument(args, 1));
  return x && y ? Value(F(*x, *y)) : unknown_number(run, span);
}
double m_atan2(double x, double y) { return std::atan2(x, y); }
double m_hypot(double x, double y) { return std::hypot(x, y); }
double m_pow(double x, double y) { return std::pow(x, y); }
double m_copysign(double x, double y) { return std::copysign(x, y); }

template <double (*F)(double)>
Value whole(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto dim = run.as_dim(v)) return IntV{*dim};
  if (const auto x = run.known_float(v); x && std::abs(*x) < 9e15)
    return IntV{run.dims().number(static_cast<std::int64_t>(F(*x)))};
  if (v.is_unknown()) return v;
  (void)span;
  return IntV{run.dims().fresh("?whole")};
}
double m_floor(double x) { return std::floor(x); }
double m_ceil(double x) { return std::ceil(x); }
double m_trunc(double x) { return std::trunc(x); }

template <bool (*F)(double)>
Value test(Run& run, Args args, const Span&) {
  if (const auto x = run.known_float(argument(args, 0))) return F(*x);
  return make_unknown("a test of a number that is not known");
}
bool is_nan(double x) { return std::isnan(x); }
bool is_inf(double x) { return std::isinf(x); }
bool is_finite(double x) { return std::isfinite(x); }

Value is_close(Run& run, Args args, const Span&) {
  const auto x = run.known_float(argument(args, 0));
  const auto y = run.known_float(argument(args, 1));
  if (!x || !y) return make_unknown("a test of a number that is not known");
  const double relative = run.known_float(argument(args, 2, "rel_tol")).value_or(1e-9);
  const double absolute = run.known_float(argument(args, 3, "abs_tol")).value_or(0.0);
  return std::abs(*x - *y) <= std::max(relative * std::max(std::abs(*x), std::abs(*y)), absolute);
}

Value product(Run& run, Args args, const Span& span) {
  const auto items = run.elements(argument(args, 0), span);
  if (!items) return run.unknown(span, "a product of an unknown sequence");
  Value total = IntV{run.dims().number(1)};
  for (const Value& item : *items) total = run.binary(ast::BinaryOp::mul, total, item, span, span, span);
  return total;
}

// C(n, k) and n!, by multiplication so that n may be a symbol.
Value comb(Run& run, Args args, const Span& span) {
  const auto n = run.as_dim(argument(args, 0));
  const auto k = run.known_int(argument(args, 1));
  if (!n || !k || *k < 0 || *k > 64) return IntV{run.dims().fresh("?whole")};
  Dim top = run.dims().number(1);
  std::int64_t bottom = 1;
  for (std::int64_t i = 0; i < *k; ++i) {
    top = run.dims().mul(top, run.dims().sub(*n, run.dims().number(i)));
    if (__builtin_mul_overflow(bottom, i + 1, &bottom)) return run.unknown(span, "a number that is too large");
  }
  return IntV{run.dims().floordiv(top, run.dims().number(bottom))};
}
Value factorial(Run& run, Args args, const Span& span) {
  const auto n = run.known_int(argument(args, 0));
  if (!n || *n < 0 || *n > 20) return run.unknown(span, "a factorial that is not known");
  std::int64_t out = 1;
  for (std::int64_t i = 2; i <= *n; ++i) out *= i;
  return IntV{run.dims().number(out)};
}
Value gcd(Run& run, Args args, const Span&) {
  const auto a = run.known_int(argument(args, 0));
  const auto b = run.known_int(argument(args, 1));
  if (!a || !b) return IntV{run.dims().fresh("?whole")};
  return IntV{run.dims().number(std::gcd(*a, *b))};
}

// ---- random, time

Value some_number(Run& run, Args, const Span& span) { return unknown_number(run, span); }
Value some_int(Run& run, Args, const Span&) { return IntV{run.dims().fresh("?random")}; }
Value some_element(Run& run, Args args, const Span& span) { return run.any_element(argument(args, 0), span); }
Value nothing(Run&, Args, const Span&) { return NoneV{}; }
// `k` elements in any order.
Value sample(Run& run, Args args, const Span& span) {
  const Value& from = argument(args, 0);
  const Value& k = argument(args, 1, "k");
  const auto count = run.as_dim(k);
  run.note_draw(k);
  const auto number = count ? run.evaluate(*count) : std::nullopt;
  if (run.concrete() && number && *number >= 0 && *number <= 10'000) {
    if (const auto items = run.elements(from, span); items && !items->empty()) {
      ValueList drawn;
      for (std::int64_t i = 0; i < *number; ++i) drawn.push_back((*items)[static_cast<std::size_t>(i) % items->size()]);
      return run.tuple_of_length(std::move(drawn), count);
    }
  }
  const Dim length = count ? *count : run.dims().fresh("?length");
  if (const auto all = run.as_sequence(from, span)) return SequenceV{all->element, length, all->inner};
  return SequenceV{std::make_shared<const Value>(run.any_element(from, span)), length};
}

constexpr Builtin kTable[] = {
    {"math.sqrt", unary<m_sqrt>},
    {"math.exp", unary<m_exp>},
    {"math.expm1", unary<m_expm1>},
    {"math.log", log},
    {"math.log2", unary<m_log2>},
    {"math.log10", unary<m_log10>},
    {"math.log1p", unary<m_log1p>},
    {"math.sin", unary<m_sin>},
    {"math.cos", unary<m_cos>},
    {"math.tan", unary<m_tan>},
    {"math.asin", unary<m_asin>},
    {"math.acos", unary<m_acos>},
    {"math.atan", unary<m_atan>},
    {"math.sinh", unary<m_sinh>},
    {"math.cosh", unary<m_cosh>},
    {"math.tanh", unary<m_tanh>},
    {"math.fabs", unary<m_fabs>},
    {"math.erf", unary<m_erf>},
    {"math.gamma", unary<m_gamma>},
    {"math.lgamma", unary<m_lgamma>},
    {"math.radians", unary<m_radians>},
    {"math.degrees", unary<m_degrees>},
    {"math.atan2", pair<m_atan2>},
    {"math.hypot", pair<m_hypot>},
    {"math.pow", pair<m_pow>},
    {"math.copysign", pair<m_copysign>},
    {"math.floor", whole<m_floor>},
    {"math.ceil", whole<m_ceil>},
    {"math.trunc", whole<m_trunc>},
    {"math.isnan", test<is_nan>},
    {"math.isinf", test<is_inf>},
    {"math.isfinite", test<is_finite>},
    {"math.isclose", is_close},
    {"math.prod", product},
    {"math.comb", comb},
    {"math.factorial", factorial},
    {"math.gcd", gcd},
    {"random.random", some_number},
    {"random.uniform", some_number},
    {"random.gauss", some_number},
    {"random.normalvariate", some_number},
    {"random.betavariate", some_number},
    {"random.randint", some_int},
    {"random.randrange", some_int},
    {"random.choice", some_element},
    {"random.choices", sample},
    {"random.sample", sample},
    {"random.shuffle", nothing},
    {"random.seed", nothing},
    {"time.time", some_number},
    {"time.perf_counter", some_number},
    {"time.monotonic", some_number},
    {"time.sleep", nothing},
};

}  // namespace

std::span<const Builtin> number_builtins() { return kTable; }

}  // namespace shapelint
