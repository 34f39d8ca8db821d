// Three-valued answers: yes, no, and "cannot tell".
#pragma once

namespace shapelint {

enum class Tri { no, unknown, yes };

constexpr Tri tri(bool value) { return value ? Tri::yes : Tri::no; }
constexpr Tri operator!(Tri t) { return t == Tri::yes ? Tri::no : t == Tri::no ? Tri::yes : Tri::unknown; }
constexpr Tri operator&(Tri a, Tri b) {
  if (a == Tri::no || b == Tri::no) return Tri::no;
  return a == Tri::yes && b == Tri::yes ? Tri::yes : Tri::unknown;
}
constexpr Tri operator|(Tri a, Tri b) { return !((!a) & (!b)); }

}  // namespace shapelint
