// Which tensors share their elements, and what writing does. A tensor of the trace never changes. A name that holds one
// stands for a storage, seen in one way: the whole, or a view (a basic index, a reshape, a transpose of it). Writing
// makes a new tensor and notes it in the heap as what the storage holds from now on; a view of it is taken again when
// it is looked at. Writing through a view writes the part back into what it is a view of. As the note is in the heap,
// branches copy and join it like everything else.
#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/run.h"

namespace shapelint {
namespace {

bool makes_a_view(std::string_view op) {
  return op == "index" || op == "reshape" || op == "transpose" || op == "expand_dims" || op == "squeeze" ||
         op == "broadcast_to" || op == "stop_gradient" || op == "diagonal";
}

}  // namespace

bool Run::tensors_are_mutable() const {
  const auto uses = [&](std::string_view package) { return std::ranges::find(packages_, package) != packages_.end(); };
  if (uses("torch")) return true;
  return uses("numpy") && !uses("jax") && !uses("tensorflow") && !uses("keras") && !uses("tf_keras");
}

TensorId Run::handle(TensorId id) const {
  const auto it = handles_.find(id);
  return it == handles_.end() ? id : it->second;
}

void Run::note_view(TensorId made, const Op& op, TensorId operand, const BasicAttributes<Dim>& attrs) {
  if (!makes_a_view(op.name)) return;
  if (op.name == "reshape") {
    // A reshape of elements that do not lie in order is a copy.
    for (auto it = views_.find(handle(operand)); it != views_.end(); it = views_.find(it->second.base)) {
      const std::string_view name = it->second.op->name;
      const auto& items = it->second.attrs.index;
      const bool strided = name == "index" && std::ranges::any_of(items, [&](const IndexItem<Dim>& item) {
                             return &item != &items.front() && item.kind != IndexItem<Dim>::Kind::newaxis;
                           });
      if (name == "transpose" || name == "broadcast_to" || name == "diagonal" || strided) return;
    }
  }
  views_.emplace(made, View{handle(operand), &op, attrs});
}

TensorId Run::current(TensorId id) {
  const Heap::Written& written = heap().written();
  if (written.empty()) return id;
  const TensorId own = handle(id);
  // A view is among what was written only once it has become another tensor.
  if (const auto it = written.find(own); it != written.end()) return it->second;
  const auto view = views_.find(own);
  if (view == views_.end()) return own;
  const TensorId base = current(view->second.base);
  const Step& made = trace_.step_of(own);
  if (made.operands.empty() || made.operands[0] == base) return own;
  const auto key = std::pair(own, base);
  if (const auto it = refreshed_.find(key); it != refreshed_.end()) return it->second;
  // The same view of what is there now.
  const View again = view->second;
  const Span span = made.span;
  const FrameId frame = made.frame;
  const std::vector<Span> operand_spans = made.operand_spans;
  const TensorId whole = shaped_like(base, made.operands[0], span);
  const Value value = apply(*again.op, {whole}, again.attrs, {.span = span, .operands = operand_spans});
  const auto* t = value.as<TensorV>();
  if (t == nullptr) return own;
  trace_.steps[trace_.tensors[t->id.index].step.index].frame = frame;
  handles_[t->id] = own;
  refreshed_[key] = t->id;
  return t->id;
}

Value Run::current(Value value) {
  if (const auto* t = value.as<TensorV>(); t != nullptr && !heap().written().empty()) {
    const TensorId now = current(t->id);
    if (now != t->id) {
      Value out = TensorV{now};
      out.origin = value.origin;
      return out;
    }
  }
  return value;
}

Value Run::current_deep(const Value& value, int depth) {
  if (depth > 8 || heap().written().empty()) return value;
  if (const auto* tuple = value.as<TupleV>()) {
    ValueList items;
    for (const Value& item : *tuple->items) items.push_back(current_deep(item, depth + 1));
    return TupleV{std::make_shared<const ValueList>(std::move(items)), tuple->names};
  }
  if (const auto* list = value.as<ListV>()) {
    ListData data = heap().read<ListData>(list->cell);
    for (Value& item : data.items) item = current_deep(item, depth + 1);
    heap().write<ListData>(list->cell) = std::move(data);
    return value;
  }
  if (const auto* dict = value.as<DictV>()) {
    DictData data = heap().read<DictData>(dict->cell);
    for (auto& [key, item] : data.items) item = current_deep(item, depth + 1);
    heap().write<DictData>(dict->cell) = std::move(data);
    return value;
  }
  return current(value);
}

TensorId Run::copy_of(TensorId id, const Span& span, StepKind kind, std::string name) {
  Tensor made = tensor(id);
  Step step{.kind = kind, .operands = {id}, .span = span, .parameter = std::move(name)};
  if (kind == StepKind::op) step.op = find_op("identity");
  return add_tensor(std::move(made), std::move(step));
}

// Matrices, on the last two axes, with their diagonals written: row i + r, column i + c.
std::optional<TensorId> Run::onto_diagonal(const View& view, TensorId base, TensorId content, const Span& span) {
  const auto rank = static_cast<std::int64_t>(tensor(base).shape->size());
  if (rank < 2 || !tensor(content).shape || static_cast<std::int64_t>(tensor(content).shape->size()) != rank - 1) {
    return std::nullopt;
  }
  const std::vector<std::int64_t> axes = view.attrs.axes.value_or(std::vector<std::int64_t>{0, 1});
  const auto from_zero = [&](std::size_t i) { return axes[i] < 0 ? axes[i] + rank : axes[i]; };
  if (axes.size() != 2 || from_zero(0) != rank - 2 || from_zero(1) != rank - 1) return std::nullopt;
  const Dim zero = dims_->number(0);
  const Dim offset = view.attrs.dims.empty() ? zero : view.attrs.dims[0];
  const bool above = facts_.at_most(zero, offset) == Tri::yes;
  if (!above && facts_.at_most(offset, zero) != Tri::yes) return std::nullopt;
  const Dim length = facts_.resolve(tensor(content).shape->back());
  std::vector<TensorId> operands{base, content};
  for (const Dim from : {above ? zero : dims_->neg(offset), above ? offset : zero}) {
    BasicAttributes<Dim> attrs;
    attrs.dims = {from, dims_->add(from, length)};
    const Value places = apply(*find_op("arange"), {}, std::move(attrs), {.span = span});
    const auto* t = places.as<TensorV>();
    if (t == nullptr || !tensor(t->id).shape) return std::nullopt;
    operands.push_back(t->id);
  }
  BasicAttributes<Dim> attrs;
  attrs.axes = std::vector<std::int64_t>{rank - 2, rank - 1};
  attrs.texts = {"set"};
  const Value made =
      apply(*find_op("put"), std::move(operands), std::move(attrs), {.span = span, .operands = {span, span}});
  const auto* t = made.as<TensorV>();
  if (t == nullptr || !tensor(t->id).shape) return std::nullopt;
  return t->id;
}

TensorId Run::written_back(const View& view, TensorId base, TensorId content, const Span& span) {
  const std::string_view name = view.op->name;
  const Where where{.span = span, .operands = {span, span}};
  const auto applied = [&](const Value& value) -> std::optional<TensorId> {
    const auto* t = value.as<TensorV>();
    if (t == nullptr || !tensor(t->id).shape) return std::nullopt;
    return t->id;
  };
  std::optional<TensorId> made;
  if (tensor(base).shape) {
    if (name == "index") {
      made = applied(apply(*find_op("set_index"), {base, content}, view.attrs, where));
    } else if (name == "reshape" || name == "expand_dims" || name == "squeeze") {
      BasicAttributes<Dim> attrs;
      attrs.dims = facts_.resolve(*tensor(base).shape);
      made = applied(apply(*find_op("reshape"), {content}, std::move(attrs), where));
    } else if (name == "transpose") {
      BasicAttributes<Dim> attrs;
      if (view.attrs.axes) {
        const auto rank = static_cast<std::int64_t>(view.attrs.axes->size());
        std::vector<std::int64_t> inverse(view.attrs.axes->size());
        for (std::int64_t i = 0; i < rank; ++i) {
          const std::int64_t axis = (*view.attrs.axes)[static_cast<std::size_t>(i)];
          inverse[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = i;
        }
        attrs.axes = std::move(inverse);
      }
      made = applied(apply(*find_op("transpose"), {content}, std::move(attrs), where));
    } else if (name == "stop_gradient") {
      made = copy_of(content, span, StepKind::op, "");
    } else if (name == "diagonal") {
      made = onto_diagonal(view, base, content, span);
    }
  }
  if (made) return *made;
  // An element that is seen at several places, or at places that are not followed.
  if (!halted()) note_unknown(span, fmt::format("writing through the view that `{}` makes is not followed", name));
  const Tensor& old = tensor(base);
  Tensor unknown{.shape = old.shape, .dtype = old.dtype, .unknown_reason = old.unknown_reason};
  return add_tensor(std::move(unknown), Step{.kind = StepKind::unknown, .operands = {base, content}, .span = span});
}

void Run::store(TensorId target, TensorId content, const Span& span) {
  const TensorId own = handle(target);
  if (content == own || handles_.contains(content)) content = copy_of(content, span, StepKind::op, "");
  const auto found = views_.find(own);
  if (found == views_.end()) {
    handles_[content] = own;
    heap().set_written(own, content);
    return;
  }
  const View view = found->second;
  const TensorId now = current(view.base);
  const TensorId seen = trace_.step_of(own).operands[0];
  const TensorId base = shaped_like(written_back(view, shaped_like(now, seen, span), content, span), now, span);
  if (halted()) return;
  handles_[content] = own;
  store(view.base, base, span);
  // What was written is what is seen through the view.
  refreshed_[{own, current(view.base)}] = content;
}

Value Run::become(TensorId x, TensorId content, const Span& span) {
  const TensorId own = handle(x);
  content = copy_of(content, span, StepKind::op, "");
  handles_[content] = own;
  heap().set_written(own, content);
  return TensorV{content};
}

// A storage whose axes were changed in place (`x.unsqueeze_(1)`), as it was when a view of it was taken.
TensorId Run::shaped_like(TensorId id, TensorId like, const Span& span) {
  const auto& have = tensor(id).shape;
  const auto& want = tensor(like).shape;
  if (!have || !want || have->size() == want->size()) return id;
  BasicAttributes<Dim> attrs;
  attrs.dims = facts_.resolve(*want);
  const Value made = apply(*find_op("reshape"), {id}, std::move(attrs), {.span = span, .operands = {span}});
  const auto* t = made.as<TensorV>();
  return t != nullptr ? t->id : id;
}

bool Run::write_in_place(const Value& left, const Value& value, const Span& span) {
  const auto* target = left.as<TensorV>();
  const auto* made = value.as<TensorV>();
  if (target == nullptr || made == nullptr || halted() || here().in_framework || !tensors_are_mutable()) return false;
  const Tensor& old = tensor(target->id);
  const Tensor& now = tensor(made->id);
  if (old.is_number || !old.shape) return false;
  // NumPy gives numbers of rank 0 back, which do not change.
  const bool torch = std::ranges::find(packages_, "torch") != packages_.end();
  if (old.shape->empty() && !torch) return false;
  bool alike = now.shape && now.shape->size() == old.shape->size() && now.dtype == old.dtype &&
               made->id.index > target->id.index && !handles_.contains(made->id);
  for (std::size_t axis = 0; alike && axis < old.shape->size(); ++axis) {
    alike = facts_.same((*now.shape)[axis], (*old.shape)[axis]) == Tri::yes;
  }
  if (alike) store(target->id, made->id, span);
  else assign_elements(target->id, value, span, span);
  return true;
}

Value Run::assign_elements(TensorId x, const Value& value, const Span& span, const Span& value_span) {
  x = current(x);
  const TensorId content = as_tensor(value, value_span);
  const Value made = apply("assign", {x, content}, {.span = span, .operands = {span, value_span}});
  const auto* t = made.as<TensorV>();
  if (t == nullptr || halted() || (!tensor(t->id).shape && tensor(x).shape)) return TensorV{x};
  const TensorId id = t->id;
  store(x, id, span);
  return TensorV{current(handle(x))};
}

}  // namespace shapelint
