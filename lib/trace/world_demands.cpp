// What the code refuses to run without, put upon the shapes of a guess.
#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

std::optional<std::size_t> place_of(const Shape& shape, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < -rank || axis >= rank) return std::nullopt;
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

}  // namespace

const Demands& WorldBuilder::demands() {
  if (!demands_) demands_ = function_ != nullptr ? demands_of(program(), *function_) : Demands{};
  return *demands_;
}

// With one axis less, class numbers lose the axis of the classes; otherwise axes go and come behind.
Shape WorldBuilder::with_rank(const Shape& shape, int rank) {
  const auto wanted = static_cast<std::size_t>(rank);
  Shape out = shape;
  if (out.size() == wanted + 1 && out.size() > 1) out.erase(out.begin() + 1);
  else if (out.size() > wanted) out.resize(wanted);
  else if (out.size() < wanted) out = of_rank(rank);
  return out;
}

void WorldBuilder::meet_demands() {
  const Demands& wanted = demands();
  const auto guessed = [&](const std::string& name) -> WorldParameter* {
    WorldParameter* p = find(name);
    return p != nullptr && p->shape && !is_stated(p->from) ? p : nullptr;
  };
  const auto shape_of = [&](const std::string& name) -> const Shape* {
    const WorldParameter* p = find(name);
    return p != nullptr && p->shape ? &*p->shape : nullptr;
  };
  for (const auto& [name, dtype] : wanted.dtypes) {
    if (WorldParameter* p = guessed(name)) p->dtype = dtype;
  }
  for (const auto& [name, rank] : wanted.ranks) {
    if (WorldParameter* p = guessed(name)) p->shape = with_rank(*p->shape, rank);
  }
  // What one of two demands, the other has as well; the stated one of them leads, and else the first.
  const auto each_way = [&](const auto& pairs, const auto& lead) {
    for (const auto& [first, second] : pairs) {
      if (guessed(second) != nullptr) lead(first, second);
      else lead(second, first);
    }
  };
  each_way(wanted.same_rank, [&](const std::string& from, const std::string& to) {
    WorldParameter* p = guessed(to);
    if (const Shape* shape = shape_of(from); shape != nullptr && p != nullptr)
      p->shape = with_rank(*p->shape, static_cast<int>(shape->size()));
  });
  each_way(wanted.same_shape, [&](const std::string& from, const std::string& to) {
    WorldParameter* p = guessed(to);
    if (const Shape* shape = shape_of(from); shape != nullptr && p != nullptr) p->shape = *shape;
  });
  meet_sizes();
}

void WorldBuilder::meet_sizes() {
  const Demands& wanted = demands();
  // The place of a size in the world; none where the axis is not there.
  const auto size_at = [&](const AxisOf& at) -> Dim* {
    WorldParameter* p = find(at.name);
    if (p == nullptr || !p->shape) return nullptr;
    const auto place = place_of(*p->shape, at.axis);
    return place ? &(*p->shape)[*place] : nullptr;
  };
  const auto is_open = [&](const AxisOf& at) { return !is_stated(find(at.name)->from); };
  const auto is_row = [](const AxisOf& at) { return at.axis == 0; };
  // Code that says whose rows belong together, and says of another tensor's rows nothing, has other rows there:
  // `weights` of (classes, features) beside `features` and `labels`.
  std::set<std::string> rows;
  std::set<std::string> told;
  for (const auto& [a, b] : wanted.same_size) {
    for (const AxisOf& at : {a, b}) (is_row(at) && is_row(a) && is_row(b) ? rows : told).insert(at.name);
  }
  for (const std::string& name : told) {
    Dim* row = rows.empty() || rows.contains(name) ? nullptr : size_at({name, 0});
    if (row != nullptr && is_open({name, 0}) && dims_.same(*row, batch()) == Tri::yes) *row = fresh_axis("K");
  }
  for (const auto& [at, size] : wanted.sizes) {
    if (Dim* there = size_at(at); there != nullptr && is_open(at)) *there = dims_.number(size);
  }
  // Until nothing changes: a tie may reach over several tensors.
  for (std::size_t round = 0; round <= wanted.same_size.size(); ++round) {
    bool has_changed = false;
    for (const auto& [a, b] : wanted.same_size) {
      Dim* first = size_at(a);
      Dim* second = size_at(b);
      if (first == nullptr || second == nullptr || dims_.same(*first, *second) == Tri::yes) continue;
      // Numbers and what is stated lead.
      const bool leads = is_open(b) && (!is_open(a) || !dims_.constant(*second) || dims_.constant(*first));
      if (!leads && !is_open(a)) continue;
      *(leads ? second : first) = *(leads ? first : second);
      has_changed = true;
    }
    if (!has_changed) break;
  }
}

}  // namespace shapelint
