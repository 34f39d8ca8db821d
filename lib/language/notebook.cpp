#include "lib/language/notebook.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/language/magics.h"
#include "lib/language/scan.h"
#include "lib/support/strict_json.h"
#include "lib/support/words.h"

namespace shapelint {
namespace {

using nlohmann::json;

// Pictures and tables may be a hundred times as long as the code.
bool is_of_use(int /*depth*/, json::parse_event_t event, json& parsed) {
  return event != json::parse_event_t::key || (parsed != "outputs" && parsed != "attachments" && parsed != "widgets");
}

std::string text_at(const json& object, std::initializer_list<const char*> keys) {
  const json* at = &object;
  for (const char* key : keys) {
    if (!at->is_object() || !at->contains(key)) return {};
    at = &(*at)[key];
  }
  return at->is_string() ? at->get<std::string>() : std::string();
}

bool is_python(const json& notebook) {
  std::string language = text_at(notebook, {"metadata", "language_info", "name"});
  if (language.empty()) language = text_at(notebook, {"metadata", "kernelspec", "language"});
  return language.empty() || same_ignoring_case(language, "python") || same_ignoring_case(language, "ipython");
}

// Null when there are none. In format 3 they were in a worksheet, of which Jupyter wrote but one.
const json* cells_of(const json& notebook) {
  if (!notebook.is_object()) return nullptr;
  const auto sheets = notebook.find("worksheets");
  const json& owner = sheets != notebook.end() && sheets->is_array() && !sheets->empty() ? sheets->front() : notebook;
  const auto cells = owner.is_object() ? owner.find("cells") : owner.end();
  return cells != owner.end() && cells->is_array() ? &*cells : nullptr;
}

// A text, or a list of its lines; format 3 calls it the input.
std::string source_of(const json& cell) {
  const auto key = cell.contains("source") ? "source" : "input";
  if (!cell.contains(key)) return {};
  const json& source = cell[key];
  std::string text;
  if (source.is_string()) text = source.get<std::string>();
  if (source.is_array()) {
    for (const json& line : source)
      if (line.is_string()) text += line.get_ref<const std::string&>();
  }
  // Lines may end as on any machine.
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') out += text[i];
    else if (i + 1 == text.size() || text[i + 1] != '\n') out += '\n';
  }
  return out;
}

// IPython takes away what its first line is indented by (leading_indent in core/inputtransformer2.py).
std::uint32_t remove_indent(std::string& code) {
  const std::size_t start = code.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return 0;
  const std::size_t line = code.rfind('\n', start) + 1;
  const std::string indent = code.substr(line, start - line);
  if (indent.empty()) return 0;
  std::string out;
  for (std::size_t at = 0; at < code.size();) {
    if (code.compare(at, indent.size(), indent) == 0) at += indent.size();
    const std::size_t end = std::min(code.find('\n', at), code.size() - 1) + 1;
    out += code.substr(at, end - at);
    at = end;
  }
  code = std::move(out);
  return static_cast<std::uint32_t>(indent.size());
}

// A copy without what Python's json takes and the parser does not: numbers beyond a double, and halves of a surrogate
// pair. All places stay. Code has none of them.
std::string plain_values(std::string_view text) {
  std::string copy(text);
  bool in_string = false;
  const auto is_surrogate = [&](std::size_t at, char first, char last) {
    if (at + 6 > text.size() || text.substr(at, 2) != "\\u" || (text[at + 2] != 'd' && text[at + 2] != 'D'))
      return false;
    const char digit = static_cast<char>(std::tolower(static_cast<unsigned char>(text[at + 3])));
    return first <= digit && digit <= last;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      if (is_surrogate(i, '8', 'b') && is_surrogate(i + 6, 'c', 'f')) i += 11;
      else if (is_surrogate(i, '8', 'f')) copy.replace(i, 6, "\\uFFFD");
      else ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && std::isdigit(static_cast<unsigned char>(text[i])) != 0) {
      const std::size_t end = std::min(text.find_first_not_of("0123456789.eE+-", i), text.size());
      std::fill(copy.begin() + static_cast<std::ptrdiff_t>(i), copy.begin() + static_cast<std::ptrdiff_t>(end), '1');
      if (end - i > 18)
        std::fill(copy.begin() + static_cast<std::ptrdiff_t>(i) + 1, copy.begin() + static_cast<std::ptrdiff_t>(end),
                  ' ');
      i = end - 1;
    }
  }
  return copy;
}

std::optional<BrokenCell> broken_cell(const std::string& code, std::uint32_t number, std::uint32_t indent) {
  const auto size = static_cast<std::uint32_t>(code.size());
  if (!scan_chunks(code, 0, size).broken) return std::nullopt;
  const auto problem = find_plain_problem(code, 0, size);
  const Position at = SourceFile("", code).position(problem ? problem->begin : 0);
  return BrokenCell{fmt::format("cell {}:{}:{}", number, at.line, at.column + indent),
                    problem ? problem->message : std::string("this does not parse")};
}

std::string why_broken(std::string_view text, const json::parse_error& error) {
  const SourceFile file("", std::string(text));
  const Position at = file.position(error.byte > 0 ? static_cast<std::uint32_t>(error.byte) - 1 : 0);
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing ..."
  std::string_view what = error.what();
  if (const std::size_t start = what.find("syntax error"); start != std::string_view::npos) what.remove_prefix(start);
  return fmt::format("{}:{}: no notebook, since it is no JSON: {}", at.line, at.column, what);
}

}  // namespace

Result<Notebook, std::string> read_notebook(std::string_view text) {
  Notebook out;
  // Jupyter opens an empty file as an empty notebook.
  if (trim(text).empty()) return out;
  const std::string strict = strict_json(text);
  json notebook;
  try {
    notebook = json::parse(strict, is_of_use);
  } catch (const json::exception&) {
    try {
      notebook = json::parse(plain_values(strict), is_of_use);
    } catch (const json::parse_error& error) {
      return why_broken(text, error);
    }
  }
  const json* cells = cells_of(notebook);
  if (cells == nullptr) return std::string("no notebook: it has no list of `cells`");
  if (!is_python(notebook)) return out;
  std::uint32_t number = 0;
  std::uint32_t line = 1;
  for (const json& cell : *cells) {
    ++number;
    if (text_at(cell, {"cell_type"}) != "code") continue;
    std::string code = source_of(cell);
    const std::uint32_t indent = remove_indent(code);
    code = python_of_cell(code);
    if (code.empty()) continue;
    if (!code.ends_with('\n')) code += '\n';
    // A backslash joins no line of the next cell.
    if (code.ends_with("\\\n")) code += '\n';
    if (auto broken = broken_cell(code, number, indent)) {
      out.broken.push_back(std::move(*broken));
      code = in_comments(code);
    }
    out.source.cells.push_back({.number = number, .first_line = line, .indent = indent});
    line = SourceFile("", code).line_count() + line - 1;
    out.source.text += code;
  }
  return out;
}

}  // namespace shapelint
