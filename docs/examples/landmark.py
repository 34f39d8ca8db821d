"""The loss of a landmark detector: is the object there, and where are its points?

A label has N = 2*L + 1 numbers per sample: the presence first, then L points of two coordinates.
"""

from keras import backend as K
from keras.losses import binary_crossentropy, mean_squared_error


def landmark(y_true, y_pred):
    bce = binary_crossentropy(y_true[:, 0], y_pred[:, 0])
    mse = K.sign(y_true[:, 0]) * mean_squared_error(y_true[:, 1:], y_pred[:, 1:])
    return bce + mse
