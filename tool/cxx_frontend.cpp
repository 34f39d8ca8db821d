#include "tool/cxx_frontend.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "lib/language/bundle.h"
#include "lib/language/wire.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not declared by every <unistd.h>

namespace shapelint::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxAnswer = std::size_t{1} << 30U;  ///< bytes; a program is smaller than its file times ten

// Beside this program, or where SHAPELINT_CXX says.
std::string frontend_path() {
  if (const char* given = std::getenv("SHAPELINT_CXX"); given != nullptr && *given != '\0') return given;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? "shapelint-cxx" : (self.parent_path() / "shapelint-cxx").string();
}

// $XDG_CACHE_HOME/shapelint/cxx, or below the home folder; empty when there is neither.
std::string cache_folder() {
  if (const char* cache = std::getenv("SHAPELINT_CACHE_DIR"); cache != nullptr && *cache == '/')
    return std::string(cache) + "/cxx";
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
    return std::string(cache) + "/shapelint/cxx";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.cache/shapelint/cxx";
  return "";
}

struct Outcome {
  int status = 0;  ///< as waitpid gives it
  std::string output;
  std::string error;  ///< the process could not be started or talked to
};

// Runs a program with `input` on its standard input; reads and writes at the same time, so that neither side waits.
Outcome run_process(const std::vector<std::string>& arguments, std::string_view input) {
  Outcome out;
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> answer{-1, -1};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(answer.data(), O_CLOEXEC) != 0) {
    out.error = std::strerror(errno);
    return out;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, answer[1], 1);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t child = 0;
  const int failed = posix_spawn(&child, arguments[0].c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(answer[1]);
  if (failed != 0) {
    out.error = std::strerror(failed);
    close(in[1]);
    close(answer[0]);
    return out;
  }
  fcntl(in[1], F_SETFL, O_NONBLOCK);
  std::array<char, 65536> buffer;
  bool reading = true;
  while (reading) {
    std::array<pollfd, 2> waits{pollfd{answer[0], POLLIN, 0}, pollfd{in[1], POLLOUT, 0}};
    if (poll(waits.data(), in[1] < 0 ? 1 : 2, -1) < 0 && errno != EINTR) break;
    if (in[1] >= 0 && (waits[1].revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
      const ssize_t count = write(in[1], input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
      if (input.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close(in[1]);
        in[1] = -1;
      }
    }
    if ((waits[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ssize_t count = read(answer[0], buffer.data(), buffer.size());
      if (count > 0) out.output.append(buffer.data(), static_cast<std::size_t>(count));
      reading = count > 0 || (count < 0 && errno == EINTR);
      if (out.output.size() > kMaxAnswer) {
        out.error = "its answer does not end";
        reading = false;
      }
    }
  }
  if (in[1] >= 0) close(in[1]);
  close(answer[0]);
  while (waitpid(child, &out.status, 0) < 0 && errno == EINTR) {
  }
  return out;
}

}  // namespace

bool has_cxx_frontend() { return exists(frontend_path()); }

std::string CxxProvider::run(const std::string& file, const std::string& text) {
  std::vector<std::string> arguments{frontend_path()};
  if (!exists(arguments[0]))
    return fmt::format(
        "{}: C++ is read by shapelint-cxx, which is not beside this program ({}); build it with "
        "-DSHAPELINT_CXX=ON, or say where it is in SHAPELINT_CXX",
        file, arguments[0]);
  if (!options_.build_dir.empty()) arguments.insert(arguments.end(), {"-p", options_.build_dir});
  if (const std::string cache = cache_folder(); !options_.no_cache && !cache.empty())
    arguments.insert(arguments.end(), {"--cache-dir", cache});
  if (std::getenv("SHAPELINT_CXX_NO_SHORTCUTS") != nullptr) arguments.emplace_back("--no-shortcuts");
  arguments.insert(arguments.end(), {"--stdin", file});
  if (options_.has_arguments) {
    arguments.emplace_back("--");
    arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
  }
  const Outcome outcome = run_process(arguments, text);
  if (!outcome.error.empty()) return fmt::format("{}: shapelint-cxx could not be run: {}", file, outcome.error);
  if (WIFSIGNALED(outcome.status))
    return fmt::format("{}: shapelint-cxx crashed (signal {}) on this file; please report it with the file", file,
                       WTERMSIG(outcome.status));
  if (!WIFEXITED(outcome.status) || WEXITSTATUS(outcome.status) != 0)
    return fmt::format("{}: shapelint-cxx ended with exit code {}", file, WEXITSTATUS(outcome.status));
  const auto bundle = read_bundle(outcome.output);
  if (!bundle) return fmt::format("{}: {}", file, bundle.error());
  if (!bundle->error.empty()) return bundle->error;
  if (bundle->modules.empty()) return fmt::format("{}: shapelint-cxx gave no program", file);
  file_ = file;
  text_ = text;
  notes_ = bundle->notes;
  main_ = std::string(bundle->modules[0].program);
  for (std::size_t i = 1; i < bundle->modules.size(); ++i) {
    const BundleText::Part& part = bundle->modules[i];
    parts_[part.name] = {part.file, std::string(part.program)};
  }
  return "";
}

std::optional<ModuleText> CxxProvider::find(std::string_view module) {
  const auto part = parts_.find(module);
  if (part == parts_.end()) return std::nullopt;
  auto text = read_file(part->second.file);
  if (text) make_utf8(*text);
  if (!text || !text_problem(*text).empty()) return std::nullopt;
  return ModuleText{
      .file = display_name(part->second.file), .text = std::move(*text), .is_package = false, .dialect = Dialect::cxx};
}

std::unique_ptr<ast::Module> CxxProvider::parse(std::string_view module, const SourceFile& file, SourceId id) {
  std::string_view bytes;
  if (const auto part = parts_.find(module); part != parts_.end()) {
    bytes = part->second.program;
  } else {
    // The same file with another text: a fix on trial.
    if (file.text() != text_ && !run(file_.empty() ? file.name() : file_, std::string(file.text())).empty())
      return nullptr;
    bytes = main_;
  }
  auto program = from_cbor(bytes, id);
  if (!program) return nullptr;
  program->name = std::string(module);
  // A header that changed since it was parsed must not lead to places beyond its end.
  const std::size_t size = file.text().size();
  const auto is_within = [&](const auto& node) { return node.span.end <= size; };
  if (!std::ranges::all_of(program->exprs, is_within) || !std::ranges::all_of(program->stmts, is_within) ||
      !std::ranges::all_of(program->functions, is_within) || !std::ranges::all_of(program->classes, is_within) ||
      !std::ranges::all_of(program->comments, is_within))
    return nullptr;
  return std::make_unique<ast::Module>(std::move(*program));
}

}  // namespace shapelint::tool
