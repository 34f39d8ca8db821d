// The arguments of `set`, `size` and `arg`: `NAME=VALUE`, several on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shapelint::prompt {

using Assignments = std::vector<std::pair<std::string, std::string>>;

/// A value ends before the next `NAME=` that is outside of brackets and quotes, so `y=B N` needs no quotes. With
/// `strip_quotes`, quotes around a whole value are no part of it. None when the text is of another form.
std::optional<Assignments> parse_assignments(std::string_view text, bool strip_quotes);

/// jaxtyping's grammar for what people type: `(B, 5)` is "B 5", `(B,)` is "B", `()` is "".
std::string shape_argument(std::string_view text);

}  // namespace shapelint::prompt
