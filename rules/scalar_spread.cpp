#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A value that was already reduced over the batch is added to per-sample values, and what comes back still looks like one
loss per sample: each of them holds the average of all the others.

## Bad
```python
from keras import ops

def vae_loss(x: Float["B N"], x_decoded: Float["B N"], z_mean: Float["B L"]):
    reconstruction = ops.mean(ops.square(x - x_decoded))
    penalty = ops.sum(ops.square(z_mean), axis=-1)
    return reconstruction + penalty  # expect: scalar-spread "(B,)"
```

## Good
```python
from keras import ops

def vae_loss(x: Float["B N"], x_decoded: Float["B N"], z_mean: Float["B L"]):
    reconstruction = ops.mean(ops.square(x - x_decoded), axis=-1)
    penalty = ops.sum(ops.square(z_mean), axis=-1)
    return reconstruction + penalty
```

Statistics of the batch that are applied to it stay silent: `x - mean(x)`, `x / sum(x)`, a shared penalty that does not depend
on the samples. So does a sum whose own mean is taken in the end, since the total is the same.

## Good
```python
from keras import ops

def centred(x: Float["B"], y: Float["B"]):
    return ops.square((x - ops.mean(x)) / ops.sum(x) - y)
```

## Limits
Products with a batch statistic are taken for normalisation. So is what is left of `x - mean(x, axis=0)`, how features spread over the
batch: a regulariser adds it to every sample on purpose.

## Sources
The Keras example of a variational autoencoder before 2020 added a batch mean to per-sample terms:
<https://github.com/keras-team/keras/issues/9163>.
)md";

// What was reduced over the batch behind a tensor that has no batch axis.
std::vector<TensorId> reduced_from(const RuleContext& ctx, TensorId id) {
  std::vector<TensorId> out;
  for (const StepId reduction : reductions_behind(ctx, id)) {
    for (const TensorId operand : ctx.trace.step(reduction).operands) {
      if (ctx.has_batch(operand)) out.push_back(operand);
    }
  }
  return out;
}

bool is_statistic_of(const RuleContext& ctx, const std::vector<TensorId>& sources, TensorId per_sample) {
  for (const TensorId source : sources) {
    const bool related = source.index <= per_sample.index ? ctx.trace.depends_on(per_sample, source)
                                                          : ctx.trace.depends_on(source, per_sample);
    const Step& step = ctx.trace.step_of(source);
    // A parameter that both sides use does not make one a statistic of the other.
    if (related && (source == per_sample || step.kind != StepKind::parameter)) return true;
  }
  return false;
}

// How each feature spreads over the batch, `x - mean(x, axis=0)` squared and so on: a regulariser of the batch, which
// is one number for all samples on purpose.
bool is_spread_of_features(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.op->name != "sub" || !behind[s.result.index]) return false;
    const Step& mean = ctx.trace.step_of(source_of(ctx.trace, s.operands[1]));
    return mean.op != nullptr && mean.op->name == "mean" && along_batch_alone(ctx, mean) &&
           source_of(ctx.trace, mean.operands[0]) == source_of(ctx.trace, s.operands[0]);
  });
}

void check(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.operands.size() != 2 || (step.op->name != "add" && step.op->name != "sub")) continue;
    if (ctx.trace.frame(step.frame).is_framework) continue;  // the framework's own statistics
    for (std::size_t scalar = 0; scalar < 2; ++scalar) {
      const TensorId reduced = step.operands[scalar];
      const TensorId other = step.operands[1 - scalar];
      if (!ctx.has_batch(other) || ctx.has_batch(reduced) || !ctx.tensor(reduced).shape ||
          !ctx.tensor(reduced).shape->empty())
        continue;
      const std::vector<TensorId> sources = reduced_from(ctx, reduced);
      if (sources.empty() || is_statistic_of(ctx, sources, other) || is_spread_of_features(ctx, reduced)) continue;
      // Only where the mixed values are what comes back.
      const Evaluation* proof = ctx.evaluation();
      if (proof == nullptr || proof->verdict != Verdict::coupled) continue;
      Report report{.step = StepId{i},
                    .message = fmt::format("{} was reduced over the batch and is added to the per-sample {}: every "
                                           "sample gets the average of all; reduce the last axes only (`axis=-1`)",
                                           operand_text(ctx, step, scalar), operand_text(ctx, step, 1 - scalar))};
      const StepId lost = reductions_behind(ctx, reduced).front();
      report.related.push_back({"the batch is reduced here", ctx.trace.user_span(ctx.trace.step(lost))});
      ctx.report(std::move(report));
      break;
    }
  }
}
}  // namespace

extern const Rule scalar_spread;
constexpr Rule scalar_spread{.id = "scalar-spread",
                             .summary = "a value reduced over the batch is added to per-sample values",
                             .doc = kDoc,
                             .check = check};
}  // namespace shapelint::rules
