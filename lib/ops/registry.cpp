// The list of ops, and what is decided about a call from its op's description alone.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "lib/ops/op.h"

namespace shapelint {

namespace ops {
#define SHAPELINT_OP(name) extern const Op name;
#include "lib/ops/ops.def"
#undef SHAPELINT_OP
}  // namespace ops

namespace {
constexpr const Op* kOps[] = {
#define SHAPELINT_OP(name) &ops::name,
#include "lib/ops/ops.def"
#undef SHAPELINT_OP
};
}  // namespace

std::span<const Op* const> all_ops() { return kOps; }

const Op* find_op(std::string_view name) {
  const auto* found = std::find_if(std::begin(kOps), std::end(kOps), [&](const Op* op) { return op->name == name; });
  return found == std::end(kOps) ? nullptr : *found;
}

Dim fresh_size(const Shape& counted, DimTable& dims) {
  std::vector<SymbolId> parents;
  for (const Dim dim : counted) {
    for (const SymbolId symbol : dims.symbols(dim)) {
      if (std::find(parents.begin(), parents.end(), symbol) == parents.end()) parents.push_back(symbol);
    }
  }
  return dims.fresh("?", std::move(parents));
}

Result<int, ShapeConflict> normal_axis(std::int64_t axis, int rank) {
  if (axis < -rank || axis >= rank) {
    return ShapeConflict{
        "axis.C1", rank == 0 ? fmt::format("axis {} of a scalar, which has no axes", axis)
                             : fmt::format("axis {} of a tensor with {} {}", axis, rank, rank == 1 ? "axis" : "axes")};
  }
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

Result<std::vector<bool>, ShapeConflict> axis_mask(const std::optional<std::vector<std::int64_t>>& axes, int rank) {
  if (!axes) return std::vector<bool>(static_cast<std::size_t>(rank), true);
  std::vector<bool> mask(static_cast<std::size_t>(rank), false);
  for (const std::int64_t written : *axes) {
    const auto axis = normal_axis(written, rank);
    if (!axis) return axis.error();
    const auto at = static_cast<std::size_t>(*axis);
    if (mask[at]) return ShapeConflict{"axis.C2", fmt::format("axis {} is named twice", *axis)};
    mask[at] = true;
  }
  return mask;
}

DType common_dtype(const std::vector<DType>& operands, const std::vector<bool>& scalar) {
  const auto is_scalar = [&](std::size_t i) { return i < scalar.size() && scalar[i]; };
  std::optional<DType> common;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (!is_scalar(i)) common = common ? promote(*common, operands[i]) : operands[i];
  }
  DType result = common.value_or(DType::boolean);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    if (is_scalar(i)) result = promote_with_scalar(result, operands[i]);
  }
  return result;
}

DType result_dtype(const Op& op, const std::vector<DType>& operands, const std::vector<bool>& scalar,
                   const std::optional<DType>& attribute) {
  switch (op.dtype) {
    case DTypeRule::promote: return common_dtype(operands, scalar);
    case DTypeRule::floating: {
      const DType common = common_dtype(operands, scalar);
      return is_float(common) ? common : DType::float32;
    }
    case DTypeRule::boolean: return DType::boolean;
    case DTypeRule::same: return operands.empty() ? DType::float32 : operands.front();
    case DTypeRule::index: return DType::int64;
    case DTypeRule::attribute: return attribute.value_or(DType::float32);
    case DTypeRule::attribute_or_int64: return attribute.value_or(DType::int64);
    case DTypeRule::attribute_or_promote: return attribute ? *attribute : common_dtype(operands, scalar);
    case DTypeRule::sum: {
      if (attribute) return *attribute;
      const DType common = common_dtype(operands, scalar);
      return common == DType::boolean ? DType::int64 : common;
    }
    case DTypeRule::select: {
      if (operands.empty()) return DType::float32;
      const std::vector<DType> chosen(operands.begin() + 1, operands.end());
      return common_dtype(chosen, scalar.empty() ? scalar : std::vector<bool>(scalar.begin() + 1, scalar.end()));
    }
    case DTypeRule::second_or_int64: return operands.size() > 1 ? operands[1] : DType::int64;
  }
  return DType::float32;
}

}  // namespace shapelint
