// `self.memory = []` in a constructor, which other methods fill: how much is in it when a method is called, and what,
// nobody knows. Taken as empty, code behind it would fail that never does.
#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>

#include "lib/language/walk.h"
#include "lib/trace/run.h"

namespace shapelint {
namespace {

bool adds(std::string_view method) {
  static constexpr std::string_view kMethods[] = {"append", "extend", "insert", "add", "appendleft", "extendleft"};
  return std::ranges::find(kMethods, method) != std::end(kMethods);
}

// The attributes of its object that a method adds to.
void collect_grown(const ast::Module& program, const ast::Function& method, std::set<std::string>& out) {
  if (method.params.empty()) return;
  const std::string& self = method.params.front().name;
  const auto take = [&](ast::ExprId id) {
    const auto* attribute = std::get_if<ast::Attribute>(&program.expr(id).node);
    const auto* owner = attribute != nullptr ? std::get_if<ast::Name>(&program.expr(attribute->value).node) : nullptr;
    if (owner != nullptr && owner->id == self) out.insert(attribute->name);
  };
  for (const ast::Expr& expr : program.exprs) {
    const auto* call = std::get_if<ast::Call>(&expr.node);
    if (call == nullptr || !method.span.contains(expr.span)) continue;
    const auto* member = std::get_if<ast::Attribute>(&program.expr(call->function).node);
    if (member != nullptr && adds(member->name)) take(member->value);
  }
  for (const ast::Stmt& stmt : program.stmts) {
    const auto* more = std::get_if<ast::AugmentedAssign>(&stmt.node);
    if (more != nullptr && method.span.contains(stmt.span)) take(more->target);
  }
}

}  // namespace

void Run::open_grown_lists(const Value& object, const ast::Function* called) {
  const auto* self = object.as<ObjectV>();
  const ClassV* type = self != nullptr ? heap().read<ObjectData>(self->cell).type.as<ClassV>() : nullptr;
  if (type == nullptr) return;
  const ClassData& data = heap().read<ClassData>(type->cell);
  if (data.module == nullptr) return;
  std::set<std::string> grown;
  for (const ast::StmtId id : data.module->class_of(data.id).body) {
    const auto* def = std::get_if<ast::FunctionDef>(&data.module->stmt(id).node);
    const ast::Function* method = def != nullptr ? &data.module->function(def->function) : nullptr;
    if (method != nullptr && method != called && method->name != "__init__")
      collect_grown(*data.module, *method, grown);
  }
  for (const std::string& name : grown) {
    const auto& attributes = heap().read<ObjectData>(self->cell).attributes;
    const auto it = attributes.find(name);
    const auto* list = it != attributes.end() ? it->second.as<ListV>() : nullptr;
    if (list == nullptr || !heap().read<ListData>(list->cell).items.empty()) continue;
    ListData& open = heap().write<ListData>(list->cell);
    open.generic = true;
    open.length = dims_->fresh_number("?count");
  }
}

}  // namespace shapelint
