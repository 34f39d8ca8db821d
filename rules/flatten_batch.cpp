#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/sample_order.h"
#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A `reshape` or `view` that puts elements of different samples together, or gives elements another meaning. A reshape never moves
anything in memory: from `(B, T, C)` to `(B, C, T)` it has the wanted shape, and what stands in a column is a
mixture of steps and classes. Axes change places by a transposition.

## Bad
```python
from keras import ops

def sequence_loss(y_true: Float["B C T"], logits: Float["B T C"]):
    logits = ops.reshape(logits, ops.shape(y_true))  # expect: flatten-batch "(B, T, C)"
    return ops.mean(ops.square(y_true - logits), axis=(1, 2))
```

```python
from keras import ops

def time_major(y_true: Float["B N"], states: Float["T B D"]):
    features = ops.reshape(states, (ops.shape(y_true)[0], -1))  # expect: flatten-batch "(T, B, D)"
    return ops.mean(ops.square(ops.mean(features, axis=-1) - ops.mean(y_true, axis=-1)))
```

Two tensors flattened in different orders have one shape, and every element meets one of another sample.

```python
from keras import ops

def flattened(y_true: Float["B T"], y_pred: Float["T B"]):
    t = ops.reshape(y_true, (-1,))
    p = ops.reshape(y_pred, (-1,))  # expect: flatten-batch
    return ops.mean(ops.square(t - p))
```

## Good
```python
from keras import ops

def sequence_loss(y_true: Float["B C T"], logits: Float["B T C"]):
    logits = ops.transpose(logits, (0, 2, 1))
    return ops.mean(ops.square(y_true - logits), axis=(1, 2))

def time_major(y_true: Float["B N"], states: Float["T B D"]):
    features = ops.reshape(ops.transpose(states, (1, 0, 2)), (ops.shape(y_true)[0], -1))
    return ops.mean(ops.square(ops.mean(features, axis=-1) - ops.mean(y_true, axis=-1)))
```

Places within a sample that pick from all elements in one row are places within the first one.

## Bad
```python
import numpy as np

def ranked(relevance: Float["B L"], scores: Float["B L"]):
    order = np.argsort(-scores, axis=1)
    return (np.take(relevance, order) / np.arange(1, order.shape[1] + 1)).sum(axis=1)  # expect: flatten-batch "`order` (B, L)"
```

## Good
```python
import numpy as np

def ranked(relevance: Float["B L"], scores: Float["B L"]):
    order = np.argsort(-scores, axis=1)
    return (np.take_along_axis(relevance, order, axis=1) / np.arange(1, order.shape[1] + 1)).sum(axis=1)

def offset(relevance: Float["B L"], scores: Float["B L"]):
    order = np.argsort(-scores, axis=1) + np.arange(len(scores))[:, None] * scores.shape[1]
    return (np.take(relevance, order) / np.arange(1, order.shape[1] + 1)).sum(axis=1)
```

The batch and the maps in one axis make a Gram matrix of all samples' maps.

## Bad
```python
import torch

def gram(x):
    b, c, h, w = x.shape
    rows = x.view(b * c, h * w)
    return rows @ rows.t() / (b * c * h * w)  # expect: flatten-batch "(B*C, B*C)"

def style_loss(features: Float["B C H W"], style: Float["B C H W"]):
    return ((gram(features) - gram(style)) ** 2).mean()
```

## Good
```python
import torch

def gram(x):
    b, c, h, w = x.shape
    rows = x.view(b, c, h * w)
    return rows @ rows.transpose(1, 2) / (c * h * w)

def style_loss(features: Float["B C H W"], style: Float["B C H W"]):
    return ((gram(features) - gram(style)) ** 2).mean()
```

The batch and the steps flattened together on both sides are what cross-entropies want.

## Good
```python
from keras import ops

def tokens(labels: Int["B T"], logits: Float["B T V"]):
    flat = ops.reshape(logits, (-1, ops.shape(logits)[2]))
    picked = ops.take_along_axis(ops.log_softmax(flat), ops.reshape(labels, (-1, 1)), axis=-1)
    return -ops.mean(picked)
```

## Limits
Proved by a transposition before the reshape: where nothing that comes out changes, as when both sides of a difference are seen
alike, the rule is silent. Where the samples go is read off the numbers of an evaluation, so code that cannot be evaluated is judged by its symbols
alone. A parameter whose batch axis is `2*B` may hold its samples in any order, and is left alone.

## Sources
<https://github.com/voiler/IMPALA/issues/3>, <https://github.com/weka511/hpa-scc/issues/38>.
)md";

bool is_reshape(const Step& step) { return step.op != nullptr && step.op->name == "reshape" && !step.operands.empty(); }

// A size that stands alone on an axis before and after, with more or fewer elements in front of it after: a reshape
// does not move them, so they mean something else. `(B, T, C)` to `(B, C, T)`, `(B, T, 6)` to `(B, 2, T, 3)`.
bool moves_axis(RuleContext& ctx, const Shape& from, const Shape& to) {
  const auto place = [&](const Shape& shape, Dim dim) -> std::optional<Dim> {
    std::optional<Dim> found;
    Dim before = ctx.dims.number(1);
    for (const Dim d : shape) {
      if (d == dim) {
        if (found) return std::nullopt;
        found = before;
      }
      before = ctx.dims.mul(before, d);
    }
    return found;
  };
  const auto has = [&](Dim dim) { return std::ranges::find(from, dim) != from.end(); };
  // A size that nobody knows may be the one at which nothing moves.
  const auto is_open = [&](Dim dim) {
    const auto symbol = ctx.dims.as_symbol(dim);
    return symbol && ctx.dims.is_anonymous(*symbol) && !has(dim);
  };
  if (std::ranges::any_of(to, is_open)) return false;
  // Where two of its sizes turned out to be equal, nobody can tell which of them is meant.
  const auto is_ambiguous = [&](Dim dim) {
    return std::ranges::any_of(ctx.trace.assumptions, [&](const Assumption& a) {
      return (a.left == dim && has(a.right)) || (a.right == dim && has(a.left));
    });
  };
  // `(C*Q, C)` to `(C, Q, C)`: the first axis is taken apart, and it is not the last one that comes first.
  const auto is_part_of_another = [&](Dim dim) {
    const auto symbol = ctx.dims.as_symbol(dim);
    return std::ranges::any_of(from, [&](Dim d) { return d != dim && ctx.dims.is_multiple_of(d, *symbol); });
  };
  return std::ranges::any_of(from, [&](Dim dim) {
    if (!ctx.dims.as_symbol(dim) || is_ambiguous(dim) || is_part_of_another(dim)) return false;
    const auto was = place(from, dim);
    const auto is = place(to, dim);
    if (!was || !is || *was == *is) return false;
    const auto more = ctx.dims.divide(*is, *was);
    const auto fewer = ctx.dims.divide(*was, *is);
    const bool swapped = !more && !fewer && !ctx.dims.symbols(*was).empty() && !ctx.dims.symbols(*is).empty() &&
                         std::ranges::is_permutation(from, to);
    return (more && !ctx.dims.is_number(*more, 1)) || (fewer && !ctx.dims.is_number(*fewer, 1)) || swapped;
  });
}

// Does the batch of every parameter behind count one by one? In `2*B` the order of the samples is anybody's.
bool order_is_known(const RuleContext& ctx, TensorId id) {
  return std::ranges::all_of(batched_parameters(ctx, id), [&](TensorId parameter) {
    const auto& shape = ctx.tensor(parameter).shape;
    return shape && std::ranges::all_of(ctx.batch_axes(parameter), [&](int axis) {
             return ctx.dims.as_symbol((*shape)[static_cast<std::size_t>(axis)]) == ctx.batch();
           });
  });
}

// The numbers: every sample's own values before, mixed ones after.
bool mixes_samples(const RuleContext& ctx, const Step& step) {
  // To the shape that it has: everything stays where it is.
  if (ctx.tensor(step.operands[0]).shape == ctx.tensor(step.result).shape) return false;
  // `(N*K*D)//2`: what was assumed so that the sizes fit, D == 2 perhaps, is not what the numbers were.
  const auto& to = ctx.tensor(step.result).shape;
  const std::vector<int> batch = ctx.batch_axes(step.result);
  if (!to || std::ranges::any_of(batch, [&](int axis) {
        return !ctx.dims.is_multiple_of((*to)[static_cast<std::size_t>(axis)], ctx.batch());
      }))
    return false;
  // Samples one after the other stay so.
  if (!ctx.has_batch(step.result) ||
      (keeps_samples_together(ctx, step.operands[0]) && keeps_samples_together(ctx, step.result)))
    return false;
  return ctx.verdict(step.operands[0]) == Verdict::per_sample && ctx.verdict(step.result) == Verdict::coupled;
}

// Groups of whole samples, `(2, B//2, D)` and `(B//2, 2, D)` of `(B, D)`, keep the axes of a sample.
bool keeps_own_axes(const Shape& from, const Shape& to) {
  const std::size_t own = from.size() - 1;
  return to.size() > own + 1 && std::equal(from.end() - static_cast<std::ptrdiff_t>(own), from.end(),
                                           to.end() - static_cast<std::ptrdiff_t>(own));
}

// How many numbers one sample has, and how many a row behind the batch axis of the result; rows that hold several
// samples were cut for a fixed batch.
std::optional<std::int64_t> samples_per_row(const RuleContext& ctx, const Step& step) {
  const auto& from = ctx.tensor(step.operands[0]).shape;
  const auto& to = ctx.tensor(step.result).shape;
  if (!from || !to || from->size() < 2) return std::nullopt;
  if (keeps_own_axes(*from, *to)) return std::nullopt;
  // All sizes are written: with another batch it fails, and mixes nothing.
  if (!ctx.has_batch(step.result)) return std::nullopt;
  const std::vector<int> batch = ctx.batch_axes(step.operands[0]);
  if (batch.size() != 1 || batch[0] != 0 || ctx.dims.as_symbol((*from)[0]) != ctx.batch()) return std::nullopt;
  std::int64_t sample = 1;
  for (std::size_t axis = 1; axis < from->size(); ++axis) {
    const auto size = ctx.dims.constant((*from)[axis]);
    if (!size) return std::nullopt;
    sample *= *size;
  }
  std::int64_t row = 1;
  for (std::size_t axis = to->size(); axis-- > 0;) {
    const auto size = ctx.dims.constant((*to)[axis]);
    if (size) {
      row *= *size;
      continue;
    }
    if (!ctx.dims.mentions((*to)[axis], ctx.batch()) || ctx.dims.is_multiple_of((*to)[axis], ctx.batch()))
      return std::nullopt;
    break;
  }
  return row > sample && sample > 0 && row % sample == 0 ? std::optional(row / sample) : std::nullopt;
}

// `view(32, -1)`: the batch, which may be any number, was taken for a fixed one, and is part of another axis now.
bool fixes_batch(const RuleContext& ctx, const Step& step) {
  const auto& from = ctx.tensor(step.operands[0]).shape;
  const auto& to = ctx.tensor(step.result).shape;
  if (!from || !to || from->size() < 2 || to->size() < 2) return false;
  if (ctx.dims.as_symbol((*from)[0]) != ctx.batch()) return false;
  const auto fixed = ctx.dims.constant((*to)[0]);
  if (!fixed || *fixed < 2) return false;
  if (keeps_own_axes(*from, *to)) return false;
  int carriers = 0;
  for (std::size_t axis = 1; axis < to->size(); ++axis) {
    if (!ctx.dims.mentions((*to)[axis], ctx.batch())) continue;
    if (ctx.dims.is_multiple_of((*to)[axis], ctx.batch())) return false;
    ++carriers;
  }
  return carriers == 1;
}

// Two operands hold the same samples in different orders along one axis.
std::optional<std::pair<std::size_t, std::size_t>> different_orders(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.operands.size() < 2) return std::nullopt;
  // The same order in all of them, or samples in one of them only: nothing to ask the numbers for.
  const auto is_known = [&](TensorId id) { return !ctx.has_batch(id) || keeps_samples_together(ctx, id); };
  if (std::ranges::all_of(step.operands, is_known)) return std::nullopt;
  if (std::ranges::count_if(step.operands, [&](TensorId id) { return ctx.has_batch(id); }) < 2) return std::nullopt;
  // A matrix product of all samples with all of them: each keeps an axis of its own.
  if (step.op->role == OpRole::contraction &&
      ctx.batch_axes(step.result).size() >=
          ctx.batch_axes(step.operands[0]).size() + ctx.batch_axes(step.operands[1]).size())
    return std::nullopt;
  if (ctx.verdict(step.result) != Verdict::coupled) return std::nullopt;
  const Evaluation* proof = ctx.evaluation();
  const auto blocks = [&](TensorId id) -> const std::vector<std::int64_t>* {
    const TensorId there = ctx.evaluated(id);
    if (ctx.verdict(id) != Verdict::per_sample || there.index >= proof->blocks.size()) return nullptr;
    return proof->blocks[there.index].empty() ? nullptr : &proof->blocks[there.index];
  };
  for (std::size_t a = 0; a < step.operands.size(); ++a) {
    for (std::size_t b = a + 1; b < step.operands.size(); ++b) {
      const auto* left = blocks(step.operands[a]);
      const auto* right = blocks(step.operands[b]);
      if (left == nullptr || right == nullptr) continue;
      const bool common = std::ranges::any_of(
          *left, [&](std::int64_t block) { return std::ranges::find(*right, block) != right->end(); });
      if (!common) return std::pair(a, b);
    }
  }
  return std::nullopt;
}

// The last step behind a tensor that put the batch into a longer axis.
StepId flattened_at(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  StepId out;
  for (std::uint32_t i = 0; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.operands.empty() || step.op->role != OpRole::movement || !behind[step.result.index])
      continue;
    const auto lone = [&](TensorId tensor) {
      const auto& shape = ctx.tensor(tensor).shape;
      return shape && std::ranges::any_of(*shape, [&](Dim dim) { return ctx.dims.as_symbol(dim) == ctx.batch(); });
    };
    if (lone(step.operands[0]) && ctx.has_batch(step.result) && !lone(step.result)) out = StepId{i};
  }
  return out;
}

// Made to be filled (`empty_like(x)`, `zeros(...)`): there is nothing in it yet that could mix.
bool is_blank(const RuleContext& ctx, TensorId tensor) {
  const Step& made = ctx.trace.step_of(tensor);
  return made.op != nullptr && made.op->role == OpRole::creation && made.operands.empty();
}

// The order of the axes of `from` in which a reshape to `to` keeps each of them in one piece: `(B, T, C)` to `(B, C,
// T)` by a transposition of the last two. None where no order does that.
std::optional<std::vector<std::int64_t>> order_for(const RuleContext& ctx, const Shape& from, const Shape& to) {
  constexpr std::size_t kMostAxes = 6;
  if (from.size() > kMostAxes || to.size() > kMostAxes) return std::nullopt;
  std::vector<std::int64_t> order;
  std::vector<bool> used(from.size(), false);
  // Axes from `next` on may go on filling the axis `axis` of the new shape, of which `filled` is there.
  const auto fill = [&](const auto& self, std::size_t axis, std::size_t next, Dim filled) -> bool {
    if (axis == to.size()) return order.size() == from.size();
    if (filled == to[axis] && self(self, axis + 1, 0, ctx.dims.number(1))) return true;
    for (std::size_t at = next; at < from.size(); ++at) {
      if (used[at]) continue;
      used[at] = true;
      order.push_back(static_cast<std::int64_t>(at));
      if (self(self, axis, at + 1, ctx.dims.mul(filled, from[at]))) return true;
      order.pop_back();
      used[at] = false;
    }
    return false;
  };
  if (!fill(fill, 0, 0, ctx.dims.number(1)) || std::ranges::is_sorted(order)) return std::nullopt;
  return order;
}

// A reshape with the axes of its operand in the order of its result first.
std::optional<Alteration> transposed(const RuleContext& ctx, StepId id) {
  const Step& step = ctx.trace.step(id);
  const auto& from = ctx.tensor(step.operands[0]).shape;
  const auto& to = ctx.tensor(step.result).shape;
  const auto order = from && to ? order_for(ctx, *from, *to) : std::nullopt;
  return order ? std::optional(Alteration{.step = id, .order = *order}) : std::nullopt;
}

std::optional<Contrast> transposed_first(const RuleContext& ctx, StepId id) {
  const auto alteration = transposed(ctx, id);
  return alteration ? ctx.contrast(*alteration) : std::nullopt;
}

// Where every tensor is taken apart in the same way, elements that belong together still meet: `(B, C, H, W)` seen as
// `(B*H*W, C)` on both sides of a difference. Nothing changes when all of them are transposed first.
bool is_same_for_all(RuleContext& ctx) {
  std::vector<Alteration> all;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!is_reshape(step) || !ctx.has_batch(step.operands[0]) || !ctx.tensor(step.result).shape ||
        !moves_axis(ctx, *ctx.tensor(step.operands[0]).shape, *ctx.tensor(step.result).shape))
      continue;
    auto alteration = transposed(ctx, StepId{i});
    if (!alteration) return false;
    all.push_back(std::move(*alteration));
  }
  if (all.size() < 2) return false;
  const auto changed = ctx.contrast(std::move(all));
  return changed && changed->same;
}

// What comes out when a reshape gives every sample its own row.
std::optional<Contrast> rows_of_samples(const RuleContext& ctx, StepId id) {
  const Shape& from = *ctx.tensor(ctx.trace.step(id).operands[0]).shape;
  Dim own = ctx.dims.number(1);
  for (std::size_t axis = 1; axis < from.size(); ++axis) own = ctx.dims.mul(own, from[axis]);
  return ctx.contrast({.step = id, .shape = {from[0], own}});
}

// What comes out when the second of two flattened operands has its axes in the order of the first.
std::optional<Contrast> flattened_alike(const RuleContext& ctx, StepId last, const Step& one) {
  const Step& two = ctx.trace.step(last);
  const auto& like = ctx.tensor(one.operands[0]).shape;
  const auto& from = ctx.tensor(two.operands[0]).shape;
  if (!is_reshape(two) || !like || !from || !std::ranges::is_permutation(*like, *from)) return std::nullopt;
  const auto order = order_for(ctx, *from, *like);
  return order ? ctx.contrast({.step = last, .order = *order}) : std::nullopt;
}

// `np.take(x, order)` without an axis: places along an axis of every sample, which pick from one row of all elements.
// They are those of the first sample's. Places that were moved to their own sample (`order + offsets`) are others.
const Step* places_of_rows(const RuleContext& ctx, const Step& step) {
  if ((!is_named(step, "take") && !is_named(step, "pick")) || step.operands.size() != 2) return nullptr;
  const auto& flat = ctx.tensor(step.operands[0]).shape;
  if (!flat || flat->size() != 1 || !ctx.has_batch(step.operands[0]) || ctx.dims.as_symbol((*flat)[0])) return nullptr;
  if (!is_reshape(ctx.trace.step_of(step.operands[0])) || !ctx.has_batch(step.operands[1])) return nullptr;
  const Step& found = ctx.trace.step_of(source_of(ctx.trace, step.operands[1]));
  if (!is_named(found, "argsort") && !is_named(found, "argmax") && !is_named(found, "argmin")) return nullptr;
  const auto& whole = ctx.tensor(found.operands[0]).shape;
  const std::vector<int> batch = ctx.batch_axes(found.operands[0]);
  const bool own = whole && whole->size() > 1 && batch.size() == 1 && found.axes.size() == 1 && found.axes != batch;
  return own ? &found : nullptr;
}

void check_places(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    const Step* found = places_of_rows(ctx, step);
    if (found == nullptr) continue;
    Report report{
        .step = StepId{i},
        .message = fmt::format("{} holds places along axis {} of {}, which pick from all elements in one row: every "
                               "sample reads what the first has there; use `take_along_axis` (PyTorch: `gather`)",
                               operand_text(ctx, step, 1), found->axes[0], ctx.show(found->operands[0]))};
    if (ctx.trace.user_span(*found) != ctx.trace.user_span(step))
      report.related.push_back({"the places are found here", ctx.trace.user_span(*found)});
    ctx.report(std::move(report));
  }
}

void check_reshapes(RuleContext& ctx) {
  bool paired = false;
  std::optional<bool> all_alike;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (is_reshape(step) && ctx.has_batch(step.operands[0]) && !is_blank(ctx, step.operands[0])) {
      const auto& from = ctx.tensor(step.operands[0]).shape;
      const auto& to = ctx.tensor(step.result).shape;
      if (!to) continue;
      const auto add = [&](std::string message, std::optional<Contrast> changed, std::string otherwise) {
        if (changed && changed->same) return;
        ctx.report(
            {.step = StepId{i}, .message = std::move(message), .contrast = changed, .otherwise = std::move(otherwise)});
      };
      const std::string shapes = fmt::format("{} to {}", ctx.show(step.operands[0]), ctx.show(step.result));
      if (moves_axis(ctx, *from, *to)) {
        if (!all_alike) all_alike = is_same_for_all(ctx);
        if (*all_alike) continue;
        add(fmt::format("`{}` from {} keeps the order of the elements, so the axes do not change places and values "
                        "mix; transpose instead",
                        ctx.callee(step), shapes),
            transposed_first(ctx, StepId{i}), "with a transposition");
      } else if (const auto samples = samples_per_row(ctx, step)) {
        add(fmt::format("`{}` from {} puts {} samples into one row: the batch size is written into the shape; keep the "
                        "batch axis, as in `(batch, -1)`",
                        ctx.callee(step), shapes, *samples),
            rows_of_samples(ctx, StepId{i}), "with a row for each sample");
      } else if (fixes_batch(ctx, step)) {
        add(fmt::format("`{}` from {} takes the batch for {}: with any other batch, samples end up in one row; use the "
                        "size of the batch axis",
                        ctx.callee(step), shapes, *ctx.dims.constant((*to)[0])),
            std::nullopt, "");
      } else if (order_is_known(ctx, step.operands[0]) && mixes_samples(ctx, step)) {
        add(fmt::format("`{}` from {} puts elements of different samples together; transpose the batch to its place "
                        "first",
                        ctx.callee(step), shapes),
            transposed_first(ctx, StepId{i}), "with the batch transposed first");
      }
      continue;
    }
    if (paired || step.op == nullptr || step.operands.size() < 2 || !ctx.has_batch(step.result)) continue;
    bool composite = false;
    for (const int axis : ctx.batch_axes(step.result)) {
      composite = composite ||
                  ctx.dims.as_symbol((*ctx.tensor(step.result).shape)[static_cast<std::size_t>(axis)]) != ctx.batch();
    }
    if (!composite || !order_is_known(ctx, step.result)) continue;
    const auto pair = different_orders(ctx, step);
    if (!pair) continue;
    const StepId a = flattened_at(ctx, step.operands[pair->first]);
    const StepId b = flattened_at(ctx, step.operands[pair->second]);
    if (!a.valid() || !b.valid()) continue;
    const StepId last = std::max(a, b);
    const Step& one = ctx.trace.step(std::min(a, b));
    const Step& two = ctx.trace.step(last);
    const auto changed = flattened_alike(ctx, last, one);
    if (changed && changed->same) continue;
    Report report{
        .step = last,
        .message = fmt::format("`{}` flattens {} and `{}` {}: the samples are in different orders, and each "
                               "element meets one of another sample; transpose one of them first",
                               ctx.callee(one), ctx.show(one.operands[0]), ctx.callee(two), ctx.show(two.operands[0])),
        .contrast = changed,
        .otherwise = "with both in one order"};
    report.related.push_back({"flattened here as well", ctx.trace.user_span(one)});
    report.related.push_back({"they meet here", ctx.trace.user_span(step)});
    ctx.report(std::move(report));
    paired = true;
  }
}

// The reshape that a matrix, or its transpose, is.
TensorId way_to_reshape(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 8; ++hops) {
    const Step& step = ctx.trace.step_of(id);
    if (is_reshape(step)) return id;
    if (!is_named(step, "transpose") && !is_named(step, "identity") && !is_named(step, "cast")) return {};
    id = step.operands[0];
  }
  return {};
}

// The samples and another axis of what has at least four, in one: the rows of `(B, C, H, W)` as `(B*C, H*W)`.
const Step* merged_rows(const RuleContext& ctx, TensorId id) {
  const TensorId rows = way_to_reshape(ctx, id);
  if (!rows.valid()) return nullptr;
  const Step& step = ctx.trace.step_of(rows);
  const auto& from = ctx.tensor(step.operands[0]).shape;
  const auto& to = ctx.tensor(rows).shape;
  if (!from || !to || from->size() < 4 || to->size() != 2) return nullptr;
  return ctx.dims.as_symbol((*from)[0]) == ctx.batch() && (*to)[0] == ctx.dims.mul((*from)[0], (*from)[1]) ? &step
                                                                                                           : nullptr;
}

// `x @ x.T` of rows that are those of all samples: every map of one meets those of the others. Where rows of what comes
// out are looked at, or some of its elements chosen, the pairs are meant, as in contrastive losses.
const Step* gram_of_all(RuleContext& ctx, const Step& step) {
  if (!is_named(step, "matmul") || step.operands.size() != 2 || !ctx.tensor(step.result).shape ||
      ctx.tensor(step.result).shape->size() != 2)
    return nullptr;
  const Step* rows = merged_rows(ctx, step.operands[0]);
  if (rows == nullptr || rows != merged_rows(ctx, step.operands[1])) return nullptr;
  const std::vector<bool> later = dependants_of(ctx.trace, step.result);
  const auto rests_on_product = [&](TensorId id) {
    const std::vector<bool> behind = ancestors_of(ctx.trace, id);
    return std::ranges::any_of(ctx.trace.steps,
                               [&](const Step& s) { return is_named(s, "matmul") && behind[s.result.index]; });
  };
  const bool as_such = std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !later[s.result.index] || s.result == step.result) return false;
    if (std::ranges::none_of(s.operands, [&](TensorId id) { return later[id.index] && ctx.has_batch(id); }))
      return false;
    if (s.op->role == OpRole::reduction) return ctx.has_batch(s.result);
    if (s.op->role != OpRole::elementwise) return true;
    return std::ranges::any_of(s.operands, [&](TensorId id) { return ctx.has_batch(id) && !rests_on_product(id); });
  });
  return as_such ? nullptr : rows;
}

void check_grams(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    const Step* rows = gram_of_all(ctx, step);
    if (rows == nullptr) continue;
    Report report{
        .step = StepId{i},
        .message = fmt::format("the rows of {} are those of all samples, and their product with themselves {} pairs "
                               "those of different samples; keep the batch axis and multiply per sample",
                               operand_text(ctx, step, 0), ctx.show(step.result))};
    report.related.push_back({"the batch goes into the rows here", ctx.trace.user_span(*rows)});
    ctx.report(std::move(report));
  }
}

void check(RuleContext& ctx) {
  check_reshapes(ctx);
  check_places(ctx);
  check_grams(ctx);
}
}  // namespace

extern const Rule flatten_batch;
constexpr Rule flatten_batch{
    .id = "flatten-batch", .summary = "a reshape mixes the batch with other axes", .doc = kDoc, .check = check};
}  // namespace shapelint::rules
