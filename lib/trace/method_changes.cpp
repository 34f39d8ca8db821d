#include "lib/trace/method_changes.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

bool adds(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"append", "extend", "insert", "add", "appendleft", "extendleft"};
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

}  // namespace

std::vector<MethodChanges> changes_in(const ast::Module& program, const ast::Class& type) {
  std::vector<MethodChanges> out;
  for (const ast::StmtId id : type.body) {
    const auto* def = std::get_if<ast::FunctionDef>(&program.stmt(id).node);
    const ast::Function* method = def != nullptr ? &program.function(def->function) : nullptr;
    if (method != nullptr && method->name != "__init__" && !method->params.empty())
      out.push_back({.method = method, .grown = {}, .counted = {}});
  }
  const auto around = [&](const Span& span) -> MethodChanges* {
    const auto after =
        std::ranges::upper_bound(out, span.begin, {}, [](const MethodChanges& one) { return one.method->span.begin; });
    return after != out.begin() && std::prev(after)->method->span.contains(span) ? &*std::prev(after) : nullptr;
  };
  const auto own_attribute = [&](const MethodChanges& in, ast::ExprId id) -> const std::string* {
    const auto* attribute = std::get_if<ast::Attribute>(&program.expr(id).node);
    const auto* owner = attribute != nullptr ? std::get_if<ast::Name>(&program.expr(attribute->value).node) : nullptr;
    return owner != nullptr && owner->id == in.method->params.front().name ? &attribute->name : nullptr;
  };
  const std::vector<std::uint32_t> exprs = indices_in(program, type.span);
  const auto reads = [&](const MethodChanges& in, ast::ExprId value, const std::string& name) {
    const Span& span = program.expr(value).span;
    return std::ranges::any_of(exprs, [&](std::uint32_t index) {
      const std::string* read =
          span.contains(program.exprs[index].span) ? own_attribute(in, ast::ExprId{index}) : nullptr;
      return read != nullptr && *read == name;
    });
  };
  for (const std::uint32_t index : exprs) {
    const auto* call = std::get_if<ast::Call>(&program.exprs[index].node);
    const auto* member = call != nullptr ? std::get_if<ast::Attribute>(&program.expr(call->function).node) : nullptr;
    MethodChanges* in = member != nullptr && adds(member->name) ? around(program.exprs[index].span) : nullptr;
    const std::string* name = in != nullptr ? own_attribute(*in, member->value) : nullptr;
    if (name != nullptr) in->grown.insert(*name);
  }
  for (const ast::Stmt& stmt : program.stmts) {
    const auto* more = std::get_if<ast::AugmentedAssign>(&stmt.node);
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if ((more == nullptr && assign == nullptr) || !type.span.contains(stmt.span)) continue;
    MethodChanges* in = around(stmt.span);
    if (in == nullptr || (assign != nullptr && assign->targets.size() != 1)) continue;
    const std::string* name = own_attribute(*in, more != nullptr ? more->target : assign->targets.front());
    if (name == nullptr || (assign != nullptr && !reads(*in, assign->value, *name))) continue;
    in->counted.insert(*name);
    if (more != nullptr) in->grown.insert(*name);
  }
  return out;
}

}  // namespace shapelint
