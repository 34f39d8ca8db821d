#include "lib/lint/unseen.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace shapelint {
namespace {

// A run that fails on every path, where no finding says so: the shapes were guesses, and what is behind was not seen.
// What is abstract is meant to fail.
void note_failure(const SourceMap& sources, const World& world, const Paths& paths, LossReport& out) {
  // Work on values, such as a call of a builtin, may know no place of its own.
  const ast::Function* function = out.target.ast();
  const auto place_of = [&](const Trace& trace) {
    return trace.end_span == Span{} && function != nullptr ? function->name_span : trace.end_span;
  };
  const auto fails = [&](const Trace& trace) {
    if (trace.end != PathEnd::raised || place_of(trace) == Span{}) return false;
    // C++'s `virtual ... = 0` ends as its declaration does.
    const std::string_view text = sources.text(place_of(trace));
    return text.find("NotImplementedError") == std::string_view::npos && !text.ends_with("= 0");
  };
  if (!out.findings.empty() || paths.traces.empty() || !std::ranges::all_of(paths.traces, fails)) return;
  // Where nothing was guessed, the failure is the code's own, and nothing is behind it.
  if (!has_guess(world) && out.unknown.empty()) return;
  const Trace& trace = paths.traces.front();
  out.complete = false;
  out.unknown.push_back({place_of(trace), fmt::format("the run ends early: {}", trace.end_reason)});
}

// A training step of which no path comes to its loss: what is above, such as a buffer that nobody has filled, ends all
// of them, and nothing was looked at.
void note_unreached(const World& world, const Paths& paths, LossReport& out) {
  const auto is_reached = [&](const Trace& trace) { return reaches_gradient(world, trace); };
  if (world.gradients.empty() || !out.unknown.empty() || std::ranges::any_of(paths.traces, is_reached)) return;
  out.unknown.push_back({world.gradients.front(), "no path of the run comes as far as this"});
}

// Shapes that contradict each other where no finding says so: the shapes were guesses, and what is behind was not seen.
void note_conflicts(const World& world, const Paths& paths, LossReport& out) {
  if (!has_guess(world) && !world.input.stored) return;
  for (const Trace& trace : paths.traces) {
    for (const Conflict& conflict : trace.conflicts) {
      const Span span = trace.user_span(conflict.span, conflict.frame);
      const auto is_it = [&](const auto& one) { return one.span == span; };
      if (std::ranges::any_of(out.findings, is_it) || std::ranges::any_of(out.unknown, is_it)) continue;
      out.unknown.push_back(
          {span, fmt::format("does not run with the shapes that were guessed: {}", conflict.message)});
    }
  }
}

}  // namespace

void note_unseen(const SourceMap& sources, const World& world, const Paths& paths, LossReport& out) {
  note_failure(sources, world, paths, out);
  note_conflicts(world, paths, out);
  note_unreached(world, paths, out);
}

}  // namespace shapelint
