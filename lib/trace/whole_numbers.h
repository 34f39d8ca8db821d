// Sizes as TensorFlow hands them over: `tf.shape(x)` is a tensor of whole numbers, which adds and multiplies element by
// element and still names the sizes of a shape. Here it is a tuple that is marked: its names are there and empty.
#pragma once

#include "lib/trace/value.h"

namespace shapelint {

inline bool is_vector(const Value& value) {
  const auto* tuple = value.as<TupleV>();
  return tuple != nullptr && tuple->names != nullptr && tuple->names->empty();
}

/// The same items, marked.
inline Value make_vector(std::shared_ptr<const ValueList> items) {
  return TupleV{std::move(items), std::make_shared<const std::vector<std::string>>()};
}
inline Value make_vector(ValueList items) { return make_vector(std::make_shared<const ValueList>(std::move(items))); }

}  // namespace shapelint
