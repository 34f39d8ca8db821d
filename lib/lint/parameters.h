// What a target's parameters mean beyond their shapes, read from its syntax: rules see traces and no trees.
#pragma once

#include <optional>
#include <string>
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
};

/// The one of the target itself, or else of its class's constructor, unless that serves several methods. A number
/// (`reduction=16`) is no such parameter.
std::optional<ReductionParameter> reduction_parameter(const Target& target);

}  // namespace shapelint
