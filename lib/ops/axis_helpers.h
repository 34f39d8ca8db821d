// What ops along one axis and ops with lists of sizes share. Private to lib/ops.
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {

using ShapeRule = Result<Shape, ShapeConflict> (*)(const OpArgs<Shape>&, Facts&);
using Kernel = Result<Array, ShapeConflict> (*)(const OpArgs<Array>&);

template <class N>
bool flag(const BasicAttributes<N>& attrs, std::size_t i) {
  return i < attrs.flags.size() && attrs.flags[i];
}

/// The one axis that an op takes, normalised.
///   errors  axis.C1
///           axis.C4  none or several are given
inline Result<int, ShapeConflict> one_axis(const std::optional<std::vector<std::int64_t>>& axes, int rank) {
  if (!axes || axes->size() != 1) return ShapeConflict{"axis.C4", "exactly one axis must be named"};
  return normal_axis(axes->front(), rank);
}

/// `size`, unless it is certainly negative.
///   errors  size.C1
inline Result<Dim, ShapeConflict> natural(Dim size, std::string_view what, const Facts& facts) {
  if (facts.at_most(size, facts.dims().number(-1)) != Tri::yes) return size;
  return conflict("size.C1", "{} is {}, a negative size", what, show(size, facts));
}

/// The smaller of two sizes; where it is not known which one that is, a `?` with the provenance of both.
inline Dim smaller(Dim a, Dim b, const Facts& facts) {
  if (facts.same(a, b) == Tri::yes) return preferred(a, b, facts);
  if (facts.at_most(a, b) == Tri::yes) return a;
  if (facts.at_most(b, a) == Tri::yes) return b;
  return fresh_size({a, b}, facts.dims());
}

/// The dim as a rule's own axis that values decide.
inline Dim counted_size(const OpArgs<Shape>& in, std::size_t operand, const Facts& facts) {
  return in.fresh ? *in.fresh : fresh_size(in.operands[operand], facts.dims());
}

/// Extents and sizes beyond this have no use, and their products could overflow.
inline constexpr std::int64_t kMaxExtent = std::int64_t{1} << 30;
/// Most elementary steps of one call: about a second.
inline constexpr std::int64_t kMaxSteps = std::int64_t{1} << 28;

inline ShapeConflict too_much(std::string_view op) {
  return conflict("kernel.size", "{} takes more than {} steps; choose smaller sizes", op, kMaxSteps);
}

/// `Eval` after all extents and sizes have been found to lie within +-kMaxExtent, so that the sum of a few products of
/// two of them cannot overflow.
///   errors  kernel.size
template <Kernel Eval>
Result<Array, ShapeConflict> bounded(const OpArgs<Array>& in) {
  const auto absurd = [](const Extents& sizes) {
    return std::any_of(sizes.begin(), sizes.end(), [](std::int64_t n) { return n > kMaxExtent || n < -kMaxExtent; });
  };
  bool beyond = absurd(in.attrs.dims);
  for (const Array& x : in.operands) beyond = beyond || absurd(x.shape);
  if (beyond) return conflict("kernel.size", "a size beyond {} is not evaluated", kMaxExtent);
  return Eval(in);
}

/// An element as a position on an axis of `size`, negative ones counted from the end; none when it lies outside.
inline std::optional<std::int64_t> position(double index, std::int64_t size) {
  if (!(index >= -static_cast<double>(size) && index < static_cast<double>(size))) return std::nullopt;
  const auto at = static_cast<std::int64_t>(index);
  return at < 0 ? at + size : at;
}

inline ShapeConflict bad_index(double index, std::int64_t size) {
  return conflict("kernel.index", "the index {} lies outside an axis of {}", index, size);
}

/// Elements in front of and behind `axis`: an array is `outer` blocks of `length` rows of `inner` elements.
struct Lanes {
  std::int64_t outer = 1;
  std::int64_t length = 1;
  std::int64_t inner = 1;
};

/// Of an array that holds elements, or only of its part that does not vanish.
inline Lanes lanes_of(const Extents& shape, std::size_t axis) {
  Lanes lanes;
  for (std::size_t i = 0; i < axis; ++i) lanes.outer *= shape[i];
  lanes.length = shape[axis];
  for (std::size_t i = axis + 1; i < shape.size(); ++i) lanes.inner *= shape[i];
  return lanes;
}

/// Every line of `x` along `axis` replaced by one of `length` elements: `f(line, result)` with two
/// `std::vector<double>`, the second of that length and zero.
///   errors  kernel.size
template <class F>
Result<Array, ShapeConflict> along_axis(const Array& x, std::size_t axis, std::int64_t length, DType dtype, F f) {
  Extents shape = x.shape;
  shape[axis] = length;
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out = Array::filled(shape, 0, dtype);
  if (*count == 0) return out;
  const Lanes lanes = lanes_of(x.shape, axis);
  std::vector<double> line(static_cast<std::size_t>(lanes.length));
  std::vector<double> result(static_cast<std::size_t>(length));
  const auto at = [&](std::int64_t block, std::int64_t i, std::int64_t size, std::int64_t inner) {
    return static_cast<std::size_t>((block * size + i) * lanes.inner + inner);
  };
  for (std::int64_t block = 0; block < lanes.outer; ++block) {
    for (std::int64_t inner = 0; inner < lanes.inner; ++inner) {
      for (std::int64_t i = 0; i < lanes.length; ++i) {
        line[static_cast<std::size_t>(i)] = x.values[at(block, i, lanes.length, inner)];
      }
      std::fill(result.begin(), result.end(), 0.0);
      f(line, result);
      for (std::int64_t i = 0; i < length; ++i) {
        out.values[at(block, i, length, inner)] = result[static_cast<std::size_t>(i)];
      }
    }
  }
  round_values(out);
  return out;
}

/// Reduces the axes of `in` (all without any; `keepdims` is the first flag): `f(elements)` gives the one that stands
/// for a group of them, which come in row-major order in a `std::span<double>` that may be written to.
///   errors  axis.C1, axis.C2, kernel.size
template <class F>
Result<Array, ShapeConflict> reduce_groups(const OpArgs<Array>& in, F f) {
  const Array& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  Extents kept;
  Extents shape;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    kept.push_back((*mask)[axis] ? 1 : x.shape[axis]);
    if (!(*mask)[axis] || flag(in.attrs, 0)) shape.push_back(kept.back());
  }
  const auto count = allowed_count(kept);
  if (!count) return count.error();
  Array out = Array::filled(shape, 0, in.dtype);
  if (*count == 0) return out;
  const std::size_t size = x.values.size() / static_cast<std::size_t>(*count);
  std::vector<double> grouped(x.values.size());
  if (!x.values.empty()) {
    std::vector<std::int64_t> strides = strides_of(kept);
    for (std::size_t axis = 0; axis < kept.size(); ++axis) {
      if ((*mask)[axis]) strides[axis] = 0;
    }
    std::vector<std::size_t> filled(static_cast<std::size_t>(*count), 0);
    auto element = x.values.begin();
    for_each_offset(x.shape, 0, strides, [&](std::int64_t offset) {
      const auto group = static_cast<std::size_t>(offset);
      grouped[group * size + filled[group]++] = *element++;
    });
  }
  for (std::size_t group = 0; group < out.values.size(); ++group) {
    out.values[group] = f(std::span<double>(grouped).subspan(group * size, size));
  }
  round_values(out);
  return out;
}

/// Shape of every reduction over `axes`, `keepdims` being the first flag.
///   errors  axis.C1, axis.C2
Result<Shape, ShapeConflict> reduce_shape(const OpArgs<Shape>& in, Facts& facts);
/// The same, of an op that has no answer for no elements.
///   errors  those of `reduce_shape`
///           reduce.C1  a reduced axis certainly has size 0
Result<Shape, ShapeConflict> extremum_shape(const OpArgs<Shape>& in, Facts& facts);
/// Shape of an op that works along one axis and keeps all sizes.
///   errors  axis.C1, axis.C4
Result<Shape, ShapeConflict> same_along_axis_shape(const OpArgs<Shape>& in, Facts& facts);

}  // namespace shapelint::ops
