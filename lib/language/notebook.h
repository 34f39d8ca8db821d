// Jupyter notebooks: the code of the cells as one text, in the order in which they stand. Formats 3 and
// 4, by nbformat 5.10 (docs/format_description.rst).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/support/result.h"
#include "lib/support/source.h"

namespace shapelint {

/// A cell with a bracket or a string that is never closed, which would swallow the cells below: it is left out.
struct BrokenCell {
  std::string place;  ///< `cell 2:3:7`
  std::string message;
};

struct Notebook {
  SourceText source;
  std::vector<BrokenCell> broken;
};

/// The Python of a notebook, empty when it is of another language; commands of IPython are no part of it (magics.h),
/// and outputs are not read. The error is a sentence without the file's name, with its place where the JSON is broken.
Result<Notebook, std::string> read_notebook(std::string_view json);

}  // namespace shapelint
