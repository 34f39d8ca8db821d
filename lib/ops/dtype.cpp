#include "lib/ops/dtype.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace shapelint {
namespace {

constexpr std::array<std::pair<DType, std::string_view>, 10> kNames{{
    {DType::boolean, "bool"},
    {DType::uint8, "uint8"},
    {DType::int8, "int8"},
    {DType::int16, "int16"},
    {DType::int32, "int32"},
    {DType::int64, "int64"},
    {DType::bfloat16, "bfloat16"},
    {DType::float16, "float16"},
    {DType::float32, "float32"},
    {DType::float64, "float64"},
}};

/// What else NumPy and TensorFlow call them: numpy 2.4 `np.dtype(name)`, tensorflow 2.21.0 `tf.as_dtype(name)`. The
/// plain names `float` and `int` are the framework's own widths; `int` is that of the platform (numpy on Linux, and
/// keras 3.15.1 keras/src/backend/common/dtypes.py), and `float` TensorFlow's.
constexpr std::array<std::pair<std::string_view, DType>, 36> kAliases{{
    {"float", DType::float32}, {"double", DType::float64}, {"half", DType::float16},  {"single", DType::float32},
    {"e", DType::float16},     {"f", DType::float32},      {"d", DType::float64},     {"f2", DType::float16},
    {"f4", DType::float32},    {"f8", DType::float64},     {"int", DType::int64},     {"int_", DType::int64},
    {"long", DType::int64},    {"longlong", DType::int64}, {"intp", DType::int64},    {"intc", DType::int32},
    {"short", DType::int16},   {"byte", DType::int8},      {"ubyte", DType::uint8},   {"b", DType::int8},
    {"h", DType::int16},       {"i", DType::int32},        {"l", DType::int64},       {"q", DType::int64},
    {"i1", DType::int8},       {"i2", DType::int16},       {"i4", DType::int32},      {"i8", DType::int64},
    {"B", DType::uint8},       {"u1", DType::uint8},       {"bool_", DType::boolean}, {"b1", DType::boolean},
    {"?", DType::boolean},     {"<f4", DType::float32},    {"<f8", DType::float64},   {"<i8", DType::int64},
}};

/// 0 bool, 1 integer, 2 float.
int kind(DType dtype) { return dtype == DType::boolean ? 0 : is_integer(dtype) ? 1 : 2; }

int integer_bits(DType dtype) {
  switch (dtype) {
    case DType::uint8:
    case DType::int8: return 8;
    case DType::int16: return 16;
    case DType::int32: return 32;
    case DType::int64: return 64;
    case DType::boolean:
    case DType::bfloat16:
    case DType::float16:
    case DType::float32:
    case DType::float64: break;
  }
  return 0;
}

/// A binary floating format: bits of the significand with the hidden one, exponent of the smallest normal number.
struct Format {
  int precision;
  int min_exponent;
  double largest;
};

double round_to_format(double value, const Format& format) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int exponent = std::max(std::ilogb(value), format.min_exponent);
  // One unit in the last place; a power of two, so that the division and the product are exact.
  const double quantum = std::ldexp(1.0, exponent - (format.precision - 1));
  const double rounded = std::copysign(std::nearbyint(value / quantum) * quantum, value);
  if (std::abs(rounded) > format.largest) return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

double wrap_integer(double value, int bits, bool is_signed) {
  if (!std::isfinite(value)) return 0;
  const double span = std::ldexp(1.0, bits);
  const double low = is_signed ? -std::ldexp(1.0, bits - 1) : 0;
  double wrapped = std::trunc(value);
  if (wrapped < low || wrapped >= low + span) {
    wrapped = std::fmod(wrapped, span);
    if (wrapped < low) wrapped += span;
    if (wrapped >= low + span) wrapped -= span;
  }
  return wrapped + 0.0;  // never -0
}

}  // namespace

std::string_view name(DType dtype) {
  for (const auto& [known, text] : kNames) {
    if (known == dtype) return text;
  }
  return {};
}

std::optional<DType> parse_dtype(std::string_view name) {
  for (const auto& [known, text] : kNames) {
    if (text == name) return known;
  }
  const auto* alias = std::ranges::find(kAliases, name, &std::pair<std::string_view, DType>::first);
  return alias != kAliases.end() ? std::optional(alias->second) : std::nullopt;
}

bool is_float(DType dtype) { return dtype >= DType::bfloat16; }

bool is_integer(DType dtype) { return dtype != DType::boolean && !is_float(dtype); }

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (kind(a) != kind(b)) return kind(a) > kind(b) ? a : b;
  const DType low = std::min(a, b);
  const DType high = std::max(a, b);
  // Neither of these two pairs holds all values of the other.
  if (low == DType::uint8 && high == DType::int8) return DType::int16;
  if (low == DType::bfloat16 && high == DType::float16) return DType::float32;
  return high;
}

DType promote_with_scalar(DType tensor, DType scalar_kind) {
  if (kind(scalar_kind) <= kind(tensor)) return tensor;
  return is_float(scalar_kind) ? DType::float32 : DType::int64;
}

double round_to(DType dtype, double value) {
  switch (dtype) {
    case DType::boolean: return value != 0 ? 1 : 0;
    case DType::uint8: return wrap_integer(value, 8, false);
    case DType::int8:
    case DType::int16:
    case DType::int32:
    case DType::int64: return wrap_integer(value, integer_bits(dtype), true);
    case DType::bfloat16: return round_to_format(value, {8, -126, 0x1.fep127});
    case DType::float16: return round_to_format(value, {11, -14, 65504});
    case DType::float32: {
      // Beyond the largest float the cast is undefined in C++; half an ulp above it still rounds down to it.
      if (std::abs(value) >= 0x1.ffffffp127) return std::copysign(std::numeric_limits<double>::infinity(), value);
      if (std::abs(value) > 0x1.fffffep127) return std::copysign(0x1.fffffep127, value);
      return static_cast<double>(static_cast<float>(value));
    }
    case DType::float64: return value;
  }
  return value;
}

double convert_value(double value, DType from, DType to) {
  if (!is_float(from) || !is_integer(to)) return round_to(to, value);
  // C leaves this undefined; NumPy and PyTorch on x86-64 give the lowest number of the register's type.
  const int bits = to == DType::int64 ? 64 : 32;
  const double limit = std::ldexp(1.0, bits - 1);
  const double whole = std::trunc(value);
  return round_to(to, whole >= -limit && whole < limit ? whole : -limit);
}

}  // namespace shapelint
