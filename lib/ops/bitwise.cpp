// Bits of integers and bools. Elements are doubles, so integers beyond 2**53 have lost their last bits before.
#include <cstdint>

#include "lib/ops/elementwise.h"

namespace shapelint::ops {
namespace {

std::int64_t bits(double value) {
  constexpr double kEnd = 0x1p63;
  return value >= -kEnd && value < kEnd ? static_cast<std::int64_t>(value) : INT64_MIN;
}

double number_of(std::int64_t value) { return static_cast<double>(value); }

/// What shifts out is gone: all of it from 64 on. A negative distance gives 0, as NumPy's does.
double shift_left(double a, double distance) {
  if (!(distance >= 0 && distance < 64)) return 0;
  return number_of(static_cast<std::int64_t>(static_cast<std::uint64_t>(bits(a)) << bits(distance)));
}

double shift_right(double a, double distance) {
  if (distance >= 0 && distance < 64) return number_of(bits(a) >> bits(distance));
  return a < 0 ? -1 : 0;
}

/// `~x`; of a bool its negation.
Result<Array, ShapeConflict> not_eval(const OpArgs<Array>& in) {
  Array out = in.operands[0];
  const bool truth = in.dtype == DType::boolean;
  for (double& value : out.values) value = truth ? (value == 0 ? 1 : 0) : number_of(~bits(value));
  out.dtype = in.dtype;
  round_values(out);
  return out;
}

}  // namespace

extern const Op bitwise_and, bitwise_or, bitwise_xor, bitwise_not, left_shift, right_shift;

constexpr Op bitwise_and =
    binary<[](double a, double b) { return number_of(bits(a) & bits(b)); }>("bitwise_and", DTypeRule::promote);
constexpr Op bitwise_or =
    binary<[](double a, double b) { return number_of(bits(a) | bits(b)); }>("bitwise_or", DTypeRule::promote);
constexpr Op bitwise_xor =
    binary<[](double a, double b) { return number_of(bits(a) ^ bits(b)); }>("bitwise_xor", DTypeRule::promote);
constexpr Op bitwise_not{.name = "bitwise_not",
                         .role = OpRole::elementwise,
                         .dtype = DTypeRule::promote,
                         .params = kUnaryParams,
                         .shape = elementwise_shape,
                         .eval = not_eval};
constexpr Op left_shift = binary<shift_left>("left_shift", DTypeRule::promote);
constexpr Op right_shift = binary<shift_right>("right_shift", DTypeRule::promote);

}  // namespace shapelint::ops
