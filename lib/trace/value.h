// The values of the traced program: those of Python, with symbolic ints, tensors without data, and `unknown` with its
// reason. What Python shares and mutates (lists, dicts, objects, classes, scopes) lives in a heap of copy-on-write
// cells, so that a branch can run on a copy of the whole heap and be joined with its alternative.
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
#include "lib/support/check.h"
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
struct UnknownV {
  std::shared_ptr<const std::string> reason;
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
inline Value make_module(std::string path) { return ModuleV{std::make_shared<const std::string>(std::move(path))}; }

struct FunctionObject {
  const ast::Module* module = nullptr;
  const LoadedModule* home = nullptr;
  ast::FunctionId id;
  HeapId closure;                ///< the scope it was defined in
  std::vector<Value> fallbacks;  ///< per parameter; NoneV where there is none (see ast::Param::fallback)
  std::string qualname;
  std::shared_ptr<const HeapId> owner;  ///< the class it was defined in, for super()
  const ast::Function& ast() const { return module->function(id); }
};

struct BoundCall {
  Value callee;
  ValueList arguments;
  std::vector<std::pair<std::string, Value>> keywords;
};

// ---- heap --------------------------------------------------------------------------------------------------------

struct ListData {
  ValueList items;
  /// The number of items, where it is that of a loop (`B`) and not the plain count.
  std::optional<Dim> length{};
  bool generic = false;         ///< `length` items, all like items[0] (no items: nothing is known of them)
  SymbolId inner{0xFFFFFFFFU};  ///< generic: symbols from this one on differ from item to item
  bool is_set = false;          ///< no element twice, and another type than a list
};
/// Insertion-ordered, as in Python; keys are None, bool, int, str or tuples of those.
struct DictData {
  std::vector<std::pair<Value, Value>> items;
  bool complete = true;  ///< false once a key was unknown: a missing key then proves nothing
  Value factory;         ///< of a `defaultdict`: makes the value of a missing key; else None
};
struct ScopeData {
  std::map<std::string, Value, std::less<>> names;
  bool has_parent = false;
  HeapId parent{};
  bool is_class = false;                 ///< class bodies are invisible to the functions in them
  const LoadedModule* module = nullptr;  ///< module scopes: names not there yet are looked up in the module
  std::vector<std::string> stars;        ///< modules whose names were imported by `*`
};
struct ClassData {
  /// How instances are made and what they are like, beyond what the members say.
  enum class Flavor { plain, dataclass, named_tuple, enumeration, typed_dict };
  Flavor flavor = Flavor::plain;
  std::vector<std::string>
      fields;  ///< of a dataclass or named tuple, in the order of its constructor; members of an enum
  std::string name;
  std::string qualname;
  std::vector<Value> bases;
  std::vector<std::string_view> builtin_bases;  ///< names of the builtin types and markers among all its bases
  std::map<std::string, Value, std::less<>> members;
  const ast::Module* module = nullptr;
  ast::ClassId id;
};
struct ObjectData {
  Value type;    ///< ClassV, or unknown
  Value native;  ///< what it holds as an instance of a builtin type (a dict, a list, a named tuple's tuple); else None
  std::map<std::string, Value, std::less<>> attributes;
  std::vector<std::string> order{};  ///< the names of the attributes as they were first set
};
using Cell = std::variant<ListData, DictData, ScopeData, ClassData, ObjectData>;

/// Copying a heap copies pointers; a cell is cloned at the first write after a copy.
class Heap {
 public:
  template <class T>
  HeapId make(T data) {
    cells_.push_back(std::make_shared<Cell>(std::move(data)));
    return HeapId{static_cast<std::uint32_t>(cells_.size() - 1)};
  }
  template <class T>
  const T& read(HeapId id) const {
    const T* data = std::get_if<T>(cells_[id.index].get());
    SHAPELINT_CHECK(data != nullptr, "heap cell of another kind");
    return *data;
  }
  template <class T>
  T& write(HeapId id) {
    auto& cell = cells_[id.index];
    if (cell.use_count() > 1) cell = std::make_shared<Cell>(*cell);
    T* data = std::get_if<T>(cell.get());
    SHAPELINT_CHECK(data != nullptr, "heap cell of another kind");
    return *data;
  }
  std::size_t size() const { return cells_.size(); }

  /// What was last written into the storage of a tensor (see storage.cpp); by the tensor that made the storage.
  using Written = std::map<TensorId, TensorId>;
  const Written& written() const {
    static const Written kNothing;
    return written_ == nullptr ? kNothing : *written_;
  }
  void set_written(TensorId storage, TensorId content) {
    auto next = std::make_shared<Written>(written());
    (*next)[storage] = content;
    written_ = std::move(next);
  }

  bool same_cell(const Heap& other, std::size_t index) const { return cells_[index] == other.cells_[index]; }
  const Cell& cell(std::size_t index) const { return *cells_[index]; }
  void set_cell(std::size_t index, Cell data) { cells_[index] = std::make_shared<Cell>(std::move(data)); }
  void append_from(const Heap& other) {
    cells_.insert(cells_.end(), other.cells_.begin() + static_cast<std::ptrdiff_t>(cells_.size()), other.cells_.end());
  }

 private:
  std::vector<std::shared_ptr<Cell>> cells_;
  std::shared_ptr<const Written> written_;
};

}  // namespace shapelint
