// Broken invariants: our own mistakes, never the user's. They stop the program and name the place.
#pragma once

namespace shapelint {
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* message);
}  // namespace shapelint

/// Stops with the place and `message` when `cond` does not hold. For invariants only, never for input.
#define SHAPELINT_CHECK(cond, message) \
  (static_cast<bool>(cond) ? void(0) : ::shapelint::check_failed(__FILE__, __LINE__, #cond, message))
