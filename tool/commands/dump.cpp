// `dump`: the program or the traces of a target as JSON.
#include <fmt/format.h>

#include "lib/report/report.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"
#include "tool/commands/commands.h"
#include "tool/configs.h"
#include "tool/output.h"

namespace shapelint::tool {

int run_dump(const CommandLine& line) {
  Output output(line);
  const auto fail = [&](const std::string& message) {
    output.error(message);
    return kUsage;
  };
  SharedModules shared;
  shared.cxx = line.cxx;
  if (line.stage == "program") {
    const auto file = load_file(parse_input(line.targets[0]).path, line.stdin_filename, shared);
    if (!file) return fail(file.error());
    output.write(dump_program(*file->module->program));
    return output.finish(kClean);
  }
  const auto opened = open_target(line, shared);
  if (!opened) return fail(opened.error());
  const Target& target = opened->target;
  Session& session = *opened->file.session;
  const auto world = build_world(session.tracer(), target, world_options(opened->settings.options, target));
  if (!world) return fail(world.error().message);
  const Paths paths = session.tracer().run(target, world->input);
  output.write(dump_traces(paths.traces, session.sources(), session.dims()));
  if (paths.cut) output.warning("the step budget ended before every path was seen");
  return output.finish(kClean);
}

}  // namespace shapelint::tool
