// Annotations that say where a parameter holds tensors: `Tensor`, `List[Tensor]`, `List[Tuple[Tensor, Tensor]]`.
#pragma once

#include <cstddef>
#include <optional>

#include "lib/language/program.h"

namespace shapelint {

struct AnnotatedTensors {
  bool in_list = false;   ///< `List[...]`, `Tuple[Tensor, ...]`: of any length
  std::size_t parts = 0;  ///< each is a tuple of so many tensors; 0: a tensor
};

/// None where the annotation says something else, or nothing, or holds tensors in other ways.
std::optional<AnnotatedTensors> annotated_tensors(const ast::Module& program, ast::ExprId annotation);

}  // namespace shapelint
