#include "lib/lint/steps.h"

#include <algorithm>

#include <fmt/format.h>

namespace shapelint {

TensorId source_of(const Trace& trace, TensorId id, int max_steps) {
  for (int hops = 0; hops < max_steps; ++hops) {
    const Step& step = trace.step_of(id);
    if (step.op == nullptr || step.operands.empty()) return id;
    const bool keeps =
        step.op->role == OpRole::movement || (step.op->role == OpRole::elementwise && step.operands.size() == 1 &&
                                              (step.op->dtype == DTypeRule::attribute || step.op->name == "identity" ||
                                               step.op->name == "stop_gradient" || step.op->name == "cast"));
    if (!keeps) return id;
    id = step.operands[0];
  }
  return id;
}

bool loses_batch(const RuleContext& ctx, const Step& step) {
  return step.op != nullptr && !step.operands.empty() && ctx.has_batch(step.operands[0]) &&
         ctx.tensor(step.result).shape && !ctx.has_batch(step.result);
}

bool is_called_batch(const RuleContext& ctx) {
  const std::string name = ctx.dims.print(ctx.dims.symbol(ctx.batch()));
  return name.find_first_of("BbNn") == 0;
}

bool has_own_axis(const RuleContext& ctx, TensorId id) {
  const auto& shape = ctx.tensor(id).shape;
  return shape && std::ranges::any_of(*shape, [&](Dim dim) {
           return !ctx.dims.mentions(dim, ctx.batch()) && !ctx.dims.is_number(dim, 1);
         });
}

bool along_batch_alone(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.operands.empty() || step.all_axes) return false;
  const std::vector<int> batch = ctx.batch_axes(step.operands[0]);
  return batch.size() == 1 && step.axes == batch && has_own_axis(ctx, step.operands[0]);
}

std::vector<StepId> reductions_behind(const RuleContext& ctx, TensorId id) {
  std::vector<StepId> out;
  std::vector<TensorId> todo{id};
  std::vector<bool> seen(ctx.trace.tensors.size(), false);
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (seen[at.index] || ctx.has_batch(at)) continue;
    seen[at.index] = true;
    const Step& step = ctx.trace.step_of(at);
    bool lost = false;
    for (const TensorId operand : step.operands) {
      if (ctx.has_batch(operand)) lost = true;
      else todo.push_back(operand);
    }
    if (lost) out.push_back(ctx.tensor(at).step);
  }
  return out;
}

std::vector<bool> dependants_of(const Trace& trace, TensorId id) {
  std::vector<bool> out(trace.tensors.size(), false);
  out[id.index] = true;
  const StepId made = trace.tensor(id).step;
  for (std::size_t i = made.valid() ? made.index + 1 : 0; i < trace.steps.size(); ++i) {
    const Step& step = trace.steps[i];
    if (!step.result.valid() || step.result <= id) continue;
    out[step.result.index] = std::ranges::any_of(step.operands, [&](TensorId operand) { return out[operand.index]; });
  }
  return out;
}

std::vector<bool> ancestors_of(const Trace& trace, TensorId id) {
  std::vector<bool> out(trace.tensors.size(), false);
  std::vector<TensorId> todo{id};
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (out[at.index]) continue;
    out[at.index] = true;
    if (!trace.tensor(at).step.valid()) continue;
    for (const TensorId operand : trace.step_of(at).operands) todo.push_back(operand);
  }
  return out;
}

std::vector<TensorId> batched_parameters(const RuleContext& ctx, TensorId id) {
  std::vector<TensorId> out;
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  for (std::uint32_t i = 0; i < behind.size(); ++i) {
    const TensorId at{i};
    if (behind[i] && ctx.tensor(at).step.valid() && ctx.trace.step_of(at).kind == StepKind::parameter &&
        (ctx.has_batch(at) || !ctx.tensor(at).shape)) {
      out.push_back(at);
    }
  }
  return out;
}

std::optional<Span> users_span(const RuleContext& ctx, const Step& step, std::size_t operand) {
  if (operand < step.operand_spans.size() && ctx.is_users_text(step.operand_spans[operand]))
    return step.operand_spans[operand];
  TensorId id = step.operands[operand];
  const Span call = ctx.trace.user_span(step);
  for (int hops = 0; hops < 8; ++hops) {
    for (const ExprEvent& event : ctx.trace.exprs) {
      if (event.tensor == id && event.span != call && call.contains(event.span) && ctx.is_users_text(event.span))
        return event.span;
    }
    const TensorId before = source_of(ctx.trace, id, 1);
    if (before == id || ctx.tensor(before).shape != ctx.tensor(id).shape) break;
    id = before;
  }
  return std::nullopt;
}

std::string operand_text(const RuleContext& ctx, const Step& step, std::size_t operand) {
  std::string text = operand < step.operand_spans.size() ? ctx.text(step.operand_spans[operand]) : "";
  // Of a definition's text only the names of parameters mean something to its users, and less than their own words.
  const bool is_users_own = operand < step.operand_spans.size() && ctx.is_users_text(step.operand_spans[operand]);
  const Frame& frame = ctx.trace.frame(step.frame);
  const std::optional<Span> argument = is_users_own ? std::nullopt : users_span(ctx, step, operand);
  if (argument) {
    text = ctx.text(*argument);
  } else if (!is_users_own && frame.is_framework && frame.module != nullptr) {
    const auto& params = frame.module->function(frame.function_id).params;
    if (std::ranges::find(params, text, &ast::Param::name) == params.end()) text.clear();
  }
  return fmt::format("{}{}", text.empty() ? "" : "`" + text + "` ", ctx.show(step.operands[operand]));
}

bool is_users(const RuleContext& ctx, const Step& step) {
  if (!ctx.trace.frame(step.frame).is_framework) return true;
  const Span call = ctx.trace.user_span(step);
  return std::ranges::all_of(step.operands, [&](TensorId operand) {
    const Step& made = ctx.trace.step_of(operand);
    return made.kind == StepKind::constant || ctx.trace.user_span(made) != call;
  });
}

}  // namespace shapelint
