#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/rule.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
Per-sample values `(B,)` that broadcasting aligns with the last axis of `(B, N)`. Shapes are aligned from the right, so the
weight of sample `j` lands on column `j` of every sample. It raises unless `B == N`, and is wrong without a word when the two
happen to be equal.

## Bad
```python
def weighted(pred: Float["B N"], target: Float["B N"], weight: Float["B"]):
    return mean((pred - target) ** 2 * weight)  # expect: rank-promotion "(B, N)"
```

## Good
```python
def weighted(pred: Float["B N"], target: Float["B N"], weight: Float["B"]):
    return mean((pred - target) ** 2 * weight[:, None])
```

A vector over the other axis is what broadcasting is for.

## Good
```python
def weighted(pred: Float["B N"], target: Float["B N"], class_weight: Float["N"]):
    return mean((pred - target) ** 2 * class_weight)
```

## Limits
Silent when the two sizes are stated to be equal, and where shapes rest on a convention: a guessed size proves nothing.

## Sources
docs.jax.dev, "NumPy rank promotion"; keras/src/losses/loss.py `reduce_weighted_values`, which aligns only a last axis of 1.
)md";

// The batch had to be assumed equal to an independent size for the shapes to meet.
bool meets_another_axis(RuleContext& ctx, const Step& step) {
  return std::ranges::any_of(step.assumed, [&](const Assumption& a) {
    return !a.stated && ctx.dims.mentions(a.left, ctx.batch()) != ctx.dims.mentions(a.right, ctx.batch());
  });
}

bool both_have_batch(const RuleContext& ctx, const Step& step) {
  return step.operands.size() >= 2 &&
         std::ranges::count_if(step.operands, [&](TensorId id) { return ctx.has_batch(id); }) >= 2;
}

bool ranks_differ(const RuleContext& ctx, const Step& step) {
  for (const TensorId id : step.operands) {
    if (ctx.tensor(id).shape && ctx.tensor(step.operands[0]).shape && !ctx.tensor(id).shape->empty() &&
        ctx.tensor(id).shape->size() != ctx.tensor(step.operands[0]).shape->size()) {
      return true;
    }
  }
  return false;
}

void check(RuleContext& ctx) {
  if (!ctx.world.stated) return;  // a guessed size may be anything, the batch as well
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.op->role != OpRole::elementwise) continue;
    if (!meets_another_axis(ctx, step) || !both_have_batch(ctx, step) || !ranks_differ(ctx, step)) continue;
    std::string operands;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      const std::string text = k < step.operand_spans.size() ? ctx.text(step.operand_spans[k]) : "";
      operands += fmt::format("{}{}{}", operands.empty() ? "" : " and ", text.empty() ? "" : "`" + text + "` ",
                              ctx.show(step.operands[k]));
    }
    ctx.report({.step = StepId{i},
                .message = fmt::format(
                    "{} are aligned from the right: the batch axis of one meets another axis of the other; it fails "
                    "unless the two sizes are equal, and then mixes samples; add an axis, as in `[:, None]`",
                    operands)});
  }
}
}  // namespace

extern const Rule rank_promotion;
constexpr Rule rank_promotion{.id = "rank-promotion",
                              .summary = "per-sample values are aligned with another axis than the batch",
                              .doc = kDoc,
                              .check = check};
}  // namespace shapelint::rules
