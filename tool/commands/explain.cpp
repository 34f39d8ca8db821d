// `explain`: the annotated source of one target.
#include <fmt/format.h>

#include "lib/report/report.h"
#include "tool/commands/commands.h"
#include "tool/commands/examples.h"
#include "tool/configs.h"
#include "tool/output.h"

namespace shapelint::tool {

int run_explain(const CommandLine& line) {
  Output output(line);
  const auto fail = [&](const std::string& message) {
    output.error(message);
    return kUsage;
  };
  if (line.interactive) return run_interactive(line, output);
  SharedModules shared;
  const auto opened = open_target(line, shared);
  if (!opened) return fail(opened.error());
  const LoadedFile& file = opened->file;
  Session& session = *file.session;
  warn_of_syntax(file, output);

  Explanation explanation = explain_target(session, opened->target, opened->settings.options, true);
  if (!explanation.report.error.empty()) return fail(explanation.report.error);
  // Seeded numbers under every expression would be noise.
  if (explanation.evaluation && !explanation.evaluation->from_user_data) {
    for (ExplainedExpr& expr : explanation.exprs) expr.value = expr.per_sample = nullptr;
  }
  apply_suppressions(session.sources(), *file.module, explanation.report.findings);
  output.write(line.format == OutputFormat::json ? explain_json(explanation, session.sources())
                                                 : explain_text(explanation, session.sources(), output.style()));
  return output.finish(kClean);
}

}  // namespace shapelint::tool
