// What the server needs of the world outside: where modules lie on disk. The server itself reads no files; the tool,
// and tests, hand it an implementation. And the texts that are open, which come before those on disk.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/lsp/text_document.h"
#include "lib/trace/library.h"

namespace shapelint::lsp {

/// A file's dotted module name, and the folders in which its imports are looked for.
struct ModuleSpot {
  std::string name;
  bool is_package = false;
  std::vector<std::string> roots;
};

/// What holds for a file by its configuration.
struct FileSettings {
  AnalysisOptions options;
  Severity min_severity = Severity::advice;
  std::shared_ptr<const FrameworkStore> frameworks;  ///< null: those that are embedded
  std::string problem;                               ///< why the configuration cannot be used
};

/// Called by one thread at a time.
class Files {
 public:
  virtual ~Files() = default;
  virtual ModuleSpot spot_of(const std::string& path) = 0;
  virtual std::unique_ptr<SourceProvider> provider(std::vector<std::string> roots) = 0;
  /// The settings of a file; none where there are no configurations.
  virtual std::optional<FileSettings> settings_of(const std::string& /*path*/) { return std::nullopt; }
  /// The absolute path of a file as a provider named it.
  virtual std::string absolute(const std::string& shown) = 0;
};

/// A document as it was at one moment. Texts are shared and never changed.
struct OpenDocument {
  std::string uri;
  std::string path;  ///< absolute; empty when it is no file yet
  Dialect dialect = Dialect::python;
  std::int64_t version = 0;
  std::uint64_t serial = 0;  ///< another one after every change of this document, also when it is opened again
  bool is_synced = true;     ///< false after an edit that cannot be: the text is not what the editor shows
  std::shared_ptr<const TextDocument> text;
};

/// All open documents by URI.
using OpenDocuments = std::map<std::string, std::shared_ptr<const OpenDocument>, std::less<>>;

/// Finds modules on disk, but takes the text of what is open from the editor; files that were never saved are found
/// too.
class OverlayProvider : public SourceProvider {
 public:
  OverlayProvider(Files& files, std::vector<std::string> roots, const OpenDocuments& open);
  std::optional<ModuleText> find(std::string_view module) override;
  /// Was a module of the user's asked for? Then the result depends on other files.
  bool was_asked() const { return was_asked_; }

 private:
  const OpenDocument* open_at(std::string_view path) const;
  Files& files_;
  std::vector<std::string> roots_;
  std::unique_ptr<SourceProvider> disk_;
  std::map<std::string, const OpenDocument*, std::less<>> open_;
  bool was_asked_ = false;
};

/// `file:///a%20b.py` to `/a b.py`; empty for other schemes.
std::string path_of_uri(std::string_view uri);
std::string uri_of_path(std::string_view path);

}  // namespace shapelint::lsp
