// The command line: what was asked, as plain values. Only options.cpp knows the library that parses it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/lint/config.h"
#include "lib/support/result.h"
#include "tool/cxx_frontend.h"

namespace shapelint::tool {

enum class Command { check, explain, eval, rule, dump, frameworks, lsp };
enum class OutputFormat { full, concise, json, json_lines, github, sarif };
enum class ColorWhen { automatic, always, never };

/// Exit codes, as ruff and ty have them.
inline constexpr int kClean = 0;
inline constexpr int kFindings = 1;
inline constexpr int kUsage = 2;  ///< usage, configuration, input that cannot be read
inline constexpr int kInternalError = 101;

struct CommandLine {
  Command command = Command::check;
  std::vector<std::string> targets;  ///< `rule` and `frameworks`: the name or prefix

  // How the target is seen; each `NAME=VALUE`.
  std::vector<std::string> shapes, dtypes, args, init, sizes, data, frameworks;
  std::string batch;
  std::string config;     ///< this file, and no other
  bool isolated = false;  ///< no configuration file

  OutputFormat format = OutputFormat::full;
  std::string output_file;
  ColorWhen color = ColorWhen::automatic;

  // check
  std::vector<std::string> select, ignore, extend_select, exclude;
  std::vector<std::string> error, warn;
  int jobs = 0;                          ///< threads; 0 for one per core
  std::optional<Severity> min_severity;  ///< none: as the configuration says
  std::string stdin_filename = "stdin.py";
  bool exit_zero = false;
  bool statistics = false;
  bool pedantic = false;
  bool quiet = false;
  bool verbose = false;

  CxxOptions cxx;  ///< how C++ is compiled

  bool interactive = false;  // explain
  bool all = false;          // rule
  std::string stage;         // dump
};

/// What the arguments ask for, or what to say instead: help and version on standard output, mistakes on standard error.
struct ParsedArguments {
  std::optional<CommandLine> line;
  int exit_code = 0;
  std::string output;
  std::string error;
};
ParsedArguments parse_arguments(int argc, const char* const* argv);

/// The options of check, explain and eval as the analysis takes them, over what a configuration says (null: nothing);
/// reads the files of `--data`. An error names the option and what it takes. Targets of the configuration are left to
/// `Configs`, which knows the file.
Result<AnalysisOptions, std::string> analysis_options(const CommandLine& line, const Config* config);

}  // namespace shapelint::tool
