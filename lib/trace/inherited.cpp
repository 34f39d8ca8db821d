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

// Between a class and its members in a qualified name.
std::string_view member_mark(const LoadedModule& module) { return module.dialect == Dialect::cxx ? "::" : "."; }

bool is_called_by_base(const ast::Module& program, const ast::Class& type) {
  return !type.bases.empty() && std::ranges::none_of(kCallMethods, [&](auto name) {
    return ast::own_method(program, type, name).has_value();
  });
}

// `ask(run, value)` of a name at top level as its module binds it; nothing when it is not bound.
template <typename Ask>
auto ask_name(Library& library, DimTable& dims, const LoadedModule& module, std::string_view name, const Ask& ask)
    -> decltype(ask(std::declval<Run&>(), Value{})) {
  if (module.program == nullptr) return std::nullopt;
  const ast::Module& program = *module.program;
  TraceInput input;
  input.budget.steps = 50'000;
  std::uint64_t steps_left = input.budget.steps;
  Run run(library, dims, input, steps_left);
  run.trace().frames.push_back(Frame{.function = "<module>", .module = &program});
  Activation base;
  base.module = &program;
  base.home = &module;
  base.scope = run.heap().make(ScopeData{});
  ActivationGuard guard(run, base);
  base.scope = run.module_scope(module);
  const auto value = run.own_name(module, std::string(name));
  if (!value) return std::nullopt;
  return ask(run, *value);
}

// `ask(run, class)` of a class at top level as its module makes it; nothing when it is none, or another value.
template <typename Ask>
auto ask_class(Library& library, DimTable& dims, const Target& type, const Ask& ask)
    -> decltype(ask(std::declval<Run&>(), HeapId{})) {
  if (!type.class_id || !type.outer.empty() || type.module->program == nullptr) return std::nullopt;
  const std::string& name = type.module->program->class_of(*type.class_id).name;
  return ask_name(library, dims, *type.module, name, [&](Run& run, const Value& value) -> decltype(ask(run, HeapId{})) {
    const auto* made = value.as<ClassV>();
    if (made == nullptr) return std::nullopt;
    return ask(run, made->cell);
  });
}

// Of a function of the user's, not of a framework's: where it stands.
std::optional<FoundMethod> written_function(const Value& value) {
  const auto* method = value.as<FunctionV>();
  if (method == nullptr) return std::nullopt;
  const FunctionObject& function = method->function->written();
  if (function.home == nullptr || function.home->is_framework || function.home->program.get() != function.module)
    return std::nullopt;
  return FoundMethod{function.home, function.id};
}

// `def forward(self, *args): raise NotImplementedError(...)` of a framework's base class.
bool is_left_to_users(const FunctionObject& function) {
  const ast::Block& body = function.ast().body;
  return function.home != nullptr && function.home->is_framework && body.size() == 1 &&
         std::holds_alternative<ast::Raise>(function.module->stmt(body.front()).node);
}

// `self.forward = self._forward_fast`, anywhere in the class.
bool sets_its_call(const ast::Module& program, const ast::Class& type) {
  return std::ranges::any_of(program.stmts, [&](const ast::Stmt& stmt) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    return assign != nullptr && type.span.contains(stmt.span) &&
           std::ranges::any_of(assign->targets,
                               [&](ast::ExprId target) { return is_call_method(ast::last_name(program, target)); });
  });
}

}  // namespace

std::optional<FoundMethod> find_method(Library& library, DimTable& dims, const Target& type, std::string_view name) {
  return ask_class(library, dims, type, [&](Run& run, HeapId cell) -> std::optional<FoundMethod> {
    bool unknown_base = false;
    const auto member = run.class_member(cell, std::string(name), unknown_base);
    return member ? written_function(*member) : std::nullopt;
  });
}

std::optional<FoundMaker> find_maker(Library& library, DimTable& dims, const LoadedModule& module,
                                     std::string_view name) {
  return ask_name(library, dims, module, name, [](Run& run, const Value& value) -> std::optional<FoundMaker> {
    if (auto function = written_function(value)) return FoundMaker{false, std::move(function)};
    const auto* type = value.as<ClassV>();
    if (type == nullptr) return std::nullopt;
    const ClassData& made = run.heap().read<ClassData>(type->cell);
    // Fields are what its objects are about, and enums have no others than their own.
    if (made.flavor != ClassData::Flavor::plain) return std::nullopt;
    const auto is_written = [](const auto& member) { return written_function(member.second).has_value(); };
    if (std::ranges::none_of(made.members, is_written)) return std::nullopt;
    bool unknown_base = false;
    const auto init = run.class_member(type->cell, "__init__", unknown_base);
    return FoundMaker{true, init ? written_function(*init) : std::nullopt};
  });
}

std::optional<std::vector<std::string>> methods_without_call(Library& library, DimTable& dims, const Target& type) {
  if (type.module->dialect == Dialect::cxx || !type.class_id || type.function || !type.inherited.empty() ||
      sets_its_call(*type.module->program, type.module->program->class_of(*type.class_id)))
    return std::nullopt;
  return ask_class(library, dims, type, [&](Run& run, HeapId cell) -> std::optional<std::vector<std::string>> {
    bool unknown_base = false;
    bool is_open = false;  // the framework's own `__call__` goes on to a method that is left to users
    for (const std::string_view name : kCallMethods) {
      const auto member = run.class_member(cell, std::string(name), unknown_base);
      const auto* method = member ? member->as<FunctionV>() : nullptr;
      const bool is_left = method != nullptr && is_left_to_users(*method->function);
      const bool is_own =
          method == nullptr || method->function->home == nullptr || !method->function->home->is_framework;
      if (unknown_base || (member && !is_left && (is_own || !is_open || name != "__call__"))) return std::nullopt;
      is_open = is_open || is_left;
    }
    std::vector<std::string> methods;
    for (const HeapId base : run.linear_bases(cell, unknown_base)) {
      for (const auto& [name, member] : run.heap().read<ClassData>(base).members) {
        const auto* method = member.as<FunctionV>();
        if (method == nullptr || method->function->home == nullptr || method->function->home->is_framework ||
            name.starts_with('_') || std::ranges::find(methods, name) != methods.end())
          continue;
        methods.push_back(name);
      }
    }
    return methods;
  });
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
  const std::string_view between = member_mark(module);
  const std::size_t at = qualname.rfind(between);
  if (at == std::string_view::npos) return std::nullopt;
  std::optional<Target> target = find_target(module, qualname.substr(0, at));
  if (!target || !target->class_id || target->function) return std::nullopt;
  target->inherited = qualname.substr(at + between.size());
  if (target->inherited == kCallOperator) target->inherited = "__call__";
  target->qualname = qualname;
  if (!find_method(library, dims, *target, target->inherited)) return std::nullopt;
  return target;
}

namespace {

// What a class hands down within its module: the losses among its methods, and itself where it is called.
class Heirs {
 public:
  Heirs(Library& library, DimTable& dims, const LoadedModule& module)
      : library_(library), dims_(dims), module_(module), program_(*module.program), facts_(facts_of(module)) {
    std::map<std::string_view, std::uint32_t> by_name;
    for (const ast::StmtId id : program_.body) {
      const auto* def = std::get_if<ast::ClassDef>(&program_.stmt(id).node);
      if (def == nullptr) continue;
      const ast::Class& type = program_.class_of(def->class_id);
      if (!type.bases.empty()) {
        const auto base = by_name.find(ast::last_name(program_, type.bases[0].value));
        if (base != by_name.end()) heirs_[base->second].push_back(def->class_id);
      }
      by_name[type.name] = def->class_id.index;
    }
  }

  std::vector<LossTarget> with_inherited(std::vector<LossTarget> found) {
    std::vector<LossTarget> out;
    for (LossTarget& loss : found) {
      const std::optional<Whole> whole = loss.is_helper ? std::nullopt : called_through_base(loss);
      if (!whole || !calls(whole->call, *loss.target.ast())) out.push_back(loss);
      if (whole) add(out, whole->loss);
    }
    for (const LossTarget& loss : found) {
      if (!loss.target.class_id || !loss.target.function || !loss.target.outer.empty()) continue;
      if (is_step(loss) || loss.is_helper) continue;
      add_heirs(out, loss, *loss.target.class_id, false, 0);
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

  static bool is_step(const LossTarget& loss) { return loss.reason == "a training step"; }

  LossTarget made(ast::ClassId id, std::string inherited, std::string reason) const {
    LossTarget out{.target = Target{.module = &module_, .class_id = id, .inherited = std::move(inherited)},
                   .reason = std::move(reason)};
    out.target.qualname = program_.class_of(id).name;
    if (!out.target.inherited.empty()) out.target.qualname += std::string(member_mark(module_)) + out.target.inherited;
    out.convention = convention_of(module_, out.target);
    return out;
  }

  // A part of a loss that its class's base calls.
  struct Whole {
    LossTarget loss;
    FoundMethod call;  ///< the base's
  };
  std::optional<Whole> called_through_base(const LossTarget& loss) {
    const Target& target = loss.target;
    if (!target.class_id || !target.function || !target.outer.empty() || is_step(loss) ||
        !is_called_by_base(program_, program_.class_of(*target.class_id)))
      return std::nullopt;
    const auto [known, is_new] = wholes_.emplace(target.class_id->index, std::nullopt);
    if (is_new) {
      LossTarget whole = made(*target.class_id, {}, "a loss class that is called through its base");
      if (const auto call = find_call(library_, dims_, whole.target)) known->second = Whole{std::move(whole), *call};
    }
    return known->second;
  }

  static bool calls(const FoundMethod& call, const ast::Function& part) {
    if (is_loss_name(part.name)) return true;
    const auto [first, last] = facts_of(*call.home).calls_in(call.ast().span);
    return std::any_of(first, last, [&](const auto& made) { return made.name == part.name; });
  }

  // The classes that inherit the loss and have methods of their own that the loss's class calls.
  void add_heirs(std::vector<LossTarget>& out, const LossTarget& loss, ast::ClassId from, bool any_hook,
                 int depth) const {
    const std::string& name = loss.target.ast()->name;
    const auto heirs = heirs_.find(from.index);
    if (heirs == heirs_.end() || depth > 64) return;
    for (const ast::ClassId heir : heirs->second) {
      const ast::Class& type = program_.class_of(heir);
      if (ast::own_method(program_, type, name)) continue;
      const auto [first, last] = facts_.calls_in(program_.class_of(*loss.target.class_id).span);
      const bool hooks = any_hook || std::any_of(first, last, [&](const auto& call) {
                           return call.is_plain && ast::own_method(program_, type, call.name).has_value();
                         });
      if (hooks) add(out, is_call_method(name) ? made(heir, {}, loss.reason) : made(heir, name, loss.reason));
      add_heirs(out, loss, heir, hooks, depth + 1);
    }
  }

  Library& library_;
  DimTable& dims_;
  const LoadedModule& module_;
  const ast::Module& program_;
  const ModuleFacts& facts_;
  std::map<std::uint32_t, std::vector<ast::ClassId>>
      heirs_;                                             ///< by class at top level: those that name it as first base
  std::map<std::uint32_t, std::optional<Whole>> wholes_;  ///< by class: itself, if its base calls it
};

}  // namespace

std::vector<LossTarget> find_losses(Library& library, DimTable& dims, const LoadedModule& module) {
  std::vector<LossTarget> found = find_losses(module);
  if (module.program == nullptr || module.dialect == Dialect::loss) return found;
  return Heirs(library, dims, module).with_inherited(std::move(found));
}

}  // namespace shapelint
