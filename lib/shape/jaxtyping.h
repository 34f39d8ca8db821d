// jaxtyping's string grammar for shapes, read and written (checked against jaxtyping 0.3 docs/api/array.md):
// `"B N"`, `""`, `"B 2*L+1"`, `"*rest C"`, `"... C"`, `"#B N"`, `"_ N"`, `"rows=3"`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/shape/dim.h"
#include "lib/shape/shape.h"
#include "lib/support/result.h"

namespace shapelint {

struct GrammarError {
  std::string message;       ///< what is wrong and what is accepted
  std::size_t offset = 0;    ///< byte offset in the text
  bool at_run_time = false;  ///< legal in jaxtyping, which evaluates it when the function runs
};

struct ShapeSpec {
  struct Axis {
    Dim dim;
    bool broadcastable = false;  ///< `#n`: broadcasting is intended here
    bool variadic = false;       ///< `*name` or `...`: any number of axes (`dim` unused)
    bool anonymous = false;      ///< `_` or `_name`
    std::string name;            ///< as written, without prefixes
  };
  std::vector<Axis> axes;
  bool has_variadic() const;
  /// The shape, when there is no variadic axis.
  std::optional<Shape> shape() const;
};

/// Gives the dim of a name; called once per occurrence.
using SymbolLookup = std::function<Dim(std::string_view name)>;

/// A single shape string.
Result<ShapeSpec, GrammarError> parse_shape(std::string_view text, DimTable& dims, const SymbolLookup& lookup);
/// The same for what a program states, where a size that jaxtyping evaluates at run time is one by the name of its
/// text.
Result<ShapeSpec, GrammarError> parse_annotation(std::string_view text, DimTable& dims, const SymbolLookup& lookup);
/// `"[B C, B C H]"`: a list or tuple of shapes; a plain shape gives one.
struct ShapeList {
  bool is_list = false;
  std::vector<ShapeSpec> shapes;
};
Result<ShapeList, GrammarError> parse_shapes(std::string_view text, DimTable& dims, const SymbolLookup& lookup);
/// One size expression: integers, names, + - * // % and parentheses.
Result<Dim, GrammarError> parse_dim(std::string_view text, DimTable& dims, const SymbolLookup& lookup);

}  // namespace shapelint
