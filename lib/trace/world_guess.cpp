// Shapes that nobody states: what both ways of guessing share.
#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/world_builder.h"

namespace shapelint {

Shape WorldBuilder::of_rank(int rank) {
  Shape out;
  if (rank == 0) return out;
  out.push_back(batch());
  // Keras has its channels last, PyTorch behind the batch.
  static constexpr std::string_view kLast[][4] = {{"N"}, {"T", "N"}, {"H", "W", "C"}, {"D1", "H", "W", "C"}};
  static constexpr std::string_view kFirst[][4] = {{"C"}, {"C", "T"}, {"C", "H", "W"}, {"C", "D1", "H", "W"}};
  const auto& names = is_tried(world_.convention) ? kFirst : kLast;
  for (int i = 1; i < rank; ++i) {
    if (rank - 2 < 4) out.push_back(fresh_axis(names[rank - 2][i - 1]));
    else out.push_back(fresh_axis(fmt::format("D{}", i)));
  }
  return out;
}

// A size of the convention; a name that the code uses for something else gets a prime.
Dim WorldBuilder::fresh_axis(std::string_view name) {
  std::string unique(name);
  while (stated_symbols_.contains(unique)) unique += "_";
  return symbol(unique);
}

// Back to what is stated, before guesses are made anew.
void WorldBuilder::restore_stated() {
  if (!filled_) {
    stated_ = world_.parameters;
    for (const auto& [name, id] : world_.symbols) {
      if (id != *world_.input.batch) stated_symbols_.insert(name);
    }
    filled_ = true;
  }
  world_.parameters = stated_;
  needs_guess_ = false;
}

// Data says its rank; alike sizes on alike axes are one symbol.
bool WorldBuilder::take_data_shape(const ast::Param& param) {
  const auto it = options_.data.find(param.name);
  if (it == options_.data.end()) return false;
  WorldParameter made{.name = param.name, .dtype = it->second->dtype, .from = ShapeSource::command_line};
  Shape shape = of_rank(it->second->rank());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto s = *dims_.as_symbol(shape[axis]);
    const auto known = world_.input.sizes.find(s);
    if (known == world_.input.sizes.end()) world_.input.sizes[s] = it->second->shape[axis];
    else if (known->second != it->second->shape[axis]) shape[axis] = dims_.number(it->second->shape[axis]);
  }
  made.shape = std::move(shape);
  world_.parameters.push_back(std::move(made));
  return true;
}

// The same world on a small budget and without forks.
TraceInput WorldBuilder::trial_input(std::uint64_t steps) const {
  TraceInput trial = world_.input;
  trial.budget.steps = std::min(trial.budget.steps, steps);
  trial.budget.forks = 0;
  return trial;
}

// Does the code run to its end, without a contradiction?
WorldBuilder::Fit WorldBuilder::fit(std::uint64_t& steps_left) {
  constexpr std::uint64_t kSteps = 20'000;
  TraceInput trial = trial_input(std::min(steps_left, kSteps));
  trial.until_conflict = true;
  Paths paths = tracer_.run(target_, trial);
  // What fails soon has failed; what the last few steps did not refute is not known.
  const bool is_cut_short =
      steps_left < kSteps &&
      std::ranges::any_of(paths.traces, [](const Trace& trace) { return trace.end == PathEnd::exhausted; });
  steps_left -= std::min<std::uint64_t>(steps_left, paths.steps + 200);
  trial_ = std::move(paths.traces);
  if (is_cut_short) return Fit::none;
  if (trial_.empty() || !std::ranges::all_of(trial_, shapelint::runs_clean)) return Fit::none;
  const auto fits_well = [&](const Trace& trace) { return chance_in(dims_, world_, trace) == Chance::none; };
  return std::ranges::all_of(trial_, fits_well) ? Fit::good : Fit::by_chance;
}

// One size may be any number, but an axis that must be 1 wide is one that the code does not have, the batch has no size
// that is written down, and of two sizes only those of an image are often the same.
Chance chance_in(const DimTable& dims, const World& world, const Trace& trace) {
  const auto is_free = [&](Dim one, Dim other) {
    const auto symbol = dims.as_symbol(one);
    return symbol && !dims.mentions(other, *symbol) && !dims.is_number(other, 1);
  };
  const auto name_of = [&](Dim dim) -> std::string_view {
    const auto& names = world.input.symbols;
    const auto known = std::ranges::find_if(names, [&](const auto& one) { return one.second == dim; });
    return known != names.end() ? std::string_view(known->first) : std::string_view();
  };
  const auto is_batch = [&](Dim dim) { return dims.as_symbol(dim) == world.input.batch; };
  // What an object of the program is made for decides one axis, and one that two are to decide decides nothing.
  const auto is_of_object = [&](Dim dim) {
    const auto symbol = dims.as_symbol(dim);
    return symbol && world.object_sizes.contains(*symbol);
  };
  // A vector of one action is common, a state of one number is an axis that the code put there.
  const auto is_state = [&](Dim dim) { return world.input.stored && dim == world.input.stored->observation; };
  std::map<std::string_view, Dim> decided;
  const auto meets_object = [&](Dim size, Dim axis) {
    return is_batch(axis) || (is_state(size) && dims.is_number(axis, 1)) || (is_of_object(axis) && size != axis) ||
           (!name_of(axis).empty() && decided.emplace(name_of(axis), size).first->second != size);
  };
  const auto are_two_sizes = [](std::string_view one, std::string_view other) {
    const auto is_side = [](std::string_view name) { return name == "H" || name == "W"; };
    return !one.empty() && !other.empty() && one != other && !(is_side(one) && is_side(other));
  };
  Chance found = Chance::none;
  std::map<std::string_view, Dim> numbers;  // names that are written numbers
  const auto take = [&](const Assumption& a) {
    if (dims.same(a.left, a.right) == Tri::yes) return;
    if (is_of_object(a.left) || is_of_object(a.right)) {
      const bool is_met = is_of_object(a.left) ? meets_object(a.left, a.right) : meets_object(a.right, a.left);
      if (is_batch(a.left) || is_batch(a.right)) found = Chance::numbers;
      else if (is_met && found == Chance::none) found = Chance::sizes;
      return;
    }
    for (const auto& [size, other] : {std::pair(a.left, a.right), std::pair(a.right, a.left)}) {
      const std::string_view name = name_of(size);
      const auto known = numbers.find(name_of(other));
      if (name.empty() || (!dims.constant(other) && known == numbers.end())) continue;
      const Dim number = known != numbers.end() ? known->second : other;
      const auto is_other = [&](const auto& one) { return one.second == number && are_two_sizes(one.first, name); };
      if (is_batch(size) || std::ranges::any_of(numbers, is_other)) found = Chance::numbers;
      numbers.emplace(name, number);
    }
    // Nor has the batch a size that the constructor is given.
    for (const auto& [size, other] : {std::pair(a.left, a.right), std::pair(a.right, a.left)}) {
      const auto is_it = [&](const Binding& binding) { return binding.literal == name_of(other); };
      if (is_batch(size) && !name_of(other).empty() && std::ranges::any_of(world.input.init, is_it))
        found = Chance::numbers;
    }
    const bool is_chance =
        are_two_sizes(name_of(a.left), name_of(a.right)) || (!is_free(a.left, a.right) && !is_free(a.right, a.left));
    if (is_chance && found == Chance::none) found = Chance::sizes;
  };
  std::ranges::for_each(trace.assumptions, take);
  for (const Step& step : trace.steps) std::ranges::for_each(step.assumed, take);
  return found;
}

bool equates_batch(const DimTable& dims, const World& world, const Trace& trace) {
  const auto is_batch = [&](Dim dim) { return dims.as_symbol(dim) == world.input.batch; };
  const auto equates = [&](const Assumption& a) {
    return !a.stated && is_batch(a.left) != is_batch(a.right) &&
           !dims.mentions(is_batch(a.left) ? a.right : a.left, *world.input.batch);
  };
  return std::ranges::any_of(trace.assumptions, equates) ||
         std::ranges::any_of(trace.steps, [&](const Step& step) { return std::ranges::any_of(step.assumed, equates); });
}

bool asks_for_axes(const Conflict& conflict) {
  return conflict.label == "index.C2" || conflict.label == "unpack.C1" || conflict.label == "axis.C1";
}

bool reaches_gradient(const World& world, const Trace& trace) {
  return std::ranges::any_of(trace.exprs, [&](const ExprEvent& e) {
    return std::ranges::any_of(world.gradients, [&](const Span& gradient) { return gradient.contains(e.span); });
  });
}

bool has_guess(const World& world) {
  return std::ranges::any_of(
      world.parameters, [](const WorldParameter& p) { return !is_stated(p.from) && (p.shape || !p.shapes.empty()); });
}

bool runs_clean(const Trace& trace) {
  // Definitions say so where PyTorch raises for a dtype, which may be a guess.
  const auto refused = [](const UnknownEvent& event) { return event.reason.ends_with(" raises"); };
  return trace.conflicts.empty() && trace.contract_breaks.empty() && trace.end != PathEnd::raised &&
         std::ranges::none_of(trace.unknowns, refused);
}

}  // namespace shapelint
