// Names, scopes and modules. A user's module is not run as a whole: a name runs the statements that decide it, in their
// order, so that importing one loss of a large package costs that loss. Framework modules load definition by
// definition (see library.h).
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

Value Run::lookup(const std::string& name, const Span& span) {
  // An expression of the command line: sizes come before what the target's module knows, and that before packages.
  const bool stated = here().home == nullptr;
  const auto size = stated ? input_->symbols.find(name) : input_->symbols.end();
  const bool is_size = size != input_->symbols.end();
  const LoadedModule* module = nullptr;
  HeapId scope = here().scope;
  for (int level = 0; level < 256; ++level) {
    const ScopeData& data = heap().read<ScopeData>(scope);
    if (data.module != nullptr) {
      if (is_size) break;
      module = data.module;
      if (auto member = member_of(*module, module->name, name)) {
        // What a module could not make is said where it is used.
        if (const auto* u = member->as<UnknownV>(); u != nullptr && !here().in_framework && !halted())
          note_unknown(span, *u->reason);
        return std::move(*member);
      }
      break;
    }
    if (const auto it = data.names.find(name); it != data.names.end()) return it->second;
    if (!data.has_parent) break;
    scope = data.parent;
  }
  if (is_size) return IntV{size->second};
  if (name == "__class__" && here().owner != nullptr) return ClassV{*here().owner};
  if (name == "__debug__") return true;
  if (here().home != nullptr && here().home->dialect == Dialect::loss) {
    if (const Op* op = find_op(name)) return OpV{op};
  }
  if (const Builtin* builtin = find_builtin(name)) return BuiltinV{builtin};
  // Definitions name the modules below theirs without an import.
  if (module != nullptr && module->is_framework) {
    if (const auto member = module_member(module->name, name)) return *member;
  }
  if (stated && is_framework_package(name)) return import_module(name, span);
  return unknown(span, fmt::format("the name `{}` is not defined", name));
}

void Run::bind(const std::string& name, Value value) {
  if (const auto it = here().outer_names.find(name); it != here().outer_names.end()) {
    HeapId scope = here().scope;
    while (true) {
      const ScopeData& data = heap().read<ScopeData>(scope);
      if (it->second && data.module != nullptr) own_name(*data.module, name);  // so that it does not run later
      const bool target =
          it->second ? data.module != nullptr : scope.index != here().scope.index && data.names.contains(name);
      if (target || !data.has_parent) break;
      scope = data.parent;
    }
    heap().write<ScopeData>(scope).names[name] = std::move(value);
    return;
  }
  heap().write<ScopeData>(here().scope).names[name] = std::move(value);
}

// ---- module scopes -----------------------------------------------------------------------------------------------

HeapId Run::module_scope(const LoadedModule& module) {
  if (const auto it = modules_.find(&module); it != modules_.end()) return it->second.scope;
  ScopeData scope;
  scope.module = &module;
  scope.names["__name__"] = make_str(module.name);
  scope.names["__doc__"] = NoneV{};
  scope.names["__file__"] = make_str(library_->sources().file(module.source).name());
  ModuleState state;
  state.scope = heap().make(std::move(scope));
  if (module.program != nullptr) state.started.resize(module.program->body.size(), false);
  const HeapId cell = state.scope;
  modules_.emplace(&module, std::move(state));
  if (module.program != nullptr) note_frameworks(module);
  return cell;
}

// Which frameworks a module imports decides whose methods its tensors have, also before the import's name is used.
void Run::note_frameworks(const LoadedModule& module) {
  std::vector<std::string> found;
  for (const std::string& path : module.index.imports) {
    const ResolvedPath resolved = resolve_alias(path);
    const std::string package = resolved.path.substr(0, resolved.path.find('.'));
    if (package == "shapelint" || !is_framework_package(package)) continue;
    for (const auto& [name, number] : resolved.implies) versions_.emplace(name, number);
    if (std::ranges::find(packages_, package) == packages_.end() && std::ranges::find(found, package) == found.end())
      found.push_back(package);
  }
  // Where another framework is used as well, its tensors are what losses get; arrays are made on the side.
  std::ranges::stable_partition(found, [](const std::string& package) { return package != "numpy"; });
  packages_.insert(packages_.end(), found.begin(), found.end());
}

void Run::run_statement(const LoadedModule& module, std::uint32_t index) {
  ModuleState& state = modules_.at(&module);
  if (state.started[index]) return;
  state.started[index] = true;
  ++loads_;
  // A definition that needs the one before it, which needs the one before it, ...: in order none has to wait.
  constexpr int kMaxNested = 48;
  if (nested_statements_ >= kMaxNested) {
    for (std::uint32_t earlier = 0; earlier < index; ++earlier) {
      const auto& node = module.program->stmt(module.program->body[earlier]).node;
      const bool defines = std::holds_alternative<ast::ClassDef>(node) ||
                           std::holds_alternative<ast::FunctionDef>(node) || std::holds_alternative<ast::Assign>(node);
      if (!defines || state.started[earlier]) continue;
      if (nested_statements_ > 2 * kMaxNested) return;
      run_statement(module, earlier);
    }
  }
  Activation activation;
  activation.frame = FrameId{0};
  activation.scope = state.scope;
  activation.module = module.program.get();
  activation.home = &module;
  ActivationGuard guard(*this, activation);
  // Nothing forks here, what fails must not end the path, and what was not understood is said where it is used.
  const Flow flow_before = flow_;
  const std::optional<Raised> raised_before = raised_;
  const std::uint32_t limit_before = state.limit;
  const std::size_t exprs = trace_.exprs.size();
  const std::size_t conflicts = trace_.conflicts.size();
  const std::size_t breaks = trace_.contract_breaks.size();
  const std::size_t unknowns = trace_.unknowns.size();
  const int calls_before = calls_;
  calls_ = 0;
  flow_ = Flow::normal;
  state.limit = index;
  ++joins_;
  ++nested_statements_;
  exec(module.program->body[index]);
  --nested_statements_;
  --joins_;
  state.limit = limit_before;
  calls_ = calls_before;
  trace_.exprs.resize(exprs);
  trace_.conflicts.resize(conflicts);
  trace_.contract_breaks.resize(breaks);
  if (*steps_left_ == 0) return;
  trace_.unknowns.resize(unknowns);
  flow_ = flow_before;
  raised_ = raised_before;
}

std::optional<Value> Run::own_name(const LoadedModule& module, const std::string& name) {
  const HeapId scope = module_scope(module);
  const auto bound = [&]() -> std::optional<Value> {
    const auto& names = heap().read<ScopeData>(scope).names;
    if (const auto it = names.find(name); it != names.end()) return it->second;
    return std::nullopt;
  };
  if (module.program != nullptr) {
    const auto it = module.index.statements.find(name);
    if (it == module.index.statements.end() || halted()) return bound();
    const ModuleState& state = modules_.at(&module);
    for (const std::uint32_t index : it->second) {
      if (index < state.limit && !state.started[index]) run_statement(module, index);
    }
    if (auto value = bound()) return value;
    // Modules that import each other begin in the middle, not where the user's program would.
    for (const std::uint32_t index : it->second) run_statement(module, index);
    return bound();
  }
  if (auto value = bound()) return value;
  const auto it = module.definitions.find(name);
  if (it == module.definitions.end()) return std::nullopt;
  for (const std::size_t index : it->second) run_chunk(module, index);
  return bound();
}

void Run::run_chunk(const LoadedModule& module, std::size_t index) {
  if (!executed_chunks_.try_emplace(std::pair{&module, index}, true).second) return;
  ++loads_;
  Activation activation;
  activation.frame = trace_.frames.empty() ? FrameId{0} : here().frame;
  activation.scope = module_scope(module);
  activation.module = &library_->chunk(module, index);
  activation.home = &module;
  activation.in_framework = true;
  ActivationGuard guard(*this, activation);
  exec_block(activation.module->body);
}

// Does `from path import *` bring `name`?
bool Run::exports(const std::string& path, const std::string& name) {
  const LoadedModule* module = library_->find(path);
  if (module != nullptr && !module->is_framework) {
    if (const auto all = own_name(*module, "__all__")) {
      const auto items = all->is_unknown() ? std::nullopt : elements(*all, {});
      if (items) {
        Tri found = Tri::no;
        for (const Value& item : *items) found = found | equal(item, make_str(name));
        return found != Tri::no;
      }
    }
  }
  return !name.starts_with('_');
}

std::optional<Value> Run::member_of(const LoadedModule& module, const std::string& path, const std::string& name) {
  if (auto value = own_name(module, name)) return value;
  const HeapId scope = module_scope(module);
  if (module.program != nullptr) {
    const std::uint32_t limit = modules_.at(&module).limit;
    for (const std::uint32_t index : module.index.stars) {
      if (index < limit) run_statement(module, index);
    }
  }
  for (const std::size_t index : module.star_imports) run_chunk(module, index);
  if (heap().read<ScopeData>(scope).stars.empty()) return std::nullopt;
  const std::vector<std::string> stars = heap().read<ScopeData>(scope).stars;
  if (std::ranges::find(searching_, path) != searching_.end()) return std::nullopt;
  // Modules may star-import each other. The last star that has the name wins.
  searching_.push_back(path);
  std::optional<Value> found;
  for (std::size_t i = stars.size(); i-- > 0 && !found;) {
    if (std::ranges::find(searching_, stars[i]) != searching_.end() || !exports(stars[i], name)) continue;
    found = module_member(stars[i], name);
  }
  searching_.pop_back();
  return found;
}

std::optional<Value> Run::module_member(const std::string& path, const std::string& name) {
  if (path == "shapelint" || path == "shapelint.op") {
    if (path == "shapelint.op") {
      if (const Op* op = find_op(name)) return OpV{op};
      return std::nullopt;
    }
    return shapelint_member(*this, name);
  }
  // Definitions mean Python's own `random`, whatever lies beside the user's files.
  const bool is_own = here().in_framework && is_standard_module(path);
  const LoadedModule* module = is_own ? nullptr : library_->find(path);
  if (module != nullptr) {
    if (auto found = member_of(*module, path, name)) return found;
  } else if (auto found = standard_member(*this, path, name)) {
    return found;
  }
  const std::string below = path + "." + name;
  const ResolvedPath resolved = resolve_alias(below);
  if (library_->has_framework_path(resolved.path) ||
      (module != nullptr && !module->is_framework && module->is_package && library_->find(below) != nullptr)) {
    return import_module(below, {});
  }
  if (module != nullptr && module->program != nullptr && !name.starts_with("__")) {
    if (const auto getattr = own_name(*module, "__getattr__"); getattr && getattr->as<FunctionV>() != nullptr)
      return call(*getattr, CallArguments{.positional = {make_str(name)}, .spans = {Span{}}}, {}, {});
  }
  return std::nullopt;
}

// ---- imports -----------------------------------------------------------------------------------------------------

Value Run::import_module(const std::string& path, const Span& span) {
  const ResolvedPath resolved = resolve_alias(path);
  for (const auto& [package, number] : resolved.implies) versions_.emplace(package, number);
  if (resolved.path == "shapelint" || resolved.path.starts_with("shapelint.")) return make_module(resolved.path);
  const std::string package = resolved.path.substr(0, resolved.path.find('.'));
  const bool framework = is_framework_package(package);
  // Whose tensors the code works on decides how they are indexed and whether they change, defined here or not.
  if ((framework || has_tensors(package)) && !here().in_framework &&
      std::ranges::find(packages_, package) == packages_.end()) {
    packages_.push_back(package);
  }
  if (framework) {
    if (library_->has_framework_path(resolved.path)) return make_module(resolved.path);
    return unknown(span, fmt::format("`{}` is not known", resolved.path));
  }
  if (is_standard_module(resolved.path)) return make_module(resolved.path);
  if (library_->find(resolved.path) != nullptr || library_->has_framework_path(resolved.path))
    return make_module(resolved.path);
  if (library_->find(package) != nullptr) return make_unknown(fmt::format("module `{}` is not in the project", path));
  return make_unknown(fmt::format("package `{}` is not known", package));
}

std::string Run::absolute_module(const ast::ImportFrom& node) const {
  if (node.level == 0) return node.module;
  const LoadedModule* home = stack_.back()->home;
  std::string base = home != nullptr ? home->name : "";
  int up = node.level - (home != nullptr && home->is_package ? 1 : 0);
  while (up-- > 0) {
    const std::size_t dot = base.rfind('.');
    base = dot == std::string::npos ? "" : base.substr(0, dot);
  }
  if (base.empty()) return node.module;
  return node.module.empty() ? base : base + "." + node.module;
}

void Run::exec_import(const ast::Import& node) {
  for (const ast::ImportedName& module : node.modules) {
    const Value whole = import_module(module.name, module.span);
    if (whole.is_unknown() && here().import_guards > 0 && !is_framework_package(module.name)) {
      raise(module.span, fmt::format("ModuleNotFoundError: {}", *whole.as<UnknownV>()->reason));
      return;
    }
    if (!module.alias.empty()) {
      bind(module.alias, whole);
      continue;
    }
    // `import a.b` binds `a`.
    const std::size_t dot = module.name.find('.');
    bind(module.name.substr(0, dot),
         dot == std::string::npos ? whole : import_module(module.name.substr(0, dot), module.span));
  }
}

void Run::exec_import_from(const ast::ImportFrom& node, const Span& span) {
  const std::string path = absolute_module(node);
  // Inside a framework's own package (`local.torch.nn`, see module_place), what is defined here stands for what is
  // written there, and what is not defined here is the package's own.
  constexpr std::string_view kLocal = "local.";
  const bool inside = here().home != nullptr && here().home->name.starts_with(kLocal) && is_framework_package(path);
  const auto own_module = [&] { return import_module(std::string(kLocal) + path, span); };
  const bool only_own = inside && !library_->has_framework_path(resolve_alias(path).path);
  const Value module = only_own ? own_module() : import_module(path, span);
  const std::string defined = path.starts_with(kLocal) ? resolve_alias(path.substr(kLocal.size())).path : "";
  const bool is_defined = !defined.empty() && library_->has_framework_path(defined);
  const bool expected_to_fail = here().import_guards > 0 && !is_framework_package(path);
  if (module.is_unknown() && expected_to_fail) {
    raise(span, fmt::format("ModuleNotFoundError: {}", *module.as<UnknownV>()->reason));
    return;
  }
  for (const ast::ImportedName& name : node.names) {
    if (name.name == "*") {
      if (const auto* known = module.as<ModuleV>()) heap().write<ScopeData>(here().scope).stars.push_back(*known->path);
      continue;
    }
    Value value;
    const auto definition = is_defined ? module_member(defined, name.name) : std::nullopt;
    if (definition) {
      value = *definition;
    } else if (const auto* known = module.as<ModuleV>()) {
      auto member = module_member(*known->path, name.name);
      if (!member && inside) {
        if (const Value own = own_module(); own.as<ModuleV>() != nullptr)
          member = module_member(*own.as<ModuleV>()->path, name.name);
      }
      if (!member && expected_to_fail && !is_standard_module(*known->path)) {
        raise(name.span, fmt::format("ImportError: cannot import name '{}' from '{}'", name.name, *known->path));
        return;
      }
      value = member ? *member : unknown(name.span, fmt::format("`{}.{}` is not known", *known->path, name.name));
    } else {
      value = module;
    }
    bind(name.alias.empty() ? name.name : name.alias, std::move(value));
  }
}

}  // namespace shapelint
