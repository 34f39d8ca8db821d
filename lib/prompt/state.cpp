#include "lib/prompt/state.h"

#include <algorithm>
#include <map>

namespace shapelint::prompt {
namespace {

// The innermost statement around each expression of a function; an expression of a lambda or a condition belongs to
// the statement in which it stands.
class Statements {
 public:
  Span around(const Frame& frame, const Span& expr) {
    if (frame.module == nullptr) return expr;
    const auto [known, is_new] = known_.try_emplace({expr.source.index, expr.begin, expr.end}, expr);
    if (!is_new) return known->second;
    const std::vector<Span>& all = of(*frame.module);
    // The innermost of those that start last before the expression.
    for (auto at = std::ranges::upper_bound(all, expr.begin, {}, &Span::begin); at != all.begin();) {
      --at;
      if (at->contains(expr)) return known->second = *at;
    }
    return expr;
  }

 private:
  // By their begin, outer before inner. Statements nest, and the walk back above passes siblings only.
  const std::vector<Span>& of(const ast::Module& module) {
    auto [at, is_new] = by_module_.try_emplace(&module);
    if (is_new) {
      for (const ast::Stmt& stmt : module.stmts) at->second.push_back(stmt.span);
      std::ranges::sort(at->second, [](const Span& a, const Span& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
      });
    }
    return at->second;
  }

  std::map<const ast::Module*, std::vector<Span>> by_module_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Span> known_;
};

std::vector<Moment> moments_of(const Trace& trace) {
  Statements statements;
  std::vector<Moment> out;
  for (std::size_t i = 0; i < trace.exprs.size(); ++i) {
    const ExprEvent& event = trace.exprs[i];
    const Span statement = statements.around(trace.frame(event.frame), event.span);
    // The same span again inside of one statement is the next round of a comprehension or of a one-line loop.
    if (!out.empty() && out.back().frame == event.frame && out.back().statement == statement) out.back().last = i + 1;
    else out.push_back({.frame = event.frame, .statement = statement, .first = i, .last = i + 1});
  }
  return out;
}

// A class is called through the framework's `__call__`: what the user asks about is their own function below it.
FrameId home_of(const Trace& trace) {
  for (std::uint32_t i = trace.root.index; i < trace.frames.size(); ++i)
    if (!trace.frames[i].is_framework) return FrameId{i};
  return trace.root;
}

}  // namespace

Result<std::unique_ptr<State>, std::string> make_state(Session& session, const Target& target,
                                                       const AnalysisOptions& options) {
  auto state = std::make_unique<State>();
  state->target = target;
  state->options = options;
  auto world = build_world(session.tracer(), target, world_options(options, target));
  if (!world) return world.error().message;
  state->world = std::move(*world);
  Tracer& tracer = session.tracer();
  Paths paths = tracer.run(target, state->world.input);
  state->paths = paths.traces.size();
  const auto ended = std::ranges::find(paths.traces, PathEnd::returned, &Trace::end);
  auto trace = std::make_shared<Trace>(std::move(ended == paths.traces.end() ? paths.traces.front() : *ended));
  state->home = home_of(*trace);
  state->moments = moments_of(*trace);
  state->at = state->moments.size();
  state->trace = std::move(trace);
  return state;
}

const LossReport& report_of(Session& session, State& state) {
  if (!state.report) {
    state.report = check_target(session, state.target, state.options);
    apply_suppressions(session.sources(), *state.target.module, state.report->findings);
  }
  return *state.report;
}

namespace {

EvaluationOptions evaluation_options(const State& state) {
  EvaluationOptions how;
  how.data = state.options.data;
  how.sizes = world_options(state.options, state.target).sizes;
  how.conditions = state.trace->conditions;
  how.assumptions = state.trace->assumptions;
  return how;
}

Probe probe_at(const State& state) {
  Probe probe;
  const Trace& trace = *state.trace;
  const Frame& home = trace.frame(state.home);
  probe.module = home.module;
  probe.function = home.function_id;
  if (!state.is_at_end()) {
    const std::size_t last = state.moments[state.at].last - 1;
    probe.after = trace.exprs[last].span;
    for (std::size_t i = 0; i < last; ++i)
      if (trace.exprs[i].span == *probe.after) ++probe.occurrence;
  }
  return probe;
}

// The path of the state again, with a probe.
std::shared_ptr<const Trace> run_probe(Session& session, const State& state, const Probe& probe) {
  TraceInput input = state.world.input;
  input.conditions = state.trace->conditions;
  input.budget.forks = 0;
  input.probe = probe;
  Tracer& tracer = session.tracer();
  Paths paths = tracer.run(state.target, input);
  return std::make_shared<const Trace>(std::move(paths.traces.front()));
}

Found found_event(const State& state, std::size_t index, std::string_view text) {
  const Trace& trace = *state.trace;
  const ExprEvent& event = trace.exprs[index];
  Found out{.text = std::string(text), .trace = state.trace, .value = TensorV{event.tensor}};
  out.tensor = event.tensor;
  out.span = event.span;
  out.is_in_source = true;
  for (std::size_t i = 0; i < index; ++i)
    if (trace.exprs[i].span == event.span) ++out.occurrence;
  return out;
}

// The expression as it ran: at a step the last time until then, at the end wherever its shape is another.
std::optional<Found> find_in_source(Session& session, const State& state, std::string_view text) {
  const Trace& trace = *state.trace;
  const std::string wanted = squeezed(text);
  std::optional<Found> best;
  std::vector<Found> others;  // with other shapes
  const std::size_t until = state.is_at_end() ? trace.exprs.size() : state.moments[state.at].last;
  for (std::size_t i = 0; i < until; ++i) {
    const ExprEvent& event = trace.exprs[i];
    if (!(event.frame == state.frame())) continue;
    const std::string_view stands = session.sources().text(event.span);
    if (stands.size() < wanted.size() || squeezed(stands) != wanted) continue;
    if (best && state.is_at_end()) {
      const auto differs = [&](const Found& f) {
        return trace.tensor(*f.tensor).shape != trace.tensor(event.tensor).shape;
      };
      if (differs(*best) && std::ranges::all_of(others, differs)) others.push_back(*best);
    }
    best = found_event(state, i, stands);
  }
  if (best) best->others = std::move(others);
  return best;
}

}  // namespace

const Evaluation& evaluation_of(Session& session, State& state) {
  if (!state.evaluation)
    state.evaluation = evaluate(session.tracer(), state.target, state.world, evaluation_options(state));
  return *state.evaluation;
}

Evaluation evaluate_probe(Session& session, const State& state, const Probe& probe) {
  World world = state.world;
  world.input.probe = probe;
  return evaluate(session.tracer(), state.target, world, evaluation_options(state));
}

Result<Found, std::string> find(Session& session, State& state, std::string_view text) {
  const ast::Module& expression = session.library().expression(std::string(text));
  for (const ast::Issue& issue : expression.issues)
    if (issue.is_error) return "not an expression: " + issue.message;
  if (expression.body.size() != 1) return std::string("not an expression");
  const auto* stmt = std::get_if<ast::ExprStmt>(&expression.stmt(expression.body[0]).node);
  if (stmt == nullptr) return std::string("not an expression");
  // A name is what it is bound to now, whatever it was where it stands in the source.
  if (!is_name(text))
    if (auto found = find_in_source(session, state, text)) return std::move(*found);

  Probe probe = probe_at(state);
  probe.expression = &expression;
  Found out{.text = std::string(text), .trace = run_probe(session, state, probe)};
  out.span = expression.expr(stmt->value).span;
  out.probe = probe;
  if (!out.trace->probed) {
    out.problem = out.trace->end_reason.empty() ? "the place was not reached" : out.trace->end_reason;
    out.value = make_unknown(out.problem);
    return out;
  }
  const std::shared_ptr<const Probed> probed = out.trace->probed;
  out.trace = {probed, &probed->trace};
  out.value = probed->value;
  out.problem = probed->problem;
  if (const auto* tensor = out.value.as<TensorV>()) out.tensor = tensor->id;
  return out;
}

Names names_of(Session& session, const State& state) {
  Names out;
  const std::shared_ptr<const Probed> probed = run_probe(session, state, probe_at(state))->probed;
  if (probed == nullptr) return out;
  out.trace = {probed, &probed->trace};
  for (const auto& [name, value] : probed->names)
    if (!name.starts_with("__")) out.items.emplace_back(name, value);
  return out;
}

}  // namespace shapelint::prompt
