"""Makes torch_calls.json of recorded traces of public losses: every distinct call, as a program with its result's shape.

    /usr/bin/python3 tests/conformance/distill_torch_traces.py ../shared/corpus/losses/torch_traces.json

The traces were recorded with torch.overrides.TorchFunctionMode: in order, the name of each torch function, the shapes
of its tensor arguments, its other arguments and the shape of its result. They are no part of this repository; what is
kept of them is a list of calls without the losses that they stand in:

    [program, {input: [dtype, shape]}, result]      result: [shape], {"items": [results]}, {"kind": "int"} or null

The traces do not say dtypes. Where an operand has to be a mask or an index, it is one; all others are float32. Every
program is run with real torch: a size that comes out differently depends on values and is kept as null, and a call that
is no longer what was recorded (`unsqueeze_`, whose operand was seen after it had changed) is left out and named.
"""
import json
import pathlib
import re
import sys

import torch
import torch.nn.functional as F

OPERATORS = {"__and__": "&", "__or__": "|", "__xor__": "^"}
REFLECTED = {"__rsub__": "-", "__rdiv__": "/", "__rtruediv__": "/", "__rpow__": "**", "__rmul__": "*", "__radd__": "+"}
MASKS = {"where": [0], "masked_fill": [1], "masked_fill_": [1], "masked_select": [0, 1][1:], "__invert__": [0], "__and__": [0, 1],
         "__or__": [0, 1], "logical_not": [0]}
INDICES = {"gather": [2, "index"], "scatter": [2, "index"], "scatter_": [2, "index"], "scatter_add": [2, "index"],
           "scatter_add_": [2, "index"], "index_select": [2, "index"], "one_hot": [0], "embedding": [0],
           "nll_loss": [1, "target"], "multi_margin_loss": [1], "multilabel_margin_loss": [1], "ctc_loss": [1, 2, 3],
           "cross_entropy": [1, "target"], "bincount": [0], "take_along_dim": [1], "index_add_": [2], "index_add": [2]}


def is_shape(x):
    return isinstance(x, list) and all(isinstance(n, int) for n in x)


class Call:
    def __init__(self, op):
        self.op = op
        self.inputs = {}

    def tensor(self, shape, place):
        name = f"x{len(self.inputs)}"
        dtype = "float32"
        if place in MASKS.get(self.op, []):
            dtype = "bool"
        if place in INDICES.get(self.op, []):
            dtype = "int64"
        if self.op == "cross_entropy" and self.inputs and len(shape) == len(self.inputs["x0"][1]):
            dtype = "float32"  # probabilities of classes
        self.inputs[name] = [dtype, shape]
        return name

    def text(self, value, place):
        if is_shape(value):
            return self.tensor(value, place)
        if isinstance(value, list):
            return "[" + ", ".join(self.text(x, place) for x in value) + "]"
        if isinstance(value, dict):
            return repr(plain(value))
        if isinstance(value, str) and (value.startswith("torch.") and not value.endswith("Tensor")):
            return value
        if isinstance(value, str) and value.startswith("device("):
            return "torch." + value.replace("type=", "")
        return repr(value)


def plain(value):
    """Lists of numbers, which the traces keep as {"ints": [...]} or {"idx": [...]}."""
    if isinstance(value, dict):
        value = value.get("ints", value.get("idx"))
    return [plain(x) for x in value] if isinstance(value, list) else value


def index_text(call, index, whole):
    """The inside of brackets; a tensor there is a mask when it has the sizes of what it indexes."""
    if isinstance(index, dict):
        parts = index.get("idx", index.get("ints"))
    elif isinstance(index, list) and not is_shape(index):
        parts = index
    else:
        parts = [index]
    texts = []
    for part in parts:
        if isinstance(part, str) and (found := re.fullmatch(r"slice\((\S+), (\S+), (\S+)\)", part)):
            start, stop, step = ("" if x == "None" else x for x in found.groups())
            texts.append(f"{start}:{stop}" + (f":{step}" if step else ""))
        elif isinstance(part, str):
            texts.append({"Ellipsis": "..."}.get(part, part))
        elif is_shape(part):
            name = call.tensor(part, None)
            mask = len(part) > 0 and (part == whole[:len(part)] and len(parts) == 1 or part == whole[-len(part):] and
                                      parts[0] == "Ellipsis")
            call.inputs[name][0] = "bool" if mask else "int64"
            texts.append(name)
        else:
            texts.append(repr(plain(part)))
    return ", ".join(texts)


def program_of(op, args, kwargs):
    call = Call(op)
    if op in ("__getitem__", "__setitem__"):
        x = call.tensor(args[0], 0)
        inside = index_text(call, args[1], args[0])
        if op == "__getitem__":
            return f"{x}[{inside}]", call.inputs
        return f"{x}[{inside}] = {call.text(args[2], 2)}\n{x}", call.inputs
    texts = [call.text(value, place) for place, value in enumerate(args)]
    texts += [f"{key}={call.text(value, key)}" for key, value in kwargs.items() if key != "distance_function"]
    if op in OPERATORS:
        return f"{texts[0]} {OPERATORS[op]} {texts[1]}", call.inputs
    if op in REFLECTED:
        return f"{texts[1]} {REFLECTED[op]} {texts[0]}", call.inputs
    if op == "__invert__":
        return f"~{texts[0]}", call.inputs
    if op.startswith("linalg_"):
        return f"torch.linalg.{op.removeprefix('linalg_')}({', '.join(texts)})", call.inputs
    # Functions of Python that call functions of the same name pass every parameter: those are torch's own.
    if op != "where" and args and is_shape(args[0]) and hasattr(torch.Tensor, op) and \
            not {"dtype", "dim1", "out", "inplace"} & set(kwargs):
        return f"{texts[0]}.{op}({', '.join(texts[1:])})", call.inputs
    module = "torch" if hasattr(torch, op) and not {"_stacklevel", "reduction", "inplace"} & set(kwargs) and \
        op != "batch_norm" else "F"
    if module == "F" and not hasattr(F, op.replace("log_sigmoid", "logsigmoid")):
        return f"{texts[0]}.{op}({', '.join(texts[1:])})", call.inputs
    return f"{module}.{op.replace('log_sigmoid', 'logsigmoid')}({', '.join(texts)})", call.inputs


def result_of(value):
    if is_shape(value):
        return [value]
    if isinstance(value, dict):
        return {"items": [result_of(x) for x in value.get("tuple", value.get("list"))]}
    return {"kind": {"int": "number", "float": "number"}.get(value[3:], value[3:])}


def run(program, inputs):
    """What real torch makes of a program, as a result."""
    scope = {"torch": torch, "F": F}
    for name, (dtype, shape) in inputs.items():
        value = torch.ones(shape, dtype=getattr(torch, dtype))
        if dtype == "int64":
            value = torch.zeros(shape, dtype=torch.int64)
        elif dtype == "float32" and len(shape) >= 2 and shape[-1] == shape[-2]:
            value = value + torch.eye(shape[-1])  # positive definite
        scope[name] = value
    *body, last = program.split("\n")
    exec("\n".join(body), scope)
    return seen(eval(last, scope))


def seen(value):
    if isinstance(value, torch.Tensor):
        return [list(value.shape)]
    if isinstance(value, (tuple, list)):
        return {"items": [seen(x) for x in value]}
    return {"kind": "number" if isinstance(value, (int, float)) else type(value).__name__}


def agreed(recorded, found):
    """The recorded result, with null for a size that depends on values; None when they are of different form."""
    if recorded == found:
        return recorded
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded[0]) == len(found[0]):
        return [[a if a == b else None for a, b in zip(recorded[0], found[0])]]
    return None


def main(path):
    calls = {}
    for loss in json.loads(pathlib.Path(path).read_text()):
        for op, args, kwargs, result in loss["trace"]:
            program, inputs = program_of(op, args, kwargs)
            if op == "__setitem__":
                result = args[0]
            calls.setdefault(json.dumps([program, inputs]), (op, [program, inputs, result_of(result)]))
    lines = []
    for _, (program, inputs, result) in sorted(calls.values(), key=lambda one: one[0]):
        kept = agreed(result, run(program, inputs))
        if kept is None:
            print(f"left out: {program} {inputs}")
        else:
            lines.append(json.dumps([program, inputs, kept], separators=(",", ":")))
    target = pathlib.Path(__file__).with_name("torch_calls.json")
    target.write_text('{"calls": [\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{len(lines)} distinct calls, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
