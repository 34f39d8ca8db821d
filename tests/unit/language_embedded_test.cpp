// The framework definitions inside the executable are the files of rules/frameworks, all of them and unchanged.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "lib/language/frameworks.h"

namespace shapelint {
namespace {
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("every embedded text equals its file") {
  for (const EmbeddedModule& module : embedded_modules()) {
    CAPTURE(module.path);
    CHECK(module.text == read(fs::path(SHAPELINT_SOURCE_DIR) / module.path));
  }
}

TEST_CASE("every .loss file below rules/frameworks is embedded, under the name by which it is imported") {
  const auto modules = embedded_modules();
  std::size_t count = 0;
  const fs::path root = fs::path(SHAPELINT_SOURCE_DIR) / "rules/frameworks";
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".loss") continue;
    ++count;
    std::string name = fs::relative(entry.path(), root).replace_extension().generic_string();
    if (name.ends_with("/__init__")) name.resize(name.size() - std::string_view("/__init__").size());
    std::ranges::replace(name, '/', '.');
    CAPTURE(name);
    const auto found = std::ranges::lower_bound(modules, std::string_view(name), {}, &EmbeddedModule::module);
    REQUIRE(found != modules.end());
    CHECK(found->module == name);
    CHECK(found->path == fs::relative(entry.path(), SHAPELINT_SOURCE_DIR).generic_string());
  }
  CHECK(modules.size() == count);
  CHECK(count > 0);
}
}  // namespace
}  // namespace shapelint
