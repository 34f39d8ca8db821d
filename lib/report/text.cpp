// Findings as text: the full form with the source, and one line each.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/report/layout.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

// `= label: text`, further lines aligned under the first.
std::string item(std::string_view label, std::string_view text, const Style& style) {
  std::string first = "  " + style.blue("=") + " " + style.bold(std::string(label) + ":") + " ";
  return indent(text, first, std::string(label.size() + 6, ' '));
}

std::string title(const Finding& finding, const SourceMap& sources, const Style& style) {
  return fmt::format("{}: {} {}", style.bold(place(sources, finding.span)),
                     style.severity(finding.severity, fmt::format("{}[{}]", name(finding.severity), finding.rule)),
                     style.bold(printable(finding.message)));
}

}  // namespace

std::string concise_text(const Finding& finding, const SourceMap& sources, const Style& style) {
  return fmt::format("{}: {} {}\n", place(sources, finding.span),
                     style.severity(finding.severity, fmt::format("{}[{}]", name(finding.severity), finding.rule)),
                     printable(finding.message));
}

std::string full_text(const Finding& finding, const SourceMap& sources, const Style& style) {
  std::string out = title(finding, sources, style) + "\n";
  out += snippet(sources, finding.span, "", 1, style,
                 [&](std::string_view text) { return style.severity(finding.severity, text); });
  for (const Related& related : finding.related) {
    out += fmt::format("{} {}: {}\n", style.blue(":::"), place(sources, related.span), printable(related.message));
    out += snippet(sources, related.span, "", 0, style, [&](std::string_view text) { return style.cyan(text); });
  }
  if (!finding.shapes.empty()) out += item("shapes", shapes_text(finding.shapes), style);
  if (const std::string basis = basis_text(finding.shapes); !basis.empty()) out += item("note", basis, style);
  if (finding.witness) out += item("proof", proof_text(*finding.witness), style);
  for (const std::string& note : finding.notes) out += item("note", printable(note), style);
  if (finding.fix) {
    const std::string verified = finding.fix->verified ? " (verified: the finding is gone and the numbers agree)" : "";
    out += item("fix", printable(finding.fix->title) + verified + "\n" + fix_text(*finding.fix, sources, style), style);
  }
  if (finding.rule != "invalid-syntax") out += item("help", "shapelint rule " + finding.rule, style);
  return out;
}

std::string summary_text(const CheckSummary& summary, const Style& style) {
  std::string out;
  const std::string advice = summary.advice == 0 ? "" : counted(summary.advice, "piece", "pieces") + " of advice";
  if (summary.errors + summary.warnings > 0) {
    out = "Found ";
    if (summary.errors > 0) out += style.red(counted(summary.errors, "error", "errors"));
    if (summary.errors > 0 && summary.warnings > 0) out += ", ";
    if (summary.warnings > 0) out += style.yellow(counted(summary.warnings, "warning", "warnings"));
    if (!advice.empty()) out += " and " + advice;
  } else if (summary.losses > 0) {
    out = (summary.failed > 0 ? "Nothing found in what could be checked: " : style.green("All clean") + ": ") +
          counted(summary.losses, "loss", "losses") + " in " + counted(summary.files, "file", "files");
    if (!advice.empty()) out += ", with " + advice;
  } else {
    return "";
  }
  out += ".\n";
  if (summary.unknown > 0)
    out += counted(summary.unknown, "expression was", "expressions were") + " not understood (-v lists them).\n";
  if (summary.incomplete > 0)
    out += counted(summary.incomplete, "loss was", "losses were") + " not followed to the end on every path.\n";
  if (summary.failed > 0) out += counted(summary.failed, "input", "inputs") + " could not be checked.\n";
  return out;
}

std::string statistics_text(const CheckSummary& summary, std::span<const Rule* const> rules, const Style& style) {
  std::vector<std::vector<std::string>> cells;
  for (const auto& [rule, count] : most_frequent(summary.by_rule)) {
    const auto known = std::ranges::find(rules, rule, &Rule::id);
    cells.push_back({std::to_string(count), rule,
                     known == rules.end() ? "a .loss file does not parse" : std::string((*known)->summary)});
  }
  std::string out = table(cells);
  if (summary.losses == 0) return out;
  const auto shares = [&](std::string_view title, std::size_t found, std::size_t fully, std::size_t partly) {
    if (found == 0) return;
    const auto share = [&](std::size_t count) { return fmt::format("{} %", (count * 200 + found) / (2 * found)); };
    out += style.bold(std::string(title)) + "\n";
    out += table({{std::to_string(found), "", "found"},
                  {std::to_string(fully), share(fully), "fully tracked"},
                  {std::to_string(partly), share(partly), "partly tracked"},
                  {std::to_string(found - fully - partly), share(found - fully - partly), "not tracked"}});
  };
  shares("Losses:", summary.losses - summary.steps, summary.fully - summary.steps_fully,
         summary.partly - summary.steps_partly);
  shares("Training steps and scripts:", summary.steps, summary.steps_fully, summary.steps_partly);
  if (!summary.by_reason.empty()) {
    out += style.bold("Why not fully:") + "\n";
    cells.clear();
    for (const auto& [reason, count] : most_frequent(summary.by_reason))
      cells.push_back({std::to_string(count), printable(reason)});
    out += table(cells);
  }
  return out;
}

}  // namespace shapelint
