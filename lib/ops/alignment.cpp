// The probability of all ways in which a sequence of steps spells a text (connectionist temporal classification, Graves
// et al. 2006): ctc, by the forward algorithm.
#include <limits>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

/// Shape of ctc.
///   log_probs       (t, n, c)
///   targets         (n, s)
///   input_lengths   (n,)
///   target_lengths  (n,)
///   result          (n,)
///   errors  ctc.C1  other ranks
///           ctc.C2  the numbers of samples certainly differ
Result<Shape, ShapeConflict> ctc_shape(const OpArgs<Shape>& in, Facts& facts) {
  constexpr std::size_t kRanks[] = {3, 2, 1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    if (in.operands[i].size() != kRanks[i]) {
      return conflict("ctc.C1", "operand {} of ctc is {}, it must have {} axes", i + 1, show(in.operands[i], facts),
                      kRanks[i]);
    }
  }
  Dim samples = in.operands[0][1];
  for (std::size_t i = 1; i < 4; ++i) {
    const Dim other = in.operands[i][0];
    if (!agree(samples, other, facts)) {
      return conflict("ctc.C2", "{} and {} samples", show(samples, facts), show(other, facts));
    }
    samples = preferred(samples, other, facts);
  }
  return Shape{samples};
}

double log_sum(double a, double b) {
  const double larger = std::max(a, b);
  return larger == kImpossible ? kImpossible : larger + std::log1p(std::exp(std::min(a, b) - larger));
}

/// Minus the logarithm for one sample. `at(step, label)` is the logarithm of a probability.
template <class LogProb>
double alignment_loss(std::int64_t steps, const std::vector<std::int64_t>& text, std::int64_t blank, LogProb at) {
  // Blanks around and between the labels; a path goes on to the next place, or skips a blank between different labels.
  std::vector<std::int64_t> places(2 * text.size() + 1, blank);
  for (std::size_t i = 0; i < text.size(); ++i) places[2 * i + 1] = text[i];
  if (steps == 0) return text.empty() ? 0 : -kImpossible;
  std::vector<double> alpha(places.size(), kImpossible);
  alpha[0] = at(0, places[0]);
  if (places.size() > 1) alpha[1] = at(0, places[1]);
  for (std::int64_t step = 1; step < steps; ++step) {
    for (std::size_t s = places.size(); s-- > 0;) {
      double reached = alpha[s];
      if (s > 0) reached = log_sum(reached, alpha[s - 1]);
      if (s > 1 && places[s] != blank && places[s] != places[s - 2]) reached = log_sum(reached, alpha[s - 2]);
      alpha[s] = reached + at(step, places[s]);
    }
  }
  return -(places.size() > 1 ? log_sum(alpha.back(), alpha[places.size() - 2]) : alpha.back());
}

/// errors  those of the shape rule
///         kernel.length  a length lies outside of its axis
///         kernel.index  a label or the blank is no class
///         kernel.size
Result<Array, ShapeConflict> ctc_eval(const OpArgs<Array>& in) {
  const Array& probs = in.operands[0];
  const Array& targets = in.operands[1];
  constexpr std::size_t kRanks[] = {3, 2, 1, 1};
  for (std::size_t i = 0; i < 4; ++i) {
    if (in.operands[i].shape.size() != kRanks[i]) {
      return conflict("ctc.C1", "operand {} of ctc is {}, it must have {} axes", i + 1,
                      shapelint::show(in.operands[i].shape), kRanks[i]);
    }
  }
  const std::int64_t steps = probs.shape[0], samples = probs.shape[1], classes = probs.shape[2];
  const std::int64_t longest = targets.shape[1];
  for (std::size_t i = 1; i < 4; ++i) {
    if (in.operands[i].shape[0] != samples) {
      return conflict("ctc.C2", "{} and {} samples", samples, in.operands[i].shape[0]);
    }
  }
  const std::int64_t blank = in.attrs.dims.empty() ? 0 : in.attrs.dims[0];
  if (blank < 0 || blank >= classes) return bad_index(static_cast<double>(blank), classes);
  if (samples > 0 && steps > kMaxSteps / (samples * (2 * longest + 1))) return too_much("ctc");
  Array out = Array::filled({samples}, 0, in.dtype);
  for (std::int64_t n = 0; n < samples; ++n) {
    const auto row = static_cast<std::size_t>(n);
    const double length = in.operands[2].values[row], letters = in.operands[3].values[row];
    if (!(length >= 0 && length <= static_cast<double>(steps) && letters >= 0 &&
          letters <= static_cast<double>(longest))) {
      return conflict("kernel.length", "{} steps and {} labels of at most {} and {}", length, letters, steps, longest);
    }
    std::vector<std::int64_t> text;
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(letters); ++i) {
      const double label = targets.values[static_cast<std::size_t>(n * longest + i)];
      if (!(label >= 0 && label < static_cast<double>(classes))) return bad_index(label, classes);
      text.push_back(static_cast<std::int64_t>(label));
    }
    out.values[row] =
        alignment_loss(static_cast<std::int64_t>(length), text, blank, [&](std::int64_t step, std::int64_t label) {
          return probs.values[static_cast<std::size_t>((step * samples + n) * classes + label)];
        });
  }
  round_values(out);
  return out;
}

constexpr OpParam kCtcParams[] = {{"log_probs", ParamKind::tensor},
                                  {"targets", ParamKind::tensor},
                                  {"input_lengths", ParamKind::tensor},
                                  {"target_lengths", ParamKind::tensor},
                                  {"blank", ParamKind::dim, "0"}};

}  // namespace

extern const Op ctc;
constexpr Op ctc{.name = "ctc",
                 .role = OpRole::contraction,
                 .dtype = DTypeRule::same,
                 .params = kCtcParams,
                 .shape = ctc_shape,
                 .eval = bounded<ctc_eval>};

}  // namespace shapelint::ops
