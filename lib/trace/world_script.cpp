// A script makes its own data: `x = torch.randn(16, 8); y = torch.randn(16)`, or `y = x @ w`. The number that is the
// first size of two of its tensors counts the samples; where it is written, the batch is meant.
#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include "lib/language/walk.h"
#include "lib/trace/world_builder.h"

namespace shapelint {

// Made by the script itself, not as a parameter of a layer or in a class of its own.
bool WorldBuilder::is_data_of_script(const Trace& trace, const Step& step) const {
  if (step.kind != StepKind::op || step.op == nullptr || !step.operands.empty()) return false;
  FrameId at = step.frame;
  for (; trace.frame(at).is_framework; at = trace.frame(at).parent) {
    if (trace.frame(at).function.find("__init__") != std::string::npos) return false;
  }
  return trace.frame(at).function == target_.qualname || trace.frame(at).function.find('.') == std::string::npos;
}

// What a variable, an attribute of `self` or a parameter was made: `n = 16`, `self.n = n`, `def f(n=16)`.
const ast::Expr* WorldBuilder::made_of(const ast::Expr& expr, int depth) const {
  const auto* variable = std::get_if<ast::Name>(&expr.node);
  const auto* member = std::get_if<ast::Attribute>(&expr.node);
  if ((variable == nullptr && member == nullptr) || depth > 4) return &expr;
  const std::string_view name = variable != nullptr ? variable->id : member->name;
  if (member != nullptr && ast::last_name(program(), member->value) != "self") return &expr;
  const ast::Expr* found = nullptr;
  for (const ast::Stmt& stmt : program().stmts) {
    const auto* assign = std::get_if<ast::Assign>(&stmt.node);
    if (assign == nullptr || assign->targets.size() != 1 || !assign->value.valid()) continue;
    const auto& bound = program().expr(assign->targets[0]).node;
    const auto* as_variable = std::get_if<ast::Name>(&bound);
    const auto* as_member = std::get_if<ast::Attribute>(&bound);
    if (variable != nullptr ? as_variable != nullptr && as_variable->id == name
                            : as_member != nullptr && as_member->name == name)
      found = &program().expr(assign->value);
  }
  for (const ast::Function& f : program().functions) {
    if (found != nullptr || variable == nullptr || !f.span.contains(expr.span)) continue;
    const auto param = std::ranges::find(f.params, name, &ast::Param::name);
    if (param != f.params.end() && param->fallback.valid()) found = &program().expr(param->fallback);
  }
  return found != nullptr && found != &expr ? made_of(*found, depth + 1) : &expr;
}

// Where the call says `size` first: `f(16, 8)`, `f((16, 8))`, `f(size=(n, 8))` with `n = 16`.
std::optional<Span> WorldBuilder::written_size(const Span& call, std::int64_t size) const {
  const auto number_at = [&](ast::ExprId id) -> std::optional<Span> {
    const ast::Expr* expr = &program().expr(id);
    if (const auto* tuple = std::get_if<ast::TupleExpr>(&expr->node); tuple != nullptr && !tuple->items.empty())
      expr = &program().expr(tuple->items.front());
    expr = made_of(*expr);
    const auto* number = std::get_if<ast::IntLiteral>(&expr->node);
    return number != nullptr && number->value == size ? std::optional(expr->span) : std::nullopt;
  };
  for (const ast::Expr& expr : program().exprs) {
    const auto* node = std::get_if<ast::Call>(&expr.node);
    if (node == nullptr || expr.span != call) continue;
    for (const ast::Argument& argument : node->arguments) {
      if (const auto found = number_at(argument.value)) return found;
    }
  }
  return std::nullopt;
}

void WorldBuilder::open_sample_counts() {
  TraceInput trial = world_.input;
  trial.budget.steps = std::min<std::uint64_t>(trial.budget.steps, 50'000);
  struct Use {
    std::vector<Span> written;
    bool is_flat = false;     ///< of rank 1 or 2: labels or features, not the states of a recurrent layer
    bool has_labels = false;  ///< something was calculated of it for each of its rows: `x @ w`, `x[:, 0]`
    bool is_inner = false;    ///< a size of another axis as well, as that of the features is
    bool is_made = false;     ///< of data, and not only drawn from what was stored
    bool is_paired = false;   ///< something has it twice, whose operands have it once: each of them with each
  };
  std::map<std::int64_t, Use> uses;
  const auto number_at = [&](const Shape& shape, std::size_t axis) {
    return axis < shape.size() ? dims_.constant(shape[axis]) : std::nullopt;
  };
  const auto times = [&](const std::optional<Shape>& shape, std::int64_t size) {
    return shape ? std::ranges::count_if(*shape, [&](Dim dim) { return dims_.constant(dim) == size; }) : 0;
  };
  for (const Trace& trace : tracer_.run(target_, trial).traces) {
    // `random.sample(memory, 32)`
    for (const auto& [place, count] : trace.draws) {
      const auto size = dims_.constant(count);
      if (!size || *size < 2 || place.end == place.begin) continue;
      Use& use = uses[*size];
      use.is_flat = use.has_labels = true;
      if (std::ranges::find(use.written, place) == use.written.end()) use.written.push_back(place);
    }
    for (const Step& step : trace.steps) {
      const auto& shape = trace.tensor(step.result).shape;
      const auto size = shape ? number_at(*shape, 0) : std::nullopt;
      if (!size || *size < 2) continue;
      if (step.op != nullptr && !step.operands.empty()) {
        const auto& from = trace.tensor(step.operands[0]).shape;
        const bool calculates = step.op->role == OpRole::contraction && shape->size() <= 2;
        if (from && number_at(*from, 0) == size && (from->size() > shape->size() || calculates) && *from != *shape)
          uses[*size].has_labels = true;
      }
      if (times(shape, *size) > 1 && step.op != nullptr && step.op->role == OpRole::elementwise &&
          std::ranges::all_of(step.operands, [&](TensorId id) { return times(trace.tensor(id).shape, *size) < 2; }))
        uses[*size].is_paired = true;
      if (!is_data_of_script(trace, step)) continue;
      for (std::size_t axis = 1; axis < shape->size(); ++axis) {
        if (const auto inner = number_at(*shape, axis)) uses[*inner].is_inner = true;
      }
      const auto place = written_size(trace.user_span(step), *size);
      if (!place) continue;
      Use& use = uses[*size];
      if (std::ranges::find(use.written, *place) == use.written.end()) use.written.push_back(*place);
      use.is_flat = use.is_flat || shape->size() <= 2;
      use.is_made = true;
    }
  }
  // A script may draw points of several kinds, each with a number of its own.
  const Use* samples = nullptr;
  const auto rank = [](const Use& use) { return std::tuple(use.is_paired, use.is_made, use.written.size()); };
  for (const auto& [size, use] : uses) {
    const bool counts = !use.is_inner && (use.written.size() > 1 || (use.written.size() == 1 && use.has_labels));
    if (use.is_flat && counts && (samples == nullptr || rank(use) > rank(*samples))) samples = &use;
  }
  if (samples == nullptr) return;
  const auto before = world_.input.open_numbers;
  for (const Span& place : samples->written) {
    if (std::ranges::find(world_.input.open_numbers, place, &std::pair<Span, Dim>::first) ==
        world_.input.open_numbers.end())
      world_.input.open_numbers.emplace_back(place, batch());
  }
  // `x.view(64, -1)`: where the code says the number as well, it is meant.
  const auto is_divided = [&](Dim dim) {
    return dims_.mentions(dim, *world_.input.batch) && dims_.print(dim).find_first_of("/%") != std::string::npos;
  };
  const auto is_meant = [&](const Trace& trace) {
    return equates_batch(dims_, world_, trace) || std::ranges::any_of(trace.tensors, [&](const Tensor& tensor) {
             return tensor.shape && std::ranges::any_of(*tensor.shape, is_divided);
           });
  };
  if (std::ranges::any_of(tracer_.run(target_, trial_input(50'000)).traces, is_meant))
    world_.input.open_numbers = before;
}

}  // namespace shapelint
