#include <algorithm>

#include <fmt/format.h>

#include "lib/lint/rule.h"
#include "lib/trace/public_names.h"

namespace shapelint {

std::vector<int> RuleContext::batch_axes(TensorId id) const {
  const Tensor& t = tensor(id);
  return t.shape ? axes_with(*t.shape, batch(), dims) : std::vector<int>{};
}

std::string RuleContext::show(TensorId id) const {
  const Tensor& t = tensor(id);
  return t.shape ? shapelint::show(*t.shape, dims) : "(?)";
}

std::string RuleContext::argument(std::string_view numpy) const {
  std::string out(numpy);
  if (world.convention != Convention::torch) return out;
  for (const auto& [word, torch] : {std::pair{"axis=", "dim="}, std::pair{"keepdims=", "keepdim="}}) {
    if (const std::size_t at = out.find(word); at != std::string::npos)
      out.replace(at, std::string_view(word).size(), torch);
  }
  return out;
}

std::string RuleContext::text(const Span& span) const {
  std::string out;
  if (span.end <= span.begin) return out;
  bool blank = false;
  for (const char c : sources.text(span)) {
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (space && (blank || out.empty())) continue;
    out += space ? ' ' : c;
    blank = space;
  }
  constexpr std::size_t kLongest = 60;
  if (count_code_points(out) > kLongest) {
    std::size_t cut = kLongest - 3;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0U) == 0x80U) --cut;
    out = out.substr(0, cut) + "...";
  }
  return out;
}

namespace {

// Is the bracket at `open` the one that the last character closes?
bool closes_at_end(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
    if (depth == 0) return i + 1 == text.size();
  }
  return false;
}

}  // namespace

std::string RuleContext::callee(const Step& step) const {
  const std::string_view written = sources.text(trace.user_span(step));
  const std::size_t open = written.find('(');
  const std::string_view name = written.substr(0, open);
  // `F.relu(x).mean()` is a call of `mean`.
  const bool plain = open != std::string_view::npos && !name.empty() && closes_at_end(written, open) &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.") ==
                         std::string_view::npos;
  if (plain) return std::string(name);
  const Frame& frame = trace.frame(step.frame);
  return frame.is_framework ? public_function(trace, step.frame) : text(step.span);
}

std::optional<Contrast> RuleContext::contrast(std::vector<Alteration> alterations) const {
  for (Alteration& alteration : alterations) {
    const Step& here = trace.step(alteration.step);
    const TensorId there = evaluated(here.result);
    if (!there.valid()) return std::nullopt;
    alteration.step = evaluation()->batch.tensor(there).step;
    alteration.op = here.op;
  }
  std::ranges::sort(alterations, {}, &Alteration::step);
  const auto found = services_.contrast(std::move(alterations));
  // That nothing changes says something where the numbers show what the code distinguishes.
  return found && found->same && evaluation()->one_sided ? std::nullopt : found;
}

TensorId RuleContext::evaluated(TensorId id) const {
  const Evaluation* proof = evaluation();
  if (proof == nullptr || !tensor(id).step.valid()) return {};
  if (!here_) here_.emplace(trace);
  if (!there_) there_.emplace(proof->batch);
  const StepId step = there_->find(here_->key(tensor(id).step));
  return step.valid() ? proof->batch.step(step).result : TensorId{};
}

Verdict RuleContext::verdict(TensorId id) const {
  const TensorId there = evaluated(id);
  const Evaluation* proof = evaluation();
  if (!there.valid() || there.index >= proof->verdicts.size()) return Verdict::unknown;
  return proof->verdicts[there.index];
}

bool RuleContext::comes_back_as(std::initializer_list<Verdict> verdicts) const {
  if (!has_numbers()) return true;
  const Evaluation* proof = evaluation();
  return proof != nullptr && std::ranges::find(verdicts, proof->verdict) != verdicts.end();
}

}  // namespace shapelint
