// Shapes that nobody states. Keras calls its losses with (batch, d0, ..., dN): only the rank is open. PyTorch code
// calls its losses as it likes: the usual combinations are tried, and what then is found must hold for all of them.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/module_facts.h"
#include "lib/trace/object_fields.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

// Names under which losses get tensors, beyond targets and predictions.
bool names_tensor(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "x",        "x1",      "x2",        "z",       "z1",      "z2",       "embedding", "embeddings",    "features",
      "feature",  "feats",   "feat",      "anchor",  "anchors", "positive", "positives", "negative",      "negatives",
      "query",    "queries", "keys",      "images",  "image",   "img",      "signal",    "audio",         "hidden",
      "recon",    "mu",      "logvar",    "log_var", "emb",     "probs",    "probas",    "probabilities", "heatmap",
      "heatmaps", "source",  "hypothesis"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

bool names_lengths(std::string_view name) {
  return name == "lengths" || name == "lens" || name.ends_with("_lengths") || name.ends_with("_lens");
}

// The same world on a small budget and without forks.
TraceInput trial_input(const TraceInput& input, std::uint64_t steps) {
  TraceInput trial = input;
  trial.budget.steps = std::min(trial.budget.steps, steps);
  trial.budget.forks = 0;
  return trial;
}

}  // namespace

// ---- axes and what is stated -------------------------------------------------------------------------------------

Shape WorldBuilder::of_rank(int rank) {
  Shape out;
  if (rank == 0) return out;
  out.push_back(batch());
  // Keras has its channels last, PyTorch behind the batch.
  static constexpr std::string_view kLast[][4] = {{"N"}, {"T", "N"}, {"H", "W", "C"}, {"D1", "H", "W", "C"}};
  static constexpr std::string_view kFirst[][4] = {{"C"}, {"C", "T"}, {"C", "H", "W"}, {"C", "D1", "H", "W"}};
  const auto& names = world_.convention == Convention::torch ? kFirst : kLast;
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

// ---- Keras -------------------------------------------------------------------------------------------------------

void WorldBuilder::guess_by_convention() {
  std::map<std::string, int> ranks;
  bool is_clean = false;
  for (int round = 0; round < 6; ++round) {
    fill_convention(ranks);
    if (!needs_guess_ || !raise_ranks(ranks, is_clean)) break;
  }
  if (needs_guess_ && !is_clean) fit_target();
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
  bindings();
}

// A trial run: what asks for more axes on a guessed parameter gets them.
bool WorldBuilder::raise_ranks(std::map<std::string, int>& ranks, bool& is_clean) {
  const TraceInput trial = trial_input(world_.input, 50'000);
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

// ---- PyTorch -----------------------------------------------------------------------------------------------------

std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_params() const {
  std::vector<Guessed> out;
  if (function_ == nullptr) return out;
  const auto is_loss_method = is_bound() && function_->name == "forward";
  const Usage& usage = usage_of(*function_);
  const auto group_of = [](Role role) {
    switch (role) {
      case Role::prediction: return Group::prediction;
      case Role::target: return Group::target;
      case Role::weight:
      case Role::mask: return Group::per_sample;
      case Role::other: break;
    }
    return Group::feature;
  };
  std::size_t position = 0;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) continue;
    const std::size_t place = position++;
    if (param.fallback.valid() || options_.args.contains(param.name) || is_plain_number(param)) continue;
    const auto stated = [&](const WorldParameter& p) {
      return p.name == param.name || p.name.starts_with(param.name + ".");
    };
    if (std::ranges::any_of(world_.parameters, stated) || options_.data.contains(param.name)) continue;
    const std::string kind = annotated_kind(param);
    const std::string_view annotated =
        param.annotation.valid() ? library_.sources().text(program().expr(param.annotation).span) : std::string_view();
    const bool of_tensors = annotated.find("Tensor") != std::string_view::npos;
    const bool tensor = kind == "Tensor" || kind == "torch.Tensor" || kind == "FloatTensor" || kind == "LongTensor" ||
                        (kind == "Union" && of_tensors);
    const bool list = (of_tensors && (kind == "List" || kind == "list" || kind == "Sequence" || kind == "Iterable")) ||
                      (kind.empty() && usage.as_lists.contains(param.name));
    const bool dict = kind == "Dict" || kind == "dict" || kind == "Mapping" || (kind.empty() && !list);
    if (dict && usage.as_dicts.contains(param.name) && !usage.is_tensor(param.name)) {
      std::set<std::string> keys;
      if (const auto own = usage.keys.find(param.name); own != usage.keys.end()) {
        keys = own->second;
      } else {
        // Gone through, and put under the same keys into another.
        for (const auto& [other, read] : usage.keys) keys.insert(read.begin(), read.end());
      }
      if (keys.size() > 16) continue;
      for (const std::string& key : keys)
        out.push_back({param.name + "." + key, group_of(role_of(key)), param.span, false, std::nullopt});
      continue;
    }
    // C++: an object of a known class, with its tensors.
    if (const ObjectFields fields = fields_of_object(program(), param); !fields.tensors.empty()) {
      const auto parts = usage.attributes.find(param.name);
      for (const std::string& part : fields.tensors | std::views::keys) {
        if (fields.in_list || (parts != usage.attributes.end() && parts->second.contains(part)))
          out.push_back({param.name + "." + part, group_of(role_of(part)), param.span, false, {}});
      }
      continue;
    }
    // What is annotated as something else is no tensor, nor is what is called.
    if ((!kind.empty() && !tensor && !list) || usage.called.contains(param.name)) continue;
    if (const auto parts = usage.attributes.find(param.name);
        kind.empty() && !usage.is_tensor(param.name) && parts != usage.attributes.end()) {
      for (const std::string& part : parts->second) {
        const Role role = role_of(part);
        if (role == Role::prediction || role == Role::target || role == Role::mask)
          out.push_back({param.name + "." + part, group_of(role), param.span, false, std::nullopt});
      }
      continue;
    }
    const Role role = role_of(param.name);
    // `forward(self, input, target)` under other names.
    const bool is_length = names_lengths(param.name) || (param.name == "length" && is_loss_method);
    std::optional<std::size_t> size;
    if (const auto exact = usage.exact.find(param.name); exact != usage.exact.end()) size = exact->second;
    else if (const auto least = usage.least.find(param.name); least != usage.least.end() && least->second > 2)
      size = least->second;
    if (is_length) out.push_back({param.name, Group::length, param.span, false, std::nullopt});
    else if (role != Role::other || tensor || list || usage.is_tensor(param.name) || names_tensor(param.name) ||
             (is_loss_method && place < 2))
      out.push_back({param.name, group_of(role), param.span, list, size, usage.columns.contains(param.name)});
  }
  return out;
}

// Puts the shapes of a scenario into the world. False when it is the same as a simpler one.
bool WorldBuilder::apply_scenario(const Scenario& scenario, const std::vector<Guessed>& guessed) {
  restore_stated();
  // Where one of the two is stated, the other follows it.
  const WorldParameter* prediction = nullptr;
  const WorldParameter* target = nullptr;
  for (const WorldParameter& p : stated_) {
    if (!p.shape || p.is_local()) continue;
    if (prediction == nullptr && role_of(p.name) == Role::prediction) prediction = &p;
    if (target == nullptr && role_of(p.name) == Role::target) target = &p;
  }
  const auto without_classes = [](const Shape& shape) {
    Shape out = shape;
    if (out.size() > 1) out.erase(out.begin() + 1);
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
      (scenario.target_table && !has(Group::target)))
    return false;
  const Shape per_sample{batch()};
  if (scenario.features_per_sample && of_prediction.size() == 1) return false;
  if (scenario.weights_like_target && of_target.size() == 1) return false;
  for (const Guessed& g : guessed) {
    WorldParameter made{.name = g.name, .from = ShapeSource::inferred, .place = g.place};
    const std::string_view own = std::string_view(g.name).substr(g.name.rfind('.') + 1);
    made.dtype = default_dtype(own);
    switch (g.group) {
      case Group::prediction:
        made.shape = of_prediction;
        made.dtype = DType::float32;
        break;
      case Group::target:
        made.shape = of_target;
        made.dtype = scenario.index_target ? DType::int64 : DType::float32;
        break;
      case Group::per_sample:
        made.shape = scenario.weights_like_target ? of_target : per_sample;
        made.dtype = role_of(own) == Role::mask ? DType::boolean : DType::float32;
        break;
      case Group::length:
        made.shape = per_sample;
        made.dtype = DType::int64;
        break;
      case Group::feature: made.shape = scenario.features_per_sample ? per_sample : of_prediction; break;
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
  bindings();
  return true;
}

// Does the code run to its end, without a contradiction?
bool WorldBuilder::runs_clean(std::uint64_t& steps_left) {
  TraceInput trial = trial_input(world_.input, std::min<std::uint64_t>(steps_left, 20'000));
  trial.until_conflict = true;
  const Paths paths = tracer_.run(target_, trial);
  steps_left -= std::min<std::uint64_t>(steps_left, paths.steps + 200);
  return !paths.traces.empty() && std::ranges::all_of(paths.traces, shapelint::runs_clean);
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

// What is tried only where none of the usual shapes fits.
std::vector<WorldBuilder::Scenario> WorldBuilder::further_scenarios(const std::vector<Guessed>& guessed) {
  std::vector<Scenario> scenarios;
  for (const int rank : {4, 3, 2}) scenarios.push_back({.rank = rank, .index_target = true, .one_class_axis = true});
  const auto is_open = [](const Guessed& g) { return g.is_list && !g.size; };
  if (std::ranges::none_of(guessed, &Guessed::is_list)) return scenarios;
  std::vector<std::size_t> sizes{2};
  if (std::ranges::any_of(guessed, is_open)) sizes = {2, 3, 1};
  for (const std::size_t size : sizes) {
    for (const int rank : {4, 3, 5, 2}) {
      scenarios.push_back({.rank = rank, .target_table = true, .list_size = size});
      if (size == 2) continue;
      for (const bool index : {false, true})
        scenarios.push_back({.rank = rank, .index_target = index, .list_size = size});
    }
  }
  return scenarios;
}

void WorldBuilder::guess_by_trials() {
  const std::vector<Guessed> guessed = guessed_params();
  restore_stated();
  if (function_ != nullptr)
    for (const ast::Param& param : function_->params)
      if (find(param.name) == nullptr) take_data_shape(param);
  bindings();
  std::uint64_t steps_left = 160'000;
  if (guessed.empty()) {
    // What is named like a number gives way to code that needs a tensor there.
    if (!has_guessed_numbers() || runs_clean(steps_left)) return;
    guesses_numbers_ = false;
    bindings();
    guesses_numbers_ = !runs_clean(steps_left);
    return bindings();
  }
  // Targets named like class numbers are tried as such first.
  const bool index_first = std::ranges::any_of(
      guessed, [](const Guessed& g) { return g.group == Group::target && default_dtype(g.name) == DType::int64; });
  const World unguessed = world_;
  std::optional<World> chosen;
  std::vector<TraceInput> others;
  std::vector<std::vector<Shape>> seen;
  const auto try_all = [&](const std::vector<Scenario>& scenarios) {
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
      if (!chosen && steps_left > 0 && runs_clean(steps_left)) chosen = world_;
      else others.push_back(world_.input);
    }
  };
  try_all(usual_scenarios(index_first));
  if (!chosen) {
    steps_left += 60'000;
    try_all(further_scenarios(guessed));
  }
  if (!chosen && has_guessed_numbers()) {
    guesses_numbers_ = false;
    seen.clear();
    others.clear();
    steps_left += 60'000;
    try_all(usual_scenarios(index_first));
  }
  if (!chosen) {
    guesses_numbers_ = true;
    // None of the usual shapes fits: then nothing is known of them.
    world_ = unguessed;
    return;
  }
  world_ = std::move(*chosen);
  world_.alternatives = std::move(others);
}

bool asks_for_axes(const Conflict& conflict) {
  return conflict.label == "index.C2" || conflict.label == "unpack.C1" || conflict.label == "axis.C1";
}

bool runs_clean(const Trace& trace) {
  // Definitions say so where PyTorch raises for a dtype, which may be a guess.
  const auto refused = [](const UnknownEvent& event) { return event.reason.ends_with(" raises"); };
  return trace.conflicts.empty() && trace.contract_breaks.empty() && trace.end != PathEnd::raised &&
         std::ranges::none_of(trace.unknowns, refused);
}

}  // namespace shapelint
