"""Records the layers of torch.nn as torch_layers.json: see torch_recorder.py for the form of a record.

Layers with weights get them from the inputs, so that the numbers are the same everywhere; what stays random is recorded
as a shape.
"""
from torch_recorder import Recorder

import torch

rec = Recorder()
f32 = torch.float32
rec.floats("sx", ())
for name, shape in {"x3": (3,), "x4": (4,), "x6": (6,), "x34": (3, 4), "y34": (3, 4), "x36": (3, 6), "x234": (2, 3, 4), "x246": (2, 4, 6), "x46": (4, 6),
                    "x2455": (2, 4, 5, 5), "x2466": (2, 4, 6, 6), "x1435": (1, 4, 3, 5), "x455": (4, 5, 5), "x24333": (2, 4, 3, 3, 3), "x8345": (1, 8, 3, 4, 5),
                    "x2834": (2, 8, 3, 4), "x1111": (1, 1, 1, 1), "x24": (2, 4), "x14": (1, 4), "x234b": (2, 3, 4)}.items():
    rec.floats(name, shape)
rec.input("edge", [0, 1, -1, 0.5, -0.5, 30, -30, 90, -90, 1e-6, 2.9, 3, 3.1, -3, 6.5, -2.9], f32)
rec.input("empty", torch.zeros(0, 4).numpy(), f32)
rec.ints("ids", (2, 3), 0, 5)
rec.ints("ids3", (3,), 0, 5)
rec.input("beyond", [[0, 7]], torch.int64)


def weight(*shape):
    name = "w" + "_".join(map(str, shape))
    if name not in rec.pool:
        rec.floats(name, shape, -1.0, 1.0)
    return name


def layer(construct, parameters, *calls):
    """The layer with these parameters, called."""
    body = f"m = {construct}\n" + "".join(f"m.{name} = nn.Parameter({weight(*shape)})\n" for name, shape in parameters.items())
    for call in calls:
        rec(body + f"m({call})")


def plain(construct, *calls):
    for call in calls:
        rec(f"{construct}({call})")


# ---- activations ---------------------------------------------------------------------------------------------------

for name in ("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "hardtanh", "hardsigmoid", "hardswish", "hardshrink", "softshrink", "tanhshrink",
             "softsign", "softplus", "logsigmoid", "sigmoid", "tanh", "rrelu"):
    for x in ("x34", "edge", "sx", "empty"):
        rec(f"F.{name}({x})")
for call in ("leaky_relu(x34, 0.3)", "elu(x34, alpha=0.5)", "celu(x34, alpha=0.5)", "gelu(edge, approximate='tanh')", "gelu(x34, approximate='no such')", "hardtanh(x34, -0.5, 0.2)",
             "hardshrink(x34, 1.0)", "softshrink(x34, 1.0)", "softshrink(x34, -1.0)", "softplus(edge, beta=2.0)", "softplus(edge, 1, 5)", "threshold(x34, 0.5, 9.0)", "rrelu(x34, 0.1, 0.5)",
             "prelu(x34, x4)", "prelu(x34, x3)", "prelu(x34, x3[:1])", "prelu(x246, x4)", "prelu(x4, x3[:1])", "prelu(x4, x4)", "glu(x34)", "glu(x246, 1)", "glu(x3)", "glu(x34, dim=0)", "glu(sx)"):
    rec(f"F.{call}")
rec("F.rrelu(x34, training=True)", random=True)
for name in ("softmax", "log_softmax", "softmin"):
    for x in ("x34", "x4", "x234", "x2455", "sx"):
        rec(f"F.{name}({x})")
        rec(f"F.{name}({x}, dim=-1)")
        rec(f"F.{name}({x}, 1)")
    rec(f"F.{name}(x34, 0, dtype=torch.float64)")
    rec(f"F.{name}(empty, 0)")
rec("F.gumbel_softmax(x34)", random=True)
rec("F.gumbel_softmax(x34, tau=0.5, hard=True, dim=0)", random=True)
for construct in ("ReLU()", "ReLU(True)", "ReLU6()", "Sigmoid()", "Tanh()", "Threshold(0.1, 5)", "Hardtanh(-1, 0.5)", "Hardsigmoid()", "Hardswish()", "Hardshrink(0.3)", "Softshrink()",
                  "Tanhshrink()", "Softsign()", "Softplus(beta=2)", "LogSigmoid()", "ELU(0.5)", "CELU(0.5)", "SELU()", "GELU()", "SiLU()", "Mish()", "LeakyReLU(0.2)", "GLU(0)", "GLU()", "Softmax()",
                  "Softmax(dim=0)", "Softmin(1)", "LogSoftmax(dim=-1)", "LogSoftmax()", "PReLU()", "PReLU(4, init=0.1)", "RReLU().eval()", "Identity(3, a=1)"):
    plain(f"nn.{construct}", "x34")
plain("nn.Softmax2d()", "x2455", "x455", "x34")

# ---- linear maps, embeddings ---------------------------------------------------------------------------------------

layer("nn.Linear(4, 3)", {"weight": (3, 4), "bias": (3,)}, "x34", "x4", "x234", "x3", "empty")
layer("nn.Linear(4, 3, bias=False)", {"weight": (3, 4)}, "x34")
layer("nn.Bilinear(4, 4, 2)", {"weight": (2, 4, 4), "bias": (2,)}, "x34, y34", "x4, x4", "x234, x234b", "x34, x4")
rec("F.linear(x34, x4)")
rec("F.linear(x34, x4, sx)")
rec("F.linear(x34, x24, x24[:, 0])")
layer("nn.Embedding(5, 4)", {"weight": (5, 4)}, "ids", "ids3", "ids3[0]", "beyond")
rec(f"F.embedding(ids, {weight(5, 4)}, max_norm=0.8)")
rec(f"nn.Embedding.from_pretrained({weight(5, 4)})(ids)")
for mode in ("sum", "mean", "max"):
    layer(f"nn.EmbeddingBag(5, 4, mode='{mode}')", {"weight": (5, 4)}, "ids")
rec("F.one_hot(ids, 5)")
rec("F.one_hot(ids3)")
rec("F.one_hot(ids3[0], num_classes=6)")
rec("F.one_hot(ids3, 0)")

# ---- convolutions --------------------------------------------------------------------------------------------------

layer("nn.Conv1d(4, 2, 3)", {"weight": (2, 4, 3), "bias": (2,)}, "x246", "x46", "x2455")
for options in ("padding=1", "stride=2, padding=2, dilation=2", "padding='same', dilation=2", "padding='valid'", "padding=1, padding_mode='reflect'", "padding=2, padding_mode='circular'",
                "padding='same', padding_mode='replicate'", "bias=False"):
    parameters = {"weight": (2, 4, 3)} | ({} if "bias" in options else {"bias": (2,)})
    layer(f"nn.Conv1d(4, 2, 3, {options})", parameters, "x246")
layer("nn.Conv2d(4, 2, 3)", {"weight": (2, 4, 3, 3), "bias": (2,)}, "x2455", "x455", "x1435", "x2834")
layer("nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 0), groups=2)", {"weight": (4, 2, 3, 2), "bias": (4,)}, "x2455")
layer("nn.Conv2d(4, 2, 3, padding='same')", {"weight": (2, 4, 3, 3), "bias": (2,)}, "x2466")
layer("nn.Conv3d(4, 2, 2)", {"weight": (2, 4, 2, 2, 2), "bias": (2,)}, "x24333")
layer("nn.ConvTranspose1d(4, 2, 3, stride=2)", {"weight": (4, 2, 3), "bias": (2,)}, "x246", "x46", "x246, output_size=[14]", "x246, output_size=[20]")
layer("nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1)", {"weight": (4, 2, 3, 3), "bias": (2,)}, "x2455")
layer("nn.ConvTranspose2d(4, 4, 2, groups=2, dilation=2)", {"weight": (4, 2, 2, 2), "bias": (4,)}, "x2455")
layer("nn.ConvTranspose3d(4, 2, 2)", {"weight": (4, 2, 2, 2, 2), "bias": (2,)}, "x24333")
rec("nn.Conv2d(3, 4, 3, groups=2)")
rec(f"F.conv2d(x2455, {weight(2, 4, 3, 3)}, stride=2)")
rec(f"F.conv2d(x2455, {weight(2, 4, 3, 3)}, padding='same', stride=2)")
rec("F.unfold(x2455, 3)")
rec("F.unfold(x2455, (2, 3), dilation=2, padding=1, stride=2)")
rec("F.unfold(x455, 2)")
rec("nn.Unfold(2, stride=2)(x2466)")
rec("F.fold(F.unfold(x2466, 3), (6, 6), 3)")
rec("F.fold(F.unfold(x2455, (2, 3), dilation=2, padding=1, stride=2), (5, 5), (2, 3), dilation=2, padding=1, stride=2)")
rec("nn.Fold((6, 6), 2, stride=2)(F.unfold(x2466, 2, stride=2))")
rec("F.fold(F.unfold(x2466, 3), (5, 6), 3)")

# ---- pooling -------------------------------------------------------------------------------------------------------

for count, x in ((1, "x246"), (2, "x2455"), (3, "x24333")):
    for options in ("2", "2, stride=1", "3, 2, 1", "2, ceil_mode=True"):
        rec(f"F.max_pool{count}d({x}, {options})")
        rec(f"F.avg_pool{count}d({x}, {options})")
        rec(f"nn.MaxPool{count}d({options})({x})")
        rec(f"nn.AvgPool{count}d({options})({x})")
    rec(f"F.avg_pool{count}d({x}, 3, 2, 1, count_include_pad=False)")
    rec(f"F.max_pool{count}d({x}, 2, padding=2)")
    rec(f"F.max_pool{count}d({x}[0], 2)")
    rec(f"F.max_pool{count}d({x}[0, 0], 2)")
    for size in ("1", "2", str((2,) * count), str((None,) * count)):
        rec(f"F.adaptive_avg_pool{count}d({x}, {size})")
        rec(f"F.adaptive_max_pool{count}d({x}, {size})")
        rec(f"nn.AdaptiveAvgPool{count}d({size})({x})")
        rec(f"nn.AdaptiveMaxPool{count}d({size})({x})")
    rec(f"F.max_pool{count}d({x}, 2, dilation=2)", random=True)
    rec(f"F.max_pool{count}d({x}, 2, return_indices=True)[1]", random=True)
    rec(f"F.max_pool{count}d({x}, 2, return_indices=True)[0]")
rec("F.avg_pool2d(x2455, 2, divisor_override=3)")
rec("F.lp_pool1d(x246, 2.0, 2)")
rec("F.lp_pool2d(x2455, 2.0, 2, ceil_mode=True)")
rec("nn.LPPool2d(1.0, (2, 3), 1)(x2455)")
rec("F.max_unpool2d(*F.max_pool2d(x2466, 2, return_indices=True), 2)", random=True)

# ---- normalisations ------------------------------------------------------------------------------------------------

for count, x in ((1, "x246"), (2, "x2455"), (3, "x24333")):
    rec(f"nn.BatchNorm{count}d(4)({x})")
    rec(f"nn.BatchNorm{count}d(4).eval()({x})")
    rec(f"nn.BatchNorm{count}d(3)({x})")
    layer(f"nn.BatchNorm{count}d(4, eps=0.1)", {"weight": (4,), "bias": (4,)}, x, "x34")
    rec(f"nn.InstanceNorm{count}d(4)({x})")
    rec(f"nn.InstanceNorm{count}d(4)({x}[0])")
    layer(f"nn.InstanceNorm{count}d(4, affine=True)", {"weight": (4,), "bias": (4,)}, x)
rec("nn.BatchNorm1d(4)(x34)")
rec("nn.BatchNorm1d(4)(x14)")
rec("nn.BatchNorm1d(4)(x4)")
rec("nn.BatchNorm2d(4, track_running_stats=False).eval()(x2455)")
rec("nn.BatchNorm1d(4, affine=False)(x34)")
rec("F.batch_norm(x34, x4, x4 * x4 + 0.5, x4, x4)")
rec("F.batch_norm(x34, None, None)")
rec("nn.InstanceNorm2d(1)(x1111)")
rec("nn.LayerNorm(4)(x34)")
rec("nn.LayerNorm([3, 4])(x234)")
rec("nn.LayerNorm(3)(x34)")
layer("nn.LayerNorm(4, eps=0.1)", {"weight": (4,), "bias": (4,)}, "x234", "x4")
rec("nn.LayerNorm(4, elementwise_affine=False)(x34)")
rec("F.layer_norm(x234, (3, 4))")
layer("nn.GroupNorm(2, 4)", {"weight": (4,), "bias": (4,)}, "x2455", "x246", "x34", "x4")
rec("nn.GroupNorm(3, 4)")
rec("F.group_norm(x2455, 4)")
rec("F.local_response_norm(x2455, 3)")
rec("nn.LocalResponseNorm(2, alpha=0.5, k=2.0)(x246)")
rec("F.local_response_norm(x34, 2)")
for name in ("dropout", "alpha_dropout", "dropout2d", "feature_alpha_dropout"):
    rec(f"F.{name}(x2455, training=False)")
    rec(f"F.{name}(x2455, training=True)", random=True)
rec("F.dropout(x34, p=0.0)")
rec("F.dropout(x34, p=1.0)")
rec("F.dropout(x34, p=1.5)")
rec("nn.Dropout(0.5).eval()(x34)")
rec("nn.Dropout(0.5)(x34)", random=True)
rec("nn.Dropout1d()(x246)", random=True)
rec("nn.Dropout(-1)")

# ---- space ---------------------------------------------------------------------------------------------------------

for x, pads in (("x34", "(1, 2)"), ("x34", "(1, 2, 0, 1)"), ("x34", "(-1, 2)"), ("x34", "(1, 2, 3)"), ("x34", "(1, 1, 1, 1, 1, 1)"), ("x2455", "(1, 0, 2, 1)"), ("x246", "[2, 1]"), ("x4", "(1, 1)")):
    for mode in ("constant", "reflect", "replicate", "circular"):
        rec(f"F.pad({x}, {pads}, mode='{mode}')")
rec("F.pad(x34, (1, 1), value=7.5)")
rec("F.pad(x34, (1, 1), 'constant', None)")
rec("F.pad(x34, (1, 1), mode='no such')")
rec("F.pad(x34, (4, 4), mode='reflect')")
for construct in ("ZeroPad2d(1)", "ZeroPad2d((1, 0, 2, 1))", "ReflectionPad2d(2)", "ReplicationPad2d((1, 2, 0, 1))", "ConstantPad2d(1, 3.5)"):
    plain(f"nn.{construct}", "x2455")
for construct in ("ReflectionPad1d(2)", "ReplicationPad1d((1, 2))", "ConstantPad1d(1, 3.5)"):
    plain(f"nn.{construct}", "x246")
for options in ("size=7", "size=(7, 3)", "scale_factor=2", "scale_factor=0.5", "scale_factor=1.5", "scale_factor=(2, 1.3)", "scale_factor=1.5, recompute_scale_factor=True"):
    for mode in ("nearest", "bilinear", "bicubic", "area", "nearest-exact"):
        rec(f"F.interpolate(x2455, {options}, mode='{mode}')")
    for mode in ("bilinear", "bicubic"):
        rec(f"F.interpolate(x2455, {options}, mode='{mode}', align_corners=True)")
rec("F.interpolate(x246, size=9, mode='linear')")
rec("F.interpolate(x24333, scale_factor=2, mode='trilinear')")
rec("F.interpolate(x2455, size=7, scale_factor=2)")
rec("F.interpolate(x2455)")
rec("F.interpolate(x246, size=7, mode='bilinear')")
rec("F.interpolate(x2455, size=(7, 7, 7))")
rec("F.interpolate(x2455, size=7, align_corners=True)")
rec("F.interpolate(x34, size=7)")
rec("F.upsample(x2455, scale_factor=2)")
rec("nn.Upsample(scale_factor=2)(x2455)")
rec("nn.Upsample(size=(3, 4), mode='bilinear', align_corners=False)(x2455)")
rec("nn.UpsamplingNearest2d(scale_factor=2)(x2455)")
rec("nn.UpsamplingBilinear2d(size=(9, 9))(x2455)")
rec("F.pixel_shuffle(x2834, 2)")
rec("F.pixel_shuffle(x2455, 3)")
rec("F.pixel_unshuffle(x2466, 2)")
rec("F.pixel_unshuffle(x2455, 2)")
rec("nn.PixelShuffle(2)(x2834)")
rec("nn.PixelUnshuffle(3)(x2466)")
rec("F.channel_shuffle(x2455, 2)")
rec("nn.ChannelShuffle(2)(x2834)")
rec("nn.Flatten()(x2455)")
rec("nn.Flatten(0, 2)(x2455)")
rec("nn.Flatten(-2)(x2455)")
rec("nn.Flatten(0)(sx)")
rec("nn.Flatten(2, 1)(x2455)")
rec("nn.Flatten(1, 7)(x2455)")
rec("nn.Unflatten(1, (2, 2))(x2455)")
rec("nn.Unflatten(-1, (1, -1))(x34)")
rec("nn.Unflatten(1, (2, 3))(x2455)")
for options in ("", ", mode='nearest'", ", padding_mode='border'", ", align_corners=True", ", mode='nearest', padding_mode='border', align_corners=True"):
    rec(f"F.grid_sample(x2455, x2466.reshape(2, 8, 9, 2){options})")
rec("F.grid_sample(x2455, x2466.reshape(2, 8, 9, 2), mode='bicubic')", random=True)
rec("F.grid_sample(x2455, x2466.reshape(2, 8, 9, 2), padding_mode='reflection')", random=True)
rec("F.grid_sample(x2455, x2466.reshape(1, 16, 9, 2))")
rec("F.affine_grid(x234b[:, :2, :3], (2, 1, 3, 4))")
rec("F.affine_grid(x234b[:, :2, :3], (2, 1, 3, 4), align_corners=True)")
rec("F.affine_grid(x234b[:, :2], (2, 1, 3, 4))")
rec("F.affine_grid(x234b, (2, 1, 2, 2, 3))")

# ---- sequences -----------------------------------------------------------------------------------------------------

for name, gates in (("RNN", 1), ("GRU", 3), ("LSTM", 4)):
    parameters = {"weight_ih_l0": (gates * 3, 4), "weight_hh_l0": (gates * 3, 3), "bias_ih_l0": (gates * 3,), "bias_hh_l0": (gates * 3,)}
    layer(f"nn.{name}(4, 3)", parameters, "x234", "x34")
    layer(f"nn.{name}(4, 3, batch_first=True)", parameters, "x234", "x34", "x246")
    reverse = {key + "_reverse": shape for key, shape in parameters.items()}
    layer(f"nn.{name}(4, 3, bidirectional=True)", parameters | reverse, "x234")
    layer(f"nn.{name}(4, 3, 2)", parameters | {"weight_ih_l1": (gates * 3, 3), "weight_hh_l1": (gates * 3, 3), "bias_ih_l1": (gates * 3,), "bias_hh_l1": (gates * 3,)}, "x234")
    layer(f"nn.{name}(4, 3, bias=False)", {key: shape for key, shape in parameters.items() if "weight" in key}, "x234")
    cell = {key[:-3]: shape for key, shape in parameters.items()}
    state = f"{weight(2, 3)}" if name != "LSTM" else f"({weight(2, 3)}, {weight(2, 3)})"
    layer(f"nn.{name}Cell(4, 3)", cell, "x24", "x4", f"x24, {state}")
    state = weight(1, 3, 3) if name != "LSTM" else f"({weight(1, 3, 3)}, {weight(1, 3, 3)})"
    layer(f"nn.{name}(4, 3)", parameters, f"x234, {state}")
layer("nn.RNN(4, 3, nonlinearity='relu')", {"weight_ih_l0": (3, 4), "weight_hh_l0": (3, 3), "bias_ih_l0": (3,), "bias_hh_l0": (3,)}, "x234")
layer("nn.LSTM(4, 3, proj_size=2)", {"weight_ih_l0": (12, 4), "weight_hh_l0": (12, 2), "bias_ih_l0": (12,), "bias_hh_l0": (12,), "weight_hr_l0": (2, 3)}, "x234")
attention = {"in_proj_weight": (12, 4), "in_proj_bias": (12,), "out_proj.weight": (4, 4), "out_proj.bias": (4,)}
layer("nn.MultiheadAttention(4, 2)", attention, "x234, x234b, x234b", "x34, y34, y34", "x234, x234, x234, need_weights=False", "x234, x234, x234, average_attn_weights=False",
      "x234, x234, x234, attn_mask=x24[:, :2]", "x234, x234, x234, attn_mask=x24[:, :2] > 5", "x234, x234, x234, key_padding_mask=torch.zeros(3, 2, dtype=torch.bool)",
      "x234, x234b, x234", "x246, x246, x246", "x234, x34, x34", "x234, x234, x234, attn_mask=x24")
layer("nn.MultiheadAttention(4, 2, batch_first=True)", attention, "x234, x234b, x234b")
layer("nn.MultiheadAttention(4, 2, add_zero_attn=True)", attention, "x234, x234b, x234b")
layer("nn.MultiheadAttention(4, 2, bias=False)", {"in_proj_weight": (12, 4), "out_proj.weight": (4, 4)}, "x234, x234b, x234b")
layer("nn.MultiheadAttention(4, 2, kdim=6, vdim=6)", {"q_proj_weight": (4, 4), "k_proj_weight": (4, 6), "v_proj_weight": (4, 6), "in_proj_bias": (12,), "out_proj.weight": (4, 4), "out_proj.bias": (4,)},
      "x246.permute(1, 0, 2)[:, :, :4], x246.permute(1, 0, 2), x246.permute(1, 0, 2)")
encoder = {f"self_attn.{key}": shape for key, shape in attention.items()} | {
    "linear1.weight": (5, 4), "linear1.bias": (5,), "linear2.weight": (4, 5), "linear2.bias": (4,), "norm1.weight": (4,), "norm1.bias": (4,), "norm2.weight": (4,), "norm2.bias": (4,)}
for options in ("", ", norm_first=True", ", activation='gelu'", ", batch_first=True"):
    layer(f"nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0{options})", encoder, "x234")
decoder = encoder | {f"multihead_attn.{key}": shape for key, shape in attention.items()} | {"norm3.weight": (4,), "norm3.bias": (4,)}
layer("nn.TransformerDecoderLayer(4, 2, 5, dropout=0.0)", decoder, "x234, x234b", "x234, x234b[:1]", "x234, x234b, tgt_mask=nn.Transformer.generate_square_subsequent_mask(2)")
rec("nn.Transformer(4, 2, 1, 1, 5, 0.0)(x234, x234b[:1])", random=True)
rec("nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 5), 2)(x234)", random=True)

# ---- modules as containers -----------------------------------------------------------------------------------------

MODEL = "m = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2, bias=False), nn.BatchNorm1d(2)))\n"
for expression in ("len(m)", "[name for name, _ in m.named_parameters()]", "[tuple(p.shape) for p in m.parameters()]", "[name for name, _ in m.named_buffers()]", "list(m.state_dict())",
                   "[name for name, _ in m.named_modules()]", "[name for name, _ in m.named_children()]", "len(list(m.modules()))", "len(list(m[2].children()))", "m.training", "m.eval().training",
                   "m.eval()[2][1].training", "m.double()[0].weight.dtype", "m.half()[2][1].running_mean.dtype", "m.half()[2][1].num_batches_tracked.dtype", "m.to('cpu')[0].weight.dtype",
                   "m.to(torch.float64)[0].bias.dtype", "len(m[:2])", "m[-1][0].in_features", "sum(p.numel() for p in m.parameters())", "isinstance(m, nn.Module)",
                   "tuple(m(x34).shape)", "tuple(m[0](x34).shape)", "m[0].bias is None", "m[2][0].bias is None"):
    rec(MODEL + expression)
LIST = "m = nn.ModuleList([nn.Linear(4, i + 1) for i in range(3)])\n"
for expression in ("len(m)", "[tuple(layer(x34).shape) for layer in m]", "tuple(m[1](x34).shape)", "len(m[1:])", "len(list(m.parameters()))", "[name for name, _ in m.named_parameters()]",
                   "m.append(nn.Linear(4, 7)) is m", "len(m.extend([nn.ReLU()]))", "tuple(m[-1](x34).shape)"):
    rec(LIST + expression)
rec(LIST + "m[0] = nn.Linear(4, 9)\ntuple(m[0](x34).shape)")
rec(LIST + "m.insert(0, nn.Linear(4, 9))\n[tuple(layer(x34).shape) for layer in m]")
DICT = "m = nn.ModuleDict({'a': nn.Linear(4, 1), 'b': nn.Linear(4, 2)})\n"
for expression in ("len(m)", "list(m.keys())", "tuple(m['b'](x34).shape)", "'a' in m", "'c' in m", "[name for name in m]", "[tuple(v(x34).shape) for v in m.values()]", "[k for k, v in m.items()]"):
    rec(DICT + expression)
rec(DICT + "m['c'] = nn.Linear(4, 3)\nlen(m)")
rec(DICT + "m.update({'c': nn.Linear(4, 3)})\nlist(m)")
PARAMETERS = "m = nn.ParameterList([nn.Parameter(x4), nn.Parameter(x34)])\n"
for expression in ("len(m)", "m[1]", "[tuple(p.shape) for p in m]", "len(list(m.parameters()))", "[name for name, _ in m.named_parameters()]"):
    rec(PARAMETERS + expression)
rec("m = nn.ParameterDict({'a': nn.Parameter(x4)})\nm['a']")
rec("m = nn.ParameterDict({'a': nn.Parameter(x4)})\n[tuple(p.shape) for p in m.parameters()]")
rec("m = nn.Module()\nm.register_buffer('b', x4)\nm.register_parameter('p', nn.Parameter(x34))\n[name for name, _ in m.named_parameters()]")
rec("m = nn.Module()\nm.register_buffer('b', x4)\nm.b + 1")
rec("m = nn.Module()\nm.z = nn.Linear(4, 1)\nm.a = nn.Linear(4, 2)\n[name for name, _ in m.named_children()]")
rec("m = nn.Module()\nm.add_module('z', nn.Linear(4, 1))\ntuple(m.z(x34).shape)")
rec("m = nn.ReLU()\nm.register_forward_hook(lambda module, args, result: result * 2)\nm(x34)")
rec("m = nn.ReLU()\nm.register_forward_pre_hook(lambda module, args: (args[0] * 2,))\nm(x34)")
rec("nn.Module()(x34)")
rec("m = nn.Linear(4, 2)\nnn.init.constant_(m.weight, 0.5)\nnn.init.zeros_(m.bias)\nm(x34)")
rec("m = nn.Linear(4, 4)\nnn.init.eye_(m.weight)\nnn.init.ones_(m.bias)\nm(x34)")
for name in ("uniform_", "normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "trunc_normal_"):
    rec(f"nn.init.{name}(torch.zeros(3, 4))", random=True)
rec("nn.init.xavier_uniform_(torch.zeros(3))")
rec("nn.init.calculate_gain('leaky_relu', 0.2)")
rec("nn.utils.rnn.pad_sequence([x34, x24], batch_first=True)")
rec("nn.utils.rnn.pad_sequence([x34, x24], padding_value=-1.0)")
rec("nn.utils.parameters_to_vector(nn.ParameterList([nn.Parameter(x4), nn.Parameter(x34)]).parameters())")
for wrapped in ("m = nn.DataParallel(m)\nm(x34)", "m = nn.DataParallel(m, device_ids=[0, 1])\nm.module.weight", "m = nn.parallel.DataParallel(m, dim=0)\nm.eval()\nm(input=x34)",
                "m = nn.DataParallel(nn.Sequential(m, nn.ReLU()))\nm(x34)", "m = nn.DataParallel(m)\nm(x36)"):
    rec("m = nn.Linear(4, 2)\nnn.init.constant_(m.weight, 0.5)\nnn.init.zeros_(m.bias)\n" + wrapped)
rec("len(list(nn.DataParallel(nn.Linear(4, 2)).parameters()))")
rec("sorted(nn.DataParallel(nn.Linear(4, 2)).state_dict())[0]")

rec.write("torch_layers.json")
