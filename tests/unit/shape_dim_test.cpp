// Dims: normal forms, printing, comparison, division, substitution, limits. Expected values are by hand.
#include "lib/shape/dim.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "lib/shape/jaxtyping.h"
#include "lib/shape/shape.h"

namespace shapelint {
namespace {

struct Fixture {
  DimTable dims;
  std::map<std::string, Dim, std::less<>> names;
  Dim B = declare("B"), T = declare("T"), N = declare("N"), M = declare("M"), L = declare("L");

  Dim declare(const std::string& name) { return names[name] = dims.fresh(name); }
  SymbolId id(Dim dim) const { return *dims.as_symbol(dim); }
  Dim dim(std::string_view text) {
    const auto out = parse_dim(text, dims, [&](std::string_view name) { return names.find(name)->second; });
    REQUIRE_MESSAGE(out.has_value(), std::string(text));
    return *out;
  }
  std::string print(std::string_view text) { return dims.print(dim(text)); }
  Tri same(std::string_view a, std::string_view b) { return dims.same(dim(a), dim(b)); }
  Tri at_most(std::string_view a, std::string_view b) { return dims.at_most(dim(a), dim(b)); }
};

TEST_CASE_FIXTURE(Fixture, "dim: equal polynomials are one handle") {
  const std::pair<const char*, const char*> equal[] = {
      {"N+N", "2*N"},
      {"N-N", "0"},
      {"(N+1)*(N-1)", "N*N-1"},
      {"B*T", "T*B"},
      {"2*(L+1)-1", "2*L+1"},
      {"N*0", "0"},
      {"-(-N)", "N"},
      {"(N+M)*(N+M)", "N*N+2*N*M+M*M"},
      // floor division
      {"(6*B)//3", "2*B"},
      {"(2*L+1)//2", "L"},
      {"(2*L+1)%2", "1"},
      {"(2*L+3)//2", "L+1"},
      {"(2*L-1)//2", "L-1"},
      {"N//1", "N"},
      {"N%1", "0"},
      {"7//2", "3"},
      {"-7//2", "-4"},
      {"7//(-2)", "-4"},
      {"7%(-2)", "-1"},
      {"-7%2", "1"},
      {"(N//2)//3", "N//6"},
      {"(N//2+1)//3", "(N+2)//6"},
      {"(2*N)//4", "N//2"},
      {"(2*N+1)//4", "N//2"},
      {"(2*N)%4", "2*(N%2)"},
      {"(2*N+1)%4", "2*(N%2)+1"},
      {"(6*N+5)%4", "2*(N%2)+1"},
      {"(-N)%3", "2-(N+2)%3"},
      {"(N+2)//2", "N//2+1"},
      {"(N-1)//2+1", "(N+1)//2"},
      {"-(-N//2)", "(N+1)//2"},
      {"-N//(-2)", "N//2"},
      {"(B*T)//T", "B"},
      {"(B*T+T)//T", "B+1"},
      {"(B*T)//(T*N)", "B//N"},
      {"(N*N-1)//(N-1)", "N+1"},
      {"(B*T)%T", "0"},
      {"(N%3)//3", "0"},
      {"(N%3)%3", "N%3"},
      {"(N%3)%5", "N%3"},
      {"(N%M)//M", "0"},
      {"N//(N+1)", "0"},
      {"N%(N+1)", "N"},
      {"0//N", "0"},
      {"(N+4)%2", "N%2"},
      // x == k*(x//k) + x%k
      {"2*(N//2)+N%2", "N"},
      {"(N//M)*M+N%M", "N"},
      {"B*(N//3)*3+B*(N%3)", "B*N"},
      {"6*((N//2)//3)+2*((N//2)%3)+N%2", "N"},
  };
  for (const auto& [left, right] : equal) {
    CAPTURE(left);
    CAPTURE(right);
    CHECK(dim(left) == dim(right));
    CHECK(same(left, right) == Tri::yes);
  }
  CHECK(dim("N//2") != dim("N//3"));
  CHECK(dim("N") != dim("M"));
  CHECK(dims.fresh("N") != dim("N"));
  CHECK(Dim{} == dims.number(0));
}

TEST_CASE_FIXTURE(Fixture, "dim: N*(X//N) is X only where N divides X") {
  CHECK(dim("N*((N*M)//N)") == dim("N*M"));
  CHECK(dim("N*(M//N)") != dim("M"));
  CHECK(same("N*(M//N)", "M") == Tri::unknown);
  CHECK(same("2*(N//2)", "N") == Tri::unknown);
  CHECK(same("2*(N//2)", "N-N%2") == Tri::yes);
}

TEST_CASE_FIXTURE(Fixture, "dim: printed as a person writes") {
  const std::pair<const char*, const char*> printed[] = {
      {"1+2*L", "2*L+1"},
      {"T*B", "B*T"},
      {"N-1", "N-1"},
      {"-1+N", "N-1"},
      {"(N+1)//2", "(N+1)//2"},
      {"(N-1)//2", "(N-1)//2"},
      {"N//2+1", "N//2+1"},
      {"(N-3)//2", "(N-3)//2"},
      {"(N-3)//2+1", "(N-1)//2"},
      {"T-B", "T-B"},
      {"1-N", "1-N"},
      {"-N", "-N"},
      {"-N-1", "-N-1"},
      {"N*N", "N*N"},
      {"3*(N//2)", "3*(N//2)"},
      {"(2*N)//3", "2*N//3"},
      {"N//(2*M)", "N//(2*M)"},
      {"B//(T+1)", "B//(T+1)"},
      {"0-N//2", "-(N//2)"},
      {"1-N//2", "1-N//2"},
      {"M*(N%2)", "M*(N%2)"},
      {"B+B*T+1", "B*T+B+1"},
      {"0", "0"},
      {"-3", "-3"},
      {"(N%3)//2", "(N%3)//2"},
      {"N//M", "N//M"},
      {"(N//M)//2", "(N//M)//2"},
  };
  for (const auto& [written, expected] : printed) {
    CAPTURE(written);
    CHECK(print(written) == expected);
    CHECK(dim(print(written)) == dim(written));
  }
  CHECK(dims.print(dims.fresh("?mask")) == "?");
  CHECK(dims.print(dims.add(dims.fresh("?"), dims.number(1))) == "?+1");
}

TEST_CASE_FIXTURE(Fixture, "dim: three-valued equality") {
  CHECK(same("B", "B") == Tri::yes);
  CHECK(same("B", "2*B") == Tri::no);
  CHECK(same("N", "N+1") == Tri::no);
  CHECK(same("N", "0") == Tri::no);
  CHECK(same("N+M", "1") == Tri::no);
  CHECK(same("B*T", "B*(T+1)") == Tri::no);
  CHECK(same("2*L+1", "4") == Tri::no);
  CHECK(same("2*N", "2*M+1") == Tri::no);
  CHECK(same("N//2", "-1") == Tri::no);
  CHECK(same("N%3", "3") == Tri::no);
  CHECK(same("N%3", "N%3+3") == Tri::no);
  CHECK(same("3", "4") == Tri::no);
  CHECK(same("N", "M") == Tri::unknown);
  CHECK(same("N", "1") == Tri::unknown);
  CHECK(same("N-1", "0") == Tri::unknown);
  CHECK(same("B*T", "B") == Tri::unknown);
  CHECK(same("2*L+1", "5") == Tri::unknown);
  CHECK(same("N//2", "0") == Tri::unknown);
  CHECK(same("(N-M)//2", "-1") == Tri::unknown);
}

TEST_CASE_FIXTURE(Fixture, "dim: three-valued order") {
  CHECK(at_most("1", "N") == Tri::yes);
  CHECK(at_most("N-1", "N") == Tri::yes);
  CHECK(at_most("B", "B*T") == Tri::yes);
  CHECK(at_most("0", "N-1") == Tri::yes);
  CHECK(at_most("N%3", "2") == Tri::yes);
  CHECK(at_most("0", "N//2") == Tri::yes);
  CHECK(at_most("N", "0") == Tri::no);
  CHECK(at_most("N+1", "N") == Tri::no);
  CHECK(at_most("2*B", "B") == Tri::no);
  CHECK(at_most("N", "5") == Tri::unknown);
  CHECK(at_most("2", "N") == Tri::unknown);
  CHECK(at_most("N", "M") == Tri::unknown);
}

TEST_CASE_FIXTURE(Fixture, "dim: exact division") {
  CHECK(dims.divide(dim("B*T"), B) == T);
  CHECK(dims.divide(dim("N*N-M*M"), dim("N+M")) == dim("N-M"));
  CHECK(dims.divide(dim("0"), N) == dim("0"));
  CHECK(dims.divide(dim("12"), dim("4")) == dim("3"));
  CHECK(!dims.divide(dim("2*N+1"), dim("2")));
  CHECK(!dims.divide(N, M));
  CHECK(!dims.divide(N, dim("0")));
  CHECK(!dims.divide(dim("N*M"), dim("N+M")));
}

TEST_CASE_FIXTURE(Fixture, "dim: questions about its form") {
  CHECK(dims.constant(dim("2*3-1")) == 5);
  CHECK(!dims.constant(N));
  CHECK(dims.is_number(dim("1"), 1));
  CHECK(dims.as_symbol(N) == id(N));
  CHECK(!dims.as_symbol(dim("2*N")));
  CHECK(!dims.as_symbol(dim("N//2")));
  CHECK(dims.is_multiple_of(dim("B*T"), id(B)));
  CHECK(dims.is_multiple_of(dim("2*B"), id(B)));
  CHECK(dims.is_multiple_of(dim("B*T+B"), id(B)));
  CHECK(!dims.is_multiple_of(dim("B+1"), id(B)));
  CHECK(!dims.is_multiple_of(dim("B*B"), id(B)));
  CHECK(!dims.is_multiple_of(dim("B*(B//2)"), id(B)));
  CHECK(!dims.is_multiple_of(dim("0"), id(B)));
  CHECK(dims.symbols(dim("M*(N//2)+B")) == std::vector<SymbolId>{id(B), id(N), id(M)});
  CHECK(dims.symbols(dim("7")).empty());
}

TEST_CASE_FIXTURE(Fixture, "dim: provenance") {
  const SymbolId picked = dims.declare("?picked", {id(B)});
  const SymbolId again = dims.declare("?again", {picked});
  const Dim d = dims.add(dims.mul(dims.symbol(again), T), dims.number(1));
  CHECK(dims.mentions(d, id(B)));
  CHECK(dims.mentions(d, picked));
  CHECK(dims.mentions(d, id(T)));
  CHECK(!dims.mentions(d, id(N)));
  CHECK(dims.mentions(dim("(B+1)//2"), id(B)));
  CHECK(dims.is_anonymous(picked));
  CHECK(!dims.is_anonymous(id(B)));
  CHECK(axes_with({B, N, dims.symbol(again), dim("B*T")}, id(B), dims) == std::vector<int>{0, 2, 3});
}

TEST_CASE_FIXTURE(Fixture, "dim: substitution") {
  CHECK(dims.substitute(dim("2*L+1"), id(L), dims.number(2)) == dim("5"));
  CHECK(dims.substitute(dim("N*N"), id(N), dim("M+1")) == dim("M*M+2*M+1"));
  CHECK(dims.substitute(dim("(N+1)//2"), id(N), dim("2*M-1")) == M);
  CHECK(dims.substitute(dim("N%3"), id(N), dims.number(5)) == dim("2"));
  CHECK(dims.substitute(dim("B*T"), id(N), dim("M")) == dim("B*T"));
}

TEST_CASE_FIXTURE(Fixture, "dim: evaluation") {
  const Sizes sizes{{id(N), 7}, {id(M), 3}};
  CHECK(dims.evaluate(dim("N*M-1"), sizes) == 20);
  CHECK(dims.evaluate(dim("N//M"), sizes) == 2);
  CHECK(dims.evaluate(dim("(M-N)//3"), sizes) == -2);
  CHECK(dims.evaluate(dim("(M-N)%3"), sizes) == 2);
  CHECK(!dims.evaluate(dim("B"), sizes));
  CHECK(!dims.evaluate(dim("N//(M-3)"), sizes));
  CHECK(!dims.evaluate(dim("N*N"), {{id(N), std::int64_t{1} << 40}}));
}

TEST_CASE_FIXTURE(Fixture, "dim: beyond the limits a stand-in keeps the provenance") {
  const Dim huge = dims.mul(dims.number(std::int64_t{1} << 62), N);
  const Dim over = dims.add(huge, huge);
  REQUIRE(dims.as_symbol(over));
  CHECK(dims.print(over) == "?");
  CHECK(dims.mentions(over, id(N)));
  CHECK(dims.add(huge, huge) == over);
  // It may be any number, not only a size.
  CHECK(dims.same(over, dims.number(0)) == Tri::unknown);
  CHECK(dims.print(dims.number(std::numeric_limits<std::int64_t>::min())) == "?");

  Dim power = N;
  for (int i = 1; i < 16; ++i) power = dims.mul(power, N);
  CHECK(!dims.as_symbol(power));
  CHECK(dims.as_symbol(dims.mul(power, N)));

  Dim sum = dims.number(0);
  for (int i = 0; i < 64; ++i) sum = dims.add(sum, dims.fresh("S" + std::to_string(i)));
  CHECK(!dims.as_symbol(sum));
  CHECK(dims.as_symbol(dims.add(sum, N)));
  CHECK(dims.mentions(dims.add(sum, N), id(N)));

  Dim nested = N;
  for (int i = 0; i < 1000; ++i) nested = dims.floordiv(M, dims.add(nested, T));
  CHECK(dims.mentions(nested, id(N)));
  CHECK(dims.print(nested).size() < 1000);

  // Wide and nested at once would print without end.
  Dim wide = sum;
  for (int i = 0; i < 20; ++i) wide = dims.mul(dims.floordiv(wide, dims.add(N, sum)), dims.mod(sum, dims.add(M, wide)));
  CHECK(dims.print(wide).size() < 20000);

  CHECK(dims.print(dims.floordiv(N, dims.number(0))) == "?");
  CHECK(dims.mentions(dims.mod(N, dims.number(0)), id(N)));
}

TEST_CASE_FIXTURE(Fixture, "shape: printing") {
  CHECK(show({B, dim("N-1")}, dims) == "(B, N-1)");
  CHECK(show({B}, dims) == "(B,)");
  CHECK(show({}, dims) == "()");
  CHECK(spell(Shape{B, dim("N-1")}, dims) == "B N-1");
  CHECK(spell(Shape{}, dims).empty());
  CHECK(spell(std::optional<Shape>(), dims) == "?");
  CHECK(spell(std::optional<Shape>(Shape{B}), dims) == "B");
  CHECK(element_count({B, T, dim("2")}, dims) == dim("2*B*T"));
  CHECK(element_count({}, dims) == dim("1"));
}

}  // namespace
}  // namespace shapelint
