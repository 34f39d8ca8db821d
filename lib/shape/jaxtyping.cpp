// Reader for size expressions and shape strings. Where jaxtyping would evaluate any Python expression, this accepts the
// arithmetic of docs/shape-grammar.md and names what else it sees. Every error is at a byte of the text.
#include "lib/shape/jaxtyping.h"

#include <algorithm>
#include <charconv>

namespace shapelint {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxAxes = 64;  // NumPy's limit

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
// Python's identifiers may hold letters of any script; what is beyond ASCII is taken as a letter.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_name(std::string_view text) {
  return !text.empty() && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  if (text.size() <= kLongest) return "`" + std::string(text) + "`";
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "`" + std::string(text.substr(0, end)) + "...`";
}

// One code point from `at` on.
std::string_view character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return text.substr(at, end - at);
}

/// Recursive descent with Python's precedences. Offsets are those of the text it is given.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, DimTable& dims, const SymbolLookup& lookup)
      : text_(text), dims_(dims), lookup_(lookup) {}

  Result<Dim, GrammarError> parse() {
    skip_space();
    if (at_ == text_.size()) return GrammarError{"an empty size; write a number, a name or an expression", at_};
    auto out = sum(0);
    if (out && at_ < text_.size()) return unexpected();
    return out;
  }

 private:
  Result<Dim, GrammarError> sum(int depth) {
    auto left = product(depth);
    while (left) {
      const bool plus = eat("+");
      if (!plus && !eat("-")) break;
      const auto right = product(depth);
      if (!right) return right;
      left = plus ? dims_.add(*left, *right) : dims_.sub(*left, *right);
    }
    return left;
  }

  Result<Dim, GrammarError> product(int depth) {
    auto left = factor(depth);
    while (left) {
      skip_space();
      const std::size_t start = at_;
      if (text_.substr(at_).starts_with("**")) {
        return GrammarError{"`**` is not supported in a size; write `N*N`", at_};
      }
      const bool times = eat("*");
      const bool over = !times && eat("//");
      if (!times && !over && !eat("%")) {
        if (text_.substr(at_).starts_with("/")) return GrammarError{"a size is an integer; write `//` for `/`", at_};
        break;
      }
      const auto right = factor(depth);
      if (!right) return right;
      if (!times && dims_.is_number(*right, 0)) return GrammarError{"division by zero", start};
      left = times ? dims_.mul(*left, *right) : over ? dims_.floordiv(*left, *right) : dims_.mod(*left, *right);
    }
    return left;
  }

  Result<Dim, GrammarError> factor(int depth) {
    bool negative = false;
    while (true) {
      if (eat("-")) {
        negative = !negative;
      } else if (!eat("+")) {
        break;
      }
    }
    auto out = primary(depth);
    if (out && negative) out = dims_.neg(*out);
    return out;
  }

  Result<Dim, GrammarError> primary(int depth) {
    skip_space();
    const std::size_t start = at_;
    if (at_ == text_.size()) return GrammarError{"the expression ends where a number or a name was expected", at_};
    const char c = text_[at_];
    if (c == '(') {
      if (depth == kMaxDepth) return GrammarError{"parentheses are nested too deeply", at_};
      ++at_;
      auto inner = sum(depth + 1);
      if (!inner) return inner;
      skip_space();
      if (at_ == text_.size()) return GrammarError{"`(` is never closed", start};
      if (text_[at_] != ')') return unexpected();
      ++at_;
      return inner;
    }
    if (is_digit(c)) {
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
      if (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.')) {
        return GrammarError{"a size is a decimal integer; write `2*N` for `2N`", start};
      }
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(text_.data() + start, text_.data() + at_, value);
      if (error != std::errc{}) return GrammarError{"this number is too large for a size", start};
      return dims_.number(value);
    }
    if (is_letter(c)) {
      while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
      const std::string_view name = text_.substr(start, at_ - start);
      if (at_ < text_.size() && text_[at_] == '(') {
        return GrammarError{"calls such as " + quoted(std::string(name) + "(...)") +
                                " are not supported in a size; give the result a name",
                            start, true};
      }
      if (at_ < text_.size() && text_[at_] == '.') {
        return GrammarError{"attributes are not supported in a size; give it a name", at_, true};
      }
      return lookup_(name);
    }
    return unexpected();
  }

  GrammarError unexpected() const {
    const std::string_view what = character(text_, at_);
    switch (what[0]) {
      case ',': return {"axes are separated by spaces, not commas: \"B N\"", at_};
      case ')': return {"`)` without `(`", at_};
      case '{':
      case '}':
        return {"`{...}` is filled in when the function runs and is not supported; write the size or a name", at_,
                true};
      case '?': return {"`?` says nothing about a size; write `_` for one that is not known", at_};
      case '#': return {"`#` stands in front of an axis: `#N`", at_};
      case '[':
      case ']': return {"a bracket inside a shape; a list of shapes is written \"[B C, B C H]\"", at_};
      case '=': return {"`=` follows a name alone: `rows=3`", at_};
      case '<':
      case '>':
      case '!': return {"comparisons are not supported in a size", at_};
      default:
        return {quoted(what) + " is not part of a size; accepted are integers, names, + - * // % and parentheses", at_};
    }
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool eat(std::string_view token) {
    skip_space();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  std::string_view text_;
  DimTable& dims_;
  const SymbolLookup& lookup_;
  std::size_t at_ = 0;
};

/// One element between spaces: prefixes, then a size.
class ElementParser {
 public:
  /// `opens`: what is evaluated at run time is a size by the name of its text.
  ElementParser(std::string_view text, std::size_t offset, DimTable& dims, const SymbolLookup& lookup, bool opens)
      : text_(text), offset_(offset), dims_(dims), lookup_(lookup), opens_(opens) {}

  Result<ShapeSpec::Axis, GrammarError> parse() {
    // The commonest mistake, and clearer than what the parts of the element would say.
    if (const auto comma = text_.find(','); comma != std::string_view::npos && text_.find('(') > comma) {
      return error("axes are separated by spaces, not commas: \"B N\"", comma);
    }
    if (text_.find("...") != std::string_view::npos) return ellipsis();
    if (auto failed = prefixes()) return *failed;
    ShapeSpec::Axis axis;
    axis.broadcastable = broadcastable_;
    axis.variadic = variadic_;
    const std::string_view core = text_.substr(at_);
    // `*` alone is several axes without a name, as `...` is (jaxtyping 0.2.23 _array_types.py).
    axis.anonymous = anonymous_ || per_leaf_ || (variadic_ && core.empty() && !broadcastable_);
    axis.name = label_.empty() ? std::string(core) : std::string(label_);
    if (core.empty() && !axis.anonymous) {
      return error(quoted(text_) + " names no axis; write a name or a number after the prefix", at_);
    }
    if (!axis.variadic && !axis.anonymous) return sized(std::move(axis), core);
    if (!core.empty() && !is_name(core)) {
      const bool fixed = std::all_of(core.begin(), core.end(), is_digit);
      const std::string what = fixed ? "a number" : "an expression";
      return error(what + (variadic_ ? " cannot stand for several axes (`*`)" : " cannot be anonymous (`_`, `?`)"), 0);
    }
    if (!axis.variadic) axis.dim = dims_.fresh("?" + std::string(core));
    return axis;
  }

 private:
  Result<ShapeSpec::Axis, GrammarError> ellipsis() {
    if (text_ != "...") return error("`...` stands alone between spaces", text_.find("..."));
    ShapeSpec::Axis axis;
    axis.variadic = true;
    axis.anonymous = true;
    axis.name = "...";
    return axis;
  }

  std::optional<GrammarError> prefixes() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      bool* flag = c == '#'   ? &broadcastable_
                   : c == '*' ? &variadic_
                   : c == '_' ? &anonymous_
                   : c == '?' ? &per_leaf_
                              : nullptr;
      if (flag) {
        if (*flag) return error(quoted(text_.substr(at_, 1)) + " stands twice", at_);
        *flag = true;
        continue;
      }
      // `rows=3`: the name is documentation.
      const std::size_t equals = text_.find('=', at_);
      if (equals == std::string_view::npos || !is_name(text_.substr(at_, equals - at_)) ||
          text_.substr(equals).starts_with("==")) {
        break;
      }
      if (!label_.empty()) return error("two labels on one axis", equals);
      label_ = text_.substr(at_, equals - at_);
      at_ = equals;
    }
    if (anonymous_ && broadcastable_) {
      return error("an axis cannot be both anonymous (`_`) and broadcastable (`#`)", 0);
    }
    if (per_leaf_ && at_ == text_.size())
      return error("`?` says nothing about a size; write `_` for one that is not known", 0);
    return std::nullopt;
  }

  Result<ShapeSpec::Axis, GrammarError> sized(ShapeSpec::Axis axis, std::string_view core) {
    auto dim = ExpressionParser(core, dims_, lookup_).parse();
    if (!dim && dim.error().at_run_time && opens_) {
      axis.dim = lookup_(core);
      return axis;
    }
    if (!dim) {
      GrammarError failed = dim.error();
      failed.offset += offset_ + at_;
      // jaxtyping splits at every space, so `(N + 1)` falls apart.
      const bool open = std::count(core.begin(), core.end(), '(') != std::count(core.begin(), core.end(), ')');
      const bool cut = std::string_view("+-*/%").find(core.back()) != std::string_view::npos ||
                       std::string_view("+*/%").find(core.front()) != std::string_view::npos;
      if (open || cut) failed.message += "; an expression is written without spaces: `(N+1)//2`";
      return failed;
    }
    if (const auto value = dims_.constant(*dim); value && *value < 0) {
      return error("a size cannot be negative; write `_` for one that is not known", at_);
    }
    axis.dim = *dim;
    return axis;
  }

  GrammarError error(std::string message, std::size_t at) const { return {std::move(message), offset_ + at}; }

  std::string_view text_;
  std::size_t offset_;
  DimTable& dims_;
  const SymbolLookup& lookup_;
  bool opens_;
  std::size_t at_ = 0;
  bool broadcastable_ = false;
  bool variadic_ = false;
  bool anonymous_ = false;
  bool per_leaf_ = false;  // `?name`, a different size on every leaf of a tree
  std::string_view label_;
};

// `text` is part of a longer one, at `offset`.
Result<ShapeSpec, GrammarError> parse_part(std::string_view text, std::size_t offset, DimTable& dims,
                                           const SymbolLookup& lookup, bool opens = false) {
  ShapeSpec out;
  for (std::size_t i = 0; i < text.size();) {
    if (is_space(text[i])) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (out.axes.size() == kMaxAxes) return GrammarError{"more than 64 axes", offset + i};
    auto axis = ElementParser(text.substr(i, end - i), offset + i, dims, lookup, opens).parse();
    if (!axis) return axis.error();
    if (axis->variadic && out.has_variadic()) {
      return GrammarError{"only one of `...` and `*name` in a shape", offset + i};
    }
    out.axes.push_back(std::move(*axis));
    i = end;
  }
  return out;
}

}  // namespace

bool ShapeSpec::has_variadic() const {
  return std::any_of(axes.begin(), axes.end(), [](const Axis& axis) { return axis.variadic; });
}

std::optional<Shape> ShapeSpec::shape() const {
  if (has_variadic()) return std::nullopt;
  Shape out;
  for (const Axis& axis : axes) out.push_back(axis.dim);
  return out;
}

Result<ShapeSpec, GrammarError> parse_shape(std::string_view text, DimTable& dims, const SymbolLookup& lookup) {
  return parse_part(text, 0, dims, lookup);
}

Result<ShapeSpec, GrammarError> parse_annotation(std::string_view text, DimTable& dims, const SymbolLookup& lookup) {
  return parse_part(text, 0, dims, lookup, true);
}

Result<ShapeList, GrammarError> parse_shapes(std::string_view text, DimTable& dims, const SymbolLookup& lookup) {
  std::size_t begin = 0;
  std::size_t end = text.size();
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  ShapeList out;
  if (begin == end || text[begin] != '[') {
    auto shape = parse_part(text, 0, dims, lookup);
    if (!shape) return shape.error();
    out.shapes.push_back(std::move(*shape));
    return out;
  }
  if (text[end - 1] != ']')
    return GrammarError{"`[` is never closed; a list of shapes is written \"[B C, B C H]\"", begin};
  out.is_list = true;
  ++begin;
  --end;
  if (std::all_of(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + static_cast<std::ptrdiff_t>(end),
                  is_space)) {
    return out;
  }
  while (true) {
    const std::size_t comma = std::min(text.find(',', begin), end);
    auto shape = parse_part(text.substr(begin, comma - begin), begin, dims, lookup);
    if (!shape) return shape.error();
    out.shapes.push_back(std::move(*shape));
    if (comma == end) return out;
    begin = comma + 1;
  }
}

Result<Dim, GrammarError> parse_dim(std::string_view text, DimTable& dims, const SymbolLookup& lookup) {
  return ExpressionParser(text, dims, lookup).parse();
}

}  // namespace shapelint
