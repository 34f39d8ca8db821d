// dataclasses, enum, typing and abc. What stands in annotations and as a base only (`Generic[T]`, `Protocol`) is a
// marker without meaning for shapes.
#include <fmt/format.h>

#include "lib/trace/builtins.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

// As a decorator it changes nothing; called otherwise (`TypeVar("T")`) it is a marker again.
Value marker(Run&, Args args, const Span&) {
  const Value& v = argument(args, 0);
  if (args.positional.size() == 1 && args.keywords.empty() &&
      (v.as<FunctionV>() != nullptr || v.as<ClassV>() != nullptr || v.as<DescriptorV>() != nullptr))
    return v;
  return builtin("typing.Any");
}

Value cast(Run&, Args args, const Span&) { return argument(args, 1); }
Value new_type(Run&, Args, const Span&) { return builtin("functools._identity"); }

// `NamedTuple("Point", [("x", int), ("y", int)])`.
Value named_tuple(Run& run, Args args, const Span& span) {
  ValueList names;
  const auto fields = run.elements(argument(args, 1), span);
  if (!fields) return run.unknown(span, "a named tuple of unknown fields");
  for (const Value& field : *fields) names.push_back(run.subscript(field, IntV{run.dims().number(0)}, span, span));
  return call_with(run, builtin("collections.namedtuple"), {argument(args, 0), make_list(run, std::move(names))}, span);
}

// ---- dataclasses

Value dataclass(Run& run, Args args, const Span&) {
  const auto* type = argument(args, 0).as<ClassV>();
  if (type == nullptr) return builtin("dataclasses.dataclass");  // `@dataclass(frozen=True)`
  run.make_dataclass(type->cell);
  return *type;
}
Value field(Run&, Args args, const Span&) {
  return BoundV{std::make_shared<const BoundCall>(BoundCall{builtin("dataclasses._field"), {}, args.keywords})};
}
Value field_marker(Run&, Args, const Span&) { return make_unknown("a dataclass field outside its class"); }

const std::vector<std::string>* fields_of(Run& run, const Value& v) {
  const auto* object = v.as<ObjectV>();
  const Value type = object != nullptr ? run.heap().read<ObjectData>(object->cell).type : v;
  const auto* known = type.as<ClassV>();
  if (known == nullptr) return nullptr;
  const ClassData& data = run.heap().read<ClassData>(known->cell);
  return data.flavor == ClassData::Flavor::dataclass || data.flavor == ClassData::Flavor::named_tuple ? &data.fields
                                                                                                      : nullptr;
}
Value asdict(Run& run, Args args, const Span& span) {
  const auto* fields = fields_of(run, argument(args, 0));
  if (fields == nullptr) return run.unknown(span, "the fields of a value that is not known");
  DictData data;
  for (const std::string& name : std::vector<std::string>(*fields))
    data.items.emplace_back(make_str(name), run.attribute(argument(args, 0), name, span));
  return DictV{run.heap().make(std::move(data))};
}
Value astuple(Run& run, Args args, const Span& span) {
  const auto* fields = fields_of(run, argument(args, 0));
  if (fields == nullptr) return run.unknown(span, "the fields of a value that is not known");
  ValueList out;
  for (const std::string& name : std::vector<std::string>(*fields))
    out.push_back(run.attribute(argument(args, 0), name, span));
  return make_tuple(std::move(out));
}
// Each field as an object with its `name`.
Value fields(Run& run, Args args, const Span& span) {
  const auto* names = fields_of(run, argument(args, 0));
  if (names == nullptr) return run.unknown(span, "the fields of a value that is not known");
  ValueList out;
  for (const std::string& name : std::vector<std::string>(*names)) {
    ObjectData data;
    data.type = make_unknown("a dataclass field");
    data.attributes["name"] = make_str(name);
    data.order = {"name"};
    out.push_back(ObjectV{run.heap().make(std::move(data))});
  }
  return make_tuple(std::move(out));
}
Value replace(Run& run, Args args, const Span& span) {
  const auto* object = argument(args, 0).as<ObjectV>();
  const auto* names = fields_of(run, argument(args, 0));
  if (object == nullptr || names == nullptr) return run.unknown(span, "the fields of a value that is not known");
  CallArguments rest;
  for (const std::string& name : std::vector<std::string>(*names)) {
    const Value* given = args.keyword(name);
    rest.keywords.emplace_back(name, given != nullptr ? *given : run.attribute(*object, name, span));
    rest.keyword_spans.push_back(span);
  }
  return run.call(run.heap().read<ObjectData>(object->cell).type, std::move(rest), span, span);
}
Value is_dataclass(Run& run, Args args, const Span&) {
  if (argument(args, 0).is_unknown()) return argument(args, 0);
  return fields_of(run, argument(args, 0)) != nullptr;
}

Value enum_auto(Run&, Args, const Span&) { return builtin("enum.auto"); }

// The wrapped value is taken out where the class is made (`finish_class`).
Value enum_wrapper(std::string_view name, Args args) {
  return BoundV{std::make_shared<const BoundCall>(BoundCall{builtin(name), {argument(args, 0, "value")}, {}})};
}
Value enum_member(Run&, Args args, const Span&) { return enum_wrapper("enum.member", args); }
Value enum_nonmember(Run&, Args args, const Span&) { return enum_wrapper("enum.nonmember", args); }

// `types.SimpleNamespace(a=1)`, `argparse.Namespace(a=1)`.
Value namespace_object(Run& run, Args args, const Span&) {
  ObjectData data;
  data.type = make_unknown("a namespace");
  for (const auto& [name, value] : args.keywords) {
    data.attributes[name] = value;
    data.order.push_back(name);
  }
  return ObjectV{run.heap().make(std::move(data))};
}

Value new_object(Run& run, Args args, const Span& span) {
  const auto* type = argument(args, 0).as<ClassV>();
  return type != nullptr ? run.bare_object(type->cell) : run.unknown(span, "an object of an unknown class");
}

constexpr Builtin kTable[] = {
    {"typing.Any", marker},
    {"typing.NamedTuple", named_tuple},
    {"typing.TypedDict", marker},
    {"typing.cast", cast},
    {"typing.NewType", new_type},
    {"collections.abc.Sequence", marker},
    {"collections.abc.MutableSequence", marker},
    {"collections.abc.Mapping", marker},
    {"collections.abc.MutableMapping", marker},
    {"collections.abc.Iterable", marker},
    {"collections.abc.Collection", marker},
    {"collections.abc.Callable", marker},
    {"collections.abc.Iterator", marker},
    {"collections.abc.Generator", marker},
    {"collections.abc.Hashable", marker},
    {"collections.abc.Set", marker},
    {"collections.abc.Sized", marker},
    {"numbers.Number", marker},
    {"numbers.Real", marker},
    {"numbers.Integral", marker},
    {"abc.ABC", marker},
    {"abc.ABCMeta", marker},
    {"abc.abstractmethod", marker},
    {"enum.Enum", marker},
    {"enum.IntEnum", marker},
    {"enum.StrEnum", marker},
    {"enum.Flag", marker},
    {"enum.IntFlag", marker},
    {"enum.EnumMeta", marker},
    {"enum.EnumType", marker},
    {"enum.unique", marker},
    {"enum.auto", enum_auto},
    {"enum.member", enum_member},
    {"enum.nonmember", enum_nonmember},
    {"dataclasses.dataclass", dataclass},
    {"dataclasses.field", field},
    {"dataclasses._field", field_marker},
    {"dataclasses.asdict", asdict},
    {"dataclasses.astuple", astuple},
    {"dataclasses.fields", fields},
    {"dataclasses.replace", replace},
    {"dataclasses.is_dataclass", is_dataclass},
    {"dataclasses.InitVar", marker},
    {"types.SimpleNamespace", namespace_object},
    {"types.FunctionType", marker},
    {"types.ModuleType", marker},
    {"argparse.Namespace", namespace_object},
    {"object.__new__", new_object},
};

}  // namespace

std::span<const Builtin> class_builtins() { return kTable; }

}  // namespace shapelint
