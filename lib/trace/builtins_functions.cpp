// functools, operator, contextlib, copy and importlib.
#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

bool is_function(const Value& v) {
  return v.as<FunctionV>() != nullptr || v.as<BoundV>() != nullptr || v.as<ClassV>() != nullptr ||
         v.as<DescriptorV>() != nullptr || v.as<BuiltinV>() != nullptr;
}

// ---- functools

Value partial(Run&, Args args, const Span&) {
  if (args.positional.empty()) return make_unknown("partial without a function");
  return BoundV{std::make_shared<const BoundCall>(
      BoundCall{args.positional[0], ValueList(args.positional.begin() + 1, args.positional.end()), args.keywords})};
}

Value reduce(Run& run, Args args, const Span& span) {
  auto items = run.elements(argument(args, 1), span);
  if (!items) return run.unknown(span, "a reduction over a sequence of unknown length");
  if (args.positional.size() > 2) items->insert(items->begin(), args.positional[2]);
  if (items->empty()) return run.raise(span, "TypeError: reduce() of empty iterable with no initial value");
  Value total = items->front();
  for (std::size_t i = 1; i < items->size(); ++i) total = call_with(run, argument(args, 0), {total, (*items)[i]}, span);
  return total;
}

// Gives its argument back: decorators that change nothing for shapes.
Value identity(Run&, Args args, const Span&) { return argument(args, 0); }
Value make_identity(Run&, Args, const Span&) { return builtin("functools._identity"); }

// `@lru_cache` and `@lru_cache(maxsize=None)`.
Value cache(Run&, Args args, const Span&) {
  return is_function(argument(args, 0)) ? argument(args, 0) : builtin("functools._identity");
}

Value cached_property(Run&, Args args, const Span&) {
  return DescriptorV{DescriptorV::Kind::property, std::make_shared<const Value>(argument(args, 0)), nullptr};
}

// ---- inspect

Value is_class(Run&, Args args, const Span&) {
  const Value& v = argument(args, 0);
  if (v.is_unknown()) return with_claim(v, nullptr);
  return v.as<ClassV>() != nullptr;
}
Value is_plain_function(Run&, Args args, const Span&) {
  const Value& v = argument(args, 0);
  if (v.is_unknown()) return with_claim(v, nullptr);
  return v.as<FunctionV>() != nullptr;
}
Value is_method(Run&, Args args, const Span&) {
  const Value& v = argument(args, 0);
  if (v.is_unknown()) return with_claim(v, nullptr);
  const auto* bound = v.as<BoundV>();
  return bound != nullptr && bound->call->callee.as<FunctionV>() != nullptr;
}
Value resolution_order(Run& run, Args args, const Span& span) {
  return run.attribute(argument(args, 0), "__mro__", span);
}

// ---- operator

template <ast::BinaryOp Op>
Value operate(Run& run, Args args, const Span& span) {
  return run.binary(Op, argument(args, 0), argument(args, 1), span, span, span);
}
template <ast::CompareOp Op>
Value relate(Run& run, Args args, const Span& span) {
  return run.compare(Op, argument(args, 0), argument(args, 1), span, span, span);
}
Value negate(Run& run, Args args, const Span& span) {
  return run.unary(ast::UnaryOp::negative, argument(args, 0), span, span);
}

// A whole number as it is; an object has `__index__`.
Value as_index(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto method = special_method(run, v, "__index__", span)) return run.call(*method, {}, span, span);
  const bool whole = v.is_unknown() || v.as<IntV>() != nullptr || v.as<bool>() != nullptr || v.as<TensorV>() != nullptr;
  return whole ? v : run.raise(span, fmt::format("TypeError: {} cannot be interpreted as an integer", run.show(v)));
}

Value bind_getter(std::string_view name, Args args) {
  return BoundV{std::make_shared<const BoundCall>(BoundCall{builtin(name), {make_tuple(args.positional)}, {}})};
}
Value itemgetter(Run&, Args args, const Span&) { return bind_getter("operator._getitems", args); }
Value attrgetter(Run&, Args args, const Span&) { return bind_getter("operator._getattrs", args); }
template <class Get>
Value get_each(Run& run, Args args, const Span& span, Get get) {
  const auto* names = argument(args, 0).as<TupleV>();
  if (names == nullptr) return run.unknown(span, "a getter of unknown names");
  ValueList out;
  for (const Value& name : *names->items) out.push_back(get(name));
  return out.size() == 1 ? out[0] : make_tuple(std::move(out));
}
Value getitems(Run& run, Args args, const Span& span) {
  return get_each(run, args, span,
                  [&](const Value& name) { return run.subscript(argument(args, 1), name, span, span); });
}
Value getattrs(Run& run, Args args, const Span& span) {
  return get_each(run, args, span, [&](const Value& name) {
    const auto* text = name.as<StrV>();
    return text != nullptr ? run.attribute(argument(args, 1), *text->text, span) : make_unknown("no attribute name");
  });
}
Value getitem(Run& run, Args args, const Span& span) {
  return run.subscript(argument(args, 0), argument(args, 1), span, span);
}

// ---- contextlib

// What a function under `@contextmanager` gives to `with`: the value of its first `yield`.
Value enter_generator(Run& run, Args args, const Span& span) {
  CallArguments rest;
  rest.positional.assign(args.positional.begin() + 1, args.positional.end());
  rest.spans.assign(rest.positional.size(), span);
  rest.keywords = args.keywords;
  rest.keyword_spans = args.keyword_spans;
  rest.unknown_rest = args.unknown_rest;
  const Value yielded = run.call(argument(args, 0), std::move(rest), span, span);
  if (const auto items = run.elements(yielded, span)) return items->empty() ? Value() : items->front();
  return run.any_element(yielded, span);
}
Value contextmanager(Run&, Args args, const Span&) {
  return BoundV{std::make_shared<const BoundCall>(BoundCall{builtin("contextlib._enter"), {argument(args, 0)}, {}})};
}

// ---- copy

Value copy_of(Run& run, const Value& v, bool deep, int depth) {
  if (depth > 32) return make_unknown("a copy of values nested too deeply");
  const auto part = [&](const Value& item) { return deep ? copy_of(run, item, true, depth + 1) : item; };
  if (const auto* list = v.as<ListV>()) {
    ListData data = run.heap().read<ListData>(list->cell);
    for (Value& item : data.items) item = part(item);
    return ListV{run.heap().make(std::move(data))};
  }
  if (const auto* dict = v.as<DictV>()) {
    DictData data = run.heap().read<DictData>(dict->cell);
    for (auto& [key, item] : data.items) item = part(item);
    return DictV{run.heap().make(std::move(data))};
  }
  if (const auto* tuple = v.as<TupleV>(); tuple != nullptr && deep) {
    ValueList items;
    for (const Value& item : *tuple->items) items.push_back(part(item));
    return make_tuple(std::move(items));
  }
  if (const auto* object = v.as<ObjectV>()) {
    ObjectData data = run.heap().read<ObjectData>(object->cell);
    for (auto& [name, item] : data.attributes) item = part(item);
    data.native = copy_of(run, data.native, deep, depth + 1);
    return ObjectV{run.heap().make(std::move(data))};
  }
  return v;
}
Value copy_copy(Run& run, Args args, const Span&) { return copy_of(run, argument(args, 0), false, 0); }
Value copy_deepcopy(Run& run, Args args, const Span&) { return copy_of(run, argument(args, 0), true, 0); }

// ---- importlib

Value import_by_name(Run& run, Args args, const Span& span) {
  const auto* name = argument(args, 0, "name").as<StrV>();
  if (name == nullptr || !name->exact) return run.unknown(span, "a module whose name is not known");
  std::string path = *name->text;
  if (path.starts_with('.')) {
    const auto* package = argument(args, 1, "package").as<StrV>();
    if (package == nullptr) return run.unknown(span, "a relative module of an unknown package");
    std::string base = *package->text;
    path.erase(0, 1);
    for (; path.starts_with('.'); path.erase(0, 1)) base.resize(std::min(base.size(), base.rfind('.')));
    path = path.empty() ? base : base + "." + path;
  }
  return run.import_module(path, span);
}

constexpr Builtin kTable[] = {
    {"functools.partial", partial},
    {"functools.partialmethod", partial},
    {"functools.wraps", make_identity},
    {"functools.update_wrapper", identity},
    {"functools.reduce", reduce},
    {"functools.lru_cache", cache},
    {"functools.cache", cache},
    {"functools.cached_property", cached_property},
    {"functools.total_ordering", identity},
    {"functools.singledispatch", identity},
    {"inspect.isclass", is_class},
    {"inspect.isfunction", is_plain_function},
    {"inspect.ismethod", is_method},
    {"inspect.getmro", resolution_order},
    {"operator.add", operate<ast::BinaryOp::add>},
    {"operator.iadd", operate<ast::BinaryOp::add>},
    {"operator.sub", operate<ast::BinaryOp::sub>},
    {"operator.mul", operate<ast::BinaryOp::mul>},
    {"operator.truediv", operate<ast::BinaryOp::div>},
    {"operator.floordiv", operate<ast::BinaryOp::floordiv>},
    {"operator.mod", operate<ast::BinaryOp::mod>},
    {"operator.pow", operate<ast::BinaryOp::pow>},
    {"operator.matmul", operate<ast::BinaryOp::matmul>},
    {"operator.and_", operate<ast::BinaryOp::bit_and>},
    {"operator.or_", operate<ast::BinaryOp::bit_or>},
    {"operator.lt", relate<ast::CompareOp::less>},
    {"operator.le", relate<ast::CompareOp::less_equal>},
    {"operator.gt", relate<ast::CompareOp::greater>},
    {"operator.ge", relate<ast::CompareOp::greater_equal>},
    {"operator.eq", relate<ast::CompareOp::equal>},
    {"operator.ne", relate<ast::CompareOp::not_equal>},
    {"operator.neg", negate},
    {"operator.index", as_index},
    {"operator.getitem", getitem},
    {"operator.itemgetter", itemgetter},
    {"operator.attrgetter", attrgetter},
    {"operator._getitems", getitems},
    {"operator._getattrs", getattrs},
    {"contextlib.contextmanager", contextmanager},
    {"contextlib._enter", enter_generator},
    {"contextlib.nullcontext", identity},
    {"copy.copy", copy_copy},
    {"copy.deepcopy", copy_deepcopy},
    {"importlib.import_module", import_by_name},
};

}  // namespace

std::span<const Builtin> function_builtins() { return kTable; }

}  // namespace shapelint
