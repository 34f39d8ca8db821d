#include "lib/libtorch/commands.h"

#include <algorithm>
#include <cstdlib>

#include <clang/Tooling/ArgumentsAdjusters.h>
#include <clang/Tooling/CompilationDatabase.h>
#include <clang/Tooling/JSONCompilationDatabase.h>
#include <fmt/format.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace shapelint::libtorch {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using Database = std::unique_ptr<clang::tooling::CompilationDatabase>;

std::string joined(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  return out.str().str();
}

std::string here() {
  llvm::SmallString<256> out;
  fs::current_path(out);
  return out.str().str();
}

// ---- databases

Result<Database, std::string> load(const std::string& file) {
  std::string message;
  Database made = clang::tooling::JSONCompilationDatabase::loadFromFile(
      file, message, clang::tooling::JSONCommandLineSyntax::AutoDetect);
  if (made == nullptr) {
    while (!message.empty() && message.back() == '\n') message.pop_back();
    return fmt::format("{}: not a compilation database: {}", file, message);
  }
  // Headers have no command of their own: the nearest source's will do.
  return clang::tooling::inferTargetAndDriverMode(clang::tooling::inferMissingCompileCommands(
      clang::tooling::expandResponseFiles(std::move(made), llvm::vfs::getRealFileSystem())));
}

std::string database_above(llvm::StringRef file) {
  for (llvm::StringRef folder = path::parent_path(file); !folder.empty(); folder = path::parent_path(folder)) {
    for (const char* name : {"compile_commands.json", "build/compile_commands.json"}) {
      const std::string candidate = joined(folder, name);
      if (fs::exists(candidate)) return candidate;
    }
    if (folder == path::root_path(folder)) break;
  }
  return "";
}

// ---- guesses

// `folder` holds LibTorch's headers: its include options.
bool add_libtorch(std::vector<std::string>& args, const std::string& folder) {
  if (!fs::exists(joined(folder, "torch/csrc/api/include/torch/torch.h"))) return false;
  if (folder != "/usr/include") {
    args.push_back("-isystem");
    args.push_back(folder);
  }
  args.push_back("-isystem");
  args.push_back(joined(folder, "torch/csrc/api/include"));
  return true;
}

std::vector<std::string> libtorch_places(llvm::StringRef file) {
  std::vector<std::string> out;
  const auto from_environment = [&](const char* name, const char* below) {
    const char* value = std::getenv(name);
    if (value == nullptr) return;
    llvm::SmallVector<llvm::StringRef, 8> parts;
    llvm::StringRef(value).split(
        parts, name == llvm::StringRef("CMAKE_PREFIX_PATH") && llvm::StringRef(value).contains(';') ? ';' : ':');
    for (const llvm::StringRef part : parts) {
      llvm::SmallString<256> folder(part);
      path::append(folder, below);
      path::remove_dots(folder, true);
      out.push_back(folder.str().str());
    }
  };
  from_environment("LIBTORCH", "include");
  from_environment("TORCH_DIR", "include");
  from_environment("Torch_DIR", "../../../include");
  from_environment("CMAKE_PREFIX_PATH", "include");
  for (llvm::StringRef folder = path::parent_path(file); !folder.empty(); folder = path::parent_path(folder)) {
    out.push_back(joined(folder, "libtorch/include"));
    if (folder == path::root_path(folder)) break;
  }
  for (const char* folder :
       {"/usr/include", "/usr/local/include", "/usr/local/libtorch/include", "/opt/libtorch/include"})
    out.emplace_back(folder);
  if (const char* home = std::getenv("HOME")) out.push_back(joined(home, "libtorch/include"));
  // PyTorch's Python package brings the headers along.
  for (const char* root : {"/usr/local/lib", "/usr/lib"}) {
    std::error_code error;
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
      if (!path::filename(it->path()).starts_with("python3")) continue;
      for (const char* packages : {"site-packages/torch/include", "dist-packages/torch/include"})
        out.push_back(joined(it->path(), packages));
    }
  }
  return out;
}

CompileCommand guess(const std::string& file) {
  CompileCommand command;
  command.directory = here();
  command.args = {"clang++"};
  const bool is_c = path::extension(file) == ".c";
  if (is_c) {
    command.args = {"clang"};
  } else {
    command.args.insert(command.args.end(), {"-x", "c++", "-std=c++17"});
    // Newer LibTorch includes it, and code relies on that; Debian's 1.13 has an optional of its own.
    command.args.insert(command.args.end(), {"-include", "optional"});
    // The project's own headers: beside the file, and in the usual folders of the folders around it. They come last, so
    // that a `string.h` of theirs does not stand before the system's.
    const auto add_own = [&](const std::string& own) {
      command.args.push_back("-idirafter" + own);
      command.own.push_back(own);
    };
    llvm::StringRef folder = path::parent_path(file);
    for (int level = 0; level < 4 && !folder.empty() && folder != path::root_path(folder); ++level) {
      add_own(folder.str());
      for (const char* name : {"include", "src", "inc"}) {
        if (fs::is_directory(joined(folder, name))) add_own(joined(folder, name));
      }
      if (fs::exists(joined(folder, ".git"))) break;
      folder = path::parent_path(folder);
    }
    for (const std::string& place : libtorch_places(file)) {
      if (add_libtorch(command.args, place)) break;
    }
    // `torch/extension.h` needs Python's headers.
    std::error_code error;
    for (fs::directory_iterator it("/usr/include", error), end; !error && it != end; it.increment(error)) {
      if (!path::filename(it->path()).starts_with("python3.") || !fs::exists(joined(it->path(), "Python.h"))) continue;
      command.args.push_back("-isystem");
      command.args.push_back(it->path());
      break;
    }
  }
  command.args.push_back(file);
  return command;
}

// What decides about code generation or names outputs is nothing to us, and some of it only GCC or nvcc knows.
std::vector<std::string> without_outputs(std::vector<std::string> args, const std::string& file) {
  for (const auto& adjust :
       {clang::tooling::getClangStripOutputAdjuster(), clang::tooling::getClangStripDependencyFileAdjuster(),
        clang::tooling::getStripPluginsAdjuster()})
    args = adjust(args, file);
  static const llvm::StringSet<> kDropped = {"-c",
                                             "-S",
                                             "-E",
                                             "-pipe",
                                             "-fno-fat-lto-objects",
                                             "-ffat-lto-objects",
                                             "-fconcepts",
                                             "-fno-gnu-unique",
                                             "-rdynamic",
                                             "-Werror",
                                             "-fmodules-ts",
                                             "-fdeps-format=p1689r5",
                                             "-mrelax-cmpxchg-loop",
                                             "-fopenmp"};
  std::erase_if(args, [](const std::string& arg) {
    return kDropped.contains(arg) || arg.starts_with("-Werror=") || arg.starts_with("-fplugin") ||
           arg.starts_with("-fmodule-mapper=") || arg.starts_with("-fdeps-") || arg.starts_with("-flto") ||
           arg.starts_with("-march=") || arg.starts_with("-mtune=") || arg.starts_with("-O") || arg.starts_with("-g");
  });
  return args;
}

}  // namespace

bool finds_libtorch(const CompileCommand& command) {
  for (std::size_t i = 1; i < command.args.size(); ++i) {
    llvm::StringRef arg(command.args[i]);
    const bool names_folder = arg.consume_front("-I") || arg.consume_front("-isystem");
    if (!names_folder) continue;
    if (arg.empty() && i + 1 < command.args.size()) arg = command.args[i + 1];
    llvm::SmallString<256> folder(arg);
    fs::make_absolute(command.directory, folder);
    if (fs::exists(joined(folder, "torch/torch.h"))) return true;
  }
  return false;
}

bool is_header_name(const std::string& file) {
  const llvm::StringRef ending = path::extension(file);
  return ending == ".h" || ending == ".hpp" || ending == ".hh" || ending == ".hxx" || ending == ".cuh" ||
         ending == ".inl" || ending == ".ipp";
}

std::string how_to_name_libtorch(const std::string& file) {
  return fmt::format(
      "say where LibTorch is: `shapelint check {0} -p BUILD`, where BUILD holds a compile_commands.json (CMake writes "
      "one with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON), or `shapelint check {0} -- -isystem DIR/include -isystem "
      "DIR/include/torch/csrc/api/include`, or set LIBTORCH=DIR",
      file);
}

Result<CompileCommand, std::string> find_command(const FrontendOptions& options, const std::string& file) {
  CompileCommand command;
  if (options.has_arguments) {
    command.directory = here();
    command.args = {"clang++"};
    const bool names_language = std::ranges::any_of(
        options.arguments, [](const std::string& arg) { return llvm::StringRef(arg).starts_with("-x"); });
    if (!names_language && is_header_name(file)) command.args.insert(command.args.end(), {"-x", "c++"});
    command.args.insert(command.args.end(), options.arguments.begin(), options.arguments.end());
    command.args.push_back(file);
    command.args = without_outputs(std::move(command.args), file);
    command.origin = "the arguments after `--`";
    return command;
  }
  std::string database = options.build_dir;
  if (!database.empty()) {
    if (fs::is_directory(database)) database = joined(database, "compile_commands.json");
    if (!fs::exists(database))
      return fmt::format(
          "-p {}: there is no compile_commands.json (CMake writes one with "
          "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON)",
          options.build_dir);
  } else {
    database = database_above(file);
  }
  if (database.empty()) return guess(file);
  const auto loaded = load(database);
  if (!loaded) return loaded.error();
  std::vector<clang::tooling::CompileCommand> found = (*loaded)->getCompileCommands(file);
  if (found.empty()) {
    if (!options.build_dir.empty()) return fmt::format("{}: has no command for {}", database, file);
    return guess(file);
  }
  const std::vector<std::string> listed = (*loaded)->getAllFiles();
  const bool is_listed = std::ranges::find(listed, file) != listed.end();
  command.directory = found.front().Directory;
  if (!fs::is_directory(command.directory)) command.directory = here();
  command.args = without_outputs(found.front().CommandLine, file);
  // The flags of another file may serve one that does not use LibTorch.
  if (!is_listed && !finds_libtorch(command)) {
    if (options.build_dir.empty()) return guess(file);
    std::vector<std::string> more;
    for (const std::string& place : libtorch_places(file)) {
      if (add_libtorch(more, place)) break;
    }
    command.args.insert(command.args.begin() + 1, more.begin(), more.end());
  }
  // CUDA sources are read as C++.
  if (path::extension(file) == ".cu" || path::extension(file) == ".cuh") {
    command.args.insert(command.args.begin() + 1, {"-x", "c++"});
  }
  command.origin = database;
  return command;
}

}  // namespace shapelint::libtorch
