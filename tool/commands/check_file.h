// `check` on one file: what is shown and counted of it. Any number of threads may check files at once; what they have
// to say is kept in the result, so that it can be printed in the order of the files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/report/report.h"
#include "tool/configs.h"
#include "tool/inputs.h"
#include "tool/options.h"

namespace shapelint::tool {

/// One file, or a part of it, to check.
struct CheckItem {
  Input input;
  bool from_walk = false;    ///< found below a folder: may be passed over
  std::size_t argument = 0;  ///< of the command line
};

struct FileResult {
  struct Message {
    enum class Kind { error, warning, note } kind = Kind::note;
    std::string text;
    std::string path;  ///< errors, and what SARIF shows: the file it is about
    std::optional<Position> at;
    std::string place;  ///< as people are told of it; `at` is a notebook's start, since SARIF knows no cells
  };
  std::vector<Message> messages;
  CheckSummary summary;  ///< of this file alone, without its findings
  /// A finding, in the order of the text.
  struct Shown {
    std::string rule;
    Severity severity = Severity::warning;
    std::string place;  ///< file and range: losses of several files may lead to the same helper
    std::string text;   ///< as the chosen format shows it; empty for SARIF
  };
  std::vector<Shown> shown;
  /// For SARIF, which is written whole: the same findings, and what they refer to.
  std::vector<Finding> findings;
  LoadedFile file;
  bool internal_error = false;
};

struct CheckContext {
  const CommandLine& line;
  Configs& configs;
  const Style& style;
  const Folders& folders;
};

FileResult check_item(const CheckItem& item, const CheckContext& context, SharedModules& shared);

}  // namespace shapelint::tool
