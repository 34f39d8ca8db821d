// What only a run of the code's definitions can tell of a target. Losses whose call is inherited: `class
// TripletLoss(BaseLoss)` with a `compute_loss` that the base's `forward` calls; the base may stand in another file, so
// the class is made as the tracer makes it, and asked. Losses that a decorator of the user's wraps.
#pragma once

#include <optional>
#include <string>
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
/// What a name at top level makes when it is called, where that is a class of the program or a function of the module.
struct FoundMaker {
  bool is_class = false;
  std::optional<FoundMethod> called;  ///< the constructor, or the function; none where a framework's takes nothing
};
std::optional<FoundMaker> find_maker(Library& library, DimTable& dims, const LoadedModule& module,
                                     std::string_view name);
/// The one of `forward`, `call` and `__call__` through which its instances are called.
std::optional<FoundMethod> find_call(Library& library, DimTable& dims, const Target& type);

/// The methods of a class whose instances cannot be called, without those of frameworks and those whose names begin
/// with `_`. None when they can be, or when a base is not known.
std::optional<std::vector<std::string>> methods_without_call(Library& library, DimTable& dims, const Target& type);

/// `Sub.method` where the method is that of a base, maybe in another file: `find_target` finds what stands in the
/// module.
std::optional<Target> find_inherited(Library& library, DimTable& dims, const LoadedModule& module,
                                     std::string_view qualname);
/// The function of the user's that the target's decorators put in its place.
std::optional<FoundMethod> find_wrapper(Library& library, DimTable& dims, const Target& target);

/// The losses of a module (`find_losses`), where a class that inherits its call stands for the methods that this calls,
/// and one that inherits a loss and has methods of its own is a loss of its own.
std::vector<LossTarget> find_losses(Library& library, DimTable& dims, const LoadedModule& module);

}  // namespace shapelint
