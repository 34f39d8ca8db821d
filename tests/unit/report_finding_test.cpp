// A finding in every form that `check` has. The goldens are written by hand.
#include <doctest/doctest.h>

#include <memory>

#include <nlohmann/json.hpp>

#include "lib/report/report.h"

namespace shapelint {
namespace {

constexpr std::string_view kText =
    "def loss(y_true, y_pred):\n"
    "    bce = f(y_true[:, 0], y_pred[:, 0])\n"
    "    return bce\n";

struct Sample {
  SourceMap sources;
  Finding finding;

  Sample() {
    const SourceId id = sources.add("pkg/loss.py", std::string(kText));
    const auto find = [&](std::string_view text) {
      const auto at = static_cast<std::uint32_t>(kText.find(text));
      return Span{id, at, at + static_cast<std::uint32_t>(text.size())};
    };
    finding.rule = "batch-collapse";
    finding.severity = Severity::error;
    finding.message = "the batch is gone";
    finding.span = find("f(y_true[:, 0], y_pred[:, 0])");
    finding.function = "loss";
    finding.shapes = {{"y_true", "B 5", ShapeSource::annotation, DType::float32},
                      {"y_pred", "B 5", ShapeSource::annotation, DType::float32}};
    Witness witness;
    witness.sizes = {{"B", 2}};
    witness.from_user_data = true;
    witness.wrote = {"", std::make_shared<const Array>(Array{DType::float32, {}, {0.5}})};
    witness.per_sample = {"B", std::make_shared<const Array>(Array{DType::float32, {2}, {0.25, 0.75}})};
    finding.witness = witness;
    finding.notes = {"weights have no effect"};
    const Span first = find("0], y");
    const Span second = find("0])");
    Fix fix{"keep the axis", Applicability::unsafe, true, {}};
    fix.edits = {{{id, first.begin, first.begin + 1}, ":1"}, {{id, second.begin, second.begin + 1}, ":1"}};
    finding.fix = fix;
  }
};

}  // namespace

TEST_CASE("the full form") {
  const Sample sample;
  CHECK(full_text(sample.finding, sample.sources, Style(Colour::off)) ==
        R"(pkg/loss.py:2:11: error[batch-collapse] the batch is gone
  |
1 | def loss(y_true, y_pred):
2 |     bce = f(y_true[:, 0], y_pred[:, 0])
  |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
3 |     return bce
  = shapes: y_true (B, 5) [annotation], y_pred (B, 5) [annotation]
  = proof: computed on your data, B=2
             sample  computed ()  alone (B,)
             0       0.5          0.25
             1       0.5          0.75
  = note: weights have no effect
  = fix: keep the axis (verified: the finding is gone and the numbers agree)
         -     bce = f(y_true[:, 0], y_pred[:, 0])
         +     bce = f(y_true[:, :1], y_pred[:, :1])
  = help: shapelint rule batch-collapse
)");
}

TEST_CASE("colours are added only when asked for") {
  const Sample sample;
  CHECK(full_text(sample.finding, sample.sources, Style(Colour::off)).find('\x1b') == std::string::npos);
  CHECK(full_text(sample.finding, sample.sources, Style(Colour::on)).find("\x1b[1;31merror[batch-collapse]\x1b[0m") !=
        std::string::npos);
}

TEST_CASE("the concise form is one line, whatever the message holds") {
  Sample sample;
  CHECK(concise_text(sample.finding, sample.sources, Style(Colour::off)) ==
        "pkg/loss.py:2:11: error[batch-collapse] the batch is gone\n");
  sample.finding.message = "two\nlines\x1b[2J";
  CHECK(concise_text(sample.finding, sample.sources, Style(Colour::off)) ==
        "pkg/loss.py:2:11: error[batch-collapse] two lines?[2J\n");
}

TEST_CASE("JSON has the contract's keys") {
  const Sample sample;
  const std::string text = json_array({json_finding(sample.finding, sample.sources)});
  const auto json = nlohmann::json::parse(text);
  REQUIRE(json.size() == 1);
  const auto& finding = json[0];
  for (const char* key : {"rule", "severity", "message", "filename", "function", "range", "shapes", "shapes_from",
                          "related", "witness", "fix", "url"}) {
    CAPTURE(key);
    CHECK(finding.contains(key));
  }
  CHECK(finding["range"]["start"]["line"] == 2);
  CHECK(finding["range"]["start"]["column"] == 11);
  CHECK(finding["range"]["end"]["column"] == 40);
  CHECK(finding["shapes"]["y_true"] == "B 5");
  CHECK(finding["shapes_from"]["y_true"] == "annotation");
  CHECK(finding["witness"]["wrote"]["value"] == 0.5);
  CHECK(finding["witness"]["per_sample"]["shape"] == "B");
  CHECK(finding["witness"]["lost_at"].is_null());
  CHECK(finding["fix"]["verified"] == true);
  CHECK(finding["fix"]["edits"].size() == 2);
  CHECK(json_array({}) == "[]\n");
}

TEST_CASE("the summary counts advice apart and says what was not understood") {
  const Style plain(Colour::off);
  CheckSummary summary;
  summary.losses = 3;
  summary.files = 2;
  CHECK(summary_text(summary, plain) == "All clean: 3 losses in 2 files.\n");
  summary.advice = 1;
  CHECK(summary_text(summary, plain) == "All clean: 3 losses in 2 files, with 1 piece of advice.\n");
  summary.errors = 1;
  summary.warnings = 2;
  summary.unknown = 1;
  CHECK(summary_text(summary, plain) ==
        "Found 1 error, 2 warnings and 1 piece of advice.\n1 expression was not understood (-v lists them).\n");
  CHECK(summary_text(CheckSummary{}, plain).empty());
}

}  // namespace shapelint
