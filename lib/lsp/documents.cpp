#include "lib/lsp/documents.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

namespace shapelint::lsp {
namespace {

constexpr std::size_t kMaxOpen = 10'000;

std::optional<LspRange> range_of(const Json& json) {
  const auto start = position_of(member(json, "start"));
  const auto end = position_of(member(json, "end"));
  if (!start || !end) return std::nullopt;
  return LspRange{*start, *end};
}

// One of `contentChanges`; false when it cannot be.
bool apply(const Json& change, TextDocument& text, bool& is_synced) {
  const auto with = string_member(change, "text");
  if (!with) return false;
  const Json* range_json = member(change, "range");
  if (range_json == nullptr || range_json->is_null()) {
    text.replace_all(*with);
    is_synced = true;
    return true;
  }
  if (!is_synced) return true;  // said before
  const auto range = range_of(*range_json);
  return range && text.replace(*range, *with);
}

}  // namespace

const Json* member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(key);
  return it == object.end() ? nullptr : &*it;
}

const Json* member(const Json& object, std::string_view key, std::string_view inner) {
  const Json* outer = member(object, key);
  return outer == nullptr ? nullptr : member(*outer, inner);
}

std::optional<std::string> string_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<std::int64_t> integer_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number_integer()) return std::nullopt;
  if (value->is_number_unsigned() &&
      value->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    return std::nullopt;
  return value->get<std::int64_t>();
}

std::optional<bool> bool_member(const Json& object, std::string_view key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

std::optional<LspPosition> position_of(const Json* json) {
  if (json == nullptr) return std::nullopt;
  const auto line = integer_member(*json, "line");
  const auto character = integer_member(*json, "character");
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (!line || !character || *line < 0 || *character < 0 || *line > kMost || *character > kMost) return std::nullopt;
  return LspPosition{static_cast<std::uint32_t>(*line), static_cast<std::uint32_t>(*character)};
}

std::optional<std::string> document_uri(const Json& params) {
  const Json* document = member(params, "textDocument");
  return document == nullptr ? std::nullopt : string_member(*document, "uri");
}

std::shared_ptr<const OpenDocument> Documents::find(std::string_view uri) const {
  const auto it = open_.find(uri);
  return it == open_.end() ? nullptr : it->second;
}

void Documents::put(OpenDocument document) {
  document.serial = ++serial_;
  std::string uri = document.uri;
  open_[std::move(uri)] = std::make_shared<const OpenDocument>(std::move(document));
}

std::string Documents::missing(std::string_view uri) const { return fmt::format("{} is not open", uri); }

std::string Documents::open(const Json& params) {
  const Json* item = member(params, "textDocument");
  const auto uri = document_uri(params);
  const auto text = item == nullptr ? std::nullopt : string_member(*item, "text");
  if (!uri || !text) return "didOpen without a URI or a text";
  if (open_.size() >= kMaxOpen && !open_.contains(*uri)) return fmt::format("{}: too many documents are open", *uri);
  OpenDocument document;
  document.uri = *uri;
  document.path = path_of_uri(*uri);
  const std::string language = string_member(*item, "languageId").value_or("");
  document.dialect = document.path.ends_with(".loss") || language == "loss" || language == "shapelint"
                         ? Dialect::loss
                         : Dialect::python;
  document.version = integer_member(*item, "version").value_or(0);
  document.text = std::make_shared<const TextDocument>(*text, encoding_);
  put(std::move(document));
  return "";
}

std::string Documents::change(const Json& params) {
  const auto uri = document_uri(params);
  if (!uri) return "didChange without a URI";
  const auto known = find(*uri);
  if (known == nullptr) return missing(*uri);
  OpenDocument document = *known;
  document.version = integer_member(params.at("textDocument"), "version").value_or(document.version);
  TextDocument text = *document.text;
  std::string problem;
  const Json* changes = member(params, "contentChanges");
  if (changes == nullptr || !changes->is_array()) {
    document.is_synced = false;
    problem = fmt::format("{}: didChange without changes", *uri);
  } else {
    for (const Json& change : *changes) {
      if (apply(change, text, document.is_synced)) continue;
      document.is_synced = false;
      problem = fmt::format("{}: an edit does not fit the text of version {}; nothing is shown until the file is saved",
                            *uri, known->version);
    }
  }
  document.text = std::make_shared<const TextDocument>(std::move(text));
  put(std::move(document));
  return problem;
}

std::string Documents::save(const Json& params) {
  const auto uri = document_uri(params);
  if (!uri) return "didSave without a URI";
  const auto known = find(*uri);
  if (known == nullptr) return missing(*uri);
  const auto text = string_member(params, "text");
  if (!text || (known->is_synced && known->text->text() == *text)) return "";
  OpenDocument document = *known;
  document.is_synced = true;
  document.text = std::make_shared<const TextDocument>(*text, encoding_);
  put(std::move(document));
  return known->is_synced ? fmt::format("{}: what was saved is not what was edited; going on with what was saved", *uri)
                          : "";
}

std::string Documents::close(const Json& params) {
  const auto uri = document_uri(params);
  if (!uri) return "didClose without a URI";
  if (open_.erase(*uri) == 0) return missing(*uri);
  return "";
}

void Documents::lose_sync() {
  std::vector<std::shared_ptr<const OpenDocument>> known;
  for (const auto& [uri, document] : open_) known.push_back(document);
  for (const auto& document : known) {
    OpenDocument lost = *document;
    lost.is_synced = false;
    put(std::move(lost));
  }
}

}  // namespace shapelint::lsp
