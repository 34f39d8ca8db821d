// Large arrays that every run makes anew from nothing, as the weights of a layer: they are made once, and are the same
// array for all runs that are held at once. A run on each sample of a batch would otherwise hold a wide model as often
// as there are samples.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/ops/op.h"

namespace shapelint {

class SharedArrays {
 public:
  /// Names what an op makes of arrays; empty where it is small, or made of a run's own numbers.
  std::string name(const Op& op, const OpArgs<Array>& numbers, const std::vector<ArrayPtr>& operands) const;
  /// Null when nobody holds it.
  ArrayPtr find(const std::string& name) const;
  void keep(const std::string& name, const ArrayPtr& array);

 private:
  std::map<std::string, std::weak_ptr<const Array>> made_;
  std::map<const Array*, std::weak_ptr<const Array>> ours_;
};

}  // namespace shapelint
