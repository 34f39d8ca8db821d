// C++ sources: `shapelint-cxx`, which stands beside this program, parses them in a process of its own, so that nobody
// who lints Python pays for a C++ compiler.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/program.h"
#include "tool/files.h"

namespace shapelint::tool {

/// How C++ is compiled, as the command line says.
struct CxxOptions {
  std::string build_dir;               ///< `-p`
  bool has_arguments = false;          ///< there was a `--`
  std::vector<std::string> arguments;  ///< what stood behind it
  bool no_cache = false;
};

/// Is shapelint-cxx there?
bool has_cxx_frontend();

/// The program of one C++ file and of the project's headers that it uses.
class CxxProvider : public FileProvider {
 public:
  explicit CxxProvider(CxxOptions options) : FileProvider({}), options_(std::move(options)) {}
  /// Runs the frontend over `text`, which is what `file` holds. The error is complete; empty when all is well.
  std::string run(const std::string& file, const std::string& text);
  /// What the frontend has to say beside its result.
  const std::vector<std::string>& notes() const { return notes_; }

  std::optional<ModuleText> find(std::string_view module) override;
  std::unique_ptr<ast::Module> parse(std::string_view module, const SourceFile& file, SourceId id) override;

 private:
  struct Part {
    std::string file;
    std::string program;  ///< CBOR
  };
  CxxOptions options_;
  std::string file_;
  std::string text_;
  std::string main_;                                ///< CBOR of the file itself
  std::map<std::string, Part, std::less<>> parts_;  ///< the headers by their module names
  std::vector<std::string> notes_;
};

}  // namespace shapelint::tool
