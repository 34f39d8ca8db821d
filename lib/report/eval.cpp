// The numbers of `eval` as tables.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/report/layout.h"
#include "lib/report/numbers.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

std::string shortened(std::string_view text, std::size_t limit) {
  std::string out = printable(text);
  // Inner line breaks and their indentation are of no interest in a cell.
  out.erase(std::unique(out.begin(), out.end(), [](char a, char b) { return a == ' ' && b == ' '; }), out.end());
  if (out.size() <= limit) return out;
  std::size_t cut = limit - 3;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;
  return out.substr(0, cut) + "...";
}

// One or two words: the verdict in a cell.
std::string short_verdict(const ExprVerdict& expr) {
  std::string out(name(expr.verdict));
  const bool has_factor = expr.verdict == Verdict::mean || expr.verdict == Verdict::sum;
  if (has_factor && std::abs(expr.factor - 1) > 1e-6) out += fmt::format(" * {:.4g}", expr.factor);
  return out;
}

std::string value_text(const ArrayPtr& value) { return value == nullptr ? "" : array_text(*value, 36); }

std::string inputs_text(const Explanation& explanation, const Style& style) {
  const Evaluation& evaluation = *explanation.evaluation;
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name_of, array] : evaluation.inputs) {
    if (array == nullptr) continue;
    const auto stated = std::ranges::find(explanation.report.shapes, name_of, &ParameterShape::name);
    const std::string symbolic = stated == explanation.report.shapes.end() ? "" : people_shape(stated->shape);
    rows.push_back(
        {"  " + printable(name_of), symbolic, show(array->shape), std::string(name(array->dtype)), range_text(*array)});
  }
  return style.bold("inputs") +
         (evaluation.from_user_data ? "" : " (random, always the same; --data FILE for your own)") + "\n" + table(rows);
}

}  // namespace

std::string examples_text(const std::vector<ExampleResult>& examples, const Style& style) {
  std::string out;
  for (const ExampleResult& example : examples) {
    const std::string_view outcome = !example.error.empty() ? "could not run"
                                     : !example.passed      ? "FAILED"
                                     : example.expected     ? "passed"
                                                            : "ran (states no returns=...)";
    out += fmt::format("example \"{}\": {}\n", printable(example.name),
                       example.passed ? style.green(outcome) : style.red(outcome));
    if (!example.error.empty()) out += "  " + printable(example.error) + "\n";
    else if (!example.passed) {
      out += table({{"  expected", example.expected ? show(example.expected->shape) : "", value_text(example.expected)},
                    {"  returned", example.returns ? show(example.returns->shape) : "", value_text(example.returns)}});
    }
  }
  return out;
}

std::string eval_text(const Explanation& explanation, const std::vector<ExampleResult>& examples,
                      const SourceMap& sources, const DimTable& dims, const Style& style) {
  if (!explanation.evaluation) return examples_text(examples, style);
  const Evaluation& evaluation = *explanation.evaluation;
  std::string sizes;
  for (const auto& [symbol, size] : evaluation.sizes)
    if (!dims.is_anonymous(symbol)) sizes += fmt::format("{}{}={}", sizes.empty() ? "" : ", ", dims.name(symbol), size);
  const LossReport& report = explanation.report;
  std::string out = fmt::format("{} in {}{}\n", style.bold(printable(report.target.qualname)),
                                printable(sources.file(report.target.module->source).name()),
                                sizes.empty() ? "" : ", with " + printable(sizes));
  out += inputs_text(explanation, style) + "\n";

  // Plain names repeat what the expression that gave them said.
  std::vector<std::vector<std::string>> rows = {{"  line", "expression", "verdict", "value", "each sample alone"}};
  std::size_t index = 0;
  for (const ExprVerdict& expr : evaluation.exprs) {
    const bool is_first_coupled = evaluation.first_coupled == index++;
    const std::string_view text = sources.text(expr.span);
    if (text.find_first_of("([ +-*/@<>=") == std::string_view::npos && expr.verdict != Verdict::coupled) continue;
    const bool is_other_file = expr.span.source != report.target.module->source;
    const SourceFile& file = sources.file(expr.span.source);
    const auto line = file.shown_line(file.position(expr.span.begin).line);
    // Values that agree are shown once.
    const bool agrees = expr.verdict == Verdict::per_sample || expr.verdict == Verdict::independent;
    rows.push_back({"  " + (is_other_file ? printable(file.name()) + ":" : std::string()) + SourceFile::spell(line),
                    shortened(text, 36), is_first_coupled ? "coupled (first)" : short_verdict(expr),
                    value_text(expr.value), agrees ? "same" : value_text(expr.per_sample)});
  }
  out += style.bold("expressions") + "\n" + table(rows) + "\n";

  out += style.bold("returns") + " " + (!explanation.returned.parts ? returned_text(explanation.returned) + " " : "") +
         verdict_text(evaluation.verdict, evaluation.factor);
  if (evaluation.verdict == Verdict::unknown && !evaluation.reason.empty())
    out += " (" + printable(evaluation.reason) + ")";
  out += "\n";
  if (evaluation.value != nullptr) {
    std::vector<std::vector<std::string>> both = {{"  as written", array_text(*evaluation.value, 80)}};
    if (evaluation.per_sample != nullptr)
      both.push_back({"  each sample alone", array_text(*evaluation.per_sample, 80)});
    out += table(both);
  }
  if (evaluation.totals) {
    out += style.bold("totals") + "\n";
    for (const std::string& line : totals_lines(*evaluation.totals)) out += "  " + line + "\n";
  }
  if (!examples.empty()) out += "\n" + examples_text(examples, style);
  return out;
}

}  // namespace shapelint
