#include "lib/libtorch/user_files.h"

#include <algorithm>

#include <clang/Basic/FileManager.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace shapelint::libtorch {

void UserFiles::find_framework(const clang::HeaderSearch& search) {
  for (auto it = search.search_dir_begin(); it != search.search_dir_end(); ++it) {
    if (!it->isNormalDir()) continue;
    const llvm::StringRef folder = it->getName();
    for (const char* header : {"torch/torch.h", "ATen/ATen.h", "torch/all.h"}) {
      llvm::SmallString<256> path(folder);
      llvm::sys::path::append(path, header);
      if (!llvm::sys::fs::exists(path)) continue;
      llvm::SmallString<256> real(folder);
      llvm::sys::fs::make_absolute(real);
      llvm::sys::path::remove_dots(real, true);
      framework_.push_back((real + "/").str());
      break;
    }
  }
}

bool UserFiles::is_user(const clang::SourceManager& sources, clang::FileID file) const {
  if (file == sources.getMainFileID()) return true;
  if (const auto it = known_.find(file.getHashValue()); it != known_.end()) return it->second;
  bool user = false;
  if (const clang::OptionalFileEntryRef entry = sources.getFileEntryRefForID(file)) {
    user = !clang::SrcMgr::isSystem(sources.getFileCharacteristic(sources.getLocForStartOfFile(file)));
    llvm::SmallString<256> path(entry->getFileEntry().tryGetRealPathName());
    if (path.empty()) path = entry->getName();
    llvm::sys::fs::make_absolute(path);
    llvm::sys::path::remove_dots(path, true);
    for (const std::string& folder : framework_) user = user && !llvm::StringRef(path).starts_with(folder);
  }
  known_.emplace(file.getHashValue(), user);
  return user;
}

}  // namespace shapelint::libtorch
