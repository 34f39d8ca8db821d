#include "lib/lint/unlike_shapes.h"

#include <algorithm>
#include <set>
#include <vector>

#include "lib/lint/steps.h"

namespace shapelint {
namespace {

// The first axis of a parameter whose shape is stated: it counts things of one kind, as the batch does.
bool counts_elements(const RuleContext& ctx, Dim dim) {
  const auto symbol = ctx.dims.as_symbol(dim);
  if (!symbol || ctx.dims.is_anonymous(*symbol)) return false;
  return std::ranges::any_of(ctx.world.parameters, [&](const WorldParameter& p) {
    const auto leads = [&](const Shape& shape) { return !shape.empty() && shape.front() == dim; };
    return is_stated(p.from) && ((p.shape && leads(*p.shape)) || std::ranges::any_of(p.shapes, leads));
  });
}

bool is_single(const RuleContext& ctx, Dim dim) { return ctx.dims.is_number(dim, 1); }

}  // namespace

bool came_with_axis_of_one(const RuleContext& ctx, TensorId id, std::size_t behind) {
  const auto& whole = ctx.tensor(id).shape;
  if (!whole || whole->size() <= behind) return false;
  // Every tensor of that rank behind it has to have come with the axis.
  constexpr std::size_t kMost = 256;
  std::set<TensorId> seen{id};
  std::vector<TensorId> todo{id};
  while (!todo.empty()) {
    const Step& step = ctx.trace.step_of(todo.back());
    todo.pop_back();
    if (step.kind == StepKind::parameter) continue;
    if (step.op == nullptr) return false;
    if (step.op->role == OpRole::contraction || step.op->name == "take_along_axis") continue;
    if (step.op->role != OpRole::elementwise || seen.size() > kMost) return false;
    for (const TensorId operand : step.operands) {
      const auto& shape = ctx.tensor(operand).shape;
      if (!shape) return false;
      if (shape->size() != whole->size()) continue;
      if (!is_single(ctx, (*shape)[shape->size() - 1 - behind])) return false;
      if (seen.insert(operand).second) todo.push_back(operand);
    }
  }
  return true;
}

namespace {

// Of two operands of one rank, the one that is spread over the other along axes of one element with which it came.
// `(B, N, 1)` with `(B, 1, M)`, one axis of each, are the pairs of two sets.
std::optional<std::size_t> spread_operand(const RuleContext& ctx, const Step& step) {
  const Shape& left = *ctx.tensor(step.operands[0]).shape;
  const Shape& right = *ctx.tensor(step.operands[1]).shape;
  if (left.size() != right.size()) return std::nullopt;
  std::optional<std::size_t> spread;
  for (std::size_t axis = 0; axis < left.size(); ++axis) {
    if (left[axis] == right[axis]) continue;
    const std::size_t single = is_single(ctx, left[axis]) ? 0 : 1;
    if (!is_single(ctx, single == 0 ? left[axis] : right[axis])) return std::nullopt;
    if (spread && *spread != single) return std::nullopt;
    if (!came_with_axis_of_one(ctx, step.operands[single], left.size() - 1 - axis)) return std::nullopt;
    spread = single;
  }
  return spread;
}

}  // namespace

std::optional<Dim> size_meets_itself(const RuleContext& ctx, const Step& step) {
  if (step.operands.size() != 2 || !step.assumed.empty()) return std::nullopt;
  const auto& left = ctx.tensor(step.operands[0]).shape;
  const auto& right = ctx.tensor(step.operands[1]).shape;
  const auto& result = ctx.tensor(step.result).shape;
  if (!left || !right || !result) return std::nullopt;
  for (const Dim dim : *result) {
    if (ctx.dims.constant(dim)) continue;
    const auto of_left = std::ranges::count(*left, dim);
    const auto of_right = std::ranges::count(*right, dim);
    const auto of_result = std::ranges::count(*result, dim);
    if (of_result < 2 || of_left < 1 || of_right < 1 || (of_left == of_result && of_right == of_result)) continue;
    if (left->size() == right->size() && (!step.wants_one_shape || !spread_operand(ctx, step))) continue;
    if (step.wants_one_shape) return dim;
    if (of_left < of_result && of_right < of_result && counts_elements(ctx, dim)) return dim;
  }
  return std::nullopt;
}

std::optional<std::size_t> spread_beside_batch(const RuleContext& ctx, const Step& step) {
  if (!step.wants_one_shape || step.operands.size() != 2 || !step.assumed.empty()) return std::nullopt;
  const std::vector<int> batch = ctx.batch_axes(step.operands[0]);
  if (batch.size() != 1 || batch != ctx.batch_axes(step.operands[1]) || batch != ctx.batch_axes(step.result))
    return std::nullopt;
  return spread_operand(ctx, step);
}

}  // namespace shapelint
