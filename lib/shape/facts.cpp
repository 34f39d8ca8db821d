// Learnt equalities: substitutions applied in order, and beside it differences known to be (or not to be) zero.
#include "lib/shape/facts.h"

#include <algorithm>

namespace shapelint {

Facts::Facts(DimTable& dims, std::optional<SymbolId> protected_symbol) : dims_(&dims), protected_(protected_symbol) {}

Dim Facts::resolve(Dim dim) const {
  for (const Substitution& s : substitutions_) dim = dims_->substitute(dim, s.from, s.to);
  return dim;
}

Shape Facts::resolve(const Shape& shape) const {
  Shape out;
  out.reserve(shape.size());
  for (const Dim dim : shape) out.push_back(resolve(dim));
  return out;
}

Tri Facts::same(Dim a, Dim b) const {
  a = resolve(a);
  b = resolve(b);
  const Tri direct = dims_->same(a, b);
  if (direct != Tri::unknown || (zero_.empty() && different_.empty())) return direct;
  const Dim difference = dims_->sub(a, b);
  for (const Dim zero : zero_) {
    const Dim known = resolve(zero);
    if (known == Dim{}) continue;
    if (dims_->divide(difference, known)) return Tri::yes;
    // k*difference == 0, with k a number
    if (const auto k = dims_->divide(known, difference); k && dims_->constant(*k)) return Tri::yes;
    if (dims_->same(difference, known) == Tri::no || dims_->same(difference, dims_->neg(known)) == Tri::no) {
      return Tri::no;
    }
  }
  for (const Dim nonzero : different_) {
    const Dim known = resolve(nonzero);
    // difference == 0 would make `known` 0
    if (dims_->divide(known, difference)) return Tri::no;
    if (const auto k = dims_->divide(difference, known); k && dims_->constant(*k).value_or(0) != 0) return Tri::no;
  }
  return Tri::unknown;
}

Tri Facts::at_most(Dim a, Dim b) const {
  a = resolve(a);
  b = resolve(b);
  const Tri direct = dims_->at_most(a, b);
  if (direct != Tri::unknown) return direct;
  const Dim above = dims_->sub(b, a);
  const Dim below = dims_->sub(dims_->sub(a, b), dims_->number(1));
  for (const Dim bound : at_least_0_) {
    const Dim known = resolve(bound);
    const auto exceeds = [&](Dim dim) { return dims_->constant(dims_->sub(dim, known)).value_or(-1) >= 0; };
    if (exceeds(above)) return Tri::yes;
    if (exceeds(below)) return Tri::no;
  }
  for (const Dim zero : zero_) {
    const Dim known = resolve(zero);
    for (const Dim moved : {dims_->add(b, known), dims_->sub(b, known)}) {
      if (const Tri answer = dims_->at_most(a, moved); answer != Tri::unknown) return answer;
    }
  }
  return same(a, b) == Tri::yes ? Tri::yes : Tri::unknown;
}

std::optional<Facts::Substitution> Facts::solve(Dim a, Dim b) const {
  const Dim difference = dims_->sub(a, b);
  const std::vector<SymbolId> symbols = dims_->symbols(difference);
  const auto lone_a = dims_->as_symbol(a);
  const auto lone_b = dims_->as_symbol(b);
  // With two symbols, `N+1 == M+1` is `N == M`.
  const bool is_pair =
      symbols.size() == 2 && (difference == dims_->sub(dims_->symbol(symbols[0]), dims_->symbol(symbols[1])) ||
                              difference == dims_->sub(dims_->symbol(symbols[1]), dims_->symbol(symbols[0])));

  std::optional<Substitution> best;
  int best_rank = 0;
  for (const SymbolId symbol : symbols) {  // from old to young, so that the younger of two equals wins
    if (symbol == protected_) continue;
    const bool lone = symbol == lone_a || symbol == lone_b;
    const bool anonymous = dims_->is_anonymous(symbol);
    if (!lone && !anonymous && !is_pair && symbols.size() != 1) continue;
    // difference == c*symbol + rest, with both free of the symbol
    const Dim rest = dims_->substitute(difference, symbol, Dim{});
    const auto c = dims_->divide(dims_->sub(difference, rest), dims_->symbol(symbol));
    if (!c || !dims_->constant(*c) || *dims_->constant(*c) == 0) continue;
    const auto remaining = dims_->symbols(rest);
    if (std::binary_search(remaining.begin(), remaining.end(), symbol)) continue;
    const auto value = dims_->divide(dims_->neg(rest), *c);
    if (!value) continue;
    if (mentions_protected(dims_->symbol(symbol)) && !mentions_protected(*value)) continue;
    const int rank = 1 + (anonymous ? 2 : 0) + (lone ? 1 : 0);
    if (rank < best_rank) continue;
    best = Substitution{symbol, *value};
    best_rank = rank;
  }
  return best;
}

void Facts::assume_same(Dim a, Dim b, Span where, bool stated) {
  const Tri known = same(a, b);
  if (known == Tri::yes) return;
  assumptions_.push_back({a, b, where, stated});
  // A contradiction teaches nothing; the path it stands on cannot run.
  if (known == Tri::no) return;
  a = resolve(a);
  b = resolve(b);
  const auto solved = solve(a, b);
  if (!solved) {
    zero_.push_back(dims_->sub(a, b));
    return;
  }
  substitutions_.push_back(*solved);
}

void Facts::assume_at_most(Dim a, Dim b) {
  if (at_most(a, b) == Tri::unknown) at_least_0_.push_back(dims_->sub(resolve(b), resolve(a)));
}

void Facts::assume_different(Dim a, Dim b) {
  if (same(a, b) == Tri::unknown) different_.push_back(dims_->sub(resolve(a), resolve(b)));
}

}  // namespace shapelint
