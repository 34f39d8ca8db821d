// What a path is made of before it begins: events, literals, and the parameters as the world states them.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lib/language/walk.h"
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

Run::Run(const Run& loaded, const TraceInput& input, std::uint64_t& steps_left) : Run(loaded) {
  input_ = &input;
  steps_left_ = &steps_left;
  sizes_ = input.sizes;
}

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
  if (trace_.unknowns.size() < 1000 && place != Span{}) trace_.unknowns.push_back({place, reason});
  // What is not understood is worth less work the more there is of it: a script of which one place in ten is unknown
  // would else cost as much as all the losses of its repository. Small budgets, of trials, are to see a few of them,
  // and what stands around the target may be anything.
  constexpr std::uint64_t kLeast = 1000;
  const bool is_inside = trace_.root.index != 0;
  const std::uint64_t cost = is_inside ? std::max(kLeast, input_->budget.steps / 50) : kLeast;
  if (nested_statements_ == 0 && !concrete() && !halted()) spend(span, cost);
}

Value Run::unknown(const Span& span, std::string reason) {
  if (!halted()) note_unknown(span, reason);
  return make_unknown(std::move(reason));
}

Value Run::conflict(const Span& span, ShapeConflict what, std::vector<TensorId> operands) {
  std::string reason = what.message;
  trace_.conflicts.push_back(
      {std::move(what.label), std::move(what.message), span, here().frame, false, std::move(operands)});
  // On one side of a joined condition it may still be taken back.
  if (input_->until_conflict && joins_ == 0) stop(span, reason);
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

// `target.0`, `target.1.0`: the tensors of a tuple and of tuples in it, or where each is a list, of a list of tuples.
std::optional<Value> Run::tuple_of_parts(const DictData& parts) {
  ValueList items;
  for (std::size_t i = 0; i < parts.items.size();) {
    const std::string place = std::to_string(items.size());
    if (*parts.items[i].first.as<StrV>()->text == place) {
      items.push_back(parts.items[i++].second);
      continue;
    }
    DictData inner;
    for (; i < parts.items.size(); ++i) {
      const std::string& key = *parts.items[i].first.as<StrV>()->text;
      if (!key.starts_with(place + ".")) break;
      inner.items.emplace_back(make_str(key.substr(place.size() + 1)), parts.items[i].second);
    }
    auto tuple = inner.items.empty() ? std::nullopt : tuple_of_parts(inner);
    if (!tuple) return std::nullopt;
    items.push_back(std::move(*tuple));
  }
  const auto tuple = [](ValueList of) { return TupleV{std::make_shared<const ValueList>(std::move(of)), {}}; };
  const auto* first = items.front().as<ListV>();
  if (first == nullptr) return tuple(std::move(items));
  const std::size_t count = heap().read<ListData>(first->cell).items.size();
  std::vector<ValueList> rows(count);
  for (const Value& column : items) {
    const auto* list = column.as<ListV>();
    if (list == nullptr || heap().read<ListData>(list->cell).items.size() != count) return std::nullopt;
    for (std::size_t row = 0; row < count; ++row) rows[row].push_back(heap().read<ListData>(list->cell).items[row]);
  }
  ValueList all;
  for (ValueList& row : rows) all.push_back(tuple(std::move(row)));
  return ListV{heap().make(ListData{std::move(all)})};
}

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
    trace_.unknowns.resize(unknowns);  // what is not known of it counts where it is read
    return value.is_unknown() ? std::nullopt : std::optional(value);
  };
  bool positional = true;
  for (std::size_t i = skip_self ? 1 : 0; i < def.params.size(); ++i) {
    const ast::Param& param = def.params[i];
    // `*embeddings` takes a list that is stated for it, `**kwargs` what is stated and has no parameter of its own.
    if (param.kind == ast::Param::Kind::star) {
      const auto stated = std::ranges::find(bindings, param.name, &Binding::name);
      if (stated != bindings.end() && positional) {
        for (const Value& item : elements(bind_parameter(*stated, param.name_span), {}).value_or(ValueList{})) {
          args.positional.push_back(item);
          args.spans.push_back(param.name_span);
        }
      }
      positional = false;
      continue;
    }
    if (param.kind == ast::Param::Kind::double_star) {
      for (const Binding& binding : bindings) {
        if (binding.name.find('.') != std::string::npos || binding.is_local() ||
            std::ranges::find(def.params, binding.name, &ast::Param::name) != def.params.end())
          continue;
        args.keywords.emplace_back(binding.name, bind_parameter(binding, param.name_span));
        args.keyword_spans.push_back(param.name_span);
      }
      continue;
    }
    if (param.kind == ast::Param::Kind::keyword_only) positional = false;
    std::optional<Value> value;
    DictData parts;
    for (const Binding& binding : bindings) {
      if (binding.is_local()) continue;
      if (binding.name == param.name) {
        value = bind_parameter(binding, param.name_span);
      } else if (binding.name.starts_with(param.name + ".")) {
        parts.items.emplace_back(make_str(binding.name.substr(param.name.size() + 1)),
                                 bind_parameter(binding, param.name_span));
      }
    }
    const auto made = !parts.items.empty() && !value ? value_by_type(param) : std::nullopt;
    const auto fill = [&](const Value& one) {
      const auto* object = one.as<ObjectV>();
      if (object == nullptr) return;
      for (const auto& [key, part] : parts.items)
        heap().write<ObjectData>(object->cell).attributes.insert_or_assign(*key.as<StrV>()->text, part);
      value = made;
    };
    if (const auto* list = made ? made->as<ListV>() : nullptr) {
      for (const Value& item : ValueList(heap().read<ListData>(list->cell).items)) fill(item);
    } else if (made) {
      fill(*made);
    }
    if (!value && !parts.items.empty()) value = tuple_of_parts(parts);
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
      if (report_missing && ast::reads(*function.module, def, param.name)) note_unknown(param.name_span, reason);
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

// What the generated constructor of a dataclass or a named tuple gets.
CallArguments Run::fields_for(HeapId class_cell) {
  CallArguments args;
  const auto give = [&](const std::string& field, Value value) {
    args.keywords.emplace_back(field, std::move(value));
    args.keyword_spans.push_back({});
  };
  const std::vector<std::string> fields = heap().read<ClassData>(class_cell).fields;
  for (const std::string& field : fields) {
    const auto stated = std::ranges::find(input_->init, field, &Binding::name);
    bool unknown_base = false;
    if (stated != input_->init.end()) give(field, bind_parameter(*stated, {}));
    else if (!class_member(class_cell, field, unknown_base))
      give(field, make_unknown(fmt::format("field `{}` has no known value", field)));
  }
  return args;
}

Value Run::make_object(HeapId class_cell) {
  bool unknown_base = false;
  const auto init = class_member(class_cell, "__init__", unknown_base);
  const auto* written = init ? init->as<FunctionV>() : nullptr;
  CallArguments args =
      written != nullptr ? arguments_for(*written->function, true, input_->init, true) : fields_for(class_cell);
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

}  // namespace shapelint
