// Runs Clang: over a file for its program, over a prefix for its precompiled form. Private to lib/libtorch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/libtorch/commands.h"
#include "lib/libtorch/units.h"

namespace shapelint::libtorch {

struct CompileResult {
  std::vector<BundleModule> modules;
  bool has_framework = false;     ///< LibTorch's headers are in the include path
  std::string missing_framework;  ///< without them, the header that was asked for
  bool ran = false;               ///< the compiler could be set up
  std::string driver_error;       ///< why not
  bool clashes = false;           ///< a name is ambiguous or defined twice
};

/// A file, ready to be compiled.
struct CompileJob {
  CompileCommand command;
  std::string file;         ///< absolute
  std::string pch;          ///< a precompiled prefix, or empty
  bool is_widened = false;  ///< all of LibTorch is included before the file, which asks for a part of it
  bool has_text = false;
  std::string text;  ///< stands for the file's content
  bool shortcuts = true;
  std::string prefix;  ///< of the modules' names
};

/// What the file does not define is asked of `units`.
CompileResult compile(const CompileJob& job, Units& units);

/// What a precompiled prefix was made of.
struct Precompiled {
  std::vector<std::string> files;
  std::vector<std::string> roots;  ///< how the names begin by which they were included: "torch", "vector", "bits"
  std::string words;               ///< every identifier that stands in them, each on a line of its own
};

/// Writes `pch` from `header`; nothing when that does not compile.
std::optional<Precompiled> precompile(const std::string& header, const std::string& pch,
                                      const std::vector<std::string>& flags, const std::string& directory);

/// The command's arguments without the compiler and the file, as both of these use them.
std::vector<std::string> flags_of(const CompileCommand& command, const std::string& file);

}  // namespace shapelint::libtorch
