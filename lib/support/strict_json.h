// JSON as Python's json module writes it, for a parser that knows only the standard's.
#pragma once

#include <string>
#include <string_view>

namespace shapelint {

/// A copy in which each `NaN`, `Infinity` and `-Infinity` is a string of the same length, so that all places stay.
std::string strict_json(std::string_view text);

}  // namespace shapelint
