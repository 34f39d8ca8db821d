#include "lib/support/check.h"

#include <string>

namespace shapelint {

void check_failed(const char* file, int line, const char* condition, const char* message) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + message + " (" + condition + ")");
}

}  // namespace shapelint
