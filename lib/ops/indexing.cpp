// x[...] with integers, slices, None and the ellipsis, read and written. The shape rule follows Python's slice.indices
// on symbolic sizes; the kernel follows it on numbers, written separately.
//
// A slice of a symbolic axis has an exact size only where its bounds are known to lie inside. `x[:5]` on an axis of N
// gives 5 on the understanding that N >= 5: somebody who writes it means five elements. Only a bound that lies outside
// for all sizes of the symbols is clipped. These understandings are inequalities, which `Facts` does not record.
#include <algorithm>

#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"
#include "lib/ops/writing.h"

namespace shapelint::ops {
namespace {

using DimItem = IndexItem<Dim>;
using IntItem = IndexItem<std::int64_t>;

/// A written bound beyond this means "to the end": people write sys.maxsize, ONNX exports INT_MAX.
constexpr std::int64_t kNoBound = std::int64_t{1} << 31;

template <class Item>
std::size_t consumed_axes(const std::vector<Item>& items) {
  return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [](const Item& item) {
    return item.kind == Item::Kind::integer || item.kind == Item::Kind::slice;
  }));
}

/// The items with the ellipsis (written or implied at the end) as full slices.
///   errors  index.C2  more items than axes
///           index.C4  two ellipses
template <class Item>
Result<std::vector<Item>, ShapeConflict> expanded(const std::vector<Item>& items, std::size_t rank,
                                                  const std::string& shape) {
  const std::size_t consumed = consumed_axes(items);
  if (consumed > rank) {
    return conflict("index.C2", "{} {} for the shape {}", consumed, consumed == 1 ? "index" : "indices", shape);
  }
  std::vector<Item> out;
  bool seen = false;
  const auto fill = [&] { out.insert(out.end(), rank - consumed, Item{}); };
  for (const Item& item : items) {
    if (item.kind != Item::Kind::ellipsis) {
      out.push_back(item);
    } else if (seen) {
      return conflict("index.C4", "an index can hold one ellipsis only");
    } else {
      seen = true;
      fill();
    }
  }
  if (!seen) fill();
  return out;
}

/// Symbolic slice arithmetic on one axis of `size`.
class Slicer {
 public:
  Slicer(Dim size, Facts& facts) : size_(size), facts_(facts), dims_(facts.dims()) {}

  /// Number of elements that `item` keeps.
  Dim count(const DimItem& item, std::int64_t step) {
    const Dim zero = dims_.number(0);
    const Dim last = dims_.sub(size_, dims_.number(1));
    const Dim before = dims_.number(-1);
    const Dim start = step > 0 ? bound(item.start, zero, zero, size_) : bound(item.start, last, before, last);
    const Dim stop = step > 0 ? bound(item.stop, size_, zero, size_) : bound(item.stop, before, before, last);
    const Dim distance = step > 0 ? dims_.sub(stop, start) : dims_.sub(start, stop);
    if (facts_.at_most(distance, zero) == Tri::yes) return zero;
    const std::int64_t stride = step > 0 ? step : -step;
    if (stride == 1) return distance;
    return dims_.floordiv(dims_.add(distance, dims_.number(stride - 1)), dims_.number(stride));
  }

 private:
  /// A written bound as a position, clipped to [low, high] where it certainly lies outside.
  Dim bound(const std::optional<Dim>& written, Dim absent, Dim low, Dim high) {
    if (!written) return absent;
    if (const auto value = number(*written, facts_)) {
      if (*value >= kNoBound) return high;
      if (*value <= -kNoBound) return low;
    }
    Dim position = *written;
    // A symbolic bound counts from the end only when it is negative for all sizes, like `-n`.
    if (facts_.at_most(position, dims_.number(-1)) == Tri::yes) {
      position = dims_.add(size_, position);
      return facts_.at_most(low, position) == Tri::no ? low : position;
    }
    return facts_.at_most(position, high) == Tri::no ? high : position;
  }

  Dim size_;
  Facts& facts_;
  DimTable& dims_;
};

/// True when position `at` certainly lies outside an axis of `size`.
bool certainly_outside(Dim at, Dim size, const Facts& facts) {
  DimTable& dims = facts.dims();
  const Dim zero = dims.number(0);
  if (facts.at_most(at, dims.number(-1)) == Tri::yes) return facts.at_most(zero, dims.add(size, at)) == Tri::no;
  return facts.at_most(zero, at) == Tri::yes && facts.at_most(size, at) == Tri::yes;
}

/// Shape of x[...].
///   x       (d0, ..., dn)
///   result  an integer drops its axis, a slice shortens it, None inserts 1, the ellipsis keeps what it stands for
///   errors  index.C1  an integer certainly outside its axis
///           index.C2  more items than axes
///           index.C3  a step of 0
///           index.C4  two ellipses
///           rank.C1
Result<Shape, ShapeConflict> index_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& x = in.operands[0];
  const auto items = expanded(in.attrs.index, x.size(), show(x, facts));
  if (!items) return items.error();
  Shape out;
  std::size_t axis = 0;
  for (const DimItem& item : *items) {
    switch (item.kind) {
      case DimItem::Kind::integer:
        if (certainly_outside(item.integer, x[axis], facts)) {
          return conflict("index.C1", "index {} is out of range on axis {} of {}", show(item.integer, facts), axis,
                          show(x, facts));
        }
        ++axis;
        break;
      case DimItem::Kind::slice: {
        const auto step = item.step ? number(*item.step, facts) : std::optional<std::int64_t>(1);
        if (step == 0) return conflict("index.C3", "the step of a slice is 0");
        if (step) {
          out.push_back(Slicer(x[axis], facts).count(item, std::clamp(*step, -kNoBound, kNoBound)));
        } else {
          // A step that nobody knows: some of the axis.
          out.push_back(facts.dims().fresh("?", facts.dims().symbols(x[axis])));
        }
        ++axis;
        break;
      }
      case DimItem::Kind::newaxis: out.push_back(facts.dims().number(1)); break;
      case DimItem::Kind::ellipsis: break;  // expanded above
    }
  }
  return limited(std::move(out));
}

/// First position and number of elements of a slice: CPython's PySlice_AdjustIndices.
struct Stretch {
  std::int64_t start = 0;
  std::int64_t count = 0;
};

Stretch stretch_of(const IntItem& item, std::int64_t size, std::int64_t step) {
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  const auto adjust = [&](const std::optional<std::int64_t>& written, std::int64_t absent) {
    if (!written) return absent;
    return std::clamp(*written < 0 ? *written + size : *written, low, high);
  };
  const std::int64_t start = adjust(item.start, step > 0 ? low : high);
  const std::int64_t stop = adjust(item.stop, step > 0 ? high : low);
  if (step > 0) return {start, stop > start ? (stop - start - 1) / step + 1 : 0};
  return {start, start > stop ? (start - stop - 1) / -step + 1 : 0};
}

/// The part of an array that an index names: its extents, and where its elements are in the array.
struct Part {
  Extents shape;
  std::vector<std::int64_t> strides;
  std::int64_t base = 0;
};

Result<Part, ShapeConflict> part_of(const Array& x, const std::vector<IntItem>& index) {
  const auto items = expanded(index, x.shape.size(), shapelint::show(x.shape));
  if (!items) return items.error();
  const std::vector<std::int64_t> from = x.values.empty() ? Extents(x.shape.size(), 0) : strides_of(x.shape);
  Part part;
  auto& [shape, strides, base] = part;
  std::size_t axis = 0;
  for (const IntItem& item : *items) {
    switch (item.kind) {
      case IntItem::Kind::integer: {
        const std::int64_t size = x.shape[axis];
        if (item.integer < -size || item.integer >= size) {
          return conflict("index.C1", "index {} is out of range on axis {} of {}", item.integer, axis,
                          shapelint::show(x.shape));
        }
        base += (item.integer < 0 ? item.integer + size : item.integer) * from[axis++];
        break;
      }
      case IntItem::Kind::slice: {
        // Any step beyond the largest extent takes one element; so bounded, it cannot overflow.
        const std::int64_t step = std::clamp(item.step.value_or(1), -kNoBound, kNoBound);
        if (step == 0) return conflict("index.C3", "the step of a slice is 0");
        const Stretch stretch = stretch_of(item, x.shape[axis], step);
        shape.push_back(stretch.count);
        strides.push_back(stretch.count > 1 ? step * from[axis] : 0);
        if (stretch.count > 0) base += stretch.start * from[axis];
        ++axis;
        break;
      }
      case IntItem::Kind::newaxis:
        shape.push_back(1);
        strides.push_back(0);
        break;
      case IntItem::Kind::ellipsis: break;
    }
  }
  return part;
}

Result<Array, ShapeConflict> index_eval(const OpArgs<Array>& in) {
  const auto part = part_of(in.operands[0], in.attrs.index);
  if (!part) return part.error();
  return gather(in.operands[0], part->shape, part->base, part->strides);
}

/// Shape of set_index, x with x[...] replaced.
///   x       (d0, ..., dn)
///   value   broadcasts to x[...]; axes of 1 in front of it do not count
///   result  x
///   errors  index.C1, index.C2, index.C3, index.C4, rank.C1
///           assign.C1  value does not fit
Result<Shape, ShapeConflict> set_index_shape(const OpArgs<Shape>& in, Facts& facts) {
  const auto part = index_shape(in, facts);
  if (!part) return part.error();
  if (fits_into(without_leading_ones(in.operands[1], part->size(), facts), *part, facts)) return in.operands[0];
  return conflict("assign.C1", "{} does not fit into a part of shape {}", show(in.operands[1], facts),
                  show(*part, facts));
}

Result<Array, ShapeConflict> set_index_eval(const OpArgs<Array>& in) {
  const auto part = part_of(in.operands[0], in.attrs.index);
  if (!part) return part.error();
  const auto value = value_for(in.operands[1], part->shape, in.dtype);
  if (!value) return value.error();
  Array out = convert(in.operands[0], in.dtype);
  if (value->values.empty()) return out;
  auto next = value->values.begin();
  for_each_offset(part->shape, part->base, part->strides,
                  [&](std::int64_t at) { out.values[static_cast<std::size_t>(at)] = *next++; });
  return out;
}

constexpr OpParam kParams[] = {{"x", ParamKind::tensor}, {"index", ParamKind::index}};
constexpr OpParam kSetParams[] = {{"x", ParamKind::tensor}, {"value", ParamKind::tensor}, {"index", ParamKind::index}};

}  // namespace

extern const Op index, set_index;
constexpr Op index{.name = "index",
                   .role = OpRole::movement,
                   .dtype = DTypeRule::same,
                   .params = kParams,
                   .shape = index_shape,
                   .eval = index_eval};
constexpr Op set_index{.name = "set_index",
                       .role = OpRole::movement,
                       .dtype = DTypeRule::same,
                       .params = kSetParams,
                       .shape = all_or_nothing<set_index_shape>,
                       .eval = set_index_eval};

}  // namespace shapelint::ops
