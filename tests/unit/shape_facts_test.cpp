// What a path has learnt, and broadcasting. The sizes of the broadcasting table are those of numpy.broadcast_shapes.
#include "lib/shape/facts.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "lib/shape/jaxtyping.h"

namespace shapelint {
namespace {

struct Fixture {
  DimTable dims;
  std::map<std::string, Dim, std::less<>> names;
  Dim B = declare("B"), T = declare("T"), N = declare("N"), M = declare("M"), L = declare("L");
  Facts facts{dims, dims.as_symbol(B)};

  Dim declare(const std::string& name) { return names[name] = dims.fresh(name); }
  Dim dim(std::string_view text) {
    const auto out = parse_dim(text, dims, [&](std::string_view name) { return names.find(name)->second; });
    REQUIRE_MESSAGE(out.has_value(), std::string(text));
    return *out;
  }
  Shape shape(std::string_view text) {
    const auto out = parse_shape(text, dims, [&](std::string_view name) { return names.find(name)->second; });
    REQUIRE_MESSAGE(out.has_value(), std::string(text));
    return *out->shape();
  }
  void assume(std::string_view a, std::string_view b) { facts.assume_same(dim(a), dim(b), {}); }
  Tri same(std::string_view a, std::string_view b) { return facts.same(dim(a), dim(b)); }
  std::string resolved(std::string_view text) { return dims.print(facts.resolve(dim(text))); }
};

TEST_CASE_FIXTURE(Fixture, "facts: a lone symbol is replaced") {
  assume("N", "4");
  CHECK(resolved("2*N+1") == "9");
  CHECK(same("N", "4") == Tri::yes);
  CHECK(same("N", "5") == Tri::no);
  assume("M", "T");
  CHECK(resolved("M") == "T");
  assume("L", "N+T");
  CHECK(resolved("L") == "T+4");
}

TEST_CASE_FIXTURE(Fixture, "facts: the younger symbol gives way to the older, also in an expression") {
  assume("N", "M");
  CHECK(resolved("M") == "N");
  assume("N-1", "L");
  CHECK(resolved("L") == "N-1");
  CHECK(same("L+1", "M") == Tri::yes);
}

TEST_CASE_FIXTURE(Fixture, "facts: one unknown is solved for") {
  assume("2*L+1", "5");
  CHECK(resolved("L") == "2");
  assume("N+1", "M+1");
  CHECK(resolved("M") == "N");
}

TEST_CASE_FIXTURE(Fixture, "facts: chains of replacements end") {
  assume("M", "N");
  assume("L", "M+1");
  assume("N", "T");
  CHECK(resolved("L") == "T+1");
  assume("T", "7");
  CHECK(resolved("L*M*N") == "392");
}

TEST_CASE_FIXTURE(Fixture, "facts: the batch is never replaced") {
  assume("B", "N");
  CHECK(resolved("N") == "B");
  CHECK(resolved("B") == "B");
  assume("B", "4");
  CHECK(resolved("B") == "B");
  CHECK(same("B", "4") == Tri::yes);
  CHECK(same("2*N", "8") == Tri::yes);
  CHECK(same("B", "5") == Tri::no);
  CHECK(facts.at_most(B, dim("5")) == Tri::yes);
  CHECK(facts.at_most(B, dim("3")) == Tri::no);
}

TEST_CASE_FIXTURE(Fixture, "facts: a size that carries the batch does not forget it") {
  const Dim picked = dims.fresh("?", {*dims.as_symbol(B)});
  facts.assume_same(picked, N, {});
  CHECK(facts.resolve(N) == picked);
  facts.assume_same(picked, dim("3"), {});
  CHECK(facts.resolve(picked) == picked);
  CHECK(facts.same(picked, dim("3")) == Tri::yes);
  // Nor does the batch give way to its descendants.
  names["K"] = dims.fresh("K", {*dims.as_symbol(B)});
  assume("B", "K+1");
  CHECK(resolved("B") == "B");
  CHECK(same("B", "K+1") == Tri::yes);
}

TEST_CASE_FIXTURE(Fixture, "facts: an anonymous size is replaced first") {
  const Dim unknown = dims.fresh("?");
  const Dim later = declare("Later");
  facts.assume_same(unknown, later, {});
  CHECK(facts.resolve(unknown) == later);
  CHECK(facts.resolve(later) == later);
}

TEST_CASE_FIXTURE(Fixture, "facts: what no replacement expresses is kept beside") {
  CHECK(same("2*N", "3*M") == Tri::unknown);
  assume("2*N", "3*M");
  CHECK(same("2*N", "3*M") == Tri::yes);
  CHECK(same("3*M", "2*N") == Tri::yes);
  CHECK(same("4*N", "6*M") == Tri::yes);
  CHECK(same("2*N", "3*M+1") == Tri::no);
  CHECK(same("N", "M") == Tri::unknown);
  CHECK(facts.assumptions().size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "facts: what is known or impossible") {
  assume("N", "N");
  CHECK(facts.assumptions().empty());
  assume("N", "N+1");
  CHECK(facts.assumptions().size() == 1);
  CHECK(same("N", "N") == Tri::yes);
  CHECK(same("N", "M") == Tri::unknown);
  facts.assume_same(N, M, {}, true);
  CHECK(facts.assumptions().back().stated);
}

TEST_CASE_FIXTURE(Fixture, "facts: sizes known to differ") {
  facts.assume_different(N, dim("1"));
  CHECK(same("N", "1") == Tri::no);
  CHECK(same("2*N", "2") == Tri::no);
  CHECK(same("N", "2") == Tri::unknown);
  facts.assume_different(M, T);
  CHECK(same("T", "M") == Tri::no);
  assume("N", "M");
  CHECK(same("N", "T") == Tri::no);
}

TEST_CASE_FIXTURE(Fixture, "facts: sizes known to be in order") {
  facts.assume_at_most(dim("7"), N);
  CHECK(facts.at_most(dim("7"), N) == Tri::yes);
  CHECK(facts.at_most(dim("5"), N) == Tri::yes);
  CHECK(facts.at_most(N, dim("6")) == Tri::no);
  CHECK(facts.at_most(dim("8"), N) == Tri::unknown);
  CHECK(facts.at_most(dim("7"), M) == Tri::unknown);
  facts.assume_at_most(N, M);
  CHECK(facts.at_most(N, dim("M+2")) == Tri::yes);
  CHECK(facts.at_most(dim("M+1"), N) == Tri::no);
}

TEST_CASE_FIXTURE(Fixture, "broadcast: what NumPy gives") {
  const struct {
    std::vector<const char*> operands;
    const char* result;
  } table[] = {
      {{}, ""},
      {{""}, ""},
      {{"3", ""}, "3"},
      {{"", "3"}, "3"},
      {{"3", "1"}, "3"},
      {{"1", "1"}, "1"},
      {{"2 1", "3"}, "2 3"},
      {{"8 1 6 1", "7 1 5"}, "8 7 6 5"},
      {{"256 256 3", "3"}, "256 256 3"},
      {{"15 3 5", "15 1 5"}, "15 3 5"},
      {{"0", "1"}, "0"},
      {{"1", "3 1", "2 1 1"}, "2 3 1"},
      {{"B 1", "B"}, "B B"},
      {{"B T", "T"}, "B T"},
      {{"B T 1", "1 T 4"}, "B T 4"},
      {{"2*L+1", "1"}, "2*L+1"},
      {{"B", "B", "B 1"}, "B B"},
  };
  for (const auto& row : table) {
    std::vector<Shape> shapes;
    for (const char* text : row.operands) shapes.push_back(shape(text));
    CAPTURE(row.result);
    const auto out = broadcast(shapes, facts);
    REQUIRE(out.has_value());
    CHECK(spell(out->shape, dims) == row.result);
    CHECK(out->assumed.empty());
  }
  CHECK(facts.assumptions().empty());
}

TEST_CASE_FIXTURE(Fixture, "broadcast.C1: two sizes differ and neither is 1") {
  const struct {
    const char* left;
    const char* right;
    const char* message;
  } table[] = {
      {"B 3", "B 4", "(B, 3) and (B, 4) do not broadcast: axis 1 has 3 and 4"},
      {"3", "5 4", "(3,) and (5, 4) do not broadcast: axis 1 has 3 and 4"},
      {"2 1", "8 4 3", "(2, 1) and (8, 4, 3) do not broadcast: axis 1 has 2 and 4"},
      {"N", "N-1", "(N,) and (N-1,) do not broadcast: axis 0 has N and N-1"},
      {"B", "2*B", "(B,) and (2*B,) do not broadcast: axis 0 has B and 2*B"},
      {"0", "3", "(0,) and (3,) do not broadcast: axis 0 has 0 and 3"},
  };
  for (const auto& row : table) {
    const auto out = broadcast({shape(row.left), shape(row.right)}, facts);
    REQUIRE(!out.has_value());
    CHECK(out.error().label == "broadcast.C1");
    CHECK(out.error().message == row.message);
  }
  // The operands that clash are named, not the first two.
  const auto out = broadcast({shape("1"), shape("3"), shape("4")}, facts);
  REQUIRE(!out.has_value());
  CHECK(out.error().message == "(3,) and (4,) do not broadcast: axis 0 has 3 and 4");
}

TEST_CASE_FIXTURE(Fixture, "broadcast: a conflict teaches nothing") {
  CHECK(!broadcast({shape("3 N"), shape("4 M")}, facts).has_value());
  CHECK(facts.assumptions().empty());
  CHECK(same("N", "M") == Tri::unknown);
  // One symbol cannot be two sizes.
  const auto out = broadcast({shape("N N"), shape("3 4")}, facts);
  REQUIRE(!out.has_value());
  CHECK(out.error().message == "(4, 4) and (3, 4) do not broadcast: axis 0 has 4 and 3");
}

TEST_CASE_FIXTURE(Fixture, "broadcast: what is not known is assumed, and recorded") {
  facts.set_place(Span{{}, 3, 9});
  const auto numbers = broadcast({shape("B N"), shape("B 4")}, facts);
  REQUIRE(numbers.has_value());
  CHECK(spell(numbers->shape, dims) == "B 4");
  CHECK(numbers->assumed == std::vector<std::pair<Dim, Dim>>{{N, dim("4")}});
  REQUIRE(facts.assumptions().size() == 1);
  CHECK(facts.assumptions()[0].where == Span{{}, 3, 9});
  CHECK(!facts.assumptions()[0].stated);
  // Known from now on.
  const auto again = broadcast({shape("N"), shape("4")}, facts);
  REQUIRE(again.has_value());
  CHECK(again->assumed.empty());

  const auto batch = broadcast({shape("M"), shape("B")}, facts);
  REQUIRE(batch.has_value());
  CHECK(spell(batch->shape, dims) == "B");
  CHECK(batch->assumed == std::vector<std::pair<Dim, Dim>>{{M, B}});
  CHECK(resolved("M") == "B");

  const auto fixed = broadcast({shape("B"), shape("8")}, facts);
  REQUIRE(fixed.has_value());
  CHECK(spell(fixed->shape, dims) == "B");
  CHECK(fixed->assumed.size() == 1);

  const auto unnamed = broadcast({{dims.fresh("?")}, shape("L")}, facts);
  REQUIRE(unnamed.has_value());
  CHECK(spell(unnamed->shape, dims) == "L");

  const auto first = broadcast({shape("2*T"), shape("3*L")}, facts);
  REQUIRE(first.has_value());
  CHECK(spell(first->shape, dims) == "2*T");
}

TEST_CASE_FIXTURE(Fixture, "broadcast: what one axis teaches holds for the others") {
  const auto out = broadcast({shape("N N"), shape("1 4")}, facts);
  REQUIRE(out.has_value());
  CHECK(spell(out->shape, dims) == "4 4");
}

TEST_CASE_FIXTURE(Fixture, "broadcast: a size learnt to be 1 stretches") {
  assume("N", "1");
  const auto out = broadcast({shape("N"), shape("B")}, facts);
  REQUIRE(out.has_value());
  CHECK(spell(out->shape, dims) == "B");
  CHECK(out->assumed.empty());
}

}  // namespace
}  // namespace shapelint
