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
    backend     what ran: "keras 3.15.1 numpy jax" (the backends that agree), "tf_keras 2.21.0" or "tensorflow 2.21.0"
    result      {dtype, shape, data}, {"tuple": [sizes]}, {"list": [results]} or {"raises": exception}

TensorFlow's dtypes and Keras' dtypes are written as their names in kwargs.
"""
import json

import numpy as np

from keras_arrays import record_backend, record_ops, record_tensorflow
from keras_labels import record_class_numbers, record_more_ops, record_texts
from keras_recorder import Data, Recorder, Y_PRED, Y_TRUE, f32, record_in_jobs

JOBS = ["numpy", "jax", "tensorflow", "tf_keras"]

BOTH = {"arguments": ["y_true", "y_pred"]}
SHAPES = [(4,), (3, 4), (2, 3, 4), (2, 2, 3, 2)]
FUNCTIONS = [("mean_squared_error", "real", []), ("mean_absolute_error", "real", []),
             ("mean_absolute_percentage_error", "real", []), ("mean_squared_logarithmic_error", "positive", []),
             ("cosine_similarity", "real", [{"axis": 0}]), ("huber", "real", [{"delta": 0.4}]),
             ("log_cosh", "real", []),
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
    job = rec.backend
    true, pred = f32(Y_TRUE), f32(Y_PRED)

    rec(losses + "binary_crossentropy", [true[:, 0], pred[:, 0]], label="landmark, collapsed", **BOTH)
    rec(losses + "binary_crossentropy", [true[:, :1], pred[:, :1]], label="landmark, per sample", **BOTH)
    rec(losses + "mean_squared_error", [true[:, 1:], pred[:, 1:]], label="landmark, coordinates", **BOTH)
    rec(losses + "mean_absolute_error", [true[:, 1:], pred[:, 1:]], label="landmark, coordinates", **BOTH)

    for name, kind, variants in FUNCTIONS + (KERAS_3_FUNCTIONS if keras_3 else []):
        for shape in SHAPES:
            pair = data.pair(kind, shape)
            if name != "cosine_similarity" or len(shape) > 1 or job != "numpy":  # which gives (1,) for a scalar
                rec(losses + name, pair, label=f"rank {len(shape)}", **BOTH)
        for kwargs in variants:
            pair = data.pair(kind, (3, 4))
            if name != "cosine_similarity" or job != "numpy":  # which raises for axis 0
                rec(losses + name, pair, label=json.dumps(kwargs), **BOTH, **kwargs)
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
        # On numpy the sigmoid saturates. On tensorflow, Keras 3 finds the logits behind the focal loss's sigmoid again.
        if job == "jax" or job == "tensorflow" and (name == "binary_crossentropy" or not keras_3):
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
            if name not in ("BinaryCrossentropy", "MeanSquaredError") and reduction not in ("sum", "none"):
                continue
            for shape, weights in [((3, 2), [None, weight, weight[:, None]]),
                                   ((3, 2, 2), [None, weight[:, None], data.uniform((3, 2))])]:
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
                if reduction == "none":
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
    rec(losses + "SparseCategoricalCrossentropy", [np.asarray([2, 0, 1], "int32"), data.distribution((3, 4))], {},
        weight, "weighted", **BOTH)


def record_reductions(rec, data):
    path = "keras.src.losses.loss."
    reduce = path + "reduce_weighted_values"
    for reduction in ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None]:
        named = dict(arguments=["values"], reduction=reduction)
        for shape in [(), (3,), (3, 1), (3, 2), (0,), (0, 2)]:
            rec(reduce, [data.uniform(shape)], label=f"{reduction} {shape}", **named)
        for shape, weight in [((3,), (3,)), ((3,), (3, 1)), ((3, 2), (3, 1)), ((3, 2), (3, 2)), ((3, 1), (3,)),
                              ((3,), ())]:
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


# ---- processes -----------------------------------------------------------------------------------------------------


def run(job):
    if job == "tf_keras":
        import tensorflow as tf
        rec = Recorder("keras=2", "tensorflow", tf.constant)
        record_losses(rec, "tf_keras", Data())
        record_backend(rec, "tf_keras.backend.", Data())
        record_texts(rec, Data())
        return rec.records
    import keras
    rec = Recorder("keras=3", job, keras.ops.convert_to_tensor)
    record_losses(rec, "keras", Data())
    record_reductions(rec, Data())
    if job == "numpy":
        record_ops(rec, Data())
    if job == "tensorflow":
        record_backend(rec, "keras._tf_keras.keras.backend.", Data())
        record_tensorflow(rec, Data())
    record_texts(rec, Data())
    record_class_numbers(rec, Data())
    if job in ("numpy", "jax"):
        record_more_ops(rec, Data())
    return rec.records


if __name__ == "__main__":
    record_in_jobs(__file__, JOBS, run, "keras.json")
