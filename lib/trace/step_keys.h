// Names for steps that mean the same in two runs of one target: the calls that led there, the place, the op, and how
// often it had happened before. The oracle aligns a batch with its samples by them, findings find their numbers.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "lib/trace/trace.h"

namespace shapelint {

class StepKeys {
 public:
  explicit StepKeys(const Trace& trace);
  std::uint64_t key(StepId step) const { return keys_[step.index]; }
  /// The step of this trace with that key.
  StepId find(std::uint64_t key) const {
    const auto it = by_key_.find(key);
    return it == by_key_.end() ? StepId{} : it->second;
  }
  /// The same for activations.
  std::uint64_t frame_key(FrameId frame) const { return frames_[frame.index]; }

 private:
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint64_t> frames_;
  std::unordered_map<std::uint64_t, StepId> by_key_;
};

}  // namespace shapelint
