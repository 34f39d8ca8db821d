// What a run counted: losses, how far they were tracked, and why not further.
#include <algorithm>
#include <set>

#include "lib/report/parts.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

// "`x.sum` is not known: `y` is not known: module `torch` is ..." follows from its last part, which is the cause. The
// part before it names what was looked for.
std::string_view cause_of(std::string_view reason) {
  constexpr std::string_view kLink = "` is not known: ";
  while (true) {
    const std::size_t link = reason.find(kLink);
    if (link == std::string_view::npos) return reason;
    const std::string_view rest = reason.substr(link + kLink.size());
    if (rest.find(kLink) == std::string_view::npos && !rest.starts_with("parameter `")) return reason;
    reason = rest;
  }
}

}  // namespace

void count(CheckSummary& summary, const LossReport& loss) {
  ++summary.losses;
  summary.unknown += loss.unknown.size();
  if (!loss.complete) ++summary.incomplete;
  summary.fully += loss.tracked == Tracked::fully ? 1 : 0;
  summary.partly += loss.tracked == Tracked::partly ? 1 : 0;
  if (loss.reason == "a training step" || loss.reason == "a training script") {
    ++summary.steps;
    summary.steps_fully += loss.tracked == Tracked::fully ? 1 : 0;
    summary.steps_partly += loss.tracked == Tracked::partly ? 1 : 0;
  }
  if (loss.tracked == Tracked::fully) return;
  std::set<std::string, std::less<>> causes;
  for (const UnknownPlace& unknown : loss.unknown) causes.emplace(cause_of(unknown.reason));
  for (const std::string& cause : causes) ++summary.by_reason[cause];
}

void add(CheckSummary& summary, const CheckSummary& part) {
  summary.errors += part.errors;
  summary.warnings += part.warnings;
  summary.advice += part.advice;
  summary.losses += part.losses;
  summary.files += part.files;
  summary.unknown += part.unknown;
  summary.incomplete += part.incomplete;
  summary.failed += part.failed;
  summary.fully += part.fully;
  summary.partly += part.partly;
  summary.steps += part.steps;
  summary.steps_fully += part.steps_fully;
  summary.steps_partly += part.steps_partly;
  for (const auto& [rule, count] : part.by_rule) summary.by_rule[rule] += count;
  for (const auto& [reason, count] : part.by_reason) summary.by_reason[reason] += count;
}

std::vector<std::pair<std::string, std::size_t>> most_frequent(const std::map<std::string, std::size_t>& counts) {
  std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
  std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) { return a.second > b.second; });
  return sorted;
}

}  // namespace shapelint
