#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/by_hand.h"
#include "lib/lint/spreading.h"
#include "lib/lint/steps.h"
#include "rules/batch_statistics.h"
#include "rules/sum_beside_mean.h"

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

The maximum of the whole batch where each sample's own was meant is the same mistake, wherever the value goes then:
`q.max()` for `q.max(1)`.

## Bad
```python
import torch
import torch.nn.functional as F

def td_loss(chosen: Float["B"], following: Float["B A"], reward: Float["B"], done: Float["B"]):
    target = reward + 0.9 * following.max() * (1 - done)  # expect: scalar-spread "following.max()"
    return F.mse_loss(chosen, target)
```

## Good
```python
import torch
import torch.nn.functional as F

def td_loss(chosen: Float["B"], following: Float["B A"], reward: Float["B"], done: Float["B"]):
    target = reward + 0.9 * following.max(dim=1).values * (1 - done)
    return F.mse_loss(chosen, target)
```

As a weight of every sample it is that of one of them (`loss * confidence.max()`). The sum or the length of the whole batch
and a moment of the whole batch that meets the samples' own are such numbers too.

## Bad
```python
import torch

def scale_invariant(pred: Float["B H W"], target: Float["B H W"]):
    d = pred - target
    return torch.sqrt(d.pow(2).mean() - 0.85 * d.mean((1, 2)).pow(2)).mean()  # expect: scalar-spread "(B,)"

def soft_td(q: Float["B 1"], reward: Float["B 1"], following: Float["B 1"], log_prob: Float["B A"]):
    entropy = log_prob.sum()
    target = reward + 0.99 * (following - 0.2 * entropy)  # expect: scalar-spread "the sum of all"
    return ((q - target) ** 2).mean()
```

## Good
```python
import torch

def scale_invariant(pred: Float["B H W"], target: Float["B H W"]):
    d = pred - target
    return torch.sqrt(d.pow(2).mean((1, 2)) - 0.85 * d.mean((1, 2)).pow(2)).mean()

def soft_td(q: Float["B 1"], reward: Float["B 1"], following: Float["B 1"], log_prob: Float["B A"]):
    entropy = log_prob.sum(dim=1, keepdim=True)
    target = reward + 0.99 * (following - 0.2 * entropy)
    return ((q - target) ** 2).mean()
```

A mean or median of everything that is taken away before each sample is measured by itself is the batch's first moment beside
the sample's second.

## Bad
```python
import torch
import torch.nn.functional as F

def correlation(x: Float["B N"], y: Float["B N"]):
    x = x - x.mean()  # expect: scalar-spread "(B, N)"
    y = y - y.mean()  # expect: scalar-spread "(B, N)"
    return 1 - F.cosine_similarity(x, y, dim=1).mean()
```

## Good
```python
import torch
import torch.nn.functional as F

def correlation(x: Float["B N"], y: Float["B N"]):
    x = x - x.mean(dim=1, keepdim=True)
    y = y - y.mean(dim=1, keepdim=True)
    return 1 - F.cosine_similarity(x, y, dim=1).mean()
```

So is a mean of everything that is taken away from several values of each sample, which stand beside one that the sample has as a
whole, as in a dueling network.

## Bad
```python
import torch

def dueling(value: Float["B 1"], advantage: Float["B A"]):
    return value + advantage - advantage.mean()  # expect: scalar-spread "(B, A)"
```

## Good
```python
import torch

def dueling(value: Float["B 1"], advantage: Float["B A"]):
    return value + advantage - advantage.mean(dim=1, keepdim=True)
```

A value of each sample that is divided by a total of the whole batch, and averaged afterwards, is divided by the number of samples
twice: with every sample in it two times, the same batch has half the value.

## Bad
```python
import torch

def dice(p: Float["B N"], t: Float["B N"]):
    score = 2 * (p * t).sum(1) / (p.sum() + t.sum())  # expect: scalar-spread "a total of the whole batch"
    return 1 - score.mean()
```

## Good
```python
import torch

def dice(p: Float["B N"], t: Float["B N"]):
    score = 2 * (p * t).sum(1) / (p.sum(1) + t.sum(1))
    return 1 - score.mean()

def in_parts(p: Float["B N"], t: Float["B N"]):
    return 1 - (2 * (p * t).sum(1) / (p.sum() + t.sum())).sum()
```

A sum over the samples that is added to a mean over them is the same as if every sample had got the sum of all: it grows with
the batch, and the mean does not. It is advice where a weight stands beside the sum, which may have been chosen for one size of
the batch, and where nobody states the shapes.

## Bad
```python
import torch
import torch.nn.functional as F

def elbo(recon: Float["B N"], x: Float["B N"], mu: Float["B Z"], logvar: Float["B Z"]):
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return F.mse_loss(recon, x) + kl  # expect: scalar-spread "a sum over the samples"
```

## Good
```python
import torch
import torch.nn.functional as F

def elbo(recon: Float["B N"], x: Float["B N"], mu: Float["B Z"], logvar: Float["B Z"]):
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp(), dim=1)
    return F.mse_loss(recon, x) + kl.mean()

def total(recon: Float["B N"], x: Float["B N"], mu: Float["B Z"], logvar: Float["B Z"]):
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return F.mse_loss(recon, x, reduction="sum") + kl

def divided(recon: Float["B N"], x: Float["B N"], mu: Float["B Z"], logvar: Float["B Z"]):
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return F.mse_loss(recon, x) + kl / x.shape[0]
```

Statistics of the batch that are applied to it stay silent: `x - mean(x)`, `x / sum(x)`, a shared penalty that does not depend
on the samples. So does a sum whose own mean is taken in the end, since the total is the same.

## Good
```python
from keras import ops

def centred(x: Float["B"], y: Float["B"]):
    return ops.square((x - ops.mean(x)) / ops.sum(x) - y)
```

So does a regulariser of the batch that plain or weighted means gather again: it is the number that it would be behind them.

## Good
```python
import torch

def sparse(per_sample: Float["B"], hidden: Float["B H"]):
    rate = hidden.mean(dim=0)
    penalty = -torch.log(rate * (1 - rate)).sum()
    return (per_sample + 0.1 * penalty).mean()
```

A value that goes through a function afterwards (`softplus(real - mean(fake))`) is a statistic at work.

## Good
```python
import torch
import torch.nn.functional as F

def relativistic(real: Float["B 1"], fake: Float["B 1"]):
    return F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()
```

## Limits
Products with a batch statistic are taken for normalisation, but for the extremum of other values. So is a function of what
features are on average, or how they spread, over the batch: a regulariser adds it to every sample on purpose. Of a mean of
both nobody can say whether each sample's own standard deviation or length was meant. `(x - mean(x)) / std(x)` over everything
is how advantages are normalised, and silent, as `x / sum(x)` and `x / max(x)` are, unless two tensors that were scaled so are
compared and one value per sample comes back.

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

// The per-sample side was made with a reduction that stands behind the number as well.
bool shares_reduction(const RuleContext& ctx, const Step& step, std::size_t scalar) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, step.operands[1 - scalar]);
  return std::ranges::any_of(reductions_behind(ctx, step.operands[scalar]),
                             [&](StepId id) { return behind[ctx.trace.step(id).result.index]; });
}

// Behind the sum everything is linear: what comes back is a loss that was put together, weighed and averaged. A value
// that goes through a function first (`softplus(score - mean(others))`) is a statistic at work.
bool is_only_totalled(const RuleContext& ctx, TensorId sum) {
  const std::vector<bool> later = dependants_of(ctx.trace, sum);
  return std::ranges::all_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.result == sum || !s.result.valid() || !later[s.result.index]) return true;
    if (s.op->role == OpRole::movement) return true;
    if (s.op->role == OpRole::reduction) return s.op->name == "mean" || s.op->name == "sum";
    if (s.op->role != OpRole::elementwise) return false;
    if (s.operands.size() == 1) {
      return s.op->name == "neg" || s.op->name == "identity" || s.op->name == "stop_gradient" ||
             s.op->dtype == DTypeRule::attribute || s.op->name == "cast";
    }
    if (s.op->name == "add" || s.op->name == "sub") return true;
    if (s.op->name == "where") return !later[s.operands[0].index];
    if (s.op->name == "mul") return s.operands.size() == 2 && later[s.operands[0].index] != later[s.operands[1].index];
    return s.op->name == "div" && s.operands.size() == 2 && !later[s.operands[1].index];
  });
}

// `K - K.mean(0) - K.mean(1, keepdim=True) + K.mean()`: the other side has a mean of the same values along one axis,
// and the mean of all puts back what was taken away twice.
bool is_centred_both_ways(const RuleContext& ctx, TensorId per_sample, const std::vector<TensorId>& sources) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, per_sample);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && !s.operands.empty() && s.result.valid() && behind[s.result.index] &&
           s.op->role == OpRole::reduction && ctx.tensor(s.operands[0]).shape &&
           s.axes.size() < ctx.tensor(s.operands[0]).shape->size() &&
           std::ranges::any_of(sources, [&](TensorId of) { return same_values(ctx.trace, of, s.operands[0]); });
  });
}

// `x - mean(x)`, and `max(x) + log(sum(exp(x - max(x))))`, which puts back what it took away. Adding the mean of
// other values of the same network (`nll + eps * mean(log_p)`) is a term of a loss.
bool is_statistic_of(const RuleContext& ctx, const Step& step, std::size_t scalar,
                     const std::vector<TensorId>& sources) {
  const TensorId per_sample = step.operands[1 - scalar];
  if (ancestors_of(ctx.trace, per_sample)[step.operands[scalar].index] ||
      is_centred_both_ways(ctx, per_sample, sources))
    return true;
  if (step.op->name == "add" && std::ranges::find(sources, per_sample) == sources.end() &&
      !shares_reduction(ctx, step, scalar))
    return false;
  for (const TensorId source : sources) {
    const bool related = source.index <= per_sample.index ? ctx.trace.depends_on(per_sample, source)
                                                          : ctx.trace.depends_on(source, per_sample);
    // A parameter that both sides use does not make one a statistic of the other.
    if (step.op->name == "sub" && same_values(ctx.trace, source, per_sample)) return true;
    if (related && (source == per_sample || ctx.trace.step_of(source).kind != StepKind::parameter)) return true;
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

// A number that is made of one value for each feature, taken over the batch (`mean(x, axis=0)` and what follows), and
// is no sum over the samples: a regulariser of the batch.
bool is_statistic_of_features(const RuleContext& ctx, TensorId id) {
  const Verdict verdict = ctx.verdict(id);
  if (verdict != Verdict::pooled && verdict != Verdict::coupled) return false;
  return std::ranges::all_of(reductions_behind(ctx, id), [&](StepId lost) {
    const Step& step = ctx.trace.step(lost);
    return step.op != nullptr && (step.op->role == OpRole::reduction || step.op->role == OpRole::contraction) &&
           has_own_axis(ctx, step.result);
  });
}

// Is `number` what it would be behind the means? A sum over the samples grows beside a mean, and a mean of what each of
// them has would be weighed with them.
bool is_gathered(const RuleContext& ctx, TensorId sum, TensorId number) {
  if (!ctx.has_numbers()) return false;
  const Verdict verdict = ctx.verdict(number);
  switch (gathered_again(ctx, sum)) {
    case Gathered::no: return false;
    case Gathered::by_means: return verdict != Verdict::sum;
    case Gathered::by_weights: return verdict == Verdict::pooled || verdict == Verdict::coupled;
  }
  return false;
}

// What each sample gets, and what to do instead.
std::string consequence(const RuleContext& ctx, TensorId number, bool is_length) {
  const Verdict verdict = ctx.verdict(number);
  const std::string_view what = is_length                  ? "length"
                                : verdict == Verdict::sum  ? "sum"
                                : verdict == Verdict::mean ? "average"
                                                           : "";
  const bool own = std::ranges::any_of(reductions_behind(ctx, number), [&](StepId lost) {
    const Step& step = ctx.trace.step(lost);
    return (is_named(step, "mean") || is_named(step, "sum")) && ctx.verdict(step.operands[0]) == Verdict::per_sample;
  });
  if (what.empty() && !own) return "every sample gets one number of the whole batch; add it behind the last mean";
  return fmt::format("every sample gets {}; reduce the last axes only (`{}`)",
                     what.empty() ? "one number of the whole batch" : fmt::format("the {} of all", what),
                     ctx.argument("axis=-1"));
}

// The largest or smallest of everything, although each sample has several values to take it of.
bool is_extremum_of_all(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || (step.op->name != "max" && step.op->name != "min") || step.operands.size() != 1)
    return false;
  const auto& left = ctx.tensor(step.result).shape;
  return left && left->empty() && ctx.has_batch(step.operands[0]) && has_own_axis(ctx, step.operands[0]);
}

// Batched parameters that a tensor rests on by its values, not by a place that `argmax` picked in them.
std::vector<TensorId> valued_parameters(const RuleContext& ctx, TensorId id) {
  std::vector<TensorId> out;
  std::vector<TensorId> todo{id};
  std::vector<bool> seen(ctx.trace.tensors.size(), false);
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (seen[at.index]) continue;
    seen[at.index] = true;
    const Step& step = ctx.trace.step_of(at);
    if (step.kind == StepKind::parameter && (ctx.has_batch(at) || !ctx.tensor(at).shape)) out.push_back(at);
    if (step.op != nullptr && step.op->dtype == DTypeRule::index) continue;
    todo.insert(todo.end(), step.operands.begin(), step.operands.end());
  }
  return out;
}

// The extremum of all scales values of one per sample that are made of other things: `loss * confidence.max()`.
bool scales_other_values(const RuleContext& ctx, const Step& step, std::size_t which, const Step& extremum) {
  if (step.op->name != "mul" || step.operands.size() != 2) return false;
  const TensorId values = step.operands[1 - which];
  // What is scaled is computed: a parameter by its extremum is a unit, and whole numbers are places.
  if (!ctx.has_batch(values) || is_integer(ctx.tensor(values).dtype) ||
      ctx.trace.step_of(source_of(ctx.trace, values)).kind == StepKind::parameter)
    return false;
  const std::vector<TensorId> own = valued_parameters(ctx, values);
  const std::vector<TensorId> of_extremum = valued_parameters(ctx, extremum.operands[0]);
  return !own.empty() && !of_extremum.empty() && std::ranges::none_of(own, [&](TensorId id) {
    return std::ranges::find(of_extremum, id) != of_extremum.end();
  }) && is_only_totalled(ctx, step.result);
}

// Where such a number, or a multiple of it for each sample, is added to values of one per sample that do not rest on
// what it was taken of: `reward + gamma * (1 - done) * q.max()`. `x - x.max()` is a statistic at work.
void check_extremum(RuleContext& ctx, const Step& extremum) {
  const std::vector<bool> of_source = dependants_of(ctx.trace, source_of(ctx.trace, extremum.operands[0]));
  std::vector<bool> scaled(ctx.trace.tensors.size());
  scaled[extremum.result.index] = true;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || !step.result.valid() || step.operands.empty()) continue;
    const auto is_scaled = [&](TensorId id) { return scaled[id.index]; };
    if (std::ranges::count_if(step.operands, is_scaled) != 1) continue;
    const auto& shape = ctx.tensor(step.result).shape;
    const std::size_t scaling = is_scaled(step.operands[0]) ? 0 : 1;
    if (shape && scales_other_values(ctx, step, scaling, extremum)) {
      if (!ctx.comes_back_as({Verdict::coupled})) return;
      const Span place = ctx.trace.user_span(extremum);
      Report report{
          .step = ctx.trace.tensors[extremum.result.index].step,
          .message = fmt::format("`{}` is the {} value of the whole batch and weighs the values of all "
                                 "samples {}: each of them gets the weight of one; reduce the axes of a "
                                 "sample only (`{hint}`)",
                                 ctx.text(place), extremum.op->name == "max" ? "largest" : "smallest",
                                 ctx.show(step.operands[1 - scaling]), fmt::arg("hint", ctx.argument("axis=1")))};
      report.related.push_back({"it meets the samples here", ctx.trace.user_span(step)});
      ctx.report(std::move(report));
      return;
    }
    if (!shape || shape->size() > 1) continue;
    const bool sums = step.op->name == "add" || step.op->name == "sub";
    const std::size_t which = is_scaled(step.operands[0]) ? 0 : 1;
    if (sums && step.operands.size() == 2 && ctx.has_batch(step.operands[1 - which])) {
      if (of_source[step.operands[1 - which].index]) return;
      if (!ctx.comes_back_as({Verdict::coupled})) return;
      const Span place = ctx.trace.user_span(extremum);
      Report report{.step = ctx.trace.tensors[extremum.result.index].step,
                    .message = fmt::format("`{}` is the {} value of the whole batch and is added to values of one per "
                                           "sample: all of them get the value of one; reduce the last axes only "
                                           "(`{hint}`)",
                                           ctx.text(place), extremum.op->name == "max" ? "largest" : "smallest",
                                           fmt::arg("hint", ctx.argument("axis=-1")))};
      report.related.push_back({"it meets the samples here", ctx.trace.user_span(step)});
      ctx.report(std::move(report));
      return;
    }
    const bool scales =
        step.op->role == OpRole::elementwise && (sums || step.op->name == "mul" || step.operands.size() == 1);
    scaled[step.result.index] = scales || step.op->role == OpRole::movement;
  }
}

// The operand that a factor without samples scales; not valid where both have samples.
TensorId scaled_operand(const RuleContext& ctx, const Step& product) {
  for (std::size_t k = 0; k < 2; ++k)
    if (batched_parameters(ctx, product.operands[k]).empty()) return product.operands[1 - k];
  return {};
}

// What is squared: `x * x`, `x ** 2`; not valid for other tensors. Constant factors are passed over.
TensorId base_of_square(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 8; ++hops) {
    const Step& step = ctx.trace.step_of(source_of(ctx.trace, id));
    if (step.op == nullptr || step.operands.empty()) return {};
    const std::string_view op = step.op->name;
    if (op == "square") return step.operands[0];
    if (step.operands.size() != 2) return {};
    const ArrayPtr& second = ctx.tensor(step.operands[1]).array;
    const bool is_two = second != nullptr && second->values.size() == 1 && second->values[0] == 2;
    if (op == "pow") return is_two ? step.operands[0] : TensorId{};
    if (op != "mul" && op != "div") return {};
    if (op == "mul" && source_of(ctx.trace, step.operands[0]) == source_of(ctx.trace, step.operands[1]))
      return step.operands[0];
    id = scaled_operand(ctx, step);
    if (!id.valid() || (op == "div" && id != step.operands[0])) return {};
  }
  return {};
}

// `mean(x ** 2) - mean(x, axis=1) ** 2`: one moment is the batch's and the other the sample's.
bool are_moments_over_other_axes(const RuleContext& ctx, const Step& step, std::size_t scalar) {
  if (step.op->name != "sub") return false;
  const Step& whole = ctx.trace.step_of(source_of(ctx.trace, step.operands[scalar]));
  const TensorId mean = base_of_square(ctx, step.operands[1 - scalar]);
  if (!mean.valid() || whole.op == nullptr || whole.op->name != "mean" || !ctx.has_batch(mean)) return false;
  const Step& own = ctx.trace.step_of(source_of(ctx.trace, mean));
  if (own.op == nullptr || own.op->name != "mean") return false;
  const TensorId squared = base_of_square(ctx, whole.operands[0]);
  return squared.valid() && source_of(ctx.trace, squared) == source_of(ctx.trace, own.operands[0]);
}

enum class Total { none, sum, length };

// The sum of everything, or the length of it, `sqrt(sum(x ** 2))` over all axes: of the batch's own values neither is a
// statistic that a sample would be measured by.
Total total_of_all(const RuleContext& ctx, TensorId id) {
  Total found = Total::sum;
  for (int hops = 0; hops < 8; ++hops) {
    const Step& step = ctx.trace.step_of(source_of(ctx.trace, id));
    if (step.op == nullptr || step.operands.empty()) return Total::none;
    const std::string_view op = step.op->name;
    if (op == "sum")
      return ctx.has_batch(step.operands[0]) && has_own_axis(ctx, step.operands[0]) ? found : Total::none;
    if (op == "sqrt" && found == Total::sum) found = Total::length;
    else if ((op != "mul" && op != "neg") || found == Total::length) return Total::none;
    id = op == "mul" ? scaled_operand(ctx, step) : step.operands[0];
    if (!id.valid()) return Total::none;
  }
  return Total::none;
}

// Behind the sum each value stays its sample's: elementwise steps and totals, and no other meeting with the batch.
bool stays_elementwise(const RuleContext& ctx, TensorId sum) {
  const std::vector<bool> later = dependants_of(ctx.trace, sum);
  return std::ranges::all_of(ctx.trace.steps, [&](const Step& s) {
    return s.op == nullptr || !s.result.valid() || s.result == sum || !later[s.result.index] ||
           s.op->role == OpRole::elementwise || s.op->role == OpRole::movement || s.op->name == "mean" ||
           s.op->name == "sum";
  });
}

void check(RuleContext& ctx) {
  check_statistics(ctx);
  check_sum_beside_mean(ctx);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (is_extremum_of_all(ctx, step)) check_extremum(ctx, step);
    if (step.op == nullptr || step.operands.size() != 2 || (step.op->name != "add" && step.op->name != "sub")) continue;
    if (ctx.trace.frame(step.frame).is_framework) continue;  // the framework's own statistics
    for (std::size_t scalar = 0; scalar < 2; ++scalar) {
      const TensorId reduced = step.operands[scalar];
      const TensorId other = step.operands[1 - scalar];
      if (!ctx.has_batch(other) || ctx.has_batch(reduced) || !ctx.tensor(reduced).shape ||
          !ctx.tensor(reduced).shape->empty())
        continue;
      // Said of the extremum.
      const auto reductions = reductions_behind(ctx, reduced);
      if (std::ranges::any_of(reductions, [&](StepId id) { return is_extremum_of_all(ctx, ctx.trace.step(id)); }))
        continue;
      const std::vector<TensorId> sources = reduced_from(ctx, reduced);
      if (sources.empty() || is_statistic_of(ctx, step, scalar, sources) || is_spread_of_features(ctx, reduced))
        continue;
      // Only where the mixed values are what comes back.
      if (!ctx.comes_back_as({Verdict::coupled})) continue;
      const bool meets_itself = are_moments_over_other_axes(ctx, step, scalar);
      // What is taken away may be a normaliser.
      const Total total = stays_elementwise(ctx, step.result) ? total_of_all(ctx, reduced) : Total::none;
      const bool adds_total = total == Total::sum || (total == Total::length && step.op->name == "add");
      const bool totalled = is_only_totalled(ctx, step.result);
      if (!meets_itself && !adds_total && !totalled) continue;
      if (totalled && (is_gathered(ctx, step.result, reduced) || is_statistic_of_features(ctx, reduced))) continue;
      Report report{.step = StepId{i},
                    .message = fmt::format(
                        "{} was reduced over the batch and {} the per-sample {}: {}", operand_text(ctx, step, scalar),
                        meets_itself ? "is held against" : "is added to", operand_text(ctx, step, 1 - scalar),
                        consequence(ctx, reduced, adds_total && total == Total::length))};
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
