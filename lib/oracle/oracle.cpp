#include "lib/oracle/oracle.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "lib/oracle/comparison.h"
#include "lib/oracle/inputs.h"
#include "lib/oracle/runs.h"
#include "lib/oracle/sides.h"
#include "lib/trace/random_keys.h"

namespace shapelint {
namespace {

// The expression that was asked about, held against what it is on each sample alone.
std::optional<ExprVerdict> judge_probe(DimTable& dims, SymbolId batch, const Trace& whole,
                                       const std::vector<Trace>& singles) {
  if (whole.probed == nullptr) return std::nullopt;
  const auto* tensor = whole.probed->value.as<TensorV>();
  if (tensor == nullptr) return std::nullopt;
  const Trace& trace = whole.probed->trace;
  std::vector<Trace> parts;
  for (const Trace& single : singles)
    if (single.probed != nullptr && single.probed->problem.empty()) parts.push_back(single.probed->trace);
  if (parts.size() < singles.size()) parts.clear();  // not every sample comes there
  ExprVerdict out{.span = trace.step_of(tensor->id).span, .frame = whole.probed->frame, .tensor = tensor->id};
  out.value = trace.tensor(tensor->id).array;
  if (parts.empty()) return out;
  const Comparison comparison(dims, batch, trace, parts);
  out.verdict = comparison.verdict(tensor->id);
  out.factor = comparison.factor(tensor->id);
  out.per_sample = comparison.per_sample(tensor->id);
  return out;
}

bool is_finite(const Trace& trace) {
  return std::ranges::all_of(tensors_in(trace.result, trace.heap), [&](TensorId id) {
    const ArrayPtr& array = trace.tensor(id).array;
    return array == nullptr || std::ranges::all_of(array->values, [](double v) { return std::isfinite(v); });
  });
}

// Numbers among which comparisons with a constant have both their sides, where the first ones had one: `state == 1`
// that selects nothing shows the formula of nothing. `all`: limits, signs and absolute values count as well, and wider
// numbers are tried.
void see_both_sides(Tracer& tracer, const Target& target, const World& world, EvaluationOptions& options,
                    TraceInput& input, Evaluation& out, bool all) {
  Sides best = sides_of(out.batch);
  const auto planted = all ? best.missing : best.unselected;
  const auto one_sided = [&](const Sides& sides) { return all ? sides.one_sided : sides.unselected.size(); };
  for (const Draw& draw :
       {Draw{.planted = planted}, Draw{.whole_targets = true, .planted = planted},
        Draw{.wide = true, .planted = planted}, Draw{.wide = true, .whole_targets = true, .planted = planted}}) {
    if (one_sided(best) == 0) break;
    if (planted.empty() && !draw.wide && !draw.whole_targets) continue;
    if (!all && draw.wide) continue;
    EvaluationOptions how = options;
    how.draw = draw;
    how.draw.seed = options.draw.seed;
    TraceInput other = input;
    std::vector<std::pair<std::string, ArrayPtr>> inputs;
    if (fill_inputs(tracer.dims(), world, how, other, inputs)) continue;
    Trace trace = run_on_numbers(tracer, target, other);
    if (!ran_through(trace) || !is_finite(trace)) continue;
    Sides sides = sides_of(trace);
    if (one_sided(sides) >= one_sided(best)) continue;
    best = std::move(sides);
    options.draw = how.draw;
    input = std::move(other);
    out.inputs = std::move(inputs);
    out.batch = std::move(trace);
  }
  out.one_sided = best.one_sided > 0;
}

// Runs share the weights of a model: those that another one holds count no more.
std::size_t held_numbers(const Trace& trace, std::set<const Array*>& counted) {
  std::size_t held = 0;
  for (const Tensor& tensor : trace.tensors) {
    if (tensor.array != nullptr && counted.insert(tensor.array.get()).second) held += tensor.array->values.size();
  }
  return held;
}

// Each sample alone, within the memory of one run; none, and the reason, where one of them does not run.
std::vector<Trace> run_samples(Tracer& tracer, const Target& target, const TraceInput& input, std::int64_t batch_size,
                               Evaluation& out) {
  DimTable& dims = tracer.dims();
  const SymbolId batch = *input.batch;
  std::size_t numbers_left = input.budget.array_elements;
  std::vector<Trace> singles;
  std::set<const Array*> counted;
  (void)held_numbers(out.batch, counted);
  for (std::int64_t sample = 0; sample < batch_size; ++sample) {
    TraceInput alone = narrow_to_sample(dims, input, batch, batch_size, sample, false);
    note_sample(alone, out.batch, batch, sample, dims);
    alone.budget.array_elements = numbers_left;
    singles.push_back(run_on_numbers(tracer, target, std::move(alone)));
    const Trace& single = singles.back();
    numbers_left -= std::min(numbers_left, held_numbers(single, counted));
    if (ran_through(single)) continue;
    out.single_failed = true;
    out.reason = "the loss of one sample alone is not defined: " +
                 (single.conflicts.empty() ? single.end_reason : single.conflicts.front().message);
    return {};
  }
  return singles;
}

// The total that Keras' training loop makes of a loss with sample weights, by Keras' own definition.
std::optional<double> weighted_total(Tracer& tracer, const TraceInput& like, const ArrayPtr& values,
                                     const std::vector<double>& weights) {
  DimTable& dims = tracer.dims();
  Array w;
  w.dtype = DType::float32;
  w.shape = {static_cast<std::int64_t>(weights.size())};
  w.values = weights;
  const auto shape_of = [&](const Array& a) {
    Shape shape;
    for (const std::int64_t extent : a.shape) shape.push_back(dims.number(extent));
    return shape;
  };
  TraceInput input;
  input.concrete = true;
  input.versions = like.versions;
  const auto weight = std::make_shared<const Array>(std::move(w));
  std::vector<Binding> arguments = {
      Binding{.name = "values", .is_tensor = true, .shape = shape_of(*values), .dtype = values->dtype, .array = values},
      Binding{.name = "sample_weight", .is_tensor = true, .shape = shape_of(*weight), .array = weight}};
  const Trace trace = tracer.call("keras.losses.reduce_weighted_values", arguments, input);
  const auto* t = trace.result.as<TensorV>();
  if (t == nullptr || !ran_through(trace)) return std::nullopt;
  const ArrayPtr& array = trace.tensor(t->id).array;
  if (array == nullptr || array->values.size() != 1) return std::nullopt;
  return array->values[0];
}

}  // namespace

std::string_view name(Verdict verdict) {
  switch (verdict) {
    case Verdict::per_sample: return "per-sample";
    case Verdict::mean: return "mean";
    case Verdict::sum: return "sum";
    case Verdict::pooled: return "pooled";
    case Verdict::independent: return "independent";
    case Verdict::coupled: return "coupled";
    case Verdict::unknown: return "unknown";
  }
  return "unknown";
}

bool nearly_equal(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-6 + 2e-5 * std::max(std::abs(a), std::abs(b));
}

double mean_of(const Array& array) {
  double sum = 0;
  for (const double v : array.values) sum += v;
  return array.values.empty() ? 0 : sum / static_cast<double>(array.values.size());
}

Evaluation evaluate(Tracer& tracer, const Target& target, const World& world, const EvaluationOptions& given) {
  Evaluation out;
  DimTable& dims = tracer.dims();
  EvaluationOptions options = given;
  TraceInput input = evaluation_input(world, options);
  const SymbolId batch = *world.input.batch;
  const auto whole = [&](const TraceInput& filled) { return run_on_numbers(tracer, target, filled); };
  if (auto error = run_with_room(dims, world, options, input, out.inputs, out.batch, whole)) {
    out.reason = *error;
    return out;
  }
  if (options.data.empty() && ran_through(out.batch))
    see_both_sides(tracer, target, world, options, input, out, options.both_sides);
  out.draw = options.draw;
  out.sizes = input.sizes;
  out.input = input;
  out.from_user_data = !options.data.empty();
  const auto batch_size = dims.evaluate(dims.symbol(batch), input.sizes).value_or(0);
  if (!ran_through(out.batch)) {
    out.reason = !out.batch.conflicts.empty()   ? out.batch.conflicts.front().message
                 : out.batch.end_reason.empty() ? "the run did not end"
                                                : out.batch.end_reason;
  }

  const bool has_batch = std::ranges::any_of(out.batch.tensors, [&](const Tensor& tensor) {
    return tensor.shape && !axes_with(*tensor.shape, batch, dims).empty();
  });
  if (!has_batch) out.sizes.erase(batch);

  std::vector<Trace> singles;
  if (!has_batch) {
    // There are no samples to be held against each other.
  } else if (out.reason.empty() && batch_size >= 1 && batch_size <= kMostSamples) {
    singles = run_samples(tracer, target, input, batch_size, out);
  } else if (out.reason.empty()) {
    out.reason =
        batch_size > kMostSamples ? "more than 64 samples: the samples are not run alone" : "there are no samples";
  }

  const Comparison comparison(dims, batch, out.batch, singles);
  if (!singles.empty()) {
    out.verdicts = comparison.verdicts();
    out.blocks = comparison.blocks();
  }
  const auto judge = [&](TensorId id) {
    return singles.empty() && has_batch ? Verdict::unknown : comparison.verdict(id);
  };
  for (const ExprEvent& event : out.batch.exprs) {
    ExprVerdict v{.span = event.span, .frame = event.frame, .tensor = event.tensor};
    v.value = out.batch.tensor(event.tensor).array;
    v.verdict = judge(event.tensor);
    v.factor = comparison.factor(event.tensor);
    if (!singles.empty()) v.per_sample = comparison.per_sample(event.tensor);
    if (v.verdict == Verdict::coupled && !out.first_coupled) out.first_coupled = out.exprs.size();
    out.exprs.push_back(std::move(v));
  }

  out.probed = judge_probe(dims, batch, out.batch, singles);

  const std::vector<TensorId> returned = tensors_in(out.batch.result, out.batch.heap);
  if (returned.empty()) {
    if (out.reason.empty()) out.reason = "the function returns no tensor that is known";
    return out;
  }
  const TensorId result = returned.front();
  out.value = out.batch.tensor(result).array;
  out.shape = out.batch.tensor(result).shape;
  out.verdict = judge(result);
  out.factor = comparison.factor(result);
  if (!singles.empty()) out.per_sample = comparison.per_sample(result);
  if (out.value != nullptr && out.per_sample != nullptr) {
    Totals totals;
    totals.mean_wrote = mean_of(*out.value);
    totals.mean_per_sample = mean_of(*out.per_sample);
    if (world.called_by_framework && out.value->rank() <= 1) {
      for (std::int64_t i = 0; i < batch_size; ++i) totals.weights.push_back(i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : 2);
      const auto wrote = weighted_total(tracer, input, out.value, totals.weights);
      const auto alone = weighted_total(tracer, input, out.per_sample, totals.weights);
      if (wrote && alone) {
        totals.has_weighted = true;
        totals.weighted_wrote = *wrote;
        totals.weighted_per_sample = *alone;
      }
    }
    out.totals = totals;
  }
  return out;
}

}  // namespace shapelint
