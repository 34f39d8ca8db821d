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

Problem state_world(const CommandLine& line, WorldOptions& world) {
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

// Chooses rules, and says which findings get another severity.
class RuleChoice {
 public:
  explicit RuleChoice(AnalysisOptions& options) : options_(options) {
    for (const Rule* rule : all_rules()) names_.emplace_back(rule->id);
  }

  Problem choose(const CommandLine& line, const Config* config) {
    const auto in_file = [&](std::string_view key) { return fmt::format("{}: {}", config->path, key); };
    Problem problem;
    if (!line.select.empty()) {
      // Who names rules on the command line means these and no others.
      problem = enable(line.select, "--select");
    } else if (config == nullptr) {
      options_.enabled.insert(names_.begin(), names_.end());
    } else {
      if (config->select) problem = enable(*config->select, in_file("select"));
      else options_.enabled.insert(names_.begin(), names_.end());
      if (!problem) problem = enable(config->extend_select, in_file("extend-select"));
      if (!problem) problem = disable(config->ignore, in_file("ignore"));
    }
    if (!problem && config != nullptr) problem = grade(config->error, in_file("error"), Severity::error);
    if (!problem && config != nullptr) problem = grade(config->warn, in_file("warn"), Severity::warning);
    if (!problem) problem = enable(line.extend_select, "--extend-select");
    if (!problem) problem = disable(line.ignore, "--ignore");
    if (!problem) problem = grade(line.error, "--error", Severity::error);
    if (!problem) problem = grade(line.warn, "--warn", Severity::warning);
    return problem;
  }

 private:
  template <class Apply>
  Problem each(const std::vector<std::string>& chosen, std::string_view where, const Apply& apply) const {
    for (const std::string& name : chosen) {
      if (name.empty()) continue;
      const bool is_all = name == "ALL" || name == "all";
      if (!is_all && std::ranges::find(names_, name) == names_.end())
        return fmt::format("{}: no rule is called '{}'{}; `shapelint rule` lists them", where, name,
                           did_you_mean(name, names_));
      for (const std::string& known : names_)
        if (is_all || known == name) apply(known);
    }
    return std::nullopt;
  }
  Problem enable(const std::vector<std::string>& chosen, std::string_view where) {
    return each(chosen, where, [&](const std::string& name) { options_.enabled.insert(name); });
  }
  Problem disable(const std::vector<std::string>& chosen, std::string_view where) {
    return each(chosen, where, [&](const std::string& name) { options_.enabled.erase(name); });
  }
  Problem grade(const std::vector<std::string>& chosen, std::string_view where, Severity severity) {
    return each(chosen, where, [&](const std::string& name) { options_.configured.severities[name] = severity; });
  }

  AnalysisOptions& options_;
  std::vector<std::string> names_;
};

// What the configuration says of the world; the command line is read after it.
void configure(const Config& config, AnalysisOptions& options) {
  options.world.versions = config.frameworks;
  options.configured.sizes = config.sizes;
  options.world.batch = config.batch;
  options.configured.shapes = config.shapes;
}

}  // namespace

Result<AnalysisOptions, std::string> analysis_options(const CommandLine& line, const Config* config) {
  AnalysisOptions options;
  options.pedantic = line.pedantic || (config != nullptr && config->pedantic.value_or(false));
  options.rules = all_rules();
  if (config != nullptr) configure(*config, options);
  if (const Problem problem = RuleChoice(options).choose(line, config)) return *problem;
  if (const Problem problem = state_world(line, options.world)) return *problem;
  if (const Problem problem = read_data(line, options)) return *problem;
  return options;
}

}  // namespace shapelint::tool
