// What one pass over a module's syntax says about its losses: the frameworks that it imports, the names that are used
// as losses, and who calls whom. Made once per module, when it is first asked for.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

struct ModuleFacts {
  bool imports_keras = false;  ///< also TensorFlow's
  bool imports_torch = false;
  bool imports_lightning = false;
  bool imports_gym = false;

  /// Functions named, or lambdas written, where a loss is meant: `compile(loss=...)`, `Trainer(loss_fn=...)`,
  /// `criterion = ...`, `loss_fn = ...`.
  std::set<std::string, std::less<>> names;
  std::set<std::uint32_t> lambdas;
  /// Of these, what `compile` gets: Keras wraps it, and brings its two arguments to one rank before it calls it.
  std::set<std::string, std::less<>> compiled;
  /// Called there: `loss=make_loss(2)`, `criterion = FocalLoss()`.
  std::set<std::string, std::less<>> made;
  /// Lambdas assigned or handed to something that is named like a loss: `self.loss = lambda t, p: ...`.
  std::set<std::uint32_t> loss_lambdas;

  struct CallPlace {
    std::uint32_t begin = 0;
    std::string_view name;     ///< `f(...)`, `self.f(...)`, `x.f(...)`: `f`
    bool is_plain = false;     ///< `f(...)` or `self.f(...)`
    bool reduces_all = false;  ///< `x.mean()`, `torch.sum(x)`: no axis is named
    bool is_trial = false;     ///< plain, and all it gets is made on the spot: `f(torch.zeros(10))`
  };
  /// Does a call of that name ask for the gradient of a loss?
  bool takes_gradient(std::string_view called) const;
  /// Every call, in the order of the text.
  std::vector<CallPlace> calls;
  /// The calls that begin inside a span.
  std::pair<const CallPlace*, const CallPlace*> calls_in(const Span& span) const;
  /// Functions that ask for the gradient of a loss, and those that call these.
  std::set<std::string_view> training;
  bool trains(const CallPlace& call) const {
    return takes_gradient(call.name) || (call.is_plain && training.contains(call.name));
  }
};

ModuleFacts find_facts(const ast::Module& program);

/// Does a name say that it is a loss?
bool is_loss_name(std::string_view name);
/// The value of a loss: `cost` as well, which as a function is anything that is to be small.
bool names_loss_value(std::string_view name);
/// `CrossEntropy`, `soft_target_cross_entropy`: a loss whose name has no other word of one.
bool names_entropy(std::string_view name);
/// Those of `torch.nn.functional`, and of `keras.losses`, that are not called losses.
bool is_loss_of_torch(std::string_view name);
bool is_loss_of_keras(std::string_view name);
/// An argument or a variable that holds a loss, not its value: `loss=` as an argument, `criterion`, `ce_loss_fn`.
bool holds_loss_argument(std::string_view name);
bool holds_loss_variable(std::string_view name);
/// The functions by which a loss becomes one number.
bool names_mean_or_sum(std::string_view name);
/// The packages, or modules in them, that make a text one of Keras or PyTorch.
bool is_keras_module(std::string_view name);
bool is_torch_module(std::string_view name);
bool is_lightning_module(std::string_view name);
/// Those of environments.
bool is_gym_module(std::string_view name);
/// `Literal["mean"]`, `List["Loss"]`: the text in its brackets is no shape.
bool has_no_shape(std::string_view type);

}  // namespace shapelint
