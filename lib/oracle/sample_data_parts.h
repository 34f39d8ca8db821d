// What the readers of sample data share; private to them. The element limit (`kMaxElements`) holds for one file as a
// whole, since a packed file may claim many arrays that are each just allowed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lib/oracle/sample_data.h"

namespace shapelint::sample_data {

/// NumPy 2 allows no more axes.
inline constexpr std::size_t kMaxRank = 64;

/// What a number was written as; an array takes the widest.
enum class NumberKind { boolean, integer, floating };
DType dtype_of(NumberKind kind);

/// Why an array cannot keep a number ("is out of the range of float32"), or none. Whole numbers have to stay exact in a
/// double, others to be finite in float32 if they were written finite.
std::optional<std::string_view> why_not(double value, NumberKind kind);

/// Text of the file for a message: shortened, and without control characters, broken UTF-8 and line breaks.
std::string shown(std::string_view text);

/// "3:14", line and column of the byte at `offset`; columns count code points, and a byte order mark none.
std::string line_and_column(std::string_view text, std::size_t offset);

/// One .npy of at most `max_elements`.
Result<Array, DataError> read_npy(std::string_view bytes, std::int64_t max_elements);
/// How many bytes a .npy of that many elements can have.
std::size_t max_npy_bytes(std::int64_t max_elements);

}  // namespace shapelint::sample_data
