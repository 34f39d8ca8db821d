#include "lib/libtorch/prefix.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/SHA1.h>
#include <llvm/Support/raw_ostream.h>
#include <nlohmann/json.hpp>

#include "lib/libtorch/compile.h"

namespace shapelint::libtorch {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;
using Json = nlohmann::ordered_json;
constexpr int kFormat = 1;  ///< of the entries; a new policy of what is skipped is a new format

std::string joined(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  path::remove_dots(out, true);
  return out.str().str();
}

// Finds a file's includes line by line, without a preprocessor: what stands under a condition is left to the compiler.
class Scanner {
 public:
  explicit Scanner(const CompileCommand& command) {
    for (std::size_t i = 1; i < command.args.size(); ++i) {
      llvm::StringRef arg(command.args[i]);
      if (!arg.consume_front("-I")) continue;
      if (arg.empty() && i + 1 < command.args.size()) arg = command.args[++i];
      llvm::SmallString<256> folder(arg);
      fs::make_absolute(command.directory, folder);
      // LibTorch may come by a plain -I as well.
      if (!fs::exists(joined(folder, "torch/torch.h")) && !fs::exists(joined(folder, "ATen/ATen.h")))
        folders_.push_back(folder.str().str());
    }
  }

  void scan(llvm::StringRef text, const std::string& file, int depth) {
    if (depth > 24 || stopped_ || !seen_.insert(file).second) return;
    int conditions = 0;
    bool first = true;
    bool guarded = false;
    bool in_comment = false;
    llvm::StringRef rest = text;
    while (!rest.empty() && !stopped_) {
      auto [line, after] = rest.split('\n');
      rest = after;
      line = line.trim(" \t\r\v\f");
      line = uncommented(line, in_comment);
      if (line.empty()) continue;
      if (!line.consume_front("#")) {
        // Code: nothing that is included later is part of the prefix.
        if (depth == 0 && conditions == (guarded ? 1 : 0)) return;
        first = false;
        continue;
      }
      line = line.ltrim();
      if (line.starts_with("if")) {
        if (first && line.starts_with("ifndef")) guarded = true;
        ++conditions;
      } else if (line.starts_with("endif")) {
        --conditions;
      } else if (line.starts_with("define") || line.starts_with("undef")) {
        // The guard's own macro does not matter; any other may change what is included after it.
        if (!(guarded && conditions == 1 && !guard_defined_)) stopped_ = true;
        guard_defined_ = true;
      } else if (line.consume_front("include") && conditions == (guarded ? 1 : 0)) {
        include(line.trim(), file, depth);
      }
      first = false;
      if (line.starts_with("if") && guarded) guard_defined_ = false;
    }
  }

  std::string lines;

 private:
  // The line without comments; `/* ... */` may go on over lines.
  llvm::StringRef uncommented(llvm::StringRef line, bool& in_comment) {
    if (in_comment) {
      const std::size_t end = line.find("*/");
      if (end == llvm::StringRef::npos) return "";
      in_comment = false;
      line = line.substr(end + 2).ltrim();
    }
    while (line.starts_with("/*")) {
      const std::size_t end = line.find("*/");
      if (end == llvm::StringRef::npos) {
        in_comment = true;
        return "";
      }
      line = line.substr(end + 2).ltrim();
    }
    const std::size_t comment = line.find("//");
    if (comment != llvm::StringRef::npos) line = line.substr(0, comment).rtrim();
    return line;
  }

  void include(llvm::StringRef what, const std::string& from, int depth) {
    const bool quoted = what.starts_with("\"");
    if (!quoted && !what.starts_with("<")) {
      stopped_ = true;  // through a macro
      return;
    }
    const std::size_t end = what.find(quoted ? '"' : '>', 1);
    if (end == llvm::StringRef::npos) return;
    const llvm::StringRef name = what.substr(1, end - 1);
    std::vector<std::string> places;
    if (quoted) places.push_back(joined(path::parent_path(from), name));
    for (const std::string& folder : folders_) places.push_back(joined(folder, name));
    for (const std::string& place : places) {
      if (!fs::exists(place)) continue;
      const auto buffer = llvm::MemoryBuffer::getFile(place);
      if (buffer) scan((*buffer)->getBuffer(), place, depth + 1);
      return;
    }
    // Only LibTorch: it brings most of the standard library along, and files that differ in the rest share an entry.
    if (!name.starts_with("torch/") && !name.starts_with("ATen/") && !name.starts_with("c10/")) return;
    const std::string line = fmt::format("#include <{}>\n", name.str());
    if (added_.insert(line).second) lines += line;
  }

  std::vector<std::string> folders_;
  std::set<std::string> seen_;
  std::set<std::string> added_;
  bool stopped_ = false;
  bool guard_defined_ = false;
};

std::string hash_of(const std::string& text) {
  llvm::SHA1 hash;
  hash.update(text);
  std::string out;
  for (const std::uint8_t byte : hash.final()) out += fmt::format("{:02x}", byte);
  return out.substr(0, 24);
}

// Size and time of a file as one text; empty when it is gone.
std::string state_of(const std::string& file) {
  fs::file_status status;
  if (fs::status(file, status)) return "";
  return fmt::format("{}:{}", status.getSize(), status.getLastModificationTime().time_since_epoch().count());
}

bool write_file(const std::string& file, const std::string& text) {
  std::error_code error;
  llvm::raw_fd_ostream out(file, error);
  if (error) return false;
  out << text;
  out.close();
  const bool failed = out.has_error();
  out.clear_error();
  return !failed;
}

// Written beside its place and renamed into it: whoever looks sees the old file or the new one, whole.
bool publish(const std::string& file, const std::string& text) {
  llvm::SmallString<256> temporary;
  if (fs::createUniqueFile(file + "-%%%%%%%%.tmp", temporary)) return false;
  const std::string name = temporary.str().str();
  if (write_file(name, text) && !fs::rename(name, file)) return true;
  fs::remove(name);
  return false;
}

}  // namespace

std::string prefix_of(std::string_view text, const std::string& file, const CompileCommand& command) {
  Scanner scanner(command);
  scanner.scan({text.data(), text.size()}, file, 0);
  return scanner.lines;
}

std::optional<std::string> PrefixCache::find(const std::string& name) const {
  const auto buffer = llvm::MemoryBuffer::getFile(joined(folder_, name + ".json"));
  if (!buffer) return std::nullopt;
  const llvm::StringRef text = (*buffer)->getBuffer();
  const Json entry = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!entry.is_object() || !entry.contains("pch") || !entry["pch"].is_string() || !entry.contains("files") ||
      !entry["files"].is_object())
    return std::nullopt;
  const std::string pch = joined(folder_, entry["pch"].get<std::string>());
  if (!fs::exists(pch)) return std::nullopt;
  for (const auto& [file, state] : entry["files"].items()) {
    if (!state.is_string() || state_of(file) != state.get<std::string>()) return std::nullopt;
  }
  // The least recently used goes first when room is needed.
  const auto now = std::chrono::system_clock::now();
  int descriptor = -1;
  if (!fs::openFileForReadWrite(pch, descriptor, fs::CD_OpenExisting, fs::OF_None)) {
    fs::setLastAccessAndModificationTime(descriptor, now, now);
    fs::file_t handle = fs::convertFDToNativeFile(descriptor);
    fs::closeFile(handle);
  }
  return pch;
}

std::optional<std::string> PrefixCache::make(const std::string& name, const std::string& includes,
                                             const std::vector<std::string>& flags,
                                             const std::string& directory) const {
  const std::string header = joined(folder_, name + ".h");
  if (!fs::exists(header) && !publish(header, includes)) return std::nullopt;
  llvm::SmallString<256> made;
  if (fs::createUniqueFile(joined(folder_, name + "-%%%%%%%%.pch"), made)) return std::nullopt;
  const std::string pch = made.str().str();
  const std::optional<std::vector<std::string>> files = precompile(header, pch, flags, directory);
  if (!files) {
    fs::remove(pch);
    return std::nullopt;
  }
  Json entry = Json::object();
  entry["pch"] = path::filename(pch).str();
  Json& states = entry["files"] = Json::object();
  for (const std::string& file : *files) {
    const std::string state = state_of(file);
    if (!state.empty()) states[file] = state;
  }
  if (!publish(joined(folder_, name + ".json"), entry.dump())) {
    fs::remove(pch);
    return std::nullopt;
  }
  tidy(pch);
  return pch;
}

std::optional<std::string> PrefixCache::find_or_make(const std::string& includes, const std::vector<std::string>& flags,
                                                     const std::string& directory) const {
  if (fs::create_directories(folder_)) return std::nullopt;
  std::string key = fmt::format("{}\n{}\n{}\n", kFormat, clang_version(), includes);
  bool relative = false;
  for (const std::string& flag : flags) {
    key += flag + "\n";
    relative = relative || (!flag.starts_with('-') && !flag.starts_with('/')) || flag.starts_with("-I");
  }
  if (relative) key += directory;
  const std::string name = hash_of(key);
  if (auto known = find(name)) return known;
  return make(name, includes, flags, directory);
}

// Keeps the newest entries within the limit, and drops what no entry names.
void PrefixCache::tidy(const std::string& keep) const {
  struct Entry {
    std::string file;
    std::uint64_t size;
    llvm::sys::TimePoint<> time;
  };
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (path::extension(it->path()) != ".pch") continue;
    fs::file_status status;
    if (!fs::status(it->path(), status))
      entries.push_back({it->path(), status.getSize(), status.getLastModificationTime()});
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) { return a.time > b.time; });
  std::uint64_t total = 0;
  std::set<std::string> names;
  for (const Entry& entry : entries) {
    total += entry.size;
    // Of the same name only the newest is in use; an older one is what another process made at the same time.
    const std::string name = path::filename(entry.file).split('-').first.str();
    if (entry.file != keep && (total > limit_ || !names.insert(name).second)) fs::remove(entry.file);
    else names.insert(name);
  }
}

}  // namespace shapelint::libtorch
