// A primitive op: its parameters, its shape rule and its kernel, side by side in one file of its family. The tracer
// binds a call to `OpArgs`, asks the shape rule, and, when data is there, runs the kernel and compares.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/ops/array.h"
#include "lib/ops/dtype.h"
#include "lib/shape/facts.h"
#include "lib/shape/shape.h"
#include "lib/support/result.h"

namespace shapelint {

/// What a parameter of an op takes, and where it lands in `OpArgs`. At most one parameter of each attribute kind,
/// except `number`, `flag`, `text` and `dim`, which land in order.
enum class ParamKind {
  tensor,           ///< operands, in order; a Python number becomes a rank-0 tensor
  optional_tensor,  ///< operands, when not None (only last)
  tensors,          ///< a list or tuple of tensors, all appended to operands
  axes,             ///< None, an int or a tuple of ints -> attrs.axes (not normalised; None -> nullopt)
  axis,             ///< one int -> attrs.axes with one element
  flag,             ///< bool -> attrs.flags
  dtype,            ///< None or a dtype -> attrs.dtype
  dims,             ///< an int or a sequence of ints, sizes that may be symbolic -> attrs.dims
  dim,              ///< one int that may be symbolic, appended to attrs.dims; None appends nothing (only last)
  number,           ///< float or int -> attrs.numbers
  text,             ///< str -> attrs.texts
  index,            ///< the inside of x[...] -> attrs.index
};

struct OpParam {
  std::string_view name;
  ParamKind kind;
  /// A Python literal (`None`, `-1`, `False`, `1e-7`); empty when the argument is required.
  std::string_view fallback = {};
};

/// One item of `x[...]`. `N` is `Dim` for shape rules and `std::int64_t` for kernels.
template <class N>
struct IndexItem {
  enum class Kind { integer, slice, newaxis, ellipsis } kind = Kind::slice;
  N integer{};               ///< kind integer; may be negative
  std::optional<N> start{};  ///< kind slice
  std::optional<N> stop{};
  std::optional<N> step{};
};

template <class N>
struct BasicAttributes {
  std::optional<std::vector<std::int64_t>> axes{};  ///< as written; nullopt is None: all axes
  std::vector<bool> flags{};
  std::optional<DType> dtype{};
  std::vector<N> dims{};  ///< as written; -1 may stand for "the rest"
  std::vector<double> numbers{};
  std::vector<std::string> texts{};
  std::vector<IndexItem<N>> index{};
};

template <class V>
struct OpArgs;

/// What a shape rule sees.
template <>
struct OpArgs<Shape> {
  std::vector<Shape> operands;
  BasicAttributes<Dim> attrs;
  /// For an op with `Op::counted`: the size that only values decide. The tracer chooses it, once per value counted, so
  /// that `x[mask]` and `y[mask]` have the same axis and `x[mask]` and `x[other]` have not. Without it the rule makes a
  /// `fresh_size` of its own, which equals nothing.
  std::optional<Dim> fresh{};
};

/// What a kernel sees. `dtype` is the result's, already decided by the op's dtype rule.
template <>
struct OpArgs<Array> {
  std::vector<Array> operands;
  BasicAttributes<std::int64_t> attrs;
  DType dtype = DType::float32;
};

enum class DTypeRule {
  promote,               ///< common type of the operands
  floating,              ///< the same, integers and bool become float32
  boolean,               ///< comparison and logic
  same,                  ///< that of the first operand
  index,                 ///< int64 (argmax)
  attribute,             ///< attrs.dtype, else float32
  attribute_or_int64,    ///< attrs.dtype, else int64 (arange)
  attribute_or_promote,  ///< attrs.dtype, else the common type
  sum,                   ///< attrs.dtype, else that of the operand, bool becomes int64
  select,                ///< where(c, a, b): common type of all operands but the first
  second_or_int64,       ///< that of the second operand, int64 without one (bincount with and without weights)
};

/// How an op treats samples; rules ask it, so that no rule names ops.
enum class OpRole {
  elementwise,  ///< broadcasts its operands
  reduction,    ///< removes axes (or keeps them as 1)
  movement,     ///< the same elements in another arrangement or a part of them
  creation,     ///< no operand
  contraction,  ///< matmul and kin: pairs on purpose
  normalising,  ///< mixes along an axis and keeps it (softmax, cumsum)
};

/// An op of which an axis has as many elements as values say. Two calls give equal sizes when `what`, the counted
/// operand's value and `attrs.dims` are the same; for `select_mask(x, mask)` and `nonzero(mask)` they are.
struct Counted {
  std::string_view what;    ///< "count", "unique", "bincount"; empty when the op is not of this sort
  std::size_t operand = 0;  ///< whose values are counted
};

struct Op {
  std::string_view name;
  OpRole role = OpRole::elementwise;
  DTypeRule dtype = DTypeRule::promote;
  std::span<const OpParam> params;
  Result<Shape, ShapeConflict> (*shape)(const OpArgs<Shape>& in, Facts& facts) = nullptr;
  Result<Array, ShapeConflict> (*eval)(const OpArgs<Array>& in) = nullptr;
  Counted counted{};
};

/// A new `?` for `OpArgs<Shape>::fresh`: it carries the provenance of every size of the counted operand.
Dim fresh_size(const Shape& counted, DimTable& dims);

/// Every op, in the order of ops.def.
std::span<const Op* const> all_ops();
/// By name; null when there is none.
const Op* find_op(std::string_view name);

/// Axes as a mask over `rank` axes; `nullopt` means all of them.
///   errors  axis.C1  axis outside [-rank, rank)
///           axis.C2  axis named twice
Result<std::vector<bool>, ShapeConflict> axis_mask(const std::optional<std::vector<std::int64_t>>& axes, int rank);
/// One axis, normalised to 0 <= axis < rank.
///   errors  axis.C1
Result<int, ShapeConflict> normal_axis(std::int64_t axis, int rank);

/// The common type of operands, `scalar` marking those that were Python numbers: they count only by their kind. Before
/// a kernel runs, such a number is brought to this type with `convert`, so that `x == 0.1` compares what `x` can hold.
DType common_dtype(const std::vector<DType>& operands, const std::vector<bool>& scalar);

/// The result's dtype by the op's rule. `scalar` marks operands that were Python numbers (missing entries: not).
DType result_dtype(const Op& op, const std::vector<DType>& operands, const std::vector<bool>& scalar,
                   const std::optional<DType>& attribute);

}  // namespace shapelint
