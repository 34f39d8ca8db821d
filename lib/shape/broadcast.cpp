// NumPy's broadcasting over symbolic sizes.
#include <algorithm>

#include "lib/shape/facts.h"

namespace shapelint {
namespace {

// Which of two equal sizes to go on with: the higher. The batch must stay visible; a number says more than a symbol, a
// name more than `?`.
int preference(Dim dim, const Facts& facts) {
  const DimTable& dims = facts.dims();
  if (facts.protected_symbol() && dims.mentions(dim, *facts.protected_symbol())) return 3;
  if (dims.constant(dim)) return 2;
  const auto symbols = dims.symbols(dim);
  const bool named = std::none_of(symbols.begin(), symbols.end(), [&](SymbolId s) { return dims.is_anonymous(s); });
  return named ? 1 : 0;
}

}  // namespace

Result<Broadcast, ShapeConflict> broadcast(const std::vector<Shape>& shapes, Facts& facts) {
  std::size_t rank = 0;
  for (const Shape& shape : shapes) rank = std::max(rank, shape.size());

  DimTable& dims = facts.dims();
  Broadcast out;
  out.shape.assign(rank, dims.number(1));
  // Assumptions are tried on a copy, made only when there is one.
  std::optional<Facts> trial;
  for (std::size_t axis = rank; axis-- > 0;) {
    Dim kept = dims.number(1);  // as written
    std::size_t kept_from = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const std::size_t missing = rank - shapes[i].size();
      if (axis < missing) continue;
      const Facts& known = trial ? *trial : facts;
      const Dim written = shapes[i][axis - missing];
      const Dim size = known.resolve(written);
      const Dim kept_size = known.resolve(kept);
      if (dims.is_number(size, 1)) continue;
      if (dims.is_number(kept_size, 1)) {
        kept = written;
        kept_from = i;
        continue;
      }
      const Tri same = known.same(kept, written);
      if (same == Tri::no) {
        return ShapeConflict{"broadcast.C1", show(known.resolve(shapes[kept_from]), dims) + " and " +
                                                 show(known.resolve(shapes[i]), dims) + " do not broadcast: axis " +
                                                 std::to_string(axis) + " has " + dims.print(kept_size) + " and " +
                                                 dims.print(size)};
      }
      if (same == Tri::unknown) {
        if (!trial) trial = facts;
        trial->assume_same(kept, written, facts.place());
        out.assumed.emplace_back(kept, written);
      }
      if (preference(size, facts) > preference(kept_size, facts)) {
        kept = written;
        kept_from = i;
      }
    }
    out.shape[axis] = kept;
  }
  if (trial) facts = std::move(*trial);
  // What a later axis taught holds for all.
  out.shape = facts.resolve(out.shape);
  return out;
}

}  // namespace shapelint
