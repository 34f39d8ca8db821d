// The writers: what `check`, `explain`, `eval` and `dump` show, as text for people or JSON for programs. They read
// results and return strings; nothing here prints or decides anything. The JSON forms are described in docs/json.md.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"
#include "lib/lint/explain.h"
#include "lib/lint/finding.h"
#include "lib/lint/rule.h"
#include "lib/report/style.h"
#include "lib/support/source.h"
#include "lib/trace/trace.h"

namespace shapelint {

// ---- check -------------------------------------------------------------------------------------------------------

/// Message, source with carets, shapes, the place that reduces, proof, consequences and fix.
std::string full_text(const Finding& finding, const SourceMap& sources, const Style& style);
/// `path:line:column: severity[rule] message`.
std::string concise_text(const Finding& finding, const SourceMap& sources, const Style& style);
/// One finding as a JSON object; `json_array` joins several.
std::string json_finding(const Finding& finding, const SourceMap& sources);
std::string json_array(const std::vector<std::string>& items);
/// The same object on one line, for `json-lines`.
std::string json_line(const Finding& finding, const SourceMap& sources);

/// What a run of `check` saw and did not understand.
struct CheckSummary {
  std::size_t errors = 0;
  std::size_t warnings = 0;
  std::size_t advice = 0;
  std::size_t losses = 0;
  std::size_t files = 0;       ///< with at least one loss
  std::size_t unknown = 0;     ///< expressions that were not understood
  std::size_t incomplete = 0;  ///< losses with a path that was not followed to its end
  std::size_t failed = 0;      ///< inputs that could not be checked
  std::size_t fully = 0;       ///< losses of which everything was tracked
  std::size_t partly = 0;      ///< losses of which something was
  std::size_t steps = 0;       ///< of the losses, those of training steps and scripts, which rest on models and data
  std::size_t steps_fully = 0;
  std::size_t steps_partly = 0;
  std::map<std::string, std::size_t> by_rule;
  std::map<std::string, std::size_t> by_reason;  ///< why losses were not fully tracked: how many of them each concerns
};
/// Counts one loss.
void count(CheckSummary& summary, const LossReport& loss);
/// Adds what another part of the run counted.
void add(CheckSummary& summary, const CheckSummary& part);
/// "Found 1 error, 2 warnings." or "All clean: 3 losses in 2 files.", and what was not understood.
std::string summary_text(const CheckSummary& summary, const Style& style);
/// Counts per rule, how far the losses were tracked, and why not further, most frequent first.
std::string statistics_text(const CheckSummary& summary, std::span<const Rule* const> rules, const Style& style);
std::string statistics_json(const CheckSummary& summary);

/// How CI names a file: relative to `root`, or absolute when it is not below it. Names are relative to `current`; both
/// are absolute folders.
struct Folders {
  std::string current;
  std::string root;
};

/// A workflow command of GitHub Actions: `::error file=...::message`, on one line.
std::string github_annotation(const Finding& finding, const SourceMap& sources, const Folders& folders);
/// The same for an input that could not be checked.
std::string github_problem(std::string_view message);

/// SARIF 2.1.0: one run with every finding, the most severe first.
class SarifLog {
 public:
  SarifLog(std::span<const Rule* const> rules, std::string_view version, Folders folders);
  ~SarifLog();
  SarifLog(SarifLog&&) noexcept;
  SarifLog& operator=(SarifLog&&) noexcept;

  /// The findings of one file.
  void add(std::span<const Finding> findings, const SourceMap& sources);
  /// What went wrong with an input. An error says that it was not checked; the path may be empty, the line 0.
  void add_problem(Severity severity, std::string_view message, std::string_view path, Position at = {0, 0});
  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// ---- explain and eval --------------------------------------------------------------------------------------------

/// An `example(...)` that was run.
struct ExampleResult {
  std::string name;
  bool passed = true;
  ArrayPtr returns;   ///< what the code returned
  ArrayPtr expected;  ///< null when the example states nothing
  std::string error;  ///< why it could not be run
};

/// The annotated source: every line with the shapes of its expressions below it.
std::string explain_text(const Explanation& explanation, const SourceMap& sources, const Style& style);
std::string explain_json(const Explanation& explanation, const SourceMap& sources);
/// "(B,)"; "[(B,), ()]" of several values.
std::string returned_text(const ReturnedShape& returned);
/// The numbers: inputs, every expression beside what the samples alone give, totals, examples.
std::string eval_text(const Explanation& explanation, const std::vector<ExampleResult>& examples,
                      const SourceMap& sources, const DimTable& dims, const Style& style);
std::string eval_json(const Explanation& explanation, const std::vector<ExampleResult>& examples,
                      const SourceMap& sources, const DimTable& dims);
std::string examples_text(const std::vector<ExampleResult>& examples, const Style& style);

// ---- rule and dump -----------------------------------------------------------------------------------------------

std::string rule_json(const std::vector<const Rule*>& rules, bool as_array);
std::string dump_program(const ast::Module& module);
std::string dump_trace(const Trace& trace, const SourceMap& sources, const DimTable& dims);
/// Several dumps as one array.
std::string dump_traces(const std::vector<Trace>& traces, const SourceMap& sources, const DimTable& dims);

}  // namespace shapelint
