// The frame around messages: cut anywhere, spelled any way, and broken.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "lib/lsp/framing.h"

using namespace shapelint::lsp;

namespace {

struct Read {
  std::vector<std::string> messages;
  int problems = 0;
};

Read read(const std::string& bytes, std::size_t step) {
  FrameReader reader;
  std::vector<FrameReader::Item> items;
  for (std::size_t at = 0; at < bytes.size(); at += step) reader.feed(std::string_view(bytes).substr(at, step), items);
  Read out;
  for (const auto& item : items) {
    if (item.is_problem) ++out.problems;
    else out.messages.push_back(item.text);
  }
  return out;
}

}  // namespace

TEST_CASE("messages come whole however the bytes are cut, and headers in any case and order") {
  const std::string bytes =
      "Content-Length: 2\r\n\r\n{}"
      "content-LENGTH:3\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n[1]"
      "Content-Type: x\nContent-Length:   4  \n\nnull";
  for (const std::size_t step : {1U, 2U, 3U, 7U, 1000U}) {
    const Read got = read(bytes, step);
    CHECK(got.messages == std::vector<std::string>{"{}", "[1]", "null"});
    CHECK(got.problems == 0);
  }
}

TEST_CASE("garbage is reported once and passed over") {
  for (const std::size_t step : {1U, 5U, 1000U}) {
    CHECK(read("hello\r\nworld\r\n\r\nContent-Length: 2\r\n\r\n{}", step).messages == std::vector<std::string>{"{}"});
    CHECK(read("hello\r\nworld\r\n\r\nContent-Length: 2\r\n\r\n{}", step).problems == 1);
    // A body that nobody announced, directly before the next header.
    const Read unannounced = read("X: y\r\n\r\n{\"a\": 1}Content-Length: 2\r\n\r\n{}Content-Length: 1\r\n\r\n7", step);
    CHECK(unannounced.messages == std::vector<std::string>{"{}", "7"});
    CHECK(unannounced.problems == 1);
    const Read lengths = read(
        "Content-Length: -5\r\n\r\nContent-Length: 99999999999999999999\r\n\r\nContent-Length: 1x\r\n\r\n"
        "Content-Length: 2\r\n\r\n[]",
        step);
    CHECK(lengths.messages == std::vector<std::string>{"[]"});
    CHECK(lengths.problems >= 1);
  }
}

TEST_CASE("long header lines and long messages take no memory") {
  const std::string line(100'000, 'x');
  CHECK(read(line + "\r\nContent-Length: 2\r\n\r\n{}", 4096).messages == std::vector<std::string>{"{}"});
  // A message beyond the limit is passed over, byte by byte; the next one is read.
  const std::string huge(kMaxMessage + 1, ' ');
  const Read got =
      read("Content-Length: " + std::to_string(huge.size()) + "\r\n\r\n" + huge + "Content-Length: 2\r\n\r\n{}", 65536);
  CHECK(got.messages == std::vector<std::string>{"{}"});
  CHECK(got.problems == 1);
}

TEST_CASE("halves of surrogate pairs and bytes that are no UTF-8 become one replacement each") {
  CHECK(mend_unicode(R"("a\ud83d\ude00b")") == R"("a\ud83d\ude00b")");
  CHECK(mend_unicode(R"("a\ud83db")") == R"("a\ufffdb")");
  CHECK(mend_unicode(R"("\ude00\ud83d")") == R"("\ufffd\ufffd")");
  CHECK(mend_unicode(R"("\\ud83d")") == R"("\\ud83d")");  // a backslash and the letters
  CHECK(mend_unicode("\"\xFF\"") == "\"\xEF\xBF\xBD\"");
  CHECK(mend_unicode("\"\xED\xA0\xBD\"") == "\"\xEF\xBF\xBD\"");  // half a pair, encoded as if it were a character
  CHECK(mend_unicode("\"\\") == "\"\\");
}
