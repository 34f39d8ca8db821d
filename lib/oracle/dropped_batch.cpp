#include "lib/oracle/dropped_batch.h"

#include <algorithm>
#include <limits>

#include "lib/oracle/inputs.h"
#include "lib/oracle/runs.h"
#include "lib/trace/random_keys.h"

namespace shapelint {
namespace {

// What comes back for one sample with and without its batch axis, where that differs; the sample alone may fail.
std::optional<std::pair<double, double>> with_and_without_batch(const Trace& without, const Trace& with) {
  if (!ran_through(with)) return std::nullopt;
  const std::vector<TensorId> kept = tensors_in(with.result, with.heap);
  const std::vector<TensorId> dropped =
      ran_through(without) ? tensors_in(without.result, without.heap) : std::vector<TensorId>{};
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const ArrayPtr& right = with.tensor(kept[i]).array;
    if (right == nullptr) continue;
    const double first = right->values.empty() ? kNone : right->values[0];
    if (i >= dropped.size()) return std::pair{kNone, first};
    const ArrayPtr& wrong = without.tensor(dropped[i]).array;
    if (wrong == nullptr) continue;
    if (wrong->values.size() != right->values.size()) return std::pair{mean_of(*wrong), mean_of(*right)};
    const auto differs = std::ranges::mismatch(wrong->values, right->values, nearly_equal);
    if (differs.in1 != wrong->values.end()) return std::pair{*differs.in1, *differs.in2};
    if (wrong->shape != right->shape) return std::pair{first, first};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::pair<double, double>> dropped_batch(Tracer& tracer, const Target& target, const World& world,
                                                       const EvaluationOptions& given,
                                                       const std::function<const Trace*()>& batch_run) {
  DimTable& dims = tracer.dims();
  EvaluationOptions options = given;
  TraceInput input = evaluation_input(world, options);
  const SymbolId batch = *world.input.batch;
  const Trace nothing_random;
  const Trace* noise = &nothing_random;
  const auto first_sample = [&](const TraceInput& filled, bool keeps_batch) {
    const auto batch_size = dims.evaluate(dims.symbol(batch), filled.sizes).value_or(0);
    if (batch_size < 1 || batch_size > kMostSamples) return Trace{.end = PathEnd::exhausted};
    TraceInput alone = narrow_to_sample(dims, filled, batch, batch_size, 0, keeps_batch);
    note_sample(alone, *noise, batch, 0, dims);
    alone.keeps_batch = keeps_batch;
    return run_on_numbers(tracer, target, std::move(alone));
  };
  std::vector<std::pair<std::string, ArrayPtr>> inputs;
  Trace dropped;
  const auto go = [&](const TraceInput& filled) { return first_sample(filled, false); };
  if (run_with_room(dims, world, options, input, inputs, dropped, go)) return std::nullopt;
  // A sample's noise is its part of the batch's.
  if (std::ranges::any_of(dropped.steps, [](const Step& step) { return is_random(step.op); })) {
    noise = batch_run();
    if (noise == nullptr) return std::nullopt;
    dropped = first_sample(input, false);
  }
  return with_and_without_batch(dropped, first_sample(input, true));
}

}  // namespace shapelint
