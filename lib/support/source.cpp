#include "lib/support/source.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

#include "lib/support/check.h"

namespace shapelint {
namespace {
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
}

SourceFile::SourceFile(std::string name, std::string text, bool is_framework)
    : SourceFile(std::move(name), SourceText{.text = std::move(text), .cells = {}}, is_framework) {}

SourceFile::SourceFile(std::string name, SourceText text, bool is_framework)
    : name_(std::move(name)), text_(std::move(text.text)), cells_(std::move(text.cells)), framework_(is_framework) {
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
  return {line, count_code_points(before) + 1 + (cell_of(line) != nullptr ? cell_of(line)->indent : 0)};
}

const NotebookCell* SourceFile::cell_of(std::uint32_t line) const {
  const auto after = std::ranges::upper_bound(cells_, line, {}, &NotebookCell::first_line);
  return after == cells_.begin() ? nullptr : &*std::prev(after);
}

SourceFile::ShownLine SourceFile::shown_line(std::uint32_t line) const {
  const NotebookCell* cell = cell_of(line);
  if (cell == nullptr) return {0, line};
  return {cell->number, line - cell->first_line + 1};
}

std::optional<std::uint32_t> SourceFile::line_of(const ShownLine& shown) const {
  if (shown.cell == 0 && cells_.empty()) return shown.line <= line_count() ? std::optional(shown.line) : std::nullopt;
  const auto cell = std::ranges::find(cells_, shown.cell, &NotebookCell::number);
  if (cell == cells_.end() || shown.line == 0) return std::nullopt;
  const std::uint32_t line = cell->first_line + shown.line - 1;
  return line <= lines_around(cell->first_line).second ? std::optional(line) : std::nullopt;
}

std::pair<std::uint32_t, std::uint32_t> SourceFile::lines_around(std::uint32_t line) const {
  const NotebookCell* cell = cell_of(line);
  if (cell == nullptr) return {1, line_count()};
  return {cell->first_line, cell == &cells_.back() ? line_count() - 1 : std::next(cell)->first_line - 1};
}

std::string SourceFile::spell(const Position& position) const {
  return fmt::format("{}:{}", spell(shown_line(position.line)), position.column);
}

std::string SourceFile::spell(const ShownLine& shown) {
  return shown.cell == 0 ? std::to_string(shown.line) : fmt::format("cell {}:{}", shown.cell, shown.line);
}

std::string SourceFile::spell_line(std::uint32_t number) const {
  const auto [cell, line] = shown_line(number);
  return cell == 0 ? fmt::format("line {}", line) : fmt::format("cell {}, line {}", cell, line);
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
