#include "lib/prompt/why.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "lib/report/layout.h"
#include "lib/report/parts.h"

namespace shapelint::prompt {
namespace {

constexpr std::size_t kRows = 24;
constexpr std::size_t kWidth = 60;

std::string from_text(ShapeSource from) {
  switch (from) {
    case ShapeSource::command_line: return "you stated it";
    case ShapeSource::config: return "by the configuration";
    case ShapeSource::annotation: return "by its annotation";
    case ShapeSource::assertion: return "by an assertion";
    case ShapeSource::docstring: return "by the docstring";
    case ShapeSource::comment: return "by a comment";
    case ShapeSource::convention: return "by the framework's convention (batch, d0, ...)";
    case ShapeSource::inferred: return "a guess that the code runs with";
  }
  return "";
}

std::vector<int> axes_of_batch(const DimTable& dims, const State& state, const Trace& trace, TensorId id) {
  const auto& shape = trace.tensor(id).shape;
  if (!shape || !state.world.input.batch) return {};
  return axes_with(*shape, *state.world.input.batch, dims);
}

// What a tensor was made from, and itself.
std::set<std::uint32_t> ancestors_of(const Trace& trace, TensorId id) {
  std::set<std::uint32_t> out;
  std::vector<TensorId> open = {id};
  while (!open.empty()) {
    const TensorId at = open.back();
    open.pop_back();
    if (!out.insert(at.index).second || !trace.tensor(at).step.valid()) continue;
    const Step& step = trace.step_of(at);
    open.insert(open.end(), step.operands.begin(), step.operands.end());
  }
  return out;
}

class Writer {
 public:
  Writer(const Session& session, const DimTable& dims, const State& state, const Found& found, const Style& style)
      : sources_(session.sources()), dims_(dims), state_(state), trace_(*found.trace), found_(found), style_(style) {}

  std::string write() {
    if (found_.tensor) {
      ancestors_ = ancestors_of(trace_, *found_.tensor);
      if (const auto& shape = trace_.tensor(*found_.tensor).shape) write_symbols(*shape);
    } else if (const auto* whole = found_.value.as<IntV>()) {
      write_symbols({whole->dim});
    }
    if (found_.tensor) {
      write_path();
      write_batch();
    }
    write_assumptions();
    return out_.empty() ? "  it does not depend on a shape\n" : out_;
  }

 private:
  void line(std::string_view text) { out_ += fmt::format("  {}\n", text); }

  std::vector<int> batch_axes(TensorId id) const { return axes_of_batch(dims_, state_, trace_, id); }

  // ---- where the symbols come from

  std::string origin(SymbolId symbol) const {
    const WorldParameter* mentions = nullptr;
    for (const WorldParameter& parameter : state_.world.parameters) {
      std::vector<Shape> shapes = parameter.shapes;
      if (parameter.shape) shapes.push_back(*parameter.shape);
      for (const Shape& shape : shapes) {
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
          if (dims_.as_symbol(shape[axis]) == symbol)
            return fmt::format("axis {} of `{}`, {}", axis, printable(parameter.name), stated(parameter));
          if (dims_.mentions(shape[axis], symbol)) mentions = &parameter;
        }
      }
    }
    if (mentions == nullptr) return "made by the code, its size is not known";
    return fmt::format("in the shape of `{}`, {}", printable(mentions->name), stated(*mentions));
  }

  std::string stated(const WorldParameter& parameter) const {
    std::string out = from_text(parameter.from);
    if (parameter.place.end > parameter.place.begin && !sources_.is_framework(parameter.place) &&
        is_stated(parameter.from) && parameter.from != ShapeSource::command_line)
      out += fmt::format(" ({})", place_text(sources_, parameter.place));
    return out;
  }

  void write_symbols(const Shape& shape) {
    std::set<SymbolId> said;
    for (const Dim dim : shape) {
      for (const SymbolId symbol : dims_.symbols(dim)) {
        if (!said.insert(symbol).second) continue;
        const std::string spelled = dims_.is_anonymous(symbol) ? "?" : dims_.name(symbol);
        line(fmt::format("{}: {}{}", style_.bold(printable(spelled)),
                         state_.world.input.batch == symbol ? "the batch; " : "", origin(symbol)));
      }
    }
  }

  // ---- the way of the batch axis

  std::string batch_text(TensorId id) const {
    if (!trace_.tensor(id).shape) return "not known";
    const std::vector<int> axes = batch_axes(id);
    if (axes.empty()) return "-";
    std::string out = axes.size() > 1 ? "axes " : "axis ";
    for (std::size_t i = 0; i < axes.size(); ++i) out += (i > 0 ? " and " : "") + std::to_string(axes[i]);
    return out;
  }

  // The parameters and the user's expressions that the value was made from, in the order of evaluation.
  void write_path() {
    std::vector<std::vector<std::string>> rows = {{"  from", "", "shape", "batch on"}};
    for (const Step& step : trace_.steps) {
      if (step.kind != StepKind::parameter || !ancestors_.contains(step.result.index)) continue;
      rows.push_back(
          {"  parameter", printable(step.parameter), tensor_text(trace_, step.result, dims_), batch_text(step.result)});
    }
    std::set<std::uint32_t> seen;
    for (const ExprEvent& event : trace_.exprs) {
      if (!ancestors_.contains(event.tensor.index) || sources_.is_framework(event.span)) continue;
      const std::string_view text = sources_.text(event.span);
      // A name says again what its value said.
      if (is_name(text) || !seen.insert(event.tensor.index).second) continue;
      rows.push_back({"  " + place_text(sources_, event.span), shortened(text),
                      tensor_text(trace_, event.tensor, dims_), batch_text(event.tensor)});
    }
    if (rows.size() == 1) return;
    if (rows.size() > kRows + 1) {
      // The end of a long way matters more than its beginning.
      const auto first = rows.begin() + 1;
      const std::size_t dropped = rows.size() - 1 - kRows;
      rows.erase(first, first + static_cast<std::ptrdiff_t>(dropped));
      rows.insert(rows.begin() + 1, {fmt::format("  ({} more)", dropped)});
    }
    out_ += table(rows);
  }

  std::string what_made(const Step& step) const {
    std::string out = step.op != nullptr ? fmt::format("`{}`", step.op->name) : "a step that is not understood";
    if (step.all_axes) {
      out += " over all axes";
    } else if (!step.axes.empty()) {
      out += " over axis";
      for (std::size_t i = 0; i < step.axes.size(); ++i) out += fmt::format("{} {}", i > 0 ? "," : "", step.axes[i]);
      if (step.axis && *step.axis < 0) out += fmt::format(" (written {})", *step.axis);
    }
    std::string operands;
    for (std::size_t i = 0; i < step.operands.size() && i < 4; ++i)
      operands += (i > 0 ? ", " : "") + tensor_text(trace_, step.operands[i], dims_);
    if (!operands.empty()) out += " of " + operands;
    return out + " gives " + tensor_text(trace_, step.result, dims_);
  }

  void write_step(const Step& step) {
    std::string text = what_made(step);
    const Frame* entry = trace_.framework_entry(step.frame);
    if (entry != nullptr)
      text += fmt::format("\n  inside `{}` ({})", printable(entry->function), place_text(sources_, step.span));
    const bool is_reduction = step.op != nullptr && step.op->role == OpRole::reduction;
    const bool is_default = step.axis_span && sources_.is_framework(*step.axis_span);
    if (is_reduction && is_default && step.operands.size() == 1 && step.axes.size() == 1 &&
        trace_.tensor(step.operands[0]).shape && trace_.tensor(step.operands[0]).shape->size() == 1)
      text += "\n  the axis is the framework's own choice; its operand has one axis left, and that is the batch";
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      line("  " + std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const Span place = trace_.user_span(step);
    if (sources_.file(place.source).name() != "<expression>")
      out_ += indent(snippet(sources_, place, "", 0, style_, [&](std::string_view s) { return style_.red(s); }), "    ",
                     "    ");
  }

  void write_batch() {
    if (!state_.world.input.batch) return;
    std::vector<const Step*> lost;
    std::vector<const Step*> met;
    for (const Step& step : trace_.steps) {
      if (!step.result.valid() || !ancestors_.contains(step.result.index) || step.kind == StepKind::parameter) continue;
      if (!trace_.tensor(step.result).shape) continue;
      std::size_t most = 0;
      for (const TensorId operand : step.operands) most = std::max(most, batch_axes(operand).size());
      const std::size_t own = batch_axes(step.result).size();
      if (loses_batch(dims_, state_, trace_, step)) lost.push_back(&step);
      if (own > 1 && most <= 1) met.push_back(&step);
    }
    const auto show = [&](const std::vector<const Step*>& steps, std::string_view title) {
      std::set<std::pair<std::uint32_t, std::uint32_t>> said;  // the same line again, in another round
      for (const Step* step : steps) {
        if (!said.insert({step->span.source.index, step->span.begin}).second || said.size() > 4) continue;
        line(style_.red(title));
        write_step(*step);
      }
    };
    show(lost, "the batch axis is lost here:");
    show(met, "the batch axis meets itself here, so that samples are paired with each other:");
    const Tensor& tensor = trace_.tensor(*found_.tensor);
    if (tensor.shape && !lost.empty() && !batch_axes(*found_.tensor).empty())
      line("the batch axis of the result comes from the other operands alone");
    if (!tensor.shape && !tensor.unknown_reason.empty())
      line("the shape is not known: " + printable(tensor.unknown_reason));
  }

  void write_assumptions() {
    if (!found_.tensor) return;
    std::set<std::string> said;
    for (const Step& step : trace_.steps) {
      if (!step.result.valid() || !ancestors_.contains(step.result.index)) continue;
      for (const Assumption& assumption : step.assumed) {
        const std::string text =
            fmt::format("assuming {} == {} ({})", dims_.print(assumption.left), dims_.print(assumption.right),
                        place_text(sources_, trace_.user_span(step)));
        if (said.insert(text).second && said.size() <= 8) line(printable(text));
      }
    }
  }

  const SourceMap& sources_;
  const DimTable& dims_;
  const State& state_;
  const Trace& trace_;
  const Found& found_;
  const Style& style_;
  std::set<std::uint32_t> ancestors_;
  std::string out_;
};

}  // namespace

std::string shortened(std::string_view text) {
  std::string out = printable(text);
  out.erase(std::unique(out.begin(), out.end(), [](char a, char b) { return a == ' ' && b == ' '; }), out.end());
  if (out.size() <= kWidth) return out;
  std::size_t cut = kWidth - 3;
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;
  return out.substr(0, cut) + "...";
}

bool loses_batch(const DimTable& dims, const State& state, const Trace& trace, const Step& step) {
  return step.result.valid() && trace.tensor(step.result).shape &&
         axes_of_batch(dims, state, trace, step.result).empty() && std::ranges::any_of(step.operands, [&](TensorId id) {
           return !axes_of_batch(dims, state, trace, id).empty();
         });
}

bool has_lost_batch(const DimTable& dims, const State& state, const Found& found) {
  if (!found.tensor) return false;
  const Trace& trace = *found.trace;
  if (!trace.tensor(*found.tensor).shape || !axes_of_batch(dims, state, trace, *found.tensor).empty()) return false;
  return std::ranges::any_of(ancestors_of(trace, *found.tensor), [&](std::uint32_t id) {
    return !axes_of_batch(dims, state, trace, TensorId{id}).empty();
  });
}

std::string why_text(const Session& session, const DimTable& dims, const State& state, const Found& found,
                     const Style& style) {
  return Writer(session, dims, state, found, style).write();
}

}  // namespace shapelint::prompt
