// The text of a hover: the shape of the smallest expression at a place, where each of its dims comes from, and where
// the batch axis was lost. It traces the losses of the module again, one after the other, until one runs the
// expression.
#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/lsp/analyzer.h"
#include "lib/report/layout.h"

namespace shapelint::lsp {
namespace {

constexpr std::size_t kMaxTargets = 40;  // traced for one hover
constexpr std::size_t kMaxOtherShapes = 3;
constexpr std::uint64_t kMaxSteps = 60'000;

bool holds(const Span& span, SourceId source, std::uint32_t offset) {
  return span.source == source && span.begin <= offset && offset < span.end;
}

std::string_view source_text(ShapeSource from) {
  switch (from) {
    case ShapeSource::command_line: return "the command line";
    case ShapeSource::config: return "the configuration";
    case ShapeSource::annotation: return "its annotation";
    case ShapeSource::assertion: return "an assertion";
    case ShapeSource::docstring: return "the docstring";
    case ShapeSource::comment: return "a comment";
    case ShapeSource::convention: return "the framework's convention";
    case ShapeSource::inferred: return "how the code indexes it";
  }
  return "";
}

// A name that is assigned or declared here stands for the value it gets.
struct Declared {
  std::optional<Span> value;             ///< of an assignment
  std::optional<std::string> parameter;  ///< of a function around the place
  Span span;
};

std::optional<Declared> declared_at(const ast::Module& program, std::uint32_t offset) {
  const auto name_at = [&](ast::ExprId id, const Span& value) -> std::optional<Declared> {
    if (!id.valid()) return std::nullopt;
    const ast::Expr& target = program.expr(id);
    if (!std::holds_alternative<ast::Name>(target.node) || !holds(target.span, program.source, offset))
      return std::nullopt;
    return Declared{.value = value, .parameter = {}, .span = target.span};
  };
  for (const ast::Stmt& stmt : program.stmts) {
    if (!holds(stmt.span, program.source, offset)) continue;
    if (const auto* assign = std::get_if<ast::Assign>(&stmt.node)) {
      for (const ast::ExprId target : assign->targets)
        if (auto found = name_at(target, program.expr(assign->value).span)) return found;
    } else if (const auto* annotated = std::get_if<ast::AnnotatedAssign>(&stmt.node);
               annotated != nullptr && annotated->value.valid()) {
      if (auto found = name_at(annotated->target, program.expr(annotated->value).span)) return found;
    } else if (const auto* augmented = std::get_if<ast::AugmentedAssign>(&stmt.node)) {
      if (auto found = name_at(augmented->target, stmt.span)) return found;
    }
  }
  for (const ast::Function& function : program.functions)
    for (const ast::Param& param : function.params)
      if (holds(param.name_span, program.source, offset))
        return Declared{.value = {}, .parameter = param.name, .span = param.name_span};
  return std::nullopt;
}

class Writer {
 public:
  Writer(Session& session, const World& world, const Trace& trace, bool markdown)
      : sources_(session.sources()), dims_(session.dims()), world_(world), trace_(trace), markdown_(markdown) {}

  std::string write(const Span& span, TensorId id, const std::vector<std::string>& others) const {
    const Tensor& tensor = trace_.tensor(id);
    std::string text = printable(sources_.text(span));
    if (text.size() > 60) text = cut(text, 57) + "...";
    const std::string head = fmt::format("{}: {} {}", text, shape_of(id), name(tensor.dtype));
    // In a code block nothing of the user's text means anything to Markdown, but a fence would end it.
    const bool has_fence = head.find("```") != std::string::npos;
    std::string out = markdown_ && !has_fence ? fmt::format("```python\n{}\n```\n", head) : head + "\n";
    std::vector<std::string> lines;
    for (const std::string& other : others) lines.push_back(fmt::format("on another path: {}", other));
    if (!tensor.shape && !tensor.unknown_reason.empty())
      lines.push_back("not known: " + printable(tensor.unknown_reason));
    if (tensor.shape) add_dims(*tensor.shape, lines);
    add_operation(id, lines);
    add_loss_of_batch(id, lines);
    if (const Step* step = step_of(id))
      for (const Assumption& assumption : step->assumed)
        lines.push_back(
            fmt::format("assuming {} == {}", code(dims_.print(assumption.left)), code(dims_.print(assumption.right))));
    if (!lines.empty()) out += "\n";
    for (const std::string& line : lines) out += "- " + line + "\n";
    return out;
  }

  std::string shape_of(TensorId id) const {
    const Tensor& tensor = trace_.tensor(id);
    return tensor.shape ? show(*tensor.shape, dims_) : "(?)";
  }

 private:
  static std::string cut(const std::string& text, std::size_t bytes) {
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return text.substr(0, bytes);
  }
  std::string code(std::string_view text) const {
    return markdown_ && text.find('`') == std::string_view::npos ? fmt::format("`{}`", text) : std::string(text);
  }
  const Step* step_of(TensorId id) const {
    const StepId step = trace_.tensor(id).step;
    return step.valid() ? &trace_.step(step) : nullptr;
  }
  bool has_batch(TensorId id) const {
    const auto& shape = trace_.tensor(id).shape;
    return shape && world_.input.batch && !axes_with(*shape, *world_.input.batch, dims_).empty();
  }
  std::string line_of(const Span& span) const {
    const SourceFile& file = sources_.file(span.source);
    const auto line = file.position(span.begin).line;
    return file.is_framework() ? fmt::format("{}:{}", file.name(), line) : file.spell_line(line);
  }

  // The axis of a parameter that brought a symbol in.
  std::string origin(SymbolId symbol) const {
    for (const WorldParameter& parameter : world_.parameters) {
      if (!parameter.shape) continue;
      const auto& shape = *parameter.shape;
      for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        if (dims_.as_symbol(shape[axis]) != symbol) continue;
        return fmt::format("axis {} of {}, by {}", axis, code(parameter.name), source_text(parameter.from));
      }
    }
    for (const WorldParameter& parameter : world_.parameters) {
      if (!parameter.shape) continue;
      for (const Dim dim : *parameter.shape)
        if (dims_.mentions(dim, symbol))
          return fmt::format("in the shape of {}, by {}", code(parameter.name), source_text(parameter.from));
    }
    return "made by the code";
  }

  void add_dims(const Shape& shape, std::vector<std::string>& lines) const {
    std::set<SymbolId> said;
    for (const Dim dim : shape) {
      for (const SymbolId symbol : dims_.symbols(dim)) {
        if (!said.insert(symbol).second) continue;
        const bool is_batch = world_.input.batch == symbol;
        lines.push_back(fmt::format("{}: {}{}", code(dims_.is_anonymous(symbol) ? "?" : dims_.name(symbol)),
                                    is_batch ? "the batch, " : "", origin(symbol)));
      }
    }
    if (world_.input.batch) {
      const auto axes = axes_with(shape, *world_.input.batch, dims_);
      if (axes.size() > 1) lines.push_back("the batch is on several axes: samples are paired with each other");
    }
  }

  void add_operation(TensorId id, std::vector<std::string>& lines) const {
    const Step* made = step_of(id);
    if (made == nullptr) return;
    const Step& step = *made;
    if (step.kind == StepKind::parameter)
      lines.push_back(fmt::format("a parameter of {}", code(trace_.frame(trace_.root).function)));
    if (step.kind == StepKind::unknown) lines.push_back("made by something that is not understood");
    if (step.op == nullptr) return;
    std::string operands;
    for (std::size_t i = 0; i < step.operands.size() && i < 4; ++i)
      operands += (i > 0 ? ", " : "") + shape_of(step.operands[i]);
    std::string line = fmt::format("made by {} of {}", code(step.op->name), operands);
    if (const Frame* entry = trace_.framework_entry(step.frame))
      line += fmt::format(" inside {} ({})", code(entry->function), line_of(step.span));
    lines.push_back(std::move(line));
  }

  // The last step on the way to a tensor that had the batch in its operands and not in its result.
  void add_loss_of_batch(TensorId id, std::vector<std::string>& lines) const {
    if (!trace_.tensor(id).shape || has_batch(id)) return;
    std::set<std::uint32_t> seen;
    std::vector<TensorId> open = {id};
    while (!open.empty() && seen.size() < 2000) {
      const TensorId at = open.back();
      open.pop_back();
      if (!seen.insert(at.index).second || has_batch(at)) continue;
      const Step* made = step_of(at);
      if (made == nullptr) continue;
      const Step& step = *made;
      if (std::ranges::any_of(step.operands, [&](TensorId operand) { return has_batch(operand); })) {
        std::string axes;
        for (const int axis : step.axes) axes += (axes.empty() ? " over axis " : ", ") + std::to_string(axis);
        if (step.all_axes) axes = " over all axes";
        std::string line =
            fmt::format("the batch axis ends here: {}{}", step.op != nullptr ? code(step.op->name) : "a step", axes);
        if (const Frame* entry = trace_.framework_entry(step.frame))
          line += fmt::format(" inside {} ({}), called on {}", code(entry->function), line_of(step.span),
                              line_of(trace_.user_span(step)));
        else line += fmt::format(" on {}", line_of(step.span));
        lines.push_back(std::move(line));
        return;
      }
      open.insert(open.end(), step.operands.begin(), step.operands.end());
    }
  }

  const SourceMap& sources_;
  DimTable& dims_;
  const World& world_;
  const Trace& trace_;
  bool markdown_;
};

// The tensor at a place in one trace: the smallest expression around it, or what a declared name gets.
struct Found {
  Span span;
  TensorId tensor;
};

std::optional<Found> find_in(const Trace& trace, SourceId source, std::uint32_t offset,
                             const std::optional<Declared>& declared, const std::string* parameter) {
  if (parameter != nullptr) {
    for (const Step& step : trace.steps)
      if (step.kind == StepKind::parameter && step.parameter == *parameter) return Found{declared->span, step.result};
    return std::nullopt;
  }
  if (declared && declared->parameter) return std::nullopt;
  std::optional<Found> best;
  for (const ExprEvent& event : trace.exprs) {
    if (declared && declared->value) {
      if (event.span == *declared->value) return Found{declared->span, event.tensor};
      continue;
    }
    if (!holds(event.span, source, offset)) continue;
    if (!best || event.span.end - event.span.begin < best->span.end - best->span.begin)
      best = Found{event.span, event.tensor};
  }
  return best;
}

std::vector<Target> targets_for(const LoadedModule& module, const SourceFile& file, std::uint32_t offset) {
  std::vector<Target> targets;
  for (LossTarget& loss : find_losses(module))
    if (!loss.is_helper) targets.push_back(std::move(loss.target));
  // The loss in which the place stands comes first; a helper is seen with the shapes that its callers give it.
  std::ranges::stable_partition(targets, [&](const Target& target) {
    const ast::Function* function = target.ast();
    return function != nullptr && holds(function->span, module.source, offset);
  });
  if (targets.size() > kMaxTargets) targets.resize(kMaxTargets);
  if (auto around = target_at_line(module, file, file.position(offset).line)) targets.push_back(std::move(*around));
  return targets;
}

}  // namespace

std::optional<HoverText> hover_text(Session& session, const LoadedModule& module, const AnalysisOptions& options,
                                    std::uint32_t offset, bool markdown) {
  const SourceFile& file = session.sources().file(module.source);
  const auto declared = declared_at(*module.program, offset);
  // Nothing to say between functions: no expression of a loss stands there.
  for (const Target& target : targets_for(module, file, offset)) {
    auto world = build_world(session.tracer(), target, world_options(options, target));
    if (!world) continue;
    world->input.budget.steps = std::min(world->input.budget.steps, kMaxSteps);
    // A parameter belongs to the function that declares it.
    const ast::Function* function = target.ast();
    const bool is_own_parameter =
        declared && declared->parameter && function != nullptr && holds(function->span, module.source, offset);
    Tracer& tracer = session.tracer();
    const Paths paths = tracer.run(target, world->input);
    const Trace* first = nullptr;
    std::optional<Found> found;
    std::vector<std::string> others;
    std::string shown;
    for (const Trace& trace : paths.traces) {
      const auto here =
          find_in(trace, module.source, offset, declared, is_own_parameter ? &*declared->parameter : nullptr);
      if (!here) continue;
      const std::string shape = Writer(session, *world, trace, markdown).shape_of(here->tensor);
      if (first == nullptr) {
        first = &trace;
        found = here;
        shown = shape;
      } else if (shape != shown && others.size() < kMaxOtherShapes &&
                 std::ranges::find(others, shape) == others.end()) {
        others.push_back(shape);
      }
    }
    if (first != nullptr)
      return HoverText{found->span,
                       Writer(session, *world, *first, markdown).write(found->span, found->tensor, others)};
  }
  return std::nullopt;
}

}  // namespace shapelint::lsp
