// Decorators: what they make of a function or class, and how a decorated target is called as its users call it.
#include <algorithm>

#include "lib/trace/run.h"

namespace shapelint {
namespace {

const FunctionV* function_in(const Value& value) {
  if (const auto* f = value.as<FunctionV>()) return f;
  const auto* descriptor = value.as<DescriptorV>();
  return descriptor != nullptr ? descriptor->function->as<FunctionV>() : nullptr;
}

// A function of the user's that stands for another one remembers it, as `functools.wraps` does in `__wrapped__`.
Value wrapping(Value wrapper, const Value& wrapped) {
  const auto* outer = wrapper.as<FunctionV>();
  const auto* inner = wrapped.as<FunctionV>();
  if (outer == nullptr || inner == nullptr || outer->function == inner->function) return wrapper;
  if (outer->function->home == nullptr || outer->function->home->is_framework) return wrapper;
  auto copy = std::make_shared<FunctionObject>(*outer->function);
  copy->wrapped = inner->function;
  return FunctionV{std::move(copy)};
}

bool takes(const ast::Function& function, std::string_view name) {
  return std::ranges::any_of(function.params, [&](const ast::Param& p) {
    return p.name == name && p.kind != ast::Param::Kind::star && p.kind != ast::Param::Kind::double_star;
  });
}

}  // namespace

Value Run::apply_decorators(Value made, const std::vector<ast::ExprId>& decorators) {
  const Value plain = made;
  for (std::size_t i = decorators.size(); i-- > 0;) {
    const ast::Expr& decorator = here().module->expr(decorators[i]);
    // Descriptors change how a function is reached; decorators of the user's, and those that the definitions of a
    // framework have, are entered. All others are seen through: whatever they add (a registry's entry, compilation, a
    // cache), what is called is what was written.
    const std::size_t unknowns = trace_.unknowns.size();
    const Value with = eval(decorators[i]);
    if (halted()) return made;
    if (with.is_unknown()) trace_.unknowns.resize(std::min(unknowns, trace_.unknowns.size()));
    const Value* callee = &with;
    if (const auto* bound = with.as<BoundV>()) callee = &bound->call->callee;
    const auto* function = callee->as<FunctionV>();
    const bool known = function != nullptr || (with.as<ObjectV>() != nullptr && plain.as<ClassV>() == nullptr);
    if (callee->as<BuiltinV>() == nullptr && !known) continue;
    Value wrapped =
        call(with, CallArguments{.positional = {made}, .spans = {decorator.span}}, decorator.span, decorator.span);
    if (flow_ == Flow::raised) {
      flow_ = Flow::normal;
      raised_.reset();
      continue;
    }
    const bool callable = wrapped.as<FunctionV>() != nullptr || wrapped.as<BoundV>() != nullptr ||
                          wrapped.as<DescriptorV>() != nullptr || wrapped.as<ObjectV>() != nullptr ||
                          wrapped.as<ClassV>() != nullptr;
    if (callable) made = wrapping(std::move(wrapped), made);
    else trace_.unknowns.resize(std::min(unknowns, trace_.unknowns.size()));
  }
  return made;
}

void Run::define_function(ast::FunctionId id) {
  const ast::Function& function = here().module->function(id);
  Value made = apply_decorators(make_function(id, function.name), function.decorators);
  const auto* f = function_in(made);
  if (f != nullptr && f->function->wrapped != nullptr && here().module == target_module_)
    decorated_.insert_or_assign(id.index, FunctionV{f->function});
  bind(function.name, std::move(made));
}

// The world knows the parameters of the function that was written; its callers meet those of the wrapper.
CallArguments Run::arguments_through(const FunctionObject& wrapper, bool skip_self) {
  const ast::Function& written = wrapper.written().ast();
  const std::vector<ast::Param>& params = wrapper.ast().params;
  const auto has = [&](ast::Param::Kind kind) {
    return std::ranges::find(params, kind, &ast::Param::kind) != params.end();
  };
  const bool any_keyword = has(ast::Param::Kind::double_star);
  const bool any_number = has(ast::Param::Kind::star);
  const CallArguments own = arguments_for(wrapper, skip_self, input_->parameters, false);
  const bool is_stated = std::ranges::none_of(own.positional, [](const Value& v) { return v.is_unknown(); });
  if (!any_keyword && !any_number && is_stated) return own;

  const CallArguments meant = arguments_for(wrapper.written(), skip_self, input_->parameters, true);
  CallArguments args;
  const auto pass = [&](const std::string& name, const Value& value, const Span& span) {
    args.keywords.emplace_back(name, value);
    args.keyword_spans.push_back(span);
  };
  std::size_t at = skip_self ? 1 : 0;
  for (std::size_t i = 0; i < meant.positional.size(); ++i, ++at) {
    const std::string& name = written.params[i + (skip_self ? 1 : 0)].name;
    const bool has_place = at < params.size() && params[at].kind <= ast::Param::Kind::normal;
    const bool fits = has_place ? params[at].name == name || !(takes(wrapper.ast(), name) || any_keyword) : any_number;
    if (fits && args.keywords.empty()) {
      args.positional.push_back(meant.positional[i]);
      args.spans.push_back(meant.spans[i]);
    } else if (takes(wrapper.ast(), name) || any_keyword) {
      pass(name, meant.positional[i], meant.spans[i]);
    }
  }
  for (std::size_t k = 0; k < meant.keywords.size(); ++k) {
    if (takes(wrapper.ast(), meant.keywords[k].first) || any_keyword)
      pass(meant.keywords[k].first, meant.keywords[k].second, meant.keyword_spans[k]);
  }
  // What only the wrapper takes (`weight`, `reduction`), where it is stated.
  for (const Binding& binding : input_->parameters) {
    if (takes(wrapper.ast(), binding.name) && !takes(written, binding.name))
      pass(binding.name, bind_parameter(binding, {}), {});
  }
  return args;
}

}  // namespace shapelint
