// The harness' own test: claims are read as they are meant, and every kind of false claim fails.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/harness/check_program.h"
#include "tests/harness/fixture.h"

namespace shapelint::test {
namespace {

std::string false_page() {
  std::ifstream file(std::string(SHAPELINT_SOURCE_DIR) + "/tests/harness/false_claims.md", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("every block of the false page fails, and says where") {
  const std::vector<Program> programs = read_page("false_claims.md", false_page());
  CHECK(programs.size() == 26);
  for (const Program& program : programs) {
    CAPTURE(program.heading);
    const std::vector<std::string> failures = check_program(program);
    CHECK(!failures.empty());
    for (const std::string& failure : failures) CHECK(failure.starts_with("false_claims.md:"));
  }
}

TEST_CASE("a failure names the line of the page") {
  const std::vector<Program> programs =
      read_page("page.md",
                "# Title\n\n```python\ndef loss(pred: Float[\"B\"], target: Float[\"B\"]):\n"
                "    return pred - target  # shape: return = (C,)\n```\n");
  REQUIRE(programs.size() == 1);
  CHECK(programs[0].dialect == Dialect::loss);
  const auto failures = check_program(programs[0]);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0] == "page.md:5: `return` is (B,), not (C,)");
}

TEST_CASE("claims are read, and hidden from the tool") {
  const Program p = read_program("f.loss",
                                 "x = f(y)  # shape: f(y) = (B, 2*L + 1)  # expect: error some-rule \"a (b)\"\n"
                                 "#   ^^^^ expect: other-rule\n"
                                 "# with: B=2, a=[[1, 2], [3, 4]]\n# with: c=5\n# value: x = [1, 2]\n"
                                 "# given: a = (B, 2*L + 1)\n# given: keras = 2\ny = 1  # a comment\n",
                                 Dialect::loss);
  CHECK(p.errors.empty());
  REQUIRE(p.claims.size() == 4);
  CHECK(p.claims[0].kind == ClaimKind::shape);
  CHECK(p.claims[0].name == "f(y)");
  CHECK(p.claims[0].wanted == "(B, 2*L + 1)");
  CHECK(p.claims[0].line == 1);
  CHECK(p.claims[1].name == "some-rule");
  CHECK(p.claims[1].wanted == "a (b)");
  CHECK(p.claims[1].severity == Severity::error);
  CHECK(p.claims[2].line == 1);
  CHECK(p.claims[2].written == 2);
  CHECK(p.claims[2].columns == std::pair<std::uint32_t, std::uint32_t>{5, 9});
  CHECK(p.claims[3].with == 0);
  REQUIRE(p.inputs.size() == 1);
  CHECK(p.inputs[0].sizes == std::map<std::string, std::int64_t>{{"B", 2}});
  CHECK(p.inputs[0].data == std::map<std::string, std::string>{{"a", "[[1, 2], [3, 4]]"}, {"c", "5"}});
  CHECK(p.shapes == std::map<std::string, std::string>{{"a", "B 2*L+1"}});
  CHECK(p.versions.at("keras") == 2);
  CHECK(p.text.find("shape") == std::string::npos);
  CHECK(p.text.find("expect") == std::string::npos);
  CHECK(p.text.find("y = 1  # a comment") != std::string::npos);
  CHECK(std::ranges::count(p.text, '\n') == 8);
}

TEST_CASE("the dialect of a block") {
  const auto dialect = [](std::string_view fence, std::string_view code) {
    const auto page = read_page("p.md", "```" + std::string(fence) + "\n" + std::string(code) + "\n```\n");
    return page.size() == 1 ? page[0].dialect : Dialect::python;
  };
  CHECK(dialect("loss", "x = 1") == Dialect::loss);
  CHECK(dialect("python", "def f(x: Float[\"B\"]): return x") == Dialect::loss);
  CHECK(dialect("python", "from keras import ops\ndef f(x: Float[\"B\"]): return x") == Dialect::loss);
  CHECK(dialect("python", "from jaxtyping import Float\ndef f(x: Float[\"B\"]): return x") == Dialect::python);
  CHECK(dialect("python", "def f(x): return x") == Dialect::python);
  CHECK(read_page("p.md", "```sh\nls\n```\n").empty());
  REQUIRE(read_page("p.md", "```python\nx = 1\n").size() == 1);
  CHECK(read_page("p.md", "```python\nx = 1\n")[0].errors.size() == 1);
}

TEST_CASE("different spellings are told apart") {
  const auto program = [](std::string_view text) { return read_program("f", text, Dialect::loss); };
  const Program a = program("def loss(pred: Float[\"B N\"]):\n    return mean(pred, axis=-1)\n");
  const Program b = program("\n\ndef loss(pred: Float[\"B N\"]):\n    return mean(pred,   axis=-1)\n");
  const Program c = program("def loss(pred: Float[\"B M\"]):\n    return mean(pred, axis=-1)\n");
  CHECK(check_spellings(a, b).empty());
  CHECK(!check_spellings(a, c).empty());
}

}  // namespace
}  // namespace shapelint::test
