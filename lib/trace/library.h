// Modules: where `import` finds its texts. The user's modules come from a `SourceProvider`, framework modules are the
// embedded definitions, parsed definition by definition on first use.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/parser.h"
#include "lib/language/program.h"
#include "lib/support/source.h"

namespace shapelint {

/// What a provider hands over for a module.
struct ModuleText {
  std::string file;  ///< name for messages
  std::string text;
  bool is_package = false;
  Dialect dialect = Dialect::python;
};

/// Gives the text of a module of the user's project. Implementations read files (lint) or memory (tests, editors) and
/// remember what was asked.
class SourceProvider {
 public:
  virtual ~SourceProvider() = default;
  virtual std::optional<ModuleText> find(std::string_view module) = 0;
};

/// One module: a user's file, parsed whole, or a framework module, whose definitions are parsed when they are asked
/// for.
struct LoadedModule {
  std::string name;  ///< dotted
  SourceId source;
  bool is_framework = false;
  bool is_package = false;
  Dialect dialect = Dialect::python;
  std::unique_ptr<ast::Module> program;  ///< user modules
  /// Framework modules: the chunks by the name they bind, and the rest (imports, assignments), each parsed on demand.
  std::vector<TopLevelChunk> chunks;
  std::map<std::string, std::vector<std::size_t>, std::less<>> definitions;  ///< name to chunks
  std::vector<std::size_t> star_imports;
  mutable std::map<std::size_t, std::unique_ptr<ast::Module>> parsed;
};

/// Framework versions by package ("keras" -> 3).
using FrameworkVersions = std::map<std::string, int, std::less<>>;
inline constexpr int kDefaultKerasVersion = 3;

/// A module path after aliases (`tensorflow.keras.losses` is `keras.losses`), and the versions that it implies.
struct ResolvedPath {
  std::string path;
  FrameworkVersions implies;
};
ResolvedPath resolve_alias(std::string_view path);
/// The first part of a path: is it a package that the embedded definitions know?
bool is_framework_package(std::string_view path);

class Library {
 public:
  explicit Library(SourceMap& sources, SourceProvider* provider = nullptr) : sources_(&sources), provider_(provider) {}

  SourceMap& sources() const { return *sources_; }
  /// Registers a parsed user's file under its module name.
  const LoadedModule* add(std::string name, SourceId source, Dialect dialect, bool is_package = false);
  /// A module by its dotted name after aliases; null when there is none.
  const LoadedModule* find(std::string_view name);
  /// Is there a framework module at or below `path`?
  bool has_framework_path(std::string_view path) const;
  /// Parses a chunk of a framework module.
  const ast::Module& chunk(const LoadedModule& module, std::size_t index);
  /// A parsed expression (an option's literal, a default of an op), kept for as long as the library.
  const ast::Module& expression(const std::string& text);

 private:
  const LoadedModule* load_framework(std::string_view name);
  SourceMap* sources_;
  SourceProvider* provider_;
  std::map<std::string, std::unique_ptr<LoadedModule>, std::less<>> modules_;
  std::map<std::string, bool, std::less<>> missing_;
  std::map<std::string, std::unique_ptr<ast::Module>, std::less<>> expressions_;
};

}  // namespace shapelint
