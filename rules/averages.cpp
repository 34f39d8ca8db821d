#include "rules/averages.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/masks.h"
#include "lib/lint/parameters.h"
#include "lib/lint/steps.h"
#include "lib/oracle/masks.h"
#include "lib/oracle/oracle.h"
#include "lib/support/words.h"

namespace shapelint::rules {
namespace {

// ---- masks ---------------------------------------------------------------------------------------------------------

// What comes out when a mean, wherever its line is run, divides by the sums of the masks.
std::optional<Contrast> divided_by_masks(const RuleContext& ctx, const Step& division) {
  std::vector<Alteration> divided;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op != division.op || step.span != division.span ||
        ctx.trace.user_span(step) != ctx.trace.user_span(division))
      continue;
    const Step* mean = is_named(step, "mean") ? &step : averaged_sum(ctx, step);
    const Masked masked = mean != nullptr ? masked_behind(ctx, mean->operands[0]) : Masked{};
    const ArrayPtr share = masked.kind != Mask::none ? share_of_counted(ctx, masked, *mean) : nullptr;
    if (share == nullptr) return std::nullopt;
    divided.push_back({.step = StepId{i}, .factor = share});
  }
  return ctx.contrast(std::move(divided));
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
    const std::string by = masked.ignored ? "" : operand_text(ctx, product, k);
    // Where the caller chooses among reductions, `mean` is documented as the plain one, and `none` leaves another open.
    const bool chosen = mean->all_axes && reduction_parameter(ctx.target).has_value();
    const auto changed = divided_by_masks(ctx, step);
    if (changed && changed->same) continue;
    const Severity severity = masked.kind == Mask::sure && !chosen ? Severity::warning : Severity::advice;
    ctx.report(
        {.step = StepId{i},
         .message =
             masked.ignored
                 ? fmt::format("the mean of {} divides by all elements, the ignored ones as well, which count 0 "
                               "(`ignore_index`): the more are ignored, the smaller the loss; divide the sum by the "
                               "number of the others",
                               ctx.show(masked.product))
                 : fmt::format("the mean of {} divides by all elements, those that {}{} sets to 0 as well: the more "
                               "are masked, the smaller the loss; divide the sum by the sum of the mask",
                               ctx.show(masked.product), by.starts_with('(') ? "the mask " : "", by),
         .severity = severity,
         .contrast = changed,
         .otherwise = "divided by the sum of the mask"});
  }
}

// ---- a sum of everything, divided by the number of what counts -----------------------------------------------------

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

// A quotient of two sums that the user wrote.
struct Quotient {
  StepId step;
  const Step* above = nullptr;
  const Step* below = nullptr;
};
std::vector<Quotient> quotients_of_sums(const RuleContext& ctx) {
  std::vector<Quotient> out;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!is_named(step, "div") || step.operands.size() != 2 || !is_users(ctx, step)) continue;
    const Step* above = sum_behind(ctx, step.operands[0]);
    const Step* below = sum_behind(ctx, step.operands[1]);
    if (above != nullptr && below != nullptr && above != below) out.push_back({StepId{i}, above, below});
  }
  return out;
}

// Is anything behind a value made 0 by labels that a loss of the library ignores?
bool is_cleared(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.result.valid() && behind[s.result.index] &&
           (s.op->name == "where" || s.op->name == "not_equal" || s.op->name == "equal" || s.op->name == "index");
  });
}

// What would come out if the sum left out what the mask does; none where that has no numbers.
std::optional<Contrast> summed_masked(const RuleContext& ctx, TensorId summed, TensorId mask) {
  const TensorId whole = ctx.evaluated(summed);
  const TensorId there = ctx.evaluated(mask);
  if (!whole.valid() || !there.valid() || ctx.trace.step_of(summed).op == nullptr) return std::nullopt;
  const ArrayPtr& values = ctx.evaluation()->batch.tensor(whole).array;
  const ArrayPtr& counts = ctx.evaluation()->batch.tensor(there).array;
  if (values == nullptr || counts == nullptr || values->shape != counts->shape) return std::nullopt;
  return ctx.contrast({.step = ctx.tensor(summed).step, .factor = counts});
}

void check_unmasked_sum(RuleContext& ctx, const std::vector<Quotient>& quotients) {
  for (const auto& [id, above, below] : quotients) {
    if (above->axes != below->axes) continue;
    const TensorId summed = above->operands[0];
    const TensorId counted = below->operands[0];
    if (!ctx.tensor(summed).shape || ctx.tensor(summed).shape != ctx.tensor(counted).shape) continue;
    const TensorId mask = source_of(ctx.trace, counted);
    const Step& of = ctx.trace.step_of(mask);
    if (of.kind != StepKind::parameter || mask_of(ctx, counted) == Mask::none) continue;
    // A loss of what the caller may have cleared itself is no proof; one that is made here of several things is.
    if (ancestors_of(ctx.trace, summed)[mask.index] || batched_parameters(ctx, summed).size() < 2 ||
        is_cleared(ctx, summed))
      continue;
    const auto changed = summed_masked(ctx, summed, counted);
    if (changed && changed->same) continue;
    const bool told = said_of_mask(ctx, mask) >= MaskText::indicator;
    ctx.report(
        {.step = id,
         .message = fmt::format("the sum of {} is over all elements and is divided by the number of those that {} "
                                "leaves in: what is masked counts; multiply by the mask before the sum",
                                ctx.show(summed), operand_text(ctx, *below, 0)),
         .severity = told ? Severity::warning : Severity::advice,
         .contrast = changed,
         .otherwise = "with the masked elements left out"});
  }
}

// ---- a sum of what counts, divided by the number of what does not --------------------------------------------------

// Is it said that a tensor is a mask: positions held against lengths, labels against padding, a parameter that is
// called so and no more, or explained? Other truth values tell two kinds of elements apart (`positive`, `pos_mask`),
// and the number of one kind may be a scale for the other.
bool is_said_mask(const RuleContext& ctx, TensorId mask, TensorId base) {
  const Step& step = ctx.trace.step_of(base);
  if (step.kind != StepKind::parameter)
    return mask_of(ctx, mask) == Mask::sure || mask_of(ctx, mask, true) == Mask::sure;
  const std::vector<std::string> words = words_of_name(step.parameter);
  if (has_any(words, {"pos",  "positive",   "positives",  "neg",     "negative", "negatives", "fg",
                      "bg",   "foreground", "background", "obj",     "noobj",    "object",    "objects",
                      "hard", "easy",       "match",      "matched", "matches",  "same"}))
    return false;
  const MaskText said = said_of_mask(ctx, base);
  return said >= MaskText::indicator || (said == MaskText::mask && words.size() == 1);
}

// The sum that counts, divided into what it should have been.
std::optional<Contrast> counted_others(const RuleContext& ctx, const Step& count) {
  const TensorId whole = ctx.evaluated(count.operands[0]);
  const TensorId result = ctx.evaluated(count.result);
  if (!whole.valid() || !result.valid()) return std::nullopt;
  const ArrayPtr& of = ctx.evaluation()->batch.tensor(whole).array;
  const ArrayPtr& counted = ctx.evaluation()->batch.tensor(result).array;
  if (of == nullptr || counted == nullptr || counted->values.empty()) return std::nullopt;
  const double each = static_cast<double>(of->values.size()) / static_cast<double>(counted->values.size());
  Array factor = Array::filled(counted->shape, 0, DType::float32);
  for (std::size_t i = 0; i < counted->values.size(); ++i) {
    if (counted->values[i] == 0) return std::nullopt;
    factor.values[i] = (each - counted->values[i]) / counted->values[i];
  }
  return ctx.contrast(
      {.step = ctx.tensor(count.result).step, .factor = std::make_shared<const Array>(std::move(factor))});
}

void check_complement(RuleContext& ctx, const std::vector<Quotient>& quotients) {
  for (const auto& [id, above, below] : quotients) {
    if (above->axes != below->axes) continue;
    const Masked masked = masked_behind(ctx, above->operands[0]);
    if (masked.kind == Mask::none || masked.ignored) continue;
    if (ctx.tensor(masked.product).shape != ctx.tensor(below->operands[0]).shape) continue;
    const MaskBase kept = base_of_mask(ctx, masked.mask);
    const MaskBase counted = base_of_mask(ctx, below->operands[0]);
    if (kept.id != counted.id || (kept.negated != masked.inverted) == counted.negated) continue;
    if (!is_said_mask(ctx, masked.mask, kept.id)) continue;
    const auto changed = counted_others(ctx, *below);
    if (changed && changed->same) continue;
    ctx.report(
        {.step = id,
         .message = fmt::format("{} is the number of the elements that are set to 0 in the sum of {}, and not of "
                                "those that count: divide by the number of the others",
                                operand_text(ctx, ctx.trace.step(id), 1), ctx.show(above->operands[0])),
         .contrast = changed,
         .otherwise = "divided by the number of the others",
         .samples_prove = false});
  }
}

// ---- sums over different axes --------------------------------------------------------------------------------------

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

// `loss.sum(1) * len(loss) / weights.sum()`: times the number of samples, so that the mean of the quotients is the
// total.
bool is_share_of_total(const RuleContext& ctx, const Step& quotient, const Step& above, const Step& below) {
  const auto values = [&](TensorId id) -> const std::vector<double>* {
    const TensorId there = ctx.evaluated(id);
    const ArrayPtr array = there.valid() ? ctx.evaluation()->batch.tensor(there).array : nullptr;
    return array != nullptr && !array->values.empty() ? &array->values : nullptr;
  };
  if (ctx.evaluation() == nullptr) return false;
  const auto* shares = values(quotient.result);
  const auto* sums = values(above.result);
  const auto* weights = values(below.result);
  if (shares == nullptr || sums == nullptr || weights == nullptr || weights->size() != 1) return false;
  const double mean = std::reduce(shares->begin(), shares->end()) / static_cast<double>(shares->size());
  const double total = std::reduce(sums->begin(), sums->end()) / weights->front();
  return nearly_equal(mean, total);
}

void check_axes(RuleContext& ctx, const std::vector<Quotient>& quotients) {
  for (const auto& [id, above, below] : quotients) {
    const Step& step = ctx.trace.step(id);
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
    if (above_keeps == below_keeps || (above_keeps && is_share_of_total(ctx, step, *above, *below))) continue;
    // Both along the axes of the one that keeps the samples apart.
    const Step& total = above_keeps ? *below : *above;
    const Step& own = above_keeps ? *above : *below;
    std::vector<Alteration> turned;  // wherever a helper is called
    for (std::uint32_t at = ctx.trace.first_step.index; at < ctx.trace.steps.size(); ++at) {
      const Step& s = ctx.trace.steps[at];
      if (s.op == total.op && s.span == total.span && s.axes == total.axes)
        turned.push_back({.step = StepId{at}, .axes = std::vector<std::int64_t>(own.axes.begin(), own.axes.end())});
    }
    const auto changed = ctx.contrast(std::move(turned));
    if (changed && changed->same) continue;
    ctx.report(
        {.step = id,
         .message = fmt::format("the weighted sum is {} and the sum of the weights {}: they run over different "
                                "axes of {}; sum both over the same axes",
                                ctx.show(step.operands[0]), ctx.show(step.operands[1]), ctx.show(above->operands[0])),
         .contrast = changed,
         .otherwise = "summed over the same axes"});
  }
}

}  // namespace

void check_averages(RuleContext& ctx) {
  check_masked_mean(ctx);
  const std::vector<Quotient> quotients = quotients_of_sums(ctx);
  check_unmasked_sum(ctx, quotients);
  check_complement(ctx, quotients);
  check_axes(ctx, quotients);
}

}  // namespace shapelint::rules
