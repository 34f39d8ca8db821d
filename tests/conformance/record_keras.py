"""Records what the real Keras and TensorFlow return, as keras.json beside this file.

    pip install -r tests/conformance/requirements-keras.txt
    python tests/conformance/record_keras.py

Keras chooses its backend when it is imported, so every backend runs in a process of its own. A record is

    name        what it shows, unique
    call        the dotted path, as imported
    construct   for a class: the constructor's keyword arguments; the instance is called
    positional  the arguments in order: names of inputs; a list of names is a list of tensors
    keywords    optional: parameter to the name of an input
    kwargs      other keyword arguments, literals
    inputs      name -> {dtype, shape, data}; data is flat, row by row; "nan", "inf" and "-inf" are strings
    sample_weight  optional: the name of the input passed as sample_weight
    framework   "keras=3" or "keras=2"
    backend     what ran, with its version
    result      {dtype, shape, data}, {"tuple": [sizes]}, {"list": [results]} or {"raises": exception}

TensorFlow's dtypes and Keras' dtypes are written as their names in kwargs.
"""
import importlib
import json
import math
import os
import pathlib
import subprocess
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
JOBS = ["numpy", "jax", "tensorflow", "tf_keras"]
Y_TRUE = [[1, .2, .2, .4, .5], [0, 0, 0, 0, 0], [1, .7, .8, .3, .3]]
Y_PRED = [[.9, .1, .3, .5, .7], [.2, .7, .8, .1, .2], [.7, .5, .8, .2, .3]]


def f32(values):
    return np.asarray(values, "float32")


def encode(array):
    array = np.asarray(array)
    if array.dtype.kind == "f":
        data = [float(str(x)) if math.isfinite(x) else str(float(x)) for x in array.ravel()]
        data = [int(x) if not isinstance(x, str) and x == int(x) and abs(x) < 1e6 else x for x in data]
    else:
        data = [x.item() for x in array.ravel()]
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


class Recorder:
    """Calls functions of one framework and keeps what they return."""

    def __init__(self, framework, backend, to_tensor):
        self.framework, self.backend, self.to_tensor = framework, backend, to_tensor
        self.records, self.names = [], {}

    def result(self, value):
        if isinstance(value, (list, tuple)) and all(isinstance(x, (int, np.integer)) for x in value):
            return {"tuple": [int(x) for x in value]}
        if isinstance(value, (list, tuple)):
            return {"list": [self.result(x) for x in value]}
        return encode(value)

    def __call__(self, call, arrays, construct=None, weight=None, label="", arguments=None, named=None, **kwargs):
        """`arrays` are the positional arguments; a list among them is a list of tensors."""
        inputs, positional, real = {}, [], []

        def put(name, array):
            array = np.asarray(array)
            inputs[name] = encode(array)
            return self.to_tensor(array)

        for index, array in enumerate(arrays):
            name = (arguments or ["x", "y", "z"])[index]
            if isinstance(array, list):
                parts = [put(f"{name}{i}", item) for i, item in enumerate(array)]
                positional.append([f"{name}{i}" for i in range(len(array))])
                real.append(parts)
            else:
                real.append(put(name, array))
                positional.append(name)
        module, function = call.rsplit(".", 1)
        callee = getattr(importlib.import_module(module), function)
        record = {"name": "", "call": call, "positional": positional, "kwargs": kwargs, "inputs": inputs,
                  "framework": self.framework, "backend": self.backend}
        extra = {key: put(key, value) for key, value in (named or {}).items()}
        if named:
            record["keywords"] = {key: key for key in named}
        if construct is not None:
            record["construct"] = construct
        if weight is not None:
            record["sample_weight"] = "sample_weight"
            extra["sample_weight"] = put("sample_weight", weight)
        try:
            if construct is not None:
                callee = callee(**construct)
            record["result"] = self.result(callee(*real, **extra, **kwargs))
        except Exception as error:  # the frameworks raise many types for shapes that do not fit
            record["result"] = {"raises": type(error).__name__}
        job = self.backend.split()[0]
        name = f"{job} {call.split('.')[-1]} {label}".strip()
        self.names[name] = self.names.get(name, 0) + 1
        record["name"] = name if self.names[name] == 1 else f"{name} #{self.names[name]}"
        self.records.append(record)


# ---- data ----------------------------------------------------------------------------------------------------------


class Data:
    """Seeded inputs with three decimals, so that the file stays small."""

    def __init__(self):
        self.rng = np.random.default_rng(20240229)

    def uniform(self, shape, low=0.02, high=0.98):
        return f32(np.round(self.rng.uniform(low, high, shape), 3))

    def binary(self, shape):
        return f32(self.rng.integers(0, 2, shape))

    def one_hot(self, shape):
        return f32(np.eye(shape[-1])[self.rng.integers(0, shape[-1], shape[:-1])])

    def distribution(self, shape):
        raw = self.rng.uniform(0.05, 1, shape)
        return f32(np.round(raw / raw.sum(-1, keepdims=True), 3))

    def pair(self, kind, shape):
        if kind == "binary":
            return [self.binary(shape), self.uniform(shape)]
        if kind == "classes":
            return [self.one_hot(shape), self.distribution(shape)]
        if kind == "distributions":
            return [self.distribution(shape), self.distribution(shape)]
        if kind == "signs":
            return [f32(2 * self.binary(shape) - 1), self.uniform(shape, -2, 2)]
        if kind == "positive":
            return [self.uniform(shape, 0.1, 4), self.uniform(shape, 0.1, 4)]
        return [self.uniform(shape, -2, 2), self.uniform(shape, -2, 2)]


BOTH = {"arguments": ["y_true", "y_pred"]}
SHAPES = [(4,), (3, 4), (2, 3, 4), (2, 2, 3, 2)]
FUNCTIONS = [("mean_squared_error", "real", []), ("mean_absolute_error", "real", []),
             ("mean_absolute_percentage_error", "real", []), ("mean_squared_logarithmic_error", "positive", []),
             ("cosine_similarity", "real", [{"axis": 0}]), ("huber", "real", [{"delta": 0.4}]), ("log_cosh", "real", []),
             ("hinge", "signs", []), ("squared_hinge", "signs", []), ("categorical_hinge", "classes", []),
             ("kl_divergence", "distributions", []), ("poisson", "positive", []),
             ("binary_crossentropy", "binary", [{"label_smoothing": 0.1}, {"axis": 0}]),
             ("binary_focal_crossentropy", "binary",
              [{"apply_class_balancing": True}, {"gamma": 3.0, "label_smoothing": 0.2}]),
             ("categorical_crossentropy", "classes", [{"label_smoothing": 0.1}]),
             ("categorical_focal_crossentropy", "classes", [{"alpha": 0.5, "gamma": 1.5}])]
KERAS_3_FUNCTIONS = [("dice", "binary", [{"axis": [1]}]), ("tversky", "binary", [{"alpha": 0.3, "beta": 0.7}])]
REPAIRED = ["mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "cosine_similarity",
            "mean_absolute_percentage_error", "mean_squared_logarithmic_error"]


def record_losses(rec, package, data):
    losses = package + ".losses."
    keras_3 = rec.framework == "keras=3"
    true, pred = f32(Y_TRUE), f32(Y_PRED)

    rec(losses + "binary_crossentropy", [true[:, 0], pred[:, 0]], label="landmark, collapsed", **BOTH)
    rec(losses + "binary_crossentropy", [true[:, :1], pred[:, :1]], label="landmark, per sample", **BOTH)
    rec(losses + "mean_squared_error", [true[:, 1:], pred[:, 1:]], label="landmark, coordinates", **BOTH)
    rec(losses + "mean_absolute_error", [true[:, 1:], pred[:, 1:]], label="landmark, coordinates", **BOTH)

    for name, kind, variants in FUNCTIONS + (KERAS_3_FUNCTIONS if keras_3 else []):
        for shape in SHAPES:
            rec(losses + name, data.pair(kind, shape), label=f"rank {len(shape)}", **BOTH)
        for kwargs in variants:
            rec(losses + name, data.pair(kind, (3, 4)), label=json.dumps(kwargs), **BOTH, **kwargs)
    for name in REPAIRED:
        for one, other in [((4,), (4, 1)), ((4, 1), (4,)), ((2, 3), (2, 3, 1)), ((2, 3, 1), (2, 3)), ((3,), (2, 3))]:
            low = 0.1 if "log" in name else -2
            rec(losses + name, [data.uniform(one, low, 2), data.uniform(other, low, 2)],
                label=f"{one} and {other}", **BOTH)

    edges = [f32([[0, 0, 1, 1], [0.3, 1, 0, 0.5]]), f32([[0, 1, 0, 1], [0, 1e-8, 1 - 1e-7, 0.5]])]
    logits = [data.binary((3, 4)), data.uniform((3, 4), -6, 6)]
    steep = [f32([[0, 1, 0, 1]]), f32([[-40, -40, 40, 25]])]
    for name in ["binary_crossentropy", "binary_focal_crossentropy"]:
        rec(losses + name, edges, label="edge values", **BOTH)
        rec(losses + name, logits, label="logits", from_logits=True, **BOTH)
        if rec.backend.split()[0] != "numpy":  # its sigmoid saturates; the other backends' formula does not
            rec(losses + name, steep, label="steep logits", from_logits=True, **BOTH)
        rec(losses + name, [data.binary((3, 2, 2)), data.uniform((3, 2, 2))], label="several axes", axis=[1, 2], **BOTH)
    rec(losses + "binary_crossentropy", [np.asarray([[0, 1], [1, 1]], "int32"), data.uniform((2, 2))],
        label="integer labels", **BOTH)
    rec(losses + "binary_crossentropy", [np.asarray([[0, 1], [1, 1]], "float64"), data.uniform((2, 2))],
        label="float64 labels", **BOTH)
    rec(losses + "binary_crossentropy", [data.binary((3,)), data.uniform((3, 1))], label="(3,) and (3, 1)", **BOTH)
    rec(losses + "binary_crossentropy", [data.binary((3, 1)), data.uniform((3, 2))], label="(3, 1) and (3, 2)", **BOTH)
    rec(losses + "categorical_crossentropy", [f32([[0, 0, 1], [0, 1, 0]]), f32([[1, 0, 0], [0, 2, 2]])],
        label="edge values", **BOTH)
    rec(losses + "categorical_crossentropy", [data.one_hot((3, 4)), data.uniform((3, 4), -6, 6)], label="logits",
        from_logits=True, **BOTH)
    rec(losses + "categorical_crossentropy", [data.one_hot((2, 3, 3)), data.distribution((2, 3, 3))], label="axis 1",
        axis=1, **BOTH)
    rec(losses + "categorical_focal_crossentropy", [data.one_hot((3, 4)), data.uniform((3, 4), -3, 3)], label="logits",
        from_logits=True, **BOTH)
    rec(losses + "hinge", [data.binary((3, 4)), data.uniform((3, 4), -2, 2)], label="labels 0 and 1", **BOTH)
    rec(losses + "squared_hinge", [data.binary((3, 4)), data.uniform((3, 4), -2, 2)], label="labels 0 and 1", **BOTH)
    rec(losses + "kl_divergence", [f32([[0, 1, 0.5]]), f32([[0.5, 0, 2]])], label="edge values", **BOTH)
    rec(losses + "poisson", [f32([[0, 1, 2]]), f32([[0, 0, 3]])], label="edge values", **BOTH)
    rec(losses + "cosine_similarity", [f32([[0, 0], [1e-3, 0]]), f32([[1, 2], [1, 1]])], label="zeros", **BOTH)
    rec(losses + "mean_squared_error", [np.zeros((0, 3), "float32"), np.zeros((0, 3), "float32")], label="no samples",
        **BOTH)
    labels = np.asarray([2, 0, 1], "int32")
    sparse = losses + "sparse_categorical_crossentropy"
    rec(sparse, [labels, data.distribution((3, 4))], label="rank 1 and 2", **BOTH)
    rec(sparse, [labels[:, None], data.distribution((3, 4))], label="(3, 1) and (3, 4)", **BOTH)
    rec(sparse, [labels, data.uniform((3, 4), -3, 3)], label="logits", from_logits=True, **BOTH)
    rec(sparse, [np.asarray([[1, 0], [3, 2]], "int32"), data.distribution((2, 2, 4))], label="rank 2 and 3", **BOTH)
    rec(sparse, [labels, f32([[.2, .2, .2], [.5, 1, .5], [0, 1, 1]])], label="not normalised", **BOTH)
    if keras_3:
        rec(sparse, [labels, data.distribution((3, 4))], label="ignore_class", ignore_class=1, **BOTH)

    record_classes(rec, losses, data)


def record_classes(rec, losses, data):
    keras_3 = rec.framework == "keras=3"
    reductions = ["sum_over_batch_size", "sum", "none"]
    reductions += ["mean", "mean_with_sample_weight", None] if keras_3 else ["auto"]
    weight = f32([1, 0, 2])
    true, pred = f32(Y_TRUE), f32(Y_PRED)
    main = [("BinaryCrossentropy", "binary"), ("MeanSquaredError", "real"), ("MeanAbsoluteError", "real"),
            ("CategoricalCrossentropy", "classes")]
    for name, kind in main:
        for reduction in reductions:
            construct = {"reduction": reduction}
            for shape, weights in [((3, 4), [None, weight, weight[:, None]]),
                                   ((3, 2, 3), [None, weight[:, None], data.uniform((3, 2))])]:
                pair = data.pair(kind, shape)
                for w in weights:
                    rec(losses + name, pair, construct, w, f"{reduction} {shape}", **BOTH)
        rec(losses + name, data.pair(kind, (3, 4)), {}, label="defaults", **BOTH)
        rec(losses + name, data.pair(kind, (3, 4)), {}, f32(0.5), "scalar weight", **BOTH)
        rec(losses + name, data.pair(kind, (3, 4)), {}, f32([0, 0, 0]), "no weight left", **BOTH)
        rec(losses + name, data.pair(kind, (4,)), {}, label="rank 1", **BOTH)
        rec(losses + name, data.pair(kind, (4,)), {}, f32([1, 2, 3, 0]), "rank 1 and weights", **BOTH)
        rec(losses + name, data.pair(kind, (3, 3, 4)), {}, weight, "rank 3, weights of rank 1", **BOTH)
        rec(losses + name, data.pair(kind, (2, 2, 2, 3)), {}, label="rank 4", **BOTH)
    for reduction in reductions:
        rec(losses + "MeanSquaredError", [true[:, 1:], pred[:, 1:]], {"reduction": reduction}, weight,
            f"landmark {reduction}", **BOTH)
    for one, other in [((3,), (3, 1)), ((3, 1), (3,)), ((2, 3), (2, 3, 1)), ((2, 3, 1), (2, 3))]:
        for name in ["MeanSquaredError", "BinaryCrossentropy"]:
            for reduction in ["sum_over_batch_size", "none"]:
                w = data.uniform(one[:1])
                rec(losses + name, [data.binary(one), data.uniform(other)], {"reduction": reduction},
                    label=f"{one} and {other} {reduction}", **BOTH)
                rec(losses + name, [data.binary(one), data.uniform(other)], {"reduction": reduction}, w,
                    f"{one} and {other} {reduction}, weights", **BOTH)
    rec(losses + "BinaryCrossentropy", [data.binary((3, 4)), data.uniform((3, 4), -4, 4)],
        {"from_logits": True, "label_smoothing": 0.2}, weight, "logits", **BOTH)
    rec(losses + "CategoricalCrossentropy", [data.one_hot((3, 4)), data.uniform((3, 4), -4, 4)],
        {"from_logits": True, "label_smoothing": 0.2}, weight, "logits", **BOTH)
    rec(losses + "MeanSquaredError", [np.zeros((0, 3), "float32"), np.zeros((0, 3), "float32")], {}, label="no samples",
        **BOTH)
    rec(losses + "MeanSquaredError", [np.zeros((0, 2, 3), "float32"), np.zeros((0, 2, 3), "float32")], {},
        label="no samples, rank 3", **BOTH)
    if keras_3:
        rec(losses + "MeanSquaredError", [data.uniform((2, 3)).astype("float64"), data.uniform((2, 3))], {},
            label="float64 labels", **BOTH)
        rec(losses + "MeanSquaredError", [np.asarray([[1, 2]], "int32"), np.asarray([[3, 5]], "int32")], {},
            label="integers", **BOTH)
    others = [("MeanAbsolutePercentageError", "real", {}), ("MeanSquaredLogarithmicError", "positive", {}),
              ("CosineSimilarity", "real", {"axis": -1}), ("Huber", "real", {"delta": 0.5}), ("LogCosh", "real", {}),
              ("Hinge", "signs", {}), ("SquaredHinge", "signs", {}), ("CategoricalHinge", "classes", {}),
              ("KLDivergence", "distributions", {}), ("Poisson", "positive", {}),
              ("BinaryFocalCrossentropy", "binary", {"gamma": 1.5, "apply_class_balancing": True}),
              ("CategoricalFocalCrossentropy", "classes", {"alpha": 0.4})]
    if keras_3:
        others += [("Dice", "binary", {}), ("Dice", "binary", {"axis": [1]}), ("Tversky", "binary", {"alpha": 0.2})]
    for name, kind, construct in others:
        rec(losses + name, data.pair(kind, (3, 4)), construct, label="plain", **BOTH)
        rec(losses + name, data.pair(kind, (3, 4)), construct, weight, "weighted", **BOTH)
    rec(losses + "SparseCategoricalCrossentropy", [np.asarray([2, 0, 1], "int32"), data.distribution((3, 4))], {}, weight,
        "weighted", **BOTH)


def record_reductions(rec, data):
    path = "keras.src.losses.loss."
    reduce = path + "reduce_weighted_values"
    for reduction in ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]:
        named = dict(arguments=["values"], reduction=reduction)
        for shape in [(), (3,), (3, 1), (3, 2), (0,), (0, 2)]:
            rec(reduce, [data.uniform(shape)], label=f"{reduction} {shape}", **named)
        for shape, weight in [((3,), (3,)), ((3,), (3, 1)), ((3, 2), (3, 1)), ((3, 2), (3, 2)), ((3, 1), (3,)), ((3,), ())]:
            rec(reduce, [data.uniform(shape)], label=f"{reduction} {shape}, weights {weight}",
                named={"sample_weight": data.uniform(weight)}, **named)
        mask = np.asarray([True, False, True])
        rec(reduce, [data.uniform((3,))], label=f"{reduction}, mask", named={"mask": mask}, **named)
        rec(reduce, [data.uniform((3,))], label=f"{reduction}, mask and weights",
            named={"mask": mask, "sample_weight": data.uniform((3,))}, **named)
        rec(reduce, [data.uniform((3,))], label=f"{reduction}, nothing valid", named={"mask": mask & False}, **named)
    for one, other in [((3,), (3, 1)), ((3, 1), (3,)), ((2, 3, 1), (2, 3)), ((2, 3), (2, 3, 1)), ((2, 3), (2, 3)),
                       ((2, 3), (2, 1, 3)), ((2,), (2, 3)), ((), (1,))]:
        rec(path + "squeeze_or_expand_to_same_rank", [data.uniform(one), data.uniform(other)],
            label=f"{one} and {other}", arguments=["x1", "x2"])


# ---- functions on arrays -------------------------------------------------------------------------------------------

ELEMENTWISE = "abs sign square sqrt exp log".split()
REDUCTIONS = "mean sum max min prod any all std var".split()


def record_elementwise(rec, prefix, data, unary, binary):
    for name in unary:
        low = 0.05 if any(part in name for part in ["log", "sqrt", "gamma", "reciprocal"]) and "sig" not in name \
            and "softmax" not in name else -0.95
        rec(prefix + name, [data.uniform((2, 3), low, 0.95)])
    for name in binary:
        rec(prefix + name, [data.uniform((2, 3), 0.1, 3), data.uniform((3,), 0.1, 3)], label="broadcast")
        rec(prefix + name, [f32([[1], [2]]), f32([2, 1, 0.5])], label="(2, 1) and (3,)")


def record_reduction_family(rec, prefix, data, names, axis="axis"):
    for name in names:
        for shape, kwargs in [((3,), {}), ((2, 3), {}), ((2, 3), {axis: 0}), ((2, 3), {axis: -1, "keepdims": True}),
                              ((2, 3, 2), {axis: [0, 2]})]:
            x = data.binary(shape).astype(bool) if name.endswith(("any", "all")) else data.uniform(shape, -2, 2)
            rec(prefix + name, [x], label=json.dumps(kwargs), **kwargs)


def record_ops(rec, data):
    ops = "keras.ops."
    unary = """abs absolute negative sign floor ceil trunc isnan isinf isfinite square sqrt exp expm1 log log1p log2 log10
        reciprocal rsqrt sin cos tan arcsin arccos arctan sinh cosh tanh erf round relu relu6 leaky_relu sigmoid log_sigmoid
        hard_sigmoid silu softplus softsign elu selu gelu softmax log_softmax normalize""".split()
    binary = """add subtract multiply divide true_divide floor_divide mod power maximum minimum arctan2 equal not_equal less
        less_equal greater greater_equal divide_no_nan logaddexp isclose""".split()
    record_elementwise(rec, ops, data, unary, binary)
    record_reduction_family(rec, ops, data, REDUCTIONS + ["amax", "amin", "logsumexp"])
    truth = [np.asarray([True, True, False, False]), np.asarray([True, False, True, False])]
    for name in ["logical_and", "logical_or", "logical_xor"]:
        rec(ops + name, truth)
    rec(ops + "logical_not", truth[:1])
    x, y = data.uniform((2, 3)), data.uniform((2, 3))
    rec(ops + "where", [np.asarray([[True], [False]]), x, y])
    rec(ops + "clip", [x], x_min=0.2, x_max=0.6)
    rec(ops + "nan_to_num", [f32([1, np.nan, np.inf, -np.inf])])
    rec(ops + "divide_no_nan", [f32([1, 2]), f32([0, 4])], label="zero")
    for dtype in ["int32", "bool", "float64", "float16"]:
        rec(ops + "cast", [data.uniform((3,), -3, 3)], label=dtype, dtype=dtype)
    rec(ops + "mean", [np.asarray([1, 2, 2], "int32")], label="integers")
    rec(ops + "sum", [np.asarray([True, False, True])], label="booleans")
    rec(ops + "average", [x], axis=0, named={"weights": y})
    rec(ops + "count_nonzero", [data.binary((2, 4))], axis=1)
    for kwargs in [{}, {"axis": 1}, {"ord": 1, "axis": -1}, {"ord": 2, "axis": 0, "keepdims": True}, {"ord": 3, "axis": 1}]:
        rec(ops + "norm", [data.uniform((2, 3), -2, 2)], label=json.dumps(kwargs), **kwargs)
    rec(ops + "softmax", [x], label="axis 0", axis=0)
    rec(ops + "softmax", [f32([[1000, 1001]])], label="large")
    rec(ops + "shape", [x])
    rec(ops + "shape", [f32(1)], label="scalar")
    rec(ops + "ndim", [x])
    rec(ops + "size", [x])
    rec(ops + "expand_dims", [f32([1, 2])], axis=-1)
    rec(ops + "expand_dims", [f32([1, 2])], label="0", axis=0)
    rec(ops + "squeeze", [f32([[[1], [2]]])])
    rec(ops + "squeeze", [f32([[[1], [2]]])], label="axis", axis=-1)
    rec(ops + "reshape", [x], newshape=[3, -1])
    rec(ops + "ravel", [x])
    rec(ops + "transpose", [x])
    rec(ops + "transpose", [data.uniform((2, 3, 2))], label="axes", axes=[2, 0, 1])
    rec(ops + "swapaxes", [data.uniform((2, 3, 2))], axis1=0, axis2=-1)
    rec(ops + "moveaxis", [data.uniform((2, 3, 2))], source=0, destination=-1)
    rec(ops + "broadcast_to", [f32([1, 2])], shape=[3, 2])
    rec(ops + "concatenate", [[x, y]], axis=-1)
    rec(ops + "concatenate", [[x, y]])
    rec(ops + "stack", [[x, y]], axis=1)
    rec(ops + "append", [x, y])
    rec(ops + "split", [x], indices_or_sections=3, axis=1)
    rec(ops + "split", [x], label="places", indices_or_sections=[1], axis=1)
    rec(ops + "unstack", [x], axis=1)
    rec(ops + "repeat", [x], repeats=2, axis=1)
    rec(ops + "repeat", [x], label="flat", repeats=2)
    rec(ops + "tile", [x], repeats=[2, 1])
    rec(ops + "tile", [x], label="more axes", repeats=[2, 1, 2])
    rec(ops + "matmul", [data.uniform((2, 3)), data.uniform((3, 4))])
    rec(ops + "matmul", [data.uniform((2, 2, 3)), data.uniform((2, 3, 1))], label="batched")
    rec(ops + "matmul", [data.uniform((2, 3)), data.uniform((3,))], label="vector")
    rec(ops + "dot", [data.uniform((3,)), data.uniform((3,))])
    rec(ops + "outer", [data.uniform((2,)), data.uniform((3,))])
    rec(ops + "zeros_like", [x])
    rec(ops + "ones_like", [x], dtype="int32")
    rec(ops + "full_like", [x], fill_value=2)
    rec(ops + "zeros", [], shape=[2, 1])
    rec(ops + "ones", [], shape=[2])
    rec(ops + "full", [], shape=[2], fill_value=0.5)
    rec(ops + "eye", [], N=2, M=3)
    rec(ops + "arange", [], start=4)
    rec(ops + "arange", [], start=0.5, stop=3, step=0.5)
    rec(ops + "one_hot", [np.asarray([1, 0, 2], "int32")], num_classes=3)
    rec(ops + "moments", [x], axes=[0])
    rec(ops + "gelu", [x], label="exact", approximate=False)
    probabilities = [data.binary((2, 3)), data.uniform((2, 3))]
    rec(ops + "binary_crossentropy", probabilities)
    rec(ops + "binary_crossentropy", [probabilities[0], data.uniform((2, 3), -3, 3)], label="logits", from_logits=True)
    rec(ops + "binary_crossentropy", [data.binary((3,)), data.uniform((3, 1))], label="ranks differ")
    rec(ops + "categorical_crossentropy", [data.one_hot((2, 3)), data.distribution((2, 3))])
    rec(ops + "sparse_categorical_crossentropy", [np.asarray([1, 2], "int32"), data.distribution((2, 3))])
    for name in ["relu", "sigmoid", "softmax", "gelu", "hard_sigmoid", "softplus", "exponential", "linear"]:
        rec("keras.activations." + name, [data.uniform((2, 3), -4, 4)])
    rec("keras.utils.to_categorical", [np.asarray([1, 0, 2], "int32")], num_classes=4)


def record_backend(rec, prefix, data):
    unary = "abs sign square sqrt exp log round sin cos tanh sigmoid softplus softsign hard_sigmoid elu relu softmax".split()
    binary = "maximum minimum equal not_equal less less_equal greater greater_equal".split()
    record_elementwise(rec, prefix, data, unary, binary)
    record_reduction_family(rec, prefix, data, REDUCTIONS)
    if rec.framework == "keras=2":  # public until Keras 2.2
        record_reduction_family(rec, "tf_keras.src.backend.", data, ["logsumexp"])
    true, pred = f32(Y_TRUE), f32(Y_PRED)
    rec(prefix + "sign", [true[:, 0]], label="landmark")
    rec(prefix + "expand_dims", [true[:, 0]], label="landmark")
    rec(prefix + "mean", [f32([.228393 + .0175, .228393 + .295, .228393 + .0125])], label="landmark, unmasked")
    rec(prefix + "mean", [f32([.1228605, .2231436, .3691749])], label="landmark, masked")
    rec(prefix + "binary_crossentropy", [true[:, 0], pred[:, 0]], label="landmark")
    rec(prefix + "binary_crossentropy", [true[:, :1], pred[:, :1]], label="landmark, rank 2")
    rec(prefix + "int_shape", [true])
    rec(prefix + "int_shape", [true[:, 0]], label="rank 1")
    rec(prefix + "shape", [true])
    rec(prefix + "ndim", [true])
    rec(prefix + "get_value", [true])
    rec(prefix + "eval", [true[:, 0]])
    rec(prefix + "count_params", [true])
    rec(prefix + "sqrt", [f32([-1, 4])], label="negative")
    rec(prefix + "pow", [data.uniform((3,))], a=3.0)
    rec(prefix + "clip", [data.uniform((2, 3))], min_value=0.3, max_value=0.6)
    rec(prefix + "clip", [data.uniform((3,))], label="no upper bound", min_value=0.5, max_value=None)
    rec(prefix + "clip", [data.uniform((3,))], label="bounds crossed", min_value=0.7, max_value=0.2)
    rec(prefix + "cast", [data.uniform((3,), -2, 2)], dtype="int32")
    rec(prefix + "mean", [np.asarray([True, False, True])], label="booleans")
    rec(prefix + "any", [data.binary((2, 2))], label="numbers")
    x = data.uniform((2, 3, 2))
    rec(prefix + "flatten", [x])
    rec(prefix + "batch_flatten", [x])
    rec(prefix + "reshape", [x], shape=[-1, 2])
    rec(prefix + "transpose", [x])
    rec(prefix + "permute_dimensions", [x], pattern=[0, 2, 1])
    rec(prefix + "squeeze", [f32([[1], [2]])], axis=-1)
    rec(prefix + "expand_dims", [x], label="axis 1", axis=1)
    rec(prefix + "concatenate", [[x, x + 1]])
    rec(prefix + "concatenate", [[x, x + 1]], label="axis 0", axis=0)
    rec(prefix + "stack", [[x, x + 1]], axis=-1)
    rec(prefix + "repeat", [f32([[1, 2]])], n=2)
    rec(prefix + "repeat_elements", [f32([[1, 2]])], rep=2, axis=1)
    rec(prefix + "tile", [f32([[1, 2]])], n=[2, 2])
    rec(prefix + "dot", [data.uniform((2, 3)), data.uniform((3, 2))])
    rec(prefix + "dot", [data.uniform((2, 2, 3)), data.uniform((2, 3, 2))], label="rank 3")
    for one, other, axes in [((2, 3), (2, 3), 1), ((2, 3, 2), (2, 2, 3), None), ((2, 3, 2), (2, 3), [1, 1]),
                             ((2, 3), (2, 2, 3), [1, 2]), ((2, 3, 2), (2, 4, 2), 2)]:
        rec(prefix + "batch_dot", [data.uniform(one), data.uniform(other)], label=f"{one} {other}", axes=axes)
    rec(prefix + "zeros_like", [x])
    rec(prefix + "ones_like", [x], dtype="int32")
    rec(prefix + "constant", [], value=[1, 2.5])
    rec(prefix + "constant", [], label="filled", value=2, shape=[2, 2])
    rec(prefix + "arange", [], start=3)
    rec(prefix + "arange", [], label="float", start=1, stop=4, dtype="float32")
    rec(prefix + "one_hot", [np.asarray([1, 0], "int32")], num_classes=3)
    rec(prefix + "l2_normalize", [x], axis=-1)
    rec(prefix + "relu", [data.uniform((2, 3), -4, 4)], label="all parameters", alpha=0.1, max_value=2.0, threshold=0.5)
    rec(prefix + "elu", [data.uniform((3,), -2, 2)], label="alpha", alpha=0.5)
    switches = [np.asarray([True, False]), f32([1, 2]), f32([3, 4])]
    rec(prefix + "switch", switches)
    rec(prefix + "switch", [np.asarray([[True, False]]), f32([[[1], [2]]]), f32([[[3], [4]]])], label="rank 2 and 3")
    rec(prefix + "switch", [np.asarray(True), f32([1, 2]), f32([3, 4])], label="scalar")
    edges = [f32([0, 0, 1, 1, 0.3]), f32([0, 1, 0, 1, 1])]
    rec(prefix + "binary_crossentropy", edges, label="edge values")
    rec(prefix + "binary_crossentropy", [edges[0], data.uniform((5,), -4, 4)], label="logits", from_logits=True)
    rec(prefix + "binary_crossentropy", [data.binary((3,)), data.uniform((3, 1))], label="ranks differ")
    rec(prefix + "categorical_crossentropy", [data.one_hot((2, 3)), data.distribution((2, 3))])
    rec(prefix + "categorical_crossentropy", [data.one_hot((2, 3)), data.uniform((2, 3), -2, 2)], label="logits",
        from_logits=True)
    rec(prefix + "sparse_categorical_crossentropy", [np.asarray([1, 2], "int32"), f32([[.2, .2, .2], [.1, .3, .6]])])
    rec(prefix + "sparse_categorical_crossentropy", [np.asarray([1, 2], "int32"), data.uniform((2, 3), -2, 2)],
        label="logits", from_logits=True)


def record_tensorflow(rec, data):
    unary = """abs negative sign square sqrt rsqrt reciprocal exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh
        sigmoid erf erfc lgamma digamma floor ceil round rint is_nan is_inf is_finite log_sigmoid softplus softsign
        reciprocal_no_nan softmax log_softmax l2_normalize""".split()
    binary = """add subtract multiply divide truediv floordiv floormod mod pow maximum minimum atan2 equal not_equal less
        less_equal greater greater_equal squared_difference divide_no_nan multiply_no_nan xlogy xdivy""".split()
    record_elementwise(rec, "tensorflow.math.", data, unary, binary)
    record_elementwise(rec, "tensorflow.", data, ELEMENTWISE[:5] + ["tanh", "sigmoid"], ["maximum", "minimum", "equal"])
    names = ["reduce_" + name for name in "mean sum max min prod any all".split()]
    record_reduction_family(rec, "tensorflow.", data, names)
    record_reduction_family(rec, "tensorflow.math.", data,
                            ["reduce_variance", "reduce_std", "reduce_logsumexp", "reduce_euclidean_norm"])
    tf = "tensorflow."
    x, y = data.uniform((2, 3)), data.uniform((2, 3))
    rec(tf + "reduce_mean", [np.asarray([1, 2, 2], "int32")], label="integers")
    rec(tf + "reduce_mean", [np.asarray([-1, -2, -2], "int32")], label="negative integers")
    rec(tf + "clip_by_value", [x], clip_value_min=0.3, clip_value_max=0.6)
    rec(tf + "clip_by_value", [x], label="tensors", named={"clip_value_min": f32([.1, .2, .3]), "clip_value_max": f32(.6)})
    rec(tf + "where", [np.asarray([[True], [False]]), x, y])
    rec(tf + "cast", [data.uniform((3,), -2, 2)], dtype="int32")
    rec(tf + "cast", [f32([0, 2])], label="bool", dtype="bool")
    rec(tf + "constant", [], value=[1.0, 2.0])
    rec(tf + "constant", [], label="filled", value=2.0, shape=[2, 2])
    rec(tf + "convert_to_tensor", [], value=[[1.0], [2.0]])
    rec(tf + "expand_dims", [f32([1, 2])], axis=-1)
    rec(tf + "squeeze", [f32([[[1], [2]]])])
    rec(tf + "squeeze", [f32([[[1], [2]]])], label="axis", axis=[2])
    rec(tf + "reshape", [x], shape=[-1])
    rec(tf + "transpose", [x])
    rec(tf + "transpose", [data.uniform((2, 3, 2))], label="perm", perm=[1, 0, 2])
    rec(tf + "concat", [[x, y]], axis=-1)
    rec(tf + "stack", [[x, y]])
    rec(tf + "unstack", [x], axis=1)
    rec(tf + "split", [x], num_or_size_splits=3, axis=-1)
    rec(tf + "split", [x], label="sizes", num_or_size_splits=[1, 2], axis=1)
    rec(tf + "gather", [x], indices=1, axis=1)
    rec(tf + "tile", [x], multiples=[1, 2])
    rec(tf + "repeat", [x], repeats=2, axis=0)
    rec(tf + "broadcast_to", [f32([1, 2])], shape=[2, 2])
    rec(tf + "shape", [x])
    rec(tf + "rank", [x])
    rec(tf + "size", [x])
    rec(tf + "zeros_like", [x])
    rec(tf + "ones_like", [x])
    rec(tf + "zeros", [], shape=[2])
    rec(tf + "ones", [], shape=[1, 2])
    rec(tf + "fill", [], dims=[2], value=0.5)
    rec(tf + "eye", [], num_rows=2)
    rec(tf + "range", [], start=3)
    rec(tf + "one_hot", [np.asarray([1, 0], "int32")], depth=3)
    rec(tf + "matmul", [data.uniform((2, 3)), data.uniform((2, 3))], transpose_b=True)
    rec(tf + "matmul", [data.uniform((2, 3, 2)), data.uniform((2, 3, 1))], label="batched", transpose_a=True)
    rec(tf + "norm", [x])
    rec(tf + "norm", [x], label="axis", axis=-1)
    rec(tf + "norm", [x], label="ord 1", ord=1, axis=0, keepdims=True)
    rec(tf + "stop_gradient", [x])
    rec(tf + "identity", [x])
    rec(tf + "ensure_shape", [x], shape=[None, 3])
    rec(tf + "ensure_shape", [x], label="wrong", shape=[None, 4])
    rec(tf + "add_n", [[x, y]])
    rec(tf + "math.count_nonzero", [data.binary((2, 4))], axis=1)
    rec(tf + "linalg.matrix_transpose", [data.uniform((2, 3, 2))])
    nn = tf + "nn."
    for name in "relu relu6 leaky_relu elu silu gelu".split():
        rec(nn + name, [data.uniform((2, 3), -8, 8)])
    rec(nn + "l2_loss", [x])
    rec(nn + "moments", [x], axes=[0])
    labels = {"arguments": ["labels", "logits"]}
    both = {"labels": data.binary((2, 3)), "logits": data.uniform((2, 3), -4, 4)}
    rec(nn + "sigmoid_cross_entropy_with_logits", [], named=both)
    rec(nn + "sigmoid_cross_entropy_with_logits", [], label="steep",
        named={"labels": f32([0, 1, 0, 1]), "logits": f32([-50, -50, 50, 50])})
    rec(nn + "sigmoid_cross_entropy_with_logits", [], label="ranks differ",
        named={"labels": data.binary((3,)), "logits": data.uniform((3, 1))})
    rec(nn + "weighted_cross_entropy_with_logits", list(both.values()), pos_weight=2.5, **labels)
    rec(nn + "softmax_cross_entropy_with_logits", [data.one_hot((2, 3)), data.uniform((2, 3), -4, 4)], **labels)
    rec(nn + "sparse_softmax_cross_entropy_with_logits", [np.asarray([2, 0], "int32"), data.uniform((2, 3), -4, 4)],
        **labels)


# ---- processes -----------------------------------------------------------------------------------------------------


def run(job):
    if job == "tf_keras":
        import tensorflow as tf
        import tf_keras
        rec = Recorder("keras=2", f"tf_keras {tf_keras.__version__}", tf.constant)
        record_losses(rec, "tf_keras", Data())
        record_backend(rec, "tf_keras.backend.", Data())
        return rec.records
    import keras
    version = importlib.import_module(job).__version__
    rec = Recorder("keras=3", f"{job} {version}, keras {keras.__version__}", keras.ops.convert_to_tensor)
    record_losses(rec, "keras", Data())
    record_reductions(rec, Data())
    if job == "numpy":
        record_ops(rec, Data())
    if job == "tensorflow":
        record_backend(rec, "keras._tf_keras.keras.backend.", Data())
        record_tensorflow(rec, Data())
    return rec.records


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--job":
        json.dump(run(sys.argv[2]), sys.stdout)
        return
    records = []
    for job in JOBS:
        backend = "tensorflow" if job == "tf_keras" else job
        environment = dict(os.environ, KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="3", JAX_PLATFORMS="cpu",
                           CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")
        done = subprocess.run([sys.executable, __file__, "--job", job], env=environment, check=True,
                              stdout=subprocess.PIPE)
        records += json.loads(done.stdout)
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    (HERE / "keras.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(records)} records")


if __name__ == "__main__":
    main()
