// One path through a target: the state of the tracer and its parts. Private to lib/trace; the public face is tracer.h.
//
//   run.cpp         events, literals, and the parameters as the world states them
//   entry.cpp       the stages of a path: the module's top level, what stands around the target, the target
//   statements.cpp  statements, one by one
//   branches.cpp    control flow: branches that fork or join, loops
//   assigning.cpp   what stands left of `=` and behind `del`
//   exceptions.cpp  `try` and its handlers
//   expressions.cpp literals, names, the truth, size and text of values
//   operators.cpp   operators and comparisons
//   subscripts.cpp  subscripts, iteration, comprehensions
//   calls.cpp       functions, methods, argument binding
//   recursion.cpp   recursion over what is not known
//   classes.cpp     class definitions, method resolution order, instances
//   decorators.cpp  what decorators make of functions and classes, and how such a function is called
//   modules.cpp     names, scopes, module loading and imports
//   members.cpp     attributes of every kind of value
//   apply.cpp       ops: operands, shape rule, kernel, the step in the trace
//   counting.cpp    sizes and numbers that only data decides, one for each value
//   brackets.cpp    x[...] on tensors, read and written
//   storage.cpp     which tensors share their elements, and what writing does
//   parts.cpp       slices that a loop takes, one after the other
//   sequences.cpp   sequences of symbolic length, and what loops leave in lists
//   join.cpp        merging of values and heaps after a branch
//   probe.cpp       an expression of somebody else's, evaluated in the scope of a function of the run
//   builtins*.cpp   Python's builtins, the standard library and the module `shapelint` (builtins.h)
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "lib/trace/stored_steps.h"
#include "lib/trace/tracer.h"

namespace shapelint {

/// An exception on its way out.
struct Raised {
  Span span;
  FrameId frame;
  std::string message;
  /// Names of its class and of that one's bases; empty when they are not known.
  std::vector<std::string> types;
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
  std::vector<Heap> left;                                ///< what those left behind
  bool uneven_rounds = false;                            ///< one side alone ended a round of a loop
  std::vector<Value> yielded;                            ///< of a generator, so far
  bool yields_certain = true;                            ///< false once the number of yields is not known
  int joins_at_start = 0;                                ///< joined conditions around the call
  int import_guards = 0;                                 ///< > 0 inside a `try` that expects imports to fail
  std::map<std::string, bool, std::less<>> outer_names;  ///< global/nonlocal: name -> is global
};

struct CallArguments {
  ValueList positional;
  std::vector<std::pair<std::string, Value>> keywords;
  std::vector<Span> spans;  ///< of the positional ones, where they stand
  std::vector<Span> keyword_spans;
  bool unknown_rest = false;      ///< `*x` or `**x` of unknown content
  std::optional<SequenceV> rows;  ///< `*x`, where one element stands for all of an unknown number
  bool open_rest = false;         ///< those of the target, which its caller may fill
  const Value* keyword(std::string_view name) const;
};

/// A module of one path: its scope, and which of its statements have been run. A user's module runs a statement when
/// one of the names that it decides is asked for.
struct ModuleState {
  HeapId scope{};
  std::vector<bool> started;  ///< per statement of `Module::body`
  /// The statement that is running: what comes after it has not happened yet, unless nothing else has the name.
  std::uint32_t limit = 0xFFFFFFFFU;
};

/// Nested evaluations; bounds the C++ stack (about 2 KB a level in release, 10 KB under sanitizers).
inline constexpr int kMaxRecursion = 1800;
inline constexpr std::size_t kMaxText = 100'000;

/// A native function of the language. `args` is checked by the callee.
struct Builtin {
  std::string_view name;
  Value (*call)(class Run& run, const CallArguments& args, const Span& span);
};

class Run {
 public:
  Run(Library& library, DimTable& dims, const TraceInput& input, std::uint64_t& steps_left);

  /// What `load` left, for another input that agrees with the first in all that `load` looks at.
  Run(const Run& loaded, const TraceInput& input, std::uint64_t& steps_left);

  // ---- entry (entry.cpp): the stages of a path, in this order; a run may be copied between two of them
  /// The top level of the target's module, as far as it decides the target.
  void load(const Target& target);
  /// The functions around the target, and the object whose method it is.
  void set_up(const Target& target);
  void call_around_target(const FunctionObject& object, const Value* self, CallArguments args);
  Trace follow(const Target& target, Decisions& decisions);
  /// What the target's decorators made of it and is called; null where it is called as it is written.
  const FunctionObject* wrapper() const { return entry_.wrapper.get(); }
  void without_decorators() { entry_.wrapper = nullptr; }
  /// Calls a framework function by its dotted path.
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
  /// Those of the evaluation, and what it counted.
  const Sizes& sizes() const { return sizes_; }

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

  // ---- assigning.cpp
  void assign(ast::ExprId target, Value value, const Span* value_at = nullptr);
  /// `del target`.
  void remove(ast::ExprId target);

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
  Value subscript_tensor(TensorId tensor, const Value& index, const Span& span, const Span& value_span);
  /// Elements of an iterable, when their number is known and within the budget.
  std::optional<ValueList> elements(const Value& value, const Span& span);
  /// One element that stands for all, for an iterable of unknown length.
  Value any_element(const Value& value, const Span& span);
  std::optional<std::int64_t> known_int(const Value& value);
  std::optional<double> known_float(const Value& value);
  std::optional<Dim> as_dim(const Value& value);
  std::string show(const Value& value, int depth = 0);
  /// What `str(value)` is, when that is known to the letter.
  std::optional<std::string> python_text(const Value& value);

  // ---- calls.cpp
  Value call(const Value& callee, CallArguments args, const Span& span, const Span& callee_span);
  Value call_function(const FunctionObject& function, const Value* self, CallArguments args, const Span& span);
  Value call_body(const FunctionObject& function, HeapId scope, const Span& call_span, const Value& self);
  Value call_op(const Op& op, const CallArguments& args, const Span& span);
  Value make_function(ast::FunctionId id, const std::string& qualname);

  // ---- recursion.cpp
  /// Does a function that is running call itself with the same arguments, of which some are not known?
  bool is_endless(const FunctionObject& function, const ScopeData& arguments);

  // ---- classes.cpp
  Value define_class(ast::ClassId id);
  Value construct(HeapId class_cell, CallArguments args, const Span& span);
  bool is_instance_of(HeapId object_class, HeapId wanted, bool& unknown_base);
  /// Python's method resolution order; builtin types are left out, and what is no class sets `unknown_base`.
  std::vector<HeapId> linear_bases(HeapId class_cell, bool& unknown_base);
  /// Is the builtin type or marker `name` among the bases of a class?
  bool has_builtin_base(HeapId class_cell, std::string_view name);
  /// An instance of a class without its constructor having run.
  Value bare_object(HeapId class_cell);
  /// Makes a class a dataclass (`@dataclass`): its fields are what it and its bases annotate.
  void make_dataclass(HeapId class_cell);

  // ---- decorators.cpp
  void define_function(ast::FunctionId id);
  Value apply_decorators(Value made, const std::vector<ast::ExprId>& decorators);

  // ---- members.cpp
  Value attribute(const Value& value, const std::string& name, const Span& span);
  std::optional<Value> find_attribute(const Value& value, const std::string& name, const Span& span);
  void set_attribute(const Value& target, const std::string& name, Value value, const Span& span);
  Value call_member(const Value& self, const std::string& name, const CallArguments& args, const Span& span);
  /// A list with `more` behind it; `by` is their number where it is symbolic.
  void grow(HeapId cell, const ValueList& more, std::optional<Dim> by, const Span& span);
  std::optional<Value> class_member(HeapId class_cell, const std::string& name, bool& unknown_base);

  // ---- modules.cpp
  std::optional<Value> module_member(const std::string& path, const std::string& name);
  Value lookup(const std::string& name, const Span& span);
  void bind(const std::string& name, Value value);
  HeapId module_scope(const LoadedModule& module);
  /// A module by its dotted path; unknown with the reason when there is none.
  Value import_module(const std::string& path, const Span& span);
  /// The value of a name in a module's scope, once the statements that decide it have run; no star imports.
  std::optional<Value> own_name(const LoadedModule& module, const std::string& name);

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
  /// Is the next step one that the input alters?
  bool is_altered(const Op& op) const;
  Value apply_altered(const Op& op, std::vector<TensorId> operands, BasicAttributes<Dim> attrs, const Where& where);
  /// `stack` or `concat` of a sequence of symbolic length.
  Value apply_to_sequence(const Op& op, const SequenceV& sequence, const BasicAttributes<Dim>& attrs,
                          const Where& where);
  TensorId unknown_tensor(const Span& span, std::string reason, std::vector<TensorId> operands = {});
  TensorId constant(double value, DType dtype, const Span& span);
  TensorId add_tensor(Tensor tensor, Step step);
  const Tensor& tensor(TensorId id) const { return trace_.tensor(id); }
  /// The element of a one-element tensor whose number is known.
  std::optional<double> item(TensorId id) const;
  std::optional<std::int64_t> evaluate(Dim dim) const;

  /// The symbolic number of what was stacked, where the axis would count it only.
  void keep_length(TensorId stacked, std::size_t axis, const std::optional<Dim>& length);

  // ---- counting.cpp
  /// `x.item()` and `int(x)`: the number in a tensor of one element, symbolic when it is whole and not known.
  Value number_in(TensorId tensor, const Span& span);

  // ---- brackets.cpp
  /// `x` with `x[index]` replaced by `value`, or with `value` added to it: a new tensor. None where that failed.
  std::optional<TensorId> updated(TensorId x, const Value& index, const Value& value, bool add, const Span& span,
                                  const Span& value_span);
  /// `x[index] = value`.
  void write_part(TensorId x, const Value& index, const Value& value, const Span& span, const Span& value_span);

  // ---- storage.cpp
  /// The content of the same storage as it is now.
  TensorId current(TensorId tensor);
  Value current(Value value);
  /// The same in lists, tuples and dicts.
  Value current_deep(const Value& value, int depth = 0);
  /// All elements of `x` become those of `value`, as `x[...] = value`; what `x` is from now on.
  Value assign_elements(TensorId x, const Value& value, const Span& span, const Span& value_span);
  /// `x.unsqueeze_(0)`: every name of the tensor stands for `content` from now on, which may have another shape.
  Value become(TensorId x, TensorId content, const Span& span);
  /// `a += b` where the left side is a tensor that changes in place: `value` is what it holds from now on.
  bool write_in_place(const Value& left, const Value& value, const Span& span);
  /// Do the tensors of the user's framework change in place (`a += b` writes)?
  bool tensors_are_mutable() const;
  /// One handle for all contents of one storage seen in one way.
  TensorId handle(TensorId tensor) const;

  // ---- sequences.cpp
  /// A sequence as one element that stands for all and its symbolic length; none for values that are no sequence or of
  /// which nothing is known.
  std::optional<SequenceV> as_sequence(const Value& value, const Span& span);
  /// The symbolic length of an iterable: `B` for `range(B)`, `x` or a list that a loop over them filled.
  std::optional<Dim> length_of(const Value& value);
  /// A tuple that keeps the symbolic length of what it was made from.
  Value tuple_of_length(ValueList items, std::optional<Dim> length);
  /// Does a loop of this length go over the samples?
  bool counts_samples(const std::optional<Dim>& length) const;
  /// The same in an evaluation, where its rounds are run one by one.
  bool goes_over_samples(const std::optional<Dim>& length) const;
  Dim unknown_length(std::initializer_list<std::optional<Dim>> of);

  // ---- parts.cpp
  /// One number of a range that stands for all.
  Dim index_of(const RangeV& range);
  /// Where `[start:stop]` of an axis ends, if a loop may take it beyond the last element; its size is open then.
  std::optional<Dim> stop_of_part(Dim size, Dim start, Dim stop);
  /// What so many parts of an axis are together, each of the size `part`, when they are all of it.
  std::optional<Dim> whole_of_parts(Dim part, Dim rounds);
  /// Are they sizes of parts that go over one axis in the same way?
  bool are_parts_of_one(Dim a, Dim b) const;

  // ---- stored_steps.cpp
  /// So many samples are drawn at random.
  void note_draw(const Value& count);
  /// The world's size of that name; any size where it has none.
  Dim size_named(const std::string& name) const;
  /// Does the world guess that actions are vectors?
  bool forces() const { return input_->stored && input_->stored->forces; }
  /// Into how many names the user's statement takes apart what the definition that it called gives back.
  std::size_t unpacked_into();

  // ---- claims.cpp
  /// What is said of sizes where these two are equal, which is not known.
  std::shared_ptr<const Claim> equality_claim(const Value& left, const Value& right, const Span& span);
  /// The path goes on where the claim holds, or where it does not.
  void learn(const std::shared_ptr<const Claim>& claim, bool holds);

  // ---- join.cpp
  Value join(const Value& a, const Value& b, const Span& span, int depth = 0);
  /// Joins `other` into the current heap.
  void join_heap(const Heap& other, const Span& span);
  ListData join_lists(const ListData& mine, const ListData& theirs, const Span& span, int depth);
  void join_written(const Heap::Written& other, const Span& span);

 private:
  friend struct ActivationGuard;
  Value eval_uncounted(const ast::Expr& expr);
  Value eval_call(const ast::Call& call, const Span& span);
  /// Did the ways out of a call grow the lists alike that were there when it began, with so many cells?
  bool ways_out_grow_alike(const Activation& activation, std::size_t cells) const;
  Value eval_comprehension(const ast::Comprehension& node, const Span& span);
  struct Collected;
  void comprehension_clause(const ast::Comprehension& node, std::size_t clause, const Span& span, Collected& out);
  Value eval_index(ast::ExprId id);
  bool is_named_size(const Value& value) const;
  void exec_if(const ast::If& node, const Span& span);
  void exec_for(const ast::For& node, const Span& span);
  void exec_while(const ast::While& node, const Span& span);
  void run_statement(const LoadedModule& module, std::uint32_t index);
  void run_chunk(const LoadedModule& module, std::size_t index);
  void note_frameworks(const LoadedModule& module);
  bool exports(const std::string& path, const std::string& name);
  std::optional<Value> member_of(const LoadedModule& module, const std::string& path, const std::string& name);
  void exec_try(const ast::Try& node);
  std::vector<std::string> exception_types(ast::ExprId exception);
  void keep_loaded_names(const Heap& other);
  void exec_import(const ast::Import& node);
  void exec_import_from(const ast::ImportFrom& node, const Span& span);
  /// Runs both sides on copies and joins what they leave.
  template <class Then, class Else>
  void both(const Span& span, Then then, Else otherwise);
  /// Decides an unknown condition: by forking (true/false) or not at all.
  std::optional<bool> decide(const Span& span);
  /// Runs a body zero or more times, until the shapes are stable.
  bool repeats_training(const Span& loop);
  void exec_abstract_loop(const ast::Block& body, const Span& span, std::optional<Dim> rounds,
                          const std::function<void()>& before);
  /// A list that grew in one round of a loop.
  struct Grown {
    HeapId cell;
    Dim growth;
    bool exact = false;  ///< by as much in every round
    ListData data;       ///< after all rounds
  };
  /// Makes what a body left in lists after one round what `rounds` of them leave, or some of them (not `whole`);
  /// `earlier` is what an earlier round said.
  std::vector<Grown> repeat_growth(const Heap& before, std::optional<Dim> rounds, bool whole, SymbolId inner,
                                   const std::vector<Grown>& earlier, const Span& span);
  /// The same where the rounds were run one by one, over the samples of an evaluation.
  void leave_unrolled_loop(const Heap& before, Dim rounds, std::int64_t count, const Span& span);
  // counting.cpp
  std::uint64_t number_of_value(const Op& op, const std::vector<TensorId>& operands,
                                const BasicAttributes<Dim>& attrs) const;
  std::uint64_t number_of(TensorId tensor) const;
  TensorId counted_source(TensorId tensor, std::string_view what) const;
  std::optional<Dim> count_of_unit_matrix(TensorId source) const;
  /// `assert (x == 0).sum().item() == 0`: symbols are never 0, what is counted may be.
  bool claims_nothing_is_counted(ast::ExprId condition);
  std::string shapes_named_in(ast::ExprId id);
  Dim counted_dim(std::string_view what, TensorId operand, const std::vector<Dim>& extra);
  void learn_size(Dim dim, std::int64_t size);
  std::optional<Shape> shape_despite_unknown(const Op& op, const OpArgs<Shape>& args,
                                             const std::vector<TensorId>& operands);
  // brackets.cpp
  struct Brackets;
  bool parse_brackets(TensorId x, const Value& index, const Span& span, Brackets& out);
  std::optional<TensorId> index_tensor(const Value& item, const Span& span);
  std::optional<std::pair<std::vector<std::int64_t>, std::vector<TensorId>>> indices_of(const Brackets& brackets,
                                                                                        TensorId base,
                                                                                        const Span& span);
  // storage.cpp
  struct View {
    TensorId base;  ///< a handle
    const Op* op;
    BasicAttributes<Dim> attrs;
  };
  void note_view(TensorId made, const Op& op, TensorId operand, const BasicAttributes<Dim>& attrs);
  /// `content` is what the storage behind `target` holds from now on, in the shape of `target`.
  void store(TensorId target, TensorId content, const Span& span);
  TensorId shaped_like(TensorId tensor, TensorId like, const Span& span);
  TensorId written_back(const View& view, TensorId base, TensorId content, const Span& span);
  std::optional<TensorId> onto_diagonal(const View& view, TensorId base, TensorId content, const Span& span);
  TensorId copy_of(TensorId tensor, const Span& span, StepKind kind, std::string name);
  Value bind_parameter(const Binding& binding, const Span& span);
  Value parse_literal(const std::string& text, const Span& span);
  Value function_value(const Target& target, ast::FunctionId id);
  Value make_object(HeapId class_cell);
  CallArguments fields_for(HeapId class_cell);
  // lived_objects.cpp
  /// What other methods than `called` may have done to an object.
  void live_through(const Value& object, const ast::Function* called);
  void live_through(const Value& object, const ast::Function* called, std::set<std::uint32_t>& seen);
  std::vector<const MethodChanges*> changes_to(const ObjectData& object);
  void live_through_globals(const LoadedModule& module, const ast::Function& function);
  // stored_steps.cpp
  void store_steps(const Value& object, const std::string& method);
  Value stored_part(StepPart part, bool as_row, const Span& span);
  std::string show_parts(const CallArguments& arguments);
  std::optional<CallArguments> parts_of_step(const FunctionObject& function);
  std::optional<CallArguments> handed_over_parts(const std::string& method);
  void set_up_method(const Target& target, HeapId class_cell, const std::string& name);
  std::optional<Value> call_bound(const Value& callee);
  std::optional<Value> tuple_of_parts(const DictData& parts);
  CallArguments arguments_for(const FunctionObject& function, bool skip_self, const std::vector<Binding>& bindings,
                              bool report_missing);
  CallArguments arguments_through(const FunctionObject& wrapper, bool skip_self);
  std::optional<CallArguments> literal_call_of(const Target& target, const std::string& name);
  void override_bindings(const Value& object, const std::vector<Binding>& bindings);
  struct LoopIndex {
    RangeV range;
    Dim length;
  };
  struct PartOf {
    Dim whole;
    Dim rounds;
  };
  Trace run_script(const LoadedModule& module);
  Trace finish(Value result);
  void take_probe();
  /// On a copy of the run, which is used up by it.
  std::shared_ptr<const Probed> answer_probe();
  std::string absolute_module(const ast::ImportFrom& node) const;
  void finish_class(HeapId cell, const ast::Class& def);
  std::vector<std::string> annotated_fields(HeapId class_cell);
  std::optional<ValueList> bind_fields(HeapId class_cell, CallArguments args, const Span& span);
  Value construct_enum(HeapId class_cell, const CallArguments& args, const Span& span);
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
  int joins_ = 0;            ///< > 0 while one side of a joined condition runs
  int batch_loops_ = 0;      ///< loops over the samples that are unrolled around this place
  bool exact_round_ = true;  ///< no `continue` or `break` of one side only in this round of an abstract loop
  Sizes sizes_;              ///< of the evaluation, and of what it counted
  std::vector<std::uint64_t> value_numbers_;                     ///< of tensors: equal for equal computations
  std::map<std::uint64_t, Dim> counted_;                         ///< by what is counted in which value
  std::map<TensorId, View> views_;                               ///< by handle
  std::map<TensorId, TensorId> handles_;                         ///< later contents -> handle
  std::map<std::pair<TensorId, TensorId>, TensorId> refreshed_;  ///< (view, content of its base) -> the view of it
  std::map<const ValueList*, Dim> lengths_;                      ///< of tuples made by loops; kept alive below
  int recursion_ = 0;                                            ///< nested eval/exec, bounds the C++ stack
  int calls_ = 0;                                                ///< nested calls of Python functions
  std::map<SymbolId, LoopIndex> indices_;                        ///< what stands for all numbers of a range
  std::map<SymbolId, PartOf> parts_;                             ///< sizes of parts that are an axis together
  int open_loops_ = 0;         ///< of an evaluation: loops over an axis that are unrolled around this place
  std::size_t loads_ = 0;      ///< statements and definitions of modules that have run
  int nested_statements_ = 0;  ///< top-level statements that wait for others
  std::size_t elements_held_ = 0;
  std::size_t altered_ = 0;             ///< how many of the input's alterations were made
  std::size_t altered_by_ = 0;          ///< the steps that they added
  std::size_t probe_seen_ = 0;          ///< expressions that were held against the probe's place
  std::size_t probe_count_ = 0;         ///< how many of them were it
  std::optional<FrameId> probe_frame_;  ///< where it was: its statement is about to end
  FrameworkVersions versions_;
  std::vector<std::string> searching_;  ///< modules whose star imports are being searched
  std::vector<std::string> packages_;   ///< frameworks that the user's code imports, in order
  std::unordered_map<const LoadedModule*, ModuleState> modules_;
  std::map<std::pair<const LoadedModule*, std::size_t>, bool> executed_chunks_;
  std::map<std::string, TensorId, std::less<>> parameter_tensors_;
  /// What the functions and classes of the target's module were defined as, last definition wins.
  const ast::Module* target_module_ = nullptr;
  std::optional<HeapId> target_scope_;  ///< of that module
  std::map<std::uint32_t, Value> functions_;
  std::map<std::uint32_t, FunctionV> decorated_;  ///< of those that a decorator of the user's wraps: the wrapper
  std::map<std::uint32_t, HeapId> classes_;
  /// What is called in the end, as `set_up` found it.
  struct Entry {
    Value function;                                 ///< of a target that is a function or method
    std::shared_ptr<const FunctionObject> wrapper;  ///< what its decorators made of it, if that is called
    bool bound = false;                             ///< then `self` is its first argument
    Value self;
    Value callee;  ///< of any other target
    /// What was not understood before the target ran.
    std::size_t unknowns = 0;
    const FunctionObject* function_object() const;
  };
  Entry entry_;
  /// Has an expression had a value that is not known since the target began?
  bool met_unknown_ = false;
  Activation base_;  ///< below all others: the top level of the target's module
};

/// The statement at top level that a target is part of; none for a module's body as a target.
std::optional<std::uint32_t> statement_around(const Target& target);

/// Keeps an activation on the stack.
struct ActivationGuard {
  ActivationGuard(Run& owner, Activation& activation) : run(owner) { run.stack_.push_back(&activation); }
  ~ActivationGuard() { run.stack_.pop_back(); }
  ActivationGuard(const ActivationGuard&) = delete;
  ActivationGuard& operator=(const ActivationGuard&) = delete;
  Run& run;
};

}  // namespace shapelint
