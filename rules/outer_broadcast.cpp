#include <cctype>

#include <fmt/format.h>

#include "lib/lint/steps.h"

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
inserted right where two tensors are compared or subtracted, `matmul` and its kin.

## Good
```python
def distances(x: Float["B"], y: Float["B"]):
    return mean((x[:, None] - y[None, :]) ** 2) + mean(expand_dims(x, 1) - x)
```

## Limits
An outer product that is meant, written over tensors of different rank with `*` or `+`, is flagged; write both axes
(`a[:, None] * b[None, :]`) to say so.

## Sources
<https://github.com/pytorch/pytorch/issues/16045>, <https://github.com/tensorflow/tensorflow/issues/37770>.
)md";

bool grew_by_an_axis(const Trace& trace, const Step& step) {
  if (step.op == nullptr || step.op->role != OpRole::movement || step.operands.size() != 1) return false;
  const auto& before = trace.tensor(step.operands[0]).shape;
  const auto& after = trace.tensor(step.result).shape;
  return before && after && after->size() == before->size() + 1;
}

// Each operand has the batch on one axis, the result on two: they met on different axes.
bool pairs_samples(const RuleContext& ctx, const Step& step) {
  if (ctx.batch_axes(step.result).size() < 2) return false;
  // `(B,)` with `(B, N)` under the assumption B == N is another mistake, with a rule of its own (rank-promotion).
  for (const Assumption& a : step.assumed) {
    if (ctx.dims.mentions(a.left, ctx.batch()) != ctx.dims.mentions(a.right, ctx.batch())) return false;
  }
  int batched = 0;
  for (const TensorId operand : step.operands) {
    const std::size_t count = ctx.batch_axes(operand).size();
    if (count > 1) return false;
    batched += count == 1 ? 1 : 0;
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

// A tensor behind views that keep all of its elements. A column picked from it is another one.
TensorId same_elements(RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 256; ++hops) {
    const TensorId before = source_of(ctx.trace, id, 1);
    if (before == id) return id;
    const auto& from = ctx.tensor(before).shape;
    const auto& to = ctx.tensor(id).shape;
    if (!from || !to || element_count(*from, ctx.dims) != element_count(*to, ctx.dims)) return id;
    id = before;
  }
  return id;
}

// A tensor with itself, or an axis inserted right here for a difference or a comparison.
bool is_meant(RuleContext& ctx, const Step& step) {
  const Trace& trace = ctx.trace;
  for (std::size_t a = 0; a < step.operands.size(); ++a) {
    for (std::size_t b = a + 1; b < step.operands.size(); ++b) {
      if (ctx.has_batch(step.operands[a]) && ctx.has_batch(step.operands[b]) &&
          same_elements(ctx, step.operands[a]) == same_elements(ctx, step.operands[b])) {
        return true;
      }
    }
  }
  const bool compares = step.op->dtype == DTypeRule::boolean || step.op->name == "sub";
  if (!compares) return false;
  for (std::size_t a = 0; a < step.operands.size(); ++a) {
    const Step& made = trace.step_of(step.operands[a]);
    if (!grew_by_an_axis(trace, made) || a >= step.operand_spans.size()) continue;
    if (trace.user_span(made) == step.operand_spans[a]) return true;
  }
  return false;
}

// `a + b` needs parentheses before an index, `f(a, b).c[d]` does not.
bool binds_tightly(std::string_view text) {
  int open = 0;
  for (const char c : text) {
    if (c == '(' || c == '[' || c == '{') ++open;
    else if (c == ')' || c == ']' || c == '}') --open;
    else if (open == 0 && std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.') return false;
  }
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0;
}

// `pred` (B, 1) that meets `target` (B,): `pred[:, 0]`, where the operand stands in the user's code.
std::optional<Fix> index_column(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2) return std::nullopt;
  for (std::size_t k = 0; k < 2; ++k) {
    const auto& own = ctx.tensor(step.operands[k]).shape;
    const auto& other = ctx.tensor(step.operands[1 - k]).shape;
    if (!own || !other || own->size() != 2 || other->size() != 1 || !ctx.dims.is_number((*own)[1], 1)) continue;
    if (k >= step.operand_spans.size() || !ctx.is_users_text(step.operand_spans[k])) return std::nullopt;
    const std::string written(ctx.sources.text(step.operand_spans[k]));
    return Fix{
        .title = "take the column, so that both have one value per sample",
        .edits = {Edit{step.operand_spans[k], (binds_tightly(written) ? written : "(" + written + ")") + "[:, 0]"}}};
  }
  return std::nullopt;
}

void check(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.op->role != OpRole::elementwise) continue;
    if (!pairs_samples(ctx, step) || !ranks_differ(ctx, step) || is_meant(ctx, step)) continue;
    std::string operands;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      if (!ctx.has_batch(step.operands[k])) continue;
      operands += fmt::format("{}{}", operands.empty() ? "" : " and ", operand_text(ctx, step, k));
    }
    const bool framework = ctx.trace.frame(step.frame).is_framework;
    ctx.report({.step = StepId{i},
                .message = fmt::format(
                    "{} broadcast to {}{}: every sample meets every other one; give both the same rank, as with "
                    "`squeeze(axis)`",
                    operands, ctx.show(step.result), framework ? fmt::format(" in `{}`", ctx.callee(step)) : ""),
                .fix = index_column(ctx, step)});
  }
}
}  // namespace

extern const Rule outer_broadcast;
constexpr Rule outer_broadcast{.id = "outer-broadcast",
                               .summary = "broadcasting puts the batch on two axes of the result",
                               .doc = kDoc,
                               .check = check};
}  // namespace shapelint::rules
