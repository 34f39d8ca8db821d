// Ops: operands become tensors, the shape rule decides the result, and, when data is there, the kernel runs and its
// real shape is held against the rule's prediction, so that every evaluation tests the tracker.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "lib/trace/random_keys.h"
#include "lib/trace/run.h"

namespace shapelint {

TensorId Run::add_tensor(Tensor tensor, Step step) {
  const TensorId id{static_cast<std::uint32_t>(trace_.tensors.size())};
  step.result = id;
  step.frame = here().frame;
  step.maybe = joins_ > 0;
  step.in_batch_loop = batch_loops_ > 0;
  // A number of its own; `apply` puts that of the computation.
  value_numbers_.push_back(0x5B7E0000ULL + id.index);
  tensor.step = StepId{static_cast<std::uint32_t>(trace_.steps.size())};
  if (tensor.array != nullptr) elements_held_ += tensor.array->values.size();
  trace_.tensors.push_back(std::move(tensor));
  trace_.steps.push_back(std::move(step));
  if (elements_held_ > input_->budget.array_elements) {
    stop(trace_.steps.back().span, "the evaluation holds too many numbers; give smaller sizes");
  }
  return id;
}

TensorId Run::constant(double value, DType dtype, const Span& span) {
  const TensorId id = add_tensor(Tensor{.shape = Shape{},
                                        .dtype = dtype,
                                        .is_number = true,
                                        .array = std::make_shared<const Array>(Array::scalar(value, dtype))},
                                 Step{.kind = StepKind::constant, .span = span});
  value_numbers_[id.index] = std::bit_cast<std::uint64_t>(value) ^ (static_cast<std::uint64_t>(dtype) << 1U);
  return id;
}

TensorId Run::unknown_tensor(const Span& span, std::string reason, std::vector<TensorId> operands) {
  return add_tensor(Tensor{.unknown_reason = std::move(reason)},
                    Step{.kind = StepKind::unknown, .operands = std::move(operands), .span = span});
}

std::optional<double> Run::item(TensorId id) const {
  const Tensor& t = tensor(id);
  if (t.array == nullptr || t.array->values.size() != 1) return std::nullopt;
  return t.array->values[0];
}

std::optional<std::int64_t> Run::evaluate(Dim dim) const {
  if (const auto value = dims_->constant(dim)) return value;
  if (!input_->concrete) return std::nullopt;
  // The sizes themselves come before what was assumed of them.
  if (const auto value = dims_->evaluate(dim, sizes_)) return value;
  return dims_->evaluate(facts_.resolve(dim), sizes_);
}

TensorId Run::as_tensor(const Value& value, const Span& span, std::optional<DType> dtype, int nesting) {
  if (const auto* t = value.as<TensorV>()) return current(t->id);
  if (const auto* b = value.as<bool>()) return constant(*b ? 1 : 0, dtype.value_or(DType::boolean), span);
  if (const auto* d = value.as<double>()) return constant(*d, dtype.value_or(DType::float64), span);
  if (const auto* i = value.as<IntV>()) {
    if (const auto known = evaluate(i->dim)) {
      return constant(static_cast<double>(*known), dtype.value_or(DType::int64), span);
    }
    return add_tensor(Tensor{.shape = Shape{}, .dtype = dtype.value_or(DType::int64), .is_number = true},
                      Step{.kind = StepKind::constant, .span = span});
  }
  if (const auto* u = value.as<UnknownV>()) return unknown_tensor(span, *u->reason);
  if (value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr || value.as<RangeV>() != nullptr) {
    // A list may hold itself; no framework takes more axes than this.
    constexpr int kMaxListNesting = 64;
    if (nesting > kMaxListNesting) return unknown_tensor(span, "lists nested too deeply for a tensor");
    if (const auto items = elements(value, span)) {
      std::vector<TensorId> parts;
      for (const Value& item : *items) {
        spend(span);
        parts.push_back(as_tensor(item, span, dtype, nesting + 1));
        if (halted()) return parts.back();
      }
      if (parts.empty()) {
        return add_tensor(
            Tensor{.shape = Shape{dims_->number(0)},
                   .dtype = dtype.value_or(DType::float32),
                   .array = std::make_shared<const Array>(Array::filled({0}, 0, dtype.value_or(DType::float32)))},
            Step{.kind = StepKind::constant, .span = span});
      }
      // Numbers alone are a constant with their natural dtype, which frameworks round to float32.
      bool numbers = true;
      for (const TensorId part : parts) numbers = numbers && tensor(part).is_number;
      BasicAttributes<Dim> attrs;
      attrs.axes = std::vector<std::int64_t>{0};
      const Value stacked = apply(*find_op("stack"), parts, std::move(attrs), Where{.span = span});
      if (const auto* t = stacked.as<TensorV>()) {
        keep_length(t->id, 0, length_of(value));
        if (numbers && !dtype && trace_.tensors[t->id.index].dtype == DType::float64) {
          Tensor& made = trace_.tensors[t->id.index];
          made.dtype = DType::float32;
          if (made.array != nullptr) {
            Array rounded = *made.array;
            rounded.dtype = DType::float32;
            round_values(rounded);
            made.array = std::make_shared<const Array>(std::move(rounded));
          }
        }
        return t->id;
      }
    }
  }
  if (const auto* range = value.as<RangeV>()) {
    BasicAttributes<Dim> attrs;
    attrs.dims = {range->start, range->stop, range->step};
    const Value made = apply(*find_op("arange"), {}, std::move(attrs), Where{.span = span});
    if (const auto* t = made.as<TensorV>()) return t->id;
  }
  if (value.as<SequenceV>() != nullptr || value.as<ListV>() != nullptr) {
    if (const auto sequence = as_sequence(value, span); sequence && nesting < 8) {
      BasicAttributes<Dim> attrs;
      attrs.axes = std::vector<std::int64_t>{0};
      const Value stacked = apply_to_sequence(*find_op("stack"), *sequence, attrs, Where{.span = span});
      if (const auto* t = stacked.as<TensorV>()) return t->id;
    }
  }
  // A table, or whatever else says which array it is.
  if (value.as<ObjectV>() != nullptr && nesting < 8) {
    if (const auto method = find_attribute(value, "__array__", span))
      return as_tensor(call(*method, {}, span, span), span, dtype, nesting + 1);
  }
  return unknown_tensor(span, fmt::format("{} is used as a tensor", show(value)));
}

std::optional<BasicAttributes<std::int64_t>> Run::concrete_attributes(const BasicAttributes<Dim>& attrs) const {
  BasicAttributes<std::int64_t> out;
  out.axes = attrs.axes;
  out.flags = attrs.flags;
  out.dtype = attrs.dtype;
  out.numbers = attrs.numbers;
  out.texts = attrs.texts;
  for (const Dim dim : attrs.dims) {
    const auto value = evaluate(dim);
    if (!value) return std::nullopt;
    out.dims.push_back(*value);
  }
  for (const IndexItem<Dim>& item : attrs.index) {
    IndexItem<std::int64_t> made;
    made.kind = static_cast<IndexItem<std::int64_t>::Kind>(item.kind);
    if (item.kind == IndexItem<Dim>::Kind::integer) {
      const auto value = evaluate(item.integer);
      if (!value) return std::nullopt;
      made.integer = *value;
    }
    const auto bound = [&](const std::optional<Dim>& from, std::optional<std::int64_t>& to) {
      if (!from) return true;
      to = evaluate(*from);
      return to.has_value();
    };
    if (!bound(item.start, made.start) || !bound(item.stop, made.stop) || !bound(item.step, made.step)) {
      return std::nullopt;
    }
    out.index.push_back(made);
  }
  return out;
}

Value Run::apply(std::string_view op, std::vector<TensorId> operands, const Where& where) {
  return apply(*find_op(op), std::move(operands), {}, where);
}

// PyTorch's promotion: a tensor of rank 0 decides the dtype only where it is of a higher kind (bool, integer, float)
// than every tensor with axes. Source: docs "torch.dtype", c10/core/ScalarType.h, at/native/TypeProperties.cpp 1.13.1.
void Run::weaken_scalars(const std::vector<TensorId>& operands, const std::vector<DType>& dtypes,
                         std::vector<bool>& scalars) const {
  std::optional<DType> common;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Tensor& t = tensor(operands[i]);
    if (!t.is_number && (!t.shape || !t.shape->empty())) common = common ? promote(*common, dtypes[i]) : dtypes[i];
  }
  for (std::size_t i = 0; common && i < operands.size(); ++i) {
    const Tensor& t = tensor(operands[i]);
    if (t.shape && t.shape->empty() && promote_with_scalar(*common, dtypes[i]) == *common) scalars[i] = true;
  }
}

namespace {

// `np.unique((2, 3))`, `torch.arange(2, x.ndim).tolist()`: axes that are worked out of literals are known.
bool is_few_whole_numbers(const Trace& trace, const DimTable& dims, const Op& op, const std::vector<TensorId>& operands,
                          const Tensor& result) {
  static constexpr std::string_view kOps[] = {"arange", "unique",  "index", "identity", "cast", "sort", "stack",
                                              "concat", "reshape", "flip",  "add",      "sub",  "mul"};
  constexpr std::size_t kMost = 16;
  if (!is_integer(result.dtype) || std::ranges::find(kOps, op.name) == std::end(kOps)) return false;
  if (std::ranges::any_of(operands, [&](TensorId id) { return trace.tensor(id).array->values.size() > kMost; }))
    return false;
  if (op.name == "unique") return true;
  std::int64_t size = 1;
  for (const Dim dim : *result.shape) {
    const auto known = dims.constant(dim);
    if (!known || *known > static_cast<std::int64_t>(kMost)) return false;
    size *= *known;
  }
  return size <= static_cast<std::int64_t>(kMost);
}

}  // namespace

Value Run::apply(const Op& op, std::vector<TensorId> operands, BasicAttributes<Dim> attrs, const Where& where) {
  if (halted()) return make_unknown("the path ended before");
  OpArgs<Shape> args;
  args.attrs = std::move(attrs);
  for (TensorId& id : operands) id = current(id);
  if (is_altered(op)) return apply_altered(op, std::move(operands), std::move(args.attrs), where);
  const std::uint64_t value_number = number_of_value(op, operands, args.attrs);
  const auto made = [&](Tensor tensor, Step step) {
    const TensorId id = add_tensor(std::move(tensor), std::move(step));
    value_numbers_[id.index] = value_number;
    if (!operands.empty()) note_view(id, op, operands[0], args.attrs);
    return TensorV{id};
  };
  std::vector<DType> dtypes;
  std::vector<bool> scalars;
  std::optional<TensorId> first_unknown;
  bool all_numbers = !operands.empty();
  for (const TensorId id : operands) {
    const Tensor& t = tensor(id);
    dtypes.push_back(t.dtype);
    scalars.push_back(t.is_number);
    all_numbers = all_numbers && t.is_number;
    if (!t.shape && !first_unknown) first_unknown = id;
    args.operands.push_back(t.shape ? facts_.resolve(*t.shape) : Shape{});
  }
  if (std::ranges::find(packages_, "torch") != packages_.end()) weaken_scalars(operands, dtypes, scalars);
  Tensor result;
  result.dtype = result_dtype(op, dtypes, scalars, args.attrs.dtype);
  result.is_number = all_numbers && op.role == OpRole::elementwise;
  Step step{.op = &op, .operands = operands, .operand_spans = where.operands, .span = where.span};
  step.axis_span = where.axis_span;
  const Span place = trace_.user_span(where.span, here().frame);

  if (first_unknown) {
    result.shape = shape_despite_unknown(op, args, operands);
    if (result.shape) {
      step.all_axes = op.role == OpRole::reduction;
    } else {
      result.unknown_reason = tensor(*first_unknown).unknown_reason;
      step.kind = StepKind::unknown;
    }
    return made(std::move(result), std::move(step));
  }

  if (!op.counted.what.empty() && op.counted.operand < operands.size()) {
    args.fresh = counted_dim(op.counted.what, operands[op.counted.operand], args.attrs.dims);
  }
  if (input_->concrete && is_random(&op) && !args.attrs.dims.empty()) {
    const auto sample = sample_of_run(*input_, *dims_);
    std::int64_t key = random_key(trace_, here().frame, where.span, trace_.steps.size(), 0);
    if (batch_loops_ > 0 && sample && draws_for_samples(*input_, key))
      key = random_key(trace_, here().frame, where.span, trace_.steps.size(), *sample);
    const Shape drawn(args.attrs.dims.begin(), args.attrs.dims.end() - 1);
    args.attrs.dims.back() = dims_->number(key);
    const auto axis = sample          ? sample_axis(*input_, key, *dims_)
                      : input_->batch ? only_batch_axis(drawn, *input_->batch, *dims_)
                                      : std::nullopt;
    if (axis && *axis < static_cast<std::int64_t>(drawn.size()))
      args.attrs.axes = std::vector<std::int64_t>{*axis, sample.value_or(0)};
  }
  if (input_->keeps_batch && op.name == "squeeze" && !args.attrs.axes) {
    args.attrs.axes.emplace();
    for (std::size_t axis = 0; axis < args.operands[0].size(); ++axis) {
      if (dims_->is_number(args.operands[0][axis], 1)) args.attrs.axes->push_back(static_cast<std::int64_t>(axis));
    }
  }
  const std::size_t assumed_before = facts_.assumptions().size();
  facts_.set_place(place);
  const Result<Shape, ShapeConflict> shape = op.shape(args, facts_);
  if (!shape) {
    conflict(where.span, shape.error(), operands);
    return TensorV{unknown_tensor(where.span, shape.error().message, std::move(operands))};
  }
  result.shape = *shape;
  step.assumed.assign(facts_.assumptions().begin() + static_cast<std::ptrdiff_t>(assumed_before),
                      facts_.assumptions().end());
  const bool takes_axes = std::ranges::any_of(
      op.params, [](const OpParam& p) { return p.kind == ParamKind::axes || p.kind == ParamKind::axis; });
  if (!args.operands.empty() && takes_axes) {
    const int rank = static_cast<int>(args.operands[0].size());
    step.all_axes = !args.attrs.axes.has_value();
    step.keepdims = !args.attrs.flags.empty() && args.attrs.flags[0];
    if (args.attrs.axes && args.attrs.axes->size() == 1) step.axis = args.attrs.axes->front();
    if (const auto mask = axis_mask(args.attrs.axes, rank)) {
      for (int axis = 0; axis < rank; ++axis) {
        if ((*mask)[static_cast<std::size_t>(axis)]) step.axes.push_back(axis);
      }
    }
  }

  // The numbers, when all are there.
  bool have_data = true;
  for (const TensorId id : operands) have_data = have_data && tensor(id).array != nullptr;
  const bool few =
      have_data && !input_->concrete && !all_numbers && is_few_whole_numbers(trace_, *dims_, op, operands, result);
  if (have_data && (input_->concrete || all_numbers || few)) {
    if (auto concrete = concrete_attributes(args.attrs)) {
      OpArgs<Array> numbers;
      numbers.attrs = std::move(*concrete);
      numbers.dtype = result.dtype;
      // A Python number takes the type of what it meets: `x == 0.1` compares in float32 when x is.
      const DType common = common_dtype(dtypes, scalars);
      for (const TensorId id : operands) {
        const Tensor& t = tensor(id);
        numbers.operands.push_back(t.is_number && !all_numbers ? convert(*t.array, common) : *t.array);
      }
      std::vector<ArrayPtr> held;
      for (const TensorId id : operands) held.push_back(tensor(id).array);
      SharedArrays& shared = library_->shared_arrays();
      const std::string name = input_->concrete ? shared.name(op, numbers, held) : "";
      const bool is_same = !name.empty() && op.name == "identity" && held[0]->dtype == result.dtype;
      ArrayPtr array = is_same ? held[0] : name.empty() ? nullptr : shared.find(name);
      if (array != nullptr) {
        elements_held_ -= array->values.size();  // `add_tensor` counts it
      } else {
        Result<Array, ShapeConflict> value = op.eval(numbers);
        if (!value && value.error().label == "kernel.unsupported") {
          note_unknown(where.span, value.error().message);
          return made(std::move(result), std::move(step));
        }
        if (!value) {
          conflict(where.span, value.error(), operands);
          return TensorV{unknown_tensor(where.span, value.error().message, std::move(operands))};
        }
        array = std::make_shared<const Array>(std::move(*value));
        if (!name.empty()) shared.keep(name, array);
      }
      if (few) {
        for (std::size_t axis = 0; axis < array->shape.size(); ++axis)
          (*result.shape)[axis] = dims_->number(array->shape[axis]);
      }
      bool agrees = array->shape.size() == result.shape->size();
      for (std::size_t axis = 0; agrees && axis < array->shape.size(); ++axis) {
        const auto predicted = evaluate((*result.shape)[axis]);
        agrees = !predicted || *predicted == array->shape[axis];
        // What only the numbers say is known from now on.
        if (!predicted && input_->concrete) learn_size((*result.shape)[axis], array->shape[axis]);
      }
      if (!agrees) {
        // An assumption that does not hold at these sizes (a slice longer than its axis) shows here; the kernel is
        // right.
        trace_.disagreements.push_back(place);
        Shape actual;
        for (const std::int64_t extent : array->shape) actual.push_back(dims_->number(extent));
        result.shape = std::move(actual);
      }
      result.array = std::move(array);
    }
  }
  return made(std::move(result), std::move(step));
}

bool Run::is_altered(const Op& op) const {
  if (altered_ >= input_->altered.size()) return false;
  const Alteration& next = input_->altered[altered_];
  return next.op == &op && next.step.index + altered_by_ == trace_.steps.size();
}

Value Run::apply_altered(const Op& op, std::vector<TensorId> operands, BasicAttributes<Dim> attrs, const Where& where) {
  const Alteration& altered = input_->altered[altered_];
  // Until then the ops below are not held against the next one, and this one is at another place.
  const auto done = [&](Value value) {
    ++altered_;
    altered_by_ = trace_.steps.size() - altered.step.index - 1;
    return value;
  };
  BasicAttributes<Dim> moving;
  moving.axes = altered.order;
  const Value first = altered.order.empty() ? apply("identity", {operands[0]}, where)
                                            : apply(*find_op("transpose"), {operands[0]}, std::move(moving), where);
  const auto* operand = first.as<TensorV>();
  if (operand == nullptr || !tensor(operand->id).shape) return done(first);
  operands[0] = operand->id;
  const bool reduces = op.role == OpRole::reduction;
  if (!altered.shape.empty() && !reduces) attrs.dims = altered.shape;
  if (altered.axes) attrs.axes = altered.axes;
  Value made = reduces && altered.axes && altered.axes->empty()
                   ? first
                   : apply(op, std::move(operands), std::move(attrs), where);
  if (const auto* result = made.as<TensorV>(); result != nullptr && reduces && !altered.shape.empty()) {
    BasicAttributes<Dim> reshaping;
    reshaping.dims = altered.shape;
    made = apply(*find_op("reshape"), {result->id}, std::move(reshaping), where);
  }
  const auto* result = made.as<TensorV>();
  if (altered.factor == nullptr || result == nullptr) return done(made);
  Tensor factor{.shape = Shape{}, .dtype = tensor(result->id).dtype, .array = altered.factor};
  for (const std::int64_t extent : altered.factor->shape) factor.shape->push_back(dims_->number(extent));
  const TensorId by = add_tensor(std::move(factor), Step{.kind = StepKind::constant, .span = where.span});
  return done(apply("mul", {result->id, by}, where));
}

void Run::keep_length(TensorId stacked, std::size_t axis, const std::optional<Dim>& length) {
  std::optional<Shape>& shape = trace_.tensors[stacked.index].shape;
  if (!length || dims_->constant(*length) || !shape || axis >= shape->size()) return;
  if (evaluate(*length) == evaluate((*shape)[axis])) (*shape)[axis] = *length;
}

}  // namespace shapelint
