#include "lib/lint/witness.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/trace/step_keys.h"

namespace shapelint {
namespace {

// The expression of the user's whose evaluation the report is about, in the evaluation's own trace.
const ExprVerdict* expression_at(const Evaluation& proof, const Span& span) {
  const ExprVerdict* found = nullptr;
  for (const ExprVerdict& v : proof.exprs) {
    if (v.span == span) found = found == nullptr ? &v : found;
  }
  return found;
}

std::string spelled(const Trace& trace, TensorId id, const DimTable& dims) {
  return spell(trace.tensor(id).shape, dims);
}

// Is there a reduction of the whole batch behind the flagged step, so that the function returns a total anyway?
bool reduced_later(const Trace& trace, const Report& report, SymbolId batch, const DimTable& dims) {
  if (!report.step.valid()) return false;
  const TensorId flagged = trace.step(report.step).result;
  for (std::uint32_t i = report.step.index + 1; i < trace.steps.size(); ++i) {
    const Step& step = trace.steps[i];
    if (step.op == nullptr || step.op->role != OpRole::reduction || step.operands.empty()) continue;
    const auto& before = trace.tensor(step.operands[0]).shape;
    const auto& after = trace.tensor(step.result).shape;
    if (!before || !after || axes_with(*before, batch, dims).empty() || !axes_with(*after, batch, dims).empty())
      continue;
    if (trace.depends_on(step.operands[0], flagged)) return true;
  }
  return false;
}

bool same_plain_total(const Evaluation& proof) {
  return proof.totals && nearly_equal(proof.totals->mean_wrote, proof.totals->mean_per_sample);
}

// The symbol that has a size, where only one does.
std::optional<SymbolId> symbol_of_size(std::int64_t size, const Evaluation& proof, const World& world) {
  std::optional<SymbolId> found;
  for (const auto& [name, symbol] : world.symbols) {
    const auto it = proof.sizes.find(symbol);
    if (it == proof.sizes.end() || it->second != size || symbol == *world.input.batch) continue;
    if (found) return std::nullopt;
    found = symbol;
  }
  return found;
}

// The shape of the samples' own values: the batch in front, then what one sample has.
std::string joined_shape(const ArrayPtr& joined, const Evaluation& proof, const World& world, DimTable& dims) {
  if (joined == nullptr) return "";
  Shape shape;
  const auto n = proof.sizes.find(*world.input.batch);
  for (std::size_t axis = 0; axis < joined->shape.size(); ++axis) {
    const bool is_batch = axis == 0 && n != proof.sizes.end() && joined->shape[0] == n->second;
    const auto own = is_batch ? world.input.batch : symbol_of_size(joined->shape[axis], proof, world);
    shape.push_back(own ? dims.symbol(*own) : dims.number(joined->shape[axis]));
  }
  return spell(shape, dims);
}

bool rests_on_prose(const World& world) {
  return std::ranges::any_of(world.parameters, [](const WorldParameter& p) {
    return p.from == ShapeSource::docstring || p.from == ShapeSource::comment;
  });
}

std::string number(double value) { return std::isnan(value) ? "nan" : fmt::format("{:.7g}", value); }

}  // namespace

Witness make_witness(const Trace& trace, const Report& report, const Evaluation& proof, const World& world,
                     DimTable& dims) {
  Witness w;
  for (const auto& [name, symbol] : world.symbols) {
    if (const auto it = proof.sizes.find(symbol); it != proof.sizes.end()) w.sizes.emplace_back(name, it->second);
  }
  w.inputs = proof.inputs;
  w.from_user_data = proof.from_user_data;
  const Span place = report.span ? *report.span : trace.user_span(trace.step(report.step));
  if (const ExprVerdict* v = expression_at(proof, place)) {
    w.wrote = {spelled(proof.batch, v->tensor, dims), v->value};
    w.per_sample.value = v->per_sample;
  } else if (report.step.valid()) {
    const StepKeys here(trace);
    const StepKeys there(proof.batch);
    const StepId step = there.find(here.key(report.step));
    if (step.valid()) {
      const TensorId id = proof.batch.step(step).result;
      w.wrote = {spelled(proof.batch, id, dims), proof.batch.tensor(id).array};
    }
  }
  w.per_sample.shape = joined_shape(w.per_sample.value, proof, world, dims);
  if (report.step.valid()) w.lost_at = trace.step(report.step).span;
  if (proof.first_coupled) w.first_coupled = proof.exprs[*proof.first_coupled].span;
  w.returned = proof.verdict;
  w.returned_wrote = {spell(proof.shape, dims), proof.value};
  w.returned_per_sample = {joined_shape(proof.per_sample, proof, world, dims), proof.per_sample};
  w.totals = proof.totals;
  return w;
}

Severity severity_of(const Trace& trace, const Report& report, const Evaluation* proof, const World& world,
                     DimTable& dims) {
  if (report.severity) return *report.severity;
  if (!world.stated) return Severity::warning;
  // Shapes that contradict the code are its mistake where they are declared. Prose may be what is wrong.
  if (!report.needs_mixing) return !report.step.valid() && rests_on_prose(world) ? Severity::warning : Severity::error;
  if (report.contrast) return Severity::error;
  if (proof == nullptr || proof->verdict == Verdict::unknown) return Severity::warning;
  if (proof->verdict == Verdict::coupled) return Severity::error;
  // A total: wrong when its number differs, or when it should have been one value per sample.
  if (!same_plain_total(*proof)) return Severity::error;
  const bool total_is_meant = reduced_later(trace, report, *world.input.batch, dims);
  return total_is_meant || !world.called_by_framework ? Severity::warning : Severity::error;
}

std::vector<std::string> consequences(const Trace& trace, const Report& report, const Evaluation* proof,
                                      const World& world, DimTable& dims) {
  std::vector<std::string> notes;
  if (proof == nullptr || !report.step.valid() || report.severity == Severity::advice) return notes;
  if (report.contrast) {
    notes.push_back(fmt::format("on these numbers {} {}; {} it is {}",
                                report.contrast->of_means ? "its mean is" : "it gives", number(report.contrast->wrote),
                                report.otherwise, number(report.contrast->altered)));
    return notes;
  }
  if (proof->verdict == Verdict::unknown) {
    if (!proof->reason.empty()) notes.push_back(fmt::format("not evaluated: {}", proof->reason));
    return notes;
  }
  if (proof->verdict == Verdict::coupled) {
    const bool scalar = proof->shape && proof->shape->empty();
    notes.push_back(scalar ? "the number that comes back is not the mean of the samples' own losses"
                           : "every value that comes back depends on the other samples of the batch");
  }
  // What does not mix samples is wrong inside of each.
  if (!report.needs_mixing && proof->verdict != Verdict::coupled) return notes;
  if (!proof->totals || !report.samples_prove) return notes;
  const Totals& t = *proof->totals;
  if (!std::isfinite(t.mean_per_sample)) {
    notes.push_back(fmt::format("the mean over the batch is {}; a sample alone has no loss that is a number ({})",
                                number(t.mean_wrote), number(t.mean_per_sample)));
  } else if (nearly_equal(t.mean_wrote, t.mean_per_sample)) {
    notes.push_back(fmt::format("the plain mean over the batch is the same ({}), so training runs and nothing shows",
                                number(t.mean_wrote)));
  } else {
    notes.push_back(fmt::format("the mean over the batch is {} where the samples alone give {}", number(t.mean_wrote),
                                number(t.mean_per_sample)));
  }
  if (t.has_weighted && !nearly_equal(t.weighted_wrote, t.weighted_per_sample)) {
    notes.push_back(fmt::format("a weighted one is not: with `sample_weight` [{}] Keras computes {} instead of {}",
                                fmt::join(t.weights, ", "), number(t.weighted_wrote), number(t.weighted_per_sample)));
  }
  if (reduced_later(trace, report, *world.input.batch, dims) && proof->verdict != Verdict::coupled) {
    notes.push_back("a later mean over the batch hides it; without that mean, or with weights, the values are wrong");
  }
  return notes;
}

}  // namespace shapelint
