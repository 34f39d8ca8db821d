#include "lib/language/bundle.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lib/language/wire.h"

namespace shapelint {
namespace {

using Json = nlohmann::ordered_json;
constexpr int kVersion = 1;
constexpr std::size_t kMaxModules = 10'000;

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string write_bundle(const Bundle& bundle) {
  Json head = Json::object();
  head["bundle"] = kVersion;
  head["error"] = bundle.error;
  head["notes"] = bundle.notes;
  Json& parts = head["modules"] = Json::array();
  std::string body;
  for (const BundleModule& module : bundle.modules) {
    const std::string bytes = to_cbor(module.program);
    parts.push_back({{"name", module.name}, {"file", module.file}, {"size", bytes.size()}});
    body += bytes;
  }
  return head.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" + body;
}

Result<BundleText, std::string> read_bundle(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return std::string("the frontend's answer has no first line");
  const Json head = Json::parse(bytes.substr(0, end), nullptr, false);
  if (!head.is_object() || !head.contains("modules") || !head["modules"].is_array())
    return std::string("the frontend's answer does not begin with a description");
  if (!head.contains("bundle") || head["bundle"] != kVersion)
    return fmt::format("the frontend is of another version than shapelint (bundle version {} expected)", kVersion);
  BundleText out;
  out.error = text_of(head, "error");
  if (const auto notes = head.find("notes"); notes != head.end() && notes->is_array()) {
    for (const Json& note : *notes) {
      if (note.is_string()) out.notes.push_back(note.get<std::string>());
    }
  }
  std::string_view rest = bytes.substr(end + 1);
  if (head["modules"].size() > kMaxModules) return std::string("the frontend's answer holds too many programs");
  for (const Json& part : head["modules"]) {
    if (!part.is_object() || !part.contains("size") || !part["size"].is_number_unsigned() ||
        part["size"].get<std::uint64_t>() > rest.size())
      return std::string("the frontend's answer ends too early");
    const auto size = part["size"].get<std::size_t>();
    out.modules.push_back({text_of(part, "name"), text_of(part, "file"), rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  return out;
}

}  // namespace shapelint
