// What real torch made of small programs (torch_*.json, see torch_recorder.py) replayed through the evaluator: shapes,
// numbers, dtypes, and which programs raise.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/trace/targets.h"
#include "lib/trace/tracer.h"
#include "tests/conformance/replay.h"

namespace shapelint {
namespace {

using nlohmann::json;
using replay::is_close;
using replay::number;

// Half precision is rounded after every op here; torch's kernels keep more digits inside a sum.
constexpr double kHalfTolerance = 2e-3;

// `def replayed(a, b)` with the statements of a record; its last line is what comes back.
std::string program_of(const std::string& program, const std::vector<std::string>& inputs) {
  std::string out = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\ndef replayed(";
  for (const std::string& name : inputs) out += name + ", ";
  out += "):\n";
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = program.find('\n', begin);
    const bool last = end == std::string::npos;
    out += std::string("    ") + (last ? "return " : "") + program.substr(begin, end - begin) + "\n";
    if (last) return out;
    begin = end + 1;
  }
}

// The inputs of the pool that a program names.
std::vector<std::string> inputs_of(const std::string& program, const json& pool) {
  static const std::regex word("[A-Za-z_][A-Za-z_0-9]*");
  std::set<std::string> names;
  for (std::sregex_iterator it(program.begin(), program.end(), word), end; it != end; ++it) {
    if (pool.contains(it->str())) names.insert(it->str());
  }
  return {names.begin(), names.end()};
}

class Difference {
 public:
  Difference(const Trace& trace, const DimTable& dims) : trace_(trace), dims_(dims) {}

  std::string of(const Value& value, const json& recorded) const {
    if (const auto* u = value.as<UnknownV>()) return "unknown: " + *u->reason;
    if (recorded.is_array()) {
      const auto* t = value.as<TensorV>();
      if (t == nullptr) return "no tensor";
      const Tensor& tensor = trace_.tensor(t->id);
      const auto dtype = recorded[0].get<std::string>();
      if (dtype == "float16" || dtype == "bfloat16") return of_half(tensor, recorded);
      return replay::tensor_difference(tensor, dtype, recorded[1].get<Extents>(), recorded[2]);
    }
    if (recorded.contains("shape")) {
      const auto* t = value.as<TensorV>();
      if (t == nullptr) return "no tensor";
      const Tensor& tensor = trace_.tensor(t->id);
      if (!tensor.shape) return "no shape: " + tensor.unknown_reason;
      Extents found;
      for (const Dim dim : *tensor.shape) found.push_back(dims_.constant(dim).value_or(-1));
      if (found != recorded["shape"][1].get<Extents>())
        return fmt::format("shape {}, recorded is {}", show(found), recorded["shape"][1].dump());
      return name(tensor.dtype) == recorded["shape"][0].get<std::string>() ? "" : "another dtype";
    }
    if (recorded.contains("items")) {
      const ValueList* items = replay::items_of(value, trace_);
      const json& wanted = recorded["items"];
      if (items == nullptr) return "no sequence";
      if (items->size() != wanted.size()) return fmt::format("{} items, recorded are {}", items->size(), wanted.size());
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (const std::string why = of((*items)[i], wanted[i]); !why.empty()) return fmt::format("item {}: {}", i, why);
      }
      return "";
    }
    return of_plain(value, recorded["value"]);
  }

 private:
  std::string of_half(const Tensor& t, const json& recorded) const {
    const std::string why =
        replay::tensor_difference(t, recorded[0].get<std::string>(), recorded[1].get<Extents>(), json::array());
    if (!why.empty()) return why;
    for (std::size_t i = 0; i < recorded[2].size(); ++i) {
      const double wanted = number(recorded[2][i]);
      const double found = t.array->values[i];
      if (!is_close(found, wanted) && std::abs(found - wanted) > kHalfTolerance * std::max(1.0, std::abs(wanted)))
        return fmt::format("element {} is {:.9g}, recorded is {:.9g}", i, found, wanted);
    }
    return "";
  }

  std::string of_plain(const Value& value, const json& wanted) const {
    if (wanted.is_null()) return value.is_none() ? "" : "not None";
    if (wanted.is_string() && (value.as<StrV>() != nullptr || value.as<DTypeV>() != nullptr)) {
      const auto* text = value.as<StrV>();
      const std::string found = text != nullptr ? *text->text : std::string(name(value.as<DTypeV>()->dtype));
      return found == wanted.get<std::string>() ? "" : "the text " + found;
    }
    if (const auto* b = value.as<bool>()) {
      return wanted.is_boolean() && wanted.get<bool>() == *b ? "" : "another bool";
    }
    if (wanted.is_boolean()) return "no bool";
    if (const auto* t = value.as<TensorV>(); t != nullptr && trace_.tensor(t->id).is_number) {
      const Tensor& held = trace_.tensor(t->id);
      return held.array != nullptr && is_close(held.array->values[0], number(wanted)) ? "" : "another number";
    }
    if (const auto* i = value.as<IntV>()) {
      const auto size = dims_.constant(i->dim);
      return size && static_cast<double>(*size) == number(wanted) ? "" : "another int";
    }
    if (const auto* f = value.as<double>())
      return is_close(*f, number(wanted)) ? "" : fmt::format("the float {}, recorded is {}", *f, wanted.dump());
    return "a value of another kind";
  }

  const Trace& trace_;
  const DimTable& dims_;
};

// Replays one record; empty when it gives what was recorded.
std::string replayed(const json& record, const json& pool) {
  const auto program = record[0].get<std::string>();
  const std::vector<std::string> inputs = inputs_of(program, pool);
  SourceMap sources;
  Library library(sources);
  DimTable dims;
  const SourceId id = sources.add("replayed.py", program_of(program, inputs));
  const LoadedModule* module = library.add("replayed", id, Dialect::python);
  const auto target = find_target(*module, "replayed");
  if (!target) return "the program does not parse";
  TraceInput input;
  input.concrete = true;
  for (const std::string& name : inputs) {
    const json& value = pool[name];
    const auto dtype = parse_dtype(value[0].get<std::string>());
    REQUIRE(dtype.has_value());
    input.parameters.push_back(replay::binding(name, *dtype, value[1], value[2], dims));
  }
  const Paths paths = Tracer(library, dims).run(*target, input);
  if (paths.traces.size() != 1) return fmt::format("{} paths", paths.traces.size());
  const Trace& trace = paths.traces[0];
  if (!trace.disagreements.empty()) {
    return fmt::format("kernel and shape rule differ at `{}`", sources.text(trace.disagreements[0]));
  }
  const json& result = record[1];
  if (result.is_object() && result.contains("raises")) {
    if (!trace.conflicts.empty()) return "";
    // What torch refuses for its dtype is an unknown that says so; an attribute that is not there is unknown.
    for (const auto& note : trace.unknowns) {
      if (note.reason.find("raises") != std::string::npos) return "";
      if (result["raises"] == "AttributeError" && note.reason.find("attribute") != std::string::npos) return "";
    }
    return fmt::format("torch raises {}, this does not", result["raises"].get<std::string>());
  }
  if (!trace.conflicts.empty()) return "fails: " + trace.conflicts[0].message;
  return Difference(trace, dims).of(trace.result, result);
}

std::vector<std::pair<std::string, json>> recordings() {
  std::vector<std::pair<std::string, json>> out;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SHAPELINT_SOURCE_DIR) + "/tests/conformance")) {
    const std::string file = entry.path().filename().string();
    if (!file.starts_with("torch_") || !file.ends_with(".json")) continue;
    std::ifstream stream(entry.path());
    REQUIRE(stream);
    json all = json::parse(stream);
    if (all.contains("records")) out.emplace_back(file, std::move(all));
  }
  std::ranges::sort(out, {}, [](const auto& one) { return one.first; });
  return out;
}

TEST_CASE("what torch gave, the definitions give") {
  std::size_t count = 0;
  for (const auto& [file, all] : recordings()) {
    for (const json& record : all["records"]) {
      ++count;
      if (const std::string why = replayed(record, all["inputs"]); !why.empty())
        FAIL_CHECK(fmt::format("{}: {}: {}", file, record[0].get<std::string>(), why));
    }
  }
  CHECK(count > 1500);
}

TEST_CASE("a record that is changed fails") {
  std::size_t tried = 0;
  for (const auto& [file, all] : recordings()) {
    const json& records = all["records"];
    for (std::size_t i = 0; i < records.size(); i += 61) {
      json wrong = records[i];
      CAPTURE(wrong[0].get<std::string>());
      json& result = wrong[1];
      if (!result.is_array()) result = {"float32", {2, 3, 5, 7}, json::array()};
      else if (result[2].empty() || !result[2][0].is_number()) result[0] = "int8";
      else result[2][0] = number(result[2][0]) * 1.01 + (number(result[2][0]) < 0 ? -0.1 : 0.1);
      ++tried;
      CHECK(!replayed(wrong, all["inputs"]).empty());
    }
  }
  CHECK(tried >= 20);
}

}  // namespace
}  // namespace shapelint
