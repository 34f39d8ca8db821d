// Broken invariants: our own mistakes, never the user's. They end what was being done (the analysis of one file, or the
// program) and name the place.
#pragma once

#include <stdexcept>

namespace shapelint {

/// Thrown by a broken invariant. Nothing but the door to the analysis of one input catches it: what it leaves behind is
/// thrown away there, the input is reported, and the others are still looked at.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* message);
}  // namespace shapelint

/// Stops with the place and `message` when `cond` does not hold. For invariants only, never for input.
#define SHAPELINT_CHECK(cond, message) \
  (static_cast<bool>(cond) ? void(0) : ::shapelint::check_failed(__FILE__, __LINE__, #cond, message))
