// Objects of the program that the target is given and that nobody states: `train(model, ...)`, which calls `model(x)`.
// An annotation names the class, or somebody hands over what was made of it, or one class of the file alone fits. What
// its constructor asks for is what the program says there, or else a size: a symbol of the parameter's name. The last
// of the three is a guess, and each gives way where the code does not run with it.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/language/walk.h"
#include "lib/trace/objects_in_file.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

// A builtin that takes no number.
bool takes_list(std::string_view name) {
  static constexpr std::string_view kNames[] = {"len", "enumerate", "zip", "isinstance", "getattr", "list", "tuple"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

// `x` of `x`, `x.to(device)` and `x.float()`; empty for what is calculated.
std::string_view moved_name(const ast::Module& program, ast::ExprId id) {
  static constexpr std::string_view kMoves[] = {"to", "cuda", "cpu", "float", "double", "half", "long", "contiguous"};
  while (const auto* call = std::get_if<ast::Call>(&program.expr(id).node)) {
    const auto* member = std::get_if<ast::Attribute>(&program.expr(call->function).node);
    if (member == nullptr || std::ranges::find(kMoves, member->name) == std::end(kMoves)) return {};
    id = member->value;
  }
  const auto* name = std::get_if<ast::Name>(&program.expr(id).node);
  return name != nullptr ? std::string_view(name->id) : std::string_view();
}

}  // namespace

bool WorldBuilder::is_object(std::string_view name) const {
  return std::ranges::find(objects_, name, &World::Object::name) != objects_.end();
}

// What a constructor gets for a parameter that nobody says: a size, unless its annotation or what the constructor does
// with it says otherwise.
std::optional<std::string> WorldBuilder::size_for(const FoundMethod& maker, const ast::Param& param) {
  const ast::Module& made_in = *maker.home->program;
  const auto* type = param.annotation.valid() ? std::get_if<ast::Name>(&made_in.expr(param.annotation).node) : nullptr;
  if (type != nullptr && type->id == "float") return "0.5";
  if (type != nullptr && type->id == "bool") return "True";
  if (param.annotation.valid() && (type == nullptr || type->id != "int")) return std::nullopt;
  const auto is_it = [&](ast::ExprId id) {
    const auto* name = id.valid() ? std::get_if<ast::Name>(&made_in.expr(id).node) : nullptr;
    return name != nullptr && name->id == param.name;
  };
  const ast::Function& f = maker.ast();
  for (const ast::Expr& expr : made_in.exprs) {
    if (!f.span.contains(expr.span)) continue;
    const auto* member = std::get_if<ast::Attribute>(&expr.node);
    const auto* part = std::get_if<ast::Subscript>(&expr.node);
    const auto* call = std::get_if<ast::Call>(&expr.node);
    const auto* star = std::get_if<ast::Starred>(&expr.node);
    if ((member != nullptr && is_it(member->value)) || (part != nullptr && is_it(part->value)) ||
        (star != nullptr && is_it(star->value)) || (call != nullptr && is_it(call->function)))
      return std::nullopt;
    if (call == nullptr) continue;
    const std::string_view callee = ast::last_name(made_in, call->function);
    for (const ast::Argument& argument : call->arguments)
      if (is_it(argument.value) && (argument.kind == ast::Argument::Kind::star ||
                                    argument.kind == ast::Argument::Kind::double_star || takes_list(callee)))
        return std::nullopt;
  }
  for (const ast::Stmt& stmt : made_in.stmts) {
    const auto* loop = std::get_if<ast::For>(&stmt.node);
    if (loop != nullptr && f.span.contains(stmt.span) && is_it(loop->iterable)) return std::nullopt;
  }
  std::string name = param.name;
  while (world_.symbols.contains(name) && world_.symbols.at(name) == *world_.input.batch) name += "_";
  const bool is_stated = world_.symbols.contains(name) && !world_.object_sizes.contains(world_.symbols.at(name));
  const Dim size = symbol(name);
  if (!is_stated) world_.object_sizes.insert(*dims_.as_symbol(size));
  return name;
}

// `Net(in_features, classes)`: by what its constructor cannot do without.
std::optional<std::string> WorldBuilder::made_of_sizes(std::string_view name, const FoundMaker& maker) {
  std::string arguments;
  if (maker.called) {
    const auto& params = maker.called->ast().params;
    for (std::size_t i = maker.is_class ? 1 : 0; i < params.size(); ++i) {
      const ast::Param& param = params[i];
      if (param.fallback.valid() || param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star)
        continue;
      const auto size = size_for(*maker.called, param);
      if (!size) return std::nullopt;
      const bool is_keyword = param.kind == ast::Param::Kind::keyword_only;
      arguments += (arguments.empty() ? "" : ", ") + (is_keyword ? param.name + "=" : "") + *size;
    }
  }
  return fmt::format("{}({})", name, arguments);
}

void WorldBuilder::read_objects() {
  if (function_ == nullptr || home().dialect != Dialect::python) return;
  std::map<std::string, std::optional<FoundMaker>, std::less<>> makers;
  const auto maker_of = [&](std::string_view name) -> std::optional<FoundMaker> {
    const auto it = makers.find(name);
    if (it != makers.end()) return it->second;
    return makers.emplace(name, find_maker(library_, dims_, home(), name)).first->second;
  };
  const auto fill = [&](const FoundMaker& maker, std::size_t place, std::string_view keyword) {
    std::optional<std::string> out;
    if (!maker.called) return out;
    std::size_t at = 0;
    const auto& params = maker.called->ast().params;
    for (std::size_t i = maker.is_class ? 1 : 0; i < params.size(); ++i) {
      const auto kind = params[i].kind;
      if (kind == ast::Param::Kind::star || kind == ast::Param::Kind::double_star) continue;
      if (keyword.empty() ? at++ == place : params[i].name == keyword) return size_for(*maker.called, params[i]);
    }
    return out;
  };
  std::optional<Making> making;
  std::optional<ClassesOf> classes;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    const auto is_stated = [&](const WorldParameter& p) {
      return p.name == param.name || p.name.starts_with(param.name + ".");
    };
    const auto is_stated_part = [&](const auto& one) {
      return one.first == param.name || one.first.starts_with(param.name + ".");
    };
    if (param.fallback.valid() || param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star ||
        std::ranges::any_of(options_.args, is_stated_part) || std::ranges::any_of(world_.parameters, is_stated))
      continue;
    // A loader is not known by what is done with it, but somebody may hand one over.
    const TakenApart* const apart = apart_of(param.name);
    const bool is_gone_through = apart != nullptr && apart->in_rows;
    const std::vector<UseOfObject> uses = uses_of(program(), exprs_in(*function_), param.name);
    const auto makes_something = [](const UseOfObject& use) { return !is_method_of_module(use.method); };
    if ((!is_gone_through && std::ranges::none_of(uses, makes_something)) || usage_of(*function_).is_tensor(param.name))
      continue;
    const std::string kind = annotated_kind(param);
    std::optional<std::string> made;
    bool is_guess = false;
    bool is_annotated = false;
    if (!is_gone_through && !kind.empty() && std::isupper(static_cast<unsigned char>(kind[0])) != 0 &&
        kind != "Tensor") {
      if (const auto maker = maker_of(kind); maker && maker->is_class) made = made_of_sizes(kind, *maker);
      is_annotated = made.has_value();
    }
    if (!made) {
      if (!making) making.emplace(library_.sources(), home(), maker_of, fill);
      made = making->handed_to(*function_, is_bound(), param.name);
    }
    const bool is_open = kind.empty() || kind == "Module" || kind == "Model" || kind == "Any";
    if (!made && is_open && !is_gone_through && !names_other_callable(param.name)) {
      if (!classes) classes.emplace(program());
      const ast::Class* own = target_.class_id ? &target_.module->program->class_of(*target_.class_id) : nullptr;
      if (const ast::Class* type = classes->only_fit(param.name, uses, own)) {
        if (const auto maker = maker_of(type->name); maker && maker->is_class) made = made_of_sizes(type->name, *maker);
        is_guess = made.has_value();
      }
    }
    if (made)
      objects_.push_back({.name = param.name,
                          .made = std::move(*made),
                          .from = is_annotated ? ShapeSource::annotation : ShapeSource::inferred,
                          .is_guess = is_guess});
  }
}

// The names among the arguments of such calls.
template <typename Such>
std::set<std::string_view> WorldBuilder::given_to(const Such& such) const {
  std::set<std::string_view> out;
  for (const std::uint32_t index : exprs_in(*function_)) {
    const auto* call = std::get_if<ast::Call>(&program().exprs[index].node);
    if (call == nullptr || !such(call->function)) continue;
    for (const ast::Argument& argument : call->arguments)
      if (const std::string_view name = moved_name(program(), argument.value); !name.empty()) out.insert(name);
  }
  return out;
}

// `model(x)`, `agent.act(obs)`.
std::set<std::string_view> WorldBuilder::given_to_objects() const {
  if (objects_.empty()) return {};
  return given_to([&](ast::ExprId called) {
    const auto* member = std::get_if<ast::Attribute>(&program().expr(called).node);
    const auto* owner = std::get_if<ast::Name>(&program().expr(member != nullptr ? member->value : called).node);
    return owner != nullptr && is_object(owner->id) && (member == nullptr || !is_method_of_module(member->name));
  });
}

// `self(x)`, `self.net(x)`, `self.encoder.encode(x)`, and `model(x)` of a parameter: what a model gets has a shape of
// its own. A method of the class itself may do anything with it.
std::set<std::string_view> WorldBuilder::given_to_models() const {
  const auto is_method = [&](std::string_view name) {
    return target_.class_id &&
           ast::own_method(*target_.module->program, target_.module->program->class_of(*target_.class_id), name);
  };
  return given_to([&](ast::ExprId called) {
    std::string_view first = ast::last_name(program(), called);
    if (names_other_callable(first) || is_method_of_module(first)) return false;
    int depth = 0;
    while (const auto* member = std::get_if<ast::Attribute>(&program().expr(called).node)) {
      first = member->name;
      called = member->value;
      ++depth;
    }
    const auto* root = std::get_if<ast::Name>(&program().expr(called).node);
    if (root == nullptr) return false;
    if (root->id == "self") return is_bound() && (depth == 0 || first == "forward" || depth > 1 || !is_method(first));
    return std::ranges::find(function_->params, root->id, &ast::Param::name) != function_->params.end();
  });
}

Shape WorldBuilder::input_of_object(int rank) {
  Shape out{batch()};
  if (rank == 3) out.push_back(fresh_axis("T"));
  out.push_back(fresh_axis("F"));
  if (rank == 4) {
    out.push_back(fresh_axis("H"));
    out.push_back(fresh_axis("W"));
  }
  return out;
}

// Does the code run with the objects? What takes long to find out is not worth it.
bool WorldBuilder::runs_with_objects() {
  std::uint64_t steps = 40'000;
  TraceInput trial = trial_input(steps);
  trial.until_conflict = true;
  const Paths paths = tracer_.run(target_, trial);
  const bool is_guess = std::ranges::any_of(objects_, &World::Object::is_guess);
  return !paths.traces.empty() && std::ranges::all_of(paths.traces, [&](const Trace& trace) {
    return shapelint::runs_clean(trace) && trace.end != PathEnd::exhausted &&
           !(is_guess && chance_in(dims_, world_, trace) != Chance::none);
  });
}

}  // namespace shapelint
