#include "tool/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

namespace shapelint::tool {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

// https://no-color.org, https://force-color.org; the option is over both.
Colour colour_for(ColorWhen when, bool is_terminal) {
  if (when == ColorWhen::always) return Colour::on;
  if (when == ColorWhen::never || is_set("NO_COLOR")) return Colour::off;
  if (is_set("FORCE_COLOR")) return Colour::on;
  const char* terminal = std::getenv("TERM");
  return is_terminal && terminal != nullptr && std::strcmp(terminal, "dumb") != 0 ? Colour::on : Colour::off;
}

}  // namespace

Output::Output(const CommandLine& line)
    : file_(line.output_file),
      style_(colour_for(line.color, line.output_file.empty() && isatty(STDOUT_FILENO) != 0)),
      error_style_(colour_for(line.color, isatty(STDERR_FILENO) != 0)) {}

void Output::flush() {
  if (failed_) return;
  if (stream_ == nullptr) stream_ = file_.empty() ? stdout : std::fopen(file_.c_str(), "wb");
  errno = 0;
  if (stream_ == nullptr || std::fwrite(text_.data(), 1, text_.size(), stream_) != text_.size() ||
      std::fflush(stream_) != 0) {
    failed_ = true;
    if (errno != EPIPE) failure_ = std::strerror(errno);
  }
  text_.clear();
}

int Output::finish(int code) {
  flush();
  if (stream_ != nullptr && stream_ != stdout && std::fclose(stream_) != 0 && failure_.empty())
    failure_ = std::strerror(errno);
  stream_ = nullptr;
  if (failure_.empty()) return code;
  error(fmt::format("cannot write {}: {}", file_.empty() ? "the results" : file_, failure_));
  return kUsage;
}

void Output::message_line(std::string_view kind, std::string_view message, bool is_error) const {
  const std::string label = std::string(kind) + ":";
  const std::string text =
      fmt::format("{} {}\n", is_error ? error_style_.red(label) : error_style_.yellow(label), message);
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace shapelint::tool
