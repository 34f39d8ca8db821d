// The annotated source of `explain`: under each line the shapes of its expressions, innermost first.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lib/report/layout.h"
#include "lib/report/numbers.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

constexpr std::size_t kMarksPerLine = 6;

// One annotation below a line.
struct Mark {
  int begin = 0;  // display columns
  int end = 0;
  std::string label;
  bool lost = false;
  bool is_name = false;  // a plain name says what an earlier line said already
  std::size_t order = 0;
};

bool is_plain_name(std::string_view text) {
  return text.find_first_of(" \t\n()[]{}+-*/@%<>=~!,:\"'") == std::string_view::npos;
}

// Expressions with one span, run through several times (a loop, a helper called twice).
struct Place {
  Span span;
  std::vector<std::string> shapes;
  const ExplainedExpr* first = nullptr;
  bool lost = false;
  std::size_t order = 0;
};

std::vector<Place> places_of(const Explanation& explanation) {
  std::vector<Place> places;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, std::size_t> by_span;
  for (const ExplainedExpr& expr : explanation.exprs) {
    const auto [at, is_new] =
        by_span.try_emplace({expr.span.source.index, expr.span.begin, expr.span.end}, places.size());
    if (is_new)
      places.push_back({.span = expr.span, .shapes = {}, .first = &expr, .lost = false, .order = places.size()});
    Place& place = places[at->second];
    place.lost = place.lost || expr.batch_lost;
    std::string shape = people_shape(expr.shape);
    if (expr.dtype != DType::float32) shape += fmt::format(" {}", name(expr.dtype));
    if (std::ranges::find(place.shapes, shape) == place.shapes.end() && place.shapes.size() < 3)
      place.shapes.push_back(std::move(shape));
  }
  return places;
}

Mark mark_of(const Place& place, const SourceFile& file, const LineView& view, std::uint32_t line) {
  const std::uint32_t start = file.line_start(line);
  const Range range = file.range(place.span);
  Mark mark;
  mark.begin = view.column(place.span.begin - start);
  mark.end =
      std::max(mark.begin + 1, range.end.line == line ? view.column(place.span.end - start) : view.columns.back());
  for (const std::string& shape : place.shapes) mark.label += (mark.label.empty() ? "" : ", then ") + shape;
  if (range.end.line > line) mark.label += fmt::format(" (to line {})", file.shown_line(range.end.line).line);
  // Longer values are for `eval`: here they would push the shapes apart.
  const ArrayPtr& value = place.first->value;
  if (place.shapes.size() == 1 && value != nullptr && value->rank() <= 1) mark.label += " = " + array_text(*value, 40);
  mark.is_name = is_plain_name(file.text(place.span));
  // A name for a value that lost its batch says where it is used, not where it was lost.
  mark.lost = place.lost && !mark.is_name;
  if (mark.lost) mark.label += "  <- the batch axis is lost here";
  mark.order = place.order;
  return mark;
}

// Rows of marks: each row takes what fits without overlap, in the order of evaluation.
std::vector<std::vector<Mark>> pack(std::vector<Mark> marks) {
  std::ranges::stable_sort(marks, {}, &Mark::order);
  // Names go first when there are too many, then what is innermost.
  while (marks.size() > kMarksPerLine) {
    const auto name = std::ranges::find_if(marks, [](const Mark& m) { return m.is_name && !m.lost; });
    const auto inner = std::ranges::find_if(marks, [](const Mark& m) { return !m.lost; });
    if (name == marks.end() && inner == marks.end()) break;
    marks.erase(name != marks.end() ? name : inner);
  }
  std::vector<std::vector<Mark>> rows;
  for (Mark& mark : marks) {
    if (!rows.empty()) {
      const Mark& last = rows.back().back();
      if (mark.begin > std::max(last.end, last.begin + display_width(last.label)) + 1) {
        rows.back().push_back(std::move(mark));
        continue;
      }
    }
    rows.push_back({std::move(mark)});
  }
  return rows;
}

void pad(std::string& line, int& width, int column) {
  line.append(static_cast<std::size_t>(std::max(0, column - width)), ' ');
  width = std::max(width, column);
}

std::string rows_text(const std::vector<std::vector<Mark>>& rows, const std::string& bar, const Style& style) {
  std::string out;
  const auto paint = [&](const Mark& mark, std::string_view text) {
    return mark.lost ? style.red(text) : style.green(text);
  };
  for (const std::vector<Mark>& row : rows) {
    std::string lines;
    std::string labels;
    int line_width = 0;
    int label_width = 0;
    for (const Mark& mark : row) {
      pad(lines, line_width, mark.begin);
      const auto width = static_cast<std::size_t>(mark.end - mark.begin);
      lines += paint(mark, std::string(width, '~').replace(0, 1, "^"));
      line_width = mark.end;
      pad(labels, label_width, mark.begin);
      labels += paint(mark, mark.label);
      label_width = mark.begin + display_width(mark.label);
    }
    if (row.size() == 1) out += bar + " " + lines + " " + paint(row[0], row[0].label) + "\n";
    else out += bar + " " + lines + "\n" + bar + " " + labels + "\n";
  }
  return out;
}

// Lines [first, last] with what was evaluated on each.
std::string annotated(const SourceFile& file, std::uint32_t first, std::uint32_t last,
                      const std::map<std::uint32_t, std::vector<const Place*>>& by_line, const Style& style) {
  const int gutter = static_cast<int>(std::to_string(last).size());
  const std::string bar = std::string(static_cast<std::size_t>(gutter), ' ') + " " + style.blue("|");
  std::string out;
  std::uint32_t cell = file.shown_line(first).cell;
  for (std::uint32_t line = first; line <= last; ++line) {
    const LineView view = view_line(file.line(line));
    const SourceFile::ShownLine shown = file.shown_line(line);
    if (shown.cell != cell) out += style.blue(fmt::format("cell {}", cell = shown.cell)) + "\n";
    out += style.blue(fmt::format("{:>{}} |", shown.line, gutter)) + (view.text.empty() ? "" : " ") + view.text + "\n";
    const auto found = by_line.find(line);
    if (found == by_line.end()) continue;
    std::vector<Mark> marks;
    for (const Place* place : found->second) {
      Mark mark = mark_of(*place, file, view, line);
      // `return loss` is worth a word, `a` in `a + b` is not.
      if (mark.is_name && !mark.lost && found->second.size() > 1) continue;
      marks.push_back(std::move(mark));
    }
    out += rows_text(pack(std::move(marks)), bar, style);
  }
  return out;
}

Span span_of(const Target& target) {
  if (const ast::Function* function = target.ast()) return function->span;
  if (target.class_id) return target.module->program->class_of(*target.class_id).span;
  if (target.binding) return target.module->program->stmt(*target.binding).span;
  return {target.module->source, 0, 0};
}

// Innermost function or the line alone: the block of code in which a place outside the target is shown.
Span block_around(const Span& span, const Target& target, const SourceFile& file) {
  Span best = span;
  bool found = false;
  if (span.source == target.module->source) {
    for (const ast::Function& function : target.module->program->functions) {
      if (function.is_lambda() || !function.span.contains(span)) continue;
      if (!found || best.contains(function.span)) best = function.span;
      found = true;
    }
  }
  if (!found) {
    const std::uint32_t line = file.position(span.begin).line;
    best.begin = file.line_start(line);
    best.end = best.begin + static_cast<std::uint32_t>(file.line(line).size());
  }
  return best;
}

std::string source_text(const Explanation& explanation, const SourceMap& sources, const Style& style) {
  const std::vector<Place> places = places_of(explanation);
  const Span own = span_of(explanation.report.target);
  std::vector<Span> blocks = {own};
  for (const Place& place : places) {
    if (std::ranges::any_of(blocks, [&](const Span& block) { return block.contains(place.span); })) continue;
    if (sources.is_framework(place.span)) continue;
    blocks.push_back(block_around(place.span, explanation.report.target, sources.file(place.span.source)));
  }
  std::string out;
  for (const Span& block : blocks) {
    const SourceFile& file = sources.file(block.source);
    std::map<std::uint32_t, std::vector<const Place*>> by_line;
    for (const Place& place : places)
      if (block.contains(place.span)) by_line[file.position(place.span.begin).line].push_back(&place);
    const std::uint32_t first = file.position(block.begin).line;
    const std::uint32_t last = file.position(std::max(block.begin, block.end > 0 ? block.end - 1 : 0)).line;
    if (!(block == own))
      out += fmt::format("\n{} {}:{}\n", style.bold("also runs"), printable(file.name()),
                         file.spell(file.shown_line(first)));
    out += annotated(file, first, last, by_line, style);
  }
  return out;
}

}  // namespace

std::string returned_text(const ReturnedShape& returned) {
  if (!returned.parts) return returned.is_value ? people_shape(returned.shape) : "none";
  std::string out;
  for (const ReturnedShape& part : *returned.parts) out += (out.empty() ? "" : ", ") + returned_text(part);
  return "[" + out + "]";
}

std::string explain_text(const Explanation& explanation, const SourceMap& sources, const Style& style) {
  const LossReport& report = explanation.report;
  const Span own = span_of(report.target);
  std::string out = fmt::format("{} in {}\n", style.bold(printable(report.target.qualname)), place(sources, own));

  std::vector<std::vector<std::string>> parameters;
  for (const ParameterShape& shape : report.shapes) {
    const bool is_object = !shape.made.empty();
    parameters.push_back({"  " + printable(shape.name), is_object ? printable(shape.made) : people_shape(shape.shape),
                          is_object ? "" : std::string(name(shape.dtype)), fmt::format("[{}]", name(shape.from))});
  }
  out += table(parameters);
  if (const std::string basis = basis_text(report.shapes); !basis.empty()) out += "  " + basis + "\n";
  if (explanation.evaluation && explanation.evaluation->from_user_data) out += "  numbers: from your data\n";
  out += "\n" + source_text(explanation, sources, style) + "\n";

  const std::string returns = returned_text(explanation.returned);
  if (!returns.empty()) {
    out += style.bold("returns") + fmt::format(" {} {}", returns, name(explanation.return_dtype));
    if (explanation.evaluation) {
      const Evaluation& evaluation = *explanation.evaluation;
      out += ": " + verdict_text(evaluation.verdict, evaluation.factor);
      if (evaluation.verdict == Verdict::unknown && !evaluation.reason.empty())
        out += " (" + printable(evaluation.reason) + ")";
      if (evaluation.value != nullptr && evaluation.from_user_data) out += " = " + array_text(*evaluation.value);
    }
    out += "\n";
  }
  if (!explanation.end_reason.empty())
    out += style.yellow("ends early") + ": " + printable(explanation.end_reason) + "\n";
  if (!explanation.conditions.empty()) {
    out += style.bold("on the path where") + "\n";
    for (const PathCondition& condition : explanation.conditions)
      out += fmt::format("  {} is {} ({})\n", printable(sources.text(condition.span)),
                         condition.taken ? "true" : "false", place(sources, condition.span));
  }
  if (!explanation.assumptions.empty()) {
    out += style.bold("assuming") + "\n";
    for (const std::string& assumption : explanation.assumptions) out += "  " + printable(assumption) + "\n";
  }
  if (!report.unknown.empty()) {
    out += style.bold("not understood") + "\n";
    for (const UnknownPlace& unknown : report.unknown)
      out += fmt::format("  {}: {}\n", place(sources, unknown.span), printable(unknown.reason));
  }
  if (!report.complete) out += "Not every path was followed to its end.\n";
  if (report.findings.empty()) out += style.green("no findings") + "\n";
  for (const Finding& finding : report.findings) out += "\n" + full_text(finding, sources, style);
  return out;
}

}  // namespace shapelint
