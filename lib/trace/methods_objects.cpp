// Operators on objects of the user's classes, by the methods that Python looks for.
#include <array>

#include "lib/trace/builtins.h"
#include "lib/trace/methods.h"

namespace shapelint {
namespace {

std::string_view method_name(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::add: return "add__";
    case ast::BinaryOp::sub: return "sub__";
    case ast::BinaryOp::mul: return "mul__";
    case ast::BinaryOp::div: return "truediv__";
    case ast::BinaryOp::floordiv: return "floordiv__";
    case ast::BinaryOp::mod: return "mod__";
    case ast::BinaryOp::pow: return "pow__";
    case ast::BinaryOp::matmul: return "matmul__";
    case ast::BinaryOp::bit_and: return "and__";
    case ast::BinaryOp::bit_or: return "or__";
    case ast::BinaryOp::bit_xor: return "xor__";
    case ast::BinaryOp::shift_left: return "lshift__";
    case ast::BinaryOp::shift_right: return "rshift__";
  }
  return "";
}

std::string_view method_name(ast::CompareOp op) {
  switch (op) {
    case ast::CompareOp::equal: return "__eq__";
    case ast::CompareOp::not_equal: return "__ne__";
    case ast::CompareOp::less: return "__lt__";
    case ast::CompareOp::less_equal: return "__le__";
    case ast::CompareOp::greater: return "__gt__";
    case ast::CompareOp::greater_equal: return "__ge__";
    case ast::CompareOp::in:
    case ast::CompareOp::not_in: return "__contains__";
    case ast::CompareOp::is:
    case ast::CompareOp::is_not: return "";
  }
  return "";
}

Value negated(Run& run, const Value& value) {
  const Tri t = run.truth(value);
  if (t == Tri::unknown) return make_unknown("a comparison is not known");
  return t == Tri::no;
}

}  // namespace

std::optional<Value> special_method(Run& run, const Value& object, std::string_view name, const Span& span) {
  const auto* known = object.as<ObjectV>();
  if (known == nullptr) return std::nullopt;
  const auto* type = run.heap().read<ObjectData>(known->cell).type.as<ClassV>();
  if (type == nullptr) return std::nullopt;
  bool unknown_base = false;
  if (!run.class_member(type->cell, std::string(name), unknown_base)) return std::nullopt;
  auto method = run.find_attribute(object, std::string(name), span);
  return method && !method->is_unknown() ? method : std::nullopt;
}

std::optional<Value> object_binary(Run& run, ast::BinaryOp op, const Value& left, const Value& right,
                                   const Span& span) {
  const std::string name(method_name(op));
  if (const auto method = special_method(run, left, "__" + name, span)) return call_with(run, *method, {right}, span);
  if (const auto method = special_method(run, right, "__r" + name, span)) return call_with(run, *method, {left}, span);
  const Value* a = native_of(run, left);
  const Value* b = native_of(run, right);
  if (a == nullptr && b == nullptr) return std::nullopt;
  return run.binary(op, a != nullptr ? Value(*a) : left, b != nullptr ? Value(*b) : right, span, span, span);
}

std::optional<Value> object_compare(Run& run, ast::CompareOp op, const Value& left, const Value& right,
                                    const Span& span) {
  using enum ast::CompareOp;
  if (op == is || op == is_not) return std::nullopt;
  if (op == in || op == not_in) {
    std::optional<Value> found;
    if (const auto method = special_method(run, right, "__contains__", span)) {
      found = call_with(run, *method, {left}, span);
    } else if (const Value* held = native_of(run, right)) {
      found = run.compare(in, left, Value(*held), span, span, span);
    }
    if (found && op == not_in) found = negated(run, *found);
    return found;
  }
  if (const auto method = special_method(run, left, method_name(op), span))
    return call_with(run, *method, {right}, span);
  constexpr std::array kMirrored = {std::pair{less, greater}, std::pair{greater, less},
                                    std::pair{less_equal, greater_equal}, std::pair{greater_equal, less_equal},
                                    std::pair{equal, equal}};
  for (const auto& [from, to] : kMirrored) {
    if (op != from) continue;
    if (const auto method = special_method(run, right, method_name(to), span))
      return call_with(run, *method, {left}, span);
  }
  if (op == not_equal) {
    if (const auto method = special_method(run, left, "__eq__", span))
      return negated(run, call_with(run, *method, {right}, span));
  }
  return std::nullopt;
}

std::optional<Value> object_unary(Run& run, ast::UnaryOp op, const Value& operand, const Span& span) {
  if (op == ast::UnaryOp::logical_not) return std::nullopt;
  const char* name = op == ast::UnaryOp::negative ? "__neg__" : op == ast::UnaryOp::positive ? "__pos__" : "__invert__";
  if (const auto method = special_method(run, operand, name, span)) return call_with(run, *method, {}, span);
  return std::nullopt;
}

const Value* native_of(Run& run, const Value& object) {
  const auto* known = object.as<ObjectV>();
  if (known == nullptr) return nullptr;
  const Value& held = run.heap().read<ObjectData>(known->cell).native;
  return held.is_none() ? nullptr : &held;
}

std::optional<Value> object_subscript(Run& run, const Value& object, const Value& index, const Span& span) {
  if (const auto* type = object.as<ClassV>()) {
    const ClassData& data = run.heap().read<ClassData>(type->cell);
    const auto* name = index.as<StrV>();
    if (data.flavor == ClassData::Flavor::enumeration && name != nullptr) {
      const auto member = data.members.find(*name->text);
      return member != data.members.end() ? member->second : run.raise(span, "KeyError: " + *name->text);
    }
    return object;  // `list[int]`
  }
  if (const auto method = special_method(run, object, "__getitem__", span))
    return call_with(run, *method, {index}, span);
  if (const Value* held = native_of(run, object)) {
    const bool missing = held->as<DictV>() != nullptr;
    if (missing) {
      // A subclass of dict may say what a missing key is.
      const auto method = special_method(run, object, "__missing__", span);
      const Value dict = *held;
      if (method && run.truth(run.compare(ast::CompareOp::in, index, dict, span, span, span)) == Tri::no)
        return call_with(run, *method, {index}, span);
    }
    return run.subscript(Value(*held), index, span, span);
  }
  return std::nullopt;
}

}  // namespace shapelint
