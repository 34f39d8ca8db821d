// What is stated about one target: options of the command line before those of the configuration.
#include <string>
#include <vector>

#include "lib/lint/analysis.h"

namespace shapelint {
namespace {

// `make.<locals>.loss` as people write it.
std::string plain_qualname(std::string name) {
  constexpr std::string_view kLocals = ".<locals>";
  for (std::size_t at = name.find(kLocals); at != std::string::npos; at = name.find(kLocals))
    name.erase(at, kLocals.size());
  return name;
}

// Of a class, those of the methods that may be called.
std::vector<std::string> parameters_of(const Target& target) {
  std::vector<std::string> out;
  const ast::Module& program = *target.module->program;
  const auto add = [&](const ast::Function& function) {
    for (const ast::Param& param : function.params) out.push_back(param.name);
  };
  if (const ast::Function* function = target.ast()) {
    add(*function);
  } else if (target.class_id) {
    for (const ast::StmtId id : program.class_of(*target.class_id).body)
      if (const auto* def = std::get_if<ast::FunctionDef>(&program.stmt(id).node)) {
        const ast::Function& method = program.function(def->function);
        if (is_call_method(method.name)) add(method);
      }
  }
  return out;
}

}  // namespace

WorldOptions world_options(const AnalysisOptions& options, const Target& target) {
  WorldOptions out = options.world;
  out.data = options.data;
  // What was stated before counts more.
  const auto add = [&](const TargetStatements& stated) {
    for (const auto& [name, shape] : stated.shapes)
      if (!out.args.contains(name) && out.shapes.emplace(name, shape).second) out.configured.insert(name);
    out.dtypes.insert(stated.dtypes.begin(), stated.dtypes.end());
    for (const auto& [name, value] : stated.args)
      if (!out.shapes.contains(name)) out.args.emplace(name, value);
    out.init.insert(stated.init.begin(), stated.init.end());
    out.sizes.insert(stated.sizes.begin(), stated.sizes.end());
  };
  const std::string name = plain_qualname(target.qualname);
  for (const auto& [qualname, stated] : options.configured.targets)
    if (plain_qualname(qualname) == name) add(stated);
  TargetStatements common{.sizes = options.configured.sizes};
  for (const std::string& parameter : parameters_of(target))
    if (const auto shape = options.configured.shapes.find(parameter); shape != options.configured.shapes.end())
      common.shapes.insert(*shape);
  add(common);
  return out;
}

}  // namespace shapelint
