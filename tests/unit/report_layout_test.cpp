// Lines on a terminal: columns of tabs and wide characters, nothing that steers a terminal, shapes for people, numbers.
#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "lib/report/json.h"
#include "lib/report/layout.h"
#include "lib/report/numbers.h"
#include "lib/report/parts.h"

namespace shapelint {
namespace {

ArrayPtr array_of(Extents shape, std::vector<double> values, DType dtype = DType::float32) {
  return std::make_shared<const Array>(Array{dtype, std::move(shape), std::move(values)});
}

Span span_of(const SourceMap& sources, SourceId id, std::string_view text) {
  const auto at = static_cast<std::uint32_t>(sources.file(id).text().find(text));
  return {id, at, at + static_cast<std::uint32_t>(text.size())};
}

}  // namespace

TEST_CASE("display width counts columns, not bytes") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\xC3\xA9") == 1);                  // e with acute, two bytes
  CHECK(display_width("\xE6\x8D\x9F\xE5\xA4\xB1") == 4);  // two wide characters
  CHECK(display_width("e\xCC\x81") == 1);                 // combining acute
}

TEST_CASE("what steers a terminal is replaced") {
  CHECK(printable("a\x1b[31mb") == "a?[31mb");
  CHECK(printable("a\nb\tc") == "a b c");
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a?b");  // right-to-left override
  CHECK(printable("a\xFF") == "a?");
  CHECK(view_line("x\x1b]0;t\x07").text == "x?]0;t?");
}

TEST_CASE("carets stand under the exact columns") {
  const Style plain(Colour::off);
  const auto same = [](std::string_view text) { return std::string(text); };
  SourceMap sources;
  SUBCASE("tabs") {
    const SourceId id = sources.add("a.py", "if x:\n\ty = f(x)\n");
    CHECK(snippet(sources, span_of(sources, id, "f(x)"), "here", 0, plain, same) ==
          "  |\n"
          "2 |     y = f(x)\n"
          "  |         ^^^^ here\n");
  }
  SUBCASE("wide characters before and inside") {
    const SourceId id = sources.add("a.py", "\xE6\x8D\x9F = g(\xE5\xA4\xB1)\n");
    CHECK(snippet(sources, span_of(sources, id, "g(\xE5\xA4\xB1)"), "", 0, plain, same) ==
          "  |\n"
          "1 | \xE6\x8D\x9F = g(\xE5\xA4\xB1)\n"
          "  |      ^^^^^\n");
  }
  SUBCASE("several lines") {
    const SourceId id = sources.add("a.py", "x = f(\n    a,\n)\n");
    CHECK(snippet(sources, span_of(sources, id, "f(\n    a,\n)"), "", 0, plain, same) ==
          "  |\n"
          "1 | x = f(\n"
          "  |     ^^\n"
          "2 |     a,\n"
          "  |     ^^\n"
          "3 | )\n"
          "  | ^\n");
  }
  SUBCASE("a very long line is cut around the place") {
    const SourceId id = sources.add("a.py", std::string(5000, 'a') + "+here+" + std::string(5000, 'b'));
    const std::string text = snippet(sources, span_of(sources, id, "here"), "", 0, plain, same);
    CHECK(text.size() < 600);
    CHECK(text.find("+here+") != std::string::npos);
    const std::size_t source_line = text.find("1 | ");
    const std::size_t caret_line = text.find("\n  | ", source_line);
    CHECK(text.find("here") - source_line == text.find('^') - (caret_line + 1));
  }
  SUBCASE("an empty span at the end of the text") {
    const SourceId id = sources.add("a.py", "x = ");
    CHECK(snippet(sources, {id, 4, 4}, "", 0, plain, same) == "  |\n1 | x = \n  |     ^\n");
  }
}

TEST_CASE("shapes for people") {
  CHECK(people_shape("B N-1") == "(B, N-1)");
  CHECK(people_shape("B") == "(B,)");
  CHECK(people_shape("") == "()");
  CHECK(people_shape("?") == "(?)");
  CHECK(people_shape("(N+1)//2 C") == "((N+1)//2, C)");
  CHECK(people_shape("[B, B C]") == "[(B,), (B, C)]");
}

TEST_CASE("numbers for people have seven digits") {
  CHECK(number_text(static_cast<double>(0.1F)) == "0.1");
  CHECK(number_text(0.22839302) == "0.228393");
  CHECK(number_text(3, DType::int64) == "3");
  CHECK(number_text(1, DType::boolean) == "True");
  CHECK(number_text(NAN) == "nan");
  CHECK(number_text(-INFINITY) == "-inf");
  CHECK(number_text(-0.0) == "0");
}

TEST_CASE("long arrays are shortened in the middle") {
  CHECK(array_text(*array_of({3}, {1, 2, 3})) == "[1, 2, 3]");
  CHECK(array_text(*array_of({2, 2}, {1, 2, 3, 4})) == "[[1, 2], [3, 4]]");
  CHECK(array_text(*array_of({}, {5})) == "5");
  CHECK(array_text(*array_of({0}, {})) == "[]");
  std::vector<double> many(1000);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
  CHECK(array_text(*array_of({1000}, many), 24) == "[0, 1, ..., 998, 999]");
}

TEST_CASE("JSON numbers read back as float32, and nothing is lost") {
  CHECK(array_json(array_of({2}, {static_cast<double>(0.1F), 1})).dump() == "[0.1,1.0]");
  CHECK(array_json(array_of({2}, {0.1, 1}, DType::float64)).dump() == "[0.1,1.0]");
  CHECK(array_json(array_of({}, {7}, DType::int64)).dump() == "7");
  CHECK(array_json(array_of({2}, {0, 1}, DType::boolean)).dump() == "[false,true]");
  CHECK(array_json(array_of({3}, {NAN, INFINITY, -INFINITY})).dump() == R"(["NaN","Infinity","-Infinity"])");
  CHECK(array_json(array_of({2, 0}, {})).dump() == "[[],[]]");
  CHECK(array_json(nullptr).is_null());
  // 1/3 in float32, to the digits that float32 has.
  const float third = 1.0F / 3.0F;
  CHECK(static_cast<float>(shortest(static_cast<double>(third), DType::float32)) == third);
  CHECK(array_json(array_of({}, {static_cast<double>(third)})).dump() == "0.33333334");
}

TEST_CASE("a basis is said in words") {
  CHECK(basis_text({{"a", "B", ShapeSource::annotation, DType::float32}}).empty());
  CHECK(basis_text({{"a", "B N", ShapeSource::convention, DType::float32}}) ==
        "no shape is given anywhere: Keras' convention (batch, d0, ...) is used");
  CHECK(basis_text({{"a", "B N", ShapeSource::annotation, DType::float32},
                    {"b", "B N", ShapeSource::convention, DType::float32}}) ==
        "no shape is given for b: Keras' convention (batch, d0, ...) is used");
}

}  // namespace shapelint
