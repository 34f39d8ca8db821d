// Values and places as the prompt writes them.
#include <cctype>

#include <fmt/format.h>

#include "lib/prompt/state.h"
#include "lib/report/layout.h"
#include "lib/report/numbers.h"

namespace shapelint::prompt {
namespace {

constexpr int kDepth = 4;
constexpr std::size_t kItems = 8;

class Writer {
 public:
  Writer(const Trace& trace, const DimTable& dims, const Sizes* sizes)
      : trace_(trace), heap_(trace.heap), dims_(dims), sizes_(sizes) {}

  std::string text(const Value& value, int depth = 0) const {
    if (depth > kDepth) return "...";
    if (const auto* tensor = value.as<TensorV>()) return of_tensor(tensor->id);
    if (const auto* whole = value.as<IntV>()) return of_dim(whole->dim);
    if (const auto* number = value.as<double>()) return number_text(*number, DType::float64);
    if (const auto* truth = value.as<bool>()) return *truth ? "True" : "False";
    if (const auto* string = value.as<StrV>()) return "'" + printable(*string->text) + "'";
    if (const auto* tuple = value.as<TupleV>())
      return "(" + list(*tuple->items, depth) + (tuple->items->size() == 1 ? ",)" : ")");
    if (const auto* items = value.as<ListV>()) return "[" + list(heap_.read<ListData>(items->cell).items, depth) + "]";
    if (const auto* dict = value.as<DictV>()) return of_dict(heap_.read<DictData>(dict->cell), depth);
    if (const auto* unknown = value.as<UnknownV>()) return "not known: " + printable(*unknown->reason);
    if (const auto* range = value.as<RangeV>())
      return fmt::format("range({}, {}, {})", of_dim(range->start), of_dim(range->stop), of_dim(range->step));
    if (const auto* sequence = value.as<SequenceV>())
      return fmt::format("{} times {}", of_dim(sequence->length), text(*sequence->element, depth + 1));
    if (const auto* function = value.as<FunctionV>()) return "function " + printable(function->function->qualname);
    if (const auto* module = value.as<ModuleV>()) return "module " + printable(*module->path);
    if (const auto* dtype = value.as<DTypeV>()) return std::string(name(dtype->dtype));
    if (const auto* op = value.as<OpV>()) return "op " + std::string(op->op->name);
    if (const auto* type = value.as<ClassV>()) return "class " + printable(heap_.read<ClassData>(type->cell).qualname);
    if (const auto* object = value.as<ObjectV>()) {
      const auto* type = heap_.read<ObjectData>(object->cell).type.as<ClassV>();
      return type == nullptr ? "object" : printable(heap_.read<ClassData>(type->cell).name) + " object";
    }
    if (value.is_none()) return "None";
    if (value.as<EllipsisV>() != nullptr) return "...";
    if (value.as<SliceV>() != nullptr) return "a slice";
    return "a callable";
  }

 private:
  std::string of_tensor(TensorId id) const {
    const Tensor& tensor = trace_.tensor(id);
    std::string out = fmt::format("{} {}", tensor.shape ? show(*tensor.shape, dims_) : "(?)", name(tensor.dtype));
    if (tensor.array != nullptr) out += " = " + array_text(*tensor.array);
    return out;
  }
  std::string of_dim(Dim dim) const {
    if (sizes_ != nullptr)
      if (const auto size = dims_.evaluate(dim, *sizes_)) return std::to_string(*size);
    return dims_.print(dim);
  }
  std::string list(const ValueList& items, int depth) const {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i == kItems) return out + ", ...";
      out += (i > 0 ? ", " : "") + text(items[i], depth + 1);
    }
    return out;
  }
  std::string of_dict(const DictData& dict, int depth) const {
    std::string out = "{";
    for (std::size_t i = 0; i < dict.items.size(); ++i) {
      if (i == kItems) return out + ", ...}";
      out += fmt::format("{}{}: {}", i > 0 ? ", " : "", text(dict.items[i].first, depth + 1),
                         text(dict.items[i].second, depth + 1));
    }
    return out + "}";
  }

  const Trace& trace_;
  const Heap& heap_;
  const DimTable& dims_;
  const Sizes* sizes_;
};

}  // namespace

std::string value_text(const Value& value, const Trace& trace, const DimTable& dims, const Sizes* sizes) {
  return Writer(trace, dims, sizes).text(value);
}

std::string tensor_text(const Trace& trace, TensorId id, const DimTable& dims) {
  const Tensor& tensor = trace.tensor(id);
  std::string out = tensor.shape ? show(*tensor.shape, dims) : "(?)";
  if (tensor.dtype != DType::float32) out += fmt::format(" {}", name(tensor.dtype));
  return out;
}

std::string squeezed(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      else if (c == quote) quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') quote = c;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      // `a if b else c`: the blanks between words stay.
      std::size_t next = i;
      while (next < text.size() && std::isspace(static_cast<unsigned char>(text[next])) != 0) ++next;
      const auto is_word = [](char w) { return std::isalnum(static_cast<unsigned char>(w)) != 0 || w == '_'; };
      if (!out.empty() && next < text.size() && is_word(out.back()) && is_word(text[next])) out += ' ';
      i = next - 1;
      continue;
    }
    out += c;
  }
  return out;
}

bool is_name(std::string_view text) {
  bool starts = true;
  for (const char c : text) {
    const bool is_letter = std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
    if (c == '.' && !starts) {
      starts = true;
      continue;
    }
    if (!is_letter && (starts || std::isdigit(static_cast<unsigned char>(c)) == 0)) return false;
    starts = false;
  }
  return !starts;
}

std::string place_text(const SourceMap& sources, const Span& span) {
  const SourceFile& file = sources.file(span.source);
  if (file.name() == "<expression>") return "what you typed";
  const std::uint32_t line = file.position(span.begin).line;
  return file.is_framework() ? fmt::format("{}:{}", printable(file.name()), line) : file.spell_line(line);
}

}  // namespace shapelint::prompt
