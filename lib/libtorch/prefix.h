// What a file includes first is most of what there is to parse, and seldom changes: LibTorch and the standard library.
// It is precompiled once per set of includes, compile flags and compiler version, without the bodies of functions, and
// kept in a cache that several processes may use at once. Private to lib/libtorch.
//
// An entry is three files named by the hash of what it depends on: NAME.h (the includes), NAME-RANDOM.pch, and
// NAME.json, which names the latter and lists every header with its size and time. The json file is renamed into place
// last: whoever reads it finds the others whole. A changed header makes the entry void. Folders of the project's own in
// the include path do not belong to the name, so that all files of a project share an entry, unless one of them holds
// something by which a header of the prefix could be meant.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/libtorch/commands.h"

namespace shapelint::libtorch {

struct Prefix {
  std::string includes;           ///< lines of `#include <...>`; empty when there are none
  bool is_part = false;           ///< headers of torch/torch.h, but not that
  std::set<std::string> defined;  ///< macros that are defined or undefined before the last of them
};

/// What stands for all of LibTorch.
inline constexpr const char* kWholeLibTorch = "torch/torch.h";

/// The includes of LibTorch's headers in `text` and in the project's headers that it includes, in order; few lines
/// where torch/torch.h is among them.
Prefix prefix_of(std::string_view text, const std::string& file, const CompileCommand& command);

class PrefixCache {
 public:
  PrefixCache(std::string folder, std::uint64_t limit) : folder_(std::move(folder)), limit_(limit) {}
  /// The precompiled file for these includes, made when there is none; nothing when that fails, or when a macro that is
  /// defined before them is one of their words. `flags` are the command's without the file.
  std::optional<std::string> find_or_make(const Prefix& prefix, const std::vector<std::string>& flags,
                                          const std::string& directory) const;

 private:
  struct Entry {
    std::string pch;
    std::vector<std::string> roots;
  };
  std::optional<Entry> find(const std::string& name) const;
  std::optional<Entry> make(const std::string& name, const std::string& includes, const std::vector<std::string>& flags,
                            const std::string& directory) const;
  std::optional<Entry> with_flags(const std::string& includes, const std::vector<std::string>& flags,
                                  const std::string& directory) const;
  void tidy(const std::string& keep) const;
  std::string folder_;
  std::uint64_t limit_;
};

}  // namespace shapelint::libtorch
