// Python's builtins, the module `shapelint` for framework definitions, and the registry of all tables.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/whole_numbers.h"

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
    // In a definition that follows from an argument of which it was said already.
    if (!dim && run.here().in_framework) return make_unknown("a range whose bounds are not known");
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
Value builtin_set(Run& run, Args args, const Span& span) {
  if (args.positional.empty()) return ListV{run.heap().make(ListData{.is_set = true})};
  const auto items = run.elements(arg(args, 0), span);
  if (!items)
    return arg(args, 0).as<SequenceV>() != nullptr ? arg(args, 0) : run.unknown(span, "a set of unknown elements");
  return ListV{run.heap().make(ListData{.items = without_repeats(run, *items), .is_set = true})};
}
Value builtin_tuple(Run& run, Args args, const Span& span) { return sequence_copy(run, args, span, true); }

Value builtin_reversed(Run& run, Args args, const Span& span) {
  auto items = run.elements(arg(args, 0), span);
  if (!items) return arg(args, 0);
  std::ranges::reverse(*items);
  return run.tuple_of_length(std::move(*items), run.length_of(arg(args, 0)));
}

// By numbers or texts that are known; otherwise in the order given, which says nothing about shapes when all elements
// are alike, and nothing at all when they are not.
Value builtin_sorted(Run& run, Args args, const Span& span) {
  auto items = run.elements(arg(args, 0), span);
  if (!items) {
    if (const auto all = run.as_sequence(arg(args, 0), span)) return *all;
    return run.unknown(span, "a sorted sequence of unknown length");
  }
  const Value* key = args.keyword("key");
  struct Entry {
    std::variant<double, std::string> key;
    Value item;
  };
  std::vector<Entry> entries;
  for (const Value& item : *items) {
    const Value by = key != nullptr && !key->is_none() ? call_with(run, *key, {item}, span) : item;
    if (const auto* text = by.as<StrV>(); text != nullptr && text->exact) entries.push_back({*text->text, item});
    else if (const auto number = run.known_float(by)) entries.push_back({*number, item});
    else break;
  }
  const bool known = entries.size() == items->size() && std::ranges::all_of(entries, [&](const Entry& e) {
                       return e.key.index() == entries.front().key.index();
                     });
  if (!known) {
    if (items->empty()) return list_of(run, {});
    Value any = items->front();
    for (const Value& item : *items) any = run.join(any, item, span);
    return list_of(run, ValueList(items->size(), any));
  }
  std::ranges::stable_sort(entries, {}, &Entry::key);
  if (args.keyword("reverse") != nullptr && run.truth(*args.keyword("reverse")) == Tri::yes)
    std::ranges::reverse(entries);
  ValueList out;
  for (Entry& entry : entries) out.push_back(std::move(entry.item));
  return list_of(run, std::move(out));
}

Value builtin_dict(Run& run, Args args, const Span& span) {
  DictData data;
  if (!args.positional.empty()) {
    const Value* held = native_of(run, args.positional[0]);
    if (const auto* other = held != nullptr ? held->as<DictV>() : args.positional[0].as<DictV>()) {
      data = run.heap().read<DictData>(other->cell);
    } else if (const auto items = run.elements(args.positional[0], span)) {
      for (const Value& item : *items) {
        const auto pair = run.elements(item, span);
        if (!pair || pair->size() != 2) return run.unknown(span, "a dict of unknown content");
        data.items.emplace_back((*pair)[0], (*pair)[1]);
      }
    } else {
      data.complete = false;
    }
  }
  data.factory = NoneV{};
  const DictV made{run.heap().make(std::move(data))};
  for (const auto& [key, value] : args.keywords) set_item(run, made, make_str(key), value);
  return made;
}
Value dict_fromkeys(Run& run, Args args, const Span& span) {
  const auto keys = run.elements(arg(args, 0), span);
  if (!keys) return run.unknown(span, "a dict of unknown keys");
  const DictV made{run.heap().make(DictData{})};
  for (const Value& key : *keys) set_item(run, made, key, arg(args, 1));
  return made;
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
  if (items && items->empty() && args.keyword("default") != nullptr) return *args.keyword("default");
  if (!items) {
    const Value any = run.any_element(args.positional.empty() ? Value() : args.positional[0], span);
    return run.as_dim(any) ? Value(IntV{run.dims().fresh("?extreme")}) : any;
  }
  if (items->empty()) return run.raise(span, "ValueError: max() or min() of an empty sequence");
  const Value* key = args.keyword("key");
  const auto rank = [&](const Value& item) {
    return key != nullptr && !key->is_none() ? call_with(run, *key, {item}, span) : item;
  };
  Value best = (*items)[0];
  Value best_rank = rank(best);
  for (std::size_t i = 1; i < items->size(); ++i) {
    const Value& next = (*items)[i];
    const Value next_rank = rank(next);
    const Tri less = run.truth(run.compare(ast::CompareOp::less, best_rank, next_rank, span, span, span));
    if (less == Tri::unknown) {
      if (run.as_dim(best) && run.as_dim(next)) return IntV{run.dims().fresh("?extreme")};
      // One of them, whichever.
      best = run.join(best, next, span);
      best_rank = make_unknown("an extreme of values that are not known");
      continue;
    }
    if ((less == Tri::yes) == max) {
      best = next;
      best_rank = next_rank;
    }
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
  if (const auto* text = v.as<StrV>(); text != nullptr && text->exact) {
    const std::string& digits = *text->text;
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (error == std::errc() && end == digits.data() + digits.size()) return IntV{run.dims().number(whole)};
    if (digits.find_first_of("0123456789") == std::string::npos)
      return run.raise(span, "ValueError: invalid literal for int()");
  }
  return run.unknown(span, "int of a value that is not known");
}

Value builtin_float(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (const auto* text = v.as<StrV>()) {
    if (*text->text == "inf" || *text->text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text->text == "-inf") return -std::numeric_limits<double>::infinity();
    if (*text->text == "nan") return std::numeric_limits<double>::quiet_NaN();
    double number = 0;
    const char* last = text->text->data() + text->text->size();
    const auto [end, error] = std::from_chars(text->text->data(), last, number);
    if (text->exact && error == std::errc() && end == last) return number;
    return run.unknown(span, "float of text");
  }
  if (const auto number = run.known_float(v)) return *number;
  if (v.is_unknown() || v.as<TensorV>() != nullptr) return v;
  return TensorV{run.as_tensor(v, span, DType::float64)};
}

Value builtin_bool(Run& run, Args args, const Span&) { return boolean(run.truth(arg(args, 0)), "a truth value"); }
Value builtin_str(Run& run, Args args, const Span&) {
  if (args.positional.empty()) return make_str("");
  if (const auto text = run.python_text(arg(args, 0))) return make_str(*text);
  if (const Value* held = native_of(run, arg(args, 0)); held != nullptr && held->as<StrV>() != nullptr) return *held;
  return make_str(run.show(arg(args, 0)), false);
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
  if (name == "object") return Tri::yes;
  if (name == "shapelint.Tensor") return tri(tensor);
  if (const auto* object = v.as<ObjectV>()) {
    const ObjectData& data = run.heap().read<ObjectData>(object->cell);
    const auto* own = data.type.as<ClassV>();
    if (!data.native.is_none()) return is_of_type(run, data.native, type);
    if (own == nullptr) return Tri::unknown;
    if (run.has_builtin_base(own->cell, name)) return Tri::yes;
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
    if (name == "int" || name == "float" || name == "bool" || name == "str" || name == "dict") return Tri::no;
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
  if (name == "types.ModuleType") return tri(v.as<ModuleV>() != nullptr);
  const bool plain = v.is_none() || real || text || dict || list || tuple || tensor;
  // What none of the above is: an enum, a protocol, an exception.
  return plain && !name.starts_with("typing.") && !name.starts_with("collections.abc.") ? Tri::no : Tri::unknown;
}

Value builtin_isinstance(Run& run, Args args, const Span&) {
  return boolean(is_of_type(run, arg(args, 0), arg(args, 1)), "a type");
}

Value builtin_issubclass(Run& run, Args args, const Span&) {
  const auto* a = arg(args, 0).as<ClassV>();
  const auto* b = arg(args, 1).as<ClassV>();
  if (a != nullptr && arg(args, 1).as<BuiltinV>() != nullptr)
    return run.has_builtin_base(a->cell, arg(args, 1).as<BuiltinV>()->builtin->name);
  if (a == nullptr || b == nullptr) return make_unknown("a subclass test");
  bool unknown_base = false;
  if (run.is_instance_of(a->cell, b->cell, unknown_base)) return true;
  return boolean(unknown_base ? Tri::unknown : Tri::no, "a subclass test");
}

Value builtin_getattr(Run& run, Args args, const Span& span) {
  const auto* name = arg(args, 1).as<StrV>();
  if (name == nullptr || !name->exact) return run.unknown(span, "getattr with a name that is not known");
  if (const auto value = run.find_attribute(arg(args, 0), *name->text, span)) return *value;
  if (args.positional.size() > 2) return arg(args, 2);
  return run.attribute(arg(args, 0), *name->text, span);
}

Value builtin_hasattr(Run& run, Args args, const Span& span) {
  const auto* name = arg(args, 1).as<StrV>();
  if (name == nullptr || arg(args, 0).is_unknown()) return make_unknown("hasattr of a value that is not known");
  const auto value = run.find_attribute(arg(args, 0), *name->text, span);
  if (value && value->is_unknown()) return *value;
  return value.has_value();
}

Value builtin_setattr(Run& run, Args args, const Span& span) {
  if (const auto* name = arg(args, 1).as<StrV>(); name != nullptr && name->exact)
    run.set_attribute(arg(args, 0), *name->text, arg(args, 2), span);
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
  if (v.as<ClassV>() != nullptr) return BuiltinV{find_builtin("type")};
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
  if (owner && self.as<ClassV>() != nullptr) return SuperV{*owner, self.as<ClassV>()->cell, true};
  if (!owner || self.as<ObjectV>() == nullptr) return run.unknown(span, "super() outside a method");
  return SuperV{*owner, self.as<ObjectV>()->cell};
}

Value descriptor(Args args, DescriptorV::Kind kind) {
  return DescriptorV{kind, std::make_shared<const Value>(arg(args, 0)), nullptr};
}
Value builtin_property(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::property); }
Value builtin_staticmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::static_method); }
Value builtin_classmethod(Run&, Args args, const Span&) { return descriptor(args, DescriptorV::Kind::class_method); }
// `@x.setter`, bound to the property: the same property with a setter.
Value property_setter(Run&, Args args, const Span&) {
  const auto* property = arg(args, 0).as<DescriptorV>();
  if (property == nullptr) return NoneV{};
  return DescriptorV{property->kind, property->function, std::make_shared<const Value>(arg(args, 1))};
}
Value property_deleter(Run&, Args args, const Span&) { return arg(args, 0); }

Value builtin_none(Run&, Args, const Span&) { return NoneV{}; }
Value builtin_exception(Run&, Args, const Span&) { return make_unknown("an exception"); }
// Gives its argument back; as `iter`, a copy of a list, from which `next` takes.
Value builtin_iter(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (const auto* list = v.as<ListV>()) return list_of(run, run.heap().read<ListData>(list->cell).items);
  if (v.as<TupleV>() != nullptr || v.as<DictV>() != nullptr || v.as<StrV>() != nullptr) {
    if (const auto items = run.elements(v, span)) return list_of(run, *items);
  }
  return v;
}
Value builtin_next(Run& run, Args args, const Span& span) {
  const Value& v = arg(args, 0);
  if (const auto method = special_method(run, v, "__next__", span)) return call_with(run, *method, {}, span);
  if (v.as<TupleV>() == nullptr && v.as<ListV>() == nullptr) return run.any_element(v, span);
  const auto items = run.elements(v, span);
  if (!items) return run.any_element(v, span);
  if (items->empty()) return args.positional.size() > 1 ? args.positional[1] : run.raise(span, "StopIteration");
  if (const auto* list = v.as<ListV>()) {
    auto& rest = run.heap().write<ListData>(list->cell).items;
    rest.erase(rest.begin());
  }
  return items->front();
}
Value builtin_identity(Run&, Args args, const Span&) { return arg(args, 0); }
Value builtin_globals(Run& run, Args, const Span&) {
  const LoadedModule* home = run.here().home;
  return home != nullptr ? make_module(home->name) : make_unknown("the names of a module that is not known");
}
Value builtin_vars(Run& run, Args args, const Span& span) {
  return args.positional.empty() ? make_unknown("local names") : run.attribute(arg(args, 0), "__dict__", span);
}
Value builtin_delattr(Run& run, Args args, const Span&) {
  const auto* object = arg(args, 0).as<ObjectV>();
  const auto* name = arg(args, 1).as<StrV>();
  if (object != nullptr && name != nullptr) run.heap().write<ObjectData>(object->cell).attributes.erase(*name->text);
  return NoneV{};
}
Value builtin_id(Run& run, Args, const Span&) { return IntV{run.dims().fresh("?id")}; }
Value builtin_not_followed(Run& run, Args, const Span& span) {
  return run.unknown(span, "code or input that is made at run time");
}
Value builtin_chr(Run& run, Args args, const Span& span) {
  const auto code = run.known_int(arg(args, 0));
  if (!code || *code < 0 || *code > 127) return run.unknown(span, "a letter that is not known");
  return make_str(std::string(1, static_cast<char>(*code)));
}
Value builtin_ord(Run& run, Args args, const Span& span) {
  const auto* text = arg(args, 0).as<StrV>();
  if (text == nullptr || !text->exact || text->text->size() != 1)
    return run.unknown(span, "a letter that is not known");
  return IntV{run.dims().number(static_cast<unsigned char>(text->text->front()))};
}
Value builtin_slice(Run&, Args args, const Span&) {
  if (args.positional.size() == 1)
    return SliceV{std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{Value(), arg(args, 0), Value()})};
  return SliceV{
      std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{arg(args, 0), arg(args, 1), arg(args, 2)})};
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

// Is it a number, with the sizes at hand? Of other values: is anything known of them?
Value sl_is_known(Run& run, Args args, const Span&) {
  const Value& value = arg(args, 0);
  return value.as<IntV>() != nullptr ? run.known_int(value).has_value() : !value.is_unknown();
}

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

// `sizes(x.shape)`: whole numbers as a vector, which calculates element by element; what is none stays what it is.
Value sl_sizes(Run& run, Args args, const Span& span) {
  const Value& value = arg(args, 0);
  const bool sequence = value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr;
  const auto items = sequence ? run.elements(value, span) : std::nullopt;
  if (!items || !std::ranges::all_of(*items, [&](const Value& item) { return run.as_dim(item).has_value(); }))
    return value;
  if (const auto* tuple = value.as<TupleV>()) return make_vector(tuple->items);
  return make_vector(*items);
}

Value sl_assign(Run& run, Args args, const Span& span) {
  const auto* x = arg(args, 0, "x").as<TensorV>();
  const Span value_span = args.spans.size() > 1 ? args.spans[1] : span;
  if (x == nullptr) return run.unknown(span, fmt::format("writing into {}", run.show(arg(args, 0, "x"))));
  return run.assign_elements(x->id, arg(args, 1, "value"), span, value_span);
}

// `become(x, value)`: `x` itself is `value` from now on, of another shape perhaps, for everyone who has it.
Value sl_become(Run& run, Args args, const Span& span) {
  const auto* x = arg(args, 0, "x").as<TensorV>();
  const auto* value = arg(args, 1, "value").as<TensorV>();
  if (x == nullptr || value == nullptr) return arg(args, 1, "value");
  return run.become(x->id, value->id, span);
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
    {"set", builtin_set},
    {"frozenset", builtin_set},
    {"reversed", builtin_reversed},
    {"sorted", builtin_sorted},
    {"dict", builtin_dict},
    {"dict.fromkeys", dict_fromkeys},
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
    {"property.deleter", property_deleter},
    {"object", builtin_none},
    {"object.__init__", builtin_none},
    {"print", builtin_none},
    {"example", builtin_none},
    {"iter", builtin_iter},
    {"next", builtin_next},
    {"functools._identity", builtin_identity},
    {"globals", builtin_globals},
    {"locals", builtin_vars},
    {"vars", builtin_vars},
    {"delattr", builtin_delattr},
    {"id", builtin_id},
    {"hash", builtin_id},
    {"chr", builtin_chr},
    {"ord", builtin_ord},
    {"format", builtin_str},
    {"eval", builtin_not_followed},
    {"exec", builtin_not_followed},
    {"open", builtin_not_followed},
    {"input", builtin_not_followed},
    {"NotImplemented", builtin_none},
    {"BaseException", builtin_exception},
    {"OSError", builtin_exception},
    {"IOError", builtin_exception},
    {"LookupError", builtin_exception},
    {"ArithmeticError", builtin_exception},
    {"OverflowError", builtin_exception},
    {"FloatingPointError", builtin_exception},
    {"FileNotFoundError", builtin_exception},
    {"ModuleNotFoundError", builtin_exception},
    {"NameError", builtin_exception},
    {"MemoryError", builtin_exception},
    {"KeyboardInterrupt", builtin_exception},
    {"EnvironmentError", builtin_exception},
    {"PendingDeprecationWarning", builtin_exception},
    {"ImportWarning", builtin_exception},
    {"ResourceWarning", builtin_exception},
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
    {"shapelint.is_tensor", sl_is_tensor},
    {"shapelint.as_tensor", sl_as_tensor},
    {"shapelint.made_by", sl_made_by},
    {"shapelint.is_dtype", sl_is_dtype},
    {"shapelint.is_known", sl_is_known},
    {"shapelint.sizes", sl_sizes},
    {"shapelint.shape_only", sl_shape_only},
    {"shapelint.dtype", sl_dtype},
    {"shapelint.named_tuple", sl_named_tuple},
    {"shapelint.assign", sl_assign},
    {"shapelint.become", sl_become},
    {"shapelint.updated", sl_updated},
    {"shapelint.item", sl_item},
    {"shapelint.version", sl_version},
    {"shapelint.unknown", sl_unknown},
    {"shapelint.Tensor", sl_as_tensor},
};

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  static const std::map<std::string_view, const Builtin*> kRegistry = [] {
    std::map<std::string_view, const Builtin*> all;
    for (const std::span<const Builtin> table :
         {std::span<const Builtin>(kBuiltins), function_builtins(), container_builtins(), number_builtins(),
          class_builtins(), system_builtins()}) {
      for (const Builtin& one : table) all.emplace(one.name, &one);
    }
    return all;
  }();
  const auto it = kRegistry.find(name);
  return it != kRegistry.end() ? it->second : nullptr;
}

// ---- helpers -----------------------------------------------------------------------------------------------------

const Value& argument(BuiltinArgs args, std::size_t position, std::string_view keyword) {
  return arg(args, position, keyword);
}

Value builtin(std::string_view name) {
  const Builtin* found = find_builtin(name);
  SHAPELINT_CHECK(found != nullptr, "no such builtin");
  return BuiltinV{found};
}

Value ignored() { return builtin("ignored"); }

bool is_ignored(const Value& value) {
  const auto* known = value.as<BuiltinV>();
  return known != nullptr && known->builtin->name == "ignored";
}

Value make_list(Run& run, ValueList items) { return list_of(run, std::move(items)); }

Value unknown_number(Run& run, const Span& span) {
  return TensorV{run.add_tensor(Tensor{.shape = Shape{}, .dtype = DType::float64, .is_number = true},
                                Step{.kind = StepKind::constant, .span = span})};
}

Value call_with(Run& run, const Value& f, ValueList arguments, const Span& span) {
  CallArguments args;
  args.positional = std::move(arguments);
  args.spans.assign(args.positional.size(), span);
  return run.call(f, std::move(args), span, span);
}

std::optional<Value> shapelint_member(Run&, std::string_view name) {
  if (name == "op") return make_module("shapelint.op");
  if (const Builtin* builtin = find_builtin(fmt::format("shapelint.{}", name))) return BuiltinV{builtin};
  return std::nullopt;
}

}  // namespace shapelint
