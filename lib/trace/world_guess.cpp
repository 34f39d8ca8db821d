// Shapes that nobody states. Keras calls its losses with (batch, d0, ..., dN): only the rank is open. PyTorch code
// calls its losses as it likes: the usual combinations are tried, and what then is found must hold for all of them.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

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
  for (int round = 0; round < 6; ++round) {
    fill_convention(ranks);
    if (!needs_guess_ || !raise_ranks(ranks)) break;
  }
}

void WorldBuilder::fill_convention(const std::map<std::string, int>& ranks) {
  restore_stated();
  if (function_ == nullptr) return bindings();
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
    int rank = pair ? 2 : 1;
    if (const auto it = ranks.find(param.name); it != ranks.end()) rank = it->second;
    world_.parameters.push_back({.name = param.name,
                                 .shape = of_rank(rank),
                                 .dtype = pair ? DType::float32 : default_dtype(param.name),
                                 .from = pair ? ShapeSource::convention : ShapeSource::inferred,
                                 .place = param.span});
    needs_guess_ = true;
  }
  bindings();
}

// A trial run: too many indices, a wrong unpacking or an axis out of range on a guessed parameter asks for more axes.
bool WorldBuilder::raise_ranks(std::map<std::string, int>& ranks) {
  const TraceInput trial = trial_input(world_.input, 50'000);
  Tracer tracer(library_, dims_);
  const Paths paths = tracer.run(target_, trial);
  for (const Trace& trace : paths.traces) {
    for (const Conflict& c : trace.conflicts) {
      if (c.label != "index.C2" && c.label != "unpack.C1" && c.label != "axis.C1") continue;
      if (!c.operands.empty() && raise_rank_behind(trace, c.operands[0], ranks)) return true;
    }
    for (const Step& step : trace.steps) {
      if (eats_batch_after_reductions(trace, step) && raise_rank_behind(trace, step.operands[0], ranks)) return true;
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

// ---- PyTorch -----------------------------------------------------------------------------------------------------

// Names whose attributes are those of a tensor: `x.shape`, `x.view(...)`.
std::set<std::string_view> WorldBuilder::used_as_tensors() const {
  static constexpr std::string_view kMembers[] = {
      "shape",   "size",    "dim",       "ndim",       "view", "reshape", "mean",   "sum",    "detach",  "unsqueeze",
      "squeeze", "permute", "transpose", "flatten",    "norm", "pow",     "exp",    "log",    "softmax", "log_softmax",
      "sigmoid", "clamp",   "numel",     "contiguous", "T",    "chunk",   "unbind", "expand", "gather",  "argmax"};
  std::set<std::string_view> out;
  for (const ast::Expr& expr : program().exprs) {
    const auto* attr = std::get_if<ast::Attribute>(&expr.node);
    if (attr == nullptr || !function_->span.contains(expr.span)) continue;
    const auto* name = std::get_if<ast::Name>(&program().expr(attr->value).node);
    if (name != nullptr && std::ranges::find(kMembers, attr->name) != std::end(kMembers)) out.insert(name->id);
  }
  return out;
}

std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_params() const {
  std::vector<Guessed> out;
  if (function_ == nullptr) return out;
  const auto is_loss_method = is_bound() && function_->name == "forward";
  const std::set<std::string_view> used = used_as_tensors();
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
    const bool tensor = kind == "Tensor" || kind == "torch.Tensor" || kind == "FloatTensor" || kind == "LongTensor";
    // What is annotated as something else is no tensor.
    if (!kind.empty() && !tensor) continue;
    switch (role_of(param.name)) {
      case Role::prediction: out.push_back({&param, Group::prediction}); break;
      case Role::target: out.push_back({&param, Group::target}); break;
      case Role::weight:
      case Role::mask: out.push_back({&param, Group::per_sample}); break;
      case Role::other:
        // `forward(self, input, target)` under other names.
        if (tensor || used.contains(param.name) || (is_loss_method && place < 2))
          out.push_back({&param, Group::feature});
        break;
    }
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
    if (!p.shape) continue;
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
  if (prediction != nullptr) {
    of_prediction = *prediction->shape;
    of_target = scenario.index_target ? without_classes(of_prediction) : of_prediction;
  } else if (target != nullptr) {
    of_target = *target->shape;
    of_prediction = of_target;
    if (scenario.index_target) {
      if (of_prediction.empty()) return false;
      of_prediction.insert(of_prediction.begin() + 1, fresh_axis("C"));
    }
  } else {
    of_prediction = of_rank(scenario.rank);
    of_target = scenario.index_target ? without_classes(of_prediction) : of_prediction;
  }
  if (scenario.index_target && of_prediction.size() < 2) return false;
  const auto has = [&](Group group) {
    return std::ranges::any_of(guessed, [&](const Guessed& g) { return g.group == group; });
  };
  if ((scenario.weights_like_target && !has(Group::per_sample)) ||
      (scenario.features_per_sample && !has(Group::feature)) ||
      (scenario.index_target && !has(Group::target) && !(target != nullptr && has(Group::prediction))))
    return false;
  const Shape per_sample{batch()};
  if (scenario.features_per_sample && of_prediction.size() == 1) return false;
  if (scenario.weights_like_target && of_target.size() == 1) return false;
  for (const Guessed& g : guessed) {
    WorldParameter made{.name = g.param->name, .from = ShapeSource::inferred, .place = g.param->span};
    made.dtype = default_dtype(g.param->name);
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
        made.dtype = role_of(g.param->name) == Role::mask ? DType::boolean : DType::float32;
        break;
      case Group::feature: made.shape = scenario.features_per_sample ? per_sample : of_prediction; break;
    }
    world_.parameters.push_back(std::move(made));
  }
  if (function_ != nullptr)
    for (const ast::Param& param : function_->params)
      if (find(param.name) == nullptr) take_data_shape(param);
  bindings();
  return true;
}

// Does the code run to its end, without a contradiction?
bool WorldBuilder::runs_clean(std::uint64_t& steps_left) {
  const TraceInput trial = trial_input(world_.input, std::min<std::uint64_t>(steps_left, 20'000));
  const Paths paths = Tracer(library_, dims_).run(target_, trial);
  std::size_t spent = 0;
  bool clean = !paths.traces.empty();
  for (const Trace& trace : paths.traces) {
    spent += trace.steps.size() * 4;
    clean = clean && shapelint::runs_clean(trace);
  }
  steps_left -= std::min<std::uint64_t>(steps_left, spent + 200);
  return clean;
}

void WorldBuilder::guess_by_trials() {
  const std::vector<Guessed> guessed = guessed_params();
  restore_stated();
  if (function_ != nullptr)
    for (const ast::Param& param : function_->params)
      if (find(param.name) == nullptr) take_data_shape(param);
  bindings();
  if (guessed.empty()) return;
  // Targets named like class numbers are tried as such first.
  const bool index_first = std::ranges::any_of(guessed, [](const Guessed& g) {
    return g.group == Group::target && default_dtype(g.param->name) == DType::int64;
  });
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
  const World unguessed = world_;
  std::optional<World> chosen;
  std::vector<TraceInput> others;
  std::vector<std::vector<Shape>> seen;
  std::uint64_t steps_left = 120'000;
  for (const Scenario& scenario : scenarios) {
    if (!apply_scenario(scenario, guessed)) continue;
    // What is stated may leave no difference between two scenarios.
    std::vector<Shape> shapes;
    for (const WorldParameter& p : world_.parameters) {
      if (p.shape) shapes.push_back(*p.shape);
      shapes.push_back({dims_.number(static_cast<std::int64_t>(p.dtype))});
    }
    if (std::ranges::find(seen, shapes) != seen.end()) continue;
    seen.push_back(std::move(shapes));
    if (!chosen && steps_left > 0 && runs_clean(steps_left)) chosen = world_;
    else others.push_back(world_.input);
  }
  if (!chosen) {
    // None of the usual shapes fits: then nothing is known of them.
    world_ = unguessed;
    return;
  }
  world_ = std::move(*chosen);
  world_.alternatives = std::move(others);
}

bool runs_clean(const Trace& trace) {
  // Definitions say so where PyTorch raises for a dtype, which may be a guess.
  const auto refused = [](const UnknownEvent& event) { return event.reason.ends_with(" raises"); };
  return trace.conflicts.empty() && trace.end != PathEnd::raised && std::ranges::none_of(trace.unknowns, refused);
}

}  // namespace shapelint
