// The values of options, wherever they are written: on the command line, in the configuration file, at the prompt. Each
// check says what is wrong and what is accepted, without the option's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/support/result.h"

namespace shapelint {

/// What is wrong with a value; none when it is fine.
using ValueProblem = std::optional<std::string>;

/// jaxtyping's grammar; the problem shows the place.
ValueProblem shape_problem(std::string_view text);
/// A Python literal or an expression over sizes.
ValueProblem literal_problem(std::string_view text);
ValueProblem dtype_problem(std::string_view text);
/// The size of a symbol: a whole number from 1.
Result<std::int64_t, std::string> parse_size(std::string_view text);
/// `2` or `2.15`: behaviour is told apart by the major version.
Result<int, std::string> parse_framework_version(std::string_view framework, std::string_view text);

}  // namespace shapelint
