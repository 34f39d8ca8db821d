#include <fmt/format.h>

#include "lib/lint/rule.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
Per-sample values that are reduced over the batch although the framework does that itself, and needs them for
`sample_weight`, `class_weight` and masks. Keras calls a loss with `(y_true, y_pred)`, expects one value per sample, weighs
these and averages. A final mean changes nothing without weights and makes them meaningless with them, so it is
advice, not a warning.

## Bad
```python
from keras import backend as K

def loss(y_true: Float["B N"], y_pred: Float["B N"]):
    per_sample = K.mean(K.square(y_pred - y_true), axis=-1)
    return K.mean(per_sample)  # expect: double-reduction "sample_weight"
```

## Good
```python
from keras import backend as K

def loss(y_true: Float["B N"], y_pred: Float["B N"]):
    return K.mean(K.square(y_pred - y_true), axis=-1)
```

## Limits
Only the last step before the return is looked at. A loss that pools over the batch on purpose (a Dice of the whole
batch) cannot be weighted by sample anyway, and is silent.

## Sources
keras.io, "Losses", section "Creating custom losses": a loss returns one value per sample;
<https://github.com/tensorflow/tensorflow/issues/42446>.
)md";

// The returned value is a mean or sum over the batch of what was per-sample just before.
bool is_final_total(const RuleContext& ctx, const Step& step) {
  return step.op != nullptr && step.op->role == OpRole::reduction && !step.operands.empty() && ctx.has_batch(step.operands[0]) &&
         ctx.tensor(step.result).shape && ctx.tensor(step.result).shape->empty();
}

// `axis=-1` on a rank-1 operand is a collapse, not a total.
bool says_so(const Step& step) { return step.all_axes || (step.axis && *step.axis >= 0) || !step.axis; }

void check(RuleContext& ctx) {
  if (!ctx.world.called_by_framework) return;
  const auto* returned = ctx.trace.result.as<TensorV>();
  if (returned == nullptr) return;
  const Tensor& result = ctx.tensor(returned->id);
  if (!result.step.valid() || result.step < ctx.trace.first_step) return;
  const Step& step = ctx.trace.step(result.step);
  if (!is_final_total(ctx, step) || !says_so(step)) return;
  const Evaluation* proof = ctx.evaluation();
  if (proof != nullptr && proof->verdict != Verdict::mean && proof->verdict != Verdict::sum && proof->verdict != Verdict::unknown) return;
  ctx.report({.step = result.step,
              .message = fmt::format("Keras averages over the batch itself; this reduction of {} to one number gives `sample_weight` and "
                                     "`class_weight` nothing to weigh; return one value per sample",
                                     ctx.show(step.operands[0])),
              .severity = Severity::advice});
}
}  // namespace

extern const Rule double_reduction;
constexpr Rule double_reduction{.id = "double-reduction",
                                .summary = "per-sample values are reduced although the framework needs them",
                                .doc = kDoc,
                                .check = check};
}  // namespace shapelint::rules
