"""Records the shapes that layers and functional models of the real Keras give, as keras_models.json beside this file. Their
weights are drawn, so no numbers are kept.

    pip install -r tests/conformance/requirements-keras.txt
    KERAS_BACKEND=tensorflow python tests/conformance/record_keras_models.py

A record is as in record_keras_programs.py.
"""
import json
import pathlib

import keras

from keras_recorder import Inputs, ProgramRecorder

INPUTS = Inputs(20261129)
ROWS, STEPS, IMAGE, VOLUME = (INPUTS.real(*shape) for shape in [(3, 4), (3, 6, 4), (3, 8, 6, 4), (3, 4, 6, 8, 2)])


def record_layers(rec):
    for layer in ["Dense(2)", "Dense(5, activation='relu')", "LayerNormalization()", "ELU()", "GaussianNoise(.1)",
                  "RepeatVector(5)", "Reshape((2, 2))", "Lambda(lambda x: x[:, :1])"]:
        rec(f"layers.{layer}(x)", shapes=True, x=ROWS)
    for layer in ["Conv1D(5, 3)", "Conv1D(5, 3, padding='same', strides=2)", "SeparableConv1D(5, 3)", "Conv1DTranspose(5, 3)",
                  "Conv1DTranspose(5, 3, strides=2, padding='same')", "MaxPooling1D()", "MaxPool1D(3, strides=1)",
                  "AveragePooling1D(2)", "AvgPool1D(3, padding='same')", "GlobalMaxPooling1D()", "GlobalMaxPool1D(keepdims=True)",
                  "GlobalAveragePooling1D()", "GlobalAvgPool1D(keepdims=True)", "UpSampling1D(3)", "ZeroPadding1D(2)",
                  "ZeroPadding1D((1, 3))", "Permute((2, 1))", "Flatten()", "TimeDistributed(layers.Dense(2))",
                  "SpatialDropout1D(.1)"]:
        rec(f"layers.{layer}(x)", shapes=True, x=STEPS)
    for kind in ["SimpleRNN", "GRU", "LSTM"]:
        for options in ["", ", return_sequences=True", ", return_state=True", ", return_sequences=True, return_state=True",
                        ", go_backwards=True"]:
            rec(f"layers.{kind}(5{options})(x)", shapes=True, x=STEPS)
        for mode in ["'concat'", "'sum'", "'mul'", "'ave'"]:
            rec(f"layers.Bidirectional(layers.{kind}(5), merge_mode={mode})(x)", shapes=True, x=STEPS)
        rec(f"layers.Bidirectional(layers.{kind}(5, return_sequences=True))(x)", shapes=True, x=STEPS)
    for layer in ["Conv2D(5, 3)", "Conv2D(5, (3, 1), padding='same', strides=2)", "SeparableConv2D(5, 3)",
                  "Conv2DTranspose(5, 3)", "Conv2DTranspose(5, 3, strides=2, padding='same')", "MaxPooling2D()",
                  "MaxPool2D((2, 1))", "AveragePooling2D(2)", "AvgPool2D(3, padding='same')", "GlobalMaxPooling2D()",
                  "GlobalMaxPool2D(keepdims=True)", "GlobalAveragePooling2D()", "GlobalAvgPool2D(keepdims=True)",
                  "UpSampling2D()", "UpSampling2D((3, 1))", "UpSampling2D(2, interpolation='bilinear')", "ZeroPadding2D()",
                  "ZeroPadding2D((2, 1))", "ZeroPadding2D(((1, 2), (0, 3)))", "Permute((3, 1, 2))", "Flatten()",
                  "SpatialDropout2D(.1)", "TimeDistributed(layers.Dense(2))", "TimeDistributed(layers.Flatten())"]:
        rec(f"layers.{layer}(x)", shapes=True, x=IMAGE)
    for layer in ["Conv3D(5, 2)", "Conv3DTranspose(5, 2)", "MaxPooling3D()", "MaxPool3D(2)", "AveragePooling3D(2)",
                  "AvgPool3D(2)", "GlobalMaxPooling3D()", "GlobalMaxPool3D()", "GlobalAveragePooling3D()", "GlobalAvgPool3D()",
                  "SpatialDropout3D(.1)"]:
        rec(f"layers.{layer}(x)", shapes=True, x=VOLUME)


def record_merging(rec):
    one, other, third = ROWS, ROWS[:, ::-1], ROWS[:, :2]
    for name in ["add", "multiply", "maximum", "minimum", "average"]:
        rec(f"layers.{name}([x, y, y])", x=one, y=other)
        rec(f"layers.{name.capitalize()}()([x, y])", x=one, y=other)
    rec("layers.subtract([x, y])", x=one, y=other)
    rec("layers.Subtract()([x, y])", x=one, y=other)
    rec("layers.concatenate([x, y])", x=one, y=third)
    rec("layers.Concatenate(axis=1)([x, y])", x=one, y=third)
    rec("layers.Concatenate(axis=0)([x, y])", x=one, y=other)
    rec("layers.Lambda(lambda xs: xs[0] * xs[1] + 1)([x, y])", x=one, y=other)
    rec("layers.Lambda(lambda x, by: x * by, arguments={'by': 3.0})(x)", x=one)


def record_models(rec):
    rec("""s = keras.Input((4,))
model = keras.Model(s, layers.Dense(1)(layers.Dense(8, activation="relu")(s)))
model(x)""", shapes=True, x=ROWS)
    rec("""s = layers.Input(shape=(4,))
h = layers.Dense(8)(s)
model = keras.Model(inputs=s, outputs=[layers.Dense(1)(h), layers.Dense(3)(h)])
model(x)""", shapes=True, x=ROWS)
    rec("""a, b = keras.Input((4,)), keras.Input((6, 4))
joined = layers.Concatenate()([a, layers.LSTM(5)(b)])
model = keras.Model([a, b], layers.Dense(2)(joined))
model([x, y])""", shapes=True, x=ROWS, y=STEPS)
    rec("""s = keras.Input((4,))
model = keras.Model(s, 2 * s + s / 4 - 1)
model(x)""", x=ROWS)
    rec("""s = keras.Input((4,))
model = keras.Model(s, 1 - s[:, :2] * s[:, 2:])
model(x)""", x=ROWS)
    rec("""s = keras.Input((4,))
model = keras.Model(s, (-s) ** 2)
model(x)""", x=ROWS)
    rec("""s = keras.Input((4,))
inner = keras.Model(s, layers.Dense(3)(s))
t = keras.Input((4,))
outer = keras.Model(t, layers.Dense(1)(inner(t)))
outer(x)""", shapes=True, x=ROWS)
    rec("""s = keras.Input((8, 6, 4))
h = s
for filters in [4, 4, 4]:
    h = layers.add([h, layers.Conv2D(filters, 3, padding="same")(h)])
model = keras.Model(s, layers.GlobalAveragePooling2D()(h))
model(x)""", shapes=True, x=IMAGE)
    rec("""base = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])
base(x)""", shapes=True, x=ROWS)
    rec("""s = keras.Input((4,))
body = keras.Model(s, layers.Dense(3)(s))
model = keras.Model(body.input, layers.Dense(1)(body.output))
model(x)""", shapes=True, x=ROWS)
    rec("""shared = layers.Dense(3)
a, b = keras.Input((4,)), keras.Input((4,))
model = keras.Model([a, b], shared(a) - shared(b))
model([x, x])""", x=ROWS)
    rec("""s = keras.Input((4,))
mean, spread = layers.Dense(2)(s), layers.Dense(2)(s)
z = layers.Lambda(lambda parts: parts[0] + ops.exp(parts[1]))([mean, spread])
model = keras.Model(s, {"mean": mean, "z": z})
model(x)["z"]""", shapes=True, x=ROWS)


if __name__ == "__main__":
    rec = ProgramRecorder("keras=3", f"keras {keras.__version__} {keras.backend.backend()}", keras.ops.convert_to_tensor,
                          "import keras\nfrom keras import layers, ops")
    for record in [record_layers, record_merging, record_models]:
        record(rec)
    path = pathlib.Path(__file__).with_name("keras_models.json")
    path.write_text("[\n" + ",\n".join(json.dumps(one) for one in rec.records) + "\n]\n")
