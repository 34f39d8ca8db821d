#include "lib/support/check.h"

#include <cstdio>
#include <cstdlib>

namespace shapelint {

void check_failed(const char* file, int line, const char* condition, const char* message) {
  std::fprintf(stderr,
               "shapelint: internal error at %s:%d: %s (%s)\nPlease report this with the input that caused it.\n", file,
               line, message, condition);
  std::_Exit(101);
}

}  // namespace shapelint
