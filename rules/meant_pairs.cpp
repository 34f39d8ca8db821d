#include "rules/meant_pairs.h"

#include <algorithm>
#include <vector>

#include "lib/lint/steps.h"

namespace shapelint::rules {

bool grew_by_an_axis(const Trace& trace, const Step& step) {
  if (step.op == nullptr || step.op->role != OpRole::movement || step.operands.size() != 1) return false;
  const auto& before = trace.tensor(step.operands[0]).shape;
  const auto& after = trace.tensor(step.result).shape;
  return before && after && after->size() == before->size() + 1;
}

TensorId same_elements(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 256; ++hops) {
    const TensorId before = source_of(ctx.trace, id, 1);
    if (before == id) return id;
    const auto& from = ctx.tensor(before).shape;
    const auto& to = ctx.tensor(id).shape;
    if (!from || !to || element_count(*from, ctx.dims) != element_count(*to, ctx.dims)) return id;
    id = before;
  }
  return id;
}

bool is_reduced_as_a_whole(const RuleContext& ctx, TensorId pairing) {
  const std::vector<bool> later = dependants_of(ctx.trace, pairing);
  return std::ranges::none_of(ctx.trace.steps, [&](const Step& s) {
    if (s.op == nullptr || s.operands.empty() || !later[s.result.index] || s.result == pairing) return false;
    if (s.op->role == OpRole::elementwise || s.op->role == OpRole::movement) return false;
    return s.op->role != OpRole::reduction || ctx.has_batch(s.result);
  });
}

bool is_meant(const RuleContext& ctx, const Step& step) {
  const Trace& trace = ctx.trace;
  for (std::size_t a = 0; a < step.operands.size(); ++a) {
    for (std::size_t b = a + 1; b < step.operands.size(); ++b) {
      if (ctx.has_batch(step.operands[a]) && ctx.has_batch(step.operands[b]) &&
          same_elements(ctx, step.operands[a]) == same_elements(ctx, step.operands[b])) {
        return true;
      }
    }
  }
  // Labels held against positions: a one-hot row for each, also where there are as many classes as samples.
  if (step.op->dtype == DTypeRule::boolean && std::ranges::any_of(step.operands, [&](TensorId id) {
        return batched_parameters(ctx, id).empty() && is_named(trace.step_of(source_of(trace, id)), "arange");
      }))
    return true;
  const bool compares = step.op->dtype == DTypeRule::boolean || step.op->name == "sub";
  if (!compares) return false;
  for (std::size_t a = 0; a < step.operands.size(); ++a) {
    const Step& made = trace.step_of(step.operands[a]);
    if (!grew_by_an_axis(trace, made) || a >= step.operand_spans.size()) continue;
    if (trace.user_span(made) == step.operand_spans[a]) return true;
  }
  return false;
}

bool are_two_selections(const RuleContext& ctx, const Step& step) {
  const std::vector<int> axes = ctx.batch_axes(step.result);
  const Shape& shape = *ctx.tensor(step.result).shape;
  const auto size = [&](int axis) { return shape[static_cast<std::size_t>(axis)]; };
  return axes.size() == 2 && size(axes[0]) != size(axes[1]) && ctx.dims.as_symbol(size(axes[0])) != ctx.batch() &&
         ctx.dims.as_symbol(size(axes[1])) != ctx.batch();
}

namespace {

// A matrix product of samples with samples, or a matrix that is handed over, behind factors and functions of each
// element.
bool is_product_of_pairs(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 16; ++hops) {
    const Step& made = ctx.trace.step_of(source_of(ctx.trace, id));
    if (ctx.batch_axes(made.result).size() < 2) return false;
    if (made.kind == StepKind::parameter) return true;
    if (made.op == nullptr) return false;
    if (made.op->role == OpRole::contraction) return true;
    if (made.op->role != OpRole::elementwise) return false;
    const auto next =
        std::ranges::find_if(made.operands, [&](TensorId one) { return ctx.batch_axes(one).size() >= 2; });
    if (next == made.operands.end()) return false;
    id = *next;
  }
  return false;
}

}  // namespace

bool meets_product_of_pairs(const RuleContext& ctx, TensorId pairing) {
  const std::vector<bool> later = dependants_of(ctx.trace, pairing);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.op->role == OpRole::elementwise && later[s.result.index] && s.result != pairing &&
           ctx.batch_axes(s.result).size() >= 2 && std::ranges::any_of(s.operands, [&](TensorId id) {
             return !later[id.index] && ctx.batch_axes(id).size() >= ctx.batch_axes(pairing).size() &&
                    is_product_of_pairs(ctx, id);
           });
  });
}

}  // namespace shapelint::rules
