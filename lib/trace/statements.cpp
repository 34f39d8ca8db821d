// Control flow: branches that fork or join, loops that unroll or run until their shapes are stable, returns.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"
#include "lib/trace/run.h"

namespace shapelint {

void Run::exec_block(const ast::Block& block) {
  for (const ast::StmtId id : block) {
    if (flow_ != Flow::normal) return;
    exec(id);
  }
}

std::optional<bool> Run::decide(const Span& span) {
  for (const PathCondition& condition : input_->conditions) {
    if (condition.span == span) {
      trace_.conditions.push_back(condition);
      return condition.taken;
    }
  }
  if (here().in_framework || joins_ > 0 || decisions_ == nullptr) return std::nullopt;
  if (decisions_->next == decisions_->taken.size()) {
    if (static_cast<int>(decisions_->taken.size()) >= input_->budget.forks) return std::nullopt;
    decisions_->taken.push_back(true);
    decisions_->open.push_back(true);
  }
  const bool taken = decisions_->taken[decisions_->next++];
  trace_.conditions.push_back({span, taken});
  return taken;
}

void Run::refine(ast::ExprId condition, bool taken) {
  const ast::Expr& expr = here().module->expr(condition);
  if (const auto* logical = std::get_if<ast::Logical>(&expr.node)) {
    // All of an `and` hold where it was taken, none of an `or` where it was not.
    if (logical->is_and == taken) {
      for (const ast::ExprId operand : logical->operands) refine(operand, taken);
    }
    return;
  }
  if (const auto* unary_node = std::get_if<ast::Unary>(&expr.node)) {
    if (unary_node->op == ast::UnaryOp::logical_not) refine(unary_node->operand, !taken);
    return;
  }
  const auto* compare_node = std::get_if<ast::Compare>(&expr.node);
  if (compare_node == nullptr || compare_node->ops.size() != 1) return;
  const bool equality = compare_node->ops[0] == ast::CompareOp::equal;
  if (!equality && compare_node->ops[0] != ast::CompareOp::not_equal) return;
  const Value left = eval(compare_node->operands[0]);
  const Value right = eval(compare_node->operands[1]);
  const auto learn = [&](const Value& p, const Value& q) {
    const auto a = as_dim(p);
    const auto b = as_dim(q);
    if (!a || !b) return;
    if (equality == taken) facts_.assume_same(*a, *b, expr.span, true);
    else facts_.assume_different(*a, *b);
  };
  const auto* p = left.as<TupleV>();
  const auto* q = right.as<TupleV>();
  if (p != nullptr && q != nullptr && p->items->size() == q->items->size() && equality == taken) {
    for (std::size_t i = 0; i < p->items->size(); ++i) learn((*p->items)[i], (*q->items)[i]);
  } else {
    learn(left, right);
  }
}

// What a module's statements made while one side ran is there for the other side as well.
void Run::keep_loaded_names(const Heap& other) {
  for (const HeapId cell : heap().differing(other)) {
    const auto* theirs = std::get_if<ScopeData>(&other.cell(cell.index));
    if (theirs == nullptr || theirs->module == nullptr) continue;
    ScopeData& mine = heap().write<ScopeData>(cell);
    for (const auto& [name, value] : theirs->names) mine.names.emplace(name, value);
    if (theirs->stars.size() > mine.stars.size()) mine.stars = theirs->stars;
  }
}

template <class Then, class Else>
void Run::both(const Span& span, Then then, Else otherwise) {
  // Copies and joins of the heap are work as well; the loops over unknown conditions double it with each level.
  if (!spend(span, 1 + heap().size() / 1024)) return;
  ++joins_;
  const Heap before = heap();
  const Facts facts_before = facts_;
  const auto conflicts_before = static_cast<std::ptrdiff_t>(trace_.conflicts.size());
  then();
  const auto conflicts_then = static_cast<std::ptrdiff_t>(trace_.conflicts.size());
  if (flow_ == Flow::stopped) {
    --joins_;
    return;
  }
  const Flow flow_then = flow_;
  const Value result_then = here().result;
  const std::optional<Raised> raised_then = raised_;
  Heap after_then = heap();
  heap() = before;
  // Cells made on the first side stay valid: ids must not be used twice.
  heap().append_from(after_then);
  keep_loaded_names(after_then);
  facts_ = facts_before;
  flow_ = Flow::normal;
  raised_.reset();
  otherwise();
  --joins_;
  facts_ = facts_before;
  // A definition that asks for the rank and does not learn it: what only one of its ways refuses is not refused.
  const bool both_refuse =
      conflicts_then > conflicts_before && static_cast<std::ptrdiff_t>(trace_.conflicts.size()) > conflicts_then;
  if (here().in_framework && !both_refuse)
    trace_.conflicts.erase(trace_.conflicts.begin() + conflicts_before, trace_.conflicts.end());
  if (flow_ == Flow::stopped) return;
  const Flow flow_else = flow_;
  // A round that one side leaves early is no full round.
  if (flow_then != flow_else && flow_then != Flow::raised && flow_else != Flow::raised) exact_round_ = false;
  after_then.append_from(heap());
  if (flow_then == Flow::raised) {
    if (flow_else == Flow::raised) raised_ = raised_then;
    return;  // the first side is pruned
  }
  const auto take_first_side = [&] {
    const Heap after_else = std::exchange(heap(), std::move(after_then));
    keep_loaded_names(after_else);
  };
  if (flow_else == Flow::raised) {
    take_first_side();
    raised_.reset();
    here().result = result_then;
    flow_ = flow_then;
    return;
  }
  if (flow_then == Flow::returned && flow_else == Flow::returned) {
    here().result = join(result_then, here().result, span);
    join_heap(after_then, span);
  } else if (flow_then == Flow::returned) {
    here().pending.push_back(result_then);
  } else if (flow_else == Flow::returned) {
    here().pending.push_back(here().result);
    take_first_side();
    flow_ = flow_then;
  } else {
    join_heap(after_then, span);
    if (flow_then != flow_else) flow_ = Flow::normal;
  }
}

void Run::exec_if(const ast::If& node, const Span& span) {
  const Value condition = eval(node.condition);
  if (halted()) return;
  const Tri t = truth(condition);
  if (t == Tri::yes) return exec_block(node.then);
  if (t == Tri::no) return exec_block(node.otherwise);
  if (const auto taken = decide(here().module->expr(node.condition).span)) {
    refine(node.condition, *taken);
    return exec_block(*taken ? node.then : node.otherwise);
  }
  both(
      span,
      [&] {
        refine(node.condition, true);
        exec_block(node.then);
      },
      [&] {
        refine(node.condition, false);
        exec_block(node.otherwise);
      });
}

void Run::exec_abstract_loop(const ast::Block& body, const Span& span, std::optional<Dim> rounds,
                             const std::function<void()>& before) {
  // Two rounds: the first sees the values from before the loop, the second what the first left, joined. Sizes that
  // still change are unknown by then, since a join of two sizes is a fresh one.
  const SymbolId inner = dims_->next_symbol();
  const bool exact_outside = exact_round_;
  std::vector<Grown> grown;
  for (int round = 0; round < 2 && !halted() && flow_ == Flow::normal; ++round) {
    std::vector<Grown> now;
    both(
        span,
        [&] {
          const Heap heap_before = heap();
          exact_round_ = true;
          before();
          exec_block(body);
          if (flow_ == Flow::break_loop || flow_ == Flow::returned) exact_round_ = false;
          if (flow_ == Flow::break_loop || flow_ == Flow::continue_loop) flow_ = Flow::normal;
          if (!halted()) now = repeat_growth(heap_before, rounds, exact_round_, inner, grown, span);
        },
        [&] {
          // The rounds that are counted may be none.
          for (const Grown& list : now) heap().write<ListData>(list.cell) = list.data;
        });
    grown.insert(grown.end(), now.begin(), now.end());
  }
  exact_round_ = exact_outside;
}

void Run::exec_for(const ast::For& node, const Span& span) {
  const Value iterable = eval(node.iterable);
  if (halted()) return;
  const Span iterable_span = here().module->expr(node.iterable).span;
  const auto length = length_of(iterable);
  if (const auto items = elements(iterable, iterable_span)) {
    const bool samples = goes_over_samples(length);
    const Heap heap_before = samples ? heap() : Heap{};
    if (samples) ++batch_loops_;
    bool broke = false;
    for (const Value& element : *items) {
      if (halted() || !spend(span)) break;
      assign(node.target, element);
      exec_block(node.body);
      if (flow_ == Flow::continue_loop) flow_ = Flow::normal;
      broke = flow_ == Flow::break_loop;
      if (broke) flow_ = Flow::normal;
      if (broke || flow_ != Flow::normal) break;
    }
    if (samples) {
      --batch_loops_;
      if (!halted()) leave_unrolled_loop(heap_before, *length, static_cast<std::int64_t>(items->size()), span);
    }
    if (broke || flow_ != Flow::normal) return;
    return exec_block(node.otherwise);
  }
  const auto sequence = as_sequence(iterable, iterable_span);
  exec_abstract_loop(node.body, span, sequence ? std::optional(sequence->length) : std::nullopt, [&] {
    assign(node.target, sequence ? *sequence->element : any_element(iterable, iterable_span));
  });
}

void Run::exec_while(const ast::While& node, const Span& span) {
  for (int iteration = 0;; ++iteration) {
    const Tri t = truth(eval(node.condition));
    if (halted()) return;
    if (t == Tri::no) return exec_block(node.otherwise);
    if (t == Tri::unknown) break;
    if (iteration >= input_->budget.iterations) {
      return stop(span, fmt::format("the loop did not end within {} rounds", input_->budget.iterations));
    }
    exec_block(node.body);
    if (flow_ == Flow::continue_loop) flow_ = Flow::normal;
    if (flow_ == Flow::break_loop) {
      flow_ = Flow::normal;
      return;
    }
    if (flow_ != Flow::normal) return;
  }
  exec_abstract_loop(node.body, span, std::nullopt, [&] { eval(node.condition); });
}

void Run::assign(ast::ExprId target, Value value, const Span* value_at) {
  if (halted()) return;
  const ast::Expr& expr = here().module->expr(target);
  const Span value_span = value_at != nullptr ? *value_at : expr.span;
  if (const auto* name = std::get_if<ast::Name>(&expr.node)) {
    bind(name->id, std::move(value));
    return;
  }
  if (const auto* attr = std::get_if<ast::Attribute>(&expr.node)) {
    set_attribute(eval(attr->value), attr->name, std::move(value), expr.span);
    return;
  }
  if (const auto* sub = std::get_if<ast::Subscript>(&expr.node)) {
    Value container = eval(sub->value);
    const Value index = eval(sub->index);
    if (const auto method = special_method(*this, container, "__setitem__", expr.span)) {
      call_with(*this, *method, {index, std::move(value)}, expr.span);
      return;
    }
    if (const Value* held = native_of(*this, container)) container = Value(*held);
    if (const auto* dict = container.as<DictV>()) {
      DictData& data = heap().write<DictData>(dict->cell);
      for (auto& [key, item] : data.items) {
        if (equal(key, index) == Tri::yes) {
          item = std::move(value);
          return;
        }
      }
      if (index.is_unknown()) {
        data.complete = false;
        for (auto& [key, item] : data.items) {
          if (!key.is_unknown()) continue;
          item = join(item, value, expr.span);
          return;
        }
      }
      data.items.emplace_back(index, std::move(value));
    } else if (const auto* list = container.as<ListV>()) {
      ListData& data = heap().write<ListData>(list->cell);
      const auto at = known_int(index);
      const auto count = static_cast<std::int64_t>(data.items.size());
      if (at && !data.generic && *at >= -count && *at < count) {
        data.items[static_cast<std::size_t>(*at < 0 ? *at + count : *at)] = std::move(value);
      } else {
        // At a position that is not known, or one that stands for many.
        ValueList items = data.items;
        for (Value& item : items) item = join(item, value, expr.span);
        heap().write<ListData>(list->cell).items = std::move(items);
      }
    } else if (const auto* t = container.as<TensorV>()) {
      if (!halted()) write_part(t->id, index, value, expr.span, value_span);
    } else if (container.as<ObjectV>() != nullptr) {
      if (const auto method = find_attribute(container, "__setitem__", expr.span)) {
        call(*method, CallArguments{.positional = {index, value}, .spans = {expr.span, value_span}}, expr.span,
             expr.span);
      }
    }
    return;
  }
  const std::vector<ast::ExprId>* items = nullptr;
  if (const auto* tuple = std::get_if<ast::TupleExpr>(&expr.node)) items = &tuple->items;
  if (const auto* list = std::get_if<ast::ListExpr>(&expr.node)) items = &list->items;
  if (items == nullptr) {
    if (const auto* star = std::get_if<ast::Starred>(&expr.node)) assign(star->value, std::move(value));
    return;
  }
  std::optional<std::size_t> star;
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (std::holds_alternative<ast::Starred>(here().module->expr((*items)[i]).node)) star = i;
  }
  std::optional<ValueList> parts;
  if (const auto* t = value.as<TensorV>(); t != nullptr && !star) {
    // Unpacking says how many elements the first axis has.
    const Tensor& whole = tensor(t->id);
    if (whole.shape && !whole.shape->empty()) {
      const Dim count = dims_->number(static_cast<std::int64_t>(items->size()));
      const Dim first = (*whole.shape)[0];
      if (facts_.same(first, count) == Tri::no) {
        conflict(expr.span,
                 {"unpack.C1", fmt::format("{} values are unpacked from the first axis of {}", items->size(),
                                           shapelint::show(facts_.resolve(*whole.shape), *dims_))},
                 {t->id});
      } else if (facts_.same(first, count) == Tri::unknown) {
        facts_.assume_same(first, count, expr.span, true);
      }
      parts.emplace();
      for (std::size_t i = 0; i < items->size(); ++i) {
        parts->push_back(subscript(value, IntV{dims_->number(static_cast<std::int64_t>(i))}, expr.span, expr.span));
      }
    }
  } else if (const auto* sequence = value.as<SequenceV>()) {
    parts.emplace(items->size(), *sequence->element);
  } else {
    parts = elements(value, expr.span);
  }
  if (!parts) {
    const std::string reason =
        value.is_unknown() ? *value.as<UnknownV>()->reason : "unpacked from an unknown number of values";
    for (const ast::ExprId item : *items) assign(item, make_unknown(reason));
    return;
  }
  if (star) {
    if (parts->size() + 1 < items->size()) {
      raise(expr.span, fmt::format("not enough values to unpack: {}", parts->size()));
      return;
    }
    const std::size_t middle = parts->size() + 1 - items->size();
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i < *star) {
        assign((*items)[i], (*parts)[i]);
      } else if (i == *star) {
        ValueList rest(parts->begin() + static_cast<std::ptrdiff_t>(i),
                       parts->begin() + static_cast<std::ptrdiff_t>(i + middle));
        assign((*items)[i], ListV{heap().make(ListData{std::move(rest)})});
      } else {
        assign((*items)[i], (*parts)[i + middle - 1]);
      }
    }
    return;
  }
  if (parts->size() != items->size()) {
    std::vector<TensorId> from;
    if (const auto* tuple = value.as<TupleV>()) {
      if (const auto it = shapes_of_.find(tuple->items.get()); it != shapes_of_.end()) from.push_back(it->second);
    }
    conflict(expr.span,
             {"unpack.C1", fmt::format("{} names are unpacked from {} values{}", items->size(), parts->size(),
                                       from.empty() ? "" : ", the sizes of " + show(TensorV{from[0]}))},
             from);
    for (const ast::ExprId item : *items) assign(item, make_unknown("unpacked from another number of values"));
    return;
  }
  for (std::size_t i = 0; i < items->size(); ++i) assign((*items)[i], (*parts)[i]);
}

// The names of an exception's class and of that one's bases, from the expression after `raise`.
std::vector<std::string> Run::exception_types(ast::ExprId exception) {
  const auto* made = std::get_if<ast::Call>(&here().module->expr(exception).node);
  const ast::ExprId type = made != nullptr ? made->function : exception;
  std::vector<std::string> out;
  const auto& node = here().module->expr(type).node;
  if (const auto* attr = std::get_if<ast::Attribute>(&node)) out.push_back(attr->name);
  const auto* name = std::get_if<ast::Name>(&node);
  if (name == nullptr) return out;
  out.push_back(name->id);
  const Flow flow = std::exchange(flow_, Flow::normal);
  const Value value = lookup(name->id, here().module->expr(type).span);
  flow_ = flow;
  const auto* known = value.as<ClassV>();
  bool unknown_base = false;
  if (known == nullptr) return value.as<BuiltinV>() != nullptr ? out : std::vector<std::string>{};
  for (const HeapId cell : linear_bases(known->cell, unknown_base)) {
    out.push_back(heap().read<ClassData>(cell).name);
    for (const Value& base : heap().read<ClassData>(cell).bases)
      if (const auto* type_name = base.as<BuiltinV>()) out.emplace_back(type_name->builtin->name);
  }
  return unknown_base ? std::vector<std::string>{} : out;
}

namespace {

// The base of each builtin exception, as far as handlers tell them apart.
constexpr std::pair<std::string_view, std::string_view> kExceptionBases[] = {
    {"ModuleNotFoundError", "ImportError"},   {"KeyError", "LookupError"},          {"IndexError", "LookupError"},
    {"ZeroDivisionError", "ArithmeticError"}, {"OverflowError", "ArithmeticError"}, {"FileNotFoundError", "OSError"},
    {"NotImplementedError", "RuntimeError"},  {"RecursionError", "RuntimeError"},   {"UnicodeError", "ValueError"},
};

std::string_view last_name(const ast::Module& module, ast::ExprId id) {
  const auto& node = module.expr(id).node;
  if (const auto* attr = std::get_if<ast::Attribute>(&node)) return attr->name;
  if (const auto* name = std::get_if<ast::Name>(&node)) return name->id;
  return {};
}

std::vector<std::string_view> handled_types(const ast::Module& module, const ast::Handler& handler) {
  if (const auto* several = std::get_if<ast::TupleExpr>(&module.expr(handler.type).node)) {
    std::vector<std::string_view> out;
    for (const ast::ExprId item : several->items) out.push_back(last_name(module, item));
    return out;
  }
  return {last_name(module, handler.type)};
}

// Does a handler catch what was raised? What is not known is caught by the first that might.
bool catches(const ast::Module& module, const ast::Handler& handler, const std::vector<std::string>& raised) {
  if (!handler.type.valid() || raised.empty()) return true;
  for (const std::string_view type : handled_types(module, handler)) {
    if (type == "Exception" || type == "BaseException" || type.empty()) return true;
    for (std::string_view name : raised) {
      for (int level = 0; level < 4; ++level) {
        if (name == type) return true;
        const auto* base =
            std::ranges::find(kExceptionBases, name, &std::pair<std::string_view, std::string_view>::first);
        if (base == std::end(kExceptionBases)) break;
        name = base->second;
      }
    }
  }
  return false;
}

bool expects_missing_modules(const ast::Module& module, const ast::Try& node) {
  return std::ranges::any_of(
      node.handlers, [&](const ast::Handler& handler) { return catches(module, handler, {"ModuleNotFoundError"}); });
}

}  // namespace

void Run::exec_try(const ast::Try& node) {
  const std::size_t conflicts = trace_.conflicts.size();
  const ast::Module& module = *here().module;
  const bool guards = expects_missing_modules(module, node);
  here().import_guards += guards ? 1 : 0;
  exec_block(node.body);
  here().import_guards -= guards ? 1 : 0;
  if ((flow_ == Flow::raised || trace_.conflicts.size() > conflicts) && !node.handlers.empty() &&
      flow_ != Flow::stopped) {
    // The code expects this to fail: what failed is no finding, and the handler goes on.
    trace_.conflicts.resize(conflicts);
    if (flow_ == Flow::raised) {
      const std::vector<std::string> types = raised_ ? raised_->types : std::vector<std::string>{};
      const bool missing = raised_ && raised_->message.starts_with("ModuleNotFoundError");
      const auto handler =
          std::ranges::find_if(node.handlers, [&](const ast::Handler& h) { return catches(module, h, types); });
      if (handler != node.handlers.end()) {
        flow_ = Flow::normal;
        raised_.reset();
        if (!handler->name.empty()) bind(handler->name, make_unknown("the exception that was caught"));
        exec_block(handler->body);
        if (flow_ == Flow::raised && missing) {
          // Without the package there is nothing to run; with it, what it gives is not known.
          flow_ = Flow::normal;
          raised_.reset();
          exec_block(node.body);
        }
      }
    }
  } else if (flow_ == Flow::normal) {
    exec_block(node.otherwise);
  }
  if (flow_ == Flow::stopped) return;
  const Flow flow = flow_;
  const std::optional<Raised> raised = raised_;
  flow_ = Flow::normal;
  exec_block(node.finally);
  if (flow_ != Flow::normal) return;
  flow_ = flow;
  raised_ = raised;
}

void Run::exec(ast::StmtId id) {
  const ast::Stmt& stmt = here().module->stmt(id);
  if (!spend(stmt.span)) return;
  if (input_->probe) probe_statement();
  ++recursion_;
  std::visit(
      [&](const auto& node) {
        using T = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<T, ast::ExprStmt>) {
          eval(node.value);
        } else if constexpr (std::is_same_v<T, ast::Assign>) {
          const Value value = eval(node.value);
          const Span value_span = here().module->expr(node.value).span;
          for (const ast::ExprId target : node.targets) assign(target, value, &value_span);
        } else if constexpr (std::is_same_v<T, ast::AugmentedAssign>) {
          const Value left = eval(node.target);
          const Value right = eval(node.value);
          // `a += b` in place gives the same elements as `a + b`; a list grows in place.
          constexpr std::string_view kInPlace[] = {"__iadd__", "__isub__", "__imul__", "__itruediv__"};
          if (left.template as<ObjectV>() != nullptr && static_cast<std::size_t>(node.op) < std::size(kInPlace)) {
            const auto method = special_method(*this, left, kInPlace[static_cast<std::size_t>(node.op)], stmt.span);
            if (method) return assign(node.target, call_with(*this, *method, {right}, stmt.span));
          }
          if (left.as<ListV>() != nullptr && node.op == ast::BinaryOp::add) {
            call_member(left, "extend", CallArguments{.positional = {right}, .spans = {stmt.span}}, stmt.span);
            return;
          }
          const Value value = binary(node.op, left, right, stmt.span, here().module->expr(node.target).span,
                                     here().module->expr(node.value).span);
          if (const auto* t = value.template as<TensorV>(); t != nullptr && !here().in_framework && !halted()) {
            trace_.exprs.push_back({stmt.span, here().frame, t->id});
          }
          // `x[mask] += v` writes a part of x, whatever `x[mask]` is.
          const bool part = std::holds_alternative<ast::Subscript>(here().module->expr(node.target).node);
          if (!part && write_in_place(left, value, stmt.span)) return;
          const Span value_span = here().module->expr(node.value).span;
          assign(node.target, value, &value_span);
        } else if constexpr (std::is_same_v<T, ast::AnnotatedAssign>) {
          if (node.value.valid()) assign(node.target, eval(node.value));
        } else if constexpr (std::is_same_v<T, ast::Return>) {
          here().result = eval(node.value);
          here().result_span = node.value.valid() ? here().module->expr(node.value).span : stmt.span;
          if (!halted()) flow_ = Flow::returned;
        } else if constexpr (std::is_same_v<T, ast::If>) {
          exec_if(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::For>) {
          exec_for(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::While>) {
          exec_while(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::Break>) {
          flow_ = Flow::break_loop;
        } else if constexpr (std::is_same_v<T, ast::Continue>) {
          flow_ = Flow::continue_loop;
        } else if constexpr (std::is_same_v<T, ast::Assert>) {
          const Tri t = truth(eval(node.condition));
          if (halted()) return;
          if (t == Tri::no && claims_nothing_is_counted(node.condition)) return;
          if (t == Tri::no) {
            // An assertion about sizes that cannot hold contradicts the code; one about values is a check of input.
            const std::string_view text = library_->sources().text(here().module->expr(node.condition).span);
            const bool about_shapes =
                text.find("shape") != std::string_view::npos || text.find("dim") != std::string_view::npos;
            if (about_shapes && !here().in_framework && !input_->concrete && joins_ == 0) {
              trace_.contract_breaks.push_back(
                  {"assert", fmt::format("`{}` cannot hold for any sizes", text), stmt.span, here().frame});
            }
            raise(stmt.span, "AssertionError");
          } else if (t == Tri::unknown) refine(node.condition, true);
        } else if constexpr (std::is_same_v<T, ast::Raise>) {
          std::string text = "an exception is raised";
          if (node.exception.valid()) {
            const ast::Expr& exception = here().module->expr(node.exception);
            if (const auto* made = std::get_if<ast::Call>(&exception.node);
                made != nullptr && !made->arguments.empty()) {
              text = show(eval(made->arguments[0].value));
            } else {
              text = std::string(library_->sources().text(exception.span));
            }
          }
          raise(stmt.span, std::move(text));
          if (raised_ && node.exception.valid()) raised_->types = exception_types(node.exception);
        } else if constexpr (std::is_same_v<T, ast::FunctionDef>) {
          const ast::Function& function = here().module->function(node.function);
          bind(function.name, apply_decorators(make_function(node.function, function.name), function.decorators));
        } else if constexpr (std::is_same_v<T, ast::ClassDef>) {
          bind(here().module->class_of(node.class_id).name, define_class(node.class_id));
        } else if constexpr (std::is_same_v<T, ast::Import>) {
          exec_import(node);
        } else if constexpr (std::is_same_v<T, ast::ImportFrom>) {
          exec_import_from(node, stmt.span);
        } else if constexpr (std::is_same_v<T, ast::Global>) {
          for (const std::string& name : node.names) here().outer_names[name] = true;
        } else if constexpr (std::is_same_v<T, ast::Nonlocal>) {
          for (const std::string& name : node.names) here().outer_names[name] = false;
        } else if constexpr (std::is_same_v<T, ast::Delete>) {
          for (const ast::ExprId target : node.targets) {
            if (const auto* name = std::get_if<ast::Name>(&here().module->expr(target).node)) {
              heap().template write<ScopeData>(here().scope).names.erase(name->id);
            } else if (const auto* attr = std::get_if<ast::Attribute>(&here().module->expr(target).node)) {
              const Value object = eval(attr->value);
              if (const auto* known = object.template as<ObjectV>())
                heap().template write<ObjectData>(known->cell).attributes.erase(attr->name);
            } else if (const auto* sub = std::get_if<ast::Subscript>(&here().module->expr(target).node)) {
              const Value container = eval(sub->value);
              const Value index = eval(sub->index);
              const auto at = known_int(index);
              if (const auto* dict = container.template as<DictV>()) {
                const DictData data = heap().template read<DictData>(dict->cell);
                DictData left{.complete = data.complete && !index.is_unknown()};
                for (const auto& item : data.items) {
                  if (equal(item.first, index) != Tri::yes) left.items.push_back(item);
                }
                heap().template write<DictData>(dict->cell) = std::move(left);
              }
              if (const auto* list = container.template as<ListV>(); list != nullptr && at) {
                auto& items = heap().template write<ListData>(list->cell).items;
                const auto count = static_cast<std::int64_t>(items.size());
                const std::int64_t position = *at < 0 ? *at + count : *at;
                const bool generic = heap().template read<ListData>(list->cell).generic;
                if (!generic && position >= 0 && position < count) items.erase(items.begin() + position);
              }
            }
          }
        } else if constexpr (std::is_same_v<T, ast::With>) {
          for (const ast::WithItem& item : node.items) {
            Value context = eval(item.context);
            if (!item.target.valid()) continue;
            Value entered = context;
            if (context.template as<ObjectV>() != nullptr) {
              const auto enter = find_attribute(context, "__enter__", stmt.span);
              if (enter && !enter->is_unknown()) entered = call(*enter, {}, stmt.span, stmt.span);
            }
            assign(item.target, std::move(entered));
          }
          exec_block(node.body);
        } else if constexpr (std::is_same_v<T, ast::Try>) {
          exec_try(node);
        } else if constexpr (std::is_same_v<T, ast::UnknownStmt>) {
          note_unknown(stmt.span, node.reason);
        } else {
          static_assert(std::is_same_v<T, ast::Pass>);
        }
      },
      stmt.node);
  --recursion_;
  if (input_->probe) probe_statement();
}

}  // namespace shapelint
