// Questions about steps that several rules ask.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/rule.h"

namespace shapelint {

/// Is a step an op of this name?
inline bool is_named(const Step& step, std::string_view op) { return step.op != nullptr && step.op->name == op; }

/// Where a tensor comes from, behind views and casts: steps that keep its elements or pick some of them.
TensorId source_of(const Trace& trace, TensorId id, int max_steps = 256);

/// The batch is in the first operand and not in the result.
bool loses_batch(const RuleContext& ctx, const Step& step);

/// Is the symbol that counts samples named like one that does, as `B` and `N` are? The first axis of what has no
/// samples, one image (C, H, W) or one episode (T, A), is taken for the batch as well.
bool is_called_batch(const RuleContext& ctx);

/// Has an axis of more than one element that does not count samples.
bool has_own_axis(const RuleContext& ctx, TensorId id);

/// Works along the batch axis and no other, on a tensor that has another axis of more than one element: `softmax` over
/// axis 0 of `(B, C)`.
bool along_batch_alone(const RuleContext& ctx, const Step& step);

/// The reductions by which a tensor without a batch axis lost the batch.
std::vector<StepId> reductions_behind(const RuleContext& ctx, TensorId id);

/// Tensors of the trace that rest on `id`, itself included, by index.
std::vector<bool> dependants_of(const Trace& trace, TensorId id);
/// Tensors that `id` rests on, itself included, by index.
std::vector<bool> ancestors_of(const Trace& trace, TensorId id);

/// Parameters with a batch axis that a tensor rests on.
std::vector<TensorId> batched_parameters(const RuleContext& ctx, TensorId id);

/// Where the user wrote an operand: itself, or what the call that led to the step was given for it (`query`, where
/// `pairwise_distance` calls it `x1`), which a definition may know in another dtype.
std::optional<Span> users_span(const RuleContext& ctx, const Step& step, std::size_t operand);

/// `` `pred - target` (B, B) `` for an operand of a step; the shape alone where it stands nowhere.
std::string operand_text(const RuleContext& ctx, const Step& step, std::size_t operand);

/// The step is the user's own, or the call that the user made does nothing else (`tf.multiply(a, b)`): its operands
/// were made outside of the call.
bool is_users(const RuleContext& ctx, const Step& step);

/// Is `id` a number times, plus, or cast from `from`, with nothing else mixed in? Steps of one tensor each, at most 32.
/// Gives the tensors on the way, `id` first; empty when `stop` was not met.
template <class Stop>
std::vector<TensorId> chain_to(const RuleContext& ctx, TensorId id, Stop&& stop) {
  std::vector<TensorId> way;
  for (int hops = 0; hops < 32; ++hops) {
    way.push_back(id);
    const Step& step = ctx.trace.step_of(id);
    if (stop(step)) return way;
    if (step.op == nullptr || step.operands.empty()) return {};
    if (step.op->role != OpRole::elementwise && step.op->role != OpRole::movement) return {};
    TensorId next;
    for (const TensorId operand : step.operands) {
      if (batched_parameters(ctx, operand).empty()) continue;
      if (next.valid()) return {};
      next = operand;
    }
    if (!next.valid()) return {};
    id = next;
  }
  return {};
}

}  // namespace shapelint
