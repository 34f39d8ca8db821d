// Losses whose call is inherited: `class TripletLoss(BaseLoss)` with a `compute_loss` that the base's `forward` calls.
// The base may stand in another file, so the class is made as the tracer makes it, and asked.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/trace/targets.h"

namespace shapelint {

/// A method of a class as it is found through its bases: where it stands.
struct FoundMethod {
  const LoadedModule* home = nullptr;
  ast::FunctionId function;
  const ast::Function& ast() const { return home->program->function(function); }
};

/// The method `name` of a class at top level; none where it comes from a framework, or a base is not known.
std::optional<FoundMethod> find_method(Library& library, DimTable& dims, const Target& type, std::string_view name);
/// The one of `forward`, `call` and `__call__` through which its instances are called.
std::optional<FoundMethod> find_call(Library& library, DimTable& dims, const Target& type);

/// The losses of a module (`find_losses`), where a class that inherits its call stands for the methods that this calls.
std::vector<LossTarget> find_losses(Library& library, DimTable& dims, const LoadedModule& module);

}  // namespace shapelint
