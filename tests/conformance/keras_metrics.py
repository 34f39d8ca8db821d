"""Metrics of keras.metrics as programs, for Keras 3 and Keras 2: called, updated twice, weighted."""
import numpy as np

from keras_recorder import f32

TRUE, PRED = f32([[0.2, 1, -0.5, 2], [1, 0.3, 0.1, -1], [2, 0, 1, 0.4]]), f32([[0, 0.8, -1, 1.5], [1, 1, 0.2, -2], [1, 0.5, 2, 0.1]])
LABELS, SCORES = f32([0, 1, 1, 0, 1, 0]), f32([0.1, 0.35, 0.8, 0.4, 0.65, 0.62])
CLASSES = f32([[0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 1, 0]])
LIKELY = f32([[0.1, 0.3, 0.6], [0.25, 0.4, 0.35], [0.2, 0.5, 0.3], [0.05, 0.9, 0.05]])
NUMBERS = np.asarray([2, 1, 0, 1], "int32")
WEIGHT = f32([1, 0.5, 2])
FOUR, SIX = f32([1, 0.5, 2, 0]), f32([1, 0.5, 2, 0, 3, 1])
VALUES = ["MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "RootMeanSquaredError",
          "CosineSimilarity", "LogCoshError", "Hinge", "SquaredHinge", "CategoricalHinge"]


def record_metrics(rec):
    keras_3 = rec.framework == "keras=3"
    for name in VALUES:
        record_one(rec, f"{name}()", y=TRUE, p=PRED, w=WEIGHT)
    positive = {"y": np.abs(TRUE), "p": np.abs(PRED) + f32(0.1), "w": WEIGHT}
    for name in ["MeanSquaredLogarithmicError", "Poisson", "KLDivergence"]:
        record_one(rec, f"{name}()", **positive)
    record_one(rec, "MeanSquaredError()", label="one axis less", y=TRUE[:, 0], p=PRED[:, :1], w=WEIGHT)
    if not rec.backend.endswith("numpy"):  # which raises for axis 0
        record_one(rec, "CosineSimilarity(axis=0)", y=TRUE, p=PRED, w=f32([1, 2, 0, 1]))
    for name in ["Mean", "Sum"]:
        rec(f"m = keras.metrics.{name}()\nm(x)\nm(x, sample_weight=w)", x=TRUE, w=WEIGHT)
        rec(f"keras.metrics.{name}()(x)", x=WEIGHT)
        rec(f"m = keras.metrics.{name}()\nm.update_state(x)\nm.reset_state()\nm(w)", x=TRUE, w=WEIGHT)
    rec("keras.metrics.MeanMetricWrapper(lambda y, p: (y - p) ** 2)(y, p)", y=TRUE, p=PRED)

    for arguments in ["", "from_logits=True", "label_smoothing=0.1"]:
        scores = SCORES * 4 - 2 if "logits" in arguments else SCORES
        record_one(rec, f"BinaryCrossentropy({arguments})", y=LABELS[:, None], p=scores[:, None], w=SIX)
    record_one(rec, "CategoricalCrossentropy()", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "SparseCategoricalCrossentropy()", y=NUMBERS, p=LIKELY, w=FOUR)
    record_one(rec, "SparseCategoricalCrossentropy(from_logits=True)", y=NUMBERS, p=LIKELY, w=FOUR)
    record_one(rec, "Accuracy()", y=NUMBERS, p=np.asarray([2, 0, 0, 1], "int32"), w=FOUR)
    record_one(rec, "BinaryAccuracy()", y=LABELS[:, None], p=SCORES[:, None], w=SIX)
    record_one(rec, "BinaryAccuracy(threshold=0.3)", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "CategoricalAccuracy()", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "SparseCategoricalAccuracy()", y=NUMBERS, p=LIKELY, w=FOUR)
    record_one(rec, "SparseCategoricalAccuracy()", label="column", y=NUMBERS[:, None], p=LIKELY, w=FOUR)
    record_one(rec, "TopKCategoricalAccuracy(k=2)", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "SparseTopKCategoricalAccuracy(k=2)", y=NUMBERS, p=LIKELY, w=FOUR)
    for name in ["binary_accuracy", "categorical_accuracy", "top_k_categorical_accuracy"]:
        rec(f"keras.metrics.{name}(y, p)", y=CLASSES, p=LIKELY)
    rec("keras.metrics.sparse_categorical_accuracy(y, p)", y=NUMBERS, p=LIKELY)
    rec("keras.metrics.sparse_top_k_categorical_accuracy(y, p, k=2)", y=NUMBERS, p=LIKELY)
    if keras_3:
        for name in ["pearson_correlation", "concordance_correlation"]:
            rec(f"keras.metrics.{name}(y, p)", y=TRUE, p=PRED)
        record_one(rec, "PearsonCorrelation()", y=TRUE, p=PRED, w=WEIGHT)
        record_one(rec, "ConcordanceCorrelation(axis=0)", y=TRUE, p=PRED, w=FOUR)
    else:
        record_one(rec, "MeanRelativeError(normalizer=[1.0, 0.5, 2.0, 0.0])", y=TRUE, p=PRED, w=WEIGHT)

    for name in ["TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall"]:
        record_one(rec, f"{name}()", y=LABELS, p=SCORES, w=SIX)
        record_one(rec, f"{name}(thresholds=[0.3, 0.6, 0.7])", y=LABELS, p=SCORES, w=SIX)
        record_one(rec, f"{name}(thresholds=[0.0, 0.5, 1.0])", y=LABELS, p=SCORES, w=SIX)
    record_one(rec, "Precision(top_k=2)", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "Recall(class_id=1)", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "Recall()", label="rows", y=CLASSES, p=LIKELY, w=FOUR)
    for name in ["SensitivityAtSpecificity", "SpecificityAtSensitivity", "PrecisionAtRecall", "RecallAtPrecision"]:
        record_one(rec, f"{name}(0.6)", y=LABELS, p=SCORES, w=SIX)
        record_one(rec, f"{name}(0.5, num_thresholds=1)", y=LABELS, p=SCORES, w=SIX)
    for arguments in ["", "curve='PR'", "curve='PR', summation_method='minoring'", "summation_method='majoring'",
                      "num_thresholds=5", "thresholds=[0.2, 0.6]", "from_logits=True"]:
        record_one(rec, f"AUC({arguments})", y=LABELS, p=SCORES, w=SIX)
    for arguments in ["multi_label=True", "multi_label=True, curve='PR'", "multi_label=True, label_weights=[1.0, 0.5, 2.0]",
                      "label_weights=[1.0, 0.5, 2.0]"]:
        rec(f"keras.metrics.AUC({arguments})(y, p)", y=CLASSES, p=LIKELY)
    for average in ["None", "'micro'", "'macro'", "'weighted'"]:
        record_one(rec, f"F1Score(average={average})", y=CLASSES, p=LIKELY, w=FOUR)
        record_one(rec, f"FBetaScore(average={average}, beta=2.0, threshold=0.3)", y=CLASSES, p=LIKELY, w=FOUR)
    predicted = np.asarray([2, 1, 1, 1], "int32")
    # Keras 3 counts in whole numbers: weights are cut to such.
    record_one(rec, "MeanIoU(num_classes=3)", y=NUMBERS, p=predicted, w=FOUR)
    record_one(rec, "MeanIoU(num_classes=3)", label="rows", y=np.stack([NUMBERS, predicted]),
               p=np.stack([predicted, predicted]), w=f32([[1, 1, 0, 1], [2, 1, 1, 1]]))
    record_one(rec, "IoU(num_classes=3, target_class_ids=[0, 1])", y=NUMBERS, p=predicted, w=FOUR)
    record_one(rec, "MeanIoU(num_classes=3, ignore_class=2)", y=NUMBERS, p=predicted, w=FOUR)
    record_one(rec, "BinaryIoU(threshold=0.5)", y=LABELS, p=SCORES, w=SIX)
    record_one(rec, "BinaryIoU(target_class_ids=[1], threshold=0.3)", y=LABELS, p=SCORES, w=SIX)
    record_one(rec, "OneHotIoU(num_classes=3, target_class_ids=[0, 2])", y=CLASSES, p=LIKELY, w=FOUR)
    record_one(rec, "OneHotMeanIoU(num_classes=3)", y=CLASSES, p=LIKELY, w=FOUR)
    for aggregation in ["None", "'uniform_average'", "'variance_weighted_average'"]:
        record_one(rec, f"R2Score(class_aggregation={aggregation})", y=TRUE, p=PRED, w=WEIGHT)
    rec("keras.metrics.R2Score(num_regressors=1)(y, p)", y=TRUE, p=PRED)
    record_own(rec)


def record_one(rec, construct, y, p, w, label=""):
    """A metric that is called once, and one that is updated twice, the second time weighted."""
    label = f"{construct} {label}".strip()
    rec(f"keras.metrics.{construct}(y, p)", label=label, y=y, p=p)
    rec(f"m = keras.metrics.{construct}\nm.update_state(y, p)\nm.update_state(y, p, sample_weight=w)\nm.result()",
        label=f"{label}, twice", y=y, p=p, w=w)


def record_own(rec):
    """A metric of a user's own, with weights that it adds to."""
    rec("""class Own(keras.metrics.Metric):
    def __init__(self, name="own", **kwargs):
        super().__init__(name=name, **kwargs)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.most = self.add_weight(name="most", shape=(4,), initializer="ones")
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(keras.backend.sum(keras.backend.square(y_true - y_pred)))
        self.most.assign(keras.backend.maximum(self.most, keras.backend.max(y_pred, axis=0)))
    def result(self):
        return self.total / 2.0 + self.most
    def reset_state(self):
        self.total.assign(0.0)
        self.most.assign(keras.backend.zeros((4,)))
own = Own()
own(y, p)
own(y, p)""".replace("keras.backend", "ops" if rec.framework == "keras=3" else "keras.backend"), y=TRUE, p=PRED)
