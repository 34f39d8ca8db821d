// The wire form: there and back, and no corrupt program gets in.
#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "lib/language/wire.h"
#include "tests/unit/language_helpers.h"

namespace shapelint::test {
namespace {

using Json = nlohmann::ordered_json;

// Holds every kind of node at least once (checked below).
constexpr const char* kEverything = R"py("""doc"""
import a.b as c
from ..d import e as f, g
x: int = 1
x = y[1:2, ...] = -1.5
x.a += 1e999
del x, y
@dec
class K(Base, *more, key=1, **kw):
    v: str
    def m(self, /, p: T = None, *a, q, **k) -> R:
        """m"""
        nonlocal z
        global w
        for i, *j in range(3):
            break
        else:
            continue
        while not True:
            pass
        with open(n) as h, other:
            raise E
        try:
            assert a < b <= c, "no"
        except E as err:
            return
        finally:
            yield
        if a and b:
            return lambda u=1: (u, [1], {2}, {3: 4, **n}, f"{u}", (t := 5), a if b else c, *s)
async def gen():
    return [q for q in r if q] + {q: 1 for q in r} @ {q for q in r}  # why
x = (1, 'é')
print 'old'
2j
)
)py";

TEST_CASE("there and back") {
  const Parsed p(kEverything);
  const Json json = to_json(p.module);
  std::vector<std::string> kinds;
  for (const auto& e : json["exprs"]) kinds.push_back("e:" + e["kind"].get<std::string>());
  for (const auto& s : json["stmts"]) kinds.push_back("s:" + s["kind"].get<std::string>());
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  CHECK(kinds.size() ==
        std::variant_size_v<decltype(ast::Expr::node)> + std::variant_size_v<decltype(ast::Stmt::node)>);

  const auto back = from_json(json, SourceId{7});
  REQUIRE_MESSAGE(back.has_value(), (back ? std::string() : back.error().message));
  CHECK(to_json(*back) == json);
  CHECK(back->exprs.at(3).span == p.module.exprs.at(3).span);
  CHECK(back->source == SourceId{7});
  const auto cbor = from_cbor(to_cbor(p.module), SourceId{7});
  REQUIRE(cbor.has_value());
  CHECK(to_json(*cbor) == json);
  const auto text = from_json(Json::parse(json.dump()), SourceId{7});
  REQUIRE(text.has_value());
  CHECK(to_json(*text) == json);
}

TEST_CASE("the form of a node") {
  const Json json = to_json(Parsed("a.b\n").module);
  CHECK(json["exprs"][1].dump() == R"({"kind":"attribute","span":[0,3],"value":0,"name":"b","name_span":[2,3]})");
  CHECK(json["stmts"][0].dump() == R"({"kind":"expression","span":[0,3],"value":1})");
  CHECK(json["body"].dump() == "[0]");
}

TEST_CASE("corrupt programs are refused with their place") {
  const Json good = to_json(Parsed("x = f(a, b) + 1\ndef g(): return lambda: 2\nclass C: pass\n").module);
  REQUIRE(from_json(good, {}).has_value());
  const auto index_of = [&](const char* list, const char* kind) {
    for (std::size_t i = 0; i < good[list].size(); ++i)
      if (good[list][i]["kind"] == kind) return i;
    return std::size_t{0};
  };
  const std::size_t binary = index_of("exprs", "binary"), call = index_of("exprs", "call");
  const std::size_t name = index_of("exprs", "name"), assign = index_of("stmts", "assign");
  const std::pair<const char*, std::function<void(Json&)>> table[] = {
      {"version", [](Json& j) { j["version"] = 2; }},
      {"version", [](Json& j) { j.erase("version"); }},
      {"exprs", [](Json& j) { j["exprs"] = 3; }},
      {"unknown kind", [&](Json& j) { j["exprs"][binary]["kind"] = "lisp"; }},
      {"existing node", [&](Json& j) { j["exprs"][binary]["left"] = 9999; }},
      {"existing node", [&](Json& j) { j["exprs"][binary]["left"] = -1; }},
      {"existing node", [&](Json& j) { j["exprs"][binary]["left"] = nullptr; }},
      {"existing node", [&](Json& j) { j["exprs"][binary]["left"] = 1.5; }},
      {"known value", [&](Json& j) { j["exprs"][binary]["op"] = "<=>"; }},
      {"missing", [&](Json& j) { j["exprs"][binary].erase("right"); }},
      {"more than once", [&](Json& j) { j["exprs"][binary]["left"] = j["exprs"][binary]["right"]; }},
      {"contains itself",
       [&](Json& j) {
         j["exprs"][binary]["left"] = j["exprs"][call]["function"];
         j["exprs"][call]["function"] = call;
       }},
      {"[begin, end]", [&](Json& j) { j["exprs"][name]["span"] = Json::array({5, 2}); }},
      {"[begin, end]", [&](Json& j) { j["exprs"][name]["span"] = Json::array({0, 4294967296}); }},
      {"[begin, end]", [&](Json& j) { j["exprs"][name]["span"] = 1; }},
      {"UTF-8", [&](Json& j) { j["exprs"][name]["id"] = "\xFF"; }},
      {"UTF-8", [&](Json& j) { j["exprs"][name]["id"] = 7; }},
      {"no targets", [&](Json& j) { j["stmts"][assign]["targets"] = Json::array(); }},
      {"array", [&](Json& j) { j["functions"][0]["params"] = 1; }},
      {"object", [&](Json& j) { j["exprs"][call]["arguments"][0] = 1; }},
      {"existing node", [](Json& j) { j["body"][0] = 1000; }},
      {"true or false", [](Json& j) { j["functions"][0]["is_async"] = 1; }}};
  for (const auto& [reason, damage] : table) {
    Json bad = good;
    damage(bad);
    CAPTURE(reason);
    const auto result = from_json(bad, {});
    REQUIRE_FALSE(result.has_value());
    CAPTURE(result.error().message);
    CHECK(result.error().message.find(reason) != std::string::npos);
  }
  CHECK_FALSE(from_json(Json(), {}).has_value());
  CHECK_FALSE(from_json(Json::array(), {}).has_value());
}

TEST_CASE("a tower of nodes is refused") {
  Json json = to_json(Parsed("x\n").module);
  for (int i = 1; i < 5000; ++i) json["exprs"].push_back({{"kind", "starred"}, {"span", {0, 1}}, {"value", i - 1}});
  json["stmts"][0]["value"] = 4999;
  const auto result = from_json(json, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message == "program: nested too deeply");
}

TEST_CASE("damaged CBOR never gets further than an error") {
  const std::string good = to_cbor(Parsed("x = f(a, 'b') + 1.5\n").module);
  for (std::size_t cut = 0; cut < good.size(); ++cut) CHECK_FALSE(from_cbor(good.substr(0, cut), {}).has_value());
  CHECK_FALSE(from_cbor(good + "x", {}).has_value());
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const unsigned flip : {0x01U, 0x20U, 0x80U, 0xFFU}) {
      std::string bad = good;
      bad[at] = static_cast<char>(static_cast<unsigned char>(bad[at]) ^ flip);
      if (const auto result = from_cbor(bad, {})) (void)to_json(*result);
    }
  CHECK_FALSE(from_cbor(std::string(1'000'000, '\x81'), {}).has_value());
  CHECK_FALSE(from_cbor("\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", {}).has_value());
}

}  // namespace
}  // namespace shapelint::test
