// `dump`: the program or the traces of a target as JSON.
#include <fmt/format.h>

#include "lib/report/report.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"
#include "tool/commands/commands.h"
#include "tool/inputs.h"
#include "tool/output.h"

namespace shapelint::tool {

int run_dump(const CommandLine& line) {
  Output output(line);
  const auto fail = [&](const std::string& message) {
    output.error(message);
    return kUsage;
  };
  const Input input = parse_input(line.targets[0]);
  SharedModules shared;
  const auto file = load_file(input.path, line.stdin_filename, shared);
  if (!file) return fail(file.error());
  if (line.stage == "program") {
    output.write(dump_program(*file->module->program));
    return output.finish(kClean);
  }
  const auto options = analysis_options(line);
  if (!options) return fail(options.error());
  const auto target = find_input(*file, input);
  if (!target) return fail(target.error());
  Session& session = *file->session;
  const auto world = build_world(session.library(), session.dims(), *target, options->world);
  if (!world) return fail(world.error().message);
  const Paths paths = Tracer(session.library(), session.dims()).run(*target, world->input);
  output.write(dump_traces(paths.traces, session.sources(), session.dims()));
  if (paths.cut) output.warning("the step budget ended before every path was seen");
  return output.finish(kClean);
}

}  // namespace shapelint::tool
