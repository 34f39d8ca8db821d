// `eval`: the numbers of one target, on the user's data, on the examples of its file, or on seeded data.
#include <fmt/format.h>

#include "lib/report/report.h"
#include "tool/commands/commands.h"
#include "tool/commands/examples.h"
#include "tool/configs.h"
#include "tool/output.h"

namespace shapelint::tool {

int run_eval(const CommandLine& line) {
  Output output(line);
  const auto fail = [&](const std::string& message) {
    output.error(message);
    return kUsage;
  };
  SharedModules shared;
  const auto opened = open_target(line, shared);
  if (!opened) return fail(opened.error());
  const AnalysisOptions& options = opened->settings.options;
  const Target& target = opened->target;
  Session& session = *opened->file.session;
  warn_of_syntax(opened->file, output);

  ExampleRuns runs;
  if (options.data.empty()) runs = run_examples(opened->file, target, options);
  if (!runs.first && runs.results.empty()) {
    runs.first = explain_target(session, target, options, true);
    const Explanation& explanation = *runs.first;
    if (!explanation.report.error.empty()) return fail(explanation.report.error);
    if (!explanation.evaluation) return fail(fmt::format("{} could not be evaluated", target.qualname));
  }
  if (!runs.first) {  // no example could even start
    runs.first = Explanation{};
    runs.first->report.target = target;
  }
  output.write(line.format == OutputFormat::json
                   ? eval_json(*runs.first, runs.results, session.sources(), session.dims())
                   : eval_text(*runs.first, runs.results, session.sources(), session.dims(), output.style()));
  return output.finish(runs.all_passed ? kClean : kFindings);
}

}  // namespace shapelint::tool
