#include "lib/prompt/answers.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/prompt/why.h"
#include "lib/report/layout.h"
#include "lib/report/numbers.h"
#include "lib/report/parts.h"

namespace shapelint::prompt {
namespace {

constexpr std::size_t kRows = 30;

std::string sizes_text(const DimTable& dims, const World& world, const Sizes& sizes) {
  std::string out;
  for (const auto& [name, symbol] : world.symbols) {
    const auto at = sizes.find(symbol);
    if (at == sizes.end() || dims.is_anonymous(symbol)) continue;
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", printable(name), at->second);
  }
  return out;
}

// Beside each other while they are short, else each with its number.
std::string samples_text(const ArrayPtr& array) {
  if (array == nullptr) return "not defined";
  return array_text(*array);
}

}  // namespace

std::string shape_text(const Session& session, const DimTable& dims, const Found& found, const Style& style) {
  std::string out = style.bold(printable(found.text)) + ": ";
  if (!found.problem.empty()) return out + style.red("cannot work") + ": " + printable(found.problem) + "\n";
  if (!found.tensor) return out + value_text(found.value, *found.trace, dims) + "\n";
  const Tensor& tensor = found.trace->tensor(*found.tensor);
  out += tensor_text(*found.trace, *found.tensor, dims);
  if (!found.others.empty()) out += fmt::format(" ({})", place_text(session.sources(), found.span));
  if (!tensor.shape && !tensor.unknown_reason.empty()) out += ", not known: " + printable(tensor.unknown_reason);
  out += "\n";
  for (const Found& other : found.others)
    out += fmt::format("  {} ({})\n", tensor_text(*other.trace, *other.tensor, dims),
                       place_text(session.sources(), other.span));
  return out;
}

std::string numbers_text(Session& session, State& state, const Found& found, const Style& style) {
  std::string out = style.bold(printable(found.text)) + ": ";
  if (!found.problem.empty()) return out + style.red("cannot work") + ": " + printable(found.problem) + "\n";
  std::optional<Evaluation> own;
  std::optional<ExprVerdict> seen;
  if (found.is_in_source) {
    const Evaluation& evaluation = evaluation_of(session, state);
    std::size_t before = 0;
    for (const ExprVerdict& expr : evaluation.exprs) {
      if (expr.span != found.span) continue;
      // At the end of the function the last round counts, as for shapes.
      if (state.is_at_end() || before == found.occurrence) seen = expr;
      ++before;
    }
  } else {
    own = evaluate_probe(session, state, *found.probe);
    seen = own->probed;
  }
  const Evaluation& evaluation = own ? *own : evaluation_of(session, state);
  const DimTable& dims = session.dims();
  if (!found.tensor) {
    const Probed* probed = evaluation.batch.probed.get();
    if (probed == nullptr) return out + value_text(found.value, *found.trace, dims, &evaluation.sizes) + "\n";
    return out + value_text(probed->value, probed->trace, dims, &evaluation.sizes) + "\n";
  }
  out += fmt::format("{}, {}{}\n", tensor_text(*found.trace, *found.tensor, dims),
                     sizes_text(dims, state.world, evaluation.sizes),
                     evaluation.from_user_data ? ", your data" : ", seeded numbers");
  if (!seen || seen->value == nullptr)
    return out + fmt::format("  not computed: {}\n",
                             evaluation.reason.empty() ? "the place was not reached" : printable(evaluation.reason));
  std::vector<std::vector<std::string>> rows = {{"  on the batch", array_text(*seen->value)}};
  if (seen->verdict != Verdict::independent) rows.push_back({"  each alone", samples_text(seen->per_sample)});
  rows.push_back({"  which is", verdict_text(seen->verdict, seen->factor)});
  out += table(rows);
  if (!evaluation.reason.empty()) out += "  " + printable(evaluation.reason) + "\n";
  return out;
}

std::string moment_text(const Session& session, const DimTable& dims, const State& state, const Style& style) {
  const SourceMap& sources = session.sources();
  const Trace& trace = *state.trace;
  if (state.moments.empty()) return "no statement of it gave a tensor\n";
  if (state.is_at_end())
    return fmt::format("the end of `{}`, after {}\n", printable(trace.frame(state.home).function),
                       counted(state.moments.size(), "statement", "statements"));
  const Moment& moment = state.moments[state.at];
  std::string out = fmt::format("{} of {}, {} of `{}`\n", state.at + 1, state.moments.size(),
                                place_text(sources, moment.statement), printable(trace.frame(moment.frame).function));
  out += snippet(sources, moment.statement, "", 0, style, [](std::string_view s) { return std::string(s); });
  std::vector<std::vector<std::string>> rows;
  std::vector<std::pair<Span, TensorId>> shown;
  for (std::size_t i = moment.first; i < moment.last; ++i) {
    const ExprEvent& event = trace.exprs[i];
    if (std::ranges::find(shown, std::pair(event.span, event.tensor)) != shown.end()) continue;
    shown.emplace_back(event.span, event.tensor);
    // `return loss` is worth a word, `a` in `a + b` is not.
    if (is_name(sources.text(event.span)) && moment.last - moment.first > 1) continue;
    if (rows.size() == kRows) {
      rows.push_back({"  ..."});
      break;
    }
    const bool is_lost = loses_batch(dims, state, trace, trace.step_of(event.tensor));
    rows.push_back({"  " + shortened(sources.text(event.span)), tensor_text(trace, event.tensor, dims),
                    is_lost && !is_name(sources.text(event.span)) ? "<- the batch axis is lost here" : ""});
  }
  return out + table(rows);
}

std::string signature_text(Session& session, State& state, const Style& style) {
  const DimTable& dims = session.dims();
  const LossReport& report = report_of(session, state);
  std::string out = fmt::format("{}({})", style.bold(printable(state.target.qualname)), shapes_text(report.shapes));
  const Trace& trace = *state.trace;
  if (trace.end == PathEnd::raised) return out + " raises\n";
  std::string returns;
  if (const auto* tensor = trace.result.as<TensorV>()) returns = tensor_text(trace, tensor->id, dims);
  else returns = value_text(trace.result, trace, dims);
  return out + " returns " + returns + "\n";
}

std::string path_text(const Session& session, const DimTable& dims, const State& state, const Style& style) {
  const SourceMap& sources = session.sources();
  const Trace& trace = *state.trace;
  std::string out;
  if (trace.end != PathEnd::returned && !trace.end_reason.empty())
    out += style.yellow("ends early") + ": " + printable(trace.end_reason) + "\n";
  for (const Conflict& conflict : trace.conflicts)
    out += fmt::format("{}: {} ({})\n", style.red("cannot work"), printable(conflict.message),
                       place_text(sources, trace.user_span(conflict.span, conflict.frame)));
  if (state.paths > 1) {
    std::string conditions;
    for (const PathCondition& condition : trace.conditions)
      conditions += fmt::format("{}`{}` is {}", conditions.empty() ? "" : ", ", shortened(sources.text(condition.span)),
                                condition.taken ? "true" : "false");
    out += fmt::format("one of {} paths: {}\n", state.paths, conditions);
  }
  for (std::size_t i = 0; i < trace.unknowns.size() && i < 5; ++i)
    out += fmt::format("not understood ({}): {}\n", place_text(sources, trace.unknowns[i].span),
                       printable(trace.unknowns[i].reason));
  for (std::size_t i = 0; i < trace.assumptions.size() && i < 5; ++i) {
    const Assumption& assumption = trace.assumptions[i];
    out += fmt::format("assuming {} == {} ({})\n", printable(dims.print(assumption.left)),
                       printable(dims.print(assumption.right)), place_text(sources, assumption.where));
  }
  return out;
}

}  // namespace shapelint::prompt
