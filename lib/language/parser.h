// From text to program, by tree-sitter's Python grammar. Strict for the loss language: what it does not have is an
// error with its place. Lenient for Python: what is not understood becomes an unknown with a reason, and the rest goes
// on; a definition that does not parse loses itself and nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/language/program.h"
#include "lib/support/source.h"

namespace shapelint {

/// `cxx`: C++, which another process parses (lib/language/bundle.h); `parse_program` takes the other two.
enum class Dialect { loss, python, cxx };

struct ParseOptions {
  Dialect dialect = Dialect::python;
  /// Parse only these bytes (a whole number of top-level statements); spans still count from the file's start.
  std::uint32_t begin = 0;
  std::uint32_t end = 0xFFFFFFFFU;
};

/// Nesting deeper than this is an issue of its own, so that no later stage recurses without bound. CPython gives up at
/// 200 parentheses (Parser/tokenizer.h MAXSTACK in 3.11).
inline constexpr int kMaxNesting = 200;

ast::Module parse_program(const SourceFile& file, SourceId id, std::string module_name,
                          const ParseOptions& options = {});

/// One expression, as in `--arg n=2*L+1` or the prompt; its issues are in the module, the expression is the value of
/// its only statement. `file` holds just the expression.
ast::Module parse_expression(const SourceFile& file, SourceId id);

/// A top-level statement's bytes, found without a parser: whole lines, from one that starts in column 0 outside
/// brackets and strings (and does not go on with `else` and the like) to the last that is no blank or comment.
struct TopLevelChunk {
  std::string_view name;  ///< of a `def` or `class` (decorators belong to it); empty otherwise
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};
std::vector<TopLevelChunk> top_level_chunks(std::string_view text);

}  // namespace shapelint
