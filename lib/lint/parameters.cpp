#include "lib/lint/parameters.h"

#include "lib/language/walk.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

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
      ReductionParameter out{param.name, param.span, of_init, is_read, {"'none'", "'mean'", "'sum'"}};
      if (text->value != "none" && text->value != "mean" && text->value != "sum")
        out.values.push_back("'" + text->value + "'");
      return out;
    }
    // C++: an enum, or a number that stands for one (ATen/core/Reduction.h). In Python a number is a ratio.
    const auto* number = fallback != nullptr ? std::get_if<ast::IntLiteral>(&fallback->node) : nullptr;
    if (is_reduction && number != nullptr && is_cxx && number->value >= 0 && number->value <= 2)
      return ReductionParameter{param.name, param.span, of_init, is_read, {"0", "1", "2"}};
    if (!is_reduction && fallback != nullptr && std::holds_alternative<ast::BoolLiteral>(fallback->node))
      return ReductionParameter{param.name, param.span, of_init, is_read, {"True", "False"}};
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
    if (auto found = reduction_in(module, module.function(def->function), true, is_cxx)) return found;
  }
  return std::nullopt;
}

}  // namespace shapelint
