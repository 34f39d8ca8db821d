// Sample data from JSON. nlohmann's parser reports its events without recursion and without building a document; the
// handler here turns them into arrays and keeps track of the place, `y_true[1][0]`.
// Where the text and its strict copy (strict_json.h) differ, a string is a number.
#include <algorithm>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lib/oracle/sample_data_parts.h"
#include "lib/support/strict_json.h"

namespace shapelint {
namespace {

using nlohmann::json;
using sample_data::kMaxRank;
using sample_data::line_and_column;
using sample_data::NumberKind;
using sample_data::shown;

// Hands the text to the parser and tells how far it has read: its events carry no positions.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *read_ = ++at_;
    return *this;
  }
  bool operator==(const Cursor& other) const { return at_ == other.at_; }
  bool operator!=(const Cursor& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** read_;
};

// The array that is being read: a list's size has to be that of the first list at its depth, and numbers stand at one
// depth only.
class Handler : public nlohmann::json_sax<json> {
 public:
  Handler(std::string_view text, std::string_view copy) : text_(text), copy_(copy), read_(copy.data()) {}

  Cursor begin() { return {copy_.data(), &read_}; }
  Cursor end() { return {copy_.data() + copy_.size(), &read_}; }
  SampleData take_data() { return std::move(data_); }
  DataError error() const { return {error_.empty() ? "this is no JSON" : error_}; }

  bool null() override { return refuse(token_start(4), "null"); }
  bool boolean(bool value) override { return number(value ? 1 : 0, NumberKind::boolean, value ? 4 : 5); }
  bool number_integer(number_integer_t value) override {
    return number(static_cast<double>(value), NumberKind::integer);
  }
  bool number_unsigned(number_unsigned_t value) override {
    return number(static_cast<double>(value), NumberKind::integer);
  }
  bool number_float(number_float_t value, const string_t& text) override {
    // A whole number beyond 64 bits arrives here, too.
    const bool whole = text.find_first_of(".eE") == std::string::npos;
    return number(value, whole ? NumberKind::integer : NumberKind::floating);
  }
  bool string(string_t& value) override {
    const auto word = hidden_word();
    if (!word) return refuse(string_start(), fmt::format("the text \"{}\"", shown(value)));
    using Limits = std::numeric_limits<double>;
    const double meant = *word == "NaN"        ? Limits::quiet_NaN()
                         : *word == "Infinity" ? Limits::infinity()
                                               : -Limits::infinity();
    return number(meant, NumberKind::floating, word->size());
  }
  bool binary(binary_t&) override { return refuse(read(), "binary data"); }

  bool start_object(std::size_t) override {
    if (in_object_)
      return refuse(token_start(1), "an object", " (what is inside a parameter has a dotted name, \"batch.obs\")");
    in_object_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool key(string_t& value) override {
    if (hidden_word()) return fail(string_start(), "expected a name in quotes");
    if (value.empty()) return fail(string_start(), "expected the name of a parameter, not \"\"");
    if (data_.count(value) != 0) return fail(string_start(), fmt::format("\"{}\" is given twice", shown(value)));
    name_ = std::move(value);
    indices_.clear();
    levels_.clear();
    values_.clear();
    kind_ = NumberKind::boolean;
    first_number_.reset();
    return true;
  }

  bool start_array(std::size_t) override {
    if (!in_object_) return refuse(token_start(1), "a list");
    const std::size_t depth = indices_.size();
    if (depth == kMaxRank)
      return fail(token_start(1), fmt::format("{} has more than {} lists inside one another", shown(name_), kMaxRank));
    if (first_number_ && first_number_->size() == depth)
      return fail(token_start(1), fmt::format("{} is a list, {} is a number", where(), place(*first_number_)));
    if (depth == levels_.size()) levels_.push_back({indices_, std::nullopt});
    indices_.push_back(0);
    return true;
  }
  bool end_array() override {
    const std::int64_t size = indices_.back();
    indices_.pop_back();
    Level& level = levels_[indices_.size()];
    if (!level.size) {
      level.size = size;
      level.first = indices_;
    } else if (*level.size != size) {
      return fail(token_start(1), fmt::format("{} has {} element{}, {} has {}", where(), size, size == 1 ? "" : "s",
                                              place(level.first), *level.size));
    }
    return value_ends();
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& error) override {
    // "[json.exception...] parse error at line 1, column 2: syntax error while ... - what; last read: '...'", where the
    // part after "last read" may be as long as the file.
    std::string_view what = error.what();
    if (const auto end = what.find("; last read: "); end != std::string_view::npos) {
      const auto expected = what.rfind("; expected ");
      const std::string_view rest =
          expected != std::string_view::npos && expected > end ? what.substr(expected) : std::string_view();
      return fail(position == 0 ? 0 : position - 1, fmt::format("{}{}", shown(body(what.substr(0, end))), shown(rest)));
    }
    return fail(position == 0 ? 0 : position - 1, shown(body(what)));
  }

 private:
  struct Level {
    Extents first;                     // the first list that was closed at this depth, until then the first opened
    std::optional<std::int64_t> size;  // its size
  };

  static std::string_view body(std::string_view what) {
    if (const auto from = what.find("] "); from != std::string_view::npos) what.remove_prefix(from + 2);
    const auto column = what.find(", column ");
    const auto colon = column == std::string_view::npos ? column : what.find(": ", column);
    if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
    return what;
  }

  bool fail(std::size_t offset, std::string message) {
    error_ = fmt::format("{}: {}", line_and_column(text_, offset), message);
    return false;
  }

  std::size_t read() const { return static_cast<std::size_t>(read_ - copy_.data()); }
  // Where the token of `length` bytes starts that was read last.
  std::size_t token_start(std::size_t length) const { return read() - std::min(read(), length); }
  // A number ends where something else begins, so the parser may have read one byte more.
  std::size_t number_start() const {
    constexpr std::string_view kNumber = "0123456789+-.eE";
    const std::size_t last = copy_.substr(0, read()).find_last_of(kNumber);
    if (last == std::string_view::npos) return 0;
    const std::size_t before = copy_.substr(0, last).find_last_not_of(kNumber);
    return before == std::string_view::npos ? 0 : before + 1;
  }
  std::size_t string_start() const {
    std::size_t i = read() < 2 ? 0 : read() - 2;
    // Back over the text to a quote that is not escaped.
    for (; i > 0; --i) {
      if (copy_[i] != '"') continue;
      std::size_t escapes = 0;
      while (escapes < i && copy_[i - 1 - escapes] == '\\') ++escapes;
      if (escapes % 2 == 0) break;
    }
    return i;
  }
  // The word that the string read last stands for, if it stands for one.
  std::optional<std::string_view> hidden_word() const {
    const std::size_t end = read();
    if (end == 0 || text_[end - 1] == copy_[end - 1]) return std::nullopt;
    const std::size_t start = string_start();
    return text_.substr(start, end - start);
  }

  std::string place(const Extents& indices) const {
    std::string out = shown(name_);
    for (const std::int64_t index : indices) out += fmt::format("[{}]", index);
    return out;
  }
  std::string where() const { return place(indices_); }

  bool refuse(std::size_t offset, std::string_view what, std::string_view advice = {}) {
    if (!in_object_)
      return fail(offset, fmt::format("this is {}; expected an object of nested lists, like "
                                      "{{\"y_true\": [[1, 0.2]], \"y_pred\": [[0.9, 0.1]]}}",
                                      what));
    return fail(offset, fmt::format("{} is {}; expected a number, true, false or nested lists of them{}", where(), what,
                                    advice));
  }

  // `length` is that of the word, or 0 for a number in digits.
  bool number(double value, NumberKind kind, std::size_t length = 0) {
    const auto start = [&] { return length == 0 ? number_start() : token_start(length); };
    if (!in_object_) return refuse(start(), "a number");
    const std::size_t depth = indices_.size();
    if (levels_.size() > depth)
      return fail(start(), fmt::format("{} is a number, {} is a list", where(), place(levels_[depth].first)));
    if (const auto reason = sample_data::why_not(value, kind))
      return fail(start(), fmt::format("{} {}", where(), *reason));
    if (elements_ >= kMaxElements)
      return fail(start(), fmt::format("more than {} numbers, the most that is read", kMaxElements));
    ++elements_;
    if (!first_number_) first_number_ = indices_;
    kind_ = std::max(kind_, kind);
    values_.push_back(value);
    return value_ends();
  }

  // One value inside a list, or the whole array, is complete.
  bool value_ends() {
    if (!indices_.empty()) {
      ++indices_.back();
      return true;
    }
    auto array = std::make_shared<Array>();
    array->dtype = values_.empty() ? DType::float32 : sample_data::dtype_of(kind_);
    for (const Level& level : levels_) array->shape.push_back(level.size.value_or(0));
    array->values = std::move(values_);
    values_ = {};
    round_values(*array);
    data_.emplace(name_, std::move(array));
    return true;
  }

  std::string_view text_;
  std::string_view copy_;
  const char* read_;  // how far the parser has come in copy_
  SampleData data_;
  std::string error_;
  bool in_object_ = false;
  std::int64_t elements_ = 0;  // of all arrays

  std::string name_;
  Extents indices_;  // of the value to come; one for each open list
  std::vector<Level> levels_;
  std::vector<double> values_;
  NumberKind kind_ = NumberKind::boolean;
  std::optional<Extents> first_number_;
};

}  // namespace

Result<SampleData, DataError> data_from_json(std::string_view text) {
  const std::string copy = strict_json(text);
  Handler handler(text, copy);
  if (!json::sax_parse(handler.begin(), handler.end(), &handler)) return handler.error();
  return handler.take_data();
}

}  // namespace shapelint
