// The oracle: the loss on a whole batch held against the loss on each sample alone. The right per-sample loss needs no
// reference implementation: it is the concatenation of the single runs. See DESIGN (docs/architecture.md), "The oracle
// is the batch of one".
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/oracle/sample_data.h"
#include "lib/trace/tracer.h"
#include "lib/trace/world.h"

namespace shapelint {

/// How a value on the batch relates to the values on the samples alone.
enum class Verdict {
  per_sample,   ///< the concatenation of the single values along its batch axis
  mean,         ///< no batch axis; the mean of the single values (times a constant factor)
  sum,          ///< no batch axis; their sum (times a constant factor)
  pooled,       ///< no batch axis; computed from mean, sum, independent or pooled values only
  independent,  ///< does not depend on batched values
  coupled,      ///< anything else: samples were mixed
  unknown,      ///< not computed
};
std::string_view name(Verdict verdict);

/// One expression of the user's code in an evaluation.
struct ExprVerdict {
  Span span;
  FrameId frame;
  TensorId tensor;  ///< in `Evaluation::batch`
  Verdict verdict = Verdict::unknown;
  double factor = 1;  ///< mean, sum: value = factor * mean(singles)
  ArrayPtr value;
  ArrayPtr per_sample;  ///< the single values joined along a new or their batch axis; null when there are none
};

/// Totals over the batch, as a training loop would see them.
struct Totals {
  double mean_wrote = 0;
  double mean_per_sample = 0;
  bool has_weighted = false;  ///< the framework applies sample weights (Keras)
  std::vector<double> weights;
  double weighted_wrote = 0;
  double weighted_per_sample = 0;
};

/// How numbers that nobody gave are drawn.
struct Draw {
  std::uint64_t seed = 1;
  bool wide = false;                                                ///< from -2 to 2 instead of inside (0, 1)
  bool whole_targets = false;                                       ///< targets are 0 or 1
  std::map<std::string, std::vector<double>, std::less<>> planted;  ///< by parameter: stand among its numbers
};

struct Evaluation {
  Trace batch;
  TraceInput input;  ///< of that run
  Sizes sizes;
  std::vector<std::pair<std::string, ArrayPtr>> inputs;
  bool from_user_data = false;
  Draw draw;
  bool one_sided = false;  ///< with `both_sides`: no draw was found in which every mask, limit and sign has both
  std::vector<ExprVerdict> exprs;            ///< in the order of evaluation
  std::optional<std::size_t> first_coupled;  ///< index into exprs
  Verdict verdict = Verdict::unknown;        ///< of what the target returned
  double factor = 1;
  ArrayPtr value;              ///< what the target returned
  std::optional<Shape> shape;  ///< its symbolic shape
  ArrayPtr per_sample;
  std::optional<Totals> totals;
  std::string reason;  ///< why the verdict is unknown
  /// By tensor of `batch`; empty when there are no single runs.
  std::vector<Verdict> verdicts;
  /// By tensor, for per-sample ones: in blocks of how many elements the samples lie along the batch axis. `(B, T)`
  /// flattened has blocks of T, `(T, B)` flattened blocks of 1; more than one where the numbers cannot tell.
  std::vector<std::vector<std::int64_t>> blocks;
  bool single_failed = false;         ///< the batch ran, a sample alone does not
  std::optional<ExprVerdict> probed;  ///< of the world's probe, when it gave a tensor; in `batch.probed->trace`
};

struct EvaluationOptions {
  SampleData data;                                               ///< by parameter; the rest is seeded
  std::map<std::string, std::int64_t> sizes;                     ///< of symbols, where the user said so
  std::vector<PathCondition> conditions;                         ///< the path of the trace to be evaluated
  std::vector<Assumption> assumptions;                           ///< what that path assumed of sizes
  std::vector<std::int64_t> primes = {3, 5, 7, 11, 13, 17, 19};  ///< sizes for the batch, then for the other symbols
  Draw draw;
  bool both_sides = false;  ///< other draws are tried where the numbers leave a mask, limit or sign on one side
  std::set<std::string, std::less<>>
      labels;                                ///< parameters that the code takes for whole numbers, whatever their dtype
  std::set<std::string, std::less<>> masks;  ///< parameters that the code takes for truth values, whatever their dtype
};

/// Runs `target` on a batch and on each of its samples.
Evaluation evaluate(Tracer& tracer, const Target& target, const World& world, const EvaluationOptions& options);

/// Equal up to the rounding of float32 sums.
bool nearly_equal(double a, double b);
/// 0 for none.
double mean_of(const Array& array);

}  // namespace shapelint
