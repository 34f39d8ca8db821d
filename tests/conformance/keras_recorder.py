"""What the recorders of Keras and TensorFlow share: seeded inputs, and calls kept as records."""
import importlib
import json
import math
import os
import pathlib
import subprocess
import sys

import numpy as np

Y_TRUE = [[1, .2, .2, .4, .5], [0, 0, 0, 0, 0], [1, .7, .8, .3, .3]]
Y_PRED = [[.9, .1, .3, .5, .7], [.2, .7, .8, .1, .2], [.7, .5, .8, .2, .3]]


def f32(values):
    return np.asarray(values, "float32")


def whole(*values):
    return np.asarray(values, "int32")


class Inputs:
    """Inputs of programs, from a seeded stream of their own."""

    def __init__(self, number):
        self.number = number
        self.seed()

    def seed(self):
        """Begins the stream anew, so that a line added to one function leaves the records of the others."""
        self.stream = np.random.default_rng(self.number)

    def real(self, *shape, low=-2, high=2):
        return f32(np.round(self.stream.uniform(low, high, shape), 2))


def encode(array):
    array = np.asarray(array)
    if array.dtype == "float32":  # the shortest number that rounds to it
        data = [float(str(x)) if math.isfinite(x) else str(float(x)) for x in array.ravel()]
        data = [int(x) if not isinstance(x, str) and x == int(x) and abs(x) < 1e6 else x for x in data]  # shorter
    elif array.dtype.kind == "f":
        data = [float(x) if math.isfinite(x) else str(float(x)) for x in array.ravel()]
    else:
        data = [x.item() for x in array.ravel()]
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}


class Recorder:
    """Calls functions of one framework and keeps what they return."""

    def __init__(self, framework, backend, to_tensor):
        self.framework, self.backend, self.to_tensor = framework, backend, to_tensor
        self.records = []

    def result(self, value):
        if isinstance(value, (list, tuple)) and all(isinstance(x, (int, np.integer)) for x in value):
            return {"tuple": [int(x) for x in value]}
        if isinstance(value, (list, tuple)):
            return {"list": [self.result(x) for x in value]}
        return encode(value)

    def origin(self, module):
        package = module.split(".")[0]
        origin = f"{package} {importlib.import_module(package).__version__}"
        return f"{origin} {self.backend}" if package == "keras" else origin

    def __call__(self, call, arrays, construct=None, weight=None, label="", arguments=None, named=None, **kwargs):
        """`arrays` are the positional arguments; a list among them is a list of tensors."""
        inputs, positional, real = {}, [], []

        def put(name, array):
            array = np.asarray(array)
            inputs[name] = encode(array)
            return self.to_tensor(array)

        for index, array in enumerate(arrays):
            name = (arguments or ["x", "y", "z"])[index]
            if isinstance(array, list):
                parts = [put(f"{name}{i}", item) for i, item in enumerate(array)]
                positional.append([f"{name}{i}" for i in range(len(array))])
                real.append(parts)
            else:
                real.append(put(name, array))
                positional.append(name)
        module, function = call.rsplit(".", 1)
        callee = getattr(importlib.import_module(module), function)
        record = {"name": "", "call": call, "positional": positional, "kwargs": kwargs, "inputs": inputs,
                  "framework": self.framework, "backend": self.origin(module)}
        extra = {key: put(key, value) for key, value in (named or {}).items()}
        if named:
            record["keywords"] = {key: key for key in named}
        if construct is not None:
            record["construct"] = construct
        if weight is not None:
            record["sample_weight"] = "sample_weight"
            extra["sample_weight"] = put("sample_weight", weight)
        try:
            if construct is not None:
                callee = callee(**construct)
            literals = {key: tuple(value) if key in ("axis", "axes") and isinstance(value, list) else value
                        for key, value in kwargs.items()}
            value = callee(*real, **extra, **literals)
            record["result"] = self.result([int(x) for x in value] if function == "shape" else value)
        except Exception as error:  # the frameworks raise many types for shapes that do not fit
            record["result"] = {"raises": type(error).__name__}
        name = f"{module.split('.')[0]} {call.split('.')[-1]} {label}".strip()
        record["name"] = name
        self.records.append(record)


class ProgramRecorder(Recorder):
    """Runs programs of one framework and keeps what their last line gives."""

    def __init__(self, framework, backend, to_tensor, preamble):
        super().__init__(framework, backend, to_tensor)
        self.preamble = preamble

    def __call__(self, program, shapes=False, label="", on=None, **inputs):
        """`inputs` are tensors by the names that the program uses; with `shapes` only shapes and dtypes are kept. `on`
        names the backends that agree with the definition, where others do not."""
        if on is not None and self.backend.split()[-1] not in on.split():
            return
        *before, last = program.strip().split("\n")
        body = "".join(f"    {line}\n" for line in [*before, f"return {last}"])
        source = f"{self.preamble}\n\ndef replayed({', '.join(inputs)}):\n{body}"
        record = {"name": f"{label or program.strip()}", "program": source,
                  "inputs": {name: encode(value) for name, value in inputs.items()}, "framework": self.framework,
                  "backend": self.backend}
        names = {}
        exec(source, names)
        try:
            record["result"] = self.result(names["replayed"](**{k: self.to_tensor(v) for k, v in inputs.items()}))
        except Exception as error:  # the frameworks raise many types for shapes that do not fit
            record["result"] = {"raises": type(error).__name__}
        if shapes:
            drop_numbers(record["result"])
        self.records.append(record)


def drop_numbers(result):
    result.pop("data", None)
    for item in result.get("list", []):
        drop_numbers(item)


# ---- data ----------------------------------------------------------------------------------------------------------


class Data:
    """Seeded inputs with three decimals, so that the file stays small."""

    def __init__(self):
        self.rng = np.random.default_rng(20240229)

    def uniform(self, shape, low=0.02, high=0.98):
        return f32(np.round(self.rng.uniform(low, high, shape), 3))

    def binary(self, shape):
        return f32(self.rng.integers(0, 2, shape))

    def one_hot(self, shape):
        return f32(np.eye(shape[-1])[self.rng.integers(0, shape[-1], shape[:-1])])

    def distribution(self, shape):
        raw = self.rng.uniform(0.05, 1, shape)
        return f32(np.round(raw / raw.sum(-1, keepdims=True), 3))

    def pair(self, kind, shape):
        if kind == "binary":
            return [self.binary(shape), self.uniform(shape)]
        if kind == "classes":
            return [self.one_hot(shape), self.distribution(shape)]
        if kind == "distributions":
            return [self.distribution(shape), self.distribution(shape)]
        if kind == "signs":
            return [f32(2 * self.binary(shape) - 1), self.uniform(shape, -2, 2)]
        if kind == "positive":
            return [self.uniform(shape, 0.1, 4), self.uniform(shape, 0.1, 4)]
        return [self.uniform(shape, -2, 2), self.uniform(shape, -2, 2)]


# ---- processes -----------------------------------------------------------------------------------------------------


def same(one, other):
    if one.keys() != other.keys() or one.get("shape") != other.get("shape") or one.get("dtype") != other.get("dtype"):
        return False
    if "data" in one:
        return np.allclose(f32(one["data"]), f32(other["data"]), rtol=5e-7, atol=5e-7, equal_nan=True)
    if "list" in one:
        return all(map(same, one["list"], other["list"]))
    return one == other


def merge(records):
    """One record where several backends agree; its values are the first one's."""
    kept = {}
    for record in records:
        key = json.dumps({k: v for k, v in record.items() if k not in ("name", "backend", "result")})
        for earlier in kept.setdefault(key, []):
            if same(earlier["result"], record["result"]):
                name = record["backend"].split()[-1]
                if name not in earlier["backend"].split():
                    earlier["backend"] += f" {name}"
                break
        else:
            kept[key].append(record)
    records, names = [record for group in kept.values() for record in group], {}
    for record in records:
        names[record["name"]] = names.get(record["name"], 0) + 1
        if names[record["name"]] > 1:
            record["name"] += f" #{names[record['name']]}"
    return records


def record_in_jobs(script, jobs, run, file):
    """Keras chooses its backend when it is imported: `run(job)` gives the records of one in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[1] == "--job":
        json.dump(run(sys.argv[2]), sys.stdout)
        return
    records = []
    for job in jobs:
        backend = "tensorflow" if job == "tf_keras" else job
        environment = dict(os.environ, KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="3", JAX_PLATFORMS="cpu",
                           CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")
        done = subprocess.run([sys.executable, script, "--job", job], env=environment, check=True,
                              stdout=subprocess.PIPE)
        records += json.loads(done.stdout)
    write_records(merge(records), file)


def write_records(records, file):
    lines = ",\n".join(json.dumps(record, separators=(",", ":")) for record in records)
    (pathlib.Path(__file__).resolve().parent / file).write_text(f"[\n{lines}\n]\n")
    print(f"{len(records)} records")
