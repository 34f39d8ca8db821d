// What the server's worker does with a document: the analysis of `check` as diagnostics, and the shape of the
// expression under the cursor. What was parsed for one document is kept until any document changes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lib/lint/analysis.h"
#include "lib/lsp/workspace.h"

namespace shapelint::lsp {

using Json = nlohmann::json;

/// How results are written for the client.
struct ClientOptions {
  PositionEncoding encoding = PositionEncoding::utf16;
  bool has_markdown = false;
  bool has_related_information = false;
  Severity min_severity = Severity::advice;
  bool pedantic = false;
  std::string docs_url;  ///< where the pages of `Finding::url` are; empty when nowhere
};

class Analyzer {
 public:
  Analyzer(Files& files, AnalysisOptions options) : files_(files), options_(std::move(options)) {}

  /// Says that files or documents may have changed since another revision; what was read before is forgotten.
  void set_revision(std::uint64_t revision);

  struct Diagnostics {
    Json items = Json::array();
    bool has_imports = false;  ///< depends on other files of the user's
    std::vector<std::string> problems;
  };
  Diagnostics diagnostics(const OpenDocument& document, const OpenDocuments& open, const ClientOptions& client);
  /// The protocol's Hover, or null.
  Json hover(const OpenDocument& document, const OpenDocuments& open, const LspPosition& at,
             const ClientOptions& client);

 private:
  struct Loaded {
    std::string uri;
    std::uint64_t serial = 0;
    std::unique_ptr<OverlayProvider> provider;
    std::unique_ptr<Session> session;
    const LoadedModule* module = nullptr;
    FileSettings settings;
  };
  Loaded& load(const OpenDocument& document, const OpenDocuments& open);

  Files& files_;
  AnalysisOptions options_;
  std::shared_ptr<const FrameworkStore> frameworks_ = std::make_shared<const FrameworkStore>();
  std::unique_ptr<Loaded> loaded_;  ///< the last one
  std::uint64_t revision_ = 0;
};

/// Places of one session as the client counts them.
class Places {
 public:
  Places(const SourceMap& sources, Files& files, const OpenDocument& document, SourceId own, const OpenDocuments& open,
         PositionEncoding encoding)
      : sources_(sources), files_(files), document_(document), own_(own), open_(open), encoding_(encoding) {}
  bool is_own(const Span& span) const { return span.source == own_; }
  /// Of a span in the document itself.
  Json range(const Span& span) const;
  /// Of a span in any of the user's files.
  Json location(const Span& span) const;
  /// `losses.py:12`.
  std::string name(const Span& span) const;

 private:
  const SourceMap& sources_;
  Files& files_;
  const OpenDocument& document_;
  SourceId own_;
  const OpenDocuments& open_;
  PositionEncoding encoding_;
};

Json range_json(const LspRange& range);
/// One finding as the protocol's Diagnostic.
Json diagnostic_json(const Finding& finding, const Places& places, const SourceMap& sources,
                     const ClientOptions& client);
/// The text of a hover at a byte of the module, and the span it is about.
struct HoverText {
  Span span;
  std::string text;
};
std::optional<HoverText> hover_text(Session& session, const LoadedModule& module, const AnalysisOptions& options,
                                    std::uint32_t offset, bool markdown);

}  // namespace shapelint::lsp
