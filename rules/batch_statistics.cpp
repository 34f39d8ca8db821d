#include "rules/batch_statistics.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/of_everything.h"
#include "lib/lint/steps.h"
#include "lib/lint/total_divisors.h"

namespace shapelint::rules {
namespace {

// Statistics of each sample itself in place of those of everything; none where they are no reductions along its axes.
std::optional<Contrast> of_each_sample(const RuleContext& ctx, const std::vector<StepId>& statistics) {
  std::vector<Alteration> all;
  for (const StepId id : statistics) {
    const Step& statistic = ctx.trace.step(id);
    const auto& whole = ctx.tensor(statistic.operands[0]).shape;
    const std::vector<int> batch = ctx.batch_axes(statistic.operands[0]);
    if (statistic.op->role != OpRole::reduction || !whole || batch.size() != 1) return std::nullopt;
    Alteration own{.step = id, .axes = std::vector<std::int64_t>{}};
    for (int axis = 0; axis < static_cast<int>(whole->size()); ++axis) {
      const bool counts = axis == batch[0];
      if (!counts) own.axes->push_back(axis);
      own.shape.push_back(counts ? (*whole)[static_cast<std::size_t>(axis)] : ctx.dims.number(1));
    }
    all.push_back(std::move(own));
  }
  return ctx.contrast(std::move(all));
}

// The reported statistic of everything, of which each sample should have its own.
Report number_of_everything(const RuleContext& ctx, StepId id, TensorId whole, std::string_view use) {
  const Step& statistic = ctx.trace.step(id);
  std::vector<int> own;
  for (int axis = 0; axis < static_cast<int>(ctx.tensor(whole).shape->size()); ++axis) {
    if (axis != ctx.batch_axes(whole)[0]) own.push_back(axis);
  }
  const std::string axes = own.size() == 1 ? "-1" : fmt::format("({})", fmt::join(own, ", "));
  return {.step = id,
          .message = fmt::format("`{}` is a number of the whole {}, the batch too, and {}: what each sample becomes "
                                 "depends on all others; take it per sample (`{hint}`)",
                                 ctx.text(ctx.trace.user_span(statistic)), ctx.show(whole), use,
                                 fmt::arg("hint", ctx.argument(fmt::format("axis={}, keepdims=True", axes)))),
          .otherwise = "with that of each sample"};
}

// `x - mean(x)` whose own moments each sample is measured by: the first moment is the batch's, the second the sample's.
void check_centring(RuleContext& ctx, StepId id) {
  const auto centring = centred_on_everything(ctx, id);
  const Step* moment = centring ? own_moment_of(ctx, *centring) : nullptr;
  if (moment == nullptr) return;
  if (!ctx.comes_back_as({Verdict::coupled, Verdict::pooled})) return;
  const bool flattened = ctx.tensor(ctx.trace.step(centring->statistic).operands[0]).shape->size() !=
                         ctx.tensor(ctx.trace.step(id).result).shape->size();
  const auto changed = flattened ? std::nullopt : of_each_sample(ctx, {centring->statistic});
  if (changed && changed->same) return;
  Report report = number_of_everything(
      ctx, centring->statistic, ctx.trace.step(id).operands[0],
      fmt::format("is taken away before each sample is measured by itself {}", ctx.show(moment->result)));
  report.contrast = changed;
  report.related.push_back({"each sample is measured here", ctx.trace.user_span(*moment)});
  ctx.report(std::move(report));
}

// `value + advantage - advantage.mean()`: what should be taken of each sample's own values is taken of all of them.
void check_mean_beside_samples(RuleContext& ctx) {
  std::vector<StepId> reported;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const StepId mean = mean_beside_samples(ctx, StepId{i});
    if (!mean.valid() || std::ranges::find(reported, mean) != reported.end()) continue;
    reported.push_back(mean);
    // On average over the samples both give the same, so that no total shows it.
    const Evaluation* proof = ctx.evaluation();
    if (proof != nullptr && proof->verdict != Verdict::coupled && proof->verdict != Verdict::pooled) continue;
    ctx.report(number_of_everything(ctx, mean, ctx.trace.step(mean).operands[0],
                                    "is taken away from values of each sample, beside one that each has as a whole"));
  }
}

// One value per sample comes back, made of two tensors that were each brought to a scale of everything: what is
// compared are the samples' own forms. Advantages, which are normalised so, have no such counterpart.
void check_scales(RuleContext& ctx) {
  const auto* result = ctx.trace.result.as<TensorV>();
  if (result == nullptr || ctx.batch_axes(result->id).size() != 1 || has_own_axis(ctx, result->id)) return;
  std::vector<Scaling> scalings;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    if (auto scaling = scaled_by_everything(ctx, StepId{i})) scalings.push_back(std::move(*scaling));
  }
  const auto meet = [&](const Scaling& a, const Scaling& b) {
    const std::vector<bool> of_a = dependants_of(ctx.trace, a.result);
    const std::vector<bool> of_b = dependants_of(ctx.trace, b.result);
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      return s.op != nullptr && s.op->role == OpRole::elementwise && s.operands.size() == 2 && s.result <= result->id &&
             of_a[s.operands[0].index] && of_b[s.operands[1].index] && !of_b[s.operands[0].index] &&
             !of_a[s.operands[1].index] && ctx.batch_axes(s.result).size() == 1 && has_own_axis(ctx, s.result);
    });
  };
  for (const Scaling& a : scalings) {
    for (const Scaling& b : scalings) {
      if (a.of == b.of || ctx.tensor(a.of).shape != ctx.tensor(b.of).shape ||
          a.statistics.size() != b.statistics.size() || !meet(a, b))
        continue;
      if (!ctx.comes_back_as({Verdict::coupled})) return;
      std::vector<StepId> both = a.statistics;
      both.insert(both.end(), b.statistics.begin(), b.statistics.end());
      std::ranges::sort(both);
      const auto changed = of_each_sample(ctx, both);
      if (changed ? changed->same : ctx.has_numbers()) return;
      Report report = number_of_everything(ctx, a.statistics.front(), a.of, "scales what is compared sample by sample");
      report.contrast = changed;
      const Span other = ctx.trace.user_span(ctx.trace.step(b.statistics.front()));
      if (other != ctx.trace.user_span(ctx.trace.step(a.statistics.front())))
        report.related.push_back({"and so does this", other});
      ctx.report(std::move(report));
      return;
    }
  }
}

// The sum of each sample in parts of a total of the whole batch, of which the mean is taken.
void check_total_divisor(RuleContext& ctx, StepId id) {
  const auto divided = divided_by_totals(ctx, id);
  if (!divided) return;
  const Step& step = ctx.trace.step(id);
  const Step& own = ctx.trace.step(divided->own);
  std::vector<Alteration> along_own;
  for (const StepId total : divided->totals)
    along_own.push_back({.step = total,
                         .axes = std::vector<std::int64_t>(own.axes.begin(), own.axes.end()),
                         .shape = *ctx.tensor(own.result).shape});
  const auto changed = ctx.contrast(std::move(along_own));
  if (changed ? changed->same : ctx.has_numbers()) return;
  Report report{
      .step = id,
      .message = fmt::format(
          "{} is a value of each sample and {} a total of the whole batch, and their quotient is "
          "averaged over the batch: twice the samples make half of it; sum below per sample as well "
          "(`{hint}`)",
          operand_text(ctx, step, 0), operand_text(ctx, step, 1),
          fmt::arg("hint", ctx.argument(own.axes.size() == 1 ? fmt::format("axis={}", own.axes[0]) : "axis=..."))),
      .contrast = changed,
      .otherwise = "with the totals of each sample"};
  report.related.push_back({"the batch is reduced here", ctx.trace.user_span(ctx.trace.step(divided->totals.front()))});
  report.related.push_back({"they are averaged here", ctx.trace.user_span(ctx.trace.step(divided->average))});
  ctx.report(std::move(report));
}
}  // namespace

void check_statistics(RuleContext& ctx) {
  check_scales(ctx);
  check_mean_beside_samples(ctx);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    check_centring(ctx, StepId{i});
    check_total_divisor(ctx, StepId{i});
  }
}

}  // namespace shapelint::rules
