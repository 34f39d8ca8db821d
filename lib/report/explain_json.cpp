// `explain` and `eval` as JSON.
#include <algorithm>
#include <string>

#include "lib/report/json.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

std::string qualname_file(const Explanation& explanation, const SourceMap& sources) {
  return sources.file(explanation.report.target.module->source).name();
}

// A spelling for a value that was only computed: that of a symbolic shape where the sizes agree, else each extent by
// the symbol whose size it is, else the number.
std::string spell_extents(const ArrayPtr& value, const Evaluation& evaluation, const DimTable& dims) {
  if (value == nullptr) return "?";
  if (evaluation.shape && evaluation.shape->size() == value->shape.size()) {
    bool agree = true;
    for (std::size_t i = 0; i < value->shape.size(); ++i)
      agree = agree && dims.evaluate((*evaluation.shape)[i], evaluation.sizes) == value->shape[i];
    if (agree) return spell(*evaluation.shape, dims);
  }
  std::string out;
  for (const std::int64_t extent : value->shape) {
    const auto symbol = std::ranges::find_if(evaluation.sizes, [&](const auto& entry) {
      return extent != 1 && entry.second == extent && !dims.is_anonymous(entry.first);
    });
    if (!out.empty()) out += ' ';
    out += symbol != evaluation.sizes.end() ? dims.name(symbol->first) : std::to_string(extent);
  }
  return out;
}

Json shape_json(const ReturnedShape& returned) {
  if (!returned.parts) return returned.is_value ? Json(returned.shape) : Json(nullptr);
  Json out = Json::array();
  for (const ReturnedShape& part : *returned.parts) out.push_back(shape_json(part));
  return out;
}

// A loss that returns None or a text returns no shape that is known.
Json return_shape(const Explanation& explanation) {
  const Json out = shape_json(explanation.returned);
  return out.is_null() ? Json("?") : out;
}

// What one output may still hold.
struct Room {
  int visits = kReturnedVisits;
  std::size_t numbers = kMaxNumbers;
};

// The values of all that comes back, in the form of its shapes, and bounded like them.
Json value_json(const Value& value, const Trace& trace, int depth, Room& left) {
  if (depth > 16 || --left.visits < 0) return nullptr;
  if (const auto* tensor = value.as<TensorV>()) return array_json(trace.tensor(tensor->id).array, left.numbers);
  if (const auto* number = value.as<double>()) return number_json(*number, DType::float64);
  const ValueList* items = nullptr;
  if (const auto* tuple = value.as<TupleV>()) items = tuple->items.get();
  if (const auto* list = value.as<ListV>()) items = &trace.heap.read<ListData>(list->cell).items;
  Json out = Json::array();
  if (const auto* dict = value.as<DictV>()) {
    for (const auto& [key, item] : trace.heap.read<DictData>(dict->cell).items)
      out.push_back(value_json(item, trace, depth + 1, left));
    return out;
  }
  if (items == nullptr) return nullptr;
  for (const Value& item : *items) out.push_back(value_json(item, trace, depth + 1, left));
  return out;
}

}  // namespace

std::string explain_json(const Explanation& explanation, const SourceMap& sources) {
  const LossReport& report = explanation.report;
  Json out;
  Room left;
  out["filename"] = qualname_file(explanation, sources);
  out["function"] = report.target.qualname;
  out["params"] = Json::array();
  for (const ParameterShape& shape : report.shapes)
    out["params"].push_back({{"name", shape.name},
                             {"shape", shape.shape},
                             {"dtype", std::string(name(shape.dtype))},
                             {"from", std::string(name(shape.from))}});
  const Verdict verdict = explanation.evaluation ? explanation.evaluation->verdict : Verdict::unknown;
  out["returns"] = {{"shape", return_shape(explanation)},
                    {"dtype", std::string(name(explanation.return_dtype))},
                    {"verdict", std::string(name(verdict))}};
  out["expressions"] = Json::array();
  for (const ExplainedExpr& expr : explanation.exprs) {
    Json item = {{"range", range_json(sources, expr.span)},
                 {"text", std::string(sources.text(expr.span))},
                 {"shape", expr.shape},
                 {"dtype", std::string(name(expr.dtype))}};
    if (expr.span.source != report.target.module->source) item["filename"] = sources.file(expr.span.source).name();
    if (expr.value != nullptr) item["value"] = array_json(expr.value, left.numbers);
    if (expr.per_sample != nullptr) item["per_sample"] = array_json(expr.per_sample, left.numbers);
    if (expr.verdict) item["verdict"] = std::string(name(*expr.verdict));
    if (expr.batch_lost) item["batch_lost"] = true;
    out["expressions"].push_back(std::move(item));
  }
  out["assumptions"] = explanation.assumptions;
  out["conditions"] = Json::array();
  for (const PathCondition& condition : explanation.conditions)
    out["conditions"].push_back({{"range", range_json(sources, condition.span)},
                                 {"text", std::string(sources.text(condition.span))},
                                 {"taken", condition.taken}});
  out["unknown"] = Json::array();
  for (const UnknownPlace& unknown : report.unknown)
    out["unknown"].push_back({{"range", range_json(sources, unknown.span)}, {"reason", unknown.reason}});
  out["findings"] = Json::array();
  for (const Finding& finding : report.findings) out["findings"].push_back(finding_json(finding, sources));
  return pretty(out) + "\n";
}

std::string eval_json(const Explanation& explanation, const std::vector<ExampleResult>& examples,
                      const SourceMap& sources, const DimTable& dims) {
  Json out;
  Room left;
  out["filename"] = qualname_file(explanation, sources);
  out["function"] = explanation.report.target.qualname;
  const Evaluation empty;
  const Evaluation& evaluation = explanation.evaluation ? *explanation.evaluation : empty;
  out["sizes"] = Json::object();
  for (const auto& [symbol, size] : evaluation.sizes)
    if (!dims.is_anonymous(symbol)) out["sizes"][dims.name(symbol)] = size;
  out["inputs"] = Json::object();
  for (const auto& [name_of, array] : evaluation.inputs) out["inputs"][name_of] = array_json(array, left.numbers);
  out["from_user_data"] = evaluation.from_user_data;
  out["returns"] = {
      {"shape", return_shape(explanation)},
      {"value", explanation.returned.parts ? value_json(evaluation.batch.result, evaluation.batch, 0, left)
                                           : array_json(evaluation.value, left.numbers)}};
  out["per_sample"] = {{"shape", spell_extents(evaluation.per_sample, evaluation, dims)},
                       {"value", array_json(evaluation.per_sample, left.numbers)}};
  out["verdict"] = std::string(name(evaluation.verdict));
  if (!evaluation.reason.empty()) out["reason"] = evaluation.reason;
  out["totals"] = nullptr;
  if (evaluation.totals) {
    const Totals& totals = *evaluation.totals;
    const auto number = [](double value) { return number_json(value, DType::float32); };
    Json weights = Json::array();
    for (const double weight : totals.weights) weights.push_back(number(weight));
    out["totals"] = {{"mean", {{"wrote", number(totals.mean_wrote)}, {"per_sample", number(totals.mean_per_sample)}}},
                     {"weighted", nullptr}};
    if (totals.has_weighted)
      out["totals"]["weighted"] = {{"weights", std::move(weights)},
                                   {"wrote", number(totals.weighted_wrote)},
                                   {"per_sample", number(totals.weighted_per_sample)}};
  }
  out["expressions"] = Json::array();
  for (const ExprVerdict& expr : evaluation.exprs) {
    Json item = {{"range", range_json(sources, expr.span)},
                 {"text", std::string(sources.text(expr.span))},
                 {"value", array_json(expr.value, left.numbers)},
                 {"per_sample", array_json(expr.per_sample, left.numbers)},
                 {"verdict", std::string(name(expr.verdict))}};
    if (expr.span.source != explanation.report.target.module->source)
      item["filename"] = sources.file(expr.span.source).name();
    out["expressions"].push_back(std::move(item));
  }
  out["examples"] = Json::array();
  for (const ExampleResult& example : examples) {
    Json item = {{"name", example.name},
                 {"passed", example.passed},
                 {"returns", array_json(example.returns)},
                 {"expected", array_json(example.expected)}};
    if (!example.error.empty()) item["error"] = example.error;
    out["examples"].push_back(std::move(item));
  }
  return pretty(out) + "\n";
}

}  // namespace shapelint
