// What must hold of a program that another process sent, beyond the types of its fields. Private to lib/language.
#pragma once

#include <string>
#include <string_view>

#include "lib/language/program.h"

namespace shapelint {

/// Height of a program that is read: above what our own parser makes (lower.h), so that its programs come back.
inline constexpr int kMaxWireHeight = 3000;

/// Empty when every node is used at most once, nothing contains itself, and the height is bounded: then walking the
/// program is linear in its size and recursion is bounded. Ids must be in range already.
std::string check_tree(const ast::Module& module);

/// Whether the CBOR reader can be given these bytes: nesting and the number of keys per object are small, lengths are
/// definite and within the bytes. (The reader recurses, and looks keys up one by one.)
bool cbor_is_tame(std::string_view bytes);

}  // namespace shapelint
