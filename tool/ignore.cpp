#include "tool/ignore.h"

#include <fnmatch.h>

#include <algorithm>
#include <span>
#include <utility>

namespace shapelint::tool {
namespace {

std::vector<std::string> split_path(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    if (slash > 0) out.emplace_back(text.substr(0, slash));
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return out;
}

// `**` stands for any number of folders; at the end for everything inside. A table, for `**` may come often.
bool matches_path(std::span<const std::string> pattern, std::span<const std::string> path) {
  // reached[j]: the pattern so far matches the first j parts.
  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    std::vector<bool> next(path.size() + 1, false);
    if (pattern[i] == "**") {
      const std::size_t least = i + 1 == pattern.size() ? 1 : 0;
      bool any = false;
      for (std::size_t j = 0; j <= path.size(); ++j) {
        if (j >= least) any = any || reached[j - least];
        next[j] = any;
      }
    } else {
      for (std::size_t j = 0; j < path.size(); ++j)
        next[j + 1] = reached[j] && fnmatch(pattern[i].c_str(), path[j].c_str(), 0) == 0;
    }
    reached = std::move(next);
  }
  return reached.back();
}

}  // namespace

void IgnorePatterns::add(std::string_view line, std::string_view folder, bool is_argument) {
  while (line.ends_with('\r') || (line.ends_with(' ') && !line.ends_with("\\ "))) line.remove_suffix(1);
  if (line.empty() || line.front() == '#') return;
  Pattern made{.folder = std::string(folder), .segments = {}};
  if (!made.folder.ends_with('/')) made.folder += '/';
  if (line.front() == '!') {
    made.is_negated = true;
    line.remove_prefix(1);
  }
  while (line.ends_with('/')) {
    made.folders_only = true;
    line.remove_suffix(1);
  }
  const bool is_tied = line.find('/') != std::string_view::npos;
  if (is_argument && !is_tied) made.folder = "/";
  while (line.starts_with("./")) line.remove_prefix(2);
  made.segments = split_path(line);
  if (made.segments.empty()) return;
  if (!is_tied) made.segments.insert(made.segments.begin(), "**");
  patterns_.push_back(std::move(made));
}

void IgnorePatterns::add_file(std::string_view text, std::string_view folder) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    add(text.substr(0, end), folder);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool IgnorePatterns::matches(std::string_view path, bool is_folder) const {
  for (auto it = patterns_.rbegin(); it != patterns_.rend(); ++it) {
    if ((it->folders_only && !is_folder) || !path.starts_with(it->folder)) continue;
    if (matches_path(it->segments, split_path(path.substr(it->folder.size())))) return !it->is_negated;
  }
  return false;
}

}  // namespace shapelint::tool
