// Objects of the program that the target is given and that nobody states: `train(model, ...)`, which calls `model(x)`.
// An annotation names the class, or somebody hands over what was made of it, or one class of the file alone fits. What
// its constructor asks for is what the program says there, or else a size: a symbol of the parameter's name. The last
// of the three is a guess, and each gives way where the code does not run with it.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

bool is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

// What a function does with a parameter that is no tensor: `model(x)` (an empty name), `agent.act(x)`.
struct UseOfObject {
  std::string_view method;
  std::size_t positional = 0;
  bool takes_more = false;  ///< keywords, or stars
};

std::vector<UseOfObject> uses_of(const ast::Module& program, const std::vector<std::uint32_t>& exprs,
                                 std::string_view name) {
  std::vector<UseOfObject> out;
  const auto is_it = [&](ast::ExprId id) {
    const auto* node = std::get_if<ast::Name>(&program.expr(id).node);
    return node != nullptr && node->id == name;
  };
  for (const std::uint32_t index : exprs) {
    const auto* call = std::get_if<ast::Call>(&program.exprs[index].node);
    if (call == nullptr) continue;
    const auto* member = std::get_if<ast::Attribute>(&program.expr(call->function).node);
    if (!is_it(call->function) && (member == nullptr || !is_it(member->value))) continue;
    UseOfObject use;
    if (member != nullptr) use.method = member->name;
    for (const ast::Argument& argument : call->arguments) {
      if (argument.kind == ast::Argument::Kind::positional) ++use.positional;
      else use.takes_more = true;
    }
    out.push_back(use);
  }
  return out;
}

// What every module of a framework has.
bool is_method_of_module(std::string_view name) {
  return is_any(name, {"parameters",
                       "named_parameters",
                       "buffers",
                       "modules",
                       "named_modules",
                       "children",
                       "state_dict",
                       "load_state_dict",
                       "train",
                       "eval",
                       "zero_grad",
                       "requires_grad_",
                       "to",
                       "cuda",
                       "cpu",
                       "float",
                       "half",
                       "double",
                       "apply",
                       "compile"});
}

// What is called and is no model: losses and metrics, and functions by their names.
bool names_other_callable(std::string_view name) {
  return is_loss_name(name) || holds_loss_argument(name) || names_entropy(name) ||
         is_any(name,
                {"fn", "func", "f", "function", "callback", "transform", "transforms", "metric", "optimizer", "opt",
                 "scheduler", "logger", "loader", "dataset", "tokenizer", "activation", "act", "norm", "env"}) ||
         name.ends_with("_fn") || name.ends_with("_func") || name.ends_with("_loader") || name.ends_with("_metric") ||
         name.ends_with("_optimizer") || name.ends_with("_scheduler");
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

// The classes at top level of a module, and which of them are there to be called or used as objects.
class ClassesOf {
 public:
  explicit ClassesOf(const ast::Module& program) : program_(program) {
    for (const ast::StmtId id : program.body) {
      const auto* def = std::get_if<ast::ClassDef>(&program.stmt(id).node);
      if (def != nullptr) by_name_[program.class_of(def->class_id).name] = &program.class_of(def->class_id);
    }
  }

  /// The one class that a parameter of that name may be an object of, by what is done with it.
  const ast::Class* only_fit(std::string_view name, const std::vector<UseOfObject>& uses, const ast::Class* own) const {
    std::vector<const ast::Class*> fitting;
    for (const auto& [_, type] : by_name_)
      if (type != own && fits(*type, uses)) fitting.push_back(type);
    // A model is not one of the parts that it is made of.
    if (fitting.size() > 1) {
      std::vector<const ast::Class*> whole;
      std::ranges::copy_if(fitting, std::back_inserter(whole), [&](const auto* type) { return !is_part(*type); });
      if (!whole.empty()) fitting = std::move(whole);
    }
    if (fitting.size() > 1) {
      const auto is_named = [&](const auto* type) { return plain(type->name) == plain(name); };
      std::erase_if(fitting, [&](const auto* type) { return !is_named(type); });
    }
    return fitting.size() == 1 ? fitting.front() : nullptr;
  }

 private:
  const ast::Function* method(const ast::Class& type, std::string_view name, int depth = 0) const {
    if (const auto own = ast::own_method(program_, type, name)) return &program_.function(*own);
    for (const ast::Argument& base : type.bases) {
      const auto it = by_name_.find(ast::last_name(program_, base.value));
      if (it == by_name_.end() || depth > 8) continue;
      if (const auto* found = method(*it->second, name, depth + 1)) return found;
    }
    return nullptr;
  }

  bool is_module(const ast::Class& type, int depth = 0) const {
    return std::ranges::any_of(type.bases, [&](const ast::Argument& base) {
      const std::string_view name = ast::last_name(program_, base.value);
      const auto it = by_name_.find(name);
      if (it != by_name_.end()) return depth < 8 && it->second != &type && is_module(*it->second, depth + 1);
      return base.kind == ast::Argument::Kind::positional &&
             (name.ends_with("Module") || name.ends_with("Model") || name == "Layer");
    });
  }

  static bool takes(const ast::Function& f, const UseOfObject& use) {
    std::size_t least = 0;
    std::size_t most = 0;
    bool is_open = use.takes_more;
    for (std::size_t i = 1; i < f.params.size(); ++i) {
      const ast::Param& param = f.params[i];
      is_open = is_open || param.kind == ast::Param::Kind::star;
      if (param.kind != ast::Param::Kind::normal && param.kind != ast::Param::Kind::positional_only) continue;
      ++most;
      least += param.fallback.valid() ? 0 : 1;
    }
    return is_open || (use.positional >= least && use.positional <= most);
  }

  bool fits(const ast::Class& type, const std::vector<UseOfObject>& uses) const {
    const bool module = is_module(type);
    if (is_loss_name(type.name) || names_entropy(type.name)) return false;
    bool is_used = false;
    for (const UseOfObject& use : uses) {
      const ast::Function* called = nullptr;
      if (use.method.empty()) {
        for (const std::string_view name : kCallMethods)
          if (called == nullptr) called = method(type, name);
      } else {
        called = method(type, use.method);
      }
      if (called == nullptr && module && is_method_of_module(use.method)) continue;
      if (called == nullptr || called->is_generator || !takes(*called, use)) return false;
      is_used = true;
    }
    return is_used;
  }

  // Is it made in another class of the file?
  bool is_part(const ast::Class& type) const {
    return std::ranges::any_of(program_.exprs, [&](const ast::Expr& expr) {
      const auto* call = std::get_if<ast::Call>(&expr.node);
      const auto* name = call != nullptr ? std::get_if<ast::Name>(&program_.expr(call->function).node) : nullptr;
      return name != nullptr && name->id == type.name && std::ranges::any_of(by_name_, [&](const auto& one) {
               return one.second != &type && one.second->span.contains(expr.span);
             });
    });
  }

  const ast::Module& program_;
  std::map<std::string_view, const ast::Class*> by_name_;
};

// How a program makes what it hands over, written so that it means the same at the top level of the module.
class Making {
 public:
  /// `size_of(maker, place, keyword)`: what stands for an argument that cannot be written so.
  using Fill = std::function<std::optional<std::string>(const FoundMaker&, std::size_t, std::string_view)>;
  using FindMaker = std::function<std::optional<FoundMaker>(std::string_view)>;

  Making(const SourceMap& sources, const LoadedModule& module, FindMaker find, Fill fill)
      : sources_(sources), program_(*module.program), find_(std::move(find)), fill_(std::move(fill)) {
    for (const ast::StmtId id : program_.body) {
      const auto& node = program_.stmt(id).node;
      if (const auto* def = std::get_if<ast::FunctionDef>(&node)) top_.insert(program_.function(def->function).name);
      else if (const auto* type = std::get_if<ast::ClassDef>(&node))
        top_.insert(program_.class_of(type->class_id).name);
    }
    for (const ast::Stmt& stmt : program_.stmts) {
      if (const auto* import = std::get_if<ast::Import>(&stmt.node)) {
        for (const ast::ImportedName& one : import->modules)
          take_import(one.name, one.alias.empty() ? one.name.substr(0, one.name.find('.')) : one.alias);
      } else if (const auto* from = std::get_if<ast::ImportFrom>(&stmt.node)) {
        for (const ast::ImportedName& one : from->names)
          take_import(from->level == 0 ? from->module : ".", one.alias.empty() ? one.name : one.alias);
      } else if (const auto* assign = std::get_if<ast::Assign>(&stmt.node)) {
        for (const ast::ExprId target : assign->targets) take_assign(stmt, target, assign->value);
      } else if (const auto* stated = std::get_if<ast::AnnotatedAssign>(&stmt.node);
                 stated != nullptr && stated->value.valid()) {
        take_assign(stmt, stated->target, stated->value);
      } else if (const auto* loop = std::get_if<ast::For>(&stmt.node)) {
        take_assign(stmt, loop->target, {});
      }
    }
  }

  /// What `f`, whose parameter `name` is asked for, is given for it somewhere in the file.
  std::optional<std::string> handed_to(const ast::Function& f, bool is_method, const std::string& name, int depth = 0) {
    std::size_t place = 0;
    std::optional<std::size_t> own;
    for (std::size_t i = is_method ? 1 : 0; i < f.params.size(); ++i) {
      const auto kind = f.params[i].kind;
      if (f.params[i].name == name && kind != ast::Param::Kind::keyword_only) own = place;
      if (kind == ast::Param::Kind::normal || kind == ast::Param::Kind::positional_only) ++place;
    }
    for (const ast::Expr& expr : program_.exprs) {
      const auto* call = std::get_if<ast::Call>(&expr.node);
      if (call == nullptr || f.span.contains(expr.span)) continue;
      const bool is_member = std::holds_alternative<ast::Attribute>(program_.expr(call->function).node);
      if (is_member != is_method || ast::last_name(program_, call->function) != f.name) continue;
      std::size_t at = 0;
      for (const ast::Argument& argument : call->arguments) {
        if (argument.kind == ast::Argument::Kind::star) break;
        const bool is_it = argument.kind == ast::Argument::Kind::keyword
                               ? argument.name == name
                               : argument.kind == ast::Argument::Kind::positional && own == at;
        if (argument.kind == ast::Argument::Kind::positional) ++at;
        if (!is_it) continue;
        if (auto made = object(argument.value, depth)) return made;
      }
    }
    return std::nullopt;
  }

 private:
  struct Assigned {
    Span place;
    ast::ExprId value;  ///< none: by a loop, or as a part of more
  };

  void take_import(std::string_view module, std::string name) {
    (is_torch_module(module) || is_keras_module(module) ? of_framework_ : of_program_).insert(std::move(name));
  }

  void take_assign(const ast::Stmt& stmt, ast::ExprId target, ast::ExprId value) {
    const auto& node = program_.expr(target).node;
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      assigned_[name->id].push_back({stmt.span, value});
    } else if (const auto* member = std::get_if<ast::Attribute>(&node)) {
      const auto* owner = std::get_if<ast::Name>(&program_.expr(member->value).node);
      if (owner != nullptr && owner->id == "self") assigned_["self." + member->name].push_back({stmt.span, value});
    } else if (const auto* tuple = std::get_if<ast::TupleExpr>(&node)) {
      const auto* values = value.valid() ? std::get_if<ast::TupleExpr>(&program_.expr(value).node) : nullptr;
      const bool is_paired = values != nullptr && values->items.size() == tuple->items.size();
      for (std::size_t i = 0; i < tuple->items.size(); ++i)
        take_assign(stmt, tuple->items[i], is_paired ? values->items[i] : ast::ExprId{});
    }
  }

  const ast::Function* function_around(const Span& span) const {
    const ast::Function* out = nullptr;
    for (const ast::Function& f : program_.functions)
      if (f.span.contains(span) && f.span != span && (out == nullptr || out->span.contains(f.span))) out = &f;
    return out;
  }

  // What a name is bound to where it is read: in the same function, or else at the top level. Nothing where that is not
  // one value.
  std::optional<ast::ExprId> value_of(const std::string& name, const Span& read) const {
    const auto it = assigned_.find(name);
    if (it == assigned_.end()) return std::nullopt;
    const ast::Function* const around = function_around(read);
    std::vector<const Assigned*> here;
    for (const bool is_global : {false, true}) {
      for (const Assigned& one : it->second) {
        const ast::Function* const scope = function_around(one.place);
        if (name.starts_with("self.") || scope == (is_global ? nullptr : around)) here.push_back(&one);
      }
      if (!here.empty()) break;
    }
    return here.size() == 1 && here.front()->value.valid() ? std::optional(here.front()->value) : std::nullopt;
  }

  std::string_view root_of(ast::ExprId id) const {
    while (const auto* member = std::get_if<ast::Attribute>(&program_.expr(id).node)) id = member->value;
    const auto* name = std::get_if<ast::Name>(&program_.expr(id).node);
    return name != nullptr ? std::string_view(name->id) : std::string_view();
  }

  std::string source(ast::ExprId id) const { return std::string(sources_.text(program_.expr(id).span)); }

  // An object of the program, or a layer of a framework.
  std::optional<std::string> object(ast::ExprId id, int depth) {
    if (depth > 6) return std::nullopt;
    const ast::Expr& expr = program_.expr(id);
    if (const auto* name = std::get_if<ast::Name>(&expr.node)) {
      if (const auto value = value_of(name->id, expr.span)) return object(*value, depth + 1);
      // A parameter of who hands it over.
      const ast::Function* const around = function_around(expr.span);
      if (around == nullptr || assigned_in(*around, name->id) ||
          std::ranges::find(around->params, name->id, &ast::Param::name) == around->params.end())
        return std::nullopt;
      const bool is_method = !around->params.empty() && around->params.front().name == "self";
      return handed_to(*around, is_method, name->id, depth + 1);
    }
    if (const auto* member = std::get_if<ast::Attribute>(&expr.node)) {
      if (root_of(member->value) != "self" || !std::holds_alternative<ast::Name>(program_.expr(member->value).node))
        return std::nullopt;
      const auto value = value_of("self." + member->name, expr.span);
      return value ? object(*value, depth + 1) : std::nullopt;
    }
    const auto* call = std::get_if<ast::Call>(&expr.node);
    if (call == nullptr) return std::nullopt;
    const auto* member = std::get_if<ast::Attribute>(&program_.expr(call->function).node);
    // `Net().to(device)`.
    if (member != nullptr && is_method_of_module(member->name)) return object(member->value, depth + 1);
    if (of_framework_.contains(root_of(call->function))) {
      const bool is_layer = std::isupper(static_cast<unsigned char>(ast::last_name(program_, call->function)[0])) != 0;
      return is_layer ? written(id, depth) : std::nullopt;
    }
    if (member != nullptr) return std::nullopt;
    return made(*call, depth);
  }

  // `Net(784, hidden)`
  std::optional<std::string> made(const ast::Call& call, int depth) {
    const auto* callee = std::get_if<ast::Name>(&program_.expr(call.function).node);
    if (callee == nullptr || (!top_.contains(callee->id) && !of_program_.contains(callee->id))) return std::nullopt;
    const auto maker = find_(callee->id);
    if (!maker) return std::nullopt;
    std::string arguments;
    std::size_t place = 0;
    for (const ast::Argument& argument : call.arguments) {
      if (argument.kind != ast::Argument::Kind::positional && argument.kind != ast::Argument::Kind::keyword)
        return std::nullopt;
      const bool is_keyword = argument.kind == ast::Argument::Kind::keyword;
      auto text = written(argument.value, depth);
      if (!text) text = fill_(*maker, place, argument.name);
      if (!text) return std::nullopt;
      arguments += (arguments.empty() ? "" : ", ") + (is_keyword ? argument.name + "=" : "") + *text;
      place += is_keyword ? 0 : 1;
    }
    return callee->id + "(" + arguments + ")";
  }

  bool assigned_in(const ast::Function& f, const std::string& name) const {
    const auto it = assigned_.find(name);
    return it != assigned_.end() &&
           std::ranges::any_of(it->second, [&](const Assigned& one) { return function_around(one.place) == &f; });
  }

  // A value that does not depend on where it is written: numbers and texts, layers, and variables bound to such.
  std::optional<std::string> written(ast::ExprId id, int depth) {
    if (depth > 6) return std::nullopt;
    const ast::Expr& expr = program_.expr(id);
    const auto& node = expr.node;
    if (std::holds_alternative<ast::IntLiteral>(node) || std::holds_alternative<ast::FloatLiteral>(node) ||
        std::holds_alternative<ast::StringLiteral>(node) || std::holds_alternative<ast::BoolLiteral>(node) ||
        std::holds_alternative<ast::NoneLiteral>(node))
      return source(id);
    if (const auto* name = std::get_if<ast::Name>(&node)) {
      if (const auto value = value_of(name->id, expr.span)) return written(*value, depth + 1);
      if (assigned_.contains(name->id) || function_has(expr.span, name->id)) return std::nullopt;
      return top_.contains(name->id) || of_framework_.contains(name->id) ? std::optional(name->id) : std::nullopt;
    }
    if (std::holds_alternative<ast::Attribute>(node))
      return of_framework_.contains(root_of(id)) ? std::optional(source(id)) : std::nullopt;
    if (const auto* one = std::get_if<ast::Unary>(&node); one != nullptr && one->op == ast::UnaryOp::negative) {
      const auto text = written(one->operand, depth + 1);
      return text ? std::optional("-" + *text) : std::nullopt;
    }
    if (const auto* both = std::get_if<ast::Binary>(&node)) {
      const auto left = written(both->left, depth + 1);
      const auto right = written(both->right, depth + 1);
      if (!left || !right) return std::nullopt;
      return fmt::format("({}) {} ({})", *left, sources_.text(both->op_span), *right);
    }
    if (const auto* list = std::get_if<ast::ListExpr>(&node)) return items(list->items, '[', ']', depth);
    if (const auto* tuple = std::get_if<ast::TupleExpr>(&node)) return items(tuple->items, '(', ')', depth);
    const auto* call = std::get_if<ast::Call>(&node);
    if (call == nullptr) return std::nullopt;
    const auto* callee = std::get_if<ast::Name>(&program_.expr(call->function).node);
    if (callee == nullptr || !top_.contains(callee->id)) {
      if (!of_framework_.contains(root_of(call->function))) return std::nullopt;
    }
    std::string arguments;
    for (const ast::Argument& argument : call->arguments) {
      if (argument.kind != ast::Argument::Kind::positional && argument.kind != ast::Argument::Kind::keyword)
        return std::nullopt;
      const auto text = written(argument.value, depth + 1);
      if (!text) return std::nullopt;
      const bool is_keyword = argument.kind == ast::Argument::Kind::keyword;
      arguments += (arguments.empty() ? "" : ", ") + (is_keyword ? argument.name + "=" : "") + *text;
    }
    return source(call->function) + "(" + arguments + ")";
  }

  std::optional<std::string> items(const std::vector<ast::ExprId>& items, char open, char close, int depth) {
    std::string out(1, open);
    for (const ast::ExprId item : items) {
      const auto text = written(item, depth + 1);
      if (!text) return std::nullopt;
      out += *text + ", ";
    }
    return out + close;
  }

  bool function_has(const Span& span, const std::string& name) const {
    const ast::Function* const around = function_around(span);
    return around != nullptr && std::ranges::find(around->params, name, &ast::Param::name) != around->params.end();
  }

  const SourceMap& sources_;
  const ast::Module& program_;
  FindMaker find_;
  Fill fill_;
  std::set<std::string, std::less<>> top_, of_framework_, of_program_;
  std::map<std::string, std::vector<Assigned>, std::less<>> assigned_;
};

}  // namespace

bool WorldBuilder::is_object(std::string_view name) const {
  return std::ranges::find(objects_, name, &World::Object::name) != objects_.end();
}

// What a constructor gets for a parameter that nobody says: a size, unless its annotation or what the constructor does
// with it says otherwise.
std::optional<std::string> WorldBuilder::size_for(const FoundMethod& maker, const ast::Param& param) {
  const ast::Module& made_in = *maker.home->program;
  const auto* type = param.annotation.valid() ? std::get_if<ast::Name>(&made_in.expr(param.annotation).node) : nullptr;
  if (type != nullptr && type->id == "float") return "0.5";
  if (type != nullptr && type->id == "bool") return "True";
  if (param.annotation.valid() && (type == nullptr || type->id != "int")) return std::nullopt;
  const auto is_it = [&](ast::ExprId id) {
    const auto* name = id.valid() ? std::get_if<ast::Name>(&made_in.expr(id).node) : nullptr;
    return name != nullptr && name->id == param.name;
  };
  const ast::Function& f = maker.ast();
  for (const ast::Expr& expr : made_in.exprs) {
    if (!f.span.contains(expr.span)) continue;
    const auto* member = std::get_if<ast::Attribute>(&expr.node);
    const auto* part = std::get_if<ast::Subscript>(&expr.node);
    const auto* call = std::get_if<ast::Call>(&expr.node);
    const auto* star = std::get_if<ast::Starred>(&expr.node);
    if ((member != nullptr && is_it(member->value)) || (part != nullptr && is_it(part->value)) ||
        (star != nullptr && is_it(star->value)) || (call != nullptr && is_it(call->function)))
      return std::nullopt;
    if (call == nullptr) continue;
    const std::string_view callee = ast::last_name(made_in, call->function);
    for (const ast::Argument& argument : call->arguments)
      if (is_it(argument.value) &&
          (argument.kind == ast::Argument::Kind::star || argument.kind == ast::Argument::Kind::double_star ||
           is_any(callee, {"len", "enumerate", "zip", "isinstance", "getattr", "list", "tuple"})))
        return std::nullopt;
  }
  for (const ast::Stmt& stmt : made_in.stmts) {
    const auto* loop = std::get_if<ast::For>(&stmt.node);
    if (loop != nullptr && f.span.contains(stmt.span) && is_it(loop->iterable)) return std::nullopt;
  }
  std::string name = param.name;
  while (world_.symbols.contains(name) && world_.symbols.at(name) == *world_.input.batch) name += "_";
  const bool is_stated = world_.symbols.contains(name) && !world_.object_sizes.contains(world_.symbols.at(name));
  const Dim size = symbol(name);
  if (!is_stated) world_.object_sizes.insert(*dims_.as_symbol(size));
  return name;
}

// `Net(in_features, classes)`: by what its constructor cannot do without.
std::optional<std::string> WorldBuilder::made_of_sizes(std::string_view name, const FoundMaker& maker) {
  std::string arguments;
  if (maker.called) {
    const auto& params = maker.called->ast().params;
    for (std::size_t i = maker.is_class ? 1 : 0; i < params.size(); ++i) {
      const ast::Param& param = params[i];
      if (param.fallback.valid() || param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star)
        continue;
      const auto size = size_for(*maker.called, param);
      if (!size) return std::nullopt;
      const bool is_keyword = param.kind == ast::Param::Kind::keyword_only;
      arguments += (arguments.empty() ? "" : ", ") + (is_keyword ? param.name + "=" : "") + *size;
    }
  }
  return fmt::format("{}({})", name, arguments);
}

void WorldBuilder::read_objects() {
  if (function_ == nullptr || home().dialect != Dialect::python) return;
  std::map<std::string, std::optional<FoundMaker>, std::less<>> makers;
  const auto maker_of = [&](std::string_view name) -> std::optional<FoundMaker> {
    const auto it = makers.find(name);
    if (it != makers.end()) return it->second;
    return makers.emplace(name, find_maker(library_, dims_, home(), name)).first->second;
  };
  const auto fill = [&](const FoundMaker& maker, std::size_t place, std::string_view keyword) {
    std::optional<std::string> out;
    if (!maker.called) return out;
    std::size_t at = 0;
    const auto& params = maker.called->ast().params;
    for (std::size_t i = maker.is_class ? 1 : 0; i < params.size(); ++i) {
      const auto kind = params[i].kind;
      if (kind == ast::Param::Kind::star || kind == ast::Param::Kind::double_star) continue;
      if (keyword.empty() ? at++ == place : params[i].name == keyword) return size_for(*maker.called, params[i]);
    }
    return out;
  };
  std::optional<Making> making;
  std::optional<ClassesOf> classes;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    const auto is_stated = [&](const WorldParameter& p) {
      return p.name == param.name || p.name.starts_with(param.name + ".");
    };
    const auto is_stated_part = [&](const auto& one) {
      return one.first == param.name || one.first.starts_with(param.name + ".");
    };
    if (param.fallback.valid() || param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star ||
        std::ranges::any_of(options_.args, is_stated_part) || std::ranges::any_of(world_.parameters, is_stated))
      continue;
    const std::vector<UseOfObject> uses = uses_of(program(), exprs_in(*function_), param.name);
    const auto makes_something = [](const UseOfObject& use) { return !is_method_of_module(use.method); };
    if (std::ranges::none_of(uses, makes_something) || usage_of(*function_).is_tensor(param.name)) continue;
    const std::string kind = annotated_kind(param);
    std::optional<std::string> made;
    bool is_guess = false;
    bool is_annotated = false;
    if (!kind.empty() && std::isupper(static_cast<unsigned char>(kind[0])) != 0 && kind != "Tensor") {
      if (const auto maker = maker_of(kind); maker && maker->is_class) made = made_of_sizes(kind, *maker);
      is_annotated = made.has_value();
    }
    if (!made) {
      if (!making) making.emplace(library_.sources(), home(), maker_of, fill);
      made = making->handed_to(*function_, is_bound(), param.name);
    }
    const bool is_open = kind.empty() || kind == "Module" || kind == "Model" || kind == "Any";
    if (!made && is_open && !names_other_callable(param.name)) {
      if (!classes) classes.emplace(program());
      const ast::Class* own = target_.class_id ? &target_.module->program->class_of(*target_.class_id) : nullptr;
      if (const ast::Class* type = classes->only_fit(param.name, uses, own)) {
        if (const auto maker = maker_of(type->name); maker && maker->is_class) made = made_of_sizes(type->name, *maker);
        is_guess = made.has_value();
      }
    }
    if (made)
      objects_.push_back({.name = param.name,
                          .made = std::move(*made),
                          .from = is_annotated ? ShapeSource::annotation : ShapeSource::inferred,
                          .is_guess = is_guess});
  }
}

// `model(x)`, `agent.act(obs)`: the names among the arguments.
std::set<std::string_view> WorldBuilder::given_to_objects() const {
  std::set<std::string_view> out;
  if (objects_.empty()) return out;
  for (const std::uint32_t index : exprs_in(*function_)) {
    const auto* call = std::get_if<ast::Call>(&program().exprs[index].node);
    if (call == nullptr) continue;
    const auto* member = std::get_if<ast::Attribute>(&program().expr(call->function).node);
    const auto* owner =
        std::get_if<ast::Name>(&program().expr(member != nullptr ? member->value : call->function).node);
    if (owner == nullptr || !is_object(owner->id) || (member != nullptr && is_method_of_module(member->name))) continue;
    for (const ast::Argument& argument : call->arguments)
      if (const auto* name = std::get_if<ast::Name>(&program().expr(argument.value).node)) out.insert(name->id);
  }
  return out;
}

Shape WorldBuilder::input_of_object(int rank) {
  Shape out{batch()};
  if (rank == 3) out.push_back(fresh_axis("T"));
  out.push_back(fresh_axis("F"));
  if (rank == 4) {
    out.push_back(fresh_axis("H"));
    out.push_back(fresh_axis("W"));
  }
  return out;
}

// Does the code run with the objects? What takes long to find out is not worth it.
bool WorldBuilder::runs_with_objects() {
  std::uint64_t steps = 40'000;
  TraceInput trial = trial_input(steps);
  trial.until_conflict = true;
  const Paths paths = tracer_.run(target_, trial);
  const bool is_guess = std::ranges::any_of(objects_, &World::Object::is_guess);
  return !paths.traces.empty() && std::ranges::all_of(paths.traces, [&](const Trace& trace) {
    return shapelint::runs_clean(trace) && trace.end != PathEnd::exhausted &&
           !(is_guess && chance_in(dims_, world_, trace) != Chance::none);
  });
}

}  // namespace shapelint
