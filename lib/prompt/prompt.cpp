#include "lib/prompt/prompt.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "lib/lint/fixes.h"
#include "lib/lint/option_values.h"
#include "lib/prompt/answers.h"
#include "lib/prompt/arguments.h"
#include "lib/prompt/completion.h"
#include "lib/prompt/help.h"
#include "lib/prompt/state.h"
#include "lib/prompt/why.h"
#include "lib/report/layout.h"
#include "lib/report/parts.h"
#include "lib/report/report.h"
#include "lib/support/suggest.h"
#include "lib/support/words.h"

namespace shapelint::prompt {
namespace {

constexpr std::size_t kMaxLine = 10'000;

Reply failure(std::string message) { return {.text = std::move(message) + "\n", .failed = true}; }

Reply usage(const CommandHelp& command) {
  return failure(fmt::format("usage: {}  ({})", command.usage, command.summary));
}

std::string help_text() {
  std::vector<std::vector<std::string>> rows;
  for (const CommandHelp& command : kCommands)
    rows.push_back({"  " + std::string(command.usage), std::string(command.summary)});
  return table(rows);
}

// `fix apply 2`, `step 3`: a number from 1.
std::optional<std::size_t> number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

class Prompt::Engine {
 public:
  Engine(Session& session, const Target& target, AnalysisOptions options, AnalysisOptions at_start, const Style& style)
      : session_(session),
        target_(target),
        at_start_(std::move(at_start)),
        options_(std::move(options)),
        style_(style),
        completer_(session) {}

  Reply open() {
    auto state = make_state(session_, target_, options_);
    if (!state) return failure(state.error());
    state_ = std::move(*state);
    return {.text = overview()};
  }

  Reply answer(std::string_view line) {
    line = trim(line);
    if (line.empty() || line.starts_with('#')) return {};
    if (line.size() > kMaxLine) return failure("the line is too long");
    Reply reply = dispatch(line);
    if (!is_cancelled()) return reply;
    // What was half computed is no answer to a later question.
    state_->report.reset();
    state_->evaluation.reset();
    return failure("stopped; nothing was changed");
  }

  Completions complete(std::string_view line, std::size_t cursor) {
    return completer_.complete(*state_, line.substr(0, std::min(cursor, line.size())));
  }

  const AnalysisOptions& options() const { return state_ ? state_->options : options_; }

 private:
  bool is_cancelled() const {
    const auto* cancel = state_->options.world.budget.cancel;
    return cancel != nullptr && cancel->load(std::memory_order_relaxed);
  }

  std::string overview() {
    std::string out = signature_text(session_, *state_, style_);
    out += path_text(session_, session_.dims(), *state_, style_);
    const std::vector<Finding>& findings = report_of(session_, *state_).findings;
    for (const Finding& finding : findings) out += concise_text(finding, session_.sources(), style_);
    if (findings.empty()) out += style_.green("no findings") + "\n";
    return out;
  }

  Reply dispatch(std::string_view line) {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    const std::string_view word = line.substr(0, end);
    const std::string_view rest = trim(line.substr(end));
    if (word == "?") return run(Verb::help, rest);
    if (word == "exit" || word == "q") return run(Verb::quit, rest);
    for (const CommandHelp& command : kCommands)
      // `shape = 3` and `value.sum()` are no commands.
      if (command.name == word && !rest.starts_with("=")) return run(command.verb, rest);
    return run_unknown(line, word);
  }

  const CommandHelp& command(Verb verb) const { return *std::ranges::find(kCommands, verb, &CommandHelp::verb); }

  Reply run(Verb verb, std::string_view rest) {
    const bool takes_nothing = verb == Verb::names || verb == Verb::reset || verb == Verb::check || verb == Verb::quit;
    if (takes_nothing && !rest.empty()) return usage(command(verb));
    switch (verb) {
      case Verb::shape:
      case Verb::value:
      case Verb::why: return ask(verb, rest);
      case Verb::names: return {.text = names()};
      case Verb::set:
      case Verb::size:
      case Verb::arg:
      case Verb::init: return change(verb, rest);
      case Verb::reset: return become(at_start_);
      case Verb::step:
      case Verb::back: return move(verb, rest);
      case Verb::check: return {.text = findings()};
      case Verb::fix: return fix(rest);
      case Verb::help: return help(rest);
      case Verb::quit: return {.quits = true};
    }
    return {};
  }

  // An expression alone asks for its shape; what is none was meant as a command.
  Reply run_unknown(std::string_view line, std::string_view word) {
    const auto found = find(session_, *state_, line);
    if (found && (found->problem.empty() ? !found->value.is_unknown() : true))
      return {.text = shape_text(session_, session_.dims(), *found, style_), .failed = !found->problem.empty()};
    if (found && !is_name(word)) return failure(value_text(found->value, *found->trace, session_.dims()));
    std::vector<std::string> names;
    for (const CommandHelp& known : kCommands) names.emplace_back(known.name);
    const std::string near = did_you_mean(word, names);
    return failure(
        fmt::format("'{}' is no command{}", shortened(word),
                    near.empty() ? " and no expression that is known here; `help` lists the commands" : near));
  }

  Reply ask(Verb verb, std::string_view text) {
    if (text.empty()) return usage(command(verb));
    const auto found = find(session_, *state_, text);
    if (!found) return failure(found.error());
    const bool failed = !found->problem.empty() || found->value.is_unknown();
    std::string out;
    if (verb == Verb::value) {
      out = numbers_text(session_, *state_, *found, style_);
    } else {
      out = shape_text(session_, session_.dims(), *found, style_);
      if (verb == Verb::why && found->problem.empty())
        out += why_text(session_, session_.dims(), *state_, *found, style_);
      else if (has_lost_batch(session_.dims(), *state_, *found))
        out += fmt::format("  {}; `why {}` says where\n", style_.red("the batch axis is lost"), printable(found->text));
    }
    return {.text = std::move(out), .failed = failed};
  }

  std::string names() {
    const Names found = names_of(session_, *state_);
    std::vector<std::vector<std::string>> rows;
    for (const auto& [name, value] : found.items)
      rows.push_back({"  " + printable(name), value_text(value, *found.trace, session_.dims())});
    return rows.empty() ? "no names yet\n" : table(rows);
  }

  // ---- another world

  Reply change(Verb verb, std::string_view rest) {
    const auto assignments = parse_assignments(rest, verb == Verb::set);
    if (!assignments) return usage(command(verb));
    AnalysisOptions options = state_->options;
    for (const auto& [name, value] : *assignments) {
      ValueProblem problem;
      if (verb == Verb::set) {
        const std::string shape = shape_argument(value);
        problem = shape_problem(shape);
        options.world.shapes[name] = shape;
      } else if (verb == Verb::size) {
        const auto size = parse_size(value);
        if (!size) problem = size.error();
        else if (!state_->world.symbols.contains(name)) problem = "no shape has that size" + known_symbols();
        else options.world.sizes[name] = *size;
      } else {
        problem = literal_problem(value);
        (verb == Verb::arg ? options.world.args : options.world.init)[name] = value;
      }
      if (problem) return failure(fmt::format("{} {}={}: {}", command(verb).name, name, value, *problem));
      // A parameter is a tensor or not: the last word counts.
      if (verb == Verb::set) options.world.args.erase(name);
      if (verb == Verb::arg) options.world.shapes.erase(name);
    }
    Reply reply = become(options);
    if (verb == Verb::size && !reply.failed) reply.text = sizes_text(options.world.sizes);
    return reply;
  }

  std::string known_symbols() const {
    std::string out;
    for (const auto& [name, symbol] : state_->world.symbols)
      if (!session_.dims().is_anonymous(symbol)) out += (out.empty() ? "; there are: " : ", ") + printable(name);
    return out;
  }

  Reply become(const AnalysisOptions& options) {
    auto next = make_state(session_, target_, options);
    if (!next) return failure(next.error());
    const bool was_at_end = state_->is_at_end();
    const std::size_t at = state_->at;
    if (is_cancelled()) return {};
    state_ = std::move(*next);
    // The same place, where there is one still.
    if (!was_at_end && at < state_->moments.size()) state_->at = at;
    return {.text = overview()};
  }

  // Shapes stay what they are: no more than this changes.
  static std::string sizes_text(const std::map<std::string, std::int64_t>& sizes) {
    std::string out;
    for (const auto& [name, size] : sizes)
      out += fmt::format("{} {}={}", out.empty() ? "" : ",", printable(name), size);
    return fmt::format("numbers are computed with{}\n", out);
  }

  // ---- the trace

  Reply move(Verb verb, std::string_view rest) {
    const auto count = rest.empty() ? std::optional<std::size_t>(1) : number(rest);
    if (!count) return usage(command(verb));
    const std::size_t all = state_->moments.size();
    if (verb == Verb::step && state_->is_at_end()) state_->at = std::min(*count - 1, all);
    else if (verb == Verb::step) state_->at = std::min(all, state_->at + std::min(*count, all));
    else if (state_->at == 0) return failure("this is the first statement");
    else state_->at -= std::min(*count, state_->at);
    return {.text = moment_text(session_, session_.dims(), *state_, style_)};
  }

  // ---- findings

  std::string findings() {
    std::string out;
    for (const Finding& finding : report_of(session_, *state_).findings)
      out += (out.empty() ? "" : "\n") + full_text(finding, session_.sources(), style_);
    return out.empty() ? style_.green("no findings") + "\n" : out;
  }

  Reply fix(std::string_view rest) {
    std::vector<const Fix*> fixes;
    for (const Finding& finding : report_of(session_, *state_).findings)
      if (finding.fix && finding.fix->verified) fixes.push_back(&*finding.fix);
    const std::size_t count = fixes.size();
    if (count == 0) return failure("there is no fix that is proved");
    if (rest.empty()) {
      std::string out;
      for (std::size_t i = 0; i < count; ++i)
        out += fmt::format("{}. {} (verified)\n{}", i + 1, printable(fixes[i]->title),
                           indent(fix_text(*fixes[i], session_.sources(), style_), "   ", "   "));
      return {.text = out + "`fix apply` writes it to the file\n"};
    }
    if (!rest.starts_with("apply")) return usage(command(Verb::fix));
    if (const std::string_view which = trim(rest.substr(5)); !which.empty()) {
      const auto index = number(which);
      if (!index || *index > count) return failure(fmt::format("there are fixes 1 to {}, not '{}'", count, which));
      fixes = {fixes[*index - 1]};
    }
    return apply(fixes);
  }

  Reply apply(const std::vector<const Fix*>& fixes) {
    std::vector<Edit> edits;
    for (const Fix* one : fixes) edits.insert(edits.end(), one->edits.begin(), one->edits.end());
    std::ranges::sort(edits, {}, [](const Edit& edit) { return edit.span.begin; });
    const SourceId source = target_.module->source;
    for (std::size_t i = 0; i < edits.size(); ++i) {
      if (!(edits[i].span.source == source)) return failure("the fix is in another file");
      if (i > 0 && edits[i].span.begin < edits[i - 1].span.end)
        return failure("the fixes overlap; apply one, `fix apply 1`");
    }
    const SourceFile& file = session_.sources().file(source);
    FileWrite write{.path = file.name(), .before = std::string(file.text()), .after = {}};
    write.after = apply_edits(file.text(), edits);
    return {.write = std::move(write)};
  }

  Reply help(std::string_view rest) {
    if (rest.empty()) return {.text = help_text()};
    for (const CommandHelp& known : kCommands) {
      if (known.name != rest) continue;
      std::string out = fmt::format("{}\n  {}\n", known.usage, known.summary);
      return {.text = known.details.empty() ? out : out + indent(known.details, "  ", "  ")};
    }
    return failure(fmt::format("'{}' is no command; `help` lists them", printable(rest)));
  }

  Session& session_;
  Target target_;
  AnalysisOptions at_start_;
  AnalysisOptions options_;
  Style style_;
  Completer completer_;
  std::unique_ptr<State> state_;
};

Prompt::Prompt(Session& session, const Target& target, AnalysisOptions options, AnalysisOptions at_start,
               const Style& style)
    : engine_(std::make_unique<Engine>(session, target, std::move(options), std::move(at_start), style)) {}
Prompt::~Prompt() = default;

Reply Prompt::open() { return engine_->open(); }
Reply Prompt::answer(std::string_view line) { return engine_->answer(line); }
Completions Prompt::complete(std::string_view line, std::size_t cursor) { return engine_->complete(line, cursor); }
const AnalysisOptions& Prompt::options() const { return engine_->options(); }

}  // namespace shapelint::prompt
