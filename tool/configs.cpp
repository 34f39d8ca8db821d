#include "tool/configs.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "tool/files.h"

namespace shapelint::tool {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxDepth = 100;
constexpr std::string_view kOwnName = "shapelint.toml";
constexpr std::string_view kPyproject = "pyproject.toml";

std::string absolute(const std::string& path) {
  std::error_code error;
  return fs::absolute(path, error).lexically_normal().string();
}

// The `.loss` files that the configuration names, as modules.
Result<std::shared_ptr<const FrameworkStore>, std::string> definitions_of(const Config& config) {
  if (config.definitions.empty()) return std::shared_ptr<const FrameworkStore>();
  std::vector<Definition> definitions;
  for (const auto& [module, file] : config.definitions) {
    const std::string path = (fs::path(config.folder) / file).lexically_normal().string();
    auto text = read_file(path);
    if (!text) return fmt::format("{}: definitions of {}: {}: {}", config.path, module, file, text.error().message);
    if (const std::string problem = text_problem(*text); !problem.empty())
      return fmt::format("{}: definitions of {}: {}:{}", config.path, module, file, problem);
    definitions.push_back({.module = module, .path = display_name(path), .text = std::move(*text)});
  }
  return std::shared_ptr<const FrameworkStore>(std::make_shared<const FrameworkStore>(std::move(definitions)));
}

}  // namespace

Configs::Found Configs::load(const std::string& path, bool is_pyproject) const {
  Found out;
  const auto text = read_file(path);
  const std::string shown = display_name(path);
  if (!text) {
    out.error = fmt::format("{}: {}", shown, text.error().message);
    return out;
  }
  auto config = parse_config(*text, shown, is_pyproject);
  if (!config) {
    out.error = config.error();
    return out;
  }
  if (!*config) return out;
  (*config)->folder = fs::path(path).parent_path().string();
  auto frameworks = definitions_of(**config);
  if (!frameworks) out.error = frameworks.error();
  else out.frameworks = std::move(*frameworks);
  out.config = std::make_shared<const Config>(std::move(**config));
  auto options = analysis_options(line_, out.config.get());
  if (!options) out.error = options.error();
  else out.options = std::move(*options);
  return out;
}

const Configs::Found& Configs::read(const std::string& path, bool is_pyproject) {
  auto& slot = by_file_[path];
  if (slot == nullptr) slot = std::make_unique<const Found>(load(path, is_pyproject));
  return *slot;
}

// The nearest file upwards counts, whole: files are not merged.
const Configs::Found& Configs::at(const std::string& folder) {
  const std::string start = absolute(folder);
  if (const auto known = by_folder_.find(start); known != by_folder_.end()) return *known->second;
  const Found* found = nullptr;
  if (!line_.config.empty()) {
    found = &read(absolute(line_.config), line_.config.ends_with(kPyproject));
  } else if (!line_.isolated) {
    fs::path at = start;
    for (int depth = 0; depth < kMaxDepth && found == nullptr; ++depth) {
      for (const std::string_view name : {kOwnName, kPyproject}) {
        std::error_code ignored;
        const fs::path file = at / name;
        if (!fs::is_regular_file(file, ignored)) continue;
        const Found& one = read(file.string(), name == kPyproject);
        if (one.config == nullptr && one.error.empty()) continue;  // a pyproject.toml without a word about us
        found = &one;
        break;
      }
      if (!at.has_relative_path()) break;
      at = at.parent_path();
    }
  }
  if (found == nullptr) {
    auto& none = by_file_[""];
    if (none == nullptr) {
      Found made;
      auto options = analysis_options(line_, nullptr);
      if (options) made.options = std::move(*options);
      else made.error = options.error();
      none = std::make_unique<const Found>(std::move(made));
    }
    found = none.get();
  }
  by_folder_[start] = found;
  return *found;
}

Result<Settings, std::string> Configs::of(const std::string& path) {
  const std::string file = absolute(path);
  const std::lock_guard lock(mutex_);
  const Found& found = at(fs::path(file).parent_path().string());
  if (!found.error.empty()) return found.error;
  Settings out{.options = found.options, .frameworks = found.frameworks};
  if (const Config* config = found.config.get()) {
    out.min_severity = config->min_severity.value_or(Severity::advice);
    for (const Config::Target& target : config->targets) {
      if (target.file.empty() || (fs::path(config->folder) / target.file).lexically_normal() == file)
        out.options.configured.targets.emplace_back(target.qualname, target.stated);
    }
  }
  if (line_.min_severity) out.min_severity = *line_.min_severity;
  return out;
}

Result<std::shared_ptr<const Config>, std::string> Configs::nearest(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  const Found& found = at(folder);
  if (!found.error.empty()) return found.error;
  return found.config;
}

void Configs::forget() {
  const std::lock_guard lock(mutex_);
  by_folder_.clear();
  by_file_.clear();
}

Result<OpenedTarget, std::string> open_target(const CommandLine& line, SharedModules& shared) {
  shared.cxx = line.cxx;
  const Input input = parse_input(line.targets[0]);
  Configs configs(line);
  auto settings = configs.of(input.path == "-" ? line.stdin_filename : input.path);
  if (!settings) return settings.error();
  settings->options.world.single_target = true;
  auto file = load_file(input.path, line.stdin_filename, shared, settings->frameworks);
  if (!file) return file.error();
  auto target = find_input(*file, input);
  if (!target) return target.error();
  return OpenedTarget{std::move(*settings), std::move(*file), std::move(*target)};
}

}  // namespace shapelint::tool
