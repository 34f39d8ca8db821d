#include "lib/oracle/masks.h"

#include <algorithm>
#include <cctype>

#include "lib/support/words.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

// The parameter that a tensor is a view of; empty for other tensors.
std::string parameter_of(const Trace& trace, TensorId id) {
  for (int hops = 0; hops < 64; ++hops) {
    const Step& step = trace.step_of(id);
    if (step.kind == StepKind::parameter) return step.parameter;
    const bool keeps = step.op != nullptr && !step.operands.empty() &&
                       (step.op->role == OpRole::movement || step.op->name == "identity");
    if (!keeps) return {};
    id = step.operands[0];
  }
  return {};
}

}  // namespace

std::vector<std::string> words_of_name(std::string_view name) {
  name.remove_prefix(name.rfind('.') + 1);
  std::vector<std::string> out(1);
  bool was_lower = false;
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '_' || c == '[' || c == ']' || (std::isupper(u) != 0 && was_lower)) out.emplace_back();
    if (std::isalnum(u) != 0) out.back() += static_cast<char>(std::tolower(u));
    was_lower = std::islower(u) != 0;
  }
  std::erase(out, std::string());
  return out;
}

bool names_mask(std::string_view name) {
  const std::vector<std::string> words = words_of_name(name);
  if (words.size() == 1 && role_of(words[0]) == Role::mask) return true;
  // `loss_mask` is a mask, `mask_loss` is none.
  return has_any(words, {"mask", "masks"}) && !has_any({words.back()}, {"loss", "losses", "ratio"}) &&
         !has_any(words, {"pred", "preds", "prediction", "predictions", "predicted", "logit", "logits", "prob", "probs",
                          "score", "scores", "hat", "gt", "true", "target", "targets", "label", "labels"});
}

bool names_padding(std::string_view name) {
  const std::vector<std::string> words = words_of_name(name);
  if (has_any(words, {"pad", "pads", "padded", "padding", "paddings"})) return true;
  // What language models are handed beside their tokens.
  return names_mask(name) &&
         has_any(words, {"attention", "token", "tokens", "response", "completion", "sequence", "seq"});
}

std::set<std::string, std::less<>> masks_in(const Trace& trace) {
  std::set<std::string, std::less<>> out;
  const auto note = [&](TensorId id) {
    if (trace.tensor(id).dtype == DType::boolean) return;
    if (std::string name = parameter_of(trace, id); !name.empty()) out.insert(std::move(name));
  };
  for (const Step& step : trace.steps) {
    if (step.op == nullptr || step.operands.empty()) continue;
    if (step.op->name == "where") note(step.operands[0]);
    if (!step.op->name.starts_with("logical_")) continue;
    for (const TensorId operand : step.operands) note(operand);
  }
  return out;
}

}  // namespace shapelint
