// Several tensors become one: concat along an axis that is there, stack along a new one.
#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {
namespace {

constexpr OpParam kParams[] = {{"xs", ParamKind::tensors}, {"axis", ParamKind::axis, "0"}};

template <class V>
std::int64_t written_axis(const OpArgs<V>& in) {
  return in.attrs.axes && !in.attrs.axes->empty() ? in.attrs.axes->front() : 0;
}

ShapeConflict nothing(const char* label) { return {label, "there is nothing to join: the list is empty"}; }

/// Shape of concat.
///   xs      shapes that agree but on `axis`
///   result  that shape, with the sum of the sizes on `axis`
///   errors  axis.C1
///           concat.C1  sizes off `axis` certainly differ
///           concat.C2  ranks differ
///           concat.C3  no operand
Result<Shape, ShapeConflict> concat_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.operands.empty()) return nothing("concat.C3");
  Shape out = in.operands[0];
  const auto axis = normal_axis(written_axis(in), static_cast<int>(out.size()));
  if (!axis) return axis.error();
  const auto joined = static_cast<std::size_t>(*axis);
  for (std::size_t i = 1; i < in.operands.size(); ++i) {
    const Shape& x = in.operands[i];
    if (x.size() != out.size()) {
      return conflict("concat.C2", "{} and {} have different numbers of axes and cannot be joined",
                      show(in.operands[0], facts), show(x, facts));
    }
    for (std::size_t at = 0; at < out.size(); ++at) {
      if (at != joined && !agree(out[at], x[at], facts)) {
        return conflict("concat.C1", "{} and {} cannot be joined along axis {}: they differ on axis {}",
                        show(in.operands[0], facts), show(x, facts), joined, at);
      }
      if (at != joined) out[at] = preferred(out[at], x[at], facts);
    }
    out[joined] = facts.dims().add(out[joined], x[joined]);
  }
  return out;
}

/// Shape of stack.
///   xs      equal shapes
///   result  that shape, with the number of operands inserted at `axis`, counted in the result
///   errors  axis.C1, rank.C1
///           stack.C1  shapes certainly differ
///           stack.C2  no operand
Result<Shape, ShapeConflict> stack_shape(const OpArgs<Shape>& in, Facts& facts) {
  if (in.operands.empty()) return nothing("stack.C2");
  Shape out = in.operands[0];
  const auto axis = normal_axis(written_axis(in), static_cast<int>(out.size()) + 1);
  if (!axis) return axis.error();
  for (std::size_t i = 1; i < in.operands.size(); ++i) {
    const Shape& x = in.operands[i];
    bool same = x.size() == out.size();
    for (std::size_t at = 0; same && at < out.size(); ++at) {
      same = agree(out[at], x[at], facts);
      out[at] = preferred(out[at], x[at], facts);
    }
    if (!same) {
      return conflict("stack.C1", "{} and {} differ and cannot be stacked", show(in.operands[0], facts),
                      show(x, facts));
    }
  }
  out.insert(out.begin() + *axis, facts.dims().number(static_cast<std::int64_t>(in.operands.size())));
  return limited(std::move(out));
}

/// Joins arrays of equal shapes off `axis`: block after block, where a block is what lies behind one index of the axes
/// in front of `axis`.
Result<Array, ShapeConflict> joined(const OpArgs<Array>& in, const Extents& shape, std::size_t axis) {
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out{in.dtype, shape, {}};
  out.values.reserve(static_cast<std::size_t>(*count));
  std::size_t blocks = 1;
  if (*count > 0) {
    for (std::size_t at = 0; at < axis; ++at) blocks *= static_cast<std::size_t>(shape[at]);
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    for (const Array& x : in.operands) {
      const auto length = static_cast<std::ptrdiff_t>(x.values.size() / blocks);
      const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(block) * length;
      out.values.insert(out.values.end(), begin, begin + length);
    }
  }
  round_values(out);
  return out;
}

Result<Array, ShapeConflict> concat_eval(const OpArgs<Array>& in) {
  if (in.operands.empty()) return nothing("concat.C3");
  Extents shape = in.operands[0].shape;
  const auto axis = normal_axis(written_axis(in), in.operands[0].rank());
  if (!axis) return axis.error();
  const auto at = static_cast<std::size_t>(*axis);
  std::int64_t total = 0;
  for (const Array& x : in.operands) {
    Extents aligned = x.shape;
    if (aligned.size() == shape.size()) aligned[at] = shape[at];
    if (aligned != shape) {
      return conflict(x.shape.size() == shape.size() ? "concat.C1" : "concat.C2",
                      "{} and {} cannot be joined along axis {}", shapelint::show(in.operands[0].shape),
                      shapelint::show(x.shape), at);
    }
    // Without elements an extent may be as large as it likes; their sum must not overflow.
    if (x.shape[at] > kMaxElements)
      return conflict("kernel.size", "axis {} of {} is too long", at, shapelint::show(x.shape));
    total += x.shape[at];
  }
  shape[at] = total;
  return joined(in, shape, at);
}

Result<Array, ShapeConflict> stack_eval(const OpArgs<Array>& in) {
  if (in.operands.empty()) return nothing("stack.C2");
  Extents shape = in.operands[0].shape;
  const auto axis = normal_axis(written_axis(in), in.operands[0].rank() + 1);
  if (!axis) return axis.error();
  for (const Array& x : in.operands) {
    if (x.shape != shape) {
      return conflict("stack.C1", "{} and {} differ and cannot be stacked", shapelint::show(shape),
                      shapelint::show(x.shape));
    }
  }
  shape.insert(shape.begin() + *axis, static_cast<std::int64_t>(in.operands.size()));
  return joined(in, shape, static_cast<std::size_t>(*axis));
}

}  // namespace

extern const Op concat, stack;

constexpr Op concat{.name = "concat",
                    .role = OpRole::movement,
                    .dtype = DTypeRule::promote,
                    .params = kParams,
                    .shape = all_or_nothing<concat_shape>,
                    .eval = concat_eval};
constexpr Op stack{.name = "stack",
                   .role = OpRole::movement,
                   .dtype = DTypeRule::promote,
                   .params = kParams,
                   .shape = all_or_nothing<stack_shape>,
                   .eval = stack_eval};

}  // namespace shapelint::ops
