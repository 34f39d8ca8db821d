// The prompt of `explain --interactive`: one line in, one text out. It knows no terminal and touches no file, so that
// tests, pipes and editors drive it alike. docs/prompt.md describes the commands.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/lint/analysis.h"
#include "lib/report/style.h"

namespace shapelint::prompt {

/// A text that the user asked to be written over the target's file.
struct FileWrite {
  std::string path;
  std::string before;  ///< what the file must hold still
  std::string after;
};

struct Reply {
  std::string text;     ///< whole lines, or empty
  bool failed = false;  ///< the line could not be understood or done
  bool quits = false;
  std::optional<FileWrite> write;  ///< what the caller has to write; the prompt goes on with a new `Prompt`
};

/// What the word that ends at the cursor can become, each as a whole word; `begin` is where the word starts.
struct Completions {
  std::size_t begin = 0;
  std::vector<std::string> words;
};

class Prompt {
 public:
  /// When `options.world.budget.cancel` becomes true, the command that runs ends soon and leaves everything as it was;
  /// the caller sets it back. `at_start` are the options that `reset` returns to.
  Prompt(Session& session, const Target& target, AnalysisOptions options, AnalysisOptions at_start, const Style& style);
  ~Prompt();

  /// The first text, or why the target cannot be explained.
  Reply open();
  Reply answer(std::string_view line);
  Completions complete(std::string_view line, std::size_t cursor);
  /// With what was set since the start.
  const AnalysisOptions& options() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace shapelint::prompt
