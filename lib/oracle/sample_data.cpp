// Which reader a file name asks for, and what the readers share.
#include "lib/oracle/sample_data.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/oracle/sample_data_parts.h"

namespace shapelint {

Result<SampleData, DataError> data_from_file(std::string_view file_name, std::string_view bytes) {
  const auto slash = file_name.find_last_of("/\\");
  const std::string_view base = slash == std::string_view::npos ? file_name : file_name.substr(slash + 1);
  const auto dot = base.rfind('.');
  const std::string_view stem = base.substr(0, dot);
  std::string ending(dot == std::string_view::npos ? std::string_view() : base.substr(dot));
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (ending == ".json") return data_from_json(bytes);
  if (ending == ".npy") return data_from_npy(bytes, std::string(stem));
  if (ending == ".npz") return data_from_npz(bytes);
  if (ending == ".csv") return data_from_csv(bytes);
  return DataError{fmt::format("{} is no sample data; the name of the file has to end in .json, .npy, .npz or .csv",
                               sample_data::shown(base))};
}

namespace sample_data {
namespace {

constexpr std::size_t kShownBytes = 60;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Length of the UTF-8 sequence at the start of `text`, or 0 where there is none. Overlong forms and surrogates pass:
// the terminal that shows them replaces them.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

DType dtype_of(NumberKind kind) {
  switch (kind) {
    case NumberKind::boolean: return DType::boolean;
    case NumberKind::integer: return DType::int64;
    case NumberKind::floating: return DType::float32;
  }
  return DType::float32;
}

std::optional<std::string_view> why_not(double value, NumberKind kind) {
  constexpr double kMaxExact = 9007199254740992.0;  // 2**53
  if (kind == NumberKind::integer && std::fabs(value) >= kMaxExact)
    return "is a whole number that is not kept exactly (2**53 or more); write it with a decimal point";
  if (kind == NumberKind::floating && std::isfinite(value) && !std::isfinite(round_to(DType::float32, value)))
    return "is out of the range of float32";
  return std::nullopt;
}

std::string shown(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size() && out.size() < kShownBytes) {
    const std::size_t length = utf8_length(text.substr(at));
    const auto c = static_cast<unsigned char>(text[at]);
    // C1 controls are two bytes, C2 80 to C2 9F; a terminal may obey them.
    const bool control =
        c < 0x20 || c == 0x7F || (c == 0xC2 && length == 2 && static_cast<unsigned char>(text[at + 1]) < 0xA0);
    if (length == 0 || control) {
      out += '?';
    } else {
      out += text.substr(at, length);
    }
    at += std::max<std::size_t>(length, 1);
  }
  if (at < text.size()) out += "...";
  return out;
}

std::string line_and_column(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  std::size_t line = 1;
  std::size_t start = text.substr(0, kByteOrderMark.size()) == kByteOrderMark ? kByteOrderMark.size() : 0;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] != '\n') continue;
    ++line;
    start = i + 1;
  }
  std::size_t column = 1;
  for (std::size_t i = start; i < offset; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) ++column;
  return fmt::format("{}:{}", line, column);
}

}  // namespace sample_data
}  // namespace shapelint
