#include "lib/oracle/oracle.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "lib/oracle/inputs.h"
#include "lib/oracle/sides.h"
#include "lib/trace/random_keys.h"
#include "lib/trace/step_keys.h"

namespace shapelint {
namespace {

// The verdicts of every tensor of the batch run, from the runs of the samples alone.
class Comparison {
 public:
  Comparison(DimTable& dims, SymbolId batch, const Trace& whole, const std::vector<Trace>& singles)
      : dims_(dims), batch_(batch), whole_(whole), singles_(singles), keys_(whole) {
    for (const Trace& single : singles) single_keys_.emplace_back(single);
    dependent_.resize(whole.tensors.size(), false);
    verdicts_.resize(whole.tensors.size(), Verdict::unknown);
    factors_.resize(whole.tensors.size(), 1.0);
    blocks_.resize(whole.tensors.size());
    for (std::uint32_t i = 0; i < whole.tensors.size(); ++i) judge(TensorId{i});
  }

  Verdict verdict(TensorId id) const { return verdicts_[id.index]; }
  double factor(TensorId id) const { return factors_[id.index]; }
  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  const std::vector<std::vector<std::int64_t>>& blocks() const { return blocks_; }

  // The single values of a tensor joined: along its batch axis, or along a new one in front where it has none.
  ArrayPtr per_sample(TensorId id) const {
    const auto parts = single_values(id);
    if (parts.empty()) return nullptr;
    const auto axes = whole_.tensor(id).shape ? axes_with(*whole_.tensor(id).shape, batch_, dims_) : std::vector<int>{};
    const std::size_t axis = axes.size() == 1 ? static_cast<std::size_t>(axes[0]) : 0;
    const bool stack = parts[0]->rank() == 0 || axes.empty();
    return join(parts, axis, stack);
  }

 private:
  std::vector<ArrayPtr> single_values(TensorId id) const {
    std::vector<ArrayPtr> out;
    const auto varying = varying_axis(id);
    const StepId step = whole_.tensor(id).step;
    for (std::size_t i = 0; i < singles_.size(); ++i) {
      const StepId other = single_keys_[i].find(keys_.key(step));
      if (!other.valid()) return {};
      ArrayPtr array = singles_[i].tensor(singles_[i].step(other).result).array;
      if (array == nullptr || (!out.empty() && !alike(array->shape, out[0]->shape, varying))) return {};
      out.push_back(std::move(array));
    }
    return out;
  }

  static bool alike(Extents a, const Extents& b, std::optional<std::size_t> varying) {
    if (varying && *varying < a.size() && a.size() == b.size()) a[*varying] = b[*varying];
    return a == b;
  }

  /// The axis that counts samples, when values decide how many elements a sample has there (`x[mask]`): then the
  /// samples differ in it.
  std::optional<std::size_t> varying_axis(TensorId id) const {
    const auto& shape = whole_.tensor(id).shape;
    if (!shape) return std::nullopt;
    const std::vector<int> axes = axes_with(*shape, batch_, dims_);
    if (axes.size() != 1) return std::nullopt;
    // Through provenance only: `B - 1` is the same for everybody.
    const auto axis = static_cast<std::size_t>(axes[0]);
    const auto symbols = dims_.symbols((*shape)[axis]);
    if (std::ranges::find(symbols, batch_) != symbols.end()) return std::nullopt;
    return axis;
  }

  static ArrayPtr join(const std::vector<ArrayPtr>& parts, std::size_t axis, bool stack) {
    Array out;
    out.dtype = parts[0]->dtype;
    out.shape = parts[0]->shape;
    if (stack) out.shape.insert(out.shape.begin(), 1);
    if (stack) axis = 0;
    if (axis >= out.shape.size()) return nullptr;
    std::size_t outer = 1;
    for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(out.shape[i]);
    for (std::size_t o = 0; o < outer; ++o) {
      for (const ArrayPtr& part : parts) {
        const auto inner = static_cast<std::ptrdiff_t>(part->values.size() / outer);
        const auto begin = part->values.begin() + static_cast<std::ptrdiff_t>(o) * inner;
        out.values.insert(out.values.end(), begin, begin + inner);
      }
    }
    out.shape[axis] = 0;
    for (const ArrayPtr& part : parts) out.shape[axis] += stack ? 1 : part->shape[axis];
    return std::make_shared<const Array>(std::move(out));
  }

  // The samples' own values in blocks of `block` along the axis: element `outer*n*block + i*block + inner` belongs to
  // sample i. One block per sample is the concatenation, blocks of 1 have the batch running fastest.
  static bool in_blocks(const Array& whole, const std::vector<ArrayPtr>& parts, std::size_t axis, std::int64_t block) {
    const auto n = static_cast<std::int64_t>(parts.size());
    std::int64_t behind = 1;
    for (std::size_t i = axis + 1; i < whole.shape.size(); ++i) behind *= whole.shape[i];
    const std::int64_t each = parts[0]->shape[axis];
    for (std::size_t at = 0; at < whole.values.size(); ++at) {
      const std::int64_t flat = static_cast<std::int64_t>(at);
      const std::int64_t along = flat / behind % whole.shape[axis];
      const std::int64_t before = flat / behind / whole.shape[axis];
      const auto& part = parts[static_cast<std::size_t>(along / block % n)];
      const std::int64_t own = along / block / n * block + along % block;
      const std::int64_t source = (before * each + own) * behind + flat % behind;
      if (!nearly_equal(whole.values[at], part->values[static_cast<std::size_t>(source)])) return false;
    }
    return true;
  }

  // Every block length by which the values are those of the samples.
  static std::vector<std::int64_t> blocks_of(const Array& whole, const std::vector<ArrayPtr>& parts, std::size_t axis) {
    std::vector<std::int64_t> out;
    const auto n = static_cast<std::int64_t>(parts.size());
    if (parts[0]->shape.size() != whole.shape.size() || whole.shape[axis] != parts[0]->shape[axis] * n) return out;
    for (std::size_t i = 0; i < whole.shape.size(); ++i) {
      if (i != axis && whole.shape[i] != parts[0]->shape[i]) return out;
    }
    const std::int64_t each = parts[0]->shape[axis];
    for (std::int64_t block = each; block >= 1; --block) {
      if (each % block == 0 && in_blocks(whole, parts, axis, block)) out.push_back(block);
    }
    return out;
  }

  void judge(TensorId id) {
    const Tensor& tensor = whole_.tensor(id);
    const Step& step = whole_.step(tensor.step);
    bool depends = false;
    if (step.kind == StepKind::parameter) {
      depends = tensor.shape && !axes_with(*tensor.shape, batch_, dims_).empty();
    }
    for (const TensorId operand : step.operands) depends = depends || (operand < id && dependent_[operand.index]);
    dependent_[id.index] = depends;
    if (!depends) {
      verdicts_[id.index] = Verdict::independent;
      return;
    }
    if (tensor.array == nullptr || !tensor.shape || step.in_batch_loop) return;
    const auto parts = single_values(id);
    if (parts.empty()) return;
    verdicts_[id.index] = compare(id, *tensor.array, *tensor.shape, parts);
  }

  Verdict compare(TensorId id, const Array& value, const Shape& shape, const std::vector<ArrayPtr>& parts) {
    const std::vector<int> axes = axes_with(shape, batch_, dims_);
    if (!axes.empty()) {
      const auto axis = static_cast<std::size_t>(axes[0]);
      if (axes.size() == 1 && varying_axis(id)) return compare_counted(id, value, parts, axis);
      if (axes.size() > 1 || !dims_.is_multiple_of(shape[axis], batch_)) return Verdict::coupled;
      if (value.values.empty()) return Verdict::per_sample;
      blocks_[id.index] = blocks_of(value, parts, axis);
      return blocks_[id.index].empty() ? Verdict::coupled : Verdict::per_sample;
    }
    if (parts[0]->shape == value.shape) {
      const auto n = static_cast<double>(parts.size());
      bool is_mean = true;
      bool is_sum = true;
      std::optional<double> ratio;
      bool constant_ratio = value.values.size() >= 2;
      for (std::size_t at = 0; at < value.values.size(); ++at) {
        double sum = 0;
        for (const ArrayPtr& part : parts) sum += part->values[at];
        is_mean = is_mean && nearly_equal(value.values[at], sum / n);
        is_sum = is_sum && nearly_equal(value.values[at], sum);
        if (sum == 0) {
          constant_ratio = constant_ratio && value.values[at] == 0;
        } else {
          const double r = value.values[at] / (sum / n);
          constant_ratio = constant_ratio && (!ratio || nearly_equal(*ratio, r));
          if (!ratio) ratio = r;
        }
      }
      if (is_mean && !(is_sum && n > 1 && value.values.empty())) return Verdict::mean;
      if (is_sum) return Verdict::sum;
      if (constant_ratio && ratio) {
        factors_[id.index] = *ratio;
        return Verdict::mean;
      }
    }
    // Computed from values that already lost the batch (or never had it).
    const Step& step = whole_.step_of(id);
    const bool from_pooled = !step.operands.empty() && std::ranges::all_of(step.operands, [&](TensorId operand) {
      const Verdict v = verdicts_[operand.index];
      return v == Verdict::mean || v == Verdict::sum || v == Verdict::independent || v == Verdict::pooled;
    });
    return from_pooled || pools_counted(id, value, parts) ? Verdict::pooled : Verdict::coupled;
  }

  // An axis on which the samples differ in length.
  Verdict compare_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts, std::size_t axis) const {
    const ArrayPtr joined = parts[0]->shape.size() == value.shape.size() ? join(parts, axis, false) : nullptr;
    if (joined != nullptr && joined->shape == value.shape &&
        std::ranges::equal(joined->values, value.values, nearly_equal)) {
      return Verdict::per_sample;
    }
    // What was selected may stand in another order than sample by sample, and coordinates count from the first sample:
    // that mixes nothing, but it cannot be held against the samples.
    const Step& step = whole_.step_of(id);
    const bool arranged = step.op == nullptr || step.op->role == OpRole::movement;
    return arranged || from_unknown(id) ? Verdict::unknown : Verdict::coupled;
  }

  bool from_unknown(TensorId id) const {
    return std::ranges::any_of(whole_.step_of(id).operands, [&](TensorId operand) {
      return dependent_[operand.index] && verdicts_[operand.index] == Verdict::unknown;
    });
  }

  // A mean over what a mask selected is the samples' sum by their count.
  bool pools_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts) const {
    const Step& step = whole_.step_of(id);
    if (step.op == nullptr || step.op->role != OpRole::reduction || step.operands.empty()) return false;
    if (!varying_axis(step.operands[0])) return false;
    const auto selected = single_values(step.operands[0]);
    if (selected.size() != parts.size() || parts[0]->shape != value.shape) return false;
    for (std::size_t at = 0; at < value.values.size(); ++at) {
      double sum = 0;
      double count = 0;
      for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto weight = static_cast<double>(selected[i]->values.size());
        if (weight > 0) sum += weight * parts[i]->values[at];
        count += weight;
      }
      if (!nearly_equal(value.values[at], sum / count)) return false;
    }
    return true;
  }

  DimTable& dims_;
  SymbolId batch_;
  const Trace& whole_;
  const std::vector<Trace>& singles_;
  StepKeys keys_;
  std::vector<StepKeys> single_keys_;
  std::vector<bool> dependent_;
  std::vector<Verdict> verdicts_;
  std::vector<double> factors_;
  std::vector<std::vector<std::int64_t>> blocks_;
};

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

double mean_of(const Array& array) {
  double sum = 0;
  for (const double v : array.values) sum += v;
  return array.values.empty() ? 0 : sum / static_cast<double>(array.values.size());
}

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

constexpr std::int64_t kMostSamples = 64;  // that are run alone; the reason says so
bool is_finite(const Trace& trace) {
  return std::ranges::all_of(tensors_in(trace.result, trace.heap), [&](TensorId id) {
    const ArrayPtr& array = trace.tensor(id).array;
    return array == nullptr || std::ranges::all_of(array->values, [](double v) { return std::isfinite(v); });
  });
}

// Other numbers in the place of the first ones, where comparisons, masks and limits see more of both their sides.
void see_both_sides(Tracer& tracer, const Target& target, const World& world, EvaluationOptions& options,
                    TraceInput& input, Evaluation& out) {
  Sides best = sides_of(out.batch);
  const auto planted = best.missing;
  for (const Draw& draw :
       {Draw{.planted = planted}, Draw{.whole_targets = true, .planted = planted},
        Draw{.wide = true, .planted = planted}, Draw{.wide = true, .whole_targets = true, .planted = planted}}) {
    if (best.one_sided == 0) break;
    if (planted.empty() && !draw.wide && !draw.whole_targets) continue;
    EvaluationOptions how = options;
    how.draw = draw;
    how.draw.seed = options.draw.seed;
    TraceInput other = input;
    std::vector<std::pair<std::string, ArrayPtr>> inputs;
    if (fill_inputs(tracer.dims(), world, how, other, inputs)) continue;
    Trace trace = run_on_numbers(tracer, target, other);
    if (!ran_through(trace) || !is_finite(trace)) continue;
    Sides sides = sides_of(trace);
    if (sides.one_sided >= best.one_sided) continue;
    best = std::move(sides);
    options.draw = how.draw;
    input = std::move(other);
    out.inputs = std::move(inputs);
    out.batch = std::move(trace);
  }
  out.one_sided = best.one_sided > 0;
}

std::size_t held_numbers(const Trace& trace) {
  std::size_t held = 0;
  for (const Tensor& tensor : trace.tensors) held += tensor.array != nullptr ? tensor.array->values.size() : 0;
  return held;
}

// Each sample alone, within the memory of one run; none, and the reason, where one of them does not run.
std::vector<Trace> run_samples(Tracer& tracer, const Target& target, const TraceInput& input, std::int64_t batch_size,
                               Evaluation& out) {
  DimTable& dims = tracer.dims();
  const SymbolId batch = *input.batch;
  std::size_t numbers_left = input.budget.array_elements;
  std::vector<Trace> singles;
  for (std::int64_t sample = 0; sample < batch_size; ++sample) {
    TraceInput alone = narrow_to_sample(dims, input, batch, batch_size, sample, false);
    note_sample(alone, out.batch, batch, sample, dims);
    alone.budget.array_elements = numbers_left;
    singles.push_back(run_on_numbers(tracer, target, std::move(alone)));
    const Trace& single = singles.back();
    numbers_left -= std::min(numbers_left, held_numbers(single));
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

TraceInput evaluation_input(const World& world, const EvaluationOptions& options) {
  TraceInput input = world.input;
  input.conditions = options.conditions;
  // One half for the batch, the other for all samples alone: they are compared, so all are held at once.
  input.budget.array_elements /= 2;
  return input;
}

// Fills the inputs and runs the code on them. Sizes are what the user said, what data says, and primes for the rest;
// code that needs more room (an index beyond a small size) gets it in a second and third try.
template <class Go>
std::optional<std::string> run_with_room(const DimTable& dims, const World& world, EvaluationOptions& options,
                                         TraceInput& input, std::vector<std::pair<std::string, ArrayPtr>>& inputs,
                                         Trace& made, Go go) {
  constexpr int kTries = 4;
  constexpr std::size_t kEnoughNumbers = 4000;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    input.sizes = choose_sizes(dims, world, options, attempt);
    if (auto error = fill_inputs(dims, world, options, input, inputs)) return error;
    made = go(input);
    if (options.labels.empty()) {
      options.labels = labels_in(made);
      if (!options.labels.empty()) {
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

Trace run_on_numbers(Tracer& tracer, const Target& target, TraceInput input) {
  input.concrete = true;
  input.budget.forks = 0;
  Paths paths = tracer.run(target, input);
  return std::move(paths.traces.front());
}

bool ran_through(const Trace& trace) { return trace.end == PathEnd::returned && trace.conflicts.empty(); }

bool nearly_equal(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return std::abs(a - b) <= 1e-6 + 2e-5 * std::max(std::abs(a), std::abs(b));
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
  if (options.both_sides && options.data.empty() && ran_through(out.batch))
    see_both_sides(tracer, target, world, options, input, out);
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
