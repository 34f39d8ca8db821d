#include <fmt/format.h>

#include "lib/lint/rule.h"
#include "lib/trace/public_names.h"

namespace shapelint::rules {
namespace {
constexpr std::string_view kDoc = R"md(
## What it finds
Shapes that cannot work for any sizes: the call would raise whenever it is run.

## Bad
```python
def loss(pred: Float["B 3"], target: Float["B 4"]):
    return mean((pred - target) ** 2, axis=-1)  # expect: shape-mismatch "(B, 3) and (B, 4)"
```

## Good
```python
def loss(pred: Float["B 3"], target: Float["B 4"]):
    return mean((pred - target[:, :3]) ** 2, axis=-1)
```

## Limits
Symbols stand for any size: `N` and `M` may be equal, so they are no mismatch. Where shapes rest on a framework's convention
and are not stated, a mismatch may be the convention's fault and is shown only with `--pedantic`.

## Sources
The constraints and their labels are listed in docs/shape-semantics.md.
)md";

// `def forward(self, *args): raise NotImplementedError(...)` of a framework's base class: a class that defines none and
// calls itself leaves it to the classes made of it.
bool is_left_to_users(const Frame& frame) {
  if (!frame.is_framework || frame.module == nullptr) return false;
  const ast::Block& body = frame.module->function(frame.function_id).body;
  return body.size() == 1 && std::holds_alternative<ast::Raise>(frame.module->stmt(body.front()).node);
}

void check(RuleContext& ctx) {
  for (const Conflict& conflict : ctx.trace.conflicts) {
    if (conflict.label == "raise" && is_left_to_users(ctx.trace.frame(conflict.frame))) continue;
    const Frame* framework = ctx.trace.framework_entry(conflict.frame);
    ctx.report({.step = {},
                .message = fmt::format(
                    "{}{}", framework != nullptr ? fmt::format("`{}` fails: ", public_name(framework->function)) : "",
                    conflict.message),
                .span = ctx.trace.user_span(conflict.span, conflict.frame),
                .frame = conflict.frame,
                .needs_mixing = false});
  }
}
}  // namespace

extern const Rule shape_mismatch;
constexpr Rule shape_mismatch{
    .id = "shape-mismatch", .summary = "the shapes cannot work for any sizes", .doc = kDoc, .check = check};
}  // namespace shapelint::rules
