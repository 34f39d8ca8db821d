// Suppression comments: `# shapelint: ignore[rule, rule] -- reason` at the end of any line of a statement, alone above
// it, or above a `def` or `class` for all that is in it; `# shapelint: file-ignore[rule]` for the file. In C++ the same
// after `//` or in `/* */`, and NOLINT(shapelint-rule).
#include <algorithm>

#include "lib/lint/analysis.h"

namespace shapelint {
namespace {

struct Suppression {
  std::vector<std::string> rules;
  bool whole_file = false;
  std::uint32_t line = 0;
  bool alone = false;      ///< nothing but the comment on its line
  bool next_line = false;  ///< NOLINTNEXTLINE
  Span span;               ///< the comment
};

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> out;
  std::string name;
  for (const char c : list) {
    if (c == ',') {
      if (!name.empty()) out.push_back(name);
      name.clear();
    } else if (c != ' ' && c != '\t') {
      name += c;
    }
  }
  if (!name.empty()) out.push_back(name);
  return out;
}

// `NOLINT(shapelint-rule, bugprone-...)` and `NOLINTNEXTLINE(...)` in C++.
std::optional<Suppression> parse_nolint(std::string_view comment) {
  const std::size_t at = comment.find("NOLINT");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = comment.substr(at + 6);
  Suppression s;
  if (rest.starts_with("NEXTLINE")) {
    s.next_line = true;
    rest.remove_prefix(8);
  }
  const std::size_t close = rest.find(')');
  if (!rest.starts_with('(') || close == std::string_view::npos) return std::nullopt;
  for (const std::string& name : names_in(rest.substr(1, close - 1))) {
    constexpr std::string_view kPrefix = "shapelint-";
    if (name.starts_with(kPrefix)) s.rules.push_back(name.substr(kPrefix.size()));
  }
  if (s.rules.empty()) return std::nullopt;
  return s;
}

std::optional<Suppression> parse(std::string_view comment) {
  const std::size_t at = comment.find("shapelint:");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = comment.substr(at + 10);
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  Suppression s;
  if (rest.starts_with("file-ignore[")) {
    s.whole_file = true;
    rest.remove_prefix(12);
  } else if (rest.starts_with("ignore[")) {
    rest.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const std::size_t close = rest.find(']');
  if (close == std::string_view::npos) return std::nullopt;
  s.rules = names_in(rest.substr(0, close));
  return s;
}

bool is_comment_line(std::string_view line, bool is_cxx) {
  line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
  return is_cxx ? line.starts_with("//") || line.starts_with("/*") : line.starts_with('#');
}

}  // namespace

void apply_suppressions(const SourceMap& sources, const LoadedModule& module, std::vector<Finding>& findings,
                        std::vector<UnusedSuppression>* unused) {
  if (module.program == nullptr || (findings.empty() && unused == nullptr)) return;
  const SourceFile& file = sources.file(module.source);
  const bool is_cxx = module.dialect == Dialect::cxx;
  std::vector<Suppression> all;
  for (const ast::Comment& comment : module.program->comments) {
    auto s = parse(file.text(comment.span));
    if (!s && is_cxx) s = parse_nolint(file.text(comment.span));
    if (!s) continue;
    s->span = comment.span;
    s->line = file.position(comment.span.begin).line;
    const std::string_view line = file.line(s->line);
    s->alone = s->next_line || is_comment_line(line, is_cxx);
    all.push_back(std::move(*s));
  }
  if (all.empty()) return;
  // The lines a comment speaks for: those of the smallest statement on its line, or of the first one below it.
  const auto covers = [&](const Suppression& s, const Finding& f) {
    if (s.whole_file) return true;
    std::uint32_t line = s.line;
    if (s.alone) {
      do ++line;
      while (line <= file.line_count() && (file.line(line).find_first_not_of(" \t") == std::string_view::npos ||
                                           is_comment_line(file.line(line), is_cxx)));
    }
    Span best;
    bool found = false;
    for (const ast::Stmt& stmt : module.program->stmts) {
      Range range = file.range(stmt.span);
      const bool definition =
          std::holds_alternative<ast::FunctionDef>(stmt.node) || std::holds_alternative<ast::ClassDef>(stmt.node);
      // A comment inside a body speaks for no definition around it.
      if (definition && range.start.line != line) {
        // Decorators stand above the `def`.
        const auto& decorators =
            std::holds_alternative<ast::FunctionDef>(stmt.node)
                ? module.program->function(std::get<ast::FunctionDef>(stmt.node).function).decorators
                : module.program->class_of(std::get<ast::ClassDef>(stmt.node).class_id).decorators;
        if (decorators.empty() || file.position(module.program->expr(decorators[0]).span.begin).line != line) continue;
      } else if (range.start.line > line || range.end.line < line) {
        continue;
      }
      const bool compound = std::holds_alternative<ast::If>(stmt.node) || std::holds_alternative<ast::For>(stmt.node) ||
                            std::holds_alternative<ast::While>(stmt.node) ||
                            std::holds_alternative<ast::With>(stmt.node) || std::holds_alternative<ast::Try>(stmt.node);
      if (compound && range.start.line != line) continue;
      if (!found || stmt.span.end - stmt.span.begin < best.end - best.begin) best = stmt.span;
      found = true;
    }
    return found ? best.source == f.span.source && best.begin <= f.span.begin && f.span.begin < best.end
                 : file.position(f.span.begin).line == line;
  };
  std::vector<std::vector<bool>> used;
  for (const Suppression& s : all) used.emplace_back(s.rules.size(), false);
  std::erase_if(findings, [&](const Finding& f) {
    if (f.span.source != module.source) return false;
    bool suppressed = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t k = 0; k < all[i].rules.size(); ++k) {
        if (all[i].rules[k] != f.rule || !covers(all[i], f)) continue;
        used[i][k] = true;
        suppressed = true;
      }
    }
    return suppressed;
  });
  if (unused == nullptr) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < all[i].rules.size(); ++k) {
      if (!used[i][k]) unused->push_back({all[i].rules[k], all[i].span});
    }
  }
}

}  // namespace shapelint
