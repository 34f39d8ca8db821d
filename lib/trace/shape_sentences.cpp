// Shapes in whole sentences of a docstring: `logits (B, C), labels (B,)`, `x and y are (B, D)`, `all inputs are (B,
// T)`.
#include <algorithm>
#include <cctype>
#include <cstddef>

#include "lib/support/words.h"
#include "lib/trace/shape_text.h"

namespace shapelint {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::ranges::find(words, word) != std::end(words);
}

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

class Sentences {
 public:
  Sentences(std::string_view text, const std::vector<std::string>& names, const std::vector<std::string>& required)
      : text_(text.substr(0, results(text))), names_(names), required_(required) {}

  NamedShapes run() {
    while (at_ < text_.size()) {
      if (!is_word(text_[at_])) {
        ++at_;
        continue;
      }
      const std::size_t begin = at_;
      const std::string_view word = next_word();
      const bool is_part = begin > 0 && (text_[begin - 1] == '.' || text_[begin - 1] == '-');
      if (!is_part && is_name(word, begin)) subject(word);
      else if (!is_part) quantified(word);
    }
    return std::move(out_);
  }

 private:
  // What comes back is described behind the parameters.
  static std::size_t results(std::string_view text) {
    for (const std::string_view head : {"\nReturn", "\n    Return", ":return", "\nYield", " -> "}) {
      if (const std::size_t at = text.find(head); at != std::string_view::npos) text = text.substr(0, at);
    }
    return text.size();
  }

  std::string_view next_word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  void skip(std::string_view characters) { at_ = std::min(text_.find_first_not_of(characters, at_), text_.size()); }

  // `a` is a word of English as well.
  bool is_name(std::string_view word, std::size_t begin) const {
    const bool is_quoted = begin > 0 && text_[begin - 1] == '`';
    return (word != "a" || is_quoted) && std::ranges::find(names_, word) != names_.end();
  }

  // `x`, `x, y`, `x and y`, `x, y and z`.
  void subject(std::string_view first) {
    std::vector<std::string> subjects{std::string(first)};
    while (true) {
      const std::size_t before = at_;
      skip("`*");
      skip_note();
      const bool comma = at_ < text_.size() && text_[at_] == ',';
      if (comma) ++at_;
      skip(" \t\n`*");
      std::size_t begin = at_;
      std::string_view word = next_word();
      if (word == "and") {
        skip(" \t\n`*");
        begin = at_;
        word = next_word();
      } else if (!comma) {
        at_ = before;
        break;
      }
      if (word.empty() || !is_name(word, begin)) {
        at_ = before;
        break;
      }
      subjects.emplace_back(word);
    }
    take(subjects);
  }

  // `x (not used) and y`: words in brackets, neither sizes nor what holds tensors.
  void skip_note() {
    const std::size_t open = text_.find_first_not_of(" `*", at_);
    if (open == std::string_view::npos || text_[open] != '(') return;
    const std::size_t close = text_.find_first_of("()\n", open + 1);
    if (close == std::string_view::npos || text_[close] != ')') return;
    if (!shape_at_start(text_.substr(open)) && !is_about_container(text_.substr(open, close - open))) at_ = close + 1;
  }

  // `all arguments have shape (B,)`, `both views are (B, D)`.
  void quantified(std::string_view word) {
    static constexpr std::string_view kAll[] = {"all", "every", "each", "both"};
    static constexpr std::string_view kNouns[] = {"argument", "arguments", "input",  "inputs",    "tensor",
                                                  "tensors",  "array",     "arrays", "parameters"};
    const std::string quantor = lower(word);
    if (!is_one_of(quantor, kAll)) return;
    const std::size_t before = at_;
    skip(" \t\n");
    const std::string noun = lower(next_word());
    const bool is_pair = quantor == "both" && required_.size() == 2;
    if (is_pair || (quantor != "both" && is_one_of(noun, kNouns))) take(required_);
    else at_ = before;
  }

  // What stands between a name and its shape: `is a column of shape`.
  void take(const std::vector<std::string>& subjects) {
    static constexpr std::string_view kBetween[] = {"is",     "are",    "has", "have",  "of",     "with",    "shape",
                                                    "shaped", "the",    "a",   "an",    "tensor", "tensors", "matrix",
                                                    "vector", "column", "row", "array", "both",   "all",     "size"};
    const std::size_t before = at_;
    if (text_.substr(at_).starts_with(".shape")) at_ += std::string_view(".shape").size();
    for (int words = 0; words < 6; ++words) {
      skip(" \t\n`*:=-");
      const std::size_t begin = at_;
      const std::string word = lower(next_word());
      if (!is_one_of(word, kBetween)) {
        at_ = begin;
        break;
      }
    }
    const bool is_said = text_.substr(before, at_ - before).find_first_not_of(" \t\n`*") != std::string_view::npos;
    if (begins_with_axis(text_.substr(at_))) {
      const auto shape = shape_at_start(text_.substr(at_));
      if (shape && (is_said || has_short_sizes(*shape))) {
        for (const std::string& name : subjects) out_.emplace_back(name, *shape);
        at_ = std::min(text_.find_first_of(")]", at_), text_.size());
        return;
      }
    }
    at_ = before;
  }

  // `stage (TRAIN, VALID)` are the values that it has: without a word between them, sizes are short.
  static bool has_short_sizes(std::string_view shape) {
    std::size_t length = 0;
    for (const char c : shape) {
      length = std::isupper(static_cast<unsigned char>(c)) != 0 ? length + 1 : 0;
      if (length > 3) return false;
    }
    return true;
  }

  // `(B, N)`, `[batch, 1]`, `B x N`: a capital or the batch first.
  static bool begins_with_axis(std::string_view text) {
    if (text.starts_with('(') || text.starts_with('[')) text.remove_prefix(1);
    return !text.empty() && (std::isupper(static_cast<unsigned char>(text.front())) != 0 || text.starts_with("batch"));
  }

  std::string_view text_;
  const std::vector<std::string>& names_;
  const std::vector<std::string>& required_;
  std::size_t at_ = 0;
  NamedShapes out_;
};

}  // namespace

NamedShapes shapes_in_sentences(std::string_view text, const std::vector<std::string>& names,
                                const std::vector<std::string>& required) {
  return without_contradictions(Sentences(text, names, required).run());
}

}  // namespace shapelint
