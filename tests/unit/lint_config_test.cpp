// The configuration file: what its keys mean, and what is said when they mean nothing.
#include <doctest/doctest.h>

#include "lib/lint/config.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

Config read(std::string_view text) {
  auto config = parse_config(text, "shapelint.toml", false);
  REQUIRE_MESSAGE(config.has_value(), (config ? "" : config.error()));
  REQUIRE(config->has_value());
  return **config;
}

std::string problem(std::string_view text) {
  const auto config = parse_config(text, "shapelint.toml", false);
  return config ? "no problem" : config.error();
}

TEST_CASE("every key") {
  const Config config = read(R"(
select = ["batch-collapse"]
extend-select = ["outer-broadcast"]
ignore = ["rank-promotion"]
error = ["batch-collapse"]
warn = ["outer-broadcast"]
exclude = ["build/", "*_pb2.py"]
pedantic = true
min-severity = "warning"
batch = "N"
[frameworks]
keras = 2
[sizes]
B = 4
[shapes]
y_true = "B N"
[targets."losses.py::make.loss"]
shapes = { y_pred = "B 5" }
dtypes = { labels = "int64" }
args = { gamma = 2.0, mode = "'mean'" }
init = { n = 3 }
sizes = { B = 7 }
[definitions]
"mylib.losses" = "shapes/mylib.loss"
)");
  CHECK(*config.select == std::vector<std::string>{"batch-collapse"});
  CHECK(config.extend_select == std::vector<std::string>{"outer-broadcast"});
  CHECK(config.ignore == std::vector<std::string>{"rank-promotion"});
  CHECK(config.error == std::vector<std::string>{"batch-collapse"});
  CHECK(config.warn == std::vector<std::string>{"outer-broadcast"});
  CHECK(config.exclude == std::vector<std::string>{"build/", "*_pb2.py"});
  CHECK(config.pedantic == true);
  CHECK(config.min_severity == Severity::warning);
  CHECK(config.batch == "N");
  CHECK(config.frameworks.at("keras") == 2);
  CHECK(config.sizes.at("B") == 4);
  CHECK(config.shapes.at("y_true") == "B N");
  REQUIRE(config.targets.size() == 1);
  CHECK(config.targets[0].file == "losses.py");
  CHECK(config.targets[0].qualname == "make.loss");
  CHECK(config.targets[0].stated.shapes.at("y_pred") == "B 5");
  CHECK(config.targets[0].stated.dtypes.at("labels") == "int64");
  CHECK(config.targets[0].stated.args.at("mode") == "'mean'");
  CHECK(config.targets[0].stated.init.at("n") == "3");
  CHECK(config.targets[0].stated.sizes.at("B") == 7);
  CHECK(config.definitions.at("mylib.losses") == "shapes/mylib.loss");
}

TEST_CASE("of a pyproject.toml only the own table counts") {
  const auto other = parse_config("[tool.ruff]\nselect = 3\n", "pyproject.toml", true);
  REQUIRE(other);
  CHECK_FALSE(other->has_value());
  const auto own = parse_config("[tool.ruff]\nselect = 3\n[tool.shapelint]\nbatch = 'N'\n", "pyproject.toml", true);
  REQUIRE(own);
  REQUIRE(own->has_value());
  CHECK((*own)->batch == "N");
}

TEST_CASE("a mistake names its line and what is accepted") {
  CHECK(problem("\nselct = []\n") == "shapelint.toml:2: unknown key 'selct'; did you mean 'select'?");
  CHECK(problem("select = 'x'\n").find(":1: takes a list of texts") != std::string::npos);
  CHECK(problem("pedantic = 'yes'").find("takes true or false") != std::string::npos);
  CHECK(problem("min-severity = 'high'").find("\"error\", \"warning\" or \"advice\"") != std::string::npos);
  CHECK(problem("[sizes]\nB = 0\n") == "shapelint.toml:2: 'B': a size is a whole number from 1");
  CHECK(problem("[frameworks]\nkeras = 'new'\n").find("a version is a number") != std::string::npos);
  CHECK(problem("[frameworks]\ncobol = 2\n").find("no framework 'cobol'") != std::string::npos);
  CHECK(problem("[shapes]\ny = 'B (('\n").find("shapelint.toml:2: 'y': ") != std::string::npos);
  CHECK(problem("[targets.dice]\nshape = {}\n").find("unknown key 'shape'; did you mean 'shapes'?") !=
        std::string::npos);
  CHECK(problem("[definitions]\nm = 'm.py'\n").find("a definition is a .loss file") != std::string::npos);
  CHECK(problem("select = [").find("shapelint.toml:1: ") == 0);
}

TEST_CASE("the command line, then the target, then what is said of all") {
  Session session;
  const SourceId id = session.sources().add("losses.py", "def f(x, y, z, k):\n    return x\ndef g(x):\n    return x\n");
  const LoadedModule* module = session.library().add("losses", id, Dialect::python);
  AnalysisOptions options;
  options.world.shapes = {{"x", "B 1"}};
  options.world.sizes = {{"B", 1}};
  options.configured.shapes = {{"x", "B 3"}, {"y", "B 3"}, {"z", "B 3"}, {"other", "B"}};
  options.configured.sizes = {{"B", 3}, {"N", 3}, {"M", 3}};
  options.configured.targets = {
      {"f", {.shapes = {{"x", "B 2"}, {"y", "B 2"}}, .args = {{"k", "2"}}, .sizes = {{"B", 2}, {"N", 2}}}}};
  const WorldOptions f = world_options(options, *find_target(*module, "f"));
  CHECK(f.shapes == std::map<std::string, std::string>{{"x", "B 1"}, {"y", "B 2"}, {"z", "B 3"}});
  CHECK(f.configured == std::set<std::string, std::less<>>{"y", "z"});
  CHECK(f.args.at("k") == "2");
  CHECK(f.sizes == std::map<std::string, std::int64_t>{{"B", 1}, {"N", 2}, {"M", 3}});
  const WorldOptions g = world_options(options, *find_target(*module, "g"));
  CHECK(g.shapes == std::map<std::string, std::string>{{"x", "B 1"}});
  CHECK(g.sizes.at("N") == 3);
}

}  // namespace
}  // namespace shapelint
