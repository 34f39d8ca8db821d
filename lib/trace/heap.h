// What Python shares and mutates: lists, dicts, objects, classes and scopes, in copy-on-write cells, so that a branch
// can run on a copy of the whole heap and be joined with its alternative.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/support/check.h"
#include "lib/trace/value.h"

namespace shapelint {

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

/// Copying a heap copies one pointer for each chunk of cells; a chunk and a cell are cloned at the first write after a
/// copy, and two heaps are compared by chunks first: a branch costs what it touches, not what the program has made.
class Heap {
 public:
  template <class T>
  HeapId make(T data) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_shared<Chunk>());
    const HeapId id{static_cast<std::uint32_t>(size_++)};
    slot(id.index) = std::make_shared<Cell>(std::move(data));
    return id;
  }
  template <class T>
  const T& read(HeapId id) const {
    const T* data = std::get_if<T>(&cell(id.index));
    SHAPELINT_CHECK(data != nullptr, "heap cell of another kind");
    return *data;
  }
  template <class T>
  T& write(HeapId id) {
    auto& cell = slot(id.index);
    if (cell.use_count() > 1) cell = std::make_shared<Cell>(*cell);
    T* data = std::get_if<T>(cell.get());
    SHAPELINT_CHECK(data != nullptr, "heap cell of another kind");
    return *data;
  }
  std::size_t size() const { return size_; }

  /// What was last written into the storage of a tensor (see storage.cpp); by the tensor that made the storage.
  using Written = std::map<TensorId, TensorId>;
  const Written& written() const {
    static const Written kNothing;
    return written_ == nullptr ? kNothing : *written_;
  }
  void set_written(TensorId storage, TensorId content) {
    if (written_ == nullptr || written_.use_count() > 1) written_ = std::make_shared<Written>(written());
    (*written_)[storage] = content;
  }

  bool same_cell(const Heap& other, std::size_t index) const {
    return index < size_ && index < other.size_ && pointer(index) == other.pointer(index);
  }
  const Cell& cell(std::size_t index) const { return *pointer(index); }
  /// The cell as it is now, whatever is written later.
  std::shared_ptr<const Cell> snapshot(HeapId id) const { return pointer(id.index); }
  void set_cell(std::size_t index, Cell data) { slot(index) = std::make_shared<Cell>(std::move(data)); }

  /// The cells that `other` has beyond the end of this heap.
  void append_from(const Heap& other) {
    for (; size_ < other.size_ && size_ % kChunk != 0; ++size_) slot(size_) = other.pointer(size_);
    if (size_ >= other.size_) return;
    chunks_.insert(chunks_.end(), other.chunks_.begin() + static_cast<std::ptrdiff_t>(chunks_.size()),
                   other.chunks_.end());
    size_ = other.size_;
  }

  /// The cells that both have and that are not one, in the order of their making. They may be written meanwhile.
  std::vector<HeapId> differing(const Heap& other) const {
    std::vector<HeapId> out;
    const std::size_t common = std::min(size_, other.size_);
    for (std::size_t chunk = 0; chunk * kChunk < common; ++chunk) {
      if (chunks_[chunk] == other.chunks_[chunk]) continue;
      for (std::size_t i = chunk * kChunk; i < std::min(common, (chunk + 1) * kChunk); ++i)
        if (pointer(i) != other.pointer(i)) out.push_back(HeapId{static_cast<std::uint32_t>(i)});
    }
    return out;
  }

 private:
  static constexpr std::size_t kChunk = 64;
  using Chunk = std::array<std::shared_ptr<Cell>, kChunk>;

  const std::shared_ptr<Cell>& pointer(std::size_t index) const { return (*chunks_[index / kChunk])[index % kChunk]; }
  std::shared_ptr<Cell>& slot(std::size_t index) {
    auto& chunk = chunks_[index / kChunk];
    if (chunk.use_count() > 1) chunk = std::make_shared<Chunk>(*chunk);
    return (*chunk)[index % kChunk];
  }

  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::size_t size_ = 0;
  std::shared_ptr<Written> written_;
};

}  // namespace shapelint
