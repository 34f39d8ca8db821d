#include "lib/lint/along_batch.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "lib/lint/by_hand.h"
#include "lib/lint/of_everything.h"
#include "lib/lint/steps.h"

namespace shapelint {
namespace {

// What a step multiplies with one number, or divides by one, of which no sample is a part.
std::optional<TensorId> scaled_by_number(const RuleContext& ctx, const Step& step) {
  if ((step.op->name != "mul" && step.op->name != "div") || step.operands.size() != 2) return std::nullopt;
  const auto is_number = [&](TensorId id) {
    const auto& shape = ctx.tensor(id).shape;
    return shape && shape->empty() && batched_parameters(ctx, id).empty();
  };
  if (is_number(step.operands[1])) return step.operands[0];
  return step.op->name == "mul" && is_number(step.operands[0]) ? std::optional(step.operands[1]) : std::nullopt;
}

// The matrix to which a number for each row or column was added (`c` in `(g - c) / eps`), with its sign and scale or
// not: the potentials of an optimal transport, a maximum that is taken away.
TensorId shifted_matrix(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 16; ++hops) {
    id = source_of(ctx.trace, id);
    const Step& step = ctx.trace.step_of(id);
    if (step.op == nullptr) return id;
    if (step.op->name == "neg") {
      id = step.operands[0];
      continue;
    }
    if (const auto scaled = scaled_by_number(ctx, step)) {
      id = *scaled;
      continue;
    }
    if (step.op->name != "add" && step.op->name != "sub") return id;
    const auto has_all_axes = [&](TensorId operand) {
      const auto& shape = ctx.tensor(operand).shape;
      return shape && shape->size() == ctx.tensor(id).shape->size() &&
             std::ranges::none_of(*shape, [&](Dim dim) { return ctx.dims.is_number(dim, 1); });
    };
    if (!ctx.tensor(id).shape || has_all_axes(step.operands[0]) == has_all_axes(step.operands[1])) return id;
    id = step.operands[has_all_axes(step.operands[0]) ? 0 : 1];
  }
  return id;
}

// `z @ z.T` that is never looked at by row: its trace and its norm are those of `z.T @ z`, a statistic of the batch.
bool is_gram_as_a_whole(const RuleContext& ctx, const Step& gram) {
  if (ctx.batch_axes(gram.result).size() != 2) return false;
  const std::vector<bool> later = dependants_of(ctx.trace, gram.result);
  bool reduced = false;
  for (const Step& s : ctx.trace.steps) {
    if (s.op == nullptr || s.operands.empty() || !later[s.operands[0].index] || !ctx.has_batch(s.operands[0])) continue;
    if (s.op->role == OpRole::normalising || s.op->role == OpRole::contraction) return false;
    if (s.op->role != OpRole::reduction) continue;
    if (ctx.has_batch(s.result)) return false;
    reduced = true;
  }
  return reduced;
}

}  // namespace

bool both_ways(const RuleContext& ctx, const Step& step) {
  const TensorId source = shifted_matrix(ctx, step.operands[0]);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& other) {
    return other.op == step.op && other.result != step.result && !other.operands.empty() &&
           shifted_matrix(ctx, other.operands[0]) == source &&
           (other.axes != step.axes || ctx.batch_axes(other.operands[0]) != ctx.batch_axes(step.operands[0]));
  });
}

bool is_between_two_sets(const RuleContext& ctx, TensorId id) {
  const auto& shape = ctx.tensor(id).shape;
  const std::vector<int> axes = ctx.batch_axes(id);
  if (!ctx.world.batch_by_place || !shape || shape->size() != 2 || axes.size() != 1) return false;
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  const auto leads_a_set = [&](Dim dim, Dim other) {
    return ctx.dims.as_symbol(dim) && std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
             if (s.kind != StepKind::parameter || !behind[s.result.index]) return false;
             const auto& own = ctx.tensor(s.result).shape;
             return own && own->size() >= 2 && own->front() == dim && std::ranges::find(*own, other) == own->end();
           });
  };
  return leads_a_set((*shape)[0], (*shape)[1]) && leads_a_set((*shape)[1], (*shape)[0]);
}

bool pools_samples(const RuleContext& ctx, const Step& step) {
  const Span call = ctx.trace.user_span(step);
  const std::vector<bool> later = dependants_of(ctx.trace, step.result);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !later[s.result.index]) return false;
    if (s.op->role == OpRole::contraction && s.operands.size() == 2 && later[s.operands[0].index] &&
        later[s.operands[1].index] && is_gram_as_a_whole(ctx, s))
      return true;
    if (ctx.has_batch(s.result)) return false;
    // What one call of the library does is one thing: a cosine along the batch pools nothing.
    if (ctx.trace.frame(s.frame).is_framework && ctx.trace.user_span(s) == call) return false;
    if (s.op->role == OpRole::contraction) {
      return std::ranges::any_of(s.operands, [&](TensorId id) { return later[id.index] && ctx.has_batch(id); });
    }
    return s.op->role == OpRole::reduction && later[s.operands[0].index] && along_batch_alone(ctx, s);
  });
}

std::vector<const Step*> with_partners(const RuleContext& ctx, const Step& step) {
  std::vector<const Step*> out{&step};
  const auto normalises = [](const Op& op) { return op.name == "softmax" || op.name == "log_softmax"; };
  const auto& shape = ctx.tensor(step.operands[0]).shape;
  const std::vector<bool> mine = dependants_of(ctx.trace, step.result);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const Step& other = ctx.trace.steps[i];
    if (other.op == nullptr || other.result == step.result || other.axes != step.axes ||
        (other.op != step.op && !(normalises(*other.op) && normalises(*step.op))) ||
        ctx.tensor(other.operands[0]).shape != shape)
      continue;
    const std::vector<bool> its = dependants_of(ctx.trace, other.result);
    const auto of_one = [&](TensorId id) { return mine[id.index] && !its[id.index]; };
    const auto of_other = [&](TensorId id) { return its[id.index] && !mine[id.index]; };
    if (std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
          return s.op != nullptr && s.op->role == OpRole::elementwise && std::ranges::any_of(s.operands, of_one) &&
                 std::ranges::any_of(s.operands, of_other);
        }))
      out.push_back(&other);
  }
  return out;
}

bool weighs_everything(const RuleContext& ctx, const Step& step) {
  const Trace& trace = ctx.trace;
  const auto is_weight = [&](TensorId id) {
    id = source_of(trace, id);
    if (is_named(step, "div")) return id == step.result;
    const Step& made = trace.step_of(id);
    return is_named(made, "exp") && source_of(trace, made.operands[0]) == step.result;
  };
  return std::ranges::any_of(trace.steps, [&](const Step& sum) {
    if (!is_named(sum, "sum") || !loses_batch(ctx, sum)) return false;
    const Step& product = trace.step_of(source_of(trace, sum.operands[0]));
    return is_named(product, "mul") && is_weight(product.operands[0]) != is_weight(product.operands[1]);
  });
}

bool meets_shares_of_everything(const RuleContext& ctx, const Step& step) {
  const std::vector<bool> mine = dependants_of(ctx.trace, step.result);
  for (std::uint32_t i = ctx.trace.first_step.index; i < ctx.trace.steps.size(); ++i) {
    const auto shares = scaled_by_everything(ctx, StepId{i});
    if (!shares || mine[shares->result.index] || softmax_by_hand(ctx, ctx.trace.step(StepId{i})) != nullptr) continue;
    const std::vector<bool> its = dependants_of(ctx.trace, shares->result);
    if (std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
          return s.op != nullptr && s.op->role == OpRole::elementwise && s.operands.size() == 2 &&
                 ((mine[s.operands[0].index] && its[s.operands[1].index]) ||
                  (mine[s.operands[1].index] && its[s.operands[0].index]));
        }))
      return true;
  }
  return false;
}

bool is_compared(const RuleContext& ctx, const Step& step) {
  const std::vector<bool> later = dependants_of(ctx.trace, step.result);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.size() < 2 || !later[s.result.index]) return false;
    if (s.op->name == "equal" || s.op->name == "not_equal")
      return later[s.operands[0].index] || later[s.operands[1].index];
    // A place among the samples that is looked up among the samples is what it says.
    return s.op->name == "take_along_axis" && later[s.operands[1].index] && !later[s.operands[0].index] &&
           (step.all_axes || s.axes != ctx.batch_axes(s.operands[0]));
  });
}

bool has_another_axis(const RuleContext& ctx, TensorId id) {
  return ctx.batch_axes(id).size() == 1 && has_own_axis(ctx, id);
}

const Step* first_sum_behind(const RuleContext& ctx, TensorId id, int depth) {
  const Step& step = ctx.trace.step_of(id);
  if (step.op == nullptr || depth > 32) return nullptr;
  if (step.op->name == "sum" && along_batch_alone(ctx, step)) return &step;
  if (step.op->role != OpRole::elementwise && step.op->role != OpRole::movement) return nullptr;
  const Step* first = nullptr;
  for (const TensorId operand : step.operands) {
    if (batched_parameters(ctx, operand).empty()) continue;
    if (first != nullptr && step.op->name != "add" && step.op->name != "sub") return nullptr;
    const Step* sum = first_sum_behind(ctx, operand, depth + 1);
    if (sum == nullptr) return nullptr;
    if (first == nullptr) first = sum;
  }
  return first;
}

bool is_divided_between(const RuleContext& ctx, TensorId from, TensorId to) {
  const std::vector<bool> later = dependants_of(ctx.trace, from);
  const std::vector<bool> behind = ancestors_of(ctx.trace, to);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.op->name == "div" && later[s.result.index] && behind[s.result.index];
  });
}

bool is_normalised_later(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> later = dependants_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.op->name != "div" || s.operands.size() != 2 || !later[s.operands[0].index]) return false;
    const Step& below = ctx.trace.step_of(source_of(ctx.trace, s.operands[1]));
    return below.op != nullptr && below.op->name == "sum" && later[below.operands[0].index];
  });
}

}  // namespace shapelint
