// The formats for CI: GitHub's annotations, SARIF, one JSON object per line. Expected texts and hashes are not made by
// our own writers.
#include <doctest/doctest.h>

#include <memory>

#include <nlohmann/json.hpp>

#include "lib/report/ci.h"
#include "lib/report/report.h"

namespace shapelint {
namespace {

using nlohmann::json;

const Folders kFolders{"/home/u/repo/pkg", "/home/u/repo"};

constexpr std::string_view kText =
    "def loss(a, b):\n"
    "    é = f(a[:, 0],\n"
    "          b[:, 0])\n"
    "    return é + g(a)\n";

struct Sample {
  SourceMap sources;
  SourceId user = sources.add("my loss,1.py", std::string(kText));
  SourceId own = SourceId::of_framework(0);

  Sample() {
    sources.share(own, std::make_shared<const SourceFile>("rules/frameworks/keras/losses.loss",
                                                          "def f(a, b):\n    return mean(a, -1)\n", true));
  }

  Span find(std::string_view text, bool in_framework = false) {
    const SourceId id = in_framework ? own : user;
    const auto at = static_cast<std::uint32_t>(sources.file(id).text().find(text));
    return {id, at, at + static_cast<std::uint32_t>(text.size())};
  }

  Finding finding(std::string_view text, Severity severity = Severity::error) {
    Finding out;
    out.rule = "batch-collapse";
    out.severity = severity;
    out.message = "x[0](1) is gone";
    out.span = find(text);
    out.function = "loss";
    return out;
  }
};

constexpr std::string_view kDoc = "\n## What it finds\nA thing\nthat is bad.\n\n## Bad\n```python\nx\n```\n";

json sarif_of(const Sample& sample, const std::vector<Finding>& findings) {
  static constexpr Rule kRule{.id = "batch-collapse", .summary = "the batch collapses", .doc = kDoc, .check = nullptr};
  const Rule* const rules[] = {&kRule};
  SarifLog log(rules, "1.2.3", {"/home/u/repo/pkg", "/home/u/repo/pkg"});
  log.add(findings, sample.sources);
  return json::parse(log.text());
}

}  // namespace

TEST_CASE("files are named relative to the project, absolute outside it") {
  CHECK(project_path("a.py", kFolders) == "pkg/a.py");
  CHECK(project_path("./x/../a.py", kFolders) == "pkg/a.py");
  CHECK(project_path("../a.py", kFolders) == "a.py");
  CHECK(project_path("../../other/a.py", kFolders) == "/home/u/other/a.py");
  CHECK(project_path("/home/u/repo/a.py", kFolders) == "a.py");
  CHECK(project_path("/home/u/repository/a.py", kFolders) == "/home/u/repository/a.py");
  CHECK(project_path("../../../../../../a.py", kFolders) == "/a.py");
  CHECK(project_path("a.py", {"/", "/"}) == "a.py");
}

TEST_CASE("a path becomes an URI") {
  CHECK(path_uri("src/a.py") == "src/a.py");
  CHECK(path_uri("a b/ü%#?:[].py") == "a%20b/%C3%BC%25%23%3F%3A%5B%5D.py");
  CHECK(path_uri("/tmp/a.py") == "file:///tmp/a.py");
}

TEST_CASE("a GitHub annotation is one line, escaped") {
  Sample sample;
  Finding finding = sample.finding("f(a[:, 0],", Severity::warning);
  finding.message = "100% of\nit\r::error::x";
  finding.notes = {"one, two: three"};
  CHECK(github_annotation(finding, sample.sources, kFolders) ==
        "::warning title=shapelint%3A batch-collapse,file=pkg/my loss%2C1.py,line=2,endLine=2,col=9,endColumn=19::"
        "pkg/my loss,1.py:2:9: warning[batch-collapse] 100%25 of it ::error::x%0Anote: one, two: three\n");
  CHECK(github_problem("a:\nb%") == "::error title=shapelint::a:%0Ab%25\n");
}

TEST_CASE("a GitHub annotation over several lines has no columns; advice is a notice") {
  Sample sample;
  const std::string text =
      github_annotation(sample.finding("f(a[:, 0],\n          b[:, 0])", Severity::advice), sample.sources, kFolders);
  CHECK(text.starts_with("::notice title=shapelint%3A batch-collapse,file=pkg/my loss%2C1.py,line=2,endLine=3::"));
}

TEST_CASE("json-lines is one object on one line") {
  Sample sample;
  const std::string text = json_line(sample.finding("g(a)"), sample.sources);
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(json::parse(text) == json::parse(json_finding(sample.finding("g(a)"), sample.sources)));
}

// The first two are from the action's own tests; the others were made by its algorithm in JavaScript, run with Node.
TEST_CASE("line hashes are those of GitHub's upload action") {
  using Hashes = std::vector<std::string>;
  CHECK(line_hashes("") == Hashes{"c129715d7a2bc9a3:1"});
  CHECK(line_hashes(" a\nb\n  \t\tc\n d") ==
        Hashes{"271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"});
  CHECK(line_hashes("a \t= 1\r\n\r\n\r \nb\n") == Hashes{"1e6b79d5d54cc76a:1", "b8accc90c4cf3249:1",
                                                         "b8d96ae672d1b223:1", "bf4c4d48992e2ca5:1",
                                                         "ade70578248be16f:1", "c129715d7a2bc9a3:1"});
  std::string text = "é😀 = f(1)\n";
  for (int i = 0; i < 40; ++i) text += "y = 2; ";
  CHECK(line_hashes(text + "\n") == Hashes{"7c028cb4766bacf3:1", "8833dacabb2f0c7:1", "c129715d7a2bc9a3:1"});
  // The same hundred characters twice.
  const std::string twice(100, 'x');
  const Hashes hashes = line_hashes(twice + "\n" + twice + "\n");
  CHECK(hashes[0].ends_with(":1"));
  CHECK(hashes[1] == hashes[0].substr(0, hashes[0].size() - 1) + "2");
}

TEST_CASE("SARIF: the run, its rules, a finding without more") {
  Sample sample;
  const json log = sarif_of(sample, {sample.finding("g(a)")});
  CHECK(log["version"] == "2.1.0");
  REQUIRE(log["runs"].size() == 1);
  const json& run = log["runs"][0];
  CHECK(run["columnKind"] == "unicodeCodePoints");
  CHECK(run["invocations"][0]["executionSuccessful"] == true);
  const json& driver = run["tool"]["driver"];
  CHECK(driver["semanticVersion"] == "1.2.3");
  const json& rule = driver["rules"][0];
  CHECK(rule["id"] == "batch-collapse");
  CHECK(rule["name"] == "BatchCollapse");
  CHECK(rule["shortDescription"]["text"] == "The batch collapses.");
  CHECK(rule["fullDescription"]["text"] == "A thing that is bad.");
  CHECK(rule["help"]["markdown"] == "## What it finds\nA thing\nthat is bad.\n\n## Bad\n```python\nx\n```");
  CHECK(rule["defaultConfiguration"]["level"] == "error");

  REQUIRE(run["results"].size() == 1);
  const json& result = run["results"][0];
  CHECK(result["ruleId"] == "batch-collapse");
  CHECK(driver["rules"][result["ruleIndex"].get<std::size_t>()]["id"] == "batch-collapse");
  CHECK(result["level"] == "error");
  // `](` would start a link.
  CHECK(result["message"]["text"] == "x[0] (1) is gone.");
  CHECK_FALSE(result.contains("relatedLocations"));
  CHECK_FALSE(result.contains("codeFlows"));
  CHECK_FALSE(result.contains("fixes"));
  REQUIRE(result["locations"].size() == 1);
  const json& place = result["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "my%20loss%2C1.py");
  // Column of code points: the é before it counts once.
  CHECK(place["region"] == json::parse(R"({"startLine": 4, "startColumn": 16, "endLine": 4, "endColumn": 20})"));
}

TEST_CASE("SARIF: the primary region is one line, and the rest is context") {
  Sample sample;
  const json log = sarif_of(sample, {sample.finding("f(a[:, 0],\n          b[:, 0])")});
  const json& place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
  CHECK(place["region"] == json::parse(R"({"startLine": 2, "startColumn": 9, "endLine": 2, "endColumn": 19})"));
  CHECK(place["contextRegion"] == json::parse(R"({"startLine": 2, "startColumn": 9, "endLine": 3, "endColumn": 19})"));
}

TEST_CASE("SARIF: places, the chain, the embedded framework file, a fix") {
  Sample sample;
  Finding finding = sample.finding("f(a[:, 0],");
  finding.shapes = {{"a", "B 5", ShapeSource::annotation, DType::float32}};
  finding.related = {{"inside [f]", sample.find("mean(a, -1)", true)}, {"mixed [here]", sample.find("é + g(a)")}};
  finding.witness.emplace();
  finding.witness->lost_at = sample.find("mean(a, -1)", true);
  finding.witness->first_coupled = sample.find("é + g(a)");
  finding.notes = {"it matters", "b (B,) is not it"};
  finding.fix = Fix{"keep the axis", Applicability::unsafe, true, {{sample.find("0]"), ":1]"}}};
  const json log = sarif_of(sample, {finding});
  const json& run = log["runs"][0];
  const json& result = run["results"][0];
  CHECK(result["message"]["text"] ==
        "x[0] (1) is gone. It matters. b (B,) is not it. Fix: keep the axis. See inside [f] "
        "(rules/frameworks/keras/losses.loss:2); [mixed \\[here\\]](2) (line 4).");
  REQUIRE(result["relatedLocations"].size() == 2);
  CHECK(result["relatedLocations"][1]["id"] == 2);
  const json& own = result["relatedLocations"][0]["physicalLocation"]["artifactLocation"];
  CHECK(own["uri"] == "rules/frameworks/keras/losses.loss");
  CHECK(run["originalUriBaseIds"].contains(own["uriBaseId"].get<std::string>()));
  CHECK(run["artifacts"][own["index"].get<std::size_t>()]["contents"]["text"] ==
        "def f(a, b):\n    return mean(a, -1)\n");
  const json& steps = result["codeFlows"][0]["threadFlows"][0]["locations"];
  REQUIRE(steps.size() == 3);
  CHECK(steps[0]["location"]["message"]["text"] == "with a (B, 5) [annotation]");
  CHECK(steps[0]["nestingLevel"] == 0);
  CHECK(steps[1]["location"]["physicalLocation"]["region"]["snippet"]["text"] == "mean(a, -1)");
  CHECK(steps[1]["nestingLevel"] == 1);
  CHECK(steps[2]["location"]["message"]["text"] == "mixed [here]");
  const json& change = result["fixes"][0]["artifactChanges"][0];
  CHECK(change["artifactLocation"]["uri"] == "my%20loss%2C1.py");
  CHECK(change["replacements"][0]["insertedContent"]["text"] == ":1]");
  CHECK(change["replacements"][0]["deletedRegion"]["startColumn"] == 16);
  CHECK(result["properties"]["fix_verified"] == true);
}

TEST_CASE("SARIF: a place before the finding is the chain's first step") {
  Sample sample;
  Finding finding = sample.finding("g(a)");
  finding.shapes = {{"a", "B 5", ShapeSource::annotation, DType::float32}};
  finding.related = {{"inside", sample.find("mean(a, -1)", true)}, {"reduced here", sample.find("a[:, 0]")}};
  const json log = sarif_of(sample, {finding});
  const json& steps = log["runs"][0]["results"][0]["codeFlows"][0]["threadFlows"][0]["locations"];
  REQUIRE(steps.size() == 3);
  CHECK(steps[0]["location"]["message"]["text"] == "reduced here");
  CHECK(steps[1]["location"]["message"]["text"] == "x[0] (1) is gone");
  CHECK(steps[2]["location"]["message"]["text"] == "inside");
}

TEST_CASE("SARIF: a fingerprint outlives moved lines and a formatter, and tells equal texts apart") {
  const auto identity = [](std::string text, std::string_view what, int which = 0) {
    SourceMap sources;
    const SourceId id = sources.add("a.py", std::move(text));
    std::vector<Finding> findings;
    for (std::size_t at = 0; (at = sources.file(id).text().find(what, at)) != std::string::npos; ++at) {
      Finding f;
      f.rule = "scalar-spread";
      f.message = "m";
      f.function = "loss";
      f.span = {id, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + what.size())};
      findings.push_back(f);
    }
    SarifLog log({}, "1", kFolders);
    log.add(findings, sources);
    return json::parse(log.text())["runs"][0]["results"][which]["partialFingerprints"]["shapelint/v1"]
        .get<std::string>();
  };
  const std::string plain = identity("x = f(a, b)\n", "f(a, b)");
  CHECK(plain == identity("import k\n\n\nx = f(a, b)\ny = 2\n", "f(a, b)"));
  CHECK(plain == identity("x = f(a,\n      b)\n", "f(a,\n      b)"));
  CHECK(plain != identity("x = f(a, c)\n", "f(a, c)"));
  CHECK(plain == identity("f(a, b)\nf(a, b)\n", "f(a, b)", 0));
  CHECK(plain != identity("f(a, b)\nf(a, b)\n", "f(a, b)", 1));
}

TEST_CASE("SARIF: the most severe come first, and what could not be read is said beside them") {
  Sample sample;
  SarifLog log({}, "1", kFolders);
  log.add(std::vector<Finding>{sample.finding("a[:, 0]", Severity::advice),
                               sample.finding("b[:, 0]", Severity::warning), sample.finding("g(a)", Severity::error)},
          sample.sources);
  log.add_problem(Severity::warning, "does not parse", "b.py", {3, 7});
  CHECK(json::parse(log.text())["runs"][0]["invocations"][0]["executionSuccessful"] == true);
  log.add_problem(Severity::error, "no such file", "/elsewhere/c.py");
  const json run = json::parse(log.text())["runs"][0];
  REQUIRE(run["results"].size() == 3);
  CHECK(run["results"][0]["level"] == "error");
  CHECK(run["results"][1]["level"] == "warning");
  CHECK(run["results"][2]["level"] == "note");
  const json& invocation = run["invocations"][0];
  CHECK(invocation["executionSuccessful"] == false);
  const json& said = invocation["toolExecutionNotifications"];
  REQUIRE(said.size() == 2);
  CHECK(said[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 3);
  CHECK(said[1]["level"] == "error");
  CHECK(said[1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///elsewhere/c.py");
}

TEST_CASE("SARIF: no findings is an empty list, not a missing one") {
  const json log = json::parse(SarifLog({}, "1", kFolders).text());
  CHECK(log["runs"][0]["results"] == json::array());
}

}  // namespace shapelint
