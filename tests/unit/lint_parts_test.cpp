// The parts of lib/lint that have no rule in them: examples, edits, suppressions.
#include <doctest/doctest.h>

#include <string>

#include "lib/lint/analysis.h"
#include "lib/lint/fixes.h"

namespace shapelint {
namespace {

struct File {
  explicit File(std::string text, Dialect dialect = Dialect::python) {
    id = session.sources().add("f.py", std::move(text));
    module = session.library().add("user", id, dialect);
  }
  // A finding on the first place of `text`.
  Finding finding(std::string rule, std::string_view text) {
    const auto at = static_cast<std::uint32_t>(session.sources().file(id).text().find(text));
    return Finding{.rule = std::move(rule), .span = {id, at, at + static_cast<std::uint32_t>(text.size())}};
  }
  std::size_t left(std::vector<Finding> findings) {
    unused.clear();
    apply_suppressions(session.sources(), *module, findings, &unused);
    return findings.size();
  }

  Session session;
  SourceId id;
  const LoadedModule* module = nullptr;
  std::vector<UnusedSuppression> unused;
};

TEST_CASE("edits are applied from front to back; what overlaps is left out") {
  const SourceId s{};
  CHECK(apply_edits("abcdef", {{{s, 1, 2}, "X"}, {{s, 4, 5}, ""}}) == "aXcdf");
  CHECK(apply_edits("abc", {{{s, 0, 0}, "1"}, {{s, 3, 3}, "2"}}) == "1abc2");
  CHECK(apply_edits("abcdef", {{{s, 1, 4}, "X"}, {{s, 2, 3}, "Y"}}) == "aXef");
  CHECK(apply_edits("abc", {}) == "abc");
}

TEST_CASE("a suppression holds for its statement, its rule and nothing else") {
  File f("def g():\n    a = one(1)  # shapelint: ignore[rule-a, rule-b] -- why\n    b = two(2)\n");
  CHECK(f.left({f.finding("rule-a", "one(1)")}) == 0);
  CHECK(f.left({f.finding("rule-b", "one(1)")}) == 0);
  CHECK(f.left({f.finding("rule-c", "one(1)")}) == 1);
  CHECK(f.left({f.finding("rule-a", "two(2)")}) == 1);
}

TEST_CASE("a suppression at the end of any line of a statement") {
  File f("def g():\n    a = one(\n        1,  # shapelint: ignore[rule-a]\n        2)\n    return a\n");
  CHECK(f.left({f.finding("rule-a", "one(")}) == 0);
  CHECK(f.left({f.finding("rule-a", "return a")}) == 1);
}

TEST_CASE("a suppression alone above a statement or a definition") {
  File f("def g():\n    # shapelint: ignore[rule-a]\n    a = one(1)\n    b = two(2)\n");
  CHECK(f.left({f.finding("rule-a", "one(1)")}) == 0);
  CHECK(f.left({f.finding("rule-a", "two(2)")}) == 1);
  File d("# shapelint: ignore[rule-a]\ndef g():\n    a = one(1)\n\n\ndef h():\n    b = two(2)\n");
  CHECK(d.left({d.finding("rule-a", "one(1)")}) == 0);
  CHECK(d.left({d.finding("rule-a", "two(2)")}) == 1);
}

TEST_CASE("a suppression for the whole file") {
  File f("# shapelint: file-ignore[rule-a]\nx = one(1)\ny = two(2)\n");
  CHECK(f.left({f.finding("rule-a", "one(1)"), f.finding("rule-a", "two(2)"), f.finding("rule-b", "two(2)")}) == 1);
}

TEST_CASE("a suppression in a string is text") {
  File f("x = one(\"# shapelint: ignore[rule-a]\")\n");
  CHECK(f.left({f.finding("rule-a", "one(")}) == 1);
}

TEST_CASE("what suppresses nothing is told, rule by rule") {
  File f("x = one(1)  # shapelint: ignore[rule-a, rule-b]\n");
  CHECK(f.left({f.finding("rule-a", "one(1)")}) == 0);
  REQUIRE(f.unused.size() == 1);
  CHECK(f.unused[0].rule == "rule-b");
}

TEST_CASE("examples of a .loss file") {
  File f("example(\"a name\", x=[[1, 2], [3, 4]], y=[True, False], z=-1.5, returns=[0.5, 1])\nother(\"no\", x=1)\n",
         Dialect::loss);
  const std::vector<Example> examples = examples_of(*f.module);
  REQUIRE(examples.size() == 1);
  const Example& e = examples[0];
  CHECK(e.name == "a name");
  CHECK(e.error.empty());
  CHECK(e.data.at("x")->shape == Extents{2, 2});
  CHECK(e.data.at("x")->values == std::vector<double>{1, 2, 3, 4});
  CHECK(e.data.at("x")->dtype == DType::int64);
  CHECK(e.data.at("y")->dtype == DType::boolean);
  CHECK(e.data.at("z")->shape.empty());
  CHECK(e.data.at("z")->values == std::vector<double>{-1.5});
  REQUIRE(e.returns != nullptr);
  CHECK(e.returns->values == std::vector<double>{0.5, 1});
  CHECK(e.returns->dtype == DType::float32);
}

TEST_CASE("examples that are ragged or hold other things say so") {
  for (const char* data : {"[[1, 2], [3]]", "[1, [2]]", "[[1], 2]", "[f(1)]", "\"text\""}) {
    CAPTURE(data);
    File f(std::string("example(\"a\", x=") + data + ")\n", Dialect::loss);
    const auto examples = examples_of(*f.module);
    REQUIRE(examples.size() == 1);
    CHECK(!examples[0].error.empty());
    CHECK(examples[0].error.find("`x`") != std::string::npos);
  }
}

TEST_CASE("a training step that never comes to its loss is not understood") {
  const auto reasons = [](const std::string& guard) {
    File f(
        "import torch\nimport torch.nn as nn\n\n\n"
        "class Agent:\n"
        "    def __init__(self):\n"
        "        self.net = nn.Linear(4, 1)\n"
        "        self.ready = False\n\n"
        "    def update(self, x, y):\n"
        "        " +
        guard +
        "\n"
        "        loss = ((self.net(x) - y) ** 2).mean()\n"
        "        loss.backward()\n");
    std::vector<std::string> out;
    for (const LossReport& report : check_module(f.session, *f.module, {})) {
      for (const UnknownPlace& place : report.unknown) out.push_back(place.reason);
    }
    return out;
  };
  CHECK(reasons("if not self.ready: return") == std::vector<std::string>{"no path of the run comes as far as this"});
  CHECK(reasons("if self.ready: return").empty());
}

}  // namespace
}  // namespace shapelint
