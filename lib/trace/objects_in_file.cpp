#include "lib/trace/objects_in_file.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/loss_signs.h"
#include "lib/trace/loss_text.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

bool is_any(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

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

bool names_other_callable(std::string_view name) {
  return is_loss_name(name) || holds_loss_argument(name) || names_entropy(name) ||
         is_any(name,
                {"fn", "func", "f", "function", "callback", "transform", "transforms", "metric", "optimizer", "opt",
                 "scheduler", "logger", "loader", "dataset", "tokenizer", "activation", "act", "norm", "env"}) ||
         name.ends_with("_fn") || name.ends_with("_func") || name.ends_with("_loader") || name.ends_with("_metric") ||
         name.ends_with("_optimizer") || name.ends_with("_scheduler");
}

ClassesOf::ClassesOf(const ast::Module& program) : program_(program) {
  for (const ast::StmtId id : program.body) {
    const auto* def = std::get_if<ast::ClassDef>(&program.stmt(id).node);
    if (def != nullptr) by_name_[program.class_of(def->class_id).name] = &program.class_of(def->class_id);
  }
}

const ast::Class* ClassesOf::only_fit(std::string_view name, const std::vector<UseOfObject>& uses,
                                      const ast::Class* own) const {
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

const ast::Function* ClassesOf::method(const ast::Class& type, std::string_view name, int depth) const {
  if (const auto own = ast::own_method(program_, type, name)) return &program_.function(*own);
  for (const ast::Argument& base : type.bases) {
    const auto it = by_name_.find(ast::last_name(program_, base.value));
    if (it == by_name_.end() || depth > 8) continue;
    if (const auto* found = method(*it->second, name, depth + 1)) return found;
  }
  return nullptr;
}

bool ClassesOf::is_module(const ast::Class& type, int depth) const {
  return std::ranges::any_of(type.bases, [&](const ast::Argument& base) {
    const std::string_view name = ast::last_name(program_, base.value);
    const auto it = by_name_.find(name);
    if (it != by_name_.end()) return depth < 8 && it->second != &type && is_module(*it->second, depth + 1);
    return base.kind == ast::Argument::Kind::positional &&
           (name.ends_with("Module") || name.ends_with("Model") || name == "Layer");
  });
}

bool ClassesOf::takes(const ast::Function& f, const UseOfObject& use) {
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

bool ClassesOf::fits(const ast::Class& type, const std::vector<UseOfObject>& uses) const {
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
bool ClassesOf::is_part(const ast::Class& type) const {
  return std::ranges::any_of(program_.exprs, [&](const ast::Expr& expr) {
    const auto* call = std::get_if<ast::Call>(&expr.node);
    const auto* name = call != nullptr ? std::get_if<ast::Name>(&program_.expr(call->function).node) : nullptr;
    return name != nullptr && name->id == type.name && std::ranges::any_of(by_name_, [&](const auto& one) {
             return one.second != &type && one.second->span.contains(expr.span);
           });
  });
}

Making::Making(const SourceMap& sources, const LoadedModule& module, FindMaker find, Fill fill)
    : sources_(sources), program_(*module.program), find_(std::move(find)), fill_(std::move(fill)) {
  for (const ast::StmtId id : program_.body) {
    const auto& node = program_.stmt(id).node;
    if (const auto* def = std::get_if<ast::FunctionDef>(&node)) top_.insert(program_.function(def->function).name);
    else if (const auto* type = std::get_if<ast::ClassDef>(&node)) top_.insert(program_.class_of(type->class_id).name);
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

std::optional<std::string> Making::handed_to(const ast::Function& f, bool is_method, const std::string& name,
                                             int depth) {
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

void Making::take_import(std::string_view module, std::string name) {
  (is_torch_module(module) || is_keras_module(module) ? of_framework_ : of_program_).insert(std::move(name));
}

void Making::take_assign(const ast::Stmt& stmt, ast::ExprId target, ast::ExprId value) {
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

// What a name is bound to where it is read: in the same function, or else at the top level. Nothing where that is not
// one value.
std::optional<ast::ExprId> Making::value_of(const std::string& name, const Span& read) const {
  const auto it = assigned_.find(name);
  if (it == assigned_.end()) return std::nullopt;
  const ast::Function* const around = function_around(program_, read);
  std::vector<const Assigned*> here;
  for (const bool is_global : {false, true}) {
    for (const Assigned& one : it->second) {
      const ast::Function* const scope = function_around(program_, one.place);
      if (name.starts_with("self.") || scope == (is_global ? nullptr : around)) here.push_back(&one);
    }
    if (!here.empty()) break;
  }
  return here.size() == 1 && here.front()->value.valid() ? std::optional(here.front()->value) : std::nullopt;
}

std::string_view Making::root_of(ast::ExprId id) const {
  while (const auto* member = std::get_if<ast::Attribute>(&program_.expr(id).node)) id = member->value;
  const auto* name = std::get_if<ast::Name>(&program_.expr(id).node);
  return name != nullptr ? std::string_view(name->id) : std::string_view();
}

std::string Making::source(ast::ExprId id) const { return std::string(sources_.text(program_.expr(id).span)); }

// An object of the program, or a layer of a framework.
std::optional<std::string> Making::object(ast::ExprId id, int depth) {
  if (depth > 6) return std::nullopt;
  const ast::Expr& expr = program_.expr(id);
  if (const auto* name = std::get_if<ast::Name>(&expr.node)) {
    if (const auto value = value_of(name->id, expr.span)) return object(*value, depth + 1);
    // A parameter of who hands it over.
    const ast::Function* const around = function_around(program_, expr.span);
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
std::optional<std::string> Making::made(const ast::Call& call, int depth) {
  const auto* callee = std::get_if<ast::Name>(&program_.expr(call.function).node);
  if (callee == nullptr || (!top_.contains(callee->id) && !of_program_.contains(callee->id))) return std::nullopt;
  const auto maker = find_(callee->id);
  if (!maker) return std::nullopt;
  const auto arguments = arguments_of(call, depth, &*maker);
  return arguments ? std::optional(callee->id + "(" + *arguments + ")") : std::nullopt;
}

// What stands in a call, written like its values; with a maker, `fill_` stands in for what cannot be.
std::optional<std::string> Making::arguments_of(const ast::Call& call, int depth, const FoundMaker* maker) {
  std::string out;
  std::size_t place = 0;
  for (const ast::Argument& argument : call.arguments) {
    if (argument.kind != ast::Argument::Kind::positional && argument.kind != ast::Argument::Kind::keyword)
      return std::nullopt;
    const bool is_keyword = argument.kind == ast::Argument::Kind::keyword;
    auto text = written(argument.value, depth);
    if (!text && maker != nullptr) text = fill_(*maker, place, argument.name);
    if (!text) return std::nullopt;
    out += (out.empty() ? "" : ", ") + (is_keyword ? argument.name + "=" : "") + *text;
    place += is_keyword ? 0 : 1;
  }
  return out;
}

bool Making::assigned_in(const ast::Function& f, const std::string& name) const {
  const auto it = assigned_.find(name);
  return it != assigned_.end() && std::ranges::any_of(it->second, [&](const Assigned& one) {
           return function_around(program_, one.place) == &f;
         });
}

// A value that does not depend on where it is written: numbers and texts, layers, and variables bound to such.
std::optional<std::string> Making::written(ast::ExprId id, int depth) {
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
  const auto arguments = arguments_of(*call, depth + 1, nullptr);
  return arguments ? std::optional(source(call->function) + "(" + *arguments + ")") : std::nullopt;
}

std::optional<std::string> Making::items(const std::vector<ast::ExprId>& items, char open, char close, int depth) {
  std::string out(1, open);
  for (const ast::ExprId item : items) {
    const auto text = written(item, depth + 1);
    if (!text) return std::nullopt;
    out += *text + ", ";
  }
  return out + close;
}

bool Making::function_has(const Span& span, const std::string& name) const {
  const ast::Function* const around = function_around(program_, span);
  return around != nullptr && std::ranges::find(around->params, name, &ast::Param::name) != around->params.end();
}

}  // namespace shapelint
