// Calls of functions: the user's, the framework's, the standard library's.
#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {

// For an object of the framework: options become keywords.
std::vector<ast::Argument> Lower::object_arguments(const std::vector<const clang::Expr*>& args) {
  std::vector<ast::Argument> out;
  for (const clang::Expr* arg : args) {
    if (kind_of(arg->getType()) == Kind::options) add_options(arg, out);
    else out.push_back(b().argument(expr(arg)));
  }
  return out;
}

std::vector<ast::Argument> Lower::plain_arguments(const std::vector<const clang::Expr*>& args) {
  std::vector<ast::Argument> out;
  for (const clang::Expr* arg : args) out.push_back(b().argument(expr(arg)));
  return out;
}

ast::ExprId Lower::call(const clang::CallExpr* e) {
  const Span at = span(e);
  const clang::FunctionDecl* function = e->getDirectCallee();
  const std::vector<const clang::Expr*> args = written_arguments(e);
  if (function == nullptr) {
    if (const auto* pseudo = llvm::dyn_cast<clang::CXXPseudoDestructorExpr>(e->getCallee()); pseudo != nullptr)
      return b().none(at);
    if (e->getCallee()->containsErrors() || e->getCallee()->isTypeDependent())
      return b().unknown(at, "it does not compile");
    const ast::ExprId callee = expr(e->getCallee());
    return b().call(at, callee, plain_arguments(args));
  }
  if (function->getIdentifier() == nullptr) return b().unknown(at, fmt::format("`{}`", qualified(function)));
  if (function->getBuiltinID() != 0 && args.size() == 2 && function->getName() == "__builtin_expect")
    return condition(args[0]);
  if (is_framework(function)) return framework_call(e, function);
  if (!is_user(function) || function->getBuiltinID() != 0) return std_call(e, function);
  return user_call(function, function_reference(function, e->getCallee()->getSourceRange()), args, at);
}

// ---- the framework's

// Positions are Python's as far as its signature goes along; what Python takes by keyword, or under another position,
// is named. Options objects become keywords. Devices, generators and the like are left out.
std::vector<ast::Argument> Lower::framework_arguments(const clang::FunctionDecl* function, llvm::StringRef python_name,
                                                      const std::vector<const clang::Expr*>& args, std::size_t first) {
  std::vector<ast::Argument> out;
  const bool functional = python_name.starts_with("torch.nn.functional.");
  bool gap = false;
  for (std::size_t i = first; i < args.size(); ++i) {
    const clang::Expr* arg = args[i];
    const bool has_param = i < function->getNumParams();
    const clang::ParmVarDecl* param = has_param ? function->getParamDecl(static_cast<unsigned>(i)) : nullptr;
    llvm::StringRef name = param != nullptr ? param->getName() : "";
    const clang::QualType type = param != nullptr ? param->getType() : arg->getType();
    Kind kind = kind_of(type);
    const Kind inner = kind == Kind::optional ? kind_of(element_of(type)) : kind;
    if (kind == Kind::options || kind == Kind::tensor_options) {
      add_options(arg, out);
      gap = true;
      continue;
    }
    if (inner == Kind::device) {
      gap = true;
      continue;
    }
    if (inner == Kind::dtype) {
      const ast::ExprId value = expr(arg);
      gap = true;
      if (!std::holds_alternative<ast::NoneLiteral>(current_->out.program.expr(value).node))
        out.push_back(b().keyword("dtype", value));
      continue;
    }
    ast::ExprId value = expr(arg);
    if (name == "reduction" && inner == Kind::integer) {
      if (const auto* number = std::get_if<ast::IntLiteral>(&current_->out.program.expr(value).node)) {
        const std::string text = reduction_name(number->value);
        if (!text.empty()) value = b().text(b().span_of(value), text);
      }
      out.push_back(b().keyword("reduction", value));
      gap = true;
      continue;
    }
    const bool by_name =
        !name.empty() && name != "self" && name != "input" && name != "tensors" &&
        (gap || is_keyword_only(name) || (functional && (i >= 2 || (i >= 1 && inner != Kind::tensor))));
    if (by_name) out.push_back(b().keyword(name.str(), value));
    else out.push_back(b().argument(value));
  }
  return out;
}

// `std::holds_alternative<torch::enumtype::kNone>(reduction)`, `c10::get_if<torch::enumtype::kNone>(&reduction)`: is it
// that name? Of the latter, the name or a null pointer.
std::optional<ast::ExprId> Lower::variant_call(const clang::CallExpr* e, const clang::FunctionDecl* function,
                                               const std::vector<const clang::Expr*>& args) {
  const bool asks = function->getName() == "holds_alternative";
  const clang::TemplateArgumentList* with = function->getTemplateSpecializationArgs();
  if ((!asks && function->getName() != "get_if") || args.size() != 1 || with == nullptr || with->size() == 0 ||
      with->get(0).getKind() != clang::TemplateArgument::Type || kind_of(with->get(0).getAsType()) != Kind::token)
    return std::nullopt;
  const Span at = span(e);
  const auto token = [&] { return b().text(at, python_token(record_of(with->get(0).getAsType())->getName())); };
  const ast::ExprId value = expr(args[0]);
  const ast::ExprId is_it = b().compare(at, ast::CompareOp::equal, value, token());
  return asks ? is_it : b().expr(at, ast::Conditional{is_it, token(), b().none(at)});
}

ast::ExprId Lower::framework_call(const clang::CallExpr* e, const clang::FunctionDecl* function) {
  const Span at = span(e);
  const std::vector<const clang::Expr*> args = written_arguments(e);
  const std::string name = qualified(function);
  const llvm::StringRef plain = function->getName();
  const Kind result = kind_of(e->getType());
  if (result == Kind::tensor_options) return options_value(e);
  if (result == Kind::device) return b().text(at, "cpu");
  if (name.find("torch::nn::init::") == 0 || plain == "manual_seed" || plain == "save" || plain == "set_num_threads" ||
      plain.starts_with("deprecated_AT_"))
    return b().none(at);
  // Where and how a program runs changes no shape.
  for (const llvm::StringLiteral about :
       {llvm::StringLiteral("torch::cuda::"), llvm::StringLiteral("at::cuda::"), llvm::StringLiteral("c10::cuda::"),
        llvm::StringLiteral("at::autocast::"), llvm::StringLiteral("at::globalContext"),
        llvm::StringLiteral("at::get_num_")}) {
    if (llvm::StringRef(name).starts_with(about)) return e->getType()->isVoidType() ? b().none(at) : anything(at);
  }
  if (plain == "make_optional" && args.size() == 1) return expr(args[0]);
  if (plain == "irange" && (args.size() == 1 || args.size() == 2)) {
    return b().call(at, builtin("range", at), plain_arguments(args));
  }
  if (plain == "get" && args.size() == 1) return std_call(e, function);
  // An option's name stands for its number as well.
  if (plain.ends_with("_get_enum") && args.size() == 1) return expr(args[0]);
  if (const auto asked = variant_call(e, function, args)) return *asked;
  if (plain == "from_blob" && args.size() >= 2) {
    // The caller's memory: only the shape is known.
    std::vector<ast::Argument> arguments{b().argument(expr(args[1]))};
    for (std::size_t i = 2; i < args.size(); ++i) {
      if (kind_of(args[i]->getType()) == Kind::tensor_options) add_options(args[i], arguments);
    }
    return b().call(at, b().path(at, "torch.empty"), std::move(arguments));
  }
  if (plain == "load" && args.size() >= 1 && name == "torch::load") {
    if (kind_of(args[0]->getType()) == Kind::tensor || kind_of(args[0]->getType()) == Kind::list)
      changed_.push_back({args[0], function, ""});
    return b().none(at);
  }
  if (plain == "slice" && args.size() >= 1 && kind_of(args[0]->getType()) == Kind::tensor)
    return slice_of(args[0], {args.begin() + 1, args.end()}, at);
  if (plain == "data_parallel" && args.size() >= 2) return module_method_call(e, args[0], "", {args[1]});
  const std::string path = python_path(name);
  const ast::ExprId callee = b().path(span(e->getCallee()->getSourceRange()), path);
  return b().call(at, callee, framework_arguments(function, path, args));
}

// ---- the standard library's

ast::ExprId Lower::std_call(const clang::CallExpr* e, const clang::FunctionDecl* function) {
  const Span at = span(e);
  const std::vector<const clang::Expr*> args = written_arguments(e);
  llvm::StringRef name = function->getName();
  name.consume_front("__builtin_");
  const auto call_of = [&](const char* python) { return b().call(at, builtin(python, at), plain_arguments(args)); };
  const auto math = [&](const std::string& python) {
    return b().call(at, b().attribute(at, lazy_import("math", at), python, at), plain_arguments(args));
  };
  if ((name == "move" || name == "forward" || name == "ref" || name == "cref" || name == "as_const" ||
       name == "addressof" || name == "make_optional" || name == "make_any" || name == "any_cast") &&
      args.size() == 1)
    return expr(args[0]);
  if (name == "make_tuple" || name == "make_pair" || name == "tie" || name == "forward_as_tuple") {
    std::vector<ast::ExprId> items;
    for (const clang::Expr* arg : args) items.push_back(expr(arg));
    return b().expr(at, ast::TupleExpr{std::move(items)});
  }
  if (name == "get" && args.size() == 1) {
    const clang::TemplateArgumentList* with = function->getTemplateSpecializationArgs();
    if (with != nullptr && with->size() > 0 && with->get(0).getKind() == clang::TemplateArgument::Integral) {
      const ast::ExprId tuple = expr(args[0]);
      return b().expr(at, ast::Subscript{tuple, b().number(at, with->get(0).getAsIntegral().getExtValue())});
    }
  }
  if (const auto asked = variant_call(e, function, args)) return *asked;
  if (name == "make_shared" || name == "make_unique") {
    const clang::TemplateArgumentList* with = function->getTemplateSpecializationArgs();
    if (with != nullptr && with->size() > 0 && with->get(0).getKind() == clang::TemplateArgument::Type) {
      const clang::CXXRecordDecl* record = record_of(with->get(0).getAsType());
      if (record != nullptr && !is_std(record)) return construct_holder(record, args, at, nullptr);
    }
  }
  if ((name == "max" || name == "min") && args.size() <= 2) return call_of(name == "max" ? "max" : "min");
  if (name == "abs" || name == "fabs" || name == "fabsf" || name == "labs") return call_of("abs");
  if (name == "round" || name == "lround" || name == "llround") return call_of("round");
  if (name == "size" && args.size() == 1) return call_of("len");
  if (name == "accumulate" && args.size() == 3) {
    const auto* first = llvm::dyn_cast<clang::CXXMemberCallExpr>(strip(args[0]));
    if (first != nullptr) {
      const ast::ExprId start = expr(args[2]);
      const ast::ExprId total =
          b().call(at, builtin("sum", at), std::vector<ast::ExprId>{expr(first->getImplicitObjectArgument())});
      return b().binary(at, ast::BinaryOp::add, start, total);
    }
  }
  static const llvm::StringMap<std::string> kMath = {
      {"sqrt", "sqrt"}, {"sqrtf", "sqrt"},  {"exp", "exp"},      {"expf", "exp"},  {"log", "log"},   {"logf", "log"},
      {"log2", "log2"}, {"log10", "log10"}, {"sin", "sin"},      {"cos", "cos"},   {"tanh", "tanh"}, {"pow", "pow"},
      {"powf", "pow"},  {"floor", "floor"}, {"floorf", "floor"}, {"ceil", "ceil"}, {"ceilf", "ceil"}};
  if (const auto it = kMath.find(name); it != kMath.end()) return math(it->second);
  if (name == "printf" || name == "puts" || name == "fprintf") return b().none(at);
  if (name == "memcpy" || name == "memmove" || name == "memset") {
    // Plain memory then holds some values of its type; a tensor's is not followed.
    const clang::Expr* filled = args.empty() ? nullptr : args[0]->IgnoreParenCasts();
    if (filled != nullptr && is_plain(filled->getType())) {
      changed_.push_back({filled, function, ""});
      return b().none(at);
    }
  }
  if (name == "swap" && args.size() == 2 && before_ != nullptr) {
    const std::vector<ast::ExprId> left = targets(args[0]);
    const std::vector<ast::ExprId> right = targets(args[1]);
    if (left.size() == 1 && right.size() == 1) {
      const ast::ExprId to = b().expr(at, ast::TupleExpr{{left[0], right[0]}});
      const ast::ExprId second = expr(args[1]);
      const ast::ExprId from = b().expr(at, ast::TupleExpr{{second, expr(args[0])}});
      before_->push_back(b().assign(at, to, from));
      return b().none(at);
    }
  }
  if (const auto done = algorithm(e, name, args)) return *done;
  forget_elements(name, args, at);
  for (std::size_t i = 0; i < args.size() && i < function->getNumParams(); ++i) {
    const clang::QualType type = function->getParamDecl(static_cast<unsigned>(i))->getType();
    if (is_changeable_reference(type) && kind_of(type) != Kind::stream && is_plain(type))
      changed_.push_back({args[i], function, ""});
  }
  return not_followed(e, args, fmt::format("`{}` is not followed", qualified(function)));
}

}  // namespace shapelint::libtorch
