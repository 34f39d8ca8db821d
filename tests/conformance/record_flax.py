"""Records the shapes that layers of the real Flax give, as flax_models.json beside this file. Their parameters are drawn, so
no numbers are kept.

    pip install -r tests/conformance/requirements-jax.txt flax==0.12.8
    python tests/conformance/record_flax.py

A record is as in record_keras_programs.py.
"""
import json
import pathlib

import flax
import jax.numpy as jnp

from keras_recorder import Inputs, ProgramRecorder, whole

INPUTS = Inputs(20261129)
ROWS, STEPS, IMAGE = (INPUTS.real(*shape) for shape in [(3, 4), (3, 7, 4), (3, 8, 6, 3)])
LABELS = whole(0, 3, 1, 2, 0, 1).reshape(2, 3)


def record_layers(rec):
    made = "module.init_with_output(jax.random.PRNGKey(0), x)[0]"
    for layer, x in [("Dense(2)", ROWS), ("Dense(2)", IMAGE), ("LayerNorm()", ROWS), ("Conv(5, 3)", STEPS), ("Conv(5, (3,))", STEPS),
                     ("Conv(5, (3, 3))", IMAGE), ("Conv(5, (3, 3), strides=2)", IMAGE), ("Conv(5, (3, 2), strides=(2, 1))", IMAGE),
                     ("Conv(5, (3, 3), padding='VALID')", IMAGE), ("Conv(5, (3, 3), strides=(2, 2), padding='VALID')", IMAGE),
                     ("Conv(5, (3, 3), padding=1)", IMAGE), ("Conv(5, (3, 3), padding=((1, 0), (2, 2)))", IMAGE),
                     ("Conv(5, (3, 3), kernel_init=nn.initializers.orthogonal(.1), bias_init=nn.initializers.zeros)", IMAGE),
                     ("Conv(5, (3, 3))", IMAGE[0]), ("Conv(5, (3, 3), strides=2)", IMAGE[None]), ("Conv(5, 3)", STEPS[0]),
                     ("Conv(5, (3,))", IMAGE), ("ConvTranspose(5, (3, 3), strides=(2, 2))", IMAGE[0]),
                     ("ConvTranspose(5, (3, 3), strides=(2, 2))", IMAGE[None]),
                     ("ConvTranspose(5, (3, 3))", IMAGE), ("ConvTranspose(5, (3, 3), strides=(2, 2))", IMAGE),
                     ("ConvTranspose(5, (4, 4), strides=(2, 2), padding='VALID')", IMAGE),
                     ("BatchNorm(use_running_average=False)", IMAGE), ("BatchNorm(use_running_average=True)", ROWS)]:
        rec(f"module = nn.{layer}\n{made}", shapes=True, x=x)
    for call in ["max_pool(x, (2, 2))", "max_pool(x, (2, 2), strides=(2, 2))", "max_pool(x, (3, 3), strides=(2, 2), padding='SAME')",
                 "avg_pool(x, (2, 2))", "avg_pool(x, (2, 3), strides=(2, 3))", "avg_pool(x, (3, 3), strides=(2, 2), padding='SAME')"]:
        for x in [IMAGE, IMAGE[0], IMAGE[None]]:
            rec(f"nn.{call}", shapes=True, x=x)
    for name in ["zeros", "ones"]:
        rec(f"nn.initializers.{name}(jax.random.PRNGKey(0), (4, 2)) + 0 * x[0, 0]", x=ROWS)
        rec(f"nn.initializers.{name}_init()(jax.random.PRNGKey(0), (4, 2)) + 0 * x[0, 0]", x=ROWS)
    for call in ["constant(2.0)", "normal()", "truncated_normal()", "uniform(.1)", "orthogonal()", "lecun_normal()", "he_uniform()",
                 "glorot_normal()", "xavier_uniform()", "kaiming_normal()", "variance_scaling(1.0, 'fan_in', 'normal')"]:
        rec(f"nn.initializers.{call}(jax.random.PRNGKey(0), (4, 2)) + x[0, 0]", shapes=True, x=ROWS)


def record_training(rec):
    for call in ["onehot(x, 4)", "onehot(x, 4, 0.9, 0.025)", "onehot(x[0], 5)"]:
        rec(f"from flax.training import common_utils\ncommon_utils.{call}", x=LABELS)


def record_nnx(rec):
    r = "rngs=nnx.Rngs(0)"
    for layer, x in [(f"Linear(4, 2, {r})", ROWS), (f"Linear(4, 2, use_bias=False, {r})", STEPS), (f"Linear(5, 2, {r})", ROWS),
                     (f"Conv(3, 5, (3, 3), {r})", IMAGE), (f"Conv(3, 5, (3, 3), strides=2, padding='VALID', {r})", IMAGE),
                     (f"Conv(4, 5, (3,), {r})", STEPS), (f"Conv(4, 5, (3, 3), {r})", IMAGE),
                     (f"ConvTranspose(3, 5, (3, 3), strides=(2, 2), {r})", IMAGE), (f"BatchNorm(3, {r})", IMAGE),
                     (f"BatchNorm(4, {r})", IMAGE), (f"LayerNorm(4, {r})", ROWS), (f"LayerNorm(3, {r})", ROWS), (f"RMSNorm(4, {r})", STEPS),
                     (f"Dropout(0.5, {r})", ROWS), (f"Sequential(nnx.Linear(4, 3, {r}), nnx.relu, nnx.Linear(3, 2, {r}))", ROWS),
                     (f"Embed(10, 6, {r})", INPUTS.real(3, 2, low=0, high=9).astype("int32"))]:
        rec(f"nnx.{layer}(x)", shapes=True, x=x)
    for last in ["nnx.Param(x)", "nnx.Param(x).value", "nnx.Param(x)[0]", "nnx.Param(x)[...] + 1", "jnp.sum(nnx.Param(x))", "nnx.relu(x)",
                 "nnx.sigmoid(x)", "nnx.softmax(x)", "nnx.log_softmax(x, axis=0)", "nnx.gelu(x)"]:
        rec(f"jnp.asarray({last})" if "Param" in last else last, x=ROWS)
    rec(f"nnx.Linear(4, 2, {r}).kernel.value + 0 * x[0, 0]", shapes=True, x=ROWS)
    rec("nnx.max_pool(x, (2, 2), strides=(2, 2))", shapes=True, x=IMAGE)
    model = ("class Model(nnx.Module):\n    def __init__(self, size, *, rngs):\n        self.first = nnx.Linear(4, size, rngs=rngs)\n"
             "        self.drop = nnx.Dropout(0.1, rngs=rngs)\n        self.scale = nnx.Param(jnp.ones((size,)))\n"
             "    def __call__(self, x):\n        return nnx.relu(self.drop(self.first(x))) * self.scale.value\n"
             "def loss(model, x):\n    out = model(x)\n    return (out ** 2).mean(), out\n"
             "model = Model(2, rngs=nnx.Rngs(0, dropout=1))\n")
    for last in ["model(x)", "nnx.value_and_grad(loss, has_aux=True)(model, x)[0][0]", "nnx.value_and_grad(loss, has_aux=True)(model, x)[0][1]",
                 "nnx.grad(loss, has_aux=True)(model, x)[1]", "nnx.grad(lambda m, x: loss(m, x)[0], argnums=1)(model, x)",
                 "nnx.merge(*nnx.split(model))(x)"]:
        rec(model + last, shapes=True, x=ROWS)
    rec(model + "model.eval()\nopt = nnx.Optimizer(model, optax.adam(1e-3), wrt=nnx.Param)\n"
        "(value, out), grads = nnx.value_and_grad(loss, has_aux=True)(model, x)\nopt.update(model, grads)\nmodel(x)", shapes=True, x=ROWS)
    rec("m = nnx.MultiMetric(loss=nnx.metrics.Average('loss'))\nm.update(loss=x)\nm.compute()['loss']", shapes=True, x=ROWS)


if __name__ == "__main__":
    rec = ProgramRecorder("jax", f"flax {flax.__version__}", jnp.asarray, "import flax.linen as nn\nimport jax")
    record_layers(rec)
    record_training(rec)
    of_nnx = ProgramRecorder("jax", f"flax {flax.__version__} nnx", jnp.asarray,
                             "import jax\nimport jax.numpy as jnp\nimport optax\nfrom flax import nnx")
    record_nnx(of_nnx)
    path = pathlib.Path(__file__).with_name("flax_models.json")
    path.write_text("[\n" + ",\n".join(json.dumps(one) for one in rec.records + of_nnx.records) + "\n]\n")
