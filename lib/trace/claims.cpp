// What conditions that are not known say of sizes, and what a path learns from taking them. A claim goes with the value
// (`same = x.shape == y.shape`, `all(i == j for i, j in zip(x.shape, y.shape))`), so that it does not matter how the
// condition is spelled or where it was made.
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "lib/trace/run.h"

namespace shapelint {

std::shared_ptr<const Claim> claim_of(const Value& truth) {
  const auto* open = truth.as<UnknownV>();
  return open != nullptr ? open->claim : nullptr;
}

std::shared_ptr<const Claim> negated(std::shared_ptr<const Claim> claim) {
  if (claim == nullptr) return nullptr;
  if (claim->kind == Claim::Kind::negation) return claim->parts[0];
  return std::make_shared<const Claim>(Claim{.kind = Claim::Kind::negation, .parts = {std::move(claim)}});
}

Value with_claim(Value truth, std::shared_ptr<const Claim> claim) {
  if (!truth.is_unknown()) return truth;
  return UnknownV{truth.as<UnknownV>()->reason, std::move(claim)};
}

std::shared_ptr<const Claim> Run::equality_claim(const Value& left, const Value& right, const Span& span) {
  // `False in answers`
  const auto of_answer = [&](const Value& known, const Value& open) {
    const bool* answer = known.as<bool>();
    return answer == nullptr ? nullptr : *answer ? claim_of(open) : negated(claim_of(open));
  };
  if (right.is_unknown()) return of_answer(left, right);
  if (left.is_unknown()) return of_answer(right, left);
  const auto a = as_dim(left);
  const auto b = as_dim(right);
  if (a && b) return std::make_shared<const Claim>(Claim{.left = *a, .right = *b, .where = span});
  const auto is_sequence = [](const Value& v) { return v.as<TupleV>() != nullptr || v.as<ListV>() != nullptr; };
  if (!is_sequence(left) || !is_sequence(right)) return nullptr;
  const auto p = elements(left, span);
  const auto q = elements(right, span);
  if (!p || !q || p->size() != q->size()) return nullptr;
  // A list may hold itself.
  if (halted() || recursion_ > kMaxRecursion || !spend(span, p->size())) return nullptr;
  ++recursion_;
  Claim all{.kind = Claim::Kind::all};
  for (std::size_t i = 0; i < p->size(); ++i) {
    if (equal((*p)[i], (*q)[i]) == Tri::unknown) all.parts.push_back(equality_claim((*p)[i], (*q)[i], span));
  }
  --recursion_;
  return std::make_shared<const Claim>(std::move(all));
}

void Run::learn(const std::shared_ptr<const Claim>& claim, bool holds) {
  std::vector<std::pair<const Claim*, bool>> open{{claim.get(), holds}};
  // `ok = ok and ok` in a loop has few claims and very many ways to them.
  std::set<std::pair<const Claim*, bool>> seen;
  while (!open.empty()) {
    const auto one = open.back();
    open.pop_back();
    if (one.first == nullptr || !seen.insert(one).second) continue;
    const Claim& what = *one.first;
    switch (what.kind) {
      case Claim::Kind::same:
        if (one.second) facts_.assume_same(what.left, what.right, what.where, true);
        else facts_.assume_different(what.left, what.right);
        break;
      case Claim::Kind::at_most:
        if (one.second) facts_.assume_at_most(what.left, what.right);
        else facts_.assume_at_most(dims_->add(what.right, dims_->number(1)), what.left);
        break;
      case Claim::Kind::negation: open.emplace_back(what.parts[0].get(), !one.second); break;
      case Claim::Kind::all:
      case Claim::Kind::any:
        // All parts hold where all were asked for and found, none where any was and was not; of one part it is the
        // same.
        if (what.parts.size() != 1 && (what.kind == Claim::Kind::all) != one.second) break;
        for (std::size_t i = what.parts.size(); i-- > 0;) open.emplace_back(what.parts[i].get(), one.second);
        break;
      case Claim::Kind::certain: break;
    }
  }
}

}  // namespace shapelint
