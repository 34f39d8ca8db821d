// Findings as the protocol's diagnostics.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "lib/lsp/analyzer.h"
#include "lib/report/layout.h"
#include "lib/report/parts.h"

namespace shapelint::lsp {
namespace {

// Advice is information, not a hint: editors hide hints.
int severity_number(Severity severity) {
  return severity == Severity::error ? 1 : severity == Severity::warning ? 2 : 3;
}

Json related_json(std::string message, Json location) {
  return {{"location", std::move(location)}, {"message", std::move(message)}};
}

Json fix_json(const Fix& fix, const Places& places) {
  Json edits = Json::array();
  for (const Edit& edit : fix.edits) edits.push_back({{"range", places.range(edit.span)}, {"newText", edit.text}});
  return {{"title", fix.title},
          {"applicability", name(fix.applicability)},
          {"verified", fix.verified},
          {"edits", std::move(edits)}};
}

}  // namespace

Json diagnostic_json(const Finding& finding, const Places& places, const SourceMap& sources,
                     const ClientOptions& client) {
  // What was found in a helper of another file is shown where this document calls it.
  Span shown = finding.span;
  std::string message = printable(finding.message);
  if (!places.is_own(shown)) {
    const auto call = std::find_if(finding.related.rbegin(), finding.related.rend(),
                                   [&](const Related& r) { return places.is_own(r.span); });
    shown = call != finding.related.rend() ? call->span : Span{};
    message = fmt::format("in {}: {}", places.name(finding.span), message);
  }
  for (const std::string& note : finding.notes) message += "\n" + printable(note);
  if (const std::string basis = basis_text(finding.shapes); !basis.empty()) message += "\n" + basis;

  Json out = {{"range", places.is_own(shown) ? places.range(shown) : range_json({})},
              {"severity", severity_number(finding.severity)},
              {"code", finding.rule},
              {"source", "shapelint"},
              {"message", std::move(message)}};
  if (!finding.url.empty()) {
    const bool is_whole = finding.url.find("://") != std::string::npos;
    if (is_whole) out["codeDescription"] = {{"href", finding.url}};
    else if (!client.docs_url.empty()) out["codeDescription"] = {{"href", client.docs_url + "/" + finding.url}};
  }
  if (client.has_related_information) {
    Json related = Json::array();
    if (!places.is_own(finding.span)) related.push_back(related_json("found here", places.location(finding.span)));
    for (const Related& item : finding.related) {
      // The client cannot open a definition inside our executable: the line is named, and the place is the user's.
      const bool is_embedded = sources.is_framework(item.span);
      std::string text = printable(item.message);
      if (is_embedded) text += fmt::format(" ({})", places.name(item.span));
      related.push_back(related_json(std::move(text), places.location(is_embedded ? finding.span : item.span)));
    }
    if (!related.empty()) out["relatedInformation"] = std::move(related);
  }
  Json shapes = Json::object();
  for (const ParameterShape& shape : finding.shapes) shapes[shape.name] = shape.shape;
  Json data = {{"rule", finding.rule}, {"function", finding.function}, {"shapes", std::move(shapes)}};
  const bool has_own_fix =
      finding.fix && std::ranges::all_of(finding.fix->edits, [&](const Edit& e) { return places.is_own(e.span); });
  if (has_own_fix) data["fix"] = fix_json(*finding.fix, places);
  out["data"] = std::move(data);
  return out;
}

}  // namespace shapelint::lsp
