// Control flow: branches that fork or join, loops that unroll or run until their shapes are stable.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/run.h"

namespace shapelint {

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
  Heap before = heap();
  const std::size_t loads_before = loads_;
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
  Heap after_then = std::exchange(heap(), std::move(before));
  // Cells made on the first side stay valid: ids must not be used twice.
  heap().append_from(after_then);
  if (loads_ != loads_before) keep_loaded_names(after_then);
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
  if (flow_then != flow_else && flow_then != Flow::raised && flow_else != Flow::raised) {
    exact_round_ = false;
    if (flow_then != Flow::returned && flow_else != Flow::returned) here().uneven_rounds = true;
  }
  after_then.append_from(heap());
  if (flow_then == Flow::raised) {
    if (flow_else == Flow::raised) raised_ = raised_then;
    return;  // the first side is pruned
  }
  const auto take_first_side = [&] {
    const Heap after_else = std::exchange(heap(), std::move(after_then));
    if (loads_ != loads_before) keep_loaded_names(after_else);
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
    here().left.push_back(std::move(after_then));
  } else if (flow_else == Flow::returned) {
    here().pending.push_back(here().result);
    here().left.push_back(heap());
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
    learn(claim_of(condition), *taken);
    return exec_block(*taken ? node.then : node.otherwise);
  }
  both(
      span,
      [&] {
        learn(claim_of(condition), true);
        exec_block(node.then);
      },
      [&] {
        learn(claim_of(condition), false);
        exec_block(node.otherwise);
      });
}

void Run::exec_abstract_loop(const ast::Block& body, const Span& span, std::optional<Dim> rounds,
                             const std::function<void()>& before) {
  // Two rounds: the first sees the values from before the loop, the second what the first left, joined. Sizes that
  // still change are unknown by then, since a join of two sizes is a fresh one.
  const SymbolId inner = dims_->next_symbol();
  const bool exact_outside = exact_round_;
  const bool uneven_outside = here().uneven_rounds;
  // A loop over an axis has a first round: what it leaves (`if total is None: total = x`) is there afterwards.
  const bool has_first = rounds && facts_.at_most(dims_->number(1), *rounds) == Tri::yes;
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
          if (round == 0 && has_first) {
            flow_ = Flow::raised;  // nobody comes here
            return;
          }
          // The rounds that are counted may be none.
          for (const Grown& list : now) heap().write<ListData>(list.cell) = list.data;
        });
    grown.insert(grown.end(), now.begin(), now.end());
  }
  exact_round_ = exact_outside;
  here().uneven_rounds = uneven_outside;
}

// `for epoch in range(200)` around `loss.backward()`: the shapes of a round are those of the one before. Environments
// are another thing, since they fill what a step draws from.
bool Run::repeats_training(const Span& loop) {
  if (here().in_framework || here().home == nullptr || here().home->program == nullptr) return false;
  const ModuleFacts& facts = facts_of(*here().home);
  const auto [first, last] = facts.calls_in(loop);
  return !facts.imports_gym && std::any_of(first, last, [&](const auto& call) { return facts.trains(call); });
}

void Run::exec_for(const ast::For& node, const Span& span) {
  const Value iterable = eval(node.iterable);
  if (halted()) return;
  const Span iterable_span = here().module->expr(node.iterable).span;
  const auto length = length_of(iterable);
  if (auto items = elements(iterable, iterable_span)) {
    // The first two rounds and the last.
    constexpr std::size_t kTrainingRounds = 3;
    const std::size_t all_rounds = items->size();
    const bool is_cut = all_rounds > kTrainingRounds && iterable.as<RangeV>() != nullptr && repeats_training(span);
    if (is_cut) items->erase(items->begin() + 2, items->end() - 1);
    Heap before_second;
    const SymbolId inner = dims_->next_symbol();
    const bool samples = goes_over_samples(length);
    const Heap heap_before = samples ? heap() : Heap{};
    const bool open = concrete() && length && !dims_->constant(*length);
    if (samples) ++batch_loops_;
    if (open) ++open_loops_;
    bool broke = false;
    for (const Value& element : *items) {
      if (halted() || !spend(span)) break;
      if (is_cut && &element == &(*items)[1]) before_second = heap();
      // By the last round lists have grown in all that were left out: `if len(memory) > 32`.
      if (is_cut && &element == &items->back())
        repeat_growth(before_second, dims_->number(static_cast<std::int64_t>(all_rounds) - 2), true, inner, {}, span);
      assign(node.target, element);
      exec_block(node.body);
      if (flow_ == Flow::continue_loop) flow_ = Flow::normal;
      broke = flow_ == Flow::break_loop;
      if (broke) flow_ = Flow::normal;
      if (broke || flow_ != Flow::normal) break;
    }
    if (open) --open_loops_;
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

}  // namespace shapelint
