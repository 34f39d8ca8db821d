#include "lib/support/source.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lib/support/check.h"

namespace shapelint {
namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}

SourceFile::SourceFile(std::string name, std::string text, bool is_framework)
    : name_(std::move(name)), text_(std::move(text)), framework_(is_framework) {
  line_starts_.push_back(0);
  // Python ends a line at \n, \r\n and a lone \r.
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (text_[i] == '\n' || (text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n'))) {
      line_starts_.push_back(static_cast<std::uint32_t>(i + 1));
    }
  }
}

std::string_view SourceFile::text(const Span& span) const {
  const std::size_t begin = std::min<std::size_t>(span.begin, text_.size());
  const std::size_t end = std::clamp<std::size_t>(span.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

std::uint32_t SourceFile::line_start(std::uint32_t line) const {
  if (line == 0) return 0;
  return line <= line_starts_.size() ? line_starts_[line - 1] : static_cast<std::uint32_t>(text_.size());
}

std::string_view SourceFile::line(std::uint32_t line) const {
  const std::uint32_t begin = line_start(line);
  std::string_view out = std::string_view(text_).substr(begin, line_start(line + 1) - begin);
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.remove_suffix(1);
  return out;
}

Position SourceFile::position(std::uint32_t offset) const {
  offset = std::min<std::uint32_t>(offset, static_cast<std::uint32_t>(text_.size()));
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(after - line_starts_.begin());
  std::string_view before = std::string_view(text_).substr(line_starts_[line - 1], offset - line_starts_[line - 1]);
  if (line == 1 && before.starts_with(kByteOrderMark)) before.remove_prefix(kByteOrderMark.size());
  return {line, count_code_points(before) + 1};
}

SourceId SourceMap::add(std::string name, std::string text) {
  files_.push_back(std::make_shared<const SourceFile>(std::move(name), std::move(text)));
  return SourceId{static_cast<std::uint32_t>(files_.size() - 1)};
}

void SourceMap::share(SourceId id, std::shared_ptr<const SourceFile> file) {
  shared_.emplace(id.index, std::move(file));
}

const SourceFile& SourceMap::file(SourceId id) const {
  if (id.index < files_.size()) return *files_[id.index];
  const auto it = shared_.find(id.index);
  SHAPELINT_CHECK(it != shared_.end(), "source id out of range");
  return *it->second;
}

std::uint32_t count_code_points(std::string_view text) {
  // All bytes but those that go on, 10xxxxxx; eight at a time, for a line may be a megabyte.
  std::size_t continued = 0;
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    continued += static_cast<std::size_t>(std::popcount((eight >> 7U) & ~(eight >> 6U) & 0x0101010101010101U));
  }
  for (; i < text.size(); ++i) continued += (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U ? 1 : 0;
  return static_cast<std::uint32_t>(text.size() - continued);
}

std::size_t first_invalid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t i = 0;
  while (i < text.size()) {
    // Source text is nearly all ASCII: eight bytes at a time.
    for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
      std::memcpy(&eight, text.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080U) != 0) break;
    }
    if (i == text.size()) break;
    const unsigned char lead = byte(i);
    std::size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return i;
    for (std::size_t k = 1; k < length; ++k) {
      if ((byte(i + k) & 0xC0U) != 0x80U) return i;
    }
    // Overlong forms, surrogates, and beyond U+10FFFF show in the second byte.
    if ((lead == 0xE0 && byte(i + 1) < 0xA0) || (lead == 0xED && byte(i + 1) > 0x9F) ||
        (lead == 0xF0 && byte(i + 1) < 0x90) || (lead == 0xF4 && byte(i + 1) > 0x8F)) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace shapelint
