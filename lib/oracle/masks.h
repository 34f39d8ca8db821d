// Which parameters are masks: numbers of 0 and 1, or truth values, that say which elements count. Drawn otherwise they
// prove nothing.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/trace.h"

namespace shapelint {

/// The words of the last part of a dotted name, in lower case: `batch.action_is_pad` has `action`, `is`, `pad`.
std::vector<std::string> words_of_name(std::string_view name);

/// `mask`, `loss_mask`, `pad_mask`; what predicts a mask (`mask_logits`, `pred_mask`) is none.
bool names_mask(std::string_view name);
/// `is_pad`, `padding_mask`, `attention_mask`: the name says that elements are padding.
bool names_padding(std::string_view name);

/// Parameters that the code takes for truth values, whatever their dtype: the condition of a `where`, an operand of
/// `~`, `&`, `|`. They come there as they were given, perhaps in another shape.
std::set<std::string, std::less<>> masks_in(const Trace& trace);

}  // namespace shapelint
