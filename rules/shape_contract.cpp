#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/rule.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A shape that is declared (an annotation, a docstring, a comment, an assertion) and contradicts the one that the code has, or two
declarations that contradict each other.

## Bad
```python
def loss(pred: Float["B N"], target: Float["B N"]) -> Float["B"]:
    return mean((pred - target) ** 2)  # expect: shape-contract "(B,)"
```

## Good
```python
def loss(pred: Float["B N"], target: Float["B N"]) -> Float["B"]:
    return mean((pred - target) ** 2, axis=-1)
```

So do the same names in another order.

## Bad
```python
def for_ctc(logits: Float["B T C"]) -> Float["T B C"]:
    return log_softmax(logits)  # expect: shape-contract "(B, T, C)"
```

## Limits
Only what cannot be equal counts: `N` and `M` may be the same number. Of prose, `Returns:` of a docstring counts (a warning), where it
says one shape, in sizes that the parameters have, and no option such as `reduction` decides what comes back.

## Sources
jaxtyping 0.3, docs/api/array.md, for the grammar of annotations.
)md";

// `(B, T, C)` where `(T, B, C)` is declared: the same names, each once, in another order.
bool is_reordered(const Shape& tracked, const Shape& declared, const DimTable& dims) {
  if (tracked == declared || !std::ranges::is_permutation(tracked, declared)) return false;
  return std::ranges::all_of(declared, [&](Dim dim) {
    const auto symbol = dims.as_symbol(dim);
    return symbol && !dims.is_anonymous(*symbol) && std::ranges::count(declared, dim) == 1;
  });
}

void check(RuleContext& ctx) {
  for (const World::Contradiction& c : ctx.world.contradictions) {
    Report report{
        .step = {}, .message = c.message, .span = c.first, .severity = Severity::warning, .needs_mixing = false};
    if (c.second.end > c.second.begin) report.related.push_back({"the other declaration", c.second});
    ctx.report(std::move(report));
  }
  for (const Conflict& conflict : ctx.trace.contract_breaks) {
    // What an assertion contradicts may be a guess of ours, and else fails whoever calls.
    const bool is_certain = !ctx.world.stated && !has_guess(ctx.world) && ctx.trace.end == PathEnd::raised;
    if (conflict.label == "assert" && !ctx.world.stated && !is_certain) continue;
    ctx.report({.step = {},
                .message = conflict.message,
                .span = conflict.span,
                .frame = conflict.frame,
                .severity = is_certain ? std::optional(Severity::error) : std::nullopt,
                .needs_mixing = false});
  }
  const auto* returned = ctx.trace.result.as<TensorV>();
  if (!ctx.world.declared_return || returned == nullptr || ctx.trace.end != PathEnd::returned) return;
  const auto& tracked = ctx.tensor(returned->id).shape;
  const Shape& declared = *ctx.world.declared_return;
  if (!tracked) return;
  bool differs = tracked->size() != declared.size();
  for (std::size_t axis = 0; !differs && axis < declared.size(); ++axis) {
    differs = ctx.dims.same((*tracked)[axis], declared[axis]) == Tri::no;
  }
  if (!differs && !is_reordered(*tracked, declared, ctx.dims)) return;
  ctx.report({.step = ctx.tensor(returned->id).step,
              .message = fmt::format("{} is returned where {} is declared", show(*tracked, ctx.dims),
                                     show(declared, ctx.dims)),
              .span = ctx.trace.result_span,
              .severity = ctx.world.declared_in_prose ? std::optional(Severity::warning) : std::nullopt,
              .needs_mixing = false,
              .related = {{"declared here", ctx.world.declared_return_span}}});
}
}  // namespace

extern const Rule shape_contract;
constexpr Rule shape_contract{
    .id = "shape-contract", .summary = "a declared shape contradicts the tracked one", .doc = kDoc, .check = check};
}  // namespace shapelint::rules
