// A value or the reason why there is none: the names of std::expected, until the project is on C++23.
#pragma once

#include <utility>
#include <variant>

#include "lib/support/check.h"

namespace shapelint {

/// Holds either a `T` or an `E`. Both convert implicitly, so a function returns whichever it has.
template <class T, class E>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  const T& value() const {
    SHAPELINT_CHECK(has_value(), "value() of a failed result");
    return std::get<0>(state_);
  }
  T& value() {
    SHAPELINT_CHECK(has_value(), "value() of a failed result");
    return std::get<0>(state_);
  }
  const T& operator*() const { return value(); }
  T& operator*() { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  const E& error() const {
    SHAPELINT_CHECK(!has_value(), "error() of a result with a value");
    return std::get<1>(state_);
  }

 private:
  std::variant<T, E> state_;
};

}  // namespace shapelint
