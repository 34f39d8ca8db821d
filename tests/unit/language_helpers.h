// Small texts parsed, and nodes found again by kind and by the text they cover.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "lib/language/parser.h"
#include "lib/support/source.h"

namespace shapelint::test {

struct Parsed {
  SourceFile file;
  ast::Module module;

  explicit Parsed(std::string text, Dialect dialect = Dialect::python) : file("test.py", std::move(text)) {
    ParseOptions options;
    options.dialect = dialect;
    module = parse_program(file, SourceId{7}, "test", options);
  }

  std::string text(const Span& span) const {
    return std::string(file.text().substr(span.begin, span.end - span.begin));
  }
  std::string text(ast::ExprId id) const { return text(module.expr(id).span); }
  std::string text(ast::StmtId id) const { return text(module.stmt(id).span); }

  template <class T>
  std::vector<std::string> texts() const {
    std::vector<std::string> out;
    for (const auto& e : module.exprs)
      if constexpr (requires { std::holds_alternative<T>(e.node); })
        if (std::holds_alternative<T>(e.node)) out.push_back(text(e.span));
    return out;
  }
  template <class T>
  const T* expr() const {
    for (const auto& e : module.exprs)
      if (const T* found = std::get_if<T>(&e.node)) return found;
    return nullptr;
  }
  template <class T>
  const T* stmt() const {
    for (const auto& s : module.stmts)
      if (const T* found = std::get_if<T>(&s.node)) return found;
    return nullptr;
  }
  /// The value of the last statement, an expression.
  template <class T>
  const T* last() const {
    const auto* statement = std::get_if<ast::ExprStmt>(&module.stmt(module.body.back()).node);
    return statement == nullptr ? nullptr : std::get_if<T>(&module.expr(statement->value).node);
  }
  std::vector<std::string> errors() const {
    std::vector<std::string> out;
    for (const auto& issue : module.issues)
      if (issue.is_error) out.push_back(issue.message);
    return out;
  }
  std::vector<std::string> function_names() const {
    std::vector<std::string> out;
    for (const auto& f : module.functions) out.push_back(f.name);
    std::sort(out.begin(), out.end());
    return out;
  }
};

using Strings = std::vector<std::string>;

}  // namespace shapelint::test
