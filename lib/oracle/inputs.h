// The inputs of an evaluation: sizes of symbols, numbers for parameters, and one sample of a batch.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/oracle/oracle.h"

namespace shapelint {

/// Sizes for every symbol of the world. `attempt` 0 takes the smallest primes; later ones more room.
Sizes choose_sizes(const DimTable& dims, const World& world, const EvaluationOptions& options, int attempt);

/// Attaches an array to every tensor parameter: the user's, else seeded. Returns what does not fit.
std::optional<std::string> fill_inputs(const DimTable& dims, const World& world, const EvaluationOptions& options,
                                       TraceInput& input, std::vector<std::pair<std::string, ArrayPtr>>& inputs);

/// The same input with every batched parameter narrowed to one sample along whichever axis carries the batch: its size
/// is the number 1, or stays a symbol that is 1 (`as_batch`), so that it is known for the batch axis.
TraceInput narrow_to_sample(DimTable& dims, const TraceInput& input, SymbolId batch, std::int64_t batch_size,
                            std::int64_t sample, bool as_batch = false);

}  // namespace shapelint
