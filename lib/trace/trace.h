// The trace: the flat list of what happened on one path through a function, in order. Rules and the oracle read traces
// and nothing else; `explain` and `dump` print them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/ops/array.h"
#include "lib/ops/op.h"
#include "lib/shape/facts.h"
#include "lib/shape/shape.h"
#include "lib/support/source.h"
#include "lib/trace/heap.h"
#include "lib/trace/value.h"

namespace shapelint {

struct StepId {
  std::uint32_t index = 0xFFFFFFFFU;
  bool valid() const { return index != 0xFFFFFFFFU; }
  friend auto operator<=>(StepId, StepId) = default;
};
struct FrameId {
  std::uint32_t index = 0;
  friend bool operator==(FrameId, FrameId) = default;
};

/// One tensor: what is known of it and, in an evaluation, its numbers.
struct Tensor {
  std::optional<Shape> shape;  ///< none: unknown rank
  DType dtype = DType::float32;
  bool is_number = false;  ///< a Python number whose value is not known, or that became a rank-0 operand
  StepId step;             ///< what made it
  ArrayPtr array;
  std::string unknown_reason;  ///< why the shape is not known
};

enum class StepKind {
  parameter,  ///< a tensor of the world
  constant,   ///< made from literals
  op,
  join,     ///< the same name in two branches, or an element of a sequence of unknown length
  unknown,  ///< a tensor that came out of something not understood
};

struct Step {
  StepKind kind = StepKind::op;
  const Op* op = nullptr;
  std::vector<TensorId> operands;
  std::vector<Span> operand_spans;  ///< where each operand stands, as far as it stands somewhere
  TensorId result;
  std::vector<int> axes;  ///< reductions and movements: normalised, of the first operand
  bool all_axes = false;  ///< axis=None
  bool keepdims = false;
  std::optional<Span> axis_span;  ///< where the axis was written; in framework source when it is the callee's default
  std::optional<std::int64_t> axis;  ///< as written, when it was one number
  Span span;                         ///< the expression that applied the op, perhaps in a framework definition
  FrameId frame;
  std::vector<Assumption> assumed;
  std::string parameter;  ///< parameters: the dotted name
  bool maybe = false;     ///< on one side of a joined condition only
  /// In one round of a loop over the samples of an evaluation: the same round of a single run is another sample.
  bool in_batch_loop = false;
  /// The library wants its operands to have one shape, and the real function warns where they have not.
  bool wants_one_shape = false;
};

/// One activation of a function. Frame 0 is the set-up: module top levels, constructors, enclosing functions.
struct Frame {
  std::string function;  ///< qualified name; dotted import path for framework functions
  FrameId parent;
  Span call;  ///< the call expression in the parent
  bool is_framework = false;
  const ast::Module* module = nullptr;
  ast::FunctionId function_id;
  std::uint32_t depth = 0;
};

/// A user's expression that had a tensor value.
struct ExprEvent {
  Span span;
  FrameId frame;
  TensorId tensor;
};

/// The shapes cannot work for any sizes, or a framework definition raised.
struct Conflict {
  std::string label;
  std::string message;
  Span span;
  FrameId frame;
  bool raised = false;
  std::vector<TensorId> operands;
};

struct UnknownEvent {
  Span span;
  std::string reason;
};

struct PathCondition {
  Span span;
  bool taken = true;

  friend bool operator==(const PathCondition&, const PathCondition&) = default;
};

struct Probed;

enum class PathEnd { returned, raised, exhausted };

struct Trace {
  std::vector<Tensor> tensors;
  std::vector<Step> steps;
  std::vector<Frame> frames;
  std::vector<ExprEvent> exprs;
  std::vector<Conflict> conflicts;
  std::vector<Conflict> contract_breaks;  ///< assertions about shapes that cannot hold
  std::vector<UnknownEvent> unknowns;
  std::vector<PathCondition> conditions;
  std::vector<Assumption> assumptions;
  std::vector<Span> disagreements;   ///< kernel and shape rule differed: our own mistake
  FrameId root{};                    ///< the target's own activation
  StepId first_step{0};              ///< what comes before is set-up
  Value result;                      ///< what the target returned
  std::vector<TensorId> objectives;  ///< of what gradients were taken, as `loss.backward()` does
  Span result_span;                  ///< the last return's expression
  PathEnd end = PathEnd::returned;
  std::string end_reason;
  Span end_span;
  Heap heap;  ///< to look into lists and dicts of the result
  std::vector<std::pair<Span, Dim>>
      draws;  ///< how many samples were drawn from what was stored, and where that is written
  std::vector<std::string>
      stored;  ///< what `TraceInput::stored` was stored by: `Memory.push(state (S,), action, reward)`
  std::shared_ptr<const Probed> probed;  ///< when the input has a probe and its place was reached

  const Tensor& tensor(TensorId id) const { return tensors[id.index]; }
  const Step& step(StepId id) const { return steps[id.index]; }
  const Step& step_of(TensorId id) const { return steps[tensors[id.index].step.index]; }
  const Frame& frame(FrameId id) const { return frames[id.index]; }

  /// The innermost place in the user's own files that led to `span` in `frame`.
  Span user_span(const Span& span, FrameId frame) const;
  Span user_span(const Step& step) const { return user_span(step.span, step.frame); }
  /// The outermost framework frame on the way to `frame`; nullptr when the place is the user's own.
  const Frame* framework_entry(FrameId frame) const;
  /// Does `tensor` depend on `ancestor` (or is it)?
  bool depends_on(TensorId tensor, TensorId ancestor) const;
};

/// What a `Probe` found.
struct Probed {
  Trace trace;    ///< up to the probe's moment, then the expression; the run itself went on without it
  FrameId frame;  ///< the function that was asked
  Value value;
  std::vector<std::pair<std::string, Value>> names;  ///< the function's own, by name
  std::string problem;                               ///< what the expression raised, or which shapes cannot work
};

/// The tensors in a value (tuples, lists, dicts in order), depth first.
std::vector<TensorId> tensors_in(const Value& value, const Heap& heap);

}  // namespace shapelint
