// The project around a file, as its folders show it: where its root is, where its headers lie, which of its sources may
// define a name. For what no compilation database says. Private to lib/libtorch.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lib/libtorch/commands.h"

namespace shapelint::libtorch {

class Project {
 public:
  /// The project that holds `file`: the nearest folder with a `.git`, else the outermost with a CMakeLists.txt, else
  /// the file's own. It is walked when its files are first asked for; bounded, without hidden folders and build
  /// folders.
  explicit Project(const std::string& file);

  /// Lets the includes of `text`, and of what they include, find the project's headers.
  void add_header_options(const std::string& text, const std::string& file, CompileCommand& command) const;
  /// Sources other than `file` that write `name(`, likely ones first: those beside the header that declares it or named
  /// like it. At most `limit`.
  std::vector<std::string> sources_of(const std::string& name, const std::string& header, const std::string& file,
                                      std::size_t limit) const;

 private:
  struct Files {
    std::vector<std::string> headers;
    std::vector<std::string> sources;
  };
  const Files& files() const;
  std::string header_named(const std::string& name, const std::string& from) const;

  std::string root_;
  bool is_loose_ = false;  ///< nothing says that the folder is a project
  mutable std::optional<Files> files_;
  mutable std::map<std::string, std::string> texts_;  ///< of sources, as they are asked for
};

}  // namespace shapelint::libtorch
