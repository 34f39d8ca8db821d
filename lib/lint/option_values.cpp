#include "lib/lint/option_values.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "lib/language/parser.h"
#include "lib/ops/dtype.h"
#include "lib/shape/jaxtyping.h"
#include "lib/trace/library.h"

namespace shapelint {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ValueProblem shape_problem(std::string_view text) {
  DimTable dims;
  const auto parsed = parse_shapes(text, dims, [&](std::string_view name) { return dims.fresh(std::string(name)); });
  if (parsed) return std::nullopt;
  return fmt::format("{}\n  {}\n  {}^", parsed.error().message, text,
                     std::string(std::min(parsed.error().offset, text.size()), ' '));
}

ValueProblem literal_problem(std::string_view text) {
  constexpr std::string_view kTakes =
      "a value is a Python literal or an expression over sizes, like 2.0, \"mean\", 2*L + 1";
  if (text.empty() || text.size() > 10'000) return std::string(kTakes);
  const SourceFile file("value", std::string(text));
  const ast::Module module = parse_expression(file, SourceId{0});
  for (const ast::Issue& issue : module.issues)
    if (issue.is_error) return fmt::format("{}; {}", issue.message, kTakes);
  const bool is_expression =
      module.body.size() == 1 && std::holds_alternative<ast::ExprStmt>(module.stmt(module.body[0]).node);
  return is_expression ? std::nullopt : ValueProblem(std::string(kTakes));
}

ValueProblem dtype_problem(std::string_view text) {
  if (parse_dtype(text)) return std::nullopt;
  return "no such dtype; known are bool, uint8, int8, int16, int32, int64, bfloat16, float16, float32, float64";
}

Result<std::int64_t, std::string> parse_size(std::string_view text) {
  const auto size = whole_number(text);
  if (!size || *size < 1) return std::string("a size is a whole number from 1");
  return *size;
}

Result<int, std::string> parse_framework_version(std::string_view framework, std::string_view text) {
  if (!is_framework_package(framework)) return fmt::format("no framework '{}' is known", framework);
  const auto version = whole_number(text.substr(0, text.find('.')));
  if (!version || *version < 0 || *version > 1000) return std::string("a version is a number, like 2 or 3");
  return static_cast<int>(*version);
}

}  // namespace shapelint
