// Literals, constants, names and operators.
#include <cmath>

#include <clang/AST/ASTLambda.h>
#include <fmt/format.h>

#include "lib/libtorch/lower.h"
#include "lib/libtorch/names.h"

namespace shapelint::libtorch {

const clang::Expr* strip(const clang::Expr* e) {
  while (true) {
    const clang::Expr* inner = e->IgnoreParens();
    if (const auto* made = llvm::dyn_cast<clang::ExprWithCleanups>(inner)) inner = made->getSubExpr();
    else if (const auto* temporary = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(inner))
      inner = temporary->getSubExpr();
    else if (const auto* bound = llvm::dyn_cast<clang::CXXBindTemporaryExpr>(inner)) inner = bound->getSubExpr();
    else if (const auto* list = llvm::dyn_cast<clang::CXXStdInitializerListExpr>(inner)) inner = list->getSubExpr();
    else if (const auto* constant = llvm::dyn_cast<clang::ConstantExpr>(inner)) inner = constant->getSubExpr();
    else if (const auto* rewritten = llvm::dyn_cast<clang::CXXRewrittenBinaryOperator>(inner))
      inner = rewritten->getSemanticForm();
    else if (const auto* value = llvm::dyn_cast<clang::SubstNonTypeTemplateParmExpr>(inner))
      inner = value->getReplacement();
    else if (const auto* copy = llvm::dyn_cast<clang::CXXConstructExpr>(inner);
             copy != nullptr && copy->getConstructor()->isCopyOrMoveConstructor() && copy->getNumArgs() >= 1)
      inner = copy->getArg(0);
    else if (const auto* cast = llvm::dyn_cast<clang::CastExpr>(inner)) {
      switch (cast->getCastKind()) {
        case clang::CK_NoOp:
        case clang::CK_LValueToRValue:
        case clang::CK_DerivedToBase:
        case clang::CK_UncheckedDerivedToBase:
        case clang::CK_BaseToDerived:
        case clang::CK_ConstructorConversion:
        case clang::CK_UserDefinedConversion:
        case clang::CK_FunctionToPointerDecay:
        case clang::CK_ArrayToPointerDecay:
        case clang::CK_IntegralCast:
        case clang::CK_IntegralToFloating:
        case clang::CK_FloatingCast:
        case clang::CK_BitCast:
        case clang::CK_Dynamic: inner = cast->getSubExpr(); break;
        default: break;
      }
    }
    if (inner == e) return e;
    e = inner;
  }
}

std::vector<const clang::Expr*> written_arguments(const clang::CallExpr* e) {
  std::vector<const clang::Expr*> out;
  for (const clang::Expr* arg : e->arguments()) {
    if (!llvm::isa<clang::CXXDefaultArgExpr>(arg)) out.push_back(arg);
  }
  return out;
}

std::vector<const clang::Expr*> written_arguments(const clang::CXXConstructExpr* e) {
  std::vector<const clang::Expr*> out;
  for (const clang::Expr* arg : e->arguments()) {
    if (!llvm::isa<clang::CXXDefaultArgExpr>(arg)) out.push_back(arg);
  }
  return out;
}

ast::ExprId Lower::expr(const clang::Expr* e) {
  const ast::ExprId value = shared(e);
  return is_copied(e) ? copy_of(value, e->getType(), span(e)) : value;
}

ast::ExprId Lower::shared(const clang::Expr* e) {
  if (depth_ >= kMaxDepth) return unknown(e->getSourceRange(), "nested too deeply to follow");
  if (current_->out.program.exprs.size() > kMaxNodes)
    return unknown(e->getSourceRange(), "the file is too large to follow as a whole");
  ++depth_;
  const ast::ExprId made = expr_inner(strip(e));
  --depth_;
  return made;
}

ast::ExprId Lower::dtype_name(const clang::EnumConstantDecl* constant, Span at) {
  const std::string name = python_dtype(constant->getName());
  if (name.empty()) return b().unknown(at, fmt::format("the dtype `{}` is not known", constant->getNameAsString()));
  return b().path(at, "torch." + name);
}

// A number, flag or dtype that the compiler can compute.
std::optional<ast::ExprId> Lower::constant(const clang::Expr* e) {
  if (e->isValueDependent() || e->isTypeDependent() || e->isGLValue()) {
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e);
    const auto* var = name != nullptr ? llvm::dyn_cast<clang::VarDecl>(name->getDecl()) : nullptr;
    const auto* field = llvm::dyn_cast<clang::MemberExpr>(e);
    if (var == nullptr && field != nullptr) var = llvm::dyn_cast<clang::VarDecl>(field->getMemberDecl());
    if (e->isValueDependent() || e->isTypeDependent() || var == nullptr || !var->getType().isConstQualified() ||
        !var->hasGlobalStorage())
      return std::nullopt;
  }
  const clang::QualType type = e->getType();
  const Span at = span(e);
  clang::Expr::EvalResult result;
  if (const auto* made = type->getAs<clang::EnumType>()) {
    if (!e->EvaluateAsInt(result, context_, clang::Expr::SE_NoSideEffects)) return std::nullopt;
    const llvm::APSInt value = result.Val.getInt();
    switch (kind_of(type)) {
      case Kind::dtype:
        for (const clang::EnumConstantDecl* one : made->getDecl()->enumerators()) {
          if (llvm::APSInt::isSameValue(one->getInitVal(), value)) return dtype_name(one, at);
        }
        return std::nullopt;
      case Kind::device: return b().text(at, "cpu");
      case Kind::index: return b().expr(at, ast::EllipsisLiteral{});
      default:
        if (!value.isRepresentableByInt64()) return std::nullopt;
        return b().number(at, value.getExtValue());
    }
  }
  if (type->isBooleanType()) {
    if (!e->EvaluateAsInt(result, context_, clang::Expr::SE_NoSideEffects)) return std::nullopt;
    return b().expr(at, ast::BoolLiteral{result.Val.getInt().getBoolValue()});
  }
  if (type->isIntegerType()) {
    if (!e->EvaluateAsInt(result, context_, clang::Expr::SE_NoSideEffects)) return std::nullopt;
    const llvm::APSInt value = result.Val.getInt();
    if (!value.isRepresentableByInt64()) return std::nullopt;
    const std::int64_t number = value.getExtValue();
    // The loss language writes negative numbers with a sign, and fixes look for it.
    if (number < 0 && number != INT64_MIN)
      return b().expr(at, ast::Unary{ast::UnaryOp::negative, b().number(at, -number)});
    return b().number(at, number);
  }
  if (type->isRealFloatingType()) {
    llvm::APFloat value(0.0);
    if (!e->EvaluateAsFloat(value, context_, clang::Expr::SE_NoSideEffects)) return std::nullopt;
    bool loses = false;
    value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven, &loses);
    double number = value.convertToDouble();
    // `1e-8f` means what is written, not the float nearest to it: arithmetic is done in double and rounded by dtype.
    if (const auto* literal = llvm::dyn_cast<clang::FloatingLiteral>(e))
      number = literal->getValueAsApproximateDouble();
    if (std::isnan(number)) return b().unknown(at, "not a number");
    if (number < 0) return b().expr(at, ast::Unary{ast::UnaryOp::negative, b().expr(at, ast::FloatLiteral{-number})});
    return b().expr(at, ast::FloatLiteral{number});
  }
  return std::nullopt;
}

ast::ExprId Lower::expr_inner(const clang::Expr* e) {
  const Span at = span(e);
  if (e->containsErrors()) {
    // A part does not compile; what is around it may still be understood.
    if (const auto* refused = llvm::dyn_cast<clang::RecoveryExpr>(e)) return recovered(refused);
  } else if (const auto value = constant(e)) {
    return *value;
  }
  if (const auto* text = llvm::dyn_cast<clang::StringLiteral>(e)) {
    if (text->getCharByteWidth() != 1) return b().unknown(at, "a wide text");
    std::string value = text->getString().str();
    return first_invalid_utf8(value) == std::string::npos ? b().text(at, std::move(value)) : b().unknown(at, "a text");
  }
  if (llvm::isa<clang::PredefinedExpr>(e)) return b().text(at, "");  // __func__
  if (llvm::isa<clang::CXXNullPtrLiteralExpr>(e) || llvm::isa<clang::GNUNullExpr>(e)) return b().none(at);
  if (llvm::isa<clang::CXXThisExpr>(e)) return b().name(at, "self");
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(e)) return declaration_reference(name);
  if (const auto* field = llvm::dyn_cast<clang::MemberExpr>(e)) return member(field);
  if (const auto* op = llvm::dyn_cast<clang::UnaryOperator>(e)) return unary(op);
  if (const auto* op = llvm::dyn_cast<clang::BinaryOperator>(e)) return binary(op);
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(e)) {
    const ast::ExprId tested = condition(choice->getCond());
    const ast::ExprId then = expr(choice->getTrueExpr());
    return b().expr(at, ast::Conditional{tested, then, expr(choice->getFalseExpr())});
  }
  if (const auto* made = llvm::dyn_cast<clang::LambdaExpr>(e)) return lambda(made);
  if (const auto* op = llvm::dyn_cast<clang::CXXOperatorCallExpr>(e)) return operator_call(op);
  if (const auto* made = llvm::dyn_cast<clang::CXXMemberCallExpr>(e)) return method_call(made);
  if (const auto* made = llvm::dyn_cast<clang::CallExpr>(e)) return call(made);
  if (const auto* made = llvm::dyn_cast<clang::CXXConstructExpr>(e)) return construct(made);
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e)) return initializer_list(list);
  if (const auto* made = llvm::dyn_cast<clang::CXXScalarValueInitExpr>(e))
    return made_by_default(made->getType(), made->getSourceRange());
  if (const auto* made = llvm::dyn_cast<clang::ImplicitValueInitExpr>(e))
    return made_by_default(made->getType(), made->getSourceRange());
  if (const auto* given = llvm::dyn_cast<clang::CXXDefaultArgExpr>(e)) return expr(given->getExpr());
  if (const auto* given = llvm::dyn_cast<clang::CXXDefaultInitExpr>(e)) return expr(given->getExpr());
  if (const auto* made = llvm::dyn_cast<clang::CXXNewExpr>(e)) {
    if (made->getConstructExpr() != nullptr && !made->isArray()) return expr(made->getConstructExpr());
    // An array of numbers, which a program fills before it reads.
    if (made->isArray() && made->getAllocatedType()->isArithmeticType() && made->getArraySize().value_or(nullptr)) {
      ast::ListExpr one;
      one.items.push_back(made->getAllocatedType()->isFloatingType() ? b().expr(at, ast::FloatLiteral{0.0})
                                                                     : b().number(at, 0));
      const ast::ExprId list = b().expr(at, std::move(one));
      return b().binary(at, ast::BinaryOp::mul, list, expr(*made->getArraySize()));
    }
    return b().unknown(at, "memory of its own");
  }
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(e))
    return subscript(element->getBase(), element->getIdx(), e);
  if (const auto* converted = llvm::dyn_cast<clang::CastExpr>(e)) return cast(converted);
  if (const auto* opaque = llvm::dyn_cast<clang::OpaqueValueExpr>(e);
      opaque != nullptr && opaque->getSourceExpr() != nullptr)
    return expr(opaque->getSourceExpr());
  return b().unknown(at, fmt::format("a {} is not followed", e->getStmtClassName()));
}

ast::ExprId Lower::declaration_reference(const clang::DeclRefExpr* e) {
  const clang::ValueDecl* decl = e->getDecl();
  const Span at = span(e);
  if (const auto it = scope_.aliases.find(decl); it != scope_.aliases.end()) return expr(it->second);
  if (scope_.iterators.contains(decl)) return b().unknown(at, "an iterator is not followed");
  if (scope_.names.contains(decl)) return b().name(at, local_name(decl));
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl)) {
    if (is_framework(function)) return b().path(at, python_path(qualified(function)));
    return function_reference(function, e->getSourceRange());
  }
  const Kind kind = kind_of(decl->getType());
  if (is_framework(decl)) {
    if (kind == Kind::token) return b().text(at, python_token(record_of(decl->getType())->getName()));
    if (decl->getName() == "None" || decl->getName() == "nullopt") return b().none(at);
    if (decl->getName() == "Ellipsis") return b().expr(at, ast::EllipsisLiteral{});
    if (kind == Kind::device) return b().text(at, "cpu");
  }
  if (is_std(decl) && decl->getIdentifier() != nullptr && decl->getName() == "nullopt") return b().none(at);
  if (const auto* var = llvm::dyn_cast<clang::VarDecl>(decl)) {
    if (!var->hasGlobalStorage() || var->isStaticLocal()) return b().name(at, local_name(var));
    if (FileModule* home = module_at(var->getLocation())) {
      if (var->getAnyInitializer() != nullptr) {
        global(var);
        return reference(*home, name_of(*home, var), at);
      }
    }
    return defined_elsewhere(var, e);
  }
  if (llvm::isa<clang::BindingDecl>(decl)) return b().name(at, local_name(decl));
  return b().unknown(at, fmt::format("`{}` is not followed", qualified(decl)));
}

// A library's constant (`std::string::npos`) has some value of its type; a variable of another source is unknown.
ast::ExprId Lower::defined_elsewhere(const clang::VarDecl* var, const clang::Expr* e) {
  const bool is_constant = (is_std(var) || is_framework(var)) && var->getType().isConstQualified();
  const auto value =
      is_constant && is_plain(var->getType()) ? some_value(var->getType(), e->getSourceRange()) : std::nullopt;
  if (value) return *value;
  return unknown(e->getSourceRange(), fmt::format("the variable `{}` is defined elsewhere", qualified(var)));
}

ast::ExprId Lower::member(const clang::MemberExpr* e) {
  const clang::ValueDecl* decl = e->getMemberDecl();
  const Span at = span(e);
  if (const auto* var = llvm::dyn_cast<clang::VarDecl>(decl)) {
    if (FileModule* home = module_at(var->getLocation()); home != nullptr && var->getAnyInitializer() != nullptr) {
      global(var);
      return reference(*home, name_of(*home, var), at);
    }
    return defined_elsewhere(var, e);
  }
  const clang::Expr* base = e->getBase();
  const Kind kind = kind_of(base->getType());
  const std::string name = decl->getDeclName().getAsString();
  const bool is_pair =
      kind == Kind::tuple || (kind == Kind::pointer && kind_of(element_of(base->getType())) == Kind::tuple);
  if (is_pair && (name == "first" || name == "second"))
    return b().expr(at, ast::Subscript{expr(base), b().number(at, name == "first" ? 0 : 1)});
  // Another library's object: some value of the field's type.
  if (kind == Kind::record && is_plain(base->getType()) && is_plain(decl->getType())) {
    if (const auto value = some_value(decl->getType(), e->getSourceRange())) return *value;
  }
  const ast::ExprId object = expr(base);
  // Fields of a captured `this` and of other objects alike.
  if (!llvm::isa<clang::FieldDecl>(decl)) return b().unknown(at, fmt::format("`{}` is not followed", name));
  if (name.empty()) return object;  // an anonymous struct or union
  return b().attribute(at, object, name, span(e->getMemberLoc()));
}

// A value where C++ asks for true or false.
ast::ExprId Lower::condition(const clang::Expr* e) {
  const clang::Expr* inner = e;
  while (true) {
    const clang::Expr* next = strip(inner);
    if (const auto* converted = llvm::dyn_cast<clang::CastExpr>(next)) {
      if (converted->getCastKind() == clang::CK_PointerToBoolean) return is_not_none(converted->getSubExpr(), span(e));
      if (converted->getCastKind() == clang::CK_IntegralToBoolean ||
          converted->getCastKind() == clang::CK_FloatingToBoolean) {
        inner = converted->getSubExpr();
        continue;
      }
    }
    if (const auto* likely = llvm::dyn_cast<clang::CallExpr>(next);
        likely != nullptr && likely->getBuiltinCallee() != 0 && likely->getNumArgs() == 2) {
      inner = likely->getArg(0);  // __builtin_expect
      continue;
    }
    return expr(next);
  }
}

ast::ExprId Lower::is_not_none(const clang::Expr* object, Span at) {
  // A pointer to an undefined tensor is no null pointer: who handed it over waits for a value.
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(object->IgnoreImpCasts()));
      name != nullptr && name->getType()->isPointerType() && scope_.cells.contains(name->getDecl()))
    return b().compare(at, ast::CompareOp::is_not, b().name(at, scope_.cells.at(name->getDecl())), b().none(at));
  return b().compare(at, ast::CompareOp::is_not, expr(object), b().none(at));
}

ast::ExprId Lower::unary(const clang::UnaryOperator* e) {
  const Span at = span(e);
  if (e->getOpcode() == clang::UO_Deref) {
    if (const auto element = pointed_at(e->getSubExpr())) return *element;
  }
  if (e->isIncrementDecrementOp() && container_of(e) != nullptr) return iterator_or_unknown(e);
  switch (e->getOpcode()) {
    case clang::UO_Minus: return b().expr(at, ast::Unary{ast::UnaryOp::negative, expr(e->getSubExpr())});
    case clang::UO_Plus: return expr(e->getSubExpr());
    case clang::UO_LNot: return b().expr(at, ast::Unary{ast::UnaryOp::logical_not, condition(e->getSubExpr())});
    case clang::UO_Not: return b().expr(at, ast::Unary{ast::UnaryOp::invert, expr(e->getSubExpr())});
    case clang::UO_Deref:
    case clang::UO_AddrOf: return expr(e->getSubExpr());
    default: break;
  }
  if (e->isIncrementDecrementOp() && e->isPrefix() && before_ != nullptr) {
    step(e->getSubExpr(), e->isIncrementOp(), at, *before_);
    return expr(e->getSubExpr());
  }
  if (e->isIncrementDecrementOp() && before_ != nullptr) {
    // What it was is kept under a name of its own.
    const std::string kept = fmt::format("<old {}>", at.begin);
    before_->push_back(b().assign(at, b().name(at, kept), expr(e->getSubExpr())));
    step(e->getSubExpr(), e->isIncrementOp(), at, *before_);
    return b().name(at, kept);
  }
  return b().unknown(at, "a change inside an expression is not followed");
}

ast::ExprId Lower::binary(const clang::BinaryOperator* e) {
  const Span at = span(e);
  if (const auto done = iterator_operator(e->getOpcode(), e->getLHS(), e->getRHS(), at)) return *done;
  const Span op = span(e->getOperatorLoc());
  const auto both = [&](ast::BinaryOp with) {
    const ast::ExprId left = expr(e->getLHS());
    return b().binary(at, with, left, expr(e->getRHS()), op);
  };
  const auto compared = [&](ast::CompareOp with) {
    const ast::ExprId left = expr(e->getLHS());
    return b().compare(at, with, left, expr(e->getRHS()));
  };
  const bool whole =
      e->getLHS()->getType()->isIntegralOrEnumerationType() && e->getRHS()->getType()->isIntegralOrEnumerationType();
  switch (e->getOpcode()) {
    case clang::BO_Add: return both(ast::BinaryOp::add);
    case clang::BO_Sub: return both(ast::BinaryOp::sub);
    case clang::BO_Mul: return both(ast::BinaryOp::mul);
    // Sizes are not negative, so that rounding down is rounding towards zero.
    case clang::BO_Div: return both(whole ? ast::BinaryOp::floordiv : ast::BinaryOp::div);
    case clang::BO_Rem: return both(ast::BinaryOp::mod);
    case clang::BO_And: return both(ast::BinaryOp::bit_and);
    case clang::BO_Or: return both(ast::BinaryOp::bit_or);
    case clang::BO_Xor: return both(ast::BinaryOp::bit_xor);
    case clang::BO_Shl: return both(ast::BinaryOp::shift_left);
    case clang::BO_Shr: return both(ast::BinaryOp::shift_right);
    case clang::BO_LT: return compared(ast::CompareOp::less);
    case clang::BO_LE: return compared(ast::CompareOp::less_equal);
    case clang::BO_GT: return compared(ast::CompareOp::greater);
    case clang::BO_GE: return compared(ast::CompareOp::greater_equal);
    case clang::BO_EQ:
    case clang::BO_NE: {
      const bool is_pointer = e->getLHS()->getType()->isAnyPointerType() || e->getRHS()->getType()->isNullPtrType();
      if (is_pointer && e->getRHS()->isNullPointerConstant(context_, clang::Expr::NPC_ValueDependentIsNotNull)) {
        const ast::ExprId is_there = is_not_none(e->getLHS(), at);
        if (e->getOpcode() == clang::BO_NE) return is_there;
        return b().expr(at, ast::Unary{ast::UnaryOp::logical_not, is_there});
      }
      if (e->getOpcode() == clang::BO_EQ) return compared(is_pointer ? ast::CompareOp::is : ast::CompareOp::equal);
      return compared(is_pointer ? ast::CompareOp::is_not : ast::CompareOp::not_equal);
    }
    case clang::BO_LAnd:
    case clang::BO_LOr: {
      const ast::ExprId left = condition(e->getLHS());
      return b().expr(at, ast::Logical{e->getOpcode() == clang::BO_LAnd, {left, condition(e->getRHS())}});
    }
    case clang::BO_Comma:
      if (before_ != nullptr) {
        expression_statement(e->getLHS(), *before_);
        return expr(e->getRHS());
      }
      break;
    case clang::BO_Assign:
      if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(strip(e->getLHS()));
          name != nullptr && scope_.names.contains(name->getDecl()))
        return b().expr(at, ast::Walrus{local_name(name->getDecl()), expr(e->getRHS())});
      break;
    default: break;
  }
  return b().unknown(at, fmt::format("the operator `{}` is not followed here", e->getOpcodeStr().str()));
}

ast::ExprId Lower::cast(const clang::CastExpr* e) {
  const Span at = span(e);
  switch (e->getCastKind()) {
    case clang::CK_FloatingToIntegral:
      return b().call(at, builtin("int", at), std::vector<ast::ExprId>{expr(e->getSubExpr())});
    case clang::CK_IntegralToBoolean:
    case clang::CK_FloatingToBoolean:
    case clang::CK_PointerToBoolean: return condition(e);
    case clang::CK_NullToPointer: return b().none(at);
    case clang::CK_ToVoid: return expr(e->getSubExpr());
    default: return b().unknown(at, fmt::format("a conversion ({}) is not followed", e->getCastKindName()));
  }
}

ast::ExprId Lower::subscript(const clang::Expr* base, const clang::Expr* index, const clang::Expr* whole) {
  const ast::ExprId value = expr(base);
  return b().expr(span(whole), ast::Subscript{value, expr(index)});
}

ast::ExprId Lower::operator_call(const clang::CXXOperatorCallExpr* e) {
  const Span at = span(e);
  const Span op = span(e->getOperatorLoc());
  const auto both = [&](ast::BinaryOp with) {
    const ast::ExprId left = expr(e->getArg(0));
    return b().binary(at, with, left, expr(e->getArg(1)), op);
  };
  const auto compared = [&](ast::CompareOp with) {
    const ast::ExprId left = expr(e->getArg(0));
    return b().compare(at, with, left, expr(e->getArg(1)));
  };
  const clang::FunctionDecl* function = e->getDirectCallee();
  const auto* method = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(function);
  const Kind kind = kind_of(e->getArg(0)->getType());
  const clang::OverloadedOperatorKind which = e->getOperator();
  if (const auto done = kept_iterator(e)) return *done;
  // Operators of the user's own types.
  if (function != nullptr && which != clang::OO_Call && !is_framework(function) && !is_std(function) &&
      definition_of(function) != nullptr && !(method != nullptr && method->getParent()->isLambda())) {
    std::vector<const clang::Expr*> args = written_arguments(e);
    if (method == nullptr) return user_call(function, function_reference(function, e->getSourceRange()), args, at);
    const ast::ExprId object = expr(args[0]);
    args.erase(args.begin());
    return user_call(function, b().attribute(at, object, method_name(method), at), args, at);
  }
  // Clocks, paths, texts: what comes out is some number, some text.
  const bool is_plain_object =
      (kind == Kind::record || (kind == Kind::other && e->getArg(0)->getType()->getAsCXXRecordDecl() != nullptr &&
                                is_std(e->getArg(0)->getType()->getAsCXXRecordDecl()))) &&
      is_plain(e->getArg(0)->getType().getNonReferenceType());
  if (is_plain_object || (kind == Kind::string && kind_of(e->getArg(e->getNumArgs() - 1)->getType()) != Kind::string)) {
    if (which != clang::OO_Equal) return not_followed(e, written_arguments(e), "an operator is not followed");
  }
  switch (which) {
    case clang::OO_Plus: return e->getNumArgs() == 1 ? expr(e->getArg(0)) : both(ast::BinaryOp::add);
    case clang::OO_Minus:
      return e->getNumArgs() == 1 ? b().expr(at, ast::Unary{ast::UnaryOp::negative, expr(e->getArg(0))})
                                  : both(ast::BinaryOp::sub);
    case clang::OO_Star:
      if (e->getNumArgs() == 1) return expr(e->getArg(0));  // *pointer, *optional
      return both(ast::BinaryOp::mul);
    case clang::OO_Slash: return both(ast::BinaryOp::div);
    case clang::OO_Percent: return both(ast::BinaryOp::mod);
    case clang::OO_Amp: return both(ast::BinaryOp::bit_and);
    case clang::OO_Pipe: return both(ast::BinaryOp::bit_or);
    case clang::OO_Caret: return both(ast::BinaryOp::bit_xor);
    case clang::OO_Tilde: return b().expr(at, ast::Unary{ast::UnaryOp::invert, expr(e->getArg(0))});
    case clang::OO_Exclaim:
      return b().expr(
          at, ast::Unary{kind == Kind::tensor ? ast::UnaryOp::invert : ast::UnaryOp::logical_not, expr(e->getArg(0))});
    case clang::OO_Less: return compared(ast::CompareOp::less);
    case clang::OO_LessEqual: return compared(ast::CompareOp::less_equal);
    case clang::OO_Greater: return compared(ast::CompareOp::greater);
    case clang::OO_GreaterEqual: return compared(ast::CompareOp::greater_equal);
    case clang::OO_EqualEqual: return compared(kind == Kind::pointer ? ast::CompareOp::is : ast::CompareOp::equal);
    case clang::OO_ExclaimEqual:
      return compared(kind == Kind::pointer ? ast::CompareOp::is_not : ast::CompareOp::not_equal);
    case clang::OO_Subscript:
      if (kind == Kind::holder || kind == Kind::module) {
        const ast::ExprId object = expr(e->getArg(0));
        return b().expr(at, ast::Subscript{object, expr(e->getArg(1))});
      }
      return subscript(e->getArg(0), e->getArg(1), e);
    case clang::OO_Arrow: return expr(e->getArg(0));
    case clang::OO_LessLess:
      if (kind == Kind::stream) return b().none(at);
      return both(ast::BinaryOp::shift_left);
    case clang::OO_Equal:
      if (before_ != nullptr) {
        assignment(e->getArg(0), e->getArg(1), at, *before_);
        return expr(e->getArg(0));
      }
      break;
    case clang::OO_Call: {
      std::vector<const clang::Expr*> args = written_arguments(e);
      args.erase(args.begin());
      const clang::Expr* object = e->getArg(0);
      if (kind == Kind::holder || kind == Kind::module) return module_method_call(e, object, "", args);
      const ast::ExprId callee = expr(object);
      if (method != nullptr && kind == Kind::record) return user_call(method, callee, args, at);
      return b().call(at, callee, plain_arguments(args));
    }
    default: break;
  }
  return not_followed(e, written_arguments(e),
                      fmt::format("the operator `{}` of `{}` is not followed", clang::getOperatorSpelling(which),
                                  e->getArg(0)->getType().getAsString()));
}

ast::ExprId Lower::list_of(const std::vector<const clang::Expr*>& items, Span at) {
  std::vector<ast::ExprId> made;
  for (const clang::Expr* item : items) made.push_back(expr(item));
  return b().expr(at, ast::ListExpr{std::move(made)});
}

}  // namespace shapelint::libtorch
