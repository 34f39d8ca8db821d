// The documents that are open in the editor, kept in step with it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "lib/lsp/workspace.h"

namespace shapelint::lsp {

using Json = nlohmann::json;

/// Members of JSON that may be anything: the member when it is there and of the right kind.
const Json* member(const Json& object, std::string_view key);
const Json* member(const Json& object, std::string_view key, std::string_view inner);
std::optional<std::string> string_member(const Json& object, std::string_view key);
std::optional<std::int64_t> integer_member(const Json& object, std::string_view key);
std::optional<bool> bool_member(const Json& object, std::string_view key);
std::optional<LspPosition> position_of(const Json* json);

class Documents {
 public:
  void set_encoding(PositionEncoding encoding) { encoding_ = encoding; }
  const OpenDocuments& all() const { return open_; }
  std::shared_ptr<const OpenDocument> find(std::string_view uri) const;

  // The parameters of didOpen and so on. Each returns what went wrong, for the log; empty when nothing did. After an
  // edit that cannot be, the document is out of step until its full text comes again.
  std::string open(const Json& params);
  std::string change(const Json& params);
  std::string save(const Json& params);
  std::string close(const Json& params);
  /// A message was lost, and it may have been an edit.
  void lose_sync();

 private:
  std::string missing(std::string_view uri) const;
  void put(OpenDocument document);
  OpenDocuments open_;
  std::uint64_t serial_ = 0;
  PositionEncoding encoding_ = PositionEncoding::utf16;
};

/// The URI in `params.textDocument.uri`.
std::optional<std::string> document_uri(const Json& params);

}  // namespace shapelint::lsp
