// What the formats for CI share: names of files relative to a project, and the hash of a line by which GitHub knows an
// alert again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/report/report.h"

namespace shapelint {

/// `name` relative to `folders.root`, without `.` and `..`; absolute when it is not below it.
std::string project_path(std::string_view name, const Folders& folders);

/// A path as an URI: what may not stand in one is percent-encoded; an absolute path gets the scheme `file`.
std::string path_uri(std::string_view path);

/// The `primaryLocationLineHash` of every line of a text, as GitHub's upload action computes it: HASH:OCCURRENCE, where
/// the hash is of the first 100 characters from the line's start that are no spaces. The action warns about any other
/// value, and computes none for uploads that do not go through it.
std::vector<std::string> line_hashes(std::string_view text);

/// 64-bit FNV-1a, in hexadecimal.
std::string stable_hash(std::string_view text);

/// A finding's message as sentences: ends in a full stop, starts with a capital where it starts with a small letter.
std::string as_sentence(std::string_view text);

}  // namespace shapelint
