// Which numbers a random op draws: those of its place in the program, and of the samples that it draws for. Two places
// give different numbers, and a sample that is run alone gets the numbers that it has in the batch, or noise would look
// like samples that meet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/trace/trace.h"
#include "lib/trace/tracer.h"

namespace shapelint {

bool is_random(const Op* op);

/// The key of a random op at `span` in `frame`, from the calls that lead there and from how often the place had drawn
/// in the first `before` steps, `shift` times not counted. Not negative, and below 2**31.
std::int64_t random_key(const Trace& trace, FrameId frame, const Span& span, std::size_t before, std::int64_t shift);

/// What a run on one sample has to know of the run on the batch: which sample it is, and the axes along which the
/// random tensors of the batch count samples, and which were drawn in a loop over them. Kept among the symbols, under
/// names that no program can write.
void note_sample(TraceInput& alone, const Trace& batch_run, SymbolId batch, std::int64_t sample, DimTable& dims);
/// The sample of a run on one; none on the batch.
std::optional<std::int64_t> sample_of_run(const TraceInput& input, const DimTable& dims);
/// Did the batch draw the random tensor of that key in a loop over its samples? A loop of one round in a run on one
/// sample does not say so: `for layer in range(1)` is one as well.
bool draws_for_samples(const TraceInput& input, std::int64_t key);
/// The axis along which the random tensor of that key counts samples in the batch.
std::optional<std::int64_t> sample_axis(const TraceInput& input, std::int64_t key, const DimTable& dims);
/// The only axis of `shape` that counts samples.
std::optional<std::int64_t> only_batch_axis(const Shape& shape, SymbolId batch, const DimTable& dims);

}  // namespace shapelint
