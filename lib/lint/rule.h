// A rule reads traces and nothing else: a predicate on steps, reported with the shapes and what the evaluation of the
// same path proves. See docs/adding-a-rule.md.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/finding.h"
#include "lib/oracle/contrast.h"
#include "lib/trace/step_keys.h"
#include "lib/trace/trace.h"

namespace shapelint {

/// What a rule reports; the runner adds shapes, proof and severity.
struct Report {
  StepId step;  ///< the step that is wrong; not valid for a conflict, which made no step
  std::string message;
  std::optional<Span> span;          ///< instead of the step's place in the user's code
  std::optional<FrameId> frame;      ///< of a conflict: where it came up
  std::optional<Severity> severity;  ///< fixed by the rule (advice); else decided by the proof
  bool needs_mixing = true;          ///< an error only when the evaluation shows that samples mix or are lost
  std::optional<Contrast> contrast;  ///< the proof where it is not the samples alone: the accused step done otherwise
  std::string otherwise;             ///< with a contrast: what was done instead, as in "reduced after weighing"
  bool samples_prove = true;         ///< false: each sample alone has the same mistake, and its loss says nothing
  std::vector<Related> related;
  std::optional<Fix> fix;            ///< offered when it is verified
  bool fix_changes_samples = false;  ///< the fix changes the loss of one sample alone as well
};

/// What a rule may ask for, and what costs time.
struct RuleServices {
  /// False where only what may be found is asked for: with shapes that a guess could have taken as well.
  bool has_numbers = true;
  std::function<const Evaluation*()> evaluation;
  /// What a `squeeze()` does to a batch of one sample, as `shapelint::dropped_batch` says it.
  std::function<std::optional<std::pair<double, double>>()> dropped_batch;
  /// Every path of the target with another value (a Python literal) of a parameter, of its constructor's if `of_init`:
  /// a method of a class is then run as its instances are called. Empty when that cannot be done.
  std::function<std::vector<Trace>(const std::string& parameter, const std::string& value, bool of_init)> rerun;
  /// The evaluation against the same run with some of its steps altered.
  std::function<std::optional<Contrast>(std::vector<Alteration>)> contrast;
};

class RuleContext {
 public:
  RuleContext(const Target& of_target, const Trace& of_trace, DimTable& dim_table, const SourceMap& source_map,
              const World& of_world, const RuleServices& services)
      : target(of_target),
        trace(of_trace),
        dims(dim_table),
        sources(source_map),
        world(of_world),
        services_(services) {}

  const Target& target;
  const Trace& trace;
  DimTable& dims;
  const SourceMap& sources;
  const World& world;
  std::vector<Report> reports;

  SymbolId batch() const { return *world.input.batch; }
  const Tensor& tensor(TensorId id) const { return trace.tensor(id); }
  /// Axes of a tensor that count samples; empty for unknown shapes.
  std::vector<int> batch_axes(TensorId id) const;
  bool has_batch(TensorId id) const { return !batch_axes(id).empty(); }
  /// `(B, N)`, or `(?)`.
  std::string show(TensorId id) const;
  /// The user's text of an operand of a step, shortened.
  std::string text(const Span& span) const;
  /// Does a span stand in the user's own text?
  bool is_users_text(const std::optional<Span>& span) const {
    return span && span->end > span->begin && !sources.is_framework(*span);
  }
  /// `axis=-1`, `keepdims=True`: how the user's framework spells it (PyTorch: `dim=-1`, `keepdim=True`).
  std::string argument(std::string_view numpy) const;
  /// What the user called to get to a step: `K.mean`, `binary_crossentropy`; the step's own text when it is no call.
  std::string callee(const Step& step) const;
  /// The evaluation of this path; null when it could not be computed. Costs time: ask only for a suspect.
  const Evaluation* evaluation() const { return services_.evaluation(); }
  /// Where a batch of one sample gives another result because a `squeeze()` drops its axis: the first values that
  /// differ, as they are and as they should be. Costs two runs of one sample.
  std::optional<std::pair<double, double>> dropped_batch() const { return services_.dropped_batch(); }
  std::vector<Trace> rerun(const std::string& parameter, const std::string& value, bool of_init) const {
    return services_.rerun(parameter, value, of_init);
  }
  /// What changes when steps of the trace do something else; their places are those of the trace. None when that
  /// has no numbers, or nothing changes and the numbers are too plain to say so.
  std::optional<Contrast> contrast(std::vector<Alteration> alterations) const;
  std::optional<Contrast> contrast(Alteration alteration) const {
    return contrast(std::vector<Alteration>{std::move(alteration)});
  }
  /// The same tensor in the evaluation's batch run; not valid when there is none.
  TensorId evaluated(TensorId id) const;
  /// What the evaluation says of a tensor of the trace; unknown when it says nothing.
  Verdict verdict(TensorId id) const;
  /// False where nobody asks for numbers: then a rule says what it would find if they said so.
  bool has_numbers() const { return services_.has_numbers; }
  /// Is what comes back one of these, as far as numbers are asked for?
  bool comes_back_as(std::initializer_list<Verdict> verdicts) const;
  void report(Report report) { reports.push_back(std::move(report)); }

 private:
  const RuleServices& services_;
  mutable std::optional<StepKeys> here_;   ///< of `trace`
  mutable std::optional<StepKeys> there_;  ///< of the evaluation's batch run
};

struct Rule {
  std::string_view id;
  std::string_view summary;
  std::string_view doc;  ///< Markdown: what it finds, bad, good, limits, sources
  void (*check)(RuleContext& ctx) = nullptr;
};

}  // namespace shapelint
