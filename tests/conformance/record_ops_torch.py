"""Records what real PyTorch answers to convolutions, pooling and interpolation, for ops_conformance_test.cpp.

    apt install python3-torch        # or any PyTorch from 1.13 on, with its NumPy
    python3 tests/conformance/record_ops_torch.py [OUTPUT]      # default: ops_torch.json beside this file

What a record holds is said in ops_recorder.py.
"""
import numpy as np
import torch
import torch.nn.functional as F

from ops_recorder import record, shape_only, values, write


def t(x):
    return torch.from_numpy(np.ascontiguousarray(x))


def tuples(*parts):
    return [n for part in parts for n in part]


CONV = [F.conv1d, F.conv2d, F.conv3d]
TRANSPOSE = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d]
MAX = [F.max_pool1d, F.max_pool2d, F.max_pool3d]
AVG = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d]
ADAPTIVE_MAX = [F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d]
ADAPTIVE = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d]


def both(pads):
    return [p for pad in pads for p in (pad, pad)]


def conv(x_shape, w_shape, strides, pads, dilation, groups=1, label=None, uneven=None):
    x, w = values(x_shape, "float64"), values(w_shape, "float64")
    k = len(x_shape) - 2

    def real():
        padded = t(x) if uneven is None else F.pad(t(x), tuples(*reversed([uneven[2 * i:2 * i + 2] for i in range(k)])))
        return CONV[k - 1](padded, t(w), None, strides, pads if uneven is None else 0, dilation, groups).numpy()
    record("conv", [x, w], real, label, dims=tuples(strides, uneven or both(pads), dilation, [groups]))


conv((2, 3, 5), (4, 3, 2), (1,), (0,), (1,))
conv((2, 3, 7), (4, 3, 3), (2,), (1,), (2,))
conv((1, 4, 6), (6, 2, 3), (1,), (2,), (1,), 2)
conv((2, 2, 5, 4), (3, 2, 3, 2), (2, 1), (1, 0), (1, 2))
conv((1, 2, 4, 4), (2, 1, 2, 2), (1, 1), (0, 0), (1, 1), 2)
conv((1, 1, 3, 3, 3), (1, 1, 2, 2, 2), (1, 2, 1), (0, 1, 0), (1, 1, 2))
conv((0, 2, 5), (3, 2, 2), (1,), (0,), (1,))
conv((2, 2, 5), (3, 2, 2), (1,), (0,), (1,), uneven=[2, 0])
conv((1, 1, 3, 3), (1, 1, 2, 2), (1, 1), (0, 0), (1, 1), uneven=[0, 1, 1, 0])
conv((2, 3, 5), (4, 2, 2), (1,), (0,), (1,), label="conv.C4")
conv((2, 4, 5), (3, 2, 2), (1,), (0,), (1,), 2, label="conv.C5")
conv((2, 3, 2), (4, 3, 3), (1,), (0,), (1,), label="conv.C6")
conv((2, 3, 5), (4, 3, 2), (0,), (0,), (1,), label="conv.C3")
x, w = values((2, 3, 5), "float64"), values((4, 3, 2, 2), "float64")
record("conv", [x, w], lambda: F.conv2d(t(x), t(w)).numpy(), "conv.C1", dims=[1, 0, 0, 1, 1])
record("conv", [x, w[..., 0]], lambda: F.conv1d(t(x), t(w[..., 0]), stride=(1, 1)).numpy(), "conv.C2", dims=[1, 1, 0, 0, 1, 1])


def transpose(x_shape, w_shape, strides, pads, dilation, more, groups=1, label=None):
    x, w = values(x_shape, "float64"), values(w_shape, "float64")
    real = TRANSPOSE[len(x_shape) - 3]
    record("conv_transpose", [x, w], lambda: real(t(x), t(w), None, strides, pads, more, groups, dilation).numpy(), label,
           dims=tuples(strides, both(pads), dilation, more, [groups]))


transpose((2, 3, 4), (3, 2, 3), (1,), (0,), (1,), (0,))
transpose((2, 3, 4), (3, 2, 3), (2,), (1,), (1,), (1,))
transpose((1, 4, 3), (4, 2, 2), (2,), (0,), (2,), (0,), 2)
transpose((1, 2, 3, 2), (2, 3, 2, 3), (2, 1), (0, 1), (1, 1), (1, 0))
transpose((1, 1, 2, 2, 2), (1, 1, 2, 2, 2), (1, 2, 1), (0, 0, 0), (1, 1, 1), (0, 0, 0))
transpose((2, 3, 4), (2, 2, 3), (1,), (0,), (1,), (0,), label="conv.C4")
transpose((2, 3, 4), (3, 2, 3), (1,), (0,), (1,), (0,), 2, label="conv.C5")
transpose((2, 3, 4), (3, 2, 3), (0,), (0,), (1,), (0,), label="conv.C3")
transpose((2, 3, 1), (3, 2, 1), (1,), (3,), (1,), (0,), label="size.C1")
record("conv_transpose", [x, w], lambda: F.conv_transpose2d(t(x), t(w)).numpy(), "conv.C1", dims=[1, 0, 0, 1, 0, 1])
record("conv_transpose", [x, w[:3, :, :, 0]], lambda: F.conv_transpose1d(t(x), t(w[:3, :, :, 0]), stride=(1, 1)).numpy(), "conv.C2",
       dims=[1, 1, 0, 0, 1, 0, 1])

for shape, window, strides, pads in (((1, 2, 5), (2,), (2,), (0,)), ((2, 1, 6), (3,), (2,), (1,)), ((1, 1, 7), (2,), (3,), (0,)), ((1, 1, 5), (3,), (3,), (1,)),
                                     ((1, 2, 4, 5), (2, 3), (2, 2), (1, 0)), ((2, 1, 3, 3), (2, 2), (1, 1), (0, 0)), ((1, 1, 3, 4, 3), (2, 2, 2), (1, 2, 2), (0, 1, 1)),
                                     ((1, 1, 6), (2,), (2,), (1,)), ((1, 1, 4), (4,), (3,), (2,)), ((1, 1, 2), (1,), (4,), (0,))):
    k = len(window)
    for ceil in (False, True):
        x = values(shape, "float64")
        dims = tuples(window, strides, both(pads))
        record("max_pool", [x], lambda: MAX[k - 1](t(x), window, strides, pads, ceil_mode=ceil).numpy(), dims=dims, flags=[ceil])
        for counted in (True, False):
            record("avg_pool", [x], lambda: AVG[k - 1](t(x), window, strides, pads, ceil, counted).numpy(), dims=dims, flags=[ceil, counted])
x = values((1, 1, 4), "float64")
x[0, 0, 1] = np.nan
record("max_pool", [x], lambda: F.max_pool1d(t(x), 2).numpy(), dims=[2, 2, 0, 0], flags=[False])
for name, real in (("max_pool", F.max_pool2d), ("avg_pool", F.avg_pool2d)):
    small = values((1, 2, 3), "float64")
    record(name, [small], lambda: real(t(small), (3, 1)).numpy(), "pool.C3", dims=[3, 1, 3, 1, 0, 0, 0, 0], flags=[False, True])
    record(name, [small], lambda: real(t(small), (0, 1)).numpy(), "pool.C2", dims=[0, 1, 1, 1, 0, 0, 0, 0], flags=[False, True])
    record(name, [small], lambda: real(t(small), 1, 1, 2).numpy(), "pool.C4", dims=[1, 1, 1, 1, 2, 2, 2, 2], flags=[False, True])
    record(name, [small], lambda: real(t(small), (2, 2, 2)).numpy(), "pool.C1", dims=[2, 2, 2, 0, 0], flags=[False, True])

for shape, sizes in (((2, 3, 7), (3,)), ((1, 2, 5, 4), (2, 3)), ((1, 1, 3, 2, 5), (2, 1, 4)), ((1, 1, 2), (5,)), ((1, 1, 4), (1,))):
    x = values(shape, "float64")
    record("adaptive_avg_pool", [x], lambda: ADAPTIVE[len(sizes) - 1](t(x), sizes).numpy(), dims=list(sizes))
    record("adaptive_max_pool", [x], lambda: ADAPTIVE_MAX[len(sizes) - 1](t(x), sizes).numpy(), dims=list(sizes))
x = values((2,), "float64")
record("adaptive_max_pool", [x], lambda: F.adaptive_max_pool2d(t(x), (1, 1)).numpy(), "pool.C1", dims=[1, 1])
record("adaptive_max_pool", [x], lambda: F.adaptive_max_pool1d(t(x[None]), -1).numpy(), "size.C1", dims=[-1])
record("adaptive_avg_pool", [x], lambda: F.adaptive_avg_pool2d(t(x), (1, 1)).numpy(), "pool.C1", dims=[1, 1])
record("adaptive_avg_pool", [x], lambda: F.adaptive_avg_pool1d(t(x[None]), -1).numpy(), "size.C1", dims=[-1])

LINEAR = ["linear", "bilinear", "trilinear"]
for shape, sizes in (((1, 2, 4), (7,)), ((2, 1, 5), (2,)), ((1, 2, 3, 4), (5, 2)), ((1, 1, 2, 2), (4, 6)), ((1, 1, 2, 3, 2), (3, 2, 5)), ((1, 1, 1), (3,)), ((1, 1, 4), (1,)),
                     ((1, 1, 3), (3,)), ((1, 1, 7), (3,))):
    x = values(shape, "float64")
    for mode in ("nearest", "nearest-exact"):
        record("interpolate", [x], lambda: F.interpolate(t(x), sizes, mode=mode).numpy(), dims=list(sizes), texts=[mode], flags=[False])
    for align in (False, True):
        mode = LINEAR[len(sizes) - 1]
        record("interpolate", [x], lambda: F.interpolate(t(x), sizes, mode=mode, align_corners=align).numpy(), dims=list(sizes), texts=[mode], flags=[align])
for shape, sizes in (((1, 2, 4, 3), (7, 5)), ((2, 1, 5, 5), (2, 3)), ((1, 1, 1, 2), (3, 1)), ((1, 1, 3, 4), (3, 4))):
    x = values(shape, "float64")
    for align in (False, True):
        record("interpolate", [x], lambda: F.interpolate(t(x), sizes, mode="bicubic", align_corners=align).numpy(), dims=list(sizes),
               texts=["bicubic"], flags=[align])
for shape, scales in (((1, 1, 5), (1.5,)), ((1, 2, 3, 4), (1.7, 0.6)), ((1, 1, 3, 2, 5), (1.7, 2.5, 0.7)), ((1, 1, 7), (1.1,))):
    x = values(shape, "float64")
    sizes = [int(n * scale) for n, scale in zip(shape[2:], scales)]
    for mode in ["nearest", "nearest-exact", LINEAR[len(sizes) - 1]] + (["bicubic"] if len(sizes) == 2 else []):
        record("interpolate", [x], lambda: F.interpolate(t(x), scale_factor=scales, mode=mode).numpy(), dims=sizes, texts=[mode],
               flags=[False], numbers=list(scales))
x = values((1, 1, 3), "float64")
for sizes, mode, label in (((2, 2), "nearest", "interpolate.C1"), ((0,), "nearest", "interpolate.C2"), ((2,), "cubic", "mode.C1")):
    record("interpolate", [x], lambda: F.interpolate(t(x), sizes, mode=mode).numpy(), label, dims=list(sizes), texts=[mode], flags=[False])

x = values((2, 2), "float64")
record("cdist", [x, x], lambda: torch.cdist(t(x), t(x), p=-1).numpy(), "cdist.C3", numbers=[-1])


def ctc(steps, labels, lengths, text_lengths, classes=4, blank=0, label=None):
    probs = np.log(np.abs(values((steps, len(lengths), classes), "float64")) + 0.1)
    targets = np.asarray(labels, "int64")
    lengths, text_lengths = np.asarray(lengths, "int64"), np.asarray(text_lengths, "int64")
    record("ctc", [probs, targets, lengths, text_lengths],
           lambda: F.ctc_loss(t(probs), t(targets), t(lengths), t(text_lengths), blank, "none").numpy(), label, dims=[blank])


ctc(5, [[1, 2, 3], [2, 2, 0]], [5, 4], [3, 2])
ctc(6, [[1, 1, 1], [3, 2, 1]], [6, 6], [3, 0])
ctc(3, [[1, 1, 1], [3, 2, 1]], [3, 2], [3, 2])  # too few steps for the first
ctc(4, [[0, 3], [1, 3]], [4, 3], [2, 1], blank=2)
ctc(4, [[0, 1]], [4], [2], blank=3)
ctc(3, np.zeros((0, 2)), [], [])
ctc(3, [[1, 2]], [3, 3], [2, 2], label="ctc.C2")
for lengths, texts, blank, label in (([4], [2], 0, "kernel.length"), ([3], [3], 0, "kernel.length"), ([3], [2], 4, "kernel.index")):
    shape_only("ctc", [np.zeros((3, 1, 4)), np.ones((1, 2), "int64"), np.asarray(lengths), np.asarray(texts)], (1,), label, dims=[blank])
x = values((3, 2), "float64")
record("ctc", [x, np.ones((2, 1), "int64"), np.ones(2, "int64"), np.ones(2, "int64")],
       lambda: F.ctc_loss(t(x), t(np.ones((2, 1), "int64")), t(np.ones(2, "int64")), t(np.ones(2, "int64"))).numpy(), "ctc.C1", dims=[0])

write("ops_torch.json", {"torch": torch.__version__, "numpy": np.__version__})
