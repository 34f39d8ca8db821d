#include "lib/libtorch/comments.h"

#include <clang/Lex/Lexer.h>

namespace shapelint::libtorch {
namespace {

constexpr llvm::StringRef kPrefix = "shapelint:";

// Only blanks and at most one line end?
bool only_one_line_end(llvm::StringRef between) {
  return between.find_first_not_of(" \t\r\n") == llvm::StringRef::npos && between.count('\n') <= 1;
}

// `@param[in] pred the logits, (B, 1)` and `\param pred ...`, as Doxygen has it: `:param pred: ...`.
std::string as_entry(llvm::StringRef line) {
  llvm::StringRef rest = line;
  if (!rest.consume_front("@param") && !rest.consume_front("\\param")) return line.str();
  if (rest.starts_with("[")) rest = rest.split(']').second;
  if (!rest.starts_with(" ") && !rest.starts_with("\t")) return line.str();
  const auto [name, text] = rest.ltrim(" \t").split(' ');
  return (":param " + name + ": " + text.ltrim(" \t-:")).str();
}

std::string without_marks(llvm::StringRef comment) {
  std::string out;
  comment.consume_back("*/");
  while (!comment.empty()) {
    auto [line, rest] = comment.split('\n');
    line = line.ltrim(" \t");
    line = line.ltrim("/*!<").ltrim(" \t");
    out += as_entry(line.rtrim("\r")) + "\n";
    comment = rest;
  }
  return out;
}

}  // namespace

std::vector<ast::Comment> comments_in(llvm::StringRef text, const clang::LangOptions& language) {
  std::vector<ast::Comment> out;
  // The lexer needs a zero byte at the end, which a buffer of Clang's has.
  clang::Lexer lexer(clang::SourceLocation::getFromRawEncoding(1), language, text.begin(), text.begin(), text.end());
  lexer.SetCommentRetentionState(true);
  clang::Token token;
  while (true) {
    lexer.LexFromRawLexer(token);
    if (token.is(clang::tok::eof)) break;
    if (!token.is(clang::tok::comment)) continue;
    const auto begin = token.getLocation().getRawEncoding() - 1;
    std::uint32_t end = begin + token.getLength();
    while (end > begin && (text[end - 1] == '\n' || text[end - 1] == '\r')) --end;
    out.push_back({Span{{}, begin, end}});
  }
  return out;
}

std::optional<CommentAbove> comment_above(llvm::StringRef text, const std::vector<ast::Comment>& comments,
                                          std::uint32_t begin) {
  // `template <...>` and attributes may stand between on lines of their own; only what touches counts.
  // (LLVM's rfind looks before the position that it is given.)
  const auto line_end_before = [&](std::size_t position) -> std::size_t {
    const std::size_t found = text.rfind('\n', position);
    return found == llvm::StringRef::npos ? 0 : found;
  };
  std::optional<CommentAbove> out;
  auto at = static_cast<std::uint32_t>(line_end_before(begin));
  for (std::size_t i = comments.size(); i-- > 0;) {
    const Span& span = comments[i].span;
    if (span.end > begin) continue;
    if (span.end > at || !only_one_line_end(text.substr(span.end, at - span.end))) break;
    // A comment behind code belongs to that code.
    const std::size_t start = line_end_before(span.begin);
    if (text.substr(start, span.begin - start).find_first_not_of(" \t\n") != llvm::StringRef::npos) break;
    if (!out) out.emplace(CommentAbove{"", span});
    out->text = without_marks(text.substr(span.begin, span.end - span.begin)) + out->text;
    out->span.begin = span.begin;
    at = static_cast<std::uint32_t>(start);
  }
  return out;
}

std::optional<StatedShape> stated_shape_of(const std::string& annotation) {
  llvm::StringRef text(annotation);
  if (!text.consume_front(kPrefix)) return std::nullopt;
  text = text.trim();
  const std::size_t open = text.find('[');
  if (open != llvm::StringRef::npos && open > 0 && text.ends_with("]") &&
      text.substr(0, open).find_first_of(" ,*") == llvm::StringRef::npos)
    return StatedShape{text.substr(0, open).str(), text.substr(open + 1).drop_back().str()};
  return StatedShape{"Float", text.str()};
}

}  // namespace shapelint::libtorch
