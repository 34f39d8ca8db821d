#include "lib/trace/module_facts.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <initializer_list>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

bool is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool starts_with_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) {
    return text.starts_with(word) && (text.size() == word.size() || text[word.size()] == '.');
  });
}

class Pass {
 public:
  explicit Pass(const ast::Module& program) : program_(program) {}

  ModuleFacts run() {
    for (const ast::Stmt& stmt : program_.stmts) statement(stmt);
    if (has_star_) star_imports();
    for (const ast::Expr& expr : program_.exprs) {
      if (const auto* call = std::get_if<ast::Call>(&expr.node)) take_call(*call, expr.span);
    }
    std::ranges::stable_sort(out_.calls, {}, &ModuleFacts::CallPlace::begin);
    return std::move(out_);
  }

 private:
  // The last name of `a.b.c`, and whether it is `c` or `self.c`.
  std::pair<std::string_view, bool> last_name(ast::ExprId id) const {
    const auto& node = program_.expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) return {name->id, true};
    const auto* attr = std::get_if<ast::Attribute>(&node);
    if (attr == nullptr) return {};
    const auto* owner = std::get_if<ast::Name>(&program_.expr(attr->value).node);
    return {attr->name, owner != nullptr && owner->id == "self"};
  }

  bool reduces_all(const ast::Call& call, std::string_view name) const {
    if (!names_mean_or_sum(name)) return false;
    const auto* attr = std::get_if<ast::Attribute>(&program_.expr(call.function).node);
    if (attr == nullptr) return false;
    // `np.mean(x)`, `tf.math.reduce_mean(x)`
    ast::ExprId owner = attr->value;
    while (const auto* inner = std::get_if<ast::Attribute>(&program_.expr(owner).node)) owner = inner->value;
    const auto* name_of_owner = std::get_if<ast::Name>(&program_.expr(owner).node);
    const bool of_module = name_of_owner != nullptr && modules_.contains(name_of_owner->id);
    return call.arguments.size() == (of_module ? 1U : 0U);
  }

  bool is_trial(const ast::Call& call) const {
    bool has_call = false;
    for (const ast::Argument& argument : call.arguments) {
      has_call = has_call || std::holds_alternative<ast::Call>(program_.expr(argument.value).node);
      if (names_variable(argument.value)) return false;
    }
    return has_call;
  }

  bool names_variable(ast::ExprId id) const {
    const ast::Expr& expr = program_.expr(id);
    if (const auto* name = std::get_if<ast::Name>(&expr.node)) return !modules_.contains(name->id);
    bool found = false;
    ast::for_each_child(program_, expr, [&](ast::ExprId child) { found = found || names_variable(child); });
    return found;
  }

  void imports(std::string_view module) {
    out_.imports_keras = out_.imports_keras || is_keras_module(module);
    out_.imports_torch = out_.imports_torch || is_torch_module(module);
    out_.imports_lightning = out_.imports_lightning || is_lightning_module(module);
    out_.imports_gym = out_.imports_gym || is_gym_module(module);
  }

  // `from common import *` may bring the frameworks, under their usual names.
  void star_imports() {
    static constexpr std::pair<std::string_view, std::string_view> kUsual[] = {
        {"tf", "tensorflow"}, {"keras", "keras"}, {"K", "keras"},  {"torch", "torch"},
        {"nn", "torch"},      {"F", "torch"},     {"np", "numpy"}, {"jnp", "jax"}};
    for (const ast::Expr& expr : program_.exprs) {
      const auto* name = std::get_if<ast::Name>(&expr.node);
      const auto* usual = name == nullptr ? std::end(kUsual)
                                          : std::ranges::find(kUsual, std::string_view(name->id),
                                                              &std::pair<std::string_view, std::string_view>::first);
      if (usual == std::end(kUsual) || !modules_.insert(usual->first).second) continue;
      imports(usual->second);
    }
  }

  void statement(const ast::Stmt& stmt) {
    if (const auto* import = std::get_if<ast::Import>(&stmt.node)) {
      for (const ast::ImportedName& name : import->modules) {
        imports(name.name);
        modules_.emplace(name.alias.empty() ? name.name : name.alias);
      }
    } else if (const auto* from = std::get_if<ast::ImportFrom>(&stmt.node)) {
      if (from->level == 0) imports(from->module);
      for (const ast::ImportedName& name : from->names) {
        modules_.emplace(name.alias.empty() ? name.name : name.alias);
        has_star_ = has_star_ || name.name == "*";
      }
    } else if (const auto* assign = std::get_if<ast::Assign>(&stmt.node); assign != nullptr && assign->value.valid()) {
      const auto* lambda = std::get_if<ast::Lambda>(&program_.expr(assign->value).node);
      for (const ast::ExprId target : assign->targets) {
        const std::string_view name = last_name(target).first;
        if (lambda != nullptr && is_loss_name(name)) out_.loss_lambdas.insert(lambda->function.index);
        if (holds_loss_variable(name)) take(assign->value, 0);
      }
    }
  }

  void take_call(const ast::Call& call, const Span& span) {
    const auto [name, is_plain] = last_name(call.function);
    if (!name.empty())
      out_.calls.push_back({span.begin, name, is_plain, reduces_all(call, name), is_plain && is_trial(call)});
    for (const ast::Argument& argument : call.arguments) {
      const bool is_keyword = argument.kind == ast::Argument::Kind::keyword;
      if (is_keyword && holds_loss_argument(argument.name)) take(argument.value, 0);
      if (is_keyword && argument.name == "loss" && name == "compile" && !is_plain) take_compiled(argument.value);
      // Handed to something whose name says what it is for: `LossWrapper(lambda t, p: ...)`.
      const auto* lambda = std::get_if<ast::Lambda>(&program_.expr(argument.value).node);
      if (lambda != nullptr && (is_loss_name(name) || (is_keyword && is_loss_name(argument.name))))
        out_.loss_lambdas.insert(lambda->function.index);
    }
    // `compile("adam", loss)` by position.
    if (name == "compile" && !is_plain && call.arguments.size() >= 2 &&
        call.arguments[1].kind == ast::Argument::Kind::positional) {
      take(call.arguments[1].value, 0);
      take_compiled(call.arguments[1].value);
    }
  }

  // One loss, or one for each output.
  void take_compiled(ast::ExprId id) {
    const auto& node = program_.expr(id).node;
    std::vector<ast::ExprId> items{id};
    if (const auto* list = std::get_if<ast::ListExpr>(&node)) items = list->items;
    else if (const auto* dict = std::get_if<ast::DictExpr>(&node)) items = dict->values;
    for (const ast::ExprId item : items) {
      if (const std::string_view name = last_name(item).first; item.valid() && !name.empty())
        out_.compiled.emplace(name);
    }
  }

  void take(ast::ExprId id, int depth) {
    if (!id.valid() || depth > 4) return;
    const auto& node = program_.expr(id).node;
    if (const auto* lambda = std::get_if<ast::Lambda>(&node)) {
      out_.lambdas.insert(lambda->function.index);
    } else if (const auto* list = std::get_if<ast::ListExpr>(&node)) {
      for (const ast::ExprId item : list->items) take(item, depth + 1);
    } else if (const auto* dict = std::get_if<ast::DictExpr>(&node)) {
      for (const ast::ExprId item : dict->values) take(item, depth + 1);
    } else if (const auto* call = std::get_if<ast::Call>(&node)) {
      if (const auto* name = std::get_if<ast::Name>(&program_.expr(call->function).node)) out_.made.insert(name->id);
      // `criterion = FocalLoss().to(device)`.
      if (const auto* attr = std::get_if<ast::Attribute>(&program_.expr(call->function).node))
        if (std::holds_alternative<ast::Call>(program_.expr(attr->value).node)) take(attr->value, depth + 1);
    } else if (const std::string_view name = last_name(id).first; !name.empty()) {
      out_.names.emplace(name);
    }
  }

  const ast::Module& program_;
  std::set<std::string_view> modules_;  ///< names that imports bind
  bool has_star_ = false;
  ModuleFacts out_;
};

}  // namespace

std::pair<const ModuleFacts::CallPlace*, const ModuleFacts::CallPlace*> ModuleFacts::calls_in(const Span& span) const {
  const auto first = std::ranges::lower_bound(calls, span.begin, {}, &CallPlace::begin);
  const auto last = std::ranges::lower_bound(calls, span.end, {}, &CallPlace::begin);
  return {calls.data() + (first - calls.begin()), calls.data() + (last - calls.begin())};
}

bool ModuleFacts::takes_gradient(std::string_view called) const {
  // Lightning's trainer does it for the steps of a module.
  if (imports_torch) return called == "backward" || (called == "fit" && imports_lightning);
  if (imports_keras)
    return called == "gradient" &&
           std::ranges::any_of(calls, [](const auto& call) { return call.name == "GradientTape"; });
  return called == "value_and_grad" || called == "grad";
}

namespace {

// `step()` that calls `backward`, and `main()` that calls `step`.
void find_training_functions(const ast::Module& program, ModuleFacts& facts) {
  for (bool grows = true; grows;) {
    grows = false;
    for (const ast::Function& f : program.functions) {
      if (f.is_lambda() || facts.training.contains(f.name)) continue;
      const auto [first, last] = facts.calls_in(f.span);
      if (std::any_of(first, last, [&](const auto& call) { return facts.trains(call); }))
        grows = facts.training.insert(f.name).second;
    }
  }
}

}  // namespace

ModuleFacts find_facts(const ast::Module& program) {
  ModuleFacts facts = Pass(program).run();
  find_training_functions(program, facts);
  return facts;
}

namespace {

// The negative logarithm of a likelihood: `nll`, `gaussian_nll`, `MixtureNLL`.
bool names_likelihood(std::string_view name) {
  return name == "nll" || name.starts_with("nll_") || name.ends_with("_nll") || name.find("NLL") != name.npos ||
         name.find("neg_log_likelihood") != name.npos || name.find("negative_log_likelihood") != name.npos;
}

}  // namespace

bool is_loss_name(std::string_view name) {
  // In C++ a namespace and an overload's parameters say nothing: `losses::mask(const Tensor &)`.
  name = name.substr(0, name.find('('));
  if (const std::size_t scope = name.rfind("::"); scope != std::string_view::npos) name.remove_prefix(scope + 2);
  const auto contains = [&](std::string_view word) {
    return !std::ranges::search(name, word, [](char a, char b) {
              return std::tolower(static_cast<unsigned char>(a)) == b;
            }).empty();
  };
  return contains("loss") || contains("criterion") || contains("objective") || names_likelihood(name);
}

bool names_loss_value(std::string_view name) { return is_loss_name(name) || name == "cost" || name.ends_with("_cost"); }

bool names_entropy(std::string_view name) {
  std::string word;
  for (const char c : name)
    if (c != '_') word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word.find("crossentropy") != std::string::npos;
}

bool is_loss_of_torch(std::string_view name) {
  return name.ends_with("cross_entropy") || name == "kl_div" || name.starts_with("binary_cross_entropy");
}

bool is_loss_of_keras(std::string_view name) {
  // keras 3.15.1 keras/src/losses/__init__.py: the losses that no word of their names tells, and what they are also
  // called.
  return names_entropy(name) || is_any(name, {"mse",
                                              "MSE",
                                              "mean_squared_error",
                                              "MeanSquaredError",
                                              "mae",
                                              "MAE",
                                              "mean_absolute_error",
                                              "MeanAbsoluteError",
                                              "mape",
                                              "MAPE",
                                              "msle",
                                              "MSLE",
                                              "bce",
                                              "BCE",
                                              "kld",
                                              "KLD",
                                              "kl_divergence",
                                              "KLDivergence",
                                              "huber",
                                              "Huber",
                                              "logcosh",
                                              "log_cosh",
                                              "LogCosh",
                                              "hinge",
                                              "Hinge",
                                              "squared_hinge",
                                              "SquaredHinge",
                                              "categorical_hinge",
                                              "CategoricalHinge"});
}

bool holds_loss_argument(std::string_view name) {
  return is_any(name, {"loss", "losses", "loss_fn", "loss_func", "loss_function", "loss_fun", "loss_fct", "criterion",
                       "objective"});
}

bool holds_loss_variable(std::string_view name) {
  if (is_any(name, {"loss", "losses"})) return false;  // the value
  return holds_loss_argument(name) || name.ends_with("_criterion") || name.starts_with("criterion_") ||
         name.ends_with("_loss_fn");
}

bool names_mean_or_sum(std::string_view name) { return is_any(name, {"mean", "sum", "reduce_mean", "reduce_sum"}); }

bool is_keras_module(std::string_view name) { return starts_with_any(name, {"keras", "tensorflow", "tf_keras"}); }

bool is_torch_module(std::string_view name) {
  return starts_with_any(name, {"torch", "torchmetrics", "lightning", "pytorch_lightning", "torchvision"});
}

bool is_lightning_module(std::string_view name) { return starts_with_any(name, {"lightning", "pytorch_lightning"}); }

bool is_gym_module(std::string_view name) { return starts_with_any(name, {"gym", "gymnasium"}); }

bool has_no_shape(std::string_view type) {
  return is_any(type, {"Literal", "Optional", "List", "Union", "Type", "list", "dict", "Dict", "Callable"});
}

}  // namespace shapelint
