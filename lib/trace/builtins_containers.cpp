// itertools and collections: eager over sequences of known length, one element that stands for all otherwise.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lib/trace/builtins.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

constexpr std::size_t kMaxElements = 10'000;

Value sequence_of(Run& run, Value element) {
  return SequenceV{std::make_shared<const Value>(std::move(element)), run.dims().fresh("?length")};
}

// ---- itertools

// The elements of every argument; none when one of them has an unknown number.
std::optional<std::vector<ValueList>> columns(Run& run, Args args, const Span& span) {
  std::vector<ValueList> out;
  for (const Value& v : args.positional) {
    auto items = run.elements(v, span);
    if (!items) return std::nullopt;
    out.push_back(std::move(*items));
  }
  return out;
}

Value chain(Run& run, Args args, const Span& span) {
  ValueList out;
  if (const auto parts = columns(run, args, span)) {
    for (const ValueList& part : *parts) out.insert(out.end(), part.begin(), part.end());
    return make_list(run, std::move(out));
  }
  Value any;
  for (std::size_t i = 0; i < args.positional.size(); ++i) {
    const Value one = run.any_element(args.positional[i], span);
    any = i == 0 ? one : run.join(any, one, span);
  }
  return sequence_of(run, std::move(any));
}
Value chain_from(Run& run, Args args, const Span& span) {
  const auto parts = run.elements(argument(args, 0), span);
  if (!parts) return sequence_of(run, run.any_element(run.any_element(argument(args, 0), span), span));
  CallArguments all;
  all.positional = *parts;
  return chain(run, all, span);
}

Value product(Run& run, Args args, const Span& span) {
  auto parts = columns(run, args, span);
  const auto repeat = args.keyword("repeat") != nullptr ? run.known_int(*args.keyword("repeat")) : 1;
  if (!parts || !repeat || *repeat < 0 || *repeat > 8) {
    if (!repeat || *repeat < 0 || *repeat > 8) return run.unknown(span, "a product of an unknown number of sequences");
    ValueList one;
    std::optional<Dim> length = run.dims().number(1);
    for (std::int64_t i = 0; i < *repeat; ++i) {
      for (const Value& v : args.positional) {
        const auto part = run.length_of(v);
        length = length && part ? std::optional(run.dims().mul(*length, *part)) : std::nullopt;
        one.push_back(run.any_element(v, span));
      }
    }
    const Value row = make_tuple(std::move(one));
    if (length) return SequenceV{std::make_shared<const Value>(row), *length};
    return sequence_of(run, row);
  }
  const std::vector<ValueList> once = *parts;
  parts->clear();
  for (std::int64_t i = 0; i < *repeat; ++i) parts->insert(parts->end(), once.begin(), once.end());
  std::vector<ValueList> rows{ValueList{}};
  for (const ValueList& part : *parts) {
    if (rows.size() * part.size() > kMaxElements) return run.unknown(span, "a product of too many elements");
    std::vector<ValueList> longer;
    for (const ValueList& row : rows) {
      for (const Value& item : part) {
        longer.push_back(row);
        longer.back().push_back(item);
      }
    }
    rows = std::move(longer);
  }
  ValueList out;
  for (ValueList& row : rows) out.push_back(make_tuple(std::move(row)));
  return make_list(run, std::move(out));
}

// Selections of r elements: by ascending positions (combinations), with or without repeats, or in every order.
enum class Selection { ascending, ascending_with_repeats, every_order };
template <Selection Kind>
Value select(Run& run, Args args, const Span& span) {
  const auto items = run.elements(argument(args, 0), span);
  const Value& count = argument(args, 1, "r");
  const auto r = count.is_none() && items ? static_cast<std::int64_t>(items->size()) : run.known_int(count);
  if (!items || !r || *r < 0) {
    const Value any = run.any_element(argument(args, 0), span);
    return r && *r >= 0 && *r < 16 ? sequence_of(run, make_tuple(ValueList(static_cast<std::size_t>(*r), any)))
                                   : run.unknown(span, "selections of an unknown number of elements");
  }
  ValueList out;
  std::vector<std::size_t> chosen;
  const auto go = [&](const auto& self) -> void {
    if (out.size() > kMaxElements || !run.spend(span)) return;
    if (chosen.size() == static_cast<std::size_t>(*r)) {
      ValueList row;
      for (const std::size_t i : chosen) row.push_back((*items)[i]);
      out.push_back(make_tuple(std::move(row)));
      return;
    }
    std::size_t first = 0;
    if (Kind != Selection::every_order && !chosen.empty())
      first = chosen.back() + (Kind == Selection::ascending ? 1 : 0);
    for (std::size_t i = first; i < items->size(); ++i) {
      if (Kind == Selection::every_order && std::ranges::find(chosen, i) != chosen.end()) continue;
      chosen.push_back(i);
      self(self);
      chosen.pop_back();
    }
  };
  go(go);
  if (out.size() > kMaxElements) return run.unknown(span, "too many selections");
  return make_list(run, std::move(out));
}

Value repeat(Run& run, Args args, const Span& span) {
  const auto times = run.known_int(argument(args, 1, "times"));
  if (times && *times >= 0 && *times <= static_cast<std::int64_t>(kMaxElements))
    return make_list(run, ValueList(static_cast<std::size_t>(*times), argument(args, 0)));
  (void)span;
  return sequence_of(run, argument(args, 0));
}
Value count(Run& run, Args, const Span&) { return sequence_of(run, IntV{run.dims().fresh("?index")}); }
Value cycle(Run& run, Args args, const Span& span) {
  return sequence_of(run, run.any_element(argument(args, 0), span));
}

Value islice(Run& run, Args args, const Span& span) {
  const bool only_stop = args.positional.size() <= 2;
  const Value slice = SliceV{std::make_shared<const std::array<Value, 3>>(
      only_stop ? std::array<Value, 3>{Value(), argument(args, 1), Value()}
                : std::array<Value, 3>{argument(args, 1), argument(args, 2), argument(args, 3)})};
  if (const auto items = run.elements(argument(args, 0), span))
    return run.subscript(make_tuple(*items), slice, span, span);
  return sequence_of(run, run.any_element(argument(args, 0), span));
}

Value zip_longest(Run& run, Args args, const Span& span) {
  const auto parts = columns(run, args, span);
  if (!parts) return run.unknown(span, "sequences of unknown length, filled up");
  const Value& filler = args.keyword("fillvalue") != nullptr ? *args.keyword("fillvalue") : Value();
  std::size_t longest = 0;
  for (const ValueList& part : *parts) longest = std::max(longest, part.size());
  ValueList out;
  for (std::size_t i = 0; i < longest; ++i) {
    ValueList row;
    for (const ValueList& part : *parts) row.push_back(i < part.size() ? part[i] : filler);
    out.push_back(make_tuple(std::move(row)));
  }
  return make_list(run, std::move(out));
}

Value accumulate(Run& run, Args args, const Span& span) {
  const auto items = run.elements(argument(args, 0), span);
  if (!items) return sequence_of(run, run.any_element(argument(args, 0), span));
  const Value& f = argument(args, 1, "func");
  ValueList out;
  for (const Value& item : *items) {
    if (out.empty()) out.push_back(item);
    else if (f.is_none()) out.push_back(run.binary(ast::BinaryOp::add, out.back(), item, span, span, span));
    else out.push_back(call_with(run, f, {out.back(), item}, span));
  }
  return make_list(run, std::move(out));
}

Value pairwise(Run& run, Args args, const Span& span) {
  const auto items = run.elements(argument(args, 0), span);
  if (!items) {
    const Value any = run.any_element(argument(args, 0), span);
    return sequence_of(run, make_tuple({any, any}));
  }
  ValueList out;
  for (std::size_t i = 1; i < items->size(); ++i) out.push_back(make_tuple({(*items)[i - 1], (*items)[i]}));
  return make_list(run, std::move(out));
}

Value starmap(Run& run, Args args, const Span& span) {
  const auto rows = run.elements(argument(args, 1), span);
  if (!rows) return run.unknown(span, "a function over rows of unknown number");
  ValueList out;
  for (const Value& row : *rows) {
    const auto items = run.elements(row, span);
    out.push_back(items ? call_with(run, argument(args, 0), *items, span)
                        : make_unknown("arguments of unknown number"));
  }
  return make_list(run, std::move(out));
}

// ---- collections

Value defaultdict(Run& run, Args args, const Span& span) {
  CallArguments rest = args;
  if (!rest.positional.empty()) rest.positional.erase(rest.positional.begin());
  if (!rest.spans.empty()) rest.spans.erase(rest.spans.begin());
  const Value made = run.call(builtin("dict"), std::move(rest), span, span);
  if (const auto* dict = made.as<DictV>()) run.heap().write<DictData>(dict->cell).factory = argument(args, 0);
  return made;
}

Value counter(Run& run, Args args, const Span& span) {
  DictData data;
  data.factory = builtin("int");
  const auto items = args.positional.empty() ? std::optional(ValueList{}) : run.elements(args.positional[0], span);
  if (!items) return run.unknown(span, "counts of an unknown sequence");
  for (const Value& item : *items) {
    const auto it =
        std::ranges::find_if(data.items, [&](const auto& e) { return run.equal(e.first, item) == Tri::yes; });
    if (it == data.items.end()) data.items.emplace_back(item, IntV{run.dims().number(1)});
    else it->second = IntV{run.dims().add(it->second.as<IntV>()->dim, run.dims().number(1))};
  }
  return DictV{run.heap().make(std::move(data))};
}

Value ordered_dict(Run& run, Args args, const Span& span) { return run.call(builtin("dict"), args, span, span); }
Value deque(Run& run, Args args, const Span& span) {
  CallArguments first;
  if (!args.positional.empty()) first.positional.push_back(args.positional[0]);
  first.spans.assign(first.positional.size(), span);
  return run.call(builtin("list"), std::move(first), span, span);
}

// `namedtuple("Point", "x y")`, `namedtuple("Point", ["x", "y"], defaults=[0])`.
Value namedtuple(Run& run, Args args, const Span& span) {
  const auto* name = argument(args, 0, "typename").as<StrV>();
  const Value& fields = argument(args, 1, "field_names");
  ClassData data;
  data.flavor = ClassData::Flavor::named_tuple;
  data.name = data.qualname = name != nullptr ? *name->text : "namedtuple";
  if (const auto* text = fields.as<StrV>()) {
    std::string word;
    for (const char c : *text->text + " ") {
      if (c != ' ' && c != ',') word += c;
      else if (!word.empty()) data.fields.push_back(std::exchange(word, {}));
    }
  } else {
    const auto items = run.elements(fields, span);
    if (!items) return run.unknown(span, "a named tuple of unknown fields");
    for (const Value& item : *items) {
      if (item.as<StrV>() == nullptr) return run.unknown(span, "a named tuple of unknown fields");
      data.fields.push_back(*item.as<StrV>()->text);
    }
  }
  if (const Value* defaults = args.keyword("defaults")) {
    const auto items = run.elements(*defaults, span);
    if (items && items->size() <= data.fields.size()) {
      for (std::size_t i = 0; i < items->size(); ++i)
        data.members[data.fields[data.fields.size() - items->size() + i]] = (*items)[i];
    }
  }
  return ClassV{run.heap().make(std::move(data))};
}

constexpr Builtin kTable[] = {
    {"itertools.chain", chain},
    {"itertools.chain.from_iterable", chain_from},
    {"itertools.product", product},
    {"itertools.combinations", select<Selection::ascending>},
    {"itertools.combinations_with_replacement", select<Selection::ascending_with_repeats>},
    {"itertools.permutations", select<Selection::every_order>},
    {"itertools.repeat", repeat},
    {"itertools.count", count},
    {"itertools.cycle", cycle},
    {"itertools.islice", islice},
    {"itertools.zip_longest", zip_longest},
    {"itertools.accumulate", accumulate},
    {"itertools.pairwise", pairwise},
    {"itertools.starmap", starmap},
    {"collections.OrderedDict", ordered_dict},
    {"collections.defaultdict", defaultdict},
    {"collections.Counter", counter},
    {"collections.deque", deque},
    {"collections.namedtuple", namedtuple},
};

}  // namespace

std::span<const Builtin> container_builtins() { return kTable; }

}  // namespace shapelint
