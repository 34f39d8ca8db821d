// Probes: an expression that somebody asks about, evaluated in the scope of a function as it was at one moment of the
// run. A copy of the run evaluates it, so that nothing of it (steps, facts, mutations, modules that it loads) is left
// in the run itself; and the program's text is not changed, so that lambdas, early returns and one-line bodies need
// nothing special.
#include <algorithm>
#include <memory>
#include <utility>

#include "lib/trace/run.h"

namespace shapelint {

void Run::probe_statement() {
  // While the target is set up there are no events yet, and its module's top level is nobody's moment.
  if (decisions_ == nullptr || trace_.probed != nullptr || !input_->probe->after) return;
  const Probe& probe = *input_->probe;
  for (; probe_seen_ < trace_.exprs.size(); ++probe_seen_) {
    const ExprEvent& event = trace_.exprs[probe_seen_];
    if (event.span == *probe.after && probe_count_++ == probe.occurrence) probe_frame_ = event.frame;
  }
  // A helper that the statement calls has a scope of its own.
  if (probe_frame_ && *probe_frame_ == here().frame) take_probe();
}

void Run::probe_function(const FunctionObject& function) {
  const Probe& probe = *input_->probe;
  if (probe.after) return probe_statement();  // a lambda has no statement of its own
  if (decisions_ == nullptr || trace_.probed != nullptr) return;
  const auto is_it = [&](FrameId id) {
    const Frame& frame = trace_.frame(id);
    return frame.module == probe.module && frame.function_id.index == probe.function.index;
  };
  if (function.module != probe.module || function.id.index != probe.function.index) return;
  // Where it calls itself, the outermost is meant.
  if (std::ranges::count_if(stack_, [&](const Activation* a) { return is_it(a->frame); }) == 1) take_probe();
}

void Run::take_probe() {
  if (flow_ == Flow::stopped) return;
  Run copy(*this);
  std::uint64_t steps_left = *steps_left_;
  copy.steps_left_ = &steps_left;
  trace_.probed = copy.answer_probe();
}

std::shared_ptr<const Probed> Run::answer_probe() {
  const ast::Module* expression = input_->probe->expression;
  TraceInput input = *input_;
  input.probe.reset();
  input_ = &input;
  decisions_ = nullptr;  // no new paths
  // A function that returns or raises is left a moment later.
  flow_ = Flow::normal;
  raised_.reset();
  const std::size_t conflicts = trace_.conflicts.size();

  auto out = std::make_shared<Probed>();
  out->frame = here().frame;
  for (const auto& [name, value] : heap().read<ScopeData>(here().scope).names) out->names.emplace_back(name, value);
  if (expression != nullptr && expression->body.size() == 1) {
    if (const auto* stmt = std::get_if<ast::ExprStmt>(&expression->stmt(expression->body[0]).node)) {
      Activation activation = here();
      ScopeData scope;  // what `:=` binds is not the function's
      scope.has_parent = true;
      scope.parent = here().scope;
      activation.scope = heap().make(std::move(scope));
      activation.module = expression;
      ActivationGuard guard(*this, activation);
      out->value = eval(stmt->value);
    }
  }
  if (raised_) out->problem = raised_->message;
  else if (flow_ == Flow::stopped) out->problem = trace_.end_reason;
  else if (trace_.conflicts.size() > conflicts) out->problem = trace_.conflicts[conflicts].message;
  out->trace = std::move(trace_);
  return out;
}

}  // namespace shapelint
