// Copies. What C++ copies is another object from then on: a struct, a vector, what a lambda captures by value. A tensor
// is a handle, and so is a module: copies of them share. Where neither side is changed later, the program shares as
// well.
#include <algorithm>

#include <fmt/format.h>

#include "lib/libtorch/assignments.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

constexpr int kMaxTypes = 8;  ///< types inside types

bool is_name_of(llvm::StringRef name, std::initializer_list<llvm::StringRef> names) {
  return std::ranges::find(names, name) != names.end();
}

// The variable (or `this`: null) whose value or part `e` names; nothing for values that are made anew.
std::optional<const clang::ValueDecl*> root_of(const clang::Expr* e) {
  e = strip(e);
  if (llvm::isa<clang::CXXThisExpr>(e)) return nullptr;
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e)) return name->getDecl();
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(e)) return root_of(member->getBase());
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(e)) return root_of(element->getBase());
  if (const auto* pointed = llvm::dyn_cast<clang::UnaryOperator>(e);
      pointed != nullptr && (pointed->getOpcode() == clang::UO_Deref || pointed->getOpcode() == clang::UO_AddrOf))
    return root_of(pointed->getSubExpr());
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e)) {
    const clang::OverloadedOperatorKind which = op->getOperator();
    if (which == clang::OO_Subscript || which == clang::OO_Star || which == clang::OO_Arrow)
      return root_of(op->getArg(0));
  }
  if (const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
    const clang::CXXMethodDecl* method = call->getMethodDecl();
    if (method != nullptr && method->getIdentifier() != nullptr &&
        is_name_of(method->getName(), {"at", "front", "back", "value", "get"}))
      return root_of(call->getImplicitObjectArgument());
  }
  return std::nullopt;
}

// Looks for changes of a variable or of anything in it.
class WriteFinder : public AssignmentFinder<WriteFinder> {
 public:
  using AssignmentFinder::AssignmentFinder;

  void look(const clang::Expr* e) {
    const auto root = root_of(e);
    found = found || (root && *root == var_);
  }
  bool VisitCallExpr(clang::CallExpr* e) {
    const clang::FunctionDecl* function = e->getDirectCallee();
    if (const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
      const clang::CXXMethodDecl* method = call->getMethodDecl();
      const bool reads =
          method == nullptr || method->isConst() ||
          (method->getIdentifier() != nullptr &&
           is_name_of(method->getName(), {"at", "front", "back", "value", "get", "end", "find", "data"}));
      if (!reads || (method != nullptr && method->getDeclName().getAsString() == "begin"))
        look(call->getImplicitObjectArgument());
    }
    if (function == nullptr) {
      for (const clang::Expr* arg : e->arguments()) look(arg);
      return !found;
    }
    const bool moves = is_std(function) && function->getIdentifier() != nullptr &&
                       is_name_of(function->getName(), {"move", "ref", "forward", "swap", "exchange"});
    for (unsigned i = 0; i < e->getNumArgs() && i < function->getNumParams(); ++i) {
      if (moves || is_changeable_reference(function->getParamDecl(i)->getType())) look(e->getArg(i));
    }
    return !found;
  }
  bool VisitVarDecl(clang::VarDecl* decl) {
    if (decl != var_ && decl->getInit() != nullptr &&
        (is_changeable_reference(decl->getType()) || decl->getType()->isPointerType()))
      look(decl->getInit());
    return !found;
  }
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt* s) {
    if (s->getLoopVariable() != nullptr && is_changeable_reference(s->getLoopVariable()->getType()))
      look(s->getRangeInit());
    return !found;
  }
};

// The copy construction that `e` is, under what does not change its value.
const clang::CXXConstructExpr* copy_in(const clang::Expr* e) {
  while (true) {
    e = e->IgnoreParens();
    if (const auto* made = llvm::dyn_cast<clang::ExprWithCleanups>(e)) e = made->getSubExpr();
    else if (const auto* temporary = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(e)) e = temporary->getSubExpr();
    else if (const auto* bound = llvm::dyn_cast<clang::CXXBindTemporaryExpr>(e)) e = bound->getSubExpr();
    else if (const auto* cast = llvm::dyn_cast<clang::ImplicitCastExpr>(e);
             cast != nullptr &&
             (cast->getCastKind() == clang::CK_NoOp || cast->getCastKind() == clang::CK_ConstructorConversion))
      e = cast->getSubExpr();
    else break;
  }
  const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e);
  if (made == nullptr || made->getNumArgs() == 0) return nullptr;
  const clang::CXXConstructorDecl* constructor = made->getConstructor();
  return constructor->isCopyConstructor() && made->getArg(0)->isLValue() ? made : nullptr;
}

}  // namespace

bool writes_into(const clang::Stmt* s, const clang::ValueDecl* var) {
  if (s == nullptr) return false;
  WriteFinder finder(var);
  finder.TraverseStmt(const_cast<clang::Stmt*>(s));  // the visitor reads only, but takes no const
  return finder.found;
}

bool is_value_type(clang::QualType type) {
  if (type.isNull() || type->isReferenceType()) return false;
  const clang::CXXRecordDecl* record = record_of(type);
  switch (kind_of(type)) {
    case Kind::list:
    case Kind::map:
      return record != nullptr && is_std(record) && record->getName() != "initializer_list" &&
             record->getName() != "span";
    case Kind::record:
      return record != nullptr && !record->isLambda() && !derives_from(record, "Module") && held_by(record) == nullptr;
    default: return false;
  }
}

// Are there objects in it that a copy shares?
bool holds_shared(clang::QualType type, int depth) {
  if (type.isNull() || depth > kMaxTypes) return true;
  switch (kind_of(type)) {
    case Kind::pointer:
    case Kind::holder:
    case Kind::module:
    case Kind::callable: return true;
    case Kind::list:
    case Kind::optional: return holds_shared(element_of(type), depth + 1);
    case Kind::map:
    case Kind::tuple: {
      const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record_of(type));
      return made == nullptr || std::ranges::any_of(types_in(made), [&](clang::QualType part) {
               return kind_of(part) != Kind::other && holds_shared(part, depth + 1);
             });
    }
    case Kind::record: {
      const clang::CXXRecordDecl* record = record_of(type);
      if (record == nullptr || !record->hasDefinition()) return true;
      return std::ranges::any_of(record->getDefinition()->fields(), [&](const clang::FieldDecl* field) {
        return holds_shared(field->getType(), depth + 1);
      });
    }
    default: return false;
  }
}

ast::ExprId Lower::copy_of(ast::ExprId value, clang::QualType type, Span at) {
  const char* how = holds_shared(type, 0) ? "copy" : "deepcopy";
  return b().call(at, b().attribute(at, lazy_import("copy", at), how, at), std::vector<ast::ExprId>{value});
}

// An argument, an initializer: what is copied from a variable that stays.
bool Lower::is_copied(const clang::Expr* e) const {
  if (!is_value_type(e->getType())) return false;
  const clang::CXXConstructExpr* copy = copy_in(e);
  return copy != nullptr && root_of(copy->getArg(0)).has_value();
}

ast::ExprId Lower::initial_value(const clang::VarDecl* var) {
  const clang::Expr* init = var->getInit();
  if (!is_value_type(var->getType()) || !is_copied(init)) return expr(init);
  const auto from = root_of(copy_in(init)->getArg(0));
  // A field may change through any method.
  const bool changes =
      scope_.body == nullptr || *from == nullptr || writes_into(scope_.body, var) || writes_into(scope_.body, *from);
  return changes ? expr(init) : shared(init);
}

// `f(v)` with `v` by value: a copy, unless `f` leaves it alone.
ast::ExprId Lower::argument_value(const clang::Expr* arg, const clang::FunctionDecl* function, std::size_t index) {
  if (!is_copied(arg)) return expr(arg);
  const clang::FunctionDecl* made = definition_of(function);
  const bool is_read = made != nullptr && !llvm::isa<clang::CXXConstructorDecl>(made) && index < made->getNumParams() &&
                       !writes_into(made->getBody(), made->getParamDecl(static_cast<unsigned>(index)));
  return is_read ? shared(arg) : expr(arg);
}

// The variables of a lambda that hold copies: named anew where the original, or the copy, may change.
void Lower::capture_copies(const clang::LambdaExpr* lambda, const clang::Stmt* body, std::vector<Captured>& out) {
  for (const clang::LambdaCapture& capture : lambda->captures()) {
    if (capture.getCaptureKind() != clang::LCK_ByCopy || !capture.capturesVariable()) continue;
    const auto* var = llvm::dyn_cast<clang::VarDecl>(capture.getCapturedVar());
    if (var == nullptr ||
        (!lambda->isInitCapture(&capture) && !scope_.names.contains(var) && !scope_.aliases.contains(var)))
      continue;
    const bool is_new = lambda->isInitCapture(&capture);
    const bool inside = writes_into(body, var);
    if (!is_new && !inside && scope_.loops == 0 && scope_.body != nullptr && !writes_into(scope_.body, var) &&
        !scope_.aliases.contains(var))
      continue;
    if (is_new && var->getInit() == nullptr) continue;
    const Span at = span(is_new ? var->getSourceRange() : clang::SourceRange(capture.getLocation()));
    ast::ExprId value;
    if (is_new) {
      value = expr(var->getInit());
    } else {
      const auto alias = scope_.aliases.find(var);
      value = alias != scope_.aliases.end() ? expr(alias->second) : b().name(at, local_name(var));
      if (is_value_type(var->getType().getNonReferenceType()))
        value = copy_of(value, var->getType().getNonReferenceType(), at);
    }
    out.push_back({var, fmt::format("{}#held{}", var->getNameAsString(), ++lambdas_), value, at, inside});
  }
}

}  // namespace shapelint::libtorch
