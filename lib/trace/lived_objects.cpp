// What an object was through before the target, one of its methods, is called. A method that trains is called again and
// again, with a buffer that another method fills and a counter that another one raises: taken as the constructor left
// them, `if len(self.memory) < self.batch_size: return` would end the run before anything is seen.
//
// Whole numbers that other methods count with are open, and so are lists that they fill. What is in those lists is a
// guess of the world (`TraceInput::stored`): the method that fills one is called with the parts of a step of an
// environment, which its parameters are named for.
#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/run.h"
#include "lib/trace/world_usage.h"

namespace shapelint {

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
  const std::vector<MethodChanges>& changes = library_->changes_of(program, program.class_of(type->id));
  const auto attribute = [&](const std::string& name) -> Value {
    const auto& attributes = heap().read<ObjectData>(self).attributes;
    const auto it = attributes.find(name);
    return it != attributes.end() ? it->second : Value(make_unknown(""));
  };
  std::set<std::string> counted;
  std::set<std::string> grown;
  for (const MethodChanges& one : changes) {
    if (one.method == called) continue;
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
  for (const MethodChanges& one : changes) {
    if (one.method == called) continue;
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

}  // namespace shapelint
