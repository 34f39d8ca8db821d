// Methods and operators of lists, sets, dicts and tuples.
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

bool holds(Run& run, const ValueList& items, const Value& value) {
  return std::ranges::any_of(items, [&](const Value& item) { return run.equal(item, value) == Tri::yes; });
}

Value make_set(Run& run, ValueList items) {
  return ListV{run.heap().make(ListData{.items = std::move(items), .is_set = true})};
}

bool is_set(Run& run, const Value& value) {
  const auto* list = value.as<ListV>();
  return list != nullptr && run.heap().read<ListData>(list->cell).is_set;
}

// The text of an operator's method (`a.union(b)` is `a | b`).
std::optional<ast::BinaryOp> operator_of(std::string_view method) {
  if (method == "union" || method == "update") return ast::BinaryOp::bit_or;
  if (method == "intersection" || method == "intersection_update") return ast::BinaryOp::bit_and;
  if (method == "difference" || method == "difference_update") return ast::BinaryOp::sub;
  if (method == "symmetric_difference") return ast::BinaryOp::bit_xor;
  return std::nullopt;
}

ValueList combine(Run& run, ast::BinaryOp op, const ValueList& a, const ValueList& b) {
  ValueList out;
  for (const Value& item : a) {
    const bool in_b = holds(run, b, item);
    if (op == ast::BinaryOp::bit_or || in_b == (op == ast::BinaryOp::bit_and)) out.push_back(item);
  }
  if (op == ast::BinaryOp::bit_or || op == ast::BinaryOp::bit_xor) {
    for (const Value& item : b)
      if (!holds(run, a, item)) out.push_back(item);
  }
  return out;
}

std::optional<Value> set_method(Run& run, ListV self, std::string_view name, const CallArguments& args,
                                const Span& span) {
  const ValueList own = run.heap().read<ListData>(self.cell).items;
  if (name == "add") {
    if (!holds(run, own, argument(args, 0))) run.heap().write<ListData>(self.cell).items.push_back(argument(args, 0));
    return NoneV{};
  }
  if (name == "discard" || name == "remove") {
    std::erase_if(run.heap().write<ListData>(self.cell).items,
                  [&](const Value& item) { return run.equal(item, argument(args, 0)) == Tri::yes; });
    return NoneV{};
  }
  const bool relation = name == "issubset" || name == "issuperset" || name == "isdisjoint";
  const auto op = operator_of(name);
  if (!op && !relation) return std::nullopt;
  ValueList result = own;
  for (const Value& other : args.positional) {
    const auto items = run.elements(other, span);
    if (!items) return run.unknown(span, "a set of unknown elements");
    if (name == "issubset") return combine(run, ast::BinaryOp::sub, own, *items).empty();
    if (name == "issuperset") return combine(run, ast::BinaryOp::sub, *items, own).empty();
    if (name == "isdisjoint") return combine(run, ast::BinaryOp::bit_and, own, *items).empty();
    result = combine(run, *op, result, without_repeats(run, *items));
  }
  if (!name.ends_with("update")) return make_set(run, std::move(result));
  run.heap().write<ListData>(self.cell).items = std::move(result);
  return NoneV{};
}

std::optional<std::size_t> position_of(Run& run, const DictData& data, const Value& key) {
  for (std::size_t i = 0; i < data.items.size(); ++i)
    if (run.equal(data.items[i].first, key) == Tri::yes) return i;
  return std::nullopt;
}

constexpr std::string_view kListMethods[] = {
    "append", "extend", "insert", "pop",     "reverse",  "sort",        "copy",        "clear",
    "remove", "index",  "count",  "__len__", "__iter__", "__getitem__", "__setitem__", "__contains__"};
constexpr std::string_view kSetMethods[] = {"add",
                                            "discard",
                                            "remove",
                                            "update",
                                            "union",
                                            "intersection",
                                            "difference",
                                            "symmetric_difference",
                                            "issubset",
                                            "issuperset",
                                            "isdisjoint",
                                            "copy",
                                            "clear",
                                            "pop",
                                            "__len__",
                                            "__iter__",
                                            "__contains__",
                                            "intersection_update",
                                            "difference_update"};
constexpr std::string_view kDequeMethods[] = {"appendleft", "popleft", "extendleft", "rotate"};
constexpr std::string_view kDictMethods[] = {
    "items",   "keys",    "values",   "get",         "pop",         "setdefault",   "update",      "copy",    "clear",
    "popitem", "__len__", "__iter__", "__getitem__", "__setitem__", "__contains__", "__delitem__", "fromkeys"};
constexpr std::string_view kOrderedMethods[] = {"move_to_end", "most_common", "elements"};
constexpr std::string_view kTupleMethods[] = {"index", "count", "__len__", "__iter__", "__getitem__", "__contains__"};
// What shapes of tensors have beyond tuples.
constexpr std::string_view kShapeMethods[] = {"numel", "num_elements", "as_list"};
// Of TensorFlow's shapes: what is asserted of values is not followed, and all sizes are known there.
constexpr std::string_view kStaticShapeMethods[] = {"assert_has_rank",    "assert_is_compatible_with",
                                                    "assert_same_rank",   "is_compatible_with",
                                                    "is_fully_defined",   "with_rank",
                                                    "with_rank_at_least", "with_rank_at_most",
                                                    "merge_with",         "assert_is_fully_defined"};
constexpr std::string_view kTextMethods[] = {
    "format",     "join",    "encode",       "decode",   "expandtabs", "lower",        "casefold",     "upper",
    "capitalize", "title",   "startswith",   "endswith", "split",      "rsplit",       "splitlines",   "partition",
    "rpartition", "strip",   "lstrip",       "rstrip",   "replace",    "removeprefix", "removesuffix", "find",
    "index",      "rfind",   "count",        "isdigit",  "isnumeric",  "isdecimal",    "isalpha",      "isalnum",
    "islower",    "isupper", "isidentifier", "zfill",    "ljust",      "rjust",        "center",       "__len__"};

bool in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

ValueList without_repeats(Run& run, const ValueList& items) {
  ValueList out;
  for (const Value& item : items) {
    if (!run.spend({}, 1 + out.size() / 8)) break;
    if (!holds(run, out, item)) out.push_back(item);
  }
  return out;
}

void set_item(Run& run, DictV dict, const Value& key, Value value) {
  const auto at = position_of(run, run.heap().read<DictData>(dict.cell), key);
  DictData& data = run.heap().write<DictData>(dict.cell);
  if (at) {
    data.items[*at].second = std::move(value);
    return;
  }
  if (key.is_unknown()) data.complete = false;
  data.items.emplace_back(key, std::move(value));
}

std::optional<Value> set_operator(Run& run, ast::BinaryOp op, const Value& left, const Value& right) {
  using enum ast::BinaryOp;
  if (op == bit_or && left.as<DictV>() != nullptr && right.as<DictV>() != nullptr) {
    const DictV merged{run.heap().make(DictData(run.heap().read<DictData>(left.as<DictV>()->cell)))};
    dict_method(run, merged, "update", CallArguments{.positional = {right}}, {});
    return merged;
  }
  if (!is_set(run, left) || !is_set(run, right)) return std::nullopt;
  if (op != bit_or && op != bit_and && op != bit_xor && op != sub) return std::nullopt;
  const ValueList a = run.heap().read<ListData>(left.as<ListV>()->cell).items;
  const ValueList b = run.heap().read<ListData>(right.as<ListV>()->cell).items;
  return make_set(run, combine(run, op, a, b));
}

std::optional<Value> list_method(Run& run, ListV self, std::string_view name, const CallArguments& args,
                                 const Span& span) {
  Heap& heap = run.heap();
  if (heap.read<ListData>(self.cell).is_set) {
    if (auto done = set_method(run, self, name, args, span)) return done;
  }
  if (name == "append") {
    run.grow(self.cell, {argument(args, 0)}, std::nullopt, span);
    return NoneV{};
  }
  if (name == "appendleft") {
    auto& items = heap.write<ListData>(self.cell).items;
    items.insert(items.begin(), argument(args, 0));
    return NoneV{};
  }
  if (name == "extend") {
    if (const auto more = run.elements(argument(args, 0), span)) {
      const auto length = run.length_of(argument(args, 0));
      run.grow(self.cell, *more, length && !run.dims().constant(*length) ? length : std::nullopt, span);
      return NoneV{};
    }
    if (const auto sequence = run.as_sequence(argument(args, 0), span)) {
      // Of how many it is known, of which only in general.
      const ListData one{
          .items = {*sequence->element}, .length = sequence->length, .generic = true, .inner = sequence->inner};
      const ListData before = heap.read<ListData>(self.cell);
      const Dim had = run.length_of(self).value_or(run.dims().number(0));
      ListData made = run.join_lists(before, one, span, 0);
      made.generic = true;
      made.length = run.dims().add(had, sequence->length);
      heap.write<ListData>(self.cell) = std::move(made);
      return NoneV{};
    }
    return run.unknown(span, "a list grows by an unknown number of elements");
  }
  if (heap.read<ListData>(self.cell).generic) {
    // Its items are alike: which of them moves does not matter.
    const ListData before = heap.read<ListData>(self.cell);
    if (name == "insert" || name == "appendleft") {
      run.grow(self.cell, {argument(args, name == "insert" ? 1 : 0)}, std::nullopt, span);
      return NoneV{};
    }
    if (name == "pop" || name == "popleft" || name == "remove") {
      heap.write<ListData>(self.cell).length = run.dims().sub(*before.length, run.dims().number(1));
      if (name == "remove") return NoneV{};
      return before.items.empty() ? run.unknown(span, "`pop` from a list of which nothing is known") : before.items[0];
    }
    if (name == "reverse" || name == "sort") return NoneV{};
  }
  if (name == "insert") {
    auto& items = heap.write<ListData>(self.cell).items;
    const auto at = run.known_int(argument(args, 0));
    const auto count = static_cast<std::int64_t>(items.size());
    if (!at) return run.unknown(span, "a list grows at an unknown position");
    items.insert(items.begin() + std::clamp<std::int64_t>(*at < 0 ? *at + count : *at, 0, count), argument(args, 1));
    return NoneV{};
  }
  if (name == "pop" || name == "popleft") {
    auto& items = heap.write<ListData>(self.cell).items;
    const auto count = static_cast<std::int64_t>(items.size());
    const bool given = !args.positional.empty();
    const auto wanted = given ? run.known_int(argument(args, 0)) : std::optional<std::int64_t>(name == "pop" ? -1 : 0);
    if (!wanted) return run.unknown(span, "`pop` at an unknown position");
    const std::int64_t index = *wanted < 0 ? *wanted + count : *wanted;
    if (index < 0 || index >= count) return run.raise(span, "IndexError: pop from a list without that element");
    Value item = items[static_cast<std::size_t>(index)];
    items.erase(items.begin() + index);
    return item;
  }
  if (name == "remove") {
    ValueList& items = heap.write<ListData>(self.cell).items;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Tri same = run.equal(items[i], argument(args, 0));
      if (same == Tri::unknown) return run.unknown(span, "which element of a list is removed");
      if (same == Tri::no) continue;
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(i));
      return NoneV{};
    }
    return run.raise(span, "ValueError: list.remove(x): x not in list");
  }
  if (name == "clear") {
    heap.write<ListData>(self.cell) = ListData{.is_set = heap.read<ListData>(self.cell).is_set};
    return NoneV{};
  }
  if (name == "reverse") {
    std::ranges::reverse(heap.write<ListData>(self.cell).items);
    return NoneV{};
  }
  if (name == "sort") {
    CallArguments sorting{.positional = {self}, .keywords = args.keywords, .spans = {span}};
    const Value sorted = run.call(builtin("sorted"), std::move(sorting), span, span);
    if (const auto* made = sorted.as<ListV>()) {
      ListData ordered = heap.read<ListData>(made->cell);
      heap.write<ListData>(self.cell) = std::move(ordered);
    }
    return NoneV{};
  }
  if (name == "copy") return ListV{heap.make(ListData(heap.read<ListData>(self.cell)))};
  if (name == "__setitem__") {
    const auto at = run.known_int(argument(args, 0));
    ListData& data = heap.write<ListData>(self.cell);
    const auto count = static_cast<std::int64_t>(data.items.size());
    if (!at || *at < -count || *at >= count) return run.unknown(span, "an element whose position is not known is set");
    data.items[static_cast<std::size_t>(*at < 0 ? *at + count : *at)] = argument(args, 1);
    return NoneV{};
  }
  return sequence_method(run, self, name, args, span);
}

std::optional<Value> dict_method(Run& run, DictV self, std::string_view name, const CallArguments& args,
                                 const Span& span) {
  Heap& heap = run.heap();
  const DictData data = heap.read<DictData>(self.cell);
  if (name == "items" || name == "keys" || name == "values" || name == "__iter__") {
    ValueList out;
    for (const auto& [key, value] : data.items)
      out.push_back(name == "items" ? make_tuple({key, value}) : name == "values" ? value : key);
    if (data.complete) return make_tuple(std::move(out));
    if (out.empty()) return run.unknown(span, "a dict of unknown content");
    Value any = out[0];
    for (std::size_t i = 1; i < out.size(); ++i) any = run.join(any, out[i], span);
    return SequenceV{std::make_shared<const Value>(std::move(any)), run.dims().fresh("?length")};
  }
  if (name == "get" || name == "pop" || name == "setdefault") {
    const Value& fallback = argument(args, 1, "default");
    if (const auto at = position_of(run, data, argument(args, 0))) {
      if (name == "pop") {
        auto& items = heap.write<DictData>(self.cell).items;
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(*at));
      }
      return data.items[*at].second;
    }
    if (!data.complete || argument(args, 0).is_unknown())
      return run.unknown(span, fmt::format("the key {} is not known", run.show(argument(args, 0))));
    if (name == "setdefault") set_item(run, self, argument(args, 0), fallback);
    if (name == "pop" && args.positional.size() < 2 && args.keywords.empty())
      return run.raise(span, fmt::format("KeyError: {}", run.show(argument(args, 0))));
    return fallback;
  }
  if (name == "update") {
    if (const auto* other = argument(args, 0).as<DictV>()) {
      const DictData more = heap.read<DictData>(other->cell);
      for (const auto& [key, value] : more.items) set_item(run, self, key, value);
      if (!more.complete) heap.write<DictData>(self.cell).complete = false;
    } else if (!args.positional.empty()) {
      const auto pairs = run.elements(argument(args, 0), span);
      bool known = pairs.has_value();
      for (std::size_t i = 0; known && i < pairs->size(); ++i) {
        const auto pair = run.elements((*pairs)[i], span);
        known = pair && pair->size() == 2;
        if (known) set_item(run, self, (*pair)[0], (*pair)[1]);
      }
      if (!known) heap.write<DictData>(self.cell).complete = false;
    }
    for (const auto& [key, value] : args.keywords) set_item(run, self, make_str(key), value);
    return NoneV{};
  }
  if (name == "copy") return DictV{heap.make(DictData(data))};
  if (name == "clear") {
    heap.write<DictData>(self.cell).items.clear();
    heap.write<DictData>(self.cell).complete = true;
    return NoneV{};
  }
  if (name == "popitem") {
    if (data.items.empty() || !data.complete) return run.unknown(span, "an item of a dict of unknown content");
    heap.write<DictData>(self.cell).items.pop_back();
    return make_tuple({data.items.back().first, data.items.back().second});
  }
  if (name == "move_to_end") {
    if (const auto at = position_of(run, data, argument(args, 0))) {
      auto& items = heap.write<DictData>(self.cell).items;
      auto moved = items[*at];
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(*at));
      items.push_back(std::move(moved));
    }
    return NoneV{};
  }
  if (name == "__setitem__") {
    set_item(run, self, argument(args, 0), argument(args, 1));
    return NoneV{};
  }
  if (name == "__delitem__") {
    if (const auto at = position_of(run, data, argument(args, 0))) {
      auto& items = heap.write<DictData>(self.cell).items;
      items.erase(items.begin() + static_cast<std::ptrdiff_t>(*at));
    }
    return NoneV{};
  }
  if (name == "__getitem__") return run.subscript(self, argument(args, 0), span, span);
  if (name == "__len__") return call_with(run, builtin("len"), {self}, span);
  if (name == "__contains__") return run.compare(ast::CompareOp::in, argument(args, 0), self, span, span, span);
  return std::nullopt;
}

std::optional<Value> sequence_method(Run& run, const Value& self, std::string_view name, const CallArguments& args,
                                     const Span& span) {
  if (name == "__getitem__") return run.subscript(self, argument(args, 0), span, span);
  if (name == "__len__") return call_with(run, builtin("len"), {self}, span);
  if (name == "__contains__") return run.compare(ast::CompareOp::in, argument(args, 0), self, span, span, span);
  if (name == "__iter__") return self;
  if (in(kStaticShapeMethods, name)) {
    if (name.starts_with("assert")) return NoneV{};
    return name.starts_with("is_") ? Value(true) : self;
  }
  const bool followed =
      name == "as_list" || name == "index" || name == "count" || name == "numel" || name == "num_elements";
  const auto items = followed ? run.elements(self, span) : std::nullopt;
  if (!items) return std::nullopt;
  if (name == "as_list") return make_list(run, *items);
  if (name == "index" || name == "count") {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const Tri same = run.equal((*items)[i], argument(args, 0));
      if (same == Tri::unknown) return run.unknown(span, "a position in a sequence is not known");
      if (same == Tri::yes && name == "index") return IntV{run.dims().number(static_cast<std::int64_t>(i))};
      count += same == Tri::yes ? 1 : 0;
    }
    if (name == "index") return run.raise(span, "ValueError: the value is not in the sequence");
    return IntV{run.dims().number(count)};
  }
  Dim product = run.dims().number(1);
  for (const Value& item : *items)
    product = run.dims().mul(product, run.as_dim(item).value_or(run.dims().fresh("?size")));
  return IntV{product};
}

bool has_method(Run& run, const Value& value, std::string_view name) {
  if (value.as<StrV>() != nullptr) return in(kTextMethods, name);
  if (is_set(run, value)) return in(kSetMethods, name);
  if (value.as<ListV>() != nullptr) return in(kListMethods, name) || in(kDequeMethods, name);
  if (value.as<DictV>() != nullptr) return in(kDictMethods, name) || in(kOrderedMethods, name);
  return value.as<TupleV>() != nullptr &&
         (in(kTupleMethods, name) || in(kShapeMethods, name) || in(kStaticShapeMethods, name));
}

}  // namespace shapelint
