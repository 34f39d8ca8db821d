// What a function gives as it is written, held against what it gives with one step done otherwise: a weight before the
// reduction and not after it, a transposition before a reshape. The accused operation is proved by what changes.
#pragma once

#include <optional>

#include "lib/oracle/oracle.h"

namespace shapelint {

struct Contrast {
  bool same = false;  ///< every number that comes out is the same
  double wrote = 0;   ///< the first number that differs
  double altered = 0;
  bool of_means = false;  ///< these are the means of several numbers, where the means differ
};

/// The numbers of an evaluation against those of the same run with its steps altered, in their order: what the function
/// returns and what gradients are taken of. None where the altered run fails, or nothing comes out that has numbers.
std::optional<Contrast> contrast(Tracer& tracer, const Target& target, const Evaluation& evaluation,
                                 std::vector<Alteration> alterations);

}  // namespace shapelint
