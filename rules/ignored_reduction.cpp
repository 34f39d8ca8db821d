#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/lint/parameters.h"
#include "lib/lint/steps.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A parameter `reduction` that has no effect: `"none"`, `"mean"` and `"sum"` all give the same. Who asks for `"none"` to weigh the
samples, or for `"sum"` to add up batches, gets something else and no word about it.

## Bad
```python
from keras import ops

def dice_loss(pred: Float["B N"], target: Float["B N"], reduction="mean"):
    overlap = ops.sum(target * pred, axis=-1)
    total = ops.sum(target + pred, axis=-1)
    return ops.mean(1 - 2 * overlap / (total + 1e-6))  # expect: ignored-reduction "reduction"
```

## Good
```python
from keras import ops

def dice_loss(pred: Float["B N"], target: Float["B N"], reduction="mean"):
    overlap = ops.sum(target * pred, axis=-1)
    total = ops.sum(target + pred, axis=-1)
    loss = 1 - 2 * overlap / (total + 1e-6)
    if reduction == "mean":
        return ops.mean(loss)
    return ops.sum(loss) if reduction == "sum" else loss
```

Or one of the values that it accepts is taken for another, without a word: it is checked or documented, and then
forgotten.

## Bad
```python
from keras import ops

def hinge(pred: Float["B"], target: Float["B"], reduction="mean"):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    loss = ops.maximum(1 - pred * target, 0)
    if reduction == "sum":
        return ops.sum(loss)
    return ops.mean(loss)  # expect: ignored-reduction "'none' gives the same () as 'mean'"
```

## Good
```python
from keras import ops

def hinge(pred: Float["B"], target: Float["B"], reduction="mean"):
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction)
    loss = ops.maximum(1 - pred * target, 0)
    if reduction == "none":
        return loss
    return ops.sum(loss) if reduction == "sum" else ops.mean(loss)

def half(pred: Float["B"], target: Float["B"], reduction="mean"):
    loss = ops.maximum(1 - pred * target, 0)
    return ops.sum(loss) if reduction == "sum" else ops.mean(loss)
```

## Limits
The loss is traced once for each value. A value that raises is not accepted and does not count. Where something on the way is not
understood, it may be what takes the argument, and the rule is silent.

## Sources
<https://docs.pytorch.org/docs/stable/nn.html#loss-functions>, where every loss takes `reduction`.
)md";

bool understood(const Trace& trace) {
  return trace.unknowns.empty() && trace.conflicts.empty() && trace.end == PathEnd::returned &&
         !tensors_in(trace.result, trace.heap).empty();
}

// The operands are compared where they are made.
bool same_step(const Trace& ta, const Step& a, const Trace& tb, const Step& b) {
  if (a.kind != b.kind || a.op != b.op || a.axes != b.axes || a.all_axes != b.all_axes || a.keepdims != b.keepdims ||
      a.parameter != b.parameter || a.operands.size() != b.operands.size())
    return false;
  const ArrayPtr& x = ta.tensor(a.result).array;
  const ArrayPtr& y = tb.tensor(b.result).array;
  return (x == nullptr) == (y == nullptr) && (x == nullptr || x->values == y->values);
}

// Step for step what comes back is computed in the same way; a value that is made and thrown away (`loss.mean()` as a
// statement) changes nothing. The sizes of both are those of one world.
bool same_course(const Trace& a, const Trace& b) {
  const std::vector<TensorId> left = tensors_in(a.result, a.heap);
  const std::vector<TensorId> right = tensors_in(b.result, b.heap);
  if (left.size() != right.size()) return false;
  std::map<std::uint32_t, std::uint32_t> paired;
  std::vector<std::pair<TensorId, TensorId>> open;
  for (std::size_t i = 0; i < left.size(); ++i) open.emplace_back(left[i], right[i]);
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    const auto [known, is_new] = paired.emplace(x.index, y.index);
    if (!is_new && known->second == y.index) continue;
    const Step& one = a.step_of(x);
    const Step& other = b.step_of(y);
    if (!is_new || !same_step(a, one, b, other)) return false;
    for (std::size_t k = 0; k < one.operands.size(); ++k) open.emplace_back(one.operands[k], other.operands[k]);
  }
  return true;
}

bool same_paths(const std::vector<Trace>& a, const std::vector<Trace>& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](const Trace& x, const Trace& y) { return same_course(x, y); });
}

// What comes out when the parameter has a value.
struct Course {
  std::string value;
  std::vector<Trace> paths;
};

// Where what comes back is reduced; else where it is returned.
Span place_of_reduction(const RuleContext& ctx, const ReductionParameter& parameter) {
  for (const StepId id : reductions_behind(ctx, tensors_in(ctx.trace.result, ctx.trace.heap).front())) {
    const Span reduction = ctx.trace.user_span(ctx.trace.step(id));
    if (ctx.is_users_text(reduction) && reduction.source == parameter.span.source) return reduction;
  }
  return ctx.trace.result_span;
}

void report_all(RuleContext& ctx, const ReductionParameter& parameter) {
  const std::vector<TensorId> returned = tensors_in(ctx.trace.result, ctx.trace.heap);
  // What reduces, or returns what nothing reduces, does it whatever the parameter says: in the loss itself, unless the
  // parameter is handed on.
  const ast::Function* own = ctx.target.ast();
  Span place = place_of_reduction(ctx, parameter);
  const bool is_elsewhere = !parameter.is_read && own != nullptr && !own->span.contains(place);
  if (is_elsewhere || !ctx.is_users_text(place) || place.source != parameter.span.source) place = parameter.span;
  Report report{.step = {},
                .message = fmt::format("`{}` has no effect: {} give the same {}; {}, or drop the parameter",
                                       parameter.name, fmt::join(parameter.values, ", "), ctx.show(returned.front()),
                                       is_elsewhere ? "it is never used: keep and apply it" : "apply it here"),
                .span = place,
                .severity = Severity::warning,
                .needs_mixing = false};
  if (place != parameter.span) report.related.push_back({"it is accepted here", parameter.span});
  ctx.report(std::move(report));
}

// Of two values with one course, the one that is not done: `none` where nothing is left of the samples, `mean` where
// they are added up, `sum` where they are not.
std::optional<std::pair<std::string, std::string>> forgotten_of(const Course& a, const Course& b) {
  const Trace& trace = a.paths.front();
  const Step& last = trace.step_of(tensors_in(trace.result, trace.heap).front());
  const auto shape = trace.tensor(last.result).shape;
  const auto is = [&](std::string_view one, std::string_view other) {
    return (a.value == one && b.value == other) || (a.value == other && b.value == one);
  };
  if (is("'none'", "'mean'") || is("'none'", "'sum'")) {
    const std::string_view other = a.value == "'none'" ? b.value : a.value;
    const bool reduced = shape && shape->empty();
    return reduced ? std::pair(std::string("'none'"), std::string(other))
                   : std::pair(std::string(other), std::string("'none'"));
  }
  if (!is("'mean'", "'sum'")) return std::nullopt;  // two names for one thing
  return is_named(last, "sum") ? std::pair(std::string("'mean'"), std::string("'sum'"))
                               : std::pair(std::string("'sum'"), std::string("'mean'"));
}

void report_one(RuleContext& ctx, const ReductionParameter& parameter, const Course& a, const Course& b) {
  const auto named = [&](const std::string& value) {
    return std::ranges::find(parameter.named, value) != parameter.named.end();
  };
  if (!named(a.value) || !named(b.value) || !same_paths(a.paths, b.paths)) return;
  const auto forgotten = forgotten_of(a, b);
  if (!forgotten) return;
  const Trace& trace = a.paths.front();
  const auto& shape = trace.tensor(tensors_in(trace.result, trace.heap).front()).shape;
  if (!shape) return;
  const bool is_here = a.paths.size() == 1 && same_course(trace, ctx.trace);
  Span place = is_here ? place_of_reduction(ctx, parameter) : trace.result_span;
  if (!ctx.is_users_text(place) || place.source != parameter.span.source) place = parameter.span;
  Report report{.step = {},
                .message = fmt::format("`{}` has no effect when it is {}: {} gives the same {} as {}", parameter.name,
                                       forgotten->first, forgotten->first, show(*shape, ctx.dims), forgotten->second),
                .span = place,
                .severity = Severity::warning,
                .needs_mixing = false};
  if (place != parameter.span) report.related.push_back({"it is accepted here", parameter.span});
  ctx.report(std::move(report));
}

void check(RuleContext& ctx) {
  if (!understood(ctx.trace)) return;
  const auto parameter = reduction_parameter(ctx.target);
  if (!parameter) return;
  std::vector<Course> courses;
  for (const std::string& value : parameter->values) {
    std::vector<Trace> paths = ctx.rerun(parameter->name, value, parameter->of_init);
    if (paths.empty()) return;
    const bool raises = std::ranges::all_of(paths, [](const Trace& t) { return t.end == PathEnd::raised; });
    if (raises) continue;
    if (!std::ranges::all_of(paths, understood)) return;
    courses.push_back({value, std::move(paths)});
  }
  if (courses.size() < 2) return;
  const bool all = std::all_of(courses.begin() + 1, courses.end(),
                               [&](const Course& c) { return same_paths(courses[0].paths, c.paths); });
  if (all) return report_all(ctx, *parameter);
  for (std::size_t i = 0; i < courses.size(); ++i) {
    for (std::size_t k = i + 1; k < courses.size(); ++k) report_one(ctx, *parameter, courses[i], courses[k]);
  }
}
}  // namespace

extern const Rule ignored_reduction;
constexpr Rule ignored_reduction{.id = "ignored-reduction",
                                 .summary = "a `reduction` parameter has no effect on the result",
                                 .doc = kDoc,
                                 .check = check};
}  // namespace shapelint::rules
