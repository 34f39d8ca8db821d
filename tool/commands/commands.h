// The commands. Each runs on a thread with a deep stack and returns the exit code.
#pragma once

#include "tool/options.h"

namespace shapelint::tool {

int run_check(const CommandLine& line);
int run_explain(const CommandLine& line);
/// `explain --interactive`.
int run_interactive(const CommandLine& line, class Output& output);
int run_eval(const CommandLine& line);
int run_rule(const CommandLine& line);
int run_dump(const CommandLine& line);
int run_frameworks(const CommandLine& line);
int run_lsp(const CommandLine& line);

}  // namespace shapelint::tool
