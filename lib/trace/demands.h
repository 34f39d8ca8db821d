// What a function refuses to run without, as its own first lines say: `assert x.dim() == 2`,
// `TORCH_CHECK(a.size(0) == b.size(0))`, `if x.shape != y.shape: raise`, `b, n = x.shape`. Private to lib/trace.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/language/program.h"
#include "lib/ops/dtype.h"

namespace shapelint {

/// An axis of a parameter, or of a part of one (`outputs.logits`); negative from the end.
struct AxisOf {
  std::string name;
  std::int64_t axis = 0;
};

/// Demands on parameters, each list in the order of the code.
struct Demands {
  std::map<std::string, int> ranks;
  std::vector<std::pair<std::string, std::string>> same_rank, same_shape;
  std::vector<std::pair<AxisOf, AxisOf>> same_size;
  std::vector<std::pair<AxisOf, std::int64_t>> sizes;
  std::map<std::string, DType> dtypes;

  /// Has the parameter a rank or sizes, as tensors do?
  bool is_about(const std::string& name) const;
};

/// Only what holds whichever way the function goes. Functions of the same file that it hands its parameters to for a
/// look (`check_shapes(pred, target)`, `self._validate(pred, target)`) are read as well.
Demands demands_of(const ast::Module& program, const ast::Function& function);

}  // namespace shapelint
