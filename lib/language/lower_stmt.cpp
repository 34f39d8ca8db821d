// Statements and blocks.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/language/literals.h"
#include "lib/language/lower.h"

namespace shapelint {
using namespace ast;

// ---- shared helpers

std::string Lowering::text(N n) const { return valid_ ? std::string(raw(n)) : valid_utf8(raw(n)); }

bool Lowering::has_token(N n, std::string_view word) const {
  for (N c = first(n); c != kNone; c = next(c))
    if (token_is(c, word)) return true;
  return false;
}

void Lowering::issue(Span where, std::string message, bool is_error) {
  if (module_.issues.size() > kMaxIssues) return;
  if (module_.issues.size() == kMaxIssues) message = "there are more issues than are listed";
  module_.issues.push_back({where, std::move(message), is_error});
}

void Lowering::outside(Span where, std::string what) {
  if (dialect_ == Dialect::loss) issue(where, fmt::format("the loss language has no {}", what), true);
}

ExprId Lowering::add(Span where, decltype(Expr::node) value) {
  module_.exprs.push_back({where, std::move(value)});
  return {static_cast<std::uint32_t>(module_.exprs.size() - 1)};
}

StmtId Lowering::add_stmt(Span where, decltype(Stmt::node) value) {
  module_.stmts.push_back({where, std::move(value)});
  return {static_cast<std::uint32_t>(module_.stmts.size() - 1)};
}

ExprId Lowering::unknown(Span where, std::string reason) { return add(where, UnknownExpr{std::move(reason)}); }

StmtId Lowering::unknown_stmt(Span where, std::string reason) {
  return add_stmt(where, UnknownStmt{std::move(reason)});
}

StmtId Lowering::unparsed(std::uint32_t begin, std::uint32_t end, Span place, std::string reason) {
  issue(place, reason, true);
  return unknown_stmt(span(begin, end), std::move(reason));
}

std::uint32_t Lowering::end_of(const Block& body, std::uint32_t fallback) const {
  return body.empty() ? fallback : module_.stmt(body.back()).span.end;
}

void Lowering::find_docstring(const Block& body, std::string& out, Span* place) const {
  if (body.empty()) return;
  const auto* statement = std::get_if<ExprStmt>(&module_.stmt(body.front()).node);
  if (statement == nullptr) return;
  const Expr& value = module_.expr(statement->value);
  const auto* literal = std::get_if<StringLiteral>(&value.node);
  if (literal == nullptr || string_prefix(text_.substr(value.span.begin, value.span.end - value.span.begin)).bytes)
    return;
  out = literal->value;
  if (place != nullptr) *place = value.span;
}

// ---- blocks

void Lowering::lower_tree(const cst::Tree& tree, int column, Block& out) {
  tree_ = &tree;
  check_indentation(0, column);
  for (N c = first(0); c != kNone; c = next(c))
    if (kind(c) != K::token) statement(c, out);
  tree_ = nullptr;
}

// The grammar takes statements of one block at any column; Python wants one.
void Lowering::check_indentation(N n, std::optional<int> wanted) {
  for (N c = first(n); c != kNone; c = next(c)) {
    if (kind(c) == K::token) continue;
    const std::uint32_t begin = node(c).begin;
    const std::optional<int> column = line_indentation(text_, begin);
    if (!column) continue;
    if (!wanted) wanted = column;
    if (*column == *wanted) continue;
    // A line that continues the one before may begin anywhere.
    std::string_view before = text_.substr(0, begin);
    before = before.substr(0, before.find_last_not_of(" \t\f\r\n") + 1);
    if (!before.empty() && before.back() == '\\') continue;
    issue(span(begin, begin), fmt::format("unexpected indentation by {} columns instead of {}", *column, *wanted),
          true);
    return;
  }
}

Block Lowering::block(N n) {
  Block out;
  if (n == kNone) return out;
  if (nesting_ >= kMaxNesting || height_ >= kMaxHeight) {
    const std::string reason = fmt::format("nested deeper than {} levels", kMaxNesting);
    issue(span(n), reason, true);
    out.push_back(unknown_stmt(span(n), reason));
    return out;
  }
  ++nesting_;
  ++height_;
  check_indentation(n, std::nullopt);
  for (N c = first(n); c != kNone; c = next(c))
    if (kind(c) != K::token) statement(c, out);
  --nesting_;
  --height_;
  return out;
}

// The block of a compound statement, which may not be empty.
Block Lowering::suite(N n, std::string_view what) {
  const N body = child(n, K::block_k);
  Block out = block(body);
  if (out.empty())
    issue(span(node(n).end, node(n).end), fmt::format("expected an indented block after `{}`", what), true);
  return out;
}

Block Lowering::else_block(N n) {
  const N clause = child(n, K::else_clause_k);
  return clause == kNone ? Block{} : suite(clause, "else");
}

// ---- statements

void Lowering::statement(N n, Block& out) {
  const Span where = span(n);
  switch (kind(n)) {
    case K::if_statement_k: out.push_back(if_statement(n)); return;
    case K::for_statement_k:
    case K::while_statement_k: out.push_back(loop(n)); return;
    case K::try_statement_k: out.push_back(try_statement(n)); return;
    case K::with_statement_k: out.push_back(with_statement(n)); return;
    case K::function_definition_k:
    case K::class_definition_k: out.push_back(definition(n, kNone)); return;
    case K::decorated_definition_k: out.push_back(definition(child(n, F::definition_f), n)); return;
    case K::match_statement_k:
      outside(span(where.begin, where.begin + 5), "`match`");
      match_statement(n, out);
      return;
    default: simple_statement(n, out);
  }
}

void Lowering::simple_statement(N n, Block& out) {
  const Span where = span(n);
  switch (kind(n)) {
    case K::expression_statement_k: out.push_back(expression_statement(n)); return;
    case K::return_statement_k: {
      const ExprId value = optional_expr(named(n));
      out.push_back(add_stmt(where, Return{value}));
      return;
    }
    case K::pass_statement_k: out.push_back(add_stmt(where, Pass{})); return;
    case K::break_statement_k: out.push_back(add_stmt(where, Break{})); return;
    case K::continue_statement_k: out.push_back(add_stmt(where, Continue{})); return;
    case K::assert_statement_k: {
      const N condition = named(n);
      const ExprId c = expr(condition), message = optional_expr(next_named(condition));
      out.push_back(add_stmt(where, Assert{c, message}));
      return;
    }
    case K::raise_statement_k: {
      // The cause after `from` says nothing about shapes.
      const N value = named(n);
      const ExprId exception = value != kNone && node(value).field != F::cause_f ? expr(value) : ExprId{};
      out.push_back(add_stmt(where, Raise{exception}));
      return;
    }
    case K::delete_statement_k: {
      outside(where, "`del`");
      const N value = named(n);
      auto targets = kind(value) == K::expression_list_k ? items(value) : std::vector<ExprId>{expr(value)};
      out.push_back(add_stmt(where, Delete{std::move(targets)}));
      return;
    }
    case K::global_statement_k:
    case K::nonlocal_statement_k: {
      std::vector<std::string> names;
      for (N c = named(n); c != kNone; c = next_named(c)) names.push_back(text(c));
      const bool global = kind(n) == K::global_statement_k;
      outside(where, global ? "`global`" : "`nonlocal`");
      if (global) out.push_back(add_stmt(where, Global{std::move(names)}));
      else out.push_back(add_stmt(where, Nonlocal{std::move(names)}));
      return;
    }
    case K::import_statement_k: out.push_back(add_stmt(where, Import{imported_names(n)})); return;
    case K::import_from_statement_k: out.push_back(import_from(n)); return;
    case K::future_import_statement_k:
      out.push_back(add_stmt(where, ImportFrom{"__future__", 0, imported_names(n)}));
      return;
    case K::print_statement_k:
    case K::exec_statement_k: {
      const std::string reason =
          fmt::format("a Python 2 `{}` statement", kind(n) == K::print_statement_k ? "print" : "exec");
      issue(where, reason, dialect_ == Dialect::loss);
      out.push_back(unknown_stmt(where, reason));
      return;
    }
    case K::type_alias_statement_k:
      if (StmtId made = assignment_to_type(n); made.valid()) {
        out.push_back(made);
        return;
      }
      outside(where, "`type` statement");
      if (dialect_ == Dialect::python) issue(where, "a `type` statement is not followed", false);
      out.push_back(unknown_stmt(where, "a `type` statement"));
      return;
    default: out.push_back(unparsed(where.begin, where.end, where, "not a statement of the language"));
  }
}

StmtId Lowering::expression_statement(N n) {
  const N value = named(n);
  if (kind(value) == K::assignment_k) return assignment(value, span(n));
  if (kind(value) == K::augmented_assignment_k) return augmented(value, span(n));
  // `a, b` at the start of a line is no list node of its own.
  const bool tuple = has_token(n, ",");
  const ExprId e = tuple ? tuple_of(n, span(n)) : expr(value);
  return add_stmt(span(n), ExprStmt{e});
}

StmtId Lowering::assignment(N n, Span where) {
  if (const N type = child(n, F::type_f); type != kNone) {
    const ExprId target = expr(child(n, F::left_f)), annotation = expr(type);
    const ExprId value = optional_expr(child(n, F::right_f));
    return add_stmt(where, AnnotatedAssign{target, annotation, value});
  }
  std::vector<ExprId> targets;
  N value = n;
  while (kind(value) == K::assignment_k) {
    if (child(value, F::type_f) != kNone) break;
    targets.push_back(expr(child(value, F::left_f)));
    value = child(value, F::right_f);
  }
  if (kind(value) == K::assignment_k || kind(value) == K::augmented_assignment_k) {
    const std::string reason = "an assignment is not a value";
    issue(span(value), reason, true);
    return unknown_stmt(where, reason);
  }
  const ExprId v = expr(value);
  return add_stmt(where, Assign{std::move(targets), v});
}

// The grammar reads `type(x).a = b` as the alias `type (x).a = b`.
StmtId Lowering::assignment_to_type(N n) {
  const N left = child(n, F::left_f);
  N base = named(left);
  for (N inner = chain_base(base); inner != kNone; inner = chain_base(base)) base = inner;
  if (base == named(left) || (kind(base) != K::parenthesized_expression_k && kind(base) != K::tuple_k)) return {};
  type_call_ = base;
  type_begin_ = node(n).begin;
  const ExprId target = expr(left);
  type_call_ = kNone;
  const ExprId value = expr(child(n, F::right_f));
  return add_stmt(span(n), Assign{{target}, value});
}

StmtId Lowering::augmented(N n, Span where) {
  const N right = child(n, F::right_f);
  if (kind(right) == K::assignment_k || kind(right) == K::augmented_assignment_k) {
    const std::string reason = "an assignment is not a value";
    issue(span(right), reason, true);
    return unknown_stmt(where, reason);
  }
  static constexpr std::pair<std::string_view, BinaryOp> kOps[] = {
      {"+=", BinaryOp::add},         {"-=", BinaryOp::sub},    {"*=", BinaryOp::mul},     {"/=", BinaryOp::div},
      {"//=", BinaryOp::floordiv},   {"%=", BinaryOp::mod},    {"**=", BinaryOp::pow},    {"@=", BinaryOp::matmul},
      {"&=", BinaryOp::bit_and},     {"|=", BinaryOp::bit_or}, {"^=", BinaryOp::bit_xor}, {"<<=", BinaryOp::shift_left},
      {">>=", BinaryOp::shift_right}};
  BinaryOp op = BinaryOp::add;
  const std::string_view written = raw(child(n, F::operator_f));
  for (const auto& [name, which] : kOps)
    if (name == written) op = which;
  const ExprId target = expr(child(n, F::left_f)), value = expr(right);
  return add_stmt(where, AugmentedAssign{op, target, value});
}

// ---- imports

std::string Lowering::dotted(N n) const {
  if (kind(n) != K::dotted_name_k) return text(n);
  std::string out;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (!out.empty()) out += '.';
    out += text(c);
  }
  return out;
}

std::vector<ImportedName> Lowering::imported_names(N n) {
  std::vector<ImportedName> out;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (kind(c) == K::wildcard_import_k) {
      out.push_back({"*", {}, span(c)});
    } else if (node(c).field == F::name_f) {
      if (kind(c) == K::aliased_import_k)
        out.push_back({dotted(child(c, F::name_f)), text(child(c, F::alias_f)), span(c)});
      else out.push_back({dotted(c), {}, span(c)});
    }
  }
  return out;
}

StmtId Lowering::import_from(N n) {
  ImportFrom out;
  const N module = child(n, F::module_name_f);
  if (kind(module) == K::relative_import_k) {
    const std::string_view dots = raw(child(module, K::import_prefix_k));
    out.level = static_cast<int>(std::count(dots.begin(), dots.end(), '.'));
    if (const N name = child(module, K::dotted_name_k); name != kNone) out.module = dotted(name);
  } else {
    out.module = dotted(module);
  }
  out.names = imported_names(n);
  return add_stmt(span(n), std::move(out));
}

// ---- compound statements

StmtId Lowering::if_statement(N n) {
  struct Branch {
    std::uint32_t begin;
    ExprId condition;
    Block body;
  };
  std::vector<Branch> branches;
  const ExprId condition = expr(child(n, F::condition_f));
  branches.push_back({node(n).begin, condition, suite(n, "if")});
  Block otherwise;
  const int outer_height = height_;
  for (N c = first(n); c != kNone; c = next(c)) {
    if (kind(c) == K::else_clause_k) {
      otherwise = suite(c, "else");
    } else if (kind(c) == K::elif_clause_k) {
      // An elif is an if inside the else: later stages descend as deep as the chain is long.
      if (branches.size() >= static_cast<std::size_t>(kMaxChain) || ++height_ >= kMaxHeight) {
        const std::string reason = fmt::format("more than {} `elif` in a row", branches.size());
        otherwise.push_back(unparsed(node(c).begin, node(n).end, span(node(c).begin, node(c).begin + 4), reason));
        break;
      }
      const ExprId test = expr(child(c, F::condition_f));
      branches.push_back({node(c).begin, test, suite(c, "elif")});
    }
  }
  height_ = outer_height;
  StmtId out;
  for (std::size_t i = branches.size(); i-- > 0;) {
    Branch& branch = branches[i];
    const std::uint32_t end = std::max(end_of(branch.body, node(n).begin), end_of(otherwise, node(n).begin));
    out = add_stmt(span(branch.begin, std::max(end, branch.begin)),
                   If{branch.condition, std::move(branch.body), std::move(otherwise)});
    otherwise = {out};
  }
  return out;
}

StmtId Lowering::loop(N n) {
  if (kind(n) == K::while_statement_k) {
    const ExprId condition = expr(child(n, F::condition_f));
    Block body = suite(n, "while");
    Block otherwise = else_block(n);
    const std::uint32_t end = end_of(otherwise, end_of(body, node(n).end));
    return add_stmt(span(node(n).begin, end), While{condition, std::move(body), std::move(otherwise)});
  }
  if (has_token(n, "async")) outside(span(node(n).begin, node(n).begin + 5), "`async`");
  const ExprId target = expr(child(n, F::left_f)), iterable = expr(child(n, F::right_f));
  Block body = suite(n, "for");
  Block otherwise = else_block(n);
  const std::uint32_t end = end_of(otherwise, end_of(body, node(n).end));
  return add_stmt(span(node(n).begin, end), For{target, iterable, std::move(body), std::move(otherwise)});
}

StmtId Lowering::try_statement(N n) {
  outside(span(node(n).begin, node(n).begin + 3), "`try`");
  Try out;
  out.body = suite(n, "try");
  std::uint32_t end = end_of(out.body, node(n).end);
  for (N c = first(n); c != kNone; c = next(c)) {
    if (kind(c) == K::except_clause_k) {
      Handler handler;
      std::vector<N> types;
      N alias = child(c, F::alias_f);
      for (N v = named(c); v != kNone; v = next_named(v))
        if (node(v).field == F::value_f) types.push_back(v);
      if (types.size() == 1 && kind(types[0]) == K::as_pattern_k) {
        alias = child(types[0], F::alias_f);
        types[0] = named(types[0]);
      }
      if (alias != kNone) handler.name = text(alias);
      if (types.size() == 1) handler.type = expr(types[0]);
      if (types.size() > 1) {
        std::vector<ExprId> all;
        for (N t : types) all.push_back(expr(t));
        handler.type = add(span(node(types.front()).begin, node(types.back()).end), TupleExpr{std::move(all)});
      }
      handler.body = suite(c, "except");
      end = end_of(handler.body, node(c).end);
      out.handlers.push_back(std::move(handler));
    } else if (kind(c) == K::else_clause_k) {
      out.otherwise = suite(c, "else");
      end = end_of(out.otherwise, node(c).end);
    } else if (kind(c) == K::finally_clause_k) {
      out.finally = suite(c, "finally");
      end = end_of(out.finally, node(c).end);
    }
  }
  if (out.handlers.empty() && out.finally.empty())
    issue(span(end, end), "expected `except` or `finally` after `try`", true);
  return add_stmt(span(node(n).begin, end), std::move(out));
}

StmtId Lowering::with_statement(N n) {
  outside(span(node(n).begin, node(n).begin + 4), "`with`");
  With out;
  const N clause = child(n, K::with_clause_k);
  for (N c = named(clause); c != kNone; c = next_named(c)) with_item(child(c, F::value_f), out.items);
  out.body = suite(n, "with");
  const std::uint32_t end = end_of(out.body, node(n).end);
  return add_stmt(span(node(n).begin, end), std::move(out));
}

void Lowering::with_item(N n, std::vector<WithItem>& out) {
  // `with (a as b, c as d):` may come as a tuple of items, which Python's grammar prefers to read as items too.
  if (kind(n) == K::tuple_k) {
    for (N c = named(n); c != kNone; c = next_named(c))
      if (kind(c) == K::as_pattern_k) {
        for (N item = named(n); item != kNone; item = next_named(item)) with_item(item, out);
        return;
      }
  }
  if (kind(n) == K::parenthesized_expression_k && kind(named(n)) == K::as_pattern_k) n = named(n);
  if (kind(n) == K::as_pattern_k) {
    const ExprId context = expr(named(n));
    const N target = child(n, F::alias_f);
    const ExprId t = expr(kind(target) == K::as_pattern_target_k ? named(target) : target);
    out.push_back({context, t});
    return;
  }
  out.push_back({expr(n), {}});
}

}  // namespace shapelint
