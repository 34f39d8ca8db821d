// Iterators that a variable keeps. Of a list it is a position, a whole number; what `find` gives of a map is the key,
// or None for the end.
#include <algorithm>

#include <clang/AST/ExprCXX.h>
#include <fmt/format.h>

#include "lib/libtorch/iterators.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

const clang::DeclRefExpr* name_in(const clang::Expr* e) {
  return llvm::dyn_cast<clang::DeclRefExpr>(strip_iterator(e));
}

// A second `=`: what the variable then goes through may be another container.
bool is_assigned_again(const clang::Stmt* s, const clang::ValueDecl* var) {
  if (s == nullptr) return false;
  const clang::Expr* left = nullptr;
  if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(s); op != nullptr && op->getOpcode() == clang::BO_Assign)
    left = op->getLHS();
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(s);
      op != nullptr && op->getOperator() == clang::OO_Equal)
    left = op->getArg(0);
  if (const auto* name = left != nullptr ? name_in(left) : nullptr; name != nullptr && name->getDecl() == var)
    return true;
  return std::ranges::any_of(s->children(), [&](const clang::Stmt* part) { return is_assigned_again(part, var); });
}

// `++it`, `it--`: the variable, and how it moves.
struct Moved {
  const clang::Expr* variable = nullptr;
  bool forwards = true;
  bool first = true;  ///< before its value is read
};

std::optional<Moved> moved_in(const clang::Expr* e) {
  if (const auto* op = llvm::dyn_cast<clang::UnaryOperator>(e); op != nullptr && op->isIncrementDecrementOp())
    return Moved{op->getSubExpr(), op->isIncrementOp(), op->isPrefix()};
  const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e);
  if (op == nullptr || (op->getOperator() != clang::OO_PlusPlus && op->getOperator() != clang::OO_MinusMinus))
    return std::nullopt;
  return Moved{op->getArg(0), op->getOperator() == clang::OO_PlusPlus, op->getNumArgs() == 1};
}

// `it + n`, `it - n`
struct Sum {
  const clang::Expr* left = nullptr;
  const clang::Expr* right = nullptr;
  ast::BinaryOp op = ast::BinaryOp::add;
};

std::optional<Sum> sum_in(const clang::Expr* e) {
  if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(e); op != nullptr && op->isAdditiveOp())
    return Sum{op->getLHS(), op->getRHS(), op->getOpcode() == clang::BO_Add ? ast::BinaryOp::add : ast::BinaryOp::sub};
  const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e);
  if (op == nullptr || op->getNumArgs() != 2) return std::nullopt;
  if (op->getOperator() == clang::OO_Plus) return Sum{op->getArg(0), op->getArg(1), ast::BinaryOp::add};
  if (op->getOperator() == clang::OO_Minus) return Sum{op->getArg(0), op->getArg(1), ast::BinaryOp::sub};
  return std::nullopt;
}

// `m.find(key)`, `m.end()` of a map.
const clang::CXXMemberCallExpr* map_call(const clang::Expr* e, llvm::StringRef name) {
  const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(strip_iterator(e));
  const clang::CXXMethodDecl* method = call != nullptr ? call->getMethodDecl() : nullptr;
  const bool is_it = method != nullptr && method->getIdentifier() != nullptr && method->getName() == name &&
                     kind_of(call->getImplicitObjectArgument()->getType()) == Kind::map;
  return is_it ? call : nullptr;
}

// `++it` or `m.erase(it)`: the way through the map is another.
bool goes_another_way(const clang::Stmt* s, const clang::ValueDecl* var) {
  if (s == nullptr) return false;
  if (const auto* e = llvm::dyn_cast<clang::Expr>(s)) {
    const auto moved = moved_in(e);
    if (const auto* name = moved ? name_in(moved->variable) : nullptr; name != nullptr && name->getDecl() == var)
      return true;
  }
  if (const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(s)) {
    const bool takes_it = std::ranges::any_of(call->arguments(), [&](const clang::Expr* arg) {
      const auto* name = name_in(arg);
      return name != nullptr && name->getDecl() == var;
    });
    if (takes_it) return true;
  }
  return std::ranges::any_of(s->children(), [&](const clang::Stmt* part) { return goes_another_way(part, var); });
}

}  // namespace

bool Lower::map_loop(const clang::ForStmt* s, Block& out) {
  const auto* decl = llvm::dyn_cast_or_null<clang::DeclStmt>(s->getInit());
  const auto* var =
      decl != nullptr && decl->isSingleDecl() ? llvm::dyn_cast<clang::VarDecl>(decl->getSingleDecl()) : nullptr;
  if (var == nullptr || var->getInit() == nullptr || s->getCond() == nullptr || s->getInc() == nullptr) return false;
  const auto edge = [](const clang::Expr* e, llvm::StringRef plain, llvm::StringRef constant) {
    const auto* found = map_call(e, plain);
    return found != nullptr ? found : map_call(e, constant);
  };
  const auto is_var = [&](const clang::Expr* e) {
    const auto* name = name_in(e);
    return name != nullptr && name->getDecl() == var;
  };
  const auto* begin = edge(var->getInit(), "begin", "cbegin");
  const auto* test = llvm::dyn_cast<clang::CXXOperatorCallExpr>(strip(s->getCond()));
  const auto moved = moved_in(strip(s->getInc()));
  if (begin == nullptr || test == nullptr || test->getOperator() != clang::OO_ExclaimEqual || test->getNumArgs() != 2 ||
      !is_var(test->getArg(0)) || edge(test->getArg(1), "end", "cend") == nullptr || !moved || !moved->forwards ||
      !is_var(moved->variable) || is_assigned_again(s->getBody(), var) || goes_another_way(s->getBody(), var))
    return false;
  const clang::Expr* container = strip(begin->getImplicitObjectArgument());
  if (!llvm::isa<clang::DeclRefExpr>(container) && !llvm::isa<clang::MemberExpr>(container)) return false;
  // The variable is the key.
  const Span name = span(var->getLocation());
  ast::For made;
  made.target = b().name(name, local_name(var));
  made.iterable = b().call(name, builtin("list", name), std::vector<ast::ExprId>{expr(container)});
  scope_.iterators[var] = container;
  body(s->getBody(), made.body);
  out.push_back(b().stmt(span(s), std::move(made)));
  return true;
}

// Nothing where the variable is no iterator that can be followed: it is lowered as any other then.
bool Lower::iterator_variable(const clang::VarDecl* var, Span where, Block& out) {
  const clang::Expr* init = var->getInit();
  const bool may_be_one = var->getType()->isPointerType() || is_iterator(record_of(var->getType()));
  if (init == nullptr || !may_be_one || is_assigned_again(scope_.body, var)) return false;
  const clang::Expr* container = nullptr;
  if (const auto place = position_of(init)) container = place->list;
  if (const auto* found = map_call(init, "find")) container = strip(found->getImplicitObjectArgument());
  if (container == nullptr) container = container_of(init);
  // Memory that is read number by number stays what it is.
  if (container == nullptr || !(llvm::isa<clang::DeclRefExpr>(container) || llvm::isa<clang::MemberExpr>(container)) ||
      (var->getType()->isPointerType() && is_plain(var->getType()->getPointeeType())))
    return false;
  const auto value = iterator_value(init);
  if (!value) return false;
  const Span name = span(var->getLocation());
  out.push_back(b().assign(where, b().name(name, local_name(var)), *value));
  scope_.iterators[var] = container;
  return true;
}

// The list or map that an expression with a kept iterator goes through; null for others.
const clang::Expr* Lower::container_of(const clang::Expr* e) const {
  e = strip_iterator(e);
  if (const auto moved = moved_in(e)) return container_of(moved->variable);
  if (const auto sum = sum_in(e)) return container_of(sum->left);
  const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e);
  const auto it = name != nullptr ? scope_.iterators.find(name->getDecl()) : scope_.iterators.end();
  return it != scope_.iterators.end() ? it->second : nullptr;
}

std::optional<ast::ExprId> Lower::iterator_value(const clang::Expr* whole) {
  const clang::Expr* e = strip_iterator(whole);
  const Span at = span(e);
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e); name != nullptr && container_of(e) != nullptr)
    return b().name(at, local_name(name->getDecl()));
  if (map_call(e, "end") != nullptr) return b().none(at);
  if (const auto* found = map_call(e, "find"); found != nullptr && found->getNumArgs() == 1) {
    const ast::ExprId key = expr(found->getArg(0));
    const ast::ExprId is_there = b().compare(at, ast::CompareOp::in, key, expr(found->getImplicitObjectArgument()));
    return b().expr(at, ast::Conditional{is_there, expr(found->getArg(0)), b().none(at)});
  }
  if (const auto place = position_of(e)) return number_of(*place, at);
  const clang::Expr* container = container_of(e);
  if (container == nullptr || kind_of(container->getType()) == Kind::map) return std::nullopt;
  if (const auto moved = moved_in(e)) {
    const auto* name = name_in(moved->variable);
    if (name == nullptr || before_ == nullptr) return std::nullopt;
    const std::string variable = local_name(name->getDecl());
    const std::string kept = fmt::format("<old {}>", at.begin);
    if (!moved->first) before_->push_back(b().assign(at, b().name(at, kept), b().name(at, variable)));
    const ast::BinaryOp op = moved->forwards ? ast::BinaryOp::add : ast::BinaryOp::sub;
    before_->push_back(
        b().assign(at, b().name(at, variable), b().binary(at, op, b().name(at, variable), b().number(at, 1))));
    return b().name(at, moved->first ? variable : kept);
  }
  const auto sum = sum_in(e);
  if (!sum || kind_of(sum->right->getType()) != Kind::integer) return std::nullopt;
  const auto left = iterator_value(sum->left);
  if (!left) return std::nullopt;
  return b().binary(at, sum->op, *left, expr(sum->right));
}

ast::ExprId Lower::iterator_or_unknown(const clang::Expr* e) {
  const auto value = iterator_value(e);
  return value ? *value : b().unknown(span(e), "an iterator is not followed");
}

// `*it`, and what `it->` reads of; of a map the key and its value.
std::optional<ast::ExprId> Lower::pointed_at(const clang::Expr* e) {
  const clang::Expr* container = container_of(e);
  if (container == nullptr) return std::nullopt;
  const Span at = span(e);
  const auto place = iterator_value(e);
  if (!place) return b().unknown(at, "an iterator is not followed");
  if (kind_of(container->getType()) != Kind::map) return b().expr(at, ast::Subscript{expr(container), *place});
  const ast::ExprId value = b().expr(at, ast::Subscript{expr(container), *place});
  return b().expr(at, ast::TupleExpr{{*iterator_value(e), value}});
}

// `it->second` of a map, to assign to.
std::optional<ast::ExprId> Lower::mapped_at(const clang::MemberExpr* e) {
  const auto* arrow = llvm::dyn_cast<clang::CXXOperatorCallExpr>(strip(e->getBase()));
  if (arrow == nullptr || arrow->getOperator() != clang::OO_Arrow) return std::nullopt;
  const clang::Expr* container = container_of(arrow->getArg(0));
  if (container == nullptr || kind_of(container->getType()) != Kind::map) return std::nullopt;
  const auto key = iterator_value(arrow->getArg(0));
  if (!key) return std::nullopt;
  return b().expr(span(e), ast::Subscript{expr(container), *key});
}

// Comparisons and distances of two iterators of which one is kept.
std::optional<ast::ExprId> Lower::iterator_operator(clang::BinaryOperatorKind op, const clang::Expr* left,
                                                    const clang::Expr* right, Span at) {
  const clang::Expr* container = container_of(left);
  if (container == nullptr) container = container_of(right);
  if (container == nullptr || kind_of(left->getType()) == Kind::integer || kind_of(right->getType()) == Kind::integer)
    return std::nullopt;
  const auto a = iterator_value(left);
  const auto z = a ? iterator_value(right) : std::nullopt;
  if (!z) return b().unknown(at, "an iterator is not followed");
  const bool is_map = kind_of(container->getType()) == Kind::map;
  switch (op) {
    case clang::BO_EQ: return b().compare(at, is_map ? ast::CompareOp::is : ast::CompareOp::equal, *a, *z);
    case clang::BO_NE: return b().compare(at, is_map ? ast::CompareOp::is_not : ast::CompareOp::not_equal, *a, *z);
    case clang::BO_LT: return b().compare(at, ast::CompareOp::less, *a, *z);
    case clang::BO_LE: return b().compare(at, ast::CompareOp::less_equal, *a, *z);
    case clang::BO_GT: return b().compare(at, ast::CompareOp::greater, *a, *z);
    case clang::BO_GE: return b().compare(at, ast::CompareOp::greater_equal, *a, *z);
    case clang::BO_Sub: return b().binary(at, ast::BinaryOp::sub, *a, *z);
    default: return b().unknown(at, "an iterator is not followed");
  }
}

std::optional<ast::ExprId> Lower::kept_iterator(const clang::CXXOperatorCallExpr* e) {
  const clang::OverloadedOperatorKind op = e->getOperator();
  const bool is_unary = e->getNumArgs() == 1;
  if (op == clang::OO_Arrow || (op == clang::OO_Star && is_unary)) return pointed_at(e->getArg(0));
  if (op == clang::OO_PlusPlus || op == clang::OO_MinusMinus) {
    return container_of(e) != nullptr ? std::optional(iterator_or_unknown(e)) : std::nullopt;
  }
  if (e->getNumArgs() != 2 || !(e->isComparisonOp() || op == clang::OO_Minus)) return std::nullopt;
  return iterator_operator(clang::BinaryOperator::getOverloadedOpcode(op), e->getArg(0), e->getArg(1), span(e));
}

// How many elements stand before it.
ast::ExprId Lower::number_of(const Position& place, Span at) {
  if (place.distance == nullptr && !place.from_end) return b().number(at, 0);
  const auto length = [&] { return b().call(at, builtin("len", at), std::vector<ast::ExprId>{expr(place.list)}); };
  if (place.distance == nullptr) return length();
  if (!place.from_end) {
    const ast::ExprId distance = expr(place.distance);
    return place.backwards ? b().expr(at, ast::Unary{ast::UnaryOp::negative, distance}) : distance;
  }
  const ast::ExprId from = length();
  return b().binary(at, place.backwards ? ast::BinaryOp::sub : ast::BinaryOp::add, from, expr(place.distance));
}

}  // namespace shapelint::libtorch
