// Shapes that a function's text states. In prose, docstrings and comments as people write them, only what can hardly
// mean anything else is taken; a shape that is not found costs less than one that is not there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/language/program.h"

namespace shapelint {

/// Names with their shapes in jaxtyping's grammar.
using NamedShapes = std::vector<std::pair<std::string, std::string>>;

/// `# y_true, y_pred: (B, 5), weight: (B,), labels: Int[B T]` in a comment or docstring.
NamedShapes shapes_in_text(std::string_view text);

/// A docstring without its examples (`>>> loss(x, y, axis=(2, 3))`), whose numbers are values.
std::string without_examples(std::string_view docstring);

/// The entries of a docstring that are about the parameters `names`, in the styles of Google, NumPy, Sphinx and
/// PyTorch: `pred (torch.Tensor): logits of shape [B, C]`, `pred : Tensor, shape (N, C)`, `:param pred: ... (B, N)`,
/// `boxes (Tensor[N, 4])`, `- Input: :math:`(N, C)``. An entry with more than one shape says nothing.
NamedShapes shapes_in_docstring(std::string_view text, const std::vector<std::string>& names);

/// What a docstring says comes back: `Returns: a tensor of shape (B,)`, `:return: (B,)`, NumPy's section. None where it
/// depends on something.
std::optional<std::string> shape_of_result(std::string_view docstring);

/// Sentences of a docstring about the parameters `names`: `logits (B, C), labels (B,)`, `x and y are (B, D)`; and about
/// all `required` ones at once: `all inputs are (B, T)`. What comes back is not read.
NamedShapes shapes_in_sentences(std::string_view text, const std::vector<std::string>& names,
                                const std::vector<std::string>& required);

/// One shape for each name; names with several that differ (`Shape:` lists several cases) state nothing.
NamedShapes without_contradictions(const NamedShapes& all);

/// `(B, N)`, `[B, N]` or `B x N` at the start of a text; none when it is prose, or goes on with `or`.
std::optional<std::string> shape_at_start(std::string_view text);

/// Is a text about something that holds tensors, as a list? A shape in it is then that of a part.
bool is_about_container(std::string_view text);

/// What a comment behind a parameter says of it: `pred,  # (B, C)`. In Python it is about all parameters of its line,
/// or says one shape for each of them; in C++ about the one before it.
NamedShapes shapes_behind(const SourceFile& file, const ast::Function& function, const ast::Comment& comment,
                          bool is_cxx);

/// `assert pred.shape == (batch, 1)`: the name, and the sizes as they are written.
struct AssertedShape {
  std::string_view name;
  const ast::TupleExpr* sizes = nullptr;
};
/// What a statement asserts so; none when it is no such assertion.
std::optional<AssertedShape> asserted_shape(const ast::Module& program, const ast::Stmt& stmt);

}  // namespace shapelint
