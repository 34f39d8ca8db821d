#include "lib/trace/shared_arrays.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/trace/random_keys.h"

namespace shapelint {
namespace {

constexpr std::size_t kLarge = 4096;  ///< elements

bool is_large(const Op& op, const OpArgs<Array>& numbers) {
  if (std::ranges::any_of(numbers.operands, [](const Array& a) { return a.values.size() >= kLarge; })) return true;
  if (!is_random(&op) || numbers.attrs.dims.empty()) return false;
  // The last of the sizes is the key.
  const auto count = element_count(Extents(numbers.attrs.dims.begin(), numbers.attrs.dims.end() - 1));
  return count && *count >= static_cast<std::int64_t>(kLarge);
}

}  // namespace

std::string SharedArrays::name(const Op& op, const OpArgs<Array>& numbers,
                               const std::vector<ArrayPtr>& operands) const {
  const auto& attrs = numbers.attrs;
  if (!attrs.texts.empty() || !attrs.index.empty() || !is_large(op, numbers)) return "";
  std::string out = fmt::format("{} {} {} {}", op.name, static_cast<int>(numbers.dtype), fmt::join(attrs.dims, ","),
                                fmt::join(attrs.numbers, ","));
  if (attrs.axes) out += fmt::format(" axes {}", fmt::join(*attrs.axes, ","));
  for (const bool flag : attrs.flags) out += flag ? " yes" : " no";
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Array& operand = numbers.operands[i];
    if (operand.values.size() == 1) {
      out += fmt::format(" {}", operand.values[0]);
      continue;
    }
    const auto own = ours_.find(operands[i].get());
    if (own == ours_.end() || own->second.lock() != operands[i]) return "";
    out += fmt::format(" #{}", static_cast<const void*>(operands[i].get()));
  }
  return out;
}

ArrayPtr SharedArrays::find(const std::string& name) const {
  const auto it = made_.find(name);
  return it != made_.end() ? it->second.lock() : nullptr;
}

void SharedArrays::keep(const std::string& name, const ArrayPtr& array) {
  made_[name] = array;
  ours_[array.get()] = array;
}

}  // namespace shapelint
