// What a target's parameters mean beyond their shapes, read from its syntax: rules see traces and no trees.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/tracer.h"

namespace shapelint {

/// A parameter that chooses how a loss is reduced: `reduction="mean"`, `size_average=True`.
struct ReductionParameter {
  std::string name;
  Span span;
  bool of_init = false;             ///< of the class's constructor
  bool is_read = false;             ///< does its function say its name at all?
  std::vector<std::string> values;  ///< what it may be, as literals
  /// Those that the code accepts by name: its default, what it is compared with, what is documented in quotes.
  std::vector<std::string> named;
};

/// The one of the target itself, or else of its class's constructor, unless that serves several methods. A number
/// (`reduction=16`) is no such parameter.
std::optional<ReductionParameter> reduction_parameter(const Target& target);

/// What the name of a parameter and the documentation of a target (docstrings, comments) say of a mask.
enum class MaskText {
  nothing,
  mask,       ///< it is called one
  indicator,  ///< and its values are explained: `mask is 1 where the token counts`
  padding     ///< what is left out is padding, lies beyond the end of a sequence or is ignored
};
MaskText mask_text(const Target& target, const SourceMap& sources, std::string_view parameter);
/// The same of a parameter of a function that the target calls.
MaskText mask_text(const ast::Module& module, const ast::Function& function, const SourceMap& sources,
                   std::string_view parameter);
/// Does the documentation speak of labels that are this number: "labels of -100 are left out"?
bool documents_ignored(const Target& target, const SourceMap& sources, double label);

}  // namespace shapelint
