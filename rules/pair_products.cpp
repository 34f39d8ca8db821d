#include "rules/pair_products.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/steps.h"
#include "rules/meant_pairs.h"

namespace shapelint::rules {
namespace {

// A logarithm behind factors and views: log-probabilities of the samples.
bool is_logarithm(const RuleContext& ctx, TensorId id) {
  const std::vector<TensorId> way = chain_to(ctx, id, [](const Step& s) {
    return is_named(s, "log") || is_named(s, "log_softmax") || is_named(s, "log_sigmoid");
  });
  return !way.empty() && std::ranges::none_of(way, [&](TensorId at) { return is_named(ctx.trace.step_of(at), "exp"); });
}

// Nothing but sums and means of a value, its sign and its scale, until no sample is left in it.
bool is_totalled(const RuleContext& ctx, TensorId pairing) {
  const std::vector<bool> later = dependants_of(ctx.trace, pairing);
  bool ends = false;
  for (const Step& s : ctx.trace.steps) {
    if (s.op == nullptr || !s.result.valid() || s.result == pairing || !later[s.result.index]) continue;
    const bool meets =
        std::ranges::any_of(s.operands, [&](TensorId id) { return later[id.index] && ctx.has_batch(id); });
    if (!meets) continue;
    if (is_named(s, "sum") || is_named(s, "mean")) {
      ends = ends || !ctx.has_batch(s.result);
      continue;
    }
    const bool scales = is_named(s, "neg") || is_named(s, "mul") || is_named(s, "div") || is_named(s, "identity") ||
                        is_named(s, "cast");
    const bool alone = std::ranges::all_of(s.operands, [&](TensorId id) {
      return later[id.index] || (!ctx.has_batch(id) && batched_parameters(ctx, id).empty());
    });
    if (!scales || !alone) return false;
  }
  return ends;
}

bool multiplies_samples(const RuleContext& ctx, const Step& step) {
  return (is_named(step, "matmul") || is_named(step, "einsum")) && step.operands.size() == 2 &&
         ctx.batch_axes(step.operands[0]).size() == 1 && ctx.batch_axes(step.operands[1]).size() == 1;
}

// A product over all pairs that loses both samples of each at once: `einsum("nd,md->", a, b)`. What multiplies a sample
// with its own partner is a sum over the samples, and mixes nothing that was not mixed before.
bool sums_pairs(const RuleContext& ctx, const Step& step) {
  return is_named(step, "einsum") && ctx.tensor(step.result).shape && !ctx.has_batch(step.result) &&
         ctx.verdict(step.operands[0]) == Verdict::per_sample && ctx.verdict(step.operands[1]) == Verdict::per_sample &&
         ctx.verdict(step.result) == Verdict::coupled;
}

}  // namespace

void check_pair_products(RuleContext& ctx) {
  const auto is_with_itself = [&](const Step& s) {
    return same_elements(ctx, s.operands[0]) == same_elements(ctx, s.operands[1]);
  };
  // Where there are the pairs of each set within itself, those of both tell how far the sets are apart (MMD).
  const auto is_kernel = [&](const Step& s) {
    return multiplies_samples(ctx, s) && is_with_itself(s) && ctx.batch_axes(s.result).size() != 1;
  };
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (!multiplies_samples(ctx, step) || is_with_itself(step)) continue;
    const bool pairs = ctx.batch_axes(step.result).size() == 2 && is_totalled(ctx, step.result) &&
                       is_logarithm(ctx, step.operands[0]) != is_logarithm(ctx, step.operands[1]);
    if (!pairs && !sums_pairs(ctx, step)) continue;
    if (std::ranges::any_of(ctx.trace.steps, is_kernel)) continue;
    ctx.report({.step = StepId{i},
                .message = fmt::format("every sample of {} is multiplied with every one of {}{}, and only the total is "
                                       "taken; multiply element by element, so that each sample meets its own",
                                       operand_text(ctx, step, 0), operand_text(ctx, step, 1),
                                       pairs ? " to " + ctx.show(step.result) : "")});
  }
}

}  // namespace shapelint::rules
