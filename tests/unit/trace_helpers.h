// Small programs through the tracer, and their results as text: `(1, [2, x], {'k': B})`, tensors as `T(B, N)`, unknown
// values as `?reason`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "lib/shape/jaxtyping.h"
#include "lib/trace/targets.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"

namespace shapelint::test {

/// Modules from memory, packages under `name.__init__`; remembers what was asked.
class MemoryProvider : public SourceProvider {
 public:
  explicit MemoryProvider(std::map<std::string, std::string, std::less<>> modules = {})
      : modules_(std::move(modules)) {}
  std::optional<ModuleText> find(std::string_view module) override {
    asked.emplace_back(module);
    if (const auto package = modules_.find(std::string(module) + ".__init__"); package != modules_.end())
      return ModuleText{.file = package->first + ".py", .text = package->second, .is_package = true};
    const auto it = modules_.find(module);
    if (it == modules_.end()) return std::nullopt;
    return ModuleText{.file = it->first + ".py", .text = it->second};
  }
  std::vector<std::string> asked;

 private:
  std::map<std::string, std::string, std::less<>> modules_;
};

struct TraceOptions {
  std::string target = "f";
  std::map<std::string, std::string, std::less<>> modules;
  std::map<std::string, std::string> init;  ///< constructor literals
  std::map<std::string, std::string> args;  ///< literals
  Budget budget;
  std::string probe;           ///< an expression to ask about, where `f` ends ...
  std::string after;           ///< ... or after the statement with the first expression of this text ...
  std::size_t occurrence = 0;  ///< ... when it had run so many times before
  bool concrete = false;       ///< numbers are calculated where they are known
};

class Traced {
 public:
  /// Parameters as `{"x", "B N"}`; the batch is `B`.
  Traced(std::string text, const std::vector<std::pair<std::string, std::string>>& shapes = {},
         TraceOptions options = {})
      : provider(options.modules), library(sources, &provider) {
    const SourceId id = sources.add("user.py", std::move(text));
    const LoadedModule* module = library.add("user", id, Dialect::python);
    const auto target = find_target(*module, options.target);
    REQUIRE(target.has_value());
    TraceInput input;
    input.budget = options.budget;
    input.concrete = options.concrete;
    const auto symbol = [&](std::string_view name) {
      const auto it = symbols.find(name);
      if (it != symbols.end()) return dims.symbol(it->second);
      const SymbolId made = dims.declare(std::string(name));
      symbols.emplace(std::string(name), made);
      return dims.symbol(made);
    };
    symbol("B");
    for (const auto& [name, shape] : shapes) {
      const auto spec = parse_shape(shape, dims, symbol);
      REQUIRE(spec.has_value());
      input.parameters.push_back(Binding{.name = name, .is_tensor = true, .shape = spec->shape()});
    }
    for (const auto& [name, literal] : options.args)
      input.parameters.push_back(Binding{.name = name, .literal = literal});
    for (const auto& [name, literal] : options.init) input.init.push_back(Binding{.name = name, .literal = literal});
    input.batch = symbols.find("B")->second;
    for (const auto& [name, id2] : symbols) input.symbols.emplace(name, dims.symbol(id2));
    if (!options.probe.empty()) {
      Probe probe{.expression = &library.expression(options.probe), .module = module->program.get()};
      probe.function = *target->function;
      if (!options.after.empty()) {
        const auto begin = static_cast<std::uint32_t>(sources.file(id).text().find(options.after));
        probe.after = Span{id, begin, begin + static_cast<std::uint32_t>(options.after.size())};
        probe.occurrence = options.occurrence;
      }
      input.probe = probe;
    }
    paths = Tracer(library, dims).run(*target, input);
  }

  const Trace& trace(std::size_t i = 0) const {
    REQUIRE(i < paths.traces.size());
    return paths.traces[i];
  }
  std::string result(std::size_t i = 0) const { return text(trace(i).result, trace(i)); }
  std::vector<std::string> results() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < paths.traces.size(); ++i) out.push_back(result(i));
    return out;
  }
  std::vector<std::string> conflicts(std::size_t i = 0) const {
    std::vector<std::string> out;
    for (const Conflict& c : trace(i).conflicts) out.push_back(c.label);
    return out;
  }
  /// What the probe gave; "not reached" when its place was not.
  std::string probed() const {
    const auto& found = trace().probed;
    if (found == nullptr) return "not reached";
    return found->problem.empty() ? text(found->value, found->trace) : "problem: " + found->problem;
  }
  bool is_unknown(std::size_t i = 0) const { return result(i).find('?') != std::string::npos; }
  /// Every reason for something unknown, one per line.
  std::string reasons() const {
    std::string out;
    for (const Trace& t : paths.traces) {
      for (const UnknownEvent& u : t.unknowns) out += u.reason + "\n";
      out += t.end_reason + "\n";
    }
    return out;
  }

  std::string text(const Value& value, const Trace& t, int depth = 0) const {
    if (depth > 8) return "...";
    const auto joined = [&](const ValueList& items) {
      std::string out;
      for (std::size_t i = 0; i < items.size(); ++i) out += (i > 0 ? ", " : "") + text(items[i], t, depth + 1);
      return out;
    };
    if (value.is_none()) return "None";
    if (const auto* b = value.as<bool>()) return *b ? "True" : "False";
    if (const auto* i = value.as<IntV>()) return dims.print(i->dim);
    if (const auto* f = value.as<double>()) return fmt::format("{}f", *f);
    if (const auto* s = value.as<StrV>()) return "'" + *s->text + "'";
    if (const auto* tuple = value.as<TupleV>()) return "(" + joined(*tuple->items) + ")";
    if (const auto* list = value.as<ListV>()) {
      const ListData& data = t.heap.read<ListData>(list->cell);
      return "[" + joined(data.items) + "]" + (data.generic ? " * " + dims.print(*data.length) : "");
    }
    if (const auto* dict = value.as<DictV>()) {
      std::string out;
      for (const auto& [key, item] : t.heap.read<DictData>(dict->cell).items) {
        out += (out.empty() ? "" : ", ") + text(key, t, depth + 1) + ": " + text(item, t, depth + 1);
      }
      return "{" + out + "}";
    }
    if (const auto* tensor = value.as<TensorV>()) {
      const auto& shape = t.tensor(tensor->id).shape;
      return "T" + (shape ? show(*shape, dims) : "(?)");
    }
    if (const auto* u = value.as<UnknownV>()) return "?" + *u->reason;
    if (value.as<ObjectV>() != nullptr) return "object";
    if (value.as<ClassV>() != nullptr) return "class";
    if (value.as<FunctionV>() != nullptr || value.as<BoundV>() != nullptr) return "function";
    return "other";
  }

  MemoryProvider provider;
  SourceMap sources;
  Library library;
  DimTable dims;
  std::map<std::string, SymbolId, std::less<>> symbols;
  Paths paths;
};

/// The result of `f(x)` with `x` of shape (B, N) on the only path.
inline std::string result_of(const std::string& text, TraceOptions options = {}) {
  const Traced traced(text, {{"x", "B N"}}, std::move(options));
  CHECK(traced.paths.traces.size() == 1);
  return traced.result();
}

/// The same where the body is all that matters.
inline std::string body(std::string_view statements) {
  std::string text = "def f(x):\n";
  while (!statements.empty()) {
    const std::size_t end = std::min(statements.find('\n'), statements.size());
    text += "    " + std::string(statements.substr(0, end)) + "\n";
    statements.remove_prefix(std::min(end + 1, statements.size()));
  }
  return result_of(text);
}

}  // namespace shapelint::test
