// Which statements of a module decide a name: so that asking for one name of a large module runs these and nothing
// else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/language/program.h"
#include "lib/support/text_map.h"

namespace shapelint {

struct ModuleIndex {
  /// Name to the top-level statements (positions in `Module::body`, ascending) that bind it or change what it holds:
  /// assignments (to parts of it as well), definitions, imports, calls of its methods, and compound statements that
  /// hold one of those.
  TextMap<std::vector<std::uint32_t>> statements;
  /// Statements with `from m import *`.
  std::vector<std::uint32_t> stars;
  /// The absolute paths that top-level imports name, in order.
  std::vector<std::string> imports;
};

ModuleIndex index_module(const ast::Module& module);

}  // namespace shapelint
