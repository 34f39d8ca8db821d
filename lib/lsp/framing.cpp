#include "lib/lsp/framing.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "lib/support/source.h"
#include "lib/support/words.h"

namespace shapelint::lsp {
namespace {

constexpr std::size_t kMaxHeaderLine = 4096;
// A length beyond this is no length: waiting for its end would be waiting for ever.
constexpr std::size_t kMaxSkip = std::size_t{4} << 30U;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The code unit of `\uXXXX` at `at`.
std::optional<std::uint32_t> escaped_unit(std::string_view json, std::size_t at) {
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return std::nullopt;
  std::uint32_t unit = 0;
  const char* begin = json.data() + at + 2;
  const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
  if (error != std::errc() || end != begin + 4) return std::nullopt;
  return unit;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

void FrameReader::complain(std::string text, std::vector<Item>& out) {
  if (!is_lost_) out.push_back({true, std::move(text)});
  is_lost_ = true;
}

void FrameReader::header_line(std::vector<Item>& out) {
  const std::string_view line = trim(line_);
  if (line.empty()) {
    // The end of the headers; blank lines between messages are harmless.
    if (!std::exchange(has_header_, false)) return;
    if (!length_) return complain("headers without Content-Length", out);
    missing_ = *length_;
    length_.reset();
    is_lost_ = false;
    body_.clear();
    if (missing_ > kMaxMessage) {
      out.push_back(
          {true, fmt::format("a message of {} bytes is passed over; the limit is {}", missing_, kMaxMessage)});
      state_ = State::skipping;
    } else {
      state_ = State::body;
      if (missing_ == 0) {
        out.push_back({false, ""});
        state_ = State::header;
      }
    }
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return complain("what was read is no header", out);
  has_header_ = true;
  // A body that nobody announced stands directly before the next header, with no line end between.
  constexpr std::string_view kName = "Content-Length";
  const std::size_t last = line.rfind(':');
  const std::string_view before = trim(line.substr(0, last));
  if (before.size() < kName.size() || !same_ignoring_case(before.substr(before.size() - kName.size()), kName)) return;
  if (before.size() > kName.size()) complain("what was read is no header", out);
  const std::string_view value = trim(line.substr(last + 1));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size() || number > kMaxSkip) {
    length_.reset();
    return complain("Content-Length is no length", out);
  }
  length_ = static_cast<std::size_t>(number);
}

void FrameReader::feed(std::string_view bytes, std::vector<Item>& out) {
  while (!bytes.empty()) {
    if (state_ != State::header) {
      const std::size_t taken = std::min(missing_, bytes.size());
      if (state_ == State::body) body_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      missing_ -= taken;
      if (missing_ > 0) return;
      if (state_ == State::body) out.push_back({false, std::exchange(body_, {})});
      state_ = State::header;
      continue;
    }
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    if (line_.size() + part.size() > kMaxHeaderLine) line_too_long_ = true;
    else line_.append(part);
    if (newline == std::string_view::npos) return;
    bytes.remove_prefix(newline + 1);
    if (line_too_long_) complain("a header line is too long", out);
    else header_line(out);
    line_.clear();
    line_too_long_ = false;
  }
}

std::string frame(std::string_view json) { return fmt::format("Content-Length: {}\r\n\r\n{}", json.size(), json); }

std::string mend_unicode(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const std::size_t bad = std::min(first_invalid_utf8(json), json.size());
    out.append(json.substr(0, bad));
    json.remove_prefix(bad);
    if (json.empty()) break;
    out.append(kReplacement);
    // Half a surrogate pair, encoded as if it were a character, was one unit.
    const auto byte = [&](std::size_t i) { return i < json.size() ? static_cast<unsigned char>(json[i]) : 0U; };
    const bool is_half = byte(0) == 0xED && byte(1) >= 0xA0 && byte(1) <= 0xBF && (byte(2) & 0xC0U) == 0x80;
    json.remove_prefix(is_half ? 3 : 1);
  }
  std::string mended;
  mended.reserve(out.size());
  for (std::size_t at = 0; at < out.size();) {
    std::size_t length = 1;
    if (out[at] == '\\') {
      const auto unit = escaped_unit(out, at);
      length = unit ? 6 : 2;
      if (unit && is_high(*unit)) {
        const auto next = escaped_unit(out, at + 6);
        if (next && is_low(*next)) length = 12;
        else length = 0;
      } else if (unit && is_low(*unit)) {
        length = 0;
      }
    }
    if (length == 0) {
      mended += "\\ufffd";
      at += 6;
    } else {
      mended.append(out, at, length);
      at += length;
    }
  }
  return mended;
}

}  // namespace shapelint::lsp
