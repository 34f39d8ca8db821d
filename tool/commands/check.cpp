// `check`: every loss of the files and folders that were named.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "lib/report/report.h"
#include "rules/rules.h"
#include "tool/commands/commands.h"
#include "tool/inputs.h"
#include "tool/output.h"

namespace shapelint::tool {
namespace {

class Check {
 public:
  Check(const CommandLine& line, Output& output, AnalysisOptions options)
      : line_(line),
        output_(output),
        options_(std::move(options)),
        folders_(folders()),
        sarif_(options_.rules, SHAPELINT_VERSION, {folders_.current, folders_.current}) {}

  int run() {
    const std::vector<std::string> arguments = line_.targets.empty() ? std::vector<std::string>{"."} : line_.targets;
    for (const std::string& argument : arguments) {
      const Input input = parse_input(argument);
      if (input.path != "-" && is_folder(input.path)) {
        if (input.is_whole()) look_below(input.path);
        else fail(fmt::format("'{}' is a folder; name a file", input.path));
      } else {
        look_at(input, false);
      }
    }
    return finish();
  }

 private:
  // The folder that names are relative to, and for GitHub the repository's, of which this one may be a part.
  static Folders folders() {
    std::error_code error;
    const std::string current = std::filesystem::current_path(error).string();
    const char* workspace = std::getenv("GITHUB_WORKSPACE");
    return {current, workspace != nullptr && *workspace == '/' ? workspace : current};
  }

  bool is(OutputFormat format) const { return line_.format == format; }

  void fail(const std::string& message, const std::string& path = {}) {
    // An option that fits no target says so once.
    if (said_.insert(message).second) {
      output_.error(message);
      if (is(OutputFormat::github)) output_.write(github_problem(message));
      if (is(OutputFormat::sarif)) sarif_.add_problem(Severity::error, message, path);
    }
    ++summary_.failed;
  }
  void verbose(const std::string& message) const {
    if (line_.verbose) output_.note(message);
  }

  void look_below(const std::string& folder) {
    std::vector<std::string> problems;
    const std::vector<std::string> files = sources_below(folder, problems);
    for (const std::string& problem : problems) fail(problem);
    const std::size_t before = summary_.losses;
    for (const std::string& path : files) look_at({.path = path, .qualname = {}, .line = 0}, true);
    if (summary_.losses == before && problems.empty() && !line_.quiet)
      output_.warning(files.empty()
                          ? fmt::format("no .py, .pyi or .loss file in '{}'", folder)
                          : fmt::format("no loss function in '{}' ({} looked at)", folder,
                                        files.size() == 1 ? "1 file" : fmt::format("{} files", files.size())));
  }

  void look_at(const Input& input, bool from_walk) {
    if (input.is_whole() && !seen_.insert(input.path).second) return;
    if (from_walk) {
      auto text = read_file(input.path);
      if (!text) return fail(fmt::format("{}: {}", input.path, text.error().message), input.path);
      if (dialect_of(input.path) == Dialect::python && !mentions_framework(*text))
        return verbose(fmt::format("{}: passed over, names no framework", input.path));
      return look_into(load_text(input.path, std::move(*text)), input, from_walk);
    }
    look_into(load_file(input.path, line_.stdin_filename), input, from_walk);
  }

  void look_into(const Result<LoadedFile, std::string>& file, const Input& input, bool from_walk) {
    if (!file) return fail(file.error(), input.path == "-" ? line_.stdin_filename : input.path);
    FileReport report;
    if (input.is_whole()) {
      report = check_file(*file->session, *file->module, options_);
      warn_of_syntax(*file);
      const auto& issues = file->module->program->issues;
      const bool parses = std::ranges::none_of(issues, [](const ast::Issue& issue) { return issue.is_error; });
      if (report.losses.empty() && parses && !from_walk && !line_.quiet)
        output_.warning(fmt::format("no loss function in {}; name one: {}::NAME", file->path, file->path));
    } else {
      const auto target = find_input(*file, input);
      if (!target) return fail(target.error(), file->path);
      AnalysisOptions options = options_;
      options.world.single_target = true;
      report.losses.push_back(check_target(*file->session, *target, options, "named on the command line"));
      report.findings = std::move(report.losses.back().findings);
      apply_suppressions(file->session->sources(), *file->module, report.findings);
    }
    if (!report.losses.empty()) ++summary_.files;
    for (const LossReport& loss : report.losses) take(*file, loss);
    show(file->session->sources(), report.findings);
  }

  // In Python, what does not parse is another tool's business (and our grammar may be older than the file): it is said,
  // and the rest is checked.
  void warn_of_syntax(const LoadedFile& file) {
    if (file.module->dialect == Dialect::loss) return;
    const SourceMap& sources = file.session->sources();
    for (const ast::Issue& issue : file.module->program->issues) {
      if (!issue.is_error) continue;
      const Position at = sources.file(issue.span.source).position(issue.span.begin);
      output_.warning(fmt::format("{}:{}:{}: {}", file.path, at.line, at.column, issue.message));
      if (is(OutputFormat::sarif)) sarif_.add_problem(Severity::warning, issue.message, file.path, at);
    }
  }

  void take(const LoadedFile& file, const LossReport& report) {
    const SourceMap& sources = file.session->sources();
    if (!report.error.empty()) fail(report.error, file.path);
    ++summary_.losses;
    summary_.unknown += report.unknown.size();
    if (!report.complete) ++summary_.incomplete;
    for (const UnknownPlace& unknown : report.unknown) ++summary_.by_reason[unknown.reason];
    if (!line_.verbose) return;
    verbose(fmt::format("{}: {} is a loss: {}", file.path, report.target.qualname, report.reason));
    for (const UnknownPlace& unknown : report.unknown) {
      const SourceFile& source = sources.file(unknown.span.source);
      const Position at = source.position(unknown.span.begin);
      verbose(fmt::format("{}:{}:{}: not understood: {}", source.name(), at.line, at.column, unknown.reason));
    }
    if (!report.complete)
      verbose(fmt::format("{}: not every path of {} was followed to its end", file.path, report.target.qualname));
  }

  void show(const SourceMap& sources, std::vector<Finding>& findings) {
    std::ranges::stable_sort(findings, {}, [](const Finding& f) { return std::pair(f.span.begin, f.span.end); });
    std::erase_if(findings, [&](const Finding& f) { return f.severity < line_.min_severity; });
    for (const Finding& finding : findings) {
      ++summary_.by_rule[finding.rule];
      ++(finding.severity == Severity::error     ? summary_.errors
         : finding.severity == Severity::warning ? summary_.warnings
                                                 : summary_.advice);
      if (line_.statistics) continue;
      switch (line_.format) {
        case OutputFormat::full: output_.write(full_text(finding, sources, output_.style()) + "\n"); break;
        case OutputFormat::concise: output_.write(concise_text(finding, sources, output_.style())); break;
        case OutputFormat::json: json_.push_back(json_finding(finding, sources)); break;
        case OutputFormat::json_lines: output_.write(json_line(finding, sources)); break;
        case OutputFormat::github:
          annotations_.emplace_back(finding.severity, github_annotation(finding, sources, folders_));
          break;
        case OutputFormat::sarif: break;  // a file at a time, below
      }
    }
    if (is(OutputFormat::sarif) && !line_.statistics) sarif_.add(findings, sources);
    if (!is(OutputFormat::json) && !is(OutputFormat::sarif)) output_.flush();
  }

  int finish() {
    const bool is_data = is(OutputFormat::json) || is(OutputFormat::json_lines) || is(OutputFormat::sarif);
    // GitHub shows the first ten of a step.
    std::ranges::stable_sort(annotations_, [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [severity, text] : annotations_) output_.write(text);
    if (line_.statistics)
      output_.write(is_data ? statistics_json(summary_) : statistics_text(summary_, options_.rules, output_.style()));
    else if (is(OutputFormat::json)) output_.write(json_array(json_));
    else if (is(OutputFormat::sarif)) output_.write(sarif_.text());
    if (!is_data && !line_.quiet) output_.write(summary_text(summary_, output_.style()));
    const bool has_findings = summary_.errors + summary_.warnings > 0 && !line_.exit_zero;
    return output_.finish(summary_.failed > 0 ? kUsage : has_findings ? kFindings : kClean);
  }

  const CommandLine& line_;
  Output& output_;
  AnalysisOptions options_;
  Folders folders_;
  SarifLog sarif_;
  CheckSummary summary_;
  std::vector<std::string> json_;
  std::vector<std::pair<Severity, std::string>> annotations_;
  std::set<std::string> seen_;
  std::set<std::string> said_;
};

}  // namespace

int run_check(const CommandLine& line) {
  Output output(line);
  auto options = analysis_options(line);
  if (!options) {
    output.error(options.error());
    return kUsage;
  }
  if (line.statistics && line.format == OutputFormat::sarif) {
    output.error("--statistics counts rules, which SARIF has no place for; take full or json");
    return kUsage;
  }
  return Check(line, output, std::move(*options)).run();
}

}  // namespace shapelint::tool
