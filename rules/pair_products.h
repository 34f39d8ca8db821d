// The part of outer-broadcast that is about matrix products of samples with samples.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// Products over all pairs of which only the total is taken, where each sample should meet its own.
void check_pair_products(RuleContext& ctx);

}  // namespace shapelint::rules
