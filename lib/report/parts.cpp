#include "lib/report/parts.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/report/layout.h"
#include "lib/report/numbers.h"

namespace shapelint {
namespace {

constexpr std::int64_t kRows = 8;  // samples shown in a table

// The cell of one sample: of a value that has one row per sample its row, of a scalar the scalar.
std::string cell(const ArrayPtr& value, std::int64_t samples, std::int64_t row) {
  if (value == nullptr) return "";
  if (value->rank() == 0) return number_text(value->values.empty() ? NAN : value->values[0], value->dtype);
  if (value->shape[0] != samples) return row == 0 ? array_text(*value, 30) : "";
  return array_text(slice_of(*value, row), 30);
}

bool is_usable(const WitnessValue& value) { return value.value != nullptr; }

// Two columns: what was computed and what the samples alone give.
void add_columns(std::vector<std::vector<std::string>>& rows, const WitnessValue& wrote, const WitnessValue& alone,
                 std::string_view title, std::int64_t samples) {
  if (!is_usable(wrote) && !is_usable(alone)) return;
  rows[0].push_back(std::string(title) + " " + people_shape(wrote.shape));
  rows[0].push_back("alone " + people_shape(alone.shape));
  const std::int64_t shown = std::min(samples, kRows);
  for (std::int64_t row = 0; row < shown; ++row) {
    rows[static_cast<std::size_t>(row) + 1].push_back(cell(wrote.value, samples, row));
    rows[static_cast<std::size_t>(row) + 1].push_back(cell(alone.value, samples, row));
  }
}

std::int64_t sample_count(const Witness& witness) {
  for (const WitnessValue* value : {&witness.per_sample, &witness.returned_per_sample})
    if (value->value != nullptr && value->value->rank() > 0) return value->value->shape[0];
  return 0;
}

}  // namespace

std::string shapes_text(const std::vector<ParameterShape>& shapes) {
  std::string out;
  for (const ParameterShape& shape : shapes) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {}", printable(shape.name),
                       shape.made.empty() ? people_shape(shape.shape) : printable(shape.made));
    if (shape.dtype != DType::float32) out += fmt::format(" {}", name(shape.dtype));
    out += fmt::format(" [{}]", name(shape.from));
  }
  return out;
}

std::string basis_text(const std::vector<ParameterShape>& shapes) {
  std::string conventional;
  std::string inferred;
  bool is_any_stated = false;
  for (const ParameterShape& shape : shapes) {
    if (is_stated(shape.from)) is_any_stated = true;
    else if (shape.from == ShapeSource::convention) conventional += (conventional.empty() ? "" : ", ") + shape.name;
    else if (shape.shape != "?" || !shape.made.empty()) inferred += (inferred.empty() ? "" : ", ") + shape.name;
  }
  std::string out;
  if (!conventional.empty()) {
    out = is_any_stated ? fmt::format("no shape is given for {}", conventional) : "no shape is given anywhere";
    out += ": Keras' convention (batch, d0, ...) is used";
  }
  if (!inferred.empty()) {
    if (!out.empty()) out += "; ";
    else if (!is_any_stated) out = "no shape is given anywhere: ";
    out += fmt::format("a guess that the code runs with is used for {}", inferred);
  }
  return printable(out);
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<int> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(static_cast<std::size_t>(widths[i] - display_width(row[i]) + 2), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::vector<std::string> totals_lines(const Totals& totals) {
  const auto both = [](double wrote, double alone) {
    if (nearly_equal(wrote, alone)) return fmt::format("{} either way", number_text(wrote));
    return fmt::format("{} as written, {} from the samples alone", number_text(wrote), number_text(alone));
  };
  std::vector<std::string> lines;
  lines.push_back(fmt::format("plain mean over the batch: {}", both(totals.mean_wrote, totals.mean_per_sample)));
  if (totals.has_weighted) {
    std::string weights;
    for (std::size_t i = 0; i < totals.weights.size(); ++i) {
      if (i == static_cast<std::size_t>(kRows)) {
        weights += ", ...";
        break;
      }
      weights += (i == 0 ? "" : ", ") + number_text(totals.weights[i]);
    }
    lines.push_back(
        fmt::format("with sample_weight {}: {}", weights, both(totals.weighted_wrote, totals.weighted_per_sample)));
  }
  return lines;
}

std::string proof_text(const Witness& witness) {
  std::string sizes;
  for (const auto& [symbol, size] : witness.sizes)
    sizes += fmt::format("{}{}={}", sizes.empty() ? "" : ", ", printable(symbol), size);
  std::string out =
      fmt::format("computed on {}{}{}\n", witness.from_user_data ? "your data" : "random data (always the same)",
                  sizes.empty() ? "" : ", ", sizes);
  const std::int64_t samples = sample_count(witness);
  if (samples > 0) {
    std::vector<std::vector<std::string>> rows(static_cast<std::size_t>(std::min(samples, kRows)) + 1);
    rows[0].push_back("sample");
    for (std::size_t row = 1; row < rows.size(); ++row) rows[row].push_back(std::to_string(row - 1));
    add_columns(rows, witness.wrote, witness.per_sample, "computed", samples);
    // Beside a flagged expression that is itself what is returned, the same columns again would say nothing.
    if (witness.returned_wrote.value != witness.wrote.value)
      add_columns(rows, witness.returned_wrote, witness.returned_per_sample, "returned", samples);
    if (samples > kRows) rows.push_back({"..."});
    out += indent(table(rows), "  ", "  ");
  } else {
    if (is_usable(witness.wrote))
      out += fmt::format("  computed {} {}\n", people_shape(witness.wrote.shape), array_text(*witness.wrote.value));
    if (is_usable(witness.per_sample))
      out += fmt::format("  alone    {} {}\n", people_shape(witness.per_sample.shape),
                         array_text(*witness.per_sample.value));
  }
  return out;
}

std::string fix_text(const Fix& fix, const SourceMap& sources, const Style& style) {
  std::vector<Edit> edits = fix.edits;
  std::ranges::sort(edits, [](const Edit& a, const Edit& b) {
    return a.span.source.index != b.span.source.index ? a.span.source.index < b.span.source.index
                                                      : a.span.begin < b.span.begin;
  });
  std::string out;
  for (std::size_t i = 0; i < edits.size();) {
    // Edits that touch neighbouring lines are shown together.
    const SourceFile& file = sources.file(edits[i].span.source);
    const std::uint32_t first = file.position(edits[i].span.begin).line;
    std::uint32_t last = file.position(edits[i].span.end).line;
    std::uint32_t at = file.line_start(first);
    std::string after;
    std::size_t next = i;
    for (; next < edits.size() && edits[next].span.source == edits[i].span.source; ++next) {
      const Span& span = edits[next].span;
      if (file.position(span.begin).line > last || span.begin < at) break;
      after += file.text().substr(at, span.begin - at);
      after += edits[next].text;
      at = span.end;
      last = std::max(last, file.position(span.end).line);
    }
    const std::uint32_t end = file.line_start(last) + static_cast<std::uint32_t>(file.line(last).size());
    after += file.text().substr(at, end > at ? end - at : 0);
    for (std::uint32_t line = first; line <= last; ++line)
      out += style.severity(Severity::error, "- " + view_line(file.line(line)).text) + "\n";
    std::string_view rest = after;
    while (true) {
      const std::size_t stop = rest.find('\n');
      std::string_view line = rest.substr(0, stop);
      if (line.ends_with('\r')) line.remove_suffix(1);
      out += style.green("+ " + view_line(line).text) + "\n";
      if (stop == std::string_view::npos) break;
      rest.remove_prefix(stop + 1);
    }
    i = std::max(next, i + 1);
  }
  return out;
}

std::string verdict_text(Verdict verdict, double factor) {
  const std::string times = std::abs(factor - 1) < 1e-6 ? "" : fmt::format(" times {:.4g}", factor);
  switch (verdict) {
    case Verdict::per_sample: return "per-sample";
    case Verdict::mean: return "mean of the samples" + times;
    case Verdict::sum: return "sum of the samples" + times;
    case Verdict::pooled: return "pooled over the batch";
    case Verdict::independent: return "independent";
    case Verdict::coupled: return "coupled: samples are mixed";
    case Verdict::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace shapelint
