#include "lib/language/notebook.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/language/magics.h"
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
  if (source.is_string()) return source.get<std::string>();
  std::string text;
  if (source.is_array()) {
    for (const json& line : source)
      if (line.is_string()) text += line.get_ref<const std::string&>();
  }
  return text;
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

std::string why_broken(std::string_view text, const json::parse_error& error) {
  const SourceFile file("", std::string(text));
  const Position at = file.position(error.byte > 0 ? static_cast<std::uint32_t>(error.byte) - 1 : 0);
  // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while parsing ..."
  std::string_view what = error.what();
  if (const std::size_t start = what.find("syntax error"); start != std::string_view::npos) what.remove_prefix(start);
  return fmt::format("{}:{}: no notebook, since it is no JSON: {}", at.line, at.column, what);
}

}  // namespace

Result<SourceText, std::string> read_notebook(std::string_view text) {
  SourceText out;
  // Jupyter opens an empty file as an empty notebook.
  if (trim(text).empty()) return out;
  json notebook;
  try {
    notebook = json::parse(strict_json(text), is_of_use);
  } catch (const json::parse_error& error) {
    return why_broken(text, error);
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
    out.cells.push_back({.number = number, .first_line = line, .indent = indent});
    line = SourceFile("", code).line_count() + line - 1;
    out.text += code;
  }
  return out;
}

}  // namespace shapelint
