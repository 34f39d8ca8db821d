#include "lib/libtorch/frontend.h"

#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include "lib/libtorch/compile.h"
#include "lib/libtorch/prefix.h"

namespace shapelint::libtorch {

Bundle run_frontend(const FrontendOptions& options) {
  Bundle bundle;
  llvm::SmallString<256> absolute(options.file);
  llvm::sys::fs::make_absolute(absolute);
  llvm::sys::path::remove_dots(absolute, true);
  const std::string file = absolute.str().str();
  auto command = find_command(options, file);
  if (!command) {
    bundle.error = command.error();
    return bundle;
  }
  std::string text = options.text;
  if (!options.has_text) {
    if (const auto buffer = llvm::MemoryBuffer::getFile(file)) text = (*buffer)->getBuffer().str();
  }
  std::string includes = prefix_of(text, file, *command);
  // A header may rely on its users to include LibTorch before it.
  if (includes.empty() && is_header_name(file) && text.find("torch::") != std::string::npos) {
    includes = "#include <torch/torch.h>\n";
    command->args.insert(command->args.begin() + 1, {"-include", "torch/torch.h"});
  }
  std::string pch;
  if (options.shortcuts && !options.cache_dir.empty()) {
    if (!includes.empty()) {
      const PrefixCache cache(options.cache_dir, options.cache_limit);
      pch = cache.find_or_make(includes, flags_of(*command, file), command->directory).value_or("");
    }
  }
  if (options.verbose) {
    llvm::errs() << "command from " << (command->origin.empty() ? "guesses" : command->origin) << ":";
    for (const std::string& arg : command->args) llvm::errs() << " " << arg;
    llvm::errs() << "\nprefix: " << (pch.empty() ? "none" : pch) << "\n";
  }
  CompileResult result = compile(options, *command, file, pch);
  // Another process may have made room between the look and the use.
  if (!result.ran && !pch.empty()) result = compile(options, *command, file, "");
  if (!result.missing_framework.empty()) {
    bundle.error = fmt::format("{}: the header '{}' was not found{}; {}", options.file, result.missing_framework,
                               command->origin.empty() ? "" : fmt::format(" with the command from {}", command->origin),
                               how_to_name_libtorch(options.file));
    return bundle;
  }
  if (!result.ran) {
    bundle.error = fmt::format("{}: the compiler could not be set up: {}", options.file,
                               result.driver_error.empty() ? "no reason is known" : result.driver_error);
    return bundle;
  }
  bundle.modules = std::move(result.modules);
  return bundle;
}

}  // namespace shapelint::libtorch
