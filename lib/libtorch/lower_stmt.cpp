// Statements: blocks, variables, assignments, branches.
#include <algorithm>

#include <clang/AST/RecursiveASTVisitor.h>
#include <fmt/format.h>

#include "lib/libtorch/assignments.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

// Looks for places that see a tensor which nothing was assigned to yet, and live.
class UndefinedFinder : public clang::RecursiveASTVisitor<UndefinedFinder> {
 public:
  explicit UndefinedFinder(const clang::ValueDecl* var) : var_(var) {}
  bool found = false;

  bool VisitCallExpr(clang::CallExpr* e) {
    const clang::FunctionDecl* function = e->getDirectCallee();
    if (const auto* method = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
      const clang::CXXMethodDecl* called = method->getMethodDecl();
      if (called != nullptr && called->getIdentifier() != nullptr && called->getName() == "defined")
        look(method->getImplicitObjectArgument());
    }
    if (llvm::isa<clang::CXXOperatorCallExpr>(e)) return !found;
    for (unsigned i = 0; i < e->getNumArgs(); ++i) {
      // Handed on by reference, or to what does not compile.
      const bool is_user = function == nullptr || (i < function->getNumParams() && is_user_call(function));
      if (!is_user) continue;
      if (function != nullptr && !is_changeable_reference(function->getParamDecl(i)->getType()))
        is_read_ = is_read_ || names(e->getArg(i));
      else look(e->getArg(i));
    }
    return !found;
  }
  // A value that is set on one way only may be missing where it is handed on.
  bool TraverseIfStmt(clang::IfStmt* s) {
    ++conditions_;
    const bool goes_on = RecursiveASTVisitor::TraverseIfStmt(s);
    --conditions_;
    return goes_on;
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr* e) {
    if (e->getOperator() == clang::OO_Equal && names(e->getArg(0))) {
      is_assigned_ = true;
      is_conditional_ = is_conditional_ || conditions_ > 0;
    }
    return !found;
  }
  bool may_be_missing() const { return found || (is_read_ && (!is_assigned_ || is_conditional_)); }
  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->getOpcode() == clang::UO_AddrOf) look(e->getSubExpr());
    return !found;
  }
  bool VisitLambdaExpr(clang::LambdaExpr* e) {
    for (const clang::LambdaCapture& capture : e->captures())
      found = found || (capture.capturesVariable() && capture.getCapturedVar() == var_);
    return !found;
  }
  bool VisitVarDecl(clang::VarDecl* decl) {
    if (decl->getType()->isReferenceType() && decl->getInit() != nullptr) look(decl->getInit());
    return !found;
  }

 private:
  static bool is_user_call(const clang::FunctionDecl* function) {
    return !is_framework(function) && !(is_std(function) && function->getIdentifier() != nullptr &&
                                        (function->getName() == "tie" || function->getName() == "move"));
  }
  void look(const clang::Expr* e) { found = found || names(e); }
  bool names(const clang::Expr* e) const {
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(e));
    return name != nullptr && name->getDecl() == var_;
  }
  const clang::ValueDecl* var_;
  int conditions_ = 0;
  bool is_read_ = false;
  bool is_assigned_ = false;
  bool is_conditional_ = false;
};

std::optional<ast::BinaryOp> compound_op(clang::OverloadedOperatorKind op) {
  switch (op) {
    case clang::OO_PlusEqual: return ast::BinaryOp::add;
    case clang::OO_MinusEqual: return ast::BinaryOp::sub;
    case clang::OO_StarEqual: return ast::BinaryOp::mul;
    case clang::OO_SlashEqual: return ast::BinaryOp::div;
    case clang::OO_PercentEqual: return ast::BinaryOp::mod;
    case clang::OO_AmpEqual: return ast::BinaryOp::bit_and;
    case clang::OO_PipeEqual: return ast::BinaryOp::bit_or;
    case clang::OO_CaretEqual: return ast::BinaryOp::bit_xor;
    default: return std::nullopt;
  }
}

ast::BinaryOp compound_op(const clang::BinaryOperator* e) {
  switch (e->getOpcode()) {
    case clang::BO_AddAssign: return ast::BinaryOp::add;
    case clang::BO_SubAssign: return ast::BinaryOp::sub;
    case clang::BO_MulAssign: return ast::BinaryOp::mul;
    case clang::BO_DivAssign:
      return e->getLHS()->getType()->isIntegerType() && e->getRHS()->getType()->isIntegerType()
                 ? ast::BinaryOp::floordiv
                 : ast::BinaryOp::div;
    case clang::BO_RemAssign: return ast::BinaryOp::mod;
    case clang::BO_AndAssign: return ast::BinaryOp::bit_and;
    case clang::BO_OrAssign: return ast::BinaryOp::bit_or;
    case clang::BO_XorAssign: return ast::BinaryOp::bit_xor;
    case clang::BO_ShlAssign: return ast::BinaryOp::shift_left;
    default: return ast::BinaryOp::shift_right;
  }
}

const clang::Expr* without_casts(const clang::Expr* e) {
  e = strip(e);
  while (const auto* cast = llvm::dyn_cast<clang::CastExpr>(e)) e = strip(cast->getSubExpr());
  return e;
}

bool never_returns(const clang::Expr* e) {
  e = without_casts(e);
  const auto* call = llvm::dyn_cast<clang::CallExpr>(strip(e));
  const clang::FunctionDecl* function = call != nullptr ? call->getDirectCallee() : nullptr;
  return function != nullptr && function->isNoReturn();
}

// Of an expression that does not compile, most often by a header that is not there: does a part have a type in which a
// tensor may be? A bar of progress, a parser of options, a picture that is shown have none.
template <class IsPlain>
bool may_hold_tensor(const clang::Stmt* s, const IsPlain& is_plain) {
  if (s == nullptr) return false;
  if (llvm::isa<clang::LambdaExpr, clang::CXXThisExpr>(s)) return true;
  if (const auto* e = llvm::dyn_cast<clang::Expr>(s); e != nullptr && !e->isTypeDependent() && !e->containsErrors())
    return !is_plain(e->getType());
  return std::ranges::any_of(s->children(), [&](const clang::Stmt* part) { return may_hold_tensor(part, is_plain); });
}

}  // namespace

bool names_field(const clang::Stmt* s, const clang::FieldDecl* field) {
  if (s == nullptr) return false;
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(s); member != nullptr && member->getMemberDecl() == field)
    return true;
  return std::ranges::any_of(s->children(), [&](const clang::Stmt* child) { return names_field(child, field); });
}

bool may_read_undefined(const clang::Stmt* s, const clang::ValueDecl* var) {
  UndefinedFinder finder(var);
  finder.TraverseStmt(const_cast<clang::Stmt*>(s));  // the visitor reads only, but takes no const
  return finder.may_be_missing();
}

ast::StmtId Lower::unknown_statement(const clang::Stmt* s, std::string reason) {
  return b().stmt(span(s), ast::UnknownStmt{std::move(reason)});
}

void Lower::body(const clang::Stmt* s, Block& out) {
  if (s != nullptr) stmt(s, out);
  if (out.empty()) out.push_back(b().stmt(s != nullptr ? span(s) : Span{}, ast::Pass{}));
}

void Lower::stmt(const clang::Stmt* s, Block& out) {
  if (depth_ >= kMaxDepth) {
    out.push_back(unknown_statement(s, "nested too deeply to follow"));
    return;
  }
  ++depth_;
  Block* const outer = before_;
  before_ = &out;
  std::vector<Changed> before_changes = std::exchange(changed_, {});
  stmt_inner(s, out);
  note_changes(std::exchange(changed_, std::move(before_changes)), out);
  before_ = outer;
  --depth_;
}

// `stream >> a >> b`
void Lower::read_from_stream(const clang::CXXOperatorCallExpr* e, Block& out) {
  if (const auto* before = llvm::dyn_cast<clang::CXXOperatorCallExpr>(strip(e->getArg(0)));
      before != nullptr && before->getOperator() == clang::OO_GreaterGreater)
    read_from_stream(before, out);
  const clang::Expr* target = e->getArg(1);
  std::vector<ast::ExprId> places = targets(target);
  if (places.empty()) return;
  const Span at = span(target);
  auto value = some_value(target->getType(), target->getSourceRange());
  if (!value) value = b().unknown(at, "it is read from a stream");
  out.push_back(b().stmt(at, ast::Assign{std::move(places), *value}));
}

void Lower::stmt_inner(const clang::Stmt* s, Block& out) {
  if (const auto* block = llvm::dyn_cast<clang::CompoundStmt>(s)) {
    for (const clang::Stmt* inner : block->body()) stmt(inner, out);
  } else if (const auto* e = llvm::dyn_cast<clang::Expr>(s)) {
    expression_statement(e, out);
  } else if (const auto* decl = llvm::dyn_cast<clang::DeclStmt>(s)) {
    declaration(decl, out);
  } else if (const auto* value = llvm::dyn_cast<clang::ReturnStmt>(s)) {
    const ast::ExprId made = value->getRetValue() != nullptr ? expr(value->getRetValue()) : ast::ExprId{};
    out.push_back(b().stmt(span(s), ast::Return{made}));
  } else if (const auto* branch = llvm::dyn_cast<clang::IfStmt>(s)) {
    if_statement(branch, out);
  } else if (llvm::isa<clang::ForStmt, clang::CXXForRangeStmt, clang::WhileStmt, clang::DoStmt>(s)) {
    ++scope_.loops;
    if (const auto* loop = llvm::dyn_cast<clang::ForStmt>(s)) for_statement(loop, out);
    else if (const auto* range = llvm::dyn_cast<clang::CXXForRangeStmt>(s)) range_for(range, out);
    else if (const auto* repeated = llvm::dyn_cast<clang::WhileStmt>(s)) while_statement(repeated, out);
    else do_statement(llvm::cast<clang::DoStmt>(s), out);
    --scope_.loops;
  } else if (const auto* choice = llvm::dyn_cast<clang::SwitchStmt>(s)) {
    switch_statement(choice, out);
  } else if (const auto* guarded = llvm::dyn_cast<clang::CXXTryStmt>(s)) {
    try_statement(guarded, out);
  } else if (llvm::isa<clang::BreakStmt>(s)) {
    out.push_back(b().stmt(span(s), ast::Break{}));
  } else if (llvm::isa<clang::ContinueStmt>(s)) {
    out.push_back(b().stmt(span(s), ast::Continue{}));
  } else if (llvm::isa<clang::NullStmt>(s)) {
    return;
  } else if (const auto* attributed = llvm::dyn_cast<clang::AttributedStmt>(s)) {
    stmt_inner(attributed->getSubStmt(), out);
  } else if (const auto* labelled = llvm::dyn_cast<clang::LabelStmt>(s)) {
    stmt_inner(labelled->getSubStmt(), out);
  } else {
    out.push_back(unknown_statement(s, fmt::format("a {} is not followed", s->getStmtClassName())));
  }
}

void Lower::expression_statement(const clang::Expr* whole, Block& out) {
  const clang::Expr* e = strip(whole);
  const Span at = span(whole);
  const llvm::StringRef macro = macro_at(whole->getBeginLoc());
  if (macro.starts_with("TORCH_WARN") || macro == "LOG" || macro == "VLOG") return;
  // `assert(condition)`, by whatever name.
  if (const auto* made = llvm::dyn_cast<clang::ConditionalOperator>(e);
      made != nullptr && never_returns(made->getFalseExpr())) {
    out.push_back(b().stmt(at, ast::Assert{condition(made->getCond()), {}}));
    return;
  }
  if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(e)) {
    if (op->getOpcode() == clang::BO_Assign) return assignment(op->getLHS(), op->getRHS(), at, out);
    if (op->isCompoundAssignmentOp()) return compound(compound_op(op), op->getLHS(), expr(op->getRHS()), at, out);
    if (op->getOpcode() == clang::BO_Comma) {
      expression_statement(op->getLHS(), out);
      return expression_statement(op->getRHS(), out);
    }
  }
  if (const auto* op = llvm::dyn_cast<clang::UnaryOperator>(e); op != nullptr && op->isIncrementDecrementOp())
    return step(op->getSubExpr(), op->isIncrementOp(), at, out);
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e)) {
    if (op->getOperator() == clang::OO_Equal) return assignment(op->getArg(0), op->getArg(1), at, out);
    if (const auto with = compound_op(op->getOperator()))
      return compound(*with, op->getArg(0), expr(op->getArg(1)), at, out);
    if (op->getOperator() == clang::OO_LessLess && kind_of(op->getType()) == Kind::stream) return;
    if (op->getOperator() == clang::OO_GreaterGreater && kind_of(op->getType()) == Kind::stream)
      return read_from_stream(op, out);
  }
  if (llvm::isa<clang::CXXDeleteExpr>(e)) return;
  if (e->containsErrors() && !may_hold_tensor(e, [&](clang::QualType type) { return is_plain(type); })) return;
  if (llvm::isa<clang::CXXThrowExpr>(e)) {
    const clang::Expr* thrown = llvm::cast<clang::CXXThrowExpr>(e)->getSubExpr();
    out.push_back(
        b().stmt(at, ast::Raise{thrown != nullptr ? b().unknown(span(thrown), "an exception") : ast::ExprId{}}));
    return;
  }
  if (never_returns(e)) {
    out.push_back(b().stmt(at, ast::Raise{}));
    return;
  }
  if (const auto* set = llvm::dyn_cast<clang::CXXMemberCallExpr>(e);
      set != nullptr && set->getNumArgs() == 1 &&
      kind_of(set->getImplicitObjectArgument()->getType()) == Kind::options && set->getMethodDecl() != nullptr &&
      set->getMethodDecl()->getIdentifier() != nullptr) {
    // `options.reduction(torch::kSum);`
    const ast::ExprId value = expr(set->getArg(0));
    const ast::ExprId object = expr(set->getImplicitObjectArgument());
    const ast::ExprId key = b().text(at, set->getMethodDecl()->getName().str());
    out.push_back(b().assign(at, b().expr(at, ast::Subscript{object, key}), value));
    return;
  }
  const ast::ExprId value = expr(e);
  const auto& node = current_->out.program.expr(value).node;
  // What has no value has no effect that matters here either.
  if (std::holds_alternative<ast::NoneLiteral>(node) || std::holds_alternative<ast::Name>(node)) return;
  out.push_back(b().stmt(at, ast::ExprStmt{value}));
}

// ---- variables

void Lower::declaration(const clang::DeclStmt* s, Block& out) {
  for (const clang::Decl* decl : s->decls()) {
    if (const auto* parts = llvm::dyn_cast<clang::DecompositionDecl>(decl)) {
      bindings(parts, span(s->getSourceRange()), out);
    } else if (const auto* var = llvm::dyn_cast<clang::VarDecl>(decl)) {
      variable(var, s->isSingleDecl() ? span(s->getSourceRange()) : span(var->getSourceRange()), out);
    } else if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl)) {
      if (record->isThisDeclarationADefinition()) require_class(record);
    }
  }
}

void Lower::variable(const clang::VarDecl* var, Span where, Block& out) {
  const clang::Expr* init = var->getInit();
  const Kind kind = kind_of(var->getType());
  if (kind == Kind::guard || kind == Kind::stream) return;
  if (init != nullptr) {
    if (const auto* lambda = llvm::dyn_cast<clang::LambdaExpr>(strip(init))) {
      out.push_back(lambda_def(lambda, local_name(var)));
      return;
    }
  }
  const clang::QualType type = var->getType();
  if (init != nullptr && type->isLValueReferenceType() && !type.getNonReferenceType().isConstQualified()) {
    const clang::Expr* of = strip(init);
    if (llvm::isa<clang::DeclRefExpr>(of) || llvm::isa<clang::MemberExpr>(of)) {
      scope_.aliases[var] = of;
      return;
    }
    scope_.elements[var] = of;
  }
  if (iterator_variable(var, where, out)) return;
  ast::ExprId value;
  if (init != nullptr && init->containsErrors() && is_plain(type)) {
    // By a header that is not there: some number, some text.
    const auto made_up = some_value(type, var->getSourceRange());
    value = made_up ? *made_up : anything(where);
  } else if (init != nullptr) {
    value = initial_value(var);
  } else if (kind == Kind::tensor && scope_.body != nullptr && !may_read_undefined(scope_.body, var)) {
    // An undefined tensor: whatever reads it before it is assigned to would throw.
    local_name(var);
    return;
  } else if (var->isInvalidDecl()) {
    value = anything(where);  // of a type by a header that is not there
  } else value = made_by_default(var->getType(), var->getSourceRange());
  const Span name = span(var->getLocation());
  out.push_back(b().assign(where, b().name(name, local_name(var)), value));
}

void Lower::bindings(const clang::DecompositionDecl* decl, Span where, Block& out) {
  if (decl->getInit() == nullptr) return;
  const ast::ExprId value = expr(decl->getInit());
  const ast::ExprId target = binding_target(decl, where);
  out.push_back(b().assign(where, target, value));
  bind_fields(decl, where, out);
}

// What the whole is assigned to: its parts, or where it is an object, the variable that `bind_fields` takes it from.
ast::ExprId Lower::binding_target(const clang::DecompositionDecl* decl, Span where) {
  if (kind_of(decl->getType()) == Kind::record && record_of(decl->getType()) != nullptr)
    return b().name(where, fmt::format("<bound {}>", where.begin));
  std::vector<ast::ExprId> names;
  for (const clang::BindingDecl* binding : decl->bindings())
    names.push_back(b().name(span(binding->getLocation()), local_name(binding)));
  return b().expr(span(clang::SourceRange(decl->getLocation())), ast::TupleExpr{std::move(names)});
}

// The fields of an object, one by one.
void Lower::bind_fields(const clang::DecompositionDecl* decl, Span where, Block& out) {
  const clang::CXXRecordDecl* record = record_of(decl->getType());
  if (record == nullptr || kind_of(decl->getType()) != Kind::record) return;
  auto field = record->field_begin();
  for (const clang::BindingDecl* binding : decl->bindings()) {
    if (field == record->field_end()) break;
    const ast::ExprId part = b().attribute(where, binding_target(decl, where), (*field++)->getNameAsString(), where);
    out.push_back(b().assign(where, b().name(span(binding->getLocation()), local_name(binding)), part));
  }
}

// ---- assignments

std::vector<ast::ExprId> Lower::targets(const clang::Expr* whole) {
  const clang::Expr* e = strip(whole);
  const Span at = span(whole);
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e)) {
    const clang::ValueDecl* decl = name->getDecl();
    if (const auto it = scope_.aliases.find(decl); it != scope_.aliases.end()) return targets(it->second);
    std::vector<ast::ExprId> out;
    const auto* var = llvm::dyn_cast<clang::VarDecl>(decl);
    if (var != nullptr && var->hasGlobalStorage() && !scope_.names.contains(decl)) {
      FileModule* home = module_at(var->getLocation());
      if (home == nullptr) return {};
      global(var);
      const std::string global_name = name_of(*home, var);
      if (home != current_) return {};
      scope_.globals.insert(global_name);
      return {b().name(at, global_name)};
    }
    out.push_back(b().name(at, local_name(decl)));
    if (const auto it = scope_.cells.find(decl); it != scope_.cells.end() && decl->getType()->isReferenceType())
      out.push_back(in_cell(it->second, at));
    if (const auto it = scope_.elements.find(decl); it != scope_.elements.end()) {
      for (const ast::ExprId more : targets(it->second)) out.push_back(more);
    }
    return out;
  }
  if (const auto* field = llvm::dyn_cast<clang::MemberExpr>(e)) {
    if (const auto mapped = mapped_at(field)) return {*mapped};
    if (llvm::isa<clang::FieldDecl>(field->getMemberDecl())) return {member(field)};
    return {};
  }
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e)) {
    if (op->getOperator() == clang::OO_Subscript) return {subscript(op->getArg(0), op->getArg(1), e)};
    if (op->getOperator() == clang::OO_Star) {
      if (const auto element = pointed_at(op->getArg(0))) return {*element};
      return targets(op->getArg(0));
    }
  }
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(e))
    return {subscript(element->getBase(), element->getIdx(), e)};
  if (const auto* pointed = llvm::dyn_cast<clang::UnaryOperator>(e);
      pointed != nullptr && pointed->getOpcode() == clang::UO_Deref) {
    if (const auto element = pointed_at(pointed->getSubExpr())) return {*element};
    std::vector<ast::ExprId> out = targets(pointed->getSubExpr());
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(pointed->getSubExpr()));
    const auto it = name != nullptr ? scope_.cells.find(name->getDecl()) : scope_.cells.end();
    if (it != scope_.cells.end()) out.push_back(in_cell(it->second, at));
    return out;
  }
  if (llvm::isa<clang::CXXThisExpr>(e)) return {};
  if (const auto* made = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
    const clang::CXXMethodDecl* method = made->getMethodDecl();
    const llvm::StringRef name = method != nullptr && method->getIdentifier() != nullptr ? method->getName() : "";
    const auto args = written_arguments(made);
    const clang::Expr* object = made->getImplicitObjectArgument();
    if (name == "index" && kind_of(object->getType()) == Kind::tensor && args.size() == 1)
      return {b().expr(at, ast::Subscript{expr(object), index_of({args[0]}, span(args[0]))})};
    if ((name == "at" || name == "operator[]") && args.size() == 1) return {subscript(object, args[0], e)};
    if (name == "value" && kind_of(object->getType()) == Kind::optional) return targets(object);
    if (name == "back" && args.empty()) return {b().expr(at, ast::Subscript{expr(object), b().number(at, -1)})};
    if (name == "front" && args.empty()) return {b().expr(at, ast::Subscript{expr(object), b().number(at, 0)})};
  }
  if (const auto* tied = llvm::dyn_cast<clang::CallExpr>(e)) {
    const clang::FunctionDecl* function = tied->getDirectCallee();
    if (function != nullptr && is_std(function) && function->getIdentifier() != nullptr &&
        function->getName() == "tie") {
      std::vector<ast::ExprId> items;
      for (unsigned i = 0; i < tied->getNumArgs(); ++i) {
        const std::vector<ast::ExprId> one = targets(tied->getArg(i));
        // `std::ignore`, or a place that is not followed.
        items.push_back(one.empty() ? b().name(span(tied->getArg(i)), "_") : one[0]);
      }
      return {b().expr(at, ast::TupleExpr{std::move(items)})};
    }
  }
  return {};
}

void Lower::assignment(const clang::Expr* target, const clang::Expr* value, Span where, Block& out) {
  // `a = b = value`.
  const clang::Expr* right = strip(value);
  std::vector<const clang::Expr*> lefts{target};
  while (true) {
    if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(right);
        op != nullptr && op->getOpcode() == clang::BO_Assign) {
      lefts.push_back(op->getLHS());
      right = strip(op->getRHS());
    } else if (const auto* call = llvm::dyn_cast<clang::CXXOperatorCallExpr>(right);
               call != nullptr && call->getOperator() == clang::OO_Equal) {
      lefts.push_back(call->getArg(0));
      right = strip(call->getArg(1));
    } else {
      break;
    }
  }
  if (const auto* lambda = llvm::dyn_cast<clang::LambdaExpr>(right); lambda != nullptr && lefts.size() == 1) {
    if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(target));
        name != nullptr && scope_.names.contains(name->getDecl())) {
      out.push_back(lambda_def(lambda, local_name(name->getDecl())));
      return;
    }
  }
  ast::ExprId made = expr(lefts.size() > 1 ? right : value);
  if (is_value_type(target->getType()) && strip(right)->isLValue() && !is_copied(value))
    made = copy_of(made, target->getType(), where);
  std::vector<ast::ExprId> all;
  for (const clang::Expr* left : lefts) {
    std::vector<ast::ExprId> places = targets(left);
    const bool writes_into_view = kind_of(left->getType()) == Kind::tensor &&
                                  (places.empty() || llvm::isa<clang::CXXMemberCallExpr>(strip(left)));
    if (writes_into_view && places.empty()) {
      // `x.select(0, 1) = y` copies into the view.
      const ast::ExprId copy = b().attribute(span(left), expr(left), "copy_", span(left));
      out.push_back(b().stmt(where, ast::ExprStmt{b().call(where, copy, std::vector<ast::ExprId>{made})}));
      return;
    }
    if (places.empty()) {
      out.push_back(b().stmt(where, ast::UnknownStmt{"an assignment to a place that is not followed"}));
      continue;
    }
    all.insert(all.end(), places.begin(), places.end());
  }
  if (all.empty()) return;
  out.push_back(b().stmt(where, ast::Assign{std::move(all), made}));
}

void Lower::compound(ast::BinaryOp op, const clang::Expr* target, ast::ExprId value, Span where, Block& out) {
  std::vector<ast::ExprId> places = targets(target);
  if (places.size() == 1) {
    out.push_back(b().stmt(where, ast::AugmentedAssign{op, places[0], value}));
    return;
  }
  if (places.empty()) {
    out.push_back(b().stmt(where, ast::UnknownStmt{"an assignment to a place that is not followed"}));
    return;
  }
  // In place where the value can be changed so, and then the same for all who hold it.
  out.push_back(b().stmt(where, ast::AugmentedAssign{op, places[0], value}));
  places.erase(places.begin());
  out.push_back(b().stmt(where, ast::Assign{std::move(places), expr(target)}));
}

void Lower::step(const clang::Expr* target, bool up, Span where, Block& out) {
  compound(up ? ast::BinaryOp::add : ast::BinaryOp::sub, target, b().number(where, 1), where, out);
}

// ---- branches

// `if (!(condition)) fail()` that TORCH_CHECK and its kin write.
bool Lower::check_macro(const clang::Stmt* s, const clang::Expr* tested, Block& out) {
  const llvm::StringRef macro = macro_at(s->getBeginLoc());
  if (!macro.starts_with("TORCH_CHECK") && !macro.starts_with("TORCH_INTERNAL_ASSERT") && macro != "AT_ASSERT" &&
      macro != "AT_ASSERTM" && macro != "AT_CHECK" && !macro.starts_with("CHECK"))
    return false;
  const clang::Expr* e = without_casts(tested);
  // `__builtin_expect(static_cast<bool>(!(condition)), 0)`
  if (const auto* likely = llvm::dyn_cast<clang::CallExpr>(e); likely != nullptr && likely->getNumArgs() >= 1)
    e = without_casts(likely->getArg(0));
  const auto* negated = llvm::dyn_cast<clang::UnaryOperator>(e);
  if (negated == nullptr || negated->getOpcode() != clang::UO_LNot) return false;
  const clang::Expr* wanted = strip(negated->getSubExpr());
  out.push_back(b().stmt(span(s), ast::Assert{condition(wanted), {}}));
  return true;
}

void Lower::if_statement(const clang::IfStmt* s, Block& out) {
  if (check_macro(s, s->getCond(), out)) return;
  if (s->getInit() != nullptr) stmt(s->getInit(), out);
  if (const clang::DeclStmt* made = s->getConditionVariableDeclStmt()) stmt(made, out);
  if (s->isConstexpr()) {
    // Only the branch that is taken was instantiated.
    if (const auto nondiscarded = s->getNondiscardedCase(context_)) {
      if (*nondiscarded != nullptr) stmt(*nondiscarded, out);
      return;
    }
  }
  ast::If made;
  const std::size_t known = changed_.size();
  made.condition = condition(s->getCond());
  // What the condition changes is changed before either branch.
  const auto first = changed_.begin() + static_cast<std::ptrdiff_t>(known);
  const std::vector<Changed> changes(first, changed_.end());
  changed_.erase(first, changed_.end());
  note_changes(changes, made.then);
  body(s->getThen(), made.then);
  note_changes(changes, made.otherwise);
  if (s->getElse() != nullptr) stmt(s->getElse(), made.otherwise);
  out.push_back(b().stmt(span(s), std::move(made)));
}

void Lower::try_statement(const clang::CXXTryStmt* s, Block& out) {
  ast::Try made;
  body(s->getTryBlock(), made.body);
  for (unsigned i = 0; i < s->getNumHandlers(); ++i) {
    const clang::CXXCatchStmt* handler = s->getHandler(i);
    ast::Handler one;
    if (const clang::VarDecl* caught = handler->getExceptionDecl(); caught != nullptr && !caught->getName().empty())
      one.name = local_name(caught);
    body(handler->getHandlerBlock(), one.body);
    made.handlers.push_back(std::move(one));
  }
  out.push_back(b().stmt(span(s), std::move(made)));
}

}  // namespace shapelint::libtorch
