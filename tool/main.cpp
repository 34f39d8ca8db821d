// The program: arguments, a thread with a deep stack, one command.
#include <pthread.h>

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>

#include "tool/commands/commands.h"

namespace {

using namespace shapelint::tool;  // NOLINT(google-build-using-namespace): this file is the program

// Memory is only taken as it is used. Analysis recurses with the program's nesting, which is bounded, but deep.
constexpr std::size_t kStackSize = std::size_t{256} << 20U;

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

struct Job {
  const CommandLine* line = nullptr;
  int exit_code = 0;
};

void* run_job(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  try {
    job.exit_code = run(*job.line);
  } catch (const std::exception& error) {
    // Nothing of ours throws on purpose: memory ran out, or this is a bug.
    std::fprintf(stderr, "shapelint: internal error: %s\nPlease report this with the input that caused it.\n",
                 error.what());
    job.exit_code = 101;
  }
  return nullptr;
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

  Job job{.line = &*arguments.line, .exit_code = 0};
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_t thread{};
  // Where so much address space is not to be had (`ulimit -v`), less must do.
  bool is_started = false;
  for (std::size_t size = kStackSize; size >= (std::size_t{8} << 20U) && !is_started; size /= 2)
    is_started =
        pthread_attr_setstacksize(&attributes, size) == 0 && pthread_create(&thread, &attributes, run_job, &job) == 0;
  pthread_attr_destroy(&attributes);
  if (is_started) pthread_join(thread, nullptr);
  else run_job(&job);
  return job.exit_code;
}
