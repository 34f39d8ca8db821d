// Which texts can hold a loss at all, asked before anything is parsed: most files of a project do not.
#pragma once

#include <string_view>

namespace shapelint {

/// Is there a framework's name in a line that imports? Asked of a notebook's raw text, which is longer than its code.
bool may_import_framework(std::string_view text);

/// False only when `find_losses` would find nothing in the Python text, or when it imports no framework or has neither
/// a word of losses nor a stated shape nor a target beside a prediction. Reads the text a few times with `memmem`, and
/// its words where that leaves it open.
bool may_hold_loss(std::string_view text);

/// The same for C++ over LibTorch: false when the text does not name LibTorch, or has no word of a loss, no call of
/// `backward`, no parameter list with a target and a prediction, and no parameter with a stated shape.
bool may_hold_cxx_loss(std::string_view text);

}  // namespace shapelint
