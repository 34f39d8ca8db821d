#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/parameters.h"
#include "lib/lint/steps.h"
#include "rules/averages.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
Weights or a mask that come too late. The loss is already one number when a weight per sample multiplies it: every sample gets the
average loss, and the weights tell nothing apart. `mean(w * mean(loss))` is `mean(w) * mean(loss)`.

## Bad
```python
from keras import ops

def weighted(y_true: Float["B N"], y_pred: Float["B N"], weight: Float["B"]):
    loss = ops.mean(ops.square(y_true - y_pred))
    return ops.mean(weight * loss)  # expect: late-weight "(B,)"
```

## Good
```python
from keras import ops

def weighted(y_true: Float["B N"], y_pred: Float["B N"], weight: Float["B"]):
    loss = ops.mean(ops.square(y_true - y_pred), axis=-1)
    return ops.mean(weight * loss)
```

Or they are there, and the average is over the wrong elements: a mean of masked values divides by the masked ones as well, so that a
short sequence counts less for each of its steps. A mask is known by how it is made, a position held against a length or a label
held against the padding, ones of which these are set to 0; as a parameter, by its name or its documentation (docstring, comment;
that of a helper counts where it is handed on): `pad_mask`, `mask: 0 after the end of an episode`. Labels that a loss ignores (`ignore_index`) are masked by it where the code documents that there are such labels.

## Bad
```python
import tensorflow as tf

def masked(y_true: Float["B T"], y_pred: Float["B T"], length: Int["B"]):
    mask = tf.sequence_mask(length, maxlen=tf.shape(y_true)[1], dtype=tf.float32)
    return tf.reduce_mean(tf.square(y_true - y_pred) * mask, axis=1)  # expect: late-weight "(B, T)"
```

## Good
```python
import tensorflow as tf

def masked(y_true: Float["B T"], y_pred: Float["B T"], length: Int["B"]):
    mask = tf.sequence_mask(length, maxlen=tf.shape(y_true)[1], dtype=tf.float32)
    return tf.reduce_sum(tf.square(y_true - y_pred) * mask, axis=1) / tf.reduce_sum(mask, axis=1)
```

Or the masked elements are left out of the number and not of the sum.

## Bad
```python
def token_mean(pred: Float["B T"], target: Float["B T"], mask: Float["B T"]):
    """mask is 1 where the token counts"""
    return sum((pred - target) ** 2) / sum(mask)  # expect: late-weight "what is masked counts"
```

## Good
```python
def token_mean(pred: Float["B T"], target: Float["B T"], mask: Float["B T"]):
    """mask is 1 where the token counts"""
    return sum((pred - target) ** 2 * mask) / sum(mask)
```

Or what is counted is what was set to 0.

## Bad
```python
import torch

def infilled(loss: Float["B T"], mask: Bool["B T"]):
    return (loss.masked_fill(mask, 0.0).sum(dim=1) / mask.sum(dim=1)).mean()  # expect: late-weight "the number of the others"
```

## Good
```python
import torch

def infilled(loss: Float["B T"], mask: Bool["B T"]):
    return (loss.masked_fill(mask, 0.0).sum(dim=1) / (~mask).sum(dim=1)).mean()

def by_positives(loss: Float["B A"], positive: Bool["B A"]):
    return (loss * ~positive).sum() / positive.sum()
```

The weighted sum and the sum of the weights have to run over the same axes.

## Bad
```python
from keras import ops

def per_sample(loss: Float["B T"], weight: Float["B T"]):
    return ops.mean(ops.sum(loss * weight, axis=1) / ops.sum(weight))  # expect: late-weight "sum"
```

## Good
```python
from keras import ops

def per_sample(loss: Float["B T"], weight: Float["B T"]):
    return ops.mean(ops.sum(loss * weight, axis=1) / ops.sum(weight, axis=1))

def scaled(y_true: Float["B N"], y_pred: Float["B N"]):
    error = ops.abs(y_true - y_pred)
    return ops.mean(error / ops.mean(error) * ops.max(error), axis=-1)
```

## Severity
A plain mean of weighted values is a common convention (`mean(weight * loss)`), and is silent. Where it is a parameter of truth values
that is averaged so, or one that is documented to be 1 somewhere, it is advice: only the caller knows whether the masked elements
should count. So it is where nothing says that there are ignored labels, and where a `reduction` parameter offers the mean of all
elements beside others.

So is a value per class of which only the average is left.

## Bad
```python
def per_class(pred: Float["B C"], target: Float["B C"], class_weight: Float["C"]):
    return mean(mean(abs(pred - target)) * class_weight)  # expect: late-weight "(C,)"
```

## Good
```python
def per_class(pred: Float["B C"], target: Float["B C"], class_weight: Float["C"]):
    return mean(abs(pred - target) * class_weight)
```

## Good
```python
import torch

def shares(norms: Float["B"], ratio: Float["B"]):
    wanted = (norms.mean() * ratio).detach()
    return (norms - wanted).abs().sum()
```

## Limits
Proved by weighing before the reduction. Where no number that comes back, or that gradients are taken of, changes with it, the rule
is silent: a factor for `backward(gradient=...)` weighs no loss. A factor that is made of the same values as the number it meets is taken for normalisation (`x / mean(x)`), and a product that
the values behind the number are held against for what they should be (`x - mean(x) * ratio`).

## Sources
<https://github.com/keras-team/keras/issues/594>, <https://github.com/d2l-ai/d2l-en/issues/2076>.
)md";

// ---- a weight that meets one number ------------------------------------------------------------------------------

// The same value, written twice: `x[:, 0]` here and there.
bool is_same_value(const RuleContext& ctx, TensorId a, TensorId b, int depth = 0) {
  if (a == b) return true;
  const Step& p = ctx.trace.step_of(a);
  const Step& q = ctx.trace.step_of(b);
  if (p.kind == StepKind::constant && q.kind == StepKind::constant) {
    const ArrayPtr& x = ctx.tensor(a).array;
    const ArrayPtr& y = ctx.tensor(b).array;
    return x != nullptr && y != nullptr && x->shape == y->shape && x->values == y->values;
  }
  if (depth > 6 || p.op == nullptr || p.op != q.op || p.axes != q.axes || p.operands.empty() ||
      p.operands.size() != q.operands.size() || ctx.tensor(a).shape != ctx.tensor(b).shape)
    return false;
  for (std::size_t i = 0; i < p.operands.size(); ++i) {
    if (!is_same_value(ctx, p.operands[i], q.operands[i], depth + 1)) return false;
  }
  return true;
}

// One of the two was made of the other: a statistic applied to what it was taken from.
bool share_values(const RuleContext& ctx, const std::vector<StepId>& reductions, TensorId weight) {
  const std::vector<bool> behind_weight = ancestors_of(ctx.trace, weight);
  return std::ranges::any_of(reductions, [&](StepId id) -> bool {
    const TensorId source = ctx.trace.step(id).operands[0];
    if (behind_weight[source.index] && (source == weight || ctx.trace.step_of(source).kind != StepKind::parameter))
      return true;
    const std::vector<bool> behind = ancestors_of(ctx.trace, source);
    for (std::uint32_t i = 0; i < behind.size(); ++i) {
      if (behind[i] && is_same_value(ctx, TensorId{i}, weight)) return true;
    }
    return false;
  });
}

// Weights per class that meet a number: the axis that they count along went into the number.
bool weighs_lost_axis(const RuleContext& ctx, const std::vector<StepId>& reductions, TensorId weight) {
  const auto& shape = ctx.tensor(weight).shape;
  if (!shape || shape->size() != 1 || !ctx.dims.as_symbol((*shape)[0])) return false;
  return std::ranges::any_of(reductions, [&](StepId id) {
    const auto& whole = ctx.tensor(ctx.trace.step(id).operands[0]).shape;
    return whole && whole->size() >= 2 && std::ranges::find(*whole, (*shape)[0]) != whole->end();
  });
}

// The greatest or least of the batch is no average: the range of coordinates by which boxes of each class are moved
// apart.
bool are_extremes(const RuleContext& ctx, const std::vector<StepId>& reductions) {
  return std::ranges::all_of(reductions, [&](StepId id) {
    const Step& step = ctx.trace.step(id);
    return is_named(step, "max") || is_named(step, "min");
  });
}

// Scores that are scaled before a softmax are no losses.
bool feeds_softmax(const RuleContext& ctx, TensorId product) {
  const std::vector<bool> later = dependants_of(ctx.trace, product);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return (is_named(s, "softmax") || is_named(s, "log_softmax") || is_named(s, "logsumexp")) &&
           later[s.operands[0].index];
  });
}

// `snr[randint(0, steps, (B,))]`: a whole number that is drawn for each sample says what becomes of it. Other draws are
// noise, which may be as large as a statistic of the batch.
bool rests_on_draws(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (!s.result.valid() || !behind[s.result.index] || !is_named(s, "cast") || !ctx.has_batch(s.result)) return false;
    const Step& floor = ctx.trace.step_of(s.operands[0]);
    return is_integer(ctx.tensor(s.result).dtype) && is_named(floor, "floor") &&
           batched_parameters(ctx, s.result).empty();
  });
}

// `x - mean(x) * ratio`: what the number was taken of is held against its share.
bool meets_its_source(const RuleContext& ctx, const std::vector<StepId>& reductions, TensorId product) {
  const std::vector<bool> later = dependants_of(ctx.trace, product);
  return std::ranges::any_of(reductions, [&](StepId id) {
    const std::vector<bool> of_source = dependants_of(ctx.trace, ctx.trace.step(id).operands[0]);
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      if (!is_named(s, "sub") || s.operands.size() != 2) return false;
      const TensorId source = later[s.operands[0].index] ? s.operands[1] : s.operands[0];
      return later[s.operands[0].index] != later[s.operands[1].index] && of_source[source.index];
    });
  });
}

// `log(mean(x)) / cos(median(y))`: what is made of an angle is a scale, and no loss.
bool is_scale(const RuleContext& ctx, TensorId number) {
  std::vector<TensorId> open{number};
  std::vector<bool> seen(ctx.trace.tensors.size());
  while (!open.empty()) {
    const TensorId at = open.back();
    open.pop_back();
    const Step& made = ctx.trace.step_of(at);
    if (seen[at.index] || made.op == nullptr || ctx.has_batch(at)) continue;
    seen[at.index] = true;
    if (made.op->role == OpRole::reduction) continue;
    if (is_named(made, "cos") || is_named(made, "sin") || is_named(made, "acos")) return true;
    open.insert(open.end(), made.operands.begin(), made.operands.end());
  }
  return false;
}

bool is_weighing(const RuleContext& ctx, const Step& step, TensorId number, TensorId weight) {
  const Tensor& n = ctx.tensor(number);
  // Whole numbers are places: `index + index.max() * offset`.
  if (!n.shape || !n.shape->empty() || n.is_number || is_integer(n.dtype)) return false;
  const std::vector<StepId> reductions = reductions_behind(ctx, number);
  if (reductions.empty() || are_extremes(ctx, reductions) || is_scale(ctx, number) || !is_users(ctx, step) ||
      feeds_softmax(ctx, step.result) || share_values(ctx, reductions, weight) ||
      meets_its_source(ctx, reductions, step.result))
    return false;
  const std::vector<TensorId> of_weight = batched_parameters(ctx, weight);
  // Ones in the shape of the batch only spread the number; what rests on a number that is drawn for each sample weighs.
  if (ctx.has_batch(weight) ? of_weight.empty() && !rests_on_draws(ctx, weight)
                            : !weighs_lost_axis(ctx, reductions, weight))
    return false;
  // A loss is made of two things at least, or of others than the weight; a statistic of the target is neither.
  const std::vector<TensorId> of_number = batched_parameters(ctx, number);
  if (of_number.size() >= 2) return true;
  return std::ranges::none_of(of_weight,
                              [&](TensorId id) { return std::ranges::find(of_number, id) != of_number.end(); });
}

bool ends_in_number(const RuleContext& ctx) {
  const auto* result = ctx.trace.result.as<TensorV>();
  return result != nullptr && !ctx.has_batch(result->id);
}

// The reduction leaves the axes that the weights count along, in the weights' own places: every element keeps its value
// until it is weighed. Sums count for as many as they were made of, so that a weight that is the same for all changes
// nothing.
std::optional<Alteration> weighing_first(const RuleContext& ctx, StepId id, TensorId weight) {
  const Step& reduction = ctx.trace.step(id);
  const bool sums = is_named(reduction, "sum");
  if (!sums && !is_named(reduction, "mean")) return std::nullopt;
  const auto& whole = ctx.tensor(reduction.operands[0]).shape;
  const auto& weights = ctx.tensor(weight).shape;
  if (!whole || !weights) return std::nullopt;
  std::vector<std::size_t> kept;
  for (const Dim dim : *weights) {
    if (ctx.dims.is_number(dim, 1)) continue;
    // The same axis of the values: the one behind the last, since both are laid out alike.
    std::size_t axis = kept.empty() ? 0 : kept.back() + 1;
    while (axis < whole->size() && (*whole)[axis] != dim) ++axis;
    if (axis == whole->size()) return std::nullopt;
    if (std::ranges::count(*whole, dim) > 1 && weights->size() != whole->size()) return std::nullopt;
    kept.push_back(axis);
  }
  if (kept.empty()) return std::nullopt;
  Alteration out{.step = id, .axes = std::vector<std::int64_t>{}, .shape = *weights};
  for (const int axis : reduction.axes) {
    if (std::ranges::find(kept, static_cast<std::size_t>(axis)) == kept.end()) out.axes->push_back(axis);
  }
  const TensorId there = ctx.evaluated(reduction.operands[0]);
  const ArrayPtr array = there.valid() ? ctx.evaluation()->batch.tensor(there).array : nullptr;
  if (array == nullptr || kept.back() >= array->shape.size()) return std::nullopt;
  if (sums) {
    // A total that each sample is given, and that stays with it, has no other number that says the same.
    if (!ends_in_number(ctx)) return std::nullopt;
    double count = 1;
    for (const std::size_t axis : kept) count *= static_cast<double>(array->shape[axis]);
    out.factor = std::make_shared<const Array>(Array::scalar(count, DType::float32));
  }
  return out;
}

// What weighing before the reductions would give; the first that changes anything. None where one of them has no
// numbers.
std::optional<Contrast> weighed_first(const RuleContext& ctx, const std::vector<StepId>& reductions, TensorId weight) {
  std::optional<Contrast> out;
  for (const StepId id : reductions) {
    const auto alteration = weighing_first(ctx, id, weight);
    const auto found = alteration ? ctx.contrast(*alteration) : std::nullopt;
    if (!found || !found->same) return found;
    out = found;
  }
  return out;
}

// A mean may be a sum that is divided, as that of `cross_entropy` is; by other sums it is neither.
std::string_view what_each_gets(const RuleContext& ctx, TensorId number, const std::vector<StepId>& reductions) {
  if (!is_named(ctx.trace.step(reductions.front()), "sum")) return "average";
  switch (ctx.verdict(number)) {
    case Verdict::mean: return "average";
    case Verdict::sum: return "sum of all";
    default: break;
  }
  const std::vector<bool> behind = ancestors_of(ctx.trace, number);
  const bool is_quotient = std::ranges::any_of(reductions, [&](StepId id) {
    const std::vector<bool> later = dependants_of(ctx.trace, ctx.trace.step(id).result);
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      return is_named(s, "div") && behind[s.result.index] && later[s.operands[0].index];
    });
  });
  return is_quotient ? "same number" : "sum of all";
}

void check_late(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!is_named(step, "mul") || step.operands.size() != 2) continue;
    for (std::size_t k = 0; k < 2; ++k) {
      const TensorId number = step.operands[k];
      const TensorId weight = step.operands[1 - k];
      if (!is_weighing(ctx, step, number, weight)) continue;
      const Evaluation* proof = ctx.evaluation();
      if (proof != nullptr && (proof->verdict == Verdict::per_sample || proof->verdict == Verdict::independent))
        continue;
      const std::vector<StepId> reductions = reductions_behind(ctx, number);
      const auto changed = weighed_first(ctx, reductions, weight);
      if (changed && changed->same) continue;
      Report report{
          .step = StepId{i},
          .message = fmt::format("{} has no axis left when {} multiplies it: every sample gets the {}, and the weights "
                                 "tell nothing apart; reduce after weighing",
                                 operand_text(ctx, step, k), operand_text(ctx, step, 1 - k),
                                 what_each_gets(ctx, number, reductions)),
          .contrast = changed,
          .otherwise = "weighed before the reduction",
          .samples_prove = false};
      const Step& lost = ctx.trace.step(reductions.front());
      if (ctx.trace.user_span(lost) != ctx.trace.user_span(step))
        report.related.push_back({"the batch is reduced here", ctx.trace.user_span(lost)});
      ctx.report(std::move(report));
      break;
    }
  }
}

void check(RuleContext& ctx) {
  check_late(ctx);
  check_averages(ctx);
}
}  // namespace

extern const Rule late_weight;
constexpr Rule late_weight{
    .id = "late-weight",
    .summary = "a weight or mask comes after the reduction, or the average is over other elements",
    .doc = kDoc,
    .check = check};
}  // namespace shapelint::rules
