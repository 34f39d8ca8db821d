// Calls of methods, by what the object is.
#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {
namespace {

// N of a `TensorAccessor<T, N>`.
std::optional<std::size_t> accessor_rank(clang::QualType type) {
  const auto* made = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(record_of(type));
  if (made == nullptr) return std::nullopt;
  for (const clang::TemplateArgument& argument : made->getTemplateArgs().asArray()) {
    if (argument.getKind() == clang::TemplateArgument::Integral)
      return static_cast<std::size_t>(argument.getAsIntegral().getZExtValue());
  }
  return std::nullopt;
}

// The object's kind, through a pointer or `->`.
Kind object_kind(const clang::Expr* object) {
  clang::QualType type = object->getType();
  if (type->isPointerType()) type = type->getPointeeType();
  return kind_of(type);
}

// Sequential, ModuleList, ModuleDict.
bool is_container(const clang::CXXRecordDecl* record) {
  const llvm::StringRef name = record->getName();
  return name == "SequentialImpl" || name == "ModuleListImpl" || name == "ModuleDictImpl";
}

}  // namespace

ast::ExprId Lower::method_call(const clang::CXXMemberCallExpr* e) {
  const Span at = span(e);
  const clang::CXXMethodDecl* method = e->getMethodDecl();
  if (method == nullptr) return b().unknown(at, "a call through a pointer to a method");
  const clang::Expr* object = e->getImplicitObjectArgument();
  std::vector<const clang::Expr*> args = written_arguments(e);
  const Kind kind = object_kind(object);
  const clang::CXXRecordDecl* const parent = method->getParent();
  const bool is_own = !is_framework(parent) && !is_std(parent) && is_user(parent);
  if (const auto* conversion = llvm::dyn_cast<clang::CXXConversionDecl>(method); conversion != nullptr && !is_own) {
    const bool to_bool = conversion->getConversionType()->isBooleanType();
    if (to_bool && kind == Kind::stream) return *some_value(context_.BoolTy, e->getSourceRange());
    if (to_bool && kind != Kind::tensor && kind != Kind::scalar) return is_not_none(object, at);
    return expr(object);
  }
  const llvm::StringRef name = method->getIdentifier() != nullptr ? method->getName() : "";
  switch (kind) {
    case Kind::tensor: return tensor_method(e, object, args);
    case Kind::options:
    case Kind::tensor_options: return options_value(e);
    case Kind::list: return list_method(e, object, name, args);
    case Kind::optional:
    case Kind::pointer: return optional_method(e, object, name, args);
    case Kind::scalar:
    case Kind::dtype: return expr(object);  // `.to<float>()`, `.toDouble()`, `.toScalarType()`
    case Kind::holder:
    case Kind::module: return module_method_call(e, object, name, args);
    case Kind::map: return map_method(e, object, name, args);
    case Kind::device: return name == "is_cuda" ? b().expr(at, ast::BoolLiteral{false}) : b().text(at, "cpu");
    case Kind::string: return string_method(e, object, name, args);
    case Kind::stream:
      if (!e->getType()->isVoidType() && is_plain(e->getType()) && kind_of(e->getType()) != Kind::stream)
        return not_followed(e, args, "");
      return b().none(at);
    case Kind::guard: return b().none(at);
    default: break;
  }
  if (is_plain(context_.getRecordType(parent)) && !is_std(parent))
    return not_followed(e, args, fmt::format("`{}` is not followed", qualified(method)));
  if (!is_framework(parent) && !is_std(parent)) {
    if (method->isStatic()) return user_call(method, function_reference(method, e->getSourceRange()), args, at);
    require_class(parent);
    if (definition_of(method) == nullptr && !method->isVirtual() && external(method) == nullptr)
      return unknown(e->getSourceRange(),
                     fmt::format("the body of `{}` is not in the project's sources", qualified(method)));
    const ast::ExprId callee =
        b().attribute(span(e->getCallee()->getSourceRange()), expr(object), method_name(method), span(e->getExprLoc()));
    return user_call(method, callee, args, at);
  }
  if (derives_from(
          record_of(object->getType()->isPointerType() ? object->getType()->getPointeeType() : object->getType()),
          "Module"))
    return module_method_call(e, object, name, args);
  if (is_framework(parent)) return framework_method(e, object, name, args);
  return not_followed(e, args, fmt::format("`{}` is not followed", qualified(method)));
}

ast::ExprId Lower::map_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                              const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const auto length = [&] { return b().call(at, builtin("len", at), std::vector<ast::ExprId>{expr(object)}); };
  if (name == "size") return length();
  if (name == "empty" || name == "is_empty") return b().compare(at, ast::CompareOp::equal, length(), b().number(at, 0));
  if ((name == "at" || name == "operator[]") && args.size() == 1) return subscript(object, args[0], e);
  if ((name == "count" || name == "contains") && args.size() == 1) {
    const ast::ExprId key = expr(args[0]);
    return b().compare(at, ast::CompareOp::in, key, expr(object));
  }
  if ((name == "keys" || name == "values" || name == "items" || name == "clear") && args.empty())
    return b().call(at, b().attribute(at, expr(object), name.str(), at), std::vector<ast::ExprId>{});
  if ((name == "insert" || name == "emplace" || name == "insert_or_assign") && before_ != nullptr) {
    // A key that is there already keeps its value, but for insert_or_assign.
    std::vector<ast::ExprId> pair;
    if (args.size() == 2) {
      pair = {expr(args[0]), expr(args[1])};
    } else if (args.size() == 1) {
      const clang::Expr* one = strip(args[0]);
      const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(one);
      while (made != nullptr && made->getNumArgs() == 1) {
        one = strip(made->getArg(0));
        made = llvm::dyn_cast<clang::CXXConstructExpr>(one);
      }
      if (made != nullptr && made->getNumArgs() == 2) {
        pair = {expr(made->getArg(0)), expr(made->getArg(1))};
      } else {
        const std::string name_of_pair = fmt::format("<pair {}>", at.begin);
        before_->push_back(b().assign(at, b().name(at, name_of_pair), expr(one)));
        for (const std::int64_t i : {0, 1})
          pair.push_back(b().expr(at, ast::Subscript{b().name(at, name_of_pair), b().number(at, i)}));
      }
    }
    if (pair.size() == 2) {
      if (name == "insert_or_assign") {
        before_->push_back(b().assign(at, b().expr(at, ast::Subscript{expr(object), pair[0]}), pair[1]));
        return b().none(at);
      }
      return b().call(at, b().attribute(at, expr(object), "setdefault", at), pair);
    }
  }
  return b().unknown(at, fmt::format("`{}` of a map is not followed", name.str()));
}

// Optimizers, data sets, loaders and what else the framework has.
ast::ExprId Lower::framework_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                                    const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const clang::CXXRecordDecl* record = e->getMethodDecl()->getParent();
  if (record->getName() == "IValue") {
    if (name.starts_with("to") || name.starts_with("is")) return expr(object);
  }
  // Of an OrderedDict: a pair.
  if (record->getName() == "Item" && args.empty()) {
    if (name == "pair") return expr(object);
    if (name == "key") return b().expr(at, ast::Subscript{expr(object), b().number(at, 0)});
    return b().expr(at, ast::Subscript{expr(object), b().number(at, 1)});  // value, `*` and `->`
  }
  if (name == "accessor" || name == "packed_accessor64" || name == "packed_accessor32") return expr(object);
  if (record->getName().contains("TensorAccessor")) {
    if (name == "size" && args.size() == 1)
      return b().expr(at, ast::Subscript{b().attribute(at, expr(object), "shape", at), expr(args[0])});
    if (name == "operator[]" && args.size() == 1) return subscript(object, args[0], e);
  }
  if (is_ignored_framework(record)) return e->getType()->isVoidType() ? b().none(at) : anything(at);
  if (is_optimizer(record) && name != "zero_grad" && name != "step") {
    if (e->getType()->isVoidType()) return b().none(at);
    // What an optimizer keeps (groups, options, state) changes no shape.
    const ast::ExprId any = anything(at);
    return kind_of(e->getType()) == Kind::list ? b().expr(at, ast::ListExpr{{any}}) : any;
  }
  const ast::ExprId callee =
      b().attribute(span(e->getCallee()->getSourceRange()), expr(object), name.str(), span(e->getExprLoc()));
  return b().call(at, callee, object_arguments(args));
}

// What a text says decides little: how long it is, whether it is another, is not followed.
ast::ExprId Lower::string_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                                 const std::vector<const clang::Expr*>& args) {
  if (name == "c_str" || name == "data" || name == "str") return expr(object);
  if (name == "push_back" || name == "append" || name == "clear" || name == "insert" || name == "erase" ||
      name == "replace" || name == "pop_back" || name == "resize" || name == "assign") {
    std::vector<ast::ExprId> places = targets(object);
    if (!places.empty() && before_ != nullptr)
      before_->push_back(
          b().stmt(span(e), ast::Assign{std::move(places), *some_value(object->getType(), e->getSourceRange())}));
    return b().none(span(e));
  }
  return not_followed(e, args, "a text is not followed");
}

// A dimension that is a constant, counted from either end.
ast::SliceExpr Lower::slice_bounds(const std::vector<const clang::Expr*>& args, std::size_t first) {
  const auto part = [&](std::size_t i) {
    if (i >= args.size()) return ast::ExprId{};
    const ast::ExprId made = expr(args[i]);
    return std::holds_alternative<ast::NoneLiteral>(current_->out.program.expr(made).node) ? ast::ExprId{} : made;
  };
  ast::SliceExpr slice;
  slice.lower = part(first);
  slice.upper = part(first + 1);
  slice.step = part(first + 2);
  return slice;
}

ast::ExprId Lower::slice_of(const clang::Expr* object, const std::vector<const clang::Expr*>& args, Span at) {
  clang::Expr::EvalResult result;
  std::int64_t dim = 0;
  if (!args.empty()) {
    if (args[0]->isValueDependent() || !args[0]->EvaluateAsInt(result, context_))
      return b().unknown(at, "a slice along a dimension that is not known");
    dim = result.Val.getInt().getExtValue();
  }
  if (dim > 16 || dim < -16) return b().unknown(at, "a slice along a dimension that is not known");
  const ast::ExprId base = expr(object);
  const ast::SliceExpr slice = slice_bounds(args, 1);
  std::vector<ast::ExprId> index;
  if (dim < 0) index.push_back(b().expr(at, ast::EllipsisLiteral{}));
  for (std::int64_t i = 0; i < dim; ++i) index.push_back(b().expr(at, ast::SliceExpr{}));
  index.push_back(b().expr(at, slice));
  for (std::int64_t i = dim; i < -1; ++i) index.push_back(b().expr(at, ast::SliceExpr{}));
  const ast::ExprId place = index.size() == 1 ? index[0] : b().expr(at, ast::TupleExpr{std::move(index)});
  return b().expr(at, ast::Subscript{base, place});
}

ast::ExprId Lower::tensor_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object,
                                 const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const clang::CXXMethodDecl* method = e->getMethodDecl();
  const std::string name = method->getDeclName().getAsString();
  const Span member = span(e->getExprLoc());
  const auto value = [&] { return expr(object); };
  const auto read = [&](const char* python) { return b().attribute(at, value(), python, member); };
  if (name == "operator[]" && args.size() == 1) return subscript(object, args[0], e);
  if (name == "operator=" && args.size() == 1 && before_ != nullptr) {
    assignment(object, args[0], at, *before_);
    return value();
  }
  if (name == "index" && args.size() == 1) {
    const ast::ExprId base = value();
    return b().expr(at, ast::Subscript{base, index_of(args, span(args[0]))});
  }
  if (name == "index_put_" && args.size() >= 2 && before_ != nullptr) {
    const ast::ExprId base = value();
    const ast::ExprId place = b().expr(at, ast::Subscript{base, index_of({args[0]}, span(args[0]))});
    const bool accumulates = args.size() > 2;
    if (accumulates) before_->push_back(b().stmt(at, ast::UnknownStmt{"index_put_ that accumulates"}));
    else before_->push_back(b().assign(at, place, expr(args[1])));
    return value();
  }
  if (name == "sizes" || name == "sym_sizes") return read("shape");
  if ((name == "size" || name == "sym_size") && args.size() == 1) {
    const ast::ExprId shape = read("shape");
    return b().expr(at, ast::Subscript{shape, expr(args[0])});
  }
  if (name == "dim" || name == "ndimension") return read("ndim");
  if (name == "scalar_type" || name == "dtype" || name == "type") return read("dtype");
  if (name == "options") return options_value(e);
  if (name == "defined") return is_not_none(object, at);
  if (name == "device" || name == "get_device" || name == "layout") return b().text(at, "cpu");
  if (name == "is_cuda" || name == "is_sparse" || name == "is_mps") return b().expr(at, ast::BoolLiteral{false});
  if (name == "is_contiguous") return b().expr(at, ast::BoolLiteral{true});
  if (name == "cuda" || name == "cpu" || name == "set_requires_grad" || name == "requires_grad_" ||
      name == "pin_memory" || name == "expect_contiguous" || name == "tensor_data" || name == "variable_data" ||
      name == "retain_grad")
    return value();
  if (name == "print" || name == "reset") return b().none(at);
  if (name == "slice") return slice_of(object, args, at);
  // Reading and writing single elements, as the tensor itself does it.
  if (name == "accessor" || name == "packed_accessor32" || name == "packed_accessor64") {
    const std::optional<std::size_t> rank = accessor_rank(e->getType());
    if (!rank || before_ == nullptr) return value();
    // `accessor<T, 2>()` raises for another rank, as taking the sizes apart does.
    const std::string whole = fmt::format("<accessor {}>", at.begin);
    before_->push_back(b().assign(at, b().name(at, whole), value()));
    std::vector<ast::ExprId> sizes;
    for (std::size_t i = 0; i < *rank; ++i) sizes.push_back(b().name(at, fmt::format("<size {}>", i)));
    before_->push_back(b().assign(at, b().expr(at, ast::TupleExpr{std::move(sizes)}),
                                  b().attribute(at, b().name(at, whole), "shape")));
    return b().name(at, whole);
  }
  if (name == "data_ptr" || name == "mutable_data_ptr" || name == "const_data_ptr" || name == "storage")
    return anything(at);
  if (name == "item") return b().call(at, read("item"), std::vector<ast::ExprId>{});
  if (name == "data" || name == "grad" || name == "mutable_grad") return read(name == "data" ? "data" : "grad");
  std::string python = name;
  if (name == "toType") python = "to";
  if (name == "to" || name == "toType") {
    // Only the dtype matters: `.to(device)` gives the same values.
    std::vector<ast::Argument> arguments;
    for (std::size_t i = 0; i < args.size(); ++i) {
      const Kind kind = kind_of(args[i]->getType());
      if (kind == Kind::dtype) arguments.push_back(b().argument(expr(args[i])));
      else if (kind == Kind::tensor) arguments.push_back(b().argument(b().attribute(at, expr(args[i]), "dtype", at)));
      else if (kind == Kind::tensor_options) {
        const auto chain = option_chain(args[i]);
        if (!chain) return b().unknown(at, "a conversion to options that are made in another way");
        for (const Option& option : *chain) {
          if (option.name == "dtype") arguments.push_back(b().argument(option.value));
          else if (option.name.empty())
            arguments.push_back(b().argument(b().call(at, b().attribute(at, option.value, "get", at),
                                                      std::vector<ast::ExprId>{b().text(at, "dtype"), read("dtype")})));
        }
      }
      if (!arguments.empty()) break;
    }
    if (arguments.empty()) return value();
    return b().call(at, b().attribute(at, value(), "to", member), std::move(arguments));
  }
  const ast::ExprId callee = b().attribute(span(e->getCallee()->getSourceRange()), value(), python, member);
  return b().call(at, callee, framework_arguments(method, "", args));
}

// The inside of the brackets of `x.index({...})`.
ast::ExprId Lower::index_of(const std::vector<const clang::Expr*>& args, Span at) {
  const clang::Expr* e = strip(args[0]);
  for (int i = 0; i < 6; ++i) {
    const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e);
    if (made == nullptr || kind_of(made->getType()) != Kind::list || made->getNumArgs() == 0) break;
    e = strip(made->getArg(0));
  }
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e)) {
    std::vector<ast::ExprId> items;
    for (const clang::Expr* item : list->inits()) items.push_back(expr(item));
    if (items.size() == 1) return items[0];
    return b().expr(at, ast::TupleExpr{std::move(items)});
  }
  const ast::ExprId value = expr(e);
  if (kind_of(e->getType()) != Kind::list) return value;
  return b().call(at, builtin("tuple", at), std::vector<ast::ExprId>{value});
}

ast::ExprId Lower::list_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                               const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const auto element = [&](std::int64_t index) {
    const ast::ExprId list = expr(object);
    if (index >= 0) return b().expr(at, ast::Subscript{list, b().number(at, index)});
    const ast::ExprId last = b().expr(at, ast::Unary{ast::UnaryOp::negative, b().number(at, -index)});
    return b().expr(at, ast::Subscript{list, last});
  };
  const auto method = [&](const char* python) {
    const ast::ExprId callee = b().attribute(at, expr(object), python, at);
    std::vector<ast::Argument> values = plain_arguments(args);
    // `push_back(const T&)` copies what it is given.
    if (args.size() == 1 && is_value_type(args[0]->getType()) && strip(args[0])->isLValue() && !is_copied(args[0]))
      values[0] = b().argument(copy_of(values[0].value, args[0]->getType(), at));
    return b().call(at, callee, std::move(values));
  };
  if (name == "size") return b().call(at, builtin("len", at), std::vector<ast::ExprId>{expr(object)});
  if (name == "empty") {
    const ast::ExprId length = b().call(at, builtin("len", at), std::vector<ast::ExprId>{expr(object)});
    return b().compare(at, ast::CompareOp::equal, length, b().number(at, 0));
  }
  if ((name == "at" || name == "operator[]" || name == "get") && args.size() == 1) return subscript(object, args[0], e);
  if (name == "front" && args.empty()) return element(0);
  if (name == "back" && args.empty()) return element(-1);
  if ((name == "push_back" || name == "append") && args.size() == 1) return method("append");
  if (name == "emplace_back") {
    if (args.size() == 1) return method("append");
    const ast::ExprId callee = b().attribute(at, expr(object), "append", at);
    const ast::ExprId made = construct_in_place(element_of(object->getType()), args, e->getSourceRange());
    return b().call(at, callee, std::vector<ast::ExprId>{made});
  }
  if (name == "pop_back") return method("pop");
  if (name == "clear") return method("clear");
  if (name == "reserve" || name == "shrink_to_fit") return b().none(at);
  if (name == "vec" || name == "begin" || name == "data") {
    if (name == "vec") return b().call(at, builtin("list", at), std::vector<ast::ExprId>{expr(object)});
    return b().unknown(at, "an iterator is not followed");
  }
  if (name == "slice" && (args.size() == 1 || args.size() == 2)) {
    const ast::ExprId list = expr(object);
    const ast::ExprId from = expr(args[0]);
    ast::SliceExpr part{.lower = from, .upper = {}, .step = {}};
    if (args.size() == 2) part.upper = b().binary(at, ast::BinaryOp::add, expr(args[0]), expr(args[1]));
    return b().expr(at, ast::Subscript{list, b().expr(at, part)});
  }
  if (name == "equals" && args.size() == 1) {
    const ast::ExprId list = expr(object);
    return b().compare(at, ast::CompareOp::equal, list, expr(args[0]));
  }
  if (const auto changed = list_change(e, object, name, args)) return *changed;
  const std::string reason = fmt::format("`{}` of a list is not followed", name.str());
  // What it may have changed is not what it was.
  if (!e->getMethodDecl()->isConst() && !e->getMethodDecl()->isStatic()) becomes(object, b().unknown(at, reason), at);
  return b().unknown(at, reason);
}

ast::ExprId Lower::optional_method(const clang::CXXMemberCallExpr* e, const clang::Expr* object, llvm::StringRef name,
                                   const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  if (name == "value" || name == "get" || name == "operator*" || name == "operator->" || name == "lock")
    return expr(object);
  if (name == "has_value") return is_not_none(object, at);
  if (name == "value_or" && args.size() == 1) {
    const ast::ExprId tested = is_not_none(object, at);
    const ast::ExprId given = expr(object);
    return b().expr(at, ast::Conditional{tested, given, expr(args[0])});
  }
  if (name == "reset" && args.empty() && before_ != nullptr) {
    std::vector<ast::ExprId> places = targets(object);
    if (!places.empty()) {
      before_->push_back(b().stmt(at, ast::Assign{std::move(places), b().none(at)}));
      return b().none(at);
    }
  }
  return b().unknown(at, fmt::format("`{}` is not followed", qualified(e->getMethodDecl())));
}

// torch::nn modules: what they compute is Python's `forward`; the rest of them is of no matter to a loss.
ast::ExprId Lower::module_method_call(const clang::CallExpr* e, const clang::Expr* object, llvm::StringRef name,
                                      const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const clang::FunctionDecl* function = e->getDirectCallee();
  if (name == "register_module" || name == "register_parameter" || name == "register_buffer" || name == "add_module" ||
      name == "replace_module") {
    if (args.size() >= 2) return expr(args[1]);
    return b().none(at);
  }
  if (name == "train" || name == "eval" || name == "to" || name == "zero_grad" || name == "cuda" || name == "cpu" ||
      name == "apply" || name == "pretty_print" || name == "save" || name == "load")
    return b().none(at);
  if (const auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(function);
      method != nullptr && is_container(method->getParent())) {
    const auto on_object = [&](const char* python) {
      const ast::ExprId callee = b().attribute(at, expr(object), python, at);
      return b().call(at, callee, plain_arguments(args));
    };
    if (name == "push_back") return on_object(args.size() == 2 ? "add_module" : "append");
    if (name == "size" || name == "is_empty") {
      const ast::ExprId size = b().call(at, builtin("len", at), std::vector<ast::ExprId>{expr(object)});
      return name == "size" ? size : b().compare(at, ast::CompareOp::equal, size, b().number(at, 0));
    }
    if ((name == "at" || name == "ptr" || name == "operator[]") && args.size() == 1)
      return subscript(object, args[0], e);
    if (name == "contains" && args.size() == 1) {
      const ast::ExprId key = expr(args[0]);
      return b().compare(at, ast::CompareOp::in, key, expr(object));
    }
  }
  if (name == "named_parameters" || name == "named_buffers" || name == "named_modules" || name == "named_children") {
    // An OrderedDict, where Python has pairs; whether to go into children is the one argument.
    const ast::ExprId pairs = b().call(at, b().attribute(at, expr(object), name.str(), at), std::vector<ast::ExprId>{});
    return b().call(at, builtin("dict", at), std::vector<ast::ExprId>{pairs});
  }
  if (name == "is_training") return b().attribute(at, expr(object), "training", at);
  if (name == "get" || name == "ptr" || name == "shared_from_this") return expr(object);
  // `module->as<LinearImpl>()`
  if (name == "as" || name == "asModule") return expr(object);
  if (name.empty() || name == "operator()") {
    const ast::ExprId callee = expr(object);
    return b().call(at, callee, plain_arguments(args));
  }
  const clang::CXXMethodDecl* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(function);
  if (method != nullptr && !is_framework(method->getParent())) {
    require_class(method->getParent());
    const ast::ExprId callee =
        b().attribute(span(e->getCallee()->getSourceRange()), expr(object), method_name(method), span(e->getExprLoc()));
    return user_call(method, callee, args, at);
  }
  const ast::ExprId callee =
      b().attribute(span(e->getCallee()->getSourceRange()), expr(object), name.str(), span(e->getExprLoc()));
  return b().call(at, callee, plain_arguments(args));
}

}  // namespace shapelint::libtorch
