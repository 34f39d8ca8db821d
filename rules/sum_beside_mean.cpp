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

// `w * x` with what the caller hands over: weights that may add up to one, whatever they are called.
bool has_weights(const RuleContext& ctx, TensorId summed) {
  const Step& product = ctx.trace.step_of(source_of(ctx.trace, summed));
  return is_named(product, "mul") && product.operands[0] != product.operands[1] &&
         std::ranges::any_of(product.operands, [&](TensorId operand) {
           return ctx.has_batch(operand) &&
                  ctx.trace.step_of(source_of(ctx.trace, operand)).kind == StepKind::parameter;
         });
}

// Is it a factor that a formula has (`-0.5 * torch.sum(...)`)? Any other was chosen, maybe for one size of the batch.
bool is_of_formula(const RuleContext& ctx, TensorId factor) {
  const ArrayPtr& value = ctx.tensor(factor).array;
  if (value == nullptr || value->values.size() != 1) return false;
  const double size = std::abs(value->values[0]);
  return size == 0.5 || size == 1 || size == 2;
}

// Which tensors are sums over the samples, up to factors and other such sums. What is divided may be divided by the
// number of samples, whatever that is called, and is none.
class Sums {
 public:
  explicit Sums(const RuleContext& ctx)
      : ctx_(ctx), batched_(ctx.trace.tensors.size()), sum_(batched_.size()), weighted_(batched_.size()) {
    for (const Step& step : ctx.trace.steps)
      if (step.result.valid()) take(step);
  }

  bool rests_on_batch(TensorId id) const { return batched_[id.index]; }
  bool is_sum(TensorId id) const { return sum_[id.index]; }
  /// By more than the halves and doubles of a formula.
  bool is_weighted(TensorId id) const { return weighted_[id.index]; }

  /// The reductions that a sum is made of, in order.
  std::vector<StepId> reductions(TensorId id) const {
    std::vector<StepId> out;
    std::vector<TensorId> open{id};
    std::vector<bool> seen(sum_.size());
    while (!open.empty()) {
      const TensorId at = open.back();
      open.pop_back();
      if (!sum_[at.index] || seen[at.index]) continue;
      seen[at.index] = true;
      const Step& step = ctx_.trace.step_of(at);
      if (is_named(step, "sum") && loses_batch(ctx_, step)) out.push_back(ctx_.tensor(at).step);
      else open.insert(open.end(), step.operands.begin(), step.operands.end());
    }
    std::ranges::sort(out);
    return out;
  }

 private:
  void take(const Step& step) {
    const std::size_t made = step.result.index;
    const auto rests = [&](TensorId operand) { return batched_[operand.index]; };
    batched_[made] =
        (step.kind == StepKind::parameter && ctx_.has_batch(step.result)) || std::ranges::any_of(step.operands, rests);
    if (step.op == nullptr || step.operands.empty() || !batched_[made] || ctx_.has_batch(step.result)) return;
    if (is_named(step, "sum") && loses_batch(ctx_, step)) {
      sum_[made] = !has_weights(ctx_, step.operands[0]);
      return;
    }
    // The mean of one number is that number.
    const auto& reduced = ctx_.tensor(step.operands[0]).shape;
    const bool is_idle = step.op->role == OpRole::reduction && reduced && reduced->empty();
    if ((step.op->role != OpRole::elementwise && step.op->role != OpRole::movement && !is_idle) ||
        is_named(step, "div"))
      return;
    sum_[made] =
        std::ranges::all_of(step.operands, [&](TensorId operand) { return !rests(operand) || is_sum(operand); });
    weighted_[made] = std::ranges::any_of(step.operands, [&](TensorId operand) {
      return is_weighted(operand) || (is_named(step, "mul") && !rests(operand) && !is_of_formula(ctx_, operand));
    });
  }

  const RuleContext& ctx_;
  std::vector<bool> batched_;
  std::vector<bool> sum_;
  std::vector<bool> weighted_;
};

// The operand that is a sum over the samples beside a mean over them; none otherwise. Where there are no numbers (what
// else the shapes of a guess could be), what is no sum may be the mean.
std::optional<std::size_t> sum_in(const RuleContext& ctx, const Sums& sums, const Step& step) {
  if ((!is_named(step, "add") && !is_named(step, "sub")) || step.operands.size() != 2) return std::nullopt;
  for (const TensorId operand : step.operands) {
    const auto& shape = ctx.tensor(operand).shape;
    if (!shape || !shape->empty() || !sums.rests_on_batch(operand)) return std::nullopt;
  }
  const std::size_t sum = sums.is_sum(step.operands[0]) ? 0 : 1;
  if (sums.is_sum(step.operands[0]) == sums.is_sum(step.operands[1]) || !is_users(ctx, step)) return std::nullopt;
  if (ctx.has_numbers() &&
      (ctx.verdict(step.operands[sum]) != Verdict::sum || ctx.verdict(step.operands[1 - sum]) != Verdict::mean))
    return std::nullopt;
  return sum;
}

// What comes out when the sums are divided by the number of samples.
std::optional<Contrast> averaged(const RuleContext& ctx, const std::vector<StepId>& reductions) {
  const Evaluation* proof = ctx.evaluation();
  const auto batch = proof->sizes.find(ctx.batch());
  if (batch == proof->sizes.end()) return std::nullopt;
  const auto share =
      std::make_shared<const Array>(Array::scalar(1.0 / static_cast<double>(batch->second), DType::float32));
  std::vector<Alteration> divided;
  for (const StepId reduction : reductions) divided.push_back({.step = reduction, .factor = share});
  return ctx.contrast(std::move(divided));
}

}  // namespace

void check_sum_beside_mean(RuleContext& ctx) {
  // Of the steps of one episode, or the points of one set, a sum may be meant as it is.
  if (!is_called_batch(ctx)) return;
  const Sums sums(ctx);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    const auto sum = sum_in(ctx, sums, step);
    if (!sum) continue;
    const TensorId total = step.operands[*sum];
    const std::vector<StepId> reductions = sums.reductions(total);
    const auto changed = ctx.has_numbers() ? averaged(ctx, reductions) : std::nullopt;
    if (changed ? changed->same : ctx.has_numbers()) continue;
    // One parameter that nobody says more of may be weights of a model, or a table: `coef.abs().sum()`.
    if (has_guess(ctx.world) && batched_parameters(ctx, total).size() < 2) continue;
    Report report{.step = StepId{i},
                  .message = fmt::format("{} is a sum over the samples and {} a mean over them: with twice the samples "
                                         "the sum weighs twice as much; average it over the batch too, as in `{hint}`",
                                         operand_text(ctx, step, *sum), operand_text(ctx, step, 1 - *sum),
                                         fmt::arg("hint", fmt::format(".sum({}).mean()", ctx.argument("axis=1")))),
                  .severity = sums.is_weighted(total) || has_guess(ctx.world) ? Severity::advice : Severity::warning,
                  .contrast = changed,
                  .otherwise = "with the sum averaged over the batch"};
    const Step& lost = ctx.trace.step(reductions.front());
    report.related.push_back({"it is summed over the samples here", ctx.trace.user_span(lost)});
    ctx.report(std::move(report));
  }
}

}  // namespace shapelint::rules
