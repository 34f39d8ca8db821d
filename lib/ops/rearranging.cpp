// The same elements more than once, moved along axes, or with a part of them replaced: pad, tile, repeat, roll, flip,
// tril, triu, diag, diagonal.
#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

enum class PadMode { constant, reflect, edge };

Result<PadMode, ShapeConflict> pad_mode(const std::vector<std::string>& texts) {
  const std::string mode = texts.empty() ? "constant" : texts[0];
  if (mode == "constant") return PadMode::constant;
  if (mode == "reflect") return PadMode::reflect;
  if (mode == "edge") return PadMode::edge;
  return conflict("mode.C1", "'{}' is not 'constant', 'reflect' or 'edge'", mode);
}

ShapeConflict bad_pads(std::size_t pads, std::size_t rank) {
  return conflict("pad.C1", "{} paddings for {} axes: two are needed for each", pads, rank);
}

/// Shape of pad.
///   x       (d0, ..., dn)
///   pads    before and after, axis by axis: (p0, q0, ..., pn, qn); negative ones cut off
///   result  (p0 + d0 + q0, ...)
///   errors  mode.C1
///           pad.C1   not two paddings for each axis
///           pad.C2   reflect with a padding that certainly is not smaller than the axis
///           pad.C3   edge on an axis that certainly is empty
///           size.C1  a result is certainly negative
Result<Shape, ShapeConflict> pad_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  const auto& pads = in.attrs.dims;
  const auto mode = pad_mode(in.attrs.texts);
  if (!mode) return mode.error();
  if (pads.size() != 2 * x.size()) return bad_pads(pads.size(), x.size());
  Shape out;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    for (const Dim pad : {pads[2 * axis], pads[2 * axis + 1]}) {
      const bool pads_here = facts.at_most(dims.number(1), pad) == Tri::yes;
      if (*mode == PadMode::reflect && pads_here && facts.at_most(x[axis], pad) == Tri::yes) {
        return conflict("pad.C2", "axis {} of {} cannot be reflected {} beyond its end", axis, show(x, facts),
                        show(pad, facts));
      }
      if (*mode == PadMode::edge && pads_here && number(x[axis], facts) == 0) {
        return conflict("pad.C3", "axis {} of {} has no edge", axis, show(x, facts));
      }
    }
    const auto size = natural(dims.add(dims.add(pads[2 * axis], x[axis]), pads[2 * axis + 1]), "a padded axis", facts);
    if (!size) return size.error();
    out.push_back(*size);
  }
  return out;
}

/// The axes one after the other: what lies in a corner is padding of padding.
Result<Array, ShapeConflict> pad_eval(const OpArgs<Array>& in) {
  Array x = in.operands[0];
  const Extents& pads = in.attrs.dims;
  const auto mode = pad_mode(in.attrs.texts);
  if (!mode) return mode.error();
  if (pads.size() != 2 * x.shape.size()) return bad_pads(pads.size(), x.shape.size());
  const double value = in.attrs.numbers.empty() ? 0 : in.attrs.numbers[0];
  Extents shape;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    shape.push_back(pads[2 * axis] + x.shape[axis] + pads[2 * axis + 1]);
    if (shape.back() < 0) return conflict("size.C1", "a padded axis is {}, a negative size", shape.back());
    const std::int64_t widest = std::max(pads[2 * axis], pads[2 * axis + 1]);
    if (*mode == PadMode::reflect && widest > 0 && widest >= x.shape[axis]) {
      return conflict("pad.C2", "axis {} of {} cannot be reflected {} beyond its end", axis, shapelint::show(x.shape),
                      widest);
    }
    if (*mode == PadMode::edge && widest > 0 && x.shape[axis] == 0) {
      return conflict("pad.C3", "axis {} of {} has no edge", axis, shapelint::show(x.shape));
    }
  }
  if (const auto count = allowed_count(shape); !count) return count.error();
  // Axes that shrink first, so that no array on the way is larger than the operand and the result.
  for (const bool shrinking : {true, false}) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const std::int64_t size = x.shape[axis];
      const std::int64_t length = shape[axis];
      const std::int64_t front = pads[2 * axis];
      const bool shrinks = length < in.operands[0].shape[axis];
      if (shrinks != shrinking || (length == size && front == 0)) continue;
      auto padded = along_axis(x, axis, length, in.dtype, [&](const auto& line, auto& out) {
        for (std::int64_t i = 0; i < length; ++i) {
          std::int64_t from = i - front;
          if (*mode == PadMode::edge) from = std::clamp<std::int64_t>(from, 0, size - 1);
          if (*mode == PadMode::reflect && from < 0) from = -from;
          if (*mode == PadMode::reflect && from >= size) from = 2 * (size - 1) - from;
          const bool inside = from >= 0 && from < size;
          out[static_cast<std::size_t>(i)] = inside ? line[static_cast<std::size_t>(from)] : value;
        }
      });
      if (!padded) return padded.error();
      x = std::move(*padded);
    }
  }
  return x;
}

/// Shape of tile.
///   x       (d0, ..., dn)
///   reps    (r0, ..., rm); the shorter one of both is filled with 1 in front
///   result  the products
///   errors  rank.C1
///           size.C1  a repetition is certainly negative
Result<Shape, ShapeConflict> tile_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  Shape reps = in.attrs.dims;
  const Dim one = facts.dims().number(1);
  if (const auto allowed = limited(reps); !allowed) return allowed;
  if (out.size() < reps.size()) out.insert(out.begin(), reps.size() - out.size(), one);
  if (reps.size() < out.size()) reps.insert(reps.begin(), out.size() - reps.size(), one);
  for (std::size_t axis = 0; axis < out.size(); ++axis) {
    const auto times = natural(reps[axis], "a number of repetitions", facts);
    if (!times) return times.error();
    out[axis] = facts.dims().mul(out[axis], *times);
  }
  return out;
}

Result<Array, ShapeConflict> tile_eval(const OpArgs<Array>& in) {
  Array x = in.operands[0];
  Extents reps = in.attrs.dims;
  if (reps.size() > kMaxRank) return conflict("rank.C1", "the result would have {} axes", reps.size());
  if (x.shape.size() < reps.size()) x.shape.insert(x.shape.begin(), reps.size() - x.shape.size(), 1);
  if (reps.size() < x.shape.size()) reps.insert(reps.begin(), x.shape.size() - reps.size(), 1);
  Extents shape;
  for (std::size_t axis = 0; axis < reps.size(); ++axis) {
    if (reps[axis] < 0) return conflict("size.C1", "a number of repetitions is {}, a negative size", reps[axis]);
    shape.push_back(reps[axis] * x.shape[axis]);
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  if (*count == 0) return Array::filled(shape, 0, in.dtype);
  for (std::size_t axis = 0; axis < reps.size(); ++axis) {
    auto longer = along_axis(x, axis, shape[axis], in.dtype, [](const auto& line, auto& out) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = line[i % line.size()];
    });
    if (!longer) return longer.error();
    x = std::move(*longer);
  }
  return x;
}

/// Shape of repeat: each element `count` times in a row.
///   x       (d0, ..., dn)
///   result  x with count times the size on `axis`
///   errors  axis.C1, axis.C4
///           size.C1  count is certainly negative
Result<Shape, ShapeConflict> repeat_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, static_cast<int>(out.size()));
  if (!axis) return axis.error();
  const auto count = natural(in.attrs.dims[0], "the number of repetitions", facts);
  if (!count) return count.error();
  Dim& size = out[static_cast<std::size_t>(*axis)];
  size = facts.dims().mul(size, *count);
  return out;
}

Result<Array, ShapeConflict> repeat_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const std::int64_t times = in.attrs.dims[0];
  if (times < 0) return conflict("size.C1", "the number of repetitions is {}, a negative size", times);
  const auto at = static_cast<std::size_t>(*axis);
  return along_axis(x, at, times * x.shape[at], in.dtype, [&](const auto& line, auto& out) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = line[i / static_cast<std::size_t>(times)];
  });
}

/// What leaves at the end comes in at the front.
Result<Array, ShapeConflict> roll_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axis = one_axis(in.attrs.axes, x.rank());
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  const std::int64_t size = x.shape[at];
  if (size == 0) return x;
  const std::int64_t shift = (in.attrs.dims[0] % size + size) % size;
  return along_axis(x, at, size, in.dtype, [&](const auto& line, auto& out) {
    for (std::int64_t i = 0; i < size; ++i) {
      out[static_cast<std::size_t>((i + shift) % size)] = line[static_cast<std::size_t>(i)];
    }
  });
}

/// Shape of flip.
///   x       (d0, ..., dn)
///   result  x
///   errors  axis.C1, axis.C2
Result<Shape, ShapeConflict> flip_shape(const OpArgs<Shape>& in, Facts&) {
  const auto mask = axis_mask(in.attrs.axes, static_cast<int>(in.operands[0].size()));
  if (!mask) return mask.error();
  return in.operands[0];
}

Result<Array, ShapeConflict> flip_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto mask = axis_mask(in.attrs.axes, x.rank());
  if (!mask) return mask.error();
  if (x.values.empty()) return x;
  std::vector<std::int64_t> strides = strides_of(x.shape);
  std::int64_t base = 0;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    if (!(*mask)[axis]) continue;
    base += (x.shape[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  return gather(x, x.shape, base, strides);
}

/// Shape of tril and triu.
///   x       (..., m, n)
///   result  x
///   errors  tril.C1  x has fewer than two axes
Result<Shape, ShapeConflict> triangle_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.operands[0].size() >= 2) return in.operands[0];
  return conflict("tril.C1", "a triangle of {}: a matrix is needed", show(in.operands[0], facts));
}

/// Zero above (`lower`) or below the diagonal that is k to the right of the main one.
template <bool lower>
Result<Array, ShapeConflict> triangle_eval(const OpArgs<Array>& in) {
  Array x = in.operands[0];
  if (x.rank() < 2) return conflict("tril.C1", "a triangle of {}: a matrix is needed", shapelint::show(x.shape));
  if (x.values.empty()) return x;
  const std::int64_t columns = x.shape.back();
  const std::int64_t rows = x.shape[x.shape.size() - 2];
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const auto flat = static_cast<std::int64_t>(i);
    const std::int64_t right = flat % columns - flat / columns % rows - in.attrs.dims[0];
    if (lower ? right > 0 : right < 0) x.values[i] = 0;
  }
  return x;
}

/// The length of the diagonal of (rows, columns) that is `offset` to the right of the main one.
Dim diagonal_length(Dim rows, Dim columns, Dim offset, const Facts& facts) {
  DimTable& dims = facts.dims();
  const bool below = facts.at_most(offset, dims.number(-1)) == Tri::yes;
  const Dim length =
      below ? smaller(dims.add(rows, offset), columns, facts) : smaller(rows, dims.sub(columns, offset), facts);
  return facts.at_most(length, dims.number(0)) == Tri::yes ? dims.number(0) : length;
}

/// Two different axes.
///   errors  axis.C1, axis.C2
///           diagonal.C1  not two axes
Result<std::pair<std::size_t, std::size_t>, ShapeConflict> two_axes(
    const std::optional<std::vector<std::int64_t>>& axes, int rank) {
  if (!axes || axes->size() != 2) return ShapeConflict{"diagonal.C1", "exactly two axes must be named"};
  if (const auto mask = axis_mask(axes, rank); !mask) return mask.error();
  const auto normal = [&](std::size_t i) { return static_cast<std::size_t>(*normal_axis((*axes)[i], rank)); };
  return std::pair(normal(0), normal(1));
}

/// Shape of diagonal.
///   x       (d0, ..., dn)
///   result  x without `axes`, the length of the diagonal behind it
///   errors  axis.C1, axis.C2, diagonal.C1
Result<Shape, ShapeConflict> diagonal_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const auto axes = two_axes(in.attrs.axes, static_cast<int>(x.size()));
  if (!axes) return axes.error();
  Shape out;
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (axis != axes->first && axis != axes->second) out.push_back(x[axis]);
  }
  out.push_back(diagonal_length(x[axes->first], x[axes->second], in.attrs.dims[0], facts));
  return out;
}

Result<Array, ShapeConflict> diagonal_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  const auto axes = two_axes(in.attrs.axes, x.rank());
  if (!axes) return axes.error();
  const std::int64_t offset = in.attrs.dims[0];
  const std::int64_t rows = x.shape[axes->first];
  const std::int64_t columns = x.shape[axes->second];
  const std::int64_t length =
      std::max<std::int64_t>(0, offset < 0 ? std::min(rows + offset, columns) : std::min(rows, columns - offset));
  const std::vector<std::int64_t> from = x.values.empty() ? Extents(x.shape.size(), 0) : strides_of(x.shape);
  Extents shape;
  std::vector<std::int64_t> strides;
  for (std::size_t axis = 0; axis < x.shape.size(); ++axis) {
    if (axis == axes->first || axis == axes->second) continue;
    shape.push_back(x.shape[axis]);
    strides.push_back(from[axis]);
  }
  shape.push_back(length);
  strides.push_back(from[axes->first] + from[axes->second]);
  const std::int64_t base = offset < 0 ? -offset * from[axes->first] : offset * from[axes->second];
  return gather(x, shape, length > 0 ? base : 0, strides);
}

/// Shape of diag.
///   x       (n,)
///   result  (n + |k|, n + |k|)
///   errors  diag.C1  x is not of rank 1
Result<Shape, ShapeConflict> diag_shape(const OpArgs<Shape>& in, Facts& facts) {
  DimTable& dims = facts.dims();
  const Shape& x = in.operands[0];
  if (x.size() != 1) return conflict("diag.C1", "a matrix with the diagonal {}: a vector is needed", show(x, facts));
  const Dim k = in.attrs.dims[0];
  const bool below = facts.at_most(k, dims.number(-1)) == Tri::yes;
  const Dim size = dims.add(x[0], below ? dims.neg(k) : k);
  return Shape{size, size};
}

Result<Array, ShapeConflict> diag_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  if (x.rank() != 1) return conflict("diag.C1", "a vector is needed, not {}", shapelint::show(x.shape));
  const std::int64_t k = in.attrs.dims[0];
  const std::int64_t size = x.shape[0] + std::abs(k);
  if (const auto count = allowed_count({size, size}); !count) return count.error();
  Array out = Array::filled({size, size}, 0, in.dtype);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const std::int64_t row = static_cast<std::int64_t>(i) + std::max<std::int64_t>(-k, 0);
    out.values[static_cast<std::size_t>(row * size + row + k)] = x.values[i];
  }
  return out;
}

constexpr OpParam kPadParams[] = {{"x", ParamKind::tensor},
                                  {"pads", ParamKind::dims},
                                  {"value", ParamKind::number, "0"},
                                  {"mode", ParamKind::text, "'constant'"}};
constexpr OpParam kTileParams[] = {{"x", ParamKind::tensor}, {"reps", ParamKind::dims}};
constexpr OpParam kRepeatParams[] = {
    {"x", ParamKind::tensor}, {"count", ParamKind::dim}, {"axis", ParamKind::axis, "0"}};
constexpr OpParam kRollParams[] = {{"x", ParamKind::tensor}, {"shift", ParamKind::dim}, {"axis", ParamKind::axis, "0"}};
constexpr OpParam kFlipParams[] = {{"x", ParamKind::tensor}, {"axis", ParamKind::axes, "None"}};
constexpr OpParam kDiagParams[] = {{"x", ParamKind::tensor}, {"k", ParamKind::dim, "0"}};
constexpr OpParam kDiagonalParams[] = {
    {"x", ParamKind::tensor}, {"offset", ParamKind::dim, "0"}, {"axes", ParamKind::axes, "(0, 1)"}};

constexpr Op rearranging(std::string_view name, std::span<const OpParam> params, ShapeRule shape, Kernel eval) {
  return Op{
      .name = name, .role = OpRole::movement, .dtype = DTypeRule::same, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op pad, tile, repeat, roll, flip, tril, triu, diagonal, diag;

constexpr Op pad = rearranging("pad", kPadParams, pad_shape, bounded<pad_eval>);
constexpr Op tile = rearranging("tile", kTileParams, tile_shape, bounded<tile_eval>);
constexpr Op repeat = rearranging("repeat", kRepeatParams, repeat_shape, bounded<repeat_eval>);
constexpr Op roll = rearranging("roll", kRollParams, same_along_axis_shape, bounded<roll_eval>);
constexpr Op flip = rearranging("flip", kFlipParams, flip_shape, flip_eval);
constexpr Op tril = rearranging("tril", kDiagParams, triangle_shape, bounded<triangle_eval<true>>);
constexpr Op triu = rearranging("triu", kDiagParams, triangle_shape, bounded<triangle_eval<false>>);
constexpr Op diagonal = rearranging("diagonal", kDiagonalParams, diagonal_shape, bounded<diagonal_eval>);
constexpr Op diag = rearranging("diag", kDiagParams, diag_shape, bounded<diag_eval>);

}  // namespace shapelint::ops
