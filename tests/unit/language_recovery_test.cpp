// Text that does not parse, odd text, and text made to hurt.
#include <doctest/doctest.h>

#include "tests/unit/language_helpers.h"

namespace shapelint::test {
namespace {
using namespace ast;

std::string repeat(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  while (count-- > 0) out += text;
  return out;
}

TEST_CASE("a definition that does not parse loses only itself") {
  const std::string other = "def other(a):\n    return a\n";
  const std::pair<std::string, std::string> table[] = {
      {"def loss(p):\n    z = torch.mean(p * \n\n", "`(` is never closed"},
      {"def loss(p):\n    d = p.\n    return (d)\n\n", "`.` does not parse here"},
      {"def loss(pred, target\n\n", "`(` is never closed"},
      {"def loss(p):\n    x = = 1\n    y = * / 2\n", ""},
      {"def loss(p)\n    return p\n", "expected `:` after the `def` line"},
      {"def loss(p):\n    return p)\n", "`)` closes nothing"},
      {"def loss(p):\n    return [p)\n", "`)` closes a `[`; expected `]`"},
      {"def loss(p):\n    return 'p\n", "this string is not closed"},
      {"def loss(p):\n    \"\"\"docs\n    return p\n", "this string is not closed"},
      {"x = foo(\ny = 3\n", "`(` is never closed"},
      {")\n", "`)` closes nothing"},
      {"else:\n  x\n", ""}};
  for (const auto& [broken, reason] : table) {
    CAPTURE(broken);
    for (const Dialect dialect : {Dialect::python, Dialect::loss}) {
      const Parsed p("def first(): return 1\n\n" + broken + other + "@property\n" + "def last(): pass\n", dialect);
      CHECK(p.function_names() == Strings{"first", "last", "other"});
      const Strings errors = p.errors();
      REQUIRE_FALSE(errors.empty());
      if (!reason.empty()) CHECK(errors[0] == reason);
      CHECK(p.stmt<UnknownStmt>() != nullptr);
    }
  }
}

TEST_CASE("a broken method leaves the others") {
  const Parsed p(
      "class A(B):\n"
      "    \"\"\"doc\"\"\"\n"
      "    x = 1  # one\n"
      "    def good(self):\n"
      "        return 1\n"
      "    # between\n"
      "    def bad(self, a:\n"
      "        return (\n"
      "    @property\n"
      "    def better(self):\n"
      "        return 2\n"
      "def after(): pass\n");
  CHECK(p.function_names() == Strings{"after", "better", "good"});
  REQUIRE(p.module.classes.size() == 1);
  CHECK(p.module.classes[0].body.size() == 5);
  CHECK(p.module.classes[0].docstring == "doc");
  CHECK(p.errors().size() == 1);
  REQUIRE(p.module.comments.size() == 2);
  CHECK(p.text(p.module.comments[1].span) == "# between");
}

TEST_CASE("chunks") {
  const auto chunks = [](std::string_view text) {
    Strings out;
    for (const TopLevelChunk& c : top_level_chunks(text))
      out.push_back(std::string(c.name) + "|" + std::string(text.substr(c.begin, c.end - c.begin)));
    return out;
  };
  CHECK(chunks("").empty());
  CHECK(chunks("# only\n\n").empty());
  CHECK(chunks("a\n\n# c\nb # d\n") == Strings{"|a\n", "|b # d\n"});
  CHECK(chunks("@d\n@e(\n1)\ndef f():\n  a\n\n  b\nclass C: x") ==
        Strings{"f|@d\n@e(\n1)\ndef f():\n  a\n\n  b\n", "C|class C: x"});
  CHECK(chunks("async def f(): pass\n") == Strings{"f|async def f(): pass\n"});
  CHECK(chunks("if a:\n  b\nelif c:\n  d\nelse:\n  e\nf\n") ==
        Strings{"|if a:\n  b\nelif c:\n  d\nelse:\n  e\n", "|f\n"});
  CHECK(chunks("x = '''\ndef f():\n'''\ny\n") == Strings{"|x = '''\ndef f():\n'''\n", "|y\n"});
  CHECK(chunks("x = [\n1,\n]\ny\n") == Strings{"|x = [\n1,\n]\n", "|y\n"});
  CHECK(chunks("x = 1 + \\\n2\ny\n") == Strings{"|x = 1 + \\\n2\n", "|y\n"});
  CHECK(chunks("x = '\\\n(' # (\ny\n") == Strings{"|x = '\\\n(' # (\n", "|y\n"});
  CHECK(chunks("x = (\n@d\ndef f(): a\n") == Strings{"|x = (\n", "f|@d\ndef f(): a\n"});
  CHECK(chunks("def f():\n  '''open\ndef g():\n  a\n") == Strings{"f|def f():\n  '''open\n", "g|def g():\n  a\n"});
  CHECK(chunks("\xEF\xBB\xBF"
               "def f(): a\r\nb\r\n") == Strings{"f|def f(): a\r\n", "|b\r\n"});
}

TEST_CASE("a range of a file counts from the file's start") {
  const SourceFile file("f", "a = (\ndef f(x):\n  return x\n\ny = 1\n");
  ParseOptions options;
  options.begin = 6;
  options.end = 27;
  const Module module = parse_program(file, SourceId{0}, "m", options);
  CHECK(module.issues.empty());
  REQUIRE(module.functions.size() == 1);
  CHECK(module.functions[0].name_span.begin == 10);
  options.begin = 100;
  CHECK(parse_program(file, SourceId{0}, "m", options).body.empty());
}

TEST_CASE("line ends, marks and bytes") {
  CHECK(Parsed("").module.body.empty());
  CHECK(Parsed("x").module.body.size() == 1);
  CHECK(Parsed("def f():\r\n    a\r\n    b\r\n").module.issues.empty());
  CHECK(Parsed("\xEF\xBB\xBFx = 1\n").module.issues.empty());
  CHECK(Parsed("\xEF\xBB\xBFx = = 1\ny = 2\n").module.body.size() == 2);
  CHECK(Parsed("def f():\n\ta\n\tb\n\f\nx\n").module.issues.empty());
  CHECK(Parsed("x = 'caf\xC3\xA9'\n").expr<StringLiteral>()->value == "caf\xC3\xA9");
  // Callers refuse such text; whatever comes out is UTF-8 all the same.
  const Parsed bad("x = 'a\xFF'\n# \xFE\n");
  for (const auto& e : bad.module.exprs)
    if (const auto* s = std::get_if<StringLiteral>(&e.node))
      CHECK(first_invalid_utf8(s->value) == std::string_view::npos);
  (void)Parsed(std::string("a\0b\n", 4));
}

TEST_CASE("hostile texts end") {
  const std::pair<const char*, std::string> table[] = {
      {"parentheses", "x = " + repeat("(", 10'000) + "1" + repeat(")", 10'000)},
      {"open brackets", repeat("[", 100'000)},
      {"attributes", repeat("a.", 50'000) + "a"},
      {"not", repeat("not ", 20'000) + "a"},
      {"minus", repeat("-", 20'000) + "a"},
      {"sum", repeat("a + ", 20'000) + "a"},
      {"power", repeat("a ** ", 5'000) + "a"},
      {"lambda", repeat("lambda: ", 5'000) + "a"},
      {"calls", "a" + repeat("()", 20'000)},
      {"conditional", repeat("a if b else ", 5'000) + "a"},
      {"elif", "if a:\n  b\n" + repeat("elif a:\n  b\n", 5'000)},
      {"union", "x: " + repeat("T | ", 20'000) + "T"},
      {"open definitions", repeat("def f(\n", 20'000)},
      {"open classes", repeat("class A:\n def f(self):\n  x = (\n", 3'000)},
      {"quotes", repeat("\"\"\"\\\"\"\"\n", 20'000)},
      {"continued lines", repeat("a \\\n", 20'000)},
      {"empty continued lines", repeat("\\\n", 20'000)},
      {"closing", repeat(")\n", 20'000)},
      {"cases", "match a:\n" + repeat(" case 1:\n  b\n", 5'000)},
      {"format strings", repeat("f'{f\"{", 10'000)}};
  for (const auto& [name, text] : table) {
    CAPTURE(name);
    const Parsed p(text);
    CHECK_FALSE(p.module.issues.empty());
    CHECK(p.module.issues.size() <= 1001);
  }
  std::string indented;
  for (std::size_t i = 0; i < 500; ++i) indented += std::string(i, ' ') + "if a:\n";
  CHECK_FALSE(Parsed(indented + std::string(500, ' ') + "b\n").module.issues.empty());
}

TEST_CASE("what people write is not too deep") {
  CHECK(Parsed(repeat("a + ", 900) + "a").module.issues.empty());
  CHECK(Parsed("x = " + repeat("(", 150) + "1" + repeat(")", 150)).module.issues.empty());
  CHECK(Parsed("x = [" + repeat("1, ", 50'000) + "]").module.issues.empty());
  CHECK(Parsed("if a:\n  b\n" + repeat("elif a:\n  b\n", 900)).module.issues.empty());
}

}  // namespace
}  // namespace shapelint::test
