#include "tool/module_store.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "tool/files.h"

namespace shapelint::tool {
namespace {

// FNV-1a: ids must not differ from run to run, and the library's hash may.
std::uint32_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U)) & 0x7FFFFFFFU;
}

}  // namespace

SourceId ModuleStore::source_id(const std::string& key) {
  if (const auto it = ids_.find(key); it != ids_.end()) return it->second;
  std::uint32_t hash = stable_hash(key);
  while (!taken_.insert(hash).second) hash = (hash + 1) & 0x7FFFFFFFU;
  return ids_[key] = SourceId::of_shared(hash);
}

void ModuleStore::give_up_oldest() {
  while (size_ > limit_ && uses_.size() > 1) {
    const auto oldest = modules_.find(uses_.back());
    // Still being parsed: its size is not counted yet.
    if (oldest->second.size == 0) return;
    size_ -= oldest->second.size;
    modules_.erase(oldest);
    uses_.pop_back();
  }
}

template <class Text>
ModuleStore::Module ModuleStore::get_or_parse(const std::string& path, const std::string& name, bool is_package,
                                              Text text) {
  const std::string key = path + '\0' + name;
  std::promise<Module> promise;
  SourceId source;
  {
    std::unique_lock lock(mutex_);
    if (const auto it = modules_.find(key); it != modules_.end()) {
      uses_.splice(uses_.begin(), uses_, it->second.use);
      const std::shared_future<Module> known = it->second.module;
      lock.unlock();
      return known.get();
    }
    uses_.push_front(key);
    modules_[key] = {.module = promise.get_future().share(), .size = 0, .use = uses_.begin()};
    source = source_id(key);
  }
  Module made;
  try {
    if (std::optional<SourceText> content = text()) {
      auto file = std::make_shared<const SourceFile>(path, std::move(*content));
      made = parse_module(name, source, std::move(file), dialect_of(path), is_package);
    }
  } catch (...) {
    // Whoever waits must not wait for ever, nor believe that the file is fine.
    promise.set_exception(std::current_exception());
    throw;
  }
  promise.set_value(made);
  const std::lock_guard lock(mutex_);
  if (const auto it = modules_.find(key); it != modules_.end()) {
    it->second.size = 1 + (made != nullptr ? made->file->text().size() : 0);
    size_ += it->second.size;
  }
  give_up_oldest();
  return made;
}

std::shared_ptr<const LoadedModule> ModuleStore::get(const std::string& path, const std::string& name,
                                                     bool is_package) {
  return get_or_parse(path, name, is_package, [&]() -> std::optional<SourceText> {
    Result<std::string, FileError> text = read_file(path);
    if (!text || !text_problem(*text).empty()) return std::nullopt;
    return SourceText{.text = std::move(*text), .cells = {}};
  });
}

std::shared_ptr<const LoadedModule> ModuleStore::add(const std::string& path, const std::string& name, bool is_package,
                                                     SourceText text) {
  return get_or_parse(path, name, is_package, [&] { return std::optional(std::move(text)); });
}

bool ModuleStore::remembered(const std::string& key, bool (*test)(const std::string&)) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto it = files_.find(key); it != files_.end()) return it->second;
  }
  const bool is_there = test(key);
  const std::lock_guard lock(mutex_);
  return files_[key] = is_there;
}

bool ModuleStore::has_file(const std::string& path) {
  return remembered(path, [](const std::string& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored);
  });
}

bool ModuleStore::has_folder(const std::string& path) { return remembered(path + "/", is_folder); }

}  // namespace shapelint::tool
