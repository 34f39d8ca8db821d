// The making of one world. Private to lib/trace; the public face is world.h.
//
//   world.cpp           the order of things, symbols, options that fit nothing
//   world_sources.cpp   what is stated: command line, annotations, docstrings and comments
//   world_batch.cpp     which symbol counts samples, and what sample data says about sizes
//   world_bindings.cpp  from parameters to what the tracer binds
//   world_guess.cpp     what nobody states: what is common to both ways of guessing
//   world_convention.cpp   ... in Keras, which calls its losses with (batch, d0, ..., dN)
//   world_unstated.cpp  ... in PyTorch: which tensors that are
//   world_trials.cpp    ... and trial runs with shapes for them
//   taken_apart.cpp     ... and parameters that hold several: `for x, y in loader`
//   world_objects.cpp   which objects of the program the target is given: `train(model, ...)`
//   objects_in_file.cpp   ... and how a file makes them
//   world_demands.cpp   what the code refuses to run without, put upon the shapes of a guess
//   world_usage.cpp     what the code does with its parameters
//   world_locals.cpp    what comments say of variables
//   world_stored.cpp    what an object that learns from an environment has stored
//   world_script.cpp    which numbers of a script count its samples
//   docstring_entries.cpp  the entries of docstrings, and which shape is that of another parameter
//   shape_text.cpp      shapes in prose: lists of arguments and comments
//   shape_sentences.cpp shapes in prose: sentences
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/demands.h"
#include "lib/trace/inherited.h"
#include "lib/trace/taken_apart.h"
#include "lib/trace/world.h"
#include "lib/trace/world_usage.h"

namespace shapelint {

class WorldBuilder {
 public:
  WorldBuilder(Tracer& tracer, const Target& target, const WorldOptions& options)
      : tracer_(tracer), library_(tracer.library()), dims_(tracer.dims()), target_(target), options_(options) {}

  Result<World, WorldError> build();

 private:
  using Problem = std::optional<WorldError>;

  // ---- world.cpp
  /// Where the called function stands: elsewhere than the target when a class inherits its call.
  const LoadedModule& home() const { return home_ != nullptr ? *home_ : *target_.module; }
  const ast::Module& program() const { return *home().program; }
  const ast::Function* called_function();
  std::size_t required_parameters() const;
  bool is_bound() const { return function_ != nullptr && target_.class_id.has_value(); }
  /// The constructor and where it stands.
  std::optional<FoundMethod> init_method() const;
  std::vector<std::string> init_names() const;
  bool is_call_param(const std::string& name) const;
  bool is_init_param(const std::string& name) const;
  Dim symbol(std::string_view name);
  SymbolLookup lookup() {
    return [this](std::string_view name) { return symbol(name); };
  }
  WorldParameter* find(const std::string& name);
  Role role_at(const std::string& name) const;
  bool is_replaced(const std::string& name) const;
  bool is_unused(const std::string& name) const;
  Problem unknown_names() const;
  Problem finish();

  // ---- world_sources.cpp
  Problem read_command_line();
  void read_sizes_in_values();
  void read_annotations();
  void read_return();
  void read_texts();
  void read_result_text();
  bool has_option_for_result() const;
  const ast::Function* documented_base() const;
  void read_likeness(std::string_view text, const std::vector<std::string>& names, const Span& place);
  void take_likeness(ShapeSource from);
  void read_local_comments();
  void read_assertions();
  std::optional<std::string> asserted_size(ast::ExprId item) const;
  bool is_left_out(const std::string& name) const;
  void annotation(const std::string& name, ast::ExprId id, const Span& place);
  void field_annotation(const std::string& name, ast::ExprId stated, const Span& place);
  std::optional<std::string> annotated_axes(ast::ExprId index) const;
  void state(const std::string& name, const ShapeList& list, ShapeSource from, Span place, std::optional<DType> dtype);
  Shape concrete(const ShapeSpec& spec, const std::string& parameter);
  bool contradicts(const Shape& a, const Shape& b) const;

  // ---- world_batch.cpp
  void choose_batch();
  std::optional<SymbolId> most_common_leading_symbol() const;
  std::optional<SymbolId> only_leading_symbol() const;
  Dim batch() { return dims_.symbol(*world_.input.batch); }
  Problem read_data();
  Problem read_list(const WorldParameter& p, const Array& array);
  Problem solve(Dim dim, std::int64_t size, const std::string& name);

  // ---- world_bindings.cpp
  void bindings();
  std::optional<std::string_view> bystander(const ast::Param& param) const;
  void bind_numbers(const ast::Function& function, std::vector<Binding>& into, bool by_name);
  std::string annotated_kind(const ast::Param& param) const;
  /// Of the expressions of the program, those in a function; each function is looked through once.
  const std::vector<std::uint32_t>& exprs_in(const ast::Function& function) const;
  const Usage& usage_of(const ast::Function& function) const;
  bool is_passed_on(const ast::Function& function, const std::string& name) const;
  std::optional<std::string> first_option(const ast::Function& function, const std::string& name) const;
  bool is_plain_number(const ast::Param& param) const;

  // ---- world_guess.cpp
  Shape of_rank(int rank);
  Dim fresh_axis(std::string_view name);
  void restore_stated();
  bool take_data_shape(const ast::Param& param);
  TraceInput trial_input(std::uint64_t steps) const;
  enum class Fit { none, by_chance, good };
  Fit fit(std::uint64_t& steps_left);  ///< also sets `trial_`
  bool runs_clean(std::uint64_t& steps_left) { return fit(steps_left) == Fit::good; }

  // ---- world_options.cpp
  void leave_out_options();
  bool refuses();  ///< does every path raise an exception of the code's own?

  // ---- world_objects.cpp
  void read_objects();
  std::optional<std::string> size_for(const FoundMethod& maker, const ast::Param& param);
  std::optional<std::string> made_of_sizes(std::string_view name, const FoundMaker& maker);
  bool is_object(std::string_view name) const;
  bool runs_with_objects();
  template <typename Such>
  std::set<std::string_view> given_to(const Such& such) const;
  std::set<std::string_view> given_to_objects() const;
  std::set<std::string_view> given_to_models() const;
  Shape input_of_object(int rank);

  // ---- world_convention.cpp
  /// Keras: ranks that nobody states start low and rise when the code's own indexing needs more.
  void guess_by_convention();
  void fill_convention(const std::map<std::string, int>& ranks);
  void fit_target();
  bool fits_other_rank();
  bool raise_ranks(std::map<std::string, int>& ranks, bool& is_clean);  ///< else: did the code run to its end?
  bool eats_batch_after_reductions(const Trace& trace, const Step& step) const;
  bool eats_batch_of_guess(const Trace& trace, const Step& step) const;
  bool raise_rank_behind(const Trace& trace, TensorId at, std::map<std::string, int>& ranks);
  void align_ranks_as_compile();

  // ---- world_unstated.cpp
  enum class Group { prediction, target, per_sample, length, feature, input, number, of_constructor };
  static Group group_of(Role role);
  struct Guessed {
    std::string name;  ///< of the parameter, dotted for a part of it
    Group group;
    Span place;
    bool is_list = false;             ///< a list of tensors alike
    std::optional<std::size_t> size;  ///< how many the code says
    bool is_column = false;           ///< has one axis: `x[:, None]`
    std::size_t part = 0;             ///< which one of a tuple of `parts` tensors
    std::size_t parts = 0;
    int rank = 0;               ///< of a tensor of the constructor
    std::string_view called{};  ///< the variable that a part is taken for; empty: the last part of the name
    std::string_view own_name() const {
      return called.empty() ? std::string_view(name).substr(name.rfind('.') + 1) : called;
    }
  };
  const TakenApart* apart_of(std::string_view name);
  std::vector<Guessed> guessed_params();
  static std::vector<Guessed> guessed_parts(const ast::Param& param, const TakenApart& apart,
                                            const std::set<std::string_view>& inputs);
  std::vector<Guessed> guessed_of_constructor(int rank) const;
  std::vector<Guessed> guessed_with_defaults() const;
  /// What is guessed together, in the order in which it is tried.
  std::vector<std::vector<Guessed>> ways_to_guess();

  // ---- world_trials.cpp
  /// PyTorch: the first of the usual combinations of shapes that the code runs with.
  void guess_by_trials();
  enum class ClassNumbers { none, first, last };
  struct Scenario {
    int rank = 2;                      ///< of a prediction
    int input = 0;                     ///< of what an object of the program is called with; 0: like the prediction
    bool index_target = false;         ///< targets hold class numbers: int64, without the prediction's class axis
    bool weights_like_target = false;  ///< else weights and masks are per sample
    bool features_per_sample = false;  ///< else further tensors are like the prediction
    bool own_sizes = false;            ///< where one of the pair is stated, the other has the rank and sizes of its own
    bool one_class_axis = false;       ///< of class numbers: one wide, where the prediction has its classes
    bool classes_last = false;         ///< class numbers of tokens: the prediction has its classes last, not behind B
    std::optional<Dim> classes;        ///< the size of the class axis, where the code has a number for it
    bool target_table = false;         ///< beside predictions in lists: a row for each object of the batch
    ClassNumbers numbers = ClassNumbers::none;  ///< which part of a target of tables is not one
    std::size_t list_size = 2;                  ///< tensors in a list
  };
  static std::vector<Scenario> usual_scenarios(bool index_first);
  static std::vector<Scenario> scenarios_of_objects(bool index_first);
  static std::vector<Scenario> further_scenarios(const std::vector<Guessed>& guessed);
  std::vector<Scenario> scenarios_of_classes() const;
  std::vector<Dim> numbers_of_classes() const;
  static bool is_of_numbers(const Scenario& scenario, const Guessed& guessed);
  bool apply_scenario(const Scenario& scenario, const std::vector<Guessed>& guessed);
  bool has_guessed_numbers() const;

  // ---- world_demands.cpp
  const Demands& demands();
  /// Brings the guessed shapes to what the function demands of them.
  void meet_demands();
  void meet_sizes();
  Shape with_rank(const Shape& shape, int rank);

  // ---- world_stored.cpp
  void guess_stored_steps();
  struct FormOfSteps {
    bool is_found = false;
    bool either_action = false;  ///< it runs with actions that are vectors as well
  };
  FormOfSteps find_form_of_steps(StoredSteps& stored, std::uint64_t& steps_left);
  void count_draws(std::uint64_t steps_left);

  // ---- world_script.cpp
  void open_sample_counts();
  bool is_data_of_script(const Trace& trace, const Step& step) const;
  const ast::Expr* made_of(const ast::Expr& expr, int depth = 0) const;
  std::optional<Span> written_size(const Span& call, std::int64_t size) const;

  Tracer& tracer_;
  Library& library_;
  DimTable& dims_;
  const Target& target_;
  const WorldOptions& options_;
  const ast::Function* function_ = nullptr;
  const LoadedModule* home_ = nullptr;  ///< of the function, or for a while of the constructor
  mutable std::optional<std::optional<FoundMethod>> init_;
  mutable std::map<const ast::Function*, std::vector<std::uint32_t>> exprs_in_;
  mutable std::map<const ast::Function*, Usage> usages_;
  World world_;
  std::vector<WorldParameter> stated_;
  std::set<std::string> stated_symbols_;
  std::set<std::string> is_list_;
  std::vector<World::Contradiction> annotation_errors_;
  struct Alike {
    std::string name, other;
    Span place;
  };
  std::optional<Demands> demands_;
  std::optional<std::map<std::string_view, TakenApart>> apart_;
  std::vector<World::Object> objects_;
  std::vector<Alike> alike_;  ///< what a docstring says has the shape of another parameter
  bool needs_guess_ = false;
  bool guesses_numbers_ = true;  ///< `sigma` is one by its name
  bool filled_ = false;
  std::vector<Trace> trial_;  ///< of the last trial
};

/// `num_classes`, `hidden_dim`: a parameter that is a size, by the words that people use for sizes.
bool names_size(std::string_view name);

/// int64 for what is named like labels or indices.
DType default_dtype(std::string_view name);

}  // namespace shapelint
