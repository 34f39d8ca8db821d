#include "lib/trace/loss_bodies.h"

#include <algorithm>
#include <variant>

#include "lib/language/walk.h"
#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

// Is there such a statement in a block, at any depth? Those of functions and classes in it are others.
template <typename Such>
bool any_statement(const ast::Module& program, const ast::Block& block, const Such& such) {
  return std::ranges::any_of(block, [&](ast::StmtId id) {
    const ast::Stmt& stmt = program.stmt(id);
    if (such(stmt)) return true;
    if (std::holds_alternative<ast::FunctionDef>(stmt.node) || std::holds_alternative<ast::ClassDef>(stmt.node))
      return false;
    bool found = false;
    ast::for_each_block(stmt, [&](const ast::Block& inner) { found = found || any_statement(program, inner, such); });
    return found;
  });
}

// Is there a `return` of such a value?
template <typename Such>
bool any_returned(const ast::Module& program, const ast::Block& block, const Such& such) {
  return any_statement(program, block, [&](const ast::Stmt& stmt) {
    const auto* back = std::get_if<ast::Return>(&stmt.node);
    return back != nullptr && back->value.valid() && such(back->value);
  });
}

}  // namespace

// Is there such a call in a function or an expression?
template <typename Such>
bool LossBodies::any_call(const Span& span, const Such& such) const {
  const auto [first, last] = facts_.calls_in(span);
  return std::any_of(first, last, such);
}

bool LossBodies::gives_back(const ast::Function& f) const {
  return any_returned(program_, f.body, [](ast::ExprId) { return true; });
}

bool LossBodies::returns_inner_function(const ast::Function& f) const {
  const auto is_inner = [&](ast::ExprId id) {
    const auto* name = std::get_if<ast::Name>(&program_.expr(id).node);
    return name != nullptr && std::ranges::any_of(program_.functions, [&](const ast::Function& inner) {
             return &inner != &f && f.span.contains(inner.span) && inner.name == name->id;
           });
  };
  return any_returned(program_, f.body, [&](ast::ExprId value) {
    const auto* call = std::get_if<ast::Call>(&program_.expr(value).node);
    if (call == nullptr) return is_inner(value);
    const auto [first, last] = facts_.calls_in(program_.expr(value).span);
    const bool binds = call->arguments.size() == 1 || (first != last && first->name == "partial");
    return binds && !call->arguments.empty() && is_inner(call->arguments.front().value);
  });
}

bool LossBodies::calls_gradient(const ast::Function& f) const {
  return any_call(f.span, [&](const auto& call) { return facts_.takes_gradient(call.name); });
}

std::vector<Span> LossBodies::gradients(const ast::Function& f) const {
  std::vector<Span> out;
  for (const std::uint32_t index : indices_in(program_, f.span)) {
    const auto* call = std::get_if<ast::Call>(&program_.exprs[index].node);
    const auto* called = call != nullptr ? std::get_if<ast::Attribute>(&program_.expr(call->function).node) : nullptr;
    if (called == nullptr || (called->name != "backward" && called->name != "gradient")) continue;
    const Span& span = program_.exprs[index].span;
    if (facts_.takes_gradient(called->name) && function_around(program_, span) == &f) out.push_back(span);
  }
  return out;
}

bool LossBodies::calls_a_loss(const ast::Function& f) const {
  return any_call(f.span, [&](const auto& call) {
    return is_loss_name(call.name) || is_loss_of_torch(call.name) ||
           (facts_.imports_keras && is_loss_of_keras(call.name));
  });
}

bool LossBodies::derives_a_loss(const ast::Function& f) const {
  const bool is_cxx = module_.dialect == Dialect::cxx;
  const bool is_method = !f.params.empty() && f.params.front().name == "self";
  if (!is_cxx && (!is_method || !facts_.imports_torch) &&
      any_call(f.span, [](const auto& call) { return call.reduces_all; }))
    return true;
  return std::ranges::any_of(program_.exprs, [&](const ast::Expr& e) {
    const auto* called = std::get_if<ast::Attribute>(&e.node);
    if (called == nullptr || called->name != "backward" || !f.span.contains(e.span)) return false;
    const auto& node = program_.expr(called->value).node;
    const auto* name = std::get_if<ast::Name>(&node);
    if (is_cxx) return name != nullptr && is_loss_name(name->id);
    return name != nullptr ? is_computed_in(f, name->id) : !std::holds_alternative<ast::Attribute>(node);
  });
}

// Is a variable bound there to what is calculated?
bool LossBodies::is_computed_in(const ast::Function& f, std::string_view variable) const {
  return any_statement(program_, f.body, [&](const ast::Stmt& stmt) {
    if (const auto* added = std::get_if<ast::AugmentedAssign>(&stmt.node)) {
      const auto* name = std::get_if<ast::Name>(&program_.expr(added->target).node);
      return name != nullptr && name->id == variable;
    }
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || !assign->value.valid()) return false;
    const auto& value = program_.expr(assign->value).node;
    return (std::holds_alternative<ast::Call>(value) || std::holds_alternative<ast::Binary>(value) ||
            std::holds_alternative<ast::Unary>(value)) &&
           std::ranges::any_of(assign->targets, [&](ast::ExprId target) {
             const auto* name = std::get_if<ast::Name>(&program_.expr(target).node);
             return name != nullptr && name->id == variable;
           });
  });
}

// A value that such calls make, directly or by way of the variables `names`: `a.mean() + w * b`, `float(a)`,
// `a.item()`. What is added to a variable must be made so as well: `out + 0 * total` is as large as `out`.
template <typename Such>
bool LossBodies::is_made(ast::ExprId id, const std::set<std::string_view>& names, const Such& such) const {
  const auto& node = program_.expr(id).node;
  const auto made = [&](ast::ExprId part) { return is_made(part, names, such); };
  if (const auto* name = std::get_if<ast::Name>(&node)) return names.contains(name->id);
  if (const auto* one = std::get_if<ast::Unary>(&node)) return made(one->operand);
  if (const auto* both = std::get_if<ast::Binary>(&node)) {
    if (both->op == ast::BinaryOp::pow || both->op == ast::BinaryOp::div) return made(both->left);
    if (both->op == ast::BinaryOp::mul) return made(both->left) || made(both->right);
    const auto is_literal = [&](ast::ExprId part) {
      const auto& value = program_.expr(part).node;
      return std::holds_alternative<ast::IntLiteral>(value) || std::holds_alternative<ast::FloatLiteral>(value);
    };
    const auto is_direct = [&](ast::ExprId part) { return made(part) && any_call(program_.expr(part).span, such); };
    if (is_direct(both->left) || is_direct(both->right)) return true;
    if (is_literal(both->left)) return made(both->right);
    return made(both->left) && (made(both->right) || is_literal(both->right));
  }
  if (any_call(program_.expr(id).span, such)) return true;
  const auto* call = std::get_if<ast::Call>(&node);
  if (call == nullptr) return false;
  const auto* member = std::get_if<ast::Attribute>(&program_.expr(call->function).node);
  if (call->arguments.size() == 1 && ast::last_name(program_, call->function) == "float")
    return made(call->arguments.front().value);
  return member != nullptr && call->arguments.empty() && member->name == "item" && made(member->value);
}

// Does the function return what such calls make?
template <typename Such>
bool LossBodies::returns_made_by(const ast::Function& f, const Such& such) const {
  if (!any_call(f.span, such)) return false;
  std::set<std::string_view> names;
  any_statement(program_, f.body, [&](const ast::Stmt& stmt) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || !assign->value.valid() || !is_made(assign->value, names, such)) return false;
    if (const auto* name = std::get_if<ast::Name>(&program_.expr(assign->targets.front()).node)) names.insert(name->id);
    return false;
  });
  return any_returned(program_, f.body, [&](ast::ExprId value) { return is_made(value, names, such); });
}

bool LossBodies::computes_a_loss(const ast::Function& f) const {
  const auto reduces_all = [](const ModuleFacts::CallPlace& call) { return call.reduces_all; };
  return any_call(f.span, reduces_all) && any_statement(program_, f.body, [&](const ast::Stmt& stmt) {
           const auto* assign = std::get_if<ast::Assign>(&stmt.node);
           return assign != nullptr && assign->value.valid() &&
                  names_loss_value(ast::last_name(program_, assign->targets.front())) &&
                  is_made(assign->value, {}, reduces_all);
         });
}

bool LossBodies::reduces(const ast::Function& f) const {
  return any_call(f.span, [](const auto& call) { return names_mean_or_sum(call.name); }) || calls_a_loss(f);
}

bool LossBodies::returns_a_loss(const ast::Function& f) const {
  const auto is_loss = [](const ModuleFacts::CallPlace& call) {
    return is_loss_of_torch(call.name) || call.name.ends_with("_loss") || call.name.ends_with("crossentropy");
  };
  return any_returned(program_, f.body,
                      [&](ast::ExprId value) { return any_call(program_.expr(value).span, is_loss); });
}

bool LossBodies::adds_mean_of_all(const ast::Function& f) const {
  if (!any_call(f.span, [](const auto& call) { return call.reduces_all && call.name == "mean"; })) return false;
  const auto is_mean_of_all = [&](ast::ExprId id) {
    const std::uint32_t begin = program_.expr(id).span.begin;
    const auto [first, last] = facts_.calls_in(program_.expr(id).span);
    return std::holds_alternative<ast::Call>(program_.expr(id).node) && std::any_of(first, last, [&](const auto& call) {
             return call.begin == begin && call.reduces_all && call.name == "mean";
           });
  };
  const auto sum_at = [&](ast::ExprId id) {
    const auto* sum = std::get_if<ast::Binary>(&program_.expr(id).node);
    return sum != nullptr && (sum->op == ast::BinaryOp::add || sum->op == ast::BinaryOp::sub) ? sum : nullptr;
  };
  const auto takes_mean_away = [&](ast::ExprId id) {
    const ast::Binary* sum = sum_at(id);
    return sum != nullptr && sum->op == ast::BinaryOp::sub && is_mean_of_all(sum->right);
  };
  for (std::uint32_t i = 0; i < program_.exprs.size(); ++i) {
    const ast::Binary* sum = f.span.contains(program_.exprs[i].span) ? sum_at(ast::ExprId{i}) : nullptr;
    if (sum == nullptr) continue;
    // `(v + a) - a.mean()`, or `v + (a - a.mean())` either way round.
    if (sum->op == ast::BinaryOp::add ? takes_mean_away(sum->left) || takes_mean_away(sum->right)
                                      : takes_mean_away(ast::ExprId{i}) && sum_at(sum->left) != nullptr)
      return true;
  }
  return false;
}

bool LossBodies::returns_one_number(const ast::Function& f) const {
  return returns_made_by(f, [](const ModuleFacts::CallPlace& call) { return call.reduces_all; });
}

bool LossBodies::returns_other_losses(const ast::Function& f) const {
  return returns_made_by(
      f, [](const ModuleFacts::CallPlace& call) { return is_loss_name(call.name) || names_entropy(call.name); });
}

}  // namespace shapelint
