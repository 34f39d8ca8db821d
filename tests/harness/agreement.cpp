// Sampled agreement: the tracker's shapes, with numbers put in for the symbols, against the shapes of real arrays.
#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "lib/oracle/oracle.h"
#include "tests/harness/check_program.h"
#include "tests/harness/run_program.h"

namespace shapelint::test {
namespace {

constexpr int kDraws = 6;
constexpr std::int64_t kSizes[] = {1, 2, 3, 5};

class Agreeing {
 public:
  Agreeing(const Program& program, ProgramRun& run, Agreement& counts)
      : program_(program), run_(run), counts_(counts) {}

  void draw(const Loss& loss, const std::map<std::string, std::int64_t>& sizes, bool& ran) {
    DimTable& dims = run_.session.dims();
    WorldOptions options = run_.options().world;
    options.sizes = sizes;
    const auto world = build_world(run_.session.tracer(), loss.report.target, options);
    if (!world) return fail(1, loss, sizes, world.error().message);
    EvaluationOptions how;
    how.sizes = sizes;
    const Evaluation evaluation = evaluate(run_.session.tracer(), loss.report.target, *world, how);
    const Trace& trace = evaluation.batch;
    ++counts_.draws;
    if (trace.end == PathEnd::returned && trace.conflicts.empty()) {
      ++counts_.draws_run;
      ran = true;
    }
    for (const Assumption& a : trace.assumptions) {
      const auto left = dims.evaluate(a.left, evaluation.sizes);
      const auto right = dims.evaluate(a.right, evaluation.sizes);
      if (left && right && *left != *right) return;  // not a world that the tracker speaks of
    }
    // A squeeze without an axis drops what happens to be 1: symbols are not 1 for the tracker.
    for (const Step& step : trace.steps) {
      const bool drops_ones = step.op != nullptr && step.op->name == "squeeze" && step.all_axes;
      const bool has_one = std::ranges::any_of(evaluation.sizes, [](const auto& size) { return size.second == 1; });
      if (drops_ones && has_one) return;
    }
    for (const Span& span : trace.disagreements) {
      fail(line_of(span), loss, sizes,
           fmt::format("kernel and shape rule differ at `{}`", run_.session.sources().text(span)));
    }
    for (const Step& step : trace.steps) {
      const Tensor& t = trace.tensor(step.result);
      if (t.array == nullptr || !t.shape) continue;
      Extents tracked;
      bool known = true;
      for (const Dim dim : *t.shape) {
        const auto size = dims.evaluate(dim, evaluation.sizes);
        known = known && size.has_value();
        tracked.push_back(size.value_or(-1));
      }
      if (!known) continue;
      ++counts_.shapes;
      if (tracked == t.array->shape) continue;
      fail(line_of(trace.user_span(step)), loss, sizes,
           fmt::format("`{}` is tracked as {}, which is {}, and has shape {} (op {})",
                       run_.session.sources().text(step.span), show(*t.shape, dims), show(tracked),
                       show(t.array->shape), step.op != nullptr ? step.op->name : "none"));
      return;  // what follows rests on it
    }
    returned(loss, *world, evaluation);
  }

  std::vector<std::string> failures;

 private:
  // Where one path was tracked without numbers, what it returns has the shape of what the numbers give.
  void returned(const Loss& loss, const World&, const Evaluation& evaluation) {
    if (loss.traces.size() != 1 || evaluation.batch.end != PathEnd::returned || !evaluation.batch.conflicts.empty())
      return;
    DimTable& dims = run_.session.dims();
    const Trace& symbolic = loss.traces.front();
    const auto value_of = [&](Dim dim) -> std::optional<std::int64_t> {
      Sizes sizes;
      for (const SymbolId s : dims.symbols(dim)) {
        const auto it = evaluation.sizes.find(s);
        // Another world has other symbols of the same name.
        for (const auto& [known, size] : evaluation.sizes) {
          if (it == evaluation.sizes.end() && !dims.is_anonymous(s) && dims.name(known) == dims.name(s))
            sizes[s] = size;
        }
        if (it != evaluation.sizes.end()) sizes[s] = it->second;
      }
      return dims.evaluate(dim, sizes);
    };
    for (const Assumption& a : symbolic.assumptions) {
      const auto left = value_of(a.left);
      if (!left || left != value_of(a.right)) return;
    }
    const auto* result = symbolic.result.as<TensorV>();
    if (result == nullptr || !symbolic.tensor(result->id).shape || evaluation.value == nullptr) return;
    Extents tracked;
    for (const Dim dim : *symbolic.tensor(result->id).shape) {
      const auto size = value_of(dim);
      if (!size) return;
      tracked.push_back(*size);
    }
    ++counts_.shapes;
    if (tracked == evaluation.value->shape) return;
    std::map<std::string, std::int64_t> sizes;
    for (const auto& [symbol, size] : evaluation.sizes) sizes[dims.name(symbol)] = size;
    fail(1, loss, sizes,
         fmt::format("without numbers it returns {}, which is {}, with them {}",
                     show(*symbolic.tensor(result->id).shape, dims), show(tracked), show(evaluation.value->shape)));
  }

  std::uint32_t line_of(const Span& span) const { return run_.is_own(span) ? run_.range(span).start.line : 1; }

  void fail(std::uint32_t line, const Loss& loss, const std::map<std::string, std::int64_t>& sizes,
            const std::string& what) {
    std::string drawn;
    for (const auto& [symbol, size] : sizes) drawn += fmt::format(" {}={}", symbol, size);
    failures.push_back(fmt::format("{}: {} with{}: {}", program_.at(line), loss.report.target.qualname, drawn, what));
  }

  const Program& program_;
  ProgramRun& run_;
  Agreement& counts_;
};

}  // namespace

std::vector<std::string> check_agreement(const Program& program, std::uint32_t seed, Agreement& counts) {
  ProgramRun run(program);
  std::vector<std::string> failures;
  if (!run.parsed(failures)) return {};
  run.analyse();
  Agreeing agreeing(program, run, counts);
  std::mt19937 random(seed);
  for (const Loss& loss : run.losses) {
    if (!loss.world) continue;
    ++counts.functions;
    bool ran = false;
    for (int i = 0; i < kDraws; ++i) {
      std::map<std::string, std::int64_t> sizes;
      for (const auto& [name, symbol] : loss.world->symbols) {
        // Not a distribution of <random>, whose numbers differ between standard libraries.
        sizes[name] = i == 0 ? kSizes[3] : kSizes[random() % std::size(kSizes)];
      }
      agreeing.draw(loss, sizes, ran);
    }
    counts.functions_run += ran ? 1 : 0;
  }
  return std::move(agreeing.failures);
}

namespace {
// A run as text: findings at their code and the shape of every expression, without places. Of an expression that stands
// twice, both shapes.
std::multiset<std::string> summary(ProgramRun& run) {
  std::multiset<std::string> out;
  const SourceMap& sources = run.session.sources();
  for (const Finding& f : run.findings) {
    out.insert(fmt::format("{}[{}] {} at `{}`", name(f.severity), f.rule, f.message, squeezed(sources.text(f.span))));
  }
  for (const Loss& loss : run.losses) {
    for (const Trace& trace : loss.traces) {
      for (const ExprEvent& event : trace.exprs) {
        if (!run.is_own(event.span)) continue;
        const auto& shape = trace.tensor(event.tensor).shape;
        out.insert(fmt::format("`{}` is {}", squeezed(sources.text(event.span)),
                               shape ? show(*shape, run.session.dims()) : "(?)"));
      }
    }
  }
  return out;
}
}  // namespace

std::vector<std::string> check_spellings(const Program& first, const Program& second) {
  std::vector<std::string> failures;
  ProgramRun a(first);
  ProgramRun b(second);
  if (!a.parsed(failures) || !b.parsed(failures)) return failures;
  a.analyse();
  b.analyse();
  const auto in_a = summary(a);
  const auto in_b = summary(b);
  if (in_a.empty()) failures.push_back(fmt::format("{}: nothing to compare", first.file));
  std::vector<std::string> only_a;
  std::vector<std::string> only_b;
  std::ranges::set_difference(in_a, in_b, std::back_inserter(only_a));
  std::ranges::set_difference(in_b, in_a, std::back_inserter(only_b));
  for (const std::string& line : only_a)
    failures.push_back(fmt::format("{}, not in {}: {}", first.file, second.file, line));
  for (const std::string& line : only_b)
    failures.push_back(fmt::format("{}, not in {}: {}", second.file, first.file, line));
  return failures;
}

}  // namespace shapelint::test
