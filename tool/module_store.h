// The project's modules, parsed once for all the files of a run and handed out to any number of threads. What has not
// been used for longest is given up when there is too much; whoever still uses it keeps it.
#pragma once

#include <cstdint>
#include <future>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "lib/trace/library.h"

namespace shapelint::tool {

class ModuleStore {
 public:
  /// `limit` is in bytes of source text; the parsed form takes some twenty times as much.
  explicit ModuleStore(std::size_t limit = std::size_t{6} << 20U) : limit_(limit) {}

  /// The file at `path` under a dotted name; null when it cannot be read as source text. The same file under two names
  /// is two modules, as in Python.
  std::shared_ptr<const LoadedModule> get(const std::string& path, const std::string& name, bool is_package);
  /// The same for a text that was read already.
  std::shared_ptr<const LoadedModule> add(const std::string& path, const std::string& name, bool is_package,
                                          SourceText text);
  /// Is there a regular file? Remembers the answer for the run.
  bool has_file(const std::string& path);
  bool has_folder(const std::string& path);

 private:
  using Module = std::shared_ptr<const LoadedModule>;
  struct Entry {
    std::shared_future<Module> module;
    std::size_t size = 0;
    std::list<std::string>::iterator use;
  };
  template <class Text>
  Module get_or_parse(const std::string& path, const std::string& name, bool is_package, Text text);
  SourceId source_id(const std::string& key);
  void give_up_oldest();

  std::size_t limit_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> modules_;
  std::list<std::string> uses_;  ///< keys, the last used in front
  std::size_t size_ = 0;
  std::unordered_map<std::string, SourceId> ids_;
  std::unordered_set<std::uint32_t> taken_;
  bool remembered(const std::string& key, bool (*test)(const std::string&));
  std::unordered_map<std::string, bool> files_;  ///< by path; those of folders end in `/`
};

}  // namespace shapelint::tool
