#include "lib/language/magics.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/language/scan.h"
#include "lib/support/words.h"

namespace shapelint {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

std::size_t first_nonblank(std::string_view text, std::size_t from = 0) { return text.find_first_not_of(" \t", from); }

// The name of the cell magic that the cell begins with; empty when it is plain.
std::string_view cell_magic(std::string_view cell) {
  const std::size_t begin = cell.find_first_not_of(" \t\r\n");
  if (begin == kNone || !cell.substr(begin).starts_with("%%")) return {};
  std::string_view name = cell.substr(begin + 2);
  return name.substr(0, std::min(name.size(), name.find_first_of(" \t\r\n")));
}

bool holds_python(std::string_view magic) {
  constexpr std::array<std::string_view, 9> kPython = {"capture", "debug",   "ipytest", "prun",  "pypy",
                                                       "python",  "python3", "time",    "timeit"};
  return std::ranges::find(kPython, magic) != kPython.end();
}

// Behind a line and those that its backslashes join to it: commands know no brackets and no strings.
std::size_t end_of_command(std::string_view text, std::size_t begin) {
  std::size_t end = begin;
  while (true) {
    end = std::min(text.find('\n', end), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (end == text.size()) return end;
    ++end;
    if (!line.ends_with('\\')) return end;
  }
}

// `files = !ls`, `x = %who`: where the command begins.
std::size_t assigned_command(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == kNone || equals == 0) return kNone;
  const std::size_t command = first_nonblank(line, equals + 1);
  if (command == kNone) return kNone;
  const bool is_system = line[command] == '!';
  const bool is_magic = line[command] == '%' && command + 1 < line.size() && begins_name(line[command + 1]);
  if (!is_system && !is_magic) return kNone;
  // `"x = %d" % x` is a text, `# x = !ls` a comment.
  return line.substr(0, equals).find_first_of("\"'#(") == kNone ? command : kNone;
}

// `model?`, `%time??`: help, in one line.
bool asks_for_help(std::string_view line) {
  line = trim(line);
  if (!line.ends_with('?')) return false;
  while (line.ends_with('?')) line.remove_suffix(1);
  while (line.starts_with('%')) line.remove_prefix(1);
  return !line.empty() && std::ranges::all_of(line, [](char c) {
    return is_word(c) || c == '.' || c == '*' || c == '[' || c == ']' || c == '-';
  });
}

// All lines behind the first as comments, so that none is missing.
void add_as_comment(std::string& out, std::string_view text) {
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "# ";
  }
  if (text.ends_with('\n')) out.resize(out.size() - 2);
}

// `%time x = f()` runs what follows, which keeps its column behind `if 1: `.
void add_command(std::string& out, std::string_view indent, std::string_view command) {
  constexpr std::string_view kTime = "%time ";
  if (command.starts_with(kTime) && first_nonblank(command, kTime.size()) != kNone) {
    out += indent;
    out += "if 1: ";
    out += command.substr(kTime.size());
    return;
  }
  out += indent;
  out += "pass  # ";
  add_as_comment(out, command);
}

// The logical line at `at`, and moves behind it.
void add_line(std::string& out, std::string_view text, std::size_t& at) {
  const std::size_t line_end = std::min(text.find('\n', at), text.size());
  const std::string_view line = text.substr(at, line_end - at);
  const std::size_t start = std::min(first_nonblank(line), line.size());
  constexpr std::string_view kEscapes = "!?%,;/";
  const bool is_command = start < line.size() && kEscapes.find(line[start]) != kNone;
  if (is_command || asks_for_help(line)) {
    const std::size_t end = end_of_command(text, at);
    add_command(out, line.substr(0, start), text.substr(at + start, end - at - start));
    at = end;
  } else if (const std::size_t command = assigned_command(line); command != kNone) {
    const std::size_t end = end_of_command(text, at);
    out += line.substr(0, command);
    out += "get_ipython()  # ";
    add_as_comment(out, text.substr(at + command, end - at - command));
    at = end;
  } else {
    const std::size_t end = logical_line_end(text, static_cast<std::uint32_t>(at));
    out += text.substr(at, end - at);
    at = end;
  }
}

}  // namespace

std::string in_comments(std::string_view text) {
  std::string out = "# ";
  add_as_comment(out, text);
  return out;
}

std::string python_of_cell(std::string_view cell) {
  std::string out;
  const std::string_view magic = cell_magic(cell);
  std::size_t at = 0;
  if (!magic.empty()) {
    if (!holds_python(magic)) return in_comments(cell);
    at = end_of_command(cell, cell.find("%%"));
    out = in_comments(cell.substr(0, at));
  }
  while (at < cell.size()) add_line(out, cell, at);
  return out;
}

}  // namespace shapelint
