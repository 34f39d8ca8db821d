// The answer of a frontend in another process: what is written is read, and what is cut short or foreign is refused.
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "lib/language/bundle.h"
#include "lib/language/parser.h"
#include "lib/language/wire.h"

using namespace shapelint;

namespace {

ast::Module parsed(const std::string& text) {
  const SourceFile file("a.py", text);
  return parse_program(file, SourceId{}, "a");
}

Bundle two_modules() {
  Bundle bundle;
  bundle.modules.push_back({"main", "/a.cpp", parsed("def f(x):\n    return x + 1\n")});
  bundle.modules.push_back({"include:/b_h", "/b.h", parsed("def g(y):\n    return y\n")});
  bundle.notes = {"a note"};
  return bundle;
}

}  // namespace

TEST_CASE("a bundle comes back as it was") {
  const Bundle bundle = two_modules();
  const std::string bytes = write_bundle(bundle);
  const auto read = read_bundle(bytes);
  REQUIRE(read);
  CHECK(read->error.empty());
  CHECK(read->notes == bundle.notes);
  REQUIRE(read->modules.size() == 2);
  CHECK(read->modules[1].name == "include:/b_h");
  CHECK(read->modules[1].file == "/b.h");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto program = from_cbor(read->modules[i].program, SourceId{});
    REQUIRE(program);
    CHECK(to_json(*program) == to_json(bundle.modules[i].program));
  }
}

TEST_CASE("an error comes without programs") {
  Bundle bundle;
  bundle.error = "no LibTorch\nhere";
  const auto read = read_bundle(write_bundle(bundle));
  REQUIRE(read);
  CHECK(read->error == "no LibTorch\nhere");
  CHECK(read->modules.empty());
}

TEST_CASE("foreign and cut answers are refused") {
  const std::string bytes = write_bundle(two_modules());
  CHECK_FALSE(read_bundle(""));
  CHECK_FALSE(read_bundle("{}\n"));
  CHECK_FALSE(read_bundle("Segmentation fault\n"));
  CHECK_FALSE(read_bundle(bytes.substr(0, bytes.find('\n'))));
  CHECK_FALSE(read_bundle(bytes.substr(0, bytes.size() - 1)));
  CHECK_FALSE(read_bundle("{\"bundle\":99,\"modules\":[]}\n"));
  CHECK_FALSE(read_bundle("{\"bundle\":1,\"modules\":[{\"size\":-1}]}\n"));
  CHECK_FALSE(read_bundle("{\"bundle\":1,\"modules\":[{\"size\":1e30}]}\n"));
}
