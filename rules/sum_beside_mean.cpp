#include "rules/sum_beside_mean.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/steps.h"
#include "lib/trace/world.h"

namespace shapelint::rules {
namespace {

// What a number is made of that is a sum over the samples, up to factors.
struct Sums {
  std::vector<StepId> reductions;
  bool is_weighted = false;  ///< by more than the halves and doubles of a formula
};

// Is it a factor that a formula has (`-0.5 * torch.sum(...)`)? Any other was chosen, maybe for one size of the batch.
bool is_of_formula(const RuleContext& ctx, TensorId factor) {
  const ArrayPtr& value = ctx.tensor(factor).array;
  if (value == nullptr || value->values.size() != 1) return false;
  const double size = std::abs(value->values[0]);
  return size == 0.5 || size == 1 || size == 2;
}

// `w * x` with what the caller hands over: weights that may add up to one, whatever they are called.
bool has_weights(const RuleContext& ctx, TensorId summed) {
  const Step& product = ctx.trace.step_of(source_of(ctx.trace, summed));
  return is_named(product, "mul") && product.operands[0] != product.operands[1] &&
         std::ranges::any_of(product.operands, [&](TensorId operand) {
           return ctx.has_batch(operand) &&
                  ctx.trace.step_of(source_of(ctx.trace, operand)).kind == StepKind::parameter;
         });
}

// False where it is more than that: what is divided may be divided by the number of samples, whatever it is called.
bool is_sum(const RuleContext& ctx, TensorId id, Sums& out, int depth = 0) {
  const Step& step = ctx.trace.step_of(id);
  if (step.op == nullptr || depth > 16) return false;
  if (is_named(step, "sum") && loses_batch(ctx, step)) {
    if (has_weights(ctx, step.operands[0])) return false;
    out.reductions.push_back(ctx.tensor(id).step);
    return true;
  }
  if (step.op->role == OpRole::movement) return is_sum(ctx, step.operands[0], out, depth + 1);
  if (step.op->role != OpRole::elementwise || is_named(step, "div")) return false;
  bool any = false;
  for (const TensorId operand : step.operands) {
    if (batched_parameters(ctx, operand).empty()) {
      out.is_weighted = out.is_weighted || (is_named(step, "mul") && !is_of_formula(ctx, operand));
      continue;
    }
    if (!is_sum(ctx, operand, out, depth + 1)) return false;
    any = true;
  }
  return any;
}

// The operand that is a sum over the samples beside a mean over them; none otherwise. Where there are no numbers (what
// else the shapes of a guess could be), what is no sum may be the mean.
std::optional<std::size_t> sum_in(const RuleContext& ctx, const Step& step, Sums& out) {
  if ((!is_named(step, "add") && !is_named(step, "sub")) || step.operands.size() != 2 || !is_users(ctx, step))
    return std::nullopt;
  for (const TensorId operand : step.operands) {
    const auto& shape = ctx.tensor(operand).shape;
    if (!shape || !shape->empty() || batched_parameters(ctx, operand).empty()) return std::nullopt;
  }
  Sums sums[2];
  const bool first = is_sum(ctx, step.operands[0], sums[0]);
  if (first == is_sum(ctx, step.operands[1], sums[1])) return std::nullopt;
  const std::size_t sum = first ? 0 : 1;
  if (ctx.has_numbers() &&
      (ctx.verdict(step.operands[sum]) != Verdict::sum || ctx.verdict(step.operands[1 - sum]) != Verdict::mean))
    return std::nullopt;
  out = std::move(sums[sum]);
  return sum;
}

// What comes out when the sums are divided by the number of samples.
std::optional<Contrast> averaged(const RuleContext& ctx, const Sums& sums) {
  const Evaluation* proof = ctx.evaluation();
  const auto batch = proof->sizes.find(ctx.batch());
  if (batch == proof->sizes.end()) return std::nullopt;
  const auto share =
      std::make_shared<const Array>(Array::scalar(1.0 / static_cast<double>(batch->second), DType::float32));
  std::vector<Alteration> divided;
  for (const StepId reduction : sums.reductions) divided.push_back({.step = reduction, .factor = share});
  return ctx.contrast(std::move(divided));
}

}  // namespace

void check_sum_beside_mean(RuleContext& ctx) {
  // Of the steps of one episode, or the points of one set, a sum may be meant as it is.
  if (!is_called_batch(ctx)) return;
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    Sums sums;
    const auto sum = sum_in(ctx, step, sums);
    if (!sum) continue;
    std::ranges::sort(sums.reductions);
    sums.reductions.erase(std::ranges::unique(sums.reductions).begin(), sums.reductions.end());
    const auto changed = ctx.has_numbers() ? averaged(ctx, sums) : std::nullopt;
    if (changed ? changed->same : ctx.has_numbers()) continue;
    // One parameter that nobody says more of may be weights of a model, or a table: `coef.abs().sum()`.
    if (has_guess(ctx.world) && batched_parameters(ctx, step.operands[*sum]).size() < 2) continue;
    Report report{.step = StepId{i},
                  .message = fmt::format("{} is a sum over the samples and {} a mean over them: with twice the samples "
                                         "the sum weighs twice as much; average it over the batch too, as in `{hint}`",
                                         operand_text(ctx, step, *sum), operand_text(ctx, step, 1 - *sum),
                                         fmt::arg("hint", fmt::format(".sum({}).mean()", ctx.argument("axis=1")))),
                  .severity = sums.is_weighted || has_guess(ctx.world) ? Severity::advice : Severity::warning,
                  .contrast = changed,
                  .otherwise = "with the sum averaged over the batch"};
    const Step& lost = ctx.trace.step(sums.reductions.front());
    report.related.push_back({"it is summed over the samples here", ctx.trace.user_span(lost)});
    ctx.report(std::move(report));
  }
}

}  // namespace shapelint::rules
