// Sums over products: einsum in full (ellipses, repeated letters, the output left out) and tensordot.
#include <map>

#include "lib/ops/axis_helpers.h"

namespace shapelint::ops {
namespace {

/// One axis in an equation: a letter, or an axis of the ellipsis, counted from its right end.
struct Label {
  char letter = 0;        ///< 0 for an axis of the ellipsis
  std::size_t place = 0;  ///< from the right, for an axis of the ellipsis
  friend auto operator<=>(const Label&, const Label&) = default;
};

struct Equation {
  std::vector<std::vector<Label>> operands;  ///< a label for every axis
  std::vector<Label> result;
};

ShapeConflict malformed(const std::string& equation, std::string_view why) {
  return conflict("einsum.C1", "einsum '{}': {}", equation.substr(0, 200), why);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// `ij...` as letters, '.' standing for the whole ellipsis.
///   errors  einsum.C1
Result<std::string, ShapeConflict> term_of(const std::string& text, const std::string& equation) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    if (text.compare(i, 3, "...") == 0) {
      if (out.find('.') != std::string::npos) return malformed(equation, "two ellipses in one term");
      out += '.';
      i += 2;
    } else if (is_letter(text[i])) {
      out += text[i];
    } else {
      return malformed(equation, "terms are letters and an ellipsis");
    }
  }
  return out;
}

void append(std::vector<Label>& labels, const std::string& term, std::size_t ellipsis) {
  for (const char c : term) {
    if (c != '.') labels.push_back({c, 0});
    for (std::size_t i = ellipsis; c == '.' && i-- > 0;) labels.push_back({0, i});
  }
}

/// The equation for operands of the given ranks.
///   errors  einsum.C1  it is malformed
///           einsum.C2  it has not as many terms as there are operands
///           einsum.C3  a term has not as many axes as its operand
///           rank.C1
Result<Equation, ShapeConflict> parsed(const std::vector<std::string>& texts, const std::vector<std::size_t>& ranks) {
  const std::string equation = texts.empty() ? "" : texts[0];
  const std::size_t arrow = equation.find("->");
  std::vector<std::string> terms;
  const std::string inputs = equation.substr(0, arrow);
  for (std::size_t start = 0; start <= inputs.size();) {
    const std::size_t comma = std::min(inputs.find(',', start), inputs.size());
    const auto term = term_of(inputs.substr(start, comma - start), equation);
    if (!term) return term.error();
    terms.push_back(*term);
    start = comma + 1;
  }
  if (terms.size() != ranks.size()) {
    return conflict("einsum.C2", "einsum '{}' names {} operands, there are {}", equation.substr(0, 200), terms.size(),
                    ranks.size());
  }
  Equation out;
  std::map<char, int> uses;
  std::size_t widest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const bool open = terms[i].find('.') != std::string::npos;
    const std::size_t letters = terms[i].size() - (open ? 1 : 0);
    if (open ? ranks[i] < letters : ranks[i] != letters) {
      return conflict("einsum.C3", "einsum '{}': term {} has {} axes, its operand {}", equation.substr(0, 200), i,
                      letters, ranks[i]);
    }
    widest = std::max(widest, ranks[i] - letters);
    append(out.operands.emplace_back(), terms[i], ranks[i] - letters);
    for (const char c : terms[i]) ++uses[c];
  }
  std::string result;
  if (arrow != std::string::npos) {
    const auto term = term_of(equation.substr(arrow + 2), equation);
    if (!term) return term.error();
    result = *term;
    for (std::size_t i = 0; i < result.size(); ++i) {
      if (result[i] == '.') continue;
      if (!uses.contains(result[i])) return malformed(equation, "the output has a letter that no operand has");
      if (result.find(result[i], i + 1) != std::string::npos)
        return malformed(equation, "a letter twice in the output");
    }
    if (widest > 0 && result.find('.') == std::string::npos) {
      return malformed(equation, "the output leaves out the ellipsis");
    }
  } else {
    // Letters that occur once, in alphabetical order, behind the ellipsis.
    if (uses.contains('.')) result = ".";
    for (const auto& [letter, count] : uses) {
      if (letter != '.' && count == 1) result += letter;
    }
  }
  append(out.result, result, widest);
  if (out.result.size() > kMaxRank) return conflict("rank.C1", "the result would have {} axes", out.result.size());
  return out;
}

/// Shape of einsum.
///   xs      as the equation says
///   result  the sizes of the output's letters
///   errors  einsum.C1, einsum.C2, einsum.C3, rank.C1
///           einsum.C4  two axes with one letter certainly differ, and neither is 1
Result<Shape, ShapeConflict> einsum_shape(const OpArgs<Shape>& in, Facts& facts) {
  std::vector<std::size_t> ranks;
  for (const Shape& x : in.operands) ranks.push_back(x.size());
  const auto equation = parsed(in.attrs.texts, ranks);
  if (!equation) return equation.error();
  std::map<Label, Dim> sizes;
  for (std::size_t i = 0; i < in.operands.size(); ++i) {
    const Shape& x = in.operands[i];
    std::map<Label, Dim> own;
    for (std::size_t axis = 0; axis < x.size(); ++axis) {
      const Label label = equation->operands[i][axis];
      const auto clash = [&](Dim other) {
        return conflict("einsum.C4", "einsum '{}': axis {} of {} is {}, but {} elsewhere", in.attrs.texts[0], axis,
                        show(x, facts), show(x[axis], facts), show(other, facts));
      };
      // A diagonal does not stretch.
      const auto [twin, first] = own.emplace(label, x[axis]);
      if (!first && !agree(twin->second, x[axis], facts)) return clash(twin->second);
      const auto [known, is_new] = sizes.emplace(label, x[axis]);
      if (is_new || number(x[axis], facts) == 1) continue;
      if (number(known->second, facts) == 1) {
        known->second = x[axis];
      } else if (!agree(known->second, x[axis], facts)) {
        return clash(known->second);
      }
      known->second = preferred(known->second, x[axis], facts);
    }
  }
  Shape out;
  for (const Label label : equation->result) {
    // An ellipsis that stands for no axis of any operand has none here either.
    out.push_back(sizes.at(label));
  }
  return out;
}

/// Walks over all letters, those of the output outside, and adds up the products.
Result<Array, ShapeConflict> einsum_eval(const OpArgs<Array>& in) {
  std::vector<std::size_t> ranks;
  for (const Array& x : in.operands) ranks.push_back(x.shape.size());
  const auto equation = parsed(in.attrs.texts, ranks);
  if (!equation) return equation.error();
  std::map<Label, std::int64_t> sizes;
  for (std::size_t i = 0; i < in.operands.size(); ++i) {
    const Extents& shape = in.operands[i].shape;
    std::map<Label, std::int64_t> own;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
      const Label label = equation->operands[i][axis];
      std::int64_t& known = sizes.emplace(label, shape[axis]).first->second;
      if (known == 1) known = shape[axis];
      const bool differs =
          (shape[axis] != 1 && shape[axis] != known) || own.emplace(label, shape[axis]).first->second != shape[axis];
      if (differs) {
        return conflict("einsum.C4", "einsum '{}': axis {} of {} is {}, but {} elsewhere", in.attrs.texts[0], axis,
                        shapelint::show(shape), shape[axis], known);
      }
    }
  }
  std::vector<Label> walk = equation->result;
  for (const auto& [label, size] : sizes) {
    if (std::find(walk.begin(), walk.end(), label) == walk.end()) walk.push_back(label);
  }
  Extents extents;
  Extents shape;
  std::int64_t steps = 1;
  for (const Label label : walk) {
    const std::int64_t size = sizes.at(label);
    if (extents.size() < equation->result.size()) shape.push_back(size);
    extents.push_back(size);
    steps = size > 0 && steps > kMaxSteps / size ? kMaxSteps + 1 : steps * size;
    if (steps > kMaxSteps) break;
  }
  if (std::any_of(sizes.begin(), sizes.end(), [](const auto& s) { return s.second == 0; })) steps = 0;
  if (steps > kMaxSteps) return too_much("einsum");
  if (extents.size() < walk.size()) {  // left early, but some later size is 0
    shape.clear();
    for (const Label label : equation->result) shape.push_back(sizes.at(label));
  }
  const auto count = allowed_count(shape);
  if (!count) return count.error();
  Array out = Array::filled(shape, 0, in.dtype);
  if (steps == 0) return out;

  // How far each operand (the last one: the result) moves with each letter.
  std::vector<std::vector<std::int64_t>> moves;
  for (std::size_t i = 0; i <= in.operands.size(); ++i) {
    const bool result = i == in.operands.size();
    const Extents& own_shape = result ? shape : in.operands[i].shape;
    const std::vector<Label>& labels = result ? equation->result : equation->operands[i];
    const auto strides = strides_of(own_shape);
    std::vector<std::int64_t>& move = moves.emplace_back(walk.size(), 0);
    for (std::size_t axis = 0; axis < labels.size(); ++axis) {
      const auto at = static_cast<std::size_t>(std::find(walk.begin(), walk.end(), labels[axis]) - walk.begin());
      if (own_shape[axis] != 1) move[at] += strides[axis];
    }
  }
  std::vector<std::int64_t> offsets(moves.size(), 0);
  Extents at(walk.size(), 0);
  while (true) {
    double product = 1;
    for (std::size_t i = 0; i < in.operands.size(); ++i) {
      product *= in.operands[i].values[static_cast<std::size_t>(offsets[i])];
    }
    out.values[static_cast<std::size_t>(offsets.back())] += product;
    std::size_t axis = walk.size();
    while (axis-- > 0) {
      const bool wraps = ++at[axis] == extents[axis];
      for (std::size_t i = 0; i < moves.size(); ++i) offsets[i] += moves[i][axis] * (wraps ? 1 - extents[axis] : 1);
      if (!wraps) break;
      at[axis] = 0;
    }
    if (axis == static_cast<std::size_t>(-1)) break;
  }
  round_values(out);
  return out;
}

/// The axes of both operands that a tensordot sums over: the first half of `axes` are a's, the second half b's.
///   errors  axis.C1, axis.C2
///           tensordot.C1  an odd number of axes, or none given
struct Paired {
  std::vector<std::size_t> left, right;
};

Result<Paired, ShapeConflict> paired(const std::optional<std::vector<std::int64_t>>& axes, int left_rank,
                                     int right_rank) {
  if (!axes || axes->size() % 2 != 0) {
    return ShapeConflict{"tensordot.C1", "axes must name as many axes of one operand as of the other"};
  }
  Paired out;
  const auto half = axes->begin() + static_cast<std::ptrdiff_t>(axes->size() / 2);
  const std::vector<std::int64_t> left(axes->begin(), half);
  const std::vector<std::int64_t> right(half, axes->end());
  if (const auto mask = axis_mask(left, left_rank); !mask) return mask.error();
  if (const auto mask = axis_mask(right, right_rank); !mask) return mask.error();
  for (const std::int64_t axis : left) out.left.push_back(static_cast<std::size_t>(*normal_axis(axis, left_rank)));
  for (const std::int64_t axis : right) out.right.push_back(static_cast<std::size_t>(*normal_axis(axis, right_rank)));
  return out;
}

bool contains(const std::vector<std::size_t>& axes, std::size_t axis) {
  return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// Shape of tensordot.
///   a, b    any
///   axes    axes of a, then as many of b, whose sizes agree pairwise
///   result  the other axes of a, then those of b
///   errors  axis.C1, axis.C2, rank.C1, tensordot.C1
///           tensordot.C2  two paired sizes certainly differ
Result<Shape, ShapeConflict> tensordot_shape(const OpArgs<Shape>& in, Facts& facts) {
  const Shape& a = in.operands[0];
  const Shape& b = in.operands[1];
  const auto pairs = paired(in.attrs.axes, static_cast<int>(a.size()), static_cast<int>(b.size()));
  if (!pairs) return pairs.error();
  for (std::size_t i = 0; i < pairs->left.size(); ++i) {
    if (agree(a[pairs->left[i]], b[pairs->right[i]], facts)) continue;
    return conflict("tensordot.C2", "axis {} of {} and axis {} of {} must be equal", pairs->left[i], show(a, facts),
                    pairs->right[i], show(b, facts));
  }
  Shape out;
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    if (!contains(pairs->left, axis)) out.push_back(a[axis]);
  }
  for (std::size_t axis = 0; axis < b.size(); ++axis) {
    if (!contains(pairs->right, axis)) out.push_back(b[axis]);
  }
  return limited(std::move(out));
}

/// By an equation for einsum, whose letters suffice: an operand has at most 32 axes, and one may be empty beyond 52.
Result<Array, ShapeConflict> tensordot_eval(const OpArgs<Array>& in) {
  const Array& a = in.operands[0];
  const Array& b = in.operands[1];
  const auto pairs = paired(in.attrs.axes, a.rank(), b.rank());
  if (!pairs) return pairs.error();
  for (std::size_t i = 0; i < pairs->left.size(); ++i) {
    if (a.shape[pairs->left[i]] == b.shape[pairs->right[i]]) continue;
    return conflict("tensordot.C2", "axis {} of {} and axis {} of {} must be equal", pairs->left[i],
                    shapelint::show(a.shape), pairs->right[i], shapelint::show(b.shape));
  }
  std::string free_letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string left(a.shape.size(), ' ');
  std::string right(b.shape.size(), ' ');
  std::string result;
  if (left.size() + right.size() > free_letters.size()) {
    return conflict("kernel.size", "tensordot of {} and {} axes is not evaluated", left.size(), right.size());
  }
  std::size_t next = 0;
  for (std::size_t axis = 0; axis < left.size(); ++axis) {
    left[axis] = free_letters[next++];
    if (!contains(pairs->left, axis)) result += left[axis];
  }
  for (std::size_t axis = 0; axis < right.size(); ++axis) {
    if (contains(pairs->right, axis)) continue;
    right[axis] = free_letters[next++];
    result += right[axis];
  }
  for (std::size_t i = 0; i < pairs->left.size(); ++i) right[pairs->right[i]] = left[pairs->left[i]];
  OpArgs<Array> call = in;
  call.attrs.texts = {left + "," + right + "->" + result};
  return einsum_eval(call);
}

constexpr OpParam kEinsumParams[] = {{"equation", ParamKind::text}, {"xs", ParamKind::tensors}};
constexpr OpParam kTensordotParams[] = {{"a", ParamKind::tensor}, {"b", ParamKind::tensor}, {"axes", ParamKind::axes}};

}  // namespace

extern const Op einsum, tensordot;

constexpr Op einsum{.name = "einsum",
                    .role = OpRole::contraction,
                    .dtype = DTypeRule::promote,
                    .params = kEinsumParams,
                    .shape = all_or_nothing<einsum_shape>,
                    .eval = einsum_eval};
constexpr Op tensordot{.name = "tensordot",
                       .role = OpRole::contraction,
                       .dtype = DTypeRule::promote,
                       .params = kTensordotParams,
                       .shape = all_or_nothing<tensordot_shape>,
                       .eval = tensordot_eval};

}  // namespace shapelint::ops
