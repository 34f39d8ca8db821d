// Expressions. Chains that lean to the left (`a + b + c`, `a.b(c)[d]`) are walked with a loop; everything else
// recurses, at most kMaxNesting deep.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/language/literals.h"
#include "lib/language/lower.h"

namespace shapelint {
using namespace ast;

namespace {

std::optional<BinaryOp> binary_op(std::string_view text) {
  static constexpr std::pair<std::string_view, BinaryOp> kOps[] = {
      {"+", BinaryOp::add},         {"-", BinaryOp::sub},    {"*", BinaryOp::mul},     {"/", BinaryOp::div},
      {"//", BinaryOp::floordiv},   {"%", BinaryOp::mod},    {"**", BinaryOp::pow},    {"@", BinaryOp::matmul},
      {"&", BinaryOp::bit_and},     {"|", BinaryOp::bit_or}, {"^", BinaryOp::bit_xor}, {"<<", BinaryOp::shift_left},
      {">>", BinaryOp::shift_right}};
  for (const auto& [name, op] : kOps)
    if (name == text) return op;
  return std::nullopt;
}

std::optional<CompareOp> compare_op(std::string_view text) {
  static constexpr std::pair<std::string_view, CompareOp> kOps[] = {
      {"==", CompareOp::equal},         {"!=", CompareOp::not_equal},  {"<>", CompareOp::not_equal},
      {"<", CompareOp::less},           {"<=", CompareOp::less_equal}, {">", CompareOp::greater},
      {">=", CompareOp::greater_equal}, {"is", CompareOp::is},         {"in", CompareOp::in}};
  for (const auto& [name, op] : kOps)
    if (name == text) return op;
  // Two words, with any space or line end between them.
  if (text.substr(0, 3) == "not") return CompareOp::not_in;
  if (text.substr(0, 2) == "is") return CompareOp::is_not;
  return std::nullopt;
}

}  // namespace

ExprId Lowering::expr(N n) {
  while (n != kNone && (kind(n) == K::parenthesized_expression_k || kind(n) == K::type_k)) {
    // Neither has a meaning of its own, so they are no nesting either.
    const N inner = named(n);
    if (inner == kNone) break;
    n = inner;
  }
  if (nesting_ >= kMaxNesting || height_ >= kMaxHeight) {
    const std::string reason = fmt::format("nested deeper than {} levels", kMaxNesting);
    issue(span(n), reason, true);
    return unknown(span(n), reason);
  }
  ++nesting_;
  ++height_;
  const ExprId out = leaf(n);
  --nesting_;
  --height_;
  return out;
}

ExprId Lowering::leaf(N n) {
  switch (kind(n)) {
    case K::identifier_k: return add(span(n), Name{text(n)});
    case K::none_k: return add(span(n), NoneLiteral{});
    case K::true_k: return add(span(n), BoolLiteral{true});
    case K::false_k: return add(span(n), BoolLiteral{false});
    case K::ellipsis_k: return add(span(n), EllipsisLiteral{});
    case K::integer_k:
    case K::float_k: return number(n);
    case K::string_k:
    case K::concatenated_string_k: return string(n);
    case K::binary_operator_k:
    case K::attribute_k:
    case K::subscript_k:
    case K::call_k:
    case K::boolean_operator_k:
    case K::generic_type_k:
    case K::union_type_k:
    case K::member_type_k: return chain(n);
    case K::dotted_name_k: {
      ExprId out;
      for (N c = named(n); c != kNone; c = next_named(c))
        out = out.valid() ? add(span(node(n).begin, node(c).end), Attribute{out, text(c), span(c)}) : expr(c);
      return out.valid() ? out : unknown(span(n), "empty name");
    }
    case K::unary_operator_k: {
      const N op = child(n, F::operator_f);
      const UnaryOp which = token_is(op, "-")   ? UnaryOp::negative
                            : token_is(op, "+") ? UnaryOp::positive
                                                : UnaryOp::invert;
      const ExprId operand = expr(child(n, F::argument_f));
      return add(span(n), Unary{which, operand});
    }
    case K::not_operator_k: {
      const ExprId operand = expr(child(n, F::argument_f));
      return add(span(n), Unary{UnaryOp::logical_not, operand});
    }
    case K::comparison_operator_k: return compare(n);
    case K::conditional_expression_k: {
      const N then = named(n), condition = next_named(then), otherwise = next_named(condition);
      const ExprId c = expr(condition), t = expr(then), o = expr(otherwise);
      return add(span(n), Conditional{c, t, o});
    }
    case K::lambda_k: return lambda(n);
    case K::named_expression_k: {
      const ExprId value = expr(child(n, F::value_f));
      return add(span(n), Walrus{text(child(n, F::name_f)), value});
    }
    case K::slice_k:
    case K::constrained_type_k: return slice(n);
    case K::tuple_k:
    case K::tuple_pattern_k:
    case K::expression_list_k:
    case K::pattern_list_k: return tuple_of(n, span(n));
    case K::list_k:
    case K::list_pattern_k: {
      auto all = items(n);
      return add(span(n), ListExpr{std::move(all)});
    }
    case K::set_k: {
      auto all = items(n);
      return add(span(n), SetExpr{std::move(all)});
    }
    case K::dictionary_k: return dictionary(n);
    case K::list_comprehension_k:
    case K::set_comprehension_k:
    case K::dictionary_comprehension_k:
    case K::generator_expression_k: return comprehension(n);
    case K::list_splat_k:
    case K::list_splat_pattern_k:
    case K::splat_type_k: {
      const ExprId value = expr(named(n));
      return add(span(n), Starred{value});
    }
    case K::await_k: {
      outside(span(n), "`await`");
      return expr(named(n));
    }
    case K::yield_k:
      if (generator_ != nullptr) *generator_ = true;
      outside(span(n), "`yield`");
      return add(span(n), Yield{optional_expr(named(n)), has_token(n, "from")});
    case K::as_pattern_k: return unknown(span(n), "`as` outside `with` and `except`");
    default: return unknown(span(n), "not an expression of the language");
  }
}

// ---- chains that lean to the left

// The node at which a link begins, or none when `n` is no link.
cst::NodeIndex Lowering::chain_base(N n) const {
  switch (kind(n)) {
    case K::binary_operator_k:
    case K::boolean_operator_k: return child(n, F::left_f);
    case K::attribute_k: return child(n, F::object_f);
    case K::subscript_k: return child(n, F::value_f);
    case K::call_k: return child(n, F::function_f);
    case K::generic_type_k: return first(n);
    case K::union_type_k:
    case K::member_type_k: return named(n);
    default: return kNone;
  }
}

ExprId Lowering::chain(N n) {
  std::vector<N> links;
  N base = n;
  // The grammar reads `*f(x), 1` as a call of `*f`: the star belongs around everything.
  std::uint32_t star = 0;
  bool starred = false;
  while (true) {
    if (const N inner = chain_base(base); inner != kNone) {
      links.push_back(base);
      base = inner;
    } else if (kind(base) == K::list_splat_k && !starred && named(base) != kNone) {
      starred = true;
      star = node(base).begin;
      base = named(base);
    } else if (kind(base) == K::type_k && named(base) != kNone) {
      base = named(base);
    } else {
      break;
    }
  }
  const auto length = static_cast<int>(links.size());
  if (length > kMaxChain || height_ + length > kMaxHeight) {
    const std::string reason = fmt::format("a chain of {} operations, more than {}", length, kMaxChain);
    issue(span(n), reason, true);
    return unknown(span(n), reason);
  }
  height_ += length;
  const bool of_type = type_call_ != kNone && base == type_call_;
  ExprId out = of_type ? call_of_type(base) : expr(base);
  const std::uint32_t inner_begin = of_type ? type_begin_ : node(base).begin;
  for (std::size_t i = links.size(); i-- > 0;) {
    --height_;
    Span where = span(links[i]);
    if (starred && where.begin == star) where.begin = inner_begin;
    if (of_type && where.begin == node(base).begin) where.begin = inner_begin;
    out = link(links[i], out, where);
  }
  if (starred) out = add(span(star, node(n).end), Starred{out});
  return out;
}

ExprId Lowering::call_of_type(N parentheses) {
  const ExprId function = add(span(type_begin_, type_begin_ + 4), Name{"type"});
  auto all = arguments(parentheses);
  return add(span(type_begin_, node(parentheses).end), Call{function, std::move(all)});
}

ExprId Lowering::link(N n, ExprId base, Span where) {
  switch (kind(n)) {
    case K::binary_operator_k: {
      const N op = child(n, F::operator_f);
      const ExprId right = expr(child(n, F::right_f));
      return add(where, Binary{binary_op(raw(op)).value_or(BinaryOp::add), base, right, span(op)});
    }
    case K::union_type_k: {
      const N left = named(n), op = next(left);
      const ExprId right = expr(next_named(left));
      return add(where, Binary{BinaryOp::bit_or, base, right, span(op)});
    }
    case K::boolean_operator_k: return logical(n, base, where);
    case K::attribute_k: {
      const N name = child(n, F::attribute_f);
      return add(where, Attribute{base, text(name), span(name)});
    }
    case K::member_type_k: {
      const N name = next_named(named(n));
      return add(where, Attribute{base, text(name), span(name)});
    }
    case K::call_k: return call(n, base, where);
    default: return subscript(n, base, where);
  }
}

// `a and b and c` is one node: what is left of the second `and` is taken over, unless it stood in parentheses.
ExprId Lowering::logical(N n, ExprId left, Span where) {
  const bool is_and = token_is(child(n, F::operator_f), "and");
  const bool bare = kind(child(n, F::left_f)) == K::boolean_operator_k;
  const ExprId right = expr(child(n, F::right_f));
  if (auto* inner = std::get_if<Logical>(&module_.exprs[left.index].node);
      bare && inner != nullptr && inner->is_and == is_and) {
    inner->operands.push_back(right);
    span_of(left) = where;
    return left;
  }
  return add(where, Logical{is_and, {left, right}});
}

ExprId Lowering::subscript(N n, ExprId base, Span where) {
  ExprId index;
  if (kind(n) == K::generic_type_k) {
    const N parameters = child(n, K::type_parameter_k);
    index = subscripts(named(parameters), F::none, node(parameters).end);
  } else {
    index = subscripts(child(n, F::subscript_f), F::subscript_f, node(n).end);
  }
  return add(where, Subscript{base, index});
}

// The items from `item` on, up to the closing bracket that ends at `end`; a comma makes them a tuple.
ExprId Lowering::subscripts(N item, F field, std::uint32_t end) {
  std::vector<ExprId> all;
  const std::uint32_t begin = item == kNone ? end : node(item).begin;
  std::uint32_t last = begin;
  bool comma = false;
  for (N c = item; c != kNone; c = next(c)) {
    if (token_is(c, ",")) {
      comma = true;
      last = node(c).end;
    } else if (kind(c) != K::token && (field == F::none || node(c).field == field)) {
      all.push_back(expr(c));
      last = node(c).end;
    }
  }
  const bool star = all.size() == 1 && std::holds_alternative<Starred>(expr_of(all[0]).node);
  if (all.size() == 1 && !comma && !star) return all[0];
  return add(span(begin, last), TupleExpr{std::move(all)});
}

ExprId Lowering::call(N n, ExprId base, Span where) {
  const N list = child(n, F::arguments_f);
  std::vector<Argument> all;
  if (kind(list) == K::generator_expression_k) all.push_back({Argument::Kind::positional, {}, expr(list), span(list)});
  else if (list != kNone) all = arguments(list);
  return add(where, Call{base, std::move(all)});
}

std::vector<Argument> Lowering::arguments(N n) {
  std::vector<Argument> out;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    Argument argument;
    argument.span = span(c);
    if (kind(c) == K::keyword_argument_k) {
      argument.kind = Argument::Kind::keyword;
      argument.name = text(child(c, F::name_f));
      argument.value = expr(child(c, F::value_f));
    } else if (kind(c) == K::dictionary_splat_k || kind(c) == K::dictionary_splat_pattern_k) {
      argument.kind = Argument::Kind::double_star;
      argument.value = expr(named(c));
    } else {
      argument.value = expr(c);
      if (const auto* star = std::get_if<Starred>(&expr_of(argument.value).node)) {
        // The star is the argument's, not a node: it was the last one made.
        const ExprId inner = star->value;
        if (argument.value.index + 1 == module_.exprs.size()) module_.exprs.pop_back();
        argument.kind = Argument::Kind::star;
        argument.value = inner;
      }
    }
    out.push_back(std::move(argument));
  }
  return out;
}

// ---- the rest

ExprId Lowering::compare(N n) {
  Compare out;
  for (N c = first(n); c != kNone; c = next(c)) {
    if (node(c).field == F::operators_f || kind(c) == K::token) {
      if (raw(c) == "<>") issue(span(c), "Python 3 writes `!=` for `<>`", true);
      out.ops.push_back(compare_op(raw(c)).value_or(CompareOp::equal));
    } else {
      out.operands.push_back(expr(c));
    }
  }
  if (out.operands.size() != out.ops.size() + 1) return unknown(span(n), "not a comparison");
  return add(span(n), std::move(out));
}

ExprId Lowering::slice(N n) {
  std::array<ExprId, 3> parts;
  std::size_t part = 0;
  for (N c = first(n); c != kNone; c = next(c)) {
    if (token_is(c, ":")) part = std::min<std::size_t>(part + 1, 2);
    else if (kind(c) != K::token) parts[part] = expr(c);
  }
  return add(span(n), SliceExpr{parts[0], parts[1], parts[2]});
}

ExprId Lowering::lambda(N n) {
  Function out;
  out.name = "<lambda>";
  out.span = span(n);
  out.name_span = span(node(n).begin, node(n).begin + 6);
  if (const N list = child(n, F::parameters_f); list != kNone) out.params = params(list);
  bool generator = false;
  bool* const outer = std::exchange(generator_, &generator);
  out.lambda_body = expr(child(n, F::body_f));
  generator_ = outer;
  out.is_generator = generator;
  const FunctionId id{static_cast<std::uint32_t>(module_.functions.size())};
  module_.functions.push_back(std::move(out));
  return add(span(n), Lambda{id});
}

std::vector<ExprId> Lowering::items(N n) {
  std::vector<ExprId> out;
  for (N c = named(n); c != kNone; c = next_named(c)) out.push_back(expr(c));
  return out;
}

ExprId Lowering::tuple_of(N n, Span where) {
  auto all = items(n);
  return add(where, TupleExpr{std::move(all)});
}

ExprId Lowering::dictionary(N n) {
  DictExpr out;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (kind(c) == K::pair_k) {
      out.keys.push_back(expr(child(c, F::key_f)));
      out.values.push_back(expr(child(c, F::value_f)));
    } else {
      out.keys.push_back({});
      out.values.push_back(expr(named(c)));
    }
  }
  return add(span(n), std::move(out));
}

ExprId Lowering::comprehension(N n) {
  Comprehension out;
  out.kind = kind(n) == K::list_comprehension_k         ? ComprehensionKind::list
             : kind(n) == K::set_comprehension_k        ? ComprehensionKind::set
             : kind(n) == K::dictionary_comprehension_k ? ComprehensionKind::dict
                                                        : ComprehensionKind::generator;
  const N body = child(n, F::body_f);
  if (kind(body) == K::pair_k) {
    out.element = expr(child(body, F::key_f));
    out.value = expr(child(body, F::value_f));
  } else {
    out.element = expr(body);
  }
  for (N c = next_named(body); c != kNone; c = next_named(c)) {
    if (kind(c) == K::for_in_clause_k) {
      if (has_token(c, "async")) outside(span(c), "`async`");
      Clause clause;
      clause.target = expr(child(c, F::left_f));
      const N right = child(c, F::right_f);
      N last = right;
      for (N r = next(right); r != kNone; r = next(r))
        if (kind(r) != K::token) last = r;
      if (last == right) clause.iterable = expr(right);
      else clause.iterable = unknown(span(node(right).begin, node(last).end), "several iterables in one `for`");
      out.clauses.push_back(std::move(clause));
    } else if (!out.clauses.empty()) {
      out.clauses.back().conditions.push_back(expr(named(c)));
    }
  }
  return add(span(n), std::move(out));
}

ExprId Lowering::number(N n) {
  auto value = number_value(raw(n));
  if (const auto* i = std::get_if<std::int64_t>(&value)) return add(span(n), IntLiteral{*i});
  if (const auto* d = std::get_if<double>(&value)) return add(span(n), FloatLiteral{*d});
  const std::string& reason = std::get<NotANumber>(value).reason;
  issue(span(n), reason, dialect_ == Dialect::loss);
  return unknown(span(n), reason);
}

ExprId Lowering::string(N n) {
  std::vector<N> pieces;
  if (kind(n) == K::string_k) pieces.push_back(n);
  else
    for (N c = named(n); c != kNone; c = next_named(c)) pieces.push_back(c);
  const bool format =
      std::any_of(pieces.begin(), pieces.end(), [&](N piece) { return string_prefix(raw(piece)).format; });
  if (format) {
    FormatString out;
    for (N piece : pieces) {
      const StringPrefix prefix = string_prefix(raw(piece));
      std::uint32_t at = node(piece).begin + prefix.length;
      const std::uint32_t end = std::max(at, node(piece).end - prefix.quotes);
      const auto literal = [&](std::uint32_t stop) {
        if (stop <= at) return;
        // Decoded as a literal of its own; doubled braces stand for one.
        const std::string_view between = text_.substr(at, stop - at);
        std::string value =
            string_value(prefix.raw ? fmt::format("r\"\"\"{}\"\"\"", between) : fmt::format("\"\"\"{}\"\"\"", between));
        if (prefix.format) {
          for (const char* brace : {"{{", "}}"}) {
            for (std::size_t i = value.find(brace); i != std::string::npos; i = value.find(brace, i + 1))
              value.erase(i, 1);
          }
        }
        out.parts.push_back(add(span(at, stop), StringLiteral{valid_utf8(value)}));
      };
      for (N c = named(piece); c != kNone && prefix.format; c = next_named(c)) {
        if (kind(c) != K::interpolation_k && kind(c) != K::format_expression_k) continue;
        literal(node(c).begin);
        at = node(c).end;
        const N inner = child(c, F::expression_f);
        const N conversion = child(c, K::type_conversion_k);
        out.exact = out.exact && child(c, K::format_specifier_k) == kNone && !has_token(c, "=") &&
                    (conversion == kNone || raw(conversion) == "!s");
        if (inner != kNone) out.parts.push_back(expr(inner));
        if (const N specifier = child(c, K::format_specifier_k); specifier != kNone) format_parts(specifier, out.parts);
      }
      literal(end);
    }
    return add(span(n), std::move(out));
  }
  std::string value;
  for (N piece : pieces) value += string_value(text(piece));
  return add(span(n), StringLiteral{std::move(value)});
}

// The expressions in a format specifier (`f"{x:>{width}}"`), in order.
void Lowering::format_parts(N n, std::vector<ExprId>& parts) {
  if (nesting_ >= kMaxNesting) return;
  ++nesting_;
  for (N c = named(n); c != kNone; c = next_named(c)) {
    if (kind(c) == K::interpolation_k || kind(c) == K::format_expression_k) {
      if (const N inner = child(c, F::expression_f); inner != kNone) parts.push_back(expr(inner));
      if (const N specifier = child(c, K::format_specifier_k); specifier != kNone) format_parts(specifier, parts);
    }
  }
  --nesting_;
}

}  // namespace shapelint
