#include "lib/trace/inherited.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

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
  const FunctionObject& function = method->function->written();
  if (function.home == nullptr || function.home->is_framework || function.home->program.get() != function.module)
    return std::nullopt;
  return FoundMethod{function.home, function.id};
}

std::optional<FoundMethod> find_wrapper(Library& library, DimTable& dims, const Target& target) {
  if (target.module->program == nullptr) return std::nullopt;
  TraceInput input;
  input.budget.steps = 50'000;
  std::uint64_t steps_left = input.budget.steps;
  Run run(library, dims, input, steps_left);
  run.load(target);
  run.set_up(target);
  const FunctionObject* wrapper = run.wrapper();
  if (wrapper == nullptr || wrapper->home->program.get() != wrapper->module) return std::nullopt;
  return FoundMethod{wrapper->home, wrapper->id};
}

std::optional<FoundMethod> find_call(Library& library, DimTable& dims, const Target& type) {
  for (const std::string_view name : kCallMethods)
    if (auto found = find_method(library, dims, type, name)) return found;
  return std::nullopt;
}

std::optional<Target> find_inherited(Library& library, DimTable& dims, const LoadedModule& module,
                                     std::string_view qualname) {
  const std::size_t dot = qualname.rfind('.');
  if (dot == std::string_view::npos || module.dialect == Dialect::cxx) return std::nullopt;
  std::optional<Target> target = find_target(module, qualname.substr(0, dot));
  if (!target || !target->class_id || target->function) return std::nullopt;
  target->inherited = qualname.substr(dot + 1);
  target->qualname = qualname;
  if (!find_method(library, dims, *target, target->inherited)) return std::nullopt;
  return target;
}

namespace {

// What a class hands down within its module: the losses among its methods, and itself where it is called.
class Heirs {
 public:
  Heirs(Library& library, DimTable& dims, const LoadedModule& module)
      : library_(library), dims_(dims), module_(module), program_(*module.program) {}

  std::vector<LossTarget> with_inherited(std::vector<LossTarget> found) {
    std::vector<LossTarget> out;
    for (LossTarget& loss : found) {
      const std::optional<LossTarget> whole = called_through_base(loss.target);
      if (!whole || !calls(*whole, *loss.target.ast())) out.push_back(loss);
      if (whole) add(out, *whole);
    }
    for (const LossTarget& loss : found) {
      if (!loss.target.class_id || !loss.target.function || !loss.target.outer.empty()) continue;
      for (std::uint32_t i = 0; i < program_.classes.size(); ++i) {
        if (auto heir = heir_of(loss, ast::ClassId{i})) add(out, std::move(*heir));
      }
    }
    return out;
  }

 private:
  static bool is_same(const Target& a, const Target& b) {
    return a.class_id == b.class_id && a.function == b.function && a.inherited == b.inherited;
  }
  void add(std::vector<LossTarget>& out, LossTarget loss) const {
    if (std::ranges::none_of(out, [&](const LossTarget& known) { return is_same(known.target, loss.target); }))
      out.push_back(std::move(loss));
  }

  LossTarget made(ast::ClassId id, std::string inherited, std::string reason) const {
    LossTarget out{.target = Target{.module = &module_, .class_id = id, .inherited = std::move(inherited)},
                   .reason = std::move(reason)};
    out.target.qualname = program_.class_of(id).name;
    if (!out.target.inherited.empty()) out.target.qualname += "." + out.target.inherited;
    out.convention = convention_of(module_, out.target);
    return out;
  }

  // A part of a loss that its class's base calls.
  std::optional<LossTarget> called_through_base(const Target& target) {
    if (!target.class_id || !target.function || !target.outer.empty() || target.ast()->name == "training_step" ||
        !is_called_by_base(program_, program_.class_of(*target.class_id)))
      return std::nullopt;
    const auto [known, is_new] = wholes_.emplace(target.class_id->index, std::nullopt);
    if (is_new) {
      LossTarget whole = made(*target.class_id, {}, "a loss class that is called through its base");
      if (find_call(library_, dims_, whole.target)) known->second = std::move(whole);
    }
    return known->second;
  }

  bool calls(const LossTarget& whole, const ast::Function& part) const {
    const auto call = find_call(library_, dims_, whole.target);
    if (!call) return false;
    if (is_loss_name(part.name)) return true;
    const ast::Module& home = *call->home->program;
    return std::ranges::any_of(home.exprs, [&](const ast::Expr& e) {
      const auto* made = std::get_if<ast::Call>(&e.node);
      return made != nullptr && call->ast().span.contains(e.span) && ast::last_name(home, made->function) == part.name;
    });
  }

  // `type` inherits the loss and has methods of its own, which the loss may call.
  std::optional<LossTarget> heir_of(const LossTarget& loss, ast::ClassId type) const {
    const std::string& name = loss.target.ast()->name;
    if (type == *loss.target.class_id || !changes_its_base(program_.class_of(type))) return std::nullopt;
    ast::ClassId at = type;
    for (int hops = 0; hops < 8; ++hops) {
      const ast::Class& cls = program_.class_of(at);
      if (at == *loss.target.class_id)
        return is_call_method(name) ? made(type, {}, loss.reason) : made(type, name, loss.reason);
      if (ast::own_method(program_, cls, name) || cls.bases.empty()) return std::nullopt;
      const auto base =
          std::ranges::find(program_.classes, ast::last_name(program_, cls.bases[0].value), &ast::Class::name);
      if (base == program_.classes.end()) return std::nullopt;
      at = ast::ClassId{static_cast<std::uint32_t>(base - program_.classes.begin())};
    }
    return std::nullopt;
  }

  bool changes_its_base(const ast::Class& type) const {
    return std::ranges::any_of(type.body, [&](ast::StmtId id) {
      const auto* def = std::get_if<ast::FunctionDef>(&program_.stmt(id).node);
      return def != nullptr && program_.function(def->function).name != "__init__";
    });
  }

  Library& library_;
  DimTable& dims_;
  const LoadedModule& module_;
  const ast::Module& program_;
  std::map<std::uint32_t, std::optional<LossTarget>> wholes_;  ///< by class: itself, if its base calls it
};

}  // namespace

std::vector<LossTarget> find_losses(Library& library, DimTable& dims, const LoadedModule& module) {
  std::vector<LossTarget> found = find_losses(module);
  if (module.program == nullptr || module.dialect != Dialect::python) return found;
  return Heirs(library, dims, module).with_inherited(std::move(found));
}

}  // namespace shapelint
