#include "lib/lint/config.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "lib/lint/option_values.h"
#include "lib/support/suggest.h"

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace shapelint {
namespace {

using Problem = std::optional<std::string>;

// One key of a table: what it takes, and how it is kept.
struct Key {
  std::string_view name;
  std::function<Problem(const toml::node&)> take;
};

class Reader {
 public:
  Reader(Config& config, std::string path) : config_(config), path_(std::move(path)) {}

  Problem read(const toml::table& table) {
    const std::array keys = {
        Key{"select", [&](const toml::node& n) { return strings(n, config_.select.emplace()); }},
        Key{"ignore", [&](const toml::node& n) { return strings(n, config_.ignore); }},
        Key{"extend-select", [&](const toml::node& n) { return strings(n, config_.extend_select); }},
        Key{"error", [&](const toml::node& n) { return strings(n, config_.error); }},
        Key{"warn", [&](const toml::node& n) { return strings(n, config_.warn); }},
        Key{"exclude", [&](const toml::node& n) { return strings(n, config_.exclude); }},
        Key{"pedantic", [&](const toml::node& n) { return flag(n, config_.pedantic); }},
        Key{"min-severity", [&](const toml::node& n) { return severity(n); }},
        Key{"frameworks", [&](const toml::node& n) { return frameworks(n); }},
        Key{"batch", [&](const toml::node& n) { return text(n, config_.batch.emplace()); }},
        Key{"sizes", [&](const toml::node& n) { return sizes(n, config_.sizes); }},
        Key{"shapes", [&](const toml::node& n) { return texts(n, config_.shapes, shape_problem); }},
        Key{"targets", [&](const toml::node& n) { return targets(n); }},
        Key{"definitions", [&](const toml::node& n) { return definitions(n); }},
    };
    return each_key(table, keys);
  }

 private:
  std::string at(const toml::node& node, std::string_view what) const {
    return fmt::format("{}:{}: {}", path_, node.source().begin.line, what);
  }

  template <class Keys>
  Problem each_key(const toml::table& table, const Keys& keys) {
    for (const auto& [name, node] : table) {
      const auto key = std::ranges::find(keys, name.str(), &Key::name);
      if (key == keys.end()) {
        std::vector<std::string> known;
        for (const Key& one : keys) known.emplace_back(one.name);
        return at(node, fmt::format("unknown key '{}'{}", name.str(), did_you_mean(name.str(), known)));
      }
      if (Problem problem = key->take(node)) return problem;
    }
    return std::nullopt;
  }

  Problem text(const toml::node& node, std::string& out) const {
    const auto* value = node.as_string();
    if (value == nullptr) return at(node, "takes a text, like \"B N\"");
    out = value->get();
    return std::nullopt;
  }

  Problem strings(const toml::node& node, std::vector<std::string>& out) const {
    const auto* array = node.as_array();
    if (array == nullptr) return at(node, "takes a list of texts, like [\"batch-collapse\"]");
    for (const toml::node& item : *array)
      if (Problem problem = text(item, out.emplace_back())) return problem;
    return std::nullopt;
  }

  Problem flag(const toml::node& node, std::optional<bool>& out) const {
    const auto* value = node.as_boolean();
    if (value == nullptr) return at(node, "takes true or false");
    out = value->get();
    return std::nullopt;
  }

  Problem severity(const toml::node& node) {
    for (const Severity one : {Severity::error, Severity::warning, Severity::advice}) {
      if (node.value<std::string>() != std::string(name(one))) continue;
      config_.min_severity = one;
      return std::nullopt;
    }
    return at(node, "takes \"error\", \"warning\" or \"advice\"");
  }

  // A number where a text would do as well: `keras = 2`, `gamma = 2.0`.
  static std::optional<std::string> literal_of(const toml::node& node) {
    if (const auto* value = node.as_string()) return value->get();
    if (const auto* value = node.as_integer()) return fmt::format("{}", value->get());
    if (const auto* value = node.as_floating_point()) return fmt::format("{}", value->get());
    if (const auto* value = node.as_boolean()) return value->get() ? "True" : "False";
    return std::nullopt;
  }

  template <class Take>
  Problem each(const toml::node& node, std::string_view takes, const Take& take) const {
    const auto* table = node.as_table();
    if (table == nullptr) return at(node, fmt::format("takes a table, like {{ {} }}", takes));
    for (const auto& [key, value] : *table) {
      const auto literal = literal_of(value);
      if (!literal) return at(value, fmt::format("'{}' takes a text or a number, like {}", key.str(), takes));
      if (const Problem problem = take(std::string(key.str()), *literal))
        return at(value, fmt::format("'{}': {}", key.str(), *problem));
    }
    return std::nullopt;
  }

  Problem texts(const toml::node& node, std::map<std::string, std::string>& out,
                ValueProblem (*check)(std::string_view)) const {
    return each(node, "y_true = \"B N\"", [&](const std::string& key, const std::string& value) -> Problem {
      out[key] = value;
      return check(value);
    });
  }

  Problem sizes(const toml::node& node, std::map<std::string, std::int64_t>& out) const {
    return each(node, "B = 4", [&](const std::string& key, const std::string& value) -> Problem {
      const auto size = parse_size(value);
      if (!size) return size.error();
      out[key] = *size;
      return std::nullopt;
    });
  }

  Problem frameworks(const toml::node& node) {
    return each(node, "keras = 2", [&](const std::string& key, const std::string& value) -> Problem {
      const auto version = parse_framework_version(key, value);
      if (!version) return version.error();
      config_.frameworks[key] = *version;
      return std::nullopt;
    });
  }

  Problem definitions(const toml::node& node) {
    return each(node, "\"mylib.losses\" = \"shapes/mylib.loss\"",
                [&](const std::string& key, const std::string& value) -> Problem {
                  if (!value.ends_with(".loss")) return "a definition is a .loss file";
                  config_.definitions[key] = value;
                  return std::nullopt;
                });
  }

  Problem targets(const toml::node& node) {
    const auto* table = node.as_table();
    if (table == nullptr) return at(node, "takes a table per target, like [targets.\"losses.py::dice\"]");
    for (const auto& [name, value] : *table) {
      const auto* stated = value.as_table();
      if (stated == nullptr) return at(value, "takes a table, like { shapes = { y_true = \"B N\" } }");
      Config::Target target;
      const std::string_view whole = name.str();
      const std::size_t colons = whole.find("::");
      if (colons != std::string_view::npos) target.file = whole.substr(0, colons);
      target.qualname = whole.substr(colons == std::string_view::npos ? 0 : colons + 2);
      TargetStatements& out = target.stated;
      const std::array keys = {
          Key{"shapes", [&](const toml::node& n) { return texts(n, out.shapes, shape_problem); }},
          Key{"dtypes", [&](const toml::node& n) { return texts(n, out.dtypes, dtype_problem); }},
          Key{"args", [&](const toml::node& n) { return texts(n, out.args, literal_problem); }},
          Key{"init", [&](const toml::node& n) { return texts(n, out.init, literal_problem); }},
          Key{"sizes", [&](const toml::node& n) { return sizes(n, out.sizes); }},
      };
      if (Problem problem = each_key(*stated, keys)) return problem;
      config_.targets.push_back(std::move(target));
    }
    return std::nullopt;
  }

  Config& config_;
  std::string path_;
};

}  // namespace

Result<std::optional<Config>, std::string> parse_config(std::string_view text, const std::string& path,
                                                        bool is_pyproject) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) return fmt::format("{}:{}: {}", path, parsed.error().source().begin.line, parsed.error().description());
  const toml::table* table = &parsed.table();
  if (is_pyproject) {
    table = parsed.table()["tool"]["shapelint"].as_table();
    if (table == nullptr) return std::optional<Config>();
  }
  Config config;
  config.path = path;
  if (Problem problem = Reader(config, path).read(*table)) return std::move(*problem);
  return std::optional<Config>(std::move(config));
}

}  // namespace shapelint
