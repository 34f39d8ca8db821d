#include "lib/lsp/text_document.h"

#include <algorithm>

namespace shapelint::lsp {
namespace {

// Bytes of the character that starts with `lead`. The text is valid UTF-8.
std::size_t byte_length(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

std::uint32_t units(std::size_t bytes, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::utf8: return static_cast<std::uint32_t>(bytes);
    case PositionEncoding::utf16: return bytes == 4 ? 2 : 1;
    case PositionEncoding::utf32: return 1;
  }
  return 1;
}

}  // namespace

TextDocument::TextDocument(std::string text, PositionEncoding encoding) : encoding_(encoding) {
  replace_all(std::move(text));
}

// A line starts after `\n`, and after a `\r` that no `\n` follows.
bool TextDocument::is_line_start(std::size_t offset) const {
  if (offset == 0) return true;
  const char before = text_[offset - 1];
  return before == '\n' || (before == '\r' && (offset == text_.size() || text_[offset] != '\n'));
}

void TextDocument::replace_all(std::string text) {
  text_ = std::move(text);
  line_starts_.assign(1, 0);
  for (std::size_t at = 1; at <= text_.size(); ++at)
    if (is_line_start(at)) line_starts_.push_back(at);
}

bool TextDocument::replace(const LspRange& range, std::string_view with) {
  const auto begin = offset_at(range.start);
  const auto end = offset_at(range.end);
  if (!begin || !end || *begin > *end) return false;
  text_.replace(*begin, *end - *begin, with);
  // Whether a line starts somewhere is told by the bytes on both sides of that place, so only the places from the first
  // changed byte to the one after the last are asked again; what stands behind them moves along.
  const auto first = std::lower_bound(line_starts_.begin() + 1, line_starts_.end(), *begin);
  const auto last = std::upper_bound(first, line_starts_.end(), *end);
  std::vector<std::size_t> fresh;
  for (std::size_t at = std::max<std::size_t>(*begin, 1); at <= *begin + with.size(); ++at)
    if (is_line_start(at)) fresh.push_back(at);
  for (auto it = last; it != line_starts_.end(); ++it) *it = *it - (*end - *begin) + with.size();
  const auto at = line_starts_.erase(first, last);
  line_starts_.insert(at, fresh.begin(), fresh.end());
  return true;
}

std::size_t TextDocument::line_end(std::size_t line) const {
  if (line + 1 >= line_starts_.size()) return text_.size();
  std::size_t end = line_starts_[line + 1] - 1;
  if (text_[end] == '\n' && end > line_starts_[line] && text_[end - 1] == '\r') --end;
  return end;
}

std::optional<std::size_t> TextDocument::offset_at(const LspPosition& position) const {
  if (position.line >= line_starts_.size()) return text_.size();
  const std::size_t end = line_end(position.line);
  std::size_t at = line_starts_[position.line];
  std::uint32_t left = position.character;
  while (left > 0 && at < end) {
    const std::size_t bytes = byte_length(text_[at]);
    const std::uint32_t width = units(bytes, encoding_);
    if (width > left) return std::nullopt;
    left -= width;
    at += bytes;
  }
  return at;
}

LspPosition TextDocument::position_at(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  const std::size_t stop = std::min(offset, line_end(line));
  std::size_t at = line_starts_[line];
  std::uint32_t character = 0;
  while (at < stop) {
    const std::size_t bytes = byte_length(text_[at]);
    if (at + bytes > stop) break;
    character += units(bytes, encoding_);
    at += bytes;
  }
  return {static_cast<std::uint32_t>(line), character};
}

}  // namespace shapelint::lsp
