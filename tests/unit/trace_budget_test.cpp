// Hostile programs: bounded time, bounded memory, and a reason.
#include "tests/unit/trace_helpers.h"

#include <chrono>

namespace shapelint::test {
namespace {

// Generous: sanitizers and a busy machine are slow, a hang is slower.
constexpr double kSeconds = 20;

struct Timed {
  explicit Timed(const std::string& text, TraceOptions options = {})
      : begin(std::chrono::steady_clock::now()), traced(text, {{"x", "B N"}}, std::move(options)) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    CHECK(took.count() < kSeconds);
  }
  // A known result would be a lie.
  void gave_up() const {
    CHECK(!traced.paths.traces.empty());
    for (std::size_t i = 0; i < traced.paths.traces.size(); ++i) {
      CHECK((traced.trace(i).end != PathEnd::returned || traced.is_unknown(i) || traced.paths.cut));
    }
    CHECK(traced.reasons().size() > traced.paths.traces.size());
  }
  std::chrono::steady_clock::time_point begin;
  Traced traced;
};

TEST_CASE("an endless while") {
  Timed("def f(x):\n    while True:\n        x = x + 1\n    return x\n").gave_up();
  Timed("def f(x):\n    while True:\n        pass\n").gave_up();
}

TEST_CASE("recursion without end") {
  Timed("def g(t):\n    return g(t)\ndef f(x):\n    return g(x)\n").gave_up();
  Timed("def g(t):\n    return h(t)\ndef h(t):\n    return g(t) + g(t)\ndef f(x):\n    return g(x)\n").gave_up();
  Timed(
      "class A:\n    def __getattr__(self, n):\n        return getattr(self, n)\n    def go(self):\n        return "
      "self.go()\ndef f(x):\n    return A().go()\n")
      .gave_up();
}

TEST_CASE("calls that multiply") {
  std::string text = "def g0(t):\n    return t\n";
  for (int i = 1; i <= 40; ++i) text += fmt::format("def g{}(t):\n    return g{}(t) + g{}(t)\n", i, i - 1, i - 1);
  Timed(text + "def f(x):\n    return g40(x)\n").gave_up();
}

TEST_CASE("sixty unknown conditions in a row") {
  std::string text = "def f(x, c):\n    y = x\n";
  for (int i = 0; i < 60; ++i) text += fmt::format("    if x.shape[1] > {}:\n        y = y + {}\n", i + 1, i);
  const Timed t(text + "    return y\n");
  CHECK(t.traced.paths.traces.size() <= 64);
  for (const std::string& r : t.traced.results()) CHECK(r == "T(B, N)");
}

TEST_CASE("sixty unknown conditions inside one another") {
  std::string text = "def f(x):\n    y = x\n";
  std::string indent = "    ";
  for (int i = 0; i < 60; ++i) {
    text += fmt::format("{}if x.shape[1] > {}:\n", indent, i + 1);
    indent += " ";
  }
  const Timed t(text + indent + "y = y[:, 0]\n    return y\n");
  CHECK(t.traced.paths.traces.size() <= 64);
}

TEST_CASE("a list that doubles") {
  Timed("def f(x):\n    a = [1]\n    for i in range(60):\n        a = a + a\n    return a\n").gave_up();
  Timed("def f(x):\n    a = [1]\n    for i in range(60):\n        a.extend(a)\n    return len(a)\n").gave_up();
  Timed("def f(x):\n    return [0] * 10 ** 12\n").gave_up();
  Timed("def f(x):\n    a = 'a'\n    for i in range(60):\n        a = a + a\n    return a\n").gave_up();
}

TEST_CASE("a long loop") {
  Timed("def f(x):\n    n = 0\n    for i in range(10 ** 9):\n        n += i\n    return n\n").gave_up();
  Timed("def f(x):\n    return [i for i in range(10 ** 9)]\n");
  Timed("def f(x):\n    return sum(range(10 ** 12))\n");
  Timed(
      "def f(x):\n    n = 0\n    for i in range(500):\n        for j in range(500):\n            for k in "
      "range(500):\n                n += 1\n    return n\n")
      .gave_up();
}

TEST_CASE("numbers that do not fit") {
  const Timed t("def f(x):\n    return 10 ** 30, 2 ** 63, x.shape[0] ** 40, 1 / 0, 5 // 0, 5 % 0\n");
  CHECK(t.traced.conflicts().empty());
}

TEST_CASE("structures inside themselves") {
  Timed("def f(x):\n    a = []\n    a.append(a)\n    return a\n");
  Timed("def f(x):\n    a = {}\n    a['a'] = a\n    b = {'a': a}\n    return a == b, str(a), a\n");
  Timed("class A:\n    pass\ndef f(x):\n    a = A()\n    a.a = a\n    return a.a.a.a\n");
}

TEST_CASE("a class that is its own base, and bases without an order") {
  Timed("class A(A):\n    pass\ndef f(x):\n    return A().b\n");
  Timed("class A:\n    pass\nclass B(A):\n    pass\nclass C(A, B):\n    pass\ndef f(x):\n    return C().b\n");
}

TEST_CASE("a deep expression") {
  std::string text = "x";
  for (int i = 0; i < 150; ++i) text = "-(" + text + ")";
  CHECK(result_of("def f(x):\n    return " + text + "\n") == "T(B, N)");
  std::string sum = "x";
  for (int i = 0; i < 5000; ++i) sum += " + x";
  Timed("def f(x):\n    return " + sum + "\n");
}

TEST_CASE("huge arrays are never made without data, and are refused with it") {
  const Timed t("from keras import ops\ndef f(x):\n    return ops.zeros((10 ** 9, 10 ** 9))\n");
  CHECK(t.traced.result() == "T(1000000000, 1000000000)");
}

TEST_CASE("a small step budget ends with a reason") {
  TraceOptions options;
  options.budget.steps = 50;
  Timed t("def f(x):\n    n = 0\n    for i in range(400):\n        n += i\n    return n\n", options);
  t.gave_up();
}

}  // namespace
}  // namespace shapelint::test
