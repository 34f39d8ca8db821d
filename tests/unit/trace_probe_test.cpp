// Probes: an expression asked about in the middle of a run, which goes on as if nobody had asked.
#include "tests/unit/trace_helpers.h"

namespace shapelint::test {
namespace {

std::string asked(const std::string& text, const std::string& probe, const std::string& after = "",
                  std::size_t occurrence = 0) {
  TraceOptions options;
  options.probe = probe;
  options.after = after;
  options.occurrence = occurrence;
  return Traced(text, {{"x", "B N"}}, std::move(options)).probed();
}

const std::string kThree = R"(
def f(x):
    y = x[:, 0]
    y = y[:, None]
    return y * x
)";

TEST_CASE("the end of a function sees what its names became") {
  CHECK(asked(kThree, "y") == "T(B, 1)");
  CHECK(asked(kThree, "y * x[:, 1:]") == "T(B, N-1)");
  CHECK(asked(kThree, "x.shape") == "(B, N)");
}

TEST_CASE("a place in the middle sees what they were then") {
  CHECK(asked(kThree, "y", "x[:, 0]") == "T(B,)");
  CHECK(asked(kThree, "y", "y[:, None]") == "T(B, 1)");
  CHECK(asked(kThree, "y", "y * x") == "T(B, 1)");
}

TEST_CASE("rounds of a loop are told apart") {
  const std::string text = R"(
def f(x):
    for i in range(3):
        x = x[:, 1:]
    return x
)";
  CHECK(asked(text, "(i, x)", "x[:, 1:]", 0) == "(0, T(B, N-1))");
  CHECK(asked(text, "(i, x)", "x[:, 1:]", 2) == "(2, T(B, N-3))");
  CHECK(asked(text, "x", "x[:, 1:]", 3) == "not reached");
}

TEST_CASE("a condition is asked about before its branch runs") {
  const std::string text = R"(
def f(x):
    if x[0].shape[0] == 3:
        x = x[:, 0]
    return x
)";
  CHECK(asked(text, "x", "x[0]") == "T(B, N)");
  CHECK(asked(text, "x") == "T(B,)");
}

TEST_CASE("a helper's names are its own") {
  const std::string text = R"(
def g(t):
    u = t[:, 0]
    return u
def f(x):
    y = g(x)
    return y
)";
  CHECK(asked(text, "u", "t[:, 0]") == "T(B,)");
  CHECK(asked(text, "y", "g(x)") == "T(B,)");
  CHECK(asked(text, "u").starts_with("?"));
}

TEST_CASE("where a function calls itself the outermost is meant") {
  const std::string text = R"(
def f(x, n=2):
    if n == 0:
        return x
    y = f(x[:, 1:], n - 1)
    return y
)";
  CHECK(asked(text, "(n, x)") == "(2, T(B, N))");
}

TEST_CASE("lambdas, early returns and raises") {
  CHECK(asked("def f(x):\n    return (lambda t: t[0] + 1)(x)\n", "t", "t[0]") == "T(B, N)");
  CHECK(asked("def f(x):\n    y = x[0]\n    return y\n    y = 3\n", "y") == "T(N,)");
  CHECK(asked("def f(x):\n    y = x[0]\n    raise ValueError('no')\n", "y") == "T(N,)");
}

TEST_CASE("what cannot work is said, and is no conflict of the run") {
  TraceOptions options;
  options.probe = "x + x[:, :, None, None][0, 0, 0, 0, 0]";
  const Traced traced(kThree, {{"x", "B N"}}, std::move(options));
  CHECK(traced.probed().starts_with("problem: "));
  CHECK(traced.conflicts().empty());
  CHECK(traced.result() == "T(B, N)");
}

// Questions with every kind of after-effect, to a program with state.
TEST_CASE("the run computes what it computes without a probe") {
  const std::string text = R"(
from keras import backend as K
class Box:
    def __init__(self):
        self.items = []
def take(items):
    items.append(1)
    return items
def f(x):
    box = Box()
    box.items.append(x[:, 0])
    names = {"a": x}
    y = K.sum(box.items[0])
    return [y, box.items, names, K.mean(x, axis=-1)]
)";
  const Traced plain(text, {{"x", "B N"}});
  const std::string expected = plain.result();
  CHECK(expected.find('?') == std::string::npos);
  for (const char* probe :
       {"box.items.append(K.max(x))", "box.items.pop()", "take(box.items)", "names.update(a=1, b=2)", "(x := 3)",
        "setattr(box, 'items', 7)", "names.clear()", "__import__('os')", "K.mean(K.mean(x, axis=-1))", "x[0, 0, 0, 0]",
        "[K.exp(x) for i in range(20)]", "1 / 0", "(lambda: box.nothing)()"}) {
    for (const char* after : {"", "x[:, 0]", "K.sum(box.items[0])"}) {
      CAPTURE(probe);
      CAPTURE(after);
      TraceOptions options;
      options.probe = probe;
      options.after = after;
      const Traced traced(text, {{"x", "B N"}}, std::move(options));
      CHECK(traced.probed() != "not reached");
      CHECK(traced.result() == expected);
      CHECK(traced.conflicts() == plain.conflicts());
      CHECK(traced.reasons() == plain.reasons());
      CHECK(traced.trace().steps.size() == plain.trace().steps.size());
      CHECK(traced.trace().exprs.size() == plain.trace().exprs.size());
      CHECK(traced.trace().assumptions.size() == plain.trace().assumptions.size());
    }
  }
}

TEST_CASE("a probe that never ends is stopped, the run is not") {
  TraceOptions options;
  options.probe = "[x for i in range(400) for j in range(400) for k in range(400)]";
  const Traced traced(kThree, {{"x", "B N"}}, std::move(options));
  CHECK(traced.probed() == "problem: the step budget is spent");
  CHECK(traced.result() == "T(B, N)");
}

TEST_CASE("a run that is stopped on request says so") {
  const std::atomic<bool> cancel = true;
  TraceOptions options;
  options.budget.cancel = &cancel;
  const Traced traced(kThree, {{"x", "B N"}}, std::move(options));
  CHECK(traced.trace().end == PathEnd::exhausted);
  CHECK(traced.trace().end_reason == "stopped on request");
  CHECK(traced.paths.cut);
}

}  // namespace
}  // namespace shapelint::test
