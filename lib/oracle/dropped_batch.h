// What a `squeeze()` does to a batch of one sample.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "lib/oracle/oracle.h"

namespace shapelint {

/// A `squeeze()` without an axis drops the batch axis of one sample alone: where that gives another result, the first
/// values that differ, as they are (NaN when the sample does not run) and with the axis kept. Two runs of one sample;
/// `batch_run`, which may give null, is asked for the run on the whole batch only where the code draws random numbers.
std::optional<std::pair<double, double>> dropped_batch(Tracer& tracer, const Target& target, const World& world,
                                                       const EvaluationOptions& options,
                                                       const std::function<const Trace*()>& batch_run);

}  // namespace shapelint
