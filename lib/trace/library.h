// Modules: where `import` finds its texts. The user's modules come from a `SourceProvider`, framework modules are the
// embedded definitions, parsed definition by definition on first use. What is parsed is never changed, so analyses may
// share it, also between threads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/language/module_index.h"
#include "lib/language/parser.h"
#include "lib/language/program.h"
#include "lib/support/once.h"
#include "lib/support/source.h"
#include "lib/trace/method_changes.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/shared_arrays.h"

namespace shapelint {

/// What a provider hands over for a module.
struct ModuleText {
  std::string file;  ///< name for messages
  std::string text;
  bool is_package = false;
  Dialect dialect = Dialect::python;
};

struct LoadedModule;

/// Gives the text of a module of the user's project. Implementations read files (lint) or memory (tests, editors) and
/// remember what was asked.
class SourceProvider {
 public:
  virtual ~SourceProvider() = default;
  virtual std::optional<ModuleText> find(std::string_view module) = 0;
  /// A module that is parsed already and shared with other analyses. It is asked for before the text; null when modules
  /// are not shared, or there is none.
  virtual std::shared_ptr<const LoadedModule> find_shared(std::string_view) { return nullptr; }
  /// The program of a text that this process does not parse (`Dialect::cxx`); null when there is none.
  virtual std::unique_ptr<ast::Module> parse(std::string_view /*module*/, const SourceFile& /*file*/, SourceId /*id*/) {
    return nullptr;
  }
};

/// One module: a user's file, parsed whole, or a framework module, whose definitions are parsed when they are asked
/// for.
struct LoadedModule {
  std::string name;  ///< dotted
  SourceId source;
  std::shared_ptr<const SourceFile> file;  ///< of shared modules
  bool is_framework = false;
  bool is_package = false;
  Dialect dialect = Dialect::python;
  std::unique_ptr<ast::Module> program;  ///< user modules
  ModuleIndex index;                     ///< of `program`
  /// Framework modules: the chunks by the name they bind, and the rest (imports, assignments), each parsed on demand.
  std::vector<TopLevelChunk> chunks;
  TextMap<std::vector<std::size_t>> definitions;  ///< name to chunks
  std::vector<std::size_t> star_imports;
  std::unique_ptr<const Once<ast::Module>[]> parsed;  ///< by chunk
  Once<ModuleFacts> facts;                            ///< of user modules; `facts_of` asks for it
};
/// What the syntax of a user's module says about its losses, found once.
const ModuleFacts& facts_of(const LoadedModule& module);

/// A user's module from its text, for analyses to share.
std::shared_ptr<const LoadedModule> parse_module(std::string name, SourceId source,
                                                 std::shared_ptr<const SourceFile> file, Dialect dialect,
                                                 bool is_package);

/// A framework module that is not embedded: what a user's configuration adds.
struct Definition {
  std::string module;  ///< dotted, as it is imported
  std::string path;    ///< of the `.loss` file, as shown
  std::string text;
};

/// The framework modules, each scanned and each of its definitions parsed when they are first asked for. One store may
/// serve any number of analyses and threads at once.
class FrameworkStore {
 public:
  /// `added` come before embedded ones of the same name.
  explicit FrameworkStore(std::vector<Definition> added = {});
  /// By dotted name after aliases; null when there is none.
  const LoadedModule* find(std::string_view name) const;
  /// Is there a module at or below `path`?
  bool has_path(std::string_view path) const;

 private:
  std::vector<Definition> added_;
  std::unique_ptr<const Once<LoadedModule>[]> modules_;  ///< in the order of `embedded_modules()`, then of `added_`
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

/// The modules of one analysis by name.
class Library {
 public:
  explicit Library(SourceMap& sources, SourceProvider* provider = nullptr,
                   std::shared_ptr<const FrameworkStore> frameworks = nullptr);

  SourceMap& sources() const { return *sources_; }
  const std::shared_ptr<const FrameworkStore>& frameworks() const { return frameworks_; }
  /// Registers a parsed user's file under its module name.
  const LoadedModule* add(std::string name, SourceId source, Dialect dialect, bool is_package = false);
  /// Registers a shared module under its name.
  const LoadedModule* add(std::shared_ptr<const LoadedModule> module);
  /// A module by its dotted name after aliases; null when there is none.
  const LoadedModule* find(std::string_view name);
  /// Is there a framework module at or below `path`?
  bool has_framework_path(std::string_view path) const;
  /// Parses a chunk of a framework module.
  const ast::Module& chunk(const LoadedModule& module, std::size_t index) const;
  /// A parsed expression (an option's literal, a default of an op), kept for as long as the library.
  const ast::Module& expression(const std::string& text);
  /// What the methods of a class do to their object, kept for as long as the library.
  const std::vector<MethodChanges>& changes_of(const ast::Module& program, const ast::Class& type);
  /// Of all runs.
  SharedArrays& shared_arrays() { return shared_arrays_; }

 private:
  SourceMap* sources_;
  SourceProvider* provider_;
  std::shared_ptr<const FrameworkStore> frameworks_;
  SharedArrays shared_arrays_;
  /// Null for a name that was looked for in vain. Framework modules belong to their store.
  TextMap<std::shared_ptr<const LoadedModule>> modules_;
  /// One file is one module, whatever the names by which it is imported.
  std::map<std::string, std::shared_ptr<const LoadedModule>, std::less<>> by_file_;
  std::map<std::string, std::unique_ptr<ast::Module>, std::less<>> expressions_;
  std::unordered_map<const ast::Class*, std::vector<MethodChanges>> changes_;
};

}  // namespace shapelint
