// Sums of each sample that are divided by totals of the whole batch and averaged over the batch afterwards: the number
// of samples counts twice, and a batch with every sample in it two times has half the value.
#pragma once

#include <optional>
#include <vector>

#include "lib/lint/rule.h"

namespace shapelint {

/// `2 * sum(a * b, axis=1) / (sum(a) + sum(b))` and its mean.
struct DividedByTotals {
  StepId quotient;
  StepId own;                  ///< the sum of each sample
  std::vector<StepId> totals;  ///< the sums below that run over the samples too, in order
  StepId average;              ///< the mean over the samples, or what divides their sum by their number
};

/// The quotient at `id` and what becomes of it; none for other steps, where the quotients are added up (a total in
/// parts), and where what is below is a mean or made of other values.
std::optional<DividedByTotals> divided_by_totals(const RuleContext& ctx, StepId id);

}  // namespace shapelint
