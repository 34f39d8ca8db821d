// Where a shape comes from, in words.
#pragma once

#include <string>
#include <string_view>

#include "lib/prompt/state.h"
#include "lib/report/style.h"

namespace shapelint::prompt {

/// The symbols of a shape with their origins, the expressions on the way to it with the axis that counts samples, and
/// the steps in which that axis was lost or met itself.
std::string why_text(const Session& session, const DimTable& dims, const State& state, const Found& found,
                     const Style& style);

/// Has an operand the batch on an axis, and the result on none?
bool loses_batch(const DimTable& dims, const State& state, const Trace& trace, const Step& step);
/// Was the value made from something with a batch axis, and has none?
bool has_lost_batch(const DimTable& dims, const State& state, const Found& found);
/// On one line of a bearable length.
std::string shortened(std::string_view text);

}  // namespace shapelint::prompt
