// What the arguments of a command name: files with the part of them that is meant, loaded into a session.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/language/notebook.h"
#include "lib/lint/analysis.h"
#include "lib/support/result.h"
#include "tool/cxx_frontend.h"
#include "tool/files.h"
#include "tool/module_store.h"

namespace shapelint::tool {

/// One argument: a path, and which part of the file is meant.
struct Input {
  std::string path;           ///< `-` is standard input
  std::string qualname = {};  ///< FILE::QUALNAME
  std::uint32_t line = 0;     ///< FILE:LINE
  std::uint32_t cell = 0;     ///< FILE:cell CELL:LINE, in a notebook
  bool is_whole() const { return qualname.empty() && line == 0; }
};
/// FILE, FOLDER, FILE::QUALNAME, FILE:LINE and FILE:LINE:COLUMN, as findings print it; in notebooks the last two with
/// `cell NUMBER:` before the line.
Input parse_input(const std::string& argument);

/// What the files of a run share: modules that are parsed. Any thread may use it.
struct SharedModules {
  std::shared_ptr<const FrameworkStore> frameworks = std::make_shared<const FrameworkStore>();
  ModuleStore project;
  CxxOptions cxx;                    ///< how C++ is compiled
  std::vector<std::string> folders;  ///< that the command names, absolute: projects, where nothing else marks one
};

/// One file and everything that refers to it. Each file has a session of its own, so that no result depends on what
/// else was looked at.
struct LoadedFile {
  std::string path;  ///< as shown
  std::unique_ptr<FileProvider> provider;
  std::unique_ptr<Session> session;
  const LoadedModule* module = nullptr;
  std::vector<BrokenCell> broken;  ///< cells of a notebook that are left out
};
/// Reads and parses. The error is complete, with the file's name. `frameworks` are those of its configuration, where it
/// adds any.
Result<LoadedFile, std::string> load_file(const std::string& path, const std::string& stdin_filename,
                                          SharedModules& shared,
                                          const std::shared_ptr<const FrameworkStore>& frameworks = nullptr);
/// What is analysed of a file that was read: the code of a notebook, else its text. The error as with `load_file`.
Result<Notebook, std::string> source_text(const std::string& shown_path, std::string text);
/// `load_file` for such a text.
Result<LoadedFile, std::string> load_text(const std::string& shown_path, Notebook text, SharedModules& shared,
                                          const std::shared_ptr<const FrameworkStore>& frameworks = nullptr);

/// The function or class that an input names; where it names a whole file, the file's only loss.
Result<Target, std::string> find_input(const LoadedFile& file, const Input& input);

/// "no such file or folder 'losess.py'; did you mean 'losses.py'?"
std::string missing_path(const std::string& path);

}  // namespace shapelint::tool
