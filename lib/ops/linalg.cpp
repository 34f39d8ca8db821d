// Matrices: inv, det, logabsdet, cholesky, solve, eigvalsh, svdvals. A matrix is the last
// two axes; all axes in front count its copies. Gauss with partial pivots and Jacobi's rotations, in double: plain and
// stable, for the small matrices that losses have.
#include <limits>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

using Matrix = std::vector<double>;  ///< row by row

constexpr std::int64_t kMaxRotated = 64;  ///< the largest side for Jacobi, whose sweeps cost about 60 multiplications
constexpr std::int64_t kMaxRotatedSteps = kMaxSteps / 64;

/// Shape of inv and cholesky.
///   x       (..., n, n)
///   result  x
///   errors  linalg.C1  fewer than two axes
///           linalg.C2  the last two sizes certainly differ
Result<Shape, ShapeConflict> square_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  if (out.size() < 2) return conflict("linalg.C1", "{} is no matrix", show(out, facts));
  Dim& rows = out[out.size() - 2];
  if (!agree(rows, out.back(), facts)) {
    return conflict("linalg.C2", "{} is no square matrix", show(in.operands[0], facts));
  }
  rows = out.back() = preferred(rows, out.back(), facts);
  return out;
}

/// Shape of det and logabsdet: (...,). Errors of `square_shape`.
Result<Shape, ShapeConflict> determinant_shape(const OpArgs<Shape>& in, Facts& facts) {
  auto out = square_shape(in, facts);
  if (out) out->resize(out->size() - 2);
  return out;
}

/// Shape of eigvalsh: (..., n). Errors of `square_shape`.
Result<Shape, ShapeConflict> eigenvalues_shape(const OpArgs<Shape>& in, Facts& facts) {
  auto out = square_shape(in, facts);
  if (out) out->pop_back();
  return out;
}

/// Shape of svdvals.
///   x       (..., m, n)
///   result  (..., min(m, n))
///   errors  linalg.C1
Result<Shape, ShapeConflict> svdvals_shape(const OpArgs<Shape>& in, Facts& facts) {
  Shape out = in.operands[0];
  if (out.size() < 2) return conflict("linalg.C1", "{} is no matrix", show(out, facts));
  const Dim columns = out.back();
  out.pop_back();
  out.back() = smaller(out.back(), columns, facts);
  return out;
}

/// The square matrices of `x`, each given to `f(matrix, n, result)`, which appends to the result's values. At most
/// `most` steps, n cubed for each.
///   errors  linalg.C1, linalg.C2, kernel.size; those of `f`
template <class F>
Result<Array, ShapeConflict> each_square(const Array& x, std::size_t kept_axes, DType dtype, std::int64_t most, F f) {
  if (x.rank() < 2) return conflict("linalg.C1", "{} is no matrix", shapelint::show(x.shape));
  const std::int64_t n = x.shape.back();
  if (x.shape[x.shape.size() - 2] != n) {
    return conflict("linalg.C2", "{} is no square matrix", shapelint::show(x.shape));
  }
  Array out{dtype, Extents(x.shape.begin(), x.shape.end() - 2), {}};
  const auto count = allowed_count(out.shape);
  if (!count) return count.error();
  out.shape.insert(out.shape.end(), kept_axes, n);
  if (*count > 0 && n > 0 && *count > most / n / n / n) return too_much("a matrix operation");
  const auto size = static_cast<std::ptrdiff_t>(n * n);
  for (std::int64_t i = 0; i < *count; ++i) {
    const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(i) * size;
    const auto problem = f(Matrix(begin, begin + size), static_cast<std::size_t>(n), out.values);
    if (problem) return *problem;
  }
  round_values(out);
  return out;
}

using Problem = std::optional<ShapeConflict>;

ShapeConflict singular(std::string_view what) {
  return conflict("kernel.singular", "the matrix {}; give other numbers", what);
}

/// Brings `a` (n, n) to triangular form by rows, and does the same to `b` (n, width). Returns the sign of the row
/// exchanges; the diagonal of `a` is then that of its factor U. False in `regular` when a pivot is 0.
double eliminate(Matrix& a, std::size_t n, Matrix& b, std::size_t width, bool& regular) {
  double sign = 1;
  regular = true;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row) {
      if (std::abs(a[row * n + column]) > std::abs(a[pivot * n + column])) pivot = row;
    }
    if (a[pivot * n + column] == 0) {
      regular = false;
      continue;
    }
    if (pivot != column) {
      sign = -sign;
      for (std::size_t i = 0; i < n; ++i) std::swap(a[pivot * n + i], a[column * n + i]);
      for (std::size_t i = 0; i < width; ++i) std::swap(b[pivot * width + i], b[column * width + i]);
    }
    for (std::size_t row = column + 1; row < n; ++row) {
      const double factor = a[row * n + column] / a[column * n + column];
      if (factor == 0) continue;
      for (std::size_t i = column; i < n; ++i) a[row * n + i] -= factor * a[column * n + i];
      for (std::size_t i = 0; i < width; ++i) b[row * width + i] -= factor * b[column * width + i];
    }
  }
  return sign;
}

/// Solves a * x = b in place of b.
Problem solve_in_place(Matrix a, std::size_t n, Matrix& b, std::size_t width) {
  bool regular = true;
  eliminate(a, n, b, width, regular);
  if (!regular) return singular("is singular");
  for (std::size_t row = n; row-- > 0;) {
    for (std::size_t i = 0; i < width; ++i) {
      double value = b[row * width + i];
      for (std::size_t k = row + 1; k < n; ++k) value -= a[row * n + k] * b[k * width + i];
      b[row * width + i] = value / a[row * n + row];
    }
  }
  return std::nullopt;
}

Result<Array, ShapeConflict> inv_eval(const OpArgs<Array>& in) {
  return each_square(in.operands[0], 2, in.dtype, kMaxSteps, [](Matrix a, std::size_t n, auto& out) -> Problem {
    Matrix identity(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) identity[i * n + i] = 1;
    if (auto problem = solve_in_place(std::move(a), n, identity, n)) return problem;
    out.insert(out.end(), identity.begin(), identity.end());
    return std::nullopt;
  });
}

template <bool logarithm>
Result<Array, ShapeConflict> det_eval(const OpArgs<Array>& in) {
  return each_square(in.operands[0], 0, in.dtype, kMaxSteps, [](Matrix a, std::size_t n, auto& out) -> Problem {
    Matrix none;
    bool regular = true;
    double value = eliminate(a, n, none, 0, regular);
    if (logarithm) value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double pivot = a[i * n + i];
      value = logarithm ? value + std::log(std::abs(pivot)) : value * pivot;
    }
    if (!regular) value = logarithm ? -std::numeric_limits<double>::infinity() : 0;
    out.push_back(value);
    return std::nullopt;
  });
}

/// The lower factor; only the lower triangle is read.
Result<Array, ShapeConflict> cholesky_eval(const OpArgs<Array>& in) {
  return each_square(in.operands[0], 2, in.dtype, kMaxSteps, [](Matrix a, std::size_t n, auto& out) -> Problem {
    for (std::size_t column = 0; column < n; ++column) {
      for (std::size_t row = 0; row < n; ++row) {
        double value = a[row * n + column];
        for (std::size_t k = 0; k < column && k < row; ++k) value -= a[row * n + k] * a[column * n + k];
        if (row == column && !(value > 0)) return singular("is not positive definite");
        a[row * n + column] = row < column ? 0 : row == column ? std::sqrt(value) : value / a[column * n + column];
      }
    }
    out.insert(out.end(), a.begin(), a.end());
    return std::nullopt;
  });
}

/// Rotates pairs of columns until all are orthogonal (one-sided Jacobi); then their lengths are the singular values.
/// `rows` may be less than `columns`.
std::vector<double> singular_values(Matrix a, std::size_t rows, std::size_t columns) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    bool rotated = false;
    for (std::size_t p = 0; p + 1 < columns; ++p) {
      for (std::size_t q = p + 1; q < columns; ++q) {
        double pp = 0, qq = 0, pq = 0;
        for (std::size_t i = 0; i < rows; ++i) {
          pp += a[i * columns + p] * a[i * columns + p];
          qq += a[i * columns + q] * a[i * columns + q];
          pq += a[i * columns + p] * a[i * columns + q];
        }
        if (!(std::abs(pq) > 1e-16 * std::sqrt(pp * qq)) || std::abs(pq) < 1e-300) continue;
        rotated = true;
        const double zeta = (qq - pp) / (2 * pq);
        const double t = (zeta >= 0 ? 1 : -1) / (std::abs(zeta) + std::hypot(1, zeta));
        const double c = 1 / std::hypot(1, t);
        for (std::size_t i = 0; i < rows; ++i) {
          const double x = a[i * columns + p];
          const double y = a[i * columns + q];
          a[i * columns + p] = c * (x - t * y);
          a[i * columns + q] = c * (t * x + y);
        }
      }
    }
    if (!rotated) break;
  }
  std::vector<double> out;
  for (std::size_t column = 0; column < columns; ++column) {
    double squares = 0;
    for (std::size_t i = 0; i < rows; ++i) squares += a[i * columns + column] * a[i * columns + column];
    out.push_back(std::sqrt(squares));
  }
  std::sort(out.begin(), out.end(), std::greater<>());
  out.resize(std::min(rows, columns));
  return out;
}

/// Eigenvalues of a symmetric matrix by Jacobi's rotations, ascending.
std::vector<double> symmetric_eigenvalues(Matrix a, std::size_t n) {
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0, all = 0;
    for (std::size_t i = 0; i < n * n; ++i) {
      all += a[i] * a[i];
      if (i / n != i % n) off += a[i] * a[i];
    }
    if (!(off > 1e-34 * all)) break;
    for (std::size_t p = 0; p + 1 < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        const double pq = a[p * n + q];
        if (pq == 0) continue;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * pq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::hypot(1, theta));
        const double c = 1 / std::hypot(1, t);
        const double s = t * c;
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[i * n + p], y = a[i * n + q];
          a[i * n + p] = c * x - s * y;
          a[i * n + q] = s * x + c * y;
        }
        for (std::size_t i = 0; i < n; ++i) {
          const double x = a[p * n + i], y = a[q * n + i];
          a[p * n + i] = c * x - s * y;
          a[q * n + i] = s * x + c * y;
        }
      }
    }
  }
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(a[i * n + i]);
  const auto before = [](double x, double y) { return x < y || (std::isnan(y) && !std::isnan(x)); };
  std::sort(out.begin(), out.end(), before);
  return out;
}

/// Only the lower triangle is read.
Result<Array, ShapeConflict> eigvalsh_eval(const OpArgs<Array>& in) {
  return each_square(in.operands[0], 1, in.dtype, kMaxRotatedSteps, [](Matrix a, std::size_t n, auto& out) -> Problem {
    for (std::size_t row = 0; row < n; ++row) {
      for (std::size_t column = row + 1; column < n; ++column) a[row * n + column] = a[column * n + row];
    }
    const auto values = symmetric_eigenvalues(std::move(a), n);
    out.insert(out.end(), values.begin(), values.end());
    return std::nullopt;
  });
}

Result<Array, ShapeConflict> svdvals_eval(const OpArgs<Array>& in) {
  const Array& x = in.operands[0];
  if (x.rank() < 2) return conflict("linalg.C1", "{} is no matrix", shapelint::show(x.shape));
  const std::int64_t rows = x.shape[x.shape.size() - 2];
  const std::int64_t columns = x.shape.back();
  Array out{in.dtype, Extents(x.shape.begin(), x.shape.end() - 2), {}};
  const auto count = allowed_count(out.shape);
  if (!count) return count.error();
  out.shape.push_back(std::min(rows, columns));
  if (x.values.empty()) return out;
  if (std::max(rows, columns) > kMaxRotated || *count > kMaxRotatedSteps / rows / columns / columns) {
    return too_much("svdvals");
  }
  const auto size = static_cast<std::ptrdiff_t>(rows * columns);
  for (std::int64_t i = 0; i < *count; ++i) {
    const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(i) * size;
    const auto values =
        singular_values(Matrix(begin, begin + size), static_cast<std::size_t>(rows), static_cast<std::size_t>(columns));
    out.values.insert(out.values.end(), values.begin(), values.end());
  }
  round_values(out);
  return out;
}

/// Shape of solve: x with a x = b.
///   a       (..., n, n)
///   b       (..., n, m), or (n,)
///   result  (..., n, m), or (..., n)
///   errors  linalg.C1, linalg.C2, broadcast.C1
///           linalg.C3  the n of both certainly differ
Result<Shape, ShapeConflict> solve_shape(const OpArgs<Shape>& in, Facts& facts) {
  auto a = square_shape(in, facts);
  if (!a) return a;
  const Shape& b = in.operands[1];
  if (b.empty()) return conflict("linalg.C1", "a scalar cannot be solved for");
  const bool vector = b.size() == 1;
  const Dim right = vector ? b[0] : b[b.size() - 2];
  if (!agree(a->back(), right, facts)) {
    return conflict("linalg.C3", "{} and {}: {} equations for {} numbers", show(*a, facts), show(b, facts),
                    show(a->back(), facts), show(right, facts));
  }
  const Dim n = preferred(a->back(), right, facts);
  const auto batch = [](const Shape& x) { return x.size() > 2 ? Shape(x.begin(), x.end() - 2) : Shape{}; };
  auto common = broadcast({batch(*a), batch(b)}, facts);
  if (!common) return common.error();
  Shape out = std::move(common->shape);
  out.push_back(n);
  if (!vector) out.push_back(b.back());
  return out;
}

Result<Array, ShapeConflict> solve_eval(const OpArgs<Array>& in) {
  const Array& a = in.operands[0];
  Array b = in.operands[1];
  if (a.rank() < 2) return conflict("linalg.C1", "{} is no matrix", shapelint::show(a.shape));
  if (b.rank() == 0) return conflict("linalg.C1", "a scalar cannot be solved for");
  const std::int64_t n = a.shape.back();
  if (a.shape[a.shape.size() - 2] != n) {
    return conflict("linalg.C2", "{} is no square matrix", shapelint::show(a.shape));
  }
  const bool vector = b.rank() == 1;
  if (vector) b.shape.push_back(1);
  if (b.shape[b.shape.size() - 2] != n) {
    return conflict("linalg.C3", "{} and {} do not fit", shapelint::show(a.shape),
                    shapelint::show(in.operands[1].shape));
  }
  const std::int64_t width = b.shape.back();
  auto batch =
      broadcast_extents({Extents(a.shape.begin(), a.shape.end() - 2), Extents(b.shape.begin(), b.shape.end() - 2)});
  if (!batch) return batch.error();
  const auto with = [&](std::int64_t columns) {
    Extents shape = *batch;
    shape.insert(shape.end(), {n, columns});
    return shape;
  };
  const auto lefts = shapelint::broadcast_to(a, with(n));
  if (!lefts) return lefts.error();
  const auto rights = shapelint::broadcast_to(b, with(width));
  if (!rights) return rights.error();
  Array out{in.dtype, rights->shape, {}};
  if (vector) out.shape.pop_back();
  if (rights->values.empty()) return out;
  const auto count = static_cast<std::int64_t>(rights->values.size()) / n / width;
  if (count > kMaxSteps / n / n / (n + width)) return too_much("solve");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto left = lefts->values.begin() + static_cast<std::ptrdiff_t>(i * n * n);
    const auto right = rights->values.begin() + static_cast<std::ptrdiff_t>(i * n * width);
    Matrix x(right, right + static_cast<std::ptrdiff_t>(n * width));
    const auto problem = solve_in_place(Matrix(left, left + static_cast<std::ptrdiff_t>(n * n)),
                                        static_cast<std::size_t>(n), x, static_cast<std::size_t>(width));
    if (problem) return *problem;
    out.values.insert(out.values.end(), x.begin(), x.end());
  }
  round_values(out);
  return out;
}

constexpr OpParam kMatrixParams[] = {{"x", ParamKind::tensor}};
constexpr OpParam kSolveParams[] = {{"a", ParamKind::tensor}, {"b", ParamKind::tensor}};

constexpr Op matrix_op(std::string_view name, OpRole role, std::span<const OpParam> params, ShapeRule shape,
                       Kernel eval) {
  return Op{.name = name, .role = role, .dtype = DTypeRule::floating, .params = params, .shape = shape, .eval = eval};
}

}  // namespace

extern const Op inv, det, logabsdet, cholesky, eigvalsh, svdvals, solve;

constexpr Op inv =
    matrix_op("inv", OpRole::normalising, kMatrixParams, all_or_nothing<square_shape>, bounded<inv_eval>);
constexpr Op det =
    matrix_op("det", OpRole::contraction, kMatrixParams, all_or_nothing<determinant_shape>, bounded<det_eval<false>>);
constexpr Op logabsdet = matrix_op("logabsdet", OpRole::contraction, kMatrixParams, all_or_nothing<determinant_shape>,
                                   bounded<det_eval<true>>);
constexpr Op cholesky =
    matrix_op("cholesky", OpRole::normalising, kMatrixParams, all_or_nothing<square_shape>, bounded<cholesky_eval>);
constexpr Op eigvalsh = matrix_op("eigvalsh", OpRole::contraction, kMatrixParams, all_or_nothing<eigenvalues_shape>,
                                  bounded<eigvalsh_eval>);
constexpr Op svdvals = matrix_op("svdvals", OpRole::contraction, kMatrixParams, svdvals_shape, bounded<svdvals_eval>);
constexpr Op solve =
    matrix_op("solve", OpRole::contraction, kSolveParams, all_or_nothing<solve_shape>, bounded<solve_eval>);

}  // namespace shapelint::ops
