// From the parameters of a world to what the tracer binds.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "lib/trace/world_builder.h"

namespace shapelint {

namespace {

// Parameters that are numbers, by the words that people use for them.
bool names_number(std::string_view name) {
  for (const std::string_view whole :
       {"alpha", "beta",  "gamma", "eps",       "epsilon",  "margin",       "temperature",
        "tau",   "lam",   "lambd", "lambda_",   "sigma",    "smooth",       "smoothing",
        "delta", "ratio", "scale", "threshold", "momentum", "temp",         "label_smoothing",
        "eta",   "rho",   "lr",    "decay",     "discount", "learning_rate"})
    if (name == whole) return true;
  for (const std::string_view start : {"lambda_", "lam_", "coef_", "alpha_", "beta_", "gamma_", "lr_"})
    if (name.starts_with(start)) return true;
  for (const std::string_view end :
       {"_coef", "_coeff", "_alpha", "_beta", "_gamma", "_margin", "_temperature", "_lambda", "_ratio", "_eps",
        "_sigma", "_scale", "_threshold", "_lr", "_decay", "_learning_rate"})
    if (name.ends_with(end)) return true;
  return false;
}

}  // namespace

bool names_size(std::string_view name) {
  for (const std::string_view start : {"num_", "n_", "dim_", "len_", "size_", "max_len"})
    if (name.starts_with(start)) return true;
  for (const std::string_view end : {"_dim", "_dims", "_size", "_channels", "_features", "_classes", "_len", "_length",
                                     "_capacity", "_freq", "_interval"})
    if (name.ends_with(end)) return true;
  for (const std::string_view whole :
       {"classes", "channels", "features", "num", "hidden", "nclass", "nclasses", "vocab", "capacity"})
    if (name == whole) return true;
  return false;
}

// `float`, `int`, ... also as `Optional[float]` and `float | None`: the first of the names. Empty when there is none.
std::string WorldBuilder::annotated_kind(const ast::Param& param) const {
  ast::ExprId id = param.annotation;
  for (int depth = 0; id.valid() && depth < 4; ++depth) {
    const auto& node = program().expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) return name->id;
    if (const auto* attr = std::get_if<ast::Attribute>(&node)) return attr->name;
    if (std::holds_alternative<ast::Call>(node)) return "object";  // of C++, with a value of its type
    if (const auto* text = std::get_if<ast::StringLiteral>(&node)) return text->value;
    if (const auto* sub = std::get_if<ast::Subscript>(&node)) {
      const auto* head = std::get_if<ast::Name>(&program().expr(sub->value).node);
      if (head == nullptr || head->id != "Optional") return head != nullptr ? head->id : "";
      id = sub->index;
    } else if (const auto* either = std::get_if<ast::Binary>(&node); either != nullptr) {
      id = either->left;
    } else {
      break;
    }
  }
  return "";
}

bool WorldBuilder::is_plain_number(const ast::Param& param) const {
  const std::string kind = annotated_kind(param);
  return kind == "float" || kind == "int" || kind == "bool" || kind == "str";
}

// What a training step is given beside data and model, and what stands for it: no shape rests on it.
std::optional<std::string_view> WorldBuilder::bystander(const ast::Param& param) const {
  struct Bystander {
    std::string_view name;  ///< the last word of the parameter's name, and its type
    std::string_view type;
    std::string_view made;
  };
  static constexpr Bystander kAll[] = {
      {"device", "device", "torch.device('cpu')"},
      {"optimizer", "Optimizer", "torch.optim.SGD([], lr=0.1)"},
      {"scheduler", "LRScheduler", "torch.optim.lr_scheduler.StepLR(torch.optim.SGD([], lr=0.1), 1)"},
      {"scheduler", "_LRScheduler", "torch.optim.lr_scheduler.StepLR(torch.optim.SGD([], lr=0.1), 1)"},
      {"writer", "SummaryWriter", "torch.utils.tensorboard.SummaryWriter()"},
      {"env", "Env", "gym.Env()"},
      {"environment", "Env", "gym.Env()"},
  };
  if (world_.convention != Convention::torch || home().dialect != Dialect::python) return std::nullopt;
  const std::string kind = annotated_kind(param);
  for (const Bystander& one : kAll) {
    const bool is_named = param.name == one.name || (param.name.ends_with(one.name) &&
                                                     param.name[param.name.size() - one.name.size() - 1] == '_');
    if (kind.empty() ? is_named : kind == one.type) return one.made;
  }
  return std::nullopt;
}

// Parameters without a value that are numbers: `gamma: float`. A whole number is a symbol of its own name, so that an
// option may use it and messages show it.
void WorldBuilder::bind_numbers(const ast::Function& function, std::vector<Binding>& into, bool by_name) {
  for (const ast::Param& param : function.params) {
    if (param.fallback.valid() || param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star ||
        find(param.name) != nullptr || std::ranges::find(into, param.name, &Binding::name) != into.end())
      continue;
    // Options that are only passed on may be none.
    if (is_passed_on(function, param.name)) {
      into.push_back(Binding{.name = param.name, .literal = "{}"});
      continue;
    }
    if (const auto made = bystander(param)) {
      into.push_back(Binding{.name = param.name, .literal = std::string(*made)});
      continue;
    }
    const std::string kind = annotated_kind(param);
    const bool is_named = by_name && kind.empty() && (names_number(param.name) || names_size(param.name));
    const bool guess = is_named && !usage_of(function).as_tensors.contains(param.name);
    const bool is_flag = kind == "bool";
    if (is_flag || kind == "float" ||
        (guess && (guesses_numbers_ || &function != function_) && names_number(param.name))) {
      into.push_back(Binding{.name = param.name,
                             .is_tensor = true,
                             .shape = Shape{},
                             .dtype = is_flag ? DType::boolean : DType::float64,
                             .is_number = true});
    } else if (const auto option = kind.empty() || kind == "str" ? first_option(function, param.name) : std::nullopt;
               option && option->find_first_of("'\"\\\n") == std::string::npos) {
      into.push_back(Binding{.name = param.name, .literal = "'" + *option + "'"});
    } else if (kind == "int" || (guess && names_size(param.name))) {
      into.push_back(Binding{.name = param.name, .literal = param.name});
      symbol(param.name);
    }
  }
}

// In a file of thousands of losses every question about one of them would go through all expressions otherwise.
const std::vector<std::uint32_t>& WorldBuilder::exprs_in(const ast::Function& function) const {
  const auto [it, is_new] = exprs_in_.try_emplace(&function);
  if (is_new) it->second = indices_in(program(), function.span);
  return it->second;
}

const Usage& WorldBuilder::usage_of(const ast::Function& function) const {
  const auto it = usages_.find(&function);
  if (it != usages_.end()) return it->second;
  return usages_.emplace(&function, usage_in(program(), function.span, exprs_in(function))).first->second;
}

// `DiceLoss(**dice_kwargs)`: is that all that a function does with a parameter?
bool WorldBuilder::is_passed_on(const ast::Function& function, const std::string& name) const {
  std::size_t mentions = 0;
  std::size_t passed = 0;
  const auto is_it = [&](ast::ExprId id) {
    const auto* node = std::get_if<ast::Name>(&program().expr(id).node);
    return node != nullptr && node->id == name;
  };
  for (const std::uint32_t index : exprs_in(function)) {
    const ast::Expr& expr = program().exprs[index];
    if (const auto* own = std::get_if<ast::Name>(&expr.node)) mentions += own->id == name ? 1 : 0;
    const auto* call = std::get_if<ast::Call>(&expr.node);
    if (call == nullptr) continue;
    for (const ast::Argument& argument : call->arguments)
      passed += argument.kind == ast::Argument::Kind::double_star && is_it(argument.value) ? 1 : 0;
  }
  return passed > 0 && passed == mentions;
}

// `assert kind in ["snr", "sdr"]`, `if kind == "snr"`: the first of the texts that a parameter is held against. What
// runs with one of them is what somebody asks for.
std::optional<std::string> WorldBuilder::first_option(const ast::Function& function, const std::string& name) const {
  for (const std::uint32_t index : exprs_in(function)) {
    const auto* held = std::get_if<ast::Compare>(&program().exprs[index].node);
    if (held == nullptr || held->ops.size() != 1) continue;
    const auto* left = std::get_if<ast::Name>(&program().expr(held->operands[0]).node);
    if (left == nullptr || left->id != name) continue;
    const auto& right = program().expr(held->operands[1]).node;
    if (const auto* text = std::get_if<ast::StringLiteral>(&right);
        text != nullptr && held->ops[0] == ast::CompareOp::equal)
      return text->value;
    const auto* list = std::get_if<ast::ListExpr>(&right);
    const auto* tuple = std::get_if<ast::TupleExpr>(&right);
    const std::vector<ast::ExprId>* items = list != nullptr ? &list->items : tuple != nullptr ? &tuple->items : nullptr;
    if (items == nullptr || items->empty()) continue;
    if (const auto* text = std::get_if<ast::StringLiteral>(&program().expr(items->front()).node)) return text->value;
  }
  return std::nullopt;
}

void WorldBuilder::bindings() {
  TraceInput& input = world_.input;
  input.parameters.clear();
  input.init.clear();
  input.versions = options_.versions;
  input.budget = options_.budget;
  if (is_module_body(target_)) {
    // A script does much beside its loss, and each path would hold all of it.
    input.budget.forks = 0;
    input.budget.steps = std::min<std::uint64_t>(input.budget.steps, 100'000);
  }
  for (const WorldParameter& p : world_.parameters) {
    Binding b{.name = p.name,
              .is_tensor = true,
              .shape = p.shape,
              .is_list = is_list_.contains(p.name),
              .shapes = p.shapes,
              .dtype = p.dtype,
              .local = p.local};
    // What a name lets one expect (`labels` are whole numbers) gives way to the data.
    if (const auto given = options_.data.find(p.name); given != options_.data.end() && !is_float(b.dtype)) {
      const auto is_whole = [](double value) { return std::trunc(value) == value; };
      if (is_float(given->second->dtype) && !std::ranges::all_of(given->second->values, is_whole))
        b.dtype = given->second->dtype;
    }
    if (const auto it = options_.dtypes.find(p.name); it != options_.dtypes.end())
      b.dtype = parse_dtype(it->second).value_or(p.dtype);
    bool init = false;
    if (target_.class_id && !b.is_local()) init = is_init_param(p.name) && !is_call_param(p.name);
    (init ? input.init : input.parameters).push_back(std::move(b));
  }
  for (const auto& [name, text] : options_.args) input.parameters.push_back(Binding{.name = name, .literal = text});
  for (const auto& [name, text] : options_.init) input.init.push_back(Binding{.name = name, .literal = text});
  for (const World::Object& object : objects_)
    input.parameters.push_back(Binding{.name = object.name, .literal = object.made});
  if (function_ != nullptr) bind_numbers(*function_, input.parameters, is_tried(world_.convention));
  if (const auto init = init_method()) {
    const LoadedModule* const called = std::exchange(home_, init->home);
    bind_numbers(init->ast(), input.init, true);
    home_ = called;
  }
  input.symbols.clear();
  for (const auto& [name, id] : world_.symbols) input.symbols.emplace(name, dims_.symbol(id));
}

}  // namespace shapelint
