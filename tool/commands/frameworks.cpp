// `frameworks`: what the embedded definitions cover, and against which version each was checked.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lib/language/frameworks.h"
#include "lib/language/parser.h"
#include "lib/report/layout.h"
#include "lib/report/parts.h"
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

}  // namespace

int run_frameworks(const CommandLine& line) {
  Output output(line);
  const std::string asked = line.targets.empty() ? "" : line.targets[0];
  std::string prefix = asked.empty() ? "" : resolve_alias(asked).path;
  // As it is usually imported.
  for (const auto& [from, to] : {std::pair<std::string_view, std::string_view>{"tf", "tensorflow"},
                                 {"np", "numpy"},
                                 {"jnp", "jax.numpy"},
                                 {"F", "torch.nn.functional"}})
    if (is_below(asked, from)) prefix = resolve_alias(std::string(to) + asked.substr(from.size())).path;
  struct Listed {
    std::vector<std::vector<std::string>> rows;
    std::set<std::string, std::less<>> seen;
  };
  std::map<std::string, Listed> listed;
  for (const EmbeddedModule& module : embedded_modules()) {
    const std::string shown = public_module(module.module);
    for (const TopLevelChunk& chunk : top_level_chunks(module.text)) {
      const std::string full = fmt::format("{}.{}", shown, chunk.name);
      if (chunk.name.empty() || chunk.name.starts_with('_') || !is_below(full, prefix)) continue;
      Listed& there = listed[shown];
      if (!there.seen.emplace(chunk.name).second) continue;
      const std::string line_of = checked(module.text.substr(chunk.begin, chunk.end - chunk.begin));
      // Of a function that was asked for by its name, everything is said.
      there.rows.push_back({"  " + std::string(chunk.name), full == prefix ? line_of : versions(line_of)});
    }
  }
  std::size_t count = 0;
  std::string text;
  for (const auto& [module, there] : listed) {
    text += (count == 0 ? "" : "\n") + output.style().bold(module) + "\n" + table(there.rows);
    count += there.rows.size();
  }
  if (count == 0) {
    output.error(fmt::format("nothing is known at or below '{}'; `shapelint frameworks` lists everything", asked));
    return kUsage;
  }
  output.write(text +
               fmt::format("\n{}{}. Beside each: what it was checked against.\n", counted(count, "name", "names"),
                           asked.empty() || asked == prefix ? "" : fmt::format(" at or below {} ({})", prefix, asked)));
  return output.finish(kClean);
}

}  // namespace shapelint::tool
