// Tensors as Python programs use them: masks and tensors of indices, writes and what shares storage, loops over
// samples. Shapes by hand, by NumPy's rules; where NumPy and PyTorch differ, both.
#include "tests/unit/trace_helpers.h"

namespace shapelint::test {
namespace {

const std::string kOps = "from shapelint import op, assign, updated, item\n";

/// `f(x, y, t, m)` with x, y (B, N), t (B,) and m (B,), by the statements of its body.
Traced run(std::string_view statements, const std::string& head = kOps, bool concrete = false) {
  std::string text = head + "def f(x, y, t, m):\n";
  while (!statements.empty()) {
    const std::size_t end = std::min(statements.find('\n'), statements.size());
    text += "    " + std::string(statements.substr(0, end)) + "\n";
    statements.remove_prefix(std::min(end + 1, statements.size()));
  }
  TraceOptions options;
  options.concrete = concrete;
  return Traced(text, {{"x", "B N"}, {"y", "B N"}, {"t", "B"}, {"m", "B"}}, options);
}
std::string shape_of(std::string_view statements, const std::string& head = kOps) {
  const Traced traced = run(statements, head);
  CHECK(traced.conflicts().empty());
  return traced.result();
}
const std::string kTorch = "import torch\n" + kOps;
const std::string kNumpy = "import numpy\n" + kOps;

TEST_CASE("a mask gives one new size, which carries the batch") {
  const Traced t = run("return x[m > 0]");
  REQUIRE(t.result() == "T(?, N)");
  const Trace& trace = t.trace();
  const auto& shape = *trace.tensor(trace.result.as<TensorV>()->id).shape;
  CHECK(t.dims.mentions(shape[0], t.symbols.find("B")->second));
  CHECK(shape_of("return x[x > 0]") == "T(?,)");
  CHECK(shape_of("return x[m > 0, 1:]") == "T(?, N-1)");
  CHECK(shape_of("return x[..., x[0] > 0]") == "T(B, ?)");
  CHECK(shape_of("return x[None][:, m > 0]") == "T(1, ?, N)");
}

TEST_CASE("the same mask, made twice, gives the same size") {
  const auto equal = [](std::string_view text) {
    const Traced t = run(text);
    CHECK(t.conflicts().empty());
    CHECK(t.trace().assumptions.empty());
    return t.result();
  };
  CHECK(equal("k = x > 0\nreturn x[k] - y[k]") == "T(?,)");
  CHECK(equal("return x[m > 0] - y[m > 0]") == "T(?, N)");
  CHECK(equal("a = (m > 0) & (t != 1)\nb = (m > 0) & (t != 1)\nreturn x[a] - y[b]") == "T(?, N)");
  CHECK(equal("k = x > 0\nreturn x[k].shape == y[op.reshape(k, [-1]) if False else k].shape") == "True");
  CHECK(equal("k = x > 0\nreturn len(op.reshape(x, [-1])[op.reshape(k, [-1])]) == len(y[k])") == "True");
}

TEST_CASE("the elements of a unit matrix are no matter of data") {
  const std::string eye = "k = op.cast(op.eye(x.shape[0]), 'bool')\ns = op.matmul(x, op.transpose(x))\n";
  CHECK(shape_of(eye + "return s[k]") == "T(B,)");
  CHECK(shape_of(eye + "return s[op.logical_not(k)]") == "T(B*B-B,)");
  CHECK(shape_of(eye + "return op.reshape(s[op.logical_not(k)], [x.shape[0], -1])") == "T(B, B-1)");
}

TEST_CASE("two masks give two sizes, which are assumed to be equal") {
  const Traced t = run("return x[m > 0] - y[m > 1]");
  CHECK(t.conflicts().empty());
  CHECK(t.trace().assumptions.size() == 1);
}

TEST_CASE("masks that do not fit") {
  CHECK(run("return x[x[0] > 0, 0]").trace().assumptions.size() == 1);
  CHECK(run("return x[:, :, m > 0]").conflicts() == std::vector<std::string>{"index.C2"});
  CHECK(run("return x[op.zeros([x.shape[0] + 1]) > 0]").conflicts() == std::vector<std::string>{"select_mask.C2"});
}

TEST_CASE("tensors of indices: where their axes stand") {
  const std::string head = kOps +
                           "i = op.zeros([3], dtype='int64')\nj = op.zeros([2, 3], dtype='int64')\n"
                           "w = op.zeros([4, 5, 6])\n";
  CHECK(shape_of("return w[i]", head) == "T(3, 5, 6)");
  CHECK(shape_of("return w[j]", head) == "T(2, 3, 5, 6)");
  CHECK(shape_of("return w[:, i]", head) == "T(4, 3, 6)");
  CHECK(shape_of("return w[i, j]", head) == "T(2, 3, 6)");
  CHECK(shape_of("return w[:, i, j]", head) == "T(4, 2, 3)");
  CHECK(shape_of("return w[i, :, j]", head) == "T(2, 3, 5)");
  CHECK(shape_of("return w[i, 1:, None]", head) == "T(3, 4, 1, 6)");
  CHECK(shape_of("return w[..., i]", head) == "T(4, 5, 3)");
  CHECK(shape_of("return w[[0, 2]]", head) == "T(2, 5, 6)");
  CHECK(shape_of("return w[[True, False, True, True]]", head) == "T(?, 5, 6)");
  CHECK(shape_of("return w[range(2), :, i[:2]]", head) == "T(2, 5)");
  CHECK(shape_of("return x[op.cast(t, 'int64')]") == "T(B, N)");
  CHECK(shape_of("return x[op.arange(0, x.shape[0]), t]") == "T(B,)");
  CHECK(shape_of("n = op.nonzero(m)\nreturn x[n[:, 0]] - y[m > 0] if False else x[n[:, 0]]") == "T(?, N)");
  CHECK(run("return w[i, op.zeros([4], dtype='int64')]", head).conflicts() == std::vector<std::string>{"pick.C2"});
}

TEST_CASE("an integer beside a tensor of indices: NumPy counts it in, PyTorch selects first") {
  const std::string more = "i = op.zeros([3], dtype='int64')\nw = op.zeros([4, 5, 6])\n";
  CHECK(shape_of("return w[0, :, i]", kNumpy + more) == "T(3, 5)");
  CHECK(shape_of("return w[0, :, i]", kTorch + more) == "T(5, 3)");
  CHECK(shape_of("return w[i, 0]", kNumpy + more) == "T(3, 6)");
  CHECK(shape_of("return w[[i, i]]", kTorch + more) == "T(3, 6)");
}

TEST_CASE("writing changes what every alias sees, and no copy") {
  const auto same = [](std::string_view text, const std::string& head) {
    const Traced t = run(text, head, true);
    CHECK(t.conflicts().empty());
    return t.result();
  };
  // `a is b` compares the tensors of the trace: what two names see.
  CHECK(same("a = x\na[0] = 1\nreturn a is x", kTorch) == "True");
  CHECK(same("a = op.identity(x)\nb = a\nassign(a, 0)\nreturn a is b", kTorch) == "True");
  CHECK(same("a = op.identity(x)\nb = a\na += 1\nreturn a is b", kTorch) == "True");
  CHECK(same("a = op.identity(x)\nb = a\na += 1\nreturn a is b", "import jax\n" + kOps) == "False");
  CHECK(same("a = op.identity(x)\nb = a\na = a + 1\nreturn a is b", kTorch) == "False");
  // An element of a known number says whether a view saw the write.
  const std::string zeros = "a = op.zeros([2, 3])\n";
  CHECK(same(zeros + "v = a[0]\na[0] = 5\nreturn bool(v[1] == 5)", kTorch) == "True");
  CHECK(same(zeros + "v = a[0]\nv += 5\nreturn bool(a[0, 1] == 5), bool(a[1, 1] == 0)", kTorch) == "(True, True)");
  CHECK(same(zeros + "v = op.transpose(a)\nv[2] = 5\nreturn bool(a[0, 2] == 5), bool(a[1, 2] == 5), bool(a[0, 0] == 0)",
             kTorch) == "(True, True, True)");
  CHECK(same(zeros + "v = op.reshape(a, [6])\nv[4] = 5\nreturn bool(a[1, 1] == 5)", kTorch) == "True");
  CHECK(same(zeros + "v = op.expand_dims(a, axis=0)\nv[0, 1] = 5\nreturn bool(a[1, 1] == 5)", kTorch) == "True");
  CHECK(same(zeros + "v = op.transpose(a)[1:][0]\nv[1] = 5\nreturn bool(a[1, 1] == 5)", kTorch) == "True");
  CHECK(same(zeros + "w = a[:, [0, 1]]\nw[0] = 5\nreturn bool(a[0, 0] == 0), bool(w[0, 1] == 5)", kTorch) ==
        "(True, True)");
  CHECK(same("a = op.zeros([3, 3])\nv = op.diagonal(a, offset=1)\nassign(v, 5)\nreturn bool(a[1, 2] == 5), bool(a[1, "
             "1] == 0)",
             kTorch) == "(True, True)");
  CHECK(same(zeros + "a[:, 0] += 2\na[:, 0] += 2\nreturn bool(a[1, 0] == 4), bool(a[1, 1] == 0)", kTorch) ==
        "(True, True)");
  CHECK(same(zeros + "a[a[:, 0] == 0] = 7\nreturn bool(a[1, 2] == 7)", kTorch) == "True");
  CHECK(same(zeros + "a[[0, 1], [1, 2]] = [3, 4]\nreturn bool(a[0, 1] == 3), bool(a[1, 2] == 4)", kTorch) ==
        "(True, True)");
  CHECK(same(zeros + "b = updated(a, [0, 0], 1, mode='add')\nreturn bool(a[0, 0] == 0), bool(b[0, 0] == 2)", kNumpy) ==
        "(True, True)");
}

TEST_CASE("a write that does not fit is a conflict") {
  CHECK(run("x[0] = op.zeros([2, 3])", kTorch).conflicts() == std::vector<std::string>{"assign.C1"});
  CHECK(run("a = op.zeros([2, 1])\na += op.zeros([2])", kTorch).conflicts() == std::vector<std::string>{"assign.C1"});
  CHECK(run("assign(op.zeros([2]), op.zeros([3]))", kTorch).conflicts() == std::vector<std::string>{"assign.C1"});
  CHECK(run("a = op.zeros([2, 1])\na = a + op.zeros([2])", kTorch).conflicts().empty());
}

TEST_CASE("a write on one of two ways") {
  const Traced t =
      run("a = op.zeros([2])\nfor i in range(6):\n    if x[0, i] > 0:\n        a[0] = 1\nreturn a, bool(a[1] == 0)",
          kTorch);
  CHECK(t.conflicts().empty());
  // The later conditions are joined: the shape stays, the number does not.
  CHECK(t.result().starts_with("(T(2,), "));
}

TEST_CASE("loops over the samples") {
  CHECK(shape_of("out = op.zeros([x.shape[0]])\nfor b in range(x.shape[0]):\n    out[b] = op.mean(x[b])\nreturn out",
                 kTorch) == "T(B,)");
  CHECK(shape_of("out = []\nfor b in range(x.shape[0]):\n    out.append(op.mean(x[b]))\nreturn op.stack(out, axis=0), "
                 "len(out)") == "(T(B,), B)");
  CHECK(shape_of("out = []\nfor p, q in zip(x, y):\n    out.append(p - q)\nreturn op.stack(out, axis=1)") == "T(N, B)");
  CHECK(shape_of("out = []\nfor i, p in enumerate(x):\n    out.append(p)\n    out.append(y[i])\nreturn op.stack(out, "
                 "axis=0)") == "T(2*B, N)");
  CHECK(shape_of("out = [x[0]]\nfor p in x:\n    out += [p]\nreturn op.stack(out, axis=0)") == "T(B+1, N)");
  CHECK(shape_of("return op.stack([op.sum(p) for p in x], axis=0)") == "T(B,)");
  CHECK(shape_of("return op.stack([[op.sum(p) for p in x] for q in x[0]], axis=0)") == "T(N, B)");
  CHECK(shape_of("return op.concat([op.reshape(p, [1, -1]) for p in x], axis=0)") == "T(B, N)");
  CHECK(shape_of("return sum(op.mean(p) for p in x) / len(x)") == "T()");
  CHECK(shape_of("return sum([p for p in x])") == "T(N,)");
  CHECK(shape_of("out = [0.0] * x.shape[0]\nfor b in range(x.shape[0]):\n    out[b] = op.mean(x[b])\nreturn "
                 "op.stack(out, axis=0)") == "T(B,)");
  CHECK(shape_of("return op.stack(list(map(lambda p: op.mean(p), x)), axis=0)") == "T(B,)");
}

TEST_CASE("a list that grows in some rounds only has another length, which carries the batch") {
  for (const std::string text :
       {"for p in x:\n    if p[0] > 0:\n        out.append(p)",
        "for p in x:\n    if p[0] > 0:\n        continue\n    out.append(p)",
        "for p in x:\n    out.append(p)\n    if p[0] > 0:\n        break", "out = [p for p in x if p[0] > 0]"}) {
    CAPTURE(text);
    const Traced t = run("out = []\n" + text + "\nreturn op.stack(out, axis=0)");
    const Trace& trace = t.trace();
    REQUIRE(t.result() == "T(?, N)");
    const auto& shape = *trace.tensor(trace.result.as<TensorV>()->id).shape;
    CHECK(t.dims.mentions(shape[0], t.symbols.find("B")->second));
  }
  // Parts of different lengths: their total is no multiple of anything.
  const Traced t = run("return op.concat([p[p > 0] for p in x], axis=0)");
  CHECK(t.result() == "T(?,)");
}

TEST_CASE("numbers from data") {
  CHECK(shape_of("n = int(op.max(op.cast(t, 'int64'))) + 1\nreturn op.zeros([n])") == "T(?+1,)");
  CHECK(shape_of("n = item(op.max(op.cast(t, 'int64')))\nk = item(op.max(op.cast(t, 'int64')))\nreturn n == k") ==
        "True");
  CHECK(shape_of("k = m > 0\nn = int(op.sum(k))\nreturn op.zeros([n, 2]) + x[k][:, :1]") == "T(?, 2)");
  CHECK(shape_of("return len(op.unique(t)) == op.unique(t).shape[0]") == "True");
  // A number that is no size may be 0.
  CHECK(run("n = int(op.max(op.cast(t, 'int64')))\nif n == 0:\n    return 1\nreturn 2").results() ==
        std::vector<std::string>{"1", "2"});
}

TEST_CASE("what is known in spite of an operand of unknown shape") {
  const std::string head = kOps + "u = op.identity(unknown_thing)\n";
  CHECK(shape_of("return op.sum(u), op.max(u)", head) == "(T(), T())");
  CHECK(shape_of("return op.reshape(u, [-1, 3])", head) == "T(?, 3)");
  CHECK(shape_of("return updated(x, 0, u)", head) == "T(B, N)");
  CHECK(shape_of("x[0] = u\nreturn x", kTorch + "u = op.identity(unknown_thing)\n") == "T(B, N)");
  CHECK(shape_of("return op.stack([x, u], axis=0)", head) == "T(2, B, N)");
  CHECK(shape_of("return op.concat([x, u], axis=1)", head) == "T(B, ?)");
}

}  // namespace
}  // namespace shapelint::test
