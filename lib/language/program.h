// The program: the syntax tree of the loss language, which is a subset of Python 3. Every frontend produces it: `.loss`
// and `.py` files through tree-sitter, C++ through libTooling in another process (see wire.h). Nodes live in vectors
// and refer to each other by typed ids; built once, then only read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lib/support/source.h"

namespace shapelint::ast {

template <class Tag>
struct Id {
  std::uint32_t index = 0xFFFFFFFFU;
  bool valid() const { return index != 0xFFFFFFFFU; }
  friend bool operator==(Id, Id) = default;
};
using ExprId = Id<struct ExprTag>;          ///< `!valid()` where an optional part is absent
using FunctionId = Id<struct FunctionTag>;  ///< functions and lambdas
using ClassId = Id<struct ClassTag>;
using StmtId = Id<struct StmtTag>;
using Block = std::vector<StmtId>;

// ---- expressions -------------------------------------------------------------------------------------------------

struct NoneLiteral {};
struct EllipsisLiteral {};
struct BoolLiteral {
  bool value = false;
};
struct IntLiteral {
  std::int64_t value = 0;
};
struct FloatLiteral {
  double value = 0;
};
struct StringLiteral {
  std::string value;
};  ///< UTF-8, escapes decoded, adjacent literals joined
/// `f"loss_{x}"`: the text between the braces as string literals, and the interpolated expressions, in order.
struct FormatString {
  std::vector<ExprId> parts;
  bool exact = true;  ///< false when a format specifier or a conversion decides how a part is written
};
struct Name {
  std::string id;
};
struct Attribute {
  ExprId value;
  std::string name;
  Span name_span;
};
/// `value[index]`; several items in the brackets are a `TupleExpr`.
struct Subscript {
  ExprId value;
  ExprId index;
};
struct SliceExpr {
  ExprId lower, upper, step;
};
struct Argument {
  enum class Kind { positional, keyword, star, double_star } kind = Kind::positional;
  std::string name;  ///< keyword
  ExprId value;
  Span span;
};
struct Call {
  ExprId function;
  std::vector<Argument> arguments;
};
enum class UnaryOp { negative, positive, logical_not, invert };
struct Unary {
  UnaryOp op{};
  ExprId operand;
};
enum class BinaryOp {
  add,
  sub,
  mul,
  div,
  floordiv,
  mod,
  pow,
  matmul,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right
};
struct Binary {
  BinaryOp op{};
  ExprId left, right;
  Span op_span;
};
/// `a and b and c`, flat.
struct Logical {
  bool is_and = true;
  std::vector<ExprId> operands;
};
enum class CompareOp { equal, not_equal, less, less_equal, greater, greater_equal, is, is_not, in, not_in };
/// `a < b <= c`: operands has one more element than ops.
struct Compare {
  std::vector<CompareOp> ops;
  std::vector<ExprId> operands;
};
struct Conditional {
  ExprId condition, then, otherwise;
};
struct Lambda {
  FunctionId function;
};
struct TupleExpr {
  std::vector<ExprId> items;
};
struct ListExpr {
  std::vector<ExprId> items;
};
struct SetExpr {
  std::vector<ExprId> items;
};
/// `{k: v, **m}`; for `**m` the key is not valid.
struct DictExpr {
  std::vector<ExprId> keys, values;
};
struct Clause {
  ExprId target, iterable;
  std::vector<ExprId> conditions;
};
enum class ComprehensionKind { list, set, generator, dict };
struct Comprehension {
  ComprehensionKind kind{};
  ExprId element;  ///< the key, for a dict
  ExprId value;    ///< dict only
  std::vector<Clause> clauses;
};
struct Starred {
  ExprId value;
};
struct Walrus {
  std::string name;
  ExprId value;
};
/// `yield value` and `yield from value`; the value may be absent.
struct Yield {
  ExprId value;
  bool from = false;
};
/// What the language does not have (`await` in odd places, ...), or what does not parse. Analysis goes on with an
/// unknown value.
struct UnknownExpr {
  std::string reason;
};

struct Expr {
  Span span;
  std::variant<NoneLiteral, EllipsisLiteral, BoolLiteral, IntLiteral, FloatLiteral, StringLiteral, FormatString, Name,
               Attribute, Subscript, SliceExpr, Call, Unary, Binary, Logical, Compare, Conditional, Lambda, TupleExpr,
               ListExpr, SetExpr, DictExpr, Comprehension, Starred, Walrus, Yield, UnknownExpr>
      node;
};

// ---- statements --------------------------------------------------------------------------------------------------

struct ExprStmt {
  ExprId value;
};
struct Assign {
  std::vector<ExprId> targets;
  ExprId value;
};  ///< `a = b = value`
struct AugmentedAssign {
  BinaryOp op{};
  ExprId target, value;
};
struct AnnotatedAssign {
  ExprId target, annotation, value;
};  ///< value may be absent
struct Return {
  ExprId value;
};  ///< value may be absent
struct If {
  ExprId condition;
  Block then, otherwise;
};
struct For {
  ExprId target, iterable;
  Block body, otherwise;
};
struct While {
  ExprId condition;
  Block body, otherwise;
};
struct Break {};
struct Continue {};
struct Pass {};
struct Assert {
  ExprId condition, message;
};
struct Raise {
  ExprId exception;
};
struct FunctionDef {
  FunctionId function;
};
struct ClassDef {
  ClassId class_id;
};
struct ImportedName {
  std::string name;
  std::string alias;
  Span span;
};  ///< alias empty when none; name "*" for a star
/// `import a.b as c`.
struct Import {
  std::vector<ImportedName> modules;
};
/// `from ..a.b import c as d`; `level` counts the leading dots.
struct ImportFrom {
  std::string module;
  int level = 0;
  std::vector<ImportedName> names;
};
struct Global {
  std::vector<std::string> names;
};
struct Nonlocal {
  std::vector<std::string> names;
};
struct Delete {
  std::vector<ExprId> targets;
};
struct WithItem {
  ExprId context, target;
};  ///< target may be absent
struct With {
  std::vector<WithItem> items;
  Block body;
};
struct Handler {
  ExprId type;
  std::string name;
  Block body;
};  ///< type may be absent
struct Try {
  Block body;
  std::vector<Handler> handlers;
  Block otherwise, finally;
};
struct UnknownStmt {
  std::string reason;
};

struct Stmt {
  Span span;
  std::variant<ExprStmt, Assign, AugmentedAssign, AnnotatedAssign, Return, If, For, While, Break, Continue, Pass,
               Assert, Raise, FunctionDef, ClassDef, Import, ImportFrom, Global, Nonlocal, Delete, With, Try,
               UnknownStmt>
      node;
};

// ---- definitions -------------------------------------------------------------------------------------------------

struct Param {
  enum class Kind { positional_only, normal, star, keyword_only, double_star } kind = Kind::normal;
  std::string name;
  ExprId annotation, fallback;
  Span span;  ///< the whole parameter
  Span name_span;
};

struct Function {
  std::string name;  ///< "<lambda>" for a lambda
  std::vector<Param> params;
  ExprId returns;  ///< the annotation after ->
  std::vector<ExprId> decorators;
  Block body;  ///< empty for a lambda
  ExprId lambda_body;
  std::string docstring;
  Span docstring_span;
  Span name_span;  ///< the keyword `lambda` for a lambda
  Span span;       ///< from `def`/`lambda` (without decorators) to the end of the body
  bool is_async = false;
  bool is_generator = false;
  bool is_lambda() const { return lambda_body.valid(); }
};

struct Class {
  std::string name;
  std::vector<Argument> bases;
  std::vector<ExprId> decorators;
  Block body;
  std::string docstring;
  Span docstring_span;
  Span name_span;
  Span span;
};

struct Comment {
  Span span;
};  ///< from `#` to the end of the line

/// What the frontend could not take as it stands. An error in a `.loss` file; a note elsewhere, unless the text does
/// not parse at all there.
struct Issue {
  Span span;
  std::string message;
  bool is_error = false;
};

/// One file, or one top-level definition of a framework file that is parsed on its own.
struct Module {
  SourceId source;
  std::string name;  ///< dotted, as imported
  std::vector<Expr> exprs;
  std::vector<Stmt> stmts;
  std::vector<Function> functions;
  std::vector<Class> classes;
  Block body;
  std::string docstring;
  std::vector<Comment> comments;
  std::vector<Issue> issues;

  const Expr& expr(ExprId id) const { return exprs[id.index]; }
  const Stmt& stmt(StmtId id) const { return stmts[id.index]; }
  const Function& function(FunctionId id) const { return functions[id.index]; }
  const Class& class_of(ClassId id) const { return classes[id.index]; }
};

}  // namespace shapelint::ast
