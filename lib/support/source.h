// Source texts and places in them. A place is a byte range; people see lines and columns, which count Unicode code
// points from 1. All files of one run live in one `SourceMap`, so a span alone says which file it is in.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint {

struct SourceId {
  std::uint32_t index = 0;
  friend bool operator==(SourceId, SourceId) = default;
};

/// Bytes `[begin, end)` of one source.
struct Span {
  SourceId source;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  friend bool operator==(const Span&, const Span&) = default;
  bool contains(const Span& inner) const { return source == inner.source && begin <= inner.begin && inner.end <= end; }
};

/// Line and column from 1; the column counts code points.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  friend bool operator==(const Position&, const Position&) = default;
};

struct Range {
  Position start;
  Position end;
};

/// One text with its line starts. The text is UTF-8; a byte-order mark is kept and counts as no column.
class SourceFile {
 public:
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view text(const Span& span) const;

  std::uint32_t line_count() const { return static_cast<std::uint32_t>(line_starts_.size()); }
  /// Text of line `line` (from 1), without its line end.
  std::string_view line(std::uint32_t line) const;
  Position position(std::uint32_t offset) const;
  Range range(const Span& span) const { return {position(span.begin), position(span.end)}; }
  /// First byte of `line` (from 1); the end of the text beyond the last.
  std::uint32_t line_start(std::uint32_t line) const;

  /// True when the text belongs to shapelint's own framework definitions, not to the user.
  bool is_framework() const { return framework_; }
  void mark_framework() { framework_ = true; }

 private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
  bool framework_ = false;
};

/// Owns every text of a run. References stay valid as files are added.
class SourceMap {
 public:
  SourceId add(std::string name, std::string text);
  const SourceFile& file(SourceId id) const;
  SourceFile& file(SourceId id);
  std::string_view text(const Span& span) const { return file(span.source).text(span); }
  bool is_framework(const Span& span) const { return file(span.source).is_framework(); }
  std::size_t size() const { return files_.size(); }

 private:
  std::deque<SourceFile> files_;
};

/// Byte offset of the first invalid UTF-8 sequence, or npos.
std::size_t first_invalid_utf8(std::string_view text);
/// Number of code points in valid UTF-8.
std::uint32_t count_code_points(std::string_view text);

}  // namespace shapelint
