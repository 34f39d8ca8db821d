// Expressions: literals, names, operators, subscripts and comprehensions.
#include <cmath>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {
namespace {

// Nested evaluations; bounds the C++ stack (about 2 KB a level in release, 10 KB under sanitizers).
constexpr int kMaxRecursion = 1800;
constexpr std::size_t kMaxText = 100'000;

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

Value Run::eval(ast::ExprId id) {
  if (!id.valid()) return NoneV{};
  if (halted()) return make_unknown("the path ended before");
  const ast::Expr& expr = here().module->expr(id);
  if (!spend(expr.span)) return make_unknown("the step budget is spent");
  if (recursion_ > kMaxRecursion) return unknown(expr.span, "nested too deeply to follow");
  ++recursion_;
  Value value = current(eval_uncounted(expr));
  --recursion_;
  record_expr(expr, value);
  return value;
}

void Run::record_expr(const ast::Expr& expr, const Value& value) {
  if (here().in_framework || halted()) return;
  const auto* t = value.as<TensorV>();
  if (t == nullptr || tensor(t->id).is_number) return;
  trace_.exprs.push_back({expr.span, here().frame, t->id});
}

Value Run::eval_uncounted(const ast::Expr& expr) {
  const Span& span = expr.span;
  return std::visit(
      [&](const auto& node) -> Value {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, ast::NoneLiteral>) {
          return NoneV{};
        } else if constexpr (std::is_same_v<T, ast::EllipsisLiteral>) {
          return EllipsisV{};
        } else if constexpr (std::is_same_v<T, ast::BoolLiteral>) {
          return node.value;
        } else if constexpr (std::is_same_v<T, ast::IntLiteral>) {
          Value value = IntV{dims_->number(node.value)};
          value.origin = span;
          return value;
        } else if constexpr (std::is_same_v<T, ast::FloatLiteral>) {
          return node.value;
        } else if constexpr (std::is_same_v<T, ast::StringLiteral>) {
          return make_str(node.value);
        } else if constexpr (std::is_same_v<T, ast::FormatString>) {
          std::string text;
          bool exact = node.exact;
          for (const ast::ExprId part : node.parts) {
            const Value value = eval(part);
            const auto written = python_text(value);
            exact = exact && written.has_value();
            text += written ? *written : show(value);
          }
          if (text.size() > kMaxText) return unknown(span, fmt::format("text longer than {} bytes", kMaxText));
          return make_str(std::move(text), exact);
        } else if constexpr (std::is_same_v<T, ast::Name>) {
          return lookup(node.id, span);
        } else if constexpr (std::is_same_v<T, ast::Attribute>) {
          return attribute(eval(node.value), node.name, span);
        } else if constexpr (std::is_same_v<T, ast::Subscript>) {
          const Value value = eval(node.value);
          const Value index = eval_index(node.index);
          return subscript(value, index, span, here().module->expr(node.value).span);
        } else if constexpr (std::is_same_v<T, ast::SliceExpr>) {
          return SliceV{std::make_shared<const std::array<Value, 3>>(
              std::array<Value, 3>{eval(node.lower), eval(node.upper), eval(node.step)})};
        } else if constexpr (std::is_same_v<T, ast::Call>) {
          return eval_call(node, span);
        } else if constexpr (std::is_same_v<T, ast::Unary>) {
          return unary(node.op, eval(node.operand), span, here().module->expr(node.operand).span);
        } else if constexpr (std::is_same_v<T, ast::Binary>) {
          // `a + b + c + ...` leans to the left; walk down without recursion, then come back up.
          std::vector<const ast::Expr*> chain{&expr};
          ast::ExprId leftmost = node.left;
          while (const auto* inner = std::get_if<ast::Binary>(&here().module->expr(leftmost).node)) {
            chain.push_back(&here().module->expr(leftmost));
            leftmost = inner->left;
          }
          Value left = eval(leftmost);
          Span left_span = here().module->expr(leftmost).span;
          for (std::size_t i = chain.size(); i-- > 0;) {
            const auto& step = std::get<ast::Binary>(chain[i]->node);
            const Value right = eval(step.right);
            left = binary(step.op, left, right, chain[i]->span, left_span, here().module->expr(step.right).span);
            if (i > 0) record_expr(*chain[i], left);
            left_span = chain[i]->span;
          }
          return left;
        } else if constexpr (std::is_same_v<T, ast::Logical>) {
          Value value;
          for (std::size_t i = 0; i < node.operands.size(); ++i) {
            Value next = eval(node.operands[i]);
            value = i == 0 ? next : value;
            if (i > 0) value = truth(value) == Tri::unknown ? join(value, next, span) : next;
            const Tri t = truth(value);
            if (t == (node.is_and ? Tri::no : Tri::yes)) return value;
          }
          return value;
        } else if constexpr (std::is_same_v<T, ast::Compare>) {
          Value left = eval(node.operands[0]);
          Value result = true;
          for (std::size_t i = 0; i < node.ops.size(); ++i) {
            const Value right = eval(node.operands[i + 1]);
            const Value one = compare(node.ops[i], left, right, span, here().module->expr(node.operands[i]).span,
                                      here().module->expr(node.operands[i + 1]).span);
            if (node.ops.size() == 1) return one;
            const Tri t = truth(one);
            if (t == Tri::no) return false;
            if (t == Tri::unknown) result = make_unknown("a comparison is not known");
            left = right;
          }
          return result;
        } else if constexpr (std::is_same_v<T, ast::Conditional>) {
          const Value condition = eval(node.condition);
          const Tri t = truth(condition);
          if (t == Tri::yes) return eval(node.then);
          if (t == Tri::no) return eval(node.otherwise);
          if (const auto taken = decide(here().module->expr(node.condition).span)) {
            refine(node.condition, *taken);
            return eval(*taken ? node.then : node.otherwise);
          }
          const Value then = eval(node.then);
          if (halted()) {
            // A raise on one side prunes it.
            if (flow_ != Flow::raised) return then;
            flow_ = Flow::normal;
            return eval(node.otherwise);
          }
          const Value otherwise = eval(node.otherwise);
          if (flow_ == Flow::raised) {
            flow_ = Flow::normal;
            return then;
          }
          return join(then, otherwise, span);
        } else if constexpr (std::is_same_v<T, ast::Lambda>) {
          return make_function(node.function, "<lambda>");
        } else if constexpr (std::is_same_v<T, ast::TupleExpr> || std::is_same_v<T, ast::ListExpr> ||
                             std::is_same_v<T, ast::SetExpr>) {
          ValueList items;
          for (const ast::ExprId item : node.items) {
            if (const auto* star = std::get_if<ast::Starred>(&here().module->expr(item).node)) {
              const Value spread = eval(star->value);
              const auto parts = elements(spread, here().module->expr(item).span);
              if (!parts) return unknown(span, "it is built from a sequence of unknown length");
              items.insert(items.end(), parts->begin(), parts->end());
            } else {
              items.push_back(eval(item));
            }
          }
          if constexpr (std::is_same_v<T, ast::TupleExpr>) return make_tuple(std::move(items));
          if constexpr (std::is_same_v<T, ast::SetExpr>)
            return ListV{heap().make(ListData{.items = without_repeats(*this, items), .is_set = true})};
          return ListV{heap().make(ListData{std::move(items)})};
        } else if constexpr (std::is_same_v<T, ast::DictExpr>) {
          DictData dict;
          for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const Value value = eval(node.values[i]);
            const Value* held = native_of(*this, value);
            if (node.keys[i].valid()) {
              dict.items.emplace_back(eval(node.keys[i]), value);
            } else if (const auto* other = held != nullptr ? held->as<DictV>() : value.as<DictV>()) {
              const DictData& from = heap().read<DictData>(other->cell);
              dict.items.insert(dict.items.end(), from.items.begin(), from.items.end());
              dict.complete = dict.complete && from.complete;
            } else {
              dict.complete = false;
            }
          }
          return DictV{heap().make(std::move(dict))};
        } else if constexpr (std::is_same_v<T, ast::Comprehension>) {
          return eval_comprehension(node, span);
        } else if constexpr (std::is_same_v<T, ast::Starred>) {
          return unknown(span, "a star stands where none can be followed");
        } else if constexpr (std::is_same_v<T, ast::Walrus>) {
          Value value = eval(node.value);
          bind(node.name, value);
          return value;
        } else if constexpr (std::is_same_v<T, ast::Yield>) {
          Value value = eval(node.value);
          if (halted()) return value;
          if (joins_ > here().joins_at_start) here().yields_certain = false;
          if (!node.from) {
            here().yielded.push_back(std::move(value));
          } else if (const auto items = elements(value, span)) {
            here().yielded.insert(here().yielded.end(), items->begin(), items->end());
          } else {
            here().yields_certain = false;
            here().yielded.push_back(any_element(value, span));
          }
          return NoneV{};  // what `send` would give
        } else {
          static_assert(std::is_same_v<T, ast::UnknownExpr>);
          return unknown(span, node.reason);
        }
      },
      expr.node);
}

Value Run::eval_index(ast::ExprId id) {
  // The inside of brackets: several items are a tuple of items.
  return eval(id);
}

Tri Run::truth(const Value& value) {
  return std::visit(
      [&](const auto& v) -> Tri {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, NoneV>) return Tri::no;
        else if constexpr (std::is_same_v<T, bool>) return tri(v);
        else if constexpr (std::is_same_v<T, double>) return tri(v != 0.0);
        else if constexpr (std::is_same_v<T, IntV>) {
          if (const auto known = evaluate(v.dim)) return tri(*known != 0);
          return !facts_.same(v.dim, dims_->number(0));
        } else if constexpr (std::is_same_v<T, StrV>) return v.exact ? tri(!v.text->empty()) : Tri::unknown;
        else if constexpr (std::is_same_v<T, TupleV>) return tri(!v.items->empty());
        else if constexpr (std::is_same_v<T, ListV>) {
          const ListData& list = heap().template read<ListData>(v.cell);
          if (!list.generic) return tri(!list.items.empty());
          return facts_.at_most(dims_->number(1), *list.length);
        } else if constexpr (std::is_same_v<T, DictV>) {
          const DictData& dict = heap().template read<DictData>(v.cell);
          return !dict.items.empty() ? Tri::yes : dict.complete ? Tri::no : Tri::unknown;
        } else if constexpr (std::is_same_v<T, TensorV>) {
          const auto known = item(v.id);
          return known ? tri(*known != 0.0) : Tri::unknown;
        } else if constexpr (std::is_same_v<T, UnknownV> || std::is_same_v<T, SequenceV> || std::is_same_v<T, RangeV>) {
          return Tri::unknown;
        } else if constexpr (std::is_same_v<T, ObjectV>) {
          for (const char* name : {"__bool__", "__len__"}) {
            if (const auto method = special_method(*this, value, name, {}))
              return truth(call_with(*this, *method, {}, {}));
          }
          const Value* held = native_of(*this, value);
          return held != nullptr ? truth(Value(*held)) : Tri::yes;
        } else {
          return Tri::yes;
        }
      },
      value.data);
}

std::optional<Dim> Run::as_dim(const Value& value) {
  if (const auto* i = value.as<IntV>()) return facts_.resolve(i->dim);
  if (const auto* b = value.as<bool>()) return dims_->number(*b ? 1 : 0);
  // A whole number that went through a tensor (`tf.shape(x)[0]`) or a float.
  if (const auto* t = value.as<TensorV>()) {
    if (is_integer(tensor(t->id).dtype)) {
      if (const auto known = item(t->id)) return dims_->number(static_cast<std::int64_t>(*known));
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Run::known_int(const Value& value) {
  if (const auto dim = as_dim(value)) return evaluate(*dim);
  return std::nullopt;
}

std::optional<double> Run::known_float(const Value& value) {
  if (const auto* d = value.as<double>()) return *d;
  if (const auto whole = known_int(value)) return static_cast<double>(*whole);
  if (const auto* t = value.as<TensorV>()) return item(t->id);
  return std::nullopt;
}

std::optional<std::string> Run::python_text(const Value& value) {
  if (value.is_none()) return "None";
  if (const auto* b = value.as<bool>()) return *b ? "True" : "False";
  if (const auto* s = value.as<StrV>()) return s->exact ? std::optional(*s->text) : std::nullopt;
  if (const auto* d = value.as<double>()) {
    std::string text = fmt::format("{}", *d);
    if (text.find_first_of(".en") == std::string::npos) text += ".0";
    return text;
  }
  if (value.as<IntV>() != nullptr) {
    if (const auto whole = known_int(value)) return std::to_string(*whole);
  }
  return std::nullopt;
}

std::string Run::show(const Value& value, int depth) {
  return std::visit(
      [&](const auto& v) -> std::string {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, NoneV>) return "None";
        else if constexpr (std::is_same_v<T, EllipsisV>) return "...";
        else if constexpr (std::is_same_v<T, bool>) return v ? "True" : "False";
        else if constexpr (std::is_same_v<T, IntV>) return dims_->print(facts_.resolve(v.dim));
        else if constexpr (std::is_same_v<T, double>) return fmt::format("{}", v);
        else if constexpr (std::is_same_v<T, StrV>) return *v.text;
        else if constexpr (std::is_same_v<T, TupleV>) {
          // Tuples share their parts: what is written out can be exponentially longer than what is held.
          if (depth > 2) return "a tuple";
          std::string out = "(";
          for (std::size_t i = 0; i < v.items->size() && i < 8; ++i) {
            out += (i > 0 ? ", " : "") + show((*v.items)[i], depth + 1);
          }
          return out + (v.items->size() == 1 ? ",)" : ")");
        } else if constexpr (std::is_same_v<T, ListV>) return "a list";
        else if constexpr (std::is_same_v<T, DictV>) return "a dict";
        else if constexpr (std::is_same_v<T, SliceV>) return "a slice";
        else if constexpr (std::is_same_v<T, RangeV>) return "a range";
        else if constexpr (std::is_same_v<T, SequenceV>) return "a sequence";
        else if constexpr (std::is_same_v<T, FunctionV>) return "function " + v.function->qualname;
        else if constexpr (std::is_same_v<T, BoundV>) return "a bound function";
        else if constexpr (std::is_same_v<T, ClassV>) return "class " + heap().template read<ClassData>(v.cell).name;
        else if constexpr (std::is_same_v<T, ObjectV>) {
          const Value& type = heap().template read<ObjectData>(v.cell).type;
          const auto* c = type.template as<ClassV>();
          return c != nullptr ? "an object of " + heap().template read<ClassData>(c->cell).name : "an object";
        } else if constexpr (std::is_same_v<T, SuperV>) return "super()";
        else if constexpr (std::is_same_v<T, ModuleV>) return "module " + *v.path;
        else if constexpr (std::is_same_v<T, TensorV>) {
          const Tensor& t = tensor(v.id);
          return t.shape ? "a tensor " + shapelint::show(facts_.resolve(*t.shape), *dims_)
                         : "a tensor of unknown shape";
        } else if constexpr (std::is_same_v<T, DTypeV>) return std::string(name(v.dtype));
        else if constexpr (std::is_same_v<T, OpV>) return "op " + std::string(v.op->name);
        else if constexpr (std::is_same_v<T, BuiltinV>) return "builtin " + std::string(v.builtin->name);
        else if constexpr (std::is_same_v<T, MemberV>) return "method " + *v.name;
        else if constexpr (std::is_same_v<T, DescriptorV>) return "a descriptor";
        else return "an unknown value";
      },
      value.data);
}

// ---- operators ---------------------------------------------------------------------------------------------------

Value Run::unary(ast::UnaryOp op, const Value& operand, const Span& span, const Span& operand_span) {
  if (op == ast::UnaryOp::logical_not) return from_tri(!truth(operand), "a condition");
  if (operand.as<ObjectV>() != nullptr) {
    if (auto done = object_unary(*this, op, operand, span)) return *done;
  }
  if (operand.is_unknown()) return operand;
  if (operand.as<TensorV>() != nullptr) {
    if (op == ast::UnaryOp::positive) return operand;
    const auto id = as_tensor(operand, operand_span);
    return apply(op == ast::UnaryOp::negative ? "neg" : "logical_not", {id},
                 {.span = span, .operands = {operand_span}});
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

Value Run::binary(ast::BinaryOp op, const Value& left, const Value& right, const Span& span, const Span& left_span,
                  const Span& right_span) {
  if (halted()) return make_unknown("the path ended before");
  const bool tensors = left.as<TensorV>() != nullptr || right.as<TensorV>() != nullptr;
  if (!tensors) {
    if (left.is_unknown()) return left;
    if (right.is_unknown()) return right;
  }
  if (left.as<ObjectV>() != nullptr || right.as<ObjectV>() != nullptr) {
    if (auto done = object_binary(*this, op, left, right, span)) return *done;
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
    if (op_name(op).empty()) return unknown(span, "bit shifts of tensors are not followed");
    const TensorId a = as_tensor(left, left_span);
    const TensorId b = as_tensor(right, right_span);
    return apply(op_name(op), {a, b}, {.span = span, .operands = {left_span, right_span}});
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
  const auto text = [](const Value& v) -> std::optional<std::string> {
    if (const auto* s = v.as<StrV>()) return *s->text;
    if (const auto* d = v.as<DTypeV>()) return std::string(name(d->dtype));
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
    } else same = this->equal(left, right);
    return from_tri(op == is ? same : !same, "an identity");
  }
  if (op == in || op == not_in) {
    Tri found = Tri::unknown;
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
      for (const Value& item : *items) found = found | this->equal(left, item);
    }
    return from_tri(op == in ? found : !found, "a membership");
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
    return from_tri(op == equal ? same : !same, "a comparison");
  }
  const auto a = as_dim(left);
  const auto b = as_dim(right);
  if (a && b) {
    const auto p = evaluate(*a);
    const auto q = evaluate(*b);
    if (!p || !q) {
      const Tri at_most = op == less_equal || op == greater ? facts_.at_most(*a, *b) : facts_.at_most(*b, *a);
      return from_tri(op == less_equal || op == greater_equal ? at_most : !at_most, "a comparison of sizes");
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

// ---- subscripts --------------------------------------------------------------------------------------------------

Value Run::subscript(const Value& value, const Value& index, const Span& span, const Span& value_span) {
  if (halted() || value.is_unknown()) return value;
  if (const auto* t = value.as<TensorV>()) return subscript_tensor(current(t->id), index, span, value_span);
  if (const auto* dict = value.as<DictV>()) {
    const DictData& data = heap().read<DictData>(dict->cell);
    Tri some = Tri::no;
    for (std::size_t i = data.items.size(); i-- > 0;) {
      const Tri same = equal(index, data.items[i].first);
      if (same == Tri::yes) return data.items[i].second;
      some = some | same;
    }
    if (some == Tri::unknown && !data.items.empty()) {
      Value any = data.items[0].second;
      for (std::size_t i = 1; i < data.items.size(); ++i) any = join(any, data.items[i].second, span);
      return any;
    }
    if (data.complete && some == Tri::no && !data.factory.is_none()) {
      Value made = call_with(*this, Value(data.factory), {}, span);
      set_item(*this, *dict, index, made);
      return made;
    }
    if (data.complete && some == Tri::no) return raise(span, fmt::format("KeyError: {}", show(index)));
    return unknown(span, fmt::format("the key {} is not known", show(index)));
  }
  if (value.as<TupleV>() != nullptr || value.as<ListV>() != nullptr || value.as<StrV>() != nullptr ||
      value.as<RangeV>() != nullptr) {
    if (const auto* text = value.as<StrV>()) {
      if (!text->exact) return make_str("", false);
      const Value letters = subscript(make_tuple(*elements(value, span)), index, span, value_span);
      if (letters.as<TupleV>() == nullptr) return letters;
      std::string out;
      for (const Value& letter : *letters.as<TupleV>()->items) out += *letter.as<StrV>()->text;
      return make_str(std::move(out));
    }
    const auto items = elements(value, span);
    if (const auto sequence = items ? std::nullopt : as_sequence(value, span)) {
      if (index.as<SliceV>() == nullptr) return value.as<RangeV>() != nullptr ? index : *sequence->element;
      return SequenceV{sequence->element, unknown_length({sequence->length}), sequence->inner};
    }
    if (!items) return unknown(span, "an element of a sequence of unknown length");
    const auto count = static_cast<std::int64_t>(items->size());
    if (const auto* slice = index.as<SliceV>()) {
      const auto bound = [&](std::size_t i) { return known_int((*slice->parts)[i]); };
      for (std::size_t i = 0; i < 3; ++i) {
        if (!(*slice->parts)[i].is_none() && !bound(i)) return unknown(span, "a slice whose bounds are not known");
      }
      const std::int64_t step = bound(2).value_or(1);
      if (step == 0) return raise(span, "slice step cannot be zero");
      const auto clamp = [&](std::optional<std::int64_t> at, std::int64_t missing) {
        if (!at) return missing;
        const std::int64_t i = *at < 0 ? *at + count : *at;
        return step > 0 ? std::clamp<std::int64_t>(i, 0, count) : std::clamp<std::int64_t>(i, -1, count - 1);
      };
      ValueList out;
      const std::int64_t stop = clamp(bound(1), step > 0 ? count : -1);
      for (std::int64_t i = clamp(bound(0), step > 0 ? 0 : count - 1); step > 0 ? i < stop : i > stop; i += step) {
        out.push_back((*items)[static_cast<std::size_t>(i)]);
      }
      if (value.as<ListV>() != nullptr) return ListV{heap().make(ListData{std::move(out)})};
      return make_tuple(std::move(out));
    }
    if (const auto at = known_int(index)) {
      const std::int64_t i = *at < 0 ? *at + count : *at;
      if (i < 0 || i >= count) {
        const auto* tuple = value.as<TupleV>();
        const auto of = tuple != nullptr ? shapes_of_.find(tuple->items.get()) : shapes_of_.end();
        if (of == shapes_of_.end()) return raise(span, fmt::format("IndexError: {} of {} elements", *at, count));
        // The size of an axis that a tensor has not.
        return conflict(
            span,
            {"axis.C1", fmt::format("axis {} is asked for, but {} has {} axes", *at, show(TensorV{of->second}), count)},
            {of->second});
      }
      return (*items)[static_cast<std::size_t>(i)];
    }
    if (!items->empty() && items->size() <= 64) {
      Value any = (*items)[0];
      for (std::size_t i = 1; i < items->size(); ++i) any = join(any, (*items)[i], span);
      return any;
    }
    return unknown(span, "an element whose position is not known");
  }
  if (const auto* sequence = value.as<SequenceV>()) {
    if (index.as<SliceV>() != nullptr) {
      return SequenceV{sequence->element, unknown_length({sequence->length}), sequence->inner};
    }
    return *sequence->element;
  }
  if (value.as<BuiltinV>() != nullptr) return value;  // `list[int]`
  if (value.as<ObjectV>() != nullptr || value.as<ClassV>() != nullptr) {
    if (auto done = object_subscript(*this, value, index, span)) return *done;
  }
  if (const auto* module = value.as<ModuleV>(); module != nullptr && index.as<StrV>() != nullptr)
    return attribute(value, *index.as<StrV>()->text, span);  // `globals()["name"]`
  return unknown(span, fmt::format("{} is indexed", show(value)));
}

std::optional<ValueList> Run::elements(const Value& value, const Span& span) {
  // Copying is work: sequences that double in a loop end with the budget, not with the memory.
  const auto copied = [&](const ValueList& items) -> ValueList {
    return items.size() > 16 && !spend(span, items.size() / 2) ? ValueList{} : items;
  };
  if (const auto* tuple = value.as<TupleV>()) return copied(*tuple->items);
  if (const auto* list = value.as<ListV>()) {
    const ListData& data = heap().read<ListData>(list->cell);
    if (data.generic) return std::nullopt;
    return copied(data.items);
  }
  if (const auto* dict = value.as<DictV>()) {
    const DictData& data = heap().read<DictData>(dict->cell);
    if (!data.complete) return std::nullopt;
    ValueList keys;
    for (const auto& [key, item] : data.items) keys.push_back(key);
    return keys;
  }
  if (const Value* held = native_of(*this, value)) return elements(Value(*held), span);
  if (const auto* type = value.as<ClassV>()) {
    const ClassData& data = heap().read<ClassData>(type->cell);
    if (data.flavor != ClassData::Flavor::enumeration) return std::nullopt;
    ValueList members;
    for (const std::string& name : data.fields) members.push_back(data.members.find(name)->second);
    return members;
  }
  if (const auto* text = value.as<StrV>()) {
    if (!text->exact) return std::nullopt;
    ValueList letters;
    for (const char c : *text->text) letters.push_back(make_str(std::string(1, c)));
    return letters;
  }
  const auto limit = static_cast<std::int64_t>(input_->budget.iterations);
  if (const auto* range = value.as<RangeV>()) {
    const auto start = evaluate(facts_.resolve(range->start));
    const auto stop = evaluate(facts_.resolve(range->stop));
    const auto step = evaluate(facts_.resolve(range->step));
    if (!start || !stop || !step || *step == 0) return std::nullopt;
    const double count =
        std::ceil((static_cast<double>(*stop) - static_cast<double>(*start)) / static_cast<double>(*step));
    if (count > static_cast<double>(limit)) {
      if (!here().in_framework)
        note_unknown(span, fmt::format("a range of more than {} elements is not unrolled", limit));
      return std::nullopt;
    }
    ValueList out;
    for (std::int64_t i = *start; *step > 0 ? i < *stop : i > *stop;) {
      out.push_back(IntV{dims_->number(i)});
      if (__builtin_add_overflow(i, *step, &i)) break;
    }
    return out;
  }
  if (const auto* t = value.as<TensorV>()) {
    const Tensor& whole = tensor(t->id);
    if (!whole.shape || whole.shape->empty()) return std::nullopt;
    const auto count = evaluate(facts_.resolve((*whole.shape)[0]));
    if (!count || *count > limit) return std::nullopt;
    ValueList out;
    // One sample of an evaluation each.
    const bool samples = goes_over_samples(whole.shape->front());
    if (samples) ++batch_loops_;
    for (std::int64_t i = 0; i < *count && !halted(); ++i) {
      out.push_back(subscript(value, IntV{dims_->number(i)}, span, span));
    }
    if (samples) --batch_loops_;
    return out;
  }
  if (value.as<ObjectV>() != nullptr) {
    if (const auto method = special_method(*this, value, "__iter__", span)) {
      const Value made = call(*method, {}, span, span);
      if (made.as<ObjectV>() == nullptr) return elements(made, span);
    }
  }
  return std::nullopt;
}

Value Run::any_element(const Value& value, const Span& span) {
  if (const auto sequence = as_sequence(value, span)) return *sequence->element;
  if (const auto* t = value.as<TensorV>()) {
    return TensorV{unknown_tensor(span, "an element of a tensor of unknown shape", {t->id})};
  }
  if (value.as<ListV>() != nullptr) return make_unknown("an element of a list of which nothing is known");
  if (value.is_unknown()) return value;
  return unknown(span, fmt::format("{} is iterated", show(value)));
}

// ---- comprehensions ----------------------------------------------------------------------------------------------

struct Run::Collected {
  ValueList items;
  std::vector<std::pair<Value, Value>> pairs;
  bool generic = false;         ///< an item may stand for several
  bool exact = true;            ///< `length` is right
  std::optional<Dim> length{};  ///< the number of items, perhaps symbolic
  Dim weight;                   ///< how many times the clauses around are run
  SymbolId inner;
};

Value Run::eval_comprehension(const ast::Comprehension& node, const Span& span) {
  ScopeData scope;
  scope.has_parent = true;
  scope.parent = here().scope;
  const HeapId outer = here().scope;
  here().scope = heap().make(std::move(scope));
  Collected out;
  out.weight = dims_->number(1);
  out.inner = dims_->next_symbol();
  comprehension_clause(node, 0, span, out);
  here().scope = outer;
  if (node.kind == ast::ComprehensionKind::dict) {
    return DictV{heap().make(DictData{std::move(out.pairs), !out.generic})};
  }
  const Dim zero = dims_->number(0);
  ListData list{.items = std::move(out.items)};
  if (node.kind == ast::ComprehensionKind::set && !out.generic && !out.length)
    return ListV{heap().make(ListData{.items = without_repeats(*this, list.items), .is_set = true})};
  if (out.generic) {
    if (list.items.empty()) return unknown(span, "a comprehension over a sequence of unknown length");
    Value any = list.items[0];
    for (std::size_t i = 1; i < list.items.size(); ++i) any = join(any, list.items[i], span);
    list.items = {std::move(any)};
    list.length = out.exact ? out.length.value_or(zero) : unknown_length({out.length});
    list.generic = true;
    list.inner = out.inner;
  } else if (out.length && !dims_->constant(*out.length)) {
    // An evaluation: the items are there, and what they count is kept.
    const auto count = static_cast<std::int64_t>(list.items.size());
    list.length = out.exact && evaluate(*out.length) == count ? *out.length : unknown_length({out.length});
    if (list.length != out.length) learn_size(*list.length, count);
  }
  return ListV{heap().make(std::move(list))};
}

void Run::comprehension_clause(const ast::Comprehension& node, std::size_t clause, const Span& span, Collected& out) {
  if (halted()) return;
  if (clause == node.clauses.size()) {
    Value element = eval(node.element);
    if (node.kind == ast::ComprehensionKind::dict) out.pairs.emplace_back(std::move(element), eval(node.value));
    else out.items.push_back(std::move(element));
    return;
  }
  const ast::Clause& part = node.clauses[clause];
  const Value iterable = eval(part.iterable);
  const Span iterable_span = here().module->expr(part.iterable).span;
  const bool last = clause + 1 == node.clauses.size();
  const auto one = [&](const Value& element) {
    assign(part.target, element);
    for (const ast::ExprId condition : part.conditions) {
      const Tri t = truth(eval(condition));
      if (t == Tri::no) return false;
      if (t == Tri::unknown) {
        out.generic = true;
        out.exact = false;
      }
    }
    comprehension_clause(node, clause + 1, span, out);
    return true;
  };
  const auto counted = [&](Dim rounds) {
    if (!last) return;
    const Dim all = dims_->mul(out.weight, rounds);
    out.length = out.length ? dims_->add(*out.length, all) : all;
  };
  if (const auto items = elements(iterable, iterable_span)) {
    const auto length = length_of(iterable);
    const bool samples = goes_over_samples(length);
    if (samples) ++batch_loops_;
    std::int64_t kept = 0;
    for (const Value& element : *items) {
      if (one(element)) ++kept;
      if (halted()) break;
    }
    if (samples) --batch_loops_;
    const bool all = kept == static_cast<std::int64_t>(items->size());
    counted(samples && all ? *length : dims_->number(kept));
    if (samples && !all && last) out.exact = false;
    return;
  }
  out.generic = true;
  const auto sequence = as_sequence(iterable, iterable_span);
  if (!sequence) out.exact = false;
  const Dim weight = out.weight;
  if (sequence) counted(sequence->length);
  if (sequence) out.weight = dims_->mul(weight, sequence->length);
  one(sequence ? *sequence->element : any_element(iterable, iterable_span));
  out.weight = weight;
}

}  // namespace shapelint
