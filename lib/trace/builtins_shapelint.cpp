// The module `shapelint`, which framework definitions import.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/whole_numbers.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

Value sl_is_tensor(Run& run, Args args, const Span&) {
  const auto* t = argument(args, 0).as<TensorV>();
  return t != nullptr && !run.tensor(t->id).is_number;
}

Value sl_as_tensor(Run& run, Args args, const Span& span) {
  const Value& wanted = argument(args, 1, "dtype");
  std::optional<DType> dtype;
  if (const auto* d = wanted.as<DTypeV>()) dtype = d->dtype;
  if (const auto* text = wanted.as<StrV>()) dtype = parse_dtype(*text->text);
  const Value& value = argument(args, 0);
  const auto* t = value.as<TensorV>();
  if (t != nullptr && !run.tensor(t->id).is_number && !dtype) return value;
  const TensorId id =
      run.as_tensor(value, args.spans.empty() ? span : args.spans[0], t != nullptr ? std::nullopt : dtype);
  const Tensor& made = run.tensor(id);
  // A Python number becomes a real tensor: float32, int32 and bool are what frameworks make of literals.
  const DType target = dtype.value_or(made.dtype == DType::float64 && made.is_number ? DType::float32
                                      : made.dtype == DType::int64 && made.is_number ? DType::int32
                                                                                     : made.dtype);
  if (!made.is_number && made.dtype == target) return TensorV{id};
  BasicAttributes<Dim> attrs;
  attrs.dtype = target;
  const Value cast = run.apply(*find_op("cast"), {id}, std::move(attrs), {.span = span, .operands = {span}});
  if (const auto* result = cast.as<TensorV>()) run.trace().tensors[result->id.index].is_number = false;
  return cast;
}

// Was the tensor made in the framework function of that dotted path?
Value sl_made_by(Run& run, Args args, const Span&) {
  const auto* t = argument(args, 0).as<TensorV>();
  const auto* path = argument(args, 1).as<StrV>();
  if (t == nullptr || path == nullptr) return false;
  const Trace& trace = run.trace();
  return trace.frame(trace.step(run.tensor(t->id).step).frame).function == *path->text;
}

// The same shape and dtype without numbers: what is random, or not calculated.
Value sl_shape_only(Run& run, Args args, const Span& span) {
  const Value made =
      run.apply("identity", {run.as_tensor(argument(args, 0), span)}, {.span = span, .operands = {span}});
  if (const auto* t = made.as<TensorV>()) run.trace().tensors[t->id.index].array = nullptr;
  return made;
}

// `wants_one_shape(input - target)`: a warning is given where the two have different shapes.
Value sl_wants_one_shape(Run& run, Args args, const Span&) {
  const Value& made = argument(args, 0);
  if (const auto* t = made.as<TensorV>()) run.trace().steps[run.tensor(t->id).step.index].wants_one_shape = true;
  return made;
}

// Is it a number, with the sizes at hand? Of other values: is anything known of them?
Value sl_is_known(Run& run, Args args, const Span&) {
  const Value& value = argument(args, 0);
  return value.as<IntV>() != nullptr ? run.known_int(value).has_value() : !value.is_unknown();
}

Value sl_is_dtype(Run&, Args args, const Span&) { return argument(args, 0).as<DTypeV>() != nullptr; }
// `dtype("float32")`: the dtype of that name, itself for a dtype.
Value sl_dtype(Run& run, Args args, const Span& span) {
  const Value& value = argument(args, 0);
  if (value.as<DTypeV>() != nullptr || value.is_unknown()) return value;
  const auto* text = value.as<StrV>();
  const auto dtype = text != nullptr ? parse_dtype(*text->text) : std::nullopt;
  if (!dtype) return run.raise(span, fmt::format("{} is no dtype", run.show(value)));
  return DTypeV{*dtype};
}

// `named_tuple(values=v, indices=i)`: a tuple whose items also have names.
Value sl_named_tuple(Run&, Args args, const Span&) {
  ValueList items;
  std::vector<std::string> names;
  for (const auto& [name, value] : args.keywords) {
    names.push_back(name);
    items.push_back(value);
  }
  return make_named_tuple(std::move(items), std::move(names));
}

// `sizes(x.shape)`: whole numbers as a vector, which calculates element by element; what is none stays what it is.
Value sl_sizes(Run& run, Args args, const Span& span) {
  const Value& value = argument(args, 0);
  const bool sequence = value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr;
  const auto items = sequence ? run.elements(value, span) : std::nullopt;
  if (!items || !std::ranges::all_of(*items, [&](const Value& item) { return run.as_dim(item).has_value(); }))
    return value;
  if (const auto* tuple = value.as<TupleV>()) return make_vector(tuple->items);
  return make_vector(*items);
}

Value sl_assign(Run& run, Args args, const Span& span) {
  const auto* x = argument(args, 0, "x").as<TensorV>();
  const Span value_span = args.spans.size() > 1 ? args.spans[1] : span;
  if (x == nullptr) return run.unknown(span, fmt::format("writing into {}", run.show(argument(args, 0, "x"))));
  return run.assign_elements(x->id, argument(args, 1, "value"), span, value_span);
}

// `become(x, value)`: `x` itself is `value` from now on, of another shape perhaps, for everyone who has it.
Value sl_become(Run& run, Args args, const Span& span) {
  const auto* x = argument(args, 0, "x").as<TensorV>();
  const auto* value = argument(args, 1, "value").as<TensorV>();
  if (x == nullptr || value == nullptr) return argument(args, 1, "value");
  return run.become(x->id, value->id, span);
}

Value sl_updated(Run& run, Args args, const Span& span) {
  const Value& x = argument(args, 0, "x");
  if (x.is_unknown()) return x;
  const auto* mode = argument(args, 3, "mode").as<StrV>();
  const bool add = mode != nullptr && *mode->text == "add";
  if (mode != nullptr && !add && *mode->text != "set") return run.raise(span, "mode is 'set' or 'add'");
  const TensorId id = run.as_tensor(x, span);
  const auto made = run.updated(id, argument(args, 1, "index"), argument(args, 2, "value"), add, span, span);
  if (made) return TensorV{*made};
  const Tensor& old = run.tensor(id);
  Tensor unknown{.shape = old.shape, .dtype = old.dtype, .unknown_reason = old.unknown_reason};
  return TensorV{run.add_tensor(std::move(unknown), Step{.kind = StepKind::unknown, .operands = {id}, .span = span})};
}

Value sl_item(Run& run, Args args, const Span& span) {
  const Value& x = argument(args, 0, "x");
  const auto* t = x.as<TensorV>();
  return t != nullptr ? run.number_in(run.current(t->id), span) : x;
}

// `objective(loss)`: gradients are taken of it. Of a list, of each.
Value sl_objective(Run& run, Args args, const Span&) {
  for (const TensorId id : tensors_in(argument(args, 0, "x"), run.heap())) run.trace().objectives.push_back(id);
  return NoneV{};
}

Value sl_version(Run& run, Args args, const Span& span) {
  const auto* package = argument(args, 0).as<StrV>();
  if (package == nullptr) return run.raise(span, "version() takes a package name");
  return IntV{run.dims().number(run.version(*package->text))};
}

// The number of samples in a batch, which the world's batch symbol stands for.
Value sl_batch_size(Run& run, Args, const Span&) {
  const auto batch = run.facts().protected_symbol();
  return IntV{batch ? run.dims().symbol(*batch) : run.dims().fresh("?batch")};
}

// A number of things that nobody knows, at least 1.
Value sl_some(Run& run, Args, const Span&) { return IntV{run.dims().fresh("?count")}; }

Value sl_unknown(Run& run, Args args, const Span& span) {
  const auto* reason = argument(args, 0).as<StrV>();
  return run.unknown(span, reason != nullptr ? *reason->text : "not expressed in the definition");
}

// `size("S")`: a size that the world has a name for.
Value sl_size(Run& run, Args args, const Span&) {
  const auto* name = argument(args, 0).as<StrV>();
  return IntV{run.size_named(name != nullptr ? *name->text : "size")};
}

// Does the world guess that actions are vectors?
Value sl_forces(Run& run, Args, const Span&) { return run.forces(); }

// Into how many names the user's code unpacks what the running definition gives back; 0 where it does not.
Value sl_unpacked_into(Run& run, Args, const Span&) {
  return IntV{run.dims().number(static_cast<std::int64_t>(run.unpacked_into()))};
}

// `draws(n)`: n, which says how many samples are drawn at random; of a shape its first size does.
Value sl_draws(Run& run, Args args, const Span& span) {
  const Value& count = argument(args, 0);
  const auto items =
      count.as<TupleV>() != nullptr || count.as<ListV>() != nullptr ? run.elements(count, span) : std::nullopt;
  run.note_draw(items && !items->empty() ? items->front() : count);
  return count;
}

constexpr Builtin kTable[] = {
    {"shapelint.is_tensor", sl_is_tensor},
    {"shapelint.as_tensor", sl_as_tensor},
    {"shapelint.made_by", sl_made_by},
    {"shapelint.is_dtype", sl_is_dtype},
    {"shapelint.is_known", sl_is_known},
    {"shapelint.sizes", sl_sizes},
    {"shapelint.shape_only", sl_shape_only},
    {"shapelint.wants_one_shape", sl_wants_one_shape},
    {"shapelint.dtype", sl_dtype},
    {"shapelint.named_tuple", sl_named_tuple},
    {"shapelint.assign", sl_assign},
    {"shapelint.become", sl_become},
    {"shapelint.updated", sl_updated},
    {"shapelint.item", sl_item},
    {"shapelint.objective", sl_objective},
    {"shapelint.batch_size", sl_batch_size},
    {"shapelint.draws", sl_draws},
    {"shapelint.forces", sl_forces},
    {"shapelint.size", sl_size},
    {"shapelint.unpacked_into", sl_unpacked_into},
    {"shapelint.some", sl_some},
    {"shapelint.version", sl_version},
    {"shapelint.unknown", sl_unknown},
    {"shapelint.Tensor", sl_as_tensor},
};

}  // namespace

std::span<const Builtin> shapelint_builtins() { return kTable; }

}  // namespace shapelint
