// One path through a target: the state of the tracer and its parts. Private to lib/trace; the public face is tracer.h.
//
//   run.cpp         set-up: worlds bound to parameters, module loading, forks
//   statements.cpp  control flow: branches, joins, loops, returns
//   expressions.cpp literals, names, operators, subscripts, comprehensions
//   calls.cpp       functions, classes, methods, argument binding
//   members.cpp     attributes of every kind of value
//   apply.cpp       ops: operands, shape rule, kernel, the step in the trace
//   join.cpp        merging of values and heaps after a branch
//   builtins.cpp    Python's builtins and the module `shapelint`
//   probe.cpp       an expression of somebody else's, evaluated in the scope of a function of the run
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/trace/tracer.h"

namespace shapelint {

/// An exception on its way out.
struct Raised {
  Span span;
  FrameId frame;
  std::string message;
};

enum class Flow { normal, break_loop, continue_loop, returned, raised, stopped };

/// Decisions at unknown conditions of one path; the next path is the same with the last open one flipped.
struct Decisions {
  std::vector<bool> taken;
  std::vector<bool> open;  ///< the other side has not been run yet
  std::size_t next = 0;
};

/// A Python activation.
struct Activation {
  FrameId frame;
  HeapId scope{};
  const ast::Module* module = nullptr;
  const LoadedModule* home = nullptr;
  std::shared_ptr<const HeapId> owner;  ///< the class of the running method
  Value self;                           ///< its first argument
  bool in_framework = false;
  Value result;
  Span result_span;
  std::vector<Value> pending;                            ///< returns on one side of a joined condition
  std::map<std::string, bool, std::less<>> outer_names;  ///< global/nonlocal: name -> is global
};

struct CallArguments {
  ValueList positional;
  std::vector<std::pair<std::string, Value>> keywords;
  std::vector<Span> spans;  ///< of the positional ones, where they stand
  std::vector<Span> keyword_spans;
  bool unknown_rest = false;  ///< `*x` or `**x` of unknown content
  const Value* keyword(std::string_view name) const;
};

/// A native function of the language. `args` is checked by the callee.
struct Builtin {
  std::string_view name;
  Value (*call)(class Run& run, const CallArguments& args, const Span& span);
};

class Run {
 public:
  Run(Library& library, DimTable& dims, const TraceInput& input, std::uint64_t& steps_left);

  // ---- entry (run.cpp)
  Trace run(const Target& target, Decisions& decisions);
  Trace call_path(const std::string& path, const std::vector<Binding>& arguments);

  // ---- state shared by the parts
  Library& library() { return *library_; }
  DimTable& dims() { return *dims_; }
  Facts& facts() { return facts_; }
  Heap& heap() { return trace_.heap; }
  Trace& trace() { return trace_; }
  Activation& here() { return *stack_.back(); }
  bool halted() const { return flow_ == Flow::stopped || flow_ == Flow::raised; }
  bool concrete() const { return input_->concrete; }
  int version(const std::string& package) const;

  // ---- events
  Value unknown(const Span& span, std::string reason);
  void note_unknown(const Span& span, const std::string& reason);
  Value conflict(const Span& span, ShapeConflict what, std::vector<TensorId> operands = {});
  Value raise(const Span& span, std::string message);
  void stop(const Span& span, std::string reason);
  /// Counts work; false when the budget is spent.
  bool spend(const Span& span, std::size_t work = 1);

  // ---- statements.cpp
  void exec_block(const ast::Block& block);
  void exec(ast::StmtId id);
  void assign(ast::ExprId target, Value value);
  Value call_body(const FunctionObject& function, HeapId scope, const Span& call_span, const Value& self);

  // ---- probe.cpp
  /// Before and after each statement (a condition is asked about before its branch): was the probe's place in it?
  void probe_statement();
  /// At the end of each function. Without a place, the probe is the outermost run of its function.
  void probe_function(const FunctionObject& function);

  // ---- expressions.cpp
  Value eval(ast::ExprId id);
  Value binary(ast::BinaryOp op, const Value& left, const Value& right, const Span& span, const Span& left_span,
               const Span& right_span);
  Value compare(ast::CompareOp op, const Value& left, const Value& right, const Span& span, const Span& left_span,
                const Span& right_span);
  Value unary(ast::UnaryOp op, const Value& operand, const Span& span, const Span& operand_span);
  Value subscript(const Value& value, const Value& index, const Span& span, const Span& value_span);
  Tri truth(const Value& value);
  Tri equal(const Value& left, const Value& right);
  /// Elements of an iterable, when their number is known and within the budget.
  std::optional<ValueList> elements(const Value& value, const Span& span);
  /// One element that stands for all, for an iterable of unknown length.
  Value any_element(const Value& value, const Span& span);
  std::optional<std::int64_t> known_int(const Value& value);
  std::optional<double> known_float(const Value& value);
  std::optional<Dim> as_dim(const Value& value);
  std::string show(const Value& value, int depth = 0);

  // ---- calls.cpp
  Value call(const Value& callee, CallArguments args, const Span& span, const Span& callee_span);
  Value call_function(const FunctionObject& function, const Value* self, CallArguments args, const Span& span);
  Value construct(HeapId class_cell, CallArguments args, const Span& span);
  Value call_op(const Op& op, const CallArguments& args, const Span& span);
  Value make_function(ast::FunctionId id, const std::string& qualname);
  Value define_class(ast::ClassId id);
  bool is_instance_of(HeapId object_class, HeapId wanted, bool& unknown_base);
  std::vector<Value> linear_bases(HeapId class_cell, bool& unknown_base);

  // ---- members.cpp
  Value attribute(const Value& value, const std::string& name, const Span& span);
  std::optional<Value> find_attribute(const Value& value, const std::string& name, const Span& span);
  void set_attribute(const Value& target, const std::string& name, Value value, const Span& span);
  Value call_member(const Value& self, const std::string& name, const CallArguments& args, const Span& span);
  std::optional<Value> class_member(HeapId class_cell, const std::string& name, bool& unknown_base);
  std::optional<Value> module_member(const std::string& path, const std::string& name);
  Value lookup(const std::string& name, const Span& span);
  void bind(const std::string& name, Value value);
  HeapId module_scope(const LoadedModule& module);
  Value import_module(const std::string& path, const Span& span);

  // ---- apply.cpp
  /// A tensor for `value`: numbers and nested lists become constants.
  TensorId as_tensor(const Value& value, const Span& span, std::optional<DType> dtype = std::nullopt, int nesting = 0);
  struct Where {
    Span span;
    std::vector<Span> operands;
    std::optional<Span> axis_span;
  };
  Value apply(const Op& op, std::vector<TensorId> operands, BasicAttributes<Dim> attrs, const Where& where);
  Value apply(std::string_view op, std::vector<TensorId> operands, const Where& where);
  TensorId unknown_tensor(const Span& span, std::string reason, std::vector<TensorId> operands = {});
  TensorId constant(double value, DType dtype, const Span& span);
  TensorId add_tensor(Tensor tensor, Step step);
  const Tensor& tensor(TensorId id) const { return trace_.tensor(id); }
  /// The element of a one-element tensor whose number is known.
  std::optional<double> item(TensorId id) const;
  std::optional<std::int64_t> evaluate(Dim dim) const;

  // ---- join.cpp
  Value join(const Value& a, const Value& b, const Span& span, int depth = 0);
  /// Joins `other` into the current heap.
  void join_heap(const Heap& other, const Span& span);

 private:
  friend struct ActivationGuard;
  Value eval_uncounted(const ast::Expr& expr);
  Value eval_call(const ast::Call& call, const Span& span);
  Value eval_comprehension(const ast::Comprehension& node, const Span& span);
  void comprehension_clause(const ast::Comprehension& node, std::size_t clause, const Span& span, ValueList& out,
                            std::vector<std::pair<Value, Value>>& pairs, bool& certain);
  Value eval_index(ast::ExprId id);
  void exec_if(const ast::If& node, const Span& span);
  void exec_for(const ast::For& node, const Span& span);
  void exec_while(const ast::While& node, const Span& span);
  void exec_import(const ast::Import& node);
  void exec_import_from(const ast::ImportFrom& node, const Span& span);
  /// Runs both sides on copies and joins what they leave.
  template <class Then, class Else>
  void both(const Span& span, Then then, Else otherwise);
  /// Decides an unknown condition: by forking (true/false) or not at all.
  std::optional<bool> decide(const Span& span);
  void refine(ast::ExprId condition, bool taken);
  /// Runs a body zero or more times, until the shapes are stable.
  void exec_abstract_loop(const ast::Block& body, const Span& span, const std::function<void()>& before);
  Value bind_parameter(const Binding& binding, const Span& span);
  Value parse_literal(const std::string& text, const Span& span);
  Value function_value(const Target& target, ast::FunctionId id);
  Value make_object(HeapId class_cell);
  CallArguments arguments_for(const FunctionObject& function, bool skip_self, const std::vector<Binding>& bindings,
                              bool report_missing);
  std::optional<CallArguments> literal_call_of(const Target& target, const std::string& name);
  void override_bindings(const Value& object, const std::vector<Binding>& bindings);
  Trace run_script(const LoadedModule& module, Decisions& decisions);
  Trace finish(Value result);
  void take_probe();
  /// On a copy of the run, which is used up by it.
  std::shared_ptr<const Probed> answer_probe();
  std::string absolute_module(const ast::ImportFrom& node) const;
  void record_expr(const ast::Expr& expr, const Value& value);
  void weaken_scalars(const std::vector<TensorId>& operands, const std::vector<DType>& dtypes,
                      std::vector<bool>& scalars) const;
  std::optional<BasicAttributes<std::int64_t>> concrete_attributes(const BasicAttributes<Dim>& attrs) const;

  Library* library_;
  DimTable* dims_;
  const TraceInput* input_;
  std::uint64_t* steps_left_;
  Facts facts_;
  Trace trace_;
  Flow flow_ = Flow::normal;
  std::optional<Raised> raised_;
  /// The tensors whose `.shape` a tuple is, so that a wrong unpacking can name them.
  std::map<const ValueList*, TensorId> shapes_of_;
  std::vector<Value> shape_tuples_;  ///< keeps those tuples alive
  std::vector<Activation*> stack_;
  Decisions* decisions_ = nullptr;
  int joins_ = 0;      ///< > 0 while one side of a joined condition runs
  int recursion_ = 0;  ///< nested eval/exec, bounds the C++ stack
  std::size_t elements_held_ = 0;
  std::size_t probe_seen_ = 0;          ///< expressions that were held against the probe's place
  std::size_t probe_count_ = 0;         ///< how many of them were it
  std::optional<FrameId> probe_frame_;  ///< where it was: its statement is about to end
  FrameworkVersions versions_;
  std::vector<std::string> searching_;  ///< modules whose star imports are being searched
  std::vector<std::string> packages_;   ///< frameworks that the user's code imports, in order
  std::map<const LoadedModule*, HeapId> module_scopes_;
  std::map<std::pair<const LoadedModule*, std::size_t>, bool> executed_chunks_;
  std::map<std::string, TensorId, std::less<>> parameter_tensors_;
  /// What the functions and classes of the target's module were defined as, last definition wins.
  const ast::Module* target_module_ = nullptr;
  std::map<std::uint32_t, Value> functions_;
  std::map<std::uint32_t, HeapId> classes_;
};

/// Keeps an activation on the stack.
struct ActivationGuard {
  ActivationGuard(Run& owner, Activation& activation) : run(owner) { run.stack_.push_back(&activation); }
  ~ActivationGuard() { run.stack_.pop_back(); }
  ActivationGuard(const ActivationGuard&) = delete;
  ActivationGuard& operator=(const ActivationGuard&) = delete;
  Run& run;
};

/// Python's builtins by name; null when there is none.
const Builtin* find_builtin(std::string_view name);
/// Members of the module `shapelint`.
std::optional<Value> shapelint_member(Run& run, std::string_view name);

}  // namespace shapelint
