#include "lib/lint/rule.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
A suppression comment that suppresses nothing: the bug it spoke of is gone, the rule's name is misspelt, or it stands on another
line than the finding.

## Bad
```python
def loss(pred: Float["B"], target: Float["B"]):
    return mean((pred - target) ** 2)  # shapelint: ignore[outer-broadcast]  # expect: unused-suppression "outer-broadcast"
```

## Good
```python
def loss(pred: Float["B 1"], target: Float["B"]):
    return mean((pred - target) ** 2)  # shapelint: ignore[outer-broadcast] -- every pair is meant
```

## Limits
Judged where a whole file is checked with the rule that the comment names. `check FILE::NAME` sees one function only and says
nothing.

## Sources
ruff's `unused-noqa`, ty's `unused-ignore-comment`.
)md";
}  // namespace

// It looks at comments and at what the other rules found, so the runner applies it (lib/lint/suppressions.cpp).
extern const Rule unused_suppression;
constexpr Rule unused_suppression{.id = "unused-suppression",
                                  .summary = "a suppression comment that suppresses nothing",
                                  .doc = kDoc,
                                  .check = nullptr};
}  // namespace shapelint::rules
