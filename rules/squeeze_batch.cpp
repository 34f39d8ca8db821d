#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A `squeeze` without an axis on a tensor that has the batch. It drops every axis of size 1, and the batch axis is one of them
when the last batch of an epoch holds one sample: the reduction that follows then runs over another axis, or fails.

## Bad
```python
import tensorflow as tf

def segment_mae(y_true: Float["B T 1"], y_pred: Float["B T 1"]):
    t, p = tf.squeeze(y_true), tf.squeeze(y_pred)  # expect: squeeze-batch "(B, T, 1)"
    return tf.reduce_mean(tf.abs(t - p), axis=-1)
```

## Good
```python
import tensorflow as tf

def segment_mae(y_true: Float["B T 1"], y_pred: Float["B T 1"]):
    t, p = tf.squeeze(y_true, axis=-1), tf.squeeze(y_pred, axis=-1)
    return tf.reduce_mean(tf.abs(t - p), axis=-1)
```

Where the missing axis changes nothing, as under a mean over everything, the rule is silent.

## Good
```python
def mae(pred: Float["B 1"], target: Float["B 1"]):
    return mean(abs(squeeze(pred) - squeeze(target)))
```

## Limits
Judged by running one sample alone, with and without its batch axis. A model that is only ever given full batches never sees it.

## Sources
<https://github.com/NVIDIA/tacotron2/pull/303>, <https://github.com/NVIDIA/DeepLearningExamples/pull/765>, where the fix is to name the axis.
)md";

// Drops whatever is 1, and the batch may be. A matrix of all pairs becomes a number, as a covariance does.
bool may_drop_batch(const RuleContext& ctx, const Step& step) {
  return step.op != nullptr && step.op->name == "squeeze" && step.all_axes &&
         ctx.batch_axes(step.operands[0]).size() == 1;
}

// Along axes that are named, of which there may be one less.
bool is_reduced_later(const RuleContext& ctx, const Step& squeeze) {
  const std::vector<bool> later = dependants_of(ctx.trace, squeeze.result);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.op->role == OpRole::reduction && !s.operands.empty() && later[s.operands[0].index] &&
           !s.all_axes;
  });
}

// What a batch of one gives, and what it would give.
std::string difference(const std::pair<double, double>& values) {
  const auto [dropped, kept] = values;
  if (std::isnan(dropped)) return "such a batch fails";
  if (dropped == kept) return "what such a batch gives has another rank";
  return fmt::format("such a batch gives {:.7g} instead of {:.7g}", dropped, kept);
}

void check(RuleContext& ctx) {
  if (!ctx.world.input.open_numbers.empty()) return;  // the batch is a number that the code says, and always as large
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!may_drop_batch(ctx, step)) continue;
    const auto values = ctx.dropped_batch();
    if (!values) return;
    // The same number with one axis less, and nothing that counts axes behind the squeeze: where shapes are a guess, so
    // is what that would harm.
    if (!ctx.world.stated && values->first == values->second && !is_reduced_later(ctx, step)) continue;
    ctx.report({.step = StepId{i},
                .message = fmt::format(
                    "`{}` drops every axis of size 1 from {}, the batch axis too when a batch holds one sample: {}; "
                    "name the axis, as in `{hint}`",
                    ctx.callee(step), ctx.show(step.operands[0]), difference(*values),
                    fmt::arg("hint", ctx.argument("squeeze(axis=-1)")))});
    return;  // the same habit in one expression is one finding
  }
}
}  // namespace

extern const Rule squeeze_batch;
constexpr Rule squeeze_batch{.id = "squeeze-batch",
                             .summary = "squeeze without an axis drops the batch axis when a batch holds one sample",
                             .doc = kDoc,
                             .check = check};
}  // namespace shapelint::rules
