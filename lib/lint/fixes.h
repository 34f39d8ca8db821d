// Fixes: edits that are applied to the text, analysed again, and offered only when they are proved.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lib/lint/analysis.h"
#include "lib/lint/rule.h"

namespace shapelint {

/// The edit that keeps the axis which a flagged reduction misses: `y[:, 0]` becomes `y[:, :1]`, wherever the operands
/// of the reduction were indexed. None when the code indexes in another way.
std::optional<Fix> keep_axis_fix(const Trace& trace, const Report& report, const LoadedModule& module,
                                 const SourceMap& sources);

/// Applies edits to a text; they must not overlap.
std::string apply_edits(std::string_view text, const std::vector<Edit>& edits);

/// Applies the fix, analyses the target again, and marks the fix verified when the finding is gone, nothing new
/// appeared, no samples are mixed, and, unless it `changes_samples`, every sample's own loss is what it was.
bool verify_fix(Session& session, const Target& target, const AnalysisOptions& options, const Finding& finding,
                const std::vector<Finding>& before, const Evaluation& proof, Fix& fix, bool changes_samples = false);

}  // namespace shapelint
