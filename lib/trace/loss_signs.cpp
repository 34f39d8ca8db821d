#include "lib/trace/loss_signs.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <set>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lib/support/source.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/shape_text.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

// A word, a string, the end of a statement (a line end outside of brackets), or one character.
struct Token {
  static constexpr char kWord = 'w', kString = '"', kEnd = '\n';
  char kind;
  std::string_view text;
  std::size_t close = 0;  ///< of an opening bracket: where it is closed
};

struct Comment {
  std::string_view text;
  bool is_in_brackets = false;
};

struct Words {
  std::vector<Token> tokens;
  std::vector<Comment> comments;
  bool is_balanced = true;  ///< every bracket is closed by its like
};

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Words run() {
    out_.tokens.reserve(text_.size() / 4);
    while (at_ < text_.size()) take(text_[at_]);
    out_.tokens.push_back({Token::kEnd, {}});
    for (const std::size_t open : open_) out_.tokens[open].close = out_.tokens.size() - 1;
    out_.is_balanced = out_.is_balanced && open_.empty();
    return std::move(out_);
  }

 private:
  static bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }

  void add(char kind, std::size_t size) {
    out_.tokens.push_back({kind, text_.substr(at_, size)});
    at_ += size;
  }

  void take(char c) {
    if (is_word(c)) {
      std::size_t size = 1;
      while (at_ + size < text_.size() && is_word(text_[at_ + size])) ++size;
      return add(Token::kWord, size);
    }
    switch (c) {
      case '"':
      case '\'': return add(Token::kString, string_size(c));
      case '#': {
        const std::size_t end = std::min(text_.find('\n', at_), text_.size());
        out_.comments.push_back({text_.substr(at_, end - at_), !open_.empty()});
        at_ = end;
        return;
      }
      case '\n':
        if (open_.empty()) return add(Token::kEnd, 1);
        ++at_;
        return;
      case '\\': at_ += 2; return;
      case ' ':
      case '\t':
      case '\r':
      case '\f': ++at_; return;
      case '(':
      case '[':
      case '{': open_.push_back(out_.tokens.size()); return add(c, 1);
      case ')':
      case ']':
      case '}':
        out_.is_balanced = out_.is_balanced && !open_.empty() &&
                           (c == ')'   ? '('
                            : c == ']' ? '['
                                       : '{') == out_.tokens[open_.back()].kind;
        if (!open_.empty()) {
          out_.tokens[open_.back()].close = out_.tokens.size();
          open_.pop_back();
        }
        return add(c, 1);
      default: add(c, 1);
    }
  }

  std::size_t string_size(char quote) const {
    const std::string_view rest = text_.substr(at_);
    const bool triple = rest.size() > 2 && rest[1] == quote && rest[2] == quote;
    for (std::size_t i = triple ? 3 : 1; i < rest.size(); ++i) {
      if (rest[i] == '\\') ++i;
      else if (triple && rest.substr(i, 3) == rest.substr(0, 3)) return i + 3;
      else if (!triple && rest[i] == quote) return i + 1;
      else if (!triple && rest[i] == '\n') return i;
    }
    return rest.size();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;  ///< brackets
  Words out_;
};

bool is_entropy(std::string_view name) { return name == "kl_div" || names_entropy(name); }

class Search {
 public:
  Search(Words words, bool only_pairs)
      : tokens_(std::move(words.tokens)), comments_(std::move(words.comments)), only_pairs_(only_pairs) {}

  bool run() {
    for (at_ = 0; at_ < tokens_.size() && !is_certain_; ++at_) {
      if (kind(at_) == Token::kWord) word(text(at_));
      else if (kind(at_) == Token::kEnd) statement_ = {};
    }
    return is_certain_ || (!only_pairs_ && words_meet());
  }

 private:
  using Names = std::unordered_set<std::string_view>;

  bool words_meet() const {
    const auto meet = [](const Names& a, const Names& b) {
      return std::ranges::any_of(a, [&](std::string_view name) { return b.contains(name); });
    };
    const bool takes_gradient = imports_torch_
                                    ? called_.contains("backward") || (imports_lightning_ && called_.contains("fit"))
                                : imports_keras_ ? called_.contains("gradient")
                                                 : called_.contains("grad") || called_.contains("value_and_grad");
    const bool is_step =
        defined_.contains("training_step") || defined_.contains("validation_step") || defined_.contains("train_step");
    const bool is_update = defined_.contains("update") || defined_.contains("update_state");
    const bool calls_a_loss =
        std::ranges::any_of(called_, [](std::string_view name) { return is_loss_name(name) || is_entropy(name); });
    const bool reduces = std::ranges::any_of(called_, names_mean_or_sum);
    return takes_gradient || (imports_keras_ && has_lambda_) ||
           (has_loss_class_ && std::ranges::any_of(kCallMethods, [&](auto name) { return defined_.contains(name); })) ||
           (has_metric_class_ && is_update) || (is_step && (calls_a_loss || reduces)) || meet(used_, defined_) ||
           meet(returned_, reduced_) || ((reduces || calls_a_loss) && states_shapes());
  }

  // What stands behind the last token is the last token: the end of a statement.
  const Token& token(std::size_t i) const { return tokens_[std::min(i, tokens_.size() - 1)]; }
  char kind(std::size_t i) const { return token(i).kind; }
  std::string_view text(std::size_t i) const { return token(i).text; }
  bool is_open(std::size_t i) const { return kind(i) == '(' || kind(i) == '[' || kind(i) == '{'; }
  /// The place behind a token, or behind the brackets that it opens.
  std::size_t behind(std::size_t i) const { return is_open(i) ? token(i).close + 1 : i + 1; }
  bool is_last(std::size_t i) const { return i + 1 >= tokens_.size(); }

  // Are the shapes of two parameters stated, by comments, docstrings or assertions?
  bool states_shapes() const {
    std::set<std::string> stated;
    const std::vector<std::string> names(parameters_.begin(), parameters_.end());
    const auto take = [&](std::string_view prose) {
      for (auto& [name, shape] : shapes_in_text(prose))
        if (parameters_.contains(name)) stated.insert(std::move(name));
    };
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (kind(i) == Token::kString) {
        take(text(i));
        for (auto& [name, shape] : shapes_in_docstring(text(i), names)) stated.insert(std::move(name));
      }
      if (text(i) == "assert" && kind(i + 2) == '.' && text(i + 3) == "shape" && parameters_.contains(text(i + 1)))
        stated.emplace(text(i + 1));
    }
    for (const Comment& comment : comments_) {
      take(comment.text);
      std::string_view behind = comment.text;
      behind.remove_prefix(std::min(behind.find_first_not_of("# \t"), behind.size()));
      // Of all the parameters on its line.
      if (comment.is_in_brackets && shape_at_start(behind)) return true;
    }
    return stated.size() >= 2;
  }

  void word(std::string_view name) {
    if (name == "def") return function_head();
    if (name == "lambda") return lambda_head();
    if (only_pairs_) return;
    if (name == "class") return class_head();
    if (name == "from") {
      statement_.is_from = true;
      return import_of(at_ + 1);
    }
    if (name == "import" && !statement_.is_from) {
      for (std::size_t i = at_; kind(i) != Token::kEnd; ++i)
        if (i == at_ || kind(i) == ',') import_of(i + 1);
      return;
    }
    if (statement_.returns) returned_.insert(name);
    else if (reduced_.contains(name)) reduced_.insert(statement_.assigned.begin(), statement_.assigned.end());
    if (name == "return") statement_.returns = true;
    if (kind(at_ + 1) == '(') call(name);
    if (kind(at_ + 1) == '=' && kind(at_ + 2) != '=') assignment(name);
  }

  void import_of(std::size_t module) {
    const std::string_view name = text(module);
    imports_keras_ = imports_keras_ || is_keras_module(name);
    imports_torch_ = imports_torch_ || is_torch_module(name);
    imports_lightning_ = imports_lightning_ || is_lightning_module(name);
  }

  void class_head() {
    for (++at_; kind(at_) != ':' && !is_last(at_); ++at_) {
      defined_.insert(text(at_));
      has_loss_class_ = has_loss_class_ || is_loss_name(text(at_)) || names_entropy(text(at_));
      has_metric_class_ = has_metric_class_ || text(at_).ends_with("Metric");
    }
  }

  void function_head() {
    const std::string_view name = text(++at_);
    defined_.insert(name);
    std::size_t open = at_ + 1;
    while (kind(open) != '(' && kind(open) != Token::kEnd) open = behind(open);
    const std::size_t close = token(open).close;
    take_pair(open + 1, close);
    if (only_pairs_) return;
    is_certain_ = is_certain_ || is_loss_name(name);
    // `Float["B N"]`, `Float[Tensor, "B N"]`, and not `Literal["mean"]`.
    for (std::size_t i = open; i < close; ++i) {
      if (kind(i) != '[' || has_no_shape(text(i - 1))) continue;
      for (std::size_t item = i + 1; item < token(i).close; item = behind(item))
        is_certain_ = is_certain_ || kind(item) == Token::kString;
    }
  }

  void lambda_head() {
    has_lambda_ = true;
    std::size_t end = at_ + 1;
    while (kind(end) != ':' && kind(end) != Token::kEnd) end = behind(end);
    take_pair(at_ + 1, end);
  }

  void take_pair(std::size_t begin, std::size_t end) {
    bool target = false;
    bool prediction = false;
    for (std::size_t i = begin; i < end; i = behind(i)) {
      if (kind(i) != Token::kWord || (i > begin && kind(i - 1) != ',' && kind(i - 1) != '*')) continue;
      parameters_.insert(text(i));
      const Role role = role_of(text(i));
      target = target || role == Role::target;
      prediction = prediction || role == Role::prediction;
    }
    is_certain_ = is_certain_ || (target && prediction);
  }

  void call(std::string_view name) {
    called_.insert(name);
    if (statement_.returns && (is_entropy(name) || name.ends_with("_loss"))) is_certain_ = true;
    if (name == "compile") take_used(at_ + 1, behind(at_ + 1));
    if (names_mean_or_sum(name) && reduces_all()) {
      is_certain_ = is_certain_ || statement_.returns || std::ranges::any_of(statement_.assigned, names_loss_value);
      reduced_.insert(statement_.assigned.begin(), statement_.assigned.end());
      statement_.assigned.clear();
    }
  }

  // `x.mean()`, `torch.sum(x)`: no axis is named.
  bool reduces_all() const {
    if (at_ == 0 || kind(at_ - 1) != '.') return false;
    if (kind(at_ + 2) == ')') return true;
    if (at_ < 2 || kind(at_ - 2) != Token::kWord || (at_ > 2 && kind(at_ - 3) == '.')) return false;
    const std::size_t close = token(at_ + 1).close;
    for (std::size_t i = at_ + 2; i + 1 < close; i = behind(i))
      if (kind(i) == ',') return false;
    return true;
  }

  // `criterion = Dice()`, `train(loss=dice)`: what stands behind it may be a function or a class of the text.
  void assignment(std::string_view name) {
    statement_.assigned.push_back(name);
    if (!holds_loss_argument(name) && !holds_loss_variable(name)) return;
    std::size_t end = at_ + 2;
    while (kind(end) != Token::kEnd && kind(end) != ',' && kind(end) != ')') end = behind(end);
    take_used(at_ + 2, end);
  }

  void take_used(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      if (kind(i) == Token::kWord) used_.insert(text(i));
      is_certain_ = is_certain_ || text(i) == "lambda";
    }
  }

  struct Statement {
    bool returns = false;
    bool is_from = false;                    ///< `from torch import nn`
    std::vector<std::string_view> assigned;  ///< names, until they are in `reduced_`
  };

  std::vector<Token> tokens_;
  std::vector<Comment> comments_;
  bool only_pairs_;
  std::size_t at_ = 0;
  Statement statement_;
  Names defined_;            ///< functions and classes, and the bases of these
  Names called_;             ///< last names of what is called
  Names used_;               ///< where a loss is meant
  Names reduced_;            ///< given a mean or a sum over all axes, or what is made of one
  Names returned_;           ///< of which a `return` says something
  Names parameters_;         ///< of any function
  bool is_certain_ = false;  ///< one word was enough
  bool imports_keras_ = false;
  bool imports_torch_ = false;
  bool imports_lightning_ = false;
  bool has_loss_class_ = false;
  bool has_metric_class_ = false;
  bool has_lambda_ = false;
};

}  // namespace

bool has_loss_sign(std::string_view text) {
  // What is no Python is said by who reads it.
  if (text.find('\0') != std::string_view::npos || first_invalid_utf8(text) != std::string_view::npos) return true;
  Words words = Splitter(text).run();
  return !words.is_balanced || Search(std::move(words), false).run();
}
bool has_loss_pair(std::string_view text) { return Search(Splitter(text).run(), true).run(); }

}  // namespace shapelint
