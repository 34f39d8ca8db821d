#include "lib/support/suggest.h"

#include <algorithm>
#include <cstddef>

namespace shapelint {
namespace {

// Levenshtein's distance; words longer than 100 bytes are nobody's typing mistake.
std::size_t distance(std::string_view a, std::string_view b) {
  if (a.size() > 100 || b.size() > 100) return 1000;
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = corner + (a[i - 1] == b[j - 1] ? 0 : 1);
      corner = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const std::string* best = nullptr;
  std::size_t least = (word.size() <= 3 ? 1 : std::max<std::size_t>(2, word.size() / 3)) + 1;
  for (const std::string& name : names) {
    // What was typed is often a beginning or a part of the name.
    const bool is_part = word.size() >= 4 && name.find(word) != std::string::npos;
    const std::size_t d = is_part ? 1 : distance(word, name);
    if (d < least) {
      least = d;
      best = &name;
    }
  }
  return best == nullptr ? "" : "; did you mean '" + *best + "'?";
}

}  // namespace shapelint
