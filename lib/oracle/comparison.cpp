#include "lib/oracle/comparison.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace shapelint {
namespace {

bool alike(Extents a, const Extents& b, std::optional<std::size_t> varying) {
  if (varying && *varying < a.size() && a.size() == b.size()) a[*varying] = b[*varying];
  return a == b;
}

ArrayPtr join(const std::vector<ArrayPtr>& parts, std::size_t axis, bool stack) {
  Array out;
  out.dtype = parts[0]->dtype;
  out.shape = parts[0]->shape;
  if (stack) out.shape.insert(out.shape.begin(), 1);
  if (stack) axis = 0;
  if (axis >= out.shape.size()) return nullptr;
  std::size_t outer = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::size_t>(out.shape[i]);
  for (std::size_t o = 0; o < outer; ++o) {
    for (const ArrayPtr& part : parts) {
      const auto inner = static_cast<std::ptrdiff_t>(part->values.size() / outer);
      const auto begin = part->values.begin() + static_cast<std::ptrdiff_t>(o) * inner;
      out.values.insert(out.values.end(), begin, begin + inner);
    }
  }
  out.shape[axis] = 0;
  for (const ArrayPtr& part : parts) out.shape[axis] += stack ? 1 : part->shape[axis];
  return std::make_shared<const Array>(std::move(out));
}

// The samples' own values in blocks of `block` along the axis: element `outer*n*block + i*block + inner` belongs to
// sample i. One block per sample is the concatenation, blocks of 1 have the batch running fastest.
bool in_blocks(const Array& whole, const std::vector<ArrayPtr>& parts, std::size_t axis, std::int64_t block) {
  const auto n = static_cast<std::int64_t>(parts.size());
  std::int64_t behind = 1;
  for (std::size_t i = axis + 1; i < whole.shape.size(); ++i) behind *= whole.shape[i];
  const std::int64_t each = parts[0]->shape[axis];
  for (std::size_t at = 0; at < whole.values.size(); ++at) {
    const std::int64_t flat = static_cast<std::int64_t>(at);
    const std::int64_t along = flat / behind % whole.shape[axis];
    const std::int64_t before = flat / behind / whole.shape[axis];
    const auto& part = parts[static_cast<std::size_t>(along / block % n)];
    const std::int64_t own = along / block / n * block + along % block;
    const std::int64_t source = (before * each + own) * behind + flat % behind;
    if (!nearly_equal(whole.values[at], part->values[static_cast<std::size_t>(source)])) return false;
  }
  return true;
}

// Every block length by which the values are those of the samples.
std::vector<std::int64_t> blocks_of(const Array& whole, const std::vector<ArrayPtr>& parts, std::size_t axis) {
  std::vector<std::int64_t> out;
  const auto n = static_cast<std::int64_t>(parts.size());
  if (parts[0]->shape.size() != whole.shape.size() || whole.shape[axis] != parts[0]->shape[axis] * n) return out;
  for (std::size_t i = 0; i < whole.shape.size(); ++i) {
    if (i != axis && whole.shape[i] != parts[0]->shape[i]) return out;
  }
  const std::int64_t each = parts[0]->shape[axis];
  for (std::int64_t block = each; block >= 1; --block) {
    if (each % block == 0 && in_blocks(whole, parts, axis, block)) out.push_back(block);
  }
  return out;
}

}  // namespace

Comparison::Comparison(DimTable& dims, SymbolId batch, const Trace& whole, const std::vector<Trace>& singles)
    : dims_(dims), batch_(batch), whole_(whole), singles_(singles), keys_(whole) {
  for (const Trace& single : singles) single_keys_.emplace_back(single);
  dependent_.resize(whole.tensors.size(), false);
  verdicts_.resize(whole.tensors.size(), Verdict::unknown);
  factors_.resize(whole.tensors.size(), 1.0);
  blocks_.resize(whole.tensors.size());
  for (std::uint32_t i = 0; i < whole.tensors.size(); ++i) judge(TensorId{i});
}

ArrayPtr Comparison::per_sample(TensorId id) const {
  const auto parts = single_values(id);
  if (parts.empty()) return nullptr;
  const auto axes = whole_.tensor(id).shape ? axes_with(*whole_.tensor(id).shape, batch_, dims_) : std::vector<int>{};
  const std::size_t axis = axes.size() == 1 ? static_cast<std::size_t>(axes[0]) : 0;
  const bool stack = parts[0]->rank() == 0 || axes.empty();
  return join(parts, axis, stack);
}

std::vector<ArrayPtr> Comparison::single_values(TensorId id) const {
  std::vector<ArrayPtr> out;
  const auto varying = varying_axis(id);
  const StepId step = whole_.tensor(id).step;
  for (std::size_t i = 0; i < singles_.size(); ++i) {
    const StepId other = single_keys_[i].find(keys_.key(step));
    if (!other.valid()) return {};
    ArrayPtr array = singles_[i].tensor(singles_[i].step(other).result).array;
    if (array == nullptr || (!out.empty() && !alike(array->shape, out[0]->shape, varying))) return {};
    out.push_back(std::move(array));
  }
  return out;
}

// The axis that counts samples, when values decide how many elements a sample has there (`x[mask]`): then the
// samples differ in it.
std::optional<std::size_t> Comparison::varying_axis(TensorId id) const {
  const auto& shape = whole_.tensor(id).shape;
  if (!shape) return std::nullopt;
  const std::vector<int> axes = axes_with(*shape, batch_, dims_);
  if (axes.size() != 1) return std::nullopt;
  // Through provenance only: `B - 1` is the same for everybody.
  const auto axis = static_cast<std::size_t>(axes[0]);
  const auto symbols = dims_.symbols((*shape)[axis]);
  if (std::ranges::find(symbols, batch_) != symbols.end()) return std::nullopt;
  return axis;
}

void Comparison::judge(TensorId id) {
  const Tensor& tensor = whole_.tensor(id);
  const Step& step = whole_.step(tensor.step);
  // What was not understood may rest on anything.
  bool depends = step.kind == StepKind::unknown;
  if (step.kind == StepKind::parameter) {
    depends = tensor.shape && !axes_with(*tensor.shape, batch_, dims_).empty();
  }
  for (const TensorId operand : step.operands) depends = depends || (operand < id && dependent_[operand.index]);
  dependent_[id.index] = depends;
  if (!depends) {
    verdicts_[id.index] = Verdict::independent;
    return;
  }
  if (tensor.array == nullptr || !tensor.shape || step.in_batch_loop) return;
  const auto parts = single_values(id);
  if (parts.empty()) return;
  verdicts_[id.index] = compare(id, *tensor.array, *tensor.shape, parts);
}

Verdict Comparison::compare(TensorId id, const Array& value, const Shape& shape, const std::vector<ArrayPtr>& parts) {
  const std::vector<int> axes = axes_with(shape, batch_, dims_);
  if (!axes.empty()) {
    const auto axis = static_cast<std::size_t>(axes[0]);
    if (axes.size() == 1 && varying_axis(id)) return compare_counted(id, value, parts, axis);
    if (axes.size() > 1 || !dims_.is_multiple_of(shape[axis], batch_)) return Verdict::coupled;
    if (value.values.empty()) return Verdict::per_sample;
    blocks_[id.index] = blocks_of(value, parts, axis);
    return blocks_[id.index].empty() ? Verdict::coupled : Verdict::per_sample;
  }
  if (parts[0]->shape == value.shape) {
    const auto n = static_cast<double>(parts.size());
    bool is_mean = true;
    bool is_sum = true;
    std::optional<double> ratio;
    bool constant_ratio = value.values.size() >= 2;
    for (std::size_t at = 0; at < value.values.size(); ++at) {
      double sum = 0;
      for (const ArrayPtr& part : parts) sum += part->values[at];
      is_mean = is_mean && nearly_equal(value.values[at], sum / n);
      is_sum = is_sum && nearly_equal(value.values[at], sum);
      if (sum == 0) {
        constant_ratio = constant_ratio && value.values[at] == 0;
      } else {
        const double r = value.values[at] / (sum / n);
        constant_ratio = constant_ratio && (!ratio || nearly_equal(*ratio, r));
        if (!ratio) ratio = r;
      }
    }
    if (is_mean && !(is_sum && n > 1 && value.values.empty())) return Verdict::mean;
    if (is_sum) return Verdict::sum;
    if (constant_ratio && ratio) {
      factors_[id.index] = *ratio;
      return Verdict::mean;
    }
  }
  // Computed from values that already lost the batch (or never had it).
  const Step& step = whole_.step_of(id);
  const bool from_pooled = !step.operands.empty() && std::ranges::all_of(step.operands, [&](TensorId operand) {
    const Verdict v = verdicts_[operand.index];
    return v == Verdict::mean || v == Verdict::sum || v == Verdict::independent || v == Verdict::pooled;
  });
  return from_pooled || pools_counted(id, value, parts) ? Verdict::pooled : Verdict::coupled;
}

// An axis on which the samples differ in length.
Verdict Comparison::compare_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts,
                                    std::size_t axis) const {
  const ArrayPtr joined = parts[0]->shape.size() == value.shape.size() ? join(parts, axis, false) : nullptr;
  if (joined != nullptr && joined->shape == value.shape &&
      std::ranges::equal(joined->values, value.values, nearly_equal)) {
    return Verdict::per_sample;
  }
  // What was selected may stand in another order than sample by sample, and coordinates count from the first sample:
  // that mixes nothing, but it cannot be held against the samples.
  const Step& step = whole_.step_of(id);
  const bool arranged = step.op == nullptr || step.op->role == OpRole::movement;
  return arranged || from_unknown(id) ? Verdict::unknown : Verdict::coupled;
}

bool Comparison::from_unknown(TensorId id) const {
  return std::ranges::any_of(whole_.step_of(id).operands, [&](TensorId operand) {
    return dependent_[operand.index] && verdicts_[operand.index] == Verdict::unknown;
  });
}

// A mean over what a mask selected is the samples' sum by their count.
bool Comparison::pools_counted(TensorId id, const Array& value, const std::vector<ArrayPtr>& parts) const {
  const Step& step = whole_.step_of(id);
  if (step.op == nullptr || step.op->role != OpRole::reduction || step.operands.empty()) return false;
  if (!varying_axis(step.operands[0])) return false;
  const auto selected = single_values(step.operands[0]);
  if (selected.size() != parts.size() || parts[0]->shape != value.shape) return false;
  for (std::size_t at = 0; at < value.values.size(); ++at) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto weight = static_cast<double>(selected[i]->values.size());
      if (weight > 0) sum += weight * parts[i]->values[at];
      count += weight;
    }
    if (!nearly_equal(value.values[at], sum / count)) return false;
  }
  return true;
}

}  // namespace shapelint
