#include "lib/trace/docstring_entries.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "lib/support/words.h"

namespace shapelint {
namespace {

struct Entry {
  std::string name;
  std::string_view type;
  std::string_view rest;
};

// `name (type): rest`, `name : type`, `:param type name: rest`, `- Name: rest`.
std::optional<Entry> entry_of(std::string_view line, std::vector<std::string>& others) {
  std::string_view rest = trim(line);
  const bool sphinx = rest.starts_with(":param ");
  if (sphinx) rest.remove_prefix(7);
  while (rest.starts_with("- ") || rest.starts_with("* ")) rest = trim(rest.substr(2));
  while (rest.starts_with('`') || rest.starts_with('*')) rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && is_word(rest[end])) ++end;
  if (end == 0 || !begins_name(rest[0])) return std::nullopt;
  Entry out{.name = std::string(rest.substr(0, end)), .type = {}, .rest = {}};
  rest.remove_prefix(end);
  // `x1, x2: ...`
  while (!sphinx && rest.starts_with(", ")) {
    std::string_view next = trim(rest.substr(2));
    std::size_t size = 0;
    while (size < next.size() && is_word(next[size])) ++size;
    if (size == 0 || !begins_name(next[0])) return std::nullopt;
    others.emplace_back(next.substr(0, size));
    rest = next.substr(size);
  }
  while (rest.starts_with('`') || rest.starts_with('*')) rest.remove_prefix(1);
  if (sphinx) {
    // A type may stand in front of the name.
    std::string_view second = trim(rest.substr(0, std::min(rest.find(':'), rest.size())));
    if (!second.empty() && std::ranges::all_of(second, is_word)) {
      out.type = {};
      out.name = std::string(second);
      rest.remove_prefix(rest.find(':'));
    }
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (rest.starts_with('(')) {
    int depth = 0;
    std::size_t at = 0;
    for (; at < rest.size(); ++at) {
      depth += rest[at] == '(' || rest[at] == '[' ? 1 : rest[at] == ')' || rest[at] == ']' ? -1 : 0;
      if (depth == 0) break;
    }
    if (at >= rest.size()) return std::nullopt;
    out.type = rest.substr(0, at + 1);
    rest.remove_prefix(at + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  out.rest = trim(rest);
  return out;
}

std::size_t indentation(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

// A name of the function's as a text spells it; empty for other words.
std::string parameter_named(std::string_view wanted, const std::vector<std::string>& names) {
  const auto name = std::ranges::find_if(names, [&](const std::string& n) { return same_ignoring_case(n, wanted); });
  return name == names.end() ? std::string() : *name;
}

// The word behind `same shape as`, if the sentence ends there or goes on about other things than shapes.
std::string_view compared_with(std::string_view text) {
  for (std::size_t at = text.find("same "); at != std::string_view::npos; at = text.find("same ", at + 1)) {
    std::string_view rest = text.substr(at + 5);
    const std::size_t noun = rest.find_first_of(" ");
    if (noun == std::string_view::npos ||
        !has_any({std::string(rest.substr(0, noun))}, {"shape", "size", "dimensions", "dimension", "dims"}))
      continue;
    rest.remove_prefix(noun + 1);
    if (!rest.starts_with("as ")) continue;
    rest.remove_prefix(3);
    const std::size_t begin_of_sentence = text.substr(0, at).find_last_of(".;");
    const std::string_view before =
        begin_of_sentence == std::string_view::npos ? text.substr(0, at) : text.substr(begin_of_sentence + 1, at);
    if (has_any(words_of(before), {"not", "either", "broadcast", "broadcasted", "broadcastable", "or"})) continue;
    if (rest.starts_with("the ")) rest.remove_prefix(4);
    rest.remove_prefix(std::min(rest.find_first_not_of("`'\"*"), rest.size()));
    std::size_t end = 0;
    while (end < rest.size() && is_word(rest[end])) ++end;
    // `input.shape[1:]`, `predictions[0]`: a part.
    const std::string_view behind = rest.substr(end);
    if (end == 0 || behind.starts_with('[') || (behind.size() > 1 && behind[0] == '.' && is_word(behind[1]))) continue;
    const std::string_view sentence = behind.substr(0, behind.find_first_of(".;"));
    if (has_any(words_of(sentence),
                {"except", "but", "without", "or", "excluding", "minus", "apart", "only", "last", "first", "channel",
                 "dimension", "axis", "dim", "if", "and", "unless", "besides", "plus"}))
      continue;
    return rest.substr(0, end);
  }
  return {};
}

}  // namespace

std::vector<DocstringEntry> entries_in_docstring(std::string_view text, const std::vector<std::string>& names) {
  std::vector<DocstringEntry> out;
  std::vector<std::string_view> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (std::size_t i = 0; i < lines.size() && i < 2000; ++i) {
    std::vector<std::string> spelled;
    const auto entry = entry_of(lines[i], spelled);
    if (!entry) continue;
    spelled.push_back(entry->name);
    DocstringEntry made{.names = {}, .type = std::string(entry->type), .text = std::string(entry->rest)};
    for (const std::string& name : spelled) made.names.push_back(parameter_named(name, names));
    // `x1, x2: (B, D)` is about parameters when all of them are.
    if (std::ranges::any_of(made.names, &std::string::empty)) continue;
    // What is indented deeper belongs to it.
    for (std::size_t k = i + 1; k < lines.size() && k < i + 12; ++k) {
      const std::string_view line = trim(lines[k]);
      if (!line.empty() && indentation(lines[k]) <= indentation(lines[i])) break;
      // A list of parts begins.
      if (line.empty() || line.starts_with("* ") || line.starts_with("- ")) break;
      made.text += " " + std::string(line);
    }
    out.push_back(std::move(made));
  }
  return out;
}

std::vector<Likeness> likeness_in_docstring(std::string_view text, const std::vector<std::string>& names) {
  std::vector<Likeness> out;
  if (text.find("same ") == std::string_view::npos) return out;
  for (const DocstringEntry& entry : entries_in_docstring(text, names)) {
    const std::string other = parameter_named(compared_with(entry.type + " " + entry.text), names);
    if (other.empty()) continue;
    for (const std::string& name : entry.names)
      if (name != other) out.push_back({name, other});
  }
  return out;
}

}  // namespace shapelint
