// Parts and elements of values: subscripts, iteration and comprehensions.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"
#include "lib/trace/whole_numbers.h"

namespace shapelint {

// A size that the world takes a parameter for, which may be the shape of one axis as well: `*input_dims`,
// `input_dims[0]`.
bool Run::is_named_size(const Value& value) const {
  const auto* number = value.as<IntV>();
  return number != nullptr && dims_->as_symbol(number->dim) &&
         std::ranges::any_of(input_->symbols, [&](const auto& one) { return one.second == number->dim; });
}

Value Run::subscript(const Value& value, const Value& index, const Span& span, const Span& value_span) {
  if (halted() || value.is_unknown()) return with_claim(value, nullptr);
  if (is_named_size(value) && known_int(index) == 0) return value;
  if (const auto* t = value.as<TensorV>()) return subscript_tensor(current(t->id), index, span, value_span);
  if (const auto* dict = value.as<DictV>()) {
    const DictData& data = heap().read<DictData>(dict->cell);
    Tri some = Tri::no;
    for (std::size_t i = data.items.size(); i-- > 0;) {
      const Tri same = equal(index, data.items[i].first);
      if (same == Tri::yes) return data.items[i].second;
      some = some | same;
    }
    if (some == Tri::unknown && !data.items.empty()) {
      Value any = data.items[0].second;
      for (std::size_t i = 1; i < data.items.size(); ++i) any = join(any, data.items[i].second, span);
      return any;
    }
    if (data.complete && some == Tri::no && !data.factory.is_none()) {
      Value made = call_with(*this, Value(data.factory), {}, span);
      set_item(*this, *dict, index, made);
      return made;
    }
    if (data.complete && some == Tri::no) return raise(span, fmt::format("KeyError: {}", show(index)));
    return unknown(span, fmt::format("the key {} is not known", show(index)));
  }
  if (value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr || value.as<StrV>() != nullptr ||
      value.as<RangeV>() != nullptr) {
    if (const auto* text = value.as<StrV>()) {
      if (!text->exact) return make_str("", false);
      const Value letters = subscript(make_tuple(*elements(value, span)), index, span, value_span);
      if (letters.as<TupleV>() == nullptr) return letters;
      std::string out;
      for (const Value& letter : *letters.as<TupleV>()->items) out += *letter.as<StrV>()->text;
      return make_str(std::move(out));
    }
    const auto items = elements(value, span);
    if (const auto sequence = items ? std::nullopt : as_sequence(value, span)) {
      if (index.as<SliceV>() == nullptr) return value.as<RangeV>() != nullptr ? index : *sequence->element;
      return SequenceV{sequence->element, unknown_length({sequence->length}), sequence->inner};
    }
    if (!items) return unknown(span, "an element of a sequence of unknown length");
    const auto count = static_cast<std::int64_t>(items->size());
    if (const auto* slice = index.as<SliceV>()) {
      const auto bound = [&](std::size_t i) { return known_int((*slice->parts)[i]); };
      for (std::size_t i = 0; i < 3; ++i) {
        if (!(*slice->parts)[i].is_none() && !bound(i)) return unknown(span, "a slice whose bounds are not known");
      }
      const std::int64_t step = bound(2).value_or(1);
      if (step == 0) return raise(span, "slice step cannot be zero");
      const auto clamp = [&](std::optional<std::int64_t> at, std::int64_t missing) {
        if (!at) return missing;
        const std::int64_t i = *at < 0 ? *at + count : *at;
        return step > 0 ? std::clamp<std::int64_t>(i, 0, count) : std::clamp<std::int64_t>(i, -1, count - 1);
      };
      ValueList out;
      const std::int64_t stop = clamp(bound(1), step > 0 ? count : -1);
      for (std::int64_t i = clamp(bound(0), step > 0 ? 0 : count - 1); step > 0 ? i < stop : i > stop; i += step) {
        out.push_back((*items)[static_cast<std::size_t>(i)]);
      }
      if (value.as<ListV>() != nullptr) return ListV{heap().make(ListData{std::move(out)})};
      return is_vector(value) ? make_vector(std::move(out)) : make_tuple(std::move(out));
    }
    if (const auto at = known_int(index)) {
      const std::int64_t i = *at < 0 ? *at + count : *at;
      if (i < 0 || i >= count) {
        const auto* tuple = value.as<TupleV>();
        const auto of = tuple != nullptr ? shapes_of_.find(tuple->items.get()) : shapes_of_.end();
        if (of == shapes_of_.end()) return raise(span, fmt::format("IndexError: {} of {} elements", *at, count));
        // The size of an axis that a tensor has not.
        return conflict(
            span,
            {"axis.C1", fmt::format("axis {} is asked for, but {} has {} axes", *at, show(TensorV{of->second}), count)},
            {of->second});
      }
      return (*items)[static_cast<std::size_t>(i)];
    }
    if (!items->empty() && items->size() <= 64) {
      Value any = (*items)[0];
      for (std::size_t i = 1; i < items->size(); ++i) any = join(any, (*items)[i], span);
      return any;
    }
    return unknown(span, "an element whose position is not known");
  }
  if (const auto* sequence = value.as<SequenceV>()) {
    if (index.as<SliceV>() != nullptr) {
      return SequenceV{sequence->element, unknown_length({sequence->length}), sequence->inner};
    }
    return *sequence->element;
  }
  if (value.as<BuiltinV>() != nullptr) return value;  // `list[int]`
  if (value.as<ObjectV>() != nullptr || value.as<ClassV>() != nullptr) {
    if (auto done = object_subscript(*this, value, index, span)) return *done;
  }
  if (const auto* module = value.as<ModuleV>(); module != nullptr && index.as<StrV>() != nullptr)
    return attribute(value, *index.as<StrV>()->text, span);  // `globals()["name"]`
  return unknown(span, fmt::format("{} is indexed", show(value)));
}

std::optional<ValueList> Run::elements(const Value& value, const Span& span) {
  // Copying is work: sequences that double in a loop end with the budget, not with the memory.
  const auto copied = [&](const ValueList& items) -> ValueList {
    return items.size() > 16 && !spend(span, items.size() / 2) ? ValueList{} : items;
  };
  if (const auto* tuple = value.as<TupleV>()) return copied(*tuple->items);
  if (const auto* list = value.as<ListV>()) {
    const ListData& data = heap().read<ListData>(list->cell);
    if (data.generic) return std::nullopt;
    return copied(data.items);
  }
  if (const auto* dict = value.as<DictV>()) {
    const DictData& data = heap().read<DictData>(dict->cell);
    if (!data.complete) return std::nullopt;
    ValueList keys;
    for (const auto& [key, item] : data.items) keys.push_back(key);
    return keys;
  }
  if (is_named_size(value)) return ValueList{value};
  if (const Value* held = native_of(*this, value)) return elements(Value(*held), span);
  if (const auto* type = value.as<ClassV>()) {
    const ClassData& data = heap().read<ClassData>(type->cell);
    if (data.flavor != ClassData::Flavor::enumeration) return std::nullopt;
    ValueList members;
    for (const std::string& name : data.fields) members.push_back(data.members.find(name)->second);
    return members;
  }
  if (const auto* text = value.as<StrV>()) {
    if (!text->exact) return std::nullopt;
    const std::string& all = *text->text;
    if (all.size() > 16 && !spend(span, all.size() / 2)) return ValueList{};
    ValueList letters;
    for (std::size_t i = 0, end = 0; i < all.size(); i = end) {
      do ++end;
      while (end < all.size() && (static_cast<unsigned char>(all[end]) & 0xC0U) == 0x80U);
      letters.push_back(make_str(all.substr(i, end - i)));
    }
    return letters;
  }
  const auto limit = static_cast<std::int64_t>(input_->budget.iterations);
  if (const auto* range = value.as<RangeV>()) {
    const auto start = evaluate(facts_.resolve(range->start));
    const auto stop = evaluate(facts_.resolve(range->stop));
    const auto step = evaluate(facts_.resolve(range->step));
    if (!start || !stop || !step || *step == 0) return std::nullopt;
    const double count =
        std::ceil((static_cast<double>(*stop) - static_cast<double>(*start)) / static_cast<double>(*step));
    if (count > static_cast<double>(limit)) {
      if (!here().in_framework)
        note_unknown(span, fmt::format("a range of more than {} elements is not unrolled", limit));
      return std::nullopt;
    }
    ValueList out;
    for (std::int64_t i = *start; *step > 0 ? i < *stop : i > *stop;) {
      out.push_back(IntV{dims_->number(i)});
      if (__builtin_add_overflow(i, *step, &i)) break;
    }
    return out;
  }
  if (const auto* t = value.as<TensorV>()) {
    const Tensor& whole = tensor(t->id);
    if (!whole.shape || whole.shape->empty()) return std::nullopt;
    const auto count = evaluate(facts_.resolve((*whole.shape)[0]));
    if (!count || *count > limit) return std::nullopt;
    ValueList out;
    // One sample of an evaluation each.
    const bool samples = goes_over_samples(whole.shape->front());
    if (samples) ++batch_loops_;
    for (std::int64_t i = 0; i < *count && !halted(); ++i) {
      out.push_back(subscript(value, IntV{dims_->number(i)}, span, span));
    }
    if (samples) --batch_loops_;
    return out;
  }
  if (value.as<ObjectV>() != nullptr) {
    if (const auto method = special_method(*this, value, "__iter__", span)) {
      const Value made = call(*method, {}, span, span);
      if (made.as<ObjectV>() == nullptr) return elements(made, span);
    }
  }
  return std::nullopt;
}

Value Run::any_element(const Value& value, const Span& span) {
  if (const auto sequence = as_sequence(value, span)) return *sequence->element;
  if (const auto* t = value.as<TensorV>()) {
    return TensorV{unknown_tensor(span, "an element of a tensor of unknown shape", {t->id})};
  }
  if (value.as<ListV>() != nullptr) return make_unknown("an element of a list of which nothing is known");
  if (value.is_unknown() || is_ignored(value)) return value;
  if (value.as<ObjectV>() != nullptr) {
    if (const auto method = special_method(*this, value, "__iter__", span)) {
      const Value made = call(*method, {}, span, span);
      if (made.as<ObjectV>() == nullptr) return any_element(made, span);
    }
  }
  return unknown(span, fmt::format("{} is iterated", show(value)));
}

// ---- comprehensions ----------------------------------------------------------------------------------------------

struct Run::Collected {
  ValueList items;
  std::vector<std::pair<Value, Value>> pairs;
  bool generic = false;         ///< an item may stand for several
  bool exact = true;            ///< `length` is right
  std::optional<Dim> length{};  ///< the number of items, perhaps symbolic
  Dim weight;                   ///< how many times the clauses around are run
  SymbolId inner;
};

Value Run::eval_comprehension(const ast::Comprehension& node, const Span& span) {
  ScopeData scope;
  scope.has_parent = true;
  scope.parent = here().scope;
  const HeapId outer = here().scope;
  here().scope = heap().make(std::move(scope));
  Collected out;
  out.weight = dims_->number(1);
  out.inner = dims_->next_symbol();
  comprehension_clause(node, 0, span, out);
  here().scope = outer;
  if (node.kind == ast::ComprehensionKind::dict) {
    return DictV{heap().make(DictData{std::move(out.pairs), !out.generic})};
  }
  const Dim zero = dims_->number(0);
  ListData list{.items = std::move(out.items)};
  if (node.kind == ast::ComprehensionKind::set && !out.generic && !out.length)
    return ListV{heap().make(ListData{.items = without_repeats(*this, list.items), .is_set = true})};
  if (out.generic) {
    if (list.items.empty()) return unknown(span, "a comprehension over a sequence of unknown length");
    Value any = list.items[0];
    for (std::size_t i = 1; i < list.items.size(); ++i) any = join(any, list.items[i], span);
    list.items = {std::move(any)};
    list.length = out.exact ? out.length.value_or(zero) : unknown_length({out.length});
    list.generic = true;
    list.inner = out.inner;
  } else if (out.length && !dims_->constant(*out.length)) {
    // An evaluation: the items are there, and what they count is kept.
    const auto count = static_cast<std::int64_t>(list.items.size());
    list.length = out.exact && evaluate(*out.length) == count ? *out.length : unknown_length({out.length});
    if (list.length != out.length) learn_size(*list.length, count);
  }
  return ListV{heap().make(std::move(list))};
}

void Run::comprehension_clause(const ast::Comprehension& node, std::size_t clause, const Span& span, Collected& out) {
  if (halted()) return;
  if (clause == node.clauses.size()) {
    Value element = eval(node.element);
    if (node.kind == ast::ComprehensionKind::dict) out.pairs.emplace_back(std::move(element), eval(node.value));
    else out.items.push_back(std::move(element));
    return;
  }
  const ast::Clause& part = node.clauses[clause];
  const Value iterable = eval(part.iterable);
  const Span iterable_span = here().module->expr(part.iterable).span;
  const bool last = clause + 1 == node.clauses.size();
  const auto one = [&](const Value& element) {
    assign(part.target, element);
    for (const ast::ExprId condition : part.conditions) {
      const Tri t = truth(eval(condition));
      if (t == Tri::no) return false;
      if (t == Tri::unknown) {
        out.generic = true;
        out.exact = false;
      }
    }
    comprehension_clause(node, clause + 1, span, out);
    return true;
  };
  const auto counted = [&](Dim rounds) {
    if (!last) return;
    const Dim all = dims_->mul(out.weight, rounds);
    out.length = out.length ? dims_->add(*out.length, all) : all;
  };
  if (const auto items = elements(iterable, iterable_span)) {
    const auto length = length_of(iterable);
    const bool samples = goes_over_samples(length);
    const bool open = concrete() && length && !dims_->constant(*length);
    if (samples) ++batch_loops_;
    if (open) ++open_loops_;
    std::int64_t kept = 0;
    for (const Value& element : *items) {
      if (one(element)) ++kept;
      if (halted()) break;
    }
    if (samples) --batch_loops_;
    if (open) --open_loops_;
    const bool all = kept == static_cast<std::int64_t>(items->size());
    counted(samples && all ? *length : dims_->number(kept));
    if (samples && !all && last) out.exact = false;
    return;
  }
  out.generic = true;
  const auto sequence = as_sequence(iterable, iterable_span);
  if (!sequence) out.exact = false;
  const Dim weight = out.weight;
  if (sequence) counted(sequence->length);
  // What differed from item to item still does.
  if (sequence) out.inner = std::min(out.inner, sequence->inner);
  if (sequence) out.weight = dims_->mul(weight, sequence->length);
  one(sequence ? *sequence->element : any_element(iterable, iterable_span));
  out.weight = weight;
}

}  // namespace shapelint
