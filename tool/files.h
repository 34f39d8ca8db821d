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

inline constexpr std::size_t kMaxFileSize = 20'000'000;  ///< bytes; no file written by a person is larger

struct FileError {
  std::string message;  ///< without the file's name
};
/// The text of a file, or of standard input for `-`.
Result<std::string, FileError> read_file(const std::string& path, std::size_t limit = kMaxFileSize);
/// Why a text cannot be source code (invalid UTF-8, zero bytes), with the place; empty when it can.
std::string text_problem(std::string_view text);

/// `.py`, `.pyi`, `.loss`.
bool is_source_name(std::string_view path);
Dialect dialect_of(std::string_view path);
/// Does the text name a framework? Files that do not cannot hold a loss; `.loss` files always can.
bool mentions_framework(std::string_view text);

/// Sources below a folder, sorted; hidden folders, caches, packages and virtual environments are passed over, and links
/// to folders are not followed. Folders that cannot be read are added to `problems`.
std::vector<std::string> sources_below(const std::string& folder, std::vector<std::string>& problems);

bool is_folder(const std::string& path);
bool exists(const std::string& path);
/// Names in the folder of `path`, for suggestions.
std::vector<std::string> neighbours(const std::string& path);

/// A file's dotted module name by the packages around it, and where its project's modules are looked for.
struct ModulePlace {
  std::string name;
  bool is_package = false;
  std::vector<std::string> roots;
};
ModulePlace module_place(const std::string& path);

/// The user's modules, from the roots of one file.
class FileProvider : public SourceProvider {
 public:
  explicit FileProvider(std::vector<std::string> roots) : roots_(std::move(roots)) {}
  std::optional<ModuleText> find(std::string_view module) override;

 private:
  std::vector<std::string> roots_;
};

}  // namespace shapelint::tool
