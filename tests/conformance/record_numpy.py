"""Records what NumPy, and JAX with the same calls, give for the functions of rules/frameworks/numpy and rules/frameworks/jax.

    python3 tests/conformance/record_numpy.py numpy     # NumPy 1.24, writes numpy.json
    python3 tests/conformance/record_numpy.py jax       # with tests/conformance/requirements-jax.txt, writes jax.json
"""
import json
import os
import sys
import warnings

import numpy as np

from keras_recorder import Data, Recorder, f32

warnings.simplefilter("ignore")

UNARY = """
    exp expm1 log log1p log2 log10 sqrt cbrt sin cos tan sinh cosh tanh arcsin arccos arctan floor ceil trunc abs absolute fabs
    positive negative sign square reciprocal isnan isinf isfinite logical_not rint deg2rad rad2deg nan_to_num
""".split()
BINARY = """
    add subtract multiply divide true_divide floor_divide mod remainder power maximum minimum fmax fmin arctan2 equal not_equal
    less less_equal greater greater_equal logical_and logical_or logical_xor hypot logaddexp heaviside isclose allclose
""".split()
REDUCTIONS = "sum prod mean max min amax amin any all var std median ptp nansum nanmean nanmax nanmin count_nonzero".split()


def record_elementwise(rec, prefix, data):
    for name in UNARY:
        low = 0.05 if name in ("log", "log2", "log10", "sqrt", "reciprocal") else -0.95
        rec(prefix + name, [data.uniform((2, 3), low, 0.95)])
    for name in ("exp", "sqrt", "abs", "sign", "square"):
        rec(prefix + name, [np.asarray([[1, 0], [4, 2]], "int32")], label="int32")
    for name in ("isnan", "isinf", "isfinite", "nan_to_num"):
        rec(prefix + name, [f32([0, np.nan, np.inf, 1])], label="no numbers")
    for name in BINARY:
        rec(prefix + name, [data.uniform((2, 3), 0.1, 3), data.uniform((3,), 0.1, 3)], label="broadcast", arguments=["x", "y"])
        rec(prefix + name, [f32([[1], [2]]), f32([2, 1, 0.5])], label="(2, 1) and (3,)", arguments=["x", "y"])
    for name in ("add", "maximum", "less"):
        rec(prefix + name, [f32([1, 2, 3]), f32([1, 2])], label="do not fit", arguments=["x", "y"])
    rec(prefix + "round", [data.uniform((5,), -3, 3)], decimals=1)
    rec(prefix + "round", [f32([0.5, 1.5, 2.5, -0.5])], label="halves")
    rec(prefix + "clip", [data.uniform((2, 3), -1, 1)], a_min=-0.3, a_max=0.4)
    rec(prefix + "clip", [data.uniform((2, 3), -1, 1)], label="one end", a_min=0.0, a_max=None)
    rec(prefix + "where", [data.binary((2, 3)).astype(bool), data.uniform((2, 3)), data.uniform((3,))])
    rec(prefix + "bitwise_and", [np.asarray([5, 6], "int32"), np.asarray([3, 3], "int32")])
    if prefix == "numpy.":
        rec(prefix + "logaddexp2", [f32([[1, 2, -3], [0, 60, 1]]), f32([2, -90, 0.5])], label="broadcast", arguments=["x", "y"])
        rec(prefix + "logaddexp2", [f32([[1], [2]]), f32([2, 1, 0.5])], label="(2, 1) and (3,)", arguments=["x", "y"])
        rec(prefix + "logaddexp2", [f32([-np.inf, -np.inf, np.inf, np.nan]), f32([-np.inf, 1, np.inf, 1])], label="no numbers",
            arguments=["x", "y"])
        rec(prefix + "logaddexp2", [f32([1, 2, 3]), f32([1, 2])], label="do not fit", arguments=["x", "y"])


def record_reductions(rec, prefix, data):
    for name in REDUCTIONS:
        for shape, kwargs in [((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1, "keepdims": True}),
                              ((2, 3, 2), {"axis": [0, 2]})]:
            if name == "median" and isinstance(kwargs.get("axis"), list) and prefix == "jax.numpy.":
                continue
            x = data.binary(shape).astype(bool) if name in ("any", "all") else data.uniform(shape, -2, 2)
            rec(prefix + name, [x], label=json.dumps(kwargs), **kwargs)
    for name in ("sum", "mean", "max", "prod"):
        rec(prefix + name, [np.asarray([[1, 2], [3, 5]], "int32")], label="int32", axis=0)
    rec(prefix + "sum", [np.asarray([True, False, True])], label="bool")
    rec(prefix + "nanmean", [f32([[1, np.nan], [2, 4]])], label="missing", axis=0)
    rec(prefix + "var", [data.uniform((4, 3))], label="ddof", axis=0, ddof=1)
    rec(prefix + "std", [data.uniform((4, 3))], label="ddof", ddof=1)
    rec(prefix + "mean", [data.uniform((2, 3))], label="where", axis=1,
        named={"where": np.asarray([[True, False, True], [True, True, True]])})
    rec(prefix + "average", [data.uniform((2, 3))], axis=0)
    rec(prefix + "average", [data.uniform((2, 3))], label="weights of an axis", axis=1, named={"weights": f32([1, 2, 3])})
    rec(prefix + "average", [data.uniform((2, 3))], label="weights", named={"weights": data.uniform((2, 3))})
    for name in ("argmax", "argmin", "cumsum", "cumprod"):
        for kwargs in [{}, {"axis": 0}, {"axis": -1}]:
            rec(prefix + name, [data.uniform((2, 3), -2, 2)], label=json.dumps(kwargs), **kwargs)
    if prefix == "numpy.":
        missing = f32([[1, np.nan, 4], [2, 4, -3], [np.nan, np.nan, np.nan]])
        for kwargs in [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": [0, 1]}, {"axis": 1, "ddof": 1}, {"ddof": 9},
                       {"axis": 0, "dtype": "float64"}]:
            rec(prefix + "nanstd", [missing], label=json.dumps(kwargs), **kwargs)
        rec(prefix + "nanstd", [missing], label="where", axis=1, named={"where": np.asarray([True, True, False])})
        rec(prefix + "nanstd", [f32([1, np.nan, 4])], label="one axis")
        rec(prefix + "nanstd", [np.asarray([[1, 2], [3, 5]], "int32")], label="int32", axis=0)
        rec(prefix + "nanstd", [f32(np.zeros((0, 3)))], label="empty", axis=0)
        rec(prefix + "nanstd", [f32(np.zeros((0, 3)))], label="empty rows", axis=1)
        rec(prefix + "nanstd", [f32([1, np.inf])], label="infinite")
        rec(prefix + "nanstd", [f32([1, 2])], label="no such axis", axis=1)


def record_arrays(rec, prefix, data):
    x = data.uniform((2, 3, 4), -1, 1)
    m = data.uniform((3, 3), -1, 1)
    for name in ("zeros_like", "ones_like", "ravel", "transpose", "copy", "squeeze", "atleast_2d"):
        rec(prefix + name, [x])
    rec(prefix + "shape", [x])
    rec(prefix + "full_like", [x], fill_value=2.5)
    rec(prefix + "zeros", [], shape=[2, 3])
    rec(prefix + "ones", [], shape=[3], dtype="int32")
    rec(prefix + "full", [], shape=[2, 2], fill_value=1.5)
    rec(prefix + "eye", [], N=3)
    rec(prefix + "eye", [], label="shifted", N=3, M=4, k=1)
    rec(prefix + "identity", [], n=2)
    rec(prefix + "linspace", [], start=0, stop=1, num=5)
    rec(prefix + "linspace", [], label="open", start=-1.0, stop=1.0, num=4, endpoint=False)
    rec(prefix + "expand_dims", [x], axis=1)
    rec(prefix + "expand_dims", [x], label="two", axis=[0, -1])
    rec(prefix + "squeeze", [x[:, :1]], label="axis", axis=1)
    rec(prefix + "swapaxes", [x], axis1=0, axis2=-1)
    rec(prefix + "moveaxis", [x], source=0, destination=-1)
    rec(prefix + "broadcast_to", [f32([1, 2])], shape=[3, 2])
    for name, shapes in [("concatenate", [(2, 3), (1, 3)]), ("stack", [(2, 3), (2, 3)]), ("vstack", [(3,), (3,)]),
                         ("hstack", [(2, 2), (2, 1)]), ("column_stack", [(3,), (3,)])]:
        rec(prefix + name, [[data.uniform(shape) for shape in shapes]])
    rec(prefix + "concatenate", [[data.uniform((2, 3)), data.uniform((2, 1))]], label="axis", axis=-1)
    rec(prefix + "stack", [[data.uniform((2, 3)), data.uniform((2, 3))]], label="axis", axis=1)
    rec(prefix + "split", [data.uniform((4, 2))], indices_or_sections=2)
    rec(prefix + "repeat", [data.uniform((2, 2))], repeats=3, axis=1)
    rec(prefix + "repeat", [data.uniform((2, 2))], label="flat", repeats=2)
    rec(prefix + "tile", [data.uniform((2, 2))], reps=[2, 1])
    rec(prefix + "flip", [m], axis=0)
    rec(prefix + "roll", [m], shift=1, axis=1)
    rec(prefix + "roll", [m], label="flat", shift=2)
    rec(prefix + "take", [m, np.asarray([2, 0], "int32")], axis=1)
    rec(prefix + "take_along_axis", [m, np.asarray([[2], [0], [1]], "int32")], axis=1)
    rec(prefix + "sort", [m])
    rec(prefix + "argsort", [m], axis=0)
    rec(prefix + "diag", [m])
    rec(prefix + "diag", [f32([1, 2])], label="vector")
    rec(prefix + "diagonal", [x], offset=1)
    rec(prefix + "trace", [m])
    rec(prefix + "tril", [m])
    rec(prefix + "triu", [m], k=1)
    rec(prefix + "diff", [m])
    rec(prefix + "diff", [m], label="axis", axis=0)
    rec(prefix + "pad", [m], pad_width=1)
    rec(prefix + "matmul", [x, data.uniform((4, 2))])
    rec(prefix + "dot", [m, f32([1, 2, 3])])
    rec(prefix + "inner", [m, m], arguments=["x", "y"])
    rec(prefix + "vdot", [m, m], arguments=["x", "y"])
    rec(prefix + "outer", [f32([1, 2]), f32([3, 4, 5])], arguments=["x", "y"])
    rec(prefix + "tensordot", [x, data.uniform((3, 4))], arguments=["x", "y"])
    rec(prefix + "tensordot", [x, data.uniform((3, 2))], label="one axis", arguments=["x", "y"], axes=1)
    rec(prefix + "unique", [np.asarray([3, 1, 3, 2], "int32")])
    rec(prefix + "bincount", [np.asarray([0, 2, 2, 1], "int32")], minlength=5)
    linalg = prefix + "linalg."
    for kwargs in [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": 1, "ord": 1}, {"axis": 1, "ord": 3}]:
        rec(linalg + "norm", [m], label=json.dumps(kwargs), **kwargs)
    positive = f32(np.round(m @ m.T + np.eye(3), 3))
    for name in ("inv", "det", "cholesky", "eigvalsh"):
        rec(linalg + name, [positive])
    rec(linalg + "solve", [positive, f32([[1], [2], [3]])])


def record_jax(rec, data):
    x = data.uniform((2, 3), -2, 2)
    for name in """relu relu6 sigmoid log_sigmoid softplus soft_sign tanh silu swish elu leaky_relu gelu softmax log_softmax
                   standardize sparse_plus sparse_sigmoid squareplus mish hard_tanh""".split():
        rec("jax.nn." + name, [x])
    for name in ("softmax", "log_softmax"):
        rec("jax.nn." + name, [x], label="axis 0", axis=0)
    rec("jax.nn.softmax", [x], label="two axes", axis=[0, 1])
    for kwargs in [{}, {"axis": 0}, {"axis": -1, "keepdims": True}]:
        rec("jax.nn.logsumexp", [x], label=json.dumps(kwargs), **kwargs)
    rec("jax.nn.one_hot", [np.asarray([1, 0, 2], "int32")], num_classes=3)
    for name in ("expit", "erf", "erfinv"):
        rec("jax.scipy.special." + name, [f32(x / 3)])
    for name in ("logit", "entr", "gammaln", "digamma"):
        rec("jax.scipy.special." + name, [data.uniform((2, 3))])
    for name in ("xlogy", "rel_entr"):
        rec("jax.scipy.special." + name, [f32([0, 0.5, 2]), f32([0.3, 0.3, 1])], arguments=["x", "y"])
    rec("jax.lax.rsqrt", [data.uniform((3,))])
    rec("jax.lax.stop_gradient", [x])


def record_optax(rec, data):
    logits = data.uniform((3, 4), -2, 2)
    spread = data.distribution((3, 4))
    classes = np.asarray([1, 3, 0], "int32")
    for name in "squared_error l2_loss huber_loss log_cosh".split():
        rec("optax." + name, data.pair("real", (3, 4)), arguments=["x", "y"])
    rec("optax.huber_loss", data.pair("real", (3, 4)), label="delta", arguments=["x", "y"], delta=0.4)
    rec("optax.l2_loss", [logits], label="no targets")
    for name in ("cosine_similarity", "cosine_distance"):
        rec("optax." + name, data.pair("real", (3, 4)), arguments=["x", "y"], epsilon=1e-6)
    for name in ("sigmoid_binary_cross_entropy", "sigmoid_focal_loss"):
        rec("optax." + name, [logits, data.binary((3, 4))], arguments=["x", "y"])
    rec("optax.sigmoid_focal_loss", [logits, data.binary((3, 4))], label="alpha", arguments=["x", "y"], alpha=0.3, gamma=1.5)
    rec("optax.softmax_cross_entropy", [logits, spread], arguments=["x", "y"])
    rec("optax.losses.safe_softmax_cross_entropy", [logits, data.one_hot((3, 4))], arguments=["x", "y"])
    rec("optax.softmax_cross_entropy_with_integer_labels", [logits, classes], arguments=["x", "y"])
    rec("optax.losses.poly_loss_cross_entropy", [logits, spread], arguments=["x", "y"], epsilon=1.5)
    log_spread = f32(np.round(np.log(spread), 3))
    for name in ("kl_divergence", "convex_kl_divergence"):
        rec("optax.losses." + name, [log_spread, spread], arguments=["x", "y"])
    rec("optax.losses.kl_divergence_with_log_targets", [log_spread, log_spread[::-1].copy()], arguments=["x", "y"])
    rec("optax.losses.hinge_loss", [data.uniform((3,), -2, 2), f32([1, -1, 1])], arguments=["x", "y"])
    rec("optax.losses.smooth_labels", [data.one_hot((3, 4))], alpha=0.1)


def record_covariance(rec, data):
    for name in ("cov", "corrcoef"):
        for shape, kwargs in [((3, 4), {}), ((3, 4), {"rowvar": False}), ((4,), {}), ((1, 4), {}), ((1, 4), {"rowvar": False}),
                              ((2, 3, 2), {}), ((3, 4), {"dtype": "float32"}), ((3, 1), {})]:
            rec("numpy." + name, [data.uniform(shape, -2, 2)], label=f"{shape} {json.dumps(kwargs)}", **kwargs)
        rec("numpy." + name, [data.uniform((2, 4)), data.uniform((3, 4))], label="two sets", arguments=["x", "y"])
        rec("numpy." + name, [data.uniform((4, 2)), data.uniform((4, 3))], label="two sets of columns", arguments=["x", "y"],
            rowvar=False)
        rec("numpy." + name, [data.uniform((4,)), data.uniform((4,))], label="two variables", arguments=["x", "y"])
        rec("numpy." + name, [data.uniform((2, 4)), data.uniform((2, 3))], label="do not fit", arguments=["x", "y"])
        rec("numpy." + name, [np.asarray([[1, 2, 4], [3, 3, 1]], "int32")], label="int32")
        rec("numpy." + name, [f32([[1, 2, 4], [3, 3, 3]])], label="no variance")
    x = data.uniform((3, 4), -2, 2)
    counts = np.asarray([1, 3, 0, 2], "int32")
    for kwargs in [{"bias": True}, {"ddof": 0}, {"ddof": 2}, {"ddof": 5}]:
        rec("numpy.cov", [x], label=json.dumps(kwargs), **kwargs)
    rec("numpy.cov", [x], label="frequencies", named={"fweights": counts})
    rec("numpy.cov", [x], label="weights", named={"aweights": f32([0.5, 1, 2, 0.25])})
    rec("numpy.cov", [x], label="weights, biased", bias=True, named={"aweights": f32([0.5, 1, 2, 0.25])})
    rec("numpy.cov", [x], label="both weights", named={"fweights": counts, "aweights": f32([0.5, 1, 2, 0.25])})
    rec("numpy.cov", [x], label="weights that do not fit", named={"aweights": f32([0.5, 1, 2])})
    rec("numpy.take", [x, np.asarray([[2, 0], [5, 1]], "int32")], label="of the flattened array")


def record_order(rec):
    x = f32(np.arange(24).reshape(2, 3, 4))
    for kwargs in [{"axis": 2}, {"axis": 1, "start": 3}, {"axis": 0, "start": 3}, {"axis": -1, "start": 1}, {"axis": 0, "start": -1},
                   {"axis": 2, "start": 2}, {"axis": 3}, {"axis": 1, "start": 4}]:
        rec("numpy.rollaxis", [x], label=json.dumps(kwargs), **kwargs)
    for name in ("flipud", "fliplr"):
        rec("numpy." + name, [x])
        rec("numpy." + name, [f32([1, 2, 3])], label="of a vector")
    values = f32([[0.1, 0.9, 0.5, 0.25], [0.3, 0.31, 0.75, 1.0]])
    for kwargs in [{}, {"bins": 4}, {"bins": 5, "range": [0, 2]}, {"bins": [0, 0.3, 0.5, 1]}, {"bins": 4, "density": True}]:
        rec("numpy.histogram", [values], label=json.dumps(kwargs), **kwargs)
    rec("numpy.histogram", [np.asarray([3, 1, 3], "int32")], label="int32", bins=3)
    rec("numpy.histogram", [f32([2, 2])], label="one value", bins=3)
    rec("numpy.histogram", [values], label="weights", bins=2, named={"weights": f32([[1, 2, 3, 4], [5, 6, 7, 8]])})
    rec("numpy.linalg.svd", [x], label="values alone", compute_uv=False)
    rec("numpy.linalg.svd", [np.asarray([[1, 2], [3, 5]], "int32")], label="int32", compute_uv=False)
    rec("numpy.linalg.svd", [f32([1, 2])], label="of a vector")


def main():
    package = sys.argv[1]
    data = Data()
    if package == "numpy":
        rec = Recorder("numpy", "numpy", np.asarray)
        prefix = "numpy."
    else:
        import jax.numpy as jnp
        rec = Recorder("jax", "jax", jnp.asarray)
        prefix = "jax.numpy."
    record_elementwise(rec, prefix, data)
    record_reductions(rec, prefix, data)
    record_arrays(rec, prefix, data)
    if package == "numpy":
        record_covariance(rec, data)
        record_order(rec)
    if package == "jax":
        record_jax(rec, data)
        record_optax(rec, data)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), package + ".json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(record) for record in rec.records) + "\n]\n")
    raised = [record["name"] for record in rec.records if "raises" in record["result"]]
    print(len(rec.records), "records;", len(raised), "raise:", ", ".join(raised))


if __name__ == "__main__":
    main()
