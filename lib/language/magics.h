// IPython's commands in the cells of a notebook: `%matplotlib inline`, `!pip install x`, `files = !ls`, `model?`.
#pragma once

#include <string>
#include <string_view>

namespace shapelint {

/// A cell's text as Python with the same lines, and the same columns wherever Python stands. Commands become `pass`,
/// an assignment from one gets a value that is not known, a cell of another language (`%%bash`) is empty, `%time x =
/// f()` runs. Which lines are commands: IPython 8.18.1, core/inputtransformer2.py; which cell magics hold Python:
/// ruff's list (0.17.6).
std::string python_of_cell(std::string_view cell);

/// The lines of a text as comments.
std::string in_comments(std::string_view text);

}  // namespace shapelint
