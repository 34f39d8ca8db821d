// What the prompt knows between two commands: one path through the target, cut into steps, and what was computed on it.
// A command that changes the world makes a new state and keeps the old one when that fails or is stopped.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/support/result.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"

namespace shapelint::prompt {

/// One statement of the user's code as it ran, with the expressions that had tensor values.
struct Moment {
  FrameId frame;
  Span statement;
  std::size_t first = 0;  ///< into Trace::exprs
  std::size_t last = 0;   ///< one behind
};

struct State {
  Target target;
  AnalysisOptions options;
  World world;
  std::shared_ptr<const Trace> trace;  ///< the first path that comes to its end
  std::size_t paths = 0;
  FrameId home;  ///< the target's own function; differs from the root where a framework calls it
  std::vector<Moment> moments;
  std::size_t at = 0;  ///< the moment that is shown; `moments.size()` is the end of the function

  // Made when they are first asked for.
  std::optional<LossReport> report;
  std::optional<Evaluation> evaluation;

  bool is_at_end() const { return at >= moments.size(); }
  FrameId frame() const { return is_at_end() ? home : moments[at].frame; }
};

/// The error is the world's: an option that does not fit.
Result<std::unique_ptr<State>, std::string> make_state(Session& session, const Target& target,
                                                       const AnalysisOptions& options);
/// Findings without those that a comment suppresses.
const LossReport& report_of(Session& session, State& state);
const Evaluation& evaluation_of(Session& session, State& state);
/// The same run with an expression asked about: `Evaluation::probed`.
Evaluation evaluate_probe(Session& session, const State& state, const Probe& probe);

/// What an expression of the user is on the path.
struct Found {
  std::string text;                    ///< as it was asked, or as it stands in the source
  std::shared_ptr<const Trace> trace;  ///< the state's, or that of the run in which it was evaluated
  Value value;
  std::optional<TensorId> tensor;
  Span span;
  bool is_in_source = false;
  std::size_t occurrence = 0;  ///< in the source: so many times before
  std::optional<Probe> probe;  ///< not in the source: how to evaluate it again
  std::string problem;
  /// The same text elsewhere in the function, where its shape is another.
  std::vector<Found> others;
};

/// Finds `text` in the source of the function, or evaluates it in its scope as it is at the current step.
Result<Found, std::string> find(Session& session, State& state, std::string_view text);

/// The names of the function at the current step, without what starts with two underscores.
struct Names {
  std::shared_ptr<const Trace> trace;
  std::vector<std::pair<std::string, Value>> items;
};
Names names_of(Session& session, const State& state);

/// `(B, N) float32`, `3`, `[(B,) float32, None]`, "not known: ...". Sizes print as numbers where `sizes` says them.
std::string value_text(const Value& value, const Trace& trace, const DimTable& dims, const Sizes* sizes = nullptr);
/// `(B, N)`, with the dtype when it is not float32.
std::string tensor_text(const Trace& trace, TensorId id, const DimTable& dims);
/// Without blanks, except inside of strings.
std::string squeezed(std::string_view text);
/// `x`, `self.weight`.
bool is_name(std::string_view text);
/// "line 11", or "losses.loss:42" in a framework definition, or "what you typed".
std::string place_text(const SourceMap& sources, const Span& span);

}  // namespace shapelint::prompt
