#include "rules/rules.h"

#include <algorithm>

namespace shapelint {
namespace rules {
#define SHAPELINT_RULE(name) extern const Rule name;
#include "rules/rules.def"
#undef SHAPELINT_RULE
}  // namespace rules

namespace {
constexpr const Rule* kRules[] = {
#define SHAPELINT_RULE(name) &rules::name,
#include "rules/rules.def"
#undef SHAPELINT_RULE
};
}  // namespace

std::span<const Rule* const> all_rules() { return kRules; }

const Rule* find_rule(std::string_view id) {
  const auto* it = std::ranges::find(kRules, id, &Rule::id);
  return it != std::end(kRules) ? *it : nullptr;
}

}  // namespace shapelint
