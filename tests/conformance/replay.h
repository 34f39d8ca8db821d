// What the replays of recorded calls share: recorded arrays as bindings, and what differs between a traced result and a
// recorded one.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/trace/tracer.h"

namespace shapelint::replay {

constexpr double kTolerance = 2e-6;  // absolute and relative

inline double number(const nlohmann::json& j) {
  if (j.is_boolean()) return j.get<bool>() ? 1 : 0;
  if (!j.is_string()) return j.get<double>();
  const auto text = j.get<std::string>();
  if (text == "nan") return std::nan("");
  return (text == "-inf" ? -1 : 1) * std::numeric_limits<double>::infinity();
}

inline bool is_close(double found, double recorded) {
  if (std::isnan(found) || std::isnan(recorded)) return std::isnan(found) && std::isnan(recorded);
  return found == recorded || std::abs(found - recorded) <= kTolerance + kTolerance * std::abs(recorded);
}

/// A tensor with recorded numbers, as a parameter of a run.
inline Binding binding(const std::string& name, DType dtype, const nlohmann::json& shape, const nlohmann::json& data,
                       DimTable& dims) {
  Binding out;
  out.name = name;
  out.is_tensor = true;
  out.dtype = dtype;
  Array array;
  array.dtype = dtype;
  Shape sizes;
  for (const nlohmann::json& size : shape) {
    array.shape.push_back(size.get<std::int64_t>());
    sizes.push_back(dims.number(array.shape.back()));
  }
  for (const nlohmann::json& element : data) array.values.push_back(round_to(dtype, number(element)));
  out.shape = std::move(sizes);
  out.array = std::make_shared<const Array>(std::move(array));
  return out;
}

/// How a tensor differs from a recorded one; empty when it does not.
inline std::string tensor_difference(const Tensor& t, const std::string& dtype, const Extents& shape,
                                     const nlohmann::json& data) {
  if (t.array == nullptr) return "no numbers: " + t.unknown_reason;
  if (t.array->shape != shape) return fmt::format("shape {}, recorded is {}", show(t.array->shape), show(shape));
  if (name(t.dtype) != dtype) return fmt::format("dtype {}, recorded is {}", name(t.dtype), dtype);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const double wanted = number(data[i]);
    if (!is_close(t.array->values[i], wanted))
      return fmt::format("element {} is {:.9g}, recorded is {:.9g}", i, t.array->values[i], wanted);
  }
  return "";
}

/// The items of a tuple or list; null for another value.
inline const ValueList* items_of(const Value& value, const Trace& trace) {
  if (const auto* tuple = value.as<TupleV>()) return tuple->items.get();
  if (const auto* list = value.as<ListV>()) return &trace.heap.read<ListData>(list->cell).items;
  return nullptr;
}

}  // namespace shapelint::replay
