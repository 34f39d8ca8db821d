#include "lib/libtorch/user_files.h"

#include <algorithm>

#include <clang/Basic/FileManager.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>

namespace shapelint::libtorch {

namespace {

constexpr std::size_t kLargeHeader = 64'000;  ///< bytes; a header-only library is larger, one's own helper smaller

bool is_foreign(llvm::StringRef path, llvm::StringRef text) {
  for (const char* folder :
       {"/third_party/", "/thirdparty/", "/3rdparty/", "/external/", "/extern/", "/vendor/", "/deps/", "/_deps/"}) {
    if (path.contains(folder)) return true;
  }
  return text.size() > kLargeHeader && !text.contains("torch::") && !text.contains("at::Tensor");
}

}  // namespace

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

void UserFiles::add_own(const std::vector<std::string>& folders, const clang::HeaderSearch& search) {
  if (folders.empty()) return;
  for (auto it = search.search_dir_begin(); it != search.search_dir_end(); ++it) {
    if (!it->isNormalDir()) continue;
    const bool is_own = std::ranges::find(folders, it->getName().str()) != folders.end();
    llvm::SmallString<256> path(it->getName());
    llvm::sys::fs::make_absolute(path);
    llvm::sys::path::remove_dots(path, true);
    folders_.push_back({(path + "/").str(), is_own});
  }
  std::ranges::stable_sort(folders_, std::ranges::greater{}, [](const Folder& one) { return one.path.size(); });
}

// The innermost folder of the include path around it says so: the project may lie in `/usr/src`.
bool UserFiles::is_own(llvm::StringRef path) const {
  const auto around = std::ranges::find_if(folders_, [&](const Folder& one) { return path.starts_with(one.path); });
  return around != folders_.end() && around->is_own;
}

bool UserFiles::is_user(const clang::SourceManager& sources, clang::FileID file) const {
  if (file == sources.getMainFileID()) return true;
  if (const auto it = known_.find(file.getHashValue()); it != known_.end()) return it->second;
  bool user = false;
  if (const clang::OptionalFileEntryRef entry = sources.getFileEntryRefForID(file)) {
    llvm::SmallString<256> path(entry->getFileEntry().tryGetRealPathName());
    if (path.empty()) path = entry->getName();
    llvm::sys::fs::make_absolute(path);
    llvm::sys::path::remove_dots(path, true);
    llvm::SmallString<256> as_found(entry->getName());
    llvm::sys::fs::make_absolute(as_found);
    llvm::sys::path::remove_dots(as_found, true);
    user = is_own(as_found) || is_own(path) ||
           !clang::SrcMgr::isSystem(sources.getFileCharacteristic(sources.getLocForStartOfFile(file)));
    for (const std::string& folder : framework_) user = user && !llvm::StringRef(path).starts_with(folder);
    user = user && !is_foreign(path, sources.getBufferData(file));
  }
  known_.emplace(file.getHashValue(), user);
  return user;
}

}  // namespace shapelint::libtorch
