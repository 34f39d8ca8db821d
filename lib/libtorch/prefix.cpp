#include "lib/libtorch/prefix.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include <clang/Basic/CharInfo.h>
#include <fmt/format.h>
#include <llvm/ADT/StringSet.h>
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
constexpr int kFormat = 3;                         ///< of the entries; a new policy of what is skipped is a new format
constexpr std::chrono::minutes kFailureHolds{10};  ///< what failed is tried again then

std::string joined(llvm::StringRef folder, llvm::StringRef name) {
  llvm::SmallString<256> out(folder);
  path::append(out, name);
  path::remove_dots(out, true);
  return out.str().str();
}

bool holds_libtorch(llvm::StringRef folder) {
  return fs::exists(joined(folder, "torch/torch.h")) || fs::exists(joined(folder, "ATen/ATen.h"));
}

// Finds a file's includes line by line, without a preprocessor: what stands under a condition is left to the compiler.
class Scanner {
 public:
  explicit Scanner(const CompileCommand& command) {
    for (std::size_t i = 1; i < command.args.size(); ++i) {
      llvm::StringRef arg(command.args[i]);
      if (arg.consume_front("-D")) on_command_line_.insert(arg.split('=').first);
      if (!arg.consume_front("-I") && !arg.consume_front("-iquote") && !arg.consume_front("-idirafter")) continue;
      if (arg.empty() && i + 1 < command.args.size()) arg = command.args[++i];
      llvm::SmallString<256> folder(arg);
      fs::make_absolute(command.directory, folder);
      // LibTorch may come by a plain -I as well.
      if (!holds_libtorch(folder)) folders_.push_back(folder.str().str());
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
        if (!(guarded && conditions == 1 && !guard_defined_)) note_macro(line);
        guard_defined_ = true;
      } else if (line.consume_front("include") && conditions == (guarded ? 1 : 0)) {
        include(line.trim(), file, depth);
      }
      first = false;
      if (line.starts_with("if") && guarded) guard_defined_ = false;
    }
  }

  Prefix prefix;

 private:
  // `define NAME(...) ...`, without the `#`.
  void note_macro(llvm::StringRef line) {
    const llvm::StringRef name =
        line.drop_while([](char c) { return c != ' ' && c != '\t'; }).ltrim().take_while([](char c) {
          return clang::isAsciiIdentifierContinue(c);
        });
    if (line.starts_with("define")) pending_.insert(name.str());
    else if (pending_.erase(name.str()) == 0 && on_command_line_.contains(name)) prefix.defined.insert(name.str());
  }

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
    if (name.contains("/cuda/")) return;  // often not there, and small where it is
    const std::string line = fmt::format("#include <{}>\n", name.str());
    if (!added_.insert(line).second) return;
    prefix.includes += line;
    prefix.defined.merge(pending_);
  }

  std::vector<std::string> folders_;
  std::set<std::string> seen_;
  std::set<std::string> added_;
  llvm::StringSet<> on_command_line_;
  std::set<std::string> pending_;  ///< macros that no include has come after
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

// The flags without folders of the include path that are not LibTorch's, and those folders.
std::pair<std::vector<std::string>, std::vector<std::string>> without_own_folders(const std::vector<std::string>& flags,
                                                                                  const std::string& directory) {
  std::pair<std::vector<std::string>, std::vector<std::string>> out;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    llvm::StringRef arg(flags[i]);
    const std::size_t first = i;
    // Nothing of LibTorch's can be meant by what is looked into last.
    if (arg.starts_with("-idirafter")) {
      if (arg == "-idirafter") ++i;
      continue;
    }
    if (arg.consume_front("-I") || arg.consume_front("-iquote")) {
      if (arg.empty() && i + 1 < flags.size()) arg = flags[++i];
      llvm::SmallString<256> folder(arg);
      fs::make_absolute(directory, folder);
      if (!holds_libtorch(folder)) {
        out.second.push_back(folder.str().str());
        continue;
      }
    }
    for (std::size_t k = first; k <= i; ++k) out.first.push_back(flags[k]);
  }
  return out;
}

// Does one of the folders hold something that is named like the beginning of a header's name?
bool shadows(const std::vector<std::string>& folders, const std::vector<std::string>& roots) {
  for (const std::string& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (std::ranges::binary_search(roots, path::filename(it->path()).str())) return true;
    }
  }
  return false;
}

std::string words_of(const std::string& pch) { return pch + ".words"; }

// Is one of the macros a word of the precompiled headers?
bool reads_one_of(const std::set<std::string>& macros, const std::string& pch) {
  if (macros.empty()) return false;
  const auto buffer = llvm::MemoryBuffer::getFile(words_of(pch));
  if (!buffer) return true;
  const llvm::StringRef words = (*buffer)->getBuffer();
  return std::ranges::any_of(macros, [&](const std::string& name) { return words.contains("\n" + name + "\n"); });
}

}  // namespace

Prefix prefix_of(std::string_view text, const std::string& file, const CompileCommand& command) {
  Scanner scanner(command);
  scanner.scan({text.data(), text.size()}, file, 0);
  Prefix out = std::move(scanner.prefix);
  // torch/torch.h brings nearly all of the others along.
  std::string lines = fmt::format("#include <{}>\n", kWholeLibTorch);
  if (!llvm::StringRef(out.includes).contains(lines)) {
    out.is_part = llvm::StringRef(out.includes).contains("#include <torch/");
    return out;
  }
  for (const llvm::StringLiteral more :
       {llvm::StringLiteral("#include <torch/extension.h>\n"), llvm::StringLiteral("#include <torch/script.h>\n")}) {
    if (llvm::StringRef(out.includes).contains(more)) lines += more.str();
  }
  out.includes = std::move(lines);
  return out;
}

std::optional<PrefixCache::Entry> PrefixCache::find(const std::string& name) const {
  const auto buffer = llvm::MemoryBuffer::getFile(joined(folder_, name + ".json"));
  if (!buffer) return std::nullopt;
  const llvm::StringRef text = (*buffer)->getBuffer();
  const Json entry = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!entry.is_object() || !entry.contains("pch") || !entry["pch"].is_string() || !entry.contains("files") ||
      !entry["files"].is_object() || !entry.contains("roots") || !entry["roots"].is_array())
    return std::nullopt;
  if (entry["pch"].get<std::string>().empty()) {
    // It failed before; whoever installs what is missing waits a little.
    fs::file_status status;
    if (fs::status(joined(folder_, name + ".json"), status)) return std::nullopt;
    const bool holds = status.getLastModificationTime() + kFailureHolds > std::chrono::system_clock::now();
    return holds ? std::optional(Entry{}) : std::nullopt;
  }
  const std::string pch = joined(folder_, entry["pch"].get<std::string>());
  if (!fs::exists(pch) || !fs::exists(words_of(pch))) return std::nullopt;
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
  Entry out{pch, {}};
  for (const Json& root : entry["roots"]) {
    if (root.is_string()) out.roots.push_back(root.get<std::string>());
  }
  return out;
}

std::optional<PrefixCache::Entry> PrefixCache::make(const std::string& name, const std::string& includes,
                                                    const std::vector<std::string>& flags,
                                                    const std::string& directory) const {
  const std::string header = joined(folder_, name + ".h");
  if (!fs::exists(header) && !publish(header, includes)) return std::nullopt;
  llvm::SmallString<256> made;
  if (fs::createUniqueFile(joined(folder_, name + "-%%%%%%%%.pch"), made)) return std::nullopt;
  const std::string pch = made.str().str();
  const std::optional<Precompiled> made_of = precompile(header, pch, flags, directory);
  Json entry = Json::object();
  if (!made_of || !publish(words_of(pch), made_of->words)) {
    fs::remove(pch);
    entry["pch"] = "";
    entry["files"] = Json::object();
    entry["roots"] = Json::array();
    publish(joined(folder_, name + ".json"), entry.dump());
    return Entry{};
  }
  entry["pch"] = path::filename(pch).str();
  Json& states = entry["files"] = Json::object();
  for (const std::string& file : made_of->files) {
    const std::string state = state_of(file);
    if (!state.empty()) states[file] = state;
  }
  entry["roots"] = made_of->roots;
  if (!publish(joined(folder_, name + ".json"), entry.dump())) {
    fs::remove(pch);
    fs::remove(words_of(pch));
    return std::nullopt;
  }
  tidy(pch);
  return Entry{pch, made_of->roots};
}

std::optional<std::string> PrefixCache::find_or_make(const Prefix& prefix, const std::vector<std::string>& flags,
                                                     const std::string& directory) const {
  if (fs::create_directories(folder_)) return std::nullopt;
  const auto [common, folders] = without_own_folders(flags, directory);
  auto entry = with_flags(prefix.includes, common, directory);
  if (entry && !folders.empty() && shadows(folders, entry->roots))
    entry = with_flags(prefix.includes, flags, directory);
  if (!entry || entry->pch.empty() || reads_one_of(prefix.defined, entry->pch)) return std::nullopt;
  return entry->pch;
}

std::optional<PrefixCache::Entry> PrefixCache::with_flags(const std::string& includes,
                                                          const std::vector<std::string>& flags,
                                                          const std::string& directory) const {
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
  struct Kept {
    std::string file;
    std::uint64_t size;
    llvm::sys::TimePoint<> time;
  };
  std::vector<Kept> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder_, error), end; !error && it != end; it.increment(error)) {
    if (path::extension(it->path()) != ".pch") continue;
    fs::file_status status;
    if (!fs::status(it->path(), status))
      entries.push_back({it->path(), status.getSize(), status.getLastModificationTime()});
  }
  std::ranges::sort(entries, [](const Kept& a, const Kept& b) { return a.time > b.time; });
  std::uint64_t total = 0;
  std::set<std::string> names;
  for (const Kept& entry : entries) {
    total += entry.size;
    // Of the same name only the newest is in use; an older one is what another process made at the same time.
    const std::string name = path::filename(entry.file).split('-').first.str();
    if (entry.file != keep && (total > limit_ || !names.insert(name).second)) {
      fs::remove(entry.file);
      fs::remove(words_of(entry.file));
    } else {
      names.insert(name);
    }
  }
}

}  // namespace shapelint::libtorch
