#include "lib/prompt/arguments.h"

#include <algorithm>
#include <cctype>

#include "lib/support/words.h"

namespace shapelint::prompt {
namespace {

bool is_name_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || (c & 0x80) != 0;
}

// Length of `NAME` when `NAME=` (and not `NAME==`) stands at the beginning.
std::size_t name_length(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_name_byte(text[i])) ++i;
  if (i == 0 || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return 0;
  std::size_t equals = i;
  while (equals < text.size() && text[equals] == ' ') ++equals;
  if (equals >= text.size() || text[equals] != '=') return 0;
  if (equals + 1 < text.size() && text[equals + 1] == '=') return 0;
  return i;
}

std::size_t value_length(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\') ++i;
      else if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    else if (c == '(' || c == '[' || c == '{') ++depth;
    else if (c == ')' || c == ']' || c == '}') --depth;
    else if (c == ' ' && depth <= 0 && i + 1 < text.size() && name_length(text.substr(i + 1)) > 0) return i;
  }
  return text.size();
}

}  // namespace

std::optional<Assignments> parse_assignments(std::string_view text, bool strip_quotes) {
  Assignments out;
  text = trim(text);
  while (!text.empty()) {
    const std::size_t length = name_length(text);
    if (length == 0) return std::nullopt;
    std::string name(text.substr(0, length));
    text.remove_prefix(text.find('=') + 1);
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const std::size_t end = value_length(text);
    std::string_view value = trim(text.substr(0, end));
    text = trim(text.substr(end));
    if (strip_quotes && value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
        value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    out.emplace_back(std::move(name), std::string(value));
  }
  if (out.empty()) return std::nullopt;
  return out;
}

std::string shape_argument(std::string_view text) {
  text = trim(text);
  if (text == "()") return "";
  const bool is_tuple = text.size() >= 2 && text.front() == '(' && text.back() == ')';
  if (!is_tuple || text.find(',') == std::string_view::npos) return std::string(text);
  std::string out;
  int depth = 0;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) out += ' ';
    else if (c != ' ' || depth == 0) out += c;
  }
  // A blank inside of `N + 1` would make three axes of it.
  std::string compact;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto is_operator = [](char c) { return c == '+' || c == '-' || c == '*' || c == '/' || c == '%'; };
    if (out[i] == ' ') {
      const std::size_t next = out.find_first_not_of(' ', i);
      if (next == std::string::npos) break;
      if (compact.empty() || is_operator(compact.back()) || is_operator(out[next]) || compact.back() == ' ') continue;
    }
    compact += out[i];
  }
  return compact;
}

}  // namespace shapelint::prompt
