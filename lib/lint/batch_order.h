// Sorting, ranking and looking up along the batch: what shows that the axis of a sample was meant. Sorting over the
// batch alone shows nothing, since distances between distributions do so.
#pragma once

#include <vector>

#include "lib/lint/rule.h"

namespace shapelint {

/// `sort`, `argsort` and the two of `topk`.
bool is_ordering(const Op& op);

/// By tensor: rests on an order along the batch, of this tensor or another.
std::vector<bool> ordered_along_batch(const RuleContext& ctx);

/// The step at which values that `sort` put in order along the batch are held against those of the samples as they
/// come: `sort(x, axis=0) - y`, where the other side is in no such order. Null where there is none.
const Step* meets_unordered(const RuleContext& ctx, const Step& sort);

/// The step that looks up elements of a sample by places of samples: `take_along_axis(y, argsort(x, axis=0), axis=1)`.
/// `places` is `argsort` or the like along the batch. Null where there is none.
const Step* picks_columns_by_samples(const RuleContext& ctx, const Step& places);

/// Does `look_up` pick samples by places that were found along the axis of one sample: `take_along_axis(y,
/// argmax(x, axis=1), axis=0)`?
bool picks_samples_by_columns(const RuleContext& ctx, const Step& look_up);

/// `topk` along the batch of what a reshape made one row of each sample of: the elements of a sample were to be chosen
/// from.
bool chooses_among_rows(const RuleContext& ctx, const Step& topk);

/// The sum over the axis of a sample of `exp(x - max(x, axis=0))`: a maximum that keeps a softmax within bounds has to
/// be that of the sum's own axis. `max` is along the batch. Null where there is none.
const Step* normalised_along_another(const RuleContext& ctx, const Step& max);

}  // namespace shapelint
