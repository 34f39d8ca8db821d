// Lines that a person types, or that come through a pipe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint::tool {

/// While it lives, Ctrl-C sets a flag instead of ending the program. One at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  const std::atomic<bool>* flag() const;
  void clear();
  /// Becomes readable at every signal that a reader has to look at.
  int descriptor() const;
};

/// What the word before the cursor can become; `begin` is where it starts.
struct LineCompletions {
  std::size_t begin = 0;
  std::vector<std::string> words;
};
using Complete = std::function<LineCompletions(std::string_view line, std::size_t cursor)>;

enum class LineEnd { line, interrupted, end };

class LineReader {
 public:
  virtual ~LineReader() = default;
  virtual LineEnd next(std::string& line) = 0;
  virtual bool is_terminal() const = 0;
};
/// With line editing, history and completion where standard input and output are a terminal, else without any.
std::unique_ptr<LineReader> make_line_reader(Interrupts& interrupts, std::string prompt, Complete complete);

}  // namespace shapelint::tool
