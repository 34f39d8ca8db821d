// Holds a program against its claims, and the tracker against the evaluator. What comes back are failures for people,
// one per line and each with the place in the page; nothing means that all is well.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/harness/fixture.h"

namespace shapelint::test {

/// Every claim met, every finding and every unknown claimed.
std::vector<std::string> check_program(const Program& program);

/// How much of the sampled agreement was not in vain.
struct Agreement {
  std::size_t functions = 0;
  std::size_t functions_run = 0;  ///< at least one draw ran to its end
  std::size_t draws = 0;
  std::size_t draws_run = 0;
  std::size_t shapes = 0;  ///< tracked shapes held against shapes of numbers
};

/// Runs every loss of the program on seeded numbers, with sizes drawn from {1, 2, 3, 5}, 1 on purpose since it
/// broadcasts. Where what the tracker assumed holds for these sizes, each tracked shape has to equal the shape of the
/// numbers.
std::vector<std::string> check_agreement(const Program& program, std::uint32_t seed, Agreement& counts);

/// `loss.loss` and `loss.py` of one case: the same findings at the same code, the same shapes for the same expressions.
std::vector<std::string> check_spellings(const Program& first, const Program& second);

}  // namespace shapelint::test
