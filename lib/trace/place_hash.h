// FNV-1a over whole numbers, for what a place in a program is told from others by. Private to lib/trace.
#pragma once

#include <cstdint>

#include "lib/support/source.h"

namespace shapelint {

inline constexpr std::uint64_t kHashBasis = 14695981039346656037ULL;

inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  for (int byte = 0; byte < 8; ++byte) {
    hash ^= (value >> (8 * byte)) & 0xFFU;
    hash *= 1099511628211ULL;
  }
  return hash;
}

inline std::uint64_t mix(std::uint64_t hash, const Span& span) {
  return mix(mix(mix(hash, span.source.index), span.begin), span.end);
}

}  // namespace shapelint
