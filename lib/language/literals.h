// Values of number and string literals from their text. Private to lib/language.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace shapelint {

struct NotANumber {
  std::string reason;
};
/// Of an integer or float token, with Python's underscores and prefixes.
std::variant<std::int64_t, double, NotANumber> number_value(std::string_view token);

/// How a string literal opens: `rb"""`.
struct StringPrefix {
  bool raw = false, bytes = false, format = false;
  std::uint32_t quotes = 0;  ///< length of the opening quotes: 1 or 3
  std::uint32_t length = 0;  ///< of letters and quotes together
};
StringPrefix string_prefix(std::string_view literal);

/// What the literal (with prefix and quotes) stands for, in UTF-8. A byte above 127 of a bytes literal is the character
/// with that number; a lone surrogate and a `\N{...}` name become U+FFFD.
std::string string_value(std::string_view literal);

/// `text` with every invalid UTF-8 sequence replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace shapelint
