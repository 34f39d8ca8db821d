// Which tensors nobody states the shape of, in PyTorch, by annotation, name and use.
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "lib/trace/annotated_tensors.h"
#include "lib/trace/module_facts.h"
#include "lib/trace/object_fields.h"
#include "lib/trace/taken_apart.h"
#include "lib/trace/world_builder.h"

namespace shapelint {
namespace {

// Types that say no more of what is in them than that it can be taken apart.
bool can_be_taken_apart(std::string_view type) {
  static constexpr std::string_view kNames[] = {"",     "DataLoader", "Iterable", "Iterator", "Generator", "tuple",
                                                "list", "Tuple",      "List",     "Sequence", "Any"};
  return std::ranges::find(kNames, type) != std::end(kNames);
}

// Names under which losses get tensors, beyond targets and predictions.
bool names_tensor(std::string_view name) {
  static constexpr std::string_view kNames[] = {
      "x", "x1", "x2", "z", "z1", "z2", "embedding", "embeddings", "features", "feature", "feats", "feat", "anchor",
      "anchors", "positive", "positives", "negative", "negatives", "query", "queries", "keys", "images", "image", "img",
      "signal", "audio", "hidden", "recon", "mu", "logvar", "log_var", "emb", "probs", "probas", "probabilities",
      "heatmap", "heatmaps", "source", "hypothesis",
      // of policies and their values
      "logp", "logps", "log_prob", "log_probs", "logprob", "old_log_prob", "old_log_probs", "new_log_probs", "adv",
      "advantage", "advantages", "returns", "rewards", "old_values", "td_error", "td_errors"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

// What stands beside tensors and is none: how two images are mixed, what another loss gave.
bool names_number(std::string_view name) {
  return name == "lam" || name == "lambda_" || name == "alpha" || name == "count" ||
         (role_of(name) == Role::other && names_loss_value(name));
}

bool names_lengths(std::string_view name) {
  return name == "lengths" || name == "lens" || name.ends_with("_lengths") || name.ends_with("_lens");
}

}  // namespace

WorldBuilder::Group WorldBuilder::group_of(Role role) {
  switch (role) {
    case Role::prediction: return Group::prediction;
    case Role::target: return Group::target;
    case Role::weight:
    case Role::mask: return Group::per_sample;
    case Role::other: break;
  }
  return Group::feature;
}

// What a parameter is taken apart into; null where it is not, or where comments behind the variables say what these
// are, which count only where nothing is known.
const TakenApart* WorldBuilder::apart_of(std::string_view name) {
  if (function_ == nullptr) return nullptr;
  if (!apart_) {
    apart_ = taken_apart(program(), *function_);
    const auto is_said = [&](const TakenApart::Part& part) {
      return std::ranges::any_of(world_.parameters,
                                 [&](const WorldParameter& p) { return p.is_local() && p.name == part.name; });
    };
    std::erase_if(*apart_, [&](const auto& one) { return std::ranges::any_of(one.second.parts, is_said); });
  }
  const auto found = apart_->find(name);
  return found != apart_->end() ? &found->second : nullptr;
}

// `x, y = batch`, `for x, y in loader`: a tensor for each name.
std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_parts(const ast::Param& param, const TakenApart& apart,
                                                               const std::set<std::string_view>& inputs) {
  // What the code needs is that there are several; a loss over them is that of one, added up.
  constexpr std::size_t kRows = 2;
  std::vector<Guessed> out;
  for (const TakenApart::Part& part : apart.parts)
    out.push_back({.name = fmt::format("{}.{}", param.name, part.place),
                   .group = inputs.contains(part.name) ? Group::input
                            : names_number(part.name)  ? Group::number
                                                       : group_of(role_of(part.name)),
                   .place = param.span,
                   .is_list = apart.in_rows,
                   .size = apart.in_rows ? std::optional(kRows) : std::nullopt,
                   .called = part.name});
  return out;
}

std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_params() {
  std::vector<Guessed> out;
  if (function_ == nullptr) return out;
  const auto is_loss_method = is_bound() && function_->name == "forward";
  const Usage& usage = usage_of(*function_);
  const std::set<std::string_view> inputs = given_to_objects();
  const auto has_role = [&](Role role) {
    return std::ranges::any_of(function_->params, [&](const ast::Param& param) { return role_of(param.name) == role; });
  };
  const bool has_pair = has_role(Role::target) && has_role(Role::prediction);
  std::size_t position = 0;
  for (std::size_t i = is_bound() ? 1 : 0; i < function_->params.size(); ++i) {
    const ast::Param& param = function_->params[i];
    if (param.kind == ast::Param::Kind::star || param.kind == ast::Param::Kind::double_star) continue;
    const std::size_t place = position++;
    if (param.fallback.valid() || options_.args.contains(param.name) || is_plain_number(param) || is_object(param.name))
      continue;
    const auto stated = [&](const WorldParameter& p) {
      return p.name == param.name || p.name.starts_with(param.name + ".");
    };
    if (std::ranges::any_of(world_.parameters, stated) || options_.data.contains(param.name)) continue;
    const std::string kind = annotated_kind(param);
    const auto tensors = annotated_tensors(program(), param.annotation);
    const bool tensor = tensors && !tensors->in_list && tensors->parts == 0;
    const bool list = (tensors && tensors->in_list) || (kind.empty() && usage.as_lists.contains(param.name));
    const bool dict = kind == "Dict" || kind == "dict" || kind == "Mapping" || (kind.empty() && !list);
    if (dict && usage.as_dicts.contains(param.name) && !usage.is_tensor(param.name)) {
      std::set<std::string> keys;
      if (const auto own = usage.keys.find(param.name); own != usage.keys.end()) {
        keys = own->second;
      } else {
        // Gone through, and put under the same keys into another.
        for (const auto& [other, read] : usage.keys) keys.insert(read.begin(), read.end());
      }
      if (keys.size() > 16) continue;
      // `weights["bc"]`: what each term of a loss counts for.
      const bool weighs_terms = param.name.ends_with("weights") || param.name.ends_with("lambdas");
      for (const std::string& key : keys) {
        const Group group = weighs_terms || names_number(key) ? Group::number : group_of(role_of(key));
        out.push_back({param.name + "." + key, group, param.span, false, std::nullopt});
      }
      continue;
    }
    if (const TakenApart* const apart = apart_of(param.name);
        apart != nullptr && !usage.is_tensor(param.name) && !usage.keys.contains(param.name) &&
        (tensors ? tensors->parts > 0 : can_be_taken_apart(kind))) {
      std::ranges::move(guessed_parts(param, *apart, given_to_models()), std::back_inserter(out));
      continue;
    }
    if (tensors && tensors->parts > 0) {
      for (std::size_t part = 0; part < tensors->parts; ++part)
        out.push_back({.name = fmt::format("{}.{}", param.name, part),
                       .group = group_of(role_at(param.name)),
                       .place = param.span,
                       .is_list = list,
                       .part = part,
                       .parts = tensors->parts});
      continue;
    }
    // C++: an object of a known class, with its tensors.
    if (const ObjectFields fields = fields_of_object(program(), param); !fields.tensors.empty()) {
      const auto parts = usage.attributes.find(param.name);
      for (const std::string& part : fields.tensors | std::views::keys) {
        if (fields.in_list || (parts != usage.attributes.end() && parts->second.contains(part)))
          out.push_back({param.name + "." + part, group_of(role_of(part)), param.span, false, {}});
      }
      continue;
    }
    // What is annotated as something else is no tensor, nor is what is called.
    if ((!kind.empty() && !tensor && !list) || usage.called.contains(param.name)) continue;
    if (inputs.contains(param.name) && !list) {
      out.push_back({param.name, Group::input, param.span, false, std::nullopt});
      continue;
    }
    if (const auto parts = usage.attributes.find(param.name);
        kind.empty() && !usage.is_tensor(param.name) && parts != usage.attributes.end()) {
      for (const std::string& part : parts->second) {
        const Role role = role_of(part);
        if (role == Role::prediction || role == Role::target || role == Role::mask)
          out.push_back({param.name + "." + part, group_of(role), param.span, false, std::nullopt});
      }
      continue;
    }
    const Role role = role_at(param.name);
    // `forward(self, input, target)` under other names.
    const bool is_length = names_lengths(param.name) || (param.name == "length" && is_loss_method);
    std::optional<std::size_t> size;
    if (const auto exact = usage.exact.find(param.name); exact != usage.exact.end()) size = exact->second;
    else if (const auto least = usage.least.find(param.name); least != usage.least.end() && least->second > 2)
      size = least->second;
    const bool by_place = is_loss_method && place < 2;
    // `forward(self, vq_loss, prediction, target)`: what another loss gave, beside what this one is of.
    const bool is_number = by_place && (has_pair || !usage.is_tensor(param.name)) && names_number(param.name);
    if (is_length) out.push_back({param.name, Group::length, param.span, false, std::nullopt});
    else if (is_number) out.push_back({param.name, Group::number, param.span, false, std::nullopt});
    else if (role != Role::other || tensor || list || usage.is_tensor(param.name) || names_tensor(param.name) ||
             by_place || demands().is_about(param.name))
      out.push_back({param.name, group_of(role), param.span, list, size, usage.columns.contains(param.name)});
  }
  return out;
}

// Tensors that the constructor asks for, as weights of classes or a table of anchors. Nothing but an annotation tells
// them from numbers.
std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_of_constructor(int rank) const {
  std::vector<Guessed> out;
  const auto init = init_method();
  if (!init) return out;
  for (const ast::Param& param : init->ast().params) {
    const auto tensors = annotated_tensors(*init->home->program, param.annotation);
    const bool is_one = tensors && !tensors->in_list && tensors->parts == 0;
    const bool is_stated = options_.init.contains(param.name) ||
                           std::ranges::any_of(stated_, [&](const auto& p) { return p.name == param.name; });
    if (is_one && !param.fallback.valid() && !is_stated && !is_call_param(param.name))
      out.push_back({.name = param.name, .group = Group::of_constructor, .place = param.span, .rank = rank});
  }
  return out;
}

// Parameters whose default is a tensor made on the spot, `mask = torch::empty(0)`: the code may not run with it, and
// who gives another one gives one for each element.
std::vector<WorldBuilder::Guessed> WorldBuilder::guessed_with_defaults() const {
  std::vector<Guessed> out;
  if (function_ == nullptr) return out;
  for (const ast::Param& param : function_->params) {
    const auto tensors = annotated_tensors(program(), param.annotation);
    const bool is_one = tensors && !tensors->in_list && tensors->parts == 0;
    if (is_one && param.fallback.valid() && std::holds_alternative<ast::Call>(program().expr(param.fallback).node))
      out.push_back({.name = param.name, .group = Group::feature, .place = param.span});
  }
  return out;
}

std::vector<std::vector<WorldBuilder::Guessed>> WorldBuilder::ways_to_guess() {
  const std::vector<Guessed> plain = guessed_params();
  std::vector<std::vector<Guessed>> out;
  const auto add = [&](const std::vector<Guessed>& further) {
    if (further.empty()) return;
    out.push_back(plain);
    out.back().insert(out.back().end(), further.begin(), further.end());
  };
  add(guessed_of_constructor(1));
  add(guessed_of_constructor(2));
  if (!plain.empty()) out.push_back(plain);
  add(guessed_with_defaults());
  return out;
}

}  // namespace shapelint
