#include "lib/trace/inherited.h"

#include <algorithm>
#include <string>

#include "lib/language/walk.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/run.h"

namespace shapelint {
namespace {

bool is_called_by_base(const ast::Module& program, const ast::Class& type) {
  return !type.bases.empty() && std::ranges::none_of(kCallMethods, [&](auto name) {
    return ast::own_method(program, type, name).has_value();
  });
}

}  // namespace

std::optional<FoundMethod> find_method(Library& library, DimTable& dims, const Target& type, std::string_view name) {
  if (!type.class_id || !type.outer.empty() || type.module->program == nullptr) return std::nullopt;
  const ast::Module& program = *type.module->program;
  TraceInput input;
  input.budget.steps = 50'000;
  std::uint64_t steps_left = input.budget.steps;
  Run run(library, dims, input, steps_left);
  run.trace().frames.push_back(Frame{.function = "<module>", .module = &program});
  Activation base;
  base.module = &program;
  base.home = type.module;
  base.scope = run.heap().make(ScopeData{});
  ActivationGuard guard(run, base);
  base.scope = run.module_scope(*type.module);
  const auto value = run.own_name(*type.module, program.class_of(*type.class_id).name);
  const auto* made = value ? value->as<ClassV>() : nullptr;
  if (made == nullptr) return std::nullopt;
  bool unknown_base = false;
  const auto member = run.class_member(made->cell, std::string(name), unknown_base);
  const auto* method = member ? member->as<FunctionV>() : nullptr;
  if (method == nullptr) return std::nullopt;
  const FunctionObject& function = *method->function;
  if (function.home == nullptr || function.home->is_framework || function.home->program.get() != function.module)
    return std::nullopt;
  return FoundMethod{function.home, function.id};
}

std::optional<FoundMethod> find_call(Library& library, DimTable& dims, const Target& type) {
  for (const std::string_view name : kCallMethods)
    if (auto found = find_method(library, dims, type, name)) return found;
  return std::nullopt;
}

std::vector<LossTarget> find_losses(Library& library, DimTable& dims, const LoadedModule& module) {
  std::vector<LossTarget> found = find_losses(module);
  if (module.program == nullptr || module.dialect != Dialect::python) return found;
  const ast::Module& program = *module.program;
  std::vector<LossTarget> out;
  std::vector<std::pair<std::uint32_t, bool>> seen;  // class, and whether its call was found
  for (LossTarget& loss : found) {
    const Target& target = loss.target;
    const bool is_part = target.class_id && target.function && target.outer.empty() &&
                         is_loss_name(program.function(*target.function).name) && loss.reason != "a training step" &&
                         is_called_by_base(program, program.class_of(*target.class_id));
    if (!is_part) {
      out.push_back(std::move(loss));
      continue;
    }
    const auto known = std::ranges::find(seen, target.class_id->index, &std::pair<std::uint32_t, bool>::first);
    if (known != seen.end()) {
      if (!known->second) out.push_back(std::move(loss));
      continue;
    }
    LossTarget whole{
        .target =
            Target{.module = &module, .class_id = target.class_id, .qualname = program.class_of(*target.class_id).name},
        .reason = "a loss class that is called through its base"};
    whole.convention = convention_of(module, whole.target);
    const bool is_called = find_call(library, dims, whole.target).has_value();
    seen.emplace_back(target.class_id->index, is_called);
    out.push_back(is_called ? std::move(whole) : std::move(loss));
  }
  return out;
}

}  // namespace shapelint
