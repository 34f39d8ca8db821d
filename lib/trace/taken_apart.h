// Parameters that a function takes apart, by its text: `x, y = batch`, `for x, y in loader`. What a loader gives has no
// type that anybody writes down, and these are the places that say how many tensors it holds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

struct TakenApart {
  struct Part {
    std::string place;      ///< in the tuple: `1`, of a tuple in it `0.1`
    std::string_view name;  ///< of the variable that gets it
  };
  std::vector<Part> parts;
  bool in_rows = false;  ///< the parameter is a sequence of such tuples, and not one
};

/// By the names of what is taken apart. What is taken apart in several ways is not among them.
std::map<std::string_view, TakenApart> taken_apart(const ast::Module& program, const ast::Function& function);

}  // namespace shapelint
