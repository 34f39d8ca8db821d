#include "tool/files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "lib/support/source.h"

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

void walk(const fs::path& folder, int depth, std::vector<std::string>& files, std::vector<std::string>& problems) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) entries.push_back(*it);
  if (error) {
    problems.push_back(fmt::format("{}: {}", folder.string(), error.message()));
    return;
  }
  std::ranges::sort(entries, {}, [](const fs::directory_entry& entry) { return entry.path().native(); });
  for (const fs::directory_entry& entry : entries) {
    std::error_code ignored;
    if (entry.is_directory(ignored)) {
      if (!entry.is_symlink(ignored) && !is_passed_over(entry.path()) && depth < kMaxFolderDepth)
        walk(entry.path(), depth + 1, files, problems);
    } else if (is_source_name(entry.path().native()) && entry.is_regular_file(ignored)) {
      files.push_back(entry.path().lexically_normal().string());
    }
  }
}

// As people name it: below the current folder relative to it.
std::string display_name(const fs::path& path) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  const fs::path relative = path.lexically_normal().lexically_relative(here);
  const bool is_below = !error && !relative.empty() && *relative.begin() != "..";
  return is_below ? relative.string() : path.lexically_normal().string();
}

}  // namespace

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

bool is_source_name(std::string_view path) {
  return path.ends_with(".py") || path.ends_with(".loss") || path.ends_with(".pyi");
}

Dialect dialect_of(std::string_view path) { return path.ends_with(".loss") ? Dialect::loss : Dialect::python; }

bool mentions_framework(std::string_view text) {
  constexpr std::array<std::string_view, 5> kNames = {"keras", "torch", "jax", "tensorflow", "numpy"};
  return std::ranges::any_of(kNames, [&](std::string_view name) {
    return memmem(text.data(), text.size(), name.data(), name.size()) != nullptr;
  });
}

std::vector<std::string> sources_below(const std::string& folder, std::vector<std::string>& problems) {
  std::vector<std::string> files;
  walk(folder, 0, files, problems);
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

ModulePlace module_place(const std::string& path) {
  ModulePlace place;
  std::error_code error;
  const fs::path file = fs::absolute(path, error).lexically_normal();
  fs::path folder = file.parent_path();
  place.is_package = file.stem() == "__init__";
  if (!place.is_package) place.name = file.stem().string();
  const fs::path own = folder;
  for (int depth = 0; depth < kMaxFolderDepth && folder.has_filename(); ++depth) {
    if (!fs::exists(folder / "__init__.py", error)) break;
    place.name = folder.filename().string() + (place.name.empty() ? "" : "." + place.name);
    folder = folder.parent_path();
  }
  if (place.name.empty()) place.name = file.stem().string();
  if (is_framework_package(place.name)) place.name.insert(0, kLocal);
  place.roots.push_back(folder.string());
  if (own != folder) place.roots.push_back(own.string());
  place.roots.push_back((folder / "src").string());
  return place;
}

std::optional<ModuleText> FileProvider::find(std::string_view module) {
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
  for (const std::string& root : roots_) {
    for (const auto& [ending, is_package] : kCandidates) {
      const fs::path path = fs::path(root) / (relative + std::string(ending));
      std::error_code ignored;
      if (!fs::is_regular_file(path, ignored)) continue;
      Result<std::string, FileError> text = read_file(path.string());
      if (!text || !text_problem(*text).empty()) return std::nullopt;
      return ModuleText{.file = display_name(path),
                        .text = std::move(*text),
                        .is_package = is_package,
                        .dialect = dialect_of(path.native())};
    }
  }
  return std::nullopt;
}

}  // namespace shapelint::tool
