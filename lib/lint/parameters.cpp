#include "lib/lint/parameters.h"

#include <algorithm>

#include "lib/language/walk.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

void add_texts(const ast::Module& module, ast::ExprId id, std::vector<std::string>& out) {
  if (const auto* text = std::get_if<ast::StringLiteral>(&module.expr(id).node)) out.push_back(text->value);
  ast::for_each_child(module, module.expr(id), [&](ast::ExprId child) { add_texts(module, child, out); });
}

// The values of `reduction` that a text (a class or a function, from `span` on) names: `self.reduction not in ("none",
// "mean")`, `Literal["none", "mean"]`, ``'none'`` in its docstring.
void add_named(const ast::Module& module, const Span& span, const std::string& docstring, ReductionParameter& found) {
  std::vector<std::string> texts;
  for (const ast::Expr& expr : module.exprs) {
    const auto* compare = std::get_if<ast::Compare>(&expr.node);
    if (compare == nullptr || !span.contains(expr.span)) continue;
    const bool is_of_it = std::ranges::any_of(compare->operands,
                                              [&](ast::ExprId id) { return ast::last_name(module, id) == found.name; });
    if (!is_of_it) continue;
    for (const ast::ExprId id : compare->operands) add_texts(module, id, texts);
  }
  for (const std::string& value : found.values) {
    if (value.size() < 3 || std::ranges::find(found.named, value) != found.named.end()) continue;
    const std::string bare = value.substr(1, value.size() - 2);
    const bool documented = docstring.find(found.name) != std::string::npos &&
                            std::ranges::any_of(std::string_view("'\"`"), [&](char quote) {
                              return docstring.find(quote + bare + quote) != std::string::npos;
                            });
    if (documented || std::ranges::find(texts, bare) != texts.end()) found.named.push_back(value);
  }
}

// `reduction="mean"`, `size_average=True`.
std::optional<ReductionParameter> reduction_in(const ast::Module& module, const ast::Function& function, bool of_init,
                                               bool is_cxx) {
  for (const ast::Param& param : function.params) {
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) continue;
    if (param.name != "reduction" && param.name != "size_average") continue;
    const bool is_read = ast::reads(module, function, param.name);
    const ast::Expr* fallback = param.fallback.valid() ? &module.expr(param.fallback) : nullptr;
    const auto* text = fallback != nullptr ? std::get_if<ast::StringLiteral>(&fallback->node) : nullptr;
    const bool is_reduction = param.name == "reduction";
    if (is_reduction && text != nullptr) {
      const std::string own = "'" + text->value + "'";
      ReductionParameter out{param.name, param.span, of_init, is_read, {"'none'", "'mean'", "'sum'"}, {own}};
      if (std::ranges::find(out.values, own) == out.values.end()) out.values.push_back(own);
      add_named(module, function.span, function.docstring, out);
      if (param.annotation.valid()) {
        std::vector<std::string> allowed;
        add_texts(module, param.annotation, allowed);
        for (const std::string& value : allowed) out.named.push_back("'" + value + "'");
      }
      return out;
    }
    // C++: an enum, or a number that stands for one (ATen/core/Reduction.h). In Python a number is a ratio.
    const auto* number = fallback != nullptr ? std::get_if<ast::IntLiteral>(&fallback->node) : nullptr;
    if (is_reduction && number != nullptr && is_cxx && number->value >= 0 && number->value <= 2)
      return ReductionParameter{param.name, param.span, of_init, is_read, {"0", "1", "2"}, {}};
    if (!is_reduction && fallback != nullptr && std::holds_alternative<ast::BoolLiteral>(fallback->node))
      return ReductionParameter{param.name, param.span, of_init, is_read, {"True", "False"}, {}};
  }
  return std::nullopt;
}

// Of a constructor that serves several methods a parameter may be meant for another one.
bool is_one_of_several(const ast::Module& module, const Target& target) {
  if (!target.function || is_call_method(module.function(*target.function).name)) return false;
  int methods = 0;
  for (const ast::StmtId id : module.class_of(*target.class_id).body) {
    const auto* def = std::get_if<ast::FunctionDef>(&module.stmt(id).node);
    if (def != nullptr && !module.function(def->function).name.starts_with('_')) ++methods;
  }
  return methods > 1;
}

}  // namespace

std::optional<ReductionParameter> reduction_parameter(const Target& target) {
  const ast::Module& module = *target.module->program;
  const bool is_cxx = target.module->dialect == Dialect::cxx;
  if (target.function) {
    if (auto found = reduction_in(module, module.function(*target.function), false, is_cxx)) return found;
  }
  if (!target.class_id || is_one_of_several(module, target)) return std::nullopt;
  for (const ast::StmtId id : module.class_of(*target.class_id).body) {
    const auto* def = std::get_if<ast::FunctionDef>(&module.stmt(id).node);
    if (def == nullptr || module.function(def->function).name != "__init__") continue;
    if (auto found = reduction_in(module, module.function(def->function), true, is_cxx)) {
      const ast::Class& own = module.class_of(*target.class_id);
      add_named(module, own.span, own.docstring, *found);
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace shapelint
