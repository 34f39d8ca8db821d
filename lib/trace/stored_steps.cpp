// What code that learns from an environment stores of its steps, and what the definitions of environments ask the run.
#include "lib/trace/stored_steps.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/builtins.h"
#include "lib/trace/run.h"
#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

struct Named {
  std::string_view word;
  StepPart part;
};
// Words of a name in lower case, without an `s` at their end.
constexpr Named kWords[] = {
    {"state", StepPart::observation}, {"ob", StepPart::observation},   {"observation", StepPart::observation},
    {"action", StepPart::action},     {"act", StepPart::action},       {"reward", StepPart::reward},
    {"rew", StepPart::reward},        {"done", StepPart::ended},       {"terminal", StepPart::ended},
    {"terminated", StepPart::ended},  {"truncated", StepPart::ended},  {"mask", StepPart::ended},
    {"termination", StepPart::ended}, {"truncation", StepPart::ended},
};
// Names of one letter, as in papers.
constexpr Named kLetters[] = {{"s", StepPart::observation},
                              {"s_", StepPart::observation},
                              {"s2", StepPart::observation},
                              {"ns", StepPart::observation},
                              {"s_prime", StepPart::observation},
                              {"a", StepPart::action},
                              {"r", StepPart::reward},
                              {"d", StepPart::ended}};

// What a name is last assigned in the function around a call, before it.
std::optional<ast::ExprId> made_before(const ast::Module& program, std::string_view name, const Span& call) {
  const ast::Function* const around = function_around(program, call);
  std::optional<ast::ExprId> out;
  std::uint32_t begin = 0;
  for (const ast::Stmt& stmt : program.stmts) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || assign->targets.size() != 1 || around == nullptr || !around->span.contains(stmt.span) ||
        stmt.span.end > call.begin || stmt.span.begin < begin)
      continue;
    const auto* target = std::get_if<ast::Name>(&program.expr(assign->targets.front()).node);
    if (target == nullptr || target->id != name) continue;
    out = assign->value;
    begin = stmt.span.begin;
  }
  return out;
}

}  // namespace

std::optional<StepPart> part_of_step(std::string_view name) {
  const auto letter = std::ranges::find(kLetters, name, &Named::word);
  if (letter != std::end(kLetters)) return letter->part;
  std::vector<std::string> words(1);
  for (const char c : name) {
    const bool is_upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if ((is_upper || !is_letter) && !words.back().empty()) words.emplace_back();
    if (is_letter) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (std::string& word : words) {
    if (word.size() > 2 && word.ends_with('s')) word.pop_back();
    const auto known = std::ranges::find(kWords, word, &Named::word);
    if (known != std::end(kWords)) return known->part;
  }
  return std::nullopt;
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
    auto arguments = handed_over_parts(method);
    if (!arguments) arguments = parts_of_step(*f->function);
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
    // `reward = torch.tensor([[reward]])`, above the call.
    for (const ast::Argument& argument : made->arguments) {
      const auto* name = std::get_if<ast::Name>(&target_module_->expr(argument.value).node);
      const auto value = name != nullptr ? made_before(*target_module_, name->id, expr.span) : std::nullopt;
      if (!value) continue;
      const Run before(*this);
      // What it is made of is not a row yet.
      if (const auto kind = part_of_step(name->id))
        heap().write<ScopeData>(activation.scope).names[name->id] = stored_part(*kind, false, expr.span);
      const Value part = eval(*value);
      const auto* t = part.as<TensorV>();
      const bool is_known = t != nullptr && tensor(t->id).shape && !tensor(t->id).shape->empty() && !halted() &&
                            trace_.unknowns.size() == before.trace_.unknowns.size() &&
                            trace_.conflicts.size() == before.trace_.conflicts.size();
      if (is_known) heap().write<ScopeData>(activation.scope).names[name->id] = part;
      else *this = before;
    }
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
