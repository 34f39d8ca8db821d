// Sequences of symbolic length, and what loops leave in lists. `[f(x[i]) for i in range(B)]` is one element that stands
// for all and the length B, so `stack` of it is (B, ...) again. A loop of B rounds is followed through one round: a
// list that grew by k in it has k*B more items. In an evaluation the rounds are run one by one, and the lists keep the
// symbolic length beside their items, so that the axis of their stack still counts samples.
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

Dim Run::unknown_length(std::initializer_list<std::optional<Dim>> of) {
  std::vector<SymbolId> parents;
  for (const auto& dim : of) {
    if (!dim) continue;
    for (const SymbolId symbol : dims_->symbols(*dim)) {
      if (std::ranges::find(parents, symbol) == parents.end()) parents.push_back(symbol);
    }
  }
  return dims_->fresh("?length", std::move(parents));
}

bool Run::counts_samples(const std::optional<Dim>& length) const {
  return length && input_->batch && dims_->mentions(*length, *input_->batch);
}

bool Run::goes_over_samples(const std::optional<Dim>& length) const {
  if (!input_->concrete || !length || !input_->batch) return false;
  if (!dims_->constant(*length)) return counts_samples(length);
  // One sample alone: its batch is the number 1.
  const auto it = sizes_.find(*input_->batch);
  return it != sizes_.end() && it->second == 1 && dims_->is_number(*length, 1);
}

std::optional<Dim> Run::length_of(const Value& value) {
  const auto plain = [&](std::size_t n) { return dims_->number(static_cast<std::int64_t>(n)); };
  if (const auto* sequence = value.as<SequenceV>()) return sequence->length;
  if (const auto* list = value.as<ListV>()) {
    const ListData& data = heap().read<ListData>(list->cell);
    return data.length ? *data.length : plain(data.items.size());
  }
  if (const auto* tuple = value.as<TupleV>()) {
    const auto it = lengths_.find(tuple->items.get());
    return it != lengths_.end() ? it->second : plain(tuple->items->size());
  }
  if (const auto* dict = value.as<DictV>()) {
    const DictData& data = heap().read<DictData>(dict->cell);
    if (data.complete) return plain(data.items.size());
    return std::nullopt;
  }
  if (const auto* range = value.as<RangeV>()) {
    const Dim distance = facts_.resolve(dims_->sub(range->stop, range->start));
    const auto step = evaluate(range->step);
    if (!step || *step == 0) return std::nullopt;
    const Dim way = *step > 0 ? distance : dims_->neg(distance);
    const std::int64_t size = *step > 0 ? *step : -*step;
    if (facts_.at_most(way, dims_->number(0)) == Tri::yes) return dims_->number(0);
    if (size == 1) return way;
    return dims_->floordiv(dims_->add(way, dims_->number(size - 1)), dims_->number(size));
  }
  if (const auto* t = value.as<TensorV>()) {
    const Tensor& whole = tensor(t->id);
    if (whole.shape && !whole.shape->empty()) return facts_.resolve(whole.shape->front());
  }
  return std::nullopt;
}

std::optional<SequenceV> Run::as_sequence(const Value& value, const Span& span) {
  if (const auto* sequence = value.as<SequenceV>()) return *sequence;
  if (value.as<ObjectV>() != nullptr) {
    // A DataLoader: what its `__iter__` gives.
    const auto method = special_method(*this, value, "__iter__", span);
    const Value iterated = method ? call_with(*this, *method, {}, span) : Value();
    if (iterated.as<ListV>() != nullptr || iterated.as<SequenceV>() != nullptr) return as_sequence(iterated, span);
  }
  const auto length = length_of(value);
  if (!length) return std::nullopt;
  const SymbolId inner = dims_->next_symbol();
  const auto made = [&](Value element) {
    return SequenceV{std::make_shared<const Value>(std::move(element)), *length, inner};
  };
  if (const auto* range = value.as<RangeV>()) return made(IntV{index_of(*range)});
  if (value.as<TensorV>() != nullptr) return made(subscript(value, IntV{dims_->fresh_number("?index")}, span, span));
  ValueList items;
  if (const auto* list = value.as<ListV>()) {
    const ListData& data = heap().read<ListData>(list->cell);
    if (data.items.empty()) return std::nullopt;
    if (data.generic) {
      return SequenceV{std::make_shared<const Value>(current(data.items[0])), *length, data.inner};
    }
    items = data.items;
  } else if (const auto known = elements(value, span)) {
    items = *known;
  }
  if (items.empty()) return std::nullopt;
  Value any = items[0];
  for (std::size_t i = 1; i < items.size(); ++i) any = join(any, items[i], span);
  return made(std::move(any));
}

Value Run::tuple_of_length(ValueList items, std::optional<Dim> length) {
  Value tuple = make_tuple(std::move(items));
  if (length && !dims_->constant(*length)) {
    lengths_.emplace(tuple.as<TupleV>()->items.get(), *length);
    shape_tuples_.push_back(tuple);
  }
  return tuple;
}

Value Run::apply_to_sequence(const Op& op, const SequenceV& sequence, const BasicAttributes<Dim>& attrs,
                             const Where& where) {
  const bool stacks = op.name == "stack";
  const TensorId element = as_tensor(*sequence.element, where.span);
  if (halted()) return make_unknown("the path ended before");
  const Tensor one = tensor(element);
  if (!one.shape) return TensorV{unknown_tensor(where.span, one.unknown_reason, {element})};
  Shape shape = facts_.resolve(*one.shape);
  const std::int64_t written = attrs.axes && !attrs.axes->empty() ? attrs.axes->front() : 0;
  const auto axis = normal_axis(written, static_cast<int>(shape.size()) + (stacks ? 1 : 0));
  if (!axis) {
    conflict(where.span, axis.error(), {element});
    return TensorV{unknown_tensor(where.span, axis.error().message, {element})};
  }
  if (stacks) {
    shape.insert(shape.begin() + *axis, sequence.length);
  } else {
    Dim& joined = shape[static_cast<std::size_t>(*axis)];
    const auto symbols = dims_->symbols(joined);
    const bool varies = std::ranges::any_of(symbols, [&](SymbolId s) { return s >= sequence.inner; });
    if (const auto whole = whole_of_parts(joined, sequence.length)) joined = *whole;
    else joined = varies ? unknown_length({joined, sequence.length}) : dims_->mul(joined, sequence.length);
  }
  Tensor made{.shape = std::move(shape), .dtype = one.dtype};
  // Of numbers alone frameworks make float32.
  if (one.is_number && one.dtype == DType::float64) made.dtype = DType::float32;
  Step step{.op = &op, .operands = {element}, .operand_spans = where.operands, .axes = {*axis}, .span = where.span};
  step.axis = written;
  step.axis_span = where.axis_span;
  return TensorV{add_tensor(std::move(made), std::move(step))};
}

std::vector<Run::Grown> Run::repeat_growth(const Heap& before, std::optional<Dim> rounds, bool whole, SymbolId inner,
                                           const std::vector<Grown>& earlier, const Span& span) {
  std::vector<Grown> out;
  for (const HeapId cell : heap().differing(before)) {
    const auto* old = std::get_if<ListData>(&before.cell(cell.index));
    if (old == nullptr) continue;
    ListData made = heap().read<ListData>(cell);
    const auto length = [&](const ListData& data) {
      return data.length ? *data.length : dims_->number(static_cast<std::int64_t>(data.items.size()));
    };
    const Dim growth = dims_->sub(length(made), length(*old));
    const auto again = std::ranges::find(earlier, cell, &Grown::cell);
    if (dims_->is_number(growth, 0) && again == earlier.end()) continue;
    const auto symbols = dims_->symbols(growth);
    const bool varies =
        std::ranges::any_of(symbols, [&](SymbolId s) { return s >= inner; }) || dims_->constant(growth).value_or(0) < 0;
    if (again != earlier.end()) {
      // The second round starts from what all of them left.
      const bool same = growth == again->growth && again->exact && whole;
      made.length = same ? again->data.length : again->exact ? unknown_length({length(*old), rounds}) : old->length;
    } else if (varies || !whole || !rounds) {
      made.length = unknown_length({length(*old), rounds});
    } else {
      made.length = dims_->add(length(*old), dims_->mul(growth, *rounds));
    }
    if (!made.items.empty()) {
      Value any = made.items[0];
      for (std::size_t k = 1; k < made.items.size(); ++k) any = join(any, made.items[k], span);
      made.items = {std::move(any)};
    }
    made.inner = made.generic ? std::min(inner, made.inner) : inner;
    made.generic = true;
    heap().write<ListData>(cell) = made;
    out.push_back({cell, growth, !varies && whole && rounds.has_value(), std::move(made)});
  }
  return out;
}

void Run::leave_unrolled_loop(const Heap& before, Dim rounds, std::int64_t count, const Span& span) {
  const auto inside = [&](TensorId id) { return trace_.step_of(id).in_batch_loop; };
  // What the last round left is, behind the loop, what the loop left: the same place in a run of one sample.
  const auto left = [&](TensorId id, const std::string& name) {
    const TensorId own = handle(id);
    const TensorId copy = copy_of(id, span, StepKind::join, name);
    handles_[copy] = own;
    heap().set_written(own, copy);
    return copy;
  };
  const Heap::Written written = heap().written();
  for (const auto& [storage, content] : written) {
    const auto it = before.written().find(storage);
    if ((it == before.written().end() || it->second != content) && inside(content)) left(content, "");
  }
  for (const HeapId cell : heap().differing(before)) {
    if (const auto* old = std::get_if<ListData>(&before.cell(cell.index))) {
      ListData& data = heap().write<ListData>(cell);
      const auto growth = static_cast<std::int64_t>(data.items.size()) - static_cast<std::int64_t>(old->items.size());
      if (data.generic || growth == 0) continue;
      const Dim from = old->length ? *old->length : dims_->number(static_cast<std::int64_t>(old->items.size()));
      if (growth > 0 && count > 0 && growth % count == 0) {
        data.length = dims_->add(from, dims_->mul(rounds, dims_->number(growth / count)));
      } else {
        data.length = unknown_length({from, rounds});
        learn_size(*data.length, static_cast<std::int64_t>(data.items.size()));
      }
    } else if (const auto* scope = std::get_if<ScopeData>(&before.cell(cell.index))) {
      const auto names = heap().read<ScopeData>(cell).names;
      for (const auto& [name, value] : names) {
        const auto* t = value.as<TensorV>();
        if (t == nullptr || !inside(t->id) || views_.contains(handle(t->id))) continue;
        const auto it = scope->names.find(name);
        const auto* was = it != scope->names.end() ? it->second.as<TensorV>() : nullptr;
        if (was != nullptr && was->id == t->id) continue;
        const TensorId now = current(t->id);
        if (!inside(now)) continue;
        heap().write<ScopeData>(cell).names[name] = TensorV{left(now, name)};
      }
    }
  }
}

}  // namespace shapelint
