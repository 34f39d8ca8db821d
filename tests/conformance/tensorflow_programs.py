"""Programs of TensorFlow whose results record_keras_programs.py keeps."""
import numpy as np

from keras_recorder import Inputs, f32, whole

INPUTS = Inputs(20261128)
seed, real = INPUTS.seed, INPUTS.real

X = real(2, 4)
CUBE = real(2, 3, 4)
IMAGE = real(2, 5, 6, 3)
SQUARE = f32([[2, 1, 0], [1, 3, 1], [0, 1, 2]])


def record_tensorflow(rec):
    for part in [record_blocks, record_math, record_matrices, record_windows, record_images, record_loops, record_state,
                 record_old_losses, record_random, record_edges]:
        seed()
        part(rec)


def record_blocks(rec):
    at, put = whole([0], [2], [0]), real(3, 2)
    rec("tf.scatter_nd(at, put, (4, 2))", at=at, put=put)
    for name in ["update", "add", "sub", "max", "min"]:
        rec(f"tf.tensor_scatter_nd_{name}(x, at, put)", x=real(4, 2), at=whole([0], [2], [3]), put=real(3, 2))
    rec("tf.tensor_scatter_nd_update(x, at, put)", x=X, at=whole([0, 1], [1, 3]), put=real(2))
    rec("tf.slice(x, [0, 1], [2, 2])", x=X)
    rec("tf.slice(x, [0, 1, 0], [-1, 2, -1])", x=CUBE)
    rec("tf.slice(x, [1, 0], [3, 1])", x=X)
    rec("tf.strided_slice(x, [0, 1], [2, 4], [1, 2])", x=X)
    rec("tf.pad(x, [[1, 0], [2, 1]])", x=X)
    rec("tf.pad(x, [[0, 1], [1, 2]], mode='REFLECT')", x=X)
    rec("tf.pad(x, [[1, 1]], constant_values=2)", x=X[0])
    rec("tf.roll(x, shift=1, axis=1)", x=X)
    rec("tf.roll(x, shift=[1, -1], axis=[0, 1])", x=X)
    rec("tf.meshgrid(x, y)", x=X[0], y=real(3))
    rec("tf.meshgrid(x, y, indexing='ij')", x=X[0], y=real(3))
    rec("tf.linspace(0.0, 1.0, 5)")
    rec("tf.linspace(x, y, 3, axis=-1)", x=X, y=-X)
    rec("tf.searchsorted(x, y)", x=f32([[0, 1, 2], [1, 1, 3]]), y=f32([[1, .5], [1, 4]]))
    rec("tf.searchsorted(x, y, side='right')", x=f32([0, 1, 2]), y=f32([1, .5]))
    rec("tf.unique(x)", x=whole(3, 1, 3, 2, 1))
    rec("tf.unravel_index(x, [2, 3])", x=whole(0, 4, 5))
    rec("tf.where(x)", x=f32([[0, 1, 2], [3, 0, 0]]))
    rec("tf.gather(x, i, batch_dims=1)", x=CUBE, i=whole([0, 2], [1, 1]))
    rec("tf.gather(x, i, batch_dims=1)", x=X, i=whole(3, 0))
    rec("tf.gather(x, i, axis=1, batch_dims=1)", x=CUBE, i=whole([[0, 2]], [[1, 1]]))
    rec("tf.gather(x, i, axis=-1)", x=X, i=whole(3, 0))
    rec("tf.gather(x, i, batch_dims=2)", x=CUBE, i=whole([0, 3, 1], [1, 1, 2]))
    rec("tf.repeat(x, [2, 1], axis=0)", x=X)
    rec("tf.repeat(x, 3)", x=X)
    rec("tf.split(x, 2, axis=4)", x=real(1, 2, 1, 2, 4, 1))
    rec("isinstance(x, tf.RaggedTensor) or isinstance(x, tf.SparseTensor)\nx", x=X)
    rec("tf.dynamic_partition(x, i, 2)", x=X, i=whole(1, 0))
    rec("tf.histogram_fixed_width(x, [-1.0, 1.0], nbins=4)", x=X)
    rec("tf.clip_by_norm(x, 1.5)", x=X)
    rec("tf.clip_by_norm(x, 1.5, axes=[1])", x=X)
    rec("tf.clip_by_global_norm([x, y], 2.0)[0]", x=X, y=CUBE)
    rec("tf.clip_by_global_norm([x, y], 2.0)[1]", x=X, y=CUBE)
    rec("tf.linalg.global_norm([x, y])", x=X, y=CUBE)
    rec("tf.tensordot(x, y, axes=1)", x=X, y=real(4, 3))
    rec("tf.tensordot(x, y, axes=[[1, 2], [0, 1]])", x=CUBE, y=real(3, 4))
    rec("tf.saturate_cast(x, tf.uint8)", x=f32([-3, 4, 300]))
    rec("tf.where(x > 0, x, tf.float32.min)", x=X)


def record_math(rec):
    ids = whole(0, 0, 2, 2)
    for name in ["sum", "max", "min", "prod", "mean", "sqrt_n"]:
        rec(f"tf.math.unsorted_segment_{name}(x, i, 3)", x=real(4, 2), i=whole(2, 0, 2, 1))
    rec("tf.math.unsorted_segment_max(x, i, 3)", x=real(4), i=whole(2, 0, 2, 0))
    rec("tf.math.unsorted_segment_mean(x, i, 3)", x=real(4), i=whole(2, 0, 2, 0))
    for name in ["sum", "max", "min", "prod", "mean"]:
        rec(f"tf.math.segment_{name}(x, i)", x=real(4, 2), i=whole(0, 0, 1, 1))
    rec("tf.math.segment_sum(x, i)", x=real(4), i=ids)
    rec("tf.math.bincount(x)", x=whole(1, 0, 3, 3))
    rec("tf.math.bincount(x, minlength=6)", x=whole(1, 0, 3, 3))
    rec("tf.math.bincount(x, weights=w)", x=whole(1, 0, 3, 3), w=real(4))
    rec("tf.math.confusion_matrix(x, y)", x=whole(1, 0, 2, 2), y=whole(1, 1, 2, 0))
    rec("tf.math.confusion_matrix(x, y, num_classes=4, weights=w, dtype=tf.float32)", x=whole(1, 0, 2, 2),
        y=whole(1, 1, 2, 0), w=real(4))
    for arguments in ["", ", exclusive=True", ", reverse=True", ", exclusive=True, reverse=True"]:
        rec(f"tf.math.cumprod(x, axis=1{arguments})", x=X)
        rec(f"tf.math.cumsum(x, axis=1{arguments})", x=X)
    rec("tf.math.cumulative_logsumexp(x, axis=1)", x=X)
    rec("tf.math.in_top_k(y, x, 2)", x=X, y=whole(1, 3))
    rec("tf.math.zero_fraction(x)", x=f32([0, 1, 0]))
    rec("tf.math.invert_permutation(x)", x=whole(2, 0, 1))
    for name in ["asinh", "erfinv", "atanh"]:
        rec(f"tf.math.{name}(x)", x=f32([-.9, .2, .5]))
    rec("tf.math.acosh(x)", x=f32([1.5, 3]))
    rec("tf.math.ndtri(x)", x=f32([.1, .5, .9]))
    rec("tf.math.xlog1py(x, y)", x=f32([0, 2]), y=f32([-1, .5]))
    rec("tf.math.polyval([1.0, 2.0, 3.0], x)", x=X)
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift"]:
        rec(f"tf.bitwise.{name}(x, y)", x=whole(12, 7, 1), y=whole(1, 3, 2))
    rec("tf.bitwise.invert(x)", x=whole(12, -7))
    rec("tf.compat.v1.reduce_sum(x, reduction_indices=[1], keep_dims=True)", x=X)
    rec("tf.compat.v1.where(x > 0, y, -y)", x=whole(7, -7), y=X)
    rec("tf.compat.v1.where(x > 0, x, -x)", x=X)
    rec("tf.compat.v1.div(x, y)", x=whole(7, -7), y=whole(2, 2))
    rec("tf.compat.v1.to_float(x)", x=whole(7, -7))
    rec("tf.compat.v1.log(x)", x=f32([1, 2]))
    rec("tf.compat.v1.squared_difference(x, y)", x=X, y=-X)


def record_matrices(rec):
    two = f32(np.stack([SQUARE, 2 * SQUARE]))
    rec("tf.linalg.diag_part(x)", x=CUBE)
    rec("tf.linalg.diag_part(x, k=1)", x=SQUARE)
    rec("tf.linalg.diag(x)", x=X)
    rec("tf.linalg.set_diag(x, y)", x=CUBE, y=real(2, 3))
    rec("tf.linalg.tensor_diag(x)", x=X[0])
    rec("tf.linalg.tensor_diag_part(x)", x=SQUARE)
    rec("tf.linalg.trace(x)", x=two)
    for low, high in [(0, -1), (-1, 0), (1, 1)]:
        rec(f"tf.linalg.band_part(x, {low}, {high})", x=CUBE)
    for name in ["det", "logdet", "inv", "cholesky", "eigvalsh", "slogdet"]:
        rec(f"tf.linalg.{name}(x)", x=two)
    rec("tf.linalg.matvec(x, y)", x=CUBE, y=real(2, 4))
    rec("tf.linalg.matvec(x, y, transpose_a=True)", x=CUBE, y=real(2, 3))
    rec("tf.linalg.solve(x, y)", x=SQUARE, y=real(3, 2))
    rec("tf.linalg.triangular_solve(x, y)", x=SQUARE, y=real(3, 2))
    rec("tf.linalg.cholesky_solve(x, y)", x=f32(np.linalg.cholesky(SQUARE)), y=real(3, 2))
    rec("tf.linalg.pinv(x)", x=real(4, 3))
    rec("tf.linalg.svd(x)", shapes=True, x=CUBE)
    rec("tf.linalg.svd(x, full_matrices=True)", shapes=True, x=CUBE)
    rec("tf.linalg.svd(x, compute_uv=False)", x=CUBE)
    rec("tf.linalg.qr(x)", shapes=True, x=CUBE)
    rec("tf.linalg.qr(x, full_matrices=True)", shapes=True, x=real(4, 2))
    rec("tf.linalg.eigh(x)", shapes=True, x=SQUARE)
    rec("tf.linalg.expm(x)", shapes=True, x=SQUARE)
    rec("tf.linalg.cross(x, y)", x=real(2, 3), y=real(2, 3))
    rec("tf.linalg.normalize(x, axis=1)", x=X)
    rec("tf.linalg.matrix_transpose(x)", x=CUBE)


def record_windows(rec):
    kernel = real(2, 3, 3, 4)
    for padding in ["VALID", "SAME"]:
        for strides in ["1", "[1, 2, 2, 1]"]:
            rec(f"tf.nn.conv2d(x, w, strides={strides}, padding='{padding}')", x=IMAGE, w=kernel)
            rec(f"tf.nn.max_pool2d(x, ksize=2, strides={strides}, padding='{padding}')", x=IMAGE)
            rec(f"tf.nn.avg_pool2d(x, [1, 2, 3, 1], {strides}, '{padding}')", x=IMAGE)
        rec(f"tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], '{padding}')", x=IMAGE, w=real(2, 2, 3, 2))
        rec(f"tf.nn.conv1d(x, w, stride=2, padding='{padding}')", x=real(2, 7, 3), w=real(3, 3, 2))
        rec(f"tf.nn.avg_pool1d(x, 3, 2, '{padding}')", x=real(2, 7, 3))
    rec("tf.nn.conv2d(x, w, 1, [[0, 0], [1, 2], [0, 1], [0, 0]])", x=IMAGE, w=kernel)
    rec("tf.nn.conv2d(x, w, 1, 'SAME', dilations=2)", x=IMAGE, w=kernel)
    rec("tf.nn.conv3d(x, w, [1, 1, 1, 1, 1], 'VALID')", x=real(1, 3, 4, 4, 2), w=real(2, 2, 2, 2, 3))
    rec("tf.nn.conv2d_transpose(x, w, [2, 10, 12, 2], [1, 2, 2, 1])", x=IMAGE, w=real(3, 3, 2, 3))
    rec("tf.nn.separable_conv2d(x, d, p, [1, 1, 1, 1], 'VALID')", x=IMAGE, d=real(2, 2, 3, 1), p=real(1, 1, 3, 2))
    rec("tf.nn.convolution(x, w)", x=IMAGE, w=kernel)
    rec("tf.nn.pool(x, [2, 2], 'AVG')", x=IMAGE)
    rec("tf.nn.bias_add(x, b)", x=IMAGE, b=real(3))
    rec("tf.nn.batch_normalization(x, m, v, o, s, 0.01)", x=X, m=real(4), v=f32([1, 2, .5, 1]), o=real(4), s=real(4))
    rec("tf.nn.depth_to_space(x, 2)", x=real(1, 2, 3, 8))
    rec("tf.nn.space_to_depth(x, 2)", x=real(1, 4, 6, 2))
    rec("tf.nn.embedding_lookup(x, i)", x=X, i=whole([0, 1], [1, 1]))
    rec("tf.nn.log_poisson_loss(x, y)", x=np.abs(X), y=X)
    rec("tf.nn.log_poisson_loss(x, y, compute_full_loss=True)", x=np.abs(X), y=X)
    rec("tf.nn.compute_average_loss(x)", x=X[0])
    rec("tf.nn.compute_average_loss(x, sample_weight=w, global_batch_size=8)", x=X[0], w=np.abs(X[1]))
    rec("tf.nn.crelu(x)", x=X)
    rec("tf.nn.selu(x)", x=X)
    rec("tf.nn.weighted_moments(x, [0], w)", x=X, w=np.abs(X))
    rec("tf.nn.dropout(x, 0.4)", shapes=True, x=X)


def record_images(rec):
    alike = real(2, 12, 13, 2, low=0, high=1)
    other = f32(np.round(alike * .8 + .1, 3))
    rec("tf.image.ssim(x, y, max_val=1.0)", x=alike, y=other)
    rec("tf.image.ssim(x, y, 2.0, filter_size=5)", x=alike[0], y=other[1])
    rec("tf.image.ssim_multiscale(x, y, 1.0, power_factors=(0.5, 0.5), filter_size=4)", x=alike, y=other)
    rec("tf.image.psnr(x, y, max_val=1.0)", x=alike, y=other)
    rec("tf.image.total_variation(x)", x=IMAGE)
    rec("tf.image.total_variation(x)", x=IMAGE[0])
    rec("tf.image.image_gradients(x)", x=IMAGE)
    rec("tf.image.sobel_edges(x)", x=IMAGE)
    rec("tf.image.resize(x, (7, 4))", x=IMAGE)
    rec("tf.image.resize(x, (3, 9), method='nearest')", x=IMAGE)
    rec("tf.image.resize(x, (3, 9), method=tf.image.ResizeMethod.BICUBIC)", shapes=True, x=IMAGE)
    rec("tf.image.flip_left_right(x)", x=IMAGE)
    rec("tf.image.rgb_to_grayscale(x)", x=IMAGE)
    rec("tf.image.per_image_standardization(x)", x=IMAGE)
    rec("tf.image.extract_patches(x, [1, 2, 3, 1], [1, 1, 2, 1], [1, 1, 1, 1], 'SAME')", x=IMAGE)
    rec("tf.image.rgb_to_yuv(x)", x=IMAGE)
    rec("tf.compat.v1.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], 'VALID')", x=IMAGE)
    rec("tf.reshape(x, tf.concat([tf.shape(x)[:2], [-1]], 0))", x=IMAGE)
    rec("tf.image.resize(x, tf.shape(x)[1:3] * 2)", x=IMAGE)
    rec("tf.zeros(tf.stack([tf.shape(x)[0], 2]))", x=IMAGE)
    rec("tf.cast(tf.shape(x), tf.float32) / 2.0", x=IMAGE)
    rec("x[:, :tf.minimum(tf.shape(x)[1], 3)]", x=IMAGE)
    rec("tf.eye(2, batch_shape=[3])")


def record_loops(rec):
    rec("tf.map_fn(lambda row: tf.reduce_sum(row), x)", x=X)
    rec("tf.map_fn(lambda pair: pair[0] * pair[1], (x, y), fn_output_signature=tf.float32)", x=X, y=-X)
    rec("tf.vectorized_map(lambda row: row * 2.0, x)", x=X)
    rec("tf.scan(lambda carry, row: carry + row, x)", x=X)
    rec("tf.scan(lambda carry, row: carry * row, x, initializer=tf.ones((4,)), reverse=True)", x=X)
    rec("tf.foldl(lambda carry, row: carry - row, x)", x=X)
    rec("tf.foldr(lambda carry, row: carry - row, x, initializer=tf.ones((4,)))", x=X)
    rec("tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, v * 2.0), [0, x])[1]", x=X)
    rec("tf.case([(tf.reduce_sum(x) > 100.0, lambda: x), (tf.reduce_sum(x) < 100.0, lambda: -x)], default=lambda: x * 2.0)", x=X)
    rec("tf.switch_case(tf.constant(1), [lambda: x, lambda: -x])", x=X)
    rec("@tf.custom_gradient\ndef doubled(v):\n    return v * 2.0, lambda upstream: upstream\ndoubled(x)", x=X)
    rec("@tf.function\ndef doubled(v):\n    return v * 2.0\ndoubled(x)", x=X)
    rec("tf.py_function(lambda v: v * 2.0, [x], tf.float32)", x=X)
    rec("with tf.GradientTape() as tape:\n    tape.watch(x)\n    y = tf.reduce_sum(x * x)\ntape.gradient(y, x)", shapes=True, x=X)
    rec("with tf.GradientTape(persistent=True) as tape:\n    tape.watch([x, y])\n    z = x * y\n"
        "tape.gradient(z, [x, y])", shapes=True, x=X, y=-X)
    rec("with tf.GradientTape() as tape:\n    tape.watch(x)\n    y = x[:, :2] * 2.0\ntape.batch_jacobian(y, x)", shapes=True, x=X)
    rec("with tf.name_scope('inside'):\n    y = x * 2.0\ny + 1.0", x=X)


def record_state(rec):
    rec("v = tf.Variable(x)\nv.assign(y)\nv + 1.0", x=X, y=-X)
    rec("v = tf.Variable(x)\nv.assign_add(y)\nv.assign_sub(x)\nv.read_value()", x=X, y=-X)
    rec("w = x.dtype.is_floating\ntf.cast(x, tf.int32) if w else x", x=X)
    rec("tf.reshape(x, [x.get_shape().as_list()[0], -1, 2])", x=X)
    rec("tf.debugging.assert_rank(x, 3)\nx", x=X)
    rec("tf.debugging.assert_rank(x, 2)\ntf.debugging.assert_equal(tf.shape(x)[0], 2)\nx", x=X)
    rec("x / tf.cast(tf.distribute.get_strategy().num_replicas_in_sync, tf.float32)", x=X)
    rec("tf.nest.map_structure(lambda v: v * 2.0, {'a': x, 'b': [y]})['b'][0]", x=X, y=-X)
    rec("tf.nest.flatten({'b': x, 'a': [y]})", x=X, y=-X)


def record_old_losses(rec):
    binary, logits = f32([[0, 1, 1], [1, 0, 0]]), real(2, 3)
    calls = {"absolute_difference(y, p": {}, "mean_squared_error(y, p": {}, "huber_loss(y, p": {}, "hinge_loss(y, p": {},
             "sigmoid_cross_entropy(y, p": {}, "sigmoid_cross_entropy(y, p, label_smoothing=0.1": {},
             "log_loss(y, p": {"p": f32([[.2, .7, .9], [.6, .1, .3]])}, "cosine_distance(y, p, axis=1": {}}
    for call, inputs in calls.items():
        both = {"y": binary, "p": logits, **inputs}
        weights = f32([[1], [0]])
        rec(f"tf.compat.v1.losses.{call})", **both)
        rec(f"tf.compat.v1.losses.{call}, weights=w)", w=weights, **both)
        for reduction in ["NONE", "SUM", "MEAN", "SUM_OVER_BATCH_SIZE"]:
            rec(f"tf.compat.v1.losses.{call}, weights=w, reduction=tf.compat.v1.losses.Reduction.{reduction})", w=weights,
                **both)
    classes = f32([[0, 0, 1], [0, 1, 0]])
    rec("tf.compat.v1.losses.softmax_cross_entropy(y, p)", y=classes, p=logits)
    rec("tf.compat.v1.losses.softmax_cross_entropy(y, p, weights=w, label_smoothing=0.2)", y=classes, p=logits, w=f32([2, 0]))
    rec("tf.compat.v1.losses.sparse_softmax_cross_entropy(y, p)", y=whole(2, 1), p=logits)
    rec("tf.compat.v1.losses.sparse_softmax_cross_entropy(y, p, weights=w)", y=whole([2], [1]), p=logits, w=f32([[2], [1]]))
    rec("tf.compat.v1.losses.mean_pairwise_squared_error(y, p)", y=binary, p=logits)
    rec("tf.compat.v1.losses.mean_pairwise_squared_error(y, p, weights=w)", y=binary, p=logits, w=f32([[1], [0]]))
    rec("tf.compat.v1.losses.compute_weighted_loss(p, weights=2.0)", p=logits)
    rec("tf.compat.v1.losses.absolute_difference(y, p)", y=binary, p=logits[:, :1])
    rec("tf.compat.v1.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=p)", y=classes, p=logits)


def record_random(rec):
    for call in ["uniform((2, 3))", "uniform([4], maxval=9, dtype=tf.int32)", "normal([2, 3], stddev=2.0)",
                 "truncated_normal((2,))", "gamma([2], 1.5)", "poisson([2], [1.0, 2.0])", "stateless_uniform([3], seed=[1, 2])",
                 "stateless_normal([3], [1, 2])"]:
        rec(f"tf.random.{call}", shapes=True)
    rec("tf.random.categorical(x, 5)", shapes=True, x=X)
    rec("tf.random.shuffle(x)", shapes=True, x=X)


def record_edges(rec):
    for call in ["x, 1", "x, -1", "x[0], 0", "x[:, 1:3], axis=0", "[x], 1"]:
        rec(f"tf.concat({call})", x=X)
    rec("tf.concat(x, axis=2)", x=CUBE)
    for multiples in ["[2, 3]", "(1, 2)", "[4]", "[1, 2, 1]", "[]", "2", "tf.constant([2, 1])", "[1, tf.shape(x)[0]]"]:
        rec(f"tf.tile(x, {multiples})", x=X)
    rec("tf.tile(x[0], [2, 1])", x=X)
    rec("tf.tile(x[0, 0], [])", x=X)
    for call in ["k=tf.constant(2)", "tf.reduce_sum(tf.constant([1, 1]))", "k=tf.constant([2])", "k=5", "k=1"]:
        rec(f"tf.math.top_k(x, {call})", x=X)
    rec("tf.nn.top_k(x, k=tf.constant(3)).values[..., -1]", x=CUBE)
    rec("tf.nn.top_k(x, 2).indices", x=X)
    for call in ["constant([1, 2], float)", "constant(1, dtype=float)", "convert_to_tensor([1, 2], dtype=float)",
                 "Variable([1, 2], dtype=float)", "zeros([2], float)", "one_hot([0, 1], 3, dtype=float)"]:
        rec(f"tf.{call}")
    rec("import numpy as np\ntf.convert_to_tensor(np.arange(0.1, 1.0, 0.2), dtype=float)")
    rec("tf.ones_like(tf.nn.top_k(x, k=tf.reduce_sum(tf.cast(x > 2, tf.int32)))[1], dtype=tf.float64)", x=X)
    for call in ["mean(x)", "mean(x, weights=x[:, :1])", "mean_tensor(x)", "accuracy(labels=x, predictions=x)", "accuracy(x[:, :1], x[:, 0])",
                 "accuracy(x[:, 0], x)", "mean_squared_error(x, x)", "mean_squared_error(x, x[:, :3])", "root_mean_squared_error(x, x)",
                 "mean_absolute_error(x, x)", "precision(x > 0, x > 0)", "recall(x > 0, x > 0)", "auc(x > 0, tf.sigmoid(x))",
                 "true_positives(x > 0, x > 0)", "mean_iou(l, l, 4)", "mean_per_class_accuracy(l, l, 4)", "precision_at_k(l, x, 2)",
                 "recall_at_k(l, x, 2)"]:
        rec("with tf.Graph().as_default():\n    x = tf.zeros((2, 4))\n    l = tf.zeros((2,), tf.int64)\n"
            f"    value, update = tf.compat.v1.metrics.{call}\ntuple(value.shape) + (9,) + tuple(update.shape)")
