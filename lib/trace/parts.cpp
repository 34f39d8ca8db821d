// Parts of an axis that a loop goes over: `x[i*k:(i+1)*k]` for the i of a range, `torch.split(x, k)`. A window that the
// range keeps inside the axis has its written size. A part that may reach beyond the end is shorter there, so its size
// is not known; parts that follow each other from the first element to the last are the axis again when they are
// concatenated.
#include <algorithm>

#include "lib/trace/run.h"

namespace shapelint {

Dim Run::index_of(const RangeV& range) {
  const Dim index = dims_->fresh_number("?index");
  if (const auto length = length_of(range)) indices_.emplace(*dims_->as_symbol(index), LoopIndex{range, *length});
  return index;
}

std::optional<Dim> Run::stop_of_part(Dim size, Dim start, Dim stop) {
  const LoopIndex* loop = nullptr;
  SymbolId index{};
  for (const SymbolId symbol : dims_->symbols(start)) {
    const auto it = indices_.find(symbol);
    if (it == indices_.end()) continue;
    if (loop != nullptr) return std::nullopt;  // of two loops
    loop = &it->second;
    index = symbol;
  }
  if (loop == nullptr) {
    // In an evaluation the rounds have numbers.
    const auto from = evaluate(start);
    const auto end = evaluate(size);
    if (open_loops_ == 0 || !from || !end || *from < 0 || evaluate(stop) <= *end) return std::nullopt;
    const Dim rest = dims_->fresh("?part", dims_->symbols(size));
    learn_size(rest, std::max<std::int64_t>(0, *end - *from));
    return dims_->add(start, rest);
  }
  const Dim count = facts_.resolve(dims_->sub(stop, start));
  if (dims_->mentions(count, index) || facts_.at_most(count, dims_->number(1)) == Tri::yes) return std::nullopt;
  const auto at_round = [&](Dim dim, Dim round) {
    const Dim value = dims_->add(loop->range.start, dims_->mul(round, loop->range.step));
    return facts_.resolve(dims_->substitute(dim, index, value));
  };
  const Dim first = at_round(start, dims_->number(0));
  const Dim last_stop = at_round(stop, dims_->sub(loop->length, dims_->number(1)));
  const Dim whole = facts_.resolve(size);
  if (facts_.at_most(last_stop, whole) == Tri::yes &&
      facts_.at_most(at_round(stop, dims_->number(0)), whole) != Tri::no)
    return std::nullopt;
  std::vector<SymbolId> parents = dims_->symbols(whole);
  // Whoever makes the parts of the size itself (`split(x, x.size(1) // 2)`) means whole ones.
  if (std::ranges::any_of(parents, [&](SymbolId symbol) { return dims_->mentions(count, symbol); }))
    return std::nullopt;
  const Dim part = dims_->fresh("?part", std::move(parents));
  const Dim needed = dims_->floordiv(dims_->add(whole, dims_->sub(count, dims_->number(1))), count);
  const bool follow = facts_.same(at_round(start, dims_->number(1)), dims_->add(first, count)) == Tri::yes;
  if (dims_->is_number(first, 0) && follow && facts_.same(loop->length, needed) == Tri::yes)
    parts_.emplace(*dims_->as_symbol(part), PartOf{whole, loop->length});
  return dims_->add(start, part);
}

bool Run::are_parts_of_one(Dim a, Dim b) const {
  const auto part_of = [&](Dim dim) {
    const auto symbol = dims_->as_symbol(dim);
    return symbol ? parts_.find(*symbol) : parts_.end();
  };
  const auto one = part_of(a);
  const auto other = part_of(b);
  return one != parts_.end() && other != parts_.end() &&
         facts_.same(one->second.whole, other->second.whole) == Tri::yes &&
         facts_.same(one->second.rounds, other->second.rounds) == Tri::yes;
}

std::optional<Dim> Run::whole_of_parts(Dim part, Dim rounds) {
  const auto symbol = dims_->as_symbol(part);
  const auto it = symbol ? parts_.find(*symbol) : parts_.end();
  if (it == parts_.end() || facts_.same(it->second.rounds, rounds) != Tri::yes) return std::nullopt;
  return it->second.whole;
}

}  // namespace shapelint
