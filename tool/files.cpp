#include "tool/files.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "lib/support/source.h"
#include "tool/ignore.h"
#include "tool/module_store.h"

namespace shapelint::tool {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxFolderDepth = 100;
// A module whose name is also a framework's (a user's own `keras/`) is kept apart from it.
constexpr std::string_view kLocal = "local.";

struct Close {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};

bool is_passed_over(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> kNames = {"__pycache__", "node_modules", "site-packages"};
  const std::string name = folder.filename().string();
  std::error_code ignored;
  return name.starts_with('.') || std::ranges::find(kNames, name) != kNames.end() ||
         fs::exists(folder / "pyvenv.cfg", ignored);
}

bool is_identifier(std::string_view name) {
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80; });
}

// The outermost folder at or above `folder` that is marked as a project's root; where none is, the outermost that the
// user stands in or names; empty when there is none.
fs::path root_above(const fs::path& folder, const std::vector<std::string>& named) {
  constexpr std::array<std::string_view, 6> kMarks = {".git",     ".hg",       "pyproject.toml",
                                                      "setup.py", "setup.cfg", "requirements.txt"};
  constexpr int kMaxLevels = 16;
  std::error_code error;
  const fs::path here = fs::current_path(error);
  fs::path marked;
  fs::path meant;
  fs::path up = folder;
  for (int level = 0; level < kMaxLevels && up.has_filename(); ++level, up = up.parent_path()) {
    for (const std::string_view mark : kMarks) {
      if (!fs::exists(up / mark, error)) continue;
      marked = up;
      if (mark == ".git" || mark == ".hg") return marked;
      break;
    }
    if (up == here || std::ranges::find(named, up.string()) != named.end()) meant = up;
  }
  return marked.empty() ? meant : marked;
}

class Walk {
 public:
  Walk(const std::vector<Exclusion>& exclusions, std::vector<std::string>& files, std::vector<std::string>& problems)
      : files_(files), problems_(problems) {
    std::error_code error;
    const std::string here = fs::current_path(error).string();
    for (const Exclusion& exclusion : exclusions) {
      const bool is_argument = exclusion.folder.empty();
      for (const std::string& pattern : exclusion.patterns)
        excluded_.add(pattern, is_argument ? here : exclusion.folder, is_argument);
    }
  }

  void run(const fs::path& folder) {
    std::error_code error;
    const fs::path absolute = fs::absolute(folder, error).lexically_normal();
    // What the folders around say counts from the repository's root down.
    std::vector<fs::path> around;
    for (fs::path at = absolute; !fs::exists(at / ".git", error) && at.has_relative_path();) {
      at = at.parent_path();
      around.push_back(at);
    }
    if (!around.empty() && !fs::exists(around.back() / ".git", error)) around.clear();
    const fs::path& root = around.empty() ? absolute : around.back();
    if (fs::exists(root / ".git", error)) read_patterns(root / ".git" / "info" / "exclude", root);
    for (auto it = around.rbegin(); it != around.rend(); ++it) read_patterns(*it / ".gitignore", *it);
    walk(folder, absolute, 0);
  }

 private:
  void read_patterns(const fs::path& file, const fs::path& folder) {
    std::error_code ignored;
    if (!fs::is_regular_file(file, ignored)) return;
    if (const auto text = read_file(file.string())) ignored_.add_file(*text, folder.string());
  }

  void walk(const fs::path& folder, const fs::path& absolute, int depth) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      entries.push_back(*it);
    if (error) {
      problems_.push_back(fmt::format("{}: {}", folder.string(), error.message()));
      return;
    }
    std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path().native(); });
    const std::size_t patterns = ignored_.size();
    read_patterns(absolute / ".gitignore", absolute);
    for (const fs::directory_entry& entry : entries) {
      std::error_code ignored;
      const fs::path inside = absolute / entry.path().filename();
      if (entry.is_directory(ignored)) {
        if (entry.is_symlink(ignored) || is_passed_over(entry.path()) || depth >= kMaxFolderDepth) continue;
        if (!is_excluded(inside, true)) walk(entry.path(), inside, depth + 1);
      } else if ((is_source_name(entry.path().native()) || is_cxx_name(entry.path().native())) &&
                 entry.is_regular_file(ignored) && !is_excluded(inside, false)) {
        files_.push_back(entry.path().lexically_normal().string());
      }
    }
    ignored_.truncate(patterns);
  }

  bool is_excluded(const fs::path& absolute, bool is_folder) const {
    return ignored_.matches(absolute.native(), is_folder) || excluded_.matches(absolute.native(), is_folder);
  }

  IgnorePatterns ignored_;   // of the .gitignore files
  IgnorePatterns excluded_;  // of the command line
  std::vector<std::string>& files_;
  std::vector<std::string>& problems_;
};

}  // namespace

std::string display_name(const std::string& name) {
  const fs::path path(name);
  std::error_code error;
  const fs::path here = fs::current_path(error);
  const fs::path relative = path.lexically_normal().lexically_relative(here);
  const bool is_below = !error && !relative.empty() && *relative.begin() != "..";
  return is_below ? relative.string() : path.lexically_normal().string();
}

std::string project_root() {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  for (fs::path at = here;; at = at.parent_path()) {
    for (const char* mark : {"shapelint.toml", "pyproject.toml", ".git"})
      if (fs::exists(at / mark, error)) return at == here ? "." : at.string();
    if (!at.has_relative_path()) return ".";
  }
}

Result<std::string, FileError> read_file(const std::string& path, std::size_t limit) {
  std::error_code error;
  if (path != "-" && fs::is_directory(path, error)) return FileError{"is a folder"};
  // A pipe may never end, nor a device.
  if (path != "-" && fs::exists(path, error) && !fs::is_regular_file(path, error))
    return FileError{"is no regular file; `-` reads standard input"};
  errno = 0;
  const std::unique_ptr<std::FILE, Close> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return FileError{errno == ENOENT ? "no such file" : std::strerror(errno)};
  std::string text;
  std::array<char, 65536> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    if (text.size() + count > limit) return FileError{fmt::format("larger than {} MB; not read", limit / 1'000'000)};
    text.append(buffer.data(), count);
  }
  if (std::ferror(file.get()) != 0) return FileError{fmt::format("cannot be read: {}", std::strerror(errno))};
  return text;
}

void make_utf8(std::string& text) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t bad = first_invalid_utf8(std::string_view(text).substr(begin));
    if (bad == std::string_view::npos) return;
    text[begin + bad] = '?';
    begin += bad + 1;
  }
}

std::string text_problem(std::string_view text) {
  const std::size_t bad = first_invalid_utf8(text);
  const std::size_t zero = text.find('\0');
  const std::size_t at = std::min(bad, zero);
  if (at == std::string_view::npos) return "";
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  const std::size_t start = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return fmt::format("{}:{}: {}", line, count_code_points(text.substr(start, at - start)) + 1,
                     at == bad ? fmt::format("invalid UTF-8 (byte 0x{:02X} at offset {}); save the file as UTF-8",
                                             static_cast<unsigned char>(text[at]), at)
                               : std::string("a zero byte; this is no source text"));
}

Result<std::string, FileError> read_source_file(const std::string& path, const std::string& shown_path) {
  return read_file(path, is_notebook_name(shown_path) ? kMaxNotebookSize : kMaxFileSize);
}

bool is_source_name(std::string_view path) {
  return path.ends_with(".py") || path.ends_with(".loss") || path.ends_with(".pyi") || is_notebook_name(path);
}

bool is_notebook_name(std::string_view path) { return path.ends_with(".ipynb"); }

bool is_cxx_name(std::string_view path) {
  constexpr std::array<std::string_view, 13> kEndings = {".cpp", ".cc", ".cxx", ".c++", ".C",   ".cu", ".h",
                                                         ".hpp", ".hh", ".hxx", ".cuh", ".ipp", ".c"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return path.ends_with(ending); });
}

Dialect dialect_of(std::string_view path) {
  if (is_cxx_name(path)) return Dialect::cxx;
  return path.ends_with(".loss") ? Dialect::loss : Dialect::python;
}

std::vector<std::string> sources_below(const std::string& folder, const std::vector<Exclusion>& exclusions,
                                       std::vector<std::string>& problems) {
  std::vector<std::string> files;
  Walk(exclusions, files, problems).run(folder);
  return files;
}

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_link(const std::string& path) {
  std::error_code ignored;
  return fs::is_symlink(path, ignored);
}

std::vector<std::string> neighbours(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder.empty() ? fs::path(".") : folder, error), end; !error && it != end;
       it.increment(error)) {
    names.push_back((folder / it->path().filename()).string());
    if (names.size() > 1000) break;
  }
  std::ranges::sort(names);
  return names;
}

std::string absolute_folder(const std::string& path) {
  std::error_code error;
  const fs::path folder = fs::absolute(path, error).lexically_normal();
  return (folder.has_filename() ? folder : folder.parent_path()).string();
}

ModulePlace module_place(const std::string& path, const std::vector<std::string>& named) {
  ModulePlace place;
  std::error_code error;
  const fs::path file = fs::absolute(path, error).lexically_normal();
  const fs::path own = file.parent_path();
  fs::path folder = own;
  place.is_package = file.stem() == "__init__";
  if (!place.is_package) place.name = file.stem().string();
  const auto prepend = [&](const fs::path& part) {
    place.name = part.filename().string() + (place.name.empty() ? "" : "." + place.name);
  };
  int depth = 0;
  for (; depth < kMaxFolderDepth && folder.has_filename(); ++depth) {
    if (!fs::exists(folder / "__init__.py", error)) break;
    prepend(folder);
    folder = folder.parent_path();
  }
  const fs::path root = root_above(folder, named);
  place.roots.push_back(folder.string());
  const auto add_root = [&](const fs::path& candidate) {
    if (std::ranges::find(place.roots, candidate.string()) == place.roots.end())
      place.roots.push_back(candidate.string());
  };
  add_root(own);
  add_root(folder / "src");
  if (!root.empty()) {
    for (fs::path up = folder; up != root && up.has_filename();) {
      up = up.parent_path();
      add_root(up);
      add_root(up / "src");
    }
    // A folder without `__init__.py` may be part of a namespace package; relative imports need its place.
    if (depth == 0) {
      for (fs::path up = own; up != root && up.has_filename() && is_identifier(up.filename().native());
           up = up.parent_path())
        prepend(up);
    }
  }
  if (place.name.empty()) place.name = file.stem().string();
  if (is_framework_package(place.name)) place.name.insert(0, kLocal);
  return place;
}

std::optional<FileProvider::Place> FileProvider::locate(std::string_view module) const {
  if (module.starts_with(kLocal)) module.remove_prefix(kLocal.size());
  std::string relative(module);
  std::ranges::replace(relative, '.', '/');
  if (relative.empty() || relative.front() == '/') return std::nullopt;
  struct Candidate {
    std::string_view ending;
    bool is_package;
  };
  constexpr std::array kCandidates = {Candidate{"/__init__.py", true}, Candidate{".py", false},
                                      Candidate{".loss", false}, Candidate{".pyi", false}};
  std::optional<Place> folder_only;
  for (const std::string& root : roots_) {
    const std::string base = (fs::path(root) / relative).string();
    const bool folder = store_ != nullptr ? store_->has_folder(base) : is_folder(base);
    // A folder without `__init__.py` is a package that holds only its submodules, if nothing else has its name.
    if (folder && !folder_only) folder_only = Place{display_name(base) + "/", true, true};
    for (const auto& [ending, is_package] : kCandidates) {
      if (is_package && !folder) continue;
      const std::string path = base + std::string(ending);
      std::error_code ignored;
      if (store_ != nullptr ? store_->has_file(path) : fs::is_regular_file(path, ignored))
        return Place{display_name(path), is_package, false};
    }
  }
  return folder_only;
}

std::optional<ModuleText> FileProvider::find(std::string_view module) {
  const auto place = locate(module);
  if (!place) return std::nullopt;
  if (place->is_namespace) return ModuleText{.file = place->path, .text = {}, .is_package = true};
  Result<std::string, FileError> text = read_file(place->path);
  if (!text || !text_problem(*text).empty()) return std::nullopt;
  return ModuleText{.file = place->path,
                    .text = std::move(*text),
                    .is_package = place->is_package,
                    .dialect = dialect_of(place->path)};
}

std::shared_ptr<const LoadedModule> FileProvider::find_shared(std::string_view module) {
  if (store_ == nullptr) return nullptr;
  const auto place = locate(module);
  if (!place) return nullptr;
  return place->is_namespace ? store_->add(place->path, std::string(module), true, {})
                             : store_->get(place->path, std::string(module), place->is_package);
}

}  // namespace shapelint::tool
