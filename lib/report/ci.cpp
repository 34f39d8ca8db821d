#include "lib/report/ci.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace shapelint {
namespace {

// Code points as UTF-16 units: the action counts JavaScript's characters.
std::vector<std::uint16_t> utf16(std::string_view text) {
  std::vector<std::uint16_t> out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t value = size == 1 ? lead : lead & (0x7FU >> size);
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k)
      value = (value << 6U) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    i += size;
    if (value < 0x10000) {
      out.push_back(static_cast<std::uint16_t>(value));
    } else {
      value -= 0x10000;
      out.push_back(static_cast<std::uint16_t>(0xD800U + (value >> 10U)));
      out.push_back(static_cast<std::uint16_t>(0xDC00U + (value & 0x3FFU)));
    }
  }
  return out;
}

bool is_unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~' || c == '/';
}

}  // namespace

std::string project_path(std::string_view name, const Folders& folders) {
  const auto parts_of = [](std::string_view path) {
    std::vector<std::string_view> parts;
    while (!path.empty()) {
      const std::size_t end = std::min(path.find('/'), path.size());
      const std::string_view part = path.substr(0, end);
      path.remove_prefix(std::min(end + 1, path.size()));
      if (part.empty() || part == ".") continue;
      if (part != "..") parts.push_back(part);
      else if (!parts.empty()) parts.pop_back();
    }
    return parts;
  };
  const std::string whole = name.starts_with('/') ? std::string(name) : folders.current + "/" + std::string(name);
  const std::vector<std::string_view> path = parts_of(whole);
  const std::vector<std::string_view> root = parts_of(folders.root);
  const bool is_below = path.size() > root.size() && std::equal(root.begin(), root.end(), path.begin());
  std::string out;
  for (std::size_t i = is_below ? root.size() : 0; i < path.size(); ++i) {
    if (!is_below || !out.empty()) out += '/';
    out += path[i];
  }
  return out;
}

std::string path_uri(std::string_view path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_unreserved(byte)) out += c;
    else out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::vector<std::string> line_hashes(std::string_view text) {
  constexpr std::size_t kWindow = 100;
  constexpr std::uint16_t kEnd = 0xFFFF;
  // What counts: no spaces and tabs, one '\n' per line end, and a mark at the end of the text.
  std::vector<std::uint16_t> kept;
  std::vector<std::size_t> starts;
  bool after_return = false;
  bool at_start = true;
  std::vector<std::uint16_t> units = utf16(text);
  units.push_back(kEnd);
  for (std::uint16_t unit : units) {
    const bool skip = unit == ' ' || unit == '\t' || (after_return && unit == '\n');
    after_return = !skip && unit == '\r';
    if (skip) continue;
    if (unit == '\r') unit = '\n';
    if (at_start) starts.push_back(kept.size());
    at_start = unit == '\n';
    kept.push_back(unit);
  }
  kept.resize(kept.size() + kWindow, 0);
  std::unordered_map<std::uint64_t, std::size_t> seen;
  std::vector<std::string> out;
  out.reserve(starts.size());
  for (const std::size_t start : starts) {
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < kWindow; ++i) hash = hash * 37 + kept[start + i];
    out.push_back(fmt::format("{:x}:{}", hash, ++seen[hash]));
  }
  return out;
}

std::string stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

std::string as_sentence(std::string_view text) {
  std::string out(text);
  if (out.empty()) return out;
  // `y_true (B,) ...` starts with a name, which stays as it is.
  const std::size_t word = out.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  const bool is_word = word != std::string::npos && word > 0 && (out[word] == ' ' || out[word] == '-') &&
                       out.compare(word, 2, " (") != 0;
  if (is_word) out[0] = static_cast<char>(out[0] - 'a' + 'A');
  if (out.back() != '.' && out.back() != '!' && out.back() != '?') out += '.';
  return out;
}

}  // namespace shapelint
