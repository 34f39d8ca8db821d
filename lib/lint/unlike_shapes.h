// Two tensors of different shapes that meet: what stands on two axes, and where an axis of one element came from.
#pragma once

#include <cstddef>
#include <optional>

#include "lib/lint/rule.h"

namespace shapelint {

/// The size that stands on more axes of what comes out than of either operand, `(M, 1)` with `(M,)` to `(M, M)`, and is
/// that of the first axis of a parameter. Where the library wants both to have one shape (`Step::wants_one_shape`) it
/// may be any size, and more than of one operand: `(M, M)` with `(M,)`.
std::optional<Dim> size_meets_itself(const RuleContext& ctx, const Step& step);

/// Did a tensor come with its axis of one element, the `behind`th from the right: is it a parameter, a product (a layer
/// of one unit) or what was gathered, or made element by element of such? An axis that was inserted or kept in a
/// reduction was meant to be broadcast.
bool came_with_axis_of_one(const RuleContext& ctx, TensorId id, std::size_t behind);

/// Of the operands of a difference that wants one shape, the one that an axis of one element is spread for over the
/// other's: `(B, 1)` with `(B, A)`. Both have the batch, on one axis.
std::optional<std::size_t> spread_beside_batch(const RuleContext& ctx, const Step& step);

}  // namespace shapelint
