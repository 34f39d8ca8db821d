#include "lib/trace/object_fields.h"

#include "lib/language/walk.h"

namespace shapelint {

ObjectFields fields_of_object(const ast::Module& program, const ast::Param& param) {
  ObjectFields out;
  if (!param.annotation.valid()) return out;
  const auto* object = std::get_if<ast::Call>(&program.expr(param.annotation).node);
  if (object == nullptr || object->arguments.size() != 1) return out;
  ast::ExprId one = object->arguments[0].value;
  if (const auto* times = std::get_if<ast::Binary>(&program.expr(one).node)) {
    const auto* list = std::get_if<ast::ListExpr>(&program.expr(times->left).node);
    if (list == nullptr || list->items.size() != 1) return out;
    one = list->items[0];
    out.in_list = true;
  }
  const auto* made = std::get_if<ast::Call>(&program.expr(one).node);
  if (made == nullptr) return out;
  for (const ast::Argument& argument : made->arguments) {
    if (argument.kind != ast::Argument::Kind::keyword) continue;
    const auto& node = program.expr(argument.value).node;
    if (std::holds_alternative<ast::UnknownExpr>(node)) out.tensors.emplace_back(argument.name, ast::ExprId{});
    else if (std::holds_alternative<ast::Subscript>(node)) out.tensors.emplace_back(argument.name, argument.value);
  }
  return out;
}

const std::string* comment_of_field(const ast::Module& program, ast::ExprId stated) {
  const auto* sub = std::get_if<ast::Subscript>(&program.expr(stated).node);
  if (sub == nullptr || ast::last_name(program, sub->value) != "Comment") return nullptr;
  const auto* text = std::get_if<ast::StringLiteral>(&program.expr(sub->index).node);
  return text != nullptr ? &text->value : nullptr;
}

}  // namespace shapelint
