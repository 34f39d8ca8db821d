// Fuzzes the readers of sample data: the first byte chooses the reader, the rest is the file. What is accepted has to
// be a sound array. The preset `fuzz` builds it (then: build-fuzz/fuzz/sample_data_fuzz CORPUS -max_total_time=120); by
// hand:
//
//   clang++-19 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -DFMT_HEADER_ONLY
//     -fno-relaxed-template-template-args -I. tests/fuzz/sample_data_fuzz.cpp lib/oracle/*_data.cpp lib/ops/array.cpp
//     lib/ops/dtype.cpp lib/support/check.cpp -lz -o sample_data_fuzz
//
// SAMPLE_DATA_READER=json (npy, npz, csv) keeps to one reader; then the whole input is the file.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lib/oracle/sample_data.h"

namespace {

using namespace shapelint;

void check(const Result<SampleData, DataError>& result) {
  if (!result) {
    if (result.error().message.empty() || result.error().message.size() > 1000) std::abort();
    return;
  }
  std::int64_t total = 0;
  for (const auto& [name, array] : *result) {
    const auto count = element_count(array->shape);
    if (!count || static_cast<std::size_t>(*count) != array->values.size()) std::abort();
    for (const std::int64_t size : array->shape)
      if (size > kMaxElements) std::abort();
    total += *count;
  }
  if (total > kMaxElements) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const char* const only = std::getenv("SAMPLE_DATA_READER");
  std::string_view reader = only != nullptr ? only : "";
  if (reader.empty()) {
    if (bytes.empty()) return 0;
    constexpr std::string_view kReaders[] = {"json", "npy", "npz", "csv"};
    reader = kReaders[static_cast<unsigned char>(bytes[0]) % 4];
    bytes.remove_prefix(1);
  }
  if (reader == "json") check(data_from_json(bytes));
  if (reader == "npy") check(data_from_npy(bytes, "y"));
  if (reader == "npz") check(data_from_npz(bytes));
  if (reader == "csv") check(data_from_csv(bytes));
  return 0;
}
