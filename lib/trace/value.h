// The values of the traced program: those of Python, with symbolic ints, tensors without data, and `unknown` with its
// reason. What Python shares and mutates (lists, dicts, objects, classes, scopes) lives in the heap (heap.h).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/language/program.h"
#include "lib/ops/op.h"
#include "lib/shape/dim.h"
#include "lib/support/source.h"

namespace shapelint {

struct Value;
struct Builtin;       // builtins.h
struct LoadedModule;  // library.h
using ValueList = std::vector<Value>;

struct HeapId {
  std::uint32_t index = 0;
  friend bool operator==(HeapId, HeapId) = default;
};
/// A tensor of the trace (`Trace::tensors`).
struct TensorId {
  std::uint32_t index = 0xFFFFFFFFU;
  bool valid() const { return index != 0xFFFFFFFFU; }
  friend auto operator<=>(TensorId, TensorId) = default;
};

struct NoneV {};
struct EllipsisV {};
struct IntV {
  Dim dim;
};
struct StrV {
  std::shared_ptr<const std::string> text;
  bool exact = true;  ///< false where a part of it is not known (`f"{x}"` of a tensor): good to read, not to compare
};
struct TupleV {
  std::shared_ptr<const ValueList> items;
  std::shared_ptr<const std::vector<std::string>> names{};  ///< of a named tuple, one for each item; else null
};
struct ListV {
  HeapId cell;
};  ///< also a set
struct DictV {
  HeapId cell;
};
struct SliceV {
  std::shared_ptr<const std::array<Value, 3>> parts;
};
/// `range` over sizes that may be symbolic.
struct RangeV {
  Dim start, stop, step;
};
/// A sequence of a symbolic number of alike elements: what a comprehension over `range(B)` gives.
struct SequenceV {
  std::shared_ptr<const Value> element;  ///< stands for each of them
  Dim length;
  SymbolId inner{0xFFFFFFFFU};  ///< symbols from this one on differ from element to element
};
struct FunctionObject;
struct FunctionV {
  std::shared_ptr<const FunctionObject> function;
};
/// A callable with arguments already put in front: bound methods and `functools.partial`.
struct BoundCall;
struct BoundV {
  std::shared_ptr<const BoundCall> call;
};
struct ClassV {
  HeapId cell;
};
struct ObjectV {
  HeapId cell;
};
/// `super()`: attributes are looked up behind `owner` in the class of `self`.
struct SuperV {
  HeapId owner;
  HeapId self;            ///< an object, or in a class method the class itself
  bool is_class = false;  ///< the latter
};
struct ModuleV {
  std::shared_ptr<const std::string> path;
};  ///< dotted, aliases resolved
struct TensorV {
  TensorId id;
};
struct DTypeV {
  DType dtype;
};
struct OpV {
  const Op* op;
};
struct BuiltinV {
  const Builtin* builtin;
};
/// A method of a built-in type on its value (`items.append`).
struct MemberV {
  std::shared_ptr<const Value> self;
  std::shared_ptr<const std::string> name;
};
/// A descriptor made by `@property`, `@staticmethod`, `@classmethod`.
struct DescriptorV {
  enum class Kind { property, static_method, class_method } kind;
  std::shared_ptr<const Value> function;
  std::shared_ptr<const Value> setter;  ///< of a property; null when it has none
};
/// What a truth value that is not known says of sizes: `x.shape == y.shape` that each of them equals the other's.
struct Claim;
struct UnknownV {
  std::shared_ptr<const std::string> reason;
  std::shared_ptr<const Claim> claim{};  ///< null: nothing
};

struct Value {
  std::variant<NoneV, EllipsisV, bool, IntV, double, StrV, TupleV, ListV, DictV, SliceV, RangeV, SequenceV, FunctionV,
               BoundV, ClassV, ObjectV, SuperV, ModuleV, TensorV, DTypeV, OpV, BuiltinV, MemberV, DescriptorV, UnknownV>
      data = NoneV{};
  /// Where a number was written, so that an axis can be told from a callee's default.
  Span origin{};

  Value() = default;
  template <class T>
    requires(!std::is_same_v<std::decay_t<T>, Value>)
  Value(T&& value) : data(std::forward<T>(value)) {}

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  bool is_none() const { return as<NoneV>() != nullptr; }
  bool is_unknown() const { return as<UnknownV>() != nullptr; }
};

inline Value make_str(std::string text, bool exact = true) {
  return StrV{std::make_shared<const std::string>(std::move(text)), exact};
}
inline Value make_tuple(ValueList items) { return TupleV{std::make_shared<const ValueList>(std::move(items))}; }
inline Value make_named_tuple(ValueList items, std::vector<std::string> names) {
  return TupleV{std::make_shared<const ValueList>(std::move(items)),
                std::make_shared<const std::vector<std::string>>(std::move(names))};
}
inline Value make_unknown(std::string reason) {
  return UnknownV{std::make_shared<const std::string>(std::move(reason))};
}
/// claims.cpp: what a truth value that is not known says of sizes, its negation, and a value with it.
std::shared_ptr<const Claim> claim_of(const Value& truth);
std::shared_ptr<const Claim> negated(std::shared_ptr<const Claim> claim);
Value with_claim(Value truth, std::shared_ptr<const Claim> claim);
inline Value make_module(std::string path) { return ModuleV{std::make_shared<const std::string>(std::move(path))}; }

struct Claim {
  /// `certain`: only the value is not known, it is true whichever it is.
  enum class Kind { same, at_most, negation, all, any, certain } kind = Kind::same;
  Dim left{}, right{};                                ///< of `same` and `at_most`
  Span where{};                                       ///< of `same`
  std::vector<std::shared_ptr<const Claim>> parts{};  ///< of negation, all, any; null: it says nothing of sizes
};

struct FunctionObject {
  const ast::Module* module = nullptr;
  const LoadedModule* home = nullptr;
  ast::FunctionId id;
  HeapId closure;                ///< the scope it was defined in
  std::vector<Value> fallbacks;  ///< per parameter; NoneV where there is none (see ast::Param::fallback)
  std::string qualname;
  std::shared_ptr<const HeapId> owner;            ///< the class it was defined in, for super()
  std::shared_ptr<const FunctionObject> wrapped;  ///< of what a decorator made: the function it stands for
  const ast::Function& ast() const { return module->function(id); }
  /// What was written, behind all that decorators made of it.
  const FunctionObject& written() const { return wrapped != nullptr ? wrapped->written() : *this; }
};

struct BoundCall {
  Value callee;
  ValueList arguments;
  std::vector<std::pair<std::string, Value>> keywords;
};

}  // namespace shapelint
