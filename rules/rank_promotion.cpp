#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/steps.h"
#include "lib/lint/unlike_shapes.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
Per-sample values `(B,)` that broadcasting aligns with the last axis of `(B, N)`. Shapes are aligned from the right, so the
weight of sample `j` lands on column `j` of every sample. It raises unless `B == N`, and is wrong without a word when the two
happen to be equal.

## Bad
```python
def weighted(pred: Float["B N"], target: Float["B N"], weight: Float["B"]):
    return mean((pred - target) ** 2 * weight)  # expect: rank-promotion "(B, N)"
```

## Good
```python
def weighted(pred: Float["B N"], target: Float["B N"], weight: Float["B"]):
    return mean((pred - target) ** 2 * weight[:, None])
```

A vector over the other axis is what broadcasting is for.

## Good
```python
def weighted(pred: Float["B N"], target: Float["B N"], class_weight: Float["N"]):
    return mean((pred - target) ** 2 * class_weight)
```

Two tensors whose axes stand in different orders are aligned just as wrongly, and as silently where the sizes agree: width meets
height in square images, steps meet samples.

## Bad
```python
def masked(pred: Float["B H W"], mask: Float["B W H"]):
    return mean(pred * mask)  # expect: rank-promotion "(B, W, H)"
```

## Good
```python
def masked(pred: Float["B H W"], mask: Float["B W H"]):
    return mean(pred * transpose(mask, (0, 2, 1)))
```

So are two axes that have different names in one place; in prose, where one size may have two names, that is advice.

## Bad
```python
def masked_similarity(similarity: Float["B D"], mask: Float["B T"]):
    return mean(similarity * mask)  # expect: rank-promotion "`D` meets `T`"
```

## Good
```python
def masked_similarity(similarity: Float["B T"], mask: Float["B T"]):
    return mean(similarity * mask)
```

So is a vector per class that meets a vector per sample, where the value of each sample's class was meant.

## Bad
```python
def balanced(loss: Float["B"], class_weight: Float["C"], label: Int["B"]):
    return mean(loss * class_weight)  # expect: rank-promotion "(C,)"
```

## Good
```python
def balanced(loss: Float["B"], class_weight: Float["C"], label: Int["B"]):
    return mean(loss * take(class_weight, label, axis=0))
```

The `weight` of PyTorch's `binary_cross_entropy` is spread the same way; weights of the samples need a second axis.

## Bad
```python
import torch.nn.functional as F

def weighted_labels(logits: Float["B C"], labels: Float["B C"], weight: Float["B"]):
    return F.binary_cross_entropy_with_logits(logits, labels, weight=weight)  # expect: rank-promotion "`weight` (B,)"
```

## Good
```python
import torch.nn.functional as F

def weighted_labels(logits: Float["B C"], labels: Float["B C"], weight: Float["B"]):
    return F.binary_cross_entropy_with_logits(logits, labels, weight=weight[:, None])
```

PyTorch's `mse_loss`, `l1_loss`, `smooth_l1_loss` and `huber_loss` want both tensors to have one shape, and warn where they have not.
An axis of one element with which a tensor came, a layer of one unit for example, is spread over the values of the sample there.

## Bad
```python
import torch.nn as nn
import torch.nn.functional as F

critic = nn.Linear(4, 1)

def td_loss(obs: Float["B 4"], reward: Float["B 1"], log_prob: Float["B A"]):
    return F.mse_loss(critic(obs), reward - 0.2 * log_prob)  # expect: rank-promotion "(B, A)"
```

## Good
```python
import torch.nn as nn
import torch.nn.functional as F

critic = nn.Linear(4, 1)

def td_loss(obs: Float["B 4"], reward: Float["B 1"], log_prob: Float["B A"]):
    return F.mse_loss(critic(obs), reward - 0.2 * log_prob.sum(1, keepdim=True))

def to_all(pred: Float["B D"], targets: Float["B K D"]):
    return F.mse_loss(pred.unsqueeze(1), targets)
```

## Limits
Silent when the two sizes are stated to be equal, and where shapes rest on a convention: a guessed size proves nothing.

## Sources
docs.jax.dev, "NumPy rank promotion"; keras/src/losses/loss.py `reduce_weighted_values`, which aligns only a last axis of 1.
)md";

// The batch had to be assumed equal to an independent size for the shapes to meet.
bool meets_another_axis(RuleContext& ctx, const Step& step) {
  return std::ranges::any_of(step.assumed, [&](const Assumption& a) {
    return !a.stated && ctx.dims.mentions(a.left, ctx.batch()) != ctx.dims.mentions(a.right, ctx.batch());
  });
}

bool both_have_batch(const RuleContext& ctx, const Step& step) {
  return step.operands.size() >= 2 &&
         std::ranges::count_if(step.operands, [&](TensorId id) { return ctx.has_batch(id); }) >= 2;
}

bool ranks_differ(const RuleContext& ctx, const Step& step) {
  for (const TensorId id : step.operands) {
    if (ctx.tensor(id).shape && ctx.tensor(step.operands[0]).shape && !ctx.tensor(id).shape->empty() &&
        ctx.tensor(id).shape->size() != ctx.tensor(step.operands[0]).shape->size()) {
      return true;
    }
  }
  return false;
}

// `(B, H, W)` with `(B, W, H)`: the same axes in another order. A matrix with its own transpose is symmetrised.
bool are_transposed(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2 || step.assumed.empty()) return false;
  const auto& a = ctx.tensor(step.operands[0]).shape;
  const auto& b = ctx.tensor(step.operands[1]).shape;
  if (!a || !b || *a == *b || a->size() != b->size()) return false;
  if (!std::is_permutation(a->begin(), a->end(), b->begin())) return false;
  if (std::ranges::any_of(*a, [&](Dim dim) { return std::ranges::count(*a, dim) > 1 && !ctx.dims.constant(dim); }))
    return false;
  return source_of(ctx.trace, step.operands[0]) != source_of(ctx.trace, step.operands[1]);
}

// `(B,)` with `(C,)`: values per sample and values per class, of one rank, so that neither is promoted.
bool meets_a_vector(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2) return false;
  const auto& a = ctx.tensor(step.operands[0]).shape;
  const auto& b = ctx.tensor(step.operands[1]).shape;
  // Both sizes have names: a number, or a count that carries the batch (`unique(x)`), says nothing about an axis.
  const bool named = std::ranges::any_of(step.assumed, [&](const Assumption& assumed) {
    const auto left = ctx.dims.as_symbol(assumed.left);
    const auto right = ctx.dims.as_symbol(assumed.right);
    return left && right && (*left == ctx.batch() || *right == ctx.batch()) && !ctx.dims.is_anonymous(*left) &&
           !ctx.dims.is_anonymous(*right);
  });
  return named && a && b && a->size() == b->size() &&
         ctx.has_batch(step.operands[0]) != ctx.has_batch(step.operands[1]) &&
         reductions_behind(ctx, step.operands[ctx.has_batch(step.operands[0]) ? 1 : 0]).empty();
}

// Is a symbol one that a shape of this source names?
bool is_named_by(const RuleContext& ctx, SymbolId symbol, ShapeSource source) {
  const auto names = [&](const Shape& shape) {
    return std::ranges::any_of(shape, [&](Dim dim) { return ctx.dims.as_symbol(dim) == symbol; });
  };
  return std::ranges::any_of(ctx.world.parameters, [&](const WorldParameter& p) {
    return p.from == source && ((p.shape && names(*p.shape)) || std::ranges::any_of(p.shapes, names));
  });
}

// `(B, T)` with `(B, D)`: who gives two sizes two names in one place does not mean one size. (A docstring's `C` may be
// the command line's `N`.)
struct MeetingOfNames {
  Assumption assumed;
  bool is_prose = false;  ///< where one size may well have two names
};

std::optional<MeetingOfNames> meeting_of_names(const RuleContext& ctx, const Step& step) {
  static constexpr ShapeSource kSources[] = {ShapeSource::command_line, ShapeSource::annotation, ShapeSource::docstring,
                                             ShapeSource::comment};
  for (const Assumption& assumed : step.assumed) {
    const auto left = ctx.dims.as_symbol(assumed.left);
    const auto right = ctx.dims.as_symbol(assumed.right);
    if (assumed.stated || !left || !right || *left == ctx.batch() || *right == ctx.batch()) continue;
    const auto named_by = std::ranges::find_if(kSources, [&](ShapeSource source) {
      return is_named_by(ctx, *left, source) && is_named_by(ctx, *right, source);
    });
    if (named_by != std::end(kSources))
      return MeetingOfNames{assumed, *named_by == ShapeSource::docstring || *named_by == ShapeSource::comment};
  }
  return std::nullopt;
}

// `expand_as`, and what PyTorch's losses do with a `weight`: (B,) spread over (B, C) from the right.
bool is_spread_over_another_axis(RuleContext& ctx, const Step& step) {
  if (step.op->name != "broadcast_to" || !meets_another_axis(ctx, step)) return false;
  const auto& from = ctx.tensor(step.operands[0]).shape;
  const auto& to = ctx.tensor(step.result).shape;
  return from && to && from->size() < to->size() && ctx.has_batch(step.operands[0]);
}

// A framework's own names say nothing to the user: the parameter behind them does.
std::string name_of_source(const RuleContext& ctx, TensorId id) {
  const Step& source = ctx.trace.step_of(source_of(ctx.trace, id));
  return source.kind == StepKind::parameter ? fmt::format("`{}`", source.parameter) : "the value per sample";
}

// What is guessed, beside what is stated: a guessed size may be anything, the batch as well.
class Guesses {
 public:
  explicit Guesses(const RuleContext& ctx) : ctx_(ctx) {
    if (ctx.world.stated) return;
    std::set<SymbolId> stated;
    for (const WorldParameter& p : ctx.world.parameters) add_symbols(p, is_stated(p.from) ? stated : symbols_);
    for (const SymbolId symbol : stated) symbols_.erase(symbol);
    for (const Step& step : ctx.trace.steps) {
      const bool is_guessed =
          step.kind == StepKind::parameter && std::ranges::any_of(ctx.world.parameters, [&](const WorldParameter& p) {
            return !is_stated(p.from) && step.parameter.starts_with(p.name);
          });
      if (is_guessed) tensors_.push_back(step.result);
    }
  }

  /// Is an operand made of a guess, or as large as one?
  bool are_behind(const Step& step) const {
    return std::ranges::any_of(step.operands, [&](TensorId id) {
      const auto& shape = ctx_.tensor(id).shape;
      return std::ranges::any_of(tensors_,
                                 [&](TensorId guess) { return guess <= id && ctx_.trace.depends_on(id, guess); }) ||
             (shape && std::ranges::any_of(*shape, [&](Dim dim) {
                return std::ranges::any_of(ctx_.dims.symbols(dim), [&](SymbolId s) { return symbols_.contains(s); });
              }));
    });
  }

 private:
  void add_symbols(const WorldParameter& p, std::set<SymbolId>& into) const {
    const auto add = [&](const Shape& shape) {
      for (const Dim dim : shape)
        for (const SymbolId symbol : ctx_.dims.symbols(dim)) into.insert(symbol);
    };
    if (p.shape) add(*p.shape);
    for (const Shape& part : p.shapes) add(part);
  }

  const RuleContext& ctx_;
  std::set<SymbolId> symbols_;
  std::vector<TensorId> tensors_;
};

void check(RuleContext& ctx) {
  if (!ctx.world.stated &&
      std::ranges::none_of(ctx.world.parameters, [](const WorldParameter& p) { return is_stated(p.from); }))
    return;
  const Guesses guesses(ctx);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || (step.assumed.empty() && !step.wants_one_shape) || guesses.are_behind(step)) continue;
    if (const auto spread = spread_beside_batch(ctx, step)) {
      ctx.report(
          {.step = StepId{i},
           .message = fmt::format("{} and {} have different shapes, and `{}` spreads the one value of {} over all "
                                  "values of the sample (PyTorch warns); give both one shape",
                                  operand_text(ctx, step, 0), operand_text(ctx, step, 1), ctx.callee(step),
                                  operand_text(ctx, step, *spread)),
           .severity = Severity::warning});
      continue;
    }
    if (step.assumed.empty()) continue;
    if (is_spread_over_another_axis(ctx, step)) {
      ctx.report({.step = StepId{i},
                  .message = fmt::format("{} {} is spread from the right over a shape of {} axes, so the batch meets "
                                         "another axis: it fails unless the sizes are equal, and then mixes samples; "
                                         "add an axis, as in `[:, None]`",
                                         name_of_source(ctx, step.operands[0]), ctx.show(step.operands[0]),
                                         ctx.tensor(step.result).shape->size())});
      continue;
    }
    if (step.op->role != OpRole::elementwise) continue;
    if (are_transposed(ctx, step)) {
      ctx.report({.step = StepId{i},
                  .message = fmt::format("{} and {} have the same axes in another order: it fails unless the sizes are "
                                         "equal, and then pairs the wrong elements; transpose one",
                                         operand_text(ctx, step, 0), operand_text(ctx, step, 1)),
                  .needs_mixing = false});
      continue;
    }
    if (meets_another_axis(ctx, step) && meets_a_vector(ctx, step)) {
      ctx.report(
          {.step = StepId{i},
           .message = fmt::format("{} and {} meet on the batch axis, and only one of them counts samples: it fails "
                                  "unless the sizes are equal; pick the value of each sample first",
                                  operand_text(ctx, step, 0), operand_text(ctx, step, 1)),
           .severity = Severity::warning});
      continue;
    }
    if (const auto meeting = meeting_of_names(ctx, step); meeting && step.operands.size() >= 2) {
      std::string operands;
      for (std::size_t k = 0; k < step.operands.size(); ++k) {
        if (ctx.tensor(step.operands[k]).shape && ctx.tensor(step.operands[k]).shape->empty()) continue;
        operands += fmt::format("{}{}", operands.empty() ? "" : " and ", operand_text(ctx, step, k));
      }
      ctx.report({.step = StepId{i},
                  .message = fmt::format("{} are aligned from the right, so `{}` meets `{}`: it fails unless the two "
                                         "sizes are equal, and then pairs the wrong elements",
                                         operands, ctx.dims.print(meeting->assumed.left),
                                         ctx.dims.print(meeting->assumed.right)),
                  .severity = meeting->is_prose ? Severity::advice : Severity::warning,
                  .needs_mixing = false});
      continue;
    }
    if (!meets_another_axis(ctx, step) || !both_have_batch(ctx, step) || !ranks_differ(ctx, step)) continue;
    std::string operands;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      operands += fmt::format("{}{}", operands.empty() ? "" : " and ", operand_text(ctx, step, k));
    }
    ctx.report({.step = StepId{i},
                .message = fmt::format(
                    "{} are aligned from the right, so the batch meets another axis: it fails unless the sizes are "
                    "equal, and then mixes samples; add an axis, as in `[:, None]`",
                    operands)});
  }
}
}  // namespace

extern const Rule rank_promotion;
constexpr Rule rank_promotion{.id = "rank-promotion",
                              .summary = "per-sample values are aligned with another axis than the batch",
                              .doc = kDoc,
                              .check = check};
}  // namespace shapelint::rules
