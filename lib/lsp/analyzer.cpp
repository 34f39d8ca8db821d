#include "lib/lsp/analyzer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace shapelint::lsp {

Analyzer::Loaded& Analyzer::load(const OpenDocument& document, const OpenDocuments& open) {
  if (loaded_ != nullptr && loaded_->uri == document.uri && loaded_->serial == document.serial) return *loaded_;
  ModuleSpot spot;
  if (!document.path.empty()) spot = files_.spot_of(document.path);
  if (spot.name.empty()) spot.name = "untitled";
  auto made = std::make_unique<Loaded>();
  made->uri = document.uri;
  made->serial = document.serial;
  made->provider = std::make_unique<OverlayProvider>(files_, std::move(spot.roots), open);
  std::optional<FileSettings> settings;
  if (!document.path.empty()) settings = files_.settings_of(document.path);
  if (settings && settings->problem.empty()) made->settings = std::move(*settings);
  else made->settings.options = options_;
  if (settings) made->settings.problem = settings->problem;
  const auto& frameworks = made->settings.frameworks != nullptr ? made->settings.frameworks : frameworks_;
  made->session = std::make_unique<Session>(made->provider.get(), frameworks);
  const SourceId source =
      made->session->sources().add(document.path.empty() ? document.uri : document.path, document.text->text());
  made->module = made->session->library().add(spot.name, source, document.dialect, spot.is_package);
  loaded_ = std::move(made);
  return *loaded_;
}

void Analyzer::set_revision(std::uint64_t revision) {
  if (revision != revision_) loaded_.reset();
  revision_ = revision;
}

Analyzer::Diagnostics Analyzer::diagnostics(const OpenDocument& document, const OpenDocuments& open,
                                            const ClientOptions& client) {
  Diagnostics out;
  Loaded& loaded = load(document, open);
  if (!loaded.settings.problem.empty()) out.problems.push_back(loaded.settings.problem);
  AnalysisOptions options = loaded.settings.options;
  options.pedantic = options.pedantic || client.pedantic;
  FileReport report = check_file(*loaded.session, *loaded.module, options);
  for (LossReport& loss : report.losses)
    if (!loss.error.empty()) out.problems.push_back(std::move(loss.error));

  const SourceMap& sources = loaded.session->sources();
  const Places places(sources, files_, document, loaded.module->source, open, client.encoding);
  for (const Finding& finding : report.findings)
    if (finding.severity >= std::max(client.min_severity, loaded.settings.min_severity))
      out.items.push_back(diagnostic_json(finding, places, sources, client));
  out.has_imports = loaded.provider->was_asked();
  return out;
}

Json Analyzer::hover(const OpenDocument& document, const OpenDocuments& open, const LspPosition& at,
                     const ClientOptions& client) {
  const auto offset = document.text->offset_at(at);
  if (!offset) return nullptr;
  Loaded& loaded = load(document, open);
  const auto text = hover_text(*loaded.session, *loaded.module, loaded.settings.options,
                               static_cast<std::uint32_t>(*offset), client.has_markdown);
  if (!text) return nullptr;
  return {{"contents", {{"kind", client.has_markdown ? "markdown" : "plaintext"}, {"value", text->text}}},
          {"range", range_json(document.text->range_of(text->span.begin, text->span.end))}};
}

Json range_json(const LspRange& range) {
  const auto position = [](const LspPosition& p) { return Json{{"line", p.line}, {"character", p.character}}; };
  return {{"start", position(range.start)}, {"end", position(range.end)}};
}

Json Places::range(const Span& span) const { return range_json(document_.text->range_of(span.begin, span.end)); }

Json Places::location(const Span& span) const {
  if (is_own(span)) return {{"uri", document_.uri}, {"range", range(span)}};
  const SourceFile& file = sources_.file(span.source);
  const std::string path = files_.absolute(file.name());
  // An open document keeps the spelling that the client gave its URI.
  std::string uri = uri_of_path(path);
  for (const auto& [open_uri, open] : open_)
    if (open->path == path) uri = open_uri;
  const TextDocument text{std::string(file.text()), encoding_};
  return {{"uri", std::move(uri)}, {"range", range_json(text.range_of(span.begin, span.end))}};
}

std::string Places::name(const Span& span) const {
  const SourceFile& file = sources_.file(span.source);
  std::string_view path = file.name();
  if (!file.is_framework()) path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  return fmt::format("{}:{}", path, file.position(span.begin).line);
}

}  // namespace shapelint::lsp
