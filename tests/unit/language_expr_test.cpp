// Expressions: every kind, and the exact text that each covers.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "tests/unit/language_helpers.h"

namespace shapelint::test {
namespace {
using namespace ast;

TEST_CASE("names, attributes, calls and subscripts cover their own text") {
  const Parsed p("y = K.mean(a.b[:, 1:], axis=-1, *rest, **kw)\n");
  CHECK(p.texts<Call>() == Strings{"K.mean(a.b[:, 1:], axis=-1, *rest, **kw)"});
  CHECK(p.texts<Attribute>() == Strings{"K.mean", "a.b"});
  CHECK(p.texts<Subscript>() == Strings{"a.b[:, 1:]"});
  CHECK(p.texts<TupleExpr>() == Strings{":, 1:"});
  CHECK(p.texts<SliceExpr>() == Strings{":", "1:"});
  CHECK(p.texts<Starred>().empty());
  const Call& call = *p.expr<Call>();
  REQUIRE(call.arguments.size() == 4);
  CHECK(call.arguments[0].kind == Argument::Kind::positional);
  CHECK(call.arguments[1].kind == Argument::Kind::keyword);
  CHECK(call.arguments[1].name == "axis");
  CHECK(p.text(call.arguments[1].span) == "axis=-1");
  CHECK(p.text(call.arguments[1].value) == "-1");
  CHECK(call.arguments[2].kind == Argument::Kind::star);
  CHECK(p.text(call.arguments[2].value) == "rest");
  CHECK(call.arguments[3].kind == Argument::Kind::double_star);
  CHECK(p.text(p.expr<Attribute>()->name_span) == "mean");
}

TEST_CASE("spans count from the file's start and carry the source") {
  const Parsed p("\n\nx\n");
  CHECK(p.module.exprs.at(0).span == Span{SourceId{7}, 2, 3});
}

TEST_CASE("operators bind as in Python") {
  SUBCASE("power before minus") {
    const Parsed p("-x ** 2");
    CHECK(p.texts<Unary>() == Strings{"-x ** 2"});
    CHECK(p.texts<Binary>() == Strings{"x ** 2"});
  }
  SUBCASE("left to right, parentheses left out of the inner span only") {
    const Parsed p("(a - b) - c @ d");
    CHECK(p.texts<Binary>() == Strings{"a - b", "c @ d", "(a - b) - c @ d"});
    CHECK(p.text(p.expr<Binary>()->op_span) == "-");
  }
  SUBCASE("and/or are flat unless in parentheses") {
    const Parsed p("a and b and (c and d) or e");
    CHECK(p.texts<Logical>().size() == 3);
    const auto* top = p.last<Logical>();
    REQUIRE(top != nullptr);
    CHECK_FALSE(top->is_and);
    REQUIRE(top->operands.size() == 2);
    CHECK(p.text(top->operands[0]) == "a and b and (c and d)");
    CHECK(std::get<Logical>(p.module.expr(top->operands[0]).node).operands.size() == 3);
  }
  SUBCASE("comparison chains") {
    const Parsed p("a < b not  in c is not d is e");
    const auto* compare = p.last<Compare>();
    REQUIRE(compare != nullptr);
    CHECK(compare->ops == std::vector{CompareOp::less, CompareOp::not_in, CompareOp::is_not, CompareOp::is});
    CHECK(compare->operands.size() == 5);
  }
  SUBCASE("every binary operator") {
    const std::pair<const char*, BinaryOp> table[] = {
        {"+", BinaryOp::add},         {"-", BinaryOp::sub},    {"*", BinaryOp::mul},     {"/", BinaryOp::div},
        {"//", BinaryOp::floordiv},   {"%", BinaryOp::mod},    {"**", BinaryOp::pow},    {"@", BinaryOp::matmul},
        {"&", BinaryOp::bit_and},     {"|", BinaryOp::bit_or}, {"^", BinaryOp::bit_xor}, {"<<", BinaryOp::shift_left},
        {">>", BinaryOp::shift_right}};
    for (const auto& [text, op] : table) {
      CAPTURE(text);
      const Parsed binary(std::string("a ") + text + " b");
      REQUIRE(binary.last<Binary>() != nullptr);
      CHECK(binary.last<Binary>()->op == op);
      const Parsed augmented(std::string("a ") + text + "= b");
      REQUIRE(augmented.stmt<AugmentedAssign>() != nullptr);
      CHECK(augmented.stmt<AugmentedAssign>()->op == op);
    }
  }
}

TEST_CASE("numbers") {
  const std::pair<const char*, std::int64_t> ints[] = {
      {"0", 0}, {"1_000", 1000}, {"0xFF", 255}, {"0o17", 15}, {"0b1_01", 5}, {"9223372036854775807", INT64_MAX},
      {"00", 0}};
  for (const auto& [text, value] : ints) {
    CAPTURE(text);
    const Parsed p(text);
    REQUIRE(p.last<IntLiteral>() != nullptr);
    CHECK(p.last<IntLiteral>()->value == value);
  }
  const std::pair<const char*, double> floats[] = {
      {"1.5", 1.5}, {".5", 0.5}, {"2.", 2.0}, {"1e-3", 0.001}, {"1_0.2_5", 10.25}};
  for (const auto& [text, value] : floats) {
    CAPTURE(text);
    const Parsed p(text);
    REQUIRE(p.last<FloatLiteral>() != nullptr);
    CHECK(p.last<FloatLiteral>()->value == value);
  }
  CHECK(std::isinf(Parsed("1e999").last<FloatLiteral>()->value));
  CHECK(Parsed("1e-999").last<FloatLiteral>()->value == 0.0);
  REQUIRE(Parsed("9223372036854775808").last<UnknownExpr>() != nullptr);
  CHECK(Parsed("9223372036854775808").last<UnknownExpr>()->reason == "integer beyond 64 bits");
  CHECK(Parsed("2j").last<UnknownExpr>() != nullptr);
}

TEST_CASE("strings") {
  const std::pair<const char*, std::string> table[] = {{R"('a"b')", "a\"b"},
                                                       {R"("a\n\t\\\"")", "a\n\t\\\""},
                                                       {R"('\x41\u00e9\U0001F600\101')",
                                                        "A\xC3\xA9\xF0\x9F\x98\x80"
                                                        "A"},
                                                       {R"(r'\n\'')", "\\n\\'"},
                                                       {R"('\q')", "\\q"},
                                                       {"'a' \"b\" '''c'''", "abc"},
                                                       {"'''a\n\nb'''", "a\n\nb"},
                                                       {"'a\\\nb'", "ab"},
                                                       {R"(b'\xff')", "\xC3\xBF"},
                                                       {R"('\ud800')", "\xEF\xBF\xBD"},
                                                       {"''", ""}};
  for (const auto& [text, value] : table) {
    CAPTURE(text);
    const Parsed p(std::string("x = ") + text);
    REQUIRE(p.expr<StringLiteral>() != nullptr);
    CHECK(p.expr<StringLiteral>()->value == value);
  }
}

TEST_CASE("format strings keep their text and their expressions") {
  const Parsed p(R"(f"a {x!r} {y + 1:>{width}} {{no}}\t" 'plain')");
  const auto* format = p.last<FormatString>();
  REQUIRE(format != nullptr);
  REQUIRE(format->parts.size() == 7);
  const auto literal = [&](std::size_t i) {
    const auto* text = std::get_if<StringLiteral>(&p.module.expr(format->parts[i]).node);
    return text != nullptr ? text->value : "no text";
  };
  CHECK(literal(0) == "a ");
  CHECK(p.text(format->parts[1]) == "x");
  CHECK(literal(2) == " ");
  CHECK(p.text(format->parts[3]) == "y + 1");
  CHECK(p.text(format->parts[4]) == "width");
  CHECK(literal(5) == " {no}\t");
  CHECK(literal(6) == "plain");
  CHECK_FALSE(format->exact);
  CHECK(Parsed("f'{x}_{y!s}'").last<FormatString>()->exact);
  CHECK_FALSE(Parsed("f'{x=}'").last<FormatString>()->exact);
}

TEST_CASE("yield keeps its value") {
  const Parsed p("def g():\n    yield a\n    yield from b\n    yield\n");
  std::vector<std::string> seen;
  for (const Expr& e : p.module.exprs) {
    if (const auto* y = std::get_if<Yield>(&e.node))
      seen.push_back((y->from ? "from " : "") + (y->value.valid() ? p.text(y->value) : std::string("nothing")));
  }
  CHECK(seen == Strings{"a", "from b", "nothing"});
}

TEST_CASE("displays and comprehensions") {
  SUBCASE("tuples") {
    CHECK(Parsed("x = (1, 2)").texts<TupleExpr>() == Strings{"(1, 2)"});
    CHECK(Parsed("x = 1, 2").texts<TupleExpr>() == Strings{"1, 2"});
    CHECK(Parsed("x = (1)").texts<TupleExpr>().empty());
    CHECK(Parsed("x = ()").texts<TupleExpr>() == Strings{"()"});
    CHECK(Parsed("1,").last<TupleExpr>()->items.size() == 1);
    CHECK(Parsed("a[1,]").texts<TupleExpr>() == Strings{"1,"});
  }
  SUBCASE("lists, sets, dicts") {
    CHECK(Parsed("[1, *a]").last<ListExpr>()->items.size() == 2);
    CHECK(Parsed("{1, 2}").last<SetExpr>()->items.size() == 2);
    const Parsed p("{'a': 1, **m}");
    const auto* dict = p.last<DictExpr>();
    REQUIRE(dict != nullptr);
    REQUIRE(dict->keys.size() == 2);
    CHECK(p.text(dict->keys[0]) == "'a'");
    CHECK_FALSE(dict->keys[1].valid());
    CHECK(p.text(dict->values[1]) == "m");
  }
  SUBCASE("several clauses") {
    const Parsed p("[a * b for a in x if a if b for b, c in y]");
    const auto* list = p.last<Comprehension>();
    REQUIRE(list != nullptr);
    CHECK(list->kind == ComprehensionKind::list);
    REQUIRE(list->clauses.size() == 2);
    CHECK(list->clauses[0].conditions.size() == 2);
    CHECK(p.text(list->clauses[1].target) == "b, c");
  }
  SUBCASE("the other forms") {
    CHECK(Parsed("{a for a in x}").last<Comprehension>()->kind == ComprehensionKind::set);
    CHECK(Parsed("{a: b for a in x}").last<Comprehension>()->value.valid());
    const Parsed p("sum(a for a in x)");
    CHECK(p.texts<Comprehension>() == Strings{"(a for a in x)"});
    CHECK(p.last<Call>()->arguments.size() == 1);
  }
}

TEST_CASE("the remaining expressions") {
  CHECK(Parsed("None").last<NoneLiteral>() != nullptr);
  CHECK(Parsed("...").last<EllipsisLiteral>() != nullptr);
  CHECK(Parsed("True").last<BoolLiteral>()->value);
  CHECK_FALSE(Parsed("False").last<BoolLiteral>()->value);
  CHECK(Parsed("not a").last<Unary>()->op == UnaryOp::logical_not);
  CHECK(Parsed("~a").last<Unary>()->op == UnaryOp::invert);
  CHECK(Parsed("(n := 3)").last<Walrus>()->name == "n");
  const Parsed conditional("a if b else c");
  CHECK(conditional.text(conditional.last<Conditional>()->condition) == "b");
  CHECK(conditional.text(conditional.last<Conditional>()->then) == "a");
  const Parsed lambda("lambda x, *, y=1: x + y");
  REQUIRE(lambda.module.functions.size() == 1);
  const Function& f = lambda.module.functions[0];
  CHECK(f.is_lambda());
  CHECK(f.params.size() == 2);
  CHECK(f.params[1].kind == Param::Kind::keyword_only);
  CHECK(lambda.text(f.name_span) == "lambda");
  CHECK(lambda.text(f.lambda_body) == "x + y");
  const Parsed slice("a[b:c:d]");
  CHECK(slice.text(slice.expr<SliceExpr>()->step) == "d");
}

TEST_CASE("where the grammar groups otherwise than Python") {
  SUBCASE("a star around a call") {
    const Parsed p("x = *f(y)[0], 1");
    CHECK(p.texts<Starred>() == Strings{"*f(y)[0]"});
    CHECK(p.texts<Call>() == Strings{"f(y)"});
    CHECK(p.texts<Subscript>() == Strings{"f(y)[0]"});
  }
  SUBCASE("`type` as a function") {
    const Parsed p("type(x).a = b\n");
    CHECK(p.texts<Call>() == Strings{"type(x)"});
    CHECK(p.texts<Attribute>() == Strings{"type(x).a"});
    CHECK(p.stmt<Assign>() != nullptr);
    CHECK(p.module.issues.empty());
  }
}

TEST_CASE("annotations are expressions") {
  const Parsed p("x: Dict[str, int | None] = 1\ny: Float[Tensor, \"B N\"]\n");
  CHECK(p.texts<Subscript>() == Strings{"Dict[str, int | None]", "Float[Tensor, \"B N\"]"});
  CHECK(p.texts<Binary>() == Strings{"int | None"});
}

TEST_CASE("one expression on its own") {
  const auto parse = [](const char* text) {
    const SourceFile file("arg", text);
    return parse_expression(file, SourceId{1});
  };
  const Module good = parse("  2*L + 1\n");
  REQUIRE(good.body.size() == 1);
  CHECK(good.issues.empty());
  CHECK(std::holds_alternative<Binary>(good.expr(std::get<ExprStmt>(good.stmt(good.body[0]).node).value).node));
  for (const char* bad :
       {"", "   ", "x = 1", "1 +", "a b", "import os", "a; b", "x = 1\ny", ")", "await x", "(", "'"}) {
    CAPTURE(bad);
    const Module module = parse(bad);
    REQUIRE(module.body.size() == 1);
    CHECK(std::holds_alternative<ExprStmt>(module.stmt(module.body[0]).node));
    REQUIRE_FALSE(module.issues.empty());
    CHECK(module.issues[0].is_error);
  }
}

}  // namespace
}  // namespace shapelint::test
