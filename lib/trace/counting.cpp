// Sizes and numbers that only data decides. One computation has one value: tensors made by the same op of the same
// operands are numbered alike, and what is counted in a value (`x[mask]`, `len(unique(x))`, `int(mask.sum())`) is one
// dim for each number. So `pred[mask] - target[mask]` matches, and `pred[mask] - target[other]` does not.
#include <algorithm>
#include <bit>

#include "lib/trace/random_keys.h"
#include "lib/trace/run.h"

namespace shapelint {
namespace {

class Hash {
 public:
  explicit Hash(std::uint64_t seed) { add(seed); }
  void add(std::uint64_t value) {
    // splitmix64's finisher over the running state.
    state_ += value + 0x9E3779B97F4A7C15ULL;
    state_ = (state_ ^ (state_ >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    state_ = (state_ ^ (state_ >> 27U)) * 0x94D049BB133111EBULL;
    state_ ^= state_ >> 31U;
  }
  void add(double value) { add(std::bit_cast<std::uint64_t>(value)); }
  void add(std::string_view text) {
    add(std::uint64_t{text.size()});
    for (const char c : text) add(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

bool rearranges(std::string_view op) {
  return op == "reshape" || op == "transpose" || op == "expand_dims" || op == "squeeze" || op == "flip" ||
         op == "roll" || op == "identity" || op == "stop_gradient";
}

}  // namespace

std::uint64_t Run::number_of(TensorId id) const { return value_numbers_[id.index]; }

std::uint64_t Run::number_of_value(const Op& op, const std::vector<TensorId>& operands,
                                   const BasicAttributes<Dim>& attrs) const {
  Hash hash(std::bit_cast<std::uintptr_t>(&op));
  for (const TensorId id : operands) hash.add(number_of(id));
  // Random numbers are other ones at each call.
  if (is_random(&op)) hash.add(trace_.tensors.size());
  hash.add(std::uint64_t{attrs.axes.has_value()});
  for (const std::int64_t axis : attrs.axes.value_or(std::vector<std::int64_t>{}))
    hash.add(static_cast<std::uint64_t>(axis));
  for (const bool flag : attrs.flags) hash.add(std::uint64_t{flag});
  hash.add(attrs.dtype ? static_cast<std::uint64_t>(*attrs.dtype) : ~std::uint64_t{0});
  for (const Dim dim : attrs.dims) hash.add(std::uint64_t{facts_.resolve(dim).id});
  for (const double number : attrs.numbers) hash.add(number);
  for (const std::string& text : attrs.texts) hash.add(text);
  for (const IndexItem<Dim>& item : attrs.index) {
    hash.add(static_cast<std::uint64_t>(item.kind));
    for (const auto& part : {std::optional(item.integer), item.start, item.stop, item.step}) {
      hash.add(part ? std::uint64_t{facts_.resolve(*part).id} : ~std::uint64_t{0});
    }
  }
  return hash.value();
}

// Behind what changes neither how many elements are counted nor what they are.
TensorId Run::counted_source(TensorId id, std::string_view what) const {
  for (int hops = 0; hops < 64; ++hops) {
    const Step& step = trace_.step_of(id);
    if (step.op == nullptr || step.operands.empty()) return id;
    const bool to_or_from_bool =
        step.op->name == "cast" && what == "count" &&
        (tensor(id).dtype == DType::boolean || tensor(step.operands[0]).dtype == DType::boolean);
    if (!to_or_from_bool && !rearranges(step.op->name)) return id;
    id = step.operands[0];
  }
  return id;
}

// How many elements of a unit matrix, or of what it leaves out, are true: that is no matter of data.
std::optional<Dim> Run::count_of_unit_matrix(TensorId source) const {
  const Step& step = trace_.step_of(source);
  const auto& shape = tensor(source).shape;
  if (step.op == nullptr || !shape || shape->size() != 2) return std::nullopt;
  const Dim rows = facts_.resolve((*shape)[0]);
  const bool inverted = step.op->name == "logical_not" || step.op->name == "bitwise_not";
  const TensorId matrix = inverted ? counted_source(step.operands[0], "count") : source;
  const Op* made_by = trace_.step_of(matrix).op;
  if (made_by == nullptr || made_by->name != "eye" || facts_.same(rows, (*shape)[1]) != Tri::yes) return std::nullopt;
  return inverted ? dims_->mul(rows, dims_->sub(rows, dims_->number(1))) : rows;
}

Dim Run::counted_dim(std::string_view what, TensorId operand, const std::vector<Dim>& extra) {
  const TensorId source = counted_source(operand, what);
  if (what == "count") {
    if (const auto known = count_of_unit_matrix(source)) return *known;
  }
  // Class numbers lie below the number of classes that is given for the least length.
  const bool counts_values = what == "bincount";
  if (counts_values && !extra.empty() && !dims_->constant(facts_.resolve(extra[0]))) return facts_.resolve(extra[0]);
  Hash hash(number_of(source));
  hash.add(what);
  for (const Dim dim : extra) hash.add(std::uint64_t{facts_.resolve(dim).id});
  const auto [it, is_new] = counted_.try_emplace(hash.value());
  if (is_new) {
    const Tensor& counted = tensor(source);
    // How many different values there are is no number of samples.
    const bool carries = counted.shape && !counts_values;
    it->second = fresh_size(carries ? facts_.resolve(*counted.shape) : Shape{}, *dims_);
  }
  return it->second;
}

bool Run::claims_nothing_is_counted(ast::ExprId condition) {
  const auto* claim = std::get_if<ast::Compare>(&here().module->expr(condition).node);
  if (claim == nullptr || claim->ops.size() != 1 || claim->ops[0] != ast::CompareOp::equal) return false;
  const auto left = as_dim(eval(claim->operands[0]));
  const auto right = as_dim(eval(claim->operands[1]));
  if (!left || !right || !dims_->is_number(*right, 0)) return false;
  return std::ranges::any_of(counted_, [&](const auto& entry) { return entry.second.id == left->id; });
}

void Run::learn_size(Dim dim, std::int64_t size) {
  if (const auto symbol = dims_->as_symbol(dim)) sizes_[*symbol] = size;
}

Value Run::number_in(TensorId id, const Span& span) {
  const Tensor& whole = tensor(id);
  const bool is_whole = is_integer(whole.dtype) || whole.dtype == DType::boolean;
  if (!is_whole) {
    if (whole.is_number) return TensorV{id};
    if (const auto known = item(id); known && !input_->concrete) return *known;
    return TensorV{add_tensor(Tensor{.shape = Shape{}, .dtype = whole.dtype, .is_number = true, .array = whole.array},
                              Step{.op = find_op("identity"), .operands = {id}, .span = span})};
  }
  // How many elements of a mask are true is a size; any other whole number may be 0 or negative.
  const Step& step = trace_.step_of(id);
  Dim dim;
  if (step.op != nullptr && step.op->name == "sum" && step.all_axes &&
      tensor(counted_source(step.operands[0], "count")).dtype == DType::boolean) {
    dim = counted_dim("count", step.operands[0], {});
  } else {
    const auto known = item(id);
    if (known && !input_->concrete) return IntV{dims_->number(static_cast<std::int64_t>(*known))};
    Hash hash(number_of(id));
    hash.add(std::string_view("item"));
    const auto [it, is_new] = counted_.try_emplace(hash.value());
    if (is_new) it->second = dims_->fresh_number("?int");
    dim = it->second;
  }
  if (const auto known = item(id)) learn_size(dim, static_cast<std::int64_t>(*known));
  return IntV{dim};
}

// What does not depend on the shapes that are not known.
std::optional<Shape> Run::shape_despite_unknown(const Op& op, const OpArgs<Shape>& args,
                                                const std::vector<TensorId>& operands) {
  const auto known = [&](std::size_t i) { return i < operands.size() && tensor(operands[i]).shape.has_value(); };
  const BasicAttributes<Dim>& attrs = args.attrs;
  const bool has_minus_one = std::ranges::any_of(attrs.dims, [&](Dim d) { return dims_->is_number(d, -1); });
  const std::string_view name = op.name;
  const bool takes_axes = std::ranges::any_of(
      op.params, [](const OpParam& p) { return p.kind == ParamKind::axes || p.kind == ParamKind::axis; });
  if (op.role == OpRole::reduction && takes_axes && !attrs.axes && (attrs.flags.empty() || !attrs.flags[0])) {
    return Shape{};
  }
  if (name == "reshape" || name == "broadcast_to") {
    Shape out = attrs.dims;
    if (name == "broadcast_to" && has_minus_one) return std::nullopt;
    for (Dim& dim : out) {
      if (dims_->is_number(dim, -1)) dim = dims_->fresh("?");
    }
    return out;
  }
  if (name == "nonzero") return Shape{counted_dim("count", operands[0], {}), dims_->fresh("?rank")};
  if (name == "unique" && !attrs.axes) return Shape{counted_dim("unique", operands[0], {})};
  // What is written into keeps its shape.
  if (name == "assign" || name == "set_index" || name == "put" || name == "put_mask" || name == "scatter" ||
      name == "scatter_nd") {
    if (known(0)) return args.operands[0];
  }
  if (name == "stack" || name == "concat") {
    // All of them have the shape of any of them, but on the axis along which they are joined.
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (!known(i) || !attrs.axes || attrs.axes->size() != 1) continue;
      Shape out = args.operands[i];
      const bool stacks = name == "stack";
      const auto axis = normal_axis(attrs.axes->front(), static_cast<int>(out.size()) + (stacks ? 1 : 0));
      if (!axis) return std::nullopt;
      if (stacks) out.insert(out.begin() + *axis, dims_->number(static_cast<std::int64_t>(operands.size())));
      else
        out[static_cast<std::size_t>(*axis)] = dims_->fresh("?", dims_->symbols(out[static_cast<std::size_t>(*axis)]));
      return out;
    }
  }
  // The place of each element is its index's.
  if (name == "take_along_axis" && known(1)) {
    Shape out = args.operands[1];
    for (Dim& dim : out) {
      if (dims_->is_number(dim, 1)) dim = dims_->fresh("?");
    }
    return out;
  }
  return std::nullopt;
}

}  // namespace shapelint
