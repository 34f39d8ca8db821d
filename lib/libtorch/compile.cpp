#include "lib/libtorch/compile.h"

#include <algorithm>

#include <clang/AST/ASTConsumer.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/DeclGroup.h>
#include <clang/Basic/Diagnostic.h>
#include <clang/Basic/Version.h>
#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Frontend/MultiplexConsumer.h>
#include <clang/Lex/Preprocessor.h>
#include <clang/Lex/PreprocessorOptions.h>
#include <clang/Tooling/Tooling.h>
#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/VirtualFileSystem.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/user_files.h"

namespace shapelint::libtorch {
namespace {

namespace fs = llvm::sys::fs;

// The first error, and which of LibTorch's headers was not found.
class Errors : public clang::DiagnosticConsumer {
 public:
  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& info) override {
    clang::DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < clang::DiagnosticsEngine::Error) return;
    llvm::SmallString<256> text;
    info.FormatDiagnostic(text);
    const std::size_t open = text.find('\'');
    const llvm::StringRef quoted = open == llvm::StringRef::npos ? "" : text.str().substr(open + 1).split('\'').first;
    const bool not_found = text.str().ends_with("file not found");
    if (not_found && missing.empty() &&
        (quoted.starts_with("torch/") || quoted.starts_with("ATen/") || quoted.starts_with("c10/")))
      missing = quoted.str();
    clashes = clashes || text.str().contains("is ambiguous") || text.str().starts_with("redefinition of");
    if (info.hasSourceManager()) {
      if (first.empty()) {
        first = text.str().str();
        where = info.getLocation();
      }
    } else if (first_of_driver.empty()) {
      first_of_driver = text.str().str();
    }
  }
  std::string first;
  std::string first_of_driver;
  std::string missing;
  bool clashes = false;
  clang::SourceLocation where;
};

// Bodies in files that are not the user's are skipped. (Sema keeps those of constexpr functions and those that say what
// a function returns.)
class SkippingConsumer : public clang::ASTConsumer {
 public:
  SkippingConsumer(const clang::SourceManager& sources, const UserFiles& files) : sources_(sources), files_(files) {}
  bool shouldSkipFunctionBody(clang::Decl* decl) override { return !files_.is_user(sources_, decl->getLocation()); }

 private:
  const clang::SourceManager& sources_;
  const UserFiles& files_;
};

class LoweringConsumer : public SkippingConsumer {
 public:
  LoweringConsumer(clang::CompilerInstance& compiler, const UserFiles& files, const Errors& errors, Units& units,
                   std::string prefix, CompileResult& out)
      : SkippingConsumer(compiler.getSourceManager(), files),
        sources_(compiler.getSourceManager()),
        files_(files),
        errors_(errors),
        units_(units),
        prefix_(std::move(prefix)),
        out_(out) {}

  bool HandleTopLevelDecl(clang::DeclGroupRef group) override {
    for (clang::Decl* decl : group) {
      if (sources_.isInMainFile(sources_.getExpansionLoc(decl->getLocation()))) decls_.push_back(decl);
    }
    return true;
  }

  void HandleTranslationUnit(clang::ASTContext& context) override {
    Lower lower(context, files_, units_, prefix_);
    out_.modules = lower.run(decls_);
    out_.ran = true;
    if (!errors_.first.empty() && !out_.modules.empty()) note_error(out_.modules.front().program);
  }

 private:
  void note_error(ast::Module& program) const {
    clang::SourceLocation at = sources_.getExpansionLoc(errors_.where);
    std::string message = "does not compile: " + errors_.first;
    // In a header: shown where the main file includes it.
    if (at.isValid() && !sources_.isInMainFile(at)) {
      const clang::PresumedLoc place = sources_.getPresumedLoc(at);
      if (place.isValid()) message += fmt::format(" ({}:{})", place.getFilename(), place.getLine());
      while (at.isValid() && !sources_.isInMainFile(at)) at = sources_.getIncludeLoc(sources_.getFileID(at));
    }
    Span span;
    if (at.isValid()) span.begin = span.end = sources_.getFileOffset(at);
    program.issues.push_back({span, std::move(message), true});
  }

  const clang::SourceManager& sources_;
  const UserFiles& files_;
  const Errors& errors_;
  Units& units_;
  std::string prefix_;
  CompileResult& out_;
  std::vector<clang::Decl*> decls_;
};

class LoweringAction : public clang::ASTFrontendAction {
 public:
  LoweringAction(const CompileJob& job, const Errors& errors, Units& units, CompileResult& out)
      : job_(job), errors_(errors), units_(units), out_(out) {}

 protected:
  bool BeginInvocation(clang::CompilerInstance& compiler) override {
    compiler.getFrontendOpts().SkipFunctionBodies = job_.shortcuts;
    compiler.getDiagnosticOpts().ShowCarets = false;  // and no "3 errors generated"
    compiler.getPreprocessorOpts().DisablePCHOrModuleValidation = clang::DisableValidationForModuleKind::PCH;
    compiler.getPreprocessorOpts().AllowPCHWithCompilerErrors = true;
    return true;
  }
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    // A header that is not found must not end everything.
    compiler.getDiagnostics().setFatalsAsError(true);
    files_.find_framework(compiler.getPreprocessor().getHeaderSearchInfo());
    files_.add_own(job_.command.own, compiler.getPreprocessor().getHeaderSearchInfo());
    out_.has_framework = files_.has_framework();
    return std::make_unique<LoweringConsumer>(compiler, files_, errors_, units_, job_.prefix, out_);
  }

 private:
  const CompileJob& job_;
  const Errors& errors_;
  Units& units_;
  CompileResult& out_;
  UserFiles files_;
};

class PrecompileAction : public clang::GeneratePCHAction {
 public:
  PrecompileAction(std::string output, Precompiled& out) : output_(std::move(output)), out_(out) {}

 protected:
  bool BeginInvocation(clang::CompilerInstance& compiler) override {
    compiler.getFrontendOpts().SkipFunctionBodies = true;
    compiler.getDiagnosticOpts().ShowCarets = false;
    compiler.getFrontendOpts().OutputFile = output_;
    compiler.getFrontendOpts().UseTemporary = false;
    return true;
  }
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                        llvm::StringRef file) override {
    user_files_.find_framework(compiler.getPreprocessor().getHeaderSearchInfo());
    std::vector<std::unique_ptr<clang::ASTConsumer>> consumers;
    consumers.push_back(std::make_unique<SkippingConsumer>(compiler.getSourceManager(), user_files_));
    consumers.push_back(GeneratePCHAction::CreateASTConsumer(compiler, file));
    if (consumers.back() == nullptr) return nullptr;
    return std::make_unique<clang::MultiplexConsumer>(std::move(consumers));
  }
  void EndSourceFileAction() override {
    const clang::SourceManager& sources = getCompilerInstance().getSourceManager();
    for (auto it = sources.fileinfo_begin(); it != sources.fileinfo_end(); ++it) {
      llvm::SmallString<256> path(it->first.getName());
      fs::make_absolute(path);
      if (!fs::exists(path)) continue;
      out_.files.push_back(path.str().str());
      add_root(path);
    }
    std::ranges::sort(out_.files);
    std::ranges::sort(out_.roots);
    out_.roots.erase(std::unique(out_.roots.begin(), out_.roots.end()), out_.roots.end());
    out_.words = "\n";
    for (const auto& word : getCompilerInstance().getPreprocessor().getIdentifierTable())
      (out_.words += word.getKey()) += '\n';
    GeneratePCHAction::EndSourceFileAction();
  }

 private:
  // The first part of the name below the innermost folder of the include path.
  void add_root(llvm::StringRef path) {
    const clang::HeaderSearch& search = getCompilerInstance().getPreprocessor().getHeaderSearchInfo();
    std::size_t longest = 0;
    for (auto it = search.search_dir_begin(); it != search.search_dir_end(); ++it) {
      llvm::SmallString<256> absolute(it->getName());
      fs::make_absolute(absolute);
      const llvm::StringRef folder = llvm::StringRef(absolute).rtrim('/');
      if (it->isNormalDir() && path.starts_with(folder) && path.substr(folder.size()).starts_with("/"))
        longest = std::max(longest, folder.size() + 1);
    }
    if (longest > 0) out_.roots.push_back(path.substr(longest).split('/').first.str());
  }

  std::string output_;
  Precompiled& out_;
  UserFiles user_files_;
};

// Where Clang's own headers (stddef.h and the like) are.
void add_resource_dir(std::vector<std::string>& args) {
  if (std::ranges::any_of(args, [](const std::string& arg) { return arg.starts_with("-resource-dir"); })) return;
  for (const char* folder : {"/usr/lib/llvm-19/lib/clang/19", "/usr/lib/clang/19", "/usr/local/lib/clang/19"}) {
    if (!fs::exists(std::string(folder) + "/include/stddef.h")) continue;
    args.insert(args.begin() + 1, {"-resource-dir", folder});
    return;
  }
}

bool run(std::vector<std::string> args, const std::string& directory, std::unique_ptr<clang::FrontendAction> action,
         const std::string* text, const std::string& file, Errors& errors) {
  add_resource_dir(args);
  args.insert(args.begin() + 1, {"-fsyntax-only", "-w", "-Qunused-arguments", "-ferror-limit=0"});
  llvm::IntrusiveRefCntPtr<llvm::vfs::OverlayFileSystem> overlay(
      new llvm::vfs::OverlayFileSystem(llvm::vfs::getRealFileSystem()));
  if (text != nullptr) {
    llvm::IntrusiveRefCntPtr<llvm::vfs::InMemoryFileSystem> memory(new llvm::vfs::InMemoryFileSystem);
    memory->addFile(file, 0, llvm::MemoryBuffer::getMemBufferCopy(*text, file));
    overlay->pushOverlay(memory);
  }
  overlay->setCurrentWorkingDirectory(directory);
  llvm::IntrusiveRefCntPtr<clang::FileManager> files(new clang::FileManager(clang::FileSystemOptions(), overlay));
  clang::tooling::ToolInvocation invocation(std::move(args), std::move(action), files.get());
  invocation.setDiagnosticConsumer(&errors);
  return invocation.run();
}

}  // namespace

std::string clang_version() { return CLANG_VERSION_STRING; }

std::vector<std::string> flags_of(const CompileCommand& command, const std::string& file) {
  std::vector<std::string> out(command.args.begin() + 1, command.args.end());
  std::erase_if(out, [&](const std::string& arg) {
    if (arg == file || arg == "--") return true;
    if (arg.starts_with('-')) return false;
    llvm::SmallString<256> path(arg);
    fs::make_absolute(command.directory, path);
    llvm::sys::path::remove_dots(path, true);
    return path == file;
  });
  return out;
}

CompileResult compile(const CompileJob& job, Units& units) {
  CompileResult out;
  Errors errors;
  std::vector<std::string> args{job.command.args.front()};
  if (!job.pch.empty()) args.insert(args.end(), {"-include-pch", job.pch});
  for (std::string& flag : flags_of(job.command, job.file)) args.push_back(std::move(flag));
  args.push_back(job.file);
  run(std::move(args), job.command.directory, std::make_unique<LoweringAction>(job, errors, units, out),
      job.has_text ? &job.text : nullptr, job.file, errors);
  // One that is not there beside others that are (`c10/cuda/...` without CUDA) is a header like any other.
  if (!out.has_framework) out.missing_framework = errors.missing;
  out.clashes = errors.clashes;
  if (!out.ran && !errors.first_of_driver.empty()) out.missing_framework = "";
  if (!out.ran) out.driver_error = errors.first_of_driver.empty() ? errors.first : errors.first_of_driver;
  return out;
}

std::optional<Precompiled> precompile(const std::string& header, const std::string& pch,
                                      const std::vector<std::string>& flags, const std::string& directory) {
  Precompiled out;
  Errors errors;
  std::vector<std::string> args{"clang++"};
  for (std::size_t i = 0; i < flags.size(); ++i) {
    // It is a header, whatever the file itself is.
    if (flags[i] == "-x" || flags[i] == "-include") ++i;
    else if (!flags[i].starts_with("-x")) args.push_back(flags[i]);
  }
  args.insert(args.end(), {"-x", "c++-header", header});
  const bool fine =
      run(std::move(args), directory, std::make_unique<PrecompileAction>(pch, out), nullptr, header, errors);
  if (!fine || !errors.first.empty() || out.files.empty()) return std::nullopt;
  return out;
}

}  // namespace shapelint::libtorch
