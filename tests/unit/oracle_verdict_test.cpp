// The oracle's verdicts on programs whose numbers are easy to do by hand: one group for each verdict.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "lib/oracle/oracle.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

ArrayPtr array(Extents shape, std::vector<double> values) {
  return std::make_shared<const Array>(
      Array{.dtype = DType::float32, .shape = std::move(shape), .values = std::move(values)});
}

// One loss, evaluated. `f` takes what is annotated; the rest is seeded.
struct Judged {
  explicit Judged(const std::string& text, SampleData data = {}, std::map<std::string, std::int64_t> sizes = {})
      : library(sources) {
    const SourceId id = sources.add("user.loss", text);
    const LoadedModule* module = library.add("user", id, Dialect::loss);
    REQUIRE(module->program->issues.empty());
    const auto target = find_target(*module, "f");
    REQUIRE(target.has_value());
    WorldOptions options;
    options.data = data;
    options.sizes = sizes;
    auto made = build_world(tracer, *target, options);
    REQUIRE(made.has_value());
    world = std::move(*made);
    EvaluationOptions how;
    how.data = std::move(data);
    how.sizes = std::move(sizes);
    result = evaluate(tracer, *target, world, how);
  }
  // The verdict of what is returned.
  std::string_view verdict() const { return name(result.verdict); }
  // That of an expression, by its text.
  std::string_view verdict(std::string_view text) const {
    for (const ExprVerdict& v : result.exprs) {
      if (sources.text(v.span) == text) return name(v.verdict);
    }
    return "not found";
  }
  std::string first_coupled() const {
    return result.first_coupled ? std::string(sources.text(result.exprs[*result.first_coupled].span)) : "none";
  }

  SourceMap sources;
  Library library;
  DimTable dims;
  Tracer tracer{library, dims};
  World world;
  Evaluation result;
};

// `f(x: "B N", y: "B")` with this body.
Judged judge(const std::string& body, SampleData data = {}) {
  return Judged("def f(x: Float[\"B N\"], y: Float[\"B\"]):\n    " + body + "\n", std::move(data));
}

using Values = std::vector<double>;

TEST_CASE("per-sample: the single values joined along the batch") {
  CHECK(judge("return y * 2").verdict() == "per-sample");
  CHECK(judge("return x + y[:, None]").verdict() == "per-sample");
  CHECK(judge("return mean(x, axis=-1)").verdict() == "per-sample");
  CHECK(judge("return transpose(x)").verdict() == "per-sample");
  CHECK(judge("return x[:, 0]").verdict() == "per-sample");
  const Judged j = judge("return y * 2", {{"y", array({3}, {1, 2, 3})}});
  REQUIRE(j.result.per_sample != nullptr);
  CHECK(j.result.per_sample->values == Values{2, 4, 6});
  CHECK(j.result.value->values == Values{2, 4, 6});
}

TEST_CASE("per-sample: along k*B and B*T, in both orders") {
  const std::string head = "def f(x: Float[\"B T\"]):\n    ";
  // Sample by sample: element i*T + t.
  CHECK(Judged(head + "return reshape(x, (-1,)) * 2\n").verdict() == "per-sample");
  // Time by time: element t*B + i.
  CHECK(Judged(head + "return reshape(transpose(x), (-1,)) * 2\n").verdict() == "per-sample");
  CHECK(Judged(head + "return concat([x, x], axis=0)\n").verdict() == "per-sample");
  // Time first, as a parameter.
  CHECK(Judged("def f(x: Float[\"T B\"]):\n    return reshape(x, (-1,))\n").verdict() == "per-sample");
  CHECK(Judged("def f(x: Float[\"T B\"]):\n    return mean(x, axis=0)\n").verdict() == "per-sample");
}

TEST_CASE("coupled: a reshape that pairs other elements than it seems to") {
  // (B, T) read as (T, B): the first sample alone keeps its own elements, the batch mixes them.
  CHECK(
      Judged("def f(x: Float[\"B T\"]):\n    b, t = x.shape\n    return reshape(x, (t, b))\n", {}, {{"B", 3}, {"T", 2}})
          .verdict() == "coupled");
}

TEST_CASE("mean and sum of the single values") {
  CHECK(judge("return mean(y)").verdict() == "mean");
  CHECK(judge("return sum(y)").verdict() == "sum");
  CHECK(judge("return mean(mean(x, axis=-1))").verdict() == "mean");
  CHECK(judge("return mean(x, axis=0)").verdict() == "mean");
  CHECK(judge("return sum(x, axis=0)").verdict() == "sum");
  CHECK(judge("return mean(y) * 3").verdict() == "mean");
  CHECK(judge("return mean(y) + mean(x)").verdict() == "mean");
  CHECK(judge("return sum(y) + sum(x)").verdict() == "sum");
  const Judged j = judge("return mean(y)", {{"y", array({3}, {1, 2, 6})}});
  CHECK(j.result.value->values == Values{3});
  REQUIRE(j.result.per_sample != nullptr);
  CHECK(j.result.per_sample->shape == Extents{3});
  CHECK(j.result.per_sample->values == Values{1, 2, 6});
}

TEST_CASE("a constant factor of the mean is said") {
  const Judged j = judge("return sum(x, axis=0) / (2.0 * x.shape[0])",
                         {{"x", array({2, 2}, {1, 2, 3, 4})}, {"y", array({2}, {0, 0})}});
  // Alone: x/2. Together: the sum over 4, which is half of the mean of x and just the mean of x/2.
  CHECK(j.verdict() == "mean");
  CHECK(j.result.factor == doctest::Approx(1));
  const Judged k = judge("return sum(x, axis=0) / 10.0 * x.shape[0]",
                         {{"x", array({2, 2}, {1, 2, 3, 4})}, {"y", array({2}, {0, 0})}});
  // Alone: x/10. Together: 2*sum/10, which is 4 times the mean.
  CHECK(k.verdict() == "mean");
  CHECK(k.result.factor == doctest::Approx(4));
}

TEST_CASE("pooled: made of totals only") {
  CHECK(judge("return sum(y * x[:, 0]) / sum(y)").verdict() == "pooled");
  CHECK(judge("return 1 - 2 * sum(x[:, 0] * y) / (sum(x[:, 0]) + sum(y))").verdict() == "pooled");
  CHECK(judge("return sqrt(mean(y))").verdict() == "pooled");
}

TEST_CASE("pooled: numbers are drawn of which a comparison selects some") {
  // With nothing selected both are 0, which would be a mean.
  const Judged counted(
      "def f(a: Float[\"B N\"], b: Float[\"B N\"]):\n"
      "    return sum(where(b == 7.0, (a - b) ** 2, 0.0)) / maximum(sum(where(b == 7.0, 1.0, 0.0)), 1.0)\n");
  CHECK(counted.verdict() == "pooled");
}

TEST_CASE("masks are drawn as 0 and 1, with a 1 in each row and column and a 0 somewhere") {
  const Judged judged("def f(x: Float[\"T B\"], loss_mask: Float[\"T B\"]):\n    return sum(x * loss_mask)\n");
  REQUIRE(judged.result.inputs.size() == 2);
  const Array& mask = *judged.result.inputs[1].second;
  REQUIRE(mask.shape.size() == 2);
  const auto rows = static_cast<std::size_t>(mask.shape[0]);
  const auto columns = static_cast<std::size_t>(mask.shape[1]);
  double total = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    double in_row = 0;
    for (std::size_t column = 0; column < columns; ++column) in_row += mask.values[row * columns + column];
    CHECK(in_row >= 1);
    total += in_row;
  }
  for (std::size_t column = 0; column < columns; ++column) {
    double in_column = 0;
    for (std::size_t row = 0; row < rows; ++row) in_column += mask.values[row * columns + column];
    CHECK(in_column >= 1);
  }
  for (const double value : mask.values) CHECK((value == 0 || value == 1));
  CHECK(total < static_cast<double>(mask.values.size()));
}

TEST_CASE("independent: no sample in it") {
  CHECK(judge("return arange(0, x.shape[0])").verdict() == "independent");
  CHECK(judge("return ones((3,)) * x.shape[1]").verdict() == "independent");
  CHECK(Judged("def f(x: Float[\"B\"], w: Float[\"K\"]):\n    return sum(w * w)\n").verdict() == "independent");
  CHECK(judge("return arange(0, x.shape[0]) + y").verdict("arange(0, x.shape[0])") == "independent");
}

TEST_CASE("coupled: everything else, and where it starts") {
  CHECK(judge("return y - mean(y)").verdict() == "coupled");
  CHECK(judge("return softmax(y, axis=0)").verdict() == "coupled");
  CHECK(judge("return cumsum(y, axis=0)").verdict() == "coupled");
  CHECK(judge("return y[:, None] - y[None, :]").verdict() == "coupled");
  CHECK(judge("return matmul(x, transpose(x))").verdict() == "coupled");
  CHECK(judge("return max(y)").verdict() == "coupled");
  CHECK(judge("return y[::-1]").verdict() == "coupled");
  CHECK(judge("return concat([y[1:], y[:1]], axis=0)").verdict() == "coupled");
  const Judged j = judge("a = y * 2\n    m = mean(a)\n    b = m + a\n    return b * 3");
  CHECK(j.verdict() == "coupled");
  CHECK(j.verdict("mean(a)") == "mean");
  CHECK(j.verdict("m + a") == "coupled");
  CHECK(j.first_coupled() == "m + a");
  CHECK(judge("return mean(y)").first_coupled() == "none");
}

TEST_CASE("mixing that a later mean undoes is seen where it happens") {
  const Judged j = judge("return mean(mean(y) + y)");
  CHECK(j.verdict() == "mean");
  CHECK(j.first_coupled() == "mean(y) + y");
}

TEST_CASE("unknown: what was not computed, with its reason") {
  const Judged j = judge("return x[:, 0] + y[7]", {{"y", array({3}, {1, 2, 3})}});
  CHECK(j.verdict() == "unknown");
  CHECK(!j.result.reason.empty());
  // The batch runs, one sample alone does not: it has no second.
  const Judged k = judge("return y - y[1]");
  CHECK(k.verdict() == "unknown");
  CHECK(k.result.reason.find("one sample alone") != std::string::npos);
  const Judged big = Judged("def f(x: Float[\"B\"]):\n    return x\n", {}, {{"B", 65}});
  CHECK(big.verdict() == "unknown");
  CHECK(big.result.reason.find("64") != std::string::npos);
}

TEST_CASE("sizes are what the user says, else different primes") {
  const Judged j = judge("return y");
  std::map<std::string, std::int64_t> sizes;
  for (const auto& [symbol, size] : j.result.sizes) sizes[j.dims.name(symbol)] = size;
  CHECK(sizes["B"] == 3);
  CHECK(sizes["N"] > 3);
  CHECK(Judged("def f(x: Float[\"B\"]):\n    return x\n", {}, {{"B", 4}}).result.value->shape == Extents{4});
}

TEST_CASE("the same run gives the same numbers") {
  const Judged a = judge("return x * y[:, None]");
  const Judged b = judge("return x * y[:, None]");
  CHECK(a.result.value->values == b.result.value->values);
}

TEST_CASE("a batch of one") {
  const Judged j = Judged("def f(x: Float[\"B\"]):\n    return x - mean(x)\n", {}, {{"B", 1}});
  CHECK(j.verdict() == "per-sample");
}

TEST_CASE("totals: plain, and weighted where Keras weighs") {
  const std::string text =
      "from keras import ops\ndef f(y_true: Float[\"B\"], y_pred: Float[\"B\"]):\n    return ops.mean(y_pred) + "
      "y_true\n";
  const Judged j(text, {{"y_true", array({3}, {1, 2, 3})}, {"y_pred", array({3}, {0, 3, 6})}});
  // Wrote 4, 5, 6; alone 1, 5, 9. Weights 1, 0, 2 over three samples: (4 + 12) / 3 and (1 + 18) / 3.
  REQUIRE(j.result.totals.has_value());
  CHECK(j.result.totals->mean_wrote == doctest::Approx(5));
  CHECK(j.result.totals->mean_per_sample == doctest::Approx(5));
  REQUIRE(j.result.totals->has_weighted);
  CHECK(j.result.totals->weights == Values{1, 0, 2});
  CHECK(j.result.totals->weighted_wrote == doctest::Approx(16.0 / 3));
  CHECK(j.result.totals->weighted_per_sample == doctest::Approx(19.0 / 3));
  const Judged plain = judge("return y");
  REQUIRE(plain.result.totals.has_value());
  CHECK(!plain.result.totals->has_weighted);
}

TEST_CASE("nearly equal is equal up to the rounding of float32") {
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(nearly_equal(1, 1 + 1e-6));
  CHECK(!nearly_equal(1, 1.001));
  CHECK(nearly_equal(1e6, 1e6 + 1));
  CHECK(!nearly_equal(0, 1e-3));
  CHECK(nearly_equal(std::nan(""), std::nan("")));
  CHECK(!nearly_equal(std::nan(""), 0));
  CHECK(nearly_equal(inf, inf));
  CHECK(!nearly_equal(inf, -inf));
  CHECK(!nearly_equal(inf, 1e300));
}

TEST_CASE("masks: samples differ in how much they select, and are not mixed by it") {
  const SampleData data = {{"x", array({3, 2}, {1, -2, -3, -4, 5, 6})}, {"y", array({3}, {1, -1, 2})}};
  const auto masked = [&](const std::string& body) { return judge(body, data); };
  const Judged selected = masked("return x[x > 0] * 2");
  CHECK(selected.verdict() == "per-sample");
  REQUIRE(selected.result.value != nullptr);
  CHECK(selected.result.value->values == Values{2, 10, 12});
  CHECK(selected.first_coupled() == "none");
  CHECK(masked("return x[y > 0, 0]").verdict() == "per-sample");
  CHECK(masked("return sum(x[x > 0])").verdict() == "sum");
  const Judged mean_of_selected = masked("return mean(x[x > 0])");
  CHECK(mean_of_selected.verdict() == "pooled");
  CHECK(mean_of_selected.first_coupled() == "none");
  CHECK(masked("return transpose(x)[transpose(x) > 0]").first_coupled() == "none");
  CHECK(masked("i = nonzero(y > 0)\n    return x[i[:, 0]]").first_coupled() == "none");
  CHECK(masked("return softmax(y[y > 0], axis=0)").verdict() == "coupled");
}

TEST_CASE("writes: what is written is what is returned") {
  const SampleData data = {{"x", array({3, 2}, {1, -2, -3, -4, 5, 6})}, {"y", array({3}, {1, -1, 2})}};
  const Judged cut = judge("z = x * 1\n    z[z < 0] = 0\n    return mean(z, axis=1)", data);
  CHECK(cut.verdict() == "per-sample");
  REQUIRE(cut.result.value != nullptr);
  CHECK(cut.result.value->values == Values{0.5, 0, 5.5});
  const Judged part = judge("z = x * 1\n    z[:, 0] += y\n    return z", data);
  CHECK(part.verdict() == "per-sample");
  REQUIRE(part.result.value != nullptr);
  CHECK(part.result.value->values == Values{2, -2, -4, -4, 7, 6});
}

TEST_CASE("loops over the samples: a round is one sample, what they leave is the batch") {
  const SampleData data = {{"x", array({3, 2}, {1, -2, -3, -4, 5, 6})}, {"y", array({3}, {1, -1, 2})}};
  for (const std::string body :
       {"out = []\n    for i in range(x.shape[0]):\n        out.append(mean(x[i]) * y[i])\n    return stack(out, "
        "axis=0)",
        "out = zeros([x.shape[0]])\n    for i in range(len(x)):\n        out[i] = mean(x[i]) * y[i]\n    return out",
        "return stack([mean(p) * q for p, q in zip(x, y)], axis=0)"}) {
    CAPTURE(body);
    const Judged j = judge(body, data);
    CHECK(j.verdict() == "per-sample");
    CHECK(j.first_coupled() == "none");
    REQUIRE(j.result.value != nullptr);
    CHECK(j.result.value->values == Values{-0.5, 3.5, 11});
  }
  for (const std::string body :
       {"total = 0\n    for p, q in zip(x, y):\n        total = total + mean(p) * q\n    return total",
        "return sum([mean(p) * q for p, q in zip(x, y)])"}) {
    CAPTURE(body);
    const Judged j = judge(body, data);
    CHECK(j.verdict() == "sum");
    CHECK(j.first_coupled() == "none");
  }
  CHECK(
      judge("total = 0\n    for p in x:\n        total = total + mean(p)\n    return total / len(x)", data).verdict() ==
      "mean");
  // Samples that are left out: their list is shorter.
  const Judged some = judge(
      "out = []\n    for p, q in zip(x, y):\n        if q > 0:\n            out.append(mean(p))\n    return stack(out, "
      "axis=0)",
      data);
  CHECK(some.first_coupled() == "none");
}

}  // namespace
}  // namespace shapelint
