// Random numbers as a function of a key: the same key gives the same numbers on every machine. The tracer passes a key
// for each place in the program and each sample drawn.
#include <numbers>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

/// The i-th number of [0, 1) for a key: SplitMix64, whose state is a counter, so that places do not depend on each
/// other.
double uniform(std::uint64_t key, std::uint64_t i) {
  const auto mixed = [](std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  };
  constexpr std::uint64_t kGamma = 0x9e3779b97f4a7c15U;
  const std::uint64_t z = mixed(mixed(key + kGamma) + (i + 1) * kGamma);
  return static_cast<double>(z >> 11) * 0x1p-53;
}

/// Which of the numbers of a key an element takes. With `attrs.axes`, the axis that counts samples and the first sample
/// that is drawn for, the numbers of one sample follow each other, whatever the size of the batch.
class SampleOrder {
 public:
  SampleOrder(const Extents& shape, const std::optional<std::vector<std::int64_t>>& axes) {
    if (!axes || axes->size() != 2) return;
    const auto axis = static_cast<std::size_t>((*axes)[0]);
    if (axis >= shape.size()) return;
    size_ = static_cast<std::uint64_t>(shape[axis]);
    skipped_ = static_cast<std::uint64_t>((*axes)[1]) * size_;
    for (std::size_t i = 0; i < shape.size(); ++i) {
      if (i > axis) inner_ *= static_cast<std::uint64_t>(shape[i]);
      if (i != axis) rest_ *= static_cast<std::uint64_t>(shape[i]);
    }
  }
  std::uint64_t place(std::uint64_t flat) const {
    if (size_ == 0) return flat;
    const std::uint64_t row = flat / inner_ % size_;
    return (row + skipped_) * rest_ + flat / (inner_ * size_) * inner_ + flat % inner_;
  }

 private:
  std::uint64_t size_ = 0, skipped_ = 0, inner_ = 1, rest_ = 1;
};

/// Shape of random_uniform and random_normal; the last of `attrs.dims` is the key.
///   result  `shape`
///   errors  size.C1, rank.C1
Result<Shape, ShapeConflict> random_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.attrs.dims.empty()) return Shape{};
  Shape out(in.attrs.dims.begin(), in.attrs.dims.end() - 1);
  for (const Dim size : out) {
    const auto allowed = natural(size, "a size", facts);
    if (!allowed) return allowed.error();
  }
  return limited(std::move(out));
}

template <bool normal>
Result<Array, ShapeConflict> random_eval(const OpArgs<Array>& in) {
  Extents shape = in.attrs.dims;
  const auto key = static_cast<std::uint64_t>(shape.empty() ? 0 : shape.back());
  if (!shape.empty()) shape.pop_back();
  for (const std::int64_t size : shape) {
    if (size < 0) return conflict("size.C1", "a size is {}, a negative size", size);
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  const auto& numbers = in.attrs.numbers;
  const double first = numbers.empty() ? 0 : numbers[0];
  const double second = numbers.size() > 1 ? numbers[1] : 1;
  Array out = Array::filled(shape, 0, in.dtype);
  const SampleOrder order(shape, in.attrs.axes);
  for (std::size_t flat = 0; flat < out.values.size(); ++flat) {
    const std::uint64_t i = order.place(flat);
    if (normal) {
      // Box and Muller; 1 - u is never 0.
      const double radius = std::sqrt(-2 * std::log(1 - uniform(key, 2 * i)));
      out.values[flat] = first + second * radius * std::cos(2 * std::numbers::pi * uniform(key, 2 * i + 1));
    } else {
      out.values[flat] = first + (second - first) * uniform(key, i);
    }
  }
  round_values(out);
  return out;
}

constexpr OpParam kUniformParams[] = {{"shape", ParamKind::dims},
                                      {"low", ParamKind::number, "0"},
                                      {"high", ParamKind::number, "1"},
                                      {"key", ParamKind::dim, "0"},
                                      {"dtype", ParamKind::dtype, "None"}};
constexpr OpParam kNormalParams[] = {{"shape", ParamKind::dims},
                                     {"mean", ParamKind::number, "0"},
                                     {"std", ParamKind::number, "1"},
                                     {"key", ParamKind::dim, "0"},
                                     {"dtype", ParamKind::dtype, "None"}};

}  // namespace

extern const Op random_uniform, random_normal;

constexpr Op random_uniform{.name = "random_uniform",
                            .role = OpRole::creation,
                            .dtype = DTypeRule::attribute,
                            .params = kUniformParams,
                            .shape = random_shape,
                            .eval = random_eval<false>};
constexpr Op random_normal{.name = "random_normal",
                           .role = OpRole::creation,
                           .dtype = DTypeRule::attribute,
                           .params = kNormalParams,
                           .shape = random_shape,
                           .eval = random_eval<true>};

}  // namespace shapelint::ops
