#include "lib/report/layout.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace shapelint {
namespace {

constexpr std::size_t kLongLine = 200;  // bytes; longer lines are cut
constexpr std::size_t kBefore = 60;     // bytes kept before the focus of a cut line

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 1;  // bytes; at least 1, also for a broken sequence
};

CodePoint decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (size == 1) return {lead < 0x80 ? lead : 0xFFFDU, 1};
  if (at + size > text.size()) return {0xFFFDU, 1};
  std::uint32_t value = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return {0xFFFDU, 1};
    value = (value << 6U) | (byte(at + i) & 0x3FU);
  }
  return {value, size};
}

// Unicode 15, EastAsianWidth.txt (W and F) and combining marks, as ranges wide enough for source code.
int width_of(std::uint32_t c) {
  if (c < 0x300) return 1;
  constexpr std::array<std::array<std::uint32_t, 2>, 9> kZero = {{{0x300, 0x36F},
                                                                  {0x483, 0x489},
                                                                  {0x591, 0x5BD},
                                                                  {0x610, 0x61A},
                                                                  {0x64B, 0x65F},
                                                                  {0x200B, 0x200F},
                                                                  {0x20D0, 0x20F0},
                                                                  {0xFE00, 0xFE0F},
                                                                  {0xFEFF, 0xFEFF}}};
  constexpr std::array<std::array<std::uint32_t, 2>, 11> kWide = {{{0x1100, 0x115F},
                                                                   {0x231A, 0x231B},
                                                                   {0x2E80, 0x303E},
                                                                   {0x3041, 0xA4CF},
                                                                   {0xAC00, 0xD7A3},
                                                                   {0xF900, 0xFAFF},
                                                                   {0xFE30, 0xFE6F},
                                                                   {0xFF00, 0xFF60},
                                                                   {0xFFE0, 0xFFE6},
                                                                   {0x1F300, 0x1FAFF},
                                                                   {0x20000, 0x3FFFD}}};
  for (const auto& [from, to] : kZero)
    if (c >= from && c <= to) return 0;
  for (const auto& [from, to] : kWide)
    if (c >= from && c <= to) return 2;
  return 1;
}

// C0 and C1 controls and the marks that turn the writing direction: none may reach a terminal.
bool steers_terminal(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string blanks(int count) { return std::string(static_cast<std::size_t>(std::max(0, count)), ' '); }

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\f\r") == std::string_view::npos; }

}  // namespace

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode(text, i);
    width += width_of(c.value);
    i += c.size;
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = decode(text, i);
    if (c.value == '\n' || c.value == '\t' || c.value == '\r') out += ' ';
    else if (steers_terminal(c.value) || (c.value == 0xFFFD && c.size == 1)) out += '?';
    else out.append(text.substr(i, c.size));
    i += c.size;
  }
  return out;
}

LineView view_line(std::string_view line, std::size_t focus_begin, std::size_t focus_end) {
  std::size_t from = 0;
  std::size_t to = line.size();
  if (line.size() > kLongLine) {
    from = focus_end > kLongLine && focus_begin > kBefore ? focus_begin - kBefore : 0;
    to = std::min(line.size(), from + kLongLine);
    const auto is_inside = [&](std::size_t i) { return (static_cast<unsigned char>(line[i]) & 0xC0U) == 0x80U; };
    while (from > 0 && is_inside(from)) --from;
    while (to < line.size() && is_inside(to)) ++to;
  }
  LineView view;
  view.columns.assign(line.size() + 1, 0);
  int column = 0;
  if (from > 0) {
    view.text = "...";
    column = 3;
  }
  for (std::size_t i = from; i < to;) {
    const CodePoint c = decode(line, i);
    std::fill_n(view.columns.begin() + static_cast<std::ptrdiff_t>(i), c.size, column);
    if (c.value == '\t') {
      const int step = 4 - column % 4;
      view.text += blanks(step);
      column += step;
    } else if (c.value == 0xFEFF) {  // a byte-order mark takes no column
    } else if (steers_terminal(c.value) || (c.value == 0xFFFD && c.size == 1)) {
      view.text += '?';
      ++column;
    } else {
      view.text.append(line.substr(i, c.size));
      column += width_of(c.value);
    }
    i += c.size;
  }
  std::fill(view.columns.begin() + static_cast<std::ptrdiff_t>(to), view.columns.end(), column);
  if (to < line.size()) view.text += "...";
  return view;
}

std::string place(const SourceMap& sources, const Span& span) {
  const SourceFile& file = sources.file(span.source);
  return fmt::format("{}:{}", printable(file.name()), file.spell(file.position(span.begin)));
}

std::string snippet(const SourceMap& sources, const Span& span, std::string_view label, int around, const Style& style,
                    const Paint& paint) {
  const SourceFile& file = sources.file(span.source);
  const Range range = file.range(span);
  const std::uint32_t first = range.start.line;
  // A span that ends at the very start of a line does not reach into it.
  const std::uint32_t last =
      range.end.line > first && span.end == file.line_start(range.end.line) ? range.end.line - 1 : range.end.line;
  const auto margin = static_cast<std::uint32_t>(std::max(0, around));
  const auto [top, bottom] = file.lines_around(first);
  std::uint32_t from = std::max(first > margin ? first - margin : 1, top);
  std::uint32_t to = std::min(last + margin, std::max(last, bottom));
  while (from < first && is_blank(file.line(from))) ++from;
  while (to > last && is_blank(file.line(to))) --to;

  const int gutter = static_cast<int>(std::to_string(file.shown_line(to).line).size());
  const std::string bar = blanks(gutter) + " " + style.blue("|");
  std::string out = bar + "\n";
  for (std::uint32_t number = from; number <= to; ++number) {
    if (last - first > 5 && number == first + 3) {
      out += style.blue("...") + "\n";
      number = last - 1;
    }
    const std::string_view line = file.line(number);
    const std::uint32_t start = file.line_start(number);
    const bool inside = number >= first && number <= last;
    std::size_t begin = inside && number == first ? span.begin - start : 0;
    const std::size_t end = inside && number == last ? span.end - start : line.size();
    if (inside && number > first) begin = std::min(line.find_first_not_of(" \t"), line.size());
    const LineView view = view_line(line, inside ? begin : 0, inside ? end : 0);
    out += style.blue(fmt::format("{:>{}} |", file.shown_line(number).line, gutter)) + (view.text.empty() ? "" : " ") +
           view.text + "\n";
    if (!inside || (number > first && begin >= end)) continue;
    const int column = view.column(begin);
    const int width = std::max(1, view.column(end) - column);
    std::string carets(static_cast<std::size_t>(width), '^');
    if (number == last && !label.empty()) carets.append(" ").append(label);
    out += bar + " " + blanks(column) + paint(carets) + "\n";
  }
  return out;
}

std::string indent(std::string_view text, std::string_view prefix, std::string_view rest) {
  std::string out;
  bool is_first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out.append(is_first ? prefix : rest).append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
    is_first = false;
  }
  return out;
}

std::string people_shape(std::string_view spelled) {
  if (spelled.starts_with('[') && spelled.ends_with(']')) {
    std::string out = "[";
    std::string_view rest = spelled.substr(1, spelled.size() - 2);
    while (true) {
      const std::size_t comma = rest.find(',');
      std::string_view item = rest.substr(0, comma);
      while (item.starts_with(' ')) item.remove_prefix(1);
      out += people_shape(item);
      if (comma == std::string_view::npos) return out + "]";
      out += ", ";
      rest.remove_prefix(comma + 1);
    }
  }
  std::string out = "(";
  int count = 0;
  int depth = 0;
  bool pending = false;
  for (const char c : spelled) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ' ' && depth <= 0) {
      pending = count > 0;
      continue;
    }
    if (pending) {
      out += ", ";
      ++count;
      pending = false;
    }
    if (count == 0) count = 1;
    out += c;
  }
  if (count == 1 && spelled != "?") out += ",";
  return printable(out) + ")";
}

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

}  // namespace shapelint
