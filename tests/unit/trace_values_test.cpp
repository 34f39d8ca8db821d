// Values and expressions as Python has them: unpacking, arguments, comprehensions, strings and containers, sizes.
#include "tests/unit/trace_helpers.h"

namespace shapelint::test {
namespace {

TEST_CASE("sizes are symbolic ints") {
  CHECK(body("return x.shape") == "(B, N)");
  CHECK(body("b, n = x.shape\nreturn 2 * n + 1, b * n // n, (n + n) // 2") == "(2*N+1, B, N)");
  CHECK(body("return len(x), x.ndim, x.shape[-1]") == "(B, 2, N)");
  CHECK(body("return x.shape[0] == x.shape[0]") == "True");
  CHECK(body("return 2 * x.shape[0] == x.shape[0]") == "False");
  CHECK(body("return x.shape[:1] + (3,)") == "(B, 3)");
}

TEST_CASE("unpacking") {
  CHECK(body("a, b = 1, 2\nreturn b, a") == "(2, 1)");
  CHECK(body("a, *b = 1, 2, 3\nreturn a, b") == "(1, [2, 3])");
  CHECK(body("*a, b = [1, 2, 3]\nreturn a, b") == "([1, 2], 3)");
  CHECK(body("a, *b, c = (1, 2)\nreturn a, b, c") == "(1, [], 2)");
  CHECK(body("(a, (b, c)), d = (1, (2, 3)), 4\nreturn a, b, c, d") == "(1, 2, 3, 4)");
  CHECK(body("a = b = [1]\nb.append(2)\nreturn a") == "[1, 2]");
  CHECK(body("a, b = 1, 2\na, b = b, a\nreturn a, b") == "(2, 1)");
  CHECK(body("p = [0, 0]\np[0], p[1] = 1, 2\nreturn p") == "[1, 2]");
}

TEST_CASE("unpacking the wrong number of values is a conflict") {
  const Traced t("def f(x):\n    a, b, c = x.shape\n    return a\n", {{"x", "B N"}});
  REQUIRE(t.conflicts().size() == 1);
  CHECK(t.conflicts()[0] == "unpack.C1");
}

TEST_CASE("default arguments are evaluated once, where they are defined") {
  CHECK(
      result_of("d = 3\ndef g(a, b=d):\n    return a, b\nd = 4\ndef f(x):\n    return g(1), g(1, 2), g(b=5, a=6)\n") ==
      "((1, 3), (1, 2), (6, 5))");
  CHECK(result_of("def g(a, seen=[]):\n    seen.append(a)\n    return seen\ndef f(x):\n    g(1)\n    return g(2)\n") ==
        "[1, 2]");
}

TEST_CASE("*args and **kwargs") {
  CHECK(
      result_of(
          "def g(a, *rest, k=0, **more):\n    return a, rest, k, more\ndef f(x):\n    return g(1, 2, 3, k=4, z=5)\n") ==
      "(1, (2, 3), 4, {'z': 5})");
  CHECK(result_of(
            "def g(a, b, c):\n    return a, b, c\ndef f(x):\n    more = {'c': 3}\n    return g(*[1, 2], **more)\n") ==
        "(1, 2, 3)");
  CHECK(result_of("def g(a, *, b):\n    return a, b\ndef f(x):\n    return g(1, b=2)\n") == "(1, 2)");
  CHECK(result_of("def g(a, /, b):\n    return a, b\ndef f(x):\n    return g(1, b=2)\n") == "(1, 2)");
}

TEST_CASE("comprehensions") {
  CHECK(body("return [i * i for i in range(4)]") == "[0, 1, 4, 9]");
  CHECK(body("return [i for i in range(6) if i % 2]") == "[1, 3, 5]");
  CHECK(body("return [(a, b) for a in [1, 2] for b in [3, 4]]") == "[(1, 3), (1, 4), (2, 3), (2, 4)]");
  CHECK(body("return {k: v for k, v in zip(['a', 'b'], [1, 2])}") == "{'a': 1, 'b': 2}");
  CHECK(body("return sum(i for i in range(5))") == "10");
  CHECK(body("i = 7\ny = [i for i in range(3)]\nreturn i") == "7");
  CHECK(body("return [x[:, i] for i in range(2)]") == "[T(B,), T(B,)]");
}

TEST_CASE("builtins on known values") {
  CHECK(body("return max(1, 5, 3), min([4, 2]), abs(-3), sum([1, 2], 10)") == "(5, 2, 3, 13)");
  CHECK(body("return list(enumerate(['a', 'b']))") == "[(0, 'a'), (1, 'b')]");
  CHECK(body("return sorted([3, 1, 2]), list(reversed([1, 2])), tuple(range(2, 8, 3))") ==
        "([1, 2, 3], [2, 1], (2, 5))");
  CHECK(body("return isinstance(3, int), isinstance('a', str), isinstance((1,), (list, tuple))") ==
        "(True, True, True)");
  CHECK(body("return all([True, 1]), any([0, None]), bool([]), int(2.9), float(2)") == "(True, False, False, 2, 2f)");
  CHECK(body("return list(map(lambda a: a + 1, [1, 2])), list(filter(lambda a: a > 1, [1, 2]))") == "([2, 3], [2])");
}

TEST_CASE("strings and dicts") {
  CHECK(body("return 'mean' == 'mean', 'a' in 'cat', 'A'.lower(), 'a,b'.split(',')") ==
        "(True, True, 'a', ['a', 'b'])");
  CHECK(
      body(
          "d = {'a': 1}\nd['b'] = 2\nd.update(c=3)\nreturn d.get('a'), d.get('z'), d.get('z', 9), 'b' in d, list(d)") ==
      "(1, None, 9, True, ['a', 'b', 'c'])");
  CHECK(body("d = {'a': 1, 'b': 2}\nreturn d.pop('a'), list(d.items()), list(d.values())") == "(1, [('b', 2)], [2])");
  CHECK(body("d = dict(a=1, **{'b': 2})\nreturn {**d, 'c': 3}") == "{'a': 1, 'b': 2, 'c': 3}");
}

TEST_CASE("operators short-circuit and chain") {
  CHECK(body("return 0 or 5, 1 and 6, None or 'a', not []") == "(5, 6, 'a', True)");
  CHECK(body("return 1 < 2 < 3, 1 < 2 > 3, 1 if True else undefined_name") == "(True, False, 1)");
  CHECK(body("return None is None, x is None, x is not None") == "(True, False, True)");
  CHECK(body("return 7 // 2, -7 // 2, -7 % 3, 2 ** 5, 7 / 2") == "(3, -4, 2, 32, 3.5f)");
  CHECK(body("if (n := 3) > 2:\n    return n") == "3");
}

TEST_CASE("indexing tensors") {
  CHECK(body("return x[0], x[:, 0], x[..., None], x[None], x[:, :1], x[:, 1:]") ==
        "(T(N,), T(B,), T(B, N, 1), T(1, B, N), T(B, 1), T(B, N-1))");
  CHECK(body("return x[:, -1:], x[::2], x.T") == "(T(B, 1), T((B+1)//2, N), T(N, B))");
}

TEST_CASE("numbers and tensors broadcast") {
  CHECK(body("return x * 2 + 1.0, 1 - x, -x, x ** 2, x > 0") == "(T(B, N), T(B, N), T(B, N), T(B, N), T(B, N))");
  CHECK(body("return x - x[:, 0]").substr(0, 2) == "T(");
  CHECK(body("return x - x[:, :1], x[:, 0] + x[:, :1]") == "(T(B, N), T(B, B))");
}

}  // namespace
}  // namespace shapelint::test
