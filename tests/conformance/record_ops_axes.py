"""The part of record_ops.py about ops along axes, indices, products and matrices: NumPy and SciPy."""
import math

import numpy as np
import scipy.spatial
import scipy.special

from ops_recorder import FLOATS, SPECIAL, record, rng, shape_only, values

LINES = [((3,), 0), ((2, 3), -1), ((2, 3), 0), ((2, 1, 3), -2), ((2, 3, 2), 1), ((0, 2), 1), ((2, 0), 1), ((1,), -1)]
ODD = np.array([[math.nan, 1, 2, 0], [math.inf, 1, -math.inf, 3], [-math.inf, -math.inf, -1, 2], [0, -0.0, 5, 5]])


def on_axes(name, function, dtypes=("float32", "float64"), bad_axes=True, odd=True, **attributes):
    for i, (shape, axis) in enumerate(LINES):
        x = values(shape, dtypes[i % len(dtypes)])
        record(name, [x], lambda: function(x, axis), axes=[axis], **attributes)
    if odd:
        record(name, [ODD], lambda: function(ODD, 1), axes=[1], **attributes)
    if bad_axes:
        record(name, [values((2, 3), "float32")], lambda: function(np.zeros((2, 3)), 2), "axis.C1", axes=[2], **attributes)
        record(name, [np.zeros(())], lambda: function(np.zeros((0,)), 1), "axis.C1", axes=[0], **attributes)


def elementwise():
    for dtype in FLOATS:
        x = np.array([0.0, -0.0, 0.5, -0.5, 0.9, -0.999, 1.0, -1.0, 1e-6, 1.5, math.nan, 1 - 2**-20], dtype)
        record("erfinv", [x], lambda: scipy.special.erfinv(x.astype("float64")).astype(dtype))
        x = np.array(SPECIAL, dtype)
        record("identity", [x], lambda: x)
        record("stop_gradient", [x], lambda: x)
    x = values((2, 0, 3), "int32")
    record("identity", [x], lambda: x)
    functions = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor}
    for name, function in functions.items():
        for dtype, left, right in (("int32", (2, 3), (3,)), ("int64", (), (2,)), ("bool", (4,), (4,)), ("uint8", (3, 1), (2,))):
            a, b = values(left, dtype), values(right, dtype)
            record(name, [a, b], lambda: function(a, b))
        a, b = np.array([-1, 12, 2**31 - 1, -2**31], "int32"), np.array([255, -7, 1, -1], "int32")
        record(name, [a, b], lambda: function(a, b))
        record(name, [values((2,), "int32"), values((3,), "int32")], lambda: function(np.zeros(2, int), np.zeros(3, int)),
               "broadcast.C1")
    for x in (np.array([0, 1, -1, 2**31 - 1], "int32"), np.array([0, 200], "uint8"), np.array([True, False])):
        record("bitwise_not", [x], lambda: np.bitwise_not(x))
    for name, function in (("left_shift", np.left_shift), ("right_shift", np.right_shift)):
        a, b = np.array([1, -5, 1000, 2**30], "int32"), np.array([3, 1, 0, 2], "int32")
        record(name, [a, b], lambda: function(a, b))
        a, b = np.array([[200], [3]], "uint8"), np.array([1, 4], "uint8")
        record(name, [a, b], lambda: function(a, b))
        record(name, [values((2,), "int32"), values((3,), "int32")], lambda: function(np.zeros(2, int), np.zeros(3, int)),
               "broadcast.C1")


def scans():
    def softmax(x, axis):
        return scipy.special.softmax(x.astype("float64"), axis=axis).astype(x.dtype) if x.size else np.copy(
            np.add.reduce(x[None], axis=0)) if -x.ndim <= axis < x.ndim else np.sum(x, axis=axis)

    def log_softmax(x, axis):
        return scipy.special.log_softmax(x.astype("float64"), axis=axis).astype(x.dtype) if x.size else softmax(x, axis)

    # SciPy shifts by 0 where the largest element is infinite; the frameworks give nan there.
    on_axes("softmax", softmax, odd=False)
    on_axes("log_softmax", log_softmax, odd=False)
    big = np.array([[1000.0, 999, -1000], [-math.inf, 0, 1], [math.nan, 1, 2]])
    record("softmax", [big], lambda: softmax(big, 1), axes=[1])
    record("log_softmax", [big], lambda: log_softmax(big, 1), axes=[1])
    record("softmax", [values((3,), "float32")], lambda: np.expand_dims(0, 3), "axis.C4", axes=[0, 0])
    on_axes("cumsum", np.cumsum, ("float32", "int32", "float64", "bool"))
    on_axes("cumprod", np.cumprod, ("float32", "int64", "float64"))
    on_axes("cummax", lambda x, axis: np.maximum.accumulate(x, axis), ("float32", "int32"))
    on_axes("cummin", lambda x, axis: np.minimum.accumulate(x, axis), ("float32", "int32"))


def reductions():
    cases = [((3,), None, False), ((2, 3), 1, True), ((2, 3, 2), (0, 2), False), ((2, 3, 2), (0, -1), True), ((), None, False),
             ((2, 3), (), False), ((0, 2), 1, False)]

    def each(name, function, **attributes):
        for i, (shape, axis, keep) in enumerate(cases):
            x = values(shape, FLOATS[i % 2])
            axes = [axis] if isinstance(axis, int) else None if axis is None else list(axis)
            record(name, [x], lambda: function(x, axis, keep), axes=axes, flags=[keep], **attributes)
        record(name, [values((2, 3), "float32")], lambda: function(np.zeros((2, 3)), 2, False), "axis.C1", axes=[2],
               flags=[False], **attributes)
        record(name, [values((2, 3), "float32")], lambda: np.sum(np.zeros((2, 3)), axis=(0, 0)), "axis.C2", axes=[0, -2],
               flags=[False], **attributes)

    each("logsumexp", lambda x, axis, keep: np.asarray(
        scipy.special.logsumexp(x.astype("float64"), axis=axis, keepdims=keep) if axis != () else x.astype("float64")).astype(x.dtype))
    record("logsumexp", [ODD], lambda: scipy.special.logsumexp(ODD, axis=1), axes=[1], flags=[False])
    far = np.array([[1000.0, 1001], [-1000, -1001], [-math.inf, -math.inf], [-math.inf, 0]])
    record("logsumexp", [far], lambda: scipy.special.logsumexp(far, axis=1), axes=[1], flags=[False])
    record("logsumexp", [np.zeros((2, 0))], lambda: np.log(np.zeros(2)), axes=[1], flags=[False])
    for ddof in (0, 1):
        each("var", lambda x, axis, keep: np.asarray(
            np.var(x.astype("float64"), axis=axis, keepdims=keep, ddof=ddof)).astype(x.dtype), numbers=[ddof])
    x = values((2, 3), "int32")
    record("var", [x], lambda: np.var(x, axis=1), axes=[1], flags=[False], numbers=[0])
    record("var", [np.zeros((2, 0))], lambda: np.var(np.zeros((2, 0)), axis=1), axes=[1], flags=[False], numbers=[0])
    for q in (0, 0.5, 0.3, 1):
        each("quantile", lambda x, axis, keep: np.asarray(np.quantile(x.astype("float64"), q, axis=axis, keepdims=keep)).astype(x.dtype)
             if axis != () else x, numbers=[q])
    record("quantile", [ODD[[0, 3]]], lambda: np.quantile(ODD[[0, 3]], 0.5, axis=1), axes=[1], flags=[False], numbers=[0.5])
    record("quantile", [values((3,), "float32")], lambda: np.quantile(np.zeros(3), 1.5), "quantile.C1", axes=None, flags=[False],
           numbers=[1.5])
    record("quantile", [np.zeros((2, 0))], lambda: np.max(np.zeros((2, 0)), axis=1), "reduce.C1", axes=[1], flags=[False], numbers=[0.5])


def ordering():
    for name, function in (("argmax", np.argmax), ("argmin", np.argmin)):
        for i, (shape, axis) in enumerate([((3,), 0), ((2, 3), None), ((2, 3), -1), ((2, 3, 2), 1), ((), None), ((0, 2), 1)]):
            keep = i % 2 == 0
            x = values(shape, ["float32", "int32", "float64"][i % 3])
            record(name, [x], lambda: function(x, axis=axis, keepdims=keep), axes=None if axis is None else [axis], flags=[keep])
        record(name, [ODD], lambda: function(ODD, axis=1), axes=[1], flags=[False])
        x = np.array([1.0, 5, 5, 1])
        record(name, [x], lambda: function(x), axes=None, flags=[False])
        record(name, [np.zeros((2, 0))], lambda: function(np.zeros((2, 0)), axis=1), "reduce.C1", axes=[1], flags=[False])
        record(name, [np.zeros((2, 2))], lambda: function(np.zeros((2, 2)), axis=2), "axis.C1", axes=[2], flags=[False])
        record(name, [np.zeros((2, 2))], lambda: function(np.zeros((2, 2)), axis=(0, 1)), "axis.C4", axes=[0, 1], flags=[False])
    on_axes("sort", np.sort, ("float32", "int32", "bool"), flags=[False])
    on_axes("argsort", lambda x, axis: np.argsort(x, axis, kind="stable"), ("float32", "int64"), flags=[False])

    def descending(x, axis):  # stable: equal elements stay in their order
        return x.shape[axis] - 1 - np.flip(np.argsort(np.flip(x, axis), axis, kind="stable"), axis)

    on_axes("argsort", descending, bad_axes=False, flags=[True])
    on_axes("sort", lambda x, axis: np.take_along_axis(x, descending(x, axis), axis), bad_axes=False, flags=[True])
    for shape, k, axis in (((4,), 2, -1), ((2, 5), 3, 1), ((4, 2), 1, 0), ((3,), 0, 0), ((3,), 3, 0), ((0, 3), 2, 1)):
        for largest in (True, False):
            x = values(shape, "float32")
            order = lambda: np.take(descending(x, axis) if largest else np.argsort(x, axis, kind="stable"), range(k), axis)
            record("topk_indices", [x], lambda: order().astype("int64"), axes=[axis], dims=[k], flags=[largest])
            record("topk_values", [x], lambda: np.take_along_axis(x, order(), axis), axes=[axis], dims=[k], flags=[largest])
    for name in ("topk_values", "topk_indices"):
        record(name, [np.zeros(3)], lambda: np.take(np.zeros(3), 3), "topk.C1", axes=[0], dims=[4], flags=[True])
        record(name, [np.zeros(3)], lambda: np.zeros(-1), "size.C1", axes=[0], dims=[-1], flags=[True])
        record(name, [np.zeros(3)], lambda: np.sort(np.zeros(3), 1), "axis.C1", axes=[1], dims=[1], flags=[True])
    line = np.array([-1.0, 0.5, 0.5, 2])
    for right in (False, True):
        for x in (np.array([0.5, -3, 9, 2, math.nan]), values((2, 3), "float64"), np.array(0.5), np.zeros((0, 2))):
            record("searchsorted", [line, x], lambda: np.searchsorted(line, x, "right" if right else "left"), flags=[right])
        rows, x = np.array([[0.0, 1, 2], [5, 6, 7]]), np.array([[1.0, 3, -1, 2], [6, 5.5, 9, 0]])
        record("searchsorted", [rows, x],
               lambda: np.stack([np.searchsorted(r, v, "right" if right else "left") for r, v in zip(rows, x)]), flags=[right])
    record("searchsorted", [np.zeros(()), np.zeros(2)], lambda: np.searchsorted(np.zeros((2, 2)), 1), "searchsorted.C1", flags=[False])
    record("searchsorted", [np.zeros((2, 2)), np.zeros((3, 2))], lambda: np.searchsorted(np.zeros((2, 2)), 1), "searchsorted.C1", flags=[False])
    for x in (np.array([3.0, 1, 3, math.nan, -2, math.nan]), values((2, 5), "int32"), np.zeros((0,)), np.array(7)):
        record("unique", [x], lambda: np.unique(x))
    for x, least in ((np.array([0, 3, 3, 1]), 0), (np.array([1, 0, 1], "int32"), 6), (np.zeros((0,), "int64"), 0), (np.zeros((0,), "int64"), 2)):
        record("bincount", [x], lambda: np.bincount(x, minlength=least), dims=[least])
        weights = values(x.shape, "float64")
        if x.size:  # NumPy then forgets the dtype of the weights
            record("bincount", [x, weights], lambda: np.bincount(x, weights, least), dims=[least])
    record("bincount", [np.zeros((2, 2), int)], lambda: np.bincount(np.zeros((2, 2), int)), "bincount.C1", dims=[0])
    record("bincount", [np.zeros(2, int), np.zeros(3)], lambda: np.bincount(np.zeros(2, int), np.zeros(3)), "bincount.C2", dims=[0])
    record("bincount", [np.zeros(2, int)], lambda: np.bincount(np.zeros(2, int), minlength=-1), "size.C1", dims=[-1])


def indices():
    for shape, picks, axis in (((4,), (3,), 0), ((4, 2), (), 0), ((2, 4), (2, 3), 1), ((2, 4, 3), (2,), -2), ((3, 2), (0,), 0),
                               ((0, 3), (2,), 1), ((3,), (2, 0), 0)):
        x, at = values(shape, "float32"), rng.integers(-shape[axis], max(shape[axis], 1), picks)
        record("take", [x, at], lambda: np.take(x, at, axis), axes=[axis])
    record("take", [np.zeros((2, 2)), np.zeros(1, int)], lambda: np.take(np.zeros((2, 2)), [0], 2), "axis.C1", axes=[2])
    shape_only("take", [np.zeros((2, 3)), np.array([3])], (2, 1), "kernel.index", axes=[1])
    for shape, picks, axis in (((4,), (3,), 0), ((2, 4), (2, 3), 1), ((4, 2), (1, 2), 0), ((2, 3), (1, 1), 1), ((2, 3, 2), (2, 5, 1), 1),
                               ((1, 3), (4, 2), 1), ((2, 0), (2, 0), 1), ((0, 3), (0, 2), 1)):
        x, at = values(shape, "float64"), rng.integers(-shape[axis], max(shape[axis], 1), picks)
        record("take_along_axis", [x, at], lambda: np.take_along_axis(x, at, axis), axes=[axis])
    record("take_along_axis", [np.zeros((2, 2)), np.zeros(2, int)], lambda: np.take_along_axis(np.zeros((2, 2)), np.zeros(2, int), 0),
           "take_along_axis.C1", axes=[0])
    record("take_along_axis", [np.zeros((2, 3)), np.zeros((3, 1), int)],
           lambda: np.take_along_axis(np.zeros((2, 3)), np.zeros((3, 1), int), 1), "broadcast.C1", axes=[1])
    record("take_along_axis", [np.zeros((2, 3)), np.zeros((2, 1), int)], lambda: np.sort(np.zeros((2, 3)), 2), "axis.C1", axes=[2])
    shape_only("take_along_axis", [np.zeros((2, 3)), np.array([[3], [0]])], (2, 1), "kernel.index", axes=[1])

    def coordinates(shape, depth, rows):
        return np.stack([rng.integers(0, max(n, 1), rows) for n in shape[:depth]], -1) if depth else np.zeros((*rows, 0), "int64")

    for shape, depth, rows in (((4,), 1, (3,)), ((2, 3), 2, (4,)), ((2, 3), 1, (2, 2)), ((2, 3, 2), 2, ()), ((2, 3), 0, (2,)), ((3, 2), 1, (0,)), ((3, 0), 1, (2,))):
        x, at = values(shape, "float32"), coordinates(shape, depth, rows)
        record("gather_nd", [x, at], lambda: x[tuple(np.moveaxis(at, -1, 0))] if depth else np.broadcast_to(x, rows + x.shape))
        updates = values(rows + tuple(shape[depth:]), "float32")

        def placed(mode):
            out = x.copy()
            if depth == 0:
                for u in updates.reshape(-1, *x.shape):
                    out = out + u if mode == "add" else u
            elif mode == "add":
                np.add.at(out, tuple(np.moveaxis(at, -1, 0)), updates)
            else:
                out[tuple(np.moveaxis(at, -1, 0))] = updates
            return out
        for mode in ("set", "add"):
            record("scatter_nd", [x, at, updates], lambda: placed(mode), texts=[mode])
    for op, more in (("gather_nd", []), ("scatter_nd", [np.zeros(())])):
        attributes = {"texts": ["set"]} if more else {}
        record(op, [np.zeros(2), np.zeros((), int), *more], lambda: np.zeros(2)[(0, 0)], "gather_nd.C1", **attributes)
        record(op, [np.zeros(2), np.zeros((3, 2), int), *more], lambda: np.zeros(2)[(0, 0)], "gather_nd.C2", **attributes)
    shape_only("gather_nd", [np.zeros((2, 3)), np.array([[2, 0]])], (1,), "kernel.index")
    shape_only("scatter_nd", [np.zeros((2, 3)), np.array([[0, 5]]), np.zeros(1)], (2, 3), "kernel.index", texts=["add"])
    record("scatter_nd", [np.zeros((2, 3)), np.zeros((2, 1), int), np.zeros((2, 2))], lambda: np.put(np.zeros(2), [5], 1), "scatter.C3", texts=["set"])
    record("scatter_nd", [np.zeros(3), np.zeros((2, 1), int), np.zeros(2)], lambda: np.pad(np.zeros(1), 1, "none"), "mode.C1", texts=["bogus"])

    for shape, picks, axis in (((4,), (3,), 0), ((2, 4), (2, 3), 1), ((4, 2), (1, 2), 0), ((2, 3, 2), (2, 1, 2), 1), ((2, 0), (2, 0), 1)):
        x, at = values(shape, "float32"), rng.integers(-shape[axis], max(shape[axis], 1), picks)
        full = tuple(picks[i] if i == axis else n for i, n in enumerate(shape))
        for updates in (values(full, "float32"), values((), "float32"), values(full[-1:], "float32")):
            def put():
                out = x.copy()
                np.put_along_axis(out, at, updates, axis)
                return out

            def add():
                out = x.copy()
                where = [np.broadcast_to(np.expand_dims(np.arange(n), [j for j in range(len(full)) if j != i]), full) if i != axis
                         else np.broadcast_to(at, full) for i, n in enumerate(full)]
                np.add.at(out, tuple(where), np.broadcast_to(updates, full))
                return out
            record("scatter", [x, at, updates], put, axes=[axis], texts=["set"])
            record("scatter", [x, at, updates], add, axes=[axis], texts=["add"])
    bad = lambda: np.put_along_axis(np.zeros((2, 3)), np.zeros((3, 1), int), 0, 1)
    record("scatter", [np.zeros((2, 3)), np.zeros((1,), int), np.zeros(())], bad, "scatter.C1", axes=[1], texts=["set"])
    record("scatter", [np.zeros((2, 3)), np.zeros((3, 1), int), np.zeros(())], bad, "scatter.C2", axes=[1], texts=["set"])
    record("scatter", [np.zeros((2, 3)), np.zeros((2, 1), int), np.zeros((2, 2))], bad, "scatter.C3", axes=[1], texts=["set"])
    record("scatter", [np.zeros((2, 3)), np.zeros((2, 1), int), np.zeros(())], bad, "axis.C1", axes=[2], texts=["set"])
    record("scatter", [np.zeros((2, 3)), np.zeros((2, 1), int), np.zeros(())], bad, "mode.C1", axes=[1], texts=["bogus"])
    shape_only("scatter", [np.zeros((2, 3)), np.array([[3], [0]]), np.zeros(())], (2, 3), "kernel.index", axes=[1], texts=["set"])

    for shape, depth, axis in (((3,), 4, -1), ((2, 3), 3, 0), ((2, 3), 2, 1), ((), 3, 0), ((0,), 2, -1), ((2,), 0, -1)):
        x = rng.integers(-1, 5, shape)
        record("one_hot", [x], lambda: np.moveaxis((x[..., None] == np.arange(depth)).astype("float32"), -1, axis), axes=[axis], dims=[depth])
    x = np.array([1, 0])
    record("one_hot", [x], lambda: np.eye(2, dtype="int32")[x], axes=[-1], dims=[2], dtype="int32")
    record("one_hot", [x], lambda: np.expand_dims(np.zeros(2), 3), "axis.C1", axes=[2], dims=[2])
    record("one_hot", [x], lambda: np.zeros(-1), "size.C1", axes=[-1], dims=[-1])

    for shape, rank in (((3,), 1), ((2, 3), 1), ((2, 3), 2), ((2, 3, 2), 2), ((0, 2), 1), ((2, 0), 2), ((), 0), ((2, 3), 0)):
        x, mask = values(shape, "float32"), values(shape[:rank], "bool")
        record("select_mask", [x, mask], lambda: x[mask])
        record("nonzero", [x], lambda: np.argwhere(x))
    record("select_mask", [np.zeros(3), np.ones(3, bool)], lambda: np.zeros(3))
    record("select_mask", [np.zeros(3), np.ones((3, 1), bool)], lambda: np.zeros(3)[np.ones((3, 1), bool)], "select_mask.C1")
    record("select_mask", [np.zeros((2, 3)), np.ones(3, bool)], lambda: np.zeros((2, 3))[np.ones(3, bool)], "select_mask.C2")


def picked():
    """x[...] with arrays of indices, which ascend with the axes; what is written; NumPy lays down where the axes go."""
    def at(axes, indices, rank):
        items = [slice(None)] * rank
        for axis, index in zip(axes, indices):
            items[axis] = index
        return tuple(items)

    def written(x, items, value, add=False):
        out = x.copy()
        if add:
            np.add.at(out, items, value)
        else:
            out[items] = value
        return out

    for shape, axes, picks in (((4,), [0], [(3,)]), ((4,), [0], [(2, 2)]), ((4, 3), [0], [(5,)]), ((4, 3), [1], [(2,)]),
                               ((4, 3), [-1], [(2,)]), ((4, 3), [0, 1], [(5,), (5,)]), ((4, 3), [0, 1], [(5, 1), (2,)]),
                               ((4, 3, 2), [0, 2], [(3,), (3,)]), ((4, 3, 2), [1, 2], [(3,), (1,)]),
                               ((4, 3, 2), [0, 2], [(2, 1), (2,)]), ((2, 3, 4, 2), [1, 2], [(2,), (2,)]),
                               ((2, 3, 4, 2), [1, 3], [(2,), (2,)]), ((2, 3, 4), [0, 1, 2], [(3,), (), (1,)]),
                               ((4, 3), [0], [(0,)]), ((4, 0), [0], [(2,)]), ((2, 3), [0, 1], [(), ()])):
        x = values(shape, "float32")
        indices = [rng.integers(-shape[axis], shape[axis], pick) for axis, pick in zip(axes, picks)]
        items = at(axes, indices, len(shape))
        record("pick", [x, *indices], lambda: x[items], axes=axes)
        for value in (values(x[items].shape, "float32"), np.float32(2.5), values((1, 1) + x[items].shape, "int32")):
            for mode in ("set", "add"):
                if value.ndim > x[items].ndim and (mode == "add" or x[items].ndim == 0):
                    continue  # np.add.at, and one number, refuse what assignment of a part lets pass
                record("put", [x, value, *indices], lambda: written(x, items, value, mode == "add"), axes=axes, texts=[mode])
    x, one = np.zeros((2, 3), "float32"), np.zeros(1, int)
    record("pick", [x, one], lambda: x[:, :, one], "axis.C1", axes=[2])
    record("pick", [x, one], lambda: np.transpose(x, (0, 0)), "axis.C2", axes=[0, 0])
    record("pick", [x, one], lambda: x[one, one, one], "pick.C1", axes=[0, 1])
    record("pick", [x, np.zeros(2, int), np.zeros(3, int)], lambda: x[np.zeros(2, int), np.zeros(3, int)], "pick.C2", axes=[0, 1])
    shape_only("pick", [x, np.array([2])], (1, 3), "kernel.index", axes=[0])
    record("put", [x, np.zeros(2), one], lambda: written(x, one, np.zeros(2)), "assign.C1", axes=[0], texts=["set"])
    record("put", [x, np.zeros(2), np.zeros(2, int), np.zeros(3, int)], lambda: x[np.zeros(2, int), np.zeros(3, int)], "pick.C2",
           axes=[0, 1], texts=["set"])
    record("put", [x, np.zeros(()), one], lambda: np.pad(np.zeros(1), 1, "none"), "mode.C1", axes=[0], texts=["bogus"])
    shape_only("put", [x, np.zeros(()), np.array([-3])], (2, 3), "kernel.index", axes=[0], texts=["add"])

    for shape, rank in (((3,), 1), ((2, 3), 1), ((2, 3), 2), ((2, 3, 2), 2), ((0, 2), 1), ((2, 0), 2), ((2, 3), 0)):
        x, mask = values(shape, "float32"), values(shape[:rank], "bool")
        for value in (np.float32(-1.5), values(shape[rank:], "float32"), values(x[mask].shape, "float32")):
            record("put_mask", [x, mask, value], lambda: written(x, mask, value))
    x = np.zeros((2, 3), "float32")
    record("put_mask", [x, np.ones((2, 3, 1), bool), np.zeros(())], lambda: x[np.ones((2, 3, 1), bool)], "select_mask.C1")
    record("put_mask", [x, np.ones(3, bool), np.zeros(())], lambda: x[np.ones(3, bool)], "select_mask.C2")
    record("put_mask", [x, np.ones(2, bool), np.zeros(2)], lambda: written(x, np.ones(2, bool), np.zeros(2)), "assign.C1")

    for shape, value, dtype in (((), (), "float32"), ((3,), (), "int32"), ((3,), (1,), "float32"), ((2, 3), (3,), "int64"),
                                ((2, 3), (2, 1), "float32"), ((2, 3), (1, 1, 2, 3), "float32"), ((0, 3), (3,), "float32")):
        x, v = np.asarray(values(shape, dtype)), values(value, "float32")
        record("assign", [x, v], lambda: written(x, ..., v))
    x = np.zeros((2, 3), "float32")
    record("assign", [x, np.zeros(2)], lambda: written(x, ..., np.zeros(2)), "assign.C1")
    record("assign", [x, np.zeros((2, 2, 3))], lambda: written(x, ..., np.zeros((2, 2, 3))), "assign.C1")


def rearranged():
    for shape, pads, mode in (((3,), (1, 2), "constant"), ((2, 3), (0, 1, 2, 0), "constant"), ((2, 0), (1, 0, 0, 1), "constant"), ((), (), "constant"),
                              ((4,), (3, 2), "reflect"), ((3, 4), (1, 2, 0, 3), "reflect"), ((3,), (4, 2), "edge"), ((2, 3), (1, 0, 2, 2), "edge"), ((1,), (0, 0), "reflect")):
        x = values(shape, "float32")
        pairs = [(pads[2 * i], pads[2 * i + 1]) for i in range(len(shape))]
        more = {"constant_values": 2.5} if mode == "constant" else {}
        record("pad", [x], lambda: np.pad(x, pairs, mode, **more) if shape else x, dims=list(pads), numbers=[2.5], texts=[mode])
    x = values((5,), "float32")
    record("pad", [x], lambda: np.pad(x[1:], [(0, 2)]), dims=[-1, 2], numbers=[0], texts=["constant"])
    record("pad", [x], lambda: x[2:-1], dims=[-2, -1], numbers=[0], texts=["reflect"])
    record("pad", [x], lambda: np.pad(x, [(1, 1), (0, 0)]), "pad.C1", dims=[1, 1, 0, 0], numbers=[0], texts=["constant"])
    record("pad", [np.zeros((0,))], lambda: np.pad(np.zeros(0), 1, "reflect"), "pad.C2", dims=[1, 1], numbers=[0], texts=["reflect"])
    record("pad", [np.zeros((0,))], lambda: np.pad(np.zeros(0), 1, "edge"), "pad.C3", dims=[1, 1], numbers=[0], texts=["edge"])
    record("pad", [x], lambda: np.zeros(-1), "size.C1", dims=[-3, -3], numbers=[0], texts=["constant"])
    record("pad", [x], lambda: np.pad(x, 1, "bogus"), "mode.C1", dims=[1, 1], numbers=[0], texts=["bogus"])
    for shape, reps in (((3,), (2,)), ((2, 3), (2, 2)), ((2, 3), (3,)), ((3,), (2, 1, 2)), ((), (2,)), ((2,), (0,)), ((2, 0), (2, 3)), ((2,), ())):
        x = values(shape, "int32")
        record("tile", [x], lambda: np.tile(x, reps), dims=list(reps))
    record("tile", [np.zeros(2)], lambda: np.tile(np.zeros(2), -1), "size.C1", dims=[-1])
    for shape, count, axis in (((3,), 2, 0), ((2, 3), 3, 1), ((2, 3), 2, -2), ((3,), 0, 0), ((0, 2), 2, 0)):
        x = values(shape, "float32")
        record("repeat", [x], lambda: np.repeat(x, count, axis), axes=[axis], dims=[count])
    record("repeat", [np.zeros(2)], lambda: np.repeat(np.zeros(2), -1), "size.C1", axes=[0], dims=[-1])
    record("repeat", [np.zeros(2)], lambda: np.repeat(np.zeros(2), 1, 1), "axis.C1", axes=[1], dims=[1])
    for shape, shift, axis in (((5,), 2, 0), ((2, 3), -1, 1), ((3, 2), 7, 0), ((2, 0), 1, 1), ((2, 3), -10, -1)):
        x = values(shape, "float32")
        record("roll", [x], lambda: np.roll(x, shift, axis), axes=[axis], dims=[shift])
    record("roll", [np.zeros(2)], lambda: np.roll(np.zeros(2), 1, 1), "axis.C1", axes=[1], dims=[1])
    for shape, axes in (((3,), None), ((2, 3), [1]), ((2, 3), None), ((2, 3, 2), [0, -1]), ((2, 0), [0]), ((), None)):
        x = values(shape, "float32")
        record("flip", [x], lambda: np.flip(x, None if axes is None else tuple(axes)), axes=axes)
    record("flip", [np.zeros(2)], lambda: np.flip(np.zeros(2), 1), "axis.C1", axes=[1])
    record("flip", [np.zeros(2)], lambda: np.flip(np.zeros(2), (0, 0)), "axis.C2", axes=[0, 0])
    for name, function in (("tril", np.tril), ("triu", np.triu)):
        for shape, k in (((3, 3), 0), ((2, 4), 1), ((2, 3, 2), -1), ((3, 3), 5), ((0, 2), 0)):
            x = values(shape, "float32")
            record(name, [x], lambda: function(x, k), dims=[k])
        record(name, [np.zeros(3)], lambda: np.diagonal(np.zeros(3)), "tril.C1", dims=[0])  # NumPy makes a square of a vector
    for shape, offset, axes in (((3, 3), 0, (0, 1)), ((2, 4), 1, (0, 1)), ((2, 4), -1, (0, 1)), ((2, 3, 4), 0, (0, 2)), ((2, 3, 4), 1, (-1, 0)), ((2, 2), 5, (0, 1)),
                                ((0, 3), 0, (0, 1)), ((2, 3), -4, (1, 0))):
        x = values(shape, "float32")
        record("diagonal", [x], lambda: np.diagonal(x, offset, *axes), dims=[offset], axes=list(axes))
    record("diagonal", [np.zeros(3)], lambda: np.diagonal(np.zeros(3)), "axis.C1", dims=[0], axes=[0, 1])
    record("diagonal", [np.zeros((3, 3))], lambda: np.diagonal(np.zeros((3, 3)), 0, 1, 1), "axis.C2", dims=[0], axes=[1, 1])
    record("diagonal", [np.zeros((3, 3))], lambda: np.diagonal(np.zeros(3)), "diagonal.C1", dims=[0], axes=[1])
    for size, k in ((3, 0), (2, 1), (2, -2), (0, 0), (0, 2), (1, 0)):
        x = values((size,), "float32")
        record("diag", [x], lambda: np.diag(x, k), dims=[k])
    record("diag", [np.zeros((2, 2, 2))], lambda: np.diag(np.zeros((2, 2, 2))), "diag.C1", dims=[0])


def products():
    for equation, shapes in (("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 2)]), ("ba,ab", [(2, 3), (3, 2)]), ("ii->i", [(3, 3)]), ("ii", [(3, 3)]), ("ij->ji", [(2, 3)]),
                             ("ij->", [(2, 3)]), ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]), ("i,j->ij", [(2,), (3,)]), ("...ij,...jk->...ik", [(2, 1, 2, 3), (3, 3, 2)]),
                             ("...i,...i", [(2, 3), (3,)]), ("i...->...", [(3, 2)]), (" i j , j -> i ", [(2, 3), (3,)]), ("abc,cb,a->bc", [(2, 3, 2), (2, 3), (2,)]), (",->", [(), ()]),
                             ("ij,ij->i", [(2, 0), (2, 0)]), ("i,i->i", [(1,), (3,)]), ("...->...", [()]), ("aAb->bAa", [(2, 1, 3)]), ("iij->j", [(2, 2, 3)]), ("bnd,bmd->bnm", [(2, 3, 2), (2, 2, 2)])):
        for dtype in ("float32", "int32"):
            xs = [values(shape, dtype) for shape in shapes]
            record("einsum", xs, lambda: np.einsum(equation, *xs), texts=[equation])
    for equation, shapes, label in (("ij,jk", [(2, 3)], "einsum.C2"), ("i,j", [(2,)], "einsum.C2"), ("ij->i", [(2,)], "einsum.C3"), ("...ij->i", [(2,)], "einsum.C3"),
                                    ("ij,jk", [(2, 3), (2, 3)], "einsum.C4"), ("ii", [(2, 3)], "einsum.C4"), ("i->ii", [(2,)], "einsum.C1"), ("i->j", [(2,)], "einsum.C1"),
                                    ("i$->i", [(2,)], "einsum.C1"), ("i......->i", [(2,)], "einsum.C1"), ("...i->i", [(2, 3)], "einsum.C1")):
        xs = [values(shape, "float32") for shape in shapes]
        record("einsum", xs, lambda: np.einsum(equation, *xs), label, texts=[equation])
    for left, right, axes in (((2, 3), (3, 4), ((1,), (0,))), ((2, 3, 4), (4, 3), ((1, 2), (1, 0))), ((2,), (3,), ((), ())), ((2, 3), (2, 3), ((0, 1), (0, 1))), ((), (2,), ((), ())),
                              ((2, 3), (4, 2), ((-2,), (-1,))), ((0, 2), (2,), ((1,), (0,)))):
        a, b = values(left, "float32"), values(right, "float64")
        record("tensordot", [a, b], lambda: np.tensordot(a, b, axes), axes=[*axes[0], *axes[1]])
    bad = lambda: np.tensordot(np.zeros((2, 3)), np.zeros((2, 3)), ((1,), (0,)))
    record("tensordot", [np.zeros((2, 3)), np.zeros((2, 3))], bad, "tensordot.C2", axes=[1, 0])
    record("tensordot", [np.zeros((2, 3)), np.zeros((2, 3))], bad, "tensordot.C1", axes=[1, 0, 1])
    record("tensordot", [np.zeros((2, 3)), np.zeros((2, 3))], bad, "axis.C1", axes=[1, 2])
    record("tensordot", [np.zeros((2, 2)), np.zeros((2, 2))], bad, "axis.C2", axes=[1, 1, 0, 1])
    for p in (2, 1, math.inf, 3, 0):
        a, b = values((3, 2), "float64"), values((2, 2), "float64")
        metric = {1: "cityblock", 2: "euclidean", math.inf: "chebyshev"}.get(p)
        real = lambda: np.sum(a[:, None] != b[None], -1).astype("float64") if p == 0 else scipy.spatial.distance.cdist(
            a, b, **({"metric": metric} if metric else {"metric": "minkowski", "p": p}))
        if not math.isinf(p):
            record("cdist", [a, b], real, numbers=[p])
        record("cdist", [np.stack([a, a])[:, None], b], lambda: np.broadcast_to(real(), (2, 1, 3, 2)), numbers=[p if not math.isinf(p) else "inf"])
    record("cdist", [np.zeros((2, 3)), np.zeros((2, 2))], lambda: scipy.spatial.distance.cdist(np.zeros((2, 3)), np.zeros((2, 2))), "cdist.C2", numbers=[2])
    record("cdist", [np.zeros((2,)), np.zeros((2, 2))], lambda: scipy.spatial.distance.cdist(np.zeros(2), np.zeros((2, 2))), "cdist.C1", numbers=[2])


def matrices():
    def square(*shape):
        return values(shape, "float64") + 4 * np.eye(shape[-1])

    for shape in ((3, 3), (1, 1), (2, 2, 2), (0, 0), (0, 2, 2)):
        a = square(*shape)
        spd = a @ np.swapaxes(a, -1, -2) + np.eye(shape[-1])
        record("inv", [a], lambda: np.linalg.inv(a))
        record("det", [a], lambda: np.linalg.det(a))
        record("logabsdet", [a], lambda: np.linalg.slogdet(a)[1])
        record("cholesky", [spd], lambda: np.linalg.cholesky(spd))
        record("eigvalsh", [spd], lambda: np.linalg.eigvalsh(spd))
        record("svdvals", [a], lambda: np.linalg.svd(a, compute_uv=False))
    for shape in ((2, 4), (4, 2), (2, 3, 1), (3, 0)):
        x = values(shape, "float64")
        record("svdvals", [x], lambda: np.linalg.svd(x, compute_uv=False))
    rank_one = np.outer([1.0, 2, 3], [1.0, -1, 0.5])
    record("svdvals", [rank_one], lambda: np.linalg.svd(rank_one, compute_uv=False))
    swapped = np.array([[0.0, 1, 2], [3, 0, 1], [1, 1, 0]])
    record("det", [swapped], lambda: np.linalg.det(swapped))
    record("inv", [swapped], lambda: np.linalg.inv(swapped))
    record("eigvalsh", [swapped], lambda: np.linalg.eigvalsh(swapped))  # both read the lower triangle
    record("det", [np.zeros((2, 2))], lambda: np.linalg.det(np.zeros((2, 2))))
    record("logabsdet", [np.zeros((2, 2))], lambda: np.linalg.slogdet(np.zeros((2, 2)))[1])
    for left, right in (((3, 3), (3,)), ((3, 3), (3, 2)), ((2, 2, 2), (2, 1)), ((2, 2), (2, 2, 1)), ((2, 2), (2, 0))):
        a, b = square(*left), values(right, "float64")
        record("solve", [a, b], lambda: np.linalg.solve(a, b))
    for name in ("inv", "det", "logabsdet", "cholesky", "eigvalsh", "svdvals"):
        function = {"logabsdet": np.linalg.slogdet, "svdvals": np.linalg.svd}.get(name) or getattr(np.linalg, name)
        record(name, [np.zeros(3)], lambda: function(np.zeros(3)), "linalg.C1")
        if name != "svdvals":
            record(name, [np.zeros((2, 3))], lambda: function(np.zeros((2, 3))), "linalg.C2")
    record("solve", [np.zeros(2), np.zeros(2)], lambda: np.linalg.solve(np.zeros(2), np.zeros(2)), "linalg.C1")
    record("solve", [np.zeros((2, 3)), np.zeros(2)], lambda: np.linalg.solve(np.zeros((2, 3)), np.zeros(2)), "linalg.C2")
    record("solve", [np.eye(2), np.zeros(3)], lambda: np.linalg.solve(np.eye(2), np.zeros(3)), "linalg.C3")
    record("solve", [square(2, 2, 2), np.zeros((3, 2, 1))], lambda: np.linalg.solve(square(2, 2, 2), np.zeros((3, 2, 1))), "broadcast.C1")
    shape_only("inv", [np.ones((2, 2))], (2, 2), "kernel.singular")
    shape_only("solve", [np.ones((2, 2)), np.ones(2)], (2,), "kernel.singular")
    shape_only("cholesky", [-np.eye(2)], (2, 2), "kernel.singular")


def without_values():
    for name, function in (("fft", np.fft.fft), ("ifft", np.fft.ifft), ("rfft", np.fft.rfft), ("irfft", np.fft.irfft)):
        for shape, axis in (((5,), 0), ((2, 6), -1), ((4, 3), 0)):
            shape_only(name, [np.zeros(shape)], function(np.zeros(shape), axis=axis).shape, "kernel.unsupported", axes=[axis])
        record(name, [np.zeros((2, 0))], lambda: function(np.zeros((2, 0)), axis=1), "fft.C1", axes=[1])
        record(name, [np.zeros(2)], lambda: function(np.zeros(2), axis=1), "axis.C1", axes=[1])
    shape_only("irfft", [np.zeros((2, 4))], np.fft.irfft(np.zeros((2, 4)), 7).shape, "kernel.unsupported", axes=[-1], dims=[7])
    for name in ("random_uniform", "random_normal"):
        for shape in ((), (3,), (2, 0), (2, 3)):
            shape_only(name, [], shape, dims=[*shape, 7], numbers=[0, 1])
        record(name, [], lambda: np.zeros(-2), "size.C1", dims=[-2, 7], numbers=[0, 1])


def written_by_product_and_extremum():
    """What `mul`, `max` and `min` leave where several elements land on one. Literals: the seeded stream stays as it is."""
    ways = {"mul": np.multiply, "max": np.maximum, "min": np.minimum}
    x = np.array([[3.0, -1.5, 0.5], [2.0, 4.0, math.nan]], "float32")
    rows, updates = np.array([[1], [0], [1]]), np.array([[0.5, 5, 1], [-2, math.nan, 3], [7, 3, 2]], "float32")
    columns, values_ = np.array([[0, 0, 2], [1, 2, 1]]), np.array([[4, -1, 0.25], [6, 1, 3.5]], "float32")
    for mode, function in ways.items():
        def at(places, value):
            out = x.copy()
            function.at(out, places, value)
            return out
        record("scatter_nd", [x, rows, updates], lambda: at((rows[:, 0],), updates), texts=[mode])
        record("scatter", [x, columns, values_], lambda: at((np.array([[0], [1]]), columns), values_), axes=[1], texts=[mode])
        record("put", [x, updates, rows[:, 0]], lambda: at((rows[:, 0],), updates), axes=[0], texts=[mode])


def run():
    for part in (elementwise, scans, reductions, ordering, indices, rearranged, products, matrices, without_values, picked,
                 written_by_product_and_extremum):
        part()
