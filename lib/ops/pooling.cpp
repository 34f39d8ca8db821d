// Windows without weights over the last axes: max_pool, avg_pool, adaptive_avg_pool, adaptive_max_pool; and
// interpolate, which is their inverse. The rules are PyTorch's, with padding before and after each axis of its own.
#include <array>
#include <limits>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

/// `attrs.dims` of a pooling over k axes: window (k), strides (k), padding (before and after each axis, 2k).
template <class N>
struct Pool {
  std::span<const N> window, strides, padding;
  std::size_t first = 0;  ///< the first pooled axis of x
};

/// errors  pool.C1  window, strides and padding do not fit each other, or x has fewer axes
template <class N>
Result<Pool<N>, ShapeConflict> pool_of(const std::vector<N>& dims, std::size_t rank) {
  const std::size_t k = dims.size() / 4;
  if (dims.empty() || dims.size() % 4 != 0 || k > rank) {
    return conflict("pool.C1", "window, strides and padding do not fit each other and {} axes", rank);
  }
  const std::span<const N> all(dims);
  return Pool<N>{all.subspan(0, k), all.subspan(k, k), all.subspan(2 * k, 2 * k), rank - k};
}

ShapeConflict small_pool() { return {"pool.C2", "windows and strides are at least 1"}; }

/// How many windows fit. With `ceil`, one more where elements are left, unless it began in the padding behind: that
/// is the quotient (size + before + min(0, after - window + stride)) / stride, rounded up.
Dim windows(Dim size, const Pool<Dim>& pool, std::size_t i, bool ceil, const Facts& facts) {
  DimTable& dims = facts.dims();
  const Dim before = pool.padding[2 * i], after = pool.padding[2 * i + 1];
  const Dim window = pool.window[i], stride = pool.strides[i];
  const Dim one = dims.number(1), zero = dims.number(0);
  const Dim slack = dims.add(dims.sub(after, window), stride);
  if (!ceil) {
    const Dim room = dims.sub(dims.add(dims.add(size, before), after), window);
    return dims.add(dims.floordiv(room, stride), one);
  }
  Dim reach = dims.add(size, before);
  if (facts.at_most(slack, zero) == Tri::yes) {
    reach = dims.add(reach, slack);
  } else if (facts.at_most(zero, slack) != Tri::yes) {
    return fresh_size({size, window, stride, before, after}, dims);
  }
  return dims.floordiv(dims.sub(dims.add(reach, stride), one), stride);
}

/// Shape of max_pool and avg_pool. Flags: ceil.
///   x       (..., s0, ..., sk)
///   result  the last k sizes replaced by the number of windows, (s + padding - window) // stride + 1
///   errors  pool.C1
///           pool.C2  a window or a stride is certainly below 1
///           pool.C3  a window is certainly larger than its padded axis
///           pool.C4  a padding is certainly negative, or larger than its window
Result<Shape, ShapeConflict> pool_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  Shape out = in.operands[0];
  const auto pool = pool_of(in.attrs.dims, out.size());
  if (!pool) return pool.error();
  for (std::size_t i = 0; i < pool->window.size(); ++i) {
    const Dim window = pool->window[i];
    if (facts.at_most(window, dims.number(0)) == Tri::yes ||
        facts.at_most(pool->strides[i], dims.number(0)) == Tri::yes) {
      return small_pool();
    }
    Dim padded = out[pool->first + i];
    for (const Dim pad : pool->padding.subspan(2 * i, 2)) {
      if (facts.at_most(pad, dims.number(-1)) == Tri::yes ||
          facts.at_most(window, dims.sub(pad, dims.number(1))) == Tri::yes) {
        return conflict("pool.C4", "a padding of {} does not go with a window of {}", show(pad, facts),
                        show(window, facts));
      }
      padded = dims.add(padded, pad);
    }
    if (facts.at_most(window, padded) == Tri::no) {
      return conflict("pool.C3", "a window of {} does not fit axis {} of {}, which is {} with its padding",
                      show(window, facts), pool->first + i, show(in.operands[0], facts), show(padded, facts));
    }
    out[pool->first + i] = windows(out[pool->first + i], *pool, i, flag(in.attrs, 0), facts);
  }
  return out;
}

/// The part of an axis that a window covers, and how many places of it count for an average.
struct Stretch {
  std::int64_t begin = 0, end = 0;
  std::int64_t with_padding = 0;
};

/// Windows of one axis, counted one by one.
std::vector<Stretch> stretches(std::int64_t size, const Pool<std::int64_t>& pool, std::size_t i, bool ceil) {
  const std::int64_t before = pool.padding[2 * i], window = pool.window[i];
  const std::int64_t end = size + pool.padding[2 * i + 1];
  std::vector<Stretch> out;
  for (std::int64_t start = -before;; start += pool.strides[i]) {
    const bool whole = start + window <= end && (!ceil || start < size);
    // One more where the window before it left something, unless it began behind the elements.
    const bool started = ceil && start < size && start - pool.strides[i] + window < end;
    if (!whole && !started) break;
    out.push_back(
        {std::max<std::int64_t>(start, 0), std::min(start + window, size), std::min(start + window, end) - start});
  }
  return out;
}

/// Everything before the arithmetic, on numbers: the windows of each pooled axis.
Result<std::vector<std::vector<Stretch>>, ShapeConflict> checked(const OpArgs<Array>& in,
                                                                 const Pool<std::int64_t>& pool) {
  const Array& x = in.operands[0];
  std::vector<std::vector<Stretch>> out;
  for (std::size_t i = 0; i < pool.window.size(); ++i) {
    const std::int64_t window = pool.window[i], size = x.shape[pool.first + i];
    const std::int64_t before = pool.padding[2 * i], after = pool.padding[2 * i + 1];
    if (window < 1 || pool.strides[i] < 1) return small_pool();
    if (std::min(before, after) < 0 || std::max(before, after) > window) {
      return conflict("pool.C4", "a padding of {} or {} does not go with a window of {}", before, after, window);
    }
    if (size + before + after < window) {
      return conflict("pool.C3", "a window of {} does not fit axis {} of {}", window, pool.first + i,
                      shapelint::show(x.shape));
    }
    if ((size + before + after) / pool.strides[i] > kMaxElements) return too_much("pooling");
    out.push_back(stretches(size, pool, i, flag(in.attrs, 0)));
  }
  return out;
}

/// Calls `fold(so far, element)` over each window, then `finish(folded, elements, places with padding)`.
template <class Fold, class Finish>
Result<Array, ShapeConflict> pooled(const OpArgs<Array>& in, double initial, Fold fold, Finish finish) {
  const Array& x = in.operands[0];
  const auto pool = pool_of(in.attrs.dims, x.shape.size());
  if (!pool) return pool.error();
  const auto parts = checked(in, *pool);
  if (!parts) return parts.error();
  Extents shape = x.shape;
  std::int64_t window = 1;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    shape[pool->first + i] = static_cast<std::int64_t>((*parts)[i].size());
    window = window > kMaxSteps / pool->window[i] ? kMaxSteps : window * pool->window[i];
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  if (*count > kMaxSteps / window) return too_much("pooling");
  Array out = Array::filled(shape, 0, in.dtype);
  if (*count == 0) return out;
  const auto strides = x.values.empty() ? Extents(shape.size(), 0) : strides_of(x.shape);
  const auto places = strides_of(shape);
  Extents sizes(parts->size());
  const std::vector<std::int64_t> steps(strides.begin() + static_cast<std::ptrdiff_t>(pool->first), strides.end());
  for (std::int64_t flat = 0; flat < *count; ++flat) {
    std::int64_t base = 0, elements = 1, with_padding = 1;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const std::int64_t at = flat / places[axis] % shape[axis];
      if (axis < pool->first) {
        base += at * strides[axis];
        continue;
      }
      const Stretch& part = (*parts)[axis - pool->first][static_cast<std::size_t>(at)];
      sizes[axis - pool->first] = std::max<std::int64_t>(part.end - part.begin, 0);
      base += part.begin * strides[axis];
      elements *= sizes[axis - pool->first];
      with_padding *= part.with_padding;
    }
    double folded = initial;
    if (elements > 0) {
      for_each_offset(sizes, base, steps,
                      [&](std::int64_t offset) { folded = fold(folded, x.values[static_cast<std::size_t>(offset)]); });
    }
    out.values[static_cast<std::size_t>(flat)] =
        finish(folded, static_cast<double>(elements), static_cast<double>(with_padding));
  }
  round_values(out);
  return out;
}

double larger(double a, double b) { return std::isnan(a) || a >= b ? a : b; }

Result<Array, ShapeConflict> max_pool_eval(const OpArgs<Array>& in) {
  return pooled(in, -std::numeric_limits<double>::infinity(), larger, [](double v, double, double) { return v; });
}

/// Flags: ceil, count_include_pad.
Result<Array, ShapeConflict> avg_pool_eval(const OpArgs<Array>& in) {
  const bool padding_counts = flag(in.attrs, 1);
  return pooled(
      in, 0, [](double a, double b) { return a + b; },
      [&](double sum, double elements, double places) { return sum / (padding_counts ? places : elements); });
}

/// Shape of adaptive_avg_pool and adaptive_max_pool.
///   x       (..., s0, ..., sk)
///   result  the last k sizes replaced by `sizes`
///   errors  pool.C1  x has fewer axes
///           size.C1
Result<Shape, ShapeConflict> adaptive_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  const auto& sizes = in.attrs.dims;
  if (sizes.size() > out.size()) {
    return conflict("pool.C1", "{} sizes for the axes of {}", sizes.size(), show(out, facts));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto size = natural(sizes[i], "a pooled axis", facts);
    if (!size) return size.error();
    out[out.size() - sizes.size() + i] = *size;
  }
  return out;
}

/// `fold` of the windows [i*n/m, (i+1)*n/m rounded up), axis after axis. Windows of one axis have unequal lengths, but
/// a mean of means over whole rows is the mean.
template <class Fold>
Result<Array, ShapeConflict> adaptive_eval(const OpArgs<Array>& in, Fold fold) {
  Array x = in.operands[0];
  const Extents& sizes = in.attrs.dims;
  if (sizes.size() > x.shape.size()) {
    return conflict("pool.C1", "{} sizes for the axes of {}", sizes.size(), shapelint::show(x.shape));
  }
  Extents shape = x.shape;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 0) return conflict("size.C1", "a pooled axis is {}, a negative size", sizes[i]);
    shape[shape.size() - sizes.size() + i] = sizes[i];
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  if (*count == 0) return Array::filled(shape, 0, in.dtype);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::size_t axis = shape.size() - sizes.size() + i;
    auto next = along_axis(x, axis, sizes[i], DType::float64, [&](const auto& line, auto& out) {
      const auto n = static_cast<std::int64_t>(line.size());
      const auto m = static_cast<std::int64_t>(out.size());
      for (std::int64_t at = 0; at < m; ++at) {
        const std::int64_t begin = at * n / m, end = ((at + 1) * n + m - 1) / m;
        out[static_cast<std::size_t>(at)] =
            fold(std::span(line).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
      }
    });
    if (!next) return next.error();
    x = std::move(*next);
  }
  x.dtype = in.dtype;
  round_values(x);
  return x;
}

Result<Array, ShapeConflict> adaptive_avg_eval(const OpArgs<Array>& in) {
  return adaptive_eval(in, [](std::span<const double> window) {
    double sum = 0;
    for (const double v : window) sum += v;
    return sum / static_cast<double>(window.size());
  });
}

Result<Array, ShapeConflict> adaptive_max_eval(const OpArgs<Array>& in) {
  return adaptive_eval(in, [](std::span<const double> window) {
    double most = -std::numeric_limits<double>::infinity();
    for (const double v : window) most = larger(most, v);
    return most;
  });
}

enum class Resize { nearest, nearest_exact, linear, cubic };

Result<Resize, ShapeConflict> resize_mode(const std::vector<std::string>& texts) {
  const std::string mode = texts.empty() ? "nearest" : texts[0];
  if (mode == "nearest") return Resize::nearest;
  if (mode == "nearest-exact") return Resize::nearest_exact;
  if (mode == "linear" || mode == "bilinear" || mode == "trilinear") return Resize::linear;
  if (mode == "bicubic") return Resize::cubic;
  return conflict("mode.C1", "'{}' is not 'nearest', 'nearest-exact', 'bilinear' or 'bicubic'", mode);
}

/// Shape of interpolate.
///   x       (n, c, s0, ...)
///   result  (n, c, sizes...)
///   errors  mode.C1
///           interpolate.C1  not one size for each spatial axis
///           interpolate.C2  a spatial axis or its new size is certainly not positive
Result<Shape, ShapeConflict> interpolate_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  const auto& sizes = in.attrs.dims;
  if (const auto mode = resize_mode(in.attrs.texts); !mode) return mode.error();
  if (sizes.empty() || out.size() != sizes.size() + 2) {
    return conflict("interpolate.C1", "{} sizes for the space of {}", sizes.size(), show(out, facts));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (number(out[i + 2], facts) == 0 || facts.at_most(sizes[i], facts.dims().number(0)) == Tri::yes) {
      return conflict("interpolate.C2", "axis {} of {} cannot become {}", i + 2, show(in.operands[0], facts),
                      show(sizes[i], facts));
    }
    out[i + 2] = sizes[i];
  }
  return out;
}

/// The weights of the four elements around a place that is `t` behind the second (Keys 1981, with a = -0.75).
std::array<double, 4> cubic_weights(double t) {
  constexpr double a = -0.75;
  const auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

/// A line resized to `out`. `step` is how far an element of the result reaches in the source.
template <class Line>
void resize(const Line& line, Line& out, Resize mode, bool align, double step) {
  const auto n = static_cast<double>(line.size());
  const auto m = static_cast<double>(out.size());
  const auto element = [&](double at) { return line[static_cast<std::size_t>(std::clamp(at, 0.0, n - 1))]; };
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto at = static_cast<double>(i);
    if (mode == Resize::nearest || mode == Resize::nearest_exact) {
      // torch calculates these places in float32, which decides where one lies between two elements.
      const double reach = static_cast<double>(static_cast<float>(step));
      out[i] = element(std::floor(static_cast<float>((at + (mode == Resize::nearest ? 0 : 0.5)) * reach)));
      continue;
    }
    const double centre = (at + 0.5) * step - 0.5;
    const double place = align                   ? (m > 1 ? at * (n - 1) / (m - 1) : 0)
                         : mode == Resize::cubic ? centre
                                                 : std::max(centre, 0.0);
    const double low = std::floor(place);
    if (mode == Resize::linear) {
      const double weight = place - std::min(low, n - 1);
      out[i] = element(low) + (weight == 0 ? 0 : weight * (element(low + 1) - element(low)));
      continue;
    }
    const auto weights = cubic_weights(place - low);
    for (int k = 0; k < 4; ++k) out[i] += weights[static_cast<std::size_t>(k)] * element(low + k - 1);
  }
}

/// Flags: align, which makes the first and the last element those of the source. Numbers: by how much each axis was to
/// grow, where that and not the quotient of the sizes says how far an element reaches; 0 where it does not.
Result<Array, ShapeConflict> interpolate_eval(const OpArgs<Array>& in) {
  Array x = in.operands[0];
  const Extents& sizes = in.attrs.dims;
  const auto mode = resize_mode(in.attrs.texts);
  if (!mode) return mode.error();
  if (sizes.empty() || x.shape.size() != sizes.size() + 2) {
    return conflict("interpolate.C1", "{} sizes for the space of {}", sizes.size(), shapelint::show(x.shape));
  }
  Extents shape = x.shape;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] < 1 || x.shape[i + 2] == 0) {
      return conflict("interpolate.C2", "axis {} of {} cannot become {}", i + 2, shapelint::show(x.shape), sizes[i]);
    }
    shape[i + 2] = sizes[i];
  }
  if (const auto count = allowed_count(shape); !count) return count.error();
  const bool align = flag(in.attrs, 0);
  // Axes that shrink first, so that no array on the way is larger than the operand and the result.
  for (const bool shrinking : {true, false}) {
    for (std::size_t axis = 2; axis < shape.size(); ++axis) {
      const std::int64_t size = in.operands[0].shape[axis];
      if ((shape[axis] < size) != shrinking) continue;
      const double scale = axis - 2 < in.attrs.numbers.size() ? in.attrs.numbers[axis - 2] : 0;
      const double step = scale > 0 ? 1 / scale : static_cast<double>(size) / static_cast<double>(shape[axis]);
      // The linear modes leave an axis that keeps its size alone, whatever it was to grow by.
      if (shape[axis] == size && (align || step == 1 || *mode == Resize::linear)) continue;
      auto next = along_axis(x, axis, shape[axis], DType::float64,
                             [&](const auto& line, auto& out) { resize(line, out, *mode, align, step); });
      if (!next) return next.error();
      x = std::move(*next);
    }
  }
  x.dtype = in.dtype;
  round_values(x);
  return x;
}

constexpr OpParam kMaxPoolParams[] = {{"x", ParamKind::tensor},
                                      {"window", ParamKind::dims},
                                      {"strides", ParamKind::dims},
                                      {"padding", ParamKind::dims},
                                      {"ceil", ParamKind::flag, "False"}};
constexpr OpParam kAvgPoolParams[] = {
    {"x", ParamKind::tensor},     {"window", ParamKind::dims},        {"strides", ParamKind::dims},
    {"padding", ParamKind::dims}, {"ceil", ParamKind::flag, "False"}, {"count_include_pad", ParamKind::flag, "True"}};
constexpr OpParam kAdaptiveParams[] = {{"x", ParamKind::tensor}, {"sizes", ParamKind::dims}};
constexpr OpParam kInterpolateParams[] = {{"x", ParamKind::tensor},
                                          {"sizes", ParamKind::dims},
                                          {"mode", ParamKind::text, "'nearest'"},
                                          {"align", ParamKind::flag, "False"},
                                          {"scale0", ParamKind::number, "0"},
                                          {"scale1", ParamKind::number, "0"},
                                          {"scale2", ParamKind::number, "0"}};

constexpr Op windowed(std::string_view name, OpRole role, DTypeRule dtype, std::span<const OpParam> params,
                      ShapeRule shape, Kernel eval) {
  return Op{.name = name, .role = role, .dtype = dtype, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op max_pool, avg_pool, adaptive_avg_pool, adaptive_max_pool, interpolate;

constexpr Op max_pool =
    windowed("max_pool", OpRole::normalising, DTypeRule::same, kMaxPoolParams, pool_shape, bounded<max_pool_eval>);
constexpr Op avg_pool =
    windowed("avg_pool", OpRole::normalising, DTypeRule::floating, kAvgPoolParams, pool_shape, bounded<avg_pool_eval>);
constexpr Op adaptive_avg_pool = windowed("adaptive_avg_pool", OpRole::normalising, DTypeRule::floating,
                                          kAdaptiveParams, adaptive_shape, bounded<adaptive_avg_eval>);
constexpr Op adaptive_max_pool = windowed("adaptive_max_pool", OpRole::normalising, DTypeRule::same, kAdaptiveParams,
                                          adaptive_shape, bounded<adaptive_max_eval>);
constexpr Op interpolate = windowed("interpolate", OpRole::normalising, DTypeRule::same, kInterpolateParams,
                                    interpolate_shape, bounded<interpolate_eval>);

}  // namespace shapelint::ops
