// Joining what two branches left: equal values stay, tensors of one shape become one tensor, sizes that differ become
// fresh ones, everything else is unknown.
#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "lib/trace/run.h"

namespace shapelint {

namespace {

// One and the same value that cannot change.
bool are_one(const Value& a, const Value& b) {
  if (const auto* p = a.as<DescriptorV>()) {
    const auto* q = b.as<DescriptorV>();
    return q != nullptr && p->kind == q->kind && p->function == q->function && p->setter == q->setter;
  }
  if (const auto* p = a.as<BoundV>()) return b.as<BoundV>() != nullptr && p->call == b.as<BoundV>()->call;
  if (const auto* p = a.as<MemberV>())
    return b.as<MemberV>() != nullptr && p->self == b.as<MemberV>()->self && p->name == b.as<MemberV>()->name;
  if (const auto* p = a.as<FunctionV>())
    return b.as<FunctionV>() != nullptr && p->function == b.as<FunctionV>()->function;
  return false;
}

}  // namespace

Value Run::join(const Value& a, const Value& b, const Span& span, int depth) {
  if (depth > 12) return make_unknown("values nested too deeply to join");
  if (a.is_unknown() && b.is_unknown() && claim_of(a) == claim_of(b)) return a;
  if (a.is_unknown()) return with_claim(a, nullptr);
  if (b.is_unknown()) return with_claim(b, nullptr);
  const auto* ta = a.as<TensorV>();
  const auto* tb = b.as<TensorV>();
  const auto number_like = [&](const Value& v) {
    return v.as<double>() != nullptr || v.as<IntV>() != nullptr || v.as<bool>() != nullptr;
  };
  if ((ta != nullptr && (tb != nullptr || number_like(b))) || (tb != nullptr && number_like(a))) {
    // The contents of both sides: what a storage holds now is that of one side only.
    const TensorId x = ta != nullptr ? ta->id : as_tensor(a, span);
    const TensorId y = tb != nullptr ? tb->id : as_tensor(b, span);
    if (x == y) return a;
    const Tensor p = tensor(x);
    const Tensor q = tensor(y);
    Tensor made;
    made.dtype = p.is_number ? q.dtype : p.dtype;
    made.is_number = p.is_number && q.is_number;
    // A number stands for a tensor of any shape in `loss = 0; for ...: loss = loss + x`.
    const Tensor& first = p.is_number && !q.is_number ? q : p;
    const Tensor& second = p.is_number && !q.is_number ? p : q;
    if (first.shape && second.shape && (first.shape->size() == second.shape->size() || second.is_number)) {
      made.shape = facts_.resolve(*first.shape);
      if (!second.is_number) {
        for (std::size_t axis = 0; axis < made.shape->size(); ++axis) {
          if (facts_.same((*made.shape)[axis], (*second.shape)[axis]) != Tri::yes &&
              !are_parts_of_one((*made.shape)[axis], (*second.shape)[axis])) {
            std::vector<SymbolId> parents = dims_->symbols((*made.shape)[axis]);
            for (const SymbolId s : dims_->symbols(facts_.resolve((*second.shape)[axis]))) parents.push_back(s);
            (*made.shape)[axis] = dims_->fresh("?joined", std::move(parents));
          }
        }
      }
    } else {
      made.unknown_reason = !first.shape    ? first.unknown_reason
                            : !second.shape ? second.unknown_reason
                                            : "two branches leave different ranks";
    }
    const TensorId joined = add_tensor(std::move(made), Step{.kind = StepKind::join, .operands = {x, y}, .span = span});
    // Two contents of one storage are one.
    if (handle(x) == handle(y)) handles_[joined] = handle(x);
    return TensorV{joined};
  }
  if (const auto* i = a.as<IntV>()) {
    if (const auto* j = b.as<IntV>()) {
      if (facts_.same(i->dim, j->dim) == Tri::yes) return a;
      return IntV{dims_->fresh("?joined")};
    }
  }
  if (const auto* p = a.as<TupleV>()) {
    const auto* q = b.as<TupleV>();
    if (q != nullptr && p->items == q->items) return a;
    if (q != nullptr && p->items->size() == q->items->size()) {
      if (halted() || !spend(span, p->items->size())) return make_unknown("the step budget is spent");
      ValueList items;
      for (std::size_t i = 0; i < p->items->size(); ++i)
        items.push_back(join((*p->items)[i], (*q->items)[i], span, depth + 1));
      return TupleV{std::make_shared<const ValueList>(std::move(items)), p->names};
    }
  }
  if (const auto* p = a.as<ListV>()) {
    if (const auto* q = b.as<ListV>(); q != nullptr) {
      if (p->cell == q->cell) return a;
      return ListV{
          heap().make(join_lists(heap().read<ListData>(p->cell), heap().read<ListData>(q->cell), span, depth))};
    }
  }
  if (const auto* p = a.as<SequenceV>()) {
    if (const auto* q = b.as<SequenceV>(); q != nullptr) {
      const bool same = facts_.same(p->length, q->length) == Tri::yes;
      return SequenceV{std::make_shared<const Value>(join(*p->element, *q->element, span, depth + 1)),
                       same ? p->length : unknown_length({p->length, q->length}), std::min(p->inner, q->inner)};
    }
  }
  if (const auto* p = a.as<DictV>()) {
    if (const auto* q = b.as<DictV>(); q != nullptr && p->cell == q->cell) return a;
  }
  if (are_one(a, b)) return a;
  if (number_like(a) && number_like(b) && equal(a, b) != Tri::yes) {
    return TensorV{add_tensor(Tensor{.shape = Shape{}, .dtype = DType::float64, .is_number = true},
                              Step{.kind = StepKind::join, .span = span})};
  }
  if (equal(a, b) == Tri::yes) return a;
  if (a.data.index() == b.data.index() && (a.as<ModuleV>() != nullptr || a.as<EllipsisV>() != nullptr)) return a;
  return make_unknown(fmt::format("it is {} on one way and {} on another", show(a), show(b)));
}

ListData Run::join_lists(const ListData& mine, const ListData& theirs, const Span& span, int depth) {
  ListData out = mine;
  if (!mine.generic && !theirs.generic && mine.items.size() == theirs.items.size()) {
    for (std::size_t k = 0; k < out.items.size(); ++k)
      out.items[k] = join(mine.items[k], theirs.items[k], span, depth + 1);
    if (mine.length != theirs.length) out.length.reset();
    return out;
  }
  // Of two lengths the list has one, and each item is like one of all.
  const auto length = [&](const ListData& data) {
    return data.length ? *data.length : dims_->number(static_cast<std::int64_t>(data.items.size()));
  };
  out.inner = std::min({mine.inner, theirs.inner, dims_->next_symbol()});
  out.length = facts_.same(length(mine), length(theirs)) == Tri::yes ? length(mine)
                                                                     : unknown_length({length(mine), length(theirs)});
  ValueList all = mine.items;
  all.insert(all.end(), theirs.items.begin(), theirs.items.end());
  if (!all.empty()) {
    Value any = all[0];
    for (std::size_t i = 1; i < all.size() && spend(span); ++i) any = join(any, all[i], span, depth + 1);
    out.items = {std::move(any)};
  }
  out.generic = true;
  return out;
}

namespace {
using Names = std::map<std::string, Value, std::less<>>;
}

// A storage that was written on one side holds either what it held or what was written.
void Run::join_written(const Heap::Written& other, const Span& span) {
  const Heap::Written mine = heap().written();
  Heap::Written all = mine;
  for (const auto& [storage, content] : other) all.try_emplace(storage, storage);
  for (const auto& [storage, content] : all) {
    const auto it = other.find(storage);
    const TensorId theirs = it == other.end() ? storage : it->second;
    if (content == theirs) continue;
    const Value joined = join(TensorV{content}, TensorV{theirs}, span);
    if (const auto* t = joined.as<TensorV>()) {
      if (t->id != storage) handles_[t->id] = storage;
      heap().set_written(storage, t->id);
    }
  }
}

void Run::join_heap(const Heap& other, const Span& span) {
  const auto join_names = [&](Names& out, const Names& theirs, bool may_be_absent) {
    for (auto& [name, value] : out) {
      const auto it = theirs.find(name);
      if (it != theirs.end()) value = join(value, it->second, span);
      else if (!may_be_absent) value = make_unknown(fmt::format("`{}` is bound on one way only", name));
    }
    for (const auto& [name, value] : theirs) {
      if (!out.contains(name)) {
        out.emplace(name, may_be_absent ? value : make_unknown(fmt::format("`{}` is bound on one way only", name)));
      }
    }
  };
  join_written(other.written(), span);
  for (const HeapId id : heap().differing(other)) {
    const std::size_t i = id.index;
    const auto kept = heap().snapshot(id);
    const Cell& mine = *kept;
    const Cell& theirs = other.cell(i);
    if (mine.index() != theirs.index()) continue;
    if (const auto* scope = std::get_if<ScopeData>(&mine)) {
      ScopeData out = *scope;
      // Whoever reads a name that one side binds came that way, or the program ends there; and the members of modules
      // are loaded on demand, on whichever side asks first.
      join_names(out.names, std::get<ScopeData>(theirs).names, true);
      heap().set_cell(i, std::move(out));
    } else if (const auto* object = std::get_if<ObjectData>(&mine)) {
      ObjectData out = *object;
      const auto& other_object = std::get<ObjectData>(theirs);
      join_names(out.attributes, other_object.attributes, false);
      for (const std::string& name : other_object.order) {
        if (!object->attributes.contains(name)) out.order.push_back(name);
      }
      heap().set_cell(i, std::move(out));
    } else if (const auto* type = std::get_if<ClassData>(&mine)) {
      ClassData out = *type;
      join_names(out.members, std::get<ClassData>(theirs).members, true);
      heap().set_cell(i, std::move(out));
    } else if (const auto* list = std::get_if<ListData>(&mine)) {
      heap().set_cell(i, join_lists(*list, std::get<ListData>(theirs), span, 0));
    } else if (const auto* dict = std::get_if<DictData>(&mine)) {
      DictData out = *dict;
      const DictData& more = std::get<DictData>(theirs);
      // Keys that are not known stand for any: one item of them is enough, or each join would double them.
      const auto same = [&](const Value& a, const Value& b) {
        return (a.is_unknown() && b.is_unknown()) || equal(a, b) == Tri::yes;
      };
      // Texts, which most keys are, are found by what they say; one that is not known to the letter equals nothing.
      std::unordered_map<std::string_view, std::size_t> texts;
      std::size_t indexed = 0;
      // Other keys may equal a text as well, as the members of a `(str, Enum)` do.
      bool only_texts = std::ranges::all_of(out.items, [](const auto& own) { return own.first.template as<StrV>(); });
      const auto place_of = [&](const Value& key) -> std::size_t {
        const auto* text = key.as<StrV>();
        if (text != nullptr && !text->exact) return out.items.size();
        if (text == nullptr || !only_texts) {
          const auto it = std::ranges::find_if(out.items, [&](const auto& own) { return same(own.first, key); });
          return static_cast<std::size_t>(it - out.items.begin());
        }
        for (; indexed < out.items.size(); ++indexed) {
          const auto* own = out.items[indexed].first.as<StrV>();
          if (own->exact) texts.emplace(*own->text, indexed);
        }
        const auto it = texts.find(*text->text);
        return it == texts.end() ? out.items.size() : it->second;
      };
      for (std::size_t k = 0; k < more.items.size() && spend(span); ++k) {
        const auto& [key, value] = more.items[k];
        // Mostly both sides have the same keys at the same places.
        const std::size_t found = k < out.items.size() && same(out.items[k].first, key) ? k : place_of(key);
        if (found < out.items.size()) {
          out.items[found].second = join(out.items[found].second, value, span);
        } else {
          only_texts = only_texts && key.as<StrV>() != nullptr;
          out.items.emplace_back(key, value);
          out.complete = false;
        }
      }
      out.complete = out.complete && more.complete && out.items.size() == more.items.size();
      heap().set_cell(i, std::move(out));
    }
  }
}

}  // namespace shapelint
