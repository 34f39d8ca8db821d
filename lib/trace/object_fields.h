// The tensors of a C++ parameter of a class, or of a list of them, as the frontend writes its annotation:
// `object(CLASS(FIELD=...))`, `object([CLASS(FIELD=...)] * n)`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

struct ObjectFields {
  /// By name, with what the field's declaration states of its shape: `Float["B N"]`, or `Comment["(B, N) logits"]`;
  /// invalid where that is nothing.
  std::vector<std::pair<std::string, ast::ExprId>> tensors;
  bool in_list = false;
};

ObjectFields fields_of_object(const ast::Module& program, const ast::Param& param);

/// What a comment behind a field's declaration says: the text in `Comment["..."]`.
const std::string* comment_of_field(const ast::Module& program, ast::ExprId stated);

}  // namespace shapelint
