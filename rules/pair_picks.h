// The part of outer-broadcast that is about indices, which pick for every sample.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// `q[:, actions]` of (B, A) and (B,), where nothing takes the pairs (B, B) for what they are.
void check_pair_picks(RuleContext& ctx);

}  // namespace shapelint::rules
