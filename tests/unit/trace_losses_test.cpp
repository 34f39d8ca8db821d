// Which functions and classes of a module are losses, and which texts are not worth parsing.
#include <doctest/doctest.h>

#include "lib/trace/loss_text.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

struct Found {
  explicit Found(std::string text) : library(sources) {
    may_hold = may_hold_loss(text);
    const SourceId id = sources.add("user.py", std::move(text));
    for (const LossTarget& loss : find_losses(*library.add("user", id, Dialect::python)))
      names += (names.empty() ? "" : " ") + (loss.is_helper ? "(" + loss.target.qualname + ")" : loss.target.qualname);
  }
  SourceMap sources;
  Library library;
  std::string names;
  bool may_hold = false;
};

std::string losses_with(const std::string& imports, const std::string& text) {
  Found found(imports + text);
  // The search before the parse must never hide what the search after it finds.
  CHECK((found.may_hold || found.names.empty()));
  return found.names;
}

std::string losses(const std::string& text) { return losses_with("import torch\nimport torch.nn as nn\n", text); }

TEST_CASE("by base class and by the class's name") {
  CHECK(losses("class A(nn.modules.loss._Loss):\n    def forward(self, a, b): return a\n") == "A.forward");
  CHECK(losses("class FocalLoss(nn.Module):\n    def forward(self, a, b): return a\n") == "FocalLoss.forward");
  CHECK(losses("class Base(nn.CrossEntropyLoss):\n    pass\nclass A(Base):\n    def forward(self, a, b): return a\n") ==
        "A.forward");
  CHECK(losses("class Net(nn.Module):\n    def forward(self, x): return x\n").empty());
  CHECK(
      losses("class Dice(Metric):\n    def update(self, a, b): self.s += a\n    def compute(self): return self.s\n") ==
      "Dice.update");
}

TEST_CASE("by use") {
  CHECK(losses("class Dice(nn.Module):\n    def forward(self, a, b): return a\ncriterion = Dice().cuda()\n") ==
        "Dice.forward");
  CHECK(losses("def dist(a, b): return a - b\nloss_fn = dist\n") == "dist");
  CHECK(losses("def dist(a, b): return a - b\ntrain(criterion=dist)\n") == "dist");
  CHECK(losses("def dist(a, b): return a - b\nloss = dist\n").empty());
}

TEST_CASE("by parameters and by name; what another loss calls is a helper, seen there") {
  CHECK(losses("def f(pred, target): return pred\n") == "f");
  CHECK(losses("def dice_loss(a): return a\n") == "dice_loss");
  CHECK(losses("def inner_loss(a): return a\ndef outer_loss(a): return inner_loss(a)\n") == "(inner_loss) outer_loss");
  CHECK(losses("def test_loss(a): return a\n").empty());
  CHECK(losses("def make_loss(a):\n    def inner(p): return p\n    return inner\n").empty());
}

TEST_CASE("by what they return: one number of two tensors") {
  CHECK(losses("def flow_error(flow, truth): return torch.norm(flow - truth, dim=1).mean()  # loss\n") == "flow_error");
  CHECK(losses("def dist(a, b):\n    d = torch.sum(a - b)  # loss\n    return d\n") == "dist");
  CHECK(losses("class Charbonnier(nn.Module):  # loss\n    def forward(self, x, y): return (x - y).abs().mean()\n") ==
        "Charbonnier.forward");
  CHECK(losses("def rows(a, b): return (a - b).mean(1)  # loss\n").empty());
  CHECK(losses("def rows(a, b): return torch.sum(a - b, 1)  # loss\n").empty());
  CHECK(losses("def norm(a): return a.abs().sum()  # loss\n").empty());
  CHECK(losses("def kept(a, b):  # loss\n    n = torch.sum(b)\n    return a + 0 * n\n").empty());
  CHECK(losses("def rate(a, b):  # loss\n    n = torch.sum(b)\n    return a * 0.1 ** n\n").empty());
  CHECK(losses("def plot_error(a, b): return (a - b).abs().sum()  # loss\n").empty());
}

TEST_CASE("by shapes that are stated") {
  CHECK(losses("def rate(a, b):  # a, b: (B, N), no loss\n    return (a - b).mean(1)\n") == "rate");
  CHECK(losses("def rate(\n    a,  # (B, N)\n    b,  # (B, N), no loss\n):\n    return (a - b).mean(1)\n") == "rate");
  CHECK(losses("def rate(a, b):\n    assert a.shape == (4, 2)\n    assert b.shape == (4, 2)\n"
               "    return (a - b).mean(1)  # no loss\n") == "rate");
  CHECK(losses("def rate(a: Float[Tensor, 'B N'], b):\n    return (a - b).mean(1)\n") == "rate");
}

TEST_CASE("methods that state shapes and return one number or what a loss returns") {
  const std::string head = "class Head(nn.Module):\n    def ";
  const std::string shapes = "        # features: (B, F), y: (B,)\n";
  CHECK(losses(head + "nll(self, features, y):\n" + shapes + "        return -self(features).log_prob(y).mean()\n") ==
        "Head.nll");
  CHECK(losses(head + "step(self, features, y):\n" + shapes + "        return self.criterion(features, y)\n") ==
        "Head.step");
  CHECK(losses(head + "total(self, features, y):\n" + shapes +
               "        a = (features - y).sum()\n        b = features.mean()\n        return a + 0.1 * b\n") ==
        "Head.total");
  CHECK(losses(head + "cost(self, features, y):\n" + shapes +
               "        a = (features - y).mean()\n        return float(a)\n") == "Head.cost");
  CHECK(losses(head + "rows(self, features, y):\n" + shapes + "        return (features - y).mean(1)\n").empty());
  CHECK(losses(head + "score(self, features, y):\n        return -self(features).log_prob(y).mean()\n").empty());
  CHECK(losses(head + "nll(self, features, y):\n        return -self(features).log_prob(y).mean()\n") == "Head.nll");
}

TEST_CASE("a cross entropy is a loss by its name") {
  CHECK(losses("class LabelCrossEntropy(nn.Module):\n    def forward(self, x, y): return self.first(x, y)\n") ==
        "LabelCrossEntropy.forward");
}

TEST_CASE("what takes a gradient") {
  CHECK(losses("def step(x, y, net, opt):\n    ((net(x) - y) ** 2).mean().backward()\n    opt.step()\n") == "step");
  CHECK(losses_with("import tensorflow as tf\n",
                    "def train_step(x, y, net):\n    with tf.GradientTape() as tape:\n        loss = "
                    "tf.reduce_mean((net(x) - y) ** 2)\n    g = tape.gradient(loss, net.w)\n") == "train_step");
}

TEST_CASE("what the framework calls behind apply is seen where a loss applies it") {
  CHECK(losses("class DiceLossFunc(torch.autograd.Function):\n    @staticmethod\n"
               "    def forward(ctx, pred, target): return pred\n    @staticmethod\n"
               "    def backward(ctx, pred, target): return pred\n"
               "class DiceLoss(nn.Module):\n    def forward(self, pred, target): return DiceLossFunc.apply(pred, "
               "target)\n") == "DiceLoss.forward");
}

TEST_CASE("training steps and scripts") {
  CHECK(losses("x = torch.randn(3)\nx.sum().backward()\n") == "<module>");
  CHECK(losses_with("import jax\n", "f = lambda w: w\nprint(jax.value_and_grad(f)(1.0))\n") == "<module>");
  CHECK(losses_with("import jax\n", "def step(w):\n    return jax.grad(f)(w)\ndef f(w): return w\nstep(1.0)\n") ==
        "<module>");
  CHECK(losses_with("import tensorflow as tf\n",
                    "with tf.GradientTape() as tape:\n    y = f(x)\ng = tape.gradient(y, x)\n") == "<module>");
  CHECK(losses_with("import tensorflow as tf\nimport numpy as np\n", "g = np.gradient(x)\n").empty());
  CHECK(losses("def train(model, loader):\n    for x in loader:\n        loss = nn.functional.mse_loss(model(x), x)\n"
               "        loss.backward()\n") == "train");
  CHECK(losses("class M(pl.LightningModule):\n    def training_step(self, batch, i):\n"
               "        return nn.functional.mse_loss(batch, batch)\n") == "M.training_step");
  CHECK(losses("model = nn.Linear(2, 1)\nloss = model(torch.randn(3, 2)).mean()\nloss.backward()\n") == "<module>");
  CHECK(losses("def train(m):\n    loss = nn.functional.mse_loss(m, m)\n    loss.backward()\n"
               "if __name__ == '__main__':\n    train(1)\n") == "<module> train");
}

TEST_CASE("texts that can hold no loss") {
  CHECK_FALSE(may_hold_loss("def loss(a): return a\n"));
  CHECK_FALSE(may_hold_loss("# torch\nx = 'keras'\ndef f(a): return a\n"));
  CHECK_FALSE(may_hold_loss("import torch\ndef f(pred, other): return pred\n"));
  CHECK(may_hold_loss("from torch import nn\ndef f(\n    pred: Tensor,  # (B,)\n    target=None): return pred\n"));
  CHECK(may_hold_loss("import keras\nf = lambda y_true, y_pred: y_true\n"));
  // Words of a loss where no loss is made.
  CHECK_FALSE(may_hold_loss("import torch\ndef f(a):\n    with torch.no_grad(): return a  # the loss\n"));
  CHECK_FALSE(may_hold_loss("import torch\nfrom losses import dice_loss\nlosses['dice'] = dice_loss(a, b)\n"));
  CHECK_FALSE(may_hold_loss("import torch\ncriterion = nn.BCELoss()\ndef f(a): return a\n"));
  CHECK_FALSE(may_hold_loss("import torch\ndef f(a, b):\n    log(loss=a.rows())\n    return b\n"));
  CHECK_FALSE(may_hold_loss("import torch\nclass LossConfig: rate = 1\n"));
  CHECK_FALSE(may_hold_loss("import torch\n\"\"\"def loss(pred, target): return pred\"\"\"\n"));
  CHECK(may_hold_loss("import torch\nx = 1  # shapelint: ignore[late-weight] of the loss\n"));
}

TEST_CASE("a C++ text without LibTorch or without a sign of a loss is passed over") {
  CHECK_FALSE(may_hold_cxx_loss("double loss(double x);\n"));
  CHECK_FALSE(
      may_hold_cxx_loss("torch::Tensor nms(torch::Tensor boxes, torch::Tensor areas) { return f(output, target); }\n"));
  CHECK_FALSE(may_hold_cxx_loss("#include <torch/torch.h>\nAT_DISPATCH(x.type(), \"forward\", [&] {});\n"));
  CHECK(may_hold_cxx_loss("torch::Tensor f(const torch::Tensor& output, torch::Tensor target = {}) {\n"));
  CHECK(may_hold_cxx_loss("void step(torch::Tensor x) { x.backward(); }\n"));
  CHECK(may_hold_cxx_loss("torch::Tensor f(torch::Tensor a SHAPE(\"B 1\")) {\n"));
  CHECK(may_hold_cxx_loss("struct DiceLossImpl : torch::nn::Module {};\n"));
}

}  // namespace
}  // namespace shapelint
