// Appends nodes to one module. Private to lib/libtorch.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "lib/language/program.h"

namespace shapelint::libtorch {

class Builder {
 public:
  explicit Builder(ast::Module& module) : module_(&module) {}
  ast::Module& module() const { return *module_; }

  ast::ExprId expr(Span span, decltype(ast::Expr::node) node) const {
    module_->exprs.push_back({span, std::move(node)});
    return {static_cast<std::uint32_t>(module_->exprs.size() - 1)};
  }
  ast::StmtId stmt(Span span, decltype(ast::Stmt::node) node) const {
    module_->stmts.push_back({span, std::move(node)});
    return {static_cast<std::uint32_t>(module_->stmts.size() - 1)};
  }
  ast::ExprId none(Span span) const { return expr(span, ast::NoneLiteral{}); }
  ast::ExprId name(Span span, std::string id) const { return expr(span, ast::Name{std::move(id)}); }
  ast::ExprId text(Span span, std::string value) const { return expr(span, ast::StringLiteral{std::move(value)}); }
  ast::ExprId number(Span span, std::int64_t value) const { return expr(span, ast::IntLiteral{value}); }
  ast::ExprId unknown(Span span, std::string reason) const { return expr(span, ast::UnknownExpr{std::move(reason)}); }
  ast::ExprId attribute(Span span, ast::ExprId value, std::string member, Span member_span = {}) const {
    return expr(span, ast::Attribute{value, std::move(member), member_span});
  }
  /// `torch.nn.functional.relu` from its dotted path.
  ast::ExprId path(Span span, const std::string& dotted) const {
    std::size_t at = dotted.find('.');
    ast::ExprId out = name(span, dotted.substr(0, at));
    while (at != std::string::npos) {
      const std::size_t next = dotted.find('.', at + 1);
      out = attribute(span, out, dotted.substr(at + 1, next == std::string::npos ? next : next - at - 1), span);
      at = next;
    }
    return out;
  }
  ast::Argument argument(ast::ExprId value) const {
    return {ast::Argument::Kind::positional, "", value, module_->expr(value).span};
  }
  ast::Argument keyword(std::string name, ast::ExprId value) const {
    return {ast::Argument::Kind::keyword, std::move(name), value, module_->expr(value).span};
  }
  ast::ExprId call(Span span, ast::ExprId function, std::vector<ast::Argument> arguments) const {
    return expr(span, ast::Call{function, std::move(arguments)});
  }
  ast::ExprId call(Span span, ast::ExprId function, const std::vector<ast::ExprId>& values) const {
    std::vector<ast::Argument> arguments;
    for (const ast::ExprId value : values) arguments.push_back(argument(value));
    return call(span, function, std::move(arguments));
  }
  ast::ExprId binary(Span span, ast::BinaryOp op, ast::ExprId left, ast::ExprId right, Span op_span = {}) const {
    return expr(span, ast::Binary{op, left, right, op_span});
  }
  ast::ExprId compare(Span span, ast::CompareOp op, ast::ExprId left, ast::ExprId right) const {
    return expr(span, ast::Compare{{op}, {left, right}});
  }
  ast::StmtId assign(Span span, ast::ExprId target, ast::ExprId value) const {
    return stmt(span, ast::Assign{{target}, value});
  }
  Span span_of(ast::ExprId id) const { return module_->expr(id).span; }

 private:
  ast::Module* module_;
};

}  // namespace shapelint::libtorch
