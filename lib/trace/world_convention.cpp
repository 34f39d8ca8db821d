// Shapes that nobody states, in Keras: losses are called with (batch, d0, ..., dN), and only the rank is open.
#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/trace/module_facts.h"
#include "lib/trace/world_builder.h"

namespace shapelint {

void WorldBuilder::guess_by_convention() {
  std::map<std::string, int> ranks;
  bool is_clean = false;
  for (int round = 0; round < 6; ++round) {
    fill_convention(ranks);
    if (!needs_guess_ || !raise_ranks(ranks, is_clean)) break;
  }
  if (!needs_guess_ || is_clean) return;
  // `if len(shape) == 5: ... elif len(shape) == 4: ... else: raise`
  if (ranks.empty() && refuses() && fits_other_rank()) return;
  fit_target();
}

// What the code itself refuses may be the rank.
bool WorldBuilder::fits_other_rank() {
  const auto is_guessed = [](const WorldParameter& p) { return p.from == ShapeSource::convention; };
  for (const int rank : {4, 3, 5}) {
    std::map<std::string, int> ranks;
    for (const WorldParameter& p : world_.parameters)
      if (is_guessed(p)) ranks[p.name] = rank;
    fill_convention(ranks);
    if (!refuses()) return true;
  }
  fill_convention({});
  return false;
}

// Where the code fails with targets like predictions, they may be class numbers, (B,) or (B, 1), or have columns of
// their own beside the predictions'.
void WorldBuilder::fit_target() {
  const auto of_role = [&](Role role) {
    return std::ranges::find_if(world_.parameters, [&](const WorldParameter& p) {
      return p.shape && !p.is_local() && role_at(p.name) == role;
    });
  };
  const auto target = of_role(Role::target);
  const auto prediction = of_role(Role::prediction);
  if (target == world_.parameters.end() || prediction == world_.parameters.end() || is_stated(target->from) ||
      prediction->shape->size() < 2 || target->shape->size() != prediction->shape->size())
    return;
  std::uint64_t steps_left = 60'000;
  const WorldParameter before = *target;
  const Shape wide = *prediction->shape;
  const auto fits = [&](Shape shape, DType dtype) {
    target->shape = std::move(shape);
    target->dtype = dtype;
    target->from = ShapeSource::inferred;
    bindings();
    if (runs_clean(steps_left)) return true;
    *target = before;
    return false;
  };
  Shape classes = *target->shape;
  classes.pop_back();
  if (fits(classes, DType::int64)) return;
  if (!is_stated(prediction->from)) {
    prediction->shape = of_rank(static_cast<int>(wide.size()) + 1);
    if (fits(Shape(prediction->shape->begin(), prediction->shape->end() - 1), DType::int64)) return;
    prediction->shape = wide;
  }
  Shape column = classes;
  column.push_back(dims_.number(1));
  Shape own = classes;
  own.push_back(fresh_axis("M"));
  if (fits(column, DType::int64) || fits(own, DType::float32)) return;
  // One number for each sample.
  if (!is_stated(prediction->from) && prediction->shape->size() == 2) {
    prediction->shape->pop_back();
    if (fits(classes, DType::float32)) return;
    prediction->shape = wide;
  }
  bindings();
}

void WorldBuilder::fill_convention(const std::map<std::string, int>& ranks) {
  restore_stated();
  if (function_ == nullptr) return bindings();
  const Usage& usage = usage_of(*function_);
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    if (find(param.name) != nullptr || options_.args.contains(param.name)) continue;
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) continue;
    if (std::ranges::any_of(stated_, [&](const auto& p) { return p.name.starts_with(param.name + "."); })) continue;
    if (take_data_shape(param) || param.fallback.valid()) continue;
    const Role role = role_at(param.name);
    if (role == Role::other || is_plain_number(param)) continue;
    // Without a convention, a guess is made only where a loss is certain to be given a batch.
    if (world_.convention == Convention::none) continue;
    const bool pair = role == Role::target || role == Role::prediction;
    Shape shape = of_rank(pair && !usage.columns.contains(param.name) ? 2 : 1);
    // Beside a target whose shape is stated, a prediction has that shape.
    const auto stated = std::ranges::find_if(stated_, [&](const WorldParameter& p) {
      const Role other = role_at(p.name);
      return pair && p.shape && other != role && (other == Role::target || other == Role::prediction);
    });
    if (stated != stated_.end()) shape = *stated->shape;
    if (const auto it = ranks.find(param.name); it != ranks.end()) shape = of_rank(it->second);
    world_.parameters.push_back({.name = param.name,
                                 .shape = std::move(shape),
                                 .dtype = pair ? DType::float32 : default_dtype(param.name),
                                 .from = pair ? ShapeSource::convention : ShapeSource::inferred,
                                 .place = param.span});
    needs_guess_ = true;
  }
  meet_demands();
  bindings();
}

// A trial run: what asks for more axes on a guessed parameter gets them.
bool WorldBuilder::raise_ranks(std::map<std::string, int>& ranks, bool& is_clean) {
  const TraceInput trial = trial_input(50'000);
  const Paths paths = tracer_.run(target_, trial);
  is_clean = !paths.traces.empty() && std::ranges::all_of(paths.traces, shapelint::runs_clean);
  for (const Trace& trace : paths.traces) {
    for (const Conflict& c : trace.conflicts) {
      if (asks_for_axes(c) && !c.operands.empty() && raise_rank_behind(trace, c.operands[0], ranks)) return true;
    }
    for (const Step& step : trace.steps) {
      if ((eats_batch_after_reductions(trace, step) || eats_batch_of_guess(trace, step)) &&
          raise_rank_behind(trace, step.operands[0], ranks))
        return true;
    }
  }
  return false;
}

// `mean(mean(x, axis=-1), axis=-1)`, `mean(squeeze(x, -1), axis=-1)`: whoever writes this has more axes than two.
bool WorldBuilder::eats_batch_after_reductions(const Trace& trace, const Step& step) const {
  if (step.op == nullptr || step.op->role != OpRole::reduction || !step.axis || *step.axis >= 0 ||
      step.operands.empty())
    return false;
  const auto& shape = trace.tensor(step.operands[0]).shape;
  if (!shape || shape->size() != 1 || !dims_.mentions((*shape)[0], *world_.input.batch)) return false;
  TensorId at = step.operands[0];
  for (int hops = 0; hops < 256; ++hops) {
    const Step& made = trace.step_of(at);
    if (made.op == nullptr || made.operands.empty()) return false;
    const auto& before = trace.tensor(made.operands[0]).shape;
    const auto& after = trace.tensor(at).shape;
    if (before && after && before->size() > after->size()) {
      return made.op->role == OpRole::reduction || !made.assumed.empty();
    }
    at = made.operands[0];
  }
  return false;
}

// `sum(square(y_pred), axis=-1)` of what only a guessed prediction goes into, beside a target of (B,): whoever writes
// this has an axis more than the target.
bool WorldBuilder::eats_batch_of_guess(const Trace& trace, const Step& step) const {
  if (step.op == nullptr || step.op->role != OpRole::reduction || !step.axis || *step.axis >= 0 ||
      step.operands.size() != 1)
    return false;
  const auto& shape = trace.tensor(step.operands[0]).shape;
  if (!shape || shape->size() != 1 || !dims_.mentions((*shape)[0], *world_.input.batch)) return false;
  std::vector<TensorId> open{step.operands[0]};
  std::set<TensorId> seen;
  bool is_guessed = false;
  while (!open.empty()) {
    const TensorId at = open.back();
    open.pop_back();
    if (!seen.insert(at).second) continue;
    if (seen.size() > 256) return false;
    const Step& made = trace.step_of(at);
    if (made.kind == StepKind::parameter) {
      const auto p = std::ranges::find(world_.parameters, made.parameter, &WorldParameter::name);
      if (p == world_.parameters.end() || is_stated(p->from) || !p->shape || p->shape->size() != 1) return false;
      is_guessed = true;
    }
    open.insert(open.end(), made.operands.begin(), made.operands.end());
  }
  return is_guessed;
}

bool WorldBuilder::raise_rank_behind(const Trace& trace, TensorId at, std::map<std::string, int>& ranks) {
  for (int hops = 0; hops < 256; ++hops) {
    const Step& step = trace.step_of(at);
    if (step.kind == StepKind::parameter || step.operands.empty()) break;
    at = step.operands[0];
  }
  const Step& step = trace.step_of(at);
  if (step.kind != StepKind::parameter) return false;
  const WorldParameter* p = find(step.parameter);
  if (p == nullptr || is_stated(p->from) || !p->shape || p->shape->size() >= 5) return false;
  const std::size_t rank = p->shape->size() + 1;
  // Target and prediction of a convention have one rank.
  for (const WorldParameter& q : world_.parameters) {
    if (q.from == p->from && q.shape && q.shape->size() + 1 == rank) ranks[q.name] = static_cast<int>(rank);
  }
  return true;
}

// A function that was given to `compile` never sees (B,) beside (B, 1): Keras brings target and prediction to one rank
// before, as `squeeze_or_expand_to_same_rank` in rules/frameworks/keras/losses.loss. Seen with keras 3.15.1
// (TensorFlow, JAX) and tf_keras 2.21.0. Sample data is what the function gets.
void WorldBuilder::align_ranks_as_compile() {
  if (function_ == nullptr || world_.convention != Convention::keras || required_parameters() != 2 ||
      !facts_of(*target_.module).compiled.contains(function_->name))
    return;
  const std::size_t first = is_bound() ? 1 : 0;
  if (function_->params.size() < first + 2) return;
  WorldParameter* higher = find(function_->params[first].name);
  WorldParameter* lower = find(function_->params[first + 1].name);
  if (higher == nullptr || lower == nullptr || !higher->shape || !lower->shape) return;
  if (options_.data.contains(higher->name) || options_.data.contains(lower->name)) return;
  if (higher->shape->size() < lower->shape->size()) std::swap(higher, lower);
  if (higher->shape->size() != lower->shape->size() + 1 || !dims_.is_number(higher->shape->back(), 1)) return;
  WorldParameter* changed = lower->shape->size() == 1 ? lower : higher;
  if (changed == lower) lower->shape->push_back(higher->shape->back());
  else higher->shape->pop_back();
  changed->from = ShapeSource::convention;
  bindings();
}

}  // namespace shapelint
