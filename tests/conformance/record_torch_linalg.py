"""Records torch.linalg, torch.special, torch.fft and small modules as torch_linalg.json: see torch_recorder.py."""
from torch_recorder import SPECIAL, Recorder

import torch

rec = Recorder(20240301)
rec.floats("v3", (3,))
rec.floats("v4", (4,))
rec.floats("x34", (3, 4))
rec.floats("y34", (3, 4))
rec.floats("x33", (3, 3))
rec.floats("x234", (2, 3, 4))
rec.floats("x8", (2, 8))
rec.floats("p34", (3, 4), 0.05, 0.95)
rec.ints("i34", (3, 4), -5, 6)
rec.input("spd", [[4, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 2]], torch.float32)
rec.input("spd2", [[[4, 1], [1, 3]], [[2, 0.5], [0.5, 1]]], torch.float32)
rec.input("tri", [[2, 0, 0], [1, 3, 0], [0.5, 0.2, 1.5]], torch.float32)
rec.input("edge", SPECIAL, torch.float32)

VALUES = """torch.linalg.norm(x34)|torch.linalg.norm(x234)|torch.linalg.norm(x34, dim=1)|torch.linalg.norm(x34, ord=1, dim=0, keepdim=True)|torch.linalg.norm(x34, 'fro')|torch.linalg.norm(x34, 1)|torch.linalg.norm(v4, 3)|torch.linalg.norm(x34, float('inf'))|torch.linalg.norm(x234, 2)|torch.linalg.norm(x34, 'nuc')|torch.linalg.norm(x234, ord='fro', dim=(1, 2))|torch.linalg.norm(x234, dim=(0, 1), keepdim=True)|torch.linalg.norm(i34)|torch.linalg.norm(x34, 2)|torch.linalg.norm(x34, -1)
torch.linalg.vector_norm(x34)|torch.linalg.vector_norm(x34, 1, dim=1)|torch.linalg.vector_norm(x234, dim=(1, 2))|torch.linalg.vector_norm(x34, ord=float('inf'), dim=-1, keepdim=True)|torch.linalg.vector_norm(x34, 0)|torch.linalg.matrix_norm(x234)|torch.linalg.matrix_norm(x34, 1)|torch.linalg.matrix_norm(x234, 2)|torch.linalg.matrix_norm(x234, 'nuc')|torch.linalg.matrix_norm(x234, float('-inf'), keepdim=True)|torch.linalg.matrix_norm(v3)
torch.linalg.det(x33)|torch.linalg.slogdet(x33)|torch.linalg.slogdet(spd2).logabsdet|torch.linalg.inv(spd)|torch.linalg.inv(x34)|torch.linalg.inv_ex(spd)|torch.linalg.cholesky(spd)|torch.linalg.cholesky(spd2, upper=True)|torch.linalg.cholesky_ex(spd)|torch.linalg.svdvals(x34)|torch.linalg.eigvalsh(spd)|torch.linalg.solve(spd, v3)|torch.linalg.solve(spd, x34)|torch.linalg.solve(spd2, spd2)|torch.linalg.solve(spd, x34.T[:, :3], left=False)|torch.linalg.solve(spd, v4)
torch.linalg.solve_triangular(tri, x34, upper=False)|torch.linalg.solve_triangular(tri.T, x34, upper=True)|torch.linalg.solve_triangular(tri, x34, upper=False, unitriangular=True)|torch.linalg.matrix_power(x33, 3)|torch.linalg.matrix_power(spd, -2)|torch.linalg.matrix_rank(x34)|torch.linalg.matrix_rank(spd2)|torch.linalg.cond(spd)|torch.linalg.multi_dot([x34, y34.T, x33])|torch.linalg.matmul(x34, y34.T)|torch.linalg.cross(x33, spd)|torch.linalg.vecdot(x34, y34)|torch.linalg.vecdot(x34, y34, dim=0)|torch.linalg.diagonal(x234)|torch.linalg.vander(v3)|torch.linalg.vander(v3, N=2)|torch.linalg.matrix_exp(x33)|torch.matrix_exp(spd2)
torch.slogdet(spd)|torch.cholesky_inverse(tri)|torch.cholesky_solve(x34, tri)|torch.svd(x34).S|torch.triangular_solve(x34, tri, upper=False)[0]|torch.linalg.svd(x34).S|torch.linalg.eigh(spd).eigenvalues
torch.special.expit(x34)|torch.special.logit(p34)|torch.special.exp2(x34)|torch.special.expm1(x34)|torch.special.log1p(p34)|torch.special.erf(x34)|torch.special.erfc(x34)|torch.special.erfinv(p34)|torch.special.gammaln(p34)|torch.special.digamma(p34)|torch.special.psi(p34)|torch.special.multigammaln(p34 + 2, 2)|torch.special.entr(p34)|torch.special.entr(edge)|torch.special.ndtr(x34)|torch.special.ndtri(p34)|torch.special.log_ndtr(x34)|torch.special.xlogy(p34, 2.0)|torch.special.xlog1py(p34, p34)|torch.special.xlog1py(x34, 0.5)|torch.special.sinc(x34)|torch.special.round(x34)|torch.special.logsumexp(x34, 1)|torch.special.softmax(x34, 0)|torch.special.log_softmax(x34, 1)|torch.special.polygamma(0, p34)
torch.fft.fftfreq(5)|torch.fft.fftfreq(6, 0.5)|torch.fft.rfftfreq(6)|torch.fft.fftshift(x34)|torch.fft.ifftshift(x34)|torch.fft.fftshift(x234, dim=1)
torch.autograd.Variable(x34)|torch.utils.checkpoint.checkpoint(torch.exp, x34)|torch.jit.is_scripting()|torch.jit.annotate(int, 3)|torch.cuda.is_available()|torch.cuda.device_count()|torch.distributed.is_available()|torch.distributed.is_initialized()|torch.is_grad_enabled()|torch.overrides.has_torch_function((x34,))|torch.functional.norm(x34)|torch.functional.einsum('ij->j', x34)|torch.angle(x34)|torch.real(x34)|torch.jit.script_if_tracing(torch.exp)(x34)""".replace("\n", "|").split("|")
for program in VALUES:
    if "checkpoint" in program:
        program = "import torch.utils.checkpoint\n" + program
    rec(program)

# Complex results, signs that are not fixed, random numbers: the shapes alone. torch's complex dtypes are float32 here.
for program in """torch.linalg.svd(x34)[0]|torch.linalg.svd(x34)[2]|torch.linalg.svd(x234, full_matrices=False)[0]|torch.linalg.svd(x234, full_matrices=False).Vh|torch.linalg.eigh(spd).eigenvectors|torch.linalg.qr(x34)|torch.linalg.qr(x34.T)|torch.linalg.qr(x34.T, 'complete')|torch.linalg.pinv(x234)|torch.linalg.lstsq(x34.T, x34.T)[0]|torch.svd(x34)|torch.qr(x34)
torch.fft.fft(x8).real|torch.fft.rfft(x8).real|torch.fft.rfft(x8, n=6).real|torch.fft.irfft(x8)|torch.fft.irfft(x8, n=10)|torch.fft.fft2(x34).real|torch.fft.fftn(x234, dim=(0, 1)).real|torch.fft.rfft2(x34).real|torch.fft.rfftn(x234).real|torch.fft.irfft2(x34)|torch.fft.ifft(x8, dim=0).real|torch.fft.rfft(x8, dim=0).abs()|torch.fft.fft(x8, n=3, dim=0).real
torch.stft(x8, 4, return_complex=True).abs()|torch.stft(x8, 4, hop_length=2, return_complex=False)|torch.stft(x8[0], 4, hop_length=1, center=False, return_complex=True).abs()|torch.view_as_real(torch.view_as_complex(x8.view(2, 4, 2)))|torch.stft(x8, 4, onesided=False, return_complex=True).abs()""".replace("\n", "|").split("|"):
    rec(program, random=True)
rec("x = x34.clone().requires_grad_(True)\ny = (x * x).sum()\ntorch.autograd.grad(y, x)", random=True)
rec("x = x34.clone().requires_grad_(True)\ny = (x * x).sum()\ntorch.autograd.grad(outputs=y, inputs=[x], create_graph=True)[0]", random=True)
rec("with torch.no_grad():\n    y = x34 * 2\ny")
rec("with torch.enable_grad():\n    y = x34.exp()\ny")
rec("with torch.set_grad_enabled(False):\n    y = x34.exp()\ny")
rec("with torch.inference_mode():\n    y = x34.exp()\ny")
rec("@torch.no_grad()\ndef f(a):\n    return a + 1\nf(x34)")
rec("torch.manual_seed(0)\nx34 + 1")

# numpy's words for `dim` and `keepdim`.
for program in """torch.linalg.norm(x34, axis=1)|torch.linalg.norm(x34, 1, axis=0, keepdims=True)|torch.linalg.norm(x234, axis=(0, 1))|torch.linalg.vector_norm(x34, axis=-1, keepdims=True)|torch.linalg.matrix_norm(x234, axis=(0, 1))|torch.linalg.matrix_norm(x234, 1, keepdims=True)|torch.linalg.cross(x33, spd, axis=0)|torch.linalg.vecdot(x34, y34, axis=0)
torch.special.logsumexp(x34, axis=1, keepdims=True)|torch.special.softmax(x34, axis=0)|torch.special.log_softmax(x34, axis=1)|torch.fft.fftshift(x34, axis=0)|torch.fft.ifftshift(x34, axis=1)""".replace("\n", "|").split("|"):
    rec(program)
for program in """torch.fft.fft(x8, axis=0).real|torch.fft.rfft(x8, axis=0).abs()|torch.fft.irfft(x8, axis=1)|torch.fft.fftn(x234, axis=(0, 1)).real|torch.fft.rfft2(x234, axis=(0, 1)).real|torch.fft.irfft2(x234, axis=(1, 2))""".split("|"):
    rec(program, random=True)

rec.write("torch_linalg.json")
