// The inner values as JSON, for people who work on shapelint. This form may change at any time.
#include <string>

#include "lib/language/wire.h"
#include "lib/report/json.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

std::string kind_text(StepKind kind) {
  switch (kind) {
    case StepKind::parameter: return "parameter";
    case StepKind::constant: return "constant";
    case StepKind::op: return "op";
    case StepKind::join: return "join";
    case StepKind::unknown: return "unknown";
  }
  return "unknown";
}

// `file:line:column-line:column`.
std::string where(const SourceMap& sources, const Span& span) {
  if (span.end <= span.begin) return "";
  const SourceFile& file = sources.file(span.source);
  const Range range = file.range(span);
  return file.name() + ":" + file.spell(range.start) + "-" + file.spell(range.end);
}

Json tensor_json(const Trace& trace, TensorId id, const DimTable& dims) {
  if (!id.valid() || id.index >= trace.tensors.size()) return nullptr;
  const Tensor& tensor = trace.tensor(id);
  Json out = {{"tensor", id.index}, {"shape", spell(tensor.shape, dims)}, {"dtype", std::string(name(tensor.dtype))}};
  if (tensor.is_number) out["is_number"] = true;
  if (!tensor.unknown_reason.empty()) out["unknown_reason"] = tensor.unknown_reason;
  if (tensor.array != nullptr) out["value"] = array_json(tensor.array);
  return out;
}

Json step_json(const Trace& trace, const Step& step, const SourceMap& sources, const DimTable& dims) {
  Json out = {{"kind", kind_text(step.kind)}};
  if (step.op != nullptr) out["op"] = std::string(step.op->name);
  if (!step.parameter.empty()) out["parameter"] = step.parameter;
  out["operands"] = Json::array();
  for (const TensorId operand : step.operands) out["operands"].push_back(tensor_json(trace, operand, dims));
  out["result"] = tensor_json(trace, step.result, dims);
  if (!step.axes.empty()) out["axes"] = step.axes;
  if (step.all_axes) out["all_axes"] = true;
  if (step.keepdims) out["keepdims"] = true;
  if (step.axis) out["axis"] = *step.axis;
  if (step.axis_span) out["axis_at"] = where(sources, *step.axis_span);
  out["at"] = where(sources, step.span);
  out["frame"] = step.frame.index;
  if (step.maybe) out["maybe"] = true;
  for (const Assumption& assumption : step.assumed)
    out["assumed"].push_back(dims.print(assumption.left) + " == " + dims.print(assumption.right));
  return out;
}

Json trace_json(const Trace& trace, const SourceMap& sources, const DimTable& dims) {
  Json out;
  out["end"] = trace.end == PathEnd::returned ? "returned" : trace.end == PathEnd::raised ? "raised" : "exhausted";
  if (!trace.end_reason.empty()) out["end_reason"] = trace.end_reason;
  out["conditions"] = Json::array();
  for (const PathCondition& condition : trace.conditions)
    out["conditions"].push_back({{"at", where(sources, condition.span)},
                                 {"text", std::string(sources.text(condition.span))},
                                 {"taken", condition.taken}});
  out["assumptions"] = Json::array();
  for (const Assumption& assumption : trace.assumptions)
    out["assumptions"].push_back({{"text", dims.print(assumption.left) + " == " + dims.print(assumption.right)},
                                  {"at", where(sources, assumption.where)},
                                  {"stated", assumption.stated}});
  out["returns"] = Json::array();
  for (const TensorId id : tensors_in(trace.result, trace.heap)) out["returns"].push_back(tensor_json(trace, id, dims));
  out["frames"] = Json::array();
  for (std::size_t i = 0; i < trace.frames.size(); ++i) {
    const Frame& frame = trace.frames[i];
    Json item = {{"frame", i}, {"function", frame.function}, {"parent", frame.parent.index}};
    if (frame.is_framework) item["is_framework"] = true;
    if (i > 0) item["called_at"] = where(sources, frame.call);
    out["frames"].push_back(std::move(item));
  }
  out["root"] = trace.root.index;
  out["first_step"] = trace.first_step.index;
  out["steps"] = Json::array();
  for (const Step& step : trace.steps) out["steps"].push_back(step_json(trace, step, sources, dims));
  out["conflicts"] = Json::array();
  for (const Conflict& conflict : trace.conflicts)
    out["conflicts"].push_back({{"label", conflict.label},
                                {"message", conflict.message},
                                {"at", where(sources, conflict.span)},
                                {"raised", conflict.raised}});
  out["unknowns"] = Json::array();
  for (const UnknownEvent& unknown : trace.unknowns)
    out["unknowns"].push_back({{"at", where(sources, unknown.span)}, {"reason", unknown.reason}});
  return out;
}

}  // namespace

std::string dump_program(const ast::Module& module) { return pretty(to_json(module)) + "\n"; }

std::string dump_trace(const Trace& trace, const SourceMap& sources, const DimTable& dims) {
  return pretty(trace_json(trace, sources, dims)) + "\n";
}

std::string dump_traces(const std::vector<Trace>& traces, const SourceMap& sources, const DimTable& dims) {
  Json out = Json::array();
  for (const Trace& trace : traces) out.push_back(trace_json(trace, sources, dims));
  return pretty(out) + "\n";
}

}  // namespace shapelint
