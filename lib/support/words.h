// Words in texts that people write: names, docstrings, comments.
#pragma once

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint {

/// Can a name hold it?
inline bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Is one of the words among `of`?
inline bool has_any(const std::vector<std::string>& words, std::initializer_list<std::string_view> of) {
  return std::ranges::any_of(words, [&](const std::string& word) { return std::ranges::find(of, word) != of.end(); });
}

}  // namespace shapelint
