// Iterators as far as losses use them: what two of them take of a list, the algorithms over that, and the methods of
// lists that change them.
#include <fmt/format.h>
#include <llvm/ADT/StringSet.h>

#include "lib/libtorch/iterators.h"
#include "lib/libtorch/lower.h"

namespace shapelint::libtorch {
namespace {

bool is_same_place(const clang::Expr* a, const clang::Expr* b) {
  a = strip(a);
  b = strip(b);
  if (llvm::isa<clang::CXXThisExpr>(a) && llvm::isa<clang::CXXThisExpr>(b)) return true;
  const auto* x = llvm::dyn_cast<clang::DeclRefExpr>(a);
  const auto* y = llvm::dyn_cast<clang::DeclRefExpr>(b);
  if (x != nullptr && y != nullptr) return x->getDecl() == y->getDecl();
  const auto* m = llvm::dyn_cast<clang::MemberExpr>(a);
  const auto* n = llvm::dyn_cast<clang::MemberExpr>(b);
  return m != nullptr && n != nullptr && m->getMemberDecl() == n->getMemberDecl() &&
         is_same_place(m->getBase(), n->getBase());
}

// `v.begin(), v.end()` of one variable or field: that; null for others.
const clang::Expr* whole_range(const clang::Expr* first, const clang::Expr* last) {
  const auto a = position_of(first);
  const auto z = position_of(last);
  if (!a || !z || a->distance != nullptr || z->distance != nullptr || a->from_end || !z->from_end) return nullptr;
  return is_same_place(a->list, z->list) ? a->list : nullptr;
}

// `std::back_inserter(v)`: `v`.
const clang::Expr* inserted_into(const clang::Expr* e) {
  const auto* call = llvm::dyn_cast<clang::CallExpr>(strip_iterator(e));
  const clang::FunctionDecl* callee = call != nullptr ? call->getDirectCallee() : nullptr;
  const bool is_it = callee != nullptr && is_std(callee) && callee->getIdentifier() != nullptr &&
                     callee->getName() == "back_inserter" && call->getNumArgs() == 1;
  return is_it ? strip(call->getArg(0)) : nullptr;
}

}  // namespace

const clang::Expr* strip_iterator(const clang::Expr* e) {
  e = strip(e);
  while (const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e)) {
    if (made->getNumArgs() == 0) break;
    e = strip(made->getArg(0));
  }
  return e;
}

std::optional<Position> position_of(const clang::Expr* e) {
  e = strip_iterator(e);
  if (const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) {
    const clang::CXXMethodDecl* method = call->getMethodDecl();
    if (method == nullptr || method->getIdentifier() == nullptr) return std::nullopt;
    const llvm::StringRef name = method->getName();
    if (name != "begin" && name != "cbegin" && name != "end" && name != "cend" && name != "data") return std::nullopt;
    if (kind_of(call->getImplicitObjectArgument()->getType()) != Kind::list) return std::nullopt;
    return Position{strip(call->getImplicitObjectArgument()), name.ends_with("end"), nullptr, false};
  }
  const clang::Expr* start = nullptr;
  const clang::Expr* distance = nullptr;
  bool backwards = false;
  if (const auto* moved = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e); moved != nullptr && moved->getNumArgs() == 2) {
    if (moved->getOperator() != clang::OO_Plus && moved->getOperator() != clang::OO_Minus) return std::nullopt;
    start = moved->getArg(0);
    distance = moved->getArg(1);
    backwards = moved->getOperator() == clang::OO_Minus;
  } else if (const auto* pointer = llvm::dyn_cast<clang::BinaryOperator>(e)) {
    if (pointer->getOpcode() != clang::BO_Add && pointer->getOpcode() != clang::BO_Sub) return std::nullopt;
    start = pointer->getLHS();
    distance = pointer->getRHS();
    backwards = pointer->getOpcode() == clang::BO_Sub;
  } else if (const auto* call = llvm::dyn_cast<clang::CallExpr>(e);
             call != nullptr && call->getDirectCallee() != nullptr && is_std(call->getDirectCallee()) &&
             call->getDirectCallee()->getIdentifier() != nullptr) {
    const llvm::StringRef name = call->getDirectCallee()->getName();
    if ((name == "begin" || name == "end" || name == "cbegin" || name == "cend") && call->getNumArgs() == 1)
      return Position{strip(call->getArg(0)), name.ends_with("end"), nullptr, false};
    if ((name != "next" && name != "prev") || written_arguments(call).size() != 2) return std::nullopt;
    start = call->getArg(0);
    distance = call->getArg(1);
    backwards = name == "prev";
  }
  if (start == nullptr || kind_of(distance->getType()) != Kind::integer) return std::nullopt;
  auto at = position_of(start);
  if (!at || at->distance != nullptr) return std::nullopt;
  at->distance = distance;
  at->backwards = backwards;
  return at;
}

// The elements from one iterator to another, as a list of their own; nothing when they are made in another way.
std::optional<ast::ExprId> Lower::elements_between(const clang::Expr* first, const clang::Expr* last, Span at) {
  if (const clang::Expr* whole = whole_range(first, last))
    return b().call(at, builtin("list", at), std::vector<ast::ExprId>{expr(whole)});
  const auto a = position_of(first);
  const auto z = position_of(last);
  if (!a || !z || !is_same_place(a->list, z->list)) return std::nullopt;
  const ast::ExprId list = expr(a->list);
  const ast::ExprId lower = number_of(*a, at);
  const ast::ExprId part = b().expr(at, ast::SliceExpr{.lower = lower, .upper = number_of(*z, at), .step = {}});
  return b().expr(at, ast::Subscript{list, part});
}

std::optional<ast::ExprId> Lower::becomes(const clang::Expr* list, ast::ExprId value, Span at) {
  if (before_ == nullptr) return std::nullopt;
  std::vector<ast::ExprId> places = targets(list);
  if (places.empty()) return std::nullopt;
  before_->push_back(b().stmt(at, ast::Assign{std::move(places), value}));
  return b().none(at);
}

// Where an algorithm writes: behind a list's end, or over a list's elements from one place on.
std::optional<ast::ExprId> Lower::written_to(const clang::Expr* out,
                                             llvm::function_ref<std::optional<ast::ExprId>()> values, Span at) {
  const auto written = values();
  if (before_ == nullptr || !written) return std::nullopt;
  if (const clang::Expr* list = inserted_into(out)) {
    const ast::ExprId callee = b().attribute(at, expr(list), "extend", at);
    return b().call(at, callee, std::vector<ast::ExprId>{*written});
  }
  const auto place = position_of(out);
  if (!place || place->from_end || place->distance != nullptr) return std::nullopt;
  // `v = values + v[len(values):]`
  const ast::ExprId list = expr(place->list);
  const ast::ExprId length = b().call(at, builtin("len", at), std::vector<ast::ExprId>{*values()});
  const ast::ExprId rest =
      b().expr(at, ast::Subscript{list, b().expr(at, ast::SliceExpr{.lower = length, .upper = {}, .step = {}})});
  return becomes(place->list, b().binary(at, ast::BinaryOp::add, *written, rest), at);
}

std::optional<ast::ExprId> Lower::algorithm(const clang::CallExpr* e, llvm::StringRef name,
                                            const std::vector<const clang::Expr*>& args) {
  if (args.size() < 2) return std::nullopt;
  const Span at = span(e);
  const auto call = [&](ast::ExprId function, std::vector<ast::ExprId> values) {
    return b().call(at, function, values);
  };
  const auto call_of = [&](const char* python, std::vector<ast::ExprId> values) {
    return call(builtin(python, at), std::move(values));
  };
  const auto elements = [&] { return elements_between(args[0], args[1], at); };
  if (name == "copy" && args.size() == 3) return written_to(args[2], elements, at);
  if (name == "transform" && args.size() == 4) {
    const auto changed = [&]() -> std::optional<ast::ExprId> {
      const auto values = elements();
      if (!values) return std::nullopt;
      return call_of("list", {call_of("map", {expr(args[3]), *values})});
    };
    return written_to(args[2], changed, at);
  }
  if (name == "accumulate" && args.size() == 3) {
    const auto values = elements();
    return values ? std::optional(call_of("sum", {*values, expr(args[2])})) : std::nullopt;
  }
  if (name == "for_each" && args.size() == 3) {
    const auto* made = llvm::dyn_cast<clang::LambdaExpr>(strip(args[2]));
    const clang::CXXMethodDecl* body = made != nullptr ? made->getCallOperator() : nullptr;
    // One that assigns to the elements is not followed.
    const bool reads =
        body != nullptr && body->getNumParams() == 1 && !is_changeable_reference(body->getParamDecl(0)->getType());
    const auto values = reads ? elements() : std::nullopt;
    if (values) return call_of("list", {call_of("map", {expr(args[2]), *values})});
  }
  if ((name == "any_of" || name == "all_of") && args.size() == 3) {
    const auto values = elements();
    const char* const over = name == "any_of" ? "any" : "all";
    return values ? std::optional(call_of(over, {call_of("map", {expr(args[2]), *values})})) : std::nullopt;
  }
  const clang::Expr* list = whole_range(args[0], args[1]);
  if (list == nullptr || before_ == nullptr) return std::nullopt;
  const auto length = [&] { return call_of("len", {expr(list)}); };
  if (name == "sort" || name == "stable_sort" || name == "shuffle" || name == "random_shuffle" ||
      name == "partial_sort") {
    // The same elements in an order that is not known.
    const ast::ExprId sample = b().attribute(at, lazy_import("random", at), "sample", at);
    const ast::ExprId any = expr(list);
    return becomes(list, call_of("list", {call(sample, {any, length()})}), at);
  }
  if (name == "reverse" && args.size() == 2)
    return becomes(list, call_of("list", {call_of("reversed", {expr(list)})}), at);
  if (name == "iota" && args.size() == 3) {
    const ast::ExprId first = expr(args[2]);
    const ast::ExprId last = b().binary(at, ast::BinaryOp::add, expr(args[2]), length());
    return becomes(list, call_of("list", {call_of("range", {first, last})}), at);
  }
  if (name == "fill" && args.size() == 3) {
    const ast::ExprId one = b().expr(at, ast::ListExpr{{expr(args[2])}});
    return becomes(list, b().binary(at, ast::BinaryOp::mul, one, length()), at);
  }
  return std::nullopt;
}

// Of an algorithm that is not followed: the lists whose elements it may have changed are not known any more.
void Lower::forget_elements(llvm::StringRef name, const std::vector<const clang::Expr*>& args, Span at) {
  static const llvm::StringSet<> kReading = {
      "accumulate",  "advance",       "adjacent_find", "all_of",      "any_of",           "back_inserter",
      "begin",       "binary_search", "count",         "count_if",    "distance",         "end",
      "equal",       "find",          "find_if",       "find_if_not", "inner_product",    "is_sorted",
      "lower_bound", "max_element",   "min_element",   "mismatch",    "minmax_element",   "next",
      "none_of",     "prev",          "reduce",        "search",      "transform_reduce", "upper_bound"};
  if (kReading.contains(name)) return;
  const clang::Expr* last = nullptr;
  for (const clang::Expr* arg : args) {
    const auto place = position_of(arg);
    if (!place || (last != nullptr && is_same_place(last, place->list))) continue;
    last = place->list;
    if (last->getType().isConstQualified()) continue;
    becomes(last, b().unknown(at, fmt::format("`std::{}` is not followed", name.str())), at);
  }
}

std::optional<ast::ExprId> Lower::list_change(const clang::CXXMemberCallExpr* e, const clang::Expr* object,
                                              llvm::StringRef name, const std::vector<const clang::Expr*>& args) {
  const Span at = span(e);
  const auto method = [&](const char* python, ast::ExprId value) {
    return b().call(at, b().attribute(at, expr(object), python, at), std::vector<ast::ExprId>{value});
  };
  // `count` times one value.
  const auto repeated = [&](const clang::Expr* count, const clang::Expr* value) {
    const ast::ExprId one =
        value != nullptr ? expr(value) : made_by_default(element_of(object->getType()), e->getSourceRange());
    return b().binary(at, ast::BinaryOp::mul, b().expr(at, ast::ListExpr{{one}}), expr(count));
  };
  const bool counts = !args.empty() && kind_of(args[0]->getType()) == Kind::integer;
  if (name == "assign" && args.size() == 2) {
    if (counts) return becomes(object, repeated(args[0], args[1]), at);
    const auto values = elements_between(args[0], args[1], at);
    return values ? becomes(object, *values, at) : std::nullopt;
  }
  if (name == "resize" && counts) {
    // `v = (v + [value] * n)[:n]`
    const ast::ExprId before = expr(object);
    const ast::ExprId longer =
        b().binary(at, ast::BinaryOp::add, before, repeated(args[0], args.size() > 1 ? args[1] : nullptr));
    const ast::ExprId part = b().expr(at, ast::SliceExpr{.lower = {}, .upper = expr(args[0]), .step = {}});
    return becomes(object, b().expr(at, ast::Subscript{longer, part}), at);
  }
  const auto number = [&](const Position& place) { return number_of(place, at); };
  // What lies before one place, and from one on.
  const auto until = [&](ast::ExprId place) {
    return b().expr(
        at, ast::Subscript{expr(object), b().expr(at, ast::SliceExpr{.lower = {}, .upper = place, .step = {}})});
  };
  const auto from = [&](ast::ExprId place) {
    return b().expr(
        at, ast::Subscript{expr(object), b().expr(at, ast::SliceExpr{.lower = place, .upper = {}, .step = {}})});
  };
  if ((name == "push_front" && args.size() == 1) || name == "emplace_front") {
    const ast::ExprId value = name == "push_front" || args.size() == 1
                                  ? expr(args[0])
                                  : construct_in_place(element_of(object->getType()), args, e->getSourceRange());
    const ast::ExprId callee = b().attribute(at, expr(object), "insert", at);
    return b().call(at, callee, std::vector<ast::ExprId>{b().number(at, 0), value});
  }
  if (name == "pop_front" && args.empty()) return method("pop", b().number(at, 0));
  if (args.empty()) return std::nullopt;
  const auto place = position_of(args[0]);
  if (!place || !is_same_place(place->list, object)) return std::nullopt;
  if (name == "erase" && args.size() == 1) return method("pop", number(*place));
  if (name == "erase" && args.size() == 2) {
    const auto end = position_of(args[1]);
    if (!end || !is_same_place(end->list, object)) return std::nullopt;
    const ast::ExprId before = until(number(*place));
    return becomes(object, b().binary(at, ast::BinaryOp::add, before, from(number(*end))), at);
  }
  if ((name != "insert" && (name != "emplace" || args.size() != 2)) || args.size() < 2) return std::nullopt;
  const bool at_end = place->from_end && place->distance == nullptr;
  // `v.insert(v.end(), x)`, `v.insert(v.end(), w.begin(), w.end())`, `v.insert(v.begin() + 1, 3, x)`
  if (args.size() == 2 && kind_of(args[1]->getType()) != Kind::list) {
    if (at_end) return method("append", expr(args[1]));
    const ast::ExprId callee = b().attribute(at, expr(object), "insert", at);
    const ast::ExprId where = number(*place);
    return b().call(at, callee, std::vector<ast::ExprId>{where, expr(args[1])});
  }
  if (args.size() != 3) return std::nullopt;
  const auto values = kind_of(args[1]->getType()) == Kind::integer ? std::optional(repeated(args[1], args[2]))
                                                                   : elements_between(args[1], args[2], at);
  if (!values) return std::nullopt;
  if (at_end) return method("extend", *values);
  const ast::ExprId before = b().binary(at, ast::BinaryOp::add, until(number(*place)), *values);
  return becomes(object, b().binary(at, ast::BinaryOp::add, before, from(number(*place))), at);
}

}  // namespace shapelint::libtorch
