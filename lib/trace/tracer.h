// The tracer runs a function of the program the way Python would, over symbolic shapes and, when data is attached, over
// numbers as well. A condition that is not known forks the path in the user's code (up to a bound, then both branches
// run and are joined) and is always joined inside framework definitions.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/shape/jaxtyping.h"
#include "lib/trace/library.h"
#include "lib/trace/trace.h"

namespace shapelint {

/// Bounds of one analysis; running out ends the path with a reason.
struct Budget {
  /// Expressions and statements evaluated, over all paths; no other path is begun when half of them are spent.
  std::uint64_t steps = 200'000;
  int depth = 60;                                     ///< nested calls
  int forks = 4;                                      ///< unknown conditions that fork, per path; later ones are joined
  int iterations = 512;                               ///< of one loop
  std::size_t array_elements = std::size_t{1} << 26;  ///< held by one evaluation
  const std::atomic<bool>* cancel = nullptr;          ///< ends the run as soon as somebody else sets it
};

/// What a parameter, attribute or closure variable of the target is. A tensor has a shape; anything else a value.
struct Binding {
  std::string name;  ///< dotted: `y_true`, `batch.obs`, `self.weight`, a closure variable
  bool is_tensor = false;
  std::optional<Shape> shape;  ///< tensors; none for unknown rank
  bool is_list = false;        ///< a list or tuple of tensors, in `shapes`
  std::vector<Shape> shapes;
  DType dtype = DType::float32;
  std::optional<std::string> literal;  ///< no tensor: a Python literal or an expression over size symbols
  ArrayPtr array;                      ///< in an evaluation
  std::vector<ArrayPtr> arrays;        ///< of a list
  bool is_number = false;              ///< a Python number of unknown value
  Span local;                          ///< no parameter: the name that an unknown value is assigned to there
  bool is_local() const { return local.end > local.begin; }

  friend bool operator==(const Binding&, const Binding&) = default;  ///< arrays: the same, not equal ones
};

/// An expression that is evaluated beside the run, in the scope of a function of the program, without changing what
/// the function itself computes: `Trace::probed`.
struct Probe {
  const ast::Module* expression = nullptr;  ///< its only statement is the expression; null: only the names in scope
  const ast::Module* module = nullptr;      ///< where `function` is from: asked at its end
  ast::FunctionId function;
  std::optional<Span> after;   ///< instead: at the end of the statement in which this expression was evaluated ...
  std::size_t occurrence = 0;  ///< ... so many times before
};

/// One step of a run does something else than the program says. Runs on the same numbers are the same up to there, so
/// the step is named by its place in the trace of the run that did as the program says.
struct Alteration {
  StepId step;
  const Op* op = nullptr;                         ///< of that step
  std::vector<std::int64_t> order;                ///< the axes of its operand are put into this order first
  std::optional<std::vector<std::int64_t>> axes;  ///< along these axes; a reduction along none of them leaves all there
  std::vector<Dim> shape;                         ///< of a reshape: to this shape; of a reduction: reshaped to it
  ArrayPtr factor;                                ///< what comes out times this, if it is there
};

/// A guess of an environment, and of what an object has stored of its steps before one of its methods is called.
struct StoredSteps {
  Dim observation;      ///< the size of a state, which is a vector
  Dim action;           ///< how many actions there are, or the size of one that is a vector
  bool fills = true;    ///< is something stored?
  bool forces = false;  ///< actions are vectors, and not the number of one
  bool rows = false;    ///< each part is a tensor with a batch axis of one, to be concatenated

  friend bool operator==(const StoredSteps&, const StoredSteps&) = default;
};

struct TraceInput {
  std::vector<Binding> parameters;
  std::vector<Binding> init;                        ///< constructor parameters
  std::map<std::string, Dim, std::less<>> symbols;  ///< what a name in a literal means (`num_classes=C`)
  std::optional<SymbolId> batch;
  /// Whole numbers written in the code that stand for a size that is open: where, and the size.
  std::vector<std::pair<Span, Dim>> open_numbers;
  std::optional<StoredSteps> stored;
  bool until_conflict = false;  ///< only whether shapes contradict each other is asked: the first that do end the run
  bool concrete = false;        ///< data is attached: sizes decide conditions
  bool keeps_batch = false;     ///< `squeeze()` leaves the batch axis where it is, also when it holds one sample
  Sizes sizes;
  FrameworkVersions versions;
  std::vector<PathCondition> conditions;  ///< an evaluation follows the path of the trace that it explains
  Budget budget;
  std::optional<Probe> probe;
  std::vector<Alteration> altered;  ///< of an evaluation, in the order of their steps
};

/// A function, method, lambda or class to trace, found in a module's syntax.
struct Target {
  const LoadedModule* module = nullptr;
  std::vector<ast::FunctionId> outer;       ///< functions around it, outermost first (methods count)
  std::optional<ast::ClassId> class_id;     ///< the class whose method it is, or which it is itself
  std::optional<ast::FunctionId> function;  ///< none: a class whose instances are called
  /// Of a class: the method of a base that is called on its instances. Empty: the instances are called themselves.
  std::string inherited;
  std::optional<ast::StmtId> binding;  ///< neither: the statement at top level that binds the name to a callable
  std::string qualname;                ///< Python's: `make.<locals>.loss`, `FocalLoss.call`
  const ast::Function* ast() const { return function ? &module->program->function(*function) : nullptr; }

  friend bool operator==(const Target&, const Target&) = default;
};

struct Paths {
  std::vector<Trace> traces;
  std::uint64_t steps = 0;  ///< what they took of the budget
  bool cut = false;         ///< the step budget ended before every path was seen
};

class Run;

class Tracer {
 public:
  Tracer(Library& library, DimTable& dims);
  ~Tracer();
  Library& library() const { return *library_; }
  DimTable& dims() const { return *dims_; }
  /// Runs `target` on every path. Never throws, never runs the user's code.
  Paths run(const Target& target, const TraceInput& input);
  /// Calls a framework function by its dotted path with tensors of known data (conformance tests, weighted totals).
  Trace call(const std::string& path, const std::vector<Binding>& arguments, const TraceInput& input);

 private:
  Run loaded(const Target& target, const TraceInput& input, std::uint64_t& steps_left);
  Run set_up(const Target& target, const TraceInput& input, std::uint64_t& steps_left);

  Library* library_;
  DimTable* dims_;
  /// What the stages before the target left, of the last targets.
  struct Stages;
  std::unique_ptr<Stages> stages_;
};

}  // namespace shapelint
