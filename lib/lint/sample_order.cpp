#include "lib/lint/sample_order.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

namespace shapelint {
namespace {

class SampleOrder {
 public:
  explicit SampleOrder(const RuleContext& ctx) : ctx_(ctx) {}

  bool is_together(TensorId id) {
    const auto axis = outer_axis(id);
    if (!axis) return false;
    if (ctx_.dims.as_symbol((*ctx_.tensor(id).shape)[*axis]) == ctx_.batch()) return true;
    if (const auto known = known_.find(id); known != known_.end()) return known->second;
    constexpr std::size_t kMost = 256;
    if (known_.size() >= kMost) return false;
    known_[id] = false;
    return known_[id] = is_made_together(id, *axis);
  }

 private:
  // The axis of the batch, when it is the only one and no axis before it has two elements.
  std::optional<std::size_t> outer_axis(TensorId id) const {
    const std::vector<int> axes = ctx_.batch_axes(id);
    if (axes.size() != 1) return std::nullopt;
    const Shape& shape = *ctx_.tensor(id).shape;
    const auto axis = static_cast<std::size_t>(axes[0]);
    const bool is_outer =
        std::all_of(shape.begin(), shape.begin() + axes[0], [&](Dim dim) { return ctx_.dims.is_number(dim, 1); });
    return is_outer && ctx_.dims.is_multiple_of(shape[axis], ctx_.batch()) ? std::optional(axis) : std::nullopt;
  }

  // An axis like `B*N`: what was it made of?
  bool is_made_together(TensorId id, std::size_t axis) {
    const Step& step = ctx_.trace.step_of(id);
    if (step.kind != StepKind::op || step.op == nullptr || step.operands.empty()) return false;
    if (step.op->name == "reshape") return is_together(step.operands[0]);
    const std::size_t behind = ctx_.tensor(id).shape->size() - axis;
    if (step.op->role == OpRole::elementwise) {
      return std::ranges::all_of(step.operands, [&](TensorId operand) {
        if (operand >= id || !ctx_.tensor(operand).shape) return false;
        if (!ctx_.has_batch(operand)) return true;
        const auto own = outer_axis(operand);
        return own && ctx_.tensor(operand).shape->size() - *own == behind && is_together(operand);
      });
    }
    return false;
  }

  const RuleContext& ctx_;
  std::map<TensorId, bool> known_;
};

}  // namespace

bool keeps_samples_together(const RuleContext& ctx, TensorId id) { return SampleOrder(ctx).is_together(id); }

}  // namespace shapelint
