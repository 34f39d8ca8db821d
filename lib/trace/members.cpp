// Names and attributes of every kind of value: scopes, modules, classes, objects, tensors and Python's own types.
#include <algorithm>

#include <fmt/format.h>

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
constexpr TensorMethods kTensorMethods[] = {{"torch", "torch._tensor", ""},
                                            {"jax", "jax", "Array"},
                                            {"numpy", "numpy", "ndarray"},
                                            {"tensorflow", "tensorflow", "Tensor"},
                                            {"keras", "keras", "KerasTensor"}};

bool is_function_like(const Value& value) {
  return value.as<FunctionV>() != nullptr || value.as<OpV>() != nullptr || value.as<BuiltinV>() != nullptr;
}

}  // namespace

Value Run::lookup(const std::string& name, const Span& span) {
  HeapId scope = here().scope;
  for (int level = 0; level < 256; ++level) {
    const ScopeData& data = heap().read<ScopeData>(scope);
    if (const auto it = data.names.find(name); it != data.names.end()) return it->second;
    if (data.module != nullptr) {
      if (const auto member = module_member(data.module->name, name)) return *member;
    }
    if (!data.has_parent) break;
    scope = data.parent;
  }
  if (const auto it = input_->symbols.find(name); it != input_->symbols.end() && here().home == nullptr) {
    return IntV{it->second};
  }
  if (here().home != nullptr && here().home->dialect == Dialect::loss) {
    if (const Op* op = find_op(name)) return OpV{op};
  }
  if (const Builtin* builtin = find_builtin(name)) return BuiltinV{builtin};
  return unknown(span, fmt::format("the name `{}` is not defined", name));
}

void Run::bind(const std::string& name, Value value) {
  if (const auto it = here().outer_names.find(name); it != here().outer_names.end()) {
    HeapId scope = here().scope;
    while (true) {
      const ScopeData& data = heap().read<ScopeData>(scope);
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

// ---- modules -----------------------------------------------------------------------------------------------------

HeapId Run::module_scope(const LoadedModule& module) {
  if (const auto it = module_scopes_.find(&module); it != module_scopes_.end()) return it->second;
  ScopeData scope;
  scope.module = &module;
  scope.names["__name__"] = make_str(module.name);
  const HeapId cell = heap().make(std::move(scope));
  module_scopes_.emplace(&module, cell);
  if (module.program == nullptr) return cell;
  // A user's module: run its top level once, without forking. What fails there must not end the path.
  Activation activation;
  activation.frame = trace_.frames.empty() ? FrameId{0} : here().frame;
  activation.scope = cell;
  activation.module = module.program.get();
  activation.home = &module;
  ActivationGuard guard(*this, activation);
  const Flow flow_before = flow_;
  ++joins_;
  for (const ast::StmtId id : module.program->body) {
    exec(id);
    if (*steps_left_ == 0) break;
    flow_ = Flow::normal;
    raised_.reset();
  }
  --joins_;
  if (*steps_left_ != 0) flow_ = flow_before;
  return cell;
}

std::optional<Value> Run::module_member(const std::string& path, const std::string& name) {
  if (path == "shapelint" || path == "shapelint.op") {
    if (path == "shapelint.op") {
      if (const Op* op = find_op(name)) return OpV{op};
      return std::nullopt;
    }
    return shapelint_member(*this, name);
  }
  const LoadedModule* module = library_->find(path);
  if (module != nullptr) {
    const HeapId scope = module_scope(*module);
    const auto bound = [&]() -> std::optional<Value> {
      const auto& names = heap().read<ScopeData>(scope).names;
      if (const auto it = names.find(name); it != names.end()) return it->second;
      return std::nullopt;
    };
    if (auto value = bound()) return value;
    const auto run_chunk = [&](std::size_t index) {
      if (!executed_chunks_.emplace(std::pair{module, index}, true).second) return;
      Activation activation;
      activation.frame = trace_.frames.empty() ? FrameId{0} : here().frame;
      activation.scope = scope;
      activation.module = &library_->chunk(*module, index);
      activation.home = module;
      activation.in_framework = true;
      ActivationGuard guard(*this, activation);
      exec_block(activation.module->body);
    };
    if (const auto it = module->definitions.find(name); it != module->definitions.end()) {
      for (const std::size_t index : it->second) run_chunk(index);
      if (auto value = bound()) return value;
    }
    for (const std::size_t index : module->star_imports) run_chunk(index);
    const std::vector<std::string> stars = heap().read<ScopeData>(scope).stars;
    // Modules may star-import each other.
    searching_.push_back(path);
    std::optional<Value> found;
    for (const std::string& star : stars) {
      if (std::ranges::find(searching_, star) != searching_.end()) continue;
      found = module_member(star, name);
      if (found) break;
    }
    searching_.pop_back();
    if (found) return found;
  } else {
    if (const Builtin* builtin = find_builtin(path + "." + name)) return BuiltinV{builtin};
  }
  const std::string below = path + "." + name;
  const ResolvedPath resolved = resolve_alias(below);
  if (library_->has_framework_path(resolved.path) ||
      (module != nullptr && !module->is_framework && module->is_package && library_->find(below) != nullptr)) {
    return import_module(below, {});
  }
  return std::nullopt;
}

Value Run::import_module(const std::string& path, const Span& span) {
  const ResolvedPath resolved = resolve_alias(path);
  for (const auto& [package, number] : resolved.implies) versions_.emplace(package, number);
  if (resolved.path == "shapelint" || resolved.path.starts_with("shapelint.")) return make_module(resolved.path);
  const std::string package = resolved.path.substr(0, resolved.path.find('.'));
  const bool framework = is_framework_package(package);
  // Whose tensors the code works on decides how they are indexed and whether they change, defined here or not.
  const bool has_tensors =
      std::ranges::find(kTensorClasses, package, &TensorClass::package) != std::end(kTensorClasses);
  if ((framework || has_tensors) && !here().in_framework && std::ranges::find(packages_, package) == packages_.end()) {
    packages_.push_back(package);
  }
  if (framework) {
    if (library_->has_framework_path(resolved.path)) return make_module(resolved.path);
    return unknown(span, fmt::format("`{}` is not known", resolved.path));
  }
  if (package == "math" || package == "functools" || package == "typing" || package == "operator")
    return make_module(resolved.path);
  if (library_->find(resolved.path) != nullptr || library_->has_framework_path(resolved.path))
    return make_module(resolved.path);
  return make_unknown(fmt::format("module `{}` is neither part of the project nor a known framework", path));
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
  const Value module = import_module(path, span);
  for (const ast::ImportedName& name : node.names) {
    if (name.name == "*") {
      if (const auto* known = module.as<ModuleV>()) heap().write<ScopeData>(here().scope).stars.push_back(*known->path);
      continue;
    }
    Value value;
    if (const auto* known = module.as<ModuleV>()) {
      const auto member = module_member(*known->path, name.name);
      value = member ? *member : unknown(name.span, fmt::format("`{}.{}` is not known", *known->path, name.name));
    } else {
      value = module;
    }
    bind(name.alias.empty() ? name.name : name.alias, std::move(value));
  }
}

// ---- attributes --------------------------------------------------------------------------------------------------

std::optional<Value> Run::class_member(HeapId class_cell, const std::string& name, bool& unknown_base) {
  for (const Value& type : linear_bases(class_cell, unknown_base)) {
    const auto& members = heap().read<ClassData>(type.as<ClassV>()->cell).members;
    if (const auto it = members.find(name); it != members.end()) return it->second;
  }
  return std::nullopt;
}

namespace {

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
  if (self != nullptr && is_function_like(member)) {
    return BoundV{std::make_shared<const BoundCall>(BoundCall{member, {*self}, {}})};
  }
  return member;
}

}  // namespace

std::optional<Value> Run::find_attribute(const Value& value, const std::string& name, const Span& span) {
  if (const auto* module = value.as<ModuleV>()) return module_member(*module->path, name);
  if (const auto* object = value.as<ObjectV>()) {
    const ObjectData data = heap().read<ObjectData>(object->cell);
    if (const auto it = data.attributes.find(name); it != data.attributes.end()) return it->second;
    if (name == "__class__") return data.type;
    const auto* type = data.type.as<ClassV>();
    if (type == nullptr) return make_unknown(fmt::format("attribute `{}` of {}", name, show(value)));
    bool unknown_base = false;
    if (const auto member = class_member(type->cell, name, unknown_base))
      return reached(*this, *member, &value, data.type, span);
    if (const auto getattr = class_member(type->cell, "__getattr__", unknown_base)) {
      return call(reached(*this, *getattr, &value, data.type, span),
                  CallArguments{.positional = {make_str(name)}, .spans = {span}}, span, span);
    }
    if (unknown_base)
      return make_unknown(fmt::format("attribute `{}` may come from a base class that is not known", name));
    if (name == "__dict__") {
      DictData all;
      for (const std::string& key : data.order) {
        if (const auto it = data.attributes.find(key); it != data.attributes.end())
          all.items.emplace_back(make_str(key), it->second);
      }
      return DictV{heap().make(std::move(all))};
    }
    return std::nullopt;
  }
  if (const auto* type = value.as<ClassV>()) {
    bool unknown_base = false;
    if (name == "__name__") return make_str(heap().read<ClassData>(type->cell).name);
    if (const auto member = class_member(type->cell, name, unknown_base))
      return reached(*this, *member, nullptr, value, span);
    if (unknown_base)
      return make_unknown(fmt::format("attribute `{}` may come from a base class that is not known", name));
    return std::nullopt;
  }
  if (const auto* super = value.as<SuperV>()) {
    const Value self = ObjectV{super->self};
    const Value type = heap().read<ObjectData>(super->self).type;
    const auto* own = type.as<ClassV>();
    if (own == nullptr) return std::nullopt;
    bool unknown_base = false;
    bool behind = false;
    for (const Value& one : linear_bases(own->cell, unknown_base)) {
      if (behind) {
        const auto& members = heap().read<ClassData>(one.as<ClassV>()->cell).members;
        if (const auto it = members.find(name); it != members.end()) {
          const Value member = it->second;
          return reached(*this, member, &self, type, span);
        }
      }
      behind = behind || one.as<ClassV>()->cell == super->owner;
    }
    if (name == "__init__") return BuiltinV{find_builtin("object.__init__")};
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
  if (const auto* dict = value.as<DictV>()) {
    // `--shape batch.obs=...` may mean a key or an attribute.
    for (const auto& [key, item] : heap().read<DictData>(dict->cell).items) {
      if (const auto* text = key.as<StrV>(); text != nullptr && *text->text == name) return item;
    }
  }
  if (const auto* tuple = value.as<TupleV>(); tuple != nullptr && tuple->names != nullptr) {
    const auto it = std::ranges::find(*tuple->names, name);
    if (it != tuple->names->end()) return (*tuple->items)[static_cast<std::size_t>(it - tuple->names->begin())];
  }
  if (value.as<TupleV>() != nullptr && (name == "rank" || name == "ndims")) {
    return IntV{dims_->number(static_cast<std::int64_t>(value.as<TupleV>()->items->size()))};
  }
  if (const auto* bound = value.as<BoundV>()) {
    if (name == "__self__" && !bound->call->arguments.empty()) return bound->call->arguments[0];
  }
  if (const auto* function = value.as<FunctionV>();
      function != nullptr && (name == "__name__" || name == "__qualname__")) {
    return make_str(name == "__name__" ? function->function->ast().name : function->function->qualname);
  }
  if (const auto* dtype = value.as<DTypeV>(); dtype != nullptr && name == "name") {
    return make_str(std::string(shapelint::name(dtype->dtype)));
  }
  if (const auto* dtype = value.as<DTypeV>(); dtype != nullptr && name == "is_floating_point") {
    return is_float(dtype->dtype);
  }
  if (const auto* dtype = value.as<DTypeV>(); dtype != nullptr && name == "is_complex") return false;
  if (const auto* descriptor = value.as<DescriptorV>(); descriptor != nullptr && name == "setter")
    return BuiltinV{find_builtin("property.setter")};
  if (const auto* builtin = value.as<BuiltinV>()) {
    if (const Builtin* member = find_builtin(std::string(builtin->builtin->name) + "." + name)) return BuiltinV{member};
    return std::nullopt;
  }
  if (value.as<ListV>() != nullptr || value.as<DictV>() != nullptr || value.as<StrV>() != nullptr ||
      value.as<TupleV>() != nullptr) {
    return MemberV{std::make_shared<const Value>(value), std::make_shared<const std::string>(name)};
  }
  return std::nullopt;
}

Value Run::attribute(const Value& value, const std::string& name, const Span& span) {
  if (halted() || value.is_unknown()) return value;
  if (const auto found = find_attribute(value, name, span)) return *found;
  if (const auto* module = value.as<ModuleV>())
    return unknown(span, fmt::format("`{}.{}` is not known", *module->path, name));
  return unknown(span, fmt::format("attribute `{}` of {} is not known", name, show(value)));
}

void Run::set_attribute(const Value& target, const std::string& name, Value value, const Span& span) {
  if (const auto* object = target.as<ObjectV>()) {
    auto& data = heap().write<ObjectData>(object->cell);
    if (!data.attributes.contains(name)) data.order.push_back(name);
    data.attributes[name] = std::move(value);
  } else if (const auto* type = target.as<ClassV>()) {
    heap().write<ClassData>(type->cell).members[name] = std::move(value);
  } else if (!target.is_unknown() && target.as<FunctionV>() == nullptr) {
    note_unknown(span, fmt::format("an attribute of {} is set", show(target)));
  }
}

void Run::grow(HeapId cell, const ValueList& more, std::optional<Dim> by, const Span& span) {
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
  static const Value kNothing;
  const auto argument = [&](std::size_t i) -> const Value& {
    return i < args.positional.size() ? args.positional[i] : kNothing;
  };
  if (const auto* t = self.as<TensorV>()) {
    if (name == "numpy") return self;
    if (name == "get_shape") return attribute(TensorV{t->id}, "shape", span);
  }
  if (const auto* list = self.as<ListV>()) {
    if (name == "append" || name == "add") {
      grow(list->cell, {argument(0)}, std::nullopt, span);
      return NoneV{};
    }
    if (name == "extend" || name == "update") {
      if (const auto more = elements(argument(0), span)) {
        const auto length = length_of(argument(0));
        grow(list->cell, *more, length && !dims_->constant(*length) ? length : std::nullopt, span);
        return NoneV{};
      }
      if (const auto sequence = as_sequence(argument(0), span)) {
        // Of how many it is known, of which only in general.
        const ListData one{
            .items = {*sequence->element}, .length = sequence->length, .generic = true, .inner = sequence->inner};
        const ListData before = heap().read<ListData>(list->cell);
        const Dim had = length_of(self).value_or(dims_->number(0));
        ListData made = join_lists(before, one, span, 0);
        made.generic = true;
        made.length = dims_->add(had, sequence->length);
        heap().write<ListData>(list->cell) = std::move(made);
        return NoneV{};
      }
      return unknown(span, "a list grows by an unknown number of elements");
    }
    if (heap().read<ListData>(list->cell).generic && (name == "insert" || name == "pop")) {
      const ListData before = heap().read<ListData>(list->cell);
      if (name == "insert") {
        grow(list->cell, {argument(1)}, std::nullopt, span);
        return NoneV{};
      }
      heap().write<ListData>(list->cell).length = dims_->sub(*before.length, dims_->number(1));
      return before.items.empty() ? unknown(span, "`pop` from a list of which nothing is known") : before.items[0];
    }
    if (heap().read<ListData>(list->cell).generic && (name == "reverse" || name == "sort")) return NoneV{};
    if (name == "insert") {
      auto& items = heap().write<ListData>(list->cell).items;
      const auto at = known_int(argument(0));
      const auto count = static_cast<std::int64_t>(items.size());
      if (at)
        items.insert(items.begin() + std::clamp<std::int64_t>(*at < 0 ? *at + count : *at, 0, count), argument(1));
      return NoneV{};
    }
    if (name == "pop") {
      auto& items = heap().write<ListData>(list->cell).items;
      const auto count = static_cast<std::int64_t>(items.size());
      const std::int64_t at = known_int(argument(0)).value_or(-1);
      const std::int64_t index = at < 0 ? at + count : at;
      if (index < 0 || index >= count) return unknown(span, "`pop` from a list without that element");
      Value item = items[static_cast<std::size_t>(index)];
      items.erase(items.begin() + index);
      return item;
    }
    if (name == "reverse") {
      auto& items = heap().write<ListData>(list->cell).items;
      std::ranges::reverse(items);
      return NoneV{};
    }
    if (name == "sort") {
      const Value sorted = find_builtin("sorted")->call(
          *this, CallArguments{.positional = {self}, .keywords = args.keywords, .spans = {span}}, span);
      if (const auto* made = sorted.as<ListV>()) {
        ListData ordered = heap().read<ListData>(made->cell);
        heap().write<ListData>(list->cell) = std::move(ordered);
      }
      return NoneV{};
    }
    if (name == "copy") return ListV{heap().make(heap().read<ListData>(list->cell))};
  }
  if (const auto* dict = self.as<DictV>()) {
    const DictData data = heap().read<DictData>(dict->cell);
    if (name == "items" || name == "keys" || name == "values") {
      ValueList out;
      for (const auto& [key, value] : data.items) {
        out.push_back(name == "items" ? make_tuple({key, value}) : name == "keys" ? key : value);
      }
      if (data.complete) return make_tuple(std::move(out));
      if (out.empty()) return unknown(span, "a dict of unknown content");
      Value any = out[0];
      for (std::size_t i = 1; i < out.size(); ++i) any = join(any, out[i], span);
      return SequenceV{std::make_shared<const Value>(std::move(any)), dims_->fresh("?length")};
    }
    if (name == "get" || name == "pop" || name == "setdefault") {
      for (std::size_t i = 0; i < data.items.size(); ++i) {
        if (equal(data.items[i].first, argument(0)) != Tri::yes) continue;
        Value value = data.items[i].second;
        if (name == "pop") {
          auto& items = heap().write<DictData>(dict->cell).items;
          items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
        }
        return value;
      }
      if (!data.complete) return unknown(span, fmt::format("the key {} is not known", show(argument(0))));
      if (name == "setdefault") heap().write<DictData>(dict->cell).items.emplace_back(argument(0), argument(1));
      if (name == "pop" && args.positional.size() < 2)
        return raise(span, fmt::format("KeyError: {}", show(argument(0))));
      return argument(1);
    }
    if (name == "update") {
      if (const auto* other = argument(0).as<DictV>()) {
        const DictData more = heap().read<DictData>(other->cell);
        auto& mine = heap().write<DictData>(dict->cell);
        for (const auto& [key, value] : more.items) {
          const auto it =
              std::ranges::find_if(mine.items, [&](const auto& item) { return equal(item.first, key) == Tri::yes; });
          if (it != mine.items.end()) it->second = value;
          else mine.items.emplace_back(key, value);
        }
        mine.complete = mine.complete && more.complete;
      } else if (!args.positional.empty()) {
        heap().write<DictData>(dict->cell).complete = false;
      }
      for (const auto& [key, value] : args.keywords)
        heap().write<DictData>(dict->cell).items.emplace_back(make_str(key), value);
      return NoneV{};
    }
    if (name == "copy") return DictV{heap().make(data)};
  }
  if (const auto* text = self.as<StrV>()) {
    const std::string& s = *text->text;
    if (name == "lower" || name == "upper") {
      std::string out = s;
      std::ranges::transform(out, out.begin(), [&](unsigned char c) {
        return static_cast<char>(name == "lower" ? std::tolower(c) : std::toupper(c));
      });
      return make_str(std::move(out));
    }
    if (name == "startswith" || name == "endswith") {
      if (const auto* other = argument(0).as<StrV>()) {
        return name == "startswith" ? s.starts_with(*other->text) : s.ends_with(*other->text);
      }
    }
    if (name == "split" && argument(0).as<StrV>() != nullptr && !argument(0).as<StrV>()->text->empty()) {
      const std::string& separator = *argument(0).as<StrV>()->text;
      ValueList parts;
      std::size_t begin = 0;
      for (std::size_t at = s.find(separator); at != std::string::npos && parts.size() < 1000;
           at = s.find(separator, begin)) {
        parts.push_back(make_str(s.substr(begin, at - begin)));
        begin = at + separator.size();
      }
      parts.push_back(make_str(s.substr(begin)));
      return ListV{heap().make(ListData{std::move(parts)})};
    }
    if (name == "strip") return make_str(s);
    if (name == "format" || name == "join" || name == "replace") return make_str(s);
  }
  if (self.as<TupleV>() != nullptr || self.as<ListV>() != nullptr) {
    if (name == "as_list") {
      if (const auto items = elements(self, span)) return ListV{heap().make(ListData{*items})};
    }
    if (name == "index" || name == "count") {
      const auto items = elements(self, span);
      if (items) {
        std::int64_t count = 0;
        for (std::size_t i = 0; i < items->size(); ++i) {
          const Tri same = equal((*items)[i], argument(0));
          if (same == Tri::unknown) return unknown(span, "a position in a sequence is not known");
          if (same == Tri::yes && name == "index") return IntV{dims_->number(static_cast<std::int64_t>(i))};
          count += same == Tri::yes ? 1 : 0;
        }
        if (name == "count") return IntV{dims_->number(count)};
      }
    }
    if (name == "numel" || name == "num_elements") {
      if (const auto items = elements(self, span)) {
        Dim product = dims_->number(1);
        for (const Value& item : *items) product = dims_->mul(product, as_dim(item).value_or(dims_->fresh("?size")));
        return IntV{product};
      }
    }
  }
  return unknown(span, fmt::format("method `{}` of {} is not followed", name, show(self)));
}

}  // namespace shapelint
