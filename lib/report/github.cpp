// GitHub Actions' workflow commands, which become annotations of a pull request's files.
#include <string>

#include <fmt/format.h>

#include "lib/report/ci.h"
#include "lib/report/layout.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

// A line end would end the command, and let a message start another one.
std::string escape_data(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '%') out += "%25";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else out += c;
  }
  return out;
}

std::string escape_property(std::string_view text) {
  std::string out;
  for (const char c : escape_data(text)) {
    if (c == ':') out += "%3A";
    else if (c == ',') out += "%2C";
    else out += c;
  }
  return out;
}

std::string_view command(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "notice";
}

}  // namespace

std::string github_annotation(const Finding& finding, const SourceMap& sources, const Folders& folders) {
  const SourceFile& file = sources.file(finding.span.source);
  const Range range = file.range(finding.span);
  const std::string path = project_path(file.name(), folders);
  std::string out = fmt::format("::{} title={},file={}", command(finding.severity),
                                escape_property("shapelint: " + finding.rule), escape_property(path));
  // GitHub knows columns only within one line, and no cells: the text says where.
  if (file.is_notebook()) out += ",line=1,endLine=1";
  else out += fmt::format(",line={},endLine={}", range.start.line, range.end.line);
  if (!file.is_notebook() && range.start.line == range.end.line)
    out += fmt::format(",col={},endColumn={}", range.start.column, range.end.column);
  // The log shows the message alone, without its place.
  std::string text = fmt::format("{}:{}: {}[{}] {}", printable(path), file.spell(range.start), name(finding.severity),
                                 finding.rule, printable(finding.message));
  for (const std::string& note : finding.notes) text += "\nnote: " + printable(note);
  if (finding.fix) text += "\nfix: " + printable(finding.fix->title);
  return out + "::" + escape_data(text) + "\n";
}

std::string github_problem(std::string_view message) {
  return "::error title=shapelint::" + escape_data(message) + "\n";
}

}  // namespace shapelint
