// Questions about steps along the batch axis: what shows that the samples are meant.
#pragma once

#include <vector>

#include "lib/lint/rule.h"

namespace shapelint {

/// The same tensor is treated along another axis as well: rows and columns of one matrix, also behind what was added to
/// each row or column (`c` in `g - c`).
bool both_ways(const RuleContext& ctx, const Step& step);

/// A value for each pair of the members of two sets, (N, M) of (N, D) and (M, D), where nothing but its place says
/// that one of them is the batch: either axis is one to work along.
bool is_between_two_sets(const RuleContext& ctx, TensorId id);

/// Weights over the batch that are summed over the batch, or contracted with it, are a pooling of samples.
bool pools_samples(const RuleContext& ctx, const Step& step);

/// A step along an axis and those of its kind along the same one that it meets: `cumsum(a) - cumsum(b)` is one mistake,
/// and so is the divergence of `log_softmax(a)` from `softmax(b)`.
std::vector<const Step*> with_partners(const RuleContext& ctx, const Step& step);

/// Are exponentials that were divided by their sum (or their logarithms, `step`) weights of other values, which are
/// summed over the batch with them? One distribution over everything, then.
bool weighs_everything(const RuleContext& ctx, const Step& step);

/// Is a distribution over everything held against shares of everything (`y / sum(y)`)? Then it is meant to be one.
bool meets_shares_of_everything(const RuleContext& ctx, const Step& step);

/// Is what was picked held against labels, or does it say what is looked up?
bool is_compared(const RuleContext& ctx, const Step& step);

/// One batch axis, and another one of more than one element.
bool has_another_axis(const RuleContext& ctx, TensorId id);

/// The sum over the batch, and nothing else that loses it, of which elementwise steps make `id`: one, or several that
/// are added up; the first of them. Null where samples come in another way.
const Step* first_sum_behind(const RuleContext& ctx, TensorId id, int depth = 0);

/// A quotient on the way from one to the other: by a count, a sum is a mean.
bool is_divided_between(const RuleContext& ctx, TensorId from, TensorId to);

/// Is it normalised once more, by a sum of its own? Then the first time was for scale (Sinkhorn).
bool is_normalised_later(const RuleContext& ctx, TensorId id);

}  // namespace shapelint
