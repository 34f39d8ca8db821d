// Masks in a trace: what they are made of, what they are applied to, and whether a mean counts what they leave out.
#pragma once

#include <vector>

#include "lib/lint/parameters.h"
#include "lib/lint/rule.h"

namespace shapelint {

/// Is a tensor 1 (true) for the elements that count and 0 for others? `sure` where the code says that the others are
/// padding or missing: positions held against lengths, labels held against a constant, what is documented so.
enum class Mask { none, maybe, sure };
Mask mask_of(const RuleContext& ctx, TensorId id, bool negated = false);

/// What is said of a parameter as a mask: where the target is documented, or a function to which it is handed.
MaskText said_of_mask(const RuleContext& ctx, TensorId parameter);

/// What a mask is made of behind negations (`~mask`, `1 - mask`), and whether there is an odd number of them.
struct MaskBase {
  TensorId id;
  bool negated = false;
};
MaskBase base_of_mask(const RuleContext& ctx, TensorId mask);

/// A rank-0 value that no batched parameter is behind.
bool is_constant(const RuleContext& ctx, TensorId id);

/// Values of which a mask made some 0.
struct Masked {
  TensorId product;
  TensorId mask;
  Mask kind = Mask::none;
  bool inverted = false;  ///< the mask is 1 for what does not count
  bool ignored = false;   ///< a loss of the library left them out, where its `ignore_index` says so
};
/// `loss * mask`, `where(mask, loss, 0)`, `loss[~mask] = 0`, `cross_entropy(..., ignore_index=k, reduction="none")`,
/// and `a * mask + b * mask`, behind casts, signs, constant factors and factors that are made of the same values.
Masked masked_behind(const RuleContext& ctx, TensorId id);

/// Has a mask more than one value along one of the axes?
bool varies_along(const RuleContext& ctx, TensorId mask, TensorId product, const std::vector<int>& axes);

/// The share of the elements that count is put in after a mean, or was before.
bool is_made_good(const RuleContext& ctx, const Masked& masked, TensorId mean);

/// Does a division of a sum by a size make an average of it? Only an evaluation knows.
bool divides_by_count(const RuleContext& ctx, const Step& division, const Step& sum);

/// The sum of masked values that a division by the number of all elements makes an average of; null when it does not.
const Step* averaged_sum(const RuleContext& ctx, const Step& division);

/// By how much the mean of what counts is larger than that of all elements: their number by the sum of the mask, for
/// each value of the mean. None where nothing is masked in the numbers, which prove nothing then.
ArrayPtr share_of_counted(const RuleContext& ctx, const Masked& masked, const Step& mean);

}  // namespace shapelint
