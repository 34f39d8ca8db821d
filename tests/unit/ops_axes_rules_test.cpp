// Shape rules of indices, masks, windows, products and matrices on symbols: what they give and what they assume.
// Expected shapes are by hand.
#include <doctest/doctest.h>

#include "tests/unit/ops_helpers.h"

namespace shapelint::test {
namespace {

struct World {
  DimTable dims;
  SymbolId batch = dims.declare("B");
  Facts facts{dims, batch};
  Dim B = dims.symbol(batch);
  Dim N = dims.fresh("N");
  Dim K = dims.fresh("K");

  Dim num(std::int64_t value) { return dims.number(value); }

  Result<Shape, ShapeConflict> ask(std::string_view name, std::vector<Shape> operands, BasicAttributes<Dim> attrs = {},
                                   std::optional<Dim> fresh = {}) {
    return find_op(name)->shape({std::move(operands), std::move(attrs), fresh}, facts);
  }
  /// The result's shape, or the label of the conflict.
  std::string call(std::string_view name, std::vector<Shape> operands, BasicAttributes<Dim> attrs = {},
                   std::optional<Dim> fresh = {}) {
    const auto result = ask(name, std::move(operands), std::move(attrs), fresh);
    return result ? show(*result, dims) : result.error().label;
  }
  std::string assumed() {
    std::string text;
    for (const Assumption& a : facts.assumptions()) {
      text += (text.empty() ? "" : ", ") + dims.print(a.left) + "==" + dims.print(a.right);
    }
    return text;
  }
};

TEST_CASE("a mask makes an axis that still counts samples") {
  World w;
  const Dim kept = w.dims.fresh("?", {w.batch});
  CHECK(w.call("select_mask", {{w.B, w.N}, {w.B}}, {}, kept) == "(?, N)");
  // The same mask twice: the tracer passes the same dim, and the results are equal.
  const auto one = w.ask("select_mask", {{w.B}, {w.B}}, {}, kept);
  const auto other = w.ask("select_mask", {{w.B}, {w.B}}, {}, kept);
  CHECK(w.dims.same((*one)[0], (*other)[0]) == Tri::yes);
  // Left alone, a rule makes a size that equals no other one, with the provenance of the mask.
  const auto alone = w.ask("select_mask", {{w.B, w.N}, {w.B, w.N}});
  REQUIRE(alone->size() == 1);
  CHECK(w.dims.mentions((*alone)[0], w.batch));
  CHECK(w.dims.same((*alone)[0], (*one)[0]) == Tri::unknown);
  CHECK(w.call("nonzero", {{w.B, w.N}}, {}, kept) == "(?, 2)");
  CHECK(w.dims.mentions((*w.ask("unique", {{w.B}}))[0], w.batch));
  CHECK(w.call("select_mask", {{w.B}, {w.B, w.N}}) == "select_mask.C1");
  CHECK(w.call("select_mask", {{w.B, w.num(3)}, {w.B, w.num(2)}}) == "select_mask.C2");
  CHECK(w.assumed().empty());
  CHECK(w.call("select_mask", {{w.N}, {w.B}}, {}, kept) == "(?,)");
  CHECK(w.assumed() == "B==N");
}

TEST_CASE("every op whose size values decide names the operand that they are in") {
  for (const Op* op : all_ops()) {
    CAPTURE(op->name);
    if (op->counted.what.empty()) continue;
    REQUIRE(op->counted.operand < op->params.size());
    CHECK((op->params[op->counted.operand].kind == ParamKind::tensor));
  }
  CHECK(find_op("select_mask")->counted.what == find_op("nonzero")->counted.what);
  CHECK(find_op("select_mask")->counted.operand == 1);
}

TEST_CASE("indices replace an axis") {
  World w;
  CHECK(w.call("take", {{w.N, w.K}, {w.B, w.num(2)}}, {.axes = {{0}}}) == "(B, 2, K)");
  CHECK(w.call("take_along_axis", {{w.B, w.N}, {w.B, w.num(1)}}, {.axes = {{-1}}}) == "(B, 1)");
  CHECK(w.call("gather_nd", {{w.N, w.K, w.num(3)}, {w.B, w.num(2)}}) == "(B, 3)");
  CHECK(w.call("one_hot", {{w.B}}, {.axes = {{-1}}, .dims = {w.N}}) == "(B, N)");
  CHECK(w.call("scatter", {{w.B, w.N}, {w.B, w.num(1)}, {}}, {.axes = {{1}}, .texts = {"add"}}) == "(B, N)");
  CHECK(w.assumed().empty());
  CHECK(w.call("gather_nd", {{w.N, w.K}, {w.B, w.dims.fresh("D")}}) == "(B,)");
  CHECK(w.assumed() == "D==2");
}

TEST_CASE("positions and orders keep their axis") {
  World w;
  CHECK(w.call("argmax", {{w.B, w.N}}, {.axes = {{-1}}, .flags = {false}}) == "(B,)");
  CHECK(w.call("topk_values", {{w.B, w.N}}, {.axes = {{1}}, .dims = {w.K}}) == "(B, K)");
  CHECK(w.call("topk_values", {{w.B, w.N}}, {.axes = {{1}}, .dims = {w.dims.add(w.N, w.num(1))}}) == "topk.C1");
  CHECK(w.call("softmax", {{w.B, w.N}}, {.axes = {{-1}}}) == "(B, N)");
  CHECK(w.call("softmax", {{w.B, w.N}}, {.axes = {{0, 1}}}) == "axis.C4");
  CHECK(w.call("logsumexp", {{w.B, w.N}}, {.axes = {{1}}, .flags = {true}}) == "(B, 1)");
}

TEST_CASE("padding, repetition and diagonals on symbols") {
  World w;
  const std::vector<Dim> pads{w.num(0), w.num(0), w.num(1), w.K};
  CHECK(w.call("pad", {{w.B, w.N}}, {.dims = pads, .texts = {"constant"}}) == "(B, N+K+1)");
  CHECK(w.call("tile", {{w.B, w.num(1)}}, {.dims = {w.num(1), w.N}}) == "(B, N)");
  CHECK(w.call("repeat", {{w.B, w.N}}, {.axes = {{0}}, .dims = {w.num(2)}}) == "(2*B, N)");
  CHECK(w.call("diagonal", {{w.B, w.B}}, {.axes = {{0, 1}}, .dims = {w.num(0)}}) == "(B,)");
  CHECK(w.call("diagonal", {{w.B, w.B}}, {.axes = {{0, 1}}, .dims = {w.num(1)}}) == "(B-1,)");
  CHECK(w.call("diagonal", {{w.B, w.N}}, {.axes = {{0, 1}}, .dims = {w.num(0)}}) == "(?,)");
  CHECK(w.call("diag", {{w.B}}, {.dims = {w.num(-2)}}) == "(B+2, B+2)");
  CHECK(w.assumed().empty());
}

TEST_CASE("einsum and tensordot on symbols") {
  World w;
  CHECK(w.call("einsum", {{w.B, w.N}, {w.K, w.N}}, {.texts = {"bd,kd->bk"}}) == "(B, K)");
  CHECK(w.call("einsum", {{w.B, w.num(2), w.N}, {w.N, w.K}}, {.texts = {"...i,ij->...j"}}) == "(B, 2, K)");
  CHECK(w.call("einsum", {{w.B, w.N}, {w.B, w.N}}, {.texts = {"ij,ij"}}) == "()");
  CHECK(w.call("tensordot", {{w.B, w.N}, {w.K, w.N}}, {.axes = {{1, 1}}}) == "(B, K)");
  CHECK(w.assumed().empty());
  CHECK(w.call("einsum", {{w.B, w.N}, {w.K}}, {.texts = {"ij,j->i"}}) == "(B,)");
  CHECK(w.assumed() == "N==K");
  CHECK(w.call("einsum", {{w.B, w.num(3)}, {w.num(2)}}, {.texts = {"ij,j->i"}}) == "einsum.C4");
}

TEST_CASE("windows on symbols") {
  World w;
  const auto conv = [&](Dim size, std::int64_t taps, std::int64_t stride, std::int64_t pad) {
    return w.call("conv", {{w.B, w.num(3), size}, {w.num(8), w.num(3), w.num(taps)}},
                  {.dims = {w.num(stride), w.num(pad), w.num(pad), w.num(1), w.num(1)}});
  };
  CHECK(conv(w.N, 3, 1, 1) == "(B, 8, N)");
  CHECK(conv(w.N, 3, 1, 0) == "(B, 8, N-2)");
  CHECK(conv(w.N, 3, 2, 1) == "(B, 8, (N+1)//2)");
  CHECK(conv(w.dims.mul(w.num(2), w.N), 2, 2, 0) == "(B, 8, N)");
  CHECK(conv(w.num(2), 5, 1, 1) == "conv.C6");
  const std::vector<Dim> halves{w.num(2), w.num(2), w.num(0), w.num(0)};
  CHECK(w.call("max_pool", {{w.B, w.N}}, {.flags = {false}, .dims = halves}) == "(B, N//2)");
  CHECK(w.call("max_pool", {{w.B, w.N}}, {.flags = {true}, .dims = halves}) == "(B, (N+1)//2)");
  CHECK(w.call("interpolate", {{w.B, w.num(3), w.N, w.N}}, {.dims = {w.K, w.K}, .texts = {"nearest"}}) ==
        "(B, 3, K, K)");
  CHECK(w.call("adaptive_max_pool", {{w.B, w.N, w.N}}, {.dims = {w.K, w.num(1)}}) == "(B, K, 1)");
  CHECK(w.call("ctc", {{w.N, w.B, w.num(9)}, {w.B, w.K}, {w.B}, {w.B}}, {.dims = {w.num(0)}}) == "(B,)");
  CHECK(w.call("ctc", {{w.N, w.B, w.num(9)}, {w.B, w.K}, {w.B}, {}}, {.dims = {w.num(0)}}) == "ctc.C1");
  CHECK(w.call("ctc", {{w.N, w.num(2), w.num(9)}, {w.num(3), w.K}, {w.B}, {w.B}}, {.dims = {w.num(0)}}) == "ctc.C2");
  CHECK(w.call("rfft", {{w.B, w.N}}, {.axes = {{-1}}}) == "(B, N//2+1)");
  CHECK(w.assumed().empty());
}

TEST_CASE("matrices on symbols") {
  World w;
  CHECK(w.call("cdist", {{w.B, w.N}, {w.B, w.N}}, {.numbers = {2}}) == "(B, B)");
  CHECK(w.call("det", {{w.B, w.N, w.N}}) == "(B,)");
  CHECK(w.call("solve", {{w.B, w.N, w.N}, {w.N, w.K}}) == "(B, N, K)");
  CHECK(w.call("inv", {{w.num(2), w.num(3)}}) == "linalg.C2");
  CHECK(w.assumed().empty());
  CHECK(w.call("inv", {{w.B, w.N}}) == "(B, B)");
  CHECK(w.assumed() == "B==N");
}

TEST_CASE("random numbers depend on their key alone, and lie where they should") {
  const Op& uniform = *find_op("random_uniform");
  const auto draw = [&](const Op& op, std::int64_t key, double a, double b) {
    BasicAttributes<std::int64_t> attrs;
    attrs.dims = {1000, key};
    attrs.numbers = {a, b};
    return op.eval({{}, attrs, DType::float64})->values;
  };
  CHECK(draw(uniform, 1, 0, 1) == draw(uniform, 1, 0, 1));
  CHECK(draw(uniform, 1, 0, 1) != draw(uniform, 2, 0, 1));
  double mean = 0;
  for (const double value : draw(uniform, 3, -1, 3)) {
    CHECK(value >= -1);
    CHECK(value < 3);
    mean += value / 1000;
  }
  CHECK(std::abs(mean - 1) < 0.15);
  double sum = 0, squares = 0;
  for (const double value : draw(*find_op("random_normal"), 4, 2, 0.5)) {
    sum += value / 1000;
    squares += (value - 2) * (value - 2) / 1000;
  }
  CHECK(std::abs(sum - 2) < 0.06);
  CHECK(std::abs(squares - 0.25) < 0.05);
}

TEST_CASE("absurd sizes are refused, not computed") {
  const auto label = [](std::string_view name, std::vector<Array> operands, BasicAttributes<std::int64_t> attrs) {
    const auto out = run_kernel(*find_op(name), std::move(operands), attrs);
    return out ? std::string("computed") : out.error().label;
  };
  constexpr std::int64_t kHuge = INT64_MAX;
  const Array line = counting({3});
  const Array image = counting({1, 1, 3});
  const Array absurd{DType::float32, {0, kHuge, kHuge}, {}};
  for (const std::int64_t size : {kHuge, INT64_MIN, std::int64_t{1} << 30}) {
    CAPTURE(size);
    CHECK(label("pad", {line}, {.dims = {size, 1}, .texts = {"constant"}}) != "computed");
    CHECK(label("tile", {line}, {.dims = {size}}) != "computed");
    CHECK(label("repeat", {line}, {.axes = {{0}}, .dims = {size}}) != "computed");
    CHECK(label("one_hot", {line}, {.axes = {{-1}}, .dims = {size}}) != "computed");
    CHECK(label("bincount", {line}, {.dims = {size}}) != "computed");
    CHECK(label("diag", {line}, {.dims = {size}}) != "computed");
    CHECK(label("interpolate", {image}, {.dims = {size}}) != "computed");
    CHECK(label("conv", {image, image}, {.dims = {1, size, size, 1, 1}}) != "computed");
    CHECK(label("conv_transpose", {image, image}, {.dims = {size, 0, 0, 1, 0, 1}}) != "computed");
    CHECK(label("avg_pool", {line}, {.dims = {1, 1, size, size}}) != "computed");
    CHECK(label("random_normal", {}, {.dims = {size, 1}}) != "computed");
  }
  for (const Op* op : all_ops()) {
    CAPTURE(op->name);
    std::vector<Array> operands;
    for (const OpParam& param : op->params) {
      if (param.kind == ParamKind::tensor || param.kind == ParamKind::tensors) operands.push_back(absurd);
    }
    BasicAttributes<std::int64_t> attrs;
    attrs.axes = {{1}};
    attrs.flags = {true, true};
    attrs.dims = {1, 1, 1, 1, 1, 1};
    attrs.numbers = {0.5, 1};
    attrs.dtype = DType::float32;
    (void)op->eval({operands, attrs, DType::float32});  // ends, whatever it says
  }
}

}  // namespace
}  // namespace shapelint::test
