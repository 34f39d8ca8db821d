// Windows with weights: conv, conv_transpose, and the distances between all rows of two tables (cdist). Axes are
// (samples, channels, space...), as in PyTorch; one rule and one kernel serve every number of spatial axes.
#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

/// `attrs.dims` of a convolution over k spatial axes, in the order of its parameters: strides (k), padding (before and
/// after each axis, 2k), dilation (k), output padding (k, conv_transpose only), groups (1).
template <class N>
struct Window {
  std::span<const N> strides, padding, dilation, output_padding;
  N groups;
};

/// Ranks and lengths that every convolution must have.
///   errors  conv.C1  x and w differ in rank, or have no spatial axis
///           conv.C2  the numbers of strides, paddings and dilations do not fit the spatial axes
template <class N>
Result<Window<N>, ShapeConflict> window_of(const std::vector<N>& dims, std::size_t x_rank, std::size_t w_rank,
                                           bool transposed) {
  if (x_rank != w_rank || x_rank < 3) {
    return conflict("conv.C1", "a convolution of {} axes with a kernel of {}: both need samples, channels and space",
                    x_rank, w_rank);
  }
  const std::size_t k = x_rank - 2;
  const std::size_t parts = transposed ? 5 : 4;
  if (dims.size() != parts * k + 1) {
    return conflict("conv.C2", "strides, padding and dilation do not fit {} spatial axes", k);
  }
  const std::span<const N> all(dims);
  return Window<N>{all.subspan(0, k), all.subspan(k, 2 * k), all.subspan(3 * k, k),
                   transposed ? all.subspan(4 * k, k) : std::span<const N>{}, all.back()};
}

/// conv.C3: a stride, a dilation or the number of groups is certainly below 1.
ShapeConflict below_one() { return {"conv.C3", "strides, dilations and the number of groups are at least 1"}; }

bool certainly_below_one(std::span<const Dim> sizes, const Facts& facts) {
  return std::any_of(sizes.begin(), sizes.end(),
                     [&](Dim size) { return facts.at_most(size, facts.dims().number(0)) == Tri::yes; });
}

bool below_one(std::span<const std::int64_t> sizes) {
  return std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size < 1; });
}

/// Shape of conv.
///   x       (n, c, s0, ...)
///   w       (o, c / groups, k0, ...)
///   result  (n, o, (s0 + padding - dilation*(k0-1) - 1) // stride + 1, ...)
///   errors  conv.C1, conv.C2, conv.C3
///           conv.C4  the channels of x are certainly not groups times those of w
///           conv.C5  o is certainly no multiple of groups
///           conv.C6  the window is certainly larger than the padded axis
Result<Shape, ShapeConflict> conv_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  const Shape& w = in.operands[1];
  const auto window = window_of(in.attrs.dims, x.size(), w.size(), false);
  if (!window) return window.error();
  if (certainly_below_one(window->strides, facts) || certainly_below_one(window->dilation, facts) ||
      certainly_below_one({&window->groups, 1}, facts)) {
    return below_one();
  }
  if (!agree(x[1], dims.mul(w[1], window->groups), facts)) {
    return conflict("conv.C4", "{} has {} channels, the kernel {} with {} groups takes {}", show(x, facts),
                    show(x[1], facts), show(w, facts), show(window->groups, facts),
                    show(dims.mul(w[1], window->groups), facts));
  }
  if (!agree(dims.mod(w[0], window->groups), dims.number(0), facts)) {
    return conflict("conv.C5", "{} output channels do not divide into {} groups", show(w[0], facts),
                    show(window->groups, facts));
  }
  Shape out{x[0], w[0]};
  const Dim one = dims.number(1);
  for (std::size_t axis = 0; axis + 2 < x.size(); ++axis) {
    const Dim padded = dims.add(dims.add(x[axis + 2], window->padding[2 * axis]), window->padding[2 * axis + 1]);
    const Dim reach = dims.mul(window->dilation[axis], dims.sub(w[axis + 2], one));
    const Dim room = dims.sub(dims.sub(padded, reach), one);
    if (facts.at_most(room, dims.number(-1)) == Tri::yes || number(w[axis + 2], facts) == 0) {
      return conflict("conv.C6", "the window of {} does not fit axis {} of {}, which is {} with its padding",
                      show(w, facts), axis + 2, show(x, facts), show(padded, facts));
    }
    out.push_back(dims.add(dims.floordiv(room, window->strides[axis]), one));
  }
  return out;
}

/// What is wrong with channels and steps, on numbers: `taken` channels are expected, `divided` are grouped.
std::optional<ShapeConflict> refused(const Array& x, const Array& w, const Window<std::int64_t>& window,
                                     std::int64_t taken, std::int64_t divided) {
  if (below_one(window.strides) || below_one(window.dilation) || window.groups < 1) return below_one();
  if (x.shape[1] != taken) {
    return conflict("conv.C4", "{} has {} channels, the kernel {} takes {}", shapelint::show(x.shape), x.shape[1],
                    shapelint::show(w.shape), taken);
  }
  if (divided % window.groups != 0) {
    return conflict("conv.C5", "{} channels do not divide into {} groups", divided, window.groups);
  }
  return std::nullopt;
}

/// Calls `visit(place in space of `shape`)` with every multi-index of the spatial axes.
template <class Visit>
void for_each_place(const Extents& space, Visit visit) {
  Extents at(space.size(), 0);
  if (std::find(space.begin(), space.end(), 0) != space.end()) return;
  while (true) {
    visit(at);
    std::size_t axis = space.size();
    while (axis > 0) {
      --axis;
      if (++at[axis] < space[axis]) break;
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (space.empty()) return;
  }
}

/// Row-major place of `at` in `space`.
std::int64_t flat(const Extents& at, const Extents& space) {
  std::int64_t place = 0;
  for (std::size_t axis = 0; axis < space.size(); ++axis) place = place * space[axis] + at[axis];
  return place;
}

Extents space_of(const Array& x) { return Extents(x.shape.begin() + 2, x.shape.end()); }

/// Fewer steps than allowed? Every element of `shape` takes `each`.
bool affordable(const Extents& shape, const Array& w) {
  const auto count = element_count(shape);
  const auto each = static_cast<std::int64_t>(w.values.size());
  return count && (each == 0 || *count <= kMaxSteps / each);
}

Result<Array, ShapeConflict> conv_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& w = in.operands[1];
  const auto window = window_of(in.attrs.dims, x.shape.size(), w.shape.size(), false);
  if (!window) return window.error();
  const std::int64_t groups = window->groups;
  if (groups < 1) return below_one();
  if (auto problem = refused(x, w, *window, w.shape[1] * groups, w.shape[0])) return *problem;
  const Extents inside = space_of(x);
  const Extents taps = space_of(w);
  Extents shape{x.shape[0], w.shape[0]};
  for (std::size_t axis = 0; axis < inside.size(); ++axis) {
    const std::int64_t padded = inside[axis] + window->padding[2 * axis] + window->padding[2 * axis + 1];
    const std::int64_t room = padded - window->dilation[axis] * (taps[axis] - 1) - 1;
    if (room < 0 || taps[axis] == 0) {
      return conflict("conv.C6", "the window of {} does not fit axis {} of {}", shapelint::show(w.shape), axis + 2,
                      shapelint::show(x.shape));
    }
    shape.push_back(room / window->strides[axis] + 1);
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  // One output channel meets as many weights as it has; all together the samples times the whole kernel.
  if (!affordable(Extents{shape[0], *count == 0 ? 0 : *count / shape[0] / shape[1]}, w)) return too_much("conv");
  Array out = Array::filled(shape, 0, in.dtype);
  if (*count == 0 || x.values.empty() || w.values.empty()) return out;
  const Extents places(shape.begin() + 2, shape.end());
  const auto x_size = element_count(inside).value_or(0);
  const auto w_size = element_count(taps).value_or(0);
  const std::int64_t group_in = w.shape[1];
  const std::int64_t group_out = w.shape[0] / groups;
  // Where each tap reads, seen from the first one.
  std::vector<std::int64_t> steps;
  for_each_place(taps, [&](const Extents& tap) {
    Extents moved(tap.size());
    for (std::size_t axis = 0; axis < tap.size(); ++axis) moved[axis] = tap[axis] * window->dilation[axis];
    steps.push_back(flat(moved, inside));
  });
  struct Read {
    std::int64_t from;
    std::int64_t weight;
  };
  std::vector<Read> reads;
  Extents first(inside.size());
  const auto outputs = *count / shape[0] / shape[1];
  std::int64_t result = 0;
  for_each_place(places, [&](const Extents& place) {
    bool is_inner = true;
    for (std::size_t axis = 0; axis < first.size(); ++axis) {
      first[axis] = place[axis] * window->strides[axis] - window->padding[2 * axis];
      is_inner = is_inner && first[axis] >= 0 && first[axis] + window->dilation[axis] * (taps[axis] - 1) < inside[axis];
    }
    // The taps that do not fall beside `x`.
    reads.clear();
    const std::int64_t begin = flat(first, inside);
    if (is_inner) {
      for (std::size_t tap = 0; tap < steps.size(); ++tap)
        reads.push_back({begin + steps[tap], static_cast<std::int64_t>(tap)});
    } else {
      std::size_t number = 0;
      for_each_place(taps, [&](const Extents& tap) {
        const std::size_t own = number++;
        for (std::size_t axis = 0; axis < first.size(); ++axis) {
          const std::int64_t at = first[axis] + tap[axis] * window->dilation[axis];
          if (at < 0 || at >= inside[axis]) return;
        }
        reads.push_back({begin + steps[own], static_cast<std::int64_t>(own)});
      });
    }
    for (std::int64_t sample = 0; sample < shape[0]; ++sample) {
      for (std::int64_t channel = 0; channel < shape[1]; ++channel) {
        const double* values = x.values.data() + (sample * x.shape[1] + channel / group_out * group_in) * x_size;
        const double* weights = w.values.data() + channel * group_in * w_size;
        double sum = 0;
        for (const Read& read : reads) {
          for (std::int64_t c = 0; c < group_in; ++c)
            sum += values[c * x_size + read.from] * weights[c * w_size + read.weight];
        }
        out.values[static_cast<std::size_t>((sample * shape[1] + channel) * outputs + result)] = sum;
      }
    }
    ++result;
  });
  round_values(out);
  return out;
}

/// Shape of conv_transpose.
///   x       (n, c, s0, ...)
///   w       (c, o / groups, k0, ...)
///   result  (n, o, (s0-1)*stride - padding + dilation*(k0-1) + output_padding + 1, ...)
///   errors  conv.C1, conv.C2, conv.C3
///           conv.C4  the channels of x are certainly not those of w
///           conv.C5  c is certainly no multiple of groups
///           size.C1  a result is certainly negative
Result<Shape, ShapeConflict> conv_transpose_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  const Shape& w = in.operands[1];
  const auto window = window_of(in.attrs.dims, x.size(), w.size(), true);
  if (!window) return window.error();
  if (certainly_below_one(window->strides, facts) || certainly_below_one(window->dilation, facts) ||
      certainly_below_one({&window->groups, 1}, facts)) {
    return below_one();
  }
  if (!agree(x[1], w[0], facts)) {
    return conflict("conv.C4", "{} has {} channels, the kernel {} takes {}", show(x, facts), show(x[1], facts),
                    show(w, facts), show(w[0], facts));
  }
  if (!agree(dims.mod(w[0], window->groups), dims.number(0), facts)) {
    return conflict("conv.C5", "{} channels do not divide into {} groups", show(w[0], facts),
                    show(window->groups, facts));
  }
  Shape out{x[0], dims.mul(w[1], window->groups)};
  const Dim one = dims.number(1);
  for (std::size_t axis = 0; axis + 2 < x.size(); ++axis) {
    const Dim spread = dims.mul(dims.sub(x[axis + 2], one), window->strides[axis]);
    const Dim reach = dims.mul(window->dilation[axis], dims.sub(w[axis + 2], one));
    const Dim cut = dims.add(window->padding[2 * axis], window->padding[2 * axis + 1]);
    const Dim size = dims.add(dims.sub(dims.add(spread, reach), cut), dims.add(window->output_padding[axis], one));
    const auto allowed = natural(size, "an axis of the result", facts);
    if (!allowed) return allowed.error();
    out.push_back(size);
  }
  return out;
}

Result<Array, ShapeConflict> conv_transpose_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const Array& w = in.operands[1];
  const auto window = window_of(in.attrs.dims, x.shape.size(), w.shape.size(), true);
  if (!window) return window.error();
  const std::int64_t groups = window->groups;
  if (groups < 1) return below_one();
  if (auto problem = refused(x, w, *window, w.shape[0], w.shape[0])) return *problem;
  const Extents inside = space_of(x);
  const Extents taps = space_of(w);
  Extents shape{x.shape[0], w.shape[1] * groups};
  for (std::size_t axis = 0; axis < inside.size(); ++axis) {
    const std::int64_t cut = window->padding[2 * axis] + window->padding[2 * axis + 1];
    shape.push_back((inside[axis] - 1) * window->strides[axis] + window->dilation[axis] * (taps[axis] - 1) - cut +
                    window->output_padding[axis] + 1);
    if (shape.back() < 0) return conflict("size.C1", "an axis of the result is {}, a negative size", shape.back());
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out = Array::filled(shape, 0, in.dtype);
  if (*count == 0 || x.values.empty() || w.values.empty()) return out;
  if (!affordable(Extents{x.shape[0], static_cast<std::int64_t>(x.values.size()) / x.shape[0] / x.shape[1]}, w)) {
    return too_much("conv_transpose");
  }
  const Extents places(shape.begin() + 2, shape.end());
  const auto out_size = element_count(places).value_or(0);
  const auto x_size = element_count(inside).value_or(0);
  const auto w_size = element_count(taps).value_or(0);
  const std::int64_t group_in = w.shape[0] / groups;
  const std::int64_t group_out = w.shape[1];
  Extents at(inside.size());
  for (std::int64_t source = 0; source < x.shape[0] * x.shape[1]; ++source) {
    const std::int64_t sample = source / x.shape[1];
    const std::int64_t channel = source % x.shape[1];
    for_each_place(inside, [&](const Extents& from) {
      const double value = x.values[static_cast<std::size_t>(source * x_size + flat(from, inside))];
      for_each_place(taps, [&](const Extents& tap) {
        for (std::size_t axis = 0; axis < at.size(); ++axis) {
          at[axis] =
              from[axis] * window->strides[axis] - window->padding[2 * axis] + tap[axis] * window->dilation[axis];
          if (at[axis] < 0 || at[axis] >= places[axis]) return;
        }
        const std::int64_t to = flat(at, places);
        const std::int64_t weight = flat(tap, taps);
        for (std::int64_t o = 0; o < group_out; ++o) {
          const std::int64_t target = sample * shape[1] + channel / group_in * group_out + o;
          out.values[static_cast<std::size_t>(target * out_size + to)] +=
              value * w.values[static_cast<std::size_t>((channel * group_out + o) * w_size + weight)];
        }
      });
    });
  }
  round_values(out);
  return out;
}

/// Shape of cdist: the distances between all rows of a and all rows of b.
///   a, b    (..., m, d) and (..., n, d)
///   result  (..., m, n)
///   errors  cdist.C1  an operand has fewer than two axes
///           cdist.C2  the two d certainly differ
///           cdist.C3  p is negative or no number
///           broadcast.C1
Result<Shape, ShapeConflict> cdist_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& a = in.operands[0];
  const Shape& b = in.operands[1];
  const double p = in.attrs.numbers.empty() ? 2 : in.attrs.numbers[0];
  if (!(p >= 0)) return conflict("cdist.C3", "there is no distance of order {}", p);
  if (a.size() < 2 || b.size() < 2) {
    return conflict("cdist.C1", "distances between the rows of {} and {}: matrices are needed", show(a, facts),
                    show(b, facts));
  }
  if (!agree(a.back(), b.back(), facts)) {
    return conflict("cdist.C2", "rows of {} and rows of {} have different lengths", show(a, facts), show(b, facts));
  }
  auto common = broadcast({Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2)}, facts);
  if (!common) return common.error();
  Shape out = std::move(common->shape);
  out.push_back(a[a.size() - 2]);
  out.push_back(b[b.size() - 2]);
  return out;
}

double distance(const double* a, const double* b, std::int64_t length, double p) {
  double sum = 0;
  for (std::int64_t i = 0; i < length; ++i) {
    const double apart = std::abs(a[i] - b[i]);
    if (p == 0) sum += apart != 0 ? 1 : 0;
    else if (std::isinf(p)) sum = std::isnan(apart) || apart > sum ? apart : sum;
    else sum += p == 1 ? apart : p == 2 ? apart * apart : std::pow(apart, p);
  }
  if (p == 0 || p == 1 || std::isinf(p)) return sum;
  return p == 2 ? std::sqrt(sum) : std::pow(sum, 1 / p);
}

Result<Array, ShapeConflict> cdist_eval(const OpArgs<Array>& in) {
  const Array& a = in.operands[0];
  const Array& b = in.operands[1];
  const double p = in.attrs.numbers.empty() ? 2 : in.attrs.numbers[0];
  if (!(p >= 0)) return conflict("cdist.C3", "there is no distance of order {}", p);
  if (a.rank() < 2 || b.rank() < 2) return conflict("cdist.C1", "matrices are needed");
  const std::int64_t length = a.shape.back();
  if (length != b.shape.back()) {
    return conflict("cdist.C2", "rows of {} and rows of {} have different lengths", shapelint::show(a.shape),
                    shapelint::show(b.shape));
  }
  const auto batch =
      broadcast_extents({Extents(a.shape.begin(), a.shape.end() - 2), Extents(b.shape.begin(), b.shape.end() - 2)});
  if (!batch) return batch.error();
  const std::int64_t rows = a.shape[a.shape.size() - 2];
  const std::int64_t columns = b.shape[b.shape.size() - 2];
  const auto with = [&](std::int64_t one, std::int64_t other) {
    Extents shape = *batch;
    shape.insert(shape.end(), {one, other});
    return shape;
  };
  const auto lefts = shapelint::broadcast_to(a, with(rows, length));
  if (!lefts) return lefts.error();
  const auto rights = shapelint::broadcast_to(b, with(columns, length));
  if (!rights) return rights.error();
  const auto count = allowed_count(with(rows, columns));
  if (!count) return count.error();
  if (length > 0 && *count > kMaxSteps / length) return too_much("cdist");
  Array out = Array::filled(with(rows, columns), 0, in.dtype);
  for (std::int64_t i = 0; i < *count; ++i) {
    const std::int64_t copy = i / (rows * columns);
    const double* left = lefts->values.data() + (copy * rows + i / columns % rows) * length;
    const double* right = rights->values.data() + (copy * columns + i % columns) * length;
    out.values[static_cast<std::size_t>(i)] = distance(left, right, length, p);
  }
  round_values(out);
  return out;
}

constexpr OpParam kConvParams[] = {{"x", ParamKind::tensor},      {"w", ParamKind::tensor},
                                   {"strides", ParamKind::dims},  {"padding", ParamKind::dims},
                                   {"dilation", ParamKind::dims}, {"groups", ParamKind::dim, "1"}};
constexpr OpParam kTransposeParams[] = {{"x", ParamKind::tensor},       {"w", ParamKind::tensor},
                                        {"strides", ParamKind::dims},   {"padding", ParamKind::dims},
                                        {"dilation", ParamKind::dims},  {"output_padding", ParamKind::dims},
                                        {"groups", ParamKind::dim, "1"}};
constexpr OpParam kCdistParams[] = {{"a", ParamKind::tensor}, {"b", ParamKind::tensor}, {"p", ParamKind::number, "2"}};

constexpr Op contraction(std::string_view name, DTypeRule dtype, std::span<const OpParam> params, ShapeRule shape,
                         Kernel eval) {
  return Op{.name = name, .role = OpRole::contraction, .dtype = dtype, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op conv, conv_transpose, cdist;

constexpr Op conv =
    contraction("conv", DTypeRule::promote, kConvParams, all_or_nothing<conv_shape>, bounded<conv_eval>);
constexpr Op conv_transpose = contraction("conv_transpose", DTypeRule::promote, kTransposeParams,
                                          all_or_nothing<conv_transpose_shape>, bounded<conv_transpose_eval>);
constexpr Op cdist =
    contraction("cdist", DTypeRule::floating, kCdistParams, all_or_nothing<cdist_shape>, bounded<cdist_eval>);

}  // namespace shapelint::ops
