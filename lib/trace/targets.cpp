#include "lib/trace/targets.h"

#include <algorithm>
#include <functional>
#include <set>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

// Collects definitions with what is around them.
class Collector {
 public:
  explicit Collector(const LoadedModule& module) : module_(module), program_(*module.program) {}

  std::vector<Target> collect() {
    block(program_.body, {}, std::nullopt, "", 0);
    std::ranges::stable_sort(found_, {}, [&](const Target& t) { return start(t); });
    return std::move(found_);
  }

 private:
  std::uint32_t start(const Target& t) const {
    return t.function ? program_.function(*t.function).span.begin : program_.class_of(*t.class_id).span.begin;
  }

  void block(const ast::Block& stmts, const std::vector<ast::FunctionId>& outer, std::optional<ast::ClassId> owner,
             const std::string& prefix, int depth) {
    if (depth > ast_depth_limit) return;
    for (const ast::StmtId id : stmts) {
      const ast::Stmt& stmt = program_.stmt(id);
      ast::for_each_expr(program_, stmt, [&](ast::ExprId e) { expr(e, outer, prefix, depth); });
      ast::for_each_block(stmt, [&](const ast::Block& inner) { block(inner, outer, owner, prefix, depth + 1); });
      if (const auto* def = std::get_if<ast::FunctionDef>(&stmt.node)) {
        function(def->function, outer, owner, prefix, depth);
      } else if (const auto* cls = std::get_if<ast::ClassDef>(&stmt.node)) {
        const ast::Class& c = program_.class_of(cls->class_id);
        Target t{.module = &module_, .outer = outer, .class_id = cls->class_id, .qualname = prefix + c.name};
        found_.push_back(t);
        block(c.body, outer, cls->class_id, prefix + c.name + ".", depth + 1);
      }
    }
  }

  void function(ast::FunctionId id, std::vector<ast::FunctionId> outer, std::optional<ast::ClassId> owner,
                const std::string& prefix, int depth) {
    const ast::Function& f = program_.function(id);
    const std::string qualname = prefix + f.name;
    found_.push_back(
        Target{.module = &module_, .outer = outer, .class_id = owner, .function = id, .qualname = qualname});
    outer.push_back(id);
    if (f.is_lambda()) expr(f.lambda_body, outer, qualname + ".<locals>.", depth + 1);
    else block(f.body, outer, std::nullopt, qualname + ".<locals>.", depth + 1);
  }

  void expr(ast::ExprId id, const std::vector<ast::FunctionId>& outer, const std::string& prefix, int depth) {
    if (depth > ast_depth_limit) return;
    const ast::Expr& e = program_.expr(id);
    if (const auto* lambda = std::get_if<ast::Lambda>(&e.node)) {
      function(lambda->function, outer, std::nullopt, prefix, depth + 1);
      return;
    }
    ast::for_each_child(program_, e, [&](ast::ExprId child) { expr(child, outer, prefix, depth + 1); });
  }

  static constexpr int ast_depth_limit = 1500;
  const LoadedModule& module_;
  const ast::Module& program_;
  std::vector<Target> found_;
};

std::string plain(std::string_view qualname) {
  std::string out(qualname);
  for (std::size_t at = out.find(".<locals>"); at != std::string::npos; at = out.find(".<locals>")) out.erase(at, 9);
  return out;
}

bool contains_word(std::string_view name, std::string_view word) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower.find(word) != std::string::npos;
}

bool is_loss_name(std::string_view name) {
  return contains_word(name, "loss") || contains_word(name, "criterion") || contains_word(name, "objective");
}

bool imports_keras(const ast::Module& program) {
  for (const ast::Stmt& stmt : program.stmts) {
    if (const auto* import = std::get_if<ast::Import>(&stmt.node)) {
      for (const ast::ImportedName& name : import->modules) {
        if (name.name.starts_with("keras") || name.name.starts_with("tensorflow") || name.name.starts_with("tf_keras"))
          return true;
      }
    } else if (const auto* from = std::get_if<ast::ImportFrom>(&stmt.node)) {
      if (from->module.starts_with("keras") || from->module.starts_with("tensorflow") ||
          from->module.starts_with("tf_keras"))
        return true;
    }
  }
  return false;
}

// Functions named, or lambdas written, as a `loss=` argument: `model.compile(loss=...)`, `Trainer(loss_fn=...)`. A
// factory call there (`loss=make_loss(2)`) names the functions that the factory returns.
struct Uses {
  std::set<std::string> names;
  std::set<std::uint32_t> lambdas;
  std::set<std::string> factories;
};

Uses loss_arguments(const ast::Module& program) {
  Uses uses;
  const std::function<void(ast::ExprId, int)> take = [&](ast::ExprId id, int depth) {
    if (!id.valid() || depth > 4) return;
    const auto& node = program.expr(id).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) uses.names.insert(name->id);
    else if (const auto* attr = std::get_if<ast::Attribute>(&node)) uses.names.insert(attr->name);
    else if (const auto* lambda = std::get_if<ast::Lambda>(&node)) uses.lambdas.insert(lambda->function.index);
    else if (const auto* list = std::get_if<ast::ListExpr>(&node)) {
      for (const ast::ExprId item : list->items) take(item, depth + 1);
    } else if (const auto* dict = std::get_if<ast::DictExpr>(&node)) {
      for (const ast::ExprId item : dict->values) take(item, depth + 1);
    } else if (const auto* made = std::get_if<ast::Call>(&node)) {
      if (const auto* factory = std::get_if<ast::Name>(&program.expr(made->function).node))
        uses.factories.insert(factory->id);
    }
  };
  for (const ast::Expr& expr : program.exprs) {
    const auto* made = std::get_if<ast::Call>(&expr.node);
    if (made == nullptr) continue;
    for (const ast::Argument& argument : made->arguments) {
      if (argument.kind == ast::Argument::Kind::keyword &&
          (argument.name == "loss" || argument.name == "loss_fn" || argument.name == "criterion" ||
           argument.name == "losses")) {
        take(argument.value, 0);
      }
    }
    // `compile("adam", loss)` by position.
    const auto* callee = std::get_if<ast::Attribute>(&program.expr(made->function).node);
    if (callee != nullptr && callee->name == "compile" && made->arguments.size() >= 2 &&
        made->arguments[1].kind == ast::Argument::Kind::positional) {
      take(made->arguments[1].value, 0);
    }
  }
  return uses;
}

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

bool is_keras_pair(const std::vector<const ast::Param*>& params) {
  return params.size() >= 2 && role_of(params[0]->name) == Role::target && role_of(params[1]->name) == Role::prediction;
}

// A class whose bases are called like a loss (`keras.losses.Loss`, `Loss`, `nn.CrossEntropyLoss`).
bool is_loss_class(const ast::Module& program, const ast::Class& c) {
  for (const ast::Argument& base : c.bases) {
    const auto& node = program.expr(base.value).node;
    if (const auto* name = std::get_if<ast::Name>(&node); name != nullptr && is_loss_name(name->id)) return true;
    if (const auto* attr = std::get_if<ast::Attribute>(&node); attr != nullptr && is_loss_name(attr->name)) return true;
  }
  return false;
}

// Calls inside a function to other functions of the module, by plain name.
std::set<std::string> called_names(const ast::Module& program, const ast::Function& f) {
  std::set<std::string> out;
  for (const ast::Expr& expr : program.exprs) {
    const auto* made = std::get_if<ast::Call>(&expr.node);
    if (made == nullptr || !f.span.contains(expr.span)) continue;
    if (const auto* name = std::get_if<ast::Name>(&program.expr(made->function).node)) out.insert(name->id);
    if (const auto* attr = std::get_if<ast::Attribute>(&program.expr(made->function).node)) {
      if (const auto* self = std::get_if<ast::Name>(&program.expr(attr->value).node);
          self != nullptr && self->id == "self") {
        out.insert(attr->name);
      }
    }
  }
  return out;
}

bool has_tensor_annotation(const ast::Module& program, const ast::Function& f) {
  return std::ranges::any_of(f.params, [&](const ast::Param& p) {
    return p.annotation.valid() && std::holds_alternative<ast::Subscript>(program.expr(p.annotation).node);
  });
}

}  // namespace

Role role_of(std::string_view p) {
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, p) != names.end();
  };
  if (any({"y_true", "true", "target", "targets", "label", "labels", "y", "gt", "ground_truth", "truth", "y_t", "ytrue",
           "t", "tgt", "true_y", "y_real", "expected"})) {
    return Role::target;
  }
  if (any({"y_pred",  "pred",   "preds", "prediction", "predictions", "logits", "output",
           "outputs", "y_hat",  "yhat",  "input",      "inputs",      "out",    "p",
           "ypred",   "pred_y", "y_p",   "predicted",  "estimate",    "score",  "scores"})) {
    return Role::prediction;
  }
  if (any({"sample_weight", "sample_weights", "weight", "weights", "w"})) return Role::weight;
  if (any({"mask", "masks", "valid", "valid_mask"})) return Role::mask;
  if (p.ends_with("_true") || p.starts_with("true_") || p.starts_with("target_") || p.ends_with("_target"))
    return Role::target;
  if (p.ends_with("_pred") || p.starts_with("pred_") || p.ends_with("_logits") || p.ends_with("_hat"))
    return Role::prediction;
  return Role::other;
}

std::vector<Target> all_targets(const LoadedModule& module) { return Collector(module).collect(); }

std::optional<Target> find_target(const LoadedModule& module, std::string_view qualname) {
  std::optional<Target> best;
  for (Target& target : all_targets(module)) {
    if (target.qualname == qualname || plain(target.qualname) == qualname) best = std::move(target);
  }
  return best;
}

std::optional<Target> target_at_line(const LoadedModule& module, const SourceFile& file, std::uint32_t line) {
  std::optional<Target> best;
  std::uint32_t best_size = 0xFFFFFFFFU;
  for (Target& target : all_targets(module)) {
    if (!target.function) continue;
    const Span span = module.program->function(*target.function).span;
    if (file.position(span.begin).line > line || file.position(span.end).line < line) continue;
    if (span.end - span.begin < best_size) {
      best_size = span.end - span.begin;
      best = std::move(target);
    }
  }
  return best;
}

std::vector<std::string> similar_targets(const LoadedModule& module, std::string_view qualname) {
  const auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t up = row[j];
        row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
        diagonal = up;
      }
    }
    return row[b.size()];
  };
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::string_view last =
      qualname.substr(qualname.rfind('.') == std::string_view::npos ? 0 : qualname.rfind('.') + 1);
  for (const Target& target : all_targets(module)) {
    const std::string name = plain(target.qualname);
    if (name.size() > 200 || qualname.size() > 200) continue;
    const std::string_view own =
        std::string_view(name).substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
    ranked.emplace_back(std::min(distance(name, qualname), distance(own, last) + 1), name);
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> out;
  for (const auto& [score, name] : ranked) {
    if (out.size() < 5 && (score <= 3 || out.size() < 3) && std::ranges::find(out, name) == out.end())
      out.push_back(name);
  }
  return out;
}

namespace {

Convention convention_with(const LoadedModule& module, const Target& target, const Uses& uses, bool keras) {
  const ast::Module& program = *module.program;
  if (!target.function) return keras ? Convention::keras : Convention::none;
  const ast::Function& f = program.function(*target.function);
  const auto params = required(f, target.class_id.has_value());
  if (keras && target.class_id && f.name == "call" && is_loss_class(program, program.class_of(*target.class_id)))
    return Convention::keras;
  if (keras && is_keras_pair(params)) return Convention::keras;
  const bool passed = f.is_lambda() ? uses.lambdas.contains(target.function->index) : uses.names.contains(f.name);
  if (keras && passed && params.size() == 2) return Convention::keras;
  // The inner function of a factory whose result is passed.
  if (keras && !target.outer.empty() && params.size() == 2 &&
      uses.factories.contains(program.function(target.outer.back()).name)) {
    return Convention::keras;
  }
  // A lambda of two parameters whose body calls into keras.losses under a loss-like name (`self.loss = lambda t, p:
  // ...`).
  if (keras && f.is_lambda() && params.size() == 2) {
    for (const ast::Stmt& stmt : program.stmts) {
      const auto* assign = std::get_if<ast::Assign>(&stmt.node);
      if (assign == nullptr || !assign->value.valid()) continue;
      const auto* lambda = std::get_if<ast::Lambda>(&program.expr(assign->value).node);
      if (lambda == nullptr || lambda->function.index != target.function->index) continue;
      for (const ast::ExprId id : assign->targets) {
        const auto& node = program.expr(id).node;
        const auto* name = std::get_if<ast::Name>(&node);
        const auto* attr = std::get_if<ast::Attribute>(&node);
        if ((name != nullptr && is_loss_name(name->id)) || (attr != nullptr && is_loss_name(attr->name)))
          return Convention::keras;
      }
    }
    // Handed to something whose name says what it is for: `LossWrapper(lambda t, p: ...)`.
    for (const ast::Expr& expr : program.exprs) {
      const auto* made = std::get_if<ast::Call>(&expr.node);
      if (made == nullptr) continue;
      for (const ast::Argument& argument : made->arguments) {
        const auto* lambda = std::get_if<ast::Lambda>(&program.expr(argument.value).node);
        if (lambda == nullptr || lambda->function.index != target.function->index) continue;
        const auto& callee = program.expr(made->function).node;
        const auto* name = std::get_if<ast::Name>(&callee);
        const auto* attr = std::get_if<ast::Attribute>(&callee);
        if ((name != nullptr && is_loss_name(name->id)) || (attr != nullptr && is_loss_name(attr->name)) ||
            (argument.kind == ast::Argument::Kind::keyword && is_loss_name(argument.name))) {
          return Convention::keras;
        }
      }
    }
  }
  return Convention::none;
}

}  // namespace

Convention convention_of(const LoadedModule& module, const Target& target) {
  if (module.program == nullptr) return Convention::none;
  return convention_with(module, target, loss_arguments(*module.program), imports_keras(*module.program));
}

std::vector<LossTarget> find_losses(const LoadedModule& module) {
  std::vector<LossTarget> out;
  if (module.program == nullptr) return out;
  const ast::Module& program = *module.program;
  const bool keras = imports_keras(program);
  const Uses uses = loss_arguments(program);
  struct Candidate {
    LossTarget loss;
    bool is_explicit = false;
  };
  std::vector<Candidate> candidates;
  for (Target& target : all_targets(module)) {
    if (!target.function) continue;
    const ast::Function& f = program.function(*target.function);
    if (f.name == "__init__" || f.is_generator) continue;
    const auto params = required(f, target.class_id.has_value());
    const Convention convention = convention_with(module, target, uses, keras);
    const bool passed = f.is_lambda() ? uses.lambdas.contains(target.function->index) : uses.names.contains(f.name);
    Candidate c;
    c.loss.convention = convention;
    if (target.class_id && (f.name == "call" || f.name == "forward" || f.name == "__call__") &&
        (is_loss_class(program, program.class_of(*target.class_id)) ||
         is_loss_name(program.class_of(*target.class_id).name))) {
      c.loss.reason = "method of a loss class";
      c.is_explicit = true;
    } else if (passed && !params.empty()) {
      c.loss.reason = "passed as a loss";
      c.is_explicit = true;
    } else if (is_keras_pair(params) ||
               (params.size() >= 2 &&
                std::ranges::any_of(params, [](const ast::Param* p) { return role_of(p->name) == Role::target; }) &&
                std::ranges::any_of(params,
                                    [](const ast::Param* p) { return role_of(p->name) == Role::prediction; }))) {
      if (f.is_lambda() && !keras && module.dialect == Dialect::python) continue;
      c.loss.reason = "its parameters are a target and a prediction";
    } else if (convention == Convention::keras) {
      c.loss.reason = "used as a Keras loss";
      c.is_explicit = true;
    } else if (!f.is_lambda() && is_loss_name(f.name) && !params.empty() &&
               !(target.class_id && f.name.starts_with("__"))) {
      // `make_loss(...)`, `get_loss(...)` build losses; what they return is found by itself.
      bool builds = false;
      for (const ast::Function& inner : program.functions) {
        builds = builds || (&inner != &f && f.span.contains(inner.span) && !inner.is_lambda());
      }
      if (builds) continue;
      c.loss.reason = "named as a loss";
    } else if (!f.is_lambda() && has_tensor_annotation(program, f)) {
      c.loss.reason = "its parameters have shapes";
      c.is_explicit = module.dialect == Dialect::loss;
    } else {
      continue;
    }
    c.loss.target = std::move(target);
    candidates.push_back(std::move(c));
  }
  // A helper that another loss calls is seen there, with the shapes it really gets.
  std::set<std::string> called;
  for (const Candidate& c : candidates) {
    const ast::Function& f = program.function(*c.loss.target.function);
    for (const std::string& name : called_names(program, f)) {
      if (name != f.name) called.insert(name);
    }
  }
  for (Candidate& c : candidates) {
    const ast::Function& f = program.function(*c.loss.target.function);
    if (!c.is_explicit && called.contains(f.name)) continue;
    out.push_back(std::move(c.loss));
  }
  return out;
}

}  // namespace shapelint
