// Shapes in docstrings and comments: the styles that people write, and prose that is none.
#include <doctest/doctest.h>

#include "lib/trace/shape_text.h"

namespace shapelint {
namespace {

std::string in_docstring(std::string_view text, const std::vector<std::string>& names = {"pred", "target", "input"}) {
  std::string out;
  for (const auto& [name, shape] : shapes_in_docstring(text, names)) out += name + "=" + shape + ";";
  return out;
}

TEST_CASE("docstring styles") {
  SUBCASE("Google") {
    CHECK(in_docstring(
              "Args:\n    pred (torch.Tensor): logits of shape [B, C, H, W].\n    target (Tensor, optional): x\n") ==
          "pred=B C H W;");
    CHECK(in_docstring(
              "Args:\n  pred: the prediction,\n    a tensor of shape (N, num_classes)\n  target: shape = (N,)\n") ==
          "pred=N num_classes;target=N;");
  }
  SUBCASE("NumPy") {
    CHECK(in_docstring("Parameters\n----------\npred : torch.Tensor, shape (N, C)\n    logits\ntarget : Tensor\n    of "
                       "shape (N,)\n") == "pred=N C;target=N;");
  }
  SUBCASE("Sphinx") {
    CHECK(in_docstring(":param pred: a tensor of size [B, N-1]\n:param Tensor target: shape (B, 2*N)\n") ==
          "pred=B N-1;target=B 2*N;");
  }
  SUBCASE("PyTorch") {
    CHECK(in_docstring("Shape:\n    - Input: :math:`(N, C)` where C is\n    - Target: :math:`(N)`\n") ==
          "input=N C;target=N;");
  }
  SUBCASE("crosses") {
    CHECK(in_docstring("Args:\n    pred: BxCxHxW logits\n    target: shape B x 1 x H x W\n") ==
          "pred=B C H W;target=B 1 H W;");
  }
  SUBCASE("brackets that end the line") {
    CHECK(in_docstring("Arguments\n---------\npred : torch.Tensor\n    what the model gives [B, T, D].\n"
                       "target: torch.Tensor\n    mask [batch, T, 1]\n") == "pred=B T D;target=batch T 1;");
  }
  SUBCASE("one axis ends the line: the batch's, no unit and no reference") {
    CHECK(in_docstring(
              "Args:\n    pred (torch.Tensor): value head, [B].\n    target (torch.Tensor): returns, (B, 1).\n") ==
          "pred=B;target=B 1;");
    CHECK(in_docstring("Args:\n    pred (torch.Tensor): value head, (B,).\n    target: one number a row [batch]\n") ==
          "pred=B;target=batch;");
    CHECK(in_docstring("Args:\n    pred: force in [N]\n    target: see the paper (B)\n    input: as in [Smith].\n")
              .empty());
    // Two entries on one line: the last shape is the other one's.
    CHECK(in_docstring("target: int (B, T) with 0 for padding, pred: (B, T, V).\n").find("target=") ==
          std::string::npos);
    CHECK(in_docstring("Args:\n    pred: a list of logits, (B, C).\n    target: limits (Low, High)\n").empty());
  }
  SUBCASE("in quotes that end the line, and one for each of what an axis counts") {
    CHECK(in_docstring("Args:\n    pred: noise level, ``(B, 1)``\n    target: weight, `(B, 1)`.\n    input: level "
                       ":math:`(B, 1)`\n") == "pred=B 1;target=B 1;input=B 1;");
    CHECK(in_docstring("Args:\n    pred: one for each sample, (B, 1)\n    target: importance of each row, shape (B,)\n"
                       "    input: each sample's weight, (B, 1)\n") == "pred=B 1;target=B;input=B 1;");
    CHECK(in_docstring("Args:\n    pred: features of each level, (B, C)\n    target: each (B, C)\n    input: what "
                       "each has, shape (B, C)\n")
              .empty());
  }
  SUBCASE("the element type in front") {
    CHECK(in_docstring("pred: f32[B, D], model output.\ntarget: Float[B D], noise\ninput: Int[B]\n") ==
          "pred=B D;target=B D;input=B;");
    CHECK(in_docstring("pred: Float[0, 1.5]\ntarget: see[B, D] there\ninput: List[B]\n").empty());
  }
  SUBCASE("a shape first, and sizes of something else behind it") {
    CHECK(in_docstring("pred: [B, C, H, W] probabilities, or sigmoid output with outputs of size [B, H, W].\n") ==
          "pred=B C H W;");
  }
  SUBCASE("torchvision") { CHECK(in_docstring("Args:\n    pred (Tensor[N, 4]): boxes\n") == "pred=N 4;"); }
}

TEST_CASE("sentences") {
  const auto in_sentences = [](std::string_view text, const std::vector<std::string>& names) {
    std::string out;
    for (const auto& [name, shape] : shapes_in_sentences(text, names, names)) out += name + "=" + shape + ";";
    return out;
  };
  CHECK(in_sentences("Cross entropy of logits (B, C) and labels (B,).", {"logits", "labels"}) ==
        "logits=B C;labels=B;");
  CHECK(in_sentences("Shapes: x (B, D), centers (B, D) -> x (B,)", {"x", "centers"}) == "x=B D;centers=B D;");
  CHECK(in_sentences("mean, log_sigma and y are (B, D), w is a column of shape (B, 1)",
                     {"mean", "log_sigma", "y", "w"}) == "mean=B D;log_sigma=B D;y=B D;w=B 1;");
  CHECK(in_sentences("All arguments have shape (B,).", {"q", "v"}) == "q=B;v=B;");
  CHECK(in_sentences("both projections are (B, D).", {"p", "z"}) == "p=B D;z=B D;");
  CHECK(in_sentences("`a` is [batch, 3]", {"a"}) == "a=batch 3;");
  CHECK(in_sentences("pred - (B, Q), target.shape = (B, 1)", {"pred", "target"}) == "pred=B Q;target=B 1;");
  CHECK(in_sentences("x (not used) and y have the shape (B, K)", {"x", "y"}) == "x=B K;y=B K;");
  SUBCASE("what says no shape of a parameter") {
    CHECK(in_sentences("x (a list) and y have the shape (B, K)", {"x", "y"}) == "y=B K;");
    CHECK(in_sentences("x (B, C) and y", {"x", "y"}) == "x=B C;");
    CHECK(in_sentences("gives a (B, N) tensor", {"a"}).empty());
    CHECK(in_sentences("The stage (TRAIN, VALID, TEST)", {"stage"}).empty());
    CHECK(in_sentences("x (start, end) pairs", {"x"}).empty());
    CHECK(in_sentences("both of them (B, D)", {"x", "y", "z"}).empty());
    CHECK(in_sentences("the loss\n\nReturns: y (B,)", {"y"}).empty());
    CHECK(in_sentences("x is (B, C) or (B, C, T)", {"x"}).empty());
    CHECK(in_sentences("x [NCHW], y [N1HW]", {"x", "y"}).empty());
    CHECK(in_sentences("x (B, C), then x (B, 1)", {"x"}).empty());
  }
}

TEST_CASE("what ends a line, the batch first") {
  CHECK(in_docstring("Args:\n    pred: output of the value head, [bsz]\n    target: GAE returns, [bsz, 1]\n") ==
        "pred=bsz;target=bsz 1;");
  CHECK(in_docstring("Args:\n    pred: output of the head, B x C.\n    target: the targets, B x 1\n") ==
        "pred=B C;target=B 1;");
  CHECK(in_docstring("pred: from a grid of 3 x 3").empty());
  CHECK(in_docstring("pred: names of layers [conv, pool]").empty());
}

TEST_CASE("one size in two spellings") {
  CHECK(in_docstring("Args:\n    pred: of shape (n_intances, n_classes)\n    target: of shape (n_instances,)\n") ==
        "pred=n_intances n_classes;target=n_intances;");
  CHECK(in_docstring("Args:\n    pred: of shape (num_samples, dim)\n    target: of shape (n_sample,)\n") ==
        "pred=num_samples dim;target=num_samples;");
  CHECK(
      in_docstring("Args:\n    pred: of shape (num_nodes, num_node)\n    target: of shape (batch_one, batch_two)\n") ==
      "pred=num_nodes num_node;target=batch_one batch_two;");
}

TEST_CASE("a shape over two lines, and examples") {
  CHECK(in_docstring("Args:\n    pred: with shape ``[batch_size,\n      num_classes]``.\n") ==
        "pred=batch_size num_classes;");
  CHECK(shapes_in_text(
            without_examples("pred: [B, N]\n>>> loss(pred, axis=(2, 3))\n... , target=(1, 2))\n\ntarget: [B, 1]")) ==
        NamedShapes{{"pred", "B N"}, {"target", "B 1"}});
}

TEST_CASE("what is no shape, or not one") {
  CHECK(in_docstring("pred: Shape is (N, C), and if there are more axes (N, C, D1, ..., Dk)").empty());

  CHECK(in_docstring("pred (Tensor, optional): the input").empty());
  CHECK(in_docstring("pred (float): the input").empty());
  CHECK(in_docstring("pred: (int, float) a number").empty());
  CHECK(in_docstring("pred: of shape (N, C) or (N, C, H, W)").empty());
  CHECK(in_docstring("- Input: :math:`(N, *)` where * means any").empty());
  CHECK(in_docstring("- Input: :math:`(N, C)`\n- Input: :math:`(N, C, L)`\n").empty());
  CHECK(in_docstring("pred (List[Tensor]): of shape (N, C)").empty());
  CHECK(in_docstring("pred: a list of tensors, each of shape (N, C)").empty());
  CHECK(in_docstring("pred: what the model gives, with\n    * logits - tensor of shape [N, C]\n").empty());
  CHECK(in_docstring("other: of shape (N, C)").empty());
  CHECK(in_docstring("pred: values in [0, 1]").empty());
  CHECK(in_docstring("pred: one of [mean, sum]").empty());
  CHECK(in_docstring("pred: a path [Optional, None]").empty());
  CHECK(in_docstring("pred: logits (see the paper)").empty());
  SUBCASE("several tensors of one shape") {
    CHECK(in_docstring("pred: flows at all scales n * [B x 4 x h x w]").empty());
    CHECK(in_docstring("pred: features, 5 x [B, C, H, W]").empty());
    CHECK(in_docstring("pred: [B, C, H, W] * num_levels").empty());
    CHECK(in_docstring("pred: flows *[B, C, H, W]*") == "pred=B C H W;");
  }
  SUBCASE("a size that is asked for") {
    CHECK_FALSE(shape_of_result("Return:\n    overlap: (tensor) Shape: [a.size(0), b.size(0)]\n").has_value());
    CHECK_FALSE(shape_of_result("Returns:\n    as many as a.shape(0)\n").has_value());
    CHECK(shape_of_result("Return:\n    overlap: (tensor) Shape: [N, M]\n") == "N M");
  }
}

TEST_CASE("names of values are no sizes") {
  CHECK(in_docstring("pred: array of shape (bs)x(time)x(2D coords)").empty());
  CHECK(shapes_in_text("# flows=[fwd_flows, bwd_flows]: each (N-1)").empty());
  CHECK(shapes_in_text("# pred: (batch_size, num_classes)").size() == 1);
  CHECK(shapes_in_text("// pred: Float[B T V], labels: Int[B T]") == NamedShapes{{"pred", "B T V"}, {"labels", "B T"}});
  CHECK(shapes_in_text("// pred: f32[B, T], labels: List[B T]") == NamedShapes{{"pred", "B T"}});
  CHECK(shapes_in_text("pred: [B, H, W, C] or [B, C, H, W], target: [B, H, W]").size() == 1);
  CHECK(in_docstring("pred: should have the shape [BN] or [BNHW]").empty());
  CHECK(in_docstring("pred: B x T X D\n") == "pred=B T D;");
}

TEST_CASE("comments") {
  CHECK(shape_at_start("(B, N)") == "B N");
  CHECK(shape_at_start("[B, T, C] features") == "B T C");
  CHECK(shape_at_start("B x N") == "B N");
  CHECK_FALSE(shape_at_start("(see above)").has_value());
  CHECK_FALSE(shape_at_start("the mean").has_value());
}

}  // namespace
}  // namespace shapelint
