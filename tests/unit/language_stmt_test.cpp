// Statements and definitions, and what the strict dialect refuses.
#include <doctest/doctest.h>

#include "tests/unit/language_helpers.h"

namespace shapelint::test {
namespace {
using namespace ast;

TEST_CASE("functions") {
  const Parsed p(
      "@dec(1)\n"
      "def f(a, /, b: Float[\"B N\"] = 1, *args: int, c, d=2, **kw) -> int:\n"
      "    \"\"\"what\\n it does\"\"\"\n"
      "    # comment\n"
      "    return a  # why\n"
      "\n"
      "# after\n");
  REQUIRE(p.module.functions.size() == 1);
  const Function& f = p.module.functions[0];
  CHECK(f.name == "f");
  CHECK(p.text(f.name_span) == "f");
  REQUIRE(f.params.size() == 6);
  const Param::Kind kinds[] = {Param::Kind::positional_only, Param::Kind::normal,       Param::Kind::star,
                               Param::Kind::keyword_only,    Param::Kind::keyword_only, Param::Kind::double_star};
  const char* names[] = {"a", "b", "args", "c", "d", "kw"};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    CHECK(f.params[i].kind == kinds[i]);
    CHECK(f.params[i].name == names[i]);
    CHECK(p.text(f.params[i].name_span) == names[i]);
  }
  CHECK(p.text(f.params[1].span) == "b: Float[\"B N\"] = 1");
  CHECK(p.text(f.params[1].annotation) == "Float[\"B N\"]");
  CHECK(p.text(f.params[1].fallback) == "1");
  CHECK(p.text(f.params[2].annotation) == "int");
  CHECK(p.text(f.returns) == "int");
  REQUIRE(f.decorators.size() == 1);
  CHECK(p.text(f.decorators[0]) == "dec(1)");
  CHECK(f.docstring == "what\n it does");
  CHECK(p.text(f.docstring_span) == "\"\"\"what\\n it does\"\"\"");
  CHECK(p.text(f.span).substr(0, 5) == "def f");
  CHECK(p.text(f.span).substr(p.text(f.span).size() - 8) == "return a");
  CHECK(p.text(p.module.body[0]).substr(0, 4) == "@dec");
  REQUIRE(p.module.comments.size() == 3);
  CHECK(p.text(p.module.comments[1].span) == "# why");
  CHECK_FALSE(f.is_async);
  CHECK_FALSE(f.is_generator);
}

TEST_CASE("generators: the body's own yield counts, not a nested function's") {
  const Parsed p("def outer():\n    def inner():\n        x = yield 1\n    return inner\nasync def third(): await x\n");
  REQUIRE(p.module.functions.size() == 3);
  CHECK(p.module.functions[0].name == "inner");
  CHECK(p.module.functions[0].is_generator);
  CHECK_FALSE(p.module.functions[1].is_generator);
  CHECK(p.module.functions[2].is_async);
  CHECK(p.texts<Yield>() == Strings{"yield 1"});
  CHECK(p.texts<UnknownExpr>().empty());
}

TEST_CASE("classes") {
  const Parsed p("class A(keras.losses.Loss, metaclass=M):\n    'doc'\n    x: int = 1\n    def call(self): pass\n");
  REQUIRE(p.module.classes.size() == 1);
  const Class& c = p.module.classes[0];
  CHECK(c.name == "A");
  CHECK(c.docstring == "doc");
  REQUIRE(c.bases.size() == 2);
  CHECK(c.bases[1].name == "metaclass");
  CHECK(c.body.size() == 3);
}

TEST_CASE("assignments") {
  const Parsed p("a = b, *c = d[0] = 1, 2\n");
  const auto* assign = p.stmt<Assign>();
  REQUIRE(assign != nullptr);
  REQUIRE(assign->targets.size() == 3);
  CHECK(p.text(assign->targets[1]) == "b, *c");
  CHECK(p.text(assign->value) == "1, 2");
  const Parsed annotated("x: int\n");
  REQUIRE(annotated.stmt<AnnotatedAssign>() != nullptr);
  CHECK_FALSE(annotated.stmt<AnnotatedAssign>()->value.valid());
}

TEST_CASE("control flow") {
  const Parsed p("if a:\n  b\nelif c:\n  d\nelse:\n  e\n");
  const auto* top = std::get_if<If>(&p.module.stmt(p.module.body[0]).node);
  REQUIRE(top != nullptr);
  REQUIRE(top->otherwise.size() == 1);
  CHECK(p.text(top->otherwise[0]) == "elif c:\n  d\nelse:\n  e");
  const auto* inner = std::get_if<If>(&p.module.stmt(top->otherwise[0]).node);
  REQUIRE(inner != nullptr);
  CHECK(p.text(inner->otherwise.at(0)) == "e");
  const Parsed loops("for i, j in x, y:\n  break\nelse:\n  pass\nwhile a: continue\n");
  CHECK(loops.text(loops.stmt<For>()->target) == "i, j");
  CHECK(loops.text(loops.stmt<For>()->iterable) == "x, y");
  CHECK(loops.stmt<For>()->otherwise.size() == 1);
  CHECK(loops.stmt<While>()->body.size() == 1);
  const Parsed others("assert a, b\nraise E(1) from c\ndel x, y[0]\nglobal g, h\nreturn\n");
  CHECK(others.text(others.stmt<Assert>()->message) == "b");
  CHECK(others.text(others.stmt<Raise>()->exception) == "E(1)");
  CHECK(others.stmt<Delete>()->targets.size() == 2);
  CHECK(others.stmt<Global>()->names == Strings{"g", "h"});
  CHECK_FALSE(others.stmt<Return>()->value.valid());
  CHECK(Parsed("def f():\n  nonlocal a\n").stmt<Nonlocal>()->names == Strings{"a"});
}

TEST_CASE("try and with") {
  const Parsed p("try:\n  a\nexcept (A, B) as e:\n  b\nexcept:\n  c\nelse:\n  d\nfinally:\n  e\n");
  const auto* attempt = p.stmt<Try>();
  REQUIRE(attempt != nullptr);
  REQUIRE(attempt->handlers.size() == 2);
  CHECK(attempt->handlers[0].name == "e");
  CHECK(p.text(attempt->handlers[0].type) == "(A, B)");
  CHECK_FALSE(attempt->handlers[1].type.valid());
  CHECK(attempt->otherwise.size() == 1);
  CHECK(attempt->finally.size() == 1);
  CHECK(Parsed("try:\n  a\nexcept* A:\n  b\n").stmt<Try>()->handlers.size() == 1);
  for (const char* text : {"with a() as b, c: pass", "with (a() as b, c): pass"}) {
    CAPTURE(text);
    const Parsed with(text);
    REQUIRE(with.stmt<With>() != nullptr);
    const auto& items = with.stmt<With>()->items;
    REQUIRE(items.size() == 2);
    CHECK(with.text(items[0].context) == "a()");
    CHECK(with.text(items[0].target) == "b");
    CHECK(with.text(items[1].context) == "c");
  }
}

TEST_CASE("imports") {
  const Parsed p(
      "import a.b as c, d\nfrom ..e.f import g as h, i\nfrom . import (j,)\nfrom k import *\nfrom __future__ import "
      "l\n");
  const auto* import = p.stmt<Import>();
  REQUIRE(import->modules.size() == 2);
  CHECK(import->modules[0].name == "a.b");
  CHECK(import->modules[0].alias == "c");
  CHECK(import->modules[1].alias == "");
  const auto from = [&](std::size_t i) { return std::get<ImportFrom>(p.module.stmt(p.module.body.at(i)).node); };
  CHECK(from(1).module == "e.f");
  CHECK(from(1).level == 2);
  CHECK(from(1).names.at(0).alias == "h");
  CHECK(p.text(from(1).names.at(1).span) == "i");
  CHECK(from(2).module == "");
  CHECK(from(2).level == 1);
  CHECK(from(3).names.at(0).name == "*");
  CHECK(from(4).module == "__future__");
}

TEST_CASE("match becomes if") {
  const Parsed p(
      "match mode:\n  case 'mean' | \"avg\":\n    a\n  case Mode.SUM:\n    b\n  case -1:\n    c\n  case None:\n    d\n"
      "  case [x, 0]:\n    e\n  case int():\n    f\n  case other:\n    g\n");
  CHECK(p.module.issues.empty());
  REQUIRE(p.module.body.size() == 1);
  const auto* first = std::get_if<If>(&p.module.stmt(p.module.body[0]).node);
  REQUIRE(first != nullptr);
  CHECK(p.text(first->condition) == "'mean' | \"avg\"");
  int depth = 1;
  const If* at = first;
  while (at->otherwise.size() == 1) {
    const auto* next = std::get_if<If>(&p.module.stmt(at->otherwise[0]).node);
    if (next == nullptr) break;
    at = next;
    ++depth;
  }
  CHECK(depth == 6);
  // The last case binds its name, then runs its body.
  REQUIRE(at->otherwise.size() == 2);
  CHECK(std::holds_alternative<Assign>(p.module.stmt(at->otherwise[0]).node));
  const Parsed computed("match f(x):\n  case 1: a\n");
  CHECK(computed.module.body.size() == 2);
  CHECK(computed.texts<Call>() == Strings{"f(x)"});
  const Parsed pairs("match a, b:\n  case 0, 1: c\n  case _: d\n");
  CHECK(pairs.texts<Compare>() == Strings{"0", "1"});
  for (const char* given_up : {"match x:\n  case {'a': 1}: y\n", "match x:\n  case [a, *b]: y\n",
                               "match x:\n  case P(1): y\n", "match x:\n  case a: y\n  case 1: z\n"}) {
    CAPTURE(given_up);
    const Parsed unknown(given_up);
    CHECK(unknown.stmt<UnknownStmt>() != nullptr);
    CHECK(unknown.module.issues.size() == 1);
    CHECK(unknown.errors().empty());
  }
}

TEST_CASE("the loss language is strict, Python is not") {
  const std::pair<const char*, const char*> refused[] = {
      {"try:\n  a\nexcept E:\n  b\n", "`try`"},
      {"with a: b\n", "`with`"},
      {"del a\n", "`del`"},
      {"def f():\n  global a\n", "`global`"},
      {"def f():\n  nonlocal a\n", "`nonlocal`"},
      {"async def f(): pass\n", "`async`"},
      {"def f():\n  yield 1\n", "`yield`"},
      {"async def f(): await g()\n", "`await`"},
      {"class A(B, metaclass=C): pass\n", "class arguments other than bases"},
      {"@weird\ndef f(): pass\n", "decorator `weird`"},
      {"match a:\n  case 1: b\n", "`match`"},
      {"type X = int\n", "`type` statement"},
      {"def f[T](): pass\n", "type parameters"}};
  for (const auto& [text, what] : refused) {
    CAPTURE(text);
    const Parsed strict(text, Dialect::loss);
    const std::string wanted = std::string("the loss language has no ") + what;
    const Strings errors = strict.errors();
    CHECK(std::find(errors.begin(), errors.end(), wanted) != errors.end());
    CHECK(Parsed(text).errors().empty());
  }
  for (const char* taken :
       {"def f(a: Float[\"B\"] = 1) -> Float[\"B\"]:\n  return a\n", "class A(B):\n  @property\n  def p(self): pass\n",
        "import a as b\nfrom a import *\n", "if a:\n  pass\nelif b:\n  pass\n", "for i in range(3):\n  x += 1\n",
        "while a:\n  break\n", "assert a, 'b'\nraise E()\n", "x = [a for a in b if (c := a)]\n",
        "y = lambda a: {**a}\n", "example('x', y_true=[[1, .2]], returns=[.1])\n", ""}) {
    CAPTURE(taken);
    CHECK(Parsed(taken, Dialect::loss).module.issues.empty());
  }
}

TEST_CASE("what the grammar takes and Python does not") {
  CHECK(Parsed("def f():\n").errors() == Strings{"expected an indented block after `def`"});
  CHECK(Parsed("class A:\nx = 1\n").errors().size() == 1);
  CHECK(Parsed("if a:\n  b\n    c\n").errors() == Strings{"unexpected indentation by 4 columns instead of 2"});
  CHECK(Parsed("  x = 1\n").errors().size() == 1);
  CHECK(Parsed("try:\n  a\n").errors().size() == 1);
  CHECK(Parsed("if a:\n\tb\n        c\n").errors().empty());
  const Parsed old("print 'a', b\nx = 1\n");
  CHECK(old.errors().empty());
  CHECK(old.module.issues.size() == 1);
  CHECK(old.module.body.size() == 2);
}

}  // namespace
}  // namespace shapelint::test
