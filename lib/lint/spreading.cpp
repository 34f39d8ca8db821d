#include "lib/lint/spreading.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "lib/lint/steps.h"

namespace shapelint {
namespace {

// What a tensor would be with ones in place of the sum and zeros elsewhere: the idea is that of a linear map that is
// asked for the image of ones.
struct Image {
  enum Kind {
    none,      // does not rest on the sum
    plain,     // decided by sizes alone
    weighted,  // a multiple of the values of `weights`
    total,     // a multiple of those, reduced along `axes`
    other,
  };
  Kind kind = none;
  TensorId weights;
  TensorId divisor;  // weighted: what it was divided by
  std::vector<int> axes;
};

class Images {
 public:
  explicit Images(const RuleContext& ctx) : ctx_(ctx), images_(ctx.trace.tensors.size()) {}

  /// Is everything that comes out and rests on `sum` a total whose image is plain?
  Gathered gathered(TensorId sum) {
    images_[sum.index].kind = Image::plain;
    bool used_weights = false;
    for (std::uint32_t i = ctx_.tensor(sum).step.index + 1; i < ctx_.trace.steps.size(); ++i) {
      const Step& step = ctx_.trace.steps[i];
      if (!step.result.valid() || std::ranges::none_of(step.operands, [&](TensorId id) { return rests(id); })) continue;
      // What is not understood is given the benefit of the doubt, as a part of it in another arrangement.
      const Image made = step.op == nullptr ? moved(step) : image_of(step);
      used_weights = used_weights || made.kind == Image::weighted;
      images_[step.result.index] = made;
    }
    std::vector<TensorId> outcomes = tensors_in(ctx_.trace.result, ctx_.trace.heap);
    outcomes.insert(outcomes.end(), ctx_.trace.objectives.begin(), ctx_.trace.objectives.end());
    bool reached = false;
    for (const TensorId id : outcomes) {
      if (!rests(id)) continue;
      reached = true;
      if (image(id).kind != Image::plain || !ctx_.tensor(id).shape || ctx_.has_batch(id)) return Gathered::no;
    }
    // Lost on the way through something that was not understood: nothing speaks against means.
    return reached && used_weights ? Gathered::by_weights : Gathered::by_means;
  }

 private:
  const Image& image(TensorId id) const { return images_[id.index]; }
  bool rests(TensorId id) const { return image(id).kind != Image::none; }
  bool is_one_number(TensorId id) const {
    const auto& shape = ctx_.tensor(id).shape;
    return shape && std::ranges::all_of(*shape, [&](Dim dim) { return ctx_.dims.is_number(dim, 1); });
  }

  Image image_of(const Step& step) const {
    const std::string_view op = step.op->name;
    const Image first = image(step.operands[0]);
    if (step.op->role == OpRole::movement) return moved(step);
    if (op == "sum" || op == "mean") return reduced(step, first);
    if (step.op->role != OpRole::elementwise) return {.kind = Image::other};
    if (step.operands.size() == 1) return first;  // the caller knows that all of them are linear
    if (op == "add" || op == "sub") {
      // What is nothing for one of them changes nothing.
      if (!rests(step.operands[1])) return first;
      if (!rests(step.operands[0])) return image(step.operands[1]);
      const bool both = first.kind == Image::plain && image(step.operands[1]).kind == Image::plain;
      return {.kind = both ? Image::plain : Image::other};
    }
    if (op == "mul" && step.operands.size() == 2) {
      const std::size_t scaled = rests(step.operands[0]) ? 0 : 1;
      return rests(step.operands[1 - scaled]) ? Image{.kind = Image::other}
                                              : times(image(step.operands[scaled]), step.operands[1 - scaled]);
    }
    if (op == "div" && step.operands.size() == 2 && !rests(step.operands[1])) return by(step, first, step.operands[1]);
    if (op == "where" && step.operands.size() == 3 && !rests(step.operands[0]) &&
        rests(step.operands[1]) != rests(step.operands[2]))
      return rests(step.operands[1]) ? times(first_of(step), step.operands[0]) : Image{.kind = Image::other};
    return {.kind = Image::other};
  }
  const Image& first_of(const Step& where) const { return image(where.operands[1]); }

  Image moved(const Step& step) const {
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      const Image& from = image(step.operands[k]);
      // Of several that are joined some may not rest on it: which part of the whole they are is a matter of sizes.
      if (from.kind != Image::none && from.kind != Image::plain)
        return step.operands.size() == 1 && step.op != nullptr && step.op->name != "index"
                   ? from
                   : Image{.kind = Image::other};
    }
    return {.kind = Image::plain};
  }

  Image times(const Image& scaled, TensorId factor) const {
    if (is_one_number(factor)) return scaled;
    if (scaled.kind != Image::plain) return {.kind = Image::other};
    return {.kind = Image::weighted, .weights = source_of(ctx_.trace, factor)};
  }

  Image by(const Step& step, Image divided, TensorId divisor) const {
    if (divided.kind == Image::weighted && !divided.divisor.valid() && is_total(divisor)) {
      divided.divisor = divisor;
      return divided;
    }
    if (divided.kind == Image::total)
      return is_total_of(divisor, divided.weights, divided.axes)                   ? Image{.kind = Image::plain}
             : is_one_number(divisor) && batched_parameters(ctx_, divisor).empty() ? divided
                                                                                   : Image{.kind = Image::other};
    return is_one_number(step.operands[1]) ? divided : Image{.kind = Image::other};
  }

  Image reduced(const Step& step, Image from) const {
    if (from.kind == Image::total) {
      // Along further axes; the axes of the first time have other numbers then.
      const auto& shape = ctx_.tensor(step.result).shape;
      return shape && shape->empty() ? Image{.kind = Image::total, .weights = from.weights}
                                     : Image{.kind = Image::other};
    }
    if (from.kind != Image::weighted) return from;
    Image out{.kind = Image::total, .weights = from.weights, .axes = axes_of(step)};
    if (from.divisor.valid())
      return {.kind = is_total_of(from.divisor, from.weights, out.axes) ? Image::plain : Image::other};
    return sums_to_one(from.weights, out.axes) ? Image{.kind = Image::plain} : out;
  }

  // None where all of them are reduced, whatever the number of steps that it takes.
  std::vector<int> axes_of(const Step& reduction) const {
    const auto& shape = ctx_.tensor(reduction.operands[0]).shape;
    return shape && reduction.axes.size() == shape->size() ? std::vector<int>{} : reduction.axes;
  }

  // The sum or mean behind a number that may be kept away from 0: `sum(w).clip(1)`, `sum(w) + eps`.
  const Step* total_behind(TensorId id) const {
    for (int hops = 0; hops < 8; ++hops) {
      const Step& step = ctx_.trace.step_of(source_of(ctx_.trace, id));
      if (step.op == nullptr || step.operands.empty()) return nullptr;
      const std::string_view op = step.op->name;
      if (op == "sum" || op == "mean") return &step;
      if (op != "add" && op != "clip" && op != "maximum") return nullptr;
      id = step.operands[0];
    }
    return nullptr;
  }
  bool is_total(TensorId id) const { return total_behind(id) != nullptr; }
  bool is_total_of(TensorId id, TensorId weights, const std::vector<int>& axes) const {
    const Step* total = total_behind(id);
    return total != nullptr && source_of(ctx_.trace, total->operands[0]) == weights && axes_of(*total) == axes;
  }
  bool sums_to_one(TensorId weights, const std::vector<int>& axes) const {
    const Step& made = ctx_.trace.step_of(weights);
    if (made.op == nullptr || made.operands.empty()) return false;
    if (made.op->name == "softmax") return axes_of(made) == axes;
    return made.op->name == "div" && is_total_of(made.operands[1], source_of(ctx_.trace, made.operands[0]), axes);
  }

  const RuleContext& ctx_;
  std::vector<Image> images_;
};

}  // namespace

Gathered gathered_again(const RuleContext& ctx, TensorId sum) { return Images(ctx).gathered(sum); }

}  // namespace shapelint
