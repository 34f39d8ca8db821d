// Modules as Python resolves them: packages, relative and star imports, what is run and when.
#include <algorithm>

#include "tests/unit/trace_helpers.h"

namespace shapelint::test {
namespace {

std::string with_modules(const std::string& text, std::map<std::string, std::string, std::less<>> modules) {
  TraceOptions options;
  options.modules = std::move(modules);
  return result_of(text, options);
}

TEST_CASE("a package hands on what its modules define") {
  CHECK(with_modules("from pkg import f1, g\ndef f(x):\n    return f1(), g()\n",
                     {{"pkg.__init__", "from .a import f1\nfrom .sub import g\n"},
                      {"pkg.a", "def f1():\n    return 'a'\n"},
                      {"pkg.sub.__init__", "from ..a import f1\nfrom .deep import *\n"},
                      {"pkg.sub.deep", "from pkg.a import f1\ndef g():\n    return f1() + 'g'\n"}}) == "('a', 'ag')");
}

TEST_CASE("import a.b.c binds a, and submodules are attributes") {
  const std::map<std::string, std::string, std::less<>> modules = {
      {"a.__init__", ""}, {"a.b.__init__", ""}, {"a.b.c", "K = 7\n"}};
  CHECK(with_modules("import a.b.c\ndef f(x):\n    return a.b.c.K\n", modules) == "7");
  CHECK(with_modules("import a.b.c as m\ndef f(x):\n    return m.K\n", modules) == "7");
  CHECK(with_modules("from a.b import c\ndef f(x):\n    return c.K\n", modules) == "7");
  CHECK(with_modules("def f(x):\n    from a.b.c import K as k\n    return k\n", modules) == "7");
}

TEST_CASE("a star brings what __all__ lists, or what has no underscore") {
  const std::map<std::string, std::string, std::less<>> modules = {
      {"listed", "__all__ = ['_a']\n__all__ += ['b']\n_a = 1\nb = 2\nc = 3\n"}, {"plain", "_a = 1\nb = 4\n"}};
  CHECK(with_modules("from listed import *\ndef f(x):\n    return _a, b\n", modules) == "(1, 2)");
  CHECK(with_modules("from listed import *\nc = 9\ndef f(x):\n    return c\n", modules) == "9");
  TraceOptions options;
  options.modules = modules;
  CHECK(Traced("from listed import *\ndef f(x):\n    return c\n", {{"x", "B"}}, options).is_unknown());
  CHECK(Traced("from plain import *\ndef f(x):\n    return _a\n", {{"x", "B"}}, options).is_unknown());
  // The last star wins.
  CHECK(with_modules("from listed import *\nfrom plain import *\ndef f(x):\n    return b\n", modules) == "4");
}

TEST_CASE("only what a name needs is run") {
  TraceOptions options;
  options.modules = {{"big.__init__", "from .used import f1\nfrom .other import g\nX = explode()\n"},
                     {"big.used", "from .helper import h\ndef f1():\n    return 1\ndef f2():\n    return h()\n"},
                     {"big.other", "def g():\n    return 2\n"},
                     {"big.helper", "def h():\n    return 3\n"}};
  const Traced traced("from big import f1\ndef f(x):\n    return f1()\n", {{"x", "B"}}, options);
  CHECK(traced.result() == "1");
  CHECK(std::ranges::find(traced.provider.asked, "big.used") != traced.provider.asked.end());
  CHECK(std::ranges::find(traced.provider.asked, "big.other") == traced.provider.asked.end());
  CHECK(std::ranges::find(traced.provider.asked, "big.helper") == traced.provider.asked.end());
}

TEST_CASE("statements that change a name run before it is read, in order") {
  CHECK(result_of("table = {}\ntable['a'] = 1\ntable.update(b=2)\ndef f(x):\n    return table\n") ==
        "{'a': 1, 'b': 2}");
  CHECK(result_of("n = 1\nm = n\nn = 2\ndef f(x):\n    return m, n\n") == "(1, 2)");
  CHECK(result_of("class A:\n    pass\nA.k = 5\nsetattr(A, 'l', 6)\ndef f(x):\n    return A.k, A.l\n") == "(5, 6)");
  CHECK(result_of("for i in range(3):\n    last = i\ndef f(x):\n    return last\n") == "2");
  CHECK(result_of(
            "if True:\n    def g():\n        return 1\nelse:\n    def g():\n        return 2\ndef f(x):\n    return "
            "g()\n") == "1");
}

TEST_CASE("circular imports") {
  CHECK(with_modules("from a import fa\ndef f(x):\n    return fa()\n",
                     {{"a", "from b import fb\ndef fa():\n    return fb() + 1\ndef base():\n    return 1\n"},
                      {"b", "from a import base\ndef fb():\n    return base() + 1\n"}}) == "3");
  CHECK(with_modules("import a\ndef f(x):\n    return a.y\n",
                     {{"a", "from b import *\ny = 1\n"}, {"b", "from a import *\n"}}) == "1");
}

TEST_CASE("a package that is not there takes the way the code has for that") {
  CHECK(result_of("try:\n    import nowhere\n    HAS = True\nexcept ImportError:\n    nowhere = None\n    HAS = "
                  "False\ndef f(x):\n    return HAS, nowhere\n") == "(False, None)");
  CHECK(
      result_of("try:\n    from nowhere import g\nexcept (ImportError, OSError):\n    def g():\n        return 4\ndef "
                "f(x):\n    return g()\n") == "4");
  const Traced needed(
      "try:\n    import nowhere\nexcept ImportError as e:\n    raise RuntimeError('install it')\ndef "
      "f(x):\n    return nowhere.g(x)\n",
      {{"x", "B"}});
  CHECK(needed.is_unknown());
  CHECK(needed.reasons().find("package `nowhere` is not known") != std::string::npos);
}

TEST_CASE("unknown packages and members are named") {
  TraceOptions options;
  options.modules = {{"pkg.__init__", ""}};
  const Traced package("from other.thing import g\ndef f(x):\n    return g(x)\n", {{"x", "B"}}, options);
  CHECK(package.reasons().find("package `other` is not known") != std::string::npos);
  const Traced member("from pkg import g\ndef f(x):\n    return g(x)\n", {{"x", "B"}}, options);
  CHECK(member.reasons().find("`pkg.g` is not known") != std::string::npos);
  const Traced module("import pkg.thing\ndef f(x):\n    return pkg.thing.g(x)\n", {{"x", "B"}}, options);
  CHECK(module.reasons().find("`pkg.thing` is not known") != std::string::npos);
}

TEST_CASE("what is for type checkers only, by name, by module object") {
  CHECK(result_of("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from nowhere import T\ndef f(x: 'T'):\n    "
                  "return 1\n") == "1");
  CHECK(with_modules("import importlib\ndef f(x):\n    return importlib.import_module('pkg.a').K\n",
                     {{"pkg.__init__", ""}, {"pkg.a", "K = 2\n"}}) == "2");
  CHECK(result_of("def g():\n    return 3\ndef f(x):\n    return globals()['g']()\n") == "3");
  CHECK(with_modules("import lazy\ndef f(x):\n    return lazy.thing\n",
                     {{"lazy", "def __getattr__(name):\n    return name + '!'\n"}}) == "'thing!'");
}

TEST_CASE("a module that does not parse costs what needs it") {
  const std::map<std::string, std::string, std::less<>> modules = {
      {"half", "def good():\n    return 1\ndef bad(:\n    return 2\n"}};
  CHECK(with_modules("from half import good\ndef f(x):\n    return good()\n", modules) == "1");
  TraceOptions options;
  options.modules = modules;
  CHECK(Traced("from half import bad\ndef f(x):\n    return bad()\n", {{"x", "B"}}, options).is_unknown());
}

TEST_CASE("module level code of one branch is there in the other") {
  const std::string text =
      "K = [1, 2]\ndef f(x):\n    y = 0\n    for t in x:\n        if t.sum() > 0:\n            y = K[0]\n        "
      "else:\n   "
      "         y = K[0]\n    return y\n";
  CHECK(Traced(text, {{"x", "B N"}}).reasons().find("not defined") == std::string::npos);
}

}  // namespace
}  // namespace shapelint::test
