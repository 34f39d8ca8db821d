// Parts that several of the text writers share.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/lint/finding.h"
#include "lib/report/style.h"
#include "lib/support/source.h"

namespace shapelint {

/// `y_true (B, 5) [annotation], y_pred (B, 5) [convention]`.
std::string shapes_text(const std::vector<ParameterShape>& shapes);
/// A sentence when shapes rest on a convention or a guess; empty when all are stated.
std::string basis_text(const std::vector<ParameterShape>& shapes);
/// Several lines: the sizes and the table sample / computed / alone. What the totals mean is in the finding's notes.
std::string proof_text(const Witness& witness);
/// "plain mean ..." and "weighted ...", one line each.
std::vector<std::string> totals_lines(const Totals& totals);
/// The lines that a fix takes away and puts in, as a small diff.
std::string fix_text(const Fix& fix, const SourceMap& sources, const Style& style);
/// Rows of cells as columns two spaces apart.
std::string table(const std::vector<std::vector<std::string>>& rows);
/// Counts, the largest first.
std::vector<std::pair<std::string, std::size_t>> most_frequent(const std::map<std::string, std::size_t>& counts);
/// "per-sample", "mean of the samples", ...: the verdict for people.
std::string verdict_text(Verdict verdict, double factor = 1);

}  // namespace shapelint
