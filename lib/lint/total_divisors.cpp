#include "lib/lint/total_divisors.h"

#include <algorithm>
#include <cmath>

#include "lib/lint/masks.h"
#include "lib/lint/steps.h"

namespace shapelint {
namespace {

// Does a step keep a value apart from a scale, an offset and a bound, all of which no sample has a part in?
bool adjusts(const Step& step) {
  return is_named(step, "add") || is_named(step, "sub") || is_named(step, "mul") || is_named(step, "neg") ||
         is_named(step, "maximum") || is_named(step, "clip") || is_named(step, "cast") || is_named(step, "identity");
}

// A factor or divisor that is the number of the samples or of all their elements, as far as an evaluation can tell:
// what is averaged and multiplied by it is a total again.
bool has_count(const RuleContext& ctx, const Step& step) {
  if (!is_named(step, "mul") && !is_named(step, "div")) return false;
  const Evaluation* proof = ctx.evaluation();
  const auto batch = proof != nullptr ? proof->sizes.find(ctx.batch()) : Sizes::const_iterator{};
  if (proof == nullptr || batch == proof->sizes.end()) return true;
  const auto samples = static_cast<double>(batch->second);
  const auto is_multiple = [&](double value) {
    return value >= samples && nearly_equal(value / samples, std::round(value / samples));
  };
  return std::ranges::any_of(step.operands, [&](TensorId id) {
    if (!is_constant(ctx, id)) return false;
    const TensorId there = ctx.evaluated(id);
    const ArrayPtr number = there.valid() ? proof->batch.tensor(there).array : nullptr;
    if (number == nullptr || number->values.size() != 1) return true;
    return is_multiple(number->values[0]) || (number->values[0] != 0 && is_multiple(1 / number->values[0]));
  });
}

// The sums of which a value is made by adding, scaling and bounding; empty where it is made of anything else. What
// scales them goes into `scales`.
std::vector<StepId> sums_behind(const RuleContext& ctx, TensorId id, std::vector<StepId>& scales, int depth = 0) {
  const TensorId at = source_of(ctx.trace, id);
  const Step& step = ctx.trace.step_of(at);
  if (is_named(step, "sum") && ctx.has_batch(step.operands[0])) return {ctx.tensor(at).step};
  if (depth > 8 || !adjusts(step)) return {};
  scales.push_back(ctx.tensor(at).step);
  std::vector<StepId> out;
  for (const TensorId operand : step.operands) {
    if (batched_parameters(ctx, operand).empty()) continue;
    // Of a product both would have to be known.
    if (!out.empty() && is_named(step, "mul")) return {};
    const std::vector<StepId> more = sums_behind(ctx, operand, scales, depth + 1);
    if (more.empty()) return {};
    out.insert(out.end(), more.begin(), more.end());
  }
  std::ranges::sort(out);
  const auto repeated = std::ranges::unique(out);
  out.erase(repeated.begin(), repeated.end());
  return out;
}

// A sum along axes of a sample, which leaves one value for each.
bool is_own_sum(const RuleContext& ctx, const Step& sum) {
  return ctx.batch_axes(sum.operands[0]).size() == 1 && ctx.batch_axes(sum.result).size() == 1 &&
         !has_own_axis(ctx, sum.result);
}

// A sum over everything, of as many axes as the samples' own sums: one of size 1 counts too.
bool is_total(const RuleContext& ctx, const Step& sum) {
  const auto& from = ctx.tensor(sum.operands[0]).shape;
  const auto& shape = ctx.tensor(sum.result).shape;
  return ctx.batch_axes(sum.operands[0]).size() == 1 && from && from->size() > 1 && shape && shape->empty();
}

// Is a tensor a factor of a product, at any depth?
bool is_factor(const RuleContext& ctx, TensorId product, TensorId factor, int depth = 0) {
  const TensorId at = source_of(ctx.trace, product);
  if (at == source_of(ctx.trace, factor)) return true;
  const Step& step = ctx.trace.step_of(at);
  return depth < 6 && is_named(step, "mul") &&
         std::ranges::any_of(step.operands, [&](TensorId id) { return is_factor(ctx, id, factor, depth + 1); });
}

// Where the quotients of the samples are averaged, after nothing but signs, scales and terms beside them; not valid
// where they are added up, or used in another way. What scales them goes into `scales`.
StepId averaged_at(const RuleContext& ctx, TensorId quotient, std::vector<StepId>& scales) {
  std::vector<bool> follows(ctx.trace.tensors.size());
  std::vector<bool> averages(ctx.trace.tensors.size());
  follows[quotient.index] = true;
  StepId out;
  for (std::uint32_t i = ctx.tensor(quotient).step.index + 1; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!step.result.valid()) continue;
    if (std::ranges::any_of(step.operands, [&](TensorId id) { return averages[id.index]; })) {
      scales.push_back(StepId{i});
      averages[step.result.index] = true;
      continue;
    }
    if (std::ranges::none_of(step.operands, [&](TensorId id) { return follows[id.index]; })) continue;
    if (step.op == nullptr) return {};
    const bool is_lost = step.op->role == OpRole::reduction && !ctx.has_batch(step.result);
    if (is_lost && is_named(step, "mean")) {
      out = StepId{i};
      averages[step.result.index] = true;
    } else if (is_lost && is_named(step, "sum")) {
      const auto division = std::ranges::find_if(ctx.trace.steps, [&](const Step& s) {
        return is_named(s, "div") && s.operands.size() == 2 && source_of(ctx.trace, s.operands[0]) == step.result &&
               divides_by_count(ctx, s, step);
      });
      if (division == ctx.trace.steps.end()) return {};
      out = ctx.tensor(division->result).step;
      i = out.index;
      averages[division->result.index] = true;
    } else if (step.op->role == OpRole::movement) {
      follows[step.result.index] = true;
    } else if (step.op->role == OpRole::elementwise) {
      const bool sums = adjusts(step) || is_named(step, "div");
      const bool alone =
          is_named(step, "add") || is_named(step, "sub") || std::ranges::all_of(step.operands, [&](TensorId id) {
            return follows[id.index] || batched_parameters(ctx, id).empty();
          });
      if (!sums || !alone || (is_named(step, "div") && follows[step.operands[1].index])) return {};
      scales.push_back(StepId{i});
      follows[step.result.index] = true;
    } else {
      return {};
    }
  }
  return out;
}

}  // namespace

std::optional<DividedByTotals> divided_by_totals(const RuleContext& ctx, StepId id) {
  const Step& step = ctx.trace.step(id);
  if (!is_named(step, "div") || step.operands.size() != 2 || !is_users(ctx, step)) return std::nullopt;
  if (ctx.batch_axes(step.operands[0]).size() != 1 || ctx.has_batch(step.operands[1])) return std::nullopt;
  std::vector<StepId> scales;
  const std::vector<StepId> above = sums_behind(ctx, step.operands[0], scales);
  const std::vector<StepId> below = sums_behind(ctx, step.operands[1], scales);
  if (above.size() != 1 || below.empty()) return std::nullopt;
  const Step& own = ctx.trace.step(above[0]);
  const auto& summed = ctx.tensor(own.operands[0]).shape;
  if (!is_own_sum(ctx, own)) return std::nullopt;
  const std::vector<TensorId> values = batched_parameters(ctx, own.operands[0]);
  for (const StepId total : below) {
    const Step& sum = ctx.trace.step(total);
    if (!is_total(ctx, sum) || ctx.tensor(sum.operands[0]).shape != summed) return std::nullopt;
    const std::vector<TensorId> of_total = batched_parameters(ctx, sum.operands[0]);
    if (std::ranges::any_of(of_total, [&](TensorId p) { return std::ranges::find(values, p) == values.end(); }))
      return std::nullopt;
  }
  // Weights by whose total their own products are divided: late-weight says so.
  if (below.size() == 1 && is_factor(ctx, own.operands[0], ctx.trace.step(below[0]).operands[0])) return std::nullopt;
  const StepId average = averaged_at(ctx, step.result, scales);
  if (!average.valid()) return std::nullopt;
  // Numbers are asked last.
  if (std::ranges::any_of(scales, [&](StepId scale) { return has_count(ctx, ctx.trace.step(scale)); }))
    return std::nullopt;
  return DividedByTotals{.quotient = id, .own = above[0], .totals = below, .average = average};
}

}  // namespace shapelint
