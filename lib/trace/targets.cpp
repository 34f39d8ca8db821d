#include "lib/trace/targets.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "lib/language/walk.h"

namespace shapelint {
namespace {

// Collects definitions with what is around them.
class Collector {
 public:
  explicit Collector(const LoadedModule& module)
      : module_(module),
        program_(*module.program),
        dot_(module.dialect == Dialect::cxx ? "::" : "."),
        locals_(module.dialect == Dialect::cxx ? "::" : ".<locals>.") {}

  std::vector<Target> collect() {
    block(program_.body, {}, std::nullopt, "", 0);
    std::ranges::stable_sort(found_, {}, [&](const Target& t) { return start(t); });
    return std::move(found_);
  }

 private:
  std::uint32_t start(const Target& t) const {
    return t.function ? program_.function(*t.function).span.begin : program_.class_of(*t.class_id).span.begin;
  }

  void block(const ast::Block& stmts, const std::vector<ast::FunctionId>& outer, std::optional<ast::ClassId> owner,
             const std::string& prefix, int depth) {
    if (depth > ast_depth_limit) return;
    for (const ast::StmtId id : stmts) {
      const ast::Stmt& stmt = program_.stmt(id);
      ast::for_each_expr(program_, stmt, [&](ast::ExprId e) { expr(e, outer, prefix, depth); });
      ast::for_each_block(stmt, [&](const ast::Block& inner) { block(inner, outer, owner, prefix, depth + 1); });
      if (const auto* def = std::get_if<ast::FunctionDef>(&stmt.node)) {
        function(def->function, outer, owner, prefix, depth);
      } else if (const auto* cls = std::get_if<ast::ClassDef>(&stmt.node)) {
        const ast::Class& c = program_.class_of(cls->class_id);
        Target t{.module = &module_, .outer = outer, .class_id = cls->class_id, .qualname = prefix + c.name};
        found_.push_back(t);
        block(c.body, outer, cls->class_id, prefix + c.name + std::string(dot_), depth + 1);
      }
    }
  }

  void function(ast::FunctionId id, std::vector<ast::FunctionId> outer, std::optional<ast::ClassId> owner,
                const std::string& prefix, int depth) {
    const ast::Function& f = program_.function(id);
    const bool is_operator = module_.dialect == Dialect::cxx && f.name == "__call__";
    const std::string qualname = prefix + (is_operator ? std::string(kCallOperator) : f.name);
    found_.push_back(
        Target{.module = &module_, .outer = outer, .class_id = owner, .function = id, .qualname = qualname});
    outer.push_back(id);
    if (f.is_lambda()) expr(f.lambda_body, outer, qualname + std::string(locals_), depth + 1);
    else block(f.body, outer, std::nullopt, qualname + std::string(locals_), depth + 1);
  }

  void expr(ast::ExprId id, const std::vector<ast::FunctionId>& outer, const std::string& prefix, int depth) {
    if (depth > ast_depth_limit) return;
    const ast::Expr& e = program_.expr(id);
    if (const auto* lambda = std::get_if<ast::Lambda>(&e.node)) {
      function(lambda->function, outer, std::nullopt, prefix, depth + 1);
      return;
    }
    ast::for_each_child(program_, e, [&](ast::ExprId child) { expr(child, outer, prefix, depth + 1); });
  }

  static constexpr int ast_depth_limit = 1500;
  const LoadedModule& module_;
  const ast::Module& program_;
  const std::string_view dot_;     ///< between a class and its members
  const std::string_view locals_;  ///< between a function and what is defined in it
  std::vector<Target> found_;
};

// The statement that binds a name at top level, also inside an `if` or `try` there; the last one, as in Python.
std::optional<ast::StmtId> binding_of(const ast::Module& program, const ast::Block& block, std::string_view name) {
  std::optional<ast::StmtId> found;
  const auto is_it = [&](ast::ExprId id) {
    const auto* target = std::get_if<ast::Name>(&program.expr(id).node);
    return target != nullptr && target->id == name;
  };
  for (const ast::StmtId id : block) {
    const ast::Stmt& stmt = program.stmt(id);
    ast::for_each_block(stmt, [&](const ast::Block& inner) {
      if (std::holds_alternative<ast::ClassDef>(stmt.node) || std::holds_alternative<ast::FunctionDef>(stmt.node))
        return;
      if (const auto deeper = binding_of(program, inner, name)) found = deeper;
    });
    const auto* assigned = std::get_if<ast::Assign>(&stmt.node);
    const auto* annotated = std::get_if<ast::AnnotatedAssign>(&stmt.node);
    const auto* imported = std::get_if<ast::ImportFrom>(&stmt.node);
    const bool binds = (assigned != nullptr && std::ranges::any_of(assigned->targets, is_it)) ||
                       (annotated != nullptr && annotated->value.valid() && is_it(annotated->target)) ||
                       (imported != nullptr && std::ranges::any_of(imported->names, [&](const ast::ImportedName& one) {
                          return (one.alias.empty() ? one.name : one.alias) == name;
                        }));
    if (binds) found = id;
  }
  return found;
}

std::string plain(std::string_view qualname) {
  std::string out(qualname);
  for (std::size_t at = out.find(".<locals>"); at != std::string::npos; at = out.find(".<locals>")) out.erase(at, 9);
  return out;
}

}  // namespace

std::vector<Target> all_targets(const LoadedModule& module) { return Collector(module).collect(); }

std::optional<Target> find_target(const LoadedModule& module, std::string_view qualname) {
  std::optional<Target> best;
  if (qualname == kModuleBody) return Target{.module = &module, .qualname = std::string(kModuleBody)};
  for (Target& target : all_targets(module)) {
    if (target.qualname == qualname || plain(target.qualname) == qualname) best = std::move(target);
  }
  if (!best && module.dialect != Dialect::cxx) {
    if (const auto binding = binding_of(*module.program, module.program->body, qualname))
      return Target{.module = &module, .binding = binding, .qualname = std::string(qualname)};
  }
  if (best || module.dialect != Dialect::cxx) return best;
  // The first overload, when the parameters are not said.
  for (Target& target : all_targets(module)) {
    if (target.qualname.starts_with(std::string(qualname) + "(")) return std::move(target);
  }
  return best;
}

std::optional<Target> target_at_line(const LoadedModule& module, const SourceFile& file, std::uint32_t line) {
  std::optional<Target> best;
  std::uint32_t best_size = 0xFFFFFFFFU;
  for (Target& target : all_targets(module)) {
    if (!target.function) continue;
    const Span span = module.program->function(*target.function).span;
    if (file.position(span.begin).line > line || file.position(span.end).line < line) continue;
    if (span.end - span.begin < best_size) {
      best_size = span.end - span.begin;
      best = std::move(target);
    }
  }
  return best;
}

std::vector<std::string> similar_targets(const LoadedModule& module, std::string_view qualname) {
  const auto distance = [](std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
      std::size_t diagonal = row[0]++;
      for (std::size_t j = 1; j <= b.size(); ++j) {
        const std::size_t up = row[j];
        row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
        diagonal = up;
      }
    }
    return row[b.size()];
  };
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::string_view last =
      qualname.substr(qualname.rfind('.') == std::string_view::npos ? 0 : qualname.rfind('.') + 1);
  for (const Target& target : all_targets(module)) {
    const std::string name = plain(target.qualname);
    if (module.dialect == Dialect::cxx && name.ends_with("__init__")) continue;
    if (name.size() > 200 || qualname.size() > 200) continue;
    const std::string_view own =
        std::string_view(name).substr(name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1);
    ranked.emplace_back(std::min(distance(name, qualname), distance(own, last) + 1), name);
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<std::size_t, std::string>::first);
  std::vector<std::string> out;
  for (const auto& [score, name] : ranked) {
    if (out.size() < 5 && (score <= 3 || out.size() < 3) && std::ranges::find(out, name) == out.end())
      out.push_back(name);
  }
  return out;
}

}  // namespace shapelint
