// Source lines on a terminal: tabs are spread, wide characters count two columns, characters that would steer the
// terminal are replaced, and very long lines are cut around the place that matters.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/report/style.h"
#include "lib/support/source.h"

namespace shapelint {

/// Columns that `text` takes.
int display_width(std::string_view text);
/// One line, safe to print: control characters become `?`, line ends and tabs a space.
std::string printable(std::string_view text);

/// A source line as it is printed, and where its bytes stand in it.
struct LineView {
  std::string text;
  std::vector<int> columns;  ///< display column of each byte of the line; one more entry for its end
  int column(std::size_t byte) const { return columns[byte < columns.size() ? byte : columns.size() - 1]; }
};
/// Bytes `[focus_begin, focus_end)` stay visible when the line is too long for a terminal.
LineView view_line(std::string_view line, std::size_t focus_begin = 0, std::size_t focus_end = 0);

/// `path:line:column`, columns counting code points; in a notebook `path:cell 2:line:column`.
std::string place(const SourceMap& sources, const Span& span);

using Paint = std::function<std::string(std::string_view)>;

/// The lines of a span with their numbers, and carets under exactly its columns; `label` stands behind the last carets.
/// `around` lines of context are shown before and after. Every line ends in a newline.
std::string snippet(const SourceMap& sources, const Span& span, std::string_view label, int around, const Style& style,
                    const Paint& paint);

/// `text` with `prefix` before its first line and `rest` before the others.
std::string indent(std::string_view text, std::string_view prefix, std::string_view rest);

/// jaxtyping's spelling for people: "B N-1" is "(B, N-1)", "B" is "(B,)", "?" is "(?)", "[B, B C]" is "[(B,), (B, C)]".
std::string people_shape(std::string_view spelled);

/// "1 loss", "3 losses".
std::string counted(std::size_t count, std::string_view one, std::string_view many);

}  // namespace shapelint
