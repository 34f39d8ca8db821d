// The only file that includes xtensor: broadcasting, which the shape rules are checked against, is its work.
#include "lib/ops/array.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xtensor/xadapt.hpp>
#include <xtensor/xbroadcast.hpp>

namespace shapelint {
namespace {

using XShape = xt::svector<std::size_t, 8>;

XShape to_xtensor(const Extents& shape) {
  XShape out(shape.size());
  std::transform(shape.begin(), shape.end(), out.begin(), [](std::int64_t n) { return static_cast<std::size_t>(n); });
  return out;
}

bool has_negative(const Extents& shape) {
  return std::any_of(shape.begin(), shape.end(), [](std::int64_t n) { return n < 0; });
}

ShapeConflict cannot_broadcast(const Extents& from, const Extents& to) {
  return {"kernel", fmt::format("{} does not broadcast to {}", show(from), show(to))};
}

}  // namespace

Array Array::scalar(double value, DType dtype) { return Array{dtype, {}, {round_to(dtype, value)}}; }

Array Array::filled(Extents shape, double value, DType dtype) {
  const auto count = element_count(shape);
  SHAPELINT_CHECK(count.has_value(), "an array of a shape that was not checked");
  return Array{dtype, std::move(shape), std::vector<double>(static_cast<std::size_t>(*count), round_to(dtype, value))};
}

std::optional<std::int64_t> element_count(const Extents& shape) {
  if (has_negative(shape)) return std::nullopt;
  // An empty array is small however large its other extents are.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  std::int64_t count = 1;
  for (const std::int64_t n : shape) {
    if (n > kMaxElements / count) return std::nullopt;
    count *= n;
  }
  return count;
}

std::string show(const Extents& shape) {
  if (shape.size() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape, ", "));
}

Result<std::int64_t, ShapeConflict> allowed_count(const Extents& shape) {
  if (const auto count = element_count(shape)) return *count;
  if (has_negative(shape))
    return ShapeConflict{"kernel.size", fmt::format("the shape {} has a negative size", show(shape))};
  return ShapeConflict{"kernel.size",
                       fmt::format("an array of shape {} would have more than {} elements, the most that "
                                   "is evaluated; choose smaller sizes",
                                   show(shape), kMaxElements)};
}

Result<Array, ShapeConflict> broadcast_to(const Array& a, const Extents& shape) {
  if (a.shape == shape) return a;
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  if (a.shape.size() > shape.size()) return cannot_broadcast(a.shape, shape);
  Array out{a.dtype, shape, {}};
  if (*count == 0 || a.values.empty()) {
    // Extents beside a 0 may be so large that xtensor's strides overflow; without elements only sizes are compared.
    const auto fits = [](std::int64_t from, std::int64_t to) { return from == to || from == 1; };
    if (!std::equal(a.shape.rbegin(), a.shape.rend(), shape.rbegin(), fits)) return cannot_broadcast(a.shape, shape);
    return out;
  }
  out.values.resize(static_cast<std::size_t>(*count));
  try {
    const XShape target = to_xtensor(shape);
    const auto source = xt::adapt(a.values, to_xtensor(a.shape));
    const auto repeated = xt::broadcast(source, target);
    // xtensor stretches a 1 of the target, too; then the result is not what was asked for.
    if (!std::equal(target.begin(), target.end(), repeated.shape().begin(), repeated.shape().end())) {
      return cannot_broadcast(a.shape, shape);
    }
    if (*count > 0) std::copy(repeated.begin(), repeated.end(), out.values.begin());
  } catch (const std::exception&) {
    return cannot_broadcast(a.shape, shape);
  }
  return out;
}

Result<Extents, ShapeConflict> broadcast_extents(const std::vector<Extents>& shapes) {
  std::size_t rank = 0;
  for (const Extents& shape : shapes) {
    rank = std::max(rank, shape.size());
    if (has_negative(shape))
      return ShapeConflict{"kernel.size", fmt::format("the shape {} has a negative size", show(shape))};
  }
  XShape common(rank, std::numeric_limits<std::size_t>::max());  // xtensor's mark for "not known yet"
  for (const Extents& shape : shapes) {
    try {
      xt::broadcast_shape(to_xtensor(shape), common);
    } catch (const std::exception&) {
      std::string all;
      for (const Extents& each : shapes) all += (all.empty() ? "" : " and ") + show(each);
      return ShapeConflict{"kernel", fmt::format("{} do not broadcast together", all)};
    }
  }
  Extents out(rank);
  std::transform(common.begin(), common.end(), out.begin(), [](std::size_t n) { return static_cast<std::int64_t>(n); });
  return out;
}

void round_values(Array& array) {
  if (array.dtype == DType::float64) return;
  if (array.dtype == DType::float32) {  // nearly always: without a call for each number
    constexpr double kLargest = 0x1.fffffep127;
    for (double& value : array.values)
      value =
          std::abs(value) <= kLargest ? static_cast<double>(static_cast<float>(value)) : round_to(array.dtype, value);
    return;
  }
  for (double& value : array.values) value = round_to(array.dtype, value);
}

Array convert(const Array& a, DType dtype) {
  Array out = a;
  out.dtype = dtype;
  if (a.dtype == dtype) return out;
  for (double& value : out.values) value = convert_value(value, a.dtype, dtype);
  return out;
}

}  // namespace shapelint
