#include "lib/lint/of_everything.h"

#include <algorithm>
#include <string_view>

#include "lib/lint/by_hand.h"
#include "lib/lint/steps.h"

namespace shapelint {
namespace {

bool is_one_number(const RuleContext& ctx, TensorId id) {
  const auto& shape = ctx.tensor(id).shape;
  return shape && std::ranges::all_of(*shape, [&](Dim dim) { return ctx.dims.is_number(dim, 1); });
}

// The step by which a number was taken of all of `whole`; not valid where it is no such statistic. A median is an
// element of what was sorted.
StepId statistic_of(const RuleContext& ctx, TensorId number, TensorId whole) {
  const Trace& trace = ctx.trace;
  const Step& step = trace.step_of(source_of(trace, number));
  if (step.op == nullptr || step.operands.empty() || !ctx.has_batch(step.operands[0]) ||
      !same_values(trace, step.operands[0], whole))
    return {};
  static constexpr std::string_view kReductions[] = {"mean", "max", "min", "quantile"};
  const bool reduces =
      std::ranges::find(kReductions, step.op->name) != std::end(kReductions) && is_one_number(ctx, step.result);
  const auto& shape = ctx.tensor(step.operands[0]).shape;
  const bool sorts = step.op->name == "sort" && shape && shape->size() == 1;
  return reduces || sorts ? ctx.tensor(step.result).step : StepId{};
}

// What two factors, a square or absolute values are made of; the same twice where there is one.
std::pair<TensorId, TensorId> factors_of(const RuleContext& ctx, TensorId id) {
  const Step& step = ctx.trace.step_of(id);
  if (step.op == nullptr || step.operands.empty()) return {};
  const std::string_view op = step.op->name;
  if (op == "mul") return {step.operands[0], step.operands[1]};
  if (op == "square" || op == "abs" || op == "pow") return {step.operands[0], step.operands[0]};
  return {};
}

// Is what each sample has of `moment` divided by, or its root taken?
bool measures(const RuleContext& ctx, const Step& moment) {
  std::vector<bool> rests(ctx.trace.tensors.size(), false);
  rests[moment.result.index] = true;
  for (const Step& step : ctx.trace.steps) {
    if (step.op == nullptr || !step.result.valid() || step.result <= moment.result) continue;
    const auto is_of_it = [&](TensorId id) { return rests[id.index]; };
    if (std::ranges::none_of(step.operands, is_of_it)) continue;
    if (step.op->name == "sqrt" || step.op->name == "rsqrt") return true;
    if (step.op->name == "div" && is_of_it(step.operands[1])) return true;
    rests[step.result.index] =
        (step.op->role == OpRole::elementwise || step.op->role == OpRole::movement) && ctx.has_batch(step.result);
  }
  return false;
}

}  // namespace

std::optional<Centring> centred_on_everything(const RuleContext& ctx, StepId id) {
  const Step& step = ctx.trace.step(id);
  if (!is_named(step, "sub") || !ctx.has_batch(step.operands[0]) || !has_own_axis(ctx, step.operands[0]) ||
      ctx.batch_axes(step.operands[0]).size() != 1 || !is_one_number(ctx, step.operands[1]))
    return std::nullopt;
  const StepId statistic = statistic_of(ctx, step.operands[1], step.operands[0]);
  return statistic.valid() ? std::optional(Centring{.statistic = statistic, .difference = id}) : std::nullopt;
}

StepId mean_beside_samples(const RuleContext& ctx, StepId id) {
  struct Term {
    TensorId value;
    bool is_taken_away;
  };
  std::vector<Term> terms;
  std::vector<Term> open{{ctx.trace.step(id).result, false}};
  while (!open.empty() && terms.size() + open.size() < 16) {
    const Term term = open.back();
    open.pop_back();
    const Step& step = ctx.trace.step_of(term.value);
    const bool subtracts = is_named(step, "sub");
    // The bias that a layer adds is no term of this sum.
    if ((!subtracts && !is_named(step, "add")) || step.operands.size() != 2 ||
        ctx.trace.frame(step.frame).is_framework) {
      terms.push_back(term);
      continue;
    }
    open.push_back({step.operands[0], term.is_taken_away});
    open.push_back({step.operands[1], term.is_taken_away != subtracts});
  }
  if (!open.empty()) return {};
  for (const Term& taken : terms) {
    if (!taken.is_taken_away || !is_one_number(ctx, taken.value)) continue;
    const Step& mean = ctx.trace.step_of(source_of(ctx.trace, taken.value));
    // One sample that is given a batch axis of its own is no batch.
    if (!is_named(mean, "mean") || ctx.batch_axes(mean.operands[0]) != std::vector<int>{0}) continue;
    const auto is_of_it = [&](const Term& term) {
      return !term.is_taken_away && has_own_axis(ctx, term.value) &&
             same_values(ctx.trace, mean.operands[0], term.value);
    };
    const auto is_one_of_each = [&](const Term& term) {
      const auto& own = ctx.tensor(term.value).shape;
      const auto& all = ctx.tensor(mean.operands[0]).shape;
      if (!own || own->size() != all->size() || ctx.batch_axes(term.value).size() != 1) return false;
      return std::ranges::mismatch(*own, *all, [&](Dim one, Dim many) {
               return !ctx.dims.is_number(one, 1) || ctx.dims.is_number(many, 1);
             }).in1 != own->end();
    };
    if (std::ranges::any_of(terms, is_of_it) && std::ranges::any_of(terms, is_one_of_each))
      return ctx.tensor(mean.result).step;
  }
  return {};
}

const Step* own_moment_of(const RuleContext& ctx, const Centring& centring) {
  const TensorId difference = ctx.trace.step(centring.difference).result;
  const auto is_centred_so = [&](TensorId id) {
    const TensorId source = source_of(ctx.trace, id);
    return source == difference || centred_on_everything(ctx, ctx.tensor(source).step).has_value();
  };
  for (const Step& step : ctx.trace.steps) {
    if ((!is_named(step, "sum") && !is_named(step, "mean")) || step.result <= difference ||
        ctx.batch_axes(step.result).size() != 1 || has_own_axis(ctx, step.result))
      continue;
    const auto [one, other] = factors_of(ctx, source_of(ctx.trace, step.operands[0]));
    if (!one.valid()) continue;
    if (source_of(ctx.trace, one) != difference && source_of(ctx.trace, other) != difference) continue;
    if (is_centred_so(one) && is_centred_so(other) && measures(ctx, step)) return &step;
  }
  return nullptr;
}

std::optional<Scaling> scaled_by_everything(const RuleContext& ctx, StepId id) {
  const Step& step = ctx.trace.step(id);
  if (!is_named(step, "div") || !is_one_number(ctx, step.operands[1]) || ctx.has_batch(step.operands[1]) ||
      ctx.batch_axes(step.operands[0]).size() != 1 || !has_own_axis(ctx, step.operands[0]) ||
      scaled_by_norm_of_all(ctx, step) != nullptr)
    return std::nullopt;
  Scaling out{.of = source_of(ctx.trace, step.operands[0]), .result = step.result};
  std::vector<StepId> lost = reductions_behind(ctx, step.operands[1]);
  if (const auto centring = centred_on_everything(ctx, ctx.tensor(out.of).step)) {
    out.of = source_of(ctx.trace, ctx.trace.step(centring->difference).operands[0]);
    lost.push_back(centring->statistic);
  }
  std::ranges::sort(lost);
  lost.erase(std::ranges::unique(lost).begin(), lost.end());
  const auto is_of_it = [&](StepId reduction) {
    const Step& s = ctx.trace.step(reduction);
    const TensorId whole = s.operands[0];
    return s.op != nullptr && s.op->role == OpRole::reduction && is_one_number(ctx, s.result) &&
           ctx.tensor(whole).shape->size() == ctx.tensor(out.of).shape->size() && ctx.trace.depends_on(whole, out.of) &&
           batched_parameters(ctx, whole) == batched_parameters(ctx, out.of);
  };
  if (lost.empty() || !std::ranges::all_of(lost, is_of_it)) return std::nullopt;
  out.statistics = std::move(lost);
  return out;
}

std::vector<StepId> standardises_everything(const RuleContext& ctx, const Step& step) {
  std::vector<StepId> out;
  if (!ctx.trace.frame(step.frame).is_framework || (!is_named(step, "div") && !is_named(step, "mul")) ||
      step.operands.size() != 2 || !is_one_number(ctx, step.operands[1]))
    return out;
  const Span call = ctx.trace.user_span(step);
  const auto centring = centred_on_everything(ctx, ctx.tensor(source_of(ctx.trace, step.operands[0])).step);
  if (!centring || ctx.trace.user_span(ctx.trace.step(centring->statistic)) != call) return out;
  const std::vector<bool> below = ancestors_of(ctx.trace, step.operands[1]);
  bool has_root = false;
  for (const Step& s : ctx.trace.steps) {
    if (s.op == nullptr || !s.result.valid() || !below[s.result.index] || ctx.trace.user_span(s) != call) continue;
    has_root = has_root || s.op->name == "sqrt" || s.op->name == "rsqrt";
    // A batch norm of one channel leaves the channels out.
    const auto& whole = s.operands.empty() ? std::nullopt : ctx.tensor(s.operands[0]).shape;
    if (s.op->role == OpRole::reduction && loses_batch(ctx, s) && is_one_number(ctx, s.result) && whole &&
        s.axes.size() == whole->size())
      out.push_back(ctx.tensor(s.result).step);
  }
  if (!has_root) out.clear();
  return out;
}

}  // namespace shapelint
