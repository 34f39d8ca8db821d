#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/by_hand.h"
#include "lib/lint/rule.h"
#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A reduction that aims at the last axis, by its default or as written, and lands on the batch axis, because its operand
lost an axis on the way. The samples are averaged together: what should be one loss per sample is one number, and
broadcasting hides it in the next operation.

Keras' losses average over the last axis. `y_true[:, 0]` has only one axis left, the batch.

## Bad
```python
from keras import backend as K
from keras.losses import binary_crossentropy, mean_squared_error

def landmark(y_true: Float["B N"], y_pred: Float["B N"]):
    bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])  # expect: batch-collapse "(B,)"
    mse = K.sign(y_true[:, 0]) * mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return bce + mse
```

## Good
```python
from keras import backend as K
from keras.losses import binary_crossentropy, mean_squared_error

def landmark(y_true: Float["B N"], y_pred: Float["B N"]):
    bce = binary_crossentropy(y_true[:, :1], y_pred[:, :1])
    mse = K.sign(y_true[:, 0]) * mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return bce + mse
```

A softmax that aims at the last axis lands on the batch in the same way: the samples share one distribution.

## Bad
```python
import torch.nn.functional as F

def listener(scores: Float["B K"], reward: Float["B"]):
    best = F.log_softmax(scores.max(dim=1)[0], dim=-1)  # expect: batch-collapse "(B,)"
    return -(reward * best).mean()
```

## Good
```python
import torch.nn.functional as F

def listener(scores: Float["B K"], reward: Float["B"]):
    best = F.log_softmax(scores, dim=-1).max(dim=1)[0]
    return -(reward * best).mean()

def hard_samples(losses: Float["B T"]):
    per_sample = losses.mean(dim=1)
    return (F.softmax(per_sample.detach(), dim=-1) * per_sample).sum()
```

## Severity
An error when the shapes are stated and the evaluation shows that samples are mixed or lost in what the function returns.
A warning when the shapes rest on a convention, or when a later mean over the batch hides the collapse: the number is
right until someone passes `sample_weight`, or removes that mean.

## Limits
A reduction that is written over axis 0, or over all axes, says what it does and is never flagged. Where the operand lost its
axis in another reduction, or never had one, the rule fires only if samples are mixed later. `y[..., 0]` takes a part of any rank,
so where only a convention says that it is a matrix, the samples have to be mixed later as well.

In a training step such a number may be the loss itself, of which the gradient is taken.

## Sources
keras/src/losses/losses.py (`ops.mean(..., axis=-1)` in every function loss);
<https://github.com/tensorflow/tensorflow/issues/35004>, <https://github.com/keras-team/keras/issues/17766>.
)md";

enum class Lost { by_indexing, by_reduction, on_purpose, never };

bool takes_any_rank(const RuleContext& ctx, const Step& step) {
  return step.op != nullptr && step.op->name == "index" && ctx.is_users_text(step.span) &&
         ctx.sources.text(step.span).find("[...") != std::string_view::npos;
}

// How the only axis that is left came to be the last one.
Lost how_lost(const RuleContext& ctx, TensorId id) {
  const Trace& trace = ctx.trace;
  Lost answer = Lost::never;
  std::vector<TensorId> todo{id};
  std::vector<bool> seen(trace.tensors.size(), false);
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (seen[at.index]) continue;
    seen[at.index] = true;
    const Step& step = trace.step_of(at);
    if (step.kind == StepKind::parameter || step.operands.empty()) continue;
    const auto& before = trace.tensor(step.operands[0]).shape;
    const auto& after = trace.tensor(at).shape;
    const bool shrank = before && after && before->size() > after->size();
    // The diagonal of all pairs: samples met each other on purpose.
    if (shrank && ctx.batch_axes(step.operands[0]).size() > 1) return Lost::on_purpose;
    // `view(-1)`: there is one axis left, and it was made of all of them.
    if (shrank && step.op != nullptr && step.op->name == "reshape" && after->size() == 1) return Lost::on_purpose;
    // `y[..., 0]` is how a part of any rank is taken: where the rank is a convention, there may be axes left.
    if (shrank && !ctx.world.stated && takes_any_rank(ctx, step)) return Lost::by_reduction;
    // A squeeze that had to assume a size of 1 says more about the world than about the code.
    const bool guessed = !step.assumed.empty();
    if (shrank && !guessed && step.op != nullptr && step.op->role == OpRole::movement) return Lost::by_indexing;
    if (shrank && step.op != nullptr) {
      answer = Lost::by_reduction;
      continue;
    }
    todo.insert(todo.end(), step.operands.begin(), step.operands.end());
  }
  return answer;
}

// The last axis was meant, and the last axis is the batch.
bool aims_at_last_axis(const Step& step) { return step.axis && *step.axis < 0; }

bool lands_on_batch(const RuleContext& ctx, const Step& step) {
  const TensorId operand = step.operands[0];
  const std::vector<int> batch = ctx.batch_axes(operand);
  return batch.size() == 1 && ctx.tensor(operand).shape->size() == 1 && step.axes == batch && !step.keepdims &&
         !ctx.has_batch(step.result);
}

// What rests on the number has samples, and each of them depends on the others.
bool meets_samples_again(const RuleContext& ctx, TensorId number) {
  const std::vector<bool> later = dependants_of(ctx.trace, number);
  for (std::uint32_t i = number.index; i < later.size(); ++i) {
    const TensorId id{i};
    if (later[i] && ctx.has_batch(id) && ctx.verdict(id) == Verdict::coupled) return true;
  }
  return false;
}

// The number is, with others that are none of one sample either, what a gradient is taken of: a total over the samples
// is what a training step wants there, and nothing behind it believes that there were several.
bool is_total_of_step(const RuleContext& ctx, TensorId number) {
  const std::vector<bool> later = dependants_of(ctx.trace, number);
  for (const Step& step : ctx.trace.steps) {
    if (!step.result.valid() || step.result == number || !later[step.result.index]) continue;
    const bool keeps =
        step.op != nullptr && (step.op->role == OpRole::elementwise || step.op->role == OpRole::movement);
    if (!keeps || ctx.has_batch(step.result)) return false;
  }
  return std::ranges::any_of(ctx.trace.objectives, [&](TensorId id) { return later[id.index]; });
}

// A softmax as one step or in elementary ones: the step that says along which axis, null for other steps.
const Step* along_of_softmax(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.operands.empty()) return nullptr;
  const bool is_one = step.op->name == "softmax" || step.op->name == "log_softmax";
  return is_one ? &step : ctx.trace.frame(step.frame).is_framework ? softmax_by_hand(ctx, step) : nullptr;
}

// An axis that held several values of each sample went, in a reduction over it or by picking one of them; what is only
// squeezed never had another.
bool lost_own_axis(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !s.result.valid() || !behind[s.result.index]) return false;
    const auto& after = ctx.tensor(s.result).shape;
    return after && after->size() == 1 && ctx.has_batch(s.result) && has_own_axis(ctx, s.operands[0]) &&
           ctx.batch_axes(s.operands[0]).size() == 1 && s.op->name != "reshape";
  });
}

// Weights over the batch that are summed over the batch, or contracted with it, are a pooling of samples.
bool pools_samples(const RuleContext& ctx, TensorId normalised) {
  const std::vector<bool> later = dependants_of(ctx.trace, normalised);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !s.result.valid() || !later[s.result.index] || ctx.has_batch(s.result))
      return false;
    return s.op->role == OpRole::contraction || (s.op->name == "sum" && later[s.operands[0].index]);
  });
}

void check_softmax(RuleContext& ctx, StepId id, const Step& step) {
  const Step* along = along_of_softmax(ctx, step);
  if (along == nullptr || !ctx.world.stated) return;
  const TensorId operand = along->operands[0];
  const auto& shape = ctx.tensor(operand).shape;
  if (!shape || shape->size() != 1 || ctx.batch_axes(operand) != along->axes) return;
  // Axis 0 as it is written says the batch.
  if (!aims_at_last_axis(*along) && ctx.is_users_text(along->axis_span)) return;
  if (!lost_own_axis(ctx, operand) || how_lost(ctx, operand) == Lost::on_purpose || pools_samples(ctx, step.result))
    return;
  if (!ctx.comes_back_as({Verdict::coupled})) return;
  ctx.report({.step = id,
              .message = fmt::format("`{}` runs over the last axis of {}, which is the batch: the samples share one "
                                     "distribution; normalise along the axis of the classes before it is lost",
                                     ctx.callee(step), ctx.show(operand))});
}

void check(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    check_softmax(ctx, StepId{i}, step);
    if (step.op == nullptr || step.op->role != OpRole::reduction || step.operands.empty()) continue;
    if (!aims_at_last_axis(step) || !lands_on_batch(ctx, step)) continue;
    const Lost lost = how_lost(ctx, step.operands[0]);
    if (lost == Lost::on_purpose) continue;
    // Guessed as (B,) and reduced along -1: there are more axes than were guessed.
    if (lost == Lost::never && has_guess(ctx.world)) continue;
    if (lost != Lost::by_indexing && !meets_samples_again(ctx, step.result)) continue;
    if (is_total_of_step(ctx, step.result)) continue;
    ctx.report({.step = StepId{i},
                .message = fmt::format(
                    "`{}` reduces the last axis of {}, which is the batch: the losses of all samples become one "
                    "number; keep the axis, as in `[:, :1]`",
                    ctx.callee(step), ctx.show(step.operands[0]))});
  }
}
}  // namespace

extern const Rule batch_collapse;
constexpr Rule batch_collapse{.id = "batch-collapse",
                              .summary = "a reduction or softmax aimed at the last axis lands on the batch axis",
                              .doc = kDoc,
                              .check = check};
}  // namespace shapelint::rules
