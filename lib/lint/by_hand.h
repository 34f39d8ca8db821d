// Norms, distances and softmaxes that code writes out in elementary steps.
#pragma once

#include "lib/lint/rule.h"

namespace shapelint {

/// `x - mean(x, axis=0)`, or another reduction over the batch axis, is behind `id`: what follows is a statistic over
/// the samples.
bool is_centred(const RuleContext& ctx, TensorId id);

/// The sum in the root of a sum of squares over the batch axis, a norm along the samples; null for other steps.
const Step* norm_along_batch(const RuleContext& ctx, const Step& root);

/// The sum in `x / sqrt(sum(x * x))` over all axes of x, also where products of x with something are divided so (a
/// cosine); null for other steps.
const Step* scaled_by_norm_of_all(const RuleContext& ctx, const Step& step);

/// The sum in `exp(x) / sum(exp(x), axis=0)` and in `x - log(sum(exp(x), axis=0))`; null for other steps.
const Step* softmax_by_hand(const RuleContext& ctx, const Step& step);

/// The same elementwise calculation of the same values, perhaps written twice: `abs(e)` and `abs(e)`.
bool same_values(const Trace& trace, TensorId a, TensorId b, int depth = 0);

/// Squares or absolute values of differences between two tensors; not from a mean over the samples.
bool is_distance(const RuleContext& ctx, TensorId id);

}  // namespace shapelint
