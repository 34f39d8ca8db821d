// What an object that learns from an environment has stored before its training step is called. Nobody states that, so
// the usual forms are tried: actions that are chosen by number or that are vectors, and parts as an environment gives
// them or with a batch axis of one each. How many samples the step draws of it is its batch.
#include <algorithm>
#include <optional>

#include "lib/trace/loss_bodies.h"
#include "lib/trace/world_builder.h"

namespace shapelint {

void WorldBuilder::guess_stored_steps() {
  if (function_ == nullptr || home().dialect != Dialect::python) return;
  const LossBodies bodies(home());
  world_.gradients = bodies.gradients(*function_);
  const bool is_step = bodies.calls_gradient(*function_);
  if (!is_step && !facts_of(home()).imports_gym) return;
  std::uint64_t steps_left = 100'000;
  // An environment of the program has the same sizes.
  world_.input.stored = StoredSteps{.observation = fresh_axis("S"), .action = fresh_axis("A")};
  StoredSteps& stored = *world_.input.stored;
  for (const Dim size : {stored.observation, stored.action}) world_.object_sizes.insert(*dims_.as_symbol(size));
  const FormOfSteps form = is_step ? find_form_of_steps(stored, steps_left) : FormOfSteps{};
  stored.fills = form.is_found;
  if (is_step) count_draws(steps_left);
  else fit(steps_left);
  // A size that nothing has is nothing to tell of.
  const auto has_size = [&](Dim size) {
    return std::ranges::any_of(trial_, [&](const Trace& trace) {
      return std::ranges::any_of(trace.tensors, [&](const Tensor& t) {
        return t.shape && std::ranges::find(*t.shape, size) != t.shape->end();
      });
    });
  };
  const bool has_any = stored.fills || has_size(stored.observation) || has_size(stored.action);
  for (const Dim size : {stored.observation, stored.action}) {
    if (!has_size(size))
      std::erase_if(world_.symbols, [&](const auto& one) { return dims_.symbol(one.second) == size; });
  }
  if (!has_any && !is_step) world_.input.stored.reset();
  for (TraceInput& other : world_.alternatives) {
    other.stored = world_.input.stored;
    other.open_numbers = world_.input.open_numbers;
  }
  if (form.either_action) {
    // Then nothing says of which kind they are.
    world_.alternatives.push_back(world_.input);
    world_.alternatives.back().stored->forces = true;
  }
}

// Does the code run with what a method of the program has stored, in one of the usual forms? One in which it comes to
// its loss is better than one in which it ends before.
WorldBuilder::FormOfSteps WorldBuilder::find_form_of_steps(StoredSteps& stored, std::uint64_t& steps_left) {
  FormOfSteps out;
  StoredSteps chosen = stored;
  std::vector<std::string> called;
  bool is_through = false;
  for (const bool rows : {false, true}) {
    for (const bool forces : {false, true}) {
      stored.rows = rows;
      stored.forces = forces;
      const Fit how = fit(steps_left);
      if (trial_.empty() || trial_.front().stored.empty()) return {};
      if (how != Fit::good) continue;
      const bool comes =
          std::ranges::any_of(trial_, [&](const Trace& trace) { return reaches_gradient(world_, trace); });
      out.either_action = is_through && comes;  // the first of them was tried with numbers
      if (out.is_found && (is_through || !comes)) continue;
      out.is_found = true;
      is_through = comes;
      chosen = stored;
      called = trial_.front().stored;
    }
    if (is_through) break;
  }
  if (!out.is_found) return out;
  stored = chosen;
  for (const std::string& call : called) {
    const std::size_t end = call.find('(');
    world_.objects.push_back(
        {.name = call.substr(0, end), .made = "called with " + call.substr(end), .is_guess = true});
  }
  return out;
}

// `random.sample(self.memory, self.batch_size)`, `np.random.choice(size, 64)`.
void WorldBuilder::count_draws(std::uint64_t steps_left) {
  std::optional<std::int64_t> number;
  std::vector<std::pair<Span, Dim>> places;
  for (const Trace& trace : trial_) {
    for (const auto& [place, count] : trace.draws) {
      const auto size = dims_.constant(count);
      if (!size || *size < 2 || place.end == place.begin) continue;
      if (number && *number != *size) return;
      number = size;
      places.emplace_back(place, batch());
    }
  }
  if (places.empty()) return;
  world_.input.open_numbers = std::move(places);
  if (fit(steps_left) == Fit::none) world_.input.open_numbers.clear();
}

}  // namespace shapelint
