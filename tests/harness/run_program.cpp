#include "tests/harness/run_program.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/rule.h"
#include "rules/rules.h"

namespace shapelint::test {

ProgramRun::ProgramRun(const Program& program) : program_(program) {
  const SourceId id = session.sources().add(program.file, program.text);
  module_ = session.library().add("user", id, program.dialect);
}

bool ProgramRun::parsed(std::vector<std::string>& failures) const {
  bool fine = true;
  for (const ast::Issue& issue : module_->program->issues) {
    if (!issue.is_error) continue;
    fine = false;
    failures.push_back(fmt::format("{}: {}", program_.at(range(issue.span).start.line), issue.message));
  }
  return fine;
}

AnalysisOptions ProgramRun::options() const {
  AnalysisOptions out;
  out.rules = all_rules();
  for (const Rule* rule : all_rules()) out.enabled.insert(std::string(rule->id));
  out.world.shapes = program_.shapes;
  out.world.versions = program_.versions;
  return out;
}

void ProgramRun::analyse() {
  const AnalysisOptions how = options();
  FileReport file = check_file(session, *module_, how);
  findings = std::move(file.findings);
  for (LossReport& report : file.losses) {
    Loss loss;
    loss.all_findings = check_target(session, report.target, how).findings;
    if (auto world = build_world(session.tracer(), report.target, how.world)) loss.world = std::move(*world);
    if (loss.world) loss.traces = session.tracer().run(report.target, loss.world->input).traces;
    loss.report = std::move(report);
    losses.push_back(std::move(loss));
  }
}

std::optional<AnalysisOptions> ProgramRun::options_with(const Loss& loss, std::size_t input) const {
  AnalysisOptions out = options();
  const Input& given = program_.inputs[input];
  std::string json;
  for (const auto& [name, text] : given.data) {
    const auto is_name = [&name = name](const ParameterShape& p) { return p.name == name; };
    if (std::ranges::none_of(loss.report.shapes, is_name)) return std::nullopt;
    json += fmt::format("{}\"{}\": {}", json.empty() ? "" : ", ", name, text);
  }
  const auto data = data_from_json("{" + json + "}");
  if (!data) return std::nullopt;
  out.data = *data;
  for (auto& [name, array] : out.data) {
    const auto p = std::ranges::find(loss.report.shapes, name, &ParameterShape::name);
    if (array->dtype != p->dtype) array = std::make_shared<const Array>(convert(*array, p->dtype));
  }
  out.world.sizes = given.sizes;
  return out;
}

const Evaluation* ProgramRun::evaluation(const Loss& loss, std::optional<std::size_t> input) {
  if (!input) return nullptr;
  auto& known = evaluations_[{&loss, *input}];
  if (known != nullptr) return known.get();
  const auto how = options_with(loss, *input);
  if (!how) return nullptr;
  WorldOptions world_options = how->world;
  world_options.data = how->data;
  const auto world = build_world(session.tracer(), loss.report.target, world_options);
  if (!world) {
    known = std::make_unique<Evaluation>();
    known->reason = world.error().message;
    return known.get();
  }
  EvaluationOptions evaluation;
  evaluation.data = how->data;
  evaluation.sizes = how->world.sizes;
  known = std::make_unique<Evaluation>(evaluate(session.tracer(), loss.report.target, *world, evaluation));
  return known.get();
}

int ProgramRun::fits(const Span& span, const Claim& claim) const {
  if (!is_own(span)) return 0;
  const ast::Module& program = *module_->program;
  const std::uint32_t line = range(span).start.line;
  const std::string text = squeezed(session.sources().text(span));
  const std::string wanted = squeezed(claim.name);
  for (const ast::Stmt& stmt : program.stmts) {
    if (!stmt.span.contains(span)) continue;
    const bool here = range(stmt.span).start.line == claim.line || range(stmt.span).end.line == claim.line;
    if (const auto* ret = std::get_if<ast::Return>(&stmt.node)) {
      if (claim.name == "return" && ret->value.valid() && program.expr(ret->value).span == span &&
          (here || claim.alone))
        return here ? 5 : 2;
    }
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || !assign->value.valid() || program.expr(assign->value).span != span) continue;
    for (const ast::ExprId target : assign->targets) {
      if (squeezed(session.sources().text(program.expr(target).span)) == wanted && (here || claim.alone))
        return here ? 5 : 3;
    }
  }
  if (text != wanted) return 0;
  if (line == claim.line) return 4;
  return line > claim.line || claim.alone ? 1 : 0;
}

std::vector<const ExprEvent*> ProgramRun::events(const Trace& trace, const Claim& claim) const {
  std::vector<const ExprEvent*> out;
  int best = 1;
  for (const ExprEvent& event : trace.exprs) {
    const int fit = fits(event.span, claim);
    if (fit > best) {
      best = fit;
      out.clear();
    }
    if (fit == best) out.push_back(&event);
  }
  // Of later uses the first one counts: the variable may be assigned again.
  if (best == 1 && out.size() > 1) out.resize(1);
  return out;
}

const ExprVerdict* ProgramRun::expression(const Evaluation& evaluation, const Claim& claim) const {
  const ExprVerdict* found = nullptr;
  int best = 0;
  for (const ExprVerdict& v : evaluation.exprs) {
    const int fit = fits(v.span, claim);
    if (fit <= best) continue;
    best = fit;
    found = &v;
  }
  return found;
}

}  // namespace shapelint::test
