// The prompt without a terminal: its words, its answers, its completions.
#include <atomic>
#include <string>

#include <doctest/doctest.h>

#include "lib/prompt/arguments.h"
#include "lib/prompt/prompt.h"
#include "lib/prompt/state.h"
#include "lib/trace/targets.h"

namespace shapelint::prompt {
namespace {

TEST_CASE("assignments end where the next one begins") {
  using Pairs = Assignments;
  CHECK(*parse_assignments("y=B N", true) == Pairs{{"y", "B N"}});
  CHECK(*parse_assignments("y=B N z=(B, 5)", true) == Pairs{{"y", "B N"}, {"z", "(B, 5)"}});
  CHECK(*parse_assignments("y = \"B N\"  z = ''", true) == Pairs{{"y", "B N"}, {"z", ""}});
  CHECK(*parse_assignments("f='a b=c' g={'x': 1}", false) == Pairs{{"f", "'a b=c'"}, {"g", "{'x': 1}"}});
  CHECK(*parse_assignments("batch.obs=B 3", true) == Pairs{{"batch.obs", "B 3"}});
  for (const char* bad : {"", "y", "=B", "3=B", "y==B", "y B=3"}) CHECK_FALSE(parse_assignments(bad, true));
}

TEST_CASE("shapes as people type them") {
  CHECK(shape_argument("B N") == "B N");
  CHECK(shape_argument("(B, 5)") == "B 5");
  CHECK(shape_argument("(B,)") == "B");
  CHECK(shape_argument("()").empty());
  CHECK(shape_argument("(B, N + 1)") == "B N+1");
  CHECK(shape_argument("(B, (N + 1) // 2)") == "B (N+1)//2");
  CHECK(shape_argument("[B C, B]") == "[B C, B]");
}

TEST_CASE("the same expression with other blanks") {
  CHECK(squeezed("f( x ,y )") == "f(x,y)");
  CHECK(squeezed("a if b else c") == "a if b else c");
  CHECK(squeezed("'a  b' + x") == "'a  b'+x");
  CHECK(is_name("self.weight"));
  CHECK_FALSE(is_name("x[0]"));
  CHECK_FALSE(is_name("3"));
  CHECK_FALSE(is_name(""));
}

struct Asked {
  explicit Asked(std::string text, const std::string& qualname = "f") {
    const SourceId id = session.sources().add("user.py", std::move(text));
    const LoadedModule* module = session.library().add("user", id, Dialect::python);
    const auto target = find_target(*module, qualname);
    REQUIRE(target);
    AnalysisOptions options;
    options.world.single_target = true;
    options.world.budget.cancel = &cancel;
    options.world.shapes = {{"x", "B N"}};
    prompt = std::make_unique<Prompt>(session, *target, options, options, Style(Colour::off));
    const Reply first = prompt->open();
    CHECK_FALSE(first.failed);
  }
  std::string operator()(std::string_view line) { return prompt->answer(line).text; }
  bool fails(std::string_view line) { return prompt->answer(line).failed; }
  std::vector<std::string> complete(std::string_view line) { return prompt->complete(line, line.size()).words; }

  Session session;
  std::atomic<bool> cancel = false;
  std::unique_ptr<Prompt> prompt;
};

const std::string kLoop = R"(
from keras import ops
def f(x, n=2, name="sum"):
    total = ops.sum(x, axis=0)
    for i in range(n):
        x = x[:, 1:]
        y = {"cut": x, "n": i}
    return total, x
)";

TEST_CASE("expressions of the source and others") {
  Asked ask(kLoop);
  CHECK(ask("shape total") == "total: (N,)\n  the batch axis is lost; `why total` says where\n");
  CHECK(ask("shape ops.sum(x, axis=0)").starts_with("ops.sum(x, axis=0): (N,)"));
  CHECK(ask("shape x[:, 1:]") == "x[:, 1:]: (B, N-2) (line 6)\n  (B, N-1) (line 6)\n");
  CHECK(ask("shape x[:, :, None]") == "x[:, :, None]: (B, N-2, 1)\n");
  CHECK(ask("y") == "y: {'cut': (B, N-2) float32, 'n': 1}\n");
  CHECK(ask("len(name) + n") == "len(name) + n: 5\n");
  CHECK(ask("shape x[0, 0, 0]").find("cannot work") != std::string::npos);
  CHECK(ask.fails("shape x[0, 0, 0]"));
  CHECK(ask.fails("why nothing_of_that_name"));
  CHECK(ask.fails("import os"));
}

TEST_CASE("steps go through the rounds of a loop") {
  Asked ask(kLoop);
  CHECK(ask("step").starts_with("1 of "));
  CHECK(ask.fails("shape y"));  // not bound yet
  CHECK(ask("step").find("x[:, 1:]  (B, N-1)") != std::string::npos);
  CHECK(ask("shape x") == "x: (B, N-1)\n");
  CHECK(ask("step 2").find("x[:, 1:]  (B, N-2)") != std::string::npos);
  CHECK(ask("shape x") == "x: (B, N-2)\n");
  CHECK(ask("back 2").find("x[:, 1:]  (B, N-1)") != std::string::npos);
  CHECK(ask("step 1000").starts_with("the end of `f`"));
  ask("back 1000");
  CHECK(ask.fails("back"));
  CHECK(ask.fails("step 0"));
}

TEST_CASE("a change of the world is seen, and reset takes it back") {
  Asked ask(kLoop);
  ask("set x=B 7");
  CHECK(ask("shape x") == "x: (B, 5)\n");
  ask("arg n=4");
  CHECK(ask("shape x") == "x: (B, 3)\n");
  CHECK(ask.fails("set nothing=B"));
  CHECK(ask("shape x") == "x: (B, 3)\n");
  ask("reset");
  CHECK(ask("shape x") == "x: (B, N-2)\n");
}

TEST_CASE("numbers beside those of each sample") {
  Asked ask("from keras import ops\ndef f(x):\n    return ops.mean(x, axis=1)\n");
  CHECK(ask("value ops.mean(x, axis=1)").find("per-sample") != std::string::npos);
  CHECK(ask("value ops.mean(x)").find("mean of the samples") != std::string::npos);
  CHECK(ask("value x * ops.mean(x)").find("coupled") != std::string::npos);
  CHECK(ask("value x.shape") == "x.shape: (3, 5)\n");
  ask("size B=4");
  CHECK(ask("value x.shape").starts_with("x.shape: (4, "));
  CHECK(ask.fails("size B=0"));
  CHECK(ask.fails("size Q=3"));
}

TEST_CASE("what is stopped changes nothing") {
  Asked ask(kLoop);
  ask.cancel = true;
  CHECK(ask("set x=B 7") == "stopped; nothing was changed\n");
  CHECK(ask("value x") == "stopped; nothing was changed\n");
  ask.cancel = false;
  CHECK(ask("shape x") == "x: (B, N-2)\n");
  CHECK(ask("value x").find("on the batch") != std::string::npos);
}

TEST_CASE("methods are asked about inside, not at the framework's call") {
  Asked ask(R"(
import keras
class L(keras.losses.Loss):
    def __init__(self, scale=2.0):
        super().__init__()
        self.scale = scale
    def call(self, y_true, y_pred):
        per = keras.ops.mean(y_true - y_pred, axis=-1)
        return self.scale * per
x = 1
)",
            "L");
  CHECK(ask("shape per").starts_with("per: (B"));
  CHECK(ask("self.scale") == "self.scale: 2\n");
  ask("init scale=3.0");
  CHECK(ask("self.scale") == "self.scale: 3\n");
}

TEST_CASE("completion") {
  Asked ask(kLoop);
  CHECK(ask.complete("sh") == std::vector<std::string>{"shape"});
  CHECK(ask.complete("shape to") == std::vector<std::string>{"total"});
  CHECK(ask.complete("why op") == std::vector<std::string>{"ops"});
  CHECK(ask.complete("shape total + x.sh") == std::vector<std::string>{"x.shape"});
  CHECK(ask.complete("set ") == std::vector<std::string>{"x="});
  CHECK(ask.complete("size ") == std::vector<std::string>{"B=", "N="});
  CHECK(ask.complete("help wh") == std::vector<std::string>{"why"});
  CHECK(ask.complete("quit ").empty());
}

}  // namespace
}  // namespace shapelint::prompt
