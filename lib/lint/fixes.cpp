#include "lib/lint/fixes.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/trace/inherited.h"

namespace shapelint {
namespace {

// How a slice is written: `a:b`, in C++ `Slice(a, b)` with the qualifiers that the text uses.
struct SliceSpelling {
  bool is_cxx = false;
  std::string name;
  std::string operator()(const std::string& from, const std::string& to) const {
    if (!is_cxx) return from + ":" + to;
    return fmt::format("{}({}{})", name, from, to.empty() ? "" : ", " + to);
  }
};
SliceSpelling spelling_of(const LoadedModule& module, const SourceMap& sources) {
  SliceSpelling out{.is_cxx = module.dialect == Dialect::cxx, .name = "torch::indexing::Slice"};
  const std::string_view text = sources.file(module.source).text();
  if (out.is_cxx && (text.find("using torch::indexing::Slice") != std::string_view::npos ||
                     text.find("using namespace torch::indexing") != std::string_view::npos))
    out.name = "Slice";
  return out;
}

// The subscript at `span` whose last item is a whole number: where that item stands, and what keeps the axis instead.
std::optional<Edit> keep_axis(const ast::Module& program, const Span& span, const SliceSpelling& slice) {
  for (const ast::Expr& expr : program.exprs) {
    if (expr.span != span) continue;
    const auto* sub = std::get_if<ast::Subscript>(&expr.node);
    if (sub == nullptr) continue;
    const auto* items = std::get_if<ast::TupleExpr>(&program.expr(sub->index).node);
    if (items == nullptr || items->items.empty()) return std::nullopt;
    const ast::Expr& last = program.expr(items->items.back());
    if (const auto* number = std::get_if<ast::IntLiteral>(&last.node)) {
      return Edit{last.span, slice(number->value == 0 && !slice.is_cxx ? "" : fmt::format("{}", number->value),
                                   fmt::format("{}", number->value + 1))};
    }
    if (const auto* minus = std::get_if<ast::Unary>(&last.node);
        minus != nullptr && minus->op == ast::UnaryOp::negative) {
      const auto* number = std::get_if<ast::IntLiteral>(&program.expr(minus->operand).node);
      if (number == nullptr) return std::nullopt;
      return Edit{last.span, slice(fmt::format("-{}", number->value),
                                   number->value == 1 ? "" : fmt::format("-{}", number->value - 1))};
    }
    if (const auto* name = std::get_if<ast::Name>(&last.node))
      return Edit{last.span, slice(name->id, name->id + " + 1")};
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Fix> keep_axis_fix(const Trace& trace, const Report& report, const LoadedModule& module,
                                 const SourceMap& sources) {
  if (!report.step.valid() || module.program == nullptr) return std::nullopt;
  Fix fix;
  std::vector<TensorId> todo = trace.step(report.step).operands;
  std::vector<bool> seen(trace.tensors.size(), false);
  while (!todo.empty()) {
    const TensorId at = todo.back();
    todo.pop_back();
    if (seen[at.index]) continue;
    seen[at.index] = true;
    const Step& step = trace.step_of(at);
    if (step.operands.empty()) continue;
    const auto& before = trace.tensor(step.operands[0]).shape;
    const auto& after = trace.tensor(at).shape;
    if (before && after && before->size() > after->size()) {
      if (step.span.source != module.source || sources.is_framework(step.span)) return std::nullopt;
      const auto edit = keep_axis(*module.program, step.span, spelling_of(module, sources));
      if (!edit) return std::nullopt;
      if (std::ranges::none_of(fix.edits, [&](const Edit& e) { return e.span == edit->span; }))
        fix.edits.push_back(*edit);
      continue;
    }
    todo.insert(todo.end(), step.operands.begin(), step.operands.end());
  }
  if (fix.edits.empty()) return std::nullopt;
  std::ranges::sort(fix.edits, {}, [](const Edit& e) { return e.span.begin; });
  fix.title = "keep the axis, so that the reduction runs over it and not over the batch";
  fix.applicability = Applicability::unsafe;  // it changes the numbers; that is the point
  return fix;
}

std::string apply_edits(std::string_view text, const std::vector<Edit>& edits) {
  std::string out;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.span.begin < at) continue;
    out += text.substr(at, edit.span.begin - at);
    out += edit.text;
    at = edit.span.end;
  }
  return out + std::string(text.substr(std::min(at, text.size())));
}

bool verify_fix(Session& session, const Target& target, const AnalysisOptions& options, const Finding& finding,
                const std::vector<Finding>& before, const Evaluation& proof, Fix& fix, bool changes_samples) {
  const SourceFile& file = session.sources().file(target.module->source);
  for (const Edit& edit : fix.edits) {
    if (edit.span.source != target.module->source) return false;
  }
  // A module of its own beside the original, under a name that no import can have.
  const std::string text = apply_edits(file.text(), fix.edits);
  const SourceId id = session.sources().add(file.name(), text);
  const LoadedModule* fixed = session.library().add(fmt::format("{}#fixed{}", target.module->name, id.index), id,
                                                    target.module->dialect, target.module->is_package);
  std::optional<Target> again = find_target(*fixed, target.qualname);
  if (!again) again = find_inherited(session.library(), session.dims(), *fixed, target.qualname);
  if (!again || again->function.has_value() != target.function.has_value()) return false;
  // Lambdas share a name: the one of the same number in the text is meant.
  if (target.function) {
    again->function = target.function;
    again->outer = target.outer;
    again->class_id = target.class_id;
    if (fixed->program->functions.size() != target.module->program->functions.size()) return false;
  }
  AnalysisOptions trial = options;
  trial.witness = false;
  const LossReport report = check_target(session, *again, trial);
  for (const Finding& f : report.findings) {
    if (f.severity == Severity::advice) continue;
    const bool known = f.rule != finding.rule && std::ranges::any_of(before, [&](const Finding& b) {
                         return b.rule == f.rule && b.message == f.message;
                       });
    if (!known) return false;
  }
  auto world = build_world(session.tracer(), *again, world_options(options, *again));
  if (!world) return false;
  EvaluationOptions evaluation;
  evaluation.data = options.data;
  evaluation.sizes = world_options(options, *again).sizes;
  evaluation.draw = proof.draw;
  const Evaluation after = evaluate(session.tracer(), *again, *world, evaluation);
  if (after.verdict == Verdict::coupled || after.verdict == Verdict::unknown || after.per_sample == nullptr ||
      proof.per_sample == nullptr)
    return false;
  if (changes_samples) {
    fix.verified = true;
    return true;
  }
  // One sample alone: a batch of one has the same loss before and after.
  fix.verified = after.per_sample->values.size() == proof.per_sample->values.size() &&
                 std::ranges::equal(after.per_sample->values, proof.per_sample->values, nearly_equal);
  return fix.verified;
}

}  // namespace shapelint
