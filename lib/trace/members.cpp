// Names and attributes of every kind of value: scopes, modules, classes, objects, tensors and Python's own types.
#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {
namespace {

// Where the methods and properties of a framework's tensors are defined: as the functions of a module, which are parsed
// one by one as they are used, or as the members of a class.
struct TensorMethods {
  std::string_view package;
  std::string_view module;
  std::string_view class_name;  ///< empty: the functions of the module itself
};
constexpr TensorMethods kTensorMethods[] = {{"torch", "torch._tensor", ""},   {"jax", "jax", "Array"},
                                            {"optax", "jax", "Array"},        {"flax", "jax", "Array"},
                                            {"numpy", "numpy", "ndarray"},    {"tensorflow", "tensorflow", "Tensor"},
                                            {"keras", "keras", "KerasTensor"}};

// What becomes a method when it is a member of a class. A `partial` does not, but a function under `@contextmanager`.
bool is_function_like(const Value& value) {
  if (const auto* bound = value.as<BoundV>()) {
    const auto* callee = bound->call->callee.as<BuiltinV>();
    return callee != nullptr && callee->builtin->name == "contextlib._enter";
  }
  if (const auto* known = value.as<BuiltinV>())
    return !is_ignored(value) && !known->builtin->name.starts_with("typing.");
  return value.as<FunctionV>() != nullptr || value.as<OpV>() != nullptr;
}

}  // namespace

bool has_tensors(std::string_view package) {
  return std::ranges::find(kTensorMethods, package, &TensorMethods::package) != std::end(kTensorMethods);
}

// ---- attributes --------------------------------------------------------------------------------------------------

std::optional<Value> Run::class_member(HeapId class_cell, const std::string& name, bool& unknown_base) {
  // Most members are the class's own, and asking for its bases is work.
  const auto& own = heap().read<ClassData>(class_cell).members;
  if (const auto it = own.find(name); it != own.end()) return it->second;
  for (const HeapId type : linear_bases(class_cell, unknown_base)) {
    const auto& members = heap().read<ClassData>(type).members;
    if (const auto it = members.find(name); it != members.end()) return it->second;
  }
  return std::nullopt;
}

namespace {

// `conv = torch.conv2d` in a class of the user's: frameworks' functions of this kind are native, and natives do not
// bind. (Who puts one that would bind there gets an exception from Python, so nobody does.)
bool is_native_function(Run& run, const Value& self, const Value& member) {
  const auto* f = member.as<FunctionV>();
  return f != nullptr && self.as<ObjectV>() != nullptr && f->function->home != nullptr &&
         f->function->home->is_framework && f->function->owner == nullptr && !run.here().in_framework;
}

// A class member reached through an object or a class.
Value reached(Run& run, const Value& member, const Value* self, const Value& type, const Span& span) {
  if (const auto* descriptor = member.as<DescriptorV>()) {
    switch (descriptor->kind) {
      case DescriptorV::Kind::property:
        if (self == nullptr) return member;
        return run.call(*descriptor->function, CallArguments{.positional = {*self}, .spans = {span}}, span, span);
      case DescriptorV::Kind::static_method: return *descriptor->function;
      case DescriptorV::Kind::class_method:
        return BoundV{std::make_shared<const BoundCall>(BoundCall{*descriptor->function, {type}, {}})};
    }
  }
  if (self != nullptr && is_function_like(member) && !is_native_function(run, *self, member)) {
    return BoundV{std::make_shared<const BoundCall>(BoundCall{member, {*self}, {}})};
  }
  return member;
}

// What dtypes say of themselves in PyTorch, TensorFlow and NumPy.
std::optional<Value> dtype_attribute(DType dtype, const std::string& name) {
  if (name == "name") return make_str(std::string(shapelint::name(dtype)));
  if (name == "is_floating_point" || name == "is_floating") return is_float(dtype);
  if (name == "is_bool") return dtype == DType::boolean;
  if (name == "is_integer") return is_integer(dtype);
  if (name == "is_complex") return false;
  if (is_float(dtype) && (name == "max" || name == "min")) {
    const double largest = dtype == DType::float16    ? 65504.0
                           : dtype == DType::bfloat16 ? 3.3895313892515355e38
                           : dtype == DType::float32  ? std::numeric_limits<float>::max()
                                                      : std::numeric_limits<double>::max();
    return name == "max" ? largest : -largest;
  }
  if (name == "base_dtype" || name == "real_dtype" || name == "as_numpy_dtype") return DTypeV{dtype};
  return std::nullopt;
}

}  // namespace

std::optional<Value> Run::find_attribute(const Value& value, const std::string& name, const Span& span) {
  if (const auto* module = value.as<ModuleV>()) return module_member(*module->path, name);
  if (const auto* object = value.as<ObjectV>()) {
    // What is called below may change the object.
    const auto kept = heap().snapshot(object->cell);
    const auto& data = std::get<ObjectData>(*kept);
    if (const auto it = data.attributes.find(name); it != data.attributes.end()) return it->second;
    if (name == "__class__") return data.type;
    const auto* type = data.type.as<ClassV>();
    if (type == nullptr) return make_unknown(fmt::format("attribute `{}` of {}", name, show(value)));
    bool unknown_base = false;
    if (const auto member = class_member(type->cell, name, unknown_base))
      return reached(*this, *member, &value, data.type, span);
    if (!data.native.is_none() && has_method(*this, data.native, name)) return find_attribute(data.native, name, span);
    if (const auto getattr = class_member(type->cell, "__getattr__", unknown_base)) {
      return call(reached(*this, *getattr, &value, data.type, span),
                  CallArguments{.positional = {make_str(name)}, .spans = {span}}, span, span);
    }
    if (name == "__dict__") {
      DictData all;
      for (const std::string& key : data.order) {
        if (const auto it = data.attributes.find(key); it != data.attributes.end())
          all.items.emplace_back(make_str(key), it->second);
      }
      return DictV{heap().make(std::move(all))};
    }
    if (has_builtin_base(type->cell, "ignored")) return ignored();
    if (unknown_base)
      return make_unknown(fmt::format("attribute `{}` may come from a base class that is not known", name));
    return std::nullopt;
  }
  if (const auto* type = value.as<ClassV>()) {
    bool unknown_base = false;
    if (name == "__name__") return make_str(heap().read<ClassData>(type->cell).name);
    if (name == "__qualname__") return make_str(heap().read<ClassData>(type->cell).qualname);
    if (name == "__mro__" || name == "__bases__") {
      ValueList types;
      for (const HeapId one : linear_bases(type->cell, unknown_base)) types.push_back(ClassV{one});
      if (!unknown_base) return make_tuple(std::move(types));
    }
    if (name == "__annotations__") {
      DictData all;
      for (const std::string& field : annotated_fields(type->cell))
        all.items.emplace_back(make_str(field), make_unknown("a type that is written in a class"));
      return DictV{heap().make(std::move(all))};
    }
    if (name == "__members__" && heap().read<ClassData>(type->cell).flavor == ClassData::Flavor::enumeration) {
      DictData all;
      const ClassData& data = heap().read<ClassData>(type->cell);
      for (const std::string& field : data.fields)
        all.items.emplace_back(make_str(field), data.members.find(field)->second);
      return DictV{heap().make(std::move(all))};
    }
    if (const auto member = class_member(type->cell, name, unknown_base))
      return reached(*this, *member, nullptr, value, span);
    if (unknown_base)
      return make_unknown(fmt::format("attribute `{}` may come from a base class that is not known", name));
    return std::nullopt;
  }
  if (const auto* super = value.as<SuperV>()) {
    const Value self = super->is_class ? Value(ClassV{super->self}) : Value(ObjectV{super->self});
    const Value type = super->is_class ? self : heap().read<ObjectData>(super->self).type;
    const auto* own = type.as<ClassV>();
    if (own == nullptr) return std::nullopt;
    bool unknown_base = false;
    bool behind = false;
    for (const HeapId one : linear_bases(own->cell, unknown_base)) {
      if (behind) {
        const auto& members = heap().read<ClassData>(one).members;
        if (const auto it = members.find(name); it != members.end()) {
          const Value member = it->second;
          if (name == "__new__") return reached(*this, member, nullptr, type, span);
          return reached(*this, member, super->is_class ? nullptr : &self, type, span);
        }
      }
      behind = behind || one == super->owner;
    }
    if (!super->is_class) {
      const Value native = heap().read<ObjectData>(super->self).native;
      if (!native.is_none()) {
        const std::string method = name != "__init__" ? name : native.as<DictV>() != nullptr ? "update" : "extend";
        return MemberV{std::make_shared<const Value>(native), std::make_shared<const std::string>(method)};
      }
    }
    if (name == "__new__") return BuiltinV{find_builtin("object.__new__")};
    if (name == "__init__" || name == "__init_subclass__" || name == "__post_init__")
      return BuiltinV{find_builtin("object.__init__")};
    if (name == "__setattr__" && !unknown_base && !super->is_class)
      return BoundV{std::make_shared<const BoundCall>(BoundCall{BuiltinV{find_builtin("setattr")}, {self}, {}})};
    if (unknown_base) return make_unknown(fmt::format("`super().{}` is in a base class that is not known", name));
    return std::nullopt;
  }
  if (const auto* t = value.as<TensorV>()) {
    const Tensor& self = tensor(t->id);
    if (name == "shape") {
      if (!self.shape) return make_unknown("the shape of a tensor that is not known: " + self.unknown_reason);
      ValueList sizes;
      for (const Dim dim : facts_.resolve(*self.shape)) sizes.push_back(IntV{dim});
      Value tuple = make_tuple(std::move(sizes));
      shapes_of_.emplace(tuple.as<TupleV>()->items.get(), t->id);
      shape_tuples_.push_back(tuple);
      return tuple;
    }
    if (name == "dtype") return DTypeV{self.dtype};
    if (name == "ndim" || name == "rank") {
      if (!self.shape) return make_unknown("the rank of a tensor that is not known: " + self.unknown_reason);
      return IntV{dims_->number(static_cast<std::int64_t>(self.shape->size()))};
    }
    for (const std::string& package : packages_) {
      for (const TensorMethods& candidate : kTensorMethods) {
        if (candidate.package != package || !library_->has_framework_path(candidate.module)) continue;
        if (candidate.class_name.empty()) {
          const auto member = module_member(std::string(candidate.module), name);
          // What else the module names (its imports, constants) is no attribute of a tensor.
          if (member && (member->as<FunctionV>() != nullptr || member->as<DescriptorV>() != nullptr)) {
            return reached(*this, *member, &value, NoneV{}, span);
          }
          continue;
        }
        const auto type = module_member(std::string(candidate.module), std::string(candidate.class_name));
        if (!type || type->as<ClassV>() == nullptr) continue;
        bool unknown_base = false;
        if (const auto member = class_member(type->as<ClassV>()->cell, name, unknown_base)) {
          return reached(*this, *member, &value, *type, span);
        }
      }
    }
    if (name == "T") return apply("transpose", {t->id}, {.span = span, .operands = {span}});
    if (name == "get_shape" || name == "numpy") {
      return MemberV{std::make_shared<const Value>(value), std::make_shared<const std::string>(name)};
    }
    return std::nullopt;
  }
  if (const auto* dict = value.as<DictV>(); dict != nullptr && !has_method(*this, value, name)) {
    // `--shape batch.obs=...` may mean a key or an attribute.
    for (const auto& [key, item] : heap().read<DictData>(dict->cell).items) {
      if (const auto* text = key.as<StrV>(); text != nullptr && *text->text == name) return item;
    }
  }
  if (const auto* tuple = value.as<TupleV>(); tuple != nullptr && tuple->names != nullptr) {
    const auto it = std::ranges::find(*tuple->names, name);
    if (it != tuple->names->end()) return (*tuple->items)[static_cast<std::size_t>(it - tuple->names->begin())];
  }
  // `x.shape[1].value` of TensorFlow 1.
  if (value.as<IntV>() != nullptr && name == "value" && std::ranges::find(packages_, "tensorflow") != packages_.end()) {
    return value;
  }
  if (value.as<TupleV>() != nullptr && (name == "rank" || name == "ndims")) {
    return IntV{dims_->number(static_cast<std::int64_t>(value.as<TupleV>()->items->size()))};
  }
  if (const auto* bound = value.as<BoundV>()) {
    if (name == "__self__" && !bound->call->arguments.empty()) return bound->call->arguments[0];
    if (name == "__func__" || name == "func" || name == "__wrapped__") return bound->call->callee;
    if (name == "__name__" || name == "__qualname__" || name == "__doc__")
      return find_attribute(bound->call->callee, name, span);
    if (name == "args") return make_tuple(bound->call->arguments);
    if (name == "keywords") {
      DictData all;
      for (const auto& [key, item] : bound->call->keywords) all.items.emplace_back(make_str(key), item);
      return DictV{heap().make(std::move(all))};
    }
  }
  if (const auto* function = value.as<FunctionV>();
      function != nullptr && (name == "__name__" || name == "__qualname__")) {
    return make_str(name == "__name__" ? function->function->ast().name : function->function->qualname);
  }
  if (const auto* function = value.as<FunctionV>()) {
    if (name == "__wrapped__") return value;
    if (name == "__doc__") return make_str(function->function->ast().docstring);
    if (name == "__module__")
      return make_str(function->function->home != nullptr ? function->function->home->name : "");
  }
  if (const auto* slice = value.as<SliceV>()) {
    if (name == "start") return (*slice->parts)[0];
    if (name == "stop") return (*slice->parts)[1];
    if (name == "step") return (*slice->parts)[2];
  }
  if (const auto* range = value.as<RangeV>()) {
    if (name == "start") return IntV{range->start};
    if (name == "stop") return IntV{range->stop};
    if (name == "step") return IntV{range->step};
  }
  if (const auto* dtype = value.as<DTypeV>()) {
    if (auto found = dtype_attribute(dtype->dtype, name)) return found;
  }
  if (value.as<DescriptorV>() != nullptr && (name == "setter" || name == "deleter" || name == "getter")) {
    const char* which = name == "setter" ? "property.setter" : "property.deleter";
    return BoundV{std::make_shared<const BoundCall>(BoundCall{builtin(which), {value}, {}})};
  }
  if (const auto* descriptor = value.as<DescriptorV>(); descriptor != nullptr && name == "__func__")
    return *descriptor->function;
  if (const auto* builtin = value.as<BuiltinV>()) {
    if (is_ignored(value)) return value;
    if (name == "__name__" || name == "__qualname__") {
      const std::string_view full = builtin->builtin->name;
      return make_str(std::string(full.substr(full.rfind('.') + 1)));
    }
    if (const Builtin* member = find_builtin(std::string(builtin->builtin->name) + "." + name)) return BuiltinV{member};
    return std::nullopt;
  }
  // A list of batches that stands for a loader: of the samples nobody knows how many there are.
  if (value.as<ListV>() != nullptr && name == "dataset")
    return ListV{heap().make(ListData{.items = {}, .length = dims_->fresh("?count"), .generic = true})};
  if (has_method(*this, value, name)) {
    return MemberV{std::make_shared<const Value>(value), std::make_shared<const std::string>(name)};
  }
  return std::nullopt;
}

Value Run::attribute(const Value& value, const std::string& name, const Span& span) {
  if (halted() || value.is_unknown()) return with_claim(value, nullptr);
  if (auto found = find_attribute(value, name, span)) return std::move(*found);
  if (const auto* module = value.as<ModuleV>())
    return unknown(span, fmt::format("`{}.{}` is not known", *module->path, name));
  return unknown(span, fmt::format("attribute `{}` of {} is not known", name, show(value)));
}

void Run::set_attribute(const Value& target, const std::string& name, Value value, const Span& span) {
  if (is_ignored(target)) return;
  if (const auto* object = target.as<ObjectV>()) {
    if (const auto* type = heap().read<ObjectData>(object->cell).type.as<ClassV>()) {
      bool unknown_base = false;
      const auto member = class_member(type->cell, name, unknown_base);
      const auto* property = member ? member->as<DescriptorV>() : nullptr;
      if (property != nullptr && property->setter != nullptr) {
        call_with(*this, *property->setter, {target, std::move(value)}, span);
        return;
      }
    }
    auto& data = heap().write<ObjectData>(object->cell);
    if (!data.attributes.contains(name)) data.order.push_back(name);
    data.attributes[name] = std::move(value);
  } else if (const auto* type = target.as<ClassV>()) {
    heap().write<ClassData>(type->cell).members[name] = std::move(value);
  } else if (const auto* t = target.as<TensorV>()) {
    // `x.data = y` replaces the elements; `x.requires_grad = True` and marks of the user's own change none.
    if (const auto* content = value.as<TensorV>(); name == "data" && content != nullptr)
      become(t->id, content->id, span);
    else if (name == "data") note_unknown(span, fmt::format("`data` of a tensor is set to {}", show(value)));
  } else if (const auto* module = target.as<ModuleV>();
             module != nullptr && value.as<bool>() != nullptr && module_member(*module->path, name).has_value()) {
    // `torch.backends.cudnn.benchmark = True`: a switch that the definitions know, and that no shape depends on.
  } else if (!target.is_unknown() && target.as<FunctionV>() == nullptr) {
    note_unknown(span, fmt::format("an attribute of {} is set", show(target)));
  }
}

void Run::grow(HeapId cell, const ValueList& more, std::optional<Dim> by, const Span& span) {
  if (const ListData& plain = heap().read<ListData>(cell); !by && !plain.length && !plain.generic) {
    const ValueList added = more;  // it may be the list's own
    ValueList& items = heap().write<ListData>(cell).items;
    items.insert(items.end(), added.begin(), added.end());
    return;
  }
  const ListData before = heap().read<ListData>(cell);
  const Dim added = by.value_or(dims_->number(static_cast<std::int64_t>(more.size())));
  std::optional<Dim> length;
  if (before.length || by) {
    length = dims_->add(before.length ? *before.length : dims_->number(static_cast<std::int64_t>(before.items.size())),
                        added);
  }
  ValueList items = before.items;
  for (const Value& item : more) {
    if (before.generic && !items.empty()) items[0] = join(items[0], item, span);
    else items.push_back(item);
  }
  ListData& data = heap().write<ListData>(cell);
  data.items = std::move(items);
  data.length = length;
}

Value Run::call_member(const Value& self, const std::string& name, const CallArguments& args, const Span& span) {
  if (const auto* t = self.as<TensorV>()) {
    if (name == "numpy") return self;
    if (name == "get_shape") return attribute(TensorV{t->id}, "shape", span);
  }
  std::optional<Value> done;
  if (const auto* list = self.as<ListV>()) done = list_method(*this, *list, name, args, span);
  else if (const auto* dict = self.as<DictV>()) done = dict_method(*this, *dict, name, args, span);
  else if (const auto* text = self.as<StrV>()) done = text_method(*this, *text, name, args, span);
  else done = sequence_method(*this, self, name, args, span);
  return done ? *done : unknown(span, fmt::format("method `{}` of {} is not followed", name, show(self)));
}

}  // namespace shapelint
