// What the code of a function tells about its parameters.
#include "lib/trace/world_usage.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "lib/trace/module_facts.h"

namespace shapelint {
namespace {

// Numbers of elements that code asks for: `len(xs) != 1`, `len(xs) == 1`, and which of the two it is.
struct Counted {
  std::string_view name;
  std::size_t count;
  bool unequal;
};

std::optional<Counted> counted_in(const ast::Module& program, const ast::Expr& expr) {
  const auto* held = std::get_if<ast::Compare>(&expr.node);
  if (held == nullptr || held->ops.size() != 1 ||
      (held->ops[0] != ast::CompareOp::not_equal && held->ops[0] != ast::CompareOp::equal))
    return std::nullopt;
  const auto* call = std::get_if<ast::Call>(&program.expr(held->operands[0]).node);
  const auto* count = std::get_if<ast::IntLiteral>(&program.expr(held->operands[1]).node);
  if (call == nullptr || count == nullptr || call->arguments.size() != 1 || count->value < 0 || count->value > 16)
    return std::nullopt;
  const auto* callee = std::get_if<ast::Name>(&program.expr(call->function).node);
  const auto* list = std::get_if<ast::Name>(&program.expr(call->arguments[0].value).node);
  if (callee == nullptr || callee->id != "len" || list == nullptr) return std::nullopt;
  return Counted{list->id, static_cast<std::size_t>(count->value), held->ops[0] == ast::CompareOp::not_equal};
}

// Is the statement an `if` without `else` that raises?
bool gives_up(const ast::Module& program, const ast::Stmt& stmt) {
  const auto* branch = std::get_if<ast::If>(&stmt.node);
  return branch != nullptr && branch->otherwise.empty() &&
         std::ranges::any_of(program.stmts, [&](const ast::Stmt& one) {
           return std::holds_alternative<ast::Raise>(one.node) && stmt.span.contains(one.span);
         });
}

bool is_slice(const ast::Module& program, ast::ExprId id) {
  return std::holds_alternative<ast::SliceExpr>(program.expr(id).node);
}

bool is_whole_slice(const ast::Module& program, ast::ExprId id) {
  const auto* slice = std::get_if<ast::SliceExpr>(&program.expr(id).node);
  return slice != nullptr && !slice->lower.valid() && !slice->upper.valid() && !slice->step.valid();
}

// `None`, `np.newaxis`
bool is_new_axis(const ast::Module& program, ast::ExprId id) {
  const auto& node = program.expr(id).node;
  const auto* attribute = std::get_if<ast::Attribute>(&node);
  return std::holds_alternative<ast::NoneLiteral>(node) || (attribute != nullptr && attribute->name == "newaxis");
}

bool is_tensor_member(std::string_view name) {
  static constexpr std::string_view kMembers[] = {
      "shape",   "size",    "dim",       "ndim",       "view", "reshape", "mean",   "sum",    "detach",  "unsqueeze",
      "squeeze", "permute", "transpose", "flatten",    "norm", "pow",     "exp",    "log",    "softmax", "log_softmax",
      "sigmoid", "clamp",   "numel",     "contiguous", "T",    "chunk",   "unbind", "expand", "gather",  "argmax"};
  return std::ranges::find(kMembers, name) != std::end(kMembers);
}

bool is_member_of_both(std::string_view name) {
  static constexpr std::string_view kMembers[] = {"device", "dtype", "to",    "cpu",   "cuda",   "float", "long",
                                                  "type",   "data",  "clone", "numpy", "item",   "bool",  "half",
                                                  "double", "int",   "ne",    "eq",    "is_cuda"};
  return std::ranges::find(kMembers, name) != std::end(kMembers);
}

bool is_member_of_model(std::string_view name) {
  if (name.starts_with("get_") || name.starts_with("encode") || name.starts_with("decode") ||
      name.starts_with("forward") || name.starts_with("compute_") || name.starts_with("predict"))
    return true;
  static constexpr std::string_view kMembers[] = {"parameters", "state_dict", "train",   "eval",
                                                  "zero_grad",  "step",       "modules", "children",
                                                  "generate",   "loss",       "update",  "append"};
  return std::ranges::find(kMembers, name) != std::end(kMembers);
}

// Of PyTorch's functions, or a variable that holds a loss by a name that nothing else has.
bool is_loss_of_two(std::string_view name, bool is_variable) {
  if (is_variable) return name == "criterion" || name.ends_with("_criterion") || name.starts_with("criterion_");
  return name.ends_with("_loss") || is_loss_of_torch(name);
}

}  // namespace

std::vector<std::uint32_t> indices_in(const ast::Module& program, const Span& span) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < program.exprs.size(); ++i)
    if (span.contains(program.exprs[i].span)) out.push_back(i);
  return out;
}

const ast::Function* function_around(const ast::Module& program, const Span& span) {
  const ast::Function* out = nullptr;
  for (const ast::Function& f : program.functions)
    if (f.span.contains(span) && f.span != span && (out == nullptr || out->span.contains(f.span))) out = &f;
  return out;
}

Usage usage_in(const ast::Module& program, const Span& function, const std::vector<std::uint32_t>& exprs) {
  Usage out;
  const auto name_of = [&](ast::ExprId id) -> std::string_view {
    const auto* name = std::get_if<ast::Name>(&program.expr(id).node);
    return name != nullptr ? std::string_view(name->id) : std::string_view();
  };
  std::set<std::string_view> indexed;
  bool is_paired = false;  // `x[None, :]`: each meets each, and rows may have any rank
  std::set<std::string_view> gone_through;
  std::set<std::uint32_t> callees;
  std::vector<std::pair<Span, Counted>> counts;
  std::vector<Span> negated;
  for (const std::uint32_t i : exprs) {
    const ast::Expr& expr = program.exprs[i];
    if (const auto* call = std::get_if<ast::Call>(&expr.node)) callees.insert(call->function.index);
    if (const auto counted = counted_in(program, expr)) counts.emplace_back(expr.span, *counted);
    if (const auto* op = std::get_if<ast::Unary>(&expr.node); op != nullptr && op->op == ast::UnaryOp::logical_not)
      negated.push_back(program.expr(op->operand).span);
  }
  for (const std::uint32_t i : exprs) {
    const ast::Expr& expr = program.exprs[i];
    if (const auto* attr = std::get_if<ast::Attribute>(&expr.node)) {
      if (const auto* part = std::get_if<ast::Subscript>(&program.expr(attr->value).node);
          part != nullptr && is_tensor_member(attr->name) &&
          std::holds_alternative<ast::IntLiteral>(program.expr(part->index).node))
        indexed.insert(name_of(part->value));
      const std::string_view name = name_of(attr->value);
      if (name.empty()) continue;
      const bool is_method = callees.contains(i);
      if (is_tensor_member(attr->name)) out.as_tensors.insert(name);
      else if (attr->name == "items" || attr->name == "keys" || attr->name == "values" || attr->name == "get")
        out.as_dicts.insert(name);
      else if (is_method && is_member_of_model(attr->name)) out.called.insert(name);
      else if (!is_method && !is_member_of_both(attr->name)) out.attributes[name].insert(attr->name);
    } else if (const auto* call = std::get_if<ast::Call>(&expr.node)) {
      const std::string_view callee = name_of(call->function);
      if (!callee.empty()) out.called.insert(callee);
      const auto* member = std::get_if<ast::Attribute>(&program.expr(call->function).node);
      const std::string_view owner = member != nullptr ? name_of(member->value) : std::string_view();
      for (const ast::Argument& argument : call->arguments) {
        const std::string_view name = name_of(argument.value);
        if (name.empty() || argument.kind != ast::Argument::Kind::positional) continue;
        if (callee == "len" || callee == "enumerate" || callee == "zip") gone_through.insert(name);
        // The first argument of what PyTorch calculates is a tensor.
        if ((owner == "F" || owner == "torch" || owner == "functional") && &argument == call->arguments.data() &&
            std::islower(static_cast<unsigned char>(member->name[0])) != 0)
          (owner == "torch" ? out.given_to_torch : out.as_tensors).insert(name);
        // A loss holds two tensors against each other: `F.mse_loss(x, y)`, `criterion(x, y)`.
        const bool is_loss = member != nullptr ? (owner == "F" || owner == "functional" || owner == "self") &&
                                                     is_loss_of_two(member->name, owner == "self")
                                               : is_loss_of_two(callee, true);
        if (is_loss && &argument - call->arguments.data() < 2) out.as_tensors.insert(name);
      }
    } else if (const auto* sub = std::get_if<ast::Subscript>(&expr.node)) {
      const std::string_view name = name_of(sub->value);
      if (const auto* place = std::get_if<ast::IntLiteral>(&program.expr(sub->index).node);
          place != nullptr && !name.empty() && place->value >= 0 && place->value < 16)
        out.least[name] = std::max(out.least[name], static_cast<std::size_t>(place->value) + 1);
      if (const auto* places = std::get_if<ast::TupleExpr>(&program.expr(sub->index).node)) {
        const std::vector<ast::ExprId>& items = places->items;
        if (std::ranges::any_of(items,
                                [&](ast::ExprId id) { return is_slice(program, id) || is_new_axis(program, id); }))
          out.as_tensors.insert(name);
        is_paired = is_paired || (!items.empty() && is_new_axis(program, items[0]));
        if (items.size() == 2 && is_whole_slice(program, items[0]) && is_new_axis(program, items[1]))
          out.columns.insert(name);
      }
      is_paired = is_paired || is_new_axis(program, sub->index);
      const auto* key = std::get_if<ast::StringLiteral>(&program.expr(sub->index).node);
      if (name.empty() || key == nullptr) continue;
      out.as_dicts.insert(name);
      out.keys[name].insert(key->value);
    } else if (const auto* all = std::get_if<ast::Comprehension>(&expr.node)) {
      for (const auto& clause : all->clauses) gone_through.insert(name_of(clause.iterable));
    }
  }
  for (const ast::Stmt& stmt : program.stmts) {
    if (!function.contains(stmt.span)) continue;
    if (const auto* loop = std::get_if<ast::For>(&stmt.node)) gone_through.insert(name_of(loop->iterable));
    const auto* branch = std::get_if<ast::If>(&stmt.node);
    const auto* asserted = std::get_if<ast::Assert>(&stmt.node);
    if (counts.empty() || (asserted == nullptr && branch == nullptr)) continue;
    const Span test = program.expr(asserted != nullptr ? asserted->condition : branch->condition).span;
    for (const auto& [place, counted] : counts) {
      if (!test.contains(place)) continue;
      const auto nots = std::ranges::count_if(
          negated, [&](const Span& operand) { return test.contains(operand) && operand.contains(place); });
      if ((counted.unequal != (nots % 2 == 1)) != (branch != nullptr)) continue;
      if (asserted != nullptr || gives_up(program, stmt)) out.exact[counted.name] = counted.count;
    }
  }
  out.columns.erase(std::string_view());
  if (is_paired) out.columns.clear();
  std::ranges::set_intersection(indexed, gone_through, std::inserter(out.as_lists, out.as_lists.end()));
  return out;
}

}  // namespace shapelint
