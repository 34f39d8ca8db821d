// Sample data: files as NumPy and people write them, and files that lie. The .npy and .npz come from real NumPy
// (tests/conformance/record_npy.py); the hostile ones are made from them here.
#include "lib/oracle/sample_data.h"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "tests/unit/npy_samples.h"

namespace shapelint {
namespace {

using namespace std::string_literals;

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
  return true;
}

/// The arrays, or the test ends here with the message.
SampleData read(const Result<SampleData, DataError>& result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message));
  return *result;
}

std::string message(const Result<SampleData, DataError>& result) {
  return result ? "no error" : result.error().message;
}

void check_array(const SampleData& data, const std::string& name, DType dtype, const Extents& shape,
                 const std::vector<double>& values) {
  CAPTURE(name);
  REQUIRE(data.count(name) == 1);
  const Array& array = *data.at(name);
  CHECK(array.dtype == dtype);
  CHECK(array.shape == shape);
  CHECK(same(array.values, values));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string json_message(std::string_view text) { return message(data_from_json(text)); }
std::string csv_message(std::string_view text) { return message(data_from_csv(text)); }
std::string npy_message(std::string_view bytes) { return message(data_from_npy(bytes, "y")); }
std::string npz_message(std::string_view bytes) { return message(data_from_npz(bytes)); }

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A .npy with that header and data, however wrong.
std::string npy(const std::string& header, const std::string& data) {
  return "\x93NUMPY\x01"s + '\0' + static_cast<char>(header.size() & 255) + static_cast<char>(header.size() >> 8) +
         header + data;
}
std::string with_shape(const std::string& shape, const std::string& data = std::string(12, '\0')) {
  return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n", data);
}

std::string little(std::uint64_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out += static_cast<char>((value >> (8 * i)) & 255);
  return out;
}

}  // namespace

TEST_CASE("json: nested lists with the dtype of the widest number") {
  const SampleData data = read(data_from_json(
      R"({"y_true": [[1, 0.5], [0, -2e1]], "labels": [3, -1, 0], "mask": [[true], [false]], "mixed": [true, 2],
          "gamma": 2.5, "none": [], "rows": [[], []]})"));
  CHECK(data.size() == 7);
  check_array(data, "y_true", DType::float32, {2, 2}, {1, 0.5, 0, -20});
  check_array(data, "labels", DType::int64, {3}, {3, -1, 0});
  check_array(data, "mask", DType::boolean, {2, 1}, {1, 0});
  check_array(data, "mixed", DType::int64, {2}, {1, 2});
  check_array(data, "gamma", DType::float32, {}, {2.5});
  check_array(data, "none", DType::float32, {0}, {});
  check_array(data, "rows", DType::float32, {2, 0}, {});
}

TEST_CASE("json: fractions are rounded to float32, as numpy.float32(0.2) is") {
  check_array(read(data_from_json(R"({"x": [0.2]})")), "x", DType::float32, {1}, {0.20000000298023224});
}

TEST_CASE("json: the words that Python's json writes") {
  const SampleData data =
      read(data_from_json("\xEF\xBB\xBF{\"x\": [NaN, Infinity, -Infinity,1],\r\n \"NaN\": [ -0.0 ]}"));
  check_array(data, "x", DType::float32, {4}, {kNan, kInfinity, -kInfinity, 1});
  check_array(data, "NaN", DType::float32, {1}, {0});
  CHECK(json_message(R"({NaN: 1})") == "1:2: expected a name in quotes");
  // A string stays a string, whatever it looks like.
  CHECK(contains(json_message(R"({"x": ["NaN"]})"), "1:8: x[0] is the text \"NaN\""));
  CHECK(contains(json_message(R"({"x": ["-"]})"), "1:8: x[0] is the text \"-\""));
  CHECK(contains(json_message(R"({"x": ["a\\\"NaN"]})"), "1:8: x[0] is the text \"a\\\"NaN\""));
  for (const char* wrong : {"NaNs", "aNaN", "+Infinity", "--Infinity", "nan", "Infinity1", "-NaN", "1NaN", "NaN.5"}) {
    CAPTURE(wrong);
    CHECK(contains(json_message("{\"x\": ["s + wrong + "]}"), "1:"));
  }
}

TEST_CASE("json: ragged lists are named") {
  CHECK(contains(json_message(R"({"y_true": [[1, 2, 3], [1, 2]]})"), "y_true[1] has 2 elements, y_true[0] has 3"));
  CHECK(contains(json_message(R"({"y": [[1], []]})"), "y[1] has 0 elements, y[0] has 1"));
  CHECK(contains(json_message(R"({"y": [[[1], [2]], [[1], [2, 3]]]})"), "y[1][1] has 2 elements, y[0][0] has 1"));
  CHECK(contains(json_message(R"({"y": [[[1], [2]], [[1]]]})"), "y[1] has 1 element, y[0] has 2"));
  CHECK(contains(json_message(R"({"y": [[1], 2]})"), "1:13: y[1] is a number, y[0] is a list"));
  CHECK(contains(json_message(R"({"y": [1, [2]]})"), "1:11: y[1] is a list, y[0] is a number"));
  CHECK(contains(json_message(R"({"y": [[], NaN]})"), "1:12: y[1] is a number, y[0] is a list"));
  CHECK(contains(json_message("{\"y\": [[1],\n [[2]]]}"), "2:3: y[1][0] is a list, y[0][0] is a number"));
}

TEST_CASE("json: what is no number is named with line and column") {
  CHECK(contains(json_message("{\"y\": [[1,\n  null]]}"), "2:3: y[0][1] is null"));
  CHECK(contains(json_message("{\"\xC3\xA4\": [\"abc\"]}"), "1:8: \xC3\xA4[0] is the text \"abc\""));
  CHECK(contains(json_message(R"({"batch": {"obs": [1]}})"), "1:11: batch is an object"));
  CHECK(contains(json_message(R"({"batch": {"obs": [1]}})"), "\"batch.obs\""));
  CHECK(contains(json_message(R"([{"a": [1]}, 2])"), "1:1: this is a list; expected an object of nested lists"));
  CHECK(contains(json_message("3"), "1:1: this is a number; expected an object"));
  CHECK(contains(json_message("null"), "1:1: this is null; expected an object"));
  CHECK(contains(json_message("NaN"), "1:1: this is a number; expected an object"));
  CHECK(contains(json_message(R"({"y": [1], "y": [2]})"), "1:12: \"y\" is given twice"));
  CHECK(contains(json_message(R"({"": [1]})"), "1:2: expected the name of a parameter"));
}

TEST_CASE("json: broken text is named with line and column") {
  CHECK(contains(json_message("{\"y\": [1,\n 2,]}"), "2:4: "));
  CHECK(contains(json_message("{\"y\": [1, 2"), "1:12: "));
  CHECK(contains(json_message(""), "1:1: "));
  CHECK(contains(json_message("{\"y\": [1]} x"), "1:12: "));
  CHECK(contains(json_message("{\"y\": [01]}"), "1:9: "));
  CHECK(contains(json_message("{\"\xFF\": 1}"), "1:3: "));
  CHECK(contains(json_message("{\"y\": [\0]}"s), "1:8: "));
  // A message never repeats a file.
  CHECK(json_message("{\"y\": [\"" + std::string(1 << 20, 'a') + "\"]}").size() < 300);
  CHECK(json_message("{\"y\": [\"" + std::string(1 << 20, 'a')).size() < 300);
  CHECK(json_message("{\"y\": [1" + std::string(1 << 20, '0') + "]}").size() < 300);
  CHECK(json_message("{\"" + std::string(1 << 20, 'a') + "\": null}").size() < 300);
}

TEST_CASE("json: numbers that no array can keep") {
  CHECK(contains(json_message(R"({"y": [0, 1e999]})"), "1:"));
  CHECK(contains(json_message(R"({"y": [0, 1e39]})"), "1:11: y[1] is out of the range of float32"));
  CHECK(contains(json_message(R"({"y": [0, 9007199254740993, 1]})"),
                 "1:11: y[1] is a whole number that is not kept exactly"));
  CHECK(contains(json_message(R"({"y": -9223372036854775808})"), "1:7: y is a whole number that is not kept exactly"));
  CHECK(contains(json_message(R"({"y": 18446744073709551615})"), "1:7: y is a whole number"));
  CHECK(contains(json_message(R"({"y": 123456789012345678901234567890})"), "1:7: y is a whole number"));
  check_array(read(data_from_json(R"({"y": [9007199254740991, 3.0e38]})")), "y", DType::float32, {2},
              {9007199254740992.0, static_cast<double>(3.0e38f)});
}

TEST_CASE("json: nesting is bounded") {
  const std::string deep(64, '[');
  CHECK(read(data_from_json("{\"y\": " + deep + "1" + std::string(64, ']') + "}")).at("y")->rank() == 64);
  for (const std::size_t depth : {65, 100000}) {
    CHECK(contains(json_message("{\"y\": " + std::string(depth, '[')), "1:71: y has more than 64 lists"));
    CHECK(contains(json_message("{\"y\": " + std::string(depth, '[') + "1" + std::string(depth, ']') + "}"),
                   "1:71: y has more than 64 lists"));
  }
  std::string objects;
  for (int i = 0; i < 100000; ++i) objects += "{\"a\":";
  CHECK(contains(json_message(objects), "1:6: a is an object"));
}

TEST_CASE("json: the element limit holds for the file") {
  // One parse only: under the sanitizers these 16 million numbers take seconds.
  std::string text = "{\"a\": [";
  for (std::int64_t i = 0; i < kMaxElements; ++i) text += "1,";
  text.back() = ']';
  CHECK(contains(json_message(text + ", \"b\": 2}"), "1:33554447: more than 16777216 numbers"));
}

TEST_CASE("npy: what NumPy writes") {
  for (const auto& sample : npy_samples::kReadable) {
    CAPTURE(sample.name);
    const auto dtype = parse_dtype(sample.dtype);
    REQUIRE(dtype.has_value());
    const std::string bytes = from_hex(sample.hex);
    check_array(read(data_from_npy(bytes, "y")), "y", *dtype, sample.shape, sample.values);
    // Every shorter file is an error, and so is a longer one.
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK(!data_from_npy(std::string_view(bytes).substr(0, size), "y"));
    }
    CHECK(!data_from_npy(bytes + 'x', "y"));
  }
}

TEST_CASE("npy: arrays of what is no number") {
  for (const auto& sample : npy_samples::kRefused) {
    CAPTURE(sample.name);
    const std::string text = npy_message(from_hex(sample.hex));
    CAPTURE(text);
    CHECK(contains(text, sample.message));
  }
}

TEST_CASE("npy: lying headers") {
  check_array(read(data_from_npy(with_shape("(3,)"), "y")), "y", DType::float32, {3}, {0, 0, 0});
  check_array(read(data_from_npy(with_shape("(3L, 1L)"), "y")), "y", DType::float32, {3, 1}, {0, 0, 0});
  CHECK(contains(npy_message(with_shape("(4,)")),
                 "claims the shape (4,) with dtype float32, which takes 16 bytes, but 12 follow"));
  CHECK(contains(npy_message(with_shape("(2,)")), "which takes 8 bytes, but 12 follow"));
  CHECK(contains(npy_message(with_shape("()")), "which takes 4 bytes, but 12 follow"));
  CHECK(contains(npy_message(with_shape("(16777216,)")), "which takes 67108864 bytes, but 12 follow"));
  CHECK(contains(npy_message(with_shape("(16777217,)")), "negative or more than 16777216"));
  CHECK(contains(npy_message(with_shape("(-3,)")), "negative"));
  CHECK(contains(npy_message(with_shape("(0, 9223372036854775807)")), "negative or more than"));
  CHECK(contains(npy_message(with_shape("(99999999999999999999,)")), "negative or more than"));
  CHECK(contains(npy_message(with_shape("(65536, 65536, 65536, 65536)")),
                 "claims the shape (65536, 65536, 65536, 65536)"));
  for (const std::string order : {"False", "True"}) {
    CHECK(contains(
        npy_message(
            npy("{'descr': '<f4', 'fortran_order': " + order + ", 'shape': (16777216, 16777216, 16777216, 0)}", "")),
        "claims the shape (16777216, 16777216, 16777216, 0)"));
  }
  CHECK(contains(npy_message(with_shape("(8192, 8192)")), "16777216 numbers are the most"));
  std::string many = "(";
  for (int i = 0; i < 65; ++i) many += "1,";
  CHECK(contains(npy_message(with_shape(many + ")")), "more than 64 axes"));
  for (const char* wrong : {"3", "(3", "(3 3)", "(,)", "('a',)", "(3.0,)", "[3]", "(True,)", "None", "((3,),)", ""}) {
    CAPTURE(wrong);
    CHECK(contains(npy_message(with_shape(wrong)), "is broken at its byte"));
  }
}

TEST_CASE("npy: broken headers") {
  const std::string data(12, '\0');
  CHECK(contains(npy_message(npy("{'descr': '<f4', 'fortran_order': False}", data)), "has no 'shape'"));
  CHECK(contains(npy_message(npy("{'descr': '<f4', 'shape': (3,)}", data)), "has no 'fortran_order'"));
  CHECK(contains(npy_message(npy("{'fortran_order': False, 'shape': (3,)}", data)), "has no 'descr'"));
  CHECK(contains(npy_message(npy("{}", data)), "has no 'descr'"));
  CHECK(contains(npy_message(npy("{'shape': (3,), 'shape': (3,)}", data)), "'shape' twice"));
  CHECK(contains(npy_message(npy("{'x': 1}", data)), "unknown key 'x'"));
  for (const char* wrong :
       {"", "(", "{", "{'descr", "{'descr'}", "{'descr': 1}", "{'fortran_order': 0}", "{} x", "{'shape': (3,) 1"}) {
    CAPTURE(wrong);
    CHECK(contains(npy_message(npy(wrong, data)), "is broken at its byte"));
  }
  for (const char* wrong : {"<f3", "f", "", "<", "<q9", "|V4", "<f\xFF"}) {
    CAPTURE(wrong);
    const std::string text =
        npy_message(npy("{'descr': '"s + wrong + "', 'fortran_order': False, 'shape': (3,)}", data));
    CHECK(contains(text, "the dtype '"));
    CHECK(!contains(text, "\xFF"));
  }
  CHECK(contains(npy_message(""), "does not start with NumPy's mark"));
  CHECK(contains(npy_message("\x93NUMPY\x04\x00\x00\x00"s), "format version 4.0"));
  CHECK(contains(npy_message("\x93NUMPY\x01\x00\xFF\xFFxx"s),
                 "says that it is 65535 bytes long, but the file has 2 more"));
  CHECK(contains(npy_message("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFFxx"s), "4294967295 bytes long"));
  CHECK(contains(npy_message(npy(std::string(20000, ' '), data)), "at most 10000 are read"));
}

TEST_CASE("npz: what NumPy writes") {
  for (const char* hex : {npy_samples::kStoredNpz, npy_samples::kDeflatedNpz}) {
    const std::string bytes = from_hex(hex);
    const SampleData data = read(data_from_npz(bytes));
    CHECK(data.size() == 2);
    check_array(data, "y_true", DType::float32, {2, 2}, {1, static_cast<double>(0.2f), 0, 0});
    check_array(data, "labels", DType::int64, {2}, {2, 0});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK(!data_from_npz(std::string_view(bytes).substr(0, size)));
    }
    // No byte may be changed to crash the reader; most changes are noticed.
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xFF}) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ flip);
        (void)data_from_npz(changed);
      }
    }
  }
  const SampleData data = read(data_from_npz(from_hex(npy_samples::kLargeNpz)));
  check_array(data, "zeros", DType::float32, {1000, 1000}, std::vector<double>(1000000));
}

TEST_CASE("npz: what is no zip, or a lying one") {
  CHECK(contains(npz_message(""), "is no zip"));
  CHECK(contains(npz_message(std::string(100000, 'P')), "is no zip"));
  CHECK(contains(npz_message("PK\5\6"s + std::string(18, '\0') + "x"), "is no zip"));
  CHECK(read(data_from_npz("PK\5\6"s + std::string(18, '\0'))).empty());

  const std::string bytes = from_hex(npy_samples::kLargeNpz);
  const std::size_t entry = bytes.rfind("PK\1\2");
  const std::size_t local = 0;
  const auto changed = [&](std::size_t at, const std::string& by) {
    return std::string(bytes).replace(at, by.size(), by);
  };
  CHECK(contains(npz_message(changed(entry + 24, little(0xFFFFFFFF, 4))),
                 "zeros.npy in the .npz: claims 4294967295 bytes"));
  CHECK(contains(npz_message(changed(entry + 24, little(200'000'000, 4))), "more than 16777216 numbers"));
  CHECK(contains(npz_message(changed(entry + 24, little(100'000'000, 4))), "does not unpack to the 100000000 bytes"));
  CHECK(contains(npz_message(changed(entry + 24, little(3'000'000, 4))), "does not unpack to the 3000000 bytes"));
  CHECK(contains(npz_message(changed(entry + 20, little(0x7FFFFFFF, 4))), "ends behind the end of the file"));
  CHECK(contains(npz_message(changed(entry + 42, little(5, 4))), "is not where the directory says"));
  CHECK(contains(npz_message(changed(entry + 42, little(0xFFFFFFF0, 4))), "is not where the directory says"));
  CHECK(contains(npz_message(changed(local + 26, little(0xFFFF, 2))), "ends behind the end of the file"));
  CHECK(contains(npz_message(changed(entry + 16, little(1, 4))), "checksum"));
  CHECK(contains(npz_message(changed(entry + 10, little(12, 2))), "packed by method 12"));
  CHECK(contains(npz_message(changed(entry + 10, little(0, 2))), "has two sizes"));
  CHECK(contains(npz_message(changed(entry + 8, little(1, 2))), "is encrypted"));
  CHECK(contains(npz_message(changed(entry + 46, "zeros.txt")), "zeros.txt in the .npz: expected only arrays"));
  const std::size_t end = bytes.rfind("PK\5\6");
  CHECK(contains(npz_message(changed(end + 10, little(2, 2))), "broken at its entry 2"));
  CHECK(contains(npz_message(changed(end + 10, little(1001, 2))), "more than 1000 members"));
  CHECK(contains(npz_message(changed(end + 16, little(0x7FFFFFFF, 4))), "lies outside the file"));
  CHECK(contains(npz_message(changed(end + 12, little(0x7FFFFFFF, 4))), "lies outside the file"));
}

TEST_CASE("npz: many members on the same bytes stay within one limit") {
  // The directory may name one member a thousand times: 4 KB that would unpack to a billion zeros.
  const std::string bytes = from_hex(npy_samples::kLargeNpz);
  const std::size_t start = bytes.rfind("PK\1\2");
  const std::size_t end = bytes.rfind("PK\5\6");
  const std::string entry = bytes.substr(start, end - start);
  std::string bomb = bytes.substr(0, start);
  constexpr int kMembers = 900;
  for (int i = 0; i < kMembers; ++i) {
    std::string named = entry;
    named[46] = static_cast<char>('a' + i / 26 / 26);
    named[47] = static_cast<char>('a' + i / 26 % 26);
    named[48] = static_cast<char>('a' + i % 26);
    bomb += named;
  }
  bomb += "PK\5\6"s + std::string(4, '\0') + little(kMembers, 2) + little(kMembers, 2) +
          little(entry.size() * kMembers, 4) + little(start, 4) + std::string(2, '\0');
  CHECK(contains(npz_message(bomb), "16777216"));
  // And twice under one name is an error of its own.
  const std::string twice = bytes.substr(0, start) + entry + entry + "PK\5\6"s + std::string(4, '\0') + little(2, 2) +
                            little(2, 2) + little(entry.size() * 2, 4) + little(start, 4) + std::string(2, '\0');
  CHECK(contains(npz_message(twice), "zeros.npy in the .npz: is there twice"));
}

TEST_CASE("csv: columns of one array, and lone ones") {
  const SampleData data =
      read(data_from_csv("y_true_0,y_true_1,label,p[1],p[0],ok,loss_1\n"
                         "1,0.5,3,30,20,true,1\n"
                         "0,-2e1,-1,50,40,False,2\n"));
  CHECK(data.size() == 5);
  check_array(data, "y_true", DType::float32, {2, 2}, {1, 0.5, 0, -20});
  check_array(data, "label", DType::int64, {2}, {3, -1});
  check_array(data, "p", DType::int64, {2, 2}, {20, 30, 40, 50});
  check_array(data, "ok", DType::boolean, {2}, {1, 0});
  check_array(data, "loss_1", DType::int64, {2}, {1, 2});
}

TEST_CASE("csv: spellings") {
  check_array(read(data_from_csv("\xEF\xBB\xBF\"a\" , b\r\n \"1\" , +2\r\n\"3\",4.0\r\n\r\n")), "b", DType::float32,
              {2}, {2, 4});
  check_array(read(data_from_csv("\xEF\xBB\xBF\"a\"\r\n1\r\n")), "a", DType::int64, {1}, {1});
  check_array(read(data_from_csv("\"a\"\"b\",c\n1,2")), "a\"b", DType::int64, {1}, {1});
  check_array(read(data_from_csv("a\nnan\ninf\n-inf\nNaN\n")), "a", DType::float32, {4},
              {kNan, kInfinity, -kInfinity, kNan});
  check_array(read(data_from_csv("a\r1\r2")), "a", DType::int64, {2}, {1, 2});
  check_array(read(data_from_csv("e_0,e_1\n")), "e", DType::float32, {0, 2}, {});
  check_array(read(data_from_csv("e\n1")), "e", DType::int64, {1}, {1});
}

TEST_CASE("csv: cells that are no numbers are named by line and column") {
  CHECK(contains(csv_message("a,b\n1,2\n3,abc\n"), "line 3, column b: 'abc' is no number"));
  CHECK(contains(csv_message("a,b\n1,\n"), "line 2, column b: the cell is empty; write nan"));
  CHECK(contains(csv_message("a,b\n1,2\n3\n"), "line 3 has 1 cell, the header 2"));
  CHECK(contains(csv_message("a,b\n1,2,3\n"), "line 2 has 3 cells, the header 2"));
  CHECK(contains(csv_message("a\n1\n\n2\n"), "line 3 is empty"));
  CHECK(contains(csv_message("\"a\n\",b\n1,x\n"), "line 3, column b: 'x' is no number"));
  CHECK(contains(csv_message("a,b\n1,\"2\n"), "line 2: a quote is not closed"));
  CHECK(contains(csv_message("a,b\n1,\"2\"3\n"), "line 2: text behind the closing quote"));
  for (const char* wrong : {"0x10", "1.5f", "1 2", "--1", "+-1", "+", "-", ".", "1e", "nan(1)", "None", "1_000"}) {
    CAPTURE(wrong);
    CHECK(contains(csv_message("a\n"s + wrong + "\n"), "line 2, column a: '"s + wrong + "' is no number"));
  }
  CHECK(contains(csv_message("a\n1e999\n"), "too large or too small"));
  CHECK(contains(csv_message("a\n1e39\n"), "line 2, column a: '1e39' is out of the range of float32"));
  CHECK(contains(csv_message("a\n9007199254740993\n"), "is a whole number that is not kept exactly"));
  CHECK(csv_message("a\n" + std::string(1 << 20, '\x1B')).size() < 300);
  CHECK(!contains(csv_message("a\n\x1B[2J\n"), "\x1B"));
}

TEST_CASE("csv: headers") {
  CHECK(contains(csv_message("a;b\n1;2\n"), "separated by commas"));
  CHECK(contains(csv_message("a\tb\n1\t2\n"), "separated by commas"));
  CHECK(contains(csv_message(""), "line 1 is empty"));
  CHECK(contains(csv_message("\n1\n"), "line 1 is empty"));
  CHECK(contains(csv_message("1,2\n3,4\n"), "line 1 starts with the number 1"));
  CHECK(contains(csv_message(",a\n0,1\n"), "line 1: column 1 has no name"));
  CHECK(contains(csv_message("a,a\n0,1\n"), "column a is there twice"));
  CHECK(contains(csv_message("y_0,y[0]\n0,1\n"), "column 0 of y is there twice"));
  CHECK(contains(csv_message("y_0,y_2\n0,1\n"), "y has a column 2, but no column 1"));
  CHECK(contains(csv_message("y[1],y[2]\n0,1\n"), "but no column 0"));
  CHECK(contains(csv_message("y,y_0\n0,1\n"), "y is both a column and an array"));
  CHECK(contains(csv_message("y_0,y\n0,1\n"), "y is both a column and an array"));
  CHECK(contains(csv_message("\"y[0,1]\"\n0\n"), "has no index like [0]"));
  CHECK(contains(csv_message("y_0,y_999999\n0,1\n"), "no column 1"));
  CHECK(contains(csv_message(std::string(1 << 20, ',')), "more than 65536 cells"));
}

TEST_CASE("the file's ending says what it is") {
  check_array(read(data_from_file("some/folder.npz/y_true.npy", with_shape("(3,)"))), "y_true", DType::float32, {3},
              {0, 0, 0});
  check_array(read(data_from_file("C:\\data\\Y.NPY", with_shape("(3,)"))), "Y", DType::float32, {3}, {0, 0, 0});
  CHECK(read(data_from_file("a.json", "{\"y\": 1}")).count("y") == 1);
  CHECK(read(data_from_file("a.csv", "y\n1\n")).count("y") == 1);
  CHECK(read(data_from_file("a.npz", from_hex(npy_samples::kStoredNpz))).size() == 2);
  for (const char* wrong : {"a.txt", "json", "", "a.json/b", ".npy.gz"}) {
    CAPTURE(wrong);
    CHECK(contains(message(data_from_file(wrong, "{}")), "has to end in .json, .npy, .npz or .csv"));
  }
}

}  // namespace shapelint
