// What each node of the program is made of: one description per node, from which the wire form is both written and
// read. A visitor `f` has
//   f.id(name, id)             an id that must be there
//   f.optional(name, id)       an id that may be absent
//   f.ids(name, vector)        ids that must be there
//   f.optional_ids(name, vector)
//   f.value(name, x)           a string, number, bool, enum or span, or a vector of these
//   f.parts(name, vector)      smaller structures that are described here too
// Private to lib/language.
#pragma once

#include <string_view>
#include <tuple>
#include <type_traits>

#include "lib/language/program.h"

namespace shapelint::ast {

// ---- names of kinds and of enum values

template <class T>
inline constexpr std::string_view kKind = "";
#define SHAPELINT_KIND(type, name) \
  template <>                      \
  inline constexpr std::string_view kKind<type> = name;
SHAPELINT_KIND(NoneLiteral, "none")
SHAPELINT_KIND(EllipsisLiteral, "ellipsis")
SHAPELINT_KIND(BoolLiteral, "bool")
SHAPELINT_KIND(IntLiteral, "int")
SHAPELINT_KIND(FloatLiteral, "float")
SHAPELINT_KIND(StringLiteral, "string")
SHAPELINT_KIND(FormatString, "format-string")
SHAPELINT_KIND(Name, "name")
SHAPELINT_KIND(Attribute, "attribute")
SHAPELINT_KIND(Subscript, "subscript")
SHAPELINT_KIND(SliceExpr, "slice")
SHAPELINT_KIND(Call, "call")
SHAPELINT_KIND(Unary, "unary")
SHAPELINT_KIND(Binary, "binary")
SHAPELINT_KIND(Logical, "logical")
SHAPELINT_KIND(Compare, "compare")
SHAPELINT_KIND(Conditional, "conditional")
SHAPELINT_KIND(Lambda, "lambda")
SHAPELINT_KIND(TupleExpr, "tuple")
SHAPELINT_KIND(ListExpr, "list")
SHAPELINT_KIND(SetExpr, "set")
SHAPELINT_KIND(DictExpr, "dict")
SHAPELINT_KIND(Comprehension, "comprehension")
SHAPELINT_KIND(Starred, "starred")
SHAPELINT_KIND(Walrus, "walrus")
SHAPELINT_KIND(Yield, "yield")
SHAPELINT_KIND(UnknownExpr, "unknown")
SHAPELINT_KIND(ExprStmt, "expression")
SHAPELINT_KIND(Assign, "assign")
SHAPELINT_KIND(AugmentedAssign, "augmented-assign")
SHAPELINT_KIND(AnnotatedAssign, "annotated-assign")
SHAPELINT_KIND(Return, "return")
SHAPELINT_KIND(If, "if")
SHAPELINT_KIND(For, "for")
SHAPELINT_KIND(While, "while")
SHAPELINT_KIND(Break, "break")
SHAPELINT_KIND(Continue, "continue")
SHAPELINT_KIND(Pass, "pass")
SHAPELINT_KIND(Assert, "assert")
SHAPELINT_KIND(Raise, "raise")
SHAPELINT_KIND(FunctionDef, "function")
SHAPELINT_KIND(ClassDef, "class")
SHAPELINT_KIND(Import, "import")
SHAPELINT_KIND(ImportFrom, "import-from")
SHAPELINT_KIND(Global, "global")
SHAPELINT_KIND(Nonlocal, "nonlocal")
SHAPELINT_KIND(Delete, "delete")
SHAPELINT_KIND(With, "with")
SHAPELINT_KIND(Try, "try")
SHAPELINT_KIND(UnknownStmt, "unknown")
#undef SHAPELINT_KIND

/// Names of an enum's values in their order.
template <class E>
struct EnumNames;
template <>
struct EnumNames<Argument::Kind> {
  static constexpr std::string_view kNames[] = {"positional", "keyword", "star", "double-star"};
};
template <>
struct EnumNames<Param::Kind> {
  static constexpr std::string_view kNames[] = {"positional-only", "normal", "star", "keyword-only", "double-star"};
};
template <>
struct EnumNames<UnaryOp> {
  static constexpr std::string_view kNames[] = {"-", "+", "not", "~"};
};
template <>
struct EnumNames<BinaryOp> {
  static constexpr std::string_view kNames[] = {"+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<", ">>"};
};
template <>
struct EnumNames<CompareOp> {
  static constexpr std::string_view kNames[] = {"==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in"};
};
template <>
struct EnumNames<ComprehensionKind> {
  static constexpr std::string_view kNames[] = {"list", "set", "generator", "dict"};
};

// ---- fields. Written for `T&` and `const T&` alike.

template <class T, class Node>
concept Is = std::is_same_v<std::remove_const_t<Node>, T>;

template <class N, class F>
void visit_fields(N& n, F&& f) {
  if constexpr (Is<BoolLiteral, N> || Is<IntLiteral, N> || Is<FloatLiteral, N> || Is<StringLiteral, N>) {
    f.value("value", n.value);
  } else if constexpr (Is<FormatString, N>) {
    f.ids("parts", n.parts);
    f.value("exact", n.exact);
  } else if constexpr (Is<Name, N>) {
    f.value("id", n.id);
  } else if constexpr (Is<Attribute, N>) {
    f.id("value", n.value);
    f.value("name", n.name);
    f.value("name_span", n.name_span);
  } else if constexpr (Is<Subscript, N>) {
    f.id("value", n.value);
    f.id("index", n.index);
  } else if constexpr (Is<SliceExpr, N>) {
    f.optional("lower", n.lower);
    f.optional("upper", n.upper);
    f.optional("step", n.step);
  } else if constexpr (Is<Argument, N>) {
    f.value("kind", n.kind);
    f.value("name", n.name);
    f.id("value", n.value);
    f.value("span", n.span);
  } else if constexpr (Is<Call, N>) {
    f.id("function", n.function);
    f.parts("arguments", n.arguments);
  } else if constexpr (Is<Unary, N>) {
    f.value("op", n.op);
    f.id("operand", n.operand);
  } else if constexpr (Is<Binary, N>) {
    f.value("op", n.op);
    f.id("left", n.left);
    f.id("right", n.right);
    f.value("op_span", n.op_span);
  } else if constexpr (Is<Logical, N>) {
    f.value("is_and", n.is_and);
    f.ids("operands", n.operands);
  } else if constexpr (Is<Compare, N>) {
    f.value("ops", n.ops);
    f.ids("operands", n.operands);
  } else if constexpr (Is<Conditional, N>) {
    f.id("condition", n.condition);
    f.id("then", n.then);
    f.id("otherwise", n.otherwise);
  } else if constexpr (Is<Lambda, N> || Is<FunctionDef, N>) {
    f.id("function", n.function);
  } else if constexpr (Is<TupleExpr, N> || Is<ListExpr, N> || Is<SetExpr, N>) {
    f.ids("items", n.items);
  } else if constexpr (Is<DictExpr, N>) {
    f.optional_ids("keys", n.keys);
    f.ids("values", n.values);
  } else if constexpr (Is<Clause, N>) {
    f.id("target", n.target);
    f.id("iterable", n.iterable);
    f.ids("conditions", n.conditions);
  } else if constexpr (Is<Comprehension, N>) {
    f.value("form", n.kind);
    f.id("element", n.element);
    f.optional("value", n.value);
    f.parts("clauses", n.clauses);
  } else if constexpr (Is<Starred, N> || Is<ExprStmt, N>) {
    f.id("value", n.value);
  } else if constexpr (Is<Walrus, N>) {
    f.value("name", n.name);
    f.id("value", n.value);
  } else if constexpr (Is<Yield, N>) {
    f.optional("value", n.value);
    f.value("from", n.from);
  } else if constexpr (Is<UnknownExpr, N> || Is<UnknownStmt, N>) {
    f.value("reason", n.reason);
  } else if constexpr (Is<Assign, N>) {
    f.ids("targets", n.targets);
    f.id("value", n.value);
  } else if constexpr (Is<AugmentedAssign, N>) {
    f.value("op", n.op);
    f.id("target", n.target);
    f.id("value", n.value);
  } else if constexpr (Is<AnnotatedAssign, N>) {
    f.id("target", n.target);
    f.id("annotation", n.annotation);
    f.optional("value", n.value);
  } else if constexpr (Is<Return, N>) {
    f.optional("value", n.value);
  } else if constexpr (Is<If, N>) {
    f.id("condition", n.condition);
    f.ids("then", n.then);
    f.ids("otherwise", n.otherwise);
  } else if constexpr (Is<For, N>) {
    f.id("target", n.target);
    f.id("iterable", n.iterable);
    f.ids("body", n.body);
    f.ids("otherwise", n.otherwise);
  } else if constexpr (Is<While, N>) {
    f.id("condition", n.condition);
    f.ids("body", n.body);
    f.ids("otherwise", n.otherwise);
  } else if constexpr (Is<Assert, N>) {
    f.id("condition", n.condition);
    f.optional("message", n.message);
  } else if constexpr (Is<Raise, N>) {
    f.optional("exception", n.exception);
  } else if constexpr (Is<ClassDef, N>) {
    f.id("class", n.class_id);
  } else if constexpr (Is<ImportedName, N>) {
    f.value("name", n.name);
    f.value("alias", n.alias);
    f.value("span", n.span);
  } else if constexpr (Is<Import, N>) {
    f.parts("modules", n.modules);
  } else if constexpr (Is<ImportFrom, N>) {
    f.value("module", n.module);
    f.value("level", n.level);
    f.parts("names", n.names);
  } else if constexpr (Is<Global, N> || Is<Nonlocal, N>) {
    f.value("names", n.names);
  } else if constexpr (Is<Delete, N>) {
    f.ids("targets", n.targets);
  } else if constexpr (Is<WithItem, N>) {
    f.id("context", n.context);
    f.optional("target", n.target);
  } else if constexpr (Is<With, N>) {
    f.parts("items", n.items);
    f.ids("body", n.body);
  } else if constexpr (Is<Handler, N>) {
    f.optional("type", n.type);
    f.value("name", n.name);
    f.ids("body", n.body);
  } else if constexpr (Is<Try, N>) {
    f.ids("body", n.body);
    f.parts("handlers", n.handlers);
    f.ids("otherwise", n.otherwise);
    f.ids("finally", n.finally);
  } else if constexpr (Is<Param, N>) {
    f.value("kind", n.kind);
    f.value("name", n.name);
    f.optional("annotation", n.annotation);
    f.optional("fallback", n.fallback);
    f.value("span", n.span);
    f.value("name_span", n.name_span);
  } else if constexpr (Is<Function, N>) {
    f.value("name", n.name);
    f.parts("params", n.params);
    f.optional("returns", n.returns);
    f.ids("decorators", n.decorators);
    f.ids("body", n.body);
    f.optional("lambda_body", n.lambda_body);
    f.value("docstring", n.docstring);
    f.value("docstring_span", n.docstring_span);
    f.value("name_span", n.name_span);
    f.value("span", n.span);
    f.value("is_async", n.is_async);
    f.value("is_generator", n.is_generator);
  } else if constexpr (Is<Class, N>) {
    f.value("name", n.name);
    f.parts("bases", n.bases);
    f.ids("decorators", n.decorators);
    f.ids("body", n.body);
    f.value("docstring", n.docstring);
    f.value("docstring_span", n.docstring_span);
    f.value("name_span", n.name_span);
    f.value("span", n.span);
  } else if constexpr (Is<Comment, N>) {
    f.value("span", n.span);
  } else if constexpr (Is<Issue, N>) {
    f.value("span", n.span);
    f.value("message", n.message);
    f.value("is_error", n.is_error);
  } else {
    // Nodes without fields; a new node must be described above.
    static_assert(std::is_empty_v<N>);
  }
}

}  // namespace shapelint::ast
