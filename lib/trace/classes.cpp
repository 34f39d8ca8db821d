// Classes: their definitions, the order in which their members are found, and their instances, with what Python and its
// standard library make of special ones (dataclasses, named tuples, enumerations, subclasses of builtin types).
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/run.h"

namespace shapelint {

using Flavor = ClassData::Flavor;

// ---- definitions -------------------------------------------------------------------------------------------------

Value Run::define_class(ast::ClassId id) {
  const ast::Class& def = here().module->class_of(id);
  ClassData data;
  data.name = def.name;
  data.module = here().module;
  data.id = id;
  const auto outer_name = heap().read<ScopeData>(here().scope).names.find("__qualname__");
  const bool nested =
      heap().read<ScopeData>(here().scope).is_class && outer_name != heap().read<ScopeData>(here().scope).names.end();
  data.qualname = nested ? show(outer_name->second) + "." + def.name : def.name;
  for (const ast::Argument& base : def.bases) {
    if (base.kind == ast::Argument::Kind::positional) data.bases.push_back(eval(base.value));
    else if (base.kind != ast::Argument::Kind::keyword) data.bases.push_back(make_unknown("bases of unknown number"));
  }
  const std::string qualname = data.qualname;
  const HeapId cell = heap().make(std::move(data));
  if (here().module == target_module_) classes_[id.index] = cell;
  ScopeData scope;
  scope.has_parent = true;
  scope.parent = here().scope;
  scope.is_class = true;
  scope.names["__qualname__"] = make_str(qualname);
  const HeapId scope_cell = heap().make(std::move(scope));
  const HeapId scope_before = here().scope;
  const auto owner_before = here().owner;
  here().scope = scope_cell;
  here().owner = std::make_shared<const HeapId>(cell);
  exec_block(def.body);
  here().scope = scope_before;
  here().owner = owner_before;
  auto members = heap().read<ScopeData>(scope_cell).names;
  members.erase("__qualname__");
  heap().write<ClassData>(cell).members = std::move(members);
  finish_class(cell, def);
  const Value made = apply_decorators(ClassV{cell}, def.decorators);
  return made.as<ClassV>() != nullptr ? made : ClassV{cell};
}

// What the bases make of a class.
void Run::finish_class(HeapId cell, const ast::Class& def) {
  Flavor flavor = Flavor::plain;
  std::vector<std::string_view> builtins;
  std::vector<std::string> inherited_fields;
  for (const Value& base : heap().read<ClassData>(cell).bases) {
    if (const auto* type = base.as<BuiltinV>()) builtins.push_back(type->builtin->name);
    const auto* type = base.as<ClassV>();
    if (type == nullptr) continue;
    const ClassData& data = heap().read<ClassData>(type->cell);
    if (data.flavor != Flavor::plain && data.flavor != Flavor::dataclass) flavor = data.flavor;
    if (data.flavor == Flavor::named_tuple) inherited_fields = data.fields;
    for (const std::string_view name : data.builtin_bases)
      if (std::ranges::find(builtins, name) == builtins.end()) builtins.push_back(name);
  }
  heap().write<ClassData>(cell).builtin_bases = std::move(builtins);
  if (has_builtin_base(cell, "typing.NamedTuple")) flavor = Flavor::named_tuple;
  if (has_builtin_base(cell, "typing.TypedDict")) flavor = Flavor::typed_dict;
  for (const char* name : {"enum.Enum", "enum.IntEnum", "enum.StrEnum", "enum.Flag", "enum.IntFlag"})
    if (has_builtin_base(cell, name)) flavor = Flavor::enumeration;
  heap().write<ClassData>(cell).flavor = flavor;
  if (flavor == Flavor::named_tuple) {
    std::vector<std::string> own = annotated_fields(cell);
    heap().write<ClassData>(cell).fields = own.empty() ? std::move(inherited_fields) : std::move(own);
  }
  if (flavor != Flavor::enumeration) return;
  const bool is_value = has_builtin_base(cell, "enum.IntEnum") || has_builtin_base(cell, "enum.StrEnum") ||
                        has_builtin_base(cell, "str") || has_builtin_base(cell, "int");
  std::int64_t next = 1;
  for (const ast::StmtId id : def.body) {
    const auto* assigned = std::get_if<ast::Assign>(&here().module->stmt(id).node);
    if (assigned == nullptr || assigned->targets.size() != 1) continue;
    const auto* name = std::get_if<ast::Name>(&here().module->expr(assigned->targets[0]).node);
    if (name == nullptr || name->id.starts_with("_")) continue;
    const auto& members = heap().read<ClassData>(cell).members;
    const auto found = members.find(name->id);
    if (found == members.end()) continue;
    Value value = found->second;
    // `member(f)` makes a member of what would be a method, `nonmember(x)` none of what would be one.
    bool wrapped = false;
    if (const auto* bound = value.as<BoundV>()) {
      const auto* callee = bound->call->callee.as<BuiltinV>();
      const std::string_view by = callee != nullptr ? callee->builtin->name : "";
      wrapped = by == "enum.member" || by == "enum.nonmember";
      if (wrapped) value = Value(bound->call->arguments.front());
      if (by == "enum.nonmember") {
        heap().write<ClassData>(cell).members[name->id] = value;
        continue;
      }
    }
    const bool plain =
        value.as<FunctionV>() == nullptr && value.as<DescriptorV>() == nullptr && value.as<ObjectV>() == nullptr;
    if (!plain && !wrapped) continue;
    if (const auto* automatic = value.as<BuiltinV>(); automatic != nullptr && automatic->builtin->name == "enum.auto")
      value = has_builtin_base(cell, "enum.StrEnum") ? make_str(name->id) : Value(IntV{dims_->number(next)});
    if (const auto number = known_int(value)) next = *number + 1;
    ObjectData member;
    member.type = ClassV{cell};
    member.attributes["name"] = make_str(name->id);
    member.attributes["value"] = value;
    member.order = {"name", "value"};
    if (is_value) member.native = value;
    const Value object = ObjectV{heap().make(std::move(member))};
    heap().write<ClassData>(cell).members[name->id] = object;
    heap().write<ClassData>(cell).fields.push_back(name->id);
  }
}

// The names that a class body annotates, in order; not those of class variables.
std::vector<std::string> Run::annotated_fields(HeapId class_cell) {
  std::vector<std::string> out;
  const ClassData& data = heap().read<ClassData>(class_cell);
  if (data.module == nullptr || !data.id.valid()) return out;
  for (const ast::StmtId id : data.module->class_of(data.id).body) {
    const auto* annotated = std::get_if<ast::AnnotatedAssign>(&data.module->stmt(id).node);
    if (annotated == nullptr) continue;
    const auto* name = std::get_if<ast::Name>(&data.module->expr(annotated->target).node);
    const std::string_view type = library_->sources().text(data.module->expr(annotated->annotation).span);
    if (name != nullptr && type.find("ClassVar") == std::string_view::npos) out.push_back(name->id);
  }
  return out;
}

void Run::make_dataclass(HeapId class_cell) {
  bool unknown_base = false;
  std::vector<std::string> fields;
  std::vector<HeapId> order = linear_bases(class_cell, unknown_base);
  std::ranges::reverse(order);
  for (const HeapId cell : order) {
    const ClassData& data = heap().read<ClassData>(cell);
    if (cell != class_cell && data.flavor != Flavor::dataclass) continue;
    for (const std::string& name : annotated_fields(cell))
      if (std::ranges::find(fields, name) == fields.end()) fields.push_back(name);
  }
  ClassData& made = heap().write<ClassData>(class_cell);
  made.flavor = Flavor::dataclass;
  made.fields = std::move(fields);
}

// ---- bases -------------------------------------------------------------------------------------------------------

namespace {

// Merges linearizations as C3 does; nothing when the bases contradict each other.
std::optional<std::vector<HeapId>> merge_orders(std::vector<std::vector<HeapId>> orders) {
  std::vector<HeapId> out;
  while (true) {
    std::erase_if(orders, [](const auto& order) { return order.empty(); });
    if (orders.empty()) return out;
    std::optional<HeapId> next;
    for (const auto& order : orders) {
      const bool in_tail = std::ranges::any_of(orders, [&](const auto& other) {
        return std::find(other.begin() + 1, other.end(), order.front()) != other.end();
      });
      if (in_tail) continue;
      next = order.front();
      break;
    }
    if (!next) return std::nullopt;
    out.push_back(*next);
    for (auto& order : orders)
      if (order.front() == *next) order.erase(order.begin());
  }
}

constexpr int kMaxInheritance = 200;

}  // namespace

std::vector<HeapId> Run::linear_bases(HeapId class_cell, bool& unknown_base) {
  const auto bases_of = [&](HeapId cell) {
    std::vector<HeapId> out;
    for (const Value& base : heap().read<ClassData>(cell).bases) {
      if (const auto* type = base.as<ClassV>()) out.push_back(type->cell);
      else if (base.as<BuiltinV>() == nullptr) unknown_base = true;
    }
    return out;
  };
  // A diamond asks for the same base once on each side: 60 of them would be 2^60 questions.
  std::map<std::uint32_t, std::vector<HeapId>> known;
  const auto linearize = [&](const auto& self, HeapId cell, int depth) -> std::vector<HeapId> {
    // One base after the other needs no merging.
    std::vector<HeapId> out{cell};
    std::vector<HeapId> bases = bases_of(cell);
    while (bases.size() == 1 && depth < kMaxInheritance) {
      if (std::ranges::find(out, bases[0]) != out.end()) return out;
      out.push_back(bases[0]);
      bases = bases_of(bases[0]);
      ++depth;
    }
    if (depth >= kMaxInheritance) unknown_base = true;
    if (bases.empty() || depth >= kMaxInheritance) return out;
    std::vector<std::vector<HeapId>> orders;
    for (const HeapId base : bases) {
      auto at = known.find(base.index);
      if (at == known.end()) at = known.emplace(base.index, self(self, base, depth + 1)).first;
      orders.push_back(at->second);
    }
    orders.push_back(bases);
    if (const auto merged = merge_orders(orders)) {
      out.insert(out.end(), merged->begin(), merged->end());
      return out;
    }
    // Python would refuse the class; depth first serves as well as anything.
    for (const auto& order : orders) {
      for (const HeapId one : order)
        if (std::ranges::find(out, one) == out.end()) out.push_back(one);
    }
    return out;
  };
  return linearize(linearize, class_cell, 0);
}

bool Run::is_instance_of(HeapId object_class, HeapId wanted, bool& unknown_base) {
  const std::vector<HeapId> order = linear_bases(object_class, unknown_base);
  return std::ranges::find(order, wanted) != order.end();
}

bool Run::has_builtin_base(HeapId class_cell, std::string_view name) {
  return std::ranges::find(heap().read<ClassData>(class_cell).builtin_bases, name) !=
         heap().read<ClassData>(class_cell).builtin_bases.end();
}

// ---- instances ---------------------------------------------------------------------------------------------------

Value Run::bare_object(HeapId class_cell) {
  ObjectData object;
  object.type = ClassV{class_cell};
  for (const char* name : {"dict", "collections.OrderedDict", "collections.defaultdict", "collections.Counter"})
    if (has_builtin_base(class_cell, name)) object.native = DictV{heap().make(DictData{})};
  for (const char* name : {"list", "set", "collections.deque"})
    if (has_builtin_base(class_cell, name)) object.native = ListV{heap().make(ListData{})};
  return ObjectV{heap().make(std::move(object))};
}

// The values of a class's fields from the arguments of its constructor; nothing after an exception.
std::optional<ValueList> Run::bind_fields(HeapId class_cell, CallArguments args, const Span& span) {
  const ClassData data = heap().read<ClassData>(class_cell);
  ValueList out;
  std::size_t next = 0;
  bool unknown_base = false;
  std::vector<bool> used(args.keywords.size(), false);
  for (const std::string& field : data.fields) {
    Value fallback = make_unknown("");
    bool has_fallback = false;
    bool in_constructor = true;
    if (const auto member = class_member(class_cell, field, unknown_base)) {
      has_fallback = true;
      fallback = *member;
      if (const auto* made = member->as<BoundV>()) {
        const auto* marker = made->call->callee.as<BuiltinV>();
        if (marker != nullptr && marker->builtin->name == "dataclasses._field") {
          has_fallback = false;
          for (const auto& [key, value] : made->call->keywords) {
            if (key == "default") fallback = value;
            else if (key == "default_factory") fallback = call_with(*this, value, {}, span);
            else if (key == "init") in_constructor = truth(value) != Tri::no;
            has_fallback = has_fallback || key == "default" || key == "default_factory";
          }
        }
      }
    }
    std::optional<Value> value;
    if (in_constructor && next < args.positional.size()) value = args.positional[next++];
    for (std::size_t k = 0; in_constructor && !value && k < args.keywords.size(); ++k) {
      if (args.keywords[k].first != field) continue;
      value = args.keywords[k].second;
      used[k] = true;
    }
    if (!value && args.unknown_rest)
      value = make_unknown(fmt::format("field `{}` comes from unknown arguments", field));
    if (!value && has_fallback) value = fallback;
    if (!value && !in_constructor) value = make_unknown(fmt::format("field `{}` is not set", field));
    if (!value) {
      raise(span, fmt::format("TypeError: {}() misses the argument '{}'", data.name, field));
      return std::nullopt;
    }
    out.push_back(std::move(*value));
  }
  if (next < args.positional.size() || std::ranges::find(used, false) != used.end()) {
    raise(span, fmt::format("TypeError: {}() got arguments that it does not take", data.name));
    return std::nullopt;
  }
  return out;
}

Value Run::construct_enum(HeapId class_cell, const CallArguments& args, const Span& span) {
  const Value& wanted = argument(args, 0);
  const ClassData data = heap().read<ClassData>(class_cell);
  Tri any = Tri::no;
  for (const std::string& name : data.fields) {
    const Value member = data.members.find(name)->second;
    const Tri same =
        equal(heap().read<ObjectData>(member.as<ObjectV>()->cell).attributes.find("value")->second, wanted) |
        equal(member, wanted);
    if (same == Tri::yes) return member;
    any = any | same;
  }
  if (any == Tri::no) return raise(span, fmt::format("ValueError: {} is no {}", show(wanted), data.name));
  return unknown(span, fmt::format("which {} is not known", data.name));
}

Value Run::construct(HeapId class_cell, CallArguments args, const Span& span) {
  const Flavor flavor = heap().read<ClassData>(class_cell).flavor;
  if (flavor == Flavor::enumeration) return construct_enum(class_cell, args, span);
  if (flavor == Flavor::typed_dict) return call(builtin("dict"), std::move(args), span, span);
  bool unknown_base = false;
  Value self;
  if (const auto make = class_member(class_cell, "__new__", unknown_base)) {
    const auto* descriptor = make->as<DescriptorV>();
    const Value function = descriptor != nullptr ? *descriptor->function : *make;
    if (function.as<FunctionV>() != nullptr) {
      CallArguments with_class = args;
      with_class.positional.insert(with_class.positional.begin(), ClassV{class_cell});
      with_class.spans.insert(with_class.spans.begin(), span);
      self = call(function, std::move(with_class), span, span);
      const auto* object = self.as<ObjectV>();
      const auto* type = object != nullptr ? heap().read<ObjectData>(object->cell).type.as<ClassV>() : nullptr;
      if (halted() || type == nullptr || !is_instance_of(type->cell, class_cell, unknown_base)) return self;
    }
  }
  if (flavor == Flavor::named_tuple) {
    if (!self.is_none()) return self;
    const auto values = bind_fields(class_cell, std::move(args), span);
    if (!values) return make_unknown("an exception was raised");
    ObjectData data;
    data.type = ClassV{class_cell};
    const std::vector<std::string>& fields = heap().read<ClassData>(class_cell).fields;
    for (std::size_t i = 0; i < fields.size(); ++i) data.attributes[fields[i]] = (*values)[i];
    data.order = fields;
    data.native = make_tuple(*values);
    return ObjectV{heap().make(std::move(data))};
  }
  if (self.is_none()) self = bare_object(class_cell);
  const auto init = class_member(class_cell, "__init__", unknown_base);
  const auto* function = init ? init->as<FunctionV>() : nullptr;
  if (function != nullptr) {
    const std::shared_ptr<const FunctionObject> held = function->function;
    args.positional.insert(args.positional.begin(), self);
    args.spans.insert(args.spans.begin(), span);
    call_function(*held, &self, std::move(args), span);
  } else if (flavor == Flavor::dataclass) {
    const auto values = bind_fields(class_cell, std::move(args), span);
    if (!values) return make_unknown("an exception was raised");
    const std::vector<std::string> fields = heap().read<ClassData>(class_cell).fields;
    for (std::size_t i = 0; i < fields.size(); ++i) set_attribute(self, fields[i], (*values)[i], span);
    if (const auto after = class_member(class_cell, "__post_init__", unknown_base); after && !halted())
      call_with(*this, *after, {self}, span);
  } else if (const Value native = heap().read<ObjectData>(self.as<ObjectV>()->cell).native; !native.is_none()) {
    if (!args.positional.empty() || !args.keywords.empty())
      call_member(native, native.as<DictV>() != nullptr ? "update" : "extend", args, span);
  }
  return self;
}

}  // namespace shapelint
