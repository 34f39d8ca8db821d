// Worlds: the shape of every parameter of a target and where it comes from. Strongest first: what the caller states
// (command line, configuration, sample data), an annotation, a docstring or a comment, the framework's convention for
// its losses, and last a guess that the code runs with.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/trace/targets.h"
#include "lib/trace/tracer.h"

namespace shapelint {

enum class ShapeSource { command_line, config, annotation, assertion, docstring, comment, convention, inferred };
/// As in JSON: "command-line", "annotation", ...
std::string_view name(ShapeSource source);
/// Did the user state it, or does it rest on a convention or a guess?
inline bool is_stated(ShapeSource source) { return source < ShapeSource::convention; }

/// What the caller states about a target, as on the command line.
struct WorldOptions {
  std::map<std::string, std::string> shapes;      ///< name -> jaxtyping string
  std::set<std::string, std::less<>> configured;  ///< names of those shapes that a configuration file states
  std::map<std::string, std::string> dtypes;
  std::map<std::string, std::string> args;  ///< name -> literal
  std::map<std::string, std::string> init;
  std::map<std::string, std::int64_t> sizes;  ///< symbol -> size
  std::optional<std::string> batch;
  bool single_target = false;  ///< one target was named: an option that fits no parameter is an error
  FrameworkVersions versions;
  std::map<std::string, ArrayPtr> data;  ///< sample data by parameter
  Budget budget;
};

struct WorldParameter {
  std::string name;
  std::optional<Shape> shape;
  std::vector<Shape> shapes;  ///< of a list
  DType dtype = DType::float32;
  ShapeSource from = ShapeSource::inferred;
  Span place;  ///< where it is stated in the code, if it is
  Span local;  ///< no parameter but a variable: where it is assigned to
  bool is_local() const { return local.end > local.begin; }
};

struct World {
  TraceInput input;
  /// What else the shapes could be that nobody states. A finding that one of these refutes rests on a guess.
  std::vector<TraceInput> alternatives;
  std::vector<WorldParameter> parameters;
  std::map<std::string, SymbolId, std::less<>> symbols;  ///< by name
  /// What stands for a parameter that is called and that nobody states: an object of the program.
  struct Object {
    std::string name;
    std::string made;  ///< how: `Net(in_features, 10)`
    ShapeSource from = ShapeSource::inferred;
    bool is_guess = false;  ///< nobody says so, but it fits
  };
  std::vector<Object> objects;
  std::set<SymbolId> object_sizes;  ///< what their constructors ask for: as large as what the objects get or give
  Convention convention = Convention::none;
  std::vector<Span> gradients;       ///< where the target asks for the gradient of its loss
  bool called_by_framework = false;  ///< the framework calls it itself and averages what it returns
  bool stated = true;                ///< no tensor rests on a convention or a guess
  bool batch_by_place = false;       ///< no name says which symbol counts samples, only where it stands
  bool by_chance = false;            ///< a guess that runs only where sizes happen to fit
  /// Broadcasting that an annotation's `#` says is intended: parameter names.
  std::vector<std::string> broadcastable;
  /// Two places in the code that contradict each other.
  struct Contradiction {
    std::string message;
    Span first, second;
  };
  std::vector<Contradiction> contradictions;
  std::optional<Shape> declared_return;  ///< `-> Float["B"]`, or what the docstring says comes back
  Span declared_return_span;
  bool declared_in_prose = false;  ///< by the docstring
};

struct WorldError {
  std::string message;  ///< names the option and what it takes
};

/// Does the shape of a parameter rest on a convention or a guess?
bool has_guess(const World& world);

/// The world of a target. Where ranks are not stated, short trial runs of the tracer find some that the code runs with.
Result<World, WorldError> build_world(Tracer& tracer, const Target& target, const WorldOptions& options);

/// Did the code run with these shapes, as far as it is understood: no contradiction, and nothing that PyTorch refuses?
bool runs_clean(const Trace& trace);
/// Does a path go on, in a round of a loop or at its end, only where sizes happen to fit, as `B == B*C` and `B == C`
/// do, or only where two of them happen to be a number that is written down, as `B == C == 25`? Then the shapes are no
/// more than a coincidence.
enum class Chance { none, sizes, numbers };
Chance chance_in(const DimTable& dims, const World& world, const Trace& trace);
/// Does a path of it run only where the batch is as large as something else?
bool equates_batch(const DimTable& dims, const World& world, const Trace& trace);
/// Does a path come to where the target asks for the gradient of its loss?
bool reaches_gradient(const World& world, const Trace& trace);
/// Too many indices, a wrong unpacking or an axis out of range: the code has more axes in mind than were guessed.
bool asks_for_axes(const Conflict& conflict);

}  // namespace shapelint
