// Which functions of a module there are, and which of them are losses: what `check` looks at, and what a TARGET on the
// command line names.
#pragma once

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/library.h"
#include "lib/trace/tracer.h"

namespace shapelint {

/// Every function, method, lambda and class of a module, in the order of the text.
std::vector<Target> all_targets(const LoadedModule& module);

/// The name of the target that is a module's top level itself: a script that trains.
inline constexpr std::string_view kModuleBody = "<module>";
/// Has a target no function, and no class, but is the top level of its module?
inline bool is_module_body(const Target& target) { return !target.function && !target.class_id && !target.binding; }

/// Through the first of these that it has, an instance of a class is called: torch.nn.Module's, Keras', Python's own.
inline constexpr std::string_view kCallMethods[] = {"forward", "call", "__call__"};
inline bool is_call_method(std::string_view name) {
  return std::ranges::find(kCallMethods, name) != std::end(kCallMethods);
}

/// What a C++ user calls `__call__`.
inline constexpr std::string_view kCallOperator = "operator()";

/// By qualified name: Python's (`make.<locals>.loss`), or with plain dots (`make.loss`); a class name is the class
/// whose instances are called. The last definition of a name wins, as in Python. A name without one may be bound to a
/// callable at top level: `criterion = nn.MSELoss()`, `mse = partial(power_loss, p=2)`, an import.
std::optional<Target> find_target(const LoadedModule& module, std::string_view qualname);
/// The innermost function or lambda around a line (from 1).
std::optional<Target> target_at_line(const LoadedModule& module, const SourceFile& file, std::uint32_t line);
/// Qualified names that look like `qualname`, best first, for "did you mean".
std::vector<std::string> similar_targets(const LoadedModule& module, std::string_view qualname);

/// How a function is known to be a loss, and so what its parameters are.
enum class Convention {
  none,    ///< by its name or annotations alone
  keras,   ///< called by Keras with (y_true, y_pred): each (batch, d0, ..., dN)
  torch,   ///< called by the user's own code, (input, target) or any other way: shapes are guesses
  arrays,  ///< the same with NumPy, JAX or TensorFlow
};
/// May shapes that nobody states be tried?
inline bool is_tried(Convention convention) {
  return convention == Convention::torch || convention == Convention::arrays;
}

struct LossTarget {
  Target target;
  Convention convention = Convention::none;
  std::string reason;      ///< "passed to compile(loss=...)"
  bool is_helper = false;  ///< another loss calls it, which shows it with the shapes it really gets
};

/// The losses of a module, in the order of the text; scripts come first.
std::vector<LossTarget> find_losses(const LoadedModule& module);
/// The convention by which one function is called, also for a TARGET that nobody would have found.
Convention convention_of(const LoadedModule& module, const Target& target);
/// Is a function one that Keras calls and averages? The names of Keras' own losses say so, its base class, or its place
/// in `compile`; `labels` and `logits` may be anybody's.
bool is_called_by_keras(const LoadedModule& module, const Target& target);

/// What a parameter is by its name.
enum class Role { target, prediction, weight, mask, other };
Role role_of(std::string_view parameter);

}  // namespace shapelint
