// matmul, as NumPy's: matrices are the last two axes, all in front broadcast, and a vector counts as a row on the left
// and as a column on the right, with the axis that this adds dropped again.
#include "lib/ops/kernel_helpers.h"
#include "lib/ops/op.h"
#include "lib/ops/rule_helpers.h"

namespace shapelint::ops {
namespace {

constexpr OpParam kParams[] = {{"a", ParamKind::tensor}, {"b", ParamKind::tensor}};

/// Most multiplications of one call: about a second.
constexpr std::int64_t kMaxProducts = std::int64_t{1} << 30;

/// Shape of matmul.
///   a, b    (..., m, k) and (..., k, n); (k,) stands for (1, k) on the left and (k, 1) on the right
///   result  (..., m, n), without m where a was (k,), without n where b was
///   errors  matmul.C1     the two k certainly differ
///           matmul.C2     an operand is a scalar
///           broadcast.C1  the axes in front do not broadcast
Result<Shape, ShapeConflict> matmul_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& a = in.operands[0];
  const Shape& b = in.operands[1];
  if (a.empty() || b.empty()) {
    return conflict("matmul.C2", "matmul of {} and {}: a scalar has no axis to multiply along", show(a, facts),
                    show(b, facts));
  }
  const Dim left = a.back();
  const Dim right = b.size() == 1 ? b[0] : b[b.size() - 2];
  if (!agree(left, right, facts)) {
    return conflict("matmul.C1", "matmul of {} and {}: {} and {} must be equal", show(a, facts), show(b, facts),
                    show(left, facts), show(right, facts));
  }
  const auto batch = [](const Shape& x) { return x.size() > 2 ? Shape(x.begin(), x.end() - 2) : Shape{}; };
  auto common = broadcast({batch(a), batch(b)}, facts);
  if (!common) return common.error();
  Shape out = std::move(common->shape);
  if (a.size() > 1) out.push_back(a[a.size() - 2]);
  if (b.size() > 1) out.push_back(b.back());
  return out;
}

/// Each sum runs over k in ascending order, in double.
Result<Array, ShapeConflict> matmul_eval(const OpArgs<Array>& in) {
  Array a = in.operands[0];
  Array b = in.operands[1];
  if (a.rank() == 0 || b.rank() == 0) {
    return conflict("matmul.C2", "matmul of {} and {}: a scalar has no axis to multiply along",
                    shapelint::show(a.shape), shapelint::show(b.shape));
  }
  const bool left_vector = a.rank() == 1;
  const bool right_vector = b.rank() == 1;
  if (left_vector) a.shape.insert(a.shape.begin(), 1);
  if (right_vector) b.shape.push_back(1);

  const std::int64_t m = a.shape[a.shape.size() - 2];
  const std::int64_t k = a.shape.back();
  const std::int64_t n = b.shape.back();
  if (k != b.shape[b.shape.size() - 2]) {
    return conflict("matmul.C1", "matmul of {} and {}: {} and {} must be equal", shapelint::show(in.operands[0].shape),
                    shapelint::show(in.operands[1].shape), k, b.shape[b.shape.size() - 2]);
  }
  const Extents a_batch(a.shape.begin(), a.shape.end() - 2);
  const Extents b_batch(b.shape.begin(), b.shape.end() - 2);
  const auto batch = broadcast_extents({a_batch, b_batch});
  if (!batch) return batch.error();
  const auto with_matrix = [&](std::int64_t rows, std::int64_t columns) {
    Extents shape = *batch;
    shape.insert(shape.end(), {rows, columns});
    return shape;
  };
  const auto full_a = shapelint::broadcast_to(a, with_matrix(m, k));
  if (!full_a) return full_a.error();
  const auto full_b = shapelint::broadcast_to(b, with_matrix(k, n));
  if (!full_b) return full_b.error();
  const auto count = allowed_count(with_matrix(m, n));
  if (!count) return count.error();
  if (k > 0 && *count > kMaxProducts / k) {
    return conflict("kernel.size", "matmul of {} and {} takes more than {} multiplications; choose smaller sizes",
                    shapelint::show(in.operands[0].shape), shapelint::show(in.operands[1].shape), kMaxProducts);
  }

  Array out = Array::filled(with_matrix(m, n), 0, in.dtype);
  if (*count > 0 && k > 0) {
    const double* left = full_a->values.data();
    const double* right = full_b->values.data();
    double* result = out.values.data();
    for (std::int64_t matrix = *count / (m * n); matrix > 0; --matrix, left += m * k, right += k * n, result += m * n) {
      for (std::int64_t row = 0; row < m; ++row) {
        for (std::int64_t inner = 0; inner < k; ++inner) {
          for (std::int64_t column = 0; column < n; ++column) {
            result[row * n + column] += left[row * k + inner] * right[inner * n + column];
          }
        }
      }
    }
    round_values(out);
  }
  out.shape = *batch;
  if (!left_vector) out.shape.push_back(m);
  if (!right_vector) out.shape.push_back(n);
  return out;
}

}  // namespace

extern const Op matmul;
constexpr Op matmul{.name = "matmul",
                    .role = OpRole::contraction,
                    .dtype = DTypeRule::promote,
                    .params = kParams,
                    .shape = all_or_nothing<matmul_shape>,
                    .eval = matmul_eval};

}  // namespace shapelint::ops
