// `lsp`: the language server on standard input and output.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "lib/lsp/server.h"
#include "tool/commands/commands.h"
#include "tool/configs.h"
#include "tool/files.h"
#include "tool/output.h"

namespace shapelint::tool {
namespace {

namespace fs = std::filesystem;

// Configurations are read again when they may have changed; the definitions that they name are parsed anew with them.
constexpr auto kConfigAge = std::chrono::seconds(1);

class DiskFiles : public lsp::Files {
 public:
  explicit DiskFiles(const CommandLine& line) : configs_(line) {}
  std::optional<lsp::FileSettings> settings_of(const std::string& path) override {
    const auto now = std::chrono::steady_clock::now();
    if (now - read_at_ > kConfigAge) configs_.forget();
    read_at_ = now;
    auto settings = configs_.of(path);
    if (!settings) return lsp::FileSettings{.problem = settings.error()};
    return lsp::FileSettings{.options = std::move(settings->options),
                             .min_severity = settings->min_severity,
                             .frameworks = std::move(settings->frameworks)};
  }
  lsp::ModuleSpot spot_of(const std::string& path) override {
    ModulePlace place = module_place(path);
    return {.name = std::move(place.name), .is_package = place.is_package, .roots = std::move(place.roots)};
  }
  std::unique_ptr<SourceProvider> provider(std::vector<std::string> roots) override {
    return std::make_unique<FileProvider>(std::move(roots));
  }
  std::string absolute(const std::string& shown) override {
    std::error_code error;
    return fs::absolute(shown, error).lexically_normal().string();
  }

 private:
  Configs configs_;
  std::chrono::steady_clock::time_point read_at_;
};

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool is_alive(std::int64_t process) { return ::kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH; }

// The folder with `docs/rules`, when the program runs from its build folder or was installed with its pages.
std::string docs_url() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return "";
  for (const char* up : {"../..", "../share/doc/shapelint"}) {
    const fs::path folder = (program.parent_path() / up).lexically_normal();
    const fs::directory_iterator pages(folder / "docs" / "rules", error);
    if (error || pages == fs::directory_iterator()) continue;
    return lsp::uri_of_path(folder.has_filename() ? folder.string() : folder.parent_path().string());
  }
  return "";
}

}  // namespace

int run_lsp(const CommandLine& line) {
  const Output output(line);
  auto options = analysis_options(line, nullptr);
  if (!options) {
    output.error(options.error());
    return kUsage;
  }
  DiskFiles files(line);
  lsp::Server server({.analysis = std::move(*options),
                      .min_severity = line.min_severity.value_or(Severity::advice),
                      .version = SHAPELINT_VERSION,
                      .docs_url = docs_url()},
                     files, write_all);
  std::array<char, 65536> buffer{};
  bool is_watching = false;
  bool was_seen = false;
  while (!server.exit_code()) {
    pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&input, 1, 1000);
    if (ready > 0) {
      const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
      if (count > 0) server.feed({buffer.data(), static_cast<std::size_t>(count)});
      else if (count == 0 || errno != EINTR) server.end_of_input();
      continue;
    }
    // An editor that crashed may leave its end of the pipe to another process. One that was never to be seen runs in
    // another container, and is not watched.
    const auto parent = server.parent_process();
    if (!parent) continue;
    if (!is_watching) was_seen = is_alive(*parent);
    is_watching = true;
    if (was_seen && !is_alive(*parent)) server.end_of_input();
  }
  server.flush(std::chrono::seconds(1));
  // An analysis that still runs has nobody to tell its result to.
  std::_Exit(*server.exit_code());
}

}  // namespace shapelint::tool
