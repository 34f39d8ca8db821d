// NumPy's .npy: a magic string, a version, the length of the header, the header, which is a Python dict with the keys
// descr, fortran_order and shape, then the elements. Source: numpy.lib.format, NumPy 2.4. Nothing that the header says
// is believed before it is held against the size of the file.
#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "lib/oracle/sample_data_parts.h"

namespace shapelint {
namespace {

using sample_data::kMaxRank;
using sample_data::shown;

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 10000;  // NumPy's own bound (max_header_size)
constexpr std::size_t kMaxItemSize = 8;

struct Header {
  std::string descr;
  bool fortran_order = false;
  Extents shape;
};

// The dict of the header. Everything that numpy.save writes, and no more of Python.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  Result<Header, DataError> read() {
    if (!take('{')) return broken("a dict");
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) return broken("a key in quotes and ':'");
      if (auto error = value(*key)) return *error;
      if (!take(',') && !ahead('}')) return broken("',' or '}'");
    }
    skip_space();
    if (at_ != text_.size()) return broken("nothing more");
    for (const auto& [key, seen] :
         {std::pair("descr", has_descr_), std::pair("fortran_order", has_order_), std::pair("shape", has_shape_)}) {
      if (!seen) return DataError{fmt::format("the header of the .npy has no '{}'", key)};
    }
    return std::move(header_);
  }

 private:
  std::optional<DataError> value(std::string_view key) {
    bool& seen = key == "descr" ? has_descr_ : key == "fortran_order" ? has_order_ : has_shape_;
    if (key != "descr" && key != "fortran_order" && key != "shape")
      return DataError{fmt::format("the header of the .npy has the unknown key '{}'", shown(key))};
    if (seen) return DataError{fmt::format("the header of the .npy has '{}' twice", key)};
    seen = true;
    if (key == "descr") return descr();
    if (key == "shape") return shape();
    if (take_word("True")) header_.fortran_order = true;
    else if (!take_word("False")) return broken("True or False");
    return std::nullopt;
  }

  std::optional<DataError> descr() {
    if (ahead('['))
      return DataError{"the array has fields (a structured dtype); save each field as an array of its own"};
    const auto text = quoted();
    if (!text) return broken("a dtype in quotes");
    header_.descr = *text;
    return std::nullopt;
  }

  std::optional<DataError> shape() {
    if (!take('(')) return broken("a tuple");
    while (!take(')')) {
      skip_space();
      std::int64_t size = 0;
      const char* end = text_.data() + text_.size();
      const auto [rest, failure] = std::from_chars(text_.data() + at_, end, size);
      if (failure == std::errc::invalid_argument) return broken("a size");
      at_ = static_cast<std::size_t>(rest - text_.data());
      // A size may be more than the limit only by a lie or where another is 0, and then it is of no use.
      if (failure != std::errc() || size < 0 || size > kMaxElements)
        return DataError{fmt::format("the header of the .npy gives a size that is negative or more than {} in {}",
                                     kMaxElements, shown(text_.substr(0, text_.find_last_not_of(" \n") + 1)))};
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // a long of Python 2
      header_.shape.push_back(size);
      if (header_.shape.size() > kMaxRank)
        return DataError{fmt::format("the header of the .npy gives more than {} axes", kMaxRank)};
      if (!take(',') && !ahead(')')) return broken("',' or ')'");
    }
    return std::nullopt;
  }

  DataError broken(std::string_view expected) const {
    return DataError{fmt::format("the header of the .npy is broken at its byte {}: expected {}", at_, expected)};
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool ahead(char c) {
    skip_space();
    return at_ < text_.size() && text_[at_] == c;
  }
  bool take(char c) {
    if (!ahead(c)) return false;
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  std::optional<std::string_view> quoted() {
    const char quote = ahead('"') ? '"' : '\'';
    if (!ahead(quote)) return std::nullopt;
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Header header_;
  bool has_descr_ = false;
  bool has_order_ = false;
  bool has_shape_ = false;
};

struct ElementType {
  DType dtype;
  std::size_t size;
  bool big_endian;
};

Result<ElementType, DataError> element_type(std::string_view descr) {
  constexpr std::pair<std::string_view, ElementType> kTypes[] = {
      {"b1", {DType::boolean, 1, false}}, {"i1", {DType::int8, 1, false}},    {"u1", {DType::uint8, 1, false}},
      {"i2", {DType::int16, 2, false}},   {"i4", {DType::int32, 4, false}},   {"i8", {DType::int64, 8, false}},
      {"f2", {DType::float16, 2, false}}, {"f4", {DType::float32, 4, false}}, {"f8", {DType::float64, 8, false}}};
  const char order = descr.empty() ? ' ' : descr[0];
  const bool has_order = order == '<' || order == '>' || order == '|' || order == '=';
  const std::string_view type = has_order ? descr.substr(1) : descr;
  for (auto [text, element] : kTypes) {
    if (type != text) continue;
    // '=' is the byte order of the machine that wrote the file; numpy.save never writes it.
    element.big_endian = order == '>';
    return element;
  }
  if (!type.empty() && type[0] == 'O')
    return DataError{
        "the array holds Python objects (dtype object), which are not read; convert it with "
        "`.astype(\"float32\")` before saving"};
  return DataError{
      fmt::format("the dtype '{}' is not known; expected bool, uint8, int8 to int64 or float16 to float64; convert the "
                  "array with `.astype(...)` before saving",
                  shown(descr))};
}

double half_to_double(std::uint64_t bits) {
  const auto exponent = static_cast<int>((bits >> 10) & 31);
  const auto fraction = static_cast<double>(bits & 1023);
  const double size = exponent == 0    ? std::ldexp(fraction, -24)
                      : exponent == 31 ? (fraction == 0 ? HUGE_VAL : std::nan(""))
                                       : std::ldexp(fraction + 1024, exponent - 25);
  return (bits & 0x8000) != 0 ? -size : size;
}

double element(const char* bytes, const ElementType& type) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < type.size; ++i) {
    const std::size_t shift = type.big_endian ? type.size - 1 - i : i;
    bits |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * shift);
  }
  switch (type.dtype) {
    case DType::boolean: return bits != 0 ? 1 : 0;
    case DType::uint8: return static_cast<double>(bits);
    case DType::int8: return static_cast<std::int8_t>(bits);
    case DType::int16: return static_cast<std::int16_t>(bits);
    case DType::int32: return static_cast<std::int32_t>(bits);
    case DType::int64: return static_cast<double>(static_cast<std::int64_t>(bits));
    case DType::float16: return half_to_double(bits);
    case DType::float32: return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case DType::float64: return std::bit_cast<double>(bits);
    case DType::bfloat16: break;  // NumPy has none
  }
  return 0;
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  return value;
}

// Where in a column-major file each element of the row-major array is found.
class FortranOrder {
 public:
  explicit FortranOrder(const Extents& shape) : shape_(shape), index_(shape.size()), strides_(shape.size()) {
    std::int64_t stride = 1;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      strides_[axis] = stride;
      stride *= shape[axis];
    }
  }
  std::size_t next() {
    const std::int64_t here = offset_;
    for (std::size_t axis = shape_.size(); axis-- > 0;) {
      offset_ += strides_[axis];
      if (++index_[axis] < shape_[axis]) break;
      offset_ -= strides_[axis] * shape_[axis];
      index_[axis] = 0;
    }
    return static_cast<std::size_t>(here);
  }

 private:
  const Extents& shape_;
  Extents index_;
  Extents strides_;
  std::int64_t offset_ = 0;
};

}  // namespace

namespace sample_data {

std::size_t max_npy_bytes(std::int64_t max_elements) {
  return kMaxHeader + 12 + kMaxItemSize * static_cast<std::size_t>(max_elements);
}

Result<Array, DataError> read_npy(std::string_view bytes, std::int64_t max_elements) {
  if (bytes.substr(0, kMagic.size()) != kMagic)
    return DataError{"this is no .npy: it does not start with NumPy's mark (numpy.save writes such files)"};
  const std::size_t version_at = kMagic.size();
  if (bytes.size() < version_at + 4) return DataError{"the .npy ends inside its header"};
  const int major = static_cast<unsigned char>(bytes[version_at]);
  const int minor = static_cast<unsigned char>(bytes[version_at + 1]);
  if (major < 1 || major > 3 || minor != 0)
    return DataError{fmt::format("the .npy has the format version {}.{}; expected 1.0, 2.0 or 3.0", major, minor)};
  const std::size_t length_size = major == 1 ? 2 : 4;
  const std::size_t header_at = version_at + 2 + length_size;
  if (bytes.size() < header_at) return DataError{"the .npy ends inside its header"};
  const std::uint64_t header_size = little_endian(bytes.substr(version_at + 2, length_size));
  if (header_size > bytes.size() - header_at)
    return DataError{fmt::format("the header of the .npy says that it is {} bytes long, but the file has {} more",
                                 header_size, bytes.size() - header_at)};
  if (header_size > kMaxHeader)
    return DataError{
        fmt::format("the header of the .npy is {} bytes long; at most {} are read", header_size, kMaxHeader)};

  const auto header = HeaderReader(bytes.substr(header_at, header_size)).read();
  if (!header) return header.error();
  const auto type = element_type(header->descr);
  if (!type) return type.error();
  // An empty array must not smuggle in extents whose product overflows: 0 counts as 1 here.
  Extents occupied = header->shape;
  std::replace(occupied.begin(), occupied.end(), std::int64_t{0}, std::int64_t{1});
  const auto count = element_count(header->shape);
  if (!element_count(occupied) || !count || *count > max_elements)
    return DataError{fmt::format("the .npy claims the shape {}; {} numbers are the most that is read from one file",
                                 show(header->shape), kMaxElements)};
  const std::string_view data = bytes.substr(header_at + header_size);
  const std::size_t expected = static_cast<std::size_t>(*count) * type->size;
  if (data.size() != expected)
    return DataError{fmt::format("the .npy claims the shape {} with dtype {}, which takes {} bytes, but {} follow",
                                 show(header->shape), name(type->dtype), expected, data.size())};

  Array out{type->dtype, header->shape, {}};
  out.values.reserve(static_cast<std::size_t>(*count));
  const bool permuted = header->fortran_order && header->shape.size() > 1;
  FortranOrder order(out.shape);
  for (std::size_t i = 0; i < static_cast<std::size_t>(*count); ++i) {
    const double value = element(data.data() + type->size * (permuted ? order.next() : i), *type);
    if (type->dtype == DType::int64) {
      if (const auto reason = why_not(value, NumberKind::integer))
        return DataError{fmt::format("element {} {}", i, *reason)};
    }
    out.values.push_back(value);
  }
  return out;
}

}  // namespace sample_data

Result<SampleData, DataError> data_from_npy(std::string_view bytes, std::string name) {
  auto array = sample_data::read_npy(bytes, kMaxElements);
  if (!array) return array.error();
  SampleData data;
  data.emplace(std::move(name), std::make_shared<const Array>(std::move(*array)));
  return data;
}

}  // namespace shapelint
