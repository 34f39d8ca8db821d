// Files for the commands: reading with limits, walking folders, the user's modules by name.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/support/result.h"
#include "lib/trace/library.h"

namespace shapelint::tool {

inline constexpr std::size_t kMaxFileSize = 4'000'000;       ///< bytes; no file written by a person is larger
inline constexpr std::size_t kMaxNotebookSize = 64'000'000;  ///< bytes; pictures come along

struct FileError {
  std::string message;  ///< without the file's name
};
/// The text of a file, or of standard input for `-`.
Result<std::string, FileError> read_file(const std::string& path, std::size_t limit = kMaxFileSize);
/// Why a text cannot be source code (invalid UTF-8, zero bytes), with the place; empty when it can.
std::string text_problem(std::string_view text);
/// Puts a `?` for every byte that is no UTF-8, so that all places stay where they are.
void make_utf8(std::string& text);

/// The same for a file's own limit. `shown_path` says what a `-` is.
Result<std::string, FileError> read_source_file(const std::string& path, const std::string& shown_path);

/// `.py`, `.pyi`, `.ipynb`, `.loss`.
bool is_source_name(std::string_view path);
bool is_notebook_name(std::string_view path);
/// C++ and its headers, CUDA, C: `.cpp`, `.h`, `.cu`, ...
bool is_cxx_name(std::string_view path);
Dialect dialect_of(std::string_view path);

/// Patterns of a `.gitignore` that stands in `folder` (absolute; empty for the current one).
struct Exclusion {
  std::vector<std::string> patterns;
  std::string folder;
};
/// Sources below a folder, sorted; hidden folders, caches, packages, virtual environments, what a `.gitignore` names
/// and what is excluded are passed over, and links to folders are not followed. Folders that cannot be read are added
/// to `problems`.
std::vector<std::string> sources_below(const std::string& folder, const std::vector<Exclusion>& exclusions,
                                       std::vector<std::string>& problems);
/// The nearest folder from the current one upwards that has a `shapelint.toml`, `pyproject.toml` or a repository; the
/// current folder when there is none. As people name it.
std::string project_root();
/// As people name a file: below the current folder relative to it.
std::string display_name(const std::string& path);

bool is_folder(const std::string& path);
bool exists(const std::string& path);
bool is_link(const std::string& path);
/// Names in the folder of `path`, for suggestions.
std::vector<std::string> neighbours(const std::string& path);

/// A file's dotted module name by the packages around it (or, where there are none, by the folders below its project's
/// root), and where its project's modules are looked for, in order: the folder that holds the outermost package, the
/// file's own folder (a script finds its neighbours there), then the folders up to the project's root, each with its
/// `src`. The project's root is the outermost folder above that is marked as one (`.git`, `pyproject.toml`, ...); where
/// none is, the outermost of the current folder and the `named` ones (absolute) below which the file lies.
struct ModulePlace {
  std::string name;
  bool is_package = false;
  std::vector<std::string> roots;
};
ModulePlace module_place(const std::string& path, const std::vector<std::string>& named = {});
/// The absolute path of a folder, without a slash behind it.
std::string absolute_folder(const std::string& path);

class ModuleStore;

/// The user's modules, from the roots of one file.
class FileProvider : public SourceProvider {
 public:
  /// With a store, modules are shared with the other files of the run.
  explicit FileProvider(std::vector<std::string> roots, ModuleStore* store = nullptr)
      : roots_(std::move(roots)), store_(store) {}
  std::optional<ModuleText> find(std::string_view module) override;
  std::shared_ptr<const LoadedModule> find_shared(std::string_view module) override;

 private:
  struct Place {
    std::string path;
    bool is_package = false;
    bool is_namespace = false;  ///< a folder without a text
  };
  std::optional<Place> locate(std::string_view module) const;
  std::vector<std::string> roots_;
  ModuleStore* store_;
};

}  // namespace shapelint::tool
