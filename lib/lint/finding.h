// A finding: one bug at one place, with its proof.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/oracle/oracle.h"
#include "lib/support/source.h"
#include "lib/trace/world.h"

namespace shapelint {

enum class Severity { advice, warning, error };
constexpr std::string_view name(Severity severity) {
  return severity == Severity::error ? "error" : severity == Severity::warning ? "warning" : "advice";
}

struct Related {
  std::string message;
  Span span;
};

struct Edit {
  Span span;
  std::string text;
};

enum class Applicability { safe, unsafe, display };
constexpr std::string_view name(Applicability a) {
  return a == Applicability::safe ? "safe" : a == Applicability::unsafe ? "unsafe" : "display";
}

struct Fix {
  std::string title;
  Applicability applicability = Applicability::unsafe;
  bool verified = false;  ///< applied, traced and evaluated again: the finding is gone and the oracle agrees
  std::vector<Edit> edits;
};

struct WitnessValue {
  std::string shape;  ///< jaxtyping's grammar
  ArrayPtr value;     ///< null when not computed
};

struct Witness {
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  std::vector<std::pair<std::string, ArrayPtr>> inputs;
  bool from_user_data = false;
  WitnessValue wrote;                 ///< what the flagged expression computes
  WitnessValue per_sample;            ///< what the samples alone give
  std::optional<Span> lost_at;        ///< the reduction, perhaps in a framework definition
  std::optional<Span> first_coupled;  ///< the first expression in which samples mix
  Verdict returned = Verdict::unknown;
  WitnessValue returned_wrote;
  WitnessValue returned_per_sample;
  std::optional<Totals> totals;
};

struct ParameterShape {
  std::string name;
  std::string shape;  ///< jaxtyping's grammar, "?" for unknown rank
  ShapeSource from = ShapeSource::inferred;
  DType dtype = DType::float32;
  std::string made{};  ///< no tensor but an object of the program, and how it was made
};

struct Finding {
  std::string rule;
  Severity severity = Severity::warning;
  std::string message;
  Span span;
  std::string function;  ///< qualified name of the loss it was found in
  std::vector<ParameterShape> shapes;
  std::vector<Related> related;
  std::optional<Witness> witness;
  std::vector<std::string> notes;  ///< the consequence in plain words, one sentence each
  std::optional<Fix> fix;
  std::string url;
};

/// Something in an expression that was not understood.
struct UnknownPlace {
  Span span;
  std::string reason;
};

/// How much of a loss was tracked.
enum class Tracked {
  fully,   ///< every path to its end, every expression understood
  partly,  ///< some tensors' shapes are known
  none,
};

/// One loss that was looked at.
struct LossReport {
  Target target;
  Convention convention = Convention::none;
  std::string reason;  ///< why it counts as a loss
  std::vector<ParameterShape> shapes;
  std::vector<UnknownPlace> unknown;
  std::vector<Finding> findings;
  std::size_t paths = 0;
  bool complete = true;  ///< every path was followed to its end
  Tracked tracked = Tracked::none;
  std::string error;  ///< a problem with the options for this target
  /// Functions of the target's module in which something with a known shape was calculated.
  std::set<std::uint32_t> calculated;
};

}  // namespace shapelint
