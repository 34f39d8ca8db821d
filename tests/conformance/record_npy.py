"""Records files as real NumPy writes them, with what they hold, for oracle_data_test.cpp.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install numpy==2.4.6
    /tmp/v/bin/python tests/conformance/record_npy.py [OUTPUT]      # default: ../unit/npy_samples.h beside this folder

Times in a zip differ from run to run; nothing else does.
"""

import io
import pathlib
import sys
import warnings

import numpy as np
from numpy.lib import format as npy_format

warnings.simplefilter("ignore")


def npy(array, version=None):
    out = io.BytesIO()
    npy_format.write_array(out, array, version=version, allow_pickle=True)
    return out.getvalue()


def npz(save, **arrays):
    out = io.BytesIO()
    save(out, **arrays)
    return out.getvalue()


def number(x):
    if isinstance(x, (bool, np.bool_)):
        return str(int(x))
    if isinstance(x, np.integer):
        return f"{int(x)}.0"
    if np.isnan(x):
        return "NAN"
    if np.isinf(x):
        return "INFINITY" if x > 0 else "-INFINITY"
    return repr(float(x))


def fields(name, bytes_, array):
    values = ", ".join(number(x) for x in array.reshape(-1))
    shape = ", ".join(str(n) for n in array.shape)
    dtype = array.dtype.newbyteorder("=").name
    hex_ = bytes_.hex()
    lines = "\n     ".join(f'"{hex_[i:i + 100]}"' for i in range(0, len(hex_), 100))
    return f'    {{"{name}",\n     {lines},\n     "{dtype}", {{{shape}}}, {{{values}}}}},'


rows = np.array([[1, 0.2, -3.5], [0, np.inf, np.nan]])
ints = np.array([[-3, 0, 7], [1, 2, 100]])
readable = [
    ("bool", npy(ints > 0), ints > 0),
    ("uint8", npy(ints.astype("u1")), ints.astype("u1")),
    ("int8", npy(ints.astype("i1")), ints.astype("i1")),
    ("int16", npy(ints.astype("i2")), ints.astype("i2")),
    ("int32", npy(ints.astype("i4")), ints.astype("i4")),
    ("int64", npy(ints.astype("i8")), ints.astype("i8")),
    ("lowest int64", npy(np.array([-(2**31), 2**52])), np.array([-(2**31), 2**52])),
    ("float16", npy(rows.astype("f2")), rows.astype("f2")),
    ("small float16", npy(np.array([2**-24, 2**-14, -65504], "f2")), np.array([2**-24, 2**-14, -65504], "f2")),
    ("float32", npy(rows.astype("f4")), rows.astype("f4")),
    ("float64", npy(rows), rows),
    ("big-endian float32", npy(rows.astype(">f4")), rows.astype(">f4")),
    ("big-endian int16", npy(ints.astype(">i2")), ints.astype(">i2")),
    ("scalar", npy(np.float32(0.1)), np.array(0.1, "f4")),
    ("empty", npy(np.zeros((0, 3), "f4")), np.zeros((0, 3), "f4")),
    ("version 2", npy(ints, (2, 0)), ints),
    ("version 3", npy(ints, (3, 0)), ints),
    ("Fortran order", npy(np.asfortranarray(ints)), ints),
]
cube = np.arange(24, dtype="i4").reshape(2, 3, 4)
readable.append(("Fortran order, three axes", npy(np.asfortranarray(cube)), cube))

refused = [
    ("objects", npy(np.array([1, None], dtype=object)), "object"),
    ("fields", npy(np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])), "structured dtype"),
    ("text", npy(np.array(["a", "bc"])), "<U2"),
    ("complex", npy(np.array([1j])), "<c16"),
    ("uint64", npy(np.array([1], "u8")), "<u8"),
    ("time", npy(np.array(["2020-01-01"], "M8[D]")), "<M8[D]"),
    ("inexact int64", npy(np.array([1, 2**53 + 2])), "element 1"),
]

y_true = np.array([[1, 0.2], [0, 0]], "f4")
labels = np.array([2, 0])
zips = [("stored", npz(np.savez, y_true=y_true, labels=labels)),
        ("deflated", npz(np.savez_compressed, y_true=y_true, labels=labels)),
        ("large", npz(np.savez_compressed, zeros=np.zeros((1000, 1000), "f4")))]

out = [f"// Written by tests/conformance/record_npy.py with NumPy {np.__version__}; do not edit.",
       "#pragma once", "", "#include <cmath>", "#include <cstdint>", "#include <vector>", "",
       "// clang-format off", "namespace shapelint::npy_samples {", "",
       "struct Readable {", "  const char* name;", "  const char* hex;", "  const char* dtype;",
       "  std::vector<std::int64_t> shape;", "  std::vector<double> values;", "};", "",
       "inline const std::vector<Readable> kReadable = {"]
out += [fields(*sample) for sample in readable]
out += ["};", "", "struct Refused {", "  const char* name;", "  const char* hex;", "  const char* message;", "};", "",
        "inline const std::vector<Refused> kRefused = {"]
for name, bytes_, message in refused:
    hex_ = bytes_.hex()
    lines = "\n     ".join(f'"{hex_[i:i + 100]}"' for i in range(0, len(hex_), 100))
    out.append(f'    {{"{name}",\n     {lines},\n     "{message}"}},')
out += ["};", ""]
for name, bytes_ in zips:
    hex_ = bytes_.hex()
    lines = "\n    ".join(f'"{hex_[i:i + 100]}"' for i in range(0, len(hex_), 100))
    out += [f"/// numpy.savez{'' if name == 'stored' else '_compressed'}: "
            + ("zeros, (1000, 1000) float32" if name == "large" else "y_true [[1, 0.2], [0, 0]] float32, labels [2, 0] int64"),
            f"inline constexpr const char* k{name.capitalize()}Npz =\n    {lines};", ""]
out.append("}  // namespace shapelint::npy_samples")
path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "unit" / "npy_samples.h"
path.write_text("\n".join(out) + "\n")
