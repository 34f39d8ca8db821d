// What users call a framework function, whose definition may stand in a module of another name.
#pragma once

#include <string>
#include <string_view>

#include "lib/trace/trace.h"

namespace shapelint {

/// `torch.nn._losses.mse_loss` is `torch.nn.functional.mse_loss`, `torch._reductions.sum` is `torch.sum`,
/// `keras.loss_classes.Loss.__call__` is `keras.losses.Loss.__call__`.
std::string public_name(std::string_view path);
/// The innermost function of a framework's around a frame that users know; empty when the frame is the user's.
std::string public_function(const Trace& trace, FrameId frame);

}  // namespace shapelint
