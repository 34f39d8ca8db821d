// Every page and program of tests/fixtures, and the pages of the rules, held against their claims.
// SHAPELINT_FIXTURE=NAME runs only the files whose path holds NAME.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lib/trace/loss_text.h"
#include "lib/trace/targets.h"
#include "rules/rules.h"
#include "tests/harness/check_program.h"
#include "tests/harness/fixture.h"

namespace shapelint::test {
namespace {
namespace fs = std::filesystem;

const fs::path kRoot = SHAPELINT_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string shown(const fs::path& path) { return fs::relative(path, kRoot).generic_string(); }

bool is_selected(const fs::path& path) {
  const char* only = std::getenv("SHAPELINT_FIXTURE");
  return only == nullptr || shown(path).find(only) != std::string::npos;
}

std::vector<fs::path> files(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
    if (entry.path().extension() == ending && is_selected(entry.path())) out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<Program> page_programs() {
  std::vector<Program> out;
  for (const fs::path& path : files("tests/fixtures", ".md")) {
    for (Program& program : read_page(shown(path), read(path))) out.push_back(std::move(program));
  }
  return out;
}

// `tests/fixtures/frontends/<case>/loss.{loss,py}`.
struct Spellings {
  Program loss;
  Program python;
};
std::vector<Spellings> spellings() {
  std::vector<Spellings> out;
  for (const fs::path& path : files("tests/fixtures/frontends", ".loss")) {
    const fs::path python = fs::path(path).replace_extension(".py");
    out.push_back({read_program(shown(path), read(path), Dialect::loss),
                   read_program(shown(python), read(python), Dialect::python)});
  }
  return out;
}

std::vector<Program> rule_programs() {
  std::vector<Program> out;
  for (const Rule* rule : all_rules()) {
    const std::string file = "rule page " + std::string(rule->id);
    for (Program& program : read_page(file, rule->doc)) out.push_back(std::move(program));
  }
  return out;
}

std::vector<Program> all_programs() {
  std::vector<Program> out = page_programs();
  for (Spellings& s : spellings()) {
    out.push_back(std::move(s.loss));
    out.push_back(std::move(s.python));
  }
  for (Program& program : rule_programs()) out.push_back(std::move(program));
  return out;
}

void report(const std::vector<std::string>& failures) {
  for (const std::string& failure : failures) FAIL_CHECK(failure);
}

TEST_CASE("fixture pages: every claim is met, every finding is claimed") {
  const std::vector<Program> programs = page_programs();
  CHECK((!programs.empty() || std::getenv("SHAPELINT_FIXTURE") != nullptr));
  for (const Program& program : programs) report(check_program(program));
}

TEST_CASE("a text is passed over only where no loss would be found in it") {
  for (const Program& program : page_programs()) {
    if (program.dialect != Dialect::python) continue;
    CAPTURE(program.at(1));
    SourceMap sources;
    Library library(sources);
    const LoadedModule* module = library.add("page", sources.add("page.py", program.text), Dialect::python);
    CHECK((may_hold_loss(program.text) || find_losses(*module).empty()));
  }
}

TEST_CASE("one program in two spellings: same shapes, same findings") {
  for (const Spellings& s : spellings()) {
    report(check_program(s.loss));
    report(check_program(s.python));
    report(check_spellings(s.loss, s.python));
  }
}

TEST_CASE("rule pages: a Bad block gives what it claims, a Good block nothing") {
  for (const Program& program : rule_programs()) {
    CAPTURE(program.at(1));
    const bool is_bad = program.heading == "Bad";
    CHECK((is_bad || program.heading == "Good"));
    CHECK(program.claims.empty() == !is_bad);
    report(check_program(program));
  }
}

TEST_CASE("sampled agreement: tracked shapes are the shapes of the numbers") {
  Agreement counts;
  std::uint32_t seed = 1;
  for (const Program& program : all_programs()) report(check_agreement(program, seed++, counts));
  MESSAGE(counts.functions_run << " of " << counts.functions << " functions and " << counts.draws_run << " of "
                               << counts.draws << " draws ran, " << counts.shapes << " shapes compared");
  // Most fixtures can run; if not, the comparison is in vain.
  CHECK(counts.functions_run * 10 >= counts.functions * 8);
  CHECK(counts.shapes >= counts.draws_run);
}

}  // namespace
}  // namespace shapelint::test
