// The `example(...)`s of a module: sample data written as Python literals.
#include <fmt/format.h>

#include "lib/lint/analysis.h"

namespace shapelint {
namespace {

// A literal of nested lists of numbers as an array. Returns what is wrong with it, if anything.
std::optional<std::string> read_literal(const ast::Module& program, ast::ExprId id, Array& out, std::size_t depth = 0) {
  const ast::Expr& expr = program.expr(id);
  const auto number = [&](double value, DType dtype) -> std::optional<std::string> {
    out.values.push_back(value);
    if (is_float(dtype) || out.values.size() == 1)
      out.dtype = is_float(out.dtype) && out.values.size() > 1 ? out.dtype : dtype;
    return std::nullopt;
  };
  if (const auto* f = std::get_if<ast::FloatLiteral>(&expr.node)) return number(f->value, DType::float32);
  if (const auto* i = std::get_if<ast::IntLiteral>(&expr.node))
    return number(static_cast<double>(i->value), DType::int64);
  if (const auto* b = std::get_if<ast::BoolLiteral>(&expr.node)) return number(b->value ? 1 : 0, DType::boolean);
  if (const auto* minus = std::get_if<ast::Unary>(&expr.node);
      minus != nullptr && minus->op == ast::UnaryOp::negative) {
    const auto error = read_literal(program, minus->operand, out, depth);
    if (!error && !out.values.empty()) out.values.back() = -out.values.back();
    return error;
  }
  const std::vector<ast::ExprId>* items = nullptr;
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) items = &list->items;
  if (const auto* tuple = std::get_if<ast::TupleExpr>(&expr.node)) items = &tuple->items;
  if (items == nullptr) return "an example takes numbers and nested lists of numbers";
  const auto count = static_cast<std::int64_t>(items->size());
  if (depth == out.shape.size()) {
    if (!out.values.empty()) return "the lists are ragged: a number and a list stand side by side";
    out.shape.push_back(count);
  } else if (out.shape[depth] != count) {
    return fmt::format("the lists are ragged: {} elements beside {}", count, out.shape[depth]);
  }
  for (const ast::ExprId item : *items) {
    const bool nested = std::holds_alternative<ast::ListExpr>(program.expr(item).node) ||
                        std::holds_alternative<ast::TupleExpr>(program.expr(item).node);
    if (!nested && depth + 1 < out.shape.size()) return "the lists are ragged: a number and a list stand side by side";
    if (auto error = read_literal(program, item, out, depth + 1)) return error;
  }
  return std::nullopt;
}

}  // namespace

std::vector<Example> examples_of(const LoadedModule& module) {
  std::vector<Example> out;
  if (module.program == nullptr) return out;
  const ast::Module& program = *module.program;
  for (const ast::StmtId id : program.body) {
    const auto* stmt = std::get_if<ast::ExprStmt>(&program.stmt(id).node);
    if (stmt == nullptr || !stmt->value.valid()) continue;
    const auto* call = std::get_if<ast::Call>(&program.expr(stmt->value).node);
    if (call == nullptr) continue;
    const auto* callee = std::get_if<ast::Name>(&program.expr(call->function).node);
    if (callee == nullptr || callee->id != "example") continue;
    Example example;
    example.span = program.stmt(id).span;
    for (const ast::Argument& argument : call->arguments) {
      if (argument.kind == ast::Argument::Kind::positional) {
        if (const auto* text = std::get_if<ast::StringLiteral>(&program.expr(argument.value).node))
          example.name = text->value;
        continue;
      }
      Array array;
      array.dtype = DType::int64;
      if (auto error = read_literal(program, argument.value, array)) {
        example.error = fmt::format("`{}`: {}", argument.name, *error);
        continue;
      }
      auto made = std::make_shared<const Array>(std::move(array));
      if (argument.name == "returns") example.returns = std::move(made);
      else example.data[argument.name] = std::move(made);
    }
    out.push_back(std::move(example));
  }
  return out;
}

}  // namespace shapelint
