// Loops and switch.
#include <fmt/format.h>

#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

// `for (T i = first; i < last; i += step)` with `i` untouched by the body, and `for (T i = first; i-- > last;)`.
struct Counted {
  const clang::VarDecl* var = nullptr;
  const clang::Expr* first = nullptr;
  const clang::Expr* last = nullptr;  ///< null: 0
  const clang::Expr* by = nullptr;    ///< null: 1
  bool inclusive = false;
  bool down = false;
  bool in_test = false;  ///< the test counts down, so that the body begins with one less
};

bool names(const clang::Expr* e, const clang::VarDecl* var) {
  const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(e));
  return name != nullptr && name->getDecl() == var;
}

// `i-- > last`, `i--`: with nothing else that counts.
bool counts_down_in_test(const clang::Expr* test, Counted& out) {
  test = strip(test);
  if (const auto* compared = llvm::dyn_cast<clang::BinaryOperator>(test)) {
    if (compared->getOpcode() != clang::BO_GT && compared->getOpcode() != clang::BO_NE) return false;
    out.last = compared->getRHS();
    test = strip(compared->getLHS());
  }
  const auto* step = llvm::dyn_cast<clang::UnaryOperator>(test);
  if (step == nullptr || step->getOpcode() != clang::UO_PostDec || !names(step->getSubExpr(), out.var)) return false;
  out.down = out.inclusive = out.in_test = true;
  return true;
}

std::optional<Counted> counted(const clang::ForStmt* s) {
  Counted out;
  const auto* decl = llvm::dyn_cast_or_null<clang::DeclStmt>(s->getInit());
  if (decl == nullptr || !decl->isSingleDecl() || s->getCond() == nullptr) return std::nullopt;
  out.var = llvm::dyn_cast<clang::VarDecl>(decl->getSingleDecl());
  if (out.var == nullptr || out.var->getInit() == nullptr || !out.var->getType()->isIntegerType()) return std::nullopt;
  out.first = out.var->getInit();
  if (s->getInc() == nullptr) {
    const bool is_it = counts_down_in_test(s->getCond(), out) && !may_change(s->getBody(), out.var);
    return is_it ? std::optional(out) : std::nullopt;
  }
  const auto* test = llvm::dyn_cast<clang::BinaryOperator>(strip(s->getCond()));
  if (test == nullptr || !names(test->getLHS(), out.var)) return std::nullopt;
  switch (test->getOpcode()) {
    case clang::BO_LT:
    case clang::BO_NE: break;
    case clang::BO_LE: out.inclusive = true; break;
    case clang::BO_GT: out.down = true; break;
    case clang::BO_GE: out.down = out.inclusive = true; break;
    default: return std::nullopt;
  }
  out.last = test->getRHS();
  const clang::Expr* next = strip(s->getInc());
  if (const auto* step = llvm::dyn_cast<clang::UnaryOperator>(next)) {
    if (!step->isIncrementDecrementOp() || !names(step->getSubExpr(), out.var)) return std::nullopt;
    if (step->isDecrementOp() != out.down) return std::nullopt;
  } else if (const auto* add = llvm::dyn_cast<clang::BinaryOperator>(next)) {
    if (!names(add->getLHS(), out.var)) return std::nullopt;
    if (add->getOpcode() != (out.down ? clang::BO_SubAssign : clang::BO_AddAssign)) return std::nullopt;
    out.by = add->getRHS();
  } else {
    return std::nullopt;
  }
  if (may_change(s->getBody(), out.var)) return std::nullopt;
  return out;
}

// A jump of this kind that belongs to the loop or switch around `s`.
template <class Jump>
bool has_jump(const clang::Stmt* s) {
  if (s == nullptr) return false;
  if (llvm::isa<Jump>(s)) return true;
  if (llvm::isa<clang::ForStmt>(s) || llvm::isa<clang::WhileStmt>(s) || llvm::isa<clang::DoStmt>(s) ||
      llvm::isa<clang::CXXForRangeStmt>(s) || llvm::isa<clang::SwitchStmt>(s) || llvm::isa<clang::Expr>(s))
    return false;
  for (const clang::Stmt* child : s->children()) {
    if (has_jump<Jump>(child)) return true;
  }
  return false;
}
bool has_continue(const clang::Stmt* s) { return has_jump<clang::ContinueStmt>(s); }

}  // namespace

void Lower::for_statement(const clang::ForStmt* s, Block& out) {
  const Span at = span(s);
  if (const auto loop = counted(s)) {
    const auto bound = [&](const clang::Expr* e) {
      ast::ExprId value = e != nullptr ? expr(e) : b().number(span(s->getCond()), 0);
      if (loop->inclusive) {
        const Span where = b().span_of(value);
        value = b().binary(where, loop->down ? ast::BinaryOp::sub : ast::BinaryOp::add, value, b().number(where, 1));
      }
      return value;
    };
    ast::ExprId first = expr(loop->first);
    if (loop->in_test) {
      const Span where = b().span_of(first);
      first = b().binary(where, ast::BinaryOp::sub, first, b().number(where, 1));
    }
    std::vector<ast::ExprId> arguments{first, bound(loop->last)};
    const Span head = b().span_of(arguments[1]);
    if (loop->by != nullptr || loop->down) {
      ast::ExprId by = loop->by != nullptr ? expr(loop->by) : b().number(head, 1);
      if (loop->down) by = b().expr(head, ast::Unary{ast::UnaryOp::negative, by});
      arguments.push_back(by);
    }
    ast::For made;
    made.target = b().name(span(loop->var->getLocation()), local_name(loop->var));
    made.iterable = b().call(head, builtin("range", head), arguments);
    body(s->getBody(), made.body);
    out.push_back(b().stmt(at, std::move(made)));
    return;
  }
  if (map_loop(s, out)) return;
  if (s->getInit() != nullptr) stmt(s->getInit(), out);
  ast::While made;
  if (s->getCond() != nullptr) loop_test(s->getCond(), made);
  else made.condition = b().expr(at, ast::BoolLiteral{true});
  body(s->getBody(), made.body);
  if (s->getInc() != nullptr) {
    if (has_continue(s->getBody()))
      made.body.push_back(b().stmt(at, ast::UnknownStmt{"`continue` in a loop that counts in its own way"}));
    stmt(s->getInc(), made.body);
  }
  out.push_back(b().stmt(at, std::move(made)));
}

void Lower::range_for(const clang::CXXForRangeStmt* s, Block& out) {
  const Span at = span(s);
  const clang::VarDecl* var = s->getLoopVariable();
  const clang::Expr* range = s->getRangeInit();
  if (var == nullptr || range == nullptr) {
    out.push_back(unknown_statement(s, "a loop that does not compile"));
    return;
  }
  if (s->getInit() != nullptr) stmt(s->getInit(), out);
  const Span name = span(var->getLocation());
  const Kind kind = kind_of(range->getType());
  const clang::Expr* over = strip(range);
  const bool writes = var->getType()->isLValueReferenceType() &&
                      !var->getType().getNonReferenceType().isConstQualified() && may_change(s->getBody(), var) &&
                      kind == Kind::list && (llvm::isa<clang::DeclRefExpr>(over) || llvm::isa<clang::MemberExpr>(over));
  ast::For made;
  if (writes) {
    // Elements are assigned to through the reference: by index, with the element written back.
    const std::string index = fmt::format("<index {}>", at.begin);
    const std::string local = local_name(var);
    const ast::ExprId length = b().call(name, builtin("len", name), std::vector<ast::ExprId>{expr(range)});
    made.target = b().name(name, index);
    made.iterable = b().call(name, builtin("range", name), std::vector<ast::ExprId>{length});
    const auto element = [&] { return b().expr(name, ast::Subscript{expr(range), b().name(name, index)}); };
    made.body.push_back(b().assign(name, b().name(name, local), element()));
    stmt(s->getBody(), made.body);
    if (has_continue(s->getBody()))
      made.body.push_back(b().stmt(at, ast::UnknownStmt{"`continue` in a loop that writes elements"}));
    made.body.push_back(b().assign(name, element(), b().name(name, local)));
    out.push_back(b().stmt(at, std::move(made)));
    return;
  }
  if (const auto* parts = llvm::dyn_cast<clang::DecompositionDecl>(var)) {
    made.target = binding_target(parts, name);
    bind_fields(parts, name, made.body);
  } else {
    made.target = b().name(name, local_name(var));
  }
  made.iterable = expr(range);
  if (kind == Kind::map) {
    const Span where = b().span_of(made.iterable);
    made.iterable = b().call(where, b().attribute(where, made.iterable, "items", where), std::vector<ast::ExprId>{});
  }
  // A copy of the element, which the body changes.
  if (!llvm::isa<clang::DecompositionDecl>(var) && is_value_type(var->getType()) && writes_into(s->getBody(), var)) {
    const ast::ExprId copy = copy_of(b().name(name, local_name(var)), var->getType(), name);
    made.body.push_back(b().assign(name, b().name(name, local_name(var)), copy));
  }
  stmt(s->getBody(), made.body);
  if (made.body.empty()) made.body.push_back(b().stmt(at, ast::Pass{}));
  out.push_back(b().stmt(at, std::move(made)));
}

// The test before each round, with what it does besides: `while (n-- > 0)`, `for (...; std::getline(file, line);)`.
void Lower::loop_test(const clang::Expr* test, ast::While& out) {
  const std::size_t known = changed_.size();
  Block first;
  Block* const outer = std::exchange(before_, &first);
  out.condition = condition(test);
  before_ = outer;
  // What the condition changes is changed before each round, and after the last.
  note_changes({changed_.begin() + static_cast<std::ptrdiff_t>(known), changed_.end()}, out.body);
  if (first.empty()) return;
  const Span at = span(test);
  ast::If made{out.condition, {b().stmt(at, ast::Pass{})}, {b().stmt(at, ast::Break{})}};
  first.push_back(b().stmt(at, std::move(made)));
  out.condition = b().expr(at, ast::BoolLiteral{true});
  out.body.insert(out.body.begin(), first.begin(), first.end());
}

void Lower::while_statement(const clang::WhileStmt* s, Block& out) {
  if (s->getConditionVariableDeclStmt() != nullptr) {
    out.push_back(unknown_statement(s, "a loop whose condition declares a variable"));
    return;
  }
  ast::While made;
  loop_test(s->getCond(), made);
  stmt(s->getBody(), made.body);
  if (made.body.empty()) made.body.push_back(b().stmt(span(s), ast::Pass{}));
  out.push_back(b().stmt(span(s), std::move(made)));
}

void Lower::do_statement(const clang::DoStmt* s, Block& out) {
  // `do { ... } while (0)`, as macros write it.
  bool value = true;
  const Span at = span(s);
  if (!s->getCond()->isValueDependent() && s->getCond()->EvaluateAsBooleanCondition(value, context_) && !value) {
    stmt(s->getBody(), out);
    return;
  }
  // The body, and after each round the test.
  ast::While made;
  made.condition = b().expr(at, ast::BoolLiteral{true});
  body(s->getBody(), made.body);
  if (has_continue(s->getBody())) made.body.push_back(b().stmt(at, ast::UnknownStmt{"`continue` in a do loop"}));
  ast::If test;
  const ast::ExprId again = condition(s->getCond());
  test.condition = b().expr(b().span_of(again), ast::Unary{ast::UnaryOp::logical_not, again});
  test.then.push_back(b().stmt(at, ast::Break{}));
  made.body.push_back(b().stmt(at, std::move(test)));
  out.push_back(b().stmt(at, std::move(made)));
}

void Lower::switch_statement(const clang::SwitchStmt* s, Block& out) {
  const Span at = span(s);
  if (s->getInit() != nullptr) stmt(s->getInit(), out);
  const auto* block = llvm::dyn_cast<clang::CompoundStmt>(s->getBody());
  struct Case {
    std::vector<const clang::Expr*> values;
    bool is_default = false;
    std::vector<const clang::Stmt*> body;
    bool ends = false;  ///< break, return, throw: nothing falls through
  };
  std::vector<Case> cases;
  bool follows = block != nullptr;
  const std::function<void(const clang::Stmt*)> take = [&](const clang::Stmt* one) {
    if (const auto* label = llvm::dyn_cast<clang::SwitchCase>(one)) {
      if (cases.empty() || !cases.back().body.empty() || cases.back().ends) {
        follows = follows && (cases.empty() || cases.back().ends);
        cases.emplace_back();
      }
      if (const auto* value = llvm::dyn_cast<clang::CaseStmt>(label)) {
        follows = follows && value->getRHS() == nullptr;
        cases.back().values.push_back(value->getLHS());
      } else {
        cases.back().is_default = true;
      }
      take(label->getSubStmt());
      return;
    }
    if (cases.empty()) return;
    Case& now = cases.back();
    if (llvm::isa<clang::BreakStmt>(one)) {
      now.ends = true;
      return;
    }
    if (const auto* inner = llvm::dyn_cast<clang::CompoundStmt>(one)) {
      for (const clang::Stmt* part : inner->body()) take(part);
      return;
    }
    if (llvm::isa<clang::ReturnStmt>(one)) now.ends = true;
    if (const auto* e = llvm::dyn_cast<clang::Expr>(one))
      now.ends = now.ends || llvm::isa<clang::CXXThrowExpr>(strip(e));
    follows = follows && !has_jump<clang::BreakStmt>(one);
    now.body.push_back(one);
  };
  if (follows) {
    for (const clang::Stmt* one : block->body()) take(one);
  }
  if (!follows) {
    out.push_back(unknown_statement(s, "a switch whose cases fall through"));
    return;
  }
  const std::string subject = fmt::format("<switch {}>", at.begin);
  out.push_back(b().assign(at, b().name(at, subject), expr(s->getCond())));
  // From the last case backwards; `default` is what remains, wherever it stands.
  Block rest;
  for (const Case& one : cases) {
    if (!one.is_default) continue;
    for (const clang::Stmt* part : one.body) stmt(part, rest);
  }
  for (std::size_t i = cases.size(); i-- > 0;) {
    const Case& one = cases[i];
    if (one.is_default) continue;
    std::vector<ast::ExprId> tests;
    for (const clang::Expr* value : one.values)
      tests.push_back(b().compare(span(value), ast::CompareOp::equal, b().name(at, subject), expr(value)));
    ast::If made;
    made.condition = tests.size() == 1 ? tests[0] : b().expr(at, ast::Logical{false, std::move(tests)});
    for (const clang::Stmt* part : one.body) stmt(part, made.then);
    if (made.then.empty()) made.then.push_back(b().stmt(at, ast::Pass{}));
    made.otherwise = std::move(rest);
    rest.clear();
    rest.push_back(b().stmt(at, std::move(made)));
  }
  out.insert(out.end(), rest.begin(), rest.end());
}

}  // namespace shapelint::libtorch
