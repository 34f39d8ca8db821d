// What becomes of one number that is added to the values of all samples.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint {

enum class Gathered {
  no,
  by_means,    ///< plain means and sums
  by_weights,  ///< means with weights among them: of what was one value per sample they would make something else
};

/// What gathers again what was added to every element of `sum`, so that it comes out as that number times something
/// that no data change? Then it may as well be added behind: for `per (B,)` and a number `s`, `mean(per + s)` is
/// `mean(per) + s`, and so is `sum(w * (per + s)) / sum(w)`; a step like `mean(w * (per + s))` or `sqrt(per + s)` makes
/// more of it. `no` too where it comes back per sample; `by_means` where the way to what comes back is not known. The
/// steps of one operand behind `sum` have to be linear.
Gathered gathered_again(const RuleContext& ctx, TensorId sum);

}  // namespace shapelint
