// Methods and formatting of text. Text of which a part is not known stays so.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

constexpr std::size_t kMaxPieces = 1000;
constexpr std::string_view kSpace = " \t\n\r\f\v";

std::string map_letters(std::string text, int (*convert)(int)) {
  std::ranges::transform(text, text.begin(), [&](unsigned char c) { return static_cast<char>(convert(c)); });
  return text;
}

bool all_letters(std::string_view text, int (*test)(int)) {
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) { return test(c) != 0; });
}

std::string strip(std::string_view text, std::string_view letters, bool left, bool right) {
  while (left && !text.empty() && letters.find(text.front()) != std::string_view::npos) text.remove_prefix(1);
  while (right && !text.empty() && letters.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  return std::string(text);
}

// Nothing when `from` is empty, which stands between all letters, or when too much comes out.
std::optional<std::string> replace_all(std::string_view text, std::string_view from, std::string_view to) {
  if (from.empty()) return std::nullopt;
  std::string out;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    if (out.size() > kMaxText) return std::nullopt;
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

Value split(Run& run, std::string_view text, const Value& separator, std::int64_t limit, bool from_right) {
  ValueList parts;
  const auto* by = separator.as<StrV>();
  if (by == nullptr) {
    // At runs of white space.
    while (parts.size() < kMaxPieces) {
      const std::size_t begin = text.find_first_not_of(kSpace);
      if (begin == std::string_view::npos) break;
      text.remove_prefix(begin);
      if (limit >= 0 && static_cast<std::int64_t>(parts.size()) == limit) {
        parts.push_back(make_str(strip(text, kSpace, false, true)));
        break;
      }
      const std::size_t end = std::min(text.find_first_of(kSpace), text.size());
      parts.push_back(make_str(std::string(text.substr(0, end))));
      text.remove_prefix(end);
    }
    return make_list(run, std::move(parts));
  }
  const std::string& mark = *by->text;
  if (mark.empty()) return make_unknown("text split at nothing");
  while (parts.size() < kMaxPieces && (limit < 0 || static_cast<std::int64_t>(parts.size()) < limit)) {
    const std::size_t at = from_right ? text.rfind(mark) : text.find(mark);
    if (at == std::string_view::npos) break;
    parts.push_back(make_str(std::string(from_right ? text.substr(at + mark.size()) : text.substr(0, at))));
    text = from_right ? text.substr(0, at) : text.substr(at + mark.size());
  }
  parts.push_back(make_str(std::string(text)));
  if (from_right) std::ranges::reverse(parts);
  return make_list(run, std::move(parts));
}

// `"{} {0} {name}".format(...)`; specifications and attributes are not followed.
Value format_braces(Run& run, const std::string& text, const CallArguments& args) {
  std::string out;
  bool exact = true;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
      out += c;
      ++i;
      continue;
    }
    if (c != '{') {
      out += c;
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string::npos) return make_str(text, false);
    const std::string field = text.substr(i + 1, end - i - 1);
    i = end;
    const Value* value = nullptr;
    if (field.empty()) {
      if (next < args.positional.size()) value = &args.positional[next++];
    } else if (all_letters(field, std::isdigit) && field.size() < 4) {
      const auto at = static_cast<std::size_t>(std::stoi(field));
      if (at < args.positional.size()) value = &args.positional[at];
    } else {
      value = args.keyword(field);
    }
    const auto written = value != nullptr ? run.python_text(*value) : std::nullopt;
    exact = exact && written.has_value();
    out += written.value_or("?");
    if (out.size() > kMaxText) return make_str("", false);
  }
  return make_str(std::move(out), exact && !args.unknown_rest);
}

}  // namespace

Value percent_format(Run& run, const StrV& text, const Value& values) {
  const ValueList items = values.as<TupleV>() != nullptr ? *values.as<TupleV>()->items : ValueList{values};
  std::string out;
  bool exact = text.exact;
  std::size_t next = 0;
  const std::string& s = *text.text;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '%') {
      out += s[i];
    } else if (i + 1 < s.size() && s[i + 1] == '%') {
      out += s[++i];
    } else {
      const bool simple = i + 1 < s.size() && (s[i + 1] == 's' || s[i + 1] == 'd' || s[i + 1] == 'i');
      const auto written = simple && next < items.size() ? run.python_text(items[next]) : std::nullopt;
      if (!written) return make_str(s, false);
      exact = exact && (s[i + 1] == 's' || run.known_int(items[next]).has_value());
      ++next;
      ++i;
      out += *written;
      if (out.size() > kMaxText) return make_str("", false);
    }
  }
  return make_str(std::move(out), exact);
}

std::optional<Value> text_method(Run& run, const StrV& self, std::string_view name, const CallArguments& args,
                                 const Span& span) {
  const std::string& s = *self.text;
  const auto text_argument = [&](std::size_t i) -> const std::string* {
    const auto* text = argument(args, i).as<StrV>();
    return text != nullptr && text->exact ? text->text.get() : nullptr;
  };
  if (name == "format") {
    const Value made = format_braces(run, s, args);
    return make_str(*made.as<StrV>()->text, self.exact && made.as<StrV>()->exact);
  }
  if (name == "join") {
    const auto items = run.elements(argument(args, 0), span);
    if (!items) return make_str(s, false);
    std::string out;
    bool exact = self.exact;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const auto* part = (*items)[i].as<StrV>();
      exact = exact && part != nullptr && part->exact;
      out += (i > 0 ? s : "") + (part != nullptr ? *part->text : "?");
      if (out.size() > kMaxText) return make_str("", false);
    }
    return make_str(std::move(out), exact);
  }
  if (name == "encode" || name == "decode" || name == "expandtabs") return Value(self);
  if (!self.exact) return make_unknown("text that is not known");
  // What other letters are, and what they become, is in tables of Unicode.
  static constexpr std::string_view kOfLetters[] = {"lower",     "casefold",  "upper",       "capitalize", "title",
                                                    "isdigit",   "isalpha",   "isalnum",     "islower",    "isupper",
                                                    "isnumeric", "isdecimal", "isidentifier"};
  const std::int64_t length = count_code_points(s);
  if (length != static_cast<std::int64_t>(s.size()) && std::ranges::find(kOfLetters, name) != std::end(kOfLetters))
    return name.starts_with("is") ? make_unknown("a test of letters that are not ASCII") : make_str(s, false);
  if (name == "lower" || name == "casefold") return make_str(map_letters(s, std::tolower));
  if (name == "upper") return make_str(map_letters(s, std::toupper));
  if (name == "capitalize" || name == "title") {
    std::string out = map_letters(s, std::tolower);
    bool start = true;
    for (char& c : out) {
      if (start && std::isalpha(static_cast<unsigned char>(c)) != 0)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      start = name == "title" && std::isalpha(static_cast<unsigned char>(c)) == 0;
    }
    return make_str(std::move(out));
  }
  if (name == "startswith" || name == "endswith") {
    const auto test = [&](const std::string& part) {
      return name == "startswith" ? s.starts_with(part) : s.ends_with(part);
    };
    if (const std::string* part = text_argument(0)) return test(*part);
    const auto* several = argument(args, 0).as<TupleV>();
    if (several == nullptr) return make_unknown("a test of text");
    for (const Value& one : *several->items) {
      if (one.as<StrV>() == nullptr) return make_unknown("a test of text");
      if (test(*one.as<StrV>()->text)) return true;
    }
    return false;
  }
  if (name == "split" || name == "rsplit") {
    const auto limit = run.known_int(argument(args, 1, "maxsplit")).value_or(-1);
    return split(run, s, argument(args, 0, "sep"), limit, name == "rsplit" && limit >= 0);
  }
  if (name == "splitlines") return split(run, s, make_str("\n"), -1, false);
  if (name == "partition" || name == "rpartition") {
    const std::string* mark = text_argument(0);
    if (mark == nullptr || mark->empty()) return make_unknown("text split at what is not known");
    const std::size_t at = name == "partition" ? s.find(*mark) : s.rfind(*mark);
    if (at == std::string::npos) {
      return name == "partition" ? make_tuple({self, make_str(""), make_str("")})
                                 : make_tuple({make_str(""), make_str(""), self});
    }
    return make_tuple({make_str(s.substr(0, at)), make_str(*mark), make_str(s.substr(at + mark->size()))});
  }
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    const std::string* letters = text_argument(0);
    return make_str(strip(s, letters != nullptr ? *letters : kSpace, name != "rstrip", name != "lstrip"));
  }
  if (name == "replace") {
    const std::string* from = text_argument(0);
    const std::string* to = text_argument(1);
    const auto replaced = from != nullptr && to != nullptr ? replace_all(s, *from, *to) : std::nullopt;
    return replaced ? make_str(*replaced) : make_str("", false);
  }
  if (name == "removeprefix" || name == "removesuffix") {
    const std::string* part = text_argument(0);
    if (part == nullptr) return make_unknown("a part of text that is not known");
    if (name == "removeprefix" && s.starts_with(*part)) return make_str(s.substr(part->size()));
    if (name == "removesuffix" && s.ends_with(*part)) return make_str(s.substr(0, s.size() - part->size()));
    return Value(self);
  }
  if (name == "find" || name == "index" || name == "rfind" || name == "count") {
    const std::string* part = text_argument(0);
    if (part == nullptr) return make_unknown("a search for text that is not known");
    if (name == "count") {
      std::int64_t count = part->empty() ? length + 1 : 0;
      for (std::size_t at = s.find(*part); !part->empty() && at != std::string::npos;
           at = s.find(*part, at + part->size()))
        ++count;
      return IntV{run.dims().number(count)};
    }
    const std::size_t at = name == "rfind" ? s.rfind(*part) : s.find(*part);
    if (at == std::string::npos && name == "index") return run.raise(span, "ValueError: substring not found");
    const std::int64_t place = at == std::string::npos ? -1 : count_code_points(std::string_view(s).substr(0, at));
    return IntV{run.dims().number(place)};
  }
  if (name == "isdigit" || name == "isnumeric" || name == "isdecimal") return all_letters(s, std::isdigit);
  if (name == "isalpha") return all_letters(s, std::isalpha);
  if (name == "isalnum") return all_letters(s, std::isalnum);
  if (name == "islower") return map_letters(s, std::tolower) == s && map_letters(s, std::toupper) != s;
  if (name == "isupper") return map_letters(s, std::toupper) == s && map_letters(s, std::tolower) != s;
  if (name == "isidentifier")
    return !s.empty() && std::isdigit(static_cast<unsigned char>(s[0])) == 0 &&
           std::ranges::all_of(s, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (name == "zfill") {
    const auto width = run.known_int(argument(args, 0));
    if (!width || *width > 1000) return make_str(s, false);
    const std::size_t sign = s.starts_with('-') || s.starts_with('+') ? 1 : 0;
    const auto zeros = static_cast<std::size_t>(std::max<std::int64_t>(0, *width - length));
    return make_str(s.substr(0, sign) + std::string(zeros, '0') + s.substr(sign));
  }
  if (name == "ljust" || name == "rjust" || name == "center") return make_str(s, false);
  return std::nullopt;
}

}  // namespace shapelint
