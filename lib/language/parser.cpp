// parse_program: the whole text at once when it parses; otherwise statement by statement, and a class member by member,
// so that what does not parse costs only itself. tree-sitter's own recovery is not used: on an unfinished `def` it
// gives the next function's body to it.
#include "lib/language/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/language/cst.h"
#include "lib/language/lower.h"
#include "lib/language/scan.h"

namespace shapelint {
namespace {

// Classes inside classes beyond this are lost as a whole: each level reads its text once more.
constexpr int kMaxClassDepth = 3;
constexpr std::uint32_t kLargeStatement = 20'000;
constexpr std::uint32_t kLongComments = 40'000;

class ProgramParser {
 public:
  ProgramParser(std::string_view text, SourceId id, Dialect dialect, ast::Module& module)
      : text_(text), module_(module), lowering_(text, id, dialect, module) {}

  void run(std::uint32_t begin, std::uint32_t end, int column) {
    const Scan scan = scan_chunks(text_, begin, end);
    // Brackets nested beyond what CPython takes, or never closed, are not shown to the grammar as a whole: its search
    // for a way to go on can take quadratic time.
    // The same for very long blocks of comments: at each one the grammar's scanner looks for the end of all of them.
    std::uint32_t longest_gap = 0;
    std::uint32_t at = begin;
    for (const ScannedChunk& chunk : scan.chunks) {
      longest_gap = std::max(longest_gap, chunk.begin - std::min(at, chunk.begin));
      at = chunk.end;
    }
    if (scan.bracket_depth <= kMaxNesting && !scan.broken && longest_gap <= kLongComments) {
      const cst::Tree tree = parser_.parse(text_.substr(begin, end - begin), begin, true);
      if (!tree.has_error) {
        take_comments(tree);
        lowering_.lower_tree(tree, column, module_.body);
        return finish();
      }
    }
    pieces(scan.chunks, begin, end, column, 0, module_.body);
    finish();
  }

 private:
  void finish() {
    lowering_.find_docstring(module_.body, module_.docstring, nullptr);
    const auto by_place = [](const auto& a, const auto& b) { return a.span.begin < b.span.begin; };
    std::sort(module_.comments.begin(), module_.comments.end(), by_place);
    std::stable_sort(module_.issues.begin(), module_.issues.end(), by_place);
  }

  void take_comments(const cst::Tree& tree) {
    for (const cst::ByteRange& c : tree.comments) module_.comments.push_back({lowering_.span(c.begin, c.end)});
  }

  // Between statements there are only blank lines and comments.
  void take_gap(std::uint32_t begin, std::uint32_t end) {
    while (begin < end) {
      const std::size_t newline = std::min<std::size_t>(text_.substr(0, end).find('\n', begin), end);
      const std::size_t hash = text_.substr(0, newline).find('#', begin);
      if (hash != std::string_view::npos) {
        auto stop = static_cast<std::uint32_t>(newline);
        if (text_[stop - 1] == '\r') --stop;
        module_.comments.push_back({lowering_.span(static_cast<std::uint32_t>(hash), stop)});
      }
      begin = static_cast<std::uint32_t>(newline) + 1;
    }
  }

  void pieces(const std::vector<ScannedChunk>& chunks, std::uint32_t begin, std::uint32_t end, int column, int depth,
              ast::Block& out) {
    std::uint32_t at = begin;
    for (const ScannedChunk& chunk : chunks) {
      take_gap(at, chunk.begin);
      piece(chunk, column, depth, out);
      at = chunk.end;
    }
    take_gap(at, end);
  }

  void piece(const ScannedChunk& chunk, int column, int depth, ast::Block& out) {
    // The grammar must not see the indentation of a class member: nothing around it would close it.
    std::uint32_t begin = chunk.begin;
    while (begin < chunk.end && (text_[begin] == ' ' || text_[begin] == '\t' || text_[begin] == '\f')) ++begin;
    if (chunk.unreadable) {
      out.push_back(
          lowering_.unparsed(begin, chunk.end, lowering_.span(begin, begin), "too many lines are joined by `\\`"));
      return;
    }
    if (chunk.bracket_depth > kMaxNesting && !(chunk.is_class && depth < kMaxClassDepth)) {
      out.push_back(lowering_.unparsed(begin, chunk.end, lowering_.span(begin, begin),
                                       fmt::format("brackets are nested deeper than {} levels", kMaxNesting)));
      return;
    }
    if (chunk.bracket_depth <= kMaxNesting) {
      // Where exactly a statement of this size fails is not worth the search.
      const bool large = chunk.end - begin > kLargeStatement;
      const cst::Tree tree = parser_.parse(text_.substr(begin, chunk.end - begin), begin, large);
      if (!tree.has_error) {
        take_comments(tree);
        lowering_.lower_tree(tree, column, out);
        return;
      }
      if (chunk.is_class && depth < kMaxClassDepth && broken_class(chunk, begin, depth, out)) return;
      take_comments(tree);
      broken(chunk, begin, tree, out);
      return;
    }
    if (!broken_class(chunk, begin, depth, out))
      out.push_back(lowering_.unparsed(begin, chunk.end, lowering_.span(begin, begin),
                                       fmt::format("brackets are nested deeper than {} levels", kMaxNesting)));
  }

  // The header and each member on its own. False when the header is what is broken.
  bool broken_class(const ScannedChunk& chunk, std::uint32_t begin, int depth, ast::Block& out) {
    const auto header = find_class_body(text_, chunk);
    if (!header) return false;
    const Scan members = scan_chunks(text_, header->end, chunk.end, header->body_indent);
    const cst::Tree tree = parser_.parse(text_.substr(begin, header->end - begin), begin);
    const auto stmt = lowering_.lower_class_header(tree);
    if (!stmt) return false;
    take_comments(tree);
    out.push_back(*stmt);
    ast::Block body;
    pieces(members.chunks, header->end, chunk.end, header->body_indent, depth + 1, body);
    lowering_.finish_class(*stmt, std::move(body), chunk.end);
    return true;
  }

  void broken(const ScannedChunk& chunk, std::uint32_t begin, const cst::Tree& tree, ast::Block& out) {
    std::uint32_t end = chunk.end;
    while (end > begin && (text_[end - 1] == '\n' || text_[end - 1] == '\r')) --end;
    if (const auto problem = find_plain_problem(text_, begin, chunk.end)) {
      out.push_back(lowering_.unparsed(begin, end, lowering_.span(problem->begin, problem->end), problem->message));
      return;
    }
    if (!tree.expected.empty()) {
      out.push_back(lowering_.unparsed(begin, end, lowering_.span(tree.error.begin, tree.error.end),
                                       fmt::format("expected `{}`", tree.expected)));
      return;
    }
    // What the grammar could not place, as far as it is on one line.
    Span place = lowering_.span(std::min(tree.error.begin, end), std::min(tree.error.end, end));
    const std::string_view all = text_.substr(place.begin, place.end - place.begin);
    const std::string_view shown = all.substr(0, std::min(all.find_first_of("\r\n"), all.size()));
    place.end = place.begin + static_cast<std::uint32_t>(shown.size());
    std::string reason = "this does not parse";
    if (!shown.empty() && shown.size() <= 40 && first_invalid_utf8(shown) == std::string_view::npos)
      reason = fmt::format("`{}` does not parse here", shown);
    out.push_back(lowering_.unparsed(begin, end, place, std::move(reason)));
  }

  std::string_view text_;
  ast::Module& module_;
  Lowering lowering_;
  cst::Parser parser_;
};

}  // namespace

ast::Module parse_program(const SourceFile& file, SourceId id, std::string module_name, const ParseOptions& options) {
  ast::Module module;
  module.source = id;
  module.name = std::move(module_name);
  const std::string_view text = file.text();
  const auto size = static_cast<std::uint32_t>(text.size());
  const std::uint32_t end = std::min(options.end, size);
  const std::uint32_t begin = std::min(options.begin, end);
  ProgramParser(text.substr(0, end), id, options.dialect, module).run(begin, end, 0);
  return module;
}

ast::Module parse_expression(const SourceFile& file, SourceId id) {
  ast::Module module;
  module.source = id;
  const std::string_view text = file.text();
  const auto size = static_cast<std::uint32_t>(text.size());
  // Spaces before an expression mean nothing, unlike before a statement.
  const std::size_t skipped = std::min(text.find_first_not_of(" \t\r\n\f"), text.size());
  const auto begin = static_cast<std::uint32_t>(skipped);
  ProgramParser(text, id, Dialect::loss, module).run(begin, size, line_indentation(text, begin).value_or(0));
  const bool one = module.body.size() == 1 && std::holds_alternative<ast::ExprStmt>(module.stmt(module.body[0]).node);
  const bool failed = std::any_of(module.issues.begin(), module.issues.end(), [](const auto& i) { return i.is_error; });
  if (one) return module;
  if (!failed) {
    const char* reason = module.body.empty() ? "expected an expression" : "expected one expression, not statements";
    module.issues.push_back({{id, 0, size}, reason, true});
  }
  // Whatever was written, there is one statement with a value.
  module.exprs.push_back({{id, 0, size}, ast::UnknownExpr{"not an expression"}});
  module.stmts.push_back({{id, 0, size}, ast::ExprStmt{{static_cast<std::uint32_t>(module.exprs.size() - 1)}}});
  module.body = {{static_cast<std::uint32_t>(module.stmts.size() - 1)}};
  return module;
}

}  // namespace shapelint
