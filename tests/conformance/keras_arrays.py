"""Functions on arrays whose results record_keras.py keeps: keras.ops, keras.backend, tensorflow."""
import json

import numpy as np

from keras_recorder import Y_PRED, Y_TRUE, f32

ELEMENTWISE = "abs sign square sqrt exp log".split()
REDUCTIONS = "mean sum max min prod any all std var".split()


def record_elementwise(rec, prefix, data, unary, binary):
    for name in unary:
        low = 0.05 if any(part in name for part in ["log", "sqrt", "gamma", "reciprocal"]) and "sig" not in name \
            and "softmax" not in name else -0.95
        rec(prefix + name, [data.uniform((2, 3), low, 0.95)])
    for name in binary:
        rec(prefix + name, [data.uniform((2, 3), 0.1, 3), data.uniform((3,), 0.1, 3)], label="broadcast")
        if prefix == "keras.ops.":
            rec(prefix + name, [f32([[1], [2]]), f32([2, 1, 0.5])], label="(2, 1) and (3,)")


def record_reduction_family(rec, prefix, data, names, axis="axis"):
    for name in names:
        cases = [((2, 3), {}), ((2, 3), {axis: -1, "keepdims": True}), ((2, 3, 2), {axis: [0, 2]})]
        for shape, kwargs in cases + [((2, 3), {axis: 0})] * (prefix == "keras.ops."):
            x = data.binary(shape).astype(bool) if name.endswith(("any", "all")) else data.uniform(shape, -2, 2)
            rec(prefix + name, [x], label=json.dumps(kwargs), **kwargs)


def record_ops(rec, data):
    ops = "keras.ops."
    unary = """
        abs absolute negative sign floor ceil trunc isnan isinf isfinite square sqrt exp expm1 log log1p log2 log10
        reciprocal rsqrt sin cos tan arcsin arccos arctan sinh cosh tanh erf round relu relu6 leaky_relu sigmoid
        log_sigmoid hard_sigmoid silu softplus softsign elu selu gelu softmax log_softmax normalize
    """.split()
    binary = """
        add subtract multiply divide true_divide floor_divide mod power maximum minimum arctan2 equal not_equal less
        less_equal greater greater_equal divide_no_nan logaddexp isclose
    """.split()
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
    for kwargs in [{}, {"axis": 1}, {"ord": 1, "axis": -1}, {"ord": 2, "axis": 0, "keepdims": True},
                   {"ord": 3, "axis": 1}]:
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
    record_selection(rec)


def record_selection(rec):
    """What picks, orders and accumulates. Literals, so that the seeded inputs elsewhere stay what they are."""
    ops = "keras.ops."
    x = f32([[3, 1, 2], [0.5, 4, -1]])
    for name in ["argmax", "argmin", "median"]:
        rec(ops + name, [x])
        rec(ops + name, [x], axis=-1)
        rec(ops + name, [x], axis=0, keepdims=True)
    for name in ["sort", "argsort", "cumsum", "cumprod", "flip"]:
        rec(ops + name, [x], axis=-1)
        rec(ops + name, [x], axis=0)
    for name in ["argsort", "cumsum", "cumprod", "flip"]:
        rec(ops + name, [x], label="all", axis=None)
    if rec.backend != "numpy":  # whose indices are int64
        rec(ops + "top_k", [x], k=2)
    rec(ops + "take", [x, np.asarray([[0, 2]], "int32")], axis=1)
    rec(ops + "take", [x, np.asarray([4, -1], "int32")], label="flat")
    rec(ops + "take_along_axis", [x, np.asarray([[0], [2]], "int32")], axis=1)
    rec(ops + "roll", [x], shift=1, axis=1)
    rec(ops + "roll", [x], label="flat", shift=-1)
    for name in ["tril", "triu", "diag"]:
        rec(ops + name, [x])
        rec(ops + name, [x], k=1)
    rec(ops + "diag", [x[0]], label="vector", k=-1)
    rec(ops + "diagonal", [x])
    rec(ops + "trace", [x])
    for axis in [0, 1]:
        rec(ops + "one_hot", [np.asarray([1, 0, 2, -1], "int32")], label="axis", num_classes=3, axis=axis)


def record_backend(rec, prefix, data):
    unary = "abs sign square sqrt exp log round sin cos tanh sigmoid softplus softsign hard_sigmoid elu relu".split()
    unary.append("softmax")
    binary = "maximum minimum equal not_equal less less_equal greater greater_equal".split()
    if rec.framework == "keras=2":  # Keras 3 calls the same functions of TensorFlow
        record_elementwise(rec, prefix, data, unary, binary)
        record_reduction_family(rec, prefix, data, REDUCTIONS)
        # Public until Keras 2.2.
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
    unary = """
        abs negative sign square sqrt rsqrt reciprocal exp expm1 log log1p sin cos tan asin acos atan sinh cosh tanh
        sigmoid erf erfc lgamma digamma floor ceil round rint is_nan is_inf is_finite log_sigmoid softplus softsign
        reciprocal_no_nan softmax log_softmax l2_normalize
    """.split()
    binary = """
        add subtract multiply divide truediv floordiv floormod mod pow maximum minimum atan2 equal not_equal less
        less_equal greater greater_equal squared_difference divide_no_nan multiply_no_nan xlogy xdivy
    """.split()
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
    rec(tf + "clip_by_value", [x], label="tensors",
        named={"clip_value_min": f32([.1, .2, .3]), "clip_value_max": f32(.6)})
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
    z = f32([[3, 1, 2], [0.5, 4, -1]])
    for name in ["argmax", "argmin"]:
        rec(tf + name, [z])
        rec(tf + name, [z], axis=1)
    for name in ["sort", "argsort"]:
        rec(tf + name, [z])
        rec(tf + name, [z], axis=0, direction="DESCENDING")
    rec(tf + "cumsum", [z])
    rec(tf + "cumsum", [z], label="reverse", axis=1, exclusive=True, reverse=True)
    rec(tf + "gather", [z, np.asarray([[1, 0]], "int32")], label="tensor")
    rec(tf + "gather", [z, np.asarray([2, 0], "int32")], label="tensor, axis 1", axis=1)
    rec(tf + "gather_nd", [z, np.asarray([[1, 2], [0, 0]], "int32")])
    rec(tf + "boolean_mask", [z, np.asarray([True, False])])
    rec(tf + "boolean_mask", [z, np.asarray([[True, False, True], [False, True, False]])], label="all axes")
    rec(tf + "reverse", [z], axis=[1])
    rec(tf + "math.top_k", [z], k=2)
    rec(tf + "one_hot", [np.asarray([1, 0, -1], "int32")], label="axis 0", depth=2, axis=0)
