#include "lib/trace/public_names.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace shapelint {
namespace {

// Modules of our own that hold a part of what another one has; the parts that begin with `_` go by themselves.
constexpr std::pair<std::string_view, std::string_view> kParts[] = {
    {"keras.loss_classes.", "keras.losses."},    {"keras.label_losses.", "keras.losses."},
    {"keras.backend_arrays.", "keras.backend."}, {"keras.ops.numpy.", "keras.ops."},
    {"keras.ops.arrays.", "keras.ops."},         {"keras.ops.numbers.", "keras.ops."},
    {"keras.ops.joining.", "keras.ops."},        {"keras.ops.selection.", "keras.ops."},
    {"keras.ops.activations.", "keras.ops."},    {"keras.ops.nn.", "keras.ops."},
    {"tensorflow.selection.", "tensorflow."},    {"torch._tensor_", "torch.Tensor._"},
    {"torch._tensor.", "torch.Tensor."},
};

bool is_private(std::string_view part) { return part.starts_with('_') && !part.starts_with("__"); }

}  // namespace

std::string public_name(std::string_view path) {
  std::string from(path);
  for (const auto& [part, whole] : kParts) {
    if (!from.starts_with(part)) continue;
    from = std::string(whole) + from.substr(part.size());
    break;
  }
  const bool is_part_of_nn = from.starts_with("torch.nn._");
  std::string out;
  for (std::size_t begin = 0; begin <= from.size();) {
    const std::size_t dot = std::min(from.find('.', begin), from.size());
    const std::string_view part = std::string_view(from).substr(begin, dot - begin);
    const bool is_last = dot == from.size();
    if (is_last || !is_private(part)) out += (out.empty() ? "" : ".") + std::string(part);
    begin = dot + 1;
  }
  constexpr std::string_view kNn = "torch.nn.";
  if (is_part_of_nn && out.size() > kNn.size() && std::islower(static_cast<unsigned char>(out[kNn.size()])) != 0)
    out.insert(kNn.size(), "functional.");
  return out;
}

std::string public_function(const Trace& trace, FrameId frame) {
  while (trace.frame(frame).is_framework) {
    const Frame& at = trace.frame(frame);
    const std::string_view name = std::string_view(at.function).substr(at.function.rfind('.') + 1);
    const bool has_public_caller = trace.frame(at.parent).is_framework;
    if (!is_private(name) || !has_public_caller) return public_name(at.function);
    frame = at.parent;
  }
  return {};
}

}  // namespace shapelint
