// The proof of a finding: the numbers of the flagged step in an evaluation, and how sure they make us.
#pragma once

#include <string>
#include <vector>

#include "lib/lint/finding.h"
#include "lib/lint/rule.h"

namespace shapelint {

/// The numbers for `report`, found on `trace`, in the evaluation of the same path.
Witness make_witness(const Trace& trace, const Report& report, const Evaluation& proof, const World& world,
                     DimTable& dims);

/// Error, warning or advice, by what the numbers show.
Severity severity_of(const Trace& trace, const Report& report, const Evaluation* proof, const World& world,
                     DimTable& dims);

/// The consequence in plain words.
std::vector<std::string> consequences(const Trace& trace, const Report& report, const Evaluation* proof,
                                      const World& world, DimTable& dims);

}  // namespace shapelint
