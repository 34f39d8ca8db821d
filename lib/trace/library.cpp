#include "lib/trace/library.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "lib/language/frameworks.h"
#include "lib/support/check.h"

namespace shapelint {
namespace {

struct Alias {
  std::string_view from;
  std::string_view to;
  std::string_view implied_package;
  int implied_version;
};

// One list for every spelling under which people import a package; see rules/frameworks/aliases.def.
constexpr Alias kAliases[] = {
#define SHAPELINT_ALIAS(from, to, package, version) {from, to, package, version},
#include "rules/frameworks/aliases.def"
#undef SHAPELINT_ALIAS
};

// `path` is `prefix` or lies below it.
bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.');
}

// The name that a chunk binds, when it is an import or an assignment; `def` and `class` carry theirs. A chunk may bind
// several names (`from a import b, c`); those are found by parsing it.
std::string_view first_word(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ' ' && text[end] != '\n' && text[end] != '=' && text[end] != '(') ++end;
  return text.substr(0, end);
}

// Names bound by an import chunk, found by its words: `import a.b as c`, `from a import (b as c, d)`.
void bound_names(std::string_view text, std::vector<std::string>& names, bool& is_star) {
  const bool from = text.starts_with("from ");
  const std::size_t import_at = text.find("import ");
  if (import_at == std::string_view::npos) return;
  std::string_view rest = text.substr(import_at + 7);
  std::string item;
  const auto flush = [&] {
    std::size_t as = item.find(" as ");
    std::string name = as != std::string::npos ? item.substr(as + 4) : item;
    std::erase_if(name, [](char c) { return c == ' ' || c == '(' || c == ')' || c == '\n' || c == '\r' || c == '\\'; });
    if (name == "*") is_star = true;
    else if (!name.empty()) names.push_back(from || as != std::string::npos ? name : name.substr(0, name.find('.')));
    item.clear();
  };
  bool comment = false;
  for (const char c : rest) {
    if (c == '#') comment = true;
    if (c == '\n') comment = false;
    if (comment) continue;
    if (c == ',') flush();
    else item += c == '\n' ? ' ' : c;
  }
  flush();
}

// A framework module's text cut into its definitions, none of them parsed.
std::unique_ptr<const LoadedModule> scan_framework(const EmbeddedModule& embedded, SourceId source) {
  auto module = std::make_unique<LoadedModule>();
  module->name = std::string(embedded.module);
  module->is_framework = true;
  module->is_package = embedded.path.ends_with("__init__.loss");
  module->dialect = Dialect::python;  // trusted text: strictness is a test's business
  module->source = source;
  module->file = std::make_shared<const SourceFile>(std::string(embedded.path), std::string(embedded.text), true);
  const std::string_view text = module->file->text();
  module->chunks = top_level_chunks(text);
  for (std::size_t i = 0; i < module->chunks.size(); ++i) {
    const TopLevelChunk& chunk = module->chunks[i];
    const std::string_view body = text.substr(chunk.begin, chunk.end - chunk.begin);
    if (!chunk.name.empty()) {
      module->definitions[std::string(chunk.name)].push_back(i);
    } else if (body.starts_with("import ") || body.starts_with("from ")) {
      std::vector<std::string> names;
      bool is_star = false;
      bound_names(body, names, is_star);
      if (is_star) module->star_imports.push_back(i);
      for (std::string& bound : names) module->definitions[std::move(bound)].push_back(i);
    } else if (body.find('=') != std::string_view::npos) {
      // `A = B = value`: each word before a `=` is a name.
      std::string_view rest = body;
      while (true) {
        const std::string_view word = first_word(rest);
        std::size_t at = word.size();
        while (at < rest.size() && rest[at] == ' ') ++at;
        if (word.empty() || at >= rest.size() || rest[at] != '=' || rest.substr(at).starts_with("==")) break;
        module->definitions[std::string(word)].push_back(i);
        rest.remove_prefix(at + 1);
        while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
      }
    }
  }
  module->parsed = std::make_unique<const Once<ast::Module>[]>(module->chunks.size());
  return module;
}

const Alias* longest_alias(std::string_view path) {
  static const auto kByPath = [] {
    std::unordered_map<std::string_view, const Alias*> all;
    for (const Alias& alias : kAliases) all.emplace(alias.from, &alias);
    return all;
  }();
  while (true) {
    if (const auto it = kByPath.find(path); it != kByPath.end()) return it->second;
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return nullptr;
    path = path.substr(0, dot);
  }
}

}  // namespace

ResolvedPath resolve_alias(std::string_view path) {
  ResolvedPath out{std::string(path), {}};
  // Aliases may chain (`tensorflow.compat.v1.keras`); every step shortens or ends.
  for (int round = 0; round < 4; ++round) {
    const Alias* best = longest_alias(out.path);
    if (best == nullptr) break;
    if (best->implied_version != 0) out.implies.emplace(std::string(best->implied_package), best->implied_version);
    if (best->from == best->to) break;
    out.path = std::string(best->to) + out.path.substr(best->from.size());
  }
  return out;
}

namespace {

// The embedded modules and the packages that they lie in.
const std::unordered_set<std::string_view>& embedded_paths() {
  static const auto kPaths = [] {
    std::unordered_set<std::string_view> paths;
    for (const EmbeddedModule& m : embedded_modules()) {
      const std::string_view module = m.module;
      paths.insert(module);
      for (std::size_t dot = module.find('.'); dot != std::string_view::npos; dot = module.find('.', dot + 1))
        paths.insert(module.substr(0, dot));
    }
    return paths;
  }();
  return kPaths;
}

}  // namespace

bool is_framework_package(std::string_view path) {
  const std::string resolved = resolve_alias(path).path;
  return embedded_paths().contains(std::string_view(resolved).substr(0, resolved.find('.')));
}

std::shared_ptr<const LoadedModule> parse_module(std::string name, SourceId source,
                                                 std::shared_ptr<const SourceFile> file, Dialect dialect,
                                                 bool is_package) {
  auto module = std::make_shared<LoadedModule>();
  module->program = std::make_unique<ast::Module>(parse_program(*file, source, name, ParseOptions{.dialect = dialect}));
  module->index = index_module(*module->program);
  module->name = std::move(name);
  module->source = source;
  module->file = std::move(file);
  module->dialect = dialect;
  module->is_package = is_package;
  return module;
}

const ModuleFacts& facts_of(const LoadedModule& module) {
  return *module.facts.get([&] { return std::make_unique<const ModuleFacts>(find_facts(*module.program)); });
}

FrameworkStore::FrameworkStore(std::vector<Definition> added)
    : added_(std::move(added)),
      modules_(std::make_unique<const Once<LoadedModule>[]>(embedded_modules().size() + added_.size())) {}

const LoadedModule* FrameworkStore::find(std::string_view name) const {
  const auto modules = embedded_modules();
  if (const auto own = std::ranges::find(added_, name, &Definition::module); own != added_.end()) {
    const auto index = modules.size() + static_cast<std::size_t>(own - added_.begin());
    return modules_[index].get([&] {
      return scan_framework({.module = own->module, .path = own->path, .text = own->text},
                            SourceId::of_framework(index));
    });
  }
  const auto found = std::ranges::lower_bound(modules, name, {}, &EmbeddedModule::module);
  if (found == modules.end() || found->module != name) return nullptr;
  const auto index = static_cast<std::size_t>(found - modules.begin());
  return modules_[index].get([&] { return scan_framework(*found, SourceId::of_framework(index)); });
}

Library::Library(SourceMap& sources, SourceProvider* provider, std::shared_ptr<const FrameworkStore> frameworks)
    : sources_(&sources),
      provider_(provider),
      frameworks_(frameworks != nullptr ? std::move(frameworks) : std::make_shared<const FrameworkStore>()) {}

namespace {

// A user's file that lies where a framework's module does (torch's own source, checked out) must not stand for it: the
// definitions would call themselves through it.
std::string key_of(const std::string& name, const Library& library) {
  return library.has_framework_path(name) ? "file " + name : name;
}

}  // namespace

const LoadedModule* Library::add(std::string name, SourceId source, Dialect dialect, bool is_package) {
  auto module = std::make_shared<LoadedModule>();
  module->name = name;
  module->source = source;
  // The source map keeps it.
  module->file = std::shared_ptr<const SourceFile>(std::shared_ptr<const SourceFile>(), &sources_->file(source));
  module->dialect = dialect;
  module->is_package = is_package;
  if (dialect == Dialect::cxx) {
    if (provider_ != nullptr) module->program = provider_->parse(name, sources_->file(source), source);
    if (module->program == nullptr) module->program = std::make_unique<ast::Module>(ast::Module{.source = source});
  } else {
    module->program = std::make_unique<ast::Module>(
        parse_program(sources_->file(source), source, name, ParseOptions{.dialect = dialect}));
  }
  module->index = index_module(*module->program);
  by_file_.emplace(sources_->file(source).name(), module);
  return (modules_[key_of(name, *this)] = std::move(module)).get();
}

const LoadedModule* Library::add(std::shared_ptr<const LoadedModule> module) {
  sources_->share(module->source, module->file);
  by_file_.emplace(module->file->name(), module);
  const std::string key = key_of(module->name, *this);
  return (modules_[key] = std::move(module)).get();
}

bool FrameworkStore::has_path(std::string_view path) const {
  return embedded_paths().contains(path) ||
         std::ranges::any_of(added_, [&](const Definition& d) { return is_below(d.module, path); });
}

bool Library::has_framework_path(std::string_view path) const { return frameworks_->has_path(path); }

const LoadedModule* Library::find(std::string_view name) {
  if (const auto it = modules_.find(name); it != modules_.end()) return it->second.get();
  auto& slot = modules_[std::string(name)];
  if (const LoadedModule* framework = frameworks_->find(name)) {
    sources_->share(framework->source, framework->file);
    // Owned by the store, which this library keeps.
    slot = std::shared_ptr<const LoadedModule>(frameworks_, framework);
  } else if (provider_ != nullptr && !is_framework_package(name)) {
    if (auto shared = provider_->find_shared(name)) {
      if (const auto same = by_file_.find(shared->file->name()); same != by_file_.end())
        return (slot = same->second).get();
      sources_->share(shared->source, shared->file);
      by_file_.emplace(shared->file->name(), shared);
      slot = std::move(shared);
    } else if (std::optional<ModuleText> text = provider_->find(name)) {
      if (const auto same = by_file_.find(text->file); same != by_file_.end()) return (slot = same->second).get();
      const SourceId source = sources_->add(std::move(text->file), std::move(text->text));
      return add(std::string(name), source, text->dialect, text->is_package);
    }
  }
  return slot.get();
}

const ast::Module& Library::chunk(const LoadedModule& module, std::size_t index) const {
  return *module.parsed[index].get([&] {
    const TopLevelChunk& chunk = module.chunks[index];
    return std::make_unique<ast::Module>(
        parse_program(*module.file, module.source, module.name,
                      ParseOptions{.dialect = module.dialect, .begin = chunk.begin, .end = chunk.end}));
  });
}

const ast::Module& Library::expression(const std::string& text) {
  auto& slot = expressions_[text];
  if (slot == nullptr) {
    const SourceId id = sources_->add("<expression>", text);
    slot = std::make_unique<ast::Module>(parse_expression(sources_->file(id), id));
  }
  return *slot;
}

const std::vector<MethodChanges>& Library::changes_of(const ast::Module& program, const ast::Class& type) {
  const auto known = changes_.find(&type);
  return known != changes_.end() ? known->second : changes_.emplace(&type, changes_in(program, type)).first->second;
}

}  // namespace shapelint
