#include "tool/commands/examples.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include <fmt/format.h>

namespace shapelint::tool {
namespace {

bool takes(const Target& target, const SampleData& data) {
  const ast::Function* function = target.ast();
  if (function == nullptr) return true;  // a class: its call decides
  return std::ranges::all_of(data, [&](const auto& entry) {
    return std::ranges::any_of(function->params, [&](const ast::Param& param) { return param.name == entry.first; });
  });
}

}  // namespace

bool agrees(const Array& returned, const Array& expected) {
  if (returned.shape != expected.shape || returned.values.size() != expected.values.size()) return false;
  for (std::size_t i = 0; i < returned.values.size(); ++i) {
    const double a = returned.values[i];
    const double b = expected.values[i];
    if (std::isnan(a) && std::isnan(b)) continue;
    if (a != b && !(std::abs(a - b) <= 1e-6 + 1e-5 * std::abs(b))) return false;
  }
  return true;
}

ExampleRuns run_examples(const LoadedFile& file, const Target& target, const AnalysisOptions& options) {
  ExampleRuns runs;
  for (const Example& example : examples_of(*file.module)) {
    if (example.error.empty() && !takes(target, example.data)) continue;
    ExampleResult result{
        .name = example.name, .passed = false, .returns = nullptr, .expected = example.returns, .error = example.error};
    if (result.error.empty()) {
      AnalysisOptions with = options;
      with.data = example.data;
      with.world.data = example.data;
      Explanation explanation = explain_target(*file.session, target, with, true);
      if (!explanation.report.error.empty()) {
        result.error = explanation.report.error;
      } else if (!explanation.evaluation || explanation.evaluation->value == nullptr) {
        result.error = "the function could not be evaluated";
        if (explanation.evaluation && !explanation.evaluation->reason.empty())
          result.error += ": " + explanation.evaluation->reason;
      } else {
        result.returns = explanation.evaluation->value;
        result.passed = result.expected == nullptr || agrees(*result.returns, *result.expected);
      }
      if (!runs.first && explanation.evaluation) runs.first = std::move(explanation);
    }
    runs.all_passed = runs.all_passed && result.passed;
    runs.results.push_back(std::move(result));
  }
  return runs;
}

void warn_of_syntax(const LoadedFile& file, const Output& output) {
  constexpr std::size_t kShown = 3;
  const SourceFile& source = file.session->sources().file(file.module->source);
  std::size_t count = 0;
  for (const ast::Issue& issue : file.module->program->issues) {
    if (!issue.is_error || ++count > kShown) continue;
    const Position at = source.position(issue.span.begin);
    output.warning(fmt::format("{}:{}: {}", file.path, source.spell(at), issue.message));
  }
  if (count > kShown) output.warning(fmt::format("{}: {} more places that do not parse", file.path, count - kShown));
}

}  // namespace shapelint::tool
