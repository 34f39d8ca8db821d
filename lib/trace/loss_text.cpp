#include "lib/trace/loss_text.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "lib/support/words.h"
#include "lib/trace/loss_signs.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

std::size_t find(std::string_view text, std::string_view word, std::size_t from = 0) {
  if (from >= text.size()) return std::string_view::npos;
  const void* at = memmem(text.data() + from, text.size() - from, word.data(), word.size());
  return at == nullptr ? std::string_view::npos : static_cast<std::size_t>(static_cast<const char*>(at) - text.data());
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return find(text, word) != std::string_view::npos; });
}

// C++: is there a list of parameters with a target and a prediction? A parameter's name is the last word before `,`,
// `)` or `=` and has a type before it, so that the arguments of most calls are none. Strings and comments are not told
// apart.
bool has_typed_pair(std::string_view text) {
  struct List {
    bool target = false;
    bool prediction = false;
    int words = 0;
    std::string_view last;
    bool is_named = false;  ///< what follows is a default
  };
  std::vector<List> open;
  const auto end_parameter = [](List& list) {
    if (list.words > 1) {
      const Role role = role_of(list.last);
      list.target = list.target || role == Role::target;
      list.prediction = list.prediction || role == Role::prediction;
    }
    list.words = 0;
    list.is_named = false;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      if (open.size() > 64) open.clear();
      open.emplace_back();
    } else if (open.empty()) {
      continue;
    } else if (c == ')') {
      end_parameter(open.back());
      if (open.back().target && open.back().prediction) return true;
      open.pop_back();
    } else if (c == ',') {
      end_parameter(open.back());
    } else if (c == '=') {
      open.back().is_named = true;
    } else if (c == ';' || (c == '{' && !open.back().is_named)) {
      open.clear();
    } else if (is_word(c)) {
      const std::size_t begin = at;
      while (at + 1 < text.size() && is_word(text[at + 1])) ++at;
      if (open.back().is_named) continue;
      open.back().last = text.substr(begin, at + 1 - begin);
      ++open.back().words;
    }
  }
  return false;
}

// `// (B, N)`, `/* pred: (B, N) */`, `pred: [B, N]`; C++: `SHAPE("B 1")`, a macro in capitals with a text for its first
// argument.
bool has_stated_shape(std::string_view text) {
  for (const std::string_view open : {"// (", "/* (", ": (", ": ["}) {
    for (std::size_t at = find(text, open); at != std::string_view::npos; at = find(text, open, at + open.size())) {
      const std::string_view shape = text.substr(at + open.size(), 12);
      if (shape.find(',') != std::string_view::npos && std::isupper(static_cast<unsigned char>(shape.front())) != 0)
        return true;
    }
  }
  for (std::size_t at = find(text, "(\""); at != std::string_view::npos; at = find(text, "(\"", at + 2)) {
    if (at > 0 && (std::isupper(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_')) return true;
  }
  return has_any(text, {"annotate("});
}

// `value + advantage - advantage.mean()`, `- torch.mean(x)`.
bool takes_mean_away(std::string_view text) {
  for (std::size_t at = find(text, ".mean("); at != std::string_view::npos; at = find(text, ".mean(", at + 1)) {
    std::string_view before = text.substr(0, at);
    while (!before.empty() && (is_word(before.back()) || before.back() == '.')) before.remove_suffix(1);
    while (before.ends_with(' ')) before.remove_suffix(1);
    if (before.ends_with('-')) return true;
  }
  return false;
}

}  // namespace

bool may_import_framework(std::string_view text) {
  for (const std::string_view name : {"torch", "keras", "tensorflow", "jax", "numpy", "optax", "flax", "lightning"}) {
    for (std::size_t at = find(text, name); at != std::string_view::npos; at = find(text, name, at + name.size())) {
      std::string_view line = text.substr(0, at);
      line.remove_prefix(line.rfind('\n') + 1);
      if (find(line, "import") != std::string_view::npos || find(line, "from") != std::string_view::npos) return true;
    }
  }
  // `from common import *` may bring it, under its usual name.
  return find(text, "import *") != std::string_view::npos &&
         has_any(text, {"torch.", "tf.", "nn.", "np.", "jnp.", "K."});
}

bool may_hold_loss(std::string_view text) {
  if (!may_import_framework(text)) return false;
  const bool has_word =
      has_any(text, {"loss",      "Loss",           "LOSS",          "riterion",     "CRITERION",   "bjective",
                     "OBJECTIVE", "Metric",         "cross_entropy", "CrossEntropy", "kl_div",      "nll",
                     "NLL",       "log_likelihood", "cost = ",       "Float[",       "jaxtyping",   "torchtyping",
                     "compile(",  "value_and_grad", "grad(",         ".backward(",   "GradientTape"}) ||
      (has_stated_shape(text) && has_any(text, {"mean", "sum"}));
  if (!has_word) return has_loss_pair(text) || takes_mean_away(text);
  // A comment that suppresses nothing is a finding as well.
  return has_loss_sign(text) || takes_mean_away(text) || find(text, "shapelint:") != std::string_view::npos;
}

bool may_hold_cxx_loss(std::string_view text) {
  if (!has_any(text, {"torch::", "at::Tensor", "<torch/", "<ATen/"})) return false;
  return has_any(text, {"loss", "Loss", "LOSS", "riterion", "CRITERION", "bjective", "OBJECTIVE", "Metric",
                        "cross_entropy", "kl_div", ".backward(", ">backward("}) ||
         has_stated_shape(text) || has_typed_pair(text);
}

}  // namespace shapelint
