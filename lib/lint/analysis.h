// The analysis of a target and of a file: worlds, traces, rules, proof. What `check`, `explain` and `eval` share.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/lint/finding.h"
#include "lib/trace/library.h"

namespace shapelint {

struct Rule;

/// What is stated about one target.
struct TargetStatements {
  std::map<std::string, std::string> shapes, dtypes, args, init;
  std::map<std::string, std::int64_t> sizes;
};

/// What the configuration file says and the command line may say otherwise.
struct Configured {
  std::map<std::string, std::string> shapes;  ///< by parameter, of every function that has it
  std::map<std::string, std::int64_t> sizes;
  std::vector<std::pair<std::string, TargetStatements>> targets;  ///< by qualified name
  std::map<std::string, Severity, std::less<>> severities;        ///< of all findings of a rule
};

struct AnalysisOptions {
  WorldOptions world;  ///< what the command line states
  Configured configured;
  SampleData data;
  std::span<const Rule* const> rules;          ///< all there are (rules/rules.h)
  std::set<std::string, std::less<>> enabled;  ///< rule names
  bool pedantic = false;
  bool witness = true;
};

/// Everything about one analysis: texts, modules, dims. Results refer into it. Sessions may share what is parsed of the
/// frameworks (and, through their provider, of the project); otherwise they know nothing of each other, so that no
/// result depends on what else was looked at.
class Session {
 public:
  explicit Session(SourceProvider* provider = nullptr, std::shared_ptr<const FrameworkStore> frameworks = nullptr);
  SourceMap& sources() { return sources_; }
  const SourceMap& sources() const { return sources_; }
  Library& library() { return library_; }
  DimTable& dims() { return dims_; }
  Tracer& tracer() { return tracer_; }

 private:
  SourceMap sources_;
  Library library_;
  DimTable dims_;
  Tracer tracer_{library_, dims_};
};

/// What is stated about `target`: by the command line, else by the configuration.
WorldOptions world_options(const AnalysisOptions& options, const Target& target);

/// One target: every path through every rule.
LossReport check_target(Session& session, const Target& target, const AnalysisOptions& options,
                        std::string reason = {});
/// Every loss of a module.
std::vector<LossReport> check_module(Session& session, const LoadedModule& module, const AnalysisOptions& options);

/// A rule that a comment names and that it did not suppress anything of.
struct UnusedSuppression {
  std::string rule;
  Span span;
};

/// Drops findings that a comment suppresses (`# shapelint: ignore[rule]`, `file-ignore[rule]`).
void apply_suppressions(const SourceMap& sources, const LoadedModule& module, std::vector<Finding>& findings,
                        std::vector<UnusedSuppression>* unused = nullptr);

/// A whole file as its reader sees it.
struct FileReport {
  std::vector<LossReport> losses;  ///< without their findings
  /// In the order of the text: what does not parse in a `.loss` file (rule `invalid-syntax`), what the rules found and
  /// no comment suppresses, and the comments that suppress nothing.
  std::vector<Finding> findings;
};
FileReport check_file(Session& session, const LoadedModule& module, const AnalysisOptions& options);

/// The examples of a `.loss` file: `example("name", y_true=[...], ..., returns=[...])`.
struct Example {
  std::string name;
  SampleData data;
  ArrayPtr returns;  ///< null when none is stated
  Span span;
  std::string error;  ///< ragged data and the like
};
std::vector<Example> examples_of(const LoadedModule& module);

}  // namespace shapelint
