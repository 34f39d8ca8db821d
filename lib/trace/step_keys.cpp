#include "lib/trace/step_keys.h"

#include "lib/trace/place_hash.h"

namespace shapelint {
StepKeys::StepKeys(const Trace& trace) {
  std::unordered_map<std::uint64_t, std::uint64_t> visits;
  frames_.reserve(trace.frames.size());
  for (std::size_t i = 0; i < trace.frames.size(); ++i) {
    const Frame& frame = trace.frames[i];
    std::uint64_t hash =
        i == 0 ? kHashBasis : mix(mix(frames_[frame.parent.index], frame.function_id.index), frame.call);
    hash = mix(hash, visits[hash]++);
    frames_.push_back(hash);
  }
  keys_.reserve(trace.steps.size());
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    const Step& step = trace.steps[i];
    std::uint64_t hash = mix(frames_[step.frame.index], step.span);
    hash = mix(hash,
               step.op != nullptr ? reinterpret_cast<std::uintptr_t>(step.op) : static_cast<std::uint64_t>(step.kind));
    for (const char c : step.parameter) hash = mix(hash, static_cast<std::uint64_t>(c));
    hash = mix(hash, visits[hash]++);
    keys_.push_back(hash);
    by_key_.emplace(hash, StepId{static_cast<std::uint32_t>(i)});
  }
}

}  // namespace shapelint
