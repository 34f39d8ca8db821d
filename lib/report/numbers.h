// Numbers and arrays for people: seven significant digits, long arrays shortened in the middle.
#pragma once

#include <cstdint>
#include <string>

#include "lib/ops/array.h"

namespace shapelint {

/// `0.228393`, `3`, `True`, `nan`: what float32 can tell apart, no more.
std::string number_text(double value, DType dtype = DType::float32);
/// As nested lists on one line, at most about `width` columns: `[0.1, 0.2, ..., 0.9]`.
std::string array_text(const Array& array, std::size_t width = 60);
/// The part of `array` at `index` along its first axis.
Array slice_of(const Array& array, std::int64_t index);
/// `0.1 to 0.9`, or the number alone where all are equal.
std::string range_text(const Array& array);
/// A double that prints, shortest, as the float32 does: 0.1F is 0.1 and not 0.10000000149.
double shortest(double value, DType dtype);

}  // namespace shapelint
