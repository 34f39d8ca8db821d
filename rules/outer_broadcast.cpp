#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/lint/steps.h"
#include "lib/lint/unlike_shapes.h"
#include "rules/meant_pairs.h"
#include "rules/pair_picks.h"
#include "rules/pair_products.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A broadcast after which the batch stands on two axes: every sample meets every other one, where one value per sample was
meant. `(B,)` with `(B, 1)` gives `(B, B)`, and the mean of that is a number like any other.

## Bad
```python
def loss(pred: Float["B 1"], target: Float["B"]):
    return mean((pred - target) ** 2)  # expect: outer-broadcast "(B, B)"
```

## Good
```python
def loss(pred: Float["B 1"], target: Float["B"]):
    return mean((squeeze(pred, axis=1) - target) ** 2)
```

Pairing on purpose stays silent: operands of one rank (`x[:, None] - x[None, :]`), a tensor with itself, an axis that is
inserted right where two tensors are compared or subtracted, `matmul` and its kin, two selections of the batch, and pairs that meet
a product of all pairs or a matrix that is handed over (`x2 + y2 - 2 * x @ y.T`).

What was reduced along the rows of a matrix of all pairs fits to its columns as well.

## Bad
```python
def contrast(image: Float["B D"], text: Float["B D"], weight: Float["B"]):
    logits = image @ transpose(text)
    log_p = logits - logsumexp(logits, axis=1)  # expect: outer-broadcast "the value of a row meets a column"
    return -sum(weight * diagonal(log_p)) / sum(weight)
```

## Good
```python
def contrast(image: Float["B D"], text: Float["B D"], weight: Float["B"]):
    logits = image @ transpose(text)
    log_p = logits - logsumexp(logits, axis=1, keepdims=True)
    return -sum(weight * diagonal(log_p)) / sum(weight)
```

## Good
```python
def distances(x: Float["B"], y: Float["B"]):
    return mean((x[:, None] - y[None, :]) ** 2) + mean(expand_dims(x, 1) - x)
```

Indices of the samples that pick along another axis pick for every sample at once: so each one meets the index of every other one,
too. It is silent where rows or columns of what comes out are looked at (a softmax over all of them), or the diagonal.

## Bad
```python
import torch

def td_loss(q: Float["B A"], actions: Int["B"], target: Float["B"]):
    return ((target - q[:, actions]) ** 2).mean()  # expect: outer-broadcast "`actions` (B,)"
```

## Good
```python
import torch

def td_loss(q: Float["B A"], actions: Int["B"], target: Float["B"]):
    return ((target - q.gather(1, actions[:, None])[:, 0]) ** 2).mean()

def sampled_softmax(scores: Float["B V"], items: Int["B"]):
    return torch.nn.functional.cross_entropy(scores[:, items], torch.arange(len(items)))
```

A product of two matrices pairs the samples as well. All pairs are meant where they are looked at; a total of the logarithms of some
under the weights of others is a cross-entropy of samples that have nothing to do with each other.

## Bad
```python
import numpy as np

def cross_entropy(labels: Float["B C"], probs: Float["B C"]):
    return -np.sum(np.dot(labels, np.log(probs).T)) / len(labels)  # expect: outer-broadcast "(B, B)"
```

## Good
```python
import numpy as np

def cross_entropy(labels: Float["B C"], probs: Float["B C"]):
    return -np.sum(labels * np.log(probs)) / len(labels)

def by_diagonal(labels: Float["B C"], probs: Float["B C"]):
    return -np.trace(np.dot(labels, np.log(probs).T)) / len(labels)

def apart(anchor: Float["B D"], negative: Float["B D"]):
    return np.mean(np.dot(anchor, negative.T))
```

PyTorch's `mse_loss`, `l1_loss`, `smooth_l1_loss` and `huber_loss` warn of shapes that differ and broadcast all the same. There a
matrix of all pairs that meets one value per sample is found as well.

## Bad
```python
import torch.nn.functional as F

def ratings(user: Float["B D"], item: Float["B D"], rating: Float["B"]):
    return F.mse_loss(user @ item.t(), rating)  # expect: outer-broadcast "(B, B)"
```

## Good
```python
import torch.nn.functional as F

def ratings(user: Float["B D"], item: Float["B D"], rating: Float["B"]):
    return F.mse_loss((user * item).sum(1), rating)
```

Any other axis that a parameter begins with may meet itself like the batch: the points of a set, the nodes of a graph.

## Bad
```python
def boundary(inner: Float["B 1"], edge: Float["M 1"], value: Float["M"]):
    return mean(inner ** 2) + mean((edge - value) ** 2)  # expect: outer-broadcast "(M, M)"
```

## Good
```python
def boundary(inner: Float["B 1"], edge: Float["M 1"], value: Float["M"]):
    return mean(inner ** 2) + mean((edge[:, 0] - value) ** 2)
```

## Limits
An outer product that is meant, written over tensors of different rank with `*` or `+`, is flagged; write both axes
(`a[:, None] * b[None, :]`) to say so.

## Sources
<https://github.com/pytorch/pytorch/issues/16045>, <https://github.com/tensorflow/tensorflow/issues/37770>.
)md";

// Behind elementwise steps with constants (`1 - target`), where a tensor got its rank.
TensorId origin_of_rank(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 64; ++hops) {
    const Step& made = ctx.trace.step_of(id);
    if (made.op == nullptr || made.op->role != OpRole::elementwise) return id;
    TensorId next;
    for (const TensorId operand : made.operands) {
      if (!ctx.has_batch(operand)) continue;
      if (next.valid()) return id;
      next = operand;
    }
    if (!next.valid()) return id;
    id = next;
  }
  return id;
}

// The result has the batch on one axis more than each operand: they met on different axes. `(B, B, 1)` with `(B, B)`
// too.
bool pairs_samples(const RuleContext& ctx, const Step& step) {
  const std::size_t axes = ctx.batch_axes(step.result).size();
  if (axes < 2) return false;
  // `(B,)` with `(B, N)` under the assumption B == N is another mistake, with a rule of its own (rank-promotion).
  for (const Assumption& a : step.assumed) {
    if (ctx.dims.mentions(a.left, ctx.batch()) != ctx.dims.mentions(a.right, ctx.batch())) return false;
  }
  // Nor is an axis that became the batch only because a broadcast before needed it.
  const bool forced = std::ranges::any_of(ctx.trace.assumptions, [&](const Assumption& a) {
    return !a.stated && ctx.dims.mentions(a.left, ctx.batch()) != ctx.dims.mentions(a.right, ctx.batch());
  });
  int batched = 0;
  for (const TensorId operand : step.operands) {
    const std::size_t count = ctx.batch_axes(operand).size();
    if (count >= axes || (count > 1 && forced)) return false;
    batched += count > 0 ? 1 : 0;
  }
  return batched >= 2;
}

bool ranks_differ(const RuleContext& ctx, const Step& step) {
  std::size_t rank = 0;
  bool first = true;
  for (const TensorId operand : step.operands) {
    if (!ctx.has_batch(operand)) continue;
    const std::size_t own = ctx.tensor(operand).shape->size();
    if (!first && own != rank) return true;
    rank = own;
    first = false;
  }
  return false;
}

// `target.unsqueeze(0)` (1, B, H, W) that meets `logits` (B, 1, H, W): the axis was to fill the place of the one that
// the other came with, and stands in front of the batch. Two that were both made to pair have each got an axis.
bool fills_wrong_place(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2) return false;
  const auto made_here = [&](TensorId id) { return grew_by_an_axis(ctx.trace, ctx.trace.step_of(id)); };
  for (std::size_t k = 0; k < 2; ++k) {
    const TensorId grown = step.operands[k];
    const TensorId other = step.operands[1 - k];
    if (!made_here(origin_of_rank(ctx, grown)) || ctx.batch_axes(grown) != std::vector{1}) continue;
    const auto& own = ctx.tensor(grown).shape;
    const auto& given = ctx.tensor(other).shape;
    if (own->size() < 2 || own->size() != given->size() || ctx.batch_axes(other) != std::vector{0}) continue;
    if (!ctx.dims.is_number((*own)[0], 1) || !ctx.dims.is_number((*given)[1], 1)) continue;
    if (!std::equal(own->begin() + 2, own->end(), given->begin() + 2)) continue;
    // The other one came with its axis of one.
    const std::vector<bool> behind = ancestors_of(ctx.trace, other);
    const bool inserted = std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      return s.op != nullptr && behind[s.result.index] && grew_by_an_axis(ctx.trace, s);
    });
    if (!inserted && is_reduced_as_a_whole(ctx, step.result)) return true;
  }
  return false;
}

// `logits - logsumexp(logits, axis=1)` of (B, B): without its axis, the value of a row meets a column. Of a symmetric
// matrix both are the same.
const Step* row_meets_column(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2 || (step.op->name != "sub" && step.op->name != "div")) return nullptr;
  const auto& matrix = ctx.tensor(step.operands[0]).shape;
  if (!matrix || matrix->size() != 2 || (*matrix)[0] != (*matrix)[1] || ctx.batch_axes(step.operands[0]).size() != 2)
    return nullptr;
  const auto& row = ctx.tensor(step.operands[1]).shape;
  if (!row || row->size() != 1 || (*row)[0] != (*matrix)[1]) return nullptr;
  const std::vector<TensorId> way = chain_to(ctx, step.operands[1], [&](const Step& s) {
    return s.op != nullptr && s.op->role == OpRole::reduction && s.axes == std::vector{1} && !s.keepdims &&
           ctx.tensor(s.operands[0]).shape == matrix;
  });
  if (way.empty()) return nullptr;
  const Step& reduction = ctx.trace.step_of(way.back());
  const TensorId whole = source_of(ctx.trace, step.operands[0]);
  if (whole != source_of(ctx.trace, reduction.operands[0]) &&
      !ancestors_of(ctx.trace, reduction.operands[0])[whole.index])
    return nullptr;
  const TensorId there = ctx.evaluated(step.operands[0]);
  const ArrayPtr numbers = there.valid() ? ctx.evaluation()->batch.tensor(there).array : nullptr;
  if (numbers == nullptr || numbers->rank() != 2 || numbers->shape[0] != numbers->shape[1]) return nullptr;
  const auto n = static_cast<std::size_t>(numbers->shape[0]);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!nearly_equal(numbers->values[i * n + j], numbers->values[j * n + i])) return &reduction;
    }
  }
  return nullptr;
}

// `a + b` needs parentheses before an index, `f(a, b).c[d]` and `torch::f(a)` do not.
bool binds_tightly(std::string_view text) {
  int open = 0;
  for (const char c : text) {
    if (c == '(' || c == '[' || c == '{') ++open;
    else if (c == ')' || c == ']' || c == '}') --open;
    else if (open == 0 && std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.' && c != ':')
      return false;
  }
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

// `pred` (B, 1) that meets `target` (B,): `pred[:, 0]`, in C++ `pred.squeeze(1)`, where the operand stands in the
// user's code.
std::optional<Fix> index_column(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2) return std::nullopt;
  for (std::size_t k = 0; k < 2; ++k) {
    const auto& own = ctx.tensor(step.operands[k]).shape;
    const auto& other = ctx.tensor(step.operands[1 - k]).shape;
    if (!own || !other || own->size() != 2 || other->size() != 1 || !ctx.dims.is_number((*own)[1], 1)) continue;
    const std::optional<Span> place = users_span(ctx, step, k);
    if (!place) return std::nullopt;
    const std::string written(ctx.sources.text(*place));
    const bool is_cxx = ctx.target.module->dialect == Dialect::cxx;
    return Fix{.title = "take the column, so that both have one value per sample",
               .edits = {Edit{*place, (binds_tightly(written) ? written : "(" + written + ")") +
                                          (is_cxx ? ".squeeze(1)" : "[:, 0]")}}};
  }
  return std::nullopt;
}

// `y_true - squeeze(y_pred, -1)` and `expand_dims(y_true, 1) - y_pred` where nobody said how many axes they have: the
// code itself says that one has less than the other.
bool rests_on_guessed_rank(const RuleContext& ctx, const Step& step) {
  if (ctx.world.stated) return false;
  return std::ranges::any_of(step.operands, [&](TensorId id) {
    id = origin_of_rank(ctx, id);
    const Step& made = ctx.trace.step_of(id);
    if (made.op == nullptr || made.op->role != OpRole::movement || made.operands.size() != 1) return false;
    const auto& before = ctx.tensor(made.operands[0]).shape;
    const auto& after = ctx.tensor(id).shape;
    return before && after && before->size() != after->size() && !made.all_axes &&
           (made.op->name == "squeeze" || made.op->name == "expand_dims") &&
           ctx.trace.step_of(source_of(ctx.trace, id)).kind == StepKind::parameter;
  });
}

// An axis was inserted behind one of the operands, or kept: what is written so is meant to be spread.
bool has_made_axis(const RuleContext& ctx, const Step& step) {
  const std::size_t rank = ctx.tensor(step.result).shape->size();
  return std::ranges::any_of(step.operands, [&](TensorId id) {
    const Shape& own = *ctx.tensor(id).shape;
    for (std::size_t behind = 0; behind < own.size(); ++behind) {
      if (ctx.dims.is_number(own[own.size() - 1 - behind], 1) && own.size() == rank &&
          !came_with_axis_of_one(ctx, id, behind))
        return true;
    }
    return false;
  });
}

// `(M, 1)` and `(M,)`: any other axis that meets itself, as the batch does above. Only where the axis of one element
// came with a tensor, or where the library itself warns.
void check_axis_with_itself(RuleContext& ctx, StepId id) {
  const Step& step = ctx.trace.step(id);
  const auto size = size_meets_itself(ctx, step);
  if (!size || is_meant(ctx, step) || rests_on_guessed_rank(ctx, step)) return;
  // Places and labels are held against all others (`key > query`).
  if (!step.wants_one_shape && (step.op->dtype == DTypeRule::boolean || has_made_axis(ctx, step))) return;
  const bool samples = ctx.dims.mentions(*size, ctx.batch());
  const bool framework = ctx.trace.frame(step.frame).is_framework;
  ctx.report({.step = id,
              .message = fmt::format("{} and {} broadcast to {}{}: every {} meets every other one; give both the same "
                                     "rank, as with `squeeze(axis)`",
                                     operand_text(ctx, step, 0), operand_text(ctx, step, 1), ctx.show(step.result),
                                     framework ? fmt::format(" in `{}`", ctx.callee(step)) : "",
                                     samples ? "sample" : fmt::format("element of `{}`", ctx.dims.print(*size))),
              .samples_prove = samples,
              .fix = index_column(ctx, step)});
}

void check_broadcasts(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.op->role != OpRole::elementwise) continue;
    if (const Step* reduction = row_meets_column(ctx, step)) {
      Report report{
          .step = StepId{i},
          .message = fmt::format("{} and {} broadcast to {}: `{}` ran along axis 1, and the value of a row "
                                 "meets a column; keep the axis there, as with `{hint}`",
                                 operand_text(ctx, step, 0), operand_text(ctx, step, 1), ctx.show(step.result),
                                 ctx.callee(*reduction), fmt::arg("hint", ctx.argument("keepdims=True")))};
      report.related.push_back({"reduced here", ctx.trace.user_span(*reduction)});
      ctx.report(std::move(report));
      continue;
    }
    if (!pairs_samples(ctx, step)) {
      check_axis_with_itself(ctx, StepId{i});
      continue;
    }
    if (is_meant(ctx, step) || rests_on_guessed_rank(ctx, step) || are_two_selections(ctx, step) ||
        meets_product_of_pairs(ctx, step.result))
      continue;
    const bool misplaced = !ranks_differ(ctx, step) && fills_wrong_place(ctx, step);
    if (!ranks_differ(ctx, step) && !misplaced) continue;
    std::string operands;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      if (!ctx.has_batch(step.operands[k])) continue;
      operands += fmt::format("{}{}", operands.empty() ? "" : " and ", operand_text(ctx, step, k));
    }
    const bool framework = ctx.trace.frame(step.frame).is_framework;
    const std::string_view remedy = misplaced ? "insert the axis behind the batch, as with `unsqueeze(1)`"
                                              : "give both the same rank, as with `squeeze(axis)`";
    ctx.report({.step = StepId{i},
                .message = fmt::format("{} broadcast to {}{}: every sample meets every other one; {}", operands,
                                       ctx.show(step.result),
                                       framework ? fmt::format(" in `{}`", ctx.callee(step)) : "", remedy),
                .fix = index_column(ctx, step)});
  }
}

void check(RuleContext& ctx) {
  check_broadcasts(ctx);
  check_pair_picks(ctx);
  check_pair_products(ctx);
}
}  // namespace

extern const Rule outer_broadcast;
constexpr Rule outer_broadcast{.id = "outer-broadcast",
                               .summary = "broadcasting puts the batch on two axes of the result",
                               .doc = kDoc,
                               .check = check};
}  // namespace shapelint::rules
