// Printing of shapes, and what is counted over their axes.
#include "lib/shape/shape.h"

namespace shapelint {

std::string show(const Shape& shape, const DimTable& dims) {
  std::string out = "(";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) out += ", ";
    out += dims.print(shape[axis]);
  }
  out += shape.size() == 1 ? ",)" : ")";
  return out;
}

std::string spell(const Shape& shape, const DimTable& dims) {
  std::string out;
  for (const Dim dim : shape) {
    if (!out.empty()) out += ' ';
    out += dims.print(dim);
  }
  return out;
}

std::string spell(const std::optional<Shape>& shape, const DimTable& dims) { return shape ? spell(*shape, dims) : "?"; }

Dim element_count(const Shape& shape, DimTable& dims) {
  Dim out = dims.number(1);
  for (const Dim dim : shape) out = dims.mul(out, dim);
  return out;
}

std::vector<int> axes_with(const Shape& shape, SymbolId symbol, const DimTable& dims) {
  std::vector<int> out;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (dims.mentions(shape[axis], symbol)) out.push_back(static_cast<int>(axis));
  }
  return out;
}

}  // namespace shapelint
