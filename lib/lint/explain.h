// One target, expression by expression: what `explain` and `eval` show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/lint/analysis.h"

namespace shapelint {

/// What `explain` shows of one expression: its shape on the path that is explained, and its value.
struct ExplainedExpr {
  Span span;
  TensorId tensor;    ///< equal for expressions that are the same tensor (a name and what it was bound to)
  std::string shape;  ///< jaxtyping's grammar; "?" for unknown
  DType dtype = DType::float32;
  std::optional<Verdict> verdict;
  ArrayPtr value;
  ArrayPtr per_sample;
  bool batch_lost = false;  ///< the batch axis is in an operand and not in the result
};

/// The shape of what comes back: of one value, or of the parts of a sequence or a dict, in order.
struct ReturnedShape {
  std::string shape = "?";  ///< jaxtyping's grammar; "?" for unknown, "" of a number
  bool is_value = true;     ///< false for None and for texts, which have no shape
  std::optional<std::vector<ReturnedShape>> parts;
};

/// Values that are looked at in what comes back, at most.
inline constexpr int kReturnedVisits = 10'000;

struct Explanation {
  LossReport report;
  std::vector<ExplainedExpr> exprs;  ///< in order of evaluation
  ReturnedShape returned;
  DType return_dtype = DType::float32;
  std::optional<Evaluation> evaluation;
  std::vector<std::string> assumptions;  ///< "M == N at line 4"
  std::vector<PathCondition> conditions;
  std::string end_reason;  ///< why the path ended early, if it did
};

/// One target, expression by expression. `evaluate` adds numbers (seeded where no data is given).
Explanation explain_target(Session& session, const Target& target, const AnalysisOptions& options, bool evaluate);

}  // namespace shapelint
