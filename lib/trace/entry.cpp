// The three stages of a path: the top level of the target's module, what stands around the target (the functions that
// it is defined in, the object whose method it is), and the target itself. What a stage leaves can be copied, so that
// only what differs is run again: the tracer keeps the first for all inputs of a target, and the second for all paths.
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/run.h"
#include "lib/trace/targets.h"

namespace shapelint {

Trace Run::finish(Value result) {
  if (!halted()) result = current_deep(result);
  // What a constructor leaves unknown matters when the target comes across it.
  if (!met_unknown_ && trace_.unknowns.size() == entry_.unknowns) trace_.unknowns.clear();
  trace_.result = std::move(result);
  // What the user stated about sizes (`assert x.shape[1] == 4`) shows in what comes back.
  const auto& learnt = facts_.assumptions();
  if (std::ranges::all_of(learnt, [](const Assumption& a) { return a.stated; })) {
    for (const TensorId id : tensors_in(trace_.result, trace_.heap)) {
      if (trace_.tensors[id.index].shape)
        trace_.tensors[id.index].shape = facts_.resolve(*trace_.tensors[id.index].shape);
    }
  }
  trace_.assumptions = facts_.assumptions();
  if (flow_ == Flow::raised && raised_) {
    trace_.end = PathEnd::raised;
    trace_.end_reason = raised_->message;
    trace_.end_span = trace_.user_span(raised_->span, raised_->frame);
    if (trace_.frame(raised_->frame).is_framework) {
      trace_.conflicts.push_back({"raise", raised_->message, raised_->span, raised_->frame, true, {}});
    }
  }
  return std::move(trace_);
}

// A module's top level as the target itself, as `python FILE` runs it.
Trace Run::run_script(const LoadedModule& module) {
  trace_.root = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
  trace_.frames.push_back(Frame{.function = std::string(kModuleBody), .module = module.program.get(), .depth = 1});
  ScopeData scope;
  scope.module = &module;
  scope.names["__name__"] = make_str("__main__");
  scope.names["__doc__"] = NoneV{};
  scope.names["__file__"] = make_str(library_->sources().file(module.source).name());
  Activation activation;
  activation.frame = trace_.root;
  activation.scope = heap().make(std::move(scope));
  activation.module = module.program.get();
  activation.home = &module;
  ActivationGuard guard(*this, activation);
  // Its statements run here, in their order, and not when a name is asked for.
  ModuleState state;
  state.scope = activation.scope;
  state.started.resize(module.program->body.size(), true);
  modules_.emplace(&module, std::move(state));
  note_frameworks(module);
  exec_block(module.program->body);
  return finish(NoneV{});
}

// A function that a name is bound to, with the arguments that the world states for what is left of its parameters.
std::optional<Value> Run::call_bound(const Value& callee) {
  const auto* bound = callee.as<BoundV>();
  const auto* f = (bound != nullptr ? bound->call->callee : callee).as<FunctionV>();
  if (f == nullptr) return std::nullopt;
  const FunctionObject function = *f->function;
  const auto& params = function.ast().params;
  const std::size_t given = bound != nullptr ? bound->call->arguments.size() : 0;
  std::vector<Binding> stated = input_->parameters;
  // What `partial` fixed is no parameter any more, unless the world states it anew.
  CallArguments all = arguments_for(function, false, stated, given == 0 && bound == nullptr);
  CallArguments args;
  for (std::size_t i = given; i < all.positional.size() && i < params.size(); ++i) {
    all.keywords.emplace_back(params[i].name, all.positional[i]);
    all.keyword_spans.push_back(all.spans[i]);
  }
  for (std::size_t k = 0; k < all.keywords.size(); ++k) {
    const std::string& name = all.keywords[k].first;
    const bool is_fixed = bound != nullptr && std::ranges::any_of(bound->call->keywords, [&](const auto& keyword) {
                            return keyword.first == name;
                          });
    const bool is_stated = std::ranges::any_of(stated, [&](const Binding& b) { return b.name == name; });
    if (is_fixed && !is_stated) continue;
    const auto param = std::ranges::find(params, name, &ast::Param::name);
    if (param != params.end() && param->kind == ast::Param::Kind::positional_only && !is_fixed) {
      args.positional.push_back(all.keywords[k].second);
      args.spans.push_back(all.keyword_spans[k]);
      continue;
    }
    args.keywords.push_back(all.keywords[k]);
    args.keyword_spans.push_back(all.keyword_spans[k]);
  }
  return call(callee, std::move(args), function.ast().name_span, function.ast().name_span);
}

const FunctionObject* Run::Entry::function_object() const {
  const auto* f = function.as<FunctionV>();
  return f != nullptr ? f->function.get() : nullptr;
}

std::optional<std::uint32_t> statement_around(const Target& target) {
  const ast::Module& module = *target.module->program;
  if (is_module_body(target)) return std::nullopt;
  const Span place = target.outer.empty() ? target.class_id   ? module.class_of(*target.class_id).span
                                            : target.function ? module.function(*target.function).span
                                                              : module.stmt(*target.binding).span
                                          : module.function(target.outer.front()).span;
  for (std::uint32_t i = 0; i < module.body.size(); ++i) {
    const Span& span = module.stmt(module.body[i]).span;
    if (span.begin <= place.begin && place.end <= span.end) return i;
  }
  return std::nullopt;
}

void Run::load(const Target& target) {
  trace_.frames.push_back(Frame{.function = "<module>", .module = target.module->program.get()});
  target_module_ = target.module->program.get();
  base_.module = target_module_;
  base_.home = target.module;
  base_.scope = heap().make(ScopeData{});
  if (is_module_body(target)) return;
  ActivationGuard guard(*this, base_);
  base_.scope = module_scope(*target.module);
  target_scope_ = base_.scope;
  ++joins_;  // no forks before the target runs
  if (const auto statement = statement_around(target)) run_statement(*target.module, *statement);
  --joins_;
}

// The method of a class, own or inherited, and the object that it is called on.
void Run::set_up_method(const Target& target, HeapId class_cell, const std::string& name) {
  bool unknown_base = false;
  const auto member = class_member(class_cell, name, unknown_base);
  const auto* descriptor = member ? member->as<DescriptorV>() : nullptr;
  const Value* found = descriptor != nullptr ? descriptor->function.get() : member ? &*member : nullptr;
  if (const auto* method = found != nullptr ? found->as<FunctionV>() : nullptr; method != nullptr && !target.function) {
    if (method->function->wrapped != nullptr) entry_.wrapper = method->function;
    entry_.function = FunctionV{std::shared_ptr<const FunctionObject>(method->function, &method->function->written())};
  }
  if (descriptor != nullptr && descriptor->kind == DescriptorV::Kind::static_method) return;
  entry_.self = make_object(class_cell);
  entry_.bound = true;
}

// The function that makes the target. It may do much beside, as a script's does, and gets half of the steps. What is
// not understood there is said where the target meets it.
void Run::call_around_target(const FunctionObject& object, const Value* self, CallArguments args) {
  const std::size_t unknowns = trace_.unknowns.size();
  std::uint64_t* const all_steps = steps_left_;
  const std::uint64_t share = *all_steps / 2;
  std::uint64_t left = share;
  steps_left_ = &left;
  // Its frame would be the target's otherwise.
  call_function(object, self, std::move(args), object.ast().span);
  steps_left_ = all_steps;
  *all_steps -= share - left;
  const bool is_cancelled = input_->budget.cancel != nullptr && *input_->budget.cancel;
  if (flow_ == Flow::stopped && !is_cancelled) {
    flow_ = Flow::normal;
    trace_.end = PathEnd::returned;
    trace_.end_reason.clear();
    trace_.end_span = {};
  }
  if (flow_ == Flow::raised) {
    flow_ = Flow::normal;
    raised_.reset();
  }
  trace_.unknowns.resize(std::min(unknowns, trace_.unknowns.size()));
}

void Run::set_up(const Target& target) {
  if (is_module_body(target)) return;
  ActivationGuard guard(*this, base_);
  ++joins_;
  for (const ast::FunctionId outer : target.outer) {
    const Value function = function_value(target, outer);
    const auto* f = function.as<FunctionV>();
    if (f == nullptr) continue;
    const FunctionObject object = *f->function;
    CallArguments args;
    Value self;
    const bool is_method = object.owner != nullptr;
    if (is_method) self = make_object(*object.owner);
    const auto used =
        outer == target.outer.front() && !is_method ? literal_call_of(target, object.ast().name) : std::nullopt;
    args = used ? *used : arguments_for(object, is_method, input_->parameters, false);
    if (is_method) {
      args.positional.insert(args.positional.begin(), self);
      args.spans.insert(args.spans.begin(), Span{});
    }
    call_around_target(object, is_method ? &self : nullptr, std::move(args));
  }
  if (target.function) {
    entry_.function = function_value(target, *target.function);
    if (const auto made = decorated_.find(target.function->index); made != decorated_.end())
      entry_.wrapper = made->second.function;
  }
  if (target.class_id) {
    const auto cell = classes_.find(target.class_id->index);
    const std::string name = target.function ? target.ast()->name : target.inherited;
    if (cell == classes_.end()) {
      entry_.self = make_unknown("an object whose class was not reached");
      entry_.bound = true;
    } else if (name.empty()) {
      entry_.callee = make_object(cell->second);
    } else {
      set_up_method(target, cell->second, name);
    }
  } else if (const auto value = own_name(*target.module, target.qualname)) {
    entry_.callee = *value;
    if (const auto* type = entry_.callee.as<ClassV>()) entry_.callee = make_object(type->cell);
  }
  if (target.class_id) live_through(entry_.bound ? entry_.self : entry_.callee, target.ast());
  if (input_->stored && target.ast() != nullptr) live_through_globals(*target.module, *target.ast());
  // Closure variables that the command line states.
  if (const FunctionObject* function = entry_.function_object()) {
    for (const Binding& binding : input_->parameters) {
      if (binding.name.find('.') != std::string::npos || binding.is_local()) continue;
      bool is_param = false;
      for (const ast::Param& param : function->ast().params) is_param = is_param || param.name == binding.name;
      if (is_param) continue;
      HeapId scope = function->closure;
      for (int level = 0; level < 64; ++level) {
        if (const LoadedModule* module = heap().read<ScopeData>(scope).module) own_name(*module, binding.name);
        if (heap().read<ScopeData>(scope).names.contains(binding.name)) {
          const Value value = bind_parameter(binding, {});
          heap().write<ScopeData>(scope).names[binding.name] = value;
          break;
        }
        const ScopeData& data = heap().read<ScopeData>(scope);
        if (!data.has_parent) break;
        scope = data.parent;
      }
    }
  }
  --joins_;
  trace_.conflicts.clear();
  trace_.exprs.clear();
  entry_.unknowns = trace_.unknowns.size();
  met_unknown_ = false;
}

Trace Run::follow(const Target& target, Decisions& decisions) {
  ActivationGuard guard(*this, base_);
  decisions_ = &decisions;
  decisions.next = 0;
  if (is_module_body(target)) return run_script(*target.module);
  trace_.first_step = StepId{static_cast<std::uint32_t>(trace_.steps.size())};
  trace_.root = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
  trace_.draws.clear();  // what the object was filled with is no batch
  if (halted()) {
    trace_.frames.push_back(Frame{.function = target.qualname, .module = target_module_});
    return finish(make_unknown("the set-up of the target ended before it ran"));
  }

  CallArguments args;
  if (const FunctionObject* function = entry_.function_object()) {
    const std::shared_ptr<const FunctionObject> wrapper = entry_.wrapper;
    const FunctionObject held = wrapper != nullptr ? *wrapper : *function;
    args = wrapper != nullptr ? arguments_through(held, entry_.bound)
                              : arguments_for(held, entry_.bound, input_->parameters, true);
    if (entry_.bound) {
      args.positional.insert(args.positional.begin(), entry_.self);
      args.spans.insert(args.spans.begin(), Span{});
    }
    return finish(call_function(held, entry_.bound ? &entry_.self : nullptr, std::move(args), held.ast().name_span));
  }
  const Value& callee = entry_.callee;
  if (callee.as<FunctionV>() != nullptr || callee.as<BoundV>() != nullptr) {
    if (auto result = call_bound(callee)) return finish(std::move(*result));
  }
  if (callee.as<ObjectV>() != nullptr) {
    // An object that is called: its arguments by the parameters of its own `call`/`forward`, through `__call__`.
    Value method;
    for (const std::string_view name : kCallMethods) {
      const auto found = find_attribute(callee, std::string(name), {});
      if (found && !found->is_unknown()) {
        method = *found;
        break;
      }
    }
    const auto* bound_method = method.as<BoundV>();
    const auto* inner = bound_method != nullptr ? bound_method->call->callee.as<FunctionV>() : nullptr;
    if (inner != nullptr) {
      args = inner->function->wrapped != nullptr ? arguments_through(*inner->function, true)
                                                 : arguments_for(*inner->function, true, input_->parameters, true);
      // Parameters that only the caller knows (`sample_weight` of `keras.losses.Loss.__call__`).
      const auto entry = find_attribute(callee, "__call__", {});
      const auto* entry_bound = entry ? entry->as<BoundV>() : nullptr;
      const auto* entry_function = entry_bound != nullptr ? entry_bound->call->callee.as<FunctionV>() : nullptr;
      if (entry_function != nullptr && entry_function->function != inner->function) {
        for (const ast::Param& param : entry_function->function->ast().params) {
          for (const Binding& binding : input_->parameters) {
            bool known = false;
            for (const ast::Param& own : inner->function->ast().params) known = known || own.name == binding.name;
            if (binding.name == param.name && !known) {
              args.keywords.emplace_back(binding.name, bind_parameter(binding, {}));
              args.keyword_spans.push_back({});
            }
          }
        }
      }
      trace_.root = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
      return finish(call(callee, std::move(args), inner->function->ast().name_span, inner->function->ast().name_span));
    }
  }
  trace_.frames.push_back(Frame{.function = target.qualname, .module = target_module_});
  return finish(make_unknown("the target could not be called"));
}

Trace Run::call_path(const std::string& path, const std::vector<Binding>& arguments) {
  trace_.frames.push_back(Frame{.function = "<module>"});
  Activation base;
  base.scope = heap().make(ScopeData{});
  ActivationGuard guard(*this, base);
  const std::size_t dot = path.rfind('.');
  const ResolvedPath module = resolve_alias(path.substr(0, dot));
  const auto callee = module_member(module.path, path.substr(dot + 1));
  trace_.root = FrameId{1};
  if (!callee) {
    trace_.frames.push_back(Frame{.function = path});
    return finish(make_unknown(fmt::format("`{}` is not known", path)));
  }
  CallArguments args;
  for (const Binding& binding : arguments) {
    args.keywords.emplace_back(binding.name, bind_parameter(binding, {}));
    args.keyword_spans.push_back({});
  }
  const Value result = call(*callee, std::move(args), {}, {});
  if (trace_.frames.size() == 1) trace_.frames.push_back(Frame{.function = path});
  return finish(result);
}

}  // namespace shapelint
