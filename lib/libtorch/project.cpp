#include "lib/libtorch/project.h"

#include <algorithm>
#include <deque>
#include <set>

#include <clang/Basic/CharInfo.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

namespace shapelint::libtorch {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

constexpr std::size_t kMaxEntries = 20'000;   ///< files and folders that a walk looks at
constexpr std::size_t kLooseEntries = 1'000;  ///< where nothing says that the folder is a project
constexpr std::uint64_t kMaxText = 2'000'000;

std::string joined(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  path::remove_dots(out, true);
  return out.str().str();
}

std::string root_around(const std::string& file, bool& is_project) {
  std::string outermost;
  int level = 0;
  for (llvm::StringRef folder = path::parent_path(file);
       !folder.empty() && folder != path::root_path(folder) && level < 8; folder = path::parent_path(folder), ++level) {
    is_project = true;
    if (fs::exists(joined(folder, ".git"))) return folder.str();
    if (fs::exists(joined(folder, "CMakeLists.txt"))) outermost = folder.str();
  }
  is_project = !outermost.empty();
  return is_project ? outermost : path::parent_path(file).str();
}

bool is_source_name(llvm::StringRef file) {
  const llvm::StringRef ending = path::extension(file);
  return ending == ".cpp" || ending == ".cc" || ending == ".cxx" || ending == ".C" || ending == ".c++";
}

std::string text_of(const std::string& file) {
  std::uint64_t size = 0;
  if (fs::file_size(file, size) || size > kMaxText) return "";
  const auto buffer = llvm::MemoryBuffer::getFile(file);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

struct Include {
  std::string name;
  bool quoted = false;
};

// Line by line, whatever stands around them.
std::vector<Include> includes_in(llvm::StringRef text) {
  std::vector<Include> out;
  while (!text.empty()) {
    auto [line, rest] = text.split('\n');
    text = rest;
    line = line.ltrim();
    if (!line.consume_front("#")) continue;
    line = line.ltrim();
    if (!line.consume_front("include")) continue;
    line = line.ltrim();
    const bool quoted = line.consume_front("\"");
    if (!quoted && !line.consume_front("<")) continue;
    out.push_back({line.take_until([&](char c) { return c == (quoted ? '"' : '>'); }).str(), quoted});
  }
  return out;
}

std::size_t common_prefix(llvm::StringRef a, llvm::StringRef b) {
  std::size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  return at;
}

// Does `text` hold `name(`, as a whole word?
bool writes(llvm::StringRef text, llvm::StringRef name) {
  for (std::size_t at = text.find(name); at != llvm::StringRef::npos; at = text.find(name, at + 1)) {
    const bool begins = at == 0 || !clang::isAsciiIdentifierContinue(text[at - 1]);
    if (begins && text.substr(at + name.size()).ltrim(" ").starts_with("(")) return true;
  }
  return false;
}

void walk(const std::string& folder, int depth, std::size_t& budget, std::vector<std::string>& headers,
          std::vector<std::string>& sources) {
  if (depth > 12) return;
  std::vector<std::string> folders;
  std::error_code error;
  for (fs::directory_iterator it(folder, error, false), end; !error && it != end; it.increment(error)) {
    if (budget == 0) return;
    --budget;
    const std::string& entry = it->path();
    const llvm::StringRef name = path::filename(entry);
    if (it->type() == fs::file_type::directory_file) {
      if (!name.starts_with(".")) folders.push_back(entry);
    } else if (name == "CMakeCache.txt") {
      return;  // what is built there is no source
    } else if (is_header_name(entry)) {
      headers.push_back(entry);
    } else if (is_source_name(name)) {
      sources.push_back(entry);
    }
  }
  std::ranges::sort(folders);
  for (const std::string& inner : folders) walk(inner, depth + 1, budget, headers, sources);
}

}  // namespace

Project::Project(const std::string& file) {
  bool is_project = false;
  root_ = root_around(file, is_project);
  is_loose_ = !is_project;
}

const Project::Files& Project::files() const {
  if (files_) return *files_;
  files_.emplace();
  std::size_t budget = is_loose_ ? kLooseEntries : kMaxEntries;
  walk(root_, 0, budget, files_->headers, files_->sources);
  std::ranges::sort(files_->headers);
  std::ranges::sort(files_->sources);
  return *files_;
}

std::string Project::header_named(const std::string& name, const std::string& from) const {
  const std::string ending = "/" + name;
  std::string best;
  for (const std::string& header : files().headers) {
    if (!llvm::StringRef(header).ends_with(ending)) continue;
    // The nearest: the same name may be there for each of several programs.
    if (best.empty() || common_prefix(header, from) > common_prefix(best, from)) best = header;
  }
  return best;
}

void Project::add_header_options(const std::string& text, const std::string& file, CompileCommand& command) const {
  std::vector<std::string> folders = command.own;
  std::vector<std::string> system{"/usr/include", "/usr/local/include"};
  for (std::size_t i = 1; i < command.args.size(); ++i) {
    if (command.args[i] == "-isystem" && i + 1 < command.args.size()) system.push_back(command.args[++i]);
  }
  std::vector<std::string> out;
  std::set<std::string> seen{file};
  std::deque<std::pair<std::string, std::string>> todo{{file, text}};
  while (!todo.empty() && seen.size() < 500) {
    const auto [from, content] = std::move(todo.front());
    todo.pop_front();
    for (const Include& include : includes_in(content)) {
      if (include.name.empty() || llvm::StringRef(include.name).contains("..") || !is_header_name(include.name)) {
        if (!include.quoted || !llvm::StringRef(include.name).contains("..")) continue;
      }
      std::string found;
      const auto look = [&](const std::string& folder) {
        const std::string candidate = joined(folder, include.name);
        if (found.empty() && fs::exists(candidate)) found = candidate;
      };
      if (include.quoted) look(path::parent_path(from).str());
      for (const std::string& folder : folders) look(folder);
      if (found.empty()) {
        const bool is_system = std::ranges::any_of(
            system, [&](const std::string& folder) { return fs::exists(joined(folder, include.name)); });
        if (is_system) continue;
        found = header_named(include.name, from);
        if (found.empty()) continue;
        const std::string folder = found.substr(0, found.size() - include.name.size() - 1);
        // For quotes alone, where that will do; else last: it cannot stand before a header of the system.
        out.push_back((include.quoted ? "-iquote" : "-idirafter") + folder);
        if (!include.quoted) command.own.push_back(folder);
        folders.push_back(folder);
      }
      if (seen.insert(found).second) todo.emplace_back(found, text_of(found));
    }
  }
  command.args.insert(command.args.begin() + 1, out.begin(), out.end());
}

std::vector<std::string> Project::sources_of(const std::string& name, const std::string& header,
                                             const std::string& file, std::size_t limit) const {
  const llvm::StringRef stem = path::stem(header);
  std::vector<std::pair<int, std::string>> ranked;
  for (const std::string& source : files().sources) {
    if (source == file) continue;
    const bool alike = path::stem(source) == stem;
    const auto near = static_cast<int>(common_prefix(source, header));
    ranked.emplace_back(-(near + (alike ? 10'000 : 0)), source);
  }
  std::ranges::stable_sort(ranked);
  std::vector<std::string> out;
  for (const auto& [rank, source] : ranked) {
    if (out.size() >= limit) break;
    const auto [known, is_new] = texts_.try_emplace(source);
    if (is_new) known->second = text_of(source);
    if (writes(known->second, name)) out.push_back(source);
  }
  return out;
}

}  // namespace shapelint::libtorch
