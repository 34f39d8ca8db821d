// Constructors and initializer lists.
#include <algorithm>

#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

// The braces inside conversions: `ArrayRef(initializer_list({...}))`.
const clang::InitListExpr* braces(const clang::Expr* e) {
  for (int i = 0; i < 6; ++i) {
    e = strip(e);
    if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e)) return list;
    const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e);
    if (made == nullptr || made->getNumArgs() == 0) return nullptr;
    e = made->getArg(0);
  }
  return nullptr;
}

// The constructor that takes these arguments, which reach it through a template (`make_shared`, a module's holder): by
// their number, and by what they are where that leaves a choice.
const clang::CXXConstructorDecl* matching_constructor(const clang::CXXRecordDecl* record,
                                                      const std::vector<const clang::Expr*>& args) {
  if (!record->hasDefinition()) return nullptr;
  const clang::CXXConstructorDecl* best = nullptr;
  int best_score = -1;
  for (const clang::CXXConstructorDecl* one : record->getDefinition()->ctors()) {
    if (one->isImplicit() || one->isDeleted() || one->isCopyOrMoveConstructor()) continue;
    if (args.size() < one->getMinRequiredArguments() || args.size() > one->getNumParams()) continue;
    int score = 0;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const clang::QualType wanted = one->getParamDecl(static_cast<unsigned>(i))->getType().getNonReferenceType();
      const clang::QualType given = args[i]->getType();
      if (wanted.getUnqualifiedType().getCanonicalType() == given.getUnqualifiedType().getCanonicalType()) score += 3;
      else if (kind_of(wanted) == kind_of(given)) score += 2;
      else if (wanted->isArithmeticType() && given->isArithmeticType()) score += 1;
    }
    if (score > best_score) best = one;
    best_score = std::max(best_score, score);
  }
  return best;
}

}  // namespace

ast::ExprId Lower::construct(const clang::CXXConstructExpr* e) {
  const Span at = span(e);
  const std::vector<const clang::Expr*> args = written_arguments(e);
  const Kind kind = kind_of(e->getType());
  const clang::CXXRecordDecl* record = record_of(e->getType());
  switch (kind) {
    case Kind::tensor:
      if (args.empty()) return b().none(at);  // an undefined tensor
      if (args.size() == 1 && kind_of(args[0]->getType()) == Kind::tensor) return expr(args[0]);
      break;
    case Kind::scalar:
    case Kind::optional:
    case Kind::callable:
    case Kind::pointer:
    case Kind::dtype:
    case Kind::integer:
    case Kind::floating:
    case Kind::boolean:
      if (args.empty()) return b().none(at);
      if (args.size() == 1) return expr(args[0]);
      break;
    case Kind::index:
      if (args.empty()) return b().none(at);
      if (kind_of(args[0]->getType()) == Kind::string) return b().expr(at, ast::EllipsisLiteral{});
      return expr(args[0]);
    case Kind::slice: return b().expr(at, slice_bounds(args, 0));
    case Kind::device: return b().text(at, "cpu");
    case Kind::guard:
    case Kind::stream: return b().none(at);
    case Kind::options:
    case Kind::tensor_options: return options_value(e);
    case Kind::string:
      if (args.empty()) return b().text(at, "");
      return expr(args[0]);
    case Kind::list: return construct_list(e, args);
    case Kind::map:
      if (args.empty()) return b().expr(at, ast::DictExpr{});
      if (const clang::InitListExpr* list = braces(args[0])) {
        ast::DictExpr dict;
        for (const clang::Expr* item : list->inits()) {
          const clang::Expr* pair = strip(item);
          const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(pair);
          if (made == nullptr || made->getNumArgs() != 2) return b().unknown(at, "a map that is built in another way");
          const ast::ExprId key = expr(made->getArg(0));
          dict.keys.push_back(key);
          dict.values.push_back(expr(made->getArg(1)));
        }
        return b().expr(at, std::move(dict));
      }
      break;
    case Kind::tuple: {
      if (args.size() == 1 && kind_of(args[0]->getType()) == Kind::tuple) return expr(args[0]);
      std::vector<ast::ExprId> items;
      for (const clang::Expr* arg : args) items.push_back(expr(arg));
      return b().expr(at, ast::TupleExpr{std::move(items)});
    }
    case Kind::holder: {
      if (args.size() == 1 && llvm::isa<clang::CXXNullPtrLiteralExpr>(strip(args[0]))) return b().none(at);
      if (args.size() == 1 &&
          (kind_of(args[0]->getType()) == Kind::pointer || kind_of(args[0]->getType()) == Kind::holder))
        return expr(args[0]);
      const clang::CXXRecordDecl* held = held_by(record);
      if (held == nullptr && args.size() == 1) return expr(args[0]);  // AnyModule
      if (held != nullptr) return construct_holder(held, args, at, e->getConstructor());
      break;
    }
    case Kind::module: return construct_holder(record, args, at, e->getConstructor());
    case Kind::record: return construct_record(e, args);
    case Kind::other:
      if (record != nullptr && is_framework(record)) {
        if (is_ignored_framework(record)) return anything(at);
        return b().call(at, b().path(at, python_path(qualified(record))), object_arguments(args));
      }
      if (record != nullptr && is_std(record))
        return not_followed(e, args, fmt::format("`{}` is not followed", qualified(record)));
      break;
    default: break;
  }
  return b().unknown(
      at, fmt::format("`{}` is not followed", record != nullptr ? qualified(record) : e->getType().getAsString()));
}

ast::ExprId Lower::construct_list(const clang::CXXConstructExpr* e, const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  if (args.empty()) return b().expr(at, ast::ListExpr{});
  if (args.size() == 2) {
    if (const auto elements = elements_between(args[0], args[1], at)) return *elements;
  }
  const clang::CXXRecordDecl* record = record_of(e->getType());
  const bool is_vector = record != nullptr && is_std(record);
  const Kind first = kind_of(args[0]->getType());
  if (is_vector && first == Kind::integer && !e->isListInitialization()) {
    // `vector(count)` and `vector(count, value)`.
    const clang::QualType element = element_of(e->getType());
    const ast::ExprId value = args.size() >= 2 ? expr(args[1]) : made_by_default(element, e->getSourceRange());
    const ast::ExprId one = b().expr(at, ast::ListExpr{{value}});
    return b().binary(at, ast::BinaryOp::mul, one, expr(args[0]));
  }
  if (args.size() == 1 || (is_vector && args.size() == 2)) {
    // A list from a list; or one value that stands for a list of one, which Python takes as it is.
    if (first == Kind::list || first == Kind::optional || !is_vector) return expr(args[0]);
  }
  // `ArrayRef(data, count)`
  return b().unknown(at, "a list that is built in another way");
}

// `emplace_back(a, b)`: an element of the type, made of these.
ast::ExprId Lower::construct_in_place(clang::QualType type, const std::vector<const clang::Expr*>& args,
                                      clang::SourceRange range) {
  const Span at = span(range);
  const clang::CXXRecordDecl* record = record_of(type);
  if (kind_of(type) == Kind::tuple) {
    std::vector<ast::ExprId> items;
    for (const clang::Expr* arg : args) items.push_back(expr(arg));
    return b().expr(at, ast::TupleExpr{std::move(items)});
  }
  if (kind_of(type) == Kind::list && is_std(record) && args.size() == 2 &&
      kind_of(args[0]->getType()) == Kind::integer) {
    const ast::ExprId one = b().expr(at, ast::ListExpr{{expr(args[1])}});
    return b().binary(at, ast::BinaryOp::mul, one, expr(args[0]));
  }
  if (is_plain(type)) return anything(at);
  const clang::CXXConstructorDecl* constructor =
      kind_of(type) == Kind::record ? matching_constructor(record, args) : nullptr;
  if (constructor == nullptr || is_framework(record) || is_std(record))
    return b().unknown(at, "an element that is built in place");
  return user_call(constructor, constructed_class(record->getDefinition(), constructor, range), args, at);
}

ast::ExprId Lower::construct_record(const clang::CXXConstructExpr* e, const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const clang::CXXRecordDecl* record = record_of(e->getType());
  if (record == nullptr) return b().unknown(at, "a class that is not known");
  if (is_plain(e->getType())) return anything(at);
  if (is_framework(record) || is_std(record)) return b().unknown(at, fmt::format("`{}`", qualified(record)));
  const clang::CXXConstructorDecl* constructor = e->getConstructor();
  return user_call(constructor, constructed_class(record, constructor, e->getSourceRange()), args, at);
}

ast::ExprId Lower::constructed_class(const clang::CXXRecordDecl* record, const clang::CXXConstructorDecl* constructor,
                                     clang::SourceRange range) {
  const ast::ExprId type = class_reference(record, range);
  if (constructor == nullptr || constructor->isImplicit()) return type;
  const std::string other = constructor_class(constructor);
  FileModule* home = module_at(record->getLocation());
  if (home == nullptr || other == name_of(*home, record)) return type;
  // Where the class has its methods, whichever file has this constructor.
  if (FileModule& main = modules_.front(); home != &main && main.names.contains(name_of(*home, record)))
    return reference(main, other, span(range));
  if (const External* found = external(record)) return elsewhere({found->module, other}, span(range));
  const clang::FunctionDecl* made = definition_of(constructor);
  FileModule* where = made != nullptr ? module_at(made->getLocation()) : nullptr;
  if (where == nullptr && constructor->isDefaulted()) where = home;
  if (where != nullptr) return reference(*where, other, span(range));
  return unknown(range, fmt::format("a constructor of `{}` has no body here", qualified(record)));
}

// `torch::nn::Linear(10, 5)`, `torch::nn::Linear(options)`, TORCH_MODULE of the user's.
ast::ExprId Lower::construct_holder(const clang::CXXRecordDecl* held, const std::vector<const clang::Expr*>& args,
                                    Span at, const clang::FunctionDecl*) {
  if (!is_framework(held)) {
    const clang::SourceRange range = args.empty() ? clang::SourceRange(held->getLocation()) : args[0]->getSourceRange();
    const clang::CXXConstructorDecl* constructor = matching_constructor(held, args);
    const ast::ExprId type = constructed_class(held, constructor, range);
    if (constructor != nullptr) return user_call(constructor, type, args, at);
    return b().call(at, type, plain_arguments(args));
  }
  llvm::StringRef name = held->getName();
  name.consume_back("Impl");
  std::vector<ast::Argument> arguments;
  for (const clang::Expr* arg : args) {
    if (kind_of(arg->getType()) == Kind::options) add_options(arg, arguments);
    else arguments.push_back(b().argument(expr(arg)));
  }
  return b().call(at, b().path(at, "torch.nn." + name.str()), std::move(arguments));
}

namespace {

// Made without anything that was written, as by `{}`.
bool is_default(const clang::Expr* e) {
  e = strip(e);
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e)) return std::ranges::all_of(list->inits(), is_default);
  const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e);
  return (made != nullptr && made->getNumArgs() == 0) ||
         llvm::isa<clang::ImplicitValueInitExpr, clang::CXXDefaultInitExpr>(e);
}

}  // namespace

ast::ExprId Lower::initializer_list(const clang::InitListExpr* e) {
  const Span at = span(e);
  if (const clang::InitListExpr* semantic = e->getSemanticForm(); semantic != nullptr) e = semantic;
  const clang::QualType type = e->getType();
  const clang::CXXRecordDecl* record = record_of(type);
  if (type->isArrayType() || type->isVoidType()) {
    std::vector<const clang::Expr*> items(e->inits().begin(), e->inits().end());
    return list_of(items, at);
  }
  if (record == nullptr)
    return e->getNumInits() == 1 ? expr(e->getInit(0)) : made_by_default(type, e->getSourceRange());
  switch (kind_of(type)) {
    case Kind::other: {
      if (!is_framework(record) || record->getName() != "Example") break;
      std::vector<ast::ExprId> parts;
      for (const clang::Expr* item : e->inits()) parts.push_back(expr(item));
      return b().call(at, b().path(at, python_path(qualified(record))), parts);
    }
    case Kind::list:  // std::array holds an array
      if (e->getNumInits() == 1) return expr(e->getInit(0));
      return b().expr(at, ast::ListExpr{});
    case Kind::record: {
      std::vector<ast::Argument> arguments;
      // Bases come first; an empty one needs nothing.
      const std::size_t bases = std::min<std::size_t>(record->getNumBases(), e->getNumInits());
      if (!std::ranges::all_of(e->inits().take_front(bases), is_default))
        return b().unknown(at, fmt::format("a base of `{}` in braces is not followed", qualified(record)));
      for (const clang::Expr* item : e->inits().drop_front(bases)) {
        if (llvm::isa<clang::CXXDefaultInitExpr>(item) || llvm::isa<clang::ImplicitValueInitExpr>(item))
          arguments.push_back(b().argument(b().none(at)));
        else arguments.push_back(b().argument(expr(item)));
      }
      return b().call(at, class_reference(record, e->getSourceRange()), std::move(arguments));
    }
    default: break;
  }
  if (e->getNumInits() == 1) return expr(e->getInit(0));
  return b().unknown(at, fmt::format("`{}` in braces is not followed", qualified(record)));
}

// What a variable is that nothing was said about.
ast::ExprId Lower::made_by_default(clang::QualType type, clang::SourceRange range) {
  const Span at = span(range);
  switch (kind_of(type)) {
    case Kind::tensor:
    case Kind::optional:
    case Kind::pointer:
    case Kind::callable:
    case Kind::device:
    case Kind::index: return b().none(at);
    case Kind::list: return b().expr(at, ast::ListExpr{});
    case Kind::map:
    case Kind::options:
    case Kind::tensor_options: return b().expr(at, ast::DictExpr{});
    case Kind::string: return b().text(at, "");
    case Kind::integer: return b().number(at, 0);
    case Kind::floating: return b().expr(at, ast::FloatLiteral{0.0});
    case Kind::boolean: return b().expr(at, ast::BoolLiteral{false});
    case Kind::tuple: return b().unknown(at, "a tuple that has no values yet");
    case Kind::holder: {
      const clang::CXXRecordDecl* held = held_by(record_of(type));
      if (held != nullptr && is_framework(held)) return construct_holder(held, {}, at, nullptr);
      break;
    }
    case Kind::record: {
      const clang::CXXRecordDecl* record = record_of(type);
      if (record == nullptr || is_framework(record) || is_std(record)) break;
      if (is_plain(type)) return anything(at);
      const clang::CXXConstructorDecl* constructor = matching_constructor(record, {});
      return b().call(at, constructed_class(record, constructor, range), std::vector<ast::ExprId>{});
    }
    case Kind::other: {
      const clang::CXXRecordDecl* record = record_of(type);
      if (record != nullptr && is_std(record)) return anything(at);
      break;
    }
    default: break;
  }
  return b().unknown(at, "it has no value yet");
}

}  // namespace shapelint::libtorch
