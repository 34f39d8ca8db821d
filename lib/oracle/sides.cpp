#include "lib/oracle/sides.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include "lib/ops/dtype.h"

namespace shapelint {
namespace {

// The parameter of which a tensor is a part or a view, as it came.
const Step* parameter_behind(const Trace& trace, TensorId id) {
  for (int hops = 0; hops < 64; ++hops) {
    const Step& step = trace.step_of(id);
    if (step.kind == StepKind::parameter) return &step;
    const bool keeps = step.op != nullptr && !step.operands.empty() &&
                       (step.op->role == OpRole::movement || step.op->name == "cast" || step.op->name == "identity" ||
                        step.op->name == "stop_gradient");
    if (!keeps) return nullptr;
    id = step.operands[0];
  }
  return nullptr;
}

// The comparison with its sides changed: `c < x` is `x > c`.
std::string_view mirrored(std::string_view op) {
  if (op == "less") return "greater";
  if (op == "less_equal") return "greater_equal";
  if (op == "greater") return "less";
  if (op == "greater_equal") return "less_equal";
  return op;
}

// A number for x with which `x op limit` is what it never was; `step` away from the limit where the limit is not it.
std::optional<double> other_side(std::string_view op, double limit, bool was, double step) {
  if (op == "equal") return was ? std::nullopt : std::optional(limit);
  if (op == "not_equal") return was ? std::optional(limit) : std::nullopt;
  if (op == "less") return was ? limit : limit - step;
  if (op == "less_equal") return was ? limit + step : limit;
  if (op == "greater") return was ? limit : limit + step;
  if (op == "greater_equal") return was ? limit - step : limit;
  return std::nullopt;
}

// Is it the user who compares? What a loss of a library leaves out (`ignore_index=-100`) is nobody's concern here.
bool is_users(const Trace& trace, const Step& step) {
  static constexpr std::string_view kNames[] = {"eq",    "ne",        "lt",   "le",         "gt",      "ge",
                                                "equal", "not_equal", "less", "less_equal", "greater", "greater_equal",
                                                "isnan", "is_nan"};
  const Frame& frame = trace.frame(step.frame);
  const std::string_view path = frame.function;
  return !frame.is_framework || std::ranges::find(kNames, path.substr(path.rfind('.') + 1)) != std::end(kNames);
}

class Finder {
 public:
  explicit Finder(const Trace& trace) : trace_(trace), depends_(trace.tensors.size(), false) {
    for (const Step& step : trace.steps) {
      bool depends = step.kind == StepKind::parameter;
      for (const TensorId operand : step.operands) depends = depends || depends_[operand.index];
      if (!step.result.valid()) continue;
      depends_[step.result.index] = depends;
      if (depends && step.op != nullptr) look_at(step);
    }
  }

  Sides take() { return std::move(sides_); }

 private:
  const Array* array(TensorId id) const { return trace_.tensor(id).array.get(); }

  void look_at(const Step& step) {
    const Array* result = array(step.result);
    if (result == nullptr || result->values.size() < 2) return;
    const std::string_view op = step.op->name;
    const bool compares = op == "equal" || op == "not_equal" || op.starts_with("less") || op.starts_with("greater");
    if ((compares || op == "isnan") && !is_users(trace_, step)) return;
    if (op == "isnan" && parameter_behind(trace_, step.operands[0]) != nullptr) {
      if (all_equal(*result))
        miss(*parameter_behind(trace_, step.operands[0]), std::numeric_limits<double>::quiet_NaN());
    } else if (compares) {
      if (all_equal(*result)) compare(step, op, result->values[0] != 0);
    } else if (op == "relu" || op == "abs" || op == "sign") {
      const Array* x = array(step.operands[0]);
      if (x != nullptr && x->values.size() >= 2) count(one_sign(*x));
    } else if (op == "maximum" || op == "minimum" || op == "clip") {
      limit(step, *result);
    }
  }

  void count(bool is_one_sided) { sides_.one_sided += is_one_sided ? 1 : 0; }
  static bool all_equal(const Array& a) {
    return std::ranges::all_of(a.values, [&](double v) { return v == a.values[0]; });
  }
  static bool one_sign(const Array& a) {
    return std::ranges::all_of(a.values, [](double v) { return v >= 0; }) ||
           std::ranges::all_of(a.values, [](double v) { return v <= 0; });
  }
  // Is every number what it was, or none of them?
  static bool kept(const Array& x, const Array& result) {
    std::size_t same = 0;
    for (std::size_t i = 0; i < x.values.size(); ++i) same += x.values[i] == result.values[i] ? 1 : 0;
    return same == 0 || same == x.values.size();
  }

  void limit(const Step& step, const Array& result) {
    if (is_guard(step)) return;
    for (const TensorId operand : step.operands) {
      const Array* x = array(operand);
      if (x == nullptr || x->shape != result.shape || !depends_[operand.index]) continue;
      if (!kept(*x, result)) return;
      count(true);
      // Beyond the limits, and short of them.
      const Step* parameter = parameter_behind(trace_, operand);
      for (const TensorId other : step.operands) {
        const Array* bound = array(other);
        if (parameter == nullptr || bound == nullptr || depends_[other.index] || bound->values.size() != 1) continue;
        plant(sides_.missing, parameter->parameter, bound->values[0] + 1);
        plant(sides_.missing, parameter->parameter, bound->values[0] - 0.5);
      }
      return;
    }
  }

  // `clip(p, 1e-7, 1 - 1e-7)` and `maximum(x, 1e-8)` keep a logarithm or a division defined.
  bool is_guard(const Step& step) const {
    constexpr double kSmall = 1e-2;
    return std::ranges::any_of(step.operands, [&](TensorId id) {
      const Array* a = array(id);
      return a != nullptr && !depends_[id.index] && a->values.size() == 1 && a->values[0] > 0 && a->values[0] < kSmall;
    });
  }

  void compare(const Step& step, std::string_view op, bool was) {
    ++sides_.one_sided;
    for (std::size_t k = 0; k < 2; ++k) {
      const Step* parameter = parameter_behind(trace_, step.operands[k]);
      const Array* limit = array(step.operands[1 - k]);
      if (parameter == nullptr || limit == nullptr || depends_[step.operands[1 - k].index] || limit->values.size() != 1)
        continue;
      const double apart = is_integer(trace_.tensor(parameter->result).dtype) ? 1 : 0.5;
      const auto value = other_side(k == 0 ? op : mirrored(op), limit->values[0], was, apart);
      if (!value) continue;
      plant(sides_.missing, parameter->parameter, *value);
      if (!was) plant(sides_.unselected, parameter->parameter, *value);
    }
  }

  void miss(const Step& parameter, double value) {
    ++sides_.one_sided;
    plant(sides_.missing, parameter.parameter, value);
  }

  static void plant(std::map<std::string, std::vector<double>, std::less<>>& in, const std::string& name,
                    double value) {
    auto& values = in[name];
    if (std::ranges::find(values, value) == values.end()) values.push_back(value);
  }

  const Trace& trace_;
  std::vector<bool> depends_;
  Sides sides_;
};

}  // namespace

Sides sides_of(const Trace& trace) { return Finder(trace).take(); }

}  // namespace shapelint
