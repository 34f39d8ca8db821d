// Contracts over the registries: rules, their pages on disk, and the framework definitions.
// SHAPELINT_UPDATE=1 writes docs/rules/*.md anew.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <fmt/format.h>

#include "lib/language/frameworks.h"
#include "lib/language/parser.h"
#include "rules/rules.h"

namespace shapelint::test {
namespace {
namespace fs = std::filesystem;

const fs::path kRoot = SHAPELINT_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a command prints, as a user in a pipe sees it.
std::string printed(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) out.append(buffer.data(), n);
  CHECK(pclose(pipe) == 0);
  return out;
}

TEST_CASE("rules have ids of one form, each once, and pages with every part") {
  std::set<std::string_view> ids;
  const std::regex kebab("[a-z]+(-[a-z]+)+");
  for (const Rule* rule : all_rules()) {
    CAPTURE(rule->id);
    CHECK(ids.insert(rule->id).second);
    CHECK(std::regex_match(std::string(rule->id), kebab));
    CHECK(!rule->id.starts_with("no-"));
    CHECK(!rule->summary.empty());
    CHECK(!rule->summary.ends_with('.'));
    CHECK(find_rule(rule->id) == rule);
    for (const char* part : {"\n## What it finds\n", "\n## Bad\n```python\n", "\n## Good\n```python\n", "\n## Limits\n",
                             "\n## Sources\n"}) {
      CAPTURE(part);
      CHECK(rule->doc.find(part) != std::string_view::npos);
    }
  }
  CHECK(find_rule("no-such-rule") == nullptr);
}

TEST_CASE("rules.def lists the files of the folder") {
  std::set<std::string> listed;
  const std::string def = read(kRoot / "rules/rules.def");
  const std::regex entry(R"(SHAPELINT_RULE\(([a-z_0-9]+)\))");
  for (auto it = std::sregex_iterator(def.begin(), def.end(), entry); it != std::sregex_iterator(); ++it)
    CHECK(listed.insert((*it)[1]).second);
  std::set<std::string> present;
  for (const auto& file : fs::directory_iterator(kRoot / "rules")) {
    if (file.path().extension() == ".cpp" && file.path().stem() != "registry" &&
        read(file.path()).find("constexpr Rule ") != std::string::npos) {
      present.insert(file.path().stem().string());
    }
  }
  CHECK(listed == present);
  CHECK(listed.size() == all_rules().size());
  for (const Rule* rule : all_rules()) {
    std::string file(rule->id);
    for (char& c : file) c = c == '-' ? '_' : c;
    CHECK(listed.contains(file));
  }
}

TEST_CASE("docs/rules is what the tool prints") {
  const fs::path tool = SHAPELINT_EXECUTABLE;
  if (!fs::exists(tool)) {
    MESSAGE("no executable: not compared");
    return;
  }
  const bool update = std::getenv("SHAPELINT_UPDATE") != nullptr;
  std::set<std::string> pages;
  for (const Rule* rule : all_rules()) {
    CAPTURE(rule->id);
    const fs::path file = kRoot / "docs/rules" / (std::string(rule->id) + ".md");
    pages.insert(file.filename().string());
    const std::string page = printed(fmt::format("NO_COLOR=1 '{}' rule {}", tool.string(), rule->id));
    CHECK(page.starts_with(fmt::format("# {}\n", rule->id)));
    if (update) {
      fs::create_directories(file.parent_path());
      std::ofstream(file, std::ios::binary) << page;
    }
    const bool is_current = read(file) == page;
    CHECK_MESSAGE(is_current, file.string() << " is old: run the tests with SHAPELINT_UPDATE=1");
  }
  if (!fs::exists(kRoot / "docs/rules")) return;
  for (const auto& entry : fs::directory_iterator(kRoot / "docs/rules"))
    CHECK(pages.contains(entry.path().filename().string()));
}

// The functions and classes of a module that users see, with their docstrings.
void check_public(const ast::Module& module, const SourceFile& file, const ast::Block& body) {
  const auto has_source = [&](const std::string& name, const std::string& doc, const Span& span) {
    if (name.starts_with("_")) return;
    CAPTURE(name);
    CAPTURE(file.position(span.begin).line);
    CHECK(doc.find("Checked: ") != std::string::npos);
  };
  for (const ast::StmtId id : body) {
    const ast::Stmt& stmt = module.stmt(id);
    if (const auto* def = std::get_if<ast::FunctionDef>(&stmt.node)) {
      const ast::Function& f = module.function(def->function);
      has_source(f.name, f.docstring, f.span);
    } else if (const auto* cls = std::get_if<ast::ClassDef>(&stmt.node)) {
      const ast::Class& c = module.class_of(cls->class_id);
      has_source(c.name, c.docstring, c.span);
    }
  }
}

TEST_CASE("framework definitions parse strictly, and say what they were checked against") {
  for (const EmbeddedModule& embedded : embedded_modules()) {
    CAPTURE(embedded.path);
    const SourceFile file(std::string(embedded.path), std::string(embedded.text));
    const ast::Module module =
        parse_program(file, SourceId{}, std::string(embedded.module), {.dialect = Dialect::loss});
    for (const ast::Issue& issue : module.issues)
      FAIL_CHECK(fmt::format("{}:{}: {}", embedded.path, file.position(issue.span.begin).line, issue.message));
    check_public(module, file, module.body);
  }
}

}  // namespace
}  // namespace shapelint::test
