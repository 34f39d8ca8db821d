#include "lib/lint/batch_order.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "lib/lint/steps.h"

namespace shapelint {
namespace {

bool is_place(const Op& op) {
  return op.name == "argsort" || op.name == "topk_indices" || op.name == "argmax" || op.name == "argmin";
}

// The step that found the places that indices are, behind views and casts; null for others.
const Step* found_by(const Trace& trace, TensorId indices) {
  for (int hops = 0; hops < 32; ++hops) {
    const Step& step = trace.step_of(indices);
    if (step.op == nullptr || step.operands.empty()) return nullptr;
    if (is_place(*step.op)) return &step;
    const bool views = step.op->role == OpRole::movement && step.operands.size() == 1;
    const bool casts = step.op->role == OpRole::elementwise && step.operands.size() == 1;
    if (!views && !casts) return nullptr;
    indices = step.operands[0];
  }
  return nullptr;
}

bool is_along_batch(const RuleContext& ctx, TensorId id, const std::vector<int>& axes) {
  return axes.size() == 1 && ctx.batch_axes(id) == axes;
}

// What is arranged in the order that `sort` made along the batch: until the batch is lost, or places put it elsewhere.
std::vector<bool> arranged_by(const RuleContext& ctx, const Step& sort) {
  const std::vector<bool> in_order = ordered_along_batch(ctx);
  std::vector<bool> out(ctx.trace.tensors.size(), false);
  out[sort.result.index] = true;
  for (const Step& step : ctx.trace.steps) {
    if (step.op == nullptr || !step.result.valid() || !ctx.has_batch(step.result)) continue;
    const bool by_places = step.op->role == OpRole::movement && std::ranges::any_of(step.operands, [&](TensorId id) {
                             return is_integer(ctx.tensor(id).dtype) && in_order[id.index];
                           });
    if (!by_places && std::ranges::any_of(step.operands, [&](TensorId id) { return out[id.index]; }))
      out[step.result.index] = true;
  }
  return out;
}

}  // namespace

bool is_ordering(const Op& op) {
  return op.name == "sort" || op.name == "argsort" || op.name == "topk_values" || op.name == "topk_indices";
}

std::vector<bool> ordered_along_batch(const RuleContext& ctx) {
  std::vector<bool> out(ctx.trace.tensors.size(), false);
  for (const Step& step : ctx.trace.steps) {
    if (!step.result.valid()) continue;
    const bool orders = step.op != nullptr && is_ordering(*step.op) && is_along_batch(ctx, step.operands[0], step.axes);
    out[step.result.index] = orders || std::ranges::any_of(step.operands, [&](TensorId id) { return out[id.index]; });
  }
  return out;
}

const Step* meets_unordered(const RuleContext& ctx, const Step& sort) {
  if (!is_named(sort, "sort") || !along_batch_alone(ctx, sort)) return nullptr;
  const std::vector<bool> arranged = arranged_by(ctx, sort);
  const std::vector<bool> in_order = ordered_along_batch(ctx);
  for (const Step& step : ctx.trace.steps) {
    if (step.op == nullptr || step.op->role != OpRole::elementwise || step.operands.size() != 2 ||
        ctx.batch_axes(step.result).size() != 1)
      continue;
    for (std::size_t k = 0; k < 2; ++k) {
      const TensorId other = step.operands[1 - k];
      if (arranged[step.operands[k].index] && !in_order[other.index] && ctx.has_batch(other) &&
          !batched_parameters(ctx, other).empty())
        return &step;
    }
  }
  return nullptr;
}

const Step* picks_columns_by_samples(const RuleContext& ctx, const Step& places) {
  if (places.op == nullptr || !is_place(*places.op) || !along_batch_alone(ctx, places)) return nullptr;
  for (const Step& step : ctx.trace.steps) {
    if (!is_named(step, "take_along_axis") || step.axes.size() != 1 || found_by(ctx.trace, step.operands[1]) != &places)
      continue;
    const auto& shape = ctx.tensor(step.operands[0]).shape;
    const std::vector<int> batch = ctx.batch_axes(step.operands[0]);
    if (shape && batch.size() == 1 && batch != step.axes) return &step;
  }
  return nullptr;
}

bool picks_samples_by_columns(const RuleContext& ctx, const Step& look_up) {
  if (!is_named(look_up, "take_along_axis") || !is_along_batch(ctx, look_up.operands[0], look_up.axes)) return false;
  const Step* places = found_by(ctx.trace, look_up.operands[1]);
  if (places == nullptr || places->axes.size() != 1 || places->all_axes) return false;
  const std::vector<int> batch = ctx.batch_axes(places->operands[0]);
  return batch.size() == 1 && batch != places->axes;
}

bool chooses_among_rows(const RuleContext& ctx, const Step& topk) {
  if (!is_named(topk, "topk_values") || !along_batch_alone(ctx, topk)) return false;
  const Step& made = ctx.trace.step_of(topk.operands[0]);
  if (!is_named(made, "reshape")) return false;
  const auto& before = ctx.tensor(made.operands[0]).shape;
  const auto& after = ctx.tensor(made.result).shape;
  return before && after && after->size() == 2 && before->size() > 2 &&
         ctx.batch_axes(made.operands[0]) == ctx.batch_axes(made.result);
}

const Step* normalised_along_another(const RuleContext& ctx, const Step& max) {
  if (!is_named(max, "max") || !along_batch_alone(ctx, max)) return nullptr;
  const Trace& trace = ctx.trace;
  for (const Step& sum : trace.steps) {
    if (!is_named(sum, "sum") || sum.axes.empty() || loses_batch(ctx, sum) || !ctx.has_batch(sum.operands[0])) continue;
    const Step& exp = trace.step_of(source_of(trace, sum.operands[0]));
    if (!is_named(exp, "exp")) continue;
    const Step& shifted = trace.step_of(source_of(trace, exp.operands[0]));
    if (is_named(shifted, "sub") && source_of(trace, shifted.operands[1]) == max.result &&
        source_of(trace, shifted.operands[0]) == source_of(trace, max.operands[0]))
      return &sum;
  }
  return nullptr;
}

}  // namespace shapelint
