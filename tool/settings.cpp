// From the command line's `NAME=VALUE`s to the options of an analysis. What can be wrong without looking at a target is
// refused here, with the option's name and what it takes.
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lib/language/parser.h"
#include "lib/shape/jaxtyping.h"
#include "rules/rules.h"
#include "tool/files.h"
#include "tool/options.h"
#include "tool/suggest.h"

namespace shapelint::tool {
namespace {

using Problem = std::optional<std::string>;

std::optional<std::pair<std::string, std::string>> split(const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) return std::nullopt;
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

template <class Store>
Problem each(const std::vector<std::string>& items, std::string_view option, std::string_view takes,
             const Store& store) {
  for (const std::string& item : items) {
    const auto pair = split(item);
    if (!pair) return fmt::format("{} takes {}, not '{}'", option, takes, item);
    if (const Problem problem = store(pair->first, pair->second))
      return fmt::format("{} '{}': {}", option, item, *problem);
  }
  return std::nullopt;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Problem check_shape(const std::string& text) {
  DimTable dims;
  const auto parsed = parse_shapes(text, dims, [&](std::string_view name) { return dims.fresh(std::string(name)); });
  if (parsed) return std::nullopt;
  return fmt::format("{}\n  {}\n  {}^", parsed.error().message, text,
                     std::string(std::min(parsed.error().offset, text.size()), ' '));
}

Problem check_literal(const std::string& text) {
  constexpr std::string_view kTakes =
      "a value is a Python literal or an expression over sizes, like 2.0, \"mean\", 2*L + 1";
  if (text.empty() || text.size() > 10'000) return std::string(kTakes);
  const SourceFile file("value", text);
  const ast::Module module = parse_expression(file, SourceId{0});
  for (const ast::Issue& issue : module.issues)
    if (issue.is_error) return fmt::format("{}; {}", issue.message, kTakes);
  const bool is_expression =
      module.body.size() == 1 && std::holds_alternative<ast::ExprStmt>(module.stmt(module.body[0]).node);
  return is_expression ? std::nullopt : Problem(std::string(kTakes));
}

Problem world_options(const CommandLine& line, WorldOptions& world) {
  Problem problem =
      each(line.shapes, "--shape", "NAME=\"B N\"", [&](const std::string& name, const std::string& value) -> Problem {
        world.shapes[name] = value;
        return check_shape(value);
      });
  if (problem) return problem;
  problem =
      each(line.dtypes, "--dtype", "NAME=int64", [&](const std::string& name, const std::string& value) -> Problem {
        world.dtypes[name] = value;
        if (parse_dtype(value)) return std::nullopt;
        return "no such dtype; known are bool, uint8, int8, int16, int32, int64, bfloat16, float16, float32, float64";
      });
  if (problem) return problem;
  const auto literal = [&](std::map<std::string, std::string>& map) {
    return [&map](const std::string& name, const std::string& value) -> Problem {
      map[name] = value;
      return check_literal(value);
    };
  };
  if ((problem = each(line.args, "--arg", "NAME=LITERAL", literal(world.args)))) return problem;
  if ((problem = each(line.init, "--init", "NAME=LITERAL", literal(world.init)))) return problem;
  problem = each(line.sizes, "--size", "SYMBOL=4", [&](const std::string& name, const std::string& value) -> Problem {
    const auto size = whole_number(value);
    if (!size || *size < 1) return "a size is a whole number from 1";
    world.sizes[name] = *size;
    return std::nullopt;
  });
  if (problem) return problem;
  problem = each(line.frameworks, "--framework", "keras=2",
                 [&](const std::string& name, const std::string& value) -> Problem {
                   // `keras=2.15` means what `keras=2` means: behaviour is told apart by the major version.
                   const auto version = whole_number(value.substr(0, value.find('.')));
                   if (!is_framework_package(name)) return fmt::format("no framework '{}' is known", name);
                   if (!version || *version < 0 || *version > 1000) return "a version is a number, like 2 or 3";
                   world.versions[name] = static_cast<int>(*version);
                   return std::nullopt;
                 });
  if (!line.batch.empty()) world.batch = line.batch;
  return problem;
}

Problem read_data(const CommandLine& line, AnalysisOptions& options) {
  for (const std::string& path : line.data) {
    // Arrays are larger than source files; the readers check every length that a file claims.
    const auto bytes = read_file(path, 1'000'000'000);
    if (!bytes)
      return fmt::format("--data {}: {}{}", path, bytes.error().message,
                         exists(path) ? "" : did_you_mean(path, neighbours(path)));
    auto data = data_from_file(path, *bytes);
    if (!data) return fmt::format("--data {}: {}", path, data.error().message);
    for (auto& [name, array] : *data) options.data[name] = std::move(array);
  }
  options.world.data = options.data;
  return std::nullopt;
}

Problem choose_rules(const CommandLine& line, AnalysisOptions& options) {
  std::vector<std::string> names;
  for (const Rule* rule : all_rules()) names.emplace_back(rule->id);
  const auto apply = [&](const std::vector<std::string>& chosen, std::string_view option, bool enable) -> Problem {
    for (const std::string& name : chosen) {
      if (name.empty()) continue;
      const bool is_all = name == "ALL" || name == "all";
      if (!is_all && std::ranges::find(names, name) == names.end())
        return fmt::format("{}: no rule is called '{}'{}; `shapelint rule` lists them", option, name,
                           did_you_mean(name, names));
      for (const std::string& known : names) {
        if (!is_all && known != name) continue;
        if (enable) options.enabled.insert(known);
        else options.enabled.erase(known);
      }
    }
    return std::nullopt;
  };
  if (line.select.empty()) options.enabled.insert(names.begin(), names.end());
  if (const Problem problem = apply(line.select, "--select", true)) return problem;
  if (const Problem problem = apply(line.extend_select, "--extend-select", true)) return problem;
  return apply(line.ignore, "--ignore", false);
}

}  // namespace

Result<AnalysisOptions, std::string> analysis_options(const CommandLine& line) {
  AnalysisOptions options;
  options.pedantic = line.pedantic;
  options.rules = all_rules();
  if (const Problem problem = choose_rules(line, options)) return *problem;
  if (const Problem problem = world_options(line, options.world)) return *problem;
  if (const Problem problem = read_data(line, options)) return *problem;
  return options;
}

}  // namespace shapelint::tool
