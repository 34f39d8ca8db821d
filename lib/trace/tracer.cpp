#include "lib/trace/tracer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/trace/run.h"

namespace shapelint {

namespace {

/// What a stage of a path left, by all that it looks at.
template <class Seen>
class Kept {
 public:
  explicit Kept(std::size_t most) : most_(most) {}

  std::optional<Run> find(const Seen& seen, const TraceInput& input, std::uint64_t& steps_left) const {
    const auto known = std::ranges::find_if(all_, [&](const auto& one) { return one->seen == seen; });
    if (known == all_.end() || (*known)->steps >= steps_left) return std::nullopt;
    steps_left -= (*known)->steps;
    return Run((*known)->run, input, steps_left);
  }
  /// `steps`: what it took of the budget.
  void keep(Seen seen, std::uint64_t steps, Run run) {
    if (all_.size() == most_) all_.erase(all_.begin());
    all_.push_back(std::make_unique<const One>(One{std::move(seen), steps, std::move(run)}));
  }

 private:
  struct One {
    Seen seen;
    std::uint64_t steps;
    Run run;
  };
  std::size_t most_;
  std::vector<std::unique_ptr<const One>> all_;  ///< the newest last
};

/// What `Run::load` looks at. The runs of one target differ in what its parameters are, which nothing at top level
/// sees.
struct SeenByLoad {
  const LoadedModule* module;
  std::optional<std::uint32_t> statement;
  bool concrete;
  std::optional<SymbolId> batch;
  FrameworkVersions versions;
  std::vector<std::pair<Span, Dim>> open_numbers;
  std::optional<StoredSteps> stored;

  friend bool operator==(const SeenByLoad&, const SeenByLoad&) = default;
};

/// What `Run::set_up` looks at.
struct SeenBySetUp {
  Target target;
  std::vector<Binding> parameters;  ///< but for its own arguments, which are bound when it is called
  std::vector<Binding> init;
  std::map<std::string, Dim, std::less<>> symbols;
  std::optional<SymbolId> batch;
  std::vector<std::pair<Span, Dim>> open_numbers;
  std::optional<StoredSteps> stored;
  bool concrete;
  bool keeps_batch;
  Sizes sizes;
  FrameworkVersions versions;
  std::vector<PathCondition> conditions;

  friend bool operator==(const SeenBySetUp&, const SeenBySetUp&) = default;
};

// None where more than that is looked at: functions around the target may take what its parameters are named like, and
// what is altered may stand in a constructor.
std::optional<SeenBySetUp> seen_by_set_up(const Target& target, const TraceInput& in) {
  if (!target.function || !target.outer.empty() || !in.altered.empty()) return std::nullopt;
  SeenBySetUp out{target,    {},          in.init,        in.symbols, in.batch,    in.open_numbers,
                  in.stored, in.concrete, in.keeps_batch, in.sizes,   in.versions, in.conditions};
  const auto is_argument = [&](const Binding& binding) {
    return !binding.is_local() &&
           std::ranges::find(target.ast()->params, binding.name, &ast::Param::name) != target.ast()->params.end();
  };
  std::ranges::remove_copy_if(in.parameters, std::back_inserter(out.parameters), is_argument);
  return out;
}

}  // namespace

// One target has a symbolic run and concrete ones of a few sizes; what a fix is tried on is another target.
struct Tracer::Stages {
  Kept<SeenByLoad> loaded{8};
  Kept<SeenBySetUp> set_up{4};
};

Tracer::Tracer(Library& library, DimTable& dims)
    : library_(&library), dims_(&dims), stages_(std::make_unique<Stages>()) {}
Tracer::~Tracer() = default;

Run Tracer::loaded(const Target& target, const TraceInput& input, std::uint64_t& steps_left) {
  const std::optional<std::uint32_t> statement = statement_around(target);
  SeenByLoad seen{target.module,  statement,          input.concrete, input.batch,
                  input.versions, input.open_numbers, input.stored};
  if (auto known = stages_->loaded.find(seen, input, steps_left)) return std::move(*known);
  TraceInput top;
  top.batch = input.batch;
  top.concrete = input.concrete;
  top.open_numbers = input.open_numbers;
  top.stored = input.stored;
  top.sizes = input.sizes;
  top.versions = input.versions;
  top.budget = input.budget;
  const std::uint64_t before = steps_left;
  Run run(*library_, *dims_, top, steps_left);
  run.load(target);
  Run out(run, input, steps_left);
  // A script has no top level beside itself; a budget that ran out, or a size that was learnt, is of this input alone.
  if (statement && !run.halted() && run.sizes() == input.sizes)
    stages_->loaded.keep(std::move(seen), before - steps_left, std::move(run));
  return out;
}

Run Tracer::set_up(const Target& target, const TraceInput& input, std::uint64_t& steps_left) {
  std::optional<SeenBySetUp> seen = seen_by_set_up(target, input);
  if (seen)
    if (auto known = stages_->set_up.find(*seen, input, steps_left)) return std::move(*known);
  const std::uint64_t before = steps_left;
  Run run = loaded(target, input, steps_left);
  run.set_up(target);
  if (seen && !run.halted() && run.sizes() == input.sizes)
    stages_->set_up.keep(std::move(*seen), before - steps_left, run);
  return run;
}

namespace {

// Did tensors come back from what is wrapped, or did the wrapper refuse? A decorator may do what is not understood.
bool came_through(const Trace& trace, const FunctionObject& wrapped) {
  if (trace.end == PathEnd::raised) return trace.root.index < trace.frames.size();
  return !tensors_in(trace.result, trace.heap).empty() && std::ranges::any_of(trace.frames, [&](const Frame& frame) {
    return frame.module == wrapped.module && frame.function_id == wrapped.id;
  });
}

Paths follow_all(const Run& ready, const Target& target, const TraceInput& input, std::uint64_t& steps_left) {
  Paths out;
  Decisions decisions;
  while (true) {
    Run run(ready);
    out.traces.push_back(run.follow(target, decisions));
    out.steps = input.budget.steps - steps_left;
    if (steps_left == 0) {
      out.cut = true;
      break;
    }
    // The next path flips the last decision whose other side is still open.
    decisions.taken.resize(decisions.next);
    decisions.open.resize(decisions.next);
    while (!decisions.open.empty() && !decisions.open.back()) {
      decisions.open.pop_back();
      decisions.taken.pop_back();
    }
    if (decisions.open.empty()) break;
    if (steps_left < input.budget.steps / 2) {
      out.cut = true;
      break;
    }
    decisions.open.back() = false;
    decisions.taken.back() = !decisions.taken.back();
  }
  return out;
}

}  // namespace

Paths Tracer::run(const Target& target, const TraceInput& input) {
  std::uint64_t steps_left = input.budget.steps;
  Run ready = set_up(target, input, steps_left);
  Paths out = follow_all(ready, target, input, steps_left);
  const FunctionObject* wrapper = ready.wrapper();
  if (wrapper != nullptr && steps_left > 0 &&
      std::ranges::none_of(out.traces, [&](const Trace& trace) { return came_through(trace, wrapper->written()); })) {
    ready.without_decorators();
    out = follow_all(ready, target, input, steps_left);
  }
  return out;
}

Trace Tracer::call(const std::string& path, const std::vector<Binding>& arguments, const TraceInput& input) {
  std::uint64_t steps_left = input.budget.steps;
  Run run(*library_, *dims_, input, steps_left);
  return run.call_path(path, arguments);
}

}  // namespace shapelint
