// Values of which only the type is known: what clocks, files, random numbers and command lines give, and what a caller
// hands to a function that is looked at by itself. A number is any number, a text any text, a network one of any size.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

constexpr int kMaxTypes = 6;  ///< types inside types

// The constructor with the fewest parameters that a caller must fill.
const clang::CXXConstructorDecl* simplest(const clang::CXXRecordDecl* record) {
  const clang::CXXConstructorDecl* best = nullptr;
  for (const clang::CXXConstructorDecl* one : record->ctors()) {
    if (one->isCopyOrMoveConstructor() || one->isDeleted() || one->isDependentContext()) continue;
    if (best == nullptr || one->getMinRequiredArguments() < best->getMinRequiredArguments()) best = one;
  }
  return best;
}

// The text of the comment behind a field on its line.
std::string comment_behind(const clang::SourceManager& sources, const clang::FieldDecl* field) {
  const auto [file, offset] = sources.getDecomposedLoc(sources.getExpansionLoc(field->getEndLoc()));
  const llvm::StringRef line = sources.getBufferData(file).substr(offset).split('\n').first;
  const auto [code, comment] = line.split("//");
  return code.count(';') == 1 ? comment.trim().str() : "";
}

// Does an object of `from` hold, perhaps by pointers, one of `to`?
bool reaches(const clang::CXXRecordDecl* from, const clang::Decl* to, std::set<const clang::CXXRecordDecl*>& seen) {
  if (from == nullptr || !from->hasDefinition() || is_std(from) || is_framework(from)) return false;
  from = from->getDefinition();
  if (from->getCanonicalDecl() == to) return true;
  if (!seen.insert(from).second) return false;
  for (const clang::FieldDecl* field : from->fields()) {
    clang::QualType type = field->getType();
    for (int i = 0; i < kMaxTypes && !type.isNull(); ++i) {
      const clang::CXXRecordDecl* record = record_of(type);
      if (kind_of(type) == Kind::holder) record = held_by(record);
      if (reaches(record, to, seen)) return true;
      type = element_of(type);
    }
  }
  for (const clang::CXXBaseSpecifier& base : from->bases()) {
    if (reaches(base.getType()->getAsCXXRecordDecl(), to, seen)) return true;
  }
  return false;
}

}  // namespace

ast::ExprId Lower::anything(Span at) { return b().attribute(at, lazy_import("logging", at), "anything", at); }

bool Lower::is_plain(clang::QualType type, int depth) const {
  if (type.isNull() || depth > kMaxTypes) return false;
  switch (kind_of(type)) {
    case Kind::integer:
    case Kind::floating:
    case Kind::boolean:
    case Kind::enumeration:
    case Kind::string:
    case Kind::stream:
    case Kind::guard:
    case Kind::device:
    case Kind::dtype: return true;
    case Kind::pointer:
    case Kind::list:
    case Kind::optional: return is_plain(element_of(type), depth + 1);
    case Kind::record: {
      // Another library's, such as an image or a parser of options.
      const clang::CXXRecordDecl* record = record_of(type);
      if (record == nullptr || record->isLambda() || is_user(record)) return false;
      const auto* made = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
      return made == nullptr ||
             std::ranges::all_of(types_in(made), [&](clang::QualType part) { return is_plain(part, depth + 1); });
    }
    case Kind::other: {
      const clang::CXXRecordDecl* record = record_of(type);
      return type->isVoidType() || type->isNullPtrType() ||
             (record != nullptr && is_std(record) && !is_iterator(record));
    }
    default: return false;
  }
}

std::optional<ast::ExprId> Lower::some_value(clang::QualType type, clang::SourceRange range, int depth) {
  if (type.isNull() || depth > kMaxTypes) return std::nullopt;
  const Span at = span(range);
  const auto random = [&](const char* name, std::vector<ast::ExprId> args) {
    return b().call(at, b().attribute(at, lazy_import("random", at), name, at), args);
  };
  const auto whole = [&] { return random("randint", {b().number(at, 0), b().number(at, 1)}); };
  const auto inner = [&](clang::QualType part) { return some_value(part, range, depth + 1); };
  switch (kind_of(type)) {
    case Kind::integer:
    case Kind::enumeration: return whole();
    case Kind::floating:
    case Kind::scalar: return random("random", {});
    case Kind::boolean: return b().compare(at, ast::CompareOp::greater, random("random", {}), b().number(at, 0));
    case Kind::string: return b().expr(at, ast::FormatString{{random("random", {})}, false});
    case Kind::device: return b().text(at, "cpu");
    case Kind::stream:
    case Kind::guard: return b().none(at);
    case Kind::options: return b().expr(at, ast::DictExpr{});
    case Kind::optional:
    case Kind::pointer: return inner(element_of(type));
    case Kind::list: {
      const auto element = inner(element_of(type));
      if (!element) return std::nullopt;
      const ast::ExprId one = b().expr(at, ast::ListExpr{{*element}});
      return b().binary(at, ast::BinaryOp::mul, one, whole());
    }
    case Kind::tuple: {
      const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record_of(type));
      if (made == nullptr) return std::nullopt;
      std::vector<ast::ExprId> items;
      for (const clang::QualType part : types_in(made)) {
        const auto item = inner(part);
        if (!item) return std::nullopt;
        items.push_back(*item);
      }
      return b().expr(at, ast::TupleExpr{std::move(items)});
    }
    case Kind::holder: {
      const clang::CXXRecordDecl* held = held_by(record_of(type));
      if (held != nullptr && is_framework(held) && held->getName() == "LinearImpl")
        return b().call(at, b().path(at, "torch.nn.Linear"), std::vector<ast::ExprId>{whole(), whole()});
      return held != nullptr && !is_framework(held) ? some_object(held, range, depth) : std::nullopt;
    }
    case Kind::record:
      if (is_plain(type)) return anything(at);
      return some_object(record_of(type), range, depth);
    case Kind::other: {
      const clang::CXXRecordDecl* record = record_of(type);
      if (record == nullptr) return std::nullopt;
      if (is_std(record)) return is_iterator(record) ? std::nullopt : std::optional(anything(at));
      return is_framework(record) ? some_framework_object(record, range, depth) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

std::optional<ast::ExprId> Lower::some_object(const clang::CXXRecordDecl* record, clang::SourceRange range, int depth) {
  if (record == nullptr || !record->hasDefinition() || is_framework(record) || is_std(record)) return std::nullopt;
  record = record->getDefinition();
  if (record->isAbstract() || record->isLambda() || record->isDependentContext()) return std::nullopt;
  const clang::CXXConstructorDecl* constructor = simplest(record);
  if (constructor == nullptr && !record->isAggregate()) return std::nullopt;
  std::vector<ast::Argument> args;
  if (record->isAggregate()) {
    // Fields without a first value have one that whoever made the object gave them.
    for (const clang::FieldDecl* field : record->fields()) {
      if (field->getName().empty() || field->hasInClassInitializer()) continue;
      const std::string name = field->getNameAsString();
      if (kind_of(field->getType()) == Kind::tensor) args.push_back(b().keyword(name, some_field(field, span(range))));
      else if (const auto value = some_value(field->getType(), range, depth + 1))
        args.push_back(b().keyword(name, *value));
    }
  } else {
    for (const clang::ParmVarDecl* param : constructor->parameters()) {
      if (param->hasDefaultArg()) break;
      const auto value = some_value(param->getType(), range, depth + 1);
      if (!value) return std::nullopt;
      args.push_back(b().argument(*value));
    }
    if (constructor->isUserProvided() && module_at(record->getLocation()) != nullptr &&
        constructor_class(constructor) != name_of(*module_at(record->getLocation()), record))
      return std::nullopt;
  }
  return b().call(span(range), class_reference(record, range), std::move(args));
}

// A tensor of an object that is handed over: the world gives it a shape, if possible that which its declaration states.
ast::ExprId Lower::some_field(const clang::FieldDecl* field, Span at) {
  if (const ast::ExprId stated = stated_shape(field, at); stated.valid()) return stated;
  const std::string comment = comment_behind(sources_, field);
  if (!comment.empty()) return b().expr(at, ast::Subscript{b().name(at, "Comment"), b().text(at, comment)});
  return b().unknown(at, fmt::format("the shape of `{}` is not known", field->getNameAsString()));
}

// A pointer that the constructor leaves alone is set by another method before it is used.
std::optional<ast::ExprId> Lower::some_pointee(const clang::FieldDecl* field, clang::SourceRange range) {
  if (kind_of(field->getType()) != Kind::pointer) return std::nullopt;
  const clang::QualType to = element_of(field->getType());
  const Kind kind = kind_of(to);
  if (kind == Kind::other) return is_optimizer(record_of(to)) ? some_value(to, range) : std::nullopt;
  if (kind != Kind::record && kind != Kind::holder) return std::nullopt;
  const clang::CXXRecordDecl* record = kind == Kind::holder ? held_by(record_of(to)) : record_of(to);
  std::set<const clang::CXXRecordDecl*> seen;
  if (record == nullptr || reaches(record, field->getParent()->getCanonicalDecl(), seen)) return std::nullopt;
  return some_value(to, range);
}

std::optional<ast::ExprId> Lower::some_framework_object(const clang::CXXRecordDecl* record, clang::SourceRange range,
                                                        int depth) {
  const Span at = span(range);
  const std::string name = qualified(record);
  if (is_optimizer(record)) return b().call(at, b().path(at, "torch.optim.Optimizer"), std::vector<ast::ExprId>{});
  if (!llvm::StringRef(name).starts_with("torch::data::")) return std::nullopt;
  std::vector<ast::ExprId> args;
  const auto* made = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
  const llvm::StringRef plain = record->getName();
  const bool is_loader = plain.ends_with("DataLoader") || plain == "DataLoaderBase";
  if (made != nullptr && (is_loader || plain == "MapDataset" || plain == "SharedBatchDataset")) {
    // A loader of a data set, a data set with a transform: by their types.
    const std::vector<clang::QualType> parts = types_in(made);
    const std::size_t count = is_loader ? 1 : parts.size();
    for (std::size_t i = 0; i < count && i < parts.size(); ++i) {
      const auto part = some_value(parts[i], range, depth + 1);
      if (!part) return std::nullopt;
      args.push_back(*part);
    }
  } else if (plain == "Normalize") {
    for (int i = 0; i < 2; ++i) args.push_back(*some_value(context_.DoubleTy, range, depth));
  } else if (plain != "MNIST" && plain != "Stack") {
    return std::nullopt;
  }
  return b().call(at, b().path(at, is_loader ? "torch.data.DataLoader" : python_path(name)), args);
}

ast::ExprId Lower::not_followed(const clang::Expr* e, const std::vector<const clang::Expr*>& used, std::string reason) {
  const bool plain = std::ranges::all_of(used, [&](const clang::Expr* one) { return is_plain(one->getType()); });
  if (plain && is_plain(e->getType())) {
    if (e->getType()->isVoidType()) return b().none(span(e));
    if (const auto value = some_value(e->getType(), e->getSourceRange())) return *value;
  }
  return unknown(e->getSourceRange(), std::move(reason));
}

}  // namespace shapelint::libtorch
