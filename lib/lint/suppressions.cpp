// Suppression comments: `# shapelint: ignore[rule, rule] -- reason` at the end of any line of a statement, alone above
// it, or above a `def` or `class` for all that is in it; `# shapelint: file-ignore[rule]` for the file. In C++ the same
// after `//` or in `/* */`, and clang-tidy's NOLINT, NOLINTNEXTLINE and NOLINTBEGIN with NOLINTEND.
#include <algorithm>
#include <cctype>

#include "lib/lint/analysis.h"

namespace shapelint {
namespace {

struct Suppression {
  std::vector<std::string> rules;
  std::vector<std::string> patterns;  ///< `shapelint-*`, `*`: they may be meant for other tools, and need no finding
  bool whole_file = false;
  std::uint32_t line = 0;
  bool alone = false;      ///< nothing but the comment on its line
  bool next_line = false;  ///< NOLINTNEXTLINE
  bool begins = false;     ///< NOLINTBEGIN; `last_line` is where its NOLINTEND stands
  bool ends = false;
  std::uint32_t last_line = 0;
  Span span;  ///< the comment
};

// Does `text` match a pattern of clang-tidy's, in which `*` stands for anything?
bool matches(std::string_view pattern, std::string_view text) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  for (std::size_t skipped = star; skipped <= text.size(); ++skipped) {
    if (matches(pattern.substr(star + 1), text.substr(skipped))) return true;
  }
  return false;
}

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

// `NOLINT(shapelint-rule, bugprone-...)`, `NOLINTNEXTLINE(...)` and `NOLINTBEGIN(...)` in C++; without a list it is for
// all checks.
std::optional<Suppression> parse_nolint(std::string_view comment) {
  const std::size_t at = comment.find("NOLINT");
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = comment.substr(at + 6);
  Suppression s;
  const auto is_kind = [&](std::string_view kind) {
    const bool is = rest.starts_with(kind);
    if (is) rest.remove_prefix(kind.size());
    return is;
  };
  s.next_line = is_kind("NEXTLINE");
  s.begins = is_kind("BEGIN");
  s.ends = is_kind("END");
  if (!rest.starts_with('(')) {
    const bool is_word =
        !rest.empty() && (std::isalnum(static_cast<unsigned char>(rest.front())) != 0 || rest[0] == '_');
    if (is_word) return std::nullopt;
    s.patterns.emplace_back("*");
    return s;
  }
  const std::size_t close = rest.find(')');
  if (close == std::string_view::npos) return std::nullopt;
  for (std::string& name : names_in(rest.substr(1, close - 1))) {
    constexpr std::string_view kPrefix = "shapelint-";
    if (name.find('*') != std::string::npos) s.patterns.push_back(std::move(name));
    else if (name.starts_with(kPrefix)) s.rules.push_back(name.substr(kPrefix.size()));
  }
  if (s.rules.empty() && s.patterns.empty()) return std::nullopt;
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
    if (s->ends) {
      // Of the nearest that says the same and is open.
      const auto open = std::ranges::find_if(all.rbegin(), all.rend(), [&](const Suppression& one) {
        return one.begins && one.last_line == 0 && one.rules == s->rules && one.patterns == s->patterns;
      });
      if (open != all.rend()) open->last_line = s->line;
      continue;
    }
    all.push_back(std::move(*s));
  }
  std::erase_if(all, [](const Suppression& s) { return s.begins && s.last_line == 0; });
  if (all.empty()) return;
  // The lines a comment speaks for: those of the smallest statement on its line, or of the first one below it.
  const auto covers = [&](const Suppression& s, const Finding& f) {
    if (s.whole_file) return true;
    if (s.begins) {
      const std::uint32_t at = file.position(f.span.begin).line;
      return s.line < at && at < s.last_line;
    }
    std::uint32_t line = s.line;
    if (s.alone) {
      const std::uint32_t last = file.lines_around(s.line).second;  // of its cell, in a notebook
      do ++line;
      while (line <= last && (file.line(line).find_first_not_of(" \t") == std::string_view::npos ||
                              is_comment_line(file.line(line), is_cxx)));
      if (line > last) return false;
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
      const bool is_meant = std::ranges::any_of(all[i].patterns, [&](const std::string& pattern) {
        return matches(pattern, "shapelint-" + std::string(f.rule));
      });
      suppressed = suppressed || (is_meant && covers(all[i], f));
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
