#include "tests/harness/check_program.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lib/lint/analysis.h"
#include "lib/lint/fixes.h"
#include "lib/trace/targets.h"
#include "rules/rules.h"
#include "tests/harness/run_program.h"

namespace shapelint::test {
namespace {

// Claims print seven digits or so; float32 has as many.
constexpr double kTolerance = 2e-7;

bool same_number(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::abs(a - b) <= kTolerance * std::max(1.0, std::abs(b));
}

std::string shown(const ArrayPtr& array) {
  if (array == nullptr) return "nothing";
  std::string out = show(array->shape) + " [";
  for (std::size_t i = 0; i < array->values.size() && i < 12; ++i)
    out += fmt::format("{}{:.9g}", i > 0 ? ", " : "", array->values[i]);
  return out + "]";
}

class Checker {
 public:
  explicit Checker(const Program& program) : program_(program), run_(program) {}

  std::vector<std::string> check() {
    failures_ = program_.errors;
    if (!run_.parsed(failures_)) return std::move(failures_);
    run_.analyse();
    if (run_.losses.empty()) fail(1, "no loss was found in this program");
    for (const Loss& loss : run_.losses) {
      if (!loss.report.error.empty()) fail(1, fmt::format("{}: {}", loss.report.target.qualname, loss.report.error));
      if (!loss.report.complete) fail(1, fmt::format("{} was not followed to its end", loss.report.target.qualname));
    }
    findings();
    unknowns();
    with_data();
    for (const Claim& claim : program_.claims) {
      switch (claim.kind) {
        case ClaimKind::expect:
        case ClaimKind::unknown: break;
        case ClaimKind::says: says(claim); break;
        case ClaimKind::fix: fix(claim); break;
        case ClaimKind::lost_at: lost_at(claim); break;
        case ClaimKind::shape: shape(claim); break;
        case ClaimKind::from: from(claim); break;
        case ClaimKind::value:
        case ClaimKind::per_sample:
        case ClaimKind::verdict:
        case ClaimKind::first_coupled:
        case ClaimKind::mean:
        case ClaimKind::weighted: evaluated(claim); break;
      }
    }
    return std::move(failures_);
  }

 private:
  void fail(std::uint32_t line, const std::string& what) {
    failures_.push_back(fmt::format("{}: {}", program_.at(line), what));
  }

  std::vector<const Finding*> all_findings() const {
    std::vector<const Finding*> out;
    for (const Finding& f : run_.findings) out.push_back(&f);
    return out;
  }
  std::vector<const Finding*> findings_on(std::uint32_t line) const {
    std::vector<const Finding*> out = all_findings();
    std::erase_if(out, [&](const Finding* f) { return run_.range(f->span).start.line != line; });
    return out;
  }

  static std::string described(const Finding& f) {
    return fmt::format("{}[{}] {}", name(f.severity), f.rule, f.message);
  }

  // Why a finding does not meet a claim on its line; nothing when it does.
  std::optional<std::string> differs(const Finding& f, const Claim& claim) const {
    if (f.rule != claim.name) return "another rule";
    if (claim.severity && *claim.severity != f.severity) return fmt::format("it is {}", name(f.severity));
    if (f.message.find(claim.wanted) == std::string::npos)
      return fmt::format("its message has no \"{}\"", claim.wanted);
    if (claim.columns) {
      const Range range = run_.range(f.span);
      if (range.start.line != range.end.line || range.start.column != claim.columns->first ||
          range.end.column != claim.columns->second) {
        return fmt::format("it covers {}:{} to {}:{}, the carets columns {} to {}",
                           range.start.line + program_.line_offset, range.start.column,
                           range.end.line + program_.line_offset, range.end.column, claim.columns->first,
                           claim.columns->second);
      }
    }
    return std::nullopt;
  }

  // Each claim takes one finding of its line.
  void findings() {
    std::vector<const Finding*> open = all_findings();
    for (const Claim& claim : program_.claims) {
      if (claim.kind != ClaimKind::expect) continue;
      std::string nearly;
      bool met = false;
      for (auto it = open.begin(); it != open.end(); ++it) {
        if (run_.range((*it)->span).start.line != claim.line) continue;
        const auto why = differs(**it, claim);
        if (!why) {
          open.erase(it);
          met = true;
          break;
        }
        nearly += fmt::format("\n    there is {} ({})", described(**it), *why);
      }
      if (!met) fail(claim.written, fmt::format("expected {} was not found{}", claim.name, nearly));
    }
    for (const Finding* f : open)
      fail(run_.range(f->span).start.line, "a finding that nothing claims: " + described(*f));
  }

  void unknowns() {
    std::vector<const UnknownPlace*> open;
    for (const Loss& loss : run_.losses) {
      for (const UnknownPlace& place : loss.report.unknown) open.push_back(&place);
    }
    for (const Claim& claim : program_.claims) {
      if (claim.kind != ClaimKind::unknown) continue;
      const auto meets = [&](const UnknownPlace* place) {
        return run_.is_own(place->span) && run_.range(place->span).start.line == claim.line &&
               place->reason.find(claim.wanted) != std::string::npos;
      };
      if (std::erase_if(open, meets) == 0)
        fail(claim.written, fmt::format("nothing unknown with \"{}\" here", claim.wanted));
    }
    for (const UnknownPlace* place : open) {
      fail(run_.is_own(place->span) ? run_.range(place->span).start.line : 1, "not understood: " + place->reason);
    }
  }

  void says(const Claim& claim) {
    std::string said;
    std::vector<const Finding*> speaking = findings_on(claim.line);
    for (const Finding& f : with_data_) {
      if (run_.range(f.span).start.line == claim.line) speaking.push_back(&f);
    }
    for (const Finding* f : speaking) {
      said += "\n    " + f->message;
      for (const std::string& note : f->notes) said += "\n    " + note;
    }
    if (said.find(claim.wanted) == std::string::npos)
      fail(claim.written, fmt::format("no finding of this line says \"{}\"; said is:{}", claim.wanted, said));
  }

  void fix(const Claim& claim) {
    for (const Finding* f : findings_on(claim.line)) {
      if (!f->fix) continue;
      if (!f->fix->verified) return fail(claim.written, "the fix is not verified");
      const SourceFile fixed("fixed", apply_edits(program_.text, f->fix->edits));
      const std::string line(fixed.line(claim.line));
      if (squeezed(line) != squeezed(claim.wanted)) fail(claim.written, "the fixed line is: " + line);
      return;
    }
    fail(claim.written, "no finding of this line has a fix");
  }

  void lost_at(const Claim& claim) {
    std::string seen;
    for (const Finding* f : findings_on(claim.line)) {
      if (!f->witness || !f->witness->lost_at) continue;
      const Span span = *f->witness->lost_at;
      const SourceFile& file = run_.session.sources().file(span.source);
      const std::string_view line = file.line(file.position(span.begin).line);
      if (line.find(claim.wanted) != std::string_view::npos) return;
      seen += fmt::format("\n    {}: {}", file.name(), line);
    }
    fail(claim.written, fmt::format("the reduction is not at \"{}\"{}", claim.wanted, seen));
  }

  void shape(const Claim& claim) {
    std::set<std::string> shapes;
    for (const Loss& loss : run_.losses) {
      for (const Trace& trace : loss.traces) {
        for (const ExprEvent* event : run_.events(trace, claim)) {
          const auto& tracked = trace.tensor(event->tensor).shape;
          shapes.insert(tracked ? show(*tracked, run_.session.dims()) : "(?)");
        }
      }
    }
    if (shapes.empty()) return fail(claim.written, fmt::format("nothing is known of `{}`", claim.name));
    for (const std::string& found : shapes) {
      if (squeezed(found) != squeezed(claim.wanted))
        fail(claim.written, fmt::format("`{}` is {}, not {}", claim.name, found, claim.wanted));
    }
  }

  void from(const Claim& claim) {
    bool known = false;
    for (const Loss& loss : run_.losses) {
      for (const ParameterShape& p : loss.report.shapes) {
        if (p.name != claim.name) continue;
        known = true;
        if (name(p.from) != claim.wanted)
          fail(claim.written, fmt::format("the shape of `{}` comes from: {}", p.name, name(p.from)));
      }
    }
    if (!known) fail(claim.written, fmt::format("no parameter `{}` has a shape", claim.name));
  }

  void compare(const Claim& claim, const ArrayPtr& found) {
    const auto wanted = data_from_json(fmt::format("{{\"x\": {}}}", claim.wanted));
    if (!wanted) return fail(claim.written, wanted.error().message);
    const Array& want = *wanted->at("x");
    const bool same =
        found != nullptr && found->shape == want.shape && std::ranges::equal(found->values, want.values, same_number);
    if (!same) fail(claim.written, fmt::format("`{}` is {}, not {}", claim.name, shown(found), claim.wanted));
  }

  void totals(const Claim& claim, double wrote, double alone) {
    const std::size_t middle = claim.wanted.find(" instead of ");
    if (middle == std::string::npos) return fail(claim.written, "totals are claimed as: NUMBER instead of NUMBER");
    const double want_wrote = std::strtod(claim.wanted.c_str(), nullptr);
    const double want_alone = std::strtod(claim.wanted.c_str() + middle + 12, nullptr);
    if (!same_number(wrote, want_wrote) || !same_number(alone, want_alone)) {
      fail(claim.written, fmt::format("the total is {:.9g} instead of {:.9g}", wrote, alone));
    }
  }

  // Claims about numbers: met in one loss that takes the data at least, and missed in none.
  void evaluated(const Claim& claim) {
    bool seen = false;
    for (const Loss& loss : run_.losses) {
      const Evaluation* evaluation = run_.evaluation(loss, claim.with);
      if (evaluation == nullptr) continue;
      if (!evaluation->reason.empty() && claim.kind != ClaimKind::value && claim.wanted != "unknown") {
        fail(claim.written, "the evaluation ended: " + evaluation->reason);
      }
      if (claim.kind == ClaimKind::first_coupled) {
        seen = true;
        const std::string found =
            evaluation->first_coupled
                ? std::string(run_.session.sources().text(evaluation->exprs[*evaluation->first_coupled].span))
                : "none";
        if (squeezed(found) != squeezed(claim.wanted))
          fail(claim.written, fmt::format("samples mix first in: {}", found));
      } else if (claim.kind == ClaimKind::mean || claim.kind == ClaimKind::weighted) {
        seen = true;
        const auto& t = evaluation->totals;
        if (!t || (claim.kind == ClaimKind::weighted && !t->has_weighted)) {
          fail(claim.written, "there are no such totals");
        } else if (claim.kind == ClaimKind::mean) {
          totals(claim, t->mean_wrote, t->mean_per_sample);
        } else {
          totals(claim, t->weighted_wrote, t->weighted_per_sample);
        }
      } else if (claim.name == "return") {
        seen = true;
        if (claim.kind == ClaimKind::value) compare(claim, evaluation->value);
        else if (claim.kind == ClaimKind::per_sample) compare(claim, evaluation->per_sample);
        else verdict(claim, evaluation->verdict);
      } else if (const ExprVerdict* expr = run_.expression(*evaluation, claim)) {
        seen = true;
        if (claim.kind == ClaimKind::value) compare(claim, expr->value);
        else if (claim.kind == ClaimKind::per_sample) compare(claim, expr->per_sample);
        else verdict(claim, expr->verdict);
      }
    }
    if (!seen)
      fail(claim.written,
           fmt::format("nothing was evaluated for this claim{}", claim.name.empty() ? "" : " on `" + claim.name + "`"));
  }

  void verdict(const Claim& claim, Verdict found) {
    if (name(found) != claim.wanted)
      fail(claim.written, fmt::format("the verdict on `{}` is {}, not {}", claim.name, name(found), claim.wanted));
  }

  // Numbers change what is proved, not what is found.
  void with_data() {
    for (const Loss& loss : run_.losses) {
      for (std::size_t i = 0; i < program_.inputs.size(); ++i) {
        const auto options = run_.options_with(loss, i);
        if (!options) continue;
        const LossReport again = check_target(run_.session, loss.report.target, *options);
        if (!again.error.empty()) {
          fail(1, fmt::format("with data {}: {}", i + 1, again.error));
          continue;
        }
        const auto has = [](const std::vector<Finding>& findings, const Finding& f) {
          return std::ranges::any_of(findings, [&](const Finding& g) { return g.rule == f.rule && g.span == f.span; });
        };
        for (const Finding& f : again.findings) {
          if (!has(loss.all_findings, f))
            fail(run_.range(f.span).start.line, fmt::format("found only with data {}: {}", i + 1, described(f)));
        }
        for (const Finding& f : loss.all_findings) {
          if (!has(again.findings, f))
            fail(run_.range(f.span).start.line, fmt::format("not found with data {}: {}", i + 1, described(f)));
        }
        with_data_.insert(with_data_.end(), again.findings.begin(), again.findings.end());
      }
    }
  }

  const Program& program_;
  ProgramRun run_;
  std::vector<Finding> with_data_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> check_program(const Program& program) { return Checker(program).check(); }

}  // namespace shapelint::test
