// SARIF 2.1.0, as GitHub code scanning and SARIF viewers read it. docs/ci.md says what each of them makes of it.
#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/report/ci.h"
#include "lib/report/json.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"
#include "lib/support/words.h"

namespace shapelint {
namespace {

constexpr std::string_view kSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
constexpr std::size_t kLongest = 1024;  // bytes of a description; GitHub takes as many characters
// Framework definitions are part of shapelint: no repository has them, so the log brings their text along.
constexpr std::string_view kUserFiles = "%SRCROOT%";
constexpr std::string_view kOwnFiles = "SHAPELINT";

// `{item}` is a list for some compilers and a copy for others.
Json list_of(Json item) {
  Json out = Json::array();
  out.push_back(std::move(item));
  return out;
}

std::string_view level(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "note";
}

// What a rule's findings mostly are; GitHub filters by it. A rule that is not here gives errors.
Severity usual(std::string_view rule) {
  constexpr std::string_view kWarnings[] = {"rank-promotion", "squeeze-batch", "double-reduction",
                                            "unused-suppression"};
  return std::ranges::find(kWarnings, rule) != std::end(kWarnings) ? Severity::warning : Severity::error;
}

// `batch-collapse` is `BatchCollapse`.
std::string pascal(std::string_view id) {
  std::string out;
  bool is_first = true;
  for (const char c : id) {
    if (c == '-') is_first = true;
    else out += std::exchange(is_first, false) && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

// The doc's section "What it finds" as running text, cut after a sentence where it is too long.
std::string description(const Rule& rule) {
  constexpr std::string_view kHeading = "## What it finds";
  std::string_view doc = rule.doc;
  if (const std::size_t at = doc.find(kHeading); at != std::string_view::npos) doc.remove_prefix(at + kHeading.size());
  std::string out(trim(doc.substr(0, doc.find("\n## "))));
  std::ranges::replace(out, '\n', ' ');
  out.erase(std::ranges::unique(out, [](char a, char b) { return a == ' ' && b == ' '; }).begin(), out.end());
  if (out.size() > kLongest) {
    const std::size_t end = out.rfind(". ", kLongest - 1);
    out = end == std::string::npos ? "" : out.substr(0, end + 1);
  }
  return out.empty() ? as_sentence(rule.summary) : out;
}

Json rule_entry(std::string_view id, std::string_view summary, const std::string& full, const std::string& page) {
  const Severity severity = usual(id);
  Json out = {{"id", id}, {"name", pascal(id)}};
  out["shortDescription"] = {{"text", as_sentence(summary)}};
  out["fullDescription"] = {{"text", full}};
  out["help"] = {{"text", page}, {"markdown", page}};
  out["defaultConfiguration"] = {{"level", level(severity)}};
  out["properties"] = {{"precision", "high"},
                       {"problem.severity", level(severity)},
                       {"tags", Json::array({"correctness", "tensor-shapes"})}};
  return out;
}

// Nothing in SARIF is a cell: a notebook's findings are at its start, and their messages say where they are.
Range shown_range(const SourceFile& file, const Span& span) { return file.is_notebook() ? Range{} : file.range(span); }

Json region_json(const Range& range) {
  return {{"startLine", range.start.line},
          {"startColumn", range.start.column},
          {"endLine", range.end.line},
          {"endColumn", range.end.column}};
}

// In a message, `[text](1)` is a link.
std::string link(std::string_view text, std::size_t id) {
  std::string out = "[";
  for (const char c : text) {
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out + fmt::format("]({})", id);
}

// `x[0](B,)` in somebody's code is none.
std::string unlinked(std::string text) {
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at)) text.insert(at + 1, " ");
  return text;
}

}  // namespace

struct SarifLog::State {
  std::vector<Json> rules;
  std::map<std::string, std::size_t, std::less<>> rule_index;
  std::string version;
  Folders folders;
  std::vector<std::pair<Severity, Json>> results;
  std::vector<Json> notifications;
  bool successful = true;
  Json artifacts = Json::array();
  std::map<std::string, std::size_t> own_files;  // index in `artifacts`

  Json artifact(std::string_view name) const {
    const std::string path = project_path(name, folders);
    Json out = {{"uri", path_uri(path)}};
    if (!path.starts_with('/')) out["uriBaseId"] = kUserFiles;
    return out;
  }

  Json own_artifact(const SourceFile& file) {
    Json out = {{"uri", path_uri(file.name())}, {"uriBaseId", kOwnFiles}};
    const auto [known, is_new] = own_files.try_emplace(file.name(), artifacts.size());
    if (is_new) artifacts.push_back({{"location", out}, {"contents", {{"text", std::string(file.text())}}}});
    out["index"] = known->second;
    return out;
  }

  Json location(const SourceMap& sources, const Span& span) {
    const SourceFile& file = sources.file(span.source);
    Json region = region_json(shown_range(file, span));
    if (file.is_framework()) region["snippet"] = {{"text", std::string(file.text(span))}};
    Json physical = {{"artifactLocation", file.is_framework() ? own_artifact(file) : artifact(file.name())},
                     {"region", std::move(region)}};
    return {{"physicalLocation", std::move(physical)}};
  }

  // GitHub shows a finding in a pull request only when every line of it was changed: the first line is enough, and the
  // rest is context.
  Json primary_location(const SourceMap& sources, const Finding& finding) {
    Json out = location(sources, finding.span);
    const SourceFile& file = sources.file(finding.span.source);
    Range range = shown_range(file, finding.span);
    if (range.end.line != range.start.line) {
      Json& physical = out["physicalLocation"];
      physical["contextRegion"] = physical["region"];
      range.end = {range.start.line, count_code_points(file.line(range.start.line)) + 1};
      if (range.start.line == 1 && file.text().starts_with("\xEF\xBB\xBF")) --range.end.column;
      physical["region"] = region_json(range);
    }
    if (!finding.function.empty())
      out["logicalLocations"] = list_of({{"fullyQualifiedName", finding.function}, {"kind", "function"}});
    return out;
  }

  Json result(const Finding& finding, const SourceMap& sources, const std::string& identity,
              const std::string& line_hash);
};

namespace {

struct Place {
  std::string message;
  Span span;
};

// Places beside the finding's own, each once; what a rule says about one is better than what we can say.
std::vector<Place> other_places(const Finding& finding) {
  std::vector<Place> out;
  const auto add = [&](std::string message, const Span& span) {
    if (span == finding.span || std::ranges::find(out, span, &Place::span) != out.end()) return;
    out.push_back({std::move(message), span});
  };
  for (const Related& related : finding.related) add(related.message, related.span);
  if (finding.witness && finding.witness->lost_at) add("the batch axis is lost here", *finding.witness->lost_at);
  if (finding.witness && finding.witness->first_coupled)
    add("the samples are mixed here", *finding.witness->first_coupled);
  return out;
}

// The way of the batch: what the code did before, what goes in, the reduction that takes it, where samples meet after.
Json code_flow(const Finding& finding, const std::vector<Place>& places, const SourceMap& sources,
               const std::function<Json(const Span&)>& location) {
  if (places.empty()) return nullptr;
  std::vector<Place> steps;
  const auto is_before = [&](const Place& place) {
    return place.span.source == finding.span.source && place.span.begin < finding.span.begin;
  };
  const auto is_inside = [&](const Place& place) { return sources.is_framework(place.span); };
  std::ranges::copy_if(places, std::back_inserter(steps), is_before);
  std::ranges::stable_sort(steps, {}, [](const Place& place) { return place.span.begin; });
  const bool is_first = steps.empty() && !finding.shapes.empty();
  steps.push_back({is_first ? "with " + shapes_text(finding.shapes) : finding.message, finding.span});
  std::ranges::copy_if(places, std::back_inserter(steps), is_inside);
  std::ranges::copy_if(places, std::back_inserter(steps),
                       [&](const Place& place) { return !is_before(place) && !is_inside(place); });
  Json locations = Json::array();
  for (const Place& step : steps) {
    Json at = location(step.span);
    at["message"] = {{"text", unlinked(step.message)}};
    locations.push_back({{"location", std::move(at)},
                         {"nestingLevel", sources.is_framework(step.span) ? 1 : 0},
                         {"importance", "essential"}});
  }
  return list_of({{"threadFlows", list_of({{"locations", std::move(locations)}})}});
}

std::string message_text(const Finding& finding, const std::vector<Place>& places, const SourceMap& sources) {
  std::string text = unlinked(finding.message);
  if (const SourceFile& file = sources.file(finding.span.source); file.is_notebook())
    text.insert(0, fmt::format("In {}: ", file.spell_line(file.position(finding.span.begin).line)));
  if (text.empty() || std::string_view(".!?").find(text.back()) == std::string_view::npos) text += '.';
  for (const std::string& note : finding.notes) text += " " + unlinked(as_sentence(note));
  if (finding.fix) text += " Fix: " + unlinked(finding.fix->title) + ".";
  for (std::size_t i = 0; i < places.size(); ++i) {
    const SourceFile& file = sources.file(places[i].span.source);
    const std::uint32_t line = file.position(places[i].span.begin).line;
    // A link into a framework definition would lead nowhere.
    const std::string what = file.is_framework() ? unlinked(places[i].message) : link(places[i].message, i + 1);
    text += fmt::format("{} {} ({})", i == 0 ? " See" : ";", what,
                        file.is_framework() ? fmt::format("{}:{}", file.name(), line) : file.spell_line(line));
  }
  return places.empty() ? text : text + ".";
}

// An expression without what an editor's formatter changes.
std::string normalised(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\\') out += c;
  return out;
}

}  // namespace

Json SarifLog::State::result(const Finding& finding, const SourceMap& sources, const std::string& identity,
                             const std::string& line_hash) {
  const std::vector<Place> places = other_places(finding);
  Json out = {{"ruleId", finding.rule}};
  if (const auto known = rule_index.find(finding.rule); known != rule_index.end()) out["ruleIndex"] = known->second;
  out["level"] = level(finding.severity);
  out["message"] = {{"text", message_text(finding, places, sources)}};
  out["locations"] = list_of(primary_location(sources, finding));
  for (std::size_t i = 0; i < places.size(); ++i) {
    Json at = location(sources, places[i].span);
    at["id"] = i + 1;
    at["message"] = {{"text", unlinked(places[i].message)}};
    out["relatedLocations"].push_back(std::move(at));
  }
  const auto locate = [&](const Span& span) { return location(sources, span); };
  if (Json flow = code_flow(finding, places, sources, locate); !flow.is_null()) out["codeFlows"] = std::move(flow);
  out["partialFingerprints"] = {{"shapelint/v1", identity}};
  if (!line_hash.empty()) out["partialFingerprints"]["primaryLocationLineHash"] = line_hash;
  // An edit is one of the file's own text.
  if (finding.fix && !finding.fix->edits.empty() && !sources.file(finding.span.source).is_notebook()) {
    const Fix& fix = *finding.fix;
    Json replacements = Json::array();
    for (const Edit& edit : fix.edits)
      replacements.push_back({{"deletedRegion", region_json(sources.file(edit.span.source).range(edit.span))},
                              {"insertedContent", {{"text", edit.text}}}});
    Json change = {{"artifactLocation", artifact(sources.file(finding.span.source).name())},
                   {"replacements", std::move(replacements)}};
    out["fixes"] = list_of({{"description", {{"text", fix.title}}}, {"artifactChanges", list_of(std::move(change))}});
  }
  // The keys of docs/json.md that SARIF has no place for.
  const Json whole = finding_json(finding, sources);
  Json& own = out["properties"] = Json::object();
  for (const char* key : {"severity", "function", "shapes", "shapes_from", "witness", "notes"})
    if (whole.contains(key) && !whole[key].is_null()) own[key] = whole[key];
  if (finding.fix) {
    own["fix_applicability"] = std::string(name(finding.fix->applicability));
    own["fix_verified"] = finding.fix->verified;
  }
  return out;
}

SarifLog::SarifLog(std::span<const Rule* const> rules, std::string_view version, Folders folders)
    : state_(std::make_unique<State>()) {
  state_->version = version;
  state_->folders = std::move(folders);
  const auto add = [&](std::string_view id, Json entry) {
    state_->rule_index.emplace(id, state_->rules.size());
    state_->rules.push_back(std::move(entry));
  };
  for (const Rule* rule : rules)
    add(rule->id, rule_entry(rule->id, rule->summary, description(*rule), std::string(trim(rule->doc))));
  constexpr std::string_view kSyntax = "a .loss file does not parse";
  add("invalid-syntax", rule_entry("invalid-syntax", kSyntax, as_sentence(kSyntax),
                                   "A .loss file is a strict subset of Python; see docs/language.md."));
}
SarifLog::~SarifLog() = default;
SarifLog::SarifLog(SarifLog&&) noexcept = default;
SarifLog& SarifLog::operator=(SarifLog&&) noexcept = default;

void SarifLog::add(std::span<const Finding> findings, const SourceMap& sources) {
  std::map<std::uint32_t, std::vector<std::string>> hashes;  // of each file's lines
  std::map<std::pair<std::uint32_t, std::string>, int> seen;
  for (const Finding& finding : findings) {
    const SourceFile& file = sources.file(finding.span.source);
    const std::uint32_t source = finding.span.source.index;
    const std::string what =
        stable_hash(finding.rule + '\n' + finding.function + '\n' + normalised(file.text(finding.span)));
    const std::string identity = fmt::format("{}:{}", what, ++seen[{source, what}]);
    auto lines = hashes.find(source);
    if (lines == hashes.end()) lines = hashes.emplace(source, line_hashes(file.text())).first;
    const std::size_t line = file.position(finding.span.begin).line;
    const std::string line_hash = line <= lines->second.size() ? lines->second[line - 1] : "";
    state_->results.emplace_back(finding.severity, state_->result(finding, sources, identity, line_hash));
  }
}

void SarifLog::add_problem(Severity severity, std::string_view message, std::string_view path, Position at) {
  if (severity == Severity::error) state_->successful = false;
  Json out = {{"level", level(severity)}, {"message", {{"text", message}}}};
  if (!path.empty()) {
    Json physical = {{"artifactLocation", state_->artifact(path)}};
    if (at.line > 0) physical["region"] = {{"startLine", at.line}, {"startColumn", at.column}};
    out["locations"] = list_of({{"physicalLocation", std::move(physical)}});
  }
  state_->notifications.push_back(std::move(out));
}

std::string SarifLog::text() const {
  std::vector<const std::pair<Severity, Json>*> sorted;
  for (const auto& result : state_->results) sorted.push_back(&result);
  // GitHub keeps the first of too many.
  std::ranges::stable_sort(sorted, [](const auto* a, const auto* b) { return a->first > b->first; });
  Json results = Json::array();
  for (const auto* result : sorted) results.push_back(result->second);

  Json driver = {{"name", "shapelint"},
                 {"version", state_->version},
                 {"semanticVersion", state_->version},
                 {"rules", state_->rules}};
  Json invocation = {{"executionSuccessful", state_->successful}};
  if (!state_->notifications.empty()) invocation["toolExecutionNotifications"] = state_->notifications;
  Json run = {
      {"tool", {{"driver", std::move(driver)}}},
      {"columnKind", "unicodeCodePoints"},
      {"originalUriBaseIds",
       {{std::string(kUserFiles), {{"description", {{"text", "The folder in which shapelint ran."}}}}},
        {std::string(kOwnFiles), {{"description", {{"text", "shapelint's definitions of framework functions."}}}}}}},
      {"invocations", list_of(std::move(invocation))}};
  if (!state_->artifacts.empty()) run["artifacts"] = state_->artifacts;
  run["results"] = std::move(results);
  return pretty({{"$schema", kSchema}, {"version", "2.1.0"}, {"runs", list_of(std::move(run))}}) + "\n";
}

}  // namespace shapelint
