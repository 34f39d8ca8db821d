// Completion of the prompt's lines.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/prompt/prompt.h"
#include "lib/prompt/state.h"

namespace shapelint::prompt {

class Completer {
 public:
  explicit Completer(Session& session) : session_(session) {}
  /// `before` is the line up to the cursor.
  Completions complete(const State& state, std::string_view before);

 private:
  std::vector<std::string> candidates(const State& state, std::string_view before, std::string_view word);
  std::vector<std::string> expression_names(const State& state, std::string_view word);

  Session& session_;
  // A run per keystroke would be felt: the names are kept until the state is another or at another place.
  std::weak_ptr<const Trace> known_for_;
  std::size_t known_at_ = 0;
  Names names_;
};

}  // namespace shapelint::prompt
