#include "lib/trace/random_keys.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "lib/trace/place_hash.h"

namespace shapelint {
namespace {

constexpr const char* kSample = "#sample";

std::string axis_name(std::int64_t key) { return fmt::format("#random {}", key); }
std::string round_name(std::int64_t key) { return fmt::format("#round {}", key); }

// The place and the calls that led there.
std::uint64_t site(const Trace& trace, FrameId frame, const Span& span) {
  std::uint64_t hash = mix(kHashBasis, span);
  for (FrameId at = frame; at.index != 0 && at.index < trace.frames.size(); at = trace.frame(at).parent)
    hash = mix(hash, trace.frame(at).call);
  return hash;
}

std::optional<std::int64_t> number_under(const TraceInput& input, const std::string& name, const DimTable& dims) {
  const auto it = input.symbols.find(name);
  if (it == input.symbols.end()) return std::nullopt;
  return dims.constant(it->second);
}

}  // namespace

bool is_random(const Op* op) { return op != nullptr && op->role == OpRole::creation && op->name.starts_with("random"); }

std::int64_t random_key(const Trace& trace, FrameId frame, const Span& span, std::size_t before, std::int64_t shift) {
  const std::uint64_t here = site(trace, frame, span);
  // Places count in the order of their first draw: the same program in another file or language draws the same numbers.
  std::vector<std::uint64_t> places;
  std::uint64_t times = static_cast<std::uint64_t>(shift);
  for (std::size_t i = 0; i < before; ++i) {
    const Step& step = trace.steps[i];
    if (!is_random(step.op)) continue;
    const std::uint64_t place = site(trace, step.frame, step.span);
    if (place == here) ++times;
    if (std::ranges::find(places, place) == places.end()) places.push_back(place);
  }
  const auto number = static_cast<std::uint64_t>(std::ranges::find(places, here) - places.begin());
  return static_cast<std::int64_t>(mix(mix(kHashBasis, number), times) & 0x7FFFFFFFU);
}

void note_sample(TraceInput& alone, const Trace& batch_run, SymbolId batch, std::int64_t sample, DimTable& dims) {
  alone.symbols.insert_or_assign(kSample, dims.number(sample));
  for (std::size_t i = 0; i < batch_run.steps.size(); ++i) {
    const Step& step = batch_run.steps[i];
    if (!is_random(step.op)) continue;
    const Tensor& made = batch_run.tensor(step.result);
    const auto axis = made.shape ? only_batch_axis(*made.shape, batch, dims) : std::nullopt;
    if (!axis && !step.in_batch_loop) continue;
    const std::int64_t key = random_key(batch_run, step.frame, step.span, i, 0);
    if (step.in_batch_loop) alone.symbols.insert_or_assign(round_name(key), dims.number(1));
    if (axis) alone.symbols.insert_or_assign(axis_name(key), dims.number(*axis));
  }
}

std::optional<std::int64_t> sample_of_run(const TraceInput& input, const DimTable& dims) {
  return number_under(input, kSample, dims);
}

bool draws_for_samples(const TraceInput& input, std::int64_t key) { return input.symbols.contains(round_name(key)); }

std::optional<std::int64_t> sample_axis(const TraceInput& input, std::int64_t key, const DimTable& dims) {
  return number_under(input, axis_name(key), dims);
}

std::optional<std::int64_t> only_batch_axis(const Shape& shape, SymbolId batch, const DimTable& dims) {
  std::optional<std::int64_t> found;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!dims.mentions(shape[axis], batch)) continue;
    if (found) return std::nullopt;
    found = static_cast<std::int64_t>(axis);
  }
  return found;
}

}  // namespace shapelint
