"""What the recorders of our ops share: values with few digits, and calls kept as records, one per line.

op; x, the operands; a, the attributes; then r, the result, or e, the label that we give to what the library refuses
(written by hand). Where the library has no comparable values: s, the shape alone; k, the label with which our kernel
refuses what the shape rule must accept. An array is [dtype, shape, values]; a value that JSON lacks is "nan", "inf" or
"-inf".
"""
import json
import math
import pathlib
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")
rng = np.random.default_rng(20240229)
records = []

FLOATS = ["float32", "float64"]
SPECIAL = [math.nan, math.inf, -math.inf, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 1e-5, 7.25, -7.75, 40.0]


def values(shape, dtype):
    """Values with few digits: halves of floats, small integers, coin tosses."""
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.startswith("u"):
        return rng.integers(0, 9, shape).astype(dtype)
    if dtype.startswith("int"):
        return rng.integers(-5, 6, shape).astype(dtype)
    return (rng.integers(-40, 41, shape) / 8).astype(dtype)


def plain(x):
    if isinstance(x, bool) or isinstance(x, np.bool_):
        return int(x)
    if isinstance(x, np.integer):
        return int(x)
    if np.isnan(x):
        return "nan"
    if np.isinf(x):
        return "inf" if x > 0 else "-inf"
    if x == int(x) and abs(x) < 1e6 and not (x == 0 and np.signbit(x)):
        return int(x)
    # The shortest text that gives back this value in its own dtype.
    return float(np.format_float_scientific(x)) if x.dtype.itemsize < 8 else float(x)


def array(a):
    a = np.asarray(a)
    return [a.dtype.name, list(a.shape), [plain(x) for x in a.reshape(-1)]]


def record(op, operands, compute, label=None, **attributes):
    entry = {"op": op, "x": [array(x) for x in operands]}
    if attributes:
        entry["a"] = attributes
    try:
        entry["r"] = array(compute())
        assert label is None, f"NumPy accepts {op} {attributes}"
    except (ValueError, IndexError, TypeError, RuntimeError, np.linalg.LinAlgError) as error:
        assert label, f"NumPy refuses {op} {attributes}: {error}"
        entry["e"] = label
    records.append(entry)


def shape_only(op, operands, shape, kernel=None, **attributes):
    entry = {"op": op, "x": [array(x) for x in operands], "a": attributes, "s": list(shape)}
    if kernel:
        entry["k"] = kernel
    records.append(entry)


def write(name, versions):
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name(name)
    head = json.dumps(versions)[:-1] + ', "records": [\n'
    path.write_text(head + ",\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "\n]}\n")
    print(f"{len(records)} records, {path.stat().st_size} bytes")
