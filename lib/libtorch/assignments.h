// What assigns in C++: `=` and its relatives, `++`, `--`, and taking an address. Private to lib/libtorch.
#pragma once

#include <clang/AST/RecursiveASTVisitor.h>

namespace shapelint::libtorch {

/// Looks for what changes a variable. `Derived::look(e)` is asked about each expression that is assigned to, and sets
/// `found` where that is the variable; the search ends there.
template <class Derived>
class AssignmentFinder : public clang::RecursiveASTVisitor<Derived> {
 public:
  explicit AssignmentFinder(const clang::ValueDecl* var) : var_(var) {}
  bool found = false;

  bool VisitBinaryOperator(clang::BinaryOperator* e) {
    if (e->isAssignmentOp()) derived().look(e->getLHS());
    return !found;
  }
  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->isIncrementDecrementOp() || e->getOpcode() == clang::UO_AddrOf) derived().look(e->getSubExpr());
    return !found;
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr* e) {
    if (e->isAssignmentOp() || e->getOperator() == clang::OO_PlusPlus || e->getOperator() == clang::OO_MinusMinus)
      derived().look(e->getArg(0));
    return !found;
  }

 protected:
  const clang::ValueDecl* var_;

 private:
  Derived& derived() { return static_cast<Derived&>(*this); }
};

}  // namespace shapelint::libtorch
