// `rule`: the pages of the rules.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lib/report/parts.h"
#include "lib/report/report.h"
#include "lib/support/suggest.h"
#include "rules/rules.h"
#include "tool/commands/commands.h"
#include "tool/output.h"

namespace shapelint::tool {
namespace {

std::string page(const Rule& rule, const Style& style) {
  std::string doc(rule.doc);
  doc.erase(0, doc.find_first_not_of('\n'));
  doc.erase(doc.find_last_not_of('\n') + 1);
  std::string out = style.bold(fmt::format("# {}", rule.id)) + fmt::format("\n\n{}\n\n", rule.summary);
  // Headings stand out; the rest is Markdown that reads well as it is.
  for (std::size_t at = 0; at <= doc.size();) {
    const std::size_t end = std::min(doc.find('\n', at), doc.size());
    const std::string_view line = std::string_view(doc).substr(at, end - at);
    out += line.starts_with("## ") ? style.bold(line) : std::string(line);
    out += '\n';
    at = end + 1;
  }
  return out;
}

}  // namespace

int run_rule(const CommandLine& line) {
  Output output(line);
  std::vector<const Rule*> rules(all_rules().begin(), all_rules().end());
  const bool is_one = !line.targets.empty();
  if (is_one) {
    const Rule* rule = find_rule(line.targets[0]);
    if (rule == nullptr) {
      std::vector<std::string> names;
      for (const Rule* known : rules) names.emplace_back(known->id);
      output.error(fmt::format("no rule is called '{}'{}\n\n`shapelint rule` lists them.", line.targets[0],
                               did_you_mean(line.targets[0], names)));
      return kUsage;
    }
    rules = {rule};
  }
  if (line.format == OutputFormat::json) {
    output.write(rule_json(rules, !is_one));
  } else if (is_one || line.all) {
    for (const Rule* rule : rules) output.write((rule == rules[0] ? "" : "\n") + page(*rule, output.style()));
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const Rule* rule : rules) rows.push_back({std::string(rule->id), std::string(rule->summary)});
    output.write(table(rows) + "\n`shapelint rule NAME` shows a rule with examples.\n");
  }
  return output.finish(kClean);
}

}  // namespace shapelint::tool
