// Expressions: literals, names, and the truth, size and text of values.
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

Value Run::eval(ast::ExprId id) {
  if (!id.valid()) return NoneV{};
  if (halted()) return make_unknown("the path ended before");
  const ast::Expr& expr = here().module->expr(id);
  if (!spend(expr.span)) return make_unknown("the step budget is spent");
  if (recursion_ > kMaxRecursion) return unknown(expr.span, "nested too deeply to follow");
  ++recursion_;
  Value value = current(eval_uncounted(expr));
  --recursion_;
  const auto* made = value.as<TensorV>();
  met_unknown_ = met_unknown_ || value.is_unknown() || (made != nullptr && !tensor(made->id).shape);
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
          const auto open = std::ranges::find(input_->open_numbers, span, &std::pair<Span, Dim>::first);
          Value value = IntV{open != input_->open_numbers.end() ? open->second : dims_->number(node.value)};
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
          Claim claim{.kind = node.is_and ? Claim::Kind::all : Claim::Kind::any};
          for (std::size_t i = 0; i < node.operands.size(); ++i) {
            Value next = eval(node.operands[i]);
            const Tri holds = truth(next);
            const bool is_first = i == 0 || truth(value) != Tri::unknown;  // what is before it has no say
            // `flag and False` is as false as `False and flag`; which of the two values comes back is another matter.
            if (holds == (node.is_and ? Tri::no : Tri::yes)) {
              if (is_first || node.is_and) return next;
              return with_claim(join(value, next, span),
                                std::make_shared<const Claim>(Claim{.kind = Claim::Kind::certain}));
            }
            if (holds == Tri::unknown) claim.parts.push_back(claim_of(next));
            value = is_first ? std::move(next) : join(value, next, span);
          }
          return with_claim(std::move(value), std::make_shared<const Claim>(std::move(claim)));
        } else if constexpr (std::is_same_v<T, ast::Compare>) {
          Value left = eval(node.operands[0]);
          Value result = true;
          Claim claim{.kind = Claim::Kind::all};
          for (std::size_t i = 0; i < node.ops.size(); ++i) {
            const Value right = eval(node.operands[i + 1]);
            const Value one = compare(node.ops[i], left, right, span, here().module->expr(node.operands[i]).span,
                                      here().module->expr(node.operands[i + 1]).span);
            if (node.ops.size() == 1) return one;
            const Tri t = truth(one);
            if (t == Tri::no) return false;
            if (t == Tri::unknown) {
              result = make_unknown("a comparison is not known");
              claim.parts.push_back(claim_of(one));
            }
            left = right;
          }
          return with_claim(std::move(result), std::make_shared<const Claim>(std::move(claim)));
        } else if constexpr (std::is_same_v<T, ast::Conditional>) {
          const Value condition = eval(node.condition);
          const Tri t = truth(condition);
          if (t == Tri::yes) return eval(node.then);
          if (t == Tri::no) return eval(node.otherwise);
          if (const auto taken = decide(here().module->expr(node.condition).span)) {
            learn(claim_of(condition), *taken);
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
          std::map<std::string, std::size_t> places;
          // The last value of a key counts: `{**defaults, "reduction": "none"}`.
          const auto put = [&](const Value& key, const Value& value) {
            const auto* text = key.as<StrV>();
            if (text != nullptr && text->text && text->exact) {
              const auto [place, is_new] = places.emplace(*text->text, dict.items.size());
              if (!is_new) {
                dict.items[place->second].second = value;
                return;
              }
            }
            dict.items.emplace_back(key, value);
          };
          for (std::size_t i = 0; i < node.keys.size(); ++i) {
            const Value value = eval(node.values[i]);
            const Value* held = native_of(*this, value);
            if (node.keys[i].valid()) {
              put(eval(node.keys[i]), value);
            } else if (const auto* other = held != nullptr ? held->as<DictV>() : value.as<DictV>()) {
              const DictData from = heap().read<DictData>(other->cell);
              for (const auto& [key, item] : from.items) put(key, item);
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
        } else if constexpr (std::is_same_v<T, UnknownV>) {
          return v.claim != nullptr && v.claim->kind == Claim::Kind::certain ? Tri::yes : Tri::unknown;
        } else if constexpr (std::is_same_v<T, SequenceV> || std::is_same_v<T, RangeV>) {
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

}  // namespace shapelint
