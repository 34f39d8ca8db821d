// Python's builtins, the few functions of `math` and `functools` that losses use, and the module `shapelint` for
// framework definitions. One table; a name with a dot is a member of a module or of a builtin type.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "lib/trace/run.h"

namespace shapelint {
namespace {

using Args = const CallArguments&;

const Value kNone;

const Value& arg(Args args, std::size_t i, std::string_view keyword = {}) {
  if (i < args.positional.size()) return args.positional[i];
  if (!keyword.empty()) {
    if (const Value* v = args.keyword(keyword)) return *v;
  }
  return kNone;
}

Value boolean(Tri t, std::string_view what) {
  if (t == Tri::unknown) return make_unknown(fmt::format("{} is not known", what));
  return t == Tri::yes;
}

Value list_of(Run& run, ValueList items) { return ListV{run.heap().make(ListData{std::move(items)})}; }

Value builtin_len(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (v.is_unknown()) return v;
  if (v.as<ObjectV>() != nullptr) {
    if (const auto method = run.find_attribute(v, "__len__", span)) return run.call(*method, {}, span, span);
  }
  if (const auto length = run.length_of(v)) return IntV{*length};
  if (v.as<TensorV>() != nullptr) return run.unknown(span, "the length of a tensor of unknown shape");
  if (const auto items = run.elements(v, span))
    return IntV{run.dims().number(static_cast<std::int64_t>(items->size()))};
  return run.unknown(span, fmt::format("the length of {}", run.show(v)));
}

Value builtin_range(Run& run, Args args, const Span& span) {
  DimTable& dims = run.dims();
  std::vector<Dim> bounds;
  for (const Value& v : args.positional) {
    const auto dim = run.as_dim(v);
    if (!dim) return run.unknown(span, "a range whose bounds are not known");
    bounds.push_back(*dim);
  }
  if (bounds.empty() || bounds.size() > 3) return run.raise(span, "range expects 1 to 3 arguments");
  if (bounds.size() == 1) bounds.insert(bounds.begin(), dims.number(0));
  if (bounds.size() == 2) bounds.push_back(dims.number(1));
  return RangeV{bounds[0], bounds[1], bounds[2]};
}

// zip, enumerate, map, reversed: eager over sequences of known length, one element that stands for all otherwise. What
// the elements count (the samples) is kept either way.
Value sequence_of(Run& run, const SequenceV& like, Value element) {
  return SequenceV{std::make_shared<const Value>(std::move(element)), like.length,
                   std::min(like.inner, run.dims().next_symbol())};
}

SequenceV unknown_sequence(Run& run, const Value& v, const Span& span) {
  if (auto sequence = run.as_sequence(v, span)) return *sequence;
  const SymbolId inner = run.dims().next_symbol();
  return SequenceV{std::make_shared<const Value>(run.any_element(v, span)), run.unknown_length({}), inner};
}

Value builtin_enumerate(Run& run, Args args, const Span& span) {
  const std::int64_t start = run.known_int(arg(args, 1, "start")).value_or(0);
  const Value& v = arg(args, 0);
  if (const auto items = run.elements(v, span)) {
    ValueList out;
    for (std::size_t i = 0; i < items->size(); ++i) {
      out.push_back(make_tuple({IntV{run.dims().number(start + static_cast<std::int64_t>(i))}, (*items)[i]}));
    }
    return run.tuple_of_length(std::move(out), run.length_of(v));
  }
  const SequenceV all = unknown_sequence(run, v, span);
  return sequence_of(run, all, make_tuple({IntV{run.dims().fresh_number("?index")}, *all.element}));
}

Value builtin_zip(Run& run, Args args, const Span& span) {
  std::vector<ValueList> columns;
  bool known = true;
  std::size_t shortest = std::numeric_limits<std::size_t>::max();
  for (const Value& v : args.positional) {
    const auto items = run.elements(v, span);
    known = known && items.has_value();
    if (items) shortest = std::min(shortest, items->size());
    columns.push_back(items.value_or(ValueList{}));
  }
  if (!known) {
    ValueList one;
    std::optional<SequenceV> all;
    for (const Value& v : args.positional) {
      const SequenceV column = unknown_sequence(run, v, span);
      one.push_back(*column.element);
      if (!all) {
        all = column;
        continue;
      }
      all->inner = std::min(all->inner, column.inner);
      // The shortest one decides: one of these, whichever.
      if (run.facts().same(all->length, column.length) != Tri::yes)
        all->length = run.unknown_length({all->length, column.length});
    }
    return sequence_of(run, *all, make_tuple(std::move(one)));
  }
  ValueList out;
  std::optional<Dim> length;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto own = run.length_of(args.positional[i]);
    if (own && columns[i].size() == shortest && !run.dims().constant(*own)) length = own;
  }
  for (std::size_t i = 0; !columns.empty() && i < shortest; ++i) {
    ValueList row;
    for (const ValueList& column : columns) row.push_back(column[i]);
    out.push_back(make_tuple(std::move(row)));
  }
  return run.tuple_of_length(std::move(out), length);
}

Value builtin_map(Run& run, Args args, const Span& span) {
  const Value& f = arg(args, 0);
  const auto one = [&](const Value& item) {
    return run.call(f, CallArguments{.positional = {item}, .spans = {span}}, span, span);
  };
  if (const auto items = run.elements(arg(args, 1), span)) {
    ValueList out;
    for (const Value& item : *items) out.push_back(one(item));
    return run.tuple_of_length(std::move(out), run.length_of(arg(args, 1)));
  }
  const SequenceV all = unknown_sequence(run, arg(args, 1), span);
  return sequence_of(run, all, one(*all.element));
}

Value builtin_filter(Run& run, Args args, const Span& span) {
  const auto items = run.elements(arg(args, 1), span);
  if (!items) return run.unknown(span, "a filter over a sequence of unknown length");
  ValueList out;
  for (const Value& item : *items) {
    const Value keep = arg(args, 0).is_none()
                           ? item
                           : run.call(arg(args, 0), CallArguments{.positional = {item}, .spans = {span}}, span, span);
    const Tri t = run.truth(keep);
    if (t == Tri::unknown) return run.unknown(span, "a filter whose condition is not known");
    if (t == Tri::yes) out.push_back(item);
  }
  return make_tuple(std::move(out));
}

Value sequence_copy(Run& run, Args args, const Span& span, bool tuple) {
  if (args.positional.empty()) return tuple ? make_tuple({}) : list_of(run, {});
  const Value& v = arg(args, 0);
  if (v.is_unknown() || (tuple && v.as<SequenceV>() != nullptr)) return v;
  const auto items = run.elements(v, span);
  const auto length = run.length_of(v);
  if (!items) {
    if (v.as<RangeV>() != nullptr) return v;
    if (const auto all = run.as_sequence(v, span)) {
      if (tuple) return *all;
      return ListV{run.heap().make(
          ListData{.items = {*all->element}, .length = all->length, .generic = true, .inner = all->inner})};
    }
    return run.unknown(span, "a sequence of unknown length");
  }
  if (tuple) return run.tuple_of_length(*items, length);
  ListData data{.items = *items};
  if (length && !run.dims().constant(*length)) data.length = length;
  return ListV{run.heap().make(std::move(data))};
}
Value builtin_list(Run& run, Args args, const Span& span) { return sequence_copy(run, args, span, false); }
Value builtin_tuple(Run& run, Args args, const Span& span) { return sequence_copy(run, args, span, true); }

Value builtin_reversed(Run& run, Args args, const Span& span) {
  auto items = run.elements(arg(args, 0), span);
  if (!items) return arg(args, 0);
  std::ranges::reverse(*items);
  return run.tuple_of_length(std::move(*items), run.length_of(arg(args, 0)));
}

Value builtin_sorted(Run& run, Args args, const Span& span) {
  auto items = run.elements(arg(args, 0), span);
  if (!items) {
    if (const auto all = run.as_sequence(arg(args, 0), span)) return *all;
    return run.unknown(span, "a sorted sequence of unknown length");
  }
  std::vector<double> keys;
  for (const Value& item : *items) {
    const auto number = run.known_float(item);
    if (!number || args.keyword("key") != nullptr) {
      // Order does not matter to shapes when all elements are alike.
      return list_of(run, *items);
    }
    keys.push_back(*number);
  }
  std::ranges::stable_sort(*items,
                           [&](const Value& a, const Value& b) { return *run.known_float(a) < *run.known_float(b); });
  if (args.keyword("reverse") != nullptr && run.truth(*args.keyword("reverse")) == Tri::yes)
    std::ranges::reverse(*items);
  return list_of(run, std::move(*items));
}

Value builtin_dict(Run& run, Args args, const Span& span) {
  DictData data;
  if (!args.positional.empty()) {
    if (const auto* other = args.positional[0].as<DictV>()) {
      data = run.heap().read<DictData>(other->cell);
    } else if (const auto items = run.elements(args.positional[0], span)) {
      for (const Value& item : *items) {
        const auto* pair = item.as<TupleV>();
        if (pair == nullptr || pair->items->size() != 2) return run.unknown(span, "a dict of unknown content");
        data.items.emplace_back((*pair->items)[0], (*pair->items)[1]);
      }
    } else {
      data.complete = false;
    }
  }
  for (const auto& [key, value] : args.keywords) data.items.emplace_back(make_str(key), value);
  return DictV{run.heap().make(std::move(data))};
}

Value builtin_sum(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  Value total = args.positional.size() > 1 || args.keyword("start") != nullptr ? arg(args, 1, "start")
                                                                               : Value(IntV{run.dims().number(0)});
  const auto sum_of = [&](TensorId stacked) {
    BasicAttributes<Dim> attrs;
    attrs.axes = std::vector<std::int64_t>{0};
    attrs.flags = {false};
    const Value all = run.apply(*find_op("sum"), {stacked}, std::move(attrs), {.span = span, .operands = {span}});
    const bool from_zero = run.known_int(total) == 0;
    return from_zero ? all : run.binary(ast::BinaryOp::add, total, all, span, span, span);
  };
  if (const auto items = run.elements(v, span)) {
    // One value for each sample of an evaluation: their sum is taken over the samples, as in the trace.
    const auto length = run.length_of(v);
    const bool tensors = !items->empty() && std::ranges::all_of(*items, [&](const Value& item) {
      const auto* t = item.as<TensorV>();
      return t != nullptr && !run.tensor(t->id).is_number && run.tensor(t->id).shape;
    });
    if (tensors && run.goes_over_samples(length)) {
      const TensorId first = items->front().as<TensorV>()->id;
      const bool alike = std::ranges::all_of(*items, [&](const Value& item) {
        return run.tensor(item.as<TensorV>()->id).shape == run.tensor(first).shape;
      });
      if (alike) return sum_of(run.as_tensor(v, span));
    }
    for (const Value& item : *items) total = run.binary(ast::BinaryOp::add, total, item, span, span, span);
    return total;
  }
  const SequenceV all = unknown_sequence(run, v, span);
  if (const auto* t = all.element->as<TensorV>(); t != nullptr && !run.tensor(t->id).is_number) {
    if (!run.tensor(t->id).shape) return *all.element;
    BasicAttributes<Dim> attrs;
    attrs.axes = std::vector<std::int64_t>{0};
    const Value stacked = run.apply_to_sequence(*find_op("stack"), all, attrs, {.span = span, .operands = {span}});
    if (const auto* made = stacked.as<TensorV>()) return sum_of(made->id);
    return stacked;
  }
  if (const auto one = run.as_dim(*all.element)) {
    const auto symbols = run.dims().symbols(*one);
    const bool varies = std::ranges::any_of(symbols, [&](SymbolId s) { return s >= all.inner; });
    const Dim sum = varies ? run.dims().fresh_number("?sum") : run.dims().mul(*one, all.length);
    return run.binary(ast::BinaryOp::add, total, IntV{sum}, span, span, span);
  }
  const Value once = run.binary(ast::BinaryOp::add, total, *all.element, span, span, span);
  return run.join(run.binary(ast::BinaryOp::add, once, *all.element, span, span, span), once, span);
}

Value extreme(Run& run, Args args, const Span& span, bool max) {
  std::optional<ValueList> items =
      args.positional.size() == 1 ? run.elements(args.positional[0], span) : std::optional(args.positional);
  if (!items || items->empty()) return run.unknown(span, "an extreme of an unknown sequence");
  Value best = (*items)[0];
  for (std::size_t i = 1; i < items->size(); ++i) {
    const Value& next = (*items)[i];
    const Tri less = run.truth(run.compare(ast::CompareOp::less, best, next, span, span, span));
    if (less == Tri::unknown) {
      if (run.as_dim(best) && run.as_dim(next)) return IntV{run.dims().fresh("?extreme")};  // of sizes, one of them
      return run.unknown(span, "an extreme of values that are not known");
    }
    if ((less == Tri::yes) == max) best = next;
  }
  return best;
}
Value builtin_max(Run& run, Args args, const Span& span) { return extreme(run, args, span, true); }
Value builtin_min(Run& run, Args args, const Span& span) { return extreme(run, args, span, false); }

Value builtin_abs(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (v.as<TensorV>() != nullptr) return run.apply("abs", {run.as_tensor(v, span)}, {.span = span, .operands = {span}});
  if (const auto* d = v.as<double>()) return std::abs(*d);
  if (const auto whole = run.known_int(v)) return IntV{run.dims().number(std::abs(*whole))};
  return run.unknown(span, "abs of a value that is not known");
}

Value builtin_int(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (args.positional.empty()) return IntV{run.dims().number(0)};
  if (const auto* t = v.as<TensorV>(); t != nullptr && !is_float(run.tensor(run.current(t->id)).dtype)) {
    return run.number_in(run.current(t->id), span);
  }
  if (const auto dim = run.as_dim(v)) return IntV{*dim};
  if (const auto number = run.known_float(v); number && std::abs(*number) < 9e15) {
    return IntV{run.dims().number(static_cast<std::int64_t>(*number))};
  }
  if (v.is_unknown()) return v;
  if (v.as<TensorV>() != nullptr) return IntV{run.dims().fresh_number("?int")};
  return run.unknown(span, "int of a value that is not known");
}

Value builtin_float(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (const auto* text = v.as<StrV>()) {
    if (*text->text == "inf" || *text->text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text->text == "-inf") return -std::numeric_limits<double>::infinity();
    if (*text->text == "nan") return std::numeric_limits<double>::quiet_NaN();
    return run.unknown(span, "float of text");
  }
  if (const auto number = run.known_float(v)) return *number;
  if (v.is_unknown() || v.as<TensorV>() != nullptr) return v;
  return TensorV{run.as_tensor(v, span, DType::float64)};
}

Value builtin_bool(Run& run, Args args, const Span&) { return boolean(run.truth(arg(args, 0)), "a truth value"); }
Value builtin_str(Run& run, Args args, const Span&) {
  return make_str(args.positional.empty() ? "" : run.show(arg(args, 0)));
}

Value builtin_round(Run& run, Args args, const Span& span) {
  if (const auto number = run.known_float(arg(args, 0))) {
    if (args.positional.size() > 1) return *number;
    return IntV{run.dims().number(static_cast<std::int64_t>(std::nearbyint(*number)))};
  }
  return run.unknown(span, "round of a value that is not known");
}

Value builtin_pow(Run& run, Args args, const Span& span) {
  return run.binary(ast::BinaryOp::pow, arg(args, 0), arg(args, 1), span, span, span);
}

Value builtin_divmod(Run& run, Args args, const Span& span) {
  return make_tuple({run.binary(ast::BinaryOp::floordiv, arg(args, 0), arg(args, 1), span, span, span),
                     run.binary(ast::BinaryOp::mod, arg(args, 0), arg(args, 1), span, span, span)});
}

Value quantify(Run& run, Args args, const Span& span, bool all) {
  const auto items = run.elements(arg(args, 0), span);
  if (!items) return run.unknown(span, "a quantifier over an unknown sequence");
  Tri t = tri(all);
  for (const Value& item : *items) t = all ? t & run.truth(item) : t | run.truth(item);
  return boolean(t, "a quantifier");
}
Value builtin_all(Run& run, Args args, const Span& span) { return quantify(run, args, span, true); }
Value builtin_any(Run& run, Args args, const Span& span) { return quantify(run, args, span, false); }

Tri is_of_type(Run& run, const Value& v, const Value& type) {
  if (const auto* types = type.as<TupleV>()) {
    Tri t = Tri::no;
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
    // Classes of framework definitions may stand for a tensor type.
    const std::string name = run.heap().read<ClassData>(wanted->cell).name;
    if (tensor) return tri(name == "Tensor" || name == "ndarray" || name == "Array" || name == "KerasTensor");
    return Tri::no;
  }
  const auto* builtin = type.as<BuiltinV>();
  if (builtin == nullptr) return Tri::unknown;
  const std::string_view name = builtin->builtin->name;
  if (name == "shapelint.Tensor") return tri(tensor);
  if (t != nullptr && !tensor) return tri(name == (is_float(run.tensor(t->id).dtype) ? "float" : "int"));
  if (name == "int") return tri(v.as<IntV>() != nullptr || v.as<bool>() != nullptr);
  if (name == "float") return tri(v.as<double>() != nullptr);
  if (name == "bool") return tri(v.as<bool>() != nullptr);
  if (name == "str") return tri(v.as<StrV>() != nullptr);
  if (name == "list") return tri(v.as<ListV>() != nullptr);
  if (name == "tuple") return tri(v.as<TupleV>() != nullptr);
  if (name == "dict") return tri(v.as<DictV>() != nullptr);
  if (name == "slice") return tri(v.as<SliceV>() != nullptr);
  if (name == "object") return Tri::yes;
  return Tri::unknown;
}

Value builtin_isinstance(Run& run, Args args, const Span&) {
  return boolean(is_of_type(run, arg(args, 0), arg(args, 1)), "a type");
}

Value builtin_issubclass(Run& run, Args args, const Span&) {
  const auto* a = arg(args, 0).as<ClassV>();
  const auto* b = arg(args, 1).as<ClassV>();
  if (a == nullptr || b == nullptr) return make_unknown("a subclass test");
  bool unknown_base = false;
  if (run.is_instance_of(a->cell, b->cell, unknown_base)) return true;
  return boolean(unknown_base ? Tri::unknown : Tri::no, "a subclass test");
}

Value builtin_getattr(Run& run, Args args, const Span& span) {
  const auto* name = arg(args, 1).as<StrV>();
  if (name == nullptr) return run.unknown(span, "getattr with a name that is not known");
  if (const auto value = run.find_attribute(arg(args, 0), *name->text, span)) return *value;
  if (args.positional.size() > 2) return arg(args, 2);
  return run.attribute(arg(args, 0), *name->text, span);
}

Value builtin_hasattr(Run& run, Args args, const Span& span) {
  const auto* name = arg(args, 1).as<StrV>();
  if (name == nullptr || arg(args, 0).is_unknown()) return make_unknown("hasattr of a value that is not known");
  const auto value = run.find_attribute(arg(args, 0), *name->text, span);
  if (value && value->is_unknown()) return *value;
  return value.has_value() && value->as<MemberV>() == nullptr;
}

Value builtin_setattr(Run& run, Args args, const Span& span) {
  if (const auto* name = arg(args, 1).as<StrV>()) run.set_attribute(arg(args, 0), *name->text, arg(args, 2), span);
  return NoneV{};
}

Value builtin_callable(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (v.is_unknown()) return v;
  if (v.as<ObjectV>() != nullptr) return run.find_attribute(v, "__call__", span).has_value();
  return v.as<FunctionV>() != nullptr || v.as<BoundV>() != nullptr || v.as<ClassV>() != nullptr ||
         v.as<OpV>() != nullptr || v.as<BuiltinV>() != nullptr || v.as<MemberV>() != nullptr;
}

Value builtin_type(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (const auto* object = v.as<ObjectV>()) return run.heap().read<ObjectData>(object->cell).type;
  if (v.as<IntV>() != nullptr) return BuiltinV{find_builtin("int")};
  if (v.as<double>() != nullptr) return BuiltinV{find_builtin("float")};
  if (v.as<bool>() != nullptr) return BuiltinV{find_builtin("bool")};
  if (v.as<StrV>() != nullptr) return BuiltinV{find_builtin("str")};
  if (v.as<ListV>() != nullptr) return BuiltinV{find_builtin("list")};
  if (v.as<TupleV>() != nullptr) return BuiltinV{find_builtin("tuple")};
  if (v.as<DictV>() != nullptr) return BuiltinV{find_builtin("dict")};
  return run.unknown(span, fmt::format("the type of {}", run.show(v)));
}

Value builtin_super(Run& run, Args args, const Span& span) {
  const Activation& now = run.here();
  const Value self = args.positional.size() >= 2 ? args.positional[1] : now.self;
  std::optional<HeapId> owner;
  if (args.positional.size() >= 2 && args.positional[0].as<ClassV>() != nullptr)
    owner = args.positional[0].as<ClassV>()->cell;
  else if (now.owner != nullptr) owner = *now.owner;
  if (!owner || self.as<ObjectV>() == nullptr) return run.unknown(span, "super() outside a method");
  return SuperV{*owner, self.as<ObjectV>()->cell};
}

Value descriptor(Args args, DescriptorV::Kind kind) {
  return DescriptorV{kind, std::make_shared<const Value>(arg(args, 0))};
}
Value builtin_property(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::property); }
Value builtin_staticmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::static_method); }
Value builtin_classmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::class_method); }
Value property_setter(Run&, Args, const Span&) { return NoneV{}; }

Value builtin_none(Run&, Args, const Span&) { return NoneV{}; }
Value builtin_exception(Run&, Args, const Span&) { return make_unknown("an exception"); }
Value builtin_iter(Run&, Args args, const Span&) { return arg(args, 0); }
Value builtin_next(Run& run, Args args, const Span& span) { return run.any_element(arg(args, 0), span); }
Value builtin_slice(Run&, Args args, const Span&) {
  if (args.positional.size() == 1)
    return SliceV{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{Value(), arg(args, 0), Value()})};
  return SliceV{
      std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{arg(args, 0), arg(args, 1), arg(args, 2)})};
}

Value functools_partial(Run&, Args args, const Span&) {
  if (args.positional.empty()) return make_unknown("partial without a function");
  return BoundV{std::make_shared<const BoundCall>(
      BoundCall{args.positional[0], ValueList(args.positional.begin() + 1, args.positional.end()), args.keywords})};
}
Value functools_reduce(Run& run, Args args, const Span& span) {
  auto items = run.elements(arg(args, 1), span);
  if (!items) return run.unknown(span, "a reduction over a sequence of unknown length");
  if (args.positional.size() > 2) items->insert(items->begin(), args.positional[2]);
  if (items->empty()) return run.raise(span, "reduce() of empty iterable with no initial value");
  Value total = items->front();
  for (std::size_t i = 1; i < items->size(); ++i) {
    total =
        run.call(arg(args, 0), CallArguments{.positional = {total, (*items)[i]}, .spans = {span, span}}, span, span);
  }
  return total;
}
// `functools.wraps(f)` gives a decorator that changes nothing.
Value functools_wraps(Run&, Args, const Span&) { return BuiltinV{find_builtin("iter")}; }

template <double (*F)(double)>
Value math_unary(Run& run, Args args, const Span& span) {
  if (const auto x = run.known_float(arg(args, 0))) return F(*x);
  if (arg(args, 0).is_unknown()) return arg(args, 0);
  return run.unknown(span, "a number that depends on a size that is not known");
}
double m_sqrt(double x) { return std::sqrt(x); }
double m_exp(double x) { return std::exp(x); }
double m_log2(double x) { return std::log2(x); }
double m_log10(double x) { return std::log10(x); }
double m_sin(double x) { return std::sin(x); }
double m_cos(double x) { return std::cos(x); }
double m_tanh(double x) { return std::tanh(x); }
double m_fabs(double x) { return std::fabs(x); }

Value math_log(Run& run, Args args, const Span& span) {
  const auto x = run.known_float(arg(args, 0));
  const auto base = run.known_float(arg(args, 1));
  if (x && (args.positional.size() < 2 || base)) return base ? std::log(*x) / std::log(*base) : std::log(*x);
  return run.unknown(span, "a number that depends on a size that is not known");
}
template <double (*F)(double)>
Value math_whole(Run& run, Args args, const Span& span) {
  if (const auto dim = run.as_dim(arg(args, 0))) return IntV{*dim};
  if (const auto x = run.known_float(arg(args, 0)); x && std::abs(*x) < 9e15) {
    return IntV{run.dims().number(static_cast<std::int64_t>(F(*x)))};
  }
  return run.unknown(span, "a number that depends on a size that is not known");
}
double m_floor(double x) { return std::floor(x); }
double m_ceil(double x) { return std::ceil(x); }
Value math_prod(Run& run, Args args, const Span& span) {
  const auto items = run.elements(arg(args, 0), span);
  if (!items) return run.unknown(span, "a product of an unknown sequence");
  Value total = IntV{run.dims().number(1)};
  for (const Value& item : *items) total = run.binary(ast::BinaryOp::mul, total, item, span, span, span);
  return total;
}

// ---- module shapelint --------------------------------------------------------------------------------------------

Value sl_is_tensor(Run& run, Args args, const Span&) {
  const auto* t = arg(args, 0).as<TensorV>();
  return t != nullptr && !run.tensor(t->id).is_number;
}

Value sl_as_tensor(Run& run, Args args, const Span& span) {
  const Value& wanted = arg(args, 1, "dtype");
  std::optional<DType> dtype;
  if (const auto* d = wanted.as<DTypeV>()) dtype = d->dtype;
  if (const auto* text = wanted.as<StrV>()) dtype = parse_dtype(*text->text);
  const Value& value = arg(args, 0);
  const auto* t = value.as<TensorV>();
  if (t != nullptr && !run.tensor(t->id).is_number && !dtype) return value;
  const TensorId id =
      run.as_tensor(value, args.spans.empty() ? span : args.spans[0], t != nullptr ? std::nullopt : dtype);
  const Tensor& made = run.tensor(id);
  // A Python number becomes a real tensor: float32, int32 and bool are what frameworks make of literals.
  const DType target = dtype.value_or(made.dtype == DType::float64 && made.is_number ? DType::float32
                                      : made.dtype == DType::int64 && made.is_number ? DType::int32
                                                                                     : made.dtype);
  if (!made.is_number && made.dtype == target) return TensorV{id};
  BasicAttributes<Dim> attrs;
  attrs.dtype = target;
  const Value cast = run.apply(*find_op("cast"), {id}, std::move(attrs), {.span = span, .operands = {span}});
  if (const auto* result = cast.as<TensorV>()) run.trace().tensors[result->id.index].is_number = false;
  return cast;
}

// Was the tensor made in the framework function of that dotted path?
Value sl_made_by(Run& run, Args args, const Span&) {
  const auto* t = arg(args, 0).as<TensorV>();
  const auto* path = arg(args, 1).as<StrV>();
  if (t == nullptr || path == nullptr) return false;
  const Trace& trace = run.trace();
  return trace.frame(trace.step(run.tensor(t->id).step).frame).function == *path->text;
}

// The same shape and dtype without numbers: what is random, or not calculated.
Value sl_shape_only(Run& run, Args args, const Span& span) {
  const Value made = run.apply("identity", {run.as_tensor(arg(args, 0), span)}, {.span = span, .operands = {span}});
  if (const auto* t = made.as<TensorV>()) run.trace().tensors[t->id.index].array = nullptr;
  return made;
}

// Is it a number, with the sizes at hand?
Value sl_is_known(Run& run, Args args, const Span&) { return run.known_int(arg(args, 0)).has_value(); }

Value sl_is_dtype(Run&, Args args, const Span&) { return arg(args, 0).as<DTypeV>() != nullptr; }
// `dtype("float32")`: the dtype of that name, itself for a dtype.
Value sl_dtype(Run& run, Args args, const Span& span) {
  const Value& value = arg(args, 0);
  if (value.as<DTypeV>() != nullptr || value.is_unknown()) return value;
  const auto* text = value.as<StrV>();
  const auto dtype = text != nullptr ? parse_dtype(*text->text) : std::nullopt;
  if (!dtype) return run.raise(span, fmt::format("{} is no dtype", run.show(value)));
  return DTypeV{*dtype};
}

// `named_tuple(values=v, indices=i)`: a tuple whose items also have names.
Value sl_named_tuple(Run&, Args args, const Span&) {
  ValueList items;
  std::vector<std::string> names;
  for (const auto& [name, value] : args.keywords) {
    names.push_back(name);
    items.push_back(value);
  }
  return make_named_tuple(std::move(items), std::move(names));
}

Value sl_assign(Run& run, Args args, const Span& span) {
  const auto* x = arg(args, 0, "x").as<TensorV>();
  const Span value_span = args.spans.size() > 1 ? args.spans[1] : span;
  if (x == nullptr) return run.unknown(span, fmt::format("writing into {}", run.show(arg(args, 0, "x"))));
  return run.assign_elements(x->id, arg(args, 1, "value"), span, value_span);
}

Value sl_updated(Run& run, Args args, const Span& span) {
  const Value& x = arg(args, 0, "x");
  if (x.is_unknown()) return x;
  const auto* mode = arg(args, 3, "mode").as<StrV>();
  const bool add = mode != nullptr && *mode->text == "add";
  if (mode != nullptr && !add && *mode->text != "set") return run.raise(span, "mode is 'set' or 'add'");
  const TensorId id = run.as_tensor(x, span);
  const auto made = run.updated(id, arg(args, 1, "index"), arg(args, 2, "value"), add, span, span);
  if (made) return TensorV{*made};
  const Tensor& old = run.tensor(id);
  Tensor unknown{.shape = old.shape, .dtype = old.dtype, .unknown_reason = old.unknown_reason};
  return TensorV{run.add_tensor(std::move(unknown), Step{.kind = StepKind::unknown, .operands = {id}, .span = span})};
}

Value sl_item(Run& run, Args args, const Span& span) {
  const Value& x = arg(args, 0, "x");
  const auto* t = x.as<TensorV>();
  return t != nullptr ? run.number_in(run.current(t->id), span) : x;
}

Value sl_version(Run& run, Args args, const Span& span) {
  const auto* package = arg(args, 0).as<StrV>();
  if (package == nullptr) return run.raise(span, "version() takes a package name");
  return IntV{run.dims().number(run.version(*package->text))};
}

Value sl_unknown(Run& run, Args args, const Span& span) {
  const auto* reason = arg(args, 0).as<StrV>();
  return run.unknown(span, reason != nullptr ? *reason->text : "not expressed in the definition");
}

constexpr Builtin kBuiltins[] = {
    {"len", builtin_len},
    {"range", builtin_range},
    {"enumerate", builtin_enumerate},
    {"zip", builtin_zip},
    {"map", builtin_map},
    {"filter", builtin_filter},
    {"list", builtin_list},
    {"tuple", builtin_tuple},
    {"set", builtin_list},
    {"frozenset", builtin_list},
    {"reversed", builtin_reversed},
    {"sorted", builtin_sorted},
    {"dict", builtin_dict},
    {"sum", builtin_sum},
    {"max", builtin_max},
    {"min", builtin_min},
    {"abs", builtin_abs},
    {"int", builtin_int},
    {"float", builtin_float},
    {"bool", builtin_bool},
    {"str", builtin_str},
    {"repr", builtin_str},
    {"round", builtin_round},
    {"pow", builtin_pow},
    {"divmod", builtin_divmod},
    {"all", builtin_all},
    {"any", builtin_any},
    {"isinstance", builtin_isinstance},
    {"issubclass", builtin_issubclass},
    {"getattr", builtin_getattr},
    {"hasattr", builtin_hasattr},
    {"setattr", builtin_setattr},
    {"callable", builtin_callable},
    {"type", builtin_type},
    {"super", builtin_super},
    {"property", builtin_property},
    {"staticmethod", builtin_staticmethod},
    {"classmethod", builtin_classmethod},
    {"property.setter", property_setter},
    {"object", builtin_none},
    {"object.__init__", builtin_none},
    {"print", builtin_none},
    {"example", builtin_none},
    {"iter", builtin_iter},
    {"next", builtin_next},
    {"slice", builtin_slice},
    {"ValueError", builtin_exception},
    {"TypeError", builtin_exception},
    {"RuntimeError", builtin_exception},
    {"NotImplementedError", builtin_exception},
    {"AssertionError", builtin_exception},
    {"KeyError", builtin_exception},
    {"IndexError", builtin_exception},
    {"AttributeError", builtin_exception},
    {"ImportError", builtin_exception},
    {"Exception", builtin_exception},
    {"Warning", builtin_exception},
    {"UserWarning", builtin_exception},
    {"SyntaxWarning", builtin_exception},
    {"RuntimeWarning", builtin_exception},
    {"DeprecationWarning", builtin_exception},
    {"FutureWarning", builtin_exception},
    {"StopIteration", builtin_exception},
    {"ZeroDivisionError", builtin_exception},
    {"functools.partial", functools_partial},
    {"functools.wraps", functools_wraps},
    {"functools.reduce", functools_reduce},
    {"math.sqrt", math_unary<m_sqrt>},
    {"math.exp", math_unary<m_exp>},
    {"math.log", math_log},
    {"math.log2", math_unary<m_log2>},
    {"math.log10", math_unary<m_log10>},
    {"math.sin", math_unary<m_sin>},
    {"math.cos", math_unary<m_cos>},
    {"math.tanh", math_unary<m_tanh>},
    {"math.fabs", math_unary<m_fabs>},
    {"math.pow", builtin_pow},
    {"math.floor", math_whole<m_floor>},
    {"math.ceil", math_whole<m_ceil>},
    {"math.prod", math_prod},
    {"shapelint.is_tensor", sl_is_tensor},
    {"shapelint.as_tensor", sl_as_tensor},
    {"shapelint.made_by", sl_made_by},
    {"shapelint.is_dtype", sl_is_dtype},
    {"shapelint.is_known", sl_is_known},
    {"shapelint.shape_only", sl_shape_only},
    {"shapelint.dtype", sl_dtype},
    {"shapelint.named_tuple", sl_named_tuple},
    {"shapelint.assign", sl_assign},
    {"shapelint.updated", sl_updated},
    {"shapelint.item", sl_item},
    {"shapelint.version", sl_version},
    {"shapelint.unknown", sl_unknown},
    {"shapelint.Tensor", sl_as_tensor},
};

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  const auto* it = std::ranges::find(kBuiltins, name, &Builtin::name);
  return it != std::end(kBuiltins) ? it : nullptr;
}

std::optional<Value> shapelint_member(Run&, std::string_view name) {
  if (name == "op") return make_module("shapelint.op");
  if (const Builtin* builtin = find_builtin(fmt::format("shapelint.{}", name))) return BuiltinV{builtin};
  return std::nullopt;
}

}  // namespace shapelint
