// C++ over LibTorch to the program: one translation unit becomes the modules of its own file and of the project's
// headers that its functions use. Clang does the parsing; none of its types show here, so that what starts the
// frontend builds without it. `shapelint` runs this in another process (tool/cxx) and reads the result as a bundle.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/language/bundle.h"

namespace shapelint::libtorch {

struct FrontendOptions {
  std::string file;       ///< as the user named it
  bool has_text = false;  ///< `text` stands for the file's content
  std::string text;
  std::string build_dir;               ///< `-p`: where compile_commands.json is; empty: looked for upwards
  std::vector<std::string> arguments;  ///< after `--`: used instead of a database
  bool has_arguments = false;
  bool shortcuts = true;  ///< skip bodies that nobody asks for, reuse a precompiled prefix
  std::string cache_dir;  ///< of precompiled prefixes; empty: none is kept
  std::uint64_t cache_limit = std::uint64_t{1} << 30U;  ///< bytes of all prefixes together
  bool verbose = false;                                 ///< say on standard error what was done
};

/// Parses and lowers. Never throws; what went wrong is the bundle's error (nothing could be understood) or an issue of
/// a module (the compiler's first error).
Bundle run_frontend(const FrontendOptions& options);

/// "19.1.7": the compiler inside.
std::string clang_version();

}  // namespace shapelint::libtorch
