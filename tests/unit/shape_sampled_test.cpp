// Symbolic arithmetic against Python's integers: random expressions, evaluated for every choice of small sizes.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "lib/shape/dim.h"
#include "lib/shape/jaxtyping.h"

namespace shapelint {
namespace {

constexpr std::array<std::int64_t, 5> kSizes{1, 2, 3, 5, 7};
constexpr std::size_t kPoints = kSizes.size() * kSizes.size() * kSizes.size();

/// Values at every point; none where a divisor is 0 or int64 is left.
using Values = std::vector<std::optional<std::int64_t>>;

struct Expression {
  Dim dim;
  Values values;
};

std::int64_t python_floordiv(std::int64_t a, std::int64_t b) {
  std::int64_t q = a / b;
  if ((a % b != 0) && ((a < 0) != (b < 0))) --q;
  return q;
}

std::optional<std::int64_t> apply(int op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  switch (op) {
    case 0: return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case 1: return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case 2: return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case 3: return b == 0 ? std::nullopt : std::optional(python_floordiv(a, b));
    default: return b == 0 ? std::nullopt : std::optional(a - b * python_floordiv(a, b));
  }
}

Dim apply(int op, Dim a, Dim b, DimTable& dims) {
  switch (op) {
    case 0: return dims.add(a, b);
    case 1: return dims.sub(a, b);
    case 2: return dims.mul(a, b);
    case 3: return dims.floordiv(a, b);
    default: return dims.mod(a, b);
  }
}

TEST_CASE("dim: random expressions agree with integers") {
  std::mt19937 random(20240607);
  const auto pick = [&](std::size_t n) { return random() % n; };
  std::size_t evaluated = 0;
  std::size_t decided = 0;
  for (int round = 0; round < 40; ++round) {
    DimTable dims;
    const std::array<SymbolId, 3> symbols{dims.declare("N"), dims.declare("M"), dims.declare("K")};
    const auto lookup = [&](std::string_view name) {
      return dims.symbol(symbols[name == "N" ? 0 : name == "M" ? 1 : 2]);
    };
    std::vector<Sizes> points;
    for (std::size_t p = 0; p < kPoints; ++p) {
      points.push_back({{symbols[0], kSizes[p % 5]}, {symbols[1], kSizes[p / 5 % 5]}, {symbols[2], kSizes[p / 25]}});
    }
    std::vector<Expression> pool;
    for (const SymbolId s : symbols) {
      Values values;
      for (const Sizes& point : points) values.emplace_back(point.at(s));
      pool.push_back({dims.symbol(s), values});
    }
    for (const std::int64_t n : {-2, 0, 1, 2, 3, 4, 6}) pool.push_back({dims.number(n), Values(kPoints, n)});

    while (pool.size() < 60) {
      const int op = static_cast<int>(pick(5));
      const Expression& a = pool[pick(pool.size())];
      // Often a number or a symbol, which stand first: most identities are about them.
      const Expression& b = pool[pick(pick(2) == 0 ? 10 : pool.size())];
      Expression made{apply(op, a.dim, b.dim, dims), {}};
      for (std::size_t p = 0; p < kPoints; ++p) {
        made.values.push_back(a.values[p] && b.values[p] ? apply(op, *a.values[p], *b.values[p]) : std::nullopt);
      }
      const auto used = dims.symbols(made.dim);
      if (std::any_of(used.begin(), used.end(), [&](SymbolId s) { return dims.is_anonymous(s); })) {
        // A stand-in: nothing to compare, but it must not be built upon. Only limits and zero divisors make one.
        pool.push_back({dims.number(1), Values(kPoints, 1)});
        continue;
      }
      const std::string text = dims.print(made.dim);
      for (std::size_t p = 0; p < kPoints; ++p) {
        if (!made.values[p]) continue;
        const auto value = dims.evaluate(made.dim, points[p]);
        // Defined for integers: then the normal form is, unless it left int64 on the way.
        if (!value) continue;
        if (*value != *made.values[p]) FAIL(text << " at point " << p);
        ++evaluated;
      }
      const auto back = parse_dim(text, dims, lookup);
      if (!back || *back != made.dim) FAIL(text << " is read back as something else");

      const Dim replaced = dims.substitute(made.dim, symbols[0], dims.add(dims.symbol(symbols[1]), dims.number(1)));
      for (std::size_t p = 0; p < kPoints; ++p) {
        Sizes point = points[p];
        const auto value = dims.evaluate(replaced, point);
        point[symbols[0]] = point[symbols[1]] + 1;
        const auto expected = dims.evaluate(made.dim, point);
        if (value && expected && *value != *expected) FAIL(text << " with N = M+1 at point " << p);
      }
      pool.push_back(std::move(made));
    }
    for (std::size_t i = 0; i < pool.size(); ++i) {
      for (std::size_t j = 0; j < pool.size(); ++j) {
        const Tri same = dims.same(pool[i].dim, pool[j].dim);
        const Tri at_most = dims.at_most(pool[i].dim, pool[j].dim);
        if (same != Tri::unknown) ++decided;
        std::size_t wrong = 0;
        for (std::size_t p = 0; p < kPoints; ++p) {
          if (!pool[i].values[p] || !pool[j].values[p]) continue;
          const std::int64_t a = *pool[i].values[p];
          const std::int64_t b = *pool[j].values[p];
          if (same != Tri::unknown && (same == Tri::yes) != (a == b)) ++wrong;
          if (at_most != Tri::unknown && (at_most == Tri::yes) != (a <= b)) ++wrong;
        }
        if (wrong != 0) FAIL(dims.print(pool[i].dim) << " against " << dims.print(pool[j].dim));
        // Both ways must say the same.
        if (same != dims.same(pool[j].dim, pool[i].dim)) FAIL("not symmetric");
      }
    }
  }
  // The test would pass if nothing were comparable.
  CHECK(evaluated > 80'000);
  CHECK(decided > 30'000);
}

}  // namespace
}  // namespace shapelint
