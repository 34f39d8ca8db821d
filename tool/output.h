// Where results and messages go: results to standard output or `--output-file`, `error:` and `warning:` to standard
// error.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "lib/report/style.h"
#include "tool/options.h"

namespace shapelint::tool {

class Output {
 public:
  explicit Output(const CommandLine& line);
  const Style& style() const { return style_; }
  void write(std::string_view text) { text_ += text; }
  /// Writes what was collected so far, so that a long run shows findings as they come.
  void flush();
  /// Writes the rest; `code`, or 2 when it could not be written. A reader that went away is no error.
  int finish(int code);

  void error(std::string_view message) const { message_line("error", message, true); }
  void warning(std::string_view message) const { message_line("warning", message, false); }
  void note(std::string_view message) const { message_line("note", message, false); }

 private:
  void message_line(std::string_view kind, std::string_view message, bool is_error) const;
  std::string file_;
  Style style_;
  Style error_style_;
  std::string text_;
  std::FILE* stream_ = nullptr;
  bool failed_ = false;
  std::string failure_;
};

}  // namespace shapelint::tool
