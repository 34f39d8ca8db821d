// The part of scalar-spread that is about totals: a sum over the samples that is added to a mean over them.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint::rules {

/// `mse_loss(x, y) + torch.sum(kl)`: the sum grows with the batch and the mean does not, as if the sum were each
/// sample's own. With weights that are written beside it, and for shapes that nobody states, it is advice.
void check_sum_beside_mean(RuleContext& ctx);

}  // namespace shapelint::rules
