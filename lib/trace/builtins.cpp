// Python's builtins on numbers and text, exceptions, and the registry of all tables.
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

using Args = BuiltinArgs;

const Value kNone;

Value builtin_abs(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (v.as<TensorV>() != nullptr) return run.apply("abs", {run.as_tensor(v, span)}, {.span = span, .operands = {span}});
  if (const auto* d = v.as<double>()) return std::abs(*d);
  if (const auto whole = run.known_int(v)) return IntV{run.dims().number(std::abs(*whole))};
  return run.unknown(span, "abs of a value that is not known");
}

Value builtin_int(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (args.positional.empty()) return IntV{run.dims().number(0)};
  if (const auto* t = v.as<TensorV>(); t != nullptr && !is_float(run.tensor(run.current(t->id)).dtype)) {
    return run.number_in(run.current(t->id), span);
  }
  if (const auto dim = run.as_dim(v)) return IntV{*dim};
  if (const auto number = run.known_float(v); number && std::abs(*number) < 9e15) {
    return IntV{run.dims().number(static_cast<std::int64_t>(*number))};
  }
  if (v.is_unknown()) return v;
  if (v.as<TensorV>() != nullptr) return IntV{run.dims().fresh_number("?int")};
  if (const auto* text = v.as<StrV>(); text != nullptr && text->exact) {
    const std::string& digits = *text->text;
    std::int64_t whole = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (error == std::errc() && end == digits.data() + digits.size()) return IntV{run.dims().number(whole)};
    if (digits.find_first_of("0123456789") == std::string::npos)
      return run.raise(span, "ValueError: invalid literal for int()");
  }
  return run.unknown(span, "int of a value that is not known");
}

Value builtin_float(Run& run, Args args, const Span& span) {
  const Value& v = argument(args, 0);
  if (const auto* text = v.as<StrV>()) {
    if (*text->text == "inf" || *text->text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text->text == "-inf") return -std::numeric_limits<double>::infinity();
    if (*text->text == "nan") return std::numeric_limits<double>::quiet_NaN();
    double number = 0;
    const char* last = text->text->data() + text->text->size();
    const auto [end, error] = std::from_chars(text->text->data(), last, number);
    if (text->exact && error == std::errc() && end == last) return number;
    return run.unknown(span, "float of text");
  }
  // What a metric returns as a number is still what its tensor says; whole numbers become fractions first.
  if (const auto* t = v.as<TensorV>()) {
    const TensorId id = run.current(t->id);
    if (is_float(run.tensor(id).dtype)) return run.number_in(id, span);
    BasicAttributes<Dim> attrs;
    attrs.dtype = DType::float64;
    const Value cast = run.apply(*find_op("cast"), {id}, std::move(attrs), {.span = span, .operands = {span}});
    const auto* whole = cast.as<TensorV>();
    return whole != nullptr ? run.number_in(whole->id, span) : cast;
  }
  if (const auto number = run.known_float(v)) return *number;
  if (v.is_unknown() || v.as<TensorV>() != nullptr) return v;
  return TensorV{run.as_tensor(v, span, DType::float64)};
}

Value builtin_bool(Run& run, Args args, const Span&) {
  const Value& v = argument(args, 0);
  return with_claim(known_truth(run.truth(v), "a truth value"), claim_of(v));
}
Value builtin_str(Run& run, Args args, const Span&) {
  if (args.positional.empty()) return make_str("");
  if (const auto text = run.python_text(argument(args, 0))) return make_str(*text);
  if (const Value* held = native_of(run, argument(args, 0)); held != nullptr && held->as<StrV>() != nullptr)
    return *held;
  return make_str(run.show(argument(args, 0)), false);
}

Value builtin_round(Run& run, Args args, const Span& span) {
  if (const auto number = run.known_float(argument(args, 0))) {
    if (args.positional.size() > 1) return *number;
    return IntV{run.dims().number(static_cast<std::int64_t>(std::nearbyint(*number)))};
  }
  return run.unknown(span, "round of a value that is not known");
}

Value builtin_pow(Run& run, Args args, const Span& span) {
  return run.binary(ast::BinaryOp::pow, argument(args, 0), argument(args, 1), span, span, span);
}

Value builtin_divmod(Run& run, Args args, const Span& span) {
  return make_tuple({run.binary(ast::BinaryOp::floordiv, argument(args, 0), argument(args, 1), span, span, span),
                     run.binary(ast::BinaryOp::mod, argument(args, 0), argument(args, 1), span, span, span)});
}

Value builtin_none(Run&, Args, const Span&) { return NoneV{}; }
Value builtin_exception(Run&, Args, const Span&) { return make_unknown("an exception"); }
Value builtin_identity(Run&, Args args, const Span&) { return argument(args, 0); }
Value builtin_not_followed(Run& run, Args, const Span& span) {
  return run.unknown(span, "code or input that is made at run time");
}
Value builtin_chr(Run& run, Args args, const Span& span) {
  const auto code = run.known_int(argument(args, 0));
  if (!code || *code < 0 || *code > 127) return run.unknown(span, "a letter that is not known");
  return make_str(std::string(1, static_cast<char>(*code)));
}
Value builtin_ord(Run& run, Args args, const Span& span) {
  const auto* text = argument(args, 0).as<StrV>();
  if (text == nullptr || !text->exact || text->text->size() != 1)
    return run.unknown(span, "a letter that is not known");
  return IntV{run.dims().number(static_cast<unsigned char>(text->text->front()))};
}

constexpr Builtin kTable[] = {
    {"abs", builtin_abs},
    {"int", builtin_int},
    {"float", builtin_float},
    {"bool", builtin_bool},
    {"str", builtin_str},
    {"repr", builtin_str},
    {"round", builtin_round},
    {"pow", builtin_pow},
    {"divmod", builtin_divmod},
    {"object", builtin_none},
    {"object.__init__", builtin_none},
    {"print", builtin_none},
    {"display", builtin_none},  // of notebooks
    {"example", builtin_none},
    {"functools._identity", builtin_identity},
    {"chr", builtin_chr},
    {"ord", builtin_ord},
    {"format", builtin_str},
    {"eval", builtin_not_followed},
    {"exec", builtin_not_followed},
    {"open", builtin_not_followed},
    {"input", builtin_not_followed},
    {"NotImplemented", builtin_none},
    {"BaseException", builtin_exception},
    {"OSError", builtin_exception},
    {"IOError", builtin_exception},
    {"LookupError", builtin_exception},
    {"ArithmeticError", builtin_exception},
    {"OverflowError", builtin_exception},
    {"FloatingPointError", builtin_exception},
    {"FileNotFoundError", builtin_exception},
    {"ModuleNotFoundError", builtin_exception},
    {"NameError", builtin_exception},
    {"MemoryError", builtin_exception},
    {"KeyboardInterrupt", builtin_exception},
    {"EnvironmentError", builtin_exception},
    {"PendingDeprecationWarning", builtin_exception},
    {"ImportWarning", builtin_exception},
    {"ResourceWarning", builtin_exception},
    {"ValueError", builtin_exception},
    {"TypeError", builtin_exception},
    {"RuntimeError", builtin_exception},
    {"NotImplementedError", builtin_exception},
    {"AssertionError", builtin_exception},
    {"KeyError", builtin_exception},
    {"IndexError", builtin_exception},
    {"AttributeError", builtin_exception},
    {"ImportError", builtin_exception},
    {"Exception", builtin_exception},
    {"Warning", builtin_exception},
    {"UserWarning", builtin_exception},
    {"SyntaxWarning", builtin_exception},
    {"RuntimeWarning", builtin_exception},
    {"DeprecationWarning", builtin_exception},
    {"FutureWarning", builtin_exception},
    {"StopIteration", builtin_exception},
    {"ZeroDivisionError", builtin_exception},
};

}  // namespace

const Builtin* find_builtin(std::string_view name) {
  static const auto kRegistry = [] {
    std::unordered_map<std::string_view, const Builtin*> all;
    for (const std::span<const Builtin> table :
         {std::span<const Builtin>(kTable), sequence_builtins(), type_builtins(), shapelint_builtins(),
          function_builtins(), container_builtins(), number_builtins(), class_builtins(), system_builtins()}) {
      for (const Builtin& one : table) all.emplace(one.name, &one);
    }
    return all;
  }();
  const auto it = kRegistry.find(name);
  return it != kRegistry.end() ? it->second : nullptr;
}

// ---- helpers -----------------------------------------------------------------------------------------------------

const Value& argument(BuiltinArgs args, std::size_t position, std::string_view keyword) {
  if (position < args.positional.size()) return args.positional[position];
  if (!keyword.empty()) {
    if (const Value* v = args.keyword(keyword)) return *v;
  }
  return kNone;
}

Value known_truth(Tri t, std::string_view what) {
  if (t == Tri::unknown) return make_unknown(fmt::format("{} is not known", what));
  return t == Tri::yes;
}

Value builtin(std::string_view name) {
  const Builtin* found = find_builtin(name);
  SHAPELINT_CHECK(found != nullptr, "no such builtin");
  return BuiltinV{found};
}

Value ignored() { return builtin("ignored"); }

bool is_ignored(const Value& value) {
  const auto* known = value.as<BuiltinV>();
  return known != nullptr && known->builtin->name == "ignored";
}

Value make_list(Run& run, ValueList items) { return ListV{run.heap().make(ListData{std::move(items)})}; }

Value unknown_number(Run& run, const Span& span) {
  return TensorV{run.add_tensor(Tensor{.shape = Shape{}, .dtype = DType::float64, .is_number = true},
                                Step{.kind = StepKind::constant, .span = span})};
}

Value call_with(Run& run, const Value& f, ValueList arguments, const Span& span) {
  CallArguments args;
  args.positional = std::move(arguments);
  args.spans.assign(args.positional.size(), span);
  return run.call(f, std::move(args), span, span);
}

std::optional<Value> shapelint_member(Run&, std::string_view name) {
  if (name == "op") return make_module("shapelint.op");
  if (const Builtin* builtin = find_builtin(fmt::format("shapelint.{}", name))) return BuiltinV{builtin};
  return std::nullopt;
}

}  // namespace shapelint
