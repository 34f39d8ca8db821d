// What a text says of a mask: the rest of the sentence, or the indented lines, behind its name in a docstring or
// comment.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "lib/lint/parameters.h"
#include "lib/oracle/masks.h"
#include "lib/support/words.h"
#include "lib/trace/targets.h"

namespace shapelint {
namespace {

std::size_t indentation(std::string_view text, std::size_t line) {
  const std::size_t first = text.find_first_not_of(" \t#", line);
  return (first == std::string_view::npos ? text.size() : first) - line;
}

// From behind a name to the end of the sentence; lines that are indented further belong to it.
std::string_view rest_of_sentence(std::string_view text, std::size_t name, std::size_t behind) {
  const std::size_t newline = text.rfind('\n', name);
  const std::size_t own = indentation(text, newline == std::string_view::npos ? 0 : newline + 1);
  std::size_t end = behind;
  for (; end < text.size(); ++end) {
    if (text[end] == ';') break;
    if (text[end] != '\n') continue;
    const std::size_t next = end + 1;
    if (next >= text.size() || text[next] == '\n' || indentation(text, next) <= own) break;
  }
  return text.substr(behind, end - behind);
}

// `1 where ...`, `True for ...`, `0 after ...`.
bool explains_values(const std::vector<std::string>& words) {
  static constexpr std::string_view kValues[] = {"0", "1", "true", "false", "zero", "one", "zeros", "ones"};
  static constexpr std::string_view kWhere[] = {"where", "for", "on",   "at",    "in",   "inside",
                                                "after", "if",  "when", "means", "marks"};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (std::ranges::find(kValues, words[i]) != std::end(kValues) &&
        std::ranges::find(kWhere, words[i + 1]) != std::end(kWhere))
      return true;
  }
  return false;
}

// Padded elements, those after the end of a sequence, and those that are ignored.
bool speaks_of_padding(const std::vector<std::string>& words) {
  if (has_any(words, {"pad", "pads", "padded", "padding", "paddings", "ignored"})) return true;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if ((words[i] == "after" || words[i] == "beyond" || words[i] == "past") && words[i + 1] == "the" &&
        words[i + 2] == "end")
      return true;
  }
  return false;
}

MaskText said_in(std::string_view text, std::string_view name, const std::vector<std::string>& others,
                 bool called_mask) {
  MaskText out = MaskText::nothing;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    const std::size_t behind = at + name.size();
    if ((at > 0 && is_word(text[at - 1])) || (behind < text.size() && is_word(text[behind]))) continue;
    std::vector<std::string> words = words_of(rest_of_sentence(text, at, behind));
    // Up to what is said of another parameter.
    const auto other = std::ranges::find_if(
        words, [&](const std::string& word) { return std::ranges::find(others, word) != others.end(); });
    words.erase(other, words.end());
    const bool is_mask = called_mask || has_any(words, {"mask", "masks"});
    if (!is_mask && !names_padding(name)) continue;
    if (speaks_of_padding(words)) return MaskText::padding;
    out = std::max(out, explains_values(words) ? MaskText::indicator : MaskText::mask);
  }
  return out;
}

// The docstrings and comments of a target, and the names of its parameters.
struct Texts {
  std::vector<std::string> texts;
  std::vector<std::string> parameters;
};

void add_functions(const ast::Module& program, const std::vector<const ast::Function*>& functions,
                   const SourceMap& sources, Texts& out) {
  std::string comments;
  for (const ast::Function* function : functions) {
    for (const ast::Param& param : function->params) out.parameters.push_back(param.name);
    out.texts.push_back(function->docstring);
    for (const ast::Comment& comment : program.comments) {
      if (function->span.contains(comment.span)) comments += std::string(sources.text(comment.span)) + "\n";
    }
  }
  out.texts.push_back(std::move(comments));
}

Texts texts_of(const Target& target, const SourceMap& sources) {
  Texts out;
  const ast::Module* program = target.module->program.get();
  if (program == nullptr) return out;
  std::vector<const ast::Function*> functions;
  if (target.function) functions.push_back(target.ast());
  if (target.class_id) {
    const ast::Class& own = program->class_of(*target.class_id);
    out.texts.push_back(own.docstring);
    for (const ast::StmtId id : own.body) {
      const auto* def = std::get_if<ast::FunctionDef>(&program->stmt(id).node);
      if (def != nullptr && !target.function && is_call_method(program->function(def->function).name))
        functions.push_back(&program->function(def->function));
    }
  }
  add_functions(*program, functions, sources, out);
  return out;
}

MaskText said_of(std::string_view name, Texts all) {
  if (name.empty()) return MaskText::nothing;
  if (names_padding(name)) return MaskText::padding;
  const bool called_mask = names_mask(name);
  MaskText out = called_mask ? MaskText::mask : MaskText::nothing;
  std::erase(all.parameters, name);
  for (const std::string& text : all.texts) out = std::max(out, said_in(text, name, all.parameters, called_mask));
  return out;
}

}  // namespace

MaskText mask_text(const Target& target, const SourceMap& sources, std::string_view parameter) {
  return said_of(parameter.substr(parameter.rfind('.') + 1), texts_of(target, sources));
}

MaskText mask_text(const ast::Module& module, const ast::Function& function, const SourceMap& sources,
                   std::string_view parameter) {
  Texts all;
  add_functions(module, {&function}, sources, all);
  return said_of(parameter, std::move(all));
}

bool documents_ignored(const Target& target, const SourceMap& sources, double label) {
  const std::string written = fmt::format("{}", label);
  for (const std::string& text : texts_of(target, sources).texts) {
    for (std::size_t at = text.find(written); at != std::string::npos; at = text.find(written, at + 1)) {
      const std::size_t behind = at + written.size();
      const bool part =
          (at > 0 && (is_word(text[at - 1]) || text[at - 1] == '.')) || (behind < text.size() && is_word(text[behind]));
      // Small numbers stand for many things.
      constexpr double kTelling = 100;
      if (!part && (std::abs(label) >= kTelling || speaks_of_padding(words_of(text)))) return true;
    }
  }
  return false;
}

}  // namespace shapelint
