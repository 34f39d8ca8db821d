// Recursion over what is not known: `tree_map(f, tree)` of an unknown tree calls itself with an unknown part of it, and
// so on. What comes back is not known either.
#include <algorithm>

#include "lib/trace/run.h"

namespace shapelint {
namespace {

// Does a call that gets `b` where the one around it got `a` stand where that one stood? Both may be unknown.
bool is_no_step(Run& run, const Value& a, const Value& b, int depth = 0) {
  if (depth > 8) return false;  // a list may hold itself
  if (a.is_unknown() || b.is_unknown()) return a.is_unknown() && b.is_unknown();
  if (a.as<NoneV>() != nullptr) return b.as<NoneV>() != nullptr;
  if (const auto* x = a.as<bool>()) return b.as<bool>() != nullptr && *x == *b.as<bool>();
  if (const auto* x = a.as<double>()) return b.as<double>() != nullptr && *x == *b.as<double>();
  if (const auto* x = a.as<IntV>())
    return b.as<IntV>() != nullptr && run.facts().same(x->dim, b.as<IntV>()->dim) == Tri::yes;
  if (const auto* x = a.as<StrV>()) return b.as<StrV>() != nullptr && *x->text == *b.as<StrV>()->text;
  if (const auto* x = a.as<TensorV>()) return b.as<TensorV>() != nullptr && x->id == b.as<TensorV>()->id;
  if (const auto* x = a.as<ObjectV>()) return b.as<ObjectV>() != nullptr && x->cell == b.as<ObjectV>()->cell;
  if (const auto* x = a.as<BuiltinV>()) return b.as<BuiltinV>() != nullptr && x->builtin == b.as<BuiltinV>()->builtin;
  if (const auto* x = a.as<FunctionV>()) {
    const auto* y = b.as<FunctionV>();
    return y != nullptr && x->function->module == y->function->module && x->function->id == y->function->id;
  }
  const auto same_items = [&](const ValueList& p, const ValueList& q) {
    return std::ranges::equal(
        p, q, [&](const Value& one, const Value& other) { return is_no_step(run, one, other, depth + 1); });
  };
  if (const auto* x = a.as<TupleV>()) return b.as<TupleV>() != nullptr && same_items(*x->items, *b.as<TupleV>()->items);
  if (const auto* x = a.as<ListV>()) {
    const auto* y = b.as<ListV>();
    return y != nullptr &&
           same_items(run.heap().read<ListData>(x->cell).items, run.heap().read<ListData>(y->cell).items);
  }
  if (const auto* x = a.as<DictV>()) {  // `**kwargs`: a new one for each call
    const auto* y = b.as<DictV>();
    return y != nullptr && run.heap().read<DictData>(x->cell).items.empty() &&
           run.heap().read<DictData>(y->cell).items.empty();
  }
  return false;
}

bool holds_unknown(Run& run, const Value& value, int depth = 0) {
  if (value.is_unknown() || depth > 8) return value.is_unknown();
  const auto in = [&](const ValueList& items) {
    return std::ranges::any_of(items, [&](const Value& item) { return holds_unknown(run, item, depth + 1); });
  };
  if (const auto* tuple = value.as<TupleV>()) return in(*tuple->items);
  const auto* list = value.as<ListV>();
  return list != nullptr && in(run.heap().read<ListData>(list->cell).items);
}

}  // namespace

bool Run::is_endless(const FunctionObject& function, const ScopeData& arguments) {
  for (std::size_t i = stack_.size(); i-- > 0;) {
    const Activation& around = *stack_[i];
    const Frame& frame = trace_.frame(around.frame);
    if (frame.module != function.module || frame.function_id != function.id) continue;
    HeapId scope = around.scope;  // that of a comprehension in its body may be around the call
    const auto has_all = [&] {
      const ScopeData& data = heap().read<ScopeData>(scope);
      return std::ranges::all_of(arguments.names, [&](const auto& a) { return data.names.contains(a.first); });
    };
    for (int level = 0; level < 8 && !has_all(); ++level) {
      if (!heap().read<ScopeData>(scope).has_parent) return false;
      scope = heap().read<ScopeData>(scope).parent;
    }
    if (!has_all()) return false;
    const ScopeData& before = heap().read<ScopeData>(scope);
    return std::ranges::any_of(arguments.names,
                               [&](const auto& argument) { return holds_unknown(*this, argument.second); }) &&
           std::ranges::all_of(arguments.names, [&](const auto& argument) {
             return is_no_step(*this, before.names.find(argument.first)->second, argument.second);
           });
  }
  return false;
}

}  // namespace shapelint
