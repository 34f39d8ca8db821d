// `frameworks`: what the embedded definitions cover, and against which version each was checked.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lib/language/frameworks.h"
#include "lib/report/layout.h"
#include "lib/report/parts.h"
#include "lib/support/suggest.h"
#include "lib/trace/exports.h"
#include "lib/trace/library.h"
#include "tool/commands/commands.h"
#include "tool/output.h"

namespace shapelint::tool {
namespace {

// The text behind `Checked:` up to the end of its paragraph, on one line.
std::string checked(std::string_view text) {
  const std::size_t at = text.find("Checked:");
  if (at == std::string_view::npos) return "";
  text.remove_prefix(at + 8);
  text = text.substr(0, std::min(text.find("\n\n"), text.find("\"\"\"")));
  std::string out;
  for (const char c : text) {
    const bool is_blank = c == ' ' || c == '\n';
    if (!is_blank) out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

// Of "keras 3.15.1 keras/src/losses/loss.py; tf_keras 2.21.0 ...": "keras 3.15.1, tf_keras 2.21.0".
std::string versions(std::string_view line) {
  std::string out;
  std::string_view previous;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    std::string_view word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    const bool is_version = !word.empty() && word[0] >= '0' && word[0] <= '9' && !previous.empty();
    while (word.ends_with(',') || word.ends_with(';') || word.ends_with('.')) word.remove_suffix(1);
    if (is_version) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", previous, word);
    previous = word;
  }
  return out;
}

// Does `path` lie at or below `prefix`?
bool is_below(std::string_view path, std::string_view prefix) {
  return prefix.empty() || (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.'));
}

// The module that a user imports from: what stands in a private module is offered by the package around it, and what
// stands in `torch._tensor` and beside it are methods of `torch.Tensor`.
std::string public_module(std::string_view module) {
  const std::size_t at = module.find("._");
  if (at == std::string_view::npos) return std::string(module);
  return std::string(module.substr(0, at)) + (module.substr(at).starts_with("._tensor") ? ".Tensor" : "");
}

// A path as it is usually abbreviated, in full, and after aliases.
std::string full_path(std::string_view asked) {
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"tf", "tensorflow"},
                                 {"np", "numpy"},
                                 {"jnp", "jax.numpy"},
                                 {"F", "torch.nn.functional"},
                                 {"K", "keras.backend"}})
    if (is_below(asked, from)) return resolve_alias(std::string(to) + std::string(asked.substr(from.size()))).path;
  return asked.empty() ? "" : resolve_alias(asked).path;
}

// One name under which something is offered.
struct Listed {
  std::string checked;  ///< all of the line
  std::string definer;  ///< the module that defines it
};

// Every module with what it offers, by the names that users write.
using Listing = std::map<std::string, std::map<std::string, Listed>>;

Listing everything() {
  SourceMap sources;
  Library library(sources);
  Exports exports(library);
  Listing all;
  for (const EmbeddedModule& embedded : embedded_modules()) {
    const std::string shown = public_module(embedded.module);
    for (const Export& found : exports.of(embedded.module)) {
      const std::string& definer = found.definer->name;
      // A private module offers what it defines itself through the package around it, nothing else.
      if (shown != embedded.module && definer != embedded.module) continue;
      const std::string_view text = found.definer->file->text();
      all[shown].try_emplace(
          found.name,
          Listed{checked(text.substr(found.definition->begin, found.definition->end - found.definition->begin)),
                 definer});
    }
  }
  return all;
}

// Does a module only serve others, which offer all that it defines? A package that defines nothing itself offers.
bool only_serves(const std::string& module, const Listing& all) {
  if (std::ranges::none_of(all.at(module), [&](const auto& entry) { return entry.second.definer == module; }))
    return false;
  // `tensorflow.compat.v1` offers what `tensorflow` does, and takes nothing from it.
  const auto depth = std::ranges::count(module, '.');
  std::set<std::string> offered;
  for (const auto& [other, names] : all) {
    if (other == module || std::ranges::count(other, '.') > depth) continue;
    for (const auto& [name, listed] : names)
      if (listed.definer == module) offered.insert(name);
  }
  return std::ranges::all_of(all.at(module), [&](const auto& entry) {
    return entry.second.definer != module || offered.contains(entry.first);
  });
}

}  // namespace

int run_frameworks(const CommandLine& line) {
  Output output(line);
  const std::string asked = line.targets.empty() ? "" : line.targets[0];
  const std::string prefix = full_path(asked);
  const Listing all = everything();
  std::size_t count = 0;
  std::string text;
  for (const auto& [module, names] : all) {
    // Of a package, and of everything, the modules that users import.
    if (!is_below(module, prefix) && !is_below(prefix, module)) continue;
    if (module != prefix && is_below(module, prefix) && only_serves(module, all)) continue;
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, listed] : names) {
      const std::string full = fmt::format("{}.{}", module, name);
      if (!is_below(full, prefix)) continue;
      // Of a function that was asked for by its name, everything is said.
      rows.push_back({"  " + name, full == prefix ? listed.checked : versions(listed.checked)});
    }
    if (rows.empty()) continue;
    text += (count == 0 ? "" : "\n") + output.style().bold(module) + "\n" + table(rows);
    count += rows.size();
  }
  if (count == 0) {
    std::vector<std::string> known;
    for (const auto& [module, names] : all) {
      known.push_back(module);
      for (const auto& [name, listed] : names) known.push_back(fmt::format("{}.{}", module, name));
    }
    const std::string hint = did_you_mean(prefix, known);
    output.error(fmt::format("nothing is known at or below '{}'{}", asked,
                             hint.empty() ? "; `shapelint frameworks` lists everything" : hint));
    return kUsage;
  }
  output.write(text +
               fmt::format("\n{}{}. Beside each: what it was checked against.\n", counted(count, "name", "names"),
                           asked.empty() || asked == prefix ? "" : fmt::format(" at or below {} ({})", prefix, asked)));
  return output.finish(kClean);
}

}  // namespace shapelint::tool
