// Sample data handed over by the user: `.json` (an object of nested lists), `.npy`, `.npz`, `.csv`. The bytes come from
// the caller; nothing here opens a file. Every length that a file claims is checked against its real size before memory
// is asked for.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lib/ops/array.h"
#include "lib/support/result.h"

namespace shapelint {

using SampleData = std::map<std::string, ArrayPtr>;

struct DataError {
  std::string message;  ///< what is wrong, where (line, key, offset), and what is accepted
};

/// An object of nested lists of numbers: `{"y_true": [[1, 0.2], [0, 0]], "y_pred": ...}`. Whole numbers alone give
/// int64, else float32; `true`/`false` alone give bool, and count as 1 and 0 among numbers. `NaN`, `Infinity` and
/// `-Infinity` are read as Python's json writes them. An empty list has shape (0,), a bare number (). Errors are ragged
/// lists, with their places, a name given twice, and numbers that would silently become others: whole ones of 2**53 or
/// more, and those beyond float32.
Result<SampleData, DataError> data_from_json(std::string_view text);
/// NumPy's format 1.0 to 3.0, C or Fortran order, little or big endian; bool, int8..int64, uint8, float16/32/64. The
/// array is named after the file (`y_true.npy`): `name`. Data that is longer than the header says is an error, too, as
/// are the int64 values of 2**53 or more that a double does not keep.
Result<SampleData, DataError> data_from_npy(std::string_view bytes, std::string name);
/// A zip of .npy, stored or deflated; at most 1000 of them, with at most `kMaxElements` elements together.
Result<SampleData, DataError> data_from_npz(std::string_view bytes);
/// A header of column names, then numbers. `y_true_0, y_true_1, ...` or `y_true[0]` are the columns of one (rows,
/// columns) array; a lone name gives a (rows,) array, and so do `head_1` and `head_2` when there is no `head_0`. The
/// dtypes are those of JSON. Separated by commas; an empty cell is an error (`nan` is a number).
Result<SampleData, DataError> data_from_csv(std::string_view text);
/// By the file's ending.
Result<SampleData, DataError> data_from_file(std::string_view file_name, std::string_view bytes);

}  // namespace shapelint
