// Which paths a list of patterns leaves out, in the form and with the meaning of git's `.gitignore`
// (gitignore(5), git 2.39): the last pattern that matches decides, `!` takes back, a `/` inside ties a pattern to its
// folder, one at the end means folders only, `**` is any number of folders.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shapelint::tool {

class IgnorePatterns {
 public:
  /// One line of a file in `folder` (absolute). Comments and blank lines are nothing.
  /// `is_argument`: of the command line, where what is not tied to a folder holds everywhere.
  void add(std::string_view line, std::string_view folder, bool is_argument = false);
  void add_file(std::string_view text, std::string_view folder);
  /// Does the last pattern that matches an absolute path leave it out? Folders around it are the caller's business:
  /// what lies in a folder that is left out is never asked for.
  bool matches(std::string_view path, bool is_folder) const;
  std::size_t size() const { return patterns_.size(); }
  /// Forgets the patterns after the first `size`.
  void truncate(std::size_t size) { patterns_.resize(size); }

 private:
  struct Pattern {
    std::string folder;  ///< ends with `/`
    std::vector<std::string> segments;
    bool is_negated = false;
    bool folders_only = false;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace shapelint::tool
