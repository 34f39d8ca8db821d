#include "lib/lint/by_hand.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "lib/lint/steps.h"

namespace shapelint {
namespace {

// `x ** 0.5`.
bool is_root_power(const RuleContext& ctx, const Step& step) {
  if (step.op->name != "pow" || step.operands.size() != 2) return false;
  const ArrayPtr& exponent = ctx.tensor(step.operands[1]).array;
  return exponent != nullptr && exponent->values.size() == 1 && exponent->values[0] > 0 && exponent->values[0] < 1;
}

// `x`, of which a step makes squares: `x * x`, `x ** 2`, `abs(x)` as norms write it.
TensorId squared(const Trace& trace, TensorId id) {
  const Step& made = trace.step_of(id);
  const bool squares = made.op != nullptr && !made.operands.empty() &&
                       (made.op->name == "square" || made.op->name == "pow" || made.op->name == "mul");
  if (!squares || (made.op->name == "mul" && source_of(trace, made.operands[0]) != source_of(trace, made.operands[1])))
    return {};
  const Step& inner = trace.step_of(made.operands[0]);
  return inner.op != nullptr && inner.op->name == "abs" ? inner.operands[0] : made.operands[0];
}

// `log(sum(exp(x)))`, plain or kept within bounds by a maximum that is put back: the reduction, and x.
struct LogSumExp {
  const Step* sum = nullptr;
  TensorId of;
};
LogSumExp log_sum_exp(const RuleContext& ctx, TensorId id) {
  const Trace& trace = ctx.trace;
  const auto made = [&](TensorId from) -> const Step& { return trace.step_of(source_of(trace, from)); };
  const Step* top = &made(id);
  // Along one axis the op has a check of its own.
  if (is_named(*top, "logsumexp")) return top->axes.size() > 1 ? LogSumExp{top, top->operands[0]} : LogSumExp{};
  const bool is_bounded = is_named(*top, "add") && is_named(made(top->operands[1]), "max");
  if (is_bounded) top = &made(top->operands[0]);
  if (!is_named(*top, "log")) return {};
  const Step& sum = made(top->operands[0]);
  if (!is_named(sum, "sum")) return {};
  const Step& exponential = made(sum.operands[0]);
  if (!is_named(exponential, "exp")) return {};
  const Step& shifted = made(exponential.operands[0]);
  const bool is_shifted = is_named(shifted, "sub") && is_named(made(shifted.operands[1]), "max");
  if (is_bounded && !is_shifted) return {};
  return {&sum, is_bounded ? shifted.operands[0] : exponential.operands[0]};
}

}  // namespace

bool same_values(const Trace& trace, TensorId a, TensorId b, int depth) {
  a = source_of(trace, a);
  b = source_of(trace, b);
  if (a == b) return true;
  const Step& left = trace.step_of(a);
  const Step& right = trace.step_of(b);
  if (depth > 4 || left.op == nullptr || left.op != right.op || left.op->role != OpRole::elementwise ||
      left.operands.size() != 1 || right.operands.size() != 1)
    return false;
  return same_values(trace, left.operands[0], right.operands[0], depth + 1);
}

bool is_centred(const RuleContext& ctx, TensorId id) {
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && behind[s.result.index] && s.op->role == OpRole::reduction && along_batch_alone(ctx, s);
  });
}

const Step* norm_along_batch(const RuleContext& ctx, const Step& root) {
  if (root.op == nullptr || (root.op->name != "sqrt" && root.op->name != "rsqrt" && !is_root_power(ctx, root)))
    return nullptr;
  const std::vector<TensorId> way = chain_to(ctx, root.operands[0], [&](const Step& s) {
    return s.op != nullptr && s.op->name == "sum" && along_batch_alone(ctx, s);
  });
  if (way.empty()) return nullptr;
  // Divided by a count it is a deviation, a statistic.
  for (std::size_t i = 0; i + 1 < way.size(); ++i) {
    const Step& s = ctx.trace.step_of(way[i]);
    if (s.op->name == "div" || s.op->name == "mul") return nullptr;
  }
  const Step& sum = ctx.trace.step_of(way.back());
  // Counts and degrees have roots as well.
  if (!squared(ctx.trace, sum.operands[0]).valid()) return nullptr;
  return is_centred(ctx, sum.operands[0]) ? nullptr : &sum;
}

namespace {

// The sum in a root of a sum of squares over all axes of a tensor, and the tensor.
struct NormOfAll {
  const Step* sum = nullptr;
  TensorId of;
};
NormOfAll norm_of_all(const RuleContext& ctx, TensorId id) {
  const Trace& trace = ctx.trace;
  const std::vector<TensorId> way = chain_to(ctx, id, [&](const Step& s) {
    const auto& shape = s.operands.empty() ? std::nullopt : ctx.tensor(s.operands[0]).shape;
    return s.op != nullptr && s.op->name == "sum" && shape && s.axes.size() == shape->size();
  });
  if (way.empty()) return {};
  const bool has_root = std::ranges::any_of(way, [&](TensorId one) {
    const Step& s = trace.step_of(one);
    return s.op->name == "sqrt" || s.op->name == "rsqrt" || is_root_power(ctx, s);
  });
  const Step& sum = trace.step_of(way.back());
  const TensorId base = squared(trace, sum.operands[0]);
  if (!has_root || !base.valid() || is_centred(ctx, base)) return {};
  return {&sum, source_of(trace, base)};
}

// `x @ y.T`, `(x * y).sum(-1)`: products of `base` with something, for each sample or pair.
bool is_product_with(const RuleContext& ctx, TensorId id, TensorId base) {
  const Step* made = &ctx.trace.step_of(source_of(ctx.trace, id));
  if (is_named(*made, "sum")) made = &ctx.trace.step_of(source_of(ctx.trace, made->operands[0]));
  else if (made->op == nullptr || made->op->role != OpRole::contraction) return false;
  return made->op != nullptr && (is_named(*made, "mul") || made->op->role == OpRole::contraction) &&
         std::ranges::any_of(made->operands, [&](TensorId one) { return source_of(ctx.trace, one) == base; });
}

}  // namespace

const Step* scaled_by_norm_of_all(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.operands.size() != 2 || (step.op->name != "div" && step.op->name != "mul"))
    return nullptr;
  for (std::size_t k = 0; k < 2; ++k) {
    const TensorId scaled = step.operands[1 - k];
    if (!ctx.has_batch(scaled) || ctx.has_batch(step.operands[k])) continue;
    if (const NormOfAll norm = norm_of_all(ctx, step.operands[k]); norm.sum != nullptr) {
      if (norm.of == source_of(ctx.trace, scaled)) return norm.sum;
      if (is_product_with(ctx, scaled, norm.of)) return norm.sum;
    }
    // A cosine: `x @ y.T / (norm(x) * norm(y))`.
    const Step& product = ctx.trace.step_of(source_of(ctx.trace, step.operands[k]));
    if (k != 1 || !is_named(step, "div") || !is_named(product, "mul")) continue;
    for (const TensorId factor : product.operands) {
      const NormOfAll norm = norm_of_all(ctx, factor);
      if (norm.sum != nullptr && is_product_with(ctx, scaled, norm.of)) return norm.sum;
    }
  }
  return nullptr;
}

const Step* softmax_by_hand(const RuleContext& ctx, const Step& step) {
  if (step.op == nullptr || step.operands.size() != 2) return nullptr;
  const Trace& trace = ctx.trace;
  const auto made_by = [&](TensorId id, std::string_view op) -> const Step* {
    const Step& made = trace.step_of(source_of(trace, id));
    return made.op != nullptr && made.op->name == op ? &made : nullptr;
  };
  const Step* sum = nullptr;
  const Step* exponential = nullptr;
  if (step.op->name == "div") {
    exponential = made_by(step.operands[0], "exp");
    sum = made_by(step.operands[1], "sum");
    if (exponential == nullptr || sum == nullptr) return nullptr;
    if (!same_values(trace, sum->operands[0], exponential->result)) return nullptr;
  } else if (step.op->name == "sub") {
    const LogSumExp total = log_sum_exp(ctx, step.operands[1]);
    if (total.sum == nullptr || source_of(trace, total.of) != source_of(trace, step.operands[0])) return nullptr;
    sum = total.sum;
  }
  return sum;
}

bool is_distance(const RuleContext& ctx, TensorId id) {
  const Step& made = ctx.trace.step_of(id);
  TensorId base = squared(ctx.trace, id);
  if (!base.valid() && made.op != nullptr && made.op->name == "abs") base = made.operands[0];
  if (!base.valid()) return false;
  const Step& difference = ctx.trace.step_of(source_of(ctx.trace, base));
  return difference.op != nullptr && difference.op->name == "sub" && !is_centred(ctx, base);
}

}  // namespace shapelint
