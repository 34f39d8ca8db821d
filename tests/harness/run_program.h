// One fixture through the library: parsed, its losses found, traced and checked, and evaluated where it says with what.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/trace/world.h"
#include "tests/harness/fixture.h"

namespace shapelint::test {

struct Loss {
  LossReport report;                  ///< without findings
  std::vector<Finding> all_findings;  ///< of this loss alone, suppressed or not
  std::optional<World> world;
  std::vector<Trace> traces;
};

class ProgramRun {
 public:
  explicit ProgramRun(const Program& program);

  Session session;
  std::vector<Loss> losses;
  std::vector<Finding> findings;  ///< of the file, as its reader sees them

  /// False, with the reasons, when the text has errors.
  bool parsed(std::vector<std::string>& failures) const;
  /// Fills `losses`.
  void analyse();

  const LoadedModule& module() const { return *module_; }
  bool is_own(const Span& span) const { return span.source == module_->source; }
  /// Lines of the program; for a place elsewhere, those of its file.
  Range range(const Span& span) const { return session.sources().file(span.source).range(span); }

  AnalysisOptions options() const;
  /// Options with data, when the loss has all the parameters that the data names.
  std::optional<AnalysisOptions> options_with(const Loss& loss, std::size_t input) const;
  /// Null when the data is not this loss'.
  const Evaluation* evaluation(const Loss& loss, std::optional<std::size_t> input);

  /// What a claim on an expression is about.
  std::vector<const ExprEvent*> events(const Trace& trace, const Claim& claim) const;
  const ExprVerdict* expression(const Evaluation& evaluation, const Claim& claim) const;

 private:
  /// How well a place fits a claim: 0 not at all, more is better.
  int fits(const Span& span, const Claim& claim) const;

  const Program& program_;
  const LoadedModule* module_ = nullptr;
  std::map<std::pair<const Loss*, std::size_t>, std::unique_ptr<Evaluation>> evaluations_;
};

}  // namespace shapelint::test
