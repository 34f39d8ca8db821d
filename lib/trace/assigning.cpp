// What stands left of `=`, and behind `del`: names, attributes, items and unpacking.
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

void Run::assign(ast::ExprId target, Value value, const Span* value_at) {
  if (halted()) return;
  const ast::Expr& expr = here().module->expr(target);
  const Span value_span = value_at != nullptr ? *value_at : expr.span;
  if (const auto* name = std::get_if<ast::Name>(&expr.node)) {
    // `x, y = batch  # x: (B, 8), y: (B,)` of a batch that nobody knows.
    if (value.is_unknown()) {
      for (const Binding& stated : input_->parameters) {
        if (stated.is_local() && stated.local == expr.span) value = bind_parameter(stated, expr.span);
      }
    }
    bind(name->id, std::move(value));
    return;
  }
  if (const auto* attr = std::get_if<ast::Attribute>(&expr.node)) {
    set_attribute(eval(attr->value), attr->name, std::move(value), expr.span);
    return;
  }
  if (const auto* sub = std::get_if<ast::Subscript>(&expr.node)) {
    Value container = eval(sub->value);
    const Value index = eval(sub->index);
    if (const auto method = special_method(*this, container, "__setitem__", expr.span)) {
      call_with(*this, *method, {index, std::move(value)}, expr.span);
      return;
    }
    if (const Value* held = native_of(*this, container)) container = Value(*held);
    if (const auto* dict = container.as<DictV>()) {
      DictData& data = heap().write<DictData>(dict->cell);
      for (auto& [key, item] : data.items) {
        if (equal(key, index) == Tri::yes) {
          item = std::move(value);
          return;
        }
      }
      if (index.is_unknown()) {
        data.complete = false;
        for (auto& [key, item] : data.items) {
          if (!key.is_unknown()) continue;
          item = join(item, value, expr.span);
          return;
        }
      }
      data.items.emplace_back(index, std::move(value));
    } else if (const auto* list = container.as<ListV>()) {
      ListData& data = heap().write<ListData>(list->cell);
      const auto at = known_int(index);
      const auto count = static_cast<std::int64_t>(data.items.size());
      if (at && !data.generic && *at >= -count && *at < count) {
        data.items[static_cast<std::size_t>(*at < 0 ? *at + count : *at)] = std::move(value);
      } else {
        // At a position that is not known, or one that stands for many.
        ValueList items = data.items;
        for (Value& item : items) item = join(item, value, expr.span);
        heap().write<ListData>(list->cell).items = std::move(items);
      }
    } else if (const auto* t = container.as<TensorV>()) {
      if (!halted()) write_part(t->id, index, value, expr.span, value_span);
    } else if (container.as<ObjectV>() != nullptr) {
      if (const auto method = find_attribute(container, "__setitem__", expr.span)) {
        call(*method, CallArguments{.positional = {index, value}, .spans = {expr.span, value_span}}, expr.span,
             expr.span);
      }
    }
    return;
  }
  const std::vector<ast::ExprId>* items = nullptr;
  if (const auto* tuple = std::get_if<ast::TupleExpr>(&expr.node)) items = &tuple->items;
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) items = &list->items;
  if (items == nullptr) {
    if (const auto* star = std::get_if<ast::Starred>(&expr.node)) assign(star->value, std::move(value));
    return;
  }
  std::optional<std::size_t> star;
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (std::holds_alternative<ast::Starred>(here().module->expr((*items)[i]).node)) star = i;
  }
  std::optional<ValueList> parts;
  if (const auto* t = value.as<TensorV>(); t != nullptr && !star) {
    // Unpacking says how many elements the first axis has.
    const Tensor& whole = tensor(t->id);
    if (whole.shape && !whole.shape->empty()) {
      const Dim count = dims_->number(static_cast<std::int64_t>(items->size()));
      const Dim first = (*whole.shape)[0];
      if (facts_.same(first, count) == Tri::no) {
        conflict(expr.span,
                 {"unpack.C1", fmt::format("{} values are unpacked from the first axis of {}", items->size(),
                                           shapelint::show(facts_.resolve(*whole.shape), *dims_))},
                 {t->id});
      } else if (facts_.same(first, count) == Tri::unknown) {
        facts_.assume_same(first, count, expr.span, true);
      }
      parts.emplace();
      for (std::size_t i = 0; i < items->size(); ++i) {
        parts->push_back(subscript(value, IntV{dims_->number(static_cast<std::int64_t>(i))}, expr.span, expr.span));
      }
    }
  } else if (const auto* sequence = value.as<SequenceV>()) {
    parts.emplace(items->size(), *sequence->element);
  } else if (is_ignored(value)) {
    parts.emplace(items->size(), value);
  } else {
    parts = elements(value, expr.span);
  }
  if (!parts) {
    const std::string reason =
        value.is_unknown() ? *value.as<UnknownV>()->reason : "unpacked from an unknown number of values";
    for (const ast::ExprId item : *items) assign(item, make_unknown(reason));
    return;
  }
  if (star) {
    if (parts->size() + 1 < items->size()) {
      raise(expr.span, fmt::format("not enough values to unpack: {}", parts->size()));
      return;
    }
    const std::size_t middle = parts->size() + 1 - items->size();
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i < *star) {
        assign((*items)[i], (*parts)[i]);
      } else if (i == *star) {
        ValueList rest(parts->begin() + static_cast<std::ptrdiff_t>(i),
                       parts->begin() + static_cast<std::ptrdiff_t>(i + middle));
        assign((*items)[i], ListV{heap().make(ListData{std::move(rest)})});
      } else {
        assign((*items)[i], (*parts)[i + middle - 1]);
      }
    }
    return;
  }
  if (parts->size() != items->size()) {
    std::vector<TensorId> from;
    if (const auto* tuple = value.as<TupleV>()) {
      if (const auto it = shapes_of_.find(tuple->items.get()); it != shapes_of_.end()) from.push_back(it->second);
    }
    conflict(expr.span,
             {"unpack.C1", fmt::format("{} names are unpacked from {} values{}", items->size(), parts->size(),
                                       from.empty() ? "" : ", the sizes of " + show(TensorV{from[0]}))},
             from);
    for (const ast::ExprId item : *items) assign(item, make_unknown("unpacked from another number of values"));
    return;
  }
  for (std::size_t i = 0; i < items->size(); ++i) assign((*items)[i], (*parts)[i]);
}

void Run::remove(ast::ExprId target) {
  if (const auto* name = std::get_if<ast::Name>(&here().module->expr(target).node)) {
    heap().write<ScopeData>(here().scope).names.erase(name->id);
  } else if (const auto* attr = std::get_if<ast::Attribute>(&here().module->expr(target).node)) {
    const Value object = eval(attr->value);
    if (const auto* known = object.as<ObjectV>()) heap().write<ObjectData>(known->cell).attributes.erase(attr->name);
  } else if (const auto* sub = std::get_if<ast::Subscript>(&here().module->expr(target).node)) {
    const Value container = eval(sub->value);
    const Value index = eval(sub->index);
    const auto at = known_int(index);
    if (const auto* dict = container.as<DictV>()) {
      const DictData data = heap().read<DictData>(dict->cell);
      DictData left{.complete = data.complete && !index.is_unknown()};
      for (const auto& item : data.items) {
        if (equal(item.first, index) != Tri::yes) left.items.push_back(item);
      }
      heap().write<DictData>(dict->cell) = std::move(left);
    }
    if (const auto* list = container.as<ListV>(); list != nullptr && at) {
      auto& items = heap().write<ListData>(list->cell).items;
      const auto count = static_cast<std::int64_t>(items.size());
      const std::int64_t position = *at < 0 ? *at + count : *at;
      const bool generic = heap().read<ListData>(list->cell).generic;
      if (!generic && position >= 0 && position < count) items.erase(items.begin() + position);
    }
  }
}

}  // namespace shapelint
