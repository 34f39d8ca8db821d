// Recorded calls of real Keras, NumPy and JAX (see record_keras.py, record_numpy.py) replayed through the evaluator:
// shapes, numbers, dtypes, and which calls raise. Each record becomes a small program that calls the function, as a
// user would.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <string>

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

// A Python literal.
std::string literal(const json& j) {
  if (j.is_null()) return "None";
  if (j.is_boolean()) return j.get<bool>() ? "True" : "False";
  if (!j.is_array()) return j.dump();
  std::string out = "[";
  for (const json& item : j) out += literal(item) + ", ";
  return out + "]";
}

// `def replayed(...)` that calls what the record called, or the program that was run.
std::string program_of(const json& record) {
  if (record.contains("program")) return record["program"].get<std::string>();
  const auto call = record["call"].get<std::string>();
  const std::size_t dot = call.rfind('.');
  std::string parameters;
  for (const auto& [name, value] : record["inputs"].items()) parameters += (parameters.empty() ? "" : ", ") + name;
  std::string arguments;
  for (const json& item : record["positional"]) {
    if (item.is_array()) {
      arguments += "[";
      for (const json& name : item) arguments += name.get<std::string>() + ", ";
      arguments += "], ";
    } else {
      arguments += item.get<std::string>() + ", ";
    }
  }
  for (const auto& [name, value] : record["kwargs"].items()) arguments += name + "=" + literal(value) + ", ";
  if (record.contains("keywords")) {
    for (const auto& [name, value] : record["keywords"].items())
      arguments += name + "=" + value.get<std::string>() + ", ";
  }
  if (record.contains("sample_weight")) arguments += "sample_weight=sample_weight, ";
  std::string construct;
  if (record.contains("construct")) {
    construct = "(";
    for (const auto& [name, value] : record["construct"].items()) construct += name + "=" + literal(value) + ", ";
    construct += ")";
  }
  return fmt::format("from {} import {} as callee\n\ndef replayed({}):\n    return callee{}({})\n", call.substr(0, dot),
                     call.substr(dot + 1), parameters, construct, arguments);
}

Binding binding_of(const std::string& name, const json& value, DimTable& dims) {
  const auto dtype = parse_dtype(value["dtype"].get<std::string>());
  REQUIRE(dtype.has_value());
  return replay::binding(name, *dtype, value["shape"], value["data"], dims);
}

// What differs between a traced result and a recorded one; empty when nothing does.
class Difference {
 public:
  Difference(const Trace& trace, const DimTable& dims) : trace_(trace), dims_(dims) {}

  std::string of(const Value& value, const json& recorded) const {
    if (recorded.contains("tuple") || recorded.contains("list")) return of_sequence(value, recorded);
    if (!recorded.contains("data")) return of_shape(value, recorded);
    if (const auto* t = value.as<TensorV>()) {
      return replay::tensor_difference(trace_.tensor(t->id), recorded["dtype"].get<std::string>(),
                                       recorded["shape"].get<Extents>(), recorded["data"]);
    }
    const double wanted = recorded["data"].size() == 1 ? number(recorded["data"][0]) : std::nan("");
    if (const auto* i = value.as<IntV>()) {
      const auto size = dims_.constant(i->dim);
      return size && static_cast<double>(*size) == wanted ? "" : "another int";
    }
    if (const auto* f = value.as<double>())
      return is_close(*f, wanted) ? "" : fmt::format("the float {}, recorded is {}", *f, wanted);
    if (const auto* u = value.as<UnknownV>()) return "unknown: " + *u->reason;
    return "a value of another kind";
  }

 private:
  // Of what is random, or known but for its sign.
  std::string of_shape(const Value& value, const json& recorded) const {
    const auto* t = value.as<TensorV>();
    if (t == nullptr) return "no tensor";
    const Tensor& tensor = trace_.tensor(t->id);
    const auto wanted = recorded["shape"].get<Extents>();
    if (name(tensor.dtype) != recorded["dtype"].get<std::string>())
      return fmt::format("dtype {}, recorded is {}", name(tensor.dtype), recorded["dtype"].get<std::string>());
    if (!tensor.shape || tensor.shape->size() != wanted.size()) return "another rank";
    for (std::size_t axis = 0; axis < wanted.size(); ++axis) {
      if (dims_.constant((*tensor.shape)[axis]) != wanted[axis])
        return fmt::format("axis {} is not {}", axis, wanted[axis]);
    }
    return "";
  }

  std::string of_sequence(const Value& value, const json& recorded) const {
    const bool sizes = recorded.contains("tuple");
    const json& wanted = sizes ? recorded["tuple"] : recorded["list"];
    const ValueList* items = replay::items_of(value, trace_);
    if (items == nullptr) return "no sequence";
    if (items->size() != wanted.size()) return fmt::format("{} items, recorded are {}", items->size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!sizes) {
        if (const std::string why = of((*items)[i], wanted[i]); !why.empty()) return fmt::format("item {}: {}", i, why);
        continue;
      }
      const auto* size = (*items)[i].as<IntV>();
      if (size == nullptr || dims_.constant(size->dim) != wanted[i].get<std::int64_t>())
        return fmt::format("size {} differs", i);
    }
    return "";
  }

  const Trace& trace_;
  const DimTable& dims_;
};

// Replays one record; empty when it gives what was recorded.
std::string replay(const json& record) {
  SourceMap sources;
  Library library(sources);
  DimTable dims;
  const SourceId id = sources.add("replayed.py", program_of(record));
  const LoadedModule* module = library.add("replayed", id, Dialect::python);
  const auto target = find_target(*module, "replayed");
  if (!target) return "the program does not parse";
  TraceInput input;
  input.concrete = true;
  input.versions["keras"] = record["framework"] == "keras=3" ? 3 : 2;
  for (const auto& [name, value] : record["inputs"].items()) input.parameters.push_back(binding_of(name, value, dims));
  const Paths paths = Tracer(library, dims).run(*target, input);
  if (paths.traces.size() != 1) return fmt::format("{} paths", paths.traces.size());
  const Trace& trace = paths.traces[0];
  if (!trace.disagreements.empty()) {
    return fmt::format("kernel and shape rule differ at `{}`", sources.text(trace.disagreements[0]));
  }
  if (record["result"].contains("raises")) {
    return trace.conflicts.empty()
               ? fmt::format("Keras raises {}, this does not", record["result"]["raises"].get<std::string>())
               : "";
  }
  if (!trace.conflicts.empty()) return "fails: " + trace.conflicts[0].message;
  return Difference(trace, dims).of(trace.result, record["result"]);
}

json records(const std::string& name = "keras.json") {
  std::ifstream file(std::string(SHAPELINT_SOURCE_DIR) + "/tests/conformance/" + name);
  REQUIRE(file);
  return json::parse(file);
}

TEST_CASE("what Keras gave, the definitions give") {
  const json all = records();
  CHECK(all.size() > 1000);
  for (const json& record : all) {
    if (const std::string why = replay(record); !why.empty()) {
      FAIL_CHECK(fmt::format("{}: {}\n{}", record["name"].get<std::string>(), why, program_of(record)));
    }
  }
}

TEST_CASE("what NumPy, JAX, Flax, programs and models of Keras, and data sets gave, the definitions give") {
  for (const char* name : {"numpy.json", "jax.json", "flax_models.json", "keras_programs.json", "keras_models.json",
                           "data_programs.json"}) {
    const json all = records(name);
    CHECK(all.size() > 30);
    for (const json& record : all) {
      if (const std::string why = replay(record); !why.empty()) {
        FAIL_CHECK(fmt::format("{}: {}\n{}", record["name"].get<std::string>(), why, program_of(record)));
      }
    }
  }
}

TEST_CASE("a record that is changed fails") {
  const json all = records();
  std::size_t tried = 0;
  for (std::size_t i = 0; i < all.size(); i += 97) {
    json wrong = all[i];
    CAPTURE(wrong["name"].get<std::string>());
    json& result = wrong["result"];
    if (result.contains("raises")) result = {{"dtype", "float32"}, {"shape", json::array()}, {"data", {0}}};
    else if (!result.contains("data") || result["data"].empty() || !result["data"][0].is_number()) continue;
    else result["data"][0] = number(result["data"][0]) * 1.0001 + (number(result["data"][0]) < 0 ? -1e-4 : 1e-4);
    ++tried;
    CHECK(!replay(wrong).empty());
  }
  CHECK(tried >= 10);
}

}  // namespace
}  // namespace shapelint
