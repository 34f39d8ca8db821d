// Replays what real NumPy and PyTorch answered (tests/conformance/ops.json and ops_torch.json, made by record_ops.py
// and record_ops_torch.py): the kernel's shape, dtype and values, and the shape rule on the same sizes as numbers,
// which leave it nothing to assume.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/ops_helpers.h"

#ifndef SHAPELINT_SOURCE_DIR
#define SHAPELINT_SOURCE_DIR "."
#endif

namespace shapelint::test {
namespace {

using nlohmann::json;

double number_of(const json& value) {
  if (value.is_number()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  return text == "inf" ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
}

Array array_of(const json& value) {
  Array array;
  array.dtype = parse_dtype(value[0].get<std::string>()).value();
  array.shape = value[1].get<Extents>();
  for (const json& element : value[2]) array.values.push_back(number_of(element));
  round_values(array);
  return array;
}

std::optional<std::int64_t> bound_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return value.get<std::int64_t>();
}

IndexItem<std::int64_t> item_of(const json& value) {
  using Item = IndexItem<std::int64_t>;
  Item item;
  if (value.is_number()) {
    item.kind = Item::Kind::integer;
    item.integer = value.get<std::int64_t>();
  } else if (value.is_string()) {
    item.kind = value == "n" ? Item::Kind::newaxis : Item::Kind::ellipsis;
  } else {
    item.start = bound_of(value["s"][0]);
    item.stop = bound_of(value["s"][1]);
    item.step = bound_of(value["s"][2]);
  }
  return item;
}

BasicAttributes<std::int64_t> attributes_of(const json& value) {
  BasicAttributes<std::int64_t> attrs;
  if (value.contains("axes") && !value["axes"].is_null()) attrs.axes = value["axes"].get<std::vector<std::int64_t>>();
  if (value.contains("flags")) attrs.flags = value["flags"].get<std::vector<bool>>();
  if (value.contains("dims")) attrs.dims = value["dims"].get<Extents>();
  if (value.contains("numbers")) {
    for (const json& number : value["numbers"]) attrs.numbers.push_back(number_of(number));
  }
  if (value.contains("texts")) attrs.texts = value["texts"].get<std::vector<std::string>>();
  if (value.contains("dtype")) attrs.dtype = parse_dtype(value["dtype"].get<std::string>());
  if (value.contains("index")) {
    for (const json& item : value["index"]) attrs.index.push_back(item_of(item));
  }
  return attrs;
}

/// Distance from 1 to the next number.
double epsilon(DType dtype) {
  switch (dtype) {
    case DType::bfloat16: return 0x1p-7;
    case DType::float16: return 0x1p-10;
    case DType::float32: return 0x1p-23;
    case DType::float64: return 0x1p-52;
    default: return 0;
  }
}

/// Ops whose answer IEEE 754 fixes, or that only move values.
bool is_exact(std::string_view op) {
  static const std::set<std::string_view> kInexact = {"exp",
                                                      "expm1",
                                                      "log",
                                                      "log1p",
                                                      "log2",
                                                      "rsqrt",
                                                      "sin",
                                                      "cos",
                                                      "tan",
                                                      "asin",
                                                      "acos",
                                                      "atan",
                                                      "sinh",
                                                      "cosh",
                                                      "tanh",
                                                      "erf",
                                                      "sigmoid",
                                                      "lgamma",
                                                      "digamma",
                                                      "softplus",
                                                      "reciprocal",
                                                      "pow",
                                                      "atan2",
                                                      "sum",
                                                      "prod",
                                                      "mean",
                                                      "matmul",
                                                      "erfinv",
                                                      "softmax",
                                                      "log_softmax",
                                                      "cumsum",
                                                      "cumprod",
                                                      "logsumexp",
                                                      "var",
                                                      "quantile",
                                                      "scatter",
                                                      "scatter_nd",
                                                      "bincount",
                                                      "einsum",
                                                      "tensordot",
                                                      "inv",
                                                      "det",
                                                      "logabsdet",
                                                      "cholesky",
                                                      "eigvalsh",
                                                      "svdvals",
                                                      "solve",
                                                      "conv",
                                                      "conv_transpose",
                                                      "cdist",
                                                      "avg_pool",
                                                      "adaptive_avg_pool",
                                                      "interpolate",
                                                      "ctc"};
  return !kInexact.contains(op);
}

void check_values(const Array& ours, const Array& numpy, std::string_view op) {
  REQUIRE(ours.values.size() == numpy.values.size());
  const double unit = std::max(epsilon(ours.dtype), epsilon(numpy.dtype));
  // Where NumPy computes in double and we in float32 (integers met by floats), one rounding lies between.
  const bool same_dtype = ours.dtype == numpy.dtype;
  for (std::size_t i = 0; i < ours.values.size(); ++i) {
    const double a = ours.values[i];
    const double b = numpy.values[i];
    CAPTURE(i);
    CAPTURE(a);
    CAPTURE(b);
    if (std::isnan(b)) {
      CHECK(std::isnan(a));
    } else if (is_exact(op) && same_dtype) {
      CHECK(a == b);
      // NumPy leaves open which zero is the larger one.
      static const std::set<std::string_view> kAnyZero = {"maximum", "minimum", "max",    "min",
                                                          "relu",    "clip",    "cummax", "cummin"};
      if (b == 0 && !kAnyZero.contains(op)) CHECK(std::signbit(a) == std::signbit(b));
    } else if (std::isinf(b)) {
      CHECK(a == b);
    } else {
      // Sums of numbers around 1 cancel; their error is absolute. digamma sums a dozen terms, and what solves equations
      // loses what their condition costs.
      static const std::set<std::string_view> kSolvers = {"inv",     "det",      "solve",      "eigvalsh",
                                                          "svdvals", "cholesky", "interpolate"};
      const int units = op == "digamma" ? 8 : kSolvers.contains(op) ? 64 : 4;
      CHECK(std::abs(a - b) <= units * unit * std::max(1.0, std::abs(b)));
    }
  }
}

/// NumPy keeps wider floats and integers than the frameworks; kinds must agree.
bool same_kind(DType a, DType b) { return is_float(a) == is_float(b) && is_integer(a) == is_integer(b); }

/// The records of one file; the ops that it has records of go into `seen`.
void replay(const std::string& name, std::set<std::string>& seen) {
  std::ifstream file(SHAPELINT_SOURCE_DIR "/tests/conformance/" + name);
  const std::string missing = name + " not found from the working directory";
  REQUIRE_MESSAGE(file.good(), missing);
  const json document = json::parse(file);
  for (const json& entry : document["records"]) {
    const std::string text = entry.dump();
    CAPTURE(text);
    const Op* op = find_op(entry["op"].get<std::string>());
    REQUIRE(op != nullptr);
    seen.insert(std::string(op->name));

    std::vector<Array> operands;
    for (const json& operand : entry["x"]) operands.push_back(array_of(operand));
    const auto attrs = attributes_of(entry.value("a", json::object()));

    DimTable dims;
    Facts facts(dims);
    OpArgs<Shape> symbolic;
    for (const Array& operand : operands) symbolic.operands.push_back(constant_shape(operand.shape, dims));
    symbolic.attrs = map_attributes<Dim>(attrs, [&](std::int64_t size) { return dims.number(size); });
    // A size that values decide is the tracer's to choose.
    const bool counts = !op->counted.what.empty() && entry.contains("r");
    if (counts && op->counted.what == "count") {
      const auto& counted = operands[op->counted.operand].values;
      symbolic.fresh = dims.number(std::count_if(counted.begin(), counted.end(), [](double v) { return v != 0; }));
    } else if (counts) symbolic.fresh = dims.number(entry["r"][1][0].get<std::int64_t>());
    const auto rule = op->shape(symbolic, facts);
    const auto kernel = run_kernel(*op, operands, attrs);
    CHECK(facts.assumptions().empty());

    if (entry.contains("e")) {
      REQUIRE(!kernel.has_value());
      REQUIRE(!rule.has_value());
      CHECK(rule.error().label == entry["e"].get<std::string>());
      CHECK((kernel.error().label == rule.error().label || kernel.error().label.starts_with("kernel")));
      continue;
    }
    REQUIRE_MESSAGE(rule.has_value(), rule.error().message);
    const auto shape = entry.contains("s") ? entry["s"].get<Extents>() : entry["r"][1].get<Extents>();
    CHECK(show(*rule, dims) == show(constant_shape(shape, dims), dims));
    if (entry.contains("k")) {
      REQUIRE(!kernel.has_value());
      CHECK(kernel.error().label == entry["k"].get<std::string>());
      continue;
    }
    REQUIRE_MESSAGE(kernel.has_value(), kernel.error().message);
    CHECK(kernel->shape == shape);
    if (entry.contains("s")) continue;
    const Array expected = array_of(entry["r"]);
    CHECK(same_kind(kernel->dtype, expected.dtype));
    check_values(*kernel, expected, op->name);
  }
}

TEST_CASE("ops answer as NumPy and PyTorch do") {
  std::set<std::string> seen;
  replay("ops.json", seen);
  replay("ops_torch.json", seen);
  for (const Op* op : all_ops()) {
    CAPTURE(op->name);
    CHECK(seen.contains(std::string(op->name)));
  }
}

}  // namespace
}  // namespace shapelint::test
