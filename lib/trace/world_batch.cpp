// Which symbol counts samples, and what sample data says about sizes.
#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

// Names that count samples when nobody says which one does.
constexpr std::string_view kBatchNames[] = {"B", "batch", "b", "bs", "batch_size"};

// `channels`, `num_classes`, `n_sources`: an axis of one sample, wherever it stands.
bool counts_within_sample(std::string_view name) {
  static constexpr std::string_view kWords[] = {"channel", "class", "source"};
  return std::ranges::any_of(kWords, [&](std::string_view word) { return name.find(word) != std::string_view::npos; });
}

}  // namespace

void WorldBuilder::choose_batch() {
  const auto axis_count = [&](std::string_view name) {
    const auto it = world_.symbols.find(name);
    if (it == world_.symbols.end()) return 0;
    int count = 0;
    for (const WorldParameter& p : world_.parameters) {
      for (const Shape& shape : p.shape ? std::vector<Shape>{*p.shape} : p.shapes) {
        for (const Dim dim : shape) {
          if (dims_.as_symbol(dim) == it->second) {
            ++count;
            break;
          }
        }
      }
    }
    return count;
  };
  if (options_.batch) {
    world_.input.batch = *dims_.as_symbol(symbol(*options_.batch));
    return;
  }
  for (const std::string_view name : kBatchNames) {
    if (axis_count(name) > 0 || (axis_count(name) == 0 && world_.symbols.contains(name))) {
      world_.input.batch = world_.symbols.find(name)->second;
      return;
    }
  }
  if (axis_count("N") >= 2) {
    world_.input.batch = world_.symbols.find("N")->second;
    return;
  }
  world_.batch_by_place = true;
  // Weights may count classes, `(C, 1)`: where predictions or targets are open, they do not say what the batch is.
  const bool pair_is_open =
      function_ != nullptr && std::ranges::any_of(function_->params, [&](const ast::Param& param) {
        const Role role = role_at(param.name);
        return (role == Role::prediction || role == Role::target) && find(param.name) == nullptr;
      });
  const auto counts_samples = [&](const WorldParameter& p) {
    return !pair_is_open || (p.shape && p.shape->size() > 0 && dims_.print((*p.shape)[0]) == "N");
  };
  for (const WorldParameter& p : world_.parameters) {
    const Role role = role_of(p.name);
    if (role == Role::weight && !counts_samples(p)) continue;
    if (role != Role::prediction && role != Role::target && role_at(p.name) == Role::other) continue;
    if (!p.shape || p.shape->empty()) continue;
    if (const auto s = dims_.as_symbol((*p.shape)[0])) {
      if (counts_within_sample(dims_.print((*p.shape)[0]))) continue;
      world_.input.batch = *s;
    } else if (const auto size = dims_.constant((*p.shape)[0]); size && *size != 1) {
      // A number on the batch axis: the symbol stands for it, and is that size in numbers.
      const Dim batch = symbol("B");
      world_.input.batch = *dims_.as_symbol(batch);
      world_.input.sizes[*world_.input.batch] = *size;
      for (WorldParameter& q : world_.parameters) {
        if (q.shape && !q.shape->empty() && dims_.constant((*q.shape)[0]) == size) (*q.shape)[0] = batch;
      }
    } else {
      continue;
    }
    return;
  }
  const auto leading = most_common_leading_symbol();
  const auto only = pair_is_open ? std::nullopt : only_leading_symbol();
  if (leading || only) {
    world_.input.batch = leading ? *leading : *only;
    return;
  }
  world_.input.batch = *dims_.as_symbol(symbol("B"));
}

// What the one parameter that is stated begins with, if it has features as well.
std::optional<SymbolId> WorldBuilder::only_leading_symbol() const {
  std::optional<SymbolId> found;
  for (const WorldParameter& p : world_.parameters) {
    if (p.is_local() || !is_stated(p.from)) continue;
    if (found || !p.shape || p.shape->size() < 2 || role_of(p.name) == Role::weight) return std::nullopt;
    found = dims_.as_symbol((*p.shape)[0]);
    if (!found || counts_within_sample(dims_.print((*p.shape)[0]))) return std::nullopt;
  }
  return found;
}

// What at least two parameters begin with, and more of them than with any other symbol.
std::optional<SymbolId> WorldBuilder::most_common_leading_symbol() const {
  std::map<SymbolId, int> counts;
  for (const WorldParameter& p : world_.parameters) {
    if (!p.shape || p.shape->empty() || !is_stated(p.from)) continue;
    const auto symbol = dims_.as_symbol((*p.shape)[0]);
    if (symbol && !counts_within_sample(dims_.print((*p.shape)[0]))) ++counts[*symbol];
  }
  std::optional<SymbolId> best;
  int most = 1;
  for (const auto& [symbol, count] : counts) {
    if (count == most) best.reset();
    if (count <= most) continue;
    best = symbol;
    most = count;
  }
  return best;
}

// Sample data: sizes of symbols from stated shapes, or shapes from the data.
std::optional<WorldError> WorldBuilder::read_data() {
  for (const auto& [name, array] : options_.data) {
    if (const auto stated = options_.dtypes.find(name); stated != options_.dtypes.end()) {
      Array kept = *array;
      kept.dtype = parse_dtype(stated->second).value_or(array->dtype);
      round_values(kept);
      if (!is_float(kept.dtype) && kept.values != array->values) {
        return WorldError{fmt::format("the data of `{}` holds values that {} cannot; say `--dtype {}=float32`", name,
                                      shapelint::name(kept.dtype), name)};
      }
    }
    WorldParameter* p = find(name);
    if (p != nullptr && !p->shapes.empty()) {
      if (auto error = read_list(*p, *array)) return error;
    }
    if (p == nullptr || !p->shape) continue;
    if (p->shape->size() != array->shape.size()) {
      return WorldError{fmt::format("the data of `{}` has rank {}, its shape {} has rank {}", name, array->shape.size(),
                                    show(*p->shape, dims_), p->shape->size())};
    }
    for (std::size_t axis = 0; axis < array->shape.size(); ++axis) {
      if (auto error = solve((*p->shape)[axis], array->shape[axis], name)) return error;
    }
  }
  return std::nullopt;
}

// The data of a list of tensors is a list of as many, of one shape.
std::optional<WorldError> WorldBuilder::read_list(const WorldParameter& p, const Array& array) {
  if (array.shape.empty() || array.shape[0] != static_cast<std::int64_t>(p.shapes.size())) {
    return WorldError{fmt::format("the data of `{}` is not a list of {} tensors", p.name, p.shapes.size())};
  }
  for (std::size_t i = 0; i < p.shapes.size(); ++i) {
    const Shape& part = p.shapes[i];
    const std::string name = fmt::format("{}[{}]", p.name, i);
    if (part.size() + 1 != array.shape.size()) {
      return WorldError{fmt::format("the data of `{}` has rank {}, its shape {} has rank {}", name,
                                    array.shape.size() - 1, show(part, dims_), part.size())};
    }
    for (std::size_t axis = 0; axis < part.size(); ++axis) {
      if (auto error = solve(part[axis], array.shape[axis + 1], name)) return error;
    }
  }
  return std::nullopt;
}

// Learns a symbol's size from one linear equation; other dims are checked at the end.
std::optional<WorldError> WorldBuilder::solve(Dim dim, std::int64_t size, const std::string& name) {
  const std::vector<SymbolId> symbols = dims_.symbols(dim);
  Sizes known = world_.input.sizes;
  std::optional<SymbolId> open;
  for (const SymbolId s : symbols) {
    if (known.contains(s)) continue;
    if (open) return std::nullopt;
    open = s;
  }
  if (!open) {
    const auto value = dims_.evaluate(dim, known);
    if (value && *value != size) {
      return WorldError{
          fmt::format("the data of `{}` has size {} where `{}` is {}", name, size, dims_.print(dim), *value)};
    }
    return std::nullopt;
  }
  for (std::int64_t candidate = 0; candidate <= size; ++candidate) {
    known[*open] = candidate;
    const auto value = dims_.evaluate(dim, known);
    if (value && *value == size) {
      world_.input.sizes[*open] = candidate;
      return std::nullopt;
    }
    if (candidate > 100'000) break;
  }
  return WorldError{fmt::format("the data of `{}` has size {}, which `{}` cannot be", name, size, dims_.print(dim))};
}

}  // namespace shapelint
