#include "rules/pair_picks.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "lib/lint/steps.h"
#include "rules/meant_pairs.h"

namespace shapelint::rules {
namespace {

// Later steps take all pairs for what they are: rows or columns are looked at, the diagonal is taken, or they meet
// another matrix of pairs (`scores * eye(B)`).
bool uses_pairs(const RuleContext& ctx, TensorId pairing) {
  if (!is_reduced_as_a_whole(ctx, pairing)) return true;
  const std::vector<bool> later = dependants_of(ctx.trace, pairing);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !later[s.result.index] || s.result == pairing) return false;
    const std::size_t axes = ctx.batch_axes(s.result).size();
    if (s.op->role == OpRole::movement) return axes == 1;
    return s.op->role == OpRole::elementwise && std::ranges::any_of(s.operands, [&](TensorId id) {
             if (later[id.index] || !ctx.has_batch(id)) return false;
             return ctx.batch_axes(id).size() >= 2 ||
                    ctx.tensor(id).shape->size() == ctx.tensor(s.result).shape->size();
           });
  });
}

// A number for all pairs comes out, or values of the samples meet them.
bool pools_pairs(const RuleContext& ctx, TensorId pairing) {
  const std::vector<bool> later = dependants_of(ctx.trace, pairing);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !later[s.result.index] || s.result == pairing) return false;
    if (s.op->role == OpRole::reduction) return later[s.operands[0].index] && !ctx.has_batch(s.result);
    return s.op->role == OpRole::elementwise && std::ranges::any_of(s.operands, [&](TensorId id) {
             return !later[id.index] && ctx.batch_axes(id).size() == 1 && !batched_parameters(ctx, id).empty();
           });
  });
}

// The operand that holds an index for each sample, which `x`, with the samples along another axis, is indexed by:
// `q[:, actions]` of (B, A) and (B,) is (B, B).
std::optional<std::size_t> picks_for_all(const RuleContext& ctx, const Step& step) {
  if (!is_named(step, "take") && !is_named(step, "pick")) return std::nullopt;
  const std::vector<int> own = ctx.batch_axes(step.operands[0]);
  if (own.size() != 1 || ctx.batch_axes(step.result).size() != 2) return std::nullopt;
  for (std::size_t k = 1; k < step.operands.size(); ++k) {
    const TensorId index = step.operands[k];
    if (ctx.batch_axes(index).size() != 1) continue;
    // Places of the samples themselves (`arange`, an order drawn at random) come from no parameter.
    if (batched_parameters(ctx, index).empty()) return std::nullopt;
    return k;
  }
  return std::nullopt;
}

}  // namespace

void check_pair_picks(RuleContext& ctx) {
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& step = ctx.trace.steps[i];
    if (step.op == nullptr || step.operands.empty()) continue;
    const auto index = picks_for_all(ctx, step);
    if (!index || uses_pairs(ctx, step.result) || !pools_pairs(ctx, step.result)) continue;
    ctx.report(
        {.step = StepId{i},
         .message = fmt::format("{} picks from every row of {}: the result {} has the index of every other sample "
                                "for each; pick one row's own, as `take_along_axis` does (PyTorch: `gather`, "
                                "TensorFlow: `batch_dims=1`)",
                                operand_text(ctx, step, *index), operand_text(ctx, step, 0), ctx.show(step.result))});
  }
}

}  // namespace shapelint::rules
