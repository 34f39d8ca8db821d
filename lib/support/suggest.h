// "did you mean": the nearest of several names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shapelint {

/// `; did you mean 'check'?`, or nothing when no name is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

}  // namespace shapelint
