// Do the numbers of an evaluation show what the code distinguishes? A mask that masks nothing, a hinge that is never
// active and differences of one sign prove little, for the formula is another one where they matter.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "lib/trace/trace.h"

namespace shapelint {

struct Sides {
  /// Comparisons, limits, absolute values and signs of the batch's numbers of which all fell on one side.
  std::size_t one_sided = 0;
  /// Numbers of a parameter with which a comparison against a constant would have its other side.
  std::map<std::string, std::vector<double>, std::less<>> missing;
  /// Of these the numbers with which a comparison would select an element, where it selected none.
  std::map<std::string, std::vector<double>, std::less<>> unselected;
};

Sides sides_of(const Trace& trace);

}  // namespace shapelint
