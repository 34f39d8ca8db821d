// Several programs from one run of a frontend: the file that was asked for first, then the project's files that it
// uses. On the wire: a line of JSON that says what follows, then the programs' CBOR one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"
#include "lib/support/result.h"

namespace shapelint {

struct BundleModule {
  std::string name;  ///< under which the other programs import it
  std::string file;  ///< absolute
  ast::Module program;
};

struct Bundle {
  std::vector<BundleModule> modules;
  std::string error;               ///< nothing could be understood, and why; complete, with what to do
  std::vector<std::string> notes;  ///< what the user should know beside the findings
};

/// The same before its programs are read: they need the ids of their texts.
struct BundleText {
  struct Part {
    std::string name, file;
    std::string_view program;  ///< CBOR, within the bytes that were read
  };
  std::vector<Part> modules;
  std::string error;
  std::vector<std::string> notes;
};

std::string write_bundle(const Bundle& bundle);
/// The error says what is wrong with the bytes.
Result<BundleText, std::string> read_bundle(std::string_view bytes);

}  // namespace shapelint
