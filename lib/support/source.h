// Source texts and places in them. A place is a byte range; people see lines and columns, which count Unicode code
// points from 1. All files of one analysis live in one `SourceMap`, so a span alone says which file it is in. Files
// that several analyses share (framework definitions, a project's modules) have the same id in all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace shapelint {

/// Ids up to 2^30 are counted by a `SourceMap`; those of shared files are given by who shares them.
struct SourceId {
  std::uint32_t index = 0;
  friend bool operator==(SourceId, SourceId) = default;
  /// The id of the n-th framework module, in every analysis.
  static SourceId of_framework(std::size_t n) { return {0x40000000U + static_cast<std::uint32_t>(n)}; }
  /// An id for a shared file, from a hash of its name: the same in every run, whoever reads it first.
  static SourceId of_shared(std::uint32_t hash) { return {0x80000000U | hash}; }
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

/// Where a cell of a notebook begins in the text that its cells make together.
struct NotebookCell {
  std::uint32_t number = 0;      ///< from 1, all cells of the notebook counted, as ruff does
  std::uint32_t first_line = 0;  ///< of the text
  std::uint32_t indent = 0;      ///< columns that the text leaves out, since IPython runs an indented cell
};

/// A text to analyse; `cells` is empty for anything but a notebook.
struct SourceText {
  std::string text;
  std::vector<NotebookCell> cells;
};

/// One text with its line starts. The text is UTF-8; a byte-order mark is kept and counts as no column.
class SourceFile {
 public:
  SourceFile(std::string name, SourceText text, bool is_framework = false);
  SourceFile(std::string name, std::string text, bool is_framework = false);

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

  /// A line as people count it: in a notebook, by cells. The cell's number is 0 elsewhere.
  struct ShownLine {
    std::uint32_t cell = 0;
    std::uint32_t line = 0;
  };
  ShownLine shown_line(std::uint32_t line) const;
  /// The inverse; nothing when the notebook has no such cell of code, or the cell no such line.
  std::optional<std::uint32_t> line_of(const ShownLine& shown) const;
  /// The first and last line of what is shown together with a line: its cell, or the whole text.
  std::pair<std::uint32_t, std::uint32_t> lines_around(std::uint32_t line) const;
  /// `3` and `3:7`; in a notebook `cell 2:3` and `cell 2:3:7`, as ruff says it.
  static std::string spell(const ShownLine& shown);
  std::string spell(const Position& position) const;
  /// `line 3`; in a notebook `cell 2, line 3`.
  std::string spell_line(std::uint32_t line) const;
  bool is_notebook() const { return !cells_.empty(); }

  /// True when the text belongs to shapelint's own framework definitions, not to the user.
  bool is_framework() const { return framework_; }

 private:
  const NotebookCell* cell_of(std::uint32_t line) const;

  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
  std::vector<NotebookCell> cells_;
  bool framework_ = false;
};

/// Every text of an analysis. References stay valid as files are added.
class SourceMap {
 public:
  SourceId add(std::string name, std::string text);
  /// Takes part in a shared file under its own id; again is no harm.
  void share(SourceId id, std::shared_ptr<const SourceFile> file);
  const SourceFile& file(SourceId id) const;
  std::string_view text(const Span& span) const { return file(span.source).text(span); }
  bool is_framework(const Span& span) const { return file(span.source).is_framework(); }
  std::size_t size() const { return files_.size() + shared_.size(); }

 private:
  std::vector<std::shared_ptr<const SourceFile>> files_;
  std::unordered_map<std::uint32_t, std::shared_ptr<const SourceFile>> shared_;
};

/// Byte offset of the first invalid UTF-8 sequence, or npos.
std::size_t first_invalid_utf8(std::string_view text);
/// Number of code points in valid UTF-8.
std::uint32_t count_code_points(std::string_view text);

}  // namespace shapelint
