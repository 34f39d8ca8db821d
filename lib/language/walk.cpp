#include "lib/language/walk.h"

#include <algorithm>

namespace shapelint::ast {
namespace {

void each(const std::vector<ExprId>& ids, const std::function<void(ExprId)>& visit) {
  for (const ExprId id : ids) {
    if (id.valid()) visit(id);
  }
}

void one(ExprId id, const std::function<void(ExprId)>& visit) {
  if (id.valid()) visit(id);
}

}  // namespace

void for_each_child(const Module& module, const Expr& expr, const std::function<void(ExprId)>& visit) {
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, FormatString>) each(node.parts, visit);
        else if constexpr (std::is_same_v<T, Attribute>) one(node.value, visit);
        else if constexpr (std::is_same_v<T, Subscript>) {
          one(node.value, visit);
          one(node.index, visit);
        } else if constexpr (std::is_same_v<T, SliceExpr>) {
          one(node.lower, visit);
          one(node.upper, visit);
          one(node.step, visit);
        } else if constexpr (std::is_same_v<T, Call>) {
          one(node.function, visit);
          for (const Argument& argument : node.arguments) one(argument.value, visit);
        } else if constexpr (std::is_same_v<T, Unary>) one(node.operand, visit);
        else if constexpr (std::is_same_v<T, Binary>) {
          one(node.left, visit);
          one(node.right, visit);
        } else if constexpr (std::is_same_v<T, Logical> || std::is_same_v<T, Compare>) each(node.operands, visit);
        else if constexpr (std::is_same_v<T, Conditional>) {
          one(node.condition, visit);
          one(node.then, visit);
          one(node.otherwise, visit);
        } else if constexpr (std::is_same_v<T, Lambda>) one(module.function(node.function).lambda_body, visit);
        else if constexpr (std::is_same_v<T, TupleExpr> || std::is_same_v<T, ListExpr> || std::is_same_v<T, SetExpr>) {
          each(node.items, visit);
        } else if constexpr (std::is_same_v<T, DictExpr>) {
          each(node.keys, visit);
          each(node.values, visit);
        } else if constexpr (std::is_same_v<T, Comprehension>) {
          one(node.element, visit);
          one(node.value, visit);
          for (const Clause& clause : node.clauses) {
            one(clause.iterable, visit);
            each(clause.conditions, visit);
          }
        } else if constexpr (std::is_same_v<T, Starred> || std::is_same_v<T, Walrus> || std::is_same_v<T, Yield>)
          one(node.value, visit);
      },
      expr.node);
}

void for_each_expr(const Module& module, const Stmt& stmt, const std::function<void(ExprId)>& visit) {
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, ExprStmt> || std::is_same_v<T, Return>) one(node.value, visit);
        else if constexpr (std::is_same_v<T, Assign>) {
          each(node.targets, visit);
          one(node.value, visit);
        } else if constexpr (std::is_same_v<T, AugmentedAssign>) {
          one(node.target, visit);
          one(node.value, visit);
        } else if constexpr (std::is_same_v<T, AnnotatedAssign>) {
          one(node.target, visit);
          one(node.value, visit);
        } else if constexpr (std::is_same_v<T, If> || std::is_same_v<T, While>) one(node.condition, visit);
        else if constexpr (std::is_same_v<T, For>) {
          one(node.target, visit);
          one(node.iterable, visit);
        } else if constexpr (std::is_same_v<T, Assert>) {
          one(node.condition, visit);
          one(node.message, visit);
        } else if constexpr (std::is_same_v<T, Raise>) one(node.exception, visit);
        else if constexpr (std::is_same_v<T, Delete>) each(node.targets, visit);
        else if constexpr (std::is_same_v<T, With>) {
          for (const WithItem& item : node.items) {
            one(item.context, visit);
            one(item.target, visit);
          }
        } else if constexpr (std::is_same_v<T, Try>) {
          for (const Handler& handler : node.handlers) one(handler.type, visit);
        } else if constexpr (std::is_same_v<T, FunctionDef>) {
          each(module.function(node.function).decorators, visit);
          for (const Param& param : module.function(node.function).params) one(param.fallback, visit);
        } else if constexpr (std::is_same_v<T, ClassDef>) {
          each(module.class_of(node.class_id).decorators, visit);
          for (const Argument& base : module.class_of(node.class_id).bases) one(base.value, visit);
        }
      },
      stmt.node);
}

void for_each_block(const Stmt& stmt, const std::function<void(const Block&)>& visit) {
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, If>) {
          visit(node.then);
          visit(node.otherwise);
        } else if constexpr (std::is_same_v<T, For> || std::is_same_v<T, While>) {
          visit(node.body);
          visit(node.otherwise);
        } else if constexpr (std::is_same_v<T, With>) visit(node.body);
        else if constexpr (std::is_same_v<T, Try>) {
          visit(node.body);
          for (const Handler& handler : node.handlers) visit(handler.body);
          visit(node.otherwise);
          visit(node.finally);
        }
      },
      stmt.node);
}

std::optional<FunctionId> own_method(const Module& module, const Class& type, std::string_view name) {
  std::optional<FunctionId> found;
  for (const StmtId id : type.body) {
    const auto* def = std::get_if<FunctionDef>(&module.stmt(id).node);
    if (def != nullptr && module.function(def->function).name == name) found = def->function;
  }
  return found;
}

bool reads(const Module& module, const Function& function, std::string_view name) {
  return std::ranges::any_of(module.exprs, [&](const Expr& expr) {
    const auto* found = std::get_if<Name>(&expr.node);
    return found != nullptr && found->id == name && function.span.contains(expr.span);
  });
}

std::string_view last_name(const Module& module, ExprId id) {
  const auto& node = module.expr(id).node;
  if (const auto* name = std::get_if<Name>(&node)) return name->id;
  if (const auto* attr = std::get_if<Attribute>(&node)) return attr->name;
  return {};
}

}  // namespace shapelint::ast
