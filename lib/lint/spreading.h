// What becomes of one number that is added to the values of all samples.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint {

/// Do plain or weighted means gather again what was added to every element of `sum`, so that it comes out as that
/// number times something that no data change? Then it may as well be added behind the means: for
/// `per (B,)` and a number `s`, `mean(per + s)` is `mean(per) + s`, and so is `sum(w * (per + s)) / sum(w)`; a step
/// like `mean(w * (per + s))` or `sqrt(per + s)` makes more of it. False too where it comes back per sample.
bool is_gathered_again(const RuleContext& ctx, TensorId sum);

}  // namespace shapelint
