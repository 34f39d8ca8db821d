// Which functions and classes of a module are losses, metrics or training steps: by base class, by use, by parameters,
// by name.
#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/language/walk.h"
#include "lib/trace/loss_bodies.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/shape_text.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

// Positional parameters that a caller fills: without `self`, without defaults.
std::vector<const ast::Param*> required(const ast::Function& f, bool is_method) {
  std::vector<const ast::Param*> out;
  for (std::size_t i = is_method ? 1 : 0; i < f.params.size(); ++i) {
    const ast::Param& p = f.params[i];
    if (p.kind == ast::Param::Kind::star || p.kind == ast::Param::Kind::double_star || p.fallback.valid()) continue;
    out.push_back(&p);
  }
  return out;
}

// `target: int`
bool is_no_tensor(const ast::Module& program, const ast::Param& param) {
  const auto* type = param.annotation.valid() ? std::get_if<ast::Name>(&program.expr(param.annotation).node) : nullptr;
  return type != nullptr && (type->id == "int" || type->id == "str" || type->id == "bool");
}

// `target: torch.Tensor`
bool takes_torch_tensors(const ast::Module& program, const std::vector<const ast::Param*>& params) {
  return std::ranges::any_of(params, [&](const ast::Param* param) {
    if (!param->annotation.valid()) return false;
    const auto* type = std::get_if<ast::Attribute>(&program.expr(param->annotation).node);
    return type != nullptr && ast::last_name(program, type->value) == "torch";
  });
}

bool has_role(const ast::Module& program, const std::vector<const ast::Param*>& params, Role role) {
  return std::ranges::any_of(
      params, [&](const ast::Param* p) { return role_of(p->name) == role && !is_no_tensor(program, *p); });
}

bool is_keras_pair(const std::vector<const ast::Param*>& params) {
  return params.size() >= 2 && role_of(params[0]->name) == Role::target && role_of(params[1]->name) == Role::prediction;
}

enum class ClassKind { other, loss, metric, module };

// By the names of a class and of its bases, as far as they stand in the module.
class Classes {
 public:
  explicit Classes(const ast::Module& program) : program_(program) {}

  ClassKind kind(const ast::Class& c, int depth = 0) const {
    if (is_loss_name(c.name) || names_entropy(c.name)) return ClassKind::loss;
    if (by_name_.empty()) {
      for (std::uint32_t i = 0; i < program_.classes.size(); ++i) by_name_[program_.classes[i].name] = i;
    }
    ClassKind out = ClassKind::other;
    for (const ast::Argument& base : c.bases) {
      if (base.kind == ast::Argument::Kind::keyword) continue;
      const std::string_view name = ast::last_name(program_, base.value);
      ClassKind one = ClassKind::other;
      if (is_loss_name(name)) return ClassKind::loss;
      if (name == "Metric" || name.ends_with("Metric")) one = ClassKind::metric;
      else if (name.ends_with("Module")) one = ClassKind::module;
      else if (const auto it = by_name_.find(name); it != by_name_.end() && depth < 16)
        one = kind(program_.classes[it->second], depth + 1);
      if (out == ClassKind::other) out = one;
      if (one == ClassKind::loss || one == ClassKind::metric) return one;
    }
    return out;
  }

 private:
  const ast::Module& program_;
  mutable std::map<std::string_view, std::uint32_t> by_name_;  ///< filled when it is first asked
};

bool has_shape_annotation(const ast::Module& program, const ast::Function& f) {
  // `Float["B N"]`, `Float[Tensor, "B N"]`: a string inside the brackets.
  return std::ranges::any_of(f.params, [&](const ast::Param& p) {
    if (!p.annotation.valid()) return false;
    const auto* sub = std::get_if<ast::Subscript>(&program.expr(p.annotation).node);
    if (sub == nullptr) return false;
    const auto* items = std::get_if<ast::TupleExpr>(&program.expr(sub->index).node);
    const ast::ExprId last = items != nullptr && !items->items.empty() ? items->items.back() : sub->index;
    const auto* text = std::get_if<ast::StringLiteral>(&program.expr(last).node);
    const std::string_view kind = ast::last_name(program, sub->value);
    return text != nullptr && !has_no_shape(kind);
  });
}

bool is_test_name(std::string_view name) { return name == "test" || name.starts_with("test_"); }

// `class TestDice(unittest.TestCase)`.
bool is_test_class(const ast::Module& program, const ast::Class& c) {
  if (std::ranges::any_of(c.bases,
                          [&](const auto& base) { return ast::last_name(program, base.value).ends_with("TestCase"); }))
    return true;
  return c.name.starts_with("Test") && std::ranges::any_of(c.body, [&](ast::StmtId id) {
           const auto* def = std::get_if<ast::FunctionDef>(&program.stmt(id).node);
           return def != nullptr && is_test_name(program.function(def->function).name);
         });
}

// `check_loss_support`, `build_criterion`: what a loss is made of, or shown by.
bool names_other_work(std::string_view name) {
  while (name.starts_with('_')) name.remove_prefix(1);
  for (const std::string_view verb :
       {"check_", "init_", "plot_", "print_", "build_", "create_", "register_", "setup_", "set_", "parse_", "show_",
        "save_", "load_", "is_", "has_", "should_", "configure_", "validate_", "supports_"})
    if (name.starts_with(verb)) return true;
  return false;
}

class Finder {
 public:
  explicit Finder(const LoadedModule& module)
      : module_(module), program_(*module.program), facts_(facts_of(module)), classes_(program_), bodies_(module) {}

  Convention convention(const Target& target) const {
    const bool keras = facts_.imports_keras;
    if (!target.function) return keras ? Convention::keras : own();
    const ast::Function& f = program_.function(*target.function);
    const auto params = required(f, target.class_id.has_value());
    if (keras && is_keras_loss(target, f, params) && !takes_torch_tensors(program_, params)) return Convention::keras;
    return own();
  }

  std::vector<LossTarget> find() {
    std::vector<Candidate> candidates;
    for (Target& target : all_targets(module_)) {
      if (!target.function) continue;
      Candidate c;
      c.loss.convention = convention(target);
      judge(target, c);
      if (c.loss.reason.empty()) continue;
      c.loss.target = std::move(target);
      candidates.push_back(std::move(c));
    }
    constexpr std::uint32_t kNoClass = 0xFFFFFFFFU;
    std::map<std::string, std::set<std::uint32_t>, std::less<>> called;  // by the classes of the callers
    for (const Candidate& c : candidates) {
      const ast::Function& f = program_.function(*c.loss.target.function);
      const auto [first, last] = facts_.calls_in(f.span);
      for (const auto* call = first; call != last; ++call) {
        if (call->is_plain && !call->is_trial && call->name != f.name)
          called[std::string(call->name)].insert(c.loss.target.class_id ? c.loss.target.class_id->index : kNoClass);
      }
    }
    std::vector<LossTarget> out;
    if (auto script = training_script()) {
      out.push_back(std::move(*script));
      std::erase_if(candidates, [](const Candidate& c) { return c.is_by_result; });
    } else if (auto calling = calling_script(candidates)) {
      out.push_back(std::move(*calling));
    }
    for (Candidate& c : candidates) {
      const ast::Function& f = program_.function(*c.loss.target.function);
      const auto callers = called.find(f.name);
      // What a base calls by `self.compute_loss()` is its own, and not what a subclass puts in its place.
      const bool overrides = c.loss.target.class_id && callers != called.end() &&
                             !program_.class_of(*c.loss.target.class_id).bases.empty() &&
                             !callers->second.contains(c.loss.target.class_id->index) &&
                             !callers->second.contains(kNoClass);
      c.loss.is_helper = !c.is_explicit && callers != called.end() && !overrides;
      out.push_back(std::move(c.loss));
    }
    return out;
  }

  bool is_called_by_keras(const Target& target) const {
    if (!facts_.imports_keras) return false;
    if (!target.function) return true;
    const ast::Function& f = program_.function(*target.function);
    const auto params = required(f, target.class_id.has_value());
    const bool has_names = params.size() == 2 && params[0]->name.find("true") != std::string::npos &&
                           params[1]->name.find("pred") != std::string::npos;
    return (has_names && !is_called_by_hand(target, f)) || is_handed_to_keras(target, f, params);
  }

 private:
  // A function or method that the file calls and hands to nobody.
  bool is_called_by_hand(const Target& target, const ast::Function& f) const {
    return (!target.class_id || (f.name != "call" && !f.name.starts_with("__"))) && !is_passed(target, f) &&
           std::ranges::any_of(facts_.calls, [&](const auto& call) { return call.name == f.name; });
  }

  struct Candidate {
    LossTarget loss;
    bool is_explicit = false;   ///< looked at even when another loss calls it
    bool is_by_result = false;  ///< nothing but what it returns says so: a script that trains shows what it is for
  };

  bool is_passed(const Target& target, const ast::Function& f) const {
    return f.is_lambda() ? facts_.lambdas.contains(target.function->index) : facts_.names.contains(f.name);
  }

  bool is_keras_loss(const Target& target, const ast::Function& f, const std::vector<const ast::Param*>& params) const {
    return is_keras_pair(params) || is_handed_to_keras(target, f, params);
  }

  bool is_handed_to_keras(const Target& target, const ast::Function& f,
                          const std::vector<const ast::Param*>& params) const {
    if (target.class_id && f.name == "call") {
      const ast::Class& c = program_.class_of(*target.class_id);
      if (std::ranges::any_of(c.bases,
                              [&](const auto& base) { return is_loss_name(ast::last_name(program_, base.value)); }))
        return true;
    }
    if (params.size() != 2) return false;
    if (is_passed(target, f)) return true;
    // The inner function of a factory whose result is passed.
    if (!target.outer.empty() && facts_.made.contains(program_.function(target.outer.back()).name)) return true;
    return f.is_lambda() && facts_.loss_lambdas.contains(target.function->index);
  }

  // What a decorator puts in a loss's place is seen where it decorates one.
  bool is_wrapper(const ast::Function& f) const {
    return std::ranges::any_of(f.decorators, [&](ast::ExprId id) {
      const auto* call = std::get_if<ast::Call>(&program_.expr(id).node);
      return call != nullptr && ast::last_name(program_, call->function) == "wraps";
    });
  }

  void judge(const Target& target, Candidate& c) const {
    const ast::Function& f = program_.function(*target.function);
    if (f.name == "__init__" || f.is_generator) return;
    const auto params = required(f, target.class_id.has_value());
    const bool python = module_.dialect == Dialect::python;
    if (python && (is_test_name(f.name) || is_wrapper(f))) return;
    if (target.class_id) {
      const ast::Class& cls = program_.class_of(*target.class_id);
      if (is_test_class(program_, cls) || is_run_by_apply(cls, f)) return;
      const ClassKind kind = classes_.kind(cls);
      if (is_call_method(f.name)) {
        if (kind == ClassKind::loss || facts_.made.contains(cls.name)) {
          c.loss.reason = kind == ClassKind::loss ? "method of a loss class" : "its class is used as a loss";
          // `__call__` beside `forward` is the way there.
          c.is_explicit = f.name != "__call__" ||
                          (!ast::own_method(program_, cls, "forward") && !ast::own_method(program_, cls, "call"));
          if (!c.is_explicit) c.loss.reason.clear();
          return;
        }
      }
      const bool is_update = (f.name == "update" && ast::own_method(program_, cls, "compute")) ||
                             (f.name == "update_state" && ast::own_method(program_, cls, "result"));
      if (is_update && kind == ClassKind::metric) {
        c.loss.reason = "update of a metric";
        c.is_explicit = true;
        return;
      }
      const bool is_step = f.name == "training_step" || f.name == "validation_step" || f.name == "train_step";
      if (is_step && (bodies_.calls_a_loss(f) || bodies_.computes_a_loss(f) || bodies_.returns_one_number(f))) {
        c.loss.reason = "a training step";
        c.is_explicit = true;
        return;
      }
    }
    if (python && target.class_id && f.name == "forward" && !params.empty() && bodies_.adds_mean_of_all(f)) {
      c.loss.reason = "it adds a mean of all samples to what each has";
      return;
    }
    if (is_passed(target, f) && !params.empty()) {
      c.loss.reason = "passed as a loss";
      c.is_explicit = true;
    } else if (python && !f.is_lambda() && !bodies_.gives_back(f) && !bodies_.calls_gradient(f)) {
      return;
    } else if (is_keras_pair(params) || (params.size() >= 2 && has_role(program_, params, Role::target) &&
                                         has_role(program_, params, Role::prediction))) {
      if (f.is_lambda() && !facts_.imports_keras && python) return;
      c.loss.reason = "its parameters are a target and a prediction";
    } else if (c.loss.convention == Convention::keras) {
      c.loss.reason = "used as a Keras loss";
      c.is_explicit = true;
    } else if (!f.is_lambda() && bodies_.calls_gradient(f) && (bodies_.calls_a_loss(f) || bodies_.derives_a_loss(f))) {
      c.loss.reason = "a training step";
    } else if (!f.is_lambda() && is_loss_name(f.name) && !params.empty() && !is_test_name(f.name) &&
               !(target.class_id && f.name.starts_with("__"))) {
      // `make_loss(...)`, `get_loss(...)` build losses; what they return is found by itself.
      if (bodies_.returns_inner_function(f) || names_other_work(f.name)) return;
      // In C++ a result may go through a reference, but then there is something that it is made of.
      if (!bodies_.gives_back(f)) return;
      c.loss.reason = "named as a loss";
    } else if (python && !f.is_lambda() && params.size() >= 2 && bodies_.returns_a_loss(f) &&
               (!target.class_id || is_call_method(f.name))) {
      c.loss.reason = "it returns a loss";
    } else if (python && !f.is_lambda() && params.size() >= 2 && !names_other_work(f.name) &&
               (!target.class_id || f.name == "__call__" ||
                (f.name == "forward" && is_known(program_.class_of(*target.class_id)))) &&
               bodies_.returns_one_number(f)) {
      c.loss.reason = "it returns a mean or a sum over all axes";
      c.is_by_result = true;
    } else if (python && !f.is_lambda() && params.size() >= 2 && has_role(program_, params, Role::target) &&
               !names_other_work(f.name) && bodies_.computes_a_loss(f)) {
      c.loss.reason = "it computes a loss from a target";
      c.is_by_result = true;
    } else if (python && !f.is_lambda() && params.size() == 1 && !names_other_work(f.name) &&
               (!target.class_id || (f.name == "forward" && is_known(program_.class_of(*target.class_id)))) &&
               bodies_.returns_one_number(f) && states_shapes(f, 1)) {
      c.loss.reason = "its parameter has a shape, and it returns a mean or a sum over all axes";
      c.is_by_result = true;
    } else if (python && !f.is_lambda() && !names_other_work(f.name) && target.class_id && !f.name.starts_with("__") &&
               (bodies_.returns_one_number(f) || bodies_.returns_other_losses(f)) && states_shapes(f)) {
      c.loss.reason = "its parameters have shapes, and it returns one number";
    } else if (module_.dialect != Dialect::loss && !f.is_lambda() && !target.class_id && bodies_.reduces(f) &&
               states_shapes(f)) {
      c.loss.reason = "its parameters have shapes";
    } else if (!f.is_lambda() && has_shape_annotation(program_, f)) {
      c.loss.reason = "its parameters have shapes";
      c.is_explicit = module_.dialect == Dialect::loss;
    }
  }

  // `forward(ctx, x)` and `backward(ctx, gradient)` of a `torch.autograd.Function` are called by the framework, and the
  // first is seen where a loss says `apply(x)`.
  bool is_run_by_apply(const ast::Class& c, const ast::Function& f) const {
    return (f.name == "forward" || f.name == "backward" || f.name == "setup_context") &&
           std::ranges::any_of(c.bases,
                               [&](const auto& base) { return ast::last_name(program_, base.value) == "Function"; });
  }

  // A module, a metric or a loss.
  bool is_known(const ast::Class& c) const { return classes_.kind(c) != ClassKind::other; }

  // The function says itself which shapes two of its parameters have, or its only one: `# pred: (B, N), weight: (B,)`,
  // also by entries of its docstring, or by assertions.
  bool states_shapes(const ast::Function& f, std::size_t enough = 2) const {
    std::set<std::string, std::less<>> stated;
    const auto take = [&](std::string_view name) {
      if (std::ranges::find(f.params, name, &ast::Param::name) != f.params.end()) stated.emplace(name);
    };
    std::vector<std::string> names;
    for (const ast::Param& param : f.params) names.push_back(param.name);
    for (const auto& [name, shape] : shapes_in_text(f.docstring)) take(name);
    for (const auto& [name, shape] : shapes_in_docstring(f.docstring, names)) take(name);
    auto at = std::ranges::lower_bound(program_.comments, f.span.begin, {},
                                       [](const ast::Comment& comment) { return comment.span.begin; });
    for (; module_.file != nullptr && at != program_.comments.end() && at->span.end <= f.span.end; ++at) {
      for (const auto& [name, shape] : shapes_in_text(module_.file->text(at->span))) take(name);
      const bool is_cxx = module_.dialect == Dialect::cxx;
      for (const auto& [name, shape] : shapes_behind(*module_.file, f, *at, is_cxx)) take(name);
    }
    for (const ast::StmtId id : f.body) {
      if (const auto asserted = asserted_shape(program_, program_.stmt(id))) take(asserted->name);
    }
    return stated.size() >= enough;
  }

  bool is_at_top_level(std::uint32_t at) const {
    const auto holds = [&](const auto& part) { return part.span.begin <= at && at < part.span.end; };
    return std::ranges::none_of(program_.functions, holds) && std::ranges::none_of(program_.classes, holds);
  }

  LossTarget script(std::string reason) const {
    LossTarget out;
    out.target = Target{.module = &module_, .qualname = std::string(kModuleBody)};
    out.convention = own();
    out.reason = std::move(reason);
    return out;
  }

  // A script that trains at its top level: `loss.backward()` outside functions, or in a function that it calls.
  std::optional<LossTarget> training_script() const {
    if (std::ranges::none_of(facts_.calls,
                             [&](const auto& call) { return facts_.trains(call) && is_at_top_level(call.begin); }))
      return std::nullopt;
    return script("a training script");
  }

  // A script that shows one of its losses at work, and so says what it is for: `print(loss(torch.randn(8, 1), y))`.
  std::optional<LossTarget> calling_script(const std::vector<Candidate>& candidates) const {
    std::set<std::string_view> functions;
    std::set<std::string_view> methods;
    std::set<std::string_view> classes;
    for (const Candidate& c : candidates) {
      const std::string_view name = program_.function(*c.loss.target.function).name;
      if (!c.loss.target.outer.empty()) continue;
      if (!c.loss.target.class_id) functions.insert(name);
      else if (is_call_method(name)) classes.insert(program_.class_of(*c.loss.target.class_id).name);
      else methods.insert(name);
    }
    // `criterion = Dice().cuda()`
    for (const ast::Stmt& stmt : program_.stmts) {
      const auto* made = std::get_if<ast::Assign>(&stmt.node);
      if (made == nullptr || !made->value.valid() || classes.empty()) continue;
      const auto [first, last] = facts_.calls_in(program_.expr(made->value).span);
      if (std::any_of(first, last, [&](const auto& call) { return classes.contains(call.name); }))
        functions.insert(ast::last_name(program_, made->targets.front()));
    }
    const auto shows = [&](const ModuleFacts::CallPlace& call) {
      return call.is_plain ? functions.contains(call.name) : methods.contains(call.name);
    };
    if (module_.dialect != Dialect::python || std::ranges::none_of(facts_.calls, [&](const auto& call) {
          return shows(call) && is_at_top_level(call.begin);
        }))
      return std::nullopt;
    return script("a script that calls a loss");
  }

  /// Of what the user's own code calls.
  Convention own() const {
    if (facts_.imports_torch && !facts_.imports_keras) return Convention::torch;
    return module_.dialect == Dialect::loss ? Convention::none : Convention::arrays;
  }

  const LoadedModule& module_;
  const ast::Module& program_;
  const ModuleFacts& facts_;
  Classes classes_;
  LossBodies bodies_;
};

}  // namespace

Role role_of(std::string_view p) {
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, p) != names.end();
  };
  if (any({"y_true",       "true",     "target", "targets", "label",     "labels",    "y", "gt",
           "ground_truth", "truth",    "y_t",    "ytrue",   "t",         "tgt",       "Y", "true_y",
           "y_real",       "expected", "gts",    "trues",   "reference", "references"})) {
    return Role::target;
  }
  if (any({"y_pred",  "pred",   "preds", "prediction", "predictions", "logits", "output", "logit",
           "outputs", "y_hat",  "yhat",  "input",      "inputs",      "out",    "p",      "estimates",
           "ypred",   "pred_y", "y_p",   "predicted",  "estimate",    "score",  "scores", "logprobs"})) {
    return Role::prediction;
  }
  if (any({"sample_weight", "sample_weights", "weight", "weights", "w", "is_weight", "is_weights",
           "importance_weights"}))
    return Role::weight;
  if (any({"mask", "masks", "valid", "valid_mask", "attention_mask", "padding_mask", "pad_mask", "loss_mask",
           "action_mask", "response_mask", "completion_mask", "token_mask"}))
    return Role::mask;
  if (p.ends_with("_true") || p.starts_with("true_") || p.starts_with("target_") || p.ends_with("_target") ||
      p.ends_with("_targets") || p.ends_with("_label") || p.ends_with("_labels") || p.starts_with("gt_") ||
      p.ends_with("_gt"))
    return Role::target;
  if (p.ends_with("_pred") || p.starts_with("pred_") || p.ends_with("_logits") || p.ends_with("_hat") ||
      p.ends_with("_preds") || p.ends_with("_prediction") || p.ends_with("_predictions"))
    return Role::prediction;
  return Role::other;
}

bool is_called_by_keras(const LoadedModule& module, const Target& target) {
  return module.program != nullptr && Finder(module).is_called_by_keras(target);
}

Convention convention_of(const LoadedModule& module, const Target& target) {
  return module.program == nullptr ? Convention::none : Finder(module).convention(target);
}

std::vector<LossTarget> find_losses(const LoadedModule& module) {
  if (module.program == nullptr) return {};
  return Finder(module).find();
}

}  // namespace shapelint
