// Set-up of a path: the module's top level, the functions around the target, the object whose method it is, and the
// parameters as the world states them.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lib/trace/run.h"
#include "lib/trace/targets.h"

namespace shapelint {

Run::Run(Library& library, DimTable& dims, const TraceInput& input, std::uint64_t& steps_left)
    : library_(&library),
      dims_(&dims),
      input_(&input),
      steps_left_(&steps_left),
      facts_(dims, input.batch),
      sizes_(input.sizes),
      versions_(input.versions) {}

int Run::version(const std::string& package) const {
  if (const auto it = versions_.find(package); it != versions_.end()) return it->second;
  return package == "keras" ? kDefaultKerasVersion : 0;
}

// ---- events ------------------------------------------------------------------------------------------------------

bool Run::spend(const Span& span, std::size_t work) {
  if (input_->budget.cancel != nullptr && input_->budget.cancel->load(std::memory_order_relaxed)) {
    *steps_left_ = 0;  // no other path either
    stop(span, "stopped on request");
    return false;
  }
  if (*steps_left_ < work || *steps_left_ == 0) {
    *steps_left_ = 0;
    stop(span, "the step budget is spent");
    return false;
  }
  *steps_left_ -= work;
  return true;
}

void Run::stop(const Span& span, std::string reason) {
  if (flow_ == Flow::stopped) return;
  flow_ = Flow::stopped;
  trace_.end = PathEnd::exhausted;
  trace_.end_span = stack_.empty() ? span : trace_.user_span(span, here().frame);
  trace_.end_reason = reason;
  note_unknown(span, reason);
}

void Run::note_unknown(const Span& span, const std::string& reason) {
  const Span place = stack_.empty() ? span : trace_.user_span(span, here().frame);
  for (const UnknownEvent& event : trace_.unknowns) {
    if (event.span == place && event.reason == reason) return;
  }
  if (trace_.unknowns.size() < 1000) trace_.unknowns.push_back({place, reason});
  // What is not understood is worth less work the more there is of it: a script of which one place in ten is unknown
  // would else cost as much as all the losses of its repository.
  constexpr std::size_t kUnknownCost = 1000;
  if (nested_statements_ == 0 && !concrete() && !halted()) spend(span, kUnknownCost);
}

Value Run::unknown(const Span& span, std::string reason) {
  if (!halted()) note_unknown(span, reason);
  return make_unknown(std::move(reason));
}

Value Run::conflict(const Span& span, ShapeConflict what, std::vector<TensorId> operands) {
  std::string reason = what.message;
  trace_.conflicts.push_back(
      {std::move(what.label), std::move(what.message), span, here().frame, false, std::move(operands)});
  return make_unknown(std::move(reason));
}

Value Run::raise(const Span& span, std::string message) {
  if (!halted()) {
    // `KeyError: x` says its type.
    std::vector<std::string> types;
    const std::size_t colon = message.find(':');
    const std::string type = message.substr(0, std::min(colon, message.size()));
    if (type.ends_with("Error") && type.find(' ') == std::string::npos) types.push_back(type);
    raised_ = Raised{span, here().frame, std::move(message), std::move(types)};
    flow_ = Flow::raised;
  }
  return make_unknown("an exception was raised");
}

// ---- literals ----------------------------------------------------------------------------------------------------

Value Run::parse_literal(const std::string& text, const Span& span) {
  if (text == "None") return NoneV{};
  if (text == "True") return true;
  if (text == "False") return false;
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc() && end == text.data() + text.size()) return IntV{dims_->number(whole)};
  const ast::Module& module = library_->expression(text);
  for (const ast::Issue& issue : module.issues) {
    if (issue.is_error) return unknown(span, fmt::format("`{}` is no Python literal", text));
  }
  if (module.body.size() != 1) return unknown(span, fmt::format("`{}` is no Python literal", text));
  const auto* stmt = std::get_if<ast::ExprStmt>(&module.stmt(module.body[0]).node);
  if (stmt == nullptr) return unknown(span, fmt::format("`{}` is no Python literal", text));
  Activation activation;
  activation.frame = stack_.empty() ? FrameId{0} : here().frame;
  // `nn.BCELoss()` means what it would mean in the target's module.
  ScopeData scope;
  scope.has_parent = target_scope_.has_value();
  if (target_scope_) scope.parent = *target_scope_;
  activation.scope = heap().make(std::move(scope));
  activation.module = &module;
  activation.in_framework = true;  // no expression of the user's
  ActivationGuard guard(*this, activation);
  return eval(stmt->value);
}

// ---- worlds ------------------------------------------------------------------------------------------------------

Value Run::bind_parameter(const Binding& binding, const Span& span) {
  if (const auto it = parameter_tensors_.find(binding.name); it != parameter_tensors_.end()) return TensorV{it->second};
  if (binding.is_tensor && binding.is_list) {
    ValueList items;
    for (std::size_t i = 0; i < binding.shapes.size(); ++i) {
      Tensor t{.shape = binding.shapes[i], .dtype = binding.dtype};
      if (i < binding.arrays.size()) t.array = binding.arrays[i];
      items.push_back(TensorV{add_tensor(
          std::move(t),
          Step{.kind = StepKind::parameter, .span = span, .parameter = fmt::format("{}[{}]", binding.name, i)})});
    }
    return ListV{heap().make(ListData{std::move(items)})};
  }
  if (binding.is_tensor) {
    Tensor t{.shape = binding.shape, .dtype = binding.dtype, .is_number = binding.is_number, .array = binding.array};
    if (!t.shape) t.unknown_reason = fmt::format("the shape of `{}` is not known", binding.name);
    const TensorId id =
        add_tensor(std::move(t), Step{.kind = StepKind::parameter, .span = span, .parameter = binding.name});
    parameter_tensors_.emplace(binding.name, id);
    return TensorV{id};
  }
  if (binding.literal) return parse_literal(*binding.literal, span);
  return make_unknown(fmt::format("the value of `{}` is not known", binding.name));
}

namespace {

// Does the function take its parts by `name.part`, not by `name["part"]`?
bool reads_attribute_of(const ast::Module& module, const ast::Function& function, const std::string& name) {
  const auto is_it = [&](ast::ExprId id) {
    const auto* found = std::get_if<ast::Name>(&module.expr(id).node);
    return found != nullptr && found->id == name;
  };
  bool by_key = false;
  bool by_attribute = false;
  for (const ast::Expr& expr : module.exprs) {
    if (!function.span.contains(expr.span)) continue;
    const auto* attr = std::get_if<ast::Attribute>(&expr.node);
    const auto* sub = std::get_if<ast::Subscript>(&expr.node);
    const auto is_method_of_dict = [](std::string_view member) {
      return member == "items" || member == "keys" || member == "values" || member == "get" || member == "pop" ||
             member == "update" || member == "copy";
    };
    by_attribute = by_attribute || (attr != nullptr && is_it(attr->value) && !is_method_of_dict(attr->name));
    by_key = by_key || (sub != nullptr && is_it(sub->value));
  }
  return by_attribute && !by_key;
}

}  // namespace

CallArguments Run::arguments_for(const FunctionObject& function, bool skip_self, const std::vector<Binding>& bindings,
                                 bool report_missing) {
  CallArguments args;
  const ast::Function& def = function.ast();
  // A C++ parameter's annotation may be `object(EXPRESSION)`: what a caller would hand over, by its type.
  const auto value_by_type = [&](const ast::Param& param) -> std::optional<Value> {
    if (!param.annotation.valid() || function.home == nullptr || function.home->dialect != Dialect::cxx)
      return std::nullopt;
    const auto* made = std::get_if<ast::Call>(&function.module->expr(param.annotation).node);
    if (made == nullptr || made->arguments.size() != 1) return std::nullopt;
    Activation activation;
    activation.frame = here().frame;
    activation.scope = function.closure;
    activation.module = function.module;
    activation.home = function.home;
    ActivationGuard guard(*this, activation);
    const std::size_t unknowns = trace_.unknowns.size();
    Value value = eval(made->arguments[0].value);
    if (flow_ == Flow::raised) {
      flow_ = Flow::normal;
      raised_.reset();
      value = make_unknown("");
    }
    if (!value.is_unknown()) return value;
    trace_.unknowns.resize(unknowns);
    return std::nullopt;
  };
  bool positional = true;
  for (std::size_t i = skip_self ? 1 : 0; i < def.params.size(); ++i) {
    const ast::Param& param = def.params[i];
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) {
      if (param.kind == ast::Param::Kind::star) positional = false;
      continue;
    }
    if (param.kind == ast::Param::Kind::keyword_only) positional = false;
    std::optional<Value> value;
    DictData parts;
    for (const Binding& binding : bindings) {
      if (binding.name == param.name) {
        value = bind_parameter(binding, param.name_span);
      } else if (binding.name.starts_with(param.name + ".")) {
        parts.items.emplace_back(make_str(binding.name.substr(param.name.size() + 1)),
                                 bind_parameter(binding, param.name_span));
      }
    }
    if (!value && !parts.items.empty()) {
      if (reads_attribute_of(*function.module, def, param.name)) {
        // `batch.obs`: an object of a class that nobody knows.
        ObjectData object{.type = make_unknown(fmt::format("the class of `{}` is not known", param.name)),
                          .attributes = {}};
        for (auto& [key, part] : parts.items) object.attributes.emplace(*key.as<StrV>()->text, std::move(part));
        value = ObjectV{heap().make(std::move(object))};
      } else {
        value = DictV{heap().make(std::move(parts))};
      }
    }
    if (!value && param.fallback.valid()) {
      positional = false;
      continue;
    }
    if (!value) value = value_by_type(param);
    if (!value) {
      const std::string reason = fmt::format("parameter `{}` has no known shape or value", param.name);
      if (report_missing) note_unknown(param.name_span, reason);
      value = make_unknown(reason);
    }
    if (positional) {
      args.positional.push_back(*value);
      args.spans.push_back(param.name_span);
    } else {
      args.keywords.emplace_back(param.name, *value);
      args.keyword_spans.push_back(param.name_span);
    }
  }
  return args;
}

Value Run::make_object(HeapId class_cell) {
  bool unknown_base = false;
  CallArguments args;
  if (const auto init = class_member(class_cell, "__init__", unknown_base)) {
    if (const auto* f = init->as<FunctionV>()) args = arguments_for(*f->function, true, input_->init, true);
  }
  // Constructor parameters by keyword, for `**kwargs` and for parameters that have defaults.
  Value object = construct(class_cell, std::move(args), {});
  if (flow_ == Flow::raised) {
    flow_ = Flow::normal;
    raised_.reset();
  }
  override_bindings(object, input_->parameters);
  return object;
}

void Run::override_bindings(const Value& object, const std::vector<Binding>& bindings) {
  for (const Binding& binding : bindings) {
    if (binding.name.starts_with("self."))
      set_attribute(object, binding.name.substr(5), bind_parameter(binding, {}), {});
  }
}

// `make_loss([1.0, 2.5])` somewhere in the module says with what a factory is used.
std::optional<CallArguments> Run::literal_call_of(const Target& target, const std::string& name) {
  const ast::Module& module = *target.module->program;
  const auto literal = [&](const auto& self, ast::ExprId id) -> bool {
    const auto& node = module.expr(id).node;
    if (const auto* list = std::get_if<ast::ListExpr>(&node)) {
      for (const ast::ExprId item : list->items) {
        if (!self(self, item)) return false;
      }
      return true;
    }
    if (const auto* tuple = std::get_if<ast::TupleExpr>(&node)) {
      for (const ast::ExprId item : tuple->items) {
        if (!self(self, item)) return false;
      }
      return true;
    }
    if (const auto* minus = std::get_if<ast::Unary>(&node)) return self(self, minus->operand);
    if (const auto* attr = std::get_if<ast::Attribute>(&node)) return self(self, attr->value);
    if (const auto* id_node = std::get_if<ast::Name>(&node)) {
      const auto value = own_name(*target.module, id_node->id);
      return value && !value->is_unknown();
    }
    return std::holds_alternative<ast::IntLiteral>(node) || std::holds_alternative<ast::FloatLiteral>(node) ||
           std::holds_alternative<ast::StringLiteral>(node) || std::holds_alternative<ast::BoolLiteral>(node) ||
           std::holds_alternative<ast::NoneLiteral>(node);
  };
  for (const ast::Expr& expr : module.exprs) {
    const auto* call_node = std::get_if<ast::Call>(&expr.node);
    if (call_node == nullptr) continue;
    const auto* callee = std::get_if<ast::Name>(&module.expr(call_node->function).node);
    if (callee == nullptr || callee->id != name) continue;
    CallArguments args;
    bool usable = true;
    for (const ast::Argument& argument : call_node->arguments) {
      usable = usable && literal(literal, argument.value) &&
               (argument.kind == ast::Argument::Kind::positional || argument.kind == ast::Argument::Kind::keyword);
      if (!usable) break;
      const Value value = eval(argument.value);
      const Span span = module.expr(argument.value).span;
      if (argument.kind == ast::Argument::Kind::keyword) {
        args.keywords.emplace_back(argument.name, value);
        args.keyword_spans.push_back(span);
      } else {
        args.positional.push_back(value);
        args.spans.push_back(span);
      }
    }
    if (usable) return args;
  }
  return std::nullopt;
}

Value Run::function_value(const Target& target, ast::FunctionId id) {
  if (const auto it = functions_.find(id.index); it != functions_.end()) return it->second;
  // Its definition was not reached (a branch that was not taken, an unknown call around it): take it as it stands.
  return make_function(id, target.qualname);
}

Trace Run::finish(Value result) {
  if (!halted()) result = current_deep(result);
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
Trace Run::run_script(const LoadedModule& module, Decisions& decisions) {
  trace_.root = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
  trace_.frames.push_back(Frame{.function = std::string(kModuleBody), .module = module.program.get(), .depth = 1});
  decisions_ = &decisions;
  decisions.next = 0;
  ScopeData scope;
  scope.module = &module;
  scope.names["__name__"] = make_str("__main__");
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

Trace Run::run(const Target& target, Decisions& decisions) {
  trace_.frames.push_back(Frame{.function = "<module>", .module = target.module->program.get()});
  target_module_ = target.module->program.get();
  Activation base;
  base.module = target_module_;
  base.home = target.module;
  base.scope = heap().make(ScopeData{});
  ActivationGuard guard(*this, base);
  if (is_module_body(target)) return run_script(*target.module, decisions);
  base.scope = module_scope(*target.module);
  target_scope_ = base.scope;

  ++joins_;  // no forks before the target runs
  const Span place = target.outer.empty() ? target.class_id   ? target_module_->class_of(*target.class_id).span
                                            : target.function ? target_module_->function(*target.function).span
                                                              : target_module_->stmt(*target.binding).span
                                          : target_module_->function(target.outer.front()).span;
  run_statement_around(*target.module, place);
  Value callee;
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
    // Its frame would be the target's otherwise.
    call_function(object, is_method ? &self : nullptr, std::move(args), object.ast().span);
    if (flow_ == Flow::raised) {
      flow_ = Flow::normal;
      raised_.reset();
    }
  }
  CallArguments args;
  Value self;
  bool bound = false;
  const FunctionObject* function = nullptr;
  Value function_holder;
  if (target.function) {
    function_holder = function_value(target, *target.function);
    if (const auto* f = function_holder.as<FunctionV>()) function = f->function.get();
    if (function != nullptr && target.class_id) {
      const auto cell = classes_.find(target.class_id->index);
      bool is_static = false;
      if (cell != classes_.end()) {
        bool unknown_base = false;
        const auto member = class_member(cell->second, function->ast().name, unknown_base);
        if (member) {
          const auto* descriptor = member->as<DescriptorV>();
          is_static = descriptor != nullptr && descriptor->kind == DescriptorV::Kind::static_method;
        }
        if (!is_static) {
          self = make_object(cell->second);
          bound = true;
        }
      } else {
        self = make_unknown("an object whose class was not reached");
        bound = true;
      }
    }
  } else if (target.class_id) {
    const auto cell = classes_.find(target.class_id->index);
    if (cell != classes_.end()) {
      self = make_object(cell->second);
      callee = self;
    }
  } else if (const auto value = own_name(*target.module, target.qualname)) {
    callee = *value;
    if (const auto* type = callee.as<ClassV>()) callee = make_object(type->cell);
  }
  // Closure variables that the command line states.
  if (function != nullptr) {
    for (const Binding& binding : input_->parameters) {
      if (binding.name.find('.') != std::string::npos) continue;
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
  trace_.first_step = StepId{static_cast<std::uint32_t>(trace_.steps.size())};
  trace_.root = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
  decisions_ = &decisions;
  decisions.next = 0;
  if (halted()) {
    trace_.frames.push_back(Frame{.function = target.qualname, .module = target_module_});
    return finish(make_unknown("the set-up of the target ended before it ran"));
  }

  if (function != nullptr) {
    args = arguments_for(*function, bound, input_->parameters, true);
    if (bound) {
      args.positional.insert(args.positional.begin(), self);
      args.spans.insert(args.spans.begin(), Span{});
    }
    const FunctionObject held = *function;
    return finish(call_function(held, bound ? &self : nullptr, std::move(args), held.ast().name_span));
  }
  if (callee.as<FunctionV>() != nullptr || callee.as<BoundV>() != nullptr) {
    if (auto result = call_bound(callee)) return finish(std::move(*result));
  }
  if (callee.as<ObjectV>() != nullptr) {
    // An object that is called: its arguments by the parameters of its own `call`/`forward`, through `__call__`.
    Value method;
    for (const char* name : {"forward", "call", "__call__"}) {
      const auto found = find_attribute(callee, name, {});
      if (found && !found->is_unknown()) {
        method = *found;
        break;
      }
    }
    const auto* bound_method = method.as<BoundV>();
    const auto* inner = bound_method != nullptr ? bound_method->call->callee.as<FunctionV>() : nullptr;
    if (inner != nullptr) {
      args = arguments_for(*inner->function, true, input_->parameters, true);
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
