#include "lib/trace/tracer.h"

#include "lib/trace/run.h"

namespace shapelint {

Tracer::Tracer(Library& library, DimTable& dims) : library_(&library), dims_(&dims) {}
Tracer::~Tracer() = default;

Paths Tracer::run(const Target& target, const TraceInput& input) {
  Paths out;
  std::uint64_t steps_left = input.budget.steps;
  Decisions decisions;
  while (true) {
    Run run(*library_, *dims_, input, steps_left);
    out.traces.push_back(run.run(target, decisions));
    if (steps_left == 0) {
      out.cut = true;
      break;
    }
    // The next path flips the last decision whose other side is still open.
    decisions.taken.resize(decisions.next);
    decisions.open.resize(decisions.next);
    while (!decisions.open.empty() && !decisions.open.back()) {
      decisions.open.pop_back();
      decisions.taken.pop_back();
    }
    if (decisions.open.empty()) break;
    decisions.open.back() = false;
    decisions.taken.back() = !decisions.taken.back();
  }
  return out;
}

Trace Tracer::call(const std::string& path, const std::vector<Binding>& arguments, const TraceInput& input) {
  std::uint64_t steps_left = input.budget.steps;
  Run run(*library_, *dims_, input, steps_left);
  return run.call_path(path, arguments);
}

}  // namespace shapelint
