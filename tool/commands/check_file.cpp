#include "tool/commands/check_file.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <fmt/format.h>

#include "lib/trace/loss_text.h"

namespace shapelint::tool {
namespace {

// By its bytes, before it is a text or a notebook: what can hold no loss need be neither.
bool is_worth_reading(const std::string& path, const std::string& bytes) {
  if (is_notebook_name(path)) return may_import_framework(bytes);
  switch (dialect_of(path)) {
    case Dialect::cxx: return may_hold_cxx_loss(bytes);
    case Dialect::python: return may_hold_loss(bytes);
    default: return true;
  }
}

class FileCheck {
 public:
  FileCheck(const CheckItem& item, const CheckContext& context, SharedModules& shared)
      : item_(item), line_(context.line), context_(context), shared_(shared) {}

  FileResult run() {
    look_at();
    return std::move(out_);
  }

 private:
  using Kind = FileResult::Message::Kind;

  void fail(const std::string& message, const std::string& path) {
    out_.messages.push_back({Kind::error, message, path, std::nullopt, {}});
    ++out_.summary.failed;
  }
  void warn(std::string message) { out_.messages.push_back({Kind::warning, std::move(message), {}, std::nullopt, {}}); }
  void verbose(std::string message) {
    if (line_.verbose) out_.messages.push_back({Kind::note, std::move(message), {}, std::nullopt, {}});
  }

  void look_at() {
    const Input& input = item_.input;
    if (item_.from_walk) {
      auto text = read_source_file(input.path, input.path);
      if (!text) return fail(fmt::format("{}: {}", input.path, text.error().message), input.path);
      const auto pass_over = [&] { verbose(fmt::format("{}: passed over, can hold no loss", input.path)); };
      if (!is_worth_reading(input.path, *text)) return pass_over();
      if (dialect_of(input.path) == Dialect::cxx && !has_cxx_frontend())
        return verbose(fmt::format("{}: passed over, shapelint-cxx is not beside this program", input.path));
      auto source = source_text(input.path, std::move(*text));
      if (!source) return fail(source.error(), input.path);
      if (is_notebook_name(input.path) && !may_hold_loss(source->source.text)) return pass_over();
      if (choose_settings()) look_into(load_text(input.path, std::move(*source), shared_, settings_.frameworks));
      return;
    }
    if (choose_settings()) look_into(load_file(input.path, line_.stdin_filename, shared_, settings_.frameworks));
  }

  // What the nearest configuration says, and the command line over it.
  bool choose_settings() {
    auto settings = context_.configs.of(item_.input.path == "-" ? line_.stdin_filename : item_.input.path);
    if (!settings) {
      fail(settings.error(), {});
      return false;
    }
    settings_ = std::move(*settings);
    // A proof needs small numbers: tensors of a gigabyte, as a default of the code may ask for, are not worth one.
    std::size_t& elements = settings_.options.world.budget.array_elements;
    elements = std::min(elements, std::size_t{1} << 22U);
    return true;
  }

  void look_into(Result<LoadedFile, std::string> loaded) {
    const Input& input = item_.input;
    if (!loaded) return fail(loaded.error(), input.path == "-" ? line_.stdin_filename : input.path);
    out_.file = std::move(*loaded);
    verbose(fmt::format("{}: parsed", out_.file.path));
    LoadedFile& file = out_.file;
    FileReport report;
    if (input.is_whole()) {
      report = check_file(*file.session, *file.module, settings_.options);
      warn_of_syntax();
      const auto& issues = file.module->program->issues;
      const bool parses = std::ranges::none_of(issues, [](const ast::Issue& issue) { return issue.is_error; });
      if (report.losses.empty() && parses && !item_.from_walk && !line_.quiet)
        warn(fmt::format("no loss function in {}; name one: {}::NAME", file.path, file.path));
    } else {
      const auto target = find_input(file, input);
      if (!target) return fail(target.error(), file.path);
      AnalysisOptions options = settings_.options;
      options.world.single_target = true;
      report.losses.push_back(check_target(*file.session, *target, options, "named on the command line"));
      report.findings = std::move(report.losses.back().findings);
      apply_suppressions(file.session->sources(), *file.module, report.findings);
    }
    if (!report.losses.empty()) ++out_.summary.files;
    for (const LossReport& loss : report.losses) take(loss);
    show(report.findings);
  }

  // In Python, what does not parse is another tool's business (and our grammar may be older than the file): it is said,
  // and the rest is checked.
  void warn_of_syntax() {
    const LoadedFile& file = out_.file;
    if (file.module->dialect == Dialect::loss) return;
    const SourceMap& sources = file.session->sources();
    for (const BrokenCell& cell : file.broken)
      out_.messages.push_back(
          {Kind::warning, cell.message + "; this cell is left out", file.path, Position{}, cell.place});
    for (const ast::Issue& issue : file.module->program->issues) {
      if (!issue.is_error) continue;
      const SourceFile& source = sources.file(issue.span.source);
      const Position at = source.position(issue.span.begin);
      out_.messages.push_back(
          {Kind::warning, issue.message, file.path, source.is_notebook() ? Position{} : at, source.spell(at)});
    }
  }

  void take(const LossReport& report) {
    const LoadedFile& file = out_.file;
    const SourceMap& sources = file.session->sources();
    if (!report.error.empty()) fail(report.error, file.path);
    count(out_.summary, report);
    if (!line_.verbose) return;
    verbose(fmt::format("{}: {} is a loss: {}", file.path, report.target.qualname, report.reason));
    for (const UnknownPlace& unknown : report.unknown) {
      const SourceFile& source = sources.file(unknown.span.source);
      const Position at = source.position(unknown.span.begin);
      verbose(fmt::format("{}:{}: not understood: {}", source.name(), source.spell(at), unknown.reason));
    }
    if (!report.complete)
      verbose(fmt::format("{}: not every path of {} was followed to its end", file.path, report.target.qualname));
  }

  void show(std::vector<Finding>& findings) {
    std::ranges::stable_sort(findings, {}, [](const Finding& f) { return std::pair(f.span.begin, f.span.end); });
    std::erase_if(findings, [&](const Finding& f) { return f.severity < settings_.min_severity; });
    const SourceMap& sources = out_.file.session->sources();
    for (const Finding& finding : findings) {
      const std::string text =
          line_.statistics || line_.format == OutputFormat::sarif ? std::string() : text_of(finding);
      out_.shown.push_back(
          {finding.rule, finding.severity,
           fmt::format("{}:{}:{}", sources.file(finding.span.source).name(), finding.span.begin, finding.span.end),
           text});
    }
    if (line_.format == OutputFormat::sarif) out_.findings = std::move(findings);
  }

  std::string text_of(const Finding& finding) const {
    const SourceMap& sources = out_.file.session->sources();
    switch (line_.format) {
      case OutputFormat::full: return full_text(finding, sources, context_.style) + "\n";
      case OutputFormat::concise: return concise_text(finding, sources, context_.style);
      case OutputFormat::json: return json_finding(finding, sources);
      case OutputFormat::json_lines: return json_line(finding, sources);
      case OutputFormat::github: return github_annotation(finding, sources, context_.folders);
      case OutputFormat::sarif: break;  // a file at a time
    }
    return {};
  }

  const CheckItem& item_;
  const CommandLine& line_;
  const CheckContext& context_;
  SharedModules& shared_;
  Settings settings_;
  FileResult out_;
};

}  // namespace

FileResult check_item(const CheckItem& item, const CheckContext& context, SharedModules& shared) {
  try {
    FileResult result = FileCheck(item, context, shared).run();
    // Only SARIF looks into the texts again.
    if (context.line.format != OutputFormat::sarif) result.file = {};
    return result;
  } catch (const std::exception& error) {
    // Memory ran out, or this is a bug of ours: the other files are checked all the same.
    FileResult result;
    result.internal_error = true;
    result.summary.failed = 1;
    result.messages.push_back(
        {FileResult::Message::Kind::error,
         fmt::format("{}: internal error: {}; please report this with the file", item.input.path, error.what()),
         item.input.path,
         std::nullopt,
         {}});
    return result;
  }
}

}  // namespace shapelint::tool
