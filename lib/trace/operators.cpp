// Operators and comparisons: of numbers and sizes, of texts and containers, and of tensors, which become ops.
#include <cmath>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"
#include "lib/trace/whole_numbers.h"

namespace shapelint {
namespace {

std::string_view op_name(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::add: return "add";
    case ast::BinaryOp::sub: return "sub";
    case ast::BinaryOp::mul: return "mul";
    case ast::BinaryOp::div: return "div";
    case ast::BinaryOp::floordiv: return "floordiv";
    case ast::BinaryOp::mod: return "mod";
    case ast::BinaryOp::pow: return "pow";
    case ast::BinaryOp::matmul: return "matmul";
    case ast::BinaryOp::bit_and: return "logical_and";
    case ast::BinaryOp::bit_or: return "logical_or";
    case ast::BinaryOp::bit_xor: return "logical_xor";
    case ast::BinaryOp::shift_left:
    case ast::BinaryOp::shift_right: return "";
  }
  return "";
}

// The same of integers, bit by bit; of truth values the two are one.
std::string_view bits_op_name(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::bit_and: return "bitwise_and";
    case ast::BinaryOp::bit_or: return "bitwise_or";
    case ast::BinaryOp::bit_xor: return "bitwise_xor";
    case ast::BinaryOp::shift_left: return "left_shift";
    case ast::BinaryOp::shift_right: return "right_shift";
    default: return "";
  }
}

bool has_integer_bits(const Tensor& a, const Tensor& b) {
  const auto has_bits = [](const Tensor& t) { return is_integer(t.dtype) || t.dtype == DType::boolean; };
  return has_bits(a) && has_bits(b) && (is_integer(a.dtype) || is_integer(b.dtype));
}

std::string_view op_name(ast::CompareOp op) {
  switch (op) {
    case ast::CompareOp::equal: return "equal";
    case ast::CompareOp::not_equal: return "not_equal";
    case ast::CompareOp::less: return "less";
    case ast::CompareOp::less_equal: return "less_equal";
    case ast::CompareOp::greater: return "greater";
    case ast::CompareOp::greater_equal: return "greater_equal";
    case ast::CompareOp::is:
    case ast::CompareOp::is_not:
    case ast::CompareOp::in:
    case ast::CompareOp::not_in: return "";
  }
  return "";
}

Value from_tri(Tri t, const char* what) {
  if (t == Tri::unknown) return make_unknown(fmt::format("{} is not known", what));
  return t == Tri::yes;
}

}  // namespace

Value Run::unary(ast::UnaryOp op, const Value& operand, const Span& span, const Span& operand_span) {
  if (op == ast::UnaryOp::logical_not)
    return with_claim(from_tri(!truth(operand), "a condition"), negated(claim_of(operand)));
  if (operand.as<ObjectV>() != nullptr) {
    if (auto done = object_unary(*this, op, operand, span)) return *done;
  }
  if (operand.is_unknown()) return with_claim(operand, nullptr);
  if (operand.as<TensorV>() != nullptr) {
    if (op == ast::UnaryOp::positive) return operand;
    const auto id = as_tensor(operand, operand_span);
    const std::string_view inverted = is_integer(tensor(id).dtype) ? "bitwise_not" : "logical_not";
    return apply(op == ast::UnaryOp::negative ? "neg" : inverted, {id}, {.span = span, .operands = {operand_span}});
  }
  if (const auto* d = operand.as<double>()) {
    if (op == ast::UnaryOp::negative) return -*d;
    if (op == ast::UnaryOp::positive) return operand;
  }
  if (const auto dim = as_dim(operand)) {
    Value out = op == ast::UnaryOp::negative   ? Value(IntV{dims_->neg(*dim)})
                : op == ast::UnaryOp::positive ? Value(IntV{*dim})
                                               : Value(IntV{dims_->sub(dims_->neg(*dim), dims_->number(1))});
    out.origin = span;
    return out;
  }
  return unknown(span, fmt::format("an operator is applied to {}", show(operand)));
}

namespace {

// A vector of sizes with a number, or with as many numbers: element by element.
Value vector_binary(Run& run, ast::BinaryOp op, const Value& left, const Value& right, const Span& span,
                    const Span& left_span, const Span& right_span) {
  const auto items_of = [&](const Value& v) -> std::optional<ValueList> {
    if (v.as<TupleV>() == nullptr && v.as<ListV>() == nullptr) return std::nullopt;
    return run.elements(v, span);
  };
  const auto a = items_of(left);
  const auto b = items_of(right);
  const bool fits = (a || run.as_dim(left) || left.as<double>() != nullptr) &&
                    (b || run.as_dim(right) || right.as<double>() != nullptr) && (!a || !b || a->size() == b->size());
  if (!fits) return run.unknown(span, "sizes meet something that is neither a number nor as many numbers");
  ValueList made;
  bool whole = true;
  for (std::size_t i = 0; i < (a ? a->size() : b->size()); ++i) {
    made.push_back(run.binary(op, a ? (*a)[i] : left, b ? (*b)[i] : right, span, left_span, right_span));
    whole = whole && run.as_dim(made.back()).has_value();
  }
  if (whole) return make_vector(std::move(made));
  const TensorId tensor = run.as_tensor(make_tuple(std::move(made)), span);
  return TensorV{tensor};
}

}  // namespace

Value Run::binary(ast::BinaryOp op, const Value& left, const Value& right, const Span& span, const Span& left_span,
                  const Span& right_span) {
  if (halted()) return make_unknown("the path ended before");
  const bool tensors = left.as<TensorV>() != nullptr || right.as<TensorV>() != nullptr;
  if (!tensors) {
    if (left.is_unknown()) return with_claim(left, nullptr);
    if (right.is_unknown()) return with_claim(right, nullptr);
  }
  if (left.as<ObjectV>() != nullptr || right.as<ObjectV>() != nullptr) {
    if (auto done = object_binary(*this, op, left, right, span)) return *done;
  }
  if (is_ignored(left) || is_ignored(right)) {
    const auto number = [&](const Value& v) { return is_ignored(v) ? unknown_number(*this, span) : v; };
    return binary(op, number(left), number(right), span, left_span, right_span);
  }
  if (auto done = set_operator(*this, op, left, right)) return *done;
  // Sequences.
  const auto* left_text = left.as<StrV>();
  if (left_text != nullptr) {
    if (op == ast::BinaryOp::add && right.as<StrV>() != nullptr) {
      if (left_text->text->size() + right.as<StrV>()->text->size() > kMaxText)
        return unknown(span, fmt::format("text longer than {} bytes", kMaxText));
      return make_str(*left_text->text + *right.as<StrV>()->text, left_text->exact && right.as<StrV>()->exact);
    }
    if (op == ast::BinaryOp::mod) return percent_format(*this, *left_text, right);
    if (const auto times = known_int(right); times && op == ast::BinaryOp::mul) {
      std::string out;
      for (std::int64_t i = 0; i < *times && out.size() < kMaxText; ++i) out += *left_text->text;
      return make_str(std::move(out), left_text->exact && out.size() < kMaxText);
    }
    return unknown(span, "text arithmetic is not followed");
  }
  if (!tensors && (is_vector(left) || is_vector(right)))
    return vector_binary(*this, op, left, right, span, left_span, right_span);
  const auto is_sequence = [](const Value& v) { return v.as<TupleV>() != nullptr || v.as<ListV>() != nullptr; };
  if (is_sequence(left) || is_sequence(right)) {
    if (!tensors) {
      const bool list = left.as<ListV>() != nullptr || right.as<ListV>() != nullptr;
      ValueList items;
      const auto generic = [&](Value any, std::optional<Dim> length, SymbolId inner) {
        return ListV{
            heap().make(ListData{.items = {std::move(any)}, .length = length, .generic = true, .inner = inner})};
      };
      if (op == ast::BinaryOp::add && is_sequence(left) && is_sequence(right)) {
        const auto first = elements(left, span);
        const auto more = elements(right, span);
        if (!first || !more) {
          const auto a = as_sequence(left, span);
          const auto b = as_sequence(right, span);
          if (!a || !b) return !a ? right : left;
          return generic(join(*a->element, *b->element, span), dims_->add(a->length, b->length),
                         std::min(a->inner, b->inner));
        }
        items = *first;
        items.insert(items.end(), more->begin(), more->end());
      } else if (const auto& count = is_sequence(left) ? right : left;
                 op == ast::BinaryOp::mul && as_dim(count) &&
                 (!known_int(count) || !elements(is_sequence(left) ? left : right, span))) {
        // `[0.0] * batch`
        const auto one = as_sequence(is_sequence(left) ? left : right, span);
        if (!one) return is_sequence(left) ? left : right;
        return generic(*one->element, dims_->mul(one->length, *as_dim(count)), one->inner);
      } else if (op == ast::BinaryOp::mul && (known_int(left) || known_int(right))) {
        const Value& sequence = is_sequence(left) ? left : right;
        const std::int64_t times = known_int(is_sequence(left) ? right : left).value_or(0);
        const ValueList one = *elements(sequence, span);
        if (times > 0 && static_cast<std::size_t>(times) * one.size() > 10'000) {
          return unknown(span, "a sequence longer than 10000");
        }
        for (std::int64_t i = 0; i < times; ++i) items.insert(items.end(), one.begin(), one.end());
      } else {
        return unknown(span, "this operator on sequences is not followed");
      }
      if (list) return ListV{heap().make(ListData{std::move(items)})};
      return make_tuple(std::move(items));
    }
  }
  if (tensors) {
    const TensorId a = as_tensor(left, left_span);
    const TensorId b = as_tensor(right, right_span);
    const std::string_view of_bits = bits_op_name(op);
    const bool has_bits = !of_bits.empty() && has_integer_bits(tensor(a), tensor(b));
    if (!has_bits && op_name(op).empty()) return unknown(span, "bit shifts of tensors that hold no integers");
    return apply(has_bits ? of_bits : op_name(op), {a, b}, {.span = span, .operands = {left_span, right_span}});
  }
  // Sizes and whole numbers.
  const auto a = as_dim(left);
  const auto b = as_dim(right);
  if (a && b) {
    const auto divisor = evaluate(*b);
    switch (op) {
      case ast::BinaryOp::add: return IntV{dims_->add(*a, *b)};
      case ast::BinaryOp::sub: return IntV{dims_->sub(*a, *b)};
      case ast::BinaryOp::mul: return IntV{dims_->mul(*a, *b)};
      case ast::BinaryOp::floordiv:
        if (divisor == 0) return raise(span, "division by zero");
        return IntV{dims_->floordiv(*a, *b)};
      case ast::BinaryOp::mod:
        if (divisor == 0) return raise(span, "division by zero");
        return IntV{dims_->mod(*a, *b)};
      case ast::BinaryOp::pow: {
        const auto base = dims_->constant(*a);
        const auto exponent = dims_->constant(*b);
        if (base && exponent && *exponent >= 0 && *exponent < 64) {
          const double value = std::pow(static_cast<double>(*base), static_cast<double>(*exponent));
          if (std::abs(value) < 9e15) return IntV{dims_->number(static_cast<std::int64_t>(value))};
          return value;
        }
        if (!base && exponent && *exponent >= 0 && *exponent <= 4) {
          Dim power = dims_->number(1);
          for (std::int64_t i = 0; i < *exponent; ++i) power = dims_->mul(power, *a);
          return IntV{power};
        }
        break;
      }
      case ast::BinaryOp::bit_and:
      case ast::BinaryOp::bit_or:
      case ast::BinaryOp::bit_xor:
      case ast::BinaryOp::shift_left:
      case ast::BinaryOp::shift_right: {
        const auto x = evaluate(*a);
        const auto y = divisor;
        if (!x || !y) return unknown(span, "bit operations on sizes are not followed");
        const bool logical = left.as<bool>() != nullptr && right.as<bool>() != nullptr;
        std::int64_t out = 0;
        if (op == ast::BinaryOp::bit_and) out = *x & *y;
        else if (op == ast::BinaryOp::bit_or) out = *x | *y;
        else if (op == ast::BinaryOp::bit_xor) out = *x ^ *y;
        else if (*y < 0 || *y > 62 || *x < 0 || *x > (std::int64_t{1} << 31))
          return unknown(span, "a shift out of range");
        else if (op == ast::BinaryOp::shift_right) out = *x >> *y;
        else if (*y <= 31) out = *x << *y;
        else return unknown(span, "a shift out of range");
        if (logical) return out != 0;
        return IntV{dims_->number(out)};
      }
      case ast::BinaryOp::div:
      case ast::BinaryOp::matmul: break;
    }
  }
  const auto x = known_float(left);
  const auto y = known_float(right);
  if (x && y) {
    switch (op) {
      case ast::BinaryOp::add: return *x + *y;
      case ast::BinaryOp::sub: return *x - *y;
      case ast::BinaryOp::mul: return *x * *y;
      case ast::BinaryOp::div:
        if (*y == 0) return raise(span, "division by zero");
        return *x / *y;
      case ast::BinaryOp::floordiv:
        if (*y == 0) return raise(span, "division by zero");
        return std::floor(*x / *y);
      case ast::BinaryOp::mod:
        if (*y == 0) return raise(span, "division by zero");
        return *x - std::floor(*x / *y) * *y;
      case ast::BinaryOp::pow: return std::pow(*x, *y);
      default: break;
    }
  }
  const auto is_number = [&](const Value& v) { return v.as<double>() != nullptr || as_dim(v).has_value(); };
  if (is_number(left) && is_number(right) && !op_name(op).empty() && op != ast::BinaryOp::matmul) {
    // A number that depends on a size that is not known.
    const TensorId p = as_tensor(left, left_span);
    const TensorId q = as_tensor(right, right_span);
    return apply(op_name(op), {p, q}, {.span = span, .operands = {left_span, right_span}});
  }
  return unknown(span, fmt::format("an operator between {} and {} is not followed", show(left), show(right)));
}

Tri Run::equal(const Value& left, const Value& right) {
  if (left.is_unknown() || right.is_unknown()) return Tri::unknown;
  if (left.is_none() || right.is_none()) return tri(left.is_none() && right.is_none());
  // The keys of dicts, mostly.
  if (const auto* s = left.as<StrV>(); s != nullptr && s->exact) {
    if (const auto* t = right.as<StrV>(); t != nullptr && t->exact)
      return tri(s->text == t->text || *s->text == *t->text);
  }
  // Members of an `IntEnum` or a `(str, Enum)` equal their values.
  const auto native = [&](const Value& v) -> const Value* {
    const auto* object = v.as<ObjectV>();
    if (object == nullptr) return nullptr;
    const Value& held = heap().read<ObjectData>(object->cell).native;
    return held.is_none() ? nullptr : &held;
  };
  if (const Value* held = native(left); held != nullptr && right.as<ObjectV>() == nullptr)
    return equal(Value(*held), right);
  if (const Value* held = native(right); held != nullptr && left.as<ObjectV>() == nullptr)
    return equal(left, Value(*held));
  const auto inexact = [](const Value& v) { return v.as<StrV>() != nullptr && !v.as<StrV>()->exact; };
  if (inexact(left) || inexact(right)) return Tri::unknown;
  const auto text = [](const Value& v) -> std::optional<std::string_view> {
    if (const auto* s = v.as<StrV>()) return *s->text;
    if (const auto* d = v.as<DTypeV>()) return name(d->dtype);
    return std::nullopt;
  };
  const auto s = text(left);
  const auto t = text(right);
  if (s || t) return tri(s && t && *s == *t);
  const auto a = as_dim(left);
  const auto b = as_dim(right);
  if (a && b) {
    const auto x = evaluate(*a);
    const auto y = evaluate(*b);
    if (x && y) return tri(*x == *y);
    const Tri same = facts_.same(*a, *b);
    // Symbols are generic: inside a definition `x.shape[-1] == 1` is no for a size that nobody stated. What happens at
    // size 1 is asked on purpose, by runs at that size.
    if (same == Tri::unknown && here().in_framework && (dims_->is_number(*a, 1) || dims_->is_number(*b, 1))) {
      facts_.assume_different(*a, *b);
      return Tri::no;
    }
    return same;
  }
  const auto x = known_float(left);
  const auto y = known_float(right);
  if (x && y) return tri(*x == *y);
  if ((left.as<TupleV>() != nullptr || left.as<ListV>() != nullptr) &&
      (right.as<TupleV>() != nullptr || right.as<ListV>() != nullptr)) {
    const auto p = elements(left, {});
    const auto q = elements(right, {});
    if (!p || !q) return Tri::unknown;
    if (p->size() != q->size()) return Tri::no;
    // A list may hold itself, and what is shared is compared once per mention.
    if (halted() || recursion_ > kMaxRecursion || !spend({}, p->size())) return Tri::unknown;
    ++recursion_;
    Tri all = Tri::yes;
    for (std::size_t i = 0; i < p->size() && all != Tri::no; ++i) all = all & equal((*p)[i], (*q)[i]);
    --recursion_;
    return all;
  }
  const auto same_cell = [&](auto* p, auto* q) { return p != nullptr && q != nullptr && p->cell == q->cell; };
  if (same_cell(left.as<ObjectV>(), right.as<ObjectV>()) || same_cell(left.as<ClassV>(), right.as<ClassV>())) {
    return Tri::yes;
  }
  if (left.as<ClassV>() != nullptr && right.as<ClassV>() != nullptr) return Tri::no;
  if (left.as<ObjectV>() != nullptr && right.as<ObjectV>() != nullptr) {
    // Members of one enumeration are one object each.
    const auto flavor = [&](const Value& v) {
      const auto* type = heap().read<ObjectData>(v.as<ObjectV>()->cell).type.as<ClassV>();
      return type != nullptr ? heap().read<ClassData>(type->cell).flavor : ClassData::Flavor::plain;
    };
    if (flavor(left) == ClassData::Flavor::enumeration && flavor(right) == ClassData::Flavor::enumeration)
      return Tri::no;
  }
  if (const auto* p = left.as<ModuleV>()) {
    if (const auto* q = right.as<ModuleV>()) return tri(*p->path == *q->path);
  }
  if (const auto* p = left.as<FunctionV>()) {
    if (const auto* q = right.as<FunctionV>(); q != nullptr && p->function == q->function) return Tri::yes;
  }
  if (const auto* p = left.as<OpV>()) {
    if (const auto* q = right.as<OpV>()) return tri(p->op == q->op);
  }
  if (const auto* p = left.as<DictV>()) {
    if (const auto* q = right.as<DictV>()) {
      const DictData a_data = heap().read<DictData>(p->cell);
      const DictData b_data = heap().read<DictData>(q->cell);
      if (p->cell == q->cell) return Tri::yes;
      if (!a_data.complete || !b_data.complete) return Tri::unknown;
      if (a_data.items.empty() || b_data.items.empty()) return tri(a_data.items.size() == b_data.items.size());
      return Tri::unknown;
    }
  }
  if (const auto* p = left.as<BuiltinV>()) {
    if (const auto* q = right.as<BuiltinV>()) return tri(p->builtin == q->builtin);
  }
  // `type(x) == torch.Tensor`: what `type` says of a tensor stands for every framework's class, and of those that tell
  // tensors apart (a parameter's) nothing is known.
  const auto is_tensor_type = [](const BuiltinV* p) { return p != nullptr && p->builtin->name == "shapelint.Tensor"; };
  const auto same_type = [&](const ClassV& type) {
    return is_type_of_tensors(heap().read<ClassData>(type.cell).name) ? Tri::yes : Tri::unknown;
  };
  if (right.as<ClassV>() != nullptr && is_tensor_type(left.as<BuiltinV>())) return same_type(*right.as<ClassV>());
  if (left.as<ClassV>() != nullptr && is_tensor_type(right.as<BuiltinV>())) return same_type(*left.as<ClassV>());
  if (left.data.index() != right.data.index() && !(x || y || a || b)) return Tri::no;
  return Tri::unknown;
}

Value Run::compare(ast::CompareOp op, const Value& left, const Value& right, const Span& span, const Span& left_span,
                   const Span& right_span) {
  using enum ast::CompareOp;
  if (left.as<ObjectV>() != nullptr || right.as<ObjectV>() != nullptr) {
    if (auto done = object_compare(*this, op, left, right, span)) return *done;
  }
  if (op == is || op == is_not) {
    Tri same = Tri::unknown;
    if (left.is_unknown() || right.is_unknown()) same = Tri::unknown;
    else if (left.is_none() || right.is_none()) same = tri(left.is_none() && right.is_none());
    else if (left.as<bool>() != nullptr && right.as<bool>() != nullptr)
      same = tri(*left.as<bool>() == *right.as<bool>());
    else if (const auto* t = left.as<TensorV>(); t != nullptr && right.as<TensorV>() != nullptr) {
      same = tri(t->id == right.as<TensorV>()->id);
    } else if (const auto* object = left.as<ObjectV>(); object != nullptr && right.as<ObjectV>() != nullptr) {
      same = tri(object->cell == right.as<ObjectV>()->cell);
    } else same = this->equal(left, right);
    return from_tri(op == is ? same : !same, "an identity");
  }
  if (op == in || op == not_in) {
    Tri found = Tri::unknown;
    Claim claim{.kind = Claim::Kind::any};
    if (const auto* text = right.as<StrV>(); text != nullptr && left.as<StrV>() != nullptr) {
      if (text->exact && left.as<StrV>()->exact)
        found = tri(text->text->find(*left.as<StrV>()->text) != std::string::npos);
    } else if (const auto* dict = right.as<DictV>()) {
      const DictData& data = heap().read<DictData>(dict->cell);
      found = data.complete ? Tri::no : Tri::unknown;
      for (const auto& [key, value] : data.items) found = found | this->equal(left, key);
    } else if (const auto items = elements(right, span);
               items && !right.is_unknown() && right.as<TensorV>() == nullptr) {
      found = Tri::no;
      for (const Value& item : *items) {
        const Tri same = this->equal(left, item);
        if (same == Tri::unknown) claim.parts.push_back(equality_claim(left, item, span));
        found = found | same;
      }
    }
    const auto said = claim.parts.empty() ? nullptr : std::make_shared<const Claim>(std::move(claim));
    return with_claim(from_tri(op == in ? found : !found, "a membership"), op == in ? said : negated(said));
  }
  const bool tensors = left.as<TensorV>() != nullptr || right.as<TensorV>() != nullptr;
  const auto comparable = [&](const Value& v) {
    return v.as<TensorV>() != nullptr || v.as<double>() != nullptr || as_dim(v).has_value() || v.is_unknown() ||
           v.as<ListV>() != nullptr || v.as<TupleV>() != nullptr;
  };
  if (tensors && comparable(left) && comparable(right)) {
    const TensorId a = as_tensor(left, left_span);
    const TensorId b = as_tensor(right, right_span);
    return apply(op_name(op), {a, b}, {.span = span, .operands = {left_span, right_span}});
  }
  if (op == equal || op == not_equal) {
    const Tri same = this->equal(left, right);
    const auto said = same == Tri::unknown ? equality_claim(left, right, span) : nullptr;
    return with_claim(from_tri(op == equal ? same : !same, "a comparison"), op == equal ? said : negated(said));
  }
  const auto a = as_dim(left);
  const auto b = as_dim(right);
  if (a && b) {
    const auto p = evaluate(*a);
    const auto q = evaluate(*b);
    if (!p || !q) {
      const bool forward = op == less_equal || op == greater;
      const bool is_asked = op == less_equal || op == greater_equal;
      const Dim low = forward ? *a : *b;
      const Dim high = forward ? *b : *a;
      const Tri at_most = facts_.at_most(low, high);
      auto said = std::make_shared<const Claim>(Claim{.kind = Claim::Kind::at_most, .left = low, .right = high});
      return with_claim(from_tri(is_asked ? at_most : !at_most, "a comparison of sizes"),
                        is_asked ? said : negated(said));
    }
  }
  const auto x = known_float(left);
  const auto y = known_float(right);
  if (x && y) {
    if (op == less) return *x < *y;
    if (op == less_equal) return *x <= *y;
    if (op == greater) return *x > *y;
    return *x >= *y;
  }
  if (left.as<TupleV>() != nullptr && right.as<TupleV>() != nullptr) {
    // By the first elements that differ, as versions are compared.
    const ValueList& p = *left.as<TupleV>()->items;
    const ValueList& q = *right.as<TupleV>()->items;
    for (std::size_t i = 0; i < p.size() && i < q.size(); ++i) {
      const Tri same = this->equal(p[i], q[i]);
      if (same == Tri::no) return compare(op, p[i], q[i], span, left_span, right_span);
      if (same == Tri::unknown) return make_unknown("a comparison is not known");
    }
    if (p.size() == q.size()) return op == less_equal || op == greater_equal;
    return (p.size() < q.size()) == (op == less || op == less_equal);
  }
  const auto* s = left.as<StrV>();
  const auto* t = right.as<StrV>();
  if (s != nullptr && t != nullptr && s->exact && t->exact) {
    const int order = s->text->compare(*t->text);
    return op == less ? order < 0 : op == less_equal ? order <= 0 : op == greater ? order > 0 : order >= 0;
  }
  return make_unknown("a comparison is not known");
}

}  // namespace shapelint
