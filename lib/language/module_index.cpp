#include "lib/language/module_index.h"

#include <algorithm>
#include <set>
#include <utility>

namespace shapelint {
namespace {

using namespace ast;

// Collects the names of one top-level statement.
class Names {
 public:
  explicit Names(const Module& module) : module_(module) {}

  void statement(StmtId id) {
    std::visit([&](const auto& node) { take(node); }, module_.stmt(id).node);
  }

  std::set<std::string, std::less<>> touched;
  /// Names on which only a method is called; no reason to run the statement when they are modules.
  std::set<std::string, std::less<>> called;
  std::set<std::string, std::less<>> modules;  ///< bound by `import`
  std::vector<std::string> imports;
  bool star = false;

 private:
  void block(const Block& statements) {
    for (const StmtId id : statements) statement(id);
  }

  // The name at the bottom of `a.b[c].d`.
  const std::string* root(ExprId id) const {
    while (id.valid()) {
      const auto& node = module_.expr(id).node;
      if (const auto* name = std::get_if<Name>(&node)) return &name->id;
      if (const auto* attribute = std::get_if<Attribute>(&node)) id = attribute->value;
      else if (const auto* subscript = std::get_if<Subscript>(&node)) id = subscript->value;
      else if (const auto* call = std::get_if<Call>(&node)) id = call->function;
      else return nullptr;
    }
    return nullptr;
  }

  void target(ExprId id) {
    if (!id.valid()) return;
    const auto& node = module_.expr(id).node;
    if (const auto* tuple = std::get_if<TupleExpr>(&node)) {
      for (const ExprId item : tuple->items) target(item);
    } else if (const auto* list = std::get_if<ListExpr>(&node)) {
      for (const ExprId item : list->items) target(item);
    } else if (const auto* star_target = std::get_if<Starred>(&node)) {
      target(star_target->value);
    } else if (const std::string* name = root(id)) {
      touched.insert(*name);
    }
  }

  void take(const ExprStmt& node) {
    const auto& expr = module_.expr(node.value).node;
    if (const auto* walrus = std::get_if<Walrus>(&expr)) touched.insert(walrus->name);
    const auto* call = std::get_if<Call>(&expr);
    if (call == nullptr) return;
    const auto& callee = module_.expr(call->function).node;
    if (std::holds_alternative<Attribute>(callee)) {
      if (const std::string* name = root(call->function)) called.insert(*name);
    } else if (const auto* function = std::get_if<Name>(&callee);
               function != nullptr && (function->id == "setattr" || function->id == "delattr") &&
               !call->arguments.empty()) {
      target(call->arguments[0].value);
    }
  }
  void take(const Assign& node) {
    for (const ExprId id : node.targets) target(id);
  }
  void take(const AugmentedAssign& node) { target(node.target); }
  void take(const AnnotatedAssign& node) {
    if (node.value.valid()) target(node.target);
  }
  void take(const If& node) {
    block(node.then);
    block(node.otherwise);
  }
  void take(const For& node) {
    target(node.target);
    block(node.body);
    block(node.otherwise);
  }
  void take(const While& node) {
    block(node.body);
    block(node.otherwise);
  }
  void take(const With& node) {
    for (const WithItem& item : node.items) target(item.target);
    block(node.body);
  }
  void take(const Try& node) {
    block(node.body);
    for (const Handler& handler : node.handlers) block(handler.body);
    block(node.otherwise);
    block(node.finally);
  }
  void take(const FunctionDef& node) { touched.insert(module_.function(node.function).name); }
  void take(const ClassDef& node) { touched.insert(module_.class_of(node.class_id).name); }
  void take(const Import& node) {
    for (const ImportedName& name : node.modules) {
      imports.push_back(name.name);
      const std::string bound = name.alias.empty() ? name.name.substr(0, name.name.find('.')) : name.alias;
      touched.insert(bound);
      modules.insert(bound);
    }
  }
  void take(const ImportFrom& node) {
    if (node.level == 0) {
      // What is imported may be a module, and its path decide a version (`from tensorflow.python import keras`).
      if (node.names.empty()) imports.push_back(node.module);
      for (const ImportedName& name : node.names)
        imports.push_back(name.name == "*" ? node.module : node.module + "." + name.name);
    }
    for (const ImportedName& name : node.names) {
      if (name.name == "*") star = true;
      else touched.insert(name.alias.empty() ? name.name : name.alias);
    }
  }
  void take(const Delete& node) {
    for (const ExprId id : node.targets) target(id);
  }
  void take(const auto&) {}

  const Module& module_;
};

}  // namespace

ModuleIndex index_module(const ast::Module& module) {
  ModuleIndex out;
  std::vector<std::pair<std::string, std::uint32_t>> calls;
  std::set<std::string, std::less<>> modules;
  for (std::uint32_t i = 0; i < module.body.size(); ++i) {
    Names names(module);
    names.statement(module.body[i]);
    for (const std::string& name : names.touched) out.statements[name].push_back(i);
    for (const std::string& name : names.called) {
      if (!names.touched.contains(name)) calls.emplace_back(name, i);
    }
    modules.insert(names.modules.begin(), names.modules.end());
    if (names.star) out.stars.push_back(i);
    out.imports.insert(out.imports.end(), names.imports.begin(), names.imports.end());
  }
  for (const auto& [name, statement] : calls) {
    // `torch.manual_seed(0)` changes nothing that a name of this module holds.
    if (modules.contains(name)) continue;
    auto& list = out.statements[name];
    list.insert(std::lower_bound(list.begin(), list.end(), statement), statement);
  }
  return out;
}

}  // namespace shapelint
