// Finds statements without a parser. Works on text that does not parse: an unclosed bracket ends at the next `def` or
// `class` in the first column, since neither can stand inside brackets; if a triple-quoted string never ends, they end
// strings too.
#include "lib/language/scan.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/language/parser.h"

namespace shapelint {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// One pass over a text: the caller asks for tokens that matter and is told of line starts.
class Cursor {
 public:
  Cursor(std::string_view text, std::uint32_t begin, std::uint32_t end) : text_(text), pos_(begin), end_(end) {}

  bool done() const { return pos_ >= end_; }
  char at(std::uint32_t i) const { return i < end_ ? text_[i] : '\0'; }
  char here() const { return at(pos_); }
  std::uint32_t pos() const { return pos_; }
  void move(std::uint32_t n) { pos_ = std::min(pos_ + n, end_); }
  void move_to(std::uint32_t pos) { pos_ = std::min(pos, end_); }

  bool starts_word(std::string_view word) const {
    return text_.substr(pos_, std::min<std::size_t>(word.size(), end_ - pos_)) == word &&
           !is_word(at(pos_ + static_cast<std::uint32_t>(word.size())));
  }
  void skip_line_rest() {
    const std::size_t newline = text_.substr(0, end_).find('\n', pos_);
    pos_ = newline == std::string_view::npos ? end_ : static_cast<std::uint32_t>(newline);
  }

  // Behind the string that opens here. False when it does not end: then behind its quotes (triple) or at the line's
  // end.
  bool skip_string(bool stop_at_definitions) {
    const char quote = here();
    const bool triple = at(pos_ + 1) == quote && at(pos_ + 2) == quote;
    if (triple) return skip_triple(quote, stop_at_definitions);
    move(1);
    while (!done()) {
      const char c = here();
      if (c == '\\') {
        // A backslash also hides the two characters of a Windows line end.
        move(at(pos_ + 1) == '\r' && at(pos_ + 2) == '\n' ? 3 : 2);
      } else if (c == quote) {
        move(1);
        return true;
      } else if (c == '\n') {
        return false;
      } else {
        move(1);
      }
    }
    return false;
  }

 private:
  bool skip_triple(char quote, bool stop_at_definitions) {
    const std::uint32_t start = pos_;
    move(3);
    bool& hopeless = quote == '"' ? no_double_ : no_single_;
    if (hopeless) return false;
    while (!done()) {
      const char c = here();
      if (c == '\\') {
        move(2);
      } else if (c == quote && at(pos_ + 1) == quote && at(pos_ + 2) == quote) {
        move(3);
        return true;
      } else {
        move(1);
        if (stop_at_definitions && c == '\n' && (starts_word("def") || starts_word("class"))) {
          move_to(pos_ - 1);
          return false;
        }
      }
    }
    // From here on no string of this kind can end: do not look again, or the scan would be quadratic.
    hopeless = true;
    move_to(start + 3);
    return false;
  }

  std::string_view text_;
  std::uint32_t pos_, end_;
  bool no_double_ = false, no_single_ = false;
};

enum class LineStart { blank, deeper, decorator, definition, continuation, statement };

// Splits into chunks; `keyword_mode` is for texts in which a triple-quoted string does not end.
class Splitter {
 public:
  Splitter(std::string_view text, std::uint32_t begin, std::uint32_t end, int indent, bool keyword_mode)
      : text_(text), cursor_(text, begin, end), end_(end), indent_(indent), keyword_mode_(keyword_mode) {
    // A byte-order mark is no part of a statement.
    if (begin == 0 && text.substr(0, 3) == "\xEF\xBB\xBF") cursor_.move(3);
  }

  // False when a triple-quoted string does not end.
  bool run() {
    while (!cursor_.done()) {
      start_line();
      scan_line();
    }
    close(code_end_);
    if (unterminated_ || depth_ > 0) scan.broken = true;
    return !unterminated_;
  }

  Scan scan;

 private:
  LineStart classify(std::uint32_t& token) const {
    std::uint32_t p = cursor_.pos();
    int column = 0;
    for (;; ++p) {
      const char c = cursor_.at(p);
      if (c == ' ') ++column;
      else if (c == '\t') column = column / 8 * 8 + 8;
      else if (c == '\f') column = 0;
      else break;
    }
    token = p;
    const char c = cursor_.at(p);
    if (p >= end_ || c == '\n' || c == '\r' || c == '#') return LineStart::blank;
    if (column > indent_) return LineStart::deeper;
    Cursor at = cursor_;
    at.move_to(p);
    if (at.starts_word("async")) {
      std::uint32_t q = p + 5;
      while (cursor_.at(q) == ' ' || cursor_.at(q) == '\t') ++q;
      at.move_to(q);
      if (at.starts_word("def")) return LineStart::definition;
      return LineStart::statement;
    }
    if (at.starts_word("def") || at.starts_word("class")) return LineStart::definition;
    if (c == '@') return LineStart::decorator;
    if (at.starts_word("else") || at.starts_word("elif") || at.starts_word("except") || at.starts_word("finally"))
      return LineStart::continuation;
    return LineStart::statement;
  }

  void start_line() {
    const std::uint32_t line = cursor_.pos();
    std::uint32_t token = line;
    const LineStart start = classify(token);
    const bool inside = depth_ > 0 || continued_;
    // Blank lines, and lines of nothing but a backslash, do not end such a run for the grammar.
    if (!continued_ && start != LineStart::blank && cursor_.at(token) != '\\') continued_lines_ = 0;
    continued_ = false;
    if (start == LineStart::blank) return;
    if (start == LineStart::deeper) {
      // Indented without anything to be indented under.
      if (!open_) begin_chunk(line);
      return;
    }
    if (start == LineStart::definition) {
      // Decorators between an unclosed bracket and this line belong here.
      const bool decorated = pending_decorator_ != kNone;
      if (inside) {
        scan.broken = true;
        if (open_ && decorated) cut_back(pending_decorator_);
        depth_ = 0;
      }
      if (!(decorated && open_ && current_.begin == pending_decorator_))
        begin_chunk(decorated ? pending_decorator_ : line);
      pending_decorator_ = kNone;
      name_chunk(token);
      return;
    }
    if (start == LineStart::decorator) {
      if (pending_decorator_ == kNone) {
        pending_decorator_ = line;
        code_before_decorator_ = code_end_;
        decorator_inside_ = inside;
        if (!inside) begin_chunk(line);
      }
      return;
    }
    // Inside a decorator's own brackets lines may start anywhere.
    if (!inside || decorator_inside_) pending_decorator_ = kNone;
    if (inside) return;
    // An `else` cannot go on with a definition; it stands alone then, and the definition is not lost with it.
    if (start == LineStart::continuation && open_ && current_.name.empty()) return;
    begin_chunk(line);
  }

  void begin_chunk(std::uint32_t at) {
    close(code_end_);
    current_ = {};
    current_.begin = current_.keyword = at;
    open_ = true;
  }

  void cut_back(std::uint32_t at) { code_end_ = std::min(code_before_decorator_, at); }

  void close(std::uint32_t at) {
    if (!open_) return;
    // With the rest of its last line: a comment there belongs to the statement.
    const std::size_t newline = text_.substr(0, end_).find('\n', std::max(at, current_.begin));
    current_.end = newline == std::string_view::npos ? end_ : static_cast<std::uint32_t>(newline) + 1;
    scan.chunks.push_back(current_);
    open_ = false;
  }

  void name_chunk(std::uint32_t p) {
    const auto skip_word = [&] {
      while (p < end_ && is_word(text_[p])) ++p;
      while (p < end_ && (text_[p] == ' ' || text_[p] == '\t')) ++p;
    };
    if (cursor_.at(p) == 'a') skip_word();
    current_.keyword = p;
    current_.is_class = cursor_.at(p) == 'c';
    skip_word();
    const std::uint32_t from = p;
    while (p < end_ && is_word(text_[p])) ++p;
    current_.name = text_.substr(from, p - from);
  }

  // To the start of the next line that is not inside a string.
  void scan_line() {
    while (!cursor_.done()) {
      const char c = cursor_.here();
      switch (c) {
        case '\n': cursor_.move(1); return;
        case '#': cursor_.skip_line_rest(); break;
        case '\'':
        case '"': {
          const bool triple = cursor_.at(cursor_.pos() + 1) == c && cursor_.at(cursor_.pos() + 2) == c;
          if (!cursor_.skip_string(keyword_mode_) && triple) unterminated_ = true;
          code_end_ = cursor_.pos();
          break;
        }
        case '\\':
          if (cursor_.at(cursor_.pos() + 1) == '\n' ||
              (cursor_.at(cursor_.pos() + 1) == '\r' && cursor_.at(cursor_.pos() + 2) == '\n')) {
            // On long runs of continued lines the grammar takes quadratic time.
            if (++continued_lines_ > kMaxContinuedLines) current_.unreadable = scan.broken = true;
            continued_ = true;
            code_end_ = cursor_.pos() + 1;
            cursor_.move(cursor_.at(cursor_.pos() + 1) == '\n' ? 2 : 3);
            return;
          }
          cursor_.move(1);
          code_end_ = cursor_.pos();
          break;
        case '(':
        case '[':
        case '{':
          ++depth_;
          current_.bracket_depth = std::max(current_.bracket_depth, depth_);
          scan.bracket_depth = std::max(scan.bracket_depth, depth_);
          cursor_.move(1);
          code_end_ = cursor_.pos();
          break;
        case ')':
        case ']':
        case '}':
          if (depth_ > 0) --depth_;
          cursor_.move(1);
          code_end_ = cursor_.pos();
          break;
        case ' ':
        case '\t':
        case '\r':
        case '\f': cursor_.move(1); break;
        default: cursor_.move(1); code_end_ = cursor_.pos();
      }
    }
  }

  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr int kMaxContinuedLines = 300;
  std::string_view text_;
  Cursor cursor_;
  std::uint32_t end_;
  int indent_;
  bool keyword_mode_;
  ScannedChunk current_;
  bool open_ = false;
  bool continued_ = false;
  bool unterminated_ = false;
  int depth_ = 0;
  int continued_lines_ = 0;     ///< in a row
  std::uint32_t code_end_ = 0;  ///< behind the last byte that is neither blank nor comment
  std::uint32_t pending_decorator_ = kNone;
  std::uint32_t code_before_decorator_ = 0;
  bool decorator_inside_ = false;  ///< of brackets that were open before it
};

}  // namespace

Scan scan_chunks(std::string_view text, std::uint32_t begin, std::uint32_t end, int indent) {
  Splitter first(text, begin, end, indent, false);
  if (first.run()) return std::move(first.scan);
  Splitter second(text, begin, end, indent, true);
  (void)second.run();
  return std::move(second.scan);
}

namespace {

// Behind the logical line; `see` is told of what stands outside comments, a string as its quote, and how deep brackets
// are there.
template <class See>
void skip_logical_line(Cursor& cursor, See see) {
  int depth = 0;
  while (!cursor.done()) {
    const char c = cursor.here();
    if (c == '#') {
      cursor.skip_line_rest();
    } else if (c == '"' || c == '\'') {
      (void)cursor.skip_string(true);
      see(c, depth);
    } else if (c == '\\') {
      cursor.move(cursor.at(cursor.pos() + 1) == '\r' ? 3 : 2);
    } else {
      if (c == '(' || c == '[' || c == '{') ++depth;
      if (c == ')' || c == ']' || c == '}') --depth;
      cursor.move(1);
      if (c != '\n') see(c, depth);
      else if (depth <= 0) return;
    }
  }
}

}  // namespace

std::uint32_t logical_line_end(std::string_view text, std::uint32_t begin) {
  Cursor cursor(text, begin, static_cast<std::uint32_t>(text.size()));
  skip_logical_line(cursor, [](char, int) {});
  return cursor.pos();
}

std::optional<int> line_indentation(std::string_view text, std::uint32_t pos) {
  std::uint32_t line = pos;
  while (line > 0 && (text[line - 1] == ' ' || text[line - 1] == '\t' || text[line - 1] == '\f')) --line;
  if (line > 0 && text[line - 1] != '\n' && text[line - 1] != '\r') return std::nullopt;
  int column = 0;
  for (std::uint32_t i = line; i < pos; ++i)
    column = text[i] == ' ' ? column + 1 : text[i] == '\t' ? column / 8 * 8 + 8 : 0;
  return column;
}

std::optional<ClassHeader> find_class_body(std::string_view text, const ScannedChunk& chunk) {
  Cursor cursor(text, chunk.keyword, chunk.end);
  bool colon = false;
  skip_logical_line(cursor, [&](char c, int depth) {
    if (c == ':') colon = depth <= 0;
    else if (c != ' ' && c != '\t' && c != '\r' && c != '\f') colon = false;
  });
  if (!colon) return std::nullopt;
  ClassHeader header{cursor.pos(), 0};
  // The first line of the body that holds something says how far it is indented.
  std::uint32_t p = cursor.pos();
  while (p < chunk.end) {
    int column = 0;
    for (; p < chunk.end && (text[p] == ' ' || text[p] == '\t' || text[p] == '\f'); ++p)
      column = text[p] == ' ' ? column + 1 : text[p] == '\t' ? column / 8 * 8 + 8 : 0;
    if (p < chunk.end && text[p] != '\n' && text[p] != '\r' && text[p] != '#') {
      header.body_indent = column;
      return column > 0 ? std::optional(header) : std::nullopt;
    }
    while (p < chunk.end && text[p] != '\n') ++p;
    if (p < chunk.end) ++p;
  }
  return std::nullopt;
}

std::optional<PlainProblem> find_plain_problem(std::string_view text, std::uint32_t begin, std::uint32_t end) {
  Cursor cursor(text, begin, end);
  std::vector<std::uint32_t> open;
  // The header of a compound statement: seen at a line's start, waiting for its colon.
  bool at_line_start = true;
  std::string_view header_word;
  bool colon = false;
  std::uint32_t code_end = begin;
  const auto missing_colon = [&]() -> std::optional<PlainProblem> {
    if (header_word.empty() || colon || !open.empty()) return std::nullopt;
    return PlainProblem{code_end, code_end, fmt::format("expected `:` after the `{}` line", header_word)};
  };
  while (!cursor.done()) {
    const char c = cursor.here();
    if (c == '\n') {
      if (auto problem = missing_colon()) return problem;
      if (open.empty()) {
        at_line_start = true;
        header_word = {};
      }
      cursor.move(1);
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
      cursor.move(1);
      continue;
    }
    if (c == '#') {
      cursor.skip_line_rest();
      continue;
    }
    if (at_line_start && is_word(c)) {
      at_line_start = false;
      static constexpr std::string_view kHeaders[] = {"def",   "class", "if",     "elif",    "else", "for",
                                                      "while", "try",   "except", "finally", "with"};
      for (std::string_view word : kHeaders)
        if (cursor.starts_word(word)) {
          header_word = word;
          colon = false;
        }
    }
    at_line_start = false;
    if (c == '"' || c == '\'') {
      const std::uint32_t start = cursor.pos();
      if (!cursor.skip_string(false)) return PlainProblem{start, start + 1, "this string is not closed"};
      code_end = cursor.pos();
      continue;
    }
    if (c == '\\') {
      cursor.move(cursor.at(cursor.pos() + 1) == '\r' ? 3 : 2);
      continue;
    }
    if (c == '(' || c == '[' || c == '{') {
      open.push_back(cursor.pos());
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty()) return PlainProblem{cursor.pos(), cursor.pos() + 1, fmt::format("`{}` closes nothing", c)};
      const char opener = text[open.back()];
      const char wanted = opener == '(' ? ')' : opener == '[' ? ']' : '}';
      if (c != wanted)
        return PlainProblem{cursor.pos(), cursor.pos() + 1,
                            fmt::format("`{}` closes a `{}`; expected `{}`", c, opener, wanted)};
      open.pop_back();
    } else if (c == ':' && open.empty()) {
      colon = true;
    }
    cursor.move(1);
    code_end = cursor.pos();
  }
  if (auto problem = missing_colon()) return problem;
  if (!open.empty())
    return PlainProblem{open.back(), open.back() + 1, fmt::format("`{}` is never closed", text[open.back()])};
  return std::nullopt;
}

std::vector<TopLevelChunk> top_level_chunks(std::string_view text) {
  const Scan scan = scan_chunks(text, 0, static_cast<std::uint32_t>(text.size()));
  std::vector<TopLevelChunk> out;
  out.reserve(scan.chunks.size());
  for (const ScannedChunk& chunk : scan.chunks) out.push_back({chunk.name, chunk.begin, chunk.end});
  return out;
}

}  // namespace shapelint
