#include "lib/lint/analysis.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/lint/fixes.h"
#include "lib/lint/rule.h"
#include "lib/lint/steps.h"
#include "lib/lint/unseen.h"
#include "lib/lint/witness.h"
#include "lib/oracle/dropped_batch.h"
#include "lib/oracle/runs.h"
#include "lib/trace/inherited.h"
#include "lib/trace/public_names.h"

namespace shapelint {
namespace {

// What rests on a guess about shapes is silent: a finding that is not there for other shapes that the code runs with as
// well says more about the guess than about the code.
class Alternatives {
 public:
  Alternatives(Session& session, const Target& target, const AnalysisOptions& options, const World& world)
      : session_(session), target_(target), plain_(options), world_(world) {
    plain_.witness = false;
  }

  /// Is whatever may be found refuted already? Then no numbers are needed to find it.
  bool refute_all() {
    while (!all_refuted_ && seen_.size() < world_.alternatives.size()) see_next();
    return all_refuted_;
  }

  void drop_refuted(std::vector<Finding>& findings) {
    for (std::size_t i = 0; i < world_.alternatives.size() && !findings.empty(); ++i) {
      if (i == seen_.size()) see_next();
      if (!seen_[i]) continue;
      std::erase_if(findings, [&](const Finding& f) { return !holds(*seen_[i], f); });
    }
  }

 private:
  /// Nothing where the code does not run with the shapes.
  using Findings = std::optional<std::vector<Finding>>;

  static bool holds(const std::vector<Finding>& findings, const Finding& finding) {
    return std::ranges::any_of(findings,
                               [&](const Finding& f) { return f.rule == finding.rule && f.span == finding.span; });
  }

  void see_next() {
    seen_.push_back(findings_in(world_.alternatives[seen_.size()]));
    const Findings& last = seen_.back();
    if (!last) return;
    if (!common_) common_ = *last;
    else std::erase_if(*common_, [&](const Finding& f) { return !holds(*last, f); });
    all_refuted_ = common_->empty();
  }

  Findings findings_in(const TraceInput& input);

  Session& session_;
  const Target& target_;
  AnalysisOptions plain_;
  const World& world_;
  std::vector<Findings> seen_;  ///< of the first alternatives
  Findings common_;             ///< what all of those found with which the code runs
  bool all_refuted_ = false;
};

// The evaluation of one path, made when the first rule asks for it.
class LazyEvaluation {
 public:
  LazyEvaluation(Session& session, const Target& target, const World& world, const AnalysisOptions& options,
                 const Trace& trace, Alternatives& alternatives)
      : session_(session),
        target_(target),
        world_(world),
        options_(options),
        trace_(trace),
        alternatives_(alternatives) {}

  /// Null where there is none, and where nothing that it could show would be a finding.
  const Evaluation* get() {
    if (!options_.witness || alternatives_.refute_all()) return nullptr;
    if (!tried_) {
      tried_ = true;
      EvaluationOptions first = how();
      first.both_sides = true;
      made_ = evaluate(session_.tracer(), target_, world_, first);
      // Equal totals may be chance: before they are called the same, other numbers are asked.
      for (std::uint64_t seed = 2; seed <= kSeeds && first.data.empty() && has_equal_totals(*made_); ++seed) {
        first.draw.seed = seed;
        Evaluation other = evaluate(session_.tracer(), target_, world_, first);
        if (other.totals && !has_equal_totals(other)) made_ = std::move(other);
      }
    }
    return made_ ? &*made_ : nullptr;
  }

  /// What dropping the axis of a batch of one sample changes; nothing where the batch itself does not run.
  std::optional<std::pair<double, double>> dropped_batch() {
    if (!options_.witness || alternatives_.refute_all()) return std::nullopt;
    if (!dropped_) {
      const auto batch_run = [&] { return ran() ? &get()->batch : nullptr; };
      dropped_ = shapelint::dropped_batch(session_.tracer(), target_, world_, how(), batch_run);
    }
    return *dropped_ && ran() ? *dropped_ : std::nullopt;
  }

 private:
  static constexpr std::uint64_t kSeeds = 3;
  static bool has_equal_totals(const Evaluation& e) {
    return e.totals && e.verdict != Verdict::coupled && nearly_equal(e.totals->mean_wrote, e.totals->mean_per_sample);
  }
  EvaluationOptions how() const {
    EvaluationOptions out;
    out.data = options_.data;
    out.sizes = world_options(options_, target_).sizes;
    out.conditions = trace_.conditions;
    out.assumptions = trace_.assumptions;
    return out;
  }
  bool ran() {
    const Evaluation* whole = get();
    return whole != nullptr && ran_through(whole->batch);
  }

  Session& session_;
  const Target& target_;
  const World& world_;
  const AnalysisOptions& options_;
  const Trace& trace_;
  Alternatives& alternatives_;
  bool tried_ = false;
  std::optional<Evaluation> made_;
  std::optional<std::optional<std::pair<double, double>>> dropped_;
};

// A variable is among them only where its comment was needed.
std::vector<ParameterShape> parameter_shapes(const World& world, const std::vector<const Trace*>& traces,
                                             const DimTable& dims) {
  std::vector<ParameterShape> out;
  const auto is_used = [&](const WorldParameter& p) {
    return !p.is_local() || std::ranges::any_of(traces, [&](const Trace* trace) {
      return std::ranges::any_of(
          trace->steps, [&](const Step& step) { return step.kind == StepKind::parameter && step.parameter == p.name; });
    });
  };
  for (const WorldParameter& p : world.parameters) {
    if (!is_used(p)) continue;
    ParameterShape shown{.name = p.name, .shape = "?", .from = p.from, .dtype = p.dtype};
    if (p.shape) {
      shown.shape = spell(*p.shape, dims);
    } else if (!p.shapes.empty()) {
      shown.shape = "[";
      for (std::size_t i = 0; i < p.shapes.size(); ++i) shown.shape += (i > 0 ? ", " : "") + spell(p.shapes[i], dims);
      shown.shape += "]";
    }
    out.push_back(std::move(shown));
  }
  for (const World::Object& object : world.objects)
    out.push_back({.name = object.name, .shape = "?", .from = object.from, .made = object.made});
  return out;
}

std::string rule_url(std::string_view rule) { return fmt::format("docs/rules/{}.md", rule); }

// Inside a helper: where it was called from.
void add_callers(const Target& target, const Trace& trace, FrameId at, Finding& f) {
  const auto is_target = [&](const Frame& frame) {
    return frame.module == target.module->program.get() && frame.function_id == target.function;
  };
  while (trace.frame(at).is_framework) at = trace.frame(at).parent;
  for (int hops = 0; hops < 8 && at != trace.root && at.index != 0 && !is_target(trace.frame(at)); ++hops) {
    f.related.push_back({fmt::format("`{}` is called here", trace.frame(at).function), trace.frame(at).call});
    at = trace.frame(at).parent;
  }
}

// One report becomes a finding with its proof.
Finding make_finding(Session& session, const Target& target, const AnalysisOptions& options, const World& world,
                     const Trace& trace, const Rule& rule, const Report& report, LazyEvaluation& evaluation) {
  Finding f;
  f.rule = std::string(rule.id);
  f.message = report.message;
  f.span = report.span ? *report.span : trace.user_span(trace.step(report.step));
  f.function = target.qualname;
  f.shapes = parameter_shapes(world, {&trace}, session.dims());
  f.url = rule_url(rule.id);
  if (report.step.valid()) {
    const Step& step = trace.step(report.step);
    if (const Frame& inner = trace.frame(step.frame); inner.is_framework) {
      const bool reduces = step.op != nullptr && step.op->role == OpRole::reduction;
      f.related.push_back(
          {fmt::format("the {} inside `{}`", reduces ? "reduction" : "operation", public_function(trace, step.frame)),
           step.span});
    }
    add_callers(target, trace, step.frame, f);
  } else if (report.frame) {
    add_callers(target, trace, *report.frame, f);
  }
  f.related.insert(f.related.end(), report.related.begin(), report.related.end());
  const Evaluation* proof = evaluation.get();
  f.severity = severity_of(trace, report, proof, world, session.dims());
  if (const auto stated = options.configured.severities.find(f.rule); stated != options.configured.severities.end())
    f.severity = stated->second;
  if (proof != nullptr) {
    f.witness = make_witness(trace, report, *proof, world, session.dims());
    f.notes = consequences(trace, report, proof, world, session.dims());
  }
  return f;
}

// What else is stated may switch off what the parameter does: where it has a value of its own, it keeps that.
void keep_own_values(std::map<std::string, std::string>& stated, const ast::Function& function) {
  for (const ast::Param& param : function.params)
    if (param.fallback.valid()) stated.erase(param.name);
}

// The paths of a target with another value of one parameter. A constructor's parameter counts when the instance is
// called, where the target is what this runs: a framework may apply it there (`keras.losses.Loss.__call__`).
std::vector<Trace> paths_with(Session& session, const Target& target, const AnalysisOptions& options,
                              const std::string& parameter, const std::string& value, bool of_init) {
  Target called = target;
  if (of_init && called.class_id && called.function && is_call_method(target.ast()->name)) {
    called.function.reset();
    called.qualname = called.qualname.substr(0, called.qualname.rfind('.'));
  }
  WorldOptions world_options = options.world;
  const ast::Module& program = *target.module->program;
  if (target.function) keep_own_values(world_options.args, *target.ast());
  if (target.class_id) {
    if (const auto init = ast::own_method(program, program.class_of(*target.class_id), "__init__"))
      keep_own_values(world_options.init, program.function(*init));
  }
  (of_init ? world_options.init : world_options.args)[parameter] = value;
  world_options.data = options.data;
  auto world = build_world(session.tracer(), called, world_options);
  if (!world) return {};
  Paths paths = session.tracer().run(called, world->input);
  return paths.cut ? std::vector<Trace>{} : std::move(paths.traces);
}

// What one path gives: a finding on a value that rests on a flagged step belongs to that one.
void findings_of_path(Session& session, const Target& target, const AnalysisOptions& options, const World& world,
                      const Trace& trace, Alternatives& alternatives, std::vector<Finding>& findings) {
  LazyEvaluation evaluation(session, target, world, options, trace, alternatives);
  const RuleServices services{
      .has_numbers = options.witness,
      .evaluation = [&] { return evaluation.get(); },
      .dropped_batch = [&] { return evaluation.dropped_batch(); },
      .rerun = [&](const std::string& parameter, const std::string& value,
                   bool of_init) { return paths_with(session, target, options, parameter, value, of_init); },
      .contrast = [&](std::vector<Alteration> alterations) -> std::optional<Contrast> {
        const Evaluation* proof = evaluation.get();
        return proof != nullptr ? contrast(session.tracer(), target, *proof, std::move(alterations)) : std::nullopt;
      }};
  struct Suspect {
    const Rule* rule;
    Report report;
  };
  std::vector<Suspect> suspects;
  for (const Rule* rule : options.rules) {
    if (rule->check == nullptr || !options.enabled.contains(rule->id)) continue;
    RuleContext context(target, trace, session.dims(), session.sources(), world, services);
    rule->check(context);
    for (Report& report : context.reports) suspects.push_back({rule, std::move(report)});
  }
  // Of two about one step, advice comes last: it is a place of the other then.
  const auto order = [&](const Suspect& s) {
    return std::pair(s.report.step.valid() ? s.report.step.index : static_cast<std::uint32_t>(trace.steps.size()),
                     s.report.severity == Severity::advice);
  };
  std::ranges::stable_sort(suspects, {}, order);
  // Where the code itself asks for other ranks than were guessed, nothing that is seen with them is a finding.
  const bool guessed = !world.stated && !options.pedantic;
  // Nor where it runs only because the batch was taken to be as large as something else.
  const bool is_chance = guessed && equates_batch(session.dims(), world, trace);
  const bool refuted =
      guessed && ((world.by_chance && is_chance) || std::ranges::any_of(trace.conflicts, asks_for_axes));
  const auto fails_in_numbers = [&] {
    const Evaluation* proof = evaluation.get();
    return proof != nullptr && !proof->batch.conflicts.empty();
  };
  std::vector<std::pair<TensorId, std::size_t>> flagged;  // what a finding of this path made, and which finding it is
  for (const Suspect& suspect : suspects) {
    // A guess about ranks may be what is wrong.
    if (guessed && (suspect.rule->id == "shape-mismatch" || refuted || fails_in_numbers())) continue;
    // (B, N) and (B,) are pairs only if N is B, and N is a convention.
    if (is_chance && suspect.rule->id == "outer-broadcast") continue;
    Finding finding = make_finding(session, target, options, world, trace, *suspect.rule, suspect.report, evaluation);
    std::optional<std::size_t> cause;
    if (suspect.report.step.valid()) {
      const TensorId made = trace.step(suspect.report.step).result;
      const std::vector<bool> behind = flagged.empty() ? std::vector<bool>() : ancestors_of(trace, made);
      const auto first = std::ranges::find_if(flagged, [&](const auto& one) { return behind[one.first.index]; });
      if (first != flagged.end()) cause = first->second;
    }
    const auto same = std::ranges::find_if(
        findings, [&](const Finding& f) { return f.rule == finding.rule && f.span == finding.span; });
    if (cause) {
      Finding& first = findings[*cause];
      if (finding.span != first.span &&
          std::ranges::none_of(first.related, [&](const Related& r) { return r.span == finding.span; })) {
        const bool advice = finding.severity == Severity::advice;
        first.related.push_back(
            {advice ? "the batch is averaged here as well" : "the samples are mixed here", finding.span});
      }
      flagged.emplace_back(trace.step(suspect.report.step).result, *cause);
      continue;
    }
    std::size_t index = 0;
    if (same != findings.end()) {
      index = static_cast<std::size_t>(same - findings.begin());
    } else {
      // Each is tried on the whole text: in a function with hundreds of findings the first ones get one.
      constexpr std::size_t kMostFixes = 32;
      const bool tries_fixes = findings.size() < kMostFixes && evaluation.get() != nullptr;
      if (suspect.rule->id == "batch-collapse" && tries_fixes) {
        if (auto fix = keep_axis_fix(trace, suspect.report, *target.module, session.sources())) {
          if (verify_fix(session, target, options, finding, findings, *evaluation.get(), *fix))
            finding.fix = std::move(fix);
        }
      } else if (suspect.report.fix && tries_fixes) {
        Fix fix = *suspect.report.fix;
        if (verify_fix(session, target, options, finding, findings, *evaluation.get(), fix,
                       suspect.report.fix_changes_samples))
          finding.fix = std::move(fix);
      }
      index = findings.size();
      findings.push_back(std::move(finding));
    }
    // What is only advice is no cause of anything.
    if (suspect.report.step.valid() && suspect.report.severity != Severity::advice)
      flagged.emplace_back(trace.step(suspect.report.step).result, index);
  }
}

Alternatives::Findings Alternatives::findings_in(const TraceInput& input) {
  constexpr std::uint64_t kSteps = 20'000;
  World other = world_;
  other.input = input;
  other.input.budget.steps = std::min(input.budget.steps, kSteps);
  other.alternatives.clear();
  const Paths paths = session_.tracer().run(target_, other.input);
  // What runs with one number only, or where several sizes are as large as the batch, refutes nothing that runs with
  // any.
  const auto is_chance = [&](const Trace& trace) {
    return chance_in(session_.dims(), other, trace) == Chance::numbers ||
           (trace.assumptions.size() > 1 && equates_batch(session_.dims(), other, trace));
  };
  const auto runs = [&](const Trace& trace) {
    return runs_clean(trace) && trace.end == PathEnd::returned && (world_.by_chance || !is_chance(trace));
  };
  if (!std::ranges::any_of(paths.traces, runs)) return std::nullopt;
  std::vector<Finding> found;
  Alternatives none(session_, target_, plain_, other);
  for (const Trace& trace : paths.traces) {
    if (runs(trace)) findings_of_path(session_, target_, plain_, other, trace, none, found);
  }
  return found;
}

// What fails on one side of a condition may be what the other side is for (`if version < 2: ...`), unless the
// condition is about data, which may be any.
void drop_one_sided_failures(const Paths& paths, std::vector<Finding>& findings) {
  const auto fails = [](const Trace& trace, const Finding& finding) {
    return std::ranges::any_of(trace.conflicts,
                               [&](const Conflict& c) { return trace.user_span(c.span, c.frame) == finding.span; });
  };
  const auto is_about_data = [](const Trace& trace, const PathCondition& condition) {
    return std::ranges::any_of(trace.exprs, [&](const ExprEvent& event) { return event.span == condition.span; });
  };
  std::erase_if(findings, [&](const Finding& finding) {
    if (finding.rule != "shape-mismatch") return false;
    const auto goes_well = [&](const Trace& trace) { return trace.end == PathEnd::returned && !fails(trace, finding); };
    const auto rests_on_test = [&](const Trace& trace) {
      return fails(trace, finding) &&
             std::ranges::any_of(trace.conditions, [&](const auto& one) { return !is_about_data(trace, one); });
    };
    return std::ranges::any_of(paths.traces, goes_well) && std::ranges::any_of(paths.traces, rests_on_test);
  });
}

// A helper that is run on values which are not known is not seen there.
void note_calculated(const Target& target, const Trace& trace, LossReport& out) {
  for (const Step& step : trace.steps) {
    if (step.kind != StepKind::op || step.operands.empty()) continue;
    const auto& shape = trace.tensor(step.result).shape;
    if (!shape || std::ranges::all_of(step.operands, [&](TensorId id) {
          return !trace.tensor(id).shape || trace.tensor(id).shape->empty();
        }))
      continue;
    FrameId at = step.frame;
    while (trace.frame(at).is_framework) at = trace.frame(at).parent;
    const Frame& frame = trace.frame(at);
    if (frame.module == target.module->program.get() && frame.function_id.valid())
      out.calculated.insert(frame.function_id.index);
  }
}

}  // namespace

Session::Session(SourceProvider* provider, std::shared_ptr<const FrameworkStore> frameworks)
    : library_(sources_, provider, std::move(frameworks)) {}

LossReport check_target(Session& session, const Target& target, const AnalysisOptions& options, std::string reason) {
  LossReport out;
  out.target = target;
  out.reason = std::move(reason);
  auto world = build_world(session.tracer(), target, world_options(options, target));
  if (!world) {
    out.error = world.error().message;
    return out;
  }
  out.convention = world->convention;
  const Paths paths = session.tracer().run(target, world->input);
  std::vector<const Trace*> all;
  for (const Trace& trace : paths.traces) all.push_back(&trace);
  out.shapes = parameter_shapes(*world, all, session.dims());
  out.paths = paths.traces.size();
  out.complete = !paths.cut;
  Alternatives alternatives(session, target, options, *world);
  for (const Trace& trace : paths.traces) {
    findings_of_path(session, target, options, *world, trace, alternatives, out.findings);
    for (const UnknownEvent& event : trace.unknowns) {
      if (std::ranges::none_of(
              out.unknown, [&](const UnknownPlace& u) { return u.span == event.span && u.reason == event.reason; })) {
        out.unknown.push_back({event.span, event.reason});
      }
    }
    out.complete = out.complete && trace.end != PathEnd::exhausted;
    const auto tracked = [&](const Step& step) {
      return step.kind == StepKind::op && trace.tensor(step.result).shape.has_value();
    };
    if (std::any_of(trace.steps.begin() + trace.first_step.index, trace.steps.end(), tracked))
      out.tracked = Tracked::partly;
    note_calculated(target, trace, out);
  }
  alternatives.drop_refuted(out.findings);
  if (!options.pedantic) drop_one_sided_failures(paths, out.findings);
  note_unseen(session.sources(), *world, paths, out);
  if (out.complete && out.unknown.empty() && !paths.traces.empty()) out.tracked = Tracked::fully;
  return out;
}

std::vector<LossReport> check_module(Session& session, const LoadedModule& module, const AnalysisOptions& options) {
  std::vector<LossReport> out;
  std::vector<std::pair<std::string, Span>> seen;
  std::set<std::uint32_t> calculated;
  std::vector<LossTarget> losses = find_losses(session.library(), session.dims(), module);
  // A helper is looked at alone when no run of another loss came to it with shapes.
  std::ranges::stable_partition(losses, [](const LossTarget& loss) { return !loss.is_helper; });
  for (const LossTarget& loss : losses) {
    if (loss.is_helper && calculated.contains(loss.target.function->index)) continue;
    LossReport report = check_target(session, loss.target, options, loss.reason);
    calculated.merge(report.calculated);
    // One bug in a shared helper is one finding, whichever loss came there first.
    std::erase_if(report.findings, [&](const Finding& f) {
      const std::pair key{f.rule, f.span};
      if (std::ranges::find(seen, key) != seen.end()) return true;
      seen.push_back(key);
      return false;
    });
    out.push_back(std::move(report));
  }
  return out;
}

FileReport check_file(Session& session, const LoadedModule& module, const AnalysisOptions& options) {
  FileReport out;
  out.losses = check_module(session, module, options);
  std::vector<Finding> found;
  for (LossReport& loss : out.losses) {
    std::ranges::move(loss.findings, std::back_inserter(found));
    loss.findings.clear();
  }
  const bool judge_comments = options.enabled.contains("unused-suppression");
  std::vector<UnusedSuppression> unused;
  apply_suppressions(session.sources(), module, found, judge_comments ? &unused : nullptr);
  for (const UnusedSuppression& one : unused) {
    // A rule that was not run could not be suppressed.
    const bool known = std::ranges::any_of(options.rules, [&](const Rule* rule) { return rule->id == one.rule; });
    if (known && !options.enabled.contains(one.rule)) continue;
    Finding f;
    f.rule = "unused-suppression";
    f.severity = Severity::warning;
    f.message = known ? fmt::format("`{}` is suppressed here, but nothing of it was found; remove it from the comment",
                                    one.rule)
                      : fmt::format("`{}` is no rule; see `shapelint rule --all`", one.rule);
    f.span = one.span;
    f.url = rule_url(f.rule);
    found.push_back(std::move(f));
  }
  // A `.loss` file that does not parse is wrong. In Python that is another tool's business.
  if (module.program != nullptr && module.dialect == Dialect::loss) {
    for (const ast::Issue& issue : module.program->issues) {
      if (!issue.is_error) continue;
      Finding f;
      f.rule = "invalid-syntax";
      f.severity = Severity::error;
      f.message = issue.message;
      f.span = issue.span;
      out.findings.push_back(std::move(f));
    }
  }
  std::ranges::move(found, std::back_inserter(out.findings));
  std::ranges::stable_sort(out.findings, {}, [](const Finding& f) { return std::pair(f.span.begin, f.span.end); });
  return out;
}

}  // namespace shapelint
