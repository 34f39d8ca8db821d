// Sample data from CSV as RFC 4180 has it: commas, cells in quotes where needed, a header first. Our own reader, since
// the C library for it (libcsv) knows no lines, and the line is what a message about a cell has to name.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "lib/oracle/sample_data_parts.h"
#include "lib/support/words.h"

namespace shapelint {
namespace {

using sample_data::NumberKind;
using sample_data::shown;

constexpr std::size_t kMaxColumns = 65536;

// Gives the rows, cell by cell.
class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
  }

  bool at_end() const { return at_ == text_.size(); }
  /// Of the row that was read last.
  std::size_t line() const { return row_line_; }

  /// The cells of the next row; more than `max_cells` are an error.
  std::optional<DataError> read_row(std::vector<std::string>& cells, std::size_t max_cells) {
    cells.clear();
    row_line_ = line_;
    while (true) {
      if (cells.size() == max_cells)
        return DataError{fmt::format("line {} has more than {} cells", row_line_, max_cells)};
      std::string cell;
      if (auto error = read_cell(cell)) return error;
      cells.push_back(std::move(cell));
      if (at_end()) return std::nullopt;
      const char separator = text_[at_++];
      if (separator == ',') continue;
      if (separator == '\r' && !at_end() && text_[at_] == '\n') ++at_;
      ++line_;
      return std::nullopt;
    }
  }

 private:
  std::optional<DataError> read_cell(std::string& cell) {
    const std::size_t start = text_.find_first_not_of(" \t", at_);
    if (start == std::string_view::npos || text_[start] != '"') {
      const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
      cell = trim(text_.substr(at_, end - at_));
      at_ = end;
      return std::nullopt;
    }
    const std::size_t opened = line_;
    at_ = start + 1;
    while (true) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) return DataError{fmt::format("line {}: a quote is not closed", opened)};
      const std::string_view part = text_.substr(at_, quote - at_);
      line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      cell += part;
      at_ = quote + 1;
      if (at_end() || text_[at_] != '"') break;
      cell += '"';
      ++at_;
    }
    cell = std::string(trim(cell));
    at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size());
    if (!at_end() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n')
      return DataError{fmt::format("line {}: text behind the closing quote of a cell", line_)};
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::size_t row_line_ = 1;
};

struct ColumnName {
  std::string base;
  std::optional<std::size_t> index;
  bool bracketed = false;
};

std::optional<std::size_t> parse_index(std::string_view digits) {
  if (digits.empty() || digits.size() > 6 || digits.find_first_not_of("0123456789") != std::string_view::npos ||
      (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  std::size_t index = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return index;
}

// `y_true_3` and `y_true[3]` are column 3 of y_true.
ColumnName parse_column_name(std::string_view name) {
  if (name.back() == ']') {
    const std::size_t open = name.rfind('[');
    if (open != std::string_view::npos && open > 0) {
      if (const auto index = parse_index(trim(name.substr(open + 1, name.size() - open - 2))))
        return {std::string(trim(name.substr(0, open))), index, true};
    }
  } else if (const std::size_t bar = name.rfind('_'); bar != std::string_view::npos && bar > 0) {
    if (const auto index = parse_index(name.substr(bar + 1))) return {std::string(name.substr(0, bar)), index, false};
  }
  return {std::string(name), std::nullopt, false};
}

struct Number {
  double value = 0;
  NumberKind kind = NumberKind::boolean;
};

// The number in a cell, or what is wrong with it.
Result<Number, DataError> parse_cell(std::string_view cell) {
  if (cell.empty()) return DataError{"the cell is empty; write nan where there is no number"};
  if (cell == "true" || cell == "True" || cell == "TRUE") return Number{1, NumberKind::boolean};
  if (cell == "false" || cell == "False" || cell == "FALSE") return Number{0, NumberKind::boolean};
  std::string_view digits = cell;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, failure] = std::from_chars(digits.data(), end, value);
  // from_chars also knows nan(text).
  if (failure == std::errc::invalid_argument || rest != end || cell.find('(') != std::string_view::npos)
    return DataError{fmt::format("'{}' is no number", shown(cell))};
  const bool whole = digits.find_first_not_of("-0123456789") == std::string_view::npos;
  const NumberKind kind = whole ? NumberKind::integer : NumberKind::floating;
  if (failure == std::errc::result_out_of_range)
    return DataError{fmt::format("'{}' is too large or too small for a float", shown(cell))};
  if (const auto reason = sample_data::why_not(value, kind))
    return DataError{fmt::format("'{}' {}", shown(cell), *reason)};
  return Number{value, kind};
}

// The array that one or more columns make up.
struct Group {
  std::string name;
  bool lone = false;
  std::size_t width = 0;
  NumberKind kind = NumberKind::boolean;
  std::vector<double> values;
};

struct Column {
  std::size_t group = 0;
  std::size_t index = 0;
};

struct Layout {
  std::vector<Group> groups;
  std::vector<Column> columns;
};

std::optional<DataError> check_names(const std::vector<std::string>& names) {
  if (names.size() == 1 && names[0].find_first_of(";\t") != std::string::npos)
    return DataError{"line 1 has no comma, but ';' or tabs; the cells have to be separated by commas"};
  if (names[0].find_first_of("0123456789") != std::string::npos && parse_cell(names[0]))
    return DataError{
        fmt::format("line 1 starts with the number {}; expected the names of the columns", shown(names[0]))};
  std::map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty() && names.size() == 1) return DataError{"line 1 is empty; expected the names of the columns"};
    if (names[i].empty())
      return DataError{
          fmt::format("line 1: column {} has no name (pandas names its index so; write with index=False)", i + 1)};
    if (!seen.emplace(names[i], i).second)
      return DataError{fmt::format("line 1: column {} is there twice", shown(names[i]))};
  }
  return std::nullopt;
}

Result<Layout, DataError> make_layout(const std::vector<std::string>& names) {
  if (auto error = check_names(names)) return *error;
  // An index counts only if there is a column 0: `loss_1` alone is a name.
  std::map<std::string, std::map<std::size_t, std::size_t>> indexed;  // base, index, column
  std::vector<ColumnName> parsed;
  for (std::size_t i = 0; i < names.size(); ++i) {
    parsed.push_back(parse_column_name(names[i]));
    const ColumnName& column = parsed.back();
    if (!column.index && names[i].back() == ']')
      return DataError{
          fmt::format("line 1: the column {} has no index like [0]; arrays have rows and one index", shown(names[i]))};
    if (column.index && !indexed[column.base].emplace(*column.index, i).second)
      return DataError{fmt::format("line 1: column {} of {} is there twice", *column.index, shown(column.base))};
  }
  Layout layout;
  layout.columns.resize(names.size());
  std::map<std::string, std::size_t> groups;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const ColumnName& column = parsed[i];
    const auto* siblings = column.index ? &indexed[column.base] : nullptr;
    const bool lone = siblings == nullptr || (!column.bracketed && siblings->count(0) == 0);
    const std::string name = lone ? names[i] : column.base;
    const auto [position, added] = groups.emplace(name, layout.groups.size());
    if (added) layout.groups.push_back({name, lone, 0, NumberKind::boolean, {}});
    Group& group = layout.groups[position->second];
    if (!added && (lone || group.lone))
      return DataError{fmt::format("line 1: {} is both a column and an array of columns", shown(name))};
    layout.columns[i] = {position->second, lone ? 0 : *column.index};
    ++group.width;
    if (!lone && *column.index >= siblings->size()) {
      std::size_t missing = 0;
      while (siblings->count(missing) != 0) ++missing;
      return DataError{
          fmt::format("line 1: {} has a column {}, but no column {}", shown(name), *column.index, missing)};
    }
  }
  return layout;
}

}  // namespace

Result<SampleData, DataError> data_from_csv(std::string_view text) {
  CsvReader reader(text);
  std::vector<std::string> names;
  if (auto error = reader.read_row(names, kMaxColumns)) return *error;
  auto layout = make_layout(names);
  if (!layout) return layout.error();

  std::vector<std::string> cells;
  std::int64_t rows = 0;
  std::size_t empty_line = 0;
  while (!reader.at_end()) {
    if (auto error = reader.read_row(cells, kMaxColumns)) return *error;
    if (cells.size() == 1 && cells[0].empty()) {
      if (empty_line == 0) empty_line = reader.line();
      continue;
    }
    if (empty_line != 0) return DataError{fmt::format("line {} is empty", empty_line)};
    if (cells.size() != names.size())
      return DataError{fmt::format("line {} has {} cell{}, the header {}", reader.line(), cells.size(),
                                   cells.size() == 1 ? "" : "s", names.size())};
    ++rows;
    if (rows > kMaxElements / static_cast<std::int64_t>(names.size()))
      return DataError{
          fmt::format("line {}: more than {} numbers, the most that is read", reader.line(), kMaxElements)};
    for (Group& group : layout->groups) group.values.resize(group.values.size() + group.width);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const auto number = parse_cell(cells[i]);
      if (!number)
        return DataError{fmt::format("line {}, column {}: {}", reader.line(), shown(names[i]), number.error().message)};
      Group& group = layout->groups[layout->columns[i].group];
      group.values[group.values.size() - group.width + layout->columns[i].index] = number->value;
      group.kind = std::max(group.kind, number->kind);
    }
  }

  SampleData data;
  for (Group& group : layout->groups) {
    auto array = std::make_shared<Array>();
    array->dtype = rows == 0 ? DType::float32 : sample_data::dtype_of(group.kind);
    array->shape = {rows};
    if (!group.lone) array->shape.push_back(static_cast<std::int64_t>(group.width));
    array->values = std::move(group.values);
    round_values(*array);
    data.emplace(std::move(group.name), std::move(array));
  }
  return data;
}

}  // namespace shapelint
