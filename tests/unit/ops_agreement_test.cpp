// Sampled agreement: every shape rule on random symbolic shapes, its symbols then drawn from {1, 2, 3, 5} (1 on
// purpose: it broadcasts). Where the recorded assumptions hold, the rule's shape is that of the kernel; where the rule
// finds a conflict, the kernel refuses, too, unless a symbol is 1.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "tests/unit/ops_helpers.h"

namespace shapelint::test {
namespace {

class Trial {
 public:
  Trial(const Op& op, std::mt19937& random) : op_(op), random_(random) {
    for (const char* symbol : {"B", "N", "M", "K"}) symbols_.push_back(dims_.declare(symbol));
    constexpr std::int64_t kSizes[] = {1, 2, 3, 5};
    for (const SymbolId symbol : symbols_) sizes_[symbol] = kSizes[pick(4)];
  }

  enum class Outcome { agreed, conflict, skipped };

  Outcome run() {
    make_arguments();
    Facts facts(dims_);
    const auto rule = op_.shape(args_, facts);
    const auto concrete = [&](Dim dim) { return dims_.evaluate(dim, sizes_).value_or(0); };
    const auto attrs = map_attributes<std::int64_t>(args_.attrs, concrete);
    std::vector<Array> arrays;
    std::string text = std::string(op_.name);
    for (const Shape& operand : args_.operands) {
      text += " " + show(operand, dims_);
      Extents extents;
      for (const Dim dim : operand) extents.push_back(concrete(dim));
      arrays.push_back(operand_array(arrays.size(), std::move(extents)));
    }
    for (const Dim dim : args_.attrs.dims) text += " " + dims_.print(dim);
    for (const auto& [symbol, size] : sizes_) text += " " + dims_.name(symbol) + "=" + std::to_string(size);
    CAPTURE(text);

    const auto kernel = run_kernel(op_, arrays, attrs);
    if (!kernel && kernel.error().label.starts_with("kernel.")) return Outcome::skipped;
    if (!rule) {
      const bool has_one = std::any_of(sizes_.begin(), sizes_.end(), [](const auto& s) { return s.second == 1; });
      if (has_one) return Outcome::skipped;
      CHECK_MESSAGE(!kernel.has_value(), rule.error().message);
      return Outcome::conflict;
    }
    for (const Assumption& assumption : facts.assumptions()) {
      if (dims_.evaluate(assumption.left, sizes_) != dims_.evaluate(assumption.right, sizes_)) return Outcome::skipped;
    }
    if (!understood(arrays, attrs)) return Outcome::skipped;
    REQUIRE_MESSAGE(kernel.has_value(), kernel.error().message);
    Extents predicted;
    for (std::size_t axis = 0; axis < rule->size(); ++axis) {
      const auto size = dims_.evaluate((*rule)[axis], sizes_);
      // A `?` may be any size: it is what only values, or only numbers, decide.
      predicted.push_back(size ? *size : axis < kernel->shape.size() ? kernel->shape[axis] : -1);
    }
    CAPTURE(show(*rule, dims_));
    CHECK(show(predicted) == show(kernel->shape));
    CHECK(static_cast<std::size_t>(element_count(kernel->shape).value()) == kernel->values.size());
    return Outcome::agreed;
  }

 private:
  int pick(int count) { return std::uniform_int_distribution<int>(0, count - 1)(random_); }
  bool coin() { return pick(2) == 0; }
  Dim num(std::int64_t value) { return dims_.number(value); }

  Dim size() {
    const Dim symbol = dims_.symbol(symbols_[static_cast<std::size_t>(pick(4))]);
    switch (pick(8)) {
      case 0: return num(1);
      case 1: return num(pick(4));
      case 2: return dims_.mul(num(2), symbol);
      case 3: return dims_.add(symbol, num(1));
      default: return symbol;
    }
  }
  Shape shape(int rank) {
    Shape out;
    for (int axis = 0; axis < rank; ++axis) out.push_back(size());
    return out;
  }
  int axis_of(int rank) { return rank == 0 ? pick(3) - 1 : pick(2 * rank) - rank; }

  /// A shape that mostly broadcasts with `x`: a tail of it, some sizes replaced.
  Shape companion(const Shape& x) {
    Shape out(x.begin() + pick(static_cast<int>(x.size()) + 1), x.end());
    for (Dim& dim : out) {
      if (pick(3) == 0) dim = coin() ? num(1) : size();
    }
    return out;
  }

  std::optional<std::vector<std::int64_t>> some_axes(int rank) {
    if (pick(4) == 0) return std::nullopt;
    std::vector<std::int64_t> axes;
    for (int axis = 0; axis < rank; ++axis) {
      if (coin()) axes.push_back(coin() ? axis : axis - rank);
    }
    if (pick(10) == 0) axes.push_back(axis_of(rank + 1));
    return axes;
  }

  std::optional<Dim> bound(Dim axis) {
    switch (pick(5)) {
      case 0: return std::nullopt;
      case 1: return num(pick(7) - 3);
      case 2: return dims_.neg(dims_.symbol(symbols_[static_cast<std::size_t>(pick(4))]));
      case 3: return dims_.sub(axis, num(pick(2)));
      default: return size();
    }
  }

  /// Indices are all 0, which is inside of every axis that has elements; matrices are far from singular.
  Array operand_array(std::size_t which, Extents extents) {
    static const std::set<std::string_view> kIndexed = {"take",    "take_along_axis", "gather_nd",
                                                        "scatter", "scatter_nd",      "bincount"};
    Array array = counting(std::move(extents));
    const bool picks = (op_.name == "pick" && which >= 1) || (op_.name == "put" && which >= 2);
    if (picks || (kIndexed.contains(op_.name) && (which == 1 || op_.name == "bincount"))) {
      std::fill(array.values.begin(), array.values.end(), 0.0);
    }
    static const std::set<std::string_view> kSolvers = {"inv", "solve", "cholesky"};
    if (kSolvers.contains(op_.name) && which == 0 && array.rank() >= 2) {
      const std::int64_t columns = array.shape.back();
      const std::int64_t rows = array.shape[array.shape.size() - 2];
      for (std::size_t i = 0; i < array.values.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        array.values[i] = at % columns == at / columns % rows ? 2 : 0;
      }
    }
    return array;
  }

  Shape with(Shape x, std::size_t axis, Dim size) {
    if (axis < x.size()) x[axis] = size;
    return x;
  }

  void append(std::vector<Dim> sizes) { args_.attrs.dims.insert(args_.attrs.dims.end(), sizes.begin(), sizes.end()); }

  /// Strides, padding, dilation (output padding) and groups over `k` axes.
  void make_window(std::size_t k, bool transposed) {
    for (std::size_t i = 0; i < k; ++i) append({num(1 + pick(2))});
    for (std::size_t i = 0; i < 2 * k; ++i) append({coin() ? num(pick(3)) : size()});
    for (std::size_t i = 0; i < k; ++i) append({num(1 + pick(2))});
    for (std::size_t i = 0; transposed && i < k; ++i) append({num(0)});
    append({num(1)});
  }

  /// Arguments of ops that take several operands or attributes of their own; false for all others.
  bool make_special(std::string_view name, const Shape& x) {
    auto& operands = args_.operands;
    auto& attrs = args_.attrs;
    const int rank = static_cast<int>(x.size());
    const int axis = axis_of(rank);
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + std::max(rank, 1) : axis);
    attrs.axes = {{axis}};
    attrs.flags = {coin(), coin()};
    if (name == "take" || name == "take_along_axis" || name == "scatter") {
      Shape indices = name == "take" ? shape(pick(3)) : with(x, at, size());
      if (rank > 0 && pick(4) == 0) indices = companion(indices);
      operands = {x, indices};
      attrs.texts = {coin() ? "set" : "add"};
      if (name == "scatter") operands.push_back(companion(indices));
    } else if (name == "gather_nd" || name == "scatter_nd") {
      Shape indices = shape(pick(3));
      const int depth = pick(rank + 1);
      indices.push_back(pick(6) == 0 ? size() : num(depth));
      Shape updates(indices.begin(), indices.end() - 1);
      updates.insert(updates.end(), x.begin() + depth, x.end());
      operands = {x, indices};
      if (name == "scatter_nd") operands.push_back(companion(updates));
    } else if (name == "select_mask") {
      Shape mask(x.begin(), x.begin() + pick(rank + 1));
      if (pick(5) == 0) mask = with(mask, 0, size());
      operands = {x, mask};
    } else if (name == "put_mask") {
      const int masked = pick(rank + 1);
      const Shape mask(x.begin(), x.begin() + masked);
      operands = {x, pick(5) == 0 ? with(mask, 0, size()) : mask, companion(Shape(x.begin() + masked, x.end()))};
    } else if (name == "pick" || name == "put") {
      const Shape index = shape(1 + pick(2));
      operands = {x};
      attrs.texts = {coin() ? "set" : "add"};
      attrs.axes.emplace();
      if (name == "put") operands.push_back(coin() ? Shape{} : index);
      for (int i = 0; i < rank; ++i) {
        if (!coin() && (i + 1 < rank || !attrs.axes->empty())) continue;
        attrs.axes->push_back(coin() ? i : i - rank);
        operands.push_back(companion(index));
      }
    } else if (name == "assign") {
      operands = {x, companion(x)};
    } else if (name == "set_index") {
      make_index(x);
      operands = {x, coin() ? Shape{} : x.empty() ? Shape{} : Shape{coin() ? num(1) : x.back()}};
    } else if (name == "one_hot" || name.starts_with("topk") || name == "repeat" || name == "roll") {
      operands = {x};
      if (name == "one_hot") attrs.axes = {{axis_of(rank + 1)}};
      attrs.dims = {coin() ? num(pick(4)) : size()};
    } else if (name == "pad") {
      operands = {x};
      constexpr const char* kModes[] = {"constant", "constant", "reflect", "edge"};
      attrs.texts = {kModes[pick(4)]};
      for (int i = 0; i < 2 * rank; ++i) append({coin() ? num(pick(4) - 1) : size()});
    } else if (name == "tile") {
      operands = {x};
      for (int i = pick(4); i > 0; --i) append({size()});
    } else if (name == "tril" || name == "triu" || name == "diag" || name == "diagonal") {
      operands = {name == "diag" ? shape(1) : x};
      attrs.dims = {coin() ? num(pick(5) - 2) : size()};
      // Two axes, mostly different ones.
      if (name == "diagonal")
        attrs.axes = {
            {axis, pick(4) == 0 || rank == 0 ? axis_of(rank) : (axis + 1 + pick(std::max(1, rank - 1))) % rank}};
    } else if (name == "einsum") {
      const char* const kEquations[] = {"ij,jk->ik", "ij,ij->i", "ii->i", "...i,...i", "...ij,...jk->...ik", "i,j"};
      const int chosen = pick(6);
      attrs.texts = {kEquations[chosen]};
      const Dim i = size(), j = size(), k = size();
      const Dim other = coin() ? j : size();
      const Shape lead = shape(pick(2));
      const auto led = [&](Shape tail) {
        tail.insert(tail.begin(), lead.begin(), lead.end());
        return tail;
      };
      if (chosen == 0) operands = {{i, j}, {other, k}};
      if (chosen == 1) operands = {{i, j}, {i, other}};
      if (chosen == 2) operands = {{j, other}};
      if (chosen == 3) operands = {led({j}), {other}};
      if (chosen == 4) operands = {{i, j}, led({other, k})};
      if (chosen == 5) operands = {{i}, {j}};
    } else if (name == "tensordot") {
      Shape b = shape(2);
      attrs.axes = {{axis, pick(2)}};
      if (rank > 0 && coin()) b[static_cast<std::size_t>(attrs.axes->back())] = x[at];
      operands = {x, b};
    } else if (name == "cdist" || name == "solve") {
      Shape a = shape(2 + pick(2));
      if (name == "solve" && pick(5) != 0) a[a.size() - 2] = a.back();
      Shape b = shape(2);
      if (pick(5) != 0) (name == "solve" ? b[0] : b[1]) = a.back();
      operands = {a, b};
    } else if (name == "inv" || name == "det" || name == "logabsdet" || name == "cholesky" || name == "eigvalsh") {
      Shape square = shape(2 + pick(2));
      if (pick(4) != 0) square.back() = square[square.size() - 2];
      operands = {square};
    } else if (name == "conv" || name == "conv_transpose") {
      Shape image = shape(3 + pick(2));
      Shape kernel = shape(static_cast<int>(image.size()));
      for (std::size_t i = 2; i < image.size(); ++i) kernel[i] = num(1 + pick(3));
      if (pick(5) != 0) kernel[name == "conv" ? 1 : 0] = image[1];
      operands = {image, kernel};
      make_window(image.size() - 2, name == "conv_transpose");
    } else if (name == "max_pool" || name == "avg_pool") {
      operands = {x};
      const int k = 1 + pick(2);
      for (int i = 0; i < 2 * k; ++i) append({num(1 + pick(3))});
      for (int i = 0; i < 2 * k; ++i) append({num(pick(2))});
    } else if (name.starts_with("adaptive_") || name == "interpolate") {
      operands = {name == "interpolate" ? shape(3 + pick(2)) : x};
      const std::size_t k = name == "interpolate" ? operands[0].size() - 2 : static_cast<std::size_t>(pick(3));
      for (std::size_t i = 0; i < k; ++i) append({size()});
      attrs.texts = {coin() ? "nearest" : "bilinear"};
    } else if (name == "ctc") {
      const Dim samples = size();
      operands = {{size(), samples, num(3)}, {samples, num(pick(3))}, {pick(5) ? samples : size()}, {samples}};
    } else if (name == "searchsorted") {
      Shape sorted = coin() ? shape(1) : x;
      if (!sorted.empty()) sorted.back() = size();
      operands = {sorted, x};
    } else if (name == "bincount") {
      operands = {shape(1)};
      if (coin()) operands.push_back(coin() ? operands[0] : shape(1));
      attrs.dims = {num(pick(3))};
    } else if (name == "svdvals" || name == "unique" || name == "nonzero") {
      operands = {x};
    } else if (op_.role == OpRole::normalising || name == "argmax" || name == "argmin") {
      operands = {x};
      if (name.starts_with("arg") && pick(4) == 0) attrs.axes = std::nullopt;
    } else {
      attrs.axes = std::nullopt;
      attrs.flags = {};
      return false;
    }
    return true;
  }

  void make_index(const Shape& x) {
    using Item = IndexItem<Dim>;
    bool ellipsis = false;
    const std::size_t items = static_cast<std::size_t>(pick(static_cast<int>(x.size()) + 2));
    for (std::size_t i = 0; i < items; ++i) {
      const Dim axis = x.empty() ? num(1) : x[std::min(i, x.size() - 1)];
      Item item;
      const int kind = pick(8);
      if (kind == 0) item.kind = Item::Kind::newaxis;
      if (kind == 1 && (!ellipsis || pick(10) == 0)) {
        item.kind = Item::Kind::ellipsis;
        ellipsis = true;
      }
      if (kind == 2 || kind == 3) {
        item.kind = Item::Kind::integer;
        item.integer = bound(axis).value_or(num(0));
      }
      if (kind > 3) {
        item.start = bound(axis);
        item.stop = bound(axis);
        constexpr std::int64_t kSteps[] = {1, 2, 3, -1, -2};
        if (coin()) item.step = num(kSteps[pick(5)]);
      }
      args_.attrs.index.push_back(item);
    }
  }

  void make_reshape(const Shape& x) {
    // Merge or split axes, mostly so that the elements fit; then perhaps leave one size open.
    std::vector<Dim>& target = args_.attrs.dims;
    for (const Dim dim : x) {
      if (!target.empty() && coin()) {
        target.back() = dims_.mul(target.back(), dim);
      } else {
        target.push_back(dim);
      }
    }
    if (pick(3) == 0) target.insert(target.begin() + pick(static_cast<int>(target.size()) + 1), num(1));
    if (!target.empty() && pick(4) == 0)
      target[static_cast<std::size_t>(pick(static_cast<int>(target.size())))] = size();
    if (!target.empty() && coin()) target[static_cast<std::size_t>(pick(static_cast<int>(target.size())))] = num(-1);
  }

  void make_arguments() {
    const std::string_view name = op_.name;
    auto& operands = args_.operands;
    auto& attrs = args_.attrs;
    const int rank = pick(5);
    const Shape x = shape(rank);
    if (make_special(name, x)) return;
    if (name == "matmul") {
      Shape a = shape(1 + pick(3));
      Shape b = shape(1 + pick(3));
      if (pick(5) != 0) (b.size() == 1 ? b[0] : b[b.size() - 2]) = a.back();
      if (a.size() == 3 && b.size() == 3 && coin()) b[0] = coin() ? a[0] : num(1);
      operands = {a, b};
    } else if (name == "concat" || name == "stack") {
      const int count = 1 + pick(3);
      const int axis = axis_of(name == "stack" ? rank + 1 : rank);
      attrs.axes = {{axis}};
      for (int i = 0; i < count; ++i) {
        Shape each = x;
        if (name == "concat" && rank > 0) each[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = size();
        if (rank > 0 && pick(5) == 0) each[static_cast<std::size_t>(pick(rank))] = size();
        operands.push_back(each);
      }
    } else if (op_.role == OpRole::creation) {
      attrs.numbers = {2.5, 3.5};
      const int count = name == "eye" ? 1 + pick(2) : name == "arange" ? 2 : rank;
      for (int i = 0; i < count; ++i) attrs.dims.push_back(size());
      if (name == "arange" && coin()) attrs.dims[0] = num(pick(3) - 1);
      if (name == "arange" && coin()) attrs.dims.push_back(num(1 + pick(3)));
    } else if (op_.role == OpRole::elementwise) {
      for (const OpParam& param : op_.params) {
        if (param.kind == ParamKind::tensor) operands.push_back(operands.empty() ? x : companion(x));
      }
      std::shuffle(operands.begin(), operands.end(), random_);
    } else {
      operands = {x};
      if (op_.role == OpRole::reduction) {
        attrs.axes = some_axes(rank);
        attrs.flags = {coin()};
        attrs.numbers = {0.5};
      } else if (name == "index") {
        make_index(x);
      } else if (name == "reshape") {
        make_reshape(x);
      } else if (name == "broadcast_to") {
        attrs.dims = x;
        operands = {companion(x)};
      } else if (name == "transpose") {
        if (coin()) {
          attrs.axes.emplace();
          for (int axis = 0; axis < rank; ++axis) attrs.axes->push_back(axis - (coin() ? rank : 0));
          std::shuffle(attrs.axes->begin(), attrs.axes->end(), random_);
        }
      } else if (name == "expand_dims") {
        attrs.axes = {{axis_of(rank + 1)}};
        if (coin()) attrs.axes = {{axis_of(rank + 2), axis_of(rank + 2)}};
      } else if (name == "squeeze" || name == "flip") {
        attrs.axes = some_axes(rank);
      }
    }
  }

  /// The understandings that are no equalities (docs/shape-semantics.md): bounds inside the axis, in order; symbols
  /// that are not 1 for squeeze without an axis; arange not backwards; divisors not 0; windows, paddings and diagonals
  /// that fit, k largest of at least k.
  bool understood(const std::vector<Array>& arrays, const BasicAttributes<std::int64_t>& attrs) {
    static const std::set<std::string_view> kFitting = {"conv", "conv_transpose", "max_pool",    "avg_pool",
                                                        "pad",  "diagonal",       "topk_values", "topk_indices"};
    if (kFitting.contains(op_.name)) {
      const auto kernel = run_kernel(op_, arrays, attrs);
      static const std::set<std::string> kInequalities = {"conv.C6", "pool.C3", "pad.C2",
                                                          "pad.C3",  "size.C1", "topk.C1"};
      if (!kernel) return !kInequalities.contains(kernel.error().label);
      // A diagonal beyond the matrix is empty; its length is not clipped on symbols.
      return op_.name != "diagonal" || kernel->shape.back() > 0;
    }
    if (op_.name.starts_with("random")) return true;
    // Nothing is known of an axis that may have size 0.
    static const std::set<std::string_view> kSome = {"argmax", "argmin", "quantile"};
    if (kSome.contains(op_.name)) {
      return std::all_of(arrays[0].shape.begin(), arrays[0].shape.end(), [](std::int64_t n) { return n > 0; });
    }
    if (op_.name == "squeeze" && !attrs.axes) {
      for (std::size_t axis = 0; axis < arrays[0].shape.size(); ++axis) {
        if (arrays[0].shape[axis] == 1 && !dims_.constant(args_.operands[0][axis])) return false;
      }
    }
    if (op_.name == "arange") return attrs.dims[1] >= attrs.dims[0];
    if (op_.role == OpRole::creation) {
      return std::all_of(attrs.dims.begin(), attrs.dims.end(), [](std::int64_t n) { return n >= 0; });
    }
    if (op_.name == "max" || op_.name == "min") {
      return std::all_of(arrays[0].shape.begin(), arrays[0].shape.end(), [](std::int64_t n) { return n > 0; });
    }
    if (op_.name != "index" && op_.name != "set_index") return true;
    using Item = IndexItem<std::int64_t>;
    const Extents& shape = arrays[0].shape;
    std::size_t used = 0;
    for (const Item& item : attrs.index) {
      used += item.kind == Item::Kind::integer || item.kind == Item::Kind::slice;
    }
    std::size_t axis = 0;
    for (const Item& item : attrs.index) {
      if (item.kind == Item::Kind::ellipsis) axis += shape.size() - used;
      if (item.kind == Item::Kind::integer) {
        if (item.integer < -shape[axis] || item.integer >= shape[axis]) return false;
        ++axis;
      }
      if (item.kind == Item::Kind::slice) {
        const std::int64_t n = shape[axis];
        const bool all_known = dims_.constant(args_.operands[0][axis]).has_value();
        const auto& written = args_.attrs.index[static_cast<std::size_t>(&item - attrs.index.data())];
        const bool symbolic = !all_known || (written.start && !dims_.constant(*written.start)) ||
                              (written.stop && !dims_.constant(*written.stop));
        ++axis;
        if (!symbolic) continue;  // then Python's clipping holds without any understanding
        const bool forward = item.step.value_or(1) > 0;
        const auto position = [&](const std::optional<std::int64_t>& at, std::int64_t absent) {
          return !at ? absent : *at < 0 ? *at + n : *at;
        };
        const std::int64_t start = position(item.start, forward ? 0 : n - 1);
        const std::int64_t stop = position(item.stop, forward ? n : -1);
        const std::int64_t low = forward ? 0 : -1;
        const std::int64_t high = forward ? n : n - 1;
        if (start < low || start > high || stop < low || stop > high) return false;
        if (forward ? start > stop : start < stop) return false;
        // A bound of unknown sign counts from the front.
        for (const auto& [dim, value] : {std::pair{written.start, item.start}, std::pair{written.stop, item.stop}}) {
          if (dim && *value < 0 && dims_.at_most(*dim, dims_.number(-1)) != Tri::yes) return false;
        }
      }
    }
    return true;
  }

  const Op& op_;
  std::mt19937& random_;
  DimTable dims_;
  std::vector<SymbolId> symbols_;
  Sizes sizes_;
  OpArgs<Shape> args_;
};

TEST_CASE("shape rules agree with kernels on sampled sizes") {
  int conflicts = 0;
  for (const Op* op : all_ops()) {
    // A stream for each op, so that a new op changes no other one's trials.
    std::mt19937 random(20240229);
    const bool varied = op->role != OpRole::elementwise && op->role != OpRole::creation;
    const int trials = varied ? 600 : 60;
    int agreed = 0;
    for (int i = 0; i < trials; ++i) {
      const auto outcome = Trial(*op, random).run();
      agreed += outcome == Trial::Outcome::agreed;
      conflicts += outcome == Trial::Outcome::conflict;
    }
    CAPTURE(op->name);
    // A Fourier transform has no values to agree with.
    const bool evaluated = !op->name.ends_with("fft");
    CHECK((!evaluated || agreed >= trials / 5));
  }
  CHECK(conflicts > 100);
}

}  // namespace
}  // namespace shapelint::test
