#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "lib/lint/along_batch.h"
#include "lib/lint/batch_order.h"
#include "lib/lint/by_hand.h"
#include "lib/lint/of_everything.h"
#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A `softmax`, `argmax`, cumulative sum, norm or sum that runs over the batch axis where another axis was meant: the classes of one
sample are not normalised, the samples share one distribution. It is written (`axis=0` from the days of a single sample), or it is
a default: TensorFlow's `argmax` and `cumsum` take the first axis, NumPy's `argmax` takes all of them, PyTorch's
`softmax` without `dim` takes the first axis of three.

## Bad
```python
from keras import ops

def cross_entropy(y_true: Float["B C"], logits: Float["B C"]):
    probabilities = ops.softmax(logits, axis=0)  # expect: wrong-axis "(B, C)"
    return -ops.sum(y_true * ops.log(probabilities), axis=-1)
```

```python
import tensorflow as tf

def accuracy(y_true: Float["B C"], y_pred: Float["B C"]):
    hit = tf.equal(tf.argmax(y_true), tf.argmax(y_pred))  # expect: wrong-axis "(B, C)"
    return tf.reduce_mean(tf.cast(hit, tf.float32))
```

A loss that Keras calls returns one value per sample; a sum over the batch axis returns one per column.

```python
from keras import ops

def euclidean(y_true: Float["B D"], y_pred: Float["B D"]):
    return ops.sqrt(ops.sum(ops.square(y_pred - y_true), axis=0))  # expect: wrong-axis "(B, D)"
```

## Good
```python
from keras import ops

def cross_entropy(y_true: Float["B C"], logits: Float["B C"]):
    probabilities = ops.softmax(logits, axis=-1)
    return -ops.sum(y_true * ops.log(probabilities), axis=-1)
```

Both directions of a contrastive loss, statistics of the batch, and weights over the batch that are summed over the batch are meant.

## Good
```python
from keras import ops

def both_ways(image: Float["B D"], text: Float["B D"]):
    logits = ops.matmul(image, ops.transpose(text))
    pair = ops.eye(ops.shape(image)[0])
    return -ops.sum(pair * (ops.log_softmax(logits, axis=0) + ops.log_softmax(logits, axis=1)))

def pooled(scores: Float["B 1"], features: Float["B D"], target: Float["D"]):
    attention = ops.softmax(scores, axis=0)
    return ops.mean(ops.square(ops.sum(attention * features, axis=0) - target))

def whitened(x: Float["B D"], y: Float["B D"]):
    x = (x - ops.mean(x, axis=0)) / ops.std(x, axis=0)
    y = (y - ops.mean(y, axis=0)) / ops.std(y, axis=0)
    return ops.sum(ops.square(ops.matmul(ops.transpose(x), y) - ops.eye(ops.shape(x)[1])))
```

A norm without an axis is that of the whole batch, and so are a `logsumexp` without one and a layer norm over `x.shape`.

## Bad
```python
import tensorflow as tf

def cosine_distance(y_true: Float["B D"], y_pred: Float["B D"]):
    y_true = tf.nn.l2_normalize(y_true)  # expect: wrong-axis "(B, D)"
    y_pred = y_pred / tf.norm(y_pred)  # expect: wrong-axis "the norm of the whole (B, D)"
    return 1.0 - tf.reduce_sum(y_true * y_pred, axis=-1)
```

## Good
```python
import tensorflow as tf

def cosine_distance(y_true: Float["B D"], y_pred: Float["B D"]):
    y_true = tf.nn.l2_normalize(y_true, axis=-1)
    y_pred = y_pred / tf.norm(y_pred, axis=-1, keepdims=True)
    return 1.0 - tf.reduce_sum(y_true * y_pred, axis=-1)

def relative(y_true: Float["B D"], y_pred: Float["B D"]):
    return tf.norm(y_pred - y_true) / tf.norm(y_true)
```

A sort along the batch is one between distributions until it meets the samples as they come. `topk` along the batch, of what
was flattened to one row for each sample, and places that are looked up along another axis than they were found on, are wrong too.

## Bad
```python
import torch

def error(pred: Float["B N"], target: Float["B N"]):
    return (torch.sort(pred, dim=0).values - target).abs().mean()  # expect: wrong-axis "(B, N)"
```

## Good
```python
import torch

def error(pred: Float["B N"], target: Float["B N"]):
    return (torch.sort(pred, dim=1).values - target).abs().mean()

def sliced_wasserstein(pred: Float["B N"], target: Float["B N"]):
    return (torch.sort(pred, dim=0).values - torch.sort(target, dim=0).values).abs().mean()
```

## Limits
Held against the same step along the axis that was meant: along a batch of one, every softmax is 1, which proves nothing. A mean over the batch axis is a statistic until its values meet the samples again. Tensors of rank 1 have no other axis, and are
silent: ranking and survival losses work along the batch. So is a matrix of the pairs of two sets, (N, M) of (N, D) and (M, D),
where no name says that one of them is the batch. What `argmax` picks counts only where it is compared or used as an index.
`flip`, `roll`, differences of neighbours and medians along the batch are silent: negatives, frames and robust statistics are made so.

## Sources
<https://github.com/keras-team/keras/issues/10408>, <https://github.com/lisa-lab/DeepLearningTutorials/pull/15>,
<https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html> (`dim`),
<https://www.tensorflow.org/api_docs/python/tf/math/argmax>.
)md";

bool is_softmax(const Op& op) { return op.name == "softmax" || op.name == "log_softmax" || op.name == "logsumexp"; }
// Along an axis, in order. Sorting over the batch is what losses between distributions do.
bool accumulates(const Op& op) {
  return op.role == OpRole::normalising &&
         (op.name == "cumsum" || op.name == "cumprod" || op.name == "cummax" || op.name == "cummin");
}
bool picks_place(const Op& op) { return op.role == OpRole::reduction && op.dtype == DTypeRule::index; }

std::string axis_word(const RuleContext& ctx, const Step& step) {
  const bool in_framework = !ctx.is_users_text(step.axis_span);
  return fmt::format("{}axis {}", in_framework ? "the default " : "", step.axes.empty() ? 0 : step.axes[0]);
}

// The last axis that does not count samples and has more than one element, which is what was meant; along one element
// every softmax is 1. None where there is none.
std::optional<int> other_axis(const RuleContext& ctx, TensorId id) {
  const auto& shape = ctx.tensor(id).shape;
  if (!shape) return std::nullopt;
  for (std::size_t axis = shape->size(); axis-- > 0;) {
    if (!ctx.dims.mentions((*shape)[axis], ctx.batch()) && !ctx.dims.is_number((*shape)[axis], 1))
      return static_cast<int>(axis);
  }
  return std::nullopt;
}

// `axis=-1` where it is the last one, `axis=1` of `(B, T, 1)`.
int other_axis_number(const RuleContext& ctx, TensorId id) {
  const auto axis = other_axis(ctx, id);
  return !axis || static_cast<std::size_t>(*axis) + 1 == ctx.tensor(id).shape->size() ? -1 : *axis;
}
std::string other_axis_argument(const RuleContext& ctx, TensorId id) {
  return ctx.argument(fmt::format("axis={}", other_axis_number(ctx, id)));
}

// `axis=0` becomes that axis where it is written as a number.
std::optional<Fix> name_last_axis(const RuleContext& ctx, const Step& step) {
  if (!ctx.is_users_text(step.axis_span) || !other_axis(ctx, step.operands[0])) return std::nullopt;
  const std::string_view written = ctx.sources.text(*step.axis_span);
  if (written.empty() || written.find_first_not_of("-0123456789") != std::string_view::npos) return std::nullopt;
  const int axis = other_axis_number(ctx, step.operands[0]);
  return Fix{.title = axis == -1 ? "work along the last axis" : fmt::format("work along axis {}", axis),
             .edits = {Edit{*step.axis_span, std::to_string(axis)}}};
}

class Check {
 public:
  explicit Check(RuleContext& ctx) : ctx_(ctx) {}

  void run() {
    for (std::uint32_t i = ctx_.trace.first_step.index; i < ctx_.trace.steps.size(); ++i) {
      const Step& step = ctx_.trace.steps[i];
      if (step.op == nullptr || step.operands.empty()) continue;
      if (is_softmax(*step.op) || accumulates(*step.op)) along_samples(StepId{i}, step);
      else if (picks_place(*step.op)) place(StepId{i}, step);
      else if (is_ordering(*step.op)) orders(StepId{i}, step);
      else if (picks_samples_by_columns(ctx_, step)) looks_up(StepId{i}, step);
      else if (const Step* normalised = normalised_along_another(ctx_, step))
        keeps_bounds(StepId{i}, step, *normalised);
      else if (const Step* along = norm_along_batch(ctx_, step)) norm(StepId{i}, step, *along);
      else if (const Step* sum = softmax_by_hand(ctx_, step)) by_hand(StepId{i}, step, *sum);
      else if (auto all = standardises_everything(ctx_, step); !all.empty()) standardised(StepId{i}, step, all);
      else if (const Step* squares = scaled_by_norm_of_all(ctx_, step)) unit_length(StepId{i}, step, *squares);
      else if (step.op->role == OpRole::elementwise) meets_samples(StepId{i}, step);
    }
    returned();
    summed_then_averaged();
  }

 private:
  // Fires unless the numbers say that what comes back is right.
  bool mixes() const {
    const Evaluation* proof = ctx_.evaluation();
    return proof == nullptr || proof->verdict == Verdict::coupled || proof->verdict == Verdict::unknown;
  }

  void report(StepId id, std::string message, std::optional<Fix> fix = std::nullopt,
              std::optional<Contrast> changed = std::nullopt) {
    if (changed && changed->same) return;
    ctx_.report({.step = id,
                 .message = std::move(message),
                 .contrast = changed,
                 .otherwise = "along the other axis",
                 .fix = std::move(fix),
                 .fix_changes_samples = true});
  }

  // What comes out when a step works along the other axis. A batch of one says nothing here: along one sample every
  // softmax is 1. The definition of a framework function may take several steps along one axis (a maximum first), and
  // a helper of the user's may be called more than once: all of them turn together, and with them what they meet.
  std::optional<Contrast> along_another_axis(const Step& step) const {
    const auto axis = other_axis(ctx_, step.operands[0]);
    if (!axis) return std::nullopt;
    const auto& shape = ctx_.tensor(step.operands[0]).shape;
    const std::vector<const Step*> meant = with_partners(ctx_, step);
    const auto is_together = [&](const Step& s) {
      return std::ranges::any_of(meant, [&](const Step* one) {
        const bool library = ctx_.trace.frame(one->frame).is_framework;
        return s.result == one->result ||
               (library ? ctx_.trace.user_span(s) == ctx_.trace.user_span(*one) : s.span == one->span);
      });
    };
    std::vector<Alteration> turned;
    for (std::uint32_t i = ctx_.trace.first_step.index; i < ctx_.trace.steps.size(); ++i) {
      const Step& s = ctx_.trace.steps[i];
      if (s.op == nullptr || s.operands.empty() || s.axes != step.axes ||
          (s.op->role != OpRole::reduction && s.op->role != OpRole::normalising) ||
          ctx_.tensor(s.operands[0]).shape != shape || !is_together(s))
        continue;
      turned.push_back({.step = StepId{i}, .axes = std::vector<std::int64_t>{*axis}});
    }
    return ctx_.contrast(std::move(turned));
  }

  std::optional<Fix> name_last_axes(const Step& step) const {
    std::optional<Fix> out = name_last_axis(ctx_, step);
    if (!out) return out;
    for (const Step* other : with_partners(ctx_, step)) {
      const std::optional<Fix> more = name_last_axis(ctx_, *other);
      if (more && std::ranges::none_of(out->edits, [&](const Edit& e) { return e.span == more->edits[0].span; }))
        out->edits.push_back(more->edits[0]);
    }
    std::ranges::sort(out->edits, {}, [](const Edit& e) { return e.span.begin; });
    return out;
  }

  void along_samples(StepId id, const Step& step) {
    if (step.op->role == OpRole::normalising && is_softmax(*step.op)) one_element(id, step, step);
    // `axis=-1` is the batch only where the rank is the lowest that was guessed.
    if (!ctx_.world.stated && step.axis && *step.axis < 0) return;
    if (!along_batch_alone(ctx_, step) || both_ways(ctx_, step) || is_between_two_sets(ctx_, step.operands[0]) ||
        pools_samples(ctx_, step) || !mixes())
      return;
    if (step.op->role == OpRole::reduction && !meets_again(step)) return;
    // Keras' convention leaves open whether there is another axis at all: scores (B, 1) have a risk set.
    const auto by_convention = [&](const WorldParameter& p) { return p.from == ShapeSource::convention; };
    if (accumulates(*step.op) && !ctx_.world.stated && std::ranges::any_of(ctx_.world.parameters, by_convention))
      return;
    // In an order along the batch, what is accumulated is a statistic of the order (Lorenz, survival).
    if (accumulates(*step.op) && ordered_along_batch(ctx_)[step.operands[0].index]) return;
    report(id,
           fmt::format("`{}` runs over {} of {}, the batch: each sample depends on all others; use the axis of the "
                       "classes, as in `{hint}`",
                       ctx_.callee(step), axis_word(ctx_, step), ctx_.show(step.operands[0]),
                       fmt::arg("hint", other_axis_argument(ctx_, step.operands[0]))),
           name_last_axes(step), along_another_axis(step));
  }

  // What is in order along the batch, or was chosen there, goes on as if it were each sample's.
  void orders(StepId id, const Step& step) {
    const Step* place = meets_unordered(ctx_, step);
    const bool is_paired = place != nullptr;
    if (place == nullptr) place = picks_columns_by_samples(ctx_, step);
    if ((place == nullptr && !chooses_among_rows(ctx_, step)) || both_ways(ctx_, step) || !mixes()) return;
    const std::string what =
        is_paired          ? "what is left is in an order of its own in each column, and meets the samples as they come"
        : place != nullptr ? "it names samples, and elements of a sample are looked up by it"
                           : "it chooses among the samples at each element of their rows, not in each row";
    Report made{.step = id,
                .message = fmt::format("`{}` runs over {} of {}, the batch: {}; use `{hint}`", ctx_.callee(step),
                                       axis_word(ctx_, step), ctx_.show(step.operands[0]), what,
                                       fmt::arg("hint", other_axis_argument(ctx_, step.operands[0]))),
                .contrast = along_another_axis(step),
                .otherwise = "along the other axis",
                .fix = name_last_axes(step),
                .fix_changes_samples = true};
    if (made.contrast && made.contrast->same) return;
    if (place != nullptr) made.related.push_back({"they meet here", ctx_.trace.user_span(*place)});
    ctx_.report(std::move(made));
  }

  // `take_along_axis(y, argmax(x, axis=1), axis=0)`.
  void looks_up(StepId id, const Step& step) {
    if (!mixes()) return;
    report(id,
           fmt::format("`{}` looks up along axis {} of {}, the batch, by places that were found along the axis of a "
                       "sample: the number of a column names a sample; use `{hint}`",
                       ctx_.callee(step), step.axes[0], ctx_.show(step.operands[0]),
                       fmt::arg("hint", other_axis_argument(ctx_, step.operands[0]))),
           name_last_axis(ctx_, step));
  }

  // `exp(x - max(x, axis=0))` that is summed along another axis.
  void keeps_bounds(StepId id, const Step& step, const Step& sum) {
    if (!mixes()) return;
    const auto changed = along_another_axis(step);
    if (changed && changed->same) return;
    Report made{
        .step = id,
        .message = fmt::format("`{}` takes the largest over {} of {}, the batch, and what it is taken away from is "
                               "normalised over another axis: each column is weighed by the samples; use `{hint}`",
                               ctx_.callee(step), axis_word(ctx_, step), ctx_.show(step.operands[0]),
                               fmt::arg("hint", other_axis_argument(ctx_, step.operands[0]))),
        .contrast = changed,
        .otherwise = "along the other axis",
        .fix = name_last_axis(ctx_, step),
        .fix_changes_samples = true};
    made.related.push_back({"it is normalised here", ctx_.trace.user_span(sum)});
    ctx_.report(std::move(made));
  }

  // A softmax over one element is 1, whatever it is.
  void one_element(StepId id, const Step& step, const Step& along) {
    const auto& shape = ctx_.tensor(along.operands[0]).shape;
    if (!ctx_.world.stated || !shape || shape->size() < 2 || along.axes.size() != 1 ||
        !ctx_.has_batch(step.operands[0]) || !ctx_.dims.is_number((*shape)[static_cast<std::size_t>(along.axes[0])], 1))
      return;
    ctx_.report(
        {.step = id,
         .message = fmt::format("`{}` runs over {} of {}, which has one element: the result does not depend on it; "
                                "use `sigmoid`, or the axis of the classes",
                                ctx_.callee(step), axis_word(ctx_, along), ctx_.show(along.operands[0])),
         .severity = Severity::warning});
  }

  // The reduced values are combined with the samples that they came from.
  bool meets_again(const Step& step) const {
    const std::vector<bool> later = dependants_of(ctx_.trace, step.result);
    return std::ranges::any_of(ctx_.trace.steps, [&](const Step& s) {
      return s.op != nullptr && s.op->role == OpRole::elementwise && s.operands.size() >= 2 && later[s.result.index] &&
             std::ranges::any_of(s.operands, [&](TensorId a) { return later[a.index] && !ctx_.has_batch(a); }) &&
             std::ranges::any_of(s.operands, [&](TensorId b) { return !later[b.index] && ctx_.has_batch(b); });
    });
  }

  void place(StepId id, const Step& step) {
    if (!has_another_axis(ctx_, step.operands[0])) return;
    const bool everything = step.all_axes;
    if ((!everything && !along_batch_alone(ctx_, step)) || both_ways(ctx_, step) || !is_compared(ctx_, step)) return;
    // `argmax(a) == argmax(b)` is one mistake.
    const Span where = ctx_.trace.user_span(step);
    for (Report& earlier : ctx_.reports) {
      const Step& other = ctx_.trace.step(earlier.step);
      if (other.op != step.op || other.axes != step.axes) continue;
      if (earlier.related.empty()) earlier.related.push_back({"and here", where});
      return;
    }
    report(id,
           everything ? fmt::format("`{}` without an axis gives one place in the whole of {}, not one per sample; name "
                                    "the axis, as in `{hint}`",
                                    ctx_.callee(step), ctx_.show(step.operands[0]),
                                    fmt::arg("hint", other_axis_argument(ctx_, step.operands[0])))
                      : fmt::format("`{}` runs over {} of {}, the batch: it names a sample for each column, not a "
                                    "column for each sample; use `{hint}`",
                                    ctx_.callee(step), axis_word(ctx_, step), ctx_.show(step.operands[0]),
                                    fmt::arg("hint", other_axis_argument(ctx_, step.operands[0]))),
           name_last_axis(ctx_, step));
  }

  // One number for each column that meets another of its kind: how large an error is beside what it is an error of.
  bool is_column_among_columns(const Step& step) const {
    const std::vector<bool> later = dependants_of(ctx_.trace, step.result);
    const auto is_column = [&](TensorId id) {
      const std::vector<StepId> lost = reductions_behind(ctx_, id);
      return !ctx_.has_batch(id) && has_own_axis(ctx_, id) && !lost.empty() &&
             std::ranges::all_of(lost, [&](StepId one) { return along_batch_alone(ctx_, ctx_.trace.step(one)); });
    };
    return std::ranges::any_of(ctx_.trace.steps, [&](const Step& s) {
      if (s.op == nullptr || s.op->role != OpRole::elementwise || s.operands.size() != 2) return false;
      const std::size_t own = later[s.operands[0].index] ? 0 : 1;
      return later[s.operands[own].index] && !later[s.operands[1 - own].index] && is_column(s.operands[own]) &&
             is_column(s.operands[1 - own]);
    });
  }

  void norm(StepId id, const Step& step, const Step& sum) {
    if (pools_samples(ctx_, step) || is_column_among_columns(step) || !mixes_or_pools()) return;
    report(in_one_call(sum, step) ? id : ctx_.tensor(sum.result).step,
           fmt::format("a norm over {} of {}, the batch: one length per column, over all samples; use `{hint}` for "
                       "one per sample",
                       axis_word(ctx_, sum), ctx_.show(sum.operands[0]),
                       fmt::arg("hint", other_axis_argument(ctx_, sum.operands[0]))),
           name_last_axes(sum), along_another_axis(sum));
  }

  void unit_length(StepId id, const Step& step, const Step& sum) {
    if (!has_another_axis(ctx_, sum.operands[0]) || pools_samples(ctx_, step) || !mixes_or_pools()) return;
    report(id,
           fmt::format("{} divides by the norm of the whole {}, the batch too: the length of each sample depends on "
                       "all others; name the axis, as in `{hint}`",
                       in_one_call(sum, step) ? fmt::format("`{}`", ctx_.callee(step)) : "this",
                       ctx_.show(sum.operands[0]), fmt::arg("hint", ctx_.argument("axis=-1"))));
  }

  // `layer_norm(x, x.shape)`: held against the same call along the last axis alone.
  void standardised(StepId id, const Step& step, const std::vector<StepId>& reductions) {
    const Step& first = ctx_.trace.step(reductions.front());
    const auto axis = other_axis(ctx_, first.operands[0]);
    if (!axis || !is_called_batch(ctx_) || pools_samples(ctx_, step) || !mixes_or_pools()) return;
    std::vector<Alteration> own;
    for (const StepId reduction : reductions)
      own.push_back({.step = reduction, .axes = std::vector<std::int64_t>{*axis}});
    report(
        id,
        fmt::format("`{}` takes mean and variance over the whole {}, the batch too: what each sample becomes depends "
                    "on all others; name the axes of a sample",
                    ctx_.callee(step), ctx_.show(first.operands[0])),
        std::nullopt, ctx_.contrast(std::move(own)));
  }

  bool in_one_call(const Step& a, const Step& b) const { return ctx_.trace.user_span(a) == ctx_.trace.user_span(b); }

  bool mixes_or_pools() const {
    const Evaluation* proof = ctx_.evaluation();
    return proof == nullptr || proof->verdict == Verdict::coupled || proof->verdict == Verdict::unknown ||
           proof->verdict == Verdict::pooled;
  }

  void by_hand(StepId id, const Step& step, const Step& sum) {
    if (sum.axes.size() != 1) {
      over_everything(id, step, sum);
      return;
    }
    one_element(id, step, sum);
    if (!along_batch_alone(ctx_, sum)) return;
    if (both_ways(ctx_, sum) || is_between_two_sets(ctx_, sum.operands[0]) || pools_samples(ctx_, step) || !mixes())
      return;
    const bool library = ctx_.trace.frame(step.frame).is_framework && !is_users(ctx_, step);
    report(
        id,
        fmt::format("{} over {} of {}, the batch: each sample depends on all others; use the axis of the classes, as "
                    "in `{hint}`",
                    library ? fmt::format("`{}` runs", ctx_.callee(step)) : "exponentials are normalised",
                    axis_word(ctx_, sum), ctx_.show(sum.operands[0]),
                    fmt::arg("hint", other_axis_argument(ctx_, sum.operands[0]))),
        name_last_axes(sum), along_another_axis(sum));
  }

  // `exp(x) / sum(exp(x))` of scores that have a batch: one distribution for all samples together.
  void over_everything(StepId id, const Step& step, const Step& sum) {
    const auto& shape = ctx_.tensor(sum.operands[0]).shape;
    if (!shape || sum.axes.size() != shape->size() || !has_another_axis(ctx_, sum.operands[0])) return;
    if (!ctx_.has_batch(step.result) || is_normalised_later(ctx_, step.result) || pools_samples(ctx_, step) ||
        weighs_everything(ctx_, step) || meets_shares_of_everything(ctx_, step) || !mixes())
      return;
    report(id, fmt::format("exponentials are divided by the sum over all of {}, the batch too: the samples share one "
                           "distribution; sum over the classes only, as in `{hint}`",
                           ctx_.show(sum.operands[0]), fmt::arg("hint", ctx_.argument("axis=-1, keepdims=True"))));
  }

  // What is left after the batch was reduced away meets the samples, which works only when the sizes happen to agree.
  void meets_samples(StepId id, const Step& step) {
    if (!ctx_.world.stated || step.operands.size() < 2 || step.assumed.empty()) return;
    const bool forced = std::ranges::any_of(step.assumed, [&](const Assumption& a) {
      return !a.stated && ctx_.dims.mentions(a.left, ctx_.batch()) != ctx_.dims.mentions(a.right, ctx_.batch());
    });
    if (!forced) return;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      if (ctx_.has_batch(step.operands[k]) || !ctx_.tensor(step.operands[k]).shape) continue;
      for (const StepId reduction : reductions_behind(ctx_, step.operands[k])) {
        const Step& lost = ctx_.trace.step(reduction);
        if (lost.op == nullptr || lost.op->role != OpRole::reduction || !along_batch_alone(ctx_, lost)) continue;
        Report made{
            .step = reduction,
            .message = fmt::format(
                "`{}` reduces {} of {}, the batch, and what is left {} meets the samples {}; "
                "use another axis, as in `{hint}`",
                ctx_.callee(lost), axis_word(ctx_, lost), ctx_.show(lost.operands[0]), ctx_.show(step.operands[k]),
                ctx_.show(step.operands[1 - std::min<std::size_t>(k, 1)]), fmt::arg("hint", ctx_.argument("axis=-1"))),
            .fix = name_last_axis(ctx_, lost),
            .fix_changes_samples = true};
        made.related.push_back({"they meet here", ctx_.trace.user_span(step)});
        if (id.index < reduction.index) continue;
        ctx_.report(std::move(made));
        return;
      }
    }
  }

  // Keras, or a declaration, wants one value per sample, and one per column comes back.
  void returned() {
    const auto* result = ctx_.trace.result.as<TensorV>();
    if (result == nullptr || ctx_.trace.end != PathEnd::returned) return;
    const auto& shape = ctx_.tensor(result->id).shape;
    const bool declared =
        ctx_.world.declared_return && !axes_with(*ctx_.world.declared_return, ctx_.batch(), ctx_.dims).empty();
    if (!ctx_.world.called_by_framework && !declared) return;
    if (!shape || shape->empty() || ctx_.has_batch(result->id)) return;
    for (const StepId reduction : reductions_behind(ctx_, result->id)) {
      const Step& lost = ctx_.trace.step(reduction);
      if (lost.op == nullptr || lost.op->role != OpRole::reduction || !along_batch_alone(ctx_, lost) ||
          reduction < ctx_.trace.first_step)
        continue;
      ctx_.report({.step = reduction,
                   .message = fmt::format("`{}` reduces {} of {}, the batch, and {} comes back where one value per "
                                          "sample is wanted; use `{hint}`",
                                          ctx_.callee(lost), axis_word(ctx_, lost), ctx_.show(lost.operands[0]),
                                          show(*shape, ctx_.dims), fmt::arg("hint", ctx_.argument("axis=-1"))),
                   .needs_mixing = false,
                   .fix = name_last_axis(ctx_, lost),
                   .fix_changes_samples = true});
      return;
    }
  }

  // `mean(sum(x, axis=0))`: the sum is over the samples and the mean over the columns, the wrong way round.
  void summed_then_averaged() {
    // A sum that is kept beside a count, for an average over all batches, may grow.
    if (!ctx_.world.stated || ctx_.trace.result.as<TensorV>() == nullptr) return;
    for (std::uint32_t i = ctx_.trace.first_step.index; i < ctx_.trace.steps.size(); ++i) {
      const Step& mean = ctx_.trace.steps[i];
      if (mean.op == nullptr || mean.op->name != "mean" || mean.operands.empty() || ctx_.has_batch(mean.operands[0]) ||
          !ctx_.tensor(mean.result).shape || !ctx_.tensor(mean.result).shape->empty() ||
          !ctx_.tensor(mean.operands[0]).shape || ctx_.tensor(mean.operands[0]).shape->empty())
        continue;
      const Step* found = first_sum_behind(ctx_, mean.operands[0]);
      if (found != nullptr && !grows(*found)) continue;
      // An axis that was computed stands nowhere.
      if (found == nullptr || (!ctx_.is_users_text(found->axis_span) && !is_users(ctx_, *found))) continue;
      const Step& sum = *found;
      // Through a bound (`clamp(distance - radius, min=0)`) the total is no sum any more.
      const Verdict verdict = ctx_.verdict(mean.result);
      if (verdict != Verdict::sum && !(verdict == Verdict::pooled && is_distance(ctx_, sum.operands[0]) &&
                                       !is_divided_between(ctx_, sum.result, mean.operands[0])))
        continue;
      ctx_.report(
          {.step = ctx_.tensor(sum.result).step,
           .message = fmt::format("`{}` sums {} over axis {}, the batch, and the mean that follows is over the other "
                                  "axes: the loss grows with the batch; sum over the others, then average",
                                  ctx_.callee(sum), ctx_.show(sum.operands[0]), sum.axes[0]),
           .fix = name_last_axis(ctx_, sum),
           .fix_changes_samples = true});
    }
  }

  // Does what comes out grow with the sum over the samples? A quotient of such sums settles (`var / (mean ** 2 +
  // eps)`), which twice and four times the sum show: what a small constant makes of it becomes less each time.
  bool grows(const Step& sum) const {
    const std::vector<bool> later = dependants_of(ctx_.trace, sum.result);
    if (std::ranges::none_of(ctx_.trace.steps,
                             [&](const Step& s) { return is_named(s, "div") && later[s.operands[1].index]; }))
      return true;
    const auto times = [&](double factor) -> std::optional<Contrast> {
      Array scale;
      scale.values = {factor};
      const auto by = std::make_shared<const Array>(std::move(scale));
      std::vector<Alteration> scaled;
      for (std::uint32_t i = ctx_.trace.first_step.index; i < ctx_.trace.steps.size(); ++i) {
        const Step& s = ctx_.trace.steps[i];
        if (s.op == sum.op && s.axes == sum.axes && same_values(ctx_.trace, s.operands[0], sum.operands[0]))
          scaled.push_back({.step = StepId{i}, .factor = by});
      }
      return ctx_.contrast(std::move(scaled));
    };
    const auto twice = times(2);
    if (twice && twice->same) return false;
    const auto four_times = times(4);
    if (!twice || !four_times || four_times->same) return true;
    const double first = std::abs(twice->altered - twice->wrote);
    const double second = std::abs(four_times->altered - twice->altered);
    return second > first / 2;
  }

  RuleContext& ctx_;
};

void check(RuleContext& ctx) { Check(ctx).run(); }
}  // namespace

extern const Rule wrong_axis;
constexpr Rule wrong_axis{.id = "wrong-axis",
                          .summary = "softmax, argmax, a norm or a sum runs over the batch axis",
                          .doc = kDoc,
                          .check = check};
}  // namespace shapelint::rules
