// Shapes that nobody states, in PyTorch: code calls its losses as it likes, so the usual combinations are tried, and
// what then is found must hold for all of them.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/trace/world_builder.h"

namespace shapelint {

// Of the parts of a target, the one that holds a class number for each row of the others.
bool WorldBuilder::is_of_numbers(const Scenario& scenario, const Guessed& guessed) {
  switch (scenario.numbers) {
    case ClassNumbers::first: return guessed.parts > 1 && guessed.part == 0;
    case ClassNumbers::last: return guessed.parts > 1 && guessed.part + 1 == guessed.parts;
    case ClassNumbers::none: return false;
  }
  return false;
}

// Puts the shapes of a scenario into the world. False when it is the same as a simpler one.
bool WorldBuilder::apply_scenario(const Scenario& scenario, const std::vector<Guessed>& guessed) {
  restore_stated();
  // Where one of the two is stated, the other follows it.
  const WorldParameter* prediction = nullptr;
  const WorldParameter* target = nullptr;
  for (const WorldParameter& p : stated_) {
    if (!p.shape || p.is_local()) continue;
    if (prediction == nullptr && role_at(p.name) == Role::prediction) prediction = &p;
    if (target == nullptr && role_at(p.name) == Role::target) target = &p;
  }
  const auto class_axis = [&](const Shape& shape) { return scenario.classes_last ? shape.size() - 1 : 1; };
  const auto without_classes = [&](const Shape& shape) {
    Shape out = shape;
    if (out.size() > 1) out.erase(out.begin() + static_cast<std::ptrdiff_t>(class_axis(out)));
    return out;
  };
  Shape of_prediction;
  Shape of_target;
  const auto beside = [&](const Shape& stated) {
    return scenario.own_sizes ? of_rank(scenario.rank > 0 ? scenario.rank : static_cast<int>(stated.size())) : stated;
  };
  if (scenario.own_sizes && prediction == nullptr && target == nullptr) return false;
  if (prediction != nullptr) {
    of_prediction = *prediction->shape;
    of_target = scenario.index_target ? without_classes(of_prediction) : beside(of_prediction);
  } else if (target != nullptr) {
    of_target = *target->shape;
    of_prediction = beside(of_target);
    if (scenario.index_target) {
      if (of_prediction.empty()) return false;
      of_prediction.insert(of_prediction.begin() + 1, fresh_axis("C"));
    }
  } else {
    of_prediction = of_rank(scenario.rank);
    if (scenario.classes_last) std::rotate(of_prediction.begin() + 1, of_prediction.begin() + 2, of_prediction.end());
    if (scenario.classes) of_prediction[class_axis(of_prediction)] = *scenario.classes;
    of_target = scenario.index_target ? without_classes(of_prediction) : of_prediction;
  }
  if (scenario.index_target && of_prediction.size() < 2) return false;
  if (scenario.one_class_axis) of_target.insert(of_target.begin() + 1, dims_.number(1));
  if (scenario.target_table) of_target = {fresh_axis("M"), fresh_axis("K")};
  const auto has = [&](Group group) {
    return std::ranges::any_of(guessed, [&](const Guessed& g) { return g.group == group; });
  };
  if ((scenario.weights_like_target && !has(Group::per_sample)) ||
      (scenario.features_per_sample && !has(Group::feature)) ||
      (scenario.index_target && !has(Group::target) &&
       !(target != nullptr && (has(Group::prediction) || has(Group::feature)))) ||
      (scenario.target_table && !has(Group::target)) || (scenario.input > 0 && !has(Group::input)))
    return false;
  const Shape per_sample{batch()};
  if (scenario.features_per_sample && of_prediction.size() == 1) return false;
  if (scenario.weights_like_target && of_target.size() == 1) return false;
  for (const Guessed& g : guessed) {
    WorldParameter made{.name = g.name, .from = ShapeSource::inferred, .place = g.place};
    const std::string_view own = g.own_name();
    made.dtype = default_dtype(own);
    switch (g.group) {
      case Group::prediction:
        made.shape = of_prediction;
        made.dtype = DType::float32;
        break;
      case Group::target:
        made.shape = of_target;
        made.dtype = scenario.index_target ? DType::int64 : DType::float32;
        if (is_of_numbers(scenario, g)) {
          made.shape->resize(1);
          made.dtype = DType::int64;
        }
        break;
      case Group::per_sample:
        made.shape = scenario.weights_like_target ? of_target : per_sample;
        made.dtype = role_of(own) == Role::mask ? DType::boolean : DType::float32;
        break;
      case Group::length:
        made.shape = per_sample;
        made.dtype = DType::int64;
        break;
      case Group::number: made.shape = Shape{}; break;
      case Group::feature: made.shape = scenario.features_per_sample ? per_sample : of_prediction; break;
      case Group::input: made.shape = scenario.input > 0 ? input_of_object(scenario.input) : of_prediction; break;
      case Group::of_constructor:
        made.shape = Shape{of_prediction.size() > 1 ? of_prediction[class_axis(of_prediction)] : fresh_axis("K")};
        if (g.rank == 2) made.shape = Shape{fresh_axis("A"), fresh_axis("K")};
        break;
    }
    if (g.is_column && made.shape) made.shape = per_sample;
    if (g.is_list) {
      made.shapes.assign(g.size.value_or(scenario.list_size), *made.shape);
      made.shape.reset();
      is_list_.insert(g.name);
    }
    world_.parameters.push_back(std::move(made));
  }
  if (function_ != nullptr)
    for (const ast::Param& param : function_->params)
      if (find(param.name) == nullptr) take_data_shape(param);
  take_likeness(ShapeSource::inferred);
  meet_demands();
  bindings();
  return true;
}

// Is a parameter taken for a number that is only named like one?
bool WorldBuilder::has_guessed_numbers() const {
  const auto is_guessed = [&](const Binding& binding) {
    if (!binding.is_number || function_ == nullptr) return false;
    const auto param = std::ranges::find(function_->params, binding.name, &ast::Param::name);
    return param != function_->params.end() && !is_plain_number(*param);
  };
  return std::ranges::any_of(world_.input.parameters, is_guessed);
}

std::vector<WorldBuilder::Scenario> WorldBuilder::usual_scenarios(bool index_first) {
  std::vector<Scenario> scenarios;
  for (const int further : {0, 1, 2, 3}) {
    for (const int rank : {2, 4, 3, 1, 5}) {
      for (const bool index : {index_first, !index_first}) {
        scenarios.push_back({.rank = rank,
                             .index_target = index,
                             .weights_like_target = further % 2 == 1,
                             .features_per_sample = further >= 2});
      }
    }
  }
  scenarios.insert(scenarios.begin() + (index_first ? 2 : 1), Scenario{.rank = 0, .own_sizes = true});
  for (const int rank : {2, 3, 4}) scenarios.push_back({.rank = rank, .own_sizes = true});
  return scenarios;
}

// What a model of the program is called with has sizes of its own.
std::vector<WorldBuilder::Scenario> WorldBuilder::scenarios_of_objects(bool index_first) {
  std::vector<Scenario> scenarios;
  for (const int input : {2, 4, 3}) {
    for (const int rank : {2, 1, 4, 3}) {
      for (const bool index : {index_first, !index_first})
        scenarios.push_back({.rank = rank, .input = input, .index_target = index});
    }
  }
  return scenarios;
}

// `x.view(-1, self.num_classes)`: the numbers of the code that may be how many classes there are.
std::vector<Dim> WorldBuilder::numbers_of_classes() const {
  std::vector<Dim> out;
  const auto take = [&](Dim size) {
    if (std::ranges::find(out, size) == out.end() && out.size() < 3) out.push_back(size);
  };
  for (const std::vector<Binding>* given : {&world_.input.init, &world_.input.parameters}) {
    for (const Binding& binding : *given) {
      // A whole number without a value is a symbol of its own name.
      const auto known = world_.symbols.find(binding.name);
      if (binding.literal == binding.name && known != world_.symbols.end()) take(dims_.symbol(known->second));
    }
  }
  const auto init = init_method();
  if (!init) return out;
  for (const ast::Param& param : init->ast().params) {
    if (!param.fallback.valid() || !names_size(param.name)) continue;
    const auto* number = std::get_if<ast::IntLiteral>(&init->home->program->expr(param.fallback).node);
    if (number != nullptr && number->value > 1) take(dims_.number(number->value));
  }
  return out;
}

// Classes that are last, as in language models, or as many as the code says.
std::vector<WorldBuilder::Scenario> WorldBuilder::scenarios_of_classes() const {
  std::vector<Scenario> scenarios;
  for (const int rank : {3, 4}) scenarios.push_back({.rank = rank, .index_target = true, .classes_last = true});
  for (const Dim classes : numbers_of_classes()) {
    for (const int rank : {2, 4, 3}) {
      for (const bool index : {true, false})
        scenarios.push_back({.rank = rank, .index_target = index, .classes = classes});
    }
    for (const int rank : {3, 4})
      scenarios.push_back({.rank = rank, .index_target = true, .classes_last = true, .classes = classes});
  }
  return scenarios;
}

// What is tried only where none of the usual shapes fits.
std::vector<WorldBuilder::Scenario> WorldBuilder::further_scenarios(const std::vector<Guessed>& guessed) {
  std::vector<Scenario> scenarios;
  for (const int rank : {4, 3, 2}) scenarios.push_back({.rank = rank, .index_target = true, .one_class_axis = true});
  const auto is_open = [](const Guessed& g) { return g.is_list && !g.size; };
  if (std::ranges::none_of(guessed, &Guessed::is_list)) return scenarios;
  std::vector<std::size_t> sizes{2};
  if (std::ranges::any_of(guessed, is_open)) sizes = {2, 3, 1};
  const bool has_parts = std::ranges::any_of(guessed, [](const Guessed& g) { return g.parts > 1; });
  std::vector<ClassNumbers> beside{ClassNumbers::none};
  if (has_parts) beside = {ClassNumbers::first, ClassNumbers::last, ClassNumbers::none};
  for (const std::size_t size : sizes) {
    for (const int rank : {4, 3, 5, 2}) {
      for (const ClassNumbers numbers : beside)
        scenarios.push_back({.rank = rank, .target_table = true, .numbers = numbers, .list_size = size});
      if (size == 2) continue;
      for (const bool index : {false, true})
        scenarios.push_back({.rank = rank, .index_target = index, .list_size = size});
    }
  }
  return scenarios;
}

void WorldBuilder::guess_by_trials() {
  restore_stated();
  const std::vector<std::vector<Guessed>> ways = ways_to_guess();
  if (function_ != nullptr)
    for (const ast::Param& param : function_->params)
      if (find(param.name) == nullptr) take_data_shape(param);
  bindings();
  std::uint64_t steps_left = 160'000;
  if (ways.empty()) {
    // What is named like a number gives way to code that needs a tensor there.
    if (!has_guessed_numbers() || runs_clean(steps_left)) return;
    guesses_numbers_ = false;
    bindings();
    guesses_numbers_ = !runs_clean(steps_left);
    return bindings();
  }
  const World unguessed = world_;
  std::optional<World> chosen;
  std::optional<World> by_chance;  // where no other fits
  std::vector<TraceInput> others;
  std::vector<std::vector<Shape>> seen;
  const auto try_all = [&](const std::vector<Scenario>& scenarios, const std::vector<Guessed>& guessed) {
    for (const Scenario& scenario : scenarios) {
      if (!apply_scenario(scenario, guessed)) continue;
      // What is stated may leave no difference between two scenarios.
      std::vector<Shape> shapes;
      for (const WorldParameter& p : world_.parameters) {
        if (p.shape) shapes.push_back(*p.shape);
        for (const Shape& one : p.shapes) shapes.push_back(one);
        shapes.push_back({dims_.number(static_cast<std::int64_t>(p.dtype))});
      }
      if (std::ranges::find(seen, shapes) != seen.end()) continue;
      seen.push_back(std::move(shapes));
      const Fit how = !chosen && steps_left > 0 ? fit(steps_left) : Fit::none;
      if (how == Fit::good) chosen = world_;
      else others.push_back(world_.input);
      if (how == Fit::by_chance && !by_chance) {
        by_chance = world_;
        by_chance->by_chance = true;
      }
    }
  };
  // Each in turn; what remains once one fits is only what else the shapes could be.
  const auto next = [&](const std::vector<Scenario>& scenarios, const std::vector<Guessed>& guessed) {
    if (chosen) return;
    steps_left += 60'000;
    try_all(scenarios, guessed);
  };
  for (const std::vector<Guessed>& guessed : ways) {
    // Targets named like class numbers are tried as such first.
    const bool index_first = std::ranges::any_of(guessed, [](const Guessed& g) {
      return g.group == Group::target && default_dtype(g.own_name()) == DType::int64;
    });
    const bool has_inputs = std::ranges::any_of(guessed, [](const Guessed& g) { return g.group == Group::input; });
    if (has_inputs || !objects_.empty()) try_all(scenarios_of_objects(index_first), guessed);
    try_all(usual_scenarios(index_first), guessed);
    next(further_scenarios(guessed), guessed);
    next(scenarios_of_classes(), guessed);
    if (!chosen) chosen = std::move(by_chance);
    if (!chosen && has_guessed_numbers()) {
      guesses_numbers_ = false;
      seen.clear();
      others.clear();
      next(usual_scenarios(index_first), guessed);
    }
    if (!chosen) chosen = std::move(by_chance);
    if (chosen) continue;
    guesses_numbers_ = true;
    steps_left += 60'000;
  }
  if (!chosen) {
    // None of the usual shapes fits: then nothing is known of them.
    world_ = unguessed;
    return;
  }
  world_ = std::move(*chosen);
  world_.alternatives = std::move(others);
}

}  // namespace shapelint
