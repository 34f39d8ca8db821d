// Variables of the caller that a call assigns to, through a reference or a pointer. Python's calls cannot: such a
// function has a keyword argument more, a list of one, and what is assigned to the parameter goes into that list as
// well. After the statement the caller's variable is what the list then holds. None stands for a null pointer.
#include <algorithm>

#include <fmt/format.h>

#include "lib/libtorch/assignments.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

// Looks for an assignment to one variable, or a reference to it that is handed on and not const.
class ChangeFinder : public AssignmentFinder<ChangeFinder> {
 public:
  /// With `pointed`, for what `var` points to.
  explicit ChangeFinder(const clang::ValueDecl* var, bool pointed = false) : AssignmentFinder(var), pointed_(pointed) {}

  void look(const clang::Expr* e) {
    e = e->IgnoreParenImpCasts();
    if (pointed_) {
      const auto* through = llvm::dyn_cast<clang::UnaryOperator>(e);
      if (through == nullptr || through->getOpcode() != clang::UO_Deref) return;
      e = through->getSubExpr();
    }
    found = found || names(e);
  }
  bool VisitCallExpr(clang::CallExpr* e) {
    const clang::FunctionDecl* function = e->getDirectCallee();
    if (function == nullptr || llvm::isa<clang::CXXOperatorCallExpr>(e)) return !found;
    for (unsigned i = 0; i < e->getNumArgs() && i < function->getNumParams(); ++i) {
      const clang::QualType type = function->getParamDecl(i)->getType();
      if (is_changeable_reference(type)) look(e->getArg(i));
      else if (pointed_ && is_changeable_pointer(type)) found = found || names(e->getArg(i));
    }
    return !found;
  }

 private:
  bool names(const clang::Expr* e) const {
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e->IgnoreParenImpCasts());
    return name != nullptr && name->getDecl() == var_;
  }
  const bool pointed_;
};

// The variable that an argument hands over: `x`, `&x`.
const clang::Expr* handed(const clang::Expr* arg) {
  const clang::Expr* e = strip(arg);
  const auto* address = llvm::dyn_cast<clang::UnaryOperator>(e);
  return address != nullptr && address->getOpcode() == clang::UO_AddrOf ? address->getSubExpr() : arg;
}

const clang::ValueDecl* variable_of(const clang::Expr* e) {
  const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(e));
  return name != nullptr ? name->getDecl() : nullptr;
}

}  // namespace

bool is_changeable_reference(clang::QualType type) {
  return type->isLValueReferenceType() && !type.getNonReferenceType().isConstQualified();
}

bool is_changeable_pointer(clang::QualType type) {
  return type->isPointerType() && !type->isFunctionPointerType() && !type->getPointeeType().isConstQualified();
}

bool may_change(const clang::Stmt* s, const clang::ValueDecl* var) {
  if (s == nullptr) return false;
  ChangeFinder finder(var);
  finder.TraverseStmt(const_cast<clang::Stmt*>(s));  // the visitor reads only, but takes no const
  return finder.found;
}

bool changes_argument(const clang::FunctionDecl* function, unsigned parameter) {
  const clang::ParmVarDecl* param = function->getParamDecl(parameter);
  clang::Stmt* body = function->getBody();
  if (body == nullptr) return false;
  if (is_changeable_reference(param->getType())) return may_change(body, param);
  if (!is_changeable_pointer(param->getType())) return false;
  ChangeFinder finder(param, true);
  finder.TraverseStmt(body);
  return finder.found;
}

bool hands_back(const clang::FunctionDecl* function, unsigned parameter) {
  if (llvm::isa<clang::CXXConstructorDecl>(function)) return false;
  if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
      method != nullptr && (method->isVirtual() || method->getParent()->isLambda()))
    return false;
  const clang::ParmVarDecl* param = function->getParamDecl(parameter);
  // A pointer that later points elsewhere changes that.
  const bool turns = param->getType()->isPointerType() && may_change(function->getBody(), param);
  return !turns && !param->getName().empty() && changes_argument(function, parameter);
}

std::string cell_name(std::size_t parameter) { return fmt::format("<out {}>", parameter); }

External Lower::external_of(const clang::FunctionDecl* function, std::string module, std::string name) const {
  External out{std::move(module), std::move(name)};
  for (unsigned i = 0; i < function->getNumParams() && i < 64; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (changes_argument(function, i)) out.changes |= bit;
    if (hands_back(function, i)) out.hands_back |= bit;
  }
  return out;
}

void Lower::add_cells(const clang::FunctionDecl* function, ast::Function& out) {
  for (unsigned i = 0; i < function->getNumParams(); ++i) {
    if (!hands_back(function, i)) continue;
    const clang::ParmVarDecl* param = function->getParamDecl(i);
    const Span at = span(param->getSourceRange());
    // Who calls without one does not look into it.
    const ast::ExprId nobody = b().expr(at, ast::ListExpr{{b().none(at)}});
    out.params.push_back({.kind = ast::Param::Kind::keyword_only, .name = cell_name(i), .fallback = nobody});
    out.params.back().span = out.params.back().name_span = at;
    scope_.cells[param] = cell_name(i);
  }
}

ast::ExprId Lower::user_call(const clang::FunctionDecl* function, ast::ExprId callee,
                             const std::vector<const clang::Expr*>& args, Span at) {
  const clang::FunctionDecl* made = definition_of(function);
  const External* other = made == nullptr ? external(function) : nullptr;
  std::vector<ast::Argument> cells;
  for (unsigned i = 0; i < function->getNumParams(); ++i) {
    const clang::QualType type = function->getParamDecl(i)->getType();
    const bool refers = is_changeable_reference(type);
    if (!refers && !is_changeable_pointer(type)) continue;
    const auto has = [&](std::uint64_t bits) { return i < 64 && ((bits >> i) & 1U) != 0; };
    const bool changes =
        made != nullptr ? changes_argument(made, i) : other == nullptr || i >= 64 || has(other->changes);
    if (!changes) continue;
    const bool back = made != nullptr ? hands_back(made, i) : other != nullptr && has(other->hands_back);
    const auto give = [&](E cell) { cells.push_back(b().keyword(cell_name(i), cell)); };
    if (!refers && back) {
      // A null pointer has no cell; one that is handed on hands on its own.
      if (i >= args.size() || args[i]->isNullPointerConstant(context_, clang::Expr::NPC_ValueDependentIsNotNull)) {
        give(b().none(at));
        continue;
      }
      if (const auto own = scope_.cells.find(variable_of(args[i])); own != scope_.cells.end()) {
        give(b().name(span(args[i]), own->second));
        continue;
      }
    }
    if (i >= args.size()) continue;
    const clang::Expr* place = refers ? args[i] : handed(args[i]);
    if (!back || before_ == nullptr || targets(place).empty()) {
      if (refers) changed_.push_back({place, function, ""});
      continue;
    }
    const Span here = span(place);
    std::string cell = fmt::format("<cell {}>", ++cells_);
    const ast::ExprId now = expr(place);
    before_->push_back(b().assign(here, b().name(here, cell), b().expr(here, ast::ListExpr{{now}})));
    give(b().name(here, cell));
    changed_.push_back({place, function, std::move(cell)});
  }
  std::vector<ast::Argument> arguments;
  for (std::size_t i = 0; i < args.size(); ++i) arguments.push_back(b().argument(argument_value(args[i], function, i)));
  arguments.insert(arguments.end(), cells.begin(), cells.end());
  return b().call(at, callee, std::move(arguments));
}

void Lower::note_changes(const std::vector<Changed>& changes, Block& out) {
  for (const Changed& change : changes) {
    std::vector<ast::ExprId> places = targets(change.argument);
    if (places.empty()) continue;
    const Span at = span(change.argument);
    // A variable that two calls of one statement change went into both as it was before.
    const clang::ValueDecl* var = variable_of(change.argument);
    const bool is_known = !change.cell.empty() && std::ranges::none_of(changes, [&](const Changed& more) {
      return &more != &change && var != nullptr && variable_of(more.argument) == var;
    });
    std::optional<ast::ExprId> now;
    if (is_known) now = in_cell(change.cell, at);
    else if (is_plain(change.argument->getType()))
      now = some_value(change.argument->getType(), change.argument->getSourceRange());
    if (!now) now = b().unknown(at, fmt::format("`{}` may change it through a reference", qualified(change.by)));
    out.push_back(b().stmt(at, ast::Assign{std::move(places), *now}));
  }
}

}  // namespace shapelint::libtorch
