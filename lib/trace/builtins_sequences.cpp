// Python's builtins on sequences: len, range, zip, sorted, sum, max, all, next, ...
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

Value builtin_len(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (v.is_unknown()) return v;
  if (const Value* held = native_of(run, v); held != nullptr && held->as<StrV>() != nullptr)
    return builtin_len(run, CallArguments{.positional = {*held}}, span);
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
  const std::int64_t start = run.known_int(argument(args, 1, "start")).value_or(0);
  const Value& v = argument(args, 0);
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

// `zip(*rows)` of rows that one stands for: its columns, each as long as there are rows.
std::optional<Value> columns_of(Run& run, const SequenceV& rows, const Span& span) {
  const auto row = run.elements(*rows.element, span);
  if (!row) return std::nullopt;
  ValueList columns;
  for (const Value& one : *row)
    columns.emplace_back(SequenceV{std::make_shared<const Value>(one), rows.length, rows.inner});
  return make_tuple(std::move(columns));
}

Value builtin_zip(Run& run, Args args, const Span& span) {
  if (args.positional.empty() && args.rows) {
    if (auto columns = columns_of(run, *args.rows, span)) return *columns;
  }
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
  const Value& f = argument(args, 0);
  const auto one = [&](const Value& item) {
    return run.call(f, CallArguments{.positional = {item}, .spans = {span}}, span, span);
  };
  if (const auto items = run.elements(argument(args, 1), span)) {
    ValueList out;
    for (const Value& item : *items) out.push_back(one(item));
    return run.tuple_of_length(std::move(out), run.length_of(argument(args, 1)));
  }
  const SequenceV all = unknown_sequence(run, argument(args, 1), span);
  return sequence_of(run, all, one(*all.element));
}

Value builtin_filter(Run& run, Args args, const Span& span) {
  const auto items = run.elements(argument(args, 1), span);
  if (!items) return run.unknown(span, "a filter over a sequence of unknown length");
  ValueList out;
  for (const Value& item : *items) {
    const Value keep =
        argument(args, 0).is_none()
            ? item
            : run.call(argument(args, 0), CallArguments{.positional = {item}, .spans = {span}}, span, span);
    const Tri t = run.truth(keep);
    if (t == Tri::unknown) return run.unknown(span, "a filter whose condition is not known");
    if (t == Tri::yes) out.push_back(item);
  }
  return make_tuple(std::move(out));
}

Value sequence_copy(Run& run, Args args, const Span& span, bool tuple) {
  if (args.positional.empty()) return tuple ? make_tuple({}) : make_list(run, {});
  const Value& v = argument(args, 0);
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
  const auto items = run.elements(argument(args, 0), span);
  if (!items)
    return argument(args, 0).as<SequenceV>() != nullptr ? argument(args, 0)
                                                        : run.unknown(span, "a set of unknown elements");
  return ListV{run.heap().make(ListData{.items = without_repeats(run, *items), .is_set = true})};
}
Value builtin_tuple(Run& run, Args args, const Span& span) { return sequence_copy(run, args, span, true); }

Value builtin_reversed(Run& run, Args args, const Span& span) {
  auto items = run.elements(argument(args, 0), span);
  if (!items) return argument(args, 0);
  std::ranges::reverse(*items);
  return run.tuple_of_length(std::move(*items), run.length_of(argument(args, 0)));
}

// By numbers or texts that are known; otherwise in the order given, which says nothing about shapes when all elements
// are alike, and nothing at all when they are not.
Value builtin_sorted(Run& run, Args args, const Span& span) {
  auto items = run.elements(argument(args, 0), span);
  if (!items) {
    if (const auto all = run.as_sequence(argument(args, 0), span)) return *all;
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
    if (items->empty()) return make_list(run, {});
    Value any = items->front();
    for (const Value& item : *items) any = run.join(any, item, span);
    return make_list(run, ValueList(items->size(), any));
  }
  std::ranges::stable_sort(entries, {}, &Entry::key);
  if (args.keyword("reverse") != nullptr && run.truth(*args.keyword("reverse")) == Tri::yes)
    std::ranges::reverse(entries);
  ValueList out;
  for (Entry& entry : entries) out.push_back(std::move(entry.item));
  return make_list(run, std::move(out));
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
  const auto keys = run.elements(argument(args, 0), span);
  if (!keys) return run.unknown(span, "a dict of unknown keys");
  const DictV made{run.heap().make(DictData{})};
  for (const Value& key : *keys) set_item(run, made, key, argument(args, 1));
  return made;
}

Value builtin_sum(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  Value total = args.positional.size() > 1 || args.keyword("start") != nullptr ? argument(args, 1, "start")
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

Value quantify(Run& run, Args args, const Span& span, bool all) {
  const auto items = run.elements(argument(args, 0), span);
  if (!items) return run.unknown(span, "a quantifier over an unknown sequence");
  Tri t = tri(all);
  Claim claim{.kind = all ? Claim::Kind::all : Claim::Kind::any};
  for (const Value& item : *items) {
    const Tri one = run.truth(item);
    if (one == Tri::unknown) claim.parts.push_back(claim_of(item));
    t = all ? t & one : t | one;
  }
  return with_claim(known_truth(t, "a quantifier"), std::make_shared<const Claim>(std::move(claim)));
}
Value builtin_all(Run& run, Args args, const Span& span) { return quantify(run, args, span, true); }
Value builtin_any(Run& run, Args args, const Span& span) { return quantify(run, args, span, false); }

// Gives its argument back; as `iter`, a copy of a list, from which `next` takes.
Value builtin_iter(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto* list = v.as<ListV>()) return make_list(run, run.heap().read<ListData>(list->cell).items);
  if (v.as<TupleV>() != nullptr || v.as<DictV>() != nullptr || v.as<StrV>() != nullptr) {
    if (const auto items = run.elements(v, span)) return make_list(run, *items);
  }
  return v;
}
Value builtin_next(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
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
Value builtin_slice(Run&, Args args, const Span&) {
  if (args.positional.size() == 1)
    return SliceV{
        std::make_shared<const std::array<Value, 3>>(std::array<Value, 3>{Value(), argument(args, 0), Value()})};
  return SliceV{std::make_shared<const std::array<Value, 3>>(
      std::array<Value, 3>{argument(args, 0), argument(args, 1), argument(args, 2)})};
}

constexpr Builtin kTable[] = {
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
    {"all", builtin_all},
    {"any", builtin_any},
    {"iter", builtin_iter},
    {"next", builtin_next},
    {"slice", builtin_slice},
};

}  // namespace

std::span<const Builtin> sequence_builtins() { return kTable; }

}  // namespace shapelint
