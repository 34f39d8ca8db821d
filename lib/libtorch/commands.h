// How a file is compiled: `--` arguments, a compilation database as clang-tidy looks for it, or guesses for a LibTorch
// in the usual places. Private to lib/libtorch.
#pragma once

#include <string>
#include <vector>

#include "lib/libtorch/frontend.h"
#include "lib/support/result.h"

namespace shapelint::libtorch {

struct CompileCommand {
  std::string directory;          ///< in which it runs
  std::vector<std::string> args;  ///< with the compiler's name first and the file last
  std::vector<std::string> own;   ///< folders of the project that were guessed; they come last in the include path
  std::string origin;             ///< "build/compile_commands.json", "the arguments after --"; empty for guesses
};

/// `file` is absolute. The error is complete and says what to do.
Result<CompileCommand, std::string> find_command(const FrontendOptions& options, const std::string& file);

/// Do the include folders that it names hold LibTorch?
bool finds_libtorch(const CompileCommand& command);

/// A header has no command of its own, and may rely on what is included before it.
bool is_header_name(const std::string& file);

/// What a user can do when LibTorch's headers were not found.
std::string how_to_name_libtorch(const std::string& file);

}  // namespace shapelint::libtorch
