#include "lib/libtorch/frontend.h"

#include <algorithm>

#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/raw_ostream.h>

#include "lib/libtorch/compile.h"
#include "lib/libtorch/prefix.h"

namespace shapelint::libtorch {

namespace {

std::string absolute(const std::string& file) {
  llvm::SmallString<256> out(file);
  llvm::sys::fs::make_absolute(out);
  llvm::sys::path::remove_dots(out, true);
  return out.str().str();
}

std::string content_of(const std::string& file) {
  const auto buffer = llvm::MemoryBuffer::getFile(file);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

// The command, and a precompiled prefix that serves it.
Result<CompileJob, std::string> prepare(const FrontendOptions& options, const std::string& file,
                                        const std::string& text) {
  auto command = find_command(options, file);
  if (!command) return command.error();
  CompileJob job{.command = std::move(*command), .file = file, .pch = "", .text = "", .prefix = ""};
  job.shortcuts = options.shortcuts;
  if (job.command.origin.empty()) Project(file).add_header_options(text, file, job.command);
  Prefix prefix = prefix_of(text, file, job.command);
  const std::vector<std::string> flags = flags_of(job.command, file);
  // A header may rely on its users to include LibTorch before it.
  const bool relies = prefix.includes.empty() && is_header_name(file) && text.find("torch::") != std::string::npos;
  // Files that include this and that of LibTorch share one entry, which has it all.
  job.is_widened = prefix.is_part && finds_libtorch(job.command);
  if (relies || job.is_widened) {
    prefix.includes = fmt::format("#include <{}>\n", kWholeLibTorch);
    job.command.args.insert(job.command.args.begin() + 1, {"-include", kWholeLibTorch});
  }
  if (options.shortcuts && !options.cache_dir.empty() && !prefix.includes.empty()) {
    const PrefixCache cache(options.cache_dir, options.cache_limit);
    job.pch = cache.find_or_make(prefix, flags, job.command.directory).value_or("");
  }
  if (options.verbose) {
    llvm::errs() << file << ": command from " << (job.command.origin.empty() ? "guesses" : job.command.origin) << ":";
    for (const std::string& arg : job.command.args) llvm::errs() << " " << arg;
    llvm::errs() << "\nprefix: " << (job.pch.empty() ? "none" : job.pch) << "\n";
  }
  return job;
}

CompileResult compile_twice(CompileJob job, Units& units) {
  CompileResult result = compile(job, units);
  // A name of LibTorch's that the file itself would not have seen.
  if (result.clashes && job.is_widened) {
    job.pch.clear();
    auto& args = job.command.args;
    const auto whole = std::ranges::find(args, kWholeLibTorch);
    if (whole != args.end()) args.erase(whole - 1, whole + 1);
    job.is_widened = false;
    result = compile(job, units);
  }
  // Another process may have made room between the look and the use.
  if (!result.ran && !job.pch.empty()) {
    job.pch.clear();
    result = compile(job, units);
  }
  return result;
}

}  // namespace

Bundle run_frontend(const FrontendOptions& options) {
  Bundle bundle;
  const std::string file = absolute(options.file);
  auto job = prepare(options, file, options.has_text ? options.text : content_of(file));
  if (!job) {
    bundle.error = job.error();
    return bundle;
  }
  job->has_text = options.has_text;
  job->text = options.text;
  Units* all = nullptr;
  Units units(file, [&](const std::string& source, const std::string& prefix) -> std::vector<BundleModule> {
    auto other = prepare(options, source, content_of(source));
    if (!other) return {};
    other->prefix = prefix;
    return compile_twice(std::move(*other), *all).modules;
  });
  all = &units;
  CompileResult result = compile_twice(*job, units);
  if (!result.missing_framework.empty()) {
    bundle.error =
        fmt::format("{}: the header '{}' was not found{}; {}", options.file, result.missing_framework,
                    job->command.origin.empty() ? "" : fmt::format(" with the command from {}", job->command.origin),
                    how_to_name_libtorch(options.file));
    return bundle;
  }
  if (!result.ran) {
    bundle.error = fmt::format("{}: the compiler could not be set up: {}", options.file,
                               result.driver_error.empty() ? "no reason is known" : result.driver_error);
    return bundle;
  }
  bundle.modules = std::move(result.modules);
  for (BundleModule& module : units.take()) bundle.modules.push_back(std::move(module));
  return bundle;
}

}  // namespace shapelint::libtorch
