// Fuzzes the whole way from text to findings: parse, find losses, trace and evaluate each under a small step budget.
// The first byte chooses the dialect, the rest is the file. The preset `fuzz` builds it; then
//
//   build-fuzz/fuzz/check_fuzz CORPUS -max_total_time=300 -timeout=20 -rss_limit_mb=4000
#include <cstdint>
#include <string>

#include "lib/lint/analysis.h"
#include "rules/rules.h"

namespace {

constexpr std::size_t kLongestInput = 4096;  // what is found in a short text can be read
constexpr std::size_t kMostLosses = 4;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shapelint;
  if (size < 2 || size > kLongestInput) return 0;
  const bool is_loss = data[0] % 2 == 0;
  std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  // What the tool refuses before it parses.
  if (first_invalid_utf8(text) != std::string::npos || text.find('\0') != std::string::npos) return 0;

  Session session;
  const SourceId source = session.sources().add(is_loss ? "fuzz.loss" : "fuzz.py", std::move(text));
  const LoadedModule* module = session.library().add("fuzz", source, is_loss ? Dialect::loss : Dialect::python, false);
  AnalysisOptions options;
  options.rules = all_rules();
  for (const Rule* rule : options.rules) options.enabled.insert(std::string(rule->id));
  std::size_t losses = 0;
  for (const LossTarget& loss : find_losses(*module)) {
    if (++losses > kMostLosses) break;
    const LossReport report = check_target(session, loss.target, options, loss.reason);
    for (const Finding& finding : report.findings)
      if (finding.message.empty() || finding.span.begin > finding.span.end) __builtin_trap();
  }
  return 0;
}
