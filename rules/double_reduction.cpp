#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/steps.h"

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

## Bad
```python
import keras
from keras import ops

def rmse(y_true: Float["B N"], y_pred: Float["B N"]):
    return ops.sqrt(ops.mean(ops.square(y_pred - y_true)))  # expect: double-reduction "sample_weight"

def regularised_loss(y_true: Float["B N"], y_pred: Float["B N"]):
    mse = ops.mean(ops.square(y_pred - y_true))
    return mse + 0.1 * ops.mean(ops.square(y_pred))  # expect: double-reduction "sample_weight"

def spectral_loss(y_true: Float["B T D"], y_pred: Float["B T D"]):
    return ops.mean(ops.square(y_pred - y_true), axis=[0, 1])  # expect: double-reduction "sample_weight"

def flat_loss(y_true: Float["B H W"], y_pred: Float["B H W"]):
    return keras.losses.mean_squared_error(ops.reshape(y_true, (-1,)), ops.reshape(y_pred, (-1,)))  # expect: double-reduction "sample_weight"
```

## Good
```python
from keras import backend as K

def loss(y_true: Float["B N"], y_pred: Float["B N"]):
    return K.mean(K.square(y_pred - y_true), axis=-1)

def rmse_loss(y_true: Float["B N"], y_pred: Float["B N"]):
    return K.sqrt(K.mean(K.square(y_pred - y_true), axis=-1)) + 0.1 * K.mean(K.square(y_pred), axis=-1)

def pooled_dice_loss(y_true: Float["B N"], y_pred: Float["B N"]):
    return 1 - 2 * K.sum(y_true * y_pred) / (K.sum(y_true) + K.sum(y_pred))
```

A value that already lost the batch and is reduced again as if it had it gives the same mistake away from the other side: the
mean of one number does nothing, so whoever wrote it believed that there were many. It is flagged when the numbers show that the
difference matters.

## Bad
```python
from keras import ops

def focal(y_true: Float["B N"], y_pred: Float["B N"]):
    bce = ops.mean(ops.square(y_true - y_pred))  # expect: double-reduction "too early"
    per_sample = (1 - ops.exp(-bce)) ** 2 * bce
    return ops.mean(per_sample)
```

An axis that is named where none is left says the same.

## Bad
```python
import torch
import torch.nn.functional as F

def log_mse(pred: Float["B T"], target: Float["B T"]):
    return F.mse_loss(pred, target).mean(dim=-1).log10().mean()  # expect: double-reduction "too early"
```

A loss of the framework that pools over the batch by its default, and then finds nothing to average, is the same mistake:

## Bad
```python
import keras

dice = keras.losses.Dice()

def mask_loss(y_true: Float["B H W 1"], y_pred: Float["B H W 1"]):
    return dice(y_true, y_pred)  # expect: double-reduction "axis"
```

## Good
```python
import keras

dice = keras.losses.Dice(axis=(1, 2, 3))

def mask_loss(y_true: Float["B H W 1"], y_pred: Float["B H W 1"]):
    return dice(y_true, y_pred)
```

A mean that is divided by the batch size as well shrinks with the batch.

## Bad
```python
def loss(pred: Float["B N"], target: Float["B N"]):
    return mean((pred - target) ** 2) / pred.shape[0]  # expect: double-reduction "again"
```

## Good
```python
def loss(pred: Float["B N"], target: Float["B N"]):
    return sum(mean((pred - target) ** 2, axis=-1)) / pred.shape[0]
```

A function that reduces whatever it is handed says nothing about the number that it gets.

## Good
```python
import torch

def reduce(x, reduction):
    return torch.mean(x) if reduction == "mean" else x

def noise_ratio(pred: Float["B N"], target: Float["B N"], reduction="mean"):
    error = torch.sum((pred - target) ** 2) / target.numel()
    return reduce(-10 * torch.log10(error), reduction)
```

Nor does a second mean of what is linear, or of a curve of the mean: it is idle, whether the samples are coupled, a mask
decides which of them count, or the mean has a logarithm.

## Good
```python
import torch
import torch.nn.functional as F

def contrastive(za: Float["B D"], zb: Float["B D"]):
    loss = F.cross_entropy(za @ zb.t() / 0.1, torch.arange(len(za)))
    return loss.mean()

def standardised(pred: Float["B D"], target: Float["B D"]):
    pred = (pred - pred.mean(dim=0)) / (pred.std(dim=0) + 1e-6)
    loss = ((pred - target) ** 2).sum(dim=1).mean()
    return loss.mean()

def psnr(pred: Float["B N"], target: Float["B N"]):
    return (-10 * torch.log10(1 / F.mse_loss(pred, target))).mean()

def perplexity(logits: Float["B C"], labels: Int["B"]):
    return torch.exp(F.cross_entropy(logits, labels)).mean()

def masked(pred: Float["B T"], target: Float["B T"], mask: Float["B T"]):
    loss = ((pred - target) ** 2 * mask).sum() / mask.sum()
    return loss.mean()
```

A template that averages what its subclasses return may get one number from a subclass that pools the samples.

## Good
```python
import torch

def pooled_dice(pred: Float["B C H W"], target: Float["B C H W"]):
    pred = pred.permute(1, 0, 2, 3).reshape(pred.shape[1], -1)
    target = target.permute(1, 0, 2, 3).reshape(target.shape[1], -1)
    dice = 2 * (pred * target).sum(-1).sum() / (pred + target).sum(-1).sum()
    return 1 - torch.mean(dice)
```

## Limits
For the advice, only elementwise steps may follow the reductions: of any kind where the value is still the mean or sum over the
samples, else those of one operand behind a single mean. A loss that pools over the batch on purpose (a Dice of the whole
batch) cannot be weighted by sample anyway, and is silent.

## Sources
keras.io, "Losses", section "Creating custom losses": a loss returns one value per sample;
<https://github.com/tensorflow/tensorflow/issues/42446>.
)md";

// Nothing of the batch is left of what was per-sample just before.
bool is_final_total(const RuleContext& ctx, const Step& step) {
  return step.op != nullptr && step.op->role == OpRole::reduction && !step.operands.empty() &&
         ctx.has_batch(step.operands[0]) && ctx.tensor(step.result).shape && !ctx.has_batch(step.result);
}

// `axis=-1` on a rank-1 operand is a collapse, not a total, unless all axes were merged into that one.
bool says_so(const RuleContext& ctx, const Step& step) {
  if (step.all_axes || !step.axis || *step.axis >= 0) return true;
  const Shape& operand = *ctx.tensor(step.operands[0]).shape;
  return operand.size() == 1 && ctx.dims.as_symbol(operand[0]) != ctx.batch();
}

// The reduction of one number that was made of a whole batch.
bool reduces_nothing(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.op->role != OpRole::reduction || step.operands.empty()) return false;
  const Tensor& operand = ctx.tensor(step.operands[0]);
  return operand.shape && operand.shape->empty() && !operand.is_number &&
         ctx.trace.step_of(step.operands[0]).kind == StepKind::op;
}

// The batch was lost inside the framework, to a default: nobody wrote that all axes are meant.
bool lost_by_default(const RuleContext& ctx, const Step& step) {
  const std::vector<StepId> lost = reductions_behind(ctx, step.operands[0]);
  return !lost.empty() && std::ranges::all_of(lost, [&](StepId id) {
    const Step& reduction = ctx.trace.step(id);
    return reduction.op != nullptr && reduction.op->role == OpRole::reduction && reduction.all_axes &&
           ctx.trace.frame(reduction.frame).is_framework && ctx.trace.user_span(reduction) == ctx.trace.user_span(step);
  });
}

// `mean(sum(x))`: the sum was meant to leave the batch to the mean.
bool averages_a_sum(const RuleContext& ctx, const Step& step) {
  if (step.op->name != "mean") return false;
  return std::ranges::any_of(reductions_behind(ctx, step.operands[0]), [&](StepId id) {
    const Step& sum = ctx.trace.step(id);
    return sum.op != nullptr && sum.op->name == "sum" && sum.all_axes && ctx.tensor(sum.operands[0]).shape &&
           ctx.tensor(sum.operands[0]).shape->size() > 1;
  });
}

// `einsum("b..., b... -> ...")` over the batch: a covariance, a Gram matrix, statistics of the batch on purpose.
bool averages_a_statistic(const RuleContext& ctx, const Step& step) {
  return std::ranges::any_of(reductions_behind(ctx, step.operands[0]), [&](StepId id) {
    const Step& lost = ctx.trace.step(id);
    return lost.op != nullptr && lost.op->role == OpRole::contraction;
  });
}

// Are both factors made of one loss of the batch?
bool shares_a_reduction(const RuleContext& ctx, const Step& product) {
  const std::vector<StepId> of_first = reductions_behind(ctx, product.operands[0]);
  const std::vector<StepId> of_second = reductions_behind(ctx, product.operands[1]);
  return std::ranges::any_of(of_first, [&](StepId id) { return std::ranges::find(of_second, id) != of_second.end(); });
}

// The number is bounded (`relu(near - far + 0.5)`), or meets what a function made of itself (`(1 - exp(-ce)) ** 2 *
// ce`): each sample has its own hinge and its own weight. Or it was summed before a curve, as a scalar product of two
// samples is. A logarithm or a root of the mean may be meant as it is.
bool is_bent(const RuleContext& ctx, TensorId id, const std::vector<StepId>& lost) {
  static constexpr std::string_view kBounds[] = {"relu", "maximum", "minimum", "clip"};
  static constexpr std::string_view kCurves[] = {"exp", "log", "log1p", "pow", "square", "sigmoid", "softplus", "tanh"};
  const auto is_one_of = [](const Step& step, const auto& names) {
    return step.op != nullptr && std::ranges::find(names, step.op->name) != std::end(names);
  };
  std::vector<bool> made(ctx.trace.tensors.size(), false);
  for (const StepId one : lost) made[ctx.trace.step(one).result.index] = true;
  for (const Step& step : ctx.trace.steps) {
    const auto is_made = [&](TensorId operand) { return made[operand.index]; };
    if (step.result.valid() && std::ranges::any_of(step.operands, is_made)) made[step.result.index] = true;
  }
  const auto is_number = [&](TensorId operand) { return made[operand.index] && !ctx.has_batch(operand); };
  // The numbers that it is made of, of which what has the batch was there before that was lost for good.
  std::vector<TensorId> open{id};
  std::vector<bool> seen(ctx.trace.tensors.size(), false);
  bool is_curved = false;
  bool meets_itself = false;
  while (!open.empty()) {
    const Step& step = ctx.trace.step_of(open.back());
    open.pop_back();
    const auto numbers = std::ranges::count_if(step.operands, is_number);
    if (numbers > 0 && is_one_of(step, kBounds)) return true;
    is_curved = is_curved || (numbers > 0 && is_one_of(step, kCurves));
    meets_itself = meets_itself || (numbers > 1 && is_named(step, "mul") && shares_a_reduction(ctx, step));
    for (const TensorId operand : step.operands) {
      if (seen[operand.index] || !is_number(operand)) continue;
      seen[operand.index] = true;
      open.push_back(operand);
    }
  }
  const bool is_sum = std::ranges::any_of(lost, [&](StepId one) {
    const Step& step = ctx.trace.step(one);
    return is_named(step, "sum") && step.all_axes && is_users(ctx, step);
  });
  return is_curved && (meets_itself || is_sum);
}

// The function of the user's that a step runs in, or that called the framework's.
FrameId users_frame(const RuleContext& ctx, const Step& step) {
  FrameId at = step.frame;
  while (ctx.trace.frame(at).is_framework && ctx.trace.frame(at).depth > 0) at = ctx.trace.frame(at).parent;
  return at;
}

// `reduce(x, reduction)`: the number was handed to a function that reduces whatever it gets. Only where the batch was
// lost in the same function, or in one that it called, did its writer believe that there was something left.
bool reduces_what_it_gets(const RuleContext& ctx, const Step& step, const std::vector<StepId>& lost) {
  const FrameId reducer = users_frame(ctx, step);
  return std::ranges::none_of(lost, [&](StepId id) {
    FrameId at = users_frame(ctx, ctx.trace.step(id));
    while (!(at == reducer) && ctx.trace.frame(at).depth > 0) at = ctx.trace.frame(at).parent;
    return at == reducer;
  });
}

// `x.permute(1, 0, 2, 3).reshape(C, -1)`: where the samples were merged with other axes before, the batch is pooled on
// purpose, and there are no values per sample to keep.
bool pools_merged_axes(const RuleContext& ctx, const std::vector<StepId>& lost) {
  return std::ranges::all_of(lost, [&](StepId id) {
    const TensorId whole = ctx.trace.step(id).operands[0];
    return std::ranges::none_of(ctx.batch_axes(whole), [&](int axis) {
      return ctx.dims.as_symbol((*ctx.tensor(whole).shape)[static_cast<std::size_t>(axis)]) == ctx.batch();
    });
  });
}

// Is the total another than that of the samples alone? That of a mean is the same by chance.
bool makes_a_difference(const Evaluation& proof) {
  return proof.totals &&
         (proof.verdict == Verdict::mean || !nearly_equal(proof.totals->mean_wrote, proof.totals->mean_per_sample));
}

void check_repeated(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!reduces_nothing(ctx, step)) continue;
    // A framework's own reduction inside a loss is its business; the user's own `mean` is what gives it away.
    const bool own = is_users(ctx, step);
    const bool by_default = !own && lost_by_default(ctx, step);
    if ((!own && !by_default) || averages_a_statistic(ctx, step)) continue;
    const std::vector<StepId> behind = reductions_behind(ctx, step.operands[0]);
    if (behind.empty()) continue;  // a number that never had the batch
    if (own && (reduces_what_it_gets(ctx, step, behind) || pools_merged_axes(ctx, behind))) continue;
    const bool mixed = ctx.comes_back_as({Verdict::pooled, Verdict::coupled});
    // What is linear gives one number for all samples whenever the mean is taken: of losses that couple the samples, or
    // of a sum in parts of another, the second mean is idle and right. A hinge may be open for every sample, or
    // `1 - exp(-loss)` be 1: then the numbers call a mean that comes too early right.
    const bool bent = own && (mixed || ctx.comes_back_as({Verdict::mean})) && is_bent(ctx, step.operands[0], behind);
    // Whoever names an axis (`mse_loss(x, y).mean(dim=-1)`) believes that there is one.
    const bool has_axis = own && !step.all_axes && mixed;
    if (!bent && !has_axis && !(by_default && mixed) &&
        !(ctx.comes_back_as({Verdict::sum}) && averages_a_sum(ctx, step)))
      continue;
    if (ctx.has_numbers() && !makes_a_difference(*ctx.evaluation())) continue;
    const Step& lost = ctx.trace.step(std::ranges::min(behind));
    if (by_default) {
      ctx.report(
          {.step = StepId{i},
           .message = fmt::format("`{}` runs over all axes by default, the batch too, and has one number left to "
                                  "average: give it the axes of one sample, as in `{hint}`",
                                  ctx.callee(step), fmt::arg("hint", ctx.argument("axis=(1, 2, 3)")))});
      return;
    }
    Report report{.step = ctx.tensor(lost.result).step,
                  .message = fmt::format("`{}` reduces the batch of {} too early: `{}`, which follows, has {} left and "
                                         "reduces nothing; keep the values per sample until there",
                                         ctx.callee(lost), ctx.show(lost.operands[0]), ctx.callee(step),
                                         ctx.show(step.operands[0]))};
    report.related.push_back({"nothing is left to reduce here", ctx.trace.user_span(step)});
    ctx.report(std::move(report));
    return;
  }
}

// The size of the batch, as the code asked for it (`len(x)`, `x.shape[0]`), not a number that happens to be the same.
bool is_batch_size(const RuleContext& ctx, TensorId id) {
  if (ctx.tensor(id).array != nullptr || !ctx.tensor(id).shape || !ctx.tensor(id).shape->empty() ||
      !batched_parameters(ctx, id).empty())
    return false;
  const Evaluation* proof = ctx.evaluation();
  const TensorId there = ctx.evaluated(id);
  if (proof == nullptr || !there.valid()) return false;
  const ArrayPtr& value = proof->batch.tensor(there).array;
  const auto size = proof->sizes.find(ctx.batch());
  return value != nullptr && value->values.size() == 1 && size != proof->sizes.end() &&
         value->values[0] == static_cast<double>(size->second);
}

// Every number that goes into it and has a batch behind it is a mean over the batch already: the loss itself, or what a
// function made of it (`(1 - exp(-ce)) ** 2 * ce`).
bool is_made_of_means(const RuleContext& ctx, TensorId id, int depth = 0) {
  if (ctx.has_batch(id) || depth > 12) return false;
  const Verdict verdict = ctx.verdict(id);
  if (verdict == Verdict::mean) return true;
  const Step& step = ctx.trace.step_of(id);
  if (verdict != Verdict::pooled || step.op == nullptr || step.op->role != OpRole::elementwise) return false;
  bool any = false;
  for (const TensorId operand : step.operands) {
    if (batched_parameters(ctx, operand).empty()) continue;
    if (!is_made_of_means(ctx, operand, depth + 1)) return false;
    any = true;
  }
  return any;
}

// Was an average taken where the batch was lost, or after it? Hits that are counted, or a hinge that is closed for all
// samples, have the numbers of a mean (0) without being one.
bool was_averaged(const RuleContext& ctx, TensorId id, const std::vector<StepId>& lost) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::all_of(lost, [&](StepId reduction) {
    const Step& made = ctx.trace.step(reduction);
    if (made.op != nullptr && made.op->name == "mean") return true;
    // The sum, or what it is divided by: the sum of the weights.
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& step) {
      return step.op != nullptr && step.op->name == "div" && (step.result == id || behind[step.result.index]) &&
             std::ranges::any_of(step.operands, [&](TensorId operand) {
               return operand == made.result || ctx.trace.depends_on(operand, made.result);
             });
    });
  });
}

// `mean(loss) / len(x)`: divided by the batch twice.
void check_divided(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.op->name != "div" || step.operands.size() != 2 || !is_users(ctx, step)) continue;
    const Tensor& total = ctx.tensor(step.operands[0]);
    if (!total.shape || !total.shape->empty() || total.is_number) continue;
    const std::vector<StepId> lost = reductions_behind(ctx, step.operands[0]);
    if (lost.empty() || !was_averaged(ctx, step.operands[0], lost) || !is_batch_size(ctx, step.operands[1]) ||
        !is_made_of_means(ctx, step.operands[0]))
      continue;
    Report report{
        .step = StepId{i},
        .message = fmt::format("{} is the mean over the batch already, and is divided by the batch size again: "
                               "the loss shrinks with the batch; {}",
                               operand_text(ctx, step, 0),
                               ctx.verdict(step.operands[0]) == Verdict::mean
                                   ? "drop the division"
                                   : "keep the values per sample (`reduction=\"none\"`) and sum them before")};
    report.related.push_back({"the mean is taken here", ctx.trace.user_span(ctx.trace.step(lost.front()))});
    ctx.report(std::move(report));
  }
}

// The reductions that the returned value is made of, the last one first: `sqrt(mean(x))`, `mean(x) + c * mean(y)`.
struct Totals {
  std::vector<StepId> steps;
  bool one_operand = true;  ///< nothing was joined behind them
};

// Empty when the batch was lost in anything else as well.
Totals final_totals(const RuleContext& ctx, TensorId returned) {
  Totals out;
  std::vector<TensorId> todo{returned};
  std::vector<bool> seen(ctx.trace.tensors.size(), false);
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (seen[at.index] || batched_parameters(ctx, at).empty()) continue;
    seen[at.index] = true;
    const Tensor& tensor = ctx.tensor(at);
    if (!tensor.step.valid() || tensor.step < ctx.trace.first_step) return {};
    const Step& step = ctx.trace.step(tensor.step);
    if (is_final_total(ctx, step) && says_so(ctx, step)) {
      out.steps.push_back(tensor.step);
      continue;
    }
    if (step.op == nullptr || step.op->role != OpRole::elementwise || ctx.has_batch(at)) return {};
    // A mean over what a mask lets through, a product of two numbers of the whole batch: nothing that samples have.
    const bool joins = std::ranges::count_if(step.operands, [&](TensorId operand) {
                         return !batched_parameters(ctx, operand).empty();
                       }) > 1;
    if (joins && step.op->name != "add" && step.op->name != "sub") return {};
    out.one_operand = out.one_operand && step.operands.size() == 1;
    todo.insert(todo.end(), step.operands.begin(), step.operands.end());
  }
  std::ranges::sort(out.steps, std::ranges::greater{}, &StepId::index);
  return out;
}

// Is what Keras needs per sample gone, and could it have been kept? Counts of the whole batch (a Dice) could not.
bool could_be_kept(const RuleContext& ctx, TensorId returned, const Totals& totals) {
  const bool at_once = totals.steps.size() == 1 && ctx.tensor(returned).step == totals.steps[0];
  const Evaluation* proof = ctx.evaluation();
  const Verdict verdict = proof == nullptr ? Verdict::unknown : proof->verdict;
  // What follows the user's own reductions is his as well; a metric of the framework is meant to be one number.
  const auto keeps_samples_first = [&](StepId id) {
    const Step& step = ctx.trace.step(id);
    return is_users(ctx, step) && ctx.batch_axes(step.operands[0]) == std::vector<int>{0} &&
           ctx.dims.as_symbol(ctx.tensor(step.operands[0]).shape->front()) == ctx.batch();
  };
  if (!at_once && !std::ranges::all_of(totals.steps, keeps_samples_first)) return false;
  if (verdict == Verdict::mean || verdict == Verdict::sum) return true;
  if (verdict == Verdict::unknown) return at_once;
  // The root of the mean, or one mean for each feature.
  const Step& first = ctx.trace.step(totals.steps[0]);
  return verdict == Verdict::pooled && totals.steps.size() == 1 && totals.one_operand && first.op->name == "mean" &&
         is_users(ctx, first) && (!at_once || !ctx.tensor(returned).shape->empty());
}

// A class is called through Keras: what that does with the values of `call` is its own.
bool is_done_by_framework(const RuleContext& ctx, StepId id) {
  FrameId at = ctx.trace.step(id).frame;
  while (ctx.trace.frame(at).is_framework && at != ctx.trace.root && at.index != 0) at = ctx.trace.frame(at).parent;
  return ctx.trace.frame(at).is_framework || (at == ctx.trace.root && !ctx.target.function);
}

void check(RuleContext& ctx) {
  check_repeated(ctx);
  check_divided(ctx);
  if (!ctx.world.called_by_framework) return;
  const auto* returned = ctx.trace.result.as<TensorV>();
  if (returned == nullptr) return;
  const Totals totals = final_totals(ctx, returned->id);
  if (totals.steps.empty() || is_done_by_framework(ctx, totals.steps[0]) || !could_be_kept(ctx, returned->id, totals))
    return;
  ctx.report({.step = totals.steps[0],
              .message = fmt::format(
                  "Keras averages over the batch itself: after this reduction of {}, `sample_weight` has nothing to "
                  "weigh; return one value per sample",
                  ctx.show(ctx.trace.step(totals.steps[0]).operands[0])),
              .severity = Severity::advice});
}
}  // namespace

extern const Rule double_reduction;
constexpr Rule double_reduction{.id = "double-reduction",
                                .summary = "per-sample values are reduced although the framework needs them",
                                .doc = kDoc,
                                .check = check};
}  // namespace shapelint::rules
