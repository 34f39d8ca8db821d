// shapelint-cxx: reads one C++ file and writes its program, as a bundle, to standard output. `shapelint` starts it;
// people seldom do.
#include <pthread.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "lib/language/bundle.h"
#include "lib/libtorch/frontend.h"

namespace {

using shapelint::libtorch::FrontendOptions;

constexpr const char* kHelp =
    "usage: shapelint-cxx [OPTION]... FILE [-- COMPILER ARGUMENT...]\n"
    "\n"
    "  -p DIR             where compile_commands.json is (default: looked for upwards from FILE)\n"
    "  --stdin            FILE's text comes from standard input\n"
    "  --cache-dir DIR    keep precompiled prefixes there\n"
    "  --cache-limit N    bytes of all prefixes together\n"
    "  --no-shortcuts     parse every body of every header\n"
    "  --verbose          say on standard error what is done\n"
    "  --version\n";

struct Job {
  FrontendOptions options;
  std::string output;
};

void* run(void* argument) {
  Job& job = *static_cast<Job*>(argument);
  job.output = shapelint::write_bundle(shapelint::libtorch::run_frontend(job.options));
  return nullptr;
}

int usage(const std::string& problem) {
  std::fprintf(stderr, "shapelint-cxx: %s\n%s", problem.c_str(), kHelp);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  Job job;
  FrontendOptions& options = job.options;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    const auto value = [&](std::string& out) {
      if (i + 1 >= argc) return false;
      out = argv[++i];
      return true;
    };
    std::string number;
    if (arg == "--") {
      options.has_arguments = true;
      options.arguments.assign(argv + i + 1, argv + argc);
      break;
    }
    if (arg == "-p") {
      if (!value(options.build_dir)) return usage("-p takes a folder");
    } else if (arg == "--cache-dir") {
      if (!value(options.cache_dir)) return usage("--cache-dir takes a folder");
    } else if (arg == "--cache-limit") {
      if (!value(number)) return usage("--cache-limit takes a number of bytes");
      options.cache_limit = std::strtoull(number.c_str(), nullptr, 10);
    } else if (arg == "--stdin") {
      options.has_text = true;
    } else if (arg == "--no-shortcuts") {
      options.shortcuts = false;
    } else if (arg == "--verbose") {
      options.verbose = true;
    } else if (arg == "--version") {
      std::printf("shapelint-cxx " SHAPELINT_VERSION " (Clang %s)\n", shapelint::libtorch::clang_version().c_str());
      return 0;
    } else if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    } else if (arg.starts_with('-') || !options.file.empty()) {
      return usage("unexpected argument '" + arg + "'");
    } else {
      options.file = arg;
    }
  }
  if (options.file.empty()) return usage("no file is named");
  if (options.has_text) {
    char buffer[65536];
    while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stdin)) options.text.append(buffer, count);
  }
  // Parsing recurses with the nesting of the code.
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, std::size_t{256} << 20U);
  pthread_t thread{};
  if (pthread_create(&thread, &attributes, run, &job) == 0) pthread_join(thread, nullptr);
  else run(&job);
  const bool written = std::fwrite(job.output.data(), 1, job.output.size(), stdout) == job.output.size();
  return written && std::fflush(stdout) == 0 ? 0 : 1;
}
