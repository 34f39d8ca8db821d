"""Records what real NumPy and PyTorch make of x[...], read and written, for brackets_test.cpp.

    python3 tests/conformance/record_brackets.py [OUTPUT]      # with numpy and torch; default: brackets.json beside this file

A record: p, the body of `f(x, y, m, k, i, j, s, t)`; then r, the result ([dtype, shape, values]), or e, the label that we give to
what the library refuses (written by hand). Each body runs on fresh copies of the inputs, under each library it is written for.
"""
import json
import pathlib
import sys

import numpy as np
import torch

from ops_recorder import array

INPUTS = {
    "x": np.arange(24, dtype="float32").reshape(2, 3, 4),
    "y": np.array([[1, -2, 3], [-4, 5, -6]], dtype="float32"),
    "m": np.array([[True, False, True], [False, True, False]]),
    "k": np.array([True, False, True]),
    "i": np.array([1, 0, 1]),
    "j": np.array([[0], [2]]),
    "s": np.array(1),
    "t": np.array([2, 0]),
}
BOTH = ["numpy", "torch"]
PROGRAMS = [
    # masks
    ("return x[m]", BOTH), ("return x[m, 1:]", ["numpy"]), ("return x[m, :]", BOTH), ("return x[m, :2]", ["numpy"]), ("return x[m][:, 0] - y[m]", BOTH), ("return x[:, k]", BOTH),
    ("return x[0, k]", BOTH), ("return x[..., k, 1]", BOTH), ("return x[:, k, :2]", BOTH), ("return x[x > 7]", BOTH),
    ("return x[~m]", BOTH), ("return y[(y > 0) & m]", BOTH), ("return y[None, m]", BOTH), ("return y[m, None]", ["numpy"]), ("return y[None, :, k]", BOTH),
    ("return x[m, s]", ["numpy"]), ("return x[m, i[[0, 1, 0]]]", BOTH), ("return x[y > 100]", BOTH), ("return x[[True, False]]", BOTH), ("return x[:, [True, False, True]]", BOTH),
    # tensors of indices
    ("return x[i]", BOTH), ("return x[:, i]", BOTH), ("return x[..., i]", BOTH), ("return x[i, i]", BOTH), ("return x[:, i, i]", BOTH),
    ("return x[i, :, i]", BOTH), ("return x[i, j]", BOTH), ("return x[:, j]", BOTH), ("return x[:, j, i]", BOTH),
    ("return x[0, :, i]", BOTH), ("return x[i, 0]", BOTH), ("return x[i, :, 0]", BOTH), ("return x[i, 1:, None]", BOTH),
    ("return x[i, None, i]", BOTH), ("return x[:, i, ..., i]", ["torch"]), ("return x[i, ..., i]", BOTH), ("return x[s]", BOTH), ("return x[:, s]", BOTH), ("return x[s, :, i]", BOTH),
    ("return x[i - 2]", BOTH), ("return x[[0, 1, 1]]", BOTH), ("return x[:, [2, 0]]", BOTH), ("return x[[0, 1], [1, 2]]", BOTH),
    ("return y[range(2), t]", BOTH), ("return y[[0, 1], t]", BOTH), ("return x[[i, i]]", ["torch"]), ("return x[(i, i)]", BOTH),
    ("return x[i][:, i]", BOTH), ("return x[:, k, i[:2]]", BOTH), ("return x[:, m[0], i[:2]]", BOTH),
    # written
    ("x[m] = 0\nreturn x", BOTH), ("x[m] = y[m][:, None]\nreturn x", BOTH), ("x[m] = x[0, 0] * 1\nreturn x", BOTH), ("x[:, k] = 1\nreturn x", BOTH),
    ("x[:, k, 0] = y[:, k]\nreturn x", BOTH), ("y[y < 0] = 0\nreturn y", BOTH), ("y[m] += 10\nreturn y", BOTH), ("y[m] = -y[m]\nreturn y", BOTH),
    ("x[0] = 1\nreturn x", BOTH), ("x[:, 1] = y[:, :1]\nreturn x", BOTH), ("x[..., -1] = y\nreturn x", BOTH), ("x[:, 0] += 1\nreturn x", BOTH),
    ("x[1, 1:] *= 2\nreturn x", BOTH), ("x[:] = 3\nreturn x", BOTH), ("x[...] = y[..., None]\nreturn x", BOTH), ("x[:, ::2, 1] = -1\nreturn x", BOTH),
    ("x[i] = 5\nreturn x", BOTH), ("x[:, i] = y[..., None]\nreturn x", BOTH), ("x[i[:2], t] = 7\nreturn x", BOTH), ("y[[0, 1], t] = y[:, 0]\nreturn y", BOTH),
    ("y[i, i] += 1\nreturn y", BOTH), ("x[0, :, t] = 4\nreturn x", BOTH), ("x[s] = 0\nreturn x", BOTH),
    ("x[-1, ..., s] = y[0]\nreturn x", BOTH), ("i[0] = 0.75\nreturn i", ["numpy"]), ("y[0] = i\nreturn y", BOTH),
    # what is shared, and what is not
    ("z = x[0]\nx[0] = 1\nreturn z", BOTH), ("z = x[:, 1]\nz[:] = 9\nreturn x", BOTH), ("z = x[:, 1]\nz += 1\nreturn x", BOTH),
    ("z = x[1:][0, ::2]\nz[0] = 9\nreturn x", BOTH), ("z = y.T\nz[0] = 9\nreturn y", BOTH), ("z = y.T[1:]\ny += 1\nreturn z", BOTH),
    ("z = x[m]\nz[:] = 9\nreturn x", BOTH), ("z = x[i]\nz += 1\nreturn x", BOTH), ("z = y\nz = z + 1\nreturn y", BOTH), ("z = y\nz += 1\nreturn y", BOTH),
    ("z = y[None]\nz[0, 1] = 9\nreturn y", BOTH), ("z = x[0, 0]\nfor n in range(4):\n    z[n] = n\nreturn x", BOTH),
    ("for n in range(len(y)):\n    y[n] = y[n] * 2\nreturn y", BOTH), ("for row in y:\n    row *= 2\nreturn y", BOTH),
    ("z = [row for row in y]\nz[1][0] = 9\nreturn y", BOTH), ("def g(a):\n    a[0] = 9\ng(y)\nreturn y", BOTH), ("z = y[0]\nw = y[:, 0]\nz[0] = 9\nreturn w", BOTH),
    ("z = y * 1\nz[y < 0] = 0\nreturn y - z", BOTH), ("a = y[0]\nb = a\na = a * 2\nb += 1\nreturn y", BOTH),
]
REFUSED = [
    ("x[0] = y\nreturn x", "assign.C1", BOTH), ("y[:, 0] = i\nreturn y", "assign.C1", BOTH), ("y[m] = i[:2]\nreturn y", "assign.C1", BOTH),
    ("z = y[:, :1]\nz += y\nreturn z", "assign.C1", BOTH), ("return x[k]", "select_mask.C2", BOTH), ("return x[:, m]", "select_mask.C2", BOTH),
    ("return x[m, 1:]", "select_mask.C2", ["torch"]), ("return x[m, 0]", "select_mask.C2", ["torch"]),
    ("return y[i, t]", "pick.C2", BOTH), ("return y[0, 0, 0]", "index.C2", BOTH), ("y[2] = 1\nreturn y", "index.C1", BOTH), ("return y[:, i + 5]", "kernel.index", BOTH),
]


def made_by(program, library):
    convert = (lambda v: v.copy()) if library == "numpy" else (lambda v: torch.tensor(v))
    scope = {"np": np, "torch": torch}
    lines = "\n".join("    " + line for line in program.splitlines())
    exec(f"def f({', '.join(INPUTS)}):\n{lines}\n", scope)
    return np.asarray(scope["f"](**{name: convert(value) for name, value in INPUTS.items()}))


records = []
for program, libraries in PROGRAMS:
    for library in libraries:
        records.append({"l": library, "p": program, "r": array(made_by(program, library))})
for program, label, libraries in REFUSED:
    for library in libraries:
        try:
            made_by(program, library)
        except (IndexError, ValueError, RuntimeError):
            records.append({"l": library, "p": program, "e": label})
        else:
            raise AssertionError(f"{library} accepts {program!r}")

head = {"numpy": np.__version__, "torch": torch.__version__, "inputs": {name: array(value) for name, value in INPUTS.items()}}
path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("brackets.json")
path.write_text(json.dumps(head)[:-1] + ', "records": [\n' + ",\n".join(json.dumps(r, separators=(",", ":")) for r in records) + "\n]}\n")
print(f"{len(records)} records, {path.stat().st_size} bytes")
