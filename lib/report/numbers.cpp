#include "lib/report/numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

namespace shapelint {
namespace {

// Nested lists, each with at most `keep` items at either end.
void write(const Array& array, std::size_t axis, std::size_t offset, std::size_t stride, std::size_t keep,
           std::string& out) {
  if (axis == array.shape.size()) {
    out += offset < array.values.size() ? number_text(array.values[offset], array.dtype) : "?";
    return;
  }
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(0, array.shape[axis]));
  const std::size_t step = count == 0 ? 0 : stride / count;
  out += '[';
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) out += ", ";
    if (count > 2 * keep + 1 && i == keep) {
      out += "..., ";
      i = count - keep;
    }
    write(array, axis + 1, offset + i * step, step, keep, out);
  }
  out += ']';
}

}  // namespace

std::string number_text(double value, DType dtype) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (dtype == DType::boolean) return value != 0 ? "True" : "False";
  if (!is_float(dtype)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.7g}", value == 0 ? 0.0 : value);
}

std::string array_text(const Array& array, std::size_t width) {
  std::string out;
  for (std::size_t keep = 8; keep > 0; --keep) {
    out.clear();
    // The outer axes alone could be too many to try: what is kept per axis bounds the work.
    std::size_t estimate = 1;
    for (const std::int64_t extent : array.shape)
      estimate = std::min<std::size_t>(estimate * std::min<std::size_t>(static_cast<std::size_t>(extent), 2 * keep + 1),
                                       1U << 20U);
    if (estimate > 4 * width && keep > 1) continue;
    write(array, 0, 0, array.values.size(), keep, out);
    if (out.size() <= width) return out;
  }
  if (out.size() > 4 * width) return fmt::format("array of shape {}", show(array.shape));
  return out;
}

Array slice_of(const Array& array, std::int64_t index) {
  Array out{.dtype = array.dtype, .shape = Extents(array.shape.begin() + 1, array.shape.end()), .values = {}};
  const auto count = static_cast<std::size_t>(array.shape[0]);
  const std::size_t stride = array.values.size() / count;
  const auto begin = array.values.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(index) * stride);
  out.values.assign(begin, begin + static_cast<std::ptrdiff_t>(stride));
  return out;
}

std::string range_text(const Array& array) {
  if (array.values.empty()) return "no elements";
  double low = array.values.front();
  double high = low;
  bool has_nan = false;
  for (const double value : array.values) {
    has_nan = has_nan || std::isnan(value);
    low = std::fmin(low, value);
    high = std::fmax(high, value);
  }
  std::string out = number_text(low, array.dtype);
  if (low != high && !std::isnan(low)) out += " to " + number_text(high, array.dtype);
  return has_nan && !std::isnan(low) ? out + ", some nan" : out;
}

double shortest(double value, DType dtype) {
  if (!std::isfinite(value) || dtype == DType::float64 || !is_float(dtype)) return value;
  // The narrower floats are float32 values too.
  return std::strtod(fmt::format("{}", static_cast<float>(value)).c_str(), nullptr);
}

}  // namespace shapelint
