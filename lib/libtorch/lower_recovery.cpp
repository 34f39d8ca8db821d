// Calls of LibTorch that its headers refuse over an optional alone. Since 2.1 LibTorch takes `std::optional`, Debian's
// 1.13 has a `c10::optional` of its own (c10/util/Optional.h) that `std::nullopt` does not turn into: for code that is
// written against newer headers the rest of the call says which function is meant.
#include <algorithm>

#include <clang/AST/ExprCXX.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

bool is_std_optional(const clang::Expr* arg) {
  const clang::CXXRecordDecl* record = record_of(arg->getType());
  return record != nullptr && is_std(record) && (record->getName() == "nullopt_t" || record->getName() == "optional");
}

bool is_number(Kind kind) {
  return kind == Kind::integer || kind == Kind::floating || kind == Kind::boolean || kind == Kind::scalar;
}

// Would the argument do, were the optionals the same?
bool accepts(clang::QualType wanted, const clang::Expr* arg) {
  const Kind kind = kind_of(wanted);
  if (is_std_optional(arg)) return kind == Kind::optional;
  const Kind inner = kind == Kind::optional ? kind_of(element_of(wanted)) : kind;
  // OptionalArrayRef holds a list of its elements.
  const bool is_list = inner == Kind::list || (kind == Kind::optional && inner == Kind::integer);
  arg = strip(arg);
  if (llvm::isa<clang::InitListExpr>(arg)) return is_list;
  const Kind given = kind_of(arg->getType());
  return given == inner || (is_number(given) && is_number(inner)) || (given == Kind::list && is_list);
}

// What the callee may be: all overloads of a name, or the one function.
std::vector<const clang::FunctionDecl*> candidates(const clang::Expr* callee) {
  std::vector<const clang::FunctionDecl*> out;
  const auto add = [&](const clang::NamedDecl* decl) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl->getUnderlyingDecl());
    if (function != nullptr && is_framework(function)) out.push_back(function);
  };
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(callee)) add(name->getDecl());
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(callee)) add(member->getMemberDecl());
  if (const auto* names = llvm::dyn_cast<clang::OverloadExpr>(callee)) std::ranges::for_each(names->decls(), add);
  return out;
}

// The one that the arguments fit; null when none does or several do.
const clang::FunctionDecl* function_for(const clang::Expr* callee, const std::vector<const clang::Expr*>& args) {
  const clang::FunctionDecl* found = nullptr;
  for (const clang::FunctionDecl* one : candidates(callee)) {
    if (args.size() < one->getMinRequiredArguments() || args.size() > one->getNumParams()) continue;
    bool fits = true;
    for (unsigned i = 0; i < args.size() && fits; ++i) fits = accepts(one->getParamDecl(i)->getType(), args[i]);
    if (fits && found != nullptr) return nullptr;
    if (fits) found = one;
  }
  return found;
}

// The object of a method that is called; null for a function.
const clang::Expr* object_of_call(const clang::Expr* callee) {
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(callee)) return member->getBase();
  const auto* member = llvm::dyn_cast<clang::UnresolvedMemberExpr>(callee);
  return member != nullptr && !member->isImplicitAccess() ? member->getBase() : nullptr;
}

}  // namespace

ast::ExprId Lower::recovered(const clang::RecoveryExpr* e) {
  const Span at = span(e);
  const auto refused = [&] { return b().unknown(at, "it does not compile"); };
  const llvm::ArrayRef<const clang::Expr*> parts(e->subExpressions().begin(), e->subExpressions().end());
  if (parts.empty() || std::ranges::none_of(parts.drop_front(), is_std_optional)) return refused();
  const clang::Expr* callee = strip(parts.front());
  const std::vector<const clang::Expr*> args(parts.begin() + 1, parts.end());
  const clang::FunctionDecl* function = function_for(callee, args);
  if (function == nullptr) return refused();
  if (llvm::isa<clang::CXXMethodDecl>(function)) {
    const clang::Expr* object = object_of_call(callee);
    if (object == nullptr || kind_of(object->getType()) != Kind::tensor) return refused();
    const ast::ExprId method =
        b().attribute(span(callee), expr(object), function->getDeclName().getAsString(), span(callee->getExprLoc()));
    return b().call(at, method, framework_arguments(function, "", args));
  }
  const std::string path = python_path(qualified(function));
  return b().call(at, b().path(span(callee), path), framework_arguments(function, path, args));
}

}  // namespace shapelint::libtorch
