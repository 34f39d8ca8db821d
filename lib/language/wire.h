// The wire form of a program: JSON, or the same as CBOR between processes. Another process (the C++ frontend) writes
// it, `dump --stage program` prints it. Reading checks every id and kind, since the writer is another program.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "lib/language/program.h"
#include "lib/support/result.h"

namespace shapelint {

struct WireError {
  std::string message;  ///< with the JSON path
};

nlohmann::ordered_json to_json(const ast::Module& module);
Result<ast::Module, WireError> from_json(const nlohmann::ordered_json& json, SourceId source);
std::string to_cbor(const ast::Module& module);
Result<ast::Module, WireError> from_cbor(std::string_view bytes, SourceId source);

}  // namespace shapelint
