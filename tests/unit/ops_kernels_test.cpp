// What conformance records cannot hold: rounding to formats that NumPy lacks, dtype rules, and limits on hostile sizes.
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/unit/ops_helpers.h"

namespace shapelint::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNan = std::numeric_limits<double>::quiet_NaN();

DType dtype_of(std::string_view op, const std::vector<DType>& operands, const std::vector<bool>& scalar = {},
               std::optional<DType> attribute = {}) {
  return result_dtype(*find_op(op), operands, scalar, attribute);
}

std::string refusal(std::string_view op, std::vector<Array> operands, const BasicAttributes<std::int64_t>& attrs = {}) {
  const auto result = run_kernel(*find_op(op), std::move(operands), attrs);
  return result ? "accepted" : result.error().label;
}

/// An empty array of any extents, which needs no memory.
Array hollow(Extents shape) { return Array{DType::float32, std::move(shape), {}}; }

TEST_CASE("rounding: bfloat16 keeps 8 bits, ties to even") {
  // 1 + 2**-8 lies between 1 and 1 + 2**-7, and 1 is even; 1 + 3*2**-8 between 1 + 2**-7 and 1 + 2**-6, which is even.
  CHECK(round_to(DType::bfloat16, 1 + 0x1p-8) == 1);
  CHECK(round_to(DType::bfloat16, 1 + 3 * 0x1p-8) == 1 + 0x1p-6);
  CHECK(round_to(DType::bfloat16, 1 + 0x1.01p-8) == 1 + 0x1p-7);
  CHECK(round_to(DType::bfloat16, 0.1) == 0.10009765625);
  CHECK(round_to(DType::bfloat16, 0x1.fep127) == 0x1.fep127);
  CHECK(round_to(DType::bfloat16, 0x1.ffp127) == kInfinity);
  CHECK(round_to(DType::bfloat16, 0x1p-133) == 0x1p-133);  // the smallest subnormal
  CHECK(round_to(DType::bfloat16, 0x1p-134) == 0);
}

TEST_CASE("rounding: float16 and float32 at their ends") {
  CHECK(round_to(DType::float16, 0.1) == 0.0999755859375);
  CHECK(round_to(DType::float16, 65519.99) == 65504);
  CHECK(round_to(DType::float16, -65520) == -kInfinity);
  CHECK(round_to(DType::float16, 0x1p-24) == 0x1p-24);
  CHECK(round_to(DType::float16, 0x1p-25) == 0);
  CHECK(round_to(DType::float16, 0x1.8p-24) == 0x1p-23);
  CHECK(std::signbit(round_to(DType::float16, -1e-10)));
  CHECK(std::isnan(round_to(DType::float16, kNan)));
  CHECK(round_to(DType::float32, 0.1) == 0x1.99999ap-4);
  CHECK(round_to(DType::float32, 0x1.fffffefp127) == 0x1.fffffep127);
  CHECK(round_to(DType::float32, 0x1.ffffffp127) == kInfinity);
  CHECK(round_to(DType::float32, -1e300) == -kInfinity);
  CHECK(std::isnan(round_to(DType::float32, kNan)));
}

TEST_CASE("rounding: integers wrap, bool is 0 or 1") {
  CHECK(round_to(DType::uint8, 300) == 44);
  CHECK(round_to(DType::uint8, -1) == 255);
  CHECK(round_to(DType::int8, 128) == -128);
  CHECK(round_to(DType::int8, -129) == 127);
  CHECK(round_to(DType::int32, 2147483648.0) == -2147483648.0);
  CHECK(round_to(DType::int64, 0x1p63) == -0x1p63);
  CHECK(round_to(DType::int64, 0x1p200) == 0);
  CHECK(round_to(DType::int16, -1.9) == -1);
  CHECK(round_to(DType::int64, kNan) == 0);
  CHECK(!std::signbit(round_to(DType::int32, -0.5)));
  CHECK(round_to(DType::boolean, kNan) == 1);
  CHECK(round_to(DType::boolean, 0.1) == 1);
}

TEST_CASE("dtypes: names, promotion, Python numbers") {
  for (const char* text :
       {"bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64"}) {
    REQUIRE(parse_dtype(text).has_value());
    CHECK(name(*parse_dtype(text)) == text);
  }
  // numpy 2.4 np.dtype(name), tensorflow 2.21.0 tf.as_dtype(name), run.
  CHECK((parse_dtype("float") == DType::float32));
  CHECK((parse_dtype("double") == DType::float64));
  CHECK((parse_dtype("half") == DType::float16));
  CHECK((parse_dtype("f4") == DType::float32));
  CHECK((parse_dtype("i8") == DType::int64));
  CHECK((parse_dtype("?") == DType::boolean));
  CHECK(!parse_dtype("complex64").has_value());
  CHECK((promote(DType::int64, DType::float16) == DType::float16));
  CHECK((promote(DType::uint8, DType::int8) == DType::int16));
  CHECK((promote(DType::float16, DType::bfloat16) == DType::float32));
  CHECK((promote(DType::boolean, DType::uint8) == DType::uint8));
  CHECK((promote_with_scalar(DType::float16, DType::float64) == DType::float16));
  CHECK((promote_with_scalar(DType::int32, DType::float64) == DType::float32));
  CHECK((promote_with_scalar(DType::boolean, DType::int64) == DType::int64));
  CHECK((promote_with_scalar(DType::uint8, DType::int64) == DType::uint8));
}

TEST_CASE("dtypes: every rule") {
  const DType f32 = DType::float32;
  const DType f64 = DType::float64;
  const DType i32 = DType::int32;
  const DType i64 = DType::int64;
  const DType b = DType::boolean;
  CHECK((dtype_of("add", {f32, f64}, {false, true}) == f32));
  CHECK((dtype_of("add", {i64, f32}, {true, false}) == f32));
  CHECK((dtype_of("add", {f64, i64}, {true, true}) == f32));
  CHECK((dtype_of("mean", {i64}) == f32));
  CHECK((dtype_of("mean", {f64}) == f64));
  CHECK((dtype_of("div", {i32, i32}) == f32));
  CHECK((dtype_of("less", {f32, f64}) == b));
  CHECK((dtype_of("sum", {b}) == i64));
  CHECK((dtype_of("sum", {i32}) == i32));
  CHECK((dtype_of("where", {b, i32, f64}, {false, false, true}) == f32));
  CHECK((dtype_of("cast", {f32}, {}, i32) == i32));
  CHECK((dtype_of("zeros", {}) == f32));
  CHECK((dtype_of("arange", {}) == i64));
  CHECK((dtype_of("arange", {}, {}, f32) == f32));
  CHECK((dtype_of("index", {i32}) == i32));
}

TEST_CASE("mixed operands compute in their common dtype") {
  // In float32, 0.1 in double is the 0.1 of the tensor.
  const auto equal =
      run_kernel(*find_op("equal"),
                 {Array::scalar(0.1, DType::float32), convert(Array::scalar(0.1, DType::float64), DType::float32)}, {});
  CHECK(equal->values[0] == 1);
  // 2**24 + 1 is no float32, so the integer loses its last bit before it is compared, as in PyTorch.
  const auto wide = run_kernel(*find_op("equal"),
                               {Array::scalar(16777217, DType::int64), Array::scalar(16777216, DType::float32)}, {});
  CHECK(wide->values[0] == 1);
  // Added in double, rounded once: in float32 the three would be lost one by one.
  Array x = Array::filled({4}, 1, DType::float32);
  x.values[0] = 16777216;
  CHECK(run_kernel(*find_op("sum"), {x}, {})->values[0] == 16777220);
}

TEST_CASE("integers: division by zero gives 0, powers truncate") {
  const Array five = Array::scalar(5, DType::int32);
  const Array zero = Array::scalar(0, DType::int32);
  CHECK(run_kernel(*find_op("floordiv"), {five, zero}, {})->values[0] == 0);
  CHECK(run_kernel(*find_op("mod"), {five, zero}, {})->values[0] == 0);
  CHECK(run_kernel(*find_op("pow"), {five, Array::scalar(-1, DType::int32)}, {})->values[0] == 0);
}

TEST_CASE("limits: no kernel allocates more than kMaxElements") {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  CHECK(refusal("zeros", {}, {.dims = {1'000'000'000, 1'000'000'000}}) == "kernel.size");
  CHECK(refusal("zeros", {}, {.dims = {kHuge, kHuge, kHuge}}) == "kernel.size");
  CHECK(refusal("ones", {}, {.dims = {-1}}) == "kernel.size");
  CHECK(refusal("full", {}, {.dims = {kMaxElements + 1}, .numbers = {1}}) == "kernel.size");
  CHECK(refusal("eye", {}, {.dims = {kMaxElements}}) == "kernel.size");
  CHECK(refusal("arange", {}, {.dims = {0, kHuge, 1}}) == "kernel.size");
  CHECK(refusal("arange", {}, {.dims = {std::numeric_limits<std::int64_t>::min(), kHuge, 1}}) == "kernel.size");
  CHECK(refusal("broadcast_to", {Array::scalar(1, DType::float32)}, {.dims = {kHuge, 2}}) == "kernel.size");
  CHECK(refusal("reshape", {counting({4})}, {.dims = {kHuge, 4}}) == "reshape.C1");
  const Array column = counting({5000, 1});
  const Array row = counting({1, 5000});
  CHECK(refusal("add", {column, row}) == "kernel.size");
  CHECK(refusal("matmul", {column, row}) == "kernel.size");
  CHECK(refusal("matmul", {counting({1024, 1025}), counting({1025, 1024})}) == "kernel.size");

  const auto empty = run_kernel(*find_op("zeros"), {}, {.dims = {kHuge, 0, kHuge}});
  REQUIRE(empty.has_value());
  CHECK(empty->values.empty());
}

TEST_CASE("limits: empty arrays with absurd extents") {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  CHECK(refusal("sum", {hollow({0, kHuge})}, {.axes = {{0}}}) == "kernel.size");
  CHECK(refusal("sum", {hollow({0, kHuge})}, {.axes = {{1}}}) == "accepted");
  CHECK(refusal("transpose", {hollow({kHuge, 0, kHuge})}) == "accepted");
  CHECK(refusal("concat", {hollow({kHuge, 0}), hollow({kHuge, 0})}, {.axes = {{0}}}) == "kernel.size");
  CHECK(refusal("stack", {hollow({kHuge, 0}), hollow({kHuge, 0})}, {.axes = {{0}}}) == "accepted");
  CHECK(refusal("matmul", {hollow({kHuge, 0}), hollow({0, kHuge})}) == "kernel.size");
  CHECK(refusal("add", {hollow({kHuge, 0}), hollow({1, 1})}) == "accepted");
  IndexItem<std::int64_t> item{.step = std::numeric_limits<std::int64_t>::min()};
  CHECK(refusal("index", {hollow({kHuge, 0})}, {.index = {item}}) == "accepted");
  item = {.kind = IndexItem<std::int64_t>::Kind::integer, .integer = std::numeric_limits<std::int64_t>::min()};
  CHECK(refusal("index", {counting({3})}, {.index = {item}}) == "index.C1");
}

TEST_CASE("broadcasting is xtensor's, and refuses to stretch the target") {
  CHECK(!broadcast_to(counting({3}), {1}).has_value());
  CHECK(!broadcast_to(counting({3}), {0}).has_value());
  CHECK(!broadcast_to(counting({2, 3}), {3}).has_value());
  CHECK(broadcast_to(counting({2, 1}), {2, 2})->values == std::vector<double>{0, 0, 0.5, 0.5});
  CHECK(broadcast_extents({{2, 1}, {3}, {}}).value() == Extents{2, 3});
  CHECK(broadcast_extents({{0}, {1}}).value() == Extents{0});
  CHECK(broadcast_extents({}).value() == Extents{});
  CHECK(!broadcast_extents({{2}, {3}}).has_value());
  CHECK(!broadcast_extents({{-1}}).has_value());
  CHECK(element_count({kMaxElements}) == kMaxElements);
  CHECK(!element_count({kMaxElements, 2}).has_value());
}

}  // namespace
}  // namespace shapelint::test
