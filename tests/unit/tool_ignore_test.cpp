// Ignore patterns, against examples of gitignore(5).
#include <doctest/doctest.h>

#include "tool/ignore.h"

namespace shapelint::tool {
namespace {

bool ignored(std::string_view lines, std::string_view path, bool is_folder = false) {
  IgnorePatterns patterns;
  patterns.add_file(lines, "/p");
  return patterns.matches(path, is_folder);
}

TEST_CASE("gitignore patterns") {
  CHECK(ignored("*.py\n", "/p/a/b.py"));
  CHECK_FALSE(ignored("*.py\n", "/q/b.py"));
  CHECK(ignored("build\n", "/p/a/build", true));
  CHECK_FALSE(ignored("/build\n", "/p/a/build", true));
  CHECK(ignored("/build\n", "/p/build", true));
  CHECK_FALSE(ignored("build/\n", "/p/build"));
  CHECK(ignored("doc/*.txt\n", "/p/doc/a.txt"));
  CHECK_FALSE(ignored("doc/*.txt\n", "/p/doc/server/a.txt"));
  CHECK_FALSE(ignored("doc/*.txt\n", "/p/x/doc/a.txt"));
  CHECK(ignored("**/foo/bar\n", "/p/x/y/foo/bar"));
  CHECK(ignored("a/**/b\n", "/p/a/b"));
  CHECK(ignored("a/**/b\n", "/p/a/x/y/b"));
  CHECK(ignored("abc/**\n", "/p/abc/x/y"));
  CHECK_FALSE(ignored("abc/**\n", "/p/abc", true));
  CHECK_FALSE(ignored("*.py\n!keep.py\n", "/p/keep.py"));
  CHECK(ignored("!keep.py\n*.py\n", "/p/keep.py"));
  CHECK_FALSE(ignored("# *.py\n\n", "/p/a.py"));
  CHECK(ignored("\\#a\n", "/p/#a"));
  CHECK(ignored("file[0-9].py  \r\n", "/p/file1.py"));
}

}  // namespace
}  // namespace shapelint::tool
