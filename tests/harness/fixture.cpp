#include "tests/harness/fixture.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>

#include <fmt/format.h>

namespace shapelint::test {
namespace {

constexpr std::array<std::pair<std::string_view, ClaimKind>, 13> kKinds = {{
    {"expect", ClaimKind::expect},
    {"says", ClaimKind::says},
    {"fix", ClaimKind::fix},
    {"lost-at", ClaimKind::lost_at},
    {"shape", ClaimKind::shape},
    {"from", ClaimKind::from},
    {"unknown", ClaimKind::unknown},
    {"value", ClaimKind::value},
    {"per-sample", ClaimKind::per_sample},
    {"verdict", ClaimKind::verdict},
    {"first-coupled", ClaimKind::first_coupled},
    {"mean", ClaimKind::mean},
    {"weighted", ClaimKind::weighted},
}};

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

// "a=1, b=[1, 2]" at the commas outside brackets.
std::vector<std::string_view> items_of(std::string_view text) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      if (const auto item = trimmed(text.substr(begin, i - begin)); !item.empty()) out.push_back(item);
      begin = i + 1;
    } else if (text[i] == '[' || text[i] == '(') {
      ++depth;
    } else if (text[i] == ']' || text[i] == ')') {
      --depth;
    }
  }
  return out;
}

std::optional<std::pair<std::string, std::string>> equation(std::string_view text) {
  // The last `=` that is none of `==`, `<=`: the name may be an expression with keywords.
  const std::size_t at = text.rfind('=');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view left = trimmed(text.substr(0, at));
  const std::string_view right = trimmed(text.substr(at + 1));
  if (left.empty() || right.empty()) return std::nullopt;
  return std::pair{std::string(left), std::string(right)};
}

class Reader {
 public:
  explicit Reader(Program& program) : program_(program) {}

  void read(std::string_view text) {
    std::uint32_t line = 0;
    std::uint32_t code_line = 0;
    while (!text.empty()) {
      ++line;
      const std::size_t end = std::min(text.find('\n'), text.size());
      std::string current(text.substr(0, end));
      const bool claims = read_line(current, line, code_line);
      if (!claims) was_with_ = false;
      if (!claims || !trimmed(current).empty()) code_line = line;
      program_.text += current;
      if (end < text.size()) program_.text += '\n';
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

 private:
  // Takes the claims out of a line; true when there were any.
  bool read_line(std::string& line, std::uint32_t number, std::uint32_t code_line) {
    static const std::regex kClaim(
        R"re(#([ \t]*)(\^*)[ \t]*(expect|says|fix|lost-at|shape|from|unknown|given|with|value|per-sample|verdict|first-coupled|mean|weighted):)re");
    std::smatch match;
    if (!std::regex_search(line, match, kClaim)) return false;
    const auto first = static_cast<std::size_t>(match.position(0));
    const bool alone = trimmed(std::string_view(line).substr(0, first)).empty();
    std::string rest = line.substr(first);
    line.resize(first);
    line.append(rest.size(), ' ');
    if (!alone) line.resize(first);
    std::size_t offset = first;
    while (!rest.empty() && std::regex_search(rest, match, kClaim)) {
      const auto carets = static_cast<std::uint32_t>(offset + static_cast<std::size_t>(match.position(2)) + 1);
      const auto width = static_cast<std::uint32_t>(match.length(2));
      const std::string kind = match.str(3);
      std::string tail = match.suffix().str();
      std::smatch next;
      const bool more = std::regex_search(tail, next, kClaim);
      const std::string body(trimmed(more ? std::string_view(tail).substr(0, static_cast<std::size_t>(next.position(0)))
                                          : std::string_view(tail)));
      offset += static_cast<std::size_t>(match.position(0) + match.length(0));
      take(kind, body, number, alone ? code_line : number, alone,
           width > 0 ? std::optional(std::pair{carets, carets + width}) : std::nullopt);
      if (!more) break;
      offset += static_cast<std::size_t>(next.position(0));
      rest = tail.substr(static_cast<std::size_t>(next.position(0)));
    }
    return true;
  }

  void error(std::uint32_t line, const std::string& what) {
    program_.errors.push_back(fmt::format("{}: {}", program_.at(line), what));
  }

  void take(const std::string& kind, const std::string& body, std::uint32_t written, std::uint32_t line, bool alone,
            std::optional<std::pair<std::uint32_t, std::uint32_t>> columns) {
    if (kind == "with") return with(body, written);
    if (kind == "given") return given(body, written);
    was_with_ = false;
    Claim claim{.line = line, .alone = alone, .written = written};
    claim.columns = columns;
    claim.kind = std::ranges::find(kKinds, kind, &std::pair<std::string_view, ClaimKind>::first)->second;
    if (!program_.inputs.empty()) claim.with = program_.inputs.size() - 1;
    switch (claim.kind) {
      case ClaimKind::expect: {
        static const std::regex kExpect(R"re((?:(error|warning|advice) +)?([a-z0-9-]+)(?: +("[^"]*"))?)re");
        std::smatch match;
        if (!std::regex_match(body, match, kExpect))
          return error(written, "an `expect:` is [severity] RULE [\"text\"], not: " + body);
        if (match[1].matched) {
          claim.severity = match.str(1) == "error"     ? Severity::error
                           : match.str(1) == "warning" ? Severity::warning
                                                       : Severity::advice;
        }
        claim.name = match.str(2);
        claim.wanted = unquoted(match.str(3));
        break;
      }
      case ClaimKind::shape:
      case ClaimKind::from:
      case ClaimKind::value:
      case ClaimKind::per_sample:
      case ClaimKind::verdict: {
        const auto parts = equation(body);
        if (!parts) return error(written, fmt::format("`{}:` takes NAME = WHAT, not: {}", kind, body));
        std::tie(claim.name, claim.wanted) = *parts;
        break;
      }
      case ClaimKind::says:
      case ClaimKind::fix:
      case ClaimKind::lost_at:
      case ClaimKind::unknown:
      case ClaimKind::first_coupled:
      case ClaimKind::mean:
      case ClaimKind::weighted:
        claim.wanted = unquoted(body);
        if (claim.wanted.empty()) return error(written, fmt::format("`{}:` says nothing", kind));
        break;
    }
    program_.claims.push_back(std::move(claim));
  }

  void with(const std::string& body, std::uint32_t line) {
    if (!was_with_) program_.inputs.emplace_back();
    was_with_ = true;
    for (const std::string_view item : items_of(body)) {
      const auto parts = equation(item);
      if (!parts) return error(line, fmt::format("`with:` takes NAME=DATA, not: {}", item));
      const auto& [name, value] = *parts;
      std::int64_t size = 0;
      const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), size);
      const bool whole = failed == std::errc() && end == value.data() + value.size();
      // A capital is a size symbol.
      if (whole && std::isupper(static_cast<unsigned char>(name[0])) != 0) program_.inputs.back().sizes[name] = size;
      else program_.inputs.back().data[name] = value;
    }
  }

  void given(const std::string& body, std::uint32_t line) {
    const auto parts = equation(body);
    if (!parts) return error(line, "`given:` takes PARAMETER = (SHAPE) or FRAMEWORK = VERSION");
    const auto& [name, value] = *parts;
    if (value.size() >= 2 && value.front() == '(' && value.back() == ')') {
      std::string& shape = program_.shapes[name];
      for (const std::string_view size : items_of(std::string_view(value).substr(1, value.size() - 2))) {
        shape += (shape.empty() ? "" : " ") + squeezed(size);
      }
    } else {
      program_.versions[name] = value == "2" ? 2 : 3;
    }
  }

  Program& program_;
  bool was_with_ = false;
};

// Parameters with the loss language's annotations, which nothing imports.
bool looks_like_loss_language(const std::string& text) {
  static const std::regex kAnnotation(R"re(:\s*(Float|Int|Bool)\[")re");
  static const std::regex kImport(R"re((^|\n)\s*(from|import)\s+jaxtyping)re");
  return std::regex_search(text, kAnnotation) && !std::regex_search(text, kImport);
}

}  // namespace

std::string Program::at(std::uint32_t line) const { return fmt::format("{}:{}", file, line + line_offset); }

std::string squeezed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') out += c;
  }
  return out;
}

Program read_program(std::string file, std::string_view text, Dialect dialect, std::uint32_t line_offset) {
  Program program;
  program.file = std::move(file);
  program.line_offset = line_offset;
  program.dialect = dialect;
  Reader(program).read(text);
  return program;
}

std::vector<Program> read_page(const std::string& file, std::string_view text) {
  std::vector<Program> out;
  std::string heading;
  std::string block;
  std::string language;
  bool inside = false;
  std::uint32_t line = 0;
  std::uint32_t begin = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view current = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (current.starts_with("```")) {
      if (!inside) {
        language = std::string(trimmed(current.substr(3)));
        block.clear();
        begin = line;
      } else if (language == "python" || language == "loss") {
        const bool is_loss = language == "loss" || looks_like_loss_language(block);
        out.push_back(read_program(file, block, is_loss ? Dialect::loss : Dialect::python, begin));
        out.back().heading = heading;
      }
      inside = !inside;
    } else if (inside) {
      block += std::string(current) + "\n";
    } else if (current.starts_with("#")) {
      heading = std::string(trimmed(current.substr(std::min(current.find_first_not_of('#'), current.size()))));
    }
  }
  if (inside) {
    Program broken;
    broken.file = file;
    broken.line_offset = begin;
    broken.errors.push_back(fmt::format("{}:{}: the block never ends", file, begin));
    out.push_back(std::move(broken));
  }
  return out;
}

}  // namespace shapelint::test
