"""Records the losses of torch.nn as torch_nn.json: see torch_recorder.py for the form of a record."""
from torch_recorder import Recorder

import torch

rec = Recorder()
f32 = torch.float32
REDUCTIONS = ["none", "mean", "sum"]

for name in ("a", "b", "c"):
    rec.floats(name + "4", (4,))
    rec.floats(name + "34", (3, 4))
    rec.floats(name + "234", (2, 3, 4))
    rec.floats(name + "2345", (2, 3, 4, 2))
    rec.floats(name + "31", (3, 1))
    rec.floats(name + "3", (3,))
    rec.floats(name + "14", (1, 4))
    rec.floats("s" + name, ())
    rec.input(name + "04", torch.zeros(0, 4).numpy(), f32)
    rec.floats(name + "p34", (3, 4), 0.02, 0.98)
    rec.floats(name + "p3", (3,), 0.02, 0.98)
    rec.floats(name + "p31", (3, 1), 0.02, 0.98)
    rec.floats(name + "p234", (2, 3, 4), 0.02, 0.98)
    rec.floats(name + "ps", (), 0.02, 0.98)
    rec.floats(name + "pos34", (3, 4), 0.1, 4)
    rec.floats(name + "pos3", (3,), 0.1, 4)
rec.input("edge", [0, 1, -1, 0.5, -0.5, 30, -30, 90, -90, 1e-6], f32)
rec.input("edge_target", [0, 1, -1, 1, -1, 1, 0, 1, -1, 0.5], f32)
rec.input("zero_one", [0, 1, 0, 1, 0.5, 1e-8, 1 - 1e-6], f32)
rec.input("labels01", [0, 1, 1, 0, 0.25, 1, 1], f32)
rec.input("signs34", [[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, -1, 0]], f32)
rec.input("signs3", [1, -1, 1], f32)
rec.input("signs31", [[1], [-1], [1]], f32)
rec.input("signs_s", -1.0, f32)
rec.input("signs2", [1, -1], f32)
rec.input("near34", [[0.1, -0.3, 0.45, 0.5], [-0.5, 0.2, 1, -1], [0, 0.4, -0.4, 0.49]], f32)
rec.input("zeros34", torch.zeros(3, 4).numpy(), f32)
rec.ints("lab3", (3,), 0, 4)
rec.ints("lab2", (2,), 0, 3)
rec.ints("lab24", (2, 4), 0, 3)
rec.ints("lab242", (2, 4, 2), 0, 3)
rec.input("lab_s", 2, torch.int64)
rec.input("lab1", [1], torch.int64)
rec.input("lab31", [[1], [0], [3]], torch.int64)
rec.input("lab_ignored", [1, -100, 3], torch.int64)
rec.input("lab_ignored2", [1, 2, 3], torch.int64)
rec.input("lab_all_ignored", [-100, -100, -100], torch.int64)
rec.input("lab_beyond", [1, 4, 0], torch.int64)
rec.input("lab_negative", [1, -1, 0], torch.int64)
rec.input("lab0", torch.zeros(0).numpy(), torch.int64)
rec.input("lists34", [[1, 0, -1, 2], [3, -1, 0, 0], [0, 1, 2, 3]], torch.int64)
rec.input("lists_twice", [[1, 1, -1, 2], [-1, 2, 3, 0], [2, 0, 2, -1]], torch.int64)
rec.input("lists4", [2, 0, -1, 1], torch.int64)
rec.input("w4", [0.5, 1, 2, 0], f32)
rec.input("w3", [0.5, 1, 2], f32)
rec.input("prob34", [[0.2, 0.3, 0.1, 0.4], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]], f32)
rec.input("logprob34", torch.log_softmax(rec.pool["a34"], 1).numpy(), f32)
rec.input("logprob234", torch.log_softmax(rec.pool["a234"], 1).numpy(), f32)
rec.input("steep34", [[80, -80, 0, 3], [200, 0, -200, 1], [-5, -5, -5, -5]], f32)


def loss(call, *kinds, reductions=REDUCTIONS, extra=""):
    """The call with every reduction, and by default without one."""
    rec(f"F.{call}{extra})")
    for reduction in reductions:
        rec(f"F.{call}{extra}, reduction='{reduction}')")


def legacy(call):
    for flags in ("size_average=False", "reduce=False", "size_average=True", "size_average=False, reduce=False", "reduce=True"):
        rec(f"F.{call}, {flags})")
    rec(f"F.{call}, reduction='no such')")


SAME = [("a4", "b4"), ("a34", "b34"), ("a234", "b234"), ("a2345", "b2345"), ("sa", "sb")]

UNEQUAL = [("a31", "b3"), ("a3", "b31"), ("a34", "b4"), ("a34", "b31"), ("a34", "b3"), ("a4", "sb"), ("a14", "b31")]

# ---- one number and its target -------------------------------------------------------------------------------------

for name, variants in (("mse_loss", []), ("l1_loss", []), ("smooth_l1_loss", ["beta=0.5", "beta=0.0", "beta=2.0", "beta=-1.0"]),
                       ("huber_loss", ["delta=0.5", "delta=2.0", "delta=0.0"])):
    for x, y in SAME:
        loss(f"{name}({x}, {y}")
    for x, y in UNEQUAL:
        loss(f"{name}({x}, {y}", reductions=["none"])
    loss(f"{name}(a04, b04")
    loss(f"{name}(edge, edge_target")
    loss(f"{name}(near34, zeros34")
    for variant in variants:
        loss(f"{name}(a34, b34", extra=", " + variant)
    if name == "huber_loss":
        rec("F.huber_loss(a34, b34, reduction='no such')")
    else:
        legacy(f"{name}(a34, b34")
for x, y in SAME + UNEQUAL[:3]:
    rec(f"F.soft_margin_loss({x}, {y}, reduction='none')")
    rec(f"F.soft_margin_loss({x}, {y})")
loss("soft_margin_loss(a34, signs34")
loss("soft_margin_loss(edge, edge_target")
loss("soft_margin_loss(a04, b04")
legacy("soft_margin_loss(a34, signs34")

# ---- cross-entropies with 0/1 labels -------------------------------------------------------------------------------

for x, y in (("ap34", "bp34"), ("ap3", "bp3"), ("ap234", "bp234"), ("aps", "bps"), ("ap3", "bp31"), ("ap34", "bp3"), ("ap31", "bp3"), ("a04", "b04")):
    loss(f"binary_cross_entropy({x}, {y}")
loss("binary_cross_entropy(zero_one, labels01")
for weight in ("w4", "w3", "ap34", "ap31", "ap234", "sa"):
    loss("binary_cross_entropy(ap34, bp34", extra=f", weight={weight}")
    loss("binary_cross_entropy_with_logits(a34, bp34", extra=f", weight={weight}")
    loss("binary_cross_entropy_with_logits(a34, bp34", extra=f", pos_weight={weight}")
loss("binary_cross_entropy_with_logits(a34, bp34", extra=", weight=w4, pos_weight=w4")
loss("binary_cross_entropy_with_logits(a3, bp3", extra=", weight=ap234")
legacy("binary_cross_entropy(ap34, bp34")
for x, y in (("a34", "bp34"), ("a3", "bp3"), ("a234", "bp234"), ("sa", "bps"), ("a3", "bp31"), ("a34", "bp3"), ("a31", "bp3"), ("a04", "b04")):
    loss(f"binary_cross_entropy_with_logits({x}, {y}")
loss("binary_cross_entropy_with_logits(edge, edge_target")
legacy("binary_cross_entropy_with_logits(a34, bp34")

# ---- distributions -------------------------------------------------------------------------------------------------

for x, y in (("a34", "prob34"), ("a4", "bp3"), ("a234", "bp234"), ("sa", "bps"), ("a34", "bp31"), ("a4", "bp34"), ("a31", "bp3"), ("a04", "b04")):
    for log_target in (False, True):
        loss(f"kl_div({x}, {y}", reductions=REDUCTIONS + ["batchmean"], extra=f", log_target={log_target}")
legacy("kl_div(a34, prob34")
rec("F.kl_div(a34, prob34, size_average=False, reduction='batchmean')")
rec("F.kl_div(edge, edge_target, reduction='none')")
for x, y in SAME + UNEQUAL:
    loss(f"poisson_nll_loss({x}, {y}", reductions=["none"])
for extra in (", log_input=False", ", full=True", ", log_input=False, full=True", ", log_input=False, eps=0.5"):
    loss("poisson_nll_loss(apos34, bpos34", extra=extra)
    loss("poisson_nll_loss(apos34, bpos3[0]", extra=extra)
loss("poisson_nll_loss(a04, b04")
legacy("poisson_nll_loss(a34, bpos34")
for var in ("cpos34", "cpos3", "cpos3[:, None]", "cpos34[:1]", "cpos34[0]", "cpos3[0]", "c34"):
    loss(f"gaussian_nll_loss(a34, b34, {var}")
loss("gaussian_nll_loss(a34, b34, cpos34", extra=", full=True")
loss("gaussian_nll_loss(a34, b34, cpos34", extra=", eps=1.0")
loss("gaussian_nll_loss(a34, b4, cpos34")
loss("gaussian_nll_loss(a34, b31, cpos34")
loss("gaussian_nll_loss(a3, b3, cpos3")
loss("gaussian_nll_loss(a3, b3, cpos3[0]")
loss("gaussian_nll_loss(a34, b34, zeros34")
rec("F.gaussian_nll_loss(a34, b34, cpos34, reduction='no such')")

# ---- class numbers -------------------------------------------------------------------------------------------------

CLASSES = [("logprob34", "lab3"), ("a2345", "lab242"), ("logprob234", "lab24"), ("a4", "lab_s"), ("a4", "lab1"), ("a34", "lab31"),
           ("a34", "lab2"), ("a234", "lab2"), ("a234", "lab242"), ("a34", "lab_s"), ("a4", "lab3"), ("sa", "lab_s"), ("a04", "lab0"),
           ("a34", "lab_ignored"), ("a34", "lab_all_ignored"), ("a34", "lab_beyond"), ("a34", "lab_negative"),
           ("a2345[..., :1]", "lab242[..., :1]"), ("a2345[:, :, :, :, None]", "lab242[..., None]")]
for x, y in CLASSES:
    loss(f"nll_loss({x}, {y}")
    loss(f"cross_entropy({x}, {y}")
for name in ("nll_loss", "cross_entropy"):
    for extra in (", weight=w4", ", ignore_index=1", ", weight=w4, ignore_index=3", ", ignore_index=-1", ", weight=w3", ", weight=ap34"):
        for labels in ("lab3", "lab_ignored2", "lab_ignored"):
            loss(f"{name}(a34, {labels}", extra=extra)
    loss(f"{name}(a234, lab24", extra=", weight=w3")
    loss(f"{name}(a2345, lab242", extra=", weight=w3, ignore_index=2")
    loss(f"{name}(a4, lab_s", extra=", weight=w4")
    loss(f"{name}(steep34, lab3")
    legacy(f"{name}(a34, lab3")
for smoothing in ("0.1", "1.0", "0.0", "1.5", "-0.1"):
    loss("cross_entropy(a34, lab3", extra=f", label_smoothing={smoothing}")
for x, y in (("a234", "lab24"), ("a2345", "lab242"), ("a4", "lab_s"), ("a34", "lab_ignored"), ("steep34", "lab3"), ("a34", "lab_all_ignored")):
    loss(f"cross_entropy({x}, {y}", extra=", label_smoothing=0.2")
loss("cross_entropy(a34, lab_ignored", extra=", label_smoothing=0.2, weight=w4")
loss("cross_entropy(a34, lab3", extra=", label_smoothing=0.2, weight=w4")
loss("cross_entropy(a34, lab3", extra=", label_smoothing=0.2, weight=w4, ignore_index=1")
loss("cross_entropy(a234, lab24", extra=", label_smoothing=0.2, weight=w3")
for x, y in (("a34", "prob34"), ("a4", "bp34[0]"), ("a234", "bp234"), ("a2345", "b2345"), ("a34", "bp31"), ("steep34", "prob34"), ("a04", "b04")):
    loss(f"cross_entropy({x}, {y}")
for extra in (", weight=w4", ", label_smoothing=0.3", ", weight=w4, label_smoothing=0.3", ", weight=w3"):
    loss("cross_entropy(a34, prob34", extra=extra)
loss("cross_entropy(a234, bp234", extra=", weight=w3, label_smoothing=0.1")
for x, y in (("a34", "lab3"), ("a4", "lab_s"), ("a4", "lab1"), ("a34", "lab2"), ("a34", "lab31"), ("a4", "lab3"), ("a234", "lab24"), ("a34", "lab_beyond")):
    loss(f"multi_margin_loss({x}, {y}")
for extra in (", p=2", ", margin=0.3", ", weight=w4", ", p=2, weight=w4, margin=2.0", ", p=3"):
    loss("multi_margin_loss(a34, lab3", extra=extra)
legacy("multi_margin_loss(a34, lab3")
for x, y in (("a34", "lists34"), ("a34", "lists_twice"), ("a4", "lists4"), ("a34", "lists4"), ("a34", "lists34[:2]"), ("a234", "lab24")):
    loss(f"multilabel_margin_loss({x}, {y}")
legacy("multilabel_margin_loss(a34, lists34")
for x, y in (("a34", "labels01[:4]"), ("a34", "bp34"), ("a4", "bp34[0]"), ("a234", "bp234"), ("a4", "bp34"), ("a31", "bp3"), ("a04", "b04")):
    loss(f"multilabel_soft_margin_loss({x}, {y}")
loss("multilabel_soft_margin_loss(a34, bp34", extra=", weight=w4")
loss("multilabel_soft_margin_loss(a34, bp34", extra=", weight=ap31")
loss("multilabel_soft_margin_loss(edge, edge_target")
legacy("multilabel_soft_margin_loss(a34, bp34")

# ---- embeddings ----------------------------------------------------------------------------------------------------

for x, y in (("a34", "signs34"), ("a3", "signs3"), ("a31", "signs3"), ("a3", "signs31"), ("a34", "signs3"), ("a34", "signs31"), ("a04", "b04"), ("sa", "signs_s")):
    loss(f"hinge_embedding_loss({x}, {y}")
loss("hinge_embedding_loss(a34, signs34", extra=", margin=0.2")
legacy("hinge_embedding_loss(a34, signs34")
for parts in ("a3, b3, signs3", "a34, b34, signs34", "a31, b31, signs3", "a31, b14, signs31", "sa, sb, signs_s", "a3, b31, signs3", "a04, b04, c04", "a34, b34, signs31"):
    loss(f"margin_ranking_loss({parts}")
loss("margin_ranking_loss(a3, b3, signs3", extra=", margin=0.5")
legacy("margin_ranking_loss(a3, b3, signs3")
for parts in ("a34, b34, signs3", "a4, b4, signs_s", "a34, b34, signs31", "a34, b14, signs3", "a234, b234, signs2", "a34, b34, signs_s", "a4, b4, signs3", "a34, b34, signs2",
              "zeros34, b34, signs3"):
    loss(f"cosine_embedding_loss({parts}")
loss("cosine_embedding_loss(a34, b34, signs3", extra=", margin=0.3")
legacy("cosine_embedding_loss(a34, b34, signs3")
for parts in ("a34, b34, c34", "a4, b4, c4", "a234, b234, c234", "a34, b14, c34", "a34, b34, c4", "a34, b34, c14", "a31, b14, c34", "a34, a34, a34", "a04, b04, c04"):
    loss(f"triplet_margin_loss({parts}")
    loss(f"triplet_margin_with_distance_loss({parts}")
for extra in (", margin=0.2", ", p=1", ", p=3", ", swap=True", ", eps=0.1", ", p=1, swap=True, margin=2.0", ", p=0", ", p=float('inf')"):
    loss("triplet_margin_loss(a34, b34, c34", extra=extra)
legacy("triplet_margin_loss(a34, b34, c34")
for extra in (", distance_function=lambda x, y: 1.0 - F.cosine_similarity(x, y)", ", distance_function=nn.PairwiseDistance(p=1)", ", swap=True", ", margin=0.1, swap=True",
              ", distance_function=lambda x, y: (x - y).abs()"):
    loss("triplet_margin_with_distance_loss(a34, b34, c34", extra=extra)

# ---- sequences -----------------------------------------------------------------------------------------------------

rec.input("ctc_probs", torch.log_softmax(torch.tensor(rec.rng.uniform(-2, 2, (6, 3, 4)), dtype=f32), 2).numpy(), f32)
rec.input("ctc_targets", [[1, 2, 3], [3, 3, 1], [2, 1, 1]], torch.int64)
rec.input("ctc_joined", [1, 2, 3, 3, 3, 2], torch.int64)
rec.input("steps", [6, 5, 6], torch.int64)
rec.input("letters", [3, 2, 1], torch.int64)
rec.input("few_steps", [6, 2, 1], torch.int64)
rec.input("no_letters", [0, 2, 3], torch.int64)
for lengths in ("steps, letters", "few_steps, letters", "steps, no_letters", "(6, 5, 6), (3, 2, 1)"):
    loss(f"ctc_loss(ctc_probs, ctc_targets, {lengths}")
    loss(f"ctc_loss(ctc_probs, ctc_targets, {lengths}", extra=", zero_infinity=True")
loss("ctc_loss(ctc_probs, ctc_targets - 1, steps, letters", extra=", blank=3")
loss("ctc_loss(ctc_probs[:, 0], ctc_targets[0], steps[0], letters[0]")
rec("F.ctc_loss(ctc_probs, ctc_targets, steps[:2], letters)")
rec("F.ctc_loss(ctc_probs, ctc_targets, steps, letters, reduction='no such')")

# ---- the classes ---------------------------------------------------------------------------------------------------

CLASSES = {
    "L1Loss": ("a34, b34", []), "MSELoss": ("a34, b34", []), "SmoothL1Loss": ("a34, b34", ["beta=0.5"]), "HuberLoss": ("a34, b34", ["delta=0.5"]),
    "NLLLoss": ("logprob34, lab_ignored", ["weight=w4", "ignore_index=1"]), "NLLLoss2d": ("a2345, lab242", []),
    "CrossEntropyLoss": ("a34, lab_ignored", ["weight=w4", "ignore_index=1", "label_smoothing=0.1"]), "PoissonNLLLoss": ("a34, bpos34", ["log_input=False", "full=True"]),
    "GaussianNLLLoss": ("a34, b34, cpos34", ["full=True", "eps=1.0"]), "KLDivLoss": ("a34, prob34", ["log_target=True", "reduction='batchmean'"]),
    "BCELoss": ("ap34, bp34", ["weight=w4"]), "BCEWithLogitsLoss": ("a34, bp34", ["weight=w4", "pos_weight=w4"]),
    "HingeEmbeddingLoss": ("a34, signs34", ["margin=0.3"]), "MultiLabelMarginLoss": ("a34, lists34", []), "SoftMarginLoss": ("a34, signs34", []),
    "MultiLabelSoftMarginLoss": ("a34, bp34", ["weight=w4"]), "CosineEmbeddingLoss": ("a34, b34, signs3", ["margin=0.3"]),
    "MarginRankingLoss": ("a3, b3, signs3", ["margin=0.3"]), "MultiMarginLoss": ("a34, lab3", ["p=2", "margin=0.3", "weight=w4", "p=3"]),
    "TripletMarginLoss": ("a34, b34, c34", ["margin=0.3", "p=1", "swap=True", "eps=0.01"]),
    "TripletMarginWithDistanceLoss": ("a34, b34, c34", ["distance_function=lambda x, y: 1.0 - F.cosine_similarity(x, y)", "swap=True"]),
    "CTCLoss": ("ctc_probs, ctc_targets, few_steps, letters", ["zero_infinity=True", "blank=0"])}
for name, (arguments, options) in CLASSES.items():
    rec(f"nn.{name}()({arguments})")
    for option in [f"reduction='{reduction}'" for reduction in REDUCTIONS] + options:
        rec(f"nn.{name}({option})({arguments})")
    rec(f"nn.{name}(reduction='none').{'reduction' if name != 'CTCLoss' else 'blank'}")
rec("nn.MSELoss(size_average=False)(a34, b34)")
rec("nn.MSELoss(reduce=False)(a34, b34)")
rec("nn.MSELoss(False)(a34, b34)")
rec("nn.CrossEntropyLoss(w4)(a34, lab3)")
rec("nn.BCELoss(ap31)(ap34, bp34)")
rec("nn.MSELoss(reduction='no such')(a34, b34)")

# ---- distances -----------------------------------------------------------------------------------------------------

for name in ("pairwise_distance", "cosine_similarity"):
    for x, y in SAME[:4] + UNEQUAL[1:4] + [("a14", "b34"), ("a34", "a34"), ("zeros34", "b34"), ("a34[:, None]", "b34")]:
        rec(f"F.{name}({x}, {y})")
for extra in ("p=1", "p=3.0", "p=0", "p=float('inf')", "p=float('-inf')", "eps=0.1", "keepdim=True"):
    rec(f"F.pairwise_distance(a34, b34, {extra})")
for extra in ("dim=0", "dim=-1", "eps=0.5", "dim=2"):
    rec(f"F.cosine_similarity(a34, b34, {extra})")
rec("F.cosine_similarity(a34[:, None], b34, dim=2)")
rec("F.cosine_similarity(a234, b14, dim=-1)")
rec("nn.CosineSimilarity(dim=0)(a34, b34)")
rec("nn.PairwiseDistance(keepdim=True)(a34, b34)")
for extra in ("", ", p=1", ", dim=0", ", dim=-1", ", eps=10.0", ", p=3", ", dim=2", ", p=float('inf')"):
    rec(f"F.normalize(a34{extra})")
rec("F.normalize(a4, dim=0)")
rec("F.normalize(a4)")
rec("F.normalize(zeros34)")
rec("F.normalize(a234)")
for p in ("2", "1", "0", "3", "float('inf')"):
    rec(f"F.pdist(a34, {p})")
rec("F.pdist(a4)")

# ---- the names of these functions in torch and torch._C._nn, with numbers for reductions ------------------------------------

for reduction in (0, 1, 2):
    for call in ("kl_div(a34, prob34, {})", "hinge_embedding_loss(a34, signs34, 1.0, {})", "margin_ranking_loss(a3, b3, signs3, 0.0, {})", "cosine_embedding_loss(a34, b34, signs3, 0.0, {})",
                 "triplet_margin_loss(a34, b34, c34, 1.0, 2.0, 1e-6, False, {})", "binary_cross_entropy_with_logits(a34, bp34, None, None, {})", "poisson_nll_loss(a34, bpos34, True, False, 1e-8, {})",
                 "ctc_loss(ctc_probs, ctc_targets, steps, letters, 0, {})", "_C._nn.mse_loss(a34, b4, {})", "_C._nn.l1_loss(a34, b34, {})", "_C._nn.smooth_l1_loss(a34, b34, {}, 0.5)",
                 "_C._nn.huber_loss(a34, b34, {}, 0.5)", "_C._nn.binary_cross_entropy(ap34, bp34, None, {})", "_C._nn.nll_loss_nd(a34, lab3, None, {}, -100)", "_C._nn.soft_margin_loss(a34, signs34, {})",
                 "_C._nn.cross_entropy_loss(a34, lab3, None, {}, -100, 0.1)", "_C._nn.multi_margin_loss(a34, lab3, 1, 1.0, None, {})", "_C._nn.multilabel_margin_loss(a34, lists34, {})"):
        rec("torch." + call.format(reduction))
rec("torch.embedding(a34, lab2)")
rec("torch.layer_norm(a34, (4,))")
rec("torch.group_norm(a234, 3)")
rec("torch.batch_norm(a34, None, None, None, None, True, 0.1, 1e-5, False)")
rec("torch.dropout(a34, 0.5, False)")
rec("torch.max_pool1d(a234, 2)")
rec("torch.adaptive_max_pool1d(a234, 2)[0]")
rec("torch.prelu(a34, w4)")
rec("torch.cosine_similarity(a34, b34)")
rec("torch.pdist(a34)")

rec.write("torch_nn.json")
