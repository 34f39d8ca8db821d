// x[...] on tensors, read and written. The integers, slices, None and the ellipsis are one basic index, which gives a
// view; masks and tensors of indices pick from that view. NumPy and PyTorch (1.13, python_variable_indexing.cpp)
// differ: beside a tensor of indices NumPy takes an integer for one as well, which decides where the new axes stand
// (`x[0, :, idx]`), PyTorch selects by it first; and the basic items behind a mask of several axes begin behind all of
// them in NumPy, behind the first in PyTorch (`x[mask, 1:]` then fails).
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/run.h"

namespace shapelint {

struct Run::Brackets {
  std::vector<IndexItem<Dim>> basic;  ///< full slices where the others pick
  bool plain = true;                  ///< the basic index changes nothing
  struct Picking {
    TensorId tensor;
    bool is_mask = false;
    std::size_t axis = 0;  ///< its first, after the basic index
  };
  std::vector<Picking> picking;
  std::string reason;  ///< why it is not followed
};

namespace {

using Item = IndexItem<Dim>;

bool is_list_like(const Value& v) {
  return v.as<ListV>() != nullptr || v.as<TupleV>() != nullptr || v.as<RangeV>() != nullptr ||
         v.as<SequenceV>() != nullptr;
}

}  // namespace

// The tensor of indices, or the mask, that an item is; none for an item of another kind.
std::optional<TensorId> Run::index_tensor(const Value& item, const Span& span) {
  if (item.as<TensorV>() == nullptr && !is_list_like(item)) return std::nullopt;
  const TensorId id = as_tensor(item, span);
  if (halted()) return std::nullopt;
  return id;
}

bool Run::parse_brackets(TensorId x, const Value& index, const Span& span, Brackets& out) {
  if (!tensor(x).shape) {
    out.reason = tensor(x).unknown_reason;
    return false;
  }
  const Shape shape = facts_.resolve(*tensor(x).shape);
  const bool torch = std::ranges::find(packages_, "torch") != packages_.end();
  ValueList items{index};
  if (const auto* tuple = index.as<TupleV>()) items = *tuple->items;
  if (const auto* list = index.as<ListV>(); list != nullptr && torch) {
    // PyTorch 1.13 takes a list that holds more than numbers for a tuple.
    const ListData& data = heap().read<ListData>(list->cell);
    const bool as_tuple = !data.generic && std::ranges::any_of(data.items, [](const Value& v) {
      return is_list_like(v) || v.as<SliceV>() != nullptr || v.is_none() || v.as<EllipsisV>() != nullptr ||
             v.as<TensorV>() != nullptr;
    });
    if (as_tuple) items = data.items;
  }

  struct Parsed {
    Item basic;
    std::optional<TensorId> tensor;
    bool is_mask = false;
    std::size_t axes = 0;   ///< of x that it takes
    std::size_t width = 1;  ///< as far as the basic items behind it are concerned
  };
  std::vector<Parsed> parsed;
  bool picks = false;
  for (const Value& item : items) {
    Parsed made;
    if (item.is_none()) {
      made.basic.kind = Item::Kind::newaxis;
    } else if (item.as<EllipsisV>() != nullptr) {
      made.basic.kind = Item::Kind::ellipsis;
    } else if (const auto* slice = item.as<SliceV>()) {
      made.axes = 1;
      std::optional<Dim>* const bounds[] = {&made.basic.start, &made.basic.stop, &made.basic.step};
      for (std::size_t i = 0; i < 3; ++i) {
        const Value& bound = (*slice->parts)[i];
        if (bound.is_none()) continue;
        // A bound that is not known leaves a size that is not known.
        const auto dim = as_dim(bound);
        const auto* number = bound.as<TensorV>();
        if (dim) *bounds[i] = *dim;
        else if (const Value whole = number != nullptr ? number_in(current(number->id), span) : Value();
                 whole.as<IntV>() != nullptr)
          *bounds[i] = whole.as<IntV>()->dim;
        else *bounds[i] = dims_->fresh("?slice");
      }
    } else if (const auto dim = as_dim(item); dim && item.as<bool>() == nullptr && item.as<TensorV>() == nullptr) {
      made.basic.kind = Item::Kind::integer;
      made.basic.integer = *dim;
      made.axes = 1;
    } else if (const auto found = index_tensor(item, span)) {
      const Tensor t = tensor(*found);
      if (!t.shape) {
        out.reason = "it is indexed by a tensor of unknown shape: " + t.unknown_reason;
        return false;
      }
      const std::size_t rank = t.shape->size();
      made.is_mask = t.dtype == DType::boolean || (torch && t.dtype == DType::uint8);
      if (is_float(t.dtype) && !t.is_number && rank > 0) {
        // No framework takes floats: what the parameter is was guessed. Of the shape of what it indexes it is a mask.
        std::size_t at = 0;
        for (const Parsed& before : parsed) at += before.axes;
        made.is_mask = at + rank <= shape.size();
        for (std::size_t i = 0; made.is_mask && i < rank; ++i) {
          made.is_mask = facts_.same((*t.shape)[i], shape[at + i]) == Tri::yes;
        }
      }
      if (made.is_mask && rank == 0) {
        out.reason = "indexing by a single truth value is not followed";
        return false;
      }
      if (rank == 0) {
        const Value whole = is_float(t.dtype) ? Value() : number_in(*found, span);
        made.basic.kind = Item::Kind::integer;
        made.basic.integer = whole.as<IntV>() != nullptr ? whole.as<IntV>()->dim : dims_->fresh_number("?index");
        made.axes = 1;
      } else {
        made.tensor = *found;
        made.axes = made.is_mask ? rank : 1;
        made.width = torch ? 1 : made.axes;
        picks = true;
      }
    } else if (item.is_unknown()) {
      out.reason = "it is indexed by an unknown value: " + *item.as<UnknownV>()->reason;
      return false;
    } else {
      out.reason = fmt::format("indexing by {} is not followed", show(item));
      return false;
    }
    parsed.push_back(std::move(made));
  }

  if (picks && !torch) {
    for (Parsed& item : parsed) {
      if (item.basic.kind != Item::Kind::integer || item.tensor) continue;
      item.tensor = as_tensor(IntV{item.basic.integer}, span);
      item.basic = Item{};
    }
  }
  std::size_t consumed = 0;
  for (const Parsed& item : parsed) consumed += item.axes;
  // NumPy takes indices with an ellipsis between them for separated ones, whether it stands for an axis or not.
  bool picked_before = false;
  bool ellipsis_behind = false;
  for (const Parsed& item : parsed) {
    if (!torch && consumed == shape.size() && item.tensor && ellipsis_behind) {
      out.reason = "an ellipsis of no axes between tensors of indices is not followed";
      return false;
    }
    picked_before = picked_before || item.tensor;
    ellipsis_behind = ellipsis_behind || (picked_before && item.basic.kind == Item::Kind::ellipsis && !item.tensor);
  }
  std::size_t axis = 0;
  std::size_t taken = 0;  // axes of x
  std::size_t behind_masks = 0;
  for (Parsed& item : parsed) {
    if (Item& slice = item.basic; slice.start && slice.stop && !slice.step && taken < shape.size())
      slice.stop = stop_of_part(shape[taken], *slice.start, *slice.stop).value_or(*slice.stop);
    taken += item.basic.kind == Item::Kind::ellipsis ? shape.size() - std::min(consumed, shape.size()) : item.axes;
    const bool full = item.basic.kind == Item::Kind::slice && !item.basic.start && !item.basic.stop && !item.basic.step;
    out.plain = out.plain && (full || item.basic.kind == Item::Kind::ellipsis);
    out.basic.insert(out.basic.end(), item.tensor ? item.width : 1, item.basic);
    if (item.tensor) {
      out.picking.push_back({*item.tensor, item.is_mask, axis + behind_masks});
      behind_masks += item.axes - item.width;
    }
    if (item.basic.kind == Item::Kind::ellipsis) axis += shape.size() - std::min(consumed, shape.size());
    else if (item.basic.kind == Item::Kind::newaxis) axis += 1;
    else if (item.basic.kind == Item::Kind::slice) axis += item.tensor ? item.width : 1;
  }
  // Too many of them: `index` says so.
  if (consumed > shape.size()) {
    out.picking.clear();
    out.plain = false;
  }
  return true;
}

// The indices one for each axis: a mask is as the coordinates of its elements that are true. None where that failed.
std::optional<std::pair<std::vector<std::int64_t>, std::vector<TensorId>>> Run::indices_of(const Brackets& brackets,
                                                                                           TensorId base,
                                                                                           const Span& span) {
  std::vector<std::int64_t> axes;
  std::vector<TensorId> indices;
  const auto applied = [&](const Value& value) -> std::optional<TensorId> {
    const auto* t = value.as<TensorV>();
    if (t == nullptr || !tensor(t->id).shape) return std::nullopt;
    return t->id;
  };
  for (const Brackets::Picking& item : brackets.picking) {
    const auto axis = static_cast<std::int64_t>(item.axis);
    if (!item.is_mask) {
      axes.push_back(axis);
      indices.push_back(item.tensor);
      continue;
    }
    const Shape mask = facts_.resolve(*tensor(item.tensor).shape);
    const Shape shape = facts_.resolve(*tensor(base).shape);
    for (std::size_t i = 0; i < mask.size(); ++i) {
      if (item.axis + i >= shape.size()) return std::nullopt;
      const Dim other = shape[item.axis + i];
      if (facts_.same(mask[i], other) == Tri::no) {
        conflict(span,
                 {"select_mask.C2",
                  fmt::format("the mask {} does not fit {}: axis {} differs", shapelint::show(mask, *dims_),
                              shapelint::show(shape, *dims_), item.axis + i)},
                 {base, item.tensor});
        return std::nullopt;
      }
      facts_.assume_same(mask[i], other, trace_.user_span(span, here().frame));
    }
    const auto rows = applied(apply("nonzero", {item.tensor}, {.span = span, .operands = {span}}));
    if (!rows) return std::nullopt;
    for (std::size_t i = 0; i < mask.size(); ++i) {
      BasicAttributes<Dim> column;
      column.index.push_back(Item{});
      column.index.push_back(Item{.kind = Item::Kind::integer, .integer = dims_->number(static_cast<std::int64_t>(i))});
      const auto one =
          applied(apply(*find_op("index"), {*rows}, std::move(column), {.span = span, .operands = {span}}));
      if (!one) return std::nullopt;
      axes.push_back(axis + static_cast<std::int64_t>(i));
      indices.push_back(*one);
    }
  }
  return std::pair(std::move(axes), std::move(indices));
}

Value Run::subscript_tensor(TensorId x, const Value& index, const Span& span, const Span& value_span) {
  Brackets brackets;
  if (!parse_brackets(x, index, span, brackets)) {
    if (halted()) return make_unknown("the path ended before");
    if (tensor(x).shape && !index.is_unknown()) note_unknown(span, brackets.reason);
    return TensorV{unknown_tensor(span, brackets.reason, {x})};
  }
  const Where where{.span = span, .operands = {value_span}};
  TensorId base = x;
  if (!brackets.plain || brackets.picking.empty()) {
    BasicAttributes<Dim> attrs;
    attrs.index = brackets.basic;
    const Value part = apply(*find_op("index"), {x}, std::move(attrs), where);
    if (brackets.picking.empty() || part.as<TensorV>() == nullptr) return part;
    base = part.as<TensorV>()->id;
    if (!tensor(base).shape) return part;
  }
  if (brackets.picking.size() == 1 && brackets.picking[0].is_mask && brackets.picking[0].axis == 0) {
    return apply("select_mask", {base, brackets.picking[0].tensor}, where);
  }
  const auto indices = indices_of(brackets, base, span);
  if (!indices) return TensorV{unknown_tensor(span, "an index that does not fit", {x})};
  BasicAttributes<Dim> attrs;
  attrs.axes = indices->first;
  std::vector<TensorId> operands{base};
  operands.insert(operands.end(), indices->second.begin(), indices->second.end());
  return apply(*find_op("pick"), std::move(operands), std::move(attrs), where);
}

std::optional<TensorId> Run::updated(TensorId x, const Value& index, const Value& value, bool add, const Span& span,
                                     const Span& value_span) {
  const auto applied = [&](const Value& made) -> std::optional<TensorId> {
    const auto* t = made.as<TensorV>();
    if (t == nullptr || (!tensor(t->id).shape && tensor(x).shape)) return std::nullopt;
    return t->id;
  };
  Brackets brackets;
  if (!parse_brackets(x, index, span, brackets)) {
    if (!halted() && !index.is_unknown()) note_unknown(span, brackets.reason);
    return std::nullopt;
  }
  TensorId content = as_tensor(value, value_span);
  const Where where{.span = span, .operands = {span, value_span}};
  BasicAttributes<Dim> basic;
  basic.index = brackets.basic;
  TensorId part = x;
  if (!brackets.plain && (add || !brackets.picking.empty())) {
    const auto found = applied(apply(*find_op("index"), {x}, basic, {.span = span, .operands = {span}}));
    if (!found) return std::nullopt;
    part = *found;
  }
  if (brackets.picking.size() == 1 && brackets.picking[0].is_mask && brackets.picking[0].axis == 0) {
    const TensorId mask = brackets.picking[0].tensor;
    if (add) {
      const auto old = applied(apply("select_mask", {part, mask}, {.span = span, .operands = {span}}));
      const auto sum = old ? applied(apply("add", {*old, content}, where)) : std::nullopt;
      if (!sum) return std::nullopt;
      content = *sum;
    }
    const auto written =
        applied(apply("put_mask", {part, mask, content}, {.span = span, .operands = {span, span, value_span}}));
    if (!written) return std::nullopt;
    content = *written;
  } else if (!brackets.picking.empty()) {
    const auto indices = indices_of(brackets, part, span);
    if (!indices) return std::nullopt;
    BasicAttributes<Dim> attrs;
    attrs.axes = indices->first;
    attrs.texts = {add ? "add" : "set"};
    std::vector<TensorId> operands{part, content};
    operands.insert(operands.end(), indices->second.begin(), indices->second.end());
    const auto written = applied(apply(*find_op("put"), std::move(operands), std::move(attrs), where));
    if (!written) return std::nullopt;
    content = *written;
  } else {
    if (add) {
      const auto sum = applied(apply("add", {part, content}, where));
      if (!sum) return std::nullopt;
      content = *sum;
    }
    if (brackets.plain) return applied(apply("assign", {x, content}, where));
  }
  if (brackets.plain) return content;
  return applied(apply(*find_op("set_index"), {x, content}, std::move(basic), where));
}

void Run::write_part(TensorId x, const Value& index, const Value& value, const Span& span, const Span& value_span) {
  x = current(x);
  const auto content = updated(x, index, value, false, span, value_span);
  if (halted()) return;
  if (content) return store(x, *content, span);
  // The shape of a tensor does not change by writing into it, its numbers do.
  const Tensor& old = tensor(x);
  Tensor made{.shape = old.shape, .dtype = old.dtype, .unknown_reason = old.unknown_reason};
  store(x, add_tensor(std::move(made), Step{.kind = StepKind::unknown, .operands = {x}, .span = span}), span);
}

}  // namespace shapelint
