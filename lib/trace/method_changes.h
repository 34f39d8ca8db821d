// What the methods of a class do to their object, by their text. Private to lib/trace.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

/// The attributes that a method changes.
struct MethodChanges {
  const ast::Function* method;
  std::set<std::string> grown;    ///< lists that it adds to
  std::set<std::string> counted;  ///< numbers that it makes of what they were
};

/// Of all methods but the constructor, in the order of the text.
std::vector<MethodChanges> changes_in(const ast::Module& program, const ast::Class& type);

}  // namespace shapelint
