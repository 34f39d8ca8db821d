// Shapes of variables in a comment behind their assignment: `x, y = batch  # x: (B, 8), y: (B,)`, `for x, y in loader:
// # x: (B, 8)`, `x = batch["x"]  # (B, 8)`. They count where the value is not known otherwise.
#include <algorithm>

#include "lib/trace/shape_text.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

// The names that a target binds, with their places.
void names_in(const ast::Module& program, ast::ExprId target, std::vector<std::pair<std::string, Span>>& out) {
  const ast::Expr& expr = program.expr(target);
  if (const auto* name = std::get_if<ast::Name>(&expr.node)) out.emplace_back(name->id, expr.span);
  const std::vector<ast::ExprId>* items = nullptr;
  if (const auto* tuple = std::get_if<ast::TupleExpr>(&expr.node)) items = &tuple->items;
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) items = &list->items;
  if (items == nullptr) return;
  for (const ast::ExprId item : *items) names_in(program, item, out);
}

}  // namespace

void WorldBuilder::read_local_comments() {
  if (function_ == nullptr && !is_module_body(target_)) return;
  const SourceFile& file = library_.sources().file(home().source);
  const Span whole = function_ != nullptr ? function_->span : Span{home().source, 0, 0xFFFFFFFFU};
  const auto& comments = program().comments;
  auto at = std::ranges::lower_bound(comments, whole.begin, {}, [](const ast::Comment& c) { return c.span.begin; });
  if (at == comments.end() || at->span.begin >= whole.end) return;
  // By the line on which an assignment ends, the names that it binds.
  std::map<std::uint32_t, std::vector<std::pair<std::string, Span>>> assigned;
  for (const ast::Stmt& stmt : program().stmts) {
    if (function_ != nullptr && !whole.contains(stmt.span)) continue;
    if (const auto* assign = std::get_if<ast::Assign>(&stmt.node); assign != nullptr && assign->targets.size() == 1) {
      names_in(program(), assign->targets[0], assigned[file.position(stmt.span.end).line]);
    } else if (const auto* loop = std::get_if<ast::For>(&stmt.node)) {
      names_in(program(), loop->target, assigned[file.position(program().expr(loop->iterable).span.end).line]);
    }
  }
  const auto is_param = [&](const std::string& name) {
    return function_ != nullptr &&
           std::ranges::find(function_->params, name, &ast::Param::name) != function_->params.end();
  };
  const auto take = [&](const std::string& name, const Span& place, const std::string& shape, const Span& comment) {
    if (is_param(name) || find(name) != nullptr || options_.args.contains(name)) return;
    const auto list = parse_shapes(shape, dims_, lookup());
    if (!list) return;
    state(name, *list, ShapeSource::comment, comment, std::nullopt);
    if (WorldParameter* made = find(name)) made->local = place;
  };
  for (; at != comments.end() && at->span.begin < whole.end; ++at) {
    const auto names = assigned.find(file.position(at->span.begin).line);
    if (names == assigned.end()) continue;
    const std::string_view text = file.text(at->span);
    for (const auto& [name, shape] : shapes_in_text(text)) {
      const auto bound = std::ranges::find(names->second, name, &std::pair<std::string, Span>::first);
      if (bound != names->second.end()) take(name, bound->second, shape, at->span);
    }
    if (names->second.size() != 1) continue;
    const std::string_view words = text.substr(std::min(text.size(), text.find_first_not_of("#/* \t")));
    if (const auto shape = shape_at_start(words))
      take(names->second[0].first, names->second[0].second, *shape, at->span);
  }
}

}  // namespace shapelint
