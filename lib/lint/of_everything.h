// Statistics of the whole batch that the values of one sample are measured by.
#pragma once

#include <optional>
#include <vector>

#include "lib/lint/rule.h"

namespace shapelint {

/// A mean, median or extremum over all axes of a tensor that has a batch and axes of a sample, which is taken away from
/// that tensor: `x - mean(x)`.
struct Centring {
  StepId statistic;  ///< what lost the batch; `sort` for a median
  StepId difference;
};

/// How a step takes a statistic of everything away from what it was taken of; none for other steps.
std::optional<Centring> centred_on_everything(const RuleContext& ctx, StepId id);

/// `v + a - mean(a)`, the last step of which `id` is: a mean of everything is taken away from several values of each
/// sample, which are added to one value of each. Gives the mean; not valid for other steps.
StepId mean_beside_samples(const RuleContext& ctx, StepId id);

/// The step that takes a moment of each sample of what was centred: a sum or mean along the axes of a sample, of
/// squares or products or absolute values of it, that something is divided by or whose root is taken. Null where there
/// is none.
const Step* own_moment_of(const RuleContext& ctx, const Centring& centring);

/// A tensor that is divided by a number of all of its own values, perhaps centred on another one before:
/// `(x - mean(x)) / std(x)`, `x / sum(x)`. A length is none: `x / sqrt(sum(x * x))` has a rule of its own.
struct Scaling {
  TensorId of;                     ///< x
  std::vector<StepId> statistics;  ///< the reductions that lost the batch, in order
  TensorId result;
};
std::optional<Scaling> scaled_by_everything(const RuleContext& ctx, StepId id);

/// The step of one call of the library that divides by the standard deviation over all axes of a tensor, the batch too:
/// `layer_norm(x, x.shape)`. Gives the reductions of the call.
std::vector<StepId> standardises_everything(const RuleContext& ctx, const Step& step);

}  // namespace shapelint
