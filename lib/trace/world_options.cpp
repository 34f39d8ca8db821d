// Parameters that a document describes and a caller may leave out: `labels=None, mask=None`, of which code may take
// only one at a time.
#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "lib/trace/world_builder.h"

namespace shapelint {

bool WorldBuilder::refuses() {
  bindings();
  const Paths paths = tracer_.run(target_, trial_input(20'000));
  const auto is_raised = [](const Trace& trace) { return trace.end == PathEnd::raised && trace.conflicts.empty(); };
  return !paths.traces.empty() && std::ranges::all_of(paths.traces, is_raised);
}

void WorldBuilder::leave_out_options() {
  if (function_ == nullptr) return;
  // What the command line states is meant, all of it.
  const auto is_option = [&](const WorldParameter& p) {
    const auto param = std::ranges::find(function_->params, p.name, &ast::Param::name);
    return p.from != ShapeSource::command_line && p.from != ShapeSource::config && param != function_->params.end() &&
           param->fallback.valid() && std::holds_alternative<ast::NoneLiteral>(program().expr(param->fallback).node);
  };
  if (std::ranges::count_if(world_.parameters, is_option) < 2 || !refuses()) return;
  const std::vector<WorldParameter> all = world_.parameters;
  for (std::size_t i = all.size(); i-- > 0;) {
    if (!is_option(all[i])) continue;
    world_.parameters.erase(world_.parameters.begin() + static_cast<std::ptrdiff_t>(i));
    if (!refuses()) return;
    world_.parameters = all;
  }
}

}  // namespace shapelint
