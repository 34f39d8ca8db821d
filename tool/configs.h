// Configuration files on disk, and the settings of a file: what its nearest configuration says, and the command line
// over it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "lib/lint/config.h"
#include "tool/inputs.h"
#include "tool/options.h"

namespace shapelint::tool {

/// What holds for one file.
struct Settings {
  AnalysisOptions options;
  Severity min_severity = Severity::advice;
  /// With the definitions of the configuration; null when it names none.
  std::shared_ptr<const FrameworkStore> frameworks;
};

/// A target of the command line, loaded, with what holds for it.
struct OpenedTarget {
  Settings settings;
  LoadedFile file;
  Target target;
};

/// Any thread may ask.
class Configs {
 public:
  explicit Configs(const CommandLine& line) : line_(line) {}

  /// The settings of a file, or why its configuration cannot be used. The file need not exist.
  Result<Settings, std::string> of(const std::string& path);
  /// The configuration nearest to a folder; null when there is none.
  Result<std::shared_ptr<const Config>, std::string> nearest(const std::string& folder);
  /// Forgets what was read, for an editor's session in which files change.
  void forget();

 private:
  struct Found {
    std::shared_ptr<const Config> config;
    std::shared_ptr<const FrameworkStore> frameworks;
    AnalysisOptions options;  ///< without what is said of single targets
    std::string error;
  };
  const Found& at(const std::string& folder);
  const Found& read(const std::string& path, bool is_pyproject);
  Found load(const std::string& path, bool is_pyproject) const;

  const CommandLine& line_;
  std::mutex mutex_;
  std::map<std::string, const Found*> by_folder_;
  std::map<std::string, std::unique_ptr<const Found>> by_file_;
};

/// What explain, eval and dump work on. The error is complete.
Result<OpenedTarget, std::string> open_target(const CommandLine& line, SharedModules& shared);

}  // namespace shapelint::tool
