// The modules of Python's standard library by name: members that are functions stand in the tables, members that are
// values here.
#include <algorithm>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "lib/trace/builtins.h"

namespace shapelint {
namespace {

// Modules of which at least one member is known, or whose members decide nothing.
constexpr std::string_view kModules[] = {
    "abc",
    "argparse",
    "array",
    "ast",
    "asyncio",
    "atexit",
    "base64",
    "bisect",
    "builtins",
    "collections",
    "collections.abc",
    "concurrent",
    "contextlib",
    "copy",
    "csv",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "enum",
    "fractions",
    "functools",
    "gc",
    "glob",
    "gzip",
    "hashlib",
    "heapq",
    "importlib",
    "inspect",
    "io",
    "itertools",
    "json",
    "logging",
    "logging.handlers",
    "math",
    "multiprocessing",
    "numbers",
    "operator",
    "os",
    "os.path",
    "pathlib",
    "pickle",
    "platform",
    "pprint",
    "random",
    "re",
    "shutil",
    "signal",
    "socket",
    "statistics",
    "string",
    "struct",
    "subprocess",
    "sys",
    "tempfile",
    "textwrap",
    "threading",
    "time",
    "timeit",
    "traceback",
    "types",
    "typing",
    "typing_extensions",
    "unittest",
    "unittest.mock",
    "urllib",
    "urllib.request",
    "uuid",
    "warnings",
    "weakref",
    "zipfile",
};
// Modules whose members are passed over, whatever they are.
constexpr std::string_view kIgnored[] = {"warnings", "logging", "logging.handlers", "atexit", "gc", "traceback"};

// Packages that show, draw or log what others calculate.
constexpr std::string_view kShowing[] = {"IPython",     "comet_ml",     "loguru",  "matplotlib",   "mlflow",
                                         "prettytable", "rich",         "seaborn", "tensorboardX", "termcolor",
                                         "torchinfo",   "torchsummary", "wandb"};

bool any_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool only_shows(std::string_view path) { return any_of(kShowing, path.substr(0, path.find('.'))); }

std::optional<Value> constant(Run& run, std::string_view path, std::string_view name) {
  const auto number = [&](std::int64_t n) -> Value { return IntV{run.dims().number(n)}; };
  if (path == "math") {
    if (name == "pi") return std::numbers::pi;
    if (name == "e") return std::numbers::e;
    if (name == "tau") return 2 * std::numbers::pi;
    if (name == "inf") return std::numeric_limits<double>::infinity();
    if (name == "nan") return std::numeric_limits<double>::quiet_NaN();
  } else if (path == "typing" || path == "typing_extensions") {
    if (name == "TYPE_CHECKING") return false;
  } else if (path == "sys") {
    if (name == "version_info")
      return make_named_tuple({number(3), number(11), number(0), make_str("final"), number(0)},
                              {"major", "minor", "micro", "releaselevel", "serial"});
    if (name == "maxsize") return IntV{run.dims().number(std::numeric_limits<std::int64_t>::max())};
    if (name == "platform") return make_str("linux");
    if (name == "byteorder") return make_str("little");
    if (name == "stdout" || name == "stderr" || name == "path" || name == "argv") return ignored();
  } else if (path == "os") {
    if (name == "sep") return make_str("/");
    if (name == "name") return make_str("posix");
  }
  return std::nullopt;
}

}  // namespace

bool is_standard_module(std::string_view path) { return any_of(kModules, path) || only_shows(path); }

std::optional<Value> standard_member(Run& run, std::string_view path, std::string_view name) {
  if (path == "typing_extensions") path = "typing";
  if (const auto value = constant(run, path, name)) return value;
  if (const Builtin* found = find_builtin(fmt::format("{}.{}", path, name))) return BuiltinV{found};
  if (path == "builtins") {
    if (const Builtin* found = find_builtin(name)) return BuiltinV{found};
  }
  if (any_of(kIgnored, path)) return ignored();
  if (only_shows(path)) {
    // What `wandb.config` holds is data.
    return name == "config" ? make_unknown(fmt::format("what `{}.config` holds", path)) : ignored();
  }
  const std::string below = fmt::format("{}.{}", path, name);
  if (is_standard_module(below)) return make_module(below);
  if (path == "typing") {
    // Containers in annotations and `isinstance`; everything else there is only an annotation.
    if (const Builtin* found = find_builtin(fmt::format("collections.abc.{}", name))) return BuiltinV{found};
    return builtin("typing.Any");
  }
  return std::nullopt;
}

}  // namespace shapelint
