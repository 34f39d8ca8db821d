#include "lib/lint/explain.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace shapelint {
namespace {
// Values share their parts, and lists may hold themselves: what is looked at is bounded.
ReturnedShape returned_shape(const Value& value, const Trace& trace, const DimTable& dims, int depth,
                             int& visits_left) {
  ReturnedShape out;
  if (depth > 16 || --visits_left < 0) return out;
  const auto add = [&](const Value& item) {
    out.parts->push_back(returned_shape(item, trace, dims, depth + 1, visits_left));
  };
  if (const auto* tensor = value.as<TensorV>()) {
    out.shape = spell(trace.tensor(tensor->id).shape, dims);
  } else if (const auto* tuple = value.as<TupleV>()) {
    out.parts.emplace();
    for (const Value& item : *tuple->items) add(item);
  } else if (const auto* list = value.as<ListV>()) {
    out.parts.emplace();
    for (const Value& item : trace.heap.read<ListData>(list->cell).items) add(item);
  } else if (const auto* dict = value.as<DictV>()) {
    out.parts.emplace();
    for (const auto& [key, item] : trace.heap.read<DictData>(dict->cell).items) add(item);
  } else if (value.as<double>() != nullptr || value.as<IntV>() != nullptr || value.as<bool>() != nullptr) {
    out.shape = "";
  } else {
    out.is_value = !value.is_none() && value.as<StrV>() == nullptr;
  }
  return out;
}
// What comes back on one path or on another: sizes that differ are not known.
void join_with(ReturnedShape& shape, const ReturnedShape& other) {
  if (shape.is_value != other.is_value) return;
  const bool has_parts = shape.parts.has_value();
  if (has_parts && other.parts && shape.parts->size() == other.parts->size()) {
    for (std::size_t i = 0; i < shape.parts->size(); ++i) join_with((*shape.parts)[i], (*other.parts)[i]);
    return;
  }
  if (has_parts || other.parts || shape.shape != other.shape) shape = {};
}

}  // namespace

Explanation explain_target(Session& session, const Target& target, const AnalysisOptions& options, bool evaluate_too) {
  Explanation out;
  out.report = check_target(session, target, options);
  if (!out.report.error.empty()) return out;
  auto world = build_world(session.tracer(), target, world_options(options, target));
  if (!world) return out;
  DimTable& dims = session.dims();
  Paths paths = session.tracer().run(target, world->input);
  // Of the paths that come to their end and compute something, the one that takes the least for granted is shown.
  const auto computes = [](const Trace& one) { return one.steps.size() > one.first_step.index; };
  const Trace* trace = &paths.traces.front();
  for (const Trace& candidate : paths.traces) {
    if (candidate.end != PathEnd::returned) continue;
    const bool is_better = computes(candidate) != computes(*trace)
                               ? computes(candidate)
                               : candidate.assumptions.size() < trace->assumptions.size();
    if (trace->end != PathEnd::returned || is_better) trace = &candidate;
  }
  const Evaluation* evaluation = nullptr;
  if (evaluate_too) {
    EvaluationOptions how;
    how.data = options.data;
    how.sizes = world_options(options, target).sizes;
    how.conditions = trace->conditions;
    how.assumptions = trace->assumptions;
    out.evaluation = evaluate(session.tracer(), target, *world, how);
    evaluation = &*out.evaluation;
  }
  // By place: a long program has as many expressions as a short one has characters.
  const auto place = [](const Span& span) { return std::array{span.source.index, span.begin, span.end}; };
  std::map<std::array<std::uint32_t, 3>, const ExprVerdict*> verdicts;
  if (evaluation != nullptr) {
    for (const ExprVerdict& v : evaluation->exprs) verdicts.emplace(place(v.span), &v);
  }
  std::set<std::array<std::uint32_t, 3>> shown_places;
  std::set<TensorId> shown_tensors;
  const auto has_batch = [&](TensorId id) {
    return trace->tensor(id).shape && !axes_with(*trace->tensor(id).shape, *world->input.batch, dims).empty();
  };
  for (const ExprEvent& event : trace->exprs) {
    if (!shown_places.insert(place(event.span)).second) continue;
    const Tensor& t = trace->tensor(event.tensor);
    ExplainedExpr shown{.span = event.span, .tensor = event.tensor, .shape = spell(t.shape, dims), .dtype = t.dtype};
    const bool made_here = shown_tensors.insert(event.tensor).second;
    shown.batch_lost = made_here && t.shape && !has_batch(event.tensor) &&
                       std::ranges::any_of(trace->step_of(event.tensor).operands, has_batch);
    if (const auto known = verdicts.find(place(event.span)); known != verdicts.end()) {
      shown.verdict = known->second->verdict;
      shown.value = known->second->value;
      shown.per_sample = known->second->per_sample;
    }
    out.exprs.push_back(std::move(shown));
  }
  const std::vector<TensorId> returned = tensors_in(trace->result, trace->heap);
  int visits_left = kReturnedVisits;
  out.returned = returned_shape(trace->result, *trace, dims, 0, visits_left);
  // Where another path of the code gives something else, it is not known what comes back.
  for (const Trace& other : paths.traces) {
    if (&other == trace || other.end != PathEnd::returned || !computes(other) ||
        other.assumptions.size() > trace->assumptions.size())
      continue;
    int others_left = kReturnedVisits;
    join_with(out.returned, returned_shape(other.result, other, dims, 0, others_left));
  }
  if (!returned.empty()) out.return_dtype = trace->tensor(returned.front()).dtype;
  for (const Assumption& a : trace->assumptions) {
    const SourceFile& file = session.sources().file(a.where.source);
    out.assumptions.push_back(fmt::format("{} == {} ({})", dims.print(a.left), dims.print(a.right),
                                          file.spell_line(file.position(a.where.begin).line)));
  }
  out.conditions = trace->conditions;
  if (trace->end != PathEnd::returned) out.end_reason = trace->end_reason;
  return out;
}

}  // namespace shapelint
