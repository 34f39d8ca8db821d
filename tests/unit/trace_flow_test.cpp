// Control flow: forks and joins at conditions that are not known, loops of known and unknown count, exceptions.
#include "tests/unit/trace_helpers.h"

#include <algorithm>

namespace shapelint::test {
namespace {

std::vector<std::string> sorted(std::vector<std::string> v) {
  std::ranges::sort(v);
  return v;
}

TEST_CASE("a known condition takes one branch") {
  CHECK(body("if x.ndim == 2:\n    return x[:, 0]\nreturn x") == "T(B,)");
  CHECK(body("if x.shape[0] == 2 * x.shape[0]:\n    return 1\nelse:\n    return 2") == "2");
}

TEST_CASE("a condition that is not known forks, and the path says which side it took") {
  const Traced t("def f(x):\n    if x.shape[1] == 3:\n        return x[:, 0]\n    return x\n", {{"x", "B N"}});
  REQUIRE(t.paths.traces.size() == 2);
  CHECK(sorted(t.results()) == std::vector<std::string>{"T(B, N)", "T(B,)"});
  for (const Trace& trace : t.paths.traces) {
    REQUIRE(trace.conditions.size() == 1);
    CHECK(t.sources.text(trace.conditions[0].span) == "x.shape[1] == 3");
  }
  CHECK(t.paths.traces[0].conditions[0].taken != t.paths.traces[1].conditions[0].taken);
}

TEST_CASE("what one branch learnt holds on its own path only") {
  const Traced t("def f(x):\n    if x.shape[1] == 3:\n        y = x\n    else:\n        y = x\n    return y.shape[1]\n",
                 {{"x", "B N"}});
  CHECK(sorted(t.results()) == std::vector<std::string>{"3", "N"});
}

TEST_CASE("paths do not share what they change") {
  const Traced t(
      "def f(x):\n    seen = []\n    if x.shape[1] == 3:\n        seen.append(1)\n    seen.append(2)\n    return "
      "seen\n",
      {{"x", "B N"}});
  CHECK(sorted(t.results()) == std::vector<std::string>{"[1, 2]", "[2]"});
}

TEST_CASE("beyond the bound of forks both sides run and are joined") {
  TraceOptions options;
  options.budget.forks = 0;
  const std::string text =
      "def f(x, c):\n    if x.shape[1] == 3:\n        y = x[:, 0]\n        z = 1\n    else:\n        y = x[:, 1]\n     "
      "   z = 2\n    return y, z\n";
  const Traced t(text, {{"x", "B N"}, {"c", ""}}, options);
  REQUIRE(t.paths.traces.size() == 1);
  // One shape from both sides is known, two numbers are not one.
  CHECK(t.result().starts_with("(T(B,), "));
  CHECK(t.result().find(", 1)") == std::string::npos);
  CHECK(t.result().find(", 2)") == std::string::npos);
}

TEST_CASE("joined tensors of different rank have no known shape") {
  TraceOptions options;
  options.budget.forks = 0;
  const Traced t("def f(x):\n    y = x\n    if x.shape[1] == 3:\n        y = x[:, 0]\n    return y\n", {{"x", "B N"}},
                 options);
  CHECK(t.result() != "T(B, N)");
  CHECK(t.result() != "T(B,)");
}

TEST_CASE("loops of a known count are unrolled") {
  CHECK(body("out = []\nfor i in range(4):\n    out.append(i)\nreturn out") == "[0, 1, 2, 3]");
  CHECK(body("n = 0\nwhile n < 5:\n    n += 2\nreturn n") == "6");
  CHECK(body("for i in range(10):\n    if i == 3:\n        break\nelse:\n    i = -1\nreturn i") == "3");
  CHECK(body("for i in range(3):\n    pass\nelse:\n    i = -1\nreturn i") == "-1");
  CHECK(body("n = 0\nfor i in range(6):\n    if i % 2:\n        continue\n    n += i\nreturn n") == "6");
  CHECK(body("total = 0\nfor a, b in zip([1, 2], [3, 4]):\n    total += a * b\nreturn total") == "11");
  CHECK(body("out = []\nfor k in {'a': 1, 'b': 2}:\n    out.append(k)\nreturn out") == "['a', 'b']");
}

TEST_CASE("a loop over an unknown count keeps shapes that are stable") {
  CHECK(body("y = x[:, 0]\nfor i in range(x.shape[1]):\n    y = y + x[:, i]\nreturn y") == "T(B,)");
  const std::string grown = body("out = []\nfor i in range(x.shape[1]):\n    out.append(x[:, i])\nreturn out");
  CHECK(grown == "[T(B,)] * N");
}

TEST_CASE("a shape that changes in a loop of unknown count is not claimed to be known") {
  const std::string y = body("y = x\nfor i in range(x.shape[1]):\n    y = y[None]\nreturn y");
  CHECK(y != "T(B, N)");
  CHECK(y != "T(1, B, N)");
}

TEST_CASE("assert teaches, raise ends") {
  CHECK(body("assert x.shape[1] == 4\nreturn x") == "T(B, 4)");
  const Traced t("def f(x):\n    if x.ndim == 2:\n        raise ValueError('no')\n    return x\n", {{"x", "B N"}});
  REQUIRE(t.paths.traces.size() == 1);
  CHECK(t.trace().end == PathEnd::raised);
}

TEST_CASE("a guard that raises leaves the other path, which has learnt") {
  const Traced t("def f(x):\n    if x.shape[1] != 4:\n        raise ValueError('no')\n    return x\n", {{"x", "B N"}});
  std::vector<std::string> returned;
  for (std::size_t i = 0; i < t.paths.traces.size(); ++i) {
    if (t.trace(i).end == PathEnd::returned) returned.push_back(t.result(i));
  }
  CHECK(returned == std::vector<std::string>{"T(B, 4)"});
}

TEST_CASE("try and except") {
  CHECK(body("try:\n    y = 1\nexcept ValueError:\n    y = 2\nreturn y") == "1");
  CHECK(body("try:\n    y = 1\nexcept ValueError:\n    y = 2\nelse:\n    y = 3\nfinally:\n    z = 4\nreturn y, z") ==
        "(3, 4)");
  CHECK(result_of("try:\n    import nowhere_to_be_found as np\nexcept ImportError:\n    np = None\ndef f(x):\n    "
                  "return x[:, 0]\n") == "T(B,)");
}

TEST_CASE("a raise inside try is handled there") {
  CHECK(body("try:\n    raise ValueError('a')\nexcept ValueError:\n    y = 2\nreturn y") == "2");
  CHECK(result_of("def g():\n    raise KeyError('a')\ndef f(x):\n    try:\n        g()\n    except (KeyError, "
                  "ValueError):\n        return 7\n") == "7");
}

TEST_CASE("a round goes on behind a call that ends early") {
  const std::string one = "def one(t, n):\n    if n.sum() > 1:\n        return t.mean()\n    return t.sum()\n";
  const auto result = [](const std::string& text) {
    return Traced("import torch\n" + text, {{"x", "B N"}, {"y", "B N"}}).result();
  };
  const std::string loop = "def f(x, y):\n    out = []\n    for i in range(x.shape[0]):\n        ";
  CHECK(result(one + loop + "out.append(one(x[i], y[i]))\n    return torch.stack(out)\n") == "T(B,)");
  SUBCASE("what it puts into a list of the caller's on one way only is not counted") {
    const std::string put = "def put(out, t, n):\n    if n.sum() > 1:\n        return\n    out.append(t)\n";
    CHECK(result(put + loop + "put(out, x[i], y[i])\n    return torch.stack(out)\n") == "T(?, N)");
    const std::string early =
        "def put(out, t, n):\n    out.append(t)\n    if n.sum() > 1:\n        return\n    n = n + 1\n";
    CHECK(result(early + loop + "put(out, x[i], y[i])\n    return torch.stack(out)\n") == "T(B, N)");
  }
  SUBCASE("a loop inside that ends early") {
    const std::string inside =
        "def one(t, n):\n    for p in n:\n        if p > 1:\n            continue\n        t = t + 1\n    return "
        "t.sum()\n";
    CHECK(result(inside + loop + "out.append(one(x[i], y[i]))\n    return torch.stack(out)\n") == "T(B,)");
  }
}

TEST_CASE("a condition on sizes teaches however it is written") {
  const auto results = [](const std::string& condition) {
    const Traced t(
        "def f(x, y):\n    " + condition + "\n        return True, x.shape[1]\n    return False, x.shape[1]\n",
        {{"x", "B C H W"}, {"y", "B 1 H W"}});
    return sorted(t.results());
  };
  for (const std::string condition : {
           "if x.shape == y.shape:",
           "if all([i == j for i, j in zip(x.shape, y.shape)]):",
           "if all(i == j for i, j in zip(x.shape, y.shape)):",
           "if not any(i != j for i, j in zip(x.shape, y.shape)):",
           "if list(x.shape) == list(y.shape):",
           "same = [i == j for i, j in zip(x.shape, y.shape)]\n    if all(same):",
           "same = x.shape == y.shape\n    if same:",
           "if bool(x.shape == y.shape):",
           "if not False in [i == j for i, j in zip(x.shape, y.shape)]:",
           "if x.shape[1] in (1,):",
           "if 1 == y.shape[1] == x.shape[1]:",
       }) {
    CAPTURE(condition);
    CHECK(results(condition) == std::vector<std::string>{"(False, C)", "(True, 1)"});
  }
}

TEST_CASE("one half of a condition may decide it, but not its value") {
  const char* text =
      "def f(x, flag):\n"
      "    either = flag or 5\n"
      "    return (flag and x.ndim == 3, 1 if flag or x.ndim == 2 else 2, not (flag or True), either)\n";
  CHECK(Traced(text, {{"x", "B N"}}).result().starts_with("(False, 1, False, ?"));
}

TEST_CASE("what is made of a condition says nothing of sizes") {
  const Traced t(
      "def f(x):\n    k = (x.shape[1] == 1) + 1\n    if k:\n        return x.shape[1]\n    return x.shape[1]\n",
      {{"x", "B N"}});
  for (const std::string& result : t.results()) CHECK(result == "N");
}

TEST_CASE("with runs its body") {
  const std::string y = body("with open('a') as g:\n    y = x[:, 0]\nreturn y");
  CHECK(y == "T(B,)");
}

TEST_CASE("global and nonlocal") {
  CHECK(result_of("n = 1\ndef g():\n    global n\n    n = n + 1\ndef f(x):\n    g()\n    g()\n    return n\n") == "3");
  CHECK(
      result_of(
          "def f(x):\n    n = 1\n    def g():\n        nonlocal n\n        n += 1\n    g()\n    g()\n    return n\n") ==
      "3");
  CHECK(result_of("n = 1\ndef g():\n    n = 5\ndef f(x):\n    g()\n    return n\n") == "1");
}

TEST_CASE("in-place changes are seen under every name") {
  CHECK(body("a = [1, 2]\nb = a\nb += [3]\nreturn a") == "[1, 2, 3]");
  CHECK(body("a = (1, 2)\nb = a\nb += (3,)\nreturn a, b") == "((1, 2), (1, 2, 3))");
  CHECK(body("a = [3, 1]\na.sort()\na.extend([7])\na[0] = 9\ndel a[1]\nreturn a") == "[9, 7]");
}

}  // namespace
}  // namespace shapelint::test
