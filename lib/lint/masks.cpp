#include "lib/lint/masks.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "lib/lint/steps.h"
#include "lib/oracle/masks.h"
#include "lib/support/words.h"

namespace shapelint {
namespace {

// A label, a target: a parameter or a part of one, as it came.
bool is_plain_parameter(const RuleContext& ctx, TensorId id) {
  return ctx.trace.step_of(source_of(ctx.trace, id)).kind == StepKind::parameter && ctx.has_batch(id);
}

// Positions along an axis, held against one length for each sample.
bool compares_position(const RuleContext& ctx, const Step& step) {
  for (std::size_t k = 0; k < 2; ++k) {
    const TensorId position = step.operands[k];
    const TensorId length = step.operands[1 - k];
    if (ctx.has_batch(length) && !ctx.has_batch(position) && batched_parameters(ctx, position).empty() &&
        is_named(ctx.trace.step_of(source_of(ctx.trace, position)), "arange")) {
      return true;
    }
  }
  return false;
}

// Behind views and casts, but not behind what was written into a tensor.
TensorId made_of(const RuleContext& ctx, TensorId id) {
  for (int hops = 0; hops < 64; ++hops) {
    const Step& step = ctx.trace.step_of(id);
    if (is_named(step, "put_mask") || is_named(step, "put") || is_named(step, "set_index")) return id;
    const TensorId before = source_of(ctx.trace, id, 1);
    if (before == id) return id;
    id = before;
  }
  return id;
}

bool is_filled(const RuleContext& ctx, TensorId id, double value, std::string_view maker) {
  const TensorId source = made_of(ctx, id);
  if (is_named(ctx.trace.step_of(source), maker)) return true;
  const ArrayPtr& array = ctx.tensor(source).array;
  return array != nullptr && std::ranges::all_of(array->values, [&](double v) { return v == value; });
}
bool is_zero(const RuleContext& ctx, TensorId id) { return is_filled(ctx, id, 0, "zeros"); }
bool is_one(const RuleContext& ctx, TensorId id) { return is_filled(ctx, id, 1, "ones"); }

// Divisions, logarithms and roots make numbers that are none (0 / 0) of what was there; data that miss come that way.
bool may_fail(const RuleContext& ctx, TensorId id) {
  static constexpr std::string_view kOps[] = {"div",   "log",        "log1p", "log2", "sqrt",
                                              "rsqrt", "reciprocal", "pow",   "acos", "exp"};
  const std::vector<bool> behind = ancestors_of(ctx.trace, id);
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.result.valid() && behind[s.result.index] &&
           std::ranges::find(kOps, s.op->name) != std::end(kOps);
  });
}

// A tensor of ones and zeros that a condition tells apart: `where(valid, 1.0, 0.0)`, ones of which `x[~valid] = 0`
// made some 0.
struct Told {
  TensorId condition;
  bool negated = false;  ///< 1 where the condition does not hold
};
std::optional<Told> told_apart(const RuleContext& ctx, const Step& step) {
  const bool writes = is_named(step, "put_mask");
  if (!writes && (!is_named(step, "where") || step.operands.size() != 3)) return std::nullopt;
  const TensorId condition = step.operands[writes ? 1 : 0];
  const TensorId met = step.operands[writes ? 2 : 1];
  const TensorId other = step.operands[writes ? 0 : 2];
  if (is_one(ctx, met) && is_zero(ctx, other)) return Told{.condition = condition};
  if (is_zero(ctx, met) && is_one(ctx, other)) return Told{.condition = condition, .negated = true};
  return std::nullopt;
}

// What the code says of a parameter that may be a mask.
Mask stated_mask(const RuleContext& ctx, TensorId id, bool by_not, bool from_one) {
  const Step& step = ctx.trace.step_of(id);
  if (!ctx.has_batch(id)) return Mask::none;
  const bool boolean = ctx.tensor(id).dtype == DType::boolean || masks_in(ctx.trace).contains(step.parameter);
  const MaskText said = said_of_mask(ctx, id);
  // Numbers that are only called a mask may be weights.
  if (!boolean && (said <= MaskText::mask || (names_padding(step.parameter) && !names_mask(step.parameter))))
    return Mask::none;
  if (said == MaskText::padding) return Mask::sure;
  // `1 - done` weighs with the rest of something else; so may a mask of numbers that is turned round.
  return from_one || (by_not && !boolean) ? Mask::none : Mask::maybe;
}

Mask mask_of(const RuleContext& ctx, TensorId id, bool by_not, bool from_one, int depth) {
  if (depth > 12) return Mask::none;
  const bool negated = by_not != from_one;
  const TensorId source = made_of(ctx, id);
  const Step& step = ctx.trace.step_of(source);
  if (step.kind == StepKind::parameter) return stated_mask(ctx, source, by_not, from_one);
  if (step.op == nullptr) return Mask::none;
  const auto of = [&](TensorId operand) { return mask_of(ctx, operand, by_not, from_one, depth + 1); };
  const std::string_view op = step.op->name;
  if (op == "logical_not") return mask_of(ctx, step.operands[0], !by_not, from_one, depth + 1);
  if (const auto told = told_apart(ctx, step))
    return mask_of(ctx, told->condition, by_not != told->negated, from_one, depth + 1);
  if (op == "sub" && is_constant(ctx, step.operands[0]))
    return mask_of(ctx, step.operands[1], by_not, !from_one, depth + 1);
  if (op == "logical_and" || op == "logical_or" || (op == "mul" && !negated)) {
    const Mask a = of(step.operands[0]);
    const Mask b = of(step.operands[1]);
    return a == Mask::none || b == Mask::none ? Mask::none : std::max(a, b);
  }
  if ((op == "any" || op == "all" || op == "max" || op == "min") && ctx.has_batch(source)) return of(step.operands[0]);
  if (op == "less" || op == "less_equal" || op == "greater" || op == "greater_equal")
    return compares_position(ctx, step) ? Mask::sure : Mask::none;
  if ((op == "isnan" || op == "isinf" || op == "isfinite") && may_fail(ctx, step.operands[0])) return Mask::none;
  if (op == "isnan" || op == "isinf") return negated ? Mask::sure : Mask::none;
  if (op == "isfinite") return negated ? Mask::none : Mask::sure;
  if (op == (negated ? "equal" : "not_equal")) {
    for (std::size_t k = 0; k < 2; ++k) {
      if (is_plain_parameter(ctx, step.operands[k]) && is_constant(ctx, step.operands[1 - k])) return Mask::sure;
    }
  }
  return Mask::none;
}

// `y == 1`: one of two classes has its own term, and is no padding. A number that the code calls padding is, and so is
// one that is documented to be.
bool is_held_to_label(const RuleContext& ctx, TensorId condition) {
  const Step& step = ctx.trace.step_of(made_of(ctx, condition));
  if (is_named(step, "logical_not")) return is_held_to_label(ctx, step.operands[0]);
  if (!is_named(step, "equal") && !is_named(step, "not_equal")) return false;
  for (std::size_t k = 0; k < step.operands.size(); ++k) {
    const ArrayPtr& array = ctx.tensor(step.operands[k]).array;
    if (array == nullptr || array->values.size() != 1 || (array->values[0] != 0 && array->values[0] != 1)) continue;
    const std::string text = k < step.operand_spans.size() ? ctx.text(step.operand_spans[k]) : "";
    const bool called =
        names_padding(text) || has_any(words_of_name(text), {"ignore", "ignored", "missing", "unlabeled", "void"});
    return !called && !documents_ignored(ctx.target, ctx.sources, array->values[0]);
  }
  return false;
}

// `ignore_index=k` of a loss of the library: the step that holds the labels against it is in a definition that has
// such a parameter, and the user chose it, in the call or as a number that is no default. That there are such labels
// is sure where it is documented.
Mask ignoring(const RuleContext& ctx, TensorId condition) {
  const Step& step = ctx.trace.step_of(source_of(ctx.trace, condition));
  if (!is_named(step, "not_equal") || step.operands.size() != 2) return Mask::none;
  const Frame& frame = ctx.trace.frame(step.frame);
  if (!frame.is_framework || frame.module == nullptr || !is_plain_parameter(ctx, step.operands[0])) return Mask::none;
  const auto& params = frame.module->function(frame.function_id).params;
  const bool has = std::ranges::any_of(params, [](const ast::Param& p) { return p.name.starts_with("ignore_"); });
  const ArrayPtr& ignored = ctx.tensor(step.operands[1]).array;
  if (!has || ignored == nullptr || ignored->values.size() != 1) return Mask::none;
  constexpr double kTorchDefault = -100;  // torch/nn/functional.py
  const bool chosen = ignored->values[0] != kTorchDefault ||
                      ctx.sources.text(ctx.trace.user_span(step)).find("ignore_index") != std::string_view::npos;
  if (!chosen) return Mask::none;
  return documents_ignored(ctx.target, ctx.sources, ignored->values[0]) ? Mask::sure : Mask::maybe;
}

bool keeps_zero(std::string_view op) {
  static constexpr std::string_view kOthers[] = {"exp", "log", "sigmoid", "cos", "reciprocal", "rsqrt", "logical_not"};
  return std::ranges::find(kOthers, op) == std::end(kOthers);
}

Masked behind(const RuleContext& ctx, TensorId id, int depth);

// Are both values 0 where one mask says so?
Masked masked_in_both(const RuleContext& ctx, const Step& step, int depth) {
  const Masked a = behind(ctx, step.operands[0], depth + 1);
  const Masked b = a.kind == Mask::none ? Masked{} : behind(ctx, step.operands[1], depth + 1);
  const bool one = b.kind != Mask::none && a.inverted == b.inverted && made_of(ctx, a.mask) == made_of(ctx, b.mask) &&
                   ctx.tensor(a.product).shape == ctx.tensor(b.product).shape;
  return one ? a : Masked{};
}

// A factor that is made of what the masked values are made of keeps their zeros: `(1 - p) ** 2 * loss`. Weights of the
// caller's may hold the number of what counts.
Masked masked_factor(const RuleContext& ctx, const Step& step, int depth) {
  for (std::size_t k = 0; k < 2; ++k) {
    const Masked found = behind(ctx, step.operands[k], depth + 1);
    if (found.kind == Mask::none) continue;
    const std::vector<TensorId> own = batched_parameters(ctx, step.operands[k]);
    const bool covered = std::ranges::all_of(batched_parameters(ctx, step.operands[1 - k]),
                                             [&](TensorId p) { return std::ranges::find(own, p) != own.end(); });
    return covered ? found : Masked{};
  }
  return {};
}

Masked behind(const RuleContext& ctx, TensorId id, int depth) {
  constexpr int kDeepest = 4;  // sums and products within each other
  if (depth > kDeepest) return {};
  for (int hops = 0; hops < 16; ++hops) {
    const Step& step = ctx.trace.step_of(id);
    if (step.op == nullptr || step.operands.empty()) return {};
    const std::string_view op = step.op->name;
    if (op == "mul") {
      for (std::size_t k = 0; k < 2; ++k) {
        const Mask kind = mask_of(ctx, step.operands[k]);
        const Mask other = mask_of(ctx, step.operands[1 - k]);
        if (kind != Mask::none && other == Mask::none && ctx.has_batch(step.operands[1 - k]))
          return {.product = id, .mask = step.operands[k], .kind = kind};
      }
    }
    // `where(mask, loss, 0)`, `loss.masked_fill(~mask, 0)`.
    if (op == "where" && step.operands.size() == 3) {
      for (std::size_t k = 1; k < 3; ++k) {
        if (!is_zero(ctx, step.operands[3 - k]) || !ctx.has_batch(step.operands[k])) continue;
        if (const Mask ignored = k == 1 ? ignoring(ctx, step.operands[0]) : Mask::none; ignored != Mask::none)
          return {.product = id, .mask = step.operands[0], .kind = ignored, .ignored = true};
        if (!is_users(ctx, step) || is_held_to_label(ctx, step.operands[0])) continue;
        const Mask kind = mask_of(ctx, step.operands[0], k == 2);
        if (kind != Mask::none) return {.product = id, .mask = step.operands[0], .kind = kind, .inverted = k == 2};
      }
    }
    // `loss[~mask] = 0`.
    if (op == "put_mask" && is_zero(ctx, step.operands[2]) && ctx.has_batch(step.operands[0]) &&
        ctx.tensor(step.operands[0]).shape == ctx.tensor(step.operands[1]).shape &&
        !is_held_to_label(ctx, step.operands[1])) {
      const Mask kind = mask_of(ctx, step.operands[1], true);
      if (kind == Mask::none) return {};
      return {.product = id, .mask = step.operands[1], .kind = kind, .inverted = true};
    }
    const bool two =
        step.operands.size() == 2 && !is_constant(ctx, step.operands[0]) && !is_constant(ctx, step.operands[1]);
    if (two && (op == "add" || op == "sub")) return masked_in_both(ctx, step, depth);
    if (two && op == "mul") return masked_factor(ctx, step, depth);
    const bool powers = op == "pow" && step.operands.size() == 2 && is_constant(ctx, step.operands[1]);
    const bool scales = step.op->role == OpRole::elementwise && keeps_zero(op) &&
                        (step.operands.size() == 1 || op == "mul" || op == "div" || powers);
    if (!scales && step.op->role != OpRole::movement) return {};
    TensorId next;
    for (const TensorId operand : step.operands) {
      if (is_constant(ctx, operand)) continue;
      if (next.valid()) return {};
      next = operand;
    }
    if (!next.valid()) return {};
    id = next;
  }
  return {};
}

}  // namespace

bool divides_by_count(const RuleContext& ctx, const Step& division, const Step& sum) {
  const Evaluation* proof = ctx.evaluation();
  const TensorId below = ctx.evaluated(division.operands[1]);
  const TensorId whole = ctx.evaluated(sum.operands[0]);
  if (proof == nullptr || !below.valid() || !whole.valid()) return false;
  const ArrayPtr& count = proof->batch.tensor(below).array;
  const ArrayPtr& elements = proof->batch.tensor(whole).array;
  if (count == nullptr || elements == nullptr || count->values.size() != 1) return false;
  double product = 1;
  for (const int axis : sum.axes) product *= static_cast<double>(elements->shape[static_cast<std::size_t>(axis)]);
  return product > 1 && count->values[0] == product;
}

bool is_constant(const RuleContext& ctx, TensorId id) {
  return ctx.tensor(id).shape && ctx.tensor(id).shape->empty() && batched_parameters(ctx, id).empty();
}

Mask mask_of(const RuleContext& ctx, TensorId id, bool negated) { return mask_of(ctx, id, negated, false, 0); }

Masked masked_behind(const RuleContext& ctx, TensorId id) { return behind(ctx, id, 0); }

bool varies_along(const RuleContext& ctx, TensorId mask, TensorId product, const std::vector<int>& axes) {
  const auto& m = ctx.tensor(mask).shape;
  const auto& p = ctx.tensor(product).shape;
  if (!m || !p || m->size() > p->size()) return false;
  const int shift = static_cast<int>(p->size() - m->size());
  return std::ranges::any_of(axes, [&](int axis) {
    return axis >= shift && !ctx.dims.is_number((*m)[static_cast<std::size_t>(axis - shift)], 1);
  });
}

MaskText said_of_mask(const RuleContext& ctx, TensorId parameter) {
  MaskText out = mask_text(ctx.target, ctx.sources, ctx.trace.step_of(parameter).parameter);
  for (const ExprEvent& event : ctx.trace.exprs) {
    const Frame& frame = ctx.trace.frame(event.frame);
    if (event.tensor != parameter || frame.is_framework || frame.module == nullptr || !frame.function_id.valid())
      continue;
    const ast::Function& function = frame.module->function(frame.function_id);
    const std::string name = ctx.text(event.span);
    if (std::ranges::find(function.params, name, &ast::Param::name) == function.params.end()) continue;
    out = std::max(out, mask_text(*frame.module, function, ctx.sources, name));
  }
  return out;
}

MaskBase base_of_mask(const RuleContext& ctx, TensorId mask) {
  MaskBase out{.id = made_of(ctx, mask)};
  for (int hops = 0; hops < 16; ++hops) {
    const Step& step = ctx.trace.step_of(out.id);
    if (const auto told = told_apart(ctx, step)) {
      out = {.id = made_of(ctx, told->condition), .negated = out.negated != told->negated};
      continue;
    }
    const bool from_one = is_named(step, "sub") && is_one(ctx, step.operands[0]);
    if (!is_named(step, "logical_not") && !from_one) return out;
    out = {.id = made_of(ctx, step.operands[from_one ? 1 : 0]), .negated = !out.negated};
  }
  return out;
}

bool is_made_good(const RuleContext& ctx, const Masked& masked, TensorId mean) {
  TensorId base = made_of(ctx, masked.mask);
  // The library's own comparison is nobody's to count: the user's is made of the same labels.
  if (masked.ignored) base = source_of(ctx.trace, ctx.trace.step_of(base).operands[0]);
  const std::vector<bool> of_mask = dependants_of(ctx.trace, base);
  const std::vector<bool> of_mean = dependants_of(ctx.trace, mean);
  const auto counts = [&](TensorId id) {
    if (!of_mask[id.index] || of_mean[id.index]) return false;
    const std::vector<bool> behind = ancestors_of(ctx.trace, id);
    return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
      return s.op != nullptr && s.op->role == OpRole::reduction && behind[s.result.index] &&
             of_mask[s.operands[0].index] && s.result != mean;
    });
  };
  // Or the lengths, against which positions were held: their number as it was given.
  const std::vector<bool> behind_mask = ancestors_of(ctx.trace, masked.mask);
  const auto& mask_shape = ctx.tensor(masked.mask).shape;
  const auto is_length = [&](TensorId id) {
    const std::vector<TensorId> of = batched_parameters(ctx, id);
    return !of.empty() && mask_shape && std::ranges::all_of(of, [&](TensorId p) {
      const auto& shape = ctx.tensor(p).shape;
      return behind_mask[p.index] && shape && shape->size() < mask_shape->size();
    });
  };
  const Step& product = ctx.trace.step_of(masked.product);
  for (const TensorId operand : product.operands) {
    if (operand != masked.mask && counts(operand)) return true;
  }
  return std::ranges::any_of(ctx.trace.steps, [&](const Step& s) {
    return s.op != nullptr && s.op->role == OpRole::elementwise && s.operands.size() >= 2 &&
           std::ranges::any_of(s.operands, [&](TensorId id) { return of_mean[id.index]; }) &&
           std::ranges::any_of(s.operands, [&](TensorId id) { return counts(id) || is_length(id); });
  });
}

const Step* averaged_sum(const RuleContext& ctx, const Step& division) {
  if (!is_named(division, "div") || division.operands.size() != 2 || !is_constant(ctx, division.operands[1]))
    return nullptr;
  const Step& sum = ctx.trace.step_of(source_of(ctx.trace, division.operands[0]));
  if (!is_named(sum, "sum") || !ctx.has_batch(sum.operands[0])) return nullptr;
  return masked_behind(ctx, sum.operands[0]).kind != Mask::none && divides_by_count(ctx, division, sum) ? &sum
                                                                                                        : nullptr;
}

ArrayPtr share_of_counted(const RuleContext& ctx, const Masked& masked, const Step& mean) {
  const TensorId mask = ctx.evaluated(masked.mask);
  const TensorId product = ctx.evaluated(masked.product);
  const TensorId result = ctx.evaluated(mean.result);
  if (!mask.valid() || !product.valid() || !result.valid()) return nullptr;
  const Trace& batch = ctx.evaluation()->batch;
  const ArrayPtr& m = batch.tensor(mask).array;
  const ArrayPtr& p = batch.tensor(product).array;
  const ArrayPtr& r = batch.tensor(result).array;
  if (m == nullptr || p == nullptr || r == nullptr || r->values.empty()) return nullptr;
  const std::size_t behind = p->shape.size() - m->shape.size();
  std::vector<double> counted(r->values.size(), 0);
  for (std::size_t flat = 0; flat < p->values.size(); ++flat) {
    std::size_t rest = flat;
    std::size_t in_mask = 0;
    std::size_t mask_stride = 1;
    std::size_t in_mean = 0;
    std::size_t mean_stride = 1;
    for (std::size_t axis = p->shape.size(); axis-- > 0;) {
      const auto at = rest % static_cast<std::size_t>(p->shape[axis]);
      rest /= static_cast<std::size_t>(p->shape[axis]);
      if (axis >= behind) {
        const auto extent = static_cast<std::size_t>(m->shape[axis - behind]);
        in_mask += extent == 1 ? 0 : at * mask_stride;
        mask_stride *= extent;
      }
      if (std::ranges::find(mean.axes, static_cast<int>(axis)) != mean.axes.end()) continue;
      in_mean += at * mean_stride;
      mean_stride *= static_cast<std::size_t>(p->shape[axis]);
    }
    if (in_mask >= m->values.size() || in_mean >= counted.size()) return nullptr;
    counted[in_mean] += masked.inverted ? 1 - m->values[in_mask] : m->values[in_mask];
  }
  const double each = static_cast<double>(p->values.size()) / static_cast<double>(counted.size());
  if (std::ranges::all_of(counted, [&](double count) { return count == each; })) return nullptr;
  if (std::ranges::any_of(counted, [](double count) { return count == 0; })) return nullptr;
  Array out = Array::filled(r->shape, 0, DType::float32);
  for (std::size_t i = 0; i < counted.size(); ++i) out.values[i] = each / counted[i];
  return std::make_shared<const Array>(std::move(out));
}

}  // namespace shapelint
