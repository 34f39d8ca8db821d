// What code that learns from an environment stores of each step, by the names of the parameters that it is handed over
// in: `push(state, action, reward, next_state, done)`. Private to lib/trace.
#pragma once

#include <optional>
#include <string_view>

namespace shapelint {

enum class StepPart { observation, action, reward, ended };

/// The part that a parameter is named for.
std::optional<StepPart> part_of_step(std::string_view name);

}  // namespace shapelint
