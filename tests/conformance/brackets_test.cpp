// Replays what real NumPy and PyTorch make of x[...], read and written (brackets.json, made by record_brackets.py):
// each body is traced with the recorded inputs, and the numbers that come out are held against the library's.
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/trace/targets.h"
#include "lib/trace/tracer.h"

#ifndef SHAPELINT_SOURCE_DIR
#define SHAPELINT_SOURCE_DIR "."
#endif

namespace shapelint {
namespace {

using nlohmann::json;

Array array_of(const json& value) {
  return Array{.dtype = parse_dtype(value[0].get<std::string>()).value(),
               .shape = value[1].get<Extents>(),
               .values = value[2].get<std::vector<double>>()};
}

TEST_CASE("brackets as NumPy and PyTorch understand them") {
  std::ifstream file(SHAPELINT_SOURCE_DIR "/tests/conformance/brackets.json");
  REQUIRE(file.good());
  const json document = json::parse(file);
  std::string parameters;
  for (const auto& [name, value] : document["inputs"].items()) parameters += (parameters.empty() ? "" : ", ") + name;
  int results = 0;
  for (const json& record : document["records"]) {
    std::string text = fmt::format("import {}\ndef f({}):\n", record["l"].get<std::string>(), parameters);
    std::string body = record["p"].get<std::string>();
    for (std::size_t at = 0; (at = body.find('\n', at)) != std::string::npos; at += 5) body.replace(at, 1, "\n    ");
    text += "    " + body + "\n";
    CAPTURE(text);

    SourceMap sources;
    Library library(sources);
    DimTable dims;
    const SourceId id = sources.add("user.py", text);
    const LoadedModule* module = library.add("user", id, Dialect::python);
    const auto target = find_target(*module, "f");
    REQUIRE(target.has_value());
    TraceInput input;
    input.concrete = true;
    input.budget.forks = 0;
    for (const auto& [name, value] : document["inputs"].items()) {
      Array array = array_of(value);
      Shape shape;
      for (const std::int64_t extent : array.shape) shape.push_back(dims.number(extent));
      input.parameters.push_back(Binding{.name = name,
                                         .is_tensor = true,
                                         .shape = shape,
                                         .dtype = array.dtype,
                                         .array = std::make_shared<const Array>(std::move(array))});
    }
    const Paths paths = Tracer(library, dims).run(*target, input);
    REQUIRE(paths.traces.size() == 1);
    const Trace& trace = paths.traces[0];
    if (record.contains("e")) {
      REQUIRE(!trace.conflicts.empty());
      CHECK(trace.conflicts[0].label == record["e"].get<std::string>());
      continue;
    }
    std::string unknown;
    for (const UnknownEvent& event : trace.unknowns) unknown += event.reason + "; ";
    for (const Conflict& conflict : trace.conflicts) unknown += conflict.message + "; ";
    CAPTURE(unknown);
    CHECK(trace.conflicts.empty());
    CHECK(trace.disagreements.empty());
    const auto* tensor = trace.result.as<TensorV>();
    REQUIRE(tensor != nullptr);
    const ArrayPtr& made = trace.tensor(tensor->id).array;
    REQUIRE(made != nullptr);
    const Array expected = array_of(record["r"]);
    CHECK(made->shape == expected.shape);
    CHECK(made->values == expected.values);
    ++results;
  }
  CHECK(results > 100);
}

}  // namespace
}  // namespace shapelint
