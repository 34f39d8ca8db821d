"""Records what small programs of the real Keras and TensorFlow give, as keras_programs.json beside this file: functions
that take functions, objects with state, and the part of both that losses use less often.

    pip install -r tests/conformance/requirements-keras.txt
    python tests/conformance/record_keras_programs.py

A record is as in record_keras.py, with `program` in place of the call: a module that defines `replayed`, whose
parameters are the inputs. A result without `data` is known by shape and dtype only.
"""
from keras_metrics import record_metrics
from keras_programs import record_keras_ops, record_random, record_weights
from keras_recorder import ProgramRecorder, record_in_jobs
from tensorflow_programs import record_tensorflow

JOBS = ["numpy", "jax", "tensorflow", "tf_keras"]


def run(job):
    if job == "tf_keras":
        import tensorflow as tf
        import tf_keras
        rec = ProgramRecorder("keras=2", f"tf_keras {tf_keras.__version__}", tf.constant, "import tf_keras as keras")
        record_metrics(rec)
        record_weights(rec)
        return rec.records
    import keras
    rec = ProgramRecorder("keras=3", f"keras {keras.__version__} {job}", keras.ops.convert_to_tensor,
                          "import keras\nfrom keras import ops")
    record_metrics(rec)
    record_keras_ops(rec)
    record_random(rec)
    if job == "jax":
        record_weights(rec)
    if job == "tensorflow":
        import tensorflow as tf
        of_tensorflow = ProgramRecorder("keras=3", f"tensorflow {tf.__version__}", tf.constant,
                                        "import tensorflow as tf")
        record_tensorflow(of_tensorflow)
        return rec.records + of_tensorflow.records
    return rec.records


if __name__ == "__main__":
    record_in_jobs(__file__, JOBS, run, "keras_programs.json")
