"""Programs of keras.ops whose results record_keras_programs.py keeps."""
import numpy as np

from keras_recorder import Inputs, f32, whole

INPUTS = Inputs(20261127)
seed, real = INPUTS.seed, INPUTS.real

X = real(2, 4)
IMAGE = real(2, 5, 6, 3)
LINE = real(2, 7, 3)
SQUARE = f32([[2, 1, 0], [1, 3, 1], [0, 1, 2]])
BITS, SHIFTS = whole(12, 7, 1, 255), whole(1, 3, 2, 4)


def record_keras_ops(rec):
    record_blocks(rec)
    record_counts(rec)
    record_windows(rec)
    record_rows(rec)
    record_matrices(rec)
    record_signals(rec)
    record_loops(rec)
    record_images(rec)


def record_blocks(rec):
    seed()
    at, put = whole([0], [2], [0]), real(3, 2)
    rec("ops.scatter(at, put, (4, 2))", at=at, put=put)
    rec("ops.scatter(at, put, (3, 4))", at=whole([0, 1], [2, 3], [0, 1]), put=real(3))
    target = real(4, 2)
    rec("ops.scatter_update(x, at, put)", x=target, at=whole([1], [3]), put=real(2, 2))
    rec("ops.scatter_update(x, at, put)", x=real(2, 3), at=whole([0, 1], [1, 2]), put=real(2))
    for reduction in ["add", "max", "min", "mul"]:
        rec(f"ops.scatter_update(x, at, put, reduction='{reduction}')", x=target, at=at, put=put)
    rec("ops.slice(x, (1, 2), (2, 3))", x=real(4, 6))
    rec("ops.slice(x, (0, 1, 0), (2, 1, 3))", x=real(2, 3, 4))
    rec("ops.slice(x, (1,), (2, 3))", x=real(4, 6))
    rec("ops.slice_update(x, (1, 2), y)", x=real(4, 6), y=real(2, 3))
    rec("ops.slice_update(x, (1,), y)", x=real(4), y=real(2))
    rec("ops.slice_update(x, (0, 1, 2), y)", x=real(2, 3, 4), y=real(2, 1, 2))


def record_counts(rec):
    seed()
    numbers = whole(1, 0, 3, 3, 1)
    rec("ops.bincount(x)", x=numbers)
    rec("ops.bincount(x, minlength=6)", x=numbers)
    rec("ops.bincount(x, weights=w)", x=numbers, w=f32([.5, 1, 2, .25, 3]))
    rec("ops.digitize(x, bins)", x=f32([[.1, 1], [2.5, -3]]), bins=f32([0, 1, 2]))
    for side in ["left", "right"]:
        rec(f"ops.searchsorted(x, y, side='{side}')", x=f32([0, 1, 1, 2]), y=f32([1, .5, 3, -1]))
    rec("ops.unique(x)", x=whole(3, 1, 3, 2))
    rec("ops.nonzero(x)", x=f32([[0, 1, 2], [3, 0, 0]]))
    # Whose places are int32, as those of nonzero; numpy's are int64.
    rec("ops.unique(x, return_inverse=True, return_counts=True)", x=whole(3, 1, 3, 2), on="jax")
    rec("ops.where(x)", x=f32([[0, 1, 2], [3, 0, 0]]), on="jax")
    rec("ops.argpartition(x, 1)", shapes=True, x=X)
    rec("ops.unravel_index(x, (2, 3))", x=whole(0, 4, 5))
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
        rec(f"ops.{name}(x, y)", x=BITS, y=SHIFTS)
    for name in ["bitwise_not", "bitwise_invert"]:
        rec(f"ops.{name}(x)", x=BITS)
    for name in ["left_shift", "right_shift", "bitwise_left_shift", "bitwise_right_shift"]:
        rec(f"ops.{name}(x, y)", x=BITS, y=SHIFTS)
    rec("ops.gcd(x, y)", shapes=True, x=BITS, y=SHIFTS)
    # Whose counts are floats, as on jax; int64 on numpy.
    rec("ops.histogram(x, bins=4)", x=X[0], on="jax tensorflow")
    rec("ops.histogram(x, bins=3, range=(-1.0, 1.0))", x=X[0], on="jax tensorflow")
    rec("ops.histogram(x)", x=X)
    rec("ops.in_top_k(y, x, 2)", y=whole(1, 3), x=X)
    for name in ["max", "min", "prod", "sum"]:
        rec(f"ops.segment_{name}(x, ids, num_segments=2)", x=real(4, 2), ids=whole(0, 1, 1, 0))
    rec("ops.segment_sum(x, ids)", x=real(4), ids=whole(0, 2, 2, 1), on="numpy")


def record_windows(rec):
    seed()
    kernel = real(2, 3, 3, 4)
    for padding in ["valid", "same"]:
        for strides in [1, 2]:
            rec(f"ops.conv(x, w, strides={strides}, padding='{padding}')", x=IMAGE, w=kernel)
            rec(f"ops.max_pool(x, 2, strides={strides}, padding='{padding}')", x=IMAGE)
            rec(f"ops.average_pool(x, (2, 3), strides={strides}, padding='{padding}')", x=IMAGE)
            rec(f"ops.depthwise_conv(x, w, strides={strides}, padding='{padding}')", x=IMAGE, w=real(2, 2, 3, 2))
            rec(f"ops.conv_transpose(x, w, strides={strides}, padding='{padding}')", x=IMAGE, w=real(3, 2, 2, 3))
        rec(f"ops.conv(x, w, padding='{padding}')", x=LINE, w=real(3, 3, 2))
        rec(f"ops.conv(x, w, padding='{padding}', dilation_rate=2)", x=LINE, w=real(2, 3, 2))
    rec("ops.conv_transpose(x, w, strides=3)", x=LINE, w=real(2, 1, 3))
    rec("ops.conv(x, w)", x=IMAGE, w=real(2, 2, 1, 3))
    rec("ops.conv(x, w)", x=real(1, 1, 6, 3), w=kernel)
    rec("ops.separable_conv(x, d, p)", x=IMAGE, d=real(2, 2, 3, 1), p=real(1, 1, 3, 2))
    # The others fail to repeat the size of the window as the step.
    rec("ops.max_pool(x, 2)", x=LINE, on="tensorflow")
    rec("ops.average_pool(x, 2)", x=real(1, 4, 4, 2, 2), on="tensorflow")
    rec("ops.average_pool(x, 3, strides=2)", x=LINE)
    rec("ops.adaptive_average_pool(x, (2, 3))", x=IMAGE)
    rec("ops.adaptive_max_pool(x, 3)", x=IMAGE)
    # The only one that takes channels first without a graphics card.
    rec("ops.conv(x, w, data_format='channels_first')", x=real(2, 3, 5, 4), w=kernel, on="jax")
    rec("ops.max_pool(x, 2, strides=1, data_format='channels_first')", x=real(2, 3, 5, 4), on="jax")
    rec("ops.average_pool(x, 2, strides=2, padding='same', data_format='channels_first')", x=real(2, 3, 5, 4), on="jax")
    rec("ops.unfold(x, (2, 3))", x=real(2, 2, 4, 5), on="numpy")
    rec("ops.unfold(x, 2, stride=2, padding=1)", x=real(1, 2, 4, 4), on="numpy")
    rec("ops.fold(x, (4, 5), (2, 3))", x=real(1, 12, 9), on="numpy")
    rec("ops.fold(x, (4, 4), 2, stride=2)", x=real(2, 8, 4), on="numpy")
    rec("ops.depth_to_space(x, 2)", x=real(1, 2, 3, 8), on="numpy")
    rec("ops.depth_to_space(x, 2, data_format='channels_first')", x=real(1, 8, 2, 3), on="numpy")
    rec("ops.space_to_depth(x, 2)", x=real(1, 4, 6, 2), on="numpy")
    rec("ops.space_to_depth(x, 2, data_format='channels_first')", x=real(1, 2, 4, 6), on="numpy")
    rec("ops.batch_normalization(x, m, v, -1)", x=LINE, m=real(3), v=f32([1, .5, 2]))
    rec("ops.batch_normalization(x, m, v, 1, offset=o, scale=s, epsilon=0.1)", x=LINE, m=real(7),
        v=f32([1, .5, 2, 3, 1, 1, 2]), o=real(7), s=real(7))
    # Which gives float64.
    rec("ops.sparsemax(x)", x=X, on="jax tensorflow")
    rec("ops.sparsemax(x, axis=0)", x=X, on="jax tensorflow")
    query, key, value = real(1, 3, 2, 4), real(1, 5, 2, 4), real(1, 5, 2, 4)
    rec("ops.dot_product_attention(q, k, v)", q=query, k=key, v=value)
    rec("ops.dot_product_attention(q, k, v, is_causal=True, scale=0.7)", q=key, k=key, v=value)


def record_rows(rec):
    seed()
    rec("ops.linspace(0, 1, 5)")
    rec("ops.linspace(2.0, -1.0, 4, endpoint=False)")
    rec("ops.linspace(x, y, 3)", x=X, y=X[::-1].copy())
    rec("ops.linspace(x, 2.0, 3, axis=-1)", x=X[0])
    rec("ops.logspace(0, 2, 3)")
    rec("ops.geomspace(1, 16, 5)", on="numpy")
    rec("ops.tri(3, 4, 1)")
    rec("ops.vander(x, 3)", x=X[0])
    rec("ops.vander(x, increasing=True)", x=X[0])
    for name in ["hanning", "hamming", "blackman", "bartlett"]:
        rec(f"ops.{name}(6)")
        rec(f"ops.{name}(1)", on="numpy")
    rec("ops.array_split(x, 3)", x=real(7, 2))
    rec("ops.array_split(x, 2, axis=1)", x=real(2, 5))
    rec("ops.vsplit(x, 2)", x=X)
    rec("ops.hsplit(x, 2)", x=X)
    for k in [1, 2, 3, 4]:
        # On tensorflow half a turn only mirrors.
        rec(f"ops.rot90(x, {k})", x=X, on="numpy jax" if k == 2 else None)
    rec("ops.rot90(x, axes=(1, 2))", x=LINE)
    rec("ops.select([x > 1, x > 0], [x, y], 5.0)", x=X, y=-X)
    rec("ops.trapezoid(x)", x=X)
    rec("ops.trapezoid(x, dx=0.5, axis=0)", x=X)
    rec("ops.trapezoid(x, y)", x=X, y=f32([0, 1, 3, 4]))
    for mode in ["valid", "same", "full"]:
        rec(f"ops.correlate(x, y, mode='{mode}')", x=real(6), y=real(3))
    rec("ops.corrcoef(x)", x=X)
    rec("ops.diagflat(x, 1)", x=X[0])
    rec("ops.ptp(x, axis=1)", x=X, on="numpy")
    rec("ops.signbit(x)", x=X)
    rec("ops.sinc(x)", x=f32([0, .3, -1.5]))
    rec("ops.ldexp(x, y)", x=X[0], y=SHIFTS)
    rec("ops.real(x)", x=X)
    rec("ops.conj(x)", x=X)
    rec("ops.isreal(x)", x=X, on="numpy")
    gaps = f32([[1, np.nan, 3, 0], [np.nan, np.nan, 2, 5]])
    for name in ["nancumsum", "nancumprod"]:
        rec(f"ops.{name}(x, axis=1)", x=gaps)
        rec(f"ops.{name}(x)", x=gaps)
    for name in ["nanargmax", "nanargmin", "nanmedian"]:
        rec(f"ops.{name}(x)", x=gaps)
        rec(f"ops.{name}(x, axis=1)", x=gaps)
    rec("ops.nanquantile(x, 0.3, axis=1)", x=gaps)
    rec("ops.nanpercentile(x, 60, axis=1, keepdims=True)", x=gaps)
    rec("ops.saturate_cast(x, 'uint8')", x=f32([-3, 4, 300]))
    rec("ops.extract_sequences(x, 3, 2)", x=real(2, 9))


def record_matrices(rec):
    seed()
    rec("ops.cross(x, y)", x=real(2, 3), y=real(2, 3))
    rec("ops.cross(x, y)", x=real(3, 2), y=real(3, 2), on="jax")
    rec("ops.cross(x, y, axis=0)", x=real(3, 2), y=real(3, 2), on="numpy jax")
    rec("ops.kron(x, y)", x=real(2, 2), y=real(2, 3))
    rec("ops.tensordot(x, y, 2)", x=real(2, 3, 4), y=real(3, 4, 5))
    rec("ops.tensordot(x, y, 0)", x=real(2), y=real(3))
    rec("ops.tensordot(x, y, ([0, 2], [1, 0]))", x=real(2, 3, 4), y=real(4, 2, 3))
    rec("ops.tensordot(x, y, ([0], [0]))", x=real(2, 3), y=real(3, 2))
    rec("ops.cholesky_inverse(x)", x=f32(np.linalg.cholesky(SQUARE)))
    rec("ops.solve_triangular(x, y, lower=True)", x=SQUARE, y=real(3, 2))
    rec("ops.solve_triangular(x, y)", x=SQUARE, y=real(3), on="numpy")
    for shape in [(4, 3), (2, 3)]:
        rec("ops.qr(x)", shapes=True, x=real(*shape))
        rec("ops.qr(x, mode='complete')", shapes=True, x=real(*shape))
        rec("ops.svd(x)", shapes=True, x=real(*shape))
        rec("ops.svd(x, full_matrices=False)", shapes=True, x=real(*shape))
        rec("ops.svd(x, compute_uv=False)", x=real(*shape))
        rec("ops.lstsq(x, y)", x=real(*shape), y=real(shape[0], 2), on="numpy")
        rec("ops.pinv(x)", x=real(*shape))
    rec("ops.eigh(x)[0]", x=SQUARE)
    rec("ops.eigh(x)[1]", shapes=True, x=SQUARE)
    rec("ops.lu_factor(x)", shapes=True, x=SQUARE)
    rec("ops.matrix_rank(x)", x=f32([[1, 2], [2, 4]]))
    rec("ops.cdist(x, y)", x=real(3, 2), y=real(4, 2), on="numpy")


def record_signals(rec):
    seed()
    pair = {"x": real(2, 6), "y": real(2, 6)}
    rec("ops.fft((x, y))", **pair)
    rec("ops.fft2((x, y))", x=real(2, 3, 4), y=real(2, 3, 4))
    rec("ops.ifft2((x, y))", x=real(3, 4), y=real(3, 4))
    for size in ["", ", fft_length=5", ", fft_length=9"]:
        rec(f"ops.rfft(x{size})", x=real(2, 6))
    rec("ops.irfft((x, y))", x=real(2, 4), y=f32(np.asarray([[0, 1, -.5, 0], [0, .3, 2, 0]])))
    rec("ops.irfft((x, y), fft_length=7)", x=real(2, 4), y=f32(np.asarray([[0, 1, -.5, .2], [0, .3, 2, -1]])))
    rec("ops.stft(x, 4, 2, 4)", x=real(2, 9), on="numpy")
    rec("ops.stft(x, 4, 2, 6, window='hamming', center=False)", x=real(12), on="numpy")


def record_loops(rec):
    seed()
    rec("ops.map(lambda row: ops.sum(row), x)", x=X)
    rec("ops.map(lambda row: (row + 1, ops.mean(row)), x)", x=X)
    rec("ops.vectorized_map(lambda row: row * 2, x)", x=X)
    rec("ops.vectorized_map(lambda pair: ops.dot(pair[0], pair[1]), (x, y))", x=X, y=-X)
    rec("ops.scan(lambda carry, row: (carry + row, carry * row), ops.zeros((4,)), x)", x=X)
    rec("ops.scan(lambda carry, row: (carry + row, carry), ops.zeros((4,)), x, reverse=True)", x=X)
    rec("ops.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2), (0, x))[1]", x=X)
    rec("ops.fori_loop(0, 3, lambda i, v: v + i, x)", x=X)
    rec("ops.switch(1, [lambda v: v, lambda v: v * 2], x)", x=X)
    rec("ops.cond(True, lambda: x, lambda: -x)", x=X)
    rec("@ops.custom_gradient\ndef doubled(v):\n    return v * 2, lambda upstream: upstream\ndoubled(x)", x=X, on="tensorflow")


def record_images(rec):
    seed()
    rec("ops.image.resize(x, (7, 4))", x=IMAGE, on="numpy jax")
    rec("ops.image.resize(x, (3, 9), interpolation='nearest')", x=IMAGE, on="numpy jax")
    rec("ops.image.resize(x, (3, 4), antialias=True)", shapes=True, x=IMAGE)
    rec("ops.image.resize(x, (3, 4), interpolation='bicubic')", shapes=True, x=IMAGE)
    rec("ops.image.rgb_to_grayscale(x)", x=IMAGE)
    rec("ops.image.pad_images(x, top_padding=1, left_padding=2, bottom_padding=0, right_padding=1)", x=IMAGE)
    rec("ops.image.crop_images(x, top_cropping=1, left_cropping=2, target_height=2, target_width=3)", x=IMAGE)
    rec("ops.image.extract_patches(x, 2)", x=IMAGE)
    rec("ops.image.extract_patches(x, (3, 2), strides=1, padding='same')", x=IMAGE)
    rec("ops.image.gaussian_blur(x, (3, 3), (1.0, 0.5))", x=IMAGE, on="numpy")
    rec("ops.image.sobel_edges(x)", x=IMAGE, on="numpy")
    alike = real(2, 12, 13, 2, low=0, high=1)
    rec("ops.image.ssim(x, y)", x=alike, y=f32(np.round(alike * .8 + .1, 3)))
    rec("ops.image.ssim(x, y, filter_size=5, max_val=2.0)", x=alike[0], y=f32(np.round(alike[1], 3)))


def record_random(rec):
    seed()
    for call in ["uniform((2, 3))", "uniform((2,), minval=1, maxval=3, dtype='float16')", "normal((2, 3), 1.0, 2.0)",
                 "truncated_normal((2, 3))", "randint((4,), 0, 9)", "gamma((2,), 1.5)", "beta((2,), 1.0, 2.0)",
                 "binomial((3,), 5.0, 0.5)"]:
        rec(f"keras.random.{call}", shapes=True)
    rec("keras.random.categorical(x, 5)", shapes=True, x=X)
    rec("keras.random.dropout(x, 0.3)", shapes=True, x=X)
    rec("keras.random.shuffle(x)", shapes=True, x=X)
    rec("keras.random.shuffle(x, axis=1)", shapes=True, x=X)


def record_weights(rec):
    """Penalties, constraints and first values of weights, of Keras 2 and 3."""
    w = f32([[1, -2, 0.5], [0.25, 3, -1]])
    for call in ["L1(0.1)", "l1()", "L2(l2=0.5)", "l2(0.1)", "L1L2(0.1, 0.2)", "L1L2(l2=0.3)", "l1_l2()", "l1_l2(l1=0.1)", "l1_l2(0.1, 0.2)",
                 "OrthogonalRegularizer()", "OrthogonalRegularizer(0.5, mode='columns')", "get('l2')", "get('L1')",
                 "get({'class_name': 'L1', 'config': {'l1': 0.3}})", "get(lambda x: x[0])", "OrthogonalRegularizer(mode='all')"]:
        rec(f"keras.regularizers.{call}(w)", w=w)
    rec("keras.regularizers.OrthogonalRegularizer()(w)", w=w[0], label="orthogonal vector")
    for call in ["MaxNorm(1.5)", "max_norm(2.0, axis=1)", "MaxNorm(1.0, axis=[0, 1])", "NonNeg()", "non_neg()", "UnitNorm()", "unit_norm(axis=1)",
                 "MinMaxNorm(0.5, 1.5, rate=0.5)", "min_max_norm(axis=1)", "get('UnitNorm')"]:
        rec(f"keras.constraints.{call}(w)", w=w)
    for call in ["Zeros()((2, 3))", "ones()((2,))", "Constant(2.5)((3,))", "constant(1.5)(shape=(2, 2), dtype='float16')", "Identity(2.0)((2, 3))",
                 "Identity()((2, 3, 4))", "get('zeros')((2,))", "get('Ones')((1, 2))", "get(keras.initializers.Ones)((2,))"]:
        rec(f"keras.initializers.{call}")
    for name in ["RandomNormal(0.0, 0.02)", "TruncatedNormal()", "RandomUniform(-1, 1)", "VarianceScaling(2.0, mode='fan_out')", "GlorotUniform()",
                 "glorot_normal(seed=1)", "HeNormal()", "he_uniform()", "lecun_normal()", "LecunUniform()", "Orthogonal()", "get('he_normal')"]:
        rec(f"keras.initializers.{name}((3, 4))", shapes=True)
        rec(f"keras.initializers.{name}((2, 2, 3, 4), dtype='float32')", shapes=True)
    rec("keras.initializers.Orthogonal()((3,))")
