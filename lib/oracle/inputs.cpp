#include "lib/oracle/inputs.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "lib/oracle/masks.h"

namespace shapelint {
namespace {

// splitmix64: small, seeded, the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }

 private:
  std::uint64_t state_;
};

std::uint64_t seed_of(const std::string& name, std::uint64_t seed) {
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// A mask that is all zero proves nothing, and one that is all one masks nothing. A row of zeros alone has no mean; no
// more has a column, where the samples are columns.
void select_some(Array& mask) {
  if (mask.values.empty()) return;
  const std::size_t row = mask.shape.size() < 2 ? mask.values.size() : static_cast<std::size_t>(mask.shape.back());
  for (std::size_t at = 0; at < mask.values.size(); at += row) mask.values[at] = 1;
  const std::size_t column = mask.shape.size() < 2 ? 1 : mask.values.size() / static_cast<std::size_t>(mask.shape[0]);
  for (std::size_t begin = 0; begin < column && column < mask.values.size(); ++begin) {
    bool any = false;
    for (std::size_t at = begin; at < mask.values.size(); at += column) any = any || mask.values[at] != 0;
    if (!any) mask.values[begin] = 1;
  }
  if (row > 1 && std::ranges::find(mask.values, 0.0) == mask.values.end()) mask.values.back() = 0;
}

// Numbers a person can read: two decimals inside (0, 1), which every loss accepts as a probability, a distance or a
// value.
Array seeded(const std::string& name, const Extents& shape, DType dtype, const EvaluationOptions& options,
             const std::string& parameter) {
  const bool label = options.labels.contains(parameter);
  const bool mask = dtype == DType::boolean || options.masks.contains(parameter) || names_mask(name);
  const Draw& draw = options.draw;
  Array out = Array::filled(shape, 0, dtype);
  Random random(seed_of(name, draw.seed));
  const Role role = role_of(name);
  const auto fill = [&](auto value_of) {
    for (double& v : out.values) v = value_of(random.uniform());
  };
  // Two decimals, between `low` and `high` hundredths.
  const auto decimals = [&](int low, int high) {
    fill([=](double u) { return static_cast<int>(low + (high - low) * u + 0.5) / 100.0; });
  };
  if (mask) fill([](double u) { return u < 0.6 ? 1 : 0; });
  else if (label || is_integer(dtype)) fill([](double u) { return u < 0.5 ? 0 : 1; });
  else if (role == Role::weight) decimals(50, 200);
  else if (role == Role::target && draw.whole_targets) fill([](double u) { return u < 0.5 ? 0 : 1; });
  else if (draw.wide) decimals(-200, 200);
  else decimals(5, 95);
  if (mask) select_some(out);
  // A third of the numbers and at least one, but not the first of a row: a row of padding alone has no mean.
  if (const auto planted = draw.planted.find(parameter); planted != draw.planted.end() && !out.values.empty()) {
    const std::vector<double>& values = planted->second;
    const std::size_t row = shape.empty() ? 1 : static_cast<std::size_t>(shape.back());
    for (std::size_t at = 0; at < out.values.size(); ++at) {
      const bool here = random.uniform() < 1.0 / 3 || at + 1 == out.values.size();
      if (here && (row == 1 || at % row != 0)) out.values[at] = values[random.next() % values.size()];
    }
  }
  round_values(out);
  return out;
}

std::optional<Extents> extents_of(const DimTable& dims, const Shape& shape, const Sizes& sizes) {
  Extents out;
  for (const Dim dim : shape) {
    const auto size = dims.evaluate(dim, sizes);
    if (!size || *size < 0) return std::nullopt;
    out.push_back(*size);
  }
  return out;
}

Array sample_of(const Array& whole, std::size_t axis, std::int64_t each, std::int64_t sample) {
  Array out;
  out.dtype = whole.dtype;
  out.shape = whole.shape;
  out.shape[axis] = each;
  std::int64_t outer = 1;
  std::int64_t inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= whole.shape[i];
  for (std::size_t i = axis + 1; i < whole.shape.size(); ++i) inner *= whole.shape[i];
  for (std::int64_t o = 0; o < outer; ++o) {
    const std::int64_t begin = (o * whole.shape[axis] + sample * each) * inner;
    out.values.insert(out.values.end(), whole.values.begin() + begin, whole.values.begin() + begin + each * inner);
  }
  return out;
}

}  // namespace

Sizes choose_sizes(const DimTable& dims, const World& world, const EvaluationOptions& options, int attempt) {
  Sizes sizes = world.input.sizes;
  for (const auto& [name, size] : options.sizes) {
    if (const auto it = world.symbols.find(name); it != world.symbols.end()) sizes[it->second] = size;
  }
  const Sizes fixed = sizes;
  static constexpr std::int64_t kRoom[] = {0, 11, 29, 101};
  std::size_t next = 0;
  const auto take = [&](SymbolId symbol) {
    if (sizes.contains(symbol)) return;
    const bool is_batch = symbol == *world.input.batch;
    std::int64_t size = options.primes[std::min(next, options.primes.size() - 1)] +
                        static_cast<std::int64_t>(next / options.primes.size());
    // More than three sizes beside the batch are an image or worse: less room each.
    const std::int64_t room = world.symbols.size() > 3 ? kRoom[attempt] / 4 : kRoom[attempt];
    if (!is_batch && room > 0) size = std::max<std::int64_t>(size, room + static_cast<std::int64_t>(2 * next));
    ++next;
    sizes[symbol] = size;
  };
  take(*world.input.batch);
  const auto take_shape = [&](const Shape& shape) {
    for (const Dim dim : shape) {
      for (const SymbolId symbol : dims.symbols(dim)) take(symbol);
    }
  };
  for (const auto* bindings : {&world.input.parameters, &world.input.init}) {
    for (const Binding& b : *bindings) {
      if (b.shape) take_shape(*b.shape);
      for (const Shape& shape : b.shapes) take_shape(shape);
    }
  }
  for (const auto& [name, symbol] : world.symbols) take(symbol);
  // What the path assumed: `N == 1` to squeeze, `M == N` to broadcast. The batch keeps its size, stated sizes stay.
  for (int round = 0; round < 2; ++round) {
    for (const Assumption& a : options.assumptions) {
      const auto adjust = [&](Dim symbol_dim, Dim other) {
        const auto symbol = dims.as_symbol(symbol_dim);
        if (!symbol || *symbol == *world.input.batch || fixed.contains(*symbol)) return false;
        const auto value = dims.evaluate(other, sizes);
        if (value) sizes[*symbol] = *value;
        return value.has_value();
      };
      if (!adjust(a.left, a.right)) adjust(a.right, a.left);
    }
  }
  // Code that was written for a fixed batch (`view(-1, 60)` of `(B, 3, 4)`) runs with a multiple of it only.
  const auto holds = [&](const Sizes& tried) {
    return std::ranges::all_of(options.assumptions, [&](const Assumption& a) {
      const auto left = dims.evaluate(a.left, tried);
      const auto right = dims.evaluate(a.right, tried);
      return !left || !right || *left == *right;
    });
  };
  if (!fixed.contains(*world.input.batch) && !holds(sizes)) {
    constexpr std::int64_t kLargestBatch = 64;
    Sizes tried = sizes;
    for (std::int64_t size = 2; size <= kLargestBatch; ++size) {
      tried[*world.input.batch] = size;
      if (holds(tried)) return tried;
    }
  }
  return sizes;
}

std::optional<std::string> fill_inputs(const DimTable& dims, const World& world, const EvaluationOptions& options,
                                       TraceInput& input, std::vector<std::pair<std::string, ArrayPtr>>& inputs) {
  inputs.clear();
  (void)world;
  const auto fill = [&](std::vector<Binding>& bindings) -> std::optional<std::string> {
    for (Binding& b : bindings) {
      if (!b.is_tensor) continue;
      const auto given = options.data.find(b.name);
      const auto one = [&](const Shape& shape, const std::string& name) -> Result<ArrayPtr, std::string> {
        const auto extents = extents_of(dims, shape, input.sizes);
        if (!extents) return fmt::format("the sizes of `{}` are not known", name);
        if (!element_count(*extents)) return fmt::format("`{}` would hold more than {} numbers", name, kMaxElements);
        return ArrayPtr(std::make_shared<const Array>(seeded(name, *extents, b.dtype, options, b.name)));
      };
      if (given != options.data.end() && b.is_list) {
        b.arrays.clear();
        for (std::size_t i = 0; i < b.shapes.size(); ++i) {
          Array part = sample_of(*given->second, 0, 1, static_cast<std::int64_t>(i));
          part.shape.erase(part.shape.begin());
          part.dtype = b.dtype;
          round_values(part);
          b.arrays.push_back(std::make_shared<const Array>(std::move(part)));
          inputs.emplace_back(fmt::format("{}[{}]", b.name, i), b.arrays.back());
        }
      } else if (given != options.data.end()) {
        Array array = *given->second;
        if (b.shape) {
          const auto extents = extents_of(dims, *b.shape, input.sizes);
          if (!extents || *extents != array.shape) {
            return fmt::format("the data of `{}` has shape ({}), its shape is {}", b.name, fmt::join(array.shape, ", "),
                               show(*b.shape, dims));
          }
        }
        array.dtype = b.dtype;
        round_values(array);
        b.array = std::make_shared<const Array>(std::move(array));
        inputs.emplace_back(b.name, b.array);
      } else if (b.is_list) {
        b.arrays.clear();
        for (std::size_t i = 0; i < b.shapes.size(); ++i) {
          const auto made = one(b.shapes[i], fmt::format("{}[{}]", b.name, i));
          if (!made) return made.error();
          b.arrays.push_back(*made);
          inputs.emplace_back(fmt::format("{}[{}]", b.name, i), *made);
        }
      } else if (b.shape) {
        const auto made = one(*b.shape, b.name);
        if (!made) return made.error();
        b.array = *made;
        if (!b.is_number) inputs.emplace_back(b.name, b.array);
      }
    }
    return std::nullopt;
  };
  if (auto error = fill(input.parameters)) return error;
  return fill(input.init);
}

TraceInput narrow_to_sample(DimTable& dims, const TraceInput& input, SymbolId batch, std::int64_t batch_size,
                            std::int64_t sample, bool as_batch) {
  TraceInput out = input;
  const Dim one = as_batch ? dims.symbol(batch) : dims.number(1);
  const auto narrow = [&](Shape& shape, ArrayPtr& array) {
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      if (!dims.mentions(shape[axis], batch)) continue;
      if (array != nullptr && dims.is_multiple_of(shape[axis], batch) && array->shape[axis] % batch_size == 0) {
        array = std::make_shared<const Array>(sample_of(*array, axis, array->shape[axis] / batch_size, sample));
      }
      shape[axis] = dims.substitute(shape[axis], batch, one);
    }
  };
  for (auto* bindings : {&out.parameters, &out.init}) {
    for (Binding& b : *bindings) {
      ArrayPtr none;
      if (b.shape) narrow(*b.shape, b.array);
      for (std::size_t i = 0; i < b.shapes.size(); ++i) narrow(b.shapes[i], i < b.arrays.size() ? b.arrays[i] : none);
    }
  }
  for (auto& [name, dim] : out.symbols) dim = dims.substitute(dim, batch, one);
  out.sizes[batch] = 1;
  return out;
}

}  // namespace shapelint
