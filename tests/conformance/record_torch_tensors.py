"""Records torch's functions and tensor methods as torch_tensors.json: see torch_recorder.py for the form of a record."""
from torch_recorder import SPECIAL, Recorder

import torch

rec = Recorder()
f32 = torch.float32
rec.floats("s", ())
rec.floats("s2", ())
rec.floats("v3", (3,))
rec.floats("v4", (4,))
rec.floats("w4", (4,))
rec.floats("x34", (3, 4))
rec.floats("y34", (3, 4))
rec.floats("x31", (3, 1))
rec.floats("x14", (1, 4))
rec.floats("x234", (2, 3, 4))
rec.floats("y234", (2, 3, 4))
rec.floats("x245", (2, 4, 5))
rec.floats("x2134", (2, 1, 3, 4))
rec.floats("x45", (4, 5))
rec.floats("x33", (3, 3))
rec.floats("p34", (3, 4), 0.05, 0.95)
rec.floats("p4", (4,), 0.05, 0.95)
rec.floats("d34", (3, 4), dtype=torch.float64)
rec.floats("ds", (), dtype=torch.float64)
rec.floats("h34", (3, 4), dtype=torch.float16)
rec.ints("i34", (3, 4), -5, 6)
rec.ints("i32", (3, 4), -5, 6, torch.int32)
rec.ints("u8", (3, 4), 0, 9, torch.uint8)
rec.ints("is1", (), 2, 5)
rec.ints("iv", (5,), 0, 4)
rec.ints("lab", (3,), 0, 4)
rec.ints("g32", (3, 2), 0, 4)
rec.ints("g22", (2, 2), 0, 3)
rec.ints("g234", (2, 3, 4), 0, 3)
rec.bools("b34", (3, 4))
rec.bools("b4", (4,))
rec.bools("b31", (3, 1))
rec.input("edge", SPECIAL, f32)
rec.input("empty", torch.zeros(0, 4).numpy(), f32)
rec.input("e0", torch.zeros(0).numpy(), f32)
rec.input("ties", [[1, 3, 3, 2], [0, 0, 0, 0], [2, 1, 2, 1]], f32)
rec.input("nans", [[1, float("nan"), 3], [0, 2, float("inf")]], f32)
rec.input("spd", [[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]], f32)
rec.input("spd2", [[[4, 1], [1, 3]], [[2, 0.5], [0.5, 1]]], f32)
rec.input("tri", [[2, 0, 0], [1, 3, 0], [0.5, 0.2, 1.5]], f32)

# ---- one operand ---------------------------------------------------------------------------------------------------

UNARY = """abs absolute neg negative positive sign sgn exp exp2 expm1 log log1p log2 log10 sqrt rsqrt square reciprocal sin cos
    tan asin arcsin acos arccos atan arctan sinh cosh tanh asinh acosh atanh sigmoid erf erfc erfinv lgamma digamma floor
    ceil trunc fix round frac isnan isinf isfinite logical_not sinc rad2deg deg2rad isposinf isneginf isreal
    nan_to_num signbit relu""".split()
# No finite numbers to compare at the poles, or a result that is above what float32 rounds alike everywhere.
EDGES_DIFFER = {"digamma", "lgamma", "tan", "exp2", "frac", "sinc", "signbit", "sin", "cos"}
for name in UNARY:
    rec(f"torch.{name}(x34)")
    rec(f"x234.{name}()")
    rec(f"torch.{name}(s)")
    rec(f"torch.{name}(i34)")
    if name not in EDGES_DIFFER:
        rec(f"torch.{name}(edge)")
    if name not in ("positive", "isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "signbit"):
        rec(f"y = x34.clone()\ny.{name}_()\ny")
rec("torch.exp(2.0)")
rec("torch.abs([1, 2])")
rec("torch.round(x34, decimals=1)")
rec("torch.logit(p34)")
rec("torch.logit(x34, eps=0.1)")
rec("torch.bitwise_not(i34)")
rec("torch.bitwise_not(b34)")
rec("torch.mvlgamma(torch.abs(x34) + 2, 2)")
rec("torch.polygamma(0, p34)")
rec("x34.nan_to_num(0.5)")
rec("nans.nan_to_num(nan=1.0, posinf=2.0, neginf=3.0)")
rec("torch.exp(x34, out=torch.zeros(3, 4))")

# ---- pairs ---------------------------------------------------------------------------------------------------------

PAIRS = """add sub subtract mul multiply div divide true_divide floor_divide remainder fmod maximum minimum fmax fmin atan2
    arctan2 hypot logaddexp logaddexp2 eq ne not_equal lt less le less_equal gt greater ge greater_equal logical_and
    logical_or logical_xor isclose""".split()
TENSORS_ONLY = {"maximum", "minimum", "fmax", "fmin", "atan2", "arctan2", "hypot", "logaddexp", "logaddexp2", "isclose",
                "logical_and", "logical_or", "logical_xor"}
for name in PAIRS:
    rec(f"torch.{name}(x34, y34)")
    rec(f"x34.{name}(v4)")
    rec(f"torch.{name}(x31, x14)")
    rec(f"torch.{name}(x34, s)")
    rec(f"torch.{name}(x34, v3)")
    if name not in ("logaddexp", "logaddexp2", "isclose", "hypot", "fmod", "remainder"):
        rec(f"torch.{name}(x34, i34)")
    if name not in TENSORS_ONLY:
        rec(f"x34.{name}(1.5)")
        rec(f"torch.{name}(i34, 2)")
rec("torch.add(x34, y34, alpha=0.5)")
rec("torch.sub(x34, 2, alpha=3)")
rec("torch.rsub(x34, y34)")
rec("torch.rsub(x34, 1.0, alpha=2)")
rec("torch.div(x34, y34, rounding_mode='floor')")
rec("torch.div(x34, y34, rounding_mode='trunc')")
rec("torch.div(i34, 2, rounding_mode='floor')")
rec("torch.div(i34, 2, rounding_mode='trunc')")
rec("torch.div(i34, 3)")
rec("torch.pow(p34, 2)")
rec("torch.pow(p34, y34)")
rec("torch.pow(2, x34)")
rec("torch.pow(2.5, x34)")
rec("torch.pow(i34, 2)")
rec("torch.pow(x34, 0.5)")
rec("x34.pow(3)")
rec("p34.pow(-1.5)")
rec("torch.float_power(x34, 2)")
rec("torch.xlogy(p34, p34)")
rec("torch.xlogy(torch.zeros(3, 4), x34)")
rec("torch.copysign(x34, y34)")
rec("torch.heaviside(torch.tensor([-1.0, 0.0, 2.0]), torch.tensor(0.5))")
rec("torch.get_default_dtype()")
for program in ["torch.zeros(size=(2, 3))", "torch.ones(size=[2])", "x34.new_zeros(size=(2,))"]:
    rec(program)
for program in ["torch.empty(size=(2, 3))", "torch.randn(size=(2,))", "torch.rand(size=(2, 2))"]:
    rec(program, random=True)
rec("torch.clamp(x34, 0.0, 1.0)")
rec("torch.clamp(x34, min=-0.5)")
rec("torch.clamp(x34, max=0.5)")
rec("torch.clamp(x34)")
rec("torch.clamp(x34, 1.0, 0.0)")
rec("torch.clamp(i34, min=0)")
rec("torch.clamp(i34, 0, 2.5)")
rec("x34.clamp(min=v4)")
rec("torch.clamp(x34, y34, y34 + 0.5)")
rec("nans.clamp(0, 1)")
rec("x34.clip(-1, 1)")
rec("torch.clip(x34, max=0.3)")
rec("x34.clamp_min(0.1)")
rec("x34.clamp_max(0.1)")
rec("torch.clamp_min(x34, v4)")
rec("torch.lerp(x34, y34, 0.3)")
rec("torch.lerp(x34, y34, p34)")
rec("torch.addcmul(x34, y34, p34, value=0.5)")
rec("torch.addcmul(x34, x31, x14)")
rec("torch.addcdiv(x34, y34, p34, value=-1)")
rec("torch.bitwise_and(i34, 3)")
rec("torch.bitwise_and(b34, b4)")
rec("torch.bitwise_or(i34, i32)")
rec("torch.bitwise_xor(b34, b31)")
rec("torch.bitwise_left_shift(u8, 2)")
rec("x34 * torch.allclose(x34, x34 + 1e-9)")
rec("x34 * torch.allclose(x34, y34)")
rec("x34 * torch.equal(x34, x34)")
rec("torch.equal(x34, x14)")
rec("x34 * torch.equal(x34, y34)")
rec("torch.isclose(nans, nans, equal_nan=True)")
for program in ["x34 + s", "i34 + s", "x34 + ds", "i34 + ds", "d34 + s", "h34 + s", "h34 + ds", "x34 + is1", "u8 + is1", "i32 + is1",
                "b34 + is1", "i34 / i34", "i34 / 2", "i34 // 2", "i34 * 2", "i34 * 2.5", "u8 * 3", "b34 * 2", "b34 * 0.5",
                "x34 * b34", "1 - x34", "2 / p34", "x34 ** 2", "i34 ** 2", "2 ** x34", "-x34", "~b34", "b34 & b4", "b34 | b31",
                "x34 % 0.7", "i34 % 3", "x34 @ x45", "x34 == x34", "x34 > 0", "i34 > 0.5", "s > ds", "s + ds", "is1 + s", "h34 * 2.0",
                "d34 + x34", "x34 + v3", "x34.mean() + d34", "x34 + d34.mean()", "torch.tensor(1.5) * i34",
                "torch.tensor(1.5, dtype=torch.float64) * x34", "h34 + x34", "x34 < s", "abs(x34)", "x34.sum() / 3"]:
    rec(program)

# ---- reductions ----------------------------------------------------------------------------------------------------

for name in ["sum", "mean", "nansum", "nanmean", "amax", "amin", "std", "var", "norm", "prod", "all", "any", "argmax", "argmin",
             "logsumexp", "max", "min", "median", "std_mean", "var_mean", "mode", "cumsum", "cumprod", "count_nonzero"]:
    arguments = ["dim=0", "dim=1", "dim=-1", "dim=-1, keepdim=True", "dim=1, keepdim=True", "1", "0, True", "dim=5"]
    if name in ("cumsum", "cumprod", "count_nonzero"):
        arguments = ["dim=0", "dim=-1", "1", "dim=5"]
    if name == "norm":
        arguments = ["dim=0", "dim=-1", "dim=-1, keepdim=True", "p=1, dim=1", "dim=5"]
    if name not in ("logsumexp", "mode", "cumsum", "cumprod"):
        arguments.append("")
    if name in ("std", "var", "std_mean", "var_mean"):
        arguments.remove("0, True")
        arguments += ["unbiased=False", "0, False", "dim=1, unbiased=False, keepdim=True", "False", "dim=(0, 2)"]
    if name in ("sum", "mean", "amax", "amin", "logsumexp", "norm", "nansum", "nanmean", "count_nonzero"):
        arguments += ["dim=(0, 2)", "dim=[1, 2]"]
        if name not in ("count_nonzero",):
            arguments += ["dim=(0, 2), keepdim=True"]
    for given in arguments:
        if name not in ("std_mean", "var_mean"):
            rec(f"x234.{name}({given})")
        rec(f"torch.{name}(y234{', ' if given else ''}{given})")
    rec(f"torch.{name}(s, dim=0)")
    rec(f"torch.{name}(s, dim=-1)")
    if name not in ("mode", "std", "var", "std_mean", "var_mean"):
        rec(f"torch.{name}(ties, dim=1)")
    if name not in ("norm", "median", "mode", "argmax", "argmin", "std_mean", "var_mean"):
        rec(f"torch.{name}(nans, dim=1)")
    rec(f"torch.{name}(i34, dim=1)")
    if name not in ("std_mean", "var_mean"):
        rec(f"torch.{name}(b34, dim=1)")
        rec(f"torch.{name}(u8, dim=1)")
rec("x34.sum(axis=1)")
rec("x34.mean(axis=0, keepdims=True)")
rec("torch.sum(x34, axis=(0, 1))")
rec("x34.sum(dim=())")
rec("x34.sum(0, keepdim=True)")
rec("x34.sum((0, 1), True)")
rec("x34.sum(dtype=torch.float64)")
rec("i34.sum(dtype=torch.float32)")
rec("i34.mean(dtype=torch.float32)")
rec("x34.prod(1)")
rec("i34.prod()")
rec("torch.max(x34, y34)")
rec("torch.min(x34, v4)")
rec("torch.max(x34, other=v4)")
rec("x34.max(1).values")
rec("x34.max(1).indices")
rec("x34.max(1)[0]")
rec("v, i = x34.max(dim=1)\nv - i")
rec("x34.max(dim=1, keepdim=True)[0]")
rec("torch.max(x34, axis=1)")
rec("torch.aminmax(x34)")
rec("torch.aminmax(x34, dim=1, keepdim=True)")
rec("x34.argmax(dim=1)")
rec("x34.argmax(1, keepdim=True)")
rec("empty.sum()")
rec("empty.mean()")
rec("empty.max()")
rec("empty.sum(0)")
rec("empty.prod()")
rec("empty.amax(0)")
rec("v4.var(unbiased=True)")
rec("x34.var(dim=1, correction=0)")
rec("x34.std(dim=(0, 1), keepdim=True)")
rec("torch.std(torch.tensor([1.5]))")
rec("torch.norm(x34)")
rec("torch.norm(x34, 1)")
rec("torch.norm(x34, p=float('inf'))")
rec("torch.norm(x34, p=float('-inf'), dim=0)")
rec("torch.norm(x34, p=0)")
rec("torch.norm(x34, p=3, dim=1)")
rec("x34.norm(2)")
rec("x34.norm(p=2, dim=1, keepdim=True)")
rec("x34.norm(dim=(0, 1))")
rec("x234.norm(2, -1)")
rec("torch.dist(x34, y34)")
rec("torch.dist(x34, v4, 1)")
rec("torch.kthvalue(x34, 2)")
rec("x34.kthvalue(1, dim=0, keepdim=True)")
rec("torch.quantile(x34, 0.3)")
rec("torch.quantile(x34, 0.5, dim=1)")
rec("torch.quantile(x34, 0.5, dim=1, keepdim=True)")
rec("torch.quantile(x34, torch.tensor([0.1, 0.6]), dim=0)")
rec("torch.trace(x33)")
rec("torch.trace(x34)")
rec("torch.trace(v3)")
rec("torch.logcumsumexp(x34, 1)")
rec("torch.cummax(x34, 1)")
rec("torch.cummin(ties, dim=1)")
rec("x34.cumsum(-1)")
rec("i32.cumsum(0)")

# ---- shapes --------------------------------------------------------------------------------------------------------

for program in """x234.view(2, 12)|x234.view(-1)|x234.view(2, -1)|x234.view((6, 4))|x234.view([6, -1])|x234.view(x34.size())|x234.view(5, -1)
x234.view(-1, -1)|x234.view(size=(24,))|x234.reshape(6, 4)|x234.reshape((4, 6))|torch.reshape(x234, (3, 8))|x234.reshape(-1, 4)|x234.reshape(7)
s.view(1)|s.reshape(1, 1)|v3.view(())|x14[0, :1].view(())|x234.view_as(x245[:, :3, :4])|x34.reshape_as(x34.t())
x234.permute(2, 0, 1)|x234.permute((0, 2, 1))|torch.permute(x234, (1, 0, 2))|x234.permute(0, 1)|x234.permute(0, 0, 1)|x234.permute(0, -1, 1)
x234.transpose(0, 1)|x234.transpose(-1, -2)|torch.transpose(x234, 0, 2)|x234.transpose(0, 3)|x234.swapaxes(0, 1)|torch.swapdims(x234, 1, 2)
x34.t()|torch.t(v3)|x234.t()|s.t()|x34.T|x234.mT|x34.mT|v3.mT|x34.H|x234.mH|v3.T|x234.adjoint()
torch.movedim(x234, 0, 2)|x234.movedim(-1, 0)|torch.moveaxis(x234, (0, 1), (1, 2))|torch.movedim(x2134, (0, 3), (-1, 0))
x34.unsqueeze(0)|x34.unsqueeze(-1)|torch.unsqueeze(x34, 1)|x34.unsqueeze(3)|x34.unsqueeze(-4)|s.unsqueeze(0)|x34.unsqueeze(dim=2)
x2134.squeeze()|x2134.squeeze(1)|x2134.squeeze(0)|torch.squeeze(x2134, -3)|x31.squeeze(-1)|x34.squeeze(2)|s.squeeze()|s.squeeze(0)|x2134.squeeze(dim=1)
x234.flatten()|x234.flatten(1)|torch.flatten(x234, 0, 1)|x234.flatten(start_dim=1)|s.flatten()|x234.flatten(1, 0)|x2134.flatten(2)|x234.flatten(5)
x34.unflatten(1, (2, 2))|x234.unflatten(-1, (2, -1))|x234.ravel()|torch.ravel(x34)
x31.expand(3, 4)|x31.expand(-1, 4)|x31.expand(2, 3, 4)|x31.expand((3, 5))|x34.expand(3, 5)|x31.expand(4)|s.expand(2, 3)|x31.expand(2, -1, 4)|x14.expand_as(x34)
x34.expand_as(x234)|torch.broadcast_to(x14, (3, 4))|v4.expand(3, -1)
x34.repeat(2, 1)|x34.repeat(2, 1, 1)|x34.repeat((1, 2))|v4.repeat(3)|x34.repeat(2)|torch.tile(x34, (2,))|x34.tile(2, 1)|torch.tile(v4, (2, 2))
x34.repeat_interleave(2, dim=0)|torch.repeat_interleave(x34, 2)|x34.repeat_interleave(3, 1)
torch.narrow(x34, 1, 1, 2)|x34.narrow(0, 0, 2)|x34.narrow(0, 2, 2)|x34.select(1, 2)|x34.select(0, -1)|torch.select(x34, 1, 4)
torch.flip(x34, [0])|x34.flip(0, 1)|x34.flip(-1)|x34.flip([1])|torch.fliplr(x34)|torch.flipud(x34)|torch.rot90(x34)|torch.rot90(x34, 3)|torch.rot90(x34, 2)|torch.rot90(x234, 1, [1, 2])
torch.roll(x34, 1)|torch.roll(x34, 1, 0)|x34.roll((1, 2), (0, 1))|x34.roll(-1, dims=1)
torch.tril(x34)|x34.triu(1)|x234.tril(-1)|torch.triu(x33)|torch.triu(v3)
torch.diag(x33)|torch.diag(v3)|x34.diag(1)|torch.diag(v3, -1)|torch.diag(x234)|torch.diagonal(x234)|x234.diagonal(dim1=-2, dim2=-1)|x34.diagonal(1)|x34.diagonal(-1)
torch.diag_embed(x34)|torch.diag_embed(x34, 1)|torch.diag_embed(v3, -2)|torch.diagflat(x34[:2, :2])|torch.vander(v3)|torch.vander(v3, 2, increasing=True)|torch.diag_embed(x34, dim1=0, dim2=2)
v4.unfold(0, 2, 1)|x34.unfold(1, 2, 2)|x245.unfold(2, 3, 1)|x34.sum_to_size(1, 4)|x234.sum_to_size(3, 1)""".replace("\n", "|").split("|"):
    rec(program)

for program in """x34.size()|x34.size(0)|x34.size(-1)|x34.size(dim=1)|x34.size(2)|x34.shape|tuple(x34.shape)|x34.shape[1]|x34.dim()|x34.ndim|x34.ndimension()|s.dim()
x34.numel()|torch.numel(x234)|x34.nelement()|len(x34)|x34.is_floating_point()|i34.is_floating_point()|torch.is_floating_point(d34)|x34.dtype == torch.float32|i34.dtype
x34.is_cuda|x34.element_size()|torch.is_tensor(x34)|torch.is_tensor(3)|isinstance(x34, torch.Tensor)|x34.is_complex()|x34.device.type|s.item()|x34 * is1.item()|v3.item()
v3.tolist()|torch.tensor(i34.tolist())|s.tolist()|x34.is_contiguous()|x34.shape.numel()|i34.type()|x34.type()|torch.Size([2, 3])|x34 * torch.is_nonzero(s)|b34.dtype.is_floating_point
torch.float32.is_floating_point|torch.finfo(torch.float32).eps|torch.finfo(torch.float16).max|torch.finfo(x34.dtype).min|torch.finfo().tiny|torch.iinfo(torch.int32).max""".replace("\n", "|").split("|"):
    rec(program)

# ---- joining and cutting -------------------------------------------------------------------------------------------

for program in """torch.cat([x34, y34])|torch.cat((x34, x31), 1)|torch.cat([x34, y34], dim=-1)|torch.cat([x34, v4])|torch.cat([x34, x31])|torch.cat([])|torch.cat([e0, x34], dim=1)|torch.cat([x34, i34])|torch.cat([x34, d34], axis=0)
torch.concat([v4, v3])|torch.stack([x34, y34])|torch.stack([x34, y34], dim=1)|torch.stack((v4, w4), -1)|torch.stack([v3, v4])|torch.stack([s, s2])|torch.stack([x34, v4])|torch.stack([x31, x14])
torch.hstack([v3, v4])|torch.hstack([x34, x31])|torch.vstack([v4, x34])|torch.dstack([v4, w4])|torch.dstack([x34, y34])|torch.column_stack([v4, w4])|torch.column_stack([v3, x34])|torch.hstack([s, s2])|torch.block_diag(x34, x33)|torch.block_diag(v3, s)
torch.split(x45, 2)|x45.split(2)|x45.split([1, 3])|x45.split([1, 2])|torch.split(x45, [2, 3], dim=1)|x45.split(7)|x234.split(1, dim=1)|torch.chunk(x45, 2)|x45.chunk(2, dim=1)|x45.chunk(3, 1)|x45.chunk(7, 0)|x34.chunk(2, -1)
torch.tensor_split(x45, 3)|x45.tensor_split((1, 3), dim=1)|torch.hsplit(x45, (2,))|torch.vsplit(x45, 2)|torch.unbind(x34)|x34.unbind(1)|x234.unbind(dim=-1)|list(x34)
torch.meshgrid(v3, v4)|torch.meshgrid(v3, v4, indexing='xy')|torch.meshgrid([v3, v4], indexing='ij')|torch.broadcast_tensors(x31, x14)|torch.broadcast_shapes((3, 1), (1, 4))|torch.broadcast_tensors(x34, v3)
torch.atleast_1d(s)|torch.atleast_2d(v3)|torch.atleast_3d(x34)|torch.atleast_2d(s, v3)|torch.cartesian_prod(v3, v4)""".replace("\n", "|").split("|"):
    rec(program)

# ---- creation ------------------------------------------------------------------------------------------------------

for program in """torch.zeros(2, 3)|torch.zeros((2, 3))|torch.zeros([])|torch.zeros(2, 3, dtype=torch.int64)|torch.ones(3)|torch.ones((1,), device='cpu')|torch.full((2, 2), 0.5)|torch.full((2,), 3)|torch.full((2,), True)|torch.full((2,), 3, dtype=torch.float32)
torch.zeros(x34.shape)|torch.zeros(x34.size(0), 2)|torch.zeros_like(x34)|torch.zeros_like(i34)|torch.zeros_like(i34, dtype=torch.float32)|torch.ones_like(b34)|torch.full_like(x34, 2)|torch.full_like(i34, 2)|torch.eye(3)|torch.eye(2, 3)|torch.eye(3, dtype=torch.bool)
torch.tensor(1)|torch.tensor(1.5)|torch.tensor(True)|torch.tensor([1, 2])|torch.tensor([1.0, 2.0])|torch.tensor([[1, 2], [3, 4]])|torch.tensor([True, False])|torch.tensor([1, 2.5])|torch.tensor([])|torch.tensor(x34)|torch.tensor(2, dtype=torch.float32)
torch.tensor([1, 2], dtype=torch.float64)|torch.as_tensor([1, 2])|torch.as_tensor(x34, dtype=torch.int64)|torch.as_tensor(2.0)|torch.tensor((1, 2))|torch.tensor([[]])|torch.scalar_tensor(3)|torch.asarray([1.0])
torch.arange(5)|torch.arange(1, 5)|torch.arange(0, 10, 3)|torch.arange(0, 1, 0.25)|torch.arange(5.0)|torch.arange(5, 0, -2)|torch.arange(3, dtype=torch.float32)|torch.arange(0)|torch.arange(1, 2.5, 0.5)|torch.range(1, 3)|torch.linspace(0, 1, 5)|torch.linspace(-1, 1, steps=4)|torch.linspace(2, 3, 1)
torch.logspace(0, 2, 3)|torch.logspace(0, 3, 4, base=2.0)|x34.new_zeros(2, 2)|i34.new_zeros((3,))|x34.new_ones(2)|x34.new_full((2, 2), 3)|d34.new_tensor([1, 2])|i34.new_tensor(2)|x34.new_zeros(2, dtype=torch.bool)|i34.new_full((1,), 2)
torch.Tensor([1, 2])|torch.FloatTensor([1, 2])|torch.LongTensor([1, 2])|torch.BoolTensor([True, False])|torch.Tensor([[1, 2], [3, 4]])|torch.hann_window(6)|torch.hann_window(5, periodic=False)|torch.hamming_window(6)|torch.blackman_window(6)|torch.bartlett_window(6)
torch.tril_indices(3, 3)|torch.triu_indices(3, 3, 1)|torch.tril_indices(3, 4)|torch.triu_indices(2, 4, offset=1)|torch.tril_indices(4, 4, -1)""".replace("\n", "|").split("|"):
    rec(program)
for program in """torch.rand(2, 3)|torch.randn(4)|torch.randn((2, 2), dtype=torch.float64)|torch.rand_like(x34)|torch.randn_like(d34)|torch.randint(5, (2, 3))|torch.randint(1, 5, (3,))|torch.randint(0, 2, (2,), dtype=torch.float32)|torch.randperm(5)
torch.normal(x34, 1.0)|torch.normal(0.0, 1.0, (2, 3))|torch.normal(x31, p4)|torch.bernoulli(p34)|torch.multinomial(p34, 2)|torch.multinomial(p4, 6, replacement=True)|torch.multinomial(p4, 6)|torch.multinomial(x234, 1)|torch.empty(2, 3)|torch.empty_like(x34)|x34.new_empty(2)|torch.poisson(p34)|torch.randint_like(x34, 5)
torch.Tensor(2, 3)|torch.empty(0)|x34.clone().normal_()|x34.clone().uniform_(-1, 1)|x34.clone().bernoulli_(0.3)|p34.bernoulli()|torch.Tensor()|torch.Tensor(3)|p34.multinomial(1)""".replace("\n", "|").split("|"):
    rec(program, random=True)

# ---- picking and putting -------------------------------------------------------------------------------------------

for program in """torch.where(b34, x34, y34)|torch.where(b34, x34, 0.0)|torch.where(b34, 1.0, 0.0)|torch.where(b31, x34, v4)|torch.where(b34, x34, v3)|torch.where(b34)|x34.where(b34, y34)|torch.where(x34 > 0, x34, torch.zeros_like(x34))|torch.where(b34, x34, s)|torch.where(b34, i34, 0)|torch.where(b34, x34, i34)
torch.nonzero(b34)|b34.nonzero()|torch.nonzero(b34, as_tuple=True)|b34.nonzero(as_tuple=False)|torch.argwhere(i34)|torch.nonzero(s)|b4.nonzero().squeeze(1)|b4.nonzero(as_tuple=True)[0]
torch.gather(x34, 1, g32)|x34.gather(1, lab.unsqueeze(1))|x34.gather(1, lab.view(-1, 1)).squeeze(1)|x34.gather(dim=1, index=g32)|x34.gather(1, g22)|x34.gather(0, g22)|x34.gather(1, lab)|x14.gather(1, g32)|x234.gather(1, g234)|v4.gather(0, iv)|x34.gather(-1, g32)|x34.gather(1, g32 + 4)
torch.take_along_dim(x34, g32, dim=1)|torch.take_along_dim(x34, iv)|torch.take(x34, g32)|x34.take(iv)|torch.index_select(x34, 1, iv)|x34.index_select(0, g22[0])|x34.index_select(1, g32)|x34.index_select(0, iv + 3)
torch.masked_select(x34, b34)|x34.masked_select(b4)|x34.masked_select(b31)|x34.masked_fill(b34, 0.5)|x34.masked_fill(b4, -1)|torch.masked_fill(x34, b31, s)|v4.masked_fill(b34, 0.0)|i34.masked_fill(b34, 2)|x34.masked_fill(b34, v4)|x34.masked_scatter(b34, y34)
torch.zeros(3, 4).scatter(1, lab.unsqueeze(1), 1.0)|torch.zeros(3, 4).scatter_(1, lab.unsqueeze(1), 1)|torch.zeros(3, 4).scatter_(1, g32, x34)|torch.zeros(3, 4).scatter(1, g32, x34[:, :2])|torch.zeros(4, 4).scatter(1, g32, 2.0)|torch.zeros(3, 4).scatter(1, lab, 1.0)|torch.zeros(3, 4).scatter_(1, g32, x31)
torch.zeros(3, 4).scatter_add(1, g32, x34)|torch.zeros(4).scatter_add_(0, iv, torch.ones(5))|torch.zeros(4).index_add(0, iv, torch.ones(5))|torch.zeros(4, 2).index_add_(0, iv, torch.ones(5, 2))|x34.index_copy(0, torch.tensor([2, 0]), y34[:2])|x34.index_fill(1, torch.tensor([0, 2]), -1.0)|torch.zeros(3, 4).scatter(1, g32, x34, reduce='add')
torch.zeros(2, 4).scatter_(1, g32, 1.0)|x34.scatter_reduce(1, g32, y34, 'sum')|torch.searchsorted(torch.tensor([1.0, 2.0, 3.0]), x34)|torch.bucketize(x34, torch.tensor([-1.0, 0.0, 1.0]))|torch.bucketize(x34, torch.tensor([-1.0, 0.0, 1.0]), right=True)
torch.sort(x34)|x34.sort(dim=0, descending=True)|x34.sort(1)[0]|ties.sort(dim=1, stable=True)|x34.argsort(dim=1)|torch.argsort(x34, 0, descending=True)|torch.topk(x34, 2)|x34.topk(2, dim=0)|x34.topk(1, 1, largest=False)|x34.topk(5)|x34.topk(2, dim=1).indices|torch.msort(x34)|torch.sort(s)|values, idx = torch.sort(x34, dim=1)
torch.unique(iv)|torch.unique(iv, return_counts=True)|torch.unique(g32, return_inverse=True)|iv.unique(return_inverse=True, return_counts=True)|torch.unique_consecutive(torch.tensor([1, 1, 2, 2, 1]))|torch.unique_consecutive(torch.tensor([1, 1, 2]), return_counts=True)|torch.bincount(iv)|torch.bincount(iv, minlength=8)|torch.bincount(iv, weights=torch.ones(5))|torch.histc(x34, bins=4)|torch.histc(x34, bins=5, min=-1, max=1)
torch.isin(iv, torch.tensor([1, 3]))|torch.isin(g32, torch.tensor([0]), invert=True)|torch.combinations(v4)|torch.combinations(v3, with_replacement=True)""".replace("\n", "|").split("|"):
    if "=" in program.split("(")[0]:
        program += "\nvalues"
    rec(program)

# ---- in place ------------------------------------------------------------------------------------------------------

for program in """y.add_(1)|y.add_(x31)|y.add_(x34, alpha=2)|y.sub_(v4)|y.mul_(2)|y.mul_(v3)|y.div_(2)|y.pow_(2)|y.clamp_(min=0)|y.clamp_(0, 1)|y.clamp_min_(0.1)|y.exp_()|y.fill_(3)|y.zero_()|y.copy_(x14)|y.copy_(v3)|y.masked_fill_(b34, 0)|y.masked_fill_(b4, 1.5)
y.fill_diagonal_(0)|y.scatter_(1, g32, 0.0)|y.scatter_(1, lab.unsqueeze(1), x34)|y.scatter_add_(1, g32, x34)|y.index_fill_(0, torch.tensor([1]), 0.0)|y.t_()|y.unsqueeze_(0)|y.abs_()|y.log_()|y.sqrt_()|y.neg_()|y.relu_()|y.sigmoid_()|y.tanh_()|y.lerp_(y34, 0.5)
y.addcmul_(y34, p34)|y.index_add_(0, torch.tensor([0, 0]), y34[:2])|y.tril_()|y.triu_(1)|y.add_(x234)|y.round_()|y.eq_(0)|y.cumsum_(1)|y.squeeze_()""".replace("\n", "|").split("|"):
    rec(f"y = x34.clone()\n{program}")
for program in ["y.t_()", "y.unsqueeze_(1)", "y.transpose_(0, 1)", "y.unsqueeze_(0)\ny.squeeze_()", "y.resize_(4, 3)", "z = y\ny.t_()\ny = z",
                "y.t_()\ny.add_(1)", "y = y[0]\ny.unsqueeze_(0)", "y.swapaxes_(0, 1)"]:
    rec(f"y = x34.clone()\n{program}\ny")
rec("y = i34.clone()\ny.add_(1)")
rec("y = i34.clone()\ny.masked_fill_(b34, 7)")
rec("x33.clone().fill_diagonal_(float('-inf'))")
rec("y = b34.clone()\ny.fill_diagonal_(False)")

# ---- dtypes --------------------------------------------------------------------------------------------------------

for program in """x34.to(torch.float64)|x34.to('cpu')|x34.to(i34)|x34.to(device='cpu', dtype=torch.int64)|x34.to(torch.device('cpu'), torch.float16)|x34.to(x34.device)|x34.to(dtype=torch.bool)|x34.float()|i34.float()|x34.long()|x34.int()|x34.double()|x34.half()|x34.bool()|u8.to(torch.int8)|x34.type(torch.int32)|x34.type('torch.DoubleTensor')|i34.type(torch.FloatTensor)|i34.type_as(x34)|b34.byte()
x34.short()|x34.char()|x34.bfloat16()|x34.cpu()|x34.detach()|x34.data|x34.clone()|x34.contiguous()|torch.clone(x34)|x34.requires_grad_(True).detach()|x34.detach().clone()|edge[:6].long()|x34.type(torch.LongTensor)|x34.to(torch.float32, non_blocking=True)|torch.detach(x34)|i34.double()|x34.to(x34.dtype)""".replace("\n", "|").split("|"):
    rec(program)

# ---- products ------------------------------------------------------------------------------------------------------

for program in """torch.matmul(x34, x45)|torch.matmul(x234, x45)|torch.matmul(v3, x34)|torch.matmul(x34, v4)|torch.matmul(v4, w4)|x234.matmul(x245)|torch.matmul(x34, x34)|torch.matmul(s, x34)|x34.matmul(y34.t())|torch.mm(x34, x45)|x34.mm(y34.t())|torch.mm(x234, x45)|torch.mm(x34, v4)|torch.bmm(x234, x245)|torch.bmm(x34, x45)|x234.bmm(y234.transpose(1, 2))
torch.mv(x34, v4)|x34.mv(v3)|torch.dot(v4, w4)|torch.dot(v3, v4)|torch.dot(x34, y34)|torch.vdot(v4, w4)|torch.inner(x34, v4)|torch.inner(v4, w4)|torch.inner(x34, y34)|torch.outer(v3, v4)|v3.ger(v4)|torch.outer(x34, v4)
torch.addmm(x34[:, :3], x34, y34.t())|torch.addmm(s, x34, x45, beta=0.5, alpha=2)|torch.addmv(v3, x34, v4)|torch.addr(x34, v3, v4)|torch.baddbmm(x234[:, :, :1], x234, x245)|torch.addbmm(x34[:, :1], x234, x245)|torch.chain_matmul(x34, x45, x45.t())|torch.matrix_power(x33, 2)|torch.matrix_power(spd, -1)|torch.matrix_power(x33, 0)
torch.addmm(0.5, s, 2, x34, x45)|torch.addmm(0.5, s, x34, x45)|x34[:, :3].addmm(0.5, 2, x34, y34.t())|x33.clone().addmm_(1, -2, x34, y34.t())|torch.addmv(0.5, v3, 2, x34, v4)|torch.addr(0.5, x34, 2, v3, v4)|torch.baddbmm(0.5, x234[:, :, :1], 2, x234, x245)|torch.addbmm(0.5, x34[:, :1], 2, x234, x245)|torch.add(x34, 2, y34)|x34.sub(2, v4)|torch.addcmul(x34, 2, y34, y34)|x34.clone().addcdiv_(-2, y34, v4)
torch.einsum('ij,jk->ik', x34, x45)|torch.einsum('bi,ci->bc', [x34, y34])|torch.einsum('bij,bjk', x234, x245)|torch.einsum('...i,...i->...', x234, y234)|torch.einsum('ii->i', x33)|torch.einsum('i,j', v3, v4)|torch.einsum('ij,kj->ik', x34, x45)|torch.tensordot(x34, x45, 1)|torch.tensordot(x234, x234, dims=([0, 2], [0, 2]))|torch.kron(x33, v3)|torch.kron(x34[:2, :2], x33)
torch.cross(x34[:, :3], y34[:, :3], dim=1)|torch.cross(v3, v3 + 1)|torch.cross(x33, x33 * 2)|torch.cdist(x34, y34)|torch.cdist(x234, y234)|torch.cdist(x34, y34, p=1)|torch.cdist(x34, y34, p=float('inf'))|torch.cdist(x34, x45)|torch.cdist(v3, v3)|torch.cdist(x34, x34 + 0, 3.0)|torch.cov(x34)|torch.corrcoef(x34)|torch.renorm(x34, 2, 0, 1.0)|torch.softmax(x34, 1)|torch.softmax(x34, dim=-1)|x234.softmax(1)|x34.log_softmax(-1)|torch.log_softmax(x34, dim=0, dtype=torch.float64)|torch.softmax(s, 0)
x34.inverse()|spd.inverse()|spd.det()|torch.det(spd2)|torch.logdet(spd)|spd.cholesky()|torch.cholesky(spd)|torch.inverse(spd2)|torch.det(x34)|torch.pdist(x34)""".replace("\n", "|").split("|"):
    rec(program)

# ---- sequences, copies with a part replaced, what is seldom used ----------------------------------------------------

for program in """torch.diff(x34)|x34.diff(n=2)|torch.diff(x34, dim=0)|torch.diff(v4, prepend=v3)|torch.diff(b34)|torch.trapezoid(x34)|torch.trapz(x34, v4)|torch.trapezoid(x34, dx=0.5, dim=0)|torch.cumulative_trapezoid(x34)|torch.nanmedian(nans)|torch.nanmedian(x34)|x34.index_put((torch.tensor([0, 2]),), s)|x34.index_put((torch.tensor([0, 2]), torch.tensor([1, 1])), v3[:2])
torch.select_scatter(x34, v4, 0, 1)|torch.slice_scatter(x34, torch.zeros(1, 4), 0, 1, 3, 2)|torch.ldexp(x34, i34)|torch.arcsinh(x34)|torch.arccosh(p34 + 1)|torch.arctanh(p34)|torch.is_same_size(x34, y34)|x34.is_signed()|x45.split_with_sizes([1, 3])|x45.hsplit((2,))|x45.vsplit(2)|x34 * s.is_nonzero()|x234.stride()|x34.stride(0)|spd.slogdet()|x33.matrix_exp()|tri.cholesky_inverse()|x34.cholesky_solve(tri)
x34.prelu(torch.tensor([0.25]))|x34.hardshrink(1.0)|torch.fill(x34, 2)|torch.result_type(x34, i34)|torch.promote_types(torch.int32, torch.float16)|torch.norm_except_dim(x234, 2, 0)|torch.relu_(x34.clone())|torch.sigmoid_(x34.clone())|torch.hardshrink(x34)|torch.cosine_similarity(x34, y34)|torch.pairwise_distance(x34, y34)|torch.conv1d(x245[:, :3], x234[:, :3, :2])|torch.selu(x34)|torch.celu(x34)""".replace("\n", "|").split("|"):
    rec(program)
for program in """x34.svd()|x34.qr()|x34.pinverse()|torch.as_strided(x34, (2, 2), (1, 2))|x34.as_strided((2, 2), (1, 2))|torch.kaiser_window(5)|torch.sparse_coo_tensor(torch.tensor([[0, 1], [1, 0]]), torch.ones(2), (2, 3)).to_dense()""".split("|"):
    rec(program, random=True)

# ---- operators on bits, elements of tensors that size others --------------------------------------------------------

for program in """i34 & 3|i34 & i32|3 & i34|b34 & b4|b34 & True|b34 & i34|i34 \| 1|i34 \| b34|b34 \| b31|i34 ^ 5|b34 ^ b31|b34 ^ True|~i34|~b34|~u8|u8 << 2|i34 >> 1|u8 >> u8|torch.logdet(x33)|torch.logdet(torch.zeros(2, 2))|torch.logdet(torch.tensor([[[2.0, 1], [0, 3]], [[1, 0], [0, -1]]]))|torch.arange(torch.tensor(4))|torch.arange(torch.tensor(1), torch.tensor(9), 3)|torch.arange(i34.abs().max())""".replace("\\|", "\0").split("|"):
    rec(program.replace("\0", "|"))
rec("y = x34.clone()\ny.data = torch.ones(2)\ny")
rec("y = x34.clone()\ny.requires_grad = True\ny * 2")

for inputs in ("nans", "x34", "ties"):
    for arguments in ("0.3", "0.5, dim=1", "0.7, 0, True", "0.5, keepdim=True", "torch.tensor([0.1, 0.6]), dim=0",
                      "torch.tensor(0.25), dim=-1"):
        rec(f"torch.nanquantile({inputs}, {arguments})")
rec("nans.nanquantile(0.3, dim=1)")
rec("torch.nanquantile(nans * float('nan'), 0.3, dim=1)")
rec("torch.nanquantile(v3, 0.5)")
rec("torch.nanquantile(s, 0.5)")
rec("torch.nanquantile(empty, 0.5, dim=1)")
rec("torch.nanquantile(empty, 0.5)")

# numpy's words for `dim` and `keepdim`. Python's own functions do not know them, such as torch.norm, split and unique, and
# those of nn.functional; nor do `dims`, as of flip and roll.
for program in """torch.softmax(x34, axis=1)|x34.softmax(axis=-1)|x34.log_softmax(axis=0)|torch.log_softmax(x34, axis=-1)|torch.softmax(x34)|x34.logsumexp(axis=0, keepdims=True)|torch.logsumexp(x234, axis=(0, 2))|torch.logsumexp(x34)|torch.topk(x34, 2, axis=0)|x34.topk(2, axis=-1)|torch.sort(x34, axis=0)|x34.sort(axis=0, descending=True)|torch.argsort(x34, axis=0)|x34.argsort(axis=1)
torch.unsqueeze(x34, axis=-1)|x34.unsqueeze(axis=0)|x34.clone().unsqueeze_(axis=1)|torch.unsqueeze(x34)|torch.squeeze(x31, axis=1)|x31.squeeze(axis=0)|x31.clone().squeeze_(axis=1)|torch.median(x34, axis=0)|x34.median(axis=1, keepdims=True)|torch.count_nonzero(i34, axis=1)|i34.count_nonzero(axis=(0, 1))|torch.diff(x34, axis=0)|x34.diff(axis=0)
torch.logcumsumexp(x34, axis=1)|x34.logcumsumexp(axis=0)|x34.cumsum(axis=0)|torch.cumprod(x34, axis=0)|torch.cumsum(x34)|torch.cummax(x34, axis=0)|x34.cummin(axis=1)|torch.cummin(x34)|torch.kthvalue(x34, 2, axis=0)|x34.kthvalue(1, axis=1, keepdims=True)|torch.mode(ties, axis=1)|ties.mode(axis=0, keepdims=True)|torch.quantile(x34, 0.5, axis=0)|x34.quantile(0.3, axis=1, keepdims=True)|torch.nanquantile(nans, 0.5, axis=1)|nans.nanquantile(0.5, axis=0, keepdims=True)
torch.aminmax(x34, axis=1)|x34.aminmax(axis=0, keepdims=True)|torch.var_mean(x34, axis=1)|torch.var_mean(x34, axis=0, keepdims=True)|torch.std_mean(x34, axis=1)|torch.std_mean(x34, dim=0, keepdims=True)|torch.index_select(x34, axis=1, index=lab)|x34.index_select(axis=0, index=g22[0])|torch.index_select(x34, axis=1)|torch.gather(x34, axis=1, index=g32)|x34.gather(axis=1, index=g32)|torch.gather(x34, index=g32)
torch.take_along_dim(x34, g32, axis=1)|x34.take_along_dim(g32, axis=1)|torch.scatter(x34, axis=1, index=g32, src=y34)|x34.scatter(axis=1, index=g32, value=0.5)|x34.clone().scatter_(axis=1, index=g32, value=0.5)|torch.scatter_add(x34, axis=1, index=g32, src=y34)|x34.clone().scatter_add_(axis=1, index=g32, src=y34)|x34.scatter_reduce(axis=1, index=g32, src=y34, reduce='sum')|x34.index_add(axis=1, index=g22[0], source=y34[:, :2])|x34.clone().index_add_(axis=1, index=g22[0], source=y34[:, :2])|x34.index_fill(axis=0, index=g22[0], value=2.0)|x34.index_copy(axis=0, index=torch.tensor([2, 0]), source=y34[:2])
torch.chunk(x34, 2, axis=1)|x34.chunk(2, axis=0)|torch.tensor_split(x34, 3, axis=1)|x34.tensor_split((1,), axis=0)|torch.split_with_sizes(x34, [1, 3], axis=1)|x34.split_with_sizes([1, 2], axis=0)|torch.unbind(x34, axis=1)|x34.unbind(axis=0)|torch.select(x34, axis=1, index=0)|x34.select(axis=0, index=-1)|torch.narrow(x34, axis=1, start=1, length=2)|x34.narrow(axis=0, start=0, length=1)|x34.narrow(axis=0, start=0)
torch.repeat_interleave(x34, 2, axis=1)|x34.repeat_interleave(3, axis=0)|torch.renorm(x34, 2, axis=0, maxnorm=1.0)|torch.cross(x33, x33 * x33, axis=1)|torch.trapezoid(x34, axis=0)|torch.trapz(x34, axis=0)|torch.cumulative_trapezoid(x34, axis=0)|torch.select_scatter(x34, v4, axis=0, index=1)|x34.size(axis=1)|x34.stride(axis=0)|torch.norm_except_dim(x234, 2, axis=1)|torch.cosine_similarity(x34, y34, axis=0)|F.cosine_similarity(x34, y34, axis=0)""".replace("\n", "|").split("|"):
    rec(program)

# Tensors made the old way; a torch.Size, which is the sizes, is not told from a tuple of whole numbers, which is the values.
for program in """x34.new(x34)|x34.new([2, 3])|x34.new((0.5, 3.0))|i34.new([1.5])|torch.Tensor([2, 3])|torch.FloatTensor((2.0, 3.0))|torch.Tensor(range(3))|torch.Tensor(x34)|torch.Tensor([])|x34.new()|torch.LongTensor([[1, 2], [3, 4]])|torch.tensor(x34.size())|torch.Tensor(list(x34.size()))""".split("|"):
    rec(program)
for program in """x34.new(2, 3)|x34.new(x34.size(0))|x34.new(size=(2, 3))|torch.Tensor(x34.shape[0], 2)|torch.Tensor(size=(2, 3))""".split("|"):
    rec(program, random=True)
for call in ("nanmedian(x34, 1)", "nanmedian(x34, axis=0, keepdims=True)", "nanmedian(nans, dim=1)", "nanmedian(nans, 0)", "nanmedian(x234, 1, True)",
             "nanmedian(s, 0)", "nanmedian(s)", "nanmedian(torch.full((2, 3), float('nan')), 1).values", "nanmedian(x34, 2)"):
    rec(f"torch.{call}")

rec.write("torch_tensors.json")
