// The children of a node, for passes that look for something in a program without running it.
#pragma once

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/language/program.h"

namespace shapelint::ast {

/// Calls `visit` for every direct sub-expression of `expr`. Bodies of lambdas count, their parameters do not.
void for_each_child(const Module& module, const Expr& expr, const std::function<void(ExprId)>& visit);
/// Calls `visit` for every expression that stands directly in `stmt` (not in its nested statements).
void for_each_expr(const Module& module, const Stmt& stmt, const std::function<void(ExprId)>& visit);
/// Calls `visit` for every block of statements directly inside `stmt`, without those of nested definitions.
void for_each_block(const Stmt& stmt, const std::function<void(const Block&)>& visit);

/// The method of that name that a class defines itself; of several the last, as in Python.
std::optional<FunctionId> own_method(const Module& module, const Class& type, std::string_view name);

/// Does a function say a name anywhere? What it does not read cannot matter.
bool reads(const Module& module, const Function& function, std::string_view name);
/// `b` of `b` and of `a.b`; empty for any other expression.
std::string_view last_name(const Module& module, ExprId id);

}  // namespace shapelint::ast
