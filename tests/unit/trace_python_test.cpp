// Python's classes, functions and standard library as losses use them. Expected values are CPython's.
#include "tests/unit/trace_helpers.h"

namespace shapelint::test {
namespace {

// The value of `expression` after `set_up` at module level.
std::string value_of(const std::string& set_up, const std::string& expression) {
  return result_of(set_up + "\ndef f(x):\n    return " + expression + "\n");
}

TEST_CASE("method resolution order") {
  const std::string diamond =
      "class O:\n    def go(self):\n        return 'O'\n"
      "class A(O):\n    def go(self):\n        return 'A' + super().go()\n"
      "class B(O):\n    def go(self):\n        return 'B' + super(B, self).go()\n"
      "class C(A, B):\n    def go(self):\n        return 'C' + super().go()\n"
      "class K1(A):\n    pass\nclass K2(B):\n    pass\nclass Z(K1, K2):\n    pass\n";
  CHECK(value_of(diamond, "C().go(), Z().go()") == "('CABO', 'ABO')");
  CHECK(value_of(diamond, "[c.__name__ for c in Z.__mro__]") == "['Z', 'K1', 'A', 'K2', 'B', 'O']");
}

TEST_CASE("properties with setters, class methods, cached properties") {
  CHECK(value_of(
            "class T:\n    def __init__(self):\n        self._v = 1\n    @property\n    def v(self):\n        return "
            "self._v\n    @v.setter\n    def v(self, new):\n        self._v = new * 2\n"
            "def go():\n    t = T()\n    t.v = 5\n    return t.v, t._v",
            "go()") == "(10, 10)");
  CHECK(
      value_of("from functools import cached_property, lru_cache\nclass T:\n    @cached_property\n    def v(self):\n   "
               "     return 3\n    @classmethod\n    def make(cls):\n        return cls()\n    @staticmethod\n    "
               "@lru_cache(maxsize=None)\n    def s(a):\n        return a",
               "T.make().v, T.s(4)") == "(3, 4)");
  CHECK(value_of("class A:\n    @classmethod\n    def build(cls, n):\n        return cls(n)\nclass B(A):\n    def "
                 "__init__(self, n):\n        self.n = n\n    @classmethod\n    def build(cls, n):\n        return "
                 "super().build(n + 1)",
                 "B.build(1).n") == "2");
  CHECK(
      value_of("class S:\n    def __new__(cls, n):\n        o = super().__new__(cls)\n        o.k = n\n        return "
               "o\n    def __init__(self, n):\n        self.n = n + 1",
               "(S(1).k, S(1).n)") == "(1, 2)");
}

TEST_CASE("decorators") {
  CHECK(value_of(
            "import functools\ndef twice(g):\n    @functools.wraps(g)\n    def wrapper(*a, **k):\n        return g(*a, "
            "**k) * 2\n    return wrapper\n@twice\ndef g(n):\n    return n + 1",
            "g(3)") == "8");
  // A decorator that is not known leaves what it decorates.
  CHECK(value_of("from nowhere import register, jit\n@register.module('x')\nclass C:\n    k = 1\n@jit(fast=True)\ndef "
                 "g():\n    return 2",
                 "C.k, g()") == "(1, 2)");
  // A registry of the project's own.
  CHECK(value_of(
            "class Registry:\n    def __init__(self):\n        self.all = {}\n    def register(self, name=None):\n    "
            "    def wrap(cls):\n            self.all[name or cls.__name__] = cls\n            return cls\n        "
            "return wrap\n    def build(self, name, **kw):\n        return self.all[name](**kw)\n"
            "R = Registry()\n@R.register()\nclass L1:\n    def __init__(self, w=1):\n        self.w = w\n",
            "L1(w=3).w") == "3");
}

TEST_CASE("dataclasses") {
  const std::string point =
      "from dataclasses import dataclass, field, asdict, replace\nfrom typing import ClassVar\n@dataclass\nclass P:\n  "
      "  "
      "x: int\n    y: int = 2\n    tags: list = field(default_factory=list)\n    k: ClassVar[int] = 9\n"
      "@dataclass(frozen=True)\nclass Q(P):\n    z: int = field(default=4)\n    total: int = field(init=False, "
      "default=0)\n  "
      "  def __post_init__(self):\n        self.total = self.x + self.z\n";
  CHECK(value_of(point, "P(1).x, P(1).y, P(1).tags, P(1, y=5).y") == "(1, 2, [], 5)");
  CHECK(value_of(point, "Q(1, z=10).total, Q(1).z") == "(11, 4)");
  CHECK(value_of(point, "asdict(P(1))") == "{'x': 1, 'y': 2, 'tags': []}");
  CHECK(value_of(point, "replace(P(1), y=7).y") == "7");
}

TEST_CASE("named tuples, enumerations, typed dicts") {
  CHECK(value_of("from typing import NamedTuple\nclass Out(NamedTuple):\n    loss: int\n    aux: int = 3\n    def "
                 "both(self):\n "
                 "       return self.loss + self.aux\ndef go():\n    a, b = Out(1)\n    return a, b, Out(1)[1], "
                 "Out(2).both(), len(Out(1)), isinstance(Out(1), tuple)",
                 "go()") == "(1, 3, 3, 5, 2, True)");
  CHECK(value_of("from collections import namedtuple\nP = namedtuple('P', 'x y', defaults=[8])",
                 "P(1).y, P(x=2, y=3)[0]") == "(8, 2)");
  const std::string colours =
      "from enum import Enum, IntEnum, auto\nclass R(Enum):\n    MEAN = 'mean'\n    SUM = 'sum'\nclass N(IntEnum):\n   "
      " A = "
      "auto()\n    B = auto()\nclass S(str, Enum):\n    X = 'x'\n";
  CHECK(value_of(colours, "R.MEAN == R.MEAN, R.MEAN is R.SUM, R.MEAN.value, R('sum').name, R['SUM'].value") ==
        "(True, False, 'mean', 'SUM', 'sum')");
  CHECK(value_of(colours, "N.B == 2, S.X == 'x', [r.name for r in R], R.MEAN == 'mean'") ==
        "(True, True, ['MEAN', 'SUM'], False)");
  CHECK(value_of("from typing import TypedDict\nclass D(TypedDict):\n    a: int", "D(a=1)['a']") == "1");
}

TEST_CASE("subclasses of builtin types") {
  CHECK(
      value_of(
          "class D(dict):\n    def __getattr__(self, name):\n        return self[name]\ndef go():\n    d = D(a=1)\n    "
          "d['b'] = 2\n    return d.a, d['b'], len(d), 'a' in d, isinstance(d, dict), d.get('c', 3)",
          "go()") == "(1, 2, 2, True, True, 3)");
  CHECK(value_of("class L(list):\n    def first(self):\n        return self[0]\ndef go():\n    l = L([4, 5])\n    "
                 "l.append(6)\n "
                 "   return l.first(), len(l), sum(l)",
                 "go()") == "(4, 3, 15)");
}

TEST_CASE("operators of the user's classes") {
  const std::string money =
      "class M:\n    def __init__(self, n):\n        self.n = n\n    def __add__(self, o):\n        return M(self.n + "
      "(o.n if isinstance(o, M) else o))\n    __radd__ = __add__\n    def __mul__(self, k):\n        return M(self.n * "
      "k)\n  "
      "  def __neg__(self):\n        return M(-self.n)\n    def __eq__(self, o):\n        return self.n == o.n\n    "
      "def "
      "__lt__(self, o):\n        return self.n < o.n\n    def __len__(self):\n        return self.n\n    def "
      "__getitem__(self, i):\n        return self.n + i\n    def __contains__(self, i):\n        return i == self.n\n  "
      "  def "
      "__iadd__(self, o):\n        self.n += o\n        return self\n    def __bool__(self):\n        return self.n > "
      "0\n";
  CHECK(value_of(money, "(M(1) + M(2)).n, (1 + M(2)).n, sum([M(1), M(2)]).n, (M(3) * 2).n, (-M(1)).n") ==
        "(3, 3, 3, 6, -1)");
  CHECK(value_of(money, "M(1) == M(1), M(1) < M(2), M(1) != M(1), M(3)[4], 3 in M(3), not M(0)") ==
        "(True, True, False, 7, True, True)");
  CHECK(value_of(money + "def go():\n    m = M(1)\n    m += 4\n    return m.n, len(m)\n", "go()") == "(5, 5)");
}

TEST_CASE("generators") {
  CHECK(value_of("def g(n):\n    for i in range(n):\n        if i == 1:\n            continue\n        yield i\n    "
                 "yield from "
                 "(7, 8)",
                 "list(g(3)), sum(g(3)), [a for a in g(2)], next(g(3))") == "([0, 2, 7, 8], 17, [0, 7, 8], 0)");
  CHECK(
      value_of(
          "from contextlib import contextmanager\n@contextmanager\ndef scope(k):\n    yield k + 1\ndef go():\n    with "
          "scope(2) as s:\n        return s",
          "go()") == "3");
  CHECK(value_of("def go():\n    it = iter([1, 2, 3])\n    return next(it), next(it), next(it), next(it, 'end')",
                 "go()") == "(1, 2, 3, 'end')");
}

TEST_CASE("text") {
  CHECK(value_of("n = 2",
                 "f'loss_{n}', f'{n:02d}' == '02' or 1, 'a' + str(1.0), '%s-%d' % ('x', 3), '{}_{k}'.format(1, k=2)")
            .starts_with("('loss_2', "));
  CHECK(value_of("", "'a,b'.split(','), '-'.join(['x', 'y']), 'Mean'.lower(), 'ab'.upper(), ' a '.strip()") ==
        "(['a', 'b'], 'x-y', 'mean', 'AB', 'a')");
  CHECK(value_of(
            "", "'smooth_l1'.replace('_', ''), 'abc'[1:], 'abc'[-1], 'abc'.startswith(('x', 'a')), 'a b  c'.split()") ==
        "('smoothl1', 'bc', 'c', True, ['a', 'b', 'c'])");
  CHECK(value_of("", "'a_b_c'.rsplit('_', 1), 'a=b'.partition('='), 'x1'.isdigit(), 'hello world'.title(), 'ab' * 2") ==
        "(['a_b', 'c'], ('a', '=', 'b'), False, 'Hello World', 'abab')");
  CHECK(value_of("class C:\n    loss_a = 1\n", "getattr(C, f\"loss_{'a'}\")") == "1");
}

TEST_CASE("containers") {
  CHECK(
      value_of(
          "from collections import OrderedDict, defaultdict, Counter, deque\ndef go():\n    d = defaultdict(list)\n   "
          " d['a'].append(1)\n    d['a'].append(2)\n    n = defaultdict(int)\n    n['k'] += 3\n    return d, n, "
          "OrderedDict(a=1), Counter('aab')['a'], deque([1, 2]).popleft()",
          "go()") == "({'a': [1, 2]}, {'k': 3}, {'a': 1}, 2, 1)");
  CHECK(
      value_of("",
               "{1, 2} | {2, 3}, {1, 2} & {2, 3}, {1, 2} - {2}, set([1, 1]), {1} == {1}, {1, 2}.issubset({1, 2, 3})") ==
      "([1, 2, 3], [2], [1], [1], True, True)");
  CHECK(value_of(
            "", "sorted(['b', 'a']), sorted([3, 1], reverse=True), sorted([(1, 'z'), (0, 'y')], key=lambda p: p[0])") ==
        "(['a', 'b'], [3, 1], [(0, 'y'), (1, 'z')])");
  CHECK(value_of("", "max([1, 5], key=lambda v: -v), min([], default=4), max('a', 'b')") == "(1, 4, 'b')");
  CHECK(value_of("", "{**{'a': 1}, 'b': 2} | {'a': 3}, dict([['k', 1]]), dict.fromkeys(['a'], 0)") ==
        "({'a': 3, 'b': 2}, {'k': 1}, {'a': 0})");
  CHECK(value_of("import itertools",
                 "list(itertools.product([1, 2], 'a')), list(itertools.combinations([1, 2, 3], 2)), "
                 "list(itertools.chain([1], (2,)))") == "([(1, 'a'), (2, 'a')], [(1, 2), (1, 3), (2, 3)], [1, 2])");
  CHECK(value_of("import copy\na = {'k': [1]}", "copy.deepcopy(a), copy.copy([1])") == "({'k': [1]}, [1])");
}

TEST_CASE("dispatch by text, type and table") {
  CHECK(value_of(
            "import operator\nfrom functools import partial\nT = {'mean': lambda v: v.mean(), 'sum': partial(max, 3)}",
            "T['sum'](5), operator.add(1, 2), operator.itemgetter(1)([4, 5])") == "(5, 3, 5)");
  CHECK(value_of("", "type([1])((1, 2)), type((1,))([3]), isinstance(1, (int, str)), isinstance('a', str)") ==
        "([1, 2], (3), True, True)");
  CHECK(value_of("from typing import Sequence, Callable\nfrom collections.abc import Mapping\nimport numbers",
                 "isinstance([1], Sequence), isinstance({}, Mapping), isinstance(1.0, numbers.Number), isinstance(len, "
                 "Callable), isinstance('a', Mapping)") == "(True, True, True, True, False)");
  CHECK(value_of("import math", "math.ceil(2.1), math.pi > 3, math.log(1.0), math.comb(5, 2), math.inf > 1") ==
        "(3, True, 0f, 10, True)");
  CHECK(value_of("import sys", "sys.version_info >= (3, 8), (1, 2) < (1, 3), sys.version_info.major") ==
        "(True, True, 3)");
  CHECK(value_of("", "int('12'), float('1e-3'), int(2.9)") == "(12, 0.001f, 2)");
  CHECK(value_of("import os", "os.environ.get('X', 'd'), os.path.join('a', 'b')") == "('d', 'a/b')");
  CHECK(value_of("import logging, warnings\nlog = logging.getLogger(__name__)\ndef go():\n    log.info('x %d', 1)\n    "
                 "warnings.warn('w', UserWarning)\n    return 1",
                 "go()") == "1");
}

TEST_CASE("exceptions find their handlers") {
  const auto caught = [](const std::string& raised, const std::string& handlers) {
    return value_of("class Own(KeyError):\n    pass\ndef go():\n    try:\n        raise " + raised + "\n" + handlers,
                    "go()");
  };
  CHECK(caught("KeyError('k')", "    except ValueError:\n        return 1\n    except KeyError:\n        return 2") ==
        "2");
  CHECK(caught("Own()",
               "    except (ValueError, LookupError):\n        return 1\n    except Exception:\n        return 2") ==
        "1");
  CHECK(value_of("def go():\n    try:\n        return {}['a']\n    except IndexError:\n        return 1\n    except "
                 "KeyError:\n        return 2\n    finally:\n        pass",
                 "go()") == "2");
}

TEST_CASE("an object under an unknown base is usable") {
  const std::string text =
      "from nowhere import Base\nclass L(Base):\n    def __init__(self, k):\n        super().__init__()\n        "
      "self.k = k\n "
      "   def forward(self, t):\n        return t[:, 0], self.k\ndef f(x):\n    return L(4)(x)\n";
  CHECK(result_of(text) == "(T(B,), 4)");
}

}  // namespace
}  // namespace shapelint::test
