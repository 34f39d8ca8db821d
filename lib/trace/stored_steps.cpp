#include "lib/trace/stored_steps.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>
#include <vector>

namespace shapelint {
namespace {

struct Named {
  std::string_view word;
  StepPart part;
};
// Words of a name in lower case, without an `s` at their end.
constexpr Named kWords[] = {
    {"state", StepPart::observation}, {"ob", StepPart::observation},   {"observation", StepPart::observation},
    {"action", StepPart::action},     {"act", StepPart::action},       {"reward", StepPart::reward},
    {"rew", StepPart::reward},        {"done", StepPart::ended},       {"terminal", StepPart::ended},
    {"terminated", StepPart::ended},  {"truncated", StepPart::ended},  {"mask", StepPart::ended},
    {"termination", StepPart::ended}, {"truncation", StepPart::ended},
};
// Names of one letter, as in papers.
constexpr Named kLetters[] = {{"s", StepPart::observation},
                              {"s_", StepPart::observation},
                              {"s2", StepPart::observation},
                              {"ns", StepPart::observation},
                              {"s_prime", StepPart::observation},
                              {"a", StepPart::action},
                              {"r", StepPart::reward},
                              {"d", StepPart::ended}};

}  // namespace

std::optional<StepPart> part_of_step(std::string_view name) {
  const auto letter = std::ranges::find(kLetters, name, &Named::word);
  if (letter != std::end(kLetters)) return letter->part;
  std::vector<std::string> words(1);
  for (const char c : name) {
    const bool is_upper = std::isupper(static_cast<unsigned char>(c)) != 0;
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if ((is_upper || !is_letter) && !words.back().empty()) words.emplace_back();
    if (is_letter) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (std::string& word : words) {
    if (word.size() > 2 && word.ends_with('s')) word.pop_back();
    const auto known = std::ranges::find(kWords, word, &Named::word);
    if (known != std::end(kWords)) return known->part;
  }
  return std::nullopt;
}

}  // namespace shapelint
