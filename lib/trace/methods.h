// Methods of Python's builtin types. Each answers with a value, or with nothing when the type has no such method or it
// is not followed. Private to lib/trace.
#pragma once

#include <optional>
#include <string_view>

#include "lib/trace/run.h"

namespace shapelint {

std::optional<Value> text_method(Run& run, const StrV& self, std::string_view name, const CallArguments& args,
                                 const Span& span);
std::optional<Value> list_method(Run& run, ListV self, std::string_view name, const CallArguments& args,
                                 const Span& span);
std::optional<Value> dict_method(Run& run, DictV self, std::string_view name, const CallArguments& args,
                                 const Span& span);
/// Of tuples, ranges and other sequences, which do not change.
std::optional<Value> sequence_method(Run& run, const Value& self, std::string_view name, const CallArguments& args,
                                     const Span& span);

/// Does the builtin type of `value` have the method in Python?
bool has_method(Run& run, const Value& value, std::string_view name);

/// `text % values`.
Value percent_format(Run& run, const StrV& text, const Value& values);

/// The operators of sets, and `|` of dicts; nothing for other operands.
std::optional<Value> set_operator(Run& run, ast::BinaryOp op, const Value& left, const Value& right);
/// `items` without those that equal an earlier one.
ValueList without_repeats(Run& run, const ValueList& items);

// ---- objects of the user's classes: the methods that stand behind operators. Nothing when an object has none.

/// A method of the object's class, bound to it.
std::optional<Value> special_method(Run& run, const Value& object, std::string_view name, const Span& span);
std::optional<Value> object_binary(Run& run, ast::BinaryOp op, const Value& left, const Value& right, const Span& span);
std::optional<Value> object_compare(Run& run, ast::CompareOp op, const Value& left, const Value& right,
                                    const Span& span);
std::optional<Value> object_unary(Run& run, ast::UnaryOp op, const Value& operand, const Span& span);
/// What an object holds as an instance of a builtin type; null when it is none.
const Value* native_of(Run& run, const Value& object);
/// `object[index]`, of objects and of enumerations.
std::optional<Value> object_subscript(Run& run, const Value& object, const Value& index, const Span& span);

/// Is a framework's class of this name the one whose objects tensors stand for?
bool is_type_of_tensors(std::string_view class_name);

/// Does the package have tensors, whose methods `find_attribute` knows where to look for?
bool has_tensors(std::string_view package);

/// Puts `value` at `key`.
void set_item(Run& run, DictV dict, const Value& key, Value value);

}  // namespace shapelint
