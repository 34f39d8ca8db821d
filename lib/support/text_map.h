// A map by name for what is asked far more often than it is gone through: in no order, and found by a view of the name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace shapelint {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <class T>
using TextMap = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

}  // namespace shapelint
