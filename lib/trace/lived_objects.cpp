// What an object was through before the target, one of its methods, is called. A method that trains is called again and
// again, with a buffer that another method fills and a counter that another one raises: taken as the constructor left
// them, `if len(self.memory) < self.batch_size: return` would end the run before anything is seen.
//
// Whole numbers that other methods count with are open, and so are lists that they fill. What is in those lists is a
// guess of the world (`TraceInput::stored`): the method that fills one is called with the parts of a step of an
// environment, which its parameters are named for.
#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/builtins.h"
#include "lib/trace/run.h"
#include "lib/trace/stored_steps.h"
#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

bool adds(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"append", "extend", "insert", "add", "appendleft", "extendleft"};
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

// The attributes of its object that a method changes, by its text.
struct Changes {
  const ast::Function* method;
  std::set<std::string> grown;    ///< lists that it adds to
  std::set<std::string> counted;  ///< numbers that it makes of what they were
};

// Of the methods of a class but its constructor and `called`, in the order of the text. All are gone through at once: a
// class may have thousands.
std::vector<Changes> changes_in(const ast::Module& program, const ast::Class& type, const ast::Function* called) {
  std::vector<Changes> out;
  for (const ast::StmtId id : type.body) {
    const auto* def = std::get_if<ast::FunctionDef>(&program.stmt(id).node);
    const ast::Function* method = def != nullptr ? &program.function(def->function) : nullptr;
    if (method != nullptr && method != called && method->name != "__init__" && !method->params.empty())
      out.push_back({.method = method, .grown = {}, .counted = {}});
  }
  const auto around = [&](const Span& span) -> Changes* {
    const auto after =
        std::ranges::upper_bound(out, span.begin, {}, [](const Changes& one) { return one.method->span.begin; });
    return after != out.begin() && std::prev(after)->method->span.contains(span) ? &*std::prev(after) : nullptr;
  };
  const auto own_attribute = [&](const Changes& in, ast::ExprId id) -> const std::string* {
    const auto* attribute = std::get_if<ast::Attribute>(&program.expr(id).node);
    const auto* owner = attribute != nullptr ? std::get_if<ast::Name>(&program.expr(attribute->value).node) : nullptr;
    return owner != nullptr && owner->id == in.method->params.front().name ? &attribute->name : nullptr;
  };
  const auto reads = [&](const Changes& in, ast::ExprId value, const std::string& name) {
    return std::ranges::any_of(indices_in(program, program.expr(value).span), [&](std::uint32_t index) {
      const std::string* read = own_attribute(in, ast::ExprId{index});
      return read != nullptr && *read == name;
    });
  };
  for (const std::uint32_t index : indices_in(program, type.span)) {
    const auto* call = std::get_if<ast::Call>(&program.exprs[index].node);
    const auto* member = call != nullptr ? std::get_if<ast::Attribute>(&program.expr(call->function).node) : nullptr;
    Changes* in = member != nullptr && adds(member->name) ? around(program.exprs[index].span) : nullptr;
    const std::string* name = in != nullptr ? own_attribute(*in, member->value) : nullptr;
    if (name != nullptr) in->grown.insert(*name);
  }
  for (const ast::Stmt& stmt : program.stmts) {
    const auto* more = std::get_if<ast::AugmentedAssign>(&stmt.node);
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if ((more == nullptr && assign == nullptr) || !type.span.contains(stmt.span)) continue;
    Changes* in = around(stmt.span);
    if (in == nullptr || (assign != nullptr && assign->targets.size() != 1)) continue;
    const std::string* name = own_attribute(*in, more != nullptr ? more->target : assign->targets.front());
    if (name == nullptr || (assign != nullptr && !reads(*in, assign->value, *name))) continue;
    in->counted.insert(*name);
    if (more != nullptr) in->grown.insert(*name);
  }
  return out;
}

}  // namespace

// The class of an object, where a program of the user's defines it.
const ClassData* Run::own_class_of(const Value& object) {
  const auto* self = object.as<ObjectV>();
  const ClassV* type = self != nullptr ? heap().read<ObjectData>(self->cell).type.as<ClassV>() : nullptr;
  if (type == nullptr) return nullptr;
  const ClassData& data = heap().read<ClassData>(type->cell);
  const auto is_framework = [](const Value& member) {
    const auto* f = member.as<FunctionV>();
    return f != nullptr && f->function->home != nullptr && f->function->home->is_framework;
  };
  const bool is_foreign = data.module == nullptr ||
                          std::ranges::any_of(data.members, [&](const auto& m) { return is_framework(m.second); });
  return is_foreign ? nullptr : &data;
}

void Run::live_through(const Value& object, const ast::Function* called, int depth) {
  constexpr int kDepth = 3;
  const ClassData* type = own_class_of(object);
  if (type == nullptr || depth > kDepth) return;
  const ast::Module& program = *type->module;
  const HeapId self = object.as<ObjectV>()->cell;
  const std::vector<Changes> changes = changes_in(program, program.class_of(type->id), called);
  const auto attribute = [&](const std::string& name) -> Value {
    const auto& attributes = heap().read<ObjectData>(self).attributes;
    const auto it = attributes.find(name);
    return it != attributes.end() ? it->second : Value(make_unknown(""));
  };
  std::set<std::string> counted;
  std::set<std::string> grown;
  for (const Changes& one : changes) {
    counted.insert(one.counted.begin(), one.counted.end());
    grown.insert(one.grown.begin(), one.grown.end());
  }
  for (const std::string& name : counted) {
    if (attribute(name).as<IntV>() != nullptr)
      heap().write<ObjectData>(self).attributes[name] = IntV{dims_->fresh_number("?" + name)};
  }
  const std::vector<std::string> names = heap().read<ObjectData>(self).order;
  for (const std::string& name : names) live_through(attribute(name), nullptr, depth + 1);
  const auto empty_list = [&](const std::string& name) -> const ListV* {
    const Value value = attribute(name);
    const auto* list = value.as<ListV>();
    return list != nullptr && heap().read<ListData>(list->cell).items.empty() ? list : nullptr;
  };
  std::erase_if(grown, [&](const std::string& name) { return empty_list(name) == nullptr; });
  for (const Changes& one : changes) {
    if (std::ranges::any_of(one.grown, [&](const std::string& name) { return grown.contains(name); }))
      store_steps(object, one.method->name);
  }
  for (const std::string& name : grown) {
    const Value value = attribute(name);
    const auto* list = value.as<ListV>();
    if (list == nullptr) continue;
    ListData& open = heap().write<ListData>(list->cell);
    open.length = dims_->fresh_number("?count");
    if (input_->concrete && !open.items.empty()) continue;
    open.generic = true;
    if (open.items.size() > 1) open.items.resize(1);
  }
}

// The objects of the program that a function finds at the top level: `memory = ReplayMemory(10000)`.
void Run::live_through_globals(const LoadedModule& module, const ast::Function& function) {
  const ast::Module& program = *module.program;
  std::set<std::string_view> read;
  for (const std::uint32_t index : indices_in(program, function.span))
    if (const auto* name = std::get_if<ast::Name>(&program.exprs[index].node)) read.insert(name->id);
  for (const ast::Param& param : function.params) read.erase(param.name);
  for (const ast::StmtId id : program.body) {
    const auto* assign = std::get_if<ast::Assign>(&program.stmt(id).node);
    if (assign == nullptr || assign->targets.size() != 1) continue;
    const auto* name = std::get_if<ast::Name>(&program.expr(assign->targets.front()).node);
    const auto* made = std::get_if<ast::Call>(&program.expr(assign->value).node);
    if (name == nullptr || made == nullptr || !read.contains(name->id)) continue;
    const auto value = own_name(module, name->id);
    if (value) live_through(*value, nullptr);
    if (halted()) return;
  }
}

// Calls a method that stores a step, as often as an evaluation may draw one. What it does not run through changes
// nothing.
void Run::store_steps(const Value& object, const std::string& method) {
  if (!input_->stored || !input_->stored->fills) return;
  const auto bound = find_attribute(object, method, {});
  const auto* call_it = bound ? bound->as<BoundV>() : nullptr;
  const auto* f = call_it != nullptr ? call_it->call->callee.as<FunctionV>() : nullptr;
  if (f == nullptr) return;
  // All of it: what was loaded on the way has its cells in the heap.
  const Run before(*this);
  std::string said;
  constexpr int kStored = 4;
  for (int i = 0; i < (input_->concrete ? kStored : 1); ++i) {
    auto arguments = parts_of_step(*f->function);
    if (!arguments) arguments = handed_over_parts(method);
    if (arguments && said.empty()) said = show_parts(*arguments);
    if (arguments && !halted()) call(*bound, std::move(*arguments), {}, {});
    if (!said.empty() && !halted() && trace_.unknowns.size() == before.trace_.unknowns.size() &&
        trace_.conflicts.size() == before.trace_.conflicts.size())
      continue;
    *this = before;
    return;
  }
  trace_.stored.push_back(fmt::format("{}({})", f->function->qualname, said));
}

void Run::note_draw(const Value& count) {
  const auto number = as_dim(count);
  if (number && !halted()) trace_.draws.emplace_back(count.origin, *number);
}

Dim Run::size_named(const std::string& name) const {
  if (!input_->stored) return dims_->fresh("?" + name);
  return name == "A" ? input_->stored->action : input_->stored->observation;
}

std::size_t Run::unpacked_into() {
  const Frame* frame = &trace_.frame(here().frame);
  while (frame->is_framework && trace_.frame(frame->parent).is_framework) frame = &trace_.frame(frame->parent);
  const ast::Module* user = frame->is_framework ? trace_.frame(frame->parent).module : nullptr;
  if (user == nullptr) return 0;
  for (const ast::Expr& expr : user->exprs) {
    const auto* part = std::get_if<ast::Subscript>(&expr.node);
    if (part != nullptr && user->expr(part->value).span == frame->call) return 1;
  }
  for (const ast::Stmt& stmt : user->stmts) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || assign->targets.size() != 1 || user->expr(assign->value).span != frame->call) continue;
    const auto* names = std::get_if<ast::TupleExpr>(&user->expr(assign->targets.front()).node);
    return names != nullptr ? names->items.size() : 0;
  }
  return 0;
}

// A part of a step as the world guesses it.
Value Run::stored_part(StepPart part, bool as_row, const Span& span) {
  const StoredSteps& stored = *input_->stored;
  const auto make = [&](const char* name, ValueList arguments) -> Value {
    const auto maker = module_member("gymnasium", name);
    return maker ? call_with(*this, *maker, std::move(arguments), span) : Value(make_unknown(""));
  };
  Value value;
  switch (part) {
    case StepPart::observation: value = make("_observation", {IntV{stored.observation}}); break;
    case StepPart::action: value = stored.forces ? make("_force", {IntV{stored.action}}) : make("_choice", {}); break;
    case StepPart::reward: value = make("_reward", {}); break;
    case StepPart::ended: value = make("_ended", {}); break;
  }
  return as_row ? make("_row", {value}) : value;
}

// `state (S,), action, reward`: with the shapes of those that are no numbers.
std::string Run::show_parts(const CallArguments& arguments) {
  std::string out;
  const auto add = [&](const std::string& name, const Value& value) {
    const auto* part = value.as<TensorV>();
    const bool is_tensor = part != nullptr && !tensor(part->id).is_number && tensor(part->id).shape;
    const std::string shape = is_tensor ? shapelint::show(*tensor(part->id).shape, *dims_) : "";
    out += (out.empty() ? "" : ", ") + name + (!name.empty() && is_tensor ? " " : "") + shape;
  };
  for (const Value& value : arguments.positional) {
    const auto* part = value.as<TensorV>();
    add(part != nullptr && !tensor(part->id).is_number ? "" : "_", value);
  }
  for (const auto& [name, value] : arguments.keywords) add(name, value);
  return out;
}

// The arguments of a method whose parameters are all named for parts of a step.
std::optional<CallArguments> Run::parts_of_step(const FunctionObject& function) {
  CallArguments out;
  const auto& params = function.ast().params;
  for (std::size_t i = 1; i < params.size(); ++i) {
    const ast::Param& param = params[i];
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) return std::nullopt;
    const auto part = part_of_step(param.name);
    if (!part && param.fallback.valid()) break;
    if (!part) return std::nullopt;
    out.keywords.emplace_back(param.name, stored_part(*part, input_->stored->rows, param.name_span));
    out.keyword_spans.push_back(param.name_span);
  }
  if (out.keywords.empty()) return std::nullopt;
  return out;
}

// `memory.push(state, torch.tensor([action]), reward)`: what the file calls the method with, where its variables are
// named for parts of a step.
std::optional<CallArguments> Run::handed_over_parts(const std::string& method) {
  if (target_module_ == nullptr || !target_scope_) return std::nullopt;
  for (const ast::Expr& expr : target_module_->exprs) {
    const auto* made = std::get_if<ast::Call>(&expr.node);
    const auto* member =
        made != nullptr ? std::get_if<ast::Attribute>(&target_module_->expr(made->function).node) : nullptr;
    if (member == nullptr || member->name != method || made->arguments.empty()) continue;
    ScopeData scope;
    scope.has_parent = true;
    scope.parent = *target_scope_;
    if (entry_.bound) scope.names["self"] = entry_.self;
    bool is_named = false;
    // What is stored as it is, and what the call makes a tensor of.
    const auto is_argument = [&](std::uint32_t index) {
      return std::ranges::any_of(made->arguments, [&](const ast::Argument& a) { return a.value.index == index; });
    };
    for (const std::uint32_t index : indices_in(*target_module_, expr.span)) {
      const auto* name = std::get_if<ast::Name>(&target_module_->exprs[index].node);
      const auto part = name != nullptr ? part_of_step(name->id) : std::nullopt;
      if (!part || scope.names.contains(name->id)) continue;
      scope.names[name->id] = stored_part(*part, input_->stored->rows && is_argument(index), expr.span);
      is_named = true;
    }
    if (!is_named) continue;
    Activation activation;
    activation.frame = here().frame;
    activation.scope = heap().make(std::move(scope));
    activation.module = target_module_;
    activation.home = base_.home;
    ActivationGuard guard(*this, activation);
    CallArguments out;
    for (const ast::Argument& argument : made->arguments) {
      const Value value = eval(argument.value);
      if (halted() || value.is_unknown()) return std::nullopt;
      if (argument.kind == ast::Argument::Kind::keyword) {
        out.keywords.emplace_back(argument.name, value);
        out.keyword_spans.push_back(expr.span);
      } else {
        out.positional.push_back(value);
        out.spans.push_back(expr.span);
      }
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace shapelint
