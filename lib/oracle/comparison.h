// What the runs of the samples alone say of every tensor of the run on the batch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/oracle/oracle.h"
#include "lib/trace/step_keys.h"

namespace shapelint {

class Comparison {
 public:
  /// The traces have to outlive it.
  Comparison(DimTable& dims, SymbolId batch, const Trace& whole, const std::vector<Trace>& singles);

  Verdict verdict(TensorId id) const { return verdicts_[id.index]; }
  double factor(TensorId id) const { return factors_[id.index]; }
  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  const std::vector<std::vector<std::int64_t>>& blocks() const { return blocks_; }

  /// The single values of a tensor joined: along its batch axis, or along a new one in front where it has none.
  ArrayPtr per_sample(TensorId id) const;

 private:
  std::vector<ArrayPtr> single_values(TensorId id) const;
  std::optional<std::size_t> varying_axis(TensorId id) const;
  void judge(TensorId id);
  Verdict compare(TensorId id, const Array& value, const Shape& shape, const std::vector<ArrayPtr>& parts);
  Verdict compare_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts, std::size_t axis) const;
  bool from_unknown(TensorId id) const;
  bool pools_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts) const;

  DimTable& dims_;
  SymbolId batch_;
  const Trace& whole_;
  const std::vector<Trace>& singles_;
  StepKeys keys_;
  std::vector<StepKeys> single_keys_;
  std::vector<bool> dependent_;
  std::vector<Verdict> verdicts_;
  std::vector<double> factors_;
  std::vector<std::vector<std::int64_t>> blocks_;
};

}  // namespace shapelint
