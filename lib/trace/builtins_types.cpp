// Python's builtins on types and attributes: isinstance, getattr, type, super, property, vars, ...
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

Tri is_of_type(Run& run, const Value& v, const Value& type) {
  if (const auto* types = type.as<TupleV>()) {
    Tri t = Tri::no;
    const auto asks_for = [&](std::string_view name) {
      return std::ranges::any_of(*types->items, [&](const Value& one) {
        const auto* builtin = one.as<BuiltinV>();
        return builtin != nullptr && builtin->builtin->name == name;
      });
    };
    // A sequence of unknown length is one of these two.
    if (v.as<SequenceV>() != nullptr && asks_for("list") && asks_for("tuple")) return Tri::yes;
    for (const Value& one : *types->items) t = t | is_of_type(run, v, one);
    return t;
  }
  if (v.is_unknown() || type.is_unknown()) return Tri::unknown;
  const auto* t = v.as<TensorV>();
  const bool tensor = t != nullptr && !run.tensor(t->id).is_number;
  if (const auto* wanted = type.as<ClassV>()) {
    const auto* object = v.as<ObjectV>();
    if (object != nullptr) {
      const auto* own = run.heap().read<ObjectData>(object->cell).type.as<ClassV>();
      if (own == nullptr) return Tri::unknown;
      bool unknown_base = false;
      if (run.is_instance_of(own->cell, wanted->cell, unknown_base)) return Tri::yes;
      return unknown_base ? Tri::unknown : Tri::no;
    }
    return tri(tensor && is_type_of_tensors(run.heap().read<ClassData>(wanted->cell).name));
  }
  const auto* builtin = type.as<BuiltinV>();
  if (builtin == nullptr) return Tri::unknown;
  const std::string_view name = builtin->builtin->name;
  if (name == "object") return Tri::yes;
  if (name == "shapelint.Tensor") return tri(tensor);
  if (name == "enum.EnumMeta" || name == "enum.EnumType") {
    const auto* made = v.as<ClassV>();
    return tri(made != nullptr && run.heap().read<ClassData>(made->cell).flavor == ClassData::Flavor::enumeration);
  }
  if (const auto* object = v.as<ObjectV>()) {
    const ObjectData& data = run.heap().read<ObjectData>(object->cell);
    const auto* own = data.type.as<ClassV>();
    // A member of `class Mode(str, Enum)` is both.
    if (own != nullptr && run.has_builtin_base(own->cell, name)) return Tri::yes;
    if (!data.native.is_none()) return is_of_type(run, data.native, type);
    if (own == nullptr) return Tri::unknown;
    const auto has = [&](const char* method) {
      bool unknown_base = false;
      const auto found = run.class_member(own->cell, method, unknown_base);
      return found ? Tri::yes : unknown_base ? Tri::unknown : Tri::no;
    };
    if (name == "collections.abc.Callable") return has("__call__");
    if (name == "collections.abc.Iterable") return has("__iter__");
    if (name == "collections.abc.Sized") return has("__len__");
    bool unknown_base = false;
    run.linear_bases(own->cell, unknown_base);
    return unknown_base ? Tri::unknown : Tri::no;
  }
  const bool list = v.as<ListV>() != nullptr;
  const bool is_set = list && run.heap().read<ListData>(v.as<ListV>()->cell).is_set;
  const bool text = v.as<StrV>() != nullptr;
  const bool dict = v.as<DictV>() != nullptr;
  const bool tuple = v.as<TupleV>() != nullptr;
  const bool range = v.as<RangeV>() != nullptr;
  const bool sequence = (list && !is_set) || text || tuple || range;
  if (t != nullptr && !tensor) {
    const bool whole = !is_float(run.tensor(t->id).dtype);
    if (name == "numbers.Number" || name == "numbers.Real") return Tri::yes;
    return tri(name == (whole ? "int" : "float") || (whole && name == "numbers.Integral"));
  }
  const bool whole = v.as<IntV>() != nullptr || v.as<bool>() != nullptr;
  const bool real = whole || v.as<double>() != nullptr;
  const bool callable = v.as<FunctionV>() != nullptr || v.as<BoundV>() != nullptr || v.as<ClassV>() != nullptr ||
                        v.as<BuiltinV>() != nullptr || v.as<OpV>() != nullptr || v.as<MemberV>() != nullptr;
  // How many elements a sequence of unknown length came from is not known, nor is its type.
  if (v.as<SequenceV>() != nullptr) {
    if (name == "int" || name == "float" || name == "bool" || name == "str" || name == "dict" ||
        name.starts_with("numbers."))
      return Tri::no;
    return Tri::unknown;
  }
  if (name == "int" || name == "numbers.Integral") return tri(whole);
  if (name == "float") return tri(v.as<double>() != nullptr);
  if (name == "numbers.Number" || name == "numbers.Real") return tri(real);
  if (name == "bool") return tri(v.as<bool>() != nullptr);
  if (name == "str") return tri(text);
  if (name == "list") return tri(list && !is_set);
  if (name == "set" || name == "frozenset" || name == "collections.abc.Set") return tri(is_set);
  if (name == "tuple") return tri(tuple);
  if (name == "dict" || name == "collections.abc.Mapping" || name == "collections.abc.MutableMapping") return tri(dict);
  if (name == "range") return tri(range);
  if (name == "slice") return tri(v.as<SliceV>() != nullptr);
  if (name == "type") return tri(v.as<ClassV>() != nullptr);
  if (name == "collections.abc.Sequence") return tri(sequence);
  if (name == "collections.abc.MutableSequence") return tri(list && !is_set);
  if (name == "collections.abc.Iterable") return tri(sequence || is_set || dict || tensor);
  if (name == "collections.abc.Sized" || name == "collections.abc.Collection")
    return tri(sequence || is_set || dict || tensor);
  if (name == "collections.abc.Callable" || name == "types.FunctionType") return tri(callable);
  if (name == "types.NoneType") return tri(v.is_none());
  if (name == "types.ModuleType") return tri(v.as<ModuleV>() != nullptr);
  const bool plain = v.is_none() || real || text || dict || list || tuple || tensor;
  // What none of the above is: an enum, a protocol, an exception.
  return plain && !name.starts_with("typing.") && !name.starts_with("collections.abc.") ? Tri::no : Tri::unknown;
}

Value builtin_isinstance(Run& run, Args args, const Span&) {
  return known_truth(is_of_type(run, argument(args, 0), argument(args, 1)), "a type");
}

Value builtin_issubclass(Run& run, Args args, const Span&) {
  const auto* a = argument(args, 0).as<ClassV>();
  const auto* b = argument(args, 1).as<ClassV>();
  if (a != nullptr && argument(args, 1).as<BuiltinV>() != nullptr)
    return run.has_builtin_base(a->cell, argument(args, 1).as<BuiltinV>()->builtin->name);
  if (a == nullptr || b == nullptr) return make_unknown("a subclass test");
  bool unknown_base = false;
  if (run.is_instance_of(a->cell, b->cell, unknown_base)) return true;
  return known_truth(unknown_base ? Tri::unknown : Tri::no, "a subclass test");
}

Value builtin_getattr(Run& run, Args args, const Span& span) {
  const auto* name = argument(args, 1).as<StrV>();
  if (name == nullptr || !name->exact) return run.unknown(span, "getattr with a name that is not known");
  if (const auto value = run.find_attribute(argument(args, 0), *name->text, span)) return *value;
  if (args.positional.size() > 2) return argument(args, 2);
  return run.attribute(argument(args, 0), *name->text, span);
}

Value builtin_hasattr(Run& run, Args args, const Span& span) {
  const auto* name = argument(args, 1).as<StrV>();
  if (name == nullptr || argument(args, 0).is_unknown()) return make_unknown("hasattr of a value that is not known");
  const auto value = run.find_attribute(argument(args, 0), *name->text, span);
  if (value && value->is_unknown()) return with_claim(*value, nullptr);
  return value.has_value();
}

Value builtin_setattr(Run& run, Args args, const Span& span) {
  if (const auto* name = argument(args, 1).as<StrV>(); name != nullptr && name->exact)
    run.set_attribute(argument(args, 0), *name->text, argument(args, 2), span);
  return NoneV{};
}

Value builtin_callable(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (v.is_unknown()) return with_claim(v, nullptr);
  if (v.as<ObjectV>() != nullptr) return run.find_attribute(v, "__call__", span).has_value();
  return v.as<FunctionV>() != nullptr || v.as<BoundV>() != nullptr || v.as<ClassV>() != nullptr ||
         v.as<OpV>() != nullptr || v.as<BuiltinV>() != nullptr || v.as<MemberV>() != nullptr;
}

Value builtin_type(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto* object = v.as<ObjectV>()) return run.heap().read<ObjectData>(object->cell).type;
  if (v.as<ClassV>() != nullptr) return BuiltinV{find_builtin("type")};
  if (v.is_none()) return BuiltinV{find_builtin("types.NoneType")};
  if (v.as<IntV>() != nullptr) return BuiltinV{find_builtin("int")};
  if (v.as<double>() != nullptr) return BuiltinV{find_builtin("float")};
  if (v.as<bool>() != nullptr) return BuiltinV{find_builtin("bool")};
  if (v.as<StrV>() != nullptr) return BuiltinV{find_builtin("str")};
  if (v.as<ListV>() != nullptr) return BuiltinV{find_builtin("list")};
  if (v.as<TupleV>() != nullptr) return BuiltinV{find_builtin("tuple")};
  if (v.as<DictV>() != nullptr) return BuiltinV{find_builtin("dict")};
  if (const auto* t = v.as<TensorV>()) {
    const Tensor& tensor = run.tensor(t->id);
    if (!tensor.is_number) return BuiltinV{find_builtin("shapelint.Tensor")};
    return BuiltinV{find_builtin(is_float(tensor.dtype) ? "float" : "int")};
  }
  return run.unknown(span, fmt::format("the type of {}", run.show(v)));
}

Value builtin_super(Run& run, Args args, const Span& span) {
  const Activation& now = run.here();
  const Value self = args.positional.size() >= 2 ? args.positional[1] : now.self;
  std::optional<HeapId> owner;
  if (args.positional.size() >= 2 && args.positional[0].as<ClassV>() != nullptr)
    owner = args.positional[0].as<ClassV>()->cell;
  else if (now.owner != nullptr) owner = *now.owner;
  if (owner && self.as<ClassV>() != nullptr) return SuperV{*owner, self.as<ClassV>()->cell, true};
  if (!owner || self.as<ObjectV>() == nullptr) return run.unknown(span, "super() outside a method");
  return SuperV{*owner, self.as<ObjectV>()->cell};
}

Value descriptor(Args args, DescriptorV::Kind kind) {
  return DescriptorV{kind, std::make_shared<const Value>(argument(args, 0)), nullptr};
}
Value builtin_property(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::property); }
Value builtin_staticmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::static_method); }
Value builtin_classmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::class_method); }
// `@x.setter`, bound to the property: the same property with a setter.
Value property_setter(Run&, Args args, const Span&) {
  const auto* property = argument(args, 0).as<DescriptorV>();
  if (property == nullptr) return NoneV{};
  return DescriptorV{property->kind, property->function, std::make_shared<const Value>(argument(args, 1))};
}
Value property_deleter(Run&, Args args, const Span&) { return argument(args, 0); }

Value builtin_globals(Run& run, Args, const Span&) {
  const LoadedModule* home = run.here().home;
  return home != nullptr ? make_module(home->name) : make_unknown("the names of a module that is not known");
}
Value builtin_vars(Run& run, Args args, const Span& span) {
  return args.positional.empty() ? make_unknown("local names") : run.attribute(argument(args, 0), "__dict__", span);
}
Value builtin_delattr(Run& run, Args args, const Span&) {
  const auto* object = argument(args, 0).as<ObjectV>();
  const auto* name = argument(args, 1).as<StrV>();
  if (object != nullptr && name != nullptr) run.heap().write<ObjectData>(object->cell).attributes.erase(*name->text);
  return NoneV{};
}
Value builtin_id(Run& run, Args, const Span&) { return IntV{run.dims().fresh("?id")}; }

constexpr Builtin kTable[] = {
    {"isinstance", builtin_isinstance},
    {"issubclass", builtin_issubclass},
    {"getattr", builtin_getattr},
    {"hasattr", builtin_hasattr},
    {"setattr", builtin_setattr},
    {"callable", builtin_callable},
    {"type", builtin_type},
    {"types.NoneType", [](Run&, Args, const Span&) -> Value { return NoneV{}; }},
    {"super", builtin_super},
    {"property", builtin_property},
    {"staticmethod", builtin_staticmethod},
    {"classmethod", builtin_classmethod},
    {"property.setter", property_setter},
    {"property.deleter", property_deleter},
    {"globals", builtin_globals},
    {"locals", builtin_vars},
    {"vars", builtin_vars},
    {"delattr", builtin_delattr},
    {"id", builtin_id},
    {"hash", builtin_id},
};

}  // namespace

bool is_type_of_tensors(std::string_view class_name) {
  return class_name == "Tensor" || class_name == "ndarray" || class_name == "Array" || class_name == "KerasTensor";
}

std::span<const Builtin> type_builtins() { return kTable; }

}  // namespace shapelint
