// Helpers of the JSON writers.
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

#include "lib/lint/finding.h"
#include "lib/support/source.h"

namespace shapelint {

using Json = nlohmann::ordered_json;

/// Nested lists. Numbers are the shortest that read back as the array's dtype; "NaN", "Infinity" and "-Infinity" are
/// strings, which Python's `float()` and JavaScript's `Number()` both read.
Json array_json(const ArrayPtr& array);
/// The same for an output that holds `numbers_left` more numbers; an array that does not fit is null.
Json array_json(const ArrayPtr& array, std::size_t& numbers_left);
/// Numbers in one output: some hundred megabytes while it is written, and more than anybody reads.
inline constexpr std::size_t kMaxNumbers = 4'000'000;
Json number_json(double value, DType dtype);
/// `{"start": {"line", "column"}, "end": {"line", "column"}}`; in a notebook lines count in the `"cell"` of that
/// number.
Json range_json(const SourceMap& sources, const Span& span);
Json finding_json(const Finding& finding, const SourceMap& sources);
/// Two spaces of indentation, but what fits on a line of 100 columns, and every list of numbers, stays on one.
std::string pretty(const Json& json);

}  // namespace shapelint
