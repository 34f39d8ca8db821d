// The configuration file: `shapelint.toml`, or `[tool.shapelint]` in `pyproject.toml`. Reading it is the tool's
// business; this is what its text means. docs/configuration.md describes the keys.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/support/result.h"

namespace shapelint {

struct Config {
  std::string path;    ///< of the file, as shown
  std::string folder;  ///< absolute; paths and patterns in the file are relative to it

  std::optional<std::vector<std::string>> select;
  std::vector<std::string> ignore, extend_select;
  std::vector<std::string> error, warn;  ///< rules whose findings get that severity
  std::vector<std::string> exclude;      ///< as in a .gitignore in `folder`
  std::optional<bool> pedantic;
  std::optional<Severity> min_severity;
  FrameworkVersions frameworks;
  std::optional<std::string> batch;
  std::map<std::string, std::int64_t> sizes;
  std::map<std::string, std::string> shapes;  ///< by parameter, of every function that has it
  struct Target {
    std::string file;  ///< relative to `folder`; empty: any
    std::string qualname;
    TargetStatements stated;
  };
  std::vector<Target> targets;
  std::map<std::string, std::string> definitions;  ///< module to `.loss` file, relative to `folder`
};

/// Reads a text. `is_pyproject`: only its table `tool.shapelint` counts; none when it has none. The error names the
/// line and what is accepted there.
Result<std::optional<Config>, std::string> parse_config(std::string_view text, const std::string& path,
                                                        bool is_pyproject);

}  // namespace shapelint
