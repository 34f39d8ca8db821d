// The list of rules.
#pragma once

#include <span>
#include <string_view>

#include "lib/lint/rule.h"

namespace shapelint {

/// Every rule, in the order of rules.def.
std::span<const Rule* const> all_rules();
/// By id; null when there is none.
const Rule* find_rule(std::string_view id);

}  // namespace shapelint
