#include "lib/lsp/workspace.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace shapelint::lsp {

OverlayProvider::OverlayProvider(Files& files, std::vector<std::string> roots, const OpenDocuments& open)
    : files_(files), roots_(roots), disk_(files.provider(std::move(roots))) {
  for (const auto& [uri, document] : open)
    if (!document->path.empty() && document->is_synced) open_[document->path] = document.get();
}

const OpenDocument* OverlayProvider::open_at(std::string_view path) const {
  const auto it = open_.find(path);
  return it == open_.end() ? nullptr : it->second;
}

std::optional<ModuleText> OverlayProvider::find(std::string_view module) {
  was_asked_ = true;
  if (disk_ != nullptr) {
    if (std::optional<ModuleText> found = disk_->find(module)) {
      if (const OpenDocument* open = open_at(files_.absolute(found->file))) found->text = open->text->text();
      return found;
    }
  }
  if (open_.empty() || module.empty() || module.front() == '.') return std::nullopt;
  std::string relative(module);
  std::ranges::replace(relative, '.', '/');
  for (const std::string& root : roots_) {
    for (const std::string_view ending : {"/__init__.py", ".py", ".loss", ".pyi"}) {
      const std::string path = fmt::format("{}/{}{}", root, relative, ending);
      const OpenDocument* open = open_at(path);
      if (open == nullptr) continue;
      return ModuleText{
          .file = path, .text = open->text->text(), .is_package = ending.starts_with('/'), .dialect = open->dialect};
    }
  }
  return std::nullopt;
}

std::string path_of_uri(std::string_view uri) {
  constexpr std::string_view kScheme = "file://";
  if (!uri.starts_with(kScheme)) return "";
  uri.remove_prefix(kScheme.size());
  const std::size_t slash = uri.find('/');
  if (slash == std::string_view::npos) return "";
  uri.remove_prefix(slash);  // a host's name is this machine's
  std::string path;
  for (std::size_t i = 0; i < uri.size(); ++i) {
    unsigned value = 0;
    if (uri[i] == '%' && i + 2 < uri.size() &&
        std::from_chars(uri.data() + i + 1, uri.data() + i + 3, value, 16).ptr == uri.data() + i + 3) {
      path += static_cast<char>(value);
      i += 2;
    } else {
      path += uri[i];
    }
  }
  if (path.find('\0') != std::string::npos) return "";
  return path;
}

std::string uri_of_path(std::string_view path) {
  std::string uri = "file://";
  for (const char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("/-._~").find(c) != std::string_view::npos;
    if (is_plain) uri += c;
    else uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

}  // namespace shapelint::lsp
