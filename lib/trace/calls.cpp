// Calls: functions, bound methods and ops; arguments are bound as Python binds them.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/ops/dtype.h"
#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/public_names.h"
#include "lib/trace/run.h"

namespace shapelint {

const Value* CallArguments::keyword(std::string_view name) const {
  for (const auto& [key, value] : keywords) {
    if (key == name) return &value;
  }
  return nullptr;
}

Value Run::eval_call(const ast::Call& node, const Span& span) {
  const Span callee_span = here().module->expr(node.function).span;
  const Value callee = eval(node.function);
  CallArguments args;
  args.positional.reserve(node.arguments.size());
  args.spans.reserve(node.arguments.size());
  const bool in_target = here().frame == trace_.root;
  for (const ast::Argument& argument : node.arguments) {
    Value value = eval(argument.value);
    if (halted()) return make_unknown("the path ended before");
    const Span value_span = here().module->expr(argument.value).span;
    switch (argument.kind) {
      case ast::Argument::Kind::positional:
        args.positional.push_back(std::move(value));
        args.spans.push_back(value_span);
        break;
      case ast::Argument::Kind::keyword:
        args.keywords.emplace_back(argument.name, std::move(value));
        args.keyword_spans.push_back(value_span);
        break;
      case ast::Argument::Kind::star:
        if (const auto items = elements(value, value_span)) {
          args.open_rest = args.open_rest || (in_target && items->empty());
          for (const Value& item : *items) {
            args.positional.push_back(item);
            args.spans.push_back(value_span);
          }
        } else {
          args.unknown_rest = true;
          args.rows = as_sequence(value, value_span);
        }
        break;
      case ast::Argument::Kind::double_star: {
        const Value* held = native_of(*this, value);
        if (const auto* dict = held != nullptr ? held->as<DictV>() : value.as<DictV>()) {
          const DictData& data = heap().read<DictData>(dict->cell);
          for (const auto& [key, item] : data.items) {
            if (const auto* text = key.as<StrV>()) {
              args.keywords.emplace_back(*text->text, item);
              args.keyword_spans.push_back(value_span);
            }
          }
          args.unknown_rest = args.unknown_rest || !data.complete;
          args.open_rest = args.open_rest || (in_target && data.items.empty());
        } else {
          args.unknown_rest = true;
        }
        break;
      }
    }
  }
  return call(callee, std::move(args), span, callee_span);
}

Value Run::call(const Value& callee, CallArguments args, const Span& span, const Span& callee_span) {
  if (halted()) return make_unknown("the path ended before");
  if (const auto* f = callee.as<FunctionV>()) return call_function(*f->function, nullptr, std::move(args), span);
  if (const auto* bound = callee.as<BoundV>()) {
    const BoundCall& inner = *bound->call;
    args.positional.insert(args.positional.begin(), inner.arguments.begin(), inner.arguments.end());
    args.spans.insert(args.spans.begin(), inner.arguments.size(), callee_span);
    for (std::size_t i = 0; i < inner.keywords.size(); ++i) {
      if (args.keyword(inner.keywords[i].first) == nullptr) {
        args.keywords.push_back(inner.keywords[i]);
        args.keyword_spans.push_back(callee_span);
      }
    }
    if (const auto* f = inner.callee.as<FunctionV>()) {
      const Value self = inner.arguments.empty() ? Value() : inner.arguments[0];
      return call_function(*f->function, inner.arguments.empty() ? nullptr : &self, std::move(args), span);
    }
    return call(inner.callee, std::move(args), span, callee_span);
  }
  if (const auto* op = callee.as<OpV>()) {
    // In the loss language an op and a builtin may share a name (`sum`, `max`); without a tensor it is the builtin.
    bool has_tensor = false;
    for (const Value& value : args.positional) has_tensor = has_tensor || value.as<TensorV>() != nullptr;
    for (const auto& [key, value] : args.keywords) has_tensor = has_tensor || value.as<TensorV>() != nullptr;
    if (!has_tensor && here().home != nullptr && !here().home->is_framework) {
      if (const Builtin* builtin = find_builtin(op->op->name)) return builtin->call(*this, args, span);
    }
    return call_op(*op->op, args, span);
  }
  if (const auto* builtin = callee.as<BuiltinV>()) return builtin->builtin->call(*this, args, span);
  if (const auto* type = callee.as<ClassV>()) return construct(type->cell, std::move(args), span);
  if (const auto* member = callee.as<MemberV>()) return call_member(*member->self, *member->name, args, span);
  if (callee.as<ObjectV>() != nullptr) {
    const auto method = find_attribute(callee, "__call__", span);
    if (method && !method->is_unknown()) return call(*method, std::move(args), span, callee_span);
    // Under a base class that is not known, an object that defines `forward` is called like a module.
    if (method) {
      for (const char* name : {"forward", "call"}) {
        const auto own = find_attribute(callee, name, span);
        if (own && !own->is_unknown()) return call(*own, std::move(args), span, callee_span);
      }
    }
    return unknown(span, fmt::format("{} is called, but no `__call__` is known", show(callee)));
  }
  if (const auto* descriptor = callee.as<DescriptorV>())
    return call(*descriptor->function, std::move(args), span, callee_span);
  if (callee.is_unknown()) {
    // A chain of calls would make a reason that grows with every link.
    const std::string& why = *callee.as<UnknownV>()->reason;
    if (why.size() > 400) return callee;
    const std::string_view text = library_->sources().text(callee_span);
    const std::string reason = fmt::format("`{}` is not known: {}", text.size() > 100 ? "..." : text, why);
    // What the set-up around the target could not do is no matter of the target.
    return trace_.root.index == 0 ? make_unknown(reason) : unknown(span, reason);
  }
  // `np.float32(x)`: a tensor, or a list, of that dtype. A number stays the number that it is.
  const auto* dtype_name = callee.as<StrV>();
  const bool is_dtype = callee.as<DTypeV>() != nullptr ||
                        (dtype_name != nullptr && dtype_name->exact && parse_dtype(*dtype_name->text).has_value());
  if (is_dtype && args.positional.size() == 1 && args.keywords.empty()) {
    const Value& value = args.positional[0];
    const bool whole =
        dtype_name != nullptr ? !is_float(*parse_dtype(*dtype_name->text)) : !is_float(callee.as<DTypeV>()->dtype);
    if (value.is_unknown() || (value.as<IntV>() != nullptr && whole) || (value.as<double>() != nullptr && !whole))
      return value;
    args.positional.push_back(callee);
    args.spans.push_back(callee_span);
    return find_builtin("shapelint.as_tensor")->call(*this, args, span);
  }
  return unknown(span, fmt::format("{} is called", show(callee)));
}

Value Run::call_function(const FunctionObject& function, const Value* self, CallArguments args, const Span& span) {
  const ast::Function& def = function.ast();
  if (calls_ >= input_->budget.depth) {
    return unknown(span, fmt::format("calls nested deeper than {} (`{}`)", input_->budget.depth, function.qualname));
  }
  ScopeData scope;
  scope.has_parent = true;
  scope.parent = function.closure;
  std::size_t next = 0;
  std::vector<bool> used(args.keywords.size(), false);
  for (std::size_t i = 0; i < def.params.size(); ++i) {
    const ast::Param& param = def.params[i];
    Value value;
    bool given = false;
    switch (param.kind) {
      case ast::Param::Kind::star: {
        ValueList rest(args.positional.begin() + static_cast<std::ptrdiff_t>(std::min(next, args.positional.size())),
                       args.positional.end());
        next = args.positional.size();
        if (!param.name.empty()) {
          scope.names[param.name] =
              args.unknown_rest ? make_unknown("arguments of unknown number") : make_tuple(std::move(rest));
        }
        continue;
      }
      case ast::Param::Kind::double_star: {
        DictData rest;
        rest.complete = !args.unknown_rest;
        for (std::size_t k = 0; k < args.keywords.size(); ++k) {
          if (!used[k]) rest.items.emplace_back(make_str(args.keywords[k].first), args.keywords[k].second);
          used[k] = true;
        }
        scope.names[param.name] = DictV{heap().make(std::move(rest))};
        continue;
      }
      case ast::Param::Kind::positional_only:
      case ast::Param::Kind::normal:
        if (next < args.positional.size()) {
          value = std::move(args.positional[next++]);
          given = true;
        }
        break;
      case ast::Param::Kind::keyword_only: break;
    }
    if (param.kind != ast::Param::Kind::positional_only) {
      for (std::size_t k = 0; k < args.keywords.size(); ++k) {
        if (args.keywords[k].first == param.name && !used[k]) {
          if (given)
            return raise(span, fmt::format("{}() got multiple values for argument '{}'", def.name, param.name));
          value = std::move(args.keywords[k].second);
          used[k] = true;
          given = true;
        }
      }
    }
    if (!given && args.unknown_rest) {
      value = make_unknown(fmt::format("argument `{}` comes from unknown arguments", param.name));
    } else if (!given && param.fallback.valid()) {
      value = function.fallbacks[i];
    } else if (!given && args.open_rest) {
      value = make_unknown(fmt::format("argument `{}` is for the caller to give", param.name));
    } else if (!given) {
      return raise(span, fmt::format("{}() misses the argument '{}'", def.name, param.name));
    }
    scope.names[param.name] = std::move(value);
  }
  // A definition may know fewer parameters than the function that it stands for.
  const bool defined = function.home != nullptr && function.home->is_framework;
  if (next < args.positional.size()) {
    if (defined)
      return unknown(span,
                     fmt::format("`{}` with {} positional arguments",
                                 public_name(function.home->name + "." + function.qualname), args.positional.size()));
    return raise(span, fmt::format("{}() takes {} positional arguments but {} were given", def.name, next,
                                   args.positional.size()));
  }
  for (std::size_t k = 0; k < used.size(); ++k) {
    if (!used[k] && defined)
      return unknown(span, fmt::format("the argument `{}` of `{}`", args.keywords[k].first,
                                       public_name(function.home->name + "." + function.qualname)));
    if (!used[k]) {
      return raise(span, fmt::format("{}() got an unexpected keyword argument '{}'", def.name, args.keywords[k].first));
    }
  }
  if (is_endless(function, scope))
    return make_unknown(fmt::format("`{}` calls itself with what is not known", function.qualname));
  Value first;
  if (self != nullptr) first = *self;
  else if (!def.params.empty()) {
    const auto it = scope.names.find(def.params[0].name);
    if (it != scope.names.end()) first = it->second;
  }
  return call_body(function, heap().make(std::move(scope)), span, first);
}

bool Run::ways_out_grow_alike(const Activation& activation, std::size_t cells) const {
  if (activation.uneven_rounds) return false;
  const Heap& now = trace_.heap;
  return std::ranges::none_of(activation.left, [&](const Heap& left) {
    return std::ranges::any_of(now.differing(left), [&](HeapId id) {
      return id.index < cells && std::holds_alternative<ListData>(now.cell(id.index));
    });
  });
}

Value Run::call_body(const FunctionObject& function, HeapId scope, const Span& call_span, const Value& self) {
  const ast::Function& def = function.ast();
  Activation activation;
  activation.frame = FrameId{static_cast<std::uint32_t>(trace_.frames.size())};
  activation.scope = scope;
  activation.module = function.module;
  activation.home = function.home;
  activation.owner = function.owner;
  activation.self = self;
  activation.joins_at_start = joins_;
  activation.in_framework = function.home != nullptr && function.home->is_framework;
  const FrameId parent = here().frame;
  trace_.frames.push_back(
      Frame{.function = activation.in_framework ? function.home->name + "." + function.qualname : function.qualname,
            .parent = parent,
            .call = call_span,
            .is_framework = activation.in_framework,
            .module = function.module,
            .function_id = function.id,
            .depth = trace_.frame(parent).depth + 1});
  ActivationGuard guard(*this, activation);
  const bool exact_outside = exact_round_;
  const std::size_t cells = heap().size();
  ++calls_;
  if (def.is_lambda()) {
    activation.result = eval(def.lambda_body);
    activation.result_span = function.module->expr(def.lambda_body).span;
  } else {
    exec_block(def.body);
  }
  if (input_->probe) probe_function(function);
  --calls_;
  // A call that ends early has ended: the round around it goes on.
  if (!exact_round_ && exact_outside && ways_out_grow_alike(activation, cells)) exact_round_ = true;
  if (def.is_generator && !halted()) {
    // A generator runs to its end at once: what it yields does not depend on when it is asked.
    flow_ = Flow::normal;
    if (activation.yields_certain) return make_list(*this, std::move(activation.yielded));
    if (activation.yielded.empty())
      return unknown(call_span, fmt::format("`{}` yields an unknown number of values", function.qualname));
    Value any = activation.yielded[0];
    for (std::size_t i = 1; i < activation.yielded.size(); ++i) any = join(any, activation.yielded[i], call_span);
    return SequenceV{std::make_shared<const Value>(std::move(any)), dims_->fresh("?length")};
  }
  if (flow_ != Flow::stopped && flow_ != Flow::raised) {
    // A side that returned while the other went on.
    const bool returned = flow_ == Flow::returned || def.is_lambda();
    flow_ = Flow::normal;
    Value result = returned ? activation.result : Value(NoneV{});
    for (std::size_t i = activation.pending.size(); i-- > 0;) result = join(activation.pending[i], result, call_span);
    if (activation.frame == trace_.root) trace_.result_span = activation.result_span;
    return result;
  }
  if (flow_ == Flow::raised && !activation.pending.empty()) {
    // The path that raised is pruned: what is left is what the other side returned.
    flow_ = Flow::normal;
    raised_.reset();
    Value result = activation.pending[0];
    for (std::size_t i = 1; i < activation.pending.size(); ++i) result = join(result, activation.pending[i], call_span);
    return result;
  }
  return make_unknown("the path ended before");
}

Value Run::make_function(ast::FunctionId id, const std::string& name) {
  const Activation& now = here();
  auto function = std::make_shared<FunctionObject>();
  function->module = now.module;
  function->home = now.home;
  function->id = id;
  function->closure = now.scope;
  const ast::Function& def = now.module->function(id);
  const bool at_module_level = heap().read<ScopeData>(now.scope).module != nullptr;
  const ScopeData& scope = heap().read<ScopeData>(now.scope);
  if (at_module_level) {
    function->qualname = name;
  } else if (scope.is_class) {
    const auto it = scope.names.find("__qualname__");
    function->qualname = (it != scope.names.end() ? show(it->second) + "." : "") + name;
    function->owner = now.owner;
  } else {
    const auto it = scope.names.find("__qualname__");
    const Frame& frame = trace_.frames.empty() ? Frame{} : trace_.frame(now.frame);
    std::string outer = it != scope.names.end() ? show(it->second) : frame.function;
    if (now.in_framework && now.home != nullptr && outer.starts_with(now.home->name + ".")) {
      outer = outer.substr(now.home->name.size() + 1);
    }
    function->qualname = outer.empty() ? name : outer + ".<locals>." + name;
  }
  // A class body is no closure: functions in it see the scope around it.
  if (scope.is_class && scope.has_parent) function->closure = scope.parent;
  for (const ast::Param& param : def.params) function->fallbacks.push_back(eval(param.fallback));
  const Value made = FunctionV{std::move(function)};
  if (now.module == target_module_) functions_[id.index] = made;
  return made;
}

// ---- ops ---------------------------------------------------------------------------------------------------------

Value Run::call_op(const Op& op, const CallArguments& args, const Span& span) {
  std::vector<TensorId> operands;
  BasicAttributes<Dim> attrs;
  Where where{.span = span};
  std::optional<SequenceV> sequence;  ///< the tensors, where only one stands for all
  std::optional<Dim> length;          ///< their symbolic number
  std::size_t used = 0;
  for (std::size_t i = 0; i < op.params.size(); ++i) {
    const OpParam& param = op.params[i];
    Value value;
    Span value_span = span;
    bool given = false;
    if (i < args.positional.size()) {
      value = args.positional[i];
      if (i < args.spans.size()) value_span = args.spans[i];
      given = true;
      ++used;
    }
    for (std::size_t k = 0; k < args.keywords.size(); ++k) {
      if (args.keywords[k].first == param.name) {
        value = args.keywords[k].second;
        if (k < args.keyword_spans.size()) value_span = args.keyword_spans[k];
        given = true;
        ++used;
      }
    }
    if (!given) {
      if (param.fallback.empty()) return raise(span, fmt::format("{}() misses the argument '{}'", op.name, param.name));
      value = parse_literal(std::string(param.fallback), span);
    }
    const auto bad = [&](std::string_view wanted) {
      // A definition that works out its axes from a rank that is not known: what is not known was said there.
      if (here().in_framework) {
        for (const TensorId id : operands)
          if (!tensor(id).shape) return Value(TensorV{unknown_tensor(span, tensor(id).unknown_reason, operands)});
      }
      if (value.is_unknown()) {
        return unknown(span, fmt::format("argument `{}` of `{}` is not known: {}", param.name, op.name,
                                         *value.as<UnknownV>()->reason));
      }
      // A value whose kind is not followed is no mistake of the user's, nor is None: an attribute that a constructor
      // sets to it is given its value before the loss is called.
      const bool certain = value.as<StrV>() != nullptr || value.as<double>() != nullptr;
      const std::string message =
          fmt::format("argument '{}' of {}() must be {}, not {}", param.name, op.name, wanted, show(value));
      return certain ? raise(span, message) : unknown(span, message);
    };
    switch (param.kind) {
      case ParamKind::tensor:
        if (value.is_none() || value.as<StrV>() != nullptr) return bad("a tensor");
        operands.push_back(as_tensor(value, value_span));
        where.operands.push_back(value_span);
        break;
      case ParamKind::optional_tensor:
        if (!value.is_none()) {
          operands.push_back(as_tensor(value, value_span));
          where.operands.push_back(value_span);
        }
        break;
      case ParamKind::tensors: {
        const auto items = elements(value, value_span);
        if (!items && (op.name == "stack" || op.name == "concat")) sequence = as_sequence(value, value_span);
        if (sequence) {
          where.operands.push_back(value_span);
          break;
        }
        if (!items) return bad("a list of tensors");
        length = length_of(value);
        for (const Value& item : *items) {
          operands.push_back(as_tensor(item, value_span));
          where.operands.push_back(value_span);
        }
        break;
      }
      case ParamKind::axis:
      case ParamKind::axes: {
        if (value.is_none()) break;
        std::vector<std::int64_t> axes;
        if (const auto one = known_int(value)) {
          axes.push_back(*one);
          where.axis_span = value.origin.end > 0 ? value.origin : value_span;
        } else {
          const auto items =
              value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr || value.as<RangeV>() != nullptr
                  ? elements(value, value_span)
                  : std::nullopt;
          if (!items) return bad("an axis");
          for (const Value& item : *items) {
            const auto axis = known_int(item);
            if (!axis) return bad("a tuple of axes");
            axes.push_back(*axis);
          }
          where.axis_span = value_span;
        }
        attrs.axes = std::move(axes);
        break;
      }
      case ParamKind::flag: {
        const Tri t = truth(value);
        if (t == Tri::unknown) return bad("True or False");
        attrs.flags.push_back(t == Tri::yes);
        break;
      }
      case ParamKind::dtype:
        if (const auto* dtype = value.as<DTypeV>()) attrs.dtype = dtype->dtype;
        else if (const auto* text = value.as<StrV>()) {
          attrs.dtype = parse_dtype(*text->text);
          // Frameworks have more of them than this (complex numbers, texts); no shape depends on it.
          if (!attrs.dtype && !here().in_framework) return raise(span, fmt::format("'{}' is no dtype", *text->text));
          if (!attrs.dtype) note_unknown(span, fmt::format("the dtype '{}' is not known", *text->text));
        } else if (const auto* builtin = value.as<BuiltinV>()) {
          // float, int and bool stand for the framework's default types.
          if (builtin->builtin->name == "float") attrs.dtype = DType::float32;
          else if (builtin->builtin->name == "int") attrs.dtype = DType::int64;
          else if (builtin->builtin->name == "bool") attrs.dtype = DType::boolean;
        } else if (value.is_unknown()) {
          // The shape does not depend on it.
          note_unknown(span, fmt::format("argument `{}` of `{}` is not known: {}", param.name, op.name,
                                         *value.as<UnknownV>()->reason));
        } else if (!value.is_none()) {
          return bad("a dtype");
        }
        break;
      case ParamKind::dim: {
        // A kernel reads the one size that its parameter promises.
        if (value.is_none() && param.fallback == "None") break;
        const auto dim = as_dim(value);
        if (!dim) return bad("a size");
        attrs.dims.push_back(*dim);
        break;
      }
      case ParamKind::dims: {
        if (value.is_none()) break;
        const auto dim = as_dim(value);
        if (dim) {
          attrs.dims.push_back(*dim);
          break;
        }
        const auto items = elements(value, value_span);
        if (!items || value.as<TensorV>() != nullptr) return bad("a shape");
        for (const Value& item : *items) {
          const auto one = as_dim(item);
          if (one) attrs.dims.push_back(*one);
          else if (item.is_unknown() || item.as<TensorV>() != nullptr) attrs.dims.push_back(dims_->fresh("?size"));
          else return bad("a shape");
        }
        break;
      }
      case ParamKind::number: {
        const auto number = known_float(value);
        if (!number) return bad("a number");
        attrs.numbers.push_back(*number);
        break;
      }
      case ParamKind::text:
        if (value.as<StrV>() == nullptr) return bad("text");
        attrs.texts.push_back(*value.as<StrV>()->text);
        break;
      case ParamKind::index: return unknown(span, "indexing is written with brackets");
    }
  }
  if (used < args.positional.size() + args.keywords.size()) {
    return raise(span, fmt::format("{}() got arguments that it does not take", op.name));
  }
  if (sequence) return apply_to_sequence(op, *sequence, attrs, where);
  const std::optional<std::int64_t> axis =
      attrs.axes && attrs.axes->size() == 1 ? std::optional(attrs.axes->front()) : std::nullopt;
  const Value made = apply(op, std::move(operands), std::move(attrs), where);
  // In an evaluation the list is there, and its stack counts what the list counts.
  if (const auto* t = made.as<TensorV>(); t != nullptr && op.name == "stack" && axis && tensor(t->id).shape) {
    const auto at = normal_axis(*axis, static_cast<int>(tensor(t->id).shape->size()));
    if (at) keep_length(t->id, static_cast<std::size_t>(*at), length);
  }
  return made;
}

}  // namespace shapelint
