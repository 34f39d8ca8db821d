// `match` becomes a chain of `if`: literals, dotted names, alternatives, captures, classes without arguments, and
// sequences of these. What else a pattern may say leaves the whole statement unknown.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/language/lower.h"

namespace shapelint {
using namespace ast;

// What a pattern is compared with: a piece of the program that can be evaluated again without harm, an item of it, or a
// name that no program can have.
struct Lowering::Subject {
  N node = cst::kNoNode;
  std::vector<N> parts;  ///< items of a tuple
  std::string name;      ///< when it was stored first
  std::vector<std::int64_t> path;
};

// Names and attributes; cheap, and without effects as far as shapes go.
bool Lowering::repeatable(N n) const {
  for (int links = 0; links < 8; ++links) {
    if (kind(n) == K::identifier_k) return true;
    if (kind(n) != K::attribute_k) return false;
    n = child(n, F::object_f);
  }
  return false;
}

ExprId Lowering::value_of(const Subject& subject, Span where) {
  ExprId out = subject.name.empty() ? expr(subject.node) : add(where, Name{subject.name});
  for (std::int64_t item : subject.path) {
    const ExprId index = add(where, IntLiteral{item});
    out = add(where, Subscript{out, index});
  }
  return out;
}

std::vector<cst::NodeIndex> Lowering::pattern_parts(N n) const {
  std::vector<N> out;
  for (N c = named(n); c != kNone; c = next_named(c)) out.push_back(c);
  return out;
}

// A pattern's node may be wrapped in a case_pattern; `_` and `-` are tokens in it.
bool Lowering::irrefutable(N n) const {
  if (kind(n) != K::case_pattern_k) return token_is(n, "_");
  const N inner = named(n);
  if (inner == kNone) return has_token(n, "_");
  return kind(inner) == K::dotted_name_k && next_named(named(inner)) == kNone;
}

std::string Lowering::unsupported_sequence(const std::vector<N>& parts, const Subject& subject,
                                           bool alternative) const {
  if (!subject.parts.empty() && subject.parts.size() != parts.size()) return "a sequence of another length";
  if (subject.path.size() > 4) return "a deep pattern";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (kind(parts[i]) == K::case_pattern_k && kind(named(parts[i])) == K::splat_pattern_k) return "a starred pattern";
    Subject item;
    if (subject.parts.empty()) item.path.resize(subject.path.size() + 1);
    if (std::string reason = unsupported(parts[i], item, alternative); !reason.empty()) return reason;
  }
  return {};
}

std::string Lowering::unsupported(N n, const Subject& subject, bool alternative) const {
  if (kind(n) == K::case_pattern_k) {
    const N inner = named(n);
    if (inner == kNone) return has_token(n, "_") ? "" : "an unknown pattern";
    n = inner;
  }
  switch (kind(n)) {
    case K::integer_k:
    case K::float_k:
    case K::string_k:
    case K::concatenated_string_k:
    case K::none_k:
    case K::true_k:
    case K::false_k: return "";
    case K::dotted_name_k: return alternative && next_named(named(n)) == kNone ? "a capture inside `|`" : "";
    case K::union_pattern_k:
      for (N c = first(n); c != kNone; c = next(c)) {
        if (kind(c) == K::token) {
          if (raw(c) == "_") return "a wildcard inside `|`";
          continue;
        }
        if (std::string reason = unsupported(c, subject, true); !reason.empty()) return reason;
      }
      return "";
    case K::list_pattern_k:
    case K::tuple_pattern_k: return unsupported_sequence(pattern_parts(n), subject, alternative);
    case K::class_pattern_k: return next_named(named(n)) == kNone ? "" : "a class pattern with arguments";
    case K::as_pattern_k: return alternative ? "a capture inside `|`" : unsupported(named(n), subject, false);
    case K::splat_pattern_k: return "a starred pattern";
    case K::dict_pattern_k: return "a mapping pattern";
    default: return "an unknown pattern";
  }
}

void Lowering::equality(N n, const Subject& subject, CompareOp op, std::vector<ExprId>& conditions) {
  const ExprId left = value_of(subject, span(n)), right = expr(n);
  conditions.push_back(add(span(n), Compare{{op}, {left, right}}));
}

void Lowering::bind(N name, const Subject& subject, Block& bindings) {
  const ExprId target = add(span(name), Name{text(name)});
  const ExprId value = value_of(subject, span(name));
  bindings.push_back(add_stmt(span(name), Assign{{target}, value}));
}

void Lowering::pattern(N n, const Subject& subject, std::vector<ExprId>& conditions, Block& bindings) {
  if (kind(n) == K::case_pattern_k) {
    const N inner = named(n);
    if (inner == kNone) return;
    if (has_token(n, "-")) {
      const ExprId left = value_of(subject, span(n)), operand = expr(inner);
      const ExprId right = add(span(n), Unary{UnaryOp::negative, operand});
      conditions.push_back(add(span(n), Compare{{CompareOp::equal}, {left, right}}));
      return;
    }
    n = inner;
  }
  switch (kind(n)) {
    case K::none_k:
    case K::true_k:
    case K::false_k: return equality(n, subject, CompareOp::is, conditions);
    case K::dotted_name_k:
      if (next_named(named(n)) == kNone) bind(named(n), subject, bindings);
      else equality(n, subject, CompareOp::equal, conditions);
      return;
    case K::union_pattern_k: {
      std::vector<ExprId> alternatives;
      bool negative = false;
      for (N c = first(n); c != kNone; c = next(c)) {
        if (kind(c) == K::token) {
          negative = raw(c) == "-";
          continue;
        }
        std::vector<ExprId> one;
        pattern(c, subject, one, bindings);
        if (negative && one.size() == 1) {
          // The minus stands outside the number's node here.
          auto& operand = std::get<Compare>(module_.exprs[one[0].index].node).operands[1];
          const Span where = span(node(c).begin, node(c).end);
          const ExprId number = operand, minus = add(where, Unary{UnaryOp::negative, number});
          std::get<Compare>(module_.exprs[one[0].index].node).operands[1] = minus;
        }
        negative = false;
        alternatives.push_back(one.size() == 1 ? one[0]
                               : one.empty()   ? add(span(c), BoolLiteral{true})
                                               : add(span(c), Logical{true, std::move(one)}));
      }
      conditions.push_back(add(span(n), Logical{false, std::move(alternatives)}));
      return;
    }
    case K::list_pattern_k:
    case K::tuple_pattern_k: return sequence(pattern_parts(n), subject, span(n), conditions, bindings);
    case K::class_pattern_k: {
      const ExprId function = add(span(n), Name{"isinstance"});
      const ExprId value = value_of(subject, span(n)), type = expr(named(n));
      std::vector<Argument> arguments = {{Argument::Kind::positional, {}, value, span(n)},
                                         {Argument::Kind::positional, {}, type, span(named(n))}};
      conditions.push_back(add(span(n), Call{function, std::move(arguments)}));
      return;
    }
    case K::as_pattern_k:
      pattern(named(n), subject, conditions, bindings);
      bind(next_named(named(n)), subject, bindings);
      return;
    default: return equality(n, subject, CompareOp::equal, conditions);
  }
}

void Lowering::sequence(const std::vector<N>& parts, const Subject& subject, Span where,
                        std::vector<ExprId>& conditions, Block& bindings) {
  if (subject.parts.empty()) {
    const ExprId function = add(where, Name{"len"}), value = value_of(subject, where);
    const ExprId length = add(where, Call{function, {{Argument::Kind::positional, {}, value, where}}});
    const ExprId count = add(where, IntLiteral{static_cast<std::int64_t>(parts.size())});
    conditions.push_back(add(where, Compare{{CompareOp::equal}, {length, count}}));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Subject item;
    if (subject.parts.empty()) {
      item = subject;
      item.path.push_back(static_cast<std::int64_t>(i));
    } else {
      item.node = subject.parts[i];
    }
    pattern(parts[i], item, conditions, bindings);
  }
}

void Lowering::match_statement(N n, Block& out) {
  const Span where = span(n);
  const auto give_up = [&](const std::string& reason) {
    const std::string message = fmt::format("a `match` statement with {}", reason);
    if (dialect_ == Dialect::python) issue(where, message, false);
    out.push_back(unknown_stmt(where, message));
  };
  std::vector<N> subjects, cases;
  for (N c = named(n); c != kNone; c = next_named(c))
    if (node(c).field == F::subject_f) subjects.push_back(c);
  const N body = child(n, K::block_k);
  for (N c = named(body); c != kNone; c = next_named(c)) cases.push_back(c);
  if (subjects.empty() || cases.empty()) return give_up("no cases");
  if (cases.size() > static_cast<std::size_t>(kMaxChain) || height_ + static_cast<int>(cases.size()) > kMaxHeight)
    return give_up("too many cases");

  Subject subject;
  subject.node = subjects[0];
  if (subjects.size() > 1) subject.parts = subjects;
  else if (kind(subjects[0]) == K::tuple_k) subject.parts = pattern_parts(subjects[0]);
  const bool parts = !subject.parts.empty();
  if (parts && !std::all_of(subject.parts.begin(), subject.parts.end(), [&](N p) { return repeatable(p); }))
    return give_up("a subject that is computed");

  // First look, then build: a statement that is given up leaves no nodes behind.
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::vector<N> patterns;
    N guard = kNone;
    bool captures_alone = false;
    for (N c = named(cases[i]); c != kNone; c = next_named(c)) {
      if (kind(c) == K::case_pattern_k) patterns.push_back(c);
      if (kind(c) == K::if_clause_k) guard = c;
    }
    const bool list = patterns.size() > 1 || has_token(cases[i], ",");
    std::string reason;
    if (list) {
      reason = unsupported_sequence(patterns, subject, false);
    } else if (!patterns.empty()) {
      captures_alone = irrefutable(patterns[0]);
      const bool is_sequence =
          kind(named(patterns[0])) == K::tuple_pattern_k || kind(named(patterns[0])) == K::list_pattern_k;
      if (parts && !is_sequence && !(captures_alone && named(patterns[0]) == kNone))
        reason = "a tuple met by another pattern";
      else reason = unsupported(patterns[0], subject, guard != kNone);
    }
    if (reason.empty() && captures_alone && guard == kNone && i + 1 < cases.size())
      reason = "a case that hides the next";
    if (reason.empty() && guard != kNone && list) reason = unsupported_sequence(patterns, subject, true);
    if (!reason.empty()) return give_up(reason);
  }

  if (!parts && !repeatable(subject.node)) {
    const Span place = span(subject.node);
    const ExprId value = expr(subject.node);
    subject.name = fmt::format("<match {}>", place.begin);
    const ExprId target = add(place, Name{subject.name});
    out.push_back(add_stmt(place, Assign{{target}, value}));
  }

  struct Branch {
    std::uint32_t begin = 0;
    ExprId condition;
    Block body;
  };
  std::vector<Branch> branches;
  const int outer_height = height_;
  for (N one : cases) {
    std::vector<N> patterns;
    N guard = kNone;
    for (N c = named(one); c != kNone; c = next_named(c)) {
      if (kind(c) == K::case_pattern_k) patterns.push_back(c);
      if (kind(c) == K::if_clause_k) guard = c;
    }
    Branch branch;
    branch.begin = node(one).begin;
    std::vector<ExprId> conditions;
    if (patterns.size() > 1 || has_token(one, ","))
      sequence(patterns, subject, span(node(patterns.front()).begin, node(patterns.back()).end), conditions,
               branch.body);
    else if (!patterns.empty()) pattern(patterns[0], subject, conditions, branch.body);
    if (guard != kNone) conditions.push_back(expr(named(guard)));
    if (conditions.size() == 1) branch.condition = conditions[0];
    if (conditions.size() > 1) {
      const Span place = span(node(patterns.front()).begin, node(guard != kNone ? guard : patterns.back()).end);
      branch.condition = add(place, Logical{true, std::move(conditions)});
    }
    for (StmtId s : suite(one, "case")) branch.body.push_back(s);
    branches.push_back(std::move(branch));
    ++height_;
  }
  height_ = outer_height;

  Block otherwise;
  for (std::size_t i = branches.size(); i-- > 0;) {
    Branch& branch = branches[i];
    if (!branch.condition.valid() && i > 0) {
      otherwise = std::move(branch.body);
      continue;
    }
    const std::uint32_t begin = i == 0 ? where.begin : branch.begin;
    if (!branch.condition.valid()) branch.condition = add(span(begin, begin), BoolLiteral{true});
    const std::uint32_t end = std::max({end_of(branch.body, begin), end_of(otherwise, begin), begin});
    const StmtId made = add_stmt(span(begin, end), If{branch.condition, std::move(branch.body), std::move(otherwise)});
    otherwise = {made};
  }
  for (StmtId s : otherwise) out.push_back(s);
}

}  // namespace shapelint
