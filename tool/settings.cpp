// From the command line's `NAME=VALUE`s to the options of an analysis. What can be wrong without looking at a target is
// refused here, with the option's name and what it takes.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "lib/lint/option_values.h"
#include "lib/support/suggest.h"
#include "rules/rules.h"
#include "tool/files.h"
#include "tool/options.h"

namespace shapelint::tool {
namespace {

using Problem = ValueProblem;

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

Problem world_options(const CommandLine& line, WorldOptions& world) {
  Problem problem =
      each(line.shapes, "--shape", "NAME=\"B N\"", [&](const std::string& name, const std::string& value) -> Problem {
        world.shapes[name] = value;
        return shape_problem(value);
      });
  if (problem) return problem;
  problem =
      each(line.dtypes, "--dtype", "NAME=int64", [&](const std::string& name, const std::string& value) -> Problem {
        world.dtypes[name] = value;
        return dtype_problem(value);
      });
  if (problem) return problem;
  const auto literal = [&](std::map<std::string, std::string>& map) {
    return [&map](const std::string& name, const std::string& value) -> Problem {
      map[name] = value;
      return literal_problem(value);
    };
  };
  if ((problem = each(line.args, "--arg", "NAME=LITERAL", literal(world.args)))) return problem;
  if ((problem = each(line.init, "--init", "NAME=LITERAL", literal(world.init)))) return problem;
  problem = each(line.sizes, "--size", "SYMBOL=4", [&](const std::string& name, const std::string& value) -> Problem {
    const auto size = parse_size(value);
    if (!size) return size.error();
    world.sizes[name] = *size;
    return std::nullopt;
  });
  if (problem) return problem;
  problem = each(line.frameworks, "--framework", "keras=2",
                 [&](const std::string& name, const std::string& value) -> Problem {
                   const auto version = parse_framework_version(name, value);
                   if (!version) return version.error();
                   world.versions[name] = *version;
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
