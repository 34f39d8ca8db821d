#include "lib/trace/exports.h"

namespace shapelint {
namespace {

// `NAME = OTHER` with nothing else on the right: OTHER.
std::string_view renamed(std::string_view text) {
  const std::size_t at = text.rfind('=');
  if (at == std::string_view::npos) return {};
  std::string_view right = text.substr(at + 1);
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r'; };
  while (!right.empty() && is_blank(right.front())) right.remove_prefix(1);
  while (!right.empty() && is_blank(right.back())) right.remove_suffix(1);
  for (const char c : right)
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return {};
  return right;
}

const ast::ImportFrom* import_of(const ast::Module& chunk) {
  return chunk.body.size() == 1 ? std::get_if<ast::ImportFrom>(&chunk.stmt(chunk.body[0]).node) : nullptr;
}

}  // namespace

Exports::Place Exports::find(const LoadedModule& module, std::string_view name) {
  const auto question = std::pair(module.name, std::string(name));
  if (!open_.insert(question).second) return {};
  Place out{};
  if (const auto it = module.definitions.find(name); it != module.definitions.end()) {
    const std::size_t last = it->second.back();
    const TopLevelChunk& chunk = module.chunks[last];
    const std::string_view text = module.file->text().substr(chunk.begin, chunk.end - chunk.begin);
    if (!chunk.name.empty()) {
      out = {&module, &chunk};
    } else if (text.starts_with("from ")) {
      out = find_imported(module, last, name);
    } else if (!text.starts_with("import ")) {
      const std::string_view other = renamed(text);
      const bool is_name = module.definitions.contains(other);
      out = is_name ? find(module, other) : Place{&module, &chunk};
    }
  } else {
    for (const std::size_t star : module.star_imports) {
      out = find_imported(module, star, name);
      if (out.first != nullptr) break;
    }
  }
  open_.erase(question);
  return out;
}

Exports::Place Exports::find_imported(const LoadedModule& module, std::size_t chunk, std::string_view name) {
  const ast::ImportFrom* from = import_of(library_.chunk(module, chunk));
  if (from == nullptr || from->level != 0) return {};
  const LoadedModule* source = library_.find(resolve_alias(from->module).path);
  if (source == nullptr || !source->is_framework) return {};
  for (const ast::ImportedName& item : from->names) {
    if (item.name == "*") return name.starts_with('_') ? Place{} : find(*source, name);
    if ((item.alias.empty() ? item.name : item.alias) == name) return find(*source, item.name);
  }
  return {};
}

void Exports::collect_names(const LoadedModule& module, std::set<std::string, std::less<>>& names) {
  if (!collecting_.insert(module.name).second) return;
  for (const auto& [name, chunks] : module.definitions)
    if (!name.starts_with('_')) names.insert(name);
  for (const std::size_t star : module.star_imports) {
    const ast::ImportFrom* from = import_of(library_.chunk(module, star));
    if (from == nullptr || from->level != 0) continue;
    const LoadedModule* source = library_.find(resolve_alias(from->module).path);
    if (source != nullptr && source->is_framework) collect_names(*source, names);
  }
  collecting_.erase(module.name);
}

std::vector<Export> Exports::of(std::string_view module) {
  const LoadedModule* found = library_.find(module);
  if (found == nullptr || !found->is_framework) return {};
  std::set<std::string, std::less<>> names;
  collect_names(*found, names);
  std::vector<Export> out;
  for (const std::string& name : names) {
    const auto [definer, chunk] = find(*found, name);
    if (definer != nullptr) out.push_back({name, definer, chunk});
  }
  return out;
}

}  // namespace shapelint
