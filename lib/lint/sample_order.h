// Where the samples lie in a tensor, as far as shapes alone say it: no evaluation is needed for what they prove.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint {

/// Are the elements of each sample one block, the samples one after the other? Then only axes of size 1 stand before
/// the batch axis: `(B, N)`, `(1, B, N)`, and `(B*N, D)` that a reshape made of them, but not `(N, B)`. False also
/// where shapes do not tell.
bool keeps_samples_together(const RuleContext& ctx, TensorId id);

}  // namespace shapelint
