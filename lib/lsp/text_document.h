// The server's copy of a text that an editor is changing. Editors count lines and UTF-16 units, everything else here
// counts bytes of UTF-8; this is the only place that knows both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint::lsp {

/// How the `character` of a position counts.
enum class PositionEncoding { utf8, utf16, utf32 };

/// Line and character from 0, as in the protocol.
struct LspPosition {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  friend bool operator==(const LspPosition&, const LspPosition&) = default;
};

struct LspRange {
  LspPosition start;
  LspPosition end;
  friend bool operator==(const LspRange&, const LspRange&) = default;
};

/// A text in valid UTF-8 with its line starts. Lines end at `\n`, `\r\n` and a lone `\r`. A byte-order mark is a
/// character like any other: an editor that sends one counts it.
class TextDocument {
 public:
  explicit TextDocument(std::string text = "", PositionEncoding encoding = PositionEncoding::utf16);

  const std::string& text() const { return text_; }
  std::size_t line_count() const { return line_starts_.size(); }
  const std::vector<std::size_t>& line_starts() const { return line_starts_; }

  void replace_all(std::string text);
  /// Replaces what stands in `range`. False, and nothing changed, when the range is impossible: its end stands before
  /// its start, or it cuts a character. A position beyond its line's end is the end; beyond the last line, the end of
  /// the text.
  [[nodiscard]] bool replace(const LspRange& range, std::string_view with);

  /// None inside a character (between two surrogates).
  std::optional<std::size_t> offset_at(const LspPosition& position) const;
  /// The place of a byte; inside a character, where that character starts. Between `\r` and `\n`, the end of the line.
  LspPosition position_at(std::size_t offset) const;
  LspRange range_of(std::size_t begin, std::size_t end) const { return {position_at(begin), position_at(end)}; }

 private:
  bool is_line_start(std::size_t offset) const;
  /// The end of a line without its line end.
  std::size_t line_end(std::size_t line) const;

  std::string text_;
  std::vector<std::size_t> line_starts_;
  PositionEncoding encoding_;
};

}  // namespace shapelint::lsp
