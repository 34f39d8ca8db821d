// NumPy's .npz: a zip of .npy files, stored or deflated. The directory at the end of the zip is read here (numpy.savez
// writes no other part of the format that matters), zlib inflates. Sizes are believed only as far as deflate's best
// ratio allows, and the members together stay within one array's element limit. Source: PKWARE's APPNOTE 6.3.10,
// sections 4.3 and 4.4.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "lib/oracle/sample_data_parts.h"

namespace shapelint {
namespace {

using sample_data::shown;

constexpr std::size_t kMaxMembers = 1000;
constexpr std::size_t kEndSize = 22;
constexpr std::size_t kEntrySize = 46;
constexpr std::size_t kLocalSize = 30;
constexpr std::uint32_t kZip64 = 0xFFFFFFFF;
constexpr std::uint64_t kBestRatio = 1032;  // of deflate: 258 bytes from 2 bits

// Little-endian integers at checked places; the callers check.
std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  return value;
}
std::uint32_t u16(std::string_view bytes, std::size_t at) { return number_at(bytes, at, 2); }
std::uint32_t u32(std::string_view bytes, std::size_t at) { return number_at(bytes, at, 4); }

struct Member {
  std::string_view name;
  std::uint32_t flags = 0;
  std::uint32_t method = 0;
  std::uint32_t crc = 0;
  std::uint32_t packed_size = 0;
  std::uint32_t size = 0;
  std::uint32_t local_at = 0;
};

DataError truncated() { return {"the .npz is no zip, or its end is missing (numpy.savez writes such files)"}; }

Result<std::vector<Member>, DataError> directory(std::string_view zip) {
  if (zip.size() < kEndSize) return truncated();
  // The end record is the last thing in the file but for a comment of at most 65535 bytes.
  std::size_t end = zip.size() - kEndSize;
  const std::size_t first = end - std::min<std::size_t>(end, 0xFFFF);
  while (zip.substr(end, 4) != "PK\5\6" || end + kEndSize + u16(zip, end + 20) != zip.size()) {
    if (end == first) return truncated();
    --end;
  }
  const std::size_t count = u16(zip, end + 10);
  const std::size_t size = u32(zip, end + 12);
  const std::size_t start = u32(zip, end + 16);
  if (start == kZip64 || count > kMaxMembers)
    return DataError{fmt::format("the .npz has more than {} members or 4 GB", kMaxMembers)};
  if (start > end || size > end - start) return DataError{"the directory of the .npz lies outside the file"};

  std::vector<Member> members;
  const std::string_view entries = zip.substr(start, size);
  std::size_t at = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (entries.size() - at < kEntrySize || entries.substr(at, 4) != "PK\1\2")
      return DataError{fmt::format("the directory of the .npz is broken at its entry {}", i + 1)};
    const std::size_t name_size = u16(entries, at + 28);
    const std::size_t rest = name_size + u16(entries, at + 30) + u16(entries, at + 32);
    if (entries.size() - at - kEntrySize < rest)
      return DataError{fmt::format("the directory of the .npz is broken at its entry {}", i + 1)};
    members.push_back({entries.substr(at + kEntrySize, name_size), u16(entries, at + 8), u16(entries, at + 10),
                       u32(entries, at + 16), u32(entries, at + 20), u32(entries, at + 24), u32(entries, at + 42)});
    at += kEntrySize + rest;
  }
  return members;
}

// Inflates to exactly `size` bytes, or fails.
bool inflate_to(std::string_view packed, std::size_t size, std::string& out) {
  out.resize(size);
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  // zlib's interface predates const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(size);
  const int status = inflate(&stream, Z_FINISH);
  const bool complete = status == Z_STREAM_END && stream.total_out == size && stream.avail_in == 0;
  inflateEnd(&stream);
  return complete;
}

Result<Array, DataError> read_member(std::string_view zip, const Member& member, std::int64_t max_elements) {
  if ((member.flags & 1) != 0) return DataError{"is encrypted"};
  if (member.method != 0 && member.method != 8)
    return DataError{fmt::format("is packed by method {}; expected stored (0) or deflated (8)", member.method)};
  if (member.size == kZip64 || member.packed_size == kZip64 || member.local_at == kZip64 ||
      member.size > sample_data::max_npy_bytes(max_elements))
    return DataError{
        fmt::format("claims {} bytes, with which the file would have more than {} numbers, the most that is read",
                    member.size, kMaxElements)};
  if (member.local_at > zip.size() || zip.size() - member.local_at < kLocalSize ||
      zip.substr(member.local_at, 4) != "PK\3\4")
    return DataError{"is not where the directory says"};
  const std::size_t before = kLocalSize + u16(zip, member.local_at + 26) + u16(zip, member.local_at + 28);
  if (zip.size() - member.local_at < before || zip.size() - member.local_at - before < member.packed_size)
    return DataError{"ends behind the end of the file"};
  std::string_view bytes = zip.substr(member.local_at + before, member.packed_size);

  std::string inflated;
  if (member.method == 8) {
    // Memory is asked for only if the packed bytes can fill it.
    if (member.size > kBestRatio * (std::uint64_t{member.packed_size} + 1) || !inflate_to(bytes, member.size, inflated))
      return DataError{fmt::format("does not unpack to the {} bytes that the directory says", member.size)};
    bytes = inflated;
  } else if (member.size != member.packed_size) {
    return DataError{"is stored, but has two sizes in the directory"};
  }
  if (crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())) != member.crc)
    return DataError{"is damaged: its checksum is another"};
  return sample_data::read_npy(bytes, max_elements);
}

}  // namespace

Result<SampleData, DataError> data_from_npz(std::string_view bytes) {
  constexpr std::string_view kEnding = ".npy";
  const auto members = directory(bytes);
  if (!members) return members.error();
  SampleData data;
  std::int64_t left = kMaxElements;
  for (const Member& member : *members) {
    const auto fail = [&](std::string_view what) {
      return DataError{fmt::format("{} in the .npz: {}", shown(member.name), what)};
    };
    if (member.name.size() <= kEnding.size() || member.name.substr(member.name.size() - kEnding.size()) != kEnding)
      return fail("expected only arrays, whose names end in .npy");
    const std::string name(member.name.substr(0, member.name.size() - kEnding.size()));
    if (data.count(name) != 0) return fail("is there twice");
    auto array = read_member(bytes, member, left);
    if (!array) return fail(array.error().message);
    left -= static_cast<std::int64_t>(array->values.size());
    data.emplace(name, std::make_shared<const Array>(std::move(*array)));
  }
  return data;
}

}  // namespace shapelint
