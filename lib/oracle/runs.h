// Runs of the code on numbers, for which the sizes and the numbers are found first.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/oracle/oracle.h"

namespace shapelint {

inline constexpr std::int64_t kMostSamples = 64;  ///< that are run alone; the reason says so

/// What the runs of an evaluation start from: half of the memory, for the other half is the samples'.
TraceInput evaluation_input(const World& world, const EvaluationOptions& options);

/// Fills the inputs and makes `made` by `go`. Sizes are what the user said, what data says, and primes for the rest;
/// code that needs more room (an index beyond a small size) gets it in further tries. Labels and masks that nobody
/// said are some are added to the options. Gives what does not fit.
std::optional<std::string> run_with_room(const DimTable& dims, const World& world, EvaluationOptions& options,
                                         TraceInput& input, std::vector<std::pair<std::string, ArrayPtr>>& inputs,
                                         Trace& made, const std::function<Trace(const TraceInput&)>& go);

/// One run on the numbers of `input`, along the path that its conditions say.
Trace run_on_numbers(Tracer& tracer, const Target& target, TraceInput input);
/// Did a run come to its end without a contradiction?
bool ran_through(const Trace& trace);

}  // namespace shapelint
