// Element types and how they promote.
#pragma once

#include <optional>
#include <string_view>

namespace shapelint {

enum class DType { boolean, uint8, int8, int16, int32, int64, bfloat16, float16, float32, float64 };

/// "bool", "uint8", "int8", "int16", "int32", "int64", "bfloat16", "float16", "float32", "float64".
std::string_view name(DType dtype);
std::optional<DType> parse_dtype(std::string_view name);
bool is_float(DType dtype);
bool is_integer(DType dtype);  ///< not bool

/// The common type of two tensors: the wider kind wins (bool < integer < float), then the wider type. Kinds first, as
/// PyTorch (docs "Type promotion", 1.13) and Keras 3 (keras.backend.result_type) do; NumPy differs for int64 with
/// float32 (float64), which its definitions say themselves.
DType promote(DType a, DType b);
/// A tensor with a Python scalar: the scalar only counts when its kind is wider; then bool -> int64, -> float32.
DType promote_with_scalar(DType tensor, DType scalar_kind);

/// The nearest value that `dtype` can hold (round to nearest even for floats; integers wrap, and take 0 for
/// nan and infinity; 0 or 1 for bool).
double round_to(DType dtype, double value);
/// A cast: as `round_to`, but a float that an integer type cannot hold becomes what x86-64 gives (its lowest number;
/// taken modulo 2**8 or 2**16 for the narrow types), not the wrapped value.
double convert_value(double value, DType from, DType to);

}  // namespace shapelint
