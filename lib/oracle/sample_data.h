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

/// An object of nested lists of numbers: `{"y_true": [[1, 0.2], [0, 0]], "y_pred": ...}`. Whole numbers alone give int64, else
/// float32; `true`/`false` give bool. Ragged lists are an error that names the place.
Result<SampleData, DataError> data_from_json(std::string_view text);
/// NumPy's format 1.0 to 3.0, C or Fortran order, little or big endian; bool, int8..int64, uint8, float16/32/64.
/// The array is named after the file (`y_true.npy`): `name`.
Result<SampleData, DataError> data_from_npy(std::string_view bytes, std::string name);
/// A zip of .npy, stored or deflated.
Result<SampleData, DataError> data_from_npz(std::string_view bytes);
/// A header of column names, then numbers. `y_true_0, y_true_1, ...` or `y_true[0]` are the columns of one (rows, columns)
/// array; a lone name gives a (rows,) array.
Result<SampleData, DataError> data_from_csv(std::string_view text);
/// By the file's ending.
Result<SampleData, DataError> data_from_file(std::string_view file_name, std::string_view bytes);

}  // namespace shapelint
