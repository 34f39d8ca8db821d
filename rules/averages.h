// The half of late-weight that is about averages: what is summed, and what is counted below it.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// Means that count masked elements as well, sums that are divided by the number of other elements, and sums over
/// other axes than those of their weights.
void check_averages(RuleContext& ctx);

}  // namespace shapelint::rules
