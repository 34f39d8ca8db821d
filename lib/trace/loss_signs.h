// What the words of a Python text say about its losses, without a syntax tree. Private to lib/trace.
#pragma once

#include <string_view>

namespace shapelint {

/// Is there anything by which `find_losses` knows a loss? Each sign is a part of what `losses.cpp` asks of the syntax,
/// so that a text without signs holds no loss. A sign where there is none costs a parse: in which function a word
/// stands is not asked.
bool has_loss_sign(std::string_view text);

/// Does a function or a lambda take a target and a prediction?
bool has_loss_pair(std::string_view text);

}  // namespace shapelint
