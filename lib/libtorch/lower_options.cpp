// Options objects: `F::MSELossFuncOptions().reduction(torch::kNone)` is `reduction="none"` in a call, and a dict where
// it is kept in a variable.
#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

bool is_options(clang::QualType type) {
  if (!type.isNull() && type->isPointerType()) type = type->getPointeeType();
  const Kind kind = kind_of(type);
  return kind == Kind::options || kind == Kind::tensor_options;
}

// What of a tensor's options shapes and values depend on.
bool matters(clang::QualType options, llvm::StringRef name) {
  return kind_of(options) != Kind::tensor_options || name == "dtype";
}

}  // namespace

ast::ExprId Lower::option_argument(llvm::StringRef name, const clang::Expr* e) {
  (void)name;
  return expr(e);
}

std::optional<std::vector<Lower::Option>> Lower::option_chain(const clang::Expr* whole) {
  const clang::Expr* e = strip(whole);
  const Span at = span(e);
  if (const auto* set = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
    const clang::CXXMethodDecl* method = set->getMethodDecl();
    if (method == nullptr || method->getIdentifier() == nullptr) return std::nullopt;
    const clang::Expr* object = set->getImplicitObjectArgument();
    if (kind_of(object->getType()) == Kind::tensor && method->getName() == "options") {
      return std::vector<Option>{{"dtype", b().attribute(at, expr(object), "dtype", at)}};
    }
    const std::vector<const clang::Expr*> args = written_arguments(set);
    if (!is_options(object->getType()) || args.size() > 1) return std::nullopt;
    auto chain = option_chain(object);
    if (!chain) return std::nullopt;
    if (args.empty()) {
      // `.requires_grad()` and `.pinned_memory()` take a default; with a value they matter as little.
      return kind_of(object->getType()) == Kind::tensor_options ? chain : std::nullopt;
    }
    if (matters(object->getType(), method->getName()))
      chain->push_back({method->getName().str(), option_argument(method->getName(), args[0])});
    return chain;
  }
  if (const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e)) {
    if (!is_options(made->getType())) return std::nullopt;
    const std::vector<const clang::Expr*> args = written_arguments(made);
    if (args.size() == 1 && is_options(args[0]->getType())) return option_chain(args[0]);
    std::vector<Option> out;
    for (std::size_t i = 0; i < args.size(); ++i) {
      if (kind_of(made->getType()) == Kind::tensor_options) {
        if (kind_of(args[i]->getType()) == Kind::dtype) out.push_back({"dtype", expr(args[i])});
        continue;
      }
      const clang::CXXConstructorDecl* constructor = made->getConstructor();
      if (i >= constructor->getNumParams()) return std::nullopt;
      const llvm::StringRef name = constructor->getParamDecl(static_cast<unsigned>(i))->getName();
      out.push_back({name.str(), option_argument(name, args[i])});
    }
    return out;
  }
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e); list != nullptr && list->getNumInits() == 0)
    return std::vector<Option>{};
  if (const auto* made = llvm::dyn_cast<clang::CallExpr>(e)) {
    const clang::FunctionDecl* function = made->getDirectCallee();
    if (function != nullptr && is_framework(function) && function->getIdentifier() != nullptr &&
        kind_of(made->getType()) == Kind::tensor_options) {
      const std::vector<const clang::Expr*> args = written_arguments(made);
      if (function->getName() == "dtype" && args.size() == 1) return std::vector<Option>{{"dtype", expr(args[0])}};
      return std::vector<Option>{};
    }
    if (function == nullptr || is_framework(function)) return std::nullopt;
  }
  // A variable, or what a function of the user's gives: a dict.
  if (llvm::isa<clang::DeclRefExpr>(e) || llvm::isa<clang::MemberExpr>(e) || llvm::isa<clang::CallExpr>(e))
    return std::vector<Option>{{"", expr(e)}};
  return std::nullopt;
}

ast::ExprId Lower::options_value(const clang::Expr* e) {
  const Span at = span(e);
  auto chain = option_chain(e);
  if (!chain) {
    const clang::Expr* inner = strip(e);
    // Reading one setting.
    if (const auto* get = llvm::dyn_cast<clang::CXXMemberCallExpr>(inner);
        get != nullptr && get->getNumArgs() == 0 && get->getMethodDecl() != nullptr &&
        get->getMethodDecl()->getIdentifier() != nullptr) {
      const ast::ExprId object = expr(get->getImplicitObjectArgument());
      return b().expr(at, ast::Subscript{object, b().text(at, get->getMethodDecl()->getName().str())});
    }
    return b().unknown(at, "options that are made in another way");
  }
  if (chain->size() == 1 && chain->front().name.empty()) return chain->front().value;
  ast::DictExpr dict;
  for (const Option& option : *chain) {
    dict.keys.push_back(option.name.empty() ? ast::ExprId{} : b().text(at, option.name));
    dict.values.push_back(option.value);
  }
  return b().expr(at, std::move(dict));
}

void Lower::add_options(const clang::Expr* e, std::vector<ast::Argument>& out) {
  auto chain = option_chain(e);
  // Options that a variable holds may set what is set here again: a dict takes the last of a name, a call refuses two.
  if (!chain || std::ranges::any_of(*chain, [](const Option& option) { return option.name.empty(); })) {
    const ast::ExprId value = options_value(e);
    out.push_back({ast::Argument::Kind::double_star, "", value, b().span_of(value)});
    return;
  }
  for (const Option& option : *chain) {
    // The last setting of a name counts.
    std::erase_if(out, [&](const ast::Argument& known) { return known.name == option.name; });
    out.push_back(b().keyword(option.name, option.value));
  }
}

}  // namespace shapelint::libtorch
