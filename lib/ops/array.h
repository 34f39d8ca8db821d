// Arrays of real numbers for the reference evaluator: row-major, every element a double that its dtype can hold.
// Integers beyond 2**53 lose precision; no loss function of the corpus has any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/ops/dtype.h"
#include "lib/shape/shape.h"
#include "lib/support/result.h"

namespace shapelint {

using Extents = std::vector<std::int64_t>;

struct Array {
  DType dtype = DType::float32;
  Extents shape;
  std::vector<double> values;  ///< row-major, `element_count(shape)` of them

  static Array scalar(double value, DType dtype);
  /// `shape` must have been allowed by `allowed_count`.
  static Array filled(Extents shape, double value, DType dtype);
  int rank() const { return static_cast<int>(shape.size()); }
};

using ArrayPtr = std::shared_ptr<const Array>;

/// Product of the extents; none when it is negative or beyond `kMaxElements`.
std::optional<std::int64_t> element_count(const Extents& shape);
/// No array of the evaluator may be larger (8 bytes each); asking for more is an error of the user's sizes.
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 24;

/// `a` repeated to `shape`, by NumPy's rule. The work is xtensor's, so that kernels do not share the mistakes of our
/// shape rules.
///   errors  kernel       shapes that do not broadcast
///           kernel.size  see `allowed_count`
Result<Array, ShapeConflict> broadcast_to(const Array& a, const Extents& shape);
/// The common shape of several, by xtensor. No shapes give `()`.
///   errors  kernel       shapes that do not broadcast
Result<Extents, ShapeConflict> broadcast_extents(const std::vector<Extents>& shapes);

/// Rounds every element to the dtype.
void round_values(Array& array);
/// The same elements in another dtype (`convert_value`). A Python number met by a tensor goes through this first.
Array convert(const Array& a, DType dtype);

/// `(2, 3)`, `(2,)`, `()`.
std::string show(const Extents& shape);
/// `element_count`, or why an array of that shape cannot be made.
///   errors  kernel.size  more than `kMaxElements` elements, or a negative extent
Result<std::int64_t, ShapeConflict> allowed_count(const Extents& shape);

}  // namespace shapelint
