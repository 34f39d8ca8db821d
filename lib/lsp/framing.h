// The frame around messages: headers, an empty line, `Content-Length` bytes of JSON. What does not fit is reported once
// and passed over, up to the next header that does.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shapelint::lsp {

inline constexpr std::size_t kMaxMessage = std::size_t{64} << 20U;  ///< bytes of a message that is read

/// Turns a stream of bytes, cut anywhere, into messages. Holds at most one message and one header line.
class FrameReader {
 public:
  struct Item {
    bool is_problem = false;
    std::string text;  ///< a message's JSON, or what is wrong with the stream
  };
  /// Takes what was read and adds what became complete to `out`.
  void feed(std::string_view bytes, std::vector<Item>& out);

 private:
  void header_line(std::vector<Item>& out);
  void complain(std::string text, std::vector<Item>& out);

  enum class State { header, body, skipping };
  State state_ = State::header;
  std::string line_;
  std::string body_;
  std::size_t missing_ = 0;            ///< bytes of the body that are still to come
  std::optional<std::size_t> length_;  ///< of the header that is being read
  bool has_header_ = false;
  bool line_too_long_ = false;
  bool is_lost_ = false;  ///< in garbage, which is reported once
};

std::string frame(std::string_view json);

/// Makes JSON that is nearly right readable, where editors differ from the standard: bytes that are no UTF-8 and
/// escapes of half a surrogate pair become U+FFFD. Each stands for one UTF-16 unit before and after, so positions stay
/// right.
std::string mend_unicode(std::string_view json);

}  // namespace shapelint::lsp
