// What an object was through before the target, one of its methods, is called. A method that trains is called again and
// again, with a buffer that another method fills and a counter that another one raises: taken as the constructor left
// them, `if len(self.memory) < self.batch_size: return` would end the run before anything is seen.
//
// Whole numbers that methods count with are open, and so are lists that other methods fill; those of base classes are
// methods, too. What is in those lists is a guess of the world (`TraceInput::stored`): the method that fills one is
// called with what the file hands over, or with the parts of a step of an environment, which its parameters are named
// for.
#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/run.h"
#include "lib/trace/world_usage.h"

namespace shapelint {
namespace {

// Does no program of the user's define the class?
bool is_foreign(const ClassData& data) {
  const auto is_framework = [](const Value& member) {
    const auto* f = member.as<FunctionV>();
    return f != nullptr && f->function->home != nullptr && f->function->home->is_framework;
  };
  return data.module == nullptr ||
         std::ranges::any_of(data.members, [&](const auto& m) { return is_framework(m.second); });
}

}  // namespace

// What the methods of an object's class change, and those of its bases; nothing where no program of the user's defines
// the class.
std::vector<const MethodChanges*> Run::changes_to(const ObjectData& object) {
  std::vector<const MethodChanges*> out;
  std::vector<Value> types{object.type};
  constexpr std::size_t kBases = 32;
  for (std::size_t i = 0; i < types.size() && i < kBases; ++i) {
    const auto* type = types[i].as<ClassV>();
    if (type == nullptr) continue;
    const ClassData& data = heap().read<ClassData>(type->cell);
    if (is_foreign(data)) continue;
    for (const MethodChanges& one : library_->changes_of(*data.module, data.module->class_of(data.id)))
      out.push_back(&one);
    types.insert(types.end(), data.bases.begin(), data.bases.end());
  }
  return out;
}

void Run::live_through(const Value& object, const ast::Function* called) {
  std::set<std::uint32_t> seen;
  live_through(object, called, seen);
}

void Run::live_through(const Value& object, const ast::Function* called, std::set<std::uint32_t>& seen) {
  const auto* held = object.as<ObjectV>();
  if (held == nullptr || !seen.insert(held->cell.index).second) return;
  const HeapId self = held->cell;
  const auto* type = heap().read<ObjectData>(self).type.as<ClassV>();
  if (type == nullptr || is_foreign(heap().read<ClassData>(type->cell))) return;
  const std::vector<const MethodChanges*> changes = changes_to(heap().read<ObjectData>(self));
  const auto attribute = [&](const std::string& name) -> Value {
    const auto& attributes = heap().read<ObjectData>(self).attributes;
    const auto it = attributes.find(name);
    return it != attributes.end() ? it->second : Value(make_unknown(""));
  };
  std::set<std::string> counted;
  std::set<std::string> grown;
  for (const MethodChanges* one : changes) {
    counted.insert(one->counted.begin(), one->counted.end());
    if (one->method != called) grown.insert(one->grown.begin(), one->grown.end());
  }
  const std::vector<std::string> names = heap().read<ObjectData>(self).order;
  for (const std::string& name : names) live_through(attribute(name), nullptr, seen);
  const auto empty_list = [&](const std::string& name) -> const ListV* {
    const Value value = attribute(name);
    const auto* list = value.as<ListV>();
    return list != nullptr && heap().read<ListData>(list->cell).items.empty() ? list : nullptr;
  };
  std::erase_if(grown, [&](const std::string& name) { return empty_list(name) == nullptr; });
  for (const MethodChanges* one : changes) {
    if (one->method == called) continue;
    if (std::ranges::any_of(one->grown, [&](const std::string& name) { return grown.contains(name); }))
      store_steps(object, one->method->name);
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
  // Only now: what a ring has stored stands where its position was.
  for (const std::string& name : counted) {
    if (attribute(name).as<IntV>() != nullptr)
      heap().write<ObjectData>(self).attributes[name] = IntV{dims_->fresh_number("?" + name)};
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
    const auto& stmt = program.stmt(id).node;
    const auto* assign = std::get_if<ast::Assign>(&stmt);
    const auto* annotated = std::get_if<ast::AnnotatedAssign>(&stmt);
    if (annotated == nullptr && (assign == nullptr || assign->targets.size() != 1)) continue;
    const ast::ExprId target = annotated != nullptr ? annotated->target : assign->targets.front();
    const ast::ExprId made = annotated != nullptr ? annotated->value : assign->value;
    const auto* name = std::get_if<ast::Name>(&program.expr(target).node);
    const bool is_call = made.valid() && std::holds_alternative<ast::Call>(program.expr(made).node);
    if (name == nullptr || !is_call || !read.contains(name->id)) continue;
    const auto value = own_name(module, name->id);
    if (value) live_through(*value, nullptr);
    if (halted()) return;
  }
}

}  // namespace shapelint
