#include "lib/report/json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "lib/report/numbers.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

constexpr std::size_t kWidth = 100;

std::string scalar(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// On one line, with a space behind each comma and colon.
void write_compact(const Json& json, std::string& out) {
  if (!json.is_structured()) {
    out += scalar(json);
    return;
  }
  out += json.is_object() ? '{' : '[';
  bool is_first = true;
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (!is_first) out += ", ";
    is_first = false;
    if (json.is_object()) out += scalar(Json(it.key())) + ": ";
    write_compact(*it, out);
  }
  out += json.is_object() ? '}' : ']';
}

std::string compact(const Json& json) {
  std::string out;
  write_compact(json, out);
  return out;
}

bool is_numbers(const Json& json) {
  return json.is_array() &&
         std::ranges::all_of(json, [](const Json& item) { return item.is_number() || is_numbers(item); });
}

// `depth` levels of two spaces; containers that fit stay on their line.
void write(const Json& json, std::size_t depth, std::string& out) {
  if (!json.is_structured() || json.empty() || is_numbers(json)) {
    out += compact(json);
    return;
  }
  if (depth > 0) {
    std::string line = compact(json);
    if (line.size() + 2 * depth <= kWidth) {
      out += line;
      return;
    }
  }
  const std::string inner(2 * (depth + 1), ' ');
  out += json.is_object() ? "{\n" : "[\n";
  bool is_first = true;
  for (auto it = json.begin(); it != json.end(); ++it) {
    if (!is_first) out += ",\n";
    is_first = false;
    out += inner;
    if (json.is_object()) out += scalar(Json(it.key())) + ": ";
    write(*it, depth + 1, out);
  }
  out += "\n" + std::string(2 * depth, ' ') + (json.is_object() ? "}" : "]");
}

// Nested lists of `array` from `offset` on, along its axes from `axis` on.
Json nested(const Array& array, std::size_t axis, std::size_t offset, std::size_t stride) {
  if (axis == array.shape.size())
    return offset < array.values.size() ? number_json(array.values[offset], array.dtype) : Json();
  Json out = Json::array();
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(0, array.shape[axis]));
  const std::size_t step = count == 0 ? 0 : stride / count;
  for (std::size_t i = 0; i < count; ++i) out.push_back(nested(array, axis + 1, offset + i * step, step));
  return out;
}

Json value_json(const WitnessValue& value) { return {{"shape", value.shape}, {"value", array_json(value.value)}}; }

Json witness_json(const Witness& witness, const SourceMap& sources) {
  Json out;
  out["sizes"] = Json::object();
  for (const auto& [symbol, size] : witness.sizes) out["sizes"][symbol] = size;
  out["inputs"] = Json::object();
  for (const auto& [name_of, array] : witness.inputs) out["inputs"][name_of] = array_json(array);
  out["wrote"] = value_json(witness.wrote);
  out["per_sample"] = value_json(witness.per_sample);
  const auto range_or_null = [&](const std::optional<Span>& span) {
    if (!span) return Json();
    Json range = range_json(sources, *span);
    range["filename"] = sources.file(span->source).name();
    return range;
  };
  out["lost_at"] = range_or_null(witness.lost_at);
  out["first_coupled"] = range_or_null(witness.first_coupled);
  out["from_user_data"] = witness.from_user_data;
  out["returned"] = {{"verdict", std::string(name(witness.returned))},
                     {"wrote", value_json(witness.returned_wrote)},
                     {"per_sample", value_json(witness.returned_per_sample)}};
  return out;
}

Json fix_json(const Fix& fix, const SourceMap& sources) {
  Json edits = Json::array();
  for (const Edit& edit : fix.edits) edits.push_back({{"range", range_json(sources, edit.span)}, {"text", edit.text}});
  return {{"title", fix.title},
          {"applicability", std::string(name(fix.applicability))},
          {"verified", fix.verified},
          {"edits", std::move(edits)}};
}

}  // namespace

Json number_json(double value, DType dtype) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  if (dtype == DType::boolean) return value != 0;
  if (!is_float(dtype) && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return shortest(value, dtype);
}

Json array_json(const ArrayPtr& array) {
  return array == nullptr ? Json() : nested(*array, 0, 0, array->values.size());
}

Json array_json(const ArrayPtr& array, std::size_t& numbers_left) {
  if (array == nullptr || array->values.size() > numbers_left) return nullptr;
  numbers_left -= array->values.size();
  return array_json(array);
}

Json range_json(const SourceMap& sources, const Span& span) {
  const SourceFile& file = sources.file(span.source);
  const Range range = file.range(span);
  const auto [cell, line] = file.shown_line(range.start.line);
  Json out = {{"start", {{"line", line}, {"column", range.start.column}}},
              {"end", {{"line", range.end.line - range.start.line + line}, {"column", range.end.column}}}};
  if (cell != 0) out["cell"] = cell;
  return out;
}

Json finding_json(const Finding& finding, const SourceMap& sources) {
  Json out;
  out["rule"] = finding.rule;
  out["severity"] = std::string(name(finding.severity));
  out["message"] = finding.message;
  out["filename"] = sources.file(finding.span.source).name();
  out["function"] = finding.function;
  out["range"] = range_json(sources, finding.span);
  out["shapes"] = Json::object();
  out["shapes_from"] = Json::object();
  for (const ParameterShape& shape : finding.shapes) {
    out["shapes"][shape.name] = shape.shape;
    out["shapes_from"][shape.name] = std::string(name(shape.from));
  }
  out["related"] = Json::array();
  for (const Related& related : finding.related)
    out["related"].push_back({{"message", related.message},
                              {"filename", sources.file(related.span.source).name()},
                              {"range", range_json(sources, related.span)}});
  out["witness"] = finding.witness ? witness_json(*finding.witness, sources) : Json();
  out["notes"] = finding.notes;
  out["fix"] = finding.fix ? fix_json(*finding.fix, sources) : Json();
  out["url"] = finding.url;
  return out;
}

std::string pretty(const Json& json) {
  std::string out;
  write(json, 0, out);
  return out;
}

std::string json_finding(const Finding& finding, const SourceMap& sources) {
  return pretty(finding_json(finding, sources));
}

std::string json_line(const Finding& finding, const SourceMap& sources) {
  return compact(finding_json(finding, sources)) + "\n";
}

std::string json_array(const std::vector<std::string>& items) {
  if (items.empty()) return "[]\n";
  std::string out = "[\n";
  for (std::size_t i = 0; i < items.size(); ++i) {
    out += "  ";
    for (const char c : items[i]) {
      out += c;
      if (c == '\n') out += "  ";  // strings hold no raw line ends
    }
    out += i + 1 < items.size() ? ",\n" : "\n";
  }
  return out + "]\n";
}

std::string statistics_json(const CheckSummary& summary) {
  Json rules = Json::array();
  for (const auto& [rule, count] : most_frequent(summary.by_rule)) rules.push_back({{"rule", rule}, {"count", count}});
  Json reasons = Json::array();
  for (const auto& [reason, count] : most_frequent(summary.by_reason))
    reasons.push_back({{"reason", reason}, {"losses", count}});
  const Json losses = {{"found", summary.losses},
                       {"fully_tracked", summary.fully},
                       {"partly_tracked", summary.partly},
                       {"not_tracked", summary.losses - summary.fully - summary.partly},
                       {"incomplete", summary.incomplete},
                       {"training_steps",
                        {{"found", summary.steps},
                         {"fully_tracked", summary.steps_fully},
                         {"partly_tracked", summary.steps_partly},
                         {"not_tracked", summary.steps - summary.steps_fully - summary.steps_partly}}}};
  return pretty({{"rules", std::move(rules)},
                 {"losses", losses},
                 {"not_understood", std::move(reasons)},
                 {"files", summary.files},
                 {"failed", summary.failed}}) +
         "\n";
}

std::string rule_json(const std::vector<const Rule*>& rules, bool as_array) {
  Json out = Json::array();
  for (const Rule* rule : rules)
    out.push_back(
        {{"rule", std::string(rule->id)}, {"summary", std::string(rule->summary)}, {"doc", std::string(rule->doc)}});
  return pretty(as_array || out.empty() ? out : out[0]) + "\n";
}

}  // namespace shapelint
