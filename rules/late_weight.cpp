#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/parameters.h"
#include "lib/lint/steps.h"

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
held against the padding.

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
that is averaged so, it is advice: only the caller knows whether the masked elements should count. So it is where a `reduction`
parameter offers the mean of all elements beside others.

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

## Limits
Proved by weighing before the reduction. Where no number that comes back, or that gradients are taken of, changes with it, the rule
is silent: a factor for `backward(gradient=...)` weighs no loss. A factor that is made of the same values as the number it meets is taken for normalisation (`x / mean(x)`).

## Sources
<https://github.com/keras-team/keras/issues/594>, <https://github.com/d2l-ai/d2l-en/issues/2076>.
)md";

bool is_named(const Step& step, std::string_view op) { return step.op != nullptr && step.op->name == op; }

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

bool is_weighing(const RuleContext& ctx, const Step& step, TensorId number, TensorId weight) {
  if (ctx.has_batch(number)) return false;
  const Tensor& n = ctx.tensor(number);
  if (!n.shape || !n.shape->empty() || n.is_number) return false;
  const std::vector<StepId> reductions = reductions_behind(ctx, number);
  if (reductions.empty() || are_extremes(ctx, reductions) || share_values(ctx, reductions, weight) ||
      !is_users(ctx, step))
    return false;
  const std::vector<TensorId> of_weight = batched_parameters(ctx, weight);
  // Ones in the shape of the batch only spread the number.
  if (ctx.has_batch(weight) ? of_weight.empty() : !weighs_lost_axis(ctx, reductions, weight)) return false;
  // A loss is made of two things at least, or of others than the weight; a statistic of the target is neither.
  const std::vector<TensorId> of_number = batched_parameters(ctx, number);
  if (of_number.size() >= 2) return true;
  return std::ranges::none_of(of_weight,
                              [&](TensorId id) { return std::ranges::find(of_number, id) != of_number.end(); });
}

// The reduction leaves the axis that the weights count along, in the weights' own place: every element keeps its value
// until it is weighed. Sums count for as many as they were made of, so that a weight that is the same for all changes
// nothing.
std::optional<Alteration> weighing_first(const RuleContext& ctx, StepId id, TensorId weight) {
  const Step& reduction = ctx.trace.step(id);
  const bool sums = is_named(reduction, "sum");
  if (!sums && !is_named(reduction, "mean")) return std::nullopt;
  const auto& whole = ctx.tensor(reduction.operands[0]).shape;
  const auto& weights = ctx.tensor(weight).shape;
  if (!whole || !weights) return std::nullopt;
  const auto along = [&](const Shape& shape, bool of_batch) -> std::optional<std::size_t> {
    std::optional<std::size_t> found;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (of_batch ? !ctx.dims.mentions(shape[axis], ctx.batch()) : shape[axis] != weights->front()) continue;
      if (found) return std::nullopt;
      found = axis;
    }
    return found;
  };
  const bool of_batch = ctx.has_batch(weight);
  const auto kept = along(*whole, of_batch);
  const auto place = along(*weights, of_batch);
  if (!kept || !place) return std::nullopt;
  Alteration out{.step = id, .axes = std::vector<std::int64_t>{}};
  for (const int axis : reduction.axes)
    if (static_cast<std::size_t>(axis) != *kept) out.axes->push_back(axis);
  for (std::size_t axis = 0; axis < weights->size(); ++axis)
    out.shape.push_back(axis == *place ? (*weights)[axis] : ctx.dims.number(1));
  const TensorId there = ctx.evaluated(reduction.operands[0]);
  const ArrayPtr array = there.valid() ? ctx.evaluation()->batch.tensor(there).array : nullptr;
  if (array == nullptr || *kept >= array->shape.size()) return std::nullopt;
  if (sums) {
    const auto count = static_cast<double>(array->shape[*kept]);
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
      Report report{.step = StepId{i},
                    .message = fmt::format(
                        "{} has no axis left when {} multiplies it: every sample gets the average, and the weights "
                        "tell nothing apart; reduce after weighing",
                        operand_text(ctx, step, k), operand_text(ctx, step, 1 - k)),
                    .contrast = changed,
                    .otherwise = "weighed before the reduction"};
      const Step& lost = ctx.trace.step(reductions.front());
      if (ctx.trace.user_span(lost) != ctx.trace.user_span(step))
        report.related.push_back({"the batch is reduced here", ctx.trace.user_span(lost)});
      ctx.report(std::move(report));
      break;
    }
  }
}

// ---- masks ---------------------------------------------------------------------------------------------------------

enum class Mask { none, maybe, sure };

bool is_constant(const RuleContext& ctx, TensorId id) {
  return ctx.tensor(id).shape && ctx.tensor(id).shape->empty() && batched_parameters(ctx, id).empty();
}

// A label, a target: a parameter or a part of one, as it came.
bool is_plain_parameter(const RuleContext& ctx, TensorId id) {
  return ctx.trace.step_of(source_of(ctx.trace, id)).kind == StepKind::parameter && ctx.has_batch(id);
}

// Positions along an axis, held against one length for each sample.
bool compares_position(const RuleContext& ctx, const Step& step) {
  for (std::size_t k = 0; k < 2; ++k) {
    const TensorId position = step.operands[k];
    const TensorId length = step.operands[1 - k];
    if (ctx.has_batch(length) && !ctx.has_batch(position) && batched_parameters(ctx, position).empty() &&
        is_named(ctx.trace.step_of(source_of(ctx.trace, position)), "arange")) {
      return true;
    }
  }
  return false;
}

// Is a tensor 1 for what counts and 0 for the rest?
Mask mask_of(const RuleContext& ctx, TensorId id, bool negated, int depth) {
  if (depth > 12) return Mask::none;
  const TensorId source = source_of(ctx.trace, id);
  const Step& step = ctx.trace.step_of(source);
  if (step.kind == StepKind::parameter) {
    return ctx.has_batch(source) && ctx.tensor(source).dtype == DType::boolean && !negated ? Mask::maybe : Mask::none;
  }
  if (step.op == nullptr) return Mask::none;
  const std::string_view op = step.op->name;
  if (op == "logical_not") return mask_of(ctx, step.operands[0], !negated, depth + 1);
  if (op == "sub" && is_constant(ctx, step.operands[0])) return mask_of(ctx, step.operands[1], !negated, depth + 1);
  if (op == "logical_and" || op == "logical_or" || (op == "mul" && !negated)) {
    const Mask a = mask_of(ctx, step.operands[0], negated, depth + 1);
    const Mask b = mask_of(ctx, step.operands[1], negated, depth + 1);
    return a == Mask::none || b == Mask::none ? Mask::none : std::max(a, b);
  }
  if ((op == "any" || op == "all" || op == "max" || op == "min") && ctx.has_batch(source))
    return mask_of(ctx, step.operands[0], negated, depth + 1);
  if (op == "less" || op == "less_equal" || op == "greater" || op == "greater_equal")
    return compares_position(ctx, step) ? Mask::sure : Mask::none;
  if (op == "isnan" || op == "isinf") return negated ? Mask::sure : Mask::none;
  if (op == "isfinite") return negated ? Mask::none : Mask::sure;
  if (op == (negated ? "equal" : "not_equal")) {
    for (std::size_t k = 0; k < 2; ++k) {
      if (is_plain_parameter(ctx, step.operands[k]) && is_constant(ctx, step.operands[1 - k])) return Mask::sure;
    }
  }
  return Mask::none;
}

// Has a mask more than one value along one of the axes that are averaged?
bool varies_along(const RuleContext& ctx, TensorId mask, TensorId product, const std::vector<int>& axes) {
  const auto& m = ctx.tensor(mask).shape;
  const auto& p = ctx.tensor(product).shape;
  if (!m || !p || m->size() > p->size()) return false;
  const int shift = static_cast<int>(p->size() - m->size());
  return std::ranges::any_of(axes, [&](int axis) {
    return axis >= shift && !ctx.dims.is_number((*m)[static_cast<std::size_t>(axis - shift)], 1);
  });
}

bool is_zero(const RuleContext& ctx, TensorId id) {
  const ArrayPtr& array = ctx.tensor(source_of(ctx.trace, id)).array;
  return array != nullptr && std::ranges::all_of(array->values, [](double v) { return v == 0; });
}

// `y == 1`: one of two classes has its own term, and is no padding.
bool is_held_to_label(const RuleContext& ctx, TensorId condition) {
  const Step& step = ctx.trace.step_of(source_of(ctx.trace, condition));
  if (is_named(step, "logical_not")) return is_held_to_label(ctx, step.operands[0]);
  if (!is_named(step, "equal") && !is_named(step, "not_equal")) return false;
  return std::ranges::any_of(step.operands, [&](TensorId id) {
    const ArrayPtr& array = ctx.tensor(id).array;
    return array != nullptr && array->values.size() == 1 && (array->values[0] == 0 || array->values[0] == 1);
  });
}

struct Masked {
  TensorId product;
  TensorId mask;
  Mask kind = Mask::none;
  bool inverted = false;  ///< the mask is 1 for what does not count
};

// `loss * mask` behind casts, signs and constant factors.
Masked masked_behind(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 16; ++hops) {
    const Step& step = ctx.trace.step_of(id);
    if (step.op == nullptr || step.operands.empty()) return {};
    if (step.op->name == "mul") {
      for (std::size_t k = 0; k < 2; ++k) {
        const Mask kind = mask_of(ctx, step.operands[k], false, 0);
        const Mask other = mask_of(ctx, step.operands[1 - k], false, 0);
        if (kind != Mask::none && other == Mask::none && ctx.has_batch(step.operands[1 - k]))
          return {id, step.operands[k], kind};
      }
    }
    // `where(mask, loss, 0)`, `loss.masked_fill(~mask, 0)`.
    if (step.op->name == "where" && step.operands.size() == 3 && is_users(ctx, step)) {
      for (std::size_t k = 1; k < 3; ++k) {
        if (!is_zero(ctx, step.operands[3 - k]) || is_held_to_label(ctx, step.operands[0])) continue;
        const Mask kind = mask_of(ctx, step.operands[0], k == 2, 0);
        if (kind != Mask::none && ctx.has_batch(step.operands[k])) return {id, step.operands[0], kind, k == 2};
      }
    }
    const bool scales = step.op->role == OpRole::elementwise &&
                        (step.operands.size() == 1 || is_named(step, "mul") || is_named(step, "div"));
    if (!scales && step.op->role != OpRole::movement) return {};
    TensorId next;
    for (const TensorId operand : step.operands) {
      if (is_constant(ctx, operand)) continue;
      if (next.valid()) return {};
      next = operand;
    }
    if (!next.valid()) return {};
    id = next;
  }
  return {};
}

// The share of the elements that count is put in afterwards, or was before.
bool is_made_good(const RuleContext& ctx, const Masked& masked, TensorId mean) {
  const TensorId base = source_of(ctx.trace, masked.mask);
  const std::vector<bool> of_mask = dependants_of(ctx.trace, base);
  const std::vector<bool> of_mean = dependants_of(ctx.trace, mean);
  const auto counts = [&](TensorId id) {
    if (!of_mask[id.index] || of_mean[id.index]) return false;
    const std::vector<bool> behind = ancestors_of(ctx.trace, id);
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      return s.op != nullptr && s.op->role == OpRole::reduction && behind[s.result.index] &&
             of_mask[s.operands[0].index] && s.result != mean;
    });
  };
  const Step& product = ctx.trace.step_of(masked.product);
  for (const TensorId operand : product.operands) {
    if (operand != masked.mask && counts(operand)) return true;
  }
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.op->role == OpRole::elementwise && s.operands.size() >= 2 &&
           std::ranges::any_of(s.operands, [&](TensorId id) { return of_mean[id.index]; }) &&
           std::ranges::any_of(s.operands, counts);
  });
}

// Number of elements that a division by a size makes an average of, when the evaluation knows it.
bool divides_by_count(const RuleContext& ctx, const Step& division, const Step& sum) {
  const Evaluation* proof = ctx.evaluation();
  const TensorId below = ctx.evaluated(division.operands[1]);
  const TensorId whole = ctx.evaluated(sum.operands[0]);
  if (proof == nullptr || !below.valid() || !whole.valid()) return false;
  const ArrayPtr& count = proof->batch.tensor(below).array;
  const ArrayPtr& elements = proof->batch.tensor(whole).array;
  if (count == nullptr || elements == nullptr || count->values.size() != 1) return false;
  double product = 1;
  for (const int axis : sum.axes) product *= static_cast<double>(elements->shape[static_cast<std::size_t>(axis)]);
  return product > 1 && count->values[0] == product;
}

// The sum that a division makes an average of; null when it does not.
const Step* averaged_sum(const RuleContext& ctx, const Step& division) {
  if (!is_named(division, "div") || division.operands.size() != 2 || !is_constant(ctx, division.operands[1]))
    return nullptr;
  const Step& sum = ctx.trace.step_of(source_of(ctx.trace, division.operands[0]));
  if (!is_named(sum, "sum") || !ctx.has_batch(sum.operands[0])) return nullptr;
  return masked_behind(ctx, sum.operands[0]).kind != Mask::none && divides_by_count(ctx, division, sum) ? &sum
                                                                                                        : nullptr;
}

// By how much the mean of what counts is larger than that of all elements: their number by the sum of the mask, for
// each value of the mean. None where nothing is masked in the numbers, which prove nothing then.
ArrayPtr share_of_counted(const RuleContext& ctx, const Masked& masked, const Step& mean) {
  const TensorId mask = ctx.evaluated(masked.mask);
  const TensorId product = ctx.evaluated(masked.product);
  const TensorId result = ctx.evaluated(mean.result);
  if (!mask.valid() || !product.valid() || !result.valid()) return nullptr;
  const Trace& batch = ctx.evaluation()->batch;
  const ArrayPtr& m = batch.tensor(mask).array;
  const ArrayPtr& p = batch.tensor(product).array;
  const ArrayPtr& r = batch.tensor(result).array;
  if (m == nullptr || p == nullptr || r == nullptr || r->values.empty()) return nullptr;
  const std::size_t behind = p->shape.size() - m->shape.size();
  std::vector<double> counted(r->values.size(), 0);
  for (std::size_t flat = 0; flat < p->values.size(); ++flat) {
    std::size_t rest = flat;
    std::size_t in_mask = 0;
    std::size_t mask_stride = 1;
    std::size_t in_mean = 0;
    std::size_t mean_stride = 1;
    for (std::size_t axis = p->shape.size(); axis-- > 0;) {
      const auto at = rest % static_cast<std::size_t>(p->shape[axis]);
      rest /= static_cast<std::size_t>(p->shape[axis]);
      if (axis >= behind) {
        const auto extent = static_cast<std::size_t>(m->shape[axis - behind]);
        in_mask += extent == 1 ? 0 : at * mask_stride;
        mask_stride *= extent;
      }
      if (std::ranges::find(mean.axes, static_cast<int>(axis)) != mean.axes.end()) continue;
      in_mean += at * mean_stride;
      mean_stride *= static_cast<std::size_t>(p->shape[axis]);
    }
    if (in_mask >= m->values.size() || in_mean >= counted.size()) return nullptr;
    counted[in_mean] += masked.inverted ? 1 - m->values[in_mask] : m->values[in_mask];
  }
  const double each = static_cast<double>(p->values.size()) / static_cast<double>(counted.size());
  if (std::ranges::all_of(counted, [&](double count) { return count == each; })) return nullptr;
  if (std::ranges::any_of(counted, [](double count) { return count == 0; })) return nullptr;
  Array out = Array::filled(r->shape, 0, DType::float32);
  for (std::size_t i = 0; i < counted.size(); ++i) out.values[i] = each / counted[i];
  return std::make_shared<const Array>(std::move(out));
}

void check_masked_mean(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.operands.empty()) continue;
    const Step* mean = is_named(step, "mean") ? &step : averaged_sum(ctx, step);
    if (mean == nullptr || !ctx.has_batch(mean->operands[0])) continue;
    const Masked masked = masked_behind(ctx, mean->operands[0]);
    if (masked.kind == Mask::none) continue;
    const bool all = ctx.tensor(mean->operands[0]).shape && ctx.tensor(masked.product).shape &&
                     ctx.tensor(mean->operands[0]).shape->size() == ctx.tensor(masked.product).shape->size();
    if (!all || !varies_along(ctx, masked.mask, masked.product, mean->axes)) continue;
    if (is_made_good(ctx, masked, step.result)) continue;
    const Step& product = ctx.trace.step_of(masked.product);
    const std::size_t k = product.operands[0] == masked.mask ? 0 : 1;  // in `where` the condition is the first
    const std::string by = operand_text(ctx, product, k);
    // Where the caller chooses among reductions, `mean` is documented as the plain one, and `none` leaves another open.
    const bool chosen = mean->all_axes && reduction_parameter(ctx.target).has_value();
    const ArrayPtr share = share_of_counted(ctx, masked, *mean);
    const auto changed = share != nullptr ? ctx.contrast({.step = StepId{i}, .factor = share}) : std::nullopt;
    if (changed && changed->same) continue;
    const Severity severity = masked.kind == Mask::sure && !chosen ? Severity::warning : Severity::advice;
    ctx.report(
        {.step = StepId{i},
         .message = fmt::format("the mean of {} divides by all elements, those that {}{} sets to 0 as well: the more "
                                "are masked, the smaller the loss; divide the sum by the sum of the mask",
                                ctx.show(masked.product), by.starts_with('(') ? "the mask " : "", by),
         .severity = severity,
         .contrast = changed,
         .otherwise = "divided by the sum of the mask"});
  }
}

// ---- sums over different axes --------------------------------------------------------------------------------------

// `max(sum(w), 1)`, `sum(w) + eps`: the sum behind.
const Step* sum_behind(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 8; ++hops) {
    const Step& step = ctx.trace.step_of(source_of(ctx.trace, id));
    if (step.op == nullptr || step.operands.empty()) return nullptr;
    if (step.op->name == "sum") return &step;
    if (step.op->role != OpRole::elementwise) return nullptr;
    TensorId next;
    for (const TensorId operand : step.operands) {
      if (is_constant(ctx, operand)) continue;
      if (next.valid()) return nullptr;
      next = operand;
    }
    if (!next.valid()) return nullptr;
    id = next;
  }
  return nullptr;
}

// Is `weight` a factor of `product`, which is more than it?
bool is_weighed_by(const RuleContext& ctx, TensorId product, TensorId weight, int depth = 0) {
  const TensorId at = source_of(ctx.trace, product);
  const Step& step = ctx.trace.step_of(at);
  if (depth > 6 || !is_named(step, "mul")) return depth > 0 && at == source_of(ctx.trace, weight);
  return is_weighed_by(ctx, step.operands[0], weight, depth + 1) ||
         is_weighed_by(ctx, step.operands[1], weight, depth + 1);
}

// What becomes of the quotients of the samples: added up they are a total, whatever each was divided by.
bool is_summed_later(const RuleContext& ctx, TensorId quotient) {
  const std::vector<bool> later = dependants_of(ctx.trace, quotient);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return is_named(s, "sum") && later[s.operands[0].index] && ctx.has_batch(s.operands[0]) && !ctx.has_batch(s.result);
  });
}

void check_axes(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!is_named(step, "div") || step.operands.size() != 2 || !is_users(ctx, step)) continue;
    const Step* above = sum_behind(ctx, step.operands[0]);
    const Step* below = sum_behind(ctx, step.operands[1]);
    if (above == nullptr || below == nullptr || above == below) continue;
    const auto& weighed = ctx.tensor(above->operands[0]).shape;
    const auto& weight = ctx.tensor(below->operands[0]).shape;
    if (!weighed || !weight || weighed->size() != weight->size() || weighed->size() < 2) continue;
    if (ctx.batch_axes(above->operands[0]).size() != 1 ||
        ctx.batch_axes(above->operands[0]) != ctx.batch_axes(below->operands[0]))
      continue;
    if (above->axes == below->axes || !is_weighed_by(ctx, above->operands[0], below->operands[0])) continue;
    const int batch = ctx.batch_axes(above->operands[0])[0];
    const auto has = [&](const Step& s, int axis) { return std::ranges::find(s.axes, axis) != s.axes.end(); };
    const bool above_keeps = !has(*above, batch);
    const bool below_keeps = !has(*below, batch);
    // A total of weights under the sums of the samples is a total in parts, if these are added up.
    if (above_keeps && !below_keeps && is_summed_later(ctx, step.result)) continue;
    // Both of one kind in the batch: other axes are a matter of scale.
    if (above_keeps == below_keeps) continue;
    const auto changed = ctx.contrast({.step = ctx.tensor(below->result).step,
                                       .axes = std::vector<std::int64_t>(above->axes.begin(), above->axes.end())});
    if (changed && changed->same) continue;
    ctx.report(
        {.step = StepId{i},
         .message = fmt::format("the weighted sum is {} and the sum of the weights {}: they run over different "
                                "axes of {}; sum both over the same axes",
                                ctx.show(step.operands[0]), ctx.show(step.operands[1]), ctx.show(above->operands[0])),
         .contrast = changed,
         .otherwise = "summed over the same axes"});
  }
}

void check(RuleContext& ctx) {
  check_late(ctx);
  check_masked_mean(ctx);
  check_axes(ctx);
}
}  // namespace

extern const Rule late_weight;
constexpr Rule late_weight{
    .id = "late-weight",
    .summary = "a weight or mask comes after the reduction, or the average is over other elements",
    .doc = kDoc,
    .check = check};
}  // namespace shapelint::rules
