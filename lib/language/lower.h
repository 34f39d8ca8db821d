// From the grammar's tree, free of errors, to the program. One object lowers into one module, tree by tree: a file that
// does not parse as a whole is lowered piece by piece. Private to lib/language.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/cst.h"
#include "lib/language/parser.h"
#include "lib/language/program.h"
#include "lib/language/scan.h"

namespace shapelint {

/// `a + b + c ...` or `a.b.c ...` with more links than this becomes unknown: later stages recurse along it.
inline constexpr int kMaxChain = 1000;
/// Bound on the height of an expression, counted from its function's first statement: chains within nesting.
inline constexpr int kMaxHeight = kMaxChain + kMaxNesting;
/// A file of nothing but mistakes need not name them all.
inline constexpr std::size_t kMaxIssues = 1000;

class Lowering {
 public:
  Lowering(std::string_view text, SourceId source, Dialect dialect, ast::Module& module)
      : text_(text),
        source_(source),
        dialect_(dialect),
        module_(module),
        valid_(first_invalid_utf8(text) == std::string_view::npos) {}

  /// Statements of a tree's root, appended to `out`; `column` is where their lines must begin.
  void lower_tree(const cst::Tree& tree, int column, ast::Block& out);
  /// A class whose header (alone, with an empty body) is `tree`; the body's statements come from the caller through
  /// `body`, since some of them do not parse. Empty when the tree is not just a class header.
  std::optional<ast::StmtId> lower_class_header(const cst::Tree& tree);
  void finish_class(ast::StmtId stmt, ast::Block body, std::uint32_t end);

  /// Records that these bytes do not parse, and stands in for them.
  ast::StmtId unparsed(std::uint32_t begin, std::uint32_t end, Span place, std::string reason);

  void issue(Span span, std::string message, bool is_error);
  Span span(std::uint32_t begin, std::uint32_t end) const { return {source_, begin, end}; }
  /// The docstring of a body, if its first statement is a string.
  void find_docstring(const ast::Block& body, std::string& text, Span* place) const;

 private:
  using N = cst::NodeIndex;
  using K = cst::Kind;
  using F = cst::Field;
  static constexpr N kNone = cst::kNoNode;

  // ---- shared
  /// An absent node is an empty one at the start of the file, so that a tree of an unexpected form cannot crash.
  const cst::Node& node(N n) const {
    static constexpr cst::Node kNothing{};
    return n == kNone ? kNothing : (*tree_)[n];
  }
  K kind(N n) const { return n == kNone ? K::error : node(n).kind; }
  N first(N n) const { return n == kNone ? kNone : tree_->first_child(n); }
  N next(N n) const { return node(n).next; }
  N child(N n, F field) const { return n == kNone ? kNone : tree_->child(n, field); }
  N child(N n, K wanted) const { return n == kNone ? kNone : tree_->child(n, wanted); }
  N named(N n) const { return n == kNone ? kNone : tree_->first_named(n); }
  N next_named(N n) const { return n == kNone ? kNone : tree_->next_named(n); }
  Span span(N n) const { return {source_, node(n).begin, node(n).end}; }
  std::string_view raw(N n) const { return text_.substr(node(n).begin, node(n).end - node(n).begin); }
  std::string text(N n) const;
  bool token_is(N n, std::string_view word) const { return kind(n) == K::token && raw(n) == word; }
  bool has_token(N n, std::string_view word) const;
  /// The language has no such thing: an error in the loss language, otherwise nothing.
  void outside(Span where, std::string what);
  ast::ExprId add(Span where, decltype(ast::Expr::node) value);
  ast::StmtId add_stmt(Span where, decltype(ast::Stmt::node) value);
  ast::ExprId unknown(Span where, std::string reason);
  ast::StmtId unknown_stmt(Span where, std::string reason);
  Span& span_of(ast::ExprId id) { return module_.exprs[id.index].span; }
  const ast::Expr& expr_of(ast::ExprId id) const { return module_.exprs[id.index]; }

  // ---- expressions (lower_expr.cpp)
  ast::ExprId expr(N n);
  ast::ExprId optional_expr(N n) { return n == kNone ? ast::ExprId{} : expr(n); }
  ast::ExprId leaf(N n);
  ast::ExprId chain(N n);
  N chain_base(N n) const;
  ast::ExprId link(N n, ast::ExprId base, Span where);
  ast::ExprId logical(N n, ast::ExprId left, Span where);
  ast::ExprId subscript(N n, ast::ExprId base, Span where);
  ast::ExprId call(N n, ast::ExprId base, Span where);
  ast::ExprId call_of_type(N parentheses);
  ast::ExprId compare(N n);
  ast::ExprId slice(N n);
  ast::ExprId lambda(N n);
  ast::ExprId dictionary(N n);
  ast::ExprId comprehension(N n);
  ast::ExprId number(N n);
  ast::ExprId string(N n);
  void format_parts(N n, std::vector<ast::ExprId>& parts);
  ast::ExprId tuple_of(N n, Span where);
  ast::ExprId subscripts(N first_item, F field, std::uint32_t end);
  std::vector<ast::ExprId> items(N n);
  std::vector<ast::Argument> arguments(N n);

  // ---- statements (lower_stmt.cpp)
  void statement(N n, ast::Block& out);
  void simple_statement(N n, ast::Block& out);
  ast::StmtId expression_statement(N n);
  ast::StmtId assignment(N n, Span where);
  ast::StmtId assignment_to_type(N n);
  ast::StmtId augmented(N n, Span where);
  ast::StmtId import_from(N n);
  std::vector<ast::ImportedName> imported_names(N n);
  std::string dotted(N n) const;
  ast::Block block(N n);
  ast::Block suite(N n, std::string_view what);
  ast::Block else_block(N n);
  std::uint32_t end_of(const ast::Block& body, std::uint32_t fallback) const;
  void check_indentation(N n, std::optional<int> wanted);
  ast::StmtId if_statement(N n);
  ast::StmtId loop(N n);
  ast::StmtId try_statement(N n);
  ast::StmtId with_statement(N n);
  void with_item(N n, std::vector<ast::WithItem>& out);
  ast::StmtId definition(N n, N decorated);
  ast::StmtId function(N n, Span where, std::vector<ast::ExprId> decorators);
  ast::StmtId class_def(N n, Span where, std::vector<ast::ExprId> decorators);
  std::vector<ast::ExprId> decorators(N n);
  std::vector<ast::Param> params(N n);

  // ---- match (lower_match.cpp)
  struct Subject;
  void match_statement(N n, ast::Block& out);
  /// Why the pattern has no place among comparisons; empty when it has.
  std::string unsupported(N pattern, const Subject& subject, bool alternative) const;
  std::string unsupported_sequence(const std::vector<N>& parts, const Subject& subject, bool alternative) const;
  bool repeatable(N n) const;
  bool irrefutable(N pattern) const;
  ast::ExprId value_of(const Subject& subject, Span where);
  /// Appends what must hold and what is bound then.
  void pattern(N n, const Subject& subject, std::vector<ast::ExprId>& conditions, ast::Block& bindings);
  void sequence(const std::vector<N>& parts, const Subject& subject, Span where, std::vector<ast::ExprId>& conditions,
                ast::Block& bindings);
  void equality(N n, const Subject& subject, ast::CompareOp op, std::vector<ast::ExprId>& conditions);
  void bind(N name, const Subject& subject, ast::Block& bindings);
  std::vector<N> pattern_parts(N n) const;

  std::string_view text_;
  SourceId source_;
  Dialect dialect_;
  ast::Module& module_;
  bool valid_;  ///< the text is UTF-8
  bool header_only_ = false;
  N type_call_ = kNone;  ///< parentheses that belong to a `type` before them (see simple_statement)
  std::uint32_t type_begin_ = 0;
  const cst::Tree* tree_ = nullptr;
  int nesting_ = 0;            ///< bounds this object's own recursion
  int height_ = 0;             ///< bounds that of later stages
  bool* generator_ = nullptr;  ///< is_generator of the function around
};

}  // namespace shapelint
