// Runs Clang: over a file for its program, over a prefix for its precompiled form. Private to lib/libtorch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/libtorch/commands.h"

namespace shapelint::libtorch {

struct CompileResult {
  std::vector<BundleModule> modules;
  std::string missing_framework;  ///< the header of LibTorch that was not found
  bool ran = false;               ///< the compiler could be set up
  std::string driver_error;       ///< why not
};

/// `pch` is a precompiled prefix, or empty.
CompileResult compile(const FrontendOptions& options, const CompileCommand& command, const std::string& file,
                      const std::string& pch);

/// Writes `pch` from `header`; what it was made of, or nothing when it does not compile.
std::optional<std::vector<std::string>> precompile(const std::string& header, const std::string& pch,
                                                   const std::vector<std::string>& flags, const std::string& directory);

/// The command's arguments without the compiler and the file, as both of these use them.
std::vector<std::string> flags_of(const CompileCommand& command, const std::string& file);

}  // namespace shapelint::libtorch
