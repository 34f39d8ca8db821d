#include "lib/trace/shape_text.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>

#include "lib/support/words.h"
#include "lib/trace/docstring_entries.h"

namespace shapelint {
namespace {

// Words of types and of sentences, which stand in brackets as sizes do: `k: (Optional) how many`.
bool is_other_word(std::string_view item) {
  static constexpr std::string_view kWords[] = {
      "int",   "float",   "str",      "bool", "tuple", "list",  "dict",     "None", "optional", "default", "Tensor",
      "array", "ndarray", "Optional", "any",  "True",  "False", "callable", "and",  "or",       "x"};
  return std::ranges::find(kWords, item) != std::end(kWords);
}

// A size as prose has it: `B`, `num_classes`, `4`, `H/2`, `N-1`.
std::optional<std::string> size_of(std::string_view item) {
  std::string out;
  for (const char c : item) {
    if (c == ' ') continue;
    if (!is_word(c) && std::string_view("+-*").find(c) == std::string_view::npos) return std::nullopt;
    out += c;
  }
  if (out.empty() || out.size() > 24 || is_other_word(out)) return std::nullopt;
  const bool has_operator = out.find_first_of("+-*") != std::string::npos;
  if (!has_operator && item.find(' ') != std::string_view::npos) return std::nullopt;
  if (!is_word(out.front()) || !is_word(out.back())) return std::nullopt;
  // `2d`, `3x3`: no names.
  if (std::isdigit(static_cast<unsigned char>(out.front())) != 0 && !has_operator &&
      out.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return out;
}

// Is `item` a name that people give to sizes? A capital, a short name, or one of the words for what is counted.
bool is_plausible(std::string_view item) {
  if (item.empty() || item.size() <= 3 || std::islower(static_cast<unsigned char>(item.front())) == 0) return true;
  for (const std::string_view word :
       {"batch", "num",  "dim",    "size",  "len",   "chan",  "height", "width",  "class",  "feat",  "seq",
        "time",  "row",  "col",    "step",  "sampl", "token", "vocab",  "hidden", "pixel",  "point", "box",
        "joint", "key",  "anchor", "frame", "head",  "embed", "depth",  "latent", "action", "state", "agent",
        "node",  "edge", "view",   "count", "bsz",   "freq",  "bins",   "label",  "n_"}) {
    if (item.find(word) != std::string_view::npos) return true;
  }
  return false;
}

// Several capitals alone, as in `[BN]` and `[N1HW]`, are sizes without anything between them.
bool is_run_together(std::string_view item) {
  const auto is_capital = [](char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; };
  return std::ranges::count_if(item, is_capital) >= 2 && std::ranges::all_of(item, [&](char c) {
           return is_capital(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
         });
}

struct FoundShape {
  std::string shape;
  std::size_t end = 0;  ///< behind it
};

bool has_item(std::string_view items, std::string_view wanted) {
  while (!items.empty()) {
    const std::size_t end = std::min(items.find(','), items.size());
    if (trim(items.substr(0, end)) == wanted) return true;
    items.remove_prefix(std::min(end + 1, items.size()));
  }
  return false;
}

// Sizes between `open` and its bracket, divided by commas or ` x `.
std::optional<FoundShape> bracketed(std::string_view text, std::size_t open) {
  const char close = text[open] == '(' ? ')' : ']';
  const std::size_t end = text.find(close, open + 1);
  if (end == std::string_view::npos || end - open > 80) return std::nullopt;
  const std::string_view inside = text.substr(open + 1, end - open - 1);
  if (inside.find_first_of("([") != std::string_view::npos) return std::nullopt;
  FoundShape out{.shape = {}, .end = end + 1};
  std::size_t count = 0;
  const bool commas = inside.find(',') != std::string_view::npos;
  const bool crosses = !commas && inside.find(" x ") != std::string_view::npos;
  std::string_view rest = inside;
  while (!rest.empty()) {
    const std::size_t at = std::min(crosses ? rest.find(" x ") : rest.find(','), rest.size());
    const std::string_view item = trim(rest.substr(0, at));
    rest.remove_prefix(std::min(at + (crosses ? 3 : 1), rest.size()));
    if (item.empty() && rest.empty()) break;
    // `x` is a word between sizes, and a size beside `y`.
    const auto size = item == "x" && commas && has_item(inside, "y") ? std::optional<std::string>("x") : size_of(item);
    if (!size || !is_plausible(item)) return std::nullopt;
    out.shape += (out.shape.empty() ? "" : " ") + *size;
    ++count;
  }
  // `(N)` may be a note; `(N,)` and `[N]` are shapes.
  if (count == 1 && is_run_together(out.shape)) return std::nullopt;
  if (count == 0 || (count == 1 && !commas && close == ')' && inside.size() > 2)) return std::nullopt;
  return out;
}

// `BxCxHxW`, `B x N`: single capitals or numbers.
std::optional<FoundShape> crossed(std::string_view text, std::size_t at) {
  FoundShape out{.shape = {}, .end = at};
  std::size_t count = 0;
  while (true) {
    std::size_t end = at;
    if (end < text.size() && std::isupper(static_cast<unsigned char>(text[end])) != 0) ++end;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end == at) return std::nullopt;
    out.shape += (out.shape.empty() ? "" : " ") + std::string(text.substr(at, end - at));
    out.end = end;
    ++count;
    std::size_t next = end;
    while (next < text.size() && text[next] == ' ') ++next;
    const bool goes_on = next + 1 < text.size() && (text[next] == 'x' || text[next] == 'X');
    if (!goes_on) break;
    at = next + 1;
    while (at < text.size() && text[at] == ' ') ++at;
  }
  if (count < 2 || (out.end < text.size() && is_word(text[out.end]))) return std::nullopt;
  return out;
}

// `n * [B x 4 x h x w]`, `[B, C] * levels`: several tensors. Without blanks, stars are emphasis.
bool is_multiplied(std::string_view beside) {
  const auto is_count = [](char c) { return is_word(c) || c == ')'; };
  if (beside.size() < 4) return false;
  if (beside.ends_with(" * ") || beside.ends_with(" x ")) return is_count(beside[beside.size() - 4]);
  return beside.starts_with(" * ") && is_count(beside[3]);
}

// `or [B, C, H, W]` behind a shape: then it is not known which.
bool goes_on_with_another(std::string_view rest) {
  if (is_multiplied(rest.substr(0, rest.find('\n')))) return true;
  if (rest.starts_with("x(")) return true;  // `(bs)x(time)`
  rest.remove_prefix(std::min(rest.find_first_not_of(" `*$,"), rest.size()));
  return rest.starts_with("or ") || rest.starts_with("or\n") || rest.starts_with("/");
}

// A shape that begins at `at` (after quotes and `:math:`).
std::optional<FoundShape> shape_from(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == ' ' || text[at] == '`' || text[at] == '*' || text[at] == '$') ++at;
    else if (text.substr(at).starts_with(":math:")) at += 6;
    else break;
  }
  if (at >= text.size()) return std::nullopt;
  auto out = text[at] == '(' || text[at] == '[' ? bracketed(text, at) : crossed(text, at);
  if (!out) return std::nullopt;
  if (goes_on_with_another(text.substr(out->end))) return std::nullopt;
  return out;
}

// `[B, H, W, C] or [B, C, H, W]`.
bool offers_another(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" `*$"), text.size()));
  if (text.empty() || (text[0] != '(' && text[0] != '[')) return false;
  const auto shape = bracketed(text, 0);
  return shape && !shape_from(text, 0);
}

// `one for each sample`, `each row's weight`: what a tensor has along an axis, where `each of shape` and `features of
// each level` are about tensors.
bool is_counted_along_axis(std::string_view noun) {
  static constexpr std::string_view kNouns[] = {"sample", "example", "element",     "row",   "instance",
                                                "item",   "datum",   "observation", "token", "person",
                                                "point",  "pixel",   "class",       "event", "position"};
  return std::ranges::find(kNouns, noun) != std::end(kNouns);
}

// The first size is the batch's own.
bool is_batch_first(std::string_view shape) {
  const std::string_view first = shape.substr(0, shape.find(' '));
  return first == "B" || first == "bs" || first == "bsz" || first.starts_with("batch");
}

// `logits, B x C` at the end of a line.
std::optional<std::string> ends_crossed(std::string_view line) {
  for (std::size_t at = line.find('B'); at != std::string_view::npos; at = line.find('B', at + 1)) {
    if (at > 0 && line[at - 1] != ' ') continue;
    const auto shape = crossed(line, at);
    if (shape && shape->end == line.size() && is_batch_first(shape->shape)) return shape->shape;
  }
  return std::nullopt;
}

// `input tensor [B, D1, D2]`, `a column, (B, 1)`: the batch first, at the end of the line. `in [0, 1]` is none, and
// one letter is a unit (`[N]`), but for the batch's own.
std::optional<std::string> ends_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
  std::string_view line = trim(text.substr(0, text.find('\n')));
  line = line.substr(0, line.find_last_not_of(".`*$ ") + 1);
  if (auto shape = ends_crossed(line)) return shape;
  const std::size_t open = line.find_last_of("[(");
  if (open == std::string_view::npos || open + 1 >= line.size()) return std::nullopt;
  if (is_multiplied(line.substr(0, open))) return std::nullopt;
  const auto shape = bracketed(line, open);
  if (!shape || shape->end != line.size()) return std::nullopt;
  // `the paper (B)` is a note, and behind a colon begins another name's entry.
  std::string_view before =
      open == 0 ? std::string_view() : line.substr(0, line.find_last_not_of("`*$ ", open - 1) + 1);
  if (before.ends_with(":math:")) before.remove_suffix(std::string_view(":math:").size());
  if (line[open] == '(' &&
      (line.substr(open).find(',') == std::string_view::npos || before.find(':') != std::string_view::npos))
    return std::nullopt;
  const bool has_axes = shape->shape.find(' ') != std::string::npos;
  const bool capital = std::isupper(static_cast<unsigned char>(line[open + 1])) != 0;
  return is_batch_first(shape->shape) || (capital && line[open] == '[' && has_axes) ? std::optional(shape->shape)
                                                                                    : std::nullopt;
}

// `f32`, `Float`: the element type in front of `[`.
bool is_element_type(std::string_view word) {
  static constexpr std::string_view kTypes[] = {"f16",   "bf16", "f32",  "f64",     "i32",     "i64",   "s32",
                                                "Float", "Int",  "Bool", "float32", "float64", "int32", "int64"};
  return std::ranges::find(kTypes, word) != std::end(kTypes);
}

// `f32[B, D]`, `Float[B D]` at the start.
std::optional<std::string> typed(std::string_view text) {
  while (text.starts_with('`') || text.starts_with(' ')) text.remove_prefix(1);
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || !is_element_type(text.substr(0, open))) return std::nullopt;
  std::string sizes(text.substr(open, text.substr(open).find(']') + 1));
  if (sizes.empty() || sizes.size() > 80) return std::nullopt;
  if (sizes.find_first_of(",\"") == std::string::npos) std::ranges::replace(sizes, ' ', ',');
  const auto shape = bracketed(sizes, 0);
  return shape ? std::optional(shape->shape) : std::nullopt;
}

// The shape that an entry's description states: behind `shape`, `size` or `dim`, or right at its start.
std::optional<std::string> described(std::string_view type, std::string_view text) {
  // `preds: shape (B, Q), one column for each quantile`: what is said of parts behind the shape is not about it.
  const std::string_view lead = text.substr(0, text.find_first_of("(["));
  if (is_about_container(type) || is_about_container(lead) || type.find(" or ") != std::string_view::npos)
    return std::nullopt;
  // What begins with a shape has that one, whatever sizes are talked of behind it; with two of them, either.
  if (const auto shape = shape_from(text, 0)) return shape->shape;
  if (auto shape = typed(text)) return shape;
  if (offers_another(text)) return std::nullopt;
  std::optional<std::string> found;
  const auto take = [&](const FoundShape& shape) {
    if (found && *found != shape.shape) return false;
    found = shape.shape;
    return true;
  };
  // `Tensor[N, 4]`, `np.ndarray[N, K, 2]`.
  for (const std::string_view kind : {"Tensor[", "ndarray["}) {
    const std::size_t at = type.find(kind);
    if (at == std::string_view::npos) continue;
    if (const auto shape = bracketed(type, at + kind.size() - 1)) return shape->shape;
  }
  const std::string all = std::string(type) + " \n" + std::string(text);
  const std::string_view whole = all;
  for (const std::string_view word : {"shape", "Shape", "size", "dimension", "dims"}) {
    for (std::size_t at = whole.find(word); at != std::string_view::npos; at = whole.find(word, at + 1)) {
      std::size_t behind = at + word.size();
      while (behind < whole.size() && is_word(whole[behind])) ++behind;
      // `boxes.size(0)` asks for a size.
      if (at > 0 && whole[at - 1] == '.' && behind < whole.size() && whole[behind] == '(') continue;
      // `shape: (N, C)`, `shape = [N]`, `of shape ``(N, C)```, `shape of (N, C)`.
      while (behind < whole.size() && (whole[behind] == ' ' || whole[behind] == ':' || whole[behind] == '=')) {
        if (whole.substr(behind).starts_with(":math:")) break;
        ++behind;
      }
      for (const std::string_view filler : {"of ", "is ", "as "})
        if (whole.substr(behind).starts_with(filler)) behind += filler.size();
      if (const auto shape = shape_from(whole, behind))
        if (!take(*shape)) return std::nullopt;
    }
  }
  return found ? found : ends_line(text);
}

}  // namespace

NamedShapes shapes_in_text(std::string_view text) {
  NamedShapes out;
  std::vector<std::string> names;
  std::size_t i = 0;
  const auto skip = [&] {
    while (i < text.size() && (text[i] == ' ' || text[i] == '\t' || text[i] == '`')) ++i;
  };
  while (i < text.size()) {
    if (!begins_name(text[i]) || (i > 0 && is_word(text[i - 1]))) {
      if (text[i] != ',' && text[i] != ' ' && text[i] != '`') names.clear();
      ++i;
      continue;
    }
    const std::size_t begin = i;
    while (i < text.size() && (is_word(text[i]) || text[i] == '.')) ++i;
    names.emplace_back(text.substr(begin, i - begin));
    skip();
    if (i < text.size() && text[i] == ',') continue;
    if (i >= text.size() || (text[i] != ':' && text[i] != '=')) {
      names.clear();
      continue;
    }
    ++i;
    skip();
    // `labels: Int[B T]`, with blanks between the sizes.
    std::size_t word_end = i;
    while (word_end < text.size() && is_word(text[word_end])) ++word_end;
    const bool has_type =
        word_end < text.size() && text[word_end] == '[' && is_element_type(text.substr(i, word_end - i));
    if (has_type) i = word_end;
    if (i >= text.size() || (text[i] != '(' && text[i] != '[')) {
      names.clear();
      continue;
    }
    const char close = text[i] == '(' ? ')' : ']';
    const std::size_t open = ++i;
    while (i < text.size() && text[i] != close && text[i] != '\n' && text[i] != '(' && text[i] != '[') ++i;
    if (i >= text.size() || text[i] != close) {
      names.clear();
      continue;
    }
    // Sizes between commas; words with blanks, decimals and intervals are prose.
    std::string spelled;
    bool usable = !goes_on_with_another(text.substr(i + 1));
    std::string sizes(text.substr(open, i - open));
    if (has_type && sizes.find(',') == std::string::npos) std::ranges::replace(sizes, ' ', ',');
    std::string_view inside = sizes;
    while (!inside.empty()) {
      const std::size_t comma = std::min(inside.find(','), inside.size());
      std::string_view item = inside.substr(0, comma);
      inside.remove_prefix(std::min(comma + 1, inside.size()));
      while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
      while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
      if (item.empty()) continue;
      std::string compact;
      for (const char c : item) {
        if (c != ' ') compact += c;
      }
      const bool words =
          item.find(' ') != std::string_view::npos && item.find_first_of("+-*/") == std::string_view::npos;
      usable = usable && !words && is_plausible(item) && compact.find_first_of(".'\"=<>:{}") == std::string::npos &&
               !compact.starts_with('-') && !is_other_word(compact);
      spelled += (spelled.empty() ? "" : " ") + compact;
    }
    if (usable) {
      for (const std::string& name : names) out.emplace_back(name, spelled);
    }
    names.clear();
  }
  return out;
}

std::string without_examples(std::string_view docstring) {
  std::string out;
  bool is_example = false;
  while (!docstring.empty()) {
    const std::size_t end = std::min(docstring.find('\n'), docstring.size());
    const std::string_view line = trim(docstring.substr(0, end));
    // An example and what it prints end at an empty line.
    if (line.starts_with(">>>")) is_example = true;
    else if (line.empty()) is_example = false;
    if (!is_example) out += docstring.substr(0, end);
    out += '\n';
    docstring.remove_prefix(std::min(end + 1, docstring.size()));
  }
  return out;
}

bool is_about_container(std::string_view text) {
  static constexpr std::string_view kWords[] = {"list",       "lists",  "tuple",     "tuples",   "dict", "dicts",
                                                "dictionary", "object", "dataclass", "sequence", "pair", "iterable"};
  const std::vector<std::string> words = words_of(text);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (std::ranges::find(kWords, words[i]) != std::end(kWords)) return true;
    if (words[i] == "each" && (i + 1 == words.size() || !is_counted_along_axis(words[i + 1]))) return true;
  }
  return false;
}

std::optional<std::string> shape_at_start(std::string_view text) {
  const auto shape = shape_from(text, 0);
  return shape ? std::optional(shape->shape) : std::nullopt;
}

namespace {

// `(B, T, V), (B, T)`: the shapes at the start of a text, up to what is none.
std::vector<std::string> listed_shapes(std::string_view text) {
  std::vector<std::string> out;
  while (const auto shape = shape_from(text, 0)) {
    out.push_back(shape->shape);
    text = trim(text.substr(shape->end));
    if (text.starts_with(',') || text.starts_with(';')) text = trim(text.substr(1));
    else if (text.starts_with("and ")) text = trim(text.substr(4));
    else break;
  }
  return out;
}

}  // namespace

NamedShapes shapes_behind(const SourceFile& file, const ast::Function& function, const ast::Comment& comment,
                          bool is_cxx) {
  if (function.params.size() > 64) return {};
  const std::uint32_t line = file.position(comment.span.begin).line;
  std::vector<const ast::Param*> params;
  for (const ast::Param& param : function.params) {
    if (is_cxx && param.span.begin >= comment.span.begin) break;
    if (is_cxx) params.clear();
    if (file.position(param.span.end).line == line) params.push_back(&param);
  }
  if (params.empty()) return {};
  std::string_view text = file.text(comment.span);
  text.remove_prefix(std::min(text.size(), text.find_first_not_of("#/* \t")));
  if (text.ends_with("*/")) text.remove_suffix(2);
  // One for all of them, or one for each.
  const std::vector<std::string> shapes = listed_shapes(trim(text));
  if (shapes.size() > 1) {
    std::erase_if(params, [](const ast::Param* param) { return param->name == "self" || param->name == "cls"; });
    if (shapes.size() != params.size()) return {};
  }
  NamedShapes out;
  for (std::size_t i = 0; i < params.size() && !shapes.empty(); ++i)
    out.emplace_back(params[i]->name, shapes[shapes.size() > 1 ? i : 0]);
  return out;
}

namespace {

// `(N, C), and where there are more axes (N, C, D1, ..., Dk)`: one form of several.
bool has_open_form(std::string_view text, std::string_view shape) {
  const std::string_view first = shape.substr(0, shape.find(' '));
  for (std::size_t at = text.find("..."); at != std::string_view::npos; at = text.find("...", at + 3)) {
    const std::size_t open = text.find_last_of("([", at);
    if (open != std::string_view::npos && text.substr(open + 1).starts_with(first) &&
        text.substr(open, at - open).find_first_of(")]") == std::string_view::npos)
      return true;
  }
  return false;
}

// `num_samples`, `n_sample` and `samples` are one size to who reads them.
std::string_view stem(std::string_view size) {
  for (const std::string_view prefix : {"num_", "n_", "number_of_"})
    if (size.starts_with(prefix) && size.size() > prefix.size() + 2) size.remove_prefix(prefix.size());
  if (size.ends_with('s')) size.remove_suffix(1);
  return size;
}

// Do two long words differ by one letter that one of them lacks, a slip of the pen?
bool lacks_one_letter(std::string_view shorter, std::string_view longer) {
  if (shorter.size() > longer.size()) std::swap(shorter, longer);
  if (shorter.size() < 8 || longer.size() != shorter.size() + 1) return false;
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(shorter, longer).in1 - shorter.begin());
  return std::isalpha(static_cast<unsigned char>(longer[at])) != 0 && shorter.substr(at) == longer.substr(at + 1);
}

// Sizes that are spelled in two ways in one text, as they are spelled first; two in one shape are two.
void spell_alike(NamedShapes& all) {
  std::vector<std::string> known;
  for (auto& [name, shape] : all) {
    std::vector<std::string> sizes;
    for (std::string_view rest = shape; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      sizes.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const std::size_t before = known.size();
    for (std::string& size : sizes) {
      if (size.size() < 6) continue;
      const auto same =
          std::find_if(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(before),
                       [&](const std::string& k) { return stem(k) == stem(size) || lacks_one_letter(k, size); });
      const bool is_known = same != known.begin() + static_cast<std::ptrdiff_t>(before);
      if (is_known && std::ranges::find(sizes, *same) == sizes.end()) size = *same;
      else if (!is_known) known.push_back(size);
    }
    shape.clear();
    for (const std::string& size : sizes) shape += (shape.empty() ? "" : " ") + size;
  }
}

}  // namespace

NamedShapes shapes_in_docstring(std::string_view text, const std::vector<std::string>& names) {
  NamedShapes out;
  for (const DocstringEntry& entry : entries_in_docstring(text, names)) {
    const auto shape = described(entry.type, entry.text);
    if (!shape || has_open_form(entry.text, *shape)) continue;
    for (const std::string& name : entry.names) out.emplace_back(name, *shape);
  }
  out = without_contradictions(out);
  spell_alike(out);
  return out;
}

std::optional<std::string> shape_of_result(std::string_view docstring) {
  // From the heading to the end of its lines: what is indented deeper, or for NumPy all up to an empty line.
  std::string text;
  bool inside = false;
  std::size_t heading = 0;
  for (std::string_view rest = docstring; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view whole = rest.substr(0, end);
    const std::string_view line = trim(whole);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t indent = std::min(whole.find_first_not_of(" \t"), whole.size());
    if (inside) {
      if (line.empty() && text.empty()) continue;
      if (line.empty() || line.starts_with(':') || (indent < heading)) break;
      if (line.find_first_not_of("-=") == std::string_view::npos) continue;  // the rule under NumPy's heading
      if (indent == heading && line.ends_with(':')) break;
      text += (text.empty() ? "" : " ") + std::string(line);
      continue;
    }
    for (const std::string_view word : {"Returns:", "Return:", ":returns:", ":return:", "Returns"}) {
      if (!line.starts_with(word) || (word == "Returns" && line != word)) continue;
      inside = true;
      heading = indent;
      text = std::string(trim(line.substr(word.size())));
      break;
    }
  }
  // One thing, whatever the options are.
  if (text.empty() || is_about_container(text) ||
      has_any(words_of(text), {"if", "or", "when", "depending", "depends", "otherwise", "unless", "reduction", "scalar",
                               "either", "and", "none", "optional"}))
    return std::nullopt;
  // `torch.Tensor: (B,)`, `loss: (B,)`, `tf.Tensor of shape (B,)`.
  const std::size_t colon = text.find(':');
  const bool is_labelled =
      colon != std::string::npos && colon > 0 &&
      std::ranges::all_of(text.substr(0, colon), [](char c) { return is_word(c) || c == '.' || c == '`' || c == '*'; });
  return described({}, is_labelled ? trim(std::string_view(text).substr(colon + 1)) : std::string_view(text));
}

NamedShapes without_contradictions(const NamedShapes& all) {
  NamedShapes sure;
  for (const auto& [name, shape] : all) {
    const bool differs =
        std::ranges::any_of(all, [&](const auto& other) { return other.first == name && other.second != shape; });
    const bool known = std::ranges::any_of(sure, [&](const auto& other) { return other.first == name; });
    if (!differs && !known) sure.emplace_back(name, shape);
  }
  return sure;
}

std::optional<AssertedShape> asserted_shape(const ast::Module& program, const ast::Stmt& stmt) {
  const auto* assertion = std::get_if<ast::Assert>(&stmt.node);
  if (assertion == nullptr) return std::nullopt;
  const auto* compared = std::get_if<ast::Compare>(&program.expr(assertion->condition).node);
  if (compared == nullptr || compared->ops.size() != 1 || compared->ops[0] != ast::CompareOp::equal)
    return std::nullopt;
  const auto* shape = std::get_if<ast::Attribute>(&program.expr(compared->operands[0]).node);
  const auto* sizes = std::get_if<ast::TupleExpr>(&program.expr(compared->operands[1]).node);
  if (shape == nullptr || shape->name != "shape" || sizes == nullptr) return std::nullopt;
  const auto* name = std::get_if<ast::Name>(&program.expr(shape->value).node);
  return name != nullptr ? std::optional(AssertedShape{name->id, sizes}) : std::nullopt;
}

}  // namespace shapelint
