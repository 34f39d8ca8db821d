// Colours for a terminal, or none. Every writer takes a `Style` and asks it; nothing here looks at the terminal.
#pragma once

#include <string>
#include <string_view>

#include "lib/lint/finding.h"

namespace shapelint {

enum class Colour { off, on };

class Style {
 public:
  explicit Style(Colour colour) : colour_(colour) {}
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }
  std::string red(std::string_view text) const { return paint("1;31", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string yellow(std::string_view text) const { return paint("1;33", text); }
  std::string blue(std::string_view text) const { return paint("1;34", text); }
  std::string cyan(std::string_view text) const { return paint("1;36", text); }
  std::string severity(Severity severity, std::string_view text) const {
    switch (severity) {
      case Severity::error: return red(text);
      case Severity::warning: return yellow(text);
      case Severity::advice: return cyan(text);
    }
    return std::string(text);
  }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    if (colour_ == Colour::off || text.empty()) return std::string(text);
    std::string out = "\x1b[";
    out.append(code).append("m").append(text).append("\x1b[0m");
    return out;
  }
  Colour colour_;
};

}  // namespace shapelint
