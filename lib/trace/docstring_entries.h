// The entries of a docstring that are about parameters, in the styles of Google, NumPy, Sphinx and PyTorch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shapelint {

struct DocstringEntry {
  std::vector<std::string> names;  ///< as the function spells them; several for `x1, x2: ...`
  std::string type;                ///< `(torch.Tensor)`, with its brackets
  std::string text;                ///< what is said, with the lines that are indented deeper
};

/// `pred (torch.Tensor): ...`, `pred : ...`, `:param pred: ...`, `- Pred: ...` about the parameters `names`.
std::vector<DocstringEntry> entries_in_docstring(std::string_view text, const std::vector<std::string>& names);

/// A parameter that has the shape of another one, as an entry says: `mask: same shape as target`.
struct Likeness {
  std::string name;
  std::string other;
};
/// Where an entry says `same shape as target` and no more. Exceptions (`but for the last axis`) and alternatives are
/// none.
std::vector<Likeness> likeness_in_docstring(std::string_view text, const std::vector<std::string>& names);

}  // namespace shapelint
