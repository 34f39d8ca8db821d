#include "lib/oracle/runs.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "lib/oracle/inputs.h"
#include "lib/oracle/masks.h"

namespace shapelint {
namespace {

// Float parameters that the code turns into whole numbers, or picks elements by: labels that nobody said are some.
// Numbers in (0, 1) would all be class 0.
std::set<std::string, std::less<>> labels_in(const Trace& trace) {
  static constexpr std::string_view kPicking[] = {"take", "take_along_axis", "pick", "gather_nd"};
  std::set<std::string, std::less<>> out;
  for (const Step& step : trace.steps) {
    if (step.op == nullptr) continue;
    const bool picks = step.operands.size() >= 2 && std::ranges::find(kPicking, step.op->name) != std::end(kPicking);
    const bool makes_whole = step.op->dtype == DTypeRule::attribute && step.operands.size() == 1 &&
                             is_integer(trace.tensor(step.result).dtype);
    if (!picks && !makes_whole) continue;
    TensorId at = step.operands[picks ? 1 : 0];
    for (int hops = 0; hops < 64; ++hops) {
      const Step& made = trace.step_of(at);
      if (made.op == nullptr || made.op->role != OpRole::movement || made.operands.empty()) break;
      at = made.operands[0];
    }
    const Step& made = trace.step_of(at);
    if (made.kind == StepKind::parameter && !is_integer(trace.tensor(at).dtype)) out.insert(made.parameter);
  }
  return out;
}

}  // namespace

TraceInput evaluation_input(const World& world, const EvaluationOptions& options) {
  TraceInput input = world.input;
  input.conditions = options.conditions;
  // One half for the batch, the other for all samples alone: they are compared, so all are held at once.
  input.budget.array_elements /= 2;
  return input;
}

std::optional<std::string> run_with_room(const DimTable& dims, const World& world, EvaluationOptions& options,
                                         TraceInput& input, std::vector<std::pair<std::string, ArrayPtr>>& inputs,
                                         Trace& made, const std::function<Trace(const TraceInput&)>& go) {
  constexpr int kTries = 4;
  constexpr std::size_t kEnoughNumbers = 4000;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    input.sizes = choose_sizes(dims, world, options, attempt);
    if (auto error = fill_inputs(dims, world, options, input, inputs)) return error;
    made = go(input);
    if (options.labels.empty() && options.masks.empty()) {
      options.labels = labels_in(made);
      options.masks = masks_in(made);
      if (!options.labels.empty() || !options.masks.empty()) {
        (void)fill_inputs(dims, world, options, input, inputs);
        made = go(input);
      }
    }
    // An index or a slice beyond a small size is what more room mends.
    const bool cramped = !made.disagreements.empty() || std::ranges::any_of(made.conflicts, [](const Conflict& c) {
      return c.label.starts_with("index.");
    });
    std::size_t held = 0;
    for (const auto& [name, array] : inputs) held += array->values.size();
    if (!cramped || !options.data.empty() || held > kEnoughNumbers) break;
  }
  return std::nullopt;
}

Trace run_on_numbers(Tracer& tracer, const Target& target, TraceInput input) {
  input.concrete = true;
  input.budget.forks = 0;
  Paths paths = tracer.run(target, input);
  return std::move(paths.traces.front());
}

bool ran_through(const Trace& trace) { return trace.end == PathEnd::returned && trace.conflicts.empty(); }

}  // namespace shapelint
