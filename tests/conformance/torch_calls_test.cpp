// Op by op: every distinct call that public losses made, with the shape that real torch gave (torch_calls.json, see
// distill_torch_traces.py), against the shape that the definitions give without any numbers.
#include <doctest/doctest.h>

#include <fstream>
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

enum class Outcome { same, unknown, differs };
struct Compared {
  Outcome outcome = Outcome::same;
  std::string why;
};

class Comparison {
 public:
  Comparison(const Trace& trace, const DimTable& dims) : trace_(trace), dims_(dims) {}

  Compared of(const Value& value, const json& recorded) const {
    if (const auto* u = value.as<UnknownV>()) return {Outcome::unknown, *u->reason};
    if (recorded.is_array()) return of_shape(value, recorded[0]);
    if (recorded.contains("items")) {
      const ValueList* items = replay::items_of(value, trace_);
      if (items == nullptr) return {Outcome::differs, "no sequence"};
      if (items->size() != recorded["items"].size()) return {Outcome::differs, fmt::format("{} items", items->size())};
      Compared all;
      for (std::size_t i = 0; i < items->size() && all.outcome != Outcome::differs; ++i) {
        const Compared one = of((*items)[i], recorded["items"][i]);
        if (one.outcome != Outcome::same) all = one;
      }
      return all;
    }
    const auto kind = recorded["kind"].get<std::string>();
    const auto* t = value.as<TensorV>();
    const bool number = value.as<IntV>() != nullptr || value.as<double>() != nullptr ||
                        (t != nullptr && trace_.tensor(t->id).is_number);
    const bool same = (kind == "str" && value.as<StrV>() != nullptr) || (kind == "number" && number) ||
                      (kind == "bool" && value.as<bool>() != nullptr);
    return same ? Compared{} : Compared{Outcome::differs, "a value of another kind"};
  }

 private:
  Compared of_shape(const Value& value, const json& sizes) const {
    const auto* t = value.as<TensorV>();
    if (t == nullptr) return {Outcome::differs, "no tensor"};
    const Tensor& tensor = trace_.tensor(t->id);
    if (!tensor.shape) return {Outcome::unknown, tensor.unknown_reason};
    const std::string found = show(*tensor.shape, dims_);
    if (tensor.shape->size() != sizes.size()) return {Outcome::differs, found};
    Compared all;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (sizes[i].is_null()) continue;  // as many as values say
      const auto size = dims_.constant((*tensor.shape)[i]);
      if (!size) all = {Outcome::unknown, found};
      else if (*size != sizes[i].get<std::int64_t>()) return {Outcome::differs, found};
    }
    return all;
  }

  const Trace& trace_;
  const DimTable& dims_;
};

std::string program_of(const json& call) {
  std::string parameters;
  for (const auto& [name, value] : call[1].items()) parameters += name + ", ";
  std::string body;
  const auto program = call[0].get<std::string>();
  const std::size_t line = program.find('\n');
  if (line != std::string::npos) body = "    " + program.substr(0, line) + "\n";
  return fmt::format("import torch\nimport torch.nn.functional as F\n\ndef called({}):\n{}    return {}\n", parameters,
                     body, line == std::string::npos ? program : program.substr(line + 1));
}

Compared compare(const json& call) {
  SourceMap sources;
  Library library(sources);
  DimTable dims;
  const SourceId id = sources.add("called.py", program_of(call));
  const LoadedModule* module = library.add("called", id, Dialect::python);
  const auto target = find_target(*module, "called");
  if (!target) return {Outcome::differs, "the program does not parse"};
  TraceInput input;
  for (const auto& [name, value] : call[1].items()) {
    Binding made;
    made.name = name;
    made.is_tensor = true;
    made.dtype = parse_dtype(value[0].get<std::string>()).value_or(DType::float32);
    Shape shape;
    for (const json& size : value[1]) shape.push_back(dims.number(size.get<std::int64_t>()));
    made.shape = std::move(shape);
    input.parameters.push_back(std::move(made));
  }
  const Paths paths = Tracer(library, dims).run(*target, input);
  if (paths.traces.size() != 1) return {Outcome::unknown, fmt::format("{} paths", paths.traces.size())};
  const Trace& trace = paths.traces[0];
  if (!trace.conflicts.empty()) return {Outcome::differs, "fails: " + trace.conflicts[0].message};
  return Comparison(trace, dims).of(trace.result, call[2]);
}

json calls() {
  std::ifstream file(std::string(SHAPELINT_SOURCE_DIR) + "/tests/conformance/torch_calls.json");
  REQUIRE(file);
  return json::parse(file)["calls"];
}

TEST_CASE("every call of the public losses has the shape that torch gave it") {
  const json all = calls();
  REQUIRE(all.size() > 1700);
  std::vector<std::string> unknown;
  for (const json& call : all) {
    const Compared found = compare(call);
    const std::string text = fmt::format("{} {}: {}", call[0].get<std::string>(), call[1].dump(), found.why);
    if (found.outcome == Outcome::differs) FAIL_CHECK(text);
    if (found.outcome == Outcome::unknown) unknown.push_back(text);
  }
  std::string text;
  for (const std::string& one : unknown) text += one + "\n";
  INFO(text);
  CHECK(static_cast<double>(unknown.size()) < 0.02 * static_cast<double>(all.size()));
}

TEST_CASE("a call with another shape differs") {
  const json all = calls();
  std::size_t tried = 0;
  for (std::size_t i = 0; i < all.size(); i += 41) {
    json wrong = all[i];
    if (!wrong[2].is_array()) continue;
    wrong[2][0].push_back(3);
    CAPTURE(wrong[0].get<std::string>());
    ++tried;
    CHECK(compare(wrong).outcome != Outcome::same);
  }
  CHECK(tried > 30);
}

}  // namespace
}  // namespace shapelint
