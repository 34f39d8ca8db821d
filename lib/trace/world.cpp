#include "lib/trace/world.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/world_builder.h"

namespace shapelint {

Result<World, WorldError> WorldBuilder::build() {
  world_.convention = convention_of(*target_.module, target_);
  function_ = called_function();
  world_.called_by_framework = world_.convention == Convention::keras && required_parameters() == 2 &&
                               is_called_by_keras(*target_.module, target_);
  // A whole file is checked with the same options for every loss in it: not each has every name.
  if (options_.single_target) {
    if (auto error = unknown_names()) return *error;
  }
  if (auto error = read_command_line()) return *error;
  read_annotations();
  read_return();
  read_assertions();
  read_texts();
  read_result_text();
  read_local_comments();
  choose_batch();
  read_sizes_in_values();
  if (auto error = read_data()) return *error;
  read_objects();
  leave_out_options();
  const auto guess = [&] {
    if (is_tried(world_.convention)) guess_by_trials();
    else guess_by_convention();
  };
  guess();
  if (!objects_.empty() && !runs_with_objects()) {
    objects_.clear();
    guess();
  }
  world_.objects = std::move(objects_);
  guess_stored_steps();
  align_ranks_as_compile();
  const bool makes_its_data = is_module_body(target_) || (function_ != nullptr && required_parameters() == 0);
  if (makes_its_data) open_sample_counts();
  if (auto error = finish()) return *error;
  return std::move(world_);
}

// The function whose parameters the caller fills.
const ast::Function* WorldBuilder::called_function() {
  if (is_module_body(target_)) return nullptr;
  if (target_.function) return &program().function(*target_.function);
  if (!target_.class_id) return nullptr;
  if (!target_.inherited.empty()) {
    const auto method = find_method(library_, dims_, target_, target_.inherited);
    if (!method) return nullptr;
    home_ = method->home;
    return &method->ast();
  }
  for (const std::string_view name : kCallMethods) {
    if (const auto id = ast::own_method(program(), program().class_of(*target_.class_id), name))
      return &program().function(*id);
  }
  const auto inherited = find_call(library_, dims_, target_);
  if (!inherited) return nullptr;
  home_ = inherited->home;
  return &inherited->ast();
}

// Parameters that a caller must fill.
std::size_t WorldBuilder::required_parameters() const {
  if (function_ == nullptr) return 0;
  std::size_t count = 0;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    const bool takes_one = param.kind != ast::Param::Kind::star && param.kind != ast::Param::Kind::double_star;
    count += takes_one && !param.fallback.valid() ? 1 : 0;
  }
  return count;
}

Dim WorldBuilder::symbol(std::string_view name) {
  const auto it = world_.symbols.find(name);
  if (it != world_.symbols.end()) return dims_.symbol(it->second);
  const SymbolId id = dims_.declare(std::string(name));
  world_.symbols.emplace(std::string(name), id);
  return dims_.symbol(id);
}
WorldParameter* WorldBuilder::find(const std::string& name) {
  for (WorldParameter& p : world_.parameters) {
    if (p.name == name) return &p;
  }
  return nullptr;
}

// What a parameter is, by its place in a framework's convention or else by its name.
Role WorldBuilder::role_at(const std::string& name) const {
  if (function_ == nullptr) return role_of(name);
  if (world_.convention == Convention::keras) {
    std::size_t position = 0;
    for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
      const ast::Param& param = function_->params[i];
      if (param.kind != ast::Param::Kind::normal && param.kind != ast::Param::Kind::positional_only) continue;
      if (param.name == name && position < 2 && !param.fallback.valid())
        return position == 0 ? Role::target : Role::prediction;
      ++position;
    }
  }
  // `loss_function(real, pred)`; elsewhere what is real is what a critic says of real samples.
  const auto is_prediction = [](const ast::Param& param) { return role_of(param.name) == Role::prediction; };
  if (name == "real" && std::ranges::any_of(function_->params, is_prediction)) return Role::target;
  return role_of(name);
}

bool WorldBuilder::is_call_param(const std::string& name) const {
  return function_ != nullptr &&
         std::ranges::any_of(function_->params, [&](const ast::Param& p) { return p.name == name; });
}
bool WorldBuilder::is_init_param(const std::string& name) const {
  const std::vector<std::string> names = init_names();
  return std::ranges::find(names, name) != names.end();
}

// `--shape foo=...` for a function that has no `foo` is a slip that would be silently ignored.
std::optional<WorldError> WorldBuilder::unknown_names() const {
  if (function_ == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const ast::Param& p : function_->params) names.push_back(p.name);
  const bool any_stated = !options_.shapes.empty() || !options_.args.empty() || !options_.data.empty();
  if (any_stated && !function_->decorators.empty()) {
    if (const auto wrapper = find_wrapper(library_, dims_, target_))
      for (const ast::Param& p : wrapper->ast().params)
        if (std::ranges::find(names, p.name) == names.end()) names.push_back(p.name);
  }
  std::vector<std::string> init;
  if (target_.class_id) init = init_names();
  const auto constructor = init_method();
  const bool takes_any =
      target_.class_id &&
      (init.empty() || (constructor && std::ranges::any_of(constructor->ast().params, [](const ast::Param& p) {
                          return p.kind == ast::Param::Kind::double_star;
                        })));
  const auto text = library_.sources().file(target_.module->source).text();
  const auto check = [&](const auto& stated, std::string_view option, bool is_init) -> std::optional<WorldError> {
    for (const auto& [name, value] : stated) {
      const std::string head = name.substr(0, name.find('.'));
      if (std::ranges::find(names, head) != names.end() || std::ranges::find(init, head) != init.end() ||
          head == "self")
        continue;
      // A closure's variable (any name of the text), a framework's argument (`sample_weight`), or a constructor that
      // is not known, or takes anything.
      if (is_init ? takes_any : text.find(head) != std::string_view::npos || head == "sample_weight") continue;
      std::string known;
      for (const std::string& n : is_init ? init : names) known += (known.empty() ? "" : ", ") + n;
      return WorldError{fmt::format("{} {}: `{}` has no parameter of that name{}", option, name, target_.qualname,
                                    known.empty() ? "" : fmt::format(" (there are: {})", known))};
    }
    return std::nullopt;
  };
  if (auto error = check(options_.shapes, "--shape", false)) return error;
  if (auto error = check(options_.args, "--arg", false)) return error;
  if (auto error = check(options_.data, "--data", false)) return error;
  return check(options_.init, "--init", true);
}

std::optional<FoundMethod> WorldBuilder::init_method() const {
  if (!target_.class_id) return std::nullopt;
  if (init_) return *init_;
  const ast::Class& own = target_.module->program->class_of(*target_.class_id);
  init_.emplace();
  if (const auto id = ast::own_method(*target_.module->program, own, "__init__"))
    *init_ = FoundMethod{target_.module, *id};
  if (!*init_ && target_.outer.empty() && !own.bases.empty()) {
    Target type{.module = target_.module, .class_id = target_.class_id, .qualname = target_.qualname};
    *init_ = find_method(library_, dims_, type, "__init__");
  }
  return *init_;
}

std::vector<std::string> WorldBuilder::init_names() const {
  std::vector<std::string> names;
  if (const auto init = init_method()) {
    for (const ast::Param& p : init->ast().params) names.push_back(p.name);
  } else if (target_.class_id) {  // the fields of a dataclass
    const ast::Module& program = *target_.module->program;
    for (const ast::StmtId id : program.class_of(*target_.class_id).body) {
      const auto* field = std::get_if<ast::AnnotatedAssign>(&program.stmt(id).node);
      if (field != nullptr) names.emplace_back(ast::last_name(program, field->target));
    }
  }
  return names;
}

// A parameter that the function does not mention, as `y_true` where Keras asks for two: nothing rests on its shape.
bool WorldBuilder::is_unused(const std::string& name) const {
  if (function_ == nullptr || std::ranges::find(function_->params, name, &ast::Param::name) == function_->params.end())
    return false;
  return std::ranges::none_of(exprs_in(*function_), [&](std::uint32_t index) {
    const auto* node = std::get_if<ast::Name>(&program().exprs[index].node);
    return node != nullptr && node->id == name;
  });
}

std::optional<WorldError> WorldBuilder::finish() {
  for (const auto& [name, size] : options_.sizes) {
    const auto it = world_.symbols.find(name);
    if (it == world_.symbols.end()) {
      std::string known;
      for (const auto& [symbol_name, id] : world_.symbols) known += (known.empty() ? "" : ", ") + symbol_name;
      return WorldError{fmt::format("--size {}={}: no shape has a symbol `{}`{}", name, size, name,
                                    known.empty() ? "" : fmt::format(" (there are: {})", known))};
    }
    world_.input.sizes[it->second] = size;
  }
  for (const auto& [name, dtype] : options_.dtypes) {
    if (!parse_dtype(dtype))
      return WorldError{
          fmt::format("--dtype {}={}: no such dtype (float32, float64, int32, int64, bool, ...)", name, dtype)};
  }
  // What a comment says of variables leaves open what else the function was given.
  world_.stated = std::ranges::any_of(world_.parameters, [](const WorldParameter& p) { return !p.is_local(); });
  for (const WorldParameter& p : world_.parameters)
    world_.stated = world_.stated && (is_stated(p.from) || is_unused(p.name));
  for (const World::Object& object : world_.objects) world_.stated = world_.stated && !object.is_guess;
  world_.contradictions.insert(world_.contradictions.end(), annotation_errors_.begin(), annotation_errors_.end());
  return std::nullopt;
}

std::string_view name(ShapeSource source) {
  switch (source) {
    case ShapeSource::command_line: return "command-line";
    case ShapeSource::config: return "config";
    case ShapeSource::annotation: return "annotation";
    case ShapeSource::assertion: return "assertion";
    case ShapeSource::docstring: return "docstring";
    case ShapeSource::comment: return "comment";
    case ShapeSource::convention: return "convention";
    case ShapeSource::inferred: return "inferred";
  }
  return "inferred";
}

Result<World, WorldError> build_world(Tracer& tracer, const Target& target, const WorldOptions& options) {
  return WorldBuilder(tracer, target, options).build();
}

}  // namespace shapelint
