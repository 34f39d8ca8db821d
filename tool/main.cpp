// The program: arguments, a thread with a deep stack, one command.
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "lib/lint/deep_thread.h"
#include "tool/commands/commands.h"

namespace {

using shapelint::DeepThread;
using namespace shapelint::tool;  // NOLINT(google-build-using-namespace): this file is the program

int run(const CommandLine& line) {
  switch (line.command) {
    case Command::check: return run_check(line);
    case Command::explain: return run_explain(line);
    case Command::eval: return run_eval(line);
    case Command::rule: return run_rule(line);
    case Command::dump: return run_dump(line);
    case Command::frameworks: return run_frameworks(line);
    case Command::lsp: return run_lsp(line);
  }
  return kUsage;
}

int run_guarded(const CommandLine& line) {
  try {
    return run(line);
  } catch (const std::exception& error) {
    // Nothing of ours throws on purpose: memory ran out, or this is a bug.
    std::fprintf(stderr, "shapelint: internal error: %s\nPlease report this with the input that caused it.\n",
                 error.what());
    return 101;
  }
}

void print(const std::string& text, std::FILE* stream) { std::fwrite(text.data(), 1, text.size(), stream); }

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away (`| head`) shows as a failed write, which is quiet.
  std::signal(SIGPIPE, SIG_IGN);
  const ParsedArguments arguments = parse_arguments(argc, argv);
  print(arguments.output, stdout);
  print(arguments.error, stderr);
  if (!arguments.line) return arguments.exit_code;

  int exit_code = 0;
  const auto job = [&] { exit_code = run_guarded(*arguments.line); };
  bool is_started = false;
  {
    const DeepThread thread(job);
    is_started = thread.is_started();
  }
  if (!is_started) job();
  return exit_code;
}
