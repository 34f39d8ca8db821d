// Number and string literals as Python reads them (reference manual, sections 2.4 and 2.5).
#include "lib/language/literals.h"

#include <charconv>
#include <system_error>

#include "lib/support/source.h"

namespace shapelint {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) code = 0xFFFD;
  const auto byte = [&](std::uint32_t value) { out.push_back(static_cast<char>(static_cast<unsigned char>(value))); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

// Up to `most` digits of `base` from `text`; how many were taken.
std::size_t read_digits(std::string_view text, int base, std::size_t most, std::uint32_t& value) {
  std::size_t n = 0;
  value = 0;
  while (n < most && n < text.size() && digit_value(text[n]) < base)
    value = value * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit_value(text[n++]));
  return n;
}

// One escape, `rest` starting behind the backslash; how many characters of it were taken.
std::size_t decode_escape(std::string_view rest, bool bytes, std::string& out) {
  if (rest.empty()) {
    out.push_back('\\');
    return 0;
  }
  std::uint32_t code = 0;
  const auto hex = [&](std::size_t digits) -> std::size_t {
    if (read_digits(rest.substr(1), 16, digits, code) != digits) {
      out.push_back('\\');
      return 0;
    }
    append_utf8(out, code);
    return digits + 1;
  };
  switch (rest[0]) {
    case '\n': return 1;
    case '\r': return rest.size() > 1 && rest[1] == '\n' ? 2 : 1;
    case '\\':
    case '\'':
    case '"': out.push_back(rest[0]); return 1;
    case 'a': out.push_back('\a'); return 1;
    case 'b': out.push_back('\b'); return 1;
    case 'f': out.push_back('\f'); return 1;
    case 'n': out.push_back('\n'); return 1;
    case 'r': out.push_back('\r'); return 1;
    case 't': out.push_back('\t'); return 1;
    case 'v': out.push_back('\v'); return 1;
    case 'x': return hex(2);
    case 'u':
      if (!bytes) return hex(4);
      break;
    case 'U':
      if (!bytes) return hex(8);
      break;
    case 'N':
      if (!bytes && rest.size() > 1 && rest[1] == '{') {
        const std::size_t close = rest.find('}');
        if (close == std::string_view::npos) break;
        append_utf8(out, 0xFFFD);
        return close + 1;
      }
      break;
    default:
      if (const std::size_t n = read_digits(rest, 8, 3, code); n > 0) {
        append_utf8(out, bytes ? code & 0xFF : code);
        return n;
      }
  }
  out.push_back('\\');
  return 0;
}

}  // namespace

std::variant<std::int64_t, double, NotANumber> number_value(std::string_view token) {
  std::string digits;
  digits.reserve(token.size());
  for (char c : token)
    if (c != '_') digits.push_back(c);
  if (digits.empty()) return NotANumber{"no digits"};
  int base = 10;
  if (digits.size() > 2 && digits[0] == '0') {
    const char mark = digits[1];
    base = mark == 'x' || mark == 'X' ? 16 : mark == 'o' || mark == 'O' ? 8 : mark == 'b' || mark == 'B' ? 2 : 10;
  }
  const char last = digits.back();
  if (base == 10 && (last == 'j' || last == 'J')) return NotANumber{"complex number"};
  if (last == 'l' || last == 'L') return NotANumber{"Python 2 long integer"};
  const char* first = digits.data() + (base == 10 ? 0 : 2);
  const char* end = digits.data() + digits.size();
  if (base != 10 || digits.find_first_of(".eE") == std::string::npos) {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(first, end, value, base);
    if (error == std::errc::result_out_of_range) return NotANumber{"integer beyond 64 bits"};
    if (error != std::errc() || stop != end) return NotANumber{"not a number"};
    if (base == 10 && digits[0] == '0' && value != 0) return NotANumber{"a decimal number cannot start with 0"};
    return value;
  }
  // Python also writes `1.` and `.5`; from_chars takes both.
  double value = 0;
  const auto [stop, error] = std::from_chars(first, end, value);
  // Beyond the range Python has inf, below it 0; the exponent's sign tells them apart.
  if (error == std::errc::result_out_of_range) {
    const std::size_t exponent = digits.find_first_of("eE");
    const bool small =
        exponent != std::string::npos ? digits[exponent + 1] == '-' : digits[0] == '0' || digits[0] == '.';
    return small ? 0.0 : static_cast<double>(__builtin_huge_val());
  }
  if (error != std::errc() || stop != end) return NotANumber{"not a number"};
  return value;
}

StringPrefix string_prefix(std::string_view literal) {
  StringPrefix out;
  std::uint32_t i = 0;
  for (; i < literal.size() && literal[i] != '\'' && literal[i] != '"'; ++i) {
    const char c = literal[i];
    if (c == 'r' || c == 'R') out.raw = true;
    if (c == 'b' || c == 'B') out.bytes = true;
    if (c == 'f' || c == 'F' || c == 't' || c == 'T') out.format = true;
  }
  const auto quote = [&](std::uint32_t at) { return at < literal.size() && literal[at] == literal[i]; };
  out.quotes = quote(i + 1) && quote(i + 2) ? 3 : 1;
  out.length = i + out.quotes;
  return out;
}

std::string string_value(std::string_view literal) {
  const StringPrefix prefix = string_prefix(literal);
  if (literal.size() < prefix.length + prefix.quotes) return {};
  const std::string_view body = literal.substr(prefix.length, literal.size() - prefix.length - prefix.quotes);
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size();) {
    const char c = body[i++];
    if (c == '\\' && !prefix.raw) {
      i += decode_escape(body.substr(i), prefix.bytes, out);
    } else if (c == '\r') {
      // Python reads every line end as a newline.
      out.push_back('\n');
      if (i < body.size() && body[i] == '\n') ++i;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t bad = first_invalid_utf8(text);
    out.append(text.substr(0, bad));
    if (bad == std::string_view::npos) return out;
    out.append("\xEF\xBF\xBD");
    text.remove_prefix(bad + 1);
  }
}

}  // namespace shapelint
