// Fixtures: programs that state what is expected of them, one in a file or many in a Markdown page. What is expected
// are claims, comments of the program:
//
//   # expect: [error|warning|advice] RULE ["text"]   a finding on this line; its message contains the text
//   #    ^^^^ expect: ...                            ... of the line above, over exactly these columns
//   # says: "text"                                   the message or a note of this line's finding, with or without
//   data, contains the text # fix: TEXT                                      the line after this line's finding was
//   fixed; the fix is verified # lost-at: TEXT                                  the line of the reduction that this
//   line's finding blames holds TEXT # shape: NAME = (B, 2*L+1)                       tracked shape, on every path #
//   from: PARAMETER = convention where a parameter's shape comes from # unknown: "text" something on this line is not
//   understood, and why # given: PARAMETER = (B, 5)                      a shape that is stated from outside, as with
//   --shape # given: keras = 2                               the version of a framework # with: B=2, per=[1, 4] sizes
//   and data; several lines in a row belong together # value: NAME = [1, 2]                           what the
//   evaluator makes of them # per-sample: NAME = [1, 2]                      what the samples alone give # verdict:
//   NAME = coupled                        the oracle's verdict # first-coupled: TEXT                            the
//   first expression in which samples mix, or `none` # mean: 1.5 instead of 2                         the plain total
//   of what is returned, and that of the samples alone # weighted: 1.5 instead of 2                     the same with
//   sample weights 1, 0, 2, ... (Keras)
//
// NAME is a variable that is assigned on the line, an expression that stands on it, or `return`; where the line has
// none, a later use of the variable counts, and so it does for a claim that stands alone on its line. Several claims
// may follow each other on one line. All claims must be met and all findings and unknowns claimed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/language/parser.h"
#include "lib/lint/finding.h"

namespace shapelint::test {

enum class ClaimKind {
  expect,
  says,
  fix,
  lost_at,
  shape,
  from,
  unknown,
  value,
  per_sample,
  verdict,
  first_coupled,
  mean,
  weighted,
};

struct Claim {
  ClaimKind kind{};
  std::uint32_t line = 0;     ///< of the program, from 1: where the claim applies
  bool alone = false;         ///< nothing but comment on its line
  std::uint32_t written = 0;  ///< of the program: where the claim stands
  std::string name;           ///< rule, expression or parameter
  std::string wanted;         ///< text, shape, number
  std::optional<Severity> severity;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> columns;  ///< from 1, the second one behind the last
  std::optional<std::size_t> with;                                 ///< `Program::inputs`
};

/// What the `# with:` lines say.
struct Input {
  std::map<std::string, std::string> data;  ///< as JSON
  std::map<std::string, std::int64_t> sizes;
};

struct Program {
  std::string file;
  std::uint32_t line_offset = 0;  ///< lines of the page in front of the program
  std::string heading;            ///< the last one in front of it
  Dialect dialect = Dialect::python;
  std::string text;  ///< claims are blanked, so that the tool cannot read them
  std::vector<Claim> claims;
  std::vector<Input> inputs;
  std::map<std::string, std::string> shapes;  ///< given
  std::map<std::string, int, std::less<>> versions;
  std::vector<std::string> errors;  ///< claims that could not be read

  /// "tests/fixtures/landmark.md:12"
  std::string at(std::uint32_t line) const;
};

/// One program with its claims.
Program read_program(std::string file, std::string_view text, Dialect dialect, std::uint32_t line_offset = 0);
/// The ```` ```python ```` and ```` ```loss ```` blocks of a page. Python is read as the loss language where a
/// parameter has `Float["..."]` or the like and nothing imports that name.
std::vector<Program> read_page(const std::string& file, std::string_view text);

/// Text without blanks, to compare expressions.
std::string squeezed(std::string_view text);

}  // namespace shapelint::test
