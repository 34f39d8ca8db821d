// Places in lists that are written with iterators. Private to lib/libtorch.
#pragma once

#include <optional>

#include <clang/AST/Expr.h>

namespace shapelint::libtorch {

/// `v.begin() + n`, `v.end() - n`, `std::next(v.begin(), n)`.
struct Position {
  const clang::Expr* list = nullptr;
  bool from_end = false;
  const clang::Expr* distance = nullptr;  ///< null: none
  bool backwards = false;
};

/// An iterator without its conversion to a const one.
const clang::Expr* strip_iterator(const clang::Expr* e);
/// Nothing for what is written in another way.
std::optional<Position> position_of(const clang::Expr* e);

}  // namespace shapelint::libtorch
