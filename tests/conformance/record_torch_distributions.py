"""Records torch.distributions as torch_distributions.json: see torch_recorder.py."""
from torch_recorder import Recorder

import torch

rec = Recorder(20240302)
for name, low, high in [("a", -1.5, 1.5), ("b", -1.5, 1.5), ("p", 0.1, 0.9), ("q", 0.1, 0.9), ("r", 0.3, 2.5), ("t", 0.3, 2.5)]:
    rec.floats(f"{name}", (), low, high)
    rec.floats(f"{name}3", (3,), low, high)
    rec.floats(f"{name}23", (2, 3), low, high)
    rec.floats(f"{name}243", (2, 4, 3), low, high)
rec.floats("a4", (4,), -1.5, 1.5)
rec.input("spd", [[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]], torch.float32)
rec.input("spd2", [[[4, 1], [1, 3]], [[2, 0.5], [0.5, 1]]], torch.float32)
rec.input("tri", [[2, 0, 0], [1, 3, 0], [0.5, 0.2, 1.5]], torch.float32)
rec.floats("w2", (2, 2))
rec.ints("c3", (3,), 0, 3)
rec.ints("c2", (2,), 0, 3)
rec.ints("c52", (5, 2), 0, 3)
rec.input("ones23", [[0, 1, 0], [1, 0, 0]], torch.float32)
rec.input("bits23", [[0, 1, 1], [1, 0, 0]], torch.float32)
rec.input("counts23", [[0, 1, 4], [2, 0, 3]], torch.float32)

D = "torch.distributions."
# class -> parameters, a value for log_prob
FAMILIES = {
    "Normal": [("a3, r3", "b3"), ("0.0, 1.0", "a23"), ("a23, r3", "b23"), ("a, r", "b3"), ("a3, 0.5", "b23"), ("loc=a23, scale=r23", "b243[:, 0]")],
    "Laplace": [("a3, r3", "b3"), ("a, r", "b23")],
    "Cauchy": [("a3, r3", "b3")],
    "Gumbel": [("a3, r3", "b3")],
    "LogNormal": [("a3, r3", "t3")],
    "HalfNormal": [("r3", "t3")],
    "Exponential": [("r3", "t3"), ("1.5", "t23")],
    "Uniform": [("a3, a3 + 2.0", "a3 + 0.7"), ("0.0, 3.0", "t23")],
    "StudentT": [("r3 + 2.5", "b3"), ("4.0, a3, r3", "b23")],
    "Gamma": [("r3, t3", "t3"), ("2.0, 3.0", "t23")],
    "Chi2": [("r3", "t3")],
    "Beta": [("r3, t3", "p3"), ("2.0, 3.0", "p23")],
    "Dirichlet": [("r3", "p3 / p3.sum()"), ("r23", "p23 / p23.sum(-1, keepdim=True)")],
    "Bernoulli": [("p23", "bits23"), ("logits=a23", "bits23"), ("0.3", "bits23"), ("probs=p3", "bits23")],
    "Geometric": [("p23", "counts23")],
    "Poisson": [("r23", "counts23")],
    "Categorical": [("p23", "c2"), ("logits=a23", "c2"), ("logits=a23", "c52"), ("probs=p3", "c3"), ("logits=a243", "c2.unsqueeze(1)")],
    "OneHotCategorical": [("p23", "ones23"), ("logits=a23", "ones23")],
    "MultivariateNormal": [("a3, spd", "b3"), ("a23, covariance_matrix=spd", "b23"), ("a3, scale_tril=tri", "b23"), ("a3, precision_matrix=spd", "b3"), ("w2, spd2", "w2 + 0.5")],
}
for family, cases in FAMILIES.items():
    for parameters, value in cases:
        made = f"d = {D}{family}({parameters})\n"
        rec(made + f"d.log_prob({value})")
        rec(made + "tuple(d.batch_shape), tuple(d.event_shape)")
        rec(made + "d.mean")
        rec(made + "d.variance")
        if family not in ("Poisson",):
            rec(made + "d.entropy()")
        rec(made + "d.sample()", random=True)
        rec(made + "d.sample((5,))", random=True)
        if family not in ("Bernoulli", "Geometric", "Poisson", "Categorical", "OneHotCategorical"):
            rec(made + "d.rsample(torch.Size([2]))", random=True)
        if family in ("Normal", "Laplace", "Cauchy", "Exponential", "Uniform"):
            rec(made + f"d.cdf({value})")
        if family in ("Normal", "Exponential", "Laplace", "Gumbel"):
            rec(made + "d.stddev")

PAIRS = [("Normal", "a3, r3", "b3, t3"), ("Normal", "a23, r23", "0.0, 1.0"), ("Laplace", "a3, r3", "b3, t3"), ("Gamma", "r3, t3", "t3, r3"),
         ("Beta", "r3, t3", "t3, r3"), ("Dirichlet", "r23", "t23"), ("Bernoulli", "p23", "q23"), ("Bernoulli", "logits=a23", "logits=b23"),
         ("Categorical", "p23", "q23"), ("Categorical", "logits=a23", "logits=b23"), ("OneHotCategorical", "p23", "q23"),
         ("MultivariateNormal", "a3, spd", "b3, scale_tril=tri"), ("MultivariateNormal", "w2, spd2", "w2 + 1, spd2"), ("Exponential", "r3", "t3"),
         ("Uniform", "a3, a3 + 1", "a3 - 1, a3 + 2"), ("Poisson", "r3", "t3"), ("Gumbel", "a3, r3", "b3, t3"), ("Normal", "a3, r3", "a4, 1.0")]
for family, p, q in PAIRS:
    rec(f"{D}kl_divergence({D}{family}({p}), {D}{family}({q}))")
    rec(f"{D}kl.kl_divergence({D}{family}({p}), {D}{family}({p}))")

INDEPENDENT = f"d = {D}Independent({D}Normal(a23, r23), 1)\n"
for program in ["d.log_prob(b23)", "d.entropy()", "tuple(d.batch_shape), tuple(d.event_shape)", "d.mean"]:
    rec(INDEPENDENT + program)
rec(INDEPENDENT + "d.rsample((4,))", random=True)
rec(f"d = {D}Independent({D}Normal(a243, r243), 2)\nd.log_prob(b243)")
rec(f"{D}Independent({D}Normal(a3, r3), 2)")
rec(f"p = {D}Independent({D}Normal(a23, r23), 1)\nq = {D}Independent({D}Normal(b23, t23), 1)\n{D}kl_divergence(p, q)")
rec(f"m = {D}MixtureSameFamily({D}Categorical(p3), {D}Normal(a3, r3))\nm.log_prob(b23)")
rec(f"m = {D}MixtureSameFamily({D}Categorical(p23), {D}Independent({D}Normal(a243[:, :3], r243[:, :3]), 1))\nm.log_prob(b23)")
rec(f"m = {D}MixtureSameFamily({D}Categorical(p3), {D}Normal(a3, r3))\nm.mean")
rec(f"from torch.distributions.normal import Normal\nfrom torch.distributions.kl import kl_divergence\nkl_divergence(Normal(a3, r3), Normal(b3, t3)).sum()")
rec(f"from torch import distributions as D\nD.Normal(a3, r3).log_prob(b3).mean()")
# what raises
for program in [f"{D}Normal(a3, r23).log_prob(a4)", f"{D}Categorical(p, None)", f"{D}Categorical()", f"{D}Bernoulli(p23, a23)", f"{D}Dirichlet(r)",
                f"{D}MultivariateNormal(a3, spd).log_prob(a4)", f"{D}MultivariateNormal(a3, spd, tri)", f"{D}Normal(a3, r3).log_prob(a4)",
                f"{D}Categorical(p23).log_prob(c3)", f"{D}Normal(a4, r3)", f"{D}OneHotCategorical(p23).log_prob(c2)"]:
    rec(program)

rec.write("torch_distributions.json")
