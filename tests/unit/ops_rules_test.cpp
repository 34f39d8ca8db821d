// Shape rules on symbols: what they give, what they assume, and every constraint label they return. Expected shapes are
// by hand, from NumPy's rules with symbols standing for sizes of at least 1.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/unit/ops_helpers.h"

namespace shapelint::test {
namespace {

/// A table with symbols, and calls of rules written briefly: sizes are written in Dim arithmetic, results as text.
struct World {
  DimTable dims;
  Facts facts{dims};
  SymbolId batch = dims.declare("B");
  Dim B = dims.symbol(batch);
  Dim N = dims.fresh("N");
  Dim T = dims.fresh("T");

  Dim num(std::int64_t value) { return dims.number(value); }

  /// The result's shape, or the label of the conflict.
  std::string call(std::string_view name, std::vector<Shape> operands, BasicAttributes<Dim> attrs = {}) {
    const auto result = find_op(name)->shape({std::move(operands), std::move(attrs)}, facts);
    if (!result) {
      CHECK(!result.error().message.empty());
      return result.error().label;
    }
    return show(*result, dims);
  }
  std::string axes(std::string_view name, Shape x, std::optional<std::vector<std::int64_t>> axes, bool keep = false) {
    return call(name, {std::move(x)}, {.axes = std::move(axes), .flags = {keep}});
  }
  std::string sizes(std::string_view name, std::vector<Shape> operands, std::vector<Dim> shape) {
    return call(name, std::move(operands), {.dims = std::move(shape)});
  }
  std::string items(Shape x, std::vector<IndexItem<Dim>> index) {
    return call("index", {std::move(x)}, {.index = std::move(index)});
  }
  IndexItem<Dim> at(std::int64_t i) { return {.kind = IndexItem<Dim>::Kind::integer, .integer = num(i)}; }
  IndexItem<Dim> at(Dim i) { return {.kind = IndexItem<Dim>::Kind::integer, .integer = i}; }
  IndexItem<Dim> slice(std::optional<Dim> start, std::optional<Dim> stop, std::optional<Dim> step = {}) {
    IndexItem<Dim> item;
    item.start = start;
    item.stop = stop;
    item.step = step;
    return item;
  }
  /// The one axis of size `size` under `[start:stop:step]`.
  std::string cut(Dim size, std::optional<Dim> start, std::optional<Dim> stop, std::optional<Dim> step = {}) {
    return items({size}, {slice(start, stop, step)});
  }
  /// Assumptions as `left==right`, joined by commas.
  std::string assumed() {
    std::string text;
    for (const Assumption& a : facts.assumptions()) {
      text += (text.empty() ? "" : ", ") + dims.print(a.left) + "==" + dims.print(a.right);
    }
    return text;
  }
};

constexpr auto kNewAxis = IndexItem<Dim>::Kind::newaxis;
constexpr auto kEllipsis = IndexItem<Dim>::Kind::ellipsis;

TEST_CASE("the registry is complete and its parameters are public names") {
  CHECK(all_ops().size() >= 140);
  CHECK(find_op("huber") == nullptr);
  for (const Op* op : all_ops()) {
    CAPTURE(op->name);
    CHECK(find_op(op->name) == op);
    CHECK((op->shape != nullptr));
    CHECK((op->eval != nullptr));
    CHECK(!op->params.empty());
  }
  CHECK(find_op("where")->params[0].name == "condition");
  CHECK(find_op("mean")->params[2].name == "keepdims");
}

TEST_CASE("elementwise: broadcast.C1") {
  World w;
  CHECK(w.call("sub", {{w.B, w.num(1)}, {w.B}}) == "(B, B)");
  CHECK(w.call("exp", {{w.B, w.N}}) == "(B, N)");
  CHECK(w.call("where", {{w.B, w.num(1)}, {}, {w.N}}) == "(B, N)");
  CHECK(w.assumed().empty());
  CHECK(w.call("add", {{w.num(3)}, {w.num(4)}}) == "broadcast.C1");
  CHECK(w.call("clip", {{w.B, w.num(3)}, {}, {w.num(2)}}) == "broadcast.C1");
  World v;
  v.call("add", {{v.N}, {v.T}});
  CHECK(v.facts.assumptions().size() == 1);
}

TEST_CASE("reductions: axis.C1, axis.C2, reduce.C1") {
  World w;
  const Shape x{w.B, w.N, w.num(3)};
  CHECK(w.axes("mean", x, std::nullopt) == "()");
  CHECK(w.axes("mean", x, std::nullopt, true) == "(1, 1, 1)");
  CHECK(w.axes("sum", x, {{-1}}) == "(B, N)");
  CHECK(w.axes("max", x, {{0, 2}}, true) == "(1, N, 1)");
  CHECK(w.axes("any", x, std::vector<std::int64_t>{}) == "(B, N, 3)");
  CHECK(w.axes("mean", x, {{3}}) == "axis.C1");
  CHECK(w.axes("mean", x, {{-4}}) == "axis.C1");
  CHECK(w.axes("mean", {}, {{0}}) == "axis.C1");
  CHECK(w.axes("mean", x, {{1, -2}}) == "axis.C2");
  CHECK(w.axes("min", {w.B, w.num(0)}, {{1}}) == "reduce.C1");
  CHECK(w.axes("min", {w.B, w.num(0)}, {{0}}) == "(0,)");
  CHECK(w.axes("sum", {w.num(0)}, {{0}}) == "()");
}

TEST_CASE("slices of a symbolic axis") {
  World w;
  const auto none = std::nullopt;
  CHECK(w.cut(w.N, none, none) == "(N,)");
  CHECK(w.cut(w.N, w.num(1), none) == "(N-1,)");
  CHECK(w.cut(w.N, none, w.num(1)) == "(1,)");
  CHECK(w.cut(w.N, none, w.num(5)) == "(5,)");
  CHECK(w.cut(w.num(3), none, w.num(5)) == "(3,)");
  CHECK(w.cut(w.N, w.num(-3), none) == "(3,)");
  CHECK(w.cut(w.num(2), w.num(-3), none) == "(2,)");
  CHECK(w.cut(w.N, w.num(1), w.num(-1)) == "(N-2,)");
  CHECK(w.cut(w.N, none, none, w.num(2)) == "((N+1)//2,)");
  CHECK(w.cut(w.N, none, none, w.num(-1)) == "(N,)");
  CHECK(w.cut(w.num(5), none, none, w.num(-2)) == "(3,)");
  CHECK(w.cut(w.N, w.T, none) == w.cut(w.dims.sub(w.N, w.T), none, none));
  CHECK(w.cut(w.N, w.num(2), w.T) == "(T-2,)");
  CHECK(w.cut(w.N, w.T, w.dims.add(w.T, w.num(1))) == "(1,)");
  CHECK(w.cut(w.N, w.dims.neg(w.T), none) == "(T,)");
  CHECK(w.cut(w.N, w.N, none) == "(0,)");
  CHECK(w.cut(w.N, none, w.dims.add(w.N, w.num(7))) == "(N,)");
  CHECK(w.cut(w.N, w.num(3), w.num(2)) == "(0,)");
  CHECK(w.cut(w.N, none, w.num(std::int64_t{1} << 62)) == "(N,)");
  const Dim twice = w.dims.add(w.dims.mul(w.num(2), w.N), w.num(1));
  CHECK(w.cut(twice, w.num(1), none) == "(2*N,)");
  CHECK(w.cut(twice, w.num(1), none, w.num(2)) == "(N,)");
  CHECK(w.assumed().empty());
  // A step that nobody knows keeps the provenance of the axis.
  const auto odd = find_op("index")->shape({{{w.B}}, {.index = {w.slice(none, none, w.T)}}}, w.facts);
  REQUIRE(odd.has_value());
  CHECK(w.dims.mentions((*odd)[0], w.batch));
}

TEST_CASE("indexing: index.C1 to index.C4, rank.C1") {
  World w;
  const Shape x{w.B, w.num(5)};
  CHECK(w.items(x, {w.slice({}, {}), w.at(0)}) == "(B,)");
  CHECK(w.items(x, {w.slice({}, {}), w.slice({}, w.num(1))}) == "(B, 1)");
  CHECK(w.items(x, {{.kind = kEllipsis}, w.at(-5)}) == "(B,)");
  CHECK(w.items(x, {{.kind = kEllipsis}, {.kind = kNewAxis}}) == "(B, 5, 1)");
  CHECK(w.items(x, {{.kind = kNewAxis}}) == "(1, B, 5)");
  CHECK(w.items(x, {w.at(7)}) == "(5,)");
  CHECK(w.items({w.N}, {w.at(w.T)}) == "()");
  CHECK(w.items(x, {w.slice({}, {}), w.at(5)}) == "index.C1");
  CHECK(w.items(x, {w.slice({}, {}), w.at(-6)}) == "index.C1");
  CHECK(w.items(x, {w.at(w.B)}) == "index.C1");
  CHECK(w.items(x, {w.at(0), w.at(0), w.at(0)}) == "index.C2");
  CHECK(w.items({}, {w.at(0)}) == "index.C2");
  CHECK(w.items(x, {w.slice({}, {}, w.num(0))}) == "index.C3");
  CHECK(w.items(x, {{.kind = kEllipsis}, {.kind = kEllipsis}}) == "index.C4");
  CHECK(w.items(x, std::vector<IndexItem<Dim>>(31, {.kind = kNewAxis})) == "rank.C1");
}

TEST_CASE("reshape: reshape.C1 to reshape.C3, rank.C1") {
  World w;
  const Dim rest = w.num(-1);
  CHECK(w.sizes("reshape", {{w.B, w.T, w.num(2)}}, {w.B, rest}) ==
        w.sizes("reshape", {{w.B, w.T, w.num(2)}}, {w.B, w.dims.mul(w.num(2), w.T)}));
  CHECK(w.sizes("reshape", {{w.B, w.num(6)}}, {rest, w.num(3)}) == "(2*B, 3)");
  CHECK(w.sizes("reshape", {{w.B, w.T}}, {rest}) == "(B*T,)");
  CHECK(w.sizes("reshape", {{}}, {w.num(1), w.num(1)}) == "(1, 1)");
  CHECK(w.sizes("reshape", {{w.num(0), w.num(3)}}, {rest, w.num(3)}) == "(0, 3)");
  CHECK(w.assumed().empty());
  CHECK(w.sizes("reshape", {{w.num(2), w.num(3)}}, {w.num(4)}) == "reshape.C1");
  CHECK(w.sizes("reshape", {{w.num(2), w.num(3)}}, {rest, w.num(4)}) == "reshape.C1");
  CHECK(w.sizes("reshape", {{w.B}}, {w.B, w.num(2)}) == "reshape.C1");
  CHECK(w.sizes("reshape", {{w.num(0)}}, {rest, w.num(0)}) == "reshape.C1");
  CHECK(w.sizes("reshape", {{w.B}}, {rest, rest}) == "reshape.C2");
  CHECK(w.sizes("reshape", {{w.B}}, {w.num(-2)}) == "reshape.C3");
  CHECK(w.sizes("reshape", {{w.num(1)}}, std::vector<Dim>(33, w.num(1))) == "rank.C1");
  CHECK(w.assumed().empty());

  World odd;
  CHECK(odd.sizes("reshape", {{odd.N}}, {odd.num(-1), odd.num(3)}) == "(N//3, 3)");
  CHECK(odd.facts.assumptions().size() == 1);
  World unknown;
  CHECK(unknown.sizes("reshape", {{unknown.N}}, {unknown.num(4)}) == "(4,)");
  CHECK(unknown.assumed() == "N==4");
}

TEST_CASE("transpose, expand_dims: axis.C3, transpose.C1") {
  World w;
  const Shape x{w.B, w.N, w.num(3)};
  CHECK(w.axes("transpose", x, std::nullopt) == "(3, N, B)");
  CHECK(w.axes("transpose", x, {{0, -1, 1}}) == "(B, 3, N)");
  CHECK(w.axes("transpose", x, {{0, 1}}) == "transpose.C1");
  CHECK(w.axes("transpose", x, {{0, 1, 1}}) == "axis.C2");
  CHECK(w.axes("transpose", x, {{0, 1, 3}}) == "axis.C1");
  CHECK(w.axes("expand_dims", {w.B}, {{-1}}) == "(B, 1)");
  CHECK(w.axes("expand_dims", {w.B}, {{0, -1}}) == "(1, B, 1)");
  CHECK(w.axes("expand_dims", {w.B}, {{2}}) == "axis.C1");
  CHECK(w.axes("expand_dims", {w.B}, std::nullopt) == "axis.C3");
  CHECK(w.axes("expand_dims", Shape(32, w.B), {{0}}) == "rank.C1");
}

TEST_CASE("squeeze: squeeze.C1") {
  World w;
  CHECK(w.axes("squeeze", {w.B, w.num(1), w.num(3), w.num(1)}, std::nullopt) == "(B, 3)");
  CHECK(w.axes("squeeze", {w.B, w.num(1)}, {{-1}}) == "(B,)");
  CHECK(w.axes("squeeze", {w.B, w.num(3)}, {{1}}) == "squeeze.C1");
  CHECK(w.axes("squeeze", {w.dims.mul(w.num(2), w.B)}, {{0}}) == "squeeze.C1");
  CHECK(w.assumed().empty());
  CHECK(w.axes("squeeze", {w.B, w.N}, {{1}}) == "(B,)");
  CHECK(w.assumed() == "N==1");
}

TEST_CASE("broadcast_to: broadcast_to.C1, broadcast_to.C2, size.C1") {
  World w;
  CHECK(w.sizes("broadcast_to", {{w.num(1), w.N}}, {w.B, w.N}) == "(B, N)");
  CHECK(w.sizes("broadcast_to", {{}}, {w.B}) == "(B,)");
  CHECK(w.assumed().empty());
  CHECK(w.sizes("broadcast_to", {{w.B, w.N}}, {w.N}) == "broadcast_to.C1");
  CHECK(w.sizes("broadcast_to", {{w.num(3)}}, {w.num(4)}) == "broadcast_to.C2");
  CHECK(w.sizes("broadcast_to", {{w.num(3)}}, {w.num(-4)}) == "size.C1");
  CHECK(w.assumed().empty());
  CHECK(w.sizes("broadcast_to", {{w.N}}, {w.num(4)}) == "(4,)");
  CHECK(w.assumed() == "N==4");
}

TEST_CASE("concat and stack: concat.C1 to concat.C3, stack.C1, stack.C2") {
  World w;
  const auto join = [&](std::string_view name, std::vector<Shape> xs, std::int64_t axis) {
    return w.call(name, std::move(xs), {.axes = {{axis}}});
  };
  CHECK(join("concat", {{w.B, w.num(1)}, {w.B, w.num(2)}}, 1) == "(B, 3)");
  CHECK(join("concat", {{w.B}, {w.B}}, 0) == "(2*B,)");
  CHECK(join("stack", {{w.B, w.N}, {w.B, w.N}}, -1) == "(B, N, 2)");
  CHECK(join("stack", {{}, {}, {}}, 0) == "(3,)");
  CHECK(join("concat", {{w.B, w.num(1)}, {w.num(2), w.num(3)}, {w.num(3), w.num(3)}}, 1) == "concat.C1");
  CHECK(join("concat", {{w.B}, {w.B, w.num(1)}}, 0) == "concat.C2");
  CHECK(join("concat", {}, 0) == "concat.C3");
  CHECK(join("concat", {{}}, 0) == "axis.C1");
  CHECK(join("stack", {{w.num(2)}, {w.num(3)}}, 0) == "stack.C1");
  CHECK(join("stack", {{w.N}, {}}, 0) == "stack.C1");
  CHECK(join("stack", {}, 0) == "stack.C2");
  CHECK(join("stack", {{w.N}}, 2) == "axis.C1");
  CHECK(join("stack", {Shape(32, w.N)}, 0) == "rank.C1");
}

TEST_CASE("a conflict leaves no assumptions; an assumption does not hide the batch") {
  World w;
  CHECK(w.call("concat", {{w.N, w.num(2), w.T}, {w.T, w.num(3), w.T}}, {.axes = {{2}}}) == "concat.C1");
  CHECK(w.axes("squeeze", {w.N, w.num(2)}, {{0, 1}}) == "squeeze.C1");
  CHECK(w.sizes("broadcast_to", {{w.N, w.num(2)}}, {w.T, w.num(3)}) == "broadcast_to.C2");
  CHECK(w.call("matmul", {{w.num(2), w.T, w.N}, {w.num(3), w.T, w.N}}) == "broadcast.C1");
  CHECK(w.assumed().empty());

  Facts guarded(w.dims, w.batch);
  const OpArgs<Shape> pair{{{w.num(4)}, {w.B}}, {.axes = {{0}}}};
  CHECK(show(find_op("stack")->shape(pair, guarded).value(), w.dims) == "(2, B)");
  const OpArgs<Shape> spread{{{w.B}}, {.dims = {w.num(3), w.num(4)}}};
  CHECK(show(find_op("broadcast_to")->shape(spread, guarded).value(), w.dims) == "(3, B)");
}

TEST_CASE("matmul: matmul.C1, matmul.C2") {
  World w;
  const Dim k = w.dims.fresh("K");
  CHECK(w.call("matmul", {{w.B, w.N}, {w.N, w.num(4)}}) == "(B, 4)");
  CHECK(w.call("matmul", {{w.N}, {w.N}}) == "()");
  CHECK(w.call("matmul", {{w.B, w.N}, {w.N}}) == "(B,)");
  CHECK(w.call("matmul", {{w.N}, {w.B, w.N, w.T}}) == "(B, T)");
  CHECK(w.call("matmul", {{w.B, w.T, w.N}, {w.N, w.T}}) == "(B, T, T)");
  CHECK(w.call("matmul", {{w.num(1), w.T, w.N}, {w.B, w.N, w.T}}) == "(B, T, T)");
  CHECK(w.assumed().empty());
  CHECK(w.call("matmul", {{w.num(2), w.num(3)}, {w.num(2), w.num(3)}}) == "matmul.C1");
  CHECK(w.call("matmul", {{}, {w.N}}) == "matmul.C2");
  CHECK(w.call("matmul", {{w.num(2), w.N, w.N}, {w.num(3), w.N, w.N}}) == "broadcast.C1");
  CHECK(w.call("matmul", {{w.B, w.N}, {k, w.T}}) == "(B, T)");
  CHECK(w.facts.assumptions().size() == 1);
}

TEST_CASE("creation: size.C1, arange.C1") {
  World w;
  CHECK(w.sizes("zeros", {}, {w.B, w.num(2)}) == "(B, 2)");
  CHECK(w.sizes("ones", {}, {}) == "()");
  CHECK(w.sizes("full", {}, {w.N}) == "(N,)");
  CHECK(w.sizes("zeros", {}, {w.num(-1)}) == "size.C1");
  CHECK(w.sizes("zeros", {}, std::vector<Dim>(33, w.B)) == "rank.C1");
  CHECK(w.sizes("eye", {}, {w.B}) == "(B, B)");
  CHECK(w.sizes("eye", {}, {w.B, w.N}) == "(B, N)");
  CHECK(w.sizes("arange", {}, {w.num(0), w.B, w.num(1)}) == "(B,)");
  CHECK(w.sizes("arange", {}, {w.num(1), w.N, w.num(2)}) == "(N//2,)");
  CHECK(w.sizes("arange", {}, {w.num(5), w.num(0), w.num(-2)}) == "(3,)");
  CHECK(w.sizes("arange", {}, {w.num(5), w.num(0), w.num(1)}) == "(0,)");
  CHECK(w.sizes("arange", {}, {w.num(0), w.B, w.num(0)}) == "arange.C1");
}

}  // namespace
}  // namespace shapelint::test
