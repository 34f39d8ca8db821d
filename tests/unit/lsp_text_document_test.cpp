// The copy of an editor's text: places by hand, and long random edits against a model that works on UTF-16 units.
#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "lib/lsp/text_document.h"

using namespace shapelint::lsp;

namespace {

LspRange range(std::uint32_t l0, std::uint32_t c0, std::uint32_t l1, std::uint32_t c1) { return {{l0, c0}, {l1, c1}}; }

// ---- the independent model: a sequence of UTF-16 units, lines found by walking from the start every time ------------

std::string to_utf8(const std::u16string& units) {
  std::string out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t code = units[i];
    if (code >= 0xD800 && code < 0xDC00 && i + 1 < units.size())
      code = 0x10000 + ((code - 0xD800) << 10) + (units[++i] - 0xDC00);
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | (code >> 12));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
      out += static_cast<char>(0xF0 | (code >> 18));
      out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
      out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return out;
}

struct Model {
  std::u16string units;

  // Lines as the protocol has them, each with its line end.
  std::vector<std::u16string> lines() const {
    std::vector<std::u16string> out(1);
    std::size_t i = 0;
    while (i < units.size()) {
      if (units[i] == u'\r' && i + 1 < units.size() && units[i + 1] == u'\n') {
        out.back() += u"\r\n";
        i += 2;
        out.emplace_back();
      } else if (units[i] == u'\n' || units[i] == u'\r') {
        out.back() += units[i++];
        out.emplace_back();
      } else {
        out.back() += units[i++];
      }
    }
    return out;
  }
  std::size_t index(const LspPosition& at) const {
    const auto all = lines();
    if (at.line >= all.size()) return units.size();
    std::size_t before = 0;
    for (std::size_t i = 0; i < at.line; ++i) before += all[i].size();
    std::u16string line = all[at.line];
    while (!line.empty() && (line.back() == u'\n' || line.back() == u'\r')) line.pop_back();
    return before + std::min<std::size_t>(at.character, line.size());
  }
  bool cuts_pair(std::size_t at) const {
    return at > 0 && at < units.size() && units[at] >= 0xDC00 && units[at] < 0xE000 && units[at - 1] >= 0xD800 &&
           units[at - 1] < 0xDC00;
  }
  bool replace(const LspRange& r, const std::u16string& with) {
    const std::size_t begin = index(r.start);
    const std::size_t end = index(r.end);
    if (begin > end || cuts_pair(begin) || cuts_pair(end)) return false;
    units = units.substr(0, begin) + with + units.substr(end);
    return true;
  }
};

const std::vector<std::u16string> kPieces = {u"\r\n",
                                             u"\n",
                                             u"\r",
                                             u"\t",
                                             u" ",
                                             u"a",
                                             u"loss = ",
                                             u"\u00e9",
                                             u"\u4e2d",
                                             u"\U0001F600",
                                             u"\U00010348",
                                             u"\uFEFF",
                                             u"\f",
                                             u"\u2028",
                                             u"\u0085",
                                             u"x\r",
                                             u"\ny",
                                             u"e\u0301",
                                             u"\U0001F468\u200D\U0001F469"};

}  // namespace

TEST_CASE("positions count UTF-16 units and lines end at \\n, \\r\\n and \\r") {
  const TextDocument text(
      "a\xF0\x9F\x98\x80"
      "b\r\nc\rd\n");  // a, one emoji, b
  CHECK(text.line_count() == 4);
  CHECK(text.offset_at({0, 1}) == 1);
  CHECK(text.offset_at({0, 3}) == 5);
  CHECK(text.offset_at({0, 4}) == 6);
  CHECK_FALSE(text.offset_at({0, 2}).has_value());  // between two surrogates
  CHECK(text.offset_at({1, 0}) == 8);
  CHECK(text.offset_at({2, 0}) == 10);
  CHECK(text.offset_at({3, 0}) == 12);
  CHECK(text.position_at(6) == LspPosition{0, 4});
  CHECK(text.position_at(7) == LspPosition{0, 4});  // between \r and \n
  CHECK(text.position_at(3) == LspPosition{0, 1});  // inside the emoji
  CHECK(text.position_at(10) == LspPosition{2, 0});
}

TEST_CASE("positions beyond the text are its ends") {
  const TextDocument text("ab\r\ncd");
  CHECK(text.offset_at({0, 99}) == 2);
  CHECK(text.offset_at({0, 3}) == 2);
  CHECK(text.offset_at({1, 4294967295U}) == 6);
  CHECK(text.offset_at({2, 0}) == 6);
  CHECK(text.offset_at({4294967295U, 7}) == 6);
  CHECK(text.position_at(1000) == LspPosition{1, 2});
  const TextDocument empty("");
  CHECK(empty.offset_at({0, 0}) == 0);
  CHECK(empty.offset_at({5, 5}) == 0);
  CHECK(empty.line_count() == 1);
}

TEST_CASE("the other encodings count bytes and code points") {
  const std::string source = "\xC3\xA9\xF0\x9F\x98\x80x";
  const TextDocument bytes(source, PositionEncoding::utf8);
  CHECK(bytes.offset_at({0, 6}) == 6);
  CHECK_FALSE(bytes.offset_at({0, 1}).has_value());
  CHECK(bytes.position_at(6) == LspPosition{0, 6});
  const TextDocument points(source, PositionEncoding::utf32);
  CHECK(points.offset_at({0, 2}) == 6);
  CHECK(points.position_at(6) == LspPosition{0, 2});
}

TEST_CASE("edits that cannot be change nothing") {
  TextDocument text("a\xF0\x9F\x98\x80\nb");
  CHECK_FALSE(text.replace(range(1, 0, 0, 0), "x"));
  CHECK_FALSE(text.replace(range(0, 2, 0, 3), "x"));
  CHECK(text.text() == "a\xF0\x9F\x98\x80\nb");
  CHECK(text.replace(range(0, 1, 0, 3), ""));
  CHECK(text.text() == "a\nb");
}

TEST_CASE("line ends that edits join and part") {
  TextDocument text("a\rb");
  CHECK(text.replace(range(1, 0, 1, 0), "\n"));  // \r and \n become one line end
  CHECK(text.text() == "a\r\nb");
  CHECK(text.line_count() == 2);
  CHECK(text.replace(range(0, 1, 1, 0), "\r"));
  CHECK(text.line_count() == 2);
  CHECK(text.replace(range(1, 0, 2, 0), ""));
  CHECK(text.text() == "a\r");
  CHECK(text.line_count() == 2);
}

TEST_CASE("random edits leave the text that an independent UTF-16 model has") {
  int refused = 0;
  int done = 0;
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
    const auto words = [&](std::size_t most) {
      std::u16string out;
      for (std::size_t n = below(most + 1); n > 0; --n) out += kPieces[below(kPieces.size())];
      return out;
    };
    Model model{words(60)};
    TextDocument text(to_utf8(model.units));
    for (int edit = 0; edit < 60; ++edit) {
      CAPTURE(edit);
      const auto lines = model.lines();
      const auto place = [&]() -> LspPosition {
        const std::uint32_t line = below(lines.size() + 1);  // sometimes beyond the last
        return {line, below(line < lines.size() ? lines[line].size() + 3 : 4)};
      };
      LspRange at{place(), place()};
      const bool is_backwards = std::pair(at.start.line, at.start.character) > std::pair(at.end.line, at.end.character);
      if (is_backwards && below(10) != 0) std::swap(at.start, at.end);
      if (below(3) == 0) at.end = at.start;
      const std::u16string with = words(6);
      const bool fits = model.replace(at, with);
      REQUIRE(text.replace(at, to_utf8(with)) == fits);
      ++(fits ? done : refused);
      REQUIRE(text.text() == to_utf8(model.units));
      // The line table that edits patch is the one of the whole text.
      REQUIRE(text.line_starts() == TextDocument(text.text()).line_starts());
      REQUIRE(text.line_count() == model.lines().size());
      // Every unit's place is the same in both directions.
      const LspPosition probe = place();
      const std::size_t index = model.index(probe);
      if (!model.cuts_pair(index)) {
        const std::size_t offset = to_utf8(model.units.substr(0, index)).size();
        REQUIRE(text.offset_at(probe) == offset);
        REQUIRE(model.index(text.position_at(offset)) == index);
      }
    }
  }
  // Enough of both kinds, so that this test tests something.
  CHECK(done > 1500);
  CHECK(refused > 30);
}
