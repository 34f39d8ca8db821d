// Running the `example(...)`s of a file on one of its functions, and the note about what does not parse.
#pragma once

#include <vector>

#include "lib/lint/explain.h"
#include "lib/report/report.h"
#include "tool/inputs.h"
#include "tool/output.h"

namespace shapelint::tool {

/// The results of every example whose names are parameters of `target`, and the explanation of the first that ran.
struct ExampleRuns {
  std::vector<ExampleResult> results;
  std::optional<Explanation> first;
  bool all_passed = true;
};
ExampleRuns run_examples(const LoadedFile& file, const Target& target, const AnalysisOptions& options);

/// Same shape, and every number equal up to the digits that people write: 1e-6 and 1e-5 of the value.
bool agrees(const Array& returned, const Array& expected);

/// Says on standard error where the file does not parse.
void warn_of_syntax(const LoadedFile& file, const Output& output);

}  // namespace shapelint::tool
