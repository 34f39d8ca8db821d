"""Losses over texts and class numbers, and the later part of keras.ops, whose results record_keras.py keeps."""
import json

import numpy as np

from keras_recorder import f32


def record_more_ops(rec, data):
    """Activations, numbers, nan, joining and linear algebra."""
    ops = "keras.ops."
    x = data.uniform((2, 4), -2, 2)
    for name in """celu glu hard_silu hard_swish hard_tanh hard_shrink soft_shrink tanh_shrink squareplus sparse_plus
                   sparse_sigmoid rms_normalization arcsinh cbrt exp2 deg2rad rad2deg fabs erfc""".split():
        rec(ops + name, [x])
    rec(ops + "glu", [x], axis=0)
    rec(ops + "celu", [x], alpha=0.5)
    rec(ops + "hard_shrink", [x], threshold=0.2)
    rec(ops + "threshold", [x], threshold=0.3, default_value=-1.0)
    rec(ops + "rms_normalization", [x], axis=0, epsilon=0.01)
    rec(ops + "arctanh", [data.uniform((3,), -0.9, 0.9)])
    rec(ops + "arccosh", [data.uniform((3,), 1.1, 4)])
    rec(ops + "erfinv", [data.uniform((3,), -0.9, 0.9)])
    for name in ["hypot", "logaddexp2", "heaviside", "fmod", "fmax", "fmin"]:
        rec(ops + name, [x, data.uniform((4,), 0.3, 2)])
    gaps = f32([[1, np.nan, 3], [np.nan, np.nan, 2]])
    rec(ops + "fmax", [gaps, f32([2, 1, np.nan])], label="nan")
    rec(ops + "heaviside", [f32([-1, 0, 2]), f32([.5, .5, .5])], label="zero")
    rec(ops + "isposinf", [f32([np.inf, -np.inf, 1])])
    rec(ops + "isneginf", [f32([np.inf, -np.inf, 1])])
    rec(ops + "allclose", [x, x * f32(1.00001)])
    rec(ops + "allclose", [gaps, gaps], equal_nan=True)
    for name in ["nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin"]:
        for kwargs in [{}, {"axis": 1}, {"axis": -1, "keepdims": True}]:
            rec(ops + name, [gaps], label=json.dumps(kwargs), **kwargs)
    rec(ops + "quantile", [x], q=0.3, axis=1)
    rec(ops + "percentile", [x], q=40)

    y = data.uniform((3, 4))
    for width in [1, [1, 2], [[1, 0], [0, 2]]]:
        rec(ops + "pad", [x], label=json.dumps(width), pad_width=width)
    rec(ops + "pad", [x], label="value", pad_width=[[1, 1], [0, 0]], constant_values=3.0)
    rec(ops + "pad", [y], label="reflect", pad_width=[[1, 1], [2, 0]], mode="reflect")
    for name in ["hstack", "vstack", "dstack"]:
        rec(ops + name, [[x, x]])
        rec(ops + name, [[x[0], x[1]]], label="rank 1")
    rec(ops + "diff", [y])
    rec(ops + "diff", [y], n=2, axis=0) if rec.backend != "tensorflow" else None
    rec(ops + "inner", [x, y])
    rec(ops + "inner", [x[0], y[1]], label="rank 1")
    rec(ops + "vdot", [x[0], y[1]])
    rec(ops + "meshgrid", [x[0], y[:, 0]], label="xy")
    rec(ops + "meshgrid", [x[0], y[:, 0]], label="ij", indexing="ij")
    rec(ops + "isin", [np.asarray([[1, 2], [3, 4]], "int32"), np.asarray([2, 3, 9], "int32")])
    for name in ["fliplr", "flipud", "copy"]:
        rec(ops + name, [x])
    rec(ops + "multi_hot", [np.asarray([[0, 2], [1, 1]], "int32")], num_classes=4)
    rec(ops + "psnr", [x, x + f32(0.1)], max_val=2.0)
    square = f32([[2, 1, 0], [1, 3, 1], [0, 1, 2]])
    for name in ["det", "inv", "cholesky", "logdet", "slogdet"]:
        rec(ops + name, [square])
        rec(ops + name, [np.stack([square, 2 * square])], label="two")
    rec(ops + "solve", [square, data.uniform((3, 2))])
    rec(ops + "segment_sum", [data.uniform((4, 2)), np.asarray([0, 2, 2, 0], "int32")], num_segments=3)
    deep = data.uniform((2, 3, 4), -2, 2)
    rec(ops + "layer_normalization", [deep])
    rec(ops + "layer_normalization", [deep], label="scaled and shifted", epsilon=0.01,
        named={"gamma": data.uniform((4,)), "beta": data.uniform((4,))})
    rec(ops + "layer_normalization", [deep], label="axis 1", axis=1, named={"gamma": data.uniform((3,))})
    rec(ops + "layer_normalization", [deep], label="two axes", axis=[1, 2], named={"beta": data.uniform((3, 4))})
    rec(ops + "layer_normalization", [deep[0, 0]], label="rank 1")
    rec(ops + "layer_normalization", [deep], label="by the variance", rms_scaling=True)


def record_texts(rec, data):
    """Connectionist temporal classification: texts, steps, lengths."""
    texts = np.asarray([[1, 2, 2], [3, 0, 0], [2, 1, 0]], "int32")
    steps = data.uniform((3, 6, 4), -2, 2)
    lengths, letters = np.asarray([6, 5, 4], "int32"), np.asarray([3, 1, 2], "int32")
    both = {"arguments": ["y_true", "y_pred"]}
    lengths_too = {"arguments": ["target", "output", "target_length", "output_length"]}
    if rec.framework == "keras=3":
        rec("keras.losses.ctc", [texts, steps], label="texts", **both)
        rec("keras.losses.ctc", [texts[:, 0], steps], label="texts of rank 1", **both)
        rec("keras.ops.ctc_loss", [texts, steps, letters, lengths], **lengths_too)
        rec("keras.ops.ctc_loss", [np.asarray([[0, 1, 1]], "int32"), steps[:1], letters[:1], lengths[:1]],
            label="another blank", mask_index=3, **lengths_too)
        for reduction in ["sum_over_batch_size", "sum", "none"]:
            rec("keras.losses.CTC", [texts, steps], {"reduction": reduction}, label=reduction, **both)
        rec("keras.losses.CTC", [texts, steps], {}, f32([1, 0, 2]), "weighted", **both)
    if rec.backend != "tensorflow":
        return
    # The last class is the blank here; what stands behind a text's end is not read.
    places = [np.asarray([[0, 1, 1], [2, 0, 0], [1, 0, 0]], "int32"), data.distribution((3, 6, 4)), lengths[:, None],
              letters[:, None]]
    package = "tf_keras" if rec.framework == "keras=2" else "keras._tf_keras.keras"
    rec(package + ".backend.ctc_batch_cost", places, arguments=["y_true", "y_pred", "input_length", "label_length"])
    if rec.framework == "keras=3":
        for label, kwargs in [("time first", {}), ("batch first", {"logits_time_major": False}),
                              ("blank", {"blank_index": 3}), ("blank from the end", {"blank_index": -1})]:
            logits = steps if "logits_time_major" in kwargs else steps.transpose(1, 0, 2)
            text = places[0] if "blank_index" in kwargs else texts
            rec("tensorflow.nn.ctc_loss", [text, logits, letters, lengths], label=label,
                arguments=["labels", "logits", "label_length", "logit_length"], **kwargs)


def record_class_numbers(rec, data):
    """Losses whose labels are class numbers."""
    if rec.framework != "keras=3":
        return
    both = {"arguments": ["y_true", "y_pred"]}
    labels = np.asarray([2, 0, 1, 2], "int32")
    losses = "keras.losses."
    likely = data.distribution((4, 3))
    for q in [0.3, 0.9]:
        rec(losses + "categorical_generalized_cross_entropy", [labels, likely], label=str(q), q=q, **both)
    rec(losses + "categorical_generalized_cross_entropy", [labels[:, None], likely], label="(4, 1) and (4, 3)", q=0.5,
        **both)
    for reduction in ["sum_over_batch_size", "none"]:
        rec(losses + "CategoricalGeneralizedCrossEntropy", [labels, likely], {"reduction": reduction, "q": 0.7},
            label=reduction, **both)
    rec(losses + "CategoricalGeneralizedCrossEntropy", [labels, likely], {}, f32([1, 0, 2, 1]), "weighted", **both)
    rec(losses + "CategoricalGeneralizedCrossEntropy", [labels, likely], {"q": 1.5}, label="q out of range", **both)
    pairs = np.asarray([1, 1, 0, 0], "int32")
    places = data.uniform((4, 3), -1, 1)
    places = f32(np.round(places / np.linalg.norm(places, axis=1, keepdims=True), 3))
    rec(losses + "circle", [pairs, places], **both)
    rec(losses + "circle", [pairs[:, None], places], label="labels (4, 1)", **both)
    rec(losses + "circle", [pairs, places], label="gamma", gamma=2.0, margin=0.3, remove_diagonal=False, **both)
    rec(losses + "circle", [pairs[:2], places[:2]], label="references", gamma=4.0, remove_diagonal=False,
        named={"ref_labels": pairs, "ref_embeddings": places}, **both)
    for reduction in ["sum_over_batch_size", "sum", "none"]:
        rec(losses + "Circle", [pairs, places], {"reduction": reduction, "gamma": 3.0}, label=reduction, **both)
    rec(losses + "Circle", [pairs, places], {"gamma": 3.0}, f32([1, 0, 2, 1]), "weighted", **both)
