#include "lib/oracle/contrast.h"

#include <algorithm>
#include <cmath>

#include "lib/oracle/runs.h"

namespace shapelint {
namespace {

// The numbers that a run is for, by place: what it returns, then what gradients are taken of.
std::vector<ArrayPtr> outcomes(const Trace& trace) {
  std::vector<ArrayPtr> out;
  for (const TensorId id : tensors_in(trace.result, trace.heap)) out.push_back(trace.tensor(id).array);
  for (const TensorId id : trace.objectives) out.push_back(trace.tensor(id).array);
  return out;
}

// What differs in two values: their means, or else the first numbers that do; none where they are the same.
std::optional<Contrast> difference(const Array& a, const Array& b) {
  if (a.values.empty() || b.values.empty()) return std::nullopt;
  const Contrast means{.wrote = mean_of(a), .altered = mean_of(b), .of_means = a.values.size() > 1};
  if (!nearly_equal(means.wrote, means.altered)) return means;
  if (a.shape != b.shape) return std::nullopt;
  for (std::size_t at = 0; at < a.values.size(); ++at) {
    if (!nearly_equal(a.values[at], b.values[at])) return Contrast{.wrote = a.values[at], .altered = b.values[at]};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Contrast> contrast(Tracer& tracer, const Target& target, const Evaluation& evaluation,
                                 std::vector<Alteration> alterations) {
  if (!ran_through(evaluation.batch)) return std::nullopt;
  TraceInput input = evaluation.input;
  input.altered = std::move(alterations);
  const Trace altered = run_on_numbers(tracer, target, std::move(input));
  if (!ran_through(altered)) return std::nullopt;
  const std::vector<ArrayPtr> here = outcomes(evaluation.batch);
  const std::vector<ArrayPtr> there = outcomes(altered);
  if (here.empty() || here.size() != there.size()) return std::nullopt;
  Contrast out{.same = true};
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (here[i] == nullptr || there[i] == nullptr) return std::nullopt;
    const auto found = difference(*here[i], *there[i]);
    if (!found) continue;
    return std::isfinite(found->wrote) && std::isfinite(found->altered) ? found : std::nullopt;
  }
  return out;
}

}  // namespace shapelint
