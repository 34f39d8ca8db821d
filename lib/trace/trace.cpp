#include "lib/trace/trace.h"

namespace shapelint {

Span Trace::user_span(const Span& span, FrameId frame_id) const {
  Span place = span;
  FrameId at = frame_id;
  // Climb out of the framework: the call in the user's file that led here. Work on values, such as a comparison of
  // lists, knows no place of its own: it is done where its function was called.
  while ((frame(at).is_framework || place == Span{}) && at.index != 0) {
    place = frame(at).call;
    at = frame(at).parent;
  }
  if (place == Span{} && frame(at).module != nullptr) place.source = frame(at).module->source;
  return place;
}

const Frame* Trace::framework_entry(FrameId frame_id) const {
  const Frame* entry = nullptr;
  FrameId at = frame_id;
  while (frame(at).is_framework) {
    entry = &frame(at);
    if (at.index == 0) break;
    at = frame(at).parent;
  }
  return entry;
}

bool Trace::depends_on(TensorId tensor_id, TensorId ancestor) const {
  // Operands are always older than results, so one sweep downwards over the ids suffices.
  std::vector<bool> reached(tensor_id.index + 1, false);
  reached[tensor_id.index] = true;
  for (std::uint32_t i = tensor_id.index + 1; i-- > 0;) {
    if (!reached[i]) continue;
    if (i == ancestor.index) return true;
    if (!tensors[i].step.valid()) continue;
    for (const TensorId operand : step(tensors[i].step).operands) {
      if (operand.index < i) reached[operand.index] = true;
    }
  }
  return false;
}

namespace {
// Values share their parts, and lists may hold themselves: what is looked at is bounded, not only its depth.
void collect(const Value& value, const Heap& heap, std::vector<TensorId>& out, int depth, int& visits_left) {
  if (depth > 16 || --visits_left < 0) return;
  if (const auto* tensor = value.as<TensorV>()) {
    out.push_back(tensor->id);
  } else if (const auto* tuple = value.as<TupleV>()) {
    for (const Value& item : *tuple->items) collect(item, heap, out, depth + 1, visits_left);
  } else if (const auto* list = value.as<ListV>()) {
    for (const Value& item : heap.read<ListData>(list->cell).items) collect(item, heap, out, depth + 1, visits_left);
  } else if (const auto* dict = value.as<DictV>()) {
    for (const auto& [key, item] : heap.read<DictData>(dict->cell).items)
      collect(item, heap, out, depth + 1, visits_left);
  }
}
}  // namespace

std::vector<TensorId> tensors_in(const Value& value, const Heap& heap) {
  std::vector<TensorId> out;
  int visits_left = 100'000;
  collect(value, heap, out, 0, visits_left);
  return out;
}

}  // namespace shapelint
