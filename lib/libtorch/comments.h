// Comments and annotations, from which shapes and suppressions are read. Private to lib/libtorch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <clang/Basic/LangOptions.h>
#include <llvm/ADT/StringRef.h>

#include "lib/language/program.h"

namespace shapelint::libtorch {

/// Every comment of a text, also those in parts that the preprocessor skips or that a precompiled prefix holds.
std::vector<ast::Comment> comments_in(llvm::StringRef text, const clang::LangOptions& language);

struct CommentAbove {
  std::string text;  ///< without the marks of comments
  Span span;
};
/// The comments that end right above the line where a definition begins.
std::optional<CommentAbove> comment_above(llvm::StringRef text, const std::vector<ast::Comment>& comments,
                                          std::uint32_t begin);

/// `[[clang::annotate("shapelint:B N")]]`, also `shapelint:Int[B]`: the kind and the sizes.
struct StatedShape {
  std::string kind;   ///< a dtype name of jaxtyping, "Float" by default
  std::string shape;  ///< "B N"
};
std::optional<StatedShape> stated_shape_of(const std::string& annotation);

}  // namespace shapelint::libtorch
