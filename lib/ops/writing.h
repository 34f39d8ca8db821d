// What the ops that write share: a value that is fitted into a part of a tensor. Private to lib/ops.
#pragma once

#include <cmath>

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {

/// What becomes of an element that is written over.
enum class WriteMode { set, add, mul, max, min };

///   errors  mode.C1
inline Result<WriteMode, ShapeConflict> write_mode(const std::vector<std::string>& texts) {
  const std::string mode = texts.empty() ? "set" : texts[0];
  if (mode == "set") return WriteMode::set;
  if (mode == "add") return WriteMode::add;
  if (mode == "mul") return WriteMode::mul;
  if (mode == "max") return WriteMode::max;
  if (mode == "min") return WriteMode::min;
  return conflict("mode.C1", "'{}' is none of 'set', 'add', 'mul', 'max' and 'min'", mode);
}

/// `old` after `value` is written there; nan wins over numbers, as in NumPy.
inline double written(WriteMode mode, double old, double value) {
  switch (mode) {
    case WriteMode::set: return value;
    case WriteMode::add: return old + value;
    case WriteMode::mul: return old * value;
    case WriteMode::max: return std::isnan(old) || old > value ? old : value;
    case WriteMode::min: return std::isnan(old) || old < value ? old : value;
  }
  return value;
}

/// `value` without axes of 1 in front that are more than `rank`: NumPy and PyTorch let `x[0] = ones((1, 1, 3))` pass.
inline Shape without_leading_ones(Shape value, std::size_t rank, const Facts& facts) {
  while (value.size() > rank && number(value.front(), facts) == 1) value.erase(value.begin());
  return value;
}

/// The elements of `value` in the extents of a part, in the dtype of what it is written into.
///   errors  assign.C1    value does not fit
///           kernel.size
inline Result<Array, ShapeConflict> value_for(Array value, const Extents& part, DType dtype) {
  while (value.shape.size() > part.size() && value.shape.front() == 1) value.shape.erase(value.shape.begin());
  auto fitted = shapelint::broadcast_to(value, part);
  if (fitted) return convert(*fitted, dtype);
  if (fitted.error().label != "kernel") return fitted;
  return conflict("assign.C1", "{} does not fit into a part of shape {}", shapelint::show(value.shape),
                  shapelint::show(part));
}

}  // namespace shapelint::ops
