// The grammar of shape strings. What is accepted and rejected was compared with jaxtyping 0.3.11; where this is
// stricter, the case says so.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "lib/shape/jaxtyping.h"

namespace shapelint {
namespace {

struct Fixture {
  DimTable dims;
  std::map<std::string, Dim, std::less<>> names;
  SymbolLookup lookup = [this](std::string_view name) {
    const auto it = names.find(name);
    return it != names.end() ? it->second : names[std::string(name)] = dims.fresh(std::string(name));
  };

  ShapeSpec spec(std::string_view text) {
    auto out = parse_shape(text, dims, lookup);
    REQUIRE_MESSAGE(out.has_value(), std::string(text));
    return *out;
  }
  /// The shape written back, with prefixes.
  std::string read(std::string_view text) {
    std::string out;
    for (const ShapeSpec::Axis& axis : spec(text).axes) {
      if (!out.empty()) out += ' ';
      if (axis.broadcastable) out += '#';
      if (axis.variadic) out += '*';
      if (axis.anonymous) out += '_';
      out += axis.variadic || axis.anonymous ? axis.name : dims.print(axis.dim);
    }
    return out;
  }
};

TEST_CASE_FIXTURE(Fixture, "grammar: accepted") {
  const std::pair<const char*, const char*> table[] = {
      {"", ""},
      {"   ", ""},
      {"B N", "B N"},
      {" B  N ", "B N"},
      {"B\tN\n", "B N"},
      {"0", "0"},
      {"007 3", "7 3"},
      {"+3", "3"},
      {"B 2*L+1", "B 2*L+1"},
      {"1+L*2", "2*L+1"},
      {"N-1", "N-1"},
      {"N//2 N%3", "N//2 N%3"},
      {"(N+1)//2", "(N+1)//2"},
      {"((N))", "N"},
      {"-1+N", "N-1"},
      {"N +1", "N 1"},  // two axes, as jaxtyping splits
      {"...", "*_..."},
      {"*", "*_"},
      {"... C", "*_... C"},
      {"B *rest", "B *rest"},
      {"*_x C", "*_x C"},
      {"_*x C", "*_x C"},
      {"#B N", "#B N"},
      {"#3", "#3"},
      {"#2*L", "#2*L"},
      {"#*x", "#*x"},
      {"*#x", "#*x"},
      {"_x N", "_x N"},
      {"rows=3 cols=4", "3 4"},
      {"x=N", "N"},
      {"x=2*L", "2*L"},
      {"#x=3", "#3"},
      {"x=#3", "#3"},
      {"x=*y", "*x"},
      {"?leaf", "_leaf"},
      {"\xC3\xA9 N", "\xC3\xA9 N"},
      {"for None", "for None"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(read(text) == expected);
  }
  const ShapeSpec any = spec("*_");
  REQUIRE(any.axes.size() == 1);
  CHECK(any.axes[0].variadic);
  CHECK(any.axes[0].anonymous);
  CHECK(any.axes[0].name.empty());
}

TEST_CASE_FIXTURE(Fixture, "grammar: names of axes") {
  const ShapeSpec out = spec("#B rows=3 2*L+1 _ _w *rest");
  REQUIRE(out.axes.size() == 6);
  CHECK(out.axes[0].name == "B");
  CHECK(out.axes[1].name == "rows");
  CHECK(out.axes[2].name == "2*L+1");
  CHECK(out.axes[3].name.empty());
  CHECK(out.axes[4].name == "w");
  CHECK(out.axes[5].name == "rest");
  CHECK(out.has_variadic());
  CHECK(!out.shape());
}

TEST_CASE_FIXTURE(Fixture, "grammar: one name is one size, every `_` its own") {
  const Shape shape = *spec("N N _ _ _a _a").shape();
  CHECK(shape[0] == shape[1]);
  for (int i = 2; i < 6; ++i) {
    CHECK(dims.is_anonymous(*dims.as_symbol(shape[i])));
    for (int j = i + 1; j < 6; ++j) CHECK(shape[i] != shape[j]);
  }
  CHECK(spell(shape, dims) == "N N ? ? ? ?");
}

TEST_CASE_FIXTURE(Fixture, "grammar: rejected, with the place and the reason") {
  const struct {
    const char* text;
    std::size_t offset;
    const char* message;
  } table[] = {
      {"B, N", 1, "axes are separated by spaces, not commas"},
      {"B,N", 1, "axes are separated by spaces, not commas"},
      {"(B, N)", 2, "not commas"},
      {"B (N,1)", 4, "not commas"},
      {"##x", 1, "`#` stands twice"},
      {"B **x", 3, "`*` stands twice"},
      {"__x", 1, "`_` stands twice"},
      {"*x *y", 3, "only one of"},
      {"... ...", 4, "only one of"},
      {"... *x", 4, "only one of"},
      {"B#", 1, "`#` stands in front"},
      {"B #", 3, "names no axis"},
      {"#*", 2, "names no axis"},       // jaxtyping takes it as an empty name
      {"x=", 2, "names no axis"},       // jaxtyping takes it as an empty name
      {"=3", 0, "`=` follows a name"},  // jaxtyping takes it as 3
      {"x=y=3", 3, "two labels"},       // jaxtyping fails when it checks
      {"*3", 0, "a number cannot stand for several axes"},
      {"*2*L", 0, "an expression cannot stand for several axes"},
      {"_4", 0, "a number cannot be anonymous"},
      {"_2*L", 0, "an expression cannot be anonymous"},
      {"#_", 0, "both anonymous (`_`) and broadcastable"},
      {"x...", 1, "stands alone"},
      {"*...", 1, "stands alone"},
      {"x=...", 2, "stands alone"},
      {"B -1", 2, "cannot be negative"},  // no array has such a size
      {"3-5", 0, "cannot be negative"},
      {"B 2N", 2, "write `2*N`"},
      {"1.5", 0, "decimal integer"},
      {"0x10", 0, "decimal integer"},
      {"99999999999999999999", 0, "too large"},
      {"N-", 2, "the expression ends"},
      {"(N", 0, "never closed"},
      {"N)", 1, "`)` without `(`"},
      {"B (N + 1)//2", 2, "without spaces"},
      {"N/2", 1, "write `//`"},
      {"N**2", 1, "`**` is not supported"},
      {"N//0", 1, "division by zero"},
      {"N%(1-1)", 1, "division by zero"},
      {"min(a,b)", 0, "calls such as `min(...)` are not supported"},
      {"a.b", 1, "attributes are not supported"},
      {"{n}", 0, "`{...}`"},
      {"B ?", 2, "write `_`"},
      {"a==b", 1, "`=` follows a name"},
      {"~N", 0, "`~` is not part of a size"},
      {"N$", 1, "`$` is not part of a size"},
      {"[B C]", 0, "a list of shapes"},
      {"()", 1, "`)` without `(`"},
  };
  for (const auto& row : table) {
    CAPTURE(row.text);
    const auto out = parse_shape(row.text, dims, lookup);
    REQUIRE(!out.has_value());
    CAPTURE(out.error().message);
    CHECK(out.error().offset == row.offset);
    CHECK(out.error().message.find(row.message) != std::string::npos);
  }
}

TEST_CASE_FIXTURE(Fixture, "grammar: what an annotation leaves to the run is a size by the name of its text") {
  const auto out = parse_annotation("B {n} min(a,b) x.size {n}", dims, lookup);
  REQUIRE(out.has_value());
  REQUIRE(out->axes.size() == 5);
  CHECK(out->axes[1].dim == out->axes[4].dim);
  CHECK(out->axes[1].dim != out->axes[2].dim);
  CHECK(!parse_annotation("B, N", dims, lookup).has_value());
}

TEST_CASE_FIXTURE(Fixture, "grammar: hostile text") {
  const auto rejected = [&](const std::string& text) { return !parse_shape(text, dims, lookup).has_value(); };
  CHECK(rejected(std::string(10'000, '(') + "N" + std::string(10'000, ')')));
  CHECK(!rejected(std::string(50, '(') + "N" + std::string(50, ')')));
  CHECK(rejected(std::string(100'000, '-')));
  CHECK(rejected(std::string("N\0", 2)));
  CHECK(rejected(std::string(1'000'000, '*')));
  std::string many;
  for (int i = 0; i < 64; ++i) many += "N ";
  CHECK(!rejected(many));
  CHECK(rejected(many + "N"));
  std::string sum = "N";
  for (int i = 0; i < 20'000; ++i) sum += "+N*N";
  CHECK(!rejected(sum));
  // Every byte in every position of a short text: no crash, and an offset inside the text.
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{'N', static_cast<char>(first), static_cast<char>(second)};
      const auto out = parse_shapes(text, dims, lookup);
      if (!out && out.error().offset > text.size()) FAIL("offset outside");
    }
  }
}

TEST_CASE_FIXTURE(Fixture, "grammar: lists of shapes") {
  const auto read_list = [&](std::string_view text) {
    const auto out = parse_shapes(text, dims, lookup);
    REQUIRE_MESSAGE(out.has_value(), std::string(text));
    std::string joined = out->is_list ? "list" : "one";
    for (const ShapeSpec& shape : out->shapes) joined += ":" + spell(*shape.shape(), dims);
    return joined;
  };
  CHECK(read_list("B C") == "one:B C");
  CHECK(read_list("") == "one:");
  CHECK(read_list("[B C, B C H]") == "list:B C:B C H");
  CHECK(read_list(" [ B ] ") == "list:B");
  CHECK(read_list("[]") == "list");
  CHECK(read_list("[B,]") == "list:B:");
  CHECK(read_list("[,]") == "list::");

  const auto error = [&](std::string_view text) {
    const auto out = parse_shapes(text, dims, lookup);
    REQUIRE_MESSAGE(!out.has_value(), std::string(text));
    return out.error();
  };
  CHECK(error("[B, C").offset == 0);
  CHECK(error("[B, C").message.find("never closed") != std::string::npos);
  CHECK(error("[B, 2N]").offset == 4);
  CHECK(error("[[B], C]").offset == 1);
  CHECK(error("B, C").offset == 1);
}

TEST_CASE_FIXTURE(Fixture, "grammar: one size") {
  CHECK(dims.print(*parse_dim(" 2 * L + 1 ", dims, lookup)) == "2*L+1");
  CHECK(dims.print(*parse_dim("-1", dims, lookup)) == "-1");
  CHECK(dims.print(*parse_dim("10-2*3", dims, lookup)) == "4");
  CHECK(dims.print(*parse_dim("-7//2", dims, lookup)) == "-4");
  CHECK(dims.print(*parse_dim("7-2-1", dims, lookup)) == "4");
  CHECK(dims.print(*parse_dim("20//3//2", dims, lookup)) == "3");
  CHECK(dims.print(*parse_dim("7*5%3", dims, lookup)) == "2");
  CHECK(parse_dim("", dims, lookup).error().message.find("empty size") != std::string::npos);
  CHECK(parse_dim("N M", dims, lookup).error().offset == 2);
  CHECK(parse_dim("#N", dims, lookup).error().offset == 0);
}

}  // namespace
}  // namespace shapelint
