// A scanner that knows only strings, comments, brackets and line starts: where statements begin, how deep brackets go,
// and, in a text that does not parse, what is plainly wrong with it. Private to lib/language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint {

struct ScannedChunk {
  std::uint32_t begin = 0, end = 0;  ///< whole lines, without the blank lines and comments that follow
  std::uint32_t keyword = 0;         ///< where `def` or `class` stands (after decorators and `async`)
  std::string_view name;             ///< of a `def` or `class`
  bool is_class = false;
  int bracket_depth = 0;
  bool unreadable = false;  ///< the grammar would take quadratic time
};

struct Scan {
  std::vector<ScannedChunk> chunks;
  int bracket_depth = 0;  ///< the deepest
  bool broken = false;    ///< a bracket or a triple-quoted string is surely never closed
};

/// The statements in `[begin, end)` whose lines are indented by at most `indent` columns. Linear in the text.
Scan scan_chunks(std::string_view text, std::uint32_t begin, std::uint32_t end, int indent = 0);

/// Behind the logical line that begins at `begin`: the line and those that its brackets, strings and backslashes join
/// to it.
std::uint32_t logical_line_end(std::string_view text, std::uint32_t begin);

/// The column of `pos` (a tab goes to the next multiple of 8) when there is only white space before it on its line.
std::optional<int> line_indentation(std::string_view text, std::uint32_t pos);

/// The end of a `class` header (after its colon's line) and the column at which its body is indented.
struct ClassHeader {
  std::uint32_t end = 0;
  int body_indent = 0;
};
std::optional<ClassHeader> find_class_body(std::string_view text, const ScannedChunk& chunk);

struct PlainProblem {
  std::uint32_t begin = 0, end = 0;
  std::string message;
};
/// What a person would say is wrong: a bracket or string that is never closed, a header without its colon.
std::optional<PlainProblem> find_plain_problem(std::string_view text, std::uint32_t begin, std::uint32_t end);

}  // namespace shapelint
