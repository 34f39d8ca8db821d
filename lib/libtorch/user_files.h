// Which files are the user's: the file that was asked for and the project's own headers. Everything else (the system,
// LibTorch wherever it lies, other libraries: system headers, what lies in a folder for foreign code, and large headers
// that name no tensor) is known by its names alone, and its bodies need not be parsed. Private to lib/libtorch.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <clang/Basic/FileEntry.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Lex/HeaderSearch.h>

namespace shapelint::libtorch {

class UserFiles {
 public:
  /// Folders of the include path below which `torch/` or `ATen/` lies are the framework's, also when the project
  /// names them with a plain `-I`.
  void find_framework(const clang::HeaderSearch& search);
  /// Folders that the project's headers come from although the compiler takes them for the system's.
  void add_own(const std::vector<std::string>& folders, const clang::HeaderSearch& search);
  bool has_framework() const { return !framework_.empty(); }

  bool is_user(const clang::SourceManager& sources, clang::FileID file) const;
  /// Where the code of `location` is written out: macros count where they are used.
  bool is_user(const clang::SourceManager& sources, clang::SourceLocation location) const {
    return location.isValid() && is_user(sources, sources.getFileID(sources.getExpansionLoc(location)));
  }

 private:
  std::vector<std::string> framework_;  ///< with a slash at the end
  struct Folder {
    std::string path;  ///< with a slash at the end
    bool is_own = false;
  };
  bool is_own(llvm::StringRef path) const;
  std::vector<Folder> folders_;  ///< of the include path, long ones first; empty where none is the project's
  mutable std::map<unsigned, bool> known_;
};

}  // namespace shapelint::libtorch
