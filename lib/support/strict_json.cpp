#include "lib/support/strict_json.h"

#include <algorithm>
#include <cstddef>

namespace shapelint {
namespace {

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

}  // namespace

std::string strict_json(std::string_view text) {
  constexpr std::string_view kWords[] = {"NaN", "Infinity", "-Infinity"};
  std::string copy(text);
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && (i == 0 || !in_word(text[i - 1])) &&
               (text[i] == 'N' || text[i] == 'I' || text[i] == '-')) {
      for (const std::string_view word : kWords) {
        const std::size_t end = i + word.size();
        if (text.substr(i, word.size()) != word || (end < text.size() && in_word(text[end]))) continue;
        std::fill(copy.begin() + static_cast<std::ptrdiff_t>(i), copy.begin() + static_cast<std::ptrdiff_t>(end), '-');
        copy[i] = copy[end - 1] = '"';
        i = end - 1;
        break;
      }
    }
  }
  return copy;
}

}  // namespace shapelint
