// What a function does with its parameters, as far as it tells what they are. Private to lib/trace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

// What a function does with its parameters, by their names.
struct Usage {
  std::set<std::string_view> as_tensors;                   ///< `x.shape`, `x.view(...)`, `F.relu(x)`, `x[:, 0]`
  std::set<std::string_view> given_to_torch;               ///< `torch.abs(x)`, but `torch.zeros(n)` as well
  std::set<std::string_view> columns;                      ///< `x[:, None]`: one axis, which becomes the first of two
  std::set<std::string_view> called;                       ///< `model(...)`, `model.encode(...)`: no tensors
  std::set<std::string_view> as_lists;                     ///< `xs[0].shape` and `for x in xs` or `len(xs)`
  std::set<std::string_view> as_dicts;                     ///< `batch["image"]`, `batch.items()`
  std::map<std::string_view, std::set<std::string>> keys;  ///< `batch["image"]`
  std::map<std::string_view, std::set<std::string>> attributes;  ///< `batch.image`, no methods
  std::map<std::string_view, std::size_t> least;                 ///< `xs[2]`: three at least
  std::map<std::string_view, std::size_t> exact;                 ///< `if len(xs) != 1: raise`, `assert len(xs) == 1`

  bool is_tensor(std::string_view name) const { return as_tensors.contains(name) || given_to_torch.contains(name); }
};

/// The places in `program.exprs` of the expressions within `span`.
std::vector<std::uint32_t> indices_in(const ast::Module& program, const Span& span);

/// The innermost function or lambda around a place; null at top level.
const ast::Function* function_around(const ast::Module& program, const Span& span);

/// `exprs`: `indices_in(program, function)`.
Usage usage_in(const ast::Module& program, const Span& function, const std::vector<std::uint32_t>& exprs);

}  // namespace shapelint
