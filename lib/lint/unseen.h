// What no run of a target came to, so that it was not looked at. Private to lib/lint.
#pragma once

#include "lib/lint/finding.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"

namespace shapelint {

/// Adds to what was not understood: runs that fail, shapes that contradict each other, and a training step that never
/// comes to its loss, where no finding says so.
void note_unseen(const SourceMap& sources, const World& world, const Paths& paths, LossReport& out);

}  // namespace shapelint
