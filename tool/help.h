// The texts of `--help` that people read first.
#pragma once

#include <string_view>

namespace shapelint::tool {

inline constexpr std::string_view kHelp =
    R"(shapelint finds tensor-shape bugs that run without an error: a loss that averages over
the batch, a (B,) that meets a (B, 1). It reads Python and .loss files, never runs them, and
proves what it finds with numbers.

Usage: shapelint COMMAND [OPTIONS] [ARGUMENTS]

Commands:
  check [PATH]...      find bugs in loss functions (default: the current folder)
  explain TARGET       show the shape of every expression of one loss
  eval TARGET          compute one loss on numbers, beside each sample alone
  lsp                  language server for editors, on standard input and output
  rule [NAME]          what a rule finds, with examples
  frameworks [PREFIX]  which framework functions are known
  dump TARGET          inner values, for people who work on shapelint

A PATH is a file or folder; a TARGET is losses.py::dice, losses.py::FocalLoss.call or losses.py:42.

Examples:
  shapelint check losses.py
  shapelint check losses.py::dice --shape y_true="B N" --shape y_pred="B N"
  shapelint explain losses.py::dice
  shapelint eval losses.py::dice --data batch.json
  shapelint rule batch-collapse

Exit codes: 0 clean, 1 findings, 2 wrong usage or unreadable input, 101 a bug of shapelint.
`shapelint COMMAND --help` shows the options of a command; -V, --version the version.
)";

inline constexpr std::string_view kCheckExamples = R"(Examples:
  shapelint check                                  everything below the current folder
  shapelint check losses.py --output-format json
  shapelint check losses.py::dice --shape y_true="B N" --shape y_pred="B N"
  shapelint check --select batch-collapse,outer-broadcast src/

Exit codes: 0 clean or advice only, 1 errors or warnings, 2 wrong usage or input that cannot be read
(findings in other files are still shown). A .loss file that does not parse is a finding; what does
not parse in a .py file is a warning on standard error, and the rest of the file is checked.)";

inline constexpr std::string_view kExplainExamples = R"(Examples:
  shapelint explain losses.py::dice
  shapelint explain losses.py:42 --shape y_true="B N"
  shapelint explain --interactive losses.py::dice  a prompt; `help` there lists its commands
  shapelint explain losses.py::FocalLoss --init gamma=2.0 --output-format json)";

inline constexpr std::string_view kEvalExamples = R"(Examples:
  shapelint eval losses.py::dice                   on random data, always the same
  shapelint eval losses.py::dice --data batch.json
  shapelint eval landmark.loss::landmark           runs the example(...)s of the file

Exit codes: 0, or 1 when an example(...) fails, 2 when the target cannot be read or found.)";

inline constexpr std::string_view kRuleExamples = R"(Examples:
  shapelint rule
  shapelint rule batch-collapse
  shapelint rule --all --output-format json)";

inline constexpr std::string_view kFrameworksExamples = R"(Examples:
  shapelint frameworks
  shapelint frameworks tf.keras.losses)";

inline constexpr std::string_view kLspExamples =
    R"(Editors start this; docs/editors.md has their settings. The options are those of `check`, and mean the same.

Examples:
  shapelint lsp
  shapelint lsp --ignore rank-promotion --framework keras=2)";

inline constexpr std::string_view kDumpExamples = R"(Examples:
  shapelint dump --stage program losses.py
  shapelint dump --stage trace losses.py::dice)";

}  // namespace shapelint::tool
