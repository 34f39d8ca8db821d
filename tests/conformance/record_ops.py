"""Records what real NumPy (SciPy for erf, lgamma, digamma) answers to calls of our ops, for ops_conformance_test.cpp.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install numpy scipy
    /tmp/v/bin/python tests/conformance/record_ops.py [OUTPUT]      # default: ops.json beside this file

What a record holds is said in ops_recorder.py.
"""

import itertools
import math

import numpy as np
import scipy.special

import record_ops_axes
from ops_recorder import FLOATS, SPECIAL, record, rng, records, values, write

UNARY = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "log2": np.log2, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "square": np.square,
    "reciprocal": lambda x: 1 / x, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": scipy.special.erf, "lgamma": scipy.special.gammaln, "digamma": scipy.special.digamma, "floor": np.floor,
    "ceil": np.ceil, "round": np.round, "trunc": np.trunc, "isnan": np.isnan, "isinf": np.isinf,
    "isfinite": np.isfinite, "logical_not": np.logical_not, "softplus": lambda x: np.logaddexp(np.zeros_like(x), x),
    "relu": lambda x: np.maximum(x, np.zeros_like(x)),
}
# What NumPy has for integers and bools with the kind of result that our dtype rules give.
UNARY_INTEGER = {"neg", "abs", "sign", "exp", "log", "sqrt", "square", "reciprocal", "tanh", "isnan", "isfinite",
                 "logical_not", "relu"}
UNARY_BOOL = {"abs", "exp", "sqrt", "isnan", "logical_not"}

for name, function in UNARY.items():
    for dtype in FLOATS:
        # SciPy says lgamma(-inf) is -inf; C and PyTorch say +inf, as we do.
        x = np.array([v for v in SPECIAL if name != "lgamma" or v != -math.inf], dtype)
        # Exact in double, then rounded: float32 answers of these compositions would carry their own roundings.
        exact = name in ("rsqrt", "reciprocal", "sigmoid", "softplus")
        record(name, [x], lambda: function(x.astype("float64") if exact else x).astype(
            "bool" if name.startswith("is") or name.startswith("logical") else dtype))
    x = values([(), (0,), (2, 0, 3), (1,), (2, 1, 2), (1, 2, 1, 3)][len(records) // 2 % 6], "float32")
    record(name, [x], lambda: function(x))
    if name in UNARY_INTEGER:
        for dtype in ("int32", "int64"):
            x = values((5,), dtype)
            record(name, [x], lambda: function(x))
    if name in UNARY_BOOL:
        x = np.array([False, True])
        record(name, [x], lambda: function(x.astype("float64") if name in ("exp", "sqrt") else x))
x = np.array([7, -128, 100], "int8")
record("neg", [x], lambda: -x)
record("square", [x], lambda: np.square(x))

BINARY = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "floordiv": np.floor_divide, "mod": np.mod,
    "pow": np.power, "maximum": np.maximum, "minimum": np.minimum, "atan2": np.arctan2, "equal": np.equal,
    "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal, "greater": np.greater,
    "greater_equal": np.greater_equal, "logical_and": np.logical_and, "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
}
PAIRS = [((), ()), ((3,), ()), ((2, 3), (3,)), ((2, 1), (2,)), ((3, 1), (1, 2)), ((0,), (1,)), ((2, 0), (2, 1)),
         ((2, 1, 2), (3, 1)), ((1, 2, 1, 2), (2, 1, 1)), ((1,), (4,)), ((), (2, 2)), ((1, 1), (0, 3))]
turn = itertools.cycle(PAIRS)
GRID = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 2.5, -3.0]
for name, function in BINARY.items():
    a, b = np.array(GRID)[:, None], np.array(GRID)[None, :]
    record(name, [a, b], lambda: function(a, b))
    for dtypes in (("float32", "float32"), ("int32", "int32"), ("int64", "int64"), ("float32", "float64"),
                   ("int32", "float32"), ("int32", "int64"), ("float32", "float32"), ("bool", "bool"), ("bool", "int32")):
        if dtypes == ("bool", "bool") and name in ("sub", "floordiv", "mod", "pow", "div", "atan2"):
            continue
        left, right = next(turn)
        a, b = values(left, dtypes[0]), values(right, dtypes[1])
        if name == "pow" and b.dtype.kind == "i":
            b = np.abs(b)
        if name == "atan2" and a.dtype.kind != "f" and b.dtype.kind != "f":
            continue
        record(name, [a, b], lambda: function(a, b))
    record(name, [values((2, 3), "float32"), values((2,), "float32")],
           lambda: function(np.zeros((2, 3)), np.zeros(2)), label="broadcast.C1")
for dtype, a, b in (("uint8", [200, 255, 3], [100, 1, 5]), ("int8", [100, -128, 7], [100, 1, -9]),
                    ("int32", [2**31 - 1, -2**31, 9], [1, 1, -2**31]),
                    ("float16", [0.1, 65504, 6e-8, 1 / 3], [0.2, 40, 0.5, 3])):
    a, b = np.array(a, dtype), np.array(b, dtype)
    for name in ("add", "sub", "mul"):
        record(name, [a, b], lambda: BINARY[name](a, b))
for dtype in ("int32", "float32", "float64"):
    a, b = np.array([7, -7, 7, -7, 6, -6, 0, 5], dtype), np.array([3, 3, -3, -3, 3, -3, 4, 0], dtype)
    record("mod", [a, b], lambda: np.mod(a, b))
    record("floordiv", [a, b], lambda: np.floor_divide(a, b))
a, b = np.array([1.0, 0.7, -0.3, 6.1], "float32"), np.array([0.1, 0.1, 0.1, -0.3], "float32")
record("mod", [a, b], lambda: np.mod(a, b))
record("floordiv", [a, b], lambda: np.floor_divide(a, b))

for c, a, b, d in (((2, 1), (3,), (), "float32"), ((2, 2), (2, 2), (2, 1), "int64"), ((), (2,), (2,), "float64"),
                   ((0,), (1,), (), "float32"), ((3,), (2, 1), (1, 1, 1), "int32"), ((2,), (2,), (2,), "bool")):
    condition, a, b = values(c, "bool"), values(a, d), values(b, d)
    record("where", [condition, a, b], lambda: np.where(condition, a, b))
condition, a, b = np.array([math.nan, 0.0, -0.0, 2.0]), values((4,), "int32"), values((4,), "float64")
record("where", [condition, a, b], lambda: np.where(condition, a, b))
record("where", [values((2,), "bool"), values((3,), "float32"), values((), "float32")],
       lambda: np.where(np.zeros(2), np.zeros(3), 0), label="broadcast.C1")
for dtype in ("float32", "float64", "int32"):
    x = values((2, 3), dtype)
    low, high = np.array(-1, dtype), np.array(2, dtype)
    record("clip", [x, low, high], lambda: np.clip(x, low, high))
    low = values((3,), dtype)
    record("clip", [x, low, high], lambda: np.clip(x, low, high))
x, low, high = np.array([math.nan, -math.inf, math.inf, 0.5]), np.array(1.0), np.array(0.0)
record("clip", [x, low, high], lambda: np.clip(x, low, high))

for source, targets in ((np.array([0.0, -0.0, 1.9, -1.9, 2.5, 1e-8, 300.7]), ["float32", "float16", "int32", "int64", "uint8", "bool"]),
                        (np.array([math.nan, math.inf, -math.inf, 1e10, -1e10]), ["float32", "float16", "int32", "int64", "bool"]),
                        (np.array([0.1, 1 / 3, 65519.9, 65520.0, 3e-8, 2.98e-8, 1e-45, 3.4028235677973366e38]), ["float32", "float16"]),
                        (np.array([2049, 2051, 2053, 65535], "int32"), ["float16", "float32", "int8", "uint8", "int64"]),
                        (np.array([2**31 + 5, -2**40, 2**24 + 1], "int64"), ["int32", "float32", "bool"]),
                        (np.array([True, False]), ["float32", "int64"])):
    for target in targets:
        record("cast", [source], lambda: source.astype(target), dtype=target)

REDUCTIONS = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "max": np.max, "min": np.min, "any": np.any, "all": np.all}
CASES = [((), None), ((3,), None), ((2, 3), 1), ((2, 3), (0, 1)), ((2, 3, 2), -2), ((2, 1, 2, 3), (-1, 1)), ((2, 3), ()),
         ((1, 3), 0), ((3, 0), 0), ((2, 2, 2, 2), (0, 2))]
for name, function in REDUCTIONS.items():
    for i, (shape, axis) in enumerate(CASES):
        keep = (i + len(records)) % 2 == 0
        x = values(shape, ["float32", "float64", "int32", "int64", "bool"][(i + len(name)) % 5])
        written = [axis] if isinstance(axis, int) else list(axis) if axis is not None else None
        record(name, [x], lambda: function(x, axis=axis, keepdims=keep), axes=written, flags=[keep])
    x = np.array([[1.0, math.nan, 2.0], [math.inf, 1.0, -0.0], [math.inf, -math.inf, 0.0]])
    record(name, [x], lambda: function(x, axis=1), axes=[1], flags=[False])
    record(name, [x.astype("float32")], lambda: function(x.astype("float32"), keepdims=True), axes=None, flags=[True])
    empty = values((2, 0), "float32")
    record(name, [empty], lambda: function(empty, axis=1), axes=[1], flags=[False],
           label="reduce.C1" if name in ("max", "min") else None)
    y = values((2, 3), "float32")
    record(name, [y], lambda: function(y, axis=2), axes=[2], flags=[False], label="axis.C1")
    record(name, [y], lambda: function(y, axis=-3), axes=[-3], flags=[False], label="axis.C1")
    record(name, [y], lambda: function(y, axis=(1, -1)), axes=[1, -1], flags=[False], label="axis.C2")
x = np.full((4, 25), 0.1, "float32")
record("sum", [x], lambda: np.sum(x, axis=1), axes=[1], flags=[False])
record("mean", [x], lambda: np.mean(x), axes=None, flags=[False])


def index_attribute(items):
    out = []
    for item in items:
        if isinstance(item, slice):
            out.append({"s": [item.start, item.stop, item.step]})
        else:
            out.append("n" if item is None else "..." if item is Ellipsis else item)
    return out


def index(shape, items, label=None):
    x = np.arange(math.prod(shape), dtype="float32").reshape(shape)
    record("index", [x], lambda: x[tuple(items)], label, index=index_attribute(items))


bounds = [None, 0, 1, 2, -1, -2, 5, -5]
for size in (0, 1, 3, 4):
    for start, stop, step in [(rng.choice(8), rng.choice(8), rng.choice(6)) for _ in range(14)]:
        index((size,), [slice(bounds[start], bounds[stop], [None, 1, 2, 3, -1, -2][step])])
for shape, items in (((), []), ((), [None]), ((), [...]), ((3,), [0]), ((3,), [-1]), ((2, 3), [1]), ((2, 3), [slice(None), 0]),
                     ((2, 3), [slice(None), slice(1, None)]), ((2, 3), [slice(None), slice(None, 1)]), ((2, 3), [..., 0]),
                     ((2, 3), [..., -1, None]), ((2, 3), [None, ..., None]), ((2, 3, 4), [1, ..., 2]), ((2, 3, 4), [..., 1, slice(None, None, -1)]),
                     ((2, 3, 4), [slice(None, None, -1), slice(None), slice(-3, None, 2)]), ((2, 0, 3), [1, slice(None), 2]),
                     ((2, 3, 1, 2), [slice(1, 2), ..., 1]), ((4,), [slice(2**62, None)]), ((4,), [slice(None, 2**62)]),
                     ((4,), [slice(-2**62, None)]), ((4,), [slice(None, None, 2**62)]), ((4,), [slice(None, None, -2**62)])):
    index(shape, items)
index((3,), [3], "index.C1")
index((3,), [-4], "index.C1")
index((0,), [0], "index.C1")
index((2, 3), [0, 5], "index.C1")
index((2, 3), [0, 0, 0], "index.C2")
index((), [0], "index.C2")
index((3,), [slice(None, None, 0)], "index.C3")
index((2, 3), [..., ...], "index.C4")


def set_index(shape, items, value, label=None):
    x = np.zeros(shape, "float32")
    v = np.arange(1, 1 + math.prod(value), dtype="float32").reshape(value)

    def written():
        x[tuple(items)] = v
        return x
    record("set_index", [np.zeros(shape, "float32"), v], written, label, index=index_attribute(items))


for shape, items, value in (((), [], ()), ((3,), [0], ()), ((3,), [..., -1], (1, 1)), ((3,), [slice(None)], ()), ((3,), [slice(1, None)], (2,)),
                            ((3,), [slice(None, None, -2)], (2,)), ((2, 3), [1], (3,)), ((2, 3), [slice(None), 0], (2,)),
                            ((2, 3), [slice(None), slice(1, None)], (2, 2)), ((2, 3), [slice(None), slice(None, 1)], (2, 1)),
                            ((2, 3), [..., -1, None], (2, 1)), ((2, 3), [None, 1], (1, 1, 3)), ((2, 3, 4), [1, ..., 2], (3,)),
                            ((2, 3, 4), [..., 1, slice(None, None, -1)], (4,)), ((2, 0, 3), [1, slice(None), 2], (0,)),
                            ((3,), [slice(5, None)], ()), ((2, 3), [slice(0, 1)], (3,))):
    set_index(shape, items, value)
set_index((3,), [3], (), "index.C1")
set_index((2, 3), [0, 0, 0], (), "index.C2")
set_index((3,), [slice(None, None, 0)], (), "index.C3")
set_index((2, 3), [..., ...], (), "index.C4")
set_index((2, 3), [0], (2,), "assign.C1")
set_index((2, 3), [slice(None), 0], (2, 2), "assign.C1")

for shape, new in (((), ()), ((), (1, 1)), ((6,), (2, 3)), ((2, 3), (-1,)), ((2, 3, 4), (4, -1, 3)), ((1,), ()), ((0, 3), (0,)),
                   ((0, 3), (-1, 3)), ((2, 0), (0, 7)), ((2, 2, 2, 2), (4, 4)), ((4,), (-1, 1)), ((2, 3), (1, 6, 1))):
    x = values(shape, "int64")
    record("reshape", [x], lambda: x.reshape(new), dims=list(new))
for shape, new, label in (((2, 3), (4,), "reshape.C1"), ((2, 3), (-1, 4), "reshape.C1"), ((0,), (-1, 0), "reshape.C1"),
                          ((4,), (-1, -1), "reshape.C2"), ((), (0,), "reshape.C1")):
    x = values(shape, "float32")
    record("reshape", [x], lambda: x.reshape(new), label, dims=list(new))

for shape, axes in (((), None), ((3,), None), ((2, 3), None), ((2, 3, 4), None), ((2, 3, 4), (1, 2, 0)), ((2, 3, 4), (-1, 0, 1)),
                    ((2, 1, 3, 2), (0, 2, 1, 3)), ((2, 0, 3), (2, 0, 1)), ((2, 3), (0, 1))):
    x = values(shape, "float32")
    record("transpose", [x], lambda: np.transpose(x, axes), axes=None if axes is None else list(axes))
for shape, axes, label in (((2, 3), (0,), "transpose.C1"), ((2, 3), (0, 2), "axis.C1"), ((2, 3), (1, 1), "axis.C2")):
    x = values(shape, "float32")
    record("transpose", [x], lambda: np.transpose(x, axes), label, axes=list(axes))

for shape, axes in (((), 0), ((), (0, 1)), ((3,), 0), ((3,), -1), ((3,), 1), ((2, 3), (0, -1)), ((2, 3), (1, 2)), ((2, 0), -2), ((2, 3), ())):
    x = values(shape, "int32")
    record("expand_dims", [x], lambda: np.expand_dims(x, axes), axes=[axes] if isinstance(axes, int) else list(axes))
for shape, axes, label in (((3,), 2, "axis.C1"), ((3,), -3, "axis.C1"), ((3,), (0, 0), "axis.C2"), ((3,), (0, -3), "axis.C2")):
    x = values(shape, "float32")
    record("expand_dims", [x], lambda: np.expand_dims(x, axes), label, axes=[axes] if isinstance(axes, int) else list(axes))

for shape, axes in (((), None), ((1,), None), ((3,), None), ((1, 3, 1), None), ((1, 3, 1), 0), ((1, 3, 1), -1), ((1, 3, 1), (0, 2)),
                    ((1, 0), None), ((1, 0), 0), ((1, 1, 1, 2), (1,)), ((2, 3), ())):
    x = values(shape, "bool")
    record("squeeze", [x], lambda: np.squeeze(x, axes), axes=[axes] if isinstance(axes, int) else None if axes is None else list(axes))
for shape, axes, label in (((2, 1), 0, "squeeze.C1"), ((0,), 0, "squeeze.C1"), ((1,), 1, "axis.C1"), ((), 0, None), ((1, 1), (0, 0), "axis.C2")):
    if label:
        x = values(shape, "float32")
        record("squeeze", [x], lambda: np.squeeze(x, axes), label, axes=[axes] if isinstance(axes, int) else list(axes))

for shape, new in (((), ()), ((), (2, 2)), ((3,), (2, 3)), ((2, 1), (2, 3)), ((1, 1), (0, 2)), ((1,), (0,)), ((0,), (2, 0)), ((2, 1, 2), (1, 2, 2, 2))):
    x = values(shape, "float64")
    record("broadcast_to", [x], lambda: np.broadcast_to(x, new), dims=list(new))
for shape, new, label in (((2, 3), (3,), "broadcast_to.C1"), ((2,), (3,), "broadcast_to.C2"), ((3,), (1,), "broadcast_to.C2"),
                          ((0,), (1,), "broadcast_to.C2"), ((3,), (0,), "broadcast_to.C2"), ((1,), (-1,), "size.C1")):
    x = values(shape, "float32")
    record("broadcast_to", [x], lambda: np.broadcast_to(x, new), label, dims=list(new))


def joins(op, function, shapes, axis, label=None, dtypes=("float32",)):
    xs = [values(shape, dtype) for shape, dtype in zip(shapes, itertools.cycle(dtypes))]
    record(op, xs, lambda: function(xs, axis=axis), label, axes=[axis])


for shapes, axis in (([(3,)], 0), ([(2,), (3,)], 0), ([(2, 3), (1, 3)], 0), ([(2, 3), (2, 1), (2, 2)], -1), ([(0,), (2,)], 0),
                     ([(2, 0), (2, 3)], 1), ([(2, 1, 2, 1), (2, 1, 1, 1)], 2)):
    joins("concat", np.concatenate, shapes, axis)
joins("concat", np.concatenate, [(2,), (2,)], 0, dtypes=("int32", "float64"))
joins("concat", np.concatenate, [(2,), (2,)], 0, dtypes=("bool", "int64"))
joins("concat", np.concatenate, [(2, 3), (3, 3)], 1, "concat.C1")
joins("concat", np.concatenate, [(2,), (2, 1)], 0, "concat.C2")
joins("concat", np.concatenate, [], 0, "concat.C3")
joins("concat", np.concatenate, [(2,), (2,)], 1, "axis.C1")
joins("concat", np.concatenate, [(), ()], 0, "axis.C1")
for shapes, axis in (([()], 0), ([(), ()], 0), ([(3,), (3,)], 0), ([(3,), (3,)], 1), ([(2, 3)] * 3, -1), ([(2, 3)] * 2, -3),
                     ([(0,), (0,)], 1), ([(2, 1, 2)] * 2, 2)):
    joins("stack", np.stack, shapes, axis)
joins("stack", np.stack, [(2,), (2,)], 0, dtypes=("int32", "bool"))
joins("stack", np.stack, [(2,), (3,)], 0, "stack.C1")
joins("stack", np.stack, [(2,), (2, 1)], 0, "stack.C1")
joins("stack", np.stack, [], 0, "stack.C2")
joins("stack", np.stack, [(2,), (2,)], 2, "axis.C1")

for i, (left, right) in enumerate((((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 3), (3, 1)), ((2, 0), (0, 3)),
                                   ((0, 2), (2, 3)), ((2, 2, 3), (3, 2)), ((2, 3), (2, 3, 2)), ((2, 1, 1, 2), (3, 2, 2)), ((3,), (2, 3, 2)),
                                   ((2, 2, 3), (3,)), ((0, 2, 2), (2, 2)))):
    for dtype in ("float32", ["float64", "int32", "int64"][i % 3]):
        a, b = values(left, dtype), values(right, dtype)
        record("matmul", [a, b], lambda: np.matmul(a, b))
for left, right, label in (((2, 3), (2, 3), "matmul.C1"), ((3,), (2,), "matmul.C1"), ((), (2,), "matmul.C2"), ((2, 2), (), "matmul.C2"),
                           ((2, 2, 2), (3, 2, 2), "broadcast.C1")):
    a, b = values(left, "float32"), values(right, "float32")
    record("matmul", [a, b], lambda: np.matmul(a, b), label)

for start, stop, step in ((0, 5, 1), (2, 5, 1), (5, 2, 1), (0, 7, 2), (0, 8, 3), (7, 0, -2), (3, -3, -1), (0, 3, -1), (-2, 2, 1), (0, 0, 1)):
    record("arange", [], lambda: np.arange(start, stop, step, dtype="int64"), dims=[start, stop, step])
    record("arange", [], lambda: np.arange(start, stop, step, dtype="float32"), dims=[start, stop, step], dtype="float32")
for shape in ((), (3,), (2, 0), (2, 1, 2)):
    record("zeros", [], lambda: np.zeros(shape, "float32"), dims=list(shape))
    record("ones", [], lambda: np.ones(shape, "int32"), dims=list(shape), dtype="int32")
    record("full", [], lambda: np.full(shape, 2.5, "float64"), dims=list(shape), numbers=[2.5], dtype="float64")
record("full", [], lambda: np.full((2,), 0.1, "float32"), dims=[2], numbers=[0.1])
record("zeros", [], lambda: np.zeros((2, -1)), "size.C1", dims=[2, -1])
record("full", [], lambda: np.full((-3,), 1), "size.C1", dims=[-3], numbers=[1.0])
for n, m in ((3, None), (2, 3), (3, 2), (0, None), (1, 0)):
    record("eye", [], lambda: np.eye(n, m, dtype="float32"), dims=[n] if m is None else [n, m])
record("eye", [], lambda: np.eye(-1), "size.C1", dims=[-1])

record_ops_axes.run()
write("ops.json", {"numpy": np.__version__, "scipy": scipy.__version__})
