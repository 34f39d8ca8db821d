// What the body of a function does with a loss, as its syntax says: whether it makes one, gives one back, or takes its
// gradients. Private to lib/trace; `losses.cpp` decides with it what is looked at.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "lib/trace/library.h"
#include "lib/trace/module_facts.h"

namespace shapelint {

class LossBodies {
 public:
  explicit LossBodies(const LoadedModule& module)
      : module_(module), program_(*module.program), facts_(facts_of(module)) {}

  /// Is there a `return` of something?
  bool gives_back(const ast::Function& f) const;
  /// `return inner`, `return tf.function(inner)`, `return partial(inner, alpha)`. What calls its inner function, as by
  /// `scan(inner, ...)`, builds none.
  bool returns_inner_function(const ast::Function& f) const;

  /// Does a call ask for the gradient of a loss?
  bool calls_gradient(const ast::Function& f) const;
  /// Where a function does so itself with a loss at hand: `loss.backward()`, `tape.gradient(loss, variables)`.
  std::vector<Span> gradients(const ast::Function& f) const;

  bool calls_a_loss(const ast::Function& f) const;
  /// `value_loss.backward()`, `((f(x) - y) ** 2).mean().backward()`: a loss that the function computes itself.
  bool derives_a_loss(const ast::Function& f) const;
  /// `cost = -np.mean(y * np.log(p))`: a mean or a sum over all axes under the name of a loss, whatever becomes of it.
  bool computes_a_loss(const ast::Function& f) const;
  /// `return value + advantage - advantage.mean()`: several values of each sample, and one of all of them.
  bool adds_mean_of_all(const ast::Function& f) const;
  /// A mean or a sum, or a loss, is called somewhere.
  bool reduces(const ast::Function& f) const;

  /// `return F.kl_div(...) * t`: what comes back is made by a call of a loss.
  bool returns_a_loss(const ast::Function& f) const;
  /// `return ((a - b) ** 2).mean()`.
  bool returns_one_number(const ast::Function& f) const;
  /// `return self.criterion(x, y)`, `return self.first_loss(x, y) + self.second_loss(x, z)`.
  bool returns_other_losses(const ast::Function& f) const;

 private:
  template <typename Such>
  bool any_call(const Span& span, const Such& such) const;
  bool is_computed_in(const ast::Function& f, std::string_view variable) const;
  template <typename Such>
  bool is_made(ast::ExprId id, const std::set<std::string_view>& names, const Such& such) const;
  template <typename Such>
  bool returns_made_by(const ast::Function& f, const Such& such) const;

  const LoadedModule& module_;
  const ast::Module& program_;
  const ModuleFacts& facts_;
};

}  // namespace shapelint
