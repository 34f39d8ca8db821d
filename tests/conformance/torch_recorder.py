"""What the recorders of PyTorch share: a pool of named inputs, and programs kept with what real torch made of them.

    /usr/bin/python3 tests/conformance/record_torch_NAME.py        # Debian 12's python3-torch, 1.13.1

A file of records is {"torch": version, "inputs": {name: [dtype, shape, data]}, "records": [[program, result], ...]}. A
program is Python: statements and, at its end, the expression that is returned, one a line; it may use `torch`, `nn`, `F`
(torch.nn.functional) and the inputs by name. data is flat, row by row; a value that JSON lacks is "nan", "inf", "-inf".
A result is one of

    [dtype, shape, data]       a tensor
    {"items": [results]}       a tuple (named or not) or a list
    {"value": x}               None, a bool, a number or a text
    {"raises": exception}      the call raises
    {"shape": [dtype, shape]}  a tensor whose values are random
"""
import json
import math
import pathlib
import re

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

SPECIAL = [0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-5, 20.0, -20.0, math.inf, -math.inf, math.nan]


def number(x):
    if isinstance(x, bool):
        return int(x)
    if isinstance(x, int):
        return x
    if not math.isfinite(x):
        return str(x)
    if x == int(x) and abs(x) < 1e6:  # shorter
        return int(x)
    return x


def flat(tensor):
    tensor = tensor.detach().contiguous()
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    if tensor.dtype == torch.float32:  # the shortest number that rounds to it
        values = [float(str(x)) for x in tensor.numpy().ravel()]
    else:
        values = tensor.reshape(-1).tolist()
    return [number(x) for x in values]


def encode(value):
    if isinstance(value, torch.Tensor):
        return [str(value.dtype).removeprefix("torch."), list(value.shape), flat(value)]
    if isinstance(value, (tuple, list)):
        return {"items": [encode(x) for x in value]}
    if isinstance(value, torch.dtype):
        return {"value": str(value).removeprefix("torch.")}
    if value is None or isinstance(value, (bool, int, str)):
        return {"value": value}
    if isinstance(value, float):
        return {"value": number(value)}
    raise TypeError(f"cannot record {type(value)}")


def no_values(result):
    if isinstance(result, list):
        return {"shape": result[:2]}
    return {"items": [no_values(x) for x in result["items"]]} if "items" in result else result


class Recorder:
    """Keeps programs with what they give; `rec("torch.exp(a34)")`."""

    def __init__(self, seed=20240229):
        self.rng = np.random.default_rng(seed)
        self.pool = {}
        self.records = []

    def input(self, name, data, dtype=None):
        self.pool[name] = torch.tensor(np.asarray(data), dtype=dtype)
        return name

    def floats(self, name, shape, low=-2.0, high=2.0, dtype=torch.float32):
        """Seeded numbers with three decimals, so that the file stays small."""
        return self.input(name, np.round(self.rng.uniform(low, high, shape), 3), dtype)

    def ints(self, name, shape, low, high, dtype=torch.int64):
        return self.input(name, self.rng.integers(low, high, shape), dtype)

    def bools(self, name, shape):
        return self.input(name, self.rng.integers(0, 2, shape), torch.bool)

    def run(self, program):
        names = {name: tensor.clone() for name, tensor in self.pool.items()}
        scope = {"torch": torch, "nn": nn, "F": F, **names}
        *body, result = program.split("\n")
        exec("\n".join(body), scope)
        return eval(result, scope)

    def __call__(self, program, random=False):
        try:
            result = encode(self.run(program))
            if random:
                result = no_values(result)
        except (AttributeError, RuntimeError, TypeError, ValueError, IndexError, AssertionError, NotImplementedError) as error:
            result = {"raises": type(error).__name__}
        self.records.append([program, result])

    def write(self, name):
        used = {word for program, _ in self.records for word in re.findall(r"\w+", program)}
        inputs = {name: encode(tensor) for name, tensor in self.pool.items() if name in used}
        lines = [json.dumps([program, result], separators=(",", ":")) for program, result in self.records]
        pool = [f"{json.dumps(name)}:{json.dumps(value, separators=(',', ':'))}" for name, value in inputs.items()]
        path = pathlib.Path(__file__).with_name(name)
        path.write_text('{"torch": "' + torch.__version__ + '", "inputs": {\n' + ",\n".join(pool) +
                        '},\n"records": [\n' + ",\n".join(lines) + "\n]}\n")
        raised = sum("raises" in result for _, result in self.records)
        print(f"{name}: {len(self.records)} records, {raised} of what raises, {path.stat().st_size} bytes")
